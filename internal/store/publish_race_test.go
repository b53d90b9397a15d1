package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// overtaken is the transaction of a publisher that another overtakes: after it
// has looked for an application in vain, the other publishes.
type overtaken struct {
	*store.Tx
	other func()
}

func (tx *overtaken) FindPacticipant(ctx context.Context, name string) (pacticipants.Pacticipant, bool, error) {
	p, found, err := tx.Tx.FindPacticipant(ctx, name)
	if other := tx.other; !found && other != nil {
		tx.other = nil
		other()
	}
	return p, found, err
}

func (*overtaken) AnnouncePublished(context.Context, contracts.Published, string, string) (contracts.Announced, error) {
	return contracts.Announced{}, nil
}

// SQLite has one writer, who cannot be overtaken.
func TestPublish_refusesAnotherContentFromAPublisherThatWasOvertaken(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true})
	publish := func(content string, other func()) error {
		service := contracts.NewService(contracts.Rules{Compress: store.Compress}, func(ctx context.Context, fn func(context.Context, contracts.Tx) error) error {
			return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, &overtaken{tx, other}) })
		})
		_, err := service.Publish(context.Background(), contracts.Submission{
			Pacticipant: "Shop", Version: "1", Contracts: []contracts.SubmittedContract{{Provider: "Stock", Body: pactfile.Body(content)}},
		})
		return err
	}

	err := publish(`{"interactions": [{"description": "late"}]}`, func() {
		require.NoError(t, publish(`{"interactions": [{"description": "early"}]}`, nil))
	})

	var conflict *contracts.ConflictError
	require.ErrorAs(t, err, &conflict)
	require.Len(t, conflict.Changed, 1)
}
