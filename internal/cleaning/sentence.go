package cleaning

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/versions"
)

// Sentence is a rule such as "delete versions of Foo on branch feat/* older than
// 30 days".
type Sentence struct {
	text  string
	keeps bool
	// newest bounds to how many versions of each application it applies; 0 to all.
	newest  int
	clauses []clause
}

// clause is a part of a sentence that holds for a version or not.
type clause func(v Version, r *Rules) bool

// String is the sentence as it was written.
func (s Sentence) String() string { return s.text }

func (s Sentence) speaksOf(v Version, r *Rules) bool {
	for _, holds := range s.clauses {
		if !holds(v, r) {
			return false
		}
	}
	return true
}

// errDeletesAll is for a rule that deletes, of which nothing says where it ends.
var errDeletesAll = errors.New(`it speaks of everything, and no rule before it says what to keep: say which versions, as in "delete versions older than 90 days", ` +
	`or let it follow a rule such as "keep the newest 20 versions on any branch"; "delete versions numbered *" means all`)

// ParseSentences reads sentences that are separated by semicolons or lines.
func ParseSentences(text string) ([]Sentence, error) {
	var all []Sentence
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '\n' }) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		s, err := parseSentence(part)
		if err != nil {
			return nil, err
		}
		if !s.keeps && len(s.clauses) == 0 && !slices.ContainsFunc(all, func(before Sentence) bool { return before.keeps }) {
			return nil, fmt.Errorf("%q: %w", s.text, errDeletesAll)
		}
		all = append(all, s)
	}
	return all, nil
}

// form is what is said of a sentence that cannot be read.
const form = `a rule reads like "keep the newest 10 versions of Foo" or "delete versions on branch feat/* older than 30 days"`

// parseSentence reads one sentence, with or without a full stop.
func parseSentence(text string) (Sentence, error) {
	words := &reader{left: split(strings.TrimSuffix(strings.TrimSpace(text), "."))}
	s := Sentence{text: strings.Join(strings.Fields(text), " ")}
	err := s.read(words)
	if strings.Count(text, `"`)%2 == 1 {
		err = errors.New("a quotation mark is not closed")
	}
	if err != nil {
		return s, fmt.Errorf("%q: %w; %s", s.text, err, form)
	}
	return s, nil
}

func (s *Sentence) read(words *reader) error {
	switch strings.ToLower(words.next()) {
	case "keep":
		s.keeps = true
	case "delete":
	default:
		return errors.New("it must begin with keep or delete")
	}
	if words.skip("the newest") || words.skip("newest") {
		n, err := strconv.Atoi(words.next())
		if err != nil || n < 1 {
			return errors.New("newest must be followed by a number from 1")
		}
		s.newest = n
	}
	if !words.skip("versions") && !words.skip("all versions") && !words.skip("version") {
		return fmt.Errorf("%q stands where it must say versions", words.peek())
	}
	for len(words.left) > 0 {
		if len(s.clauses) > 0 && words.skip("and") {
			if len(words.left) == 0 {
				return errors.New("nothing follows the last and")
			}
		}
		c, err := readClause(words)
		if err != nil {
			return err
		}
		s.clauses = append(s.clauses, c)
	}
	return nil
}

// clauses begin with these words; named ones are followed by a name.
var (
	plain = []struct {
		words string
		holds clause
	}{
		{"on the main branch", func(v Version, _ *Rules) bool {
			return slices.ContainsFunc(v.Branches, func(b Branch) bool { return b.Main })
		}},
		{"on an active branch", onBranchIn(versions.ActiveBranch)},
		{"on a stale branch", onBranchIn(versions.StaleBranch)},
		{"on a closed branch", onBranchIn(versions.ClosedBranch)},
		{"on any branch", func(v Version, _ *Rules) bool { return len(v.Branches) > 0 }},
		{"with any tag", func(v Version, _ *Rules) bool { return len(v.Tags) > 0 }},
		{"in any environment", func(v Version, _ *Rules) bool { return len(v.Deployed)+len(v.Supported) > 0 }},
	}
	named = []struct {
		words string
		holds func(v Version, pattern string) bool
	}{
		{"of", func(v Version, pattern string) bool { return matches(pattern, v.Application) }},
		{"labelled", func(v Version, pattern string) bool { return anyMatches(pattern, v.Labels) }},
		{"labeled", func(v Version, pattern string) bool { return anyMatches(pattern, v.Labels) }},
		{"on branch", func(v Version, pattern string) bool {
			return slices.ContainsFunc(v.Branches, func(b Branch) bool { return matches(pattern, b.Name) })
		}},
		{"tagged", func(v Version, pattern string) bool {
			return slices.ContainsFunc(v.Tags, func(t Tag) bool { return matches(pattern, t.Name) })
		}},
		{"in", func(v Version, pattern string) bool {
			return anyMatches(pattern, v.Deployed) || anyMatches(pattern, v.Supported)
		}},
		{"numbered", func(v Version, pattern string) bool { return matches(pattern, v.Number) }},
	}
)

