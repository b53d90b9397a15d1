package access_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
)

func TestCreatePerson_saysAllThatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		good := access.WantedPerson{Name: "jo", Role: access.Viewer, Password: password}
		for name, test := range map[string]struct {
			change func(w *access.WantedPerson)
			want   []string
		}{
			"no name":             {func(w *access.WantedPerson) { w.Name = "" }, []string{"name"}},
			"a blank":             {func(w *access.WantedPerson) { w.Name = "jo doe" }, []string{"name"}},
			"a colon":             {func(w *access.WantedPerson) { w.Name = "jo:doe" }, []string{"name"}},
			"a long name":         {func(w *access.WantedPerson) { w.Name = strings.Repeat("x", 101) }, []string{"name"}},
			"what nobody sees":    {func(w *access.WantedPerson) { w.Name = "jo\u202e" }, []string{"name"}},
			"no text":             {func(w *access.WantedPerson) { w.Name = "jo\xff" }, []string{"name"}},
			"a short password":    {func(w *access.WantedPerson) { w.Password = "elevenchars" }, []string{"password"}},
			"a long password":     {func(w *access.WantedPerson) { w.Password = strings.Repeat("x", 201) }, []string{"password"}},
			"a blank password":    {func(w *access.WantedPerson) { w.Password = strings.Repeat(" ", 20) }, []string{"password"}},
			"a made-up role":      {func(w *access.WantedPerson) { w.Role = "root" }, []string{"role"}},
			"an admin for some":   {func(w *access.WantedPerson) { w.Role, w.Applications = access.Admin, []string{"web"} }, []string{"applications"}},
			"a team not there":    {func(w *access.WantedPerson) { w.Teams = []string{"Shop"} }, []string{"teams"}},
			"a blank application": {func(w *access.WantedPerson) { w.Applications = []string{""} }, []string{"applications"}},
			"several":             {func(w *access.WantedPerson) { w.Name, w.Role, w.Password = "", "x", "x" }, []string{"role", "name", "password"}},
		} {
			w := good
			test.change(&w)
			_, secret, err := h.people.Create(context.Background(), w)
			require.Empty(t, secret, name)
			require.ElementsMatch(t, test.want, wrong(t, err), name)
		}
		some, err := h.db.People(context.Background(), nil, "", 1)
		require.NoError(t, err)
		require.Empty(t, some)
		for _, fine := range []string{"twelve chars", strings.Repeat("ü", 12), strings.Repeat("x", 200)} {
			w := good
			w.Name, w.Password = newID(), fine
			_, set, err := h.people.Create(context.Background(), w)
			require.NoError(t, err)
			require.Equal(t, fine, set)
		}
	})
}

// atOnce runs fn several times at the same time, and returns the errors by kind.
func atOnce(t *testing.T, times int, fn func(i int) error) map[fault.Kind]int {
	t.Helper()
	var together sync.WaitGroup
	var mutex sync.Mutex
	kinds := map[fault.Kind]int{}
	for i := range times {
		together.Go(func() {
			err := fn(i)
			mutex.Lock()
			defer mutex.Unlock()
			if err == nil {
				kinds[-1]++
				return
			}
			kinds[fault.KindOf(err)]++
		})
	}
	together.Wait()
	return kinds
}

func TestCreatePerson_givesANameToOneOnly(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		kinds := atOnce(t, 4, func(i int) error {
			_, _, err := h.people.Create(context.Background(), access.WantedPerson{Name: []string{"Jo", "jo", "JO", "jO"}[i], Role: access.Viewer})
			return err
		})
		require.Equal(t, map[fault.Kind]int{-1: 1, fault.Conflict: 3}, kinds)
	})
}

