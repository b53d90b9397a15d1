package comparison_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

// splitWant reads findings that are written as "kind code; kind code".
func splitWant(want string) []string {
	return append([]string{}, lines(strings.ReplaceAll(want, ";", "\n"))...)
}

// interactionCase is a request and the answer that is expected of it, as they stand in
// a pact, and the findings that come of them.
type interactionCase struct{ name, request, response, want string }

func checkInteractions(t *testing.T, document string, cases []interactionCase) {
	d, err := comparison.ReadDocument([]byte(document))
	require.NoError(t, err)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			pact := fmt.Sprintf(`{"interactions":[{"description":"d","request":{%s},"response":{%s}}]}`, c.request, c.response)
			require.Equal(t, splitWant(c.want), kindsAndCodes(findingsFor(t, d, pact)))
		})
	}
}

const negotiated = `{"openapi":"3.0.3","info":{},"paths":{
	"/json":{"get":{"responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":"object","properties":{"a":{"type":"integer"}}}}}},"404":{"description":"no","content":{"application/problem+json":{"schema":{"type":"object","properties":{"title":{"type":"string"}}}}}},"204":{"description":"none"}}},
		"post":{"requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}}}}},"responses":{"201":{"description":"made"}}}},
	"/two":{"get":{"responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":"object","properties":{"a":{"type":"integer"}}}},"application/vnd.list+json":{"schema":{"type":"array","items":{"type":"integer"}}},"text/csv":{"schema":{"type":"string"}}}}}}},
	"/versions":{"get":{"responses":{"200":{"description":"ok","content":{"application/json;version=1":{"schema":{"type":"object","properties":{"a":{}}}},"application/json;version=2":{"schema":{"type":"object","properties":{"b":{}}}}}}}},
		"post":{"requestBody":{"content":{"application/json;version=1":{"schema":{"type":"object","required":["a"]}},"application/json;version=2":{"schema":{"type":"object","required":["b"]}}}},"responses":{"201":{"description":"made"}}}},
	"/any":{"get":{"responses":{"200":{"description":"ok","content":{"*/*":{"schema":{"type":"object","properties":{"a":{"type":"integer"}}}}}}}},
		"post":{"requestBody":{"content":{"application/*":{"schema":{"type":"object","required":["a"]}}}},"responses":{"201":{"description":"made"}}}},
	"/none":{"get":{"responses":{"200":{"description":"ok"}}}},
	"/xml":{"get":{"responses":{"200":{"description":"ok","content":{"application/xml":{"schema":{"type":"object"}}}}}},
		"put":{"requestBody":{"required":true,"content":{"application/xml":{"schema":{"type":"object"}},"application/octet-stream":{}}},"responses":{"200":{"description":"ok"}}}},
	"/bare":{"get":{"responses":{"200":{"description":"ok","content":{"application/json":{}}}}},"post":{"requestBody":{"content":{"application/json":{}}},"responses":{"201":{"description":"made"}}}}}}`

