package web

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// networkPage shows who needs whom: around one application, between two, or as a
// whole.
type networkPage struct {
	frame
	Asked       networkQuery
	Names       []string
	Label       choice
	Environment choice
	// Team has no options where there are no teams.
	Team    choice
	Picture *picture
	Whole   *networkPicture
	Matrix  *dependencyMatrix
	Views   []statusLink
	// Tangle says why a matrix is shown where a picture was asked for.
	Tangle  string
	Grouped string
	Paths   []networkPath
	// MostNeeded and Failing stand beside the matrix, the first of each.
	MostNeeded []needed
	Failing    []pair
	// NoPath says that there is none from the one to the other.
	NoPath    string
	Rows      []integrationRow
	Paging    paging
	Downloads []link
	Lead      string
}

// networkQuery is which part of the network is asked for.
type networkQuery struct {
	Around, Name, Label, Environment, Team, From, To, View string
	// Group is how the names of those in a group begin or, where there is an Until, the
	// first of them, of which that is the last.
	Group, Until string
}

// dependencyMatrix has a row for each consumer and a column for each provider.
type dependencyMatrix struct {
	// Corner is the line of what the rows are.
	Corner        int
	Width, Height int
	Bands         []int
	Right, Bottom int
	Rows          []matrixLabel
	Columns       []matrixLabel
	Marks         []dependencyMark
}

type matrixLabel struct {
	Text, Full, Address string
	X, Y                int
}

type dependencyMark struct {
	Address, Title string
	Kind           string
	X, Y           int
	// CX and CY are the middle of the cell.
	CX, CY int
}

// What a dependency matrix measures.
const (
	matrixStep = 20
	matrixLeft = 190
	matrixTop  = 150
)

func readNetworkQuery(c *gin.Context) networkQuery {
	value := func(name string) string {
		text, _ := edge.QueryValue(c, name)
		return text
	}
	return networkQuery{
		Around: value("around"), Name: strings.TrimSpace(value("name")), Label: value("label"), Environment: value("environment"), Team: value("team"),
		From: value("from"), To: value("to"), View: value("view"), Group: value("group"), Until: value("until"),
	}
}

// values are the query again, without what is empty.
func (q networkQuery) values() url.Values {
	values := url.Values{}
	for name, value := range map[string]string{"around": q.Around, "name": q.Name, "label": q.Label, "environment": q.Environment, "team": q.Team, "from": q.From, "to": q.To, "view": q.View, "group": q.Group, "until": q.Until} {
		if value != "" {
			values.Set(name, value)
		}
	}
	return values
}

// title says which part of the network is asked for.
func (q networkQuery) title() string {
	switch {
	case q.From != "" && q.To != "":
		return "Network from " + q.From + " to " + q.To
	case q.Around != "":
		return "Network around " + q.Around
	case q.Group != "" && q.Until != "":
		return "Network: " + q.Group + " to " + q.Until
	case q.Group != "":
		return "Network: " + q.Group
	}
	return "Network"
}

func (w *Web) showNetwork(c *gin.Context) error {
	page, err := pageOf(c, integrationsShown, integrationsAtMost)
	if err != nil {
		return err
	}
	v, err := w.board(c)
	if err != nil {
		return err
	}
	return w.network(c, v, page, readNetworkQuery(c))
}

// goNetwork leads to the whole network.
func (w *Web) goNetwork(c *gin.Context) error { return moved(c, here(c).Path("/network")) }

// showNetworkOf shows the neighbours of the application that the address names.
func (w *Web) showNetworkOf(c *gin.Context) error {
	return moved(c, here(c).Path("/network?around="+url.QueryEscape(edge.Param(c, "pacticipant"))))
}

// part is the part of a network that is asked for.
type part struct {
	pairs []*dashboard.PairSummary
	// around is the one application whose neighbours are asked for, nil for none.
	around *dashboard.Application
	// paths are those between two applications, found whether two are asked for.
	paths [][]*dashboard.PairSummary
}

