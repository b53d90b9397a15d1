package access_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
)

func TestCreate_saysAllThatIsWrongWithAToken(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, _, err := h.directory.PutRole(context.Background(), access.OwnRole{Name: "boss", Actions: []access.Action{access.Read, access.Administer}})
		require.NoError(t, err)
		good := access.Wanted{Name: "build", Role: access.Viewer}
		for name, test := range map[string]struct {
			change func(w *access.Wanted)
			want   []string
		}{
			"no name":                  {func(w *access.Wanted) { w.Name = "" }, []string{"name"}},
			"a blank name":             {func(w *access.Wanted) { w.Name = " \t" }, []string{"name"}},
			"two lines":                {func(w *access.Wanted) { w.Name = "a\nb" }, []string{"name"}},
			"a long name":              {func(w *access.Wanted) { w.Name = strings.Repeat("ü", 201) }, []string{"name"}},
			"a name nobody sees":       {func(w *access.Wanted) { w.Name = "a\u200bb" }, []string{"name"}},
			"NUL in the owner":         {func(w *access.Wanted) { w.Owner = "a\x00b" }, []string{"owner"}},
			"a long owner":             {func(w *access.Wanted) { w.Owner = strings.Repeat("x", 201) }, []string{"owner"}},
			"no role":                  {func(w *access.Wanted) { w.Role = "" }, []string{"role"}},
			"a made-up role":           {func(w *access.Wanted) { w.Role = "root" }, []string{"role"}},
			"a role in another case":   {func(w *access.Wanted) { w.Role = "Admin" }, []string{"role"}},
			"no time at all":           {func(w *access.Wanted) { w.Lifetime = -time.Second }, []string{"expires_at"}},
			"an admin for some":        {func(w *access.Wanted) { w.Role, w.Applications = access.Admin, []string{"web"} }, []string{"applications"}},
			"an admin for a label":     {func(w *access.Wanted) { w.Role, w.Labels = access.Admin, []string{"x"} }, []string{"applications"}},
			"a boss for some":          {func(w *access.Wanted) { w.Role, w.Applications = "boss", []string{"web"} }, []string{"applications"}},
			"a blank application":      {func(w *access.Wanted) { w.Applications = []string{"web", " "} }, []string{"applications"}},
			"a long application":       {func(w *access.Wanted) { w.Applications = []string{strings.Repeat("x", 501)} }, []string{"applications"}},
			"a label of two lines":     {func(w *access.Wanted) { w.Labels = []string{"a\nb"} }, []string{"labels"}},
			"bytes that are no text":   {func(w *access.Wanted) { w.Applications = []string{"a\xffb"} }, []string{"applications"}},
			"a team that is not there": {func(w *access.Wanted) { w.Teams = []string{"Shop"} }, []string{"teams"}},
			"everything":               {func(w *access.Wanted) { *w = access.Wanted{Owner: "\n", Role: "x", Labels: []string{""}, Lifetime: -1} }, []string{"role", "labels", "name", "owner", "expires_at"}},
		} {
			w := good
			test.change(&w)
			_, secret, err := h.tokens.Create(context.Background(), w)
			require.Empty(t, secret, name)
			require.ElementsMatch(t, test.want, wrong(t, err), name)
		}
		all, err := h.db.Tokens(context.Background(), "", "", 10)
		require.NoError(t, err)
		require.Empty(t, all)
	})
}

func TestCreate_keepsTheTokenButNotItsSecret(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		made, secret := h.token(access.Wanted{Name: " " + strings.Repeat("ü", 198), Owner: " shop ", Role: access.Developer, Applications: []string{"Käse, \"fresh\"", "web"}, Labels: []string{"x"}, Lifetime: time.Hour})
		require.True(t, access.IsSecret(secret))
		require.True(t, strings.HasPrefix(secret, made.Prefix))
		all, err := h.db.Tokens(context.Background(), "", "", 10)
		require.NoError(t, err)
		require.Len(t, all, 1)
		require.Equal(t, made, all[0], "what is returned is what is kept")
		require.Equal(t, strings.Repeat("ü", 198), made.Name)
		require.Equal(t, "shop", made.Owner)
		require.Equal(t, made.CreatedAt.Add(time.Hour), made.ExpiresAt)
		forGood, _ := h.token(access.Wanted{Name: "for good", Role: access.Viewer})
		require.Zero(t, forGood.ExpiresAt)
		require.Equal(t, access.Everything, access.Scope{All: forGood.Scope.All})
	})
}

// accepted reports whether a secret is accepted now.
func (h *house) accepted(secret string) bool {
	h.t.Helper()
	_, found, err := h.tokens.Authenticate(context.Background(), secret)
	require.NoError(h.t, err)
	return found
}

