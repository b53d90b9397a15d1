package comparison_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

// schemaCase is a schema, with bodies that fit it and bodies that break it; named
// are schemas that it may refer to.
type schemaCase struct {
	name, schema, named string
	fit, broken         []string
}

func (c schemaCase) document(version string) string {
	return fmt.Sprintf(`{"openapi":%q,"info":{},"paths":{"/things":{
		"get":{"responses":{"200":{"description":"ok","content":{"application/json":{"schema":%s}}}}},
		"post":{"requestBody":{"content":{"application/json":{"schema":%s}}},"responses":{"200":{"description":"ok"}}}}},
		"components":{"schemas":{%s}}}`, version, c.schema, c.schema, c.named)
}

func expected(body string) string {
	return fmt.Sprintf(`{"interactions":[{"description":"d","request":{"method":"GET","path":"/things"},"response":{"status":200,"body":%s}}]}`, body)
}

func posted(body string) string {
	return fmt.Sprintf(`{"interactions":[{"description":"d","request":{"method":"POST","path":"/things","headers":{"Content-Type":"application/json"},"body":%s},"response":{"status":200}}]}`, body)
}

// checkSchemas holds the bodies of each case against its schema: what fits gives no
// finding at all, what does not gives errors with the one code and nothing else.
func checkSchemas(t *testing.T, version, code string, pact func(body string) string, cases []schemaCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			document, err := comparison.ReadDocument([]byte(c.document(version)))
			require.NoError(t, err)
			for _, body := range c.fit {
				require.Empty(t, findingsFor(t, document, pact(body)), "%s fits", body)
			}
			for _, body := range c.broken {
				require.Equal(t, []string{"error " + code}, kindsAndCodes(findingsFor(t, document, pact(body))), "%s breaks it", body)
			}
		})
	}
}

func findingsFor(t *testing.T, document *comparison.Document, pact string) []comparison.Finding {
	t.Helper()
	p, err := comparison.ReadPact([]byte(pact))
	require.NoError(t, err, pact)
	report, err := comparison.Compare(document, p)
	require.NoError(t, err, pact)
	return report.Findings
}

func kindsAndCodes(findings []comparison.Finding) []string {
	var found []result
	for _, f := range findings {
		found = append(found, result{Type: string(f.Kind), Code: f.Code})
	}
	return codes(found, false)
}

