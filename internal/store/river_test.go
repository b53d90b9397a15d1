package store

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/stretchr/testify/require"

	"accord/migrations"
)

// TestMigrations_holdThoseOfTheJobQueue fails when the pinned River has steps
// that our migrations lack: they then need a new numbered file.
func TestMigrations_holdThoseOfTheJobQueue(t *testing.T) {
	sqlite, err := rivermigrate.New(riversqlite.New(nil), nil)
	require.NoError(t, err)
	postgres, err := rivermigrate.New(riverpgxv5.New(nil), nil)
	require.NoError(t, err)
	for folder, steps := range map[string][]rivermigrate.Migration{"sqlite": sqlite.AllVersions(), "postgres": postgres.AllVersions()} {
		ours := ""
		files, err := filepath.Glob("../../migrations/" + folder + "/*_river_*.sql")
		require.NoError(t, err)
		for _, file := range files {
			text, err := migrations.FS.ReadFile(folder + "/" + filepath.Base(file))
			require.NoError(t, err)
			ours += string(text)
		}
		for _, step := range steps {
			text := fmt.Sprintf("-- River %03d: %s\n%s\n", step.Version, step.Name, strings.ReplaceAll(step.SQLUp, "/* TEMPLATE: schema */", ""))
			require.True(t, strings.Contains(ours, text), "%s lacks step %d of River, or has another text for it", folder, step.Version)
		}
	}
}
