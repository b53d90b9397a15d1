package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"accord/internal/deployments"
	"accord/internal/store"
	"accord/internal/support/fault"
	"accord/internal/versions"
)

func TestInTx_saysThatWhatIsReferredToHasGone(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		var test deployments.Environment
		var gone versions.Version
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			var err error
			test, _, err = tx.AddEnvironment(ctx, deployments.Environment{UUID: "5c8b0a3e", Name: "test"})
			require.NoError(t, err)
			gone = version(t, ctx, tx, "Foo", "1")
			require.NoError(t, tx.RemoveVersion(ctx, gone))
		})
		ctx := context.Background()
		err := db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, _, err := tx.AddReleased(ctx, "d1b7c2f0", test.ID, gone)
			return err
		})
		require.Equal(t, fault.NotFound, fault.KindOf(err), "%v", err)
	})
}

func TestView_isRefusedInsideATransaction(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		nothing := func(context.Context, *store.Tx) error { return nil }
		for name, outer := range map[string]func(context.Context, func(context.Context, *store.Tx) error) error{"InTx": db.InTx, "View": db.View} {
			err := outer(ctx, func(ctx context.Context, _ *store.Tx) error { return db.View(ctx, nothing) })
			require.ErrorContains(t, err, "already open", name)
		}
	})
}