func TestCreateFirst_makesOneAdministratorHoweverManyBrokersStart(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, other := h.replica()
		passwords := make([]string, 4)
		kinds := atOnce(t, 4, func(i int) (err error) {
			_, passwords[i], err = []*access.People{h.people, other}[i%2].CreateFirst(context.Background())
			return err
		})
		require.Equal(t, map[fault.Kind]int{-1: 4}, kinds)
		all := strings.Join(passwords, "")
		_, err := h.people.CheckPassword(context.Background(), "admin", all)
		require.NoError(t, err, "exactly one of them has told a password")
	})
}

func TestCheckPassword_tellsNobodyWhatWasWrong(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.person("jo", access.Viewer)
		gone := h.person("gone", access.Viewer)
		_, err := h.people.Disable(ctx, gone.ID)
		require.NoError(t, err)
		_, err = h.people.Admit(ctx, access.Identity{Issuer: "https://login.example", Subject: "1", Name: "elsewhere"})
		require.NoError(t, err)
		for name, test := range map[string]struct{ name, password string }{
			"a wrong password": {"jo", "wrong"}, "no password": {"jo", ""}, "nobody": {"nobody", password}, "no name": {"", password}, "somebody disabled": {"gone", password},
			"somebody from elsewhere": {"elsewhere", ""}, "somebody from elsewhere with a password": {"elsewhere", password}, "a very long password": {"jo", strings.Repeat("x", 1<<20)},
			"a password with a blank": {"jo", password + " "}, "another case": {"jo", strings.ToUpper(password)},
		} {
			_, err := h.people.CheckPassword(ctx, test.name, test.password)
			require.Equal(t, fault.Unauthorized, fault.KindOf(err), name)
			require.EqualError(t, err, "The name or the password is wrong.", name)
		}
		_, err = h.people.CheckPassword(ctx, "JO", password)
		require.NoError(t, err, "names are told apart by more than their case")
	})
}

func TestResetPassword_endsEverySession(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		jo := h.person("jo", access.Viewer)
		first, second := h.signIn(jo), h.signIn(jo)
		made, err := h.people.ResetPassword(ctx, jo.ID, "")
		require.NoError(t, err)
		require.False(t, h.isIn(first) || h.isIn(second))
		_, err = h.people.CheckPassword(ctx, "jo", password)
		require.Error(t, err)
		p, err := h.people.CheckPassword(ctx, "jo", made)
		require.NoError(t, err)
		require.True(t, p.Given, "who has been given one is asked to change it")
		_, err = h.people.ResetPassword(ctx, jo.ID, "another good one")
		require.NoError(t, err)
		p, err = h.people.CheckPassword(ctx, "jo", "another good one")
		require.NoError(t, err)
		require.False(t, p.Given)

		_, err = h.people.ResetPassword(ctx, jo.ID, "short")
		require.Equal(t, []string{"password"}, wrong(t, err))
		_, err = h.people.ResetPassword(ctx, "nobody", "")
		require.Equal(t, fault.NotFound, fault.KindOf(err))
		elsewhere, err := h.people.Admit(ctx, access.Identity{Issuer: "https://login.example", Subject: "1", Name: "elsewhere"})
		require.NoError(t, err)
		_, err = h.people.ResetPassword(ctx, elsewhere.ID, "")
		require.Equal(t, fault.Conflict, fault.KindOf(err), "nobody gets a second way in")
	})
}

func TestChangePassword_renewsTheSessionInWhichItIsChanged(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		jo := h.person("jo", access.Viewer)
		here, there := h.signIn(jo), h.signIn(jo)
		session, found, err := h.people.Find(ctx, here)
		require.NoError(t, err)
		require.True(t, found)
		_, err = h.people.ChangePassword(ctx, session, "wrong", "another good one")
		require.Equal(t, []string{"old"}, wrong(t, err))
		_, err = h.people.ChangePassword(ctx, session, password, "short")
		require.Equal(t, []string{"password"}, wrong(t, err))
		require.True(t, h.isIn(here) && h.isIn(there), "nothing has changed yet")
		h.now = h.now.Add(10 * time.Minute)
		renewed, err := h.people.ChangePassword(ctx, session, password, "another good one")
		require.NoError(t, err)
		require.True(t, h.isIn(renewed))
		require.False(t, h.isIn(there))
		require.False(t, h.isIn(here), "whoever knows the secret that it had is out, too")
		going, _, err := h.people.Find(ctx, renewed)
		require.NoError(t, err)
		require.Equal(t, []time.Time{session.CreatedAt, session.EndsAt}, []time.Time{going.CreatedAt, going.EndsAt}, "and it lasts no longer")
		_, err = h.people.ChangePassword(ctx, session, "another good one", "a third good one")
		require.Equal(t, fault.Unauthorized, fault.KindOf(err), "a session that has ended changes nothing")
		_, err = h.people.CheckPassword(ctx, "jo", "another good one")
		require.NoError(t, err)
	})
}

