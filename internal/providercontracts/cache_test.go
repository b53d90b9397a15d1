package providercontracts

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCache_readsADocumentOnce(t *testing.T) {
	var c cache
	reads := 0
	content := func() ([]byte, error) { reads++; return []byte("openapi: 3.0.3\n"), nil }
	for range 3 {
		d, err := c.get("a", content)
		require.NoError(t, err)
		require.NoError(t, d.refused)
		require.NotNil(t, d.read)
	}
	require.Equal(t, 1, reads)
	_, err := c.get("b", func() ([]byte, error) { return nil, errors.New("gone") })
	require.Error(t, err)
}

func TestCache_keepsWhatWasUsedLast(t *testing.T) {
	var c cache
	large := func() ([]byte, error) {
		return []byte("openapi: 3.0.3\nx: " + strings.Repeat("x", cachedBytes/3)), nil
	}
	for i := range 4 {
		_, err := c.get(fmt.Sprint(i), large)
		require.NoError(t, err)
		_, err = c.get("0", large) // which so is always the one used last
		require.NoError(t, err)
	}
	require.LessOrEqual(t, c.bytes, cachedBytes)
	require.Contains(t, c.entries, "0")
	require.Contains(t, c.entries, "3")
	require.NotContains(t, c.entries, "1")
}

func TestCache_doesNotKeepWhatIsTooLarge(t *testing.T) {
	var c cache
	_, err := c.get("a", func() ([]byte, error) {
		return []byte("openapi: 3.0.3\nx: " + strings.Repeat("x", cachedBytes)), nil
	})
	require.NoError(t, err)
	require.Empty(t, c.entries)
}

func TestCache_letsGoOfWhatNobodyAsksFor(t *testing.T) {
	var c cache
	_, err := c.get("a", func() ([]byte, error) { return []byte("openapi: 3.0.3\n"), nil })
	require.NoError(t, err)
	c.purge()
	require.Len(t, c.entries, 1, "asked for since the last purge")
	c.purge()
	require.Empty(t, c.entries)
	require.Zero(t, c.bytes)
}
