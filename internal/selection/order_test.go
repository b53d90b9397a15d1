package selection

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
)

// Tests of providers are named after these words; they are those of the original.
func TestReason_hasTheShortFormOfTheOriginal(t *testing.T) {
	for want, r := range map[string]Reason{
		"latest":                  {Kind: ByLatest},
		"latest from branch feat": {Kind: ByBranch, Branch: "feat"},
		"latest with tag dev":     {Kind: ByLatestTag, Tag: "dev"},
		"one of dev":              {Kind: ByTag, Tag: "dev"},
		"one of Shop dev":         {Kind: ByTag, Tag: "dev", Consumer: "Shop"},
		"deployed to live":        {Kind: ByDeployment, Environment: "live"},
		"released in live":        {Kind: ByRelease, Environment: "live"},
		"latest from main branch": {Kind: ByMainBranch, Branch: "main"},
		"in live":                 {Kind: ByEnvironment, Environment: "live"},
	} {
		require.Equal(t, want, r.String())
	}
	require.Equal(t, "latest with tag dev", Reason{Kind: ByLatestTag, Tag: "dev", Consumer: "Shop"}.String(), "only one of several names its consumer")
}

func at(position int64) contracts.Publication {
	return contracts.Publication{ID: position, ContentID: 1, VersionPosition: position}
}

// Of one content all findings are told, in an order that does not depend on that of
// the selectors.
func TestSquash_tellsOfAllFindingsInOrder(t *testing.T) {
	matches := []Match{
		{Reason{Kind: ByEnvironment, Environment: "live"}, at(1)},
		{Reason{Kind: ByMainBranch, Branch: "main"}, at(1)},
		{Reason{Kind: ByRelease, Environment: "live", Production: true}, at(1)},
		{Reason{Kind: ByDeployment, Environment: "a-live", Production: true}, at(1)},
		{Reason{Kind: ByDeployment, Environment: "test"}, at(1)},
		{Reason{Kind: ByDeployment, Environment: "dev"}, at(1)},
		{Reason{Kind: ByTag, Tag: "b"}, at(1)},
		{Reason{Kind: ByTag, Tag: "a", Consumer: "Shop"}, at(1)},
		{Reason{Kind: ByTag, Tag: "a"}, at(2)},
		{Reason{Kind: ByTag, Tag: "a"}, at(1)},
		{Reason{Kind: ByLatestTag, Tag: "z"}, at(1)},
		{Reason{Kind: ByBranch, Branch: "y"}, at(1)},
		{Reason{Kind: ByBranch, Branch: "x"}, at(1)},
		{Reason{Kind: ByLatest}, at(1)},
	}
	const want = "latest, latest from branch x, latest from branch y, latest with tag z, one of a, one of a, one of Shop a, one of b, deployed to dev, deployed to test, deployed to a-live, released in live, latest from main branch, in live"
	for range 2 {
		pacts := squash(slices.Clone(matches), compareMatches)
		require.Len(t, pacts, 1)
		require.Equal(t, want, pacts[0].ShortDescription())
		require.EqualValues(t, 2, pacts[0].Publication.VersionPosition, "the newest version stands for all")
		slices.Reverse(matches)
	}
}

func TestSquash_keepsContentsApartInTheOrderOfConsumers(t *testing.T) {
	pact := func(consumer string, content, position int64) Match {
		return Match{Pact: contracts.Publication{Consumer: consumer, ContentID: content, VersionPosition: position}}
	}
	var told []string
	for _, p := range squash([]Match{pact("b", 1, 5), pact("C", 2, 1), pact("A", 3, 9), pact("A", 4, 2), pact("B", 5, 1), pact("a", 6, 1)}, compareMatches) {
		told = append(told, p.Publication.Consumer+string(rune('0'+p.Publication.VersionPosition)))
	}
	require.Equal(t, []string{"A2", "A9", "a1", "B1", "b5", "C1"}, told)
	require.NotNil(t, squash(nil, compareMatches), "nothing is an empty list")
}

// The window of work in progress is as old as four of five contracts are at most.
func TestWindow_isAsOldAsMostOfWhatIsNotVerified(t *testing.T) {
	w := Window{Default: 7, Min: 3, Max: 14}
	now := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	ago := func(days ...int) []time.Time {
		var published []time.Time
		for _, d := range days {
			published = append(published, now.Add(-time.Duration(d)*24*time.Hour))
		}
		return published
	}
	for _, tt := range []struct {
		name      string
		published []time.Time
		want      int
	}{
		{"none", nil, 7},
		{"one", ago(5), 5},
		{"one that is young", ago(1), 3},
		{"one that is old", ago(30), 14},
		{"one of five is older", ago(4, 5, 6, 8, 13), 8},
		{"in any order", ago(13, 8, 4, 6, 5), 8},
		{"two of five are older", ago(4, 5, 6, 12, 13), 12},
		{"a day that has begun counts", []time.Time{now.Add(-4*24*time.Hour - time.Minute)}, 5},
	} {
		require.Equal(t, tt.want, w.days(now, tt.published), tt.name)
	}
}

