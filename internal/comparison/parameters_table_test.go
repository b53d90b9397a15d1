package comparison_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

// parameterCase is the declaration of a parameter "p", without its name, and what
// is sent for it: as much as stands in the query, or the value of a header or of a
// part of the path.
type parameterCase struct {
	name, declared string
	fit, broken    []string
}

// checkParameters sends each value, and wants no finding, or errors of the code.
func checkParameters(t *testing.T, document func(declared string) string, pact func(sent string) string, code string, cases []parameterCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d, err := comparison.ReadDocument([]byte(document(c.declared)))
			require.NoError(t, err)
			for _, sent := range c.fit {
				require.Empty(t, findingsFor(t, d, pact(sent)), "%s fits", sent)
			}
			for _, sent := range c.broken {
				require.Equal(t, []string{"error " + code}, kindsAndCodes(findingsFor(t, d, pact(sent))), "%s breaks it", sent)
			}
		})
	}
}

func quoted(text string) string {
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

func withQueryParameter(declared string) string {
	return fmt.Sprintf(`{"openapi":"3.0.3","info":{},"paths":{"/things":{"get":{"parameters":[{"name":"p","in":"query",%s}],"responses":{"200":{"description":"ok"}}}}}}`, declared)
}

func asking(query string) string {
	return fmt.Sprintf(`{"interactions":[{"description":"d","request":{"method":"GET","path":"/things","query":%s},"response":{"status":200}}]}`, query)
}

func askingText(query string) string { return asking(quoted(query)) }

var queryCases = []parameterCase{
	{"a text is any text", `"schema":{"type":"string"}`, []string{"p=a", "p=1", "p=", "p", "p=a,b", "p=a%26b", "p=true"}, nil},
	{"a whole number", `"schema":{"type":"integer"}`, []string{"p=1", "p=-1", "p=1e3", "p=1.0", "p=+7", ""}, []string{"p=a", "p=1.5", "p=", "p=1,2", "p=1&p=2"}},
	{"a number", `"schema":{"type":"number"}`, []string{"p=1.5", "p=.5", "p=1.", "p=0x10", "p=1e-3"}, []string{"p=a", "p=", "p=1,5", "p=true"}},
	{"true or false", `"schema":{"type":"boolean"}`, []string{"p=true", "p=false"}, []string{"p=1", "p=TRUE", "p=", "p=yes"}},
	{"what is nullable may be empty", `"schema":{"type":"integer","nullable":true}`, []string{"p=", "p=1"}, []string{"p=null", "p=a"}},
	{"what may be empty", `"allowEmptyValue":true,"schema":{"type":"boolean"}`, []string{"p=", "p", "p=true"}, []string{"p=1", "p=&p="}},
	{"what is required must be there", `"required":true,"schema":{"type":"string"}`, []string{"p=", "p=a"}, []string{""}},
	{"what is required must be there whatever its schema", `"required":true,"schema":{}`, []string{"p=", "p=a"}, []string{""}},
	{"what is required must be there without a schema", `"required":true`, []string{"p=a"}, []string{""}},
	{"bounds hold after reading", `"schema":{"type":"integer","minimum":10,"maximum":20}`, []string{"p=10", "p=20"}, []string{"p=9", "p=21"}},
	{"enum of texts", `"schema":{"type":"string","enum":["a","b c"]}`, []string{"p=a", "p=b+c", "p=b%20c"}, []string{"p=c", "p=A", "p=a,a"}},
	{"enum of numbers", `"schema":{"type":"integer","enum":[1,2]}`, []string{"p=1", "p=2"}, []string{"p=3"}},
	{"enum without a type", `"schema":{"enum":[1,true,"x"]}`, []string{"p=1", "p=true", "p=x"}, []string{"p=2", "p=y"}},
	{"a pattern", `"schema":{"type":"string","pattern":"^[a-z]+, [a-z]+$"}`, []string{"p=a,+b", "p=a,%20b"}, []string{"p=a,b"}},
	{"a format", `"schema":{"type":"string","format":"date"}`, []string{"p=2024-01-01"}, []string{"p=2024-13-01", "p=2024-01-01,2024-01-02"}},
	{"lengths", `"schema":{"type":"string","minLength":2}`, []string{"p=ab"}, []string{"p=a", "p="}},
	{"alternatives of types", `"schema":{"oneOf":[{"type":"integer"},{"type":"string","pattern":"^x"}]}`, []string{"p=1", "p=xa"}, []string{"p=a"}},
	{"any of several types", `"schema":{"anyOf":[{"type":"boolean"},{"type":"integer"}]}`, []string{"p=true", "p=1"}, []string{"p=a"}},
	{"a schema that refers to nothing says nothing", `"schema":{"$ref":"#/components/schemas/None"}`, []string{"p=a"}, nil},
	{"content that is JSON", `"content":{"application/json":{"schema":{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}}}}`, []string{`p={"a":1}`, "p=%7B%22a%22%3A1%7D"}, []string{`p={"a":"x"}`, "p={}", "p=a", "p=1"}},

	{"a list by commas", `"schema":{"type":"array","items":{"type":"integer"}}`, []string{"p=1,2,3", "p=1", "p=1%2C2"}, []string{"p=1,a", "p=a", "p=1,,2"}},
	{"a list by repetition", `"schema":{"type":"array","items":{"type":"integer"}}`, []string{"p=1&p=2", "p=1&p=2,3"}, []string{"p=1&p=a"}},
	{"a list with brackets", `"schema":{"type":"array","items":{"type":"integer"}}`, []string{"p[]=1&p[]=2", "p[]=1"}, []string{"p[]=a"}},
	{"a list by places", `"schema":{"type":"array","items":{"type":"integer"}}`, []string{"p[0]=1&p[1]=2", "p[1]=1&p[0]=2"}, []string{"p[0]=a"}},
	{"a list that may not explode", `"explode":false,"schema":{"type":"array","items":{"type":"integer"}}`, []string{"p=1,2"}, []string{"p=1,a"}},
	{"a list of texts", `"schema":{"type":"array","items":{"type":"string","enum":["a","b"]}}`, []string{"p=a,b", "p=b"}, []string{"p=a,c", "p=a+b"}},
	{"a list of any", `"schema":{"type":"array"}`, []string{"p=a,1", "p="}, nil},
	{"lengths of lists", `"schema":{"type":"array","minItems":2,"maxItems":3,"items":{"type":"integer"}}`, []string{"p=1,2", "p=1&p=2&p=3"}, []string{"p=1", "p=1,2,3,4"}},
	{"items that must differ", `"schema":{"type":"array","uniqueItems":true,"items":{"type":"string"}}`, []string{"p=a,b"}, []string{"p=a,a"}},
	{"a list by pipes", `"style":"pipeDelimited","explode":false,"schema":{"type":"array","items":{"type":"integer"}}`, []string{"p=1|2", "p=1%7C2", "p=1"}, []string{"p=1|a"}},
	{"a list by spaces", `"style":"spaceDelimited","explode":false,"schema":{"type":"array","items":{"type":"integer"}}`, []string{"p=1%202", "p=1+2"}, []string{"p=1%20a"}},
	{"a list or one", `"schema":{"oneOf":[{"type":"array","items":{"type":"integer"}},{"type":"integer"}]}`, []string{"p=1", "p=1,2"}, []string{"p=a"}},

	{"an object by brackets", `"style":"deepObject","explode":true,"schema":{"type":"object","required":["min"],"properties":{"min":{"type":"integer"},"max":{"type":"integer"}},"additionalProperties":false}`, []string{"p[min]=1&p[max]=2", "p[min]=1"}, []string{"p[min]=a", "p[max]=2", "p[min]=1&p[mid]=2"}},
	{"an object by dots", `"style":"deepObject","schema":{"type":"object","properties":{"min":{"type":"integer"}}}`, []string{"p.min=1"}, []string{"p.min=a"}},
	{"an object within an object", `"style":"deepObject","schema":{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"boolean"}}}}}`, []string{"p[a][b]=true"}, []string{"p[a][b]=1"}},
	{"a list within an object", `"style":"deepObject","schema":{"type":"object","properties":{"a":{"type":"array","items":{"type":"integer"}}}}`, []string{"p[a][]=1&p[a][]=2", "p[a]=1,2", "p[a]=1&p[a]=2", "p[a][]=1"}, []string{"p[a][]=x"}},
	{"an object as parameters of their own", `"style":"form","explode":true,"schema":{"type":"object","required":["w"],"properties":{"w":{"type":"integer"},"h":{"type":"integer"}}}`, []string{"w=1&h=2", "w=1"}, []string{"w=a", "h=2"}},
	{"an object in one value", `"style":"form","explode":false,"schema":{"type":"object","properties":{"w":{"type":"integer"},"h":{"type":"integer"}}}`, []string{"p=w,1,h,2"}, []string{"p=w,a", "p=w,1,h,b"}},
}

func TestQuery_ofDeclaredParameters(t *testing.T) {
	checkParameters(t, withQueryParameter, askingText, "request.query.incompatible", queryCases)
}

// A query may be a text, which is encoded, or a map, which is not.
func TestQuery_readsAllFormsOfPacts(t *testing.T) {
	declared := `"required":true,"schema":{"type":"string","enum":["a b&c","d,e"]}`
	list := `"required":true,"schema":{"type":"array","items":{"type":"string","enum":["a b","c%20d"]}}`
	checkParameters(t, withQueryParameter, asking, "request.query.incompatible", []parameterCase{
		{"text", declared, []string{`"p=a+b%26c"`, `"p=a%20b%26c"`, `"p=d,e"`, `"?p=d,e"`}, []string{`""`, `null`, `"p=x"`}},
		{"a map of texts", declared, []string{`{"p":"a b&c"}`, `{"p":"d,e"}`}, []string{`{}`, `{"p":"a%20b&c"}`, `{"p":"a+b&c"}`}},
		{"a map of lists", declared, []string{`{"p":["a b&c"]}`, `{"p":["d,e"]}`}, []string{`{"p":["x"]}`, `{"p":["a b&c","d,e"]}`}},
		{"a map of lists for a list", list, []string{`{"p":["a b","c%20d"]}`, `{"p":["a b"]}`, `{"p":"a b,c%20d"}`}, []string{`{"p":["a b","x"]}`, `{"p":["a+b"]}`}},
		{"line breaks do not count", declared, []string{`{"p":["a \r\nb&c"]}`}, nil},
	})
}

func withPathParameter(declared string) string {
	return fmt.Sprintf(`{"openapi":"3.0.3","info":{},"paths":{"/things/{p}":{"get":{"parameters":[{"name":"p","in":"path","required":true,%s}],"responses":{"200":{"description":"ok"}}}}}}`, declared)
}

func calling(part string) string {
	return fmt.Sprintf(`{"interactions":[{"description":"d","request":{"method":"GET","path":%s},"response":{"status":200}}]}`, quoted("/things/"+part))
}

func TestPath_ofDeclaredParameters(t *testing.T) {
	checkParameters(t, withPathParameter, calling, "request.path-or-method.unknown", []parameterCase{
		{"a text is any text", `"schema":{"type":"string"}`, []string{"a", "1", "a,b", "a=b", "a%2Fb", "%41", "ü"}, []string{"", "a/b", "%", "%zz"}},
		{"a whole number", `"schema":{"type":"integer"}`, []string{"1", "-1", "007", "1e2"}, []string{"a", "1.5", "true"}},
		{"a number", `"schema":{"type":"number"}`, []string{"1.5", "1"}, []string{"a"}},
		{"true or false", `"schema":{"type":"boolean"}`, []string{"true", "false"}, []string{"True", "1"}},
		{"bounds", `"schema":{"type":"integer","minimum":1}`, []string{"1"}, []string{"0"}},
		{"a format", `"schema":{"type":"string","format":"uuid"}`, []string{"123e4567-e89b-12d3-a456-426614174000"}, []string{"123"}},
		{"a pattern holds the decoded value", `"schema":{"type":"string","pattern":"^a b$"}`, []string{"a%20b"}, []string{"a+b"}},
		{"an enum", `"schema":{"type":"string","enum":["a","b"]}`, []string{"a"}, []string{"c", "A"}},
		{"a list", `"schema":{"type":"array","items":{"type":"integer"}}`, []string{"1", "1,2"}, []string{"1,a"}},
		{"a list with a label", `"style":"label","explode":true,"schema":{"type":"array","items":{"type":"integer"}}`, []string{".1.2", ".1"}, []string{".1.a"}},
		{"a list in a matrix", `"style":"matrix","explode":true,"schema":{"type":"array","items":{"type":"integer"}}`, []string{";p=1;p=2", ";p=1"}, []string{";p=1;p=a"}},
		{"a list in a matrix of one", `"style":"matrix","schema":{"type":"array","items":{"type":"integer"}}`, []string{";p=1,2"}, []string{";p=1,a"}},
		{"an object", `"schema":{"type":"object","required":["a"],"properties":{"a":{"type":"integer"},"b":{"type":"integer"}}}`, []string{"a=1,b=2", "a,1,b,2"}, []string{"a=x", "b=2", "x"}},
		{"without a schema", `"description":"any"`, []string{"a", "1"}, nil},
	})
}

func TestPath_acceptsValuesUpToABound(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(withPathParameter(`"schema":{"type":"string"}`)))
	require.NoError(t, err)
	letters := make([]byte, 2049)
	for i := range letters {
		letters[i] = 'a'
	}
	require.Empty(t, findingsFor(t, d, calling(string(letters[:2048]))))
	require.Equal(t, []string{"error request.path-or-method.unknown"}, kindsAndCodes(findingsFor(t, d, calling(string(letters)))))
}