func TestNegotiation(t *testing.T) {
	get := func(path, headers string) string {
		return fmt.Sprintf(`"method":"GET","path":%q,"headers":{%s}`, path, headers)
	}
	post := func(path, headers, body string) string {
		text := fmt.Sprintf(`"method":"POST","path":%q,"headers":{%s}`, path, headers)
		if body != "" {
			text += `,"body":` + body
		}
		return text
	}
	const accept, acceptUnknown = "error request.accept.incompatible", "warning request.accept.unknown"
	checkInteractions(t, negotiated, []interactionCase{
		{"no Accept takes all", get("/json", ``), `"status":200`, ""},
		{"an equal one", get("/json", `"Accept":"application/json"`), `"status":200`, ""},
		{"whatever its letters", get("/json", `"ACCEPT":"Application/JSON"`), `"status":200`, ""},
		{"with parameters", get("/json", `"Accept":"application/json;charset=utf-8"`), `"status":200`, ""},
		{"of the same syntax", get("/json", `"Accept":"application/hal+json"`), `"status":200`, ""},
		{"of another type with the same syntax", get("/json", `"Accept":"text/json"`), `"status":200`, accept},
		{"all of a type", get("/json", `"Accept":"application/*"`), `"status":200`, ""},
		{"all of another type", get("/json", `"Accept":"text/*"`), `"status":200`, accept},
		{"all", get("/json", `"Accept":"*/*"`), `"status":200`, ""},
		{"one of a list", get("/json", `"Accept":"text/html, application/json"`), `"status":200`, ""},
		{"none of a list", get("/json", `"Accept":"text/html, image/png"`), `"status":200`, accept},
		{"one of a list with qualities", get("/json", `"Accept":"text/html;q=0.9, application/json;q=0.1"`), `"status":200`, ""},
		{"a list of a pact of version 3", get("/json", `"Accept":["text/html","application/json"]`), `"status":200`, ""},
		{"another status offers it", get("/json", `"Accept":"application/problem+json"`), `"status":200`, ""},
		{"a status without content does not mind", get("/json", `"Accept":"text/html"`), `"status":204`, ""},
		{"an error answer minds", get("/json", `"Accept":"text/html"`), `"status":404`, accept},
		{"no status has content", get("/none", `"Accept":"text/html"`), `"status":200`, acceptUnknown},
		{"an empty one says nothing", get("/json", `"Accept":""`), `"status":200`, ""},
		{"all are offered", get("/any", `"Accept":"text/html"`), `"status":200`, ""},

		{"the answer's type is offered", get("/json", ``), `"status":200,"headers":{"Content-Type":"application/json"},"body":{"a":1}`, ""},
		{"the answer's type has parameters", get("/json", ``), `"status":200,"headers":{"Content-Type":"application/json; charset=utf-8"},"body":{"a":1}`, ""},
		{"the answer's type is of the same syntax", get("/json", ``), `"status":200,"headers":{"Content-Type":"application/vnd.x+json"},"body":{"a":1}`, ""},
		{"the answer's type is not offered, and its body not judged", get("/json", ``), `"status":200,"headers":{"Content-Type":"text/html"},"body":{"b":1}`, "error response.content-type.incompatible"},
		{"the answer's type belongs to another status", get("/json", ``), `"status":404,"headers":{"Content-Type":"text/plain"}`, "error response.content-type.incompatible"},
		{"the answer has a type and the document none", get("/none", ``), `"status":200,"headers":{"Content-Type":"text/html"}`, "warning response.content-type.unknown"},
		{"the answer has a type and a body, and the document none", get("/none", ``), `"status":200,"headers":{"Content-Type":"application/json"},"body":{"a":1}`, "error response.body.unknown; warning response.content-type.unknown"},
		{"the answer has a body, and the document none", get("/none", ``), `"status":200,"body":{"a":1}`, "error response.body.unknown"},
		{"the answer has a body, and the document no schema", get("/bare", ``), `"status":200,"body":{"a":1}`, "error response.body.unknown"},
		{"an answer without a type is judged by its body", get("/json", ``), `"status":200,"body":{"b":1}`, "error response.body.incompatible"},
		{"an answer of XML cannot be judged", get("/xml", ``), `"status":200,"headers":{"Content-Type":"application/xml"},"body":"<a/>"`, "warning response.body.unvalidatable"},
		{"an answer of XML without a body", get("/xml", ``), `"status":200,"headers":{"Content-Type":"application/xml"}`, ""},
		{"any type is offered, and JSON judged", get("/any", ``), `"status":200,"headers":{"Content-Type":"application/json"},"body":{"a":"x"}`, "error response.body.incompatible"},
		{"any type is offered, and text not judged", get("/any", ``), `"status":200,"headers":{"Content-Type":"text/plain"},"body":"x"`, "warning response.body.unvalidatable"},

		{"the answer's type chooses the schema", get("/two", ``), `"status":200,"headers":{"Content-Type":"application/vnd.list+json"},"body":[1]`, ""},
		{"the answer's type chooses the other schema", get("/two", ``), `"status":200,"headers":{"Content-Type":"application/json"},"body":[1]`, "error response.body.incompatible"},
		{"without a type Accept chooses", get("/two", `"Accept":"application/vnd.list+json"`), `"status":200,"body":[1]`, ""},
		{"without a type Accept chooses the other", get("/two", `"Accept":"application/json"`), `"status":200,"body":[1]`, "error response.body.incompatible"},
		{"without either JSON is meant", get("/two", ``), `"status":200,"body":{"a":1}`, ""},
		{"a type that cannot be judged", get("/two", ``), `"status":200,"headers":{"Content-Type":"text/csv"},"body":"a;b"`, "warning response.body.unvalidatable"},
		{"a parameter of the type chooses", get("/versions", ``), `"status":200,"headers":{"Content-Type":"application/json;version=2"},"body":{"b":1}`, ""},
		{"a parameter of the type chooses, with spaces", get("/versions", ``), `"status":200,"headers":{"Content-Type":"application/json; version=2"},"body":{"a":1}`, "error response.body.incompatible"},
		{"a parameter of Accept chooses", get("/versions", `"Accept":"application/json;version=2"`), `"status":200,"body":{"b":1}`, ""},

		{"a request of an accepted type", post("/json", `"Content-Type":"application/json"`, `{"a":1}`), `"status":201`, ""},
		{"a request of a type with parameters", post("/json", `"content-type":"application/json; charset=utf-8"`, `{"a":"x"}`), `"status":201`, "error request.body.incompatible"},
		{"a request of the same syntax", post("/json", `"Content-Type":"application/merge-patch+json"`, `{"a":"x"}`), `"status":201`, "error request.body.incompatible"},
		{"a request of another type, whose body is not judged", post("/json", `"Content-Type":"text/plain"`, `"x"`), `"status":201`, "error request.content-type.incompatible"},
		{"a request without a type is judged as JSON", post("/json", ``, `{"a":"x"}`), `"status":201`, "error request.body.incompatible; warning request.content-type.missing"},
		{"a request without a body needs no type", post("/json", ``, ``), `"status":201`, ""},
		{"a request with null needs no type", post("/json", ``, `null`), `"status":201`, "error request.body.incompatible"},
		{"a type where no body is taken", get("/json", `"Content-Type":"application/json"`), `"status":200`, "warning request.content-type.unknown"},
		{"a body where none is taken", `"method":"GET","path":"/json","body":{"a":1}`, `"status":200`, "warning request.body.unknown"},
		{"a body and a type where none is taken", `"method":"GET","path":"/json","headers":{"Content-Type":"application/json"},"body":{"a":1}`, `"status":200`, "warning request.body.unknown; warning request.content-type.unknown"},
		{"a body of a type without a schema", post("/bare", `"Content-Type":"application/json"`, `{"a":1}`), `"status":201`, "warning request.body.unknown"},
		{"a body of all of a type", post("/any", `"Content-Type":"application/json"`, `{"b":1}`), `"status":201`, "error request.body.incompatible"},
		{"a parameter of the type chooses the request's schema", post("/versions", `"Content-Type":"application/json;version=2"`, `{"b":1}`), `"status":201`, ""},
		{"XML cannot be judged", `"method":"PUT","path":"/xml","headers":{"Content-Type":"application/xml"},"body":"<a/>"`, `"status":200`, "warning request.body.unvalidatable"},
		{"bytes cannot be judged", `"method":"PUT","path":"/xml","headers":{"Content-Type":"application/octet-stream"},"body":"abc"`, `"status":200`, "warning request.body.unvalidatable"},
		{"a body that is required and missing", `"method":"PUT","path":"/xml","headers":{"Content-Type":"application/xml"}`, `"status":200`, "error request.body.incompatible"},
		{"an error answer minds the request's type", post("/json", `"Content-Type":"text/plain"`, `"x"`), `"status":404`, "error request.content-type.incompatible; error response.status.unknown"},
	})
}