func TestConcrete_namesTheMatchingBranchOnce(t *testing.T) {
	q := Query{ProviderBranch: "feat", Selectors: []Selector{{MatchingBranch: true}, {Branch: "feat"}, {MatchingBranch: true, Consumer: "Shop"}, {Latest: true}, {Latest: true}}}
	require.Equal(t, []Selector{{Branch: "feat"}, {Branch: "feat", Consumer: "Shop"}, {Latest: true}}, concrete(q))
	require.Empty(t, concrete(Query{}))
}

// A consumer that has the branch is not asked for the fallback, even if the head has
// no contract.
func TestHeadsOf_asksForTheFallbackOfWhoLacksTheBranch(t *testing.T) {
	head := func(consumerID int64, branch string, pactID int64) Found {
		return Found{Name: branch, ConsumerID: consumerID, Pact: contracts.Publication{ID: pactID, Consumer: string(rune('A' + consumerID - 1))}}
	}
	heads := byName([]Found{head(1, "feat", 11), head(1, "main", 12), head(2, "main", 21), head(3, "feat", 0), head(3, "main", 31)})
	for _, tt := range []struct {
		selector Selector
		want     []int64
	}{
		{Selector{Branch: "feat"}, []int64{11}},
		{Selector{Branch: "feat", FallbackBranch: "main"}, []int64{11, 21}},
		{Selector{Branch: "feat", FallbackBranch: "none"}, []int64{11}},
		{Selector{Branch: "none", FallbackBranch: "main"}, []int64{12, 21, 31}},
		{Selector{Branch: "none", FallbackBranch: "main", Consumer: "B"}, []int64{21}},
		{Selector{Branch: "none", FallbackBranch: "main", Consumer: "b"}, nil},
	} {
		f := &finding{}
		f.headsOf([]Selector{tt.selector}, heads)
		var found []int64
		for _, m := range f.matches {
			found = append(found, m.Pact.ID)
		}
		require.Equal(t, tt.want, found, "%+v", tt.selector)
	}
	folding := &finding{Settings: Settings{FoldNames: true}}
	folding.headsOf([]Selector{{Branch: "feat", Consumer: "a"}}, heads)
	require.Len(t, folding.matches, 1, "where names are compared without case")
}

func TestLacking_goesByTheFirstUseOfATag(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	j := &judge{query: Query{ProviderTags: []string{"old", "new", "never"}}, firstUsed: map[string]time.Time{"old": noon.Add(-time.Hour), "new": noon.Add(time.Hour)}}
	for _, tt := range []struct {
		name string
		s    TagSuccesses
		want []string
	}{
		{"no success", TagSuccesses{}, []string{"old", "new", "never"}},
		{"a success before the tag was used", TagSuccesses{First: noon}, []string{"old"}},
		{"a success with the tag", TagSuccesses{First: noon, Own: []string{"old"}}, nil},
		{"a success after all", TagSuccesses{First: noon.Add(2 * time.Hour)}, []string{"old", "new"}},
		{"a success in the same moment is not before", TagSuccesses{First: noon.Add(time.Hour)}, []string{"old", "new"}},
	} {
		require.Equal(t, tt.want, j.lacking(tt.s), tt.name)
	}
}

func TestEnvironments_findsTheOneThatMayHaveBeenMeant(t *testing.T) {
	known := Environments{{Name: "production"}, {Name: "test"}, {Name: "qa"}}
	for asked, want := range map[string]string{"prodction": "production", "Production": "production", "tset": "test", "tests": "test", "qa1": "qa", "live": "", "": "", "x": "", "zz": ""} {
		exists, meant := known.Find(asked)
		require.False(t, exists, asked)
		require.Equal(t, want, meant, asked)
	}
}

func TestEachVersionOnce_inEachEnvironment(t *testing.T) {
	found := func(version int64, environment string) Found {
		return Found{Name: environment, Pact: contracts.Publication{VersionID: version}}
	}
	require.Equal(t, []Found{found(1, "a"), found(1, "b"), found(2, "a")},
		eachVersionOnce([]Found{found(1, "a"), found(1, "a"), found(1, "b")}, []Found{found(1, "a"), found(2, "a")}))
}
