package comparison_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

// routed is a document with the paths, each of which answers GET with the status
// that is its place in the list, counted from 200.
func routed(head string, paths ...string) string {
	var items []string
	for i, path := range paths {
		items = append(items, fmt.Sprintf(`%q:{"get":{"responses":{"%d":{"description":"ok"}}}}`, path, 200+i))
	}
	return fmt.Sprintf(`{%s,"paths":{%s}}`, head, strings.Join(items, ","))
}

const plain = `"openapi":"3.0.3","info":{}`

// TestPaths says which template a path means: by its place in the list, or -1 for
// none.
func TestPaths(t *testing.T) {
	tests := []struct {
		name  string
		head  string
		paths []string
		means map[string]int
	}{
		{"a literal", plain, []string{"/a/b"}, map[string]int{"/a/b": 0, "a/b": 0, "/a": -1, "/a/b/c": -1, "/A/b": -1, "/a/b/": -1, "//a/b": -1, "/a//b": -1, "": -1, "/": -1}},
		{"the root", plain, []string{"/"}, map[string]int{"/": 0, "": 0, "/a": -1}},
		{"a parameter", plain, []string{"/a/{id}"}, map[string]int{"/a/1": 0, "/a/b c": 0, "/a/%20": 0, "/a/b%2Fc": 0, "/a/": -1, "/a/b/c": -1, "/a": -1}},
		{"a literal before a parameter", plain, []string{"/a/{id}", "/a/mine"}, map[string]int{"/a/mine": 1, "/a/yours": 0, "/a/m%69ne": 1}},
		{"a mixture before a parameter", plain, []string{"/a/{id}", "/a/x-{id}"}, map[string]int{"/a/x-1": 1, "/a/y-1": 0, "/a/x-": 0}},
		{"a literal before a mixture", plain, []string{"/a/x-{id}", "/a/x-1"}, map[string]int{"/a/x-1": 1, "/a/x-2": 0}},
		{"back from a literal that leads nowhere", plain, []string{"/a/b/c", "/a/{x}/d"}, map[string]int{"/a/b/c": 0, "/a/b/d": 1, "/a/x/d": 1, "/a/b/e": -1}},
		{"the first segments count more", plain, []string{"/{a}/b", "/a/{b}"}, map[string]int{"/a/b": 1, "/x/b": 0, "/a/x": 1}},
		{"several parameters in a segment", plain, []string{"/{x}-{y}", "/at/{lat},{lon}"}, map[string]int{"/1-2": 0, "/1-2-3": 0, "/-2": -1, "/1-": -1, "/at/1,2": 1, "/at/1": -1}},
		{"a suffix", plain, []string{"/r.{kind}", "/{name}.json"}, map[string]int{"/r.pdf": 0, "/x.json": 1, "/r.": -1, "/.json": -1, "/xjson": -1}},
		{"a colon is a plain character", plain, []string{"/a/{id}:cancel", "/b/:id"}, map[string]int{"/a/1:cancel": 0, "/a/1": -1, "/b/:id": 1, "/b/1": -1}},
		{"dots are plain characters", plain, []string{"/a.b"}, map[string]int{"/a.b": 0, "/axb": -1}},
		{"names with dashes and dots", plain, []string{"/{a-b}/{c.d}"}, map[string]int{"/1/2": 0}},
		{"a star spans slashes", plain, []string{"/f/{p*}"}, map[string]int{"/f/a": 0, "/f/a/b/c": 0, "/f/": -1, "/f": -1}},
		{"a star between literals", plain, []string{"/f/{p*}/raw"}, map[string]int{"/f/a/raw": 0, "/f/a/b/raw": 0, "/f/raw": -1, "/f/a/b": -1}},
		{"a question mark is none of a path", plain, []string{"/a"}, map[string]int{"/a?b=1": -1, "/a%3Fb": -1}},
		{"a percent sign must encode something", plain, []string{"/{a}"}, map[string]int{"/%41": 0, "/100%": -1, "/%4": -1, "/%zz": -1}},
		{"characters beyond ASCII", plain, []string{"/straße/{ort}"}, map[string]int{"/straße/köln": 0, "/stra%C3%9Fe/k": 0}},
		{"percent signs in the document", plain, []string{"/a%20b/{id}", "/caf%C3%A9", "/x%2Fy", "/r%7Bn%7D"}, map[string]int{"/a%20b/1": 0, "/a b/1": 0, "/café": 1, "/caf%c3%a9": 1, "/caf%C3%A9": 1, "/x%2Fy": 2, "/x/y": -1, "/r{n}": 3, "/r%7Bn%7D": 3, "/rx": -1}},
		{"percent signs that encode nothing", plain, []string{"/100%"}, map[string]int{"/100%25": 0, "/100%": -1}},
		{"percent signs in a base path", `"swagger":"2.0","info":{},"basePath":"/my%20shop"`, []string{"/a"}, map[string]int{"/my shop/a": 0, "/my%20shop/a": 0}},
		{"percent signs in a mixture", plain, []string{"/a%20{id}%21"}, map[string]int{"/a 7!": 0, "/a%207%21": 0, "/a 7": -1}},
		{"a plus is a plus", plain, []string{"/a+b"}, map[string]int{"/a+b": 0, "/a b": -1, "/a%2Bb": 0}},

		{"servers do not count", plain + `,"servers":[{"url":"https://a.test/v1"}]`, []string{"/a"}, map[string]int{"/a": 0, "/v1/a": -1}},
		{"a base path from info", `"openapi":"3.0.3","info":{"x-opc-config-base-path":"/v1"}`, []string{"/a"}, map[string]int{"/v1/a": 0, "/a": -1}},
		{"a base path with a slash at its end", `"openapi":"3.0.3","info":{"x-opc-config-base-path":"/v1/"}`, []string{"/a"}, map[string]int{"/v1/a": 0, "/v1//a": -1}},
		{"a base path without a slash", `"openapi":"3.0.3","info":{"x-opc-config-base-path":"v1"}`, []string{"/a"}, map[string]int{"/v1/a": 0}},
		{"the base path of Swagger", `"swagger":"2.0","info":{},"host":"a.test","basePath":"/v1"`, []string{"/a"}, map[string]int{"/v1/a": 0, "/a": -1}},
		{"the base path of Swagger that is a slash", `"swagger":"2.0","info":{},"basePath":"/"`, []string{"/a"}, map[string]int{"/a": 0, "//a": -1}},
		{"info counts before Swagger's own", `"swagger":"2.0","info":{"x-opc-config-base-path":"/v2"},"basePath":"/v1"`, []string{"/a"}, map[string]int{"/v2/a": 0, "/v1/a": -1}},
		{"basePath is none of OpenAPI 3", plain + `,"basePath":"/v1"`, []string{"/a"}, map[string]int{"/a": 0, "/v1/a": -1}},

		{"whatever the letters", `"openapi":"3.0.3","info":{"x-opc-config-case-insensitive":true}`, []string{"/Ab/{x}", "/Ab/{x}.JSON"}, map[string]int{"/aB/1": 0, "/ab/1.json": 1}},
		{"a slash at the end", `"openapi":"3.0.3","info":{"x-opc-config-ignore-trailing-slash":true}`, []string{"/a", "/b/"}, map[string]int{"/a/": 0, "/a": 0, "/b": 1, "/b/": 1, "/a//": -1}},
		{"doubled slashes", `"openapi":"3.0.3","info":{"x-opc-config-ignore-duplicate-slashes":true}`, []string{"/a/b"}, map[string]int{"/a//b": 0, "//a///b": 0, "/a/b/": -1}},
		{"percent signs as they stand", `"openapi":"3.0.3","info":{"x-opc-config-no-percent-encoding":true}`, []string{"/a/{p}", "/a%20b"}, map[string]int{"/a/100%": 0, "/a%20b": 1, "/a/%zz": 0}},
		{"a setting as text", `"openapi":"3.0.3","info":{"x-opc-config-ignore-trailing-slash":"true"}`, []string{"/a"}, map[string]int{"/a/": 0}},
		{"a setting that is off", `"openapi":"3.0.3","info":{"x-opc-config-ignore-trailing-slash":false}`, []string{"/a"}, map[string]int{"/a/": -1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := comparison.ReadDocument([]byte(routed(tt.head, tt.paths...)))
			require.NoError(t, err)
			for path, place := range tt.means {
				want := []string{}
				if place < 0 {
					want = []string{"error request.path-or-method.unknown"}
				}
				pact := fmt.Sprintf(`{"interactions":[{"description":"d","request":{"method":"GET","path":%q},"response":{"status":%d}}]}`, path, 200+max(place, 0))
				require.Equal(t, want, kindsAndCodes(findingsFor(t, d, pact)), "%q means %d", path, place)
			}
		})
	}
}

