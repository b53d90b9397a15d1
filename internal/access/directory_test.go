package access_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
)

func TestPutTeam_saysAllThatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		good := access.Team{Name: "Shop", Role: access.Developer, Applications: []string{"web"}}
		for name, test := range map[string]struct {
			change func(team *access.Team)
			want   []string
		}{
			"no name":                {func(team *access.Team) { team.Name = "" }, []string{"team"}},
			"a dot":                  {func(team *access.Team) { team.Name = ".." }, []string{"team"}},
			"a slash":                {func(team *access.Team) { team.Name = "a/b" }, []string{"team"}},
			"an at sign":             {func(team *access.Team) { team.Name = "a@b" }, []string{"team"}},
			"a semicolon":            {func(team *access.Team) { team.Name = "a;b" }, []string{"team"}},
			"a blank at its end":     {func(team *access.Team) { team.Name = "Shop " }, []string{"team"}},
			"a long name":            {func(team *access.Team) { team.Name = strings.Repeat("x", 101) }, []string{"team"}},
			"what nobody sees":       {func(team *access.Team) { team.Name = "Sh\u200bop" }, []string{"team"}},
			"a contact of two lines": {func(team *access.Team) { team.Contact = "a\nb" }, []string{"contact"}},
			"a role that is none":    {func(team *access.Team) { team.Role = "root" }, []string{"role"}},
			"one that administers":   {func(team *access.Team) { team.Role = access.Admin }, []string{"role"}},
			"a blank application":    {func(team *access.Team) { team.Applications = []string{" "} }, []string{"applications"}},
			"a long label":           {func(team *access.Team) { team.Labels = []string{strings.Repeat("x", 501)} }, []string{"labels"}},
			"an empty group":         {func(team *access.Team) { team.Groups = []string{""} }, []string{"groups"}},
			"nobody":                 {func(team *access.Team) { team.People = []string{"nobody"} }, []string{"people"}},
			"several":                {func(team *access.Team) { team.Name, team.Role, team.People = "", "x", []string{"x", "y"} }, []string{"team", "role", "people"}},
		} {
			team := good
			test.change(&team)
			_, _, err := h.directory.PutTeam(context.Background(), team)
			require.ElementsMatch(t, test.want, wrong(t, err), name)
		}
		teams, err := h.db.Teams(context.Background())
		require.NoError(t, err)
		require.Empty(t, teams)
		for _, name := range []string{"S", "Käse & Brot", "日本", "a b", "#shop", strings.Repeat("x", 100)} {
			_, created, err := h.directory.PutTeam(context.Background(), access.Team{Name: name})
			require.NoError(t, err, name)
			require.True(t, created, name)
		}
	})
}

func TestPutTeam_refusesASecondNameThatIsReadAsTheFirst(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		for _, name := range []string{"Money", "Core Money"} {
			_, _, err := h.directory.PutTeam(ctx, access.Team{Name: name})
			require.NoError(t, err)
		}
		for _, name := range []string{"money", "MONEY", "core-money", "Core_Money"} {
			_, _, err := h.directory.PutTeam(ctx, access.Team{Name: name})
			require.True(t, fault.Is(err, fault.Conflict), name)
		}
		require.NoError(t, h.db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.PutTeam(ctx, access.Team{Name: "money"}) }))
		for _, name := range []string{"money", "Money"} { // as they may be there from before
			_, created, err := h.directory.PutTeam(ctx, access.Team{Name: name, Contact: "#" + name})
			require.NoError(t, err, name)
			require.False(t, created)
			team, err := h.directory.Team(ctx, name)
			require.NoError(t, err)
			require.Equal(t, "#"+name, team.Contact)
		}
	})
}

