package web

import (
	"testing"

	"github.com/stretchr/testify/require"

	"accord/internal/matrix"
	"accord/internal/verdicts"
)

func TestVerdictCommands_nameTheTargetAndTheInstance(t *testing.T) {
	require.Contains(t, targetOption(matrix.Target{Environment: "a b"}), "--to-environment 'a b'")
	require.Contains(t, targetOption(matrix.Target{Tag: "prod"}), "--to prod")
	require.Contains(t, targetOption(matrix.Target{MainBranch: true}), "--with-main-branches")
	require.Empty(t, targetOption(matrix.Target{}))
	require.Contains(t, ofInstance(verdicts.Action{Instance: "customer 1"}), "--application-instance 'customer 1'")
	require.Empty(t, ofInstance(verdicts.Action{}))
}
