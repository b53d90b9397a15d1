package api_test

import (
	"net/http"
	"path"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// What the Terraform provider pactflow/pact sends and keeps in its state. It follows
// no links: it knows the addresses, and takes a webhook's uuid from the link to it.
// A plan is empty when reading gives what was written.

// asTerraform sends what each of the provider's requests carries.
func asTerraform(t *testing.T, b *testbroker.Broker) *testbroker.Broker {
	t.Helper()
	token := makeToken(b.Always(testbroker.As("admin", "sesame")), access.Admin, "all")
	return b.Always(
		testbroker.Header("Authorization", "Bearer "+token),
		testbroker.Header("User-Agent", "terraform-pact/0.13.0"),
		testbroker.Accept("application/hal+json, application/json"),
	)
}

// eachForTerraform runs a test on both databases, with access switched on.
func eachForTerraform(t *testing.T, test func(t *testing.T, b *testbroker.Broker)) {
	t.Helper()
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		test(t, asTerraform(t, b))
	}, testbroker.With(func(s *config.Settings) {
		askAll(s)
		s.Secrets.Key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	}))
}

// kept are the fields that the provider compares with its state.
func kept(r testbroker.Response, names ...string) testbroker.Object {
	found := testbroker.Object{}
	for _, name := range names {
		if value := r.Find(name); value != nil {
			found[name] = value
		}
	}
	return found
}

func TestTerraform_application(t *testing.T) {
	eachForTerraform(t, func(t *testing.T, b *testbroker.Broker) {
		written := testbroker.Object{"name": "terraform-client", "repositoryUrl": "https://git.example/terraform", "mainBranch": "main", "displayName": "terraform client"}
		b.Post("/pacticipants", written).OK(http.StatusCreated)
		read := func() testbroker.Object {
			return kept(b.Get("/pacticipants/terraform-client").OK(http.StatusOK), "name", "repositoryUrl", "mainBranch", "displayName")
		}
		require.Equal(t, written, read(), "the plan is empty")

		written["mainBranch"], written["displayName"] = "trunk", "Terraform"
		b.Patch("/pacticipants/terraform-client", written, testbroker.ContentType("application/json")).OK(http.StatusOK)
		require.Equal(t, written, read(), "the plan is empty after the change")

		b.Delete("/pacticipants/terraform-client").OK(http.StatusNoContent)
		b.Get("/pacticipants/terraform-client").OK(http.StatusNotFound)
		b.Delete("/pacticipants/terraform-client").OK(http.StatusNotFound)
	})
}

func TestTerraform_environment(t *testing.T) {
	for what, teams := range map[string]any{"no teams": nil, "an empty list of teams": []any{}, "teams of another broker": []any{"6d746ad5-919f-49e3-84c0-648cafc5d912"}} {
		t.Run(what, func(t *testing.T) {
			eachForTerraform(t, func(t *testing.T, b *testbroker.Broker) {
				written := testbroker.Object{"name": "production", "displayName": "Production", "production": true, "teamUuids": teams}
				made := b.Post("/environments", written).OK(http.StatusCreated)
				address := "/environments/" + made.Text("uuid")
				read := func() testbroker.Object {
					return kept(b.Get(address).OK(http.StatusOK), "name", "displayName", "production")
				}
				require.Equal(t, testbroker.Object{"name": "production", "displayName": "Production", "production": true}, read())

				written["displayName"], written["production"] = "Not production", false
				changed := b.Put(address, written).OK(http.StatusOK)
				require.Equal(t, made.Text("uuid"), changed.Text("uuid"))
				require.Equal(t, testbroker.Object{"name": "production", "displayName": "Not production", "production": false}, read())

				b.Delete(address).OK(http.StatusNoContent)
				b.Get(address).OK(http.StatusNotFound)
			})
		})
	}
}

