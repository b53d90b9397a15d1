package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func installing(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("installing.md")
	require.NoError(t, err)
	return string(page)
}

func TestInstalling_eachWayIsFiveLinesOrLess(t *testing.T) {
	lines, way := 0, ""
	for line := range strings.Lines(installing(t)) {
		switch {
		case strings.HasPrefix(line, "## "):
			lines, way = 0, line
		case strings.HasPrefix(line, "    "):
			lines++
			require.LessOrEqual(t, lines, 5, way)
		}
	}
	require.NotEmpty(t, way)
}

func TestInstalling_namesWhatIsThere(t *testing.T) {
	page := installing(t)
	files := regexp.MustCompile(`deploy/[a-z/*.-]*[a-z*]`).FindAllString(page, -1)
	require.NotEmpty(t, files)
	for _, file := range files {
		found, err := filepath.Glob("../" + file)
		require.NoError(t, err)
		require.NotEmpty(t, found, file)
	}
	makefile, err := os.ReadFile("../Makefile")
	require.NoError(t, err)
	targets := regexp.MustCompile("(?m)(?:^    |`)make ([a-z]+)").FindAllStringSubmatch(page, -1)
	require.NotEmpty(t, targets)
	for _, target := range targets {
		require.Contains(t, string(makefile), "\n"+target[1]+":", "make "+target[1])
	}
}
