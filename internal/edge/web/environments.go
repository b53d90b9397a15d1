package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/support/fault"
)

// environmentsPage shows what runs where, and what can go now.
type environmentsPage struct {
	frame
	Tallies []tally
	Name    string
	Label   choice
	// Team has no options where there are no teams.
	Team         choice
	Environments []environmentHead
	Rows         []environmentRow
	Paging       paging
	Filtered     bool
	// Near are the lists of applications whose names are like one that nothing has.
	Near []link
}

// tally counts the versions that can, or cannot, go on; it leads to them.
type tally struct {
	word
	Count   int
	Address string
	Current bool
}

type environmentHead struct {
	environment
	Count string
}

// environmentRow is an application with its versions in each environment.
type environmentRow struct {
	Application link
	Cells       []environmentCell
}

// environmentCell is what of an application is in an environment.
type environmentCell struct {
	Places []placed
	Newer  *newer
}

type placed struct {
	Version  version
	Since    moment
	Instance string
	Released bool
	// Now are the pairs that fail there, or of which nothing is known; More leads to
	// the others.
	Now  []pairNow
	More link
}

// pairNow is a pair that does not work in an environment, with its contract.
type pairNow struct {
	Mark word
	link
}

// pairsNowShown is how many of them stand under a version.
const pairsNowShown = 2

// newer is a newer version than those that are there, and whether it may go.
type newer struct {
	Mark    word
	Version version
	Text    string
	Address string
}

func environmentChoice(environments []deployments.Environment, chosen string) choice {
	var names []string
	for _, e := range environments {
		names = append(names, e.Name)
	}
	made := choose("environment", "To", "The main branches", chosen, names)
	made.Hidden = false
	return made
}

// applicationsShown and applicationsAtMost say how long a page of applications is.
const (
	applicationsShown  = 100
	applicationsAtMost = 500
)

// goings are the answers that can be asked for by name.
var goings = []struct {
	name string
	mark word
	is   matrix.Answer
}{
	{"can-go", word{Kind: "yes", Icon: "go", Word: "can go now"}, matrix.Yes},
	{"blocked", word{Kind: "no", Icon: "no", Word: "would break something"}, matrix.No},
	{"unknown", word{Kind: "unsure", Icon: "unsure", Word: "may not go yet: not known"}, matrix.Unknown},
}

// runningStates are the states of versions that are somewhere which can be asked for by name.
var runningStates = []struct {
	name string
	mark word
	is   dashboard.State
}{
	{"failing", states[dashboard.Fails].said("fail where they run"), dashboard.Fails},
	{"unproven", states[dashboard.NotKnown].said("not known where they run"), dashboard.NotKnown},
}

// versionCounts counts the versions of an application by the names of goings and runningStates.
type versionCounts map[string]int

