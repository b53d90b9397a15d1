package app_test

import (
	"database/sql"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// restarted is a database on which brokers run one after another.
type restarted struct {
	t            *testing.T
	settings     config.Settings
	driver, data string
}

// eachRestarted runs the test with a database of each kind.
func eachRestarted(t *testing.T, test func(t *testing.T, r restarted)) {
	t.Helper()
	run := func(name, address, driver, data string) {
		t.Run(name, func(t *testing.T) {
			settings := config.Default()
			settings.Database.URL, settings.SeedExampleData = address, false
			test(t, restarted{t, settings, driver, data})
		})
	}
	file := filepath.Join(t.TempDir(), "accord.db")
	run("sqlite", "sqlite://"+file, "sqlite3", file)
	address := testbroker.New(t, testbroker.OnPostgres()).Settings().Database.URL
	run("postgres", address, "pgx", address)
}

// within does something with a broker that does no jobs by itself, and closes it.
func (r restarted) within(do func(running *app.App, address string)) {
	r.t.Helper()
	running, err := app.New(r.t.Context(), r.settings, slog.New(slog.DiscardHandler))
	require.NoError(r.t, err)
	defer func() { require.NoError(r.t, running.Close()) }()
	server := httptest.NewServer(running.Handler())
	defer server.Close()
	do(running, server.URL)
}

// works lets the broker do its jobs until done says so.
func (r restarted) works(running *app.App, done func() bool) {
	r.t.Helper()
	stop, err := running.StartWork(r.t.Context())
	require.NoError(r.t, err)
	defer func() { require.NoError(r.t, stop()) }()
	require.Eventually(r.t, done, time.Minute, 50*time.Millisecond)
}

// database opens the database beside the brokers, until the test ends.
func (r restarted) database() *sql.DB {
	r.t.Helper()
	database, err := sql.Open(r.driver, r.data)
	require.NoError(r.t, err)
	r.t.Cleanup(func() { require.NoError(r.t, database.Close()) })
	return database
}

// pactOfShop is the body with which Shop publishes its contract with the provider.
func pactOfShop(t *testing.T, provider string) testbroker.Object {
	return testbroker.Object{
		"pacticipantName": "Shop", "pacticipantVersionNumber": "1",
		"contracts": []any{testbroker.Object{"consumerName": "Shop", "providerName": provider, "specification": "pact", "contentType": "application/json",
			"content": encoded(t, testbroker.Content("Shop", provider, "one"))}},
	}
}

// publishOneContract publishes a document that keeps what Shop expects.
func publishOneContract(t *testing.T, address, provider, key string) {
	t.Helper()
	document := base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\npaths: {/: {get: {responses: {200: {description: ok}}}}}"))
	require.Equal(t, http.StatusOK, post(t, address+"/provider-contracts/provider/"+provider+"/publish", key, testbroker.Object{
		"pacticipantVersionNumber": "7", "contract": testbroker.Object{"content": document, "selfVerificationResults": testbroker.Object{"success": true}},
	}).StatusCode)
}
