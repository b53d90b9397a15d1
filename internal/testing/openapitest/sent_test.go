package openapitest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// harbours is a contract with bodies, parameters and types of all kinds.
const harbours = `
openapi: 3.1.0
info: {title: Harbours, version: '1'}
paths:
  /harbours:
    get:
      operationId: listHarbours
      parameters:
        - {name: limit, in: query, schema: {type: integer, maximum: 9}}
        - {name: flag, in: query, schema: {type: array, maxItems: 2, items: {type: string, enum: [red, green]}}}
        - {$ref: '#/components/parameters/since'}
        - {name: X-Pilot, in: header, schema: {type: string}}
      responses:
        '200':
          description: Harbours.
          content:
            application/json:
              schema:
                type: object
                properties:
                  next_cursor: {type: [string, 'null']}
                  items: {type: array, items: {$ref: '#/components/schemas/Harbour'}}
    post:
      operationId: createHarbour
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              additionalProperties: false
              required: [name]
              anyOf: [{required: [depth]}, {required: [open]}]
              properties: {name: {type: string}, depth: {type: number}, open: {type: boolean, default: true}, opened_at: {type: string, format: date-time}}
          application/x-www-form-urlencoded:
            schema: {type: object, required: [name], properties: {name: {enum: [North]}}}
      responses:
        '201': {description: Made., content: {application/json: {schema: {$ref: '#/components/schemas/Harbour'}}}}
    delete:
      operationId: deleteHarbours
      responses:
        '204': {description: Gone.}
components:
  parameters:
    since: {name: since, in: query, schema: {type: string, format: date-time}}
  schemas:
    Place: {type: object, properties: {latitude: {type: [number, 'null']}}}
    Harbour:
      allOf: [{$ref: '#/components/schemas/Place'}]
      required: [name]
      properties:
        name: {type: string}
        berths: {type: integer}
        closed_at: {type: [string, 'null'], format: date-time}
        chart: {type: string}
        master: {anyOf: [{type: object, required: [name], properties: {name: {type: string}}}, {type: 'null'}]}
        free: {type: object, additionalProperties: {type: integer}}
        notes: {}
        kind: {enum: [sea, river]}
`

func harbourDocument(t *testing.T) *document {
	t.Helper()
	d, err := read([]byte(harbours))
	require.NoError(t, err)
	return d
}

