package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/accord-broker/accord/internal/support/config"
)

const (
	// headerTime is how long a client may take to say what it wants: longer than a
	// busy machine leaves a connection alone that it has opened.
	headerTime = 30 * time.Second
	// bodyTime bounds sending a body and, apart from it, taking the answer:
	// ample for a contract of 100 MB on a slow line. Handlers that stream for
	// longer move their own deadline.
	bodyTime = 10 * time.Minute
	// idleTime is longer than load balancers keep a connection (60 s mostly), so
	// that they never send a request into one that is being closed.
	idleTime = 2 * time.Minute
	// headerBytes is more than the edge takes, so that it can say what is too large.
	headerBytes = 1 << 20
)

// Run listens, tells on out where, and answers until ctx ends; then it lets the
// requests that are running finish, for as long as the settings grant.
func (a *App) Run(ctx context.Context, out io.Writer) error {
	listener, err := listen(ctx, a.settings.Server)
	if err != nil {
		return err
	}
	a.base.listensAt(a.address(listener.Addr()), listener.Addr())
	server := a.server()
	server.RegisterOnShutdown(a.feed.Close) // who follows the events would follow them for ever
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	stopWork, err := a.StartWork(ctx)
	if err != nil {
		return errors.Join(err, server.Close())
	}
	if err := a.serveAdmin(ctx); err != nil {
		return errors.Join(err, server.Close(), stopWork())
	}
	waitForUses, waitForAudit, waitForKeys, waitForRequests := a.storeUses(ctx), a.completeAudit(ctx), a.followKeys(ctx), a.storeRequests(ctx)
	a.Seed(ctx)
	if err := a.createFirst(ctx, out); err != nil {
		return errors.Join(err, server.Close(), stopWork())
	}
	a.warnOfUnreadableSecrets(ctx)
	a.hideTokens(ctx)
	a.announce(ctx, out, listener.Addr())
	select {
	case err := <-served:
		return errors.Join(fmt.Errorf("serve: %w", err), stopWork())
	case <-ctx.Done():
		a.stopping.Store(true)
		err := errors.Join(a.drain(server), stopWork())
		waitForUses()
		waitForAudit()
		waitForKeys()
		waitForRequests()
		return err
	}
}

func listen(ctx context.Context, settings config.Server) (net.Listener, error) {
	address := net.JoinHostPort(settings.Host, strconv.Itoa(settings.Port))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s, which PACT_BROKER_HOST and PACT_BROKER_PORT set: %w", address, err)
	}
	return listener, nil
}

func (a *App) server() *http.Server {
	return &http.Server{
		Handler:           a.handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       bodyTime,
		WriteTimeout:      bodyTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          slog.NewLogLogger(a.logger.Handler(), slog.LevelWarn),
	}
}

// drain refuses new connections and waits for the requests that are running.
func (a *App) drain(server *http.Server) error {
	grace := a.settings.Server.ShutdownGrace
	a.logger.Info("stopping: waiting for the requests that are running", "grace", grace.String())
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(fmt.Errorf("requests were cut off: they did not finish within %s (PACT_BROKER_SHUTDOWN_GRACE)", grace), server.Close())
	}
	return err
}
