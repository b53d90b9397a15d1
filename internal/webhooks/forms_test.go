package webhooks

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// hostile are values that would be something else than a value where they stand, if
// nobody saw to it.
var hostile = []string{
	`","admin":"yes`, `\`, `"`, `'`, "<a/>", "]]>", "&amp;", "a&b=c", "#x", "?y", "../../admin", "%2e%2e", "a b", "a+b", "\r\nX-Admin: yes", "\x00", "\u2028", "ü", "${pactbroker.consumerName}", "${secret.TOKEN}",
	"\x1b[31m", "\x7f", "\u0085", "a\r\n\r\nGET / HTTP/1.1", "\t", "//evil.example/", "@evil.example", ";x=1", "[0]", "{x}", "$1", "$&", "<!--", "&#x3c;", "日本 🦦", "\ufeff", "\u202e", "", " ", "null", strings.Repeat("x", 5000),
}

func TestExpand_keepsAValueAValueInJSON(t *testing.T) {
	for _, value := range hostile {
		for name, request := range map[string]Request{
			"an object":              {Body: []byte(`{"a":"x ${pactbroker.v} y","b":["${pactbroker.v}"]}`)},
			"a text that is JSON":    {Body: quotedJSON(t, `{"a":"x ${pactbroker.v} y","b":["${pactbroker.v}"]}`)},
			"a text said to be JSON": {Body: quotedJSON(t, `{"a":"x ${pactbroker.v} y","b":["${pactbroker.v}"]}`), Headers: []Header{{"content-type", "Application/Vnd.X+JSON; charset=utf-8"}}},
		} {
			var read struct {
				A string
				B []string
			}
			body := request.Expand(Values{Broker: map[string]string{"v": value}}).Body
			require.NoError(t, json.Unmarshal(body, &read), "%s %q: %s", name, value, body)
			require.Equal(t, "x "+value+" y", read.A, name)
			require.Equal(t, []string{value}, read.B, name)
		}
	}
}

func quotedJSON(t *testing.T, text string) []byte {
	t.Helper()
	quoted, err := json.Marshal(text)
	require.NoError(t, err)
	return quoted
}

func TestExpand_keepsAValueAValueInFormsAndXML(t *testing.T) {
	for _, value := range hostile {
		form := Request{Body: quotedJSON(t, "a=${pactbroker.v}&b=1"), Headers: []Header{{"content-type", "application/x-www-form-urlencoded"}}}
		read, err := url.ParseQuery(string(form.Expand(Values{Broker: map[string]string{"v": value}}).Body))
		require.NoError(t, err, "%q", value)
		require.Equal(t, url.Values{"a": {value}, "b": {"1"}}, read)

		if strings.ContainsAny(value, "\x00\r\n\x1b") {
			continue // what no XML can hold
		}
		for _, kind := range []string{"text/xml", "application/soap+xml", "text/html; charset=utf-8", "Application/XHTML+XML"} {
			document := Request{Body: quotedJSON(t, "<r a='${pactbroker.v}'>${pactbroker.v}</r>"), Headers: []Header{{"content-type", kind}}}
			var r struct {
				A    string `xml:"a,attr"`
				Text string `xml:",chardata"`
			}
			require.NoError(t, xml.Unmarshal(document.Expand(Values{Broker: map[string]string{"v": value}}).Body, &r), "%q as %s", value, kind)
			require.Equal(t, value, r.A, kind)
			require.Equal(t, value, r.Text, kind)
		}
	}
}

func TestExpand_keepsAValueAValueInTheURL(t *testing.T) {
	for _, value := range hostile {
		r := Request{URL: "https://ci.example.org/a/${pactbroker.v}/b?x=${pactbroker.v}&y=1#f"}
		address, err := url.Parse(r.Expand(Values{Broker: map[string]string{"v": value}}).URL)
		require.NoError(t, err, "%q", value)
		require.Equal(t, "ci.example.org", address.Host)
		require.Equal(t, "/a/"+value+"/b", address.Path)
		require.Equal(t, 4, strings.Count(address.EscapedPath(), "/")+1, "no segment is added: %s", address)
		require.Equal(t, url.Values{"x": {value}, "y": {"1"}}, address.Query())
	}
}

