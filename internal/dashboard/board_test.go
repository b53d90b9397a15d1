package dashboard

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/versions"
)

// company is a broker in memory, small enough to see at a glance what a board is
// made of; that a database gives the same is tested with the store. The older of its
// two environments is test, the other production.
type company struct {
	applications []pacticipants.Pacticipant
	versions     []versions.Version
	heads        map[int64]versions.Version
	pacts        []Contract
	marks        []Mark
	deployed     []deployments.Deployed
	released     []deployments.Released
	external     map[int64]pacticipants.External
}

var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

const test, production = int64(1), int64(2)

func newCompany() *company {
	return &company{heads: map[int64]versions.Version{}, external: map[int64]pacticipants.External{}}
}

func (c *company) application(name string) pacticipants.Pacticipant {
	for _, p := range c.applications {
		if p.Name == name {
			return p
		}
	}
	p := pacticipants.Pacticipant{ID: int64(len(c.applications) + 1), Name: name}
	c.applications = append(c.applications, p)
	return p
}

// version is named as "Shop 2".
func (c *company) version(named string) versions.Version {
	name, number, _ := strings.Cut(named, " ")
	p := c.application(name)
	for _, v := range c.versions {
		if v.PacticipantID == p.ID && v.Number == number {
			return v
		}
	}
	id := int64(len(c.versions) + 1)
	v := versions.Version{ID: id, PacticipantID: p.ID, Pacticipant: name, Number: number, Position: id, CreatedAt: morning.Add(time.Duration(id) * time.Minute)}
	c.versions = append(c.versions, v)
	return v
}

func (c *company) main(named string) {
	v := c.version(named)
	c.heads[v.PacticipantID] = v
}

func (c *company) pact(consumer, provider string, content int64) {
	v, p := c.version(consumer), c.application(provider)
	c.pacts = append(c.pacts, Contract{Publication: contracts.Publication{ID: int64(len(c.pacts) + 1), IntegrationID: 100*v.PacticipantID + p.ID, ContentID: content,
		ConsumerID: v.PacticipantID, Consumer: v.Pacticipant, ProviderID: p.ID, Provider: p.Name, VersionID: v.ID, VersionNumber: v.Number, VersionPosition: v.Position, CreatedAt: v.CreatedAt}})
}

func (c *company) verify(content int64, provider string, success bool) {
	v := c.version(provider)
	c.marks = append(c.marks, Mark{Number: int64(len(c.marks) + 1), ContentID: content, ProviderVersion: v.ID, ProviderNumber: v.Number, Success: success, At: morning.Add(time.Duration(len(c.marks)) * time.Hour)})
}

func (c *company) deploy(version string, environment int64, instance ...string) {
	v := c.version(version)
	c.deployed = append(c.deployed, deployments.Deployed{ID: int64(len(c.deployed) + 1), EnvironmentID: environment, PacticipantID: v.PacticipantID, VersionID: v.ID, Number: v.Number, Instance: strings.Join(instance, ""), CreatedAt: morning.Add(time.Duration(len(c.deployed)) * time.Hour)})
}

func (c *company) release(version string, environment int64) {
	v := c.version(version)
	c.released = append(c.released, deployments.Released{ID: int64(len(c.released) + 1), EnvironmentID: environment, PacticipantID: v.PacticipantID, VersionID: v.ID, Number: v.Number, CreatedAt: morning})
}

func (c *company) Now() time.Time { return morning.Add(24 * time.Hour) }

func (c *company) Environments(context.Context) ([]deployments.Environment, error) {
	return []deployments.Environment{{ID: production, Name: "production", Production: true, CreatedAt: morning}, {ID: test, Name: "test", CreatedAt: morning.Add(time.Hour)}}, nil
}

func (c *company) Pacticipants(context.Context, pacticipants.Query) ([]pacticipants.Pacticipant, int, error) {
	return c.applications, len(c.applications), nil
}

func (c *company) LabelsOf(context.Context, ...int64) (map[int64][]pacticipants.Label, error) {
	return map[int64][]pacticipants.Label{1: {{Name: "core"}}}, nil
}

func (c *company) ExternalOf(context.Context, ...int64) (map[int64]pacticipants.External, error) {
	return c.external, nil
}

