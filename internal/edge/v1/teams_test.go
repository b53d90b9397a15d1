package v1_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestTeams_areAScope(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		admin := b.Always(testbroker.As("admin", "sesame"))
		admin.Put("/pacticipants/Web/labels/shop", nil)
		for _, name := range []string{"Web", "Api", "Bank"} {
			admin.Put("/pacticipants/"+name+"/versions/1", testbroker.Object{}).OK(http.StatusCreated)
		}
		admin.Put("/pacticipants/Web/labels/shop", nil).OK()
		jo := admin.Post("/api/v1/users", testbroker.Object{"name": "jo", "password": "correct horse battery"}).OK(http.StatusCreated).Text("id")
		team := testbroker.Object{"contact": "#shop", "role": "developer", "applications": []string{"Api"}, "labels": []string{"shop"}, "groups": []string{"g"}, "people": []string{jo}}
		admin.Put("/api/v1/teams/Shop", team).OK(http.StatusCreated)
		made := admin.Put("/api/v1/teams/Shop", team).OK(http.StatusOK)
		require.Equal(t, jo, made.Text("people", 0))

		token := admin.Post("/api/v1/tokens", testbroker.Object{"name": "ci", "role": "developer", "teams": []string{"Shop"}}).OK(http.StatusCreated)
		require.Equal(t, "Shop", token.Text("teams", 0))
		require.Equal(t, false, token.Find("all_applications"))
		for name, caller := range map[string]*testbroker.Broker{
			"token": b.Always(testbroker.Header("Authorization", "Bearer "+token.Text("secret"))), "member": b.Always(b.SignIn("jo", "correct horse battery")),
		} {
			for application, want := range map[string]int{"Web": http.StatusOK, "Api": http.StatusOK, "Bank": http.StatusForbidden} {
				require.Equal(t, want, caller.Put("/pacticipants/"+application+"/versions/1", testbroker.Object{}).Status, "%s %s", name, application)
			}
			caller.Put("/api/v1/teams/Shop", team).OK(http.StatusForbidden)
			require.Nil(t, caller.Get("/api/v1/teams/Shop").OK(http.StatusOK).Find("people"), "members are for those who administer")
			require.Equal(t, "#shop", caller.Get("/api/v1/teams").OK(http.StatusOK).Text("items", 0, "contact"))
		}
		admin.Delete("/api/v1/teams/Shop").OK(http.StatusConflict)
		admin.Delete("/api/v1/tokens/" + token.Text("id")).OK(http.StatusNoContent)
		admin.Delete("/api/v1/teams/Shop").OK(http.StatusNoContent)
		admin.Delete("/api/v1/teams/Shop").OK(http.StatusNotFound)
		admin.Get("/api/v1/teams/Shop").OK(http.StatusNotFound)
		b.Put("/pacticipants/Web/versions/1", testbroker.Object{}, b.SignIn("jo", "correct horse battery")).OK(http.StatusForbidden)
		for _, wrong := range []string{"a%3Db", "a%40b", "%20x", "a%2Fb"} {
			admin.Put("/api/v1/teams/"+wrong, team).OK(http.StatusBadRequest)
		}
		admin.Put("/api/v1/teams/Core%20Money", testbroker.Object{}).OK(http.StatusCreated)
		for _, alike := range []string{"core%20money", "Core-Money", "CORE_money"} {
			taken := admin.Put("/api/v1/teams/"+alike, testbroker.Object{}).OK(http.StatusConflict)
			require.Equal(t, "name_taken", taken.Text("code"))
			require.Contains(t, taken.Text("detail"), "There is a team Core Money already")
		}
		admin.Delete("/api/v1/teams/Core%20Money").OK(http.StatusNoContent)
		admin.Put("/api/v1/teams/A", testbroker.Object{}).OK(http.StatusCreated)
		admin.Put("/api/v1/teams/B", testbroker.Object{}).OK(http.StatusCreated)
		page := admin.Get("/api/v1/teams?limit=1").OK(http.StatusOK)
		require.Equal(t, "B", admin.Get("/api/v1/teams?limit=1&cursor="+page.Text("next_cursor")).OK(http.StatusOK).Text("items", 0, "name"))
	}, testbroker.With(withTokens))
}

