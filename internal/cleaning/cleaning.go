// Package cleaning decides which versions an old broker may forget: by the
// selectors that the Pact Broker knows, and by rules that read like sentences.
// What a verdict rests on stays, whatever they say. Pure functions.
package cleaning

import (
	"path"
	"time"

	"github.com/accord-broker/accord/internal/versions"
)

// Version is what rules look at.
type Version struct {
	ID          int64
	Application string
	Labels      []string
	Number      string
	CreatedAt   time.Time
	// Latest tells the newest version of the application.
	Latest   bool
	Branches []Branch
	Tags     []Tag
	// Deployed and Supported are the environments where it is at present.
	Deployed, Supported []string
	// NewestContract tells that it is the last version with a contract with some
	// provider, Evidence that an answer about a version that stays rests on its
	// results, Awaited that a webhook is still to tell of it.
	NewestContract, Evidence, Awaited bool
}

// Branch is one that the version is on.
type Branch struct {
	Name string
	// Head tells that the version is its newest, Main that it is the main branch,
	// Closed that somebody has said that it is done with.
	Head, Main, Closed bool
	// UpdatedAt is when a version was put on it last.
	UpdatedAt time.Time
}

// Tag is one that the version has; Head tells the newest version with it.
type Tag struct {
	Name string
	Head bool
}

// Rules say what goes.
type Rules struct {
	// Sentences are asked in their order; the first that speaks of a version decides.
	Sentences []Sentence
	// Keep are asked about versions of which no sentence speaks: those that none of
	// them selects go. With none, such versions stay.
	Keep []Selector
	// LivingFor is how long a branch lives on which nothing new comes.
	LivingFor time.Duration
	Now       time.Time
}

// State says whether somebody still works on the branch.
func (r *Rules) State(b Branch) versions.BranchState {
	return versions.Life{Main: b.Main, Closed: b.Closed, UpdatedAt: b.UpdatedAt}.State(r.StaleBefore())
}

// StaleBefore is the moment since when something must have come to a branch that
// lives.
func (r *Rules) StaleBefore() time.Time { return r.Now.Add(-r.LivingFor) }

// Protected says why the version stays whatever the rules say, or "".
func (r *Rules) Protected(v Version) string {
	switch {
	case len(v.Deployed) > 0:
		return "deployed"
	case len(v.Supported) > 0:
		return "supported"
	case v.Latest:
		return "the newest version"
	case v.NewestContract:
		return "the newest with a contract"
	}
	for _, b := range v.Branches {
		if b.Head && r.State(b) == versions.ActiveBranch {
			return "head of a living branch"
		}
	}
	switch {
	case v.Evidence:
		return "an answer rests on it"
	case v.Awaited:
		return "a webhook is to tell of it"
	}
	return ""
}

// Judge decides about the versions of one application, which it must be shown
// from the newest to the oldest.
type Judge struct {
	rules Rules
	// seen are the selectors whose latest version was met, counted how many
	// versions each sentence spoke of.
	seen    map[string]bool
	counted []int
}

// Judge returns one for the next application.
func (r Rules) Judge() *Judge {
	return &Judge{rules: r, seen: map[string]bool{}, counted: make([]int, len(r.Sentences))}
}

// Keeps reports whether the version stays, and why it stays or goes.
func (j *Judge) Keeps(v Version) (stays bool, because string) {
	stays, because = j.asked(v)
	if protected := j.rules.Protected(v); protected != "" {
		return true, protected
	}
	return stays, because
}

// asked is what the rules say alone. All of them see the version, since they count.
func (j *Judge) asked(v Version) (stays bool, because string) {
	decided := false
	for i, s := range j.rules.Sentences {
		if !s.speaksOf(v, &j.rules) {
			continue
		}
		if j.counted[i]++; s.newest > 0 && j.counted[i] > s.newest {
			continue
		}
		if !decided {
			stays, because, decided = s.keeps, s.text, true
		}
	}
	for _, s := range j.rules.Keep {
		if j.selects(s, v) && !decided {
			stays, because, decided = true, s.String(), true
		}
	}
	switch {
	case decided:
		return stays, because
	case len(j.rules.Keep) == 0:
		return true, "no rule speaks of it"
	}
	return false, "no selector keeps it"
}

// matches compares a name with a pattern in which * stands for any text.
func matches(pattern, name string) bool {
	if pattern == "*" || pattern == name {
		return true
	}
	// Names may have slashes, at which path.Match would stop.
	found, err := path.Match(unslashed.Replace(pattern), unslashed.Replace(name))
	return err == nil && found
}
