package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
)

// pageOf reads which part of a list is asked for: by default a page of so many.
func pageOf(c *gin.Context, size, atMost int) (edge.Page, error) {
	page, err := edge.PageOf(c)
	if err != nil {
		return page, err
	}
	if !page.Asked || !sized(c) {
		page.Size = size
	}
	page.Size = min(page.Size, atMost)
	return page.Always(), nil
}

// sized reports whether the request says how long a page is.
func sized(c *gin.Context) bool {
	for _, name := range []string{"size", "pageSize"} {
		if value, given := edge.QueryValue(c, name); given && value != "" {
			return true
		}
	}
	return false
}

// cut takes the page out of a list.
func cut[T any](all []T, page edge.Page) []T {
	from := min(max(page.Offset(), 0), len(all))
	return all[from:min(from+page.Limit(), len(all))]
}

// pagingOf says which part of so many is shown, and where the others are.
func pagingOf(c *gin.Context, page edge.Page, total int) paging {
	from := page.Offset() + 1
	p := paging{Text: fmt.Sprintf("%d to %d of %d", from, min(page.Offset()+page.Size, total), total)}
	if from > total {
		p.Text, p.Beyond = fmt.Sprintf("0 of %d", total), total > 0
	}
	if page.Number > 1 {
		last := max(1, (total+page.Size-1)/page.Size)
		p.Previous = pageAddress(c, page, min(page.Number-1, last))
	}
	if page.Offset()+page.Size < total {
		p.Next = pageAddress(c, page, page.Number+1)
	}
	return p
}

func pageAddress(c *gin.Context, page edge.Page, number int) string {
	query := questionPart(c)
	if value, given := edge.QueryValue(c, askedAt); given {
		query = append(query, edge.Pair{Key: askedAt, Value: value, HasValue: true})
	}
	query = append(query, edge.Pair{Key: "page", Value: strconv.Itoa(number), HasValue: true})
	if sized(c) {
		query = append(query, edge.Pair{Key: "size", Value: strconv.Itoa(page.Size), HasValue: true})
	}
	return "?" + written(query)
}

// askedAt is the part of a shared address that says when it was asked, askedForm how.
const askedAt, askedForm = "asked", "2006-01-02T15:04Z"

// questionPart is the query less the parts that say which page of the list is meant, or what
// must be on it, and when it was asked.
func questionPart(c *gin.Context) (parts []edge.Pair) {
	for _, pair := range edge.Query(c) {
		if !slices.Contains([]string{"page", "size", "pageNumber", "pageSize", "interaction", askedAt}, pair.Key) {
			parts = append(parts, pair)
		}
	}
	return parts
}

// written is a query in the given order, on which depends what belongs to which
// selector.
func written(query []edge.Pair) string {
	parts := make([]string, len(query))
	for i, pair := range query {
		parts[i] = url.QueryEscape(pair.Key)
		if pair.HasValue {
			parts[i] += "=" + url.QueryEscape(pair.Value)
		}
	}
	return strings.Join(parts, "&")
}
