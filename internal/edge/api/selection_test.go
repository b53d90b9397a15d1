package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

var forVerification = at.PactsForVerification("Stock")

// notices are the texts of the n-th pact's notices after their moments.
func notices(r testbroker.Response, n int) (moments, texts []string) {
	list, _ := r.Find("_embedded", "pacts", n, "verificationProperties", "notices").([]any)
	for i := range list {
		moments = append(moments, r.Text("_embedded", "pacts", n, "verificationProperties", "notices", i, "when"))
		texts = append(texts, r.Text("_embedded", "pacts", n, "verificationProperties", "notices", i, "text"))
	}
	return moments, texts
}

func TestSelectPactsForVerification_tellsWhyAndWhatTheResultMeans(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Shop", "1").Branch("main").With("Stock").DeployedTo("production").DeployedTo("test")
	b.Pact("Shop", "2").Branch("main").With("Stock")
	b.Pact("App", "1").Branch("feat").With("Stock")
	ask := map[string]any{"providerVersionBranch": "main", "includeWipPactsSince": "2020-01-01", "consumerVersionSelectors": []any{map[string]any{"mainBranch": true}, map[string]any{"deployed": true}}}
	r := b.Post(forVerification, ask).OK(http.StatusOK)

	moments, texts := notices(r, 0)
	require.Equal(t, []string{"before_verification", "before_verification", "after_verification:success_true_published_false", "after_verification:success_false_published_false",
		"after_verification:success_true_published_true", "after_verification:success_false_published_true"}, moments)
	require.Contains(t, texts[0], "/pact-version/")
	require.NotContains(t, texts[0], "/metadata/")
	require.Contains(t, texts[0], "it is the contract of\n    * a version of Shop deployed to test, production (1)\n    * the latest version of Shop from its main branch (2)")
	require.Contains(t, texts[1], "pending because Stock on branch 'main' has not verified it")
	_, texts = notices(r, 1)
	require.Contains(t, texts[0], "/metadata/dz10cnVl is work in progress of App (latest from branch feat)")

	b.Pact("Shop", "2").With("Stock").VerifiedBy("7")
	ask["providerVersionBranch"], ask["providerVersionTags"] = "", []string{"a", "b"}
	moments, texts = notices(b.Post(forVerification, ask).OK(http.StatusOK), 0)
	require.Len(t, moments, 6)
	require.Contains(t, texts[1], "Stock with each of the tags 'a', 'b'")
	delete(ask, "providerVersionTags")
	moments, texts = notices(b.Post(forVerification, ask).OK(http.StatusOK), 0)
	require.Equal(t, []string{"before_verification", "before_verification"}, moments)
	require.Contains(t, texts[1], "verified successfully before by Stock. If it fails, the build breaks.")
	moments, texts = notices(b.Get(forVerification).OK(http.StatusOK), 1)
	require.Len(t, moments, 3)
	require.Contains(t, texts[0], "newer version of the Pact library")
}

func TestSelectPactsForVerification_takesBackWhatADeletedResultHadEnded(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		asks := map[string]map[string]any{
			"branch": {"providerVersionBranch": "main"},
			"tag":    {"providerVersionTags": []string{"dev"}},
		}
		work := func(of string) int {
			ask := map[string]any{"includeWipPactsSince": "2020-01-01", "consumerVersionSelectors": []any{map[string]any{"tag": "none"}}}
			for name, value := range asks[of] {
				ask[name] = value
			}
			return len(b.Post(forVerification, ask).OK(http.StatusOK).Find("_embedded", "pacts").([]any))
		}
		pact := b.Pact("Shop", "1").Branch("feat").With("Stock")
		b.Version("Stock", "7", "main")
		b.Tag("Stock", "7", "dev")
		require.Equal(t, []int{1, 1}, []int{work("branch"), work("tag")})
		pact.VerifiedBy("7")
		require.Equal(t, []int{0, 0}, []int{work("branch"), work("tag")})
		result := b.Get(pact.Path() + "/verification-results/latest").OK(http.StatusOK)
		b.Delete(result.Link("self")).OK(http.StatusNoContent)
		require.Equal(t, []int{1, 1}, []int{work("branch"), work("tag")})
	})
}

