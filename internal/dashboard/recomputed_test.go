package dashboard

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/testing/testrandom"
	"github.com/accord-broker/accord/internal/versions"
)

// once leaves of several contracts of a version with a provider the last, as a broker does.
func (c *company) once() *company {
	c.pacts = slices.DeleteFunc(slices.Clone(c.pacts), func(p Contract) bool {
		return slices.ContainsFunc(c.pacts, func(other Contract) bool {
			return other.ID > p.ID && other.VersionID == p.VersionID && other.ProviderID == p.ProviderID
		})
	})
	return c
}

// newestOf is the head of the main branch or, without one, the latest version; its ID is 0
// if there is none.
func (c *company) newestOf(application int64) (newest versions.Version) {
	if head, set := c.heads[application]; set {
		return head
	}
	for _, v := range c.versions {
		if v.PacticipantID == application {
			newest = v
		}
	}
	return newest
}

// thereOf are the versions of an application that are in an environment, each as often as it
// is there.
func (c *company) thereOf(application, environment int64) (ids []int64) {
	for _, d := range c.deployed {
		if d.PacticipantID == application && d.EnvironmentID == environment {
			ids = append(ids, d.VersionID)
		}
	}
	for _, r := range c.released {
		if r.PacticipantID == application && r.EnvironmentID == environment {
			ids = append(ids, r.VersionID)
		}
	}
	return ids
}

// contractOf is the content that a version has published with a provider, 0 for none.
func (c *company) contractOf(version, provider int64) (content int64) {
	for _, p := range c.pacts {
		if p.VersionID == version && p.ProviderID == provider {
			content = p.ContentID
		}
	}
	return content
}

// stateOf is what is known of a content and a version of the provider.
func (c *company) stateOf(content, provider, version int64) State {
	for _, m := range slices.Backward(c.marks) {
		if m.ContentID == content && m.ProviderVersion == version {
			return map[bool]State{true: Works, false: Fails}[m.Success]
		}
	}
	if _, external := c.external[provider]; external {
		return Ignored
	}
	return NotKnown
}

// counts is the content of a pair that counts on the main branches: that of the newest
// version of the consumer or, if it has none, that of the latest that has.
func (c *company) counts(consumer, provider int64) (content int64) {
	if content = c.contractOf(c.newestOf(consumer).ID, provider); content != 0 {
		return content
	}
	latest := int64(0)
	for _, p := range c.pacts {
		if p.ConsumerID == consumer && p.ProviderID == provider && p.VersionPosition > latest {
			content, latest = p.ContentID, p.VersionPosition
		}
	}
	return content
}

// gravest is the worst of some states, which are in the order of Worse.
func gravest(states []State) State {
	for _, s := range []State{Fails, NotKnown, Awaited, Ignored, Works} {
		if slices.Contains(states, s) {
			return s
		}
	}
	return Absent
}

// eachHistory calls check with companies in which anything has happened, with several
// versions of an application in one environment.
func eachHistory(t *testing.T, check func(t *testing.T, c *company)) {
	for range 200 {
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			c := drawnCompany(random)
			for content := range int64(6) {
				c.pact(c.versionOf(random), c.applications[random.IntN(len(c.applications))].Name, 100+content)
				for range random.IntN(4) {
					c.verify(100+content, c.versionOf(random), random.IntN(2) == 0)
				}
				c.deploy(c.versionOf(random), 1+int64(random.IntN(2)), "blue")
			}
			check(t, c.once())
		})
		if t.Failed() {
			return
		}
	}
}

// versionOf is one of the versions that there are.
func (c *company) versionOf(random *rand.Rand) string {
	v := c.versions[random.IntN(len(c.versions))]
	return v.Pacticipant + " " + v.Number
}

// with is a board that knows of one more version.
func (c *company) with(t *testing.T, asked versions.Version) (*Board, *Application) {
	t.Helper()
	boards := Boards{AwaitedFor: time.Hour, View: func(ctx context.Context, fn func(ctx context.Context, tx BoardReader) error) error { return fn(ctx, c) }}
	b, err := boards.BoardWith(t.Context(), asked)
	require.NoError(t, err)
	return b, b.ApplicationNamed(asked.Pacticipant)
}

