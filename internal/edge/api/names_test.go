package api_test

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// TestNames_thatNobodySeesAreGivenToNothingNew tries them wherever a request
// makes something with a name.
func TestNames_thatNobodySeesAreGivenToNothingNew(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		pact := b.Pact("Shop", "1").With("Example API").VerifiedBy("1")
		results := b.Get(pact.Path()).Link("pb:publish-verification-results")
		environment := b.Post("/environments", map[string]any{"name": "test", "production": false}).OK(http.StatusCreated).Link("self")
		deployed := "/pacticipants/Shop/versions/1/deployed-versions/environment/" + path.Base(environment)
		for _, name := range []string{"a\u202eb", "a\u200bb", "a\ufeffb", "a\u2066b", "a\u00adb", "a\u3164b", "a\ufe0fb", "a\u2800b", "a\U000e0100b"} {
			escaped := url.PathEscape(name)
			for _, answer := range []testbroker.Response{
				b.Post("/pacticipants", map[string]any{"name": name}),
				b.Post("/pacticipants", map[string]any{"name": "New", "displayName": name}),
				b.Patch("/pacticipants/New", map[string]any{"displayName": name}),
				b.Patch("/pacticipants/Shop", map[string]any{"displayName": name}),
				b.Patch("/pacticipants/Shop", map[string]any{"mainBranch": name}),
				b.Patch("/pacticipants/Shop", map[string]any{"repositoryName": name}),
				b.Patch("/pacticipants/Shop", map[string]any{"repositoryNamespace": name}),
				b.Patch("/pacticipants/Shop", map[string]any{"repositoryUrl": "https://example.org/" + name}),
				b.Put("/pacticipants/Shop", map[string]any{"mainBranch": name}),
				b.Post("/pacticipants", map[string]any{"name": "New", "mainBranch": name}),
				b.Put("/pacticipants/Shop/versions/1", map[string]any{"buildUrl": "https://example.org/" + name}),
				b.Post("/environments", map[string]any{"name": "new", "production": false, "contacts": []any{map[string]any{"name": name}}}),
				b.Put(environment, map[string]any{"name": "test", "production": false, "contacts": []any{map[string]any{"name": name}}}),
				b.Post("/webhooks", described(name)),
				b.Put("/webhooks/a-webhook-of-mine-1", described(name)),
				b.Post("/api/v1/webhooks", map[string]any{"description": name, "events": []string{"version_created"}, "request": map[string]any{"method": "POST", "url": "https://ci.example.org/"}}),
				b.Put("/pacticipants/Shop", map[string]any{"displayName": name}),
				b.Patch("/pacticipants/"+escaped, map[string]any{}),
				b.Put("/pacticipants/"+escaped+"/labels/x", nil),
				b.Put("/pacticipants/Shop/labels/"+escaped, nil),
				b.Put("/pacticipants/Shop/versions/"+escaped, map[string]any{}),
				b.Put("/pacticipants/Shop/versions/1/tags/"+escaped, nil),
				b.Put("/pacticipants/Shop/versions/1", map[string]any{"tags": []any{map[string]any{"name": name}}}),
				b.Put("/pacticipants/Shop/branches/"+escaped+"/versions/1", nil),
				b.Post("/environments", map[string]any{"name": name, "production": false}),
				b.Post("/environments", map[string]any{"name": "new", "displayName": name, "production": false}),
				b.Put(environment, map[string]any{"name": "test", "displayName": name, "production": false}),
				b.Put("/pacts/provider/"+escaped+"/consumer/Shop/version/2", map[string]any{"interactions": []any{}}),
				b.Publish("Shop", "2", name, nil, map[string]any{"Example API": nil}),
				b.Post(results, map[string]any{"success": true, "providerApplicationVersion": name}),
				b.Post(results, map[string]any{"success": true, "providerApplicationVersion": "2", "verifiedBy": map[string]any{"implementation": name}}),
				b.Post(results, map[string]any{"success": true, "providerApplicationVersion": "2", "verifiedBy": map[string]any{"version": name}}),
				b.Post(results, map[string]any{"success": true, "providerApplicationVersion": "2", "verifiedBy": map[string]any{"clientLanguage": map[string]any{"name": name}}}),
				b.Post(deployed, map[string]any{"applicationInstance": name}),
				b.Post(deployed, map[string]any{"target": name}),
				b.Put(environment, map[string]any{"name": "test", "production": false, "contacts": []any{map[string]any{"name": "A", "details": map[string]any{"emailAddress": name}}}}),
				b.Post("/environments", map[string]any{"name": "new", "production": false, "contacts": []any{map[string]any{"name": "A", "email": name}}}),
			} {
				answer.OK(http.StatusBadRequest)
				require.Contains(t, string(answer.Body), "invisible character U+")
			}
			b.Get("/pacticipants/Shop/versions/2").OK(http.StatusNotFound)
			b.Get("/pacticipants/" + escaped).OK(http.StatusNotFound)
		}
	})
}

