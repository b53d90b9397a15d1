package versions

import (
	"context"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// BranchState says whether somebody works on a branch.
type BranchState string

// The states of a branch.
const (
	// ActiveBranch is one on which something came not long ago, or the main branch.
	ActiveBranch BranchState = "active"
	// StaleBranch is one on which nothing has come for long.
	StaleBranch BranchState = "stale"
	// ClosedBranch is one of which somebody, or the version control system, has said
	// that it is done with.
	ClosedBranch BranchState = "closed"
)

// Life is what the state of a branch follows from.
type Life struct {
	Main, Closed bool
	// UpdatedAt is when a version was put on it last.
	UpdatedAt time.Time
}

// State is the state of a branch that is stale if nothing came since a moment.
func (l Life) State(staleBefore time.Time) BranchState {
	switch {
	case l.Main:
		return ActiveBranch
	case l.Closed:
		return ClosedBranch
	case l.UpdatedAt.Before(staleBefore):
		return StaleBranch
	}
	return ActiveBranch
}

// Ages says when branches become stale.
type Ages struct {
	// LivingFor is how long a branch lives on which nothing new comes.
	LivingFor time.Duration
	Now       func() time.Time
}

// StaleBefore is the moment since when something must have come to a branch.
func (a Ages) StaleBefore() time.Time { return a.Now().Add(-a.LivingFor) }

// StateOf is the state of a branch of the application.
func (a Ages) StateOf(p pacticipants.Pacticipant, b Branch) BranchState {
	return Life{Main: b.Name == p.MainBranch, Closed: !b.ClosedAt.IsZero(), UpdatedAt: b.UpdatedAt}.State(a.StaleBefore())
}

// StateAt is the state of a branch that a version of the application is on.
func (a Ages) StateAt(p pacticipants.Pacticipant, b BranchVersion) BranchState {
	return a.StateOf(p, Branch{Name: b.Branch, UpdatedAt: b.BranchUpdatedAt, ClosedAt: b.BranchClosedAt})
}

// BranchQuery says which branches of an application to list, by their names.
type BranchQuery struct {
	Pacticipant pacticipants.Pacticipant
	// State is the only one to list; "" for all.
	State       BranchState
	StaleBefore time.Time
	// After is the name behind which the list begins, Limit how many it has at most.
	After string
	Limit int
}

// CloseBranch keeps that nobody works on the branch any more; one that is closed
// stays as it is. It returns a NotFound fault for an unknown branch, and a Conflict
// for the main branch.
func (s *Service) CloseBranch(ctx context.Context, pacticipant, branch string) (p pacticipants.Pacticipant, b Branch, err error) {
	err = s.changeBranch(ctx, pacticipant, branch, func(ctx context.Context, tx Tx) error {
		if p, b, err = lockBranch(ctx, tx, pacticipant, branch); err != nil {
			return err
		}
		if b.Name == p.MainBranch {
			return fault.New(fault.Conflict, "%s is the main branch of %s, which is never closed.", b.Name, p.Name).
				Coded("", "Close another branch, or make another one the main branch first.")
		}
		b, err = closeBranch(ctx, tx, p, b)
		return err
	})
	return p, b, err
}

// ReopenBranch keeps that somebody works on the branch again; one that is open stays
// as it is. It returns a NotFound fault for an unknown branch.
func (s *Service) ReopenBranch(ctx context.Context, pacticipant, branch string) (p pacticipants.Pacticipant, b Branch, err error) {
	err = s.changeBranch(ctx, pacticipant, branch, func(ctx context.Context, tx Tx) error {
		if p, b, err = lockBranch(ctx, tx, pacticipant, branch); err != nil || b.ClosedAt.IsZero() {
			return err
		}
		b.ClosedAt = time.Time{}
		return setClosed(ctx, tx, p, b, events.BranchReopened)
	})
	return p, b, err
}

func (s *Service) changeBranch(ctx context.Context, pacticipant, branch string, change func(ctx context.Context, tx Tx) error) error {
	return s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.MakeVersions, pacticipant); err != nil {
			return err
		}
		return change(ctx, tx)
	})
}

