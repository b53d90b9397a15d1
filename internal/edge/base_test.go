package edge_test

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
)

// selfOf is the address that a broker gives to what it was asked for.
func selfOf(t *testing.T, options edge.Options, target string, headers ...string) string {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.TLS = nil
	if strings.HasPrefix(target, "https:") {
		r.TLS = &tls.ConnectionState{}
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	broker(options).ServeHTTP(w, r)
	require.Equal(t, http.StatusOK, w.Code)
	var answer struct{ Self string }
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	return answer.Self
}

func TestBase_isReadFromTheRequestIfNoneIsConfigured(t *testing.T) {
	for _, test := range []struct {
		target  string
		headers []string
		want    string
	}{
		{"http://broker:9292/", nil, "http://broker:9292"},
		{"http://broker:80/", nil, "http://broker"},
		{"https://broker/things/x", nil, "https://broker/things/x"},
		{"http://broker:9292/things", []string{"X-Forwarded-Host: public.example", "X-Forwarded-Proto: https"}, "https://public.example/things"},
		{"http://broker:9292/things", []string{"X-Forwarded-Host: a.example, b.example:8080"}, "http://b.example:8080/things"},
		{"http://broker:9292/things", []string{"X-Forwarded-Ssl: on"}, "https://broker:9292/things"},
		{"http://broker:9292/things", []string{"X-Forwarded-Scheme: https", "X-Forwarded-Port: 8443"}, "https://broker:8443/things"},
		{"http://broker:9292/things", []string{"X-Forwarded-Host: evil.example/x?\"", "X-Forwarded-Proto: javascript"}, "http://broker:9292/things"},
		{"http://[::1]:9292/things", []string{"X-Forwarded-Port: 80"}, "http://[::1]/things"},
		{"http://broker/things/?b=1&a=%20", nil, "http://broker/things?b=1&a=%20"},
	} {
		require.Equal(t, test.want, selfOf(t, edge.Options{}, test.target, test.headers...), test)
	}
}

func TestBase_isTheConfiguredOne(t *testing.T) {
	one := edge.Options{BaseURLs: []string{"https://public.example/broker/"}}
	for _, target := range []string{"http://inside/broker/things", "http://inside/things", "http://inside/broker/things/"} {
		require.Equal(t, "https://public.example/broker/things", selfOf(t, one, target))
	}
	for _, target := range []string{"http://inside/broker", "http://inside/broker/", "http://inside", "http://inside/"} {
		require.Equal(t, "https://public.example/broker", selfOf(t, one, target))
	}

	several := edge.Options{BaseURLs: []string{"https://a.example", "http://inside:9292", "https://c.example:443"}}
	require.Equal(t, "http://inside:9292/things", selfOf(t, several, "http://inside:9292/things"))
	require.Equal(t, "https://a.example/things", selfOf(t, several, "http://elsewhere/things"))
	require.Equal(t, "https://c.example:443/things", selfOf(t, several, "http://inside:9292/things", "X-Forwarded-Host: c.example", "X-Forwarded-Proto: https"))
}
