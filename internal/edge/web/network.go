package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// networkPage shows who needs whom: around one application, or as a whole.
type networkPage struct {
	frame
	Around    string
	Names     []string
	Label     choice
	Picture   *picture
	Matrix    *dependencyMatrix
	TooMany   string
	Rows      []integrationRow
	Paging    paging
	Downloads []link
	Lead      string
}

// dependencyMatrix has a row for each consumer and a column for each provider.
type dependencyMatrix struct {
	Width, Height int
	Bands         []int
	Right, Bottom int
	Rows          []matrixLabel
	Columns       []matrixLabel
	Marks         []dependencyMark
}

type matrixLabel struct {
	Text string
	X, Y int
}

type dependencyMark struct {
	Address, Title string
	Kind           string
	X, Y           int
	// CX and CY are the middle of the cell.
	CX, CY int
}

// What a dependency matrix measures, and up to how many applications it is drawn.
const (
	matrixStep   = 20
	matrixLeft   = 190
	matrixTop    = 150
	matrixAtMost = 60
)

func (w *Web) showNetwork(c *gin.Context) error {
	page, err := pageOf(c, integrationsShown, integrationsAtMost)
	if err != nil {
		return err
	}
	board, err := w.services.Boards.Board(c.Request.Context())
	if err != nil {
		return err
	}
	around, _ := edge.QueryValue(c, "around")
	return w.network(c, board, page, strings.TrimSpace(around))
}

// showNetworkOf shows the neighbours of the application that the address names.
func (w *Web) showNetworkOf(c *gin.Context) error {
	return moved(c, here(c).Path("/network?around="+url.QueryEscape(edge.Param(c, "pacticipant"))))
}

