package edge_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// versioned is an API with a text that can be changed.
func versioned(text *string, changed time.Time) http.Handler {
	show := func(c *gin.Context) error {
		if *text == "" {
			return fault.Missing("nothing")
		}
		if !changed.IsZero() {
			edge.LastModified(c, changed)
		}
		return edge.HAL(c, http.StatusOK, *text)
	}
	put := func(c *gin.Context) error {
		body, err := edge.Body(c)
		*text = string(body)
		return err
	}
	return broker(edge.Options{API: []edge.Route{
		{Method: "GET", Path: "/text", Action: access.Read, Handler: show},
		{Method: "PUT", Path: "/text", Action: access.Publish, Accepts: []string{edge.JSON}, Handler: put},
		{Method: "GET", Path: "/forever", Handler: func(c *gin.Context) error {
			edge.Immutable(c, "sha")
			return edge.HAL(c, http.StatusOK, *text)
		}},
	}})
}

func TestConditionalReads_answerOnceWhatHasNotChanged(t *testing.T) {
	text := "one"
	h := versioned(&text, time.Time{})
	first := call(h, "GET", "/text", "")
	tag := first.Header().Get("ETag")
	require.Regexp(t, `^W/"[\w-]{22}"$`, tag)
	for _, condition := range []string{tag, strings.TrimPrefix(tag, "W/"), `"other", ` + tag, "*", ` * `} {
		w := call(h, "GET", "/text", "", "If-None-Match: "+condition)
		require.Equal(t, http.StatusNotModified, w.Code, condition)
		require.Empty(t, w.Body.String())
		require.Empty(t, w.Header().Get("Content-Type"))
		require.Equal(t, tag, w.Header().Get("ETag"))
		require.Equal(t, http.StatusNotModified, call(h, "HEAD", "/text", "", "If-None-Match: "+condition).Code)
	}
	text = "two"
	w := call(h, "GET", "/text", "", "If-None-Match: "+tag)
	require.Equal(t, http.StatusOK, w.Code)
	require.NotEqual(t, tag, w.Header().Get("ETag"))
	text = ""
	require.Equal(t, http.StatusNotFound, call(h, "GET", "/text", "", "If-None-Match: *").Code)
}

func TestConditionalReads_goByTimeWhereThereIsOne(t *testing.T) {
	text, changed := "one", time.Date(2026, 11, 29, 12, 0, 0, 500, time.UTC)
	h := versioned(&text, changed)
	require.Equal(t, "Sun, 29 Nov 2026 12:00:01 GMT", call(h, "GET", "/text", "").Header().Get("Last-Modified"))
	for since, status := range map[string]int{
		"Sun, 29 Nov 2026 12:00:01 GMT": http.StatusNotModified, "Sun, 29 Nov 2026 12:00:00 GMT": http.StatusOK, "yesterday": http.StatusOK,
	} {
		require.Equal(t, status, call(h, "GET", "/text", "", "If-Modified-Since: "+since).Code, since)
		require.Equal(t, http.StatusOK, call(h, "GET", "/text", "", "If-Modified-Since: "+since, `If-None-Match: "other"`).Code, "tags win")
	}
}

func TestConditionalReads_keepWhatNeverChanges(t *testing.T) {
	text := "one"
	w := call(versioned(&text, time.Time{}), "GET", "/forever", "")
	require.Equal(t, `"sha"`, w.Header().Get("ETag"))
	require.Contains(t, w.Header().Get("Cache-Control"), "immutable")
}

func TestPut_makesOnlyWhatIsNotThereIfAskedTo(t *testing.T) {
	text := ""
	h := versioned(&text, time.Time{})
	put := func(headers ...string) int {
		return call(h, "PUT", "/text", `{"a":1}`, append(headers, "Content-Type: application/json")...).Code
	}
	require.Equal(t, http.StatusOK, put("If-None-Match: *"))
	require.JSONEq(t, `{"a":1}`, text)
	require.Equal(t, http.StatusPreconditionFailed, put("If-None-Match: *"))
	require.Equal(t, http.StatusOK, put())
}

