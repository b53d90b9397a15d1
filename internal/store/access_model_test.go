package store_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// house is who may do what, in plain Go and in a database.
type house struct {
	t      *testing.T
	db     *store.DB
	random *rand.Rand
	now    time.Time
	tokens []access.Token
	people []access.Person
	teams  map[string]access.Team
	apps   []pacticipants.Pacticipant
	count  int
}

var (
	houseRoles = []access.Role{access.Viewer, access.Developer, access.Admin}
	houseTeams = []string{"Core", "core", `Co"re`, "Ünï", "Co"}
)

func (h *house) some(names []string) (some []string) {
	for _, name := range names {
		if h.random.IntN(3) == 0 {
			some = append(some, name)
		}
	}
	return some
}

// moment is a time around now, or none.
func (h *house) moment() time.Time {
	if h.random.IntN(3) == 0 {
		return time.Time{}
	}
	return h.now.Add(time.Duration(h.random.IntN(160)-80) * 24 * time.Hour)
}

func (h *house) appNames() (names []string) {
	for _, a := range h.apps {
		names = append(names, a.Name)
	}
	return names
}

func (h *house) scope() access.Scope {
	if h.random.IntN(4) == 0 {
		return access.Scope{All: true}
	}
	return access.Scope{Applications: h.some(h.appNames()), Labels: h.some([]string{"blue", "Red"}), Teams: h.some(houseTeams)}
}

func (h *house) step(ctx context.Context, tx *store.Tx) {
	h.count++
	t, at := h.t, h.now.Add(time.Duration(h.count)*time.Second)
	switch h.random.IntN(10) {
	case 0, 1, 2:
		token := access.Token{
			ID: fmt.Sprint("t", h.count), Name: pick(h.random, []string{"build", "Build", "ünï", "a_b", "50%", "release"}), Owner: pick(h.random, []string{"Ann", "", "bo"}), Prefix: fmt.Sprint("accord_", h.count),
			Role: pick(h.random, houseRoles), Scope: h.scope(), CreatedAt: at, ExpiresAt: h.moment(),
		}
		require.NoError(t, tx.AddToken(ctx, token, access.Hash(token.ID)))
		h.tokens = append(h.tokens, token)
	case 3:
		if len(h.tokens) > 0 {
			token := &h.tokens[h.random.IntN(len(h.tokens))]
			end := h.now.Add(time.Duration(h.random.IntN(60)-30) * time.Hour)
			require.NoError(t, tx.EndToken(ctx, token.ID, end))
			if token.RevokedAt.IsZero() || end.Before(token.RevokedAt) {
				token.RevokedAt = end
			}
		}
	case 4:
		if len(h.tokens) > 0 {
			token, used := &h.tokens[h.random.IntN(len(h.tokens))], h.moment()
			if !used.IsZero() {
				require.NoError(t, tx.UseToken(ctx, token.ID, used))
				if used.After(token.LastUsedAt) {
					token.LastUsedAt = used
				}
			}
		}
	case 5, 6:
		p := access.Person{ID: fmt.Sprint("p", h.count), Name: fmt.Sprint(pick(h.random, []string{"Jo", "jo", "Ärger", "b_"}), h.count%7), Role: pick(h.random, houseRoles), Scope: h.scope(), CreatedAt: at}
		taken := slices.ContainsFunc(h.people, func(other access.Person) bool { return strings.EqualFold(other.Name, p.Name) })
		added, err := tx.AddPerson(ctx, p, "hash")
		require.NoError(t, err)
		require.Equal(t, !taken, added)
		if added {
			p.DisabledAt, p.SignedInAt = h.moment(), h.moment()
			require.NoError(t, tx.UpdatePerson(ctx, p))
			if !p.SignedInAt.IsZero() {
				require.NoError(t, tx.NoteSignIn(ctx, p.ID, p.SignedInAt))
			}
			h.people = append(h.people, p)
		}
	case 7, 8:
		team := access.Team{Name: pick(h.random, houseTeams), Contact: "c", Role: pick(h.random, houseRoles), Applications: h.some(h.appNames()), Labels: []string{}, Groups: []string{}, CreatedAt: at, UpdatedAt: at}
		for _, p := range h.people {
			team.People = append(team.People, h.some([]string{p.ID})...)
		}
		if known, is := h.teams[team.Name]; is {
			team.CreatedAt = known.CreatedAt
		}
		require.NoError(t, tx.PutTeam(ctx, team))
		h.teams[team.Name] = team
	case 9:
		i := h.random.IntN(len(h.apps))
		former, name := h.apps[i].Name, fmt.Sprintf("App %d <%d>", i, h.count)
		require.NoError(t, tx.Rename(ctx, h.apps[i], name))
		h.apps[i].Name = name
		renamed := func(names []string) {
			for j := range names {
				if names[j] == former {
					names[j] = name
				}
			}
		}
		for j := range h.tokens {
			renamed(h.tokens[j].Scope.Applications)
		}
		for j := range h.people {
			renamed(h.people[j].Scope.Applications)
		}
		for _, team := range h.teams {
			renamed(team.Applications)
		}
	}
}

