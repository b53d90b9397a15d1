package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/store"
)

// boardsOf makes boards of a database.
func boardsOf(db *store.DB) dashboard.Boards {
	return dashboard.Boards{View: func(ctx context.Context, fn func(ctx context.Context, tx dashboard.BoardReader) error) error {
		return db.View(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
	}}
}

// The board of two applications says of them and of their pair what the board of all says.
func TestBoardOf_saysWhatTheWholeBoardSays(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		seeded(t, db, 300)
		boards := boardsOf(db)
		whole, err := boards.Board(context.Background())
		require.NoError(t, err)
		require.NotEmpty(t, whole.Pairs)
		for _, p := range whole.Pairs {
			part, err := boards.BoardOf(context.Background(), p.ConsumerID, p.ProviderID)
			require.NoError(t, err)
			require.Len(t, part.Pairs, 1)
			require.Len(t, part.Applications, 2)
			require.Equal(t, whole.Environments, part.Environments)
			got := part.Pair(p.Consumer.Name, p.Provider.Name)
			require.Equal(t, p.Contract, got.Contract)
			require.Equal(t, p.Result, got.Result)
			require.Equal(t, []any{p.Main, p.In, p.Worst}, []any{got.Main, got.In, got.Worst})
			for _, a := range []*dashboard.Application{p.Consumer, p.Provider} {
				same := part.ApplicationNamed(a.Name)
				require.Equal(t, []any{a.Newest, a.OnMain, a.Places, a.Labels, a.External}, []any{same.Newest, same.OnMain, same.Places, same.Labels, same.External})
			}
		}
	})
}
