package matrix

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// check returns the applications that the question names, by the names it
// uses, or an Invalid fault with all that is wrong with the question.
func check(ctx context.Context, tx Reader, q Question) (map[string]pacticipants.Pacticipant, error) {
	if wrong := unaskable(q); len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong...)
	}
	known, environmentExists, err := named(ctx, tx, q)
	if err != nil {
		return nil, err
	}
	var wrong []fault.Field
	add := func(name, message string) { wrong = append(wrong, fault.Field{Name: name, Message: message}) }
	addAt := func(list string, i int) func(name, message string) {
		return func(name, message string) { add(fmt.Sprintf("%s.%d.%s", list, i, name), message) }
	}
	for i, s := range q.Selectors {
		checkSelector(s, "", addAt("q", i))
	}
	if err := checkPacticipants(ctx, tx, q.Selectors, known, func(i int, message string) { addAt("q", i)("pacticipant", message) }); err != nil {
		return nil, err
	}
	if len(q.Selectors) == 0 {
		add("pacticipant", "Give one or more selectors of versions, such as q[][pacticipant]=NAME&q[][version]=NUMBER")
	}
	for i, s := range q.Ignore {
		checkSelector(s, " to ignore", addAt("ignore", i))
	}
	if err := checkTarget(ctx, tx, q, environmentExists, add); err != nil {
		return nil, err
	}
	switch q.LatestBy {
	case Everything, LatestByBothVersions, LatestByConsumer, LatestByPair:
	default:
		add("latestby", "latestby must be one of cvpv, cvp, cp")
	}
	if q.Limit < 0 {
		add("limit", "The limit must be a whole number of 1 or more")
	}
	if len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong...)
	}
	return known, nil
}

// unaskable says which texts of the question are longer than any name, or hold a
// character that databases refuse. They are refused before anything is looked for or
// repeated.
func unaskable(q Question) (wrong []fault.Field) {
	add := func(name, text string) {
		if strings.ContainsRune(text, 0) {
			wrong = append(wrong, fault.Field{Name: name, Message: "cannot contain NUL characters"})
		}
		if utf8.RuneCountInString(text) > pacticipants.MaxNameLength {
			wrong = append(wrong, fault.Field{Name: name, Message: fmt.Sprintf("cannot be longer than %d characters", pacticipants.MaxNameLength)})
		}
	}
	for _, list := range []struct {
		name      string
		selectors []Selector
	}{{"q", q.Selectors}, {"ignore", q.Ignore}} {
		for i, s := range list.selectors {
			at := fmt.Sprintf("%s.%d.", list.name, i)
			add(at+"pacticipant", s.Pacticipant)
			add(at+"version", s.Version)
			add(at+"branch", s.Branch)
			add(at+"tag", s.Tag)
			add(at+"environment", s.Environment)
		}
	}
	add("tag", q.Target.Tag)
	add("environment", q.Target.Environment)
	return wrong
}

// checkPacticipants says which applications are not there, and for the first few of
// them what may have been meant.
func checkPacticipants(ctx context.Context, tx SuggestionReader, selectors []Selector, known map[string]pacticipants.Pacticipant, add func(i int, message string)) error {
	var names []string
	missing := 0
	for i, s := range selectors {
		if _, found := known[s.Pacticipant]; found || pacticipants.LooksBlank(s.Pacticipant) {
			continue
		}
		message := "Pacticipant " + s.Pacticipant + " not found."
		if missing++; missing == 1 {
			var err error
			if names, err = tx.PacticipantNames(ctx); err != nil {
				return err
			}
		}
		if missing <= namesShown {
			message += " " + pacticipants.Suggest(s.Pacticipant, names)
		}
		add(i, message)
	}
	return nil
}

// named reads what the question names: the applications, and whether the
// environment exists.
func named(ctx context.Context, tx Reader, q Question) (known map[string]pacticipants.Pacticipant, environmentExists bool, err error) {
	var reads []func(ctx context.Context) error
	if names := q.names(); len(names) > 0 {
		reads = append(reads, func(ctx context.Context) (err error) {
			known, err = tx.PacticipantsNamed(ctx, names...)
			return err
		})
	}
	if name := q.Target.Environment; name != "" {
		reads = append(reads, func(ctx context.Context) (err error) {
			_, environmentExists, err = tx.EnvironmentByName(ctx, name)
			return err
		})
	}
	err = tx.Together(ctx, reads...)
	return known, environmentExists, err
}

func (q Question) names() []string {
	var names []string
	for _, selectors := range [][]Selector{q.Selectors, q.Ignore} {
		for _, s := range selectors {
			if s.Pacticipant != "" {
				names = append(names, s.Pacticipant)
			}
		}
	}
	return names
}

func checkSelector(s Selector, purpose string, add func(name, message string)) {
	if pacticipants.LooksBlank(s.Pacticipant) {
		add("pacticipant", "Give the name of the pacticipant"+purpose)
	}
	for _, given := range []struct{ name, text string }{
		{"version", s.Version}, {"branch", s.Branch}, {"tag", s.Tag}, {"environment", s.Environment},
	} {
		if isBlank(given.text) {
			add(given.name, "The "+given.name+" for "+s.Pacticipant+purpose+" cannot be blank; leave it out to ask for any")
		}
	}
	if s.Version != "" && s.Latest {
		add("version", "Give either a version number or latest=true for "+s.Pacticipant+purpose+", not both")
	}
}

// isBlank reports whether something was given of which nothing is to be seen: it
// names nothing, and to leave it out would ask another question.
func isBlank(text string) bool { return text != "" && pacticipants.LooksBlank(text) }

func checkTarget(ctx context.Context, tx Reader, q Question, environmentExists bool, add func(name, message string)) error {
	t, given := q.Target, 0
	for _, is := range []bool{t.Tag != "", t.Environment != "", t.MainBranch || q.MainBranchDenied} {
		if is {
			given++
		}
	}
	if given > 1 {
		add("", "Give only one of tag, environment and mainBranch")
	}
	if t.Latest && t.Environment != "" {
		add("", "Give either latest=true or an environment, not both")
	}
	for _, name := range []struct{ name, text string }{{"tag", t.Tag}, {"environment", t.Environment}} {
		if isBlank(name.text) {
			add(name.name, "The "+name.name+" cannot be blank; leave it out if it is not the target")
		}
	}
	if t.Environment == "" || environmentExists || isBlank(t.Environment) {
		return nil
	}
	message, err := noEnvironment(ctx, tx, t.Environment)
	add("environment", message)
	return err
}

func noEnvironment(ctx context.Context, tx SuggestionReader, name string) (string, error) {
	all, err := tx.Environments(ctx)
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.Name
	}
	return "Environment with name '" + name + "' does not exist. " + pacticipants.Suggest(name, names), err
}