func TestAuthenticate_acceptsATokenToTheMomentOfItsEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		made, secret := h.token(access.Wanted{Name: "build", Role: access.Viewer, Lifetime: time.Hour})
		for _, test := range []struct {
			at   time.Duration
			want bool
		}{{0, true}, {time.Hour - time.Microsecond, true}, {time.Hour, false}, {2 * time.Hour, false}} {
			h.now = made.CreatedAt.Add(test.at)
			require.Equal(t, test.want, h.accepted(secret), test.at)
		}
	})
}

func TestAuthenticate_acceptsNothingElse(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, secret := h.token(access.Wanted{Name: "build", Role: access.Viewer})
		for name, text := range map[string]string{
			"nothing": "", "another one": access.NewSecret(), "with a blank": secret + " ", "in another case": strings.ToUpper(secret), "its beginning": secret[:30],
			"a letter changed": secret[:20] + "-" + secret[21:], "without its beginning": strings.TrimPrefix(secret, "accord_"), "SQL": "accord_' OR 1=1 --",
		} {
			require.False(t, h.accepted(text), name)
		}
		require.True(t, h.accepted(secret))
	})
}

func TestRotate_makesASuccessorThatIsLikeIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		old, secret := h.token(access.Wanted{Name: "build", Owner: "shop", Role: access.ConsumerCI, Applications: []string{"web"}, Labels: []string{"x"}, Lifetime: 10 * time.Hour})
		h.now = begun.Add(4 * time.Hour)
		next, fresh, err := h.tokens.Rotate(ctx, old.ID, time.Hour)
		require.NoError(t, err)
		require.NotEqual(t, old.ID, next.ID)
		require.NotEqual(t, old.Prefix, next.Prefix)
		require.Equal(t, []any{old.Name, old.Owner, old.Role, old.Scope}, []any{next.Name, next.Owner, next.Role, next.Scope})
		require.Equal(t, next.CreatedAt.Add(10*time.Hour), next.ExpiresAt, "it lives as long as the old one was meant to")
		require.Zero(t, next.RevokedAt)
		require.True(t, h.accepted(secret) && h.accepted(fresh))
		h.now = begun.Add(5 * time.Hour)
		require.False(t, h.accepted(secret), "the overlap is over")
		require.True(t, h.accepted(fresh))

		_, newest, err := h.tokens.Rotate(ctx, next.ID, 0)
		require.NoError(t, err)
		require.False(t, h.accepted(fresh), "without an overlap it ends at once")
		require.True(t, h.accepted(newest))
	})
}

// A successor would be a token like any other, which no end of the rule ends.
func TestRotate_refusesWhatWasGivenInExchange(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		require.NoError(t, h.db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.AddExchangedToken(ctx, access.Token{ID: "given", Name: "job", ExpiresAt: h.now.Add(time.Hour)}, access.Hash("x"), "rule", []byte("proof"), h.now)
			return err
		}))
		_, _, err := h.tokens.Rotate(ctx, "given", 0)
		require.Equal(t, fault.Conflict, fault.KindOf(err), "%v", err)
	})
}

func TestRotate_letsNoTokenLiveLonger(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		old, secret := h.token(access.Wanted{Name: "build", Role: access.Viewer, Lifetime: time.Hour})
		_, _, err := h.tokens.Rotate(ctx, old.ID, 10*time.Hour)
		require.NoError(t, err)
		again, _, err := h.tokens.Rotate(ctx, old.ID, 30*time.Minute)
		require.NoError(t, err)
		require.NotEmpty(t, again.ID)
		_, _, err = h.tokens.Rotate(ctx, old.ID, 50*time.Minute)
		require.NoError(t, err, "while the overlap lasts")
		h.now = begun.Add(30 * time.Minute)
		require.False(t, h.accepted(secret), "the shortest overlap counts")
		_, _, err = h.tokens.Rotate(ctx, old.ID, 0)
		require.Equal(t, fault.Conflict, fault.KindOf(err), "%v", err)
		_, _, err = h.tokens.Rotate(ctx, "nobody", 0)
		require.Equal(t, fault.NotFound, fault.KindOf(err), "%v", err)
		_, _, err = h.tokens.Rotate(ctx, again.ID, -time.Second)
		require.Equal(t, []string{"overlap_seconds"}, wrong(t, err))
	})
}

func TestRevoke_endsATokenOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		made, secret := h.token(access.Wanted{Name: "build", Role: access.Viewer})
		require.NoError(t, h.tokens.Revoke(ctx, made.ID))
		require.False(t, h.accepted(secret))
		first, _, err := h.db.FindToken(ctx, made.ID)
		require.NoError(t, err)
		h.now = begun.Add(time.Hour)
		require.NoError(t, h.tokens.Revoke(ctx, made.ID))
		again, _, err := h.db.FindToken(ctx, made.ID)
		require.NoError(t, err)
		require.Equal(t, first.RevokedAt, again.RevokedAt, "one that has ended stays as it is")
		require.Equal(t, fault.NotFound, fault.KindOf(h.tokens.Revoke(ctx, "nobody")))

		overlapping, old := h.token(access.Wanted{Name: "build", Role: access.Viewer})
		_, _, err = h.tokens.Rotate(ctx, overlapping.ID, 5*time.Hour)
		require.NoError(t, err)
		require.True(t, h.accepted(old))
		require.NoError(t, h.tokens.Revoke(ctx, overlapping.ID))
		require.False(t, h.accepted(old), "an overlap can be cut short")
	})
}