func TestPutTeam_replacesTheOneOfItsName(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		first, created, err := h.directory.PutTeam(ctx, access.Team{Name: "Shop", Contact: "#shop", Role: access.Viewer, Applications: []string{"web", `a "b"`}, Labels: []string{"x"}, Groups: []string{"devs"}})
		require.NoError(t, err)
		require.True(t, created)
		found, err := h.directory.Team(ctx, "Shop")
		require.NoError(t, err)
		require.Equal(t, first.Applications, found.Applications)
		require.Equal(t, first.CreatedAt, found.UpdatedAt)
		h.now = begun.Add(time.Hour)
		second, created, err := h.directory.PutTeam(ctx, access.Team{Name: "Shop"})
		require.NoError(t, err)
		require.False(t, created)
		require.Equal(t, first.CreatedAt, second.CreatedAt)
		require.Equal(t, begun.Add(time.Hour), second.UpdatedAt)
		found, err = h.directory.Team(ctx, "Shop")
		require.NoError(t, err)
		require.Empty(t, found.Applications, "nothing of the old one is left")
		require.Empty(t, found.Contact)
		_, err = h.directory.Team(ctx, "shop")
		require.Equal(t, fault.NotFound, fault.KindOf(err))
	})
}

func TestDeleteTeam_waitsUntilNothingIsForIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		require.Equal(t, fault.NotFound, fault.KindOf(h.directory.DeleteTeam(ctx, "Shop")))
		for _, name := range []string{"Shop", "Shopping", `Sh`} {
			_, _, err := h.directory.PutTeam(ctx, access.Team{Name: name})
			require.NoError(t, err)
		}
		made, _ := h.token(access.Wanted{Name: "build", Role: access.Developer, Teams: []string{"Shop"}})
		jo, _, err := h.people.Create(ctx, access.WantedPerson{Name: "jo", Role: access.Viewer, Teams: []string{"Shopping", "Shop"}})
		require.NoError(t, err)
		err = h.directory.DeleteTeam(ctx, "Shop")
		require.Equal(t, fault.Conflict, fault.KindOf(err))
		require.ErrorContains(t, err, "2 tokens, people, teams, trust rules or secrets have it")
		require.NoError(t, h.directory.DeleteTeam(ctx, "Sh"), "a name that is part of another one")
		require.NoError(t, h.tokens.Revoke(ctx, made.ID))
		require.ErrorContains(t, h.directory.DeleteTeam(ctx, "Shop"), "1 tokens, people, teams, trust rules or secrets have it")
		_, err = h.people.Change(ctx, jo.ID, access.WantedPerson{Role: access.Viewer})
		require.NoError(t, err)
		require.NoError(t, h.directory.DeleteTeam(ctx, "Shop"))
		require.NoError(t, h.directory.DeleteTeam(ctx, "Shopping"))
	})
}

func TestPutRole_saysAllThatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for name, test := range map[string]struct {
			role access.OwnRole
			want []string
		}{
			"no name":            {access.OwnRole{Actions: []access.Action{access.Read}}, []string{"role"}},
			"one that is there":  {access.OwnRole{Name: access.Admin, Actions: []access.Action{access.Read}}, []string{"role"}},
			"upper case":         {access.OwnRole{Name: "Boss", Actions: []access.Action{access.Read}}, []string{"role"}},
			"a blank":            {access.OwnRole{Name: "big boss", Actions: []access.Action{access.Read}}, []string{"role"}},
			"a line break":       {access.OwnRole{Name: "boss\n", Actions: []access.Action{access.Read}}, []string{"role"}},
			"a long name":        {access.OwnRole{Name: access.Role(strings.Repeat("x", 51)), Actions: []access.Action{access.Read}}, []string{"role"}},
			"a long description": {access.OwnRole{Name: "boss", Description: strings.Repeat("x", 201), Actions: []access.Action{access.Read}}, []string{"description"}},
			"nothing to do":      {access.OwnRole{Name: "boss"}, []string{"actions"}},
			"what nobody can":    {access.OwnRole{Name: "boss", Actions: []access.Action{access.Read, "fly"}}, []string{"actions"}},
			"what everybody may": {access.OwnRole{Name: "boss", Actions: []access.Action{access.Public}}, []string{"actions"}},
			"all of it":          {access.OwnRole{Description: "\n"}, []string{"role", "description", "actions"}},
		} {
			_, _, err := h.directory.PutRole(context.Background(), test.role)
			require.ElementsMatch(t, test.want, wrong(t, err), name)
		}
	})
}

