package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/actions"
	"github.com/accord-broker/accord/internal/edge/questions"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
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

// questionForm asks whether a version may go to an environment.
type questionForm struct {
	Path, Application, Version string
	// Target is the environment that was asked about.
	Target string
	// Wrong says that there is no such application, "" if there is; Near ask the same of
	// those with names like it.
	Wrong string
	Near  []link
	// Suggests tells that the page has the names of all applications.
	Suggests    bool
	Environment choice
	// Nowhere says that there is no such environment, "" if there is; Elsewhere ask about
	// those with names like it.
	Nowhere   string
	Elsewhere []link
}

// step is something to do next.
type step struct {
	Title   string
	Command *command
	Address string
}

// reason is a pair in the way, with what was found.
type reason struct {
	Pair     pair
	Mark     word
	Title    string
	Text     string
	Failures []failure
	Links    []link
}

// failure is an interaction that a verification found broken.
type failure struct {
	Name, State string
	Problems    []string
}

// verdictPair is a row of everything that was looked at.
type verdictPair struct {
	Pair     pair
	Consumer version
	Provider version
	Result   word
	At       moment
	Code     string
	Title    string
}

func (w *Web) showVerdict(c *gin.Context) error {
	application, _ := edge.QueryValue(c, "pacticipant")
	if strings.TrimSpace(application) == "" && !hasSelectors(c) {
		return w.showQuestion(c)
	}
	if _, is := asksAPI(c); !is {
		_, known, err := w.applicationAsked(c.Request.Context(), application)
		if err != nil {
			return err
		}
		if !known {
			return w.askAgain(c, typedQuestion(c), nil)
		}
	}
	question, err := w.question(c)
	if err == nil {
		err = w.answer(c, question)
	}
	if _, is := asksAPI(c); is && fault.Is(err, fault.Invalid) {
		return w.askAPIAgain(c, question, err)
	}
	return w.askedAgainFor(c, typedQuestion(c), err)
}

// applicationAsked finds the application that somebody has typed the name of: a space
// too many is not meant unless the name has it.
func (w *Web) applicationAsked(ctx context.Context, name string) (pacticipants.Pacticipant, bool, error) {
	p, found, err := w.services.Applications.FindPacticipant(ctx, name)
	if err != nil || found || name == strings.TrimSpace(name) {
		return p, found, err
	}
	return w.services.Applications.FindPacticipant(ctx, strings.TrimSpace(name))
}

// askedWith are the parts of a query that the page reads itself; any other makes
// it a question in the manner of the API.
var askedWith = []string{"pacticipant", "version", "environment"}

// asksAPI is the question of an address that is one in the manner of the API.
func asksAPI(c *gin.Context) (query string, is bool) {
	is = slices.ContainsFunc(questionPart(c), func(p edge.Pair) bool { return !slices.Contains(askedWith, p.Key) })
	return written(questionPart(c)), is
}

// What is shown of long verdicts: so many pairs on a page, so many of them with
// all that was found, and so many things to do.
const (
	verdictPairsShown  = 50
	verdictPairsAtMost = 500
	reasonsShown       = 10
	stepsShown         = 20
)

// question reads the question, in which a branch may stand for its head.
func (w *Web) question(c *gin.Context) (matrix.Question, error) {
	if query, is := asksAPI(c); is {
		return questions.Verdict(query)
	}
	application, _ := edge.QueryValue(c, "pacticipant")
	number, _ := edge.QueryValue(c, "version")
	target, _ := edge.QueryValue(c, "environment")
	p, _, err := w.applicationAsked(c.Request.Context(), application)
	if err != nil {
		return matrix.Question{}, err
	}
	criteria, err := w.criteria(c.Request.Context(), p, number)
	question := matrix.Question{
		Selectors: []matrix.Selector{{Pacticipant: p.Name, Criteria: criteria}},
		Target:    matrix.Target{Environment: target, MainBranch: target == "", Latest: target == ""}, LatestBy: matrix.LatestByBothVersions,
	}
	return question, err
}

