package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestShowPact_asAPage(t *testing.T) {
	b := testbroker.New(t)
	const at = "/pacts/provider/River/consumer/O%27tter/version/1"
	content := map[string]any{
		"interactions": []any{
			map[string]any{"description": "<b>swim</b>", "providerState": "water", "request": map[string]any{"method": "get", "path": "/deep"}, "response": map[string]any{"status": 204}},
			map[string]any{"description": "a plugin's", "providerStates": []any{map[string]any{"name": "rain"}, map[string]any{"name": "wind"}}},
			map[string]any{"description": 7},
		},
		"messages": []any{map[string]any{"description": "a splash"}},
	}
	put := b.Put(at, content, testbroker.Accept("text/html")).OK(http.StatusCreated)
	require.Equal(t, "text/html;charset=utf-8", put.Header.Get("Content-Type"))
	for _, address := range []string{at, "/pacts/provider/River/consumer/O%27tter/latest", "/pact/provider/River/consumer/O%27tter/latest"} {
		page := b.Get(address, testbroker.Accept("text/html")).OK(http.StatusOK)
		require.Equal(t, "text/html;charset=utf-8", page.Header.Get("Content-Type"))
		text := string(page.Body)
		require.Contains(t, text, "<h2>&lt;b&gt;swim&lt;/b&gt;</h2>")
		require.Contains(t, text, "<code>GET /deep</code> is answered with <code>204</code>")
		require.Contains(t, text, "<p>Given <em>rain</em> and <em>wind</em></p>")
		require.Contains(t, text, "<h2>a splash</h2>")
		require.Contains(t, text, "&#34;description&#34;: 7")
		require.NotContains(t, text, "<b>swim")
		require.Contains(t, text, `href="http://broker.test/pacticipants/O%27tter"`)
	}
	b.Get(at+"/previous-distinct", testbroker.Accept("text/html")).OK(http.StatusNotAcceptable)
}

func TestShowPact_asAPageWhateverItSays(t *testing.T) {
	b := testbroker.New(t)
	for _, content := range []any{map[string]any{"foo": 1}, map[string]any{"interactions": "none"}, map[string]any{"interactions": []any{"x", nil}}} {
		b.Delete("/pacts/provider/P/consumer/C/version/1")
		b.Put("/pacts/provider/P/consumer/C/version/1", content).OK(http.StatusCreated)
		require.Contains(t, string(b.Get("/pacts/provider/P/consumer/C/version/1", testbroker.Accept("text/html")).OK(http.StatusOK).Body), "<pre>{")
	}
}