func (w *Web) showEnvironments(c *gin.Context) error {
	page, err := pageOf(c, applicationsShown, applicationsAtMost)
	if err != nil {
		return err
	}
	v, err := w.board(c)
	if err != nil {
		return err
	}
	board := v.board
	name, _ := edge.QueryValue(c, "name")
	label, _ := edge.QueryValue(c, "label")
	team, _ := edge.QueryValue(c, "team")
	show, _ := edge.QueryValue(c, "show")
	shown := environmentsPage{
		frame:    w.frame(c, "Environments", "/environments"),
		Name:     name,
		Label:    choose("label", "Label", "Any label", label, v.labels()),
		Team:     v.teamChoice(team),
		Filtered: name+label+team+show != "",
	}
	counts := versionCounts{}
	var rows []environmentRow
	for _, a := range board.Applications {
		fits := strings.Contains(strings.ToLower(a.Name), strings.ToLower(strings.TrimSpace(name))) && (label == "" || hasLabel(a, label)) && v.owns(team, a)
		if len(a.Places) == 0 || !fits {
			continue
		}
		row, answered := v.environmentRow(a)
		for name, n := range answered {
			counts[name] += n
		}
		if wanted(show, answered) {
			rows = append(rows, row)
		}
	}
	shown.Rows, shown.Paging = cut(rows, page), pagingOf(c, page, len(rows))
	for _, e := range board.Environments {
		there := len(filter(board.Applications, func(a *dashboard.Application) bool { return len(a.In(e.ID)) > 0 }))
		shown.Environments = append(shown.Environments, environmentHead{environmentAt(v.at, e), counted(there, "application")})
	}
	query := url.Values{}
	for key, value := range map[string]string{"name": name, "label": label, "team": team} {
		if value != "" {
			query.Set(key, value)
		}
	}
	count := func(name string, mark word) {
		query.Set("show", name)
		shown.Tallies = append(shown.Tallies, tally{word: mark, Count: counts[name], Address: shown.Path + "/environments?" + query.Encode(), Current: show == name})
	}
	for _, r := range runningStates {
		count(r.name, r.mark)
	}
	for _, g := range goings {
		count(g.name, g.mark)
	}
	if len(rows) == 0 {
		for _, near := range namesLike(board, name) {
			shown.Near = append(shown.Near, link{near, shown.Path + "/environments?" + url.Values{"name": {near}}.Encode()})
		}
	}
	return w.show(c, "environments.html", shown)
}

func hasLabel(a *dashboard.Application, label string) bool {
	for _, l := range a.Labels {
		if l == label {
			return true
		}
	}
	return false
}

// wanted reports whether a row has an answer of the kind that is asked for.
func wanted(show string, answered versionCounts) bool {
	known := false
	for _, g := range goings {
		known = known || g.name == show
	}
	for _, r := range runningStates {
		known = known || r.name == show
	}
	return !known || answered[show] > 0
}

func (v boardView) environmentRow(a *dashboard.Application) (row environmentRow, answered versionCounts) {
	row.Application, answered = applicationAt(v.at, a.Name), versionCounts{}
	for _, e := range v.board.Environments {
		made := environmentCell{}
		isThere := false
		for _, p := range a.In(e.ID) {
			deployability := v.board.Together(a, p.VersionID, e.ID)
			for _, r := range runningStates {
				if r.is == deployability.State() {
					answered[r.name]++
				}
			}
			made.Places = append(made.Places, v.placed(a, p, e, deployability))
			isThere = isThere || p.VersionID == a.Newest.ID
		}
		if len(made.Places) > 0 && !isThere && a.Newest.ID != 0 {
			deployability := v.board.MayGo(a, e.ID)
			for _, g := range goings {
				if g.is == deployability.Answer {
					answered[g.name]++
				}
			}
			made.Newer = v.newer(a, e, deployability)
		}
		row.Cells = append(row.Cells, made)
	}
	return row, answered
}

// placed is a version where it is, with what does not work there.
func (v boardView) placed(a *dashboard.Application, p dashboard.Place, e deployments.Environment, deployability dashboard.Deployability) placed {
	made := placed{Version: versionAt(v.at, a.Name, p.Number), Since: v.since(p.Since), Instance: p.Instance, Released: p.Released}
	if p.Released {
		made.Since = v.ago(p.Since)
	}
	for _, b := range deployability.Blocking[:min(len(deployability.Blocking), pairsNowShown)] {
		made.Now = append(made.Now, pairNow{states[b.State], link{blockingText(a, b), v.blockingAt(b)}})
	}
	if more := len(deployability.Blocking) - pairsNowShown; more > 0 {
		made.More = link{fmt.Sprintf("%d more", more), questionAt(v.at, a.Name, p.Number, e.Name)}
	}
	return made
}

// blockingAt is where the contract stands that does not work, with the failure.
func (v boardView) blockingAt(b dashboard.Blocking) string {
	switch {
	case b.Result == nil:
		return resultAt(v.at, b.Contract.Publication, 0)
	case b.Result.Compared:
		return v.at.ComparedResult(b.Pair.Provider.Name, b.Result.ProviderNumber, b.Pair.Consumer.Name, b.Contract.SHA)
	}
	return resultAt(v.at, b.Contract.Publication, b.Result.Number)
}

