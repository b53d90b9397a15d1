package v1

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// userBody is what is sent to make or change somebody who signs in on the pages.
type userBody struct {
	Name         string   `json:"name"`
	Role         string   `json:"role"`
	Applications []string `json:"applications"`
	Labels       []string `json:"labels"`
	Teams        []string `json:"teams"`
	Password     string   `json:"password"`
}

func (b userBody) wanted() access.WantedPerson {
	return access.WantedPerson{Name: b.Name, Role: access.Role(b.Role), Applications: b.Applications, Labels: b.Labels, Teams: b.Teams, Password: b.Password}
}

// userShown is somebody who signs in; a password that the broker has made up is
// shown then and never again.
type userShown struct {
	ID              string   `json:"id"`
	Name            string   `json:"name"`
	Password        string   `json:"password,omitempty"`
	Local           bool     `json:"local"`
	Issuer          *string  `json:"issuer"`
	Subject         *string  `json:"subject"`
	Role            *string  `json:"role"`
	AllApplications bool     `json:"all_applications"`
	Applications    []string `json:"applications"`
	Labels          []string `json:"labels"`
	Teams           []string `json:"teams"`
	// Labelled is told where the scope is given, and left out in lists.
	Labelled   *[]string `json:"labelled_applications,omitempty"`
	CreatedAt  string    `json:"created_at"`
	DisabledAt *string   `json:"disabled_at"`
	SignedInAt *string   `json:"signed_in_at"`
}

func representUser(p access.Person, password string) userShown {
	return userShown{
		ID: p.ID, Name: p.Name, Password: password, Local: p.Local(), Issuer: filled(p.Issuer), Subject: filled(p.Subject), Role: filled(string(p.Role)),
		AllApplications: p.Scope.All, Applications: append([]string{}, p.Scope.Applications...), Labels: append([]string{}, p.Scope.Labels...), Teams: append([]string{}, p.Scope.Teams...),
		CreatedAt: instant(p.CreatedAt), DisabledAt: instantOrNull(p.DisabledAt), SignedInAt: instantOrNull(p.SignedInAt),
	}
}

func (a *API) listUsers(c *gin.Context) error {
	part, err := sliceOf(c)
	if err != nil {
		return err
	}
	team, asked, err := a.teamAsked(c)
	if err != nil {
		return err
	}
	var of *access.Team
	if asked {
		of = &team
	}
	found, err := a.People.Read.People(c.Request.Context(), of, part.After, part.Limit+1)
	if err != nil {
		return err
	}
	return answerPart(c, part, found, func(p access.Person) string { return p.ID }, func(p access.Person) userShown { return representUser(p, "") })
}

// withPassword is what is sent to give somebody a password, which is hashed unless it
// breaks a rule.
type withPassword struct {
	userBody
	hashed *access.NewPassword
}

// readPassword hashes the password once, before the transaction of a request with a key.
func (a *API) readPassword(c *gin.Context) (withPassword, error) {
	return edge.ReadOnce(c, func() (body withPassword, err error) {
		if err := edge.Decode(c, &body.userBody); err != nil {
			return body, err
		}
		hashed, err := a.People.HashPassword(c.Request.Context(), body.Password)
		if fault.Is(err, fault.Invalid) {
			return body, nil // the handler says so, together with what else is wrong
		}
		body.hashed = &hashed
		return body, err
	})
}

func (a *API) hashPassword(c *gin.Context) error {
	if edge.RequireMedia(c) != nil {
		return nil
	}
	_, err := a.readPassword(c)
	return err
}

func (a *API) createUser(c *gin.Context) error {
	body, err := a.readPassword(c)
	if err != nil {
		return err
	}
	if err := checkScope(body.Applications, body.Labels, body.Teams); err != nil {
		return err
	}
	wanted := body.wanted()
	wanted.Hashed = body.hashed
	p, password, err := a.People.Create(c.Request.Context(), wanted)
	if err != nil {
		return err
	}
	return a.answerRights(c, http.StatusCreated, p, unless(body.Password, password))
}

