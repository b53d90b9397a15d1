package app

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTrustedBase_isNotWhatAStrangerSays(t *testing.T) {
	const evil, good, other = "http://evil.example.com", "http://broker.example.org", "http://other.example.org"
	guarded := trustedBase{guarded: true}
	require.Empty(t, guarded.of("", ""))
	guarded.listensAt("http://localhost:9292")
	require.Equal(t, "http://localhost:9292", guarded.of(evil, ""), "nobody signed in")
	require.Equal(t, good, guarded.of(good, "writer"), "the first by somebody who may write")
	for _, requested := range []string{evil, other, ""} {
		require.Equal(t, good, guarded.of(requested, "writer"))
	}

	var open trustedBase
	require.Equal(t, good, open.of(good, ""))
	require.Equal(t, good, open.of(evil, ""), "of an open broker the first stays, too")

	configured := trustedBase{configured: []string{good, other}}
	require.Equal(t, good, configured.of("", ""))
	require.Equal(t, other, configured.of(other, ""), "the edge chose it among the configured ones")
}
