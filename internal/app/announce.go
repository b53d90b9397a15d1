package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
)

// announce tells where the broker answers and what to do next: as a few lines
// for people, or as one entry of the log for collectors.
func (a *App) announce(ctx context.Context, out io.Writer, listening net.Addr) {
	address := a.address(listening)
	if a.settings.Log.Format == "json" {
		a.logger.Info("ready", "version", Version, "address", address, "listening", listening.String(), "database", a.databaseShown(), "docs", address+"/docs")
	} else {
		next := a.nextStep(ctx, address) // before anything is said: who reads it may stop the broker at once
		fmt.Fprintf(out, "Accord %s answers at %s (Ctrl-C stops it)\n", Version, address)
		fmt.Fprintf(out, "  database  %s\n", a.databaseShown())
		fmt.Fprintf(out, "  API       %s/docs\n", address)
		fmt.Fprint(out, next)
	}
	if isOpen(listening) && !a.settings.Access.BasicAuth {
		a.logger.Warn("everybody who reaches this address may read and write; set PACT_BROKER_BASIC_AUTH_USERNAME and PACT_BROKER_BASIC_AUTH_PASSWORD", "listening", listening.String())
	}
}

// nextStep is what to try: a question about the example if it is there.
func (a *App) nextStep(ctx context.Context, address string) string {
	_, hasExample, err := a.db.FindPacticipant(ctx, exampleShop)
	if err == nil && hasExample {
		return "  next      ask about the example (the answer is no, and says why):\n" +
			"            can-i-deploy --broker-base-url " + address + " \\\n" +
			"              --pacticipant " + exampleShop + " --version 2 --to-environment production\n"
	}
	return "  next      publish a contract:\n" +
		"            pact broker publish ./pacts --auto-detect-version-properties \\\n" +
		"              --broker-base-url " + address + "\n"
}

// address is where people reach the broker: as set, else where it listens.
func (a *App) address(listening net.Addr) string {
	if bases := a.settings.Server.BaseURLs; len(bases) > 0 {
		return bases[0]
	}
	host := a.settings.Server.Host
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	port := a.settings.Server.Port
	if tcp, ok := listening.(*net.TCPAddr); ok {
		port = tcp.Port
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(port))
}

func (a *App) databaseShown() string {
	path, isFile := a.settings.Database.File()
	if !isFile {
		return a.settings.Database.Shown()
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return "SQLite in " + path
}

// isOpen reports whether others than this machine can connect.
func isOpen(listening net.Addr) bool {
	tcp, ok := listening.(*net.TCPAddr)
	return ok && !tcp.IP.IsLoopback()
}
