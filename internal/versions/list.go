package versions

import (
	"context"

	"github.com/accord-broker/accord/internal/pacticipants"
)

// Query says which versions of an application to list; every field that is
// set narrows the list.
type Query struct {
	PacticipantID int64
	// BranchID, Tag and EnvironmentID are where the versions are, or ever were.
	BranchID      int64
	Tag           string
	EnvironmentID int64
	// Limit and Offset cut a page out of the list; a Limit of 0 is all.
	Limit, Offset int
}

// ListReader reads versions, branches and tags.
type ListReader interface {
	Reader
	// LatestVersions returns the latest version of each of the applications,
	// by its id.
	LatestVersions(ctx context.Context, pacticipantIDs ...int64) (map[int64]Version, error)
	// Versions returns versions, the latest first, and how many there are on
	// all pages.
	Versions(ctx context.Context, l Query) ([]Version, int, error)
	// VersionByID returns a version, if it exists.
	VersionByID(ctx context.Context, id int64) (Version, bool, error)
	// VersionsWithIDs returns the versions that exist, by id.
	VersionsWithIDs(ctx context.Context, versionIDs ...int64) ([]Version, error)
	// LatestWithTag returns the latest version with the tag, if there is one.
	LatestWithTag(ctx context.Context, p pacticipants.Pacticipant, tag string) (Version, bool, error)
	// FindBranch returns a branch, if it exists.
	FindBranch(ctx context.Context, p pacticipants.Pacticipant, name string) (Branch, bool, error)
	// Branches returns the branches whose names contain the search text in any
	// case, the one changed last first, and how many there are on all pages.
	Branches(ctx context.Context, p pacticipants.Pacticipant, search string, limit, offset int) ([]Branch, int, error)
	// BranchesByName returns branches, by their names.
	BranchesByName(ctx context.Context, l BranchQuery) ([]Branch, error)
	// FindTag returns a tag of the version, if it has it.
	FindTag(ctx context.Context, v Version, name string) (Tag, bool, error)
	// BranchesOf and TagsOf return what the versions have, in order of creation.
	BranchesOf(ctx context.Context, versionIDs ...int64) ([]BranchVersion, error)
	TagsOf(ctx context.Context, versionIDs ...int64) ([]Tag, error)
}
