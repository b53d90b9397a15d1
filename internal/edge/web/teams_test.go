package web_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestTeams_narrowPagesAndAreNamedInVerdicts(t *testing.T) {
	b := testbroker.New(t)
	b.Environment("production")
	b.Pact("Web", "1").With("Api")
	b.Version("Api", "1", "main")
	b.Deploy("Api", "1", "production")
	b.Pact("Bank", "1").With("Ledger")
	require.NotContains(t, read(b, "/"), "Any team")
	b.Put("/api/v1/teams/Core", testbroker.Object{"contact": "#core", "applications": []string{"Api"}}).OK(http.StatusCreated)
	require.Contains(t, read(b, "/"), "Any team")
	narrowed := read(b, "/?team=Core")
	require.Contains(t, narrowed, "1 to 1 of 1")
	require.Contains(t, narrowed, `value="Core" selected`)
	require.Len(t, visited(t, b, "/network?team=Core").one(t, "tbody").all("tr"), 1)
	require.Equal(t, "consumer,provider,state\n\"Web\",\"Api\",waiting\n", string(b.Visit("/network/download?as=csv&team=Core").OK().Body))
	require.True(t, visited(t, b, "/network?team=Nobody").has("h3", "No integration"))
	b.Version("Bank", "1", "main")
	b.Deploy("Bank", "1", "production")
	there := read(b, "/environments?team=Core")
	require.Contains(t, there, "1 to 1 of 1")
	require.Contains(t, there, `value="Core" selected`)
	require.Contains(t, there, "/environments?show=blocked&amp;team=Core")
	require.NotContains(t, there, "<bdi>Bank</bdi>")
	require.Contains(t, read(b, "/can-i-deploy?pacticipant=Web&version=1&environment=production"), "Team Core · #core")
}
