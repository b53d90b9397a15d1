package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// applicationForm is the form in which an application is changed.
type applicationForm struct {
	frame
	Name                          string
	Form, Cancel, Delete          string
	Rename, Merge                 string
	DisplayName, MainBranch       string
	RepositoryURL, RepositoryName string
	RepositoryNamespace           string
	Labels                        string
	External                      bool
	ExternalReason                string
	Branches                      []option
	Known                         []string
	Owners                        []ownerShown
	Wrong                         map[string]string
	Problems                      []string
}

// ownerShown is a team that an application belongs to, and how to reach it.
type ownerShown struct{ Name, Contact string }

// applicationLabels are the fields of an application as the form names them.
var applicationLabels = map[string]string{
	"displayName": "The name for people", "mainBranch": "The main branch", "repositoryUrl": "The address of the repository", "repositoryName": "The name of the repository",
	"repositoryNamespace": "The owner of the repository", "label": "A label", "reason": "The reason",
}

// applicationNamed is the application of the address, which who looks at it may change,
// with the board of that moment.
func (w *Web) applicationNamed(c *gin.Context) (a *dashboard.Application, v boardView, err error) {
	err = edge.View(c, func() error {
		a, v, err = w.findApplicationNamed(c)
		return err
	})
	return a, v, err
}

func (w *Web) findApplicationNamed(c *gin.Context) (*dashboard.Application, boardView, error) {
	ctx := c.Request.Context()
	p, err := pacticipants.Get(ctx, w.services.Applications, "pacticipant", edge.Param(c, "pacticipant"))
	if err != nil {
		return nil, boardView{}, err
	}
	if err := w.requireChange(c, p.Name); err != nil {
		return nil, boardView{}, err
	}
	board, err := w.services.Boards.Board(ctx)
	if err != nil {
		return nil, boardView{}, err
	}
	a := board.ApplicationNamed(p.Name)
	if a == nil {
		return nil, boardView{}, fault.NoPacticipant("pacticipant", p.Name) // it was deleted a moment ago
	}
	return a, boardView{at: here(c), board: board, moments: moments{board.At}}, nil
}

func (w *Web) showEditApplication(c *gin.Context) error {
	a, v, err := w.applicationNamed(c)
	if err != nil {
		return err
	}
	page, err := w.applicationForm(c, v, a)
	if err != nil {
		return err
	}
	return w.show(c, "application-form.html", page)
}

func (w *Web) applicationForm(c *gin.Context, v boardView, a *dashboard.Application) (applicationForm, error) {
	at := v.at.Pacticipant(a.Name)
	page := applicationForm{
		frame: w.frame(c, "Edit "+a.Name, "/", entry{Text: "Applications", Address: v.at.Index() + "/"}, entry{Text: a.Name, Address: at}, entry{Text: "Edit"}),
		Name:  a.Name, Form: at + "/edit", Cancel: at, Delete: at + "/delete", Rename: at + "/rename", Merge: at + "/merge", DisplayName: a.DisplayName, MainBranch: a.MainBranch,
		RepositoryURL: a.RepositoryURL, RepositoryName: a.RepositoryName, RepositoryNamespace: a.RepositoryNamespace, Labels: strings.Join(a.Labels, "\n"), Known: v.labels(), Wrong: map[string]string{},
	}
	if a.External != nil {
		page.External, page.ExternalReason = true, a.External.Reason
	}
	branches, _, err := w.services.Versions.Branches(c.Request.Context(), a.Pacticipant, "", suggestedAtMost, 0)
	if err != nil {
		return page, err
	}
	for _, b := range branches {
		page.Branches = append(page.Branches, option{Value: b.Name, Text: w.branchText(a, b)})
	}
	page.Owners, err = w.ownersOf(c, a)
	return page, err
}

// ownersOf are the teams that an application belongs to.
func (w *Web) ownersOf(c *gin.Context, a *dashboard.Application) ([]ownerShown, error) {
	teams, err := w.services.Directory.Read.Teams(c.Request.Context())
	var owners []ownerShown
	for _, t := range teams {
		if t.Owns(a.Name, a.Labels) {
			owners = append(owners, ownerShown{Name: t.Name, Contact: t.Contact})
		}
	}
	return owners, err
}