func (c *company) CurrentDeployments(context.Context, ...int64) ([]deployments.Deployed, error) {
	return slices.Clone(c.deployed), nil
}

func (c *company) SupportedReleases(context.Context, ...int64) ([]deployments.Released, error) {
	return slices.Clone(c.released), nil
}

func (c *company) Pairs(context.Context, ...int64) ([]Pair, error) {
	seen := map[int64]bool{}
	var pairs []Pair
	for _, p := range c.pacts {
		if !seen[p.IntegrationID] {
			pairs = append(pairs, Pair{HasPact: true, Integration: contracts.Integration{ID: p.IntegrationID, ConsumerID: p.ConsumerID, Consumer: p.Consumer, ProviderID: p.ProviderID, Provider: p.Provider}})
		}
		seen[p.IntegrationID] = true
	}
	return append(pairs, Pair{Integration: contracts.Integration{ID: 9999, ConsumerID: 1, ProviderID: 1}}), nil
}

func (c *company) MainHeads(context.Context, ...int64) (map[int64]versions.Version, error) {
	return c.heads, nil
}

func (c *company) LatestVersions(_ context.Context, ids ...int64) (map[int64]versions.Version, error) {
	latest := map[int64]versions.Version{}
	for _, v := range c.versions {
		if slices.Contains(ids, v.PacticipantID) {
			latest[v.PacticipantID] = v
		}
	}
	return latest, nil
}

func (c *company) ContractsOf(_ context.Context, versionIDs []int64, _ ...int64) ([]Contract, error) {
	newest := map[int64]int64{}
	for _, p := range c.pacts {
		newest[p.IntegrationID] = max(newest[p.IntegrationID], p.VersionPosition)
	}
	return slices.DeleteFunc(slices.Clone(c.pacts), func(p Contract) bool {
		return !slices.Contains(versionIDs, p.VersionID) && newest[p.IntegrationID] != p.VersionPosition
	}), nil
}

func (c *company) MarksBetween(_ context.Context, contents, providers []int64) ([]Mark, error) {
	counts := map[resultKey]Mark{}
	for _, m := range c.marks {
		for i := range contents {
			if m.ContentID == contents[i] && m.ProviderVersion == providers[i] {
				counts[resultKey{m.ContentID, m.ProviderVersion}] = m
			}
		}
	}
	return sorted(counts), nil
}

func (c *company) LastMarks(_ context.Context, contents []int64) ([]Mark, error) {
	counts := map[resultKey]Mark{}
	for _, m := range c.marks {
		if slices.Contains(contents, m.ContentID) {
			counts[resultKey{m.ContentID, 0}] = m
		}
	}
	return sorted(counts), nil
}

func sorted(marks map[resultKey]Mark) []Mark {
	var all []Mark
	for _, m := range marks {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b Mark) int { return cmp.Compare(a.Number, b.Number) })
	return all
}

func (c *company) board(t *testing.T) *Board {
	t.Helper()
	boards := Boards{AwaitedFor: time.Hour, View: func(ctx context.Context, fn func(ctx context.Context, tx BoardReader) error) error { return fn(ctx, c) }}
	b, err := boards.Board(t.Context())
	require.NoError(t, err)
	return b
}

// standing writes how a pair stands: on the main branches, in test, in production, and
// at worst.
func standing(p *PairSummary) string {
	return fmt.Sprintf("%s %s %s, worst %s", p.Main, p.In[test], p.In[production], p.Worst)
}

