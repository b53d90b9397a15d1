package comparison_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

func noticesOf(t *testing.T, document string) []string {
	t.Helper()
	d, err := comparison.ReadDocument([]byte(document))
	require.NoError(t, err)
	return d.Notices()
}

// Two templates are the same when requests cannot tell them apart: whatever their
// parameters are called, and only if they stand in the same places.
func TestNotices_nameTemplatesThatFitTheSame(t *testing.T) {
	for name, tt := range map[string]struct {
		head  string
		paths []string
		want  []string
	}{
		"names of parameters":          {plain, []string{"/a/{x}", "/a/{y}"}, []string{"GET /a/{x} and /a/{y} fit the same requests; pacts that use them cannot be compared."}},
		"three of them":                {plain, []string{"/{x}", "/{y}", "/{z}"}, []string{"GET /{x} and /{y} fit the same requests; pacts that use them cannot be compared.", "GET /{x} and /{z} fit the same requests; pacts that use them cannot be compared."}},
		"a literal tells them apart":   {plain, []string{"/a/{x}", "/b/{x}", "/{x}/a"}, nil},
		"a slash tells them apart":     {plain, []string{"/a/b/{x}", "/ab/{x}", "/a/{x}b"}, nil},
		"within segments":              {plain, []string{"/a-{x}", "/a-{y}", "/{x}-a"}, []string{"GET /a-{x} and /a-{y} fit the same requests; pacts that use them cannot be compared."}},
		"letters tell them apart":      {plain, []string{"/Orders", "/orders"}, nil},
		"unless letters do not count":  {`"openapi":"3.0.3","info":{"x-opc-config-case-insensitive":true}`, []string{"/Orders", "/orders"}, []string{"GET /Orders and /orders fit the same requests; pacts that use them cannot be compared."}},
		"a slash at the end":           {plain, []string{"/a", "/a/"}, nil},
		"that does not count":          {`"openapi":"3.0.3","info":{"x-opc-config-ignore-trailing-slash":true}`, []string{"/a", "/a/"}, []string{"GET /a and /a/ fit the same requests; pacts that use them cannot be compared."}},
		"by the number of segments":    {plain, []string{"/a/b/{x}", "/a/b/{y}", "/{x}", "/{y}"}, []string{"GET /{x} and /{y} fit the same requests; pacts that use them cannot be compared.", "GET /a/b/{x} and /a/b/{y} fit the same requests; pacts that use them cannot be compared."}},
		"those that span come first":   {plain, []string{"/{x}", "/{y}", "/f/{x*}", "/f/{y*}"}, []string{"GET /f/{x*} and /f/{y*} fit the same requests; pacts that use them cannot be compared.", "GET /{x} and /{y} fit the same requests; pacts that use them cannot be compared."}},
		"a parameter alone in its dot": {plain, []string{"/a{.x}", "/a.{y}"}, []string{"GET /a.{y} and /a{.x} fit the same requests; pacts that use them cannot be compared."}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tt.want, noticesOf(t, routed(tt.head, tt.paths...))) })
	}
	t.Run("each method for itself", func(t *testing.T) {
		require.Empty(t, noticesOf(t, `{"openapi":"3.0.3","info":{},"paths":{"/{x}":{"get":{"responses":{}}},"/{y}":{"post":{"responses":{}}}}}`))
	})
}

// A template that the notices do not name as a twin is none when pacts are compared.
func TestNotices_ofTwinsAgreeWithComparisons(t *testing.T) {
	for _, head := range []string{plain, `"openapi":"3.0.3","info":{"x-opc-config-case-insensitive":true}`} {
		document := routed(head, "/Orders/new", "/orders/NEW")
		_, err := compare(document, `{"interactions":[{"request":{"path":"/orders/NEW"},"response":{"status":201}}]}`)
		require.Equal(t, err != nil, len(noticesOf(t, document)) > 0, "%v", err)
	}
}

