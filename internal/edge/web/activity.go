package web

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/actions"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/fault"
)

// activityPage shows what happened, the newest first.
type activityPage struct {
	frame
	Name   string
	Kinds  []statusLink
	Kind   string
	Days   []day
	AsOf   moment
	Older  string
	Follow command
	// Team has no options where there are no teams. Since is a day.
	Team  choice
	Since string
	// Live is the stream of what follows, of these types, and Newest the page that
	// shows it.
	Live, LiveTypes, Newest string
}

// day is what happened on one day.
type day struct {
	ID, Name string
	Count    string
	Events   []happened
}

// happened is an event in words.
type happened struct {
	Icon, Kind string
	Who        link
	Text       string
	Version    version
	Where      string
	At         moment
	By         string
}

// eventsShown is how many events are on a page.
const eventsShown = 100

// eventKinds are the events that can be asked for together.
var eventKinds = []struct {
	name, text string
	types      []events.Type
}{
	{"", "All", nil},
	{"bad", "Went wrong", []events.Type{events.VerificationFailed, events.VerdictChanged, events.WebhookDeliveryFailed}},
	{"contracts", "Contracts", []events.Type{events.ContractPublished, events.ContractContentChanged, events.ContractDeleted}},
	{"results", "Results", []events.Type{events.VerificationSucceeded, events.VerificationFailed, events.VerificationDeleted}},
	{"deployments", "Deployments", []events.Type{events.DeploymentRecorded, events.DeploymentEnded, events.ReleaseRecorded, events.ReleaseSupportEnded}},
	{"applications", "Applications", []events.Type{events.PacticipantCreated, events.PacticipantChanged, events.PacticipantDeleted, events.IntegrationDeleted, events.EnvironmentChanged}},
}

func (w *Web) showActivity(c *gin.Context) error {
	kind, _ := edge.QueryValue(c, "kind")
	name, _ := edge.QueryValue(c, "name")
	asked := events.Query{Limit: eventsShown + 1}
	if name = strings.TrimSpace(name); name != "" {
		asked.Applications = []string{name}
	}
	var before int64
	if text, _ := edge.QueryValue(c, "before"); text != "" {
		var err error
		if before, err = strconv.ParseInt(text, 10, 64); err != nil || before < 1 {
			return fault.InvalidField("before", "must be a whole number greater than or equal to 1")
		}
	}
	team, err := w.askedTeam(c)
	if err != nil {
		return err
	}
	since, _ := edge.QueryValue(c, "since")
	if since != "" {
		if asked.Since, err = time.Parse(time.DateOnly, since); err != nil {
			return fault.InvalidField("since", "must be a day such as 2026-03-01").Because(err)
		}
	}
	if name == "" {
		asked.Applications = team.Applications
	}
	shown := activityPage{Team: team.Choice, Since: since, frame: w.frame(c, "Activity", "/activity"), Name: name, Kind: kind, Follow: prompted("Follow events in a terminal", "curl -N -H 'Accept: text/event-stream' \\\n    "+actions.Quote(edge.Base(c).Index()+"/api/v1/events"))}
	for _, k := range eventKinds {
		if k.name == kind {
			asked.Types = k.types
		}
		query := url.Values{"kind": {k.name}, "name": {name}, "team": {team.name()}, "since": {since}}
		if k.name == kind {
			shown.Newest = shown.Path + "/activity?" + query.Encode()
		}
		shown.Kinds = append(shown.Kinds, statusLink{word: word{Word: k.text}, Address: shown.Path + "/activity?" + query.Encode(), Current: k.name == kind})
	}
	facts, err := w.services.Newest.NewestFacts(c.Request.Context(), asked, before)
	if err != nil {
		return err
	}
	more := len(facts) > eventsShown
	facts = facts[:min(len(facts), eventsShown)]
	m := moments{w.services.Now()}
	shown.AsOf = inFull(m.now)
	for _, f := range facts {
		name := f.Time.UTC().Format("Monday, 2 January 2006")
		if n := len(shown.Days); n == 0 || shown.Days[n-1].Name != name {
			shown.Days = append(shown.Days, day{ID: "d" + f.Time.UTC().Format("20060102"), Name: name})
		}
		last := &shown.Days[len(shown.Days)-1]
		last.Events = append(last.Events, eventView{m, w}.happened(c, f.Fact))
		last.Count = counted(len(last.Events), "event")
	}
	if more {
		query := url.Values{"kind": {kind}, "name": {name}, "team": {team.name()}, "since": {since}, "before": {strconv.FormatInt(facts[len(facts)-1].Position, 10)}}
		shown.Older = shown.Path + "/activity?" + query.Encode()
	}
	if before == 0 && shown.Newest != "" {
		if err := w.addLive(c, asked, team.name(), &shown); err != nil {
			return err
		}
	}
	return w.show(c, "activity.html", shown)
}

