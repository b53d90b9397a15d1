package web

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/webhooks"
)

// deliveriesAsked is which deliveries of a webhook are asked for.
type deliveriesAsked struct {
	Status, Event, Application string
	// Since is a day; Before is where a page of the list begins.
	Since  string
	Before int64
	team   askedTeam
}

// deliveryStatuses are the states of deliveries that can be asked for.
var deliveryStatuses = []struct {
	name     string
	mark     word
	statuses []webhooks.Status
}{
	{"", word{Word: "All"}, nil},
	{"given-up", word{Kind: "no", Icon: "no", Word: "Given up"}, []webhooks.Status{webhooks.Failure}},
	{"delivered", word{Kind: "yes", Icon: "yes", Word: "Delivered"}, []webhooks.Status{webhooks.Success}},
	{"on-the-way", word{Kind: "unsure", Icon: "wait", Word: "On the way"}, []webhooks.Status{webhooks.NotRun, webhooks.Retrying}},
}

func (w *Web) readDeliveries(c *gin.Context) (asked deliveriesAsked, err error) {
	value := func(name string) string {
		text, _ := edge.QueryValue(c, name)
		return strings.TrimSpace(text)
	}
	asked = deliveriesAsked{Status: value("status"), Event: value("event"), Application: value("application"), Since: value("since")}
	if asked.team, err = w.askedTeam(c); err != nil {
		return asked, err
	}
	if text := value("before"); text != "" {
		if asked.Before, err = strconv.ParseInt(text, 10, 64); err != nil || asked.Before < 1 {
			return asked, fault.InvalidField("before", "must be a whole number greater than or equal to 1")
		}
	}
	if asked.Event != "" && !events.Type(asked.Event).Known() {
		return asked, fault.InvalidField("event", "is none that the broker announces")
	}
	if _, err := asked.since(); err != nil {
		return asked, fault.InvalidField("since", "must be a day such as 2026-03-01").Because(err)
	}
	return asked, nil
}

// since is the beginning of the day that is asked for.
func (a deliveriesAsked) since() (time.Time, error) {
	if a.Since == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.DateOnly, a.Since)
}

// deliveries is what the list is asked with.
func (a deliveriesAsked) deliveries(webhook string) webhooks.DeliveryQuery {
	f := webhooks.DeliveryQuery{Webhook: webhook, Event: events.Type(a.Event), Application: a.Application, Applications: a.team.Applications, Beyond: a.Before}
	f.Since, _ = a.since() // it was read before
	for _, s := range deliveryStatuses {
		if s.name == a.Status {
			f.Statuses = s.statuses
		}
	}
	return f
}

// query asks for the same, from a place in the list on.
func (a deliveriesAsked) query(before int64) string {
	values := url.Values{}
	for name, value := range map[string]string{"status": a.Status, "event": a.Event, "application": a.Application, "since": a.Since, "team": a.team.name()} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if before > 0 {
		values.Set("before", strconv.FormatInt(before, 10))
	}
	return values.Encode()
}

// replayPage asks whether many deliveries are to be sent again.
type replayPage struct {
	frame
	Webhook  string
	Form     string
	Keep     string
	Count    string
	Any      bool
	Narrowed []string
}

// counted at most: how many deliveries the page counts before it says "more than".
const replayCounted = 500

func (w *Web) confirmReplay(c *gin.Context) error {
	hook, err := w.services.Webhooks.ShowDetailed(c.Request.Context(), edge.Param(c, "uuid"))
	if err != nil {
		return err
	}
	asked, err := w.readDeliveries(c)
	if err != nil {
		return err
	}
	which := asked.deliveries(hook.UUID)
	which.Beyond, which.Limit, which.WithWebhook = 0, replayCounted+1, true
	found, err := w.services.Deliveries.ListDeliveries(c.Request.Context(), which)
	if err != nil {
		return err
	}
	finished := len(filter(found, func(t webhooks.Triggered) bool { return t.Status.Finished() }))
	at := webhookAt(c, hook.UUID)
	page := replayPage{
		frame:   w.frame(c, "Send again?", "/webhooks", entry{Text: "Webhooks", Address: here(c).Path("/webhooks")}, entry{Text: hook.Name(), Address: at}, entry{Text: "Send again"}),
		Webhook: hook.Name(), Form: at + "/replay?" + asked.query(0), Keep: at + "?" + asked.query(0), Any: finished > 0,
		Count: counted(finished, "delivery"),
	}
	if len(found) > replayCounted {
		page.Count = fmt.Sprintf("more than %d deliveries", replayCounted)
	}
	for _, s := range deliveryStatuses {
		if s.name == asked.Status && s.name != "" {
			page.Narrowed = append(page.Narrowed, strings.ToLower(s.mark.Word))
		}
	}
	if asked.Event != "" {
		page.Narrowed = append(page.Narrowed, "of the event “"+eventText(asked.Event)+"”")
	}
	for _, narrowed := range [][2]string{{"about ", asked.Application}, {"about applications of the team ", asked.team.name()}, {"since ", asked.Since}} {
		if narrowed[1] != "" {
			page.Narrowed = append(page.Narrowed, narrowed[0]+narrowed[1])
		}
	}
	return w.show(c, "replay.html", page)
}

// replayDeliveries sends all finished deliveries again that are asked for.
func (w *Web) replayDeliveries(c *gin.Context) error {
	hook, err := w.services.Webhooks.ShowDetailed(c.Request.Context(), edge.Param(c, "uuid"))
	if err != nil {
		return err
	}
	asked, err := w.readDeliveries(c)
	if err != nil {
		return err
	}
	if _, _, err := w.services.Webhooks.Replay(c.Request.Context(), w.services.Deliveries, asked.deliveries(hook.UUID)); err != nil {
		return err
	}
	return seeOther(c, webhookAt(c, hook.UUID))
}