// In an answer nothing is required, and nothing may be there that is not described.
var answers30 = []schemaCase{
	{name: "a text is a text, and what is null or empty is not judged", schema: `{"type":"string"}`, fit: []string{`"a"`, `null`, `""`}, broken: []string{`1`, `true`, `{}`, `[]`}},
	{name: "a number may be whole", schema: `{"type":"number"}`, fit: []string{`1`, `1.5`, `-2e3`}, broken: []string{`"1"`, `true`, `[1]`}},
	{name: "a whole number may be written with a fraction of nothing", schema: `{"type":"integer"}`, fit: []string{`1`, `1.0`, `1e2`, `-7`}, broken: []string{`1.5`, `"1"`, `false`}},
	{name: "false and 0 are judged", schema: `{"type":"boolean"}`, fit: []string{`true`, `false`}, broken: []string{`0`, `1`, `"true"`}},
	{name: "nothing is converted", schema: `{"type":"array","items":{"type":"integer"}}`, fit: []string{`[]`, `[1,2]`}, broken: []string{`["1"]`, `[1,null]`, `"1,2"`}},
	{name: "a list without items takes all", schema: `{"type":"array"}`, fit: []string{`[]`, `[1,"a",null]`}, broken: []string{`{}`}},
	{name: "an empty schema takes all", schema: `{}`, fit: []string{`1`, `"a"`, `{"a":{"b":1}}`, `[[]]`}},
	{name: "an unknown type says nothing", schema: `{"type":"thing"}`, fit: []string{`1`, `"a"`}},

	{name: "an object that says nothing more is closed", schema: `{"type":"object"}`, fit: []string{`{}`}, broken: []string{`{"a":1}`, `1`}},
	{name: "an object with no properties is closed", schema: `{"type":"object","properties":{}}`, fit: []string{`{}`}, broken: []string{`{"a":1}`}},
	{name: "some of the properties will do", schema: `{"type":"object","required":["a","b"],"properties":{"a":{"type":"integer"},"b":{"type":"string"}}}`, fit: []string{`{}`, `{"a":1}`, `{"b":"x"}`, `{"a":1,"b":"x"}`}, broken: []string{`{"c":1}`, `{"a":"x"}`, `{"a":1,"c":1}`}},
	{name: "properties close without a type", schema: `{"properties":{"a":{"type":"integer"}}}`, fit: []string{`{"a":1}`, `{}`, `"x"`}, broken: []string{`{"b":1}`}},
	{name: "objects in lists are closed", schema: `{"type":"array","items":{"type":"object","properties":{"a":{}}}}`, fit: []string{`[{"a":1},{}]`}, broken: []string{`[{"b":1}]`, `[{},{"a":1,"b":1}]`}},
	{name: "objects at every depth are closed", schema: `{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"object","properties":{"c":{}}}}}}}`, fit: []string{`{"a":{"b":{"c":1}}}`}, broken: []string{`{"a":{"b":{"d":1}}}`, `{"a":{"c":1}}`}},
	{name: "additionalProperties true is closed all the same", schema: `{"type":"object","properties":{"a":{}},"additionalProperties":true}`, fit: []string{`{"a":1}`}, broken: []string{`{"b":1}`}},
	{name: "additionalProperties false is closed", schema: `{"type":"object","properties":{"a":{}},"additionalProperties":false}`, fit: []string{`{"a":1}`}, broken: []string{`{"b":1}`}},
	{name: "additionalProperties with an empty schema is open", schema: `{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":{}}`, fit: []string{`{"b":1}`, `{"b":{"c":1},"a":1}`}, broken: []string{`{"a":"x"}`}},
	{name: "additionalProperties with a schema judges the rest", schema: `{"type":"object","properties":{"a":{}},"additionalProperties":{"type":"integer"}}`, fit: []string{`{"a":"x","b":1}`}, broken: []string{`{"b":"x"}`}},
	{name: "a map of objects has closed values", schema: `{"type":"object","additionalProperties":{"type":"object","properties":{"n":{"type":"integer"}}}}`, fit: []string{`{"x":{"n":1},"y":{}}`}, broken: []string{`{"x":{"m":1}}`, `{"x":{"n":"1"}}`, `{"x":1}`}},
	{name: "fewer properties than minProperties will do", schema: `{"type":"object","minProperties":2,"properties":{"a":{},"b":{}}}`, fit: []string{`{}`, `{"a":1}`}},
	{name: "maxProperties counts", schema: `{"type":"object","maxProperties":1,"properties":{"a":{},"b":{}}}`, fit: []string{`{"a":1}`}, broken: []string{`{"a":1,"b":1}`}},
	{name: "what only requests have never comes back", schema: `{"type":"object","properties":{"a":{"type":"string"},"secret":{"type":"string","writeOnly":true}}}`, fit: []string{`{"a":"x"}`}, broken: []string{`{"secret":"x"}`}},
	{name: "what only requests have never comes back by reference", schema: `{"type":"object","properties":{"secret":{"$ref":"#/components/schemas/Secret"}}}`, named: `"Secret":{"type":"string","writeOnly":true}`, fit: []string{`{}`}, broken: []string{`{"secret":"x"}`}},
	{name: "what only answers have is what one expects", schema: `{"type":"object","properties":{"id":{"type":"integer","readOnly":true}}}`, fit: []string{`{"id":1}`}, broken: []string{`{"id":"x"}`}},

	{name: "enum lists what there may be", schema: `{"type":"string","enum":["a","b"]}`, fit: []string{`"a"`, `"b"`}, broken: []string{`"c"`, `"A"`}},
	{name: "enum of numbers compares values, not spellings", schema: `{"enum":[1,2.5]}`, fit: []string{`1`, `1.0`, `2.50`}, broken: []string{`2`, `"1"`}},
	{name: "bounds include themselves", schema: `{"type":"number","minimum":1,"maximum":3}`, fit: []string{`1`, `3`, `2.5`}, broken: []string{`0.99`, `3.01`}},
	{name: "exclusive bounds do not", schema: `{"type":"number","minimum":1,"exclusiveMinimum":true,"maximum":3,"exclusiveMaximum":true}`, fit: []string{`1.01`, `2.99`}, broken: []string{`1`, `3`}},
	{name: "exclusive false is no bound", schema: `{"type":"number","minimum":1,"exclusiveMinimum":false}`, fit: []string{`1`}, broken: []string{`0`}},
	{name: "exclusive without a bound says nothing", schema: `{"type":"number","exclusiveMinimum":true}`, fit: []string{`-5`}},
	{name: "multiples are counted in decimals", schema: `{"type":"number","multipleOf":0.1}`, fit: []string{`0.3`, `1.1`, `19.99e1`}, broken: []string{`0.35`}},
	{name: "whole numbers beyond 2^53 are exact", schema: `{"type":"integer","maximum":9007199254740993}`, fit: []string{`9007199254740993`}, broken: []string{`9007199254740994`}},
	{name: "lengths count characters", schema: `{"type":"string","minLength":2,"maxLength":2}`, fit: []string{`"ab"`, `"é\ud83e\udda6"`}, broken: []string{`"a"`, `"abc"`}},
	{name: "a length may be written with a fraction of nothing", schema: `{"type":"string","maxLength":2.0}`, fit: []string{`"ab"`}, broken: []string{`"abc"`}},
	{name: "a pattern may match anywhere", schema: `{"type":"string","pattern":"b+"}`, fit: []string{`"abbc"`}, broken: []string{`"ac"`}},
	{name: "a pattern with anchors", schema: `{"type":"string","pattern":"^\\d{3}$"}`, fit: []string{`"123"`}, broken: []string{`"1234"`, `"12a"`}},
	{name: "a pattern that looks behind", schema: `{"type":"string","pattern":"(?<!x)y"}`, fit: []string{`"ay"`}, broken: []string{`"xy"`}},
	{name: "a pattern with a back reference", schema: `{"type":"string","pattern":"^(a|b)\\1$"}`, fit: []string{`"aa"`}, broken: []string{`"ab"`}},
	{name: "a pattern with a class of the Unicode mode", schema: `{"type":"string","pattern":"^\\p{L}+$"}`, fit: []string{`"étoile"`}, broken: []string{`"a1"`}},
	{name: "a pattern with a character by its number", schema: `{"type":"string","pattern":"^\\u00e9$"}`, fit: []string{`"é"`}, broken: []string{`"e"`}},
	{name: "a pattern that escapes without need", schema: `{"type":"string","pattern":"^a\\-b\\@c$"}`, fit: []string{`"a-b@c"`}, broken: []string{`"ab"`}},
	{name: "lists have lengths", schema: `{"type":"array","minItems":1,"maxItems":2}`, fit: []string{`[1]`, `[1,2]`}, broken: []string{`[]`, `[1,2,3]`}},
	{name: "items that must differ", schema: `{"type":"array","uniqueItems":true}`, fit: []string{`[1,2,"1"]`, `[{"a":1},{"a":2}]`}, broken: []string{`[1,1.0]`, `[{"a":1,"b":2},{"b":2,"a":1}]`}},
	{name: "bounds of one type say nothing of another", schema: `{"minLength":3,"minimum":3,"minItems":3}`, fit: []string{`"abc"`, `3`, `[1,2,3]`, `true`}, broken: []string{`"ab"`, `2`, `[1]`}},
	{name: "not", schema: `{"not":{"type":"string"}}`, fit: []string{`1`, `[]`}, broken: []string{`"a"`}},
	{name: "not with an object judges as it stands", schema: `{"type":"object","properties":{"a":{},"b":{}},"not":{"required":["a","b"]}}`, fit: []string{`{"a":1}`, `{}`}, broken: []string{`{"a":1,"b":1}`}},
	{name: "unknown keywords say nothing", schema: `{"type":"string","x-length":1,"maximumLength":1}`, fit: []string{`"abc"`}},

	{name: "nullable widens a type", schema: `{"type":"object","properties":{"a":{"type":"string","nullable":true},"b":{"type":"string"}}}`, fit: []string{`{"a":null}`, `{"a":"x"}`}, broken: []string{`{"b":null}`, `{"a":1}`}},
	{name: "nullable false is none", schema: `{"type":"object","properties":{"a":{"type":"string","nullable":false}}}`, fit: []string{`{"a":"x"}`}, broken: []string{`{"a":null}`}},
	{name: "nullable objects with properties are closed", schema: `{"type":"object","properties":{"o":{"type":"object","nullable":true,"properties":{"a":{}}}}}`, fit: []string{`{"o":null}`, `{"o":{"a":1}}`}, broken: []string{`{"o":{"b":1}}`}},
	{name: "nullable objects that say nothing more are open", schema: `{"type":"object","properties":{"o":{"type":"object","nullable":true}}}`, fit: []string{`{"o":null}`, `{"o":{"b":1}}`}, broken: []string{`{"o":1}`}},
	{name: "nullable without a type beside properties", schema: `{"type":"object","properties":{"o":{"nullable":true,"properties":{"a":{}}}}}`, fit: []string{`{"o":null}`, `{"o":{"a":1}}`}, broken: []string{`{"o":{"b":1}}`}},
	{name: "nullable does not add to enum", schema: `{"type":"object","properties":{"a":{"type":"string","nullable":true,"enum":["x"]}}}`, fit: []string{`{"a":"x"}`}, broken: []string{`{"a":null}`}},
	{name: "nullable with null in enum", schema: `{"type":"object","properties":{"a":{"type":"string","nullable":true,"enum":["x",null]}}}`, fit: []string{`{"a":"x"}`, `{"a":null}`}, broken: []string{`{"a":"y"}`}},
	{name: "nullable beside a reference", schema: `{"type":"object","properties":{"a":{"$ref":"#/components/schemas/A","nullable":true}}}`, named: `"A":{"type":"object","properties":{"x":{}}}`, fit: []string{`{"a":null}`, `{"a":{"x":1}}`}, broken: []string{`{"a":{"y":1}}`, `{"a":1}`}},
	{name: "nullable at the end of a reference", schema: `{"type":"object","properties":{"a":{"$ref":"#/components/schemas/A"}}}`, named: `"A":{"type":"integer","nullable":true}`, fit: []string{`{"a":null}`, `{"a":1}`}, broken: []string{`{"a":"x"}`}},
	{name: "nullable beside allOf", schema: `{"type":"object","properties":{"a":{"nullable":true,"allOf":[{"$ref":"#/components/schemas/A"}]}}}`, named: `"A":{"type":"object","properties":{"x":{}}}`, fit: []string{`{"a":null}`, `{"a":{"x":1}}`}, broken: []string{`{"a":{"y":1}}`}},
	{name: "nullable beside allOf and a type", schema: `{"type":"object","properties":{"a":{"type":"object","nullable":true,"allOf":[{"$ref":"#/components/schemas/A"}]}}}`, named: `"A":{"type":"object","properties":{"x":{}}}`, fit: []string{`{"a":null}`, `{"a":{"x":1}}`}, broken: []string{`{"a":{"y":1}}`, `{"a":1}`}},
	{name: "nullable beside oneOf", schema: `{"type":"object","properties":{"a":{"nullable":true,"oneOf":[{"$ref":"#/components/schemas/A"},{"type":"integer"}]}}}`, named: `"A":{"type":"object","properties":{"x":{}}}`, fit: []string{`{"a":null}`, `{"a":{"x":1}}`, `{"a":1}`}, broken: []string{`{"a":{"y":1}}`, `{"a":"s"}`}},
	{name: "nullable beside anyOf", schema: `{"type":"object","properties":{"a":{"nullable":true,"anyOf":[{"$ref":"#/components/schemas/A"}]}}}`, named: `"A":{"type":"object","properties":{"x":{}}}`, fit: []string{`{"a":null}`, `{"a":{"x":1}}`}, broken: []string{`{"a":{"y":1}}`}},

	{name: "what stands beside a reference does not count", schema: `{"$ref":"#/components/schemas/A","type":"string","maxLength":1}`, named: `"A":{"type":"integer"}`, fit: []string{`123`}, broken: []string{`"a"`}},
	{name: "references over several steps", schema: `{"$ref":"#/components/schemas/A"}`, named: `"A":{"$ref":"#/components/schemas/B"},"B":{"$ref":"#/components/schemas/C"},"C":{"type":"integer"}`, fit: []string{`1`}, broken: []string{`"a"`}},
	{name: "references with escaped and encoded names", schema: `{"$ref":"#/components/schemas/A~1b%20c~0"}`, named: `"A/b c~":{"type":"integer"}`, fit: []string{`1`}, broken: []string{`"a"`}},
	{name: "references into a list", schema: `{"$ref":"#/components/schemas/A/allOf/1"}`, named: `"A":{"allOf":[{"type":"string"},{"type":"integer"}]}`, fit: []string{`1`}, broken: []string{`"a"`}},
	{name: "recursion through properties and lists", schema: `{"$ref":"#/components/schemas/Node"}`, named: `"Node":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"next":{"$ref":"#/components/schemas/Node"},"all":{"type":"array","items":{"$ref":"#/components/schemas/Node"}}}}`, fit: []string{`{"next":{"next":{"name":"x"}}}`, `{"all":[{"all":[]},{}]}`}, broken: []string{`{"next":{"next":{"nam":"x"}}}`, `{"all":[{"all":[{"name":1}]}]}`}},
	{name: "recursion through allOf", schema: `{"$ref":"#/components/schemas/Node"}`, named: `"Node":{"type":"object","properties":{"name":{"type":"string"},"parent":{"nullable":true,"allOf":[{"$ref":"#/components/schemas/Node"}]}}}`, fit: []string{`{"parent":{"parent":null}}`, `{"parent":{"name":"x"}}`}, broken: []string{`{"parent":{"parent":{"nam":1}}}`, `{"parent":{"name":1}}`}},
	{name: "recursion through a map", schema: `{"$ref":"#/components/schemas/Tree"}`, named: `"Tree":{"type":"object","additionalProperties":{"$ref":"#/components/schemas/Tree"}}`, fit: []string{`{"a":{"b":{}}}`}, broken: []string{`{"a":{"b":1}}`}},
	{name: "recursion through oneOf", schema: `{"$ref":"#/components/schemas/Expr"}`, named: `"Expr":{"oneOf":[{"type":"integer"},{"type":"object","properties":{"neg":{"$ref":"#/components/schemas/Expr"}}}]}`, fit: []string{`1`, `{"neg":{"neg":2}}`}, broken: []string{`{"neg":"x"}`, `{"pos":1}`}},
}

