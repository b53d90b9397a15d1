package webhooks

import (
	"context"
	"slices"
	"strings"

	"accord/internal/events"
)

// Aim narrows down the events that a webhook listens to. Each list that is not
// empty is a condition, and all of them must hold; within a list one entry
// suffices. Entries are names, in which `*` stands for any text. A condition on
// something that the event does not have, such as the environment of a
// publication, never holds.
type Aim struct {
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

// empty tells whether there is no condition.
func (a Aim) empty() bool {
	return !a.asksForVersions() && len(a.Applications)+len(a.Consumers)+len(a.Providers)+
		len(a.ApplicationLabels)+len(a.ConsumerLabels)+len(a.ProviderLabels)+len(a.Environments) == 0
}

// asksForVersions tells whether branches or tags must be known to judge the aim.
func (a Aim) asksForVersions() bool {
	return len(a.Branches)+len(a.Tags)+len(a.ProviderBranches)+len(a.ProviderTags) > 0
}

// Target is what an event is about, as far as aims ask.
type Target struct {
	Applications     []Party
	Consumer         Party
	Provider         Party
	Version          Traits
	ProviderVersion  Traits
	EnvironmentNames []string
}

// Traits are the branches that a version is on, and its tags.
type Traits struct {
	Branches []string
	Tags     []string
}

// Hits tells whether all conditions hold for the target.
func (a Aim) Hits(t Target) bool {
	var names, labels []string
	for _, application := range t.Applications {
		names, labels = append(names, application.Name), append(labels, application.Labels...)
	}
	return hit(a.Applications, names...) && hit(a.Consumers, t.Consumer.Name) && hit(a.Providers, t.Provider.Name) &&
		hit(a.ApplicationLabels, labels...) && hit(a.ConsumerLabels, t.Consumer.Labels...) && hit(a.ProviderLabels, t.Provider.Labels...) &&
		hit(a.Branches, t.Version.Branches...) && hit(a.Tags, t.Version.Tags...) &&
		hit(a.ProviderBranches, t.ProviderVersion.Branches...) && hit(a.ProviderTags, t.ProviderVersion.Tags...) &&
		hit(a.Environments, t.EnvironmentNames...)
}

// hit tells whether any of the values fits any of the patterns; without patterns
// everything does.
func hit(patterns []string, values ...string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(values, func(value string) bool {
		return value != "" && slices.ContainsFunc(patterns, func(pattern string) bool { return fits(pattern, value) })
	})
}

// fits tells whether the value is the pattern, `*` standing for any text.
func fits(pattern, value string) bool {
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

// targetOf reads what a fact is about; branches and tags only if they are asked
// for.
func targetOf(ctx context.Context, tx Tx, fact events.Fact, withVersions bool) (Target, error) {
	data := fact.Data
	t := Target{EnvironmentNames: []string{data.Environment}}
	parties := map[string]Party{}
	for _, name := range data.Applications() {
		party, _, err := partyNamed(ctx, tx, name)
		if err != nil {
			return t, err
		}
		parties[name] = party
		t.Applications = append(t.Applications, party)
	}
	t.Consumer, t.Provider = parties[data.Consumer], parties[data.Provider]
	if !withVersions {
		return t, nil
	}
	var err error
	if data.Consumer != "" {
		t.Version, err = tx.Traits(ctx, data.Consumer, data.ConsumerVersion)
	} else {
		t.Version, err = tx.Traits(ctx, data.Pacticipant, data.Version)
		t.Version.Branches = append(t.Version.Branches, data.Branch)
	}
	if err == nil && data.Provider != "" {
		t.ProviderVersion, err = tx.Traits(ctx, data.Provider, data.ProviderVersion)
	}
	return t, err
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