func (w *Web) editApplication(c *gin.Context) error {
	a, v, err := w.applicationNamed(c)
	if err != nil {
		return err
	}
	sent, err := formOf(c)
	if err != nil {
		return err
	}
	wrong := checkApplication(sent)
	if len(wrong) == 0 {
		err = w.services.Exclusive(c.Request.Context(), "form of "+a.Name, []string{a.Name}, func(ctx context.Context) error { return w.saveApplication(ctx, a, sent) })
		if err == nil {
			return seeOther(c, v.at.Pacticipant(a.Name))
		}
		var f *fault.Error
		if !fault.Is(err, fault.Invalid) || !errors.As(err, &f) {
			return err
		}
		wrong = f.Fields
	}
	page, err := w.applicationForm(c, v, a)
	if err != nil {
		return err
	}
	page.fill(sent)
	for _, field := range wrong {
		text := orWord(applicationLabels[field.Name], field.Name) + " " + field.Message + "."
		page.Wrong[field.Name] = text
		page.Problems = append(page.Problems, text)
	}
	return w.showAs(c, http.StatusUnprocessableEntity, "application-form.html", page)
}

// fill shows again what a form has sent.
func (p *applicationForm) fill(sent url.Values) {
	p.DisplayName, p.MainBranch, p.RepositoryURL, p.RepositoryName = sent.Get("displayName"), sent.Get("mainBranch"), sent.Get("repositoryUrl"), sent.Get("repositoryName")
	p.RepositoryNamespace, p.Labels, p.External, p.ExternalReason = sent.Get("repositoryNamespace"), sent.Get("labels"), sent.Has("external"), sent.Get("reason")
}

// labelsAtMost is how many labels an application may have by its form.
const labelsAtMost = 100

// checkApplication says what of a form breaks a rule of the fields.
func checkApplication(sent url.Values) []fault.Field {
	var wrong []fault.Field
	check := func(name, problem string) {
		if problem != "" {
			wrong = append(wrong, fault.Field{Name: name, Message: problem})
		}
	}
	check("displayName", pacticipants.ValidateDisplayName(strings.TrimSpace(sent.Get("displayName"))))
	if branch := strings.TrimSpace(sent.Get("mainBranch")); branch != "" {
		check("mainBranch", pacticipants.ValidateMainBranch(branch))
	}
	check("repositoryUrl", pacticipants.ValidateAddress(strings.TrimSpace(sent.Get("repositoryUrl"))))
	check("repositoryName", pacticipants.ValidateShortLine(strings.TrimSpace(sent.Get("repositoryName"))))
	check("repositoryNamespace", pacticipants.ValidateShortLine(strings.TrimSpace(sent.Get("repositoryNamespace"))))
	labels := linesOf(sent, "labels")
	if len(labels) > labelsAtMost {
		check("label", "can be put on an application 100 times at most")
	}
	for _, l := range labels[:min(len(labels), labelsAtMost)] {
		check("label", pacticipants.ValidateName(l))
	}
	return wrong
}

// saveApplication changes what differs from before.
func (w *Web) saveApplication(ctx context.Context, a *dashboard.Application, sent url.Values) error {
	said := func(name string) *string {
		value := strings.TrimSpace(sent.Get(name))
		return &value
	}
	changing := w.services.ChangingApplications
	if _, _, err := changing.Update(ctx, a.Name, pacticipants.Changes{
		DisplayName: said("displayName"), MainBranch: said("mainBranch"), RepositoryURL: said("repositoryUrl"), RepositoryName: said("repositoryName"), RepositoryNamespace: said("repositoryNamespace"),
	}); err != nil {
		return err
	}
	wanted := linesOf(sent, "labels")
	for _, label := range a.Labels {
		if !slices.Contains(wanted, label) {
			if _, err := changing.RemoveLabel(ctx, a.Name, label); err != nil {
				return err
			}
		}
	}
	for _, label := range wanted {
		if !slices.Contains(a.Labels, label) {
			if _, _, err := changing.AddLabel(ctx, a.Name, label); err != nil {
				return err
			}
		}
	}
	return w.saveExternal(ctx, a, sent)
}

