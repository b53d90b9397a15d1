package canideploy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain lets this test binary be the program itself, for tests that need a
// process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("BE_CAN_I_DEPLOY") != "" {
		os.Exit(Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
	}
	os.Exit(m.Run())
}

func asProcess(t *testing.T, environment ...string) func(args ...string) (string, int) {
	t.Helper()
	return func(args ...string) (string, int) {
		command := exec.Command(os.Args[0], args...)
		command.Env = append(environment, "BE_CAN_I_DEPLOY=1")
		command.Stderr = os.Stderr
		output, _ := command.Output() // the exit code tells
		return string(output), command.ProcessState.ExitCode()
	}
}

func encrypted(t *testing.T) (*recordedBroker, string) {
	t.Helper()
	b := newRecordedBroker(yesAnswer)
	handler := b.Config.Handler
	b.Close()
	b.Server = httptest.NewTLSServer(handler)
	b.Config.ErrorLog = discardLog
	t.Cleanup(b.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	writePEM(t, file, "CERTIFICATE", b.Certificate().Raw)
	return b, file
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

func TestEncryption_trustsWhomItIsTold(t *testing.T) {
	b, ca := encrypted(t)
	question := []string{"-b", b.URL, "-a", "Shop", "-e", "1"}
	for _, test := range []struct {
		name      string
		args      []string
		variables map[string]string
		code      int
		want      string
	}{
		{"nobody", nil, nil, 2, "shows a certificate of an unknown authority; name the authority's certificate with --ssl-certificate FILE or SSL_CERT_FILE"},
		{"a file", []string{"--ssl-certificate", ca}, nil, 0, ""},
		{"a file, and not the system", []string{"-c", ca, "--ssl-trust-store=false"}, nil, 0, ""},
		{"a file named by a variable", nil, map[string]string{"SSL_CERT_FILE": ca}, 0, ""},
		{"a folder", nil, map[string]string{"SSL_CERT_DIR": t.TempDir() + ":" + filepath.Dir(ca)}, 0, ""},
		{"everybody", []string{"--skip-ssl-verification"}, nil, 0, ""},
		{"everybody, by a variable", nil, map[string]string{"PACT_BROKER_DISABLE_SSL_VERIFICATION": "true"}, 0, ""},
		{"a file that is not there", []string{"-c", "/nowhere.pem"}, nil, 2, "read --ssl-certificate (or SSL_CERT_FILE): open /nowhere.pem"},
		{"a file without a certificate", []string{"-c", "transport.go"}, nil, 2, "transport.go holds no certificate in PEM form"},
		{"a folder that is not there", nil, map[string]string{"SSL_CERT_DIR": "/nowhere"}, 2, "read --ssl-certificate-dir (or SSL_CERT_DIR): open /nowhere"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := askAt(t, b, test.variables, append(question, test.args...)...)
			require.Equal(t, test.code, got.code, got.errOut)
			require.Contains(t, got.errOut, test.want)
			require.Empty(t, got.pauses, "what cannot pass is not tried again")
		})
	}
}

func TestEncryption_canLeaveTheSystemOut(t *testing.T) {
	b, ca := encrypted(t)
	want := x509.NewCertPool()
	want.AddCert(b.Certificate())
	got, err := (&arguments{caFile: ca}).authorities()
	require.NoError(t, err)
	require.True(t, want.Equal(got))
	got, err = (&arguments{}).authorities()
	require.NoError(t, err)
	require.True(t, x509.NewCertPool().Equal(got), "nobody at all")
}

func TestEncryption_doesNotSpeakToAPlainServerForEver(t *testing.T) {
	b := newRecordedBroker(yesAnswer)
	defer b.Close()
	got := askAt(t, b, nil, "-b", "https"+b.URL[len("http"):], "-a", "Shop", "-e", "1")
	require.Equal(t, exitNoVerdict, got.code)
	require.Empty(t, got.pauses)
}

func TestEncryption_showsTheClientCertificate(t *testing.T) {
	b, ca := encrypted(t)
	b.Close()
	b.Server = httptest.NewUnstartedServer(b.Config.Handler)
	b.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	b.Config.ErrorLog = discardLog
	b.StartTLS()
	t.Cleanup(b.Close)
	certificate, key := clientCertificate(t)
	question := []string{"-b", b.URL, "-a", "Shop", "-e", "1", "-c", ca, "--retries", "1"}
	require.Equal(t, exitNoVerdict, askAt(t, b, nil, question...).code)
	variables := map[string]string{"X509_CLIENT_CERT_FILE": certificate, "X509_CLIENT_KEY_FILE": key}
	got := askAt(t, b, variables, question...)
	require.Equal(t, exitYes, got.code, got.errOut)
	broken := askAt(t, b, map[string]string{"X509_CLIENT_CERT_FILE": key, "X509_CLIENT_KEY_FILE": key}, question...)
	require.Contains(t, broken.errOut, "the client certificate cannot be used")
}

func clientCertificate(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "deployer"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	certificate, key = filepath.Join(t.TempDir(), "c.pem"), filepath.Join(t.TempDir(), "k.pem")
	writePEM(t, certificate, "CERTIFICATE", der)
	writePEM(t, key, "PRIVATE KEY", keyDER)
	return certificate, key
}

func TestProxy_isTakenFromTheEnvironment(t *testing.T) {
	proxy := newRecordedBroker(yesAnswer)
	defer proxy.Close()
	output, code := asProcess(t, "HTTP_PROXY="+proxy.URL, "PACT_BROKER_BASE_URL=http://broker.example")("-a", "Shop", "-e", "1")
	require.Equal(t, exitYes, code, output)
	require.Equal(t, "broker.example", proxy.asked[0].Host)
	require.Equal(t, "http", proxy.asked[0].URL.Scheme, "a proxy is asked for the whole address")
}

func TestRun_startsFromAProcess(t *testing.T) {
	output, code := asProcess(t)("--version")
	require.Equal(t, exitYes, code)
	require.Regexp(t, `^can-i-deploy \S+\n$`, output)
}
