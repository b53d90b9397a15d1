package dashboard

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/versions"
)

type (
	versionPair struct{ version, provider int64 }
	resultKey   struct{ content, version int64 }
)

// maker fills a board step by step.
type maker struct {
	*Board
	tx         BoardReader
	awaitedFor time.Duration
	asked      versions.Version
	// only are the applications that the board knows of, nil for all.
	only   []int64
	newest map[int64]Contract
}

func (m *maker) make(ctx context.Context) error {
	for _, step := range []func(context.Context) error{m.readApplications, m.readVersions, m.readPlaces, m.readPairs, m.readContracts, m.readResults} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	for _, p := range m.Pairs {
		m.choose(p)
	}
	for _, p := range m.Pairs {
		m.judge(p)
	}
	return nil
}

func (m *maker) readApplications(ctx context.Context) error {
	all, _, err := m.tx.Pacticipants(ctx, pacticipants.Query{IDs: m.only})
	if err != nil {
		return err
	}
	m.byID, m.byName = make(map[int64]*Application, len(all)), make(map[string]*Application, len(all))
	ids := make([]int64, len(all))
	for i, p := range all {
		a := &Application{Pacticipant: p}
		if m.asked.ID != 0 && m.asked.PacticipantID == p.ID {
			a.asked = []int64{m.asked.ID}
		}
		m.Applications, ids[i] = append(m.Applications, a), p.ID
		m.byID[p.ID], m.byName[p.Name] = a, a
	}
	labels, err := m.tx.LabelsOf(ctx, ids...)
	if err != nil {
		return err
	}
	external, err := m.tx.ExternalOf(ctx, ids...)
	for _, a := range m.Applications {
		for _, l := range labels[a.ID] {
			a.Labels = append(a.Labels, l.Name)
		}
		if e, found := external[a.ID]; found {
			a.External = &e
		}
	}
	return err
}

func (m *maker) readVersions(ctx context.Context) error {
	heads, err := m.tx.MainHeads(ctx, m.only...)
	if err != nil {
		return err
	}
	var others []int64
	for _, a := range m.Applications {
		if a.Newest, a.OnMain = heads[a.ID]; !a.OnMain {
			others = append(others, a.ID)
		}
	}
	if len(others) == 0 {
		return nil
	}
	latest, err := m.tx.LatestVersions(ctx, others...)
	for _, id := range others {
		m.byID[id].Newest = latest[id]
	}
	return err
}

func (m *maker) readPlaces(ctx context.Context) (err error) {
	if m.Environments, err = inOrder(ctx, m.tx); err != nil {
		return err
	}
	deployed, err := m.tx.CurrentDeployments(ctx, m.only...)
	if err != nil {
		return err
	}
	released, err := m.tx.SupportedReleases(ctx, m.only...)
	slices.SortFunc(deployed, func(a, b deployments.Deployed) int { return cmp.Compare(b.ID, a.ID) })
	slices.SortFunc(released, func(a, b deployments.Released) int { return cmp.Compare(b.ID, a.ID) })
	for _, d := range deployed {
		m.place(d.PacticipantID, Place{EnvironmentID: d.EnvironmentID, VersionID: d.VersionID, Number: d.Number, Instance: d.Instance, Since: d.CreatedAt, UUID: d.UUID})
	}
	for _, r := range released {
		m.place(r.PacticipantID, Place{EnvironmentID: r.EnvironmentID, VersionID: r.VersionID, Number: r.Number, Released: true, Since: r.CreatedAt, UUID: r.UUID})
	}
	at := map[int64]int{}
	for i, e := range m.Environments {
		at[e.ID] = i
	}
	for _, a := range m.Applications {
		slices.SortStableFunc(a.Places, func(x, y Place) int {
			return cmp.Or(cmp.Compare(at[x.EnvironmentID], at[y.EnvironmentID]), strings.Compare(x.Instance, y.Instance), y.Since.Compare(x.Since))
		})
	}
	return err
}

func inOrder(ctx context.Context, tx BoardReader) ([]deployments.Environment, error) {
	environments, err := tx.Environments(ctx)
	slices.SortStableFunc(environments, byPipeline)
	return environments, err
}

