package v1_test

import (
	"encoding/json"
	"net/http"
	"net/netip"
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
