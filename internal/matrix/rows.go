package matrix

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/versions"
)

// collect finds the rows and divides them into those that are considered and
// those to be ignored.
func (d *decision) collect(ctx context.Context) error {
	rows, err := d.find(ctx)
	if err != nil {
		return err
	}
	if rows, err = d.completed(rows); err != nil {
		return err
	}
	slices.SortStableFunc(rows, byLatestAction)
	if d.limited() {
		rows = rows[:min(d.q.Limit, len(rows))]
	}
	rows = latestOf(rows, d.q.LatestBy)
	if len(d.q.Outcomes) > 0 {
		rows = slices.DeleteFunc(rows, func(r Row) bool { return !slices.Contains(d.q.Outcomes, r.Outcome()) })
	}
	if err := d.excuse(ctx, rows); err != nil {
		return err
	}
	for _, r := range rows {
		_, excused := d.external[r.Pact.ProviderID]
		if d.ignores(r.Pact.ConsumerID, r.Pact.VersionID) || d.ignores(r.Pact.ProviderID, r.Provider.ID) || (excused && r.Result == nil) {
			d.ignored = append(d.ignored, r)
			continue
		}
		d.rows = append(d.rows, r)
	}
	slices.SortStableFunc(d.rows, byName)
	slices.SortStableFunc(d.ignored, byName)
	return nil
}

// excuse finds the external providers of contracts without a result: nobody
// will ever verify these.
func (d *decision) excuse(ctx context.Context, rows []Row) (err error) {
	var providers distinct
	for _, r := range rows {
		if r.Result == nil {
			providers.add(r.Pact.ProviderID)
		}
	}
	if len(providers.list) > 0 {
		d.external, err = d.tx.ExternalOf(ctx, providers.list...)
	}
	return err
}

// find reads the rows in the way that suits the question: one application with
// everybody, or the entries among each other.
func (d *decision) find(ctx context.Context) ([]Row, error) {
	switch {
	case len(d.entries) == 1 || d.hasOnlyOneSelector():
		return d.ofOneApplication(ctx)
	case slices.ContainsFunc(d.entries, isAnyVersion):
		return d.amongAnyVersions(ctx)
	}
	return d.amongVersions(ctx)
}

// ofOneApplication reads the rows in which the one application is the consumer,
// with all results, and those in which it is the provider and has a result.
func (d *decision) ofOneApplication(ctx context.Context) ([]Row, error) {
	applications := d.pacticipantIDs(isAnyVersion)
	versionIDs := d.versionIDs(isSpecified)
	if len(applications) == 0 && len(versionIDs) == 0 {
		return nil, nil
	}
	every := d.q.LatestBy == Everything
	consuming, err := d.history(ctx, History{Consumers: applications, ConsumerVersions: versionIDs, Every: every})
	if err != nil {
		return nil, err
	}
	providing, err := d.history(ctx, History{
		Providers: d.pacticipantIDs(isSpecified), AnyVersionOf: applications, ProviderVersions: versionIDs, Verified: true, Every: every})
	if err != nil {
		return nil, err
	}
	known := map[rowKey]bool{}
	for _, r := range consuming {
		known[r.key()] = r.Result != nil
	}
	for _, r := range providing {
		// A pact of the application with itself is in both.
		if !known[r.key()] {
			consuming = append(consuming, r)
		}
	}
	return consuming, d.noteOwnUncompared(ctx)
}

// noteOwnUncompared notes the pacts of specified versions with themselves that have not
// been compared: no other question pairs these.
func (d *decision) noteOwnUncompared(ctx context.Context) error {
	own := slices.DeleteFunc(slices.Clone(d.asked), func(p contracts.Publication) bool { return p.ConsumerID != p.ProviderID })
	if len(own) == 0 {
		return nil
	}
	_, err := d.compared(ctx, own, d.versionsByApplication())
	return err
}

// rowKey tells rows of a history apart.
type rowKey struct {
	publication, provider, result int64
	compared                      bool
}

func (r Row) key() rowKey {
	return rowKey{r.Pact.ID, r.Provider.ID, r.resultID(), r.Result != nil && r.Result.Compared}
}

