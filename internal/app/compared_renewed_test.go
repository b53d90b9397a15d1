package app_test

import (
	"database/sql"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// outdated makes what was compared the wrong word of older rules.
const outdated = "UPDATE comparisons SET engine = engine - 100; UPDATE compared SET outcome = 'incompatible'; DELETE FROM comparison_engines"

// Rules of comparison have changed: what is live is compared again by a job when
// the broker starts, once, and the rest when somebody asks.
func TestComparisons_areRenewedAfterAnUpgrade(t *testing.T) {
	for name, databaseOf := range map[string]func(t *testing.T) (address, driver, data string){
		"sqlite": func(t *testing.T) (string, string, string) {
			file := filepath.Join(t.TempDir(), "accord.db")
			return "sqlite://" + file, "sqlite3", file
		},
		"postgres": func(t *testing.T) (string, string, string) {
			address := testbroker.New(t, testbroker.OnPostgres()).Settings().Database.URL
			return address, "pgx", address
		},
	} {
		t.Run(name, func(t *testing.T) {
			settings := config.Default()
			address, driver, data := databaseOf(t)
			settings.Database.URL, settings.SeedExampleData = address, false
			within := func(do func(running *app.App, address string)) {
				running, err := app.New(t.Context(), settings, slog.New(slog.DiscardHandler))
				require.NoError(t, err)
				defer func() { require.NoError(t, running.Close()) }()
				server := httptest.NewServer(running.Handler())
				defer server.Close()
				do(running, server.URL)
			}
			age := func() {
				database, err := sql.Open(driver, data)
				require.NoError(t, err)
				defer func() { require.NoError(t, database.Close()) }()
				for statement := range strings.SplitSeq(outdated, ";") {
					_, err := database.Exec(statement)
					require.NoError(t, err, statement)
				}
			}
			document := base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\npaths: {/: {get: {responses: {200: {description: ok}}}}}"))
			within(func(_ *app.App, address string) {
				require.Equal(t, http.StatusOK, post(t, address+"/contracts/publish", "publish", testbroker.Object{
					"pacticipantName": "Shop", "pacticipantVersionNumber": "1",
					"contracts": []any{testbroker.Object{"consumerName": "Shop", "providerName": "Stock", "specification": "pact", "contentType": "application/json",
						"content": encoded(t, testbroker.Content("Shop", "Stock", "one"))}},
				}).StatusCode)
				require.Equal(t, http.StatusOK, post(t, address+"/provider-contracts/provider/Stock/publish", "promise", testbroker.Object{
					"pacticipantVersionNumber": "7", "contract": testbroker.Object{"content": document, "selfVerificationResults": testbroker.Object{"success": true}},
				}).StatusCode)
				require.Equal(t, http.StatusOK, post(t, address+"/provider-contracts/provider/Stock/publish", "promise again", testbroker.Object{
					"pacticipantVersionNumber": "7", "contract": testbroker.Object{"content": document, "selfVerificationResults": testbroker.Object{"success": true}},
				}).StatusCode)
			})
			works := func(running *app.App, address string) {
				stop, err := running.StartWork(t.Context())
				require.NoError(t, err)
				defer func() { require.NoError(t, stop()) }()
				require.Eventually(t, func() bool { return summarySucceeds(t, address) }, 30*time.Second, 50*time.Millisecond)
			}
			within(works)
			age()
			within(func(running *app.App, address string) {
				require.False(t, summarySucceeds(t, address), "what older rules have found counts until it is renewed")
				works(running, address)
			})
			age()
			within(func(_ *app.App, address string) {
				answer, err := http.Get(address + "/matrix?q[][pacticipant]=Shop&q[][version]=1&q[][pacticipant]=Stock&q[][version]=7")
				require.NoError(t, err)
				require.Equal(t, http.StatusOK, answer.StatusCode)
				require.NoError(t, answer.Body.Close())
				require.True(t, summarySucceeds(t, address), "a question renews what it asks about")
			})
		})
	}
}

// A broker is killed while it renews comparisons: the next one ends what it began, though
// the rules are noted as begun.
func TestComparisons_areRenewedThoughTheBrokerIsKilled(t *testing.T) {
	const providers = 12
	for name, databaseOf := range map[string]func(t *testing.T) (address, driver, data string){
		"sqlite": func(t *testing.T) (string, string, string) {
			file := filepath.Join(t.TempDir(), "accord.db")
			return "sqlite://" + file, "sqlite3", file
		},
		"postgres": func(t *testing.T) (string, string, string) {
			address := testbroker.New(t, testbroker.OnPostgres()).Settings().Database.URL
			return address, "pgx", address
		},
	} {
		t.Run(name, func(t *testing.T) {
			settings := config.Default()
			address, driver, data := databaseOf(t)
			settings.Database.URL, settings.SeedExampleData = address, false
			within := func(do func(running *app.App, address string)) {
				running, err := app.New(t.Context(), settings, slog.New(slog.DiscardHandler))
				require.NoError(t, err)
				defer func() { require.NoError(t, running.Close()) }()
				server := httptest.NewServer(running.Handler())
				defer server.Close()
				do(running, server.URL)
			}
			document := base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\npaths: {/: {get: {responses: {200: {description: ok}}}}}"))
			within(func(_ *app.App, address string) {
				for i := range providers {
					provider := fmt.Sprintf("Stock%d", i)
					require.Equal(t, http.StatusOK, post(t, address+"/contracts/publish", "publish "+provider, testbroker.Object{
						"pacticipantName": "Shop", "pacticipantVersionNumber": "1",
						"contracts": []any{testbroker.Object{"consumerName": "Shop", "providerName": provider, "specification": "pact", "contentType": "application/json",
							"content": encoded(t, testbroker.Content("Shop", provider, "one"))}},
					}).StatusCode)
					require.Equal(t, http.StatusOK, post(t, address+"/provider-contracts/provider/"+provider+"/publish", "promise "+provider, testbroker.Object{
						"pacticipantVersionNumber": "7", "contract": testbroker.Object{"content": document, "selfVerificationResults": testbroker.Object{"success": true}},
					}).StatusCode)
				}
			})
			database, err := sql.Open(driver, data)
			require.NoError(t, err)
			defer func() { require.NoError(t, database.Close()) }()
			for statement := range strings.SplitSeq(outdated, ";") {
				_, err := database.Exec(statement)
				require.NoError(t, err, statement)
			}
			renewed := func() (n int) {
				require.NoError(t, database.QueryRow("SELECT count(*) FROM compared WHERE outcome <> 'incompatible'").Scan(&n))
				return n
			}
			t.Setenv(dyingAtWork, "1")
			kill, wait := workingBroker(t, settings.Database.URL)
			require.Eventually(t, func() bool { return renewed() > 0 }, 30*time.Second, time.Millisecond)
			kill()
			wait()
			t.Logf("killed after %d of %d", renewed(), providers)
			within(func(running *app.App, address string) {
				stop, err := running.StartWork(t.Context())
				require.NoError(t, err)
				defer func() { require.NoError(t, stop()) }()
				require.Eventually(t, func() bool { return renewed() == providers && summarySucceeds(t, address) }, 60*time.Second, 50*time.Millisecond)
			})
		})
	}
}
