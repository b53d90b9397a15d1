package commands_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestToken_isMadeListedAndRevoked(t *testing.T) {
	database := "PACT_BROKER_DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "accord.db")
	code, out, complaint := run(t, []string{database}, "token", "create", "--name", "build", "--role", "developer", "--application", "web", "--label", "shop", "--expires", "90d")
	require.Zero(t, code, complaint)
	secret := strings.TrimSuffix(out, "\n")
	require.True(t, access.IsSecret(secret), "the token alone is printed: %q", out)

	code, out, complaint = run(t, []string{database}, "token", "list")
	require.Zero(t, code, complaint)
	require.NotContains(t, out, secret)
	require.Contains(t, out, "web, label shop")
	id := strings.Fields(strings.Split(out, "\n")[1])[0]

	code, _, complaint = run(t, []string{database}, "token", "revoke", id)
	require.Zero(t, code, complaint)
	_, out, _ = run(t, []string{database}, "token", "list")
	require.Contains(t, out, "revoked")
}

// Who binds something to a label is told beside the output which applications have it.
func TestTokenAndUser_tellWhatALabelBrings(t *testing.T) {
	b := testbroker.New(t)
	b.Version("Web", "1", "main")
	b.Put("/pacticipants/Web/labels/shop", nil).OK(http.StatusCreated)
	database := "PACT_BROKER_DATABASE_URL=" + b.Settings().Database.URL
	for _, words := range []string{"token create --name build", "user create jo"} {
		code, out, complaint := run(t, []string{database}, append(strings.Fields(words), "--role", "developer", "--label", "shop")...)
		require.Zero(t, code, complaint)
		require.Equal(t, 1, strings.Count(out, "\n"), words)
		require.Equal(t, "applications by a label now: Web\n", complaint, words)
	}
	_, _, complaint := run(t, []string{database}, "token", "create", "--name", "build", "--role", "developer", "--label", "later")
	require.Empty(t, complaint)
}

func TestToken_namesWhatIsWrong(t *testing.T) {
	database := "PACT_BROKER_DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "accord.db")
	for _, test := range []struct{ args, complaint string }{
		{"create --name build", "role must be one of: viewer"},
		{"create --role viewer", "name must be one line"},
		{"create --name x --role viewer --expires soon", "must be a time such as 90d"},
		{"create --name x --role admin --application web", "applications must be left out"},
		{"revoke 7", "broker token list tells the IDs"},
	} {
		code, out, complaint := run(t, []string{database}, append([]string{"token"}, strings.Fields(test.args)...)...)
		require.NotZero(t, code, test.args)
		require.Empty(t, out, test.args)
		require.Contains(t, complaint, test.complaint)
	}
}
