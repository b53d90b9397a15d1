package comparison_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/accord-broker/accord/internal/comparison"
)

// within finds the place of a JSON pointer in a file as it was written; what a merge
// key of YAML brings stands where it is merged.
func within(node *yaml.Node, pointer string) bool {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if pointer == "" {
		return true
	}
	token, rest, _ := strings.Cut(pointer[1:], "/")
	if rest != "" {
		rest = "/" + rest
	}
	token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
	for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
		switch node.Content[i].Value {
		case token:
			return within(node.Content[i+1], rest)
		case "<<":
			if within(node.Content[i+1], pointer) {
				return true
			}
		}
	}
	index, err := strconv.Atoi(token)
	return err == nil && node.Kind == yaml.SequenceNode && index < len(node.Content) && within(node.Content[index], rest)
}

// ownWords are the keywords in which the engine writes schemas for itself.
var ownWords = regexp.MustCompile(`accord-|%!`)

// meantAgain finds a property that is said to be missing, and offered.
var meantAgain = regexp.MustCompile(`has ("[^"]*"), which .* (?:does not describe \(did you mean ("[^"]*")|does not describe; it has (.*)\.$)`)

// checkPlaces checks that each finding leads to a place that the document has, and
// that its sentence does not contradict itself.
func checkPlaces(t *testing.T, document []byte, findings []comparison.Finding) {
	t.Helper()
	var tree yaml.Node
	require.NoError(t, yaml.Unmarshal(document, &tree))
	for _, f := range findings {
		require.True(t, within(tree.Content[0], f.SpecPointer), "%s %s leads to %s", f.Code, f.Message, f.SpecPointer)
		require.True(t, strings.HasPrefix(f.SpecPath, "[root]"))
		require.NotRegexp(t, ownWords, f.Message+f.Remedy)
		if said := meantAgain.FindStringSubmatch(f.Message); said != nil {
			require.NotEqual(t, said[1], said[2], f.Message)
			require.NotContains(t, said[3], said[1], f.Message)
		}
		checkPlaces(t, document, f.Causes)
	}
}

func TestFindings_ofRecordedCasesLeadToPlacesThatThereAre(t *testing.T) {
	entries, err := os.ReadDir(sharedCases())
	if err != nil {
		t.Skip("no recorded cases lie beside this repository; ACCORD_PROVIDER_CONTRACT_CASES names another place")
	}
	for _, entry := range entries {
		folder := filepath.Join(sharedCases(), entry.Name())
		report, refused := compareFiles(t, folder)
		files, err := filepath.Glob(filepath.Join(folder, "*api.*"))
		require.NoError(t, err)
		if refused == nil {
			checkPlaces(t, read(t, files[0]), report.Findings)
		}
	}
}

// composedSchema draws a schema that is put together in all the ways there are.
func (r drawn) composedSchema(depth int) map[string]any {
	schema := r.schema(1)
	if depth == 0 {
		return schema
	}
	inner := func() map[string]any { return r.composedSchema(depth - 1) }
	list := func() []any {
		return []any{inner(), inner(), map[string]any{"$ref": "#/components/schemas/" + drawnNames[r.IntN(len(drawnNames))]}}
	}
	for range 1 + r.IntN(2) {
		switch r.IntN(16) {
		case 0:
			schema["allOf"] = list()
		case 1:
			schema["anyOf"] = list()
		case 2:
			schema["oneOf"] = list()
		case 3:
			schema["not"] = inner()
		case 4:
			schema["if"], schema["then"], schema["else"] = inner(), inner(), inner()
		case 5:
			schema = map[string]any{"type": "array", "prefixItems": list(), "items": inner()}
		case 6:
			schema["additionalProperties"] = inner()
		case 7:
			schema["unevaluatedProperties"] = false
		case 8:
			schema["dependentSchemas"] = map[string]any{drawnNames[0]: inner()}
		case 9:
			schema["patternProperties"] = map[string]any{"^[a-m]": inner()}
		case 10:
			schema["$ref"] = "#/components/schemas/" + drawnNames[r.IntN(len(drawnNames))]
		case 11:
			schema = map[string]any{"anyOf": list()}
		case 12:
			schema = map[string]any{"oneOf": list()}
		case 13:
			schema["propertyNames"] = map[string]any{"maxLength": 3}
		case 14:
			schema = map[string]any{"type": "array", "contains": inner(), "unevaluatedItems": false}
		case 15:
			schema["additionalProperties"] = false
		}
	}
	return schema
}

// namedSchemas are what composed schemas refer to.
func (r drawn) namedSchemas(t *testing.T) string {
	var schemas []string
	for _, name := range drawnNames {
		schemas = append(schemas, fmt.Sprintf("%q:%s", name, asJSON(t, r.schema(2))))
	}
	return strings.Join(schemas, ",")
}

