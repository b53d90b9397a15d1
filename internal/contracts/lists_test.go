package contracts

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pactfile"
)

// history is what a pair has published, the oldest first: version n+1 the n-th body.
type history struct {
	*shelf
	bodies []string
	asked  int
}

func newPublications(bodies ...string) *history {
	h := &history{shelf: newShelf(map[int64]string{}), bodies: bodies}
	for i, body := range bodies {
		h.shelf.bodies[int64(i+1)] = body
	}
	return h
}

func (h *history) publications() (all []Publication) {
	for i := range h.bodies {
		all = append(all, Publication{ID: int64(i + 1), Consumer: fmt.Sprintf("C%d", i%2), ContentID: int64(i + 1), VersionPosition: int64(i + 1)})
	}
	return all
}

func (h *history) Pacts(context.Context, Query) ([]Publication, int, error) {
	return h.publications(), len(h.bodies), nil
}

func (h *history) PactsBefore(_ context.Context, p Publication, without []int64, limit int) (found []Publication, err error) {
	h.asked++
	all := h.publications()
	for i := p.VersionPosition - 2; i >= 0 && len(found) < limit; i-- {
		if !slices.Contains(without, all[i].ContentID) {
			found = append(found, all[i])
		}
	}
	return found, nil
}

func (h *history) ContentBody(_ context.Context, id int64) ([]byte, error) {
	return []byte(h.bodies[id-1]), nil
}

func withID(id, path string) string {
	return `{"interactions":[{"_id":"` + id + `","description":"d","request":{"path":"` + path + `"}}]}`
}

// What differs in ids alone says the same, so the one before that is the one to compare
// with.
func TestPreviousDistinct_isTheLastThatSaysSomethingElse(t *testing.T) {
	for name, tt := range map[string]struct {
		bodies []string
		want   int64
	}{
		"the one before":              {[]string{withID("1", "/a"), withID("2", "/b")}, 1},
		"another id is no difference": {[]string{withID("1", "/a"), withID("2", "/b"), withID("3", "/b"), withID("4", "/b")}, 1},
		"none before":                 {[]string{withID("1", "/a")}, 0},
		"none that differs":           {[]string{withID("1", "/a"), withID("2", "/a")}, 0},
		"the last of several":         {[]string{withID("1", "/a"), withID("2", "/b"), withID("3", "/c")}, 2},
		"one that comes again":        {[]string{withID("1", "/a"), withID("2", "/b"), withID("3", "/a")}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			h := newPublications(tt.bodies...)
			all := h.publications()
			before, found, err := PreviousDistinct(t.Context(), h, all[len(all)-1])
			require.NoError(t, err)
			require.Equal(t, tt.want != 0, found)
			require.Equal(t, tt.want, before.ID)
		})
	}
}

// A client that sends other ids each time does not have all read that was ever
// published.
func TestPreviousDistinct_looksAtSoManyOnly(t *testing.T) {
	bodies := []string{withID("first", "/a")}
	for i := range comparedAtMost + 5 {
		bodies = append(bodies, withID(fmt.Sprint(i), "/b"))
	}
	h := newPublications(bodies...)
	all := h.publications()
	_, found, err := PreviousDistinct(t.Context(), h, all[len(all)-1])
	require.NoError(t, err)
	require.False(t, found)
	require.Len(t, h.read, comparedAtMost, "so many are read")
	require.Equal(t, 2, h.asked, "in as few questions as can be")
	_, found, err = PreviousDistinct(t.Context(), h, all[comparedAtMost])
	require.NoError(t, err)
	require.True(t, found, "one within the bound is found")
}

