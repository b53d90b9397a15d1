// Package versions knows the builds of an application: their order, the
// branches they are on and the tags they carry.
package versions

import (
	"context"
	"time"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// Version is one build of an application.
type Version struct {
	ID            int64
	PacticipantID int64
	// Pacticipant is the name of the application.
	Pacticipant string
	Number      string
	// Position orders the versions of an application; the highest is the latest.
	Position int64
	// BuildURL is where the build can be seen, nil if that is unknown.
	BuildURL  *string
	CreatedAt time.Time
	UpdatedAt time.Time
	// InPassing tells that the version was made because something else named it.
	// The Pact Broker shows such a version as changed since its creation.
	InPassing bool
	// HasContracts tells that the version has published, as a provider, what it
	// promises.
	HasContracts bool
}

// Branch is a branch of an application's repository.
type Branch struct {
	ID            int64
	PacticipantID int64
	Name          string
	// HeadVersionID is the version added last, or 0 once the branch is empty.
	HeadVersionID int64
	CreatedAt     time.Time
	UpdatedAt     time.Time
	// ClosedAt is when it was closed, zero while it is open.
	ClosedAt time.Time
}

// BranchVersion says that a version is on a branch.
type BranchVersion struct {
	VersionID int64
	BranchID  int64
	Branch    string
	// Latest tells that the version is the head of the branch.
	Latest bool
	// NewBranch tells, of a membership that was just made, that the branch was
	// made with it.
	NewBranch bool
	// Reopened tells, of such a membership, that the branch was closed before.
	Reopened  bool
	CreatedAt time.Time
	UpdatedAt time.Time
	// BranchUpdatedAt and BranchClosedAt are those of the branch.
	BranchUpdatedAt, BranchClosedAt time.Time
}

// Tag is a tag that a version carries.
type Tag struct {
	VersionID int64
	Name      string
	// Latest tells that the version is the newest with this tag.
	Latest    bool
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Reader looks versions up.
type Reader interface {
	// FindVersion returns the version of the application, if there is one. A
	// transaction that writes holds the application from then on.
	FindVersion(ctx context.Context, pacticipant pacticipants.Pacticipant, number string) (Version, bool, error)
}

// Writer keeps versions, inside one transaction.
type Writer interface {
	Reader
	access.LabelReader
	pacticipants.Writer
	// Now is the time of the transaction.
	Now() time.Time
	// AddVersion stores a new version; created is false if it is there already.
	AddVersion(ctx context.Context, n New) (v Version, created bool, err error)
	// SetBuildURL sets the address of the build; nil removes it.
	SetBuildURL(ctx context.Context, v Version, buildURL *string) error
	// AddToBranch puts the version on the branch as its head; created is false,
	// and nothing changes, if it is on it already. Auto marks a membership that
	// the broker made by itself.
	AddToBranch(ctx context.Context, v Version, branch string, auto bool) (b BranchVersion, created bool, err error)
	// AddTag puts a tag on the version; created is false if it has it already.
	AddTag(ctx context.Context, v Version, tag string) (t Tag, created bool, err error)
	// BranchesOf and TagsOf return what the version has, in order of creation.
	BranchesOf(ctx context.Context, versionIDs ...int64) ([]BranchVersion, error)
	TagsOf(ctx context.Context, versionIDs ...int64) ([]Tag, error)
	// HasEnvironmentNamed reports whether there is an environment with the name, which is
	// compared as names of tags are.
	HasEnvironmentNamed(ctx context.Context, name string) (bool, error)
}

// New is a version to be made.
type New struct {
	Pacticipant pacticipants.Pacticipant
	Number      string
	BuildURL    *string
	// InPassing tells that the version is made because something else names it.
	InPassing bool
}

// FindOrCreate returns the version, making it in passing if it is not known yet.
func FindOrCreate(ctx context.Context, tx Writer, pacticipant pacticipants.Pacticipant, number string) (v Version, created bool, err error) {
	v, found, err := tx.FindVersion(ctx, pacticipant, number)
	if err != nil || found {
		return v, false, err
	}
	return add(ctx, tx, New{Pacticipant: pacticipant, Number: number, InPassing: true})
}

func add(ctx context.Context, tx Writer, n New) (v Version, created bool, err error) {
	if err := pacticipants.CheckNewName("number", n.Number); err != nil {
		return Version{}, false, err
	}
	if v, created, err = tx.AddVersion(ctx, n); err != nil || !created {
		return v, created, err
	}
	return v, created, tx.Announce(ctx, v.fact(events.VersionCreated))
}

func (v Version) fact(what events.Type) events.Fact {
	return events.Fact{Type: what, Subject: v.Pacticipant, Data: events.Data{Pacticipant: v.Pacticipant, Version: v.Number}}
}

// Put makes the version, or gives a known one the build URL, if that is not nil.
func Put(ctx context.Context, tx Writer, pacticipant pacticipants.Pacticipant, number string, buildURL *string) (v Version, created bool, err error) {
	v, found, err := tx.FindVersion(ctx, pacticipant, number)
	if err == nil && !found {
		v, created, err = add(ctx, tx, New{Pacticipant: pacticipant, Number: number, BuildURL: buildURL})
	}
	if err != nil || created || buildURL == nil {
		return v, created, err
	}
	if err := tx.SetBuildURL(ctx, v, buildURL); err != nil {
		return v, false, err
	}
	v, _, err = tx.FindVersion(ctx, pacticipant, number)
	return v, false, err
}
