package api_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// What two applications share is not deleted by those who may change only one of them,
// and nobody learns of a webhook that they may not see more than that there is one.
func TestAccess_keepsWhatIsSharedWithOthers(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		as := func(scope boundTo) *testbroker.Broker {
			made := b.Post("/api/v1/tokens", scope.in(testbroker.Object{"name": "someone", "role": access.Developer})).OK(http.StatusCreated)
			return guarded.Always(testbroker.Header("Authorization", "Bearer "+made.Text("secret")))
		}
		for _, name := range []string{"Alone", "Hooked", "Hidden", "Labelled", "Twin"} {
			b.Post("/pacticipants", testbroker.Object{"name": name}).OK(http.StatusCreated)
		}
		b.Publish("Caller", "1", "main", nil, map[string]any{"Shared": testbroker.Content("Caller", "Shared", "one"), "Twin": testbroker.Content("Caller", "Twin", "two")}).OK()
		b.Publish("Labelled", "1", "main", nil, map[string]any{"Ours": nil}).OK()
		b.Put("/pacticipants/Labelled/labels/ours", nil).OK(http.StatusCreated)
		request := testbroker.Object{"method": "POST", "url": "https://example.org/"}
		hook := func(consumer, provider string) string {
			body := testbroker.Object{"events": []testbroker.Object{{"name": "contract_published"}}, "request": request}
			if consumer != "" {
				body["consumer"] = testbroker.Object{"name": consumer}
			}
			body["provider"] = testbroker.Object{"name": provider}
			return "/webhooks/" + b.Post("/webhooks", body).OK(http.StatusCreated).Text("uuid")
		}
		kept := []string{hook("Caller", "Shared"), hook("Hidden", "Hooked"), "/pacts/provider/Shared/consumer/Caller/version/1"}
		hook("", "Alone")
		b.Post("/api/v1/applications/Alone/rename", testbroker.Object{"name": "Lonely"}).OK(http.StatusOK)
		b.Post("/api/v1/applications/Shared/rename", testbroker.Object{"name": "Widely"}).OK(http.StatusOK)
		b.Post("/api/v1/applications/Widely/rename", testbroker.Object{"name": "Shared"}).OK(http.StatusOK)

		provider, consumer := as(boundTo{applications: []string{"Shared", "Twin"}}), as(boundTo{applications: []string{"Caller", "Twin"}})
		for address, who := range map[string]*testbroker.Broker{
			"/pacticipants/Shared": provider, "/pacticipants/Caller": consumer, "/pacticipants/Hooked": as(boundTo{applications: []string{"Hooked"}}),
			"/api/v1/applications/Shared/former-names/Widely": provider,
		} {
			answer := who.Delete(address)
			require.Equal(t, http.StatusForbidden, answer.Status, "%s: %s", address, answer.Body)
			require.NotContains(t, string(answer.Body), "Hidden")
		}
		require.Contains(t, string(provider.Delete("/pacticipants/Shared").Body), "integrations with Caller.")
		clash := testbroker.Object{"into": "Twin", "on_clash": "newest"}
		provider.Post("/api/v1/applications/Shared/merge", clash).OK(http.StatusForbidden)
		b.Post("/api/v1/users", testbroker.Object{"name": "jo", "role": "developer", "applications": []string{"Shared"}, "password": "correct horse battery"}).OK(http.StatusCreated)
		guarded.Submit("/pacticipants/Shared/delete", url.Values{"confirm": {"Shared"}}, guarded.SignIn("jo", "correct horse battery")).OK(http.StatusForbidden)
		page := string(provider.Get("/pacticipants/Shared/delete", testbroker.Accept("text/html")).OK(http.StatusOK).Body)
		require.Contains(t, page, "Deleting Shared reaches beyond your scope: it has integrations with Caller", "the page says so before anybody confirms")
		require.NotContains(t, page, `name="confirm"`)
		require.Contains(t, string(b.Get("/pacticipants/Shared/delete", testbroker.Accept("text/html")).OK(http.StatusOK).Body), `name="confirm"`)
		for _, address := range kept {
			b.Get(address).OK(http.StatusOK)
		}

		as(boundTo{applications: []string{"Lonely"}}).Delete("/pacticipants/Lonely").OK(http.StatusNoContent)
		as(boundTo{applications: []string{"Ours"}, labels: []string{"ours"}}).Delete("/pacticipants/Ours").OK(http.StatusNoContent)
		all := as(boundTo{applications: []string{"Shared", "Twin", "Caller"}})
		all.Delete("/api/v1/applications/Shared/former-names/Widely").OK(http.StatusNoContent)
		all.Post("/api/v1/applications/Shared/merge", clash).OK(http.StatusOK)
		all.Delete("/pacticipants/Twin").OK(http.StatusNoContent)
		b.Delete("/pacticipants/Hooked").OK(http.StatusNoContent)
	}, testbroker.With(askAll))
}