// saveExternal marks an application as external, or no longer.
func (w *Web) saveExternal(ctx context.Context, a *dashboard.Application, sent url.Values) error {
	reason := strings.TrimSpace(sent.Get("reason"))
	switch {
	case sent.Has("external") && (a.External == nil || a.External.Reason != reason):
		_, _, err := w.services.ChangingApplications.MarkExternal(ctx, a.Name, pacticipants.External{Reason: reason})
		return err
	case !sent.Has("external") && a.External != nil:
		return w.services.ChangingApplications.UnmarkExternal(ctx, a.Name)
	}
	return nil
}

func (w *Web) confirmApplicationDeletion(c *gin.Context) error {
	page, _, err := w.applicationDeletion(c)
	if err != nil {
		return err
	}
	return w.show(c, "delete.html", page)
}

// applicationDeletion asks whether an application is to be deleted, and says what
// goes along.
func (w *Web) applicationDeletion(c *gin.Context) (deletePage, string, error) {
	var a *dashboard.Application
	var v boardView
	var of pacticipants.Belongings
	if err := edge.View(c, func() (err error) {
		if a, v, err = w.applicationNamed(c); err == nil {
			of, err = w.services.Belongings.BelongingsOf(c.Request.Context(), a.Pacticipant)
		}
		return err
	}); err != nil {
		return deletePage{}, "", err
	}
	at := v.at.Pacticipant(a.Name)
	page := deletePage{
		frame:   w.frame(c, "Delete "+a.Name+"?", "/", entry{Text: "Applications", Address: v.at.Index() + "/"}, entry{Text: a.Name, Address: at}, entry{Text: "Delete"}),
		Heading: "Delete " + a.Name + "?", Form: at + "/delete", Keep: at, Word: confirmation(a.Name), Ask: "Write " + confirmation(a.Name),
		Along: along(
			goesAlong{What: "Its versions", Count: of.Versions, Then: "with their branches and tags"},
			goesAlong{What: "Integrations in which it is the consumer", Count: of.AsConsumer, Then: "its providers may break what it needs, and nobody is told"},
			goesAlong{What: "Integrations in which it is the provider", Count: of.AsProvider, Then: "its consumers can be deployed without it"},
			goesAlong{What: "Contents of contracts", Count: of.Contents, Then: "nobody can look up what was promised"},
			goesAlong{What: "Results", Count: of.Results, Then: "nobody can look up what was verified"},
			goesAlong{What: "Places where it runs", Count: of.Places, Then: "the environments are shown without it"},
			goesAlong{What: "Webhooks that name it", Count: of.Webhooks, Then: "nothing is sent by them any more"},
		),
		Better: []betterWay{{"Mark it as external", at + "/edit", "if others answer for it: missing results no longer count"}},
	}
	for _, place := range a.Places {
		for _, e := range v.board.Environments {
			if e.ID == place.EnvironmentID {
				page.Warnings = append(page.Warnings, "Version "+short(place.Number)+" runs in "+e.Name+". Answers for "+e.Name+" would leave "+a.Name+" out.")
			}
		}
	}
	page.Button = deleteButton(shortName(a.Name), page.things())
	refused := w.services.ChangingApplications.MayDelete(c.Request.Context(), a.Name)
	if fault.Is(refused, fault.Forbidden) {
		page.Refused, refused = refused.Error(), nil
	}
	return page, a.Name, refused
}

func (w *Web) deleteApplication(c *gin.Context) error {
	page, name, err := w.applicationDeletion(c)
	if err != nil {
		return err
	}
	return w.confirmed(c, page, func() (string, error) {
		return here(c).Index() + "/", w.services.ChangingApplications.Delete(c.Request.Context(), name)
	})
}