func TestBoard_tellsHowAPairStands(t *testing.T) {
	for _, tt := range []struct {
		name string
		with func(c *company)
		want string
	}{
		{"never verified", nil, "not_known not_there not_there, worst not_known"},
		{"verified by the newest", func(c *company) { c.verify(5, "Stock 10", true) }, "works not_there not_there, worst works"},
		{"failed by the newest", func(c *company) { c.verify(5, "Stock 10", false) }, "fails not_there not_there, worst fails"},
		{"verified by an older one", func(c *company) {
			c.verify(5, "Stock 10", true)
			c.version("Stock 11")
		}, "not_known not_there not_there, worst not_known"},
		{"the head of the main branch counts", func(c *company) {
			c.verify(5, "Stock 10", true)
			c.version("Stock 11")
			c.main("Stock 10")
		}, "works not_there not_there, worst works"},
		{"the latest result counts", func(c *company) {
			c.verify(5, "Stock 10", false)
			c.verify(5, "Stock 10", true)
		}, "works not_there not_there, worst works"},
		{"a newer consumer without the contract", func(c *company) {
			c.verify(5, "Stock 10", true)
			c.version("Shop 3")
		}, "works not_there not_there, worst works"},
		{"a newer contract", func(c *company) {
			c.verify(5, "Stock 10", true)
			c.pact("Shop 3", "Stock", 6)
		}, "not_known not_there not_there, worst not_known"},
		{"an external provider", func(c *company) { c.external[c.application("Stock").ID] = pacticipants.External{Reason: "theirs"} }, "external not_there not_there, worst external"},
		{"a failure of an external provider", func(c *company) {
			c.external[c.application("Stock").ID] = pacticipants.External{Reason: "theirs"}
			c.verify(5, "Stock 10", false)
		}, "fails not_there not_there, worst fails"},
		{"only the consumer is there", func(c *company) {
			c.verify(5, "Stock 10", true)
			c.deploy("Shop 2", test)
		}, "works not_there not_there, worst works"},
		{"both are there", func(c *company) {
			c.verify(5, "Stock 10", true)
			c.deploy("Shop 2", test)
			c.deploy("Stock 10", test)
		}, "works works not_there, worst works"},
		{"a release counts like a deployment", func(c *company) {
			c.verify(5, "Stock 10", true)
			c.release("Shop 2", production)
			c.deploy("Stock 10", production)
		}, "works not_there works, worst works"},
		{"an older version that is there fails", func(c *company) {
			c.verify(5, "Stock 10", true)
			c.verify(5, "Stock 9", false)
			c.main("Stock 10")
			c.deploy("Shop 2", production)
			c.deploy("Stock 9", production)
		}, "works not_there fails, worst fails"},
		{"the worst of several versions that are there", func(c *company) {
			c.verify(5, "Stock 10", true)
			c.deploy("Shop 2", test)
			c.deploy("Stock 10", test, "a")
			c.deploy("Stock 8", test, "b")
			c.main("Stock 10")
		}, "works not_known not_there, worst not_known"},
		{"what is there without the contract", func(c *company) {
			c.version("Shop 1")
			c.main("Shop 2")
			c.deploy("Shop 1", test)
			c.deploy("Stock 10", test)
		}, "not_known not_there not_there, worst not_known"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCompany()
			c.pact("Shop 2", "Stock", 5)
			c.version("Stock 10")
			if tt.with != nil {
				tt.with(c)
			}
			b := c.board(t)
			require.Len(t, b.Pairs, 1, "a pair without a contract is none")
			require.Equal(t, tt.want, standing(b.Pairs[0]))
		})
	}
}

func TestBoard_waitsForAResultOfANewContract(t *testing.T) {
	c := newCompany()
	c.pact("Shop 2", "Stock", 5)
	c.version("Stock 10")
	c.pacts[0].CreatedAt = c.Now().Add(-time.Hour)
	require.Equal(t, NotKnown, c.board(t).Pairs[0].Main, "Stock has never answered anybody")
	c.pact("Web 1", "Stock", 6)
	c.verify(6, "Stock 9", true)
	require.Equal(t, Awaited, c.board(t).Pairs[0].Main)
	c.pacts[0].CreatedAt = c.Now().Add(-time.Hour - time.Second)
	require.Equal(t, NotKnown, c.board(t).Pairs[0].Main)
	c.pacts[0].CreatedAt = c.Now()
	c.verify(5, "Stock 9", false)
	require.NotEqual(t, Awaited, c.board(t).Pairs[0].Main, "somebody has answered")
}

