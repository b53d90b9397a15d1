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
}
