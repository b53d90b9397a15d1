package webhooks

import (
	"context"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// EventFilter narrows down the events that a webhook listens to. Each list that is not
// empty is a condition, and all of them must hold; within a list one entry
// suffices. Entries are names, in which `*` stands for any text; an application is
// found by its former names, too. A condition on something that the event does not have, such as the environment of a
// publication, never holds.
type EventFilter struct {
	// Applications are those that the event concerns in any role.
	Applications []string
	Consumers    []string
	Providers    []string
	// ApplicationLabels are labels of any application that the event concerns.
	ApplicationLabels []string
	ConsumerLabels    []string
	ProviderLabels    []string
	// Branches and Tags are those of the consumer's version, or, if the event is
	// about one application alone, of its version.
	Branches []string
	Tags     []string
	// ProviderBranches and ProviderTags are those of the version that verified, or
	// ought to verify.
	ProviderBranches []string
	ProviderTags     []string
	Environments     []string
}

// empty reports whether there is no condition.
func (f EventFilter) empty() bool {
	return !slices.ContainsFunc(Conditions(), func(c Condition) bool { return len(*c.List(&f)) > 0 })
}

// asksFor reports whether any condition needs what costs statements to find out.
func (f EventFilter) asksFor(what lookup) bool {
	return slices.ContainsFunc(Conditions(), func(c Condition) bool { return c.asks == what && len(*c.List(&f)) > 0 })
}

// EventSubject is what an event is about, as far as filters ask.
type EventSubject struct {
	Applications     []Party
	Consumer         Party
	Provider         Party
	Version          VersionRefs
	ProviderVersion  VersionRefs
	EnvironmentNames []string
}

// VersionRefs are the branches that a version is on, and its tags.
type VersionRefs struct {
	Branches []string
	Tags     []string
}

// Matches reports whether all conditions hold for the subject.
func (f EventFilter) Matches(s EventSubject) bool {
	return !slices.ContainsFunc(Conditions(), func(c Condition) bool { return !matchesAny(*c.List(&f), c.values(s)...) })
}

// matchesAny reports whether any of the values fits any of the patterns; without patterns
// everything does.
func matchesAny(patterns []string, values ...string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(values, func(value string) bool {
		return value != "" && slices.ContainsFunc(patterns, func(pattern string) bool { return matchGlob(pattern, value) })
	})
}

// matchGlob reports whether the value is the pattern, `*` standing for any text.
func matchGlob(pattern, value string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == value
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(value) < len(first)+len(last) || !strings.HasPrefix(value, first) || !strings.HasSuffix(value, last) {
		return false
	}
	rest := value[len(first) : len(value)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return true
}

// subjectOf reads what a fact is about; former names, branches and tags only if the
// filter asks for them.
func subjectOf(ctx context.Context, tx Tx, fact events.Fact, filter EventFilter) (EventSubject, error) {
	data := fact.Data
	t := EventSubject{EnvironmentNames: []string{data.Environment}}
	parties := map[string]Party{}
	for _, name := range data.Applications() {
		party, id, err := partyNamed(ctx, tx, name)
		if err == nil && id != 0 && filter.asksFor(formerNamesToo) {
			party.FormerNames, err = formerNames(ctx, tx, id)
		}
		if err != nil {
			return t, err
		}
		parties[name] = party
		t.Applications = append(t.Applications, party)
	}
	t.Consumer, t.Provider = parties[data.Consumer], parties[data.Provider]
	if !filter.asksFor(versionRefs) {
		return t, nil
	}
	var err error
	if data.Consumer != "" {
		t.Version, err = tx.VersionRefs(ctx, data.Consumer, data.ConsumerVersion)
	} else {
		t.Version, err = tx.VersionRefs(ctx, data.Pacticipant, data.Version)
		t.Version.Branches = append(t.Version.Branches, data.Branch)
	}
	if err == nil && data.Provider != "" {
		t.ProviderVersion, err = tx.VersionRefs(ctx, data.Provider, data.ProviderVersion)
	}
	return t, err
}

func formerNames(ctx context.Context, tx Tx, id int64) (names []string, err error) {
	former, err := tx.FormerNames(ctx, pacticipants.Pacticipant{ID: id})
	for _, f := range former {
		names = append(names, f.Name)
	}
	return names, err
}

// partyNamed is the application with its labels, and its id; one that has been
// deleted has neither.
func partyNamed(ctx context.Context, tx Tx, name string) (party Party, id int64, err error) {
	if name == "" {
		return Party{}, 0, nil
	}
	known, found, err := tx.FindPacticipant(ctx, name)
	if err != nil || !found {
		return Party{Name: name}, 0, err
	}
	labels, err := tx.LabelsOf(ctx, known.ID)
	return NewParty(name, labels[known.ID]), known.ID, err
}
