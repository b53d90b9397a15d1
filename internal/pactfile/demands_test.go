package pactfile

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCountDemands(t *testing.T) {
	require.Equal(t, Counts{2, 0}, CountDemands(read(t, `{"interactions":[{},{}]}`)))
	require.Equal(t, Counts{1, 3}, CountDemands(read(t, `{"interactions":[[1,2]],"messages":[1,"a,b",{"c":[1,2]}]}`)))
	require.Equal(t, Counts{}, CountDemands(read(t, `{"interactions":{"a":1,"b":2}}`)))
}

func TestSaysTheSame(t *testing.T) {
	a, b := read(t, v2(interactionA, interactionNamed("b"))), read(t, v2(interactionNamed("b"), interactionA))
	require.True(t, SameDemands(WithInteractionIDs(a), b))
	require.True(t, SameDemands(read(t, `{"interactions":[{"_id":"x"}]}`), read(t, `{"interactions":[{"_id":"y"}]}`)))
	require.False(t, SameDemands(a, read(t, v2(interactionA))))
}
