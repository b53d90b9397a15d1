package commands_test

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/commands"
)

// runAs runs the program under another name, as a link to it does.
func runAs(t *testing.T, database, name string, environ []string, args ...string) (code int, out, errors string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = commands.Run(context.Background(), commands.Shell{
		Name: name, Args: args, Environ: append([]string{"PACT_BROKER_DATABASE_URL=" + database}, environ...), Out: &stdout, Err: &stderr,
	})
	return code, stdout.String(), stderr.String()
}

func TestRun_underTheNamesOfThePactBrokersImage(t *testing.T) {
	database := "sqlite://" + filepath.Join(t.TempDir(), "accord.db")

	code, out, errors := runAs(t, database, "/usr/local/bin/db-version", nil)
	require.Zero(t, code, errors)
	require.Equal(t, "0\n", out)

	code, out, errors = runAs(t, database, "db-migrate", nil)
	require.Zero(t, code, errors)
	require.Contains(t, out, "was brought from schema 0 to ")

	code, out, errors = runAs(t, database, "db-version", nil)
	require.Zero(t, code, errors)
	require.NotEqual(t, "0\n", out)

	_, out, _ = runAs(t, database, "clean", nil, "--help")
	require.Contains(t, out, "broker clean")
}

func TestRun_ignoresTheArgumentOfAnotherWebServer(t *testing.T) {
	code, _, errors := runAs(t, "sqlite:////no/such/folder/accord.db", "broker", nil, "config.ru")
	require.Equal(t, 1, code)
	require.Contains(t, errors, "there is no such folder", "it went on to serve")
}

func TestMigrate_toAnotherBrokersSchemaIsRefused(t *testing.T) {
	database := "sqlite://" + filepath.Join(t.TempDir(), "accord.db")
	code, out, errors := runAs(t, database, "db-migrate", []string{"PACT_BROKER_MIGRATION_TARGET=20230615"})
	require.Equal(t, 2, code)
	require.Empty(t, out)
	require.Contains(t, errors, "PACT_BROKER_MIGRATION_TARGET")
	require.Contains(t, errors, "unset it")

	code, out, _ = runAs(t, database, "db-version", nil)
	require.Zero(t, code)
	require.Equal(t, "0\n", out, "nothing was migrated")
}
