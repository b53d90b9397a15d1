package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// Condition says when a change is made; else it fails with the code
// precondition_failed, and nothing is changed.
type Condition struct{ header, value string }

// IfUnchanged makes the change only if what is there is as it was when it was read,
// with the ETag that it had then.
func IfUnchanged(etag string) Condition { return Condition{"If-Match", etag} }

// IfThere changes only what is there.
func IfThere() Condition { return Condition{"If-Match", "*"} }

// IfNew makes only what is not there yet.
func IfNew() Condition { return Condition{"If-None-Match", "*"} }

// only is the call under the conditions.
func (what call) only(conditions []Condition) (call, error) {
	for _, condition := range conditions {
		if condition.value == "" {
			return what, errors.New("the ETag of a condition is empty: read what you want to change by itself first, for things in lists have none")
		}
		what.header = with(what.header, condition.header, condition.value)
	}
	return what, nil
}

// conditional reports whether the call is made under conditions.
func (what call) conditional() bool {
	return what.header.Get("If-Match") != "" || what.header.Get("If-None-Match") != ""
}

// with is the header and one value more.
func with(header http.Header, name, value string) http.Header {
	all := header.Clone()
	if all == nil {
		all = http.Header{}
	}
	all.Set(name, value)
	return all
}

// getTagged reads what is at the path, and the ETag of this state of it.
func (c *Client) getTagged(ctx context.Context, path string, answer any, etag *string) error {
	return c.get(ctx, path, nil, taking(func(header http.Header, body []byte) error {
		*etag = header.Get("ETag")
		return json.Unmarshal(body, answer)
	}))
}
