package matrix

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/providercontracts"
)

func TestDecide_letsAPactOfAnApplicationWithItselfBeCompared(t *testing.T) {
	m := newModel()
	m.pact("Shop 1", "Shop", 1)
	q := Question{Selectors: []Selector{{Pacticipant: "Shop", Criteria: Criteria{Version: "1"}}}, Target: Target{Environment: "production"}}
	m.deploy("Shop 0", "production")
	ask := func() Verdict {
		v, err := Decide(context.Background(), m, q, MostRows)
		require.NoError(t, err)
		return v
	}
	require.Empty(t, ask().Uncompared, "it has published nothing that it promises")
	m.publishContract("Shop 1")
	require.Len(t, ask().Uncompared, 1)
	m.compare(1, "Shop 1", providercontracts.Compatible)
	require.Empty(t, ask().Uncompared)
}

// TestDecide_weighsComparisonsAndVerifications is the table of what a pact and a
// version that has published a contract come to.
func TestDecide_weighsComparisonsAndVerifications(t *testing.T) {
	const verified, failed, none = "verified", "failed", ""
	tests := []struct {
		verification string
		outcome      providercontracts.Outcome
		want         Answer
		compared     bool
	}{
		{none, providercontracts.Compatible, Yes, true},
		{none, providercontracts.Unproven, Yes, true},
		{none, providercontracts.Incompatible, No, true},
		{none, providercontracts.SelfVerificationFailed, No, true},
		{none, providercontracts.NotCovered, Unknown, false},
		{none, providercontracts.NotComparable, Unknown, false},
		{none, "", Unknown, false},
		{verified, providercontracts.Compatible, Yes, false},
		{verified, providercontracts.Unproven, Yes, false},
		{verified, providercontracts.Incompatible, No, true},
		{verified, providercontracts.SelfVerificationFailed, No, true},
		{verified, providercontracts.NotCovered, Yes, false},
		{verified, providercontracts.NotComparable, Yes, false},
		{verified, "", Yes, false},
		{failed, providercontracts.Compatible, No, false},
		{failed, providercontracts.Incompatible, No, false},
		{failed, providercontracts.NotCovered, No, false},
	}
	for _, latestBy := range []LatestBy{LatestByBothVersions, Everything} {
		for _, tt := range tests {
			m := newModel()
			m.pact("Shop 1", "Stock", 1)
			m.deploy("Stock 1", "production")
			m.publishContract("Stock 1")
			if tt.verification != none {
				m.verify(1, "Stock 1", tt.verification == verified)
			}
			if tt.outcome != "" {
				m.compare(1, "Stock 1", tt.outcome)
			}
			v, err := Decide(context.Background(), m, Question{
				Selectors: []Selector{{Pacticipant: "Shop", Criteria: Criteria{Version: "1"}}}, Target: Target{Environment: "production"}, LatestBy: latestBy,
			}, MostRows)
			require.NoError(t, err)
			require.Equal(t, tt.want, v.Deployable, "%+v by %q", tt, latestBy)
			require.Equal(t, tt.outcome == "", len(v.Uncompared) == 1, "%+v", tt)
			if latestBy != Everything {
				require.Equal(t, tt.compared, v.HasCompared(), "%+v", tt)
				require.Len(t, v.Rows, 1)
			}
		}
	}
}

func TestDecide_asksNobodyToCompareWithAVersionWithoutContract(t *testing.T) {
	m := newModel()
	m.pact("Shop 1", "Stock", 1)
	m.deploy("Stock 1", "production")
	v, err := Decide(context.Background(), m, Question{
		Selectors: []Selector{{Pacticipant: "Shop", Criteria: Criteria{Version: "1"}}}, Target: Target{Environment: "production"},
	}, MostRows)
	require.NoError(t, err)
	require.Empty(t, v.Uncompared)
}

func TestService_comparesWhatHasNotBeenBeforeItAnswers(t *testing.T) {
	m := newModel()
	m.pact("Shop 1", "Stock", 1)
	m.deploy("Stock 1", "production")
	m.publishContract("Stock 1")
	s := &Service{
		View: func(ctx context.Context, fn func(ctx context.Context, tx Reader) error) error { return fn(ctx, m) },
		Compare: func(_ context.Context, pairs []providercontracts.Pair) error {
			require.Len(t, pairs, 1)
			m.compare(1, "Stock 1", providercontracts.Unproven)
			return nil
		},
	}
	v, err := s.Decide(context.Background(), Question{
		Selectors: []Selector{{Pacticipant: "Shop", Criteria: Criteria{Version: "1"}}}, Target: Target{Environment: "production"},
	})
	require.NoError(t, err)
	require.Equal(t, Yes, v.Deployable)
	require.Equal(t, "WARN: the version of Stock currently in production (1) has published its contract without evidence that it keeps to it.", v.Reasons[0].Text())
}
