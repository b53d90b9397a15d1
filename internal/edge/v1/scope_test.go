package v1_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// A script that computes its lists and finds nothing must not get a right for everything.
func TestScope_isRefusedWhereOnlyEmptyListsAreSent(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		rule := func() testbroker.Object {
			return testbroker.Object{"name": "web", "issuer": "https://ci.example", "audience": "broker", "role": "viewer", "claims": testbroker.Object{"repository": []string{"octo/web"}}}
		}
		ruleAt := "/api/v1/trust-rules/" + b.Post("/api/v1/trust-rules", rule()).OK(http.StatusCreated).Text("id")
		userAt := "/api/v1/users/" + b.Post("/api/v1/users", testbroker.Object{"name": "jo", "role": "viewer"}).OK(http.StatusCreated).Text("id")
		for name, test := range map[string]struct {
			body func() testbroker.Object
			send func(body testbroker.Object) testbroker.Response
		}{
			"a token":    {func() testbroker.Object { return testbroker.Object{"name": "ci", "role": "developer"} }, func(o testbroker.Object) testbroker.Response { return b.Post("/api/v1/tokens", o) }},
			"a rule":     {rule, func(o testbroker.Object) testbroker.Response { return b.Post("/api/v1/trust-rules", o) }},
			"that rule":  {rule, func(o testbroker.Object) testbroker.Response { return b.Put(ruleAt, o) }},
			"a secret":   {func() testbroker.Object { return testbroker.Object{"value": "hush", "hosts": []string{"ci.example"}} }, func(o testbroker.Object) testbroker.Response { return b.Put("/api/v1/secrets/key", o) }},
			"a person":   {func() testbroker.Object { return testbroker.Object{"name": "di", "role": "developer"} }, func(o testbroker.Object) testbroker.Response { return b.Post("/api/v1/users", o) }},
			"the person": {func() testbroker.Object { return testbroker.Object{"role": "developer"} }, func(o testbroker.Object) testbroker.Response { return b.Put(userAt, o) }},
		} {
			for _, list := range []string{"applications", "labels", "teams"} {
				body := test.body()
				body[list] = []string{}
				refused := test.send(body).OK(http.StatusBadRequest)
				require.Contains(t, string(refused.Body), "leave it out for all applications", name)
				require.Contains(t, string(refused.Body), list, name)
			}
			some := test.body()
			some["applications"], some["labels"], some["teams"] = []string{"Web"}, []string{}, []string{}
			require.Equal(t, false, test.send(some).OK(http.StatusOK, http.StatusCreated).Find("all_applications"), "%s: what an answer shows can be sent", name)
		}
		require.Equal(t, true, b.Post("/api/v1/tokens", testbroker.Object{"name": "all", "role": "developer"}).OK(http.StatusCreated).Find("all_applications"))
	}, testbroker.With(func(s *config.Settings) { s.Secrets.Key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=" }))
}
