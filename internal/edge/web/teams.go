package web

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// teamsPage lists the teams, and makes new ones.
type teamsPage struct {
	accessFrame
	Name     string
	Rows     []teamRow
	Filtered bool
	Paging   paging
	Form     teamForm
}

// teamRow is a team in the list.
type teamRow struct {
	Team         link
	Contact      string
	Role         string
	Applications []string
	Labels       []string
	// Members is how many people and groups belong to it, for those who administer.
	Members string
}

// teamForm is what is asked of a team.
type teamForm struct {
	Name, Contact                        string
	Role                                 choice
	Applications, Labels, Groups, People string
}

// teamPage shows a team: what is its own, how to reach it and, to those who
// administer, who belongs to it.
type teamPage struct {
	accessFrame
	teamRow
	Name, Address string
	Owned         []link
	Groups        []string
	People        []link
	Changed       moment
	Form          teamForm
}

// teamsShown is how many teams are on a page.
const teamsShown = 50

// askedTeam is the team that a list is narrowed down to.
type askedTeam struct {
	// Team is nil where none is asked for.
	Team *access.Team
	// Choice has no options where there are no teams.
	Choice choice
	// Applications are those of the team, nil where none is asked for.
	Applications []string
}

// name is that of the team, "" for none.
func (a askedTeam) name() string {
	if a.Team == nil {
		return ""
	}
	return a.Team.Name
}

// owns reports whether an application is that team's.
func (a askedTeam) owns(application string) bool { return slices.Contains(a.Applications, application) }

// askedTeam reads the team from the query. It returns an Invalid fault for one that
// there is not.
func (w *Web) askedTeam(c *gin.Context) (a askedTeam, err error) {
	teams, err := w.services.Directory.Read.Teams(c.Request.Context())
	if err != nil {
		return a, err
	}
	name, _ := edge.QueryValue(c, "team")
	a.Choice = boardView{teams: teams}.teamChoice(name)
	if name == "" {
		return a, nil
	}
	team, err := access.TeamAsked(teams, name)
	if err != nil {
		return a, err
	}
	a.Team = &team
	a.Applications, err = w.services.Directory.ApplicationsOf(c.Request.Context(), team)
	return a, err
}

func teamAt(c *gin.Context, name string) string {
	return here(c).Path("/teams/" + url.PathEscape(name))
}

func (w *Web) showTeams(c *gin.Context) error {
	shown, err := w.teamsPage(c, teamForm{})
	if err != nil {
		return err
	}
	return w.show(c, "teams.html", shown)
}

// teamsPage is the list with a form that is filled in.
func (w *Web) teamsPage(c *gin.Context, form teamForm) (teamsPage, error) {
	page, err := pageOf(c, teamsShown, teamsShown)
	if err != nil {
		return teamsPage{}, err
	}
	shown := teamsPage{accessFrame: w.accessFrame(c, "Teams", "/teams"), Form: form}
	if form.Role.Options == nil {
		if shown.Form.Role, err = w.roleChoice(c, "None", ""); err != nil {
			return shown, err
		}
	}
	teams, err := w.services.Directory.Read.Teams(c.Request.Context())
	shown.Name, _ = edge.QueryValue(c, "name")
	shown.Filtered = shown.Name != ""
	teams = slices.DeleteFunc(teams, func(t access.Team) bool {
		return !containsFold(strings.TrimSpace(shown.Name), slices.Concat([]string{t.Name, t.Contact}, t.Applications, t.Labels)...)
	})
	for _, t := range cut(teams, page) {
		shown.Rows = append(shown.Rows, teamRowOf(c, shown.Administers, t))
	}
	shown.Paging = pagingOf(c, page, len(teams))
	return shown, err
}

func teamRowOf(c *gin.Context, administers bool, t access.Team) teamRow {
	row := teamRow{Team: link{t.Name, teamAt(c, t.Name)}, Contact: t.Contact, Role: string(t.Role), Applications: t.Applications, Labels: t.Labels}
	if administers {
		row.Members = counted(len(t.People), "account") + ", " + counted(len(t.Groups), "group")
	}
	return row
}

// wantedTeam is the team that a form asks for. Its people are named in the form,
// and known by their IDs elsewhere.
func (w *Web) wantedTeam(ctx context.Context, name string, fields url.Values) (access.Team, error) {
	t := access.Team{
		Name: name, Contact: strings.TrimSpace(fields.Get("contact")), Role: access.Role(fields.Get("role")),
		Applications: linesOf(fields, "applications"), Labels: linesOf(fields, "labels"), Groups: linesOf(fields, "groups"),
	}
	names := linesOf(fields, "people")
	if len(names) > mostMembers {
		return t, fault.InvalidField("people", "must be %d at most; a group holds more", mostMembers)
	}
	for _, name := range names {
		p, _, found, err := w.services.People.Read.PersonNamed(ctx, name)
		if err == nil && !found {
			err = fault.InvalidField("people", "must be names of people who are there, and %q is none", name)
		}
		if err != nil {
			return t, err
		}
		t.People = append(t.People, p.ID)
	}
	return t, nil
}

