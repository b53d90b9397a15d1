package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/trust"
)

// meanwhile lets another begin in the transaction of one, once all of that is done but the
// commit; then is what came of the other.
type meanwhile struct {
	db    *store.DB
	t     *testing.T
	other func() error
	then  <-chan error
}

// inTx is a transaction at the end of which the other begins.
func (m *meanwhile) inTx(ctx context.Context, fn func(context.Context, *store.Tx) error) error {
	return m.db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		m.then = begun(m.t, m.db, m.other)
		return nil
	})
}

func TestPeople_keepWhatOthersChangeMeanwhile(t *testing.T) {
	const another = "another good password"
	type changed struct {
		disabled, signedIn bool
		role               access.Role
		kind               fault.Kind
	}
	begin := func(s *access.People, p access.Person) error {
		_, _, err := s.Begin(context.Background(), p, access.Identity{})
		return err
	}
	change := func(s *access.People, p access.Person) error {
		_, err := s.Change(context.Background(), p.ID, access.WantedPerson{Role: access.Viewer})
		return err
	}
	disable := func(s *access.People, p access.Person) error {
		_, err := s.Disable(context.Background(), p.ID)
		return err
	}
	reset := func(s *access.People, p access.Person) error {
		_, err := s.ResetPassword(context.Background(), p.ID, another)
		return err
	}
	const none fault.Kind = -1
	for name, c := range map[string]struct {
		one, other func(s *access.People, p access.Person) error
		want       changed
	}{
		"signs in while disabled":         {disable, begin, changed{disabled: true, role: access.Admin, kind: fault.Forbidden}},
		"disabled while signing in":       {begin, disable, changed{disabled: true, signedIn: true, role: access.Admin, kind: none}},
		"signs in while given a role":     {change, begin, changed{signedIn: true, role: access.Viewer, kind: none}},
		"given a role while disabled":     {disable, change, changed{disabled: true, role: access.Viewer, kind: none}},
		"signs in while password is set":  {reset, begin, changed{role: access.Admin, kind: fault.Unauthorized}},
		"password is set while signed in": {begin, reset, changed{signedIn: true, role: access.Admin, kind: none}},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, db *store.DB) {
				now, ctx := time.Now(), context.Background()
				s := people(db, &now)
				jo, _, err := s.Create(ctx, access.WantedPerson{Name: "jo", Role: access.Admin, Password: password})
				require.NoError(t, err)
				checked, err := s.CheckPassword(ctx, "jo", password)
				require.NoError(t, err)
				m := meanwhile{db: db, t: t, other: func() error { return c.other(s, checked) }}
				slow := people(db, &now)
				slow.InTx = func(ctx context.Context, fn func(context.Context, access.PeopleTx) error) error {
					return m.inTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
				}
				require.NoError(t, c.one(slow, checked))
				kind := none
				if err := <-m.then; err != nil {
					kind = fault.KindOf(err)
				}
				p, _, err := db.FindPerson(ctx, jo.ID)
				require.NoError(t, err)
				require.Equal(t, c.want, changed{!p.DisabledAt.IsZero(), !p.SignedInAt.IsZero(), p.Role, kind})
				sessions, err := db.Lines(ctx, "SELECT 'one' FROM sessions")
				require.NoError(t, err)
				require.Equal(t, c.want.signedIn && c.want.role == access.Viewer, len(sessions) == 1, "%d", len(sessions))
			})
		})
	}
}

func TestChangePassword_isRefusedWhileItIsReset(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		now, ctx := time.Now(), context.Background()
		s := people(db, &now)
		jo, _, err := s.Create(ctx, access.WantedPerson{Name: "jo", Role: access.Admin, Password: password})
		require.NoError(t, err)
		checked, err := s.CheckPassword(ctx, "jo", password)
		require.NoError(t, err)
		_, session, err := s.Begin(ctx, checked, access.Identity{})
		require.NoError(t, err)
		m := meanwhile{db: db, t: t, other: func() error {
			_, err := s.ChangePassword(ctx, session, password, "a third good password")
			return err
		}}
		slow := people(db, &now)
		slow.InTx = func(ctx context.Context, fn func(context.Context, access.PeopleTx) error) error {
			return m.inTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
		}
		_, err = slow.ResetPassword(ctx, jo.ID, "another good password")
		require.NoError(t, err)
		require.Error(t, <-m.then)
		_, err = s.CheckPassword(ctx, "jo", "another good password")
		require.NoError(t, err, "who administers has the last word")
	})
}

