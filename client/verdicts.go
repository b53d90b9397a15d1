package client

import (
	"context"
	"encoding/json"
	"fmt"
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
	Decision string   `json:"decision"`
	Summary  string   `json:"summary"`
	Notices  []Notice `json:"notices"`
	Pairs    []Pair   `json:"pairs"`
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
	Counted     *bool      `json:"counted"`
	Consumer    Party      `json:"consumer"`
	Provider    Party      `json:"provider"`
	Title       string     `json:"title"`
	Explanation string     `json:"explanation"`
	Since       *time.Time `json:"since"`
	// SelfHealing tells that time alone can change the answer.
	SelfHealing bool     `json:"self_healing"`
	Result      *Result  `json:"result"`
	Owner       *Owner   `json:"owner"`
	Actions     []Action `json:"actions"`
}

// Party is a version of an application; one without a name is nobody.
type Party struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// String is the name and the version.
func (p Party) String() string { return strings.TrimSpace(p.Name + " " + p.Version) }

// Result is what a verification has found.
type Result struct {
	Success  bool                `json:"success"`
	Failures []FailedInteraction `json:"failed_interactions"`
}

// FailedInteraction is an interaction that the provider does not keep to.
type FailedInteraction struct {
	ID          string   `json:"id"`
	Description string   `json:"description"`
	Problems    []string `json:"problems"`
}

// Owner is the application whose people can change the answer.
type Owner struct {
	Name string `json:"name"`
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
	if err := c.post(ctx, "/api/v1/verdicts", q, &text); err != nil {
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
