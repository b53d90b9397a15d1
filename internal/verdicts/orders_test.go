package verdicts

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/providercontracts"
)

func everyDelivery() (all []Delivery) {
	for _, state := range []DeliveryState{Delivered, OnItsWay, GivenUp} {
		for _, at := range []time.Time{noon, noon.Add(time.Second)} {
			all = append(all, Delivery{State: state, At: at})
		}
	}
	return all
}

// Of two deliveries one comes last, whichever is asked about first: the later, or of
// the same moment the one with which it stands worse.
func TestDelivery_comesAfterIsOneOrder(t *testing.T) {
	all := everyDelivery()
	for _, a := range all {
		require.False(t, a.comesAfter(a))
		for _, b := range all {
			if a != b {
				require.NotEqual(t, a.comesAfter(b), b.comesAfter(a), "%v and %v", a, b)
			}
			for _, c := range all {
				if a.comesAfter(b) && b.comesAfter(c) {
					require.True(t, a.comesAfter(c))
				}
			}
		}
	}
	require.True(t, Delivery{State: GivenUp, At: noon}.comesAfter(Delivery{State: OnItsWay, At: noon}))
	require.True(t, Delivery{State: OnItsWay, At: noon}.comesAfter(Delivery{State: Delivered, At: noon}))
	require.True(t, Delivery{State: Delivered, At: noon.Add(1)}.comesAfter(Delivery{State: GivenUp, At: noon}))
}

// Only a webhook that asks for the result of this version lets it be on its way.
func TestDelivery_asksWhoIsToVerify(t *testing.T) {
	for _, tt := range []struct {
		event    events.Type
		version  string
		provider Party
		want     bool
	}{
		{events.ContractContentChanged, "", stock, true},
		{events.ContractContentChanged, "9", stock, true},
		{events.ContractRequiringVerification, "10", stock, true},
		{events.ContractRequiringVerification, "9", stock, false},
		{events.ContractRequiringVerification, "", stock, true},
		{events.ContractRequiringVerification, "9", Party{Name: "Stock"}, true},
		{events.ContractPublished, "10", stock, false},
		{events.VersionCreated, "", stock, false},
	} {
		require.Equal(t, tt.want, Delivery{Event: string(tt.event), ProviderVersion: tt.version}.asks(tt.provider), "%+v", tt)
	}
}

// However deliveries come, the one that is told of is the last that asks or, if none
// asks, the last.
func TestAttachHistory_tellsOfTheDeliveryThatCounts(t *testing.T) {
	const asks, tells = "accord.asks", "accord.tells"
	make := func(kind string, seconds int) Delivery {
		event := string(events.ContractPublished)
		if kind == asks {
			event = string(events.ContractContentChanged)
		}
		return Delivery{UUID: fmt.Sprintf("%s %d", kind, seconds), Event: event, State: Delivered, At: noon.Add(time.Duration(seconds) * time.Second)}
	}
	for want, given := range map[string][]Delivery{
		"":           nil,
		tells + " 5": {make(tells, 1), make(tells, 5)},
		asks + " 1":  {make(asks, 1), make(tells, 5)},
		asks + " 7":  {make(asks, 7), make(asks, 2), make(tells, 9)},
		asks + " 3":  {make(tells, 9), make(asks, 3), make(asks, 2)},
	} {
		for _, turned := range []bool{false, true} {
			e, f := known(), missing()
			e.deliveries = map[int64][]Delivery{publication: given}
			if turned {
				e.deliveries[publication] = nil
				for i := range given {
					e.deliveries[publication] = append(e.deliveries[publication], given[len(given)-1-i])
				}
			}
			e.attachHistory(&f)
			got := ""
			if f.LastDelivery != nil {
				got = f.LastDelivery.UUID
			}
			require.Equal(t, want, got)
		}
	}
}

func TestSummary_namesThreeCausesAtMost(t *testing.T) {
	titled := func(n int) Explanation {
		var e Explanation
		for i := range n {
			f := missing()
			f.Answer, f.Provider = matrix.Unknown, Party{ID: int64(i + 10), Name: fmt.Sprintf("P%d", i), VersionID: int64(i + 100), Version: "1"}
			known().find(&f)
			e.Findings = append(e.Findings, f)
		}
		return e
	}
	require.Equal(t, "Nothing stands in the way (0 pairs looked at).", titled(0).Summary())
	for n, more := range map[int]string{1: "", titlesAtMost: "", titlesAtMost + 1: "; and 1 more", titlesAtMost + 4: "; and 4 more"} {
		summary := titled(n).Summary()
		require.Regexp(t, fmt.Sprintf(`^In the way: .*%s \(%d pairs? looked at\)\.$`, more, n), summary)
		if more == "" {
			require.NotContains(t, summary, " more", summary)
		}
	}
	one := titled(2)
	one.Findings[1].Counted = false
	require.Contains(t, one.Summary(), "(1 pair looked at, 1 left out).")
}

func TestListed_countsWhatItDoesNotName(t *testing.T) {
	for n, want := range map[int]string{0: "", 1: "a", 2: "a; b", 3: "a; b; and 1 more", 4: "a; b; and 2 more"} {
		require.Equal(t, want, listed([]string{"a", "b", "c", "d"}[:n], 2))
	}
	require.Equal(t, []string{"1 pair", "0 pairs", "2 pairs"}, []string{count(1, "pair"), count(0, "pair"), count(2, "pair")})
}

// Each outcome of a comparison has a cause of its own.
func TestFind_hasACauseForEachOutcome(t *testing.T) {
	for outcome, tt := range map[providercontracts.Outcome]struct {
		finding Finding
		want    Code
	}{
		providercontracts.NotCovered: {missing(), CodeNotCovered}, providercontracts.NotComparable: {missing(), CodeNotComparable},
		providercontracts.Incompatible: {comparedWith(false), CodeIncompatible}, providercontracts.SelfVerificationFailed: {comparedWith(false), CodeSelfVerificationFailed},
		providercontracts.Compatible: {comparedWith(true), CodeCompatible}, providercontracts.Unproven: {comparedWith(true), CodeCompatible},
	} {
		e := known()
		compare(e, outcome)
		e.find(&tt.finding)
		require.Equal(t, tt.want, tt.finding.Code, outcome)
		require.NotEmpty(t, tt.finding.Title())
	}
}
