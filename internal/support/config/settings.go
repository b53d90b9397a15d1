// Package config reads the settings of the broker, once, at the start: from
// flags, then environment variables, then a file, then defaults. The names are
// the Pact Broker's own, so that a deployment keeps its variables. Nothing else
// in the program reads the environment.
package config

import (
	"net/netip"
	"slices"
	"time"
)

// Settings is everything that can be set. Each field is documented, with its
// default, in the catalogue, from which docs/settings.md and --help are made.
type Settings struct {
	Server     Server
	Database   Database
	Access     Access
	Publishing Publishing
	Versions   Versions
	Selection  Selection
	Verdicts   Verdicts
	Webhooks   Webhooks
	Events     Events
	Cleaning   Cleaning
	Backups    Backups
	VCS        VCS
	Badges     Badges
	Secrets    Secrets
	Log        Log

	// SeedExampleData loads two example applications into an empty database. Unless
	// it is set, nobody's own database gets them.
	SeedExampleData bool
	// Features names optional behaviour that is switched on, in lower case.
	Features []string
	// Given is what was set, by the keys of the catalogue.
	Given map[string]Given
}

// Given is how a setting was set.
type Given struct {
	// Text is its value as it was written, "" if it is secret.
	Text string
	// From names where: a flag, a variable or a place in a file.
	From string
}

// Has reports whether the feature is switched on.
func (s Settings) Has(feature string) bool { return slices.Contains(s.Features, feature) }

// Server says where and how the broker answers.
type Server struct {
	Host string
	Port int
	// BaseURLs are the addresses under which clients reach the broker, without
	// a trailing slash; none means that each request tells.
	BaseURLs    []string
	MaxBodySize int64
	// MaxConcurrentBodySize bounds the large bodies of all requests together.
	MaxConcurrentBodySize int64
	ShutdownGrace         time.Duration
	// AdminAddress is where profiles and metrics are served apart; "" for nowhere.
	AdminAddress        string
	DiagnosticEndpoints bool
	DiffTimeout         time.Duration
}

// Database says where everything is kept.
type Database struct {
	// URL is postgres://… as given or put together from its parts, which may
	// hold a password, or sqlite://relative or sqlite:////absolute.
	URL string
	// Schema is that of PostgreSQL in which the tables are, or empty for the usual one.
	Schema           string
	MaxConnections   int
	StatementTimeout time.Duration
	// TransactionTimeout bounds one change to the database; 0 sets no limit.
	TransactionTimeout time.Duration
	ConnectRetries     int
	AutoMigrate        bool
	// Import is in-place to import the tables of a Pact Broker in the same database
	// before the first start, or empty.
	Import string
}

// Access says who may do what.
type Access struct {
	// Tokens asks for credentials and accepts tokens.
	Tokens bool
	// BasicAuth reports whether credentials are asked for.
	BasicAuth        bool
	Username         string
	Password         string
	ReadOnlyUsername string
	ReadOnlyPassword string
	PublicRead       bool
	PublicHeartbeat  bool
	PublicBadges     bool
	// TrustedProxies are believed when they say for whom they send a request.
	TrustedProxies []netip.Prefix
	// RequestsPerMinute is how many requests one caller may send; 0 sets no limit.
	RequestsPerMinute int
	// TrustRules is the path of a file with rules for the exchange of tokens, and
	// TrustPrivateHosts are issuers in private networks that may be asked for keys.
	TrustRules        string
	TrustPrivateHosts []string
	// AuditRetention is how long entries of the audit are kept; 0 keeps them for good.
	AuditRetention time.Duration
	// SessionIdle is after how long without a request somebody has to sign in
	// again, SessionLifetime after how long in any case.
	SessionIdle, SessionLifetime time.Duration
	OpenID                       OpenID
}

// OpenID says where people sign in.
type OpenID struct {
	// Issuer is the address of the provider; "" if people sign in with passwords
	// alone.
	Issuer       string
	Name         string
	ClientID     string
	ClientSecret string
	Scopes       []string
	GroupsClaim  string
	NameClaim    string
	// DefaultRole is what everybody may do who signs in there; "" for nothing.
	DefaultRole string
	Groups      []GroupRole
}

// GroupRole is the role that the members of a group have, for the applications of
// a team if one is named.
type GroupRole struct{ Group, Role, Team string }

// Publishing says what may be published, and which contracts are the same.
type Publishing struct {
	CheckSimilarNames bool
	AllowModification bool
	// MaxInteractions is how many interactions and messages a contract may have.
	MaxInteractions int
	// EqualByInteractions compares contents by their interactions and
	// specification version only, not by everything that is in them.
	EqualByInteractions bool
	CaseSensitiveNames  bool
}

// Versions says how versions are ordered and what follows from branches and tags.
type Versions struct {
	OrderByDate            bool
	SemverFormats          string
	DeployForTags          bool
	FirstTagAsBranch       bool
	FirstTagAsBranchWithin time.Duration
	DetectMainBranch       bool
	MainBranchCandidates   []string
	// FormerNamesFor is how long applications are found by names that they had before.
	FormerNamesFor time.Duration
}

// Selection bounds how far back work in progress is looked for, in days.
type Selection struct {
	DynamicWIPWindow        bool
	DefaultWIPWindowDays    int
	MinWIPWindowDays        int
	MaxWIPLookbackDays      int
	OtherBranchLookbackDays int
}

// Verdicts says after what time a verdict speaks of another reason.
type Verdicts struct {
	PendingFor time.Duration
	LostAfter  time.Duration
	StaleAfter time.Duration
}

// Events says how long is kept what happened.
type Events struct {
	Retention time.Duration
}

// Webhooks says which calls may be made and how.
type Webhooks struct {
	RetrySchedule []time.Duration
	Methods       []string
	Schemes       []string
	Hosts         []string
	PrivateHosts  []string
	SuccessCodes  []int
	AllowUnknown  bool
	Redact        bool
	VerifyTLS     bool
	UserAgent     string
	Certificates  []Certificate
}

// Certificate is trusted in addition to the system's when calling webhooks.
type Certificate struct {
	Description string
	// PEM is the certificate itself, whether it was given or read from a file.
	PEM string
}

// Badges says where status pictures come from.
type Badges struct {
	// ShieldsURL is the address badges redirect to; "" means draw them here.
	ShieldsURL string
	// Proxy fetches pictures from ShieldsURL instead of redirecting there.
	Proxy        bool
	CacheControl string
}

// Secrets says how secrets are encrypted in the database.
type Secrets struct {
	Key string
	// KeyURI is the address of a store of keys, and VaultToken lets the broker read
	// and write it if that is Vault.
	KeyURI     string
	VaultToken string
}

// Log says what is logged and how.
type Log struct {
	Level  string
	Format string
}