// How a pair stands on the main branches and in each environment is what comes of going
// through all that has happened.
func TestBoard_isWhatHistorySays(t *testing.T) {
	eachHistory(t, func(t *testing.T, c *company) {
		for _, p := range c.board(t).Pairs {
			content := c.counts(p.ConsumerID, p.ProviderID)
			require.Equal(t, content, p.Contract.ContentID, "the contract of %s with %s", p.Consumer.Name, p.Provider.Name)
			states := []State{c.stateOf(content, p.ProviderID, c.newestOf(p.ProviderID).ID)}
			require.Equal(t, states[0], p.Main)
			for _, environment := range []int64{test, production} {
				var there []State
				for _, consumer := range c.thereOf(p.ConsumerID, environment) {
					if asked := c.contractOf(consumer, p.ProviderID); asked != 0 {
						for _, provider := range c.thereOf(p.ProviderID, environment) {
							there = append(there, c.stateOf(asked, p.ProviderID, provider))
						}
					}
				}
				require.Equal(t, gravest(there), p.In[environment], "%s and %s in %d", p.Consumer.Name, p.Provider.Name, environment)
				states = append(states, gravest(there))
			}
			require.Equal(t, gravest(states), p.Worst)
		}
	})
}

// A concern about two that fail together names a version that fails with one that is there.
func TestConcerns_nameAVersionThatFails(t *testing.T) {
	named := 0
	eachHistory(t, func(t *testing.T, c *company) {
		for _, concern := range c.board(t).Concerns() {
			if concern.Kind != FailsTogether {
				require.Empty(t, concern.There)
				continue
			}
			named++
			p, environment := concern.Pair, concern.Environment.ID
			require.Contains(t, c.thereOf(p.ConsumerID, environment), concern.There.VersionID)
			content := c.contractOf(concern.There.VersionID, p.ProviderID)
			require.True(t, slices.ContainsFunc(c.thereOf(p.ProviderID, environment), func(provider int64) bool {
				return c.stateOf(content, p.ProviderID, provider) == Fails
			}), "%s %s", p.Consumer.Name, concern.There.Number)
		}
	})
	require.Positive(t, named)
}

// inTheWayOf are the states of the pairs that keep a version from going to an environment,
// and how many pairs were looked at.
func (c *company) inTheWayOf(application, version, environment int64) (states []State, looked int) {
	add := func(s State) {
		if s == Fails || s == NotKnown {
			states = append(states, s)
		}
	}
	for _, other := range c.applications {
		if content := c.contractOf(version, other.ID); content != 0 {
			looked++
			there := c.thereOf(other.ID, environment)
			if other.ID == application {
				there = []int64{version}
			}
			if _, external := c.external[other.ID]; len(there) == 0 && !external {
				add(NotKnown)
			}
			for _, provider := range there {
				add(c.stateOf(content, other.ID, provider))
			}
		}
		if other.ID == application {
			continue
		}
		for _, consumer := range c.thereOf(other.ID, environment) {
			if content := c.contractOf(consumer, application); content != 0 {
				looked++
				add(c.stateOf(content, application, version))
			}
		}
	}
	return states, looked
}

// Whether a version may go somewhere, whichever it is, is what comes of trying it with
// everything there.
func TestMayGo_isWhatHistorySays(t *testing.T) {
	answers := map[matrix.Answer]int{}
	eachHistory(t, func(t *testing.T, c *company) {
		for _, v := range c.versions {
			b, a := c.with(t, v)
			for _, environment := range []int64{test, production} {
				want, looked := c.inTheWayOf(a.ID, v.ID, environment)
				deployability := b.Together(a, v.ID, environment)
				var found []State
				for _, in := range deployability.Blocking {
					found = append(found, in.State)
				}
				require.ElementsMatch(t, want, found, "%s %s to %d", a.Name, v.Number, environment)
				require.Equal(t, looked, deployability.Looked)
				answer := matrix.Yes
				if slices.Contains(want, NotKnown) {
					answer = matrix.Unknown
				} else if len(want) > 0 {
					answer = matrix.No
				}
				require.Equal(t, answer, deployability.Answer)
				state := worst(want...)
				if len(want) == 0 && looked > 0 {
					state = Works
				}
				require.Equal(t, state, deployability.State(), "what runs there fails if one pair does, whatever else is missing")
				answers[answer]++
			}
		}
	})
	require.Len(t, answers, 3, "every answer is met: %v", answers)
}

