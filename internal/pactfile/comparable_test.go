package pactfile

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestComparable_boundsWhatIsHeldInMemory(t *testing.T) {
	small := Body(`{"interactions": [{"description": "a", "request": {"body": [1, 2, {"b": null}]}}]}`)
	require.True(t, Comparable(small, small))
	require.True(t, Comparable(Body(""), Body("")))
	many := Body(`{"interactions": [{"request": {"body": [` + strings.Repeat("{},", MostCompared/2) + `{}]}}]}`)
	require.False(t, Comparable(many, small))
	require.False(t, Comparable(small, many))
	half := Body(`[` + strings.Repeat("1,", MostCompared/2) + `1]`)
	require.True(t, Comparable(half, small))
	require.False(t, Comparable(half, half), "together they are too many")
	deep := Body(strings.Repeat("[", 101) + strings.Repeat("]", 101))
	require.False(t, Comparable(deep, small))
	require.False(t, Comparable(small, deep))
	require.True(t, Comparable(deep[1:len(deep)-1], small))
}

func TestIndented_laysOutWhatCanBeRead(t *testing.T) {
	require.Equal(t, "[\n  1\n]", string(Indented([]byte("[1]"))))
	for _, text := range []string{"", "[1", strings.Repeat("[", 5000) + strings.Repeat("]", 5000)} {
		require.Equal(t, text, string(Indented([]byte(text))))
	}
}
