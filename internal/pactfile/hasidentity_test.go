package pactfile_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pactfile"
)

func TestHasIdentity_byAnyRuleThatThereWas(t *testing.T) {
	sent := pactfile.Body(`{"interactions":[{"description":"a","request":{"path":"/"}}],"metadata":{"pactSpecification":{"version":"2.0.0"}}}`)
	stored := pactfile.WithInteractionIDs(sent)
	for name, sha := range map[string]string{
		"by demands":                    pactfile.Identity(sent, pactfile.ByDemands),
		"by text":                       pactfile.Identity(sent, pactfile.ByText),
		"published with the ids it got": pactfile.Identity(stored, pactfile.ByDemands),
	} {
		require.True(t, pactfile.HasIdentity(stored, sha), name)
	}
	other := pactfile.WithInteractionIDs(pactfile.Body(`{"interactions":[{"description":"b"}]}`))
	require.False(t, pactfile.HasIdentity(other, pactfile.Identity(sent, pactfile.ByDemands)))
	for _, text := range []string{"", "{", `{"interactions":[`} {
		require.False(t, pactfile.HasIdentity(pactfile.Body(text), ""), "no JSON")
	}
}
