package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/moving"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/pactbrokerdb"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// importedOverHTTP imports from a broker that answers at an address.
func importedOverHTTP(t *testing.T, b *testbroker.Broker, address string) store.Imported {
	t.Helper()
	source, err := moving.Fetch(context.Background(), moving.Remote{URL: address}, t.TempDir(), unheard)
	require.NoError(t, err)
	request := app.ImportRequest{Source: source, OnConflict: app.StopOnConflict, Progress: quiet}
	foretold := foretold(t, b.Settings(), request)
	outcome, err := app.RunImport(context.Background(), b.Settings(), request)
	require.NoError(t, err)
	requireForetold(t, foretold, outcome)
	return outcome.Imported
}

// linesOf are the lines of an export that are about a kind.
func linesOf(content []byte, kind archive.Kind) (lines []string) {
	for line := range bytes.Lines(content) {
		if bytes.HasPrefix(line, []byte(`{"kind":"`+string(kind)+`"`)) {
			lines = append(lines, string(line))
		}
	}
	return lines
}

// descriptionsOf are those of the webhooks in an export.
func descriptionsOf(t *testing.T, content []byte) (all []string) {
	t.Helper()
	for _, line := range linesOf(content, archive.KindWebhook) {
		var w archive.Webhook
		require.NoError(t, json.Unmarshal([]byte(line), &w))
		all = append(all, w.Description)
	}
	return all
}

func requireNothingAdded(t *testing.T, result store.Imported, but ...archive.Kind) {
	t.Helper()
	for _, k := range result.Kinds {
		if k.Added != 0 {
			require.Contains(t, but, k.Kind, "%d added", k.Added)
		}
	}
}

// Trying over HTTP first, and moving by the database, is the natural way; a broker that
// is read in both is one.
func TestImport_byBothWaysDoublesNothing(t *testing.T) {
	address := pactBroker(t, pactbrokerdb.SQLite, "UPDATE verifications SET created_at = '2023-03-01 10:00:07.9', execution_date = '2023-03-01 10:00:08.1' WHERE id = 43")
	anywhere := testbroker.With(func(s *config.Settings) { s.Server.BaseURLs = nil })
	other := testbroker.New(t, testbroker.With(withKey), anywhere)
	importedFrom(t, other, address)
	requireEnabled(t, other, 1)
	served, whole := served(t, other, nil), exported(t, other.Settings(), store.ExportQuery{})
	results := linesOf(whole, archive.KindResult)

	t.Run("over HTTP first", func(t *testing.T) {
		testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
			seen, _ := changedOf(importedOverHTTP(t, b, served), archive.KindResult)
			require.Equal(t, int64(len(results)-1), seen, "of a contract that nobody publishes any more, results are not to be had")
			require.Equal(t, []string{"build Stock", ""}, descriptionsOf(t, exported(t, b.Settings(), store.ExportQuery{})), "one that has none is only shown with a description")
			added, changed := changedOf(importedFrom(t, b, address).Imported, archive.KindResult)
			require.Equal(t, int64(1), added)
			require.Equal(t, seen, changed, "they are completed")
			require.Equal(t, results, linesOf(exported(t, b.Settings(), store.ExportQuery{}), archive.KindResult))

			_, changed = changedOf(importedFrom(t, b, address).Imported, archive.KindResult)
			require.Zero(t, changed)
			requireNothingAdded(t, importedOverHTTP(t, b, served))
			require.Equal(t, results, linesOf(exported(t, b.Settings(), store.ExportQuery{}), archive.KindResult))
		}, testbroker.With(withKey), anywhere)
	})
	t.Run("from the database first", func(t *testing.T) {
		testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
			importedFrom(t, b, address)
			requireNothingAdded(t, importedOverHTTP(t, b, served))
			require.Equal(t, results, linesOf(exported(t, b.Settings(), store.ExportQuery{}), archive.KindResult))
			requireEnabled(t, b, 1)
		}, testbroker.With(withKey), anywhere)
	})
}

// Where another broker has taken the number of a result that came over HTTP, the
// database still finds it.
func TestImport_completesResultsThatGotAnotherNumber(t *testing.T) {
	address := pactBroker(t, pactbrokerdb.SQLite)
	earlier := pactBroker(t, pactbrokerdb.SQLite, "UPDATE verifications SET created_at = '2020-03-01 10:00:00.5', execution_date = '2020-03-01 10:00:00.5'",
		"UPDATE pacticipants SET created_at = '2020-03-01 10:00:00.5'")
	anywhere := testbroker.With(func(s *config.Settings) { s.Server.BaseURLs = nil })
	other := testbroker.New(t, testbroker.With(withKey), anywhere)
	importedFrom(t, other, address)
	served := served(t, other, nil)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		importedFrom(t, b, earlier)
		added, _ := changedOf(importedOverHTTP(t, b, served), archive.KindResult)
		require.Equal(t, int64(3), added)
		added, changed := changedOf(importedFrom(t, b, address).Imported, archive.KindResult)
		require.Equal(t, []int64{1, 3}, []int64{added, changed})
		_, changed = changedOf(importedFrom(t, b, address).Imported, archive.KindResult)
		require.Zero(t, changed)
	}, testbroker.With(withKey), anywhere)
}
