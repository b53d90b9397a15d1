package hal_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/support/links"
)

// linksOf are the relations of a list of so many elements, by name.
func linksOf(t *testing.T, total int, query string) map[string]string {
	t.Helper()
	h := edge.New(edge.Options{BaseURLs: []string{"http://broker.test/sub"}, MaxBodies: 1 << 20, MaxBody: 1 << 20, API: []edge.Route{{Method: "GET", Path: "/list", Handler: func(c *gin.Context) error {
		page, err := edge.PageOf(c)
		if err != nil {
			return err
		}
		return edge.HAL(c, http.StatusOK, hal.Paging(c, hal.Links{{Name: "self", Value: hal.To("s", "")}}, page, total))
	}}}})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/list?"+query, nil))
	require.Equal(t, http.StatusOK, w.Code, "%s", w.Body)
	var shown map[string]hal.Link
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &shown))
	all := map[string]string{}
	for name, link := range shown {
		all[name] = link.Href
	}
	delete(all, "self")
	return all
}

func TestPaging_leadsThroughEveryElementOnce(t *testing.T) {
	for _, test := range []struct {
		total int
		query string
		want  map[string]string
	}{
		{25, "", map[string]string{}},
		{0, "page=1&size=10", map[string]string{}},
		{10, "page=1&size=10", map[string]string{}},
		{11, "page=1&size=10", map[string]string{"next": "http://broker.test/sub/list?size=10&page=2"}},
		{11, "page=2&size=10", map[string]string{"previous": "http://broker.test/sub/list?size=10&page=1"}},
		{25, "page=2&size=10", map[string]string{"next": "http://broker.test/sub/list?size=10&page=3", "previous": "http://broker.test/sub/list?size=10&page=1"}},
		{25, "pageNumber=2&pageSize=10&q=a%26b", map[string]string{"next": "http://broker.test/sub/list?size=10&page=3&q=a%26b", "previous": "http://broker.test/sub/list?size=10&page=1&q=a%26b"}},
	} {
		require.Equal(t, test.want, linksOf(t, test.total, test.query), "%d %s", test.total, test.query)
	}
	for _, size := range []string{"1", "7", "25", "100"} {
		steps, query := 0, "page=1&size="+size
		for query != "" && steps < 100 {
			next := linksOf(t, 25, query)["next"]
			_, query, _ = strings.Cut(next, "?")
			steps++
		}
		require.Equal(t, map[string]int{"1": 25, "7": 4, "25": 1, "100": 1}[size], steps)
	}
}

func TestLinks_sayWhatTheyAre(t *testing.T) {
	yes, no := true, false
	for _, test := range []struct{ got, want hal.Link }{
		{hal.To("h", "t"), hal.Link{Href: "h", Title: "t"}},
		{hal.Named("h", "t", "n"), hal.Link{Href: "h", Title: "t", Name: "n"}},
		{hal.Templated("h/{x}", "t"), hal.Link{Href: "h/{x}", Title: "t", Templated: &yes}},
		{hal.Fixed("h", "t"), hal.Link{Href: "h", Title: "t", Templated: &no}},
		{hal.SelfOnly("h").Self, hal.Link{Href: "h"}},
		{hal.Curies(links.Base("http://b"), "pact")[0], hal.Link{Name: "pb", Href: "http://b/doc/{rel}?context=pact", Templated: &yes}},
		{hal.Curie(links.Base("http://b"), "pact", "pf"), hal.Link{Name: "pf", Href: "http://b/doc/{rel}?context=pact", Templated: &yes}},
	} {
		require.Equal(t, test.want, test.got)
	}
	text, err := json.Marshal(hal.Fixed("h", ""))
	require.NoError(t, err)
	require.JSONEq(t, `{"href":"h","templated":false}`, string(text))
}

func TestLinks_withLeavesTheOthersAsTheyWere(t *testing.T) {
	base := make(hal.Links, 0, 8).With("self", hal.To("s", ""))
	one, other := base.With("a", hal.To("a", "")), base.With("b", hal.To("b", ""))
	text, err := one.MarshalJSON()
	require.NoError(t, err)
	require.JSONEq(t, `{"self":{"href":"s"},"a":{"href":"a"}}`, string(text), "what is added to one is not added to another")
	text, err = other.MarshalJSON()
	require.NoError(t, err)
	require.JSONEq(t, `{"self":{"href":"s"},"b":{"href":"b"}}`, string(text))
	_, err = hal.Links{{Name: "x", Value: func() {}}}.MarshalJSON()
	require.Error(t, err)
}

func TestTime_isTheSameWhereverItWasTaken(t *testing.T) {
	for at, want := range map[time.Time]string{
		time.Date(2026, 1, 1, 0, 30, 0, 0, time.FixedZone("", 5*3600+1800)): "2025-12-31T19:00:00+00:00",
		time.Date(2026, 6, 1, 12, 0, 0, 999_999_999, time.UTC):              "2026-06-01T12:00:00+00:00",
		{}: "0001-01-01T00:00:00+00:00",
	} {
		require.Equal(t, want, hal.Time(at))
	}
	created := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	require.Empty(t, hal.TimeChanged(created, created.In(time.FixedZone("", 3600))), "the same moment elsewhere is no change")
}
