package v1_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// entries are the items of a list of the audit.
func entries(t *testing.T, r testbroker.Response) []map[string]any {
	t.Helper()
	var list struct{ Items []map[string]any }
	require.NoError(t, json.Unmarshal(r.OK(http.StatusOK).Body, &list))
	return list.Items
}

func withProxy(s *config.Settings) {
	withTokens(s)
	s.Access.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}
}

func TestAudit_tellsWhoChangedWhatFromWhere(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		admin := b.Always(testbroker.As("admin", "sesame"))
		made := admin.Post("/api/v1/tokens", testbroker.Object{"name": "build", "role": "developer", "applications": []string{"Web"}}).OK(http.StatusCreated)
		build := b.Always(testbroker.Header("Authorization", "Bearer "+made.Text("secret")), testbroker.Header("X-Forwarded-For", "203.0.113.7"))
		build.Put("/pacticipants/Web/versions/1", testbroker.Object{}, testbroker.Header("X-Request-Id", "req-1")).OK(http.StatusCreated)
		build.Put("/pacticipants/Api/versions/1", testbroker.Object{}).OK(http.StatusForbidden)
		build.Get("/api/v1/audit").OK(http.StatusForbidden)

		version := entries(t, admin.Get("/api/v1/audit?request_id=req-1"))
		require.Len(t, version, 1)
		for name, want := range map[string]any{
			"actor": "token build", "through": "token " + made.Text("id"), "client": "203.0.113.7", "action": "putVersion", "outcome": "done",
			"target": "/pacticipants/Web/versions/1", "applications": []any{"Web"}, "count": 1.0,
		} {
			require.Equal(t, want, version[0][name], name)
		}
		require.Contains(t, version[0]["events"], "version_created")

		token := entries(t, admin.Get("/api/v1/audit?action=createToken&application=Web"))
		require.Len(t, token, 1)
		require.Equal(t, "admin", token[0]["actor"])
		require.Contains(t, token[0]["changes"], map[string]any{"what": "role", "before": nil, "after": "developer"})
		require.NotContains(t, string(admin.Get("/api/v1/audit").Body), made.Text("secret"))

		refused := entries(t, admin.Get("/api/v1/audit?outcome=forbidden"))
		require.Len(t, refused, 2)
		require.Equal(t, []any{"listAudit", "putVersion"}, []any{refused[0]["action"], refused[1]["action"]})
	}, testbroker.With(withProxy))
}

func TestAudit_keepsWhoWasRefusedAndNothingSecret(t *testing.T) {
	b := testbroker.New(t, testbroker.With(withTokens))
	admin := b.Always(testbroker.As("admin", "sesame"))
	for range 3 {
		b.Get("/pacticipants", testbroker.As("admin", "Geheimnis")).OK(http.StatusUnauthorized)
	}
	b.Get("/pacticipants", testbroker.As("Geheimnis", "x")).OK(http.StatusUnauthorized)
	b.Get("/pacticipants", testbroker.Header("Authorization", "Bearer Geheimnis")).OK(http.StatusUnauthorized)
	b.Get("/pacticipants").OK(http.StatusUnauthorized)
	list := admin.Get("/api/v1/audit?outcome=unauthorized")
	require.NotContains(t, string(list.Body), "Geheimnis")
	found := entries(t, list)
	require.Len(t, found, 4)
	require.Equal(t, map[string]any{"actor": "admin", "through": "basic_auth", "count": 3.0}, pick(found[3], "actor", "through", "count"))
	require.Equal(t, map[string]any{"actor": "", "through": "", "count": 1.0}, pick(found[0], "actor", "through", "count"))
	for range 30 {
		b.Get("/pacticipants", testbroker.As("admin", "Geheimnis"))
	}
	throttled := entries(t, admin.Get("/api/v1/audit?outcome=throttled"))
	require.Len(t, throttled, 1)
	require.Greater(t, throttled[0]["count"], 10.0)
}

