package app_test

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql" // the driver of the source
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/pactbrokerdb"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// mariaDB starts a server of its own and returns its socket. Where MariaDB is not
// installed the test is skipped: nobody needs it but who comes from MySQL.
func mariaDB(t *testing.T) (socket string) {
	t.Helper()
	server, err := exec.LookPath("mariadbd")
	if err != nil && os.Getenv("ACCORD_REQUIRE_MARIADB") != "" {
		t.Fatal("MariaDB is not installed: .ci/tools mariadb")
	}
	if err != nil {
		t.Skip("MariaDB is not installed")
	}
	folder := t.TempDir()
	install := exec.Command("mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", "--user=root", "--datadir="+folder)
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	socket = filepath.Join(folder, "s")
	running := exec.Command(server, "--no-defaults", "--user=root", "--datadir="+folder, "--socket="+socket, "--skip-networking", "--skip-grant-tables")
	require.NoError(t, running.Start())
	t.Cleanup(func() {
		_ = running.Process.Signal(os.Interrupt)
		_ = running.Process.Kill()
		_ = running.Wait() // killed
	})
	return socket
}

func TestImport_ofAPactBrokersMySQL(t *testing.T) {
	socket := mariaDB(t)
	database, err := sql.Open("mysql", "root@unix("+socket+")/")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return database.Ping() == nil }, 30*time.Second, 100*time.Millisecond)
	database.SetMaxOpenConns(1)
	for _, statement := range append([]string{"CREATE DATABASE pact_broker CHARACTER SET utf8", "USE pact_broker"},
		append(pactbrokerdb.Schema(pactbrokerdb.MySQL), pactbrokerdb.Example(pactbrokerdb.MySQL)...)...) {
		_, err := database.Exec(statement)
		require.NoError(t, err, statement)
	}
	require.NoError(t, database.Close())
	b := testbroker.New(t, testbroker.With(withKey))
	requireExample(t, b, importedFrom(t, b, "mysql://root@localhost/pact_broker?socket="+socket))
}
