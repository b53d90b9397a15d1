// Package testprovider is an OpenID Connect provider in the process of a test: it
// lets in whoever the test names, checks what a client must send, and can be told
// to lie. Only tests import it.
package testprovider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"
)

// What the broker is known as.
const (
	ClientID     = "accord"
	ClientSecret = "client secret & more"
)

// Provider lets people in.
type Provider struct {
	t testing.TB
	// URL is the issuer.
	URL string
	// Claims are what it says of who is signed in there, beside what it must say.
	Claims map[string]any
	// UserInfo are what it says only if asked; nil if it cannot be asked.
	UserInfo map[string]any
	// Lie changes the claims of an ID token before it is signed.
	Lie func(claims map[string]any)
	// Sign signs the claims; nil does it as the provider promises.
	Sign func(claims []byte) string

	mutex  sync.Mutex
	keys   []jose.JSONWebKey
	grants map[string]grant
}

// grant is what a code stands for.
type grant struct{ nonce, challenge, redirect string }

// New starts a provider. It ends with the test.
func New(t testing.TB) *Provider {
	p := &Provider{t: t, grants: map[string]grant{}, Claims: map[string]any{"sub": "42", "preferred_username": "jo", "groups": []string{}}, UserInfo: map[string]any{"sub": "42"}}
	p.Rotate()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.tellConfiguration)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.redeem)
	mux.HandleFunc("GET /keys", p.tellKeys)
	mux.HandleFunc("GET /userinfo", p.tellUserInfo)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// Rotate makes the provider sign with a new key, and no longer vouch for the old.
func (p *Provider) Rotate() {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(p.t, err)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.keys = []jose.JSONWebKey{{Key: private, KeyID: rand.Text(), Algorithm: string(jose.ES256), Use: "sig"}}
}

// Key is the key with which it signs.
func (p *Provider) Key() jose.JSONWebKey {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.keys[0]
}

func (p *Provider) tellConfiguration(w http.ResponseWriter, _ *http.Request) {
	p.answer(w, map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"userinfo_endpoint": p.URL + "/userinfo", "end_session_endpoint": p.URL + "/end-session", "response_types_supported": []string{"code"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"ES256"},
	})
}

func (p *Provider) tellKeys(w http.ResponseWriter, _ *http.Request) {
	key := p.Key()
	p.answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}})
}

func (p *Provider) tellUserInfo(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer access" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if p.UserInfo == nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	p.answer(w, p.UserInfo)
}

// authorize lets the browser back with a code for whoever is signed in.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	redirect, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("client_id") != ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("state") == "" {
		http.Error(w, "wrong request "+r.URL.RawQuery, http.StatusBadRequest)
		return
	}
	code := rand.Text()
	p.mutex.Lock()
	p.grants[code] = grant{q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri")}
	p.mutex.Unlock()
	redirect.RawQuery = url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.URL}}.Encode()
	http.Redirect(w, r, redirect.String(), http.StatusFound)
}

// redeem exchanges a code, once, for an ID token.
func (p *Provider) redeem(w http.ResponseWriter, r *http.Request) {
	p.mutex.Lock()
	g, known := p.grants[r.FormValue("code")]
	delete(p.grants, r.FormValue("code"))
	p.mutex.Unlock()
	verifier := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	id, secret, _ := r.BasicAuth()
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	if !known || base64.RawURLEncoding.EncodeToString(verifier[:]) != g.challenge || r.FormValue("redirect_uri") != g.redirect || id != ClientID || secret != ClientSecret {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		p.answer(w, map[string]string{"error": "invalid_grant"})
		return
	}
	p.answer(w, map[string]any{"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": p.idToken(g.nonce)})
}

// idToken says who is signed in.
func (p *Provider) idToken(nonce string) string {
	now := time.Now().Unix()
	claims := map[string]any{"iss": p.URL, "aud": ClientID, "iat": now, "exp": now + 300, "nonce": nonce}
	maps.Copy(claims, p.Claims)
	if p.Lie != nil {
		p.Lie(claims)
	}
	text, err := json.Marshal(claims)
	require.NoError(p.t, err)
	if p.Sign != nil {
		return p.Sign(text)
	}
	return SignWith(p.t, jose.ES256, p.Key(), text)
}

// SignWith signs claims with a key.
func SignWith(t testing.TB, algorithm jose.SignatureAlgorithm, key any, claims []byte) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, nil)
	require.NoError(t, err)
	signed, err := signer.Sign(claims)
	require.NoError(t, err)
	text, err := signed.CompactSerialize()
	require.NoError(t, err)
	return text
}

// Unsigned is an ID token that nobody has signed.
func Unsigned(claims []byte) string {
	raw := base64.RawURLEncoding
	return raw.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + raw.EncodeToString(claims) + "."
}

func (p *Provider) answer(w http.ResponseWriter, body any) {
	text, err := json.Marshal(body)
	require.NoError(p.t, err)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	if _, err := w.Write(text); err != nil {
		p.t.Log(err)
	}
}

// Visit opens an address at the provider, as a browser does that is sent there,
// and returns where it is sent from there.
func (p *Provider) Visit(address string) string {
	p.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(address)
	require.NoError(p.t, err)
	require.NoError(p.t, answer.Body.Close())
	require.Equal(p.t, http.StatusFound, answer.StatusCode, address)
	return answer.Header.Get("Location")
}
