package store_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/versions"
)

// twoMonthsAgo writes what has been there for so long.
func twoMonthsAgo(t *testing.T, db *store.DB, fn func(ctx context.Context, tx *store.Tx)) {
	t.Helper()
	db.SetClock(func() time.Time { return time.Now().Add(-60 * 24 * time.Hour) })
	write(t, db, fn)
	db.SetClock(time.Now)
}

func purge(db *store.DB) error {
	_, err := db.Purge(context.Background())
	return err
}

// publishOf makes a version that publishes a document whenever that is asked for, and
// long ago put the document where nobody uses it.
func publishOf(t *testing.T, db *store.DB) (v versions.Version, publish func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	add := func(ctx context.Context, tx *store.Tx) (d providercontracts.Document, err error) {
		d = providercontracts.Document{ProviderID: v.PacticipantID, SHA: "x", Specification: "oas", Size: 3}
		d.ID, err = tx.AddDocument(ctx, d, store.Compressed("doc"))
		return d, err
	}
	twoMonthsAgo(t, db, func(ctx context.Context, tx *store.Tx) {
		v = version(t, ctx, tx, "Stock", "1")
		_, err := add(ctx, tx)
		require.NoError(t, err)
	})
	return v, func(ctx context.Context, tx *store.Tx) error {
		document, err := add(ctx, tx)
		if err != nil {
			return err
		}
		return tx.PutContract(ctx, providercontracts.Contract{ProviderID: v.PacticipantID, VersionID: v.ID, Name: "default", Document: document, ContentType: "application/yaml"}, nil)
	}
}

func requirePublished(t *testing.T, db *store.DB, v versions.Version) {
	t.Helper()
	published, err := db.ContractsPublishedBy(context.Background(), v.ID)
	require.NoError(t, err)
	require.Len(t, published, 1)
}

func TestPurge_keepsADocumentThatIsBeingPublishedAgain(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true})
	v, publish := publishOf(t, db)
	var purged <-chan error
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		require.NoError(t, publish(ctx, tx))
		purged = begun(t, db, func() error { return purge(db) })
	})
	require.NoError(t, <-purged)
	requirePublished(t, db, v)
}

func TestPurge_letsADocumentComeAgainThatIsBeingPurged(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true})
	v, publish := publishOf(t, db)
	recording, published := beforeDeleting(t, db, "provider_documents", func() error { return db.InTx(context.Background(), publish) })
	require.NoError(t, purge(recording))
	require.NoError(t, published())
	requirePublished(t, db, v)
}

// comparedLongAgo makes a comparison that nothing counts.
func comparedLongAgo(t *testing.T, db *store.DB) (made providercontracts.Compared) {
	t.Helper()
	twoMonthsAgo(t, db, func(ctx context.Context, tx *store.Tx) {
		foo, stock := version(t, ctx, tx, "Foo", "1"), version(t, ctx, tx, "Stock", "1")
		integration, err := tx.AddIntegration(ctx, pacticipants.Pacticipant{ID: foo.PacticipantID}, pacticipants.Pacticipant{ID: stock.PacticipantID})
		require.NoError(t, err)
		content, _, err := tx.AddContent(ctx, contracts.PactVersion{IntegrationID: integration, SHA: "x", Size: 2}, store.Compressed("{}"))
		require.NoError(t, err)
		require.NoError(t, tx.UpdateContractsKey(ctx, stock, "key"))
		made = providercontracts.Compared{
			Pair: providercontracts.Pair{ContentID: content, ProviderVersion: stock.ID}, ContractsKey: "key", Outcome: providercontracts.Compatible,
			Comparison: providercontracts.Comparison{ContentID: content, DocumentsKey: "d"},
		}
		report, err := store.PackReport(made.Comparison.Report)
		require.NoError(t, err)
		made.Comparison.ID, err = tx.AddComparison(ctx, made.Comparison, report)
		require.NoError(t, err)
	})
	return made
}

func TestPurge_keepsAComparisonThatIsBeingCounted(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true})
	made := comparedLongAgo(t, db)
	var purged <-chan error
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		_, kept, err := tx.PutCompared(ctx, made)
		require.NoError(t, err)
		require.True(t, kept)
		purged = begun(t, db, func() error { return purge(db) })
	})
	require.NoError(t, <-purged)
	counted, err := db.ComparedBetween(context.Background(), []int64{made.ContentID}, []int64{made.ProviderVersion})
	require.NoError(t, err)
	require.Len(t, counted, 1)
}

func TestPutCompared_keepsNothingOfAComparisonThatWasPurged(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		made := comparedLongAgo(t, db)
		require.NoError(t, purge(db))
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			_, kept, err := tx.PutCompared(ctx, made)
			require.NoError(t, err)
			require.False(t, kept)
		})
	})
}

func TestPurge_keepsAnAnswerThatReplacesAnOldOne(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true})
	twoMonthsAgo(t, db, func(ctx context.Context, tx *store.Tx) {
		require.NoError(t, tx.Exec(ctx, "INSERT INTO kept_answers (request_key, answer, created_at) VALUES (?, ?, ?)", keyNamed("a"), []byte("old"), tx.Now().UnixMicro()))
	})
	var purged <-chan error
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		require.NoError(t, tx.Exec(ctx, "UPDATE kept_answers SET answer = ?, created_at = ?", []byte("new"), tx.Now().UnixMicro()))
		purged = begun(t, db, func() error { return purge(db) })
	})
	require.NoError(t, <-purged)
	answer, err := db.StoredAnswer(context.Background(), keyNamed("a"))
	require.NoError(t, err)
	require.Equal(t, "new", string(answer))
}

func TestPurge_waitsForWhoGivesPositionsToFacts(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true, KeepFacts: time.Hour})
	twoMonthsAgo(t, db, func(ctx context.Context, tx *store.Tx) {
		require.NoError(t, tx.Announce(ctx, events.Fact{Type: events.EnvironmentChanged, Subject: "Shop"}))
	})
	var purged <-chan error
	page, err := db.Recording(func(statement string) {
		if purged == nil && strings.Contains(statement, "UPDATE facts SET position") {
			purged = begun(t, db, func() error { return purge(db) })
		}
	}).FactsAfter(context.Background(), events.Query{Limit: 10})
	require.NoError(t, err)
	require.NoError(t, <-purged)
	require.Len(t, page.Facts, 1)
	page, err = db.FactsAfter(context.Background(), events.Query{Limit: 10})
	require.NoError(t, err)
	require.Len(t, page.Facts, 1, "the last position stays")
}
