package comparison_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

const schemes3 = `"header":{"type":"apiKey","in":"header","name":"X-Key"},"query":{"type":"apiKey","in":"query","name":"key"},"cookie":{"type":"apiKey","in":"cookie","name":"sid"},
	"basic":{"type":"http","scheme":"basic"},"bearer":{"type":"http","scheme":"Bearer","bearerFormat":"JWT"},"digest":{"type":"http","scheme":"digest"},
	"oauth":{"type":"oauth2","flows":{}},"oidc":{"type":"openIdConnect","openIdConnectUrl":"https://id.test"},"mtls":{"type":"mutualTLS"},"by-ref":{"$ref":"#/components/securitySchemes/header"}`

// secured is a document that asks for the document-wide security, and for that of
// its one operation.
func secured(settings, global, own string) string {
	if global != "" {
		global = `"security":` + global + ","
	}
	if own != "" {
		own = `"security":` + own + ","
	}
	return fmt.Sprintf(`{"openapi":"3.1.0","info":{%s},%s"paths":{"/things":{"get":{%s"responses":{"200":{"description":"ok"},"401":{"description":"no"}}}}},"components":{"securitySchemes":{%s}}}`,
		settings, global, own, schemes3)
}

func asked(query, headers string, status int) string {
	return fmt.Sprintf(`{"interactions":[{"description":"d","request":{"method":"GET","path":"/things","query":%q,"headers":{%s}},"response":{"status":%d}}]}`, query, headers, status)
}

func TestSecurity(t *testing.T) {
	const none, missing, warned = "", "error request.authorization.missing", "warning request.authorization.missing"
	tests := []struct {
		name, global, own string
		query, headers    string
		want              string
	}{
		{"nothing is asked for", "", "", "", ``, none},
		{"a key in a header", "", `[{"header":[]}]`, "", `"X-Key":"k"`, none},
		{"a key in a header, whatever its letters", "", `[{"header":[]}]`, "", `"x-KEY":"k"`, none},
		{"a key in a header that is empty is there", "", `[{"header":[]}]`, "", `"X-Key":""`, none},
		{"a key in a header is missing", "", `[{"header":[]}]`, "key=k", `"X-Other":"k"`, missing + "; warning request.header.unknown; warning request.query.unknown"},
		{"a key in the query", "", `[{"query":[]}]`, "key=k", ``, none},
		{"a key in the query is missing", "", `[{"query":[]}]`, "", ``, missing},
		{"a key in the query has letters that count", "", `[{"query":[]}]`, "Key=k", ``, missing + "; warning request.query.unknown"},
		{"a key in a cookie", "", `[{"cookie":[]}]`, "", `"Cookie":"a=b; sid=1"`, none},
		{"a key in a cookie is missing", "", `[{"cookie":[]}]`, "", `"Cookie":"a=b"`, warned},
		{"basic", "", `[{"basic":[]}]`, "", `"Authorization":"Basic YTpi"`, none},
		{"basic, whatever its letters", "", `[{"basic":[]}]`, "", `"authorization":"BASIC YTpi"`, none},
		{"basic is not bearer", "", `[{"basic":[]}]`, "", `"Authorization":"Bearer YTpi"`, missing},
		{"a word that only begins like basic", "", `[{"basic":[]}]`, "", `"Authorization":"Basically"`, missing},
		{"a word alone", "", `[{"bearer":[]}]`, "", `"Authorization":"Bearer"`, missing},
		{"bearer", "", `[{"bearer":[]}]`, "", `"Authorization":"bearer x"`, none},
		{"bearer is missing", "", `[{"bearer":[]}]`, "", ``, missing},
		{"another scheme of HTTP", "", `[{"digest":[]}]`, "", `"Authorization":"Digest x"`, none},
		{"another scheme of HTTP is missing", "", `[{"digest":[]}]`, "", `"Authorization":"Basic x"`, missing},
		{"oauth is taken as given", "", `[{"oauth":["read"]}]`, "", ``, none},
		{"open id is taken as given", "", `[{"oidc":[]}]`, "", ``, none},
		{"certificates are taken as given", "", `[{"mtls":[]}]`, "", ``, none},
		{"a scheme by reference", "", `[{"by-ref":[]}]`, "", `"X-Key":"k"`, none},
		{"a scheme by reference is missing", "", `[{"by-ref":[]}]`, "", ``, missing},
		{"a scheme that nobody defined", "", `[{"nobody":[]}]`, "", ``, none},
		{"a scheme that nobody defined beside another", "", `[{"nobody":[],"header":[]}]`, "", ``, missing},
		{"a scheme that nobody defined in another requirement", "", `[{"nobody":[]},{"header":[]}]`, "", ``, missing},

		{"that of the document", `[{"header":[]}]`, "", "", ``, missing},
		{"that of the operation counts", `[{"header":[]}]`, `[{"query":[]}]`, "key=k", ``, none},
		{"that of the operation counts alone", `[{"header":[]}]`, `[{"query":[]}]`, "", `"X-Key":"k"`, missing + "; warning request.header.unknown"},
		{"an empty list lifts it", `[{"header":[]}]`, `[]`, "", ``, none},
		{"an empty requirement makes it optional", `[{"header":[]}]`, `[{"query":[]},{}]`, "", ``, none},
		{"an empty requirement, and the key is known all the same", "", `[{},{"header":[]}]`, "", `"X-Key":"k"`, none},

		{"either of two, the first", "", `[{"header":[]},{"basic":[]}]`, "", `"X-Key":"k"`, none},
		{"either of two, the second", "", `[{"header":[]},{"basic":[]}]`, "", `"Authorization":"Basic x"`, none},
		{"either of two, neither", "", `[{"header":[]},{"basic":[]}]`, "", ``, missing},
		{"both of two", "", `[{"header":[],"basic":[]}]`, "", `"X-Key":"k","Authorization":"Basic x"`, none},
		{"both of two, one", "", `[{"header":[],"basic":[]}]`, "", `"X-Key":"k"`, missing},
		{"a key beside one that is taken as given", "", `[{"oauth":[],"header":[]}]`, "", ``, missing},
		{"one or two others", "", `[{"header":[]},{"basic":[],"query":[]}]`, "key=k", `"Authorization":"Basic x"`, none},
		{"a cookie or a key, neither", "", `[{"cookie":[]},{"header":[]}]`, "", ``, warned},
		{"a cookie and a key, the key is missing", "", `[{"cookie":[],"header":[]}]`, "", `"Cookie":"sid=1"`, missing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := comparison.ReadDocument([]byte(secured("", tt.global, tt.own)))
			require.NoError(t, err)
			require.Equal(t, splitWant(tt.want), kindsAndCodes(findingsFor(t, d, asked(tt.query, tt.headers, 200))))
		})
	}
}

