package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestShowHealth_saysHowTheBrokerDoes(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		page := visited(t, b, "/health")
		require.Equal(t, "/health", visited(t, b, "/").with(t, "a", "Health").is("href"))
		found := map[string]string{}
		for _, row := range page.one(t, "tbody").all("tr") {
			found[row.one(t, "th").text()] = row.one(t, "td", "data-th", "How it is").text() + ": " + row.one(t, "td", "data-th", "Found").text()
		}
		for what, said := range map[string]string{"Broker": "Well: Accord ", "Database": "Well: ", "Connections": "Well: ", "Disk": "The database has ", "Backups": "Not set up: ", "Jobs": "Well: 0 due, 0 given up.", "Receivers of webhooks": "Well: ", "Key for secrets": ""} {
			require.Contains(t, found[what], said, what)
		}
		require.NotContains(t, string(b.Visit("/health").Body), "sesame")
	}, testbroker.With(func(s *config.Settings) { s.Backups.Schedule, s.Backups.MaxAge = nil, 0 }))
}

func TestShowHealth_saysWhatToDo(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Backups.MaxAge, s.Backups.To = 1, t.TempDir() }))
	page := visited(t, b, "/health")
	require.True(t, page.has("p", "1 thing to do"))
	require.True(t, page.has("td", "There is none yet."))
}

func TestShowJobs_countsThem(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		require.True(t, visited(t, b, "/jobs").has("h2", "No job yet"))
		b.Post("/webhooks", testbroker.Webhook("http://127.0.0.1/x", "contract_published")).OK()
		b.Pact("Shop", "1").With("Stock")
		row := visited(t, b, "/jobs").one(t, "tbody").one(t, "tr")
		require.Contains(t, row.one(t, "th").text(), "Deliveries of webhooks")
		require.Contains(t, row.one(t, "td", "data-th", "How many").text(), "1 due")
	}, testbroker.With(testbroker.CallingHere))
}

func TestShowSettings_hidesWhatIsSecret(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Given = map[string]config.Given{"port": {Text: "9393", From: "PACT_BROKER_PORT"}, "basic_auth_password": {From: "PACT_BROKER_BASIC_AUTH_PASSWORD"}, "log_level": {Text: "<b>", From: "x"}}
	}))
	page := visited(t, b, "/settings")
	require.Equal(t, len(config.Catalogue()), strings.Count(string(b.Visit("/settings").Body), `data-th="Set by"`))
	values := map[string]string{}
	for _, row := range page.all("tr") {
		if names := row.all("code", "class", "wrapany"); len(row.all("td")) > 0 {
			values[names[0].text()] = row.one(t, "td", "data-th", "Value").text() + " by " + strings.ReplaceAll(row.one(t, "td", "data-th", "Set by").text(), "_ ", "_") // it may be broken there
		}
	}
	require.Equal(t, "9393 by PACT_BROKER_PORT", values["PACT_BROKER_PORT"])
	require.Equal(t, "•••••• by PACT_BROKER_BASIC_AUTH_PASSWORD", values["PACT_BROKER_BASIC_AUTH_PASSWORD"])
	require.Equal(t, "– by default", values["PACT_BROKER_DATABASE_URL"])
	require.Equal(t, "127.0.0.1 by default", values["PACT_BROKER_HOST"])

	require.NotContains(t, page.one(t, "main").text(), "`", "what is code is shown as such")
	require.NotContains(t, page.one(t, "main").text(), "](", "no link is shown as the documentation writes it")

	set := string(b.Visit("/settings?show=set").OK(http.StatusOK).Body)
	require.Equal(t, 3, strings.Count(set, `data-th="Set by"`))
	require.NotContains(t, set, "<b>")
	require.Equal(t, 1, strings.Count(string(b.Visit("/settings?q=BASIC_AUTH_READ_ONLY_USERNAME").Body), `data-th="Set by"`))
	require.True(t, visited(t, b, "/settings?q=nobody").has("h2", "No setting fits"))
}

func TestPagesForOperators_areForThoseWhoAdminister(t *testing.T) {
	b, admin := withPeople(t)
	viewer, boss := person(admin, b, "jo", "viewer"), person(admin, b, "bo", "admin")
	for _, address := range []string{"/health", "/jobs", "/settings"} {
		b.Visit(address, viewer).OK(http.StatusForbidden)
		b.Visit(address, boss).OK(http.StatusOK)
	}
	require.False(t, visited(t, b, "/", viewer).has("a", "Health"))
	require.True(t, visited(t, b, "/", boss).has("a", "Health"))
}