func TestTokens_haveOneSuccessorAndStayRevoked(t *testing.T) {
	rotate := func(s *access.Tokens, id string) error {
		_, _, err := s.Rotate(context.Background(), id, 0)
		return err
	}
	overlapping := func(s *access.Tokens, id string) error {
		_, _, err := s.Rotate(context.Background(), id, time.Hour)
		return err
	}
	revoke := func(s *access.Tokens, id string) error { return s.Revoke(context.Background(), id) }
	for name, c := range map[string]struct {
		one, other func(s *access.Tokens, id string) error
		refused    bool
		tokens     int
	}{
		"replaced while revoked":  {revoke, overlapping, true, 1},
		"revoked while replaced":  {overlapping, revoke, false, 2},
		"replaced while replaced": {rotate, overlapping, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, db *store.DB) {
				now, ctx := time.Now().Add(time.Minute), context.Background()
				s := tokens(db, &now)
				old, secret, err := s.Create(ctx, access.Wanted{Name: "build", Role: access.Developer})
				require.NoError(t, err)
				m := meanwhile{db: db, t: t, other: func() error { return c.other(s, old.ID) }}
				slow := tokens(db, &now)
				slow.NewID = s.NewID
				slow.InTx = func(ctx context.Context, fn func(context.Context, access.Tx) error) error {
					return m.inTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
				}
				require.NoError(t, c.one(slow, old.ID))
				require.Equal(t, c.refused, fault.Is(<-m.then, fault.Conflict))
				_, live, err := s.Authenticate(ctx, secret)
				require.NoError(t, err)
				require.False(t, live)
				all, err := db.Tokens(ctx, "", "", 10)
				require.NoError(t, err)
				require.Len(t, all, c.tokens)
			})
		})
	}
}

// directory has the teams and roles of a database.
func directory(db *store.DB, inTx transactions) *access.Directory {
	return &access.Directory{Read: db, InTx: func(ctx context.Context, fn func(context.Context, access.DirectoryTx) error) error {
		return inTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
	}}
}

// trusting keeps the trust rules of a database.
func trusting(db *store.DB, inTx transactions) *trust.Service {
	return &trust.Service{Read: db, NewID: func() string { return "a rule" }, Keys: &trust.Keys{}, InTx: func(ctx context.Context, fn func(context.Context, trust.Tx) error) error {
		return inTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
	}}
}

// transactions run what is done in one.
type transactions = func(context.Context, func(context.Context, *store.Tx) error) error

// givers give a role of the broker's own, or one for a team or an application, each to
// something else, in transactions of a test's.
var givers = map[string]func(db *store.DB, inTx transactions, w access.Wanted) error{
	"token": func(db *store.DB, inTx transactions, w access.Wanted) error {
		now := time.Now()
		s := tokens(db, &now)
		s.InTx = func(ctx context.Context, fn func(context.Context, access.Tx) error) error {
			return inTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
		}
		_, _, err := s.Create(context.Background(), w)
		return err
	},
	"person": func(db *store.DB, inTx transactions, w access.Wanted) error {
		now, ctx := time.Now(), context.Background()
		s := people(db, &now)
		jo, _, err := s.Create(ctx, access.WantedPerson{Name: "jo", Role: access.Viewer, Password: password})
		if err != nil {
			return err
		}
		s.InTx = func(ctx context.Context, fn func(context.Context, access.PeopleTx) error) error {
			return inTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
		}
		_, err = s.Change(ctx, jo.ID, access.WantedPerson{Role: w.Role, Applications: w.Applications, Teams: w.Teams})
		return err
	},
	"trust rule": func(db *store.DB, inTx transactions, w access.Wanted) error {
		_, err := trusting(db, inTx).Create(context.Background(), trust.Rule{
			Name: w.Name, Issuer: "https://token.actions.githubusercontent.com", Audience: "accord", Role: w.Role, Scope: access.ScopeOf(w.Applications, w.Labels, w.Teams),
			Claims: []trust.Claim{{Name: "repository", Patterns: []string{"octo/web"}}},
		})
		return err
	},
}

