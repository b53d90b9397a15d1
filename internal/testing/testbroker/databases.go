package testbroker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/migrations"
)

// migrated is the content of an empty, migrated SQLite file, made once per
// process, since copying it is a hundred times faster than migrating.
var migrated = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "accord-template-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "template.db")
	if err := prepare("sqlite://" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func prepare(url string) error {
	db, err := store.Open(context.Background(), store.Options{URL: url, Fast: true})
	if err != nil {
		return err
	}
	return db.Close()
}

func sqliteDatabase(t testing.TB) string {
	t.Helper()
	content, err := migrated()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "accord.db")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return "sqlite://" + path
}

// schema names what the migrations make, so that a changed one gets a template
// of its own.
var schema = sync.OnceValue(func() string {
	digest := sha256.New()
	err := fs.WalkDir(migrations.FS, "postgres", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(migrations.FS, path)
		digest.Write(content)
		return err
	})
	if err != nil {
		panic(err) // embedded files can always be read
	}
	return "accord_" + hex.EncodeToString(digest.Sum(nil)[:8])
})

func postgresDatabase(t testing.TB) string {
	t.Helper()
	return testpostgres.Template{Name: schema(), Prepare: prepare}.Database(t)
}
