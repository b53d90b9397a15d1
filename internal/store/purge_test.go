package store_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	pairs "github.com/accord-broker/accord/internal/integrations"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/versions"
)

// longHistory gives the application with id 1000001 a hundred thousand versions,
// all on one branch, each tenth tagged, deployed, released, and published for
// and verified by the application with id 1000002. Ids begin far from those that
// the database gives.
const longHistory = `
	INSERT INTO all_pacticipants (id, name, display_name, created_at, updated_at) VALUES (1000001, 'Old', 'Old', 0, 0), (1000002, 'Stock', 'Stock', 0, 0);
	INSERT INTO environments (id, uuid, name, display_name, production, created_at, updated_at) VALUES (1000001, 'e', 'test', 'Test', false, 0, 0);
	WITH RECURSIVE n (i) AS (SELECT 1000002 UNION ALL SELECT i + 1 FROM n WHERE i < 1100001)
		INSERT INTO versions (id, pacticipant_id, number, position, created_at, updated_at) SELECT i, 1000001, CAST(i AS TEXT), i, 0, 0 FROM n;
	INSERT INTO branches (id, pacticipant_id, name, head_version_id, created_at, updated_at) VALUES (1000001, 1000001, 'main', 1100001, 0, 0);
	INSERT INTO branch_versions (branch_id, version_id, version_position, auto_created, created_at, updated_at) SELECT 1000001, id, position, false, 0, 0 FROM versions;
	INSERT INTO tags (version_id, pacticipant_id, name, version_position, created_at, updated_at) SELECT id, 1000001, 'dev', position, 0, 0 FROM versions WHERE id % 10 = 0;
	INSERT INTO tag_heads (pacticipant_id, name, version_id, first_used_at) VALUES (1000001, 'dev', 1100000, 0);
	INSERT INTO deployed_versions (uuid, environment_id, pacticipant_id, version_id, instance, currently_deployed, auto_created, undeployed_at, created_at, updated_at)
		SELECT 'd' || id, 1000001, 1000001, id, '', false, false, 0, 0, 0 FROM versions WHERE id % 10 = 0;
	INSERT INTO released_versions (uuid, environment_id, pacticipant_id, version_id, currently_supported, created_at, updated_at)
		SELECT 'r' || id, 1000001, 1000001, id, true, 0, 0 FROM versions WHERE id % 10 = 0;
	INSERT INTO all_integrations (id, consumer_id, provider_id, created_at) VALUES (1000001, 1000001, 1000002, 0);
	INSERT INTO pact_versions (id, integration_id, sha, interactions_count, messages_count, created_at, size, body)
		SELECT id, 1000001, number, 0, 0, 0, 0, {body} FROM versions WHERE id % 10 = 0;
	INSERT INTO pact_publications (integration_id, consumer_version_id, pact_version_id, revision, latest, version_position, created_at)
		SELECT 1000001, id, id, 1, true, position, 0 FROM versions WHERE id % 10 = 0;
	INSERT INTO versions (id, pacticipant_id, number, position, created_at, updated_at) VALUES (1000001, 1000002, '1', 1, 0, 0);
	INSERT INTO verifications (integration_id, pact_version_id, provider_version_id, success, wip, latest, executed_at, created_at)
		SELECT 1000001, id, 1000001, true, false, true, 0, 0 FROM versions WHERE id % 10 = 0`

// historyTables hold what a long history consists of.
var historyTables = []string{
	"versions", "branches", "branch_versions", "tags", "tag_heads", "deployed_versions", "released_versions",
	"all_integrations", "pact_versions", "pact_publications", "verifications", "all_pacticipants",
}

func rowsLeft(t *testing.T, db *store.DB) map[string]int {
	t.Helper()
	counts := map[string]int{}
	require.NoError(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		for _, table := range historyTables {
			counted, err := store.Rows[int](ctx, tx, "SELECT count(*) FROM "+table)
			if err != nil {
				return err
			}
			if counted[0] > 0 {
				counts[table] = counted[0]
			}
		}
		return nil
	}))
	return counts
}

