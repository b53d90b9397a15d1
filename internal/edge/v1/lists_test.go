package v1

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
)

// numbers is a list of 1 to 5, read by cursor.
func numbers(c *gin.Context) error {
	part, err := sliceOf(c)
	if err != nil {
		return err
	}
	after, _ := strconv.Atoi(part.After)
	var items []int
	for n := after + 1; n <= 5 && len(items) < part.Limit; n++ {
		items = append(items, n)
	}
	next := ""
	if len(items) > 0 && items[len(items)-1] < 5 {
		next = strconv.Itoa(items[len(items)-1])
	}
	return answerItems(c, items, next)
}

func TestAnswerItems_leadsThroughTheWholeList(t *testing.T) {
	handler := edge.New(edge.Options{
		API:      []edge.Route{{Method: http.MethodGet, Path: v1 + "/numbers", Offers: []string{edge.JSON}, Handler: numbers}},
		BaseURLs: []string{"http://broker.test"}, Logger: slog.New(slog.DiscardHandler),
	})
	get := func(address string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
		return w
	}
	var all []int
	address := "http://broker.test/api/v1/numbers?limit=2&filter=a%26b"
	for range 3 {
		w := get(address)
		require.Equal(t, http.StatusOK, w.Code)
		var answer itemsShown[int]
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
		all = append(all, answer.Items...)
		if answer.NextCursor == nil {
			require.Empty(t, w.Header().Get("Link"))
			break
		}
		address = "http://broker.test/api/v1/numbers?limit=2&filter=a%26b&cursor=" + *answer.NextCursor
		require.Equal(t, "<"+address+`>; rel="next"`, w.Header().Get("Link"))
	}
	require.Equal(t, []int{1, 2, 3, 4, 5}, all)
	require.Contains(t, get("http://broker.test/api/v1/numbers?cursor=NQ").Body.String(), `"items":[],"next_cursor":null`)
	require.Equal(t, http.StatusBadRequest, get("http://broker.test/api/v1/numbers?cursor=!").Code)
	require.Equal(t, http.StatusBadRequest, get("http://broker.test/api/v1/numbers?limit=201").Code)
}
