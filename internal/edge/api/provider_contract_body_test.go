package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/support/fault"
)

const ordersDocument = "openapi: 3.0.3\npaths:\n  /orders:\n    get: {responses: {200: {description: ok}}}\n"

var encodedOrders = encoded(ordersDocument)

// faultsOf are the fields that a fault names, with what is wrong with them.
func faultsOf(t *testing.T, err error) []string {
	t.Helper()
	var invalid *fault.Error
	require.True(t, errors.As(err, &invalid), "%v", err)
	var lines []string
	for _, f := range invalid.Fields {
		lines = append(lines, f.Name+" "+f.Message)
	}
	slices.Sort(lines)
	return lines
}

// readContractOf reads the body and the documents in it.
func readContractOf(provider string, body []byte, several bool) (providercontracts.Submission, error) {
	read, form := readContract, oneProviderContract
	if several {
		read, form = readContracts, severalProviderContracts
	}
	s, err := read(provider, body)
	if err == nil {
		err = s.ReadDocuments(form.field)
	}
	return s, err
}

func readOldContractOf(provider, version string, body []byte) (providercontracts.Submission, error) {
	s, err := readOldContract(provider, version, body)
	if err == nil {
		err = s.ReadDocuments(oldProviderContract.field)
	}
	return s, err
}

func TestReadContract_leavesDocumentsForLater(t *testing.T) {
	s, err := readContract("Orders", bodyWith(t, map[string]any{"content": encoded("no document")}))
	require.NoError(t, err, "it was not looked at")
	require.Positive(t, s.Weight())
	require.ErrorContains(t, s.ReadDocuments(oneProviderContract.field), "contract.content cannot be read as a document of a provider")
}

func bodyWith(t *testing.T, contract map[string]any) []byte {
	t.Helper()
	body, err := json.Marshal(map[string]any{"pacticipantVersionNumber": "9", "tags": nil, "branch": nil, "buildUrl": nil, "contract": contract})
	require.NoError(t, err)
	return body
}

func TestReadContract_readsWhatClientsSend(t *testing.T) {
	success := true
	for name, tt := range map[string]struct {
		contract map[string]any
		want     providercontracts.Submitted
	}{
		"nothing but the content": {map[string]any{"content": encodedOrders}, providercontracts.Submitted{ContentType: "application/yaml"}},
		"without padding, with line breaks": {map[string]any{"content": strings.TrimRight(encodedOrders[:20]+"\n"+encodedOrders[20:], "=")},
			providercontracts.Submitted{ContentType: "application/yaml"}},
		"a success without a report": {map[string]any{"content": encodedOrders, "specification": "oas", "selfVerificationResults": map[string]any{"success": true}},
			providercontracts.Submitted{ContentType: "application/yaml", Specification: "oas", Evidence: providercontracts.Evidence{Success: &success}}},
		"a report, but no word of success": {map[string]any{"content": encodedOrders, "selfVerificationResults": map[string]any{"content": "YWxsIGdvb2Q=", "verifier": "own"}},
			providercontracts.Submitted{ContentType: "application/yaml", Evidence: providercontracts.Evidence{Content: []byte("all good"), Verifier: "own", SHA: providercontracts.SHAOf([]byte("all good"))}}},
		"a report as it is": {map[string]any{"content": encodedOrders, "contentType": "text/yaml", "selfVerificationResults": map[string]any{"content": "all good"}},
			providercontracts.Submitted{ContentType: "text/yaml", Evidence: providercontracts.Evidence{Content: []byte("all good"), SHA: providercontracts.SHAOf([]byte("all good"))}}},
		"null in place of evidence": {map[string]any{"content": encodedOrders, "selfVerificationResults": nil}, providercontracts.Submitted{ContentType: "application/yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := readContract("Orders", bodyWith(t, tt.contract))
			require.NoError(t, err)
			require.Len(t, s.Contracts, 1)
			got := s.Contracts[0]
			require.Equal(t, ordersDocument, string(got.Content))
			got.Content, got.Name = nil, ""
			require.Equal(t, tt.want, got)
		})
	}
}

