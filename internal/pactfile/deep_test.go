package pactfile

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A content from elsewhere that is nested millions deep must not use up the stack, with
// which the whole broker would end.
func TestIdentity_ofContentsHoweverDeepTheyAre(t *testing.T) {
	for _, open := range []string{"[", `{"a":`, `[{"a":`} {
		deep := strings.Repeat(open, 8_000_000/len(open))
		for _, equality := range []Equality{ByDemands, ByText} {
			cut, other := Identity(Body(deep), equality), Identity(Body(deep+"1"), equality)
			require.Len(t, cut, 40)
			require.NotEqual(t, cut, other, "the same for the same text alone")
		}
		within := Body(`{"interactions":[{"description":` + deep)
		require.Equal(t, within, WithMember(within, "createdAt", []byte("1")))
		require.False(t, Comparable(within, within))
		require.False(t, HasIdentity(within, Identity(within, ByText)))
	}
}
