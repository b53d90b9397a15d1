package edge_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// packedWith packs a body with one of the codings, in so many parts one behind another.
func packedWith(t *testing.T, coding string, body []byte, parts int) []byte {
	t.Helper()
	var whole bytes.Buffer
	for i := range parts {
		part := body[len(body)*i/parts : len(body)*(i+1)/parts]
		var w io.WriteCloser = gzip.NewWriter(&whole)
		if coding == "zstd" {
			var err error
			w, err = zstd.NewWriter(&whole, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
			require.NoError(t, err)
		}
		_, err := w.Write(part)
		require.NoError(t, err)
		require.NoError(t, w.Close())
	}
	return whole.Bytes()
}

// unpackedFrom is what an answer says, whichever way it is packed.
func unpackedFrom(t *testing.T, coding string, body io.Reader) string {
	t.Helper()
	switch coding {
	case "gzip":
		z, err := gzip.NewReader(body)
		require.NoError(t, err)
		body = z
	case "zstd":
		z, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1))
		require.NoError(t, err)
		defer z.Close()
		body = z
	}
	text, err := io.ReadAll(body)
	require.NoError(t, err)
	return string(text)
}

// echoing is an API that answers a body as it came.
func echoing() http.Handler {
	echo := func(c *gin.Context) error {
		body, err := edge.Body(c)
		if err != nil {
			return err
		}
		return edge.Text(c, http.StatusOK, edge.PlainText, string(body))
	}
	return broker(edge.Options{MaxBody: 1 << 20, API: []edge.Route{{Method: "PUT", Path: "/echo", Accepts: []string{edge.JSON}, Offers: []string{edge.Anything}, LargeBody: true, Handler: echo}}})
}

// saying is a JSON text of about so many bytes that packs better or worse.
func saying(random *rand.Rand, size int) []byte {
	text := []byte(`{"a":"`)
	spread := 1 + random.IntN(26)
	for len(text) < size {
		text = append(text, byte('a'+random.IntN(spread)))
	}
	return append(text, `"}`...)
}

// A body arrives as it was, however it is packed, in however many parts, and whether or
// not its size is told; what is broken on the way is refused as the client's mistake, or
// says the same, but is never taken for something else.
func TestBody_arrivesAsItWasOrNotAtAll(t *testing.T) {
	h := echoing()
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		for range 60 {
			body := saying(random, testrandom.OneOf(random, 8, 100, 5_000, 32<<10-2, 32<<10, 70_000, 300_000))
			coding := testrandom.OneOf(random, "gzip", "zstd")
			named := coding
			if coding == "gzip" && random.IntN(3) == 0 {
				named = testrandom.OneOf(random, "x-gzip", "GZIP", " gzip ")
			}
			whole := packedWith(t, coding, body, 1+random.IntN(4))
			var reader io.Reader = bytes.NewReader(whole)
			if random.IntN(2) == 0 {
				reader = unsized(string(whole))
			}
			answer := put(h, "/echo", reader, "Content-Encoding", named)
			require.Equal(t, http.StatusOK, answer.Code, "%s of %d bytes: %.200s", named, len(body), answer.Body)
			require.True(t, answer.Body.String() == string(body), "%s of %d bytes are others", named, len(body))

			for range 8 {
				broken := slices.Clone(whole)
				switch random.IntN(4) {
				case 0:
					broken = broken[:random.IntN(len(broken))]
				case 1:
					broken = append(broken, []byte("\x00rest")[:1+random.IntN(5)]...)
				default:
					broken[random.IntN(len(broken))] ^= 1 << random.IntN(8)
				}
				answer := put(h, "/echo", bytes.NewReader(broken), "Content-Encoding", named)
				switch answer.Code {
				case http.StatusOK:
					said := answer.Body.String()
					require.True(t, said == string(body) || said == "" && len(broken) == 0, "%s, broken, of %d bytes is taken for %.100q", named, len(body), said)
				case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
					require.Contains(t, answer.Header().Get("Content-Type"), "json")
				default:
					require.Failf(t, "neither taken nor refused", "%s of %d bytes: %d %.300s", named, len(body), answer.Code, answer.Body)
				}
			}
		}
	}, 1)
}

