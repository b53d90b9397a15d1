package edge_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
)

// reader is an API that reserves memory for so many bytes, twice if asked for, and
// notes how much is held at a time.
type reader struct {
	held, most atomic.Int64
	release    chan struct{}
}

func (r *reader) read(reserve func(context.Context, int64) error) edge.HandlerFunc {
	return func(c *gin.Context) error {
		if c.Request.Method == http.MethodPut {
			if _, err := edge.Body(c); err != nil {
				return err
			}
		}
		size, _ := strconv.ParseInt(edge.Param(c, "size"), 10, 64) // as the test wrote it
		for range 1 + len(c.Request.URL.RawQuery) {
			if err := reserve(c.Request.Context(), size); err != nil {
				return err
			}
			for now, seen := r.held.Add(size), r.most.Load(); now > seen && !r.most.CompareAndSwap(seen, now); seen = r.most.Load() {
			}
			defer r.held.Add(-size)
			if r.release == nil {
				<-time.After(time.Millisecond)
			}
		}
		if r.release != nil {
			<-r.release
		}
		return edge.Text(c, http.StatusOK, edge.PlainText, fmt.Sprint(size))
	}
}

func (r *reader) handler(o edge.Options) http.Handler {
	o.API = r.routes()
	return broker(o)
}

func (r *reader) routes() []edge.Route {
	return []edge.Route{
		{Method: "GET", Path: "/shown/:size", Offers: []string{edge.Anything}, Handler: r.read(edge.Reserve)},
		{Method: "GET", Path: "/compared/:size", Offers: []string{edge.Anything}, TakesApart: true, Handler: r.read(edge.Reserve)},
		{Method: "PUT", Path: "/written/:size", Accepts: []string{edge.JSON}, Offers: []string{edge.Anything}, LargeBody: true, Handler: r.read(edge.Reserve)},
		{Method: "PUT", Path: "/merged/:size", Accepts: []string{edge.JSON}, Offers: []string{edge.Anything}, LargeBody: true, Handler: r.read(edge.ReserveFirst)},
	}
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// together sends the request so often at once, and returns how often each status came.
func together(times int, send func() *httptest.ResponseRecorder) map[int]int {
	var group sync.WaitGroup
	var mutex sync.Mutex
	statuses := map[int]int{}
	for range times {
		group.Go(func() {
			status := send().Code
			mutex.Lock()
			defer mutex.Unlock()
			statuses[status]++
		})
	}
	group.Wait()
	return statuses
}

func TestReserve_boundsWhatIsReadAtATime(t *testing.T) {
	const budget = 1 << 20
	for _, test := range []struct {
		name, method, path string
		body               int
		most               int64
	}{
		{"shown", http.MethodGet, "/shown/300000", 0, budget},
		{"taken apart", http.MethodGet, "/compared/300000", 0, budget / 3},
		{"larger than the budget", http.MethodGet, "/shown/5000000", 0, 5_000_000},
		{"two at a time", http.MethodGet, "/shown/300000?x", 0, budget + 300_000},
		{"merged with a small body", http.MethodPut, "/merged/300000", 100, budget},
		{"merged with a large body", http.MethodPut, "/merged/300000", 100_000, budget + 300_000},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &reader{}
			h := r.handler(edge.Options{MaxBodies: budget, BodyWait: 10 * time.Second})
			statuses := together(50, func() *httptest.ResponseRecorder {
				if test.method == http.MethodPut {
					return put(h, test.path, strings.NewReader(ofSize(test.body, "a")))
				}
				return get(h, test.path)
			})
			require.Equal(t, map[int]int{http.StatusOK: 50}, statuses)
			require.LessOrEqual(t, r.most.Load(), test.most)
			require.Equal(t, http.StatusOK, put(h, "/written/1000000", strings.NewReader(ofSize(1<<20, "a"))).Code, "all was given back")
		})
	}
}

func TestReserve_answersThatTheBrokerIsBusy(t *testing.T) {
	r := &reader{release: make(chan struct{})}
	h := r.handler(edge.Options{MaxBodies: 1 << 20, BodyWait: 50 * time.Millisecond})
	var first sync.WaitGroup
	first.Go(func() { require.Equal(t, http.StatusOK, get(h, "/shown/1000000").Code) })
	require.Eventually(t, func() bool { return r.held.Load() > 0 }, 10*time.Second, time.Millisecond)
	for _, path := range []string{"/shown/300000", "/compared/300000"} {
		w := get(h, path)
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.NotEmpty(t, w.Header().Get("Retry-After"))
	}
	require.Equal(t, http.StatusServiceUnavailable, put(h, "/merged/300000", strings.NewReader(ofSize(1000, "a"))).Code, "before anything was changed")
	var small sync.WaitGroup
	small.Go(func() {
		require.Equal(t, http.StatusOK, get(h, "/shown/20000").Code, "small ones need not wait")
		require.Equal(t, http.StatusOK, put(h, "/written/300000", strings.NewReader(ofSize(1000, "a"))).Code, "what was done is answered")
	})
	close(r.release)
	small.Wait()
	first.Wait()
}

func TestWithin_keepsTheReservationUntilTheWorkEnds(t *testing.T) {
	ends := make(chan struct{})
	h := broker(edge.Options{MaxBodies: 1 << 20, BodyWait: 20 * time.Millisecond, API: []edge.Route{
		{Method: "GET", Path: "/slow", Offers: []string{edge.Anything}, Handler: func(c *gin.Context) error {
			if err := edge.Reserve(c.Request.Context(), 1<<20); err != nil {
				return err
			}
			if _, inTime := edge.Within(c.Request.Context(), time.Millisecond, func() bool { <-ends; return true }); inTime {
				return edge.NoContent(c)
			}
			return edge.Answer{Status: http.StatusRequestTimeout}
		}},
	}})
	require.Equal(t, http.StatusRequestTimeout, get(h, "/slow").Code)
	require.Equal(t, http.StatusServiceUnavailable, get(h, "/slow").Code, "the first one still works")
	close(ends)
	require.Eventually(t, func() bool { return get(h, "/slow").Code == http.StatusNoContent }, 10*time.Second, time.Millisecond)
}