// A label that somebody put on an application before something was for the label shows to
// who binds something to it.
func TestLabels_showWhomTheyBringWhereSomethingIsBoundToThem(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for application, labels := range map[string][]string{"Web": {"shop", "front"}, "Other": {"shop"}, "Api": {"back"}, "Bank": {}} {
			b.Put("/pacticipants/"+application+"/versions/1", testbroker.Object{}).OK(http.StatusCreated)
			for _, label := range labels {
				b.Put("/pacticipants/"+application+"/labels/"+label, nil).OK(http.StatusCreated)
			}
		}
		team := b.Put("/api/v1/teams/Backs", testbroker.Object{"applications": []string{"Bank"}, "labels": []string{"back"}}).OK(http.StatusCreated)
		require.Equal(t, []any{"Api"}, team.Find("labelled_applications"))
		require.Equal(t, []any{}, b.Put("/api/v1/teams/Later", testbroker.Object{"labels": []string{"later"}}).OK(http.StatusCreated).Find("labelled_applications"))
		require.Nil(t, b.Get("/api/v1/teams/Backs").OK().Find("labelled_applications"), "it is told to who puts it")
		for _, c := range []struct {
			scope testbroker.Object
			want  []any
		}{
			{testbroker.Object{"labels": []string{"shop"}}, []any{"Other", "Web"}},
			{testbroker.Object{"labels": []string{"front", "shop"}, "teams": []string{"Backs"}}, []any{"Api", "Other", "Web"}},
			{testbroker.Object{"applications": []string{"Web"}}, []any{}},
			{testbroker.Object{}, []any{}},
		} {
			with := func(rest testbroker.Object) testbroker.Object {
				for name, value := range c.scope {
					rest[name] = value
				}
				return rest
			}
			token := b.Post("/api/v1/tokens", with(testbroker.Object{"name": "ci", "role": "developer"})).OK(http.StatusCreated)
			require.Equal(t, c.want, token.Find("labelled_applications"), c.scope)
			next := b.Post("/api/v1/tokens/"+token.Text("id")+"/rotate", testbroker.Object{"overlap_seconds": 0}).OK(http.StatusCreated)
			require.Equal(t, c.want, next.Find("labelled_applications"), c.scope)
			user := b.Post("/api/v1/users", with(testbroker.Object{"name": "jo" + token.Text("id"), "role": "developer"})).OK(http.StatusCreated)
			require.Equal(t, c.want, user.Find("labelled_applications"), c.scope)
			changed := b.Put("/api/v1/users/"+user.Text("id"), with(testbroker.Object{"role": "viewer"})).OK(http.StatusOK)
			require.Equal(t, c.want, changed.Find("labelled_applications"), c.scope)
			rule := testbroker.Object{"name": "r", "issuer": "https://gitlab.com", "audience": "broker", "role": "developer", "claims": testbroker.Object{"project_path": []string{"octo/web"}}}
			made := b.Post("/api/v1/trust-rules", with(rule)).OK(http.StatusCreated)
			require.Equal(t, c.want, made.Find("labelled_applications"), c.scope)
			require.Equal(t, c.want, b.Put("/api/v1/trust-rules/"+made.Text("id"), with(rule)).OK(http.StatusOK).Find("labelled_applications"), c.scope)
		}
		for _, list := range []string{"tokens", "users", "trust-rules", "teams"} {
			require.Nil(t, b.Get("/api/v1/"+list).OK().Find("items", 0, "labelled_applications"), list)
		}
	})
}

