package edge_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// sample is an API with one thing of each kind; "gone" is a name that nothing
// has.
func sample() []edge.Route {
	echo := func(c *gin.Context) error {
		return edge.HAL(c, http.StatusOK, map[string]any{"name": edge.Param(c, "name"), "self": edge.SelfWithQuery(c)})
	}
	write := func(c *gin.Context) error {
		if edge.Param(c, "name") == "gone" {
			return fault.NoPacticipant("pacticipant", "gone")
		}
		members, err := edge.Object(c)
		if err != nil {
			return err
		}
		return edge.Created(c, edge.Base(c).Pacticipant("x"), members)
	}
	fail := func(c *gin.Context) error {
		switch edge.Param(c, "kind") {
		case "generic":
			return fault.Missing("no such version")
		case "fields":
			return fault.InvalidFields(fault.Field{Name: "b.c", Message: "is missing"}, fault.Field{Name: "a", Message: "is <odd>"}, fault.Field{Name: "b.c", Message: "must be filled (at index 2)"})
		case "messages":
			return edge.Messages{"one", "two"}
		case "answer":
			return edge.Answer{Status: http.StatusConflict, Media: edge.PlainText, Body: "too similar"}
		case "conflict":
			return fault.New(fault.Conflict, "differs")
		case "unprocessable":
			e := fault.InvalidField("currentlyDeployed", "cannot be true")
			e.Kind = fault.Unprocessable
			return e
		case "panic":
			panic("secret panic")
		}
		return errors.New("secret detail")
	}
	json := []string{edge.JSON}
	return []edge.Route{
		{Method: "GET", Path: "/", Handler: echo},
		{Method: "GET", Path: "/things", Handler: echo, Offers: []string{edge.HALJSON, edge.CSV}},
		{Method: "GET", Path: "/things/:name", Handler: echo},
		{Method: "PUT", Path: "/things/:name", Handler: write, Accepts: json, BodyRequired: true},
		{Method: "DELETE", Path: "/things/:name", Handler: edge.NoContent},
		{Method: "POST", Path: "/any", Handler: write, Accepts: []string{edge.AnyJSON}},
		{Method: "GET", Path: "/fail/:kind", Handler: fail},
		{Method: "GET", Path: "/api/v1/fail/:kind", Handler: fail},
	}
}

