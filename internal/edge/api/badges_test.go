package api_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const pactBadge = "/pacts/provider/Led-ger/consumer/Web_Shop/latest/badge"

func svg() testbroker.Change { return testbroker.Accept("image/svg+xml") }

func location(t *testing.T, b *testbroker.Broker, address string) string {
	t.Helper()
	return b.Get(address, svg()).OK(http.StatusTemporaryRedirect).Header.Get("Location")
}

func TestBadges_redirectToTheBadgeService(t *testing.T) {
	b := testbroker.New(t)
	shields := "https://img.shields.io/badge/"
	require.Equal(t, shields+"pact%20not%20found-unknown-lightgrey.svg", location(t, b, pactBadge))
	b.Pact("Web_Shop", "1").Tags("dev").With("Led-ger")
	require.Equal(t, shields+"web__shop%2Fled--ger%20pact-unknown-lightgrey.svg", location(t, b, pactBadge))
	require.Equal(t, shields+"led--ger%20pact-unknown-lightgrey.svg", location(t, b, pactBadge+"?label=provider"))
	require.Equal(t, shields+"ws%2Flg%20pact-unknown-lightgrey.svg", location(t, b, pactBadge+"?initials=true"))
	require.Equal(t, shields+"web__shop%2Fled--ger%20pact-unknown-lightgrey.svg", location(t, b, "/pacts/provider/Led-ger/consumer/Web_Shop/latest/dev/badge"))
	require.Equal(t, shields+"pact%20not%20found-unknown-lightgrey.svg", location(t, b, "/pacts/provider/Led-ger/consumer/Web_Shop/latest-untagged/badge"))
	require.Equal(t, shields+"web__shop%20%28dev%29%2Fled--ger%20%28prod%29%20pact-unknown-lightgrey.svg", location(t, b, "/matrix/provider/Led-ger/latest/prod/consumer/Web_Shop/latest/dev/badge"))
	for address, text := range map[string]string{
		"/pacticipants/Web_Shop/latest-version/dev/can-i-deploy/to/prod/badge":                      "can--i--deploy-dev%20to%20prod-red.svg",
		"/pacticipants/Web_Shop/latest-version/dev/can-i-deploy/to/prod/badge?label=ready":          "ready-dev%20to%20prod-red.svg",
		"/pacticipants/Web_Shop/latest-version/test/can-i-deploy/to/prod/badge":                     "version-not%20found-lightgrey.svg",
		"/pacticipants/Nobody/latest-version/test/can-i-deploy/to/prod/badge":                       "pacticipant-not%20found-lightgrey.svg",
		"/pacticipants/Nobody/main-branch/can-i-merge/badge":                                        "pacticipant-not%20found-lightgrey.svg",
		"/pacticipants/Led-ger/main-branch/can-i-merge/badge":                                       "main%20branch%20version-not%20found-lightgrey.svg",
		"/pacticipants/Nobody/branches/a/latest-version/can-i-deploy/to-environment/prod/badge":     "pacticipant-not%20found-lightgrey.svg",
		"/pacticipants/Web_Shop/branches/a/latest-version/can-i-deploy/to-environment/prod/badge":   "branch-not%20found-lightgrey.svg",
		"/pacticipants/Web_Shop/branches/dev/latest-version/can-i-deploy/to-environment/none/badge": "environment-not%20found-lightgrey.svg",
	} {
		require.Equal(t, shields+text, location(t, b, address), address)
	}
	b.Get(pactBadge, testbroker.Accept("application/json")).OK(http.StatusNotAcceptable)
	require.Equal(t, "no-cache", b.Get(pactBadge+".svg").OK(http.StatusTemporaryRedirect).Header.Get("Cache-Control"))
}

func TestBadges_areDrawnHereWithoutABadgeService(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Badges.ShieldsURL = "" }))
	b.Pact("A --> <b>", "1").Branch("main").With("Ledger")

	picture := b.Get("/pacts/provider/Ledger/consumer/A%20--%3E%20%3Cb%3E/latest/badge", svg()).OK(http.StatusOK)

	require.Equal(t, "image/svg+xml;charset=utf-8", picture.Header.Get("Content-Type"))
	require.Contains(t, string(picture.Body), "<!-- consumer: A - -&gt; &lt;b&gt;, version: 1, revision: 1, provider: Ledger, version: ?, result: ? -->")
	require.Contains(t, string(picture.Body), ">a --&gt; &lt;b&gt;/ledger pact</text>")
	for address, title := range map[string]string{
		"/pacts/provider/Ledger/consumer/Web/latest/dev/badge":                                  "pact not found: unknown",
		"/pacts/provider/Ledger/consumer/Web/latest-untagged/badge":                             "pact not found: unknown",
		"/matrix/provider/Ledger/latest/prod/consumer/Web/latest/dev/badge":                     "pact not found: unknown",
		"/pacticipants/Ledger/latest-version/dev/can-i-deploy/to/prod/badge":                    "version: not found",
		"/pacticipants/Ledger/branches/a/latest-version/can-i-deploy/to-environment/prod/badge": "branch: not found",
	} {
		require.Contains(t, string(b.Get(address, svg()).OK(http.StatusOK).Body), "<title>"+title+"</title>", address)
	}
	merge := b.Get("/pacticipants/A%20--%3E%20%3Cb%3E/main-branch/can-i-merge/badge", svg()).OK(http.StatusOK)
	require.Contains(t, string(merge.Body), "<title>can-i-merge: unknown</title>")
	require.Equal(t, "max-age=30", merge.Header.Get("Cache-Control"))
}

func TestBadges_areFetchedOnceForTheClient(t *testing.T) {
	var asked atomic.Int32
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.EscapedPath() != "/badge/web%2Fledger%20pact-unknown-lightgrey.svg" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = w.Write([]byte("<svg>theirs</svg>"))
	}))
	defer service.Close()
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Badges.ShieldsURL, s.Badges.Proxy = service.URL, true }))
	b.Pact("Web", "1").With("Ledger")
	for range 2 {
		picture := b.Get("/pacts/provider/Ledger/consumer/Web/latest/badge", svg()).OK(http.StatusOK)
		require.Contains(t, string(picture.Body), "-->\n<svg>theirs</svg>")
	}
	require.EqualValues(t, 1, asked.Load())

	other := b.Get("/pacts/provider/Ledger/consumer/Nobody/latest/badge", svg()).OK(http.StatusOK)
	require.Contains(t, string(other.Body), "<title>pact not found: unknown</title>", "a badge service that fails is replaced")
}
