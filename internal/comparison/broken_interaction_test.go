package comparison_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// parameter values are texts, of which it is known whether they can be read as what the
// schema asks for.
type textPiece struct {
	schema    keywords
	fits, not []string
}

var textPieces = []textPiece{
	{keywords{"type": "integer"}, []string{"0", "-7", "12345678901234567890"}, []string{"x", "1.5", "true", "1,2"}},
	{keywords{"type": "number"}, []string{"1.5", "-2"}, []string{"x", "1,5"}},
	{keywords{"type": "boolean"}, []string{"true", "false"}, []string{"yes", "TRUE", "1"}},
	{keywords{"type": "string", "enum": []any{"new", "paid"}}, []string{"new", "paid"}, []string{"NEW", "other"}},
	{keywords{"type": "string", "minLength": 3}, []string{"abc"}, []string{"ab"}},
	{keywords{"type": "string", "pattern": "^[a-z]{2}$"}, []string{"ab"}, []string{"abc", "A1"}},
	{keywords{"type": "string", "format": "uuid"}, []string{"123e4567-e89b-12d3-a456-426614174000"}, []string{"123"}},
	{keywords{"type": "integer", "minimum": 3, "maximum": 5}, []string{"3", "4", "5"}, []string{"2", "6"}},
	{keywords{"type": "array", "items": keywords{"type": "integer"}}, []string{"1", "1,2"}, []string{"a", "1,a"}},
}

// call is an interaction, with what the document says of it.
type call struct {
	parameters     []any
	path           string
	query, headers map[string]string
	// required are the places of what must be sent.
	required []string
	answers  map[string]string
	status   int
	accept   string
	body     any
	secret   bool
}

// drawCall draws an operation with parameters of each kind, and a request to it.
func (r drawn) drawCall() *call {
	c := &call{path: "/things", query: map[string]string{}, headers: map[string]string{}, answers: map[string]string{}, status: []int{200, 201}[r.IntN(2)], secret: r.IntN(2) == 0}
	for i := range 1 + r.IntN(2) {
		p := textPieces[r.IntN(len(textPieces))]
		c.declare("path", fmt.Sprint("p", i), p, true)
		c.path += "/" + url.PathEscape(p.fits[r.IntN(len(p.fits))])
	}
	for i := range 1 + r.IntN(3) {
		p, must := textPieces[r.IntN(len(textPieces))], r.IntN(2) == 0
		c.declare("query", fmt.Sprint("q", i), p, must)
		if must || r.IntN(2) == 0 {
			c.query[fmt.Sprint("q", i)] = p.fits[r.IntN(len(p.fits))]
		}
	}
	for i := range 1 + r.IntN(2) {
		p, must := textPieces[r.IntN(len(textPieces))], r.IntN(2) == 0
		c.declare("header", fmt.Sprint("X-H", i), p, must)
		if must || r.IntN(2) == 0 {
			c.headers[fmt.Sprint("X-H", i)] = p.fits[r.IntN(len(p.fits))]
		}
	}
	if c.secret {
		c.headers["X-Key"] = "secret"
	}
	c.accept = []string{"", "application/json", "*/*", "application/*;q=0.5, text/html"}[r.IntN(4)]
	c.body = keywords{"id": 7}
	return c
}

func (c *call) declare(in, name string, p textPiece, must bool) {
	declared := keywords{"in": in, "name": name, "schema": p.schema}
	if must {
		declared["required"] = true
		c.required = append(c.required, in+" "+name)
	}
	c.parameters = append(c.parameters, declared)
}

