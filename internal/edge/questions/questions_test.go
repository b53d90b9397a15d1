package questions

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/support/fault"
)

func TestMatrix(t *testing.T) {
	q, err := Matrix("q[][pacticipant]=Shop&q[][version]=2&q[][pacticipant]=Stock&q[][latest]=true&q[][branch]=main&environment=prod&latestby=cvpv&success[]=true&success[]=&ignore[][pacticipant]=Mail&mainBranch=false")
	require.NoError(t, err)
	require.Equal(t, matrix.Question{
		Selectors: []matrix.Selector{
			{Pacticipant: "Shop", Criteria: matrix.Criteria{Version: "2"}},
			{Pacticipant: "Stock", Criteria: matrix.Criteria{Latest: true, Branch: "main"}},
		},
		Ignore:   []matrix.Selector{{Pacticipant: "Mail"}},
		Target:   matrix.Target{Environment: "prod"},
		LatestBy: matrix.LatestByBothVersions, Outcomes: []matrix.Outcome{matrix.Successful, matrix.Unverified}, Limit: defaultLimit,
		MainBranchDenied: true,
	}, q)
}

func TestMatrix_refuses(t *testing.T) {
	for query, field := range map[string]string{
		"q=Shop":                          "q",
		"q[]=Shop":                        "q",
		"ignore[]=Shop":                   "ignore",
		"success=perhaps":                 "success",
		"success[][x]=true":               "success",
		"success[x]=true":                 "success",
		"ignore=Shop":                     "ignore",
		"latestby[]=cvp":                  "latestby",
		"environment[]=prod":              "environment",
		"tag[x]=prod":                     "tag",
		"latest[]=true":                   "latest",
		"latest=%20":                      "latest",
		"limit=%E2%80%8B":                 "limit",
		"mainBranch=%20":                  "mainBranch",
		"mainBranch[]=true":               "mainBranch",
		"q[][pacticipant]=A&q[][tag][]=x": "q.0.tag",
		"q[][pacticipant]=A&q[][pacticipant]=B&q[][tag][]=x": "q.1.tag",
		"q[][pacticipant][]=A":                               "q.0.pacticipant",
		"q[][version][x]=1":                                  "q.0.version",
		"q[][branch][]=x":                                    "q.0.branch",
		"q[][environment][]=x":                               "q.0.environment",
		"q[][latest][]=true":                                 "q.0.latest",
		"q[][latest]=%20":                                    "q.0.latest",
		"q[][mainBranch]=%20":                                "q.0.mainBranch",
		"ignore[][pacticipant]=A&ignore[][version][]=1":      "ignore.0.version",
		"q[][version]=1&q[version]=":                         "",
		"q=%zz":                                              "",
	} {
		_, err := Matrix(query)
		require.Equal(t, []string{field}, fieldsOf(t, err), query)
	}
}

func TestMatrix_takesALimitThatIsNoneToBeRefused(t *testing.T) {
	for query, limit := range map[string]int{"": defaultLimit, "limit=5": 5, "limit=0": -1, "limit=many": -1} {
		q, err := Matrix(query)
		require.NoError(t, err)
		require.Equal(t, limit, q.Limit, query)
	}
}

func TestPair_asksForBoth(t *testing.T) {
	q, err := Pair("latestby=cvp&success=true&q[][pacticipant]=Mail", "Shop", "Stock")
	require.NoError(t, err)
	require.Equal(t, matrix.Question{
		Selectors: []matrix.Selector{{Pacticipant: "Shop"}, {Pacticipant: "Stock"}},
		LatestBy:  matrix.LatestByConsumer, Outcomes: []matrix.Outcome{matrix.Successful}, Limit: defaultLimit,
	}, q)
	_, err = Pair("success=perhaps", "Shop", "Stock")
	require.Equal(t, []string{"success"}, fieldsOf(t, err))
}

