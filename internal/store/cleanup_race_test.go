package store_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/verification"
	"github.com/accord-broker/accord/internal/versions"
)

// beforeDeleting lets somebody do something at the moment when a clean-up is first about
// to delete from the table, and waits until that is done or waits for the clean-up.
// outcome says what came of it.
func beforeDeleting(t *testing.T, db *store.DB, table string, do func() error) (recording *store.DB, outcome func() error) {
	t.Helper()
	var done <-chan error
	recording = db.Recording(func(statement string) {
		if done == nil && strings.HasPrefix(statement, "DELETE FROM "+table+" ") {
			done = begun(t, db, do)
		}
	})
	return recording, func() error {
		t.Helper()
		require.NotNil(t, done, "nothing was deleted from %s", table)
		return <-done
	}
}

func TestClean_deletesNoVersionThatSomebodyIsToldIsDeployedOrReleased(t *testing.T) {
	for name, record := range map[string]func(ctx context.Context, service *deployments.Service, e deployments.Environment, v versions.Version) error{
		"deployed": func(ctx context.Context, service *deployments.Service, e deployments.Environment, v versions.Version) error {
			_, err := service.Deploy(ctx, e, v, "")
			return err
		},
		"released": func(ctx context.Context, service *deployments.Service, e deployments.Environment, v versions.Version) error {
			_, _, err := service.Release(ctx, e, v)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true})
			var first versions.Version
			var environment deployments.Environment
			db.SetClock(func() time.Time { return time.Now().Add(-400 * 24 * time.Hour) })
			write(t, db, func(ctx context.Context, tx *store.Tx) {
				first = version(t, ctx, tx, "Foo", "1")
				version(t, ctx, tx, "Foo", "2")
				var err error
				environment, _, err = tx.AddEnvironment(ctx, deployments.Environment{UUID: "e", Name: "prod"})
				require.NoError(t, err)
			})
			db.SetClock(time.Now)
			service := deployments.NewService(func() string { return "d" }, func(ctx context.Context, fn func(context.Context, deployments.Tx) error) error {
				return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
			})
			recording, recorded := beforeDeleting(t, db, "versions", func() error { return record(context.Background(), service, environment, first) })

			_, done := cleaned(t, recording, store.CleanOptions{Before: time.Now(), Rules: rules(t, `[{"latest": true}]`, "", time.Now())})

			require.EqualValues(t, 1, done.Applications[0].Gone)
			require.Equal(t, fault.NotFound, fault.KindOf(recorded()), "the version is gone")
		})
	}
}

// Of each provider the middle ones of five results are superfluous, until somebody
// deletes the last.
func TestClean_keepsTheResultThatCountsOnceALaterOneIsDeleted(t *testing.T) {
	for _, provider := range []string{"Bar", "Baz"} { // they are cleaned up one after the other
		t.Run(provider, func(t *testing.T) {
			each(t, func(t *testing.T, db *store.DB) {
				var last verification.Result
				write(t, db, func(ctx context.Context, tx *store.Tx) {
					foo := version(t, ctx, tx, "Foo", "1")
					for _, name := range []string{"Bar", "Baz"} {
						by := version(t, ctx, tx, name, "1")
						integration, err := tx.AddIntegration(ctx, pacticipants.Pacticipant{ID: foo.PacticipantID}, pacticipants.Pacticipant{ID: by.PacticipantID})
						require.NoError(t, err)
						content, _, err := tx.AddContent(ctx, contracts.PactVersion{IntegrationID: integration, SHA: "x", Size: 2}, store.Compressed("{}"))
						require.NoError(t, err)
						_, err = tx.AddPublication(ctx, integration, foo, content)
						require.NoError(t, err)
						for i := range 5 {
							r, err := tx.AddResult(ctx, verification.Result{IntegrationID: integration, ContentID: content, ProviderVersion: by.ID, Success: true, ExecutedAt: time.UnixMicro(int64(i + 1))}, nil)
							require.NoError(t, err)
							if name == provider {
								last = r
							}
						}
					}
				})
				recording, removed := beforeDeleting(t, db, "verifications", func() error {
					return db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error { return tx.RemoveResult(ctx, last) })
				})

				cleaned(t, recording, store.CleanOptions{Before: time.Now().Add(time.Hour)})

				require.NoError(t, removed())
				requireInOrder(t, db)
			})
		})
	}
}

