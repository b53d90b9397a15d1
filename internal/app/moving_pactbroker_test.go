package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/pactbrokerdb"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// pactBroker makes a database of a Pact Broker, in which further statements were run,
// and returns its address.
func pactBroker(t *testing.T, d pactbrokerdb.Dialect, more ...string) string {
	t.Helper()
	driver, address := "sqlite3", "sqlite://"+filepath.Join(t.TempDir(), "pact_broker.db")
	name := address[len("sqlite://"):]
	if d == pactbrokerdb.Postgres {
		driver, address = "pgx", testpostgres.Database(t)
		name = address
	}
	database, err := sql.Open(driver, name)
	require.NoError(t, err)
	for _, statement := range slices.Concat(pactbrokerdb.Schema(d), pactbrokerdb.Example(d), more) {
		_, err := database.Exec(statement)
		require.NoError(t, err, statement)
	}
	require.NoError(t, database.Close())
	return address
}

// quiet is told how far an import is.
func quiet(string, archive.Kind, int64) {}

func importedFrom(t *testing.T, b *testbroker.Broker, address string, change ...func(*app.ImportRequest)) app.ImportOutcome {
	t.Helper()
	source, err := app.OpenPactBroker(context.Background(), address, "")
	require.NoError(t, err)
	request := app.ImportRequest{Source: source, OnConflict: app.StopOnConflict, Progress: quiet}
	for _, apply := range change {
		apply(&request)
	}
	foretold := foretold(t, b.Settings(), request)
	outcome, err := app.RunImport(context.Background(), b.Settings(), request)
	require.NoError(t, err)
	require.NoError(t, source.Close())
	requireForetold(t, foretold, outcome)
	return outcome
}

// foretold is the plan of an import, in a dry run.
func foretold(t *testing.T, settings config.Settings, request app.ImportRequest) store.Plan {
	t.Helper()
	if request.OnConflict == app.StopOnConflict {
		request.OnConflict = app.KeepOnConflict // so that conflicts do not end it
	}
	request.DryRun = true
	planned, err := app.RunImport(context.Background(), settings, request)
	require.NoError(t, err)
	return planned.Plan
}

// requireForetold holds what came of an import against its plan: how much would come,
// unless some of it was left out, and how much would change.
func requireForetold(t *testing.T, plan store.Plan, outcome app.ImportOutcome) {
	t.Helper()
	for _, k := range outcome.Imported.Kinds {
		if k.Kind == archive.KindSetting || k.Kind == archive.KindCertificate {
			continue
		}
		planned := store.KindPlanned{Kind: k.Kind}
		if i := slices.IndexFunc(plan.Kinds, func(p store.KindPlanned) bool { return p.Kind == k.Kind }); i >= 0 {
			planned = plan.Kinds[i]
		}
		require.Equal(t, k.Changed, planned.Changed, "%s that would change", k.Kind)
		if k.LeftOut == planned.LeftOut {
			require.Equal(t, k.Added, planned.Read-planned.Known-planned.LeftOut, "%s that would come", k.Kind)
		}
	}
}

func withKey(s *config.Settings) { s.Secrets.Key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=" }

func TestImport_ofAPactBrokersDatabase(t *testing.T) {
	for _, d := range []pactbrokerdb.Dialect{pactbrokerdb.SQLite, pactbrokerdb.Postgres} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			address := pactBroker(t, d)
			testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
				outcome := importedFrom(t, b, address)
				requireExample(t, b, outcome)
				before := exported(t, b.Settings(), store.ExportQuery{})
				again := importedFrom(t, b, address)
				for _, k := range again.Imported.Kinds {
					require.Zero(t, k.Added+k.Changed, k.Kind)
				}
				require.Equal(t, string(before), string(exported(t, b.Settings(), store.ExportQuery{})))
			}, testbroker.With(withKey))
		})
	}
}

