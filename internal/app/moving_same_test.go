package app_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/moving"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/pactbrokerdb"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// calling lets what is imported come under other names.
func calling(names moving.Names) func(*app.ImportRequest) {
	return func(r *app.ImportRequest) { r.Source = moving.Renamed(r.Source, names) }
}

// kindsWith are the kinds of the records that came with another uuid, and how many.
func kindsWith(all []store.LeftOut) map[archive.Kind]int64 {
	counted := map[archive.Kind]int64{}
	for _, l := range all {
		counted[l.Kind] += l.Count
	}
	return counted
}

// undeployed ends what runs in production.
var undeployed = []string{
	"UPDATE deployed_versions SET undeployed_at = '2030-01-01 10:00:00.5', updated_at = '2030-01-01 10:00:00.5' WHERE id = 53",
	"DELETE FROM currently_deployed_version_ids WHERE deployed_version_id = 53",
}

// running are the versions that are deployed.
func running(t *testing.T, b *testbroker.Broker) (all []string) {
	t.Helper()
	reader, err := archive.NewReader(bytes.NewReader(exported(t, b.Settings(), store.ExportQuery{})))
	require.NoError(t, err)
	require.NoError(t, reader.Each(nil, func(r archive.Record) error {
		if d, is := r.(*archive.Deployment); is && d.Current {
			all = append(all, d.Application+" "+d.Version)
		}
		return nil
	}))
	return all
}

// Of two brokers one of which was once a copy of the other, a uuid stands for something
// in each.
func TestImport_tellsThingsOfOneUUIDApart(t *testing.T) {
	first := pactBroker(t, pactbrokerdb.SQLite)
	copied := pactBroker(t, pactbrokerdb.SQLite, undeployed...)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		importedFrom(t, b, first)
		before := exported(t, b.Settings(), store.ExportQuery{Applications: []string{"Stock"}})
		names := calling(moving.Names{Prefix: "b ", Renamed: map[string]string{"Shop": "Laden"}})
		planned := importedFrom(t, b, copied, names, func(r *app.ImportRequest) { r.DryRun = true })
		outcome := importedFrom(t, b, copied, names)
		require.Equal(t, string(before), string(exported(t, b.Settings(), store.ExportQuery{Applications: []string{"Stock"}})), "nothing of the other application changed")
		require.Equal(t, []string{"Stock b", "Stock c", "b Stock b"}, running(t, b))

		others := map[archive.Kind]int64{archive.KindDeployment: 3, archive.KindRelease: 2, archive.KindWebhook: 2, archive.KindDelivery: 1}
		require.Equal(t, others, kindsWith(outcome.Imported.OtherUUIDs))
		require.Equal(t, others, kindsWith(planned.OtherUUIDs()), "a dry run says the same")
		for _, k := range planned.Plan.Kinds {
			added, _ := changedOf(outcome.Imported, k.Kind)
			if k.Kind != archive.KindCertificate && k.Kind != archive.KindSetting {
				require.Equal(t, k.Read-k.Known, added, k.Kind)
			}
		}
		whole := exported(t, b.Settings(), store.ExportQuery{})
		again := importedFrom(t, b, copied, names)
		for _, k := range again.Imported.Kinds {
			require.Zero(t, k.Added+k.Changed, k.Kind)
		}
		importedFrom(t, b, first)
		require.Equal(t, string(whole), string(exported(t, b.Settings(), store.ExportQuery{})), "each finds its own again")
	}, testbroker.With(withKey))
}

// What ends in the source ends here for the application under its other name alone.
func TestImport_followsThingsThatGotAnotherUUID(t *testing.T) {
	first, second := pactBroker(t, pactbrokerdb.SQLite), pactBroker(t, pactbrokerdb.SQLite, undeployed...)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		names := calling(moving.Names{Prefix: "b "})
		importedFrom(t, b, first)
		importedFrom(t, b, first, names)
		require.Equal(t, []string{"Stock b", "Stock c", "b Stock b", "b Stock c"}, running(t, b))
		_, changed := changedOf(importedFrom(t, b, second, names).Imported, archive.KindDeployment)
		require.Equal(t, int64(1), changed)
		require.Equal(t, []string{"Stock b", "Stock c", "b Stock b"}, running(t, b))
	}, testbroker.With(withKey))
}

// Rows of one source that share a uuid, or have none, are things of their own: all come
// with the first import, and none again.
func TestImport_bringsRowsThatShareAUUIDOrHaveNone(t *testing.T) {
	source := pactBroker(t, pactbrokerdb.SQLite, "UPDATE deployed_versions SET uuid = NULL", "UPDATE released_versions SET uuid = 'r'", "UPDATE webhooks SET uuid = 'w'")
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		first := importedFrom(t, b, source)
		for kind, want := range map[archive.Kind]int64{archive.KindDeployment: 3, archive.KindRelease: 2, archive.KindWebhook: 2} {
			added, _ := changedOf(first.Imported, kind)
			require.Equal(t, want, added, kind)
		}
		require.Equal(t, map[archive.Kind]int64{archive.KindRelease: 1, archive.KindWebhook: 1}, kindsWith(first.Imported.OtherUUIDs))
		for range 2 {
			for _, k := range importedFrom(t, b, source).Imported.Kinds {
				require.Zero(t, k.Added+k.Changed, k.Kind)
			}
		}
	}, testbroker.With(withKey))
}