func TestFindings_ofComposedSchemasLeadToPlacesThatThereAre(t *testing.T) {
	manyDrawn(t, 120, func(t *testing.T, r drawn) {
		c := schemaCase{schema: asJSON(t, r.composedSchema(2)), named: r.namedSchemas(t)}
		document := c.document("3.1.0")
		for range 5 {
			body := asJSON(t, r.value(3))
			for _, pact := range []string{expected(body), posted(body)} {
				report, err := compare(document, pact)
				require.NoError(t, err)
				checkPlaces(t, []byte(document), report.Findings)
			}
		}
	})
}

// A request is judged as any validator of JSON Schema would: whether it is wrong, not
// how that is told.
func TestRequests_areJudgedAsJSONSchemaDoes(t *testing.T) {
	manyDrawn(t, 120, func(t *testing.T, r drawn) {
		c := schemaCase{schema: asJSON(t, r.composedSchema(2)), named: r.namedSchemas(t)}
		if strings.Contains(c.schema, `"additionalProperties":false`) && strings.Contains(c.schema, `"allOf"`) {
			return // closed parts are taken together, which JSON Schema does not
		}
		plain, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"$ref":"#/schema","schema":` + c.schema + `,"components":{"schemas":{` + c.named + `}}}`))
		require.NoError(t, err)
		compiler := jsonschema.NewCompiler()
		require.NoError(t, compiler.AddResource("plain.json", plain))
		schema, err := compiler.Compile("plain.json")
		require.NoError(t, err)
		for range 5 {
			body := asJSON(t, r.value(3))
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
			require.NoError(t, err)
			report, err := compare(c.document("3.1.0"), posted(body))
			require.NoError(t, err)
			require.Equal(t, schema.Validate(value) == nil, report.Compatible(), "%s by %s with %s: %+v", body, c.schema, c.named, report.Findings)
		}
	})
}

var (
	saysType  = regexp.MustCompile(` is (null|an? (\w+)), and must be (.+?)(?: \(by .*)?\.$`)
	saysLacks = regexp.MustCompile(` lacks ("\w+")`)
	saysHas   = regexp.MustCompile(` has ("\w+"), which`)
)

// at is the part of a decoded file that tokens lead to.
func at(value any, tokens []string) any {
	for _, token := range tokens {
		switch known := value.(type) {
		case map[string]any:
			value = known[token]
		case []any:
			index, err := strconv.Atoi(token)
			if err != nil || index >= len(known) {
				return nil
			}
			value = known[index]
		}
	}
	return value
}

func kindOf(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case []any:
		return "array"
	default:
		_ = value
		return "object"
	}
}

// checkSentence holds a sentence against the two places that it is about.
func checkSentence(t *testing.T, document, body any, f comparison.Finding) {
	t.Helper()
	_, inside, _ := strings.Cut(f.PactPath, ".body")
	value := at(body, strings.FieldsFunc(inside, func(r rune) bool { return r == '.' }))
	var place []string
	for _, token := range strings.Split(f.SpecPointer, "/")[1:] {
		place = append(place, strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~"))
	}
	rule := at(document, place)
	if said := saysType.FindStringSubmatch(f.Message); said != nil {
		require.Contains(t, said[1], kindOf(value), "%s, which is %v", f.Message, value)
		if place[len(place)-1] == "type" {
			for _, kind := range append([]any{}, rule) {
				require.Contains(t, said[3], kind, "%s, by %v", f.Message, rule)
			}
		}
	}
	if said := saysLacks.FindStringSubmatch(f.Message); said != nil {
		name, err := strconv.Unquote(said[1])
		require.NoError(t, err)
		require.NotContains(t, value, name, f.Message)
		if place[len(place)-1] == "required" {
			require.Contains(t, rule, name, f.Message)
		}
	}
	if said := saysHas.FindStringSubmatch(f.Message); said != nil {
		name, err := strconv.Unquote(said[1])
		require.NoError(t, err)
		require.Contains(t, value, name, f.Message)
	}
}

// What a finding says of the value is so, and what it says of the document stands
// where it leads.
func TestFindings_ofComposedSchemasAreTrue(t *testing.T) {
	checked := 0
	manyDrawn(t, 120, func(t *testing.T, r drawn) {
		c := schemaCase{schema: asJSON(t, r.composedSchema(2)), named: r.namedSchemas(t)}
		document := c.document("3.1.0")
		var tree any
		require.NoError(t, json.Unmarshal([]byte(document), &tree))
		for range 5 {
			text := asJSON(t, r.value(3))
			var body any
			require.NoError(t, json.Unmarshal([]byte(text), &body))
			for _, pact := range []string{expected(text), posted(text)} {
				report, err := compare(document, pact)
				require.NoError(t, err)
				for _, f := range report.Findings {
					checked++
					checkSentence(t, tree, body, f)
				}
			}
		}
	})
	require.Greater(t, checked, 100)
}