func TestAnswers_ofOpenAPI30(t *testing.T) {
	checkSchemas(t, "3.0.3", "response.body.incompatible", expected, answers30)
}

// Schemas that are put together from others.
var composedAnswers = []schemaCase{
	{name: "allOf takes properties of all", schema: `{"allOf":[{"$ref":"#/components/schemas/A"},{"$ref":"#/components/schemas/B"}]}`, named: ab, fit: []string{`{}`, `{"a":1}`, `{"b":"x"}`, `{"a":1,"b":"x"}`}, broken: []string{`{"c":1}`, `{"a":"x"}`, `{"a":1,"b":2}`}},
	{name: "allOf of one", schema: `{"allOf":[{"$ref":"#/components/schemas/A"}]}`, named: ab, fit: []string{`{"a":1}`}, broken: []string{`{"b":"x"}`}},
	{name: "allOf with a description beside it", schema: `{"description":"an A","allOf":[{"$ref":"#/components/schemas/A"}]}`, named: ab, fit: []string{`{"a":1}`}, broken: []string{`{"b":"x"}`}},
	{name: "allOf with properties beside it", schema: `{"type":"object","properties":{"c":{"type":"boolean"}},"allOf":[{"$ref":"#/components/schemas/A"}]}`, named: ab, fit: []string{`{"a":1,"c":true}`}, broken: []string{`{"b":"x"}`, `{"c":1}`}},
	{name: "allOf within allOf", schema: `{"allOf":[{"allOf":[{"$ref":"#/components/schemas/A"},{"properties":{"c":{}}}]},{"$ref":"#/components/schemas/B"}]}`, named: ab, fit: []string{`{"a":1,"b":"x","c":1}`}, broken: []string{`{"d":1}`}},
	{name: "allOf without any type", schema: `{"allOf":[{"properties":{"a":{}}},{"properties":{"b":{}}}]}`, fit: []string{`{"a":1,"b":1}`}, broken: []string{`{"c":1}`}},
	{name: "allOf means all of them", schema: `{"allOf":[{"properties":{"a":{"type":"integer"}}},{"properties":{"a":{"type":"string"}}}]}`, fit: []string{`{}`}, broken: []string{`{"a":1}`, `{"a":"x"}`}},
	{name: "allOf narrows an enum", schema: `{"allOf":[{"type":"string","enum":["a","b"]},{"enum":["b","c"]}]}`, fit: []string{`"b"`}, broken: []string{`"a"`, `"c"`}},
	{name: "allOf of closed parts takes what any part has", schema: `{"allOf":[{"type":"object","additionalProperties":false,"properties":{"a":{}}},{"type":"object","additionalProperties":false,"properties":{"b":{}}}]}`, fit: []string{`{"a":1,"b":1}`}, broken: []string{`{"c":1}`}},
	{name: "allOf of an open map stays open", schema: `{"allOf":[{"$ref":"#/components/schemas/A"},{"type":"object","additionalProperties":{"type":"integer"}}]}`, named: ab, fit: []string{`{"a":1,"z":2}`}, broken: []string{`{"z":"x"}`}},
	{name: "allOf in a property", schema: `{"type":"object","properties":{"p":{"allOf":[{"$ref":"#/components/schemas/A"},{"$ref":"#/components/schemas/B"}]}}}`, named: ab, fit: []string{`{"p":{"a":1,"b":"x"}}`}, broken: []string{`{"p":{"c":1}}`, `{"q":{}}`}},
	{name: "allOf in the items of a list", schema: `{"type":"array","items":{"allOf":[{"$ref":"#/components/schemas/A"},{"$ref":"#/components/schemas/B"}]}}`, named: ab, fit: []string{`[{"a":1},{"b":"x"}]`}, broken: []string{`[{"c":1}]`}},
	{name: "allOf with what is deeper in two parts", schema: `{"allOf":[{"type":"object","properties":{"p":{"type":"object","properties":{"a":{}}}}},{"type":"object","properties":{"q":{}}}]}`, fit: []string{`{"p":{"a":1},"q":1}`}, broken: []string{`{"p":{"b":1}}`}},

	{name: "oneOf takes one", schema: `{"oneOf":[{"$ref":"#/components/schemas/A"},{"$ref":"#/components/schemas/B"}]}`, named: ab, fit: []string{`{"a":1}`, `{"b":"x"}`}, broken: []string{`{"c":1}`, `{"a":"x"}`, `{"a":1,"b":"x"}`}},
	{name: "oneOf of which a part fits several", schema: `{"oneOf":[{"type":"object","required":["a"],"properties":{"id":{},"a":{}}},{"type":"object","required":["b"],"properties":{"id":{},"b":{}}}]}`, fit: []string{`{}`, `{"id":1}`, `{"id":1,"a":1}`}, broken: []string{`{"id":1,"c":1}`, `{"a":1,"b":1}`}},
	{name: "oneOf of types", schema: `{"oneOf":[{"type":"integer"},{"type":"string"}]}`, fit: []string{`1`, `"a"`}, broken: []string{`true`, `{}`}},
	{name: "oneOf of overlapping types", schema: `{"oneOf":[{"type":"integer"},{"type":"number"}]}`, fit: []string{`1`, `1.5`}, broken: []string{`"a"`}},
	{name: "oneOf told apart by enum", schema: `{"oneOf":[{"type":"object","properties":{"k":{"enum":["a"]},"x":{}}},{"type":"object","properties":{"k":{"enum":["b"]},"y":{}}}]}`, fit: []string{`{"k":"a","x":1}`, `{"k":"b","y":1}`, `{"k":"a"}`}, broken: []string{`{"k":"a","y":1}`, `{"k":"c"}`}},
	{name: "additionalProperties false beside oneOf looks only at what is beside it", schema: `{"type":"object","properties":{"z":{"type":"integer"}},"additionalProperties":false,"oneOf":[{"properties":{"b":{}}},{"properties":{"c":{}}}]}`, fit: []string{`{}`, `{"z":1}`}, broken: []string{`{"b":1}`, `{"z":1,"c":1}`, `{"z":"x"}`}},
	{name: "additionalProperties false beside oneOf that says what goes together", schema: `{"type":"object","properties":{"z":{},"k":{}},"additionalProperties":false,"oneOf":[{"properties":{"z":{"type":"string"}}},{"properties":{"z":{"type":"integer"}}}]}`, fit: []string{`{"z":1,"k":2}`, `{"z":"x"}`}, broken: []string{`{"z":true}`, `{"y":1}`}},
	{name: "additionalProperties false beside anyOf", schema: `{"type":"object","properties":{"z":{}},"additionalProperties":false,"anyOf":[{"required":["z"]},{"properties":{"b":{}}}]}`, fit: []string{`{"z":1}`}, broken: []string{`{"b":1}`}},
	{name: "additionalProperties false beside allOf closes all of it", schema: `{"type":"object","properties":{"z":{}},"additionalProperties":false,"allOf":[{"properties":{"b":{}}}]}`, fit: []string{`{"z":1,"b":1}`}, broken: []string{`{"c":1}`}},
	{name: "oneOf with required beside it keeps that", schema: `{"type":"object","required":["id"],"properties":{"id":{"type":"integer"}},"oneOf":[{"properties":{"a":{}}},{"properties":{"b":{}}}]}`, fit: []string{`{"id":1,"a":1}`, `{"id":1}`}, broken: []string{`{"a":1}`}},
	{name: "oneOf in a property", schema: `{"type":"object","properties":{"p":{"oneOf":[{"$ref":"#/components/schemas/A"},{"$ref":"#/components/schemas/B"}]}}}`, named: ab, fit: []string{`{"p":{"a":1}}`}, broken: []string{`{"p":{"a":1,"b":"x"}}`, `{"p":{"c":1}}`}},
	{name: "oneOf within allOf", schema: `{"allOf":[{"type":"object","properties":{"id":{"type":"integer"}}},{"oneOf":[{"$ref":"#/components/schemas/A"},{"$ref":"#/components/schemas/B"}]}]}`, named: ab, fit: []string{`{"id":1,"a":1}`, `{"id":1,"b":"x"}`, `{"id":1}`}, broken: []string{`{"id":1,"c":1}`, `{"id":"x"}`}},
	{name: "oneOf of allOf", schema: `{"oneOf":[{"allOf":[{"$ref":"#/components/schemas/A"},{"properties":{"x":{}}}]},{"$ref":"#/components/schemas/B"}]}`, named: ab, fit: []string{`{"a":1,"x":1}`, `{"b":"x"}`}, broken: []string{`{"b":"x","x":1}`, `{"c":1}`}},
	{name: "oneOf of lists", schema: `{"oneOf":[{"type":"array","items":{"$ref":"#/components/schemas/A"}},{"$ref":"#/components/schemas/A"}]}`, named: ab, fit: []string{`[{"a":1}]`, `{"a":1}`, `[]`}, broken: []string{`[{"b":1}]`}},

	{name: "anyOf takes one or several at once", schema: `{"anyOf":[{"$ref":"#/components/schemas/A"},{"$ref":"#/components/schemas/B"}]}`, named: ab, fit: []string{`{"a":1}`, `{"b":"x"}`, `{"a":1,"b":"x"}`, `{}`}, broken: []string{`{"c":1}`}},
	{name: "anyOf of types", schema: `{"anyOf":[{"type":"integer"},{"type":"string","maxLength":1}]}`, fit: []string{`1`, `"a"`}, broken: []string{`"ab"`, `true`}},
	{name: "anyOf with properties beside it", schema: `{"type":"object","properties":{"id":{"type":"integer"}},"anyOf":[{"$ref":"#/components/schemas/A"},{"$ref":"#/components/schemas/B"}]}`, named: ab, fit: []string{`{"id":1,"a":1}`, `{"id":1}`}, broken: []string{`{"id":1,"c":1}`, `{"id":"x"}`}},
	{name: "anyOf that only says what must be there", schema: `{"type":"object","properties":{"a":{},"b":{}},"anyOf":[{"required":["a"]},{"required":["b"]}]}`, fit: []string{`{"a":1}`, `{}`}, broken: []string{`{"c":1}`}},
}

