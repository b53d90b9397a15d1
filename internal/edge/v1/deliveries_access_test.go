package v1_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// bearing is the broker for a new token that may manage the webhooks of applications.
func bearing(b *testbroker.Broker, applications ...string) *testbroker.Broker {
	made := b.Post("/api/v1/tokens", testbroker.Object{"name": strings.Join(applications, " "), "role": "developer", "applications": applications}).OK(http.StatusCreated)
	return b.Always(testbroker.Header("Authorization", "Bearer "+made.Text("secret")))
}

// Who may manage some webhooks sees what these have sent, sends it again, and learns
// nothing of what others have sent, wherever it is told.
func TestDeliveries_areForThoseWhoMayManageTheirWebhooks(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		to := testbroker.NewReceiver(t)
		b.Work()
		b.Version("Web", "0")
		webhook := func(name string, sides testbroker.Object) string {
			w := detailedWebhook(to.URL+"/"+name, testbroker.Object{}, "contract_published")
			w["description"] = name
			for side, is := range sides {
				w[side] = is
			}
			return b.Post(ownWebhooks, w).OK(http.StatusCreated).Text("id")
		}
		own := webhook("own", testbroker.Object{"consumer": testbroker.Object{"name": "Web"}})
		webhook("hidden", nil)
		gone := webhook("gone", testbroker.Object{"consumer": testbroker.Object{"name": "Web"}})
		b.Publish("Web", "1", "main", nil, map[string]any{"Ledger": nil}, testbroker.Header("X-Request-Id", "the-request")).OK(http.StatusOK)
		of := map[string]string{}
		for _, item := range b.Get(deliveries).OK(http.StatusOK).Find("items").([]any) {
			of[item.(testbroker.Object)["webhook"].(string)] = item.(testbroker.Object)["id"].(string)
		}
		for _, id := range of {
			finished(t, b, id)
		}
		b.Delete(ownWebhooks + "/" + gone).OK(http.StatusNoContent)

		web, both, other := bearing(b, "Web"), bearing(b, "Web", "Ledger"), bearing(b, "Other")
		for who, see := range map[*testbroker.Broker][]any{web: {of["own"]}, both: {of["own"]}, other: {}} {
			require.Equal(t, see, ids(who.Get(deliveries).OK(http.StatusOK)))
			require.Equal(t, see, ids(who.Get(deliveries+"?application=Web&webhook="+own).OK(http.StatusOK)))
			history := who.Get("/api/v1/requests/the-request").OK(http.StatusOK)
			require.Len(t, history.Find("deliveries"), len(see))
			require.NotContains(t, string(history.Body), "hidden")
		}
		for _, id := range []string{of["hidden"], of["gone"], "00000000-0000-0000-0000-000000000000"} {
			for _, refused := range []testbroker.Response{web.Get(deliveries + "/" + id), web.Post(deliveries+"/"+id+"/redeliver", "")} {
				require.Equal(t, "There is no delivery "+id+".", refused.OK(http.StatusNotFound).Text("detail"))
			}
			web.Get("/triggered-webhooks/" + id + "/logs").OK(http.StatusNotFound)
		}
		require.Equal(t, "success", web.Get(deliveries+"/"+of["own"]).OK(http.StatusOK).Text("status"))
		require.Contains(t, string(web.Get("/triggered-webhooks/"+of["own"]+"/logs").OK(http.StatusOK).Body), "/own")
		require.Contains(t, string(web.Visit("/webhooks/"+own+"/deliveries/"+of["own"]).OK(http.StatusOK).Body), "/again")
		for _, address := range []string{"/pacts/provider/Ledger/consumer/Web/webhooks/status", "/pacts/provider/Ledger/consumer/Web/version/1/triggered-webhooks"} {
			told := both.Get(address).OK(http.StatusOK)
			require.Len(t, told.Find("_embedded", "triggeredWebhooks"), 1, address)
			require.Contains(t, string(told.Body), of["own"], address)
		}

		sentSoFar := len(to.Got)
		web.Post(deliveries+"/"+of["own"]+"/redeliver", "").OK(http.StatusAccepted)
		finished(t, web, of["own"])
		require.Equal(t, float64(1), web.Post(deliveries+"/replay", testbroker.Object{"since": "2020-01-01T00:00:00Z"}).OK(http.StatusAccepted).Find("redelivered"))
		finished(t, web, of["own"])
		require.Equal(t, float64(0), other.Post(deliveries+"/replay", testbroker.Object{"since": "2020-01-01T00:00:00Z"}).OK(http.StatusAccepted).Find("redelivered"))
		require.Equal(t, sentSoFar+2, len(to.Got))
		require.Len(t, b.Get(deliveries+"/"+of["hidden"]).OK(http.StatusOK).Find("made"), 1)
	}, testbroker.With(withTokens), testbroker.With(testbroker.CallingHere))
}

