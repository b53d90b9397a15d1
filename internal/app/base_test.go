package app

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	evil, good, other = "http://evil.example.com", "http://broker.example.org", "http://other.example.org"
	here              = "http://localhost:9292"
)

func listeningAt(ip string) *trustedBase {
	b := new(trustedBase)
	b.listensAt(here, &net.TCPAddr{IP: net.ParseIP(ip), Port: 9292})
	return b
}

// changes is the address for a request that changes something.
func changes(b *trustedBase, at reached) string {
	address := b.of(at)
	b.keep(at)
	return address
}

func TestTrustedBase_isNotWhatAStrangerSays(t *testing.T) {
	for _, ip := range []string{"0.0.0.0", "::", "127.0.0.1", "10.9.8.7"} {
		b := listeningAt(ip)
		for _, stranger := range []string{
			evil, evil + ":9292", "https://localhost", "http://localhost:6666", "http://localhost.evil.example.com:9292", "http://10.9.8.6:9292", "http://%zz", "",
		} {
			require.Equal(t, here, changes(b, reached{stranger, anonymous}), "%s on %s", stranger, ip)
		}
		for _, name := range []string{evil, "http://127.0.0.1:9292", "http://10.9.8.7:9292"} {
			require.Equal(t, here, changes(b, reached{name, untrusted}), "%s on %s", name, ip)
		}
		require.Equal(t, other, b.of(reached{other, trusted}), "for what it causes")
		require.Equal(t, here, b.of(reached{}), "but it has changed nothing")
		require.Equal(t, good, changes(b, reached{good, trusted}), "the first that is believed")
		for _, later := range []reached{{evil, anonymous}, {other, trusted}, {}} {
			require.Equal(t, good, changes(b, later), "and it stays")
		}
	}
}

func TestTrustedBase_isOneAtWhichTheBrokerListens(t *testing.T) {
	for _, test := range []struct{ ip, asked string }{
		{"0.0.0.0", "http://127.0.0.1:9292"}, {"::", "http://[::1]:9292"}, {"127.0.0.1", "http://127.0.0.1:9292"}, {"127.0.0.1", here}, {"10.9.8.7", "http://10.9.8.7:9292"},
	} {
		b := listeningAt(test.ip)
		require.Equal(t, test.asked, changes(b, reached{test.asked, anonymous}), test.ip)
		require.Equal(t, test.asked, changes(b, reached{evil, anonymous}), test.ip)
	}
}

func TestTrustedBase_isTheConfiguredOne(t *testing.T) {
	configured := trustedBase{configured: []string{good, other}}
	require.Equal(t, good, configured.of(reached{}))
	require.Equal(t, other, configured.of(reached{other, untrusted}), "the edge chose it among the configured ones")
}

func TestTrustedBase_isTheProgramsOwnBeforeItListens(t *testing.T) {
	var b trustedBase
	require.Empty(t, b.of(reached{}))
	require.Equal(t, good, b.of(reached{good, anonymous}))
}
