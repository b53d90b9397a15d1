package web

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
)

// peoplePage lists who may sign in, and lets more in.
type peoplePage struct {
	accessFrame
	Lead     string
	Fresh    *freshSecret
	Name     string
	Statuses []statusLink
	// Team has no options where there are no teams.
	Team     choice
	Rows     []personRow
	Filtered bool
	Paging   paging
	Form     personForm
	// Provider is where people sign in who need not be added, "" for nowhere.
	Provider string
}

// personRow is somebody in the list.
type personRow struct {
	Person   link
	KnownBy  string
	State    word
	SignedIn moment
	right
}

// personForm is what is asked of somebody.
type personForm struct {
	Name string
	Role choice
	scopeForm
}

// personPage shows somebody, and changes what they may do.
type personPage struct {
	accessFrame
	personRow
	Name            string
	Address         string
	Made            moment
	Local, Disabled bool
	Subject         string
	Teams           []link
	Labelled        []link
	Fresh           *freshSecret
	Form            personForm
}

// peopleShown is how many people are on a page.
const peopleShown = 50

// personStates are what the list can be narrowed down to.
var personStates = []struct {
	state access.PersonState
	mark  word
}{
	{access.MaySignIn, word{Kind: "yes", Icon: "yes", Word: "May sign in"}}, {access.NeverSignedIn, word{Kind: "unsure", Icon: "unsure", Word: "Never did"}},
	{access.KeptOut, word{Kind: "no", Icon: "no", Word: "Kept out"}},
}

func (w *Web) showPeople(c *gin.Context) error {
	shown, err := w.peoplePage(c, personForm{})
	if err != nil {
		return err
	}
	return w.show(c, "people.html", shown)
}

// peoplePage is the list with a form that is filled in.
func (w *Web) peoplePage(c *gin.Context, form personForm) (peoplePage, error) {
	page, err := pageOf(c, peopleShown, peopleShown)
	if err != nil {
		return peoplePage{}, err
	}
	shown := peoplePage{accessFrame: w.accessFrame(c, "People", "/people"), Form: form}
	if p := w.services.SigningIn.Provider; p != nil {
		shown.Provider = p.Name()
	}
	if form.Role.Options == nil {
		if shown.Form.Role, err = w.roleChoice(c, "None", ""); err != nil {
			return shown, err
		}
	}
	return shown, shown.fill(c, w, page)
}

// fill shows those of the people that the query asks for.
func (p *peoplePage) fill(c *gin.Context, w *Web, page edge.Page) error {
	p.Name = searchedText(c)
	status, _ := edge.QueryValue(c, "status")
	team, err := w.askedTeam(c)
	if err != nil {
		return err
	}
	p.Team, p.Filtered = team.Choice, p.Name+status+team.name() != ""
	query := access.PeopleQuery{Text: p.Name, Team: team.Team, Limit: page.Size, Offset: page.Offset()}
	for _, s := range personStates {
		if status == string(s.state) {
			query.State = s.state
		}
	}
	ctx, m := c.Request.Context(), moments{w.services.Now()}
	counts, err := w.services.People.Read.CountPeople(ctx, query)
	if err != nil {
		return err
	}
	found, err := w.services.People.Read.ListPeople(ctx, query)
	for _, one := range found {
		p.Rows = append(p.Rows, personRowOf(c, m, one))
	}
	p.Lead, p.Paging = counted(counts.All, "account")+".", pagingOf(c, page, counts.Of(query.State))
	link := func(mark word, state access.PersonState) statusLink {
		values := url.Values{}
		for name, value := range map[string]string{"name": p.Name, "status": string(state), "team": team.name()} {
			if value != "" {
				values.Set(name, value)
			}
		}
		return statusLink{word: mark, Address: p.Path + "/people?" + values.Encode(), Count: counts.Of(state), Current: query.State == state}
	}
	p.Statuses = []statusLink{link(word{Word: "All"}, "")}
	for _, s := range personStates {
		p.Statuses = append(p.Statuses, link(s.mark, s.state))
	}
	return err
}

func personRowOf(c *gin.Context, m moments, p access.Person) personRow {
	row := personRow{Person: link{p.Name, personAt(c, p.ID)}, KnownBy: "a password", State: personStates[0].mark, SignedIn: m.ago(p.SignedInAt), right: rightOf(string(p.Role), p.Scope)}
	if !p.Local() {
		row.KnownBy = p.Issuer
	}
	if !p.DisabledAt.IsZero() {
		row.State = personStates[2].mark
	}
	return row
}

func personAt(c *gin.Context, id string) string { return here(c).Path("/people/" + url.PathEscape(id)) }

// wantedPerson is what a form asks for.
func wantedPerson(fields url.Values) access.WantedPerson {
	return access.WantedPerson{
		Name: strings.TrimSpace(fields.Get("name")), Role: access.Role(fields.Get("role")),
		Applications: linesOf(fields, "applications"), Labels: linesOf(fields, "labels"), Teams: linesOf(fields, "teams"),
	}
}

