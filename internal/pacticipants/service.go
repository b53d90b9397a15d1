package pacticipants

import (
	"context"
	"time"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Label is a word that teams put on applications to find them by.
type Label struct {
	Name      string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Tx is what changing applications needs inside one transaction.
type Tx interface {
	access.LabelReader
	Writer
	ExternalReader
	RenameTx
	// Now is the time of the transaction.
	Now() time.Time
	// SetExternal keeps that the application is external, or no longer if e is nil.
	SetExternal(ctx context.Context, p Pacticipant, e *External) error
	// RemovePacticipant hides the application with all that it owns and frees
	// its name at once; what it owned is purged later. It returns a NotFound fault
	// if another writer has removed it meanwhile.
	RemovePacticipant(ctx context.Context, p Pacticipant) error
	// LockForRemoval keeps others from changing the application, and from making
	// anything that refers to it, until the transaction ends.
	LockForRemoval(ctx context.Context, p Pacticipant) error
	// PartnersOf returns the other applications that share an integration or a
	// webhook with this one, by name.
	PartnersOf(ctx context.Context, p Pacticipant) ([]Partner, error)
	// AddLabel puts the label on the application; created is false if it has it.
	AddLabel(ctx context.Context, p Pacticipant, label string) (l Label, created bool, err error)
	// RemoveLabel takes the label off and returns what was removed, as it was written:
	// none if it was not there, several where it was there in several cases and case
	// does not count.
	RemoveLabel(ctx context.Context, p Pacticipant, label string) (removed []string, err error)
	// LabelGives reports whether a token that is accepted, a person, a team, a trust
	// rule or a secret is for the applications with the label.
	LabelGives(ctx context.Context, label string) (bool, error)
}

// Service changes applications.
type Service struct {
	// SettingsGive reports whether the settings give something for the applications with
	// a label; nil if they give nothing for any.
	SettingsGive func(label string) bool

	inTx func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
}

// NewService returns a service that works in transactions that inTx opens.
func NewService(inTx func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error) *Service {
	return &Service{inTx: inTx}
}

// Create makes an application. One that is there already stays as it is and is
// returned, as clients of the Pact Broker expect.
func (s *Service) Create(ctx context.Context, name string, said Changes) (p Pacticipant, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.ManageApplications, name); err != nil {
			return err
		}
		var found bool
		if p, found, err = tx.FindPacticipant(ctx, name); err != nil || found {
			return err
		}
		if err := said.checkNew(Pacticipant{}); err != nil {
			return err
		}
		p, err = add(ctx, tx, said.appliedTo(Pacticipant{Name: name}))
		return err
	})
	return p, err
}

// Replace gives the application what is said and takes the rest away. It
// returns a NotFound fault for an unknown one.
func (s *Service) Replace(ctx context.Context, name string, said Changes) (p Pacticipant, err error) {
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
		if err := said.checkNew(p); err != nil {
			return err
		}
		p, err = change(ctx, tx, p, said.appliedTo(Pacticipant{ID: p.ID, Name: p.Name}))
		return err
	})
	return p, err
}

// Update changes what is said of the application and leaves the rest; an unknown
// application is created.
func (s *Service) Update(ctx context.Context, name string, said Changes) (p Pacticipant, created bool, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.ManageApplications, name); err != nil {
			return err
		}
		var found bool
		if p, found, err = tx.FindPacticipant(ctx, name); err != nil {
			return err
		}
		if created = !found; created {
			if err := said.checkNew(p); err != nil {
				return err
			}
			p, err = add(ctx, tx, said.appliedTo(Pacticipant{Name: name}))
			return err
		}
		if p, err = tx.LockPacticipant(ctx, p); err != nil {
			return err
		}
		if err := said.checkNew(p); err != nil {
			return err
		}
		p, err = change(ctx, tx, p, said.appliedTo(p))
		return err
	})
	return p, created, err
}