// onBranchIn holds for versions on a branch in that state.
func onBranchIn(state versions.BranchState) clause {
	return func(v Version, r *Rules) bool {
		return slices.ContainsFunc(v.Branches, func(b Branch) bool { return r.State(b) == state })
	}
}

func readClause(words *reader) (clause, error) {
	if words.skip("not") {
		c, err := readClause(words)
		return func(v Version, r *Rules) bool { return !c(v, r) }, err
	}
	for _, p := range plain {
		if words.skip(p.words) {
			return p.holds, nil
		}
	}
	for _, n := range named {
		if !words.skip(n.words) {
			continue
		}
		pattern := words.next()
		if pattern == "" {
			return nil, fmt.Errorf("%s must be followed by a name", n.words)
		}
		return func(v Version, _ *Rules) bool { return n.holds(v, pattern) }, nil
	}
	switch {
	case words.skip("older than"):
		age, err := readAge(words)
		return func(v Version, r *Rules) bool { return v.CreatedAt.Before(r.Now.Add(-age)) }, err
	case words.skip("younger than"):
		age, err := readAge(words)
		return func(v Version, r *Rules) bool { return v.CreatedAt.After(r.Now.Add(-age)) }, err
	}
	return nil, fmt.Errorf("%q is not understood: after versions come %s, each also with not", words.peek(), strings.Join(beginnings(), ", "))
}

// beginnings are the words with which clauses begin.
func beginnings() (all []string) {
	for _, n := range named {
		all = append(all, n.words)
	}
	for _, p := range plain {
		all = append(all, p.words)
	}
	return append(all, "older than", "younger than")
}

var units = map[string]time.Duration{
	"hour": time.Hour, "hours": time.Hour, "day": day, "days": day, "week": 7 * day, "weeks": 7 * day,
	"month": 30 * day, "months": 30 * day, "year": 365 * day, "years": 365 * day,
}

// oldest is the greatest age.
const oldest = 200 * 365 * day

func readAge(words *reader) (time.Duration, error) {
	n, err := strconv.Atoi(words.next())
	unit, known := units[strings.ToLower(words.next())]
	if err != nil || n < 0 || n > 10000 || !known {
		return 0, errors.New("an age is a number and hours, days, weeks, months or years")
	}
	if n > int(oldest/unit) { // what is beyond cannot be counted, and would be any age
		return 0, errors.New("an age is 200 years at most")
	}
	return time.Duration(n) * unit, nil
}

func anyMatches(pattern string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return matches(pattern, name) })
}

// reader hands out the words of a sentence.
type reader struct{ left []string }

func (r *reader) peek() string {
	if len(r.left) == 0 {
		return ""
	}
	return r.left[0]
}

func (r *reader) next() string {
	word := r.peek()
	if len(r.left) > 0 {
		r.left = r.left[1:]
	}
	return word
}

// skip takes the words if they come next, in small letters or capitals.
func (r *reader) skip(words string) bool {
	wanted := strings.Fields(words)
	if len(r.left) < len(wanted) || !slices.EqualFunc(r.left[:len(wanted)], wanted, strings.EqualFold) {
		return false
	}
	r.left = r.left[len(wanted):]
	return true
}

// split returns the words of a sentence. What stands in quotes is one word.
func split(text string) []string {
	var words []string
	for i, part := range strings.Split(text, `"`) {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	return words
}
