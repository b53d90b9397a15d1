package oaschanges_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/oaschanges"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// drawn draws schemas, what fits them, and what becomes of them.
type drawn struct{ *rand.Rand }

type object = map[string]any

var drawnNames = []string{"id", "name", "parts", "state"}

func (r drawn) schema(depth int) object {
	if depth == 0 || r.IntN(3) == 0 {
		return []object{{"type": "string"}, {"type": "integer"}, {"type": "string", "enum": []any{"new", "paid"}}, {"type": "number", "minimum": 1.0}, {"type": "boolean"}, {"type": "string", "maxLength": 9.0}}[r.IntN(6)]
	}
	if r.IntN(3) == 0 {
		return object{"type": "array", "items": r.schema(depth - 1)}
	}
	return r.members(depth)
}

// members is a schema of an object.
func (r drawn) members(depth int) object {
	properties, required := object{}, []any{}
	for _, name := range drawnNames {
		if r.IntN(3) > 0 {
			properties[name] = r.schema(depth - 1)
			if r.IntN(2) == 0 {
				required = append(required, name)
			}
		}
	}
	schema := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

// fitting draws a value that fits a schema, with all members or with those that must be.
func (r drawn) fitting(schema object) any {
	switch {
	case schema["enum"] != nil:
		return schema["enum"].([]any)[r.IntN(len(schema["enum"].([]any)))]
	case schema["type"] == "string":
		return "longer"
	case schema["type"] == "boolean":
		return true
	case schema["type"] == "array":
		return []any{r.fitting(schema["items"].(object))}
	case schema["type"] != "object":
		return 3
	}
	value := object{}
	required, _ := schema["required"].([]any)
	for _, name := range drawnNames {
		inner, is := schema["properties"].(object)[name].(object)
		if is && (slices.Contains(required, any(name)) || r.IntN(3) > 0) {
			value[name] = r.fitting(inner)
		}
	}
	return value
}

// changed is the schema with something else about it, anywhere in it.
func (r drawn) changed(schema object) object {
	other := maps.Clone(schema)
	switch {
	case schema["type"] == "array" && r.IntN(4) > 0:
		other["items"] = r.changed(schema["items"].(object))
		return other
	case schema["type"] == "object":
		properties := maps.Clone(schema["properties"].(object))
		other["properties"] = properties
		names := slices.Sorted(maps.Keys(properties))
		required, _ := schema["required"].([]any)
		switch name := drawnNames[r.IntN(len(drawnNames))]; {
		case r.IntN(3) > 0 && len(names) > 0:
			name = names[r.IntN(len(names))]
			properties[name] = r.changed(properties[name].(object))
		case properties[name] == nil:
			properties[name] = r.schema(0)
			if r.IntN(2) == 0 {
				other["required"] = append(slices.Clone(required), name)
			}
		case slices.Contains(required, any(name)):
			if other["required"] = slices.DeleteFunc(slices.Clone(required), func(n any) bool { return n == name }); len(other["required"].([]any)) == 0 {
				delete(other, "required")
			}
			if r.IntN(2) == 0 {
				delete(properties, name)
			}
		case r.IntN(2) == 0:
			other["required"] = append(slices.Clone(required), name)
		default:
			delete(properties, name)
		}
		return other
	case schema["enum"] != nil && r.IntN(2) == 0:
		other["enum"] = []any{"paid"}
		return other
	case schema["maxLength"] != nil && r.IntN(2) == 0:
		other["maxLength"] = 2.0
		return other
	case schema["minimum"] != nil && r.IntN(2) == 0:
		other["minimum"] = 5.0
		return other
	}
	for {
		if other = r.schema(1); fmt.Sprint(other) != fmt.Sprint(schema) {
			return other
		}
	}
}

func asJSON(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return text
}

// describing is a document whose one operation takes and answers what the schemas say.
func describing(t *testing.T, takes, answers object) []byte {
	body := func(schema object) object { return object{"application/json": object{"schema": schema}} }
	return asJSON(t, object{"openapi": "3.0.3", "info": object{"title": "Things", "version": "1"}, "paths": object{"/things": object{"post": object{
		"requestBody": object{"required": true, "content": body(takes)}, "responses": object{"200": object{"description": "ok", "content": body(answers)}},
	}}}})
}

// compared is what comparing a document with a pact of one exchange comes to.
func compared(t *testing.T, document []byte, sends, reads any) comparison.Report {
	t.Helper()
	headers := object{"Content-Type": "application/json"}
	pact, err := comparison.ReadPact(asJSON(t, object{"consumer": object{"name": "Web"}, "provider": object{"name": "Things"}, "interactions": []any{object{
		"description": "d", "request": object{"method": "POST", "path": "/things", "headers": headers, "body": sends}, "response": object{"status": 200, "headers": headers, "body": reads},
	}}}))
	require.NoError(t, err)
	read, err := comparison.ReadDocument(document)
	require.NoError(t, err)
	report, err := comparison.Compare(read, pact)
	require.NoError(t, err)
	return report
}

// Two things tell of a new document what it breaks: comparing it with pacts, and looking for
// what changed. Where an exchange was well and is not any longer, there is a change of that
// side of that operation which says so.
func TestBetween_findsTheChangeThatBreaksAnExchange(t *testing.T) {
	breaks := 0
	for range 300 {
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			r := drawn{random}
			takes, answers := r.members(2), r.members(2)
			sends, reads := r.fitting(takes), r.fitting(answers)
			before := describing(t, takes, answers)
			require.False(t, compared(t, before, sends, reads).Failed, "%s with %v and %v", before, sends, reads)
			side, after := oaschanges.Request, describing(t, r.changed(takes), answers)
			if r.IntN(2) == 0 {
				side, after = oaschanges.Response, describing(t, takes, r.changed(answers))
			}
			report := compared(t, after, sends, reads)
			if !report.Failed {
				return
			}
			breaks++
			changes, err := oaschanges.Between(before, after)
			require.NoError(t, err)
			require.True(t, slices.ContainsFunc(changes, func(c oaschanges.Change) bool {
				return c.Method == "POST" && c.Path == "/things" && c.Place.Side == side
			}), "%s\nbecame\n%s\nand broke by\n%s\nwhile what changed is\n%+v", before, after, report.Findings[0].Message, changes)
		})
		if t.Failed() {
			return
		}
	}
	require.Greater(t, breaks, 50, "exchanges break often enough to tell")
}