// mostMembers is how many people a form may name.
const mostMembers = 500

// createTeam makes the team that the form asks for.
func (w *Web) createTeam(c *gin.Context) error {
	fields, err := formOf(c)
	if err != nil {
		return err
	}
	name := strings.TrimSpace(fields.Get("name"))
	if _, err = w.services.Directory.Team(c.Request.Context(), name); err == nil {
		err = fault.InvalidField("name", "is that of a team that is there already")
	} else if fault.Is(err, fault.NotFound) {
		err = w.putTeam(c, name, fields)
	}
	if err == nil {
		return seeOther(c, teamAt(c, name))
	}
	form, failure := w.teamForm(c, fields)
	if failure != nil {
		return failure
	}
	shown, failure := w.teamsPage(c, form)
	if failure != nil {
		return failure
	}
	shown.Wrong = wrongFields(err, accessFields)
	return w.showWrong(c, err, "teams.html", shown)
}

func (w *Web) putTeam(c *gin.Context, name string, fields url.Values) error {
	t, err := w.wantedTeam(c.Request.Context(), name, fields)
	if err == nil {
		_, _, err = w.services.Directory.PutTeam(c.Request.Context(), t)
	}
	return err
}

// teamForm is the form as it was sent.
func (w *Web) teamForm(c *gin.Context, fields url.Values) (form teamForm, err error) {
	form = teamForm{
		Name: fields.Get("name"), Contact: fields.Get("contact"), Applications: fields.Get("applications"), Labels: fields.Get("labels"),
		Groups: fields.Get("groups"), People: fields.Get("people"),
	}
	form.Role, err = w.roleChoice(c, "None", fields.Get("role"))
	return form, err
}

func (w *Web) showTeam(c *gin.Context) error {
	shown, err := w.teamPage(c)
	if err != nil {
		return err
	}
	return w.show(c, "team.html", shown)
}

func (w *Web) teamPage(c *gin.Context) (teamPage, error) {
	ctx := c.Request.Context()
	t, err := w.services.Directory.Team(ctx, edge.Param(c, "team"))
	if err != nil {
		return teamPage{}, err
	}
	shown := teamPage{
		accessFrame: w.accessFrame(c, t.Name, "/teams", crumbsTo(c, "Teams", "/teams", t.Name)...), Name: t.Name, Address: teamAt(c, t.Name),
		Changed: moments{w.services.Now()}.ago(t.UpdatedAt),
	}
	shown.teamRow = teamRowOf(c, shown.Administers, t)
	owned, err := w.services.Directory.ApplicationsOf(ctx, t)
	if err != nil {
		return shown, err
	}
	slices.SortFunc(owned, byText)
	for _, name := range slices.Compact(owned) {
		shown.Owned = append(shown.Owned, applicationAt(here(c), name))
	}
	if !shown.Administers {
		return shown, nil
	}
	return shown, w.addMembers(c, &shown, t)
}

// addMembers shows who belongs to a team, and the form in which that is changed.
func (w *Web) addMembers(c *gin.Context, shown *teamPage, t access.Team) (err error) {
	var names []string
	for _, id := range t.People {
		p, found, err := w.services.People.Read.FindPerson(c.Request.Context(), id)
		if err != nil {
			return err
		}
		if found {
			names, shown.People = append(names, p.Name), append(shown.People, link{p.Name, personAt(c, p.ID)})
		}
	}
	shown.Groups = t.Groups
	shown.Form = teamForm{
		Name: t.Name, Contact: t.Contact, Applications: strings.Join(t.Applications, "\n"), Labels: strings.Join(t.Labels, "\n"),
		Groups: strings.Join(t.Groups, "\n"), People: strings.Join(names, "\n"),
	}
	shown.Form.Role, err = w.roleChoice(c, "None", string(t.Role))
	return err
}

// changeTeam keeps what the form says of a team.
func (w *Web) changeTeam(c *gin.Context) error {
	fields, err := formOf(c)
	if err != nil {
		return err
	}
	name := edge.Param(c, "team")
	shown, err := w.teamPage(c)
	if err != nil {
		return err
	}
	if err = w.putTeam(c, name, fields); err == nil {
		return seeOther(c, teamAt(c, name))
	}
	var failure error
	if shown.Form, failure = w.teamForm(c, fields); failure != nil {
		return failure
	}
	shown.Wrong = wrongFields(err, accessFields)
	return w.showWrong(c, err, "team.html", shown)
}

// deleteTeam removes a team for whose applications nobody has a role.
func (w *Web) deleteTeam(c *gin.Context) error {
	if err := w.services.Directory.DeleteTeam(c.Request.Context(), edge.Param(c, "team")); err != nil {
		return err
	}
	return seeOther(c, here(c).Path("/teams"))
}
