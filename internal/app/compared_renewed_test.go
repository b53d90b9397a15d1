package app_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
)

// outdate makes what was compared the wrong word of older rules.
func outdate(t *testing.T, database *sql.DB) {
	t.Helper()
	for statement := range strings.SplitSeq("UPDATE comparisons SET engine = engine - 100; UPDATE compared SET outcome = 'incompatible'; DELETE FROM comparison_engines", ";") {
		_, err := database.Exec(statement)
		require.NoError(t, err, statement)
	}
}

// Rules of comparison have changed: what is live is compared again by a job when
// the broker starts, once, and the rest when somebody asks.
func TestComparisons_areRenewedAfterAnUpgrade(t *testing.T) {
	eachRestarted(t, func(t *testing.T, r restarted) {
		r.within(func(_ *app.App, address string) {
			require.Equal(t, http.StatusOK, post(t, address+"/contracts/publish", "publish", pactOfShop(t, "Stock")).StatusCode)
			publishOneContract(t, address, "Stock", "promise")
			publishOneContract(t, address, "Stock", "promise again")
		})
		works := func(running *app.App, address string) {
			r.works(running, func() bool { return summarySucceeds(t, address) })
		}
		r.within(works)
		database := r.database()
		outdate(t, database)
		r.within(func(running *app.App, address string) {
			require.False(t, summarySucceeds(t, address), "what older rules have found counts until it is renewed")
			works(running, address)
		})
		outdate(t, database)
		r.within(func(_ *app.App, address string) {
			answer, err := http.Get(address + "/matrix?q[][pacticipant]=Shop&q[][version]=1&q[][pacticipant]=Stock&q[][version]=7")
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, answer.StatusCode)
			require.NoError(t, answer.Body.Close())
			require.True(t, summarySucceeds(t, address), "a question renews what it asks about")
		})
	})
}

// A broker is killed while it renews comparisons: the next one ends what it began, though
// the rules are noted as begun.
func TestComparisons_areRenewedThoughTheBrokerIsKilled(t *testing.T) {
	const providers = 12
	eachRestarted(t, func(t *testing.T, r restarted) {
		r.within(func(_ *app.App, address string) {
			for i := range providers {
				provider := fmt.Sprintf("Stock%d", i)
				require.Equal(t, http.StatusOK, post(t, address+"/contracts/publish", "publish "+provider, pactOfShop(t, provider)).StatusCode)
				publishOneContract(t, address, provider, "promise "+provider)
			}
		})
		database := r.database()
		outdate(t, database)
		renewed := func() (n int) {
			require.NoError(t, database.QueryRow("SELECT count(*) FROM compared WHERE outcome <> 'incompatible'").Scan(&n))
			return n
		}
		t.Setenv(dyingAtWork, "1")
		kill, wait := workingBroker(t, r.settings.Database.URL)
		require.Eventually(t, func() bool { return renewed() > 0 }, 30*time.Second, time.Millisecond)
		kill()
		wait()
		t.Logf("killed after %d of %d", renewed(), providers)
		r.within(func(running *app.App, address string) {
			r.works(running, func() bool { return renewed() == providers && summarySucceeds(t, address) })
		})
	})
}
