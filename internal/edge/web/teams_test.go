package web_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestTeams_narrowTheFirstPageAndAreNamedInVerdicts(t *testing.T) {
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
	require.Contains(t, read(b, "/can-i-deploy?pacticipant=Web&version=1&environment=production"), "Team Core · #core")
}
