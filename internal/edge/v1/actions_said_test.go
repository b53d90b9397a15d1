package v1

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Every kind of action is said in words, or an explanation could not be shown.
func TestActionsOf_saysEveryKind(t *testing.T) {
	for kind, say := range actionsOf {
		require.NotNil(t, say, "action %d", kind)
	}
}
