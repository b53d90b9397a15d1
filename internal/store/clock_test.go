package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/webhooks"
)

// Two writers put the same tag on two versions; the one that began first
// writes last.
func TestInTx_writesNoOlderTimeAfterANewerOne(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true})
	ctx := context.Background()
	var app pacticipants.Pacticipant
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		version(t, ctx, tx, "A", "1")
		version(t, ctx, tx, "A", "2")
		var err error
		app, _, err = tx.FindPacticipant(ctx, "A")
		require.NoError(t, err)
	})
	tag := func(number string, before func()) error {
		return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			before()
			v, _, err := tx.FindVersion(ctx, app, number)
			if err != nil {
				return err
			}
			_, _, err = tx.AddTag(ctx, v, "dev")
			return err
		})
	}
	require.NoError(t, tag("1", func() { require.NoError(t, tag("2", func() {})) }))
	require.NoError(t, db.View(ctx, func(ctx context.Context, tx *store.Tx) error {
		used, err := tx.TagsFirstUsed(ctx, app, []string{"dev"})
		require.NoError(t, err)
		v, _, err := tx.FindVersion(ctx, app, "1")
		require.NoError(t, err)
		tags, err := tx.TagsOf(ctx, v.ID)
		require.NoError(t, err)
		require.False(t, used["dev"].After(tags[0].CreatedAt), "first used %v, put on a version %v", used["dev"], tags[0].CreatedAt)
		return nil
	}))
}

// Two writers put the same secret; the one that began first writes last.
func TestPutSecret_writesNoOlderTimeAfterANewerOne(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true})
	put := func(before func()) (secret webhooks.Secret) {
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			before()
			_, _, err := tx.LockSecret(ctx, "token")
			require.NoError(t, err)
			secret, _, err = tx.PutSecret(ctx, webhooks.Secret{Name: "token"}, []byte("x"))
			require.NoError(t, err)
		})
		return secret
	}
	var first webhooks.Secret
	second := put(func() { first = put(func() {}) })
	require.False(t, second.UpdatedAt.Before(first.UpdatedAt), "%v was written after %v", second.UpdatedAt, first.UpdatedAt)
}
