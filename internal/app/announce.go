package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/accord-broker/accord/internal/example"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/release"
)

// announce tells where the broker answers and what to do next: as a few lines
// for people, or as one entry of the log for collectors.
func (a *App) announce(ctx context.Context, out io.Writer, listening net.Addr) {
	address := a.address(listening)
	if a.settings.Log.Format == "json" {
		a.logger.Info("ready", "version", release.Version(), "address", address, "listening", listening.String(), "database", a.databaseShown(), "docs", address+"/docs")
	} else {
		next := a.nextStep(ctx, address) // before anything is said: who reads it may stop the broker at once
		fmt.Fprintf(out, "Accord %s answers at %s (Ctrl-C stops it)\n", release.Version(), address)
		fmt.Fprintf(out, "  listening %s\n", listening)
		fmt.Fprintf(out, "  database  %s\n", a.databaseShown())
		fmt.Fprintf(out, "  API       %s/docs\n", address)
		fmt.Fprint(out, next)
	}
	if tcp, ok := listening.(*net.TCPAddr); ok {
		if problem := CheckBaseURL(a.settings.Server, tcp.Port); problem != "" {
			a.logger.Warn(problem)
		}
	}
	if (isOpen(listening) || a.settings.Access.Tokens) && len(a.settings.Server.BaseURLs) == 0 {
		a.logger.Warn(WithoutBaseURL, "listening", listening.String())
	}
	if access := a.settings.Access; isOpen(listening) && !access.BasicAuth && !access.Tokens {
		a.logger.Warn(
			"everybody who reaches this address may read and write; set PACT_BROKER_ACCESS=on, or PACT_BROKER_BASIC_AUTH_USERNAME and PACT_BROKER_BASIC_AUTH_PASSWORD",
			"listening",
			listening.String(),
		)
	}
}

// WithoutBaseURL says what comes of a broker that others than this machine can
// reach, be it through a proxy on it, and that does not know its address.
const WithoutBaseURL = "links begin with whatever address a request names, and those in webhooks with where the broker listens, " +
	"or with what the first client names that may change all webhooks or comes through a trusted proxy; set PACT_BROKER_BASE_URL"

// CheckBaseURL says what is wrong if the first base address names this machine
// as the one to listen on, but another port, or "" if nothing is. Then it is
// likely another broker's, set for its clients by the same variable, unless one
// of the further addresses has the port.
func CheckBaseURL(settings config.Server, port int) string {
	if len(settings.BaseURLs) == 0 {
		return ""
	}
	first, err := url.Parse(settings.BaseURLs[0])
	if err != nil || !sameHost(first.Hostname(), settings.Host) {
		return ""
	}
	if slices.ContainsFunc(settings.BaseURLs, func(address string) bool {
		base, err := url.Parse(address)
		return err == nil && sameHost(base.Hostname(), settings.Host) && portOf(base) == strconv.Itoa(port)
	}) {
		return ""
	}
	return fmt.Sprintf("PACT_BROKER_BASE_URL is %s, but the broker listens on port %d: all links lead to port %s. "+
		"If that is another broker's address, set for its clients, unset it here or set the right one",
		settings.BaseURLs[0], port, portOf(first))
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	default:
		return "80"
	}
}

// sameHost reports whether the host of an address is the one to listen on; all
// names of this machine for itself are the same.
func sameHost(host, listening string) bool {
	return host == listening || isLoopback(host) && (isLoopback(listening) || isEveryAddress(listening))
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func isEveryAddress(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

// nextStep is what to try: a question about the example if it is there.
func (a *App) nextStep(ctx context.Context, address string) string {
	_, hasExample, err := a.db.FindPacticipant(ctx, example.Asked)
	if err == nil && hasExample {
		return "  next      ask about the example (the answer is no, and says why):\n" +
			"            " + howToCall("can-i-deploy") + " --broker-base-url " + address + " \\\n" +
			"              --pacticipant " + example.Asked + " --version " + example.Commit(example.Asked, 2)[:8] + " \\\n" +
			"              --to-environment production\n"
	}
	return "  next      publish a contract, with the Pact CLI:\n" +
		"            " + howToCall("pact") + " broker publish ./pacts --auto-detect-version-properties \\\n" +
		"              --broker-base-url " + address + "\n"
}

// address is where people reach the broker: as set, else where it listens.
func (a *App) address(listening net.Addr) string {
	if bases := a.settings.Server.BaseURLs; len(bases) > 0 {
		return bases[0]
	}
	host := a.settings.Server.Host
	if isEveryAddress(host) {
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
