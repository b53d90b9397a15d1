package store_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store/db"
)

// What SQLite does not see, since it looks at the tree of pages and not at values, the
// sum beside the backup shows.
func TestRestore_refusesABackupThatIsNotAsItWasWritten(t *testing.T) {
	url := filled(t, "1", "somewhere")
	backup := mustBackUp(t, url)
	whole, err := os.ReadFile(backup)
	require.NoError(t, err)
	sum, err := os.ReadFile(backup + ".sha256")
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("%x  %s\n", sha256.Sum256(whole), filepath.Base(backup)), string(sum), "as sha256sum writes it")

	restored, err := putBack(backup, sqliteURL(t), false)
	require.NoError(t, err)
	require.True(t, restored.Compared)

	changed := append([]byte{}, whole...)
	changed[len(changed)-1] ^= 1 // in a row or in free space, whatever is last
	require.NoError(t, os.WriteFile(backup, changed, 0o600))
	target := sqliteURL(t)
	_, err = putBack(backup, target, false)
	require.ErrorIs(t, err, db.ErrChanged)
	require.ErrorContains(t, err, backup+".sha256")
	require.NoFileExists(t, file(target))

	require.NoError(t, os.WriteFile(backup, whole, 0o600))
	require.NoError(t, os.Remove(backup+".sha256"))
	restored, err = putBack(backup, sqliteURL(t), false)
	require.NoError(t, err, "a backup that came from elsewhere has no sum")
	require.False(t, restored.Compared)
}
