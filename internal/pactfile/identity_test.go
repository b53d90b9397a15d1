package pactfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const interactionA = `{"description":"a","request":{"method":"get","path":"/x"},"response":{"status":200}}`

func interactionNamed(name string) string {
	return strings.Replace(interactionA, `"a"`, `"`+name+`"`, 1)
}

func v2(interactions ...string) string {
	return `{"interactions":[` + strings.Join(interactions, ",") + `],"metadata":{"pactSpecification":{"version":"2.0.0"}}}`
}

func read(t testing.TB, body string) Body {
	t.Helper()
	content, err := ReadBody([]byte(body))
	require.NoError(t, err)
	return content
}

func TestIdentityEqualsThatOfThePactBroker(t *testing.T) {
	a, b := interactionA, interactionNamed("b")
	require.Equal(t, "074af5a3024c23058871aa051cc382771753ce7d", Identity(read(t, v2(a)), ByDemands))
	require.Equal(t, "6a00541bfa24fd59884de557be71f3a5a1344613", Identity(read(t, `{"foo": 1}`), ByDemands))
	require.Equal(t, RawIdentity([]byte(`{"interactions":[`+a+`,`+b+`],"pact_specification_version":"2.0.0"}`)), Identity(read(t, v2(b, a)), ByDemands))
}

func TestWhatCountsForIdentity(t *testing.T) {
	a, b := interactionA, interactionNamed("b")
	base := v2(a, b)
	for name, test := range map[string]struct {
		other string
		same  bool
	}{
		"order of interactions":         {v2(b, a), true},
		"order of members":              {strings.ReplaceAll(base, `"method":"get","path":"/x"`, `"path":"/x","method":"get"`), true},
		"white space":                   {strings.ReplaceAll(base, ",", " ,\n"), true},
		"spelling of strings":           {strings.ReplaceAll(base, `"/x"`, `"\/\u0078"`), true},
		"consumer":                      {strings.Replace(base, "{", `{"consumer":{"name":"Otter"},`, 1), true},
		"other metadata":                {strings.Replace(base, `"metadata":{`, `"metadata":{"client":"x",`, 1), true},
		"other place for the version":   {strings.Replace(base, "pactSpecification", "pact-specification", 1), true},
		"old place for the version":     {strings.Replace(base, `"pactSpecification":{"version":"2.0.0"}`, `"pactSpecificationVersion":"2.0.0"`, 1), true},
		"version of the specification":  {strings.Replace(base, "2.0.0", "3.0.0", 1), false},
		"no version":                    {strings.Replace(base, `"version":"2.0.0"`, "", 1), false},
		"a description":                 {v2(a, interactionNamed("c")), false},
		"one interaction twice":         {v2(a, b, b), false},
		"an _id":                        {v2(a, strings.Replace(b, "{", `{"_id":"x",`, 1)), false},
		"a provider state":              {v2(a, strings.Replace(b, "{", `{"providerState":"x",`, 1)), false},
		"a comment within":              {v2(a, strings.Replace(b, "{", `{"comments":{"text":["x"]},`, 1)), false},
		"a number's fraction":           {strings.Replace(base, "200", "200.0", 1), false},
		"an empty list of messages too": {strings.Replace(base, "{", `{"messages":[],`, 1), false},
	} {
		t.Run(name, func(t *testing.T) {
			require.NotEqual(t, base, test.other, "the case changes nothing")
			require.Equal(t, test.same, Identity(read(t, base), ByDemands) == Identity(read(t, test.other), ByDemands))
		})
	}
}

func TestOrderOfMessagesCountsBesideInteractions(t *testing.T) {
	m, n := `{"description":"m"}`, `{"description":"n"}`
	same := func(a, b string) bool { return Identity(read(t, a), ByDemands) == Identity(read(t, b), ByDemands) }
	require.True(t, same(`{"messages":[`+m+`,`+n+`]}`, `{"messages":[`+n+`,`+m+`]}`))
	require.True(t, same(`{"interactions":null,"messages":[`+m+`,`+n+`]}`, `{"messages":[`+n+`,`+m+`]}`))
	require.False(t, same(`{"interactions":[],"messages":[`+m+`,`+n+`]}`, `{"interactions":[],"messages":[`+n+`,`+m+`]}`))
}

func TestIdentityByText(t *testing.T) {
	body := `{"interactions": [], "price": 1.50}`
	require.Equal(t, RawIdentity([]byte(`{"interactions":[],"price":1.5}`)), Identity(read(t, body), ByText))
	require.NotEqual(t, Identity(read(t, `{"price":1.50,"interactions":[]}`), ByText), Identity(read(t, body), ByText))
}

func TestContentWithoutDemandsIsItsText(t *testing.T) {
	require.NotEqual(t, Identity(read(t, `{"a":1,"b":2}`), ByDemands), Identity(read(t, `{"b":2,"a":1}`), ByDemands))
	require.Equal(t, RawIdentity([]byte(`{"interactions":{"b":1,"a":2}}`)), Identity(read(t, `{"interactions":{"b":1,"a":2}}`), ByDemands))
}