// byPipeline puts environments in the order in which versions pass them.
func byPipeline(a, b deployments.Environment) int {
	if a.Production != b.Production {
		if b.Production {
			return -1
		}
		return 1
	}
	return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
}

func (m *maker) place(application int64, p Place) {
	if a, known := m.byID[application]; known {
		a.Places = append(a.Places, p)
	}
}

func (m *maker) readPairs(ctx context.Context) error {
	pairs, err := m.tx.Pairs(ctx, m.only...)
	for _, p := range pairs {
		consumer, provider := m.byID[p.ConsumerID], m.byID[p.ProviderID]
		if !p.HasPact || consumer == nil || provider == nil {
			continue
		}
		m.Pairs = append(m.Pairs, &PairSummary{Integration: p.Integration, Consumer: consumer, Provider: provider})
	}
	slices.SortStableFunc(m.Pairs, func(a, b *PairSummary) int {
		return cmp.Or(
			cmp.Compare(strings.ToLower(a.Consumer.Name), strings.ToLower(b.Consumer.Name)),
			cmp.Compare(strings.ToLower(a.Provider.Name), strings.ToLower(b.Provider.Name)), cmp.Compare(a.ID, b.ID))
	})
	for _, p := range m.Pairs {
		p.Consumer.Providers, p.Provider.Consumers = append(p.Consumer.Providers, p), append(p.Provider.Consumers, p)
	}
	return err
}

func (m *maker) readContracts(ctx context.Context) error {
	var ids []int64
	for _, a := range m.Applications {
		ids = append(ids, a.versionIDs()...)
	}
	var pairs []int64
	if m.only != nil {
		for _, p := range m.Pairs {
			pairs = append(pairs, p.ID)
		}
	}
	found, err := m.tx.ContractsOf(ctx, ids, pairs...)
	m.contents, m.newest = make(map[versionPair]Contract, len(found)), map[int64]Contract{}
	for _, c := range found {
		m.contents[versionPair{c.VersionID, c.ProviderID}] = c
		if known, seen := m.newest[c.IntegrationID]; !seen || c.VersionPosition > known.VersionPosition {
			m.newest[c.IntegrationID] = c
		}
	}
	return err
}

// versionIDs are those of the versions that count: the newest, and those that are
// somewhere.
func (a *Application) versionIDs() []int64 {
	var ids []int64
	if a.Newest.ID != 0 {
		ids = append(ids, a.Newest.ID)
	}
	for _, p := range a.Places {
		if !slices.Contains(ids, p.VersionID) {
			ids = append(ids, p.VersionID)
		}
	}
	for _, id := range a.asked {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (m *maker) readResults(ctx context.Context) error {
	var contents, providers, shown []int64
	for _, p := range m.Pairs {
		p.Contract = m.newest[p.ID]
		if c, found := m.contents[versionPair{p.Consumer.Newest.ID, p.ProviderID}]; found {
			p.Contract = c
		}
		shown = append(shown, p.Contract.ContentID)
		contents, providers = append(contents, p.Contract.ContentID), append(providers, p.Provider.Newest.ID)
		for _, version := range p.Consumer.asked {
			if c, found := m.contents[versionPair{version, p.ProviderID}]; found {
				shown = append(shown, c.ContentID)
			}
		}
		for _, by := range p.Provider.asked {
			contents, providers = append(contents, p.Contract.ContentID), append(providers, by)
		}
		for _, version := range p.Consumer.versionIDs() {
			c, found := m.contents[versionPair{version, p.ProviderID}]
			for _, by := range p.Provider.versionIDs() {
				if found {
					contents, providers = append(contents, c.ContentID), append(providers, by)
				}
			}
		}
	}
	between, err := m.tx.MarksBetween(ctx, contents, providers)
	if err != nil {
		return err
	}
	m.results = make(map[resultKey]Mark, len(between))
	for _, r := range between {
		key := resultKey{r.ContentID, r.ProviderVersion}
		if other, known := m.results[key]; known {
			r = counting(other, r)
		}
		m.results[key] = r
	}
	last, err := m.tx.LastMarks(ctx, shown)
	m.last = make(map[int64]Mark, len(last))
	for _, r := range last {
		if other, known := m.last[r.ContentID]; known {
			r = later(other, r)
		}
		m.last[r.ContentID] = r
	}
	return err
}
