package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/edge/questions"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/versions"
)

// pactName is how people and verifiers know a pact.
func pactName(p contracts.Publication) string {
	return fmt.Sprintf("Pact between %s (%s) and %s", p.Consumer, p.VersionNumber, p.Provider)
}

func pactLink(base links.Base, p contracts.Publication) hal.Link {
	return hal.Named(base.Pact(p.Provider, p.Consumer, p.VersionNumber), "Pact", pactName(p))
}

// pair returns the consumer and the provider of the address.
func pair(c *gin.Context) contracts.PactQuery {
	return contracts.PactQuery{Consumer: edge.Param(c, "consumer"), Provider: edge.Param(c, "provider")}
}

// ofVersion is the pact whose address names the consumer version.
func ofVersion(c *gin.Context) contracts.PactQuery {
	which := pair(c)
	which.Number = edge.Param(c, "number")
	return which
}

// foundPact is a pact with what is shown of it besides.
type foundPact struct {
	contracts.Publication

	// tags are those of its version, for the form that has them.
	tags []versions.Tag
}

// find finds the pact that an answer shows, with its tags if they are shown, too: all
// of one moment. The content never changes, and is read afterwards, since that may
// have to wait for memory.
func (a *API) find(c *gin.Context, which contracts.PactQuery) (p foundPact, err error) {
	find := func() error {
		found, err := a.findPact(c, which)
		if err == nil {
			p, err = a.withTags(c, found)
		}
		return err
	}
	if edge.Accepted(c) == edge.Extended {
		err = edge.View(c, find)
	} else {
		err = find() // one statement is of one moment anyway
	}
	return p, err
}

func (a *API) withTags(c *gin.Context, p contracts.Publication) (foundPact, error) {
	found := foundPact{Publication: p}
	if edge.Accepted(c) != edge.Extended {
		return found, nil
	}
	var err error
	found.tags, err = a.Pacts.TagsOf(c.Request.Context(), p.VersionID)
	return found, err
}

func (a *API) showPact(c *gin.Context) error {
	p, err := a.find(c, ofVersion(c))
	if err != nil {
		return err
	}
	return a.writePact(c, http.StatusOK, p, contracts.Metadata{})
}

func (a *API) showLatestPact(c *gin.Context) error { return a.showLatest(c, pair(c)) }

func (a *API) showLatestPactWithTag(c *gin.Context) error {
	which := pair(c)
	which.Tag = edge.Param(c, "tag")
	return a.showLatest(c, which, which.Tag)
}

func (a *API) showLatestUntaggedPact(c *gin.Context) error {
	which := pair(c)
	which.Untagged = true
	return a.showLatest(c, which, "untagged")
}

func (a *API) showLatestPactOnBranch(c *gin.Context) error {
	which := pair(c)
	which.Branch = edge.Param(c, "branch")
	p, err := a.find(c, which)
	if err != nil {
		return err
	}
	// The Rust command line takes this address for a list and reads pb:pacts.
	return a.writeLatest(c, p, contracts.Metadata{ConsumerVersionID: p.VersionID}, hal.Relation{Name: "pb:pacts", Value: []hal.Link{providerPactLink(edge.Base(c), p.Publication)}})
}

// showLatest shows a pact whose address says nothing about its version.
func (a *API) showLatest(c *gin.Context, which contracts.PactQuery, tags ...string) error {
	p, err := a.find(c, which)
	if err != nil {
		return err
	}
	return a.writeLatest(c, p, contracts.Metadata{ConsumerVersionID: p.VersionID, Tags: tags})
}

// writeLatest names the version in a header. The results of verifying the pact
// find their way back to that version by the metadata.
func (a *API) writeLatest(c *gin.Context, p foundPact, metadata contracts.Metadata, more ...hal.Relation) error {
	c.Header("X-Pact-Consumer-Version", p.VersionNumber)
	return a.writePact(c, http.StatusOK, p, metadata, more...)
}

func (a *API) showPactContent(c *gin.Context) error {
	which := pair(c)
	which.SHA = edge.Param(c, "sha")
	p, err := a.find(c, which)
	if err != nil {
		return err
	}
	return a.writePact(c, http.StatusOK, p, contracts.Metadata{})
}

