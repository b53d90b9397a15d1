package web

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// accountPage tells somebody who they are here and what they may do.
type accountPage struct {
	frame
	Person        access.Person
	At            string
	Groups        []string
	Rights        []right
	Begun, Ends   moment
	Local, Given  bool
	Wrong         []string
	Changed       bool
	ShortestWords string
}

// right is a role and what it is for, in words.
type right struct {
	Role         string
	All          bool
	Applications []string
	Labels       []string
	Teams        []string
}

// rightOf says in words what a role is for.
func rightOf(role string, s access.Scope) right {
	return right{Role: role, All: s.All, Applications: s.Applications, Labels: s.Labels, Teams: s.Teams}
}

// rightsOf says in words what somebody may do.
func rightsOf(p access.Principal) []right {
	var shown []right
	for _, g := range p.Grants {
		shown = append(shown, rightOf(string(g.Role), g.Scope))
	}
	return shown
}

// session is that of the browser. It returns an Unauthorized fault without one.
func (w *Web) session(c *gin.Context) (access.Session, error) {
	if err := w.requireSignIn(); err != nil {
		return access.Session{}, err
	}
	session, found, err := w.services.SigningIn.People.Find(c.Request.Context(), edge.SessionOf(c.Request))
	if err == nil && !found {
		err = fault.New(fault.Unauthorized, "Sign in to see your account.")
	}
	return session, err
}

func (w *Web) showAccount(c *gin.Context) error {
	session, err := w.session(c)
	if err != nil {
		return err
	}
	page, err := w.accountPage(c, session)
	if err != nil {
		return err
	}
	changed, _ := edge.QueryValue(c, "changed")
	page.Changed = changed != ""
	return w.show(c, "account.html", page)
}

func (w *Web) accountPage(c *gin.Context, session access.Session) (accountPage, error) {
	who, err := w.services.SigningIn.People.Principal(c.Request.Context(), session)
	m := moments{w.services.Now()}
	return accountPage{
		frame: w.frame(c, "Your account", "/account"), Person: session.Person, Groups: slices.Sorted(slices.Values(session.Groups)), Rights: rightsOf(who),
		Begun: m.ago(session.CreatedAt), Ends: inFull(session.EndsAt), Local: session.Person.Local(), Given: session.Person.Given,
	}, err
}

// changePassword is how somebody changes their own password.
func (w *Web) changePassword(c *gin.Context) error {
	session, err := w.session(c)
	if err != nil {
		return err
	}
	fields, err := formOf(c)
	if err != nil {
		return err
	}
	if fields.Get("new") != fields.Get("again") {
		err = fault.InvalidField("again", "is not the new password once more")
	} else if _, err = edge.CheckPassword(w.services.SigningIn.Passwords, c.Request, session.Person.Name, fields.Get("old")); fault.Is(err, fault.Unauthorized) {
		err = fault.InvalidField("old", "is not your password")
	} else if err == nil {
		err = w.changeOwnPassword(c, session, fields.Get("old"), fields.Get("new"))
	}
	if !fault.Is(err, fault.Invalid) {
		if err != nil {
			return err
		}
		return seeOther(c, pathOf(edge.Base(c))+"/account?changed=password")
	}
	page, failure := w.accountPage(c, session)
	if failure != nil {
		return failure
	}
	page.Wrong = wrongFields(err, map[string]string{"old": "The old password", "password": "The new password", "again": "The repeated password"})
	return w.showAs(c, http.StatusUnprocessableEntity, "account.html", page)
}

// changeOwnPassword changes the password, and lets the browser go on in the session under
// its new secret.
func (w *Web) changeOwnPassword(c *gin.Context, session access.Session, old, password string) error {
	secret, err := w.services.SigningIn.People.ChangePassword(originOf(c, session.Person), session, old, password)
	if err == nil {
		edge.KeepSession(c, secret, session.EndsAt.Sub(w.services.Now()))
	}
	return err
}
