package openapitest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// ships is a small contract that stays as it is whatever happens to the
// broker's own.
const ships = `
openapi: 3.1.0
info: {title: Ships, version: '1'}
x-common-responses:
  '400': {$ref: '#/components/responses/Failure'}
  '401': {$ref: '#/components/responses/Failure'}
paths:
  /ships/{ship}:
    parameters: [{name: ship, in: path, required: true, schema: {type: string}}]
    get:
      operationId: showShip
      responses:
        '200':
          description: A ship.
          content:
            application/hal+json: {schema: {$ref: '#/components/schemas/Ship'}}
            text/csv: {schema: {type: string}}
        '404': {$ref: '#/components/responses/Failure'}
    put:
      operationId: putShip
      responses:
        '400':
          description: No ship.
          content: {application/hal+json: {schema: {type: object, required: [errors]}}}
        '201':
          description: A ship.
          headers: {Location: {required: true, schema: {type: string}}}
          content: {application/hal+json: {schema: {$ref: '#/components/schemas/Ship'}}}
    delete:
      operationId: deleteShip
      responses:
        '204': {description: Gone.}
  /ships/{ship}/badge:
    parameters: [{name: ship, in: path, required: true, schema: {type: string}}]
    get:
      operationId: showShipBadge
      responses:
        '200': {description: A picture., content: {image/svg+xml: {schema: {type: string, pattern: '<svg'}}}}
  /ships/latest:
    get:
      operationId: showLatestShip
      responses:
        '200': {description: A page., content: {text/html: {schema: {type: string, minLength: 1}}}}
        '308': {description: Another place.}
  /old/{ship}:
    parameters: [{name: ship, in: path, required: true, schema: {type: string}}]
    delete:
      operationId: deleteOldShip
      x-alias-of: deleteShip
      responses:
        '204': {description: Gone.}
        '404': {$ref: '#/components/responses/Failure'}
components:
  responses:
    Failure:
      description: It did not work.
      content: {application/problem+json: {schema: {type: object, required: [title]}}}
  schemas:
    Ship:
      type: object
      required: [name]
      properties:
        name: {type: string}
        home: {type: [string, 'null']}
`

func testDocument(t *testing.T) *document {
	t.Helper()
	d, err := read([]byte(ships))
	require.NoError(t, err)
	return d
}

// answered is a request and its answer, in short.
type answered struct {
	method, path, accept string
	status               int
	kind, body, location string
}

func (e answered) validate(d *document) error {
	req := httptest.NewRequest(e.method, e.path, nil)
	req.Header.Set("Accept", e.accept)
	header := http.Header{}
	header.Set("Content-Type", e.kind)
	header.Set("Location", e.location)
	return d.validate(req, answer{fmt.Sprint(e.status), header, []byte(e.body)})
}

const hal = "application/hal+json;charset=utf-8"

func TestValidate_acceptsWhatIsDocumented(t *testing.T) {
	for name, e := range map[string]answered{
		"JSON":                         {method: "GET", path: "/ships/Ada", status: 200, kind: hal, body: `{"name":"Ada","home":null,"more":1}`},
		"a name with a slash":          {method: "GET", path: "/ships/A%2FB", status: 200, kind: hal, body: `{"name":"A/B"}`},
		"a slash at the end":           {method: "GET", path: "/ships/Ada/", status: 200, kind: hal, body: `{"name":"Ada"}`},
		"text that is empty":           {method: "GET", path: "/ships/Ada", status: 200, kind: "text/csv"},
		"a problem":                    {method: "GET", path: "/ships/Ada", status: 404, kind: "application/problem+json", body: `{"title":"No"}`},
		"a picture by extension":       {method: "GET", path: "/ships/Ada/badge.svg", status: 200, kind: "image/svg+xml", body: "<svg/>"},
		"a fixed segment":              {method: "GET", path: "/ships/latest", status: 200, kind: "text/html", body: "<p>"},
		"nothing":                      {method: "DELETE", path: "/ships/Ada", status: 204},
		"a promised header":            {method: "PUT", path: "/ships/Ada", status: 201, kind: hal, body: `{"name":"Ada"}`, location: "/ships/Ada"},
		"its own form of a common one": {method: "PUT", path: "/ships/Ada", status: 400, kind: hal, body: `{"errors":{}}`},
		"a common form of its own":     {method: "PUT", path: "/ships/Ada", status: 400, kind: "application/problem+json", body: `{"title":"No"}`},
		"a common status":              {method: "PUT", path: "/ships/Ada", status: 401, kind: "application/problem+json", body: `{"title":"Who?"}`},
		"a common status alone":        {method: "PUT", path: "/ships/Ada", status: 401},
		"HEAD":                         {method: "HEAD", path: "/ships/Ada", status: 200, kind: hal},
		"OPTIONS":                      {method: "OPTIONS", path: "/ships/Ada", status: 200},
		"an unknown address":           {method: "GET", path: "/boats", status: 404, kind: "application/json", body: `{}`},
		"an unknown method":            {method: "PATCH", path: "/ships/Ada", status: 405},
		"a page that a browser wants":  {method: "GET", path: "/ships/Ada", accept: "text/html,*/*", status: 200, kind: "text/html", body: "<p>"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, e.validate(testDocument(t)))
		})
	}
}

