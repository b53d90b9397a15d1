package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
)

// frame is what all pages have around their own content.
type frame struct {
	Title string
	// Path is the path under which the broker is reached, "" as a rule.
	Path   string
	Static string
	// Theme is light, dark, or "" for that of the system.
	Theme    string
	Themes   []entry
	Nav      []entry
	Foot     []entry
	Crumbs   []entry
	Searched string
	Release  string
	// Back is where the page itself is.
	Back string
	// You is who looks at it; nil where nobody can sign in.
	You *you
}

// entry is a link of the frame.
type entry struct {
	Text, Address string
	Current       bool
	// needs is what one must be allowed to do to follow it; "" is to read.
	needs access.Action
}

// sections are the pages of the first level, in the order of the navigation.
var sections = []entry{
	{Text: "Integrations", Address: "/"}, {Text: "Environments", Address: "/environments"}, {Text: "Matrix", Address: "/matrix"},
	{Text: "Network", Address: "/network"}, {Text: "Webhooks", Address: "/webhooks", needs: access.ManageWebhooks},
}

// corners are the pages that the foot leads to.
var corners = []entry{
	{Text: "Activity", Address: "/activity", needs: access.ReadEvents}, {Text: "Audit", Address: "/audit", needs: access.Administer},
	{Text: "Compare", Address: "/compare"}, {Text: "Teams", Address: "/teams"}, {Text: "Tokens", Address: "/tokens", needs: access.Administer}, {Text: "API", Address: "/docs"}, {Text: "Health", Address: "/health", needs: access.Administer},
}

// themes are the appearances to choose from; the first is the system's.
var themes = []entry{{Text: "System", Address: "auto"}, {Text: "Light", Address: "light"}, {Text: "Dark", Address: "dark"}}

// themeCookie keeps the appearance that a person has chosen.
const themeCookie = "accord-theme"

// frame is the frame of a page with a title, which belongs to the section at an
// address.
func (w *Web) frame(c *gin.Context, title, section string, crumbs ...entry) frame {
	return w.frameOf(c.Request, title, section, crumbs...)
}

func (w *Web) frameOf(r *http.Request, title, section string, crumbs ...entry) frame {
	path := pathOf(edge.BaseOf(r.Context()))
	f := frame{
		Title: title, Path: path, Static: path + "/static/" + w.digest, Crumbs: crumbs,
		Nav: under(path, section, w.open(r, sections)), Foot: under(path, section, w.open(r, corners)), Release: w.services.Release, Back: path + r.URL.RequestURI(),
		You: w.youOf(r, path, section),
	}
	if kept, err := r.Cookie(themeCookie); err == nil && (kept.Value == "light" || kept.Value == "dark") {
		f.Theme = kept.Value
	}
	f.Themes = slices.Clone(themes)
	for i, t := range f.Themes {
		f.Themes[i].Current = t.Address == f.Theme || f.Theme == "" && i == 0
	}
	return f
}

// open are the entries that who looks at the page may follow. Who has not signed
// in yet sees those that lead to what everybody may read.
func (w *Web) open(r *http.Request, entries []entry) []entry {
	p := w.principalOf(r)
	return slices.DeleteFunc(slices.Clone(entries), func(e entry) bool {
		return e.needs != "" && !w.allows(p, e.needs) || p.Name != "" && !p.Allows(access.Read)
	})
}

// allows reports whether somebody may do it to some application at least; everybody
// may do all where nobody is asked who they are.
func (w *Web) allows(p access.Principal, action access.Action) bool {
	return !w.services.SigningIn.Asked || p.Allows(action)
}

// under returns entries with their addresses below the path of the broker.
func under(path, current string, entries []entry) []entry {
	list := slices.Clone(entries)
	for i, e := range list {
		list[i].Address, list[i].Current = path+e.Address, e.Address == current
	}
	return list
}

// setAppearance keeps the appearance that a person has chosen, and leads back to
// the page on which they chose it.
func (w *Web) setAppearance(c *gin.Context) error {
	fields, err := formOf(c)
	if err != nil {
		return err
	}
	path := pathOf(edge.Base(c))
	cookie := http.Cookie{Name: themeCookie, Value: fields.Get("theme"), Path: path + "/", MaxAge: 60 * 60 * 24 * 365, SameSite: http.SameSiteLaxMode, HttpOnly: true}
	if cookie.Value != "light" && cookie.Value != "dark" {
		cookie.Value, cookie.MaxAge = "", -1
	}
	http.SetCookie(c.Writer, &cookie)
	return seeOther(c, within(path, fields.Get("back")))
}

// within returns an address if it is one of the broker's own pages, and otherwise
// that of the first page.
func within(path, address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(address, path+"/") || strings.HasPrefix(address, "//") || strings.ContainsRune(address, '\\') {
		return path + "/"
	}
	return address
}
