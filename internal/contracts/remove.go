package contracts

import (
	"context"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// RemovePact deletes what a consumer version has published for a provider, with
// all its revisions. The version, the content and its results stay. It returns
// whether the pair has pacts left, and a NotFound fault if there was nothing.
func (s *Service) RemovePact(ctx context.Context, consumer, provider, number string) (left bool, err error) {
	removed, left, err := s.remove(ctx, consumer, provider, Query{Number: number})
	if err == nil && removed == 0 {
		err = fault.Missing("version %s of %s has no pact with %s", number, consumer, provider)
	}
	return left, err
}

// RemovePacts deletes the publications of a pair that a listing finds, with all
// revisions of their consumer versions. It returns whether the pair has pacts
// left, a NotFound fault if one of the two is unknown, and a Conflict for a former name.
func (s *Service) RemovePacts(ctx context.Context, consumer, provider string, which Query) (left bool, err error) {
	_, left, err = s.remove(ctx, consumer, provider, which)
	return left, err
}

func (s *Service) remove(ctx context.Context, consumer, provider string, which Query) (removed int64, left bool, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.ManageApplications, consumer); err != nil {
			return err
		}
		if which.Number == "" {
			if err := pacticipants.RequirePresentNames(ctx, tx, consumer, provider); err != nil {
				return err
			}
		}
		c, p, err := Pair(ctx, tx, consumer, provider)
		if err != nil {
			return err
		}
		which.ConsumerID, which.ProviderID = c.ID, p.ID
		if removed, err = tx.RemovePacts(ctx, which); err != nil {
			return err
		}
		if removed > 0 {
			if err := tx.Announce(ctx, which.deleted(c, p)); err != nil {
				return err
			}
		}
		_, count, err := tx.Pacts(ctx, Query{ConsumerID: c.ID, ProviderID: p.ID, LatestOnly: true})
		left = count > 0
		return err
	})
	return removed, left, err
}

// deleted is the fact that the contracts of the pair that the listing finds are
// no more.
func (l Query) deleted(c, p pacticipants.Pacticipant) events.Fact {
	return events.Fact{Type: events.ContractDeleted, Subject: c.Name, Data: events.Data{
		Consumer: c.Name, ConsumerVersion: l.Number, ConsumerVersionBranch: l.Branch, Tag: l.Tag, Provider: p.Name,
	}}
}

// Pair returns the two applications, or the NotFound fault that names the one
// that is unknown.
func Pair(ctx context.Context, finder pacticipants.Reader, consumer, provider string) (c, p pacticipants.Pacticipant, err error) {
	if c, err = pacticipants.Get(ctx, finder, "consumer", consumer); err != nil {
		return c, p, err
	}
	p, err = pacticipants.Get(ctx, finder, "provider", provider)
	return c, p, err
}
