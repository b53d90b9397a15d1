package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	address "github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const (
	at       = address.Base("")
	extended = "application/vnd.pactbrokerextended.v1+json"
)

// passed is the smallest report of a success.
func passed(version string) map[string]any {
	return map[string]any{"success": true, "providerApplicationVersion": version}
}

// resultsOf is the address to which results for the pact are sent.
func resultsOf(b *testbroker.Broker, p *testbroker.Pact) string {
	return b.Get(p.Path()).OK(http.StatusOK).Link("pb:publish-verification-results")
}

func TestPublishVerificationResult_isFoundInEveryForm(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b = b.For(t)
		pact := b.Pact("Käse/Brot", "1").With("Ware house")
		results := resultsOf(b, pact)
		published := b.Post(results, map[string]any{
			"success": false, "providerApplicationVersion": "7+x/y", "buildUrl": "https://ci/1", "verificationDate": "2026-11-21T10:00:00.5+01:00",
			"testResults": map[string]any{"tests": []string{"ü"}},
			"verifiedBy":  map[string]any{"implementation": "x", "version": "1", "clientLanguage": map[string]any{"name": "go", "version": "1.26", "testFramework": "testing"}},
		}).OK(http.StatusCreated)

		require.Equal(t, published.Link("self"), published.Header.Get("Location"))
		require.Equal(t, "2026-11-21T09:00:00+00:00", published.Text("verificationDate"))
		require.Equal(t, map[string]any{"implementation": "x", "version": "1", "client_implementation": "go", "client_version": "1.26", "client_test_framework": "testing"}, published.Find("verifiedBy"))
		for _, media := range []string{"application/hal+json", "application/json"} {
			shown := b.Get(published.Link("self"), testbroker.Accept(media)).OK(http.StatusOK)
			require.Equal(t, media+";charset=utf-8", shown.Header.Get("Content-Type"))
			require.Equal(t, published.JSON(), shown.JSON())
		}
		shown := b.Get(published.Link("self"), testbroker.Accept(extended)).OK(http.StatusOK)
		require.Equal(t, []any{}, shown.Find("_embedded", "tags"))
		b.Get(published.Link("pb:pact-version")).OK(http.StatusOK)
		b.Get(published.Link("self"), testbroker.Accept("text/html")).OK(http.StatusNotAcceptable)
	})
}

func TestShowLatestResult_ofContentVersionAndLatestPact(t *testing.T) {
	b := testbroker.New(t)
	one := b.Pact("Shop", "1").Tags("dev").Saying(testbroker.Content("Shop", "Stock", "one")).With("Stock")
	latest := []string{resultsOf(b, one) + "/latest", one.Path() + "/verification-results/latest", at.LatestResult("Stock", "Shop"), at.LatestResultWithTag("Stock", "Shop", "dev")}
	for _, href := range latest {
		b.Get(href).OK(http.StatusNotFound)
	}
	one.VerifiedBy("7").FailedBy("8")
	for _, href := range latest {
		require.Equal(t, "8", b.Get(href).OK(http.StatusOK).Text("providerApplicationVersion"), href)
	}
	two := b.Pact("Shop", "2").Tags("prod").Saying(testbroker.Content("Shop", "Stock", "two")).With("Stock").VerifiedBy("9")
	for href, want := range map[string]string{
		latest[0]: "8", latest[1]: "8", latest[2]: "9", latest[3]: "8", two.Path() + "/verification-results/latest": "9",
		at.LatestResultWithTag("Stock", "Shop", "prod"): "9",
	} {
		require.Equal(t, want, b.Get(href).OK(http.StatusOK).Text("providerApplicationVersion"), href)
	}
	for _, missing := range []string{at.LatestResultWithTag("Stock", "Shop", "none"), at.LatestResult("Stock", "Nobody"), at.LatestResult("Nobody", "Shop"),
		at.LatestResultOfPact("Stock", "Shop", "3"), at.LatestResultOfContent("Stock", "Shop", "abc")} {
		b.Get(missing).OK(http.StatusNotFound)
		if strings.Contains(missing, "/pact-version/") || strings.Contains(missing, "/version/") {
			b.Delete(missing).OK(http.StatusNotFound)
		}
	}
}