const ab = `"A":{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}},"B":{"type":"object","required":["b"],"properties":{"b":{"type":"string"}}}`

func TestAnswers_putTogether(t *testing.T) {
	checkSchemas(t, "3.0.3", "response.body.incompatible", expected, composedAnswers)
	t.Run("in 3.1 too", func(t *testing.T) {
		checkSchemas(t, "3.1.0", "response.body.incompatible", expected, composedAnswers)
	})
}

const pets = `"Cat":{"type":"object","required":["kind"],"properties":{"kind":{"type":"string"},"meow":{"type":"boolean"}}},
	"Dog":{"type":"object","required":["kind"],"properties":{"kind":{"type":"string"},"bark":{"type":"boolean"}}}`

// A discriminator's value says which schema is meant, in answers and requests alike.
var discriminated = []schemaCase{
	{name: "by the name of the schema", schema: `{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],"discriminator":{"propertyName":"kind"}}`, named: pets,
		fit: []string{`{"kind":"Cat","meow":true}`, `{"kind":"Dog","bark":true}`, `{"kind":"Dog"}`}, broken: []string{`{"kind":"Cat","meow":1}`, `{"kind":"Bird"}`, `{"meow":true}`, `{}`}},
	{name: "by a mapping with references", schema: `{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],"discriminator":{"propertyName":"kind","mapping":{"c":"#/components/schemas/Cat","d":"#/components/schemas/Dog"}}}`, named: pets,
		fit: []string{`{"kind":"c","meow":true}`, `{"kind":"d","bark":true}`}, broken: []string{`{"kind":"c","meow":1}`, `{"kind":"Cat","meow":true}`, `{"kind":"d","bark":"x"}`}},
	{name: "by a mapping with bare names", schema: `{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],"discriminator":{"propertyName":"kind","mapping":{"c":"Cat","d":"Dog"}}}`, named: pets,
		fit: []string{`{"kind":"c","meow":true}`}, broken: []string{`{"kind":"e"}`, `{"kind":"c","meow":"x"}`}},
	{name: "two values for one schema", schema: `{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],"discriminator":{"propertyName":"kind","mapping":{"c":"#/components/schemas/Cat","cat":"#/components/schemas/Cat","d":"#/components/schemas/Dog"}}}`, named: pets,
		fit: []string{`{"kind":"c","meow":true}`, `{"kind":"cat","meow":true}`}, broken: []string{`{"kind":"d","bark":1}`}},
	{name: "a mapping of some, the others by name", schema: `{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],"discriminator":{"propertyName":"kind","mapping":{"c":"#/components/schemas/Cat"}}}`, named: pets,
		fit: []string{`{"kind":"c","meow":true}`, `{"kind":"Dog","bark":true}`}, broken: []string{`{"kind":"c","meow":1}`, `{"kind":"Dog","bark":1}`, `{"kind":"d"}`}},
	{name: "by the values that the alternatives list", schema: `{"oneOf":[{"type":"object","properties":{"kind":{"type":"string","enum":["c","k"]},"meow":{"type":"boolean"}}},{"type":"object","properties":{"kind":{"type":"string","enum":["d"]},"bark":{"type":"boolean"}}}],"discriminator":{"propertyName":"kind"}}`,
		fit: []string{`{"kind":"c","meow":true}`, `{"kind":"k"}`, `{"kind":"d","bark":true}`}, broken: []string{`{"kind":"x"}`, `{"kind":"d","bark":1}`}},
	{name: "in a property", schema: `{"type":"object","properties":{"pet":{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],"discriminator":{"propertyName":"kind"}}}}`, named: pets,
		fit: []string{`{"pet":{"kind":"Cat"}}`, `{}`}, broken: []string{`{"pet":{"kind":"Bird"}}`, `{"pet":{}}`}},
	{name: "in the items of a list", schema: `{"type":"array","items":{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],"discriminator":{"propertyName":"kind"}}}`, named: pets,
		fit: []string{`[{"kind":"Cat"},{"kind":"Dog"}]`}, broken: []string{`[{"kind":"Cat"},{"kind":"Bird"}]`}},
	{name: "a value that is no text", schema: `{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],"discriminator":{"propertyName":"kind"}}`, named: pets, broken: []string{`{"kind":1}`, `{"kind":null}`, `{"kind":["Cat"]}`, `[]`, `"Cat"`}},
	{name: "without alternatives or children it says nothing", schema: `{"type":"object","discriminator":{"propertyName":"kind"},"properties":{"kind":{"type":"string"}}}`, fit: []string{`{"kind":"any"}`, `{}`}, broken: []string{`{"kind":1}`}},
}

