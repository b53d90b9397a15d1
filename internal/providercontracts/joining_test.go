package providercontracts

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/oaschanges"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// Pacts are joined by what they are, not by their place: one that could not be compared
// takes no other's breach along.
func TestJoin_findsEachPactAgain(t *testing.T) {
	const both = `"state":{"type":"string"},"note":{"type":"string"}`
	breaking := oaschanges.Change{Level: oaschanges.Breaking, Method: "GET", Path: "/orders/{id}"}
	pacts := [][]byte{reading("state"), reading("note"), reading("note")}
	was, is := impactWith(shopDocument(both), pacts...), impactWith(shopDocument(`"state":{"type":"string"}`), pacts...)
	require.Len(t, joinedOne(t, breaking, was, is, pacts...).Breaks, 2)
	is.Effects = is.Effects[1:]
	require.Len(t, joinedOne(t, breaking, was, is, pacts...).Breaks, 2, "the first could not be compared")
	is.Effects = is.Effects[:1]
	joined := joinedOne(t, breaking, was, is, pacts...)
	require.Len(t, joined.Breaks, 1)
	require.EqualValues(t, 2, joined.Breaks[0].Publication.ID)
	require.Len(t, joined.UsedBy, 3)
	is.Effects = nil
	require.Equal(t, NotKnown, joinedOne(t, breaking, was, is, pacts...).Meaning, "nothing is known of what it breaks")
}

func TestProviderContract_Named_findsTheContractThatIsMeant(t *testing.T) {
	promise := func(names ...string) VersionContracts {
		p := VersionContracts{Version: versions.Version{Pacticipant: "Orders", Number: "9"}}
		for _, name := range names {
			p.Contracts = append(p.Contracts, Contract{Name: name})
		}
		return p
	}
	for name, tt := range map[string]struct {
		promise VersionContracts
		asked   string
		want    string
		says    string
	}{
		"the only one":                   {promise("public"), "", "public", ""},
		"the one without a name":         {promise("public", DefaultName), "", DefaultName, ""},
		"the one with the name":          {promise("public", "internal"), "internal", "internal", ""},
		"one of several":                 {promise("public", "internal"), "", "", "Orders version 9 has several contracts; say which by its name: public, internal."},
		"another name":                   {promise("public"), "internal", "", "Orders version 9 has no contract named internal. Its contracts: public."},
		"a name in other letters":        {promise("public"), "Public", "", "Orders version 9 has no contract named Public. Its contracts: public."},
		"the name of one without a name": {promise(DefaultName), DefaultName, DefaultName, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := tt.promise.Named(tt.asked)
			if tt.says != "" {
				require.True(t, fault.Is(err, fault.NotFound))
				require.EqualError(t, err, tt.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, c.Name)
		})
	}
}

// Few compare at a time; who waits for the others may give up.
func TestGate_letsFewIn(t *testing.T) {
	var g gate
	for range comparisonsAtATime {
		require.NoError(t, g.enter(t.Context()))
	}
	hurried, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, g.enter(hurried), context.DeadlineExceeded)
	entered := make(chan error)
	go func() { entered <- g.enter(t.Context()) }()
	g.leave()
	require.NoError(t, <-entered, "as soon as one leaves")
}

// What is published again is a change only if it says something else.
func TestChangeOf_seesWhatIsNew(t *testing.T) {
	known := Contract{Document: Document{SHA: "1"}, ContentType: "application/json", Evidence: succeeded()}
	for want, change := range map[Change][]func(c *Contract){
		Unchanged:       {func(*Contract) {}, func(c *Contract) { c.ID, c.Name, c.CreatedAt = 7, "other", time.Now() }},
		Replaced:        {func(c *Contract) { c.Document.SHA = "2" }, func(c *Contract) { c.Document.SHA, c.Evidence = "2", failed() }},
		EvidenceChanged: {func(c *Contract) { c.Evidence = failed() }, func(c *Contract) { c.Evidence = Evidence{} }, func(c *Contract) { c.Evidence.SHA = "x" }, func(c *Contract) { c.Evidence.Verifier = "own" }, func(c *Contract) { c.Evidence.Format = "junit" }, func(c *Contract) { c.ContentType = "application/yaml" }},
	} {
		for i, fn := range change {
			c := known
			fn(&c)
			require.Equal(t, want, changeOf(known, c), "%d. of %d", i, want)
		}
	}
}

func TestSidesOf_namesEachSideOnce(t *testing.T) {
	contents, providing := sidesOf([]Pair{{3, 1}, {1, 2}, {3, 2}, {1, 1}})
	require.Equal(t, []int64{1, 3}, contents)
	require.Equal(t, []int64{1, 2}, providing)
}
