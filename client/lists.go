package client

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"time"
)

// page is a part of a list.
type page[T any] struct {
	Items []T `json:"items"`
	// Next is null at the end.
	Next *string `json:"next_cursor"`
}

// list reads the items of a list one by one, and the list page by page. It ends with
// the first failure, which comes with a zero item.
func list[T any](ctx context.Context, c *Client, path string, query url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		asked := maps.Clone(query)
		for {
			var got page[T]
			if err := c.get(ctx, path, asked, &got); err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range got.Items {
				if !yield(item, nil) {
					return
				}
			}
			if got.Next == nil {
				return
			}
			asked = onwards(asked, *got.Next)
		}
	}
}

// whole reads an answer to the end of the list in it; all else that it says is the
// same on all pages.
func whole[T, I any](ctx context.Context, c *Client, what call, body any, items func(*T) *[]I) (T, error) {
	var all []I
	for {
		var got T
		var next page[json.RawMessage]
		err := c.send(ctx, what, body, taking(func(_ http.Header, text []byte) error {
			return errors.Join(json.Unmarshal(text, &got), json.Unmarshal(text, &next))
		}))
		if err != nil {
			var none T
			return none, err
		}
		all = append(all, *items(&got)...)
		if next.Next == nil {
			*items(&got) = all
			return got, nil
		}
		what.query = onwards(what.query, *next.Next)
	}
}

// onwards is the question for what comes after the cursor.
func onwards(query url.Values, cursor string) url.Values {
	next := maps.Clone(query)
	if next == nil {
		next = url.Values{}
	}
	next.Set("cursor", cursor)
	return next
}

// asking is a query of names and values without those that are empty.
func asking(pairs ...string) url.Values {
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	return query
}

// moment is a time as queries have it; the zero time is not said.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
