package edge

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/support/fault"
)

// Deprecation tells that a route is there for old clients only.
type Deprecation struct {
	// Since is when it was deprecated.
	Since time.Time
	// Sunset is when it ends; zero for a route that stays.
	Sunset time.Time
	// Successor is the path of what to use instead, whose parameters are those of the
	// route.
	Successor string
}

// deprecationsPage is where deprecations are explained.
const deprecationsPage = "/deprecations"

// tell says in headers that the route is deprecated, as RFC 9745 and RFC 8594 have
// it, and returns a Gone fault once it has ended.
func (d *Deprecation) tell(c *gin.Context, now time.Time) error {
	if d == nil {
		return nil
	}
	base := Base(c)
	successor := base.Path(filledIn(d.Successor, c.Params))
	header := c.Writer.Header()
	header.Set("Deprecation", "@"+strconv.FormatInt(d.Since.Unix(), 10))
	header.Add("Link", "<"+successor+`>; rel="successor-version"`)
	header.Add("Link", "<"+base.Path(deprecationsPage)+`>; rel="deprecation"; type="text/html"`)
	if d.Sunset.IsZero() {
		return nil
	}
	header.Set("Sunset", d.Sunset.UTC().Format(http.TimeFormat))
	if now.Before(d.Sunset) {
		return nil
	}
	return fault.New(fault.Gone, "This endpoint ended on %s.", d.Sunset.UTC().Format(time.DateOnly)).
		Coded("endpoint_removed", "Use "+successor+" instead.")
}

// filledIn is the path with the parameters of the request, escaped as they came.
func filledIn(path string, params gin.Params) string {
	return pathParameters.ReplaceAllStringFunc(path, func(name string) string {
		if value, found := params.Get(name[1:]); found {
			return value
		}
		return "{" + name[1:] + "}"
	})
}