func TestReadContract_readsJSON(t *testing.T) {
	s, err := readContractOf("Orders", bodyWith(t, map[string]any{"content": encoded(` {"swagger": "2.0", "paths": {}}`)}), false)
	require.NoError(t, err)
	require.Equal(t, "application/json", s.Contracts[0].ContentType)
}

func TestReadContract_namesEverythingThatIsWrong(t *testing.T) {
	_, err := readContractOf(" ", []byte(`{"pacticipantVersionNumber": 7, "tags": ["a", 1], "contract": {"content": "%%", "contentType": 1, "selfVerificationResults": {"success": "yes"}}}`), false)
	var invalid *fault.Error
	require.True(t, errors.As(err, &invalid))
	var names []string
	for _, f := range invalid.Fields {
		names = append(names, f.Name)
	}
	require.ElementsMatch(t, []string{"provider", "pacticipantVersionNumber", "tags[1]", "contract.content", "contract.contentType", "contract.selfVerificationResults.success"}, names)

	_, err = readContractOf("Orders", []byte(`[]`), false)
	require.True(t, fault.Is(err, fault.Malformed))
	_, err = readContractOf("Orders", nil, true)
	require.ErrorContains(t, err, "contracts is missing")
	_, err = readContractOf("Orders", bodyWith(t, map[string]any{"content": encodedOrders, "specification": "graphql"}), false)
	require.ErrorContains(t, err, `contract.specification is "graphql", but must be oas or asyncapi`)
}

func TestReadContract_boundsEvidence(t *testing.T) {
	_, err := readContractOf("Orders", bodyWith(t, map[string]any{"content": encodedOrders, "selfVerificationResults": map[string]any{"content": strings.Repeat("- ", 5<<20)}}), false)
	require.ErrorContains(t, err, "contract.selfVerificationResults.content cannot have more than 5 MB")
}

func FuzzReadContract(f *testing.F) {
	f.Add([]byte(`{"pacticipantVersionNumber": "9", "contract": {"content": "`+encodedOrders+`", "selfVerificationResults": {"success": true}}}`), false)
	f.Add([]byte(`{"contracts": [{"name": "a", "content": "e30="}, 7]}`), true)
	f.Fuzz(func(t *testing.T, body []byte, several bool) {
		s, err := readContractOf("Orders", body, several)
		if err == nil {
			require.NotEmpty(t, s.Contracts)
			return
		}
		require.NotEqual(t, fault.Internal, fault.KindOf(err))
	})
}

