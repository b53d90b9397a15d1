package providercontracts

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// Pair is the content of a pact and a version of its provider.
type Pair struct{ ContentID, ProviderVersion int64 }

// Compared is what a pair comes to. It counts as long as the version has
// published what it was compared with.
type Compared struct {
	Pair

	// ContractsKey names what the version had published; see KeyOf.
	ContractsKey string
	Outcome      Outcome
	At           time.Time
	// Comparison is that of the documents, without its report.
	Comparison Comparison
}

// Engine is the version of the rules of comparison of today.
const Engine = comparison.EngineVersion

// Current reports whether the pair was compared by the rules of today. What older
// rules have found counts until it is.
func (k Compared) Current() bool { return k.Comparison.Engine == Engine }

// Reader reads what comparisons are made of. Each method runs one statement.
type Reader interface {
	LiveReader
	VersionReader
	ContractsPublishedBy(ctx context.Context, versionIDs ...int64) ([]Contract, error)
	// ComparedBetween returns what is known of the contents and the versions.
	ComparedBetween(ctx context.Context, contentIDs, versionIDs []int64) ([]Compared, error)
	// ComparisonsWith returns the comparisons of the contents with the documents by
	// that version of the rules, without their reports.
	ComparisonsWith(ctx context.Context, contentIDs []int64, documentsKeys []string, engine int) ([]Comparison, error)
	// DocumentContent returns a document as it was published, ContentBody a pact.
	DocumentContent(ctx context.Context, documentID int64) ([]byte, error)
	ContentBody(ctx context.Context, contentID int64) ([]byte, error)
	// ReportOf returns all that a comparison has to tell.
	ReportOf(ctx context.Context, comparisonID int64) (Report, error)
	ReportsOf(ctx context.Context, comparisonIDs []int64) (map[int64]Report, error)
}

// ComparerTx keeps comparisons, inside one transaction.
type ComparerTx interface {
	events.Clock
	events.Announcer
	// AddComparison stores what came of a comparison, with its report packed, unless it
	// is there, and returns its id; 0 if the content of the pact is gone.
	AddComparison(ctx context.Context, c Comparison, report []byte) (int64, error)
	// PutCompared stores what a pair comes to, and returns what it came to before,
	// "" if that was not known. It keeps nothing, and returns false, if one of the
	// two or the comparison is gone, or the version has published something else
	// meanwhile.
	PutCompared(ctx context.Context, c Compared) (before Outcome, kept bool, err error)
	// NoteEngine notes that comparisons are made by that version of the rules, and
	// reports whether nobody has before.
	NoteEngine(ctx context.Context, engine int) (first bool, err error)
	// AllLiveContracts returns the versions with contracts that are live, of every
	// provider; see LiveReader.
	AllLiveContracts(ctx context.Context, since time.Time) ([]int64, error)
	// EnqueueComparisons lets the subject be compared after the commit.
	EnqueueComparisons(ctx context.Context, subject Subject) error
	// NewestPublication returns the newest publication of the content.
	NewestPublication(ctx context.Context, contentID int64) (contracts.Publication, bool, error)
	VersionsWithIDs(ctx context.Context, ids ...int64) ([]versions.Version, error)
	// AnnounceCompared tells those who listen, within the transaction.
	AnnounceCompared(ctx context.Context, a Announcement) error
}

// Announcement tells that a pair has come to something, or to something else.
type Announcement struct {
	Pact    contracts.Publication
	Version versions.Version
	Success bool
}

// Comparer compares pacts with the contracts of their providers, and keeps what
// comes of it.
type Comparer struct {
	View func(ctx context.Context, fn func(ctx context.Context, tx Reader) error) error
	InTx func(ctx context.Context, fn func(ctx context.Context, tx ComparerTx) error) error
	Now  func() time.Time
	// PackReport makes a report as small as it is stored.
	PackReport func(Report) ([]byte, error)

	ready cache
	// working bounds how many comparisons are made at a time.
	working gate
	// listing bounds how many pairs of documents are looked at for what changed: whoever
	// gives up waiting does not stop that, and comparisons go on beside it.
	listing single
	// operations are those of documents, for searches.
	operations operationCache
}

const (
	// pairsAtOnce is how many pairs are written down in one transaction.
	pairsAtOnce = 50
	// AnswerTimeout is how long who asks a question waits for comparisons.
	AnswerTimeout = 2 * time.Second
	// checkAtMost is how long a document that is not published is compared.
	checkAtMost = 10 * time.Second
)