func TestPutRole_countsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		put := func(actions ...access.Action) {
			t.Helper()
			_, _, err := h.directory.PutRole(ctx, access.OwnRole{Name: "boss", Actions: actions})
			require.NoError(t, err)
		}
		put(access.Read)
		limited, _ := h.token(access.Wanted{Name: "some", Role: "boss", Applications: []string{"web"}})
		whole, _ := h.token(access.Wanted{Name: "all", Role: "boss"})
		may := func(token access.Token, action access.Action) bool {
			t.Helper()
			p, err := h.directory.Resolve(ctx, token.Principal())
			require.NoError(t, err)
			return p.Allows(action)
		}
		require.True(t, may(limited, access.Read))
		require.False(t, may(limited, access.Publish))
		put(access.Publish, access.Administer)
		require.True(t, may(limited, access.Publish))
		require.False(t, may(limited, access.Read), "what it allowed before it does not any more")
		require.False(t, may(limited, access.Administer), "to administer is for no limited scope, whatever a role has come to allow")
		require.True(t, may(whole, access.Administer))

		require.Equal(t, fault.Conflict, fault.KindOf(h.directory.DeleteRole(ctx, "boss")))
		for _, token := range []access.Token{limited, whole} {
			require.NoError(t, h.tokens.Revoke(ctx, token.ID))
		}
		require.NoError(t, h.directory.DeleteRole(ctx, "boss"))
		require.False(t, may(whole, access.Read), "a role that is gone allows nothing")
		for _, name := range []access.Role{"boss", access.Admin, ""} {
			require.Equal(t, fault.NotFound, fault.KindOf(h.directory.DeleteRole(ctx, name)), name)
		}
	})
}

func TestResolve_givesATeamsTokensWhatTheTeamGetsLater(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		team := access.Team{Name: "Shop", Applications: []string{"web"}}
		_, _, err := h.directory.PutTeam(ctx, team)
		require.NoError(t, err)
		made, _ := h.token(access.Wanted{Name: "build", Role: access.Developer, Teams: []string{"Shop"}, Applications: []string{"own"}})
		h.label("labelled", "shop")
		may := func(application string) bool {
			t.Helper()
			p, err := h.directory.Resolve(ctx, made.Principal())
			require.NoError(t, err)
			return access.Require(access.With(ctx, p), h.db, access.Publish, application) == nil
		}
		require.Equal(t, []bool{true, true, false, false}, []bool{may("web"), may("own"), may("labelled"), may("other")})
		team.Applications, team.Labels = []string{"other"}, []string{"shop"}
		_, _, err = h.directory.PutTeam(ctx, team)
		require.NoError(t, err)
		require.Equal(t, []bool{false, true, true, true}, []bool{may("web"), may("own"), may("labelled"), may("other")})
		require.Equal(t, []string{"own"}, made.Scope.Applications, "the token itself stays as it is")
	})
}

func TestOwners_areTheTeamsToWhichApplicationsBelong(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		none, err := h.directory.Owners(ctx, []string{"web"})
		require.NoError(t, err)
		require.Empty(t, none)
		for _, team := range []access.Team{{Name: "B", Applications: []string{"web", "both"}}, {Name: "A", Labels: []string{"front"}}, {Name: "C", Applications: []string{"gone"}}} {
			_, _, err := h.directory.PutTeam(ctx, team)
			require.NoError(t, err)
		}
		h.label("both", "front")
		h.label("shop", "front")
		h.label("web", "back")
		owners, err := h.directory.Owners(ctx, []string{"web", "both", "shop", "nobody's", "gone"})
		require.NoError(t, err)
		names := map[string]string{}
		for application, team := range owners {
			names[application] = team.Name
		}
		require.Equal(t, map[string]string{"web": "B", "both": "A", "shop": "A", "gone": "C"}, names, "the first by name where there are several")
		a, err := h.directory.Team(ctx, "A")
		require.NoError(t, err)
		applications, err := h.directory.ApplicationsOf(ctx, a)
		require.NoError(t, err)
		require.ElementsMatch(t, []string{"both", "shop"}, applications)
	})
}
