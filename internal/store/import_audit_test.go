package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/store"
)

// The audit is told once what came, whatever broke the import off.
func TestImport_tellsTheAuditOnceAlsoIfItWasBrokenOff(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := audit.Looking(audit.WithOrigin(context.Background(), audit.Origin{Actor: "user jo", Action: "import", Writes: true}))
		records := []archive.Record{
			&archive.Application{Name: "Shop", DisplayName: "Shop"}, &archive.Application{Name: "Stock", DisplayName: "Stock"},
			&archive.Version{Application: "Shop", Number: "1", Rank: 1}, &archive.Version{Application: "Shop", Number: "2", Rank: 2},
			&archive.Tag{Application: "Shop", Version: "1", Name: "x"},
		}
		options := store.ImportOptions{Source: "theirs", SourceKind: archive.FromHTTP}
		write := func(records []archive.Record) *store.Import {
			im, err := db.BeginImport(ctx, options)
			require.NoError(t, err)
			for _, r := range records {
				require.NoError(t, im.Write(ctx, r))
			}
			return im
		}
		entries := func() []audit.Entry {
			found, err := db.AuditEntries(context.Background(), audit.Query{Limit: 10})
			require.NoError(t, err)
			return found
		}
		write(records[:3]) // of the last kind nothing is written yet
		require.Empty(t, entries())
		_, err := write(records).Finish(ctx)
		require.NoError(t, err)
		told := entries()
		require.Len(t, told, 1)
		require.Equal(t, "user jo", told[0].Actor)
		require.Equal(t, []audit.Change{
			{What: "source", After: archive.FromHTTP}, {What: "application added", After: 2.0}, {What: "version added", After: 2.0}, {What: "tag added", After: 1.0},
		}, told[0].Changes)
		_, err = write(records).Finish(ctx)
		require.NoError(t, err)
		require.Len(t, entries(), 1, "nothing was new")
	})
}
