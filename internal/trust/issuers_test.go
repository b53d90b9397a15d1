package trust

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
)

// odd is an issuer that answers as a test wants.
type odd struct {
	*httptest.Server
	description, keys string
	status            int
	set               jose.JSONWebKeySet
}

// newOdd starts an issuer with the keys, which describes itself as it should.
func newOdd(t *testing.T, keys ...jose.JSONWebKey) *odd {
	t.Helper()
	o := &odd{status: http.StatusOK, set: jose.JSONWebKeySet{Keys: keys}}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := o.description
		if r.URL.Path == "/keys" {
			if text = o.keys; text == "" {
				encoded, err := json.Marshal(o.set)
				if err != nil {
					t.Error(err)
				}
				text = string(encoded)
			}
		}
		w.WriteHeader(o.status)
		if _, err := w.Write([]byte(text)); err != nil {
			t.Log(err) // who asked has read enough
		}
	}))
	t.Cleanup(o.Close)
	o.description = `{"issuer":"` + o.URL + `","jwks_uri":"` + o.URL + `/keys"}`
	return o
}

// tries tells why a token of the issuer is refused that was signed so, "" if it is not.
func (o *odd) tries(t *testing.T, algorithm jose.SignatureAlgorithm, key any, id string) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithType("JWT")
	if id != "" {
		options = options.WithHeader("kid", id)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	require.NoError(t, err)
	now := time.Now()
	token, err := jwt.Signed(signer).Claims(map[string]any{"iss": o.URL, "aud": "broker", "repository": "octo/web", "exp": now.Add(time.Minute).Unix()}).Serialize()
	require.NoError(t, err)
	rule := Rule{ID: "1", Name: "web", Issuer: o.URL, Audience: "broker", Role: access.Viewer, Claims: []Claim{{"repository", []string{"octo/web"}}}}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	s := &Service{Read: kept{rule}, Now: time.Now, Keys: &Keys{Client: client, Private: func(string) bool { return true }, Now: time.Now}}
	trial, err := s.Try(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, trial.Refused == "", trial.Met != nil)
	return trial.Refused
}

// signers are a private key of each kind with what it can sign by.
func signers(t *testing.T) map[jose.SignatureAlgorithm]crypto.Signer {
	t.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	all := map[jose.SignatureAlgorithm]crypto.Signer{}
	for _, algorithm := range []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512} {
		all[algorithm] = rsaKey
	}
	for algorithm, curve := range map[jose.SignatureAlgorithm]elliptic.Curve{jose.ES256: elliptic.P256(), jose.ES384: elliptic.P384(), jose.ES512: elliptic.P521()} {
		all[algorithm], err = ecdsa.GenerateKey(curve, rand.Reader)
		require.NoError(t, err)
	}
	_, all[jose.EdDSA], err = ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return all
}

func TestTry_acceptsEachAlgorithmByAKeyThatMaySignByIt(t *testing.T) {
	all := signers(t)
	require.Len(t, all, len(algorithms))
	for algorithm, key := range all {
		for name, c := range map[string]struct {
			key      jose.JSONWebKey
			id       string
			accepted bool
		}{
			"all is said":               {jose.JSONWebKey{Key: key.Public(), KeyID: "a", Algorithm: string(algorithm), Use: "sig"}, "a", true},
			"nothing is said":           {jose.JSONWebKey{Key: key.Public()}, "", true},
			"the token names no key":    {jose.JSONWebKey{Key: key.Public(), KeyID: "a"}, "", true},
			"the key has no name":       {jose.JSONWebKey{Key: key.Public()}, "a", false},
			"another name":              {jose.JSONWebKey{Key: key.Public(), KeyID: "b"}, "a", false},
			"it is for encrypting":      {jose.JSONWebKey{Key: key.Public(), KeyID: "a", Use: "enc"}, "a", false},
			"it is for another one":     {jose.JSONWebKey{Key: key.Public(), KeyID: "a", Algorithm: "XS256"}, "a", false},
			"the private key is public": {jose.JSONWebKey{Key: key, KeyID: "a"}, "a", false},
		} {
			refused := newOdd(t, c.key).tries(t, algorithm, key, c.id)
			require.Equal(t, c.accepted, refused == "", "%s: %s: %s", algorithm, name, refused)
		}
	}
}

// Of several keys any may have signed; a key of another kind under the same name does no
// harm, and a secret in the list is none with which a token can be signed.
func TestTry_findsTheKeyAmongOthers(t *testing.T) {
	all := signers(t)
	secret := []byte(strings.Repeat("s", 64))
	keys := []jose.JSONWebKey{{Key: secret, KeyID: "a"}}
	for _, algorithm := range []jose.SignatureAlgorithm{jose.EdDSA, jose.ES256, jose.ES384, jose.RS256} {
		keys = append(keys, jose.JSONWebKey{Key: all[algorithm].Public(), KeyID: "a"})
	}
	o := newOdd(t, keys...)
	for _, algorithm := range []jose.SignatureAlgorithm{jose.EdDSA, jose.ES256, jose.ES384, jose.RS256, jose.PS512} {
		require.Empty(t, o.tries(t, algorithm, all[algorithm], "a"), algorithm)
		require.Empty(t, o.tries(t, algorithm, all[algorithm], ""), algorithm)
	}
	good, err := json.Marshal(keys[2])
	require.NoError(t, err)
	for _, unheard := range []string{`{"kty":"MLDSA","kid":"a","pub":"AA"}`, `{"kty":"OKP","crv":"X25519","x":"` + strings.Repeat("A", 43) + `","kid":"b"}`, `{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}`, `{"kid":"a"}`, `{}`} {
		o.keys = `{"keys":[` + unheard + `,` + string(good) + `]}`
		require.Empty(t, o.tries(t, jose.ES256, all[jose.ES256], "a"), "beside %s", unheard)
	}
	o.keys = ""
	require.Contains(t, o.tries(t, jose.ES512, all[jose.ES512], "a"), "signature is wrong")
	require.Contains(t, o.tries(t, jose.HS256, secret, "a"), "no signed token")
}

