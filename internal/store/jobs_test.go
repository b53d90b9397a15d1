package store_test

import (
	"context"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/queue"
	"github.com/accord-broker/accord/internal/versions"
)

func TestStartWork_purgesWhatWasHidden(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		require.NoError(t, db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			shop, err := tx.AddPacticipant(ctx, pacticipants.Pacticipant{Name: "Shop"})
			require.NoError(t, err)
			for n := range 3000 { // more than one batch
				_, _, err := tx.AddVersion(ctx, versions.New{Pacticipant: shop, Number: strconv.Itoa(n)})
				require.NoError(t, err)
			}
			return tx.RemovePacticipant(ctx, shop)
		}))
		isEmpty := func() bool {
			empty, err := db.IsEmpty(ctx)
			require.NoError(t, err)
			return empty
		}
		require.False(t, isEmpty())

		stop, err := db.StartWork(ctx, queue.Work{Workers: 2, Logger: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		require.Eventually(t, isEmpty, 30*time.Second, 20*time.Millisecond)
		require.NoError(t, stop(ctx))
	})
}