func TestAdmit_knowsPeopleByWhatTheirProviderCallsThem(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.person("jo", access.Viewer)
		admit := func(issuer, subject, name string) access.Person {
			t.Helper()
			p, err := h.people.Admit(ctx, access.Identity{Issuer: issuer, Subject: subject, Name: name})
			require.NoError(t, err)
			return p
		}
		one := admit("https://a", "1", "Jo")
		require.True(t, strings.HasPrefix(one.Name, "Jo~"), "nobody gets the name of somebody else: %s", one.Name)
		require.Equal(t, access.Role(""), one.Role, "what they may do comes from their groups")
		again := admit("https://a", "1", "Jo Renamed")
		require.Equal(t, []string{one.ID, one.Name}, []string{again.ID, again.Name}, "the subject counts, not the name")
		require.NotEqual(t, one.ID, admit("https://b", "1", "Jo").ID, "of another provider it is somebody else")
		require.NotEqual(t, one.ID, admit("https://a", "2", "Jo").ID)
		subject := 2
		for given, want := range map[string]string{"Ann Doe": "Ann_Doe", "a:b": "a_b", "": "somebody", "\u200b": "somebody", strings.Repeat("x", 300): strings.Repeat("x", 91), "ü\xffü": "üü", " \n ": "somebody"} {
			subject++
			require.True(t, strings.HasPrefix(admit("https://a", fmt.Sprint(subject), given).Name, want), "%q", given)
		}
		_, err := h.people.Disable(ctx, one.ID)
		require.NoError(t, err)
		_, err = h.people.Admit(ctx, access.Identity{Issuer: "https://a", Subject: "1", Name: "Jo"})
		require.Equal(t, fault.Forbidden, fault.KindOf(err))
		_, _, err = h.people.Begin(ctx, one, access.Identity{})
		require.Equal(t, fault.Forbidden, fault.KindOf(err), "nor does a session begin")
	})
}

func TestAdmit_makesOnePersonOfSeveralSignInsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		found := make([]string, 6)
		kinds := atOnce(t, 6, func(i int) error {
			p, err := h.people.Admit(context.Background(), access.Identity{Issuer: "https://a", Subject: "1", Name: "Jo"})
			found[i] = p.ID
			return err
		})
		require.Equal(t, map[fault.Kind]int{-1: 6}, kinds)
		for _, id := range found {
			require.Equal(t, found[0], id)
		}
		all, err := h.db.People(context.Background(), nil, "", 10)
		require.NoError(t, err)
		require.Len(t, all, 1)
	})
}

