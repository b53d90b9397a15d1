package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/webhooks"
)

// webhooksPage lists what the broker tells others, and whether they heard it.
type webhooksPage struct {
	frame
	// Team has no options where there are no teams; Of is the name of the one that is
	// asked for.
	Team  choice
	Of    string
	Rows  []webhookRow
	Older string
	// Secrets is where they are.
	Secrets string
}

type webhookRow struct {
	Webhook link
	Scope   string
	Events  []string
	Last    word
	LastAt  moment
}

// webhookPage shows one webhook and what it has sent.
type webhookPage struct {
	frame
	Name, Scope string
	Row         webhookRow
	Request     string
	Format      string
	SignedBy    int
	Changed     moment
	On          bool
	Paused      bool
	Form        string
	Deliveries  []deliveryRow
	Asked       deliveriesAsked
	Statuses    []statusLink
	Event       choice
	// Team has no options where there are no teams; Of is the name of the one that is
	// asked for.
	Team  choice
	Of    string
	Older string
	// Replay is where all that are listed are sent again, "" if none can be.
	Replay string
	Keys   []keyRow
	// Fresh is the secret of a key that was just made; it is shown this once.
	Fresh string
	// Tested is what came of a test run, nil unless one was just made.
	Tested *attemptShown
}

// keyRow is a key with which a webhook signs what it sends.
type keyRow struct {
	ID     string
	Made   moment
	Remove string
}

type deliveryRow struct {
	Address string
	State   word
	What    string
	Reason  string
	At      moment
}

// deliveryPage shows one delivery with its attempts, the newest first.
type deliveryPage struct {
	frame
	deliveryRow
	Webhook  link
	Attempts []attemptShown
	// Again is where a form sends it once more, "" if that is not possible.
	Again string
}

type attemptShown struct {
	Number int
	State  word
	Reason string
	At     moment
	Log    string
	// Open tells that the log is shown without being asked for.
	Open bool
}

// How many webhooks and deliveries are on a page.
const (
	webhooksShown   = 25
	deliveriesShown = 25
)

var deliveryStates = map[webhooks.Status]word{
	webhooks.NotRun: {Kind: "unsure", Icon: "wait", Word: "About to be sent"}, webhooks.Retrying: {Kind: "unsure", Icon: "wait", Word: "Will be tried again"},
	webhooks.Success: {Kind: "yes", Icon: "yes", Word: "Delivered"}, webhooks.Failure: {Kind: "no", Icon: "no", Word: "Given up"},
}

func stateOf(t webhooks.Triggered) word {
	if t.Paused {
		return word{Icon: "none", Word: "Waits: the webhook is paused"}
	}
	return deliveryStates[t.Status]
}

func (w *Web) showWebhooks(c *gin.Context) error {
	var after int64
	if text, _ := edge.QueryValue(c, "after"); text != "" {
		var err error
		if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < 1 {
			return fault.InvalidField("after", "must be a whole number greater than or equal to 1")
		}
	}
	team, err := w.askedTeam(c)
	if err != nil {
		return err
	}
	which := webhooks.DetailedQuery{After: after, Limit: webhooksShown + 1}
	if team.Team != nil {
		which.Of = webhooks.SideOf(team.Applications, team.Team.Labels)
	}
	found, err := w.services.Webhooks.ListDetailed(c.Request.Context(), which)
	if err != nil {
		return err
	}
	shown := webhooksPage{frame: w.frame(c, "Webhooks", "/webhooks"), Team: team.Choice, Of: team.name(), Secrets: here(c).Path("/secrets")}
	if len(found) > webhooksShown {
		found = found[:webhooksShown]
		query := url.Values{"after": {strconv.FormatInt(found[webhooksShown-1].ID, 10)}}
		if shown.Of != "" {
			query.Set("team", shown.Of)
		}
		shown.Older = "?" + query.Encode()
	}
	uuids := make([]string, len(found))
	for i, one := range found {
		uuids[i] = one.UUID
	}
	newest, err := w.services.Deliveries.NewestDeliveries(c.Request.Context(), uuids)
	if err != nil {
		return err
	}
	for _, one := range found {
		shown.Rows = append(shown.Rows, w.webhookRow(c, one.Webhook, newest))
	}
	return w.show(c, "webhooks.html", shown)
}

