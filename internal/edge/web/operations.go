package web

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/actions"
)

// Operations tells those who run the broker how it does.
type Operations interface {
	// Health looks at what the broker needs, one by one.
	Health(ctx context.Context) []Check
	// Jobs tells how it stands with the jobs of each kind.
	Jobs(ctx context.Context) ([]KindOfJob, error)
	// Settings are all that there are, in the order of the documentation.
	Settings() []Setting
}

// Outcome is what came of looking at something.
type Outcome string

// The outcomes of checks.
const (
	Well    Outcome = "yes"
	Ill     Outcome = "no"
	Unknown Outcome = "unsure"
	// Unasked is what is not set up, and need not be.
	Unasked Outcome = "none"
)

// Check is what was found when the broker looked at something that it needs.
type Check struct {
	What    string
	Outcome Outcome
	// Found says how it is, in a sentence, and Remedy what to do; "" for nothing.
	Found, Remedy string
}

// KindOfJob is how it stands with the jobs of a kind.
type KindOfJob struct {
	Kind, What                                  string
	Due, Later, Retried, Running, Done, GivenUp int
	// LastEnd is when the last one ended, Oldest since when the oldest waits that is
	// due, and Next when the schedule lets it begin; zero if there is none.
	LastEnd, Oldest, Next time.Time
	// Late tells that the oldest waits for too long.
	Late bool
}

// Setting is a setting with the value that counts.
type Setting struct {
	Group, Variable, Help string
	// Value is the one that counts, "" if there is none or it is Secret, and From where
	// it was set, "" if it is the default.
	Value, From string
	Secret      bool
}

// healthPage shows what the broker needs, and how that is.
type healthPage struct {
	frame
	Tabs   []entry
	Lead   word
	Checks []checkShown
	Watch  []command
}

type checkShown struct {
	Mark                word
	What, Found, Remedy string
}

// healthWords are the words for what came of a check.
var healthWords = map[Outcome]word{
	Well: {Kind: "yes", Icon: "yes", Word: "Well"}, Ill: {Kind: "no", Icon: "no", Word: "Needs somebody"},
	Unknown: {Kind: "unsure", Icon: "unsure", Word: "Look at it"}, Unasked: {Icon: "none", Word: "Not set up"},
}

// operationTabs lead from one of the pages for operators to the others.
func (w *Web) operationTabs(c *gin.Context, current string) []entry {
	return under(pathOf(here(c)), current, []entry{{Text: "Health", Address: "/health"}, {Text: "Jobs", Address: "/jobs"}, {Text: "Settings in effect", Address: "/settings"}})
}

func (w *Web) showHealth(c *gin.Context) error {
	shown := healthPage{frame: w.frame(c, "Health", "/health"), Tabs: w.operationTabs(c, "/health"), Lead: healthWords[Well].said("All is well")}
	ill, doubtful := 0, 0
	for _, check := range w.services.Operations.Health(c.Request.Context()) {
		shown.Checks = append(shown.Checks, checkShown{Mark: healthWords[check.Outcome], What: check.What, Found: check.Found, Remedy: check.Remedy})
		switch check.Outcome {
		case Ill:
			ill++
		case Unknown:
			doubtful++
		case Well, Unasked:
		}
	}
	switch {
	case ill > 0:
		shown.Lead = healthWords[Ill].said(counted(ill, "thing") + " to do")
	case doubtful > 0:
		shown.Lead = healthWords[Unknown].said(counted(doubtful, "thing") + " to look at")
	}
	shown.Watch = []command{prompted("Ask from a terminal, and read all of the database", "broker doctor"), prompted("For what watches over it", "curl "+actions.Quote(edge.Base(c).Path("/metrics")))}
	return w.show(c, "health.html", shown)
}

// jobsPage shows what the broker does beside answering requests.
type jobsPage struct {
	frame
	Tabs []entry
	Rows []jobRow
}

type jobRow struct {
	What, Kind string
	Mark       word
	Counts     []jobCount
	Last, Next moment
	// Oldest is since when one is late; empty if none is.
	Oldest moment
}

// jobCount is how many jobs are in some state.
type jobCount struct {
	Text  string
	Count int
}

func (w *Web) showJobs(c *gin.Context) error {
	kinds, err := w.services.Operations.Jobs(c.Request.Context())
	if err != nil {
		return err
	}
	shown := jobsPage{frame: w.frame(c, "Jobs", "/health"), Tabs: w.operationTabs(c, "/jobs")}
	m := moments{w.services.Now()}
	for _, k := range kinds {
		row := jobRow{What: k.What, Kind: k.Kind, Mark: stateOfJobs(k), Last: m.ago(k.LastEnd)}
		if k.Late {
			row.Oldest = m.since(k.Oldest)
		}
		if !k.Next.IsZero() {
			row.Next = onMinute(k.Next)
		}
		for _, count := range []jobCount{{"running", k.Running}, {"due", k.Due}, {"for later", k.Later}, {"tried again", k.Retried}, {"done lately", k.Done}, {"given up", k.GivenUp}} {
			if count.Count > 0 {
				row.Counts = append(row.Counts, count)
			}
		}
		shown.Rows = append(shown.Rows, row)
	}
	return w.show(c, "jobs.html", shown)
}

// stateOfJobs is how it stands with the jobs of a kind in a word.
func stateOfJobs(k KindOfJob) word {
	switch {
	case k.Late:
		return healthWords[Ill].said("Late")
	case k.GivenUp > 0:
		return healthWords[Unknown].said(counted(k.GivenUp, "job") + " given up")
	case k.Running > 0:
		return healthWords[Well].said("At work")
	}
	return healthWords[Well].said("Nothing to do")
}

// onMinute tells a time by date and minute.
func onMinute(t time.Time) moment {
	told := onDay(t)
	told.Text = told.Full
	return told
}

// settingsPage shows the settings in effect.
type settingsPage struct {
	frame
	Tabs     []entry
	Groups   []settingGroup
	Asked    string
	Set, All int
	OnlySet  bool
	Toggle   link
}

type settingGroup struct {
	ID, Name string
	Settings []Setting
}

// linkWithin finds links as the documentation writes them, which lead nowhere from
// here.
var linkWithin = regexp.MustCompile(`\[([^\]]+)\]\([^)]*\)`)

func (w *Web) showSettings(c *gin.Context) error {
	query := c.Request.URL.Query()
	shown := settingsPage{frame: w.frame(c, "Settings in effect", "/health"), Tabs: w.operationTabs(c, "/settings"), Asked: strings.TrimSpace(query.Get("q")), OnlySet: query.Get("show") == "set"}
	shown.Toggle = link{Text: "Only those that were set", Address: here(c).Path("/settings?show=set")}
	if shown.OnlySet {
		shown.Toggle = link{Text: "All", Address: here(c).Path("/settings")}
	}
	for _, s := range w.services.Operations.Settings() {
		shown.All++
		if s.From != "" {
			shown.Set++
		}
		if shown.OnlySet && s.From == "" || !contains(s.Variable+" "+s.Help, shown.Asked) {
			continue
		}
		if n := len(shown.Groups); n == 0 || shown.Groups[n-1].Name != s.Group {
			shown.Groups = append(shown.Groups, settingGroup{ID: "g" + strconv.Itoa(n+1), Name: s.Group})
		}
		last := &shown.Groups[len(shown.Groups)-1]
		s.Help = linkWithin.ReplaceAllString(s.Help, "$1")
		last.Settings = append(last.Settings, s)
	}
	return w.show(c, "settings.html", shown)
}
