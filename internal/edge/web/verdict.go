package web

import (
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/verdicts"
)

// verdictPage answers whether a version may go to an environment.
type verdictPage struct {
	frame
	Asked       questionForm
	Answer      word
	Application link
	Version     version
	Branch      string
	// Others are the further versions that the question names, and Together tells that
	// it asks for nothing but whether they work with each other.
	Others      []askedOf
	Together    bool
	Target      string
	Environment environment
	// toEnvironment tells that the target is an environment.
	toEnvironment bool
	Because       []linkedText
	// Near ask the same of versions that may have been meant.
	Near []link
	// Outcomes is how many pairs are in each state, where something is in the way.
	Outcomes []outcomeCount
	Since    moment
	Owner    link
	// Team is whose the application of the owner is, with how to reach it.
	Team, Contact string
	Waiting       string
	At            moment
	// First is when whoever shared the address has asked.
	First   moment
	Again   string
	Share   command
	JSON    string
	Steps   []step
	Reasons []reason
	// MoreReasons is how many are not shown but in the list of pairs.
	MoreReasons int
	Pairs       []verdictPair
	Paging      paging
	Looked      string
	// Picture has the first of the pairs around the only version that is asked about, and
	// Crossing those of a question about several; both are nil if there is none. MorePairs
	// is how many are left out.
	Picture   *picture
	Crossing  *pairsPicture
	MorePairs int
}

// askedOf is a version that a question names beside the first.
type askedOf struct {
	Application link
	Version     version
	Branch      string
}

// What is shown of long verdicts: so many pairs on a page, so many of them with
// all that was found, and so many things to do.
const (
	verdictPairsShown  = 50
	verdictPairsAtMost = 500
	reasonsShown       = 10
	stepsShown         = 20
)

func (w *Web) showVerdict(c *gin.Context) error {
	application, _ := edge.QueryValue(c, "pacticipant")
	if strings.TrimSpace(application) == "" && !hasSelectors(c) {
		return w.showQuestion(c)
	}
	var question matrix.Question
	known := false
	err := edge.View(c, func() (err error) {
		question, known, err = w.question(c)
		return err
	})
	if err == nil && !known {
		return w.askAgain(c, typedQuestion(c), nil)
	}
	if err == nil {
		err = w.answer(c, question)
	}
	if _, is := asksAPI(c); is && fault.Is(err, fault.Invalid) {
		return w.askAPIAgain(c, question, err)
	}
	return w.askedAgainFor(c, typedQuestion(c), err)
}

func (w *Web) showBranchVerdict(c *gin.Context) error {
	asked := questionForm{Application: edge.Param(c, "pacticipant"), Version: edge.Param(c, "branch"), Target: edge.Param(c, "environment")}
	err := w.answer(c, matrix.Question{
		Selectors: []matrix.Selector{{Pacticipant: asked.Application, Criteria: matrix.Criteria{Branch: asked.Version, Latest: true}}},
		Target:    matrix.Target{Environment: asked.Target}, LatestBy: matrix.LatestByBothVersions,
	})
	return w.askedAgainFor(c, asked, err)
}

func (w *Web) showTagVerdict(c *gin.Context) error {
	asked := questionForm{Application: edge.Param(c, "pacticipant"), Version: edge.Param(c, "tag"), Target: edge.Param(c, "to")}
	err := w.answer(c, matrix.Question{
		Selectors: []matrix.Selector{{Pacticipant: asked.Application, Criteria: matrix.Criteria{Tag: asked.Version, Latest: true}}},
		Target:    matrix.Target{Tag: asked.Target, Latest: true}, LatestBy: matrix.LatestByConsumer,
	})
	return w.askedAgainFor(c, asked, err)
}

func (w *Web) answer(c *gin.Context, question matrix.Question) error {
	page, err := pageOf(c, verdictPairsShown, verdictPairsAtMost)
	if err != nil {
		return err
	}
	explained, err := w.services.Verdicts.Explain(c.Request.Context(), question)
	if err != nil {
		return err
	}
	return edge.AnswerInOneView(c, func(c *gin.Context) error { return w.showExplained(c, question, explained, page) })
}

// showExplained shows an answer with what else the page says of the applications.
func (w *Web) showExplained(c *gin.Context, question matrix.Question, explained verdicts.Explanation, page edge.Page) (err error) {
	v := verdictView{at: here(c), base: edge.Base(c), moments: moments{explained.At}, explained: explained, seesWebhooks: w.allows(w.principalOf(c.Request), access.ManageWebhooks)}
	if slices.ContainsFunc(explained.Findings, inTheWay) {
		if v.board, err = w.services.Boards.Board(c.Request.Context()); err != nil {
			return err
		}
	}
	environments, err := w.services.Boards.Environments(c.Request.Context())
	if err != nil {
		return err
	}
	if v.near, err = w.versionsMeant(c, question, v.reasons()); err != nil {
		return err
	}
	shown := v.page()
	for _, f := range cut(v.pairs(), page) {
		shown.Pairs = append(shown.Pairs, v.row(f))
	}
	shown.Paging = pagingOf(c, page, len(explained.Findings))
	title := "Can I deploy to " + shown.Target + "?"
	if shown.Together {
		title = "Do they work together?"
	}
	shown.frame = w.frame(c, shown.asks(), "", entry{Text: "Integrations", Address: v.at.Index() + "/"},
		entry{Text: shown.Application.Text, Address: shown.Application.Address}, entry{Text: title})
	for _, e := range environments {
		if e.Name == question.Target.Environment {
			shown.Environment = environmentAt(v.at, e)
		}
	}
	shown.Asked = questionForm{Path: shown.Path, Application: shown.Application.Text, Version: shown.Version.Full, Environment: environmentChoice(environments, question.Target.Environment)}
	if owner := shown.Owner.Text; owner != "" {
		owners, err := w.services.Directory.Owners(c.Request.Context(), []string{owner})
		if err != nil {
			return err
		}
		shown.Team, shown.Contact = owners[owner].Name, owners[owner].Contact
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(c.Request.URL.RequestURI(), "/"), "?")
	query := questionPart(c)
	shown.Again = v.at.Index() + "/" + strings.TrimSuffix(path+"?"+written(query), "?")
	first := explained.At
	if earlier, given := firstAsked(c, explained.At); given {
		first, shown.First = earlier, inFull(earlier)
	}
	query = append(query, edge.Pair{Key: askedAt, Value: first.UTC().Format(askedForm), HasValue: true})
	shown.Share = plainText("Link to this question", v.base.Index()+"/"+path+"?"+written(query))
	shown.JSON = v.at.Path("/api/v1/verdicts?" + v.apiQuery(c))
	return w.show(c, "verdict.html", shown)
}

// asks is the question in one line.
func (p verdictPage) asks() string {
	asked := strings.TrimSpace(p.Application.Text + " " + p.Version.Text)
	for _, other := range p.Others {
		asked += " and " + strings.TrimSpace(other.Application.Text+" "+other.Version.Text)
	}
	switch {
	case p.Together:
		return "Do " + asked + " work together?"
	case p.toEnvironment:
		return "Can I deploy " + asked + " to " + p.Target + "?"
	}
	return "Can I deploy " + asked + " with " + p.Target + "?"
}

// firstAsked is when whoever shared the address has asked, if it says so.
func firstAsked(c *gin.Context, now time.Time) (time.Time, bool) {
	value, _ := edge.QueryValue(c, askedAt)
	at, err := time.Parse(askedForm, value)
	return at, err == nil && !at.After(now)
}