// A head that is not on its branch is none, so that nothing changes back and forth.
func TestImport_ofTheSameOnceMoreChangesNothing(t *testing.T) {
	t.Parallel()
	examples := map[string][]string{
		"example":                          nil,
		"a head that is not on the branch": {"INSERT INTO branch_heads (branch_id, version_id) VALUES (4, 15)"},
	}
	for name, more := range examples {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := pactBroker(t, pactbrokerdb.SQLite, more...)
			testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
				importedFrom(t, b, address)
				before := exported(t, b.Settings(), store.ExportQuery{})
				for _, k := range importedFrom(t, b, address).Imported.Kinds {
					require.Zero(t, k.Added+k.Changed, k.Kind)
				}
				require.Equal(t, string(before), string(exported(t, b.Settings(), store.ExportQuery{})))
			}, testbroker.With(withKey))
		})
	}
}

// Webhooks that would not do what they did come, are told of, and are enabled by nobody
// but who looks at them.
func TestImport_leavesWebhooksDisabledThatAreNotWhole(t *testing.T) {
	t.Parallel()
	address := pactBroker(t, pactbrokerdb.SQLite, `INSERT INTO webhooks (id, uuid, method, url, headers, enabled, created_at, updated_at) VALUES
		(81, 'headers', 'POST', 'https://ci.example/', 'Authorization: hush', TRUE, '2023-03-01 10:00:01.5', '2023-03-01 10:00:01.5'),
		(82, 'nowhere', 'POST', NULL, NULL, TRUE, '2023-03-01 10:00:01.5', '2023-03-01 10:00:01.5'),
		(83, 'method', 'SEND', 'https://ci.example/', NULL, TRUE, '2023-03-01 10:00:01.5', '2023-03-01 10:00:01.5')`)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for range 2 {
			outcome := importedFrom(t, b, address)
			require.Equal(t, int64(1), outcome.Imported.WebhooksToEnable, "that of the example")
			told := map[archive.Reason][]string{}
			for _, a := range outcome.Imported.Altered {
				told[a.Reason] = a.First
			}
			require.Equal(t, map[archive.Reason][]string{archive.OddHeaders: {"headers"}, archive.OddURL: {"nowhere"}, archive.OddMethod: {"method"}}, told)
		}
		enabled, _, err := app.EnableImportedWebhooks(context.Background(), b.Settings())
		require.NoError(t, err)
		require.Equal(t, int64(1), enabled)
		for _, uuid := range []string{"headers", "nowhere", "method"} {
			answer := b.Get("/webhooks/" + uuid)
			require.Equal(t, 200, answer.Status)
			require.Contains(t, string(answer.Body), `"enabled":false`)
		}
	}, testbroker.With(withKey))
}

