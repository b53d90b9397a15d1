package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// A publisher holds its consumer only, so somebody may delete the provider
// between two of its statements.
func TestAddPublication_beginsAgainWhenThePairIsRemovedMeanwhile(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true})
	ctx := context.Background()
	provider := pacticipants.Pacticipant{Name: "B"}
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		first := version(t, ctx, tx, "A", "1")
		provider.ID = version(t, ctx, tx, "B", "1").PacticipantID
		_, err := tx.AddIntegration(ctx, pacticipants.Pacticipant{ID: first.PacticipantID}, provider)
		require.NoError(t, err)
	})
	var published contracts.Publication
	tries := 0
	require.NoError(t, db.InTx(ctx, func(txCtx context.Context, tx *store.Tx) error {
		tries++
		v := version(t, txCtx, tx, "A", "2")
		other, err := pacticipants.FindOrCreate(txCtx, tx, "B")
		if err != nil {
			return err
		}
		integration, err := tx.AddIntegration(txCtx, pacticipants.Pacticipant{ID: v.PacticipantID}, other)
		if err != nil {
			return err
		}
		content, _, err := tx.AddContent(txCtx, contracts.PactVersion{IntegrationID: integration, SHA: "x"}, store.Compressed("{}"))
		if err != nil {
			return err
		}
		if tries == 1 {
			write(t, db, func(ctx context.Context, tx *store.Tx) { require.NoError(t, tx.RemovePacticipant(ctx, provider)) })
		}
		published, err = tx.AddPublication(txCtx, integration, v, content)
		return err
	}))
	require.Equal(t, 2, tries)
	require.Equal(t, "2", published.VersionNumber)
	require.Equal(t, "B", published.Provider)
}

func TestContentBody_thatIsGoneIsMissing(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		_, err := db.ContentBody(context.Background(), 4711)
		require.True(t, fault.Is(err, fault.NotFound), "%v", err)
		tries := 0
		err = db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			if tries++; tries == 2 {
				return nil
			}
			_, err := tx.ContentBody(ctx, 4711)
			return err
		})
		require.NoError(t, err)
		require.Equal(t, 2, tries, "a transaction that saw it before begins again")
	})
}
