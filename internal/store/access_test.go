package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
)

// tokens are those of a database, at a time that the test moves.
func tokens(db *store.DB, now *time.Time) *access.Tokens {
	n := 0
	return &access.Tokens{
		Read: db, Now: func() time.Time { return *now },
		NewID: func() string { n++; return string(rune('a' + n - 1)) },
		InTx: func(ctx context.Context, fn func(context.Context, access.Tx) error) error {
			return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
		},
	}
}

func TestTokens_areRecognisedUntilTheyEnd(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		now := time.Now().Add(time.Second)
		s := tokens(db, &now)
		ctx := context.Background()
		scope := access.Wanted{Name: " build ", Owner: "shop", Role: access.Developer, Applications: []string{"web", "a,\"b"}, Labels: []string{"x"}, Lifetime: 24 * time.Hour}
		made, secret, err := s.Create(ctx, scope)
		require.NoError(t, err)
		require.Equal(t, "build", made.Name)
		found, is, err := s.Authenticate(ctx, secret)
		require.NoError(t, err)
		require.True(t, is)
		require.Equal(t, access.Scope{Applications: []string{"web", "a,\"b"}, Labels: []string{"x"}}, found.Scope)
		require.Equal(t, access.Developer, found.Principal().Grants[0].Role)

		_, is, err = s.Authenticate(ctx, access.NewSecret())
		require.NoError(t, err)
		require.False(t, is, "one that nobody made")

		again, fresh, err := s.Rotate(ctx, made.ID, time.Hour)
		require.NoError(t, err)
		require.NotEqual(t, secret, fresh)
		for at, lives := range map[time.Duration][2]bool{0: {true, true}, 2 * time.Hour: {false, true}, 25 * time.Hour: {false, false}} {
			now := time.Now().Add(at + time.Second)
			s.Now = func() time.Time { return now }
			for i, each := range []string{secret, fresh} {
				_, is, err := s.Authenticate(ctx, each)
				require.NoError(t, err)
				require.Equal(t, lives[i], is, "%s %d", at, i)
			}
		}
		s.Now = func() time.Time { return now }
		require.NoError(t, s.Revoke(ctx, again.ID))
		require.NoError(t, s.Revoke(ctx, again.ID))
		_, is, err = s.Authenticate(ctx, fresh)
		require.NoError(t, err)
		require.False(t, is)

		all, err := db.Tokens(ctx, "", "", 10)
		require.NoError(t, err)
		require.Len(t, all, 2)
		rest, err := db.Tokens(ctx, "", all[0].ID, 10)
		require.NoError(t, err)
		require.Equal(t, all[1:], rest)
	})
}

func TestTokens_rememberTheirLastUseWithoutWritingEachTime(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		now := time.Now().Truncate(time.Microsecond).UTC().Add(time.Second)
		s := tokens(db, &now)
		ctx := context.Background()
		made, secret, err := s.Create(ctx, access.Wanted{Name: "build", Role: access.Viewer})
		require.NoError(t, err)
		lastUse := func() time.Time {
			require.NoError(t, s.StoreUses(ctx))
			all, err := db.Tokens(ctx, "", "", 10)
			require.NoError(t, err)
			require.Equal(t, made.ID, all[0].ID)
			return all[0].LastUsedAt
		}
		require.Zero(t, lastUse())
		_, _, err = s.Authenticate(ctx, secret)
		require.NoError(t, err)
		first := now
		require.Equal(t, first, lastUse())
		now = now.Add(30 * time.Minute)
		_, _, err = s.Authenticate(ctx, secret)
		require.NoError(t, err)
		require.Equal(t, first, lastUse(), "half an hour later is not worth a write")
		now = now.Add(31 * time.Minute)
		_, _, err = s.Authenticate(ctx, secret)
		require.NoError(t, err)
		require.Equal(t, now, lastUse())
	})
}

func TestLabelsOfNamed_knowsThoseOfOneApplication(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			p, err := pacticipants.FindOrCreate(ctx, tx, "web")
			require.NoError(t, err)
			for _, label := range []string{"shop", "front"} {
				_, _, err = tx.AddLabel(ctx, p, label)
				require.NoError(t, err)
			}
		})
		found, err := db.LabelsOfNamed(context.Background(), "web")
		require.NoError(t, err)
		require.Equal(t, []string{"front", "shop"}, found)
		none, err := db.LabelsOfNamed(context.Background(), "nobody")
		require.NoError(t, err)
		require.Empty(t, none)
	})
}

func TestEndExchanged_endsWhatWasReplaced(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			now := tx.Now()
			_, err := tx.AddExchangedToken(ctx, access.Token{ID: "given", Name: "given", ExpiresAt: now.Add(time.Hour)}, access.Hash("x"), "rule", []byte("proof"), now)
			require.NoError(t, err)
			require.NoError(t, tx.EndToken(ctx, "given", now.Add(time.Minute)))
			require.NoError(t, tx.EndExchanged(ctx, "rule"))
			given, _, err := tx.FindToken(ctx, "given")
			require.NoError(t, err)
			require.True(t, given.Exchanged)
			require.False(t, given.Live(tx.Now()))
		})
	})
}
