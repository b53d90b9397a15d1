package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/actions"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
)

// resourcePage shows one resource of the API with its links to follow.
type resourcePage struct {
	frame
	Heading    string
	Address    string
	Media      string
	Properties []property
	Links      []resourceLink
	Templates  []templatedLink
	Embedded   []embedded
	Body       string
	Size       string
	Cut        bool
	Raw        string
	Curl       command
	Person     string
	// Follows tells to go to what stands behind the # of the address.
	Follows bool
}

// property is a member of a resource: a text, or JSON.
type property struct{ Name, Text, Address string }

// resourceLink is a link of a resource. Without an address it is not followed.
type resourceLink struct{ Relation, Title, Address, Href string }

// onlySentTo are the relations whose addresses cannot be opened, each with the method
// that they take.
var onlySentTo = map[string]string{
	"pb:publish-contracts": http.MethodPost, "pb:execute": http.MethodPost, "try-again": http.MethodPost,
	"pb:publish-verification-results": http.MethodPost, "pb:tag-prod-version": http.MethodPut,
}

// perhapsMissing are the relations of a contract to what there may not be.
var perhapsMissing = []string{"pb:previous-distinct", "pb:latest-untagged-pact-version", "pb:latest-verification-results"}

// templatedLink is a link with gaps to fill in.
type templatedLink struct {
	Relation, Title, Template string
	Gaps                      []string
}

// embedded is what a resource has within it.
type embedded struct {
	Name    string
	Entries []resourceLink
	More    int
}

// What is shown of long resources.
const (
	bodyShown    = 64 << 10
	entriesShown = 100
	linksShown   = 200
	textShown    = 2000
	valueShown   = 300
)

func (w *Web) resourcePage(r *http.Request, response edge.Response) resourcePage {
	base := edge.BaseOf(r.Context())
	address := strings.TrimSuffix(r.URL.RequestURI(), "?")
	media, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
	shown := resourcePage{
		Address: address, Media: media, Size: counted(len(response.Body), "byte"), Raw: pathOf(base) + address, Person: pathOf(base) + address,
		Curl: prompted("Ask for it in a terminal", "curl -H "+actions.Quote("Accept: "+media)+" \\\n    "+actions.Quote(base.Index()+address)),
	}
	shown.Body, shown.Cut = indented(response.Body)
	shown.Follows = r.URL.RawQuery == fromHALBrowser
	v := resourceView{base: base.Index(), path: pathOf(base)}
	for _, m := range membersOf(response.Body) {
		switch m.Name {
		case "_links":
			shown.Links, shown.Templates = v.links(m.Value)
		case "_embedded":
			shown.Embedded = v.embedded(m.Value)
		default:
			shown.Properties = append(shown.Properties, v.property(m))
		}
	}
	shown.Heading = shown.heading(r.URL)
	crumbs := []entry{{Text: "API", Address: pathOf(base) + "/docs"}}
	if r.URL.Path != "/" {
		crumbs = append(crumbs, entry{Text: "Index", Address: pathOf(base) + "/?as=resource"})
	}
	shown.frame = w.frameOf(r, shown.Heading, "/docs", append(crumbs, entry{Text: shown.Heading})...)
	return shown
}

// heading is what the resource calls itself, else its address.
func (p resourcePage) heading(at *url.URL) string {
	for _, l := range p.Links {
		if l.Relation == "self" && l.Title != "" {
			return l.Title
		}
	}
	return at.Path
}

// indented is the beginning of a JSON text as people read it.
func indented(body []byte) (text string, cut bool) {
	if len(body) <= 4*bodyShown {
		body = pactfile.Indented(body)
	}
	if len(body) > bodyShown {
		return strings.ToValidUTF8(string(body[:bodyShown]), ""), true
	}
	return string(body), false
}

// resourceView makes the addresses of a resource lead to further resources.
type resourceView struct{ base, path string }

// local is where a person follows a link: the resource, shown to people, if it is
// one of the broker's, else the address itself if it is a web address.
func (v resourceView) local(href string) string {
	rest, ours := strings.CutPrefix(href, v.base)
	if !ours || rest != "" && rest[0] != '/' && rest[0] != '?' {
		if strings.HasPrefix(href, "https://") || strings.HasPrefix(href, "http://") {
			return href
		}
		return ""
	}
	if rest == "" {
		rest = "/"
	}
	separator := "?"
	if strings.Contains(rest, "?") {
		separator = "&"
	}
	return v.path + rest + separator + "as=resource"
}

func (v resourceView) property(m member) property {
	var text string
	room := textShown
	if json.Unmarshal(m.Value, &text) != nil {
		text, _ = indented(m.Value)
		room = valueShown
	}
	shown := property{Name: m.Name, Text: text}
	if strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://") {
		shown.Address = text
	}
	if runes := []rune(text); len(runes) > room {
		shown.Text = string(runes[:room]) + "…"
	}
	return shown
}

