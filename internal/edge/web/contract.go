package web

import (
	"context"
	"fmt"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/questions"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/verification"
)

// contractPage shows what exactly is promised, and whether it is kept.
type contractPage struct {
	frame
	Pair          pair
	Version       version
	Branch        string
	At            moment
	Content       string
	Specification string
	Marks         []word
	JSON          string
	Matrix        string
	Result        *contractResult
	Compared      *comparedNote
	// Results are those to choose from, Elsewhere failures that are not shown.
	Results, Elsewhere []resultChoice
	Groups             []interactionGroup
	Count              int
	More               int
	// TooLarge is how large a contract is that is not laid out, "" for others.
	TooLarge       string
	Before         version
	Changes        []contractChange
	ChangesSummary string
}

// contractResult is the last result for the content.
type contractResult struct {
	Mark  word
	By    version
	Owner string
	At    moment
	Build string
	// Unnamed tells that a failure does not say which interactions failed.
	Unnamed bool
}

// contractChange is one place in which the consumer asks for something else than
// before.
type contractChange struct {
	Mark        word
	Interaction string
	Path        string
	// Whole says what happened to the interaction as a whole.
	Whole         string
	Before, After string
}

// What of a large contract is shown.
const (
	// laidOutAtMost is how many bytes a contract has that is laid out: to take it apart
	// needs many times its size.
	laidOutAtMost      = 6 << 20
	interactionsListed = 200
	changesListed      = 100
	changeShown        = 1000
)

// whichPact reads the address of a contract.
func whichPact(c *gin.Context) contracts.Which {
	return contracts.Which{
		Consumer: edge.Param(c, "consumer"), Provider: edge.Param(c, "provider"), Number: edge.Param(c, "number"), Tag: edge.Param(c, "tag"),
		Branch: edge.Param(c, "branch"), SHA: edge.Param(c, "sha"),
	}
}

func (w *Web) showContract(c *gin.Context) error { return w.contract(c, whichPact(c)) }

func (w *Web) showUntaggedContract(c *gin.Context) error {
	which := whichPact(c)
	which.Untagged = true
	return w.contract(c, which)
}

// showSelectedContract shows a content with one of the versions for which it was
// selected.
func (w *Web) showSelectedContract(c *gin.Context) error {
	which := whichPact(c)
	which.Among, which.AmongID = questions.Metadata(edge.Param(c, "metadata")).ConsumerVersions()
	return w.contract(c, which)
}

func (w *Web) contract(c *gin.Context, which contracts.Which) error {
	ctx := c.Request.Context()
	p, err := contracts.Find(ctx, w.services.Pacts, which)
	if err != nil {
		return err
	}
	body, size, err := w.laidOut(ctx, p.ContentID)
	if err != nil {
		return err
	}
	board, err := w.services.Boards.Board(ctx)
	if err != nil {
		return err
	}
	v := contractView{boardView: boardView{at: here(c), board: board, moments: moments{board.At}}, pact: p}
	if err := w.addResults(c, &v); err != nil {
		return err
	}
	shown := v.page(body)
	if body == nil {
		shown.TooLarge, shown.Content = fmt.Sprintf("%.1f MB", float64(size)/(1<<20)), "large"
	} else if err := w.addChanges(c, v, body, &shown); err != nil {
		return err
	}
	shown.frame = w.frame(c, p.Consumer+" and "+p.Provider, "/", entry{Text: "Integrations", Address: v.at.Index() + "/"},
		entry{Text: p.Consumer, Address: v.at.Pacticipant(p.Consumer)}, entry{Text: p.Provider, Address: v.at.Pacticipant(p.Provider)}, entry{Text: "Contract " + short(p.VersionNumber)})
	c.Header("X-Pact-Consumer-Version", p.VersionNumber)
	return w.show(c, "contract.html", shown)
}

// laidOut reads a content that is not too large to be laid out; nothing of others.
func (w *Web) laidOut(ctx context.Context, contentID int64) (body []byte, size int64, err error) {
	sizes, err := w.services.ContentSizes(ctx, contentID)
	if size = sizes[contentID]; err != nil || size > laidOutAtMost {
		return nil, size, err
	}
	body, err = w.services.Pacts.ContentBody(ctx, contentID)
	return body, size, err
}

