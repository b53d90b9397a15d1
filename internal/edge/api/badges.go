package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/accord-broker/accord/internal/badges"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/links"
)

// badgeTypes are the forms in which badges are shown.
var badgeTypes = []string{edge.SVG}

// Badges says where pictures come from.
type Badges struct {
	Service *badges.Service
	// ShieldsURL is the badge service; "" draws all badges here.
	ShieldsURL string
	// Proxy fetches the badges of pacts from the service instead of sending the
	// client there.
	Proxy bool
	// CacheControl is sent with badges that can be judged.
	CacheControl string
	// UserAgent names the broker to the service.
	UserAgent string
	// client talks to the service, fetched keeps its pictures by their address.
	client  *http.Client
	fetched *lru.Cache[string, string]
}

// fetchedBadges is how many pictures of the service are kept, maxBadge how
// large one may be, and badgeTimeout how long the service may take.
const (
	fetchedBadges = 1000
	maxBadge      = 100_000
	badgeTimeout  = 3 * time.Second
)

// NewBadges makes the badges ready for use.
func NewBadges(b Badges) *Badges {
	var err error
	if b.fetched, err = lru.New[string, string](fetchedBadges); err != nil {
		panic(err) // only a size below 1 fails
	}
	b.ShieldsURL = strings.TrimSuffix(b.ShieldsURL, "/")
	b.client = &http.Client{Timeout: badgeTimeout}
	return &b
}

func (a *API) showPactBadge(c *gin.Context) error {
	return a.pactBadge(c, badges.Query{})
}

func (a *API) showPactWithTagBadge(c *gin.Context) error {
	return a.pactBadge(c, badges.Query{Tag: edge.Param(c, "tag")})
}

func (a *API) showUntaggedPactBadge(c *gin.Context) error {
	return a.pactBadge(c, badges.Query{Untagged: true})
}

func (a *API) showMatrixBadge(c *gin.Context) error {
	return a.pactBadge(c, badges.Query{Tag: edge.Param(c, "tag"), ProviderTag: edge.Param(c, "providerTag")})
}

func (a *API) pactBadge(c *gin.Context, which badges.Query) error {
	which.Consumer, which.Provider = edge.Param(c, "consumer"), edge.Param(c, "provider")
	label, _ := edge.QueryValue(c, "label")
	initials, _ := edge.QueryValue(c, "initials")
	badge, err := a.Badges.Service.Pact(c.Request.Context(), which, badges.Style{Label: label, Initials: initials == "true"})
	c.Header("Cache-Control", "no-cache")
	badge = orBroken(c, badge, err)
	switch {
	case a.Badges.ShieldsURL == "":
		return edge.Text(c, http.StatusOK, edge.SVG, badge.SVG())
	case a.Badges.Proxy:
		return edge.Text(c, http.StatusOK, edge.SVG, a.Badges.fetch(c.Request.Context(), badge))
	}
	return a.Badges.answer(c, badge)
}

func (a *API) showBranchToEnvironmentBadge(c *gin.Context) error {
	label, _ := edge.QueryValue(c, "label")
	badge, err := a.Badges.Service.BranchToEnvironment(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "branch"), edge.Param(c, "environment"), label)
	c.Header("Cache-Control", "no-cache")
	return a.Badges.answer(c, orBroken(c, badge, err))
}

func (a *API) showTagToTagBadge(c *gin.Context) error {
	label, _ := edge.QueryValue(c, "label")
	badge, err := a.Badges.Service.TagToTag(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "tag"), edge.Param(c, "to"), label)
	c.Header("Cache-Control", "no-cache")
	return a.Badges.answer(c, orBroken(c, badge, err))
}

func (a *API) showCanIMergeBadge(c *gin.Context) error {
	badge, err := a.Badges.Service.CanIMerge(c.Request.Context(), edge.Param(c, "pacticipant"))
	c.Header("Cache-Control", "no-cache")
	if badge.Judged && err == nil {
		c.Header("Cache-Control", a.Badges.CacheControl)
	}
	return a.Badges.answer(c, orBroken(c, badge, err))
}

// orBroken shows a failure as a badge too, since pages embed nothing else.
func orBroken(c *gin.Context, badge badges.Badge, err error) badges.Badge {
	if err == nil {
		return badge
	}
	return badges.Broken(edge.Report(c, err))
}

// answer sends the client to the badge service, or draws the badge if there is
// none.
func (b *Badges) answer(c *gin.Context, badge badges.Badge) error {
	if b.ShieldsURL == "" {
		return edge.Text(c, http.StatusOK, edge.SVG, badge.SVG())
	}
	c.Header("Location", b.address(badge))
	return edge.Answer{Status: http.StatusTemporaryRedirect, Media: edge.SVG}
}

// address is where the badge service has the picture.
func (b *Badges) address(badge badges.Badge) string {
	part := func(text string) string {
		return links.Escape(strings.NewReplacer("-", "--", "_", "__").Replace(text))
	}
	return fmt.Sprintf("%s/badge/%s-%s-%s.svg", b.ShieldsURL, part(badge.Left), part(badge.Right), badge.Color)
}

// fetch gets the picture from the badge service, or draws one if that does not
// answer.
func (b *Badges) fetch(ctx context.Context, badge badges.Badge) string {
	address := b.address(badge)
	if picture, known := b.fetched.Get(address); known {
		return badge.Within(picture)
	}
	picture, err := b.download(ctx, address)
	if err != nil {
		return badge.SVG()
	}
	b.fetched.Add(address, picture)
	return badge.Within(picture)
}

func (b *Badges) download(ctx context.Context, address string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("User-Agent", b.UserAgent)
	response, err := b.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the badge service answers %s", response.Status)
	}
	picture, err := io.ReadAll(io.LimitReader(response.Body, maxBadge))
	return string(picture), err
}