func TestDeleteVerificationResult_bringsThePreviousOneBack(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b = b.For(t)
		pact := b.Pact("Shop", "1").With("Stock").VerifiedBy("7").FailedBy("7")
		content := resultsOf(b, pact)
		verdict := at.Matrix() + "?" + strings.NewReplacer("[", "%5B", "]", "%5D").Replace("q[][pacticipant]=Shop&q[][version]=1&q[][pacticipant]=Stock&q[][version]=7&latestby=cvpv")
		require.Equal(t, false, b.Get(verdict).OK(http.StatusOK).Find("summary", "deployable"))

		b.Delete(b.Get(content + "/latest").OK(http.StatusOK).Link("self")).OK(http.StatusNoContent)

		require.Equal(t, true, b.Get(content+"/latest").OK(http.StatusOK).Find("success"))
		require.Equal(t, true, b.Get(verdict).OK(http.StatusOK).Find("summary", "deployable"))
		b.Delete(content + "/latest").OK(http.StatusNoContent)
		require.Nil(t, b.Get(verdict).OK(http.StatusOK).Find("summary", "deployable"))
		b.Delete(content + "/latest").OK(http.StatusNotFound)
		pact.VerifiedBy("7")
		b.Delete(pact.Path() + "/verification-results/latest").OK(http.StatusNoContent)
		b.Get(pact.Path() + "/verification-results/latest").OK(http.StatusNotFound)
	})
}

func TestVerificationResults_throughAnAddressWithMetadata(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Shop", "1").With("Stock")
	b.Pact("Shop", "2").With("Stock")
	published := b.Post(resultsOf(b, &testbroker.Pact{Consumer: "Shop", Version: "1", Provider: "Stock"}), passed("7")).OK(http.StatusCreated)
	pact := b.Get(published.Link("pb:pact-version")).OK(http.StatusOK)
	require.Equal(t, "2", pact.Text("_links", "pb:consumer-versions", 0, "name"), "the newest with the content")
	results := pact.Link("pb:publish-verification-results")
	require.Contains(t, results, "/metadata/")

	published = b.Post(results, passed("8")).OK(http.StatusCreated)
	require.NotContains(t, published.Link("self"), "/metadata/")
	number := published.Link("self")[strings.LastIndex(published.Link("self"), "/"):]
	require.Equal(t, "8", b.Get(results+number).OK(http.StatusOK).Text("providerApplicationVersion"))
	b.Delete(results + number).OK(http.StatusNoContent)
	b.Get(results + number).OK(http.StatusNotFound)
	b.Delete(results + number).OK(http.StatusNotFound)
	b.Post(strings.Replace(results, "/pact-version/", "/pact-version/0", 1), passed("8")).OK(http.StatusNotFound)
	b.Post(results, map[string]any{"success": true}).OK(http.StatusBadRequest)
}

func TestShowVerificationResult_namesNothingElse(t *testing.T) {
	b := testbroker.New(t)
	results := resultsOf(b, b.Pact("Shop", "1").With("Stock").VerifiedBy("7"))
	other := resultsOf(b, b.Pact("App", "1").Saying(testbroker.Content("App", "Stock", "x")).With("Stock").VerifiedBy("7"))
	number := strings.TrimPrefix(b.Get(other+"/latest").Link("self"), other)
	for _, missing := range []string{results + number, results + "/x", results + "/99999999999999999999", results + "/-1", results + "/1.0"} {
		b.Get(missing).OK(http.StatusNotFound)
		b.Delete(missing).OK(http.StatusNotFound)
	}
	require.Contains(t, b.Get(results+"/all").OK(http.StatusNotFound).Text("error"), at.MatrixOf("Stock", "Shop"))
}

func TestShowVerificationSummary_ofEachPactOfTheVersion(t *testing.T) {
	b := testbroker.New(t)
	for _, provider := range []string{"bank", "Ledger", "Mail"} {
		b.Publish("Shop", "1", "main", nil, map[string]any{provider: nil})
	}
	of := at.ResultsOfConsumerVersion("Shop", "1")
	pact := func(provider string) *testbroker.Pact { return b.Pact("Shop", "1").With(provider) }
	require.Equal(t, map[string]any{"successful": []any{}, "failed": []any{}, "unknown": []any{"bank", "Ledger", "Mail"}}, b.Get(of).OK(http.StatusOK).Find("providerSummary"))
	pact("Ledger").VerifiedBy("7")
	pact("Mail").FailedBy("3")
	summary := b.Get(of).OK(http.StatusOK)
	require.Equal(t, map[string]any{"successful": []any{"Ledger"}, "failed": []any{"Mail"}, "unknown": []any{"bank"}}, summary.Find("providerSummary"))
	require.Equal(t, false, summary.Find("success"))
	pact("Mail").VerifiedBy("3")
	pact("bank").VerifiedBy("5")
	require.Equal(t, true, b.Get(of).OK(http.StatusOK).Find("success"))
	b.Get(at.ResultsOfConsumerVersion("Shop", "2")).OK(http.StatusNotFound)
	b.Get(at.ResultsOfConsumerVersion("Nobody", "1")).OK(http.StatusNotFound)
}

