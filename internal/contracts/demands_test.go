package contracts

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
	require.True(t, SaysTheSame(WithInteractionIDs(a), b))
	require.True(t, SaysTheSame(read(t, `{"interactions":[{"_id":"x"}]}`), read(t, `{"interactions":[{"_id":"y"}]}`)))
	require.False(t, SaysTheSame(a, read(t, v2(interactionA))))
}

func TestStates_areEachGatheredOnce(t *testing.T) {
	guest := read(t, `{"interactions":[
		{"description":"1","providerState":"the bar is open"},
		{"description":"2","providerStates":[{"name":"a room is free"},{"name":"a room is booked","params":{"nr":7,"by":"x"}}]},
		{"description":"3","providerStates":[{"name":"a room is free","params":{}},{"params":{"nr":1}},{"name":""},"text"]},
		{"description":"4","providerState":null}, {"description":"5","provider_state":"old"}, {"description":"6","providerState":""}, 7]}`)
	agent := read(t, `{"messages":[{"description":"m","providerStates":[{"name":"a room is booked","params":{"by":"x","nr":7}},{"name":"a room is booked","params":{"nr":1}}]}]}`)
	gathered := states{}
	gathered.add("Guest", guest)
	gathered.add("Agent", agent)
	require.Equal(t, []ProviderState{
		{"a room is booked", []byte(`{"by":"x","nr":7}`), []string{"Agent", "Guest"}},
		{"a room is booked", []byte(`{"nr":1}`), []string{"Agent"}},
		{"a room is free", nil, []string{"Guest"}},
		{"old", nil, []string{"Guest"}},
		{"the bar is open", nil, []string{"Guest"}},
	}, gathered.sorted())
	require.NotNil(t, states{}.sorted())
}
