package api

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/integrations"
	"github.com/accord-broker/accord/internal/support/links"
)

// integrationList are pairs of a consumer and a provider.
type integrationList struct {
	Page     *edge.PageObject `json:"page,omitempty"`
	Embedded struct {
		Integrations []listedIntegration `json:"integrations"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

type listedIntegration struct {
	Consumer bareName  `json:"consumer"`
	Provider bareName  `json:"provider"`
	Links    hal.Links `json:"_links"`
}

// bareName is an application without links.
type bareName struct {
	Name string `json:"name"`
}

// listIntegrations shows the pairs, or draws them as a graph for clients that ask
// for DOT.
func (a *API) listIntegrations(c *gin.Context) error {
	page, err := edge.PageOf(c)
	if err != nil {
		return err
	}
	search, err := edge.Search(c)
	if err != nil {
		return err
	}
	found, total, err := a.IntegrationLists.Integrations(c.Request.Context(), integrations.Query{Search: search, Limit: page.Limit(), Offset: page.Offset()})
	if err != nil {
		return err
	}
	if edge.Accepted(c) == edge.Graphviz {
		return edge.Text(c, http.StatusOK, edge.Graphviz, drawIntegrations(found))
	}
	list := integrationList{Page: page.Object(total)}
	list.Embedded.Integrations = make([]listedIntegration, len(found))
	for i, pair := range found {
		list.Embedded.Integrations[i] = listIntegration(edge.Base(c), pair)
	}
	list.Links = hal.Paging(c, hal.Links{{Name: "self", Value: hal.To(edge.Self(c), "Integrations")}}, page, total)
	return edge.HAL(c, http.StatusOK, list)
}

func listIntegration(base links.Base, i integrations.Integration) listedIntegration {
	return listedIntegration{
		Consumer: bareName{i.Consumer}, Provider: bareName{i.Provider},
		Links: hal.Links{
			{Name: "pb:dashboard", Value: hal.To(base.DashboardOf(i.Provider, i.Consumer), "Overview of the pair")},
			{Name: "pb:matrix", Value: hal.To(base.MatrixOf(i.Provider, i.Consumer), "Matrix of the pair")},
			{Name: "pb:group", Value: hal.To(base.Group(i.Consumer), "Everybody connected with the consumer")},
			{Name: "pb:delete_integration", Value: hal.To(base.Integration(i.Provider, i.Consumer), "DELETE here to delete the pair")},
		},
	}
}

// drawIntegrations writes the pairs as a graph in the DOT language.
func drawIntegrations(pairs []integrations.Integration) string {
	var dot strings.Builder
	dot.WriteString("digraph {\n  rankdir=LR;\n  node [shape=box];\n")
	for _, pair := range pairs {
		dot.WriteString("  " + node(pair.Consumer) + " -> " + node(pair.Provider) + "\n")
	}
	dot.WriteString("}\n")
	return dot.String()
}

// plainNode is a name that DOT takes without quotes.
var plainNode = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// node names an application in a graph: with underscores for spaces, as in the
// original, and in quotes where DOT needs them.
func node(name string) string {
	name = strings.ReplaceAll(name, " ", "_")
	if plainNode.MatchString(name) {
		return name
	}
	return strconv.Quote(name)
}

func (a *API) deleteIntegration(c *gin.Context) error {
	which := pair(c)
	if err := a.Integrations.Remove(c.Request.Context(), which.Consumer, which.Provider); err != nil {
		return err
	}
	return edge.NoContent(c)
}

func (a *API) deleteIntegrations(c *gin.Context) error {
	if err := a.Integrations.RemoveAll(c.Request.Context()); err != nil {
		return err
	}
	return edge.NoContent(c)
}
