package versions

import (
	"context"
	"slices"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Tx is what changing versions needs inside one transaction.
type Tx interface {
	access.LabelReader
	pacticipants.PresentNameReader
	Writer
	FindBranch(ctx context.Context, p pacticipants.Pacticipant, name string) (Branch, bool, error)
	Branches(ctx context.Context, p pacticipants.Pacticipant, search string, limit, offset int) ([]Branch, int, error)
	// RemoveVersion deletes the version with everything that hangs on it.
	RemoveVersion(ctx context.Context, v Version) error
	// TouchVersion keeps that the version was written now, whether or not that
	// changed anything, and returns it as it is then.
	TouchVersion(ctx context.Context, v Version) (Version, error)
	// RemoveFromBranch takes the version off the branch, which stays.
	RemoveFromBranch(ctx context.Context, b Branch, v Version) (bool, error)
	// RemoveBranch deletes the branch; its versions stay. It reports false if
	// another writer has deleted it meanwhile.
	RemoveBranch(ctx context.Context, b Branch) (bool, error)
	// PacticipantsWithRepository returns the applications whose repository's address
	// holds one of the texts, in any case, in order of their ids.
	PacticipantsWithRepository(ctx context.Context, texts ...string) ([]pacticipants.Pacticipant, error)
	// SetBranchClosed keeps when the branch was closed, or that it is open.
	SetBranchClosed(ctx context.Context, b Branch) error
	// RemoveTag takes the tag off the version and reports whether it had it.
	RemoveTag(ctx context.Context, v Version, tag string) (bool, error)
	// DeployByTag records that the version is deployed to the environment that
	// has the name of the tag, if there is one.
	DeployByTag(ctx context.Context, v Version, tag string) error
}

// Service changes versions, their branches and their tags.
type Service struct {
	automatic Automatic
	inTx      func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
}

// NewService returns a service that works in transactions that inTx opens.
func NewService(automatic Automatic, inTx func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error) *Service {
	return &Service{automatic: automatic, inTx: inTx}
}

// Change is what is said of a version.
type Change struct {
	// BuildURL takes the place of the one that the version has; nil leaves that, unless
	// it is to be removed.
	BuildURL       *string
	RemoveBuildURL bool
	// Tags take the place of those that the version has; nil leaves them.
	Tags *[]string
}

// Put makes the version, or changes a known one. Tags that are replaced this
// way have none of the effects of a tag that is put on its own.
func (s *Service) Put(ctx context.Context, pacticipant, number string, change Change) (v Version, created bool, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.MakeVersions, pacticipant); err != nil {
			return err
		}
		p, err := pacticipants.FindOrCreate(ctx, tx, pacticipant)
		if err != nil {
			return err
		}
		if v, created, err = Put(ctx, tx, p, number, change.BuildURL); err != nil {
			return err
		}
		if !created {
			if change.RemoveBuildURL {
				if err := tx.SetBuildURL(ctx, v, nil); err != nil {
					return err
				}
			}
			if v, err = tx.TouchVersion(ctx, v); err != nil {
				return err
			}
		}
		if change.Tags == nil {
			return nil
		}
		return s.automatic.replaceTags(ctx, tx, v, *change.Tags)
	})
	return v, created, err
}

func (a Automatic) replaceTags(ctx context.Context, tx Tx, v Version, tags []string) error {
	before, err := tx.TagsOf(ctx, v.ID)
	if err != nil {
		return err
	}
	for _, t := range before {
		if !slices.Contains(tags, t.Name) {
			if _, err := a.removeTag(ctx, tx, v, t.Name); err != nil {
				return err
			}
		}
	}
	for _, tag := range tags {
		if _, _, err := a.addTag(ctx, tx, v, tag); err != nil {
			return err
		}
	}
	return nil
}

// Delete removes the version with its tags, memberships, contracts, results,
// deployments and releases. It returns a NotFound fault for an unknown one.
func (s *Service) Delete(ctx context.Context, pacticipant, number string) error {
	return s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.ManageApplications, pacticipant); err != nil {
			return err
		}
		v, err := Get(ctx, tx, pacticipant, number)
		if err != nil {
			return err
		}
		if err := tx.RemoveVersion(ctx, v); err != nil {
			return err
		}
		return tx.Announce(ctx, v.fact(events.VersionDeleted))
	})
}

// PutOnBranch puts the version on the branch as its head, making application,
// version and branch as needed; created is false if it is on it already.
func (s *Service) PutOnBranch(ctx context.Context, pacticipant, number, branch string) (b BranchVersion, created bool, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.MakeVersions, pacticipant); err != nil {
			return err
		}
		v, _, err := FindOrCreateNamed(ctx, tx, pacticipant, number)
		if err != nil {
			return err
		}
		b, created, err = s.automatic.PutOnBranch(ctx, tx, v, branch)
		return err
	})
	return b, created, err
}

