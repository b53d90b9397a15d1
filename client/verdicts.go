package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Question asks whether versions may be deployed.
type Question struct {
	// Versions are those that are asked about, one at least.
	Versions []Version `json:"versions"`
	// Ignore are versions that the verdict leaves out.
	Ignore []Version `json:"ignore,omitempty"`
	// Target is what they will meet; nil compares them with each other.
	Target *Target `json:"target,omitempty"`
}

// Version names versions of an application; all that is given has to be met.
type Version struct {
	Application string `json:"application"`
	Version     string `json:"version,omitempty"`
	// Branch without a version means its head.
	Branch      string `json:"branch,omitempty"`
	MainBranch  bool   `json:"main_branch,omitempty"`
	Tag         string `json:"tag,omitempty"`
	Environment string `json:"environment,omitempty"`
	Latest      bool   `json:"latest,omitempty"`
}

// Target is one of: all that is deployed or released in an environment, the latest
// versions with a tag, the heads of the main branches, the latest versions.
type Target struct {
	Environment  string `json:"environment,omitempty"`
	Tag          string `json:"tag,omitempty"`
	MainBranches bool   `json:"main_branches,omitempty"`
	Latest       bool   `json:"latest,omitempty"`
}

// Environment is the target that an environment is.
func Environment(name string) *Target { return &Target{Environment: name} }

// The decisions of a verdict.
const (
	Yes     = "yes"
	No      = "no"
	Unknown = "unknown"
)

// Verdict is a decision with its reasons.
type Verdict struct {
	// Decision is Yes, No or Unknown.
	Decision  string    `json:"decision"`
	Summary   string    `json:"summary"`
	DecidedAt time.Time `json:"decided_at"`
	Notices   []Notice  `json:"notices"`
	Pairs     []Pair    `json:"pairs"`
}

// Notice is a sentence for people.
type Notice struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// Pair is what a verdict says of a consumer and a provider.
type Pair struct {
	// Code says why, in a word; docs/verdicts.md lists all.
	Code     string `json:"code"`
	Decision string `json:"decision"`
	// Counted is false if the pair has no part in the decision; nil if an older
	// broker does not say.
	Counted *bool `json:"counted"`
	// Required tells that the consumer asked about needs the provider.
	Required bool  `json:"required"`
	Consumer Party `json:"consumer"`
	// Provider is nobody if one version alone is meant.
	Provider    Party  `json:"provider"`
	Title       string `json:"title"`
	Explanation string `json:"explanation"`
	// Since is when what the code tells began; nil if that is not known.
	Since *time.Time `json:"since"`
	// SelfHealing tells that time alone can change the answer.
	SelfHealing bool      `json:"self_healing"`
	Contract    *Contract `json:"contract"`
	Result      *Result   `json:"result"`
	// Deployments are where the two are, in the environment that is the target.
	Deployments []Deployment `json:"deployments"`
	Owner       *Owner       `json:"owner"`
	Evidence    Evidence     `json:"evidence"`
	Actions     []Action     `json:"actions"`
}

// Party is a version of an application; one without a name is nobody.
type Party struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Asked tells that the question names it; otherwise it is in the target.
	Asked bool `json:"asked"`
}

// String is the name and the version.
func (p Party) String() string { return strings.TrimSpace(p.Name + " " + p.Version) }

// Contract is the contract between the two.
type Contract struct {
	SHA         string    `json:"sha"`
	PublishedAt time.Time `json:"published_at"`
	URL         string    `json:"url"`
}

// Result is what a verification has found.
type Result struct {
	Success    bool                `json:"success"`
	VerifiedAt time.Time           `json:"verified_at"`
	BuildURL   string              `json:"build_url"`
	URL        string              `json:"url"`
	Failures   []FailedInteraction `json:"failed_interactions"`
}

// FailedInteraction is an interaction that the provider does not keep to.
type FailedInteraction struct {
	ID            string   `json:"id"`
	Description   string   `json:"description"`
	ProviderState string   `json:"provider_state"`
	Problems      []string `json:"problems"`
}

