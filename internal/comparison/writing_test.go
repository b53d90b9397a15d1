package comparison_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// drawn draws schemas and values that have to do with each other: names and values
// come from a few, so that they meet.
type drawn struct{ *rand.Rand }

var drawnNames = []string{"id", "name", "parts", "state"}

func (r drawn) schema(depth int) map[string]any {
	if depth == 0 {
		return []map[string]any{{"type": "string"}, {"type": "integer"}, {"type": "string", "enum": []any{"new", "paid"}}, {"type": "number", "minimum": 1}, {}}[r.IntN(5)]
	}
	switch r.IntN(4) {
	case 0:
		return map[string]any{"type": "array", "items": r.schema(depth - 1)}
	case 1:
		return r.schema(0)
	}
	properties, required := map[string]any{}, []any{}
	for _, name := range drawnNames {
		if r.IntN(3) > 0 {
			properties[name] = r.schema(depth - 1)
		}
		if r.IntN(3) == 0 {
			required = append(required, name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required}
}

func (r drawn) value(depth int) any {
	if depth == 0 {
		return []any{"new", "other", 0, 1, 1.5, true, nil}[r.IntN(7)]
	}
	switch r.IntN(5) {
	case 0:
		list := []any{}
		for range r.IntN(3) {
			list = append(list, r.value(depth-1))
		}
		return list
	case 1:
		return r.value(0)
	}
	object := map[string]any{}
	for _, name := range drawnNames {
		if r.IntN(2) == 0 {
			object[name] = r.value(depth - 1)
		}
	}
	return object
}

// fitting draws a value that fits a drawn schema.
func (r drawn) fitting(schema map[string]any) any {
	switch {
	case schema["enum"] != nil:
		return schema["enum"].([]any)[r.IntN(2)]
	case schema["type"] == "string":
		return "any"
	case schema["type"] == "integer", schema["type"] == "number":
		return 1 + r.IntN(5)
	case schema["type"] == "array":
		list := []any{}
		for range r.IntN(3) {
			list = append(list, r.fitting(schema["items"].(map[string]any)))
		}
		return list
	case schema["type"] == "object":
		object, properties := map[string]any{}, schema["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(properties)) { // so that a seed draws the same again
			object[name] = r.fitting(properties[name].(map[string]any))
		}
		return object
	}
	return "anything"
}

// oneLess takes a member out of an object anywhere in a value, or an item out of a list.
func (r drawn) oneLess(value any) any {
	switch value := value.(type) {
	case map[string]any:
		less := map[string]any{}
		for name, inner := range value {
			less[name] = inner
		}
		if len(less) == 0 {
			return less
		}
		names := slices.Sorted(maps.Keys(less))
		name := names[r.IntN(len(names))]
		if r.IntN(2) == 0 {
			delete(less, name)
			return less
		}
		less[name] = r.oneLess(less[name])
		return less
	case []any:
		if len(value) == 0 {
			return value
		}
		at := r.IntN(len(value))
		return append(append([]any{}, value[:at]...), value[at+1:]...)
	}
	return value
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	require.NoError(t, err)
	return string(data)
}

// judgedAs are the findings of a comparison without what depends on the writing of
// the document.
func judgedAs(t *testing.T, document, pact string) []string {
	t.Helper()
	report, err := compare(document, pact)
	require.NoError(t, err)
	found := []string{}
	for _, f := range report.Findings {
		found = append(found, fmt.Sprintf("%s %s %s %s", f.Kind, f.Code, f.PactPath, f.Message))
	}
	return found
}

// manyDrawn calls check with schemas and values that differ from run to run; the
// name of a failed test has the seed.
func manyDrawn(t *testing.T, count int, check func(t *testing.T, r drawn)) {
	for range count {
		if t.Failed() {
			return
		}
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) { check(t, drawn{random}) })
	}
}

