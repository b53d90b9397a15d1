package dashboard

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// drawnCompany is one in which anything may have happened.
func drawnCompany(r *rand.Rand) *company {
	c := newCompany()
	names := []string{"Shop", "Stock", "Mail", "Till"}
	number := func(name string) string { return fmt.Sprintf("%s %d", name, 1+r.IntN(3)) }
	for _, name := range names {
		for range 1 + r.IntN(3) {
			c.version(number(name))
		}
	}
	content := int64(0)
	for range r.IntN(9) {
		consumer, provider := number(names[r.IntN(4)]), names[r.IntN(4)]
		content++
		c.pact(consumer, provider, content)
		for range r.IntN(3) {
			c.verify(content, number(provider), r.IntN(2) == 0)
		}
	}
	for range r.IntN(8) {
		version, environment := number(names[r.IntN(4)]), 1+int64(r.IntN(2))
		if r.IntN(3) == 0 {
			c.release(version, environment)
			continue
		}
		c.deploy(version, environment)
	}
	for _, name := range names {
		if r.IntN(3) == 0 {
			c.main(number(name))
		}
		if r.IntN(6) == 0 {
			c.external[c.application(name).ID] = pacticipants.External{Since: morning}
		}
	}
	return c
}

// eachCompany calls check with boards that differ from run to run; the name of a
// failed test has the seed.
func eachCompany(t *testing.T, check func(t *testing.T, b *Board)) {
	for range 150 {
		if t.Failed() {
			return
		}
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			check(t, drawnCompany(random).board(t))
		})
	}
}

// Whatever has happened, what fails is somebody's concern, nothing is named twice, and
// the most urgent comes first.
func TestConcerns_nameEveryFailureOnce(t *testing.T) {
	eachCompany(t, func(t *testing.T, b *Board) {
		concerns := b.Concerns()
		named := map[*PairSummary]int{}
		for _, c := range concerns {
			require.NotNil(t, c.Owner, "somebody's turn it is")
			require.NotNil(t, c.Application)
			if c.Pair != nil {
				named[c.Pair]++
			}
			require.Equal(t, c.Kind == NeverAnswered, c.Consumers > 0)
			require.Equal(t, c.Kind == FailsTogether || c.Kind == MustWait, c.Environment != nil)
		}
		for _, p := range b.Pairs {
			require.LessOrEqual(t, named[p], 2)
			if p.Worst == Fails {
				require.Positive(t, named[p], "%s", standing(p))
			}
			if p.Worst == Works {
				require.False(t, slices.ContainsFunc(concerns, func(c Concern) bool { return c.Pair == p && c.Kind != MustWait }), "%s", standing(p))
			}
		}
		require.True(t, slices.IsSortedFunc(concerns, func(a, b Concern) int { return cmp.Compare(a.urgency(), b.urgency()) }))
	})
}

// The worst state of a pair is one that it has, and none that it has is worse.
func TestBoard_worstIsNoneOfItsOwnMaking(t *testing.T) {
	eachCompany(t, func(t *testing.T, b *Board) {
		for _, p := range b.Pairs {
			states := []State{p.Main}
			for _, s := range p.In {
				states = append(states, s)
			}
			require.Contains(t, append(states, Absent), p.Worst)
			for _, s := range states {
				require.GreaterOrEqual(t, Worse(s, p.Worst), 0, "%s is worse than %s", s, p.Worst)
			}
			require.Same(t, p, b.Pair(p.Consumer.Name, p.Provider.Name))
			require.Contains(t, p.Consumer.Providers, p)
			require.Contains(t, p.Provider.Consumers, p)
		}
	})
}

// Whether a version may go somewhere follows from what is in its way, and the worst of
// that comes first.
func TestMayGo_followsFromWhatIsInTheWay(t *testing.T) {
	eachCompany(t, func(t *testing.T, b *Board) {
		for _, a := range b.Applications {
			for _, environment := range []int64{test, production} {
				g := b.MayGo(a, environment)
				want := matrix.Yes
				for _, in := range g.Blocking {
					require.True(t, in.State == Fails || in.State == NotKnown, in.State)
					require.True(t, in.Pair.Consumer == a || in.Pair.Provider == a)
					require.False(t, in.Missing && len(in.Pair.Provider.In(environment)) > 0, "it is there")
					if in.State == NotKnown {
						want = matrix.Unknown
					} else if want == matrix.Yes {
						want = matrix.No
					}
				}
				require.Equal(t, want, g.Answer)
				require.False(t, len(g.Blocking) > 0 && g.Looked == 0)
				require.True(t, slices.IsSortedFunc(g.Blocking, func(x, y Blocking) int { return Worse(x.State, y.State) }))
				for _, place := range a.In(environment) {
					if place.VersionID == a.Newest.ID {
						require.Equal(t, g, b.Together(a, place.VersionID, environment), "what is there already is asked the same")
					}
				}
			}
		}
	})
}

// What a version needs and gives is told of the pairs that it is in, the worst first,
// and says the same as the pair does.
func TestVersionPairs_sayWhatTheirPairsSay(t *testing.T) {
	eachCompany(t, func(t *testing.T, b *Board) {
		for _, a := range b.Applications {
			needs, gives := b.NeedsOf(a, a.Newest.ID), b.GivesOf(a, a.Newest.ID)
			for _, list := range [][]VersionPair{needs, gives} {
				require.True(t, slices.IsSortedFunc(list, func(x, y VersionPair) int { return Worse(x.State, y.State) }))
			}
			for _, p := range needs {
				require.Same(t, a, p.PairSummary.Consumer)
				if p.State == Works {
					require.NotNil(t, p.Result)
					require.True(t, p.Result.Success)
				}
			}
			require.Len(t, gives, len(a.Consumers), "a provider is in all of its pairs")
			for _, p := range gives {
				require.Same(t, a, p.PairSummary.Provider)
				require.False(t, p.State == Works && p.Result == nil)
				if p.Result != nil && !p.Result.Success {
					require.Equal(t, Fails, p.State, "the worst counts")
				}
			}
		}
	})
}
