package pacticipants

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestValidateName(t *testing.T) {
	for _, name := range []string{"a", "release/2026-01", "1.2.3-rc.1+build.77", "version one", "日本", strings.Repeat("x", 500), "🦦"} {
		require.Empty(t, ValidateName(name), name)
	}
	require.Equal(t, "must be UTF-8", ValidateName("a\xff"))
	require.Equal(t, "cannot be blank", ValidateName("\u00a0"))
}
