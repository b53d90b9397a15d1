package web

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/links"
)

// homePage shows how all pairs stand, and what needs somebody.
type homePage struct {
	frame
	Lead         string
	Concerns     []concern
	More         []concern
	ConcernsText string
	Name         string
	Filtered     bool
	Statuses     []statusLink
	// NoStatus is what was asked for as a status and is none; "" if it is one.
	NoStatus string
	Label    choice
	// Team has no options where there are no teams.
	Team        choice
	Environment choice
	Hidden      []option
	Columns     []column
	Rows        []integrationRow
	// Near are the lists of applications whose names are like one that nothing has.
	Near         []link
	Environments []environment
	// Providers are those that others need, to ask who would break with them.
	Providers []option
	// ByName tells that there are too many of them for a select.
	ByName bool
	// WithoutContract are the applications without any contract.
	WithoutContract []link
	Paging          paging
	// Publishes tells that who looks at it may publish contracts.
	Publishes bool
}

// statusLink is a choice of the pairs in a state, with how many there are.
type statusLink struct {
	word
	Address string
	Count   int
	Current bool
}

// column is a head by which the list can be sorted.
type column struct {
	Text, Address string
	Sorted        bool
}

// integrationRow is a pair in a list.
type integrationRow struct {
	Pair     pair
	Contract version
	Branch   string
	At       moment
	// Content says how much is in the contract, and leads to it.
	Content  link
	Result   word
	By       version
	ResultAt moment
	// AwaitedFrom is who has to verify the contract, "" if that has been done or does not count.
	AwaitedFrom string
	// Stuck leads to why the newest version of one of the two must wait, though what runs
	// works; its text is empty if none must.
	Stuck link
	Marks []cell
}

// cell is the state of a pair in the environment that heads the column.
type cell struct {
	word
	Environment string
}

// integrationsShown is how many pairs are on a page unless it is asked for
// otherwise, integrationsAtMost how many at most.
const (
	integrationsShown  = 50
	integrationsAtMost = 500
)

// concernsShown is how many concerns are seen at once, concernsListed how many
// are listed at all.
const (
	concernsShown  = 3
	concernsListed = 50
)

func (w *Web) goHome(c *gin.Context) error { return moved(c, pathOf(edge.Base(c))+"/") }

func (w *Web) showHome(c *gin.Context) error {
	page, err := pageOf(c, integrationsShown, integrationsAtMost)
	if err != nil {
		return err
	}
	v, err := w.board(c)
	if err != nil {
		return err
	}
	if len(v.board.Applications) == 0 {
		return w.showFirstSteps(c)
	}
	shown := v.home(c, w.frame(c, "Integrations", "/"), page)
	shown.Publishes = w.allows(w.principalOf(c.Request), access.Publish)
	return w.show(c, "home.html", shown)
}

// boardView shows parts of a board.
type boardView struct {
	moments
	at    links.Base
	board *dashboard.Board
	teams []access.Team
}

// board is the board with the teams, by which the request may narrow it down. It
// returns an Invalid fault for a team that there is not.
func (w *Web) board(c *gin.Context) (boardView, error) {
	board, err := w.services.Boards.Board(c.Request.Context())
	if err != nil {
		return boardView{}, err
	}
	teams, err := w.services.Directory.Read.Teams(c.Request.Context())
	if name, _ := edge.QueryValue(c, "team"); err == nil && name != "" {
		_, err = access.TeamAsked(teams, name)
	}
	return boardView{at: here(c), board: board, moments: moments{board.At}, teams: teams}, err
}

// owns reports whether an application is that team's; every one is where no team is
// asked for.
func (v boardView) owns(team string, a *dashboard.Application) bool {
	return team == "" || slices.ContainsFunc(v.teams, func(t access.Team) bool { return t.Name == team && t.Owns(a.Name, a.Labels) })
}

// teamChoice lets one choose a team, where there are any.
func (v boardView) teamChoice(chosen string) choice {
	if len(v.teams) == 0 {
		return choice{}
	}
	names := make([]string, len(v.teams))
	for i, t := range v.teams {
		names[i] = t.Name
	}
	return choose("team", "Team", "Any team", chosen, names)
}

