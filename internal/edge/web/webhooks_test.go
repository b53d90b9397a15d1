package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestWebhooks_showWhatWasSentAndSendItAgain(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	defer receiver.Close()
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Webhooks.Hosts, s.Webhooks.Schemes, s.Webhooks.RetrySchedule = []string{"127.0.0.1"}, []string{"http"}, nil
	}))
	require.Contains(t, read(b, "/webhooks"), "No webhook yet")
	hook := b.Post("/api/v1/webhooks", testbroker.Object{"description": "<b>Build</b>", "events": []string{"contract_published"},
		"request": testbroker.Object{"method": "POST", "url": receiver.URL + "/build?token=hidden-token"}}).OK(http.StatusCreated).Find("id").(string)
	page := "/webhooks/" + hook
	require.Contains(t, read(b, "/webhooks"), "&lt;b&gt;Build&lt;/b&gt;")
	require.Contains(t, read(b, page), "Nothing sent yet")
	require.NotContains(t, read(b, page), "hidden-token")

	require.Equal(t, page, b.Submit(page+"/pause", url.Values{}).OK(http.StatusSeeOther).Header.Get("Location"))
	require.Contains(t, read(b, page), "Resume")
	b.Submit(page+"/resume", url.Values{}).OK(http.StatusSeeOther)
	tested := string(b.Submit(page+"/test", url.Values{}).OK(http.StatusOK).Body)
	require.Contains(t, tested, "Test run")
	require.Contains(t, tested, "401")
	require.NotContains(t, tested, "hidden-token")

	b.Work()
	b.Pact("Shop", "1").With("Stock")
	delivery := b.Get("/api/v1/webhook-deliveries").OK(http.StatusOK).Find("items", 0, "id").(string)
	require.Contains(t, read(b, page), "A contract was published: Shop with Stock")
	at := page + "/deliveries/" + delivery
	require.Eventually(t, func() bool { return strings.Contains(read(b, at), "Given up") }, 10*time.Second, 10*time.Millisecond)
	require.Contains(t, read(b, at), "Attempt 1: ")
	require.Equal(t, at, b.Submit(at+"/again", url.Values{}).OK(http.StatusSeeOther).Header.Get("Location"))
	require.Eventually(t, func() bool { return strings.Contains(read(b, at), "Attempt 2: ") }, 10*time.Second, 10*time.Millisecond)
	require.Contains(t, read(b, "/webhooks"), "Given up")
	shown := visited(t, b, at)
	require.Contains(t, shown.one(t, "div", "class", "head").text(), "401", "why it failed stands beside what happened")
	open := []bool{}
	for _, attempt := range shown.one(t, "ol", "class", "tl").all("details") {
		_, is := attempt.attribute("open")
		open = append(open, is)
	}
	require.Equal(t, []bool{true, false}, open, "the newest attempt is the one to read")
	require.NotContains(t, read(b, at), "hidden-token")
	b.Get("/webhooks/another-webhook-of-somebody/deliveries/"+delivery, browser).OK(http.StatusNotFound)
	b.Submit(page+"/deliveries/nothing/again", url.Values{}).OK(http.StatusNotFound)
	b.Submit(page+"/pause", url.Values{}, testbroker.Header("Origin", "https://elsewhere.example")).OK(http.StatusForbidden)
}

func TestWebhooks_areForThoseWhoManageThem(t *testing.T) {
	b, admin := withPeople(t)
	viewer := person(admin, b, "jo", "viewer")
	b.Visit("/webhooks", viewer).OK(http.StatusForbidden)
	b.Submit("/webhooks/0123456789abcdef/pause", url.Values{}, viewer).OK(http.StatusForbidden)
}

// A webhook that is switched off can be switched on, not paused; what it sends, and when,
// stands there in words.
func TestShowWebhook_switchesOn(t *testing.T) {
	b, _ := company(t)
	const page = "/webhooks/verify-the-contracts-of-payments"
	buttons := func() []string { return texts(visited(t, b, page).one(t, "div", "class", "head").all("button")) }
	require.Equal(t, []string{"Switch on", "Send a test"}, buttons())
	settings := visited(t, b, page).one(t, "section", "aria-labelledby", "set").text()
	require.Contains(t, settings, "A contract needs a result")
	require.Contains(t, settings, "What was written for this webhook")
	require.Equal(t, page, b.Submit(page+"/switch-on", url.Values{}).OK(http.StatusSeeOther).Header.Get("Location"))
	require.Equal(t, []string{"Pause", "Send a test"}, buttons())
	require.Equal(t, true, b.Get("/api/v1"+page).OK(http.StatusOK).Find("enabled"))
	b.Submit("/webhooks/nothing/switch-on", url.Values{}).OK(http.StatusNotFound)
}
