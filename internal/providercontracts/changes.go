package providercontracts

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/oaschanges"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// Meaning is what a change of a document means for the consumers that are in use.
type Meaning string

// The meanings.
const (
	// BreaksConsumers: consumers that are in use need what has changed.
	BreaksConsumers Meaning = "breaks_consumers"
	// BreaksNobodyKnown: it breaks by the book, and those in use who call the
	// operation can do without what has changed.
	BreaksNobodyKnown Meaning = "breaks_nobody_known"
	// UsedByNobodyKnown: it breaks by the book, and nobody in use calls the
	// operation, as far as pacts tell.
	UsedByNobodyKnown Meaning = "used_by_nobody_known"
	// Harmless: it breaks nobody who follows the document.
	Harmless Meaning = "harmless"
)

// JoinedChange is a change of a document and what it means.
type JoinedChange struct {
	oaschanges.Change

	Meaning Meaning
	// UsedBy are the pacts in use that call the operation, Breaks those of them that
	// need what has changed.
	UsedBy, Breaks []LivePact
}

// Changes is what changed between two documents of a provider, joined with what
// its consumers need.
type Changes struct {
	From Contract
	// To is nil for a document that is not published.
	To *Contract
	// Items are the changes, those that break consumers first.
	Items []JoinedChange
	// Unlisted says why the changes cannot be listed, "" if they are.
	Unlisted string
	// Impact is what the newer document means for the pacts in use.
	Impact Impact
}

// changesAtMost is how long two documents are looked at.
const changesAtMost = 15 * time.Second

// Changes returns what changed between the contracts of two versions, the one with
// the name if there are several. It returns a NotFound fault if one of them has
// published none.
func (s *Service) Changes(ctx context.Context, provider, before, after, name string) (Changes, error) {
	from, err := s.named(ctx, provider, Criteria{Version: before}, name)
	if err != nil {
		return Changes{}, err
	}
	to, err := s.named(ctx, provider, Criteria{Version: after}, name)
	if err != nil {
		return Changes{}, err
	}
	content, err := s.Content(ctx, to)
	if err != nil {
		return Changes{}, err
	}
	changes := Changes{From: from, To: &to}
	return changes, s.fill(ctx, &changes, content)
}

// Offer returns what a document that is not published would change, compared with
// what the version that meets the criteria has published, and whom it would break.
// Nothing is kept. It returns an Unprocessable fault if it is no document of a
// provider.
func (s *Service) Offer(ctx context.Context, provider string, with Criteria, name string, offered []byte) (Changes, error) {
	if _, err := comparison.ReadDocument(offered); err != nil {
		return Changes{}, fault.New(fault.Unprocessable, "%v", err).Coded("document_unreadable", "Send an OpenAPI or AsyncAPI document, JSON or YAML, in base64.")
	}
	from, err := s.named(ctx, provider, with, name)
	if err != nil {
		return Changes{}, err
	}
	changes := Changes{From: from}
	return changes, s.fill(ctx, &changes, offered)
}

func (s *Service) named(ctx context.Context, provider string, which Criteria, name string) (Contract, error) {
	promise, err := s.Find(ctx, provider, which)
	if err != nil {
		return Contract{}, err
	}
	return promise.Named(name)
}

// fill finds the changes and joins them with what consumers need.
func (s *Service) fill(ctx context.Context, changes *Changes, after []byte) error {
	before, err := s.Content(ctx, changes.From)
	if err != nil {
		return err
	}
	was, err := s.Check(ctx, changes.From.ProviderID, before)
	if err != nil {
		return err
	}
	if changes.Impact, err = s.Check(ctx, changes.From.ProviderID, after); err != nil {
		return err
	}
	found, err := s.between(ctx, before, after)
	switch {
	case errors.Is(err, oaschanges.ErrUnreadable):
		changes.Unlisted = "Changes are listed of OpenAPI documents only, and only if both can be read."
		return nil
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		changes.Unlisted = "The two documents could not be looked at in time."
		return nil
	case err != nil:
		return err
	}
	for _, change := range found {
		changes.Items = append(changes.Items, join(change, was, changes.Impact))
	}
	slices.SortStableFunc(changes.Items, func(a, b JoinedChange) int { return meaningRank[a.Meaning] - meaningRank[b.Meaning] })
	return nil
}

var meaningRank = map[Meaning]int{BreaksConsumers: 0, BreaksNobodyKnown: 1, UsedByNobodyKnown: 2, Harmless: 3}