// unless is the password that was made up; "" if one was given.
func unless(given, password string) string {
	if given != "" {
		return ""
	}
	return password
}

// answerUser shows somebody, perhaps with a password, which no cache may keep.
func answerUser(c *gin.Context, status int, p access.Person, password string) error {
	c.Header("Cache-Control", "no-store")
	return edge.HAL(c, status, representUser(p, password))
}

// answerRights is answerUser for somebody who was given a scope.
func (a *API) answerRights(c *gin.Context, status int, p access.Person, password string) (err error) {
	shown := representUser(p, password)
	if shown.Labelled, err = a.labelledNow(c, p.Scope); err != nil {
		return err
	}
	c.Header("Cache-Control", "no-store")
	return edge.HAL(c, status, shown)
}

func (a *API) updateUser(c *gin.Context) error {
	var body userBody
	if err := edge.Decode(c, &body); err != nil {
		return err
	}
	if err := checkScope(body.Applications, body.Labels, body.Teams); err != nil {
		return err
	}
	p, err := a.People.Change(c.Request.Context(), edge.Param(c, "user"), body.wanted())
	if err != nil {
		return err
	}
	return a.answerRights(c, http.StatusOK, p, "")
}

func (a *API) disableUser(c *gin.Context) error { return a.changeUser(c, a.People.Disable) }

func (a *API) enableUser(c *gin.Context) error { return a.changeUser(c, a.People.Enable) }

func (a *API) setUserPassword(c *gin.Context) error {
	body, err := a.readPassword(c)
	if err != nil {
		return err
	}
	id := edge.Param(c, "user")
	password, err := a.setPassword(c.Request.Context(), id, body)
	if err != nil {
		return err
	}
	p, _, err := a.People.Read.FindPerson(c.Request.Context(), id)
	if err != nil {
		return err
	}
	return answerUser(c, http.StatusOK, p, unless(body.Password, password))
}

// setPassword gives somebody a password and returns it.
func (a *API) setPassword(ctx context.Context, id string, body withPassword) (string, error) {
	if body.hashed == nil {
		return a.People.ResetPassword(ctx, id, body.Password)
	}
	return body.hashed.Text, a.People.SetPassword(ctx, id, *body.hashed)
}

// changeUser changes somebody who is known by their ID, and shows them.
func (a *API) changeUser(c *gin.Context, change func(ctx context.Context, id string) (access.Person, error)) error {
	p, err := change(c.Request.Context(), edge.Param(c, "user"))
	if err != nil {
		return err
	}
	return answerUser(c, http.StatusOK, p, "")
}

// meShown is who sends the request, and what they may do.
type meShown struct {
	Name    string       `json:"name"`
	Through string       `json:"through"`
	Grants  []grantShown `json:"grants"`
}

// grantShown is a role for some applications.
type grantShown struct {
	Role            string   `json:"role"`
	Actions         []string `json:"actions"`
	AllApplications bool     `json:"all_applications"`
	Applications    []string `json:"applications"`
	Labels          []string `json:"labels"`
	Teams           []string `json:"teams"`
}

func (a *API) showMe(c *gin.Context) error {
	p := access.Of(c.Request.Context())
	shown := meShown{Name: p.Name, Through: string(p.Through), Grants: []grantShown{}}
	if p.Through == access.ThroughNothing {
		shown.Through = "nothing"
	}
	for _, g := range p.Grants {
		one := grantShown{
			Role:            string(g.Role),
			Actions:         []string{},
			AllApplications: g.Scope.All,
			Applications:    append([]string{}, g.Scope.Applications...),
			Labels:          append([]string{}, g.Scope.Labels...),
			Teams:           append([]string{}, g.Scope.Teams...),
		}
		for _, action := range access.Actions() {
			if g.Allows(action) {
				one.Actions = append(one.Actions, string(action))
			}
		}
		shown.Grants = append(shown.Grants, one)
	}
	return edge.HAL(c, http.StatusOK, shown)
}