// What a property is called does not matter: a reference counts wherever a schema is.
func TestNotices_nameBrokenReferencesInPropertiesOfAnyName(t *testing.T) {
	for _, property := range []string{"default", "example", "examples", "enum", "const", "id"} {
		schemas := fmt.Sprintf(`"A":{"type":"object","properties":{%q:{"$ref":"#/none"}}}`, property)
		require.Equal(t, []string{fmt.Sprintf("The reference at [root].components.schemas.A.properties.%s (#/none) leads to nothing, so nobody can tell what is meant.", property)},
			noticesOf(t, withSchema(`{}`, schemas)), property)
	}
	for _, keyword := range []string{"default", "example", "const"} {
		schemas := fmt.Sprintf(`"A":{"type":"object",%q:{"$ref":"#/none"}}`, keyword)
		require.Empty(t, noticesOf(t, withSchema(`{}`, schemas)), "%s holds data, in which a reference means nothing", keyword)
	}
}

func TestNotices_areFewOfEachKind(t *testing.T) {
	var schemas []string
	for i := range 12 {
		schemas = append(schemas, fmt.Sprintf(`"A%02d":{"$ref":"#/none/%d"}`, i, i))
	}
	notices := noticesOf(t, withSchema(`{}`, strings.Join(schemas, ",")))
	require.Len(t, notices, 11)
	require.Contains(t, notices[0], "A00")
	require.Equal(t, "There are 2 more of this kind.", notices[10])
	require.Len(t, noticesOf(t, withSchema(`{}`, strings.Join(schemas[:10], ","))), 10, "ten are told, and nothing of more")
}

func TestNotices_namePatternsThatWereOfNoUse(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(withSchema(`{"type":"object","properties":{"a":{"type":"string","pattern":"("},"b":{"type":"string","pattern":"^[a-z]+$"}}}`, "")))
	require.NoError(t, err)
	place := "[root].paths./items.get.responses.200.content.application/json.schema.properties.a.pattern"
	require.Equal(t, []string{"The pattern at " + place + " (() is no regular expression that can be read; values are not held against it."}, d.Notices(),
		"who publishes the document is told before anything is compared")
}

func TestNotices_ofServersSayHowTheirPathCounts(t *testing.T) {
	server := func(info, address string) []string {
		return noticesOf(t, `{"openapi":"3.0.3","info":{`+info+`},"servers":[{"url":"`+address+`"}],"paths":{}}`)
	}
	require.Len(t, server(``, "https://a.test/v1"), 1)
	require.Len(t, server(``, "/v1"), 1)
	require.Empty(t, server(``, "https://a.test"))
	require.Empty(t, server(``, "https://a.test/"))
	require.Empty(t, server(`"x-opc-config-base-path":"/v1"`, "https://a.test/v1"), "the document says how its paths are called")
}

func TestNotices_nameSecuritySchemesOfNobody(t *testing.T) {
	require.Equal(t, []string{
		"The security scheme ghost is asked for and defined nowhere; it does not count.",
		"The security scheme spectre is asked for and defined nowhere; it does not count.",
	}, noticesOf(t, secured("", `[{"ghost":[]},{"header":[]}]`, `[{"ghost":[],"spectre":[]}]`)), "each once")
}

// A credential that several alternatives ask for is missing once.
func TestSecurity_namesACredentialOnce(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(secured("", "", `[{"header":[]},{"header":[],"basic":[]},{"header":[],"query":[]}]`)))
	require.NoError(t, err)
	var labels []string
	for _, f := range findingsFor(t, d, asked("", "", 200)) {
		label, _, _ := strings.Cut(strings.TrimPrefix(f.Message, "The request lacks the credential "), ":")
		labels = append(labels, label)
	}
	require.Equal(t, []string{`"header"`, `"basic"`, `"query"`}, labels)
}

