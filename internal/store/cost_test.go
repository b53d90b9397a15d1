package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/selection"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/benchmark"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// ask puts a question to a database and sees to it that the answer is right.
type ask func(t testing.TB, db *store.DB)

// verdict asks about Hub, which has thirty integrations, all of them verified.
func verdict(query string) ask {
	return func(t testing.TB, db *store.DB) {
		t.Helper()
		v := world{t, db}.decide(query)
		require.Equal(t, matrix.Yes, v.Deployable, query)
		require.Len(t, v.Rows, integrations, query)
	}
}

// toVerify asks what Hub has to verify for its fifteen consumers.
func toVerify(pacts int, q selection.Query) ask {
	return func(t testing.TB, db *store.DB) {
		t.Helper()
		require.NoError(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			hub, found, err := tx.FindPacticipant(ctx, "Hub")
			require.True(t, found)
			require.NoError(t, err)
			selected, err := selection.Settings{CountedFor: 30 * 24 * time.Hour}.Select(ctx, tx, hub, q)
			require.Len(t, selected.Pacts, pacts)
			return err
		}))
	}
}

const (
	integrations = 30
	// mostStatements is how many statements a question may take, however many
	// pairs it concerns.
	mostStatements = 12
	// mostRows is how many rows a step of a plan of PostgreSQL may touch, of
	// tables with thirty thousand and more. It still reads all of three thousand
	// branches where that looks no dearer than a few by key.
	mostRows = 4_000
)

// decisions are the questions that gates ask before every deployment, about the
// newest version.
func decisions(version string) map[string]ask {
	newest := "q[][pacticipant]=Hub&q[][version]=" + version
	return map[string]ask{
		"environment":      verdict(newest + "&latestby=cvpv&environment=prod"),
		"latest":           verdict(newest + "&latestby=cvp&latest=true"),
		"latest with tag":  verdict(newest + "&latestby=cvp&latest=true&tag=main"),
		"main branches":    verdict(newest + "&latestby=cvp&latest=true&mainBranch=true"),
		"head of a branch": verdict("q[][pacticipant]=Hub&q[][branch]=main&q[][latest]=true&latestby=cvp&environment=prod"),
	}
}

// selections are the questions that providers ask before every verification.
func selections(string) map[string]ask {
	const consumers = integrations / 2
	recent := time.Now().Add(-2 * time.Minute)
	main := []selection.Selector{{MainBranch: true}, {MatchingBranch: true}, {Deployed: true, Released: true}}
	return map[string]ask{
		"by branch":      toVerify(consumers, selection.Query{ProviderBranch: "main", Pending: true, WIPSince: recent, Selectors: main}),
		"a new branch":   toVerify(consumers, selection.Query{ProviderBranch: "new", Pending: true, WIPSince: recent, Selectors: main}),
		"by tags":        toVerify(consumers, selection.Query{ProviderTags: []string{"main"}, Pending: true, WIPSince: recent, Selectors: []selection.Selector{{Tag: "main", Latest: true}, {Tag: "prod", Latest: true, FallbackTag: "main"}}}),
		"by default":     toVerify(consumers, selection.Query{Pending: true}),
		"latest":         toVerify(consumers, selection.Query{Pending: true, Selectors: []selection.Selector{{Latest: true}}}),
		"an environment": toVerify(consumers, selection.Query{Selectors: []selection.Selector{{Environment: "prod"}, {Deployed: true, Environment: "test"}}}),
	}
}

// allQuestions are all of those.
func allQuestions(version string) map[string]ask {
	all := decisions(version)
	maps.Copy(all, selections(version))
	return all
}

// seeded fills the database with so many versions, and returns the number of
// the newest.
func seeded(t testing.TB, db *store.DB, versions int) string {
	t.Helper()
	newest, err := benchmark.Seed(context.Background(), db.URL(), benchmark.History{Integrations: integrations, Versions: versions, Until: time.Now()})
	require.NoError(t, err)
	return newest
}

// growing are scans of the tables, and searches in the indexes, that grow with
// history.
var growing = regexp.MustCompile(`SCAN (v|n|pub|r|d|t|h|b|bv|pv|rv|s|o)\b|(deployed|released)_versions_(history|owner)`)

