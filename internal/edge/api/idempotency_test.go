package api_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testissuer"
)

func keyed(key string) testbroker.Change { return testbroker.Header("Idempotency-Key", key) }

// resultOf publishes a result, which does something new each time.
func resultOf(b *testbroker.Broker, address, version string, changes ...testbroker.Change) testbroker.Response {
	return b.Post(address, testbroker.Object{"success": true, "providerApplicationVersion": version}, changes...)
}

func TestIdempotencyKey_givesTheFirstAnswerAgain(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		address := b.Get(b.Pact("Shop", "1").With("Stock").Path()).OK().Link("pb:publish-verification-results")
		first := resultOf(b, address, "7", keyed("one")).OK(http.StatusCreated)
		require.Empty(t, first.Header.Get("Idempotency-Replayed"))
		again := resultOf(b, address, "7", keyed("one")).OK(http.StatusCreated)
		require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
		require.Equal(t, first.Body, again.Body)
		require.Equal(t, first.Header.Get("Location"), again.Header.Get("Location"))
		require.Equal(t, first.Header.Get("Content-Type"), again.Header.Get("Content-Type"))
		require.NotEqual(t, first.Header.Get("X-Request-Id"), again.Header.Get("X-Request-Id"))
		require.Equal(t, first.Body, resultOf(b, address, "7", keyed(`"one"`)).OK(http.StatusCreated).Body, "the draft has keys in quotes")

		require.NotEqual(t, first.Header.Get("Location"), resultOf(b, address, "7", keyed("two")).OK(http.StatusCreated).Header.Get("Location"))
		require.NotEqual(t, first.Header.Get("Location"), resultOf(b, address, "7").OK(http.StatusCreated).Header.Get("Location"))
	})
}

func TestIdempotencyKey_isForOneRequest(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		create := func(name string, changes ...testbroker.Change) testbroker.Response {
			return b.Post("/pacticipants", testbroker.Object{"name": name}, append(changes, keyed("one"))...)
		}
		create("Shop").OK(http.StatusCreated)
		other := create("Stock", testbroker.Accept("application/hal+json, application/problem+json")).OK(http.StatusUnprocessableEntity)
		require.Contains(t, other.Text("type"), "idempotency-key-reused")
		b.Get("/pacticipants/Stock").OK(http.StatusNotFound)
		b.Post("/environments", testbroker.Object{"name": "Shop"}, keyed("one")).OK(http.StatusUnprocessableEntity, http.StatusBadRequest)
		require.Equal(t, "true", create("Shop").OK(http.StatusCreated).Header.Get("Idempotency-Replayed"))
	})
}

func TestIdempotencyKey_keepsNoFailure(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		uuid := b.Environment("test")
		deploy := func() testbroker.Response {
			return b.Post("/pacticipants/Shop/versions/1/deployed-versions/environment/"+uuid, nil, keyed("one"))
		}
		deploy().OK(http.StatusNotFound)
		b.Version("Shop", "1")
		require.Empty(t, deploy().OK(http.StatusCreated).Header.Get("Idempotency-Replayed"))
		require.Equal(t, "true", deploy().OK(http.StatusCreated).Header.Get("Idempotency-Replayed"))
	})
}

func TestIdempotencyKey_undoesAllOfAFailure(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Publish("Shop", "1", "", nil, map[string]any{"Stock": testbroker.Content("Shop", "Stock", "one")}).OK()
		conflict := b.Publish("Shop", "1", "", nil, map[string]any{
			"Bank": testbroker.Content("Shop", "Bank", "one"), "Stock": testbroker.Content("Shop", "Stock", "two"),
		}, keyed("one"))
		conflict.OK(http.StatusConflict)
		b.Get("/pacticipants/Bank").OK(http.StatusNotFound)
	})
}