func TestRoles_ofOnesOwnAllowWhatTheySay(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		admin := b.Always(testbroker.As("admin", "sesame"))
		admin.Put("/api/v1/roles/keeper", testbroker.Object{"description": "keeps webhooks", "actions": []string{"read", "manage_webhooks"}}).OK(http.StatusCreated)
		token := admin.Post("/api/v1/tokens", testbroker.Object{"name": "x", "role": "keeper"}).OK(http.StatusCreated)
		limited := admin.Post("/api/v1/tokens", testbroker.Object{"name": "y", "role": "keeper", "applications": []string{"Web"}}).OK(http.StatusCreated)
		as := func(token testbroker.Response) *testbroker.Broker {
			return b.Always(testbroker.Header("Authorization", "Bearer "+token.Text("secret")))
		}
		as(token).Get("/webhooks").OK(http.StatusOK)
		refused := as(token).Put("/pacticipants/Web/versions/1", testbroker.Object{}).OK(http.StatusForbidden)
		require.Contains(t, string(refused.Body), "Your role keeper does not allow to make versions")
		as(token).Get("/api/v1/tokens").OK(http.StatusForbidden)

		admin.Put("/api/v1/roles/keeper", testbroker.Object{"actions": []string{"read", "make_versions", "administer"}}).OK(http.StatusOK)
		as(token).Put("/pacticipants/Web/versions/1", testbroker.Object{}).OK(http.StatusCreated)
		as(token).Get("/webhooks").OK(http.StatusForbidden)
		as(token).Get("/api/v1/tokens").OK(http.StatusOK)
		as(limited).Get("/api/v1/tokens").OK(http.StatusForbidden)
		as(limited).Post("/api/v1/tokens", testbroker.Object{"name": "z", "role": "admin"}).OK(http.StatusForbidden)
		admin.Post("/api/v1/tokens", testbroker.Object{"name": "z", "role": "keeper", "applications": []string{"Web"}}).OK(http.StatusBadRequest)

		admin.Delete("/api/v1/roles/keeper").OK(http.StatusConflict)
		for _, t := range []testbroker.Response{token, limited} {
			admin.Delete("/api/v1/tokens/" + t.Text("id")).OK(http.StatusNoContent)
		}
		admin.Delete("/api/v1/roles/keeper").OK(http.StatusNoContent)
		for _, name := range []string{"keeper", "viewer"} {
			admin.Delete("/api/v1/roles/" + name).OK(http.StatusNotFound)
		}
		for _, name := range []string{"admin", "Big", "a%20b"} {
			admin.Put("/api/v1/roles/"+name, testbroker.Object{"actions": []string{"read"}}).OK(http.StatusBadRequest)
		}
		roles := admin.Get("/api/v1/roles").OK(http.StatusOK)
		require.Equal(t, "viewer", roles.Text("items", 0, "name"))
		require.Equal(t, true, roles.Find("items", 0, "built_in"))
	}, testbroker.With(withTokens))
}

func TestTeams_areNamedInVerdictsAndNarrowLists(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("production")
		b.Version("Api", "1", "main")
		b.Deploy("Api", "1", "production")
		b.Pact("Web", "1").With("Api")
		b.Pact("Bank", "1").With("Ledger")
		b.Put("/pacticipants/Api/labels/core", nil).OK()
		b.Put("/api/v1/teams/Core", testbroker.Object{"contact": "#core", "labels": []string{"core"}}).OK(http.StatusCreated)
		verdict := b.Get("/api/v1/verdicts?pacticipant=Web&version=1&environment=production").OK(http.StatusOK)
		require.Equal(t, "Core", verdict.Text("pairs", 0, "owner", "team", "name"))
		require.Equal(t, "#core", verdict.Text("pairs", 0, "owner", "team", "contact"))
		all := b.Get("/api/v1/events").OK(http.StatusOK)
		require.Contains(t, string(all.Body), "Bank")
		own := b.Get("/api/v1/events?team=Core").OK(http.StatusOK)
		require.Contains(t, string(own.Body), "Api")
		require.NotContains(t, string(own.Body), "Bank")
		b.Put("/api/v1/teams/None", testbroker.Object{}).OK(http.StatusCreated)
		require.Nil(t, b.Get("/api/v1/events?team=None").OK(http.StatusOK).Find("items", 0))
		b.Get("/api/v1/events?team=Nobody").OK(http.StatusBadRequest)
	})
}

