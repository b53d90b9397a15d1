package client

import (
	"context"
	"iter"
	"net/url"
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
		asked := url.Values{}
		for name, values := range query {
			asked[name] = values
		}
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
			asked.Set("cursor", *got.Next)
		}
	}
}
