// Package pacticipants knows the applications that take part in contracts:
// their names, repositories, labels and main branches.
package pacticipants

import (
	"context"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/fault"
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
	// Changed tells that something was changed since it was made, be it in the same
	// transaction, whose time is one.
	Changed bool
}

// Reader looks applications up.
type Reader interface {
	// FindPacticipant returns the application that has the name, or had it before, if
	// there is one.
	FindPacticipant(ctx context.Context, name string) (Pacticipant, bool, error)
}

// Writer keeps applications, inside one transaction.
type Writer interface {
	Reader
	events.Announcer
	events.Clock
	// AddPacticipant stores a new application. If another writer has stored it
	// meanwhile, the transaction begins again.
	AddPacticipant(ctx context.Context, p Pacticipant) (Pacticipant, error)
	// LockPacticipant keeps other writers away from the application and what it
	// owns until the transaction ends, and returns it as it is then.
	LockPacticipant(ctx context.Context, p Pacticipant) (Pacticipant, error)
	// UpdatePacticipant replaces everything but the name; lock it first.
	UpdatePacticipant(ctx context.Context, p Pacticipant) error
}

// Get returns the application or the NotFound fault that clients print. The
// role is the one in which it was asked for: pacticipant, consumer, provider.
func Get(ctx context.Context, tx Reader, role, name string) (Pacticipant, error) {
	p, found, err := tx.FindPacticipant(ctx, name)
	if err != nil {
		return Pacticipant{}, err
	}
	if !found {
		return Pacticipant{}, fault.NoPacticipant(role, name)
	}
	return p, nil
}

// NameReader reads the names of all applications.
type NameReader interface {
	PacticipantNames(ctx context.Context) ([]string, error)
}

// Unknown is the NotFound fault of Get, which says in addition which of the names that
// there are may have been meant: for the questions that people type.
func Unknown(ctx context.Context, tx NameReader, role, name string) error {
	names, err := tx.PacticipantNames(ctx)
	if err != nil {
		return err
	}
	return fault.NoPacticipant(role, name).Adding(Suggest(name, names))
}

// FindOrCreate returns the application, making it with a display name derived
// from its name if it is not known yet. Callers that need several pass them in
// the order of their names, so that no two writers wait for each other.
func FindOrCreate(ctx context.Context, tx Writer, name string) (Pacticipant, error) {
	p, found, err := tx.FindPacticipant(ctx, name)
	if err != nil || found {
		return p, err
	}
	return add(ctx, tx, Pacticipant{Name: name, DisplayName: DisplayName(name)})
}

func add(ctx context.Context, tx Writer, p Pacticipant) (Pacticipant, error) {
	if err := CheckNewName("name", p.Name); err != nil {
		return p, err
	}
	p, err := tx.AddPacticipant(ctx, p)
	if err != nil {
		return p, err
	}
	audit.Changed(ctx, "application", nil, p.Name)
	audit.Changed(ctx, "main branch of "+p.Name, "", p.MainBranch)
	return p, tx.Announce(ctx, p.fact(events.PacticipantCreated))
}

// Change keeps what is said of a known application, and announces what differs
// from before.
func Change(ctx context.Context, tx Writer, before, p Pacticipant) error {
	p.UpdatedAt, p.Changed = tx.Now(), true
	if err := tx.UpdatePacticipant(ctx, p); err != nil {
		return err
	}
	var changed []string
	for _, property := range []struct {
		name         string
		before, then string
	}{
		{"display_name", before.DisplayName, p.DisplayName}, {"main_branch", before.MainBranch, p.MainBranch},
		{"repository_name", before.RepositoryName, p.RepositoryName}, {"repository_namespace", before.RepositoryNamespace, p.RepositoryNamespace},
		{"repository_url", before.RepositoryURL, p.RepositoryURL},
	} {
		audit.Changed(ctx, strings.ReplaceAll(property.name, "_", " ")+" of "+p.Name, property.before, property.then)
		if property.before != property.then {
			changed = append(changed, property.name)
		}
	}
	return announceChange(ctx, tx, p, changed...)
}

// announceChange announces that these properties have changed, if any has.
func announceChange(ctx context.Context, tx Writer, p Pacticipant, properties ...string) error {
	if len(properties) == 0 {
		return nil
	}
	fact := p.fact(events.PacticipantChanged)
	fact.Data.Properties = properties
	return tx.Announce(ctx, fact)
}

// Deleted is the fact that the application is no more.
func (p Pacticipant) Deleted() events.Fact { return p.fact(events.PacticipantDeleted) }

func (p Pacticipant) fact(what events.Type) events.Fact {
	return events.Fact{Type: what, Subject: p.Name, Data: events.Data{Pacticipant: p.Name}}
}
