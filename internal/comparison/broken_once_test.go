package comparison_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// dialect is a version of OpenAPI, as far as schemas are written in another way.
type dialect string

var dialects = []dialect{"2.0", "3.0.3", "3.1.0", "3.2.0"}

// newer reports whether schemas are those of JSON Schema 2020-12.
func (d dialect) newer() bool { return d >= "3.1" }

// piece is a part of a random schema, of which it is known what fits it, and all the
// ways in which a value can break it in one place.
type piece interface {
	// schema is what the document says; named are schemas that it refers to.
	schema(d dialect, named map[string]any) map[string]any
	// good is a value that fits.
	good(r drawn) any
	// broken are values that break it in one way each.
	broken(r drawn) []broken
}

// broken is a value with one thing wrong, where that is, and the keyword by which it is
// wrong. Some things are wrong in requests only, some in answers only.
type broken struct {
	value   any
	path    []string
	keyword string
	only    string
}

// leaf is a piece that holds nothing.
type leaf struct {
	keywords map[string]any
	fits     []any
	breaks   []broken
}

func (l leaf) schema(dialect, map[string]any) map[string]any { return maps.Clone(l.keywords) }
func (l leaf) good(r drawn) any                              { return l.fits[r.IntN(len(l.fits))] }
func (l leaf) broken(drawn) []broken                         { return l.breaks }

type keywords = map[string]any

func breaks(keyword string, values ...any) (all []broken) {
	for _, value := range values {
		all = append(all, broken{value: value, keyword: keyword})
	}
	return all
}

// leaves are one of each kind. Only what breaks exactly one keyword stands in them.
var leaves = []piece{
	leaf{keywords{"type": "string"}, []any{"a", "", "1", "ünï"}, breaks("type", 7, true, 1.5, []any{"a"}, keywords{})},
	leaf{keywords{"type": "integer"}, []any{0, -7, 1e3, json.Number("12345678901234567890")}, breaks("type", "7", 1.5, false, []any{})},
	leaf{keywords{"type": "number"}, []any{0, 1.5, -2}, breaks("type", "1.5", true, keywords{})},
	leaf{keywords{"type": "boolean"}, []any{true, false}, breaks("type", "true", 0, 1, []any{})},
	leaf{keywords{"type": "string", "minLength": 2}, []any{"ab", "äö"}, breaks("minLength", "a", "", "ä")},
	leaf{keywords{"type": "string", "maxLength": 3}, []any{"abc", "", "äöü"}, breaks("maxLength", "abcd", "äöüß")},
	leaf{keywords{"type": "string", "pattern": "^[a-z]+-[0-9]{2}$"}, []any{"ab-12"}, slices.Concat(breaks("pattern", "ab-1", "AB-12", " ab-12"), breaks("type", 12))},
	leaf{keywords{"type": "string", "enum": []any{"new", "paid", ""}}, []any{"new", "paid", ""}, breaks("enum", "NEW", "other", "new ")},
	leaf{keywords{"type": "integer", "enum": []any{1, 2}}, []any{1, 2, json.Number("2.0")}, breaks("enum", 3, -1)},
	leaf{keywords{"type": "integer", "minimum": 3}, []any{3, 4}, slices.Concat(breaks("minimum", 2, -3), breaks("type", "3"))},
	leaf{keywords{"type": "number", "maximum": 2.5}, []any{2.5, -100}, breaks("maximum", 2.51, 100)},
	leaf{keywords{"type": "integer", "multipleOf": 5}, []any{0, 10, -5}, breaks("multipleOf", 1, 7)},
	leaf{keywords{"type": "string", "format": "uuid"}, []any{"123e4567-e89b-12d3-a456-426614174000"}, breaks("format", "123e4567", "")},
	leaf{keywords{"type": "string", "format": "date"}, []any{"2024-02-29"}, breaks("format", "2023-02-29", "today")},
	leaf{keywords{"type": "string", "format": "date-time"}, []any{"2024-02-29T10:00:00Z"}, breaks("format", "2024-02-29")},
	leaf{keywords{"type": "integer", "format": "int32"}, []any{2147483647}, breaks("format", 2147483648)},
	leaf{keywords{"type": "string", "description": "any text", "example": 7, "x-note": true}, []any{"a"}, breaks("type", 7)},
	exclusive{},
	nullable{},
	constant{},
}

// exclusive is a bound that does not include itself, which is a word beside the bound
// in older versions.
type exclusive struct{}

func (exclusive) schema(d dialect, _ map[string]any) map[string]any {
	if d.newer() {
		return keywords{"type": "number", "exclusiveMaximum": 10}
	}
	return keywords{"type": "number", "maximum": 10, "exclusiveMaximum": true}
}
func (exclusive) good(drawn) any        { return 9.99 }
func (exclusive) broken(drawn) []broken { return breaks("exclusiveMaximum", 10, 11) }