// criteria are those of a version or, if there is none of that number, of the head
// of the branch with that name. Nothing stands for the latest version, and a space too
// many for nothing unless the number or the name has it.
func (w *Web) criteria(ctx context.Context, p pacticipants.Pacticipant, typed string) (matrix.Criteria, error) {
	trimmed := strings.TrimSpace(typed)
	if trimmed == "" {
		return matrix.Criteria{Latest: true}, nil
	}
	for _, asked := range slices.Compact([]string{typed, trimmed}) {
		_, isVersion, err := w.services.Versions.FindVersion(ctx, p, asked)
		if err != nil || isVersion {
			return matrix.Criteria{Version: asked}, err
		}
		_, isBranch, err := w.services.Versions.FindBranch(ctx, p, asked)
		if err != nil || isBranch {
			return matrix.Criteria{Branch: asked, Latest: true}, err
		}
	}
	return matrix.Criteria{Version: trimmed}, nil
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

// verdictView shows an explained verdict.
type verdictView struct {
	moments
	at, base  links.Base
	explained verdicts.Explanation
	// board says what could be deployed first; nil if nothing is in the way.
	board *dashboard.Board
	// seesWebhooks tells that who looks at it is led to the webhooks.
	seesWebhooks bool
	// near are, by the application, questions about versions that may have been meant.
	near map[string][]link
}

var waitingHelps = map[bool]string{true: "It may", false: "No"}

func (v verdictView) page() verdictPage {
	e := v.explained
	shown := verdictPage{
		Answer:        answers[e.Verdict.Deployable],
		Because:       v.because(),
		At:            inFull(e.At),
		Target:        targetName(e.Verdict.Question.Target),
		toEnvironment: e.Verdict.Question.Target.Environment != "",
		Waiting:       waitingHelps[false],
	}
	for _, entry := range e.Verdict.Entries {
		if !entry.Specified {
			continue
		}
		asked := askedOf{applicationAt(v.at, entry.Selector.Pacticipant), versionAt(v.at, entry.Selector.Pacticipant, entry.Version.Number), entry.Selector.Branch}
		if number := entry.Selector.Version; entry.Version.Number == "" && number != "" {
			asked.Version = version{Text: short(number), Full: number}
		}
		if shown.Application.Text == "" {
			shown.Application, shown.Version, shown.Branch = asked.Application, asked.Version, asked.Branch
		} else {
			shown.Others = append(shown.Others, asked)
		}
	}
	shown.Together = len(shown.Others) > 0 && e.Verdict.Question.Target == matrix.Target{}
	if len(shown.Others) == 0 {
		shown.Picture, shown.MorePairs = v.picture(shown.Application.Text, shown.Version.Full)
	} else {
		shown.Crossing, shown.MorePairs = v.pairsPicture()
	}
	said := map[string]bool{}
	for _, f := range v.reasons() {
		shown.Near = append(shown.Near, v.near[f.Phrase.Pacticipant]...)
		if len(shown.Reasons) < reasonsShown {
			shown.Reasons = append(shown.Reasons, v.reason(f))
		} else {
			shown.MoreReasons++
		}
		if f.SelfHealing {
			shown.Waiting = waitingHelps[true]
		}
		if f.Owner != nil && shown.Owner.Text == "" {
			shown.Owner = applicationAt(v.at, f.Owner.Name)
		}
		if !f.Since.IsZero() && shown.Since.ISO == "" {
			shown.Since = v.ago(f.Since)
		}
		if len(shown.Steps) >= stepsShown {
			continue
		}
		for _, s := range append(v.newerFirst(f), v.steps(f)...) {
			if !said[s.Title] {
				said[s.Title] = true
				shown.Steps = append(shown.Steps, s)
			}
		}
	}
	if len(shown.Reasons) > 0 {
		shown.Outcomes = v.outcomes()
	}
	shown.Looked = counted(len(e.Findings), "pair") + " looked at"
	return shown
}

// verdictBoxes is how many others the picture of a verdict has on each side.
const verdictBoxes = 5

// picture has the version that is asked about with those that it meets, the worst first,
// and says how many pairs it leaves out.
func (v verdictView) picture(application, version string) (drawn *picture, more int) {
	var consumers, providers []neighbour
	for _, f := range v.pairs() {
		if f.Provider.Name == "" {
			continue
		}
		shown := v.pair(f)
		beside, other, title := &consumers, f.Consumer, shown.Title
		if f.Consumer.Name == application {
			beside, other = &providers, f.Provider
		}
		if len(*beside) == verdictBoxes {
			more++
			continue
		}
		address := v.at.Pacticipant(other.Name)
		if f.Contract != nil {
			address = resultAt(v.at, *f.Contract, resultNumber(f.Result))
		}
		second := strings.TrimPrefix(short(other.Version)+" · "+title, " · ")
		*beside = append(*beside, neighbour{other.Name, second, address, shown.Knot, title})
	}
	return draw(application, version, consumers, providers), more
}

// outcomes counts the pairs by their states, the worst first; of a version that is not
// known there is nothing to count.
func (v verdictView) outcomes() (all []outcomeCount) {
	counts := map[word]int{}
	for _, f := range v.explained.Findings {
		if f.OfNoVersion() {
			return nil
		}
		if f.Provider.Name != "" {
			counts[findingMark(f)]++
		}
	}
	for _, answer := range []matrix.Answer{matrix.No, matrix.Unknown, matrix.Yes} {
		if mark := findingStates[answer]; counts[mark] > 0 {
			all = append(all, outcomeCount{mark, counts[mark]})
		}
	}
	return all
}

// inTheWay reports whether a finding keeps the answer from being yes.
func inTheWay(f verdicts.Finding) bool { return f.Counted && f.Answer != matrix.Yes }

// reasons are the findings in the way. Where a version is asked about that is not known,
// nothing else can be said of it.
func (v verdictView) reasons() []verdicts.Finding {
	unknown := filter(v.explained.Findings, func(f verdicts.Finding) bool { return f.OfNoVersion() && f.Counted })
	if len(unknown) > 0 {
		return unknown
	}
	return filter(v.explained.Findings, inTheWay)
}

// pairs are all findings, those in the way first.
func (v verdictView) pairs() []verdicts.Finding {
	return slices.Concat(filter(v.explained.Findings, inTheWay), filter(v.explained.Findings, func(f verdicts.Finding) bool { return !inTheWay(f) }))
}

// newerFirst is to deploy the newest version of the other application first, if
// that fulfils the contract, or lives with it, and may go there now.
func (v verdictView) newerFirst(f verdicts.Finding) []step {
	other := f.Provider
	if other.Asked {
		other = f.Consumer
	}
	p, a := v.board.Pair(f.Consumer.Name, f.Provider.Name), v.board.ApplicationNamed(other.Name)
	if p == nil || a == nil || p.Main != dashboard.Works || a.Newest.ID == other.VersionID {
		return nil
	}
	for _, e := range v.board.Environments {
		if e.Name == f.Target.Environment && v.board.MayGo(a, e.ID).Answer == matrix.Yes {
			return []step{
				v.commanded("Deploy "+a.Name+" "+short(a.Newest.Number)+" first: it works with this contract and can go to "+e.Name+" now", actions.Ask(a.Name, a.Newest.Number, f.Target)),
				v.commanded("Record that deployment", actions.RecordDeployment(a.Name, a.Newest.Number, e.Name)),
				v.commanded("Ask again for "+v.asked(), actions.Ask(v.asked(), v.askedVersion(), f.Target)),
			}
		}
	}
	return nil
}

// shortened is a text with its commits as short as pages show them.
func shortened(text string) string {
	return commitWithin.ReplaceAllStringFunc(text, short)
}

var commitWithin = regexp.MustCompile(`\b[0-9a-f]{40}\b`)

// missingWeighsMore says why the answer is not No although a pair fails.
const missingWeighsMore = "A missing result weighs more than a failure: the answer is No as soon as all results are there, unless the failure is mended"

// reasonsSaid is how many reasons the first sentences tell.
const reasonsSaid = 2

// because says in a few sentences why the answer is what it is.
func (v verdictView) because() (said []linkedText) {
	reasons := v.reasons()
	switch {
	case len(reasons) == 0 && len(v.explained.Findings) == 0:
		return []linkedText{{Text: "Nothing there needs it, and it needs nothing that is there."}}
	case len(reasons) == 0:
		return []linkedText{{Text: "It works with everything that it meets there."}}
	}
	var texts []string
	for _, f := range reasons[:min(len(reasons), reasonsSaid)] {
		said = append(append(said, v.linked(lead(f), f)...), linkedText{Text: ". "})
	}
	if more := len(reasons) - reasonsSaid; more > 0 {
		texts = append(texts, "And "+counted(more, "more reason")+".")
	}
	if v.explained.Verdict.Deployable == matrix.Unknown && v.explained.Verdict.Failed > 0 {
		texts = append(texts, missingWeighsMore+".")
	}
	said[len(said)-1].Text = strings.TrimSpace(". " + strings.Join(texts, " "))
	return said
}

// linkedText is a part of a sentence, which may lead somewhere; Title is the whole of what it
// names.
type linkedText struct{ Text, Address, Title string }

// linked has the versions of a finding that a sentence names lead to their pages, and the
// application of the provider if no version of it is named.
func (v verdictView) linked(text string, f verdicts.Finding) []linkedText {
	links := []linkedText{{Text: text}}
	for _, p := range []verdicts.Party{f.Provider, f.Consumer} {
		if f.OfNoVersion() || p.Name == "" {
			continue
		}
		if number := short(p.Version); number != "" && strings.Contains(text, p.Name+" "+number) {
			links = linkedAt(links, linkedText{p.Name + " " + number, v.at.Version(p.Name, p.Version), p.Version})
		} else {
			links = linkedAt(links, linkedText{Text: p.Name, Address: v.at.Pacticipant(p.Name)})
		}
	}
	return links
}

// linkedAt has the first place of a sentence that is a name of its own lead where that leads.
func linkedAt(sentence []linkedText, name linkedText) []linkedText {
	for i, part := range sentence {
		if part.Address != "" {
			continue
		}
		found := regexp.MustCompile(`(?:^|[ (])(` + regexp.QuoteMeta(name.Text) + `)(?:$|[ ,.;:)])`).FindStringSubmatchIndex(part.Text)
		if found != nil {
			return slices.Concat(sentence[:i], []linkedText{{Text: part.Text[:found[2]]}, name, {Text: part.Text[found[3]:]}}, sentence[i+1:])
		}
	}
	return sentence
}

// lead says of what is in the way what was found, in how much of the contract, and where
// the other version runs.
func lead(f verdicts.Finding) string {
	text := shortened(f.Located(short))
	for _, p := range []verdicts.Party{f.Provider, f.Consumer} {
		if f.Runs(p) && !strings.Contains(text, p.Name+" "+short(p.Version)) {
			text += " (" + p.Name + " " + short(p.Version) + " runs in " + f.Place + ")"
		}
	}
	return text
}

func targetName(t matrix.Target) string {
	switch {
	case t.Environment != "":
		return t.Environment
	case t.Tag != "":
		return "what is tagged " + t.Tag
	case t.MainBranch:
		return "the main branches"
	}
	return "the latest versions"
}

var findingStates = map[matrix.Answer]word{
	matrix.Yes: {Kind: "yes", Icon: "yes", Word: "Works"}, matrix.No: {Kind: "no", Icon: "no", Word: "Fails"},
	matrix.Unknown: {Kind: "unsure", Icon: "unsure", Word: "Not known"},
}

// noSuchVersion is the mark of a version that is asked about and not known.
var noSuchVersion = word{Kind: "no", Icon: "none", Word: "No such version"}

func findingMark(f verdicts.Finding) word {
	switch {
	case !f.Counted:
		return word{Icon: "ext", Word: "Does not count"}
	case f.OfNoVersion():
		return noSuchVersion
	}
	return findingStates[f.Answer]
}

func (v verdictView) pair(f verdicts.Finding) pair {
	mark := findingMark(f)
	shown := pair{Consumer: applicationAt(v.at, f.Consumer.Name), Provider: applicationAt(v.at, f.Provider.Name), Knot: mark, Title: strings.ToLower(mark.Word), Class: "inline"}
	return shown
}

func (v verdictView) row(f verdicts.Finding) verdictPair {
	shown := verdictPair{Pair: v.pair(f), Consumer: versionAt(v.at, f.Consumer.Name, f.Consumer.Version), Code: string(f.Code), Title: shortened(f.Title())}
	shown.Result = shown.Pair.Knot
	if f.OfNoVersion() {
		shown.Consumer.Address = ""
	}
	if f.Provider.Name != "" {
		shown.Provider = versionAt(v.at, f.Provider.Name, f.Provider.Version)
	}
	if f.Result != nil {
		shown.At = v.ago(f.Result.ExecutedAt)
	}
	return shown
}

func (v verdictView) reason(f verdicts.Finding) reason {
	shown := reason{Pair: v.pair(f), Mark: findingMark(f), Title: shortened(f.Title()), Text: shortened(f.Text())}
	if text, repeats := strings.CutPrefix(shown.Text, shown.Title+". "); repeats {
		shown.Text = text
	}
	for _, t := range f.Failures {
		name := t.Description
		if name == "" {
			name = t.InteractionID
		}
		shown.Failures = append(shown.Failures, failure{Name: name, State: t.State, Problems: t.Problems})
	}
	if p := f.Contract; p != nil {
		shown.Links = append(shown.Links, link{"Read the contract", resultAt(v.at, *p, resultNumber(f.Result))}, link{"All results of the pair", v.at.MatrixOf(p.Provider, p.Consumer)})
	}
	if f.BuildURL != "" {
		shown.Links = append(shown.Links, link{"The build that found it", f.BuildURL})
	}
	return shown
}

// steps are the actions of a finding, each with its command or address.
func (v verdictView) steps(f verdicts.Finding) []step {
	var list []step
	for _, a := range f.Actions() {
		if s := v.step(f, a); s.Title != "" {
			list = append(list, s)
		}
	}
	return list
}

func (v verdictView) step(f verdicts.Finding, a verdicts.Action) step {
	title := shortened(actions.Title(f, a))
	if address := v.addressOf(f, a); address != "" {
		return step{Title: title, Address: address}
	}
	if command := actions.CommandFor(v.base, f, a); !command.None() {
		return v.commanded(title, command)
	}
	return step{}
}

// addressOf is the page to which an action leads, "" if a command does it.
func (v verdictView) addressOf(f verdicts.Finding, a verdicts.Action) string {
	switch a.Kind {
	case verdicts.Compare:
		if f.Contract != nil {
			return v.at.Pact(f.Contract.Provider, f.Contract.Consumer, f.Contract.VersionNumber) + "#changes"
		}
	case verdicts.LookAtResult, verdicts.LookAtContract:
		if f.Contract != nil {
			return resultAt(v.at, *f.Contract, resultNumber(f.Result))
		}
	case verdicts.LookAtBuild:
		return f.BuildURL
	case verdicts.AddWebhook:
		if v.seesWebhooks {
			return v.at.Path("/webhooks")
		}
	case verdicts.LookAtVersions, verdicts.SetMainBranch, verdicts.LookAtExternal:
		return v.at.Pacticipant(a.Application)
	case verdicts.LookAtComparison:
		return v.at.ComparedResult(f.Provider.Name, f.Provider.Version, f.Consumer.Name, f.Contract.SHA)
	case verdicts.LookAtProviderContract:
		return v.at.ProviderContract(a.Application, a.Version)
	case verdicts.LookAtMatrix:
		return v.at.MatrixOf(f.Provider.Name, f.Consumer.Name)
	}
	return ""
}

func (v verdictView) commanded(title string, asked actions.Command) step {
	c := prompted(title, asked.OfPact().To(v.base.Index()).Lines())
	return step{Title: title, Command: &c}
}

func orWord(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// apiQuery asks the API the same.
func (v verdictView) apiQuery(c *gin.Context) string {
	if query, is := asksAPI(c); is {
		return query
	}
	query := url.Values{"pacticipant": {v.asked()}, "version": {v.askedVersion()}}
	if t := v.explained.Verdict.Question.Target; t.Environment != "" {
		query.Set("environment", t.Environment)
	} else if t.Tag != "" {
		query.Set("to", t.Tag)
	} else if t.MainBranch {
		query = url.Values{"q[][pacticipant]": {v.asked()}, "q[][version]": {v.askedVersion()}, "mainBranch": {"true"}, "latest": {"true"}, "latestby": {"cvpv"}}
	}
	return query.Encode()
}

// asked and askedVersion are the first version that the question names.
func (v verdictView) asked() string {
	for _, e := range v.explained.Verdict.Entries {
		if e.Specified {
			return e.Selector.Pacticipant
		}
	}
	return ""
}

func (v verdictView) askedVersion() string {
	for _, e := range v.explained.Verdict.Entries {
		if e.Specified {
			return orWord(e.Version.Number, e.Selector.Version)
		}
	}
	return ""
}

// questionPage asks which version is meant to go where.
type questionPage struct {
	frame
	at           links.Base
	Asked        questionForm
	Applications []string
	// Form takes the place of the short form where more was asked than it has fields for.
	Form *matrixForm
}

// suggestedAtMost is how many names a field suggests.
const suggestedAtMost = 1000

func (w *Web) showQuestion(c *gin.Context) error {
	board, err := w.services.Boards.Board(c.Request.Context())
	if err != nil {
		return err
	}
	return w.show(c, "question.html", w.questionPage(c, board))
}

// typedQuestion is what somebody has typed into the form.
func typedQuestion(c *gin.Context) questionForm {
	application, _ := edge.QueryValue(c, "pacticipant")
	version, _ := edge.QueryValue(c, "version")
	environment, _ := edge.QueryValue(c, "environment")
	return questionForm{Application: application, Version: version, Target: environment}
}

// askedAgainFor shows the form again for a question that is wrong; other failures stay.
func (w *Web) askedAgainFor(c *gin.Context, asked questionForm, err error) error {
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	return w.askAgain(c, asked, err)
}

// askAgain shows the form with what was typed, and says what of it is not there.
func (w *Web) askAgain(c *gin.Context, asked questionForm, wrong error) error {
	board, err := w.services.Boards.Board(c.Request.Context())
	if err != nil {
		return err
	}
	shown := w.questionPage(c, board)
	with := func(application, environment string) string {
		query := url.Values{"pacticipant": {application}, "version": {asked.Version}, "environment": {environment}}
		return shown.at.Path("/can-i-deploy?" + query.Encode())
	}
	asked.Path, asked.Suggests, asked.Environment = shown.Path, true, environmentChoice(board.Environments, asked.Target)
	if applicationAsked(board, asked.Application) == nil {
		asked.Wrong = noApplication(asked.Application) + "."
		for _, near := range applicationsLike(shown.at, board, asked.Application) {
			asked.Near = append(asked.Near, link{near.Text, with(near.Text, asked.Target)})
		}
	}
	if asked.Target != "" && !slices.ContainsFunc(board.Environments, func(e deployments.Environment) bool { return e.Name == asked.Target }) {
		asked.Nowhere = noEnvironment(asked.Target) + "."
		for _, near := range environmentsLike(board.Environments, asked.Target) {
			asked.Elsewhere = append(asked.Elsewhere, link{near.Name, with(asked.Application, near.Name)})
		}
	}
	var f *fault.Error
	if asked.Wrong+asked.Nowhere == "" && errors.As(wrong, &f) && len(f.Fields) > 0 {
		asked.Wrong = said(f.Fields[0], questions.Flat(f.Fields[0].Name))
	}
	shown.Asked = asked
	return w.showAs(c, http.StatusBadRequest, "question.html", shown)
}

// askAPIAgain does so for a question in the manner of the API.
func (w *Web) askAPIAgain(c *gin.Context, question matrix.Question, wrong error) error {
	a, err := w.asker(c.Request.Context(), here(c), "/can-i-deploy", question, wrong)
	if err != nil {
		return err
	}
	shown := w.questionPage(c, a.board)
	form := a.form("Can I deploy?")
	shown.Form = &form
	return w.showAs(c, http.StatusBadRequest, "question.html", shown)
}

func (w *Web) questionPage(c *gin.Context, board *dashboard.Board) questionPage {
	shown := questionPage{frame: w.frame(c, "Can I deploy?", "", entry{Text: "Integrations", Address: here(c).Index() + "/"}, entry{Text: "Can I deploy?"}), at: here(c)}
	shown.Asked = questionForm{Path: shown.Path, Suggests: true, Environment: environmentChoice(board.Environments, "")}
	for _, a := range board.Applications[:min(len(board.Applications), suggestedAtMost)] {
		shown.Applications = append(shown.Applications, a.Name)
	}
	return shown
}
