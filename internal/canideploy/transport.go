package canideploy

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// newTransport speaks HTTP through the proxy that HTTP_PROXY, HTTPS_PROXY and
// NO_PROXY name, and trusts whom the arguments say. It fails if a certificate that
// they name cannot be read.
func newTransport(a *arguments) (*http.Transport, error) {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout: 15 * time.Second,
		ForceAttemptHTTP2:   true,
	}
	if a.base.Scheme != "https" {
		return transport, nil
	}
	// Whoever passes --skip-ssl-verification has been told what it means.
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: a.insecure}
	var err error
	if transport.TLSClientConfig.RootCAs, err = a.authorities(); err != nil {
		return nil, err
	}
	if a.clientCert == "" {
		return transport, nil
	}
	pair, err := tls.LoadX509KeyPair(a.clientCert, a.clientKey)
	if err != nil {
		return nil, fmt.Errorf("the client certificate cannot be used: %w", err)
	}
	transport.TLSClientConfig.Certificates = []tls.Certificate{pair}
	return transport, nil
}

// authorities returns whom to trust; nil stands for those of the system.
func (a *arguments) authorities() (*x509.CertPool, error) {
	if a.caFile == "" && a.caDir == "" && a.systemCAs {
		return nil, nil
	}
	pool := x509.NewCertPool()
	if a.systemCAs {
		system, err := x509.SystemCertPool()
		if err != nil {
			return nil, fmt.Errorf("read the certificates of the system: %w", err)
		}
		pool = system
	}
	if a.caFile != "" {
		pem, err := os.ReadFile(a.caFile)
		if err != nil {
			return nil, fmt.Errorf("read --ssl-certificate (or SSL_CERT_FILE): %w", err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM form (--ssl-certificate or SSL_CERT_FILE)", a.caFile)
		}
	}
	for _, folder := range filepath.SplitList(a.caDir) {
		if err := addFolder(pool, folder); err != nil {
			return nil, err
		}
	}
	return pool, nil
}

// addFolder trusts every certificate in the folder; other files there are passed over.
func addFolder(pool *x509.CertPool, folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("read --ssl-certificate-dir (or SSL_CERT_DIR): %w", err)
	}
	for _, entry := range entries {
		if pem, err := os.ReadFile(filepath.Join(folder, entry.Name())); err == nil {
			pool.AppendCertsFromPEM(pem)
		}
	}
	return nil
}
