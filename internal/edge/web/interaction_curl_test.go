package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// curlText is the command that the page shows for an interaction, "" if none.
func curlText(t *testing.T, content string) string {
	t.Helper()
	if c := shownOf(t, content).Curl; c != nil {
		return c.Lines[0].Text
	}
	return ""
}

func TestCurl_isTheRequestOfTheContract(t *testing.T) {
	for content, want := range map[string]string{
		`{"request":{"method":"get","path":"/a"}}`:                                                                        `curl --globoff --request GET "$PROVIDER_URL"/a`,
		`{"request":{"method":"head","path":"/a b","query":"x=1&y=%20"}}`:                                                 `curl --globoff --head "$PROVIDER_URL"'/a%20b?x=1&y=%20'`,
		`{"request":{"method":"GET","path":"/a","query":{"q":["x y&z","2"],"id[]":["é"]}}}`:                               `curl --globoff --request GET "$PROVIDER_URL"'/a?q=x+y%26z&q=2&id%5B%5D=%C3%A9'`,
		`{"request":{"method":"GET","path":"/","headers":{"Accept":["a","b"],"X-None":""}}}`:                              "curl --globoff --request GET \"$PROVIDER_URL\"/ \\\n    --header 'Accept: a, b' \\\n    --header 'X-None;'",
		`{"request":{"method":"GET","path":"/","headers":{"@/etc/passwd":"x","X":"a\r\nY: b"}}}`:                          "curl --globoff --request GET \"$PROVIDER_URL\"/ \\\n    --header 'X: a  Y: b'",
		`{"request":{"method":"POST","path":"/","body":{"a":"it's"}}}`:                                                    "curl --globoff --request POST \"$PROVIDER_URL\"/ \\\n    --data-raw '{\"a\":\"it'\\''s\"}'",
		`{"type":"Synchronous/HTTP","request":{"method":"POST","path":"/","body":{"content":"@f","encoded":false}}}`:      "curl --globoff --request POST \"$PROVIDER_URL\"/ \\\n    --data-raw @f",
		`{"type":"Synchronous/HTTP","request":{"method":"POST","path":"/","body":{"content":"AAEC","encoded":"base64"}}}`: "printf %s AAEC | base64 -d | curl --globoff --request POST \"$PROVIDER_URL\"/ \\\n    --data-binary @-",
		`{"request":{"method":"POST","path":"/","body":"` + strings.Repeat("x", curlBodyAtMost+1) + `"}}`:                 "curl --globoff --request POST \"$PROVIDER_URL\"/ \\\n    --data-binary @body",
		`{"request":{"method":"GET; rm","path":"/"}}`:                                                                     "",
		`{"request":{"method":"GET","path":"elsewhere.example"}}`:                                                         "",
		`{"request":{}}`: "",
		`{"description":"d","contents":"message"}`: "",
	} {
		require.Equal(t, want, curlText(t, content), content)
	}
}

// A shell makes the request of it that the contract asks for, whatever stands in it.
func TestCurl_asAShellReadsIt(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl here")
	}
	hostile := "$(touch x) `id` \"'\\ ; & | > # ! ~ * ? [a-b] {c,d} \u00e9 %41\n\tend"
	var asked *http.Request
	body := make([]byte, 1<<10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		n, _ := r.Body.Read(body)
		asked, body = r, body[:n]
	}))
	defer server.Close()
	content, err := json.Marshal(map[string]any{"request": map[string]any{
		"method": "PUT", "path": "/a/" + strings.ReplaceAll(strings.ReplaceAll(hostile, "?", ""), "#", ""), "query": map[string]any{"q": []string{hostile}}, "headers": map[string]string{"X-It": "$(id) 'x'"}, "body": hostile,
	}})
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), "sh", "-c", curlText(t, string(content)))
	command.Env, command.Dir = append(command.Environ(), "PROVIDER_URL="+server.URL), t.TempDir()
	said, err := command.CombinedOutput()
	require.NoError(t, err, string(said))
	require.Equal(t, http.MethodPut, asked.Method)
	require.Equal(t, []string{hostile}, asked.URL.Query()["q"])
	require.Equal(t, "$(id) 'x'", asked.Header.Get("X-It"))
	require.Equal(t, hostile, string(body))
}