// A condition that cannot be checked does not hold.
func TestPut_changesNothingOnAConditionWhereNothingIsRead(t *testing.T) {
	changed := 0
	change := func(c *gin.Context) error {
		changed++
		return edge.NoContent(c)
	}
	h := broker(edge.Options{API: []edge.Route{
		{Method: "PUT", Path: "/api/v1/unread", Handler: change, Action: access.Publish}, {Method: "DELETE", Path: "/api/v1/unread", Handler: change, Action: access.Publish},
		{Method: "PUT", Path: "/unread", Handler: change, Action: access.Publish},
	}})
	for _, condition := range []string{"If-None-Match: *", "If-Match: *", `If-Match: "x"`} {
		for _, method := range []string{"PUT", "DELETE"} {
			w := call(h, method, "/api/v1/unread", "{}", condition, "Content-Type: application/json")
			require.Equal(t, http.StatusPreconditionFailed, w.Code)
			require.Contains(t, w.Body.String(), "Send the request without the condition.")
		}
	}
	require.Zero(t, changed)
	require.Equal(t, http.StatusNoContent, call(h, "PUT", "/api/v1/unread", "{}", `If-None-Match: "x"`, "Content-Type: application/json").Code)
	require.Equal(t, http.StatusNoContent, call(h, "PUT", "/unread", "{}", "If-None-Match: *", "Content-Type: application/json").Code, "as the Pact Broker")
}

func TestPut_changesOnlyWhatTheClientHasSeen(t *testing.T) {
	text := ""
	h := versioned(&text, time.Time{})
	put := func(body string, headers ...string) int {
		return call(h, "PUT", "/text", body, append(headers, "Content-Type: application/json")...).Code
	}
	require.Equal(t, http.StatusPreconditionFailed, put(`{"a":0}`, "If-Match: *"), "there is nothing")
	require.Equal(t, http.StatusPreconditionFailed, put(`{"a":0}`, `If-Match: "x"`))
	require.Empty(t, text)
	require.Equal(t, http.StatusOK, put(`{"a":1}`))
	tag := call(h, "GET", "/text", "").Header().Get("ETag")
	require.Equal(t, http.StatusOK, put(`{"a":2}`, `If-Match: "other", `+tag))
	require.Equal(t, http.StatusPreconditionFailed, put(`{"a":3}`, "If-Match: "+tag), "it has changed since")
	require.JSONEq(t, `{"a":2}`, text)
	require.Equal(t, http.StatusOK, put(`{"a":4}`, "If-Match: *"))
	require.JSONEq(t, `{"a":4}`, text)
}

func TestNew_packsAnswersForWhoTakesThem(t *testing.T) {
	text := strings.Repeat("long enough ", 500)
	h := versioned(&text, time.Time{})
	plain := call(h, "GET", "/text", "")
	for coding, unpack := range map[string]func(io.Reader) io.Reader{
		"gzip": func(r io.Reader) io.Reader { z, err := gzip.NewReader(r); require.NoError(t, err); return z },
		"zstd": func(r io.Reader) io.Reader { z, err := zstd.NewReader(r); require.NoError(t, err); return z },
	} {
		w := call(h, "GET", "/text", "", "Accept-Encoding: "+coding)
		require.Equal(t, coding, w.Header().Get("Content-Encoding"))
		require.Contains(t, w.Header().Get("Vary"), "Accept-Encoding")
		require.Less(t, w.Body.Len(), plain.Body.Len()/10)
		body, err := io.ReadAll(unpack(w.Body))
		require.NoError(t, err)
		require.Equal(t, plain.Body.String(), string(body))
		require.Equal(t, plain.Header().Get("ETag"), w.Header().Get("ETag"))
	}
}

func TestBody_isUnpackedWithZstd(t *testing.T) {
	text := ""
	h := versioned(&text, time.Time{})
	send := func(body io.Reader) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPut, "http://broker.test/text", body)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Content-Encoding", "zstd")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	var packed bytes.Buffer
	writer, err := zstd.NewWriter(&packed)
	require.NoError(t, err)
	_, err = writer.Write([]byte(`{"a":1}`))
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	require.Equal(t, http.StatusOK, send(&packed).Code)
	require.Equal(t, `{"a":1}`, text)
	require.Equal(t, http.StatusBadRequest, send(strings.NewReader(`{"a":1}`)).Code)
}

func TestNew_refusesWhatIsTooLongWithCodesOfItsOwn(t *testing.T) {
	text := "one"
	h := versioned(&text, time.Time{})
	w := call(h, "GET", "/api/v1/x?"+strings.Repeat("a", 513<<10), "")
	require.Equal(t, http.StatusRequestURITooLong, w.Code)
	require.Contains(t, w.Body.String(), `"code":"address_too_long"`)
	w = call(h, "GET", "/api/v1/x", "", "X-Much: "+strings.Repeat("a", 70<<10))
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, w.Code)
	require.Contains(t, w.Body.String(), `"code":"headers_too_large"`)
}