// limited tells that the question is cut to its limit, which it never is towards a
// target.
func (d *decision) limited() bool { return d.q.Limit > 0 && !d.q.Target.Given() }

// amongAnyVersions reads the rows among the entries when some of them stand for
// all versions of their application.
func (d *decision) amongAnyVersions(ctx context.Context) ([]Row, error) {
	applications, versionIDs := d.pacticipantIDs(isAnyVersion), d.versionIDs(func(Entry) bool { return true })
	return d.history(ctx, History{
		Consumers: applications, ConsumerVersions: versionIDs,
		Providers:    d.pacticipantIDs(func(Entry) bool { return true }),
		AnyVersionOf: applications, ProviderVersions: versionIDs,
		Involving: d.pacticipantIDs(isSpecified),
		Every:     d.q.LatestBy == Everything,
	})
}

// amongVersions reads the rows among the entries when all of them are versions,
// by their keys.
func (d *decision) amongVersions(ctx context.Context) ([]Row, error) {
	pacts, err := d.pactsAmongVersions(ctx)
	if err != nil || len(pacts) == 0 {
		return nil, err
	}
	providing := d.versionsByApplication()
	var contents, by []int64
	for _, p := range pacts {
		for _, v := range providing[p.ProviderID] {
			contents, by = append(contents, p.ContentID), append(by, v.ID)
		}
		if err := d.pairsWithin(len(by)); err != nil {
			return nil, err
		}
	}
	var results []Result
	if len(by) > 0 {
		if results, err = d.tx.ResultsBetween(ctx, contents, by, d.q.LatestBy == Everything, d.most+1); err != nil {
			return nil, err
		}
		if err := d.within(len(results)); err != nil {
			return nil, err
		}
	}
	compared, err := d.compared(ctx, pacts, providing)
	if err != nil {
		return nil, err
	}
	return d.join(pacts, weighed(results, compared, d.q.LatestBy), providing)
}

// pactsAmongVersions reads the pacts between two entries of which at least one
// is specified.
func (d *decision) pactsAmongVersions(ctx context.Context) ([]contracts.Publication, error) {
	pacts := d.asked
	every := d.q.LatestBy == Everything
	if specified := d.versionIDs(isSpecified); every && len(specified) > 0 {
		var err error
		if pacts, err = d.tx.PublicationsOf(ctx, specified, nil, true, d.most+1); err != nil {
			return nil, err
		}
		if err := d.within(len(pacts)); err != nil {
			return nil, err
		}
	}
	everybody := map[int64]bool{}
	for _, id := range d.pacticipantIDs(func(Entry) bool { return true }) {
		everybody[id] = true
	}
	pacts = slices.DeleteFunc(slices.Clone(pacts), func(p contracts.Publication) bool { return !everybody[p.ProviderID] })
	there := d.versionIDs(isInferred)
	if len(there) == 0 {
		return pacts, nil
	}
	others, err := d.tx.PublicationsOf(ctx, there, d.pacticipantIDs(isSpecified), every, d.most+1)
	if err != nil {
		return nil, err
	}
	return append(pacts, others...), d.within(len(pacts) + len(others))
}

func (d *decision) versionsByApplication() map[int64][]versions.Version {
	var seen distinct
	by := map[int64][]versions.Version{}
	for _, e := range d.entries {
		before := len(seen.list)
		if e.State != Found {
			continue
		}
		if seen.add(e.Version.ID); len(seen.list) > before {
			by[e.Pacticipant.ID] = append(by[e.Pacticipant.ID], e.Version)
		}
	}
	return by
}

