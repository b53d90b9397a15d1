package app_test

import (
	"context"
	"encoding/base64"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// publishContract lets a version of Library publish that it offers a path.
func publishContract(b *testbroker.Broker, version, path string, more testbroker.Object) {
	contract := testbroker.Object{"content": base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\npaths: {" + path + ": {get: {responses: {200: {description: ok}}}}}"))}
	maps.Copy(contract, more)
	b.Post("/provider-contracts/provider/Library/publish", testbroker.Object{"pacticipantVersionNumber": version, "branch": "main", "contract": contract}).OK()
}

// library publishes a pact, and contracts of its provider with and without evidence,
// which need not be text.
func library(b *testbroker.Broker) {
	b.Pact("Reader", "1").Branch("main").Saying(testbroker.Content("Reader", "Library", "one")).With("Library")
	publishContract(b, "7", "/", testbroker.Object{"selfVerificationResults": testbroker.Object{
		"success": true, "verifier": "dredd", "verifierVersion": "14", "format": "junit", "contentType": "application/xml", "content": base64.StdEncoding.EncodeToString([]byte{0xff, 'x'}),
	}})
	publishContract(b, "8", "/", nil)
	publishContract(b, "9", "/elsewhere", testbroker.Object{"selfVerificationResults": testbroker.Object{"success": false, "format": "text"}})
	b.Environment("production")
	b.Deploy("Library", "7", "production")
}

// withoutTimes are answers without the times at which something was compared, which
// each broker does itself.
func withoutTimes(answers map[string]string) map[string]string {
	times := regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+(Z|\+00:00)`)
	for address, answer := range answers {
		answers[address] = times.ReplaceAllString(answer, "then")
	}
	return answers
}

func TestExportAndImport_bringWhatProvidersPromise(t *testing.T) {
	for name, databases := range map[string][2][]testbroker.Option{
		"from SQLite to PostgreSQL": {nil, {testbroker.OnPostgres()}},
		"from PostgreSQL to SQLite": {{testbroker.OnPostgres()}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, to := testbroker.New(t, databases[0]...), testbroker.New(t, databases[1]...)
			library(from)
			content := exported(t, from.Settings(), store.ExportQuery{})
			result := imported(t, to.Settings(), "test", content)
			require.Empty(t, result.LeftOut)
			require.Contains(t, result.Kinds, store.KindImported{Kind: archive.KindDocument, Read: 2, Added: 2, Here: 2})
			require.Contains(t, result.Kinds, store.KindImported{Kind: archive.KindContract, Read: 3, Added: 3, Here: 3})
			require.Equal(t, string(content), string(exported(t, to.Settings(), store.ExportQuery{})))

			// In the order in which the first broker compared them: the last comparison counts as
			// the latest result.
			for i, question := range []string{
				"pacticipant=Reader&version=1&environment=production",
				"q[][pacticipant]=Reader&q[][version]=1&q[][pacticipant]=Library&q[][version]=8",
				"q[][pacticipant]=Reader&q[][version]=1&q[][pacticipant]=Library&q[][version]=9",
			} {
				want, got := from.Get("/api/v1/verdicts?"+question).OK(http.StatusOK), to.Get("/api/v1/verdicts?"+question).OK(http.StatusOK)
				for _, steps := range [][]any{{"decision"}, {"pairs", 0, "code"}, {"pairs", 0, "explanation"}} {
					require.Equal(t, want.Find(steps...), got.Find(steps...), question)
				}
				require.Equal(t, []any{"yes", "yes", "no"}[i], got.Find("decision"), question)
			}
			requireSameAnswers(t, withoutTimes(crawl(t, from)), withoutTimes(crawl(t, to)))

			again := imported(t, to.Settings(), "test", content)
			for _, k := range again.Kinds {
				require.Zero(t, k.Added+k.Changed+k.LeftOut, k.Kind)
			}
		})
	}
}

// The broker that starts after an import compares what has come, though comparisons had
// begun there before, and nobody asks.
func TestImport_isComparedByTheBrokerThatStartsNext(t *testing.T) {
	for name, databaseOf := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "accord.db") },
		"postgres": func(t *testing.T) string { return testbroker.New(t, testbroker.OnPostgres()).Settings().Database.URL },
	} {
		t.Run(name, func(t *testing.T) {
			from := testbroker.New(t)
			from.Pact("Shop", "1").Branch("main").Saying(testbroker.Content("Shop", "Stock", "one")).With("Stock")
			providerContractsOf(from, "Stock", "7")
			settings := config.Default()
			settings.Database.URL, settings.SeedExampleData = databaseOf(t), false
			working := func(do func(running *app.App)) {
				running, err := app.New(t.Context(), settings, slog.New(slog.DiscardHandler))
				require.NoError(t, err)
				defer func() { require.NoError(t, running.Close()) }()
				stop, err := running.StartWork(t.Context())
				require.NoError(t, err)
				defer func() { require.NoError(t, stop()) }()
				do(running)
			}
			working(func(*app.App) {})
			imported(t, settings, "test", exported(t, from.Settings(), store.ExportQuery{}))
			working(func(running *app.App) {
				server := httptest.NewServer(running.Handler())
				defer server.Close()
				require.Eventually(t, func() bool { return summarySucceeds(t, server.URL) }, 30*time.Second, 50*time.Millisecond)
			})
		})
	}
}

func providerContractsOf(b *testbroker.Broker, provider, version string) {
	b.Post("/provider-contracts/provider/"+provider+"/publish", testbroker.Object{"pacticipantVersionNumber": version, "contract": testbroker.Object{
		"content": base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\npaths: {/: {get: {responses: {200: {description: ok}}}}}")), "selfVerificationResults": testbroker.Object{"success": true},
	}}).OK()
}

func TestExport_ofWhatProvidersPromise(t *testing.T) {
	b := testbroker.New(t)
	library(b)
	b.Pact("Other", "1").With("Another")
	since := archive.TimeOf(time.Now().Add(time.Hour))
	exported := func(query store.ExportQuery) (documents, contracts int) {
		content := string(exported(t, b.Settings(), query))
		return strings.Count(content, `"kind":"provider_document"`), strings.Count(content, `"kind":"provider_contract"`)
	}
	for _, tt := range []struct {
		query                store.ExportQuery
		documents, contracts int
	}{
		{store.ExportQuery{}, 2, 3},
		{store.ExportQuery{Applications: []string{"Library"}}, 2, 3},
		{store.ExportQuery{Applications: []string{"Reader"}}, 1, 1}, // what is deployed
		{store.ExportQuery{Applications: []string{"Other"}}, 0, 0},
		{store.ExportQuery{Since: &since}, 0, 0},
	} {
		documents, contracts := exported(tt.query)
		require.Equal(t, [2]int{tt.documents, tt.contracts}, [2]int{documents, contracts}, "%v", tt.query)
	}
}

// A later import from the same source brings what has changed since.
func TestImport_bringsOtherEvidenceLater(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, to *testbroker.Broker) {
		from := testbroker.New(t)
		library(from)
		imported(t, to.Settings(), "test", exported(t, from.Settings(), store.ExportQuery{}))
		publishContract(from, "8", "/", testbroker.Object{"selfVerificationResults": testbroker.Object{"success": true}})
		content := exported(t, from.Settings(), store.ExportQuery{})
		result := imported(t, to.Settings(), "test", content)
		require.Contains(t, result.Kinds, store.KindImported{Kind: archive.KindContract, Read: 3, Changed: 1, Here: 3})
		require.Equal(t, string(content), string(exported(t, to.Settings(), store.ExportQuery{})))
	})
}

// Two brokers in which one version promises different things.
func TestImport_asksWhichPromiseCounts(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, to *testbroker.Broker) {
		from := testbroker.New(t)
		publishContract(from, "8", "/", nil)
		publishContract(to, "8", "/elsewhere", nil)
		to.Pact("Reader", "1").Saying(testbroker.Content("Reader", "Library", "one")).With("Library")
		path := filepath.Join(t.TempDir(), "archive")
		require.NoError(t, os.WriteFile(path, exported(t, from.Settings(), store.ExportQuery{}), 0o600))
		decision := func() any {
			return to.Get("/api/v1/verdicts?q[][pacticipant]=Reader&q[][version]=1&q[][pacticipant]=Library&q[][version]=8").OK(http.StatusOK).Find("decision")
		}
		run := func(onConflict string) (app.ImportOutcome, error) {
			file, err := archive.OpenFile(path)
			require.NoError(t, err)
			return app.RunImport(context.Background(), to.Settings(), app.ImportRequest{Source: file, OnConflict: onConflict, Progress: quiet})
		}
		require.Equal(t, "no", decision())
		before := exported(t, to.Settings(), store.ExportQuery{})
		outcome, err := run(app.StopOnConflict)
		require.ErrorIs(t, err, app.ErrConflicts)
		require.Equal(t, []store.LeftOut{{Kind: archive.KindContract, Reason: archive.PromisesTwoThings, Count: 1, First: []string{"Library 8 default"}}}, outcome.Plan.Conflicts)
		require.Equal(t, string(before), string(exported(t, to.Settings(), store.ExportQuery{})), "nothing was written")

		outcome, err = run(app.KeepOnConflict)
		require.NoError(t, err)
		require.Contains(t, outcome.Imported.LeftOut, store.LeftOut{Kind: archive.KindContract, Reason: archive.PromisesOtherwise, Count: 1, First: []string{"Library 8 default"}})
		require.Equal(t, "no", decision())
		outcome, err = run(app.TakeOnConflict)
		require.NoError(t, err)
		require.Empty(t, outcome.Imported.LeftOut)
		require.Equal(t, "yes", decision())
	})
}
