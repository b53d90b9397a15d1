package matrix

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
)

// shopNeedsStock: Shop 2 has the contract 5 with Stock, of which 10 is in prod.
func shopNeedsStock() *model {
	m := newModel()
	m.pact("Shop 2", "Stock", 5)
	m.deploy("Stock 10", "prod")
	return m
}

const commit = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"

// about asks whether a version may be deployed to prod.
func about(name, number string, changes ...func(q *Question)) Question {
	q := Question{Selectors: []Selector{{Pacticipant: name, Criteria: Criteria{Version: number}}}, Target: Target{Environment: "prod"}, LatestBy: LatestByBothVersions}
	for _, change := range changes {
		change(&q)
	}
	return q
}

func shop(number string, changes ...func(q *Question)) Question {
	return about("Shop", number, changes...)
}

func ignoring(s Selector) func(q *Question) {
	return func(q *Question) { q.Ignore = append(q.Ignore, s) }
}

var decisions = []struct {
	name     string
	with     func(m *model)
	question Question
	answer   string
	counts   string
	reason   string
}{
	{"verified with what is there", func(m *model) { m.verify(5, "Stock 10", true) }, shop("2"), "yes", "1/0/0", "All required verification results are there"},
	{"failed with what is there", func(m *model) { m.verify(5, "Stock 10", false) }, shop("2"), "no", "0/1/0", "failed"},
	{"verified with another version only", func(m *model) { m.verify(5, "Stock 11", true) }, shop("2"), "unknown", "0/0/1", "no verified pact"},
	{"one of two that are there is not verified", func(m *model) {
		m.deploy("Stock 11", "prod")
		m.verify(5, "Stock 10", true)
	}, shop("2"), "unknown", "1/0/1", "no verified pact"},
	{"one of two that are there fails, whatever latestby says", func(m *model) {
		m.deploy("Stock 11", "prod")
		m.verify(5, "Stock 10", false)
		m.verify(5, "Stock 11", true)
	}, shop("2", func(q *Question) { q.LatestBy = LatestByPair }), "no", "1/1/0", "failed"},
	{"not knowing weighs more than a failure", func(m *model) {
		m.deploy("Stock 11", "prod")
		m.verify(5, "Stock 10", false)
	}, shop("2"), "unknown", "0/1/1", "no verified pact"},
	{"a provider that is nowhere", func(m *model) { m.environments["prod"] = nil }, shop("2"), "unknown", "0/0/1", "no version is currently recorded"},
	{"a provider that breaks nobody there", func(m *model) { m.version("Stock 12") }, about("Stock", "12"), "yes", "0/0/0", "there are no pacts to verify"},
	{"a provider that breaks a consumer there", func(m *model) {
		m.deploy("Shop 2", "prod")
		m.verify(5, "Stock 12", false)
	}, about("Stock", "12"), "no", "0/1/0", "failed"},
	{"a version that does not exist weighs most", func(m *model) { m.verify(5, "Stock 10", true) }, shop("3"), "no", "0/0/0", "There is no version 3 of Shop. Its only version is 7."},
	{"the beginning of a commit", func(m *model) {
		m.pact("Shop "+commit, "Stock", 5)
		m.verify(5, "Stock 10", true)
	}, shop("1a2b3c4d"), "yes", "1/0/0", "1a2b3c4d is taken for version " + commit},
	{"a failure is ignored", func(m *model) { m.verify(5, "Stock 10", false) }, shop("2", ignoring(Selector{Pacticipant: "Stock"})), "yes", "0/0/0", "the question ignores Stock"},
	{"another version is ignored", func(m *model) { m.verify(5, "Stock 10", false) }, shop("2", ignoring(Selector{Pacticipant: "Stock", Criteria: Criteria{Version: "9"}})), "no", "0/1/0", "failed"},
	{"a missing result of an external provider", func(m *model) { m.external[m.application("Stock").ID] = pacticipants.External{Reason: "theirs"} },
		shop("2"), "yes", "0/0/0", "Stock is external"},
	{"a failure of an external provider", func(m *model) {
		m.external[m.application("Stock").ID] = pacticipants.External{Reason: "theirs"}
		m.verify(5, "Stock 10", false)
	}, shop("2"), "no", "0/1/0", "failed"},
	{"the filter leaves nothing of what is needed", func(m *model) { m.verify(5, "Stock 10", true) }, shop("2", func(q *Question) { q.Outcomes = []Outcome{Failed} }), "unknown", "0/0/1", "no verified pact"},
}

func TestDecide(t *testing.T) {
	for _, c := range decisions {
		t.Run(c.name, func(t *testing.T) {
			m := shopNeedsStock()
			c.with(m)
			v, err := Decide(t.Context(), m, c.question, MostRows)
			require.NoError(t, err)
			var reasons []string
			for _, r := range v.Reasons {
				reasons = append(reasons, r.Text())
			}
			require.Equal(t, c.answer, v.Deployable.String(), reasons)
			require.Equal(t, c.counts, fmt.Sprintf("%d/%d/%d", v.Success, v.Failed, v.Unknown))
			require.Contains(t, strings.Join(reasons, "\n"), c.reason)
		})
	}
}