func (c *call) document(t *testing.T) string {
	t.Helper()
	path := "/things"
	for _, p := range c.parameters {
		if declared := p.(keywords); declared["in"] == "path" {
			path += "/{" + declared["name"].(string) + "}"
		}
	}
	operation := keywords{"parameters": c.parameters, "responses": keywords{fmt.Sprint(c.status): keywords{
		"description": "ok", "headers": keywords{"X-Answer": keywords{"schema": keywords{"type": "integer"}}},
		"content": keywords{"application/json": keywords{"schema": keywords{"type": "object", "properties": keywords{"id": keywords{"type": "integer"}}}}},
	}}}
	if c.secret {
		operation["security"] = []any{keywords{"key": []any{}}}
	}
	return asJSON(t, keywords{
		"openapi": "3.0.3", "info": keywords{}, "paths": keywords{path: keywords{"get": operation}},
		"components": keywords{"securitySchemes": keywords{"key": keywords{"type": "apiKey", "in": "header", "name": "X-Key"}}},
	})
}

func (c *call) pact(t *testing.T) string {
	t.Helper()
	headers := maps.Clone(c.headers)
	if c.accept != "" {
		headers["Accept"] = c.accept
	}
	query := url.Values{}
	for name, value := range c.query {
		query.Set(name, value)
	}
	answered := map[string]string{"Content-Type": "application/json; charset=utf-8", "X-Answer": "7"}
	maps.Copy(answered, c.answers)
	return asJSON(t, keywords{"interactions": []any{keywords{
		"description": "d", "request": keywords{"method": "GET", "path": c.path, "query": query.Encode(), "headers": headers},
		"response": keywords{"status": c.status, "headers": answered, "body": c.body},
	}}})
}

func (c *call) clone() *call {
	other := *c
	other.query, other.headers, other.answers = maps.Clone(c.query), maps.Clone(c.headers), maps.Clone(c.answers)
	return &other
}

// damages are ways to break an interaction in one thing, each with the only finding that
// comes of it, or "" if the interaction is no worse.
func (c *call) damages(r drawn) map[string]func(c *call) string {
	all := map[string]func(c *call) string{
		"another path": func(c *call) string {
			c.path = "/other" + c.path
			return "error request.path-or-method.unknown request.path"
		},
		"a longer path":        func(c *call) string { c.path += "/more"; return "error request.path-or-method.unknown request.path" },
		"a query in the path":  func(c *call) string { c.path += "/x?q=1"; return "error request.path-or-method.unknown request.path" },
		"an unknown parameter": func(c *call) string { c.query["z"] = "1"; return "warning request.query.unknown request.query.z" },
		"an unknown header": func(c *call) string {
			c.headers["X-Z"] = "1"
			return "warning request.header.unknown request.headers.x-z"
		},
		"a usual header": func(c *call) string { c.headers["User-Agent"] = "x"; return "" },
		"another type accepted": func(c *call) string {
			c.accept = "text/html"
			return "error request.accept.incompatible request.headers.accept"
		},
		"another status": func(c *call) string { c.status = 299; return "error response.status.unknown response.status" },
		"another type of answer": func(c *call) string {
			c.answers["Content-Type"] = "text/html"
			return "error response.content-type.incompatible response.headers.content-type"
		},
		"a header of another value": func(c *call) string {
			c.answers["X-Answer"] = "seven"
			return "error response.header.incompatible response.headers.X-Answer"
		},
		"a header of nobody": func(c *call) string {
			c.answers["X-Nobody"] = "1"
			return "error response.header.unknown response.headers.x-nobody"
		},
		"a usual header of nobody": func(c *call) string {
			c.answers["ETag"] = "1"
			return "warning response.header.undefined response.headers.etag"
		},
		"a member of another type": func(c *call) string {
			c.body = keywords{"id": "7"}
			return "error response.body.incompatible response.body.id"
		},
		"a member of nobody": func(c *call) string {
			c.body = keywords{"no": 7}
			return "error response.body.incompatible response.body"
		},
		"no body": func(c *call) string { c.body = nil; return "" },
	}
	if c.secret {
		all["no credential"] = func(c *call) string {
			delete(c.headers, "X-Key")
			return "error request.authorization.missing request.headers"
		}
	}
	position := 0
	for _, p := range c.parameters {
		declared := p.(keywords)
		in, name := declared["in"].(string), declared["name"].(string)
		piece := textPieces[slices.IndexFunc(textPieces, func(p textPiece) bool { return fmt.Sprint(p.schema) == fmt.Sprint(declared["schema"]) })]
		wrong, right := piece.not[r.IntN(len(piece.not))], piece.fits[r.IntN(len(piece.fits))]
		isList, at := piece.schema["type"] == "array", position
		switch in {
		case "path":
			position++
			all[name+" is wrong"] = func(c *call) string {
				parts := strings.Split(c.path, "/")
				parts[2+at] = url.PathEscape(wrong)
				c.path = strings.Join(parts, "/")
				return "error request.path-or-method.unknown request.path"
			}
		case "query":
			place := "error request.query.incompatible request.query." + name
			all[name+" is wrong"] = func(c *call) string { c.query[name] = wrong; return inList(place, isList, wrong) }
			all[name+" is right"] = func(c *call) string { c.query[name] = right; return "" }
			if declared["required"] == true {
				all[name+" is missing"] = func(c *call) string { delete(c.query, name); return place }
			}
		case "header":
			place := "error request.header.incompatible request.headers." + name
			all[name+" is wrong"] = func(c *call) string { c.headers[name] = wrong; return inList(place, isList, wrong) }
			all[name+" in small letters"] = func(c *call) string {
				delete(c.headers, name)
				c.headers[strings.ToLower(name)] = right
				return ""
			}
			if declared["required"] == true {
				all[name+" is missing"] = func(c *call) string { delete(c.headers, name); return place }
			}
		}
	}
	return all
}

