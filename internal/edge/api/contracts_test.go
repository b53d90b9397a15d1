package api_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// submission is a request to publish one contract.
func submission(t *testing.T, consumer, number, provider string, content any, more map[string]any) map[string]any {
	t.Helper()
	raw, err := json.Marshal(content)
	require.NoError(t, err)
	contract := map[string]any{
		"consumerName": consumer, "providerName": provider, "specification": "pact", "contentType": "application/json",
		"content": base64.StdEncoding.EncodeToString(raw),
	}
	for _, key := range []string{"onConflict"} {
		if value, given := more[key]; given {
			contract[key] = value
		}
	}
	body := map[string]any{"pacticipantName": consumer, "pacticipantVersionNumber": number, "contracts": []any{contract}}
	for _, key := range []string{"branch", "tags", "buildUrl"} {
		if value, given := more[key]; given {
			body[key] = value
		}
	}
	return body
}

func TestPublishContracts_storesAllOrNothing(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		swim, dive := testbroker.Content("Otter", "River", "swim"), testbroker.Content("Otter", "River", "dive")
		published := b.Post("/contracts/publish", submission(t, "Otter", "1", "River", swim, map[string]any{"branch": "main", "tags": []string{"dev"}})).OK(http.StatusOK)
		require.Equal(t, "http://broker.test/pacts/provider/River/consumer/Otter/version/1", published.Text("_links", "pb:contracts", 0, "href"))
		require.Equal(t, "success", published.Text("notices", 1, "type"))
		require.Equal(t, published.Text("notices", 1, "text"), published.Text("logs", 1, "message"))

		refused := b.Post("/contracts/publish", submission(t, "Otter", "1", "River", dive, map[string]any{"branch": "other"})).OK(http.StatusConflict)
		require.Equal(t, []string{"error", "info"}, []string{refused.Text("notices", 0, "type"), refused.Text("notices", 1, "type")})
		require.Equal(t, refused.Text("notices", 0, "text"), refused.Text("errors", "contracts", 0))
		b.Post("/contracts/publish", submission(t, "Otter", "1", "River", dive, map[string]any{"onConflict": "merge"})).OK(http.StatusConflict)
		b.Get("/pacticipants/Otter/branches/other").OK(http.StatusNotFound)

		b.Post("/contracts/publish", submission(t, "otter", "1", "River", testbroker.Content("otter", "River"), nil)).OK(http.StatusConflict)
		b.Get("/pacticipants/otter").OK(http.StatusNotFound)
	})
}

// What would change stands in a line for each interaction; whoever asks to merge
// is told which setting allows it.
func TestPublishContracts_saysInShortWhatWouldChange(t *testing.T) {
	b := testbroker.New(t)
	content := func(interactions ...string) map[string]any {
		list := make([]any, len(interactions))
		for i, text := range interactions {
			require.NoError(t, json.Unmarshal([]byte(text), &list[i]))
		}
		return map[string]any{"consumer": map[string]any{"name": "Otter"}, "provider": map[string]any{"name": "River"}, "interactions": list}
	}
	swim := `{"description":"swim","providerState":"warm","request":{"method":"GET","path":"/"},"response":{"status":200,"body":{"a":1,"b":1,"c":1,"d":1}}}`
	changed := `{"description":"swim","providerState":"warm","request":{"method":"GET","path":"/"},"response":{"status":201,"body":{"a":2,"b":2,"c":2,"d":2}}}`
	dive := `{"description":"dive ` + strings.Repeat("deep ", 20) + `","request":{"method":"GET","path":"/"},"response":{"status":200}}`
	b.Post("/contracts/publish", submission(t, "Otter", "1", "River", content(swim), nil)).OK(http.StatusOK)

	refused := b.Post("/contracts/publish", submission(t, "Otter", "1", "River", content(dive, changed), nil)).OK(http.StatusConflict)
	shown := []string{
		"What would change:",
		"  + dive deep deep deep deep deep deep deep deep deep deep deep…",
		"  ~ swim (warm) /response/body/a, /response/body/b, /response/body/c and 2 more",
		"What is published: http://broker.test/pacts/provider/River/consumer/Otter/version/1",
		"Under a new number, the whole difference is at http://broker.test/pacts/provider/River/consumer/Otter/version/NEW_NUMBER/diff/previous-distinct",
	}
	for i, line := range shown {
		require.Equal(t, line, refused.Text("notices", i+1, "text"), "a notice for each line, as command lines do not break them")
	}
	require.Len(t, refused.Find("notices"), 1+len(shown))
	put := b.Put("/pacts/provider/River/consumer/Otter/version/1", content(dive, changed)).OK(http.StatusConflict)
	require.Equal(t, refused.Text("notices", 0, "text")+"\n"+strings.Join(shown, "\n"), put.Text("error"), "who puts a contract is told the same")
	require.NotContains(t, refused.Text("notices", 0, "text"), "PACT_BROKER")

	merging := b.Post("/contracts/publish", submission(t, "Otter", "1", "River", content(dive), map[string]any{"onConflict": "merge"})).OK(http.StatusConflict)
	require.Contains(t, merging.Text("notices", 0, "text"), "PACT_BROKER_ALLOW_DANGEROUS_CONTRACT_MODIFICATION=true")
	require.Contains(t, merging.Text("notices", 2, "text"), "+ dive")
	require.NotContains(t, fmt.Sprint(merging.Find("notices")), "swim", "a merge takes nothing away")
}