// CompareLive compares the subject with everything that matters on its other
// side, as long as ctx lasts. It can be done again, and goes on where it ended.
func (c *Comparer) CompareLive(ctx context.Context, subject Subject) error {
	var pairs []Pair
	err := c.View(ctx, func(ctx context.Context, tx Reader) (err error) {
		pairs, err = pairsOf(ctx, tx, subject, c.Now())
		return err
	})
	if err != nil {
		return err
	}
	return c.Compare(ctx, pairs)
}

// Renew lets everything that is live be compared by the rules of today, once for
// each version of the rules, however many brokers begin and however often.
func (c *Comparer) Renew(ctx context.Context) error {
	return c.InTx(ctx, func(ctx context.Context, tx ComparerTx) error {
		first, err := tx.NoteEngine(ctx, Engine)
		if err != nil || !first {
			return err
		}
		live, err := tx.AllLiveContracts(ctx, tx.Now().Add(-recent))
		for i := 0; err == nil && i < len(live); i++ {
			err = tx.EnqueueComparisons(ctx, Subject{ProviderVersion: live[i]})
		}
		return err
	})
}

// CompareNow compares those of the pairs that have not been, for somebody who
// waits: it stops when that takes too long.
func (c *Comparer) CompareNow(ctx context.Context, pairs []Pair) error {
	hurried, cancel := context.WithTimeout(ctx, AnswerTimeout)
	defer cancel()
	err := c.Compare(hurried, pairs)
	if hurried.Err() != nil && ctx.Err() == nil {
		return nil
	}
	return err
}

// task is a pair that is to be compared.
type task struct {
	Pair

	contracts []Contract
	// known is the comparison of the documents, if there is one.
	known *Comparison
}

// Compare compares those of the pairs that have not been, and keeps what comes
// of it, as long as ctx lasts.
func (c *Comparer) Compare(ctx context.Context, pairs []Pair) error {
	tasks, err := c.plan(ctx, pairs)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(tasks, pairsAtOnce) {
		var done []Compared
		for _, t := range some {
			made, err := c.do(ctx, t)
			if fault.Is(err, fault.NotFound) {
				continue // deleted meanwhile
			}
			if err != nil {
				// What is done is done; the rest comes later.
				if kept := c.save(context.WithoutCancel(ctx), done); kept != nil {
					return kept
				}
				return err
			}
			done = append(done, made)
		}
		if err := c.save(context.WithoutCancel(ctx), done); err != nil {
			return err
		}
	}
	return nil
}

// plan finds what is left to do: pairs that have not been compared, the same
// documents one after the other.
func (c *Comparer) plan(ctx context.Context, pairs []Pair) ([]task, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	contents, providing := sidesOf(pairs)
	var tasks []task
	err := c.View(ctx, func(ctx context.Context, tx Reader) error {
		published, err := tx.ContractsPublishedBy(ctx, providing...)
		if err != nil {
			return err
		}
		of := map[int64][]Contract{}
		for _, contract := range published {
			of[contract.VersionID] = append(of[contract.VersionID], contract)
		}
		compared, err := tx.ComparedBetween(ctx, contents, providing)
		if err != nil {
			return err
		}
		done := map[Pair]bool{}
		for _, k := range compared {
			done[k.Pair] = k.Current()
		}
		tasks = nil
		for _, p := range pairs {
			if !done[p] && len(of[p.ProviderVersion]) > 0 {
				tasks = append(tasks, task{Pair: p, contracts: of[p.ProviderVersion]})
				done[p] = true
			}
		}
		return findKnown(ctx, tx, tasks)
	})
	slices.SortStableFunc(tasks, func(a, b task) int {
		return cmp.Or(cmp.Compare(a.ContentID, b.ContentID), cmp.Compare(a.ProviderVersion, b.ProviderVersion))
	})
	return tasks, err
}

func sidesOf(pairs []Pair) (contents, providing []int64) {
	for _, p := range pairs {
		contents, providing = append(contents, p.ContentID), append(providing, p.ProviderVersion)
	}
	slices.Sort(contents)
	slices.Sort(providing)
	return slices.Compact(contents), slices.Compact(providing)
}

// findKnown finds the comparisons that were made for other versions with the same
// documents.
func findKnown(ctx context.Context, tx Reader, tasks []task) error {
	if len(tasks) == 0 {
		return nil
	}
	var contents []int64
	var keys []string
	for _, t := range tasks {
		contents, keys = append(contents, t.ContentID), append(keys, DocumentsKeyOf(t.contracts))
	}
	known, err := tx.ComparisonsWith(ctx, contents, keys, Engine)
	for i := range tasks {
		for _, k := range known {
			if k.ContentID == tasks[i].ContentID && k.DocumentsKey == keys[i] {
				tasks[i].known = &k
			}
		}
	}
	return err
}

