package comparison_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

// outlined writes an outline as a text: a line for each value, indented.
func outlined(o comparison.Outline) string {
	var b strings.Builder
	for _, part := range o.Parts {
		fmt.Fprintln(&b, strings.TrimSpace("# "+part.Title+" "+part.Note))
		for _, l := range part.Lines {
			required := ""
			if l.Required {
				required = "!"
			}
			fmt.Fprintln(&b, strings.TrimRight(strings.Repeat("  ", l.Depth)+strings.TrimSpace(l.Name+required+" "+l.Type)+" "+l.Note, " "))
		}
	}
	return b.String()
}

func TestDocument_Outline(t *testing.T) {
	tests := []struct{ name, document, method, path, want string }{
		{"parameters, bodies and answers", `
openapi: 3.0.3
paths:
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer, format: int64}, description: of the order}]
    put:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
      responses:
        200: {description: changed, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Order'}}}}}
        204: {description: nothing to do}
components:
  schemas:
    Order:
      type: object
      required: [total]
      properties:
        total: {type: number, description: in euros, nullable: true}
        state: {enum: [new, paid]}
        parts: {type: array, items: {type: object, properties: {of: {$ref: '#/components/schemas/Order'}}}}`,
			"PUT", "/orders/{id}", `# Parameters
id in path! integer (int64) of the order
# Request body, application/json
object Order
  parts list of object
    of object Order, as above
  state new, paid
  total! number or null in euros
# Answer 200, application/json changed
list of object Order
  parts list of object
    of object Order, as above
  state new, paid
  total! number or null in euros
# Answer 204 nothing to do
`},
		{"parts and alternatives", `
openapi: 3.1.0
paths:
  /pets:
    get:
      responses:
        default:
          content:
            application/json:
              schema:
                allOf: [{properties: {id: {type: [string, 'null']}}}]
                oneOf: [{$ref: '#/components/schemas/Cat'}, {const: none}]
                additionalProperties: {type: boolean}
components: {schemas: {Cat: {properties: {lives: {type: integer}}}}}`,
			"GET", "/pets", `# Answer default, application/json
object
  any other name boolean
  id string or null
  alternative 1 Cat
    lives integer
  alternative 2 none
`},
		{"Swagger 2.0", `
swagger: '2.0'
basePath: /v1
paths:
  /pets:
    post:
      parameters: [{name: pet, in: body, schema: {$ref: '#/definitions/Pet'}}, {name: dry, in: query, type: boolean}]
      responses: {201: {description: made, schema: {type: string}}}
definitions: {Pet: {type: object, properties: {name: {type: string}}}}`,
			"POST", "/pets", `# Request body
object Pet
  name string
# Parameters
dry in query boolean
# Answer 201 made
string
`},
		{"references that lead nowhere", `
openapi: 3.0.3
paths: {/a: {get: {responses: {200: {content: {application/json: {schema: {$ref: '#/nowhere'}}}}}}}}`,
			"GET", "/a", "# Answer 200, application/json\nanything\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			document, err := comparison.ReadDocument([]byte(tt.document))
			require.NoError(t, err)
			outline, found := document.Outline(comparison.Operation{Method: tt.method, Path: tt.path})
			require.True(t, found, document.Operations())
			require.False(t, outline.Cut)
			require.Equal(t, tt.want, outlined(outline))
			_, found = document.Outline(comparison.Operation{Method: tt.method, Path: tt.path + "/else"})
			require.False(t, found)
		})
	}
}

func TestDocument_Outline_isBounded(t *testing.T) {
	// Each schema is made of the next one, in two ways: a billion ways to the last.
	var doubling strings.Builder
	for i := range 30 {
		fmt.Fprintf(&doubling, "    S%d: {allOf: [{$ref: '#/components/schemas/S%d'}, {allOf: [{$ref: '#/components/schemas/S%d'}]}]}\n", i, i+1, i+1)
	}
	doubling.WriteString("    S30: {type: object}\n")
	var wide strings.Builder
	wide.WriteString("    S0:\n      properties:\n")
	for i := range 1000 {
		fmt.Fprintf(&wide, "        p%d: {type: string, description: %q}\n", i, strings.Repeat("long ", 100))
	}
	deep := "    S0: {properties: {a: " + strings.Repeat("{properties: {a: ", 20) + "{}" + strings.Repeat("}}", 20) + "}}\n"
	for name, schemas := range map[string]string{"doubling": doubling.String(), "wide": wide.String(), "deep": deep} {
		t.Run(name, func(t *testing.T) {
			document, err := comparison.ReadDocument([]byte("openapi: 3.0.3\npaths: {/a: {get: {responses: {200: {content: {application/json: {schema: {$ref: '#/components/schemas/S0'}}}}}}}}\ncomponents:\n  schemas:\n" + schemas))
			require.NoError(t, err)
			outline, found := document.Outline(comparison.Operation{Method: "GET", Path: "/a"})
			require.True(t, found)
			require.True(t, outline.Cut)
			require.Less(t, len(outlined(outline)), 100_000)
		})
	}
}