// addLive says where a script follows what happens from now on.
func (w *Web) addLive(c *gin.Context, asked events.Query, team string, shown *activityPage) error {
	last, err := w.services.Newest.NewestFacts(c.Request.Context(), events.Query{Limit: 1}, 0)
	query := url.Values{}
	if len(last) > 0 {
		query.Set("cursor", base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(last[0].Position, 10))))
	}
	types := asked.Types
	for _, t := range types {
		query.Add("type", string(t))
	}
	if len(types) == 0 {
		types = events.All()
	}
	if shown.Name != "" {
		query.Set("application", shown.Name)
	} else if team != "" {
		query.Set("team", team)
	}
	shown.Live = here(c).Path("/api/v1/events?" + query.Encode())
	for i, t := range types {
		if i > 0 {
			shown.LiveTypes += " "
		}
		shown.LiveTypes += string(t)
	}
	return err
}

// eventView says events in words.
type eventView struct {
	moments
	web *Web
}

// eventWords say what happened, behind the name of the application.
var eventWords = map[events.Type]struct{ icon, kind, text string }{
	events.ContractPublished: {"doc", "", "published a contract with"}, events.ContractContentChanged: {"doc", "", "changed its contract with"},
	events.ContractRequiringVerification: {"wait", "unsure", "published a contract that needs a result of"}, events.ContractDeleted: {"doc", "", "no longer has a contract with"},
	events.VerificationPublished: {"doc", "", "published a result for the contract of"}, events.VerificationSucceeded: {"yes", "yes", "fulfils the contract of"},
	events.VerificationFailed: {"no", "no", "failed the contract of"}, events.VerificationDeleted: {"less", "", "lost a result for the contract of"},
	events.AllContractsVerified: {"yes", "yes", "has all its contracts verified"}, events.DeploymentRecorded: {"env", "", "was deployed to"},
	events.DeploymentEnded: {"env", "", "is no longer deployed to"}, events.ReleaseRecorded: {"env", "", "was released to"}, events.ReleaseSupportEnded: {"env", "", "is no longer supported in"},
	events.BranchCreated: {"branch", "", "has a new branch"}, events.BranchDeleted: {"branch", "", "lost the branch"}, events.BranchClosed: {"branch", "", "is done with the branch"}, events.BranchReopened: {"branch", "", "works again on the branch"}, events.BranchVersionAdded: {"branch", "", "has a new version on"},
	events.BranchVersionRemoved: {"branch", "", "took a version off"}, events.TagAdded: {"doc", "", "was tagged"}, events.TagRemoved: {"doc", "", "lost the tag"},
	events.VersionCreated: {"more", "", "has a new version"}, events.VersionDeleted: {"less", "", "lost a version"}, events.PacticipantCreated: {"more", "", "is new"},
	events.PacticipantChanged: {"other", "", "was changed"}, events.PacticipantDeleted: {"less", "", "was deleted"}, events.EnvironmentChanged: {"env", "", "was changed"},
	events.IntegrationDeleted: {"less", "", "no longer has an integration with"}, events.VerdictChanged: {"unsure", "unsure", "has another verdict for"},
	events.CleanupEnded: {"less", "", "cleaned up:"}, events.WebhookDeliveryFailed: {"hook", "unsure", "was not told: a webhook gave up"},
}

func (v eventView) happened(c *gin.Context, f events.Fact) happened {
	at, said := here(c), eventWords[f.Type]
	shown := happened{Icon: orWord(said.icon, "doc"), Kind: said.kind, Text: orWord(said.text, string(f.Type)), At: v.ago(f.Time), By: f.Actor}
	d := f.Data
	who, number, where := orWord(d.Pacticipant, f.Subject), d.Version, orWord(d.Environment, orWord(d.Branch, d.Tag))
	switch {
	case d.Consumer == "":
	case strings.HasPrefix(string(f.Type), "provider_verification"):
		who, number, where = d.Provider, d.ProviderVersion, d.Consumer
	default:
		who, number, where = d.Consumer, d.ConsumerVersion, d.Provider
	}
	if f.Type == events.VerdictChanged {
		where = d.Environment + ": " + orWord(d.PreviousVerdict, "none") + " became " + d.Verdict
	}
	shown.Who, shown.Where = applicationAt(at, who), where
	switch f.Type {
	case events.PacticipantChanged:
		shown.Text, shown.Where = changedText(d.Properties)
	case events.EnvironmentChanged:
		shown.Who.Address = at.Environments()
		shown.Text, shown.Where = environmentText(d)
	case events.CleanupEnded:
		shown.Who, shown.Where = link{Text: "The broker"}, cleanedUp(d)
	default:
		shown.Version = versionAt(at, who, number)
	}
	return shown
}

// changedText says which properties of something were changed.
func changedText(properties []string) (text, which string) {
	if len(properties) == 0 {
		return "was changed", ""
	}
	return "was changed:", strings.NewReplacer("_", " ", "url", "URL").Replace(strings.Join(properties, ", "))
}

// environmentText says what happened to an environment.
func environmentText(d events.Data) (text, which string) {
	switch d.Action {
	case "created":
		return "is a new environment", ""
	case "deleted":
		return "is no longer an environment", ""
	}
	return changedText(d.Properties)
}

// cleanedUp says what came of a clean-up.
func cleanedUp(d events.Data) string {
	text := counted(int(d.Deleted["versions"]), "version") + " deleted"
	switch d.Outcome {
	case "out_of_time":
		text += ", the rest is for the next time"
	case "failed":
		text += ", then it failed"
	}
	return text
}