// partOf finds the part that is asked for. It returns a NotFound fault for an
// unknown application.
func (q networkQuery) partOf(board *dashboard.Board, teams []access.Team) (part, error) {
	found := part{pairs: (integrationQuery{name: q.Name, label: q.Label, environment: q.Environment, team: q.Team}).narrowed(board, teams)}
	found.pairs = filter(found.pairs, func(p *dashboard.PairSummary) bool { return q.inGroup(p.Consumer) || q.inGroup(p.Provider) })
	if strings.TrimSpace(q.Around) != "" {
		if found.around = applicationAsked(board, q.Around); found.around == nil {
			return found, fault.NoPacticipant("pacticipant", q.Around)
		}
		found.pairs = found.around.Pairs()
	}
	if q.From == "" || q.To == "" {
		return found, nil
	}
	from, to := applicationAsked(board, q.From), applicationAsked(board, q.To)
	if from == nil || to == nil {
		return found, cmp.Or(missing(from, q.From), missing(to, q.To))
	}
	found.paths, found.pairs = paths(from, to), nil
	for _, path := range found.paths {
		for _, p := range path {
			if !slices.Contains(found.pairs, p) {
				found.pairs = append(found.pairs, p)
			}
		}
	}
	return found, nil
}

func missing(a *dashboard.Application, name string) error {
	if a == nil {
		return fault.NoPacticipant("pacticipant", name)
	}
	return nil
}

// stateOf is the state of a pair in the environment that is asked for, or the worst
// of all.
func (q networkQuery) stateOf(board *dashboard.Board) func(*dashboard.PairSummary) dashboard.State {
	for _, e := range board.Environments {
		if e.Name == q.Environment {
			return func(p *dashboard.PairSummary) dashboard.State { return p.In[e.ID] }
		}
	}
	return func(p *dashboard.PairSummary) dashboard.State { return p.Worst }
}

func (w *Web) network(c *gin.Context, v boardView, page edge.Page, asked networkQuery) error {
	board := v.board
	part, err := asked.partOf(board, v.teams)
	if err != nil {
		return err
	}
	shown := networkPage{
		frame: w.frame(c, asked.title(), "/network"), Asked: asked, Label: choose("label", "Label", "Any label", asked.Label, v.labels()),
		Environment: choose("environment", "Environment", "Any environment", asked.Environment, v.environmentNames()), Team: v.teamChoice(asked.Team),
		Lead: counted(len(part.pairs), "integration") + ", " + counted(len(members(part.pairs)), "application"),
	}
	switch {
	case part.around != nil:
		shown.Picture = v.neighbours(part.around)
	case asked.From != "" && asked.To != "":
		v.addPaths(part.paths, &shown)
		shown.Whole = v.network(part.pairs, asked).draw()
	default:
		v.addWhole(part.pairs, &shown)
	}
	for _, a := range board.Applications[:min(len(board.Applications), suggestedAtMost)] {
		shown.Names = append(shown.Names, a.Name)
	}
	for _, p := range cut(worstFirst(part.pairs), page) {
		shown.Rows = append(shown.Rows, v.row(p))
	}
	shown.Paging = pagingOf(c, page, len(part.pairs))
	query := asked.values()
	for _, form := range []string{"SVG", "CSV", "DOT", "Mermaid"} {
		query.Set("as", strings.ToLower(form))
		shown.Downloads = append(shown.Downloads, link{form, v.at.Path("/network/download?" + query.Encode())})
	}
	return w.show(c, "network.html", shown)
}

// addWhole shows many pairs as a matrix or as a picture.
func (v boardView) addWhole(pairs []*dashboard.PairSummary, shown *networkPage) {
	n := v.network(pairs, shown.Asked)
	if n.grouped {
		shown.Grouped = fmt.Sprintf("%d applications are too many to be read one by one, so some stand together. Choose a group to open it; the list below has all.", len(members(pairs)))
	}
	for _, view := range []struct{ name, text string }{{"", "Matrix"}, {"picture", "Picture"}} {
		with := shown.Asked
		with.View = view.name
		shown.Views = append(shown.Views, statusLink{word: word{Word: view.text}, Address: v.at.Path("/network?" + with.values().Encode()), Current: shown.Asked.View == view.name})
	}
	if shown.Asked.View == "picture" && n.isTangle() {
		shown.Tangle = "So many of these need each other that lines would cross everywhere. The matrix shows the same, and each group and each application has a picture of its own."
	}
	if shown.Asked.View == "picture" && shown.Tangle == "" {
		shown.Whole = n.draw()
	} else {
		shown.Matrix = n.matrix()
		v.addBeside(pairs, shown)
	}
}

