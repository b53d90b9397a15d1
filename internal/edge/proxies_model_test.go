package edge

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// hop is somebody on the way of a request, or something that cannot be read.
type hop struct {
	address string
	trusted bool
}

// hopsThere are those of whom ways are made.
var hopsThere = []hop{
	{"10.1.2.3", true}, {"10.255.0.1", true}, {"192.0.2.7", true}, {"fd00::1", true}, {"fd12:3456::9", true},
	{"11.0.0.1", false}, {"9.255.255.255", false}, {"192.0.2.8", false}, {"198.51.100.1", false}, {"2001:db8::5", false}, {"fc00::1", false}, {"127.0.0.1", false},
	{"", false}, {"unknown", false}, {"_hidden", false}, {"10.1.2", false}, {"10.1.2.3.4", false}, {"10.1.2.03", false}, {"0x0a.1.2.3", false}, {"[fd00::1", false}, {"10.1.2.3/8", false}, {"localhost", false}, {":::1", false},
}

func (h hop) address6() bool { return strings.Contains(h.address, ":") && h.readable() }

func (h hop) readable() bool {
	_, err := netip.ParseAddr(h.address)
	return err == nil
}

// written is a hop as X-Forwarded-For may have it: with a port and in brackets, with
// blanks, and IPv4 within IPv6.
func (h hop) written(random *rand.Rand) string {
	text := h.address
	if h.readable() && !h.address6() && random.IntN(4) == 0 {
		text = "::ffff:" + text
	}
	six := strings.Contains(text, ":") && h.readable()
	if six && random.IntN(2) == 0 {
		text = "[" + text + "]"
	}
	if h.readable() && (!six || text[0] == '[') && random.IntN(2) == 0 {
		text += ":" + strconv.Itoa(1+random.IntN(65535))
	}
	if h.address6() && random.IntN(3) == 0 {
		text = strings.ToUpper(text)
	}
	return text
}

// forwarded is the same as an element of Forwarded, with what else may stand there.
func (h hop) forwarded(random *rand.Rand) string {
	text := h.written(random)
	if strings.ContainsAny(text, ":[]/") || text == "" || random.IntN(2) == 0 {
		text = `"` + text + `"`
	}
	pairs := []string{testrandom.OneOf(random, "for", "For", "FOR") + "=" + text}
	for _, other := range []string{"proto=https", "by=10.0.0.9", `host="broker.test"`, "secret=_x"} {
		if random.IntN(4) == 0 {
			pairs = append(pairs, other)
		}
	}
	random.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	return strings.Join(pairs, ";")
}

// sender is from whom a request came that went this way, the last hop of which is the
// peer: the nearest to the broker who is no proxy, where those behind are.
func sender(way []hop) string {
	last := way[len(way)-1]
	for _, h := range slices.Backward(way) {
		if !h.readable() {
			return last.address
		}
		if last = h; !h.trusted {
			break
		}
	}
	return last.address
}

// lines writes elements into one header or several, with blanks between them.
func lines(random *rand.Rand, elements []string) []string {
	written := []string{elements[0]}
	for _, element := range elements[1:] {
		if random.IntN(4) == 0 {
			written = append(written, element)
			continue
		}
		written[len(written)-1] += testrandom.OneOf(random, ",", ", ", " ,\t") + element
	}
	return written
}

// A request comes from the nearest on its way who is no proxy, in whichever of the two
// headers and however the way is written; what a client has put in front of it changes
// nothing.
func TestProxies_findTheSenderHoweverTheWayIsWritten(t *testing.T) {
	trusted := Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("fd00::/8")}
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		for range 3_000 {
			var way []hop
			for range 1 + random.IntN(5) {
				way = append(way, testrandom.OneOf(random, hopsThere...))
			}
			peer := testrandom.OneOf(random, hopsThere[:12]...)
			want := sender(append(slices.Clone(way), peer))
			var simple, full []string
			for _, h := range way {
				simple, full = append(simple, h.written(random)), append(full, h.forwarded(random))
			}
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(peer.address), 4711).String()
			r.Header["X-Forwarded-For"] = lines(random, simple)
			require.Equal(t, want, trusted.client(r), "%s by %q", r.RemoteAddr, r.Header)
			r.Header["Forwarded"] = lines(random, full)
			require.Equal(t, want, trusted.client(r), "both headers say the same: %s by %q", r.RemoteAddr, r.Header)
			r.Header.Del("X-Forwarded-For")
			require.Equal(t, want, trusted.client(r), "%s by %q", r.RemoteAddr, r.Header)
			r.Header["Forwarded"] = append([]string{"for=" + testrandom.OneOf(random, "198.51.100.99", "_x", "10.0.0.77")}, r.Header["Forwarded"]...)
			if !peer.trusted || slices.ContainsFunc(way, func(h hop) bool { return !h.trusted }) {
				require.Equal(t, want, trusted.client(r), "what is put in front changes nothing: %s by %q", r.RemoteAddr, r.Header)
			}
		}
	})
}