const statuses = `openapi: 3.0.3
info: {}
paths:
  /exact: {get: {responses: {'200': {description: ok}, 404: {description: no}}}}
  /range: {get: {responses: {'2XX': {description: ok, content: {application/json: {schema: {type: array}}}}, '201': {description: made, content: {application/json: {schema: {type: object}}}}, 5xx: {description: down}}}}
  /default: {get: {responses: {'200': {description: ok}, default: {description: other, content: {application/json: {schema: {type: object, properties: {code: {type: integer}}}}}}}}}
  /all: {get: {responses: {'200': {description: ok}, 4XX: {description: no}, default: {description: other}}}}
  /ref: {get: {responses: {'200': {$ref: '#/components/responses/Ok'}, '404': {$ref: '#/components/responses/None'}}}}
  /empty: {get: {responses: {}}}
  /absent: {get: {}}
components: {responses: {Ok: {description: ok, headers: {X-A: {schema: {type: integer}}}, content: {application/json: {schema: {type: array, items: {type: integer}}}}}}}
`

func TestStatus(t *testing.T) {
	get := func(path string) string { return fmt.Sprintf(`"method":"GET","path":%q`, path) }
	const unknown, byDefault = "error response.status.unknown", "warning response.status.default"
	checkInteractions(t, statuses, []interactionCase{
		{"a described one", get("/exact"), `"status":200`, ""},
		{"a number in YAML", get("/exact"), `"status":404`, ""},
		{"a number with a fraction of nothing", get("/exact"), `"status":200.0`, ""},
		{"one that is not described", get("/exact"), `"status":201`, unknown},
		{"and nothing else of the answer is looked at", get("/exact"), `"status":201,"headers":{"X-B":"1","Content-Type":"a/b"},"body":{"a":1}`, unknown},
		{"of a hundred", get("/range"), `"status":200,"body":[]`, ""},
		{"of a hundred, judged by its schema", get("/range"), `"status":202,"body":{}`, "error response.body.incompatible"},
		{"by itself before its hundred", get("/range"), `"status":201,"body":{}`, ""},
		{"a hundred must be written in capitals", get("/range"), `"status":503`, unknown},
		{"of another hundred", get("/range"), `"status":404`, unknown},
		{"by default", get("/default"), `"status":404,"body":{"code":1}`, byDefault},
		{"by default, judged by its schema", get("/default"), `"status":500,"body":{"code":"x"}`, byDefault + "; error response.body.incompatible"},
		{"by itself before default", get("/default"), `"status":200`, ""},
		{"of its hundred before default", get("/all"), `"status":404`, ""},
		{"by default where no hundred fits", get("/all"), `"status":500`, byDefault},
		{"by reference", get("/ref"), `"status":200,"headers":{"X-A":"1"},"body":[1]`, ""},
		{"by reference, judged", get("/ref"), `"status":200,"headers":{"X-A":"x"},"body":["x"]`, "error response.header.incompatible; error response.body.incompatible"},
		{"no answers", get("/empty"), `"status":200`, unknown},
		{"answers are missing", get("/absent"), `"status":200`, unknown},
		{"one that HTTP does not have", get("/exact"), `"status":-1`, unknown},
		{"one that is zero", get("/exact"), `"status":0`, unknown},
	})
}

