package db_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// wire is a way to a PostgreSQL server that can fall silent: what is sent then gets
// lost, as when the server is stopped or the network in between is cut.
type wire struct {
	mu     sync.Mutex
	silent bool
}

func (w *wire) fallSilent(silent bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.silent = silent
}

func (w *wire) isSilent() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.silent
}

// carry hands on what comes until the way falls silent; then it swallows the rest.
func (w *wire) carry(to io.Writer, from io.Reader) {
	part := make([]byte, 64<<10)
	for {
		n, err := from.Read(part)
		if err != nil {
			return
		}
		if !w.isSilent() {
			_, _ = to.Write(part[:n])
		}
	}
}

// wired returns the address of a database of its own at the end of such a way.
func wired(t *testing.T) (*wire, string) {
	t.Helper()
	address, err := url.Parse(testpostgres.Database(t))
	require.NoError(t, err)
	query := address.Query()
	socket := query.Get("host") + "/.s.PGSQL.5432"
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	w := &wire{}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := new(net.Dialer).DialContext(context.Background(), "unix", socket)
			if err != nil {
				_ = client.Close()
				continue
			}
			context.AfterFunc(t.Context(), func() { _, _ = client.Close(), server.Close() })
			go w.carry(server, client)
			go w.carry(client, server)
		}
	}()
	query.Del("host")
	query.Set("statement_timeout", "1000")
	query.Set("connect_timeout", "1")
	query.Set("sslmode", "disable")
	address.Host, address.RawQuery = listener.Addr().String(), query.Encode()
	return w, address.String()
}

func TestDB_doesNotWaitForADatabaseThatDoesNotAnswer(t *testing.T) {
	w, address := wired(t)
	opened, err := db.Open(context.Background(), optionsFor(address))
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	read := func(ctx context.Context, tx *db.Tx) error {
		_, _, err := db.Row[int64](ctx, &tx.Reader, "count", "SELECT 1")
		return err
	}
	questions := map[string]func(context.Context) error{
		"view":  func(ctx context.Context) error { return opened.View(ctx, read) },
		"write": func(ctx context.Context) error { return opened.InTx(ctx, read) },
		"read": func(ctx context.Context) error {
			_, _, err := db.Row[int64](ctx, &opened.Reader, "count", "SELECT 1")
			return err
		},
		"lock": func(ctx context.Context) error {
			release, _, err := opened.TryLock(ctx, "test")
			if err == nil {
				release()
			}
			return err
		},
		"probe": opened.Check,
	}
	ask := func(check func(t *testing.T, name string, err error)) {
		var all sync.WaitGroup
		for name, question := range questions {
			all.Go(func() { check(t, name, question(context.Background())) })
		}
		all.Wait()
	}
	ask(func(t *testing.T, name string, err error) { require.NoError(t, err, name) })

	w.fallSilent(true)
	for range 2 { // on connections that were there, and on new ones
		begun := time.Now()
		ask(func(t *testing.T, name string, err error) {
			require.Equal(t, fault.Unavailable, fault.KindOf(err), "%s: %v", name, err)
		})
		require.Less(t, time.Since(begun), 30*time.Second)
	}
	w.fallSilent(false)
	require.Eventually(t, func() bool { return opened.Check(context.Background()) == nil }, 30*time.Second, 50*time.Millisecond, "it goes on by itself")
	ask(func(t *testing.T, name string, err error) { require.NoError(t, err, name) })
}