func (h *house) attention(t access.Token) access.Attention {
	end := t.ExpiresAt
	revoked := !t.RevokedAt.IsZero() && (end.IsZero() || t.RevokedAt.Before(end))
	switch {
	case t.RevokedAt.IsZero() && end.IsZero():
		return access.NeedsLook
	case revoked && !t.RevokedAt.After(h.now), !end.IsZero() && !end.After(h.now.Add(-access.EndedLately)):
		return access.HasEnded
	case !end.IsZero() && !end.After(h.now):
		if !t.RevokedAt.IsZero() {
			return access.HasEnded // somebody has seen to it
		}
		return access.NeedsLook
	case !t.RevokedAt.IsZero():
		return access.NeedsNone
	case !end.After(h.now.Add(access.EndsSoon)):
		return access.NeedsLook
	}
	return access.NeedsNone
}

// found is whether a text is in one of several, in any case.
func found(text string, in ...string) bool {
	return text == "" || slices.ContainsFunc(in, func(one string) bool { return strings.Contains(strings.ToLower(one), strings.ToLower(text)) })
}

func (h *house) ids(tokens []access.Token) (ids []string) {
	for _, t := range tokens {
		ids = append(ids, t.ID)
	}
	return ids
}

func (h *house) compareTokens(ctx context.Context) {
	texts := append([]string{"", "", "build", "NN", "_", "%", "core", "Ünï", "blue", "accord_1", "<"}, h.appNames()...)
	l := access.TokenQuery{Text: pick(h.random, texts), At: h.now, Limit: 1 + h.random.IntN(20), Offset: h.random.IntN(4)}
	if h.random.IntN(3) == 0 {
		l.Role = pick(h.random, houseRoles)
	}
	if h.random.IntN(3) == 0 {
		l.Team = pick(h.random, houseTeams)
	}
	var fitting []access.Token
	counts := access.TokenCounts{All: len(h.tokens), Fitting: map[access.Attention]int{}}
	for _, token := range h.tokens {
		texts := slices.Concat([]string{token.Name, token.Owner, token.Prefix}, token.Scope.Applications, token.Scope.Labels, token.Scope.Teams)
		if found(l.Text, texts...) && (l.Role == "" || l.Role == token.Role) && (l.Team == "" || slices.Contains(token.Scope.Teams, l.Team)) {
			fitting = append(fitting, token)
			counts.Fitting[h.attention(token)]++
		}
	}
	got, err := h.db.CountTokens(ctx, l)
	require.NoError(h.t, err)
	maps.DeleteFunc(got.Fitting, func(_ access.Attention, n int) bool { return n == 0 })
	require.Equal(h.t, counts, got, "%+v", l)
	if h.random.IntN(2) == 0 {
		l.Attention = pick(h.random, []access.Attention{access.NeedsLook, access.NeedsNone, access.HasEnded})
		fitting = slices.DeleteFunc(fitting, func(t access.Token) bool { return h.attention(t) != l.Attention })
	}
	order := []access.Attention{access.NeedsLook, access.NeedsNone, access.HasEnded}
	slices.SortStableFunc(fitting, func(a, b access.Token) int {
		return cmp.Or(cmp.Compare(slices.Index(order, h.attention(a)), slices.Index(order, h.attention(b))), strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.Name, b.Name))
	})
	listed, err := h.db.ListTokens(ctx, l)
	require.NoError(h.t, err)
	require.Equal(h.t, h.ids(pageOf(fitting, l.Limit, l.Offset)), h.ids(listed), "%+v", l)

	var all, paged []access.Token
	for _, token := range h.tokens {
		if l.Team == "" || slices.Contains(token.Scope.Teams, l.Team) {
			all = append(all, token)
		}
	}
	for after := ""; ; after = paged[len(paged)-1].ID {
		page, err := h.db.Tokens(ctx, l.Team, after, 3)
		require.NoError(h.t, err)
		paged = append(paged, page...)
		if len(page) < 3 {
			break
		}
	}
	require.Equal(h.t, h.ids(all), h.ids(paged), "in the order of their making")
	for i, token := range all {
		require.Equal(h.t, []any{token.Role, token.LastUsedAt, token.RevokedAt, token.ExpiresAt}, []any{paged[i].Role, paged[i].LastUsedAt, paged[i].RevokedAt, paged[i].ExpiresAt})
		require.ElementsMatch(h.t, token.Scope.Applications, paged[i].Scope.Applications)
	}
}