// The outline shows values as a document writes them.
func TestDocument_Outline_showsValuesAsJSON(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(`
openapi: 3.1.0
paths:
  /a:
    get:
      parameters:
      - {name: e, in: query, schema: {type: [string, 'null'], enum: [new, null]}}
      - {name: m, in: query, schema: {enum: [{a: 1}, [2, x], 1.50, true, 'yes']}}
      - {name: c, in: query, schema: {const: null}}
      - {name: o, in: query, schema: {const: {a: [1]}}}
      - {name: t, in: query, schema: {type: string, const: text}}
      responses: {}
`))
	require.NoError(t, err)
	outline, found := d.Outline(comparison.Operation{Method: "GET", Path: "/a"})
	require.True(t, found)
	require.Equal(t, "# Parameters\n"+
		"e in query string or null: new, null\n"+
		`m in query {"a":1}, [2,"x"], 1.50, true, yes`+"\n"+
		"c in query null\n"+
		`o in query {"a":[1]}`+"\n"+
		"t in query string: text\n", outlined(outline))
}

// Limits hold at the last value that is let through and at the first that is not.
func TestPaths_haveALimit(t *testing.T) {
	const limit = 65_536
	for name, tt := range map[string]struct {
		path string
		fits bool
	}{
		"the longest value":        {"/v/" + strings.Repeat("a", 2048), true},
		"a longer value":           {"/v/" + strings.Repeat("a", 2049), false},
		"the longest in a mixture": {"/m/x" + strings.Repeat("a", 2048) + "y", true},
		"a longer in a mixture":    {"/m/x" + strings.Repeat("a", 2049) + "y", false},
		"the longest path":         {"/" + strings.Repeat("b", limit-1), true},
		"a longer path":            {"/" + strings.Repeat("b", limit), false},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := comparison.ReadDocument([]byte(routed(plain, "/v/{v}", "/m/x{v}y", "/"+strings.Repeat("b", limit-1), "/"+strings.Repeat("b", limit))))
			require.NoError(t, err)
			found := findingsFor(t, d, fmt.Sprintf(`{"interactions":[{"request":{"path":%q},"response":{"status":299}}]}`, tt.path))
			require.Len(t, found, 1)
			require.Equal(t, tt.fits, !found[0].NoOperation(), found[0].Code)
		})
	}
}

// Numbers are exact, and one that would fill the memory is refused at once.
func TestNumbers_haveALimit(t *testing.T) {
	for number, fits := range map[string]bool{
		"1e400": true, "1e401": false, "1e-400": true, "1e-401": false,
		strings.Repeat("9", 400): true, strings.Repeat("9", 401): false, "1e99999999999999999999": false,
	} {
		_, err := comparison.ReadPact([]byte(expecting(number)))
		require.Equal(t, fits, err == nil, "%.20s: %v", number, err)
		_, err = comparison.ReadDocument([]byte(withSchema(`{"maximum":`+number+`}`, "")))
		require.Equal(t, fits, err == nil, "%.20s: %v", number, err)
	}
}

// YAML has more ways to write a number than JSON has; what is none stays a text.
func TestReadDocument_readsNumbersOfYAML(t *testing.T) {
	for written, want := range map[string]string{
		"1": "1", "-1.5": "-1.5", "+7": "7", "0x1F": "31", "0o17": "15", "1_000": "1000", ".5": "0.5", "1.": "1", "+1.5": "1.5", "6.8523e+2": "6.8523e+2",
		".inf": `".inf"`, "-.Inf": `"-.Inf"`, ".nan": `".nan"`, "0x": `"0x"`, "99999999999999999999": "99999999999999999999", "0xFFFFFFFFFFFFFFFFFF": `"0xFFFFFFFFFFFFFFFFFF"`,
		"2024-01-01": `"2024-01-01"`, "12:30:45": `"12:30:45"`, "!!str 1": `"1"`, "!!float 1": "1", "~": "null", "True": "true", "FALSE": "false", "!!binary aGk=": `"aGk="`,
	} {
		d, err := comparison.ReadDocument([]byte("openapi: 3.1.0\npaths: {/items: {get: {responses: {200: {content: {application/json: {schema: {const: " + written + "}}}}}}}}\n"))
		require.NoError(t, err, written)
		require.Empty(t, findingsFor(t, d, expecting(want)), "%s is %s", written, want)
		require.NotEmpty(t, findingsFor(t, d, expecting(`"something else"`)), written)
	}
}