func TestExpand_keepsAValueAValueInHeaders(t *testing.T) {
	for _, value := range hostile {
		r := Request{Headers: []Header{{"x-branch", "b ${pactbroker.v}"}}}
		header := r.Expand(Values{Broker: map[string]string{"v": value}}).Headers[0].Value
		require.NotContains(t, header, "\n")
		require.NotContains(t, header, "\r")
		require.NotContains(t, header, "\x00")
		require.True(t, strings.HasPrefix(header, "b "))
	}
}

// What goes over the wire are the headers of the template, whatever is filled in, and no
// value keeps a message from being sent.
func TestSend_addsNoHeaderAndSendsEveryValue(t *testing.T) {
	receiver, sender := newRecorder(t), newSender(t)
	sender.Policy.Hosts = rules(t, "127.0.0.1", "other.example")
	for _, value := range hostile {
		m := receiver.message(func(r *Request) {
			r.URL = receiver.URL + "/a/${pactbroker.v}/b?x=${pactbroker.v}"
			r.Headers = []Header{{"x-branch", "b${pactbroker.v}"}, {"content-type", "text/plain; x=${pactbroker.v}"}, {"host", "other.example"}}
			r.Username, r.Password = "joe", "${pactbroker.v}"
		})
		m.Values = Values{Broker: map[string]string{"v": value}}
		receiver.requests = nil
		outcome := sender.Send(context.Background(), m)
		require.True(t, outcome.Success, "%q: %s", value, outcome.Logs)
		got := receiver.requests[0]
		var names []string
		for name := range got.Header {
			names = append(names, name)
		}
		require.ElementsMatch(t, []string{"Accept", "Authorization", "Content-Length", "Content-Type", "User-Agent", "Webhook-Id", "Webhook-Timestamp", "X-Branch"}, names, "%q", value)
		require.Equal(t, "other.example", got.Host)
		require.Equal(t, "/a/"+value+"/b", got.URL.Path)
		_, password, _ := got.BasicAuth()
		require.Equal(t, value, password)
	}
}

func TestExpand_fillsInOnceOnly(t *testing.T) {
	r := Request{URL: "https://x/${event.a}", Body: []byte(`{"a":"${pactbroker.consumerName}"}`), Username: "${secret.TOKEN}"}
	e := r.Expand(Values{
		Broker: map[string]string{"consumerName": "${secret.TOKEN} ${pactbroker.providerName}", "providerName": "no"}, Event: map[string]string{"a": "${secret.TOKEN}"}, Secrets: map[string]string{"TOKEN": "hush-hush"},
	})
	require.NotContains(t, string(e.Body)+e.URL, "hush", "a secret is sent where the webhook asks for it, not where a branch is called so")
	require.NotContains(t, string(e.Body), "no")
	require.Equal(t, "hush-hush", e.Username)
}

func TestExpand_namesTheSecretsThatThereAreNone(t *testing.T) {
	r := Request{URL: "https://x/?a=${secret.ONE}&b=${secret.TWO}", Password: "${secret.ONE}", Headers: []Header{{"a", "${secret.THREE}"}}}
	e := r.Expand(Values{Secrets: map[string]string{"TWO": "value"}})
	require.ElementsMatch(t, []string{"ONE", "THREE"}, e.missing)
	require.Equal(t, []string{"ONE", "TWO", "THREE"}, r.SecretNames())
}

