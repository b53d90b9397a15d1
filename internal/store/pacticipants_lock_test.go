package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// A name that nobody can read may stay where it is, and not come back: what is checked
// is what is there once nobody else changes it.
func TestUpdatePacticipant_checksWhatItHasLocked(t *testing.T) {
	ctx := context.Background()
	db := open(t, store.Options{URL: testpostgres.Database(t)})
	service := pacticipants.NewService(func(ctx context.Context, fn func(ctx context.Context, tx pacticipants.Tx) error) error {
		return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
	})
	const invisible = "Sh\u200bop"
	display := func(ctx context.Context, tx *store.Tx, name string) {
		p, err := pacticipants.FindOrCreate(ctx, tx, "Shop")
		require.NoError(t, err)
		p, err = tx.LockPacticipant(ctx, p)
		require.NoError(t, err)
		p.DisplayName = name
		require.NoError(t, tx.UpdatePacticipant(ctx, p))
	}
	write(t, db, func(ctx context.Context, tx *store.Tx) { display(ctx, tx, invisible) })
	sent := invisible
	update := func() error {
		_, _, err := service.Update(ctx, "Shop", pacticipants.Body{DisplayName: pacticipants.Text{Sent: true, Value: &sent}})
		return err
	}
	require.NoError(t, update(), "it is there already")

	updated := make(chan error, 1)
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		display(ctx, tx, "Shop")
		go func() { updated <- update() }()
		untilSomebodyWaits(t, db)
	})
	require.True(t, fault.Is(<-updated, fault.Invalid))
}

// An application that shares contracts with a duplicate only since its merging has begun
// is locked, too: the transaction begins again.
func TestLockForMerge_locksPartnersThatComeMeanwhile(t *testing.T) {
	ctx := context.Background()
	db := open(t, store.Options{URL: testpostgres.Database(t)})
	var into, duplicate, partner pacticipants.Pacticipant
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		for name, p := range map[string]*pacticipants.Pacticipant{"Shop": &into, "Shop 2": &duplicate, "Stock": &partner} {
			var err error
			*p, err = pacticipants.FindOrCreate(ctx, tx, name)
			require.NoError(t, err)
		}
	})
	runs := 0
	locked := make(chan error, 1)
	write(t, db, func(tctx context.Context, tx *store.Tx) {
		_, err := tx.LockPacticipant(tctx, into)
		require.NoError(t, err)
		_, err = tx.LockPacticipant(tctx, duplicate)
		require.NoError(t, err)
		go func() {
			locked <- db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
				runs++
				return tx.LockForMerge(ctx, duplicate, into)
			})
		}()
		untilSomebodyWaits(t, db)
		_, err = tx.AddIntegration(tctx, duplicate, partner)
		require.NoError(t, err)
	})
	require.NoError(t, <-locked)
	require.Equal(t, 2, runs)
}
