package verdicts

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
)

// A type of fact that nobody has thought of would change answers without a word.
func TestReaches_haveEveryTypeOfFact(t *testing.T) {
	for _, typ := range events.All() {
		require.NotZero(t, reaches[typ], "say in reaches whose answers %s may change", typ)
	}
	require.Len(t, reaches, len(events.All()))
	require.NotContains(t, observed(), events.VerdictChanged)
	require.Contains(t, observed(), events.ProviderContractPublished)
}
