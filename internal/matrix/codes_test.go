package matrix_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"accord/internal/matrix"
)

func TestCodes_haveASectionEach(t *testing.T) {
	page, err := os.ReadFile("../../docs/verdicts.md")
	require.NoError(t, err)
	var sections []matrix.Code
	for _, found := range regexp.MustCompile("(?m)^## `(\\w+)`$").FindAllSubmatch(page, -1) {
		sections = append(sections, matrix.Code(found[1]))
	}
	require.Equal(t, matrix.Codes(), sections)
}
