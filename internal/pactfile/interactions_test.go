package pactfile

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInteractionsByID_namesThemAsVerifiersDo(t *testing.T) {
	body := read(t, `{"interactions":[{"_id":"sent","description":"swim","providerState":"ice"},{"description":"dive"}],"messages":[{"description":"m"}]}`)
	ids := map[string]string{}
	for id, i := range InteractionsByID(body) {
		ids[i.Description+"/"+i.State] = id
	}
	require.Equal(t, "sent", ids["swim/ice"])
	require.Len(t, ids, 3)
	for _, id := range ids {
		require.Contains(t, string(WithInteractionIDs(body)), `"_id":"`+id+`"`)
	}
}