func (h *house) comparePeople(ctx context.Context) {
	l := access.PeopleQuery{Text: pick(h.random, []string{"", "", "jo", "ÄR", "_", "%", "0"}), State: pick(h.random, []access.PersonState{"", access.MaySignIn, access.NeverSignedIn, access.KeptOut}), Limit: 1 + h.random.IntN(20), Offset: h.random.IntN(3)}
	if names := slices.Sorted(maps.Keys(h.teams)); len(names) > 0 && h.random.IntN(2) == 0 {
		l.Team = new(h.teams[pick(h.random, names)])
	}
	var want []string
	for _, p := range h.people {
		states := map[access.PersonState]bool{"": true, access.MaySignIn: p.DisabledAt.IsZero(), access.NeverSignedIn: p.DisabledAt.IsZero() && p.SignedInAt.IsZero(), access.KeptOut: !p.DisabledAt.IsZero()}
		if found(l.Text, p.Name) && states[l.State] && (l.Team == nil || slices.Contains(l.Team.People, p.ID) || slices.Contains(p.Scope.Teams, l.Team.Name)) {
			want = append(want, p.Name)
		}
	}
	slices.SortFunc(want, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	listed, err := h.db.ListPeople(ctx, l)
	require.NoError(h.t, err)
	got := []string{}
	for _, p := range listed {
		got = append(got, p.Name)
	}
	require.Equal(h.t, append([]string{}, pageOf(want, l.Limit, l.Offset)...), got, "%+v", l)
	counts, err := h.db.CountPeople(ctx, l)
	require.NoError(h.t, err)
	require.Equal(h.t, []int{len(h.people), len(want)}, []int{counts.All, counts.Of(l.State)}, "%+v", l)
}

func (h *house) compareHolders() {
	write(h.t, h.db, func(ctx context.Context, tx *store.Tx) {
		for _, role := range houseRoles {
			want := 0
			for _, token := range h.tokens {
				if token.Role == role && token.Live(tx.Now()) {
					want++
				}
			}
			for _, p := range h.people {
				if p.Role == role {
					want++
				}
			}
			for _, team := range h.teams {
				if team.Role == role {
					want++
				}
			}
			held, err := tx.HoldersOfRole(ctx, role)
			require.NoError(h.t, err)
			require.Equal(h.t, want, held, role)
		}
		for _, name := range houseTeams {
			want := 0
			for _, token := range h.tokens {
				if slices.Contains(token.Scope.Teams, name) && token.Live(tx.Now()) {
					want++
				}
			}
			for _, p := range h.people {
				if slices.Contains(p.Scope.Teams, name) {
					want++
				}
			}
			held, err := tx.HoldersOfTeam(ctx, name)
			require.NoError(h.t, err)
			require.Equal(h.t, want, held, name)
		}
		teams, err := tx.Teams(ctx)
		require.NoError(h.t, err)
		require.Len(h.t, teams, len(h.teams))
		for _, team := range teams {
			known := h.teams[team.Name]
			require.ElementsMatch(h.t, known.Applications, team.Applications, team.Name)
			require.ElementsMatch(h.t, known.People, team.People, team.Name)
			require.Equal(h.t, known.Role, team.Role)
		}
	})
}

// Who has been let in, what ends when, and which applications have other names since:
// lists, counts and holders are what going through all of them finds.
func TestAccess_isWhatGoingThroughEverybodyFinds(t *testing.T) {
	at := time.Unix(1_800_000_000, 0).UTC()
	eachWith(t, store.Options{Now: func() time.Time { return at }}, func(t *testing.T, db *store.DB) {
		h := &house{t: t, db: db, random: testrandom.New(t), now: at, teams: map[string]access.Team{}}
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			for _, name := range []string{"Shop", "Stock", `We"b`} {
				p, err := tx.AddPacticipant(ctx, pacticipants.Pacticipant{Name: name})
				require.NoError(t, err)
				h.apps = append(h.apps, p)
			}
		})
		for range 12 {
			write(t, db, func(ctx context.Context, tx *store.Tx) {
				for range 8 {
					h.step(ctx, tx)
				}
			})
			for range 6 {
				h.compareTokens(context.Background())
				h.comparePeople(context.Background())
			}
			h.compareHolders()
		}
	})
}
