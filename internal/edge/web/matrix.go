package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/questions"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
)

// matrixPage shows which version works with which.
type matrixPage struct {
	frame
	// Pair is the pair that is shown; its names are empty where several are.
	Pair pair
	Form matrixForm
	// Asked says in words what was asked, with how many rows of each outcome there are;
	// it is empty as long as nothing was.
	Asked    sentence
	Outcomes []outcomeCount
	// Absent are the versions that are asked for and not there.
	Absent []string
	Grids  []grid
	// MoreGrids is how many pairs have no grid, but rows.
	MoreGrids int
	// Nothing says why there is no row.
	Nothing string
	Rows    []matrixRow
	Count   string
	JSON    string
	// Verdict asks whether it may go, "" where that would be about any version.
	Verdict string
	// Contract is the newest of the only pair, "" if there are several.
	Contract string
}

// outcomeCount is how many rows have an outcome.
type outcomeCount struct {
	word
	Count int
}

// Text is the count in words: "1 fails", "2 fail", "3 not known".
func (o outcomeCount) Text() string {
	said := strings.ToLower(o.Word)
	if o.Count != 1 && (o.Kind == "yes" || o.Kind == "no") { // these are verbs
		said = strings.TrimSuffix(said, "s")
	}
	return fmt.Sprintf("%d %s", o.Count, said)
}

// grid has the versions of the consumer down and those of the provider across.
type grid struct {
	Consumer, Provider string
	Across             []gridHead
	Down               []gridRow
	// Cut says how much of it is shown; "" if all is.
	Cut string
	// Partial tells that the question leaves out what is known of some versions.
	Partial bool
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
	Mark word
	// Result leads to what was found, Contract to what was to be kept.
	Result, Contract string
	Meet             bool
	Where            string
}

// matrixRow is a contract with one result.
type matrixRow struct {
	Consumer, Provider         gridHead
	ConsumerName, ProviderName string
	Result                     word
	At                         moment
	// Found leads to the result, "" if there is none; ByComparison tells that no
	// verification has found it.
	Contract, Found string
	ByComparison    bool
}

// What of a long history a grid shows.
const (
	gridDown   = 12
	gridAcross = 8
	rowsShown  = 200
	gridsShown = 4
)

func (w *Web) showMatrix(c *gin.Context) error {
	consumer, _ := edge.QueryValue(c, "consumer")
	provider, _ := edge.QueryValue(c, "provider")
	if consumer, provider = strings.TrimSpace(consumer), strings.TrimSpace(provider); consumer != "" && provider != "" {
		return moved(c, here(c).MatrixOf(provider, consumer))
	}
	if query, changed := tidied(edge.Query(c)); changed {
		return moved(c, here(c).Path("/matrix?"+written(query)))
	}
	if !hasSelectors(c) {
		return edge.AnswerInOneView(c, func(c *gin.Context) error { return w.suggestMatrix(c, consumer, provider) })
	}
	team, err := w.askedTeam(c)
	if err != nil {
		return err
	}
	question, err := questions.Matrix(c.Request.URL.RawQuery)
	if err != nil {
		return w.askMatrixAgain(c, question, team, err)
	}
	verdict, err := w.services.Matrix.Decide(c.Request.Context(), question)
	if err != nil {
		return w.askMatrixAgain(c, question, team, err)
	}
	return w.showRows(c, verdict, team, w.frame(c, "Matrix", "/matrix"))
}

// suggestMatrix shows the form in which nothing but two names at most is filled in.
func (w *Web) suggestMatrix(c *gin.Context, consumer, provider string) error {
	team, err := w.askedTeam(c)
	if err != nil {
		return err
	}
	suggested := matrix.Question{Selectors: []matrix.Selector{{Pacticipant: consumer}, {Pacticipant: provider}}, LatestBy: matrix.LatestByBothVersions}
	form, err := w.matrixForm(c, suggested, team, nil)
	if err != nil {
		return err
	}
	return w.show(c, "matrix.html", matrixPage{frame: w.frame(c, "Matrix", "/matrix"), Form: form})
}

// hasSelectors reports whether a query asks in the manner of the API.
func hasSelectors(c *gin.Context) bool {
	return slices.ContainsFunc(edge.Query(c), func(p edge.Pair) bool { return strings.HasPrefix(p.Key, "q[") })
}

