package webhooks

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// Timeout is how long a webhook waits for the connection, and again for the
// response.
const Timeout = 15 * time.Second

// Connection says how webhooks reach other systems.
type Connection struct {
	Guard Guard
	// Certificates are trusted beside those of the system; each holds one or more
	// certificates in PEM.
	Certificates []Certificate
	// SkipVerification trusts every certificate.
	SkipVerification bool
	// Proxy finds the proxy for a URL; nil means none.
	Proxy func(*url.URL) (*url.URL, error)
	// Timeout replaces the package's Timeout if it is not zero.
	Timeout time.Duration
}

// Certificate is a chain of certificates that an operator trusts.
type Certificate struct {
	Description string
	PEM         []byte
}

// Client returns an HTTP client that keeps to the guard and follows no redirects.
// Certificates that cannot be read are logged and left out.
func (c Connection) Client(log *slog.Logger) (*http.Client, error) {
	timeout := c.Timeout
	if timeout == 0 {
		timeout = Timeout
	}
	roots, err := c.roots(log)
	if err != nil {
		return nil, err
	}
	direct := &http.Transport{
		DialContext:           c.Guard.dial(timeout),
		TLSClientConfig:       &tls.Config{RootCAs: roots, InsecureSkipVerify: c.SkipVerification, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   timeout,
		ResponseHeaderTimeout: timeout,
		IdleConnTimeout:       30 * time.Second,
		MaxIdleConnsPerHost:   2,
		DisableCompression:    true,
		ForceAttemptHTTP2:     true,
	}
	transport := http.RoundTripper(direct)
	if c.Proxy != nil {
		throughIt := direct.Clone()
		throughIt.DialContext = nil
		throughIt.Proxy = func(request *http.Request) (*url.URL, error) { return c.Proxy(request.URL) }
		transport = proxied{guard: c.Guard, proxy: c.Proxy, direct: direct, throughIt: throughIt}
	}
	return &http.Client{
		Transport:     transport,
		Timeout:       2 * timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

func (c Connection) roots(log *slog.Logger) (*x509.CertPool, error) {
	if len(c.Certificates) == 0 {
		return nil, nil // Go uses the system's
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("read the system's certificates: %w", err)
	}
	for _, certificate := range c.Certificates {
		if !roots.AppendCertsFromPEM(certificate.PEM) {
			log.Warn("a webhook certificate cannot be read and is left out", "description", certificate.Description)
		}
	}
	return roots, nil
}
