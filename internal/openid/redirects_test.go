package openid

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestProvider_takesTheCodeNowhereElse(t *testing.T) {
	var asked []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = append(asked, r.Method) }))
	defer other.Close()
	provider := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer provider.Close()
	client := New(Settings{}, time.Now, nil).client

	answer, err := client.PostForm(provider.URL, url.Values{"code": {"c"}, "client_secret": {"s"}})
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusTemporaryRedirect, answer.StatusCode)
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, provider.URL, nil)
	require.NoError(t, err)
	answer, err = client.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, []string{http.MethodGet}, asked)

	secure, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "https://login.example/keys", nil)
	require.NoError(t, err)
	require.Error(t, takeNothingElsewhere(request, []*http.Request{secure}), "keys by http")
	require.NoError(t, takeNothingElsewhere(secure, []*http.Request{secure}))
}