// States are the same whether contracts are read at once or in many portions.
func TestProviderStates_areGatheredOverPortions(t *testing.T) {
	var bodies []string
	for i := range 7 {
		bodies = append(bodies, fmt.Sprintf(`{"interactions":[{"providerState":"s%d"},{"providerState":"all"}]}`, i%3))
	}
	gather := func(size int64) ([]ProviderState, int) {
		h := newPublications(bodies...)
		for id := range h.shelf.bodies {
			h.sizes[id] = size
		}
		found, err := ProviderStates(t.Context(), h, h.publications())
		require.NoError(t, err)
		return found, h.calls
	}
	atOnce, once := gather(0)
	inParts, parts := gather(bytesAtOnce / 3)
	oneByOne, each := gather(bytesAtOnce + 1)
	require.Equal(t, []int{1, 3, 7}, []int{once, parts, each})
	require.Equal(t, atOnce, inParts)
	require.Equal(t, atOnce, oneByOne, "one that is too large is read alone")
	require.Equal(t, ProviderState{Name: "all", Consumers: []string{"C0", "C1"}}, atOnce[0])
	require.Len(t, atOnce, 4)
}

// A contract may leave open whose it is, but not say that it is somebody else's.
func TestValidateParties_saysWhoseContractItIs(t *testing.T) {
	for body, want := range map[string]string{
		`{}`: "", `{"consumer":{"name":"Shop"},"provider":{"name":"Stock"}}`: "", `{"consumer":{}}`: "", `{"consumer":{"name":null}}`: "", `{"consumer":{"name":7}}`: "", `{"consumer":"Shop"}`: "",
		`{"consumer":null}`:            "consumer.name is missing, as the consumer is null",
		`{"consumer":{"name":"shop"}}`: "consumer.name ('shop') must be the same as the consumer that the contract is published for ('Shop')",
		`{"provider":{"name":"Shop"}}`: "provider.name ('Shop') must be the same as the provider that the contract is published for ('Stock')",
		`{"consumer":{"name":""}}`:     "consumer.name ('') must be the same as the consumer that the contract is published for ('Shop')",
	} {
		var told []string
		for _, f := range ValidateParties(readContent(t, body), "Shop", "Stock") {
			told = append(told, f.Name+" "+f.Message)
		}
		require.Equal(t, want, strings.Join(told, "; "), body)
	}
	require.Empty(t, ValidateParties(readContent(t, `{"consumer":{"name":"any"}}`), "", "Stock"), "nobody said for whom")
}

func TestConflictError_saysWhatDiffersAndWhatLooksAlike(t *testing.T) {
	err := &ConflictError{Changed: []Change{{Consumer: "Shop", Version: "1", Provider: "Stock"}, {Consumer: "Shop", Version: "1", Provider: "Mail", Merge: true}}, Similar: []string{"Shp looks like Shop."}}
	lines := strings.Split(err.Error(), "\n")
	require.Len(t, lines, 3)
	require.Contains(t, lines[0], "Shop version 1 has already published another contract for Stock.")
	require.NotContains(t, lines[0], "--merge")
	require.Contains(t, lines[1], "as --merge asks")
	require.Equal(t, "Shp looks like Shop.", lines[2])
	require.Equal(t, "a\nb", (&SimilarError{Messages: []string{"a", "b"}}).Error())
}

func TestLimits_areThoseOfInteractionsAndMessagesTogether(t *testing.T) {
	body := pactfile.Body(`{"interactions":[{},{}],"messages":[{}]}`)
	for most, fits := range map[int]bool{0: true, 3: true, 4: true, 2: false, 1: false} {
		err := Limits{Interactions: most}.Check(body)
		require.Equal(t, fits, err == nil, most)
	}
	require.EqualError(t, Limits{Interactions: 2}.Check(body), "The contract has 3 interactions and messages; this broker takes 2.")
}

// Whatever names hold, what the address of a content remembers can be read again.
func TestMetadata_canBeReadAgain(t *testing.T) {
	for _, name := range []string{"main", "a&b=c", "ü/ö", "100%", "a+b c", "[]", "\"", "=&=&"} {
		m := Metadata{ConsumerVersion: name, Tags: []string{name, name}, Selectors: []SelectorMetadata{{ConsumerVersion: name, Branch: name}, {ConsumerVersion: name, Environment: name}}, Pending: new(false)}
		values, err := url.ParseQuery(string(m.query()))
		require.NoError(t, err, name)
		require.Equal(t, url.Values{"cvn": {name}, "cvt[]": {name, name}, "s[][cvn]": {name, name}, "s[][b]": {name}, "s[][e]": {name}, "p": {"false"}}, values)
	}
}