func (a *API) showPactContentWithMetadata(c *gin.Context) error {
	metadata := questions.Metadata(edge.Param(c, "metadata"))
	which := pair(c)
	which.SHA = edge.Param(c, "sha")
	which.Among, which.AmongID = metadata.ConsumerVersions()
	var p foundPact
	var numbers []string
	if err := edge.View(c, func() (err error) {
		if p, err = a.find(c, which); err == nil {
			numbers, err = a.Pacts.ConsumerVersionsAmong(c.Request.Context(), which)
		}
		return err
	}); err != nil {
		return err
	}
	if len(numbers) == 0 {
		return a.writePact(c, http.StatusOK, p, metadata)
	}
	return a.writePact(c, http.StatusOK, p, metadata, hal.Relation{Name: "pb:consumer-versions", Value: consumerVersionLinks(edge.Base(c), p.Consumer, numbers)})
}

// consumerVersionLinks lead to the versions for which a content was selected.
func consumerVersionLinks(base links.Base, consumer string, numbers []string) []hal.Link {
	versions := make([]hal.Link, len(numbers))
	for i, number := range numbers {
		versions[i] = hal.Named(base.Version(consumer, number), "Consumer version", number)
	}
	return versions
}

func (a *API) showPreviousDistinctPact(c *gin.Context) error {
	p, before, err := a.withPrevious(c)
	if err != nil {
		return err
	}
	if before == nil {
		return fault.Missing("%s is the first of its kind", pactName(p))
	}
	return a.writePact(c, http.StatusOK, foundPact{Publication: *before}, contracts.Metadata{})
}

// withPrevious is the pact of a version, and the last one before it that says something
// else; nil if there is none.
func (a *API) withPrevious(c *gin.Context) (p contracts.Publication, before *contracts.Publication, err error) {
	err = edge.View(c, func() error {
		if p, err = a.findPact(c, ofVersion(c)); err != nil {
			return err
		}
		previous, found, err := contracts.PreviousDistinct(c.Request.Context(), a.Pacts, p)
		if found {
			before = &previous
		}
		return err
	})
	return p, before, err
}

func (a *API) findPact(c *gin.Context, which contracts.PactQuery) (contracts.Publication, error) {
	return contracts.Find(c.Request.Context(), a.Pacts, which)
}

// writePact shows a pact: its content as published, with the time of
// publication and links. The metadata stands in the link for the results.
func (a *API) writePact(c *gin.Context, status int, p foundPact, metadata contracts.Metadata, more ...hal.Relation) error {
	content, err := a.Pacts.ContentBody(c.Request.Context(), p.ContentID)
	if err != nil {
		return err
	}
	if edge.Accepted(c) == edge.HTMLText {
		return writePactPage(c, status, p.Publication, content)
	}
	relations := append(pactRelationsOf(edge.Base(c), p.Publication, metadata), more...)
	if edge.Accepted(c) == edge.Extended {
		return writeExtendedPact(c, status, p, content, relations)
	}
	shown, err := edge.Encode(relations)
	if err != nil {
		return err
	}
	body := pactfile.WithMembers(content, pactfile.NamedMember{Name: "createdAt", Value: []byte(`"` + hal.Time(p.CreatedAt) + `"`)}, pactfile.NamedMember{Name: "_links", Value: shown})
	return edge.Bytes(c, status, edge.Accepted(c), body)
}