func TestResponseHeaders(t *testing.T) {
	document := `{"openapi":"3.0.3","info":{},"paths":{"/a":{"get":{"responses":{"200":{"description":"ok","headers":{"X-Count":{"schema":{"type":"integer"}},"etag":{"schema":{"type":"string","pattern":"^W/"}},"Content-Type":{"schema":{"type":"integer"}}},"content":{"application/json":{}}},"404":{"description":"no"}}}}}}`
	response := func(status int, headers string) string {
		return fmt.Sprintf(`"status":%d,"headers":{%s}`, status, headers)
	}
	const request = `"method":"GET","path":"/a"`
	cases := []interactionCase{
		{"a described one", request, response(200, `"X-Count":"1"`), ""},
		{"whatever its letters", request, response(200, `"x-count":"1"`), ""},
		{"one that breaks its schema", request, response(200, `"X-Count":"one"`), "error response.header.incompatible"},
		{"one that is not described", request, response(200, `"X-Other":"1"`), "error response.header.unknown"},
		{"one of another status", request, response(404, `"X-Count":"1"`), "error response.header.unknown"},
		{"a usual one that is described is judged", request, response(200, `"ETag":"x"`), "error response.header.incompatible"},
		{"a usual one that is described and fits", request, response(200, `"ETag":"W/x"`), ""},
		{"the type is handled apart", request, response(200, `"Content-Type":"application/json"`), ""},
		{"of a family that must be described", request, response(200, `"Access-Control-Allow-Methods":"GET"`), "error response.header.unknown"},
	}
	for _, usual := range []string{"Access-Control-Allow-Origin", "Accept-Patch", "Accept-Ranges", "Age", "Allow", "Alt-Svc", "Cache-Control", "Connection", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length", "Content-Location", "Content-MD5", "Content-Range", "Date", "Expires", "Last-Modified", "Link", "Location", "P3P", "Pragma", "Proxy-Authenticate", "Public-Key-Pins", "Refresh", "Retry-After", "Server", "Set-Cookie", "Status", "Strict-Transport-Security", "Trailer", "Transfer-Encoding", "TSV", "Upgrade", "Vary", "Via", "Warning", "WWW-Authenticate", "X-Frame-Options"} {
		cases = append(cases, interactionCase{"a usual one is only undefined: " + usual, request, response(200, fmt.Sprintf(`%q:"x"`, usual)), "warning response.header.undefined"})
	}
	checkInteractions(t, document, cases)
}

