package verdicts_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"accord/internal/verdicts"
)

func TestCodes_haveASectionEach(t *testing.T) {
	page, err := os.ReadFile("../../docs/verdicts.md")
	require.NoError(t, err)
	var sections []verdicts.Code
	for _, found := range regexp.MustCompile("(?m)^## `(\\w+)`$").FindAllSubmatch(page, -1) {
		sections = append(sections, verdicts.Code(found[1]))
	}
	require.Equal(t, verdicts.Codes(), sections)
}
