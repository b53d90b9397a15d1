package oaschanges

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const store = `openapi: 3.0.3
info: {title: Store, version: "1", description: words}
security: []
paths:
  /a:
    get: {summary: words, responses: {"200": {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}}}
  /b:
    get: {responses: {"200": {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/B'}}}}}}
  /c:
    parameters: [{$ref: '#/components/parameters/Q'}]
    get: {responses: {"200": {$ref: '#/components/responses/R'}}}
  /d~e:
    get: {responses: {"200": {description: ok, content: {application/json: {schema: {type: object, properties: {description: {type: string}}}}}}}}
  /f:
    $ref: '#/paths/~1c'
components:
  parameters: {Q: {name: q, in: query, schema: {$ref: '#/components/schemas/Text'}}}
  responses: {R: {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
  securitySchemes: {k: {type: http, scheme: bearer}}
  schemas:
    A: {type: object, properties: {b: {$ref: '#/components/schemas/B'}, a: {$ref: '#/components/schemas/A'}}}
    B: {type: object, properties: {t: {$ref: '#/components/schemas/Text'}, n: {type: integer, minimum: 12345678901234567890}}}
    Text: {type: string, maxLength: 9}
    Pet: {oneOf: [{$ref: '#/components/schemas/Cat'}], discriminator: {propertyName: kind, mapping: {cat: Cat}}}
    Cat: {type: object, required: [kind], properties: {kind: {type: string}}}
    Lonely: {type: object, properties: {x: {type: string}}}
`

// What two documents have in common is not looked at, and nothing that changed is missed.
func TestBetween_missesNothingByLookingAtLess(t *testing.T) {
	for name, edit := range map[string][2]string{
		"one operation":                       {"  /d~e:\n", "  /d~g:\n"},
		"what nobody refers to":               {"{x: {type: string}}", "{x: {type: integer}}"},
		"what is referred to directly":        {"n: {type: integer, ", "n: {type: string, "},
		"what is referred to from afar":       {"maxLength: 9", "maxLength: 10"},
		"a schema that a discriminator names": {"kind: {type: string}", "kind: {type: integer}"},
		"a property that is called so":        {"{description: {type: string}}", "{description: {type: integer}}"},
		"what concerns all":                   {"security: []", "security: [{k: []}]"},
		"a scheme":                            {"scheme: bearer", "scheme: basic"},
		"the base path":                       {"description: words}", "x-opc-config-base-path: /v1}"},
		"a path that another is":              {`{responses: {"200": {$ref`, `{responses: {"201": {$ref`},
		"a component less":                    {"    Lonely: {type: object, properties: {x: {type: string}}}\n", ""},
		"a reference to nothing":              {"'#/components/schemas/B'}}}}}}\n  /c", "'#/components/schemas/Nothing'}}}}}}\n  /c"},
		"words alone":                         {"summary: words", "summary: others"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, store, edit[0])
			after := strings.Replace(store, edit[0], edit[1], 1)
			older, err := readDocument([]byte(store))
			require.NoError(t, err)
			newer, err := readDocument([]byte(after))
			require.NoError(t, err)
			want, wrong := changesOf(older, newer)
			found, err := Between([]byte(store), []byte(after))
			require.Equal(t, wrong == nil, err == nil)
			require.ElementsMatch(t, want, found)
			if wrong == nil {
				require.Equal(t, name == "words alone" || name == "what nobody refers to", len(found) == 0, "%+v", found)
			}
		})
	}
}

func TestPrune_leavesWhatDiffers(t *testing.T) {
	older, err := readDocument([]byte(store))
	require.NoError(t, err)
	newer, err := readDocument([]byte(strings.Replace(store, "kind: {type: string}", "kind: {type: integer}", 1)))
	require.NoError(t, err)
	prune(older, newer)
	for _, d := range []document{older, newer} {
		text, err := json.Marshal(d)
		require.NoError(t, err)
		for part, left := range map[string]bool{`"/a"`: false, `"/b"`: false, `"/c"`: true, `"/f"`: true, `"Q"`: true, `"Text"`: true, `"Lonely"`: false, `"Cat"`: true, "words": false} {
			require.Equal(t, left, strings.Contains(string(text), part), part)
		}
	}
}

// things is a document with so many operations, each with a schema of its own.
func things(operations int) []byte {
	schemas, paths := map[string]any{}, map[string]any{}
	for i := range operations {
		properties := map[string]any{}
		for j := range 43 {
			properties[fmt.Sprintf("field_%d", j)] = map[string]any{"type": "string", "description": strings.Repeat("Many words stand beside a field. ", 7)}
		}
		name := fmt.Sprintf("Thing%d", i)
		schemas[name] = map[string]any{"type": "object", "properties": properties}
		paths["/things/"+name] = map[string]any{"get": map[string]any{"responses": map[string]any{"200": map[string]any{"description": "ok", "content": map[string]any{
			"application/json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/" + name}}}}}}}
	}
	text, _ := json.Marshal(map[string]any{"openapi": "3.0.3", "info": map[string]any{"title": "Things", "version": "1"}, "paths": paths, "components": map[string]any{"schemas": schemas}})
	return text
}

// Large documents cost what differs between them, and too much is refused at once.
func TestBetween_costsWhatDiffers(t *testing.T) {
	before := things(800)
	require.Greater(t, len(before), 8<<20)
	began, memory := time.Now(), allocated()
	changes, err := Between(before, []byte(strings.Replace(string(before), `"field_5":{"description"`, `"field_x":{"description"`, 1)))
	require.NoError(t, err)
	require.Len(t, changes, 2)
	t.Logf("one change: %v, %d MB", time.Since(began), (allocated()-memory)>>20)
	require.Less(t, (allocated()-memory)>>20, uint64(400), "all that was taken and given back")

	began = time.Now()
	_, err = Between(before, []byte(strings.ReplaceAll(string(before), `"field_5":{"description"`, `"field_x":{"description"`)))
	require.ErrorIs(t, err, ErrTooMuch)
	t.Logf("all changed: %v", time.Since(began))
}

// Each path that is gone is held against each that is new.
func TestBetween_refusesWhatMovedAltogether(t *testing.T) {
	many := func(from, to int) []byte {
		var text strings.Builder
		text.WriteString("openapi: 3.0.3\ninfo: {title: Shop, version: '1'}\npaths:\n")
		for i := from; i < to; i++ {
			fmt.Fprintf(&text, "  /p%d:\n    get: {responses: {'200': {description: ok}}}\n", i)
		}
		return []byte(text.String())
	}
	_, err := Between(many(0, 600), many(600, 1200))
	require.ErrorIs(t, err, ErrTooMuch)
	_, err = Between(many(0, 600), many(300, 1600))
	require.ErrorIs(t, err, ErrTooMuch)
	changes, err := Between(many(0, 3000), many(100, 3100))
	require.NoError(t, err)
	require.Len(t, changes, 200)
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
