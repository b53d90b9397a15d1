package testpostgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

var errNotInstalled = errors.New("no PostgreSQL server is installed (Debian: apt-get install postgresql)")

// script makes a server in the directory $1 with the programs in $2 and
// runs it until its standard input closes, which happens when the process that
// started it is gone; then the directory goes too. Nothing on it is worth
// saving, so it never waits for the disk.
const script = `
cd "$1"
"$2/initdb" --no-sync --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C >log 2>&1 || exit 1
"$2/postgres" -D data -k "$1" -c listen_addresses= -c max_connections=400 -c fsync=off -c synchronous_commit=off -c full_page_writes=off >>log 2>&1 </dev/null &
read -r _
kill -INT $!
wait $!
cd / && rm -rf "$1"
`

// start runs a server of this process's own and returns the address of its
// maintenance database once it answers.
func start() (string, error) {
	programs, err := installation()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "accord-postgres-")
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(context.Background(), "sh", "-c", script, "postgres", dir, programs)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := handOver(dir, cmd.SysProcAttr); err != nil {
		return "", err
	}
	// The pipe is never closed here: it closes with the process.
	if _, err := cmd.StdinPipe(); err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	address := (&url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: url.Values{"host": {dir}}.Encode()}).String()
	return address, untilItAnswers(address, ended, filepath.Join(dir, "log"))
}

// handOver makes the server run as the user postgres where this process is
// root, as which PostgreSQL refuses to run.
func handOver(dir string, attributes *syscall.SysProcAttr) error {
	if os.Getuid() != 0 {
		return nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("PostgreSQL does not run as root: %w", err)
	}
	uid, uidErr := strconv.Atoi(account.Uid)
	gid, gidErr := strconv.Atoi(account.Gid)
	if err := errors.Join(uidErr, gidErr); err != nil {
		return err
	}
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(dir, uid, gid)
}

func untilItAnswers(address string, ended <-chan error, log string) error {
	deadline := time.After(timeout)
	for {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		conn, err := pgx.Connect(ctx, address)
		if err == nil {
			err = conn.Close(ctx)
			cancel()
			return err
		}
		cancel()
		select {
		case err := <-ended:
			said, _ := os.ReadFile(log) // without a log the status says enough
			return fmt.Errorf("the server ended (%w): %s", err, said)
		case <-deadline:
			return fmt.Errorf("the server does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// installation returns the folder with the programs of the newest PostgreSQL
// found in the places where distributions put it, or on the PATH.
func installation() (string, error) {
	newest, version := "", 0.0
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/postgres", "/usr/pgsql-*/bin/postgres", "/opt/homebrew/opt/postgresql@*/bin/postgres"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		for _, program := range found {
			if v := versionIn(program); v > version {
				newest, version = filepath.Dir(program), v
			}
		}
	}
	if newest != "" {
		return newest, nil
	}
	program, err := exec.LookPath("postgres")
	if err != nil {
		return "", errNotInstalled
	}
	return filepath.Dir(program), nil
}

// versionIn reads the number from a path like /usr/lib/postgresql/15/bin/postgres.
func versionIn(program string) float64 {
	folder := filepath.Base(filepath.Dir(filepath.Dir(program)))
	start := len(folder)
	for start > 0 && (folder[start-1] == '.' || folder[start-1] >= '0' && folder[start-1] <= '9') {
		start--
	}
	version, err := strconv.ParseFloat(folder[start:], 64)
	if err != nil {
		return 0
	}
	return version
}
