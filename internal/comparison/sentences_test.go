package comparison_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

// posting is a document whose one operation takes a body of a schema, and sent is
// a pact that sends one. Requests are judged by a schema as it stands.
func posting(schema string) string {
	return fmt.Sprintf(`{"openapi":"3.1.0","info":{},"paths":{"/items":{"post":{"requestBody":{"content":{"application/json":{"schema":%s}}},"responses":{"201":{"description":"made"}}}}}}`, schema)
}

func sending(body string) string {
	return fmt.Sprintf(`{"interactions":[{"description":"d","request":{"method":"POST","path":"/items","headers":{"Content-Type":"application/json"},"body":%s},"response":{"status":201}}]}`, body)
}

// Each keyword is explained in words that name what is there and what must be.
func TestFindings_sayWhatEachKeywordAsksFor(t *testing.T) {
	for name, tt := range map[string]struct{ schema, body, want string }{
		"a type":                    {`{"type":"string"}`, `1`, `is a number, and must be a string`},
		"types":                     {`{"type":["string","null","array"]}`, `{}`, `is an object, and must be null or a string or an array`},
		"a whole number":            {`{"type":"integer"}`, `1.5`, `is a number, and must be an integer`},
		"one that is required":      {`{"required":["a"]}`, `{}`, `lacks "a"`},
		"two that are required":     {`{"required":["a","b"]}`, `{}`, `lacks "a" and "b"`},
		"one that goes with it":     {`{"dependentRequired":{"a":["b"]}}`, `{"a":1}`, `lacks "b", which must be there with "a"`},
		"one of a few":              {`{"enum":["a",1,null,{"b":2}]}`, `"c"`, `is "c", and must be one of "a", 1, null, {"b":2}`},
		"one of many":               {`{"enum":[1,2,3,4,5,6,7,8,9,10]}`, `0`, `is 0, and must be one of 1, 2, 3, 4, 5, 6, 7, 8 and 2 more`},
		"one value":                 {`{"const":"a"}`, `"b"`, `is "b", and must be "a"`},
		"a format":                  {`{"format":"uuid"}`, `"b"`, `is "b", which is not of the format "uuid"`},
		"the format of patterns":    {`{"format":"regex"}`, `"("`, `is "(", which is not of the format "regex"`},
		"a pattern":                 {`{"pattern":"^a"}`, `"b"`, `is "b", which does not match ^a`},
		"nothing at all":            {`false`, `1`, `must not be there`},
		"what is ruled out":         {`{"not":{"type":"number"}}`, `1`, "is what the document rules out by `not`"},
		"one alternative only":      {`{"oneOf":[{"type":"string"},{"type":"number"},{"minimum":0}]}`, `1`, "fits the alternatives 2 and 3 of `oneOf`, and may fit only one"},
		"an item":                   {`{"contains":{"type":"number"}}`, `["a"]`, `holds too few of the items that must be in it`},
		"several items":             {`{"contains":{"type":"number"},"minContains":2}`, `[1]`, `holds too few of the items that must be in it`},
		"not too many items":        {`{"contains":{"type":"number"},"maxContains":1}`, `[1,2]`, `holds too many items of one kind`},
		"different items":           {`{"uniqueItems":true}`, `["a","b","a"]`, `holds the same item at 0 and 2, and its items must differ`},
		"names":                     {`{"propertyNames":{"maxLength":1}}`, `{"ab":1}`, `has a property of the name "ab", which its names must not have`},
		"a length":                  {`{"minLength":2}`, `"ä"`, `has 1 character, and must have 2 or more`},
		"no more than a length":     {`{"maxLength":2}`, `"äöü"`, `has 3 characters, and must have 2 at most`},
		"a number of items":         {`{"minItems":2}`, `[1]`, `has 1 item, and must have 2 or more`},
		"no more than that":         {`{"maxItems":1}`, `[1,2]`, `has 2 items, and must have 1 at most`},
		"a number of properties":    {`{"minProperties":2}`, `{"a":1}`, `has 1 property, and must have 2 or more`},
		"no more properties":        {`{"maxProperties":1}`, `{"a":1,"b":1}`, `has 2 properties, and must have 1 at most`},
		"a least number":            {`{"minimum":0.5}`, `0.25`, `is 0.25, and must be 0.5 or more`},
		"a greatest number":         {`{"maximum":10}`, `1e3`, `is 1000, and must be 10 at most`},
		"more than a number":        {`{"exclusiveMinimum":0}`, `0`, `is 0, and must be more than 0`},
		"less than a number":        {`{"exclusiveMaximum":0}`, `0`, `is 0, and must be less than 0`},
		"a number hardly below":     {`{"minimum":0}`, `-1e-30`, `is -1e-30, and must be 0 or more`},
		"a step":                    {`{"multipleOf":0.5}`, `0.7`, `is 0.7, and must be a multiple of 0.5`},
		"a reference to nothing":    {`{"properties":{"a":{"$ref":"#/components/schemas/None"}}}`, `{"a":1}`, `has a schema that refers to nothing in the document, so nobody can tell`},
		"none but what is there":    {`{"additionalProperties":false}`, `{"a":1}`, `has "a", which the document does not describe`},
		"several that are not":      {`{"additionalProperties":false,"properties":{"total":{}}}`, `{"q":1,"z":1}`, `has "q" and "z", which the document does not describe; it has "total"`},
		"one that is written oddly": {`{"additionalProperties":false,"properties":{"total":{},"state":{}}}`, `{"totl":1}`, `has "totl", which the document does not describe (did you mean "total"?)`},
		"one like none of these":    {`{"additionalProperties":false,"properties":{"total":{},"state":{}}}`, `{"owner":1}`, `has "owner", which the document does not describe; it has "state" and "total"`},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := compare(posting(tt.schema), sending(tt.body))
			require.NoError(t, err)
			require.Len(t, report.Findings, 1, "%+v", report.Findings)
			subject := "The request's body "
			if report.Findings[0].PactPath == "[root].interactions[0].request.body.a" {
				subject = "a in the request's body "
			}
			require.Equal(t, subject+tt.want+".", report.Findings[0].Message)
			require.NotEmpty(t, report.Findings[0].Remedy)
		})
	}
}