// Whoever may not see a webhook is not told that it is there, by whatever name they try
// to set one.
func TestPutWebhook_doesNotTellWhatIsHidden(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		b.Version("Web", "0")
		b.Version("Stock", "0")
		const thoughtOf, random, free = "alarm-of-the-stock-team", "2b7f3f3e-5d5c-4a57-9d0c-6b1e1f0a9c11", "0192f0c1-7a31-7c7e-9a5b-3f2d1c0b9a88"
		body := func(face, application string) testbroker.Object {
			w := detailedWebhook("https://example.org/hook", testbroker.Object{}, "contract_published")
			if face != ownWebhooks {
				w = testbroker.Webhook("https://example.org/hook", "contract_published")
			}
			w["consumer"] = testbroker.Object{"name": application}
			return w
		}
		b.Put(ownWebhooks+"/"+thoughtOf, body(ownWebhooks, "Stock")).OK(http.StatusCreated)
		b.Put(ownWebhooks+"/"+random, body(ownWebhooks, "Stock")).OK(http.StatusCreated)
		web := bearing(b, "Web")
		for _, face := range []string{ownWebhooks, "/webhooks"} {
			for _, application := range []string{"Web", "Stock"} {
				said := func(uuid string) string {
					answer := web.Put(face+"/"+uuid, body(face, application))
					require.Contains(t, []int{http.StatusNotFound, http.StatusForbidden}, answer.Status, "%s: %s", uuid, answer.Body)
					text := strings.ReplaceAll(string(answer.Body), uuid, "NAME")
					if id, told := answer.Find("request_id").(string); told {
						text = strings.ReplaceAll(text, id, "REQUEST")
					}
					return text
				}
				require.Equal(t, said("alarm-of-the-other-team"), said(thoughtOf))
				require.Equal(t, said("00000000-0000-0000-0000-000000000000"), said(random), "as a name that nobody would take")
			}
			web.Put(face+"/"+free, body(face, "Web")).OK(http.StatusCreated, http.StatusOK)
		}
		require.Contains(t, web.Put(ownWebhooks+"/"+thoughtOf, body(ownWebhooks, "Web")).OK(http.StatusNotFound).Text("action"), "new random UUID")
		b.Put(ownWebhooks+"/alarm-of-the-web-team", body(ownWebhooks, "Web")).OK(http.StatusCreated)
		web.Put(ownWebhooks+"/alarm-of-the-web-team", body(ownWebhooks, "Web")).OK(http.StatusOK)
		require.Equal(t, "Stock", b.Get(ownWebhooks+"/"+thoughtOf).OK(http.StatusOK).Text("consumer", "name"))
	}, testbroker.With(withTokens))
}

