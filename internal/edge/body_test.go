package edge_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
)

// sized is an API that tells the size of a body; one with {"wait":…} is answered
// when release is closed.
func sized(o edge.Options, release chan struct{}) http.Handler {
	tell := func(c *gin.Context) error {
		body, err := edge.Body(c)
		if err != nil {
			return err
		}
		if bytes.Contains(body, []byte("wait")) {
			<-release
		}
		return edge.Text(c, http.StatusOK, edge.PlainText, fmt.Sprint(len(body)))
	}
	o.API = []edge.Route{
		{Method: "PUT", Path: "/large", Accepts: []string{edge.JSON}, Offers: []string{edge.Anything}, LargeBody: true, Handler: tell},
		{Method: "PUT", Path: "/small", Accepts: []string{edge.JSON}, Offers: []string{edge.Anything}, Handler: tell},
	}
	return broker(o)
}

// ofSize is a JSON object of so many bytes that says the word.
func ofSize(size int, word string) string {
	return `{"` + word + `":"` + strings.Repeat("x", size-len(word)-7) + `"}`
}

func put(h http.Handler, path string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPut, path, body)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// unsized hides the size of a body, as clients do that send it in chunks.
func unsized(body string) io.Reader { return struct{ io.Reader }{strings.NewReader(body)} }

func packed(t *testing.T, body string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(body))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

func TestBody_isReadWhateverItsSizeAndHoweverItIsSent(t *testing.T) {
	h := sized(edge.Options{MaxBody: 5 << 20}, nil)
	for _, size := range []int{10, 32<<10 - 1, 32 << 10, 32<<10 + 1, 100_000, 3 << 20, 5 << 20} {
		body := ofSize(size, "a")
		for way, w := range map[string]*httptest.ResponseRecorder{
			"as it is":  put(h, "/large", strings.NewReader(body)),
			"in chunks": put(h, "/large", unsized(body)),
			"packed":    put(h, "/large", strings.NewReader(packed(t, body)), "Content-Encoding", "gzip"),
		} {
			require.Equal(t, http.StatusOK, w.Code, "%d %s: %s", size, way, w.Body)
			require.Equal(t, fmt.Sprint(size), w.Body.String(), way)
		}
	}
}

func TestBody_isLimited(t *testing.T) {
	h := sized(edge.Options{MaxBody: 5 << 20}, nil)
	for _, test := range []struct {
		path string
		size int
	}{{"/large", 5<<20 + 1}, {"/large", 100 << 20}, {"/small", 2<<20 + 1}} {
		body := ofSize(test.size, "a")
		for way, w := range map[string]*httptest.ResponseRecorder{
			"as it is":  put(h, test.path, strings.NewReader(body)),
			"in chunks": put(h, test.path, unsized(body)),
			"packed":    put(h, test.path, strings.NewReader(packed(t, body)), "Content-Encoding", "gzip"),
		} {
			require.Equal(t, http.StatusRequestEntityTooLarge, w.Code, "%d %s", test.size, way)
			require.Contains(t, w.Body.String(), "larger than the", way)
		}
	}
	tiny := sized(edge.Options{MaxBody: 100}, nil)
	require.Equal(t, http.StatusRequestEntityTooLarge, put(tiny, "/small", unsized(ofSize(101, "a"))).Code)
}

func TestBody_saysHowItMayBePacked(t *testing.T) {
	h := sized(edge.Options{}, nil)
	w := put(h, "/large", strings.NewReader("{}"), "Content-Encoding", "br")
	require.Equal(t, http.StatusUnsupportedMediaType, w.Code)
	require.Contains(t, w.Body.String(), "gzip")
	w = put(h, "/large", strings.NewReader("{}"), "Content-Encoding", "gzip")
	require.Equal(t, http.StatusBadRequest, w.Code)
	require.Contains(t, w.Body.String(), "not packed with gzip")
	w = put(h, "/large", strings.NewReader(packed(t, ofSize(100_000, "a"))[:100]), "Content-Encoding", "gzip")
	require.Equal(t, http.StatusBadRequest, w.Code)
	require.Contains(t, w.Body.String(), "to its end")
}

func TestBody_waitsForOthersThatAreLarge(t *testing.T) {
	release := make(chan struct{})
	h := sized(edge.Options{MaxBody: 1 << 20, MaxBodies: 1 << 20, BodyWait: 50 * time.Millisecond}, release)
	var first sync.WaitGroup
	first.Go(func() {
		status := http.StatusServiceUnavailable
		for status == http.StatusServiceUnavailable { // one of those below may come before it
			status = put(h, "/large", strings.NewReader(ofSize(1<<20, "wait"))).Code
		}
		assert.Equal(t, http.StatusOK, status)
	})
	require.Eventually(t, func() bool {
		w := put(h, "/large", strings.NewReader(ofSize(500_000, "a")))
		return w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") != "" && strings.Contains(w.Body.String(), "busy with other large requests")
	}, 10*time.Second, time.Millisecond)
	require.Equal(t, http.StatusOK, put(h, "/large", strings.NewReader(ofSize(20_000, "a"))).Code, "small ones need not wait")
	close(release)
	first.Wait()
	require.Equal(t, http.StatusOK, put(h, "/large", unsized(ofSize(1<<20, "a"))).Code, "what was taken is given back")
}

func TestBody_saysWhichHeaderIsMissingForPackedOnes(t *testing.T) {
	h := broker(edge.Options{API: readable()})
	for coding, begin := range map[string]string{"gzip": "\x1f\x8b\x08\x00", "zstd": "\x28\xb5\x2f\xfd\x04"} {
		w := put(h, "/things/a", strings.NewReader(begin+"packed"))
		require.Equal(t, http.StatusBadRequest, w.Code)
		require.Contains(t, w.Body.String(), "The request body is packed with "+coding+", and no header says so: send it with Content-Encoding: "+coding+".")
	}
	require.Contains(t, put(h, "/things/a", strings.NewReader("\x1fa")).Body.String(), "not JSON")
}

func TestBody_saysThatItIsNotPackedAsTheHeaderSays(t *testing.T) {
	h := broker(edge.Options{API: readable()})
	for _, coding := range []string{"gzip", "zstd"} {
		w := call(h, "PUT", "/things/a", `{"not":"packed"}`, "Content-Type: application/json", "Content-Encoding: "+coding)
		require.Equal(t, http.StatusBadRequest, w.Code)
		require.Contains(t, w.Body.String(), "The request body is not packed with "+coding+", as Content-Encoding says.")
	}
}

// A handler that asks for what is let go of has a mistake, and does not go on with an
// empty body.
func TestBody_failsOnceItWasLetGoOf(t *testing.T) {
	h := broker(edge.Options{API: []edge.Route{{
		Method: "PUT", Path: "/x", Accepts: []string{edge.JSON}, Offers: []string{edge.Anything},
		Handler: func(c *gin.Context) error {
			for range 2 { // a transaction may begin again
				size, err := edge.ReadOnce(c, func() (int, error) {
					body, err := edge.Body(c)
					return len(body), err
				})
				if err != nil || size != 7 {
					return edge.Text(c, http.StatusOK, edge.PlainText, "not read once")
				}
			}
			body, err := edge.Body(c)
			if err != nil {
				return err
			}
			return edge.Text(c, http.StatusOK, edge.PlainText, fmt.Sprint(len(body)))
		},
	}}})
	answer := put(h, "/x", strings.NewReader(`{"a":1}`))
	require.Equal(t, http.StatusInternalServerError, answer.Code, answer.Body)
}