// What a version needs is what it has published, and what it gives is what everybody who
// has a contract with it asks for, each with the worst that is known of it: with the
// newest version of the other application, and in every environment in which both are.
func TestVersionPairs_areWhatHistorySays(t *testing.T) {
	eachHistory(t, func(t *testing.T, c *company) {
		for _, v := range c.versions {
			b, a := c.with(t, v)
			var needs, gives []string
			for _, other := range c.applications {
				if content := c.contractOf(v.ID, other.ID); content != 0 {
					states := []State{c.stateOf(content, other.ID, c.newestOf(other.ID).ID)}
					if counted := b.Pair(a.Name, other.Name); content == counted.Contract.ContentID {
						states[0] = counted.Main
					}
					for _, environment := range []int64{test, production} {
						for _, by := range c.thereOf(other.ID, environment) {
							if slices.Contains(c.thereOf(a.ID, environment), v.ID) {
								states = append(states, c.stateOf(content, other.ID, by))
							}
						}
					}
					needs = append(needs, fmt.Sprint(other.Name, content, worst(states...)))
				}
				if content := c.counts(other.ID, a.ID); content != 0 {
					states := []State{c.stateOf(content, a.ID, v.ID)}
					if v.ID == c.newestOf(a.ID).ID {
						states[0] = b.Pair(other.Name, a.Name).Main
					}
					for _, environment := range []int64{test, production} {
						for _, consumer := range c.thereOf(other.ID, environment) {
							if there := c.contractOf(consumer, a.ID); there != 0 && slices.Contains(c.thereOf(a.ID, environment), v.ID) {
								states = append(states, c.stateOf(there, a.ID, v.ID))
							}
						}
					}
					gives = append(gives, fmt.Sprint(other.Name, content, worst(states...)))
				}
			}
			var needed, given []string
			for _, p := range b.NeedsOf(a, v.ID) {
				needed = append(needed, fmt.Sprint(p.Provider.Name, p.Contract.ContentID, p.State))
			}
			for _, p := range b.GivesOf(a, v.ID) {
				given = append(given, fmt.Sprint(p.Consumer.Name, p.Contract.ContentID, p.State))
			}
			require.ElementsMatch(t, needs, needed, "%s %s", a.Name, v.Number)
			require.ElementsMatch(t, gives, given, "%s %s", a.Name, v.Number)
		}
	})
}

// reachedBy are the applications that are connected with one, by going over every pair
// until nothing is added.
func reachedBy(pairs []Pair, center int64) map[int64]bool {
	reached := map[int64]bool{center: true}
	for before := 0; before < len(reached); {
		before = len(reached)
		for _, p := range pairs {
			if reached[p.ConsumerID] || reached[p.ProviderID] {
				reached[p.ConsumerID], reached[p.ProviderID] = true, true
			}
		}
	}
	return reached
}

// The group around an application has every pair of those that are connected with it, once
// and in their order; a group that ends early has whole rounds of neighbours.
func TestConnected_isEveryPairThatIsReached(t *testing.T) {
	for range 200 {
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			var pairs []Pair
			for id := range int64(random.IntN(25)) {
				p := Pair{}
				p.ID, p.ConsumerID, p.ProviderID = id+1, 1+random.Int64N(15), 1+random.Int64N(15)
				pairs = append(pairs, p)
			}
			center := 1 + random.Int64N(15)
			reached := reachedBy(pairs, center)
			var want []int64
			for _, p := range pairs {
				if reached[p.ConsumerID] {
					want = append(want, p.ID)
				}
			}
			ids := func(group []Pair) (found []int64) {
				for _, p := range group {
					found = append(found, p.ID)
				}
				return found
			}
			random.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
			require.Equal(t, want, ids(connected(slices.Clone(pairs), center, 0)))
			before := []int64(nil)
			for most := 1; most <= 16; most++ {
				part := ids(connected(slices.Clone(pairs), center, most))
				require.Subset(t, want, part)
				require.Subset(t, part, before, "more has all that less has")
				for _, p := range pairs {
					if p.ConsumerID == center || p.ProviderID == center {
						require.Contains(t, part, p.ID, "the neighbours are always there")
					}
				}
				before = part
			}
			require.ElementsMatch(t, want, before)
		})
	}
}
