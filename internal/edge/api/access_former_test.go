package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// developerOf is the broker in the hands of whoever has a token for one application.
func developerOf(guarded *testbroker.Broker, applications ...string) *testbroker.Broker {
	made := guarded.Post("/api/v1/tokens", testbroker.Object{"name": "of " + strings.Join(applications, " and "), "role": "developer", "applications": applications},
		testbroker.As("admin", "sesame")).OK(http.StatusCreated)
	return guarded.Always(testbroker.Header("Authorization", "Bearer "+made.Text("secret")))
}

// changesOf are writes to an application by a name, each with its status if they are
// allowed.
func changesOf(name string) []func(b *testbroker.Broker) (testbroker.Response, int) {
	at := "/pacticipants/" + name
	return []func(b *testbroker.Broker) (testbroker.Response, int){
		func(b *testbroker.Broker) (testbroker.Response, int) {
			return b.Patch(at, testbroker.Object{"mainBranch": "trunk"}), http.StatusOK
		},
		func(b *testbroker.Broker) (testbroker.Response, int) {
			return b.Put(at+"/branches/trunk/versions/7", testbroker.Object{}), http.StatusCreated
		},
		func(b *testbroker.Broker) (testbroker.Response, int) {
			return b.Publish(name, "8", "trunk", nil, map[string]any{"Stock": nil}), http.StatusOK
		},
		func(b *testbroker.Broker) (testbroker.Response, int) {
			return b.Put("/api/v1/applications/"+name+"/external", testbroker.Object{"reason": "nobody verifies it"}), http.StatusOK
		},
		func(b *testbroker.Broker) (testbroker.Response, int) {
			return b.Put(at+"/labels/sold", nil), http.StatusCreated
		},
		func(b *testbroker.Broker) (testbroker.Response, int) {
			return b.Delete(at), http.StatusConflict // it is called otherwise now
		},
	}
}

// A scope holds applications by the names that they have: what leads to one by a
// former name, or by another spelling, is judged like the application itself.
func TestScopes_holdApplicationsByTheNamesThatTheyHave(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		tried := func(t *testing.T, who *testbroker.Broker, name string, allowed bool) {
			for i, change := range changesOf(name) {
				answer, status := change(who.For(t))
				if !allowed {
					status = http.StatusForbidden
				}
				if answer.Status != status {
					t.Fatalf("change %d of %s: %d instead of %d: %s", i, name, answer.Status, status, answer.Body)
				}
			}
		}
		t.Run("merged", func(t *testing.T) {
			b := b.For(t)
			b.Pact("Duplicate", "1").With("Stock")
			b.Pact("Cart", "2").With("Stock")
			ofDuplicate := developerOf(guarded.For(t), "Duplicate")
			ofCart := developerOf(guarded.For(t), "Cart")
			b.Post("/api/v1/applications/Duplicate/merge", testbroker.Object{"into": "Cart"}).OK(http.StatusOK)
			tried(t, ofDuplicate, "Duplicate", false)
			tried(t, ofDuplicate, "Cart", false)
			tried(t, ofCart, "Duplicate", true)
		})
		t.Run("renamed", func(t *testing.T) {
			b := b.For(t)
			b.Pact("Basket", "1").With("Stock")
			before := developerOf(guarded.For(t), "Basket")
			b.Post("/api/v1/applications/Basket/rename", testbroker.Object{"name": "Trolley"}).OK(http.StatusOK)
			b.Post("/api/v1/tokens", testbroker.Object{"name": "late", "role": "developer", "applications": []string{"Basket"}}).OK(http.StatusBadRequest)
			b.Put("/api/v1/secrets/late", testbroker.Object{"value": "hush", "hosts": []string{"example.org"}, "applications": []string{"Basket"}}).OK(http.StatusBadRequest)
			tried(t, before, "Basket", true)
		})
	}, testbroker.With(askAllWithKey))
}

func TestScopes_holdApplicationsAsTheyAreSpelt(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		guarded.Post("/pacticipants", testbroker.Object{"name": "Pay"}, testbroker.As("admin", "sesame")).OK(http.StatusCreated)
		developerOf(guarded, "Pay").Patch("/pacticipants/PAY", testbroker.Object{"mainBranch": "trunk"}).OK(http.StatusOK)
		guarded.Post("/api/v1/tokens", testbroker.Object{"name": "pay", "role": "developer", "applications": []string{"pay"}}, testbroker.As("admin", "sesame")).OK(http.StatusBadRequest)
	}, testbroker.With(func(s *config.Settings) {
		askAll(s)
		s.Publishing.CaseSensitiveNames = false
	}))
}