func withHeaderParameter(declared string) string {
	return fmt.Sprintf(`{"openapi":"3.0.3","info":{},"paths":{"/things":{"get":{"parameters":[{"name":"X-P","in":"header",%s}],"responses":{"200":{"description":"ok"}}}}}}`, declared)
}

func sendingHeader(value string) string {
	return fmt.Sprintf(`{"interactions":[{"description":"d","request":{"method":"GET","path":"/things","headers":{"x-p":%s}},"response":{"status":200}}]}`, value)
}

var headerCases = []parameterCase{
	{"a text is any text", `"schema":{"type":"string"}`, []string{`"a"`, `"1"`, `""`, `"a,b"`, `["a","b"]`}, nil},
	{"a text keeps its spaces", `"schema":{"type":"string","pattern":"^[A-Z][a-z]{2}, \\d{2} [A-Z][a-z]{2} \\d{4}$"}`, []string{`"Wed, 21 Oct 2015"`}, []string{`"Wed,21 Oct 2015"`}},
	{"a text of a list", `"schema":{"type":"string","enum":["a, b"]}`, []string{`"a, b"`}, []string{`"a,b"`}},
	{"a whole number", `"schema":{"type":"integer"}`, []string{`"1"`, `["1"]`}, []string{`"a"`, `"1,2"`, `["1","2"]`, `""`}},
	{"true or false", `"schema":{"type":"boolean"}`, []string{`"true"`}, []string{`"yes"`}},
	{"a format", `"schema":{"type":"string","format":"uuid"}`, []string{`"123e4567-e89b-12d3-a456-426614174000"`}, []string{`"x"`}},
	{"a list", `"schema":{"type":"array","items":{"type":"integer"}}`, []string{`"1,2"`, `"1, 2"`, `["1","2"]`, `"1"`}, []string{`"1,a"`, `["1","a"]`}},
	{"an object", `"explode":true,"schema":{"type":"object","properties":{"a":{"type":"integer"}}}`, []string{`"a=1"`, `"a=1,b=2"`}, []string{`"a=x"`}},
	{"a list or a text", `"schema":{"anyOf":[{"type":"string","maxLength":3},{"type":"array","items":{"type":"integer"}}]}`, []string{`"abc"`, `"1,2,3"`}, []string{`"abcd"`}},
	{"content that is JSON", `"content":{"application/json":{"schema":{"type":"object","required":["a"]}}}`, []string{`"{\"a\":1}"`, `"{\"a\":1,\"b\":2}"`}, []string{`"{}"`, `"a"`}},
}

