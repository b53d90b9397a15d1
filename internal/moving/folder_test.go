package moving

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
)

// failing is a source that cannot be read.
type failing struct{ some }

func (failing) Each(context.Context, func(archive.Kind) bool, func(archive.Record) error) error {
	return errors.New("gone")
}

// truncateAnswers leaves half of each answer that is kept in a folder.
func truncateAnswers(t *testing.T, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "answers", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.NoError(t, os.Truncate(file, info.Size()/2))
	}
}

// Contracts may hold what is nobody else's business.
func TestFetch_keepsWhatItReadsToItself(t *testing.T) {
	_, remote := pactBroker(t)
	folder := filepath.Join(t.TempDir(), "new")
	fetched(t, remote, folder)
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, path)
		return nil
	}))
}

func TestFetch_saysWhichFolderItCannotUse(t *testing.T) {
	_, remote := pactBroker(t)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := Fetch(t.Context(), remote, file, func(string, int64) {})
	require.ErrorContains(t, err, file)
}

// Each hands over only what is wanted, and stops where it is told to.
func TestHTTP_Each_handsOverWhatIsWanted(t *testing.T) {
	_, remote := pactBroker(t)
	source := fetched(t, remote, t.TempDir())
	var kinds []archive.Kind
	require.NoError(t, source.Each(t.Context(), func(kind archive.Kind) bool { return kind == archive.KindTag }, func(r archive.Record) error {
		kinds = append(kinds, r.Kind())
		return nil
	}))
	require.NotEmpty(t, kinds)
	for _, kind := range kinds {
		require.Equal(t, archive.KindTag, kind)
	}
	enough := errors.New("enough")
	count := 0
	require.ErrorIs(t, source.Each(t.Context(), nil, func(archive.Record) error {
		count++
		return enough
	}), enough)
	require.Equal(t, 1, count)
}