func TestBoard_isInTheOrderInWhichPeopleLook(t *testing.T) {
	c := newCompany()
	c.pact("shop 1", "Stock", 5)
	c.pact("Bank 1", "stock", 6)
	c.deploy("Stock 2", production)
	c.deploy("Stock 1", test, "b")
	c.deploy("Stock 3", test, "a")
	c.release("Stock 4", test)
	b := c.board(t)
	require.Equal(t, "test", b.Environments[0].Name, "what is not production comes first, whatever its age")
	require.Equal(t, []string{"Bank stock", "shop Stock"}, []string{b.Pairs[0].Consumer.Name + " " + b.Pairs[0].Provider.Name, b.Pairs[1].Consumer.Name + " " + b.Pairs[1].Provider.Name})
	var places []string
	for _, a := range b.Applications {
		for _, p := range a.Places {
			places = append(places, fmt.Sprintf("%d %s %s", p.EnvironmentID, p.Number, p.Instance))
		}
	}
	require.Equal(t, []string{"1 4 ", "1 3 a", "1 1 b", "2 2 "}, places)
	require.Equal(t, []string{"core"}, b.Applications[0].Labels)
}

// The board gives the answer that can-i-deploy gives: not knowing weighs more than a
// failure, as more results may be on their way.
func TestMayGo_answersAsCanIDeployDoes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		with   func(c *company)
		asked  string
		answer matrix.Answer
		looked int
		// blocking are the states of what is in the way, the worst first.
		blocking []State
	}{
		{"nothing is needed", func(c *company) { c.version("Mail 1") }, "Mail", matrix.Yes, 0, nil},
		{"a provider that is not there", nil, "Shop", matrix.Unknown, 1, []State{NotKnown}},
		{"an external provider that is not there", func(c *company) { c.external[c.application("Stock").ID] = pacticipants.External{} }, "Shop", matrix.Yes, 1, nil},
		{"a provider that is there and works", func(c *company) {
			c.deploy("Stock 10", production)
			c.verify(5, "Stock 10", true)
		}, "Shop", matrix.Yes, 1, nil},
		{"a provider that is there and fails", func(c *company) {
			c.deploy("Stock 10", production)
			c.verify(5, "Stock 10", false)
		}, "Shop", matrix.No, 1, []State{Fails}},
		{"a provider that is elsewhere", func(c *company) {
			c.deploy("Stock 10", test)
			c.verify(5, "Stock 10", true)
		}, "Shop", matrix.Unknown, 1, []State{NotKnown}},
		{"two versions of the provider, one of which fails", func(c *company) {
			c.deploy("Stock 10", production, "a")
			c.deploy("Stock 9", production, "b")
			c.verify(5, "Stock 10", true)
			c.verify(5, "Stock 9", false)
		}, "Shop", matrix.No, 1, []State{Fails}},
		{"two versions of the provider, one fails and one is not known", func(c *company) {
			c.deploy("Stock 10", production, "a")
			c.deploy("Stock 9", production, "b")
			c.verify(5, "Stock 9", false)
		}, "Shop", matrix.Unknown, 1, []State{Fails, NotKnown}},
		{"a failure and a provider that is not there", func(c *company) {
			c.pact("Shop 2", "Bank", 6)
			c.deploy("Stock 10", production)
			c.verify(5, "Stock 10", false)
		}, "Shop", matrix.Unknown, 2, []State{Fails, NotKnown}},
		{"the worst comes first, however it was found", func(c *company) {
			c.pact("Shop 2", "Bank", 6)
			c.deploy("Bank 1", production)
			c.verify(6, "Bank 1", false)
		}, "Shop", matrix.Unknown, 2, []State{Fails, NotKnown}},
		{"a consumer that is there and works", func(c *company) {
			c.deploy("Shop 2", production)
			c.verify(5, "Stock 10", true)
		}, "Stock", matrix.Yes, 1, nil},
		{"a consumer that is there and breaks", func(c *company) {
			c.deploy("Shop 2", production)
			c.verify(5, "Stock 10", false)
		}, "Stock", matrix.No, 1, []State{Fails}},
		{"a consumer that is not there", func(c *company) { c.verify(5, "Stock 10", false) }, "Stock", matrix.Yes, 0, nil},
		{"a consumer that is there without the contract", func(c *company) {
			c.deploy("Shop 1", production)
			c.main("Shop 2")
		}, "Stock", matrix.Yes, 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCompany()
			c.pact("Shop 2", "Stock", 5)
			c.version("Stock 10")
			c.main("Stock 10")
			if tt.with != nil {
				tt.with(c)
			}
			b := c.board(t)
			deployability := b.MayGo(b.byName[tt.asked], production)
			require.Equal(t, tt.answer.String(), deployability.Answer.String())
			require.Equal(t, tt.looked, deployability.Looked)
			var blocking []State
			for _, in := range deployability.Blocking {
				blocking = append(blocking, in.State)
			}
			require.Equal(t, tt.blocking, blocking)
		})
	}
}