// webhookRow is a webhook in the list, with the newest of what it has sent.
func (w *Web) webhookRow(c *gin.Context, hook webhooks.Webhook, newest map[string]webhooks.Triggered) webhookRow {
	row := webhookRow{Webhook: link{hook.Name(), webhookAt(c, hook.UUID)}, Scope: hook.Scope(), Events: eventsOf(hook)}
	row.Last = word{Icon: "none", Word: "Nothing sent yet"}
	if last, sent := newest[hook.UUID]; sent {
		row.Last, row.LastAt = stateOf(last), moments{w.services.Now()}.ago(last.UpdatedAt)
	}
	switch {
	case hook.Paused:
		row.Last = word{Icon: "none", Word: "Paused"}
	case !hook.Enabled:
		row.Last = word{Icon: "none", Word: "Switched off"}
	}
	return row
}

func webhookAt(c *gin.Context, uuid string) string { return here(c).Path("/webhooks/" + uuid) }

func eventsOf(hook webhooks.Webhook) []string {
	words := make([]string, len(hook.Events))
	for i, event := range hook.Events {
		words[i] = eventText(string(event))
	}
	return words
}

// eventText says in words what an event tells.
func eventText(event string) string {
	for _, e := range eventChoices {
		if e.Name == event {
			return e.Text
		}
	}
	return strings.ReplaceAll(event, "_", " ")
}

// formats say in words what a webhook sends.
var formats = map[webhooks.Format]string{webhooks.Template: "What was written for this webhook", webhooks.CloudEvents: "The event itself, in the JSON form of CloudEvents"}

func (w *Web) showWebhook(c *gin.Context) error {
	shown, err := w.webhookPage(c, edge.Param(c, "uuid"))
	if err != nil {
		return err
	}
	return w.show(c, "webhook.html", shown)
}

func (w *Web) webhookPage(c *gin.Context, uuid string) (webhookPage, error) {
	ctx, m := c.Request.Context(), moments{w.services.Now()}
	hook, err := w.services.Webhooks.ShowDetailed(ctx, uuid)
	if err != nil {
		return webhookPage{}, err
	}
	shown := webhookPage{
		frame: w.frame(c, hook.Name(), "/webhooks", entry{Text: "Webhooks", Address: here(c).Path("/webhooks")}, entry{Text: hook.Name()}),
		Name:  hook.Name(), Scope: hook.Scope(), Row: w.webhookRow(c, hook.Webhook, nil), Request: strings.ToUpper(hook.Request.Method) + " " + hook.Request.URL, Format: formats[hook.Format],
		SignedBy: len(hook.SigningKeys), Changed: m.ago(hook.UpdatedAt), On: hook.Enabled, Paused: hook.Paused, Form: webhookAt(c, hook.UUID),
	}
	for _, key := range hook.SigningKeys {
		shown.Keys = append(shown.Keys, keyRow{ID: key.ID, Made: m.ago(key.CreatedAt), Remove: shown.Form + "/signing-keys/" + url.PathEscape(key.ID) + "/remove"})
	}
	return shown, w.addDeliveries(c, hook, &shown)
}