// Each rule of a request is told with the place of what breaks it.
func TestReadContract_saysWhatIsWrongAndWhere(t *testing.T) {
	const good = `"pacticipantVersionNumber":"9"`
	content := `"content":"` + encodedOrders + `"`
	long := strings.Repeat("x", pacticipants.MaxNameLength+1)
	for name, tt := range map[string]struct {
		body    string
		several bool
		want    string
	}{
		"no version":                 {`{"contract":{` + content + `}}`, false, "pacticipantVersionNumber is missing"},
		"a version of null":          {`{"pacticipantVersionNumber":null,"contract":{` + content + `}}`, false, "pacticipantVersionNumber is missing"},
		"a version that is a number": {`{"pacticipantVersionNumber":9,"contract":{` + content + `}}`, false, "pacticipantVersionNumber must be a string"},
		"a blank version":            {`{"pacticipantVersionNumber":" ","contract":{` + content + `}}`, false, "pacticipantVersionNumber cannot be blank"},
		"a branch that is a list":    {`{` + good + `,"branch":[],"contract":{` + content + `}}`, false, "branch must be a string"},
		"tags that are a text":       {`{` + good + `,"tags":"a","contract":{` + content + `}}`, false, "tags must be an array"},
		"a blank tag":                {`{` + good + `,"tags":["a",""],"contract":{` + content + `}}`, false, "tags[1] cannot be blank"},
		"a tag that is null":         {`{` + good + `,"tags":[null],"contract":{` + content + `}}`, false, "tags[0] must be a string"},
		"a build that is a script":   {`{` + good + `,"buildUrl":"javascript:x","contract":{` + content + `}}`, false, "buildUrl must be an address, such as https://ci.example.org/builds/1, not a script"},
		"no contract":                {`{` + good + `}`, false, "contract is missing"},
		"a contract that is a text":  {`{` + good + `,"contract":"x"}`, false, "contract must be an object"},
		"no content":                 {`{` + good + `,"contract":{}}`, false, "contract.content is missing"},
		"content as it is":           {`{` + good + `,"contract":{"content":{"openapi":"3.0.3"}}}`, false, "contract.content must be a string: the document in base64"},
		"blank content":              {`{` + good + `,"contract":{"content":" \n"}}`, false, "contract.content cannot be blank"},
		"content that is no base64":  {`{` + good + `,"contract":{"content":"openapi: 3.0.3"}}`, false, "contract.content is not base64: send the document encoded"},
		"content of nothing":         {`{` + good + `,"contract":{"content":"===="}}`, false, "contract.content is not base64: send the document encoded"},
		"content that is no document": {`{` + good + `,"contract":{"content":"` + base64.StdEncoding.EncodeToString([]byte("a: 1")) + `"}}`, false,
			"contract.content cannot be read as a document of a provider. The provider contract cannot be compared: it does not say what it is. Known are `swagger: \"2.0\"`, `openapi: 3.x`, `asyncapi: 2.x` and `asyncapi: 3.x`."},
		"another specification":     {`{` + good + `,"contract":{` + content + `,"specification":"asyncapi"}}`, false, `contract.specification is "asyncapi", but the content is "oas"`},
		"an unknown specification":  {`{` + good + `,"contract":{` + content + `,"specification":"raml"}}`, false, `contract.specification is "raml", but must be oas or asyncapi`},
		"a type of two lines":       {`{` + good + `,"contract":{` + content + `,"contentType":"a\nb"}}`, false, "contract.contentType cannot contain multiple lines"},
		"a type that is too long":   {`{` + good + `,"contract":{` + content + `,"contentType":"` + long + `"}}`, false, "contract.contentType cannot be longer than 500 characters"},
		"evidence that is a word":   {`{` + good + `,"contract":{` + content + `,"selfVerificationResults":true}}`, false, "contract.selfVerificationResults must be an object"},
		"success that is a text":    {`{` + good + `,"contract":{` + content + `,"selfVerificationResults":{"success":"true"}}}`, false, "contract.selfVerificationResults.success must be true or false"},
		"a report that is a number": {`{` + good + `,"contract":{` + content + `,"selfVerificationResults":{"content":7}}}`, false, "contract.selfVerificationResults.content must be a string"},
		"a verifier of two lines":   {`{` + good + `,"contract":{` + content + `,"selfVerificationResults":{"verifier":"a\nb"}}}`, false, "contract.selfVerificationResults.verifier cannot contain multiple lines"},
		"a verifier too long":       {`{` + good + `,"contract":{` + content + `,"selfVerificationResults":{"verifierVersion":"` + long + `"}}}`, false, "contract.selfVerificationResults.verifierVersion cannot be longer than 500 characters"},

		"no contracts":           {`{` + good + `}`, true, "contracts is missing"},
		"contracts of an object": {`{` + good + `,"contracts":{}}`, true, "contracts must be an array"},
		"an empty list":          {`{` + good + `,"contracts":[]}`, true, "contracts must have at least one contract"},
		"an empty list, spread":  {`{` + good + `,"contracts":[ ]}`, true, "contracts must have at least one contract"},
		"a text in the list":     {`{` + good + `,"contracts":["x"]}`, true, "contracts[0] must be an object"},
		"one without a name":     {`{` + good + `,"contracts":[{` + content + `}]}`, true, "contracts[0].name is missing"},
		"two of one name":        {`{` + good + `,"contracts":[{"name":"a",` + content + `},{"name":"a",` + content + `}]}`, true, "contracts[1].name is that of another contract in the request"},
		"the third is wrong":     {`{` + good + `,"contracts":[{"name":"a",` + content + `},{"name":"b",` + content + `},{"name":"c"}]}`, true, "contracts[2].content is missing"},
		"too many":               {`{` + good + `,"contracts":[` + manyContracts(providercontracts.MaxAtOnce+1) + `]}`, true, "contracts must have at most 50 contracts"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readContractOf("Orders", []byte(tt.body), tt.several)
			require.Equal(t, []string{tt.want}, faultsOf(t, err))
		})
	}
	_, err := readContractOf("Orders", []byte(`{`+good+`,"contracts":[`+manyContracts(providercontracts.MaxAtOnce)+`]}`), true)
	require.NoError(t, err, "as many as are allowed")
}

