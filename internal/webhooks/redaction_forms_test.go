package webhooks

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConfidential_knowsASecretInTheFormsInWhichReceiversRepeatIt(t *testing.T) {
	const secret = `a"b<c>&d\efgh/ü`
	quoted, err := json.Marshal(map[string]string{"X-Q": secret})
	require.NoError(t, err)
	secrets := Expanded{secrets: []string{secret}}.confidential(nil)
	for form, answer := range map[string]string{
		"as it is": secret, "JSON": string(quoted), "JSON without escapes for HTML": `{"X-Q": "a\"b<c>&d\\efgh/ü"}`,
		"JSON in ASCII": `{"X-Q": "a\"b<c>&d\\efgh/\u00fc"}`, "HTML": html.EscapeString(secret), "a query": url.QueryEscape(secret),
		"a path": url.PathEscape(secret), "Base64": base64.StdEncoding.EncodeToString([]byte(secret)),
	} {
		require.NotContains(t, redact(answer, secrets), "efgh", form)
		require.NotEqual(t, answer, redact(answer, secrets), form)
	}
	require.Equal(t, "nothing of it", redact("nothing of it", secrets))
}

func TestSecretHeader_knowsTheNamesThatServicesGiveToCredentials(t *testing.T) {
	for _, name := range []string{"Authorization", "Proxy-Auth", "X-Auth", "X-Auth-Key", "X-Api-Key", "Api_Key", "Ocp-Apim-Subscription-Key", "X-Functions-Key",
		"DD-APPLICATION-KEY", "X-Hub-Key", "X-JWT", "X-Bearer", "X-Pass", "X-Session-Id", "Cookie", "X-Hub-Signature", "PRIVATE-TOKEN"} {
		require.True(t, secretHeader.MatchString(name), name)
	}
	for _, name := range []string{"Content-Type", "Accept", "User-Agent", "X-Author", "X-GitHub-Event", "X-Request-Id", "Keep-Alive", "Traceparent"} {
		require.False(t, secretHeader.MatchString(name), name)
	}
}