// addDeliveries adds the deliveries of a webhook that are asked for.
func (w *Web) addDeliveries(c *gin.Context, hook webhooks.Detailed, shown *webhookPage) error {
	asked, err := w.readDeliveries(c)
	if err != nil {
		return err
	}
	which := asked.deliveries(hook.UUID)
	which.Limit = deliveriesShown + 1
	found, err := w.services.Deliveries.ListDeliveries(c.Request.Context(), which)
	if len(found) > deliveriesShown {
		found = found[:deliveriesShown]
		shown.Older = shown.Form + "?" + asked.query(found[deliveriesShown-1].ID)
	}
	m := moments{w.services.Now()}
	for _, t := range found {
		shown.Deliveries = append(shown.Deliveries, deliveryRowOf(m, shown.Form, t))
		if t.Status.Finished() {
			shown.Replay = shown.Form + "/replay?" + asked.query(0)
		}
	}
	shown.Asked, shown.Team, shown.Of = asked, asked.team.Choice, asked.team.name()
	for _, s := range deliveryStatuses {
		with := asked
		with.Status = s.name
		shown.Statuses = append(shown.Statuses, statusLink{word: s.mark, Address: shown.Form + "?" + with.query(0), Current: asked.Status == s.name})
	}
	names := make([]string, len(hook.Events))
	for i, event := range hook.Events {
		names[i] = string(event)
	}
	if asked.Event != "" && !slices.Contains(names, asked.Event) {
		names = append(names, asked.Event)
	}
	shown.Event = choose("event", "Event", "Any event", asked.Event, names)
	for i, o := range shown.Event.Options {
		shown.Event.Options[i].Text = orWord(eventText(o.Value), o.Text)
	}
	return err
}

func deliveryRowOf(m moments, webhook string, t webhooks.Triggered) deliveryRow {
	what := eventText(string(t.Event))
	if t.Consumer != "" && t.Provider != "" {
		what += ": " + t.Consumer + " with " + t.Provider
	} else if t.Subject != "" {
		what += ": " + t.Subject
	}
	return deliveryRow{Address: webhook + "/deliveries/" + t.UUID, State: stateOf(t), What: what, Reason: t.Reason, At: m.ago(t.TriggeredAt)}
}

// delivery is that of the address, if it belongs to the webhook of the address and
// that may be seen.
func (w *Web) delivery(c *gin.Context) (webhooks.Detailed, webhooks.Triggered, []webhooks.Execution, error) {
	ctx, uuid := c.Request.Context(), edge.Param(c, "delivery")
	hook, err := w.services.Webhooks.ShowDetailed(ctx, edge.Param(c, "uuid"))
	if err != nil {
		return hook, webhooks.Triggered{}, nil, err
	}
	t, attempts, found, err := w.services.Deliveries.Triggered(ctx, uuid)
	if err == nil && (!found || t.Webhook != hook.UUID) {
		err = fault.Missing("There is no delivery %s.", uuid)
	}
	return hook, t, attempts, err
}

func (w *Web) showDelivery(c *gin.Context) error {
	hook, t, attempts, err := w.delivery(c)
	if err != nil {
		return err
	}
	m, at := moments{w.services.Now()}, webhookAt(c, hook.UUID)
	shown := deliveryPage{deliveryRow: deliveryRowOf(m, at, t), Webhook: link{hook.Name(), at}}
	shown.frame = w.frame(c, "Delivery", "/webhooks", entry{Text: "Webhooks", Address: here(c).Path("/webhooks")}, entry{Text: hook.Name(), Address: at}, entry{Text: "Delivery"})
	if t.Status.Finished() {
		shown.Again = shown.Address + "/again"
	}
	for i := len(attempts) - 1; i >= 0; i-- {
		attempt := attemptOf(m, i+1, attempts[i])
		attempt.Open = i == len(attempts)-1 && !attempts[i].Success
		shown.Attempts = append(shown.Attempts, attempt)
	}
	return w.show(c, "delivery.html", shown)
}

func attemptOf(m moments, number int, e webhooks.Execution) attemptShown {
	shown := attemptShown{Number: number, State: deliveryStates[webhooks.Success], Reason: e.Reason, At: m.ago(e.CreatedAt), Log: e.Logs}
	if !e.Success {
		shown.State = word{Kind: "no", Icon: "no", Word: "Failed"}
	}
	return shown
}

// sendAgain sends a finished delivery once more.
func (w *Web) sendAgain(c *gin.Context) error {
	hook, t, _, err := w.delivery(c)
	if err != nil {
		return err
	}
	if _, err := w.services.Webhooks.Redeliver(c.Request.Context(), t.UUID); err != nil {
		return err
	}
	return seeOther(c, webhookAt(c, hook.UUID)+"/deliveries/"+t.UUID)
}

