package queue

import (
	"testing"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/stretchr/testify/require"
)

// TestMigrations_takeAllOfTheJobQueue fails when the pinned River has steps that
// ours do not take: they then need a step of their own.
func TestMigrations_takeAllOfTheJobQueue(t *testing.T) {
	sqlite, err := rivermigrate.New(riversqlite.New(nil), nil)
	require.NoError(t, err)
	postgres, err := rivermigrate.New(riverpgxv5.New(nil), nil)
	require.NoError(t, err)
	for _, theirs := range [][]rivermigrate.Migration{sqlite.AllVersions(), postgres.AllVersions()} {
		require.Equal(t, theirs[len(theirs)-1].Version, migrationSteps[len(migrationSteps)-1].last)
	}
}