func TestDiscriminators(t *testing.T) {
	for _, version := range []string{"3.0.3", "3.1.0"} {
		t.Run("answers of "+version, func(t *testing.T) {
			checkSchemas(t, version, "response.body.incompatible", expected, discriminated)
		})
		t.Run("requests of "+version, func(t *testing.T) {
			checkSchemas(t, version, "request.body.incompatible", posted, discriminated)
		})
	}
}

const family = `"Pet":{"type":"object","required":["kind","name"],"properties":{"kind":{"type":"string"},"name":{"type":"string"}},"discriminator":{"propertyName":"kind","mapping":{"kitten":"#/components/schemas/Cat"}}},
	"Cat":{"allOf":[{"$ref":"#/components/schemas/Pet"},{"type":"object","required":["lives"],"properties":{"lives":{"type":"integer"}}}]},
	"Dog":{"allOf":[{"$ref":"#/components/schemas/Pet"},{"type":"object","properties":{"tricks":{"type":"array","items":{"type":"string"}}}}]},
	"Puppy":{"allOf":[{"$ref":"#/components/schemas/Dog"},{"type":"object","properties":{"weeks":{"type":"integer"}}}]}`

// A parent with a discriminator that its children extend.
var inherited = []schemaCase{
	{name: "the parent stands for its children", schema: `{"$ref":"#/components/schemas/Pet"}`, named: family,
		fit:    []string{`{"kind":"kitten","lives":9}`, `{"kind":"Dog","tricks":["sit"]}`, `{"kind":"Puppy","weeks":3,"tricks":[]}`, `{"name":"x"}`, `{}`},
		broken: []string{`{"kind":"kitten","tricks":[]}`, `{"kind":"Dog","weeks":3}`, `{"kind":"Dog","tricks":[1]}`, `{"kind":"kitten","lives":"x"}`, `{"name":1}`, `{"kind":"kitten","other":1}`}},
	{name: "a child is itself", schema: `{"$ref":"#/components/schemas/Cat"}`, named: family,
		fit: []string{`{"kind":"kitten","lives":9}`, `{"name":"x","lives":1}`}, broken: []string{`{"lives":"x"}`, `{"tricks":[]}`}},
	{name: "a list of the parent", schema: `{"type":"array","items":{"$ref":"#/components/schemas/Pet"}}`, named: family,
		fit: []string{`[{"kind":"kitten","lives":9},{"kind":"Dog","tricks":[]}]`}, broken: []string{`[{"kind":"kitten","tricks":[]}]`}},
}