// What is wrong with a webhook is told those alone who may set it: it tells which secrets
// there are for it, and where these may be sent.
func TestWebhooks_doNotTellOfTheSecretsOfOthers(t *testing.T) {
	b := testbroker.New(t, testbroker.With(withTokens), testbroker.With(testbroker.CallingHere))
	admin := b.Always(testbroker.As("admin", "sesame"))
	admin.Version("Web", "0")
	admin.Version("Stock", "0")
	admin.Put("/api/v1/secrets/STOCK", testbroker.Object{"value": "s3cret", "hosts": []string{"127.0.0.1"}, "applications": []string{"Stock"}}).OK(http.StatusCreated)
	web := bearing(admin, "Web")
	id := web.Post(ownWebhooks, testbroker.Object{"consumer": testbroker.Object{"name": "Web"}, "events": []string{"contract_published"}, "request": testbroker.Object{"method": "POST", "url": "https://127.0.0.1/"}}).OK(http.StatusCreated).Text("id")
	for _, secret := range []string{"STOCK", "NONE"} {
		for _, host := range []string{"127.0.0.1", "127.0.0.2"} {
			compatible := testbroker.Webhook("https://"+host+"/?k=${secret."+secret+"}", "contract_published")
			compatible["consumer"] = testbroker.Object{"name": "Stock"}
			own := detailedWebhook("https://"+host+"/?k=${secret."+secret+"}", testbroker.Object{}, "contract_published")
			own["consumer"] = testbroker.Object{"name": "Stock"}
			for _, answer := range []testbroker.Response{
				web.Post(ownWebhooks, own), web.Put(ownWebhooks+"/"+id, own), web.Post("/webhooks", compatible), web.Put("/webhooks/"+id, compatible),
				web.Post("/webhooks/execute", compatible), web.Post("/webhooks/consumer/Stock", compatible),
			} {
				answer.OK(http.StatusForbidden)
			}
		}
	}
}

// A verdict says of a webhook what became of it, but which delivery it was only to those
// who may look at it.
func TestVerdict_leadsToDeliveriesThatMayBeSeenAlone(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		b.Version("Web", "0")
		b.Version("Ledger", "1", "main")
		b.Tag("Ledger", "1", "live")
		w := detailedWebhook("http://127.0.0.1:1/x", testbroker.Object{}, "contract_content_changed")
		w["consumer"] = testbroker.Object{"name": "Web"}
		hook := b.Post(ownWebhooks, w).OK(http.StatusCreated).Text("id")
		b.Publish("Web", "1", "main", nil, map[string]any{"Ledger": nil}).OK(http.StatusOK)
		delivery := b.Get(deliveries).OK(http.StatusOK).Text("items", 0, "id")

		viewer := b.Post("/api/v1/tokens", testbroker.Object{"name": "viewer", "role": "viewer"}).OK(http.StatusCreated).Text("secret")
		web := bearing(b, "Web")
		asked := func(who *testbroker.Broker) testbroker.Response {
			return who.Get("/api/v1/verdicts?pacticipant=Web&version=1&to=live").OK(http.StatusOK)
		}
		sees := func(who *testbroker.Broker) {
			t.Helper()
			answer := asked(who)
			require.Contains(t, answer.Text("pairs", 0, "evidence", "webhook", "url"), delivery)
			require.Contains(t, string(answer.Body), "See what became of the webhook")
		}
		seesNot := func(who *testbroker.Broker) {
			t.Helper()
			answer := asked(who)
			require.Equal(t, "contract_content_changed", answer.Text("pairs", 0, "evidence", "webhook", "event"))
			require.NotContains(t, string(answer.Body), delivery)
			require.NotContains(t, string(answer.Body), "See what became of the webhook")
			require.NotContains(t, string(who.Visit("/can-i-deploy?pacticipant=Web&version=1&to=live").Body), delivery)
		}
		sees(b)
		sees(web)
		seesNot(guarded.Always(testbroker.Header("Authorization", "Bearer "+viewer)))
		seesNot(bearing(b, "Other"))
		b.Delete(ownWebhooks + "/" + hook).OK(http.StatusNoContent)
		sees(b)
		seesNot(web)
	}, testbroker.With(withTokens), testbroker.With(testbroker.CallingHere))
}