// A pair of an application with itself is refused and written down like any other.
func TestAudit_keepsRefusalsAboutOneApplicationInTwoRoles(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		admin := b.Always(testbroker.As("admin", "sesame"))
		bearing(admin, "Other").Put("/pacts/provider/Web/consumer/Web/version/1", testbroker.Object{"interactions": []any{}}).OK(http.StatusForbidden)
		found := entries(t, admin.Get("/api/v1/audit?outcome=forbidden").OK(http.StatusOK))
		require.Len(t, found, 1)
		require.Equal(t, []any{"Web"}, found[0]["applications"])
	}, testbroker.With(withTokens))
}

// What an answer does not tell those who may not see something, the audit tells all the same.
func TestAudit_keepsRefusalsThatAnswersHide(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		admin := b.Always(testbroker.As("admin", "sesame"))
		for _, name := range []string{"Web", "Stock"} {
			admin.Version(name, "0")
		}
		hook := detailedWebhook("https://example.org/hook", testbroker.Object{}, "contract_published")
		hook["consumer"] = testbroker.Object{"name": "Stock"}
		id := admin.Post(ownWebhooks, hook).OK(http.StatusCreated).Text("id")
		ours := maps.Clone(hook)
		ours["consumer"] = testbroker.Object{"name": "Web"}
		secret := func(application string) testbroker.Object {
			return testbroker.Object{"value": "hidden-value", "hosts": []string{"example.org"}, "applications": []string{application}}
		}
		admin.Put("/api/v1/secrets/STOCK", secret("Stock")).OK(http.StatusCreated)
		web := bearing(admin, "Web")
		filling := maps.Clone(ours)
		filling["request"] = testbroker.Object{"method": "POST", "url": "https://example.org/hook", "headers": testbroker.Object{"X-Key": "${secret.STOCK}"}}
		compatible := maps.Clone(filling)
		compatible["events"] = []testbroker.Object{{"name": "contract_published"}}
		for _, ask := range []struct {
			method, address string
			body            any
			status          int
		}{
			{http.MethodGet, "/webhooks/" + id, nil, http.StatusNotFound},
			{http.MethodDelete, "/webhooks/" + id, nil, http.StatusNotFound},
			{http.MethodGet, ownWebhooks + "/" + id, nil, http.StatusNotFound},
			{http.MethodPut, ownWebhooks + "/" + id, ours, http.StatusNotFound},
			{http.MethodDelete, "/api/v1/secrets/STOCK", nil, http.StatusNotFound},
			{http.MethodPut, "/api/v1/secrets/STOCK", secret("Web"), http.StatusConflict},
			{http.MethodPost, ownWebhooks, filling, http.StatusBadRequest},
			{http.MethodPut, ownWebhooks + "/too-short", filling, http.StatusBadRequest},
			{http.MethodPost, "/webhooks/execute", compatible, http.StatusBadRequest},
		} {
			request := "hidden-" + ask.method + strings.ReplaceAll(ask.address, "/", "-")
			web.Do(ask.method, ask.address, ask.body, testbroker.Header("X-Request-Id", request)).OK(ask.status)
			found := entries(t, admin.Get("/api/v1/audit?request_id="+request))
			require.Len(t, found, 1, request)
			require.Equal(t, []any{"forbidden", ask.address, "token Web"}, []any{found[0]["outcome"], found[0]["target"], found[0]["actor"]})
		}
		web.Visit("/webhooks/"+id, testbroker.Header("X-Request-Id", "page-of-webhook")).OK(http.StatusNotFound)
		web.Visit("/secrets/STOCK", testbroker.Header("X-Request-Id", "page-of-secret")).OK(http.StatusOK)
		for _, page := range []string{"page-of-webhook", "page-of-secret"} {
			require.Len(t, entries(t, admin.Get("/api/v1/audit?outcome=forbidden&request_id="+page)), 1, page)
		}
		drafted := url.Values{"consumer": {"Web"}, "event": {"contract_published"}, "method": {"POST"}, "url": {"https://example.org/hook"}, "headers": {"X-Key: ${secret.STOCK}"}}
		checked, forStock := maps.Clone(drafted), maps.Clone(drafted)
		checked["then"], forStock["consumer"], forStock["headers"] = []string{"check"}, []string{"Stock"}, nil
		taken := url.Values{"name": {"STOCK"}, "value": {"hidden-value"}, "hosts": {"example.org"}, "applications": {"Web"}}
		forAll := maps.Clone(taken)
		forAll["name"], forAll["applications"] = []string{"FREE"}, nil
		for name, page := range map[string]struct {
			address string
			form    url.Values
			status  int
		}{
			"checked": {"/webhooks/new", checked, http.StatusOK}, "kept": {"/webhooks/new", drafted, http.StatusUnprocessableEntity}, "for-another": {"/webhooks/new", forStock, http.StatusForbidden},
			"taken": {"/secrets", taken, http.StatusUnprocessableEntity}, "of-stock": {"/secrets/STOCK", taken, http.StatusUnprocessableEntity}, "for-all": {"/secrets", forAll, http.StatusForbidden},
		} {
			web.Submit(page.address, page.form, testbroker.Header("X-Request-Id", "form-"+name)).OK(page.status)
			found := entries(t, admin.Get("/api/v1/audit?outcome=forbidden&request_id=form-"+name))
			require.Len(t, found, 1, name)
			require.Equal(t, []any{"token Web", 1.0}, []any{found[0]["actor"], found[0]["count"]}, name)
		}
		web.Get("/webhooks/00000000-0000-0000-0000-000000000000", testbroker.Header("X-Request-Id", "nothing")).OK(http.StatusNotFound)
		require.Empty(t, entries(t, admin.Get("/api/v1/audit?request_id=nothing")), "where there is nothing, nothing was refused")
	}, testbroker.With(withTokens), testbroker.With(func(s *config.Settings) { s.Secrets.Key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=" }))
}

func TestAudit_keepsCredentialsOfAnUnknownScheme(t *testing.T) {
	b := testbroker.New(t, testbroker.With(withTokens))
	admin := b.Always(testbroker.As("admin", "sesame"))
	for range 3 {
		b.Get("/api/v1/teams", testbroker.Header("Authorization", "Token Geheimnis")).OK(http.StatusBadRequest)
	}
	list := admin.Get("/api/v1/audit?outcome=unauthorized")
	require.NotContains(t, string(list.Body), "Geheimnis")
	count := 0.0 // those of another second have an entry of their own
	for _, e := range entries(t, list) {
		require.Equal(t, map[string]any{"action": "listTeams", "target": "/api/v1/teams"}, pick(e, "action", "target"))
		count += e["count"].(float64)
	}
	require.Equal(t, 3.0, count)

	public := testbroker.New(t, testbroker.With(withTokens), testbroker.With(func(s *config.Settings) { s.Access.PublicRead = true }))
	public.Get("/api/v1/teams", testbroker.Header("Authorization", "Token Geheimnis")).OK(http.StatusOK)
	require.Len(t, entries(t, public.Get("/api/v1/audit?outcome=unauthorized", testbroker.As("admin", "sesame"))), 1, "also where none are needed")
}

// A token in an address is refused before it becomes a name, and shown nowhere.
func TestTokens_inAddressesAreRefusedAndWrittenDownNowhere(t *testing.T) {
	b := testbroker.New(t, testbroker.With(withTokens))
	admin := b.Always(testbroker.As("admin", "sesame"))
	made := admin.Post("/api/v1/tokens", testbroker.Object{"name": "build", "role": "developer"}).OK(http.StatusCreated)
	secret := made.Text("secret")
	encoded := "%61" + secret[1:]
	for _, ask := range []struct {
		method, address string
		status          int
	}{
		{http.MethodPut, "/pacticipants/" + secret + "/versions/1", http.StatusBadRequest},
		{http.MethodPut, "/pacticipants/Web/versions/of-" + secret + "-1", http.StatusBadRequest},
		{http.MethodGet, "/pacticipants/" + encoded, http.StatusBadRequest},
		{http.MethodGet, "/pacticipants//" + secret, http.StatusNotFound},
		{http.MethodGet, "/api/v1/teams/" + secret, http.StatusBadRequest},
		{http.MethodGet, "/api/v1/events?application=" + secret, http.StatusBadRequest},
		{http.MethodGet, "/api/v1/events?" + encoded + "=1", http.StatusBadRequest},
		{http.MethodGet, "/api/v1/events?%zz=" + secret, http.StatusBadRequest},
	} {
		answer := admin.Do(ask.method, ask.address, testbroker.Object{}, testbroker.Header("X-Request-Id", secret), testbroker.Accept("application/problem+json")).OK(ask.status)
		require.NotContains(t, string(answer.Body)+fmt.Sprint(answer.Header), secret[1:], ask.address)
	}
	admin.Visit("/pacticipants/" + secret).OK(http.StatusBadRequest)
	contract := testbroker.Object{"consumerName": secret, "providerName": "Api", "specification": "pact", "contentType": "application/json", "content": "e30="}
	rule := testbroker.Object{"name": secret, "issuer": "https://gitlab.com", "audience": "broker", "role": "developer", "claims": testbroker.Object{"project_path": []string{"octo/web"}}}
	for _, named := range []struct {
		method, address string
		body            testbroker.Object
	}{
		{http.MethodPost, "/pacticipants", testbroker.Object{"name": secret}},
		{http.MethodPost, "/pacticipants", testbroker.Object{"name": "Shop", "displayName": "Shop of " + secret}},
		{http.MethodPost, "/environments", testbroker.Object{"name": secret, "displayName": "Test", "production": false}},
		{http.MethodPost, "/contracts/publish", testbroker.Object{"pacticipantName": secret, "pacticipantVersionNumber": "1", "contracts": []any{contract}}},
		{http.MethodPost, "/api/v1/tokens", testbroker.Object{"name": secret, "role": "viewer"}},
		{http.MethodPost, "/api/v1/tokens", testbroker.Object{"name": "x", "owner": secret, "role": "viewer"}},
		{http.MethodPost, "/api/v1/users", testbroker.Object{"name": secret}},
		{http.MethodPut, "/api/v1/teams/Shop", testbroker.Object{"contact": secret}},
		{http.MethodPut, "/api/v1/roles/keeper", testbroker.Object{"description": secret, "actions": []string{"read"}}},
		{http.MethodPost, "/api/v1/trust-rules", rule},
	} {
		refused := admin.Do(named.method, named.address, named.body).OK(http.StatusBadRequest)
		require.Contains(t, string(refused.Body), "token", named.address)
		require.NotContains(t, string(refused.Body), secret[1:], named.address)
	}
	admin.Put("/pacticipants/Web/versions/1", testbroker.Object{}).OK(http.StatusCreated)
	for _, address := range []string{"/api/v1/audit", "/api/v1/events", "/pacticipants"} {
		told := string(admin.Get(address).OK(http.StatusOK).Body)
		require.NotContains(t, told, secret[1:], address)
	}
	refused := entries(t, admin.Get("/api/v1/audit?outcome=unauthorized"))
	require.Len(t, refused, 5)
	require.Equal(t, "/api/v1/teams/"+made.Text("prefix")+"*****", refused[1]["target"])
}

func pick(all map[string]any, names ...string) map[string]any {
	some := map[string]any{}
	for _, name := range names {
		some[name] = all[name]
	}
	return some
}

func TestAudit_isReadInBothOrdersPartByPart(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for _, name := range []string{"A", "B", "C", "D", "E"} {
			b.Put("/pacticipants/"+name+"/versions/1", testbroker.Object{}).OK(http.StatusCreated)
		}
		targets := func(order string) string {
			var seen []string
			for address := "/api/v1/audit?limit=2&order=" + order; address != ""; {
				answer := b.Get(address)
				for _, e := range entries(t, answer) {
					seen = append(seen, e["target"].(string)[len("/pacticipants/"):][:1])
				}
				address = ""
				if cursor, more := answer.Find("next_cursor").(string); more {
					address = "/api/v1/audit?limit=2&order=" + order + "&cursor=" + cursor
				}
			}
			return strings.Join(seen, "")
		}
		require.Equal(t, "EDCBA", targets("newest"))
		require.Equal(t, "ABCDE", targets("oldest"))

		lines := b.Get("/api/v1/audit?order=oldest&application=C", testbroker.Accept("application/jsonl")).OK(http.StatusOK)
		require.Equal(t, "application/jsonl;charset=utf-8", lines.Header.Get("Content-Type"))
		var one map[string]any
		require.NoError(t, json.Unmarshal(lines.Body, &one))
		require.Equal(t, 3.0, one["position"])
		require.Equal(t, 5, strings.Count(string(b.Get("/api/v1/audit", testbroker.Accept("application/jsonl")).Body), "\n"))
		require.Empty(t, entries(t, b.Get("/api/v1/audit?until=2020-01-01T00:00:00Z")))
		require.Len(t, entries(t, b.Get("/api/v1/audit?since=2020-01-01T00:00:00Z&client=192.0.2.1&action=putVersion")), 5)
	})
}