// addResults reads what is known of whether the contract is kept.
func (w *Web) addResults(c *gin.Context, v *contractView) (err error) {
	asked, err := askedResult(c)
	if err != nil {
		return err
	}
	if v.results, err = w.readResults(c.Request.Context(), v.board, v.pact); err != nil {
		return err
	}
	result, found, err := w.resultFor(c.Request.Context(), v.board, v.pact, asked)
	if err != nil {
		return err
	}
	if found {
		v.result, v.failed = &result, verification.FailedTests(result.TestResults)
	}
	v.mark = comparedMark(v.board, v.pact, v.results.last)
	return nil
}

// resultFor is the result that the page of a contract shows: the one with the number
// that is asked for, else that of the provider's newest version if there is one, else
// the last.
func (w *Web) resultFor(ctx context.Context, board *dashboard.Board, p contracts.Publication, asked int64) (verification.Result, bool, error) {
	if asked != 0 {
		result, found, err := w.services.Results.ResultByNumber(ctx, p.ContentID, asked)
		if err == nil && !found {
			err = fault.InvalidField("result", "must be that of this contract, which has no result %d; leave it out for the newest", asked)
		}
		return result, found, err
	}
	if s := board.Pair(p.Consumer, p.Provider); s != nil && s.Contract.ContentID == p.ContentID && s.Result != nil && !s.Result.Compared {
		return w.services.Results.ResultByNumber(ctx, p.ContentID, s.Result.Number)
	}
	return w.services.Results.LatestResult(ctx, p.ContentID)
}

// contractView shows a contract.
type contractView struct {
	boardView
	pact   contracts.Publication
	result *verification.Result
	failed []verification.FailedTest
	// results are those that it is chosen from.
	results contractResults
	// mark is what a comparison came to, nil if none decides.
	mark *dashboard.Mark
}

func (v contractView) page(body []byte) contractPage {
	p := v.pact
	state, title := v.state()
	read := readContract(body)
	shown := contractPage{
		Pair: pairOf(v.at, p.Consumer, p.Provider, state, title), Version: versionAt(v.at, p.Consumer, p.VersionNumber), At: v.ago(p.CreatedAt),
		Content: contents(len(read.interactions), len(read.messages)), Specification: read.specification, Marks: v.marks(),
		JSON: v.at.Pact(p.Provider, p.Consumer, p.VersionNumber) + ".json", Matrix: v.at.MatrixOf(p.Provider, p.Consumer),
	}
	shown.Pair.Class, shown.Compared = "inline big", v.comparedNote()
	shown.Results, shown.Elsewhere = v.choices(), v.elsewhere()
	if r := v.result; r != nil {
		shown.Result = &contractResult{Mark: resultWord(r.Success), By: versionAt(v.at, p.Provider, r.ProviderNumber), Owner: p.Provider, At: v.ago(r.ExecutedAt), Unnamed: !r.Success && len(v.failed) == 0}
		if webAddress(r.BuildURL) {
			shown.Result.Build = r.BuildURL
		}
	}
	all := append(read.interactions, read.messages...)
	shown.Count, shown.More = len(all), max(0, len(all)-interactionsListed)
	for i, raw := range all[:min(len(all), interactionsListed)] {
		shown.Groups = v.grouped(shown.Groups, v.interaction(i, raw))
	}
	for i := range shown.Groups {
		shown.Groups[i].ID = fmt.Sprintf("g%d", i+1)
	}
	return shown
}

// state is how the pair stands, if this is the contract that counts, and what is
// known of this content otherwise.
func (v contractView) state() (dashboard.State, string) {
	if s := v.board.Pair(v.pact.Consumer, v.pact.Provider); s != nil && s.Contract.ContentID == v.pact.ContentID {
		return s.Worst, titles[s.Worst]
	}
	state := dashboard.Works
	switch {
	case len(v.results.last) == 0:
		state = dashboard.NotKnown
	case v.results.fails():
		state = dashboard.Fails
	}
	return state, titles[state]
}