// askMatrixAgain shows the form with what was asked, and what is wrong with it.
func (w *Web) askMatrixAgain(c *gin.Context, question matrix.Question, team askedTeam, wrong error) error {
	if !fault.Is(wrong, fault.Invalid) {
		return wrong
	}
	form, err := w.matrixForm(c, question, team, wrong)
	if err != nil {
		return err
	}
	return w.showAs(c, http.StatusBadRequest, "matrix.html", matrixPage{frame: w.frame(c, "Matrix", "/matrix"), Form: form})
}

func (w *Web) matrixForm(c *gin.Context, question matrix.Question, team askedTeam, wrong error) (matrixForm, error) {
	a, err := w.asker(c.Request.Context(), here(c), "/matrix", question, wrong)
	if err != nil {
		return matrixForm{}, err
	}
	a.team = team
	return a.form("Show"), nil
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
	name := consumer + " and " + provider
	return w.showRows(c, verdict, askedTeam{}, w.frame(c, name, "/matrix", entry{Text: "Matrix", Address: here(c).Path("/matrix")}, entry{Text: name}))
}

// showRows shows what came of a question, of a team if one is asked for.
func (w *Web) showRows(c *gin.Context, verdict matrix.Verdict, team askedTeam, f frame) error {
	a, err := w.asker(c.Request.Context(), here(c), "/matrix", verdict.Question, nil)
	if err != nil {
		return err
	}
	a.team = team
	verdict.Rows = withExternal(verdict)
	v := matrixView{moments: moments{w.services.Now()}, at: a.at, verdict: verdict, board: a.board, team: team.name(), considered: len(verdict.Rows)}
	if team.Team != nil {
		v.verdict.Rows = filter(verdict.Rows, func(r matrix.Row) bool { return team.owns(r.Pact.Consumer) || team.owns(r.Pact.Provider) })
	}
	query := written(apiQueryOf(verdict.Question))
	shown := matrixPage{
		frame: f, Form: a.form("Show"), Asked: questionSaid(verdict.Question, team.name()), Outcomes: v.outcomes(), Absent: v.absent(), Grids: v.grids(),
		Rows: v.rows(), Count: v.count(), JSON: a.at.Path("/matrix.json?" + query),
	}
	shown.Nothing = v.nothing()
	q := verdict.Question
	if q.Target.Given() || slices.ContainsFunc(q.Selectors, func(s matrix.Selector) bool { return s.Criteria != matrix.Criteria{} }) {
		shown.Verdict = a.at.Path("/can-i-deploy?" + query)
	}
	shown.MoreGrids = max(0, len(shown.Grids)-gridsShown)
	shown.Grids = shown.Grids[:min(len(shown.Grids), gridsShown)]
	if p := v.onlyPair(); p != nil {
		shown.Contract = a.at.Pact(p.Provider, p.Consumer, p.VersionNumber)
		shown.Pair = pair{Consumer: applicationAt(a.at, p.Consumer), Provider: applicationAt(a.at, p.Provider), Class: "big"}
		state := dashboard.NotKnown
		if known := a.board.Pair(p.Consumer, p.Provider); known != nil {
			state = known.Worst
		}
		shown.Pair.Knot, shown.Pair.Title = states[state], titles[state]
	}
	return w.show(c, "matrix.html", shown)
}

// withExternal are the rows of a verdict, with those that do not count because the provider
// is external.
func withExternal(verdict matrix.Verdict) []matrix.Row {
	return slices.Concat(verdict.Rows, filter(verdict.Ignored, func(r matrix.Row) bool {
		_, external := verdict.External[r.Pact.ProviderID]
		return external && r.Result == nil
	}))
}

// matrixView shows the rows of a verdict.
type matrixView struct {
	moments
	at      links.Base
	verdict matrix.Verdict
	board   *dashboard.Board
	// Team is the one of whose applications the rows are, "" for no certain one;
	// considered is how many rows there are without it.
	team       string
	considered int
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
	matrix.Successful: states[dashboard.Works], matrix.Failed: states[dashboard.Fails], matrix.Unverified: states[dashboard.NotKnown],
}

// mark is the state of a row, or of what has none. What is not known of an external
// provider does not count.
func (v matrixView) mark(provider string, o matrix.Outcome) word {
	if a := v.board.ApplicationNamed(provider); o == matrix.Unverified && a != nil && a.External != nil {
		return states[dashboard.Ignored]
	}
	return outcomes[o]
}

