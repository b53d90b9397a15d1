package access_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// begun is when the clocks of the tests begin: the hour in which they run, because
// the database has a clock of its own.
var begun = time.Now().UTC().Truncate(time.Hour)

// house is a database with all that decides who may do what, at a time that the
// test moves.
type house struct {
	t         *testing.T
	db        *store.DB
	now       time.Time
	tokens    *access.Tokens
	people    *access.People
	directory *access.Directory
}

// each runs the test on both databases.
func each(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newHouse(t, "sqlite:///"+filepath.Join(t.TempDir(), "accord.db")))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, newHouse(t, testpostgres.Database(t)))
	})
}

func newHouse(t *testing.T, address string) *house {
	t.Helper()
	h := &house{t: t, now: begun}
	db, err := store.Open(context.Background(), store.Options{URL: address, Fast: true, Now: func() time.Time { return h.now }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	h.db = db
	h.directory = &access.Directory{Read: db, InTx: func(ctx context.Context, fn func(context.Context, access.DirectoryTx) error) error {
		return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
	}}
	h.tokens, h.people = h.replica()
	return h
}

// ids makes IDs that nobody else makes.
var ids atomic.Int64

func newID() string { return fmt.Sprintf("%08d-id", ids.Add(1)) }

// replica is what another broker on the same database has.
func (h *house) replica() (*access.Tokens, *access.People) {
	clock := func() time.Time { return h.now }
	return &access.Tokens{Read: h.db, Now: clock, NewID: newID, Directory: h.directory, InTx: func(ctx context.Context, fn func(context.Context, access.Tx) error) error {
			return h.db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
		}}, access.NewPeople(&access.People{
			Read: h.db, Now: clock, NewID: newID, Directory: h.directory, Rules: access.SessionRules{Idle: time.Hour, Lifetime: 8 * time.Hour},
			InTx: func(ctx context.Context, fn func(context.Context, access.PeopleTx) error) error {
				return h.db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
			},
		})
}

// token makes a token.
func (h *house) token(w access.Wanted) (access.Token, string) {
	h.t.Helper()
	made, secret, err := h.tokens.Create(context.Background(), w)
	require.NoError(h.t, err)
	return made, secret
}

// person makes somebody with a role for everything.
func (h *house) person(name string, role access.Role) access.Person {
	h.t.Helper()
	p, _, err := h.people.Create(context.Background(), access.WantedPerson{Name: name, Role: role, Password: password})
	require.NoError(h.t, err)
	return p
}

const password = "correct horse battery"

// signIn begins a session of somebody.
func (h *house) signIn(p access.Person, groups ...string) string {
	h.t.Helper()
	secret, _, err := h.people.Begin(context.Background(), p, access.Identity{Groups: groups})
	require.NoError(h.t, err)
	return secret
}

// isIn reports whether a session is accepted.
func (h *house) isIn(secret string) bool {
	h.t.Helper()
	_, found, err := h.people.Find(context.Background(), secret)
	require.NoError(h.t, err)
	return found
}

// label puts a label on an application, which is made if there is none.
func (h *house) label(application, label string) {
	h.t.Helper()
	require.NoError(h.t, h.db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		p, err := pacticipants.FindOrCreate(ctx, tx, application)
		if err != nil {
			return err
		}
		_, _, err = tx.AddLabel(ctx, p, label)
		return err
	}))
}

// wrong are the fields that a fault blames, and none twice.
func wrong(t *testing.T, err error) []string {
	t.Helper()
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	require.Equal(t, fault.Invalid, f.Kind, "%v", err)
	names := []string{}
	for _, field := range f.Fields {
		require.NotEmpty(t, field.Message)
		names = append(names, field.Name)
	}
	return names
}