func TestGiving_isForWhatIsThere(t *testing.T) {
	ctx := context.Background()
	for what, c := range map[string]struct {
		wanted access.Wanted
		remove func(d *access.Directory) error
	}{
		"team": {access.Wanted{Name: "ci", Role: access.Developer, Teams: []string{"Money"}}, func(d *access.Directory) error { return d.DeleteTeam(ctx, "Money") }},
		"role": {access.Wanted{Name: "ci", Role: "auditor"}, func(d *access.Directory) error { return d.DeleteRole(ctx, "auditor") }},
	} {
		for to, give := range givers {
			prepared := func(t *testing.T, db *store.DB) {
				d := directory(db, db.InTx)
				_, _, err := d.PutTeam(ctx, access.Team{Name: "Money"})
				require.NoError(t, err)
				_, _, err = d.PutRole(ctx, access.OwnRole{Name: "auditor", Actions: []access.Action{access.Read}})
				require.NoError(t, err)
			}
			t.Run(what+" removed while given to a "+to, func(t *testing.T) {
				each(t, func(t *testing.T, db *store.DB) {
					prepared(t, db)
					m := meanwhile{db: db, t: t, other: func() error { return c.remove(directory(db, db.InTx)) }}
					require.NoError(t, give(db, m.inTx, c.wanted))
					require.True(t, fault.Is(<-m.then, fault.Conflict))
				})
			})
			t.Run(what+" given to a "+to+" while removed", func(t *testing.T) {
				each(t, func(t *testing.T, db *store.DB) {
					prepared(t, db)
					m := meanwhile{db: db, t: t, other: func() error { return give(db, db.InTx, c.wanted) }}
					require.NoError(t, c.remove(directory(db, m.inTx)))
					require.True(t, fault.Is(<-m.then, fault.Invalid))
				})
			})
		}
	}
}

func TestRename_isFollowedByScopesThatAreGivenMeanwhile(t *testing.T) {
	scopes := func(t *testing.T, db *store.DB) []string {
		found, err := db.Lines(context.Background(), "SELECT applications FROM access_tokens UNION ALL SELECT applications FROM people UNION ALL SELECT applications FROM trust_rules")
		require.NoError(t, err)
		return found
	}
	wanted := access.Wanted{Name: "ci", Role: access.Developer, Applications: []string{"Shop"}}
	for to, give := range givers {
		t.Run(to, func(t *testing.T) {
			each(t, func(t *testing.T, db *store.DB) {
				var shop pacticipants.Pacticipant
				write(t, db, func(ctx context.Context, tx *store.Tx) {
					var err error
					shop, err = pacticipants.FindOrCreate(ctx, tx, "Shop")
					require.NoError(t, err)
				})
				m := meanwhile{db: db, t: t, other: func() error {
					return db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error { return tx.Rename(ctx, shop, "Market") })
				}}
				require.NoError(t, give(db, m.inTx, wanted))
				require.NoError(t, <-m.then)
				require.Equal(t, []string{`["Market"]`}, scopes(t, db))
			})
		})
	}
}

func TestRename_givesNothingBackThatIsTakenAwayMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		now, ctx := time.Now(), context.Background()
		s := people(db, &now)
		var shop pacticipants.Pacticipant
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			var err error
			shop, err = pacticipants.FindOrCreate(ctx, tx, "Shop")
			require.NoError(t, err)
		})
		jo, _, err := s.Create(ctx, access.WantedPerson{Name: "jo", Role: access.Developer, Applications: []string{"Shop", "Stock"}, Password: password})
		require.NoError(t, err)
		m := meanwhile{db: db, t: t, other: func() error {
			return db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error { return tx.Rename(ctx, shop, "Market") })
		}}
		require.NoError(t, m.inTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			p, _, _, err := tx.LockPerson(ctx, jo.ID)
			if err != nil {
				return err
			}
			p.Scope = access.Scope{Applications: []string{"Stock"}}
			return tx.UpdatePerson(ctx, p)
		}))
		require.NoError(t, <-m.then)
		p, _, err := db.FindPerson(ctx, jo.ID)
		require.NoError(t, err)
		require.Equal(t, []string{"Stock"}, p.Scope.Applications)
	})
}

func TestPutTeam_isLaterThanWhatWasPutMeanwhile(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true}) // SQLite has one writer
	put := func(in transactions) access.Team {
		kept, _, err := directory(db, in).PutTeam(context.Background(), access.Team{Name: "Money"})
		require.NoError(t, err)
		return kept
	}
	var first access.Team
	second := put(func(ctx context.Context, fn func(context.Context, *store.Tx) error) error {
		return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			first = put(db.InTx)
			return fn(ctx, tx)
		})
	})
	require.Equal(t, first.CreatedAt, second.CreatedAt)
	require.False(t, second.UpdatedAt.Before(first.UpdatedAt))
}
