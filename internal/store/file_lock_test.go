package store_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"accord/internal/store"
	"accord/internal/store/db"
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