func TestPublishContracts_boundsWhatItSaysOfAConflict(t *testing.T) {
	b := testbroker.New(t)
	content := func(status int) map[string]any {
		var interactions []any
		for n := range 500 {
			interactions = append(interactions, map[string]any{"description": fmt.Sprint(n, strings.Repeat(" words", 1000)),
				"request": map[string]any{"method": "GET", "path": "/"}, "response": map[string]any{"status": status}})
		}
		return map[string]any{"consumer": map[string]any{"name": "Otter"}, "provider": map[string]any{"name": "River"}, "interactions": interactions}
	}
	b.Post("/contracts/publish", submission(t, "Otter", "1", "River", content(200), nil)).OK(http.StatusOK)
	refused := b.Post("/contracts/publish", submission(t, "Otter", "1", "River", content(201), nil)).OK(http.StatusConflict)
	require.Len(t, refused.Find("notices"), 1+1+20+1+2)
	require.Equal(t, "  and 480 more", refused.Text("notices", 22, "text"))
	require.Less(t, len(refused.Body), 10_000)
}

func TestPublishContracts_namesWhatIsMissing(t *testing.T) {
	b := testbroker.New(t)
	refused := b.Post("/contracts/publish", map[string]any{"pacticipantName": "Otter", "contracts": []any{}}).OK(http.StatusBadRequest)
	require.Equal(t, "is missing", refused.Text("errors", "pacticipantVersionNumber", 0))
	require.NotEmpty(t, refused.Text("errors", "contracts", 0))
	b.Get("/pacticipants/Otter").OK(http.StatusNotFound)
}

func TestPublishContracts_replacesAndMergesWhereThatIsAllowed(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		publish := func(description string, more map[string]any) testbroker.Response {
			return b.Post("/contracts/publish", submission(t, "Otter", "1", "River", testbroker.Content("Otter", "River", description), more)).OK(http.StatusOK)
		}
		said := func() int {
			return len(b.Get("/pacts/provider/River/consumer/Otter/version/1").OK(http.StatusOK).Find("interactions").([]any))
		}
		publish("swim", map[string]any{"branch": "main"})
		require.Equal(t, "warning", publish("dive", map[string]any{"branch": "main"}).Text("notices", 1, "type"))
		require.Equal(t, 1, said())
		require.Equal(t, "success", publish("float", map[string]any{"branch": "main", "onConflict": "merge"}).Text("notices", 1, "type"))
		require.Equal(t, 2, said())
		publish("float", map[string]any{"branch": "main", "onConflict": "merge"})
		require.Equal(t, 2, said(), "merging what is there changes nothing")
	}, testbroker.With(func(s *config.Settings) { s.Publishing.AllowModification = true }))
}

func TestPact_isPutMergedAndShown(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		const at = "/pacts/provider/River/consumer/Otter/version/1%2Bb"
		first := b.Put(at, testbroker.Content("Otter", "River", "swim")).OK(http.StatusCreated)
		b.Put(at, testbroker.Content("Otter", "River", "swim")).OK(http.StatusOK)
		b.Put(at, testbroker.Content("Otter", "River", "dive")).OK(http.StatusConflict)
		merged := b.Patch(at, testbroker.Content("Otter", "River", "dive"), testbroker.ContentType("application/json")).OK(http.StatusOK)
		require.Len(t, merged.Find("interactions"), 2)
		b.Put("/pacts/provider/rivers/consumer/Otter/version/1", testbroker.Content("Otter", "rivers")).OK(http.StatusConflict)
		b.Patch("/pacts/provider/Lake/consumer/Otter/version/9", testbroker.Content("Otter", "Lake"), testbroker.ContentType("application/json")).OK(http.StatusCreated)
		refused := b.Patch("/pacts/provider/Lake/consumer/Otter/version/9", testbroker.Content("Heron", "Lake"), testbroker.ContentType("application/json")).OK(http.StatusBadRequest)
		require.NotEmpty(t, refused.Text("errors", "consumer.name", 0))
		b.Patch("/pacts/provider/Lake/consumer/Otter/version/9", map[string]any{"interactions": 1}, testbroker.ContentType("application/json")).OK(http.StatusConflict)

		require.Len(t, b.Get(first.Link("pb:pact-version")).OK(http.StatusOK).Find("interactions"), 1, "the permalink of old content works after a merge")
		latest := b.Get("/pacts/provider/River/consumer/Otter/latest").OK(http.StatusOK)
		require.Equal(t, "1+b", latest.Header.Get("X-Pact-Consumer-Version"))
		require.Contains(t, latest.Link("pb:publish-verification-results"), "/metadata/")
		b.Get("/pacts/provider/River/consumer/Otter/latest-untagged").OK(http.StatusOK)
		b.Tag("Otter", "1+b", "dev")
		b.Get("/pacts/provider/River/consumer/Otter/latest-untagged").OK(http.StatusNotFound)
		for _, missing := range []string{"/latest/none", "/branch/none/latest", "/version/none", "/pact-version/none", "/pact-version/none/metadata/none"} {
			b.Get("/pacts/provider/River/consumer/Otter" + missing).OK(http.StatusNotFound)
		}
	})
}