// Deployment is a record of what is where.
type Deployment struct {
	ID                  string `json:"id"`
	Application         string `json:"application"`
	Version             string `json:"version"`
	Environment         string `json:"environment"`
	ApplicationInstance string `json:"application_instance"`
	// Released tells that it is a release that is supported, and not a deployment.
	Released bool      `json:"released"`
	Since    time.Time `json:"since"`
	// Stale tells that it was recorded long ago, and newer versions have been built.
	Stale bool `json:"stale"`
}

// Owner is the application whose people can change the answer.
type Owner struct {
	Name          string `json:"name"`
	DisplayName   string `json:"display_name"`
	RepositoryURL string `json:"repository_url"`
	// Team is nil if the application is nobody's.
	Team *OwningTeam `json:"team"`
}

// OwningTeam is the team whose application it is.
type OwningTeam struct {
	Name    string `json:"name"`
	Contact string `json:"contact"`
}

// Evidence is what a code was found by; only what matters for it is there.
type Evidence struct {
	// VerifiedWith is the version that fulfilled the contract last, TriedWith the one that
	// was tried last.
	VerifiedWith *VersionAt `json:"verified_with"`
	TriedWith    *VersionAt `json:"tried_with"`
	// PassedUntil is the older version that fulfilled the contract last, FailedSince the
	// first one that did not.
	PassedUntil *VersionAt `json:"passed_until"`
	FailedSince *VersionAt `json:"failed_since"`
	// LastResult is the last one that the provider published for anybody.
	LastResult *VersionAt `json:"last_result"`
	// NewestVersion is the newest that is of use instead.
	NewestVersion string            `json:"newest_version"`
	Webhook       *WebhookEvidence  `json:"webhook"`
	Comparison    *Comparison       `json:"comparison"`
	External      *ExternalEvidence `json:"external"`
}

// VersionAt is a version and the time of its result.
type VersionAt struct {
	Version string    `json:"version"`
	At      time.Time `json:"at"`
}

// WebhookEvidence is the webhook that was to make somebody verify the contract.
type WebhookEvidence struct {
	Event string `json:"event"`
	// Status is on_its_way, delivered or given_up.
	Status      string    `json:"status"`
	TriggeredAt time.Time `json:"triggered_at"`
	URL         string    `json:"url"`
}

// ExternalEvidence says since when and why nobody verifies.
type ExternalEvidence struct {
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"`
}

// Comparison is what comparing the pact with what the provider version promises has
// found; the errors first, at most 50 findings.
type Comparison struct {
	// Outcome is a word such as compatible or incompatible.
	Outcome      string    `json:"outcome"`
	ComparedAt   time.Time `json:"compared_at"`
	Interactions int       `json:"interactions"`
	// NotCompared are the interactions of which no contract speaks.
	NotCompared int       `json:"not_compared"`
	Errors      int       `json:"errors"`
	Warnings    int       `json:"warnings"`
	URL         string    `json:"url"`
	Findings    []Finding `json:"findings"`
}

// Action is something that can be done: it has a command, an address or both.
type Action struct {
	Title   string `json:"title"`
	Command string `json:"command"`
	URL     string `json:"url"`
}

// Verdict asks whether the versions may be deployed. Nothing is changed.
func (c *Client) Verdict(ctx context.Context, q Question) (Verdict, error) {
	var text json.RawMessage
	if err := c.post(ctx, at("verdicts"), q, &text); err != nil {
		return Verdict{}, err
	}
	return ReadVerdict(text)
}

// VerdictFor is Verdict for a question in the words of /can-i-deploy or /matrix, such as
// pacticipant, version and environment.
func (c *Client) VerdictFor(ctx context.Context, query url.Values) (Verdict, error) {
	var text json.RawMessage
	if err := c.get(ctx, at("verdicts"), query, &text); err != nil {
		return Verdict{}, err
	}
	return ReadVerdict(text)
}

// ReadVerdict understands an answer of /api/v1/verdicts, or says why it is none:
// what has no decision must never pass for a yes.
func ReadVerdict(body []byte) (Verdict, error) {
	var v Verdict
	if err := json.Unmarshal(body, &v); err != nil {
		return Verdict{}, fmt.Errorf("the answer is not the JSON of a verdict: %w", err)
	}
	if !slices.Contains([]string{Yes, No, Unknown}, v.Decision) {
		return Verdict{}, fmt.Errorf("the answer has no decision that this program knows, but %q", v.Decision)
	}
	return v, nil
}
