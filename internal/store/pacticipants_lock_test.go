package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

func pacticipantService(db *store.DB) *pacticipants.Service {
	return pacticipants.NewService(func(ctx context.Context, fn func(ctx context.Context, tx pacticipants.Tx) error) error {
		return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
	})
}

// A name that nobody can read may stay where it is, and not come back: what is checked
// is what is there once nobody else changes it.
func TestUpdatePacticipant_checksWhatItHasLocked(t *testing.T) {
	ctx := context.Background()
	db := open(t, store.Options{URL: testpostgres.Database(t)})
	service := pacticipantService(db)
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
		_, _, err := service.Update(ctx, "Shop", pacticipants.Changes{DisplayName: &sent})
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

// What is external since it was marked first is so since then whoever else marked it at
// once, and no change is older than the one before it.
func TestMarkExternal_waitsForWhoeverIsChangingTheApplication(t *testing.T) {
	ctx := context.Background()
	db := open(t, store.Options{URL: testpostgres.Database(t)})
	service := pacticipantService(db)
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		_, err := pacticipants.FindOrCreate(ctx, tx, "Shop")
		require.NoError(t, err)
	})
	for name, change := range map[string]func() error{
		"marked": func() error {
			_, _, err := service.MarkExternal(ctx, "Shop", pacticipants.External{Reason: "Theirs"})
			return err
		},
		"unmarked": func() error { return service.UnmarkExternal(ctx, "Shop") },
	} {
		t.Run(name, func(t *testing.T) {
			var done <-chan error
			var first pacticipants.External
			var changed time.Time
			write(t, db, func(ctx context.Context, tx *store.Tx) {
				p, err := pacticipants.Get(ctx, tx, "pacticipant", "Shop")
				require.NoError(t, err)
				p, err = tx.LockPacticipant(ctx, p)
				require.NoError(t, err)
				first = pacticipants.External{Since: tx.Now(), Reason: "Ours"}
				require.NoError(t, tx.SetExternal(ctx, p, &first))
				done = begun(t, db, change)
				p.UpdatedAt = time.Now().UTC().Truncate(time.Microsecond)
				changed = p.UpdatedAt
				require.NoError(t, tx.UpdatePacticipant(ctx, p))
			})
			require.NoError(t, <-done)
			p, _, err := db.FindPacticipant(ctx, "Shop")
			require.NoError(t, err)
			require.False(t, p.UpdatedAt.Before(changed), "%v is before %v", p.UpdatedAt, changed)
			external, err := db.ExternalOf(ctx, p.ID)
			require.NoError(t, err)
			if mark, is := external[p.ID]; is {
				require.Equal(t, pacticipants.External{Since: first.Since, Reason: "Theirs"}, mark)
			}
		})
	}
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
