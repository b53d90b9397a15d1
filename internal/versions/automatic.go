package versions

import (
	"context"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// MaxTagsAtOnce is how many tags one request may put on a version.
const MaxTagsAtOnce = 100

// Automatic says what the broker does by itself when a version gets a branch
// or a tag, so that teams need not configure what can be seen.
type Automatic struct {
	// FirstTagAsBranch puts a version that has neither branch nor tag on a
	// branch named like its first tag, if it gets that within FirstTagLimit of
	// its creation: pipelines that know tags only have branches that way.
	FirstTagAsBranch bool
	FirstTagLimit    time.Duration
	// DetectMainBranch makes the first branch or tag whose name is one of
	// MainBranchCandidates the main branch of an application that has none.
	DetectMainBranch     bool
	MainBranchCandidates []string
	// DeployForTags records a deployment when a tag is put on a version that is named
	// like an environment, so that such tags are for those who may record one.
	DeployForTags bool
}

// PutOnBranch puts the version on the branch as its head; created is false if
// it is on it already. The branch may become the application's main branch.
func (a Automatic) PutOnBranch(ctx context.Context, tx Writer, v Version, branch string) (b BranchVersion, created bool, err error) {
	b, created, err = addToBranch(ctx, tx, v, branch, false)
	if err != nil {
		return b, created, err
	}
	return b, created, a.detectMainBranch(ctx, tx, v, branch)
}

func addToBranch(ctx context.Context, tx Writer, v Version, branch string, auto bool) (b BranchVersion, created bool, err error) {
	if b, created, err = tx.AddToBranch(ctx, v, branch, auto); err != nil || !created {
		return b, created, err
	}
	if b.NewBranch {
		if err := pacticipants.CheckNewName("branch", branch); err != nil {
			return b, created, err
		}
		if err := tx.Announce(ctx, v.onBranch(events.BranchCreated, branch)); err != nil {
			return b, created, err
		}
	}
	if b.Reopened {
		if err := tx.Announce(ctx, v.onBranch(events.BranchReopened, branch)); err != nil {
			return b, created, err
		}
	}
	return b, created, tx.Announce(ctx, v.onBranch(events.BranchVersionAdded, branch))
}

func (v Version) onBranch(what events.Type, branch string) events.Fact {
	fact := v.fact(what)
	fact.Data.Branch = branch
	return fact
}

// mayTag returns a Forbidden fault if the tag is named like an environment and who
// asks may not record what runs there: whichever way a tag is put on a version or
// taken off, it goes by here.
func (a Automatic) mayTag(ctx context.Context, tx Writer, v Version, tag string) error {
	if !a.DeployForTags {
		return nil
	}
	refused := access.Require(ctx, tx, access.Record, v.Pacticipant)
	if !fault.Is(refused, fault.Forbidden) {
		return refused
	}
	if known, err := tx.HasEnvironmentNamed(ctx, tag); err != nil || !known {
		return err
	}
	return refused
}

func (a Automatic) addTag(ctx context.Context, tx Writer, v Version, tag string) (t Tag, created bool, err error) {
	if t, created, err = tx.AddTag(ctx, v, tag); err != nil || !created {
		return t, created, err
	}
	if err := a.mayTag(ctx, tx, v, tag); err != nil {
		return t, created, err
	}
	if err := pacticipants.CheckNewName("tag", tag); err != nil {
		return t, created, err
	}
	return t, created, tx.Announce(ctx, v.tagged(events.TagAdded, t.Name))
}

func (a Automatic) removeTag(ctx context.Context, tx Tx, v Version, tag string) (removed bool, err error) {
	if removed, err = tx.RemoveTag(ctx, v, tag); err != nil || !removed {
		return removed, err
	}
	if err := a.mayTag(ctx, tx, v, tag); err != nil {
		return removed, err
	}
	return removed, tx.Announce(ctx, v.tagged(events.TagRemoved, tag))
}

func (v Version) tagged(what events.Type, tag string) events.Fact {
	fact := v.fact(what)
	fact.Data.Tag = tag
	return fact
}

// PutTag puts a tag on the version; created is false if it has it already. The
// tag may become the version's branch and the application's main branch.
func (a Automatic) PutTag(ctx context.Context, tx Writer, v Version, tag string) (t Tag, created bool, err error) {
	first, err := a.isFirst(ctx, tx, v)
	if err != nil {
		return t, false, err
	}
	t, created, err = a.addTag(ctx, tx, v, tag)
	if err != nil {
		return t, created, err
	}
	if first {
		if _, _, err := addToBranch(ctx, tx, v, tag, true); err != nil {
			return t, created, err
		}
	}
	return t, created, a.detectMainBranch(ctx, tx, v, tag)
}

// isFirst reports whether a tag put on the version now becomes its branch.
func (a Automatic) isFirst(ctx context.Context, tx Writer, v Version) (bool, error) {
	if !a.FirstTagAsBranch || tx.Now().Sub(v.CreatedAt) > a.FirstTagLimit {
		return false, nil
	}
	branches, err := tx.BranchesOf(ctx, v.ID)
	if err != nil || len(branches) > 0 {
		return false, err
	}
	tags, err := tx.TagsOf(ctx, v.ID)
	return len(tags) == 0, err
}

func (a Automatic) detectMainBranch(ctx context.Context, tx Writer, v Version, name string) error {
	if !a.DetectMainBranch || !slices.Contains(a.MainBranchCandidates, name) {
		return nil
	}
	p, found, err := tx.FindPacticipant(ctx, v.Pacticipant)
	if err != nil || !found || p.MainBranch != "" {
		return err
	}
	before := p
	p.MainBranch = name
	return pacticipants.Change(ctx, tx, before, p)
}

// FindOrCreateNamed returns the version of the application with that name,
// making both if they are not known yet.
func FindOrCreateNamed(ctx context.Context, tx Writer, pacticipant, number string) (v Version, created bool, err error) {
	p, err := pacticipants.FindOrCreate(ctx, tx, pacticipant)
	if err != nil {
		return Version{}, false, err
	}
	return FindOrCreate(ctx, tx, p, number)
}
