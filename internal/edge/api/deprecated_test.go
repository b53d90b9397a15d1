package api_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	broker "github.com/accord-broker/accord"
	"github.com/accord-broker/accord/internal/edge/api"
	v1 "github.com/accord-broker/accord/internal/edge/v1"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

var update = flag.Bool("update", false, "write docs/deprecations.md anew")

const deprecationsPage = "../../../docs/deprecations.md"

const deprecationsIntroduction = `# Deprecations

<!-- Made from the tables of routes by "go test ./internal/edge/api -update"; do not edit. -->

An endpoint that is deprecated still works, and says so in every answer: ` + "`Deprecation`" + ` (RFC 9745) has the date since when,
` + "`Link`" + ` leads to the successor (` + "`rel=\"successor-version\"`" + `) and to this page (` + "`rel=\"deprecation\"`" + `). If it is to end, ` + "`Sunset`" + `
(RFC 8594) has the date. Who still uses it is counted: ` + "`accord_deprecated_requests_total`" + ` in ` + "`/metrics`" + `.

* An endpoint of ` + "`/api/v1`" + ` ends twelve months after it was deprecated; six at the least, if security asks for it.
* From its sunset on it is answered with 410 and the code ` + "`endpoint_removed`" + `, and still leads to the successor.
* Endpoints of the compatible API never end: clients of the Pact Broker do not change.

| endpoint | deprecated since | ends | use instead |
|---|---|---|---|
`

func renderDeprecations() string {
	var rows strings.Builder
	for _, route := range slices.Concat((&api.API{}).Routes(), (&v1.API{}).Routes()) {
		d := route.Deprecated
		if d == nil {
			continue
		}
		ends := "never"
		if !d.Sunset.IsZero() {
			ends = d.Sunset.Format(time.DateOnly)
		}
		fmt.Fprintf(&rows, "| `%s %s` | %s | %s | `%s` |\n", route.Method, documented(route.Path), d.Since.Format(time.DateOnly), ends, documented(d.Successor))
	}
	return deprecationsIntroduction + rows.String()
}

// documented is a path as openapi.yaml writes it.
func documented(path string) string {
	return regexp.MustCompile(`:(\w+)`).ReplaceAllString(path, "{$1}")
}

func TestDeprecations_areWrittenDown(t *testing.T) {
	if *update {
		require.NoError(t, os.WriteFile(deprecationsPage, []byte(renderDeprecations()), 0o644))
	}
	written, err := os.ReadFile(deprecationsPage)
	require.NoError(t, err)
	require.Equal(t, renderDeprecations(), string(written), "docs/deprecations.md is behind: go test ./internal/edge/api -update")
}

// What the table says and what openapi.yaml says is the same.
func TestDeprecations_areThoseOfTheContract(t *testing.T) {
	var contract struct {
		Paths map[string]map[string]any
	}
	require.NoError(t, yaml.Unmarshal(broker.OpenAPI, &contract))
	said := map[string]bool{}
	for path, methods := range contract.Paths {
		for method, value := range methods {
			if operation, is := value.(map[string]any); is && operation["deprecated"] == true {
				said[strings.ToUpper(method)+" "+path] = true
			}
		}
	}
	marked := map[string]bool{}
	for _, route := range slices.Concat((&api.API{}).Routes(), (&v1.API{}).Routes()) {
		if route.Deprecated != nil {
			marked[route.Method+" "+documented(route.Path)] = true
			require.NotEmpty(t, route.Deprecated.Successor, route.Path)
			require.True(t, route.Deprecated.Sunset.IsZero() || strings.HasPrefix(route.Path, "/api/"), "%s may not end", route.Path)
			require.False(t, !route.Deprecated.Sunset.IsZero() && route.Deprecated.Sunset.Sub(route.Deprecated.Since) < 180*24*time.Hour, "%s ends too soon", route.Path)
		}
	}
	require.Equal(t, said, marked)
}

func TestDeprecatedRoutes_sayWhatToUse(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Foo/Bar", "1+a").With("Stock")
	answer := b.Get("/pact/provider/Stock/consumer/Foo%2FBar/version/1%2Ba").OK(http.StatusOK)
	require.Equal(t, "@1795910400", answer.Header.Get("Deprecation"))
	require.Empty(t, answer.Header.Get("Sunset"))
	links := strings.Join(answer.Header.Values("Link"), ", ")
	require.Contains(t, links, `<http://broker.test/pacts/provider/Stock/consumer/Foo%2FBar/version/1%2Ba>; rel="successor-version"`)
	require.Contains(t, links, `<http://broker.test/deprecations>; rel="deprecation"`)
	b.Get("/pacts/provider/Stock/consumer/Foo%2FBar/version/1%2Ba").OK(http.StatusOK)
	page := b.Get("/deprecations", testbroker.Accept("text/html")).OK(http.StatusOK)
	require.Contains(t, string(page.Body), "/pact/provider/{provider}/consumer/{consumer}/version/{number}")
	require.Empty(t, b.Get("/pacts/provider/Stock/consumer/Foo%2FBar/latest").OK(http.StatusOK).Header.Get("Deprecation"))
}