func FuzzExpand(f *testing.F) {
	for _, value := range hostile {
		f.Add(`{"a":"${pactbroker.v}"}`, "https://x.example/${pactbroker.v}?q=${event.v}", value)
	}
	f.Add("no JSON ${secret.v}", "x", "")
	f.Fuzz(func(t *testing.T, body, address, value string) {
		values := Values{Broker: map[string]string{"v": value}, Event: map[string]string{"v": value}, Secrets: map[string]string{"v": "hush-hush-secret"}}
		r := Request{Method: "POST", URL: address, Body: []byte(body), Headers: []Header{{"x", address}}, Username: body, Password: address}
		shown := r.Expand(values.hiding())
		if !strings.Contains(body+address+value, "hush") {
			require.NotContains(t, shown.URL+string(shown.Body)+shown.Headers[0].Value+shown.Username+shown.Password, "hush-hush-secret")
		}
		if !strings.Contains(address, "\n") {
			require.NotContains(t, shown.Headers[0].Value, "\n")
		}
		if json.Valid([]byte(body)) && strings.HasPrefix(body, "{") && !strings.Contains(strings.ReplaceAll(body, `"${pactbroker.v}"`, ""), "${") {
			require.True(t, json.Valid(r.Expand(values).Body) || !validText(value), "%s", r.Expand(values).Body)
		}
		_ = maskedURL(address)
		_ = Request{URL: address}.Receiver()
	})
}

func validText(text string) bool { return strings.ToValidUTF8(text, "") == text }

func TestConfidential_knowsSecretsAtTheEdgesOfTheirForms(t *testing.T) {
	for _, secret := range []string{`"quoted"`, `ends with "`, `\\backslashes\\`, " blanks ", "line\nbreak", "plain-secret-1", "a/b+c=", "padded-length-17c", "padded-length-18ch", "padded-length-19cha"} {
		secrets := Expanded{secrets: []string{secret}}.confidential(nil)
		inJSON, err := json.Marshal(map[string]string{"k": secret})
		require.NoError(t, err)
		escaped := url.QueryEscape(secret)
		for form, answer := range map[string]string{
			"as it is": secret, "JSON": string(inJSON), "a query": escaped, "a path": url.PathEscape(secret), "a query in small letters": lowerEscapes(escaped),
			"Base64": base64.StdEncoding.EncodeToString([]byte(secret)), "Base64 without padding": base64.RawStdEncoding.EncodeToString([]byte(secret)),
			"Base64 for URLs": base64.URLEncoding.EncodeToString([]byte(secret)), "Base64 for URLs without padding": base64.RawURLEncoding.EncodeToString([]byte(secret)),
			"hexadecimal": hex.EncodeToString([]byte(secret)),
		} {
			text := "before " + answer + " after"
			shown := redact(text, secrets)
			require.Contains(t, shown, Stars, "%s: %s", form, text)
			rest := strings.Trim(strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(shown, "before "), " after"), Stars, ""), `{}":k\= `)
			require.Empty(t, rest, "%s: %q shows %q", form, text, shown)
		}
	}
}