func TestFind_endsSessionsToTheMoment(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		jo := h.person("jo", access.Viewer)
		for name, test := range map[string]struct {
			uses []time.Duration
			at   time.Duration
			want bool
		}{
			"at once":                {nil, 0, true},
			"just before it is idle": {nil, time.Hour - time.Microsecond, true},
			"when it has been idle":  {nil, time.Hour, false},
			"after it was used":      {[]time.Duration{50 * time.Minute}, 100 * time.Minute, true},
			"long after it was used": {[]time.Duration{50 * time.Minute}, 110 * time.Minute, false},
			"used until just before its end": {[]time.Duration{50 * time.Minute, 100 * time.Minute, 150 * time.Minute, 200 * time.Minute, 250 * time.Minute, 300 * time.Minute, 350 * time.Minute, 400 * time.Minute, 450 * time.Minute},
				8*time.Hour - time.Microsecond, true},
			"used until its end": {[]time.Duration{50 * time.Minute, 100 * time.Minute, 150 * time.Minute, 200 * time.Minute, 250 * time.Minute, 300 * time.Minute, 350 * time.Minute, 400 * time.Minute, 450 * time.Minute},
				8 * time.Hour, false},
		} {
			h.now = begun
			secret := h.signIn(jo)
			for _, use := range test.uses {
				h.now = begun.Add(use)
				require.True(t, h.isIn(secret), "%s %s", name, use)
			}
			h.now = begun.Add(test.at)
			require.Equal(t, test.want, h.isIn(secret), name)
		}
		h.now = begun
		for name, secret := range map[string]string{"none": "", "a made-up one": "made up", "a token": access.NewSecret()} {
			require.False(t, h.isIn(secret), name)
		}
	})
}

func TestFind_keepsNoSessionAliveForNobody(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		secret := h.signIn(h.person("jo", access.Viewer))
		h.now = begun.Add(50 * time.Minute)
		_, found, err := h.people.Find(access.Unattended(context.Background()), secret)
		require.NoError(t, err)
		require.True(t, found)
		h.now = begun.Add(time.Hour)
		require.False(t, h.isIn(secret))
	})
}

func TestSessions_inUseEndForNobodyElsesSignIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		jo, other := h.person("jo", access.Viewer), h.person("other", access.Viewer)
		secret := h.signIn(jo)
		h.now = begun.Add(59 * time.Minute)
		require.True(t, h.isIn(secret))
		require.NoError(t, h.people.StoreUses(context.Background()))
		h.now = begun.Add(119*time.Minute - time.Second)
		require.True(t, h.isIn(secret), "its use is not stored yet")
		h.now = begun.Add(119*time.Minute + time.Second)
		h.signIn(other)
		require.True(t, h.isIn(secret))
		h.now = begun.Add(7 * time.Hour)
		h.signIn(other)
		h.now = begun.Add(119*time.Minute + time.Second)
		require.False(t, h.isIn(secret), "what has been idle for long is deleted")
	})
}

func TestStoreUses_ofSessionsLosesNone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		secret := h.signIn(h.person("jo", access.Viewer))
		h.now = begun.Add(50 * time.Minute)
		require.True(t, h.isIn(secret))
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		require.Error(t, h.people.StoreUses(gone))
		require.NoError(t, h.people.StoreUses(context.Background()))
		_, other := h.replica()
		h.now = begun.Add(100 * time.Minute)
		_, found, err := other.Find(context.Background(), secret)
		require.NoError(t, err)
		require.True(t, found, "another broker knows of it")
	})
}

func TestBegin_keepsNoMoreThanItNeeds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		jo := h.person("jo", access.Viewer)
		groups := make([]string, 3000)
		for i := range groups {
			groups[i] = fmt.Sprint("group ", i)
		}
		for _, token := range []string{strings.Repeat("x", 8<<10), strings.Repeat("x", 8<<10+1)} {
			secret, _, err := h.people.Begin(context.Background(), jo, access.Identity{Groups: groups, Token: token})
			require.NoError(t, err)
			session, found, err := h.people.Find(context.Background(), secret)
			require.NoError(t, err)
			require.True(t, found)
			require.Equal(t, groups[:2000], session.Groups)
			require.Equal(t, len(token) <= 8<<10, session.Token == token)
			require.Equal(t, begun, session.Person.SignedInAt)
		}
	})
}

