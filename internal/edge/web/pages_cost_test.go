package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/benchmark"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// statementsAtMost is how many statements a page may take.
const statementsAtMost = 80

// pagesOf are the pages about Hub, whose newest version is given.
func pagesOf(version string) map[string]string {
	return map[string]string{
		"home":                "/",
		"home, filtered":      "/?status=fails&environment=prod&sort=provider",
		"first steps":         "/publish",
		"application":         "/pacticipants/Hub",
		"application, branch": "/pacticipants/Hub?branch=main",
		"environments":        "/environments",
		"environment":         "/environments/seed-prod",
		"contract":            "/pacts/provider/Hub/consumer/App3/version/" + version,
		"contract, compared":  "/pacts/provider/Hub/consumer/App3/version/" + version + "?from=" + version + "&q=a",
		"contract, versions":  "/pacts/provider/Hub/consumer/App3/versions",
		"latest contract":     "/pacts/provider/Hub/consumer/App3/latest",
		"question":            "/can-i-deploy",
		"verdict":             "/can-i-deploy?pacticipant=Hub&environment=prod&version=" + version,
		"verdict of a branch": "/pacticipants/Hub/branches/main/latest-version/can-i-deploy/to-environment/prod",
		"verdict of a tag":    "/pacticipants/Hub/latest-version/main/can-i-deploy/to/main",
		"matrix":              "/matrix?q[][pacticipant]=Hub&q[][version]=" + version + "&latestby=cvpv",
		"matrix of a pair":    "/matrix/provider/Hub/consumer/App3",
		"neighbours":          "/network?around=Hub",
		"network":             "/network",
		"network, as a file":  "/network/download?as=csv",
		"activity":            "/activity",
		"search":              "/search?q=App",
		"version":             "/pacticipants/Hub/versions/" + version,
		"version, deleting":   "/pacticipants/Hub/versions/" + version + "/delete",
		"application, form":   "/pacticipants/Hub/edit",
		"renaming":            "/pacticipants/Hub/rename",
		"merging":             "/pacticipants/App3/merge?into=Hub",
		"deleting":            "/pacticipants/Hub/delete",
		"closing a branch":    "/pacticipants/Hub/branches/main/close",
		"network, picture":    "/network?view=picture",
		"network, paths":      "/network?from=App3&to=Hub",
		"webhooks":            "/webhooks",
		"webhook":             "/webhooks/webhook-of-the-hub-1",
		"webhook, form":       "/webhooks/webhook-of-the-hub-1/edit",
		"webhook, new":        "/webhooks/new",
		"webhook, again":      "/webhooks/webhook-of-the-hub-1/replay",
		"secrets":             "/secrets",
		"tokens":              "/tokens",
		"tokens, filtered":    "/tokens?name=build+1&status=look&role=viewer",
		"people":              "/people",
		"people, filtered":    "/people?name=jo&status=never",
		"health":              "/health",
		"jobs":                "/jobs",
		"settings":            "/settings",
		"resource":            "/pacticipants/Hub/versions/" + version + "?as=resource",
		"list of versions":    "/pacticipants/Hub/versions",
	}
}

// seeded is a broker with so many integrations of Hub, and the newest version.
func seeded(t testing.TB, integrations, versions int, options ...testbroker.Option) (*testbroker.Broker, string) {
	t.Helper()
	b := testbroker.New(t, options...)
	version, err := benchmark.Seed(context.Background(), b.Settings().Database.URL, benchmark.History{Integrations: integrations, Versions: versions, Until: time.Now()})
	require.NoError(t, err)
	for i := range max(1, integrations/4) {
		b.Put(fmt.Sprintf("/api/v1/webhooks/webhook-of-the-hub-%d", i+1), testbroker.Object{"events": []string{"contract_published"}, "provider": testbroker.Object{"name": "Hub"},
			"request": testbroker.Object{"method": "POST", "url": "https://ci.example.org/build"}}).OK()
		b.Post("/api/v1/users", testbroker.Object{"name": fmt.Sprintf("jo%d", i), "password": password}).OK(http.StatusCreated)
	}
	for i := range min(integrations, 60) {
		b.Post("/api/v1/tokens", testbroker.Object{"name": fmt.Sprintf("build %d", i), "role": "viewer"}).OK(http.StatusCreated)
	}
	return b, version
}