// requireExample looks at what has come of the example.
func requireExample(t *testing.T, b *testbroker.Broker, outcome app.ImportOutcome) {
	t.Helper()
	var reasons []string
	for _, l := range outcome.Imported.LeftOut {
		reasons = append(reasons, string(l.Kind)+": "+string(l.Reason))
	}
	require.Equal(t, []string{
		"application: no-name", "membership: branch-of-another-application", "content: no-text",
		"result: no-provider-version", "deployment: no-deployment", "delivery: delivery-stays",
		"attempt: attempt-stays", "attempt: no-delivery",
	}, reasons)
	require.Equal(t, []archive.Setting{{Name: "allow_dangerous_contract_modification", Value: "true"}}, outcome.Imported.Settings)
	require.Len(t, outcome.Imported.Certificates, 1)

	get := func(path string) map[string]any {
		t.Helper()
		var value map[string]any
		answer := b.Get(path)
		require.Equal(t, 200, answer.Status, path)
		require.NoError(t, json.Unmarshal(answer.Body, &value), path)
		return value
	}
	stock := get("/pacticipants/Stock")
	require.Equal(t, "Stock", stock["displayName"])
	require.Equal(t, "c", get("/pacticipants/Stock/latest-version")["number"], "versions without an order come first")
	require.Equal(t, "b", get("/pacticipants/Stock/branches/main/latest-version")["number"], "the head is a fact")
	pact := get("/pacts/provider/Stock/consumer/Shop/version/2")
	require.Equal(t, "two", pact["interactions"].([]any)[0].(map[string]any)["description"])
	require.Equal(t, "2023-03-01T10:00:04+00:00", pact["createdAt"])
	result := get("/pacts/provider/Stock/consumer/Shop/pact-version/2222222222222222222222222222222222222222/verification-results/1")
	require.Equal(t, false, result["success"])
	require.Equal(t, map[string]any{"tests": []any{map[string]any{"a": 1.0}}}, result["testResults"])
	require.Equal(t, "pact-rust", result["verifiedBy"].(map[string]any)["implementation"])
	require.Equal(t, true, get("/pacts/provider/Stock/consumer/Shop/pact-version/1111111111111111111111111111111111111111/verification-results/1")["success"], "numbers count within a content")
	require.Equal(t, "b", get("/pacts/provider/Stock/consumer/Shop/pact-version/2222222222222222222222222222222222222222/verification-results/7")["providerApplicationVersion"], "found by its name")
	deployed := get("/environments/16926ef3-590f-4e3f-838e-719717aa88c9/deployed-versions/currently-deployed")["_embedded"].(map[string]any)["deployedVersions"].([]any)
	require.Len(t, deployed, 1)
	require.Equal(t, "d52d52d5-0000-4000-8000-000000000052", deployed[0].(map[string]any)["uuid"], "what the pointer says")
	require.Equal(t, true, get("/can-i-deploy?pacticipant=Shop&version=2&environment=test")["summary"].(map[string]any)["deployable"])
	hook := get("/webhooks/WMXDWEDSDEvZGlKJi5rnew")
	require.Equal(t, false, hook["enabled"])
	require.Equal(t, "**********", hook["request"].(map[string]any)["password"])
	require.Equal(t, int64(1), outcome.Imported.WebhooksToEnable)
	logs := b.Get("/triggered-webhooks/t3-3/logs")
	require.Equal(t, 200, logs.Status)
	require.Contains(t, string(logs.Body), "nobody answers")
	status := get("/pacts/provider/Stock/consumer/Shop/webhooks/status")
	require.Equal(t, map[string]any{"successful": 0.0, "failed": 1.0}, map[string]any{"successful": status["summary"].(map[string]any)["successful"], "failed": status["summary"].(map[string]any)["failed"]}, "what was to be tried again is given up")
}

// Who fetches a contract that is broken must see that, as with the Pact Broker: one
// that was mended would ask for less than the consumer does.
func TestImport_bringsContentsThatAreNoWholeJSONAsTheyAre(t *testing.T) {
	const sha = "2222222222222222222222222222222222222222"
	for _, broken := range []string{`{broken json`, `{"interactions":[{"description":"one"},{"descr`} {
		t.Run(broken, func(t *testing.T) {
			t.Parallel()
			served := func(b *testbroker.Broker) {
				t.Helper()
				for address, answer := range crawl(t, b) {
					require.False(t, strings.HasPrefix(answer, "500"), "%s: %s", address, answer)
				}
				for _, address := range []string{"/version/2", "/pact-version/" + sha} {
					recorder := httptest.NewRecorder()
					b.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, string(testbroker.Base)+"/pacts/provider/Stock/consumer/Shop"+address, nil))
					require.Equal(t, "200 "+broken, fmt.Sprint(recorder.Code, " ", recorder.Body))
				}
			}
			b := testbroker.New(t, testbroker.With(withKey))
			importedFrom(t, b, pactBroker(t, pactbrokerdb.SQLite, "UPDATE pact_versions SET content = '"+broken+"' WHERE sha = '"+sha+"'"))
			served(b)
			other := testbroker.New(t, testbroker.With(withKey))
			imported(t, other.Settings(), "an archive", exported(t, b.Settings(), store.ExportQuery{}))
			served(other)
		})
	}
}