// An alternative that a discriminator chooses holds together with what stands beside
// the alternatives.
func TestDiscriminators_withMoreBesideTheAlternatives(t *testing.T) {
	schema := `{"type":"object","required":["id"],"properties":{"id":{"type":"integer"}},"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],"discriminator":{"propertyName":"kind"}}`
	checkSchemas(t, "3.0.3", "response.body.incompatible", expected, []schemaCase{
		{name: "in an answer", schema: schema, named: pets, fit: []string{`{"id":1,"kind":"Cat","meow":true}`, `{"id":1,"kind":"Dog"}`}, broken: []string{`{"kind":"Dog"}`, `{"id":"x","kind":"Cat"}`, `{"id":1,"kind":"Cat","bark":true}`, `{"id":1,"kind":"Cow"}`}},
		{name: "nullable", schema: strings.Replace(schema, `{"type":"object"`, `{"type":"object","nullable":true`, 1), named: pets, fit: []string{`null`, `{"id":1,"kind":"Cat"}`}, broken: []string{`{"id":1,"kind":"Cow"}`, `"Cat"`}},
		{name: "by the values of a part", schema: `{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],"discriminator":{"propertyName":"kind"}}`,
			named: `"Named":{"type":"object","properties":{"kind":{"const":"puss"}}},"Cat":{"allOf":[{"type":"object"},{"$ref":"#/components/schemas/Named"},{"type":"object","properties":{"meow":{"type":"boolean"}}}]},"Dog":{"type":"object","properties":{"kind":{"enum":["hound","cur"]},"bark":{"type":"boolean"}}}`,
			fit:   []string{`{"kind":"puss","meow":true}`, `{"kind":"cur","bark":true}`}, broken: []string{`{"kind":"Cat"}`, `{"kind":"puss","bark":true}`, `{"kind":"hound","bark":1}`}},
	})
}

func TestSettings_ofTextInPlaceOfAnObject(t *testing.T) {
	document := `{"openapi":"3.0.3","info":{"x-opc-config-cast-objects-in-pact":true},"paths":{"/things":{"get":{"parameters":[{"name":"p","in":"query","schema":{"type":"object","properties":{"a":{"type":"integer"}}}}],"responses":{"200":{"description":"ok"}}}}}}`
	d, err := comparison.ReadDocument([]byte(document))
	require.NoError(t, err)
	require.Empty(t, findingsFor(t, d, askingText("p=[object Object]")))
	require.Equal(t, []string{"error request.query.incompatible"}, kindsAndCodes(findingsFor(t, d, askingText("p=[object Window]"))), "no other text is one")
}

// Forms of OpenAPI 2.0 that are no forms, or that the document will not have judged.
func TestForms_ofSwagger2ThatAreNone(t *testing.T) {
	document := func(setting string) string {
		return `{"swagger":"2.0","info":{` + setting + `},"consumes":["multipart/form-data","application/x-www-form-urlencoded"],"paths":{"/f":{"post":{"parameters":[{"name":"n","in":"formData","type":"integer","required":true}],"responses":{"200":{}}}}}}`
	}
	send := func(contentType, body string) string {
		return fmt.Sprintf(`"method":"POST","path":"/f","headers":{"Content-Type":%q},"body":%s`, contentType, body)
	}
	const multi, form = "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"
	part := quoted("--x\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nten\r\n--x--\r\n")
	const bad, unjudged = "error request.body.incompatible", "warning request.body.unvalidatable"
	t.Run("judged", func(t *testing.T) {
		checkInteractions(t, document(""), []interactionCase{
			{"a part that breaks", send(multi, part), `"status":200`, bad},
			{"no boundary", send("multipart/form-data", part), `"status":200`, bad},
			{"another boundary", send("multipart/form-data; boundary=y", part), `"status":200`, bad},
			{"an object in the pact is a form too", send(form, `{"n":1}`), `"status":200`, ""},
			{"an object whose field breaks", send(form, `{"n":"ten"}`), `"status":200`, bad},
			{"a list is no form", send(form, `[1]`), `"status":200`, bad},
			{"a number is no form", send(form, `1`), `"status":200`, bad},
		})
	})
	t.Run("not as parts", func(t *testing.T) {
		checkInteractions(t, document(`"x-opc-config-disable-multipart-formdata":true`), []interactionCase{
			{"parts are not judged", send(multi, part), `"status":200`, unjudged},
			{"fields are", send(form, `"n=ten"`), `"status":200`, bad},
		})
	})
	t.Run("only JSON", func(t *testing.T) {
		checkInteractions(t, document(`"x-opc-config-no-validate-request-body-unless-application-json":true`), []interactionCase{
			{"fields are not judged", send(form, `"n=ten"`), `"status":200`, unjudged},
		})
	})
}