func TestValidate_catchesWhatIsNot(t *testing.T) {
	for name, c := range map[string]struct {
		answered
		says string
	}{
		"a wrong type":            {answered{method: "GET", path: "/ships/Ada", status: 200, kind: hal, body: `{"name":1}`}, "got number, want string"},
		"a missing property":      {answered{method: "GET", path: "/ships/Ada", status: 200, kind: hal, body: `{}`}, "missing property 'name'"},
		"a wrong type in a ref":   {answered{method: "GET", path: "/ships/Ada", status: 404, kind: "application/problem+json", body: `[]`}, "got array, want object"},
		"an undocumented status":  {answered{method: "DELETE", path: "/ships/Ada", status: 404}, "deleteShip documents no such status"},
		"an undocumented type":    {answered{method: "GET", path: "/ships/Ada", status: 200, kind: "application/json", body: `{"name":"Ada"}`}, "only application/hal+json, text/csv"},
		"no JSON":                 {answered{method: "GET", path: "/ships/Ada", status: 200, kind: hal, body: `{"name":`}, "is no application/hal+json"},
		"no body":                 {answered{method: "GET", path: "/ships/Ada", status: 200, kind: hal}, "the body is missing"},
		"a body too many":         {answered{method: "DELETE", path: "/ships/Ada", status: 204, kind: hal, body: `{}`}, "no body"},
		"a body to HEAD":          {answered{method: "HEAD", path: "/ships/Ada", status: 200, kind: hal, body: `{"name":"Ada"}`}, "no body"},
		"no promised header":      {answered{method: "PUT", path: "/ships/Ada", status: 201, kind: hal, body: `{"name":"Ada"}`}, "Location is missing"},
		"a wrong common body":     {answered{method: "PUT", path: "/ships/Ada", status: 401, kind: "application/problem+json", body: `{}`}, "missing property 'title'"},
		"neither form":            {answered{method: "PUT", path: "/ships/Ada", status: 400, kind: hal, body: `{"title":"No"}`}, "missing property 'errors'"},
		"no picture":              {answered{method: "GET", path: "/ships/Ada/badge", status: 200, kind: "image/svg+xml", body: "no"}, "does not match pattern"},
		"an unknown address":      {answered{method: "GET", path: "/boats", status: 200, kind: hal, body: `{}`}, "no such operation"},
		"a page nobody asked for": {answered{method: "GET", path: "/ships/Ada", status: 200, kind: "text/html", body: "<p>"}, "text/html"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, c.validate(testDocument(t)), c.says)
		})
	}
}

// complaints is a T that keeps what it is told.
type complaints []string

func (c *complaints) Helper() {}

func (c *complaints) Errorf(format string, args ...any) {
	*c = append(*c, fmt.Sprintf(format, args...))
}

func TestValidate_failsTheTest(t *testing.T) {
	var told complaints
	req := httptest.NewRequest(http.MethodGet, "/no/such/address?at=all", nil)
	Validate(&told, req, http.StatusOK, http.Header{}, []byte("hello"))
	require.Len(t, told, 1)
	require.Contains(t, told[0], "GET /no/such/address?at=all answered 200")
	require.Contains(t, told[0], "hello")
}
