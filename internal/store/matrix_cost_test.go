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

// hub fills the database with an application Hub that uses 15 others and is
// used by 15, with the given number of versions in all: every one of them is on
// a branch, has a tag, was deployed and was verified or has verified. The
// newest of each application are in prod.
func hub(t testing.TB, db *store.DB, versions int) {
	t.Helper()
	each := fmt.Sprint(versions / 31)
	numbers := "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < " + each + " - 1) "
	bytes := "x'00'"
	if db.IsPostgres() {
		bytes = "'x'::bytea"
	}
	require.NoError(t, db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		for _, statement := range []string{
			"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 30) INSERT INTO all_pacticipants (name, display_name, main_branch, created_at, updated_at) " +
				"SELECT CASE WHEN i = 0 THEN 'Hub' ELSE 'App' || i END, 'x', 'main', 0, 0 FROM n ORDER BY i",
			numbers + "INSERT INTO versions (pacticipant_id, number, position, created_at, updated_at) SELECT p.id, '1.0.' || n.i, 0, n.i, n.i FROM n CROSS JOIN pacticipants p ORDER BY n.i, p.id",
			"UPDATE versions SET position = id",
			"INSERT INTO environments (uuid, name, display_name, production, created_at, updated_at) VALUES ('e', 'prod', 'Prod', true, 0, 0)",
			"INSERT INTO all_integrations (consumer_id, provider_id, created_at) SELECT h.id, p.id, 0 FROM pacticipants p, pacticipants h WHERE h.name = 'Hub' AND p.name <> 'Hub' AND p.id % 2 = 0",
			"INSERT INTO all_integrations (consumer_id, provider_id, created_at) SELECT c.id, h.id, 0 FROM pacticipants c, pacticipants h WHERE h.name = 'Hub' AND c.name <> 'Hub' AND c.id % 2 = 1",
			numbers + "INSERT INTO pact_versions (integration_id, sha, interactions_count, messages_count, created_at, size, body) SELECT i.id, 'sha' || n.i, 1, 0, 0, 1, {bytes} FROM n CROSS JOIN all_integrations i ORDER BY n.i, i.id",
			"ANALYZE",
			"INSERT INTO pact_publications (integration_id, consumer_version_id, pact_version_id, revision, latest, version_position, created_at) " +
				"SELECT i.id, v.id, pv.id, 1, true, v.position, v.created_at FROM versions v JOIN all_integrations i ON i.consumer_id = v.pacticipant_id JOIN pact_versions pv ON pv.integration_id = i.id AND pv.sha = 'sha' || v.created_at",
			"INSERT INTO verifications (integration_id, pact_version_id, provider_version_id, success, wip, latest, executed_at, created_at) " +
				"SELECT i.id, pv.id, v.id, true, false, true, v.created_at, v.created_at FROM versions v JOIN all_integrations i ON i.provider_id = v.pacticipant_id JOIN pact_versions pv ON pv.integration_id = i.id AND pv.sha IN ('sha' || v.created_at, 'sha' || (v.created_at - 1))",
			"INSERT INTO branches (pacticipant_id, name, created_at, updated_at) SELECT id, 'main', 0, 0 FROM pacticipants",
			"INSERT INTO branch_versions (branch_id, version_id, version_position, auto_created, created_at, updated_at) SELECT b.id, v.id, v.position, false, 0, 0 FROM versions v JOIN branches b ON b.pacticipant_id = v.pacticipant_id",
			"UPDATE branches SET head_version_id = (SELECT max(id) FROM versions v WHERE v.pacticipant_id = branches.pacticipant_id)",
			"INSERT INTO tags (version_id, pacticipant_id, name, version_position, created_at, updated_at) SELECT id, pacticipant_id, 'dev', position, 0, 0 FROM versions",
			"INSERT INTO tag_heads (pacticipant_id, name, version_id, first_used_at) SELECT pacticipant_id, 'dev', max(id), 0 FROM versions GROUP BY pacticipant_id",
			"INSERT INTO deployed_versions (uuid, environment_id, pacticipant_id, version_id, instance, currently_deployed, auto_created, created_at, updated_at) " +
				"SELECT 'd' || v.id, e.id, v.pacticipant_id, v.id, '', v.created_at = " + each + " - 1, false, 0, 0 FROM versions v, environments e",
			"INSERT INTO released_versions (uuid, environment_id, pacticipant_id, version_id, currently_supported, created_at, updated_at) " +
				"SELECT 'r' || v.id, e.id, v.pacticipant_id, v.id, v.created_at = " + each + " - 1, 0, 0 FROM versions v, environments e",
			"ANALYZE",
		} {
			if statement == "ANALYZE" && !db.IsPostgres() {
				continue // SQLite is asked as it runs for users, without statistics
			}
			if err := tx.Exec(ctx, strings.ReplaceAll(statement, "{bytes}", bytes)); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	}))
}

// questions are those that gates ask before every deployment, with everything
// verified.
func questions(versions int) map[string]string {
	newest := fmt.Sprintf("q[][pacticipant]=Hub&q[][version]=1.0.%d", versions/31-1)
	return map[string]string{
		"environment":      newest + "&latestby=cvpv&environment=prod",
		"latest":           newest + "&latestby=cvp&latest=true",
		"latest with tag":  newest + "&latestby=cvp&latest=true&tag=dev",
		"main branches":    newest + "&latestby=cvp&latest=true&mainBranch=true",
		"head of a branch": "q[][pacticipant]=Hub&q[][branch]=main&q[][latest]=true&latestby=cvp&environment=prod",
	}
}

// mostStatements is how many statements a question may take, however many
// pairs it concerns.
const mostStatements = 11

// growing are the tables that grow with history.
var growing = regexp.MustCompile(`SCAN (v|n|pub|r|d|t|h|bv|b|pv|rv|w)\b`)

func TestDecide_costsWhatItAsksAboutAndNoMore_sqlite(t *testing.T) {
	db := open(t, store.Options{URL: "sqlite://" + filepath.Join(t.TempDir(), "accord.db"), Fast: true})
	hub(t, db, 10_000)
	for name, query := range questions(10_000) {
		for _, statement := range statementsOf(t, db, query) {
			lines, err := db.Plan(context.Background(), statement)
			require.NoError(t, err)
			require.NotRegexp(t, growing, strings.Join(lines, "\n"), "%s: %s", name, statement)
		}
	}
}

func TestDecide_costsWhatItAsksAboutAndNoMore_postgres(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t)})
	hub(t, db, 20_000)
	for name, query := range questions(20_000) {
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
	hub(b, db, versions)
	w := world{b, db}
	query := questions(versions)["environment"]
	w.decide(query)
	b.ResetTimer()
	for b.Loop() {
		w.decide(query)
	}
}