func TestSelectPactsForVerification_countsASelectorThatIsGivenTwiceOnce(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Shop", "1").Branch("main").Tags("dev").With("Stock")
		for selector, short := range map[string]string{
			`{"branch":"main"}`: "latest from branch main", `{"tag":"dev","latest":true}`: "latest with tag dev",
		} {
			r := b.Post(forVerification, `{"consumerVersionSelectors":[`+selector+`,`+selector+`]}`).OK(http.StatusOK)
			require.Equal(t, short, r.Text("_embedded", "pacts", 0, "shortDescription"))
		}
	})
}

func TestSelectPactsForVerification_addressesStayShort(t *testing.T) {
	b := testbroker.New(t)
	for n := range 60 {
		b.Pact("Shop", fmt.Sprint(n)).Tags("prod").With("Stock")
	}
	r := b.Post(forVerification, map[string]any{"consumerVersionSelectors": []any{map[string]any{"tag": "prod"}}}).OK(http.StatusOK)
	require.Equal(t, 60, strings.Count(r.Text("_embedded", "pacts", 0, "shortDescription"), "one of prod"))
	pact := b.Get(r.Text("_embedded", "pacts", 0, "_links", "self", "href")).OK(http.StatusOK)
	require.Len(t, pact.Find("_links", "pb:consumer-versions"), 50)
	require.Equal(t, "59", pact.Text("_links", "pb:consumer-version", "name"))
}

func TestSelectPactsForVerification_isReading(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Access = config.Access{BasicAuth: true, Username: "w", Password: "w", ReadOnlyUsername: "r", ReadOnlyPassword: "r"}
	}))
	b.Publish("Shop", "1", "", nil, map[string]any{"Stock": nil}, testbroker.As("w", "w")).OK(http.StatusOK)
	b.Post(forVerification, nil, testbroker.As("r", "r")).OK(http.StatusOK)
	b.Post(forVerification, nil).OK(http.StatusUnauthorized)
}

func TestSelectPactsForVerification_refusesBadInput(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b = b.For(t)
		b.Pact("Shop", "1").With("Stock")
		for _, bad := range unwritable {
			if bad.name == "nothing" {
				b.Post(forVerification, bad.body).OK(http.StatusOK)
				continue
			}
			b.Post(forVerification, bad.body, testbroker.ContentType(bad.media)).OK(bad.status)
		}
		for _, nobody := range []string{"Nobody", "%20", "..%2F", strings.Repeat("x", 10_000)} {
			address := "/pacts/provider/" + nobody + "/for-verification"
			b.Post(address, nil).OK(http.StatusNotFound)
			b.Get(address).OK(http.StatusNotFound)
			b.Post(address, `{}`, testbroker.ContentType("text/plain")).OK(http.StatusNotFound)
		}
		for _, name := range []string{"' OR 1=1 --", "%", "\\", `"`, "ü", "$1", "?"} {
			for _, selector := range []map[string]any{{"tag": name}, {"branch": name, "fallbackBranch": name}, {"tag": name, "latest": true}, {"latest": true, "consumer": name}} {
				r := b.Post(forVerification, map[string]any{"providerVersionTags": []string{name}, "includeWipPactsSince": "2099-01-01", "consumerVersionSelectors": []any{selector}}).OK(http.StatusOK)
				require.Empty(t, r.Find("_embedded", "pacts"))
			}
			b.Post(forVerification, map[string]any{"providerVersionBranch": name, "includeWipPactsSince": "2020-01-01"}).OK(http.StatusOK)
			refused := b.Post(forVerification, map[string]any{"consumerVersionSelectors": []any{map[string]any{"environment": name}}}).OK(http.StatusBadRequest)
			require.Contains(t, refused.Text("errors", "consumerVersionSelectors", 0), "does not exist (at index 0)")
		}
		for _, body := range []map[string]any{{"providerVersionTags": []string{"a", " "}}, {"providerVersionTags": []string{"\u200b"}}, {"providerVersionBranch": "\u2060"}} {
			require.Contains(t, string(b.Post(forVerification, body).OK(http.StatusBadRequest).Body), "cannot be blank")
		}
		b.Post("/environments", map[string]any{"name": "production", "production": true}).OK(http.StatusCreated)
		for asked, meant := range map[string]string{"prodution": "production", "Production": "production", "prod": "production", "dev": ""} {
			refused := b.Post(forVerification, map[string]any{"consumerVersionSelectors": []any{map[string]any{"environment": asked}}}).OK(http.StatusBadRequest)
			require.Equal(t, meant != "", strings.Contains(string(refused.Body), "Did you mean 'production'?"), asked)
		}
		b.Get(forVerification + "?include_pending_status=x").OK(http.StatusBadRequest)
		b.Get(forVerification + "?provider_version_tags%5B%5D=%00").OK(http.StatusBadRequest)
	})
}