func (w *Web) pauseWebhook(c *gin.Context) error {
	if _, err := w.services.Webhooks.Pause(c.Request.Context(), edge.Param(c, "uuid")); err != nil {
		return err
	}
	return seeOther(c, webhookAt(c, edge.Param(c, "uuid")))
}

func (w *Web) resumeWebhook(c *gin.Context) error {
	if _, err := w.services.Webhooks.Resume(c.Request.Context(), edge.Param(c, "uuid")); err != nil {
		return err
	}
	return seeOther(c, webhookAt(c, edge.Param(c, "uuid")))
}

// switchOnWebhook lets a webhook that was switched off tell of what happens from now on,
// if it may be kept as it is.
func (w *Web) switchOnWebhook(c *gin.Context) error {
	hook, err := w.services.Webhooks.ShowDetailed(c.Request.Context(), edge.Param(c, "uuid"))
	if err != nil {
		return err
	}
	draft := webhooks.Draft{Webhook: hook.Webhook, Detailed: true}
	draft.Webhook.Enabled = true
	if _, _, err := w.services.Webhooks.PutDetailed(c.Request.Context(), hook.UUID, draft); err != nil {
		return err
	}
	return seeOther(c, webhookAt(c, hook.UUID))
}

// testWebhook sends the webhook once, at once, and shows what came of it.
func (w *Web) testWebhook(c *gin.Context) error {
	shown, err := w.webhookPage(c, edge.Param(c, "uuid"))
	if err != nil {
		return err
	}
	if err := w.addTest(c, edge.Param(c, "uuid"), &shown); err != nil {
		return err
	}
	return w.show(c, "webhook.html", shown)
}

// addTest sends a webhook once and adds what came of it.
func (w *Web) addTest(c *gin.Context, uuid string, shown *webhookPage) error {
	outcome, err := w.services.Webhooks.Test(c.Request.Context(), uuid)
	if err != nil {
		return err
	}
	tested := attemptOf(moments{w.services.Now()}, 1, webhooks.Execution{Success: outcome.Success, Reason: outcome.Reason, Logs: outcome.Logs, CreatedAt: w.services.Now()})
	shown.Tested = &tested
	return nil
}

// addSigningKey gives a webhook a new key, and shows its secret this once.
func (w *Web) addSigningKey(c *gin.Context) error {
	key, err := w.services.Webhooks.AddSigningKey(c.Request.Context(), edge.Param(c, "uuid"), "")
	if err != nil {
		return err
	}
	shown, err := w.webhookPage(c, edge.Param(c, "uuid"))
	if err != nil {
		return err
	}
	shown.Fresh = key.Secret
	return w.showSecret(c, "webhook.html", shown)
}

func (w *Web) removeSigningKey(c *gin.Context) error {
	if err := w.services.Webhooks.RemoveSigningKey(c.Request.Context(), edge.Param(c, "uuid"), edge.Param(c, "key")); err != nil {
		return err
	}
	return seeOther(c, webhookAt(c, edge.Param(c, "uuid")))
}

func (w *Web) confirmWebhookDeletion(c *gin.Context) error {
	hook, err := w.services.Webhooks.ShowDetailed(c.Request.Context(), edge.Param(c, "uuid"))
	if err != nil {
		return err
	}
	at := webhookAt(c, hook.UUID)
	return w.show(c, "delete.html", deletePage{
		frame:   w.frame(c, "Delete "+hook.Name()+"?", "/webhooks", entry{Text: "Webhooks", Address: here(c).Path("/webhooks")}, entry{Text: hook.Name(), Address: at}, entry{Text: "Delete"}),
		Heading: "Delete the webhook “" + hook.Name() + "”?", Form: at + "/delete", Keep: at, Button: "Delete webhook",
		Warnings: []string{"Nothing more is sent by it, and what it has sent cannot be sent again; the record of its deliveries stays."},
		Better:   []betterWay{{"Pause it", at, "what happens meanwhile is sent once it goes on"}},
	})
}

func (w *Web) deleteWebhook(c *gin.Context) error {
	if err := w.services.Webhooks.Delete(c.Request.Context(), edge.Param(c, "uuid")); err != nil {
		return err
	}
	return seeOther(c, here(c).Path("/webhooks"))
}
