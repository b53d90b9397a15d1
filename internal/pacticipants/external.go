package pacticipants

import (
	"context"
	"time"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/support/fault"
)

// External says that an application belongs to somebody who verifies no
// contracts, such as another company, and why one relies on it all the same.
type External struct {
	Since  time.Time
	Reason string
}

// ExternalFinder reads which applications are external.
type ExternalFinder interface {
	// ExternalOf returns, by id, those of the applications that are external.
	ExternalOf(ctx context.Context, pacticipantIDs ...int64) (map[int64]External, error)
}

// MarkExternal keeps that the application is external: since now, unless a time
// is given. It returns a NotFound fault for an unknown application.
func (s *Service) MarkExternal(ctx context.Context, name string, e External) (External, error) {
	err := s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.ManageApplications, name); err != nil {
			return err
		}
		p, err := Get(ctx, tx, "pacticipant", name)
		if err != nil {
			return err
		}
		if e.Since.IsZero() {
			e.Since = tx.Now()
		}
		before, err := tx.ExternalOf(ctx, p.ID)
		if err != nil {
			return err
		}
		if err := tx.SetExternal(ctx, p, &e); err != nil {
			return err
		}
		noteExternal(ctx, p, before[p.ID], e)
		return announceChange(ctx, tx, p, "external")
	})
	return e, err
}

// UnmarkExternal makes the application one that is not external. It returns a NotFound
// fault if the application is unknown or not external.
func (s *Service) UnmarkExternal(ctx context.Context, name string) error {
	return s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.ManageApplications, name); err != nil {
			return err
		}
		p, err := Get(ctx, tx, "pacticipant", name)
		if err != nil {
			return err
		}
		before, err := external(ctx, tx, p)
		if err != nil {
			return err
		}
		if err := tx.SetExternal(ctx, p, nil); err != nil {
			return err
		}
		noteExternal(ctx, p, before, External{})
		return announceChange(ctx, tx, p, "external")
	})
}

// External returns since when the application is external and why. It returns a
// NotFound fault if it is unknown or not external.
func (s *Service) External(ctx context.Context, name string) (e External, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		p, err := Get(ctx, tx, "pacticipant", name)
		if err != nil {
			return err
		}
		e, err = external(ctx, tx, p)
		return err
	})
	return e, err
}

// noteExternal notes in the audit what is said of an external application.
func noteExternal(ctx context.Context, p Pacticipant, before, after External) {
	audit.Changed(ctx, "external, "+p.Name, !before.Since.IsZero(), !after.Since.IsZero())
	audit.Changed(ctx, "reason, "+p.Name, before.Reason, after.Reason)
}

func external(ctx context.Context, tx Tx, p Pacticipant) (External, error) {
	found, err := tx.ExternalOf(ctx, p.ID)
	if err != nil {
		return External{}, err
	}
	e, is := found[p.ID]
	if !is {
		return e, fault.Missing("%s is not marked as external.", p.Name).Coded("not_external", "Mark it with PUT if nobody verifies its contracts.")
	}
	return e, nil
}
