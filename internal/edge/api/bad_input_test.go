package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// badBodies are wrong for every route that takes a JSON object.
var badBodies = map[string]string{
	"no JSON":           `{`,
	"a text":            `"text"`,
	"a number":          `7`,
	"wrong encoding":    "{\"name\": \"\xff\"}",
	"nested too deep":   strings.Repeat(`{"a":`, 60) + "1" + strings.Repeat("}", 60),
	"a control in JSON": "{\"name\": \"a\x01\"}",
	"two values":        `{} {}`,
	"a name twice":      `{"name":"a","name":"b"}`,
	"half a character":  `{"name":"\ud800"}`,
}

func TestWrites_refuseBadBodies(t *testing.T) {
	small := testbroker.With(func(s *config.Settings) { s.Server.MaxBodySize = 20_000 })
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		writes := written(t, b)
		before := rowsOf(t, b)
		for operation, w := range writes {
			if len(w.Accepts) == 0 || w.Accepts[0] == edge.Form {
				continue
			}
			for what, body := range badBodies {
				answer := b.Do(w.Method, w.address, body, testbroker.ContentType(w.media()))
				require.Equal(t, http.StatusBadRequest, answer.Status, "%s with %s\n%s", operation, what, answer.Body)
				require.NotEmpty(t, answer.Find(whatIsWrong(w)), "%s with %s", operation, what)
			}
			huge := `{"name":"` + strings.Repeat("n", 30_000) + `"}`
			b.Do(w.Method, w.address, huge, testbroker.ContentType(w.media())).OK(http.StatusRequestEntityTooLarge)
			b.Do(w.Method, w.address, "name=Web", testbroker.ContentType("application/x-www-form-urlencoded")).OK(http.StatusUnsupportedMediaType)
			if w.BodyRequired {
				b.Do(w.Method, w.address, "", testbroker.ContentType(w.media())).OK(http.StatusBadRequest)
			}
		}
		require.Equal(t, before, rowsOf(t, b), "nothing was written")
	}, small)
}

// whatIsWrong is the member of an answer that says why a write was refused.
func whatIsWrong(w write) string {
	if strings.HasPrefix(w.Path, "/api/v1") {
		return "detail"
	}
	return "error"
}

// TestWrites_refuseOddNames asks every write, deletions too, for names of which
// none can exist and none can be made.
func TestWrites_refuseOddNames(t *testing.T) {
	odd := []string{"%20", "%00", "a%00b", "%FF", "a%0Ab", "a%1Bb", ".", "..", "%2E%2E", strings.Repeat("n", 10_000)}
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		writes := written(t, b)
		before := rowsOf(t, b)
		for operation, w := range writes {
			for _, name := range parameter.FindAllString(w.Path, -1) {
				if name == ":metadata" {
					continue // no name: what cannot be read of it is ignored
				}
				at := slices.Index(strings.Split(w.Path, "/"), name)
				for _, value := range odd {
					segments := strings.Split(w.address, "/")
					segments[at] = value
					var changes []testbroker.Change
					if len(w.Accepts) > 0 {
						changes = append(changes, testbroker.ContentType(w.media()))
					}
					var body any
					if table := writeTables[operation]; table != nil {
						body = table.good
					}
					answer := b.Do(w.Method, strings.Join(segments, "/"), body, changes...)
					// Deleting the pacts of a branch or tag that has none is no failure.
					refused := answer.Status >= 400 && answer.Status < 500
					require.True(t, refused || w.Method == http.MethodDelete && answer.Status == http.StatusOK, "%s with %s = %.20s answered %d", operation, name, value, answer.Status)
				}
			}
		}
		require.Equal(t, before, rowsOf(t, b), "nothing was written")
	})
}

// badNames cannot be kept as names, in an address or in a body.
var badNames = map[string]string{"blank": "  ", "too long": strings.Repeat("n", 10_000)}

func TestWrites_refuseBadNamesInAddresses(t *testing.T) {
	b := testbroker.New(t)
	for what, name := range badNames {
		name = strings.ReplaceAll(name, " ", "%20")
		for address, field := range map[string]string{
			"/pacticipants/" + name + "/labels/l":                "pacticipant",
			"/pacticipants/Web/labels/" + name:                   "label",
			"/pacticipants/" + name + "/versions/1":              "pacticipant",
			"/pacticipants/Web/versions/" + name:                 "number",
			"/pacticipants/Web/versions/1/tags/" + name:          "tag",
			"/pacticipants/Web/branches/" + name + "/versions/1": "branch",
			"/pacts/provider/" + name + "/consumer/C/version/1":  "provider.name",
			"/pacts/provider/P/consumer/" + name + "/version/1":  "consumer.name",
			"/pacts/provider/P/consumer/C/version/" + name:       "consumer_version_number",
		} {
			answer := b.Put(address, map[string]any{})
			require.Equal(t, http.StatusBadRequest, answer.Status, "%s %s", field, what)
			require.NotEmpty(t, answer.Find("errors", field), "%s %s", field, what)
		}
	}
	require.Empty(t, b.Get("/pacticipants").Find("pacticipants"), "nothing was written")
}