// nullable is what may be null.
type nullable struct{}

func (nullable) schema(d dialect, _ map[string]any) map[string]any {
	switch {
	case d.newer():
		return keywords{"type": []any{"integer", "null"}}
	case d == "2.0":
		return keywords{"type": "integer", "x-nullable": true}
	}
	return keywords{"type": "integer", "nullable": true}
}
func (nullable) good(r drawn) any      { return []any{nil, 7}[r.IntN(2)] }
func (nullable) broken(drawn) []broken { return breaks("type", "", "x", true) }

// constant is one value, which older versions write as a list of one.
type constant struct{}

func (constant) schema(d dialect, _ map[string]any) map[string]any {
	if d.newer() {
		return keywords{"const": "fixed"}
	}
	return keywords{"enum": []any{"fixed"}}
}
func (constant) good(drawn) any { return "fixed" }
func (constant) broken(drawn) []broken {
	return breaks("const", "other", 7) // or enum
}

// list is an array with bounds.
type list struct {
	of       piece
	min, max int
	distinct bool
}

func (l list) schema(d dialect, named map[string]any) map[string]any {
	s := keywords{"type": "array", "items": l.of.schema(d, named), "minItems": l.min, "maxItems": l.max}
	if l.distinct {
		s["uniqueItems"] = true
	}
	return s
}

func (l list) good(r drawn) any {
	n := l.min + r.IntN(l.max-l.min+1)
	if l.distinct {
		n = min(n, 1) // the values of a piece are few
	}
	items := make([]any, n)
	for i := range items {
		items[i] = l.of.good(r)
	}
	return items
}

func (l list) broken(r drawn) []broken {
	all := breaks("type", "a,b", keywords{}, 7)
	full := make([]any, l.max+1)
	for i := range full {
		full[i] = l.of.good(r)
	}
	if l.distinct {
		one := l.of.good(r)
		return append(all, broken{value: []any{one, one}, keyword: "uniqueItems"})
	}
	all = append(all, broken{value: full, keyword: "maxItems"})
	if l.min > 0 {
		all = append(all, broken{value: full[:l.min-1], keyword: "minItems"})
	}
	for _, inner := range l.of.broken(r) {
		at := r.IntN(l.max)
		items := slices.Clone(full[:max(l.min, at+1)])
		items[at] = inner.value
		all = append(all, inner.within(fmt.Sprint(at), items))
	}
	return all
}

// within is what is wrong inside of something else.
func (b broken) within(name string, value any) broken {
	b.path, b.value = append([]string{name}, b.path...), value
	return b
}

// thing is an object.
type thing struct {
	members  map[string]piece
	required []string
	closed   bool
	// ref is the name under which it stands in the document, if it does.
	ref string
}

func (o thing) schema(d dialect, named map[string]any) map[string]any {
	properties := keywords{}
	for name, member := range o.members {
		properties[name] = member.schema(d, named)
	}
	s := keywords{"type": "object", "properties": properties}
	if len(o.required) > 0 {
		s["required"] = o.required
	}
	if o.closed {
		s["additionalProperties"] = false
	}
	if o.ref == "" {
		return s
	}
	named[o.ref] = s
	if d == "2.0" {
		return keywords{"$ref": "#/definitions/" + o.ref}
	}
	return keywords{"$ref": "#/components/schemas/" + o.ref}
}

func (o thing) good(r drawn) any {
	value := keywords{}
	for name, member := range o.members {
		if slices.Contains(o.required, name) || r.IntN(3) > 0 {
			value[name] = member.good(r)
		}
	}
	return value
}

func (o thing) with(r drawn, name string, value any) keywords {
	whole := o.good(r).(keywords)
	whole[name] = value
	return whole
}

func (o thing) broken(r drawn) []broken {
	all := breaks("type", "x", []any{}, 7)
	only := "response"
	if o.closed {
		only = ""
	}
	all = append(all, broken{value: o.with(r, "nowhere", 1), only: only})
	for _, name := range o.required {
		lacking := o.good(r).(keywords)
		delete(lacking, name)
		all = append(all, broken{value: lacking, keyword: "required", only: "request"})
	}
	for _, name := range slices.Sorted(maps.Keys(o.members)) {
		inner := o.members[name].broken(r)
		for range min(2, len(inner)) {
			one := inner[r.IntN(len(inner))]
			all = append(all, one.within(name, o.with(r, name, one.value)))
		}
	}
	return all
}

// both is an object in two parts, by allOf.
type both struct{ one, other thing }

func (b both) schema(d dialect, named map[string]any) map[string]any {
	return keywords{"allOf": []any{b.one.schema(d, named), b.other.schema(d, named)}}
}

func (b both) good(r drawn) any {
	value := b.one.good(r).(keywords)
	maps.Copy(value, b.other.good(r).(keywords))
	return value
}

