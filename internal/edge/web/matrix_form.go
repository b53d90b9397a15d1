package web

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
)

// matrixForm asks a question with everything that the API takes.
type matrixForm struct {
	// Action is where the form is sent, Button what its button says.
	Action, Button string
	// Selectors are the applications that are asked about, More those beyond the first
	// two, Ignored those that are left out; the last two end with an empty one.
	Selectors, More, Ignored []selectorFields
	Target                   selectorFields
	// Team has no options where there are no teams, or none can be asked for.
	Team     choice
	LatestBy choice
	Outcomes []option
	Limit    askedField
	// Wrong is what is wrong with no single field.
	Wrong []string
	// Extended tells that more is asked than the first two applications.
	Extended bool
	// Applications are the names that fields suggest.
	Applications []string
}

// selectorFields are the fields for some versions of an application, or for those that
// the others are to work with.
type selectorFields struct {
	Heading string
	// Name is that of the application, nil for all others.
	Name  *askedField
	Texts []askedField
	Ticks []option
	// Narrowed tells that not any version is meant.
	Narrowed bool
}

// askedField is a text of a question, with what is wrong with it.
type askedField struct {
	ID, Name, Label, Value string
	// Suggests is the list of the names that the field suggests, "" for none; Options
	// are all that it can be, none for a text that is written.
	Suggests string
	Options  []option
	Wrong    string
	Near     []link
}

// asker makes the form of a question that is asked at a path.
type asker struct {
	at       links.Base
	board    *dashboard.Board
	path     string
	question matrix.Question
	team     askedTeam
	wrong    []fault.Field
}

// latestBys are the choices of which results count, in words.
var latestBys = []struct {
	by   matrix.LatestBy
	text string
}{
	{matrix.LatestByBothVersions, "The newest result of each pair of versions"},
	{matrix.LatestByConsumer, "The newest provider version of each consumer version"},
	{matrix.LatestByPair, "The newest versions of each pair of applications"},
	{matrix.Everything, "Every result, those that were replaced too"},
}

// outcomeNames are the outcomes as queries and as sentences name them, in the order of the
// form.
var outcomeNames = []struct {
	outcome     matrix.Outcome
	value, verb string
}{{matrix.Successful, "true", "works"}, {matrix.Failed, "false", "fails"}, {matrix.Unverified, "", "is not known"}}

// asker is what makes the form of a question, which may be wrong.
func (w *Web) asker(ctx context.Context, at links.Base, path string, question matrix.Question, err error) (asker, error) {
	board, unread := w.services.Boards.Board(ctx)
	a := asker{at: at, board: board, path: path, question: question}
	var f *fault.Error
	if errors.As(err, &f) {
		a.wrong = f.Fields
	}
	return a, unread
}

func (a asker) form(button string) matrixForm {
	q := a.question
	made := matrixForm{
		Action: a.at.Path(a.path), Button: button, Target: a.target(), LatestBy: choice{ID: "m-by", Name: "latestby", Label: "Which results count"},
		Limit: a.field("limit", "limit", "Rows at most", ""), Extended: len(q.Selectors) > 2 || len(q.Ignore) > 0, Team: a.team.Choice,
	}
	made.Team.Hidden = false
	if q.Limit != 0 {
		made.Limit.Value = strconv.Itoa(q.Limit)
	}
	for i := range max(3, len(q.Selectors)+1) {
		fields := a.selector("q", i, q.Selectors)
		if i < 2 {
			made.Selectors = append(made.Selectors, fields)
		} else {
			made.More = append(made.More, fields)
		}
	}
	for i := range len(q.Ignore) + 1 {
		made.Ignored = append(made.Ignored, a.selector("ignore", i, q.Ignore))
	}
	for _, l := range latestBys {
		made.LatestBy.Options = append(made.LatestBy.Options, option{Value: string(l.by), Text: l.text, Selected: q.LatestBy == l.by})
	}
	for _, o := range outcomeNames {
		made.Outcomes = append(made.Outcomes, option{Value: o.value, Text: outcomes[o.outcome].Word, Selected: slices.Contains(q.Outcomes, o.outcome)})
	}
	for _, f := range a.wrong {
		if !strings.Contains(f.Name, ".") && !slices.Contains([]string{"environment", "tag", "limit"}, f.Name) {
			made.Wrong = append(made.Wrong, said(f, "The question"))
		}
	}
	for _, p := range a.board.Applications[:min(len(a.board.Applications), suggestedAtMost)] {
		made.Applications = append(made.Applications, p.Name)
	}
	return made
}

// firstHeadings are those of the first applications.
var firstHeadings = []string{"First application", "Second application"}