func TestSecurity_isNotAMatterOfErrorAnswers(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(secured("", "", `[{"header":[]},{"bearer":[]}]`)))
	require.NoError(t, err)
	require.Empty(t, findingsFor(t, d, asked("", "", 401)))
}

func TestSecurity_namesEachCredentialThatIsMissing(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(secured("", "", `[{"header":[]},{"query":[],"basic":[]},{"bearer":[]}]`)))
	require.NoError(t, err)
	var messages []string
	for _, f := range findingsFor(t, d, asked("key=k", "", 200)) {
		messages = append(messages, f.Message)
	}
	require.Equal(t, []string{
		`The request lacks the credential "header": the header X-Key (or what another of the 3 alternatives asks for).`,
		`The request lacks the credential "basic": a header Authorization that begins with "Basic " (or what another of the 3 alternatives asks for).`,
		`The request lacks the credential "bearer": a header Authorization that begins with "Bearer " (or what another of the 3 alternatives asks for).`,
	}, messages)
}

func TestSecurity_takesAnyAuthorizationIfTheDocumentSaysSo(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(secured(`"x-opc-config-no-authorization-schema":true`, "", `[{"bearer":[]}]`)))
	require.NoError(t, err)
	require.Empty(t, findingsFor(t, d, asked("", `"Authorization":"token"`, 200)))
	require.Equal(t, []string{"error request.authorization.missing"}, kindsAndCodes(findingsFor(t, d, asked("", "", 200))))
}

func TestSecurity_ofSwagger2(t *testing.T) {
	document := func(security string) string {
		return `{"swagger":"2.0","info":{},"security":` + security + `,"securityDefinitions":{"basic":{"type":"basic"},"key":{"type":"apiKey","in":"query","name":"key"},"oauth":{"type":"oauth2"}},
			"paths":{"/things":{"get":{"responses":{"200":{"description":"ok"}}}}}}`
	}
	for _, tt := range []struct{ security, query, headers, want string }{
		{`[{"basic":[]}]`, "", `"Authorization":"basic x"`, ""},
		{`[{"basic":[]}]`, "", ``, "error request.authorization.missing"},
		{`[{"basic":[]}]`, "", `"Authorization":"Bearer x"`, "error request.authorization.missing"},
		{`[{"key":[]}]`, "key=1", ``, ""},
		{`[{"key":[]}]`, "", ``, "error request.authorization.missing"},
		{`[{"oauth":["a"]}]`, "", ``, ""},
		{`[{"key":[],"basic":[]}]`, "key=1", ``, "error request.authorization.missing"},
	} {
		d, err := comparison.ReadDocument([]byte(document(tt.security)))
		require.NoError(t, err)
		require.Equal(t, splitWant(tt.want), kindsAndCodes(findingsFor(t, d, asked(tt.query, tt.headers, 200))), "%+v", tt)
	}
}

func TestSecurity_namesOneCredentialThatNothingReplaces(t *testing.T) {
	report, err := compare(secured("", "", `[{"basic":[]}]`), asked("", "", 200))
	require.NoError(t, err)
	require.Equal(t, `The request lacks the credential "basic": a header Authorization that begins with "Basic ".`, report.Findings[0].Message)
}
