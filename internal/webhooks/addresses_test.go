package webhooks

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// spellingsOf are ways in which programs write an IPv4 address, some of which are none.
func spellingsOf(address netip.Addr) []string {
	b := address.As4()
	n := binary.BigEndian.Uint32(b[:])
	return []string{
		address.String(), fmt.Sprint(n), fmt.Sprintf("0x%x", n), fmt.Sprintf("0%o", n), fmt.Sprintf("0x%02x.0x%02x.0x%02x.0x%02x", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("0%o.0%o.0%o.0%o", b[0], b[1], b[2], b[3]), fmt.Sprintf("%d.%d", b[0], n&0xffffff), fmt.Sprintf("%d.%d.%d", b[0], b[1], n&0xffff),
		fmt.Sprintf("%03d.%03d.%03d.%03d", b[0], b[1], b[2], b[3]), address.String() + ".", fmt.Sprintf("[::ffff:%s]", address), fmt.Sprintf("[::ffff:%02x%02x:%02x%02x]", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("[::%s]", address), fmt.Sprintf("[64:ff9b::%s]", address), fmt.Sprintf("[64:ff9b::%02x%02x:%02x%02x]", b[0], b[1], b[2], b[3]), fmt.Sprintf("[2002:%02x%02x:%02x%02x::1]", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("[0:0:0:0:0:ffff:%02x%02x:%02x%02x]", b[0], b[1], b[2], b[3]), fmt.Sprintf("[::ffff:0:%s]", address), "[fe80::1%25lo]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "0",
	}
}

// No spelling of an address within leads there, neither by a name that resolves to it, nor
// through a proxy, which might read what this program does not.
func TestClient_reachesNothingWithinHoweverItIsSpelled(t *testing.T) {
	var called atomic.Int32
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
	defer receiver.Close()
	_, port, err := net.SplitHostPort(receiver.Listener.Addr().String())
	require.NoError(t, err)
	proxyAddress, err := url.Parse(receiver.URL)
	require.NoError(t, err)
	through := Connection{Timeout: 2 * time.Second, Proxy: func(*url.URL) (*url.URL, error) { return proxyAddress, nil }}
	for _, within := range []string{"127.0.0.1", "127.8.9.10", "10.0.0.1", "169.254.169.254", "192.168.0.1", "0.0.0.0"} {
		for _, host := range spellingsOf(netip.MustParseAddr(within)) {
			address := "http://" + host + ":" + port + "/"
			require.Error(t, call(t, through, address), "%s by a proxy", host)
			if within == "127.0.0.1" { // others would only be slow
				require.Error(t, call(t, Connection{Timeout: time.Second}, address), host)
			}
		}
	}
	require.Zero(t, called.Load(), "nobody was called")
}

// The guard tells what is public by the registries, for whichever address and in whichever
// form it comes.
func TestGuard_judgesAnAddressAlikeInEveryForm(t *testing.T) {
	random := testrandom.New(t)
	for range 5_000 {
		var bytes [4]byte
		binary.BigEndian.PutUint32(bytes[:], random.Uint32())
		if random.IntN(2) == 0 { // many near the borders of what is reserved
			border := reserved[random.IntN(10)].Addr()
			if border.Is4() {
				bytes = border.As4()
				binary.BigEndian.PutUint32(bytes[:], binary.BigEndian.Uint32(bytes[:])+uint32(random.IntN(3))-1)
			}
		}
		plain := netip.AddrFrom4(bytes)
		want := Guard{}.Permits("h", plain) == nil
		mapped := netip.AddrFrom16(plain.As16())
		require.True(t, mapped.Is4In6())
		nat := netip.MustParseAddr("64:ff9b::").As16()
		copy(nat[12:], bytes[:])
		for _, other := range []netip.Addr{mapped, netip.AddrFrom16(nat)} {
			require.Equal(t, want, Guard{}.Permits("h", other) == nil, "%s as %s", plain, other)
		}
		sixToFour := netip.AddrFrom16([16]byte{0x20, 0x02, bytes[0], bytes[1], bytes[2], bytes[3], 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})
		require.Error(t, Guard{}.Permits("h", sixToFour), "tunnels lead anywhere")
		rule := rules(t, plain.String())
		for _, other := range []netip.Addr{plain, mapped} {
			require.NoError(t, Guard{Allowed: rule}.Permits("h", other), "who names an address names it in every form")
		}
	}
}

// A receiver that sends the caller elsewhere is answered for itself: nobody goes there,
// and nothing that was sent comes along.
func TestSend_isNotLedElsewhere(t *testing.T) {
	within := newRecorder(t)
	for _, status := range []int{300, 301, 302, 303, 304, 305, 307, 308} {
		for _, target := range []string{within.URL + "/inside", "//" + within.Listener.Addr().String(), "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "gopher://127.0.0.1/"} {
			receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", target)
				w.Header().Set("Refresh", "0; url="+target)
				w.WriteHeader(status)
			}))
			outcome := newSender(t).Send(context.Background(), Message{ID: "d", Request: Request{Method: "POST", URL: receiver.URL}, Attempt: 1})
			receiver.Close()
			require.False(t, outcome.Success)
			require.Equal(t, status, outcome.Response.Status)
			require.False(t, outcome.Unanswered, "it has answered")
		}
	}
	require.Empty(t, within.requests)
}

