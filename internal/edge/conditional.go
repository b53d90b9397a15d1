package edge

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

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

var errExists = fault.New(fault.Conflict, "There is something at this address already, and If-None-Match: * asks for nothing to be there.").Coded("precondition_failed", "")

// mustNotExist returns a failure if the request may only make something new, and
// the address has something: what GET there finds.
func (f face) mustNotExist(c *gin.Context) error {
	if c.Request.Method != http.MethodPut || strings.TrimSpace(c.GetHeader("If-None-Match")) != "*" {
		return nil
	}
	for _, route := range f.routes {
		if route.Method != http.MethodGet || route.Path != c.FullPath() {
			continue
		}
		held := holdAnswer(c)
		err := route.Handler(c)
		held.forget()
		held.letGo(c)
		switch {
		case fault.Is(err, fault.NotFound):
			return nil
		case err == nil:
			return errExists
		}
		return err
	}
	return nil
}