// do compares a pair, unless that is done already.
func (c *Comparer) do(ctx context.Context, t task) (Compared, error) {
	made := Compared{Pair: t.Pair, ContractsKey: KeyOf(t.contracts), At: c.Now()}
	if t.known != nil {
		made.Comparison = *t.known
	} else {
		if err := ctx.Err(); err != nil {
			return made, err
		}
		if err := c.working.enter(ctx); err != nil {
			return made, err
		}
		defer c.working.leave()
		var err error
		if made.Comparison, err = c.compare(ctx, t); err != nil {
			return made, err
		}
	}
	made.Outcome = made.Comparison.outcome(evidenceOf(t.contracts))
	return made, nil
}

func (c *Comparer) compare(ctx context.Context, t task) (Comparison, error) {
	var pact []byte
	var documents []readable
	err := c.View(ctx, func(ctx context.Context, tx Reader) (err error) {
		if pact, err = tx.ContentBody(ctx, t.ContentID); err != nil {
			return err
		}
		documents, err = c.documents(ctx, tx, t.contracts)
		return err
	})
	if err != nil {
		return Comparison{}, err
	}
	made := comparePact(documents, pact, c.Now())
	made.ContentID, made.DocumentsKey = t.ContentID, DocumentsKeyOf(t.contracts)
	return made, nil
}

func (c *Comparer) documents(ctx context.Context, tx Reader, published []Contract) ([]readable, error) {
	var documents []readable
	for _, contract := range published {
		if slices.ContainsFunc(documents, func(d readable) bool { return d.sha == contract.Document.SHA }) {
			continue
		}
		d, err := c.ready.get(contract.Document.SHA, func() ([]byte, error) { return tx.DocumentContent(ctx, contract.Document.ID) })
		if err != nil {
			return nil, err
		}
		documents = append(documents, d)
	}
	return documents, nil
}

// save writes down what came of comparisons, and announces what is new.
func (c *Comparer) save(ctx context.Context, done []Compared) error {
	if len(done) == 0 {
		return nil
	}
	reports := make([][]byte, len(done)) // packed before the transaction, while which others would wait
	for i, made := range done {
		if made.Comparison.ID != 0 {
			continue
		}
		var err error
		if reports[i], err = c.PackReport(made.Comparison.Report); err != nil {
			return err
		}
	}
	return c.InTx(ctx, func(ctx context.Context, tx ComparerTx) error {
		for i, made := range done {
			if err := saveOne(ctx, tx, made, reports[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func saveOne(ctx context.Context, tx ComparerTx, made Compared, report []byte) (err error) {
	if made.Comparison.ID == 0 {
		if made.Comparison.ID, err = tx.AddComparison(ctx, made.Comparison, report); err != nil || made.Comparison.ID == 0 {
			return err
		}
	}
	made.At = tx.Now()
	before, kept, err := tx.PutCompared(ctx, made)
	if err != nil || !kept || before == made.Outcome || !before.Decides() && !made.Outcome.Decides() {
		return err
	}
	pact, found, err := tx.NewestPublication(ctx, made.ContentID)
	if err != nil || !found {
		return err
	}
	of, err := tx.VersionsWithIDs(ctx, made.ProviderVersion)
	if err != nil || len(of) == 0 {
		return err
	}
	a := Announcement{Pact: pact, Version: of[0], Success: made.Outcome.Succeeds()}
	if !made.Outcome.Decides() {
		a.Success = before.Succeeds()
		return tx.Announce(ctx, a.withdrawn())
	}
	return tx.AnnounceCompared(ctx, a)
}

// withdrawn tells that what a comparison had come to does not stand any more, and that
// nothing has taken its place: for who listens that is a result that is gone.
func (a Announcement) withdrawn() events.Fact {
	return events.Fact{Type: events.VerificationDeleted, Subject: a.Pact.Provider, Data: events.Data{
		Consumer: a.Pact.Consumer, Provider: a.Pact.Provider, ProviderVersion: a.Version.Number, ContentSHA: a.Pact.SHA, Success: &a.Success,
	}}
}

// single lets one in at a time.
type single struct {
	once sync.Once
	free chan struct{}
}

func (s *single) enter(ctx context.Context) error {
	s.once.Do(func() { s.free = make(chan struct{}, 1) })
	return enter(ctx, s.free)
}

func (s *single) leave() { <-s.free }

// gate lets few in at a time.
type gate struct {
	once sync.Once
	free chan struct{}
}

// comparisonsAtATime bounds the memory that comparisons take together.
const comparisonsAtATime = 2

func (g *gate) enter(ctx context.Context) error {
	g.once.Do(func() { g.free = make(chan struct{}, comparisonsAtATime) })
	return enter(ctx, g.free)
}

func enter(ctx context.Context, free chan struct{}) error {
	select {
	case free <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) leave() { <-g.free }
