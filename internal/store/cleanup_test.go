package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/cleaning"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/verification"
)

// cleaned runs a clean-up, and returns the rows of each kind that went or, in a
// dry run, would go.
func cleaned(t testing.TB, db *store.DB, options store.CleanOptions) (map[string]int64, store.Cleaned) {
	t.Helper()
	options.Progress = func(cleaning.Step, int64, int64) {}
	found, err := db.Clean(context.Background(), options)
	require.NoError(t, err)
	require.True(t, found.Finished)
	rows := map[string]int64{}
	for _, s := range found.Kinds {
		if s.Rows > 0 {
			rows[string(s.Kind)] = s.Rows
		}
	}
	return rows, found
}

// counted are the rows of each kind that could go, but for versions.
func counted(t *testing.T, db *store.DB, before time.Time) map[string]int64 {
	t.Helper()
	rows, _ := cleaned(t, db, store.CleanOptions{Before: before, DryRun: true})
	return rows
}

func TestClean_resultsThatNoAnswerRestsOn(t *testing.T) {
	fail, ok, wip := verification.Result{}, verification.Result{Success: true}, verification.Result{Success: true, WIP: true}
	old := time.Now().Add(-time.Hour)
	cases := []struct {
		name    string
		results []verification.Result
		tagged  int // from this result on the version has a tag
		want    int64
	}{
		{"the first and the last stay", []verification.Result{fail, fail, fail, fail}, 99, 2},
		{"so do the first and the last success", []verification.Result{fail, ok, ok, ok, fail}, 99, 1},
		{"and the success that was executed last", []verification.Result{fail, ok, {Success: true, ExecutedAt: old}, ok, {Success: true, ExecutedAt: old}, fail}, 99, 1},
		{"work in progress does not count", []verification.Result{ok, wip, wip, {Success: true, ExecutedAt: old}}, 99, 2},
		{"nor does what has only two", []verification.Result{ok, fail}, 99, 0},
		{"what began or ended stays", []verification.Result{fail, ok, fail, fail, ok}, 99, 0},
		{"the first success with a tag stays", []verification.Result{ok, ok, ok, ok, ok, ok}, 2, 3},
	}
	each(t, func(t *testing.T, db *store.DB) {
		var before int64
		for _, tt := range cases {
			for i, r := range tt.results {
				write(t, db, func(ctx context.Context, tx *store.Tx) {
					// Each case has a content and a version of its own.
					foo, bar := version(t, ctx, tx, "Foo", "1"), version(t, ctx, tx, "Bar", tt.name)
					integration, err := tx.AddIntegration(ctx, pacticipants.Pacticipant{ID: foo.PacticipantID}, pacticipants.Pacticipant{ID: bar.PacticipantID})
					require.NoError(t, err)
					content, _, err := tx.AddContent(ctx, contracts.PactVersion{IntegrationID: integration, SHA: tt.name, Size: 2}, store.Compressed("{}"))
					require.NoError(t, err)
					if i == tt.tagged {
						_, _, err := tx.AddTag(ctx, bar, "prod")
						require.NoError(t, err)
					}
					r.IntegrationID, r.ContentID, r.ProviderVersion = integration, content, bar.ID
					_, err = tx.AddResult(ctx, r, store.Compressed("{}"))
					require.NoError(t, err)
				})
			}
			after := counted(t, db, time.Now().Add(time.Hour))["superseded_results"]
			require.Equal(t, tt.want, after-before, tt.name)
			before = after
		}
		require.Empty(t, counted(t, db, old), "nothing is so old")
		options := store.CleanOptions{Before: time.Now().Add(time.Hour)}
		rows, _ := cleaned(t, db, options)
		require.Equal(t, map[string]int64{"superseded_results": before}, rows)
		requireInOrder(t, db)
	})
}

func TestClean_contentsThatNothingNames(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		addHistory(t, db)
		require.Equal(t, map[string]int64{"replaced_pacts": 1}, counted(t, db, time.Now().Add(time.Hour)))
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			require.NoError(t, tx.Exec(ctx, "DELETE FROM pact_publications"))
			require.NoError(t, tx.Exec(ctx, "DELETE FROM verifications WHERE pact_version_id IN (SELECT id FROM pact_versions WHERE sha = 'second')"))
		})
		require.Equal(t, map[string]int64{"orphaned_contents": 1}, counted(t, db, time.UnixMicro(0)), "whatever its age")
		rows, _ := cleaned(t, db, store.CleanOptions{Before: time.UnixMicro(0)})
		require.Equal(t, map[string]int64{"orphaned_contents": 1}, rows)
		require.Empty(t, counted(t, db, time.UnixMicro(0)))
	})
}

func TestClean_deliveriesThatAreDone(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		addHistory(t, db)
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			for _, statement := range []string{
				`INSERT INTO webhooks (uuid, description, enabled, events, method, url, headers, username, password, created_at, updated_at)
					SELECT 'w', '', (1 = 1), '[]', 'POST', 'http://example.org', '{}', '', '', 1, 1`,
				// One of a webhook that was deleted; two pairs of old and new, one about a pact and
				// one about an application; one to be tried again; one that alone tells of a pact.
				triggered("g", "none", "contract_published", "success", true),
				triggered("a", "w", "contract_published", "success", true), triggered("b", "w", "contract_published", "success", true),
				triggered("c", "w", "application_created", "failure", false), triggered("d", "w", "application_created", "failure", false),
				triggered("e", "w", "application_deleted", "retrying", false), triggered("f", "w", "application_deleted", "success", false),
				triggered("h", "none", "contract_content_changed", "success", true),
				`INSERT INTO webhook_executions (triggered_id, success, logs, created_at) SELECT id, (1 = 1), 'twelve bytes', 1 FROM triggered_webhooks WHERE uuid = 'a'`,
			} {
				require.NoError(t, tx.Exec(ctx, statement))
			}
		})
		require.Equal(t, map[string]int64{"old_deliveries": 3, "replaced_pacts": 1}, counted(t, db, time.Now()), "a, c and g")
		require.Empty(t, counted(t, db, time.UnixMicro(1)))
		rows, _ := cleaned(t, db, store.CleanOptions{Before: time.Now(), Limit: 2})
		require.Equal(t, map[string]int64{"old_deliveries": 2, "replaced_pacts": 1}, rows, "no more than asked")
		rows, _ = cleaned(t, db, store.CleanOptions{Before: time.Now()})
		require.Equal(t, map[string]int64{"old_deliveries": 1}, rows)
	})
}

// triggered is the statement that adds a delivery, about a pact or not.
func triggered(uuid, webhook, event, status string, aboutPact bool) string {
	about := "NULL, NULL"
	if aboutPact {
		about = "(SELECT max(integration_id) FROM pact_publications), (SELECT max(id) FROM pact_publications)"
	}
	return `INSERT INTO triggered_webhooks (uuid, webhook_id, event, subject, integration_id, publication_id, status, attempts, round_start, held, context, created_at, updated_at)
		SELECT '` + uuid + `', (SELECT id FROM webhooks WHERE uuid = '` + webhook + `'), '` + event + `', 'Foo', ` + about + `, '` + status + `', 1, 0, (1 = 0), '{}', 1, 1`
}
