package store_test

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
)

func TestOpen_saysThatAFileCanOnlyBeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accord.db")
	opened, err := store.Open(context.Background(), store.Options{URL: "sqlite:///" + path, Fast: true})
	require.NoError(t, err)
	require.NoError(t, opened.Close())
	mountReadOnly(t, filepath.Dir(path))
	for _, name := range []string{path, filepath.Join(filepath.Dir(path), "new.db")} {
		_, err = store.Open(context.Background(), store.Options{URL: "sqlite:///" + name})
		require.ErrorIs(t, err, db.ErrReadOnly)
		require.NotContains(t, err.Error(), "no such file")
	}
}

// mountReadOnly lets the folder only be read until the test ends. For root, whom
// no rights of a file stop, it is mounted onto itself.
func mountReadOnly(t *testing.T, folder string) {
	t.Helper()
	if os.Getuid() != 0 {
		files, err := filepath.Glob(filepath.Join(folder, "*"))
		require.NoError(t, err)
		for _, file := range files {
			require.NoError(t, os.Chmod(file, 0o400))
		}
		require.NoError(t, os.Chmod(folder, 0o500))
		t.Cleanup(func() { require.NoError(t, os.Chmod(folder, 0o700)) })
		return
	}
	if err := syscall.Mount(folder, folder, "", syscall.MS_BIND, ""); err != nil {
		t.Skipf("this machine lets nobody mount: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(folder, syscall.MNT_DETACH)) })
	require.NoError(t, syscall.Mount("", folder, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
}
