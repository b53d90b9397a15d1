package questions

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// written is the query that asks a question.
func written(q matrix.Question) string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(value))
		}
	}
	yes := func(name string, is bool) {
		if is {
			add(name, "true")
		}
	}
	selectors := func(list string, of []matrix.Selector) {
		for _, s := range of {
			in := func(name string) string { return list + "[][" + name + "]" }
			add(in("pacticipant"), s.Pacticipant)
			add(in("version"), s.Version)
			add(in("branch"), s.Branch)
			add(in("tag"), s.Tag)
			add(in("environment"), s.Environment)
			yes(in("latest"), s.Latest)
			yes(in("mainBranch"), s.MainBranch)
		}
	}
	selectors("q", q.Selectors)
	selectors("ignore", q.Ignore)
	add("environment", q.Target.Environment)
	add("tag", q.Target.Tag)
	yes("latest", q.Target.Latest)
	yes("mainBranch", q.Target.MainBranch)
	add("latestby", string(q.LatestBy))
	add("limit", strconv.Itoa(q.Limit))
	for _, outcome := range q.Outcomes {
		text := map[matrix.Outcome]string{matrix.Successful: "true", matrix.Failed: "false", matrix.Unverified: ""}[outcome]
		parts = append(parts, "success[]="+text)
	}
	return strings.Join(parts, "&")
}

// oddNames are names as people give them, with all that means something in a query.
var oddNames = []string{"Shop", "a&b=c", "q[][pacticipant]", "100%", "1.0.0+build", "feat/x y", "店", "İȺ", "[]", "a;b", "#", "\"<b>", " x ", "true", "0", strings.Repeat("n", 300)}

// Whatever is asked is read as it was written, whichever letters names have.
func TestMatrix_readsWhatWasWritten(t *testing.T) {
	random := testrandom.New(t)
	name := func() string { return oddNames[random.IntN(len(oddNames))] }
	perhaps := func() string {
		if random.IntN(2) == 0 {
			return ""
		}
		return name()
	}
	selectors := func(most int) (made []matrix.Selector) {
		for range random.IntN(most + 1) {
			made = append(made, matrix.Selector{Pacticipant: name(), Criteria: matrix.Criteria{
				Version: perhaps(), Branch: perhaps(), Tag: perhaps(), Environment: perhaps(), Latest: random.IntN(2) == 0, MainBranch: random.IntN(2) == 0,
			}})
		}
		return made
	}
	for range 2_000 {
		want := matrix.Question{
			Selectors: selectors(4), Ignore: selectors(2), Target: matrix.Target{Environment: perhaps(), Tag: perhaps(), Latest: random.IntN(2) == 0, MainBranch: random.IntN(2) == 0},
			LatestBy: []matrix.LatestBy{"", matrix.LatestByBothVersions, matrix.LatestByConsumer, matrix.LatestByPair}[random.IntN(4)], Limit: 1 + random.IntN(2_000),
		}
		for _, outcome := range []matrix.Outcome{matrix.Successful, matrix.Failed, matrix.Unverified} {
			if random.IntN(2) == 0 {
				want.Outcomes = append(want.Outcomes, outcome)
			}
		}
		query := written(want)
		got, err := Matrix(query)
		require.NoError(t, err, query)
		require.Equal(t, want, got, query)
		pair, err := Pair(query, "c", "p")
		require.NoError(t, err, query)
		want.Selectors, want.Ignore = []matrix.Selector{{Pacticipant: "c"}, {Pacticipant: "p"}}, nil
		require.Equal(t, want, pair, "of one pair, selectors in the query count for nothing: %s", query)
	}
}

// The same with one version, by whichever of the two ways, as a verdict and as the
// short question.
func TestCanIDeploy_readsWhatWasWritten(t *testing.T) {
	for _, application := range oddNames {
		for _, number := range oddNames {
			for _, ignored := range [][]string{nil, {number}, {application, number}} {
				query := url.Values{"pacticipant": {application}, "version": {number}, "environment": {number}, "ignore[]": ignored}.Encode()
				q, wrong := CanIDeploy(query)
				require.Empty(t, wrong, query)
				var ignore []matrix.Selector
				for _, name := range ignored {
					ignore = append(ignore, matrix.Selector{Pacticipant: name})
				}
				require.Equal(t, matrix.Question{
					Selectors: []matrix.Selector{{Pacticipant: application, Criteria: matrix.Criteria{Version: number}}}, Target: matrix.Target{Environment: number}, LatestBy: matrix.LatestByBothVersions, Ignore: ignore,
				}, q, query)
				verdict, err := Verdict(query)
				require.NoError(t, err, query)
				require.Equal(t, q, verdict, query)
			}
		}
	}
}