func (v boardView) home(c *gin.Context, f frame, page edge.Page) homePage {
	asked := integrationQuery{}.read(c)
	noStatus := asked.status
	if isStatus(asked.status) {
		noStatus = ""
	} else {
		asked.status = ""
	}
	fitting := asked.narrowed(v.board, v.teams)
	shown := homePage{
		frame: f, Name: asked.name, NoStatus: noStatus, Filtered: asked != integrationQuery{sort: asked.sort}, Label: choose("label", "Label", "Any label", asked.label, v.labels()),
		Team:        v.teamChoice(asked.team),
		Environment: choose("environment", "Environment", "Any environment", asked.environment, v.environmentNames()),
		Statuses:    v.statuses(asked, fitting), Columns: v.columns(asked), Environments: v.environments(), WithoutContract: v.withoutContract(),
	}
	shown.Providers = v.providers()
	shown.ByName = len(shown.Providers) > providersInSelect
	shown.Providers = shown.Providers[:min(len(shown.Providers), suggestedAtMost)]
	if asked.status != "" {
		shown.Hidden = append(shown.Hidden, option{Value: asked.status, Text: "status"})
	}
	if asked.sort != "" {
		shown.Hidden = append(shown.Hidden, option{Value: asked.sort, Text: "sort"})
	}
	stuck := v.addConcerns(&shown)
	rows := asked.chosen(fitting)
	for _, p := range cut(rows, page) {
		shown.Rows = append(shown.Rows, v.row(p))
		shown.Rows[len(shown.Rows)-1].Stuck = stuck[p]
	}
	if len(rows) == 0 {
		for _, name := range namesLike(v.board, asked.name) {
			near := asked
			near.name = name
			shown.Near = append(shown.Near, link{name, near.address(v.at)})
		}
	}
	shown.Paging = pagingOf(c, page, len(rows))
	return shown
}

// addConcerns lists what needs somebody, and returns by the pair what keeps a newer version
// from going on.
func (v boardView) addConcerns(shown *homePage) map[*dashboard.PairSummary]link {
	all, stuck := v.board.Concerns(), map[*dashboard.PairSummary]link{}
	shown.Lead = fmt.Sprintf("%s of %s.", counted(len(v.board.Pairs), "integration"), counted(len(v.board.Applications), "application"))
	if len(all) > 0 {
		shown.Lead += " " + needing(len(all))
		shown.ConcernsText = fmt.Sprintf("%d, most urgent first", len(all))
	}
	for i, found := range all[:min(len(all), concernsListed)] {
		if i < concernsShown {
			shown.Concerns = append(shown.Concerns, v.concern(found))
		} else {
			shown.More = append(shown.More, v.concern(found))
		}
	}
	for _, found := range all {
		if a := found.Application; found.Kind == dashboard.MustWait {
			stuck[found.Pair] = link{short(a.Newest.Number) + " cannot go to " + found.Environment.Name, questionAt(v.at, a.Name, a.Newest.Number, found.Environment.Name)}
		}
	}
	return stuck
}

func needing(n int) string {
	if n == 1 {
		return "1 needs somebody."
	}
	return fmt.Sprintf("%d need somebody.", n)
}

// concern is something that somebody has to look at.
type concern struct {
	// Kind is together, main, silent or unanswered.
	Kind     string
	Mark     word
	Consumer link
	Provider link
	// Waits is the application that cannot go on, Meets the version with which it fails, and
	// Runs the one that is there already, if it works with that.
	Waits       link
	Meets, Runs version
	Version     version
	Environment environment
	Owner       string
	Since       moment
	Consumers   string
	Action      link
}

var concernKinds = map[dashboard.ConcernKind]string{
	dashboard.FailsTogether: "together", dashboard.MustWait: "wait", dashboard.FailsOnMain: "main", dashboard.NeverAnswered: "silent", dashboard.NoAnswer: "unanswered",
}

func (v boardView) concern(found dashboard.Concern) concern {
	shown := concern{Kind: concernKinds[found.Kind], Mark: states[dashboard.NotKnown], Owner: found.Owner.Name, Since: v.since(found.Since), Consumers: counted(found.Consumers, "consumer")}
	if p := found.Pair; p != nil {
		shown.Consumer, shown.Provider = applicationAt(v.at, p.Consumer.Name), applicationAt(v.at, p.Provider.Name)
		shown.Action = link{"Open contract", v.at.Pact(p.Provider.Name, p.Consumer.Name, p.Contract.VersionNumber)}
	}
	switch found.Kind {
	case dashboard.FailsTogether:
		shown.Mark, shown.Environment = states[dashboard.Fails], environmentAt(v.at, *found.Environment)
		shown.Version = versionAt(v.at, found.Pair.Consumer.Name, found.There.Number)
		shown.Action = link{"See why", questionAt(v.at, found.Pair.Consumer.Name, found.There.Number, found.Environment.Name)}
	case dashboard.MustWait:
		shown.Mark, shown.Environment = states[dashboard.Fails], environmentAt(v.at, *found.Environment)
		shown.Version = versionAt(v.at, found.Application.Name, found.Application.Newest.Number)
		shown.Waits, shown.Action = applicationAt(v.at, found.Application.Name), link{"See why", questionAt(v.at, found.Application.Name, found.Application.Newest.Number, found.Environment.Name)}
		v.addMeeting(&shown, found)
	case dashboard.FailsOnMain:
		shown.Mark, shown.Version = states[dashboard.Fails], versionAt(v.at, found.Application.Name, found.Application.Newest.Number)
		shown.Action = link{"See results", v.at.MatrixOf(found.Pair.Provider.Name, found.Pair.Consumer.Name)}
	case dashboard.NeverAnswered:
		shown.Provider, shown.Action = applicationAt(v.at, found.Application.Name), link{"Open application", v.at.Pacticipant(found.Application.Name)}
	}
	return shown
}

