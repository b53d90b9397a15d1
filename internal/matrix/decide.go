package matrix

import (
	"context"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/versions"
)

// Decide answers the question. It returns an Invalid fault whose fields hold
// everything that is wrong with the question, in a fixed order. The number of
// statements it runs does not depend on how many pairs the question concerns,
// and towards a target no statement costs more as history grows. It returns a fault
// caused by ErrTooMany if the question concerns more than so many rows.
func Decide(ctx context.Context, tx Reader, q Question, most int) (Verdict, error) {
	d, err := judge(ctx, tx, q, most)
	if err == nil {
		err = d.describe(ctx)
	}
	if err != nil {
		return Verdict{}, err
	}
	return d.verdict(), nil
}

// Judge is Decide without the Details, for those who show no row.
func Judge(ctx context.Context, tx Reader, q Question, most int) (Verdict, error) {
	d, err := judge(ctx, tx, q, most)
	if err != nil {
		return Verdict{}, err
	}
	d.nameVersions()
	return d.verdict(), d.sizeWithin()
}

func judge(ctx context.Context, tx Reader, q Question, most int) (*decision, error) {
	known, err := check(ctx, tx, q)
	if err != nil {
		return nil, err
	}
	if q.Target.Environment != "" && q.LatestBy != Everything {
		// Nothing that is live may hide behind a newer version.
		q.LatestBy = LatestByBothVersions
	}
	d := &decision{tx: tx, q: q, known: known, most: most}
	for _, step := range []func(context.Context) error{d.resolve, d.suggest, d.pair, d.infer, d.suggestTargets, d.collect} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// decision is a question on its way to a verdict.
type decision struct {
	tx    Reader
	q     Question
	known map[string]pacticipants.Pacticipant
	// most is how many rows may be read.
	most int

	ignoring []Entry
	// ignoredIDs are the versions and, without a version, the applications that the
	// question names to be ignored.
	ignoredIDs map[ignoredKey]bool
	// entries begin with the specified ones.
	entries []Entry
	// byApplication are the entries by their application, for reasons to name them.
	byApplication map[int64]applicationEntries
	// asked are the pacts of the specified versions that count.
	asked []contracts.Publication
	pairs []Pair

	rows, ignored []Row
	uncompared    []providercontracts.Pair
	external      map[int64]pacticipants.External
	details       map[int64]Details
}

// resolve finds the versions that the selectors stand for.
func (d *decision) resolve(ctx context.Context) error {
	for _, s := range d.q.Ignore {
		found, err := d.entriesFor(ctx, s)
		if err != nil {
			return err
		}
		d.ignoring = append(d.ignoring, found...)
		if err := d.within(len(d.ignoring)); err != nil {
			return err
		}
	}
	d.noteIgnored()
	for _, s := range d.q.Selectors {
		found, err := d.entriesFor(ctx, s)
		if err == nil {
			found, err = d.expanded(ctx, s, found)
		}
		if err != nil {
			return err
		}
		for _, e := range found {
			e.Specified = true
			d.entries = append(d.entries, d.marked(e))
		}
		if err := d.within(len(d.entries)); err != nil {
			return err
		}
	}
	return nil
}

func (d *decision) entriesFor(ctx context.Context, s Selector) ([]Entry, error) {
	p, found := d.known[s.Pacticipant]
	switch {
	case !found:
		return []Entry{{Pacticipant: pacticipants.Pacticipant{Name: s.Pacticipant}, Selector: s, State: Missing}}, nil
	case s.none():
		return []Entry{{Pacticipant: p, Selector: s, State: AnyVersion}}, nil
	}
	matching, err := d.tx.VersionsMatching(ctx, []int64{p.ID}, s.Criteria, d.most+1)
	return entriesOf(p, s, matching), err
}

// entriesOf makes an entry of each version, or one that tells there is none.
func entriesOf(p pacticipants.Pacticipant, s Selector, matching []versions.Version) []Entry {
	if len(matching) == 0 {
		return []Entry{{Pacticipant: p, Selector: s, State: Missing}}
	}
	entries := make([]Entry, len(matching))
	for i, v := range matching {
		entries[i] = Entry{Pacticipant: p, Selector: s, State: Found, Version: v, OneOfMany: len(matching) > 1}
	}
	return entries
}

// marked returns the entry with the mark of whether it is to be ignored.
func (d *decision) marked(e Entry) Entry {
	e.Ignored = d.ignores(e.Pacticipant.ID, e.Version.ID)
	return e
}

// ignores reports whether the question names the application, or this version of
// it, to be ignored.
func (d *decision) ignores(pacticipantID, versionID int64) bool {
	return d.ignoredIDs[ignoredKey{pacticipant: pacticipantID}] || d.ignoredIDs[ignoredKey{pacticipantID, versionID}]
}

// ignoredKey is a version, or an application with any.
type ignoredKey struct{ pacticipant, version int64 }

func (d *decision) noteIgnored() {
	d.ignoredIDs = make(map[ignoredKey]bool, len(d.ignoring))
	for _, e := range d.ignoring {
		switch {
		case e.Pacticipant.ID == 0:
		case e.State == AnyVersion:
			d.ignoredIDs[ignoredKey{pacticipant: e.Pacticipant.ID}] = true
		case e.State == Found:
			d.ignoredIDs[ignoredKey{e.Pacticipant.ID, e.Version.ID}] = true
		}
	}
}

// hasOnlyOneSelector reports whether the question is about one selector and has no target, so
// that all rows it occurs in are meant.
func (d *decision) hasOnlyOneSelector() bool { return len(d.q.Selectors) == 1 && !d.q.Target.Given() }

// pair finds the pairs that the question concerns: with a target or a single
// selector all in which the specified applications take part, otherwise those
// between them.
func (d *decision) pair(ctx context.Context) error {
	everybody := d.hasOnlyOneSelector() || d.q.Target.Given()
	specified := d.pacticipantIDs(isSpecified)
	var providers, consumers []contracts.Integration
	err := d.tx.Together(ctx, func(ctx context.Context) (err error) {
		if versionIDs := d.versionIDs(isSpecified); len(versionIDs) > 0 {
			d.asked, err = d.tx.PublicationsOf(ctx, versionIDs, nil, false, d.most+1)
		}
		return err
	}, func(ctx context.Context) (err error) {
		if consuming := d.pacticipantIDs(isAnyVersion); len(consuming) > 0 {
			providers, err = d.tx.ProvidersOf(ctx, consuming)
		}
		return err
	}, func(ctx context.Context) (err error) {
		if everybody {
			consumers, err = d.tx.ConsumersOf(ctx, specified)
		}
		return err
	})
	if err == nil {
		err = d.within(len(d.asked))
	}
	pairs := pairSet{}
	for _, p := range d.asked {
		pairs.add(Pair{ConsumerID: p.ConsumerID, Consumer: p.Consumer, ProviderID: p.ProviderID, Provider: p.Provider, Required: true})
	}
	pairs.addAll(providers, true)
	pairs.addAll(consumers, false)
	d.pairs = pairs.sorted(func(p Pair) bool { return everybody || slices.Contains(specified, p.ProviderID) })
	return err
}

// infer adds, with a target, the versions there of all applications that the
// pairs name and the question does not.
func (d *decision) infer(ctx context.Context) error {
	if !d.q.Target.Given() {
		return nil
	}
	names := map[int64]string{}
	for _, p := range d.pairs {
		names[p.ConsumerID], names[p.ProviderID] = p.Consumer, p.Provider
	}
	for _, id := range d.pacticipantIDs(isSpecified) {
		delete(names, id)
	}
	if len(names) == 0 {
		return nil
	}
	ids := make([]int64, 0, len(names))
	for id := range names {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b int64) int { return strings.Compare(names[a], names[b]) })
	matching, err := d.tx.VersionsMatching(ctx, ids, d.q.Target.criteria(), d.most+1)
	if err == nil {
		err = d.within(len(matching) + len(d.entries))
	}
	if err != nil {
		return err
	}
	there := map[int64][]versions.Version{}
	for _, v := range matching {
		there[v.PacticipantID] = append(there[v.PacticipantID], v)
	}
	for _, id := range ids {
		p := pacticipants.Pacticipant{ID: id, Name: names[id]}
		s := Selector{Pacticipant: names[id], Criteria: d.q.Target.criteria()}
		for _, e := range entriesOf(p, s, there[id]) {
			d.entries = append(d.entries, d.marked(e))
		}
	}
	return nil
}