func TestDiscriminators_ofParents(t *testing.T) {
	checkSchemas(t, "3.0.3", "response.body.incompatible", expected, inherited)
	checkSchemas(t, "3.0.3", "request.body.incompatible", posted, []schemaCase{
		{name: "requests need what the child needs", schema: `{"$ref":"#/components/schemas/Pet"}`, named: family,
			fit:    []string{`{"kind":"kitten","name":"x","lives":9}`, `{"kind":"Dog","name":"x"}`, `{"kind":"Dog","name":"x","more":1}`},
			broken: []string{`{"kind":"kitten","name":"x"}`, `{"kind":"Dog"}`, `{"name":"x"}`, `{"kind":"Dog","name":"x","tricks":[1]}`}},
	})
}

// What only OpenAPI 3.1 has: JSON Schema as it is.
var answers31 = []schemaCase{
	{name: "a list of types", schema: `{"type":["string","integer"]}`, fit: []string{`"a"`, `1`}, broken: []string{`1.5`, `true`, `{}`}},
	{name: "null is a type", schema: `{"type":"object","properties":{"a":{"type":["string","null"]},"b":{"type":"null"}}}`, fit: []string{`{"a":null,"b":null}`, `{"a":"x"}`}, broken: []string{`{"a":1}`, `{"b":"x"}`}},
	{name: "an object or null with properties is closed", schema: `{"type":"object","properties":{"o":{"type":["object","null"],"properties":{"a":{}}}}}`, fit: []string{`{"o":null}`, `{"o":{"a":1}}`}, broken: []string{`{"o":{"b":1}}`}},
	{name: "an object or null that says nothing more is open", schema: `{"type":"object","properties":{"o":{"type":["object","null"]}}}`, fit: []string{`{"o":null}`, `{"o":{"b":1}}`}, broken: []string{`{"o":1}`}},
	{name: "anyOf with null", schema: `{"type":"object","properties":{"o":{"anyOf":[{"$ref":"#/components/schemas/A"},{"type":"null"}]}}}`, named: ab, fit: []string{`{"o":null}`, `{"o":{"a":1}}`}, broken: []string{`{"o":{"b":1}}`, `{"o":1}`}},
	{name: "oneOf with null", schema: `{"type":"object","properties":{"o":{"oneOf":[{"type":"null"},{"$ref":"#/components/schemas/A"}]}}}`, named: ab, fit: []string{`{"o":null}`, `{"o":{"a":1}}`}, broken: []string{`{"o":{"b":1}}`}},
	{name: "const", schema: `{"type":"object","properties":{"a":{"const":"x"},"b":{"const":{"n":1}}}}`, fit: []string{`{"a":"x","b":{"n":1.0}}`}, broken: []string{`{"a":"y"}`, `{"b":{"n":2}}`}},
	{name: "exclusive bounds are numbers", schema: `{"exclusiveMinimum":1,"exclusiveMaximum":3}`, fit: []string{`2`}, broken: []string{`1`, `3`}},
	{name: "the stronger of two bounds", schema: `{"minimum":1,"exclusiveMinimum":2}`, fit: []string{`3`}, broken: []string{`2`, `1`}},
	{name: "schemas that are true or false", schema: `{"type":"object","properties":{"a":true,"b":false}}`, fit: []string{`{"a":{"any":1}}`, `{}`}, broken: []string{`{"b":1}`, `{"c":1}`}},
	{name: "a schema that is true", schema: `true`, fit: []string{`1`, `{"a":1}`}},
	{name: "a schema that is false", schema: `false`, broken: []string{`1`, `{}`}},
	{name: "prefixItems and items", schema: `{"type":"array","prefixItems":[{"type":"integer"},{"type":"string"}],"items":{"type":"boolean"}}`, fit: []string{`[]`, `[1]`, `[1,"a",true]`}, broken: []string{`["a"]`, `[1,"a",1]`}},
	{name: "prefixItems and nothing else", schema: `{"type":"array","prefixItems":[{"type":"integer"}],"items":false}`, fit: []string{`[1]`}, broken: []string{`[1,2]`}},
	{name: "contains", schema: `{"type":"array","contains":{"type":"integer"}}`, fit: []string{`["a",1]`}, broken: []string{`[]`, `["a"]`}},
	{name: "contains with counts", schema: `{"type":"array","contains":{"type":"integer"},"minContains":2,"maxContains":3}`, fit: []string{`[1,2]`, `[1,"a",2,3]`}, broken: []string{`[1]`, `[1,2,3,4]`}},
	{name: "if, then and else", schema: `{"type":"object","properties":{"k":{"type":"string"},"v":{}},"if":{"properties":{"k":{"const":"n"}},"required":["k"]},"then":{"properties":{"v":{"type":"integer"}}},"else":{"properties":{"v":{"type":"string"}}}}`, fit: []string{`{"k":"n","v":1}`, `{"k":"s","v":"x"}`, `{"v":"x"}`}, broken: []string{`{"k":"n","v":"x"}`, `{"k":"s","v":1}`}},
	{name: "then requires nothing of an answer", schema: `{"type":"object","properties":{"k":{},"v":{}},"if":{"properties":{"k":{"const":"n"}},"required":["k"]},"then":{"required":["v"]}}`, fit: []string{`{"k":"n"}`}},
	{name: "then brings properties", schema: `{"type":"object","properties":{"k":{}},"if":{"properties":{"k":{"const":"n"}},"required":["k"]},"then":{"properties":{"v":{"type":"integer"}}}}`, fit: []string{`{"k":"n","v":1}`}, broken: []string{`{"k":"n","v":"x"}`, `{"k":"m","w":1}`}},
	{name: "dependentRequired requires nothing of an answer", schema: `{"type":"object","properties":{"a":{},"b":{}},"dependentRequired":{"a":["b"]}}`, fit: []string{`{"a":1}`}},
	{name: "dependentSchemas", schema: `{"type":"object","properties":{"a":{},"b":{}},"dependentSchemas":{"a":{"properties":{"b":{"type":"integer"}}}}}`, fit: []string{`{"b":"x"}`, `{"a":1,"b":1}`}, broken: []string{`{"a":1,"b":"x"}`}},
	{name: "patternProperties", schema: `{"type":"object","properties":{"a":{}},"patternProperties":{"^x-":{"type":"integer"}}}`, fit: []string{`{"a":1,"x-b":1}`}, broken: []string{`{"x-b":"s"}`, `{"b":1}`}},
	{name: "propertyNames", schema: `{"type":"object","additionalProperties":{},"propertyNames":{"pattern":"^[a-z]+$"}}`, fit: []string{`{"abc":1}`}, broken: []string{`{"Abc":1}`}},
	{name: "unevaluatedProperties with a schema", schema: `{"type":"object","properties":{"a":{}},"unevaluatedProperties":{"type":"integer"}}`, fit: []string{`{"a":"x","b":1}`}, broken: []string{`{"b":"x"}`}},
	{name: "unevaluatedProperties true is closed all the same", schema: `{"type":"object","properties":{"a":{}},"unevaluatedProperties":true}`, fit: []string{`{"a":1}`}, broken: []string{`{"b":1}`}},
	{name: "unevaluatedItems", schema: `{"type":"array","prefixItems":[{"type":"integer"}],"unevaluatedItems":false}`, fit: []string{`[1]`}, broken: []string{`[1,2]`}},
	{name: "what stands beside a reference counts", schema: `{"$ref":"#/components/schemas/T","maxLength":2}`, named: `"T":{"type":"string"}`, fit: []string{`"ab"`}, broken: []string{`"abc"`, `1`}},
	{name: "properties beside a reference count", schema: `{"$ref":"#/components/schemas/A","properties":{"z":{"type":"integer"}}}`, named: ab, fit: []string{`{"a":1,"z":1}`}, broken: []string{`{"b":1}`, `{"z":"x"}`, `{"a":"x"}`}},
	{name: "a description beside a reference says nothing", schema: `{"$ref":"#/components/schemas/A","description":"an A"}`, named: ab, fit: []string{`{"a":1}`}, broken: []string{`{"b":1}`}},
	{name: "definitions of its own", schema: `{"$ref":"#/$defs/N","$defs":{"N":{"type":"integer"}}}`, fit: []string{`1`}, broken: []string{`"a"`}},
	{name: "a reference to an anchor", schema: `{"$ref":"#here"}`, named: `"X":{"$anchor":"here","type":"integer"}`, fit: []string{`1`}, broken: []string{`"a"`}},
	{name: "a reference to an id", schema: `{"$ref":"https://shop.test/schemas/x"}`, named: `"X":{"$id":"https://shop.test/schemas/x","type":"integer"}`, fit: []string{`1`}, broken: []string{`"a"`}},
	{name: "a dynamic reference", schema: `{"$ref":"#/components/schemas/Node"}`, named: `"Node":{"$dynamicAnchor":"node","type":"object","properties":{"next":{"$dynamicRef":"#node"}}}`, fit: []string{`{"next":{"next":{}}}`}, broken: []string{`{"next":{"nxt":{}}}`}},
	{name: "examples and titles say nothing", schema: `{"title":"t","examples":["a"],"default":"b","deprecated":true,"type":"integer"}`, fit: []string{`1`}, broken: []string{`"a"`}},
}