func TestRequestHeaders_ofDeclaredParameters(t *testing.T) {
	checkParameters(t, withHeaderParameter, sendingHeader, "request.header.incompatible", headerCases)
}

func withResponseHeader(declared string) string {
	return fmt.Sprintf(`{"openapi":"3.0.3","info":{},"paths":{"/things":{"get":{"responses":{"200":{"description":"ok","headers":{"X-P":{%s}}}}}}}}`, declared)
}

func expectingHeader(value string) string {
	return fmt.Sprintf(`{"interactions":[{"description":"d","request":{"method":"GET","path":"/things"},"response":{"status":200,"headers":{"x-p":%s}}}]}`, value)
}

func TestResponseHeaders_ofTheDocument(t *testing.T) {
	checkParameters(t, withResponseHeader, expectingHeader, "response.header.incompatible", headerCases)
	checkParameters(t, withResponseHeader, expectingHeader, "response.header.incompatible", []parameterCase{
		{"a required one is required of the provider", `"required":true,"schema":{"type":"integer"}`, []string{`"1"`}, []string{`"a"`}},
	})
	d, err := comparison.ReadDocument([]byte(withResponseHeader(`"required":true,"schema":{"type":"integer"}`)))
	require.NoError(t, err)
	require.Empty(t, findingsFor(t, d, `{"interactions":[{"description":"d","request":{"method":"GET","path":"/things"},"response":{"status":200}}]}`))
}

