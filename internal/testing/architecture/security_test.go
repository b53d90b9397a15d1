package architecture

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	namedTest = regexp.MustCompile("`(Test\\w+?)(_?\\*)?`")
	namedFile = regexp.MustCompile("`(\\w+_test\\.go)`")
)

// TestSecurityPage_namesTestsThatThereAre keeps docs/security.md from promising
// what no test shows any more.
func TestSecurityPage_namesTestsThatThereAre(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "security.md"))
	require.NoError(t, err)
	var tests strings.Builder
	files := map[string]bool{}
	require.NoError(t, filepath.WalkDir(filepath.Join("..", ".."), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		files[entry.Name()] = true
		tests.Write(text)
		return err
	}))
	found := namedTest.FindAllSubmatch(page, -1)
	require.NotEmpty(t, found)
	for _, name := range found {
		require.Contains(t, tests.String(), "func "+string(name[1]), "docs/security.md names a test that is not there")
	}
	for _, name := range namedFile.FindAllSubmatch(page, -1) {
		require.True(t, files[string(name[1])], "docs/security.md names %s", name[1])
	}
}