// lowerEscapes writes the digits of escapes small, as many programs do.
func lowerEscapes(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			out.WriteString(strings.ToLower(text[i : i+3]))
			i += 2
			continue
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

func TestRedact_coversOverlapsAndWholes(t *testing.T) {
	for _, test := range []struct {
		text    string
		secrets []string
		want    string
	}{
		{"abcdefgh", []string{"cdef"}, "ab" + Stars + "gh"},
		{"abcdefgh", []string{"abcd", "cdefgh"}, Stars},
		{"abcd abcd", []string{"abcd"}, Stars + " " + Stars},
		{"aaaaaaa", []string{"aaaa"}, Stars},
		{"abcdabcd", []string{"abcd"}, Stars},
		{"abc", []string{"abc", "", "ab"}, "abc"},
		{"", []string{"abcd"}, ""},
		{"nothing", nil, "nothing"},
		{"ünïcödé", []string{"ïcöd"}, "ün" + Stars + "é"},
	} {
		require.Equal(t, test.want, redact(test.text, test.secrets), "%q %q", test.text, test.secrets)
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("the secret is abcd", "abcd", "cdef")
	f.Add("", "", "")
	f.Add("aaaa", "aaaaa", "a")
	f.Add(`\u0061%62&#99;&d; \\x`, `\u006`, "%6")
	f.Fuzz(func(t *testing.T, text, one, other string) {
		shown := redact(text, []string{one, other})
		for _, secret := range []string{one, other} {
			if len(secret) >= shortestRedacted && !strings.Contains(secret, "*") {
				require.NotContains(t, shown, secret)
			}
		}
		require.Equal(t, text, redact(text, []string{"", "abc"}), "short ones are not looked for")
	})
}

func TestMaskedURL_starsWhatIsACredential(t *testing.T) {
	for address, want := range map[string]string{
		"https://ci.example.org/build":                  "https://ci.example.org/build",
		"https://u:p@ci.example.org/b":                  "https://u:" + Stars + "@ci.example.org/b",
		"https://ghp_token@github.com/":                 "https://" + Stars + "@github.com/",
		"https://u:p:q@h/":                              "https://u:" + Stars + "@h/",
		"https://u:p@x@h/":                              "https://u:" + Stars + "@h/",
		"https://h/p?token=abc&b=1":                     "https://h/p?token=" + Stars + "&b=1",
		"https://h/p?a=1&API-KEY=abc#frag":              "https://h/p?a=1&API-KEY=" + Stars + "#frag",
		"https://h/p?access_token=${secret.T}":          "https://h/p?access_token=${secret.T}",
		"https://${secret.U}:${secret.P}@h/":            "https://${secret.U}:${secret.P}@h/",
		"https://h/p?sig=a=b=c":                         "https://h/p?sig=" + Stars,
		"https://h/p?token=":                            "https://h/p?token=",
		"https://h/p?token":                             "https://h/p?token",
		"https://h/p?monkey=1&keyboard=2&author=3":      "https://h/p?monkey=1&keyboard=2&author=3",
		"https://h/p?client_secret=x&X-Amz-Signature=y": "https://h/p?client_secret=" + Stars + "&X-Amz-Signature=" + Stars,
		"https://h/@user/p?x=a@b":                       "https://h/@user/p?x=a@b",
		"":                                              "",
		"no url":                                        "no url",
		"https://h/p?to%6ben=abc":                       "https://h/p?to%6ben=" + Stars,
	} {
		require.Equal(t, want, maskedURL(address), address)
		require.Equal(t, want, maskedURL(maskedURL(address)), "masking twice changes nothing: %s", address)
	}
}

func TestKeepSecretsOf_putsBackWhatWasStarred(t *testing.T) {
	old := Request{
		URL: "https://u:hush@h/p?token=abc&sig=def&b=1", Password: "old", Headers: []Header{{"authorization", "Bearer abc"}, {"x-plain", "1"}},
	}
	for name, test := range map[string]struct {
		change func(d *Draft)
		want   Request
		fields []string
	}{
		"as it was shown":              {func(*Draft) {}, old, []string{"request.url", "request.password", "request.headers"}},
		"another path":                 {func(d *Draft) { d.Webhook.Request.URL = "https://u:" + Stars + "@h/other?sig=**&new=2&token=" + Stars }, Request{URL: "https://u:hush@h/other?sig=def&new=2&token=abc", Password: old.Password, Headers: old.Headers}, []string{"request.url", "request.password", "request.headers"}},
		"a new password":               {func(d *Draft) { d.Webhook.Request.Password = "new" }, Request{URL: old.URL, Password: "new", Headers: old.Headers}, []string{"request.url", "request.headers"}},
		"no password":                  {func(d *Draft) { d.PasswordRemoved = true; d.Webhook.Request.Password = "" }, Request{URL: old.URL, Headers: old.Headers}, []string{"request.url", "request.headers"}},
		"a new header":                 {func(d *Draft) { d.Webhook.Request.Headers = []Header{{"authorization", "Bearer new"}} }, Request{URL: old.URL, Password: old.Password, Headers: []Header{{"authorization", "Bearer new"}}}, []string{"request.url", "request.password"}},
		"no headers":                   {func(d *Draft) { d.Webhook.Request.Headers = nil }, Request{URL: old.URL, Password: old.Password, Headers: []Header{}}, []string{"request.url", "request.password"}},
		"stars for what there was not": {func(d *Draft) { d.Webhook.Request.Headers = []Header{{"x-new-token", "***"}} }, Request{URL: old.URL, Password: old.Password, Headers: []Header{{"x-new-token", "***"}}}, []string{"request.url", "request.password"}},
	} {
		draft := Draft{Webhook: Webhook{Request: old.Masked()}}
		test.change(&draft)
		request, kept := draft.keepSecretsOf(old)
		require.Equal(t, test.want, request, name)
		names := []string{}
		for _, field := range kept {
			names = append(names, field.Name)
		}
		require.ElementsMatch(t, test.fields, names, name)
	}
}

func TestReplacing_letsNoSecretMoveToAnotherPlace(t *testing.T) {
	old := Webhook{UUID: "w", Request: Request{Method: "POST", URL: "https://h.example/p", Password: "hush", Headers: []Header{{"authorization", "Bearer abc"}}}}
	for address, moves := range map[string]bool{
		"https://h.example/other": false, "https://H.EXAMPLE/p": false, "https://h.example:443/p": false,
		"http://h.example/p": true, "https://h.example:8443/p": true, "https://evil.example/p": true, "https://h.example.evil.example/p": true, "https://h.example@evil.example/p": true,
	} {
		draft := Draft{Webhook: Webhook{Request: old.Request.Masked()}}
		draft.Webhook.Request.URL = address
		replaced, err := draft.Replacing(old)
		if !moves {
			require.NoError(t, err, address)
			require.Equal(t, "hush", replaced.Request.Password)
			continue
		}
		require.ErrorContains(t, err, "must be given again, or null to send none, because the webhook moves from https://h.example:443 to ", address)
		draft.PasswordRemoved, draft.Webhook.Request.Password, draft.Webhook.Request.Headers = true, "", nil
		_, err = draft.Replacing(old)
		require.NoError(t, err, "without the secrets it may go anywhere: %s", address)
	}
}

func TestClient_takesNoAddressInDisguiseForAName(t *testing.T) {
	asked := 0
	proxy := newProxy(t, func() { asked++ })
	through := Connection{Proxy: func(*url.URL) (*url.URL, error) { return proxy, nil }}
	for _, host := range []string{
		"127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.0.0.1.", "10.1", "0", "0x7f.0x0.0x0.0x1", "169.254.43518",
		"a.localhost", "LOCALHOST", "localhost.", "x.y.localhost.", "[::ffff:7f00:1]", "[::ffff:127.0.0.1]", "[fe80::1]",
	} {
		require.Error(t, call(t, through, "http://"+host+"/"), host)
	}
	require.Zero(t, asked, "a proxy would find the way to what they stand for")
	for _, host := range []string{"1.example.invalid", "0x7f.example.invalid", "a1.invalid"} {
		require.NoError(t, call(t, through, "http://"+host+"/"), host)
	}
	require.Equal(t, 3, asked)
	through.Guard.Allowed = rules(t, "127.0.0.0/8")
	require.NoError(t, call(t, through, "http://127.0.0.1/"))
}

// newProxy is a proxy that reaches everything, and its address.
func newProxy(t *testing.T, asked func()) *url.URL {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked() }))
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	return address
}

