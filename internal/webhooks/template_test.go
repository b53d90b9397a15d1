package webhooks

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func values(pairs map[string]string) Values {
	return Values{Broker: pairs, Event: map[string]string{"environment": "production"}, Secrets: map[string]string{"KEY": `s3"cret`}}
}

func TestExpand_escapesForThePlace(t *testing.T) {
	awkward := "a \"b\"&c/ü\n}"
	v := values(map[string]string{"consumerName": awkward, "eventName": "test"})
	const p = "${pactbroker.consumerName}"

	e := Request{Method: "post", URL: "https://h/" + p + "?q=" + p}.Expand(v)
	require.Equal(t, "POST", e.Method)
	require.Equal(t, "https://h/a%20%22b%22%26c%2F%C3%BC%0A%7D?q=a+%22b%22%26c%2F%C3%BC%0A%7D", e.URL)

	e = Request{Headers: []Header{{"x-a", "<" + p + ">"}}, Username: p, Password: "p" + p}.Expand(v)
	require.Equal(t, []Header{{"x-a", "<a \"b\"&c/ü }>"}}, e.Headers)
	require.Equal(t, awkward, e.Username)
	require.Equal(t, "p"+awkward, e.Password)
}

func TestExpand_ofBodies(t *testing.T) {
	awkward := "a\"b<&\\\nç"
	v := values(map[string]string{"consumerName": awkward})
	const p = "${pactbroker.consumerName}"
	for name, c := range map[string]struct{ kind, body, want string }{
		"object":                {"", `{"k":"` + p + `"}`, `{"k":"a\"b<&\\\nç"}`},
		"object key":            {"", `{"` + p + `":1.50}`, `{"a\"b<&\\\nç":1.50}`},
		"array":                 {"", `["` + p + `"]`, `["a\"b<&\\\nç"]`},
		"text":                  {"text/plain", `"say ` + p + `"`, "say " + awkward},
		"text without a type":   {"", `"say ` + p + `"`, "say " + awkward},
		"JSON in a string":      {"", `"{\"k\":\"` + p + `\"}"`, `{"k":"a\"b<&\\\nç"}`},
		"JSON by its type":      {"application/json", `"{\"k\":` + p + `}"`, `{"k":a\"b<&\\\nç}`},
		"form":                  {"application/x-www-form-urlencoded", `"k=` + p + `"`, "k=a%22b%3C%26%5C%0A%C3%A7"},
		"XML":                   {"text/xml", `"<k>` + p + `</k>"`, "<k>a&#34;b&lt;&amp;\\\nç</k>"},
		"number":                {"", `5`, "5"},
		"null is no body":       {"", `null`, ""},
		"nothing":               {"", ``, ""},
		"string escapes undone": {"", `"tab\t\u00e4"`, "tab\tä"},
	} {
		r := Request{Body: []byte(c.body)}
		if c.kind != "" {
			r.Headers = []Header{{"content-type", c.kind}}
		}
		require.Equal(t, c.want, string(r.Expand(v).Body), name)
	}
}

func TestExpand_leavesUnknownNamesAndExpandsOnce(t *testing.T) {
	v := values(map[string]string{"consumerName": "${secret.KEY}", "providerName": "", "n": "${pactbroker.consumerName}"})
	e := Request{Username: "${pactbroker.nonsense}|${env.HOME}|${pactbroker.consumerName}|${pactbroker.providerName}|${pactbroker.n}|${secret.OTHER}|${pactbroker.}"}.Expand(v)
	require.Equal(t, "${pactbroker.nonsense}|${env.HOME}|${secret.KEY}||${pactbroker.consumerName}|${secret.OTHER}|${pactbroker.}", e.Username)
	require.Empty(t, e.secrets)
	require.Equal(t, []string{"OTHER"}, e.missing)
	require.Equal(t, "to production, by ", Request{Username: "to ${event.environment}, by ${event.actor}"}.Expand(v).Username)
}

func TestExpand_remembersSecretsInEveryFormTheyTook(t *testing.T) {
	e := Request{URL: "https://h/?k=${secret.KEY}", Body: []byte(`{"k":"${secret.KEY}"}`)}.Expand(values(nil))
	require.Equal(t, `https://h/?k=s3%22cret`, e.URL)
	require.Equal(t, `{"k":"s3\"cret"}`, string(e.Body))
	require.Equal(t, "https://h/?k="+Stars, redact(e.URL, e.secrets))
	require.Equal(t, `{"k":"`+Stars+`"}`, redact(string(e.Body), e.secrets))
}

func FuzzExpand_keepsJSONValid(f *testing.F) {
	f.Add("a\"b\\")
	f.Add("\xff\x00\u2028")
	f.Fuzz(func(t *testing.T, value string) {
		e := Request{Body: []byte(`{"k":"${pactbroker.consumerName}"}`)}.Expand(values(map[string]string{"consumerName": value}))
		var body map[string]string
		require.NoError(t, json.Unmarshal(e.Body, &body))
		require.Len(t, body, 1)
	})
}