func TestClean_deletesNoDeliveryThatIsSentAgain(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true})
	addHistory(t, db)
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		for _, statement := range []string{
			`INSERT INTO webhooks (uuid, description, enabled, events, method, url, headers, username, password, created_at, updated_at)
				SELECT 'w', '', (1 = 1), '[]', 'POST', 'http://example.org', '{}', '', '', 1, 1`,
			triggered("old", "w", "application_created", "failure", false), triggered("new", "w", "application_created", "failure", false),
		} {
			require.NoError(t, tx.Exec(ctx, statement))
		}
	})
	again := true
	recording, restarted := beforeDeleting(t, db, "triggered_webhooks", func() error {
		return db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
			_, again, err = tx.RestartDelivery(ctx, "old")
			return err
		})
	})

	cleaned(t, recording, store.CleanOptions{Before: time.Now()})

	require.NoError(t, restarted())
	require.False(t, again, "the delivery is gone")
}

func TestClean_deletesNoDeliveryThatIsToBeMadeWithItsPact(t *testing.T) {
	for table, options := range map[string]store.CleanOptions{
		"pact_publications": {Before: time.Now().Add(time.Hour)},
		"versions":          {Rules: rules(t, `[{"latest": true}]`, "", time.Now().Add(400*24*time.Hour))},
	} {
		for what, deliver := range map[string]func(ctx context.Context, tx *store.Tx) error{
			"for the first time": func(ctx context.Context, tx *store.Tx) error {
				return tx.Exec(ctx, strings.ReplaceAll(triggered("new", "w", "provider_verification_published", "not_run", true), "max(", "min("))
			},
			"once more": func(ctx context.Context, tx *store.Tx) error {
				_, again, err := tx.RestartDelivery(ctx, "old")
				if err == nil && !again {
					err = fault.Missing("no such delivery")
				}
				return err
			},
		} {
			t.Run(table+" "+what, func(t *testing.T) {
				db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true})
				write(t, db, func(ctx context.Context, tx *store.Tx) {
					foo, bar := version(t, ctx, tx, "Foo", "1"), version(t, ctx, tx, "Bar", "1")
					integration, err := tx.AddIntegration(ctx, pacticipants.Pacticipant{ID: foo.PacticipantID}, pacticipants.Pacticipant{ID: bar.PacticipantID})
					require.NoError(t, err)
					content, _, err := tx.AddContent(ctx, contracts.PactVersion{IntegrationID: integration, SHA: "x", Size: 2}, store.Compressed("{}"))
					require.NoError(t, err)
					for _, v := range []versions.Version{foo, foo, version(t, ctx, tx, "Foo", "2")} {
						_, err = tx.AddPublication(ctx, integration, v, content)
						require.NoError(t, err)
					}
					require.NoError(t, tx.Exec(ctx, `INSERT INTO webhooks (uuid, description, enabled, events, method, url, headers, username, password, created_at, updated_at)
						SELECT 'w', '', (1 = 1), '[]', 'POST', 'http://example.org', '{}', '', '', 1, 1`))
					require.NoError(t, tx.Exec(ctx, strings.ReplaceAll(triggered("old", "w", "contract_published", "failure", true), "max(", "min(")))
				})
				recording, tell := beforeDeleting(t, db, table, func() error { return db.InTx(context.Background(), deliver) })

				cleaned(t, recording, options)

				told := tell()
				open, err := db.Lines(context.Background(), "SELECT uuid FROM triggered_webhooks WHERE status NOT IN ('success', 'failure')")
				require.NoError(t, err)
				require.Equal(t, told == nil, len(open) == 1, "what became of a delivery, if it is to be made: %v, %v", open, told)
			})
		}
	}
}
