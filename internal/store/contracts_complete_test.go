package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/verification"
	"github.com/accord-broker/accord/internal/versions"
)

// Version 2 publishes a content while the first success for it is being
// recorded, and neither transaction sees the other when it begins.
func TestContractsVerified_missesNoSuccessThatIsBeingRecorded(t *testing.T) {
	for name, success := range map[string]func(ctx context.Context, tx *store.Tx, integration, content int64, by versions.Version) error{
		"a result": func(ctx context.Context, tx *store.Tx, integration, content int64, by versions.Version) error {
			_, err := tx.AddResult(ctx, verification.Result{IntegrationID: integration, ContentID: content, ProviderVersion: by.ID, Success: true}, nil)
			return err
		},
		"another outcome of a comparison": func(ctx context.Context, tx *store.Tx, _, content int64, by versions.Version) error {
			return comparedTo(ctx, tx, content, by, providercontracts.Compatible)
		},
	} {
		t.Run(name, func(t *testing.T) { missesNoSuccess(t, success) })
	}
}

// comparedTo stores what the content comes to with a version that promises something.
func comparedTo(ctx context.Context, tx *store.Tx, content int64, by versions.Version, outcome providercontracts.Outcome) error {
	made := providercontracts.Compared{
		Pair: providercontracts.Pair{ContentID: content, ProviderVersion: by.ID}, ContractsKey: "k", Outcome: outcome,
		Comparison: providercontracts.Comparison{ContentID: content, DocumentsKey: "k"},
	}
	var err error
	report, err := store.PackReport(made.Comparison.Report)
	if err != nil {
		return err
	}
	if made.Comparison.ID, err = tx.AddComparison(ctx, made.Comparison, report); err != nil {
		return err
	}
	_, _, err = tx.PutCompared(ctx, made)
	return err
}

func missesNoSuccess(t *testing.T, success func(ctx context.Context, tx *store.Tx, integration, content int64, by versions.Version) error) {
	db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true})
	ctx := context.Background()
	var consumer pacticipants.Pacticipant
	var first, by versions.Version
	var integration, content int64
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		first, by = version(t, ctx, tx, "A", "1"), version(t, ctx, tx, "B", "1")
		var err error
		consumer, _, err = tx.FindPacticipant(ctx, "A")
		require.NoError(t, err)
		integration, err = tx.AddIntegration(ctx, consumer, pacticipants.Pacticipant{ID: by.PacticipantID})
		require.NoError(t, err)
		content, _, err = tx.AddContent(ctx, contracts.PactVersion{IntegrationID: integration, SHA: "x"}, store.Compressed("{}"))
		require.NoError(t, err)
		_, err = tx.AddPublication(ctx, integration, first, content)
		require.NoError(t, err)
		require.NoError(t, tx.UpdateContractsKey(ctx, by, "k"))
		require.NoError(t, comparedTo(ctx, tx, content, by, providercontracts.Incompatible))
	})
	// The other one is given a moment to be kept waiting.
	const moment = 300 * time.Millisecond
	published, recorded, checked, verifierDone := make(chan bool), make(chan bool), make(chan bool), make(chan bool)
	publisherSees, verifierSees := false, false
	done := make(chan error, 2)
	go func() {
		done <- db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			second, _, err := versions.FindOrCreate(ctx, tx, consumer, "2")
			if err != nil {
				return err
			}
			if _, err := tx.AddPublication(ctx, integration, second, content); err != nil {
				return err
			}
			close(published)
			<-recorded
			publisherSees, err = tx.ContractsVerified(ctx, second.ID)
			close(checked)
			select {
			case <-verifierDone:
			case <-time.After(moment):
			}
			return err
		})
	}()
	go func() {
		done <- db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			<-published
			if err := success(ctx, tx, integration, content, by); err != nil {
				return err
			}
			close(recorded)
			select {
			case <-checked:
			case <-time.After(moment):
			}
			found, err := tx.VersionsVerified(ctx, content, []string{"1", "2"}, []int64{first.ID})
			close(verifierDone)
			for _, v := range found {
				verifierSees = verifierSees || v.Number == "2"
			}
			return err
		})
	}()
	require.NoError(t, <-done)
	require.NoError(t, <-done)
	require.True(t, publisherSees || verifierSees, "neither saw that version 2 is complete")
}