func (v boardView) newer(a *dashboard.Application, e deployments.Environment, deployability dashboard.Deployability) *newer {
	found := &newer{Version: versionAt(v.at, a.Name, a.Newest.Number), Address: questionAt(v.at, a.Name, a.Newest.Number, e.Name), Text: deployabilityText(a, deployability)}
	for _, g := range goings {
		if g.is == deployability.Answer {
			found.Mark = g.mark
		}
	}
	return found
}

// goingsSaid is how many of what is in the way a sentence names.
const goingsSaid = 2

// deployabilityText says in few words whether a version may go, or what is in the way, the worst
// of it first.
func deployabilityText(a *dashboard.Application, deployability dashboard.Deployability) string {
	if len(deployability.Blocking) == 0 {
		return "can go now"
	}
	var texts []string
	for _, b := range deployability.Blocking {
		if text := blockingText(a, b); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	text := strings.Join(texts[:min(len(texts), goingsSaid)], "; ")
	if more := len(texts) - goingsSaid; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// blockingText says what does not work, seen from one of the two applications.
func blockingText(a *dashboard.Application, b dashboard.Blocking) string {
	switch {
	case b.Missing:
		return b.Pair.Provider.Name + " is not there"
	case b.State == dashboard.Fails && b.Pair.Consumer == a:
		return b.Pair.Provider.Name + " fails"
	case b.State == dashboard.Fails:
		return "fails the contract of " + b.Pair.Consumer.Name
	case b.Pair.Consumer == a:
		return b.Pair.Provider.Name + " has no result"
	}
	return "no result for " + b.Pair.Consumer.Name
}

// environmentPage shows one environment: what is there, and what came and went.
type environmentPage struct {
	frame
	Environment environment
	DisplayName string
	Contacts    []string
	Created     moment
	Rows        []environmentRow
	// Count says how many applications are there.
	Count   string
	History []historyEntry
	Paging  paging
}

// historyEntry is a version that came to an environment, or left it.
type historyEntry struct {
	Application link
	Environment environment
	Version     version
	Instance    string
	At          moment
	Until       moment
	Current     bool
}

// historyShown is how many records of an environment are on a page.
const historyShown = 50

func (w *Web) showEnvironment(c *gin.Context) error {
	ctx := c.Request.Context()
	e, found, err := w.services.Deployments.EnvironmentByUUID(ctx, edge.Param(c, "environment"))
	if err != nil {
		return err
	}
	if !found {
		return fault.Missing("There is no such environment.")
	}
	board, err := w.services.Boards.Board(ctx)
	if err != nil {
		return err
	}
	page, err := pageOf(c, historyShown, historyShown)
	if err != nil {
		return err
	}
	deployed, total, err := w.services.Deployments.DeploymentHistory(ctx, e.ID, page.Limit(), page.Offset())
	if err != nil {
		return err
	}
	v := boardView{at: here(c), board: board, moments: moments{board.At}}
	v.board.Environments = []deployments.Environment{e}
	shown := environmentPage{
		frame:       w.frame(c, e.Name, "/environments", entry{Text: "Environments", Address: v.at.Path("/environments")}, entry{Text: e.Name}),
		Environment: environmentAt(v.at, e), DisplayName: e.DisplayName, Created: v.ago(e.CreatedAt), Paging: pagingOf(c, page, total),
	}
	for _, contact := range e.Contacts {
		shown.Contacts = append(shown.Contacts, contact.Name)
	}
	for _, a := range board.Applications {
		if len(a.In(e.ID)) > 0 {
			row, _ := v.environmentRow(a)
			shown.Rows = append(shown.Rows, row)
		}
	}
	shown.Count = counted(len(shown.Rows), "application")
	for _, d := range deployed {
		shown.History = append(shown.History, v.historyEntry(d))
	}
	return w.show(c, "environment.html", shown)
}