func TestAddresses_thatCanNameNothing(t *testing.T) {
	b := testbroker.New(t)
	for address, status := range map[string]int{
		"/pacticipants/a%00b":              http.StatusUnprocessableEntity,
		"/pacticipants/a%0Ab":              http.StatusUnprocessableEntity,
		"/pacticipants/%ff":                http.StatusUnprocessableEntity,
		"/pacticipants//versions":          http.StatusNotFound,
		"/pacticipants/..%2F..":            http.StatusNotFound,
		"/pacticipants/..":                 http.StatusNotFound,
		"/pacticipants?page=-1":            http.StatusBadRequest,
		"/pacticipants?size=99999999999":   http.StatusBadRequest,
		"/labels?pageSize=x":               http.StatusBadRequest,
		"/pacticipants/label/x?page=0":     http.StatusBadRequest,
		"/environments/%27%20OR%201%3D1--": http.StatusNotFound,
	} {
		require.Equal(t, status, b.Get(address).Status, address)
	}
}

func TestPacticipants_refuseBadProperties(t *testing.T) {
	b := testbroker.New(t)
	b.Post("/pacticipants", map[string]any{"name": "Crane"}).OK(http.StatusCreated)
	for what, property := range map[string]struct {
		name  string
		value any
	}{
		"a number":       {"displayName", 7},
		"two lines":      {"repositoryUrl", "a\nb"},
		"a space":        {"mainBranch", "a b"},
		"nothing":        {"mainBranch", ""},
		"a control":      {"repositoryName", "a\u0000b"},
		"far too long":   {"displayName", badNames["too long"]},
		"a list":         {"repositoryNamespace", []any{}},
		"a null as name": {"name", nil},
	} {
		refused := b.Post("/pacticipants", map[string]any{"name": "Fine", property.name: property.value}).OK(http.StatusBadRequest)
		require.NotEmpty(t, refused.Find("errors", property.name), what)
	}
	b.Post("/pacticipants", "", testbroker.ContentType("application/json")).OK(http.StatusBadRequest)
	b.Post("/pacticipants", map[string]any{}).OK(http.StatusBadRequest)
	b.Put("/pacticipants/Crane", map[string]any{"mainBranch": "a b"}).OK(http.StatusBadRequest)
	b.Patch("/pacticipants/Crane", map[string]any{"mainBranch": "a b"}).OK(http.StatusBadRequest)
	b.Get("/pacticipants/Fine").OK(http.StatusNotFound)
}

func TestVersions_refuseBadProperties(t *testing.T) {
	b := testbroker.New(t)
	for field, bodies := range map[string][]any{
		"tags":     {map[string]any{"tags": "dev"}, map[string]any{"tags": []any{1}}, map[string]any{"tags": []any{map[string]any{}}}, map[string]any{"tags": []any{map[string]any{"name": " "}}}},
		"buildUrl": {map[string]any{"buildUrl": map[string]any{}}, map[string]any{"buildUrl": "a\nb"}},
	} {
		for _, body := range bodies {
			require.NotEmpty(t, b.Put("/pacticipants/Web/versions/1", body).OK(http.StatusBadRequest).Find("errors", field), "%v", body)
			require.NotEmpty(t, b.Patch("/pacticipants/Web/versions/1", body).OK(http.StatusBadRequest).Find("errors", field), "%v", body)
		}
	}
	b.Get("/pacticipants/Web").OK(http.StatusNotFound)
}

func TestEnvironments_refuseBadProperties(t *testing.T) {
	b := testbroker.New(t)
	good := map[string]any{"name": "test", "production": false}
	for what, wrong := range map[string]struct {
		name  string
		value any
	}{
		"spaces":            {"name", "a b"},
		"two lines":         {"name", "a\nb"},
		"a number":          {"name", 1},
		"not a boolean":     {"production", "true"},
		"no list":           {"contacts", map[string]any{}},
		"a nameless person": {"contacts", []any{map[string]any{}}},
		"wrong details":     {"contacts", []any{map[string]any{"name": "Joe", "details": 1}}},
		"a wrong title":     {"displayName", 1},
	} {
		body := map[string]any{"name": good["name"], "production": good["production"], wrong.name: wrong.value}
		require.NotEmpty(t, b.Post("/environments", body).OK(http.StatusBadRequest).Find("errors", wrong.name), what)
	}
	require.Empty(t, b.Get("/environments").Find("_embedded", "environments"))
}