// Small matrices are shown larger than they are drawn: up to this wide, and so many
// times at most.
const (
	matrixRoom   = 830
	matrixLarger = 1.2
)

func (m dependencyMatrix) larger() float64 {
	return min(max(float64(matrixRoom)/float64(m.Width), 1), matrixLarger)
}

// ShownWidth is how wide the matrix is shown, in pixels.
func (m dependencyMatrix) ShownWidth() int { return int(float64(m.Width) * m.larger()) }

// ShownHeight is how high the matrix is shown, in pixels.
func (m dependencyMatrix) ShownHeight() int { return int(float64(m.Height) * m.larger()) }

// needed is an application with how many need it.
type needed struct {
	Application link
	Consumers   string
}

// besideMatrix is how many of the most needed and of the failing are named.
const besideMatrix = 5

// addBeside names whom most need, and which pairs fail.
func (v boardView) addBeside(pairs []*dashboard.PairSummary, shown *networkPage) {
	consumers, state := map[*dashboard.Application]int{}, shown.Asked.stateOf(v.board)
	for _, p := range pairs {
		consumers[p.Provider]++
		if state(p) == dashboard.Fails && len(shown.Failing) < besideMatrix {
			failing := pairOf(v.at, p.Consumer.Name, p.Provider.Name, dashboard.Fails, titles[dashboard.Fails])
			failing.Class = "inline"
			shown.Failing = append(shown.Failing, failing)
		}
	}
	most := slices.SortedFunc(maps.Keys(consumers), func(a, b *dashboard.Application) int {
		return cmp.Or(consumers[b]-consumers[a], byText(a.Name, b.Name))
	})
	for _, a := range most[:min(len(most), besideMatrix)] {
		shown.MostNeeded = append(shown.MostNeeded, needed{applicationAt(v.at, a.Name), counted(consumers[a], "consumer")})
	}
}

// addPaths shows the ways between two applications, or says that there are none.
func (v boardView) addPaths(found [][]*dashboard.PairSummary, shown *networkPage) {
	from, to := shown.Asked.From, shown.Asked.To
	shown.Lead = counted(len(found), "path") + " from " + from + " to " + to
	for _, path := range found {
		var steps networkPath
		for _, p := range path {
			step := pairOf(v.at, p.Consumer.Name, p.Provider.Name, p.Worst, titles[p.Worst])
			step.Class = "inline"
			steps.Pairs = append(steps.Pairs, step)
		}
		shown.Paths = append(shown.Paths, steps)
	}
	if len(found) == 0 {
		shown.NoPath = from + " does not need " + to + ", and nobody whom it needs does."
		if back := paths(applicationAsked(v.board, to), applicationAsked(v.board, from)); len(back) > 0 {
			shown.NoPath += " But " + to + " needs " + from + "."
		}
	}
}

