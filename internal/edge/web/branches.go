package web

import (
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/versions"
)

// closingPage asks whether a branch is to be closed, and says what follows.
type closingPage struct {
	frame
	Name, Branch string
	Form, Keep   string
	// Main and Closed tell that it cannot be closed, or need not.
	Main, Closed bool
}

// branchRow shows a branch, without its head.
func (w *Web) branchRow(c *gin.Context, v boardView, a *dashboard.Application, b versions.Branch) branchRow {
	row := branchRow{Name: b.Name, Main: b.Name == a.MainBranch, State: w.services.Ages.StateOf(a.Pacticipant, b), At: v.ago(b.UpdatedAt)}
	switch at := v.at.Branch(a.Name, b.Name); {
	case row.Main || w.require(c, access.MakeVersions, a.Name) != nil:
	case row.State == versions.ClosedBranch:
		row.Reopen = at + "/reopen"
	default:
		row.Close = at + "/close"
	}
	return row
}

// branchChoice offers the branches whose versions can be listed, with the states of
// those on which nobody works.
func (w *Web) branchChoice(a *dashboard.Application, branches []versions.Branch, chosen string) choice {
	made := choose("branch", "Branch", "All branches", chosen, nil)
	isAmong := chosen == ""
	for _, b := range branches {
		isAmong = isAmong || b.Name == chosen
		made.Options = append(made.Options, option{Value: b.Name, Text: w.branchText(a, b), Selected: b.Name == chosen})
	}
	if !isAmong {
		made.Options = append(made.Options, option{Value: chosen, Text: chosen, Selected: true})
	}
	return made
}

// branchText is the name of a branch, with its state unless somebody works on it.
func (w *Web) branchText(a *dashboard.Application, b versions.Branch) string {
	if state := w.services.Ages.StateOf(a.Pacticipant, b); state != versions.ActiveBranch {
		return b.Name + " (" + string(state) + ")"
	}
	return b.Name
}

// confirmClosing asks whether the branch of the address is to be closed.
func (w *Web) confirmClosing(c *gin.Context) error {
	ctx := c.Request.Context()
	p, err := pacticipants.Get(ctx, w.services.Applications, "pacticipant", edge.Param(c, "pacticipant"))
	if err != nil {
		return err
	}
	if err := w.require(c, access.MakeVersions, p.Name); err != nil {
		return err
	}
	b, found, err := w.services.Versions.FindBranch(ctx, p, edge.Param(c, "branch"))
	if err != nil || !found {
		return missingUnless(err, p.Name+" has no branch "+edge.Param(c, "branch")+".")
	}
	at := here(c)
	return w.show(c, "branch-closing.html", closingPage{
		frame: w.frame(c, "Close "+b.Name+"?", "/", entry{Text: "Applications", Address: at.Index() + "/"}, entry{Text: p.Name, Address: at.Pacticipant(p.Name)}, entry{Text: "Close a branch"}),
		Name:  p.Name, Branch: b.Name, Form: at.Branch(p.Name, b.Name) + "/close", Keep: ofBranch(c, p.Name, b.Name),
		Main: b.Name == p.MainBranch, Closed: !b.ClosedAt.IsZero(),
	})
}

// ofBranch is the page of an application with the versions of a branch.
func ofBranch(c *gin.Context, application, branch string) string {
	return here(c).Pacticipant(application) + "?branch=" + url.QueryEscape(branch)
}

func (w *Web) closeBranch(c *gin.Context) error {
	p, b, err := w.services.ChangingVersions.CloseBranch(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "branch"))
	if err != nil {
		return err
	}
	return seeOther(c, ofBranch(c, p.Name, b.Name))
}

func (w *Web) reopenBranch(c *gin.Context) error {
	p, b, err := w.services.ChangingVersions.ReopenBranch(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "branch"))
	if err != nil {
		return err
	}
	return seeOther(c, ofBranch(c, p.Name, b.Name))
}
