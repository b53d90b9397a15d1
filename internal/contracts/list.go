package contracts

import "context"

// VersionReader reads what consumer versions have published.
type VersionReader interface {
	// PactsOfVersions returns the publications that count of each of the
	// versions, by its id, in the order of their providers' names.
	PactsOfVersions(ctx context.Context, versionIDs ...int64) (map[int64][]Publication, error)
}
