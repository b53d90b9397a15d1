// Package integrations knows the pairs of a consumer and a provider: which there
// are, and how one goes with everything that only it needs.
package integrations

import (
	"context"
	"time"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// Integration is a pair, and when something was last published for it: a
// contract or a result.
type Integration struct {
	contracts.Integration
	// ActiveAt is zero if nothing is left of what was published.
	ActiveAt time.Time
}

// Query says which pairs are asked for, and which part of them.
type Query struct {
	// Search is part of the name of either application; upper and lower case
	// count the same.
	Search string
	// Limit is how many are wanted, 0 for all, behind the first Offset.
	Limit, Offset int
}

// Reader reads lists of pairs.
type Reader interface {
	// Integrations returns the pairs that fit, those last active first, and how
	// many fit without regard to Limit and Offset.
	Integrations(ctx context.Context, which Query) (found []Integration, total int, err error)
}

// Tx is what deleting pairs needs inside one transaction.
type Tx interface {
	access.LabelReader
	pacticipants.Reader
	pacticipants.PresentNameReader
	events.Announcer
	// PacticipantNames returns the names of all applications.
	PacticipantNames(ctx context.Context) ([]string, error)
	FindIntegration(ctx context.Context, consumerID, providerID int64) (contracts.Integration, bool, error)
	// RemoveIntegration hides the pair with its contracts and results, which are
	// purged later, and deletes the webhooks that are set on exactly this pair. Nobody
	// makes a pair with one of the two again until the transaction ends.
	RemoveIntegration(ctx context.Context, i contracts.Integration) error
	// IsUsed reports whether a pair or a webhook names the application.
	IsUsed(ctx context.Context, p pacticipants.Pacticipant) (bool, error)
	// RemovePacticipant hides the application with all that it owns.
	RemovePacticipant(ctx context.Context, p pacticipants.Pacticipant) error
	// RemoveUnusedVersions deletes the versions of the application that have
	// neither a contract, as consumer or provider, nor a result.
	RemoveUnusedVersions(ctx context.Context, p pacticipants.Pacticipant) error
	// RemoveEverything hides all applications and pairs and deletes all webhooks.
	// Environments stay.
	RemoveEverything(ctx context.Context) error
}

// Service deletes pairs.
type Service struct {
	inTx func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
}

// NewService returns a service that works in transactions that inTx opens.
func NewService(inTx func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error) *Service {
	return &Service{inTx: inTx}
}

// Remove deletes the pair with its contracts and results, then the versions of
// both applications that are left without any contract or result, then each
// application that nothing else uses. Two applications that are no pair stay as
// they are. It returns a NotFound fault if one of the two is unknown, and a Conflict
// for a former name.
func (s *Service) Remove(ctx context.Context, consumer, provider string) error {
	return s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.ManageApplications, consumer, provider); err != nil {
			return err
		}
		if err := pacticipants.RequirePresentNames(ctx, tx, consumer, provider); err != nil {
			return err
		}
		c, p, err := contracts.Pair(ctx, tx, consumer, provider)
		if err != nil {
			return err
		}
		pair, found, err := tx.FindIntegration(ctx, c.ID, p.ID)
		if err != nil || !found {
			return err
		}
		if err := tx.RemoveIntegration(ctx, pair); err != nil {
			return err
		}
		if err := tx.Announce(ctx, events.Fact{Type: events.IntegrationDeleted, Subject: c.Name, Data: events.Data{Consumer: c.Name, Provider: p.Name}}); err != nil {
			return err
		}
		if err := removeUnused(ctx, tx, c); err != nil || c.ID == p.ID {
			return err
		}
		return removeUnused(ctx, tx, p)
	})
}

// removeUnused deletes what nothing needs any more of an application that has
// lost a pair.
func removeUnused(ctx context.Context, tx Tx, p pacticipants.Pacticipant) error {
	used, err := tx.IsUsed(ctx, p)
	if err != nil {
		return err
	}
	if !used {
		if err := tx.RemovePacticipant(ctx, p); err != nil {
			return err
		}
		return tx.Announce(ctx, p.Deleted())
	}
	return tx.RemoveUnusedVersions(ctx, p)
}

// RemoveAll deletes every application with all that it owns. Environments stay.
func (s *Service) RemoveAll(ctx context.Context) error {
	return s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.Administer); err != nil {
			return err
		}
		names, err := tx.PacticipantNames(ctx)
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := tx.Announce(ctx, pacticipants.Pacticipant{Name: name}.Deleted()); err != nil {
				return err
			}
		}
		return tx.RemoveEverything(ctx)
	})
}