// between finds the changes within the time that there is. One pair of documents is
// looked at at a time: whoever gives up waiting does not stop the looking.
func (s *Service) between(ctx context.Context, before, after []byte) ([]oaschanges.Change, error) {
	if string(before) == string(after) {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, changesAtMost)
	defer cancel()
	if err := s.Comparer.working.enter(ctx); err != nil {
		return nil, err
	}
	type answer struct {
		changes []oaschanges.Change
		err     error
	}
	answers := make(chan answer, 1)
	go func() {
		defer s.Comparer.working.leave()
		changes, err := oaschanges.Between(before, after)
		answers <- answer{changes, err}
	}()
	select {
	case a := <-answers:
		return a.changes, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// join says what a change means for the pacts in use: was is what they come to with
// the document before, is with the one after it.
func join(change oaschanges.Change, was, is Impact) JoinedChange {
	joined := JoinedChange{Change: change, Meaning: Harmless}
	after := map[int64]Report{}
	for _, effect := range is.Effects {
		after[effect.Pact.Publication.ID] = effect.Comparison.Report
	}
	for _, effect := range was.Effects {
		calls := effect.Comparison.Report.calling(change.Method, change.Path)
		if len(calls) == 0 {
			continue
		}
		joined.UsedBy = append(joined.UsedBy, effect.Pact)
		if after[effect.Pact.Publication.ID].failsAny(calls) && !effect.Comparison.Report.failsAny(calls) {
			joined.Breaks = append(joined.Breaks, effect.Pact)
		}
	}
	switch {
	case len(joined.Breaks) > 0:
		joined.Meaning = BreaksConsumers
	case change.Level == oaschanges.Info:
	case len(joined.UsedBy) > 0:
		joined.Meaning = BreaksNobodyKnown
	default:
		joined.Meaning = UsedByNobodyKnown
	}
	return joined
}

// calling are the interactions that call the operation, all if there is none.
func (r Report) calling(method, path string) []int {
	var calls []int
	for _, j := range r.Judged {
		same := strings.EqualFold(j.Method, method) && unnamed(j.Path) == unnamed(path)
		if j.Path != "" && (path == "" || same) {
			calls = append(calls, j.Index)
		}
	}
	return calls
}

// parameterNames are those in a path, which may have changed while it stayed the same.
var parameterNames = regexp.MustCompile(`\{[^/{}]*\}`)

func unnamed(path string) string { return parameterNames.ReplaceAllString(path, "{}") }

// failsAny reports whether one of the interactions does not fit.
func (r Report) failsAny(interactions []int) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool {
		return f.Kind == comparison.Error && slices.Contains(interactions, f.Interaction)
	})
}

// Use is a pact that calls an operation, with what was found about that.
type Use struct {
	Pact     ComparedPact
	Findings []Finding
}

// Usage says of each operation of the documents who uses it, as far as the pacts
// tell that were compared with the version.
func (s *Service) Usage(ctx context.Context, v versions.Version) (uses Uses, err error) {
	uses = Uses{}
	err = s.Comparer.View(ctx, func(ctx context.Context, tx Reader) error {
		pacts, err := tx.ComparedPacts(ctx, v.ID)
		if err != nil {
			return err
		}
		ids := make([]int64, len(pacts))
		for i, k := range pacts {
			ids[i] = k.Compared.Comparison.ID
		}
		reports, err := tx.ReportsOf(ctx, ids[:min(len(ids), usesAtMost)])
		if err != nil {
			return err
		}
		for _, k := range pacts {
			reports[k.Compared.Comparison.ID].addUses(uses, k)
		}
		return nil
	})
	return uses, err
}

// usesAtMost is of how many pacts the uses are told.
const usesAtMost = 200

// Uses are those of each operation.
type Uses map[usedBy][]Use

// usedBy is by what interactions tell which operation they use: its method and path, or
// its id if they are of messages.
type usedBy struct{ method, path, id string }

// Of returns the uses of an operation.
func (u Uses) Of(o comparison.Operation) []Use {
	if o.ID != "" {
		return u[usedBy{id: o.ID}]
	}
	return u[usedBy{method: o.Method, path: o.Path}]
}

func (r Report) addUses(uses Uses, k ComparedPact) {
	for _, j := range r.Judged {
		key := usedBy{strings.ToUpper(j.Method), j.Path, j.Operation}
		if j.Path == "" && j.Operation == "" {
			continue
		}
		if n := len(uses[key]); n > 0 && uses[key][n-1].Pact.Pact.ID == k.Pact.ID {
			uses[key][n-1].Findings = append(uses[key][n-1].Findings, r.Of(j.Index)...)
			continue
		}
		uses[key] = append(uses[key], Use{Pact: k, Findings: r.Of(j.Index)})
	}
}
