package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accord/internal/matrix"
	"accord/internal/store"
	"accord/internal/support/testpostgres"
)

// rehearsed fills the database with thirty integrations of one application and
// so many versions, and returns the number of the newest.
func rehearsed(t testing.TB, db *store.DB, versions int) string {
	t.Helper()
	newest, err := db.Rehearse(context.Background(), 30, versions)
	require.NoError(t, err)
	return newest
}

// questions are those that gates ask before every deployment, with everything
// verified.
func questions(version string) map[string]string {
	newest := "q[][pacticipant]=Hub&q[][version]=" + version
	return map[string]string{
		"environment":      newest + "&latestby=cvpv&environment=prod",
		"latest":           newest + "&latestby=cvp&latest=true",
		"latest with tag":  newest + "&latestby=cvp&latest=true&tag=main",
		"main branches":    newest + "&latestby=cvp&latest=true&mainBranch=true",
		"head of a branch": "q[][pacticipant]=Hub&q[][branch]=main&q[][latest]=true&latestby=cvp&environment=prod",
	}
}

// mostStatements is how many statements a question may take, however many
// pairs it concerns.
const mostStatements = 12

// growing are scans of the tables, and searches in the indexes, that grow with
// history.
var growing = regexp.MustCompile(`SCAN (v|n|pub|r|d|t|h|bv|b|pv|rv)\b|(deployed|released)_versions_(history|owner)`)

func TestDecide_costsWhatItAsksAboutAndNoMore_sqlite(t *testing.T) {
	db := open(t, store.Options{URL: "sqlite://" + filepath.Join(t.TempDir(), "accord.db"), Fast: true})
	for name, query := range questions(rehearsed(t, db, 1_000)) {
		for _, statement := range statementsOf(t, db, query) {
			lines, err := db.Plan(context.Background(), statement)
			require.NoError(t, err)
			require.NotRegexp(t, growing, strings.Join(lines, "\n"), "%s: %s", name, statement)
		}
	}
}

func TestDecide_costsWhatItAsksAboutAndNoMore_postgres(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t)})
	for name, query := range questions(rehearsed(t, db, 30_000)) {
		for _, statement := range statementsOf(t, db, query) {
			lines, err := db.Lines(context.Background(), "EXPLAIN (ANALYZE, FORMAT JSON) "+statement)
			require.NoError(t, err)
			var plans []struct{ Plan node }
			require.NoError(t, json.Unmarshal([]byte(strings.Join(lines, "\n")), &plans))
			plans[0].Plan.walk(func(n node) {
				require.Less(t, (n.Rows+n.Removed)*n.Loops, 500.0, "%s: %s on %s %s: %s", name, n.Type, n.Relation, n.Index, statement)
			})
		}
	}
}

// node is a step of a plan of PostgreSQL with what it really did.
type node struct {
	Type     string  `json:"Node Type"`
	Relation string  `json:"Relation Name"`
	Index    string  `json:"Index Name"`
	Rows     float64 `json:"Actual Rows"`
	Removed  float64 `json:"Rows Removed by Filter"`
	Loops    float64 `json:"Actual Loops"`
	Plans    []node  `json:"Plans"`
}

func (n node) walk(visit func(node)) {
	visit(n)
	for _, below := range n.Plans {
		below.walk(visit)
	}
}

// statementsOf asks a question and returns the statements that it took.
func statementsOf(t *testing.T, db *store.DB, query string) []string {
	t.Helper()
	var statements []string
	recording := db.Recording(func(statement string) { statements = append(statements, statement) })
	v := world{t, recording}.decide(query)
	require.Equal(t, matrix.Yes, v.Deployable, query)
	require.Len(t, v.Rows, 30, query)
	require.LessOrEqual(t, len(statements), mostStatements, "%s\n%s", query, strings.Join(statements, "\n"))
	return statements
}

func BenchmarkCanIDeploy(b *testing.B) {
	for _, versions := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("sqlite/%d", versions), func(b *testing.B) {
			benchmarkCanIDeploy(b, open(b, store.Options{URL: "sqlite://" + filepath.Join(b.TempDir(), "accord.db"), Fast: true}), versions)
		})
		b.Run(fmt.Sprintf("postgres/%d", versions), func(b *testing.B) {
			benchmarkCanIDeploy(b, open(b, store.Options{URL: testpostgres.Database(b)}), versions)
		})
	}
}

func benchmarkCanIDeploy(b *testing.B, db *store.DB, versions int) {
	w := world{b, db}
	query := questions(rehearsed(b, db, versions))["environment"]
	w.decide(query)
	b.ResetTimer()
	for b.Loop() {
		w.decide(query)
	}
}