func TestSelectPactsForVerification_takesManySelectors(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b = b.For(t)
		b.Pact("Shop", "1").Branch("feat/7").With("Stock")
		var selectors []any
		for n := range 20_000 {
			selectors = append(selectors, map[string]any{"branch": fmt.Sprintf("feat/%d", n), "fallbackBranch": "main"})
		}
		r := b.Post(forVerification, map[string]any{"consumerVersionSelectors": selectors}).OK(http.StatusOK)
		require.Equal(t, "latest from branch feat/7", r.Text("_embedded", "pacts", 0, "shortDescription"))
	})
}

// What two selectors find alike is said once, naming both.
func TestSelectPactsForVerification_saysOnceWhatTwoSelectorsFind(t *testing.T) {
	b := testbroker.New(t)
	for _, number := range []string{"1", "2"} {
		b.Pact("Shop", number).Branch("main").With("Stock")
		b.Put("/pacticipants/Shop/versions/"+number+"/tags/dev", nil).OK(http.StatusCreated)
	}
	why := func(selectors string) string {
		answer := b.Post("/pacts/provider/Stock/for-verification", `{"consumerVersionSelectors":`+selectors+`}`).OK(http.StatusOK)
		_, reasons, _ := strings.Cut(answer.Text("_embedded", "pacts", 0, "verificationProperties", "notices", 0, "text"), "\n")
		return reasons
	}
	require.Equal(t, "    * the latest version of Shop from branch main (2), asked for by a selector for all consumers and by one for Shop",
		why(`[{"branch":"main"},{"branch":"main","consumer":"Shop"}]`))
	require.Equal(t, "    * the latest version of Shop (2), asked for by a selector for all consumers and by one for Shop", why(`[{"latest":true},{"latest":true,"consumer":"Shop"}]`))
	short := func(selectors string) string {
		return b.Post("/pacts/provider/Stock/for-verification", `{"consumerVersionSelectors":`+selectors+`}`).OK(http.StatusOK).Text("_embedded", "pacts", 0, "shortDescription")
	}
	require.Equal(t, "latest", short(`[{"latest":true},{"latest":true,"consumer":"Shop"}]`))
	require.Equal(t, "latest from branch main", short(`[{"branch":"main"},{"branch":"main","consumer":"Shop"}]`))
	require.Equal(t, "latest from main branch", short(`[{"mainBranch":true},{"mainBranch":true,"consumer":"Shop"}]`))
	require.Equal(t, "latest, latest with tag dev", short(`[{"latest":true},{"tag":"dev","latest":true},{"tag":"dev","latest":true,"consumer":"Shop"}]`))
	require.Equal(t, "one of dev, one of dev", short(`[{"tag":"dev"}]`), "each version counts, as with the Pact Broker")
	require.Equal(t, "    * versions of Shop with tag dev (1, 2)", why(`[{"tag":"dev"}]`))
	require.Equal(t, "    * the latest version of Shop from branch main (2)\n    * the latest version of Shop from its main branch (2)", why(`[{"mainBranch":true},{"branch":"main"}]`))
}