func TestRequestHeaders_ofSwagger2(t *testing.T) {
	document := func(declared string) string {
		return fmt.Sprintf(`{"swagger":"2.0","info":{},"paths":{"/things":{"get":{"parameters":[{"name":"X-P","in":"header",%s}],"responses":{"200":{"description":"ok"}}}}}}`, declared)
	}
	checkParameters(t, document, sendingHeader, "request.header.incompatible", []parameterCase{
		{"by pipes", `"type":"array","items":{"type":"integer"},"collectionFormat":"pipes"`, []string{`"1|2"`, `"1"`}, []string{`"1,2"`, `"1|a"`}},
		{"by commas unless said otherwise", `"type":"array","items":{"type":"integer"}`, []string{`"1, 2"`, `"1,2"`}, []string{`"1|2"`}},
	})
}

// Swagger 2.0 writes the schema at the parameter itself.
func TestQuery_ofSwagger2(t *testing.T) {
	document := func(declared string) string {
		return fmt.Sprintf(`{"swagger":"2.0","info":{},"paths":{"/things":{"get":{"parameters":[{"name":"p","in":"query",%s}],"responses":{"200":{"description":"ok"}}}}}}`, declared)
	}
	checkParameters(t, document, askingText, "request.query.incompatible", []parameterCase{
		{"a whole number", `"type":"integer"`, []string{"p=1", ""}, []string{"p=a"}},
		{"required", `"type":"integer","required":true`, []string{"p=1"}, []string{""}},
		{"an enum", `"type":"string","enum":["a"]`, []string{"p=a"}, []string{"p=b"}},
		{"by commas unless said otherwise", `"type":"array","items":{"type":"integer"}`, []string{"p=1,2"}, []string{"p=1,a", "p=1|2"}},
		{"by commas", `"type":"array","items":{"type":"integer"},"collectionFormat":"csv"`, []string{"p=1,2"}, []string{"p=1|2"}},
		{"by spaces", `"type":"array","items":{"type":"integer"},"collectionFormat":"ssv"`, []string{"p=1+2", "p=1%202"}, []string{"p=1,2"}},
		{"by tabs", `"type":"array","items":{"type":"integer"},"collectionFormat":"tsv"`, []string{"p=1%092"}, []string{"p=1+2"}},
		{"by pipes", `"type":"array","items":{"type":"integer"},"collectionFormat":"pipes"`, []string{"p=1|2", "p=1"}, []string{"p=1,2", "p=1|a"}},
		{"by repetition", `"type":"array","items":{"type":"integer"},"collectionFormat":"multi"`, []string{"p=1&p=2", "p=1"}, []string{"p=1&p=a"}},
		{"lists in a list, each by its separator", `"type":"array","items":{"type":"array","items":{"type":"integer"},"collectionFormat":"pipes"}`, []string{"p=1|2,3|4"}, []string{"p=1|a,3"}},
		{"what may be null", `"type":"integer","x-nullable":true`, []string{"p=", "p=1"}, []string{"p=a"}},
		{"exclusive bounds", `"type":"integer","minimum":1,"exclusiveMinimum":true`, []string{"p=2"}, []string{"p=1"}},
	})
}
