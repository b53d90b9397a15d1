package web_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// Whoever has never seen a contract broker finds on the first page who would break.
func TestHome_leadsToThoseWhoWouldBreak(t *testing.T) {
	b, _ := company(t)
	home := visited(t, b, "/")
	ask := url.Values(home.one(t, "form", "action", "/affected").form())
	require.Contains(t, []string{"customer-accounts", "payments", "stock"}, ask.Get("provider"), "the one that most need is offered first")
	require.Equal(t, "/pacticipants/payments#cp", open(b, "/affected?provider=payments").Header().Get("Location"))
	page := visited(t, b, "/pacticipants/payments")
	require.Equal(t, "#cp", page.with(t, "a", "3 consumers rely on it").is("href"))
	require.True(t, page.has("p", "back-office, checkout-web and order-service would break if payments no longer did what they need."))
	require.NotEmpty(t, page.all("h2", "id", "cp"))

	require.True(t, visited(t, b, "/pacticipants/mobile-app").has("span", "No consumer relies on it"))
	require.Equal(t, "/search?q=paymets", open(b, "/affected?provider=paymets").Header().Get("Location"))
	require.Equal(t, http.StatusSeeOther, open(b, "/affected").Code)
}

func TestHome_offersManyProvidersByName(t *testing.T) {
	b := testbroker.New(t)
	require.False(t, visited(t, b, "/").has("label", "Which consumers would break if"))
	for i := range 61 {
		b.Pact("Web", "1").With(fmt.Sprintf("provider-%02d", i))
	}
	for i := range 5 {
		b.Pact(fmt.Sprintf("app-%d", i), "1").With("provider-07")
	}
	require.Len(t, visited(t, b, "/").one(t, "datalist", "id", "providers").all("option"), 61)
	require.True(t, visited(t, b, "/pacticipants/provider-07").has("p", "app-0, app-1, app-2 and 3 more would break if provider-07"))
}

// The badge that an application offers to copy is shown as it looks now, from the broker
// itself.
func TestApplication_showsTheBadgeThatItOffers(t *testing.T) {
	b, _ := company(t)
	for application, color := range map[string]string{"payments": "#2c7d32", "checkout-web": "#b3261e"} {
		picture := visited(t, b, "/pacticipants/"+application).one(t, "section", "aria-labelledby", "bd").one(t, "img")
		drawn, found := strings.CutPrefix(picture.is("src"), "data:image/svg+xml;base64,")
		require.True(t, found, picture.is("src"))
		text, err := base64.StdEncoding.DecodeString(drawn)
		require.NoError(t, err)
		require.Contains(t, string(text), "main to production")
		require.Contains(t, string(text), color, application)
	}
	require.Empty(t, visited(t, b, "/pacticipants/card-gateway").all("img"), "it has no version")
}