// unwritable are request bodies and types that no route may accept or break on.
var unwritable = []struct {
	name, body, media string
	status            int
}{
	{"nothing", "", "application/json", http.StatusBadRequest},
	{"no JSON", "{no json", "application/json", http.StatusBadRequest},
	{"a list", "[]", "application/json", http.StatusBadRequest},
	{"a text", `"x"`, "application/json", http.StatusBadRequest},
	{"null", "null", "application/json", http.StatusBadRequest},
	{"not UTF-8", "{\"success\":\"\xff\xfe\"}", "application/json", http.StatusBadRequest},
	{"UTF-16", "\xff\xfe{\x00}\x00", "application/json", http.StatusBadRequest},
	{"deep", strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000), "application/json", http.StatusBadRequest},
	{"a form", "success=true&providerApplicationVersion=1", "application/x-www-form-urlencoded", http.StatusUnsupportedMediaType},
	{"text", `{"success":true,"providerApplicationVersion":"1"}`, "text/plain", http.StatusUnsupportedMediaType},
	{"no type", `{"success":true,"providerApplicationVersion":"1"}`, "", http.StatusUnsupportedMediaType},
}

func TestPublishVerificationResult_refusesBadInput(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b = b.For(t)
		results := resultsOf(b, b.Pact("Shop", "1").With("Stock"))
		for _, bad := range unwritable {
			b.Post(results, bad.body, testbroker.ContentType(bad.media)).OK(bad.status)
		}
		b.Post(results, `{"success":true,"success":false,"providerApplicationVersion":"1"}`).OK(http.StatusBadRequest)
		for version, field := range map[string]string{"\x00": "providerApplicationVersion", strings.Repeat("x", 10_000): "providerApplicationVersion", "\u0085": "providerApplicationVersion"} {
			refused := b.Post(results, passed(version)).OK(http.StatusBadRequest)
			require.NotNil(t, refused.Find("errors", field))
		}
		b.Get(results + "/latest").OK(http.StatusNotFound)
		for _, name := range []string{"%00", "..", "%2e%2e", strings.Repeat("x", 10_000), "%FF", url.PathEscape("' OR 1=1 --")} {
			b.Post("/pacts/provider/"+name+"/consumer/Shop/pact-version/abc/verification-results", passed("1")).OK(http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity)
			b.Post("/pacts/provider/Stock/consumer/Shop/pact-version/"+name+"/verification-results", passed("1")).OK(http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity)
			b.Post("/pacts/provider/Stock/consumer/Shop/pact-version/abc/metadata/"+name+"/verification-results", passed("1")).OK(http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity)
		}
	})
}

// Whoever follows a link from a pipeline's log reads a text.
func TestShowVerificationResult_asATextForPeople(t *testing.T) {
	b := testbroker.New(t)
	pact := b.Pact("Web", "1").With("Ledger")
	published := b.Post(b.Get(pact.Path()).Link("pb:publish-verification-results"), map[string]any{
		"success": false, "providerApplicationVersion": "10", "buildUrl": "https://ci.test/10",
		"testResults": map[string]any{"tests": []any{map[string]any{"interactionDescription": "a get", "interactionProviderState": "full", "status": "failed"}}},
	}).OK(http.StatusCreated)
	text := b.Get(published.Link("self")+".txt", testbroker.Accept("text/html,*/*;q=0.8")).OK(http.StatusOK)
	require.Equal(t, "text/plain;charset=utf-8", text.Header.Get("Content-Type"))
	require.Contains(t, string(text.Body), "Ledger 10 fails the contract of Web 1.\n\nVerified: ")
	require.Contains(t, string(text.Body), "\nBuild:    https://ci.test/10\n\nFailed: a get (full)\n")
	b.Get("/matrix/provider/Ledger/consumer/Web.txt", testbroker.Accept("text/html,*/*;q=0.8")).OK(http.StatusOK)

	b.Put("/pacticipants/Web/versions/1/tags/dev", nil).OK(http.StatusCreated)
	table := string(b.Get("/pacticipants/Web/versions.txt").OK(http.StatusOK).Body)
	require.Regexp(t, `^VERSION \| CREATED +\| BRANCHES \| TAGS\n[-|]+\n1 +\| 2.* \| dev +\| dev\n$`, table)
}
