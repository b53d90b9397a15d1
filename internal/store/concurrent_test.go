package store_test

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/testing/testrandom"
	"github.com/accord-broker/accord/internal/verification"
	"github.com/accord-broker/accord/internal/versions"
)

// TestProjections_holdAfterParallelWrites lets several writers do random things to
// the same few versions at once, and compares what the store keeps with what
// follows from history.
func TestProjections_holdAfterParallelWrites(t *testing.T) {
	const writers, acts = 8, 60
	tests := []struct {
		name string
		url  func(testing.TB) string
		rank func(a, b string) int
	}{
		{"sqlite", sqliteURL, byNumber},
		{"postgres", testpostgres.Database, nil},
		{"postgres, ordered by number", testpostgres.Database, byNumber},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := open(t, store.Options{URL: tt.url(t), Fast: true, Rank: tt.rank})
			for _, seed := range testrandom.Seeds(t, 1, 0, 1) {
				t.Logf("seed %d", seed)
				var running sync.WaitGroup
				failures := make(chan error, writers*acts)
				for n := range uint64(writers) {
					running.Go(func() {
						w := writer{db: db, random: rand.New(rand.NewPCG(seed, n))}
						for range acts {
							failures <- w.act(context.Background())
						}
					})
				}
				running.Wait()
				close(failures)
				for err := range failures {
					require.NoError(t, err)
				}
				requireTrue(t, db, tt.rank)
			}
		})
	}
}

// requireTrue compares the projections that follow from the tables alone.
func requireTrue(t *testing.T, db *store.DB, rank func(a, b string) int) {
	t.Helper()
	require.NoError(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		history, err := readTables(ctx, tx)
		require.NoError(t, err)
		projections, err := storedProjections(ctx, tx)
		require.NoError(t, err)
		// Only a model tells these.
		projections = slices.DeleteFunc(projections, func(line string) bool {
			return strings.HasPrefix(line, "in ") || strings.HasPrefix(line, "supported in ") || strings.HasPrefix(line, "version ") ||
				strings.HasPrefix(line, "head of ") && !strings.HasPrefix(line, "head of tag ") || strings.Contains(line, " verified with tag ")
		})
		require.Equal(t, append([]string{}, expected(newModel(rank), history)...), append([]string{}, projections...))
		requireOrder(t, history.versions, rank)
		heads, err := store.Rows[string](ctx, tx, `
			SELECT b.name FROM branches b WHERE coalesce(b.head_version_id, 0) NOT IN (
				coalesce((SELECT version_id FROM branch_versions WHERE branch_id = b.id ORDER BY id DESC LIMIT 1), 0),
				coalesce((SELECT version_id FROM branch_versions WHERE branch_id = b.id ORDER BY version_position DESC LIMIT 1), 0))`)
		require.NoError(t, err)
		require.Empty(t, heads, "the head is the version added last or the highest that was left")
		return nil
	}))
}

// requireOrder asks that no two versions share a position, and that positions
// follow the order that was asked for.
func requireOrder(t *testing.T, all []versionLine, rank func(a, b string) int) {
	t.Helper()
	if rank == nil {
		rank = func(string, string) int { return 0 }
	}
	last := map[string]versionLine{}
	for _, v := range all {
		before, seen := last[v.App]
		if seen {
			require.Less(t, before.Position, v.Position, "%s: %s and %s", v.App, before.Number, v.Number)
			require.LessOrEqual(t, rank(before.Number, v.Number), 0, "%s: %s before %s", v.App, before.Number, v.Number)
		}
		last[v.App] = v
	}
}

// writer does random things, as one of several.
type writer struct {
	db     *store.DB
	random *rand.Rand
}

func (w writer) one(names ...string) string { return names[w.random.IntN(len(names))] }