// Whatever a receiver sends back is bounded, told in one piece, and no reason to fail
// the broker.
func TestSend_bearsAnyAnswer(t *testing.T) {
	raw := func(t *testing.T, answer string) string {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = listener.Close() })
		go func() {
			for {
				connection, err := listener.Accept()
				if err != nil {
					return
				}
				buffer := make([]byte, 4096)
				_, _ = connection.Read(buffer)
				_, _ = connection.Write([]byte(answer))
				_ = connection.Close()
			}
		}()
		return "http://" + listener.Addr().String()
	}
	sender := newSender(t)
	client, err := Connection{Guard: Guard{Allowed: rules(t, "127.0.0.1")}, Timeout: 2 * time.Second}.Client(slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	sender.Client = client
	for name, c := range map[string]struct {
		answer  string
		success bool
		status  int
	}{
		"nothing":                   {"", false, 0},
		"no HTTP":                   {"SSH-2.0-OpenSSH_9.6\r\n", false, 0},
		"half an answer":            {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", false, 200},
		"a status without a number": {"HTTP/1.1 OK\r\n\r\n", false, 0},
		"an odd status":             {"HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n", false, 799},
		"a status of two digits":    {"HTTP/1.1 20 OK\r\n\r\n", false, 0},
		"headers without an end":    {"HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Long: "+strings.Repeat("x", 1000)+"\r\n", 20_000), false, 0},
		"two lengths":               {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", false, 0},
		"a negative length":         {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", false, 0},
		"wrong chunks":              {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", false, 200},
		"good chunks":               {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", true, 200},
		"an early hint":             {"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", true, 204},
		"an end of the connection":  {"HTTP/1.0 200 OK\r\n\r\nall there is", true, 200},
		"odd bytes in a header":     {"HTTP/1.1 200 OK\r\nX-Odd: \xff\xfe\u202e\r\nContent-Length: 0\r\n\r\n", true, 200},
		"a compressed body":         {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00", true, 200},
	} {
		t.Run(name, func(t *testing.T) {
			outcome := sender.Send(context.Background(), Message{ID: "d", Request: Request{Method: "POST", URL: raw(t, c.answer), Body: []byte(`{"a":1}`)}, Attempt: 1})
			require.Equal(t, c.success, outcome.Success, outcome.Logs)
			require.Equal(t, c.success, outcome.Reason == "", "a reason exactly where it failed: %q", outcome.Reason)
			if c.status == 0 {
				require.Nil(t, outcome.Response)
				require.True(t, outcome.Unanswered)
				require.NotEmpty(t, outcome.Failure)
			} else {
				require.Equal(t, c.status, outcome.Response.Status)
			}
			require.Less(t, len(outcome.Logs), 4*MaxResponse, "what is kept is bounded")
			require.NotContains(t, outcome.Logs, "\x00")
			require.True(t, utf8.ValidString(outcome.Logs), "it can be stored")
		})
	}
}