func TestCanonicalText(t *testing.T) {
	for source, want := range map[string]string{
		`{"b":1,"a":{"d":[{"z":1,"y":2}],"c":2}}`:                  `{"a":{"c":2,"d":[{"y":2,"z":1}]},"b":1}`,
		`{"":1,"B":2,"a":3,"\u0041":4}`:                            `{"":1,"A":4,"B":2,"a":3}`,
		`{"a!":1,"a\"":2,"a#":3}`:                                  `{"a!":1,"a\"":2,"a#":3}`,
		"{\"\U0001F9A6\":1,\"\uFF21\":2}":                          "{\"\uFF21\":2,\"\U0001F9A6\":1}",
		`{"b":[],"a":{}}`:                                          `{"a":{},"b":[]}`,
		`["\/\u00fc\u001f\u000b\b\t\n\f\r\"\\\u2028\u007f<>&"]`:    "[\"/ü\\u001f\\u000b\\b\\t\\n\\f\\r\\\"\\\\\u2028\u007f<>&\"]",
		`[1.0,1.50,0.1,-0.0,100.25,1e2,1E2,123456789.125]`:         `[1.0,1.5,0.1,-0.0,100.25,100.0,100.0,123456789.125]`,
		`[0.0001,0.00001,1e-7,1.25e-7,1e15,1e16,1e20,1.5e300]`:     `[0.0001,1.0e-05,1.0e-07,1.25e-07,1000000000000000.0,1.0e+16,1.0e+20,1.5e+300]`,
		`[-0,12345678901234567890,-7,1e400,0e5,true,false,null]`:   `[0,12345678901234567890,-7,1e400,0.0,true,false,null]`,
		`[9007199254740993.0,0.30000000000000004,1e-100,-1.5e-9]`:  `[9007199254740992.0,0.30000000000000004,1.0e-100,-1.5e-09]`,
		`{"c":{"y":1,"x":{"n":1,"m":2}},"b":{"q":1,"p":2},"a":[]}`: `{"a":[],"b":{"p":2,"q":1},"c":{"x":{"m":2,"n":1},"y":1}}`,
	} {
		require.Equal(t, want, string(canonicalText(read2(t, source))), source)
	}
}

func read2(t *testing.T, body string) Body {
	t.Helper()
	content, err := ReadJSON([]byte(body))
	require.NoError(t, err)
	return content
}

func TestInteractionIDs(t *testing.T) {
	const id = "8ebb64b7eb285d24da8636312e63d1ee6c1c8ce5"
	withID := strings.Replace(interactionA, "{", `{"_id":"`+id+`",`, 1)
	for name, test := range map[string]struct{ content, want string }{
		"first member":          {`{"interactions":[` + interactionA + `]}`, `{"interactions":[` + withID + `]}`},
		"messages too":          {`{"x":1,"messages":[` + interactionA + `]}`, `{"x":1,"messages":[` + withID + `]}`},
		"one that was sent":     {`{"interactions":[{"description":"a","_id":"mine"}]}`, `{"interactions":[{"description":"a","_id":"mine"}]}`},
		"what is no object":     {`{"interactions":["a",1,[]]}`, `{"interactions":["a",1,[]]}`},
		"what is no list":       {`{"interactions":{"a":{}}}`, `{"interactions":{"a":{}}}`},
		"an empty interaction":  {`{"interactions":[{}]}`, `{"interactions":[{"_id":"` + RawIdentity([]byte("{}")) + `"}]}`},
		"other lists stay":      {`{"things":[{}]}`, `{"things":[{}]}`},
		"an empty content":      {`{}`, `{}`},
		"spelled in other ways": {`{"\u0069nteractions":[` + interactionA + `]}`, `{"\u0069nteractions":[` + withID + `]}`},
	} {
		t.Run(name, func(t *testing.T) {
			with := WithInteractionIDs(read(t, test.content))
			require.Equal(t, test.want, string(with))
			require.Equal(t, test.content, string(WithoutInteractionIDs(with)))
		})
	}
	shuffled := `{"response":{"status":200},"description":"a","request":{"path":"/x","method":"get"}}`
	require.Equal(t, id, InteractionID(Body(shuffled)))
}

// bigContent is a contract of about the given size with distinct interactions.
func bigContent(t testing.TB, size int) Body {
	var text strings.Builder
	text.WriteString(`{"consumer":{"name":"Otter"},"provider":{"name":"River"},"interactions":[`)
	for n := 0; text.Len() < size; n++ {
		if n > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, `{"description":"request %d","providerState":"fish %d are there","request":{"method":"GET","path":"/fish/%d","headers":{"Accept":"application/json","X-Trace":"\"%d\""}},`+
			`"response":{"status":200,"headers":{"Content-Type":"application/json"},"body":{"id":%d,"weight":%d.5,"name":"Äsche %d","kind":"grayling","tags":["a","b","c"],`+
			`"where":{"river":"Isar","km":12.75,"seen":[{"by":"otter","at":"2026-01-01"},{"by":"heron","at":"2026-02-01"}]}},"matchingRules":{"$.body.id":{"match":"type"}}}}`, n, n%7, n, n, n, n, n)
	}
	text.WriteString(`],"metadata":{"pactSpecification":{"version":"2.0.0"}}}`)
	return read(t, text.String())
}

func BenchmarkContent(b *testing.B) {
	content := bigContent(b, 5<<20)
	for name, work := range map[string]func(){
		"read":     func() { _, _ = ReadBody(content) },
		"identity": func() { Identity(content, ByDemands) },
		"ids":      func() { WithInteractionIDs(content) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			b.ReportAllocs()
			for b.Loop() {
				work()
			}
		})
	}
}
