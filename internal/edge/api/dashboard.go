package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/support/links"
)

// dashboardTypes are the forms in which the overview is shown.
var dashboardTypes = []string{edge.HALJSON, edge.PlainText}

// dashboardPage is the part of the overview that is shown unless another is
// asked for.
const dashboardPage = 30

// overview is how all pairs stand.
type overview struct {
	Items []overviewItem `json:"items"`
}

type overviewItem struct {
	Consumer overviewConsumer `json:"consumer"`
	Provider overviewProvider `json:"provider"`
	Pact     struct {
		CreatedAt string        `json:"createdAt"`
		Links     hal.SelfLinks `json:"_links"`
	} `json:"pact"`
	PactTags   []overviewTag   `json:"pactTags"`
	Result     *overviewResult `json:"latestVerificationResult"`
	ResultTags []overviewTag   `json:"latestVerificationResultTags"`
	Status     string          `json:"verificationStatus"`
	// WebhookStatus and LatestWebhook tell nothing here; the original has them in
	// common with its pages.
	WebhookStatus string    `json:"webhookStatus"`
	LatestWebhook *struct{} `json:"latestWebhookExecution"`
	Links         hal.Links `json:"_links"`
}

type overviewConsumer struct {
	Name    string          `json:"name"`
	Version overviewVersion `json:"version"`
	Links   hal.SelfLinks   `json:"_links"`
}

type overviewProvider struct {
	Name    string           `json:"name"`
	Version *overviewVersion `json:"version"`
	Links   hal.SelfLinks    `json:"_links"`
}

type overviewVersion struct {
	Number string         `json:"number"`
	Branch *string        `json:"branch"`
	Heads  []string       `json:"headBranchNames"`
	Links  *hal.SelfLinks `json:"_links,omitempty"`
}

type overviewTag struct {
	Name   string        `json:"name"`
	Latest bool          `json:"latest"`
	Links  hal.SelfLinks `json:"_links"`
}

type overviewResult struct {
	Success    bool          `json:"success"`
	VerifiedAt string        `json:"verifiedAt"`
	Links      hal.SelfLinks `json:"_links"`
}

func (a *API) showDashboard(c *gin.Context) error {
	page, err := dashboardPageOf(c)
	if err != nil {
		return err
	}
	items, err := a.Dashboard.Overview(c.Request.Context(), page.Limit(), page.Offset())
	if err != nil {
		return err
	}
	return writeOverview(c, items)
}

func (a *API) showDashboardOfPair(c *gin.Context) error {
	page, err := dashboardPageOf(c)
	if err != nil {
		return err
	}
	at := pair(c)
	items, err := a.Dashboard.OverviewOf(c.Request.Context(), at.Consumer, at.Provider, page.Limit(), page.Offset())
	if err != nil {
		return err
	}
	return writeOverview(c, items)
}

// dashboardPageOf is the page that is asked for. Without a word there are fewer
// entries than on the pages of other lists, as in the original.
func dashboardPageOf(c *gin.Context) (edge.Page, error) {
	page, err := edge.PageOf(c)
	if !page.Asked {
		page = edge.Page{Asked: true, Number: 1, Size: dashboardPage}
	}
	return page, err
}

func writeOverview(c *gin.Context, items []dashboard.Item) error {
	if edge.Accepted(c) == edge.PlainText {
		return edge.Text(c, http.StatusOK, edge.PlainText, overviewText(items))
	}
	shown := overview{Items: make([]overviewItem, len(items))}
	for i, item := range items {
		shown.Items[i] = representItem(edge.Base(c), item)
	}
	return edge.HAL(c, http.StatusOK, shown)
}

func representItem(base links.Base, item dashboard.Item) overviewItem {
	shown := overviewItem{
		Consumer: overviewConsumer{
			Name:    item.Consumer,
			Version: representHead(item.VersionNumber, item.Heads),
			Links:   hal.SelfOnly(base.Pacticipant(item.Consumer)),
		},
		Provider:   overviewProvider{Name: item.Provider, Links: hal.SelfOnly(base.Pacticipant(item.Provider))},
		PactTags:   representHeadTags(base, item.Consumer, item.VersionNumber, item.Tags),
		ResultTags: []overviewTag{},
		Status:     string(item.Status()), WebhookStatus: "none",
		Links: hal.Links{{Name: "pb:webhook-status", Value: hal.To(base.WebhookStatus(item.Provider, item.Consumer), "Webhooks of the pact between "+item.Consumer+" and "+item.Provider)}},
	}
	version := hal.SelfOnly(base.Version(item.Consumer, item.VersionNumber))
	shown.Consumer.Version.Links = &version
	shown.Pact.CreatedAt, shown.Pact.Links = hal.Time(item.CreatedAt), hal.SelfOnly(base.Pact(item.Provider, item.Consumer, item.VersionNumber))
	if r := item.Result; r != nil {
		version := representHead(r.Number, r.Heads)
		shown.Provider.Version = &version
		shown.ResultTags = representHeadTags(base, item.Provider, r.Number, r.Tags)
		shown.Result = &overviewResult{Success: r.Success, VerifiedAt: hal.Time(r.CreatedAt), Links: hal.SelfOnly(itemResultAddress(base, item))}
	}
	return shown
}

// itemResultAddress is where the result of a contract that has one is told of.
func itemResultAddress(base links.Base, item dashboard.Item) string {
	if item.Result.Compared {
		return base.ComparedResult(item.Provider, item.Result.Number, item.Consumer, item.SHA)
	}
	return base.LatestResultOfPact(item.Provider, item.Consumer, item.VersionNumber)
}

// representHead shows a version that is the head of these branches.
func representHead(number string, heads []string) overviewVersion {
	version := overviewVersion{Number: number, Heads: append([]string{}, heads...)}
	if len(heads) > 0 {
		version.Branch = &heads[len(heads)-1]
	}
	return version
}

// representHeadTags shows tags that no newer version has.
func representHeadTags(base links.Base, pacticipant, number string, names []string) []overviewTag {
	tags := make([]overviewTag, len(names))
	for i, name := range names {
		tags[i] = overviewTag{Name: name, Latest: true, Links: hal.SelfOnly(base.Tag(pacticipant, number, name))}
	}
	return tags
}

// overviewText shows the overview as a table for terminals.
func overviewText(items []dashboard.Item) string {
	table := [][]string{{"CONSUMER_NAME", "C_VERSION", "C_TAGS", "PROVIDER_NAME", "P_VERSION", "P_TAGS", "SUCCESS"}}
	for _, item := range items {
		line := []string{item.Consumer, item.VersionNumber, strings.Join(item.Tags, ", "), item.Provider, "", "", string(item.Status())}
		if item.Result != nil {
			line[4], line[5] = item.Result.Number, strings.Join(item.Result.Tags, ", ")
		}
		table = append(table, line)
	}
	if len(items) == 0 {
		return "No data.\n"
	}
	return aligned(table) + "\n"
}
