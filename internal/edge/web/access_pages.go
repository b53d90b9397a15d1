package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// accessPages are the pages about who may do what.
var accessPages = []entry{
	{Text: "Tokens", Address: "/tokens", needs: access.Administer}, {Text: "People", Address: "/people", needs: access.Administer},
	{Text: "Teams", Address: "/teams"}, {Text: "Roles", Address: "/roles"}, {Text: "Trust rules", Address: "/trust-rules", needs: access.Administer},
}

// accessFrame is the frame of a page about who may do what, with the others of them
// beside it.
type accessFrame struct {
	frame
	Tabs []entry
	// Administers tells that who looks at the page may change what it shows.
	Administers bool
	// Wrong says what is wrong with the form that was sent.
	Wrong []string
}

func (w *Web) accessFrame(c *gin.Context, title, section string, crumbs ...entry) accessFrame {
	f := w.frame(c, title, section, crumbs...)
	return accessFrame{frame: f, Tabs: under(f.Path, section, w.open(c.Request, accessPages)), Administers: access.Of(c.Request.Context()).Allows(access.Administer)}
}

// crumbsTo leads back from one thing to the list of its kind.
func crumbsTo(c *gin.Context, list, address, name string) []entry {
	return []entry{{Text: list, Address: here(c).Path(address)}, {Text: name}}
}

// freshSecret is a secret that is shown this one time.
type freshSecret struct {
	// What says what it is, Says what it is good for.
	What, Says string
	Value      command
	// Hide is where the page is without it.
	Hide string
	// Labelled are the applications that it reaches by a label now.
	Labelled []link
}

// showSecret shows a page with a secret on it, which nobody may keep.
func (w *Web) showSecret(c *gin.Context, name string, page any) error {
	c.Header("Cache-Control", "no-store")
	return w.show(c, name, page)
}

// showWrong shows the form again with what is wrong with it, if it is the form
// that the failure is about.
func (w *Web) showWrong(c *gin.Context, err error, name string, page any) error {
	if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
		return err
	}
	return w.showAs(c, http.StatusUnprocessableEntity, name, page)
}

// accessFields are what people call the fields of the forms.
var accessFields = map[string]string{
	"name": "The name", "owner": "The owner", "role": "The role", "applications": "Applications", "labels": "Labels", "teams": "Teams", "team": "The name",
	"contact": "The contact", "groups": "Groups", "people": "People", "actions": "What it allows", "description": "The description", "password": "The password",
	"issuer": "The issuer", "audience": "The audience", "claims": "The claims", "expires_at": "The expiry",
}

// scopeForm is the part of a form in which stands for which applications it is,
// one a line.
type scopeForm struct{ Applications, Labels, Teams string }

func scopeFormOf(s access.Scope) scopeForm {
	return scopeForm{strings.Join(s.Applications, "\n"), strings.Join(s.Labels, "\n"), strings.Join(s.Teams, "\n")}
}

// labelledNow are the applications that a scope holds by a label now.
func (w *Web) labelledNow(c *gin.Context, s access.Scope) ([]link, error) {
	names, err := w.services.Directory.Labelled(c.Request.Context(), s)
	return applicationsAt(here(c), names), err
}

// linesOf are the texts in a field that has one a line.
func linesOf(fields url.Values, name string) []string {
	var lines []string
	for line := range strings.SplitSeq(fields.Get(name), "\n") {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// roleChoice lets one choose a role, those of the broker's own included; none is
// the text for no role, "" if there has to be one.
func (w *Web) roleChoice(c *gin.Context, none, chosen string) (choice, error) {
	own, err := w.services.Directory.Read.OwnRoles(c.Request.Context())
	var names []string
	for _, role := range access.Roles() {
		names = append(names, string(role))
	}
	for _, role := range own {
		names = append(names, string(role.Name))
	}
	made := choose("role", "Role", none, chosen, names)
	made.Hidden = false
	return made, err
}

// containsFold reports whether one of the texts has the searched one in it.
func containsFold(searched string, texts ...string) bool {
	searched = strings.ToLower(searched)
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(strings.ToLower(text), searched) })
}

// searchedAtMost is how many letters of what somebody searches for are looked at.
const searchedAtMost = 500

// searchedText is what a list is to be narrowed down to by its names.
func searchedText(c *gin.Context) string {
	text, _ := edge.QueryValue(c, "name")
	letters := []rune(strings.TrimSpace(text))
	return string(letters[:min(len(letters), searchedAtMost)])
}
