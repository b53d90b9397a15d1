package dashboard

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
)

func TestStatus_tellsFailuresThatWerePendingApart(t *testing.T) {
	for want, result := range map[Status]*Result{
		Never: nil, Success: {Success: true}, Failed: {}, FailedPending: {Pending: true},
	} {
		require.Equal(t, want, Item{Result: result}.Status())
	}
	require.Equal(t, Success, Item{Result: &Result{Success: true, Pending: true}}.Status())
}

// between are pairs of applications that are known by a letter each, numbered in
// their order.
func between(names ...string) []Pair {
	pairs := make([]Pair, len(names))
	for i, name := range names {
		pairs[i] = Pair{Integration: contracts.Integration{ID: int64(i + 1), ConsumerID: int64(name[0]), ProviderID: int64(name[1]), Consumer: name[:1], Provider: name[1:]}}
	}
	return pairs
}

func namesOf(pairs []Pair) []string {
	names := []string{}
	for _, p := range pairs {
		names = append(names, p.Consumer+p.Provider)
	}
	return names
}

func TestConnected_findsTheGroupRoundByRound(t *testing.T) {
	tests := map[string]struct {
		pairs  []string
		center byte
		most   int
		want   []string
	}{
		"nobody":                             {nil, 'A', 0, []string{}},
		"others only":                        {[]string{"BC"}, 'A', 0, []string{}},
		"both directions":                    {[]string{"AB", "CA"}, 'A', 0, []string{"AB", "CA"}},
		"over others, the oldest pair first": {[]string{"CD", "BC", "XY", "AB"}, 'A', 0, []string{"CD", "BC", "AB"}},
		"a circle":                           {[]string{"AB", "BC", "CA"}, 'B', 0, []string{"AB", "BC", "CA"}},
		"itself":                             {[]string{"AA", "BC"}, 'A', 0, []string{"AA"}},
		"a limit ends it after a round":      {[]string{"AB", "BC", "CD"}, 'A', 2, []string{"AB"}},
		"the first round is always there":    {[]string{"AB", "AC", "BD"}, 'A', 1, []string{"AB", "AC"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, namesOf(connected(between(test.pairs...), int64(test.center), test.most)))
		})
	}
}