// extendedPact keeps the content apart from what the broker knows about it. One that came
// from elsewhere and is no JSON is a string.
type extendedPact struct {
	CreatedAt string          `json:"createdAt"`
	Contract  json.RawMessage `json:"contract"`
	Embedded  struct {
		Tags []extendedTag `json:"tags"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

type extendedTag struct {
	Name   string    `json:"name"`
	Latest bool      `json:"latest"`
	Links  hal.Links `json:"_links"`
}

func writeExtendedPact(c *gin.Context, status int, p foundPact, content []byte, relations hal.Links) error {
	base := edge.Base(c)
	shown := extendedPact{CreatedAt: hal.Time(p.CreatedAt), Contract: pactfile.Value(content), Links: relations}
	shown.Embedded.Tags = make([]extendedTag, len(p.tags))
	for i, tag := range p.tags {
		shown.Embedded.Tags[i] = extendedTag{Name: tag.Name, Latest: tag.Latest, Links: hal.Links{
			{Name: "self", Value: hal.Named(base.Tag(p.Consumer, p.VersionNumber, tag.Name), "Tag", tag.Name)},
			{Name: "pb:latest-pact", Value: hal.To(base.LatestPactWithTag(p.Provider, p.Consumer, tag.Name), "Latest pact with the tag")},
		}}
	}
	return edge.HAL(c, status, shown)
}

func pactRelationsOf(base links.Base, p contracts.Publication, metadata contracts.Metadata) hal.Links {
	consumer, provider, number, sha := p.Consumer, p.Provider, p.VersionNumber, p.SHA
	results := base.VerificationResults(provider, consumer, sha)
	if !metadata.IsEmpty() {
		results = base.VerificationResultsWithMetadata(provider, consumer, sha, metadata.Encode())
	}
	return hal.Links{
		{Name: "self", Value: pactLink(base, p)},
		{Name: "pb:consumer", Value: hal.Named(base.Pacticipant(consumer), "Consumer", consumer)},
		{Name: "pb:consumer-version", Value: hal.Named(base.Version(consumer, number), "Consumer version", number)},
		{Name: "pb:provider", Value: hal.Named(base.Pacticipant(provider), "Provider", provider)},
		{Name: "pb:pact-version", Value: hal.Named(base.PactVersion(provider, consumer, sha), "Permalink of this content", sha)},
		{Name: "pb:latest-pact-version", Value: hal.To(base.LatestPact(provider, consumer), "Latest pact of the pair")},
		{Name: "pb:all-pact-versions", Value: hal.To(base.PactVersions(provider, consumer), "All pacts of the pair")},
		{Name: "pb:latest-untagged-pact-version", Value: hal.To(base.LatestUntaggedPact(provider, consumer), "Latest pact of a version without tags")},
		{Name: "pb:latest-tagged-pact-version", Value: hal.Templated(base.LatestPact(provider, consumer)+"/{tag}", "Latest pact of a version with a tag")},
		{Name: "pb:previous-distinct", Value: hal.To(base.PreviousDistinctPact(provider, consumer, number), "The content before this one")},
		{Name: "pb:diff-previous-distinct", Value: hal.To(base.DiffPreviousDistinct(provider, consumer, number), "What changed since the content before")},
		{Name: "pb:diff", Value: hal.Templated(base.PactVersion(provider, consumer, sha)+"/diff/pact-version/{pactVersion}", "What differs from another content")},
		{Name: "pb:pact-webhooks", Value: hal.To(base.WebhooksOf(provider, consumer), "Webhooks of the pair")},
		// The original names the provider here, and recorded answers pin it; the
		// next relation is the one that says what it means.
		{Name: "pb:consumer-webhooks", Value: hal.To(base.WebhooksOfConsumer(provider), "Webhooks of the provider in its role as a consumer")},
		{Name: "pb:provider-webhooks", Value: hal.To(base.WebhooksOfProvider(provider), "Webhooks of the provider")},
		{Name: "pb:tag-prod-version", Value: hal.To(base.Tag(consumer, number, "prod"), "PUT here to tag this version as prod")},
		{Name: "pb:tag-version", Value: hal.To(base.Version(consumer, number)+"/tags/{tag}", "PUT here to tag this version")},
		{Name: "pb:publish-verification-results", Value: hal.To(results, "POST results of verifying this pact here")},
		{Name: "pb:latest-verification-results", Value: hal.Link{Href: base.LatestResultOfContent(provider, consumer, sha)}},
		{Name: "pb:triggered-webhooks", Value: hal.To(base.TriggeredByPact(provider, consumer, number), "Webhooks triggered by this pact")},
		{Name: "pb:matrix-for-consumer-version", Value: hal.To(base.MatrixOfConsumerVersion(consumer, number), "Results of this version")},
		{Name: "curies", Value: hal.Curies(base, "pact")},
	}
}