// absent says which versions are asked for that are not there.
func (v matrixView) absent() (all []string) {
	for _, r := range v.verdict.Reasons {
		if r.Kind == matrix.VersionIsMissing || r.Kind == matrix.IgnoredIsMissing {
			all = append(all, strings.TrimPrefix(shortened(r.Text()), "WARN: "))
		}
	}
	return all
}

// outcomes counts the rows by what came of them.
func (v matrixView) outcomes() (all []outcomeCount) {
	counts := map[word]int{}
	for _, r := range v.verdict.Rows {
		counts[v.mark(r.Pact.Provider, r.Outcome())]++
	}
	for _, o := range outcomeNames {
		all = append(all, outcomeCount{outcomes[o.outcome], counts[outcomes[o.outcome]]})
	}
	if external := states[dashboard.Ignored]; counts[external] > 0 {
		all = append(all, outcomeCount{external, counts[external]})
	}
	return all
}

// onlyPair is the newest contract of the only pair that has rows, nil if there are several
// or none.
func (v matrixView) onlyPair() *contracts.Publication {
	var newest *contracts.Publication
	for i, r := range v.verdict.Rows {
		if newest != nil && newest.IntegrationID != r.Pact.IntegrationID {
			return nil
		}
		if newest == nil || r.Pact.VersionPosition > newest.VersionPosition {
			newest = &v.verdict.Rows[i].Pact
		}
	}
	return newest
}

