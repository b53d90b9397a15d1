package v1

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
)

// teamBody is what is sent to keep a team.
type teamBody struct {
	Contact      string   `json:"contact"`
	Role         string   `json:"role"`
	Applications []string `json:"applications"`
	Labels       []string `json:"labels"`
	Groups       []string `json:"groups"`
	People       []string `json:"people"`
}

// teamShown is a team; its members are shown to those alone who may change them.
type teamShown struct {
	Name         string   `json:"name"`
	Contact      string   `json:"contact"`
	Role         *string  `json:"role"`
	Applications []string `json:"applications"`
	Labels       []string `json:"labels"`
	// Labelled is told where the team is put, and left out elsewhere.
	Labelled  *[]string `json:"labelled_applications,omitempty"`
	Groups    []string  `json:"groups"`
	People    []string  `json:"people"`
	CreatedAt string    `json:"created_at"`
	UpdatedAt string    `json:"updated_at"`
}

func representTeam(c *gin.Context, t access.Team) teamShown {
	shown := teamShown{
		Name: t.Name, Contact: t.Contact, Role: filled(string(t.Role)), Applications: append([]string{}, t.Applications...), Labels: append([]string{}, t.Labels...),
		CreatedAt: instant(t.CreatedAt), UpdatedAt: instant(t.UpdatedAt),
	}
	if access.Of(c.Request.Context()).Allows(access.Administer) {
		shown.Groups, shown.People = append([]string{}, t.Groups...), append([]string{}, t.People...)
	}
	return shown
}

func (a *API) listTeams(c *gin.Context) error {
	part, err := sliceOf(c)
	if err != nil {
		return err
	}
	teams, err := a.Directory.Read.Teams(c.Request.Context())
	if err != nil {
		return err
	}
	shown, next := []teamShown{}, ""
	for _, t := range teams {
		if t.Name <= part.After {
			continue
		}
		if len(shown) == part.Limit {
			next = shown[len(shown)-1].Name
			break
		}
		shown = append(shown, representTeam(c, t))
	}
	return answerItems(c, shown, next)
}

func (a *API) showTeam(c *gin.Context) error {
	t, err := a.Directory.Team(c.Request.Context(), edge.Param(c, "team"))
	if err != nil {
		return err
	}
	return edge.HAL(c, http.StatusOK, representTeam(c, t))
}

func (a *API) putTeam(c *gin.Context) error {
	var body teamBody
	if err := edge.Decode(c, &body); err != nil {
		return err
	}
	kept, created, err := a.Directory.PutTeam(c.Request.Context(), access.Team{
		Name: edge.Param(c, "team"), Contact: body.Contact, Role: access.Role(body.Role), Applications: body.Applications, Labels: body.Labels, Groups: body.Groups, People: body.People,
	})
	if err != nil {
		return err
	}
	shown := representTeam(c, kept)
	if shown.Labelled, err = a.labelledNow(c, access.Scope{Labels: kept.Labels}); err != nil {
		return err
	}
	return edge.HAL(c, madeOrChanged(created), shown)
}

func madeOrChanged(created bool) int {
	if created {
		return http.StatusCreated
	}
	return http.StatusOK
}

func (a *API) deleteTeam(c *gin.Context) error {
	if err := a.Directory.DeleteTeam(c.Request.Context(), edge.Param(c, "team")); err != nil {
		return err
	}
	return edge.NoContent(c)
}

// teamAsked is the team that the query names; asked is false if it names none. It
// returns an Invalid fault for one that there is not.
func (a *API) teamAsked(c *gin.Context) (t access.Team, asked bool, err error) {
	name, _ := edge.QueryValue(c, "team")
	if name == "" {
		return access.Team{}, false, nil
	}
	teams, err := a.Directory.Read.Teams(c.Request.Context())
	if err != nil {
		return access.Team{}, false, err
	}
	t, err = access.TeamAsked(teams, name)
	return t, true, err
}

// applicationsAsked are the applications of the team that the query names; nil if
// it names none, and never empty if it does.
func (a *API) applicationsAsked(c *gin.Context) ([]string, error) {
	team, asked, err := a.teamAsked(c)
	if err != nil || !asked {
		return nil, err
	}
	return a.Directory.ApplicationsOf(c.Request.Context(), team)
}

// roleBody is what is sent to keep a role of the broker's own.
type roleBody struct {
	Description string   `json:"description"`
	Actions     []string `json:"actions"`
}

// roleShown is a role with what it allows.
type roleShown struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	BuiltIn     bool     `json:"built_in"`
	Actions     []string `json:"actions"`
}

func representRole(r access.OwnRole, builtIn bool) roleShown {
	shown := roleShown{Name: string(r.Name), Description: r.Description, BuiltIn: builtIn, Actions: []string{}}
	for _, action := range r.Actions {
		shown.Actions = append(shown.Actions, string(action))
	}
	return shown
}

func (a *API) listRoles(c *gin.Context) error {
	own, err := a.Directory.Read.OwnRoles(c.Request.Context())
	if err != nil {
		return err
	}
	var shown []roleShown
	for _, role := range access.Roles() {
		shown = append(shown, representRole(access.OwnRole{Name: role, Actions: role.Actions()}, true))
	}
	for _, r := range own {
		shown = append(shown, representRole(r, false))
	}
	return answerItems(c, shown, "")
}

func (a *API) putRole(c *gin.Context) error {
	var body roleBody
	if err := edge.Decode(c, &body); err != nil {
		return err
	}
	wanted := access.OwnRole{Name: access.Role(edge.Param(c, "role")), Description: body.Description}
	for _, action := range body.Actions {
		wanted.Actions = append(wanted.Actions, access.Action(action))
	}
	kept, created, err := a.Directory.PutRole(c.Request.Context(), wanted)
	if err != nil {
		return err
	}
	return edge.HAL(c, madeOrChanged(created), representRole(kept, false))
}

func (a *API) deleteRole(c *gin.Context) error {
	if err := a.Directory.DeleteRole(c.Request.Context(), access.Role(edge.Param(c, "role"))); err != nil {
		return err
	}
	return edge.NoContent(c)
}
