package edge

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Immutable tells clients and caches that the answer never changes, under a tag that
// names it.
func Immutable(c *gin.Context, tag string) {
	c.Header("ETag", `"`+tag+`"`)
	c.Header("Cache-Control", "private, max-age=31536000, immutable")
}

// LastModified tells when what is answered was changed last. Times in headers have
// no fractions: it is rounded up, so that nobody misses a change in the same second.
func LastModified(c *gin.Context, at time.Time) {
	c.Header("Last-Modified", at.Add(time.Second-1).Truncate(time.Second).UTC().Format(http.TimeFormat))
}

// unchanged gives an answer to a reading request its tag, and answers 304 instead if
// the client has it already.
func unchanged(c *gin.Context, status int, media string, body []byte) bool {
	if status != http.StatusOK || !reads(c.Request) {
		return false
	}
	header := c.Writer.Header()
	if header.Get("ETag") == "" {
		header.Set("ETag", tagOf(media, body))
	}
	if !fresh(c.Request, header) {
		return false
	}
	header.Del("Content-Type")
	c.Writer.WriteHeader(http.StatusNotModified)
	return true
}

func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// tagOf is a weak tag, since answers may be packed on their way.
func tagOf(media string, body []byte) string {
	digest := sha256.New()
	digest.Write([]byte(media + "\n"))
	digest.Write(body)
	return `W/"` + base64.RawURLEncoding.EncodeToString(digest.Sum(nil)[:16]) + `"`
}

// fresh reports whether the client has what would be answered, as RFC 9110 says: a
// time counts only without tags.
func fresh(r *http.Request, answer http.Header) bool {
	if tags := r.Header.Values("If-None-Match"); len(tags) > 0 {
		return named(strings.Join(tags, ","), answer.Get("ETag"))
	}
	since, sinceErr := http.ParseTime(r.Header.Get("If-Modified-Since"))
	modified, modifiedErr := http.ParseTime(answer.Get("Last-Modified"))
	return sinceErr == nil && modifiedErr == nil && !modified.After(since)
}

// named reports whether a list of tags has this one, whether weak or not, or is "*",
// which stands for whatever there is.
func named(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

var (
	errExists = fault.New(fault.Conflict, "There is something at this address already, and If-None-Match: * asks for nothing to be there.").Coded("precondition_failed", "")
	errUnread = fault.New(fault.Conflict, "What is at this address cannot be read there, so nothing can be held against If-Match or If-None-Match, and nothing was changed.").
			Coded("precondition_failed", "Send the request without the condition.")
	errChanged = fault.New(fault.Conflict, "What is at this address is not, or no longer, what If-Match names.").Coded("precondition_failed", "")
)

// conditional reports whether a request is to change something on a condition, and
// returns the route by which the condition is checked. Where there is none, the own API
// refuses the request, and the compatible one, as the Pact Broker, knows no conditions.
func (f face) conditional(c *gin.Context) (Route, bool, error) {
	switch c.Request.Method {
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return Route{}, false, nil
	}
	if c.GetHeader("If-Match") == "" && strings.TrimSpace(c.GetHeader("If-None-Match")) != "*" {
		return Route{}, false, nil
	}
	for _, route := range f.routes {
		if route.Method == http.MethodGet && route.Path == c.FullPath() {
			return route, true, nil
		}
	}
	if isOwnAPI(c.Request) {
		return Route{}, false, errUnread
	}
	return Route{}, false, nil
}

// answerIf lets the handler run if the condition of the request holds, both in one
// transaction, and sends its answer after that.
func (f face) answerIf(c *gin.Context, x *requestState, read Route) error {
	if err := receive(c); err != nil {
		return err
	}
	request, route, accepted := c.Request, x.route, x.accepted
	buffered := bufferAnswer(c)
	defer buffered.release(c)
	var failed error
	err := f.atomically(request.Context(), x.path, x.origin.Applications, func(ctx context.Context) error {
		c.Request = request.WithContext(ctx)
		failed = f.check(c, x, buffered, read)
		c.Request, x.route, x.accepted = request.WithContext(ctx), route, accepted
		if failed != nil {
			return failed
		}
		failed = buffered.answered(route.Handler(c))
		return failed
	})
	c.Request = request
	return buffered.finish(failed, err)
}

// check returns a failure unless the condition holds of what GET would answer now, in
// any of the forms in which it may.
func (f face) check(c *gin.Context, x *requestState, buffered *bufferedAnswer, read Route) error {
	wanted := strings.Join(c.Request.Header.Values("If-Match"), ",")
	asked := c.Request.Clone(c.Request.Context())
	asked.Method = http.MethodGet
	for _, name := range []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
		asked.Header.Del(name)
	}
	if err := access.RequireRole(c.Request.Context(), read.Action); err != nil {
		return err // what is asked on condition would tell what is there
	}
	offers := read.Offers
	if len(offers) == 0 {
		offers = []string{HALJSON}
	}
	c.Request, x.route = asked, &read
	exists := false
	for _, offer := range offers {
		x.accepted = offer
		buffered.discard()
		err := read.Handler(c)
		tag := buffered.Header().Get("ETag")
		buffered.discard()
		switch {
		case fault.Is(err, fault.NotFound):
			continue
		case err != nil:
			return err
		case wanted == "":
			return errExists
		}
		exists = true
		if tag != "" && named(wanted, tag) {
			return nil
		}
	}
	if wanted != "" && (!exists || strings.TrimSpace(wanted) != "*") {
		return errChanged
	}
	return nil
}

// atomically runs fn where nobody gets between what it reads and what it writes, as
// far as the face can see to that.
func (f face) atomically(ctx context.Context, address string, applications []string, fn func(ctx context.Context) error) error {
	if f.exclusive == nil {
		return fn(ctx)
	}
	return f.exclusive(ctx, address, applications, fn)
}