// A list may have so many entries, and not one more, wherever it stands.
func TestQuestions_boundTheirLists(t *testing.T) {
	list := func(entry string, n int) string { return strings.Repeat(entry+"&", n) }
	for name, read := range map[string]func(n int) error{
		"q":       func(n int) error { _, err := Matrix(list("q[][pacticipant]=A", n)); return err },
		"ignore":  func(n int) error { _, err := Matrix(list("ignore[][pacticipant]=A", n)); return err },
		"success": func(n int) error { _, err := Matrix(list("success[]=true", n)); return err },
		"success of a pair": func(n int) error {
			_, err := Pair(list("success[]=true", n), "c", "p")
			return err
		},
		"ignore of a version": func(n int) error {
			_, err := Verdict("pacticipant=A&version=1&to=prod&" + list("ignore[]=A", n))
			return err
		},
	} {
		require.NoError(t, read(fault.MaxListed), name)
		err := read(fault.MaxListed + 1)
		require.True(t, fault.Is(err, fault.Invalid), "%s: %v", name, err)
		field, _, _ := strings.Cut(name, " ")
		require.Equal(t, []string{field}, fieldsOf(t, err), name)
	}
}

func TestMatrix_takesWordsAsTheyAre(t *testing.T) {
	for query, want := range map[string]matrix.Question{
		"latest=true":                      {Target: matrix.Target{Latest: true}},
		"latest=%20true%20":                {Target: matrix.Target{Latest: true}},
		"latest=TRUE":                      {},
		"latest=1":                         {},
		"latest=":                          {},
		"mainBranch=true":                  {Target: matrix.Target{MainBranch: true}},
		"mainBranch=false":                 {MainBranchDenied: true},
		"mainBranch=":                      {},
		"mainBranch=yes":                   {MainBranchDenied: true},
		"environment=%20prod":              {Target: matrix.Target{Environment: " prod"}},
		"success=true":                     {Outcomes: []matrix.Outcome{matrix.Successful}},
		"success=false":                    {Outcomes: []matrix.Outcome{matrix.Failed}},
		"success=":                         {Outcomes: []matrix.Outcome{matrix.Unverified}},
		"success[]=true&success[]=true":    {Outcomes: []matrix.Outcome{matrix.Successful, matrix.Successful}},
		"latestby=nothing":                 {LatestBy: "nothing"},
		"unknown=1&other[x]=2":             {},
		"q[][pacticipant]=A&q[][x]=1":      {Selectors: []matrix.Selector{{Pacticipant: "A"}}},
		"q[][version]=1":                   {Selectors: []matrix.Selector{{Criteria: matrix.Criteria{Version: "1"}}}},
		"q[][pacticipant]=A&q[][latest]=x": {Selectors: []matrix.Selector{{Pacticipant: "A"}}},
		"limit=00007":                      {Limit: 7},
		"limit=-1":                         {Limit: -1},
		"limit=1e3":                        {Limit: -1},
		"limit=99999999999999999999":       {Limit: -1},
		"limit=%20%205%20":                 {Limit: 5},
		"limit=2147483648":                 {Limit: 2147483648},
	} {
		if want.Limit == 0 {
			want.Limit = defaultLimit
		}
		got, err := Matrix(query)
		require.NoError(t, err, query)
		require.Equal(t, want, got, query)
	}
}

func TestVerdict_takesOneFormAtATime(t *testing.T) {
	for query, fields := range map[string][]string{
		"":                                    {"pacticipant"},
		"q=":                                  {"q"},
		"q[][pacticipant]=A&version=1":        {"q"},
		"q[][pacticipant]=A&to=prod":          {"q"},
		"pacticipant=A&version=1&to=p&limit=": {"limit"},
		"pacticipant=A&version=1&to=p&q[]=":   {"q"},
		"pacticipant=A&version=1&environment=p&latest=true": {"latest"},
		"pacticipant=&version=&environment=":                {"pacticipant", "version", ""},
		"pacticipant=A&version=1&environment=p&to=q":        {""},
		"pacticipant=A&version=1&to=p&ignore[x]=B":          {"ignore"},
	} {
		_, err := Verdict(query)
		require.Equal(t, fields, fieldsOf(t, err), query)
	}
}

// What is wrong is told in the words of whoever asked, and nothing else is changed.
func TestRenamed_changesTheNamesOfFieldsAlone(t *testing.T) {
	told := fault.InvalidFields(fault.Field{Name: "q.0.version", Message: "is missing"}, fault.Field{Name: "limit", Message: "is large"})
	renamed := Renamed(fmt.Errorf("ask: %w", told), Flat)
	require.Equal(t, []string{"version", "limit"}, fieldsOf(t, renamed))
	require.Equal(t, []string{"q.0.version", "limit"}, fieldsOf(t, told), "the fault itself stays as it was")
	for _, other := range []error{nil, fault.Missing("There is none."), fmt.Errorf("disk full")} {
		require.Equal(t, other, Renamed(other, Flat))
	}
	for name, want := range map[string]string{"q.0.version": "version", "q.1.version": "q.1.version", "q.0.": "", "xq.0.version": "xq.0.version", "": ""} {
		require.Equal(t, want, Flat(name))
	}
}

// Names of fields come in the order in which they are asked for, so that the same
// question is refused in the same words.
func TestQuestions_blameInOneOrder(t *testing.T) {
	var first []string
	for range 50 {
		_, err := Matrix("tag[]=x&environment[]=x&latestby[]=x&limit[]=1&latest[]=1&mainBranch[]=1")
		blamed := fieldsOf(t, err)
		if first == nil {
			first = blamed
		}
		require.Equal(t, first, blamed)
	}
	require.True(t, slices.Contains(first, "limit") && len(first) == 6)
}
