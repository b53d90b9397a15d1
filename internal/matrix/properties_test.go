package matrix

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// history is what happened in a small company, written down as it happened: the
// model is filled from it, and the answer is found in it by going through all of it.
type history struct {
	*model
	rnd *rand.Rand
	// says are contents by consumer version and provider, verified and compared what
	// came of a content and a provider version.
	says      map[[2]string]int64
	order     [][2]string // in which it was said
	verified  map[[2]string]bool
	compared  map[[2]string]providercontracts.Outcome
	there     []string
	external  map[string]bool
	published map[string]bool
}

var companies = []string{"Shop", "Stock", "Bank", "Mail"}

func newHistory(rnd *rand.Rand) *history {
	h := &history{model: newModel(), rnd: rnd, says: map[[2]string]int64{}, verified: map[[2]string]bool{}, compared: map[[2]string]providercontracts.Outcome{}, external: map[string]bool{}, published: map[string]bool{}}
	h.environments["prod"] = nil
	for _, name := range companies {
		for number := range 1 + rnd.IntN(4) {
			h.version(name + " " + strconv.Itoa(number))
		}
	}
	for range 3 + rnd.IntN(40) {
		h.happen()
	}
	return h
}

// any is some version, of anybody but those named.
func (h *history) any(but ...string) string {
	for {
		v := h.versions[h.rnd.IntN(len(h.versions))]
		if !slices.Contains(but, v.Pacticipant) {
			return v.Pacticipant + " " + v.Number
		}
	}
}

func nameOf(version string) string { return version[:slices.Index([]byte(version), ' ')] }

func (h *history) happen() {
	v := h.any()
	content := int64(1 + h.rnd.IntN(6))
	switch h.rnd.IntN(9) {
	case 0, 1:
		provider := nameOf(h.any(nameOf(v)))
		// A content belongs to a pair, so that its id tells of both.
		content += 10 * int64(1+slices.Index(companies, nameOf(v))) * 10 * int64(1+slices.Index(companies, provider))
		if _, said := h.says[[2]string{v, provider}]; !said {
			h.says[[2]string{v, provider}] = content
			h.order = append(h.order, [2]string{v, provider})
			h.pact(v, provider, content)
		}
	case 2, 3, 4:
		for _, said := range h.order {
			if content := h.says[said]; said[1] == nameOf(v) && h.rnd.IntN(2) == 0 {
				h.result([2]string{strconv.FormatInt(content, 10), v}, content, v)
			}
		}
	case 5, 6:
		if !slices.Contains(h.there, v) {
			h.there = append(h.there, v)
			h.deploy(v, "prod")
		}
	case 7:
		h.published[v] = true
		h.model.publishContract(v)
		for _, said := range h.order {
			content := h.says[said]
			key := [2]string{strconv.FormatInt(content, 10), v}
			if _, known := h.compared[key]; said[1] == nameOf(v) && !known && h.rnd.IntN(3) > 0 {
				h.compared[key] = []providercontracts.Outcome{providercontracts.Compatible, providercontracts.Incompatible, providercontracts.NotCovered, providercontracts.Unproven}[h.rnd.IntN(4)]
				h.compare(content, v, h.compared[key])
			}
		}
	case 8:
		if h.rnd.IntN(4) == 0 {
			h.external[nameOf(v)] = true
			h.model.external[h.application(nameOf(v)).ID] = pacticipants.External{Reason: "theirs"}
		}
	}
}

// result records a result once: the model keeps only what counts.
func (h *history) result(key [2]string, content int64, version string) {
	if _, known := h.verified[key]; !known {
		h.verified[key] = h.rnd.IntN(3) > 0
		h.verify(content, version, h.verified[key])
	}
}

// outcome is what is known of a content and a version: a failure beats all, and what
// was verified counts where a comparison decides nothing.
func (h *history) outcome(content int64, version string) Outcome {
	key := [2]string{strconv.FormatInt(content, 10), version}
	success, tried := h.verified[key]
	compared := h.compared[key]
	switch {
	case tried && !success, compared.Fails():
		return Failed
	case tried, compared.Succeeds():
		return Successful
	}
	return Unverified
}