// personForm is the form as it was sent.
func (w *Web) personForm(c *gin.Context, fields url.Values) (form personForm, err error) {
	form = personForm{Name: fields.Get("name"), scopeForm: scopeForm{fields.Get("applications"), fields.Get("labels"), fields.Get("teams")}}
	form.Role, err = w.roleChoice(c, "None", fields.Get("role"))
	return form, err
}

// createPerson lets somebody in, and shows their password this once.
func (w *Web) createPerson(c *gin.Context) error {
	fields, err := formOf(c)
	if err != nil {
		return err
	}
	p, password, err := w.services.People.Create(c.Request.Context(), wantedPerson(fields))
	if err == nil {
		shown, err := w.peoplePage(c, personForm{})
		if err != nil {
			return err
		}
		shown.Fresh = passwordOf(p.Name, password, here(c).Path("/people"))
		if shown.Fresh.Labelled, err = w.labelledNow(c, p.Scope); err != nil {
			return err
		}
		return w.showSecret(c, "people.html", shown)
	}
	form, failure := w.personForm(c, fields)
	if failure != nil {
		return failure
	}
	shown, failure := w.peoplePage(c, form)
	if failure != nil {
		return failure
	}
	shown.Wrong = wrongFields(err, accessFields)
	return w.showWrong(c, err, "people.html", shown)
}

func passwordOf(name, password, hide string) *freshSecret {
	return &freshSecret{
		What:  "The password of " + name + " is made",
		Says:  "Tell it to them by a way that nobody else reads. The broker asks them for another when they sign in.",
		Value: plainText("Password of "+name, password),
		Hide:  hide,
	}
}

// person is that of the address. It returns a NotFound fault if there is none.
func (w *Web) person(c *gin.Context) (access.Person, error) {
	p, found, err := w.services.People.Read.FindPerson(c.Request.Context(), edge.Param(c, "person"))
	if err != nil || !found {
		return p, missingUnless(err, "There is nobody with this ID.")
	}
	return p, nil
}

func (w *Web) showPerson(c *gin.Context) error {
	shown, err := w.personPage(c)
	if err != nil {
		return err
	}
	return w.show(c, "person.html", shown)
}

func (w *Web) personPage(c *gin.Context) (personPage, error) {
	p, err := w.person(c)
	if err != nil {
		return personPage{}, err
	}
	m := moments{w.services.Now()}
	shown := personPage{
		accessFrame: w.accessFrame(c, p.Name, "/people", crumbsTo(c, "People", "/people", p.Name)...), personRow: personRowOf(c, m, p), Name: p.Name,
		Address: personAt(c, p.ID), Made: m.ago(p.CreatedAt), Local: p.Local(), Disabled: !p.DisabledAt.IsZero(), Subject: p.Subject,
		Form: personForm{scopeForm: scopeFormOf(p.Scope)},
	}
	if shown.Form.Role, err = w.roleChoice(c, "None", string(p.Role)); err != nil {
		return shown, err
	}
	if shown.Labelled, err = w.labelledNow(c, p.Scope); err != nil {
		return shown, err
	}
	teams, err := w.services.Directory.Read.Teams(c.Request.Context())
	for _, t := range teams {
		if slices.Contains(t.People, p.ID) {
			shown.Teams = append(shown.Teams, link{t.Name, teamAt(c, t.Name)})
		}
	}
	return shown, err
}

// changePerson gives somebody another role and scope.
func (w *Web) changePerson(c *gin.Context) error {
	fields, err := formOf(c)
	if err != nil {
		return err
	}
	if _, err = w.services.People.Change(c.Request.Context(), edge.Param(c, "person"), wantedPerson(fields)); err == nil {
		return seeOther(c, personAt(c, edge.Param(c, "person")))
	}
	shown, failure := w.personPage(c)
	if failure != nil {
		return failure
	}
	if shown.Form, failure = w.personForm(c, fields); failure != nil {
		return failure
	}
	shown.Wrong = wrongFields(err, accessFields)
	return w.showWrong(c, err, "person.html", shown)
}

func (w *Web) disablePerson(c *gin.Context) error {
	return w.switchPerson(c, w.services.People.Disable)
}

func (w *Web) enablePerson(c *gin.Context) error { return w.switchPerson(c, w.services.People.Enable) }

func (w *Web) switchPerson(c *gin.Context, change func(ctx context.Context, id string) (access.Person, error)) error {
	if _, err := change(c.Request.Context(), edge.Param(c, "person")); err != nil {
		return err
	}
	return seeOther(c, personAt(c, edge.Param(c, "person")))
}

// resetPassword makes a new password and shows it this once.
func (w *Web) resetPassword(c *gin.Context) error {
	password, err := w.services.People.ResetPassword(c.Request.Context(), edge.Param(c, "person"), "")
	if err != nil {
		return err
	}
	shown, err := w.personPage(c)
	if err != nil {
		return err
	}
	shown.Fresh = passwordOf(shown.Name, password, shown.Address)
	return w.showSecret(c, "person.html", shown)
}
