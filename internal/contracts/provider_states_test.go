package contracts

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStates_areEachGatheredOnce(t *testing.T) {
	guest := readContent(t, `{"interactions":[
		{"description":"1","providerState":"the bar is open"},
		{"description":"2","providerStates":[{"name":"a room is free"},{"name":"a room is booked","params":{"nr":7,"by":"x"}}]},
		{"description":"3","providerStates":[{"name":"a room is free","params":{}},{"params":{"nr":1}},{"name":""},"text"]},
		{"description":"4","providerState":null}, {"description":"5","provider_state":"old"}, {"description":"6","providerState":""}, 7]}`)
	agent := readContent(t, `{"messages":[{"description":"m","providerStates":[{"name":"a room is booked","params":{"by":"x","nr":7}},{"name":"a room is booked","params":{"nr":1}}]}]}`)
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

func TestFitting_countsWhatFitsFromTheStart(t *testing.T) {
	sizes := map[int64]int64{1: 10, 2: 20, 3: 5}
	for most, want := range map[int64]int{9: 0, 10: 1, 29: 1, 30: 2, 34: 2, 35: 3, 100: 3} {
		require.Equal(t, want, Fitting(sizes, []int64{1, 2, 3}, most), most)
	}
	require.Zero(t, Fitting(sizes, nil, 10))
}
