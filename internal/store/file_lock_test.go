package store_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
)

func TestOpen_letsOneBrokerServeFromAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accord.db")
	serving := store.Options{URL: "sqlite:///" + path, Fast: true, Exclusive: true}
	first, err := store.Open(context.Background(), serving)
	require.NoError(t, err)

	link := filepath.Join(t.TempDir(), "link.db")
	require.NoError(t, os.Symlink(path, link))
	for _, name := range []string{path, link} {
		second := serving
		second.URL = "sqlite:///" + name
		_, err = store.Open(context.Background(), second)
		var inUse *db.InUseError
		require.ErrorAs(t, err, &inUse)
		require.Contains(t, err.Error(), "process "+strconv.Itoa(os.Getpid())+" on ")
	}

	state, err := db.Inspect(context.Background(), serving.URL)
	require.NoError(t, err)
	require.Contains(t, state.UsedBy, strconv.Itoa(os.Getpid()))
	beside := serving
	beside.Exclusive = false
	require.NoError(t, open(t, beside).Check(context.Background()), "commands work beside a broker")

	require.NoError(t, first.Close())
	open(t, serving)
	info, err := os.Stat(path + ".lock")
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestOpen_letsNobodyServeFromTheSameFileUnderAnotherName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accord.db")
	serving := store.Options{URL: "sqlite:///" + path, Fast: true, Exclusive: true}
	first, err := store.Open(context.Background(), serving)
	require.NoError(t, err)
	hardLink := filepath.Join(t.TempDir(), "hard.db")
	require.NoError(t, os.Link(path, hardLink))
	second := serving
	second.URL = "sqlite:///" + hardLink
	_, err = store.Open(context.Background(), second)
	var inUse *db.InUseError
	require.ErrorAs(t, err, &inUse)
	require.Contains(t, err.Error(), "process "+strconv.Itoa(os.Getpid())+", which knows the file by another name")
	write(t, first, func(ctx context.Context, tx *store.Tx) {
		_, err := tx.AddNote(ctx, "it still serves")
		require.NoError(t, err)
	})
	require.NoError(t, first.Close())
	open(t, serving)
}

func TestOpen_saysWhatToDoAboutADamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accord.db")
	opened, err := store.Open(context.Background(), store.Options{URL: "sqlite:///" + path})
	require.NoError(t, err)
	require.NoError(t, opened.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, content := range map[string][]byte{
		"no database": []byte("this is a text, and long enough to be read as the head of a file, which it is not: " + strings.Repeat("x", 2000)),
		"cut off":     whole[:5000],
		"overwritten": append(append(bytes.Clone(whole[:200]), bytes.Repeat([]byte{0xff}, 8000)...), whole[8200:]...),
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, content, 0o600))
			_, err = store.Open(context.Background(), store.Options{URL: "sqlite:///" + path})
			require.ErrorContains(t, err, "restore "+path+" from a backup")
		})
	}
}

func TestOpen_migratesNoFileThatABrokerServesFrom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accord.db")
	serving := store.Options{URL: "sqlite:///" + path, Fast: true, Exclusive: true}
	opened := open(t, serving)
	write(t, opened, func(ctx context.Context, tx *store.Tx) {
		require.NoError(t, tx.Exec(ctx, "DELETE FROM accord_migrations WHERE version_id = (SELECT max(version_id) FROM accord_migrations)"))
	})
	_, err := store.Open(context.Background(), store.Options{URL: serving.URL})
	var inUse *db.InUseError
	require.ErrorAs(t, err, &inUse)
}