// lockBranch returns the branch as it stays until the transaction ends.
func lockBranch(ctx context.Context, tx Tx, pacticipant, branch string) (pacticipants.Pacticipant, Branch, error) {
	p, err := pacticipants.Get(ctx, tx, "pacticipant", pacticipant)
	if err != nil {
		return p, Branch{}, err
	}
	if p, err = tx.LockPacticipant(ctx, p); err != nil {
		return p, Branch{}, err
	}
	b, found, err := tx.FindBranch(ctx, p, branch)
	if err == nil && !found {
		err = fault.Missing("no branch %s of %s", branch, pacticipant)
	}
	return p, b, err
}

func closeBranch(ctx context.Context, tx Tx, p pacticipants.Pacticipant, b Branch) (Branch, error) {
	if !b.ClosedAt.IsZero() {
		return b, nil
	}
	b.ClosedAt = tx.Now()
	return b, setClosed(ctx, tx, p, b, events.BranchClosed)
}

func setClosed(ctx context.Context, tx Tx, p pacticipants.Pacticipant, b Branch, what events.Type) error {
	if err := tx.SetBranchClosed(ctx, b); err != nil {
		return err
	}
	isClosed := !b.ClosedAt.IsZero()
	audit.Changed(ctx, "branch "+b.Name+" of "+p.Name+" is closed", !isClosed, isClosed)
	return tx.Announce(ctx, events.Fact{Type: what, Subject: p.Name, Data: events.Data{Pacticipant: p.Name, Branch: b.Name}})
}

// Closing is what came of closing a branch of an application that was deleted in
// version control.
type Closing struct {
	Application string
	Outcome     ClosingOutcome
}

// ClosingOutcome says what came of it.
type ClosingOutcome string

// The outcomes.
const (
	Closed        ClosingOutcome = "closed"
	AlreadyClosed ClosingOutcome = "already_closed"
	IsMainBranch  ClosingOutcome = "main_branch"
	NoSuchBranch  ClosingOutcome = "no_such_branch"
)

// CloseDeleted closes the branch in all applications whose repository is one of
// these, and says of each what came of it. Nobody is asked for permission: the
// version control system must have proven who it is.
func (s *Service) CloseDeleted(ctx context.Context, repositories []pacticipants.Repository, branch string) (closings []Closing, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		closings = nil
		found, err := applicationsOf(ctx, tx, repositories)
		if err != nil {
			return err
		}
		for _, p := range found {
			if p, err = tx.LockPacticipant(ctx, p); err != nil {
				return err
			}
			outcome, err := closeDeleted(ctx, tx, p, branch)
			if err != nil {
				return err
			}
			closings = append(closings, Closing{Application: p.Name, Outcome: outcome})
		}
		return nil
	})
	return closings, err
}

// applicationsOf are those whose repository is one of these, in the order in which
// they are locked.
func applicationsOf(ctx context.Context, tx Tx, repositories []pacticipants.Repository) (applications []pacticipants.Pacticipant, err error) {
	var names []string
	for _, r := range repositories {
		names = append(names, r.Name())
	}
	found, err := tx.PacticipantsWithRepository(ctx, slices.Compact(names)...)
	for _, p := range found {
		if r, is := pacticipants.ParseRepository(p.RepositoryURL); is && slices.Contains(repositories, r) {
			applications = append(applications, p)
		}
	}
	return applications, err
}

func closeDeleted(ctx context.Context, tx Tx, p pacticipants.Pacticipant, branch string) (ClosingOutcome, error) {
	b, found, err := tx.FindBranch(ctx, p, branch)
	switch {
	case err != nil:
		return "", err
	case branch == p.MainBranch:
		return IsMainBranch, nil
	case !found:
		return NoSuchBranch, nil
	case !b.ClosedAt.IsZero():
		return AlreadyClosed, nil
	}
	_, err = closeBranch(ctx, tx, p, b)
	return Closed, err
}