// halLink is a link as HAL writes it.
type halLink struct {
	Title     string `json:"title"`
	Name      string `json:"name"`
	Href      string `json:"href"`
	Templated bool   `json:"templated"`
}

// said is what a link says of where it leads: what that is, and its name.
func (l halLink) said() string {
	switch {
	case l.Title == "" || strings.HasPrefix(l.Name, l.Title):
		return l.Name
	case l.Name == "" || strings.Contains(l.Title, l.Name):
		return l.Title
	}
	return l.Title + " " + l.Name
}

func halLinks(value json.RawMessage) []halLink {
	var one halLink
	if json.Unmarshal(value, &one) == nil && one.Href != "" {
		return []halLink{one}
	}
	var many []halLink
	if json.Unmarshal(value, &many) != nil {
		return nil
	}
	return many
}

func (v resourceView) links(value json.RawMessage) (plain []resourceLink, templated []templatedLink) {
	for _, m := range membersOf(value) {
		for _, l := range halLinks(m.Value) {
			title := l.said()
			switch gaps := gapsIn(l.Href); {
			case m.Name == "curies" || len(plain) >= linksShown:
			case l.Templated || len(gaps) > 0:
				templated = append(templated, templatedLink{Relation: m.Name, Title: title, Template: l.Href, Gaps: gaps})
			case onlySentTo[m.Name] != "":
				plain = append(plain, resourceLink{Relation: m.Name, Title: title + ": takes " + onlySentTo[m.Name] + " only", Href: l.Href})
			case slices.Contains(perhapsMissing, m.Name):
				plain = append(plain, resourceLink{Relation: m.Name, Title: strings.TrimPrefix(title+", if there is one", ", "), Address: v.local(l.Href), Href: l.Href})
			default:
				plain = append(plain, resourceLink{Relation: m.Name, Title: title, Address: v.local(l.Href), Href: l.Href})
			}
		}
	}
	return plain, templated
}

var gap = regexp.MustCompile(`\{([A-Za-z0-9_.-]+)\}`)

func gapsIn(template string) []string {
	var names []string
	for _, found := range gap.FindAllStringSubmatch(template, -1) {
		names = append(names, found[1])
	}
	return names
}

func (v resourceView) embedded(value json.RawMessage) []embedded {
	var all []embedded
	for _, m := range membersOf(value) {
		var items []json.RawMessage
		if json.Unmarshal(m.Value, &items) != nil {
			items = []json.RawMessage{m.Value}
		}
		shown := embedded{Name: m.Name, More: max(0, len(items)-entriesShown)}
		for _, item := range items[:min(len(items), entriesShown)] {
			shown.Entries = append(shown.Entries, v.entry(item))
		}
		all = append(all, shown)
	}
	return all
}

// entry is the link to an embedded resource, by what names it best.
func (v resourceView) entry(item json.RawMessage) resourceLink {
	var within struct {
		Name, Number, Description, Title string
		Links                            struct{ Self halLink } `json:"_links"`
	}
	_ = json.Unmarshal(item, &within) // what cannot be read has no name
	shown := resourceLink{Address: v.local(within.Links.Self.Href), Title: "entry"}
	if within.Links.Self.Href == "" {
		shown.Address = ""
	}
	for _, name := range []string{within.Links.Self.said(), within.Name, within.Number, within.Description, within.Title} {
		if name != "" {
			shown.Title = name
			break
		}
	}
	return shown
}

// browse leads to the resource at an address that was typed in, or that a link
// with gaps has once they are filled in.
func (w *Web) browse(c *gin.Context) error {
	base := edge.Base(c)
	v := resourceView{base: base.Index(), path: pathOf(base)}
	address, _ := edge.QueryValue(c, "path")
	if template, given := edge.QueryValue(c, "template"); given {
		for _, name := range gapsIn(template) {
			value, _ := edge.QueryValue(c, "gap-"+name)
			if value == "" {
				return fault.InvalidField(name, "must be filled in")
			}
			template = strings.ReplaceAll(template, "{"+name+"}", links.Escape(value))
		}
		address = template
	}
	address = strings.TrimPrefix(address, base.Index())
	if !strings.HasPrefix(address, "/") || within(v.path, v.path+address) != v.path+address {
		return fault.New(fault.Invalid, "The address must begin with a slash, such as /pacticipants.")
	}
	return moved(c, v.local(v.base+address))
}

// fromHALBrowser marks the address of the index for those who came from that of the
// Pact Broker's HAL browser.
const fromHALBrowser = "from=hal-browser"

// goHALBrowser leads from the address of the Pact Broker's HAL browser to the
// index. What was looked at stands behind the # and does not reach the broker: the
// script of the page follows it.
func (w *Web) goHALBrowser(c *gin.Context) error {
	return moved(c, pathOf(edge.Base(c))+"/?as=resource&"+fromHALBrowser)
}