// The same schema may be written in many ways: under a name, through names of names,
// as the one part of an allOf, or in a document of YAML. What is found is the same.
func TestAnswers_doNotDependOnHowASchemaIsWritten(t *testing.T) {
	manyDrawn(t, 60, func(t *testing.T, r drawn) {
		schema, pact := asJSON(t, r.schema(3)), expecting(asJSON(t, r.value(3)))
		want := judgedAs(t, withSchema(schema, ""), pact)
		for name, document := range map[string]string{
			"under a name":          withSchema(`{"$ref":"#/components/schemas/A"}`, `"A":`+schema),
			"over names of names":   withSchema(`{"$ref":"#/components/schemas/B"}`, `"A":`+schema+`,"B":{"$ref":"#/components/schemas/A"}`),
			"with what says naught": withSchema(`{"$ref":"#/components/schemas/A","description":"an A","x-note":1}`, `"A":`+schema),
			"by an anchor":          withSchema(`{"$ref":"#a"}`, `"A":`+strings.Replace(schema, "{", `{"$anchor":"a"`+comma(schema), 1)),
			"in YAML":               "# a document\n" + withSchema(schema, ""),
		} {
			require.Equal(t, want, judgedAs(t, document, pact), "%s: %s expects %s", name, schema, pact)
		}
	})
}

func comma(object string) string {
	if object == "{}" {
		return ""
	}
	return ","
}

// A consumer may read less than there is: what fits an answer still fits when
// something of it is left out, whatever the document requires.
func TestAnswers_mayBeReadInPart(t *testing.T) {
	manyDrawn(t, 60, func(t *testing.T, r drawn) {
		schema := r.schema(3)
		expected := r.fitting(schema)
		for range 5 {
			require.Empty(t, judgedAs(t, withSchema(asJSON(t, schema), ""), expecting(asJSON(t, expected))), "%s", asJSON(t, expected))
			expected = r.oneLess(expected)
		}
	})
}

// A provider may offer more than it did: no consumer is broken by a further property
// that nobody asked for, nor by one that is required from now on.
func TestAnswers_mayGrow(t *testing.T) {
	manyDrawn(t, 60, func(t *testing.T, r drawn) {
		schema := r.schema(2)
		if schema["type"] != "object" {
			return
		}
		pact := expecting(asJSON(t, r.value(2)))
		before := judgedAs(t, withSchema(asJSON(t, schema), ""), pact)
		if len(before) > 0 {
			return
		}
		schema["properties"].(map[string]any)["further"] = map[string]any{"type": "string"}
		schema["required"] = append(schema["required"].([]any), "further")
		require.Empty(t, judgedAs(t, withSchema(asJSON(t, schema), ""), pact))
	})
}

// A request is held against the schema as it stands: one that fits lacks something
// when a property is required that it does not have.
func TestRequests_mustHaveWhatIsRequired(t *testing.T) {
	manyDrawn(t, 60, func(t *testing.T, r drawn) {
		schema := r.schema(2)
		if schema["type"] != "object" {
			return
		}
		schema["required"] = []any{}
		for _, inner := range schema["properties"].(map[string]any) {
			delete(inner.(map[string]any), "required")
		}
		pact := sending(asJSON(t, r.fitting(schema)))
		require.Empty(t, judgedAs(t, posting(asJSON(t, schema)), pact))
		schema["required"] = []any{"further"}
		require.Equal(t, []string{`error request.body.incompatible [root].interactions[0].request.body The request's body lacks "further".`},
			judgedAs(t, posting(asJSON(t, schema)), pact))
	})
}

// Findings come in one order, whatever order maps have in memory, and comparing once
// more with the same document finds the same.
func TestCompare_answersTheSameEachTime(t *testing.T) {
	manyDrawn(t, 20, func(t *testing.T, r drawn) {
		document, pact := withSchema(asJSON(t, r.schema(3)), ""), expecting(asJSON(t, r.value(3)))
		d, err := comparison.ReadDocument([]byte(document))
		require.NoError(t, err)
		p, err := comparison.ReadPact([]byte(pact))
		require.NoError(t, err)
		first, err := comparison.Compare(d, p)
		require.NoError(t, err)
		for range 3 {
			again, err := comparison.Compare(d, p)
			require.NoError(t, err)
			require.Equal(t, first, again)
			fresh, err := compare(document, pact)
			require.NoError(t, err)
			require.Equal(t, first, fresh)
		}
	})
}

// Two schemas under one anchor are a mistake of the document; which of them is meant
// must not depend on chance.
func TestAnchors_givenTwiceMeanTheFirst(t *testing.T) {
	document := withSchema(`{"$ref":"#twice"}`, `"A":{"$anchor":"twice","type":"string"},"B":{"$anchor":"twice","type":"integer"},"C":{"$anchor":"twice","type":"boolean"}`)
	for range 20 {
		require.Empty(t, judgedAs(t, document, expecting(`"a"`)))
	}
}
