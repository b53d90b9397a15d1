package client

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"net/http"
	"time"
)

// ProviderContracts are what a version of a provider promises.
type ProviderContracts struct {
	Version string `json:"version"`
	// Evidence is succeeded, failed or missing.
	Evidence  string             `json:"evidence"`
	URL       string             `json:"url"`
	Contracts []ProviderContract `json:"contracts"`
}

// ProviderContract is a document that a provider has published, without its content.
type ProviderContract struct {
	Name string `json:"name"`
	SHA  string `json:"sha"`
	// Specification is oas or asyncapi.
	Specification        string `json:"specification"`
	SpecificationVersion string `json:"specification_version"`
	ContentType          string `json:"content_type"`
	// Size is in bytes.
	Size int `json:"size"`
	// Evidence is succeeded, failed or missing; Verifier is what found that.
	Evidence    string    `json:"evidence"`
	Verifier    string    `json:"verifier"`
	PublishedAt time.Time `json:"published_at"`
}

// DocumentQuery says which document of a provider is wanted: that of the newest version
// with a contract that meets all that is given.
type DocumentQuery struct {
	Version, Branch, Tag string
	// Environment is where the version is deployed or supported.
	Environment string
	// Name is that of one of several contracts.
	Name string
}

// Document is a document as it was published.
type Document struct {
	// Version is the one that published it.
	Version string
	// ContentType is application/yaml or application/json.
	ContentType string
	Content     []byte
}

// DocumentChanges are what changed between two documents of a provider, and what that
// means for the consumers in use.
type DocumentChanges struct {
	// From is nil if nothing is published under the name, To for a document that is not
	// published.
	From *DocumentSide `json:"from"`
	To   *DocumentSide `json:"to"`
	// TogetherWith are the names of the other contracts of the newer version, which count
	// besides.
	TogetherWith []string `json:"together_with"`
	// Meaning is what all of it means for the pacts in use: breaks_consumers, not_known or
	// breaks_nobody_known.
	Meaning string `json:"meaning"`
	// Counts are how many changes have which meaning.
	Counts map[string]int `json:"counts"`
	// UnlistedBecause says why the changes cannot be listed; "" if they are.
	UnlistedBecause string `json:"unlisted_because"`
	// Consumers are what the newer document means for each pact in use, as far as there was
	// time; NotComparedInTime are how many are left.
	Consumers         []Impact         `json:"consumers"`
	NotComparedInTime int              `json:"not_compared_in_time"`
	Items             []DocumentChange `json:"items"`
}

// DocumentSide is one of two documents that are compared.
type DocumentSide struct {
	Version string `json:"version"`
	Name    string `json:"name"`
	SHA     string `json:"sha"`
	URL     string `json:"url"`
}

// LivePact is a pact in use.
type LivePact struct {
	Consumer string `json:"consumer"`
	Version  string `json:"version"`
	// Environments are where it is deployed or supported.
	Environments []string `json:"environments"`
	// MainBranch tells that it is the head of the consumer's main branch.
	MainBranch bool `json:"main_branch"`
}

// Impact is what a document means for a pact in use.
type Impact struct {
	LivePact
	// Outcome is a word such as compatible or incompatible; OutcomeBefore is that with the
	// older version, "" if there is none.
	Outcome       string    `json:"outcome"`
	OutcomeBefore string    `json:"outcome_before"`
	Reason        string    `json:"reason"`
	Findings      []Finding `json:"findings"`
}

// Finding is what comparing a pact with a document has found.
type Finding struct {
	// Type is error, warning or info.
	Type string `json:"type"`
	Code string `json:"code"`
	// Interaction is its description in the pact.
	Interaction string `json:"interaction"`
	PactPath    string `json:"pact_path"`
	SpecPath    string `json:"spec_path"`
	// Line is that of the document; 0 if it is not known.
	Line    int    `json:"line"`
	Message string `json:"message"`
	// Remedy says what to change on which side.
	Remedy string `json:"remedy"`
}

// DocumentChange is one change of a document.
type DocumentChange struct {
	// Rule is the kind of change, such as api-removed-without-deprecation.
	Rule string `json:"rule"`
	// Level is what it means by the book: breaking, warning or info.
	Level string `json:"level"`
	// Meaning is breaks_consumers, not_known, breaks_nobody_known, used_by_nobody_known or harmless.
	Meaning string `json:"meaning"`
	Text    string `json:"text"`
	Method  string `json:"method"`
	Path    string `json:"path"`
	// UsedBy are the pacts in use that send or read what has changed, Breaks those of them
	// that fit no more because of it.
	UsedBy []LivePact `json:"used_by"`
	Breaks []LivePact `json:"breaks"`
}

// OfferedDocument is a document that is not published yet.
type OfferedDocument struct {
	// Content is JSON or YAML.
	Content []byte `json:"content"`
	// Name is that of the contract, if the provider publishes several.
	Name string `json:"name,omitempty"`
	// CompareWithVersion is "" for the newest version that has a contract.
	CompareWithVersion string `json:"compare_with_version,omitempty"`
}

// ProviderContracts lists what the versions of a provider promise, the newest first.
func (c *Client) ProviderContracts(ctx context.Context, provider string) iter.Seq2[ProviderContracts, error] {
	return list[ProviderContracts](ctx, c, at("providers", provider, "contracts"), nil)
}

// ProviderDocument is a document of a provider as it was published.
func (c *Client) ProviderDocument(ctx context.Context, provider string, q DocumentQuery) (document Document, err error) {
	what := call{
		method: http.MethodGet, path: at("providers", provider, "document"), header: http.Header{"Accept": {"application/yaml, application/json, application/problem+json"}},
		query: asking("version", q.Version, "branch", q.Branch, "tag", q.Tag, "environment", q.Environment, "name", q.Name),
	}
	err = c.do(ctx, what, taking(func(header http.Header, body []byte) error {
		document = Document{Version: header.Get("X-Provider-Version"), ContentType: header.Get("Content-Type"), Content: bytes.Clone(body)}
		if document.Version == "" {
			return errors.New("it does not say whose version it is of")
		}
		return nil
	}))
	return document, err
}

// DocumentChanges compares the documents of two versions of a provider; name is that of
// one of several contracts, or "".
func (c *Client) DocumentChanges(ctx context.Context, provider, from, to, name string) (DocumentChanges, error) {
	what := call{method: http.MethodGet, path: at("providers", provider, "contracts", from, "changes", to), query: asking("name", name)}
	return whole(ctx, c, what, nil, changesOf)
}

// CheckDocument tells what a document would change, and whom it would break, if it were
// published. Nothing is stored.
func (c *Client) CheckDocument(ctx context.Context, provider string, offered OfferedDocument) (DocumentChanges, error) {
	return whole(ctx, c, call{method: http.MethodPost, path: at("providers", provider, "contracts", "check")}, offered, changesOf)
}

func changesOf(changes *DocumentChanges) *[]DocumentChange { return &changes.Items }