// count says how many rows there are, and how many of them are shown.
func (v matrixView) count() string {
	all := counted(len(v.verdict.Rows), "row")
	if v.team != "" {
		all = fmt.Sprintf("%d of %s", len(v.verdict.Rows), counted(v.considered, "row"))
	}
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
			Provider: v.head(r.Pact.Provider, r.Provider.ID, r.Provider.Number), Result: v.mark(r.Pact.Provider, r.Outcome()), Contract: resultAt(v.at, r.Pact, 0), Found: v.found(r),
		}
		if r.Result != nil {
			row.At, row.ByComparison = v.ago(r.Result.ExecutedAt), r.Result.Compared
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

// found leads to the result of a row, "" if there is none.
func (v matrixView) found(r matrix.Row) string {
	switch {
	case r.Result == nil:
		return ""
	case r.Result.Compared:
		return v.at.ComparedResult(r.Pact.Provider, r.Provider.Number, r.Pact.Consumer, r.Pact.SHA)
	}
	return resultAt(v.at, r.Pact, r.Result.Number)
}

// nothing says why there is no row, of the first two applications that are named.
func (v matrixView) nothing() string {
	if s := v.verdict.Question.Selectors; len(s) >= 2 && v.board.Pair(s[0].Pacticipant, s[1].Pacticipant) == nil && v.board.Pair(s[1].Pacticipant, s[0].Pacticipant) == nil {
		return s[0].Pacticipant + " and " + s[1].Pacticipant + " have no contract with each other."
	}
	if v.considered > 0 {
		return "None of " + counted(v.considered, "row") + " is about an application of the team " + v.team + "."
	}
	return "No contract of these versions is known, or the question leaves it out."
}

// grids lays out the rows of each pair, in the order of the rows.
func (v matrixView) grids() (all []grid) {
	of := map[int64][]matrix.Row{}
	var order []int64
	for _, r := range v.verdict.Rows {
		if of[r.Pact.IntegrationID] == nil {
			order = append(order, r.Pact.IntegrationID)
		}
		of[r.Pact.IntegrationID] = append(of[r.Pact.IntegrationID], r)
	}
	for _, pair := range order {
		if made, any := v.grid(of[pair]); any {
			all = append(all, made)
		}
	}
	return all
}

// grid lays the rows of a pair out, the newest versions first. Where nothing was tried, the
// versions of the provider are those that are asked for or that count; it reports whether
// there is any.
func (v matrixView) grid(rows []matrix.Row) (made grid, any bool) {
	var down, across []int64
	isDown, isAcross := map[int64]bool{}, map[int64]bool{}
	numbers := map[int64]string{}
	at := map[[2]int64]matrix.Row{}
	for _, r := range rows {
		if !isDown[r.Pact.VersionID] {
			isDown[r.Pact.VersionID], down = true, append(down, r.Pact.VersionID)
		}
		if !isAcross[r.Provider.ID] {
			isAcross[r.Provider.ID], across = true, append(across, r.Provider.ID)
		}
		numbers[r.Pact.VersionID] = r.Pact.VersionNumber
		if key := [2]int64{r.Pact.VersionID, r.Provider.ID}; at[key].Result == nil {
			at[key] = r // the newest result comes first
		}
	}
	across = slices.DeleteFunc(across, func(id int64) bool { return id == 0 })
	untried := map[int64]gridHead{}
	if len(across) == 0 {
		across = v.untried(rows[0].Pact.Provider, untried)
	}
	if len(across) == 0 {
		return grid{}, false
	}
	newest := func(a, b int64) int {
		return cmp.Compare(v.verdict.Details[b].Version.Position, v.verdict.Details[a].Version.Position)
	}
	slices.SortStableFunc(down, newest)
	if len(untried) == 0 {
		slices.SortStableFunc(across, newest)
	}
	made = grid{Consumer: rows[0].Pact.Consumer, Provider: rows[0].Pact.Provider, Partial: !v.complete()}
	if len(down) > gridDown || len(across) > gridAcross {
		made.Cut = fmt.Sprintf(
			"The newest %d of %s and the newest %d of %s; the rows have all",
			min(len(down), gridDown),
			counted(len(down), "consumer version"),
			min(len(across), gridAcross),
			counted(len(across), "provider version"),
		)
	}
	across = across[:min(len(across), gridAcross)]
	for _, p := range across {
		if head, is := untried[p]; is {
			made.Across = append(made.Across, head)
			continue
		}
		made.Across = append(made.Across, v.head(made.Provider, p, v.verdict.Details[p].Version.Number))
	}
	for _, d := range down[:min(len(down), gridDown)] {
		row := gridRow{gridHead: v.head(made.Consumer, d, numbers[d])}
		for i, p := range across {
			row.Cells = append(row.Cells, v.cell(at, made.Provider, d, p, row.gridHead, made.Across[i]))
		}
		made.Down = append(made.Down, row)
	}
	return made, true
}

// notAmongRows is the mark of two versions of which the question leaves out what is known.
var notAmongRows = word{Icon: "none", Word: "Not among the rows"}

// complete reports whether two versions without a row have no result.
func (v matrixView) complete() bool {
	q := v.verdict.Question
	return len(q.Outcomes) == 0 && (q.Limit == 0 || v.considered < q.Limit) && (q.LatestBy == matrix.LatestByBothVersions || q.LatestBy == matrix.Everything)
}

// untried are the versions of a provider to show where none has a result: those that are
// asked for or, if none is, the newest and those that are somewhere.
func (v matrixView) untried(provider string, heads map[int64]gridHead) (ids []int64) {
	add := func(id int64, number string, at moment, environments ...environment) {
		head, known := heads[id]
		if !known {
			head, ids = gridHead{Version: versionAt(v.at, provider, number), At: at}, append(ids, id)
		}
		for _, e := range environments {
			if !slices.Contains(head.Environments, e) {
				head.Environments = append(head.Environments, e)
			}
		}
		heads[id] = head
	}
	for _, e := range v.verdict.Entries {
		if e.Specified && e.Version.ID != 0 && e.Version.Pacticipant == provider {
			add(e.Version.ID, e.Version.Number, v.ago(e.Version.CreatedAt))
		}
	}
	a := v.board.ApplicationNamed(provider)
	if len(ids) > 0 || a == nil {
		return ids
	}
	if a.Newest.ID != 0 {
		add(a.Newest.ID, a.Newest.Number, v.ago(a.Newest.CreatedAt))
	}
	for _, e := range v.board.Environments {
		for _, p := range a.In(e.ID) {
			add(p.VersionID, p.Number, moment{}, environmentAt(v.at, e))
		}
	}
	return ids
}

func (v matrixView) cell(at map[[2]int64]matrix.Row, application string, consumer, provider int64, down, across gridHead) gridCell {
	made := gridCell{Mark: notAmongRows}
	if r, known := at[[2]int64{consumer, provider}]; known {
		made.Mark, made.Result, made.Contract = v.mark(r.Pact.Provider, r.Outcome()), v.found(r), resultAt(v.at, r.Pact, 0)
	} else if v.complete() {
		made.Mark = v.mark(application, matrix.Unverified)
		if r, known := at[[2]int64{consumer, 0}]; known {
			made.Contract = resultAt(v.at, r.Pact, 0)
		}
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
