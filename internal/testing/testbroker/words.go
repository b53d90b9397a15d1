package testbroker

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/links"
)

// at builds the paths of requests.
const at = links.Base("")

// Pact is a contract that a version of a consumer publishes with a provider.
// It is published by With; the words before it say how, those after it what
// became of it.
type Pact struct {
	b                 *Broker
	Consumer, Version string
	Provider          string
	branch            string
	tags              []string
	content           any
}

// Pact begins the scenario of a version of a consumer.
func (b *Broker) Pact(consumer, version string) *Pact {
	return &Pact{b: b, Consumer: consumer, Version: version}
}

// Branch publishes from the branch.
func (p *Pact) Branch(name string) *Pact {
	p.branch = name
	return p
}

// Tags publishes with the tags.
func (p *Pact) Tags(names ...string) *Pact {
	p.tags = append(p.tags, names...)
	return p
}

// Saying publishes this content; without it the contract has one interaction,
// the same for all versions.
func (p *Pact) Saying(content any) *Pact {
	p.content = content
	return p
}

// With publishes the contract with the provider.
func (p *Pact) With(provider string) *Pact {
	p.b.t.Helper()
	p.Provider = provider
	p.b.Publish(p.Consumer, p.Version, p.branch, p.tags, map[string]any{provider: p.content}).OK(http.StatusOK)
	return p
}

// VerifiedBy records that the provider version fulfils the contract.
func (p *Pact) VerifiedBy(providerVersion string) *Pact {
	p.b.t.Helper()
	return p.result(providerVersion, true)
}

// FailedBy records that the provider version does not fulfil the contract.
func (p *Pact) FailedBy(providerVersion string) *Pact {
	p.b.t.Helper()
	return p.result(providerVersion, false)
}

func (p *Pact) result(providerVersion string, success bool) *Pact {
	p.b.t.Helper()
	pact := p.b.Get(p.Path()).OK(http.StatusOK)
	p.b.Post(pact.Link("pb:publish-verification-results"), map[string]any{
		"success": success, "providerApplicationVersion": providerVersion,
	}).OK(http.StatusCreated)
	return p
}

// DeployedTo records that the consumer's version is deployed.
func (p *Pact) DeployedTo(environment string) *Pact {
	p.b.t.Helper()
	p.b.Deploy(p.Consumer, p.Version, environment)
	return p
}

// ReleasedTo records that the consumer's version is released.
func (p *Pact) ReleasedTo(environment string) *Pact {
	p.b.t.Helper()
	p.b.Release(p.Consumer, p.Version, environment)
	return p
}

// Path is the address of the contract.
func (p *Pact) Path() string { return at.Pact(p.Provider, p.Consumer, p.Version) }

// Publish publishes contracts of one consumer version, by provider; a nil
// content is Content's.
func (b *Broker) Publish(consumer, version, branch string, tags []string, contents map[string]any, changes ...Change) Response {
	b.t.Helper()
	body := b.Publishing(consumer, version, branch, contents)
	if len(tags) > 0 {
		body["tags"] = tags
	}
	return b.Post(at.PublishContracts(), body, changes...)
}

// Publishing is the body with which Publish publishes.
func (b *Broker) Publishing(consumer, version, branch string, contents map[string]any) map[string]any {
	b.t.Helper()
	var contracts []any
	for provider, content := range contents {
		if content == nil {
			content = Content(consumer, provider, "a request")
		}
		text, err := json.Marshal(content)
		require.NoError(b.t, err)
		contracts = append(contracts, map[string]any{
			"consumerName": consumer, "providerName": provider, "specification": "pact",
			"contentType": "application/json", "content": base64.StdEncoding.EncodeToString(text),
		})
	}
	body := map[string]any{"pacticipantName": consumer, "pacticipantVersionNumber": version, "contracts": contracts}
	if branch != "" {
		body["branch"] = branch
	}
	return body
}

// Content is a contract with one interaction for each description.
func Content(consumer, provider string, descriptions ...string) map[string]any {
	interactions := []any{}
	for _, description := range descriptions {
		interactions = append(interactions, map[string]any{
			"description": description,
			"request":     map[string]any{"method": "GET", "path": "/"},
			"response":    map[string]any{"status": 200},
		})
	}
	return map[string]any{
		"consumer": map[string]any{"name": consumer}, "provider": map[string]any{"name": provider},
		"interactions": interactions,
		"metadata":     map[string]any{"pactSpecification": map[string]any{"version": "2.0.0"}},
	}
}

// Version makes a version of an application known, on the branches.
func (b *Broker) Version(pacticipant, number string, branches ...string) {
	b.t.Helper()
	b.Put(at.Version(pacticipant, number), map[string]any{}).OK()
	for _, branch := range branches {
		b.Put(at.BranchVersion(pacticipant, branch, number), nil).OK()
	}
}

// Tag puts a tag on a version.
func (b *Broker) Tag(pacticipant, version, tag string) {
	b.t.Helper()
	b.Put(at.Tag(pacticipant, version, tag), nil).OK()
}

// Environment returns the UUID of the environment, which is made if there is none.
func (b *Broker) Environment(name string) string {
	b.t.Helper()
	found := b.Get(at.Environments() + "?name=" + links.Escape(name)).OK(http.StatusOK)
	if uuid, exists := found.Find("_embedded", "environments", 0, "uuid").(string); exists {
		return uuid
	}
	return b.Post(at.Environments(), map[string]any{"name": name, "production": name == "production"}).OK(http.StatusCreated).Text("uuid")
}

// Deploy records that a version is deployed, to an instance if one is named,
// and returns the address of the record.
func (b *Broker) Deploy(pacticipant, version, environment string, instance ...string) string {
	b.t.Helper()
	body := map[string]any{}
	if len(instance) > 0 {
		body["applicationInstance"] = instance[0]
	}
	return b.Post(at.RecordDeployment(pacticipant, version, b.Environment(environment)), body).OK(http.StatusCreated).Link("self")
}

// Undeploy records that what is at the address is not deployed any more.
func (b *Broker) Undeploy(deployed string) {
	b.t.Helper()
	b.Patch(deployed, map[string]any{"currentlyDeployed": false}).OK(http.StatusOK)
}

// Release records that a version is released, and returns the address of the record.
func (b *Broker) Release(pacticipant, version, environment string) string {
	b.t.Helper()
	return b.Post(at.RecordRelease(pacticipant, version, b.Environment(environment)), nil).OK(http.StatusCreated, http.StatusOK).Link("self")
}
