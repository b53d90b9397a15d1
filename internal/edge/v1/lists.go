package v1

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// This file holds what all of the broker's own API shares: requests are held
// against openapi.yaml before a handler sees them, lists are read by cursor,
// and failures are problem documents, which the edge sees to.

// v1 is where the broker's own API is.
const v1 = "/api/v1"

// The number of items in an answer, unless the request says otherwise, and at
// most.
const (
	defaultItems = 50
	maxItems     = 200
)

// own completes a route of the own API: plain JSON both ways, and a request
// that does not follow the contract is refused before the handler runs.
func own(route edge.Route) edge.Route {
	if len(route.Offers) == 0 {
		route.Offers = []string{edge.JSON}
	}
	handler := route.Handler
	switch route.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		if len(route.Accepts) == 0 {
			route.Accepts = []string{edge.JSON}
		}
		route.Handler = func(c *gin.Context) error {
			if err := edge.RequireMedia(c); err != nil {
				return err
			}
			return handler(c)
		}
	}
	check := route.Check
	path, method := route.Path, route.Method
	route.Check = func(c *gin.Context) error {
		if err := checkRequest(c, method, path); err != nil || check == nil {
			return err
		}
		return check(c)
	}
	return route
}

// slice is the part of a list that a request asks for.
type slice struct {
	// Limit is how many items to answer with. Reading one more reports whether
	// there are more.
	Limit int
	// After is where the last answer ended, in the form that the list chose; ""
	// is the beginning.
	After string
}

// sliceOf reads limit and cursor. It returns an Invalid fault if the cursor is
// none that a list has given.
func sliceOf(c *gin.Context) (slice, error) {
	s := slice{Limit: defaultItems}
	if text, given := edge.QueryValue(c, "limit"); given {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxItems {
			return s, fault.InvalidField("limit", "must be a whole number from 1 to %d", maxItems)
		}
		s.Limit = n
	}
	cursor, _ := edge.QueryValue(c, "cursor")
	after, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || pacticipants.ValidateLine(string(after)) != "" {
		return s, fault.InvalidField("cursor", "is none that this list has given; leave it out to begin at the start").Because(err)
	}
	s.After = string(after)
	return s, nil
}

// afterID is where the last answer ended, in lists that are ordered by the
// store's own names for things.
func (s slice) afterID() (int64, error) {
	if s.After == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(s.After, 10, 64)
	if err != nil {
		return 0, fault.InvalidField("cursor", "is none that this list has given; leave it out to begin at the start").Because(err)
	}
	return id, nil
}

// answerPart answers with a part of a list of which one more was read than is to
// be shown. The list goes on after the id of the last item, a number or a text.
func answerPart[T, S any, ID int64 | string](c *gin.Context, part slice, found []T, id func(T) ID, represent func(T) S) error {
	next := ""
	if len(found) > part.Limit {
		found = found[:part.Limit]
		next = fmt.Sprint(id(found[part.Limit-1]))
	}
	shown := make([]S, len(found))
	for i, item := range found {
		shown[i] = represent(item)
	}
	return answerItems(c, shown, next)
}

// itemsShown is how the own API shows a list.
type itemsShown[T any] struct {
	Items []T `json:"items"`
	// NextCursor leads to the items that follow; it is null at the end.
	NextCursor *string `json:"next_cursor"`
}

// answerItems answers with a part of a list. Next is where the next part
// begins, in the form that the list chose; "" tells that nothing follows.
func answerItems[T any](c *gin.Context, items []T, next string) error {
	return edge.HAL(c, http.StatusOK, shownItems(c, items, next))
}

// shownItems is a part of a list, for answers that tell more than the list. It
// sets the header that leads on.
func shownItems[T any](c *gin.Context, items []T, next string) itemsShown[T] {
	shown := itemsShown[T]{Items: items}
	if items == nil {
		shown.Items = []T{}
	}
	if next != "" {
		cursor := base64.RawURLEncoding.EncodeToString([]byte(next))
		shown.NextCursor = &cursor
		c.Header("Link", "<"+withCursor(c, cursor)+`>; rel="next"`)
	}
	return shown
}

// withCursor is the address of the request with another cursor.
func withCursor(c *gin.Context, cursor string) string {
	var parts []string
	for _, pair := range edge.Query(c) {
		if pair.Key != "cursor" {
			parts = append(parts, url.QueryEscape(pair.Key)+"="+url.QueryEscape(pair.Value))
		}
	}
	return edge.Self(c) + "?" + strings.Join(append(parts, "cursor="+cursor), "&")
}
