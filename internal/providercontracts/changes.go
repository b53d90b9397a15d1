package providercontracts

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/contracts"
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
	// NotKnown: it breaks by the book, and pacts in use could not be compared, so that
	// nobody can tell whom.
	NotKnown Meaning = "not_known"
	// BreaksNobodyKnown: it breaks by the book, and those in use who have to do with
	// what has changed get along with it.
	BreaksNobodyKnown Meaning = "breaks_nobody_known"
	// UsedByNobodyKnown: it breaks by the book, and nobody in use has to do with what
	// has changed, as far as pacts tell.
	UsedByNobodyKnown Meaning = "used_by_nobody_known"
	// Harmless: it breaks nobody who follows the document.
	Harmless Meaning = "harmless"
)

// JoinedChange is a change of a document and what it means.
type JoinedChange struct {
	oaschanges.Change

	Meaning Meaning
	// UsedBy are the pacts in use that have to do with what has changed, Breaks those
	// of them that fit no more because of it.
	UsedBy, Breaks []LivePact
}

// Changes is what changed between two documents of a provider, joined with what
// its consumers need.
type Changes struct {
	Provider string
	// Older is the number of the version that is compared with, "" if there is none.
	Older string
	// From is nil if nothing was published under the name.
	From *Contract
	// To is nil for a document that is not published.
	To *Contract
	// Together are the other contracts that the newer version promises besides.
	Together []Contract
	// Items are the changes, those that break consumers first.
	Items []JoinedChange
	// Unlisted says why the changes cannot be listed, "" if they are.
	Unlisted string
	// Was is what the pacts in use come to with what the older version promises, Impact
	// with what the newer one does: all of its documents together.
	Was, Impact Impact
}

// Breaks returns the effects on pacts that fit no more, or that nobody has known to.
func (c Changes) Breaks() []Effect {
	return c.Impact.with(func(e Effect) bool { return e.Outcome.Fails() && !c.Before(e).Fails() })
}

// Fails returns the effects on pacts that fit neither before nor after.
func (c Changes) Fails() []Effect {
	return c.Impact.with(func(e Effect) bool { return e.Outcome.Fails() && c.Before(e).Fails() })
}

// Means sums up what the newer documents mean for those in use: BreaksConsumers,
// NotKnown or BreaksNobodyKnown. Who fitted the older ones no more either is not broken
// by the newer.
func (c Changes) Means() Meaning {
	switch {
	case len(c.Breaks()) > 0:
		return BreaksConsumers
	case c.Impact.Left > 0 || len(c.Impact.Unknown()) > 0:
		return NotKnown
	}
	return BreaksNobodyKnown
}

// Before is what the pact comes to with what the older version promises, "" if that
// is not known.
func (c Changes) Before(e Effect) Outcome {
	for _, was := range c.Was.Effects {
		if was.Pact.Publication.ID == e.Pact.Publication.ID {
			return was.Outcome
		}
	}
	return ""
}

// changesAtMost is how long somebody waits for two documents to be looked at.
const changesAtMost = 10 * time.Second

// Changes returns what changed between the contracts of two versions, the one with
// the name if there are several. It returns a NotFound fault if one of them has
// published none.
func (s *Service) Changes(ctx context.Context, provider, before, after, name string) (Changes, error) {
	older, from, err := s.named(ctx, provider, before, name)
	if err != nil {
		return Changes{}, err
	}
	newer, to, err := s.named(ctx, provider, after, name)
	if err != nil {
		return Changes{}, err
	}
	if err := s.Reserve(ctx, older.weight()+newer.weight()); err != nil {
		return Changes{}, err
	}
	content, err := s.Content(ctx, to)
	if err != nil {
		return Changes{}, err
	}
	changes := Changes{Provider: from.Provider, Older: from.VersionNumber, From: &from, To: &to, Together: newer.without(&to)}
	if changes.Impact, err = s.checkPublished(ctx, newer); err != nil {
		return changes, err
	}
	return changes, s.fill(ctx, &changes, older, content)
}

// readFactor is how much more memory than their size documents take that are read.
const readFactor = 3