// What a value brings along may be of any length; a message is for people.
func TestFindings_staySmallForLargeValues(t *testing.T) {
	long := strings.Repeat("ä", 5000)
	var many []string
	for i := range 500 {
		many = append(many, fmt.Sprintf(`"%s%d":1`, long[:200], i))
	}
	for name, tt := range map[string]struct{ schema, body string }{
		"a long text":                 {`{"const":"a"}`, quoted(long)},
		"a long text that is asked":   {`{"const":` + quoted(long) + `}`, `1`},
		"a long pattern":              {`{"pattern":` + quoted("^"+long[:2000]) + `}`, `"a"`},
		"a long name":                 {`{"additionalProperties":false}`, `{` + quoted(long) + `:1}`},
		"many names":                  {`{"additionalProperties":false}`, `{` + strings.Join(many, ",") + `}`},
		"many names that are offered": {`{"additionalProperties":false,"properties":{` + strings.Join(many, ",") + `}}`, `{"a":1}`},
		"a long name that is asked":   {`{"required":[` + quoted(long) + `]}`, `{}`},
		"a long way":                  {`{"properties":{` + quoted(long) + `:{"type":"string"}}}`, `{` + quoted(long) + `:1}`},
		"a number of many digits":     {`{"maximum":0}`, strings.Repeat("9", 390)},
		"a step of many digits":       {`{"multipleOf":7}`, "0." + strings.Repeat("9", 390)},
		"a name that is ruled out":    {`{"propertyNames":{"maxLength":1}}`, `{` + quoted(long) + `:1}`},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := compare(posting(tt.schema), sending(tt.body))
			require.NoError(t, err)
			require.NotEmpty(t, report.Findings)
			require.Less(t, len([]rune(report.Findings[0].Message)), 2000, "a message of bounded length")
			require.NotContains(t, report.Findings[0].Message, "\ufffd", "cut between characters")
		})
	}
}

