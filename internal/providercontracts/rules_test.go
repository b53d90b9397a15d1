package providercontracts

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/oaschanges"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// A change of one path says nothing of another that ends like it, and a parameter may
// get another name.
func TestJoin_takesPathsForWhatTheyAre(t *testing.T) {
	document := func(field string) string {
		item := func(fields string) string {
			return `{"get":{"responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":"object","properties":{` + fields + `}}}}}}}}`
		}
		return `{"openapi":"3.0.3","info":{},"paths":{"/items":` + item(`"a":{}`) + `,"/orders/{id}/items":` + item(field) + `}}`
	}
	nested := []byte(`{"interactions":[{"description":"read","request":{"method":"GET","path":"/orders/1/items"},"response":{"status":200,"body":{"b":"x"}}}]}`)
	was, is := impactWith(document(`"b":{}`), nested), impactWith(document(`"c":{}`), nested)
	for path, want := range map[string]Meaning{
		"/items": UsedByNobodyKnown, "/orders/{id}/items": BreaksConsumers, "/orders/{order}/items": BreaksConsumers, "/{id}/items": UsedByNobodyKnown, "/orders/id/items": UsedByNobodyKnown, "": BreaksConsumers,
	} {
		joined := joinedOne(t, oaschanges.Change{Level: oaschanges.Breaking, Method: "get", Path: path}, was, is, nested)
		require.Equal(t, want, joined.Meaning, path)
	}
}

// The order in which documents are published or listed changes nothing of what they
// are called by, nor the order of contracts.
func TestKeys_doNotDependOnTheOrder(t *testing.T) {
	all := []Contract{
		{Name: "a", Document: Document{SHA: "1"}}, {Name: "b", Document: Document{SHA: "2"}, Evidence: succeeded()}, {Name: "c", Document: Document{SHA: "1"}, Evidence: failed()}, {Name: "d", Document: Document{SHA: "3"}},
	}
	key, documents := KeyOf(all), DocumentsKeyOf(all)
	random := testrandom.New(t)
	for range 20 {
		mixed := slices.Clone(all)
		random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		require.Equal(t, key, KeyOf(mixed))
		require.Equal(t, documents, DocumentsKeyOf(mixed))
	}
	require.Equal(t, DocumentsKeyOf(all[:2]), DocumentsKeyOf(all[1:3]), "what is compared depends on the documents alone")
	require.NotEqual(t, KeyOf(all[:2]), KeyOf(all[1:3]))
	require.NotEqual(t, DocumentsKeyOf(all), DocumentsKeyOf(all[:3]))
}

// Whatever is read in whatever order, what is kept ready is counted right and stays
// within its bound.
func TestCache_countsWhatItKeeps(t *testing.T) {
	var c cache
	random := testrandom.New(t)
	for range 300 {
		name := fmt.Sprint(random.IntN(12))
		d, err := c.get(name, func() ([]byte, error) { return nil, errors.New("not kept") })
		if err != nil {
			d = readable{sha: name, content: make([]byte, cachedBytes/12*(1+len(name)))}
			c.keep(d)
		}
		require.Equal(t, name, d.sha)
		if random.IntN(10) == 0 {
			c.purge()
		}
		kept := 0
		for _, entry := range c.entries {
			kept += len(entry.document.content)
		}
		require.Equal(t, kept, c.bytes)
		require.LessOrEqual(t, c.bytes, cachedBytes)
	}
	c.purgeTimer.Stop()
}

// A comparison that cannot be made says no more than that, whatever else is known.
func TestOutcome_isOneOfTheSix(t *testing.T) {
	all := []Outcome{Compatible, Unproven, Incompatible, SelfVerificationFailed, NotCovered, NotComparable}
	for _, failedHere := range []bool{true, false} {
		for _, uncovered := range []int{0, 1} {
			for _, refused := range []string{"", "x"} {
				for _, e := range []Evidence{{}, succeeded(), failed()} {
					c := Comparison{Failed: failedHere, Uncovered: uncovered, Refused: refused}
					outcome := c.outcome(e)
					require.Contains(t, all, outcome)
					if outcome.Succeeds() {
						require.False(t, failedHere || uncovered > 0 || refused != "" || e.Failed(), "a yes needs all to be well: %+v", c)
					}
					if e.Failed() {
						require.True(t, outcome.Fails(), "who does not keep to its document keeps no contract: %+v", c)
					}
				}
			}
		}
	}
}

func TestReport_findsWhatIsAboutAnInteraction(t *testing.T) {
	at := func(interaction int, kind comparison.Kind) Finding {
		return Finding{Finding: comparison.Finding{Interaction: interaction, Kind: kind}}
	}
	r := Report{Findings: []Finding{at(-1, comparison.Info), at(0, comparison.Error), at(1, comparison.Warning), at(1, comparison.Error)}}
	require.Len(t, r.Of(1), 2)
	require.Empty(t, r.Of(2))
	require.Len(t, r.errorsOf(1), 1)
	require.Empty(t, r.errorsOf(5))
}
