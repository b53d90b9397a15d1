package edge

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// slashedRoutes are some in whose addresses a branch or a tag is named.
var slashedRoutes = slashes{
	{Method: "GET", Path: "/pacticipants/:pacticipant"}, {Method: "GET", Path: "/pacticipants/:pacticipant/branches"},
	{Method: "GET", Path: "/pacticipants/:pacticipant/branches/:branch"}, {Method: "DELETE", Path: "/pacticipants/:pacticipant/branches/:branch"}, {Method: "PUT", Path: "/pacticipants/:pacticipant/branches/:branch"},
	{Method: "GET", Path: "/pacticipants/:pacticipant/branches/:branch/versions"}, {Method: "PUT", Path: "/pacticipants/:pacticipant/branches/:branch/versions/:number"},
	{Method: "GET", Path: "/pacticipants/:pacticipant/branches/:branch/versions/:number"}, {Method: "PUT", Path: "/pacticipants/:pacticipant/versions/:number/tags/:tag"},
	{Method: "GET", Path: "/pacts/provider/:provider/consumer/:consumer/latest/:tag"}, {Method: "GET", Path: "/pacts/provider/:provider/consumer/:consumer/branch/:branch/latest"},
	{Method: "GET", Path: "/pacts/provider/:provider/latest/:tag"},
}

// segmentsDrawn are what paths are made of: words of the routes, and names, some of which
// are called as a word.
var segmentsDrawn = []string{"pacticipants", "branches", "versions", "pacts", "provider", "consumer", "latest", "branch", "tags", "feat", "x%2Fy", "1.0", ""}

// fittingNames are all ways in which a path is one of a route's, if its branch or tag may
// have slashes in it, by trying each: the path with those slashes escaped.
func fittingNames(route Route, segments []string) (found []string) {
	pattern := strings.Split(route.Path, "/")
	var walk func(p, s int, made []string)
	walk = func(p, s int, made []string) {
		if p == len(pattern) {
			if s == len(segments) {
				found = append(found, strings.Join(made, "/"))
			}
			return
		}
		most := 1
		if pattern[p] == ":branch" || pattern[p] == ":tag" {
			most = len(segments)
		}
		for n := 1; n <= most && s+n <= len(segments); n++ {
			part := segments[s : s+n]
			if n > 1 && slices.Contains(part, "") || pattern[p] != part[0] && !strings.HasPrefix(pattern[p], ":") {
				continue
			}
			walk(p+1, s+n, append(slices.Clone(made), strings.Join(part, "%2F")))
		}
	}
	walk(0, 0, nil)
	return found
}

// What a command line writes without escaping its slashes is taken in each way that a
// route has, the shortest name first, and what writes is taken only where it can mean but
// one thing; an address that a route has as it stands is never taken otherwise.
func TestSlashes_areTakenInEachWayThatARouteHas(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		joined := 0
		for range 4000 {
			segments := anyPath(random)
			path, method := strings.Join(segments, "/"), testrandom.OneOf(random, http.MethodGet, http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete)
			r := httptest.NewRequest(method, "http://broker.test/", nil)
			r.URL = withPath(r.URL, path)
			var found []string
			for _, reading := range slashedRoutes.readings(r) {
				require.Equal(t, strings.ReplaceAll(path, "%2F", "/"), strings.ReplaceAll(reading.request.URL.RawPath, "%2F", "/"), "nothing else is changed")
				found = append(found, reading.request.URL.RawPath)
			}
			var want []string
			asItStands := false
			for _, route := range slashedRoutes {
				for _, whole := range fittingNames(route, segments) {
					asItStands = asItStands || whole == path
					reads := method != http.MethodPut && method != http.MethodDelete
					if (route.Method == method || reads && route.Method == http.MethodGet) && !slices.Contains(want, whole) {
						want = append(want, whole)
					}
				}
			}
			if asItStands || len(want) > 1 && (method == http.MethodPut || method == http.MethodDelete) {
				want = nil
			}
			require.ElementsMatch(t, want, found, "%s %s", method, path)
			require.True(t, slices.IsSortedFunc(found, func(a, b string) int { return strings.Count(b, "/") - strings.Count(a, "/") }), "%v", found)
			joined += len(found)
		}
		require.Greater(t, joined, 100, "names with slashes were met")
	})
}

