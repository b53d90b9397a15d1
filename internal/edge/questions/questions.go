// Package questions reads what is asked of the matrix out of the queries of
// addresses, and for which versions a contract was selected, for all faces alike.
package questions

import (
	"slices"
	"strconv"
	"strings"

	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/rackquery"
)

// defaultLimit is how many rows count unless the query says otherwise.
const defaultLimit = 100

// Matrix reads the query of /matrix. What it cannot make sense of is an Invalid
// fault; whether the names exist is for the matrix to see.
func Matrix(raw string) (matrix.Question, error) {
	query, err := rackquery.Parse(raw)
	if err != nil {
		return matrix.Question{}, fault.InvalidField("", "%s", err).Because(err)
	}
	question, err := optionsOf(query)
	if err != nil {
		return question, err
	}
	for _, name := range []string{"q", "ignore"} {
		if list := query.Value(name); list != nil && !list.IsList() {
			return question, fault.InvalidField(name, "The selectors must be a list, such as %s[][pacticipant]=NAME&%s[][version]=NUMBER", name, name)
		}
	}
	if question.Selectors, err = selectorsOf(query.Value("q"), "q"); err != nil {
		return question, err
	}
	question.Ignore, err = selectorsOf(query.Value("ignore"), "ignore")
	return question, err
}

// Pair reads the query of the matrix of one pair. What it cannot make sense of is
// an Invalid fault.
func Pair(raw, consumer, provider string) (matrix.Question, error) {
	query, err := rackquery.Parse(raw)
	if err != nil {
		return matrix.Question{}, fault.InvalidField("", "%s", err).Because(err)
	}
	question, err := optionsOf(query)
	question.Selectors = []matrix.Selector{{Pacticipant: consumer}, {Pacticipant: provider}}
	return question, err
}

func optionsOf(query rackquery.Query) (matrix.Question, error) {
	wrong := append(noTexts(query.Value, "", "environment", "tag", "latestby"), noWords(query.Value, "", "latest", "mainBranch", "limit")...)
	if len(wrong) > 0 {
		return matrix.Question{}, fault.InvalidFields(wrong...)
	}
	text := func(name string) string { return strings.TrimSpace(query.Text(name)) }
	q := matrix.Question{
		Target: matrix.Target{
			Environment: query.Text("environment"), Tag: query.Text("tag"),
			Latest: text("latest") == "true", MainBranch: text("mainBranch") == "true",
		},
		LatestBy: matrix.LatestBy(query.Text("latestby")),
		Limit:    limitOf(text("limit")),
	}
	q.MainBranchDenied = text("mainBranch") != "" && !q.Target.MainBranch
	var err error
	q.Outcomes, err = outcomesOf(query.Value("success"))
	return q, err
}

// outcomesOf reads which outcomes are asked for: one, or a list.
func outcomesOf(asked *rackquery.Value) (wanted []matrix.Outcome, err error) {
	outcomes := asked.Texts()
	if asked.IsText() {
		outcomes = []string{asked.Text()}
	}
	if problem := fault.ValidateCount(len(outcomes), fault.MaxListed); problem != "" {
		return nil, fault.InvalidField("success", "success[] %s", problem)
	}
	if asked.IsHash() || len(outcomes) < len(asked.List()) {
		return nil, fault.InvalidField("success", "success must be a text or a list of texts, such as success[]=true&success[]=false")
	}
	for _, outcome := range outcomes {
		switch outcome {
		case "true":
			wanted = append(wanted, matrix.Successful)
		case "false":
			wanted = append(wanted, matrix.Failed)
		case "":
			wanted = append(wanted, matrix.Unverified)
		default:
			return nil, fault.InvalidField("success", "success must be true, false or empty")
		}
	}
	return wanted, nil
}

// noTexts says which of the values are given, but as lists or hashes: to take them
// for absent would answer another question.
func noTexts(value func(name string) *rackquery.Value, prefix string, names ...string) (wrong []fault.Field) {
	for _, name := range names {
		if v := value(name); v != nil && !v.IsText() {
			wrong = append(wrong, fault.Field{Name: prefix + name, Message: "The " + name + " must be a text, such as " + name + "=VALUE, and not a list"})
		}
	}
	return wrong
}

// noWords says the same of values that must be words or numbers, and which of them
// have nothing to be seen.
func noWords(value func(name string) *rackquery.Value, prefix string, names ...string) []fault.Field {
	wrong := noTexts(value, prefix, names...)
	for _, name := range names {
		if text := value(name).Text(); text != "" && pacticipants.LooksBlank(text) {
			wrong = append(wrong, fault.Field{Name: prefix + name, Message: "The " + name + " cannot be blank; leave it out if it is not meant"})
		}
	}
	return wrong
}

// limitOf is the limit of rows, negative if the text is none.
func limitOf(text string) int {
	if text == "" {
		return defaultLimit
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return -1
	}
	return n
}

