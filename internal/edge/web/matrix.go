package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/questions"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/support/links"
)

// matrixPage shows which version works with which.
type matrixPage struct {
	frame
	Consumer, Provider string
	Names              []string
	Latest             bool
	Grid               *grid
	Rows               []matrixRow
	Count              string
	Asked              bool
	API                string
}

// grid has the versions of the consumer down and those of the provider across.
type grid struct {
	Across []gridHead
	Down   []gridRow
	Left   string
}

type gridHead struct {
	Version      version
	Branch       string
	Environments []environment
	At           moment
}

type gridRow struct {
	gridHead
	Cells []gridCell
}

// gridCell is what two versions make of each other; Meet tells that both are in
// an environment.
type gridCell struct {
	Mark    word
	Address string
	Meet    bool
	Where   string
}

// matrixRow is a contract with one result.
type matrixRow struct {
	Consumer, Provider         gridHead
	ConsumerName, ProviderName string
	Result                     word
	At                         moment
	// Compared leads to what a comparison has found, "" if none has judged the row.
	Contract, Compared string
}

// What of a long history a grid shows.
const (
	gridDown   = 12
	gridAcross = 8
	rowsShown  = 200
)

func (w *Web) showMatrix(c *gin.Context) error {
	consumer, _ := edge.QueryValue(c, "consumer")
	provider, _ := edge.QueryValue(c, "provider")
	if consumer, provider = strings.TrimSpace(consumer), strings.TrimSpace(provider); consumer != "" && provider != "" {
		return moved(c, here(c).MatrixOf(provider, consumer))
	}
	shown := matrixPage{frame: w.frame(c, "Matrix", "/matrix"), Consumer: consumer, Provider: provider}
	if err := w.suggest(c, &shown); err != nil {
		return err
	}
	if !hasSelectors(c) {
		return w.show(c, "matrix.html", shown)
	}
	question, err := questions.Matrix(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	verdict, err := w.services.Matrix.Decide(c.Request.Context(), question)
	if err != nil {
		return err
	}
	v := matrixView{moments: moments{w.services.Now()}, at: here(c), verdict: verdict}
	shown.Rows, shown.Asked, shown.Count = v.rows(), true, v.count()
	return w.show(c, "matrix.html", shown)
}

// hasSelectors reports whether a query asks in the manner of the API.
func hasSelectors(c *gin.Context) bool {
	return slices.ContainsFunc(edge.Query(c), func(p edge.Pair) bool { return strings.HasPrefix(p.Key, "q[") })
}

func (w *Web) suggest(c *gin.Context, shown *matrixPage) error {
	board, err := w.services.Boards.Board(c.Request.Context())
	if err != nil {
		return err
	}
	for _, a := range board.Applications[:min(len(board.Applications), suggestedAtMost)] {
		shown.Names = append(shown.Names, a.Name)
	}
	return nil
}

func (w *Web) showMatrixOfPair(c *gin.Context) error {
	consumer, provider := edge.Param(c, "consumer"), edge.Param(c, "provider")
	query := fmt.Sprintf("latestby=cvpv&limit=%d", rowsShown)
	if raw := c.Request.URL.RawQuery; strings.Contains(raw, "latestby=") {
		query = raw
	}
	ctx := c.Request.Context()
	question, err := questions.Pair(query, consumer, provider)
	if err != nil {
		return cmp.Or(w.services.Matrix.MustKnow(ctx, consumer, provider), err)
	}
	verdict, err := w.services.Matrix.Pair(ctx, consumer, provider, question)
	if err != nil {
		return err
	}
	v := matrixView{moments: moments{w.services.Now()}, at: here(c), verdict: verdict}
	shown := matrixPage{
		frame:    w.frame(c, consumer+" and "+provider, "/matrix", entry{Text: "Matrix", Address: v.at.Path("/matrix")}, entry{Text: consumer + " and " + provider}),
		Consumer: consumer, Provider: provider, Grid: v.grid(), Rows: v.rows(), Asked: true, Count: v.count(),
	}
	if err := w.suggest(c, &shown); err != nil {
		return err
	}
	return w.show(c, "matrix.html", shown)
}

// matrixView shows the rows of a verdict.
type matrixView struct {
	moments
	at      links.Base
	verdict matrix.Verdict
}

func (v matrixView) head(application string, id int64, number string) gridHead {
	d := v.verdict.Details[id]
	h := gridHead{Version: versionAt(v.at, application, number), At: v.ago(d.Version.CreatedAt)}
	for _, b := range d.Branches {
		h.Branch = b.Branch
	}
	for _, e := range d.Environments {
		h.Environments = append(h.Environments, environmentAt(v.at, e))
	}
	return h
}

var outcomes = map[matrix.Outcome]word{
	matrix.Successful: {Kind: "yes", Icon: "yes", Word: "Works"}, matrix.Failed: {Kind: "no", Icon: "no", Word: "Fails"},
	matrix.Unverified: {Kind: "unsure", Icon: "unsure", Word: "Not known"},
}

// count says how many rows there are, and how many of them are shown.
func (v matrixView) count() string {
	all := counted(len(v.verdict.Rows), "row")
	if len(v.verdict.Rows) > rowsShown {
		return fmt.Sprintf("the first %d of %s", rowsShown, all)
	}
	return all
}

func (v matrixView) rows() []matrixRow {
	var rows []matrixRow
	for _, r := range v.verdict.Rows[:min(len(v.verdict.Rows), rowsShown)] {
		row := matrixRow{
			Consumer: v.head(r.Pact.Consumer, r.Pact.VersionID, r.Pact.VersionNumber), ConsumerName: r.Pact.Consumer, ProviderName: r.Pact.Provider,
			Provider: v.head(r.Pact.Provider, r.Provider.ID, r.Provider.Number), Result: outcomes[r.Outcome()], Contract: resultAt(v.at, r.Pact, resultNumber(r.Result)),
		}
		if r.Result != nil {
			row.At, row.Compared = v.ago(r.Result.ExecutedAt), v.compared(r)
		}
		rows = append(rows, row)
	}
	return rows
}

// resultNumber is the number of a result, 0 of what has none: nothing, or a comparison.
func resultNumber(r *matrix.Result) int64 {
	if r == nil || r.Compared {
		return 0
	}
	return r.Number
}

// compared leads to what a comparison has found, "" if none has judged the row.
func (v matrixView) compared(r matrix.Row) string {
	if r.Result == nil || !r.Result.Compared {
		return ""
	}
	return v.at.ComparedResult(r.Pact.Provider, r.Provider.Number, r.Pact.Consumer, r.Pact.SHA)
}

// grid lays the rows out, the newest versions first; nil if nothing was tried.
func (v matrixView) grid() *grid {
	var down, across []int64
	isDown, isAcross := map[int64]bool{}, map[int64]bool{}
	numbers := map[int64]matrix.Row{}
	at := map[[2]int64]matrix.Row{}
	for _, r := range v.verdict.Rows {
		if !isDown[r.Pact.VersionID] {
			isDown[r.Pact.VersionID], down = true, append(down, r.Pact.VersionID)
		}
		if !isAcross[r.Provider.ID] {
			isAcross[r.Provider.ID], across = true, append(across, r.Provider.ID)
		}
		numbers[r.Pact.VersionID] = r
		if key := [2]int64{r.Pact.VersionID, r.Provider.ID}; at[key].Result == nil {
			at[key] = r // the newest result comes first
		}
	}
	across = slices.DeleteFunc(across, func(id int64) bool { return id == 0 })
	if len(across) == 0 {
		return nil
	}
	newest := func(a, b int64) int {
		return cmp.Compare(v.verdict.Details[b].Version.Position, v.verdict.Details[a].Version.Position)
	}
	slices.SortStableFunc(down, newest)
	slices.SortStableFunc(across, newest)
	first := v.verdict.Rows[0].Pact
	made := &grid{Left: first.Consumer + " down, " + first.Provider + " across"}
	for _, p := range across[:min(len(across), gridAcross)] {
		made.Across = append(made.Across, v.head(first.Provider, p, v.verdict.Details[p].Version.Number))
	}
	for _, d := range down[:min(len(down), gridDown)] {
		row := gridRow{gridHead: v.head(first.Consumer, d, numbers[d].Pact.VersionNumber)}
		for i, p := range across[:min(len(across), gridAcross)] {
			row.Cells = append(row.Cells, v.cell(at, d, p, row.gridHead, made.Across[i]))
		}
		made.Down = append(made.Down, row)
	}
	return made
}

func (v matrixView) cell(at map[[2]int64]matrix.Row, consumer, provider int64, down, across gridHead) gridCell {
	made := gridCell{Mark: word{Icon: "none", Word: "not tried"}}
	if r, tried := at[[2]int64{consumer, provider}]; tried {
		made.Mark, made.Address = outcomes[r.Outcome()], cmp.Or(v.compared(r), resultAt(v.at, r.Pact, resultNumber(r.Result)))
	}
	var together []string
	for _, e := range down.Environments {
		if slices.Contains(across.Environments, e) {
			together = append(together, e.Name)
		}
	}
	made.Meet, made.Where = len(together) > 0, strings.Join(together, ", ")
	return made
}

// goMatrixOfPair leads from the Pact Broker's overview of one pair to its matrix.
func (w *Web) goMatrixOfPair(c *gin.Context) error {
	return moved(c, here(c).MatrixOf(edge.Param(c, "provider"), edge.Param(c, "consumer")))
}
