package edge_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
)

// pagedList is a list of 25 elements which tells what would be read.
func pagedList(always bool) []edge.Route {
	const total = 25
	return []edge.Route{{Method: "GET", Path: "/list", Handler: func(c *gin.Context) error {
		page, err := edge.PageOf(c)
		if err != nil {
			return err
		}
		if always {
			page = page.Always()
		}
		return edge.HAL(c, http.StatusOK, map[string]any{
			"limit": page.Limit(), "offset": page.Offset(), "page": page.Object(total),
			"next": page.Next(c, total), "previous": page.Previous(c),
		})
	}}}
}

func TestPageOf_readsWhatTheQueryAsksFor(t *testing.T) {
	h := broker(edge.Options{API: pagedList(false), BaseURLs: []string{"http://b"}})
	for query, want := range map[string]string{
		"":                             `{"limit":0,"offset":0,"page":null,"next":"","previous":""}`,
		"page=&size=":                  `{"limit":0,"offset":0,"page":null,"next":"","previous":""}`,
		"page=1":                       `{"limit":100,"offset":0,"page":{"number":1,"size":100,"totalElements":25,"totalPages":1},"next":"","previous":""}`,
		"size=10":                      `{"limit":10,"offset":0,"page":{"number":1,"size":10,"totalElements":25,"totalPages":3},"next":"http://b/list?size=10&page=2","previous":""}`,
		"pageNumber=2&pageSize=10":     `{"limit":10,"offset":10,"page":{"number":2,"size":10,"totalElements":25,"totalPages":3},"next":"http://b/list?size=10&page=3","previous":"http://b/list?size=10&page=1"}`,
		"page=3&size=10&q=a+%26&x[]=1": `{"limit":10,"offset":20,"page":{"number":3,"size":10,"totalElements":25,"totalPages":3},"next":"","previous":"http://b/list?size=10&page=2&q=a+%26&x%5B%5D=1"}`,
		"page=9&size=10":               `{"limit":10,"offset":80,"page":{"number":9,"size":10,"totalElements":25,"totalPages":3},"next":"","previous":"http://b/list?size=10&page=8"}`,
		"size=5&pageNumber=2":          `{"limit":5,"offset":0,"page":{"number":1,"size":5,"totalElements":25,"totalPages":5},"next":"http://b/list?size=5&page=2","previous":""}`,
	} {
		require.JSONEq(t, want, call(h, "GET", "/list?"+query, "").Body.String(), query)
	}
}

func TestPageOf_refusesWhatIsNoPositiveNumber(t *testing.T) {
	h := broker(edge.Options{API: pagedList(false)})
	for query, field := range map[string]string{
		"page=0": "page", "size=0": "size", "page=x": "page", "pageNumber=-1": "pageNumber", "pageSize=1.5": "pageSize",
		"page=99999999999999999999": "page",
	} {
		w := call(h, "GET", "/list?"+query, "")
		require.Equal(t, http.StatusBadRequest, w.Code, query)
		require.Contains(t, w.Body.String(), `{"errors":{"`+field+`":[`, query)
	}
}

func TestAlways_pagesWithoutBeingAsked(t *testing.T) {
	h := broker(edge.Options{API: pagedList(true)})
	require.Contains(t, call(h, "GET", "/list", "").Body.String(), `"limit":100`)
}
