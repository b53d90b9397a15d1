package store_test

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// Neither database takes more than 65,535 arguments, so lists that grow with
// history must not be handed over one argument for each.
func TestQuestions_aboutMoreThingsThanADatabaseTakesArguments(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			v := version(t, ctx, tx, "Foo", "1")
			bar, err := pacticipants.FindOrCreate(ctx, tx, "Bar")
			require.NoError(t, err)
			_, _, err = tx.AddTag(ctx, v, "dev")
			require.NoError(t, err)
			_, _, err = tx.AddToBranch(ctx, v, "main", false)
			require.NoError(t, err)
			_, _, err = tx.AddLabel(ctx, bar, "team")
			require.NoError(t, err)
			integration, err := tx.AddIntegration(ctx, pacticipants.Pacticipant{ID: v.PacticipantID}, bar)
			require.NoError(t, err)
			content, _, err := tx.AddContent(ctx, contracts.PactVersion{IntegrationID: integration, SHA: "x"}, store.Compressed("content"))
			require.NoError(t, err)
			pact, err := tx.AddPublication(ctx, integration, v, content)
			require.NoError(t, err)

			many, numbers := []int64{v.ID, v.PacticipantID, bar.ID, content}, []string{"1"}
			for i := range int64(70_000) {
				many, numbers = append(many, 1_000_000+i), append(numbers, "n"+strconv.FormatInt(i, 10))
			}
			tags, err := tx.TagsOf(ctx, many...)
			require.NoError(t, err)
			require.Len(t, tags, 1)
			branches, err := tx.BranchesOf(ctx, many...)
			require.NoError(t, err)
			require.Len(t, branches, 1)
			labels, err := tx.LabelsOf(ctx, many...)
			require.NoError(t, err)
			require.Len(t, labels, 1)
			pacts, err := tx.PactsOfVersions(ctx, many...)
			require.NoError(t, err)
			require.Len(t, pacts[v.ID], 1)
			bodies, err := tx.ContentBodies(ctx, many...)
			require.NoError(t, err)
			require.Len(t, bodies, 1)
			latest, err := tx.LatestVersions(ctx, many...)
			require.NoError(t, err)
			require.Equal(t, "1", latest[v.PacticipantID].Number)
			deployed, err := tx.Deployed(ctx, deployments.DeployedQuery{VersionIDs: many, PacticipantIDs: many})
			require.NoError(t, err)
			require.Empty(t, deployed)
			released, err := tx.Released(ctx, deployments.ReleasedQuery{VersionIDs: many, PacticipantIDs: many})
			require.NoError(t, err)
			require.Empty(t, released)
			pact.VersionPosition++ // as if it were a later one
			before, err := tx.PactsBefore(ctx, pact, slices.DeleteFunc(slices.Clone(many), func(id int64) bool { return id == content }), 2)
			require.NoError(t, err)
			require.Len(t, before, 1)
			require.Equal(t, pact.ID, before[0].ID)
			_, found, err := tx.FindPact(ctx, contracts.PactQuery{Consumer: "Foo", Provider: "Bar", Among: numbers, AmongID: many})
			require.NoError(t, err)
			require.True(t, found)
			preferred, err := tx.ConsumerVersionsAmong(ctx, contracts.PactQuery{Consumer: "Foo", Among: numbers, AmongID: many})
			require.NoError(t, err)
			require.Equal(t, []string{"1"}, preferred)
		})
	})
}

// eachFolding is each for databases in which case does not matter.
func eachFolding(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, store.Options{URL: sqliteURL(t), Fast: true, FoldNames: true}))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, store.Options{URL: testpostgres.Database(t), FoldNames: true}))
	})
}

func TestTagsAndLabels_inAnotherCaseAreTheSameWhereCaseDoesNotMatter(t *testing.T) {
	eachFolding(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			v := version(t, ctx, tx, "Foo", "1")
			_, created, err := tx.AddTag(ctx, v, "Dev")
			require.NoError(t, err)
			require.True(t, created)
			tag, created, err := tx.AddTag(ctx, v, "dEV")
			require.NoError(t, err)
			require.False(t, created)
			require.Equal(t, "Dev", tag.Name)
			removed, err := tx.RemoveTag(ctx, v, "DEV")
			require.NoError(t, err)
			require.True(t, removed)
			tags, err := tx.TagsOf(ctx, v.ID)
			require.NoError(t, err)
			require.Empty(t, tags)
			_, found, err := tx.LatestWithTag(ctx, pacticipants.Pacticipant{ID: v.PacticipantID}, "dev")
			require.NoError(t, err)
			require.False(t, found, "nothing is kept of the tag")

			foo := pacticipants.Pacticipant{ID: v.PacticipantID}
			_, created, err = tx.AddLabel(ctx, foo, "Team")
			require.NoError(t, err)
			require.True(t, created)
			_, created, err = tx.AddLabel(ctx, foo, "team")
			require.NoError(t, err)
			require.False(t, created)
		})
	})
}