func TestRequestHeaders(t *testing.T) {
	document := `{"openapi":"3.0.3","info":{},"paths":{"/a":{
		"parameters":[{"name":"X-Tenant","in":"header","required":true,"schema":{"type":"string","maxLength":3}},{"name":"X-Trace","in":"header","schema":{"type":"integer"}}],
		"get":{"parameters":[{"name":"x-trace","in":"header","schema":{"type":"string"}},{"name":"If-Match","in":"header","schema":{"type":"string","pattern":"^W/"}},{"name":"sid","in":"cookie","required":true,"schema":{"type":"integer"}}],
		"responses":{"200":{"description":"ok"},"400":{"description":"no"}}}}}}`
	request := func(headers string) string {
		return fmt.Sprintf(`"method":"GET","path":"/a","headers":{"Cookie":"sid=x",%s}`, headers)
	}
	cases := []interactionCase{
		{"what is required is there", request(`"X-Tenant":"a"`), `"status":200`, ""},
		{"whatever its letters", request(`"x-tenant":"a"`), `"status":200`, ""},
		{"what is required is missing", request(`"X-Trace":"a"`), `"status":200`, "error request.header.incompatible"},
		{"what is required is missing, and so it is tested", request(`"X-Trace":"a"`), `"status":400`, ""},
		{"one of the path breaks its schema", request(`"X-Tenant":"abcd"`), `"status":200`, "error request.header.incompatible"},
		{"the operation's counts before that of the path, whatever its letters", request(`"X-Tenant":"a","X-Trace":"text"`), `"status":200`, ""},
		{"a usual one that is described is judged", request(`"X-Tenant":"a","If-Match":"x"`), `"status":200`, "error request.header.incompatible"},
		{"one that is not described", request(`"X-Tenant":"a","X-Other":"x"`), `"status":200`, "warning request.header.unknown"},
		{"one that is not described, with an error answer", request(`"X-Other":"x"`), `"status":400`, ""},
		{"a cookie that is required and missing", `"method":"GET","path":"/a","headers":{"X-Tenant":"a"}`, `"status":200`, "warning request.header.incompatible"},
	}
	for _, usual := range []string{"Accept-Charset", "Accept-Datetime", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Connection", "Content-Length", "Content-MD5", "Date", "Expect", "Forwarded", "From", "Host", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Max-Forwards", "Origin", "Pragma", "Proxy-Authorization", "Range", "Referer", "TE", "Upgrade", "User-Agent", "Via", "Warning"} {
		cases = append(cases, interactionCase{"a usual one needs no description: " + usual, request(fmt.Sprintf(`"X-Tenant":"a",%q:"x"`, usual)), `"status":200`, ""})
	}
	checkInteractions(t, document, cases)
}

