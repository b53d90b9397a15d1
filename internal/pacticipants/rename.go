package pacticipants

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/fault"
)

// FormerName is a name that an application had before. Who asks for it finds the
// application, until Until.
type FormerName struct {
	Name  string
	Since time.Time
	Until time.Time
}

// Clash is something that keeps two applications from being merged: each has
// something else in the same place.
type Clash struct {
	Kind ClashKind
	// Count is how many there are, First names the first of them.
	Count int
	First []string
}

// ClashKind is what two applications have otherwise in the same place.
type ClashKind string

// The kinds of clashes.
const (
	// ConsumerContracts are of versions of both with the same number.
	ConsumerContracts ClashKind = "consumer_contracts"
	// ProviderContracts are of versions of both with the same number.
	ProviderContracts ClashKind = "provider_contracts"
	// ContractsOfConsumers are of a version of a consumer with each of them.
	ContractsOfConsumers ClashKind = "contracts_of_consumers"
	Deployments          ClashKind = "deployments"
)

// Words say what clashes.
func (k ClashKind) Words() string {
	switch k {
	case ConsumerContracts:
		return "versions of both say something else to the same provider"
	case ProviderContracts:
		return "versions of both promise something else"
	case ContractsOfConsumers:
		return "versions of consumers say something else to the one than to the other"
	case Deployments:
		return "both are deployed in the same place"
	}
	return string(k)
}

// RenameTx renames and merges applications inside one transaction.
type RenameTx interface {
	PresentNameReader
	// FormerNames returns the names that the application had before and is still
	// found by, the last given up first.
	FormerNames(ctx context.Context, p Pacticipant) ([]FormerName, error)
	// Rename gives the application another name, and keeps the one it has as a
	// former one. What it has done is found under both, and who may change it by its
	// name may do so still.
	Rename(ctx context.Context, p Pacticipant, name string) error
	// DropFormerName lets the application no longer be found by a former name, and
	// reports whether it was.
	DropFormerName(ctx context.Context, p Pacticipant, name string) (bool, error)
	// LockForMerge keeps all writers away from both applications, and from those
	// that share contracts with both.
	LockForMerge(ctx context.Context, duplicate, into Pacticipant) error
	// MergeClashes finds what keeps them from being merged.
	MergeClashes(ctx context.Context, duplicate, into Pacticipant) ([]Clash, error)
	// SharesContracts reports whether one of both is a consumer of the other.
	SharesContracts(ctx context.Context, duplicate, into Pacticipant) (bool, error)
	// Merge gives everything that the duplicate has to the other application. Where
	// both have something else in one place the later counts.
	Merge(ctx context.Context, duplicate, into Pacticipant) error
}

// PresentNameReader reads how applications are called now.
type PresentNameReader interface {
	// PresentNames are the names of applications by those of the given ones that they
	// had before and are still found by.
	PresentNames(ctx context.Context, names []string) (map[string]string, error)
}

// RequirePresentNames returns a Conflict fault if an application had one of the names
// before: who does not know how it is called now may go on with it, but deletes
// nothing of it that cannot be made again.
func RequirePresentNames(ctx context.Context, tx PresentNameReader, names ...string) error {
	present, err := tx.PresentNames(ctx, names)
	if err != nil {
		return err
	}
	for _, name := range names {
		if now, renamed := present[name]; renamed {
			return fault.New(fault.Conflict, "%s is called %s now; delete it by that name.", name, now).
				Coded("former_name", "Use the present name of the application in the address.")
		}
	}
	return nil
}

// Rename gives an application another name. All that it has stays, and for as long
// as the settings say it is found by its former name as well. It returns a NotFound
// fault for an unknown application, and a Conflict if another one has the name.
func (s *Service) Rename(ctx context.Context, name, to string) (p Pacticipant, err error) {
	if problem := ValidateName(to); problem != "" {
		return p, fault.InvalidField("name", "%s", problem)
	}
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.ManageApplications, name, to); err != nil {
			return err
		}
		if p, err = Get(ctx, tx, "pacticipant", name); err != nil {
			return err
		}
		if p, err = tx.LockPacticipant(ctx, p); err != nil || p.Name == to {
			return err
		}
		if err := CheckNewName("name", to); err != nil {
			return err
		}
		if err := checkFree(ctx, tx, p, to); err != nil {
			return err
		}
		former := p.Name
		if err := tx.Rename(ctx, p, to); err != nil {
			return err
		}
		if p, err = Get(ctx, tx, "pacticipant", to); err != nil {
			return err
		}
		return tx.Announce(ctx, p.formerly(events.PacticipantRenamed, former))
	})
	return p, err
}

// checkFree returns a Conflict fault if the name leads to another application.
func checkFree(ctx context.Context, tx Tx, p Pacticipant, name string) error {
	other, taken, err := tx.FindPacticipant(ctx, name)
	switch {
	case err != nil || !taken || other.ID == p.ID:
		return err
	case strings.EqualFold(other.Name, name):
		return fault.New(fault.Conflict, "There is an application %s already.", other.Name).
			Coded("name_taken", "If both are the same application, merge one into the other.")
	default:
		return fault.New(fault.Conflict, "%s is a former name of %s, and still leads to it.", name, other.Name).
			Coded("name_taken", "Choose another name, or delete this former name first.")
	}
}

// Merging is what came of merging an application into another, or would.
type Merging struct {
	Into    Pacticipant
	Clashes []Clash
	// WithItself tells that one of both is a consumer of the other: after it the
	// application is a consumer of itself.
	WithItself bool
}

// MergeHow says what to do where both applications have something else in one
// place.
type MergeHow string

