package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// TestNames_thatNobodySeesStayWhereTheyAre has an application and a version
// from before such names were refused.
func TestNames_thatNobodySeesStayWhereTheyAre(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		const name = "Shop\u200b"
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			shop, err := tx.AddPacticipant(ctx, pacticipants.Pacticipant{Name: name})
			require.NoError(t, err)
			_, _, err = tx.AddVersion(ctx, versions.New{Pacticipant: shop, Number: name})
			require.NoError(t, err)
		})
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			v, created, err := versions.FindOrCreateNamed(ctx, tx, name, name)
			require.NoError(t, err)
			require.False(t, created)
			require.Equal(t, name, v.Number)
			_, _, err = versions.FindOrCreateNamed(ctx, tx, name, name+"2")
			require.True(t, fault.Is(err, fault.Invalid))
		})
	})
}