// weight is how much memory it takes to read the documents of the version.
func (p VersionContracts) weight() int64 {
	weight := int64(0)
	for _, c := range p.Contracts {
		weight += readFactor * int64(c.Document.Size)
	}
	return weight
}

func (s *Service) named(ctx context.Context, provider, version, name string) (VersionContracts, Contract, error) {
	published, err := s.Find(ctx, provider, VersionQuery{Version: version})
	if err != nil {
		return published, Contract{}, err
	}
	contract, err := published.Named(name)
	return published, contract, err
}

// Offer returns what a document that is not published would change, compared with
// what the version has published, and whom it would break. Without a version that of
// FindBase counts. Under a name that is not there the document comes in addition.
// Nothing is kept. It returns an Unprocessable fault if it is no document of a
// provider.
func (s *Service) Offer(ctx context.Context, provider, version, name string, offered []byte) (Changes, error) {
	document := readDocument(SHAOf(offered), offered)
	if document.refused != nil {
		return Changes{}, fault.New(fault.Unprocessable, "%v", document.refused).Coded("document_unreadable", "Send an OpenAPI or AsyncAPI document, JSON or YAML, in base64.")
	}
	base, err := s.base(ctx, provider, version)
	if err != nil {
		return Changes{}, err
	}
	changes := Changes{Provider: base.Version.Pacticipant, Older: base.Version.Number}
	if len(base.Contracts) > 0 && (name == "" || named(base.Contracts, name) != nil) {
		from, err := base.Named(name)
		if err != nil {
			return Changes{}, err
		}
		changes.From = &from
	}
	if err := s.Reserve(ctx, base.weight()); err != nil {
		return Changes{}, err
	}
	changes.Together = base.without(changes.From)
	is, err := s.documents(ctx, VersionContracts{Version: base.Version, Contracts: changes.Together})
	if err != nil {
		return Changes{}, err
	}
	if changes.Impact, err = s.check(ctx, base.Version.PacticipantID, append(is, document)); err != nil {
		return changes, err
	}
	return changes, s.fill(ctx, &changes, base, offered)
}

// base is what a document is compared with that is not published.
func (s *Service) base(ctx context.Context, provider, version string) (VersionContracts, error) {
	if version != "" {
		return s.Find(ctx, provider, VersionQuery{Version: version})
	}
	return s.FindBase(ctx, provider)
}

// fill finds the changes from the contract that there is and joins them with what
// consumers need. The newer documents have been looked at and let go: two sets of them
// may be large.
func (s *Service) fill(ctx context.Context, changes *Changes, older VersionContracts, after []byte) (err error) {
	if len(older.Contracts) > 0 {
		if changes.Was, err = s.checkPublished(ctx, older); err != nil {
			return err
		}
	}
	if changes.From == nil {
		return nil
	}
	before, err := s.Content(ctx, *changes.From)
	if err != nil {
		return err
	}
	found, err := s.between(ctx, before, after)
	switch {
	case errors.Is(err, oaschanges.ErrUnreadable):
		changes.Unlisted = "Changes are listed of OpenAPI documents only, and only if both can be read."
		return nil
	case errors.Is(err, oaschanges.ErrTooMuch):
		changes.Unlisted = "Too much differs between the two documents to be listed. What it means for the pacts in use is told all the same; smaller steps are listed."
		return nil
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		changes.Unlisted = "The two documents could not be looked at in time. What it means for the pacts in use is told all the same; smaller steps are listed."
		return nil
	case err != nil:
		return err
	}
	changes.Items, err = join(found, *changes, func(p contracts.Publication) ([]byte, error) { return s.Comparer.bodyOf(ctx, p) })
	return err
}

// between finds the changes within the time that there is. One pair of documents is
// looked at at a time: whoever gives up waiting does not stop the looking.
func (s *Service) between(ctx context.Context, before, after []byte) ([]oaschanges.Change, error) {
	if string(before) == string(after) {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, changesAtMost)
	defer cancel()
	if err := s.Comparer.listing.enter(ctx); err != nil {
		return nil, err
	}
	type answer struct {
		changes []oaschanges.Change
		err     error
	}
	answers := make(chan answer, 1)
	go func() {
		defer s.Comparer.listing.leave()
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