// lastUse is when a token was used last as it is kept.
func (h *house) lastUse(id string) time.Time {
	h.t.Helper()
	found, _, err := h.db.FindToken(context.Background(), id)
	require.NoError(h.t, err)
	return found.LastUsedAt
}

func TestStoreUses_losesNoUse(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		made, secret := h.token(access.Wanted{Name: "build", Role: access.Viewer})
		require.True(t, h.accepted(secret))
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		require.Error(t, h.tokens.StoreUses(gone))
		require.Zero(t, h.lastUse(made.ID))
		require.NoError(t, h.tokens.StoreUses(context.Background()))
		require.Equal(t, begun, h.lastUse(made.ID), "it is written the next time")
	})
}

func TestStoreUses_doesNotGoBackInTime(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		made, secret := h.token(access.Wanted{Name: "build", Role: access.Viewer})
		other, _ := h.replica()
		require.True(t, h.accepted(secret))
		h.now = begun.Add(2 * time.Hour)
		_, found, err := other.Authenticate(context.Background(), secret)
		require.NoError(t, err)
		require.True(t, found)
		require.NoError(t, other.StoreUses(context.Background()))
		require.NoError(t, h.tokens.StoreUses(context.Background()), "the broker that is behind")
		require.Equal(t, begun.Add(2*time.Hour), h.lastUse(made.ID))
	})
}

func TestTokens_listsThemSomeAtATime(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var want, got []string
		for range 7 {
			made, _ := h.token(access.Wanted{Name: "build", Role: access.Viewer})
			want = append(want, made.ID)
		}
		require.NoError(t, h.tokens.Revoke(context.Background(), want[3]))
		for after := ""; ; {
			page, err := h.db.Tokens(context.Background(), "", after, 3)
			require.NoError(t, err)
			if len(page) == 0 {
				break
			}
			for _, token := range page {
				got = append(got, token.ID)
			}
			after = got[len(got)-1]
		}
		require.Equal(t, want, got, "those that have ended, too, in the order of their making")
	})
}

func TestRotate_worksForManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		old, _ := h.token(access.Wanted{Name: "build", Role: access.Viewer})
		var together sync.WaitGroup
		secrets := make([]string, 6)
		for i := range secrets {
			together.Go(func() {
				var err error
				if _, secrets[i], err = h.tokens.Rotate(context.Background(), old.ID, time.Hour); err != nil {
					t.Error(err)
				}
			})
		}
		together.Wait()
		for _, secret := range secrets {
			require.True(t, h.accepted(secret))
		}
	})
}

// What is written down of changes is read by people, and kept for long.
func TestAudit_holdsNoSecretOfAnybody(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := audit.WithOrigin(context.Background(), audit.Origin{Actor: "jo", Action: "test", Writes: true})
		made, secret, err := h.tokens.Create(ctx, access.Wanted{Name: "build", Owner: "shop", Role: access.Developer, Applications: []string{"web"}, Lifetime: time.Hour})
		require.NoError(t, err)
		_, fresh, err := h.tokens.Rotate(ctx, made.ID, time.Hour)
		require.NoError(t, err)
		require.NoError(t, h.tokens.Revoke(ctx, made.ID))
		p, given, err := h.people.Create(ctx, access.WantedPerson{Name: "jo", Role: access.Viewer})
		require.NoError(t, err)
		set, err := h.people.ResetPassword(ctx, p.ID, password)
		require.NoError(t, err)
		p, err = h.people.CheckPassword(ctx, p.Name, password)
		require.NoError(t, err)
		session, _, err := h.people.Begin(ctx, p, access.Identity{Token: "the provider's token"})
		require.NoError(t, err)
		_, err = h.people.Disable(ctx, p.ID)
		require.NoError(t, err)
		trail := audit.Trail{Writer: h.db}
		entries, err := trail.Read(ctx, audit.Query{Limit: 100})
		require.NoError(t, err)
		require.Len(t, entries, 7)
		for _, e := range entries {
			stored, err := e.Store()
			require.NoError(t, err)
			for _, hidden := range []string{secret, fresh, given, set, session, "the provider's token"} {
				require.NotContains(t, stored.Details, hidden)
			}
			require.NotEmpty(t, e.Changes)
		}
		require.Contains(t, entries[6].Applications, "web", "who looks for an application finds the tokens for it")
	})
}