// What changes nothing that counts is not told: words for people, the order of members, and
// other forms of the same document.
func TestBetween_tellsNothingWhereNothingThatCountsHasChanged(t *testing.T) {
	for range 60 {
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			r := drawn{random}
			takes, answers := r.members(2), r.members(2)
			before := describing(t, takes, answers)
			for name, after := range map[string][]byte{
				"words":           describing(t, described(takes, r), described(answers, r)),
				"indented":        indented(t, before),
				"YAML, after all": append([]byte("# a document\n"), before...),
				"order":           describing(t, shuffled(takes, r), shuffled(answers, r)),
			} {
				changes, err := oaschanges.Between(before, after)
				require.NoError(t, err, name)
				require.Empty(t, changes, "%s: %s", name, after)
			}
		})
	}
}

// described is the schema with words for people everywhere.
func described(schema object, r drawn) object {
	other := maps.Clone(schema)
	other["description"], other["title"], other["example"] = fmt.Sprint("words ", r.IntN(9)), "a title", "an example"
	within(other, func(inner object) object { return described(inner, r) })
	return other
}

// shuffled is the schema with its lists in another order.
func shuffled(schema object, r drawn) object {
	other := maps.Clone(schema)
	for _, name := range []string{"required", "enum"} {
		if list, is := schema[name].([]any); is {
			list = slices.Clone(list)
			r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			other[name] = list
		}
	}
	within(other, func(inner object) object { return shuffled(inner, r) })
	return other
}

// within changes the schemas within a schema.
func within(schema object, change func(inner object) object) {
	if items, is := schema["items"].(object); is {
		schema["items"] = change(items)
	}
	if properties, is := schema["properties"].(object); is {
		changed := object{}
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			changed[name] = change(properties[name].(object))
		}
		schema["properties"] = changed
	}
}

func indented(t *testing.T, text []byte) []byte {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal(text, &value))
	text, err := json.MarshalIndent(value, "", "\t")
	require.NoError(t, err)
	return text
}
