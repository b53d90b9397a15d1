package comparison_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

// slowPattern tries a text in more ways than anybody has time for, unless it ends as
// it must.
const slowPattern = `^(?=a)(a+)+$`

var slowText = strings.Repeat("a", 60) + "!"

// A value that was not held against a pattern is named: where it is, where the
// pattern stands, and why.
func TestPatterns_thatDoNotTellAreNamed(t *testing.T) {
	for name, tt := range map[string]struct{ schema, body, part, message string }{
		"in a text":        {`{"type":"string","pattern":"("}`, `"x"`, "", "The request's body was not held against the pattern (, which is no regular expression that can be read."},
		"in a property":    {`{"properties":{"a":{"type":"string","pattern":"a{2,1}"}}}`, `{"a":"x"}`, ".a", "a in the request's body was not held against the pattern a{2,1}, which is no regular expression that can be read."},
		"in a list":        {`{"items":{"pattern":"[z-a]"}}`, `["x","y"]`, ".0", "0 in the request's body was not held against the pattern [z-a], which is no regular expression that can be read."},
		"that is too long": {`{"pattern":"` + strings.Repeat("a", 10_001) + `"}`, `"x"`, "", "The request's body was not held against the pattern " + strings.Repeat("a", 79) + "…, which is no regular expression that can be read."},
		"that is slow":     {`{"pattern":"` + slowPattern + `"}`, quoted(slowText), "", "The request's body was not held against the pattern " + slowPattern + ", which takes too long for this value."},
		"of names":         {`{"patternProperties":{"(":{"type":"integer"}},"additionalProperties":false}`, `{"a":"x"}`, "", "The request's body may have properties that the pattern of names ( is about, which is no regular expression that can be read."},
		"in a reference":   {`{"$ref":"#/components/schemas/P"}`, `"x"`, "", "The request's body was not held against the pattern (?<, which is no regular expression that can be read."},
	} {
		t.Run(name, func(t *testing.T) {
			c := schemaCase{schema: tt.schema, named: `"P":{"type":"string","pattern":"(?<"}`}
			report, err := compare(c.document("3.1.0"), posted(tt.body))
			require.NoError(t, err)
			require.Equal(t, []string{"warning request.body.unvalidatable"}, kindsAndCodes(report.Findings))
			found := report.Findings[0]
			require.Equal(t, tt.message, found.Message)
			require.Equal(t, "[root].interactions[0].request.body"+tt.part, found.PactPath)
			require.Regexp(t, `/(pattern|patternProperties/.*)$`, found.SpecPointer)
			require.Contains(t, found.Remedy, "Provider: write the pattern")
			require.True(t, report.Compatible())
		})
	}
}

// What else a schema says counts all the same, and what depends on the pattern is
// held against nobody.
func TestPatterns_thatDoNotTellLeaveTheRestToBeJudged(t *testing.T) {
	const unjudged, bad = "warning request.body.unvalidatable", "error request.body.incompatible"
	for name, tt := range map[string]struct {
		schema, body string
		want         []string
	}{
		"another type":                    {`{"type":"string","pattern":"("}`, `1`, []string{bad}},
		"another rule for the same text":  {`{"pattern":"(","maxLength":1}`, `"xy"`, []string{bad, unjudged}},
		"another property":                {`{"properties":{"a":{"pattern":"("},"b":{"type":"integer"}}}`, `{"a":"x","b":"x"}`, []string{bad, unjudged}},
		"no value to hold against it":     {`{"properties":{"a":{"pattern":"("}}}`, `{"b":"x"}`, []string{}},
		"what is ruled out by it":         {`{"not":{"pattern":"("}}`, `"x"`, []string{unjudged}},
		"one of two that may fit":         {`{"oneOf":[{"pattern":"("},{"type":"string"}]}`, `"x"`, []string{unjudged}},
		"properties of an answered name":  {`{"properties":{"a":{"type":"integer"}},"patternProperties":{"(":{}}}`, `{"a":"x","z":1}`, []string{bad, unjudged}},
		"a pattern that looks ahead only": {`{"pattern":"^(?!admin).*$"}`, `"administrator"`, []string{bad}},
		"a pattern that looks and fits":   {`{"pattern":"^(?!admin).*$"}`, `"user"`, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := compare(schemaCase{schema: tt.schema}.document("3.1.0"), posted(tt.body))
			require.NoError(t, err)
			require.Equal(t, tt.want, kindsAndCodes(report.Findings), "%+v", report.Findings)
		})
	}
}

