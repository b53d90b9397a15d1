package db

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/gofrs/flock"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// A copy of another broker's file holds its passwords: it has no name while it is read, and
// what a killed process left goes with the next.
func TestOpenForeign_leavesNoCopyOfAFileBehind(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	source := filepath.Join(t.TempDir(), "source.db")
	file, err := sql.Open("sqlite3", source)
	require.NoError(t, err)
	_, err = file.Exec("CREATE TABLE words (word TEXT)")
	require.NoError(t, err)
	require.NoError(t, file.Close())
	for _, name := range []string{"accord-import-left/in-use.lock", "accord-import-left/source.db", "accord-import-used/in-use.lock", "accord-import-used/source.db", "accord-import-answers/answers"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(temporary, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(temporary, name), nil, 0o600))
	}
	used := flock.New(filepath.Join(temporary, "accord-import-used", "in-use.lock"))
	require.NoError(t, used.Lock())
	defer used.Close()

	foreign, err := OpenForeign(context.Background(), "sqlite://"+source, "")
	require.NoError(t, err)
	copies, err := filepath.Glob(filepath.Join(temporary, "*", "source.db"))
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(temporary, "accord-import-used", "source.db")}, copies)
	columns, err := foreign.Columns(context.Background(), "words")
	require.NoError(t, err)
	require.Equal(t, map[string]bool{"word": true}, columns)
	require.NoError(t, foreign.Close())
	folders, err := filepath.Glob(filepath.Join(temporary, "*"))
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(temporary, "accord-import-answers"), filepath.Join(temporary, "accord-import-used")}, folders)
}

// Who comes at the same moment does not take the folder for one that was left.
func TestFolderForCopy_isKeptFromOthers(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var all errgroup.Group
	for range 4 {
		all.Go(func() error {
			for range 200 {
				folder, remove, err := folderForCopy()
				if err == nil {
					err = os.WriteFile(filepath.Join(folder, "source.db"), nil, 0o600)
				}
				if err == nil {
					err = remove()
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, all.Wait())
}