// A blank of another kind makes a name that looks like another one with a space.
func TestNames_withBlanksThatLookLikeSpacesAreGivenToNothingNew(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Shop", "1").With("Example API")
	environment := b.Environment("test")
	for _, name := range []string{"a\u00a0b", "a\u2003b", "a\u202fb"} {
		escaped := url.PathEscape(name)
		for _, answer := range []testbroker.Response{
			b.Post("/pacticipants", map[string]any{"name": name}),
			b.Put("/pacticipants/Shop/versions/"+escaped, map[string]any{}),
			b.Put("/pacticipants/Shop/versions/1/tags/"+escaped, nil),
			b.Put("/pacticipants/Shop/labels/"+escaped, nil),
			b.Put("/pacticipants/Shop/branches/"+escaped+"/versions/1", nil),
			b.Post("/pacticipants/Shop/versions/1/deployed-versions/environment/"+environment, map[string]any{"applicationInstance": name}),
		} {
			answer.OK(http.StatusBadRequest)
			require.Contains(t, string(answer.Body), "which looks like a space")
		}
		b.Patch("/pacticipants/Shop", map[string]any{"displayName": name}).OK(http.StatusOK)
	}
	b.Put("/pacticipants/Shop/versions/1/tags/"+url.PathEscape("a b"), nil).OK(http.StatusCreated)
	b.Put("/pacticipants/Shop/versions/1/tags/"+url.PathEscape("\u65e5\u3000\u672c"), nil).OK(http.StatusCreated)
}

// described is a webhook with a description.
func described(description string) map[string]any {
	w := testbroker.Webhook("https://ci.example.org/", "contract_published")
	w["description"] = description
	return w
}

func TestNames_ofPeopleAndForPeopleMayHoldEmoji(t *testing.T) {
	b := testbroker.New(t)
	const heart, family = "I \u2764\uFE0F you", "\U0001F469\u200D\U0001F469\u200D\U0001F466"
	for _, text := range []string{heart, family, "\U0001F44D\U0001F3FD"} {
		b.Post("/pacticipants", map[string]any{"name": "Shop", "displayName": text}).OK(http.StatusCreated)
		b.Patch("/pacticipants/Shop", map[string]any{"displayName": text, "repositoryName": text}).OK(http.StatusOK)
		b.Post("/webhooks", described(text)).OK(http.StatusCreated)
	}
	for _, text := range []string{"a\uFE0F", "\u2764\uFE0F\uFE0F", "\u200D\U0001F469", "\U0001F469\u200D", "a\u200Db"} {
		b.Patch("/pacticipants/Shop", map[string]any{"displayName": text}).OK(http.StatusBadRequest)
	}
	b.Put("/pacticipants/Shop/versions/1/tags/"+url.PathEscape(heart), nil).OK(http.StatusBadRequest)
	b.Put("/pacticipants/Shop/versions/1/tags/"+url.PathEscape("\u2764"), nil).OK(http.StatusCreated)
}

func TestAddresses_ofBuildsAndRepositoriesAreNoScriptsAndHaveABound(t *testing.T) {
	b := testbroker.New(t)
	pact := b.Pact("Shop", "1").With("Example API").VerifiedBy("1")
	results := b.Get(pact.Path()).Link("pb:publish-verification-results")
	for _, address := range []string{"javascript:alert(1)", " JavaScript:x", "data:text/html,x", "vbscript:x", "https://ci.example.org/" + strings.Repeat("x", 2000)} {
		publication := map[string]any{"pacticipantName": "Shop", "pacticipantVersionNumber": "2", "buildUrl": address, "contracts": []any{}}
		for _, answer := range []testbroker.Response{
			b.Put("/pacticipants/Shop/versions/1", map[string]any{"buildUrl": address}),
			b.Post("/pacticipants", map[string]any{"name": "New", "repositoryUrl": address}),
			b.Patch("/pacticipants/Shop", map[string]any{"repositoryUrl": address}),
			b.Put("/pacticipants/Shop", map[string]any{"repositoryUrl": address}),
			b.Post("/contracts/publish", publication),
			b.Post(results, map[string]any{"success": true, "providerApplicationVersion": "1", "buildUrl": address}),
		} {
			answer.OK(http.StatusBadRequest)
		}
	}
	b.Patch("/pacticipants/Shop", map[string]any{"repositoryUrl": "git@github.com:example/shop.git"}).OK(http.StatusOK)
	b.Patch("/pacticipants/Shop", map[string]any{"repositoryName": strings.Repeat("x", 501)}).OK(http.StatusBadRequest)
	b.Put("/pacticipants/Shop/versions/1", map[string]any{"buildUrl": "jenkins/job/7"}).OK(http.StatusOK)
}

func TestAnswers_doNotRepeatAllOfALongName(t *testing.T) {
	b := testbroker.New(t)
	long := strings.Repeat("n", 1<<20)
	answer := b.Put("/pacts/provider/B/consumer/A/version/1", map[string]any{"consumer": map[string]any{"name": long}}).OK(http.StatusBadRequest)
	require.Less(t, len(answer.Body), 20_000)
}
