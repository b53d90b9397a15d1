package matrix

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/versions"
)

// model is a broker in memory, small enough to see at a glance what Decide is
// given. That a database gives the same is tested with the store.
type model struct {
	SuggestionReader
	applications []pacticipants.Pacticipant
	versions     []versions.Version
	pacts        []contracts.Publication
	results      []Result
	compared     []providercontracts.Compared
	// branches and environments hold the versions by name.
	branches, environments map[string][]int64
	external               map[int64]pacticipants.External
}

func newModel() *model {
	return &model{branches: map[string][]int64{}, environments: map[string][]int64{}, external: map[int64]pacticipants.External{}}
}

func (m *model) application(name string) pacticipants.Pacticipant {
	for _, p := range m.applications {
		if p.Name == name {
			return p
		}
	}
	p := pacticipants.Pacticipant{ID: int64(len(m.applications) + 1), Name: name}
	m.applications = append(m.applications, p)
	return p
}

// version is named as "Shop 2".
func (m *model) version(named string) versions.Version {
	name, number, _ := strings.Cut(named, " ")
	p := m.application(name)
	for _, v := range m.versions {
		if v.PacticipantID == p.ID && v.Number == number {
			return v
		}
	}
	id := int64(len(m.versions) + 1)
	v := versions.Version{ID: id, PacticipantID: p.ID, Pacticipant: p.Name, Number: number, Position: id}
	m.versions = append(m.versions, v)
	return v
}

// pact lets a consumer version publish a content for a provider.
func (m *model) pact(consumer, provider string, content int64) {
	v, p := m.version(consumer), m.application(provider)
	m.pacts = append(m.pacts, contracts.Publication{ID: int64(len(m.pacts) + 1), ContentID: content, ConsumerID: v.PacticipantID, Consumer: v.Pacticipant,
		ProviderID: p.ID, Provider: p.Name, VersionID: v.ID, VersionNumber: v.Number, VersionPosition: v.Position})
}

func (m *model) verify(content int64, provider string, success bool) {
	m.results = append(m.results, Result{Number: int64(len(m.results) + 1), ContentID: content, ProviderVersion: m.version(provider).ID, Success: success})
}

// publishContract lets a version publish what it promises.
func (m *model) publishContract(provider string) {
	id := m.version(provider).ID
	for i := range m.versions {
		m.versions[i].HasContracts = m.versions[i].HasContracts || m.versions[i].ID == id
	}
}

func (m *model) compare(content int64, provider string, outcome providercontracts.Outcome) {
	pair := providercontracts.Pair{ContentID: content, ProviderVersion: m.version(provider).ID}
	m.compared = append(m.compared, providercontracts.Compared{Pair: pair, Outcome: outcome, Comparison: providercontracts.Comparison{Engine: providercontracts.Engine}})
}

func (m *model) deploy(version, environment string) {
	m.environments[environment] = append(m.environments[environment], m.version(version).ID)
}

