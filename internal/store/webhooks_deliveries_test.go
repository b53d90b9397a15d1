package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testrandom"
	"github.com/accord-broker/accord/internal/webhooks"
)

// sent is a delivery as the test remembers it.
type sent struct {
	uuid, webhook, consumer, provider, subject string
	event                                      events.Type
	status                                     webhooks.Status
	at                                         time.Time
}

// addWebhook keeps a webhook and returns what is stored of it.
func addWebhook(t *testing.T, db *store.DB, uuid string) webhooks.Stored {
	t.Helper()
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		require.NoError(t, tx.AddWebhook(ctx, webhooks.Stored{Webhook: webhooks.Webhook{
			UUID: uuid, Enabled: true, Events: []events.Type{events.ContractPublished}, Format: webhooks.Template, Request: webhooks.Request{Method: "POST", URL: "https://ci.example/" + uuid},
		}}))
	})
	kept, found, err := db.Webhook(context.Background(), uuid)
	require.NoError(t, err)
	require.True(t, found)
	return kept
}

// deliver keeps deliveries about the pacts of Shop with Stock and Mail, and about no
// pact at all, each a second later than the one before.
func deliver(t *testing.T, db *store.DB, count int) []sent {
	t.Helper()
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	db.SetClock(func() time.Time { return clock })
	w := world{t, db}
	w.publish("Shop", "1", "one", "Stock", "Mail")
	hooks := []webhooks.Stored{addWebhook(t, db, "webhook-of-the-shop"), addWebhook(t, db, "webhook-of-nobody-"), addWebhook(t, db, "webhook-to-be-gone-")}
	random := testrandom.New(t)
	var all []sent
	for i := range count {
		clock = clock.Add(time.Second)
		hook := pick(random, hooks)
		s := sent{
			uuid: fmt.Sprintf("d-%03d", i), webhook: hook.Webhook.UUID, subject: pick(random, []string{"Shop", "Stock", "prod"}), at: clock,
			event: pick(random, []events.Type{events.ContractPublished, events.VerificationPublished, events.DeploymentRecorded}), status: pick(random, []webhooks.Status{webhooks.NotRun, webhooks.Success, webhooks.Failure, webhooks.Retrying}),
		}
		provider := pick(random, []string{"Stock", "Mail", ""})
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			added := webhooks.NewTriggered{UUID: s.uuid, WebhookID: hook.ID, Event: s.event, Fact: events.Fact{ID: s.uuid, Type: s.event, Subject: s.subject, Time: clock}, Context: webhooks.Context{Cause: events.Cause{RequestID: "request " + s.uuid}}}
			if provider != "" {
				s.consumer, s.provider = "Shop", provider
				p := version(t, ctx, tx, provider, "7")
				pact, found, err := tx.Publication(ctx, version(t, ctx, tx, "Shop", "1").ID, p.PacticipantID)
				require.NoError(t, err)
				require.True(t, found)
				added.Publication = pact
			}
			require.NoError(t, tx.AddTriggered(ctx, added))
			if s.status != webhooks.NotRun {
				recorded, err := tx.RecordExecution(ctx, s.uuid, 1, s.status, webhooks.Execution{Success: s.status == webhooks.Success, Logs: "log of " + s.uuid, Reason: "because"})
				require.NoError(t, err)
				require.True(t, recorded)
			}
		})
		all = append(all, s)
	}
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		require.NoError(t, tx.RemoveWebhook(ctx, "webhook-to-be-gone-"))
	})
	for i := range all {
		if all[i].webhook == "webhook-to-be-gone-" {
			all[i].webhook = ""
		}
	}
	return all
}

func TestListDeliveries_isWhatGoingThroughAllOfThemFinds(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		all := deliver(t, db, 80)
		random := testrandom.New(t)
		flip := func() bool { return random.IntN(3) == 0 }
		for range 250 {
			f := webhooks.DeliveryQuery{OldestFirst: flip(), WithWebhook: flip(), Limit: 1 + random.IntN(100)}
			if flip() {
				f.Webhook = pick(random, []string{"webhook-of-the-shop", "webhook-of-nobody-", "webhook-to-be-gone-", "none"})
			}
			if flip() {
				f.Event = pick(random, []events.Type{events.ContractPublished, events.DeploymentRecorded, "none"})
			}
			if flip() {
				f.Application = pick(random, []string{"Shop", "Mail", "prod", "shop"})
			}
			if flip() {
				f.Applications = pick(random, [][]string{{}, {"Mail"}, {"Stock", "prod"}, {"none"}})
			}
			if flip() {
				f.Consumer = pick(random, []string{"Shop", "Stock"})
			}
			if flip() {
				f.Provider = pick(random, []string{"Mail", "Stock"})
			}
			if flip() {
				f.Statuses = pick(random, [][]webhooks.Status{{webhooks.Failure}, {webhooks.Success, webhooks.NotRun}})
			}
			if flip() {
				f.Since = all[random.IntN(len(all))].at
			}
			if flip() {
				f.Until = all[random.IntN(len(all))].at
			}
			want := []string{}
			for _, s := range all {
				is := func(name string) bool { return s.consumer == name || s.provider == name || s.subject == name }
				if (f.Webhook == "" || s.webhook == f.Webhook) && (!f.WithWebhook || s.webhook != "") && (f.Event == "" || s.event == f.Event) && (f.Application == "" || is(f.Application)) &&
					(f.Applications == nil || slices.ContainsFunc(f.Applications, is)) && (f.Consumer == "" || s.consumer == f.Consumer) && (f.Provider == "" || s.provider == f.Provider) &&
					(f.Statuses == nil || slices.Contains(f.Statuses, s.status)) && (f.Since.IsZero() || !s.at.Before(f.Since)) && (f.Until.IsZero() || s.at.Before(f.Until)) {
					want = append(want, s.uuid)
				}
			}
			if !f.OldestFirst {
				slices.Reverse(want)
			}
			got := []string{}
			for { // page by page
				page, err := db.ListDeliveries(context.Background(), f)
				require.NoError(t, err)
				require.LessOrEqual(t, len(page), f.Limit)
				for _, d := range page {
					got, f.Beyond = append(got, d.UUID), d.ID
				}
				if len(page) < f.Limit {
					break
				}
			}
			require.Equal(t, want, got, "%+v", f)
		}
	})
}

