package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// renamePage is the form in which an application gets another name, and the names
// that it had before.
type renamePage struct {
	frame
	Name, NewName        string
	Form, Forget, Cancel string
	Former               []formerName
	Problem              string
	// Merge is where the application is merged into the one that has the name; "" if
	// none has.
	Merge string
}

type formerName struct {
	Name         string
	Since, Until moment
}

func (w *Web) showRename(c *gin.Context) error {
	a, v, err := w.applicationNamed(c)
	if err != nil {
		return err
	}
	page, err := w.renaming(c, v, a)
	if err != nil {
		return err
	}
	return w.show(c, "rename.html", page)
}

func (w *Web) renaming(c *gin.Context, v boardView, a *dashboard.Application) (renamePage, error) {
	at := v.at.Pacticipant(a.Name)
	page := renamePage{
		frame: w.frame(c, "Rename "+a.Name, "/", entry{Text: "Applications", Address: v.at.Index() + "/"}, entry{Text: a.Name, Address: at}, entry{Text: "Rename"}),
		Name:  a.Name, NewName: a.Name, Form: at + "/rename", Forget: at + "/rename/forget", Cancel: at,
	}
	names, err := w.services.FormerNames(c.Request.Context(), a.Pacticipant)
	for _, n := range names {
		page.Former = append(page.Former, formerName{Name: n.Name, Since: v.ago(n.Since), Until: onDay(n.Until)})
	}
	return page, err
}

// onDay tells a time by its date.
func onDay(t time.Time) moment {
	t = t.UTC()
	return moment{ISO: t.Format(time.RFC3339), Full: t.Format("2006-01-02 15:04 UTC"), Text: t.Format("2 Jan 2006")}
}

func (w *Web) rename(c *gin.Context) error {
	a, v, err := w.applicationNamed(c)
	if err != nil {
		return err
	}
	sent, err := formOf(c)
	if err != nil {
		return err
	}
	name := strings.TrimSpace(sent.Get("name"))
	p, err := w.services.ChangingApplications.Rename(c.Request.Context(), a.Name, name)
	if err == nil {
		return seeOther(c, v.at.Pacticipant(p.Name))
	}
	said, isFor := problemWith(err, "The name")
	if !isFor {
		return err
	}
	page, err := w.renaming(c, v, a)
	if err != nil {
		return err
	}
	page.NewName, page.Problem = name, said
	if other := v.board.ApplicationNamed(name); other != nil && other.ID != a.ID {
		page.Merge = v.at.Pacticipant(a.Name) + "/merge?into=" + url.QueryEscape(other.Name)
	}
	return w.showAs(c, http.StatusUnprocessableEntity, "rename.html", page)
}

// problemWith says what is wrong with what a form asks for, and reports whether it is
// for the form to say.
func problemWith(err error, field string) (said string, isFor bool) {
	var f *fault.Error
	if !errors.As(err, &f) || !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) {
		return "", false
	}
	if len(f.Fields) > 0 {
		return field + " " + f.Fields[0].Message + ".", true
	}
	return f.Error(), true
}

// deleteFormerName lets an application no longer be found by a former name.
func (w *Web) deleteFormerName(c *gin.Context) error {
	a, v, err := w.applicationNamed(c)
	if err != nil {
		return err
	}
	sent, err := formOf(c)
	if err != nil {
		return err
	}
	if err := w.services.ChangingApplications.DropFormerName(c.Request.Context(), a.Name, sent.Get("former")); err != nil {
		return err
	}
	return seeOther(c, v.at.Pacticipant(a.Name)+"/rename")
}

// mergePage asks into which application another is to be merged, and then whether
// it really is.
type mergePage struct {
	frame
	Name, Into     string
	Form, Cancel   string
	Names          []string
	Along          []goesAlong
	Clashes        []string
	WithItself     bool
	Word           string
	Problem        string
	LetLatestCount bool
}

