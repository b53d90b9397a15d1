package app_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/testing/pactbrokerdb"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const (
	hookPath    = "/webhooks/WMXDWEDSDEvZGlKJi5rnew"
	hookEdited  = `UPDATE webhooks SET url = 'https://ci.example/new', password = 'bmV3', headers = '{"content-type":"text/plain","authorization":"Bearer other"}' WHERE id = 71`
	hookStopped = "UPDATE webhooks SET enabled = FALSE WHERE id = 71"
)

// toldOfWebhooks are the reasons for which webhooks are not what they are in the source.
func toldOfWebhooks(outcome app.ImportOutcome) (reasons []archive.Reason) {
	for _, l := range outcome.Imported.LeftOut {
		if l.Kind == archive.KindWebhook {
			reasons = append(reasons, l.Reason)
		}
	}
	return reasons
}

func hookURL(b *testbroker.Broker) string { return b.Get(hookPath).OK().Text("request", "url") }

func TestImport_webhooksFollowTheSourceUntilTheSwitch(t *testing.T) {
	first, edited := pactBroker(t, pactbrokerdb.SQLite), pactBroker(t, pactbrokerdb.SQLite, hookEdited)
	stopped, deleted := pactBroker(t, pactbrokerdb.SQLite, hookEdited, hookStopped), pactBroker(t, pactbrokerdb.SQLite, "DELETE FROM webhook_events", "DELETE FROM webhooks")
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		importedFrom(t, b, first)
		outcome := importedFrom(t, b, edited)
		_, changed := changedOf(outcome.Imported, archive.KindWebhook)
		require.Equal(t, int64(1), changed)
		require.Equal(t, "https://ci.example/new", hookURL(b))
		require.Equal(t, "text/plain", b.Get(hookPath).OK().Text("request", "headers", "content-type"))
		require.Empty(t, toldOfWebhooks(outcome))
		_, changed = changedOf(importedFrom(t, b, edited).Imported, archive.KindWebhook)
		require.Zero(t, changed, "it has caught up")

		for _, gone := range []struct {
			source string
			reason archive.Reason
		}{{stopped, archive.WebhookDisabled}, {deleted, archive.WebhookDeleted}} {
			outcome = importedFrom(t, b, edited)
			require.Equal(t, int64(1), outcome.Imported.WebhooksToEnable, "it is there again")
			outcome = importedFrom(t, b, gone.source)
			require.Zero(t, outcome.Imported.WebhooksToEnable)
			require.Equal(t, []archive.Reason{gone.reason}, toldOfWebhooks(outcome))
			requireEnabled(t, b, 0)
			require.Equal(t, toldOfWebhooks(outcome), toldOfWebhooks(importedFrom(t, b, gone.source)), "it is told each time")
		}
		importedFrom(t, b, edited)
		requireEnabled(t, b, 1)
		require.Equal(t, true, b.Get(hookPath).OK().Find("enabled"))
	}, testbroker.With(withKey))
}

// Whoever deletes a webhook here does not want it to come again with the next import.
func TestImport_leavesWebhooksAwayThatWereDeletedHere(t *testing.T) {
	first, edited := pactBroker(t, pactbrokerdb.SQLite), pactBroker(t, pactbrokerdb.SQLite, hookEdited)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		importedFrom(t, b, first)
		b.Delete(hookPath).OK(http.StatusNoContent)
		for _, source := range []string{first, edited} {
			planned := importedFrom(t, b, source, dry)
			require.Zero(t, planned.Imported.WebhooksToEnable)
			require.Len(t, planned.LeftOut(), 1)
			require.Equal(t, archive.WebhookDeletedHere, planned.LeftOut()[0].Reason)
			outcome := importedFrom(t, b, source)
			require.Equal(t, []archive.Reason{archive.WebhookDeletedHere}, toldOfWebhooks(outcome))
			b.Get(hookPath).OK(http.StatusNotFound)
			requireEnabled(t, b, 0)
		}
		importedFrom(t, b, edited, func(r *app.ImportRequest) { r.OnConflict = app.TakeOnConflict })
		require.Equal(t, "https://ci.example/new", hookURL(b))
		requireEnabled(t, b, 1)
	}, testbroker.With(withKey))
}

func TestImport_leavesWebhooksThatWereChangedOrEnabledHere(t *testing.T) {
	first, edited := pactBroker(t, pactbrokerdb.SQLite), pactBroker(t, pactbrokerdb.SQLite, hookEdited)
	stopped := pactBroker(t, pactbrokerdb.SQLite, hookStopped)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		importedFrom(t, b, first)
		hook := testbroker.Webhook("https://ci.example/here", "contract_published")
		hook["enabled"], hook["provider"] = false, testbroker.Object{"name": "Stock"}
		b.Put(hookPath, hook).OK(http.StatusOK)
		require.Empty(t, toldOfWebhooks(importedFrom(t, b, first)), "the source has not changed")
		require.Equal(t, "https://ci.example/here", hookURL(b))

		planned := importedFrom(t, b, edited, func(r *app.ImportRequest) { r.DryRun = true })
		require.Len(t, planned.Plan.Conflicts, 1)
		require.Equal(t, archive.WebhookChanged, planned.Plan.Conflicts[0].Reason)
		require.Equal(t, []archive.Reason{archive.WebhookChanged}, toldOfWebhooks(importedFrom(t, b, edited)))
		require.Equal(t, "https://ci.example/here", hookURL(b))
		importedFrom(t, b, stopped)
		requireEnabled(t, b, 0)

		importedFrom(t, b, edited, func(r *app.ImportRequest) { r.OnConflict = app.TakeOnConflict })
		require.Equal(t, "https://ci.example/new", hookURL(b))
		requireEnabled(t, b, 1)
		require.Len(t, toldOfWebhooks(importedFrom(t, b, first)), 1, "it sends from here now")
		require.Equal(t, "https://ci.example/new", hookURL(b))
		require.Equal(t, true, b.Get(hookPath).OK().Find("enabled"))
		require.Empty(t, toldOfWebhooks(importedFrom(t, b, pactBroker(t, pactbrokerdb.SQLite, hookEdited, hookStopped))), "that the source sends no more is as it should be")
		require.Equal(t, true, b.Get(hookPath).OK().Find("enabled"))
	}, testbroker.With(withKey))
}