// addMeeting says with which version the newest fails, and whether what is there works.
func (v boardView) addMeeting(shown *concern, found dashboard.Concern) {
	other := found.Pair.Provider
	if other == found.Application {
		other = found.Pair.Consumer
	}
	shown.Meets = versionAt(v.at, other.Name, found.Meets.Number)
	if found.Pair.In[found.Environment.ID] == dashboard.Works {
		shown.Runs = versionAt(v.at, found.Application.Name, found.Runs.Number)
	}
}

// questionAt is the address of the answer whether a version may be deployed.
func questionAt(at links.Base, application, number, environment string) string {
	query := url.Values{"pacticipant": {application}, "version": {number}}
	if environment != "" {
		query.Set("environment", environment)
	}
	return at.CanIDeploy() + "?" + query.Encode()
}

func (v boardView) labels() []string {
	var all []string
	for _, a := range v.board.Applications {
		all = append(all, a.Labels...)
	}
	slices.SortFunc(all, byText)
	return slices.Compact(all)
}

func (v boardView) environmentNames() []string {
	var names []string
	for _, e := range v.board.Environments {
		names = append(names, e.Name)
	}
	return names
}

func (v boardView) environments() []environment {
	var all []environment
	for _, e := range v.board.Environments {
		all = append(all, environmentAt(v.at, e))
	}
	return all
}

func (v boardView) withoutContract() []link {
	var alone []link
	for _, a := range v.board.Applications {
		if len(a.Consumers)+len(a.Providers) == 0 {
			alone = append(alone, applicationAt(v.at, a.Name))
		}
	}
	return alone
}

func (v boardView) row(p *dashboard.PairSummary) integrationRow {
	row := integrationRow{
		Pair:     pairOf(v.at, p.Consumer.Name, p.Provider.Name, p.Worst, titles[p.Worst]),
		Contract: contractAt(v.at, p.Provider.Name, p.Consumer.Name, p.Contract.VersionNumber), Branch: p.Contract.Branch, At: v.ago(p.Contract.CreatedAt),
		Content: link{contents(p.Contract.Interactions, p.Contract.Messages), v.at.Pact(p.Provider.Name, p.Consumer.Name, p.Contract.VersionNumber)},
	}
	v.addResult(&row, p)
	for _, e := range v.board.Environments {
		row.Marks = append(row.Marks, cell{states[p.In[e.ID]], e.DisplayName})
	}
	return row
}

// addResult says what is known of the contract that counts, and since when.
func (v boardView) addResult(row *integrationRow, p *dashboard.PairSummary) {
	if r := p.Result; r != nil {
		row.Result, row.By, row.ResultAt = resultWord(r.Success), versionAt(v.at, p.Provider.Name, r.ProviderNumber), v.ago(r.At)
		return
	}
	row.ResultAt, row.AwaitedFrom = v.since(p.Contract.CreatedAt), p.Provider.Name
	switch p.Main {
	case dashboard.Ignored:
		row.Result, row.AwaitedFrom = states[dashboard.Ignored].said("External"), ""
	case dashboard.Awaited:
		row.Result = states[dashboard.Awaited]
	default:
		row.Result = states[dashboard.NotKnown].said("Never verified")
	}
}

func resultWord(success bool) word {
	if success {
		return states[dashboard.Works].said("Verified")
	}
	return states[dashboard.Fails].said("Failed")
}

// contents says how much is in a contract.
func contents(interactions, messages int) string {
	switch {
	case messages == 0:
		return counted(interactions, "interaction")
	case interactions == 0:
		return counted(messages, "message")
	}
	return counted(interactions, "interaction") + ", " + counted(messages, "message")
}

// integrationQuery is which pairs are asked for.
type integrationQuery struct{ name, status, label, environment, team, sort string }

func (integrationQuery) read(c *gin.Context) integrationQuery {
	value := func(names ...string) string {
		for _, name := range names {
			if v, given := edge.QueryValue(c, name); given && strings.TrimSpace(v) != "" {
				return strings.TrimSpace(v)
			}
		}
		return ""
	}
	return integrationQuery{name: value("name", "search", "q"), status: value("status"), label: value("label"), environment: value("environment"), team: value("team"), sort: value("sort")}
}