// describe reads what the rows show of their versions.
func (d *decision) describe(ctx context.Context) error {
	d.nameVersions()
	if len(d.details) == 0 {
		return nil
	}
	if err := describe(ctx, d.tx, d.details); err != nil {
		return err
	}
	return d.sizeWithin()
}

// nameVersions collects the versions of the rows.
func (d *decision) nameVersions() {
	d.details = map[int64]Details{}
	for _, rows := range [][]Row{d.rows, d.ignored} {
		for _, r := range rows {
			d.details[r.Pact.VersionID] = Details{Version: versions.Version{
				ID: r.Pact.VersionID, PacticipantID: r.Pact.ConsumerID, Pacticipant: r.Pact.Consumer, Number: r.Pact.VersionNumber, Position: r.Pact.VersionPosition}}
			if r.Provider.ID != 0 {
				d.details[r.Provider.ID] = Details{Version: r.Provider}
			}
		}
	}
}

func describe(ctx context.Context, tx Reader, details map[int64]Details) error {
	ids := make([]int64, 0, len(details))
	for id := range details {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var branches []versions.BranchVersion
	var tags []versions.Tag
	var environments map[int64][]deployments.Environment
	if err := tx.Together(ctx, func(ctx context.Context) (err error) {
		branches, err = tx.BranchesOf(ctx, ids...)
		return err
	}, func(ctx context.Context) (err error) {
		tags, err = tx.TagsOf(ctx, ids...)
		return err
	}, func(ctx context.Context) (err error) {
		environments, err = tx.EnvironmentsOf(ctx, ids...)
		return err
	}); err != nil {
		return err
	}
	for id, of := range details {
		of.Environments = environments[id]
		details[id] = of
	}
	for _, b := range branches {
		of := details[b.VersionID]
		of.Branches = append(of.Branches, b)
		details[b.VersionID] = of
	}
	for _, t := range tags {
		of := details[t.VersionID]
		of.Tags = append(of.Tags, t)
		details[t.VersionID] = of
	}
	return nil
}

func isSpecified(e Entry) bool  { return e.Specified }
func isInferred(e Entry) bool   { return !e.Specified }
func isAnyVersion(e Entry) bool { return e.State == AnyVersion }

// versionIDs lists the versions of the entries that meet the condition, once
// each.
func (d *decision) versionIDs(met func(Entry) bool) []int64 {
	var ids distinct
	for _, e := range d.entries {
		if e.State == Found && met(e) {
			ids.add(e.Version.ID)
		}
	}
	return ids.list
}

// pacticipantIDs lists the applications of the entries that meet the condition,
// once each.
func (d *decision) pacticipantIDs(met func(Entry) bool) []int64 {
	var ids distinct
	for _, e := range d.entries {
		if met(e) {
			ids.add(e.Pacticipant.ID)
		}
	}
	return ids.list
}

// distinct is a list of ids without repetition.
type distinct struct {
	list []int64
	seen map[int64]bool
}

func (d *distinct) add(id int64) {
	if d.seen[id] {
		return
	}
	if d.seen == nil {
		d.seen = map[int64]bool{}
	}
	d.seen[id] = true
	d.list = append(d.list, id)
}

// pairSet holds each pair once; being required wins.
type pairSet map[[2]int64]Pair

func (s pairSet) add(p Pair) {
	key := [2]int64{p.ConsumerID, p.ProviderID}
	p.Required = p.Required || s[key].Required
	s[key] = p
}

func (s pairSet) addAll(found []contracts.Integration, required bool) {
	for _, i := range found {
		s.add(Pair{ConsumerID: i.ConsumerID, Consumer: i.Consumer, ProviderID: i.ProviderID, Provider: i.Provider, Required: required})
	}
}

// sorted returns the pairs that meet the condition by consumer and provider.
func (s pairSet) sorted(met func(Pair) bool) []Pair {
	var pairs []Pair
	for _, p := range s {
		if met(p) {
			pairs = append(pairs, p)
		}
	}
	slices.SortFunc(pairs, func(a, b Pair) int {
		if byConsumer := strings.Compare(a.Consumer, b.Consumer); byConsumer != 0 {
			return byConsumer
		}
		return strings.Compare(a.Provider, b.Provider)
	})
	return pairs
}
