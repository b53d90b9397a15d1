// Package testissuer is an issuer of tokens such as CI providers have: it tells
// where its keys are, and signs whatever a test wants. Only tests import it.
package testissuer

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/stretchr/testify/require"
)

// Issuer is a running issuer.
type Issuer struct {
	t   testing.TB
	URL string

	mutex sync.Mutex
	keys  []*rsa.PrivateKey
	down  bool
	asked int
}

// New starts an issuer with one key. It ends with the test.
func New(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{t: t}
	server := httptest.NewServer(i)
	t.Cleanup(server.Close)
	i.URL = server.URL
	i.Rotate()
	return i
}

// Rotate gives the issuer another key, and takes the old ones away.
func (i *Issuer) Rotate() { i.RotateTo(2048) }

// RotateTo does so with a key of so many bits.
func (i *Issuer) RotateTo(bits int) {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	require.NoError(i.t, err)
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.keys = append(i.keys, key)
}

// Down lets the issuer answer with 500, or serve again.
func (i *Issuer) Down(down bool) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.down = down
}

// Asked is how often the keys were read.
func (i *Issuer) Asked() int {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.asked
}

// ServeHTTP tells where the keys are, and which.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if i.down {
		http.Error(w, "down", http.StatusInternalServerError)
		return
	}
	var answer any
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		answer = map[string]string{"issuer": i.URL, "jwks_uri": i.URL + "/keys"}
	case "/keys":
		i.asked++
		newest := len(i.keys) - 1
		answer = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.keys[newest].Public(), KeyID: strconv.Itoa(newest), Algorithm: "RS256", Use: "sig"}}}
	default:
		http.NotFound(w, r)
		return
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		i.t.Error(err)
	}
}

// Claims are those of a job of the repository, for an audience, for ten minutes.
func (i *Issuer) Claims(audience, repository string) map[string]any {
	now := time.Now()
	return map[string]any{
		"iss": i.URL, "aud": audience, "sub": "repo:" + repository + ":ref:refs/heads/main", "repository": repository, "ref": "refs/heads/main",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
	}
}

// Sign signs claims with the newest key.
func (i *Issuer) Sign(claims map[string]any) string {
	i.mutex.Lock()
	newest := len(i.keys) - 1
	key := i.keys[newest]
	i.mutex.Unlock()
	return i.SignWith(jose.RS256, key, strconv.Itoa(newest), claims)
}

// SignWith signs claims by any algorithm with any key.
func (i *Issuer) SignWith(algorithm jose.SignatureAlgorithm, key any, id string, claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", id))
	require.NoError(i.t, err)
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	require.NoError(i.t, err)
	return token
}

// Public is the newest public key.
func (i *Issuer) Public() crypto.PublicKey {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.keys[len(i.keys)-1].Public()
}