// anyPath is a path of some segments, often one that a route has but for its name.
func anyPath(random *rand.Rand) []string {
	var segments []string
	if random.IntN(4) == 0 {
		segments = []string{""}
		for range 1 + random.IntN(8) {
			segments = append(segments, testrandom.OneOf(random, segmentsDrawn...))
		}
		return segments
	}
	for step := range strings.SplitSeq(testrandom.OneOf(random, slashedRoutes...).Path, "/") {
		times := 1
		if step == ":branch" || step == ":tag" {
			times += random.IntN(4)
		}
		if !strings.HasPrefix(step, ":") {
			segments = append(segments, step)
			continue
		}
		for range times {
			segments = append(segments, testrandom.OneOf(random, segmentsDrawn...))
		}
	}
	return segments
}

// The ending of an address stands for a type where a route offers it there, and a name
// that has such an ending is looked for as it is before.
func TestExtensions_areThoseThatARouteOffers(t *testing.T) {
	e := extensionsOf([]Route{
		{Method: "GET", Path: "/matrix", Offers: []string{HALJSON, CSV}}, {Method: "GET", Path: "/integrations", Offers: []string{HALJSON, Graphviz}},
		{Method: "GET", Path: "/pacts/latest", Offers: []string{HALJSON}}, {Method: "GET", Path: "/openapi", Offers: []string{YAML}},
		{Method: "GET", Path: "/pacts/:name", Offers: []string{HALJSON, PlainText}}, {Method: "GET", Path: "/pacts/:name/badge", Offers: []string{SVG}},
		{Method: "PUT", Path: "/written/:name", Offers: []string{HALJSON}}, {Method: "GET", Path: "/openapi.yaml", Offers: []string{YAML}}, {Method: "GET", Path: "/plain"},
	})
	for address, want := range map[string][]string{
		"GET /matrix.csv": {"/matrix text/csv"}, "HEAD /matrix.csv": {"/matrix text/csv"}, "POST /matrix.csv": {"/matrix text/csv"}, "GET /matrix.json": {"/matrix application/hal+json"}, "GET /matrix.dot": {"/matrix.dot"}, "GET /matrix.exe": {"/matrix.exe"}, "GET /matrix": {"/matrix"},
		"GET /integrations.dot": {"/integrations text/vnd.graphviz"}, "GET /integrations.csv": {"/integrations.csv"}, "GET /plain.json": {"/plain application/hal+json"}, "GET /plain.txt": {"/plain.txt"}, "GET /nowhere.json": {"/nowhere.json"},
		"GET /pacts/web.json": {"/pacts/web.json", "/pacts/web application/hal+json"}, "GET /pacts/a.b.txt": {"/pacts/a.b.txt", "/pacts/a.b text/plain"}, "GET /pacts/web.csv": {"/pacts/web.csv"}, "PUT /pacts/web.json": {"/pacts/web.json"},
		"GET /pacts/latest.json": {"/pacts/latest application/hal+json"}, "GET /pacts/latest.txt": {"/pacts/latest.txt", "/pacts/latest text/plain"},
		"GET /pacts/web.json/badge.svg": {"/pacts/web.json/badge image/svg+xml"}, "GET /pacts/web/badge.json": {"/pacts/web/badge.json"}, "GET /openapi.yaml": {"/openapi.yaml"}, "GET /openapi.json": {"/openapi.json"}, "GET /written/a.json": {"/written/a.json"}, "GET /.json": {"/.json"},
	} {
		method, path, _ := strings.Cut(address, " ")
		r := httptest.NewRequest(method, "http://broker.test"+path, nil)
		r.URL = withPath(r.URL, path)
		var found []string
		for _, reading := range e.readings(r) {
			line := reading.request.URL.RawPath
			if accept := reading.request.Header.Get("Accept"); accept != "" {
				media, _, _ := strings.Cut(accept, ";")
				line += " " + media
			}
			require.Equal(t, path, reading.request.URL.RawPath+reading.cut, address)
			found = append(found, line)
		}
		require.Equal(t, want, found, address)
	}
}
