package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/verdicts"
)

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

// inTheWay reports whether a finding keeps the answer from being yes.
func inTheWay(f verdicts.Finding) bool { return f.Counted && f.Answer != matrix.Yes }

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

func (v verdictView) pair(f verdicts.Finding) pair {
	mark := findingMark(f)
	shown := pair{Consumer: applicationAt(v.at, f.Consumer.Name), Provider: applicationAt(v.at, f.Provider.Name), Knot: mark, Title: strings.ToLower(mark.Word), Class: "inline"}
	return shown
}

func findingMark(f verdicts.Finding) word {
	switch {
	case !f.Counted:
		return word{Icon: "ext", Word: "Does not count"}
	case f.OfNoVersion():
		return noSuchVersion
	}
	return findingStates[f.Answer]
}

var findingStates = map[matrix.Answer]word{
	matrix.Yes: {Kind: "yes", Icon: "yes", Word: "Works"}, matrix.No: {Kind: "no", Icon: "no", Word: "Fails"},
	matrix.Unknown: {Kind: "unsure", Icon: "unsure", Word: "Not known"},
}

// noSuchVersion is the mark of a version that is asked about and not known.
var noSuchVersion = word{Kind: "no", Icon: "none", Word: "No such version"}

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

func orWord(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