func TestAudit_saysWhatIsWrongWithAQuestion(t *testing.T) {
	b := testbroker.New(t)
	for field, query := range map[string]string{"order": "order=x", "outcome": "outcome=x", "since": "since=yesterday", "cursor": "cursor=x", "colour": "colour=red", "limit": "limit=0"} {
		require.Contains(t, string(b.Get("/api/v1/audit?"+query).OK(http.StatusBadRequest).Body), field)
	}
}

// Reading changes nothing, and is no entry; a request that fails neither.
func TestAudit_hasNoEntryWhereNothingWasChanged(t *testing.T) {
	b := testbroker.New(t)
	b.Get("/pacticipants").OK(http.StatusOK)
	b.Get("/api/v1/events").OK(http.StatusOK)
	b.Post("/pacts/provider/Api/for-verification", testbroker.Object{}).OK(http.StatusNotFound)
	b.Delete("/pacticipants/Nobody").OK(http.StatusNotFound)
	b.Post("/pacticipants", testbroker.Object{"name": ""}).OK(http.StatusBadRequest)
	require.Empty(t, entries(t, b.Get("/api/v1/audit")))
}

// Each write says what small things were before and are now, and nothing secret.
func TestAudit_tellsWhatWasAndWhatIs(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		id := func(r testbroker.Response) string { return r.OK(http.StatusCreated).Text("id") }
		b.Version("Web", "1", "main")
		b.Version("Web", "2", "main")
		b.Patch("/pacticipants/Web", testbroker.Object{"mainBranch": "trunk"}, testbroker.ContentType("application/merge-patch+json")).OK()
		b.Put("/pacticipants/Web/labels/shop", nil).OK()
		b.Delete("/pacticipants/Web/labels/shop").OK()
		b.Put("/api/v1/applications/Web/external", testbroker.Object{"reason": "theirs"}).OK()
		b.Delete("/api/v1/applications/Web/external").OK()
		place := b.Environment("test")
		b.Deploy("Web", "1", "test")
		b.Undeploy(b.Deploy("Web", "2", "test"))
		b.Put("/environments/"+place, testbroker.Object{"name": "trial", "production": true, "contacts": []any{testbroker.Object{"name": "Jo", "details": testbroker.Object{"phone": "hidden-phone"}}}}).OK()
		b.Delete("/environments/" + place).OK()
		hook := testbroker.Object{"description": "build", "events": []string{"contract_published"}, "consumer": testbroker.Object{"name": "Web"},
			"request": testbroker.Object{"method": "POST", "url": "https://example.org/hidden-path", "headers": testbroker.Object{"X-Api-Key": "hidden-key"}, "body": testbroker.Object{"x": "hidden-body"}}}
		made := id(b.Post("/api/v1/webhooks", hook))
		hook["events"], hook["enabled"], hook["request"] = []string{"contract_content_changed"}, false, testbroker.Object{"method": "POST", "url": "https://example.net/hidden-path"}
		b.Put("/api/v1/webhooks/"+made, hook).OK()
		b.Post("/api/v1/webhooks/"+made+"/pause", nil).OK()
		b.Post("/api/v1/webhooks/"+made+"/signing-keys", testbroker.Object{}).OK()
		b.Delete("/api/v1/webhooks/" + made).OK()
		b.Put("/api/v1/secrets/key", testbroker.Object{"value": "hidden-value", "hosts": []string{"example.org"}}).OK()
		b.Delete("/api/v1/secrets/key").OK()
		jo := id(b.Post("/api/v1/users", testbroker.Object{"name": "jo", "role": "viewer"}))
		b.Put("/api/v1/users/"+jo, testbroker.Object{"role": "developer", "applications": []string{"Web"}}).OK()
		b.Post("/api/v1/users/"+jo+"/disable", nil).OK()
		b.Put("/api/v1/teams/Shop", testbroker.Object{"contact": "#shop", "applications": []string{"Web"}}).OK()
		b.Put("/api/v1/teams/Shop", testbroker.Object{"contact": "#store"}).OK()
		b.Put("/api/v1/roles/own", testbroker.Object{"actions": []string{"read"}}).OK()
		b.Delete("/api/v1/roles/own").OK()
		b.Delete("/pacticipants/Web").OK()

		all := b.Get("/api/v1/audit?limit=200").OK(http.StatusOK)
		require.NotContains(t, string(all.Body), "hidden")
		said := map[string]bool{}
		for _, e := range entries(t, all) {
			for _, c := range e["changes"].([]any) {
				change := c.(map[string]any)
				said[fmt.Sprintf("%s: %s: %v → %v", e["action"], change["what"], change["before"], change["after"])] = true
			}
		}
		for _, want := range []string{
			"updatePacticipant: main branch of Web: main → trunk", "addLabel: label of Web: <nil> → shop", "removeLabel: label of Web: shop → <nil>",
			"markExternal: reason, Web:  → theirs", "unmarkExternal: external, Web: true → false", "createEnvironment: environment: <nil> → test", "replaceEnvironment: environment: test → trial",
			"replaceEnvironment: production: false → true", "replaceEnvironment: contacts: <nil> → [Jo]", "deleteEnvironment: environment: trial → <nil>",
			"recordDeployment: deployed, Web: <nil> → 1", "recordDeployment: deployed, Web: 1 → 2", "updateDeployedVersion: deployed, Web: 2 → <nil>",
			"v1CreateWebhook: events: <nil> → [contract_published]", "v1CreateWebhook: consumer: <nil> → consumer Web", "v1PutWebhook: enabled: true → false", "v1PutWebhook: receiver: POST example.org → POST example.net",
			"v1PutWebhook: request: as before → another", "v1PutWebhook: events: [contract_published] → [contract_content_changed]", "pauseWebhook: paused: false → true", "v1DeleteWebhook: webhook: " + made + " → <nil>",
			"putSecret: secret key: <nil> → set", "deleteSecret: secret key: set → <nil>", "updateUser: role: viewer → developer", "updateUser: scope: all → Web", "disableUser: disabled: false → true",
			"putTeam: team Shop contact: #shop → #store", "putTeam: team Shop applications: [Web] → <nil>", "putRole: role own: [] → [read]", "deleteRole: role own: [read] → <nil>", "deletePacticipant: application: Web → <nil>",
		} {
			require.True(t, said[want], "%s is missing among %q", want, slices.Sorted(maps.Keys(said)))
		}
		require.True(t, slices.ContainsFunc(slices.Collect(maps.Keys(said)), func(text string) bool { return strings.HasPrefix(text, "addSigningKey: signing keys: [") }))
	}, testbroker.With(func(s *config.Settings) { s.Secrets.Key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=" }))
}