func (w *Web) showMerge(c *gin.Context) error {
	into, _ := edge.QueryValue(c, "into")
	page, _, err := w.merging(c, strings.TrimSpace(into))
	if err != nil {
		return err
	}
	if page.Problem != "" {
		return w.showAs(c, http.StatusUnprocessableEntity, "merge.html", page)
	}
	return w.show(c, "merge.html", page)
}

// merging looks what comes of merging an application into another, if it is known
// into which.
func (w *Web) merging(c *gin.Context, into string) (mergePage, *dashboard.Application, error) {
	a, v, err := w.applicationNamed(c)
	if err != nil {
		return mergePage{}, nil, err
	}
	at := v.at.Pacticipant(a.Name)
	page := mergePage{
		frame: w.frame(c, "Merge "+a.Name, "/", entry{Text: "Applications", Address: v.at.Index() + "/"}, entry{Text: a.Name, Address: at}, entry{Text: "Merge"}),
		Name:  a.Name, Into: into, Form: at + "/merge", Cancel: at, Word: confirmation(a.Name),
	}
	for _, other := range v.board.Applications[:min(len(v.board.Applications), suggestedAtMost)] {
		if other.ID != a.ID {
			page.Names = append(page.Names, other.Name)
		}
	}
	if into == "" {
		return page, a, nil
	}
	return page, a, w.addMerging(c.Request.Context(), a, &page)
}

// addMerging adds what moves and what clashes, or what keeps both from being merged.
func (w *Web) addMerging(ctx context.Context, a *dashboard.Application, page *mergePage) error {
	m, err := w.services.ChangingApplications.Merge(ctx, a.Name, page.Into, pacticipants.OnlyLook)
	if err != nil {
		said, isFor := problemWith(err, "The other one")
		if !isFor {
			return err
		}
		page.Problem, page.Into = said, ""
		return nil
	}
	page.Into, page.WithItself = m.Into.Name, m.WithItself
	for _, clash := range m.Clashes {
		page.Clashes = append(page.Clashes, clash.Words())
	}
	of, err := w.services.Belongings.BelongingsOf(ctx, a.Pacticipant)
	page.Along = along(
		goesAlong{What: "Versions", Count: of.Versions, Then: "with their branches and tags"},
		goesAlong{What: "Integrations in which it is the consumer", Count: of.AsConsumer, Then: "the other one needs what it needed"},
		goesAlong{What: "Integrations in which it is the provider", Count: of.AsProvider, Then: "its consumers need the other one"},
		goesAlong{What: "Contents of contracts", Count: of.Contents, Then: "same ones are kept once"},
		goesAlong{What: "Results", Count: of.Results, Then: "they count as before"},
		goesAlong{What: "Places where it runs", Count: of.Places, Then: "the other one runs there"},
		goesAlong{What: "Webhooks that name it", Count: of.Webhooks, Then: "they are for the other one"},
	)
	return err
}

func (w *Web) merge(c *gin.Context) error {
	sent, err := formOf(c)
	if err != nil {
		return err
	}
	page, a, err := w.merging(c, strings.TrimSpace(sent.Get("into")))
	if err != nil {
		return err
	}
	how := pacticipants.StopOnClash
	if page.LetLatestCount = sent.Has("newest"); page.LetLatestCount {
		how = pacticipants.NewestOnClash
	}
	switch {
	case page.Problem != "":
	case page.Into == "":
		page.Problem = "Say into which application."
	case strings.TrimSpace(sent.Get("confirm")) != strings.TrimSpace(page.Word):
		page.Problem = "Nothing was merged: what you have written is not “" + page.Word + "”."
	default:
		m, err := w.services.ChangingApplications.Merge(c.Request.Context(), a.Name, page.Into, how)
		if err == nil {
			return seeOther(c, here(c).Pacticipant(m.Into.Name))
		}
		said, isFor := problemWith(err, "The other one")
		if !isFor {
			return err
		}
		page.Problem = said
	}
	return w.showAs(c, http.StatusUnprocessableEntity, "merge.html", page)
}
