package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/verification"
	"github.com/accord-broker/accord/internal/versions"
)

// write runs fn in a transaction that must succeed.
func write(t *testing.T, db *store.DB, fn func(ctx context.Context, tx *store.Tx)) {
	t.Helper()
	require.NoError(t, db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		fn(ctx, tx)
		return nil
	}))
}

func version(t testing.TB, ctx context.Context, tx *store.Tx, name, number string) versions.Version {
	t.Helper()
	p, err := pacticipants.FindOrCreate(ctx, tx, name)
	require.NoError(t, err)
	v, _, err := versions.FindOrCreate(ctx, tx, p, number)
	require.NoError(t, err)
	return v
}

func TestAddToBranch_makesTheVersionAddedLastTheHead(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			one, two := version(t, ctx, tx, "Foo", "1"), version(t, ctx, tx, "Foo", "2")
			_, created, err := tx.AddToBranch(ctx, two, "main", false)
			require.NoError(t, err)
			require.True(t, created)
			_, _, err = tx.AddToBranch(ctx, one, "main", false)
			require.NoError(t, err)
			on, err := tx.BranchesOf(ctx, one.ID, two.ID)
			require.NoError(t, err)
			require.Equal(t, []bool{false, true}, []bool{on[0].Latest, on[1].Latest})

			require.NoError(t, tx.RemoveVersion(ctx, one))
			on, err = tx.BranchesOf(ctx, two.ID)
			require.NoError(t, err)
			require.True(t, on[0].Latest, "the highest that remains is the head")
		})
	})
}

func TestAddTag_keepsTheNewestVersionWithIt(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			one, two := version(t, ctx, tx, "Foo", "1"), version(t, ctx, tx, "Foo", "2")
			for _, v := range []versions.Version{two, one} {
				_, created, err := tx.AddTag(ctx, v, "dev")
				require.NoError(t, err)
				require.True(t, created)
			}
			tags, err := tx.TagsOf(ctx, one.ID, two.ID)
			require.NoError(t, err)
			require.Equal(t, []bool{true, false}, []bool{tags[0].Latest, tags[1].Latest})
			removed, err := tx.RemoveTag(ctx, two, "dev")
			require.NoError(t, err)
			require.True(t, removed)
			tags, err = tx.TagsOf(ctx, one.ID)
			require.NoError(t, err)
			require.True(t, tags[0].Latest)
		})
	})
}

func TestRemoveResult_bringsThePreviousOneBack(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			foo, bar := version(t, ctx, tx, "Foo", "1"), version(t, ctx, tx, "Bar", "9")
			integration, err := tx.AddIntegration(ctx, pacticipants.Pacticipant{ID: foo.PacticipantID}, pacticipants.Pacticipant{ID: bar.PacticipantID})
			require.NoError(t, err)
			content, _, err := tx.AddContent(ctx, contracts.PactVersion{IntegrationID: integration, SHA: "abc"}, store.Compressed(`{"a":1}`))
			require.NoError(t, err)
			published, err := tx.AddPublication(ctx, integration, foo, content)
			require.NoError(t, err)
			require.Equal(t, 1, published.Revision)
			body, err := tx.ContentBody(ctx, content)
			require.NoError(t, err)
			require.JSONEq(t, `{"a":1}`, string(body))

			result := verification.Result{IntegrationID: integration, ContentID: content, ProviderVersion: bar.ID, Success: true}
			first, err := tx.AddResult(ctx, result, nil)
			require.NoError(t, err)
			require.Equal(t, int64(101), first.Number)
			result.Success = false
			second, err := tx.AddResult(ctx, result, nil)
			require.NoError(t, err)
			require.NoError(t, tx.RemoveResult(ctx, second))
		})
	})
}

func TestLatestResult_tellsWorkInProgress(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := world{t: t, db: db}
		w.publish("Foo", "1", "content", "Bar")
		w.write(func(ctx context.Context, tx *store.Tx) {
			foo, bar := version(t, ctx, tx, "Foo", "1"), version(t, ctx, tx, "Bar", "9")
			pact, _, err := tx.Publication(ctx, foo.ID, bar.PacticipantID)
			require.NoError(t, err)
			_, err = tx.AddResult(ctx, verification.Result{IntegrationID: pact.IntegrationID, ContentID: pact.ContentID, ProviderVersion: bar.ID, WIP: true}, nil)
			require.NoError(t, err)
			result, _, err := tx.LatestResult(ctx, pact.ContentID)
			require.NoError(t, err)
			require.True(t, result.WIP)
		})
	})
}

func TestInTx_refusesReadsThroughTheOuterHandle(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		err := db.InTx(context.Background(), func(ctx context.Context, _ *store.Tx) error {
			_, _, err := db.FindPacticipant(ctx, "Foo")
			return err
		})
		require.ErrorContains(t, err, "outside of the open transaction")
	})
}
