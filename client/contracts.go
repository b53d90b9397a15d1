package client

import (
	"context"
	"encoding/json"
	"net/http"
)

// ContractChanges are what a consumer changed in its contract.
type ContractChanges struct {
	// From is nil if there is nothing to compare with, so that everything is new.
	From *ContractOfVersion `json:"from"`
	To   ContractOfVersion  `json:"to"`
	// AsksNothingNew tells that a provider which fulfils the older contract fulfils the newer.
	AsksNothingNew bool `json:"asks_nothing_new"`
	// Counts are how many changes of each class there are.
	Counts map[string]int   `json:"counts"`
	Items  []ContractChange `json:"items"`
}

// ContractOfVersion is the contract of a consumer version.
type ContractOfVersion struct {
	Version string `json:"version"`
	SHA     string `json:"sha"`
	URL     string `json:"url"`
}

// ContractChange is one change.
type ContractChange struct {
	// Interaction is its description; "" if the contract as a whole is meant.
	Interaction   string `json:"interaction"`
	ProviderState string `json:"provider_state"`
	// Path is a JSON Pointer into the interaction; "" for all of it.
	Path string `json:"path"`
	// Kind is added, removed or changed.
	Kind string `json:"kind"`
	// Class is asks_more, asks_less, asks_otherwise or asks_the_same.
	Class string `json:"class"`
	// Before is nil if something was added, After if it was removed.
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}

// ContractChanges compares the contracts of two versions of a consumer. "" for to is the
// latest, and for from the last one before that said something else.
func (c *Client) ContractChanges(ctx context.Context, provider, consumer, from, to string) (ContractChanges, error) {
	what := call{method: http.MethodGet, path: at("contracts", "provider", provider, "consumer", consumer, "changes"), query: asking("from", from, "to", to)}
	return whole(ctx, c, what, nil, func(changes *ContractChanges) *[]ContractChange { return &changes.Items })
}

// ContractContent is the content of a contract as it was published. What has a SHA never
// changes.
func (c *Client) ContractContent(ctx context.Context, provider, consumer, sha string) (content json.RawMessage, err error) {
	err = c.get(ctx, at("contracts", "provider", provider, "consumer", consumer, "contents", sha), nil, &content)
	return content, err
}