func TestSweep_afterAnApplicationWithAHundredThousandVersionsWasDeleted(t *testing.T) {
	for name, database := range map[string]struct {
		url          func(testing.TB) string
		body, before string
	}{
		"sqlite": {sqliteURL, "x'00'", ""},
		// Looking up half a million references would take most of the time.
		"postgres": {testpostgres.Database, `'\x00'::bytea`, "SET LOCAL session_replication_role = replica;"},
	} {
		t.Run(name, func(t *testing.T) {
			options := store.Options{URL: database.url(t), Fast: true}
			db, err := store.Open(context.Background(), options)
			require.NoError(t, err)
			write(t, db, func(ctx context.Context, tx *store.Tx) {
				for statement := range strings.SplitSeq(database.before+strings.ReplaceAll(longHistory, "{body}", database.body), ";") {
					require.NoError(t, tx.Exec(ctx, statement))
				}
			})
			requireHiddenAtOnce(t, db)
			require.Equal(t, 100_001, rowsLeft(t, db)["versions"], "nothing was deleted yet")
			v := requireTakenAnew(t, db)

			// Whoever is killed between two batches has done some of them for good.
			for range 20 {
				more, err := db.Purge(context.Background())
				require.NoError(t, err)
				require.True(t, more)
			}
			require.NoError(t, db.Close())
			db = open(t, options)
			requirePurgedInShortSteps(t, db)
			require.Equal(t, map[string]int{"versions": 2, "all_pacticipants": 2, "branches": 1, "branch_versions": 1}, rowsLeft(t, db))
			require.NoError(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				kept, found, err := tx.VersionByID(ctx, v.ID)
				require.Equal(t, v.Number, kept.Number)
				require.True(t, found)
				return err
			}))
		})
	}
}

// requireHiddenAtOnce deletes the application, and sees nothing of it then.
func requireHiddenAtOnce(t *testing.T, db *store.DB) {
	t.Helper()
	begun := time.Now()
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		old, _, err := tx.FindPacticipant(ctx, "Old")
		require.NoError(t, err)
		require.NoError(t, tx.RemovePacticipant(ctx, old))
	})
	took := time.Since(begun)
	t.Logf("hidden in %v", took)
	require.Less(t, took, time.Second, "deleting must not take longer the longer the history is")
	_, found, err := db.FindPacticipant(context.Background(), "Old")
	require.NoError(t, err)
	require.False(t, found)
	listed, _, err := db.Integrations(context.Background(), pairs.Query{})
	require.NoError(t, err)
	require.Empty(t, listed)
	pacts, _, err := db.Pacts(context.Background(), contracts.Query{})
	require.NoError(t, err)
	require.Empty(t, pacts)
	there, err := db.Deployed(context.Background(), deployments.DeployedQuery{})
	require.NoError(t, err)
	require.Empty(t, there)
}

// requireTakenAnew makes an application of the name that was freed.
func requireTakenAnew(t *testing.T, db *store.DB) (v versions.Version) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		v = version(t, ctx, tx, "Old", "2")
		_, created, err := tx.AddToBranch(ctx, v, "main", false)
		require.NoError(t, err)
		require.True(t, created)
		all, _, err := tx.Versions(ctx, versions.Query{PacticipantID: v.PacticipantID})
		require.NoError(t, err)
		require.Len(t, all, 1)
	})
	return v
}

// requirePurgedInShortSteps purges until nothing is left to be purged; others can
// write between any two steps.
func requirePurgedInShortSteps(t *testing.T, db *store.DB) {
	t.Helper()
	longest, begun := time.Duration(0), time.Now()
	for more := true; more; {
		step := time.Now()
		var err error
		more, err = db.Purge(context.Background())
		require.NoError(t, err)
		longest = max(longest, time.Since(step))
	}
	t.Logf("the rest was purged in %v, the longest step took %v", time.Since(begun), longest)
	require.Less(t, longest, 5*time.Second, "other writers wait for a step on SQLite")
}

// A reference without an index makes each deletion of what it refers to read the
// whole table.
func TestSchema_hasAnIndexForEveryReference(t *testing.T) {
	without := map[string]string{
		"sqlite": `SELECT m.name || '.' || f."from" FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND NOT EXISTS
			(SELECT 1 FROM pragma_index_list(m.name) l, pragma_index_info(l.name) i WHERE NOT l.partial AND i.seqno = 0 AND i.name = f."from")`,
		"postgres": `SELECT c.conrelid::regclass || '.' || a.attname FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
			WHERE c.contype = 'f' AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = a.attnum AND i.indpred IS NULL)`,
	}
	each(t, func(t *testing.T, db *store.DB) {
		require.NoError(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			found, err := store.Rows[string](ctx, tx, without[filepath.Base(t.Name())])
			require.Empty(t, found)
			return err
		}))
	})
}