// Old Pact Brokers kept contracts as they were sent, with all the space in them.
func TestImport_bringsContentsAsIfTheyHadBeenPublished(t *testing.T) {
	t.Parallel()
	served := func(content string) string {
		b := testbroker.New(t, testbroker.With(withKey))
		importedFrom(t, b, pactBroker(t, pactbrokerdb.SQLite, "UPDATE pact_versions SET content = '"+content+"' WHERE sha = '2222222222222222222222222222222222222222'"))
		return string(b.Get("/pacts/provider/Stock/consumer/Shop/version/2").OK(http.StatusOK).Body)
	}
	compact := served(`{"consumer":{"name":"Shop"},"interactions":[{"description":"a  \"b\" "}]}`)
	require.Contains(t, compact, "_links")
	require.Equal(t, compact, served("{\n  \"consumer\" : { \"name\": \"Shop\" },\r\n\t\"interactions\": [ {\"description\": \"a  \\\"b\\\" \"} ]\n}\n"))
}

func TestImport_goesByTheOlderRevisionWhereTheNewestHasNoText(t *testing.T) {
	t.Parallel()
	address := pactBroker(t, pactbrokerdb.SQLite, "INSERT INTO pact_publications (id, consumer_version_id, provider_id, revision_number, pact_version_id) VALUES (36, 14, 5, 9, 24)")
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		outcome := importedFrom(t, b, address)
		require.Contains(t, outcome.Imported.LeftOut, store.LeftOut{Kind: archive.KindPublication, Reason: archive.ContentWithoutText, Count: 1, First: []string{"Shop 2 to Stock revision 9"}})
		require.Contains(t, string(b.Get("/pacts/provider/Stock/consumer/Shop/version/2").Body), `"description":"two"`)
	}, testbroker.With(withKey))
}

func TestImport_goesByTheOlderRevisionWhereTheContentOfTheNewestIsMissing(t *testing.T) {
	t.Parallel()
	source, err := app.OpenPactBroker(context.Background(), pactBroker(t, pactbrokerdb.SQLite), "")
	require.NoError(t, err)
	var out bytes.Buffer
	w, err := archive.NewWriter(&out, archive.Plain, source.Header())
	require.NoError(t, err)
	withoutSecrets := func(k archive.Kind) bool {
		return k != archive.KindWebhook && k != archive.KindDelivery && k != archive.KindAttempt
	}
	require.NoError(t, source.Each(context.Background(), withoutSecrets, func(r archive.Record) error {
		if c, is := r.(*archive.Content); is && strings.HasPrefix(c.SHA, "2") {
			return nil
		}
		return w.Write(r)
	}))
	require.NoError(t, w.Close())
	require.NoError(t, source.Close())
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		result := imported(t, b.Settings(), "an archive", out.Bytes())
		require.Contains(t, result.LeftOut, store.LeftOut{Kind: archive.KindPublication, Reason: archive.NoVersionOrContent, Count: 1, First: []string{"Shop 2 to Stock"}})
		require.Contains(t, string(b.Get("/pacts/provider/Stock/consumer/Shop/version/2").Body), `"description":"one"`)
	}, testbroker.With(withKey))
}

// Where versions are ordered by their numbers, an import that is run again changes nothing
// either, and moves none of them meanwhile.
func TestImport_again_changesNothingWhereNumbersOrderVersions(t *testing.T) {
	address := pactBroker(t, pactbrokerdb.SQLite, `UPDATE versions SET "order" = 90 WHERE id = 14`)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		importedFrom(t, b, address)
		require.Equal(t, []string{"2", "1"}, versionsOf(t, b, "Shop"))
		for _, k := range importedFrom(t, b, address).Imported.Kinds {
			require.Zero(t, k.Added+k.Changed, k.Kind)
		}
		require.Equal(t, []string{"2", "1"}, versionsOf(t, b, "Shop"))
	}, testbroker.With(withKey), testbroker.With(func(s *config.Settings) { s.Versions.OrderByDate = false }))
}
