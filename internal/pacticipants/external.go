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

// ExternalReader reads which applications are external.
type ExternalReader interface {
	// ExternalOf returns, by id, those of the applications that are external.
	ExternalOf(ctx context.Context, pacticipantIDs ...int64) (map[int64]External, error)
}

// MarkExternal keeps that the application is external: since the time that is given,
// or else since it was marked first. It returns a NotFound fault for an unknown
// application.
func (s *Service) MarkExternal(ctx context.Context, name string, mark External) (p Pacticipant, e External, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.ManageApplications, name); err != nil {
			return err
		}
		if p, err = Get(ctx, tx, "pacticipant", name); err != nil {
			return err
		}
		if p, err = tx.LockPacticipant(ctx, p); err != nil {
			return err
		}
		marked, err := tx.ExternalOf(ctx, p.ID)
		if err != nil {
			return err
		}
		before, is := marked[p.ID]
		if err := CheckNewText("reason", mark.Reason, before.Reason); err != nil {
			return err
		}
		e = mark
		switch {
		case e.Since.IsZero() && is:
			e.Since = before.Since
		case e.Since.IsZero():
			e.Since = tx.Now()
		}
		if is && e.Since.Equal(before.Since) && e.Reason == before.Reason {
			return nil
		}
		if err := tx.SetExternal(ctx, p, &e); err != nil {
			return err
		}
		noteExternal(ctx, p, before, e)
		return announceChange(ctx, tx, p, "external")
	})
	return p, e, err
}

// UnmarkExternal makes the application one that is not external. It returns a NotFound
// fault if the application is unknown or not external.
func (s *Service) UnmarkExternal(ctx context.Context, name string) error {
	return s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		p, err := getToChange(ctx, tx, name)
		if err != nil {
			return err
		}
		if p, err = tx.LockPacticipant(ctx, p); err != nil {
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
func (s *Service) External(ctx context.Context, name string) (p Pacticipant, e External, err error) {
	var missing error
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if p, missing = Get(ctx, tx, "pacticipant", name); missing == nil {
			e, missing = external(ctx, tx, p)
		}
		if fault.Is(missing, fault.NotFound) {
			return nil // a part that fails undoes the whole, and a change on condition looks first
		}
		return missing
	})
	if err == nil {
		err = missing
	}
	return p, e, err
}

// noteExternal notes in the audit what is said of an external application.
func noteExternal(ctx context.Context, p Pacticipant, before, after External) {
	audit.Changed(ctx, "external, "+p.Name, !before.Since.IsZero(), !after.Since.IsZero())
	audit.Changed(ctx, "reason, "+p.Name, before.Reason, after.Reason)
	if !before.Since.IsZero() && !after.Since.IsZero() {
		audit.Changed(ctx, "external since, "+p.Name, before.Since.UTC().Format(time.RFC3339), after.Since.UTC().Format(time.RFC3339))
	}
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
