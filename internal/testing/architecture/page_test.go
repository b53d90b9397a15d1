package architecture

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPage_tellsTheSameTable(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "architecture.md"))
	require.NoError(t, err)
	told := table{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.HasPrefix(line, "| `") {
			continue
		}
		told[named(strings.Trim(cells[1], " `"))] = importsTold(cells[3])
	}
	for name, imports := range allowed {
		require.Contains(t, told, name, "docs/architecture.md has no row for %q", name)
		require.ElementsMatch(t, imports, told[name], "docs/architecture.md on %q", name)
	}
	require.Len(t, told, len(allowed), "docs/architecture.md has rows for packages that the table does not know")
}

func importsTold(cell string) []string {
	cell = strings.TrimSpace(cell)
	if cell == "–" {
		return nil
	}
	names := strings.Split(cell, ", ")
	for i, name := range names {
		names[i] = named(name)
	}
	return slices.Clip(names)
}

// named returns the name that the table gives to a package on the page.
func named(told string) string {
	if told == "the root" {
		return ""
	}
	return told
}