func broker(options edge.Options) http.Handler {
	if options.API == nil {
		options.API = sample()
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	return edge.New(options)
}

// call sends a request; headers are "Name: value".
func call(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://broker.test/", strings.NewReader(body))
	path, query, _ := strings.Cut(target, "?")
	r.URL.RawPath, r.URL.RawQuery = path, query
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestNew_readsNamesFromThePath(t *testing.T) {
	h := broker(edge.Options{})
	for target, want := range map[string]string{
		"/things/a%2Fb":        "a/b",
		"/things/a%2fb":        "a/b",
		"/things/a+b":          "a+b",
		"/things/a%2Bb":        "a+b",
		"/things/%252F":        "%2F",
		"/things/Foo%20Bar/":   "Foo Bar",
		"/things/%C3%A9":       "é",
		"/things/version.json": "version.json",
		"/thing%73/x":          "x",
	} {
		w := call(h, "GET", target, "")
		require.Equal(t, http.StatusOK, w.Code, target)
		require.Contains(t, w.Body.String(), `"name":"`+want+`"`, target)
	}
}

func TestNew_refusesPathsThatNoNameCanHave(t *testing.T) {
	h := broker(edge.Options{})
	for target, want := range map[string]int{
		"//":            http.StatusNotFound,
		"//things":      http.StatusNotFound,
		"/things//x":    http.StatusNotFound,
		"/things/%zz":   http.StatusNotFound,
		"/things/a%0Ab": http.StatusUnprocessableEntity,
		"/things/a%09b": http.StatusUnprocessableEntity,
		"/things/a%00b": http.StatusUnprocessableEntity,
		"/things/%FF":   http.StatusUnprocessableEntity,
		"/things?q=%zz": http.StatusBadRequest,
		"/things?q=%00": http.StatusBadRequest,
		"/things?q=%C3": http.StatusBadRequest,
	} {
		w := call(h, "GET", target, "")
		require.Equal(t, want, w.Code, target)
		if want != http.StatusBadRequest {
			require.Equal(t, "application/problem+json;charset=utf-8", w.Header().Get("Content-Type"), target)
		}
	}
}

func TestNew_saysThatLinksDependOnWhatTheRequestSays(t *testing.T) {
	for _, bases := range [][]string{nil, {"https://a.example.org", "https://b.example.org"}} {
		w := call(broker(edge.Options{BaseURLs: bases}), "GET", "/things", "")
		require.Equal(t, "Accept, Accept-Encoding, Host, X-Forwarded-Host, X-Forwarded-Port, X-Forwarded-Proto, X-Forwarded-Scheme, X-Forwarded-Ssl", w.Header().Get("Vary"))
	}
}

func TestNew_refusesWhatAPageOfAnotherSiteSends(t *testing.T) {
	h := broker(edge.Options{BaseURLs: []string{"https://broker.example.org"}})
	for _, c := range []struct {
		method, header string
		refused        bool
	}{
		{"PUT", "Sec-Fetch-Site: cross-site", true},
		{"PUT", "Sec-Fetch-Site: same-site", true},
		{"PUT", "Origin: https://evil.example.com", true},
		{"PUT", "Origin: https://broker.example.org", false},
		{"PUT", "Origin: http://broker.test", false},
		{"PUT", "Sec-Fetch-Site: same-origin", false},
		{"PUT", "Accept: */*", false},
		{"GET", "Sec-Fetch-Site: cross-site", false},
	} {
		w := call(h, c.method, "/things/x", "{}", "Content-Type: application/json", c.header)
		require.Equal(t, c.refused, w.Code == http.StatusForbidden, "%+v: %s", c, w.Body)
	}
}

// An owner who reads of an attempt in the audit must see whose browser was used, from
// where and for what.
func TestNew_tellsTheAuditorAllOfWhatAPageOfAnotherSiteSent(t *testing.T) {
	refused := &refusals{}
	h := broker(edge.Options{Gate: edge.BasicAuth{Username: "w", Password: "write"}, Audit: refused})
	for _, c := range []struct{ path, action string }{{"/things/x", "PUT /things/:name"}, {"/nowhere", "PUT"}} {
		refused.origins, refused.outcomes = nil, nil
		w := call(h, "PUT", c.path, "{}", "Content-Type: application/json", "Sec-Fetch-Site: cross-site", "X-Request-Id: abc-1", asWriter)
		require.Equal(t, http.StatusForbidden, w.Code)
		require.Equal(t, []audit.Outcome{audit.Forbidden}, refused.outcomes)
		require.Equal(t, []audit.Origin{{
			Actor: "w", Through: "basic_auth", Client: "192.0.2.1", RequestID: "abc-1", Action: c.action, Target: c.path, Writes: true,
		}}, refused.origins)
	}
}

func TestNew_sendsTheCommonHeaders(t *testing.T) {
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	w := call(broker(edge.Options{BaseURLs: []string{"https://broker.example.org"}}), "GET", "/things", "", "X-Request-Id: abc-1", "Traceparent: "+parent)
	for name, want := range map[string]string{
		"Vary": "Accept, Accept-Encoding", "Cache-Control": "no-cache", "X-Pact-Broker-Version": "2.120.0", "X-Content-Type-Options": "nosniff",
		"X-Request-Id": "abc-1", "Traceparent": parent, "Content-Type": "application/hal+json;charset=utf-8",
	} {
		require.Equal(t, want, w.Header().Get(name), name)
	}
	for _, unfit := range []string{"", "with space", "é", strings.Repeat("X", 129)} {
		w := call(broker(edge.Options{}), "GET", "/things", "", "X-Request-Id: "+unfit, "Traceparent: 00-zz")
		require.Regexp(t, "^[a-z2-7]{20,}$", w.Header().Get("X-Request-Id"), unfit)
		require.Empty(t, w.Header().Values("Traceparent"))
	}
}

func TestNew_answersMethodsByTheTable(t *testing.T) {
	h := broker(edge.Options{})

	w := call(h, "POST", "/things/x", "")
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
	require.Equal(t, "GET, PUT, DELETE, OPTIONS", w.Header().Get("Allow"))

	w = call(h, "OPTIONS", "/things/gone", "", "Accept: image/png")
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "GET, PUT, DELETE, OPTIONS", w.Header().Get("Access-Control-Allow-Methods"))
	require.Empty(t, w.Body.String())

	w = call(h, "HEAD", "/things/x", "")
	require.Equal(t, http.StatusOK, w.Code)
	require.Empty(t, w.Body.String())
	require.Equal(t, "application/hal+json;charset=utf-8", w.Header().Get("Content-Type"))

	require.Equal(t, http.StatusMethodNotAllowed, call(h, "HEAD", "/any", "").Code)
	require.Equal(t, http.StatusNotImplemented, call(h, "BREW", "/things", "").Code)
	require.Equal(t, http.StatusNotImplemented, call(h, "BREW", "/nowhere", "").Code)
	require.Equal(t, http.StatusNoContent, call(h, "DELETE", "/things/x", "").Code)
}

func TestNew_negotiatesTheAnswer(t *testing.T) {
	h := broker(edge.Options{})
	for _, test := range []struct {
		accept []string
		want   string
	}{
		{nil, "application/hal+json"},
		{[]string{"*/*"}, "application/hal+json"},
		{[]string{"application/json"}, "application/hal+json"},
		{[]string{"application/*"}, "application/hal+json"},
		{[]string{"text/*"}, "text/csv"},
		{[]string{"application/xml", "text/csv"}, "text/csv"},
		{[]string{"application/hal+json;q=0.1, text/csv"}, "text/csv"},
		{[]string{"application/hal+json", "application/json"}, "application/hal+json"},
		{[]string{"text/html,application/xhtml+xml,*/*;q=0.8"}, "application/hal+json"},
		{[]string{"application/hal+json;q=0, */*"}, "text/csv"},
		{[]string{"application/xml"}, ""},
		{[]string{"application/problem+json"}, ""},
		{[]string{"application/hal+json;q=0"}, ""},
	} {
		var headers []string
		for _, line := range test.accept {
			headers = append(headers, "Accept: "+line)
		}
		w := call(h, "GET", "/things", "", headers...)
		if test.want == "" {
			require.Equal(t, http.StatusNotAcceptable, w.Code, test.accept)
			continue
		}
		require.Equal(t, test.want+";charset=utf-8", w.Header().Get("Content-Type"), test.accept)
	}
	require.Equal(t, http.StatusOK, call(h, "GET", "/things", "", "Accept-Charset: utf-8").Code)
	require.Equal(t, http.StatusNotAcceptable, call(h, "GET", "/things", "", "Accept-Charset: latin1").Code)
}

func TestNew_takesExtensionsForAcceptHeaders(t *testing.T) {
	h := broker(edge.Options{})
	for target, want := range map[string]string{
		"/things.csv":   "text/csv",
		"/things.json":  "application/hal+json",
		"/things/x.csv": "application/hal+json",
	} {
		w := call(h, "GET", target, "", "Accept: image/png, */*;q=0.1")
		require.Equal(t, want+";charset=utf-8", w.Header().Get("Content-Type"), target)
	}
	require.Contains(t, call(h, "GET", "/things/x.csv", "").Body.String(), `"name":"x.csv"`)
	require.Equal(t, http.StatusNotFound, call(h, "GET", "/things.yaml", "").Code)
}

func TestNew_cutsAnExtensionFromANameThatNothingHas(t *testing.T) {
	list := func(c *gin.Context) error {
		return edge.HAL(c, http.StatusOK, map[string]string{"self": edge.Self(c)})
	}
	echo := func(c *gin.Context) error {
		if name := edge.Param(c, "name"); !slices.Contains([]string{"x", "kept.json"}, name) {
			return fault.Missing("No thing with name '%s' found", name)
		}
		return list(c)
	}
	h := broker(edge.Options{API: []edge.Route{
		{Method: "GET", Path: "/things/:name", Handler: echo, Offers: []string{edge.HALJSON, edge.SVG}},
		{Method: "DELETE", Path: "/things/:name", Handler: echo},
		{Method: "GET", Path: "/lists/:name", Handler: list},
		{Method: "GET", Path: "/lists/all", Handler: list},
	}})
	for _, test := range []struct {
		method, target, accept string
		status                 int
		self                   string
	}{
		{"GET", "/things/x.json", "text/csv", 200, "/things/x"},
		{"HEAD", "/things/x.json", "*/*", 200, ""},
		{"GET", "/things/kept.json", "*/*", 200, "/things/kept.json"},
		{"GET", "/things/kept.json.json", "*/*", 200, "/things/kept.json"},
		{"GET", "/things/y.json", "*/*", 404, ""},
		{"GET", "/lists/all.json", "*/*", 200, "/lists/all"},
		{"GET", "/lists/other.json", "*/*", 200, "/lists/other.json"},
		{"GET", "/things/x.csv", "*/*", 404, ""},
		{"DELETE", "/things/x.json", "*/*", 404, ""},
	} {
		w := call(h, test.method, test.target, "", "Accept: "+test.accept)
		require.Equal(t, test.status, w.Code, test.method+" "+test.target)
		if test.self != "" {
			require.JSONEq(t, `{"self":"http://broker.test`+test.self+`"}`, w.Body.String(), test.target)
		}
	}
}

func TestNew_ordersTheChecks(t *testing.T) {
	h := broker(edge.Options{MaxBody: 500})
	const json, text, png = "Content-Type: application/json", "Content-Type: text/plain", "Accept: image/png"
	for _, test := range []struct {
		name, target, body string
		headers            []string
		want               int
	}{
		{"created", "/things/x", `{"a":1}`, []string{json}, 201},
		{"created with parameters", "/things/x", `{"a":1}`, []string{"Content-Type: application/json; charset=utf-8"}, 201},
		{"not JSON wins over not acceptable", "/things/x", `{`, []string{json, png}, 400},
		{"not JSON wins over not found", "/things/gone", `{`, []string{json}, 400},
		{"not acceptable wins over not found", "/things/gone", `{}`, []string{json, png}, 406},
		{"not found wins over the wrong type", "/things/gone", `{}`, []string{text}, 404},
		{"the wrong type", "/things/x", `{}`, []string{text}, 415},
		{"no type", "/things/x", `{}`, nil, 415},
		{"HAL is not JSON here", "/things/x", `{}`, []string{"Content-Type: application/hal+json"}, 415},
		{"scalar", "/things/x", `"x"`, []string{json}, 400},
		{"array where an object is due", "/things/x", `[]`, []string{json}, 400},
		{"empty", "/things/x", ``, []string{json}, 400},
		{"a name twice", "/things/x", `{"a":1,"b":{"c":1,"c":2}}`, []string{json}, 400},
		{"half a character", "/things/x", `{"a":"\ud800"}`, []string{json}, 400},
		{"two values", "/things/x", `{} {}`, []string{json}, 400},
		{"not UTF-8", "/things/x", "{\"a\":\"\xff\"}", []string{json}, 400},
		{"as deep as may be", "/things/x", strings.Repeat(`{"a":`, 49) + "{}" + strings.Repeat("}", 49), []string{json}, 201},
		{"deeper", "/things/x", strings.Repeat(`{"a":`, 50) + "{}" + strings.Repeat("}", 50), []string{json}, 400},
		{"large", "/things/x", `{"a":"` + strings.Repeat("x", 500) + `"}`, []string{json}, 413},
	} {
		require.Equal(t, test.want, call(h, "PUT", test.target, test.body, test.headers...).Code, test.name)
	}
	require.Equal(t, 201, call(h, "POST", "/any", `{}`, "Content-Type: application/vnd.x+json").Code)
	require.Equal(t, 201, call(h, "POST", "/any", ``, json).Code)
	require.Equal(t, 415, call(h, "POST", "/any", `{}`, text).Code)

	w := call(h, "PUT", "/things/x", `{"a":2,"b":"<&>"}`, json)
	require.Equal(t, `{"a":2,"b":"<&>"}`, w.Body.String())
	require.Equal(t, "http://broker.test/pacticipants/x", w.Header().Get("Location"))
	w = call(h, "PUT", "/things/x", `{}`, text)
	require.Equal(t, "application/hal+json;charset=utf-8", w.Header().Get("Content-Type"))
}

func TestNew_writesFailuresInTheOldForm(t *testing.T) {
	h := broker(edge.Options{})
	const hal, json = "application/hal+json;charset=utf-8", "application/json;charset=utf-8"
	for _, test := range []struct {
		target string
		status int
		media  string
		body   string
	}{
		{"/nowhere", 404, json, `{"error":"There is nothing at this address."}`},
		{"/fail/generic", 404, json, `{"error":"There is nothing at this address."}`},
		{"/fail/fields", 400, hal, `{"errors":{"b.c":["is missing","must be filled (at index 2)"],"a":["is <odd>"]}}`},
		{"/fail/messages", 400, hal, `{"errors":["one","two"]}`},
		{"/fail/conflict", 409, hal, `{"error":"differs"}`},
		{"/fail/answer", 409, "text/plain;charset=utf-8", `too similar`},
		{"/fail/unprocessable", 422, hal, `{"errors":{"currentlyDeployed":["cannot be true"]}}`},
	} {
		w := call(h, "GET", test.target, "")
		require.Equal(t, test.status, w.Code, test.target)
		require.Equal(t, test.media, w.Header().Get("Content-Type"), test.target)
		require.Equal(t, test.body, w.Body.String(), test.target)
	}
	w := call(h, "PUT", "/things/gone", `{}`, "Content-Type: application/json")
	require.Equal(t, hal, w.Header().Get("Content-Type"))
	require.Equal(t, `{"error":"No pacticipant with name 'gone' found"}`, w.Body.String())
}

func TestNew_writesFailuresAsProblemsForWhoKnowsThem(t *testing.T) {
	h := broker(edge.Options{})
	for target, want := range map[string]string{
		"/nowhere":      `{"title":"Not found","type":"http://broker.test/problem/not-found","detail":"There is nothing at this address.","status":404}`,
		"/fail/generic": `{"title":"Not found","type":"http://broker.test/problem/not-found","detail":"no such version","status":404}`,
		"/fail/fields": `{"title":"Validation errors","type":"http://broker.test/problems/validation-error","status":400,"instance":"/","errors":[
			{"type":"http://broker.test/problems/missing-body-property","title":"Invalid body parameter","detail":"is missing","pointer":"/b/c"},
			{"type":"http://broker.test/problems/invalid-body-property-value","title":"Invalid body parameter","detail":"is <odd>","pointer":"/a"},
			{"type":"http://broker.test/problems/invalid-body-property-value","title":"Invalid body parameter","detail":"must be filled (at index 2)","pointer":"/b/c/2"}]}`,
		"/fail/messages": `{"title":"Validation errors","type":"http://broker.test/problems/validation-error","status":400,"instance":"/","errors":[
			{"type":"http://broker.test/problems/invalid-body-property-value","title":"Invalid body parameter","detail":"one"},
			{"type":"http://broker.test/problems/invalid-body-property-value","title":"Invalid body parameter","detail":"two"}]}`,
		"/fail/conflict": `{"title":"Conflict","type":"http://broker.test/problem/server-error","detail":"differs","status":409}`,
	} {
		w := call(h, "GET", target, "", "Accept: application/hal+json", "Accept: application/problem+json")
		require.Equal(t, "application/problem+json;charset=utf-8", w.Header().Get("Content-Type"), target)
		require.JSONEq(t, want, w.Body.String(), target)
	}
	w := call(h, "GET", "/api/v1/fail/conflict", "", "X-Request-Id: me")
	require.JSONEq(t, `{"title":"Conflict","type":"http://broker.test/problems/conflict","detail":"differs","status":409,"instance":"/api/v1/fail/conflict",
		"code":"conflict","action":"Compare with what is stored.","retryable":false,"request_id":"me"}`, w.Body.String())
}

func TestNew_keepsItsOwnMistakesToTheLog(t *testing.T) {
	for _, kind := range []string{"other", "panic"} {
		var log bytes.Buffer
		h := broker(edge.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		w := call(h, "GET", "/fail/"+kind, "", "X-Request-Id: me")
		require.Equal(t, http.StatusInternalServerError, w.Code)
		require.NotContains(t, w.Body.String(), "secret")
		require.Regexp(t, `^\{"error":\{"message":".* reference [a-z2-7]{10}\.","reference":"[a-z2-7]{10}"\}\}$`, w.Body.String())
		require.Contains(t, log.String(), "secret")
		require.Contains(t, log.String(), "request_id=me")
		require.Contains(t, log.String(), "status=500")
	}
}

func TestNew_showsPeopleAPage(t *testing.T) {
	w := call(broker(edge.Options{}), "GET", "/nowhere", "", "Accept: text/html,*/*;q=0.8")
	require.Equal(t, http.StatusNotFound, w.Code)
	require.Equal(t, "text/html;charset=utf-8", w.Header().Get("Content-Type"))
	require.Contains(t, w.Body.String(), "<h1>Not found</h1>")
	require.Equal(t, "SAMEORIGIN", w.Header().Get("X-Frame-Options"))
	require.NotEmpty(t, w.Header().Get("Content-Security-Policy"))
}

func TestNew_asksThePagesFirstForBrowsers(t *testing.T) {
	page := func(c *gin.Context) error {
		if edge.Param(c, "name") == "gone" {
			return fault.Missing("no page")
		}
		return edge.Text(c, http.StatusOK, edge.HTMLText, "page "+edge.Param(c, "name"))
	}
	html := []string{edge.HTMLText}
	h := broker(edge.Options{Pages: []edge.Route{
		{Method: "GET", Path: "/things/:name", Handler: page, Offers: html},
		{Method: "GET", Path: "/only/:name", Handler: page, Offers: html},
	}})
	const browser = "Accept: text/html,application/xhtml+xml,*/*;q=0.8"
	require.Equal(t, "page x", call(h, "GET", "/things/x", "", browser).Body.String())
	require.Contains(t, call(h, "GET", "/things/gone", "", browser).Body.String(), `"name":"gone"`)
	require.Contains(t, call(h, "GET", "/things", "", browser).Body.String(), `"self"`)
	require.Equal(t, http.StatusNoContent, call(h, "DELETE", "/things/x", "", browser).Code)
	for _, media := range []string{"application/*", "application/xml, */*;q=0.1", "image/png, */*"} {
		require.Contains(t, call(h, "GET", "/things/x", "", "Accept: "+media).Body.String(), `"name":"x"`, "%s does not name HTML", media)
	}
	require.Equal(t, "page x", call(h, "GET", "/things/x", "", "Accept: text/html").Body.String())
	for _, accept := range []string{"*/*", "application/json", "application/hal+json, text/html", "text/html, application/problem+json"} {
		require.NotContains(t, call(h, "GET", "/things/x", "", "Accept: "+accept).Body.String(), "page", accept)
	}
	require.Contains(t, call(h, "GET", "/things/x", "").Body.String(), `"name":"x"`)
	require.Equal(t, "page x", call(h, "GET", "/only/x", "", "Accept: */*").Body.String())
	require.Equal(t, http.StatusNotFound, call(h, "GET", "/only/gone", "", browser).Code)
	require.Equal(t, http.StatusNotFound, call(h, "GET", "/nowhere", "", browser).Code)
}

// BenchmarkNew is what a request costs before and after its handler.
func BenchmarkNew(b *testing.B) {
	h := broker(edge.Options{})
	r := httptest.NewRequest(http.MethodGet, "http://broker.test/things/a%2Fb?page=1", nil)
	r.Header.Set("Accept", "application/hal+json, application/json")
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}
