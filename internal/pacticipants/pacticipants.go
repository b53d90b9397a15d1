// Package pacticipants knows the applications that take part in contracts:
// their names, repositories, labels and main branches.
package pacticipants

import (
	"context"
	"time"

	"accord/internal/support/fault"
)

// Pacticipant is an application that consumes or provides contracts. Empty
// texts stand for absent ones.
type Pacticipant struct {
	ID                  int64
	Name                string
	DisplayName         string
	RepositoryURL       string
	RepositoryName      string
	RepositoryNamespace string
	// MainBranch is the branch whose head counts by default.
	MainBranch string
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Finder looks applications up.
type Finder interface {
	// FindPacticipant returns the application with the name, if there is one.
	FindPacticipant(ctx context.Context, name string) (Pacticipant, bool, error)
}

// Writer keeps applications, inside one transaction.
type Writer interface {
	Finder
	// AddPacticipant stores a new application, or returns the one that another
	// writer has stored meanwhile.
	AddPacticipant(ctx context.Context, p Pacticipant) (Pacticipant, error)
	// UpdatePacticipant replaces everything but the name.
	UpdatePacticipant(ctx context.Context, p Pacticipant) error
}

// Get returns the application or the NotFound fault that clients print. The
// role is the one in which it was asked for: pacticipant, consumer, provider.
func Get(ctx context.Context, tx Finder, role, name string) (Pacticipant, error) {
	p, found, err := tx.FindPacticipant(ctx, name)
	if err != nil {
		return Pacticipant{}, err
	}
	if !found {
		return Pacticipant{}, fault.NoPacticipant(role, name)
	}
	return p, nil
}

// FindOrCreate returns the application, making it with a display name derived
// from its name if it is not known yet. Callers that need several pass them in
// the order of their names, so that no two writers wait for each other.
func FindOrCreate(ctx context.Context, tx Writer, name string) (Pacticipant, error) {
	p, found, err := tx.FindPacticipant(ctx, name)
	if err != nil || found {
		return p, err
	}
	return tx.AddPacticipant(ctx, Pacticipant{Name: name, DisplayName: DisplayName(name)})
}
