package versions

import "context"

// Belongings is how much is deleted together with a version.
type Belongings struct {
	// Contracts are those that it has published, Unshared those of them whose content
	// no other version has published, UnsharedResults the results for these.
	Contracts, Unshared, UnsharedResults int
	// Results are those that it has published as a provider.
	Results int
	// Places is how often it is deployed or released now, Records how often it ever
	// was.
	Places, Records int
	Branches, Tags  int
}

// BelongingsReader counts what belongs to a version.
type BelongingsReader interface {
	VersionBelongings(ctx context.Context, v Version) (Belongings, error)
}
