// Package testpostgres gives tests PostgreSQL databases of their own. It uses
// the server that ACCORD_TEST_POSTGRES names, or starts one for the test
// process from the newest installation it finds; that one ends with the
// process, however the process ends. Only tests import it.
package testpostgres

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Environment variables that tests on PostgreSQL obey.
const (
	// ServerVariable holds the postgres:// address of a server whose user may
	// create databases, or "off" to leave out the tests that need one.
	ServerVariable = "ACCORD_TEST_POSTGRES"
	// RequiredVariable, when "1", makes a missing PostgreSQL a failure. In CI it always is one.
	RequiredVariable = "ACCORD_REQUIRE_POSTGRES"
)

const timeout = time.Minute

// server is the one started or named for this process: its address, found at the first need.
var server = sync.OnceValues(func() (string, error) {
	if address := os.Getenv(ServerVariable); address != "" {
		return address, nil
	}
	return start()
})

// Database returns the address of a new, empty database, dropped when the test
// ends. Without PostgreSQL the test is skipped, in CI it fails.
func Database(t testing.TB) string {
	t.Helper()
	return create(t, demand(t), "")
}

// OwnDatabase returns the address of a new, empty database as a user of its own, to whom
// it belongs, and the user's name. Both are dropped when the test ends.
func OwnDatabase(t testing.TB) (address, user string) {
	t.Helper()
	server := demand(t)
	user = uniqueName()
	onConnection := func(address, statement string) {
		t.Helper()
		err := withConnection(address, func(ctx context.Context, conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, statement)
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	onConnection(server, "CREATE ROLE "+quote(user)+" LOGIN PASSWORD 'secret'")
	t.Cleanup(func() { onConnection(server, "DROP ROLE "+quote(user)) })
	address = create(t, server, "")
	onConnection(address, "GRANT ALL ON SCHEMA public TO "+quote(user))
	onConnection(address, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO "+quote(user)+"', current_database()); END $$")
	u, err := url.Parse(address)
	if err != nil {
		t.Fatalf("the address of PostgreSQL: %v", err)
	}
	u.User = url.UserPassword(user, "secret")
	return u.String(), user
}

// Template is a prepared database from which tests get copies, which is faster
// than preparing one for each.
type Template struct {
	// Name identifies what Prepare makes: it must change when that changes,
	// because test processes that share a server share the template too.
	Name string
	// Prepare fills the empty database at the address, and closes its connections.
	Prepare func(address string) error
}

// Database returns the address of a copy of the template, dropped when the test
// ends. Without PostgreSQL the test is skipped, in CI it fails.
func (tpl Template) Database(t testing.TB) string {
	t.Helper()
	address := demand(t)
	if err := tpl.ensure(address); err != nil {
		t.Fatalf("prepare the PostgreSQL template %s: %v", tpl.Name, err)
	}
	return create(t, address, tpl.Name)
}

// demand returns the server's address, or ends the test.
func demand(t testing.TB) string {
	t.Helper()
	if os.Getenv(ServerVariable) == "off" {
		t.Skip("tests on PostgreSQL are switched off by " + ServerVariable)
	}
	address, err := server()
	switch {
	case err == nil:
		return address
	case errors.Is(err, errNotInstalled) && os.Getenv("CI") == "" && os.Getenv(RequiredVariable) != "1":
		t.Skipf("not tested on PostgreSQL: %v", err)
	default:
		t.Fatalf("start PostgreSQL: %v", err)
	}
	return ""
}

// ensure prepares the template once per server. An advisory lock makes other
// processes wait, and the final name appears only when all went well.
func (tpl Template) ensure(address string) error {
	return withConnection(address, func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", tpl.Name); err != nil {
			return err
		}
		var exists bool
		err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", tpl.Name).Scan(&exists)
		if err != nil || exists {
			return err
		}
		draft := uniqueName()
		if _, err := conn.Exec(ctx, "CREATE DATABASE "+quote(draft)); err != nil {
			return err
		}
		if err := tpl.Prepare(onServer(address, draft)); err != nil {
			return errors.Join(err, drop(ctx, conn, draft))
		}
		_, err = conn.Exec(ctx, "ALTER DATABASE "+quote(draft)+" RENAME TO "+quote(tpl.Name))
		return err
	})
}

// create makes a database, a copy of the template if one is named.
func create(t testing.TB, address, template string) string {
	t.Helper()
	name := uniqueName()
	err := withConnection(address, func(ctx context.Context, conn *pgx.Conn) error {
		statement := "CREATE DATABASE " + quote(name)
		if template != "" {
			statement += " TEMPLATE " + quote(template)
			// Copying files beats copying pages through the log for small
			// templates; the choice exists since PostgreSQL 15.
			if conn.PgConn().ParameterStatus("server_version") >= "15" {
				statement += " STRATEGY FILE_COPY"
			}
		}
		_, err := conn.Exec(ctx, statement)
		return err
	})
	if err != nil {
		t.Fatalf("create a PostgreSQL database: %v", err)
	}
	t.Cleanup(func() {
		err := withConnection(address, func(ctx context.Context, conn *pgx.Conn) error { return drop(ctx, conn, name) })
		if err != nil {
			t.Errorf("drop the PostgreSQL database %s: %v", name, err)
		}
	})
	return onServer(address, name)
}

func drop(ctx context.Context, conn *pgx.Conn, name string) error {
	_, err := conn.Exec(ctx, "DROP DATABASE "+quote(name)+" WITH (FORCE)")
	return err
}

func withConnection(address string, use func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	return errors.Join(use(ctx, conn), conn.Close(ctx))
}

// onServer is the address of another database on the same server.
func onServer(address, database string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.Path = "/" + database
	return u.String()
}

func uniqueName() string {
	random := make([]byte, 8)
	rand.Read(random) // never fails: crypto/rand ends the program instead
	return "test_" + hex.EncodeToString(random)
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
