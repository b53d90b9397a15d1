package webhooks

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

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
		"DD-APPLICATION-KEY", "X-Hub-Key", "X-JWT", "X-Bearer", "X-Pass", "X-Pw", "Pw", "X-Pwd", "X_PW_2", "X-Session-Id", "Cookie", "X-Hub-Signature", "PRIVATE-TOKEN"} {
		require.True(t, secretHeader.MatchString(name), name)
	}
	for _, name := range []string{"Content-Type", "Accept", "User-Agent", "X-Author", "X-GitHub-Event", "X-Request-Id", "X-Pwn", "X-Upward", "Keep-Alive", "Traceparent"} {
		require.False(t, secretHeader.MatchString(name), name)
	}
}

func TestRedact_knowsSecretsHoweverTheyAreSpelled(t *testing.T) {
	const secret = `Ab"c<d>&e/f\g h+ü😀%41`
	unicode := func(format string) string {
		var written strings.Builder
		for _, unit := range utf16.Encode([]rune(secret)) {
			fmt.Fprintf(&written, format, unit)
		}
		return written.String()
	}
	bytewise := func(format string) string {
		var written strings.Builder
		for i := range len(secret) {
			fmt.Fprintf(&written, format, secret[i])
		}
		return written.String()
	}
	quote := func(text string) string {
		quoted, err := json.Marshal(text)
		require.NoError(t, err)
		return string(quoted)
	}
	inBase64 := func(before string) string {
		return base64.StdEncoding.EncodeToString([]byte(before + secret + "zzzzz"))
	}
	for form, written := range map[string]string{
		"as it is": secret, "small": strings.ToLower(secret), "capitals": strings.ToUpper(secret),
		"HTML": html.EscapeString(secret), "HTML in JSON": quote(html.EscapeString(secret)), "HTML by names": strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;", "ü", "&uuml;").Replace(secret),
		"HTML by numbers": strings.NewReplacer("&", "&#38;", `"`, "&#34;", "<", "&#x3c;", ">", "&#X3E;", "/", "&#47;").Replace(secret), "HTML twice": html.EscapeString(html.EscapeString(secret)),
		"a query": url.QueryEscape(secret), "a path": url.PathEscape(secret), "a path with slashes": strings.ReplaceAll(url.PathEscape(secret), "%2F", "/"),
		"lower-case digits": strings.ToLower(url.QueryEscape(secret)), "all of it in percents": bytewise("%%%02x"), "a URL twice": url.QueryEscape(url.QueryEscape(secret)),
		"JSON": quote(secret), "JSON twice": quote(quote(secret)), "JSON thrice": quote(quote(quote(secret))), "a URL in JSON": quote(url.QueryEscape(secret)),
		`\u`: unicode(`\u%04x`), `\u in capitals`: unicode(`\u%04X`), `\u in JSON`: quote(unicode(`\u%04x`)), `\x`: bytewise(`\x%02x`),
		"hexadecimal": hex.EncodeToString([]byte(secret)), "hexadecimal in capitals": strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"Base64": base64.StdEncoding.EncodeToString([]byte(secret)), "Base64 for URLs": base64.RawURLEncoding.EncodeToString([]byte(secret)), "Base64 in a URL": url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(secret))),
		"Base64 behind one": inBase64("y"), "Base64 behind two": inBase64("yy"), "Base64 behind three": inBase64("yyy"), "Base64 in JSON": strings.ReplaceAll(inBase64("y"), "/", `\/`),
	} {
		shown := redact("before "+written+" after", []string{secret})
		require.Contains(t, shown, Stars, form)
		require.Contains(t, shown, "before ", form)
		require.Contains(t, shown, " after", form)
		plain := strings.Trim(strings.TrimSuffix(strings.TrimPrefix(shown, "before "), " after"), `"\=`)
		if !strings.HasPrefix(form, "Base64 ") {
			require.Equal(t, Stars, plain, form)
		}
		require.Less(t, len(strings.ReplaceAll(plain, Stars, "")), 12, "%s: %s", form, plain)
	}
	require.Equal(t, "<b>50%25 &amp; \\u0041 abc</b>", redact("<b>50%25 &amp; \\u0041 abc</b>", []string{secret, "abc", ""}), "nothing else is touched, and short ones are not looked for")
	require.Equal(t, "x"+Stars+"y", redact("xsecret-longery", []string{"secret", "secret-longer"}))
}

func TestRedactFirst_starsWhatTheCutGoesThrough(t *testing.T) {
	require.Equal(t, "ab"+Stars, redactFirst("absecret", 5, []string{"secret"}))
	require.Equal(t, "ab", redactFirst("abc", 2, nil))
	require.Equal(t, "abc", redactFirst("abc", 9, []string{"secret"}))
}

func TestSecretQuery_knowsTheNamesOfCredentials(t *testing.T) {
	for _, name := range []string{"token", "user_password", "pwd", "user-pwd", "pass", "db_pass", "pw", "jwt", "x_jwt", "passwd", "passphrase", "PASS", "bearer", "sig", "code"} {
		require.Equal(t, "http://h/?v=1&"+name+"="+Stars, maskedURL("http://h/?v=1&"+name+"=abc"), name)
	}
	for _, name := range []string{"bypass", "compass", "passing", "zipcode", "v", "pwn"} {
		require.Equal(t, "http://h/?"+name+"=abc", maskedURL("http://h/?"+name+"=abc"), name)
	}
}
