package providercontracts

import (
	"context"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// Tx is what publishing needs inside one transaction.
type Tx interface {
	access.LabelReader
	versions.Writer
	// IsPart reports whether the transaction is a part of a larger one, which holds
	// others up until that ends.
	IsPart() bool
	// ContractsPublishedBy returns what the versions have published as providers, by
	// version and name.
	ContractsPublishedBy(ctx context.Context, versionIDs ...int64) ([]Contract, error)
	// PlacesOf names the environments where the version is deployed or supported
	// now.
	PlacesOf(ctx context.Context, versionID int64) ([]string, error)
	// AddDocument stores a document, its content compressed, unless it is there.
	AddDocument(ctx context.Context, d Document, compressed []byte) (int64, error)
	// PutContract stores what the version promises under the name, with the report of
	// its evidence compressed, in place of what it has promised before.
	PutContract(ctx context.Context, c Contract, report []byte) error
	// UpdateContractsKey keeps what names all that the version has published.
	UpdateContractsKey(ctx context.Context, v versions.Version, key string) error
	// EnqueueComparisons lets the version be compared with the pacts that matter,
	// after the commit.
	EnqueueComparisons(ctx context.Context, subject Subject) error
}

// Published says what publishing one contract did.
type Published struct {
	Contract Contract
	// Change says what publishing did.
	Change Change
	// Notices say what in the document would spoil comparisons.
	Notices []string
}

// Change says what publishing did with a contract.
type Change int

const (
	// Created: the version had nothing under that name.
	Created Change = iota
	// Unchanged: the same document was there, with the same evidence.
	Unchanged
	// EvidenceChanged: the same document was there, with other evidence.
	EvidenceChanged
	// Replaced: another document was there.
	Replaced
)

// Answer is what publishing did.
type Answer struct {
	Version        versions.Version
	VersionCreated bool
	Contracts      []Published
	// Impact says what the version means for those who live with the provider.
	Impact Impact
}

// Service publishes contracts of providers, and compares them.
type Service struct {
	Automatic versions.Automatic
	// Compress makes a document or a report as small as it is stored.
	Compress func(content []byte) ([]byte, error)
	InTx     func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
	Comparer *Comparer
	// Reserve waits until so many bytes of documents may be read for an answer, or returns
	// an Unavailable fault.
	Reserve func(ctx context.Context, bytes int64) error
}

// prepared is a contract as it is to be stored, and what its document says about
// itself.
type prepared struct {
	Contract

	compressed, report []byte
	notices            []string
}

// Prepare does what publishing the contracts costs without the store: Publish then need
// not do it, which may run within a transaction that holds others up. The documents must
// have been read.
func (s *Service) Prepare(submission Submission) (Submission, error) {
	submission.Contracts = slices.Clone(submission.Contracts) // the caller's stay as they are
	for i, offer := range submission.Contracts {
		if offer.prepared != nil {
			continue
		}
		ready, err := s.prepare(offer)
		if err != nil {
			return submission, err
		}
		submission.Contracts[i].prepared = &ready
	}
	return submission, nil
}

// Publish stores what a version promises, and compares it with the pacts that
// matter, as far as there is time and nobody waits for a transaction: the rest is done
// by a job. The documents must have been read. It returns a Conflict fault if the version
// is in use and has promised something else.
func (s *Service) Publish(ctx context.Context, submission Submission) (answer Answer, err error) {
	if submission, err = s.Prepare(submission); err != nil {
		return answer, err
	}
	offers := make([]prepared, len(submission.Contracts))
	for i, offer := range submission.Contracts {
		offers[i] = *offer.prepared
	}
	free := false
	err = s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		free = !tx.IsPart()
		if err := access.Require(ctx, tx, access.Verify, submission.Provider); err != nil {
			return err
		}
		answer, err = s.publish(ctx, tx, submission, offers)
		return err
	})
	if err != nil {
		return answer, err
	}
	for i, offer := range offers {
		answer.Contracts[i].Notices = offer.notices
	}
	answer.Impact = s.Comparer.impactNow(ctx, answer.Version, free)
	return answer, nil
}

// prepare does what needs nothing of the store, before the transaction.
func (s *Service) prepare(offer Submitted) (prepared, error) {
	compressed, err := s.Compress(offer.Content)
	if err != nil {
		return prepared{}, err
	}
	var report []byte
	if len(offer.Evidence.Content) > 0 {
		report, err = s.Compress(offer.Evidence.Content)
	}
	return prepared{compressed: compressed, report: report, notices: offer.says.notices, Contract: Contract{
		Name: offer.Name, ContentType: offer.ContentType, Evidence: offer.Evidence,
		Document: Document{
			SHA: SHAOf(offer.Content), Specification: offer.says.specification, Version: offer.says.version, Size: len(offer.Content),
		},
	}}, err
}

