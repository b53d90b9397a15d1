package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
)

func TestAddNote_isNewOnce(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		for _, want := range []bool{true, false} {
			require.NoError(t, db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				isNew, err := tx.AddNote(ctx, "seen")
				require.Equal(t, want, isNew)
				return err
			}))
		}
	})
}

func TestIsEmpty_untilThereIsAnApplication(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		empty, err := db.IsEmpty(ctx)
		require.NoError(t, err)
		require.True(t, empty)

		require.NoError(t, db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.AddPacticipant(ctx, pacticipants.Pacticipant{Name: "Shop"})
			return err
		}))
		empty, err = db.IsEmpty(ctx)
		require.NoError(t, err)
		require.False(t, empty)
	})
}