func TestQuestions_costWhatTheyAskAboutAndNoMore_sqlite(t *testing.T) {
	db := open(t, store.Options{URL: sqliteURL(t), Fast: true})
	for name, question := range allQuestions(seeded(t, db, 1_000)) {
		for _, statement := range statementsOf(t, db, question) {
			lines, err := db.Plan(context.Background(), statement)
			require.NoError(t, err)
			require.NotRegexp(t, growing, strings.Join(lines, "\n"), "%s: %s", name, statement)
		}
	}
}

func TestQuestions_costWhatTheyAskAboutAndNoMore_postgres(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t)})
	for name, question := range allQuestions(seeded(t, db, 30_000)) {
		for _, statement := range statementsOf(t, db, question) {
			lines, err := db.Lines(context.Background(), "EXPLAIN (ANALYZE, FORMAT JSON) "+statement)
			require.NoError(t, err)
			var plans []struct{ Plan node }
			require.NoError(t, json.Unmarshal([]byte(strings.Join(lines, "\n")), &plans))
			plans[0].Plan.walk(func(n node) {
				if !n.ofApplications() {
					require.Less(t, (n.Rows+n.Removed)*n.Loops, float64(mostRows), "%s: %s on %s %s: %s", name, n.Type, n.Relation, n.Index, statement)
				}
			})
		}
	}
}

func TestRecentBranchHeads_areThoseAfterTheTimeHoweverMany(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		seeded(t, db, 3_000)
		require.NoError(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			hub, _, err := tx.FindPacticipant(ctx, "Hub")
			require.NoError(t, err)
			all, err := tx.AllBranchHeads(ctx, hub.ID)
			require.NoError(t, err)
			for _, ago := range []time.Duration{2 * time.Minute, 30 * time.Minute, time.Hour, 30 * 24 * time.Hour} {
				since := time.Now().Add(-ago)
				want := slices.DeleteFunc(slices.Clone(all), func(f selection.Found) bool { return !f.Pact.CreatedAt.After(since) })
				require.NotEmpty(t, want)
				branches, err := tx.RecentBranchHeads(ctx, hub.ID, since)
				require.NoError(t, err)
				require.Equal(t, want, branches, ago)
				tags, err := tx.RecentTagHeads(ctx, hub.ID, since)
				require.NoError(t, err)
				require.Equal(t, want, tags, "each branch has a tag of its name")
			}
			return nil
		}))
	})
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

// ofApplications tells that the step reads a table that grows with the number
// of applications rather than with history, and is read in whole if it is small.
func (n node) ofApplications() bool {
	return slices.Contains([]string{"all_pacticipants", "all_integrations", "environments"}, n.Relation)
}

func (n node) walk(visit func(node)) {
	visit(n)
	for _, below := range n.Plans {
		below.walk(visit)
	}
}

// statementsOf asks a question and returns the statements that it took.
func statementsOf(t *testing.T, db *store.DB, question ask) []string {
	t.Helper()
	var statements []string
	question(t, db.Recording(func(statement string) { statements = append(statements, statement) }))
	require.LessOrEqual(t, len(statements), mostStatements, strings.Join(statements, "\n"))
	return statements
}

func BenchmarkCanIDeploy(b *testing.B) { measure(b, decisions, "environment") }

func BenchmarkPactsForVerification(b *testing.B) { measure(b, selections, "by branch") }

// measure asks a question after a short history and after a long one.
func measure(b *testing.B, all func(version string) map[string]ask, name string) {
	for _, versions := range []int{1_000, 100_000} {
		for _, on := range []struct {
			database string
			url      func(testing.TB) string
		}{{"sqlite", sqliteURL}, {"postgres", testpostgres.Database}} {
			b.Run(fmt.Sprintf("%s/%d", on.database, versions), func(b *testing.B) {
				db := open(b, store.Options{URL: on.url(b), Fast: true})
				question := all(seeded(b, db, versions))[name]
				question(b, db)
				for b.Loop() {
					question(b, db)
				}
			})
		}
	}
}