// join makes the rows of pacts and results; a pact without any has one row.
func (d *decision) join(pacts []contracts.Publication, results []Result, providing map[int64][]versions.Version) ([]Row, error) {
	type key struct{ content, version int64 }
	found := map[key][]Result{}
	for _, r := range results {
		k := key{r.ContentID, r.ProviderVersion}
		found[k] = append(found[k], r)
	}
	var rows []Row
	for _, p := range pacts {
		before := len(rows)
		for _, v := range providing[p.ProviderID] {
			of := found[key{p.ContentID, v.ID}]
			for i := range of {
				rows = append(rows, Row{Pact: p, Provider: v, Result: &of[i]})
			}
		}
		if len(rows) == before {
			rows = append(rows, Row{Pact: p})
		}
		if err := d.within(len(rows)); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// completed adds to the rows, towards an environment, one for every version
// that is there and has no result for a pact which others have verified. That
// nobody has verified a pact is told by its one row without a version.
func (d *decision) completed(rows []Row) ([]Row, error) {
	if d.q.Target.Environment == "" {
		return rows, nil
	}
	verified := map[int64]map[int64]bool{}
	pacts := map[int64]contracts.Publication{}
	for _, r := range rows {
		if r.Result != nil && r.Pact.ConsumerID != r.Pact.ProviderID {
			if verified[r.Pact.ID] == nil {
				verified[r.Pact.ID] = map[int64]bool{}
			}
			verified[r.Pact.ID][r.Provider.ID] = true
			pacts[r.Pact.ID] = r.Pact
		}
	}
	providing := d.versionsByApplication()
	for id, by := range verified {
		for _, v := range providing[pacts[id].ProviderID] {
			if !by[v.ID] {
				rows = append(rows, Row{Pact: pacts[id], Provider: v})
			}
		}
		if err := d.within(len(rows)); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// byLatestAction puts the row with the latest publication or result first.
func byLatestAction(a, b Row) int {
	return cmp.Or(b.action().Compare(a.action()), cmp.Compare(b.Pact.ID, a.Pact.ID), cmp.Compare(b.resultID(), a.resultID()))
}

// byName is the order in which rows are shown.
func byName(a, b Row) int {
	return cmp.Or(
		strings.Compare(a.Pact.Consumer, b.Pact.Consumer), cmp.Compare(b.Pact.VersionPosition, a.Pact.VersionPosition),
		cmp.Compare(b.Pact.Revision, a.Pact.Revision), strings.Compare(a.Pact.Provider, b.Pact.Provider),
		byPosition(a, b), cmp.Compare(b.resultID(), a.resultID()))
}

// byPosition puts rows without a provider version first, then the newest.
func byPosition(a, b Row) int {
	if a.Provider.ID == 0 || b.Provider.ID == 0 {
		return cmp.Compare(a.Provider.ID, b.Provider.ID)
	}
	return cmp.Compare(b.Provider.Position, a.Provider.Position)
}

// latestOf keeps one row of each group, the one that counts, in the order in
// which the groups began.
func latestOf(rows []Row, by LatestBy) []Row {
	if by == Everything {
		return rows
	}
	type key struct{ consumer, consumerVersion, provider, providerVersion int64 }
	at := map[key]int{}
	var groups [][]Row
	for _, r := range rows {
		k := key{consumer: r.Pact.ConsumerID, provider: r.Pact.ProviderID}
		if by != LatestByPair {
			k.consumerVersion = r.Pact.VersionID
		}
		if by == LatestByBothVersions {
			k.providerVersion = r.Provider.ID
		}
		i, seen := at[k]
		if !seen {
			i = len(groups)
			at[k], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	kept := make([]Row, len(groups))
	for i, group := range groups {
		kept[i] = counting(group)
	}
	return kept
}

// counting is the row of a group that counts. That the newest consumer version has
// no result must not be hidden by those of older ones; otherwise it is the row
// with the newest provider version, and of several of those the one with the
// newest consumer version.
func counting(group []Row) Row {
	newest := slices.MaxFunc(group, func(a, b Row) int { return cmp.Compare(a.Pact.VersionPosition, b.Pact.VersionPosition) })
	if newest.Provider.ID == 0 {
		return newest
	}
	return slices.MaxFunc(group, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Provider.Position, b.Provider.Position), cmp.Compare(a.Pact.VersionPosition, b.Pact.VersionPosition))
	})
}

// action is when the pact was published or last verified.
func (r Row) action() time.Time {
	if r.Result != nil && r.Result.ExecutedAt.After(r.Pact.CreatedAt) {
		return r.Result.ExecutedAt
	}
	return r.Pact.CreatedAt
}

func (r Row) resultID() int64 {
	if r.Result == nil {
		return 0
	}
	return r.Result.ID
}