// marks say how the contract stands on the main branches and in the environments
// in which this version of the consumer is.
func (v contractView) marks() []word {
	s := v.board.Pair(v.pact.Consumer, v.pact.Provider)
	if s == nil {
		return nil
	}
	var marks []word
	add := func(state dashboard.State, where string) {
		if state != dashboard.Absent {
			marks = append(marks, states[state].said(upper(titles[state])+" "+where))
		}
	}
	if s.Contract.ContentID == v.pact.ContentID {
		add(s.Main, "on main")
	}
	for _, e := range v.board.Environments {
		for _, place := range s.Consumer.In(e.ID) {
			if place.VersionID == v.pact.VersionID {
				add(s.In[e.ID], "in "+e.Name)
			}
		}
	}
	return marks
}

func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// grouped adds an interaction to the group of its endpoint.
func (v contractView) grouped(groups []interactionGroup, i interaction) []interactionGroup {
	for n := range groups {
		if groups[n].Verb == i.Verb && groups[n].Path == i.Endpoint {
			groups[n].Items = append(groups[n].Items, i)
			groups[n].Mark = worseMark(groups[n].Mark, i.Mark)
			return groups
		}
	}
	return append(groups, interactionGroup{Verb: i.Verb, Path: i.Endpoint, Items: []interaction{i}, Mark: i.Mark})
}

func worseMark(a, b word) word {
	if a.Kind == "no" {
		return a
	}
	return b
}

var changeWords = map[pactfile.ChangeClass]word{
	pactfile.AsksMore: {Kind: "unsure", Icon: "more", Word: "Asks more"}, pactfile.AsksLess: {Icon: "less", Word: "Asks less"},
	pactfile.AsksOtherwise: {Kind: "unsure", Icon: "other", Word: "Asks otherwise"}, pactfile.AsksTheSame: {Icon: "none", Word: "Asks the same"},
}

// addChanges compares with the last contract that said something else.
func (w *Web) addChanges(c *gin.Context, v contractView, body []byte, shown *contractPage) error {
	before, found, err := contracts.PreviousDistinct(c.Request.Context(), w.services.Pacts, v.pact)
	if err != nil || !found {
		return err
	}
	old, _, err := w.laidOut(c.Request.Context(), before.ContentID)
	if err != nil || old == nil {
		return err
	}
	if !pactfile.Comparable(old, body) {
		return nil
	}
	shown.Before = contractAt(v.at, before.Provider, before.Consumer, before.VersionNumber)
	changes := pactfile.Changes(pactfile.Body(old), pactfile.Body(body))
	counts := map[pactfile.ChangeClass]int{}
	for i, change := range changes {
		counts[change.Class]++
		if i < changesListed {
			shown.Changes = append(shown.Changes, changeOf(change))
		}
	}
	var said []string
	for _, class := range []pactfile.ChangeClass{pactfile.AsksMore, pactfile.AsksOtherwise, pactfile.AsksLess} {
		if n := counts[class]; n > 0 {
			said = append(said, strings.ToLower(changeWords[class].Word)+" in "+counted(n, "place"))
		}
	}
	shown.ChangesSummary = "It " + strings.Join(said, ", ") + "."
	if len(said) == 0 {
		shown.ChangesSummary = "Nothing that a provider would notice."
	}
	return nil
}

func changeOf(change pactfile.DemandChange) contractChange {
	shown := contractChange{Mark: changeWords[change.Class], Interaction: change.Interaction, Path: change.Path}
	switch {
	case change.Path == "" && change.Kind == pactfile.Added:
		shown.Whole = "is new"
	case change.Path == "" && change.Kind == pactfile.Removed:
		shown.Whole = "is gone"
	default:
		shown.Before, shown.After = brief(change.Before), brief(change.After)
	}
	return shown
}

// brief is the beginning of a JSON value as people read it.
func brief(value []byte) string {
	if len(value) == 0 {
		return "not asked for"
	}
	text, _ := indented(value)
	if runes := []rune(text); len(runes) > changeShown {
		return string(runes[:changeShown]) + "…"
	}
	return text
}
