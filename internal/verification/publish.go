package verification

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// Recorded is a result that was just recorded, and what it concerns.
type Recorded struct {
	Result Result
	// Pact is a publication of the content, that of the version which the
	// metadata names if it names one.
	Pact contracts.Publication
	// Version is the provider's.
	Version versions.Version
	// Metadata is what the address to which the result was sent remembered of
	// how the content was selected.
	Metadata contracts.Metadata
}

// Tx is what recording results needs inside one transaction.
type Tx interface {
	access.LabelReader
	versions.Writer
	FindPact(ctx context.Context, which contracts.PactQuery) (contracts.Publication, bool, error)
	ResultByNumber(ctx context.Context, contentID, number int64) (Result, bool, error)
	LatestResult(ctx context.Context, contentID int64) (Result, bool, error)
	// AddResult stores a result, which from now on is the one that counts for
	// its content and provider version, with its test results compressed, and returns
	// it with its number.
	AddResult(ctx context.Context, r Result, tests []byte) (Result, error)
	// RemoveResult deletes a result; the one before it counts again.
	RemoveResult(ctx context.Context, r Result) error
	// HasOtherSuccess reports whether the content had a success that counted before
	// the result was added.
	HasOtherSuccess(ctx context.Context, r Result) (bool, error)
	// VersionsVerified returns, of the consumer versions with these numbers or ids
	// that say the content, those each of whose contracts has a success that
	// counts. Of two transactions that add the last successes one sees both.
	VersionsVerified(ctx context.Context, contentID int64, numbers []string, ids []int64) ([]versions.Version, error)
	// AnnounceVerified tells those who listen, within the transaction.
	AnnounceVerified(ctx context.Context, r Recorded) error
}

// Service records results.
type Service struct {
	compress func([]byte) ([]byte, error)
	inTx     func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
}

// NewService returns a service that works in transactions that inTx opens; compress
// makes test results as small as they are stored.
func NewService(compress func([]byte) ([]byte, error), inTx func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error) *Service {
	return &Service{compress: compress, inTx: inTx}
}

// Prepare does what recording the result costs without the store: Publish then need not do
// it, which may run within a transaction that holds others up.
func (s *Service) Prepare(submission Submission) (Submission, error) {
	if len(submission.TestResults) == 0 || submission.compressed != nil {
		return submission, nil
	}
	var err error
	submission.compressed, err = s.compress(submission.TestResults)
	return submission, err
}

// Publish records a result for the content that is named by its sha. The
// provider's version is made if it is not known yet. It returns a NotFound
// fault if nobody has published the content, or not any more.
func (s *Service) Publish(ctx context.Context, which contracts.PactQuery, metadata contracts.Metadata, submission Submission) (recorded Recorded, err error) {
	which.Among, which.AmongID = metadata.ConsumerVersions()
	if submission, err = s.Prepare(submission); err != nil {
		return recorded, err
	}
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.Verify, which.Provider); err != nil {
			return err
		}
		pact, err := findPact(ctx, tx, which)
		if err != nil {
			return err
		}
		v, _, err := versions.FindOrCreate(ctx, tx, pacticipants.Pacticipant{ID: pact.ProviderID, Name: pact.Provider}, submission.ProviderVersion)
		if err != nil {
			return err
		}
		result, err := resultOf(pact, v, metadata, submission)
		if err != nil {
			return err
		}
		if result, err = tx.AddResult(ctx, result, submission.compressed); err != nil {
			return err
		}
		recorded = Recorded{Result: result, Pact: pact, Version: v, Metadata: metadata}
		if err := tx.AnnounceVerified(ctx, recorded); err != nil {
			return err
		}
		return announceComplete(ctx, tx, recorded, which)
	})
	return recorded, err
}

