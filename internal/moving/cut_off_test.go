package moving

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// cutOffs are the ways in which a broker, or what stands between, ends an answer badly.
var cutOffs = map[string]func(w http.ResponseWriter){
	"nothing":       func(w http.ResponseWriter) { hangUp(w, "") },
	"half a header": func(w http.ResponseWriter) { hangUp(w, "HTTP/1.1 200 OK\r\nContent-Ty") },
	"half a body": func(w http.ResponseWriter) {
		hangUp(w, "HTTP/1.1 200 OK\r\nContent-Type: application/hal+json\r\nContent-Length: 1000\r\n\r\n{\"_embedded\":{\"versions\":[")
	},
	"half a JSON": func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/hal+json")
		_, _ = w.Write([]byte(`{"_embedded":{"versions":[{"number":"1"}`)) // who asked sees what is missing
	},
	"a page of a proxy": func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><body>Please sign in</body></html>")) // who asked sees that it is no answer
	},
	"an error of a gateway": func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) },
}

// hangUp sends what there is and closes the connection.
func hangUp(w http.ResponseWriter, text string) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = connection.Write([]byte(text)) // as much as arrives
	_ = connection.Close()
}

// names reports whether an error names the broker, or one of the paths that were asked for.
func names(err error, broker string, asked map[string]int) bool {
	for address := range asked {
		path, _, _ := strings.Cut(address, "?")
		if path != "/" && strings.Contains(err.Error(), path) {
			return true
		}
	}
	return strings.Contains(err.Error(), broker) || strings.Contains(err.Error(), "no Pact Broker at this address")
}

// Whichever request a broker stops answering at, in whatever way: reading ends with an
// error that names the address, or tells what it went on without, and reading again into
// the same folder comes to what reading undisturbed comes to.
func TestFetch_afterAnyCutOffComesToTheSame(t *testing.T) {
	b, remote := pactBroker(t)
	want := linesOf(t, fetched(t, remote, t.TempDir()))
	requests := 0
	for _, times := range b.asked {
		requests += times
	}
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		for how, cutOff := range cutOffs {
			for range 4 {
				at, folder := random.IntN(requests), t.TempDir()
				name := fmt.Sprintf("%s from request %d of %d on", how, at, requests)
				b, remote := pactBroker(t)
				asked := 0
				b.before = func(w http.ResponseWriter, _ *http.Request) bool {
					if asked++; asked > at {
						cutOff(w)
						return true
					}
					return false
				}
				source, err := Fetch(context.Background(), remote, folder, func(string, int64) {})
				switch {
				case err != nil:
					require.True(t, names(err, remote.URL, b.asked), "%s: it says what was asked: %v", name, err)
				case len(source.Skipped()) == 0:
					require.Equal(t, want, linesOf(t, source), "%s: nothing is said to be missing", name)
				}
				b.before = nil
				again := fetched(t, remote, folder)
				require.Equal(t, want, linesOf(t, again), name)
				require.Empty(t, again.Skipped(), name)
			}
		}
	})
}

// A broker that fails now and then, but answers when asked again, is read wholly.
func TestFetch_getsThroughSingleFailures(t *testing.T) {
	_, remote := pactBroker(t)
	want := linesOf(t, fetched(t, remote, t.TempDir()))
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		b, remote := pactBroker(t)
		failed := map[string]bool{}
		b.before = func(w http.ResponseWriter, r *http.Request) bool {
			address := r.URL.RequestURI()
			if failed[address] || random.IntN(3) > 0 {
				return false
			}
			failed[address] = true
			switch random.IntN(3) {
			case 0:
				hangUp(w, "")
			case 1:
				w.Header().Set("Retry-After", "0")
				w.WriteHeader(http.StatusTooManyRequests)
			default:
				w.WriteHeader(testrandom.OneOf(random, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout))
			}
			return true
		}
		source := fetched(t, remote, t.TempDir())
		require.NotEmpty(t, failed)
		require.Equal(t, want, linesOf(t, source), "after failures of %s", strconv.Itoa(len(failed)))
		require.Empty(t, source.Skipped())
	})
}