// act does one thing. That another writer has deleted what it is about is no
// failure.
func (w writer) act(ctx context.Context) error {
	some := []func(context.Context, *store.Tx) error{
		w.publish, w.publish, w.verify, w.verify, w.verify, w.addToBranch, w.addToBranch, w.addTag, w.addTag, w.deploy,
		w.leaveBranch, w.removeBranch, w.removeTag, w.removeTag, w.removeResult, w.removePacts, w.removeVersion,
	}
	chosen := some[w.random.IntN(len(some))]
	if w.random.IntN(60) == 0 {
		chosen = w.removePacticipant
	}
	if w.random.IntN(40) == 0 {
		chosen = w.removeIntegration
	}
	if w.random.IntN(40) == 0 {
		_, err := w.db.Purge(ctx)
		return err
	}
	err := w.db.InTx(ctx, chosen)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

func (w writer) mention(ctx context.Context, tx *store.Tx) (versions.Version, error) {
	v, _, err := versions.FindOrCreateNamed(ctx, tx, w.one("A", "A", "B"), w.one("1", "2", "2b", "3", "4", "5"))
	return v, err
}

func (w writer) known(ctx context.Context, tx *store.Tx) (versions.Version, error) {
	return versions.Get(ctx, tx, w.one("A", "A", "B"), w.one("1", "2", "2b", "3", "4", "5"))
}

func (w writer) publish(ctx context.Context, tx *store.Tx) error {
	v, err := w.mention(ctx, tx)
	if err != nil {
		return err
	}
	provider, err := pacticipants.FindOrCreate(ctx, tx, w.one("A", "B"))
	if err != nil {
		return err
	}
	_, err = tx.StoreContract(ctx, v, provider, contracts.PactVersion{SHA: w.one("x", "y")}, store.Compressed("content"))
	return err
}

// pact finds a publication.
func (w writer) pact(ctx context.Context, tx *store.Tx) (contracts.Publication, error) {
	found, _, err := tx.Pacts(ctx, contracts.Query{})
	if err == nil && len(found) == 0 {
		err = fault.Missing("nothing is published")
	}
	if err != nil {
		return contracts.Publication{}, err
	}
	return found[w.random.IntN(len(found))], nil
}

func (w writer) verify(ctx context.Context, tx *store.Tx) error {
	pact, err := w.pact(ctx, tx)
	if err != nil {
		return err
	}
	v, _, err := versions.FindOrCreate(ctx, tx, pacticipants.Pacticipant{ID: pact.ProviderID, Name: pact.Provider}, w.one("1", "2", "2b", "3"))
	if err != nil {
		return err
	}
	_, err = tx.AddResult(ctx, verification.Result{
		IntegrationID: pact.IntegrationID, ContentID: pact.ContentID, ProviderVersion: v.ID, Success: w.random.IntN(4) > 0, WIP: w.random.IntN(4) == 0,
	}, nil)
	return err
}

func (w writer) removeResult(ctx context.Context, tx *store.Tx) error {
	pact, err := w.pact(ctx, tx)
	if err != nil {
		return err
	}
	result, found, err := tx.LatestResult(ctx, pact.ContentID)
	if err != nil || !found {
		return err
	}
	return tx.RemoveResult(ctx, result)
}

func (w writer) removePacts(ctx context.Context, tx *store.Tx) error {
	pact, err := w.pact(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.RemovePacts(ctx, contracts.Query{ConsumerID: pact.ConsumerID, ProviderID: pact.ProviderID, Number: pact.VersionNumber})
	return err
}

func (w writer) addToBranch(ctx context.Context, tx *store.Tx) error {
	v, err := w.mention(ctx, tx)
	if err != nil {
		return err
	}
	_, _, err = tx.AddToBranch(ctx, v, w.one("main", "feat"), false)
	return err
}

func (w writer) branch(ctx context.Context, tx *store.Tx) (versions.Branch, error) {
	p, err := pacticipants.Get(ctx, tx, "pacticipant", w.one("A", "B"))
	if err != nil {
		return versions.Branch{}, err
	}
	b, found, err := tx.FindBranch(ctx, p, w.one("main", "feat"))
	return b, cmp.Or(err, missingUnless(found))
}

func missingUnless(found bool) error {
	if found {
		return nil
	}
	return fault.Missing("not there")
}

func (w writer) leaveBranch(ctx context.Context, tx *store.Tx) error {
	v, err := w.known(ctx, tx)
	if err != nil {
		return err
	}
	b, found, err := tx.FindBranch(ctx, pacticipants.Pacticipant{ID: v.PacticipantID}, w.one("main", "feat"))
	if err != nil || !found {
		return err
	}
	_, err = tx.RemoveFromBranch(ctx, b, v)
	return err
}

func (w writer) removeBranch(ctx context.Context, tx *store.Tx) error {
	b, err := w.branch(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.RemoveBranch(ctx, b)
	return err
}

func (w writer) addTag(ctx context.Context, tx *store.Tx) error {
	v, err := w.mention(ctx, tx)
	if err != nil {
		return err
	}
	_, _, err = tx.AddTag(ctx, v, w.one("dev", "prod"))
	return err
}

func (w writer) removeTag(ctx context.Context, tx *store.Tx) error {
	v, err := w.known(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.RemoveTag(ctx, v, w.one("dev", "prod"))
	return err
}

func (w writer) removeVersion(ctx context.Context, tx *store.Tx) error {
	v, err := w.known(ctx, tx)
	if err != nil {
		return err
	}
	return tx.RemoveVersion(ctx, v)
}

func (w writer) removePacticipant(ctx context.Context, tx *store.Tx) error {
	p, err := pacticipants.Get(ctx, tx, "pacticipant", w.one("A", "B"))
	if err != nil {
		return err
	}
	return tx.RemovePacticipant(ctx, p)
}

func (w writer) removeIntegration(ctx context.Context, tx *store.Tx) error {
	pact, err := w.pact(ctx, tx)
	if err != nil {
		return err
	}
	pair, found, err := tx.FindIntegration(ctx, pact.ConsumerID, pact.ProviderID)
	if err := cmp.Or(err, missingUnless(found)); err != nil {
		return err
	}
	if err := tx.RemoveIntegration(ctx, pair); err != nil {
		return err
	}
	return tx.RemoveUnusedVersions(ctx, pacticipants.Pacticipant{ID: pact.ConsumerID})
}

func (w writer) deploy(ctx context.Context, tx *store.Tx) error {
	v, err := w.known(ctx, tx)
	if err != nil {
		return err
	}
	if _, _, err := tx.AddEnvironment(ctx, deployments.Environment{UUID: uuid.NewString(), Name: "test", DisplayName: "Test"}); err != nil {
		return err
	}
	e, found, err := tx.EnvironmentByName(ctx, "test")
	if err := errors.Join(err, missingUnless(found)); err != nil {
		return err
	}
	instance := w.one("", "blue")
	if _, _, err := tx.LockSlot(ctx, e.ID, v.PacticipantID, instance); err != nil {
		return err
	}
	_, err = tx.AddDeployed(ctx, uuid.NewString(), e.ID, v, instance, false)
	return err
}
