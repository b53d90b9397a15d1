package store_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
)

const password = "correct horse battery"

// people are those of a database, at a time that the test moves.
func people(db *store.DB, now *time.Time) *access.People {
	n := 0
	return access.NewPeople(&access.People{
		Read: db, Now: func() time.Time { return *now }, Rules: access.SessionRules{Idle: time.Hour, Lifetime: 8 * time.Hour},
		NewID: func() string { n++; return "00000000-" + strconv.Itoa(n) },
		InTx: func(ctx context.Context, fn func(context.Context, access.PeopleTx) error) error {
			return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
		},
	})
}

func TestPeople_signInWithTheirPassword(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		now := time.Now()
		s, ctx := people(db, &now), context.Background()
		name, first, err := s.CreateFirst(ctx)
		require.NoError(t, err)
		_, again, err := s.CreateFirst(ctx)
		require.NoError(t, err)
		require.Empty(t, again, "there is somebody already")
		admin, err := s.CheckPassword(ctx, name, first)
		require.NoError(t, err)
		require.True(t, admin.Given)
		require.Equal(t, access.Admin, admin.Role)

		jo, set, err := s.Create(ctx, access.WantedPerson{Name: "Jo", Role: access.Developer, Labels: []string{"shop"}, Password: password})
		require.NoError(t, err)
		require.Equal(t, password, set)
		_, _, err = s.Create(ctx, access.WantedPerson{Name: "jO"})
		require.True(t, fault.Is(err, fault.Conflict), err)
		for given, want := range map[string]bool{password: true, "wrong": false, first: false} {
			_, err = s.CheckPassword(ctx, "JO", given)
			require.Equal(t, want, err == nil, given)
		}
		_, err = s.CheckPassword(ctx, "nobody", password)
		require.True(t, fault.Is(err, fault.Unauthorized), err)

		changed, err := s.Change(ctx, jo.ID, access.WantedPerson{Role: access.Viewer})
		require.NoError(t, err)
		require.Equal(t, access.Everything.All, changed.Scope.All)
		_, err = s.Disable(ctx, jo.ID)
		require.NoError(t, err)
		_, err = s.CheckPassword(ctx, "jo", password)
		require.True(t, fault.Is(err, fault.Unauthorized), err)
		_, err = s.Enable(ctx, jo.ID)
		require.NoError(t, err)
		_, err = s.CheckPassword(ctx, "jo", password)
		require.NoError(t, err)
		listed, err := db.People(ctx, nil, admin.ID, 10)
		require.NoError(t, err)
		require.Len(t, listed, 1)
		_, err = s.Disable(ctx, "nobody")
		require.True(t, fault.Is(err, fault.NotFound), err)
	})
}

func TestSessions_endInTime(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		begun := time.Now()
		now := begun
		s, ctx := people(db, &now), context.Background()
		jo, _, err := s.Create(ctx, access.WantedPerson{Name: "jo", Role: access.Viewer, Password: password})
		require.NoError(t, err)
		begin := func() string {
			secret, _, err := s.Begin(ctx, jo, access.Identity{Groups: []string{"a,\"b"}, Token: "word"})
			require.NoError(t, err)
			return secret
		}
		lives := func(secret string) bool {
			p, found, err := s.Recognise(ctx, secret)
			require.NoError(t, err)
			require.Equal(t, found, p.Name == "jo")
			return found
		}
		secret, idle := begin(), begin()
		require.False(t, lives(""))
		require.False(t, lives(secret+"x"))
		for range 9 {
			require.True(t, lives(secret), now.Sub(begun))
			require.NoError(t, s.StoreUses(ctx))
			now = now.Add(50 * time.Minute)
		}
		require.False(t, lives(idle), "nobody used it for an hour")
		session, _, err := s.Find(ctx, secret)
		require.NoError(t, err)
		require.Equal(t, []string{"a,\"b"}, session.Groups)
		require.Equal(t, "word", session.Token)
		for now.Before(begun.Add(8*time.Hour - 30*time.Minute)) {
			now = now.Add(30 * time.Minute)
			require.True(t, lives(secret), now.Sub(begun))
		}
		now = begun.Add(8*time.Hour + time.Second)
		require.False(t, lives(secret), "it ends whatever happens")
	})
}

