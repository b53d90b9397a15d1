package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
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
)

// exported is all that a broker holds, as an archive.
func exported(t *testing.T, settings config.Settings, query store.ExportQuery) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := archive.NewWriter(&out, archive.Plain, archive.Header{Source: archive.Origin{Kind: archive.FromAccord}, Complete: true})
	require.NoError(t, err)
	require.NoError(t, app.Export(context.Background(), settings, query, w.Write))
	require.NoError(t, w.Close())
	return out.Bytes()
}

// imported writes an archive into the database of the settings.
func imported(t *testing.T, settings config.Settings, source string, content []byte) store.Imported {
	t.Helper()
	ctx := context.Background()
	database, err := app.OpenForImport(ctx, settings)
	require.NoError(t, err)
	defer func() { require.NoError(t, database.Close()) }()
	options, err := app.ImportOptions(ctx, settings, database)
	require.NoError(t, err)
	options.Source = source
	path := filepath.Join(t.TempDir(), "archive")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	file, err := archive.OpenFile(path)
	require.NoError(t, err)
	result, err := app.Import(ctx, database, file, options)
	require.NoError(t, err)
	return result
}

// crawl asks for everything that the compatible API links to, and returns the
// answers by address.
func crawl(t *testing.T, b *testbroker.Broker) map[string]string {
	t.Helper()
	answers := map[string]string{}
	for queue := []string{"/"}; len(queue) > 0; queue = queue[1:] {
		address := queue[0]
		if _, asked := answers[address]; asked || strings.Contains(address, "{") {
			continue
		}
		request := httptest.NewRequest(http.MethodGet, string(testbroker.Base)+address, nil)
		request.Header.Set("Accept", "application/hal+json, application/json, */*;q=0.1")
		recorder := httptest.NewRecorder()
		b.Handler().ServeHTTP(recorder, request)
		body := recorder.Body.String()
		answers[address] = recorder.Result().Status + "\n" + body
		var value any
		if json.Unmarshal([]byte(body), &value) == nil {
			queue = append(queue, hrefs(value)...)
		}
	}
	return answers
}

func hrefs(value any) []string {
	var found []string
	switch v := value.(type) {
	case map[string]any:
		if href, is := v["href"].(string); is {
			if path, ours := strings.CutPrefix(href, string(testbroker.Base)); ours && !strings.HasPrefix(path, "/doc") && !strings.HasPrefix(path, "/api/") {
				found = append(found, path)
			}
		}
		for _, name := range sortedKeys(v) {
			found = append(found, hrefs(v[name])...)
		}
	case []any:
		for _, item := range v {
			found = append(found, hrefs(item)...)
		}
	}
	return found
}

func sortedKeys(m map[string]any) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func requireSameAnswers(t *testing.T, want, got map[string]string) {
	t.Helper()
	for address, answer := range want {
		require.Equal(t, answer, got[address], address)
	}
	require.Len(t, got, len(want))
}

func company(t *testing.T, change ...testbroker.Option) *testbroker.Broker {
	t.Helper()
	return testbroker.New(t, append(change, testbroker.With(func(s *config.Settings) { s.SeedExampleData = true }))...)
}

func TestExportAndImport_giveTheSameAnswersOnTheOtherDatabase(t *testing.T) {
	for name, databases := range map[string][2][]testbroker.Option{
		"from SQLite to PostgreSQL": {nil, {testbroker.OnPostgres()}},
		"from PostgreSQL to SQLite": {{testbroker.OnPostgres()}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, to := company(t, databases[0]...), testbroker.New(t, databases[1]...)
			content := exported(t, from.Settings(), store.ExportQuery{})
			require.Equal(t, content, exported(t, from.Settings(), store.ExportQuery{}), "equal data, equal bytes")
			result := imported(t, to.Settings(), "test", content)
			require.Empty(t, result.LeftOut)
			require.Equal(t, string(content), string(exported(t, to.Settings(), store.ExportQuery{})))
			requireSameAnswers(t, crawl(t, from), crawl(t, to))

			again := imported(t, to.Settings(), "test", content)
			for _, k := range again.Kinds {
				require.Zero(t, k.Added+k.Changed+k.LeftOut, k.Kind)
			}
			require.Equal(t, string(content), string(exported(t, to.Settings(), store.ExportQuery{})), "imported twice")
		})
	}
}

// A secret that moves with its value stays with the applications that it is for, also
// where the team is not yet that it is for.
func TestExportAndImport_keepForWhomASecretIs(t *testing.T) {
	from, to := testbroker.New(t, testbroker.With(withKey)), testbroker.New(t, testbroker.OnPostgres(), testbroker.With(withKey))
	from.Put("/api/v1/teams/shop", testbroker.Object{}).OK(http.StatusCreated)
	for name, of := range map[string]testbroker.Object{"all": {}, "some": {"applications": []string{"Web"}, "labels": []string{"front"}}, "team": {"teams": []string{"shop"}}} {
		of["value"], of["hosts"] = "hush", []string{"example.org"}
		from.Put("/api/v1/secrets/"+name, of).OK(http.StatusCreated)
	}
	content := exported(t, from.Settings(), store.ExportQuery{Encrypted: true})
	require.NotContains(t, string(exported(t, from.Settings(), store.ExportQuery{})), "encrypted\":", "values travel only if it is asked for")
	imported(t, to.Settings(), "test", content)
	require.JSONEq(t, string(from.Get("/api/v1/secrets").OK(http.StatusOK).Body), string(to.Get("/api/v1/secrets").OK(http.StatusOK).Body))
	to.Post("/pacticipants", testbroker.Object{"name": "Web"}).OK(http.StatusCreated)
	hook := testbroker.Object{"events": []string{"contract_published"}, "consumer": testbroker.Object{"name": "Web"}, "request": testbroker.Object{"method": "POST", "url": "https://example.org", "body": "${secret.team}"}}
	to.Post("/api/v1/webhooks", hook).OK(http.StatusBadRequest)
}

// A line that nobody would read again is not written: the result comes without its tests.
func TestExport_leavesOutTestResultsThatAreTooLongForAnArchive(t *testing.T) {
	address := pactBroker(t, pactbrokerdb.SQLite)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		importedFrom(t, b, address)
		var leftOut []archive.Reason
		results, without := 0, 0
		require.NoError(t, app.Export(context.Background(), b.Settings(), store.ExportQuery{LeftOut: func(of archive.Record, why archive.Reason) {
			require.IsType(t, &archive.Result{}, of)
			leftOut = append(leftOut, why)
		}}, func(r archive.Record) error {
			result, is := r.(*archive.Result)
			switch {
			case is && result.TestResults != nil:
				without++
				return archive.ErrTooLong
			case is:
				results++
			}
			return nil
		}))
		require.Equal(t, []int{4, 1}, []int{results, without})
		require.Equal(t, []archive.Reason{archive.TooLongForLine}, leftOut)
	}, testbroker.With(withKey))
}
