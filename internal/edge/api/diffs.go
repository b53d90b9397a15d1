package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/support/links"
)

func (a *API) comparePactWithPrevious(c *gin.Context) error {
	p, before, err := a.withPrevious(c)
	if err != nil {
		return err
	}
	if before == nil {
		return edge.Text(c, http.StatusOK, edge.PlainText, fmt.Sprintf("%s: no version before has published anything else that this one could be compared with.\n", pactName(p)))
	}
	return a.writeDiff(c, *before, p)
}

func (a *API) comparePactWithVersion(c *gin.Context) error {
	one, other := pair(c), pair(c)
	one.Number, other.Number = edge.Param(c, "number"), edge.Param(c, "otherNumber")
	return a.comparePacts(c, one, other)
}

func (a *API) comparePactContents(c *gin.Context) error {
	one, other := pair(c), pair(c)
	one.SHA, other.SHA = edge.Param(c, "sha"), edge.Param(c, "otherSha")
	return a.comparePacts(c, one, other)
}

// comparePacts shows how the older of the two became the newer.
func (a *API) comparePacts(c *gin.Context, one, other contracts.PactQuery) error {
	var before, after contracts.Publication
	if err := edge.View(c, func() (err error) {
		if after, err = a.findPact(c, one); err == nil {
			before, err = a.findPact(c, other)
		}
		return err
	}); err != nil {
		return err
	}
	if before.VersionPosition > after.VersionPosition {
		before, after = after, before
	}
	return a.writeDiff(c, before, after)
}

// writeDiff shows the differences, or answers 408 if they take too long to find.
func (a *API) writeDiff(c *gin.Context, before, after contracts.Publication) error {
	ctx := c.Request.Context()
	was, err := a.Pacts.ContentBody(ctx, before.ContentID)
	if err != nil {
		return err
	}
	is, err := a.Pacts.ContentBody(ctx, after.ContentID)
	if err != nil {
		return err
	}
	if !pactfile.Comparable(was, is) {
		return edge.Answer{Status: http.StatusRequestTimeout, Media: edge.PlainText, Body: fmt.Sprintf(
			"The two pacts have more values than can be compared, which is %d together, or are nested too deep. Fetch both and compare them on your machine.\n", pactfile.MostCompared)}
	}
	differences, inTime := edge.Within(ctx, a.DiffTimeout, func() string { return pactfile.Diff(was, is, 0) })
	if !inTime {
		return edge.Answer{Status: http.StatusRequestTimeout, Media: edge.PlainText, Body: fmt.Sprintf(
			"The two pacts could not be compared within %s, the limit that PACT_BROKER_PACT_CONTENT_DIFF_TIMEOUT sets.\n", a.DiffTimeout)}
	}
	return edge.Text(c, http.StatusOK, edge.PlainText, describeDiff(edge.Base(c), before, after, differences))
}

func describeDiff(base links.Base, before, after contracts.Publication, differences string) string {
	if differences == "" {
		differences = "Both say the same.\n"
	}
	return fmt.Sprintf(`# Diff between versions %s and %s of the pact between %s and %s

The change came %s.

%s
## Links

before:
%safter:
%s`, before.VersionNumber, after.VersionNumber, after.Consumer, after.Provider,
		ago(time.Since(after.CreatedAt)), differences, linkLines(base, before), linkLines(base, after))
}

func linkLines(base links.Base, p contracts.Publication) string {
	link := pactLink(base, p)
	return fmt.Sprintf("  title: %s\n  name: %s\n  href: %s\n", link.Title, link.Name, link.Href)
}

// ago says roughly how long something is past.
func ago(past time.Duration) string {
	const day = 24 * time.Hour
	for _, unit := range []struct {
		name   string
		length time.Duration
	}{{"year", 365 * day}, {"month", 30 * day}, {"day", day}, {"hour", time.Hour}, {"minute", time.Minute}} {
		switch n := int(past / unit.length); {
		case n == 1:
			return "1 " + unit.name + " ago"
		case n > 1:
			return fmt.Sprintf("%d %ss ago", n, unit.name)
		}
	}
	return "less than a minute ago"
}
