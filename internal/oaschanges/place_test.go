package oaschanges_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/oaschanges"
)

const shop = `openapi: 3.0.3
info: {title: Shop, version: "1"}
paths:
  /orders/{id}:
    get:
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
        - {name: q, in: query, schema: {type: string, enum: [a, b]}}
        - {name: X-Tenant, in: header, schema: {type: string}}
      responses:
        "200":
          description: An order.
          headers: {X-Count: {schema: {type: integer}}}
          content:
            application/json:
              schema:
                type: object
                required: [id, state]
                properties: {id: {type: integer}, state: {type: string, enum: [new, old]}, lines: {type: array, items: {type: object, properties: {sku: {type: string}}}}, who: {oneOf: [{$ref: '#/components/schemas/Person'}]}}
        "404": {description: gone}
    put:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [id]
              properties: {id: {type: integer}, state: {type: string, maxLength: 9}}
      responses: {"204": {description: ok}}
components: {schemas: {Person: {type: object, properties: {name: {type: string}}}}}
`

// What a change is about is read from the rule, wherever that fills it in.
func TestBetween_tellsThePlace(t *testing.T) {
	body := func(side oaschanges.Side, status string, property ...string) oaschanges.Place {
		return oaschanges.Place{Side: side, Part: oaschanges.Body, Status: status, Property: property}
	}
	demanded := body(oaschanges.Request, "", "state")
	demanded.Demanded, demanded.Membership = true, true
	gone := body(oaschanges.Response, "200", "lines")
	gone.Membership = true
	for name, tt := range map[string]struct {
		old, new string
		want     oaschanges.Place
	}{
		"a member that may be missing":    {", lines: {type: array, items: {type: object, properties: {sku: {type: string}}}}", "", gone},
		"a member within a list":          {"sku: {type: string}", "sku: {type: integer}", body(oaschanges.Response, "200", "lines", "items", "sku")},
		"a member of an alternative":      {"name: {type: string}", "name: {type: integer}", body(oaschanges.Response, "200", "who", "name")},
		"a value, named before its place": {"enum: [new, old]", "enum: [new]", body(oaschanges.Response, "200", "state")},
		"a member of a request":           {"maxLength: 9", "maxLength: 2", body(oaschanges.Request, "", "state")},
		"a member that must be sent":      {"[id]", "[id, state]", demanded},
		"a parameter of a path":           {"{name: id, in: path, required: true, schema: {type: integer}}\n        - {name: q", "{name: id, in: path, required: true, schema: {type: boolean}}\n        - {name: q", oaschanges.Place{Side: oaschanges.Request, Part: oaschanges.Parameter, In: "path", Name: "id"}},
		"a value of a parameter":          {"enum: [a, b]", "enum: [a]", oaschanges.Place{Side: oaschanges.Request, Part: oaschanges.Parameter, In: "query", Name: "q"}},
		"a header that must be sent":      {"in: header, schema", "in: header, required: true, schema", oaschanges.Place{Side: oaschanges.Request, Part: oaschanges.Parameter, In: "header", Name: "X-Tenant", Demanded: true}},
		"a header of an answer":           {"          headers: {X-Count: {schema: {type: integer}}}\n", "", oaschanges.Place{Side: oaschanges.Response, Part: oaschanges.Header, Name: "X-Count", Status: "200"}},
		"a status":                        {"        \"404\": {description: gone}\n", "", oaschanges.Place{Side: oaschanges.Response, Part: oaschanges.Status, Status: "404"}},
		"a whole operation":               {shop[strings.Index(shop, "    put:"):strings.Index(shop, "components:")], "", oaschanges.Place{Part: oaschanges.Operation}},
		"credentials":                     {"paths:\n", "security: [{key: []}]\npaths:\n", oaschanges.Place{Side: oaschanges.Request, Part: oaschanges.Security}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, shop, tt.old)
			changes, err := oaschanges.Between([]byte(shop), []byte(strings.Replace(shop, tt.old, tt.new, 1)))
			require.NoError(t, err)
			require.NotEmpty(t, changes)
			require.Equal(t, tt.want, changes[0].Place, "%+v", changes)
		})
	}
}

// Paths are named as they are called, which is how comparisons name them.
func TestBetween_putsTheBasePathBefore(t *testing.T) {
	swagger := "swagger: '2.0'\ninfo: {title: a, version: '1'}\nbasePath: /v1/\npaths:\n  /a:\n    get: {responses: {200: {description: ok}}}\n"
	modern := "openapi: 3.0.3\ninfo: {title: a, version: '1', x-opc-config-base-path: v1}\npaths:\n  /a:\n    get: {responses: {200: {description: ok}}}\n"
	for _, document := range []string{swagger, modern} {
		changes, err := oaschanges.Between([]byte(document), []byte(strings.Replace(document, "/a:", "/b:", 1)))
		require.NoError(t, err)
		require.Equal(t, "/v1/a", changes[0].Path)
		changes, err = oaschanges.Between([]byte(document), []byte(strings.NewReplacer("/v1/", "/v2", ": v1}", ": v2}").Replace(document)))
		require.NoError(t, err)
		require.Equal(t, oaschanges.Breaking, changes[0].Level, "who calls /v1 is not answered any more")
		require.Equal(t, "/v1/a", changes[0].Path)
	}
	for _, odd := range []string{"basePath: 7", "basePath: [a]", "basePath: /", "basePath: ''"} {
		document := strings.Replace(swagger, "basePath: /v1/", odd, 1)
		changes, err := oaschanges.Between([]byte(document), []byte(strings.Replace(document, "/a:", "/b:", 1)))
		if err == nil {
			require.Equal(t, "/a", changes[0].Path, odd)
		}
	}
}
