package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	broker "github.com/accord-broker/accord"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/support/links"
)

// index is the entry to the API: nothing but links.
type index struct {
	Links hal.Links `json:"_links"`
}

func (a *API) showIndex(c *gin.Context) error {
	base := edge.Base(c)
	all := hal.Links{{Name: "self", Value: hal.Fixed(base.Index(), "Index")}}
	all = append(all, pactRelations(base)...)
	all = append(all, providerContractRelations(base)...)
	all = append(all, thingRelations(base)...)
	if !a.HidePactsForVerification {
		all = append(all, selectionRelations(base)...)
	}
	all = append(all,
		hal.Relation{Name: "curies", Value: []hal.Link{hal.Curie(base, "index", "pb"), hal.Curie(base, "index", "beta")}},
		hal.Relation{Name: "pb:environments", Value: hal.Fixed(base.Environments(), "Environments")},
		hal.Relation{Name: "pb:environment", Value: hal.Templated(base.Path("/environments/{uuid}"), "One environment")},
	)
	return edge.HAL(c, http.StatusOK, index{Links: all})
}

func pactRelations(base links.Base) hal.Links {
	const pair, provider = "/pacts/provider/{provider}/consumer/{consumer}", "/pacts/provider/{provider}"
	return hal.Links{
		{Name: "pb:publish-pact", Value: hal.Templated(base.Path(pair+"/version/{consumerApplicationVersion}"), "Publish a pact")},
		{Name: "pb:publish-contracts", Value: hal.Fixed(base.PublishContracts(), "Publish contracts")},
		{Name: "pb:latest-pact-versions", Value: hal.Fixed(base.LatestPacts(), "Latest pact of each pair")},
		// The original says that this one is no template; clients expand it anyway.
		{Name: "pb:tagged-pact-versions", Value: hal.Fixed(base.Path(pair+"/tag/{tag}"), "Pacts of a pair with a tag")},
		{Name: "pb:branch-pact-versions", Value: hal.Templated(base.Path(pair+"/branch/{branch}"), "Pacts of a pair on a branch")},
		{Name: "pb:latest-branch-pact-versions", Value: hal.Templated(base.Path(pair+"/branch/{branch}/latest/versions"), "Latest pacts of a pair on a branch")},
		{Name: "pb:main-branch-pact-versions", Value: hal.Templated(base.Path(pair+"/branch/versions"), "Pacts of a pair on the consumer's main branch")},
		{Name: "pb:latest-main-branch-pact-versions", Value: hal.Templated(base.Path(pair+"/branch/latest/versions"), "Latest pacts of a pair on the consumer's main branch")},
		{Name: "pb:provider-pacts-with-main-branch", Value: hal.Templated(base.Path(provider+"/branch"), "Pacts with a provider on the consumers' main branches")},
		{Name: "pb:provider-pacts-with-branch", Value: hal.Templated(base.Path(provider+"/branch/{branch}"), "Pacts with a provider on a branch")},
		{Name: "pb:latest-provider-pacts-with-main-branch", Value: hal.Templated(base.Path(provider+"/branch/latest"), "Latest pacts with a provider on the consumers' main branches")},
		{Name: "pb:latest-provider-pacts-with-branch", Value: hal.Templated(base.Path(provider+"/branch/{branch}/latest"), "Latest pacts with a provider on a branch")},
		{Name: "pb:pacticipants", Value: hal.Fixed(base.Pacticipants(), "Applications")},
		{Name: "pb:pacticipant", Value: hal.Templated(base.Path("/pacticipants/{pacticipant}"), "One application")},
		{Name: "pb:latest-provider-pacts", Value: hal.Templated(base.Path(provider+"/latest"), "Latest pact of each consumer with a provider")},
		{Name: "pb:latest-provider-pacts-with-tag", Value: hal.Templated(base.Path(provider+"/latest/{tag}"), "Latest pact of each consumer with a provider, with a tag")},
		{Name: "pb:provider-pacts-with-tag", Value: hal.Templated(base.Path(provider+"/tag/{tag}"), "Pacts with a provider, with a tag")},
		{Name: "pb:provider-pacts", Value: hal.Templated(base.Path(provider), "Pacts with a provider")},
	}
}

// providerContractRelations tell clients that providers may publish contracts.
func providerContractRelations(base links.Base) hal.Links {
	const provider = "/provider-contracts/provider/{provider}"
	return hal.Links{
		{Name: "pf:publish-provider-contract", Value: hal.Templated(base.Path(provider+"/publish"), "Publish a contract of a provider")},
		{Name: "pf:publish-provider-contracts", Value: hal.Templated(base.Path(provider+"/publish-contracts"), "Publish several contracts of a provider")},
	}
}

func thingRelations(base links.Base) hal.Links {
	const pacticipant = "/pacticipants/{pacticipant}"
	canIDeploy := base.CanIDeploy() + "?pacticipant={pacticipant}&version={version}"
	return hal.Links{
		{Name: "pb:latest-version", Value: hal.Templated(base.Path(pacticipant+"/latest-version"), "Latest version of an application")},
		{Name: "pb:latest-tagged-version", Value: hal.Templated(base.Path(pacticipant+"/latest-version/{tag}"), "Latest version of an application with a tag")},
		{Name: "pb:webhooks", Value: hal.Fixed(base.Webhooks(), "Webhooks")},
		{Name: "pb:webhook", Value: hal.Templated(base.Path("/webhooks/{uuid}"), "One webhook")},
		{Name: "pb:integrations", Value: hal.Fixed(base.Integrations(), "Pairs of consumer and provider")},
		{Name: "pb:pacticipant-version-tag", Value: hal.Templated(base.Path(pacticipant+"/versions/{version}/tags/{tag}"), "Read, set or remove a tag of a version")},
		{Name: "pb:pacticipant-branch", Value: hal.Templated(base.Path(pacticipant+"/branches/{branch}"), "Read or delete a branch of an application")},
		{Name: "pb:pacticipant-branch-version", Value: hal.Templated(base.Path(pacticipant+"/branches/{branch}/versions/{version}"), "Read, add or remove a version on a branch")},
		{Name: "pb:pacticipant-version", Value: hal.Templated(base.Path(pacticipant+"/versions/{version}"), "Read, make or delete a version of an application")},
		{Name: "pb:metrics", Value: hal.To(base.Metrics(), "Counts of what the broker holds")},
		{Name: "pb:can-i-deploy-pacticipant-version-to-tag", Value: hal.Templated(canIDeploy+"&to={tag}", "Does a version work with the latest versions that carry a tag?")},
		{Name: "pb:can-i-deploy-pacticipant-version-to-environment", Value: hal.Templated(canIDeploy+"&environment={environment}", "May a version be deployed to an environment?")},
	}
}

func selectionRelations(base links.Base) hal.Links {
	href := base.Path("/pacts/provider/{provider}/for-verification")
	beta := hal.Templated(href, "Deprecated: use pb:provider-pacts-for-verification")
	beta.Name = "beta"
	return hal.Links{
		{Name: "pb:provider-pacts-for-verification", Value: hal.Templated(href, "Pacts that a provider is to verify")},
		{Name: "beta:provider-pacts-for-verification", Value: beta},
	}
}

// showContract sends the contract of the API itself.
func (a *API) showContract(c *gin.Context) error {
	return edge.Text(c, http.StatusOK, edge.YAML, string(broker.OpenAPI))
}