// Whatever an issuer answers where its keys should be, its tokens are refused and it is
// said what is wrong with it.
func TestTry_saysWhatIsWrongWithAnIssuer(t *testing.T) {
	key := signers(t)[jose.ES256]
	public := jose.JSONWebKey{Key: key.Public(), KeyID: "a"}
	require.Empty(t, newOdd(t, public).tries(t, jose.ES256, key, "a"), "all is well where nothing is changed")
	for name, c := range map[string]struct {
		change func(o *odd)
		says   string
	}{
		"no JSON":                  {func(o *odd) { o.description = "<html>" }, "did not answer with JSON"},
		"another kind of JSON":     {func(o *odd) { o.description = `["issuer"]` }, "did not answer with JSON"},
		"nothing":                  {func(o *odd) { o.description = "" }, "did not answer with JSON"},
		"too much":                 {func(o *odd) { o.description = `{"x":"` + strings.Repeat("x", maxDocument) + `"}` }, "more than"},
		"another issuer":           {func(o *odd) { o.description = `{"issuer":"https://other.example","jwks_uri":"` + o.URL + `/keys"}` }, "another issuer"},
		"no issuer":                {func(o *odd) { o.description = `{"jwks_uri":"` + o.URL + `/keys"}` }, "another issuer"},
		"no address":               {func(o *odd) { o.description = `{"issuer":"` + o.URL + `"}` }, "no address with https"},
		"an address within":        {func(o *odd) { o.description = `{"issuer":"` + o.URL + `","jwks_uri":"/keys"}` }, "no address with https"},
		"a file":                   {func(o *odd) { o.description = `{"issuer":"` + o.URL + `","jwks_uri":"file://localhost/etc/passwd"}` }, "no address with https"},
		"keys that are not there":  {func(o *odd) { o.description = `{"issuer":"` + o.URL + `","jwks_uri":"http://127.0.0.1:1/keys"}` }, "cannot be read"},
		"keys that are no set":     {func(o *odd) { o.keys = `[]` }, "did not answer with JSON"},
		"keys that are none":       {func(o *odd) { o.keys = `{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA","kid":"a"}]}` }, ""},
		"no keys":                  {func(o *odd) { o.keys = `{"keys":[]}` }, "no key of that id"},
		"a set of something else":  {func(o *odd) { o.keys = `{"items":[]}` }, "no key of that id"},
		"too many keys":            {func(o *odd) { o.keys = `{"keys":[],"x":"` + strings.Repeat("x", maxDocument) + `"}` }, "more than"},
		"an error":                 {func(o *odd) { o.status = http.StatusBadGateway }, "it answered 502"},
		"an answer without a body": {func(o *odd) { o.status = http.StatusNoContent; o.description = "" }, "it answered 204"},
		"the way to somebody else": {func(o *odd) { o.status = http.StatusFound }, "it answered 302"},
	} {
		o := newOdd(t, public)
		c.change(o)
		refused := o.tries(t, jose.ES256, key, "a")
		require.NotEmpty(t, refused, name)
		require.Contains(t, refused, c.says, name)
	}
}

// The times of a token count to the second, with a minute for clocks that differ, and in
// whatever form of number they are written.
func TestVerify_comparesTimesWithAMinuteToSpare(t *testing.T) {
	const now = 1_700_000_000
	key := signers(t)[jose.EdDSA]
	o := newOdd(t, jose.JSONWebKey{Key: key.Public()})
	rule := Rule{ID: "1", Name: "web", Issuer: o.URL, Audience: "broker", Role: access.Viewer, Claims: []Claim{{"repository", []string{"octo/web"}}}}
	clock := func() time.Time { return time.Unix(now, 0) }
	s := &Service{Read: kept{rule}, Now: clock, Keys: &Keys{Client: http.DefaultClient, Private: func(string) bool { return true }, Now: clock}}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: key}, nil)
	require.NoError(t, err)
	for times, want := range map[string]string{
		`"exp":1700000000`: "", `"exp":1699999940`: "", `"exp":1699999939`: "expired", `"exp":1700000000.9`: "", `"exp":17e8`: "", `"exp":1.7E+9`: "",
		`"exp":1`: "expired", `"exp":0`: "never expires", `"exp":-5`: "never expires", `"exp":null`: "never expires", `"exp":true`: "never expires", `"exp":[1700000000]`: "never expires", `"exp":"1700000000"`: "never expires",
		`"exp":1e300`: "never expires", `"exp":9223372036854775807`: "never expires", `"exp":99999999999`: "",
		`"exp":1700000600,"nbf":1700000060`: "", `"exp":1700000600,"nbf":1700000061`: "not valid yet", `"exp":1700000600,"iat":1700000060`: "", `"exp":1700000600,"iat":1700000061`: "not valid yet",
		`"exp":1700000600,"nbf":0,"iat":0`: "", `"exp":1700000600,"iat":17000000600`: "not valid yet",
	} {
		signed, err := signer.Sign([]byte(`{"iss":"` + o.URL + `","aud":"broker",` + times + `}`))
		require.NoError(t, err)
		token, err := signed.CompactSerialize()
		require.NoError(t, err)
		trial, err := s.Try(t.Context(), token)
		require.NoError(t, err)
		if want == "" {
			require.Empty(t, trial.Refused, times)
			continue
		}
		require.Contains(t, trial.Refused, want, times)
	}
}
