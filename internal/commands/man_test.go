package commands_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMan_writesAPageForEachCommandTheSameEachTime(t *testing.T) {
	pages := func() map[string]string {
		folder := filepath.Join(t.TempDir(), "man1")
		code, _, errors := run(t, nil, "man", folder)
		require.Zero(t, code, errors)
		files, err := os.ReadDir(folder)
		require.NoError(t, err)
		all := map[string]string{}
		for _, file := range files {
			text, err := os.ReadFile(filepath.Join(folder, file.Name()))
			require.NoError(t, err)
			all[file.Name()] = string(text)
		}
		return all
	}
	first := pages()
	require.Equal(t, first, pages())
	for _, name := range []string{"broker.1", "broker-serve.1", "broker-token-create.1", "broker-health.1"} {
		require.Contains(t, first[name], "SYNOPSIS", name)
	}
	require.NotContains(t, first, "broker-man.1", "it is for those who make packages")
}