func (w *Web) network(c *gin.Context, board *dashboard.Board, page edge.Page, around string) error {
	v := boardView{at: here(c), board: board, moments: moments{board.At}}
	label, _ := edge.QueryValue(c, "label")
	shown := networkPage{frame: w.frame(c, "Network", "/network"), Around: around, Label: choose("label", "Label", "Any label", label, v.labels())}
	pairs := (integrationQuery{label: label}).narrowed(board, nil)
	if around != "" {
		a := board.ApplicationNamed(around)
		if a == nil {
			return fault.NoPacticipant("pacticipant", around)
		}
		shown.Picture = v.neighbours(a)
		pairs = slices.Concat(a.Consumers, a.Providers)
	} else {
		shown.Matrix, shown.TooMany = v.dependencies(pairs)
	}
	shown.Lead = counted(len(pairs), "integration") + ", " + counted(len(members(pairs)), "application")
	for _, a := range board.Applications[:min(len(board.Applications), suggestedAtMost)] {
		shown.Names = append(shown.Names, a.Name)
	}
	for _, p := range cut(worstFirst(pairs), page) {
		shown.Rows = append(shown.Rows, v.row(p))
	}
	shown.Paging = pagingOf(c, page, len(pairs))
	query := url.Values{"around": {around}, "label": {label}}
	for _, form := range []string{"CSV", "DOT", "Mermaid"} {
		query.Set("as", strings.ToLower(form))
		shown.Downloads = append(shown.Downloads, link{form, v.at.Path("/network/download?" + query.Encode())})
	}
	return w.show(c, "network.html", shown)
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

func (v boardView) dependencies(pairs []*dashboard.PairSummary) (drawn *dependencyMatrix, tooMany string) {
	all := members(pairs)
	if len(all) == 0 {
		return nil, ""
	}
	if len(all) > matrixAtMost {
		return nil, fmt.Sprintf("%d applications are too many for a matrix. Choose a label, or one application; the list below has them all.", len(all))
	}
	at := map[*dashboard.Application]int{}
	side := len(all) * matrixStep
	drawn = &dependencyMatrix{Right: matrixLeft + side, Bottom: matrixTop + side, Width: matrixLeft + side + 80, Height: matrixTop + side + 8}
	for i, a := range all {
		at[a] = i
		if i%2 == 0 {
			drawn.Bands = append(drawn.Bands, matrixTop+i*matrixStep)
		}
		drawn.Rows = append(drawn.Rows, matrixLabel{shortName(a.Name), matrixLeft - 8, matrixTop + i*matrixStep + 14})
		drawn.Columns = append(drawn.Columns, matrixLabel{shortName(a.Name), matrixLeft + i*matrixStep + 14, matrixTop - 6})
	}
	for _, p := range pairs {
		x, y := matrixLeft+at[p.Provider]*matrixStep, matrixTop+at[p.Consumer]*matrixStep
		drawn.Marks = append(drawn.Marks, dependencyMark{Address: v.at.Pact(p.Provider.Name, p.Consumer.Name, p.Contract.VersionNumber),
			Title: p.Consumer.Name + " needs " + p.Provider.Name + ": " + titles[p.Worst], Kind: orWord(states[p.Worst].Kind, "none"), X: x + 3, Y: y + 3, CX: x + 10, CY: y + 10})
	}
	return drawn, ""
}

// downloads write pairs in the forms that other programs draw.
var downloads = map[string]struct {
	media, file string
	write       func(pairs []*dashboard.PairSummary) string
}{
	"csv": {edge.CSV, "network.csv", networkCSV}, "dot": {edge.Graphviz, "network.dot", networkDOT}, "mermaid": {edge.PlainText, "network.mmd", networkMermaid},
}

func (w *Web) downloadNetwork(c *gin.Context) error {
	as, _ := edge.QueryValue(c, "as")
	form, known := downloads[as]
	if !known {
		return fault.InvalidField("as", "must be csv, dot or mermaid")
	}
	board, err := w.services.Boards.Board(c.Request.Context())
	if err != nil {
		return err
	}
	label, _ := edge.QueryValue(c, "label")
	pairs := (integrationQuery{label: label}).narrowed(board, nil)
	if around, _ := edge.QueryValue(c, "around"); around != "" {
		a := board.ApplicationNamed(around)
		if a == nil {
			return fault.NoPacticipant("pacticipant", around)
		}
		pairs = slices.Concat(a.Consumers, a.Providers)
	}
	c.Header("Content-Disposition", `attachment; filename="`+form.file+`"`)
	return edge.Text(c, http.StatusOK, form.media, form.write(pairs))
}

func networkCSV(pairs []*dashboard.PairSummary) string {
	var text strings.Builder
	text.WriteString("consumer,provider,state\n")
	for _, p := range pairs {
		fmt.Fprintf(&text, "%s,%s,%s\n", csvField(p.Consumer.Name), csvField(p.Provider.Name), p.Worst)
	}
	return text.String()
}

// csvField quotes a name, and keeps spreadsheets from taking it for a formula.
func csvField(name string) string {
	if strings.HasPrefix(name, "=") || strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") || strings.HasPrefix(name, "@") {
		name = "'" + name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func networkDOT(pairs []*dashboard.PairSummary) string {
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	var text strings.Builder
	text.WriteString("digraph {\n  rankdir=LR\n")
	for _, p := range pairs {
		fmt.Fprintf(&text, "  \"%s\" -> \"%s\" [label=\"%s\"]\n", quote.Replace(p.Consumer.Name), quote.Replace(p.Provider.Name), p.Worst)
	}
	return text.String() + "}\n"
}

func networkMermaid(pairs []*dashboard.PairSummary) string {
	quote := strings.NewReplacer(`"`, "#quot;", "<", "#lt;", ">", "#gt;")
	var text strings.Builder
	text.WriteString("flowchart LR\n")
	for _, p := range pairs {
		fmt.Fprintf(&text, "  a%d[\"%s\"] -->|%s| a%d[\"%s\"]\n", p.ConsumerID, quote.Replace(p.Consumer.Name), strings.ReplaceAll(string(p.Worst), "_", " "), p.ProviderID, quote.Replace(p.Provider.Name))
	}
	return text.String()
}