// What takes any object takes any property, however the alternative says so.
func TestAnswers_ofAlternativesThatTakeAnything(t *testing.T) {
	checkSchemas(t, "3.1.0", "response.body.incompatible", expected, []schemaCase{
		{name: "anything at all", schema: `{"anyOf":[{"$ref":"#/components/schemas/A"},{}]}`, named: ab, fit: []string{`{"z":1}`, `1`, `null`}},
		{name: "anything by a word", schema: `{"anyOf":[{"$ref":"#/components/schemas/A"},true]}`, named: ab, fit: []string{`{"z":1}`, `1`}},
		{name: "nothing by a word", schema: `{"anyOf":[{"$ref":"#/components/schemas/A"},false]}`, named: ab, fit: []string{`{"a":1}`}, broken: []string{`{"z":1}`, `1`}},
		{name: "an object or null", schema: `{"anyOf":[{"$ref":"#/components/schemas/A"},{"type":["object","null"]}]}`, named: ab, fit: []string{`{"z":1}`, `null`}, broken: []string{`1`}},
		{name: "anything by a name", schema: `{"anyOf":[{"$ref":"#/components/schemas/A"},{"$ref":"#/components/schemas/Any"}]}`, named: ab + `,"Any":{"description":"what there is"}`, fit: []string{`{"z":1}`, `1`}},
		{name: "oneOf beside anyOf", schema: `{"type":"object","properties":{"id":{}},"anyOf":[{"$ref":"#/components/schemas/A"}],"oneOf":[{"$ref":"#/components/schemas/B"}]}`, named: ab, fit: []string{`{"id":1,"a":1,"b":"x"}`}, broken: []string{`{"z":1}`, `{"b":1}`}},
	})
}

// A status that is not described comes with those that are.
func TestStatus_thatIsUnknownSaysWhatThereIs(t *testing.T) {
	for responses, want := range map[string]string{
		`"404":{},"200":{},"x-note":{}`: "it has 200, 404.",
		`"x-note":{}`:                   "it has none at all.",
		``:                              "it has none at all.",
		`"200":{},"201":{},"202":{},"203":{},"204":{},"205":{},"206":{},"207":{},"208":{},"209":{}`:                   "it has 200, 201, 202, 203, 204, 205, 206, 207, 208, 209.",
		`"200":{},"201":{},"202":{},"203":{},"204":{},"205":{},"206":{},"207":{},"208":{},"209":{},"210":{},"211":{}`: "it has 200, 201, 202, 203, 204, 205, 206, 207, 208, 209 and 2 more.",
	} {
		d, err := comparison.ReadDocument([]byte(`{"openapi":"3.0.3","info":{},"paths":{"/t/{id}":{"get":{"responses":{` + responses + `}}}}}`))
		require.NoError(t, err)
		found := findingsFor(t, d, `{"interactions":[{"request":{"path":"/t/1"},"response":{"status":500}}]}`)
		require.Len(t, found, 1)
		require.Equal(t, "GET /t/{id} has no answer with status 500; "+want, found[0].Message)
	}
}