func TestMethods(t *testing.T) {
	checkInteractions(t, `{"openapi":"3.0.3","info":{},"paths":{
		"/all":{"get":{"responses":{"200":{}}},"post":{"responses":{"200":{}}},"put":{"responses":{"200":{}}},"patch":{"responses":{"200":{}}},"delete":{"responses":{"200":{}}},"head":{"responses":{"200":{}}},"options":{"responses":{"200":{}}},"trace":{"responses":{"200":{}}},"link":{"responses":{"200":{}}}},
		"/get":{"get":{"responses":{"200":{}}},"summary":"not a method","parameters":[]},
		"/mine":{"get":{"responses":{"200":{}}}},"/{any}":{"post":{"responses":{"200":{}}}}}}`, []interactionCase{
		{"GET", `"method":"GET","path":"/all"`, `"status":200`, ""},
		{"POST", `"method":"POST","path":"/all"`, `"status":200`, ""},
		{"PUT", `"method":"PUT","path":"/all"`, `"status":200`, ""},
		{"PATCH", `"method":"PATCH","path":"/all"`, `"status":200`, ""},
		{"DELETE", `"method":"DELETE","path":"/all"`, `"status":200`, ""},
		{"HEAD", `"method":"HEAD","path":"/all"`, `"status":200`, ""},
		{"OPTIONS", `"method":"OPTIONS","path":"/all"`, `"status":200`, ""},
		{"TRACE", `"method":"TRACE","path":"/all"`, `"status":200`, ""},
		{"whatever its letters", `"method":"get","path":"/all"`, `"status":200`, ""},
		{"GET where none is given", `"path":"/get"`, `"status":200`, ""},
		{"one that documents do not have", `"method":"LINK","path":"/all"`, `"status":200`, "error request.path-or-method.unknown"},
		{"what is no method", `"method":"PARAMETERS","path":"/get"`, `"status":200`, "error request.path-or-method.unknown"},
		{"HEAD does not follow from GET", `"method":"HEAD","path":"/get"`, `"status":200`, "error request.path-or-method.unknown"},
		{"a literal without the method leaves it to a parameter", `"method":"POST","path":"/mine"`, `"status":200`, ""},
		{"an error answer minds the path", `"method":"GET","path":"/nowhere"`, `"status":404`, "error request.path-or-method.unknown"},
	})
}

