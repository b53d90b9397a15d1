package contracts

import (
	"context"
	"slices"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/versions"
)

// Tx is what publishing needs inside one transaction.
type Tx interface {
	access.LabelReader
	pacticipants.PresentNameReader
	versions.Writer
	// IsPart reports whether the transaction is a part of a larger one, which an
	// error undoes as a whole.
	IsPart() bool
	// PacticipantNames returns the names of all applications, PacticipantsNamed
	// those that have one of the names.
	PacticipantNames(ctx context.Context) ([]string, error)
	PacticipantsNamed(ctx context.Context, names ...string) (map[string]pacticipants.Pacticipant, error)
	// StoreContract stores what the version says to the provider from now on: the
	// content, its body compressed, unless it is there, and its publication.
	StoreContract(ctx context.Context, v versions.Version, provider pacticipants.Pacticipant, c PactVersion, compressed []byte) (Stored, error)
	// PublicationsOf returns what the versions say to all providers now.
	PublicationsOf(ctx context.Context, versionIDs, providerIDs []int64, every bool, limit int) ([]Publication, error)
	// Publication returns what the consumer version says to the provider now.
	Publication(ctx context.Context, consumerVersionID, providerID int64) (Publication, bool, error)
	ContentBody(ctx context.Context, contentID int64) ([]byte, error)
	// ContentSizes returns how many bytes each of the contents has, by id, ContentBodies
	// what was stored for each.
	ContentSizes(ctx context.Context, contentIDs ...int64) (map[int64]int64, error)
	ContentBodies(ctx context.Context, contentIDs ...int64) (map[int64][]byte, error)
	// Judged reports whether any result was recorded for the content of the
	// publication, and whether any version of its provider has published what it
	// promises.
	Judged(ctx context.Context, p Publication) (verified, hasContracts bool, err error)
	Pacts(ctx context.Context, which Query) (found []Publication, total int, err error)
	// RemovePacts deletes the publications of the query's consumer that fit, with all
	// their revisions, and returns how many rows that were.
	RemovePacts(ctx context.Context, which Query) (int64, error)
	// ContractsVerified reports whether each contract of the consumer version has a
	// success that counts. Of two transactions, one that adds the last contract
	// and one that adds the last success, one sees both.
	ContractsVerified(ctx context.Context, versionID int64) (bool, error)
	// AnnouncePublished tells those who listen, within the transaction.
	AnnouncePublished(ctx context.Context, p Published, branch, buildURL string) (Announced, error)
}

// Rules are the settings that decide what may be published.
type Rules struct {
	// CheckSimilarNames refuses new applications whose name looks like a
	// misspelling of a known one.
	CheckSimilarNames bool
	// AllowModification lets a version publish another content than before.
	AllowModification bool
	Equality          pactfile.Equality
	Automatic         versions.Automatic
	Limits            Limits
	// Compress makes a body as small as it is stored.
	Compress func(body []byte) ([]byte, error)
}

// Service publishes contracts.
type Service struct {
	rules Rules
	inTx  func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
}

// NewService returns a service that publishes by the rules, in transactions
// that inTx opens.
func NewService(rules Rules, inTx func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error) *Service {
	return &Service{rules: rules, inTx: inTx}
}

// Prepare does what publishing the contracts costs without the store: Publish, Put and
// Merge then need not do it, which may run within a transaction that holds others up.
// What cannot be published is left as it is, for them to refuse.
func (s *Service) Prepare(offers ...SubmittedContract) []SubmittedContract {
	prepared := slices.Clone(offers) // the caller's stay as they are
	for i, offer := range offers {
		if ready, err := s.rules.prepare(offer); err == nil {
			prepared[i] = ready
		}
	}
	return prepared
}

// Publish stores the contracts with their version, branch and tags. It returns
// a *ConflictError, and stores nothing, if a contract differs from what the
// version has published before, or a name looks like that of another
// application.
func (s *Service) Publish(ctx context.Context, submission Submission) (answer Answer, err error) {
	submission.Contracts = slices.Clone(submission.Contracts) // the caller's stay as they are
	for i, offer := range submission.Contracts {
		if submission.Contracts[i], err = s.rules.prepare(offer); err != nil {
			return answer, err
		}
	}
	err = s.inTxMerging(ctx, func(ctx context.Context, tx Tx, m *merger) error {
		if err := access.Require(ctx, tx, access.Publish, submission.Pacticipant); err != nil {
			return err
		}
		answer, err = s.rules.publish(ctx, tx, m, submission)
		return err
	})
	return answer, err
}