// Delete removes the application with its versions, contracts in either role,
// results, deployments and releases. It returns a NotFound fault for an
// unknown one, a Conflict for a former name, and a Forbidden one if who asks may not
// change all that share an integration or a webhook with it.
func (s *Service) Delete(ctx context.Context, name string) error {
	return s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		p, err := getToDelete(ctx, tx, name)
		if err != nil {
			return err
		}
		if err := permitPartners(ctx, tx, "Deleting", p); err != nil {
			return err
		}
		if err := tx.RemovePacticipant(ctx, p); err != nil {
			return err
		}
		audit.Changed(ctx, "application", p.Name, nil)
		return tx.Announce(ctx, p.Deleted())
	})
}

// getToDelete is getToChange by the present name alone.
func getToDelete(ctx context.Context, tx Tx, name string) (Pacticipant, error) {
	p, err := getToChange(ctx, tx, name)
	if err != nil {
		return p, err
	}
	return p, RequirePresentNames(ctx, tx, name)
}

// getToChange returns an application that who asks may change.
func getToChange(ctx context.Context, tx Tx, name string) (Pacticipant, error) {
	if err := access.Require(ctx, tx, access.ManageApplications, name); err != nil {
		return Pacticipant{}, err
	}
	return Get(ctx, tx, "pacticipant", name)
}

// MayDelete returns the fault with which Delete would refuse who asks.
func (s *Service) MayDelete(ctx context.Context, name string) error {
	return s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		p, err := getToDelete(ctx, tx, name)
		if err != nil {
			return err
		}
		return permitPartnersOf(ctx, tx, "Deleting", p)
	})
}

// AddLabel puts the label on the application, making that if it is unknown;
// created is false if it has the label already.
func (s *Service) AddLabel(ctx context.Context, name, label string) (l Label, created bool, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.ManageApplications, name); err != nil {
			return err
		}
		p, err := FindOrCreate(ctx, tx, name)
		if err != nil {
			return err
		}
		if l, created, err = tx.AddLabel(ctx, p, label); err != nil || !created {
			return err
		}
		if err := CheckNewName("label", label); err != nil {
			return err
		}
		if err := s.permitLabel(ctx, tx, label); err != nil {
			return err
		}
		audit.Changed(ctx, "label of "+p.Name, nil, label)
		return announceChange(ctx, tx, p, "labels")
	})
	return l, created, err
}

// permitLabel returns a Forbidden fault if rights or secrets are given by the label, and
// who asks does not administer: putting it on or taking it off would change who may do
// what.
func (s *Service) permitLabel(ctx context.Context, tx Tx, label string) error {
	if access.Of(ctx).AllowsAll(access.Administer) {
		return nil
	}
	gives, err := tx.LabelGives(ctx, label)
	if err != nil || !gives && (s.SettingsGive == nil || !s.SettingsGive(label)) {
		return err
	}
	return fault.New(fault.Forbidden, "The label %s decides who may do what: a token, a person, a team, a trust rule or a secret is for the applications that have it. "+
		"Only who administers the broker puts it on an application or takes it off.", label).
		Coded("forbidden", "Ask who administers the broker to do it, or to name the applications in place of the label.")
}

// RemoveLabel takes the label off the application and reports whether it had it.
func (s *Service) RemoveLabel(ctx context.Context, name, label string) (removed bool, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.ManageApplications, name); err != nil {
			return err
		}
		p, found, err := tx.FindPacticipant(ctx, name)
		if err != nil || !found {
			return err
		}
		gone, err := tx.RemoveLabel(ctx, p, label)
		if removed = len(gone) > 0; err != nil || !removed {
			return err
		}
		for _, label := range gone {
			if err := s.permitLabel(ctx, tx, label); err != nil {
				return err
			}
			audit.Changed(ctx, "label of "+p.Name, label, nil)
		}
		return announceChange(ctx, tx, p, "labels")
	})
	return removed, err
}

func change(ctx context.Context, tx Tx, before, p Pacticipant) (Pacticipant, error) {
	if err := Change(ctx, tx, before, p); err != nil {
		return p, err
	}
	return Get(ctx, tx, "pacticipant", p.Name)
}