// An operation of messages that is not there comes with the one that was meant, of
// either version.
func TestMessages_proposeAnOperation(t *testing.T) {
	const old = `{"asyncapi":"2.6.0","channels":{"c":{"publish":{"operationId":"orderPlaced","message":{}}}}}`
	const recent = `{"asyncapi":"3.0.0","operations":{"orderPlaced":{"action":"send"},"orderShipped":{"action":"send"}}}`
	for _, document := range []string{old, recent} {
		d, err := comparison.ReadDocument([]byte(document))
		require.NoError(t, err)
		for asked, want := range map[string]string{
			"orderPlacd": `The document has no operation "orderPlacd"; did you mean "orderPlaced"?`,
			"refund":     `The document has no operation "refund".`,
		} {
			found := findingsFor(t, d, `{"interactions":[`+event(asked, contents(`{}`))+`],"metadata":{"pactSpecification":{"version":"4.0"}}}`)
			require.Len(t, found, 1)
			require.Equal(t, want, found[0].Message)
		}
	}
}

// Lists in headers have spaces behind their commas, which are no part of what they list.
func TestRequestHeaders_ofListsWithSpaces(t *testing.T) {
	document := `{"openapi":"3.0.3","info":{},"paths":{"/things":{"get":{"parameters":[{"name":"X-L","in":"header","schema":{"type":"array","items":{"type":"string","enum":["a","b"]}}}],"responses":{"200":{"description":"ok"}}}}}}`
	checkInteractions(t, document, []interactionCase{
		{"spaces", `"path":"/things","headers":{"X-L":"a, b"}`, `"status":200`, ""},
		{"a tab", `"path":"/things","headers":{"X-L":"a,\tb"}`, `"status":200`, ""},
		{"none", `"path":"/things","headers":{"X-L":"a,b"}`, `"status":200`, ""},
		{"within an element", `"path":"/things","headers":{"X-L":"a b"}`, `"status":200`, "error request.header.incompatible"},
		{"another element", `"path":"/things","headers":{"X-L":"a, c"}`, `"status":200`, "error request.header.incompatible"},
	})
}

// The lines of a file on which findings stand, whatever is around them.
func TestLines_ofFilesThatAreOdd(t *testing.T) {
	for name, tt := range map[string]struct {
		file     string
		pointers []string
		want     map[string]int
	}{
		"what is not there has the line around it": {"{\n\"a\":{\n\"b\":1}}", []string{"/a/c/d", "/a/b", "/x"}, map[string]int{"/a/c/d": 2, "/a/b": 3, "/x": 1}},
		"elements of a list":                       {"{\"a\":[\n1,\n\n  {\"b\":2}\n]}", []string{"/a/0", "/a/1", "/a/1/b", "/a/9"}, map[string]int{"/a/0": 2, "/a/1": 4, "/a/1/b": 4, "/a/9": 1}},
		"names with slashes":                       {"{\"paths\":{\n\"/a~b\":{}}}", []string{"/paths/~1a~0b"}, map[string]int{"/paths/~1a~0b": 2}},
		"YAML":                                     {"# head\na:\n  b: 1\n  c:\n  - x\n  - {y: 2}\n", []string{"", "/a/b", "/a/c/1/y", "/a/c/1", "/z"}, map[string]int{"": 2, "/a/b": 3, "/a/c/1/y": 6, "/a/c/1": 6, "/z": 2}},
		"an alias of YAML":                         {"a: &x\n  b: 1\nc: *x\n", []string{"/c/b"}, map[string]int{"/c/b": 2}},
		"YAML that looks like JSON":                {"{a: 1,\nb: 2}", []string{"/b"}, map[string]int{"/b": 2}},
		"no file of either kind":                   {"{\"a\":\n[", []string{"/a"}, map[string]int{}},
		"nothing":                                  {"", []string{"/a"}, map[string]int{}},
		"no pointers":                              {"{}", nil, map[string]int{}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tt.want, comparison.Lines([]byte(tt.file), tt.pointers)) })
	}
}