func manyContracts(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"name":"c%d","content":"%s"}`, i, encodedOrders))
	}
	return strings.Join(list, ",")
}

func TestReadOldContract_saysWhatIsWrongInItsOwnWords(t *testing.T) {
	content := `"content":"` + encodedOrders + `"`
	for body, want := range map[string][]string{
		`{}`: {"content is missing"},
		`{` + content + `,"contractType":"raml"}`:                 {`contractType is "raml", but must be oas or asyncapi`},
		`{` + content + `,"verificationResults":{"success":"x"}}`: {"verificationResults.success must be true or false"},
	} {
		_, err := readOldContractOf("Orders", "9", []byte(body))
		require.Equal(t, want, faultsOf(t, err), body)
	}
	_, err := readOldContractOf(" ", "..", []byte(`{`+content+`}`))
	require.Equal(t, []string{"provider cannot be blank", "version cannot be a dot or two, which addresses take for folders"}, faultsOf(t, err))
	for _, body := range []string{`[]`, `7`, `"x"`, `{`, `null`} {
		_, err := readOldContractOf("Orders", "9", []byte(body))
		require.True(t, fault.Is(err, fault.Malformed), body)
	}
}

// What is wrong with a request to publish is all told at once, each by its place.
func TestReadContracts(t *testing.T) {
	one := func(name string) string { return fmt.Sprintf(`{"name":%q,"content":%q}`, name, encodedOrders) }
	body := func(contracts string) []byte {
		return []byte(`{"pacticipantVersionNumber":"1","contracts":` + contracts + `}`)
	}
	for name, tt := range map[string]struct {
		body []byte
		want string
	}{
		"missing":              {[]byte(`{"pacticipantVersionNumber":"1"}`), "contracts is missing"},
		"null":                 {body(`null`), "contracts is missing"},
		"no list":              {body(`{}`), "contracts must be an array"},
		"an empty list":        {body(`[]`), "contracts must have at least one contract"},
		"no object":            {body(`[` + one("a") + `,7]`), "contracts[1] must be an object"},
		"no name":              {body(`[{"content":"` + encodedOrders + `"}]`), "contracts[0].name is missing"},
		"a blank name":         {body(`[` + one(" ") + `]`), "contracts[0].name cannot be blank"},
		"a name twice":         {body(`[` + one("a") + `,` + one("b") + `,` + one("a") + `]`), "contracts[2].name is that of another contract in the request"},
		"no content":           {body(`[{"name":"a"}]`), "contracts[0].content is missing"},
		"content that is null": {body(`[{"name":"a","content":null}]`), "contracts[0].content is missing"},
		"content of a number":  {body(`[{"name":"a","content":7}]`), "contracts[0].content must be a string"},
		"blank content":        {body(`[{"name":"a","content":" "}]`), "contracts[0].content cannot be blank"},
		"content in plain":     {body(`[{"name":"a","content":"openapi: 3.0.3"}]`), "contracts[0].content is not base64"},
		"content of no kind":   {body(`[{"name":"a","content":"YTogYg=="}]`), "contracts[0].content cannot be read as a document"},
		"another kind":         {body(`[{"name":"a","content":"` + encodedOrders + `","specification":"asyncapi"}]`), `contracts[0].specification is "asyncapi", but the content is "oas"`},
		"too many":             {body(`[` + strings.TrimSuffix(strings.Repeat(`{},`, providercontracts.MaxAtOnce+1), ",") + `]`), fmt.Sprintf("contracts must have at most %d contracts", providercontracts.MaxAtOnce)},
		"no version":           {[]byte(`{"contracts":[` + one("a") + `]}`), "pacticipantVersionNumber is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readContractOf("Orders", tt.body, true)
			require.ErrorContains(t, err, tt.want)
		})
	}
	s, err := readContractOf("Orders", body(`[`+one("a")+`,`+one("b")+`]`), true)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, []string{s.Contracts[0].Name, s.Contracts[1].Name})
}

func TestReadOldContract(t *testing.T) {
	s, err := readOldContractOf("Orders", "1", []byte(`{"content":"`+encodedOrders+`","contractType":"oas","contentType":"application/yaml","verificationResults":{"success":true,"verifier":"own"}}`))
	require.NoError(t, err)
	require.Equal(t, "Orders 1", s.Provider+" "+s.Version)
	require.Equal(t, providercontracts.DefaultName, s.Contracts[0].Name)
	require.True(t, *s.Contracts[0].Evidence.Success)
	for name, tt := range map[string]struct{ provider, version, body, want string }{
		"no content":   {"Orders", "1", `{}`, "content is missing"},
		"no body":      {"Orders", "1", ``, "content is missing"},
		"another kind": {"Orders", "1", `{"content":"` + encodedOrders + `","contractType":"graphql"}`, `contractType is "graphql"`},
		"no evidence":  {"Orders", "1", `{"content":"` + encodedOrders + `","verificationResults":[]}`, "verificationResults must be an object"},
		"no version":   {"Orders", " ", `{"content":"` + encodedOrders + `"}`, "version cannot be blank"},
		"no provider":  {"", "1", `{"content":"` + encodedOrders + `"}`, "provider cannot be blank"},
	} {
		_, err := readOldContractOf(tt.provider, tt.version, []byte(tt.body))
		require.ErrorContains(t, err, tt.want, name)
	}
}

func TestDecodeLoosely_readsBase64AsPeopleSendIt(t *testing.T) {
	for text, want := range map[string]string{
		"YWJj": "abc", "YWI=": "ab", "YWI": "ab", "YQ==": "a", "YQ": "a", "YW\nJj": "abc", " YWJj \r\n": "abc", "YWJ\tj": "abc",
		"": "", "=": "", "Y": "", "%%": "", "YW-_": "", "a b c d e": "",
	} {
		content, ok := decodeLoosely([]byte(text))
		require.Equal(t, want != "", ok, "%q", text)
		if ok {
			require.Equal(t, want, string(content), "%q", text)
		}
	}
}

func TestDecodedReport_keepsPlainTextAsItIs(t *testing.T) {
	for text, want := range map[string]string{
		"YWxsIGdvb2Q=": "all good", "YWxsIGdvb2Q": "all good", "all good": "all good", "{\"ok\":true}": "{\"ok\":true}", "<testsuite/>": "<testsuite/>",
		"1 test": "1 test", "äöü": "äöü", "ok.": "ok.",
	} {
		require.Equal(t, want, string(decodedReport([]byte(text))), text)
	}
}