func TestIdempotencyKey_refusesWhatIsNoKey(t *testing.T) {
	b := testbroker.New(t)
	for _, key := range []string{" ", strings.Repeat("k", 256), "caf\u00e9", `""`} {
		answer := b.Post("/pacticipants", testbroker.Object{"name": "Shop"}, keyed(key)).OK(http.StatusBadRequest)
		require.Contains(t, string(answer.Body), "Idempotency-Key")
	}
	twice := func(r *http.Request) { r.Header["Idempotency-Key"] = []string{"a", "b"} }
	b.Post("/pacticipants", testbroker.Object{"name": "Shop"}, twice).OK(http.StatusBadRequest)
	empty := func(r *http.Request) { r.Header["Idempotency-Key"] = []string{""} }
	b.Post("/pacticipants", testbroker.Object{"name": "Shop"}, empty).OK(http.StatusBadRequest)
	b.Put("/pacticipants/Shop", testbroker.Object{}, empty).OK(http.StatusNotFound)
}

func TestIdempotencyKey_belongsToItsCaller(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Access = config.Access{Tokens: true, BasicAuth: true, Username: "admin", Password: "sesame"}
	}))
	admin := testbroker.As("admin", "sesame")
	make := func(as testbroker.Change) testbroker.Response {
		return b.Post("/api/v1/tokens", testbroker.Object{"name": "ci", "role": "admin"}, as, keyed("one")).OK(http.StatusCreated)
	}
	first := make(admin)
	other := make(testbroker.Header("Authorization", "Bearer "+first.Text("secret")))
	require.Empty(t, other.Header.Get("Idempotency-Replayed"))
	require.NotEqual(t, first.Text("secret"), other.Text("secret"))
	require.Equal(t, first.Text("secret"), make(admin).Text("secret"), "who lost the answer gets the secret")
}

func TestIdempotencyKey_isForgottenAfterADay(t *testing.T) {
	var clock atomic.Int64
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		create := func() string {
			return b.Post("/environments", testbroker.Object{"name": "test", "production": false}, keyed("one")).Header.Get("Idempotency-Replayed")
		}
		require.Empty(t, create())
		require.Equal(t, "true", create())
		clock.Add(int64(25 * time.Hour))
		require.Empty(t, create())
	}, testbroker.At(func() time.Time { return time.Unix(1_800_000_000, clock.Load()) }))
}

func TestIdempotencyKey_letsOneOfManyDoIt(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		address := b.Get(b.Pact("Shop", "1").With("Stock").Path()).OK().Link("pb:publish-verification-results")
		var group sync.WaitGroup
		answers := make([]testbroker.Response, 8)
		for i := range answers {
			group.Go(func() { answers[i] = resultOf(b, address, "7", keyed("one")) })
		}
		group.Wait()
		made := map[string]bool{}
		for _, answer := range answers {
			answer.OK(http.StatusCreated, http.StatusConflict)
			if answer.Status == http.StatusCreated {
				made[answer.Header.Get("Location")] = true
			}
		}
		require.Len(t, made, 1)
		require.Equal(t, "true", resultOf(b, address, "7", keyed("one")).OK(http.StatusCreated).Header.Get("Idempotency-Replayed"))
	})
}