func TestMasked_starsWhatLooksLikeASecret(t *testing.T) {
	shown := Request{Password: "open", Headers: []Header{
		{"authorization", "Bearer x"}, {"x-auth-token", "t"}, {"x-param-token", "${pactbroker.consumerName}"},
		{"proxy-authorization", "${secret.KEY}"}, {"x-plain", "p"},
	}}.Masked()
	require.Equal(t, Request{Password: Stars, Headers: []Header{
		{"authorization", Stars}, {"x-auth-token", Stars}, {"x-param-token", "${pactbroker.consumerName}"},
		{"proxy-authorization", "${secret.KEY}"}, {"x-plain", "p"},
	}}, shown)
	require.Equal(t, "${pactbroker.x}", Request{Password: "${pactbroker.x}"}.Masked().Password)
	require.Empty(t, Request{}.Masked().Password)
	for _, name := range []string{"cookie", "x-api-key", "apikey", "x-hub-signature", "x-client-secret", "x-access-key", "proxy-authorization"} {
		require.Equal(t, []Header{{name, Stars}}, Request{Headers: []Header{{name, "v"}}}.Masked().Headers)
	}
}

func TestMasked_starsCredentialsInURLs(t *testing.T) {
	for address, want := range map[string]string{
		"https://ci.example.org/a?b=c":                              "https://ci.example.org/a?b=c",
		"https://joe:open@ci.example.org/a":                         "https://joe:" + Stars + "@ci.example.org/a",
		"https://ghp_x@ci.example.org/":                             "https://" + Stars + "@ci.example.org/",
		"https://h/a?token=abc&b=1":                                 "https://h/a?token=" + Stars + "&b=1",
		"https://h/a?b=1&api-version=2&sig=x#f":                     "https://h/a?b=1&api-version=2&sig=" + Stars + "#f",
		"https://h/a?private_token=${secret.T}":                     "https://h/a?private_token=${secret.T}",
		"https://h/@b?api_key=":                                     "https://h/@b?api_key=",
		"https://h/?v=${pactbroker.consumerVersionNumber}&keyword=": "https://h/?v=${pactbroker.consumerVersionNumber}&keyword=",
		"not a url": "not a url",
	} {
		require.Equal(t, want, Request{URL: address}.Masked().URL)
	}
}

func TestWithoutTokens_starsWhatLooksLikeOneInAPath(t *testing.T) {
	const host = "https://hooks.example.org"
	for path, want := range map[string]string{
		"/services/T024BE7LH/B024BE7LJ/x9Yb3TqLm0ZkR4vWc8NdPf2S":                             "/services/T024BE7LH/B024BE7LJ/" + Stars,
		"/api/webhooks/112233445566778899/aBcD-3fGh1JkL2mNo4PqR5sTu_6vWx":                    "/api/webhooks/112233445566778899/" + Stars,
		"/bot123456789:AAH5xq3Tz9LmQ0vR2bY7nKcW8dEfGhJk/sendMessage":                         "/" + Stars + "/sendMessage",
		"/webhookb2/0f8fad5b-d9cb-469f-a165-70867728950e@c/IncomingWebhook/9e107d9d372bb682": "/webhookb2/" + Stars + "/IncomingWebhook/" + Stars,
		"/integration/9e107d9d372bb6826bd81d3542a419d6/enqueue?v=1":                          "/integration/" + Stars + "/enqueue?v=1",
		"/repos/octo/orders-service/dispatches":                                              "/repos/octo/orders-service/dispatches",
		"/job/contract-verification-of-orders-2024/build":                                    "/job/contract-verification-of-orders-2024/build",
		"/hooks/contractPublishedWebhookReceiver/release20240101120000":                      "/hooks/contractPublishedWebhookReceiver/release20240101120000",
		"/statuses/${pactbroker.consumerVersionNumber}/${secret.X}":                          "/statuses/${pactbroker.consumerVersionNumber}/${secret.X}",
		"/api/v4/projects/1234567890123456789/trigger/pipeline":                              "/api/v4/projects/1234567890123456789/trigger/pipeline",
		"/post?t=x9dK3mPq7RtV2bNcZ8wL5sHj&v=1":                                               "/post?t=" + Stars + "&v=1",
		"/post?v=1&t=x9dK3mPq7RtV2bNcZ8wL5sHj":                                               "/post?v=1&t=" + Stars,
		"/post?ref=release20240101120000":                                                    "/post?ref=release20240101120000",
		"/post?sha=${pactbroker.commit}":                                                     "/post?sha=${pactbroker.commit}",
		"/" + Stars:                                                                          "/" + Stars,
		"":                                                                                   "",
	} {
		require.Equal(t, host+want, withoutTokens(host+path))
		require.Equal(t, host+path, Request{URL: host + path}.Masked().URL, "who manages webhooks sees it")
	}
	require.Equal(t, "https://9e107d9d372bb6826bd81d3542a419d6.example.org/a", withoutTokens("https://9e107d9d372bb6826bd81d3542a419d6.example.org/a"), "a host is no secret")
}