func TestSessions_endWithTheRightToThem(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		now := time.Now()
		s, ctx := people(db, &now), context.Background()
		jo, _, err := s.Create(ctx, access.WantedPerson{Name: "jo", Password: password})
		require.NoError(t, err)
		var secrets []string
		begin := func() {
			secret, _, err := s.Begin(ctx, jo, access.Identity{})
			require.NoError(t, err)
			secrets = append(secrets, secret)
		}
		live := func() (n int) {
			for _, secret := range secrets {
				if _, found, err := s.Find(ctx, secret); err == nil && found {
					n++
				}
			}
			return n
		}
		begin()
		begin()
		begin()
		ended, err := s.End(ctx, secrets[0])
		require.NoError(t, err)
		require.Equal(t, "jo", ended.Person.Name)
		require.Equal(t, 2, live())
		mine, _, err := s.Find(ctx, secrets[1])
		require.NoError(t, err)
		renewed, err := s.ChangePassword(ctx, mine, password, "another long password")
		require.NoError(t, err)
		require.Zero(t, live())
		secrets = append(secrets, renewed)
		require.Equal(t, 1, live(), "the session in which it was changed goes on, under another secret")
		made, err := s.ResetPassword(ctx, jo.ID, "")
		require.NoError(t, err)
		require.Zero(t, live())
		_, _, err = s.Begin(ctx, jo, access.Identity{})
		require.True(t, fault.Is(err, fault.Unauthorized), "the password they had: %v", err)
		jo, err = s.CheckPassword(ctx, "jo", made)
		require.NoError(t, err)
		begin()
		require.Equal(t, 1, live())
		_, err = s.Disable(ctx, jo.ID)
		require.NoError(t, err)
		require.Zero(t, live())
		_, _, err = s.Begin(ctx, jo, access.Identity{})
		require.True(t, fault.Is(err, fault.Forbidden), "disabled after the password was checked: %v", err)
	})
}

func TestPeople_areAdmittedByTheirProvider(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		now := time.Now()
		s, ctx := people(db, &now), context.Background()
		_, _, err := s.Create(ctx, access.WantedPerson{Name: "admin", Role: access.Admin, Password: password})
		require.NoError(t, err)
		identity := access.Identity{Issuer: "https://login", Subject: "42", Name: "admin"}
		false1, err := s.Admit(ctx, identity)
		require.NoError(t, err)
		require.NotEqual(t, "admin", false1.Name, "a name that is taken makes nobody somebody else")
		require.Empty(t, false1.Role)
		again, err := s.Admit(ctx, identity)
		require.NoError(t, err)
		require.Equal(t, false1.ID, again.ID)
		identity.Issuer = "https://other"
		other, err := s.Admit(ctx, identity)
		require.NoError(t, err)
		require.NotEqual(t, false1.ID, other.ID)
		_, err = s.CheckPassword(ctx, other.Name, "")
		require.True(t, fault.Is(err, fault.Unauthorized), err)
		_, err = s.ResetPassword(ctx, other.ID, "")
		require.True(t, fault.Is(err, fault.Conflict), err)
		_, err = s.Disable(ctx, other.ID)
		require.NoError(t, err)
		_, err = s.Admit(ctx, identity)
		require.True(t, fault.Is(err, fault.Forbidden), err)
	})
}

func TestSpend_countsOnce(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		now := time.Now()
		s, ctx := people(db, &now), context.Background()
		for i, want := range []bool{true, false, false} {
			first, err := s.Spend(ctx, "state", time.Now().Add(time.Hour))
			require.NoError(t, err)
			require.Equal(t, want, first, i)
		}
	})
}