func (b both) broken(r drawn) []broken {
	var all []broken
	for _, parts := range [][2]thing{{b.one, b.other}, {b.other, b.one}} {
		for _, inner := range parts[0].broken(r) {
			if value, is := inner.value.(keywords); is && inner.keyword != "type" {
				maps.Copy(value, parts[1].good(r).(keywords))
				all = append(all, inner)
			}
		}
	}
	return all
}

// alternatives are a text or a list, by oneOf or anyOf; OpenAPI 2.0 has neither.
type alternatives struct{ keyword string }

func (a alternatives) schema(d dialect, _ map[string]any) map[string]any {
	if d == "2.0" {
		return keywords{}
	}
	return keywords{a.keyword: []any{keywords{"type": "string", "maxLength": 5}, keywords{"type": "array", "items": keywords{"type": "integer"}}}}
}
func (a alternatives) good(r drawn) any { return []any{"text", []any{}, []any{1, 2}}[r.IntN(3)] }
func (a alternatives) broken(drawn) []broken {
	return []broken{
		{value: 7, keyword: a.keyword}, {value: true, keyword: a.keyword}, {value: "too long", keyword: "maxLength"},
		{value: []any{1, "2"}, path: []string{"1"}, keyword: "type"},
	}
}

var memberNames = []string{"id", "na me", "a/b", "c~1d", "é", "x-y", "list", "$ref name"}

// drawPiece draws a piece that holds others up to a depth.
func (r drawn) drawPiece(depth int, d dialect) piece {
	if depth == 0 {
		return leaves[r.IntN(len(leaves))]
	}
	switch r.IntN(6) {
	case 0:
		return list{of: r.drawPiece(depth-1, d), min: r.IntN(3), max: 3}
	case 1:
		return list{of: leaves[0], max: 4, distinct: true}
	case 2:
		if d != "2.0" {
			return alternatives{[]string{"oneOf", "anyOf"}[r.IntN(2)]}
		}
	case 3:
		one, other := r.drawThing(depth-1, d, memberNames[:4]), r.drawThing(depth-1, d, memberNames[4:])
		one.closed, other.closed = false, false
		return both{one, other}
	}
	return r.drawThing(depth, d, memberNames)
}

func (r drawn) drawThing(depth int, d dialect, names []string) thing {
	o := thing{members: map[string]piece{}, closed: r.IntN(3) == 0}
	for _, name := range names {
		if r.IntN(2) == 0 {
			o.members[name] = r.drawPiece(max(depth-1, 0), d)
			if r.IntN(3) == 0 {
				o.required = append(o.required, name)
			}
		}
	}
	o.members["always"] = leaves[0]
	if r.IntN(3) == 0 {
		o.ref = fmt.Sprintf("Thing%d", r.Uint64())
	}
	return o
}

// documentOf is a document with one operation that sends such a value and one that
// answers with it.
func documentOf(t *testing.T, d dialect, p piece) (text string, read *comparison.Document) {
	t.Helper()
	named := map[string]any{}
	schema := p.schema(d, named)
	post := keywords{"responses": keywords{"204": keywords{"description": "done"}}}
	answer := keywords{"description": "ok"}
	whole := keywords{"info": keywords{"title": "t", "version": "1"}}
	if d == "2.0" {
		whole["swagger"], whole["consumes"], whole["produces"], whole["definitions"] = "2.0", []any{"application/json"}, []any{"application/json"}, named
		post["parameters"] = []any{keywords{"in": "body", "name": "body", "schema": schema}}
		answer["schema"] = schema
	} else {
		whole["openapi"], whole["components"] = string(d), keywords{"schemas": named}
		content := keywords{"application/json": keywords{"schema": schema}}
		post["requestBody"], answer["content"] = keywords{"content": content}, content
	}
	whole["paths"] = keywords{"/things": keywords{"post": post, "get": keywords{"responses": keywords{"200": answer}}}}
	text = asJSON(t, whole)
	read, err := comparison.ReadDocument([]byte(text))
	require.NoError(t, err, text)
	return text, read
}

func requestOf(body string) string {
	return fmt.Sprintf(`{"interactions":[{"description":"d","request":{"method":"POST","path":"/things","headers":{"Content-Type":"application/json"},"body":%s},"response":{"status":204}}]}`, body)
}