// TakeOffBranch removes the version from the branch only. It returns a NotFound
// fault if it is not on it.
func (s *Service) TakeOffBranch(ctx context.Context, pacticipant, number, branch string) error {
	return s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.MakeVersions, pacticipant); err != nil {
			return err
		}
		v, err := Get(ctx, tx, pacticipant, number)
		if err != nil {
			return err
		}
		_, b, err := findBranch(ctx, tx, pacticipant, branch)
		if err != nil {
			return err
		}
		removed, err := tx.RemoveFromBranch(ctx, b, v)
		if err != nil {
			return err
		}
		if !removed {
			return fault.Missing("version %s is not on branch %s", number, branch)
		}
		return tx.Announce(ctx, v.onBranch(events.BranchVersionRemoved, b.Name))
	})
}

// DeleteBranch removes the branch; its versions stay. It returns a NotFound
// fault for an unknown one.
func (s *Service) DeleteBranch(ctx context.Context, pacticipant, branch string) error {
	return s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.ManageApplications, pacticipant); err != nil {
			return err
		}
		p, b, err := findBranch(ctx, tx, pacticipant, branch)
		if err != nil {
			return err
		}
		return removeBranch(ctx, tx, p, b)
	})
}

// DeleteBranches removes all branches but the main branch and those to keep,
// and returns how many it removed and how many are left. It returns a Conflict fault
// for a former name of the application.
func (s *Service) DeleteBranches(ctx context.Context, pacticipant string, keep []string) (removed, left int, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.ManageApplications, pacticipant); err != nil {
			return err
		}
		if err := pacticipants.RequirePresentNames(ctx, tx, pacticipant); err != nil {
			return err
		}
		removed, left = 0, 0
		p, err := pacticipants.Get(ctx, tx, "pacticipant", pacticipant)
		if err != nil {
			return err
		}
		if p, err = tx.LockPacticipant(ctx, p); err != nil {
			return err
		}
		branches, _, err := tx.Branches(ctx, p, "", 0, 0)
		if err != nil {
			return err
		}
		for _, b := range branches {
			if b.Name == p.MainBranch || slices.Contains(keep, b.Name) {
				left++
				continue
			}
			switch err := removeBranch(ctx, tx, p, b); {
			case err == nil:
				removed++
			case !fault.Is(err, fault.NotFound):
				return err
			}
		}
		return nil
	})
	return removed, left, err
}

func removeBranch(ctx context.Context, tx Tx, p pacticipants.Pacticipant, b Branch) error {
	switch removed, err := tx.RemoveBranch(ctx, b); {
	case err != nil:
		return err
	case !removed:
		return fault.Missing("branch %s was deleted at the same moment", b.Name)
	}
	return tx.Announce(ctx, events.Fact{Type: events.BranchDeleted, Subject: p.Name, Data: events.Data{Pacticipant: p.Name, Branch: b.Name}})
}

// PutTag puts the tag on the version, making application and version as needed;
// created is false if it has it already. A tag named like an environment says
// that the version is deployed there.
func (s *Service) PutTag(ctx context.Context, pacticipant, number, tag string) (t Tag, created bool, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.MakeVersions, pacticipant); err != nil {
			return err
		}
		v, _, err := FindOrCreateNamed(ctx, tx, pacticipant, number)
		if err != nil {
			return err
		}
		if t, created, err = s.automatic.PutTag(ctx, tx, v, tag); err != nil || !s.automatic.DeployForTags {
			return err
		}
		return tx.DeployByTag(ctx, v, tag)
	})
	return t, created, err
}

// RemoveTag takes the tag off the version. It returns a NotFound fault if the
// version does not have it.
func (s *Service) RemoveTag(ctx context.Context, pacticipant, number, tag string) error {
	return s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.MakeVersions, pacticipant); err != nil {
			return err
		}
		v, err := Get(ctx, tx, pacticipant, number)
		if err != nil {
			return err
		}
		removed, err := s.automatic.removeTag(ctx, tx, v, tag)
		if err == nil && !removed {
			err = fault.Missing("version %s has no tag %s", number, tag)
		}
		return err
	})
}

// Get returns the version of the application, or a NotFound fault.
func Get(ctx context.Context, tx interface {
	pacticipants.Reader
	Reader
}, pacticipant, number string) (Version, error) {
	p, found, err := tx.FindPacticipant(ctx, pacticipant)
	if err != nil {
		return Version{}, err
	}
	v := Version{}
	if found {
		v, found, err = tx.FindVersion(ctx, p, number)
	}
	if err == nil && !found {
		err = fault.Missing("no version %s of %s", number, pacticipant)
	}
	return v, err
}

func findBranch(ctx context.Context, tx Tx, pacticipant, name string) (pacticipants.Pacticipant, Branch, error) {
	p, found, err := tx.FindPacticipant(ctx, pacticipant)
	if err != nil {
		return p, Branch{}, err
	}
	b := Branch{}
	if found {
		b, found, err = tx.FindBranch(ctx, p, name)
	}
	if err == nil && !found {
		err = fault.Missing("no branch %s of %s", name, pacticipant)
	}
	return p, b, err
}