func TestPaths_ofParametersInTwoPlaces(t *testing.T) {
	checkInteractions(t, `{"openapi":"3.0.3","info":{},"components":{"parameters":{"Id":{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}}},"paths":{
		"/a/{id}":{"parameters":[{"$ref":"#/components/parameters/Id"}],"get":{"responses":{"200":{}}},"put":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}},{"name":"other","in":"path","schema":{"type":"integer"}}],"responses":{"200":{}}}}}}`, []interactionCase{
		{"those of the path count", `"method":"GET","path":"/a/x"`, `"status":200`, "error request.path-or-method.unknown"},
		{"those of the path fit", `"method":"GET","path":"/a/1"`, `"status":200`, ""},
		{"those of the operation count before", `"method":"PUT","path":"/a/x"`, `"status":200`, ""},
	})
}

func TestPaths_ofTwinsRefuseTheComparison(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(routed(plain, "/a/{x}", "/a/{y}", "/b/{x}")))
	require.NoError(t, err)
	require.Empty(t, findingsFor(t, d, `{"interactions":[{"request":{"path":"/b/1"},"response":{"status":202}}]}`), "twins that nobody calls do no harm")
	p, err := comparison.ReadPact([]byte(`{"interactions":[{"request":{"path":"/a/1"},"response":{"status":200}}]}`))
	require.NoError(t, err)
	_, err = comparison.Compare(d, p)
	require.ErrorContains(t, err, "/a/{x} and /a/{y} fit the same requests")
}

func TestFindings_ofUnknownPathsSayWhatThereIs(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(`{"openapi":"3.0.3","info":{},"paths":{"/orders":{"get":{"responses":{"200":{}}},"post":{"responses":{"200":{}}}},"/orders/{id}":{"get":{"responses":{"200":{}}}}}}`))
	require.NoError(t, err)
	for request, message := range map[string]string{
		`"method":"DELETE","path":"/orders"`:  "The document has no DELETE /orders; this path has GET, POST.",
		`"method":"GET","path":"/order"`:      "The document has no GET /order. Did you mean /orders?",
		`"method":"GET","path":"/customers"`:  "The document has no GET /customers.",
		`"method":"GET","path":"/orders?a=1"`: "The document has no GET /orders?a=1. A query belongs into `query`, not into the path.",
	} {
		found := findingsFor(t, d, `{"interactions":[{"description":"d","request":{`+request+`},"response":{"status":200}}]}`)
		require.Len(t, found, 1)
		require.Equal(t, message, found[0].Message)
		require.Equal(t, "[root].interactions[0].request.path", found[0].PactPath)
		require.Equal(t, "[root].paths", found[0].SpecPath)
		require.True(t, found[0].NoOperation())
	}
}

// The time that a path takes must not grow without end with the parameters of a
// template, which come from outside like the paths.
func TestPaths_ofManyParametersTakeNoTime(t *testing.T) {
	parameters := func(between string, n int) string {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, "{p%d}%s", i, between)
		}
		return text.String()
	}
	for name, tt := range map[string]struct{ template, path string }{
		"side by side":     {"/" + parameters("", 20) + "x", "/" + strings.Repeat("y", 1500)},
		"between dashes":   {"/" + parameters("-", 20) + "x", "/" + strings.Repeat("-", 1500)},
		"spanning slashes": {"/{p*}/" + parameters("/", 12) + "x", "/" + strings.Repeat("y/", 700)},
		"two spanning":     {"/{p*}/a/{q*}/b/{r*}/c/{s*}/d/{t*}/e/{u*}/f", "/" + strings.Repeat("a/b/c/d/e/", 150)},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := comparison.ReadDocument([]byte(routed(`"openapi":"3.0.3","info":{"x-opc-config-case-insensitive":true}`, tt.template)))
			require.NoError(t, err)
			pact := fmt.Sprintf(`{"interactions":[{"request":{"path":%q},"response":{"status":200}}]}`, tt.path)
			require.Equal(t, []string{"error request.path-or-method.unknown"}, kindsAndCodes(findingsFor(t, d, pact)))
		})
	}
}