// announceComplete announces those of the consumer versions for which the
// content was selected that waited for this success alone.
func announceComplete(ctx context.Context, tx Tx, r Recorded, which contracts.PactQuery) error {
	if !r.Result.Success {
		return nil
	}
	had, err := tx.HasOtherSuccess(ctx, r.Result)
	if err != nil || had {
		return err
	}
	complete, err := tx.VersionsVerified(ctx, r.Result.ContentID, which.Among, append(slices.Clone(which.AmongID), r.Pact.VersionID))
	if err != nil {
		return err
	}
	for _, v := range complete {
		if err := tx.Announce(ctx, contracts.AllVerified(v)); err != nil {
			return err
		}
	}
	return nil
}

func resultOf(pact contracts.Publication, v versions.Version, metadata contracts.Metadata, s Submission) (Result, error) {
	selectors, err := selectorsText(metadata.Selectors)
	return Result{
		IntegrationID: pact.IntegrationID, ContentID: pact.ContentID, ProviderVersion: v.ID, ProviderNumber: v.Number,
		Success: s.Success, WIP: metadata.WIP, Pending: metadata.Pending, ExecutedAt: s.ExecutedAt, BuildURL: s.BuildURL,
		VerifiedBy: s.VerifiedBy, Selectors: selectors, TestResults: s.TestResults,
	}, err
}

// selectorsText is the form in which the selectors are kept with the result.
func selectorsText(selectors []contracts.SelectorMetadata) ([]byte, error) {
	if len(selectors) == 0 {
		return nil, nil
	}
	kept := make([]map[string]any, len(selectors))
	for i, s := range selectors {
		kept[i] = map[string]any{}
		for name, text := range map[string]string{"branch": s.Branch, "tag": s.Tag, "environment": s.Environment, "consumer_version": s.ConsumerVersion} {
			if text != "" {
				kept[i][name] = text
			}
		}
		if s.Latest {
			kept[i]["latest"] = true
		}
		if s.ConsumerVersionID != 0 {
			kept[i]["consumer_version_id"] = s.ConsumerVersionID
		}
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return nil, fmt.Errorf("keep selectors of result: %w", err)
	}
	return text, nil
}

// Delete removes a result for the content; the one before it, for the same
// version of the provider, counts again. It returns a NotFound fault if there
// is no such result.
func (s *Service) Delete(ctx context.Context, which contracts.PactQuery, number int64) error {
	return s.remove(ctx, which, func(ctx context.Context, tx Tx, contentID int64) (Result, bool, error) {
		return tx.ResultByNumber(ctx, contentID, number)
	})
}

// DeleteLatest removes the newest result for the content of the pact. It
// returns a NotFound fault if there is none.
func (s *Service) DeleteLatest(ctx context.Context, which contracts.PactQuery) error {
	return s.remove(ctx, which, func(ctx context.Context, tx Tx, contentID int64) (Result, bool, error) {
		return tx.LatestResult(ctx, contentID)
	})
}

func (s *Service) remove(ctx context.Context, which contracts.PactQuery, find func(ctx context.Context, tx Tx, contentID int64) (Result, bool, error)) error {
	return s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.ManageApplications, which.Provider); err != nil {
			return err
		}
		pact, err := findPact(ctx, tx, which)
		if err != nil {
			return err
		}
		result, found, err := find(ctx, tx, pact.ContentID)
		if err != nil {
			return err
		}
		if !found {
			return fault.Missing("the pact has no such result")
		}
		if err := tx.RemoveResult(ctx, result); err != nil {
			return err
		}
		return tx.Announce(ctx, events.Fact{Type: events.VerificationDeleted, Subject: pact.Provider, Data: events.Data{
			Consumer: pact.Consumer, Provider: pact.Provider, ProviderVersion: result.ProviderNumber, ContentSHA: pact.SHA,
			ResultNumber: result.Number, Success: &result.Success,
		}})
	})
}

func findPact(ctx context.Context, tx Tx, which contracts.PactQuery) (contracts.Publication, error) {
	pact, found, err := tx.FindPact(ctx, which)
	if err == nil && !found {
		err = contracts.NoPact(which)
	}
	return pact, err
}