// A header that is written twice, in letters of different size, is one header with
// two values; which one counts must not depend on chance.
func TestRequestHeaders_thatDifferInLettersAreOne(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(withHeaderParameter(`"schema":{"type":"array","minItems":2,"items":{"type":"integer"}}`)))
	require.NoError(t, err)
	for range 20 {
		require.Empty(t, findingsFor(t, d, `{"interactions":[{"request":{"method":"GET","path":"/things","headers":{"X-P":"1","x-p":"2"}},"response":{"status":200}}]}`))
	}
}

func TestQuery_namesWhatIsNotDescribed(t *testing.T) {
	document := `{"openapi":"3.0.3","info":{%s},"security":[{"key":[]}],"components":{"securitySchemes":{"key":{"type":"apiKey","in":"query","name":"key"}}},"paths":{"/a":{
		"parameters":[{"name":"page","in":"query","schema":{"type":"integer"}},{"name":"x.y","in":"query","schema":{"type":"integer"}},{"name":"ids[]","in":"query","schema":{"type":"array","items":{"type":"integer"}}}],
		"get":{"parameters":[{"name":"page","in":"query","schema":{"type":"string"}}],"responses":{"200":{"description":"ok"},"400":{"description":"no"}}}}}}`
	request := func(query string) string { return fmt.Sprintf(`"method":"GET","path":"/a","query":%q`, query) }
	checkInteractions(t, fmt.Sprintf(document, ""), []interactionCase{
		{"the operation's counts before that of the path", request("key=k&page=a"), `"status":200`, ""},
		{"one that is not described", request("key=k&size=1"), `"status":200`, "warning request.query.unknown"},
		{"letters count", request("key=k&Page=1"), `"status":200`, "warning request.query.unknown"},
		{"a part of one that is not described", request("key=k&filter[a]=1&filter[b]=2"), `"status":200`, "warning request.query.unknown"},
		{"a name with a dot", request("key=k&x.y=1"), `"status":200`, ""},
		{"a name with a dot is judged", request("key=k&x.y=a"), `"status":200`, "error request.query.incompatible"},
		{"a name with brackets", request("key=k&ids[]=1&ids[]=2"), `"status":200`, ""},
		{"a name with brackets is judged", request("key=k&ids[]=a"), `"status":200`, "error request.query.incompatible"},
		{"an error answer does not mind", request("size=1&x.y=a"), `"status":400`, ""},
		{"nothing between two marks", request("&key=k&&"), `"status":200`, ""},
	})
	d, err := comparison.ReadDocument([]byte(fmt.Sprintf(document, "")))
	require.NoError(t, err)
	found := findingsFor(t, d, `{"interactions":[{"request":{"method":"GET","path":"/a","query":"key=k&filter[a]=1&filter[b]=2"},"response":{"status":200}}]}`)
	require.Len(t, found, 1, "once for each name")
	require.Equal(t, "[root].interactions[0].request.query.filter", found[0].PactPath)
}