func TestTriggered_tellsAllOfADelivery(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		all := deliver(t, db, 20)
		newest := map[string]string{}
		for _, s := range all {
			newest[s.webhook] = s.uuid
			d, attempts, found, err := db.Triggered(ctx, s.uuid)
			require.NoError(t, err)
			require.True(t, found)
			require.Equal(t, []any{s.webhook, s.event, s.subject, s.consumer, s.provider, s.status, "request " + s.uuid}, []any{d.Webhook, d.Event, d.Subject, d.Consumer, d.Provider, d.Status, d.RequestID})
			require.Equal(t, s.at, d.TriggeredAt)
			if s.status == webhooks.NotRun {
				require.Empty(t, attempts)
				require.Zero(t, d.Attempts)
				continue
			}
			require.Len(t, attempts, 1)
			require.Equal(t, "log of "+s.uuid, attempts[0].Logs)
			require.Equal(t, "because", d.Reason)
			if s.webhook != "" {
				require.Equal(t, "ci.example:443", d.Receiver)
			}
		}
		_, _, found, err := db.Triggered(ctx, "none")
		require.NoError(t, err)
		require.False(t, found)
		got, err := db.NewestDeliveries(ctx, []string{"webhook-of-the-shop", "webhook-of-nobody-", "webhook-to-be-gone-", "never"})
		require.NoError(t, err)
		require.Len(t, got, 2)
		for uuid, d := range got {
			require.Equal(t, newest[uuid], d.UUID)
		}
		caused, err := db.TriggeredByRequest(ctx, "request "+all[3].uuid, 10)
		require.NoError(t, err)
		require.Len(t, caused, 1)
		require.Equal(t, all[3].uuid, caused[0].UUID)
		none, err := db.TriggeredByRequest(ctx, "", 10)
		require.NoError(t, err)
		require.Empty(t, none, "a request without an id has caused nothing")
		mail, _, err := db.FindPacticipant(ctx, "Mail")
		require.NoError(t, err)
		write(t, db, func(ctx context.Context, tx *store.Tx) { require.NoError(t, tx.RemovePacticipant(ctx, mail)) })
		left, err := db.ListDeliveries(ctx, webhooks.DeliveryQuery{Limit: 100})
		require.NoError(t, err)
		for _, d := range left {
			require.NotEqual(t, "Mail", d.Provider, "those about what was deleted are gone")
		}
		require.Len(t, left, len(slices.DeleteFunc(slices.Clone(all), func(s sent) bool { return s.provider == "Mail" })))
	})
}

