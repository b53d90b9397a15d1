package spelling

import (
	"slices"
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

func TestNearest_isTheFirstOfThoseWithTheFewestEdits(t *testing.T) {
	known := slices.Values([]string{"version", "verson", "branch", "verbose"})
	for _, tt := range []struct {
		word  string
		below int
		want  string
	}{
		{"version", 1, "version"}, {"versin", 3, "version"}, {"versn", 3, "verson"}, {"brnch", 2, "branch"}, {"brnch", 1, ""}, {"", 3, ""},
	} {
		require.Equal(t, tt.want, Nearest(tt.word, known, tt.below), "%q below %d", tt.word, tt.below)
	}
	require.Equal(t, "ab", Nearest("ax", slices.Values([]string{"ay", "ab", "az"}), 3), "of several as near the first in the alphabet")
}