func TestCheckRequest_knowsWhatIsDescribed(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct{ method, target, kind, body, says string }{
		"nothing said":             {"GET", "/harbours", "", "", ""},
		"all said":                 {"GET", "/harbours?limit=9&flag=red&flag=green&since=2026-11-21T08:54:31Z", "", "", ""},
		"one of brackets":          {"GET", "/harbours?flag[]=red", "", "", ""},
		"JSON":                     {"POST", "/harbours", "application/json; charset=utf-8", `{"name":"North","depth":3.5}`, ""},
		"a form":                   {"POST", "/harbours", form, "name=North", ""},
		"no body":                  {"DELETE", "/harbours", "", "", ""},
		"an unknown address":       {"GET", "/boats", "", "", "no such operation"},
		"an unknown parameter":     {"GET", "/harbours?size=9", "", "", "listHarbours: size is not known here"},
		"an unknown one, brackets": {"GET", "/harbours?size[]=9", "", "", "is not known here"},
		"one of a header":          {"GET", "/harbours?X-Pilot=me", "", "", "is not known here"},
		"too much":                 {"GET", "/harbours?limit=10", "", "", "must be at most 9"},
		"no number":                {"GET", "/harbours?limit=x", "", "", "must be a whole number"},
		"twice":                    {"GET", "/harbours?limit=1&limit=2", "", "", "is given more than once"},
		"an unknown word":          {"GET", "/harbours?flag=blue", "", "", "flag"},
		"no time":                  {"GET", "/harbours?since=today", "", "", "must be a time"},
		"an unknown property":      {"POST", "/harbours", "application/json", `{"name":"North","depth":1,"x":1}`, "is not known here"},
		"a missing property":       {"POST", "/harbours", "application/json", `{"depth":1}`, "name"},
		"neither of two":           {"POST", "/harbours", "application/json", `{"name":"North"}`, "is missing"},
		"no JSON":                  {"POST", "/harbours", "application/json", `{`, "the request body is not JSON"},
		"another type":             {"POST", "/harbours", "text/plain", `{}`, `the request body is "text/plain", but must be application/json or application/x-www-form-urlencoded`},
		"a body that is missing":   {"POST", "/harbours", "", "", "the request body is missing"},
		"a wrong form":             {"POST", "/harbours", form, "name=South", "value must be"},
		"a body that nobody takes": {"DELETE", "/harbours", "application/json", `{}`, "no request body is taken"},
	} {
		t.Run(name, func(t *testing.T) {
			req := httptest.NewRequest(c.method, c.target, nil)
			req.Header.Set("Content-Type", c.kind)
			_, err := harbourDocument(t).checkRequest(req, []byte(c.body))
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestCheckRequest_failsTheTest(t *testing.T) {
	var told complaints
	require.Equal(t, "showAbout", CheckRequest(&told, httptest.NewRequest(http.MethodGet, "/api/v1/about?x=1", nil), []byte("hello")))
	require.Len(t, told, 1)
	require.Contains(t, told[0], "GET /api/v1/about?x=1 is a request against the contract: showAbout: ")
}

func TestOperation_namesWhatMayBeSaid(t *testing.T) {
	d := harbourDocument(t)
	require.Equal(t, []string{"limit", "flag", "since"}, d.operations[1].Parameters("query"))
	require.Equal(t, []string{"X-Pilot"}, d.operations[1].Parameters("header"))
	require.Equal(t, []string{"depth", "name", "open", "opened_at"}, d.operations[2].BodyProperties())
	require.Empty(t, d.operations[0].BodyProperties())
}

type (
	place struct {
		Latitude float64 `json:"latitude"`
	}
	master struct {
		Name string `json:"name"`
	}
	harbour struct {
		place
		Name   string         `json:"name"`
		Berths int            `json:"berths"`
		Closed *time.Time     `json:"closed_at"`
		Chart  []byte         `json:"chart"`
		Master *master        `json:"master"`
		Free   map[string]int `json:"free"`
		Notes  any            `json:"notes"`
		Kind   string         `json:"kind"`
		ETag   string         `json:"-"`
	}
	newHarbour struct {
		Name   string    `json:"name"`
		Depth  float64   `json:"depth,omitempty"`
		Open   *bool     `json:"open,omitempty"`
		Opened time.Time `json:"opened_at,omitzero"`
	}
)

func TestCheckTypes_acceptsWhatSaysTheSame(t *testing.T) {
	d := harbourDocument(t)
	require.Empty(t, d.checkTypes("createHarbour", newHarbour{}, harbour{}))
	require.Empty(t, d.checkTypes("listHarbours", nil, []harbour{}))
	require.Empty(t, d.checkTypes("deleteHarbours", nil, nil))
	require.Empty(t, d.checkTypes("listHarbours", nil, struct {
		Items []harbour `json:"items"`
	}{}), "somebody else reads the cursor")
}

func TestCheckTypes_tellsEachDifference(t *testing.T) {
	d := harbourDocument(t)
	for name, c := range map[string]struct {
		operation      string
		sends, answers any
		says           []string
	}{
		"nothing is known": {"createHarbour", nil, struct{}{}, []string{
			"/berths has no field", "/chart has no field", "/closed_at has no field", "/free has no field", "/kind has no field", "/latitude has no field", "/master has no field", "/name has no field", "/notes has no field",
		}},
		"more is known": {"listHarbours", nil, []struct {
			harbour
			Owner string `json:"owner"`
		}{}, []string{"the answer/items/*/owner is a field of"}},
		"other types": {"listHarbours", nil, []struct {
			place
			Name   int               `json:"name"`
			Berths string            `json:"berths"`
			Closed time.Time         `json:"closed_at"`
			Chart  []string          `json:"chart"`
			Master string            `json:"master"`
			Free   map[string]string `json:"free"`
			Notes  string            `json:"notes"`
			Kind   bool              `json:"kind"`
		}{}, []string{
			"/berths is of the type integer", "/chart is of the type string", "/closed_at may be null", "/free/* is of the type integer", "/kind is of the type string", "/master is of the type object", "/name is of the type string", "/notes may be anything",
		}},
		"a time that is text": {"listHarbours", nil, []struct {
			harbour
			Closed string `json:"closed_at"`
		}{}, []string{"/closed_at is a time"}},
		"an object within": {"listHarbours", nil, []struct {
			harbour
			Master struct{} `json:"master"`
		}{}, []string{"/master/name has no field"}},
		"no list":       {"listHarbours", nil, "", []string{"the answer is an object"}},
		"no such thing": {"sinkHarbour", nil, nil, []string{"no such operation"}},
		"what is sent": {"createHarbour", struct {
			Name   string    `json:"name,omitempty"`
			Depth  float64   `json:"depth"`
			Open   bool      `json:"open,omitempty"`
			Opened time.Time `json:"opened_at,omitzero"`
		}{}, nil, []string{"/depth need not be sent", "/name must be sent", "/open is true if it is left out"}},
	} {
		t.Run(name, func(t *testing.T) {
			differences := d.checkTypes(c.operation, c.sends, c.answers)
			require.Len(t, differences, len(c.says), strings.Join(differences, "\n"))
			for i, says := range c.says {
				require.Contains(t, differences[i], says)
			}
		})
	}
}

func TestCheckTypes_failsTheTest(t *testing.T) {
	var told complaints
	CheckTypes(&told, "showAbout", nil, struct{}{})
	CheckType(&told, "About", struct{}{})
	require.Len(t, told, 12)
	require.Contains(t, told[0], "showAbout: the answer/compatible_with has no field")
	require.Contains(t, told[6], "About/compatible_with has no field")
}
