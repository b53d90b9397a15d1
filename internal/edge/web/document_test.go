package web_test

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// element is a part of a page that was read as a browser reads it.
type element struct{ *html.Node }

// pageOf reads an answer as HTML.
func pageOf(t *testing.T, answer testbroker.Response) element {
	t.Helper()
	node, err := html.Parse(bytes.NewReader(answer.Body))
	require.NoError(t, err)
	return element{node}
}

// visited is the page at an address.
func visited(t *testing.T, b *testbroker.Broker, address string, changes ...testbroker.Change) element {
	t.Helper()
	return pageOf(t, b.Visit(address, changes...).OK(200))
}

// all are the elements with a tag and, where they are given, these attributes: an
// empty value stands for any.
func (e element) all(tag string, attributes ...string) (found []element) {
	for node := range e.Descendants() {
		if node.Type != html.ElementNode || node.Data != tag {
			continue
		}
		fits := true
		for i := 0; i+1 < len(attributes); i += 2 {
			value, has := element{node}.attribute(attributes[i])
			fits = fits && has && (attributes[i+1] == "" || value == attributes[i+1])
		}
		if fits {
			found = append(found, element{node})
		}
	}
	return found
}

// one is the first of them; the test fails without any.
func (e element) one(t *testing.T, tag string, attributes ...string) element {
	t.Helper()
	found := e.all(tag, attributes...)
	require.NotEmpty(t, found, "<%s %v>", tag, attributes)
	return found[0]
}

// with is the first element of a tag whose text holds another.
func (e element) with(t *testing.T, tag, text string) element {
	t.Helper()
	for _, found := range e.all(tag) {
		if strings.Contains(found.text(), text) {
			return found
		}
	}
	require.Failf(t, "not found", "<%s> with %q in: %s", tag, text, e.text())
	return element{}
}

// has reports whether there is such an element.
func (e element) has(tag, text string) bool {
	return slices.ContainsFunc(e.all(tag), func(found element) bool { return strings.Contains(found.text(), text) })
}

func (e element) attribute(name string) (value string, has bool) {
	for _, a := range e.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// is is the value of an attribute, "" without one.
func (e element) is(name string) string {
	value, _ := e.attribute(name)
	return value
}

// text is what the element says, with single spaces; where it only may be broken there is none.
func (e element) text() string {
	var said strings.Builder
	for node := range e.Descendants() {
		if node.Type != html.TextNode {
			continue
		}
		if before := node.PrevSibling; before == nil || before.Data != "wbr" {
			said.WriteString(" ")
		}
		said.WriteString(node.Data)
	}
	return strings.Join(strings.Fields(said.String()), " ")
}

// texts are what several elements say.
func texts(elements []element) []string {
	said := make([]string, len(elements))
	for i, e := range elements {
		said[i] = e.text()
	}
	return said
}

// form is what a form would send as it stands.
func (e element) form() map[string][]string {
	sent := map[string][]string{}
	for _, field := range e.all("input") {
		kind := field.is("type")
		if _, checked := field.attribute("checked"); (kind == "checkbox" || kind == "radio") && !checked {
			continue
		}
		sent[field.is("name")] = append(sent[field.is("name")], field.is("value"))
	}
	for _, field := range e.all("textarea") {
		text := ""
		if field.FirstChild != nil {
			text = field.FirstChild.Data
		}
		sent[field.is("name")] = append(sent[field.is("name")], text)
	}
	for _, field := range e.all("select") {
		for _, option := range field.all("option") {
			if _, selected := option.attribute("selected"); selected {
				sent[field.is("name")] = append(sent[field.is("name")], option.is("value"))
			}
		}
	}
	return sent
}

// query is what the form asks for, in the order of its fields as browsers send them.
func (e element) query() string {
	rest, sent := e.form(), []string(nil)
	for node := range e.Descendants() {
		name := ""
		if node.Type == html.ElementNode {
			name = element{node}.is("name")
		}
		values, kind := rest[name], element{node}.is("type")
		if _, checked := (element{node}).attribute("checked"); len(values) == 0 || (kind == "checkbox" || kind == "radio") && !checked {
			continue
		}
		sent, rest[name] = append(sent, url.QueryEscape(name)+"="+url.QueryEscape(values[0])), values[1:]
	}
	return strings.Join(sent, "&")
}

// alsoLocalhost lets webhooks call receivers of the test by another name, too.
func alsoLocalhost(s *config.Settings) { s.Webhooks.Hosts = append(s.Webhooks.Hosts, "localhost") }

// values are those of the options within an element.
func values(e element) []string {
	var all []string
	for _, option := range e.all("option") {
		all = append(all, option.is("value"))
	}
	return all
}