func (m *model) Together(ctx context.Context, reads ...func(ctx context.Context) error) error {
	for _, read := range reads {
		if err := read(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (m *model) PacticipantsNamed(_ context.Context, names ...string) (map[string]pacticipants.Pacticipant, error) {
	found := map[string]pacticipants.Pacticipant{}
	for _, p := range m.applications {
		if slices.Contains(names, p.Name) {
			found[p.Name] = p
		}
	}
	return found, nil
}

func (m *model) EnvironmentByName(_ context.Context, name string) (deployments.Environment, bool, error) {
	_, found := m.environments[name]
	return deployments.Environment{Name: name}, found, nil
}

func (m *model) VersionsMatching(_ context.Context, ids []int64, c Criteria, _ int) ([]versions.Version, error) {
	var found []versions.Version
	for _, v := range m.versions {
		if slices.Contains(ids, v.PacticipantID) && (c.Version == "" || c.Version == v.Number) &&
			(c.Branch == "" || slices.Contains(m.branches[c.Branch], v.ID)) &&
			(c.Environment == "" || slices.Contains(m.environments[c.Environment], v.ID)) {
			found = append(found, v)
		}
	}
	slices.SortStableFunc(found, func(a, b versions.Version) int { return cmp.Compare(a.PacticipantID, b.PacticipantID) })
	if !c.Latest {
		return found, nil
	}
	return slices.DeleteFunc(slices.Clone(found), func(v versions.Version) bool {
		return slices.ContainsFunc(found, func(o versions.Version) bool { return o.PacticipantID == v.PacticipantID && o.Position > v.Position })
	}), nil
}

func (m *model) PublicationsOf(_ context.Context, versionIDs, providerIDs []int64, _ bool, _ int) ([]contracts.Publication, error) {
	return filtered(m.pacts, func(p contracts.Publication) bool {
		return slices.Contains(versionIDs, p.VersionID) && (providerIDs == nil || slices.Contains(providerIDs, p.ProviderID))
	}), nil
}

func (m *model) integrations(ids []int64, of func(contracts.Publication) int64) []contracts.Integration {
	var pairs []contracts.Integration
	for _, p := range m.pacts {
		if slices.Contains(ids, of(p)) {
			pairs = append(pairs, contracts.Integration{ConsumerID: p.ConsumerID, Consumer: p.Consumer, ProviderID: p.ProviderID, Provider: p.Provider})
		}
	}
	return pairs
}

func (m *model) ProvidersOf(_ context.Context, ids []int64) ([]contracts.Integration, error) {
	return m.integrations(ids, func(p contracts.Publication) int64 { return p.ConsumerID }), nil
}

func (m *model) ConsumersOf(_ context.Context, ids []int64) ([]contracts.Integration, error) {
	return m.integrations(ids, func(p contracts.Publication) int64 { return p.ProviderID }), nil
}

func (m *model) ResultsBetween(_ context.Context, contentIDs, versionIDs []int64, _ bool, _ int) ([]Result, error) {
	return filtered(m.results, func(r Result) bool {
		for i, id := range contentIDs {
			if id == r.ContentID && versionIDs[i] == r.ProviderVersion {
				return true
			}
		}
		return false
	}), nil
}

func (m *model) ExternalOf(_ context.Context, ids ...int64) (map[int64]pacticipants.External, error) {
	found := map[int64]pacticipants.External{}
	for _, id := range ids {
		if mark, is := m.external[id]; is {
			found[id] = mark
		}
	}
	return found, nil
}

// RowsOfHistory is for questions without a target, which the model does not ask.
func (m *model) RowsOfHistory(context.Context, History) ([]Row, error) { return nil, nil }

// ComparedRows is for questions without a target, too.
func (m *model) ComparedRows(context.Context, History) ([]ComparedRow, error) { return nil, nil }

func (m *model) ComparedBetween(_ context.Context, contentIDs, versionIDs []int64) ([]providercontracts.Compared, error) {
	return filtered(m.compared, func(k providercontracts.Compared) bool {
		return slices.Contains(contentIDs, k.ContentID) && slices.Contains(versionIDs, k.ProviderVersion)
	}), nil
}

func (m *model) VersionsWithIDs(_ context.Context, ids ...int64) ([]versions.Version, error) {
	return filtered(m.versions, func(v versions.Version) bool { return slices.Contains(ids, v.ID) }), nil
}

func (m *model) BranchesOf(context.Context, ...int64) ([]versions.BranchVersion, error) {
	return nil, nil
}
func (m *model) TagsOf(context.Context, ...int64) ([]versions.Tag, error) { return nil, nil }
func (m *model) EnvironmentsOf(context.Context, ...int64) (map[int64][]deployments.Environment, error) {
	return nil, nil
}

func (m *model) NewestNumbers(context.Context, int64, int) ([]string, error) {
	return []string{"7"}, nil
}
func (m *model) BranchNames(context.Context, int64) ([]string, error) { return []string{"main"}, nil }
func (m *model) CommitsBeginning(_ context.Context, id int64, beginning string, _ int) ([]string, error) {
	var found []string
	for _, v := range m.versions {
		if v.PacticipantID == id && strings.HasPrefix(v.Number, beginning) && len(v.Number) == 40 {
			found = append(found, v.Number)
		}
	}
	return found, nil
}

func (m *model) VersionsWithContent(_ context.Context, ids []int64) (map[int64]bool, error) {
	with := map[int64]bool{}
	for _, id := range ids {
		with[id] = slices.ContainsFunc(m.pacts, func(p contracts.Publication) bool { return p.VersionID == id }) ||
			slices.ContainsFunc(m.results, func(r Result) bool { return r.ProviderVersion == id })
	}
	return with, nil
}

func filtered[T any](all []T, met func(T) bool) []T {
	var found []T
	for _, one := range all {
		if met(one) {
			found = append(found, one)
		}
	}
	return found
}
