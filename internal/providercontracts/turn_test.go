package providercontracts

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
)

// Who waits too long for others is told so, and who gives up is not kept.
func TestTurn_endsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Comparer
		var leaves []func()
		for range comparisonsAtATime {
			leave, err := c.turn(t.Context())
			require.NoError(t, err)
			leaves = append(leaves, leave)
		}
		_, err := c.turn(t.Context())
		require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = c.turn(gone)
		require.ErrorIs(t, err, context.Canceled)
		leaves[0]()
		leave, err := c.turn(t.Context())
		require.NoError(t, err)
		leave()
		require.NoError(t, c.listing.enter(t.Context()), "changes are looked for beside comparisons")
		hurried, stop := context.WithTimeout(t.Context(), checkAtMost)
		defer stop()
		require.ErrorIs(t, c.listing.enter(hurried), context.DeadlineExceeded, "one pair of documents at a time")
	})
}