func TestPatterns_thatDoNotTellAreNamedWhereverTheyStand(t *testing.T) {
	document := `{"openapi":"3.0.3","info":{},"paths":{"/p/{id}":{"get":{"parameters":[
		{"name":"id","in":"path","required":true,"schema":{"type":"string","pattern":"("}},{"name":"q","in":"query","schema":{"type":"string","pattern":"("}},{"name":"X-H","in":"header","schema":{"type":"string","pattern":"("}}],
		"responses":{"200":{"description":"ok","headers":{"X-R":{"schema":{"type":"string","pattern":"("}}}}}}}}}`
	report, err := compare(document, `{"interactions":[{"description":"d","request":{"method":"GET","path":"/p/1","query":"q=1","headers":{"X-H":"1"}},"response":{"status":200,"headers":{"X-R":"1"}}}]}`)
	require.NoError(t, err)
	require.Equal(t, []string{"warning request.header.unvalidatable", "warning request.path.unvalidatable", "warning request.query.unvalidatable", "warning response.header.unvalidatable"}, kindsAndCodes(report.Findings))
	checkPlaces(t, []byte(document), report.Findings)
	require.Equal(t, `GET /p/1 may be no path of /p/{id}: "id" was not held against the pattern (, which is no regular expression that can be read.`, report.Findings[0].Message)
}

// Patterns are those of ECMAScript, whichever way they are tried.
func TestPatterns_meanWhatTheyDoInECMAScript(t *testing.T) {
	for _, tt := range []struct {
		pattern     string
		fit, broken []string
	}{
		{`^\s+$`, []string{" ", "\u00a0", "\ufeff", "\u2003\u000b", "\t\n"}, []string{"a", "_"}},
		{`^\S+$`, []string{"abc", "é"}, []string{"a b", "a\u00a0b"}},
		{`^[\s,]+$`, []string{" ,", "\u00a0"}, []string{"a"}},
		{`^[^\s]+$`, []string{"a"}, []string{"\u00a0"}},
		{`^[\s-x]$`, []string{" ", "x"}, []string{"y"}},
		{`^\[\s\]$`, []string{"[ ]"}, []string{"[", "[a]"}},
		{`^\u{1F600}$`, []string{"😀"}, []string{"a"}},
		{`^\ud83d\ude00$`, []string{"😀"}, []string{"a"}},
		{`^(?=.)\u{1F600}$`, []string{"😀"}, []string{"a"}},
		{`^[\u002d\u005d]+$`, []string{"-", "]"}, []string{"a"}},
		{`^\u002e$`, []string{"."}, []string{"a"}},
		{`^(?=.)\u002e$`, []string{"."}, []string{"a"}},
		{`^\p{Script=Greek}+$`, []string{"αβ"}, []string{"ab"}},
		{`^(?!x)\p{sc=Greek}+$`, []string{"αβ"}, []string{"ab"}},
		{`^(?!x)\p{Lu}$`, []string{"É"}, []string{"é"}},
		{`^\d\w$`, []string{"1a"}, []string{"١a", "1é"}},
		{`^.{1,2000}$`, []string{"a"}, []string{""}},
	} {
		for _, version := range []string{"3.0.3", "3.1.0"} {
			d, err := comparison.ReadDocument([]byte(schemaCase{schema: `{"type":"string","pattern":` + quoted(tt.pattern) + `}`}.document(version)))
			require.NoError(t, err)
			for _, value := range tt.fit {
				require.Empty(t, findingsFor(t, d, posted(quoted(value))), "%s fits %s", value, tt.pattern)
			}
			for _, value := range tt.broken {
				require.Equal(t, []string{"error request.body.incompatible"}, kindsAndCodes(findingsFor(t, d, posted(quoted(value)))), "%s breaks %s", value, tt.pattern)
			}
		}
	}
}

// That a pattern took too long for one value says nothing of other values, nor of the
// next comparison with the document.
func TestPatterns_thatWereSlowAreAskedAgain(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(withSchema(`{"type":"array","items":{"pattern":"`+slowPattern+`"}}`, "")))
	require.NoError(t, err)
	both := expecting(fmt.Sprintf(`[%q,"b"]`, slowText))
	for range 2 {
		require.Equal(t, []string{"error response.body.incompatible", "warning response.body.unvalidatable"}, kindsAndCodes(findingsFor(t, d, both)))
		require.Equal(t, []string{"error response.body.incompatible"}, kindsAndCodes(findingsFor(t, d, expecting(`["b"]`))))
	}
}

// However many values a slow pattern meets, a comparison does not wait for all.
func TestPatterns_thatAreSlowEndTogether(t *testing.T) {
	many := make([]string, 200)
	for i := range many {
		many[i] = quoted(slowText + fmt.Sprint(i))
	}
	started := time.Now()
	report, err := compare(withSchema(`{"items":{"pattern":"`+slowPattern+`"}}`, ""), expecting("["+strings.Join(many, ",")+"]"))
	require.NoError(t, err)
	require.True(t, report.Compatible())
	require.Len(t, report.Findings, 1, "told once for the pattern")
	require.Less(t, time.Since(started), 10*time.Second)
}

func TestNotices_nameUnreadablePatternsByTheirPlace(t *testing.T) {
	require.Equal(t, []string{
		"The pattern at [root].components.schemas.A.items.pattern ([) is no regular expression that can be read; values are not held against it.",
		"The pattern at [root].components.schemas.A.patternProperties.( (() is no regular expression that can be read; values are not held against it.",
	}, noticesOf(t, withSchema(`{}`, `"A":{"patternProperties":{"(":{}},"items":{"pattern":"["},"properties":{"pattern":{"type":"string"}},"example":{"pattern":"("},"not":{"pattern":"^(?=a)b"}}`)))
}