// expected goes through all that was said, and asks of each contract that concerns
// the version whether it is kept by whom it meets.
func (h *history) expected(asked string, ignored string) Answer {
	counts := map[Outcome]int{}
	note := func(consumer, provider string, outcome Outcome) {
		excused := outcome == Unverified && h.external[provider]
		if consumer != ignored && provider != ignored && !excused {
			counts[outcome]++
		}
	}
	for said, content := range h.says {
		consumer, provider := said[0], said[1]
		switch {
		case consumer == asked:
			met := false
			for _, v := range h.there {
				if nameOf(v) == provider {
					met = true
					note(nameOf(consumer), provider, h.outcome(content, v))
				}
			}
			if !met {
				note(nameOf(consumer), provider, Unverified)
			}
		case provider == nameOf(asked) && slices.Contains(h.there, consumer) && nameOf(consumer) != nameOf(asked):
			note(nameOf(consumer), provider, h.outcome(content, asked))
		}
	}
	switch {
	case counts[Unverified] > 0:
		return Unknown
	case counts[Failed] > 0:
		return No
	}
	return Yes
}

// TestDecide_equalsGoingThroughAll asks about every version of a thousand companies.
func TestDecide_equalsGoingThroughAll(t *testing.T) {
	answers := map[Answer]int{}
	testrandom.Each(t, func(t *testing.T, rnd *rand.Rand) { askEverybody(t, rnd, answers) })
	for answer := Unknown; answer <= Yes; answer++ {
		require.Greater(t, answers[answer], 100, "%s is an answer that is given", answer)
	}
}

func askEverybody(t *testing.T, rnd *rand.Rand, answers map[Answer]int) {
	for range 500 {
		h := newHistory(rnd)
		for _, v := range h.versions {
			asked, ignored := v.Pacticipant+" "+v.Number, ""
			q := about(v.Pacticipant, v.Number)
			if rnd.IntN(3) == 0 {
				ignored = companies[rnd.IntN(len(companies))]
				q.Ignore = []Selector{{Pacticipant: ignored}}
			}
			q.LatestBy = []LatestBy{Everything, LatestByBothVersions, LatestByConsumer, LatestByPair}[rnd.IntN(4)]
			verdict, err := Decide(t.Context(), h.model, q, MostRows)
			require.NoError(t, err)
			if q.LatestBy == Everything && len(h.compared) > 0 {
				continue // two results for one pair are two rows then
			}
			require.Equal(t, h.expected(asked, ignored).String(), verdict.Deployable.String(), "%s to prod, ignoring %q, by %q\nsays %v\nverified %v\ncompared %v\nthere %v\nexternal %v",
				asked, ignored, q.LatestBy, h.says, h.verified, h.compared, h.there, h.external)
			requireConsistent(t, verdict)
			answers[verdict.Deployable]++
		}
	}
}

// requireConsistent holds the parts of a verdict against each other.
func requireConsistent(t *testing.T, v Verdict) {
	t.Helper()
	counts := map[Outcome]int{}
	for _, r := range v.Rows {
		counts[r.Outcome()]++
	}
	require.Equal(t, []int{counts[Successful], counts[Failed]}, []int{v.Success, v.Failed})
	require.GreaterOrEqual(t, v.Unknown, counts[Unverified])
	require.NotEmpty(t, v.Reasons, "every answer has a reason")
	errors, successes := 0, 0
	for _, r := range v.Reasons {
		require.NotEmpty(t, r.Text())
		switch r.Type() {
		case "error":
			errors++
		case "success":
			successes++
		}
	}
	require.Equal(t, v.Deployable == Yes, errors == 0, "errors stand in the way, and nothing else does: %v", v.Reasons)
	require.Equal(t, v.Deployable == Yes, successes == 1)
	for _, r := range slices.Concat(v.Rows, v.Ignored) {
		require.Contains(t, v.Details, r.Pact.VersionID)
		require.True(t, r.Result == nil || r.Provider.ID != 0, "a result is one of a version")
	}
}

// Leaving somebody out is told of, and never makes what was yes a no.
func TestDecide_ignoringOnlyHelps(t *testing.T) {
	testrandom.Each(t, askWithout)
}

func askWithout(t *testing.T, rnd *rand.Rand) {
	for range 300 {
		h := newHistory(rnd)
		v := h.versions[rnd.IntN(len(h.versions))]
		q := about(v.Pacticipant, v.Number)
		before, err := Decide(t.Context(), h.model, q, MostRows)
		require.NoError(t, err)

		q.Ignore = []Selector{{Pacticipant: companies[rnd.IntN(len(companies))]}}
		without, err := Decide(t.Context(), h.model, q, MostRows)
		require.NoError(t, err)
		require.Equal(t, len(before.Rows)+len(before.Ignored), len(without.Rows)+len(without.Ignored), "ignored rows are told of")
		if before.Deployable == Yes {
			require.Equal(t, Yes, without.Deployable)
		}
	}
}