// inList is the place of the element that is wrong.
func inList(place string, isList bool, wrong string) string {
	if !isList {
		return place
	}
	return fmt.Sprint(place, ".", slices.Index(strings.Split(wrong, ","), "a"))
}

func toldOf(t *testing.T, document, pact string) []string {
	t.Helper()
	report, err := compare(document, pact)
	require.NoError(t, err, pact)
	return lines(findingsOf(report))
}

// An interaction by the document gives no finding. One that breaks it in one thing gives the
// one finding about that, and two things both.
func TestInteractions_thatAreBrokenInOneThingGiveThatOneFinding(t *testing.T) {
	manyDrawn(t, 40, func(t *testing.T, r drawn) {
		whole := r.drawCall()
		document := whole.document(t)
		require.Empty(t, toldOf(t, document, whole.pact(t)), "%s by %s", whole.pact(t), document)
		damages := whole.damages(r)
		for name, damage := range damages {
			one := whole.clone()
			want := lines(damage(one))
			require.Equal(t, want, toldOf(t, document, one.pact(t)), "%s: %s by %s", name, one.pact(t), document)
		}
		for _, pair := range [][2]string{{"an unknown parameter", "a member of nobody"}, {"an unknown header", "another type accepted"}, {"a header of another value", "a member of another type"}, {"a header of nobody", "an unknown parameter"}} {
			two := whole.clone()
			want := lines(damages[pair[0]](two) + "\n" + damages[pair[1]](two))
			require.Equal(t, want, toldOf(t, document, two.pact(t)), "%v: %s by %s", pair, two.pact(t), document)
		}
	})
}

// A request that the provider answers with an error may be wrong on purpose: only what it
// is about is judged, whatever is wrong with it.
func TestInteractions_thatAreAnsweredWithAnErrorMayBeWrong(t *testing.T) {
	manyDrawn(t, 30, func(t *testing.T, r drawn) {
		whole := r.drawCall()
		whole.status = 422
		document := whole.document(t)
		for name, damage := range whole.damages(r) {
			one := whole.clone()
			want := lines(damage(one))
			one.status = 422
			about := strings.Contains(strings.Join(want, ""), "path-or-method") || strings.Contains(strings.Join(want, ""), "accept.") || strings.Contains(strings.Join(want, ""), " response.")
			if !about || name == "another status" {
				want = nil
			}
			require.Equal(t, want, toldOf(t, document, one.pact(t)), "%s: %s by %s", name, one.pact(t), document)
		}
	})
}
