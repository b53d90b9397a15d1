package deployments

import "context"

// DeployedQuery narrows a list of deployments; every field that is set counts.
type DeployedQuery struct {
	EnvironmentID  int64
	PacticipantIDs []int64
	VersionIDs     []int64
	// Instance takes only deployments to that application instance, "" those
	// to the slot without a name; nil takes any.
	Instance *string
	// Current takes only what is deployed now.
	Current bool
	// OldestFirst turns the order round.
	OldestFirst bool
}

// ReleasedQuery narrows a list of releases; every field that is set counts.
type ReleasedQuery struct {
	EnvironmentID  int64
	PacticipantIDs []int64
	VersionIDs     []int64
	// Number takes only versions with that number.
	Number string
	// Supported takes only what is supported now.
	Supported bool
	// OldestFirst turns the order round.
	OldestFirst bool
}

// Reader reads environments, deployments and releases.
type Reader interface {
	// Environments returns all in the order of their display names.
	Environments(ctx context.Context) ([]Environment, error)
	// EnvironmentByName and EnvironmentByUUID return one, if it exists.
	EnvironmentByName(ctx context.Context, name string) (Environment, bool, error)
	EnvironmentByUUID(ctx context.Context, uuid string) (Environment, bool, error)
	// Deployed and Released return records, the newest first unless the query
	// says otherwise.
	Deployed(ctx context.Context, f DeployedQuery) ([]Deployed, error)
	Released(ctx context.Context, f ReleasedQuery) ([]Released, error)
	// DeploymentHistory returns a page of the deployments to an environment, the
	// newest first, and how many there are on all pages.
	DeploymentHistory(ctx context.Context, environmentID int64, limit, offset int) ([]Deployed, int, error)
	// DeployedByUUID and ReleasedByUUID return one record, if it exists.
	DeployedByUUID(ctx context.Context, uuid string) (Deployed, bool, error)
	ReleasedByUUID(ctx context.Context, uuid string) (Released, bool, error)
}