// Where names are found in any case, what somebody may do goes by labels as they are
// written, for the one who puts a label on and for the one who looks at what it brings.
func TestScopes_holdLabelsAsTheyAreSpelt(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		admin := guarded.Always(testbroker.As("admin", "sesame"))
		admin.Post("/pacticipants", testbroker.Object{"name": "web"}).OK(http.StatusCreated)
		admin.Put("/api/v1/secrets/ci", testbroker.Object{"value": "the-value", "hosts": []string{"example.org"}, "labels": []string{"silver"}}).OK(http.StatusCreated)
		developer := developerOf(guarded, "web")
		developer.Put("/pacticipants/web/labels/silver", nil).OK(http.StatusForbidden)
		developer.Put("/pacticipants/web/labels/Silver", nil).OK(http.StatusCreated)
		require.NotContains(t, string(developer.Get("/api/v1/secrets").OK(http.StatusOK).Body), "example.org")
		admin.Delete("/pacticipants/web/labels/Silver").OK(http.StatusNoContent)
		admin.Put("/pacticipants/web/labels/silver", nil).OK(http.StatusCreated)
		require.Contains(t, string(developer.Get("/api/v1/secrets").OK(http.StatusOK).Body), "example.org")
	}, testbroker.With(func(s *config.Settings) {
		askAllWithKey(s)
		s.Publishing.CaseSensitiveNames = false
	}))
}

// An application does not get a label by a merge, and with it secrets, that who merges may
// not put on it.
func TestMerge_givesNoLabelThatBringsSecretsOfOthers(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		admin := guarded.Always(testbroker.As("admin", "sesame"))
		for _, name := range []string{"one", "two"} {
			admin.Post("/pacticipants", testbroker.Object{"name": name}).OK(http.StatusCreated)
		}
		admin.Put("/api/v1/secrets/ci", testbroker.Object{"value": "the-value", "hosts": []string{"example.org"}, "labels": []string{"silver"}}).OK(http.StatusCreated)
		admin.Put("/pacticipants/one/labels/silver", nil).OK(http.StatusCreated)
		admin.Put("/pacticipants/one/labels/plain", nil).OK(http.StatusCreated)
		both := developerOf(guarded, "one", "two")
		for _, how := range []testbroker.Object{{"into": "two"}, {"into": "two", "on_clash": "newest"}} {
			require.Contains(t, string(both.Post("/api/v1/applications/one/merge", how).OK(http.StatusForbidden).Body), "silver")
		}
		both.Get("/pacticipants/one").OK(http.StatusOK)
		admin.Put("/pacticipants/two/labels/silver", nil).OK(http.StatusCreated)
		both.Post("/api/v1/applications/one/merge", testbroker.Object{"into": "two"}).OK(http.StatusOK)
	}, testbroker.With(askAllWithKey))
}

// What a webhook of a merged application sends are the secrets of the one that it is
// now, to those who may change that.
func TestSecrets_areNotSentByThoseOfADuplicate(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		for _, name := range []string{"Duplicate", "Cart"} {
			b.Post("/pacticipants", testbroker.Object{"name": name}).OK(http.StatusCreated)
		}
		ofDuplicate := developerOf(guarded, "Duplicate")
		b.Put("/api/v1/secrets/ci", testbroker.Object{"value": "the-value", "hosts": []string{"example.org"}, "applications": []string{"Cart"}}).OK(http.StatusCreated)
		b.Post("/api/v1/applications/Duplicate/merge", testbroker.Object{"into": "Cart"}).OK(http.StatusOK)
		hook := testbroker.Object{"consumer": testbroker.Object{"name": "Duplicate"}, "events": []any{testbroker.Object{"name": "contract_published"}},
			"request": testbroker.Object{"method": "POST", "url": "https://example.org", "headers": testbroker.Object{"Authorization": "${secret.ci}"}}}
		ofDuplicate.Post("/webhooks/execute", hook).OK(http.StatusForbidden)
		ofDuplicate.Post("/webhooks", hook).OK(http.StatusForbidden)
	}, testbroker.With(askAllWithKey))
}