func TestAnswers_ofOpenAPI31(t *testing.T) {
	for _, version := range []string{"3.1.0", "3.1.1", "3.2.0"} {
		checkSchemas(t, version, "response.body.incompatible", expected, answers31)
	}
}

// In a request what is required must be there, and more may be there.
var requests30 = []schemaCase{
	{name: "what is required must be there", schema: `{"type":"object","required":["a","b"],"properties":{"a":{"type":"integer"},"b":{"type":"string"}}}`, fit: []string{`{"a":1,"b":"x"}`, `{"a":1,"b":"x","c":1}`}, broken: []string{`{}`, `{"a":1}`, `{"b":"x"}`, `{"a":"1","b":"x"}`}},
	{name: "required without properties", schema: `{"type":"object","required":["a"]}`, fit: []string{`{"a":null}`}, broken: []string{`{}`}},
	{name: "more may be there at every depth", schema: `{"type":"object","properties":{"o":{"type":"object","properties":{"a":{"type":"integer"}}}}}`, fit: []string{`{"o":{"a":1,"b":1},"p":1}`}, broken: []string{`{"o":{"a":"x"}}`}},
	{name: "additionalProperties false is closed", schema: `{"type":"object","properties":{"a":{}},"additionalProperties":false}`, fit: []string{`{"a":1}`, `{}`}, broken: []string{`{"b":1}`}},
	{name: "additionalProperties with a schema judges the rest", schema: `{"type":"object","properties":{"a":{}},"additionalProperties":{"type":"integer"}}`, fit: []string{`{"a":"x","b":1}`}, broken: []string{`{"b":"x"}`}},
	{name: "only answers need what only answers have", schema: `{"type":"object","required":["id","name"],"properties":{"id":{"type":"integer","readOnly":true},"name":{"type":"string"}}}`, fit: []string{`{"name":"x"}`, `{"id":1,"name":"x"}`}, broken: []string{`{"id":1}`, `{"id":"x","name":"x"}`}},
	{name: "only answers need what only answers have, by reference", schema: `{"type":"object","required":["id","name"],"properties":{"id":{"$ref":"#/components/schemas/ID"},"name":{"type":"string"}}}`, named: `"ID":{"type":"integer","readOnly":true}`, fit: []string{`{"name":"x"}`}, broken: []string{`{"id":1}`}},
	{name: "only answers need what only answers have, in another part", schema: `{"allOf":[{"type":"object","properties":{"id":{"type":"integer","readOnly":true}}},{"type":"object","required":["id","name"],"properties":{"name":{"type":"string"}}}]}`, fit: []string{`{"name":"x"}`, `{"id":1,"name":"x"}`}, broken: []string{`{"id":1}`}},
	{name: "what only requests have is needed", schema: `{"type":"object","required":["secret"],"properties":{"secret":{"type":"string","writeOnly":true}}}`, fit: []string{`{"secret":"x"}`}, broken: []string{`{}`, `{"secret":1}`}},
	{name: "minProperties counts", schema: `{"type":"object","minProperties":1}`, fit: []string{`{"a":1}`}, broken: []string{`{}`}},
	{name: "null is judged", schema: `{"type":"object"}`, fit: []string{`{}`}, broken: []string{`null`, `"x"`, `[]`}},
	{name: "null fits what is nullable", schema: `{"type":"object","nullable":true}`, fit: []string{`null`, `{}`}, broken: []string{`1`}},
	{name: "nothing is converted", schema: `{"type":"object","properties":{"n":{"type":"integer"},"b":{"type":"boolean"}}}`, fit: []string{`{"n":1,"b":false}`}, broken: []string{`{"n":"1"}`, `{"b":"false"}`, `{"b":0}`}},
	{name: "allOf needs what each part needs", schema: `{"allOf":[{"$ref":"#/components/schemas/A"},{"$ref":"#/components/schemas/B"}]}`, named: ab, fit: []string{`{"a":1,"b":"x"}`, `{"a":1,"b":"x","c":1}`}, broken: []string{`{"a":1}`, `{"b":"x"}`, `{}`}},
	{name: "allOf of closed parts takes what any part has", schema: `{"allOf":[{"type":"object","additionalProperties":false,"properties":{"a":{}}},{"type":"object","additionalProperties":false,"properties":{"b":{}}}]}`, fit: []string{`{"a":1,"b":1}`}, broken: []string{`{"c":1}`}},
	{name: "oneOf takes exactly one", schema: `{"oneOf":[{"$ref":"#/components/schemas/A"},{"$ref":"#/components/schemas/B"}]}`, named: ab, fit: []string{`{"a":1}`, `{"b":"x"}`}, broken: []string{`{}`, `{"a":1,"b":"x"}`, `{"c":1}`}},
	{name: "oneOf of overlapping types takes exactly one", schema: `{"oneOf":[{"type":"integer"},{"type":"number"}]}`, fit: []string{`1.5`}, broken: []string{`1`}},
	{name: "anyOf takes one or several", schema: `{"anyOf":[{"$ref":"#/components/schemas/A"},{"$ref":"#/components/schemas/B"}]}`, named: ab, fit: []string{`{"a":1}`, `{"a":1,"b":"x"}`}, broken: []string{`{}`, `{"c":1}`}},
	{name: "anyOf that says what must be there", schema: `{"type":"object","properties":{"a":{},"b":{}},"anyOf":[{"required":["a"]},{"required":["b"]}]}`, fit: []string{`{"a":1}`, `{"b":1}`}, broken: []string{`{}`}},
	{name: "not", schema: `{"type":"object","not":{"required":["a"]}}`, fit: []string{`{}`, `{"b":1}`}, broken: []string{`{"a":1}`}},
	{name: "lists of objects", schema: `{"type":"array","minItems":1,"items":{"$ref":"#/components/schemas/A"}}`, named: ab, fit: []string{`[{"a":1}]`}, broken: []string{`[]`, `[{}]`, `[{"a":1},{}]`}},
}