// What there is to do about clashes.
const (
	// StopOnClash merges nothing.
	StopOnClash MergeHow = "stop"
	// NewestOnClash lets what came later count.
	NewestOnClash MergeHow = "newest"
	// OnlyLook merges nothing, and tells what clashes.
	OnlyLook MergeHow = "look"
)

// Merge gives everything that a duplicate has to another application, under whose
// name it is found from then on. It returns a NotFound fault if one of them is
// unknown, and a Conflict, with what clashes, if it must not go on.
func (s *Service) Merge(ctx context.Context, name, into string, how MergeHow) (m Merging, err error) {
	if problem := ValidateName(into); problem != "" {
		return m, fault.InvalidField("into", "%s", problem)
	}
	if how == OnlyLook {
		ctx = audit.Looking(ctx)
	}
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		m = Merging{}
		if err := access.Require(ctx, tx, access.ManageApplications, name, into); err != nil {
			return err
		}
		duplicate, err := Get(ctx, tx, "pacticipant", name)
		if err != nil {
			return err
		}
		if m.Into, err = Get(ctx, tx, "pacticipant", into); err != nil {
			return err
		}
		switch {
		case duplicate.ID == m.Into.ID && duplicate.Name == name && m.Into.Name == into:
			return fault.InvalidField("into", "must be another application than %s", name)
		case duplicate.ID == m.Into.ID:
			return fault.InvalidField("into", "must be another application: %s and %s are both names of %s, so they are one already", name, into, m.Into.Name)
		}
		if err := tx.LockForMerge(ctx, duplicate, m.Into); err != nil {
			return err
		}
		if err := s.permitLabelsOf(ctx, tx, duplicate, m.Into); err != nil {
			return err
		}
		if m.WithItself, err = tx.SharesContracts(ctx, duplicate, m.Into); err != nil {
			return err
		}
		if m.Clashes, err = tx.MergeClashes(ctx, duplicate, m.Into); err != nil || how == OnlyLook {
			return err
		}
		if len(m.Clashes) > 0 && how != NewestOnClash {
			return clashing(duplicate, m)
		}
		if len(m.Clashes) > 0 {
			if err := permitPartners(ctx, tx, "Letting the newest count in", duplicate, m.Into); err != nil {
				return err
			}
		}
		return merge(ctx, tx, duplicate, &m)
	})
	return m, err
}

// permitLabelsOf returns a Forbidden fault if the other gets a label from the duplicate
// that who asks may not put on it.
func (s *Service) permitLabelsOf(ctx context.Context, tx Tx, duplicate, into Pacticipant) error {
	has, err := tx.LabelsOfNamed(ctx, into.Name)
	if err != nil {
		return err
	}
	gains, err := tx.LabelsOfNamed(ctx, duplicate.Name)
	if err != nil {
		return err
	}
	for _, label := range gains {
		if slices.Contains(has, label) {
			continue
		}
		if err := s.permitLabel(ctx, tx, label); err != nil {
			return err
		}
	}
	return nil
}

func merge(ctx context.Context, tx Tx, duplicate Pacticipant, m *Merging) error {
	if err := tx.Merge(ctx, duplicate, m.Into); err != nil {
		return err
	}
	into, err := Get(ctx, tx, "pacticipant", m.Into.Name)
	if err != nil {
		return err
	}
	m.Into = into
	return tx.Announce(ctx, into.formerly(events.PacticipantMerged, duplicate.Name))
}

// clashing is the fault that tells what clashes.
func clashing(duplicate Pacticipant, m Merging) error {
	var told []string
	for _, c := range m.Clashes {
		told = append(told, c.Words())
	}
	return fault.New(fault.Conflict, "%s and %s have something else in the same place: %s.", duplicate.Name, m.Into.Name, strings.Join(told, "; ")).
		Coded("merge_clash", "Merge with on_clash newest to let what came later count, or remove what is wrong first.")
}

// FormerNames returns the names that an application had before and is still found
// by. It returns a NotFound fault for an unknown one.
func (s *Service) FormerNames(ctx context.Context, name string) (p Pacticipant, names []FormerName, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if p, err = Get(ctx, tx, "pacticipant", name); err != nil {
			return err
		}
		names, err = tx.FormerNames(ctx, p)
		return err
	})
	return p, names, err
}

// DropFormerName lets an application no longer be found by a former name. It returns
// a NotFound fault if it is not, and a Forbidden one if who asks may not change all
// that share an integration or a webhook with it.
func (s *Service) DropFormerName(ctx context.Context, name, former string) error {
	return s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		p, err := getToChange(ctx, tx, name)
		if err != nil {
			return err
		}
		if err := permitPartners(ctx, tx, "Deleting a former name of", p); err != nil {
			return err
		}
		if p, err = tx.LockPacticipant(ctx, p); err != nil {
			return err
		}
		dropped, err := tx.DropFormerName(ctx, p, former)
		if err != nil {
			return err
		}
		if !dropped {
			return fault.Missing("%s is not a former name of %s.", former, p.Name)
		}
		audit.Changed(ctx, "former name of "+p.Name, former, nil)
		return announceChange(ctx, tx, p, "former_names")
	})
}

// formerly is the fact that the application has what another name stood for.
func (p Pacticipant) formerly(what events.Type, name string) events.Fact {
	fact := p.fact(what)
	fact.Data.FormerName = name
	return fact
}

// Words say what clashes, and where.
func (c Clash) Words() string {
	text := c.Kind.Words() + " (" + strings.Join(c.First, ", ")
	if c.Count > len(c.First) {
		text += ", …"
	}
	return text + ")"
}