// selector are the fields of the selector at a place of a list, empty beyond its end.
func (a asker) selector(list string, i int, selectors []matrix.Selector) selectorFields {
	var s matrix.Selector
	if i < len(selectors) {
		s = selectors[i]
	}
	made := selectorFields{Heading: "One more application"}
	switch {
	case list == "ignore":
		made.Heading = "Leave out"
	case i < len(firstHeadings):
		made.Heading = firstHeadings[i]
	}
	at := fmt.Sprintf("%s.%d.", list, i)
	name := a.field(at+"pacticipant", list+"[][pacticipant]", "Application", s.Pacticipant)
	made.Name, made.Narrowed = &name, s.Criteria != matrix.Criteria{}
	for _, f := range []struct{ name, label, value string }{
		{"version", "Version", s.Version}, {"branch", "Branch", s.Branch}, {"tag", "Tag", s.Tag}, {"environment", "Now in environment", s.Environment},
	} {
		made.Texts = append(made.Texts, a.field(at+f.name, list+"[]["+f.name+"]", f.label, f.value))
	}
	made.Ticks = []option{{Value: list + "[][latest]", Text: "Only the latest of these", Selected: s.Latest}, {Value: list + "[][mainBranch]", Text: "Only on its main branch", Selected: s.MainBranch}}
	return made
}

func (a asker) target() selectorFields {
	t := a.question.Target
	return selectorFields{
		Heading: "Together with all others that are",
		Texts:   []askedField{a.field("environment", "environment", "Now in environment", t.Environment), a.field("tag", "tag", "Tagged", t.Tag)},
		Ticks:   []option{{Value: "latest", Text: "The latest", Selected: t.Latest}, {Value: "mainBranch", Text: "On the main branches", Selected: t.MainBranch}},
	}
}

// field is one that faults call by a place in the question.
func (a asker) field(place, name, label, value string) askedField {
	made := askedField{ID: "m-" + strings.ReplaceAll(place, ".", "-"), Name: name, Label: label, Value: value}
	kind := place[strings.LastIndex(place, ".")+1:]
	switch kind {
	case "pacticipant":
		made.Suggests = "m-applications"
	case "environment":
		made.Options = a.environments(value)
	}
	for _, f := range a.wrong {
		if f.Name == place {
			made.Wrong = said(f, label)
		}
	}
	if made.Wrong == "" || strings.TrimSpace(value) == "" {
		return made
	}
	switch kind {
	case "pacticipant":
		if a.board.ApplicationNamed(value) == nil {
			made.Wrong = noApplication(value) + "."
			for _, near := range applicationsLike(a.at, a.board, value) {
				made.Near = append(made.Near, link{near.Text, a.instead(value, near.Text)})
			}
		}
	case "environment":
		made.Wrong = noEnvironment(value) + "."
		for _, near := range environmentsLike(a.board.Environments, value) {
			made.Near = append(made.Near, link{near.Name, a.at.Path(a.path + "?" + a.with(func(q *matrix.Question) { q.Target.Environment = near.Name }))})
		}
	}
	return made
}

// environments are those to choose from, and what was asked for if it is none of them.
func (a asker) environments(asked string) []option {
	known := asked == ""
	options := []option{{Text: "Any", Selected: known}}
	for _, e := range a.board.Environments {
		options = append(options, option{Value: e.Name, Text: e.Name, Selected: e.Name == asked})
		known = known || e.Name == asked
	}
	if !known {
		options = append(options, option{Value: asked, Text: asked, Selected: true})
	}
	return options
}

// said is what is wrong with a field, as a sentence.
func said(f fault.Field, label string) string {
	text := strings.TrimSuffix(f.Message, ".") + "."
	if first, _ := utf8.DecodeRuneInString(text); unicode.IsLower(first) && f.Name != "latestby" {
		return label + " " + text
	}
	return text
}

// instead is the same question about an application of another name.
func (a asker) instead(name, other string) string {
	return a.at.Path(a.path + "?" + a.with(func(q *matrix.Question) {
		for i, s := range q.Selectors {
			if s.Pacticipant == name {
				q.Selectors[i].Pacticipant = other
			}
		}
	}))
}

// with is the query of the question after a change.
func (a asker) with(change func(*matrix.Question)) string {
	q := a.question
	q.Selectors = slices.Clone(q.Selectors)
	change(&q)
	query := apiQueryOf(q)
	if a.team.Team != nil {
		query = append(query, edge.Pair{Key: "team", Value: a.team.name(), HasValue: true})
	}
	return written(query)
}