// Put stores one contract of a consumer version. It returns a *SimilarError if
// a name looks like that of another application, and a *ConflictError if the
// version has published something else for the provider.
func (s *Service) Put(ctx context.Context, consumer, version string, offer SubmittedContract) (Published, error) {
	return s.single(ctx, consumer, version, offer, func(ctx context.Context, tx Tx, _ *merger, before Publication) (SubmittedContract, error) {
		if s.rules.AllowModification || before.SHA == offer.identity(s.rules.Equality) {
			return offer, nil
		}
		var conflict ConflictError
		if err := conflict.note(ctx, tx, Submission{Pacticipant: consumer, Version: version}, differing{offer, before}); err != nil {
			return offer, err
		}
		return offer, &conflict
	})
}

// Merge adds a contract to what the consumer version has published for the
// provider, or stores it as it is if that is nothing. It returns a Conflict
// fault if the two contradict each other.
func (s *Service) Merge(ctx context.Context, consumer, version string, offer SubmittedContract) (Published, error) {
	offer.Merge = true
	return s.single(ctx, consumer, version, offer, func(ctx context.Context, tx Tx, m *merger, before Publication) (SubmittedContract, error) {
		return m.merged(ctx, tx, before, offer, pactfile.MergeStrictly)
	})
}

// single publishes one contract; again decides what a version says that has
// published for the provider before.
func (s *Service) single(
	ctx context.Context,
	consumer, version string,
	offer SubmittedContract,
	again func(context.Context, Tx, *merger, Publication) (SubmittedContract, error),
) (p Published, err error) {
	if offer, err = s.rules.prepare(offer); err != nil {
		return p, err
	}
	err = s.inTxMerging(ctx, func(ctx context.Context, tx Tx, m *merger) error {
		if err := access.Require(ctx, tx, access.Publish, consumer); err != nil {
			return err
		}
		if _, err := tx.PacticipantsNamed(ctx, consumer, offer.Provider); err != nil { // so that the steps find them
			return err
		}
		if err := s.rules.checkNames(ctx, tx, consumer, offer.Provider); err != nil {
			return err
		}
		known, err := findOrCreate(ctx, tx, consumer, offer.Provider)
		if err != nil {
			return err
		}
		v, created, err := versions.FindOrCreate(ctx, tx, known[consumer], version)
		if err != nil {
			return err
		}
		said, before, found := offer, Publication{}, false
		if !created { // a new version has published nothing
			if before, found, err = tx.Publication(ctx, v.ID, known[offer.Provider].ID); err != nil {
				return err
			}
		}
		if found {
			if said, err = again(ctx, tx, m, before); err != nil {
				return err
			}
		}
		p, err = s.rules.store(ctx, tx, v, known[offer.Provider], before, said)
		if err != nil {
			return err
		}
		if p.Announced, err = tx.AnnouncePublished(ctx, p, "", ""); err != nil {
			return err
		}
		return announceComplete(ctx, tx, v, p)
	})
	return p, err
}

func (r Rules) publish(ctx context.Context, tx Tx, m *merger, q Submission) (Answer, error) {
	names := []string{q.Pacticipant}
	for _, offer := range q.Contracts {
		names = append(names, offer.Provider)
	}
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	if _, err := tx.PacticipantsNamed(ctx, names...); err != nil { // so that the steps find them
		return Answer{}, err
	}
	known, said, err := r.check(ctx, tx, q, names)
	if err != nil {
		return Answer{}, err
	}
	v, created, err := r.prepareVersion(ctx, tx, known[q.Pacticipant], q)
	if err != nil {
		return Answer{}, err
	}
	if said == nil {
		if said, err = saidBefore(ctx, tx, v, created); err != nil {
			return Answer{}, err
		}
	}
	if err := m.checkMerged(ctx, tx, said, known, q.Contracts); err != nil {
		return Answer{}, err
	}
	answer := Answer{Version: v, VersionCreated: created}
	for _, offer := range q.Contracts {
		provider := known[offer.Provider]
		p, err := r.publishOne(ctx, tx, m, v, provider, said[provider.ID], offer)
		if err != nil {
			return Answer{}, err
		}
		said[provider.ID] = p.Publication
		if p.Announced, err = tx.AnnouncePublished(ctx, p, q.Branch, valueOf(q.BuildURL)); err != nil {
			return Answer{}, err
		}
		answer.Contracts = append(answer.Contracts, p)
	}
	return answer, announceComplete(ctx, tx, v, answer.Contracts...)
}