// opened is what a browser gets that asks a broker for a page.
func opened(b *testbroker.Broker, address string) *httptest.ResponseRecorder {
	r, w := httptest.NewRequest(http.MethodGet, address, nil), httptest.NewRecorder()
	browser(r)
	b.Handler().ServeHTTP(w, r)
	return w
}

// kinds counts the statements of each page.
func kinds(t *testing.T, integrations, versions int) map[string][]string {
	var mu sync.Mutex
	var said []string
	b, version := seeded(t, integrations, versions, testbroker.Traced(func(statement string) {
		mu.Lock()
		defer mu.Unlock()
		said = append(said, statement)
	}))
	took := map[string][]string{}
	for name, address := range pagesOf(version) {
		said = nil
		w := opened(b, address)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d: %s", name, w.Code, address)
		}
		took[name] = said
	}
	return took
}

func TestPages_takeAsManyStatementsWithManyIntegrationsAsWithFew(t *testing.T) {
	few, many := kinds(t, 4, 200), kinds(t, 60, 2_500)
	for name, statements := range many {
		t.Logf("%s: %d", name, len(statements))
		assert.LessOrEqual(t, len(statements), len(few[name]), "%s:\n%s\n\nwith few:\n%s", name, strings.Join(statements, "\n"), strings.Join(few[name], "\n"))
		assert.LessOrEqual(t, len(statements), statementsAtMost, name)
	}
}

// What could be deployed first is asked only where something is in the way.
func TestVerdictPage_doesNotReadHowEverythingStandsWhenTheAnswerIsYes(t *testing.T) {
	var said []string
	b := testbroker.New(t, testbroker.Traced(func(statement string) { said = append(said, statement) }))
	b.Environment("prod")
	b.Pact("Web", "1").With("Stock").VerifiedBy("7")
	b.Pact("App", "1").Saying(testbroker.Content("App", "Stock", "another request")).With("Stock").FailedBy("7")
	b.Deploy("Stock", "7", "prod")
	statements := func(consumer, answer string) int {
		said = nil
		require.Contains(t, string(b.Visit("/can-i-deploy?version=1&environment=prod&pacticipant="+consumer).OK().Body), answer)
		return len(said)
	}
	require.Less(t, statements("Web", "It works with everything")+8, statements("App", "fails"))
}

// BenchmarkPages opens each page of a broker with a thousand integrations.
func BenchmarkPages(b *testing.B) {
	for database, options := range map[string][]testbroker.Option{"sqlite": nil, "postgres": {testbroker.OnPostgres()}} {
		broker, version := seeded(b, 1_000, 20_000, options...)
		for name, address := range pagesOf(version) {
			b.Run(fmt.Sprintf("%s/%s", database, strings.ReplaceAll(name, " ", "_")), func(b *testing.B) {
				var took []time.Duration
				for b.Loop() {
					start := time.Now()
					w := opened(broker, address)
					took = append(took, time.Since(start))
					require.Equal(b, http.StatusOK, w.Code)
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			})
		}
	}
}

// What a page shows of a hub's many pairs has an end; the others are a link away.
func TestPages_showPartOfManyPairs(t *testing.T) {
	b, version := seeded(t, 60, 2_500)
	application := opened(b, "/pacticipants/Hub").Body.String()
	require.Contains(t, application, `/network?around=Hub">All 30, the worst first`)
	require.Equal(t, 50, strings.Count(application, `<tr><th scope="row"><span class="pair`))
	verdict := "/can-i-deploy?pacticipant=Hub&environment=prod&version=" + version
	require.Contains(t, opened(b, verdict).Body.String(), "1 to 50 of 60")
	require.Contains(t, opened(b, verdict+"&page=2").Body.String(), "51 to 60 of 60")
	require.Contains(t, opened(b, "/pacticipants/Hub/versions").Body.String(), "&#34;totalElements&#34;")
}