// address is where the pairs are shown that another query asks for.
func (q integrationQuery) address(at links.Base) string {
	query := url.Values{}
	for name, value := range map[string]string{"name": q.name, "status": q.status, "label": q.label, "environment": q.environment, "team": q.team, "sort": q.sort} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return at.Index() + "/"
	}
	return at.Index() + "/?" + query.Encode()
}

// narrowed returns the pairs that fit, whatever their state.
func (q integrationQuery) narrowed(b *dashboard.Board, teams []access.Team) []*dashboard.PairSummary {
	owns := boardView{teams: teams}.owns
	var environment int64
	for _, e := range b.Environments {
		if e.Name == q.environment {
			environment = e.ID
		}
	}
	name := strings.ToLower(q.name)
	return filter(b.Pairs, func(p *dashboard.PairSummary) bool {
		named := name == "" || strings.Contains(strings.ToLower(p.Consumer.Name), name) || strings.Contains(strings.ToLower(p.Provider.Name), name)
		labelled := q.label == "" || slices.Contains(p.Consumer.Labels, q.label) || slices.Contains(p.Provider.Labels, q.label)
		there := q.environment == "" || len(p.Consumer.In(environment)) > 0 && len(p.Provider.In(environment)) > 0
		owned := owns(q.team, p.Consumer) || owns(q.team, p.Provider)
		return named && labelled && there && owned
	})
}

func filter[T any](all []T, keep func(T) bool) []T {
	var kept []T
	for _, one := range all {
		if keep(one) {
			kept = append(kept, one)
		}
	}
	return kept
}

// statusStates are the states that can be asked for by name.
var statusStates = []struct {
	name   string
	mark   word
	states []dashboard.State
}{
	{"failed", states[dashboard.Fails].said("Failed"), []dashboard.State{dashboard.Fails}},
	{"not-known", states[dashboard.NotKnown], []dashboard.State{dashboard.NotKnown, dashboard.Awaited}},
	{"verified", states[dashboard.Works].said("Verified"), []dashboard.State{dashboard.Works}},
	{"external", word{Word: "External"}, []dashboard.State{dashboard.Ignored}},
}

// isStatus reports whether a text names one, or none is asked for.
func isStatus(name string) bool {
	for _, s := range statusStates {
		if s.name == name {
			return true
		}
	}
	return name == ""
}

func (v boardView) statuses(asked integrationQuery, fitting []*dashboard.PairSummary) []statusLink {
	without := asked
	without.status = ""
	list := []statusLink{{word: word{Word: "All"}, Address: without.address(v.at), Count: len(fitting), Current: asked.status == ""}}
	for _, s := range statusStates {
		with := asked
		with.status = s.name
		n := len(filter(fitting, func(p *dashboard.PairSummary) bool { return slices.Contains(s.states, p.Worst) }))
		list = append(list, statusLink{word: s.mark, Address: with.address(v.at), Count: n, Current: asked.status == s.name})
	}
	return list
}

// chosen returns the pairs in the state asked for, in the order asked for.
func (q integrationQuery) chosen(fitting []*dashboard.PairSummary) []*dashboard.PairSummary {
	for _, s := range statusStates {
		if s.name == q.status {
			fitting = filter(fitting, func(p *dashboard.PairSummary) bool { return slices.Contains(s.states, p.Worst) })
		}
	}
	if by, known := orders[q.sort]; known {
		slices.SortStableFunc(fitting, by)
	}
	return fitting
}

// orders are the ways in which pairs can be sorted; they come by consumer.
var orders = map[string]func(a, b *dashboard.PairSummary) int{
	"": func(a, b *dashboard.PairSummary) int { return dashboard.Worse(a.Worst, b.Worst) },
	"provider": func(a, b *dashboard.PairSummary) int {
		return cmp.Or(byText(a.Provider.Name, b.Provider.Name), byText(a.Consumer.Name, b.Consumer.Name))
	},
	"contract": func(a, b *dashboard.PairSummary) int { return b.Contract.CreatedAt.Compare(a.Contract.CreatedAt) },
}

func (v boardView) columns(asked integrationQuery) []column {
	var list []column
	for _, c := range []struct{ text, sort string }{{"Consumer", "consumer"}, {"Provider", "provider"}, {"Contract", "contract"}, {"Last result", ""}} {
		with := asked
		with.sort = c.sort
		list = append(list, column{Text: c.text, Address: with.address(v.at), Sorted: asked.sort == c.sort})
	}
	return list
}