func TestRequests_ofOpenAPI30(t *testing.T) {
	checkSchemas(t, "3.0.3", "request.body.incompatible", posted, requests30)
}

var requests31 = []schemaCase{
	{name: "dependentRequired counts", schema: `{"type":"object","dependentRequired":{"a":["b"]}}`, fit: []string{`{}`, `{"b":1}`, `{"a":1,"b":1}`}, broken: []string{`{"a":1}`}},
	{name: "dependentSchemas count", schema: `{"type":"object","dependentSchemas":{"a":{"required":["b"],"properties":{"b":{"type":"integer"}}}}}`, fit: []string{`{}`, `{"a":1,"b":1}`}, broken: []string{`{"a":1}`, `{"a":1,"b":"x"}`}},
	{name: "then requires", schema: `{"type":"object","if":{"required":["k"]},"then":{"required":["v"]},"else":{"required":["w"]}}`, fit: []string{`{"k":1,"v":1}`, `{"w":1}`}, broken: []string{`{"k":1}`, `{}`}},
	{name: "unevaluatedProperties false over allOf", schema: `{"allOf":[{"$ref":"#/components/schemas/A"}],"properties":{"z":{}},"unevaluatedProperties":false}`, named: ab, fit: []string{`{"a":1,"z":1}`}, broken: []string{`{"a":1,"y":1}`}},
	{name: "null in a list of types", schema: `{"type":["object","null"],"required":["a"]}`, fit: []string{`null`, `{"a":1}`}, broken: []string{`{}`, `1`}},
	{name: "const", schema: `{"type":"object","required":["v"],"properties":{"v":{"const":2}}}`, fit: []string{`{"v":2}`}, broken: []string{`{"v":3}`, `{}`}},
}

func TestRequests_ofOpenAPI31(t *testing.T) {
	checkSchemas(t, "3.1.0", "request.body.incompatible", posted, requests31)
}