// apiQueryOf asks a question in the manner of the API.
func apiQueryOf(q matrix.Question) (query []edge.Pair) {
	add := func(name, value string) {
		if value != "" {
			query = append(query, edge.Pair{Key: name, Value: value, HasValue: true})
		}
	}
	is := map[bool]string{true: "true"}
	criteria := func(list string, selectors []matrix.Selector) {
		for _, s := range selectors {
			add(list+"[][pacticipant]", s.Pacticipant)
			add(list+"[][version]", s.Version)
			add(list+"[][branch]", s.Branch)
			add(list+"[][tag]", s.Tag)
			add(list+"[][environment]", s.Environment)
			add(list+"[][latest]", is[s.Latest])
			add(list+"[][mainBranch]", is[s.MainBranch])
		}
	}
	criteria("q", q.Selectors)
	criteria("ignore", q.Ignore)
	add("environment", q.Target.Environment)
	add("tag", q.Target.Tag)
	add("latest", is[q.Target.Latest])
	add("mainBranch", is[q.Target.MainBranch])
	add("latestby", string(q.LatestBy))
	for _, o := range outcomeNames {
		if slices.Contains(q.Outcomes, o.outcome) {
			query = append(query, edge.Pair{Key: "success[]", Value: o.value, HasValue: true})
		}
	}
	if q.Limit > 0 {
		add("limit", strconv.Itoa(q.Limit))
	}
	return query
}

// tidied is the query of a form without the fields that were left empty, and reports
// whether there were any.
func tidied(query []edge.Pair) (kept []edge.Pair, changed bool) {
	for i, pair := range query {
		blank := pair.HasValue && strings.TrimSpace(pair.Value) == "" && pair.Key != "success[]"
		if blank && !headsOther(query[i:]) {
			changed = true
			continue
		}
		kept = append(kept, pair)
	}
	return kept, changed
}

// headsOther reports whether a query begins with the name of an application that has
// something said of it: without the name that would be said of another.
func headsOther(query []edge.Pair) bool {
	list, isName := strings.CutSuffix(query[0].Key, "[pacticipant]")
	if !isName {
		return false
	}
	for _, pair := range query[1:] {
		if pair.Key == query[0].Key || !strings.HasPrefix(pair.Key, list) {
			return false
		}
		if strings.TrimSpace(pair.Value) != "" {
			return true
		}
	}
	return false
}

// questionSaid says what a question asks for, and of which team, if of one; names are
// marked.
func questionSaid(q matrix.Question, team string) (said sentence) {
	for i, s := range q.Selectors {
		switch {
		case i == 0:
		case i == len(q.Selectors)-1:
			said.add(" with ")
		default:
			said.add(", ")
		}
		said.selector(s)
	}
	if t := q.Target; t.Given() {
		said.add(", with ")
		said.target(t)
	}
	for i, s := range q.Ignore {
		said.add([]string{", without ", " and "}[min(i, 1)])
		said.selector(s)
	}
	said.add(". ")
	for _, l := range latestBys {
		if l.by == q.LatestBy {
			said.add(l.text)
		}
	}
	before := ", where it "
	for _, o := range outcomeNames {
		if slices.Contains(q.Outcomes, o.outcome) {
			said.add(before + o.verb)
			before = " or "
		}
	}
	if q.Limit > 0 && !q.Target.Given() {
		said.add(fmt.Sprintf(", at most %s", counted(q.Limit, "row")))
	}
	said.named(", of these those of the team ", team)
	said.add(".")
	return said
}

// sentence is a text with names in it.
type sentence []piece

func (s *sentence) add(text string)  { *s = append(*s, piece{Text: text}) }
func (s *sentence) name(text string) { *s = append(*s, piece{Text: text, Marked: true}) }

// named adds words before a name, if there is one.
func (s *sentence) named(before, name string) {
	if name != "" {
		s.add(before)
		s.name(name)
	}
}

// selector says which versions a selector means.
func (s *sentence) selector(of matrix.Selector) {
	switch {
	case of.Version != "":
		s.named("version ", short(of.Version))
		s.add(" of ")
	case of.Latest:
		s.add("the latest version of ")
	case of.Criteria == matrix.Criteria{}:
		s.add("any version of ")
	default:
		s.add("the versions of ")
	}
	s.name(of.Pacticipant)
	s.named(" on branch ", of.Branch)
	if of.MainBranch {
		s.add(" on its main branch")
	}
	s.named(" with tag ", of.Tag)
	s.named(" that are now in ", of.Environment)
}

// target says with which versions of the others.
func (s *sentence) target(t matrix.Target) {
	s.add(map[bool]string{true: "the latest versions", false: "all versions"}[t.Latest] + " of the others")
	if t.MainBranch {
		s.add(" on their main branches")
	}
	s.named(" with tag ", t.Tag)
	s.named(" that are now in ", t.Environment)
}