func TestPact_keepsNumbersAndOverridesItsOwnMembers(t *testing.T) {
	b := testbroker.New(t)
	const at = "/pacts/provider/River/consumer/Otter/version/1"
	body := `{"createdAt":"never","_links":{"self":{"href":"http://elsewhere"}},"interactions":[{"description":"a","response":{"body":{"price":1.0,"big":12345678901234567890}}}]}`

	b.Put(at, body, testbroker.ContentType("application/json")).OK(http.StatusCreated)

	shown := b.Get(at).OK(http.StatusOK)
	require.Contains(t, string(shown.Body), `"price":1.0,"big":12345678901234567890`)
	require.NotEqual(t, "never", shown.Text("createdAt"))
	require.Equal(t, "http://broker.test"+at, shown.Link("self"))
}

func TestPublishContracts_withoutABodyNamesWhatIsMissing(t *testing.T) {
	b := testbroker.New(t)
	for _, body := range []string{"", " \n", "{}"} {
		refused := b.Post("/contracts/publish", body, testbroker.ContentType("application/json")).OK(http.StatusBadRequest)
		require.Equal(t, map[string]any{
			"pacticipantName": []any{"is missing"}, "pacticipantVersionNumber": []any{"is missing"}, "contracts": []any{"is missing"},
		}, refused.Find("errors"), body)
	}
}

func TestPublishContracts_tellsOfNoWebhooksThatMayNotBeSeen(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		callers := map[string]testbroker.Change{}
		for name, of := range map[string]struct {
			role  access.Role
			scope string
		}{"consumer": {access.ConsumerCI, "all"}, "team": {access.Developer, "inside"}, "admin": {access.Admin, "all"}} {
			callers[name] = testbroker.Header("Authorization", "Bearer "+makeToken(b, of.role, of.scope))
		}
		version := 0
		told := func(who string) string {
			version++
			return string(guarded.Post("/contracts/publish", publicationOf("Web", strconv.Itoa(version)), callers[who]).OK(http.StatusOK).Body)
		}
		const advice = "Create a webhook"
		require.Contains(t, told("admin"), advice)
		require.NotContains(t, told("team"), advice, "there may be one that is hidden")
		webhook := func(host, description string, sides testbroker.Object) {
			maps.Copy(sides, testbroker.Object{"events": []string{"contract_published"}, "description": description, "request": testbroker.Object{"method": "POST", "url": "https://" + host}})
			b.Post("/api/v1/webhooks", sides).OK(http.StatusCreated)
		}
		webhook("a.example.org", "for everybody", testbroker.Object{})
		webhook("b.example.org", "", testbroker.Object{})
		webhook("c.example.org", "for those who need Api", testbroker.Object{"provider": testbroker.Object{"name": "Api"}})
		webhook("d.example.org", "", testbroker.Object{"consumer": testbroker.Object{"name": "Web"}})
		for who, sees := range map[string][]string{
			"consumer": nil, "team": {"for those who need Api", "POST d.example.org"},
			"admin": {"for everybody", "POST b.example.org", "for those who need Api", "POST d.example.org"},
		} {
			text := told(who)
			require.Equal(t, 2*len(sees), strings.Count(text, " was triggered"), "%s reads in notices and logs: %s", who, text)
			for _, name := range sees {
				require.Contains(t, text, "Webhook "+name+" for contract_published was triggered", who)
			}
			require.NotContains(t, text, advice, who)
		}
	}, testbroker.With(askAllWithKey))
}