// What is small on the way and large once it is unpacked is refused without being
// unpacked to its end, in however many parts it comes.
func TestBody_isNotUnpackedBeyondItsLimit(t *testing.T) {
	h := echoing()
	large := bytes.Repeat([]byte("0"), 24<<20)
	for _, coding := range []string{"gzip", "zstd"} {
		for _, parts := range []int{1, 16} {
			bomb := packedWith(t, coding, large, parts)
			require.Less(t, len(bomb), 1<<20)
			answer := put(h, "/echo", bytes.NewReader(bomb), "Content-Encoding", coding)
			require.Equal(t, http.StatusRequestEntityTooLarge, answer.Code, "%s in %d: %.200s", coding, parts, answer.Body)
			require.Contains(t, answer.Body.String(), "1048576 bytes")
		}
	}
	var wide bytes.Buffer
	w, err := zstd.NewWriter(&wide, zstd.WithWindowSize(64<<20), zstd.WithSingleSegment(false))
	require.NoError(t, err)
	_, err = w.Write(bytes.Repeat([]byte(`0123456789abcdef`), 1<<20))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	refused := put(h, "/echo", &wide, "Content-Encoding", "zstd")
	require.Contains(t, []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge}, refused.Code, "who packs so that much must be kept to unpack it is refused: %.200s", refused.Body)
}

// codingsWanted reads an Accept-Encoding header as RFC 9110 §12.5.3 does, as far as it
// tells which codings may be used.
func codingsWanted(wants map[string]int) (allowed []string) {
	for _, coding := range []string{"gzip", "zstd"} {
		weight, named := wants[coding]
		if !named {
			weight = wants["*"]
		}
		if weight > 0 {
			allowed = append(allowed, coding)
		}
	}
	return allowed
}

// An answer is packed only in a way that the client takes, says the same in every one of
// them, and has the same tag, by which it is not sent again.
func TestNew_packsAnswersOnlyAsTheClientTakesThem(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		text := ""
		h := versioned(&text, conditionTime)
		for range 150 {
			text = string(saying(random, testrandom.OneOf(random, 3, 200, 1_000, 20_000, 200_000)))
			plain := call(h, "GET", "/text", "")
			require.Empty(t, plain.Header().Get("Content-Encoding"), "nobody has asked for it")
			wants, parts := map[string]int{}, []string{}
			for _, i := range random.Perm(5)[:1+random.IntN(4)] {
				coding := []string{"gzip", "zstd", "br", "identity", "*"}[i]
				weight := testrandom.OneOf(random, 0, 1, 300, 1000)
				if coding == "identity" || coding == "*" {
					weight = max(weight, 1)
				}
				wants[coding] = weight
				part := coding
				if weight < 1000 || random.IntN(2) == 0 {
					part += fmt.Sprintf(";q=%d.%03d", weight/1000, weight%1000)
				}
				parts = append(parts, part)
			}
			header := "Accept-Encoding: " + strings.Join(parts, testrandom.OneOf(random, ",", ", "))
			answer := call(h, "GET", "/text", "", header)
			require.Equal(t, http.StatusOK, answer.Code, header)
			coding := answer.Header().Get("Content-Encoding")
			if coding != "" {
				require.Contains(t, codingsWanted(wants), coding, "the client does not take it: %s", header)
			}
			require.Contains(t, strings.Join(answer.Header().Values("Vary"), ","), "Accept-Encoding", header)
			require.True(t, unpackedFrom(t, coding, answer.Body) == plain.Body.String(), "%s: it says something else", header)
			tag := answer.Header().Get("ETag")
			require.Equal(t, plain.Header().Get("ETag"), tag, header)
			again := call(h, "GET", "/text", "", header, "If-None-Match: "+tag)
			require.Equal(t, http.StatusNotModified, again.Code, header)
			require.Zero(t, again.Body.Len(), header)
			require.Empty(t, again.Header().Get("Content-Encoding"), header)
			head := call(h, "HEAD", "/text", "", header)
			require.Zero(t, head.Body.Len(), header)
			require.Equal(t, tag, head.Header().Get("ETag"), header)
		}
	}, 1)
}
