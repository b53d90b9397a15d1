package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/versions"
)

func TestAddVersion_returnsWhatIsReadAfterwards(t *testing.T) {
	for order, rank := range map[string]func(a, b string) int{"by first mention": nil, "by rank": strings.Compare} {
		t.Run(order, func(t *testing.T) {
			eachWith(t, store.Options{Rank: rank}, func(t *testing.T, db *store.DB) {
				write(t, db, func(ctx context.Context, tx *store.Tx) {
					shop, err := pacticipants.FindOrCreate(ctx, tx, "Shop")
					require.NoError(t, err)
					build := "https://ci.example/1"
					for _, n := range []versions.New{{Number: "2"}, {Number: "1", InPassing: true}, {Number: "3", BuildURL: &build}} {
						n.Pacticipant = shop
						added, created, err := tx.AddVersion(ctx, n)
						require.NoError(t, err)
						require.True(t, created)
						read, found, err := tx.FindVersion(ctx, shop, n.Number)
						require.NoError(t, err)
						require.True(t, found)
						require.Equal(t, read, added)

						again, created, err := tx.AddVersion(ctx, n)
						require.NoError(t, err)
						require.False(t, created)
						require.Equal(t, read, again)
					}
				})
			})
		})
	}
}
