package providercontracts

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

func TestOffering_keepsNoMoreThanItMay(t *testing.T) {
	var o operationCache
	_, known := o.of("1")
	require.False(t, known)
	o.keep("1", nil)
	operations, known := o.of("1")
	require.True(t, known, "one that offers nothing is known, too")
	require.Empty(t, operations)
	o.keep("2", make([]comparison.Operation, operationsKept))
	_, known = o.of("1")
	require.True(t, known)
	o.keep("3", make([]comparison.Operation, 1))
	for sha, want := range map[string]bool{"1": false, "2": false, "3": true} {
		_, known := o.of(sha)
		require.Equal(t, want, known, sha)
	}
	require.Equal(t, 1, o.count)
}
