package spelling

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEdits_countsLetters(t *testing.T) {
	for _, test := range []struct {
		from, to string
		want     int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"staging", "stagin", 1}, {"ab", "ba", 2}, {"grün", "grun", 1}, {"same", "same", 0},
	} {
		require.Equal(t, test.want, Edits(test.from, test.to), "%s to %s", test.from, test.to)
		require.Equal(t, test.want, Edits(test.to, test.from), "%s to %s", test.to, test.from)
	}
}