// members are the applications of some pairs: those that only ask come first.
func members(pairs []*dashboard.PairSummary) []*dashboard.Application {
	seen := map[*dashboard.Application]bool{}
	var found []*dashboard.Application
	for _, p := range pairs {
		for _, a := range []*dashboard.Application{p.Consumer, p.Provider} {
			if !seen[a] {
				seen[a] = true
				found = append(found, a)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b *dashboard.Application) int {
		if (len(a.Consumers) == 0) != (len(b.Consumers) == 0) {
			return len(a.Consumers) - len(b.Consumers)
		}
		return byText(a.Name, b.Name)
	})
	return found
}

// matrix draws the network with a row and a column for each; nil if there is
// nothing.
func (n network) matrix() *dependencyMatrix {
	if len(n.nodes) == 0 {
		return nil
	}
	side := len(n.nodes) * matrixStep
	drawn := &dependencyMatrix{Corner: matrixTop - 6, Right: matrixLeft + side, Bottom: matrixTop + side, Width: matrixLeft + side + 80, Height: matrixTop + side + 8}
	for i, node := range n.nodes {
		if i%2 == 0 {
			drawn.Bands = append(drawn.Bands, matrixTop+i*matrixStep)
		}
		drawn.Rows = append(drawn.Rows, matrixLabel{tinyFace.fitted(node.name, matrixLeft-8), node.name, node.address, matrixLeft - 8, matrixTop + i*matrixStep + 14})
		drawn.Columns = append(drawn.Columns, matrixLabel{tinyFace.fitted(node.name, matrixTop-6), node.name, node.address, matrixLeft + i*matrixStep + 14, matrixTop - 6})
	}
	for _, e := range n.edges {
		x, y := matrixLeft+e.to*matrixStep, matrixTop+e.from*matrixStep
		drawn.Marks = append(drawn.Marks, dependencyMark{Address: e.address, Title: e.title, Kind: orWord(states[e.state].Kind, "none"), X: x + 3, Y: y + 3, CX: x + 10, CY: y + 10})
	}
	return drawn
}

// downloads write pairs in the forms that other programs drawn.
var downloads = map[string]struct {
	media, file string
	write       func(pairs []*dashboard.PairSummary, state func(*dashboard.PairSummary) dashboard.State) string
}{
	"csv": {edge.CSV, "network.csv", networkCSV}, "dot": {edge.Graphviz, "network.dot", networkDOT}, "mermaid": {edge.PlainText, "network.mmd", networkMermaid},
}

func (w *Web) downloadNetwork(c *gin.Context) error {
	as, _ := edge.QueryValue(c, "as")
	form, known := downloads[as]
	if !known && as != "svg" {
		return fault.InvalidField("as", "must be svg, csv, dot or mermaid")
	}
	v, err := w.board(c)
	if err != nil {
		return err
	}
	asked, board := readNetworkQuery(c), v.board
	part, err := asked.partOf(board, v.teams)
	if err != nil {
		return err
	}
	if as == "svg" {
		v.at = edge.Base(c)
		drawn := v.network(part.pairs, asked).draw()
		if drawn == nil {
			drawn = &networkPicture{Width: networkBoxWidth, Height: networkBoxHeight, Description: "No integration"}
		}
		body, err := w.render("network.svg", drawn)
		if err != nil {
			return err
		}
		c.Header("Content-Disposition", `attachment; filename="network.svg"`)
		return edge.Bytes(c, http.StatusOK, edge.SVG, body)
	}
	c.Header("Content-Disposition", `attachment; filename="`+form.file+`"`)
	return edge.Text(c, http.StatusOK, form.media, form.write(part.pairs, asked.stateOf(board)))
}

func networkCSV(pairs []*dashboard.PairSummary, state func(*dashboard.PairSummary) dashboard.State) string {
	var text strings.Builder
	text.WriteString("consumer,provider,state\n")
	for _, p := range pairs {
		fmt.Fprintf(&text, "%s,%s,%s\n", csvField(p.Consumer.Name), csvField(p.Provider.Name), state(p))
	}
	return text.String()
}

// csvField quotes a name, and keeps spreadsheets from taking it for a formula.
func csvField(name string) string {
	if strings.ContainsAny(name[:min(len(name), 1)], "=+-@\t\r") {
		name = "'" + name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func networkDOT(pairs []*dashboard.PairSummary, state func(*dashboard.PairSummary) dashboard.State) string {
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	var text strings.Builder
	text.WriteString("digraph {\n  rankdir=LR\n")
	for _, p := range pairs {
		fmt.Fprintf(&text, "  \"%s\" -> \"%s\" [label=\"%s\"]\n", quote.Replace(p.Consumer.Name), quote.Replace(p.Provider.Name), state(p))
	}
	return text.String() + "}\n"
}

func networkMermaid(pairs []*dashboard.PairSummary, state func(*dashboard.PairSummary) dashboard.State) string {
	quote := strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "&", "#amp;", "`", "#96;")
	var text strings.Builder
	text.WriteString("flowchart LR\n")
	for _, p := range pairs {
		fmt.Fprintf(
			&text,
			"  a%d[\"%s\"] -->|%s| a%d[\"%s\"]\n",
			p.ConsumerID,
			quote.Replace(p.Consumer.Name),
			strings.ReplaceAll(string(state(p)), "_", " "),
			p.ProviderID,
			quote.Replace(p.Provider.Name),
		)
	}
	return text.String()
}
