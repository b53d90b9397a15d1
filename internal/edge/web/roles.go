package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// rolesPage is the table of what each role may do, and makes roles of the
// broker's own.
type rolesPage struct {
	accessFrame
	Actions []string
	Rows    []roleRow
	Form    roleForm
}

// roleRow is a role with a mark for each action.
type roleRow struct {
	Role link
	Says string
	Own  bool
	May  []word
}

// roleForm is what is asked of a role.
type roleForm struct {
	Name, Description string
	Actions           []option
}

// rolePage shows a role of the broker's own, and changes it.
type rolePage struct {
	accessFrame
	Name, Address string
	Form          roleForm
}

// roleSays is for whom the roles are that every broker has.
var roleSays = map[access.Role]string{
	access.Viewer: "people and pages", access.ConsumerCI: "the build of a consumer", access.ProviderCI: "the build of a provider",
	access.Deployer: "whatever deploys", access.Developer: "people of a team", access.Admin: "few people",
}

// actionSays is what the actions of the table are, for those who choose them.
var actionSays = map[access.Action]string{
	access.Read: "look at contracts, versions, results and verdicts", access.ReadEvents: "look at what happened, and who did it",
	access.Publish: "publish contracts of a consumer", access.MakeVersions: "make versions, put them on branches and under tags, close and reopen branches",
	access.Verify: "publish results, and contracts of a provider", access.Record: "record deployments and releases",
	access.ManageWebhooks: "see and change webhooks, deliveries and secrets", access.ManageApplications: "change applications, and delete what they own",
	access.Administer: "tokens, people, environments, the audit", access.ReadBadges: "look at badges", access.ReadHeartbeat: "ask whether the broker answers",
}

func roleAt(c *gin.Context, role access.Role) string {
	return here(c).Path("/roles/" + url.PathEscape(string(role)))
}

func (w *Web) showRoles(c *gin.Context) error {
	shown, err := w.rolesPage(c, roleForm{Actions: actionOptions([]access.Action{access.Read, access.ReadEvents, access.ReadBadges, access.ReadHeartbeat})})
	if err != nil {
		return err
	}
	return w.show(c, "roles.html", shown)
}

func (w *Web) rolesPage(c *gin.Context, form roleForm) (rolesPage, error) {
	shown := rolesPage{accessFrame: w.accessFrame(c, "Roles", "/roles"), Form: form}
	for _, action := range access.Actions() {
		shown.Actions = append(shown.Actions, actionInWords(action))
	}
	for _, role := range access.Roles() {
		shown.Rows = append(shown.Rows, roleRow{Role: link{Text: string(role)}, Says: roleSays[role], May: marksOf(role.Actions())})
	}
	own, err := w.services.Directory.Read.OwnRoles(c.Request.Context())
	for _, role := range own {
		row := roleRow{Role: link{Text: string(role.Name)}, Says: role.Description, Own: true, May: marksOf(role.Actions)}
		if shown.Administers {
			row.Role.Address = roleAt(c, role.Name)
		}
		shown.Rows = append(shown.Rows, row)
	}
	return shown, err
}

func actionInWords(action access.Action) string {
	return inWords(strings.ReplaceAll(string(action), "_", " "))
}

func marksOf(allowed []access.Action) []word {
	var marks []word
	for _, action := range access.Actions() {
		may := word{Icon: "none", Word: "may not", Quiet: true}
		if slices.Contains(allowed, action) {
			may = word{Kind: "yes", Icon: "yes", Word: "may", Quiet: true}
		}
		marks = append(marks, may)
	}
	return marks
}

// actionOptions are all actions, with some of them chosen.
func actionOptions(chosen []access.Action) []option {
	var options []option
	for _, action := range access.Actions() {
		options = append(options, option{Value: string(action), Text: actionSays[action], Selected: slices.Contains(chosen, action)})
	}
	return options
}

// wantedRole is the role that a form asks for.
func wantedRole(name string, fields url.Values) access.OwnRole {
	r := access.OwnRole{Name: access.Role(name), Description: strings.TrimSpace(fields.Get("description"))}
	for _, action := range fields["action"] {
		r.Actions = append(r.Actions, access.Action(action))
	}
	return r
}

// createRole makes the role that the form asks for.
func (w *Web) createRole(c *gin.Context) error {
	fields, err := formOf(c)
	if err != nil {
		return err
	}
	wanted := wantedRole(strings.TrimSpace(fields.Get("name")), fields)
	_, known, err := w.ownRole(c, wanted.Name)
	switch {
	case err != nil:
		return err
	case known:
		err = fault.InvalidField("name", "is that of a role that is there already")
	default:
		_, _, err = w.services.Directory.PutRole(c.Request.Context(), wanted)
	}
	if err == nil {
		return seeOther(c, here(c).Path("/roles"))
	}
	shown, failure := w.rolesPage(c, roleForm{Name: fields.Get("name"), Description: fields.Get("description"), Actions: actionOptions(wanted.Actions)})
	if failure != nil {
		return failure
	}
	shown.Wrong = wrongFields(err, accessFields)
	return w.showWrong(c, err, "roles.html", shown)
}

func (w *Web) ownRole(c *gin.Context, name access.Role) (role access.OwnRole, known bool, err error) {
	own, err := w.services.Directory.Read.OwnRoles(c.Request.Context())
	i := slices.IndexFunc(own, func(r access.OwnRole) bool { return r.Name == name })
	if err != nil || i < 0 {
		return access.OwnRole{}, false, err
	}
	return own[i], true, nil
}

// rolePage is that of the role of the address. It returns a NotFound fault if the
// broker has no such role of its own.
func (w *Web) rolePage(c *gin.Context) (rolePage, error) {
	role, known, err := w.ownRole(c, access.Role(edge.Param(c, "role")))
	if err != nil || !known {
		return rolePage{}, missingUnless(err, "There is no role of the broker's own with this name.")
	}
	return rolePage{
		accessFrame: w.accessFrame(c, string(role.Name), "/roles", crumbsTo(c, "Roles", "/roles", string(role.Name))...), Name: string(role.Name), Address: roleAt(c, role.Name),
		Form: roleForm{Name: string(role.Name), Description: role.Description, Actions: actionOptions(role.Actions)},
	}, nil
}

func (w *Web) showRole(c *gin.Context) error {
	shown, err := w.rolePage(c)
	if err != nil {
		return err
	}
	return w.show(c, "role.html", shown)
}

// changeRole keeps what the form says of a role.
func (w *Web) changeRole(c *gin.Context) error {
	fields, err := formOf(c)
	if err != nil {
		return err
	}
	shown, err := w.rolePage(c)
	if err != nil {
		return err
	}
	wanted := wantedRole(shown.Name, fields)
	if _, _, err = w.services.Directory.PutRole(c.Request.Context(), wanted); err == nil {
		return seeOther(c, here(c).Path("/roles"))
	}
	shown.Form.Description, shown.Form.Actions = fields.Get("description"), actionOptions(wanted.Actions)
	shown.Wrong = wrongFields(err, accessFields)
	return w.showWrong(c, err, "role.html", shown)
}

// deleteRole removes a role that nobody has.
func (w *Web) deleteRole(c *gin.Context) error {
	if err := w.services.Directory.DeleteRole(c.Request.Context(), access.Role(edge.Param(c, "role"))); err != nil {
		return err
	}
	return seeOther(c, here(c).Path("/roles"))
}