// prepareVersion gives the version its build URL, its branch and its tags, in
// this order, so that the contracts find them in place.
func (r Rules) prepareVersion(ctx context.Context, tx Tx, consumer pacticipants.Pacticipant, q Submission) (versions.Version, bool, error) {
	v, created, err := versions.Put(ctx, tx, consumer, q.Version, q.BuildURL)
	if err != nil {
		return v, created, err
	}
	if q.Branch != "" {
		if _, _, err := r.Automatic.PutOnBranch(ctx, tx, v, q.Branch); err != nil {
			return v, created, err
		}
	}
	for _, tag := range q.Tags {
		if _, _, err := r.Automatic.PutTag(ctx, tx, v, tag); err != nil {
			return v, created, err
		}
	}
	return v, created, nil
}

// saidBefore returns what the version has published until now, by provider.
func saidBefore(ctx context.Context, tx Tx, v versions.Version, isNew bool) (map[int64]Publication, error) {
	said := map[int64]Publication{}
	if isNew {
		return said, nil
	}
	published, err := tx.PublicationsOf(ctx, []int64{v.ID}, nil, false, 0)
	for _, p := range published {
		said[p.ProviderID] = p
	}
	return said, err
}

func (r Rules) publishOne(ctx context.Context, tx Tx, m *merger, v versions.Version, provider pacticipants.Pacticipant, before Publication, offer SubmittedContract) (Published, error) {
	if before.ID != 0 && offer.Merge {
		var err error
		if offer, err = m.merged(ctx, tx, before, offer, mergeFreely); err != nil {
			return Published{}, err
		}
	}
	return r.store(ctx, tx, v, provider, before, offer)
}

// store keeps what the version says to the provider from now on; before is
// what it said until now, if anything.
func (r Rules) store(ctx context.Context, tx Tx, v versions.Version, provider pacticipants.Pacticipant, before Publication, said SubmittedContract) (Published, error) {
	p := Published{Publication: before, Outcome: Unchanged, Previous: before.ContentID}
	said, err := r.prepare(said)
	if err != nil {
		return p, err
	}
	if before.ID != 0 && before.SHA == said.content.SHA {
		p.Verified, p.HasContracts, err = tx.Judged(ctx, before)
		return p, err
	}
	stored, err := tx.StoreContract(ctx, v, provider, said.content.PactVersion, said.content.compressed)
	p.Outcome, p.Publication, p.newContent = outcome(before, said.Merge), stored.Publication, stored.NewContent
	p.Verified, p.HasContracts = stored.Verified, stored.HasContracts
	return p, err
}

func outcome(before Publication, merged bool) Outcome {
	switch {
	case before.ID == 0:
		return Created
	case merged:
		return Merged
	default:
		return Replaced
	}
}

// identity names the content of the contract.
func (c SubmittedContract) identity(equality pactfile.Equality) string {
	switch {
	case c.content != nil:
		return c.content.SHA
	case equality == pactfile.ByText && c.RawSHA != "":
		return c.RawSHA
	}
	return pactfile.Identity(c.Body, equality)
}

// with returns the contract with another body.
func (c SubmittedContract) with(body pactfile.Body) SubmittedContract {
	c.Body, c.RawSHA, c.content = body, "", nil
	return c
}

// findOrCreate returns the applications by name. They are made in the order of
// their names, so that parallel publishers do not wait for each other in a ring.
func findOrCreate(ctx context.Context, tx Tx, names ...string) (map[string]pacticipants.Pacticipant, error) {
	sorted := slices.Compact(slices.Sorted(slices.Values(names)))
	known := make(map[string]pacticipants.Pacticipant, len(sorted))
	for _, name := range sorted {
		p, err := pacticipants.FindOrCreate(ctx, tx, name)
		if err != nil {
			return nil, err
		}
		known[name] = p
	}
	return known, nil
}