// selectorsOf reads a list of selectors; what is no list holds none.
func selectorsOf(list *rackquery.Value, name string) ([]matrix.Selector, error) {
	if problem := fault.ValidateCount(len(list.List()), fault.MaxListed); problem != "" {
		return nil, fault.InvalidField(name, "%s[] %s", name, problem)
	}
	var selectors []matrix.Selector
	var wrong []fault.Field
	for i, v := range list.List() {
		if !v.IsHash() {
			return nil, fault.InvalidField(name, "Each of the selectors must be an object, such as %s[][pacticipant]=NAME", name)
		}
		selectors, wrong = append(selectors, selectorOf(v)), append(wrong, misread(v, name, i)...)
	}
	if len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong...)
	}
	return selectors, nil
}

// misread says what of the selector at that place of a list cannot be what it is
// given as.
func misread(v *rackquery.Value, list string, at int) []fault.Field {
	place := list + "." + strconv.Itoa(at) + "."
	return append(noTexts(v.Member, place, "pacticipant", "version", "branch", "tag", "environment"), noWords(v.Member, place, "latest", "mainBranch")...)
}

func selectorOf(v *rackquery.Value) matrix.Selector {
	return matrix.Selector{
		Pacticipant: v.MemberText("pacticipant"),
		Criteria: matrix.Criteria{
			Version: v.MemberText("version"), Branch: v.MemberText("branch"), Tag: v.MemberText("tag"),
			Environment: v.MemberText("environment"),
			Latest:      v.MemberText("latest") == "true", MainBranch: v.MemberText("mainBranch") == "true",
		},
	}
}

// filled returns the text as it is, or "" if it is blank.
func filled(text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return text
}

// CanIDeploy reads the query of /can-i-deploy. The fields say what is wrong with
// it before any name is looked up.
func CanIDeploy(raw string) (matrix.Question, []fault.Field) {
	query, err := rackquery.Parse(raw)
	if err != nil {
		return matrix.Question{}, []fault.Field{{Message: err.Error()}}
	}
	wrong := noTexts(query.Value, "", "pacticipant", "version", "environment", "to")
	if ignored := query.Value("ignore"); ignored != nil && !ignored.IsList() {
		wrong = append(wrong, fault.Field{Name: "ignore", Message: "must be a list, such as ignore[]=NAME"})
	}
	if len(wrong) > 0 {
		return matrix.Question{}, wrong
	}
	pacticipant, version := filled(query.Text("pacticipant")), filled(query.Text("version"))
	target := matrix.Target{Environment: filled(query.Text("environment")), Tag: filled(query.Text("to"))}
	q := matrix.Question{Selectors: []matrix.Selector{{Pacticipant: pacticipant, Criteria: matrix.Criteria{Version: version}}}}
	for _, field := range []struct{ name, value string }{{"pacticipant", pacticipant}, {"version", version}} {
		if field.value == "" {
			wrong = append(wrong, fault.Field{Name: field.name, Message: "is missing"})
		}
	}
	switch {
	case target.Environment != "" && target.Tag != "":
		wrong = append(wrong, fault.Field{Message: "give either environment or to, not both"})
	case target.Environment == "" && target.Tag == "":
		wrong = append(wrong, fault.Field{Message: "give the environment to deploy to, or to with a tag"})
	default:
		wrong = append(wrong, noWords(query.Value, "", "environment", "to")...)
	}
	q.Target, q.LatestBy = target, matrix.LatestByBothVersions
	if target.Tag != "" {
		q.Target.Latest, q.LatestBy = true, matrix.LatestByConsumer
	}
	if problem := fault.ValidateCount(len(query.Value("ignore").List()), fault.MaxListed); problem != "" {
		wrong = append(wrong, fault.Field{Name: "ignore", Message: problem})
	}
	for i, v := range query.Value("ignore").List() {
		if v.IsText() {
			q.Ignore = append(q.Ignore, matrix.Selector{Pacticipant: v.Text()})
			continue
		}
		q.Ignore, wrong = append(q.Ignore, selectorOf(v)), append(wrong, misread(v, "ignore", i)...)
	}
	return q, wrong
}

// Verdict reads the query of an explained verdict: that of /can-i-deploy if it
// names a pacticipant, otherwise that of /matrix. What it cannot make sense of is
// an Invalid fault.
func Verdict(raw string) (matrix.Question, error) {
	query, err := rackquery.Parse(raw)
	if err != nil {
		return matrix.Question{}, fault.InvalidField("", "%s", err).Because(err)
	}
	flat := []string{"pacticipant", "version", "to"}
	if query.Value("q") == nil && query.Value("pacticipant") == nil {
		return matrix.Question{}, fault.InvalidField("pacticipant", "is missing: name the application and its version, such as pacticipant=Shop&version=1a2b&environment=production; POST takes several")
	}
	if !slices.ContainsFunc(flat, func(name string) bool { return query.Value(name) != nil }) {
		return Matrix(raw)
	}
	for _, name := range query.Names() {
		if !slices.Contains(flat, name) && name != "environment" && name != "ignore" {
			return matrix.Question{}, fault.InvalidField(name, "does not go with pacticipant; send the question with POST instead")
		}
	}
	question, wrong := CanIDeploy(raw)
	if len(wrong) > 0 {
		return question, fault.InvalidFields(wrong...)
	}
	return question, nil
}
