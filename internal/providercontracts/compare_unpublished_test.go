package providercontracts

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLineOf(t *testing.T) {
	document := []byte("openapi: 3.0.3\r\n  paths:\n\n" + strings.Repeat("é", 300))
	for number, want := range map[int]string{-1: "", 0: "", 1: "openapi: 3.0.3", 2: "paths:", 3: "", 4: strings.Repeat("é", 200) + "…", 5: ""} {
		require.Equal(t, want, LineOf(document, number), number)
	}
}