// A list of who may do something is narrowed down to those who may by the name of the
// team, and for people to its members.
func TestTeams_narrowListsOfTokensPeopleAndTrustRules(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		person := func(name string, teams ...string) string {
			body := testbroker.Object{"name": name, "password": "correct horse battery"}
			if len(teams) > 0 {
				body["role"], body["teams"] = "developer", teams
			}
			return b.Post("/api/v1/users", body).OK(http.StatusCreated).Text("id")
		}
		member := person("member")
		b.Put("/api/v1/teams/Core%20&%20Co", testbroker.Object{"people": []string{member}}).OK(http.StatusCreated)
		b.Put("/api/v1/teams/Other", testbroker.Object{}).OK(http.StatusCreated)
		person("stranger")
		person("by-its-name", "Other", "Core & Co")
		person("of-another", "Other")
		for _, name := range []string{"first", "second", "third"} {
			b.Post("/api/v1/tokens", testbroker.Object{"name": name, "role": "developer", "teams": []string{"Core & Co"}}).OK(http.StatusCreated)
			b.Post("/api/v1/tokens", testbroker.Object{"name": "no " + name, "role": "developer", "teams": []string{"Other"}}).OK(http.StatusCreated)
			rule := testbroker.Object{"name": name, "issuer": "https://ci.example.org", "audience": "accord", "claims": testbroker.Object{"repository": []string{"shop/*"}}, "role": "developer", "teams": []string{"Core & Co"}}
			b.Post("/api/v1/trust-rules", rule).OK(http.StatusCreated)
			rule["teams"] = []string{"Other"}
			b.Post("/api/v1/trust-rules", rule).OK(http.StatusCreated)
		}
		for list, want := range map[string][]string{"tokens": {"first", "second", "third"}, "users": {"member", "by-its-name"}, "trust-rules": {"first", "second", "third"}} {
			var names []string
			for address := "/api/v1/" + list + "?team=Core+%26+Co&limit=2"; address != ""; {
				part := b.Get(address).OK(http.StatusOK)
				items, _ := part.Find("items").([]any)
				for _, item := range items {
					names = append(names, item.(map[string]any)["name"].(string))
				}
				next, more := part.Find("next_cursor").(string)
				if address = ""; more {
					address = "/api/v1/" + list + "?team=Core+%26+Co&limit=2&cursor=" + next
				}
			}
			require.Equal(t, want, names, list)
			require.Len(t, b.Get("/api/v1/"+list+"?team=Other").OK(http.StatusOK).Find("items"), map[string]int{"tokens": 3, "users": 2, "trust-rules": 3}[list])
			require.Contains(t, string(b.Get("/api/v1/"+list+"?team=Nobody").OK(http.StatusBadRequest).Body), "/teams and /api/v1/teams list them")
		}
	})
}

// A team stands for its applications in every list that can be narrowed down to
// one, those with one of its labels among them.
func TestTeams_narrowListsOfWebhooksDeliveriesAndTheAudit(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		admin := b.Always(testbroker.As("admin", "sesame"))
		publish := func(consumer, provider, version string) {
			t.Helper()
			admin.Publish(consumer, version, "main", nil, map[string]any{provider: nil}).OK(http.StatusOK)
		}
		publish("Web", "Api", "1")
		publish("Bank", "Ledger", "1")
		admin.Put("/pacticipants/Web/labels/shop", nil).OK()
		hook := func(sides testbroker.Object) string {
			t.Helper()
			sides["events"], sides["request"] = []string{"contract_published"}, testbroker.Object{"method": "POST", "url": "https://example.org"}
			return admin.Post("/api/v1/webhooks", sides).OK(http.StatusCreated).Text("id")
		}
		named := hook(testbroker.Object{"provider": testbroker.Object{"name": "Api"}})
		labelled := hook(testbroker.Object{"consumer": testbroker.Object{"label": "shop"}})
		other := hook(testbroker.Object{"consumer": testbroker.Object{"name": "Bank"}})
		hook(testbroker.Object{})
		publish("Web", "Api", "2")
		publish("Bank", "Ledger", "2")
		admin.Put("/api/v1/teams/Shop", testbroker.Object{"applications": []string{"Api", "Unborn"}, "labels": []string{"shop"}}).OK(http.StatusCreated)
		admin.Put("/api/v1/teams/Money", testbroker.Object{"applications": []string{"Bank"}}).OK(http.StatusCreated)
		admin.Put("/api/v1/teams/Nothing", testbroker.Object{}).OK(http.StatusCreated)
		listed := func(list, team, member string) (texts []string) {
			t.Helper()
			answer := admin.Get("/api/v1/" + list + "limit=200&team=" + team).OK(http.StatusOK)
			for i := 0; answer.Find("items", i) != nil; i++ {
				texts = append(texts, answer.Text("items", i, member))
			}
			return texts
		}
		require.Equal(t, []string{named, labelled}, listed("webhooks?", "Shop", "id"))
		require.Equal(t, []string{other}, listed("webhooks?", "Money", "id"))
		require.Equal(t, []string{"Web", "Web", "Web"}, listed("webhook-deliveries?", "Shop", "consumer"))
		require.Equal(t, []string{"Bank", "Bank"}, listed("webhook-deliveries?", "Money", "consumer"))
		publishes := "audit?action=publishContracts&"
		require.Len(t, listed(publishes, "Shop", "id"), 2)
		require.Len(t, listed(publishes, "Money", "id"), 2)
		for _, list := range []string{"webhooks?", "webhook-deliveries?", publishes, "events?"} {
			require.Empty(t, listed(list, "Nothing", "id"), list)
			require.Contains(t, string(admin.Get("/api/v1/"+list+"team=Nobody").OK(http.StatusBadRequest).Body), "/teams and /api/v1/teams list them")
		}
	}, testbroker.With(withTokens))
}