// Nobody gets the answer that somebody else was given, be they called the same and may
// they do the same: it may hold a secret that is shown once.
func TestIdempotencyKey_isForOneCaller(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		thingsOf(b)
		bearer := func(token testbroker.Response) testbroker.Change {
			return testbroker.Header("Authorization", "Bearer "+token.Text("secret"))
		}
		made := func(owner string, may testbroker.Object) testbroker.Response {
			wanted := testbroker.Object{"name": "ci", "owner": owner}
			maps.Copy(wanted, may)
			return b.Post("/api/v1/tokens", wanted).OK(http.StatusCreated)
		}
		hook := testbroker.Object{"events": []string{"contract_published"}, "consumer": testbroker.Object{"name": "Web"}, "request": testbroker.Object{"method": "POST", "url": "https://example.org"}}
		for _, c := range []struct {
			may     testbroker.Object
			address string
			body    testbroker.Object
		}{
			{testbroker.Object{"role": "developer", "applications": []string{"Web"}}, "/api/v1/webhooks", hook},
			{testbroker.Object{"role": "admin"}, "/api/v1/tokens", testbroker.Object{"name": "new", "role": "viewer"}},
		} {
			token := made("red", c.may)
			callers := []testbroker.Change{bearer(token), bearer(made("blue", c.may))}
			seen := map[string]bool{}
			for _, as := range callers {
				first := guarded.Post(c.address, c.body, as, keyed("k")).OK(http.StatusCreated)
				require.Empty(t, first.Header.Get("Idempotency-Replayed"), c.address)
				again := guarded.Post(c.address, c.body, as, keyed("k")).OK(http.StatusCreated)
				require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"), c.address)
				require.Equal(t, first.Body, again.Body)
				seen[string(first.Body)] = true
			}
			require.Len(t, seen, len(callers), c.address)
			successor := b.Post("/api/v1/tokens/"+token.Text("id")+"/rotate", testbroker.Object{"overlap_seconds": 3600}).OK(http.StatusCreated)
			second := b.Post("/api/v1/tokens/"+successor.Text("id")+"/rotate", testbroker.Object{"overlap_seconds": 0}).OK(http.StatusCreated)
			kept := guarded.Post(c.address, c.body, callers[0], keyed("k")).OK(http.StatusCreated)
			require.Equal(t, kept.Body, guarded.Post(c.address, c.body, bearer(second), keyed("k")).OK(http.StatusCreated).Body, "what took its place goes on for it")
		}
		others := made("red", testbroker.Object{"role": "developer", "applications": []string{"Api"}})
		require.Equal(t, http.StatusForbidden, guarded.Post("/api/v1/webhooks", hook, bearer(others), keyed("k")).Status)
	}, testbroker.With(askAllWithKey))
}

// A pipeline that sends a request again has often a newer token than the first time.
func TestIdempotencyKey_isForAllTokensThatASubjectIsGiven(t *testing.T) {
	issuer := testissuer.New(t)
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		thingsOf(b)
		for _, name := range []string{"web", "others"} {
			b.Post("/api/v1/trust-rules", testbroker.Object{
				"name": name, "issuer": issuer.URL, "audience": name, "role": "developer", "applications": []string{"Web"}, "claims": testbroker.Object{"repository": []string{"octo/*"}},
			}).OK(http.StatusCreated)
		}
		hook := testbroker.Object{"events": []string{"contract_published"}, "consumer": testbroker.Object{"name": "Web"}, "request": testbroker.Object{"method": "POST", "url": "https://example.org"}}
		made := func(rule, subject string) string {
			claims := issuer.Claims(rule, "octo/web")
			claims["sub"] = subject
			given := b.Post("/api/v1/token-exchange", url.Values{
				"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "subject_token": {issuer.Sign(claims)}, "subject_token_type": {"urn:ietf:params:oauth:token-type:jwt"},
			}.Encode(), testbroker.ContentType("application/x-www-form-urlencoded")).OK(http.StatusOK)
			return string(guarded.Post("/api/v1/webhooks", hook, testbroker.Header("Authorization", "Bearer "+given.Text("access_token")), keyed("k")).OK(http.StatusCreated).Body)
		}
		first := made("web", "repo:octo/web:ref:refs/heads/main")
		require.Equal(t, first, made("web", "repo:octo/web:ref:refs/heads/main"))
		require.NotEqual(t, first, made("web", "repo:octo/web:ref:refs/heads/other"))
		require.NotEqual(t, first, made("others", "repo:octo/web:ref:refs/heads/main"), "under another rule")
		unnamed := made("web", "")
		require.NotEqual(t, unnamed, made("web", ""), "whoever has no name is nobody's successor")
	}, testbroker.With(askAllWithKey), testbroker.With(func(s *config.Settings) { s.Access.TrustPrivateHosts = []string{"127.0.0.1"} }))
}