func TestCanIDeploy(t *testing.T) {
	for query, want := range map[string]struct {
		target   matrix.Target
		latestBy matrix.LatestBy
	}{
		"environment=prod": {matrix.Target{Environment: "prod"}, matrix.LatestByBothVersions},
		"to=prod":          {matrix.Target{Tag: "prod", Latest: true}, matrix.LatestByConsumer},
	} {
		q, wrong := CanIDeploy("pacticipant=Shop&version=2&ignore[]=Mail&ignore[][pacticipant]=Bank&ignore[][version]=3&" + query)
		require.Empty(t, wrong)
		require.Equal(t, matrix.Question{
			Selectors: []matrix.Selector{{Pacticipant: "Shop", Criteria: matrix.Criteria{Version: "2"}}},
			Ignore:    []matrix.Selector{{Pacticipant: "Mail"}, {Pacticipant: "Bank", Criteria: matrix.Criteria{Version: "3"}}},
			Target:    want.target, LatestBy: want.latestBy,
		}, q, query)
	}
}

func TestCanIDeploy_namesAllThatIsMissing(t *testing.T) {
	for query, fields := range map[string][]string{
		"":                                      {"pacticipant", "version", ""},
		"pacticipant=Shop&version=%20&to=prod":  {"version"},
		"pacticipant=Shop&version=2":            {""},
		"version=2&environment=a&to=b":          {"pacticipant", ""},
		"pacticipant=Shop&version=%zz&to=prod":  {""},
		"pacticipant[]=Shop&version=2&to=prod&": {"pacticipant"},

		"pacticipant=Shop&version=2&to=prod&environment=%20":     {"environment"},
		"pacticipant=Shop&version=2&environment=%20":             {""},
		"pacticipant=Shop&version=2&environment=prod&to=%20":     {"to"},
		"pacticipant=Shop&version=2&to=prod&environment[]=x":     {"environment"},
		"pacticipant=Shop&version[]=2&to=prod":                   {"version"},
		"pacticipant=Shop&version=2&to=prod&ignore=Mail":         {"ignore"},
		"pacticipant=Shop&version=2&to=prod&ignore[][tag][]=dev": {"ignore.0.tag"},
	} {
		_, wrong := CanIDeploy(query)
		require.Equal(t, fields, names(wrong), query)
	}
}

func TestVerdict_takesEitherForm(t *testing.T) {
	flat, err := Verdict("pacticipant=Shop&version=2&environment=prod")
	require.NoError(t, err)
	asked, wrong := CanIDeploy("pacticipant=Shop&version=2&environment=prod")
	require.Empty(t, wrong)
	require.Equal(t, asked, flat)

	const selectors = "q[][pacticipant]=Shop&q[][version]=2&environment=prod"
	nested, err := Verdict(selectors)
	require.NoError(t, err)
	want, err := Matrix(selectors)
	require.NoError(t, err)
	require.Equal(t, want, nested)
}

func TestVerdict_refuses(t *testing.T) {
	for query, fields := range map[string][]string{
		"environment=prod": {"pacticipant"},
		"pacticipant=Shop&version=2&latestby=cvp&environment=prod": {"latestby"},
		"pacticipant=Shop&environment=prod":                        {"version"},
		"pacticipant=%zz":                                          {""},
	} {
		_, err := Verdict(query)
		require.Equal(t, fields, fieldsOf(t, err), query)
	}
}

// FuzzQuestions finds no query that brings the readers down, or is refused as
// anything but Invalid.
func FuzzQuestions(f *testing.F) {
	f.Add("q[][pacticipant]=Shop&q[][version]=2&environment=prod&ignore[]=Mail")
	f.Add("pacticipant=Shop&version=2&to=prod")
	f.Fuzz(func(t *testing.T, query string) {
		_, _ = CanIDeploy(query)
		for _, read := range []func(string) (matrix.Question, error){Matrix, Verdict} {
			if _, err := read(query); err != nil {
				require.True(t, fault.Is(err, fault.Invalid), "%v", err)
			}
		}
	})
}

func fieldsOf(t *testing.T, err error) []string {
	t.Helper()
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	return names(f.Fields)
}

func names(fields []fault.Field) []string {
	var names []string
	for _, field := range fields {
		names = append(names, field.Name)
	}
	return names
}