// An attempt counts once, a delivery waits only while its webhook is paused, and begins
// anew only when it has ended.
func TestDeliveries_goThroughTheirStatesOnceEach(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		hook := addWebhook(t, db, "webhook-of-the-shop")
		const uuid = "d-1"
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			require.NoError(t, tx.AddTriggered(ctx, webhooks.NewTriggered{UUID: uuid, WebhookID: hook.ID, Event: events.ContractPublished, Fact: events.Fact{Subject: "Shop"}}))
		})
		do := func(name string, want bool, fn func(ctx context.Context, tx *store.Tx) (bool, error)) {
			t.Helper()
			write(t, db, func(ctx context.Context, tx *store.Tx) {
				got, err := fn(ctx, tx)
				require.NoError(t, err, name)
				require.Equal(t, want, got, name)
			})
		}
		record := func(attempt int, status webhooks.Status) func(context.Context, *store.Tx) (bool, error) {
			return func(ctx context.Context, tx *store.Tx) (bool, error) {
				return tx.RecordExecution(ctx, uuid, attempt, status, webhooks.Execution{Success: status == webhooks.Success, Logs: fmt.Sprint(attempt)})
			}
		}
		restart := func(ctx context.Context, tx *store.Tx) (bool, error) {
			d, restarted, err := tx.RestartDelivery(ctx, uuid)
			if restarted {
				require.Equal(t, d.Attempts, d.RoundStart, "its attempts are counted anew")
				require.Equal(t, webhooks.Retrying, d.Status)
			}
			return restarted, err
		}
		hold := func(attempts int) func(context.Context, *store.Tx) (bool, error) {
			return func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.PauseDelivery(ctx, uuid, attempts) }
		}
		paused := func(is bool) {
			t.Helper()
			write(t, db, func(ctx context.Context, tx *store.Tx) { require.NoError(t, tx.SetPaused(ctx, hook.ID, is)) })
		}
		do("not while it was never tried", false, restart)
		do("the second before the first", false, record(2, webhooks.Retrying))
		do("the first", true, record(1, webhooks.Retrying))
		do("the first again", false, record(1, webhooks.Failure))
		do("not while it is tried", false, restart)
		do("not held while its webhook is not paused", false, hold(1))
		paused(true)
		do("not held for another attempt", false, hold(0))
		do("held", true, hold(1))
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			released, err := tx.ReleaseDeliveries(ctx, hook.ID)
			require.NoError(t, err)
			require.Len(t, released, 1)
			released, err = tx.ReleaseDeliveries(ctx, hook.ID)
			require.NoError(t, err)
			require.Empty(t, released, "once")
		})
		paused(false)
		do("the last", true, record(2, webhooks.Failure))
		do("anew", true, restart)
		do("not twice", false, restart)
		do("what comes then", true, record(3, webhooks.Success))
		do("anew although it went well", true, restart)
		do("and well again", true, record(4, webhooks.Success))
		d, attempts, _, err := db.Triggered(ctx, uuid)
		require.NoError(t, err)
		require.Equal(t, []any{4, 3, webhooks.Success}, []any{d.Attempts, d.RoundStart, d.Status})
		logs := []string{}
		for _, a := range attempts {
			logs = append(logs, a.Logs)
		}
		require.Equal(t, "1 2 3 4", strings.Join(logs, " "))
		write(t, db, func(ctx context.Context, tx *store.Tx) { require.NoError(t, tx.RemoveWebhook(ctx, hook.Webhook.UUID)) })
		do("not without its webhook", false, restart)
	})
}

func TestFacts_areReadForwardsAndBackwardsAlike(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		db.SetClock(func() time.Time { return clock })
		random := testrandom.New(t)
		types := []events.Type{events.ContractPublished, events.TagAdded, events.BranchCreated}
		names := []string{"Shop", "Stock", "ä'\"%_"}
		type announced struct {
			what  events.Type
			about []string
			at    time.Time
		}
		var all []announced
		for range 60 {
			clock = clock.Add(time.Millisecond)
			write(t, db, func(ctx context.Context, tx *store.Tx) {
				for range 1 + random.IntN(3) {
					f := announced{pick(random, types), []string{pick(random, names), pick(random, names)}, clock}
					require.NoError(t, tx.Announce(ctx, events.Fact{Type: f.what, Subject: f.about[0], Data: events.Data{Consumer: f.about[0], Provider: f.about[1]}}))
					all = append(all, f)
				}
			})
		}
		for range 120 {
			q := events.Query{Limit: 1 + random.IntN(20)}
			if random.IntN(2) == 0 {
				q.Types = types[:1+random.IntN(3)]
			}
			if random.IntN(2) == 0 {
				q.Applications = pick(random, [][]string{{}, {"Shop"}, {"Stock", "ä'\"%_"}, {"none"}})
			}
			if random.IntN(3) == 0 {
				q.Since = all[random.IntN(len(all))].at
			}
			if random.IntN(3) == 0 {
				q.Until = all[random.IntN(len(all))].at
			}
			want := []int64{}
			for i, f := range all {
				isAbout := func(name string) bool { return slices.Contains(f.about, name) }
				if (q.Types == nil || slices.Contains(q.Types, f.what)) && (q.Applications == nil || slices.ContainsFunc(q.Applications, isAbout)) && (q.Since.IsZero() || !f.at.Before(q.Since)) && (q.Until.IsZero() || f.at.Before(q.Until)) {
					want = append(want, int64(i+1))
				}
			}
			forwards, backwards := []int64{}, []int64{}
			for {
				page, err := db.FactsAfter(ctx, q)
				require.NoError(t, err)
				for _, f := range page.Facts {
					forwards = append(forwards, f.Position)
				}
				q.After = page.Position
				if len(page.Facts) < q.Limit {
					require.Equal(t, int64(len(all)), page.Position, "who has read all goes on behind all")
					break
				}
			}
			q.After = 0
			for before := int64(0); ; {
				page, err := db.NewestFacts(ctx, q, before)
				require.NoError(t, err)
				for _, f := range page {
					backwards, before = append(backwards, f.Position), f.Position
				}
				if len(page) < q.Limit {
					break
				}
			}
			require.Equal(t, want, forwards, "%+v", q)
			slices.Reverse(backwards)
			require.Equal(t, want, backwards, "%+v", q)
		}
	})
}