// Of alternatives that all fail, the message is about the one that was probably meant.
func TestFindings_areAboutTheClosestAlternative(t *testing.T) {
	for name, tt := range map[string]struct{ schema, body, want string }{
		"another type is furthest": {`{"anyOf":[{"type":"string"},{"type":"object","required":["a","b","c"]}]}`, `{}`, `lacks "a", "b" and "c"`},
		"fewer complaints":         {`{"anyOf":[{"required":["a"],"properties":{"n":{"type":"string"}}},{"properties":{"n":{"type":"string"}}}]}`, `{"n":1}`, `must be a string`},
		"another kind is far":      {`{"anyOf":[{"properties":{"kind":{"const":"x"}}},{"properties":{"kind":{"const":"y"},"a":{"type":"string"},"b":{"type":"string"}}}]}`, `{"kind":"y","a":1,"b":1}`, `must be a string`},
		"the first of equals":      {`{"anyOf":[{"required":["a"]},{"required":["b"]}]}`, `{}`, `lacks "a"`},
		"within an alternative":    {`{"anyOf":[{"type":"string"},{"anyOf":[{"type":"array"},{"type":"object","required":["z"]}]}]}`, `{}`, `lacks "z"`},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := compare(posting(tt.schema), sending(tt.body))
			require.NoError(t, err)
			require.NotEmpty(t, report.Findings)
			for _, finding := range report.Findings {
				require.Contains(t, finding.Message, tt.want)
			}
		})
	}
}

// A word that was probably meant is proposed, and only then.
func TestFindings_proposeNamesThatWereMeant(t *testing.T) {
	offer := `{"additionalProperties":false,"properties":{"customerId":{},"total":{},"id":{}}}`
	for sent, want := range map[string]string{
		"customerID": "customerId", "custmerId": "customerId", "TOTAL": "total", "totals": "total", "ib": "id",
		"delivery": "", "x": "", strings.Repeat("customerId", 10): "",
	} {
		report, err := compare(posting(offer), sending(`{`+quoted(sent)+`:1}`))
		require.NoError(t, err)
		require.Len(t, report.Findings, 1)
		if want == "" {
			require.NotContains(t, report.Findings[0].Message, "did you mean", sent)
			continue
		}
		require.Contains(t, report.Findings[0].Message, fmt.Sprintf("did you mean %q?", want), sent)
	}
}

// Why the broker refuses a comparison names the side that has to change something.
func TestRefusals_nameTheirSide(t *testing.T) {
	_, err := comparison.ReadPact([]byte(`[]`))
	require.EqualError(t, err, "The pact cannot be compared: it is no object with `interactions`.")
	_, err = comparison.ReadDocument([]byte(`[]`))
	require.EqualError(t, err, "The provider contract cannot be compared: it is no object; an OpenAPI document begins with `openapi: 3.0.3`, or the like.")
}

// Only errors say that something cannot work, and pending interactions are never to
// blame; the report counts what it does not list all the same.
func TestReport_failsByAnErrorThatIsNotListed(t *testing.T) {
	warning := `{"description":"w","request":{"path":"/t","query":{"unknown":"1"}},"response":{"status":200}},`
	document := `{"openapi":"3.0.3","info":{},"paths":{"/t":{"get":{"responses":{"200":{"description":"ok"}}}}}}`
	report, err := compare(document, `{"interactions":[`+strings.Repeat(warning, 1000)+`{"request":{"path":"/none"},"response":{"status":200}}]}`)
	require.NoError(t, err)
	require.Len(t, report.Findings, 1000)
	require.Equal(t, 1, report.More)
	require.False(t, report.Compatible(), "the error stands behind a thousand warnings")
}

func TestFindings_tellWhetherThereIsNoOperation(t *testing.T) {
	const async = `{"asyncapi":"3.0.0","info":{},"channels":{"c":{"messages":{"m":{}}}},"operations":{"on":{"action":"send","channel":{"$ref":"#/channels/c"}}}}`
	const message = `{"interactions":[{"type":"Asynchronous/Messages","description":"m"%s}],"metadata":{"pactSpecification":{"version":"4.0"}}}`
	for name, tt := range map[string]struct {
		document, pact string
		want           bool
	}{
		"a path that is not there":          {posting(`{}`), `{"interactions":[{"request":{"path":"/none"},"response":{"status":201}}]}`, true},
		"a status that is not there":        {posting(`{}`), `{"interactions":[{"request":{"method":"POST","path":"/items"},"response":{"status":299}}]}`, false},
		"a body that does not fit":          {posting(`{"type":"string"}`), sending(`1`), false},
		"a message without an operation":    {async, fmt.Sprintf(message, ``), true},
		"a message of an unknown operation": {async, fmt.Sprintf(message, `,"comments":{"references":{"AsyncAPI":{"operationId":"off"}}}`), true},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := compare(tt.document, tt.pact)
			require.NoError(t, err)
			require.NotEmpty(t, report.Findings)
			require.Equal(t, tt.want, report.Findings[0].NoOperation(), "%+v", report.Findings[0])
		})
	}
}
