package store_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/versions"
)

// beforeDeleting lets somebody do something at the moment when a clean-up is about to
// delete from the table, and waits until that is done or waits for the clean-up. The
// channel says what came of it.
func beforeDeleting(t *testing.T, db *store.DB, table string, do func() error) (recording *store.DB, outcome <-chan error) {
	t.Helper()
	outcomes := make(chan error, 1)
	var once sync.Once
	return db.Recording(func(statement string) {
		if !strings.HasPrefix(statement, "DELETE FROM "+table+" ") {
			return
		}
		once.Do(func() {
			done := begun(t, db, do)
			go func() { outcomes <- <-done }()
		})
	}), outcomes
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
			require.Equal(t, fault.NotFound, fault.KindOf(<-recorded), "the version is gone")
		})
	}
}
