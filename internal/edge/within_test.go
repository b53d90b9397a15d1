package edge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
)

// said is a log that can be read while it is written.
type said struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.String()
}

// A panic in a goroutine that nobody guards ends the whole program.
func TestWithin_panicsInTheCaller(t *testing.T) {
	var told error
	func() {
		defer func() { told, _ = recover().(error) }()
		edge.Within(context.Background(), time.Minute, func() int { panic("oh") })
	}()
	require.ErrorContains(t, told, "oh")
	require.ErrorContains(t, told, "within_test.go", "it says where it was")
}

func TestWithin_turnsAPanicIntoAnAnswer(t *testing.T) {
	var log said
	h := broker(edge.Options{Logger: slog.New(slog.NewTextHandler(&log, nil)), API: []edge.Route{{Method: "GET", Path: "/work", Handler: func(c *gin.Context) error {
		edge.Within(c.Request.Context(), time.Minute, func() int { panic("secret detail") })
		return nil
	}}}})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/work", nil))
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.NotContains(t, w.Body.String(), "secret detail")
	require.Contains(t, log.String(), "secret detail")
}

func TestWithin_logsAPanicForWhichNobodyWaited(t *testing.T) {
	var log said
	letGo := make(chan struct{})
	h := broker(edge.Options{Logger: slog.New(slog.NewTextHandler(&log, nil)), API: []edge.Route{{Method: "GET", Path: "/work", Handler: func(c *gin.Context) error {
		_, inTime := edge.Within(c.Request.Context(), time.Millisecond, func() int { <-letGo; panic("too late") })
		return edge.HAL(c, http.StatusOK, map[string]bool{"in_time": inTime})
	}}}})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/work", nil))
	require.JSONEq(t, `{"in_time":false}`, w.Body.String())
	close(letGo)
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "too late") }, 10*time.Second, time.Millisecond)
}

func TestWithin_doesNothingForWhoHasLeft(t *testing.T) {
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_, inTime := edge.Within(gone, 0, func() int { t.Error("nobody wants to know"); return 1 })
	require.False(t, inTime)
	result, inTime := edge.Within(context.Background(), 0, func() int { return 7 })
	require.True(t, inTime)
	require.Equal(t, 7, result)
}

// offered answers with the type that was chosen.
func offered(t *testing.T, offers []string, accept ...string) (status int, media string) {
	t.Helper()
	h := broker(edge.Options{API: []edge.Route{{Method: "GET", Path: "/thing", Offers: offers, Handler: func(c *gin.Context) error {
		return edge.Text(c, http.StatusOK, edge.Accepted(c), "x")
	}}}})
	r := httptest.NewRequest(http.MethodGet, "/thing", nil)
	for _, line := range accept {
		r.Header.Add("Accept", line)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	media, _, _ = strings.Cut(w.Header().Get("Content-Type"), ";")
	return w.Code, media
}

func TestNew_choosesAsRFC9110Says(t *testing.T) {
	both := []string{edge.HALJSON, edge.CSV}
	for _, test := range []struct {
		accept []string
		want   string
	}{
		{nil, edge.HALJSON},
		{[]string{"*/*"}, edge.HALJSON},
		{[]string{"*"}, edge.HALJSON},
		{[]string{"text/csv"}, edge.CSV},
		{[]string{"TEXT/CSV"}, edge.CSV},
		{[]string{"text/*"}, edge.CSV},
		{[]string{"application/json"}, edge.HALJSON},
		{[]string{"application/json, text/csv"}, edge.HALJSON},
		{[]string{"application/json;q=0.5, text/csv;q=0.9"}, edge.CSV},
		{[]string{"application/json;q=0.5", "text/csv;q=0.9"}, edge.CSV},
		{[]string{"text/csv; header=present"}, edge.CSV},
		{[]string{"text/csv;q=0, */*"}, edge.HALJSON},
		{[]string{"application/*;q=0, */*"}, edge.CSV},
		{[]string{"*/*;q=0, text/csv"}, edge.CSV},
		{[]string{"application/*;q=0, application/hal+json"}, edge.HALJSON},
		{[]string{"application/json;q=0, */*"}, edge.HALJSON},
		{[]string{"image/png, */*;q=0.1"}, edge.HALJSON},
		{[]string{"text/csv;q=nonsense, application/hal+json"}, edge.HALJSON},
		{[]string{", ,text/csv,"}, edge.CSV},
	} {
		status, media := offered(t, both, test.accept...)
		require.Equal(t, http.StatusOK, status, "%q", test.accept)
		require.Equal(t, test.want, media, "%q", test.accept)
	}
	for _, accept := range []string{"image/png", "text/csv;q=0, application/hal+json;q=0", "*/*;q=0", "application/*;q=0, text/*;q=0, */*", "application/xml"} {
		status, _ := offered(t, both, accept)
		require.Equal(t, http.StatusNotAcceptable, status, accept)
	}
}

func TestPageOf_saysWhatIsWrongWithANumber(t *testing.T) {
	h := broker(edge.Options{API: pagedList(false)})
	for query, want := range map[string]string{
		"page=0": "must be a whole number greater than or equal to 1", "page=-1": "must be a whole number greater than or equal to 1", "size=x": "must be a whole number greater than or equal to 1",
		"size=1.5": "must be a whole number greater than or equal to 1", "page=99999999999": "must not be greater than 1073741824", "size=1073741825": "must not be greater than 1073741824",
		"page=99999999999999999999999": "must not be greater than 1073741824", "page=-99999999999999999999999": "must be a whole number greater than or equal to 1",
		"pageNumber=x&pageSize=1": "must be a whole number greater than or equal to 1",
	} {
		r := httptest.NewRequest(http.MethodGet, "/list?"+query, nil)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, http.StatusBadRequest, w.Code, query)
		require.Contains(t, w.Body.String(), want, query)
		name, _, _ := strings.Cut(query, "=")
		require.Contains(t, w.Body.String(), `"`+name+`"`, "the field is named")
	}
	for _, query := range []string{"page=1073741824&size=1073741824", "page=1073741824", "size=1073741824"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/list?"+query, nil))
		require.Equal(t, http.StatusOK, w.Code, query)
		var shown struct{ Offset, Limit int }
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &shown))
		require.GreaterOrEqual(t, shown.Offset, 0, "the largest page there can be is no overflow")
		require.Positive(t, shown.Limit)
	}
}
