package api

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/links"
)

// pactList are pacts of a pair, without their contents.
type pactList struct {
	Page     *edge.PageObject `json:"page,omitempty"`
	Embedded struct {
		Pacts []listedPact `json:"pacts"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

type listedPact struct {
	CreatedAt string `json:"createdAt"`
	Embedded  struct {
		ConsumerVersion embeddedVersion `json:"consumerVersion"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

func (a *API) listPactVersions(c *gin.Context) error {
	return a.listPactsOfPair(c, contracts.Query{NewestFirst: true}, "")
}

func (a *API) listPactsWithTag(c *gin.Context) error {
	return a.listPactsOfPair(c, contracts.Query{Tag: edge.Param(c, "tag"), NewestFirst: true}, "pb:")
}

func (a *API) listPactsOnBranch(c *gin.Context) error {
	return a.listPactsOfPair(c, contracts.Query{Branch: edge.Param(c, "branch")}, "")
}

func (a *API) listPactsOnMainBranch(c *gin.Context) error {
	return a.listPactsOfPair(c, contracts.Query{MainBranch: true}, "")
}

func (a *API) listLatestPactsOnBranch(c *gin.Context) error {
	return a.listPactsOfPair(c, contracts.Query{Branch: edge.Param(c, "branch"), HeadsOnly: true}, "")
}

func (a *API) listLatestPactsOnMainBranch(c *gin.Context) error {
	return a.listPactsOfPair(c, contracts.Query{MainBranch: true, HeadsOnly: true}, "")
}

// listPactsOfPair shows a list of the pair in the address. The original has the
// relations of one of the lists under names with a prefix, the others without.
func (a *API) listPactsOfPair(c *gin.Context, which contracts.Query, prefix string) error {
	page, err := edge.PageOf(c)
	if err != nil {
		return err
	}
	at := pair(c)
	consumer, provider, err := contracts.Pair(c.Request.Context(), a.Pacts, at.Consumer, at.Provider)
	if err != nil {
		return err
	}
	which.ConsumerID, which.ProviderID, which.Limit, which.Offset = consumer.ID, provider.ID, page.Limit(), page.Offset()
	found, total, err := a.Pacts.Pacts(c.Request.Context(), which)
	if err != nil {
		return err
	}
	base := edge.Base(c)
	list := pactList{Page: page.Object(total)}
	list.Embedded.Pacts = make([]listedPact, len(found))
	pacts, chosen := make([]hal.Link, len(found)), make([]hal.Link, len(found))
	for i, p := range found {
		list.Embedded.Pacts[i] = listPact(base, p)
		pacts[i] = hal.Named(base.Pact(p.Provider, p.Consumer, p.VersionNumber), "Pact",
			fmt.Sprintf("Version %s - %s", p.VersionNumber, p.CreatedAt.Format("02/01/2006")))
		chosen[i] = providerPactLink(base, p)
	}
	list.Links = hal.Paging(c, hal.Links{
		{Name: "self", Value: hal.To(edge.SelfWithQuery(c), "Pacts between "+consumer.Name+" and "+provider.Name)},
		{Name: prefix + "consumer", Value: hal.Named(base.Pacticipant(consumer.Name), "Consumer", consumer.Name)},
		{Name: prefix + "provider", Value: hal.Named(base.Pacticipant(provider.Name), "Provider", provider.Name)},
		{Name: prefix + "pact-versions", Value: pacts},
		// The Rust command line reads every list of pacts by this relation.
		{Name: "pb:pacts", Value: chosen},
	}, page, total)
	return edge.HAL(c, http.StatusOK, list)
}

func listPact(base links.Base, p contracts.Publication) listedPact {
	listed := listedPact{CreatedAt: hal.Time(p.CreatedAt)}
	listed.Embedded.ConsumerVersion = embedVersion(base, p.Consumer, p.VersionNumber)
	listed.Links = hal.Links{{Name: "self", Value: hal.To(base.Pact(p.Provider, p.Consumer, p.VersionNumber), pactName(p))}}
	return listed
}

// providerPacts are links to the pacts of a provider.
type providerPacts struct {
	Page  *edge.PageObject `json:"page,omitempty"`
	Links hal.Links        `json:"_links"`
}

func (a *API) listProviderPacts(c *gin.Context) error {
	return a.listPactsOfProvider(c, "All pacts of", contracts.Query{})
}

func (a *API) listProviderPactsWithTag(c *gin.Context) error {
	return a.listPactsOfProvider(c, "Tagged pacts of", contracts.Query{Tag: edge.Param(c, "tag")})
}

func (a *API) listLatestProviderPacts(c *gin.Context) error {
	return a.listPactsOfProvider(c, "Latest pacts of", contracts.Query{LatestOnly: true})
}

func (a *API) listLatestProviderPactsWithTag(c *gin.Context) error {
	return a.listPactsOfProvider(c, "Latest tagged pacts of", contracts.Query{Tag: edge.Param(c, "tag"), LatestOnly: true})
}

func (a *API) listProviderPactsOnBranch(c *gin.Context) error {
	return a.listPactsOfProvider(c, "Pacts on the branch of", contracts.Query{Branch: edge.Param(c, "branch")})
}

func (a *API) listProviderPactsOnMainBranches(c *gin.Context) error {
	return a.listPactsOfProvider(c, "Pacts on main branches of", contracts.Query{MainBranch: true})
}

func (a *API) listLatestProviderPactsOnBranch(c *gin.Context) error {
	return a.listPactsOfProvider(c, "Pacts at the head of the branch of", contracts.Query{Branch: edge.Param(c, "branch"), HeadsOnly: true})
}

func (a *API) listLatestProviderPactsOnMainBranches(c *gin.Context) error {
	return a.listPactsOfProvider(c, "Pacts at the heads of main branches of", contracts.Query{MainBranch: true, HeadsOnly: true})
}

func (a *API) listPactsOfProvider(c *gin.Context, title string, which contracts.Query) error {
	page, err := edge.PageOf(c)
	if err != nil {
		return err
	}
	provider, err := pacticipants.Get(c.Request.Context(), a.Pacts, "provider", edge.Param(c, "provider"))
	if err != nil {
		return err
	}
	which.ProviderID, which.Limit, which.Offset = provider.ID, page.Limit(), page.Offset()
	found, total, err := a.Pacts.Pacts(c.Request.Context(), which)
	if err != nil {
		return err
	}
	base := edge.Base(c)
	pacts := make([]hal.Link, len(found))
	for i, p := range found {
		pacts[i] = providerPactLink(base, p)
	}
	deprecated := hal.Named(base.Pacticipant(provider.Name), provider.Name, "DEPRECATED - please use the pb:provider relation")
	return edge.HAL(c, http.StatusOK, providerPacts{Page: page.Object(total), Links: hal.Paging(c, hal.Links{
		{Name: "self", Value: hal.To(edge.SelfWithQuery(c), title+" "+provider.Name)},
		{Name: "pb:provider", Value: hal.Link{Href: base.Pacticipant(provider.Name), Name: provider.Name}},
		{Name: "pb:pacts", Value: pacts},
		{Name: "provider", Value: deprecated},
		{Name: "pacts", Value: pacts},
	}, page, total)})
}

// providerPactLink leads to a pact from a list in which the consumers differ.
func providerPactLink(base links.Base, p contracts.Publication) hal.Link {
	return hal.Named(base.Pact(p.Provider, p.Consumer, p.VersionNumber), pactName(p), p.Consumer)
}

// latestPacts are the latest pacts of all pairs.
type latestPacts struct {
	Page  *edge.PageObject `json:"page,omitempty"`
	Pacts []latestPact     `json:"pacts"`
	Links hal.Links        `json:"_links"`
}

type latestPact struct {
	CreatedAt string `json:"createdAt"`
	Embedded  struct {
		Consumer consumerWithVersion `json:"consumer"`
		Provider embeddedName        `json:"provider"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

type consumerWithVersion struct {
	Name     string `json:"name"`
	Embedded struct {
		Version embeddedVersion `json:"version"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

func (a *API) listLatestPacts(c *gin.Context) error {
	page, err := edge.PageOf(c)
	if err != nil {
		return err
	}
	found, total, err := a.Pacts.Pacts(c.Request.Context(), contracts.Query{LatestOnly: true, Limit: page.Limit(), Offset: page.Offset()})
	if err != nil {
		return err
	}
	base := edge.Base(c)
	list := latestPacts{Page: page.Object(total), Pacts: make([]latestPact, len(found))}
	pacts, old := make([]hal.Link, len(found)), make([]hal.Link, len(found))
	for i, p := range found {
		list.Pacts[i] = representLatest(base, p)
		pacts[i] = hal.To(base.LatestPact(p.Provider, p.Consumer), pactName(p))
		old[i] = hal.Named(base.LatestPact(p.Provider, p.Consumer), "Pact, under the old name of pb:pacts", pactName(p))
	}
	list.Links = hal.Paging(c, hal.Links{
		{Name: "self", Value: hal.To(edge.SelfWithQuery(c), "Latest pact of each pair")},
		{Name: "pb:pacts", Value: pacts},
		{Name: "pacts", Value: old},
		{Name: "curies", Value: hal.Curies(base, "pacts")},
	}, page, total)
	return edge.HAL(c, http.StatusOK, list)
}

func representLatest(base links.Base, p contracts.Publication) latestPact {
	latest := latestPact{CreatedAt: hal.Time(p.CreatedAt)}
	consumer := embedName(base, p.Consumer)
	latest.Embedded.Consumer.Name, latest.Embedded.Consumer.Links = consumer.Name, consumer.Links
	latest.Embedded.Consumer.Embedded.Version = embedVersion(base, p.Consumer, p.VersionNumber)
	latest.Embedded.Provider = embedName(base, p.Provider)
	latest.Links = hal.Links{{Name: "self", Value: []hal.Link{
		{Href: base.LatestPact(p.Provider, p.Consumer)},
		{Href: base.Pact(p.Provider, p.Consumer, p.VersionNumber)},
	}}}
	return latest
}