func TestConcerns_nameTheMostUrgentFirst(t *testing.T) {
	c := newCompany()
	c.pact("Shop 2", "Stock", 5) // fails in production
	c.deploy("Shop 2", production)
	c.deploy("Stock 9", production)
	c.verify(5, "Stock 9", false)
	c.pact("Web 1", "Bank", 6) // fails in test
	c.deploy("Web 1", test)
	c.deploy("Bank 1", test)
	c.verify(6, "Bank 1", false)
	c.pact("App 1", "Mail", 7) // never answered
	c.pact("Web 1", "Tax", 8)  // no answer to this one
	c.pact("App 1", "Tax", 9)
	c.verify(9, "Tax 1", true)
	c.version("Mail 1")
	c.version("Stock 10")
	var told []string
	for _, concern := range c.board(t).Concerns() {
		pair := "-"
		if concern.Pair != nil {
			pair = concern.Pair.Consumer.Name + " " + concern.Pair.Provider.Name
		}
		told = append(told, fmt.Sprintf("%d %s, turn of %s", concern.Kind, pair, concern.Owner.Name))
	}
	require.Equal(t, []string{
		fmt.Sprintf("%d Shop Stock, turn of Stock", FailsTogether),
		fmt.Sprintf("%d Web Bank, turn of Bank", FailsTogether),
		fmt.Sprintf("%d -, turn of Mail", NeverAnswered),
		fmt.Sprintf("%d Web Tax, turn of Tax", NoAnswer),
		fmt.Sprintf("%d Shop Stock, turn of Stock", NoAnswer),
	}, told)
}

// Who is awaited is not reminded, unless the two are together without knowing.
func TestConcerns_remindOfAwaitedResultsWhereTheTwoAreTogether(t *testing.T) {
	c := newCompany()
	c.pact("Web 1", "Stock", 6)
	c.verify(6, "Stock 9", true)
	c.pact("Shop 2", "Stock", 5)
	c.pacts[1].CreatedAt = c.Now()
	c.version("Stock 10")
	require.Equal(t, Awaited, c.board(t).Pairs[0].Main)
	named := func() (pairs []string) {
		for _, concern := range c.board(t).Concerns() {
			pairs = append(pairs, fmt.Sprint(concern.Kind, " ", concern.Pair.Consumer.Name))
		}
		return pairs
	}
	web := fmt.Sprint(NoAnswer, " Web")
	require.Equal(t, []string{web}, named(), "only Stock 9 has answered Web")
	c.deploy("Shop 2", test)
	c.deploy("Stock 9", test)
	require.ElementsMatch(t, []string{web, fmt.Sprint(NoAnswer, " Shop")}, named())
}

func TestStates_areOrderedByHowBadTheyAre(t *testing.T) {
	states := []State{Works, Absent, Fails, Ignored, Awaited, NotKnown}
	slices.SortFunc(states, Worse)
	require.Equal(t, []State{Fails, NotKnown, Awaited, Ignored, Works, Absent}, states)
	require.Equal(t, Absent, worst())
	require.Equal(t, Awaited, worst(Works, Awaited, Ignored))
}

// What a verification and a comparison come to of the same two: a failure counts, whichever
// has found it; where both agree, the verification, which proves more.
func TestCounting_weighsComparisonsAndVerifications(t *testing.T) {
	for _, tt := range []struct{ verified, compared, wantCompared bool }{{true, true, false}, {true, false, true}, {false, true, false}, {false, false, false}} {
		marks := []Mark{{ContentID: 1, ProviderVersion: 2, Success: tt.verified}, {ContentID: 1, ProviderVersion: 2, Success: tt.compared, Compared: true}}
		for _, newest := range [][]Mark{marks, nil} {
			found, known := Counting(1, newest, marks)
			require.True(t, known)
			require.Equal(t, tt.wantCompared, found.Compared, "%+v", tt)
			require.Equal(t, tt.verified && tt.compared, found.Success, "%+v", tt)
		}
	}
}