func TestTerraform_webhook(t *testing.T) {
	eachForTerraform(t, func(t *testing.T, b *testbroker.Broker) {
		for _, name := range []string{"orders-web", "orders-api"} {
			b.Post("/pacticipants", testbroker.Object{"name": name}).OK(http.StatusCreated)
		}
		request := testbroker.Object{
			"method": "POST", "url": "https://ci.example/build", "username": "ci", "password": "hush",
			"headers": testbroker.Object{"X-Content-Type": "application/json"}, "body": testbroker.Object{"pact": "${pactbroker.pactUrl}"},
		}
		written := testbroker.Object{
			"description": "build the provider", "enabled": true, "provider": testbroker.Object{"name": "orders-api"}, "consumer": testbroker.Object{"name": "orders-web"},
			"events": []any{testbroker.Object{"name": "contract_content_changed"}}, "request": request,
			"teamUuid": "607fba87-8209-4aff-a7d3-d8e9f92b94c2",
		}
		made := b.Post("/webhooks", written).OK(http.StatusCreated)
		address := "/webhooks/" + path.Base(made.Text("_links", "self", "href"))
		read := func() testbroker.Response { return b.Get(address).OK(http.StatusOK) }
		require.Equal(t, testbroker.Object{"description": "build the provider", "enabled": true, "events": written["events"]}, kept(read(), "description", "enabled", "events"))
		require.Equal(t, "orders-api", read().Find("provider", "name"))
		require.Equal(t, "orders-web", read().Find("consumer", "name"))
		require.Equal(t, request["body"], read().Find("request", "body"))
		require.Equal(t, request["url"], read().Find("request", "url"))
		require.Equal(t, "ci", read().Find("request", "username"))
		require.NotContains(t, string(read().Body), "hush", "a password is never read back")
		for name, link := range read().Find("_links").(testbroker.Object) {
			require.IsType(t, testbroker.Object{}, link, "%s: the provider reads every link as one link", name)
		}

		delete(request, "password") // the provider sends it when it has changed
		request["body"] = testbroker.Object{"pact": "${pactbroker.pactUrl}", "why": "${pactbroker.eventName}"}
		b.Put(address, written).OK(http.StatusOK)
		require.Equal(t, request["body"], read().Find("request", "body"))
		require.Equal(t, "ci", read().Find("request", "username"))

		delete(written, "enabled") // false is left out
		delete(written, "consumer")
		b.Put(address, written).OK(http.StatusOK)
		require.Nil(t, read().Find("consumer"))

		b.Delete(address).OK(http.StatusNoContent)
		b.Get(address).OK(http.StatusNotFound)
	})
}

func TestTerraform_metadataAndWhatOnlyPactFlowHas(t *testing.T) {
	eachForTerraform(t, func(t *testing.T, b *testbroker.Broker) {
		require.NotEmpty(t, b.Get("/").OK(http.StatusOK).Find("_links"))
		for _, address := range []string{"/admin/teams", "/admin/roles", "/admin/users/invite-user", "/admin/system-accounts", "/secrets"} {
			answer := b.Do(http.MethodPost, address, testbroker.Object{"name": "x"})
			require.Equal(t, http.StatusNotFound, answer.Status, address)
			require.NotEmpty(t, answer.Body, "%s: what is missing is said", address)
		}
		require.Equal(t, http.StatusNotFound, b.Get("/settings/tokens").Status)
	})
}

func TestTerraform_refusalsAreInTheFormsThatItReads(t *testing.T) {
	eachForTerraform(t, func(t *testing.T, b *testbroker.Broker) {
		nameless := b.Post("/pacticipants", testbroker.Object{"displayName": "nobody"}).OK(http.StatusBadRequest)
		require.NotEmpty(t, nameless.Find("errors", "name", 0))
		lost := b.Post("/webhooks", testbroker.Object{"events": []any{testbroker.Object{"name": "contract_content_changed"}}, "request": testbroker.Object{"method": "POST"}}).OK(http.StatusBadRequest)
		require.NotEmpty(t, lost.Find("errors", "request.url", 0))
		stranger := testbroker.Header("Authorization", "Bearer 1234")
		require.Equal(t, http.StatusUnauthorized, b.Get("/pacticipants/x", stranger).Status)
	})
}