// checkBroken wants no finding for values that fit a piece, and for each that is broken
// in one way the one finding, which names the place of that on both sides.
func checkBroken(t *testing.T, r drawn, d dialect, p piece, all []broken) {
	t.Helper()
	text, document := documentOf(t, d, p)
	for range 3 {
		body := asJSON(t, p.good(r))
		require.Empty(t, findingsFor(t, document, expected(body)), "%s is an answer by %s", body, text)
		require.Empty(t, findingsFor(t, document, requestOf(body)), "%s is a request by %s", body, text)
	}
	for _, b := range all {
		body := asJSON(t, b.value)
		for side, pact := range map[string]string{"response": expected(body), "request": requestOf(body)} {
			found := findingsFor(t, document, pact)
			if b.only != "" && b.only != side {
				require.Empty(t, found, "%s is no fault of a %s by %s", body, side, text)
				continue
			}
			require.Len(t, found, 1, "%s has one thing wrong as a %s by %s: %+v", body, side, text, found)
			f := found[0]
			require.Equal(t, "error "+side+".body.incompatible", string(f.Kind)+" "+f.Code)
			require.Equal(t, strings.Join(append([]string{"[root].interactions[0]", side, "body"}, b.path...), "."), f.PactPath, "%s by %s", body, text)
			if r.IntN(8) == 0 { // which takes its time
				checkPlaces(t, []byte(text), found)
			}
			keyword := f.SpecPointer[strings.LastIndexByte(f.SpecPointer, '/')+1:]
			if b.keyword == "const" && !d.newer() {
				b.keyword = "enum"
			}
			if b.keyword != "" {
				require.Equal(t, b.keyword, keyword, "%s by %s: %s", body, text, f.Message)
			}
		}
	}
}

// A value that fits gives no finding. One that has one thing wrong gives one finding,
// which names the place of that, and the keyword that it breaks, on both sides.
func TestBodies_thatAreBrokenInOneWayGiveThatOneFinding(t *testing.T) {
	for _, d := range dialects {
		manyDrawn(t, 10, func(t *testing.T, r drawn) {
			p := r.drawThing(3, d, memberNames)
			checkBroken(t, r, d, p, p.broken(r))
		})
	}
}

// Each keyword is broken in each way, in every version of OpenAPI that has it.
func TestBodies_thatBreakAKeywordSayWhich(t *testing.T) {
	pieces := append([]piece{list{of: leaves[1], min: 2, max: 3}, list{of: leaves[0], max: 3, distinct: true}, alternatives{"oneOf"}, alternatives{"anyOf"}}, leaves...)
	for _, d := range dialects {
		t.Run(string(d), func(t *testing.T) {
			r := drawn{testrandom.New(t)}
			for i, p := range pieces {
				if _, none := p.(alternatives); none && d == "2.0" {
					continue
				}
				whole := thing{members: map[string]piece{"always": leaves[0], "it": p}, required: []string{"always"}, closed: i%2 == 0}
				all := whole.broken(r)
				for _, inner := range p.broken(r) {
					all = append(all, inner.within("it", whole.with(r, "it", inner.value)))
				}
				checkBroken(t, r, d, whole, all)
			}
		})
	}
}

// Two things that are wrong in different places are two findings, one for each, as if
// the other were not there.
func TestBodies_thatAreBrokenInTwoWaysGiveBothFindings(t *testing.T) {
	manyDrawn(t, 40, func(t *testing.T, r drawn) {
		d := dialects[r.IntN(len(dialects))]
		one, other := r.drawThing(2, d, memberNames), r.drawThing(2, d, memberNames)
		whole := thing{members: map[string]piece{"one": one, "other": other}}
		_, document := documentOf(t, d, whole)
		places := func(value any) (found []string) {
			for _, f := range findingsFor(t, document, expected(asJSON(t, value))) {
				found = append(found, f.PactPath+" "+f.SpecPointer+" "+f.Message)
			}
			return found
		}
		firsts, seconds := one.broken(r), other.broken(r)
		for range 6 {
			a, b := firsts[r.IntN(len(firsts))].value, seconds[r.IntN(len(seconds))].value
			alone := append(places(keywords{"one": a}), places(keywords{"other": b})...)
			require.ElementsMatch(t, alone, places(keywords{"one": a, "other": b}))
		}
	})
}

// The same schema says the same in every version of OpenAPI that can write it.
func TestBodies_areJudgedAlikeInEveryVersion(t *testing.T) {
	manyDrawn(t, 40, func(t *testing.T, r drawn) {
		p := r.drawThing(2, "2.0", memberNames) // which can write the least
		documents := map[dialect]*comparison.Document{}
		for _, d := range dialects {
			_, documents[d] = documentOf(t, d, p)
		}
		all := append(p.broken(r), broken{value: p.good(r)})
		for range 8 {
			body := asJSON(t, all[r.IntN(len(all))].value)
			for _, pact := range []string{expected(body), requestOf(body)} {
				said := map[dialect][]string{}
				for d, document := range documents {
					for _, f := range findingsFor(t, document, pact) {
						said[d] = append(said[d], f.Code+" "+f.PactPath)
					}
				}
				for _, d := range dialects[1:] {
					require.Equal(t, said[dialects[0]], said[d], "%s in %s", body, d)
				}
			}
		}
	})
}
