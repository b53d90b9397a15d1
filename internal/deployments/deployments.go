// Package deployments knows the environments, and which version of an
// application is deployed or released where.
package deployments

import "time"

// Environment is a place to which versions are deployed or released.
type Environment struct {
	ID          int64
	UUID        string
	Name        string
	DisplayName string
	Production  bool
	Contacts    []Contact
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Contact is somebody to ask about an environment; Details is JSON as sent.
type Contact struct {
	Name    string
	Details []byte
}

// Deployed records that a version was deployed to an environment. Deploying
// another version to the same slot, that is to the same application instance
// or to the one without a name, ends it.
type Deployed struct {
	ID            int64
	UUID          string
	EnvironmentID int64
	PacticipantID int64
	Pacticipant   string
	VersionID     int64
	Number        string
	// Instance is the application instance, "" for the slot without a name.
	Instance     string
	Current      bool
	UndeployedAt *time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Released records that a version was released to an environment. Several
// versions may be supported at once.
type Released struct {
	ID             int64
	UUID           string
	EnvironmentID  int64
	PacticipantID  int64
	Pacticipant    string
	VersionID      int64
	Number         string
	Supported      bool
	SupportEndedAt *time.Time
	CreatedAt      time.Time
	UpdatedAt      time.Time
}
