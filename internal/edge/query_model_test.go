package edge

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// queryParts are what keys and values are made of.
var queryParts = []string{"q[][pacticipant]", "name", "ü", " ", "+", "&", "=", "%", "a", "[]", "#", "/", "😀", "\t", "\"", "1"}

// escapedAnyhow is a text of a query with each of its bytes escaped that must be, and others
// as it comes.
func escapedAnyhow(random *rand.Rand, text string) string {
	var written strings.Builder
	for _, b := range []byte(text) {
		switch must := strings.ContainsRune("&=%+#", rune(b)) || b >= utf8.RuneSelf || b < ' '; {
		case b == ' ' && random.IntN(2) == 0:
			written.WriteByte('+')
		case b == ' ' || must || random.IntN(3) == 0:
			fmt.Fprintf(&written, testrandom.OneOf(random, "%%%02X", "%%%02x"), b)
		default:
			written.WriteByte(b)
		}
	}
	return written.String()
}

// Whatever pairs a query has, they are read as they were written, in their order, however
// they are escaped; one broken escape, or bytes that are no text, and all of it is refused
// with words that show where.
func TestParseQuery_readsWhatWasWritten(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		text := func() (made string) {
			for range random.IntN(4) {
				made += testrandom.OneOf(random, queryParts...)
			}
			return made
		}
		for range 3000 {
			var want []Pair
			var parts []string
			for range random.IntN(6) {
				p := Pair{Key: text(), Value: text(), HasValue: random.IntN(4) > 0}
				written := escapedAnyhow(random, p.Key)
				if p.HasValue {
					written += "=" + escapedAnyhow(random, p.Value)
				} else {
					p.Value = ""
				}
				if parts = append(parts, written); written != "" {
					want = append(want, p)
				}
			}
			raw := strings.Join(parts, testrandom.OneOf(random, "&", "&&"))
			found, err := parseQuery(raw)
			require.NoError(t, err, raw)
			require.Equal(t, want, found, raw)

			broken := testrandom.OneOf(random, "%", "%4", "%zz", "%G1", "%ff", "%C3", "%00", "%ED%A0%80", "%C0%AF")
			raw = strings.Join(append(parts, testrandom.OneOf(random, "x=", "")+"a"+broken), "&")
			_, err = parseQuery(raw)
			require.True(t, fault.Is(err, fault.Malformed), raw)
			require.Contains(t, err.Error(), "a"+broken, "it shows where")
		}
	})
}

// Whatever headers say, links begin with an address of the web that has a host and nothing
// else, and what a proxy says counts for the host only where it can be one.
func TestForwardedAddress_isAlwaysAnAddress(t *testing.T) {
	hosts := []string{"broker.example.org", "a:80", "a:443", "[::1]:8080", "[2001:db8::1]", "UPPER.example", "", "a b", "a/b", "user@host", "a:x", "a:b:c", "[::1", "<script>", "ü.example", "a,b", "a\\b", "1.2.3.4", "a?x", "a#x", "-"}
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		for range 3000 {
			r := httptest.NewRequest(http.MethodGet, "http://x/", nil)
			r.Host = testrandom.OneOf(random, hosts...)
			for name, values := range map[string][]string{
				"X-Forwarded-Host": hosts, "X-Forwarded-Proto": {"http", "https", "HTTPS", "javascript", "", "http,https"}, "X-Forwarded-Scheme": {"https", "ftp", ""},
				"X-Forwarded-Ssl": {"on", "off", "ON"}, "X-Forwarded-Port": {"80", "443", "8443", "0x1", "-1", "99999999999999999999", "8 0", ""},
			} {
				if random.IntN(3) > 0 {
					r.Header[name] = []string{testrandom.OneOf(random, values...)}
				}
			}
			address := forwardedAddress(r)
			parsed, err := url.Parse(address)
			require.NoError(t, err, "%s of %q %q", address, r.Host, r.Header)
			require.Contains(t, []string{"http", "https"}, parsed.Scheme, address)
			require.NotEmpty(t, parsed.Hostname(), "%s of %q %q", address, r.Host, r.Header)
			require.Equal(t, parsed.Scheme+"://"+parsed.Host, address, "nothing but a scheme and a host")
			require.Regexp(t, `^[A-Za-z0-9._:\[\]-]+$`, parsed.Host, "%q %q", r.Host, r.Header)
			require.False(t, parsed.Scheme == "http" && parsed.Port() == "80" || parsed.Scheme == "https" && parsed.Port() == "443", "%s says what goes without saying", address)
			if port := parsed.Port(); port != "" {
				require.LessOrEqual(t, len(port), 5, "%s has a port that there is not: %q %q", address, r.Host, r.Header)
			}
		}
	})
}
