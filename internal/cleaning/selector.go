package cleaning

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// day is the unit of ages in selectors.
const day = 24 * time.Hour

// Selector selects versions to keep, as the Pact Broker's do: everything that it
// says must be so.
type Selector struct {
	Pacticipant, Environment string
	Tag, Branch              Name
	Latest                   bool
	Deployed, Released       bool
	MainBranch               bool
	// MaxAge is in days; nil if any age will do.
	MaxAge *int
	text   string
}

// Name is that of a branch or tag, or stands for any.
type Name struct {
	Any  bool
	Text string
}

func (n Name) given() bool             { return n.Any || n.Text != "" }
func (n Name) covers(name string) bool { return n.Any || n.Text == name }

// UnmarshalJSON reads a name, or true for any.
func (n *Name) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "true":
		n.Any = true
		return nil
	case "false", "null":
		return nil
	}
	if err := json.Unmarshal(text, &n.Text); err != nil {
		return errors.New("must be a name or true")
	}
	return nil
}

// String is the selector as it was written.
func (s Selector) String() string { return s.text }

// Names of members, in the Pact Broker's two ways of writing them.
var sameMember = map[string]string{
	"pacticipant_name": "pacticipant", "pacticipantName": "pacticipant",
	"environment_name": "environment", "environmentName": "environment",
	"maxAge": "max_age", "mainBranch": "main_branch",
}

// DefaultSelectors are the Pact Broker's own.
const DefaultSelectors = `[{"tag":true,"latest":true},{"branch":true,"latest":true},{"latest":true},{"deployed":true},{"released":true},{"max_age":90}]`

// ParseSelectors reads a JSON array of selectors. Deployed and released versions
// are always among what they select. A member that is not known is an error: the
// selector would select more than it says.
func ParseSelectors(text string) ([]Selector, error) {
	var written []map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &written); err != nil {
		return nil, errors.New(`must be a JSON array of selectors, such as [{"latest":true},{"max_age":90}]`)
	}
	if len(written) == 0 {
		return nil, errors.New(`must have at least one selector, such as {"max_age":90}: an empty list would keep nothing`)
	}
	var all []Selector
	for i, members := range written {
		s, err := parseSelector(members)
		if err != nil {
			return nil, fmt.Errorf("selector %d %w", i+1, err)
		}
		all = append(all, s)
	}
	for _, always := range []Selector{{Deployed: true, text: `{"deployed":true}`}, {Released: true, text: `{"released":true}`}} {
		if !slices.ContainsFunc(all, func(s Selector) bool { return s.text == always.text }) {
			all = append(all, always)
		}
	}
	return all, nil
}

func parseSelector(members map[string]json.RawMessage) (s Selector, err error) {
	places := map[string]any{
		"pacticipant": &s.Pacticipant, "environment": &s.Environment, "tag": &s.Tag, "branch": &s.Branch, "latest": &s.Latest,
		"deployed": &s.Deployed, "released": &s.Released, "main_branch": &s.MainBranch, "max_age": &s.MaxAge,
	}
	if len(members) == 0 {
		return s, errors.New("says nothing")
	}
	for name, value := range members {
		if same, known := sameMember[name]; known {
			name = same
		}
		place, known := places[name]
		if !known {
			return s, fmt.Errorf("has the member %q, which is not known; known are pacticipant, latest, tag, branch, main_branch, environment, deployed, released and max_age", name)
		}
		if err := json.Unmarshal(value, place); err != nil {
			return s, fmt.Errorf("has a %s that it cannot have: %s", name, value)
		}
	}
	if s.MaxAge != nil && (*s.MaxAge < 0 || *s.MaxAge > 36500) {
		return s, fmt.Errorf("has a max_age of %d, but it must be from 0 to 36500 days", *s.MaxAge)
	}
	if s.equal(Selector{}) {
		return s, errors.New("selects nothing in particular, and would keep everything")
	}
	text, err := json.Marshal(members)
	s.text = string(bytes.TrimSpace(text))
	return s, err
}

func (s Selector) equal(other Selector) bool {
	s.text, other.text = "", ""
	return s == other
}

// selects reports whether the selector selects the version. The judge knows
// whether a newer one took the place of the latest.
func (j *Judge) selects(s Selector, v Version) bool {
	if s.Pacticipant != "" && s.Pacticipant != v.Application || s.MaxAge != nil && v.CreatedAt.Before(firstDay(j.rules.Now, *s.MaxAge)) {
		return false
	}
	if s.Deployed && !isAt(s.Environment, v.Deployed) || s.Released && !isAt(s.Environment, v.Supported) ||
		s.Environment != "" && !isAt(s.Environment, append(slices.Clone(v.Deployed), v.Supported...)) {
		return false
	}
	onBranch := func(b Branch) bool {
		return (!s.Branch.given() || s.Branch.covers(b.Name)) && (!s.MainBranch || b.Main) && (!s.Latest || b.Head)
	}
	named := s.Branch.given() || s.MainBranch
	if named && !slices.ContainsFunc(v.Branches, onBranch) {
		return false
	}
	if s.Tag.given() && !slices.ContainsFunc(v.Tags, func(t Tag) bool { return s.Tag.covers(t.Name) && (!s.Latest || t.Head) }) {
		return false
	}
	if !s.Latest || named || s.Tag.given() {
		return true
	}
	first := !j.seen[s.text]
	j.seen[s.text] = true
	return first
}

func isAt(environment string, where []string) bool {
	return len(where) > 0 && (environment == "" || slices.Contains(where, environment))
}

// firstDay is the beginning of the day so many days ago.
func firstDay(now time.Time, days int) time.Time {
	return now.UTC().Truncate(day).Add(-time.Duration(days) * day)
}

// unslashed writes slashes as something that no name has, and what a pattern does
// not mean as itself.
var unslashed = strings.NewReplacer("/", "\x00", `\`, "\x01", "[", "\x02", "?", "\x03")