// The word of a provider is in the database so that none but the browser's secret opens
// it.
func TestBegin_keepsTheTokenOfTheProviderSealed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		secret, _, err := h.people.Begin(ctx, h.person("jo", access.Viewer), access.Identity{Token: "eyJhbGciOi.eyJzdWIi.c2ln"})
		require.NoError(t, err)
		stored, found, err := h.db.SessionByHash(ctx, access.Hash(secret))
		require.NoError(t, err)
		require.True(t, found)
		require.NotEmpty(t, stored.Token)
		require.NotContains(t, stored.Token, "eyJ")
		session, err := h.people.End(ctx, secret)
		require.NoError(t, err)
		require.Equal(t, "eyJhbGciOi.eyJzdWIi.c2ln", session.Token)
	})
}

func TestEnd_closesTheSessionThatItNames(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		jo := h.person("jo", access.Viewer)
		first, second := h.signIn(jo), h.signIn(jo)
		session, err := h.people.End(ctx, first)
		require.NoError(t, err)
		require.Equal(t, "jo", session.Person.Name)
		require.False(t, h.isIn(first))
		require.True(t, h.isIn(second))
		for _, secret := range []string{first, "", "made up"} {
			session, err := h.people.End(ctx, secret)
			require.NoError(t, err)
			require.Zero(t, session.Person.ID)
		}
	})
}

func TestSpend_countsOnceHoweverManyTryAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var mutex sync.Mutex
		firsts := 0
		kinds := atOnce(t, 8, func(int) error {
			first, err := h.people.Spend(context.Background(), "secret", h.now.Add(time.Hour))
			mutex.Lock()
			defer mutex.Unlock()
			if first {
				firsts++
			}
			return err
		})
		require.Equal(t, map[fault.Kind]int{-1: 8}, kinds)
		require.Equal(t, 1, firsts)
		h.now = begun.Add(59 * time.Minute)
		first, err := h.people.Spend(context.Background(), "secret", h.now.Add(time.Hour))
		require.NoError(t, err)
		require.False(t, first, "it is remembered until its time")
	})
}

func TestPrincipal_hasWhatPersonGroupsAndTeamsGive(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.people.Grants = access.GroupRules{Issuer: "https://login.example", Default: access.Viewer, Groups: []access.GroupRole{{Group: "ops", Role: access.Deployer}, {Group: "web", Role: access.Developer, Team: "Web"}}}.Grants
		elsewhere, err := h.people.Admit(ctx, access.Identity{Issuer: "https://login.example", Subject: "1", Name: "ann"})
		require.NoError(t, err)
		jo := h.person("jo", access.ConsumerCI)
		_, _, err = h.directory.PutTeam(ctx, access.Team{Name: "Web", Role: access.ProviderCI, Applications: []string{"web"}, Labels: []string{"front"}, Groups: []string{"web devs"}, People: []string{jo.ID}})
		require.NoError(t, err)
		h.label("shop", "front")
		may := func(p access.Person, action access.Action, application string, groups ...string) bool {
			t.Helper()
			principal, is, err := h.people.Recognise(ctx, h.signIn(p, groups...))
			require.NoError(t, err)
			require.True(t, is)
			require.Equal(t, access.ThroughSession, principal.Through)
			return access.Require(access.With(ctx, principal), h.db, action, application) == nil
		}
		require.True(t, may(jo, access.Publish, "anything"))
		require.True(t, may(jo, access.Verify, "web"), "as a member of the team")
		require.True(t, may(jo, access.Verify, "shop"), "by a label")
		require.False(t, may(jo, access.Verify, "other"))
		require.False(t, may(jo, access.Record, "web", "ops"), "the rules of the provider are not for local people")
		require.True(t, may(elsewhere, access.Read, "other"))
		require.False(t, may(elsewhere, access.Record, "other"))
		require.True(t, may(elsewhere, access.Record, "other", "ops"))
		require.True(t, may(elsewhere, access.ManageWebhooks, "web", "web"))
		require.False(t, may(elsewhere, access.ManageWebhooks, "other", "web"))
		require.True(t, may(elsewhere, access.Verify, "shop", "web devs"))
		_, is, err := h.people.Recognise(ctx, "made up")
		require.NoError(t, err)
		require.False(t, is)
	})
}