func (s *Service) publish(ctx context.Context, tx Tx, submission Submission, offers []prepared) (Answer, error) {
	provider, err := pacticipants.FindOrCreate(ctx, tx, submission.Provider)
	if err != nil {
		return Answer{}, err
	}
	v, created, err := s.version(ctx, tx, provider, submission)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{Version: v, VersionCreated: created}
	before, err := tx.ContractsPublishedBy(ctx, v.ID)
	if err != nil {
		return answer, err
	}
	if err := refuseChange(ctx, tx, v, before, offers); err != nil {
		return answer, err
	}
	changed := false
	for _, offer := range offers {
		p, err := s.store(ctx, tx, v, before, offer)
		if err != nil {
			return answer, err
		}
		changed = changed || p.Change != Unchanged
		answer.Contracts = append(answer.Contracts, p)
	}
	if !changed {
		return answer, nil
	}
	return answer, s.changed(ctx, tx, v, answer)
}

// version makes the version with its branch and tags, as publishing a pact does.
func (s *Service) version(ctx context.Context, tx Tx, provider pacticipants.Pacticipant, q Submission) (versions.Version, bool, error) {
	v, created, err := versions.Put(ctx, tx, provider, q.Version, q.BuildURL)
	if err != nil {
		return v, created, err
	}
	if q.Branch != "" {
		if _, _, err := s.Automatic.PutOnBranch(ctx, tx, v, q.Branch); err != nil {
			return v, created, err
		}
	}
	for _, tag := range q.Tags {
		if _, _, err := s.Automatic.PutTag(ctx, tx, v, tag); err != nil {
			return v, created, err
		}
	}
	return v, created, nil
}

// refuseChange returns a Conflict fault if the version is in use and would
// promise something else, or more, from now on: what was decided for it would be void.
func refuseChange(ctx context.Context, tx Tx, v versions.Version, before []Contract, offers []prepared) error {
	for _, offer := range offers {
		known := named(before, offer.Name)
		if len(before) == 0 || known != nil && known.Document.SHA == offer.Document.SHA {
			continue
		}
		places, err := tx.PlacesOf(ctx, v.ID)
		if err != nil {
			return err
		}
		if len(places) > 0 && known == nil {
			return fault.New(fault.Conflict, "%s version %s is in %s and has published its contracts, none of them named %s. Publish the new one with a version of its own.",
				v.Pacticipant, v.Number, strings.Join(places, " and "), offer.Name)
		}
		if len(places) > 0 {
			return fault.New(fault.Conflict, "%s version %s is in %s and has published another contract named %s. Publish the changed one with a version of its own.",
				v.Pacticipant, v.Number, strings.Join(places, " and "), offer.Name)
		}
	}
	return nil
}

func named(contracts []Contract, name string) *Contract {
	i := slices.IndexFunc(contracts, func(c Contract) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &contracts[i]
}

// store keeps what the version promises under a name, unless it is there.
func (s *Service) store(ctx context.Context, tx Tx, v versions.Version, before []Contract, offer prepared) (Published, error) {
	c := offer.Contract
	c.ProviderID, c.Provider, c.VersionID, c.VersionNumber = v.PacticipantID, v.Pacticipant, v.ID, v.Number
	c.Document.ProviderID = v.PacticipantID
	c.CreatedAt, c.UpdatedAt = tx.Now(), tx.Now()
	p := Published{Contract: c, Change: Created}
	if known := named(before, c.Name); known != nil {
		p.Contract.CreatedAt = known.CreatedAt
		if c.Evidence.Missing() && known.Document.SHA == c.Document.SHA {
			// A build that has lost its report does not undo what another has found.
			c.Evidence, p.Contract.Evidence = known.Evidence, known.Evidence
		}
		if p.Change = changeOf(*known, c); p.Change == Unchanged {
			p.Contract = *known
			return p, nil
		}
	}
	var err error
	if p.Contract.Document.ID, err = tx.AddDocument(ctx, c.Document, offer.compressed); err != nil {
		return p, err
	}
	return p, tx.PutContract(ctx, p.Contract, offer.report)
}

func changeOf(known, c Contract) Change {
	switch {
	case known.Document.SHA != c.Document.SHA:
		return Replaced
	case !known.Evidence.same(c.Evidence), known.ContentType != c.ContentType:
		return EvidenceChanged
	}
	return Unchanged
}

// same reports whether the evidence says the same, in the same words.
func (e Evidence) same(other Evidence) bool {
	return e.word() == other.word() && e.SHA == other.SHA && e.ContentType == other.ContentType &&
		e.Format == other.Format && e.Verifier == other.Verifier && e.VerifierVersion == other.VerifierVersion
}

// changed writes down all that follows from other contracts of the version.
func (s *Service) changed(ctx context.Context, tx Tx, v versions.Version, answer Answer) error {
	all, err := tx.ContractsPublishedBy(ctx, v.ID)
	if err != nil {
		return err
	}
	if err := tx.UpdateContractsKey(ctx, v, KeyOf(all)); err != nil {
		return err
	}
	for _, p := range answer.Contracts {
		if p.Change == Unchanged {
			continue
		}
		fact := events.Fact{Type: events.ProviderContractPublished, Subject: v.Pacticipant, Data: events.Data{
			Provider: v.Pacticipant, ProviderVersion: v.Number, ContentSHA: p.Contract.Document.SHA, Success: p.Contract.Evidence.Success,
		}}
		if err := tx.Announce(ctx, fact); err != nil {
			return err
		}
	}
	return tx.EnqueueComparisons(ctx, Subject{ProviderVersion: v.ID})
}