func TestSend_tellsNobodyTheSecretsThatItSends(t *testing.T) {
	receiver, sender := newRecorder(t), newSender(t)
	const secret = `hush "hush" & hush`
	receiver.answer = "you sent " + secret + " and " + base64.StdEncoding.EncodeToString([]byte("me:"+secret))
	m := receiver.message(func(r *Request) {
		r.URL += "&token=${secret.T}"
		r.Body, r.Username, r.Password = []byte(`{"t":"${secret.T}","n":"${pactbroker.consumerName}"}`), "me", "${secret.T}"
		r.Headers = []Header{{"x-plain", "${secret.T}"}, {"x-token", "${secret.T}"}}
	})
	m.Values = Values{Secrets: map[string]string{"T": secret}, Broker: map[string]string{"consumerName": "Web"}}
	outcome := sender.Send(context.Background(), m)
	require.True(t, outcome.Success)
	require.Contains(t, receiver.bodies[0], "hush", "the receiver gets it")
	whole, err := json.Marshal(outcome)
	require.NoError(t, err)
	for _, text := range []string{string(whole), outcome.Logs, outcome.Detail} {
		require.NotContains(t, text, "hush")
	}
	require.Contains(t, outcome.Logs, Stars)
	require.Contains(t, string(outcome.Sent.Body), "Web")
}
