package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	broker "accord"
	"accord/internal/edge"
	"accord/internal/support/links"
)

// index is the entry to the API: nothing but links.
type index struct {
	Links Links `json:"_links"`
}

func (a *API) showIndex(c *gin.Context) error {
	base := edge.Base(c)
	all := Links{{"self", fixed(base.Index(), "Index")}}
	all = append(all, pactRelations(base)...)
	all = append(all, thingRelations(base)...)
	if !a.HidePactsForVerification {
		all = append(all, selectionRelations(base)...)
	}
	all = append(all,
		Relation{"curies", []Link{curie(base, "index", "pb"), curie(base, "index", "beta")}},
		Relation{"pb:environments", fixed(base.Environments(), "Environments")},
		Relation{"pb:environment", template(base.Path("/environments/{uuid}"), "One environment")},
	)
	return edge.HAL(c, http.StatusOK, index{Links: all})
}

func pactRelations(base links.Base) Links {
	const pair, provider = "/pacts/provider/{provider}/consumer/{consumer}", "/pacts/provider/{provider}"
	return Links{
		{"pb:publish-pact", template(base.Path(pair+"/version/{consumerApplicationVersion}"), "Publish a pact")},
		{"pb:publish-contracts", fixed(base.PublishContracts(), "Publish contracts")},
		{"pb:latest-pact-versions", fixed(base.LatestPacts(), "Latest pact of each pair")},
		// The original says that this one is no template; clients expand it anyway.
		{"pb:tagged-pact-versions", fixed(base.Path(pair+"/tag/{tag}"), "Pacts of a pair with a tag")},
		{"pb:branch-pact-versions", template(base.Path(pair+"/branch/{branch}"), "Pacts of a pair on a branch")},
		{"pb:latest-branch-pact-versions", template(base.Path(pair+"/branch/{branch}/latest/versions"), "Latest pacts of a pair on a branch")},
		{"pb:main-branch-pact-versions", template(base.Path(pair+"/branch/versions"), "Pacts of a pair on the consumer's main branch")},
		{"pb:latest-main-branch-pact-versions", template(base.Path(pair+"/branch/latest/versions"), "Latest pacts of a pair on the consumer's main branch")},
		{"pb:provider-pacts-with-main-branch", template(base.Path(provider+"/branch"), "Pacts with a provider on the consumers' main branches")},
		{"pb:provider-pacts-with-branch", template(base.Path(provider+"/branch/{branch}"), "Pacts with a provider on a branch")},
		{"pb:latest-provider-pacts-with-main-branch", template(base.Path(provider+"/branch/latest"), "Latest pacts with a provider on the consumers' main branches")},
		{"pb:latest-provider-pacts-with-branch", template(base.Path(provider+"/branch/{branch}/latest"), "Latest pacts with a provider on a branch")},
		{"pb:pacticipants", fixed(base.Pacticipants(), "Applications")},
		{"pb:pacticipant", template(base.Path("/pacticipants/{pacticipant}"), "One application")},
		{"pb:latest-provider-pacts", template(base.Path(provider+"/latest"), "Latest pact of each consumer with a provider")},
		{"pb:latest-provider-pacts-with-tag", template(base.Path(provider+"/latest/{tag}"), "Latest pact of each consumer with a provider, with a tag")},
		{"pb:provider-pacts-with-tag", template(base.Path(provider+"/tag/{tag}"), "Pacts with a provider, with a tag")},
		{"pb:provider-pacts", template(base.Path(provider), "Pacts with a provider")},
	}
}

func thingRelations(base links.Base) Links {
	const pacticipant = "/pacticipants/{pacticipant}"
	canIDeploy := base.CanIDeploy() + "?pacticipant={pacticipant}&version={version}"
	return Links{
		{"pb:latest-version", template(base.Path(pacticipant+"/latest-version"), "Latest version of an application")},
		{"pb:latest-tagged-version", template(base.Path(pacticipant+"/latest-version/{tag}"), "Latest version of an application with a tag")},
		{"pb:webhooks", fixed(base.Webhooks(), "Webhooks")},
		{"pb:webhook", template(base.Path("/webhooks/{uuid}"), "One webhook")},
		{"pb:integrations", fixed(base.Integrations(), "Pairs of consumer and provider")},
		{"pb:pacticipant-version-tag", template(base.Path(pacticipant+"/versions/{version}/tags/{tag}"), "Read, set or remove a tag of a version")},
		{"pb:pacticipant-branch", template(base.Path(pacticipant+"/branches/{branch}"), "Read or delete a branch of an application")},
		{"pb:pacticipant-branch-version", template(base.Path(pacticipant+"/branches/{branch}/versions/{version}"), "Read, add or remove a version on a branch")},
		{"pb:pacticipant-version", template(base.Path(pacticipant+"/versions/{version}"), "Read, make or delete a version of an application")},
		{"pb:metrics", to(base.Metrics(), "Counts of what the broker holds")},
		{"pb:can-i-deploy-pacticipant-version-to-tag", template(canIDeploy+"&to={tag}", "Does a version work with the latest versions that carry a tag?")},
		{"pb:can-i-deploy-pacticipant-version-to-environment", template(canIDeploy+"&environment={environment}", "May a version be deployed to an environment?")},
	}
}

func selectionRelations(base links.Base) Links {
	href := base.Path("/pacts/provider/{provider}/for-verification")
	beta := template(href, "Deprecated: use pb:provider-pacts-for-verification")
	beta.Name = "beta"
	return Links{
		{"pb:provider-pacts-for-verification", template(href, "Pacts that a provider is to verify")},
		{"beta:provider-pacts-for-verification", beta},
	}
}

// showContract sends the contract of the API itself.
func (a *API) showContract(c *gin.Context) error {
	return edge.Text(c, http.StatusOK, edge.YAML, string(broker.OpenAPI))
}
