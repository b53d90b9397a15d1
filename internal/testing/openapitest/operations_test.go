package openapitest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOperations_namesHandlers(t *testing.T) {
	handlers := map[string]string{}
	for _, o := range Operations() {
		handlers[o.Method+" "+o.Path] = o.Handler()
	}
	require.Equal(t, "showIndex", handlers["GET /"])
	require.Equal(t, "publishPact", handlers["PUT /pact/provider/{provider}/consumer/{consumer}/version/{number}"])
}

func TestFind_prefersFixedSegments(t *testing.T) {
	for path, id := range map[string]string{
		"/pacts/provider/P/consumer/C/branch/versions":            "listPactsOnMainBranch",
		"/pacts/provider/P/consumer/C/branch/main":                "listPactsOnBranch",
		"/pacts/provider/P/consumer/C/latest/badge":               "showPactBadge",
		"/pacts/provider/P/consumer/C/latest/badge.svg":           "showPactBadge",
		"/pacts/provider/P/consumer/C/latest/prod":                "showLatestPactWithTag",
		"/pacticipants/label/versions":                            "listPacticipantsWithLabel",
		"/pacticipants/A%2FB/versions":                            "listVersions",
		"/relationships.csv":                                      "listRelationships",
		"/openapi.yaml":                                           "showContract",
		"/pacticipants/Foo/":                                      "showPacticipant",
		"/pacts/provider/P/consumer/C/branch/latest/versions":     "listLatestPactsOnMainBranch",
		"/pacts/provider/P/consumer/C/branch/a%2Fb/latest":        "showLatestPactOnBranch",
		"/pacts/provider/P/consumer/C/pact-version/x/metadata/bQ": "showPactContentWithMetadata",
	} {
		found, known := contract().find("GET", path)
		require.True(t, known, path)
		require.Equal(t, id, found.ID, path)
	}
}
