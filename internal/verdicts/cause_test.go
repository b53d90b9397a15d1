package verdicts

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCodes_haveASectionEach(t *testing.T) {
	page, err := os.ReadFile("../../docs/verdicts.md")
	require.NoError(t, err)
	var sections []Code
	for _, found := range regexp.MustCompile("(?m)^## `(\\w+)`$").FindAllSubmatch(page, -1) {
		sections = append(sections, Code(found[1]))
	}
	require.ElementsMatch(t, Codes(), sections)
}

// A cause that has a file and is not among causes would never be found.
func TestCauses_areOneAFile(t *testing.T) {
	files, err := filepath.Glob("cause_*.go")
	require.NoError(t, err)
	var expected []string
	for _, code := range Codes() {
		expected = append(expected, "cause_"+string(code)+".go")
	}
	require.ElementsMatch(t, append(expected, "cause_test.go"), files)
}
