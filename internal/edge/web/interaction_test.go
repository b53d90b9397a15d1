package web

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testrandom"
	"github.com/accord-broker/accord/internal/verification"
)

// lined is what the page shows of a part: the first line, the headers and the body, each
// with what is said beside it.
func lined(p interactionPart) (lines []string) {
	said := func(line string, words ...string) string {
		for _, text := range words {
			if text != "" {
				line += " <" + text + ">"
			}
		}
		return line
	}
	if p.Line != "" {
		lines = append(lines, said(p.Line, p.LineRule.Rule, p.LineRule.Generated))
	}
	for _, h := range append(p.Query, p.Headers...) {
		lines = append(lines, said(h.Name+": "+h.Value, h.Rule, h.Generated))
	}
	for _, block := range p.Blocks {
		if block.Title != "" {
			lines = append(lines, said("["+block.Title+"]", block.Rule))
		}
		for _, b := range block.Lines {
			key := b.Key
			if key != "" {
				key += ": "
			}
			lines = append(lines, said(strings.ReplaceAll(b.Indent, "  ", ".")+key+b.Text, b.Rule, b.Generated))
		}
	}
	for _, f := range p.Further {
		lines = append(lines, said("further: "+f.Name, f.Rule, f.Generated))
	}
	return lines
}

// shownOf is how the page shows an interaction that nobody has verified.
func shownOf(t *testing.T, text string) interaction {
	t.Helper()
	require.True(t, json.Valid([]byte(text)), text)
	return contractView{}.interaction(0, json.RawMessage(text))
}

func TestMatchers_areSaidInWords(t *testing.T) {
	for matcher, want := range map[string]string{
		`{"match":"type"}`: "any value of this kind", `{}`: "any value of this kind", `{"match":"regex","regex":"^a\\d$"}`: `matches ^a\d$`, `{"regex":"x"}`: "matches x",
		`{"match":"type","min":0}`: "at least 0, each like this", `{"match":"type","max":3}`: "at most 3, each like this", `{"min":1,"max":2}`: "1 to 2, each like this", `{"match":"min-type","min":2}`: "at least 2, each like this",
		`{"match":"integer"}`: "any whole number", `{"match":"decimal"}`: "any decimal number", `{"match":"number"}`: "any number", `{"match":"boolean"}`: "true or false", `{"match":"null"}`: "nothing",
		`{"match":"equality"}`: "exactly this", `{"match":"include","value":"x y"}`: "contains x y", `{"match":"semver"}`: "a version number", `{"match":"notEmpty"}`: "anything but nothing",
		`{"match":"date"}`: "a date", `{"match":"date","format":"yyyy"}`: "a date like yyyy", `{"match":"time","time":"HH:mm"}`: "a time like HH:mm", `{"match":"timestamp","timestamp":"yyyy"}`: "a date and time like yyyy", `{"match":"datetime"}`: "a date and time",
		`{"match":"contentType","value":"image/png"}`: "content of type image/png", `{"match":"values"}`: "any keys, each value like this", `{"match":"arrayContains","variants":[]}`: "has these in any order",
		`{"match":"statusCode","status":"success"}`: "any from 200 to 299", `{"match":"statusCode","status":"nonError"}`: "any below 400", `{"match":"statusCode","status":[200,404]}`: "200 or 404", `{"match":"statusCode","status":"odd"}`: "odd",
		`{"match":"eachKey","rules":[{"match":"regex","regex":"^k"}]}`: "each key matches ^k", `{"match":"eachValue","rules":[{"match":"integer"},{"match":"notEmpty"}]}`: "each value any whole number and anything but nothing",
		`{"match":"of a plugin"}`: "of a plugin", `"no object"`: "any value of this kind",
	} {
		require.Equal(t, want, matcherText(json.RawMessage(matcher)), matcher)
	}
	for list, want := range map[string]string{
		`{"matchers":[{"match":"type"}]}`: "any value of this kind", `{"combine":"AND","matchers":[{"match":"integer"},{"match":"notEmpty"}]}`: "any whole number and anything but nothing",
		`{"combine":"OR","matchers":[{"match":"integer"},{"match":"null"}]}`: "any whole number or nothing", `{"matchers":[]}`: "", `{"matchers":"x"}`: "", `{"match":"integer"}`: "any whole number",
	} {
		require.Equal(t, want, ruleText(json.RawMessage(list)), list)
	}
}

func TestGenerators_areSaidInWords(t *testing.T) {
	for generator, want := range map[string]string{
		`{"type":"ProviderState","expression":"${id}","dataType":"STRING"}`: "filled in by the provider: ${id}", `{"type":"RandomInt","min":0,"max":9}`: "made anew: a whole number from 0 to 9", `{"type":"Regex","regex":"[a-f]+"}`: "made anew: matches [a-f]+",
		`{"type":"RandomString","size":5}`: "made anew: a text, 5 long", `{"type":"RandomBoolean"}`: "made anew: true or false", `{"type":"RandomDecimal","digits":3}`: "made anew: a decimal number, 3 long", `{"type":"RandomHexadecimal"}`: "made anew: hexadecimal digits", `{"type":"Uuid","format":"simple"}`: "made anew: a UUID like simple",
		`{"type":"Date","format":"yyyy"}`: "made anew: a date like yyyy", `{"type":"DateTime","expression":"+1 day"}`: "made anew: a date and time like +1 day", `{"type":"Time"}`: "made anew: a time", `{"type":"MockServerURL"}`: "made anew: an address of the server", `{"type":"Other"}`: "made anew: Other", `{}`: "", `"x"`: "",
	} {
		require.Equal(t, want, generatorText(json.RawMessage(generator)), generator)
	}
}

// The page says that a value is exactly as shown where no rule stands beside it, so no
// rule may be missing, in whichever version of the format and of whatever it is.
func TestRules_standBesideAllThatTheyAreAbout(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		parts   [][]string
	}{
		"V1": {`{"description":"d","provider_state":"s","request":{"method":"get","path":"/a","query":"b=c&d=e","headers":{"Accept":"x"}},"response":{"status":200,"body":"plain"}}`,
			[][]string{{"GET /a", "?b: c", "?d: e", "Accept: x"}, {"200", "plain"}}},
		"V2": {`{"description":"d","request":{"method":"POST","path":"/a/1","query":"page=2","headers":{"X-Id":"1"},"body":{"id":1,"list":[{"n":"x"}]},
			"matchingRules":{"$.path":{"match":"regex","regex":"^/a"},"$.query.page":{"match":"type"},"$.headers.x-id":{"match":"regex","regex":"\\d"},"$.body.id":{"match":"type"},"$.body.list":{"min":1},"$.body.list[*].n":{"match":"regex","regex":"x+"}}},
			"response":{"status":201,"headers":{"Location":"/a/1"},"matchingRules":{"$.header.Location":{"match":"regex","regex":"a"},"$.body":{"match":"type"}},"body":{"a":{"b":[1,"x"]},"c":null}}}`,
			[][]string{
				{"POST /a/1 <matches ^/a>", "?page: 2 <any text>", `X-Id: 1 <matches \d>`, "{", `."id": 1, <any number>`, `."list": [ <at least 1, each like this>`, "..{", `..."n": "x" <matches x+>`, "..}", ".]", "}"},
				{"201", "Location: /a/1 <matches a>", "{ <any value of this kind>", `."a": {`, `.."b": [`, "...1, <any number>", `..."x" <any text>`, "..]", ".},", `."c": null <any value of this kind>`, "}"},
			}},
		"V3": {`{"description":"d","request":{"method":"GET","path":"/o/7","query":{"page":["2"],"id[]":["a","b"],"free":["x"]},"headers":{"Accept":["a","b"]},
			"matchingRules":{"path":{"matchers":[{"match":"regex","regex":"^/o/\\d+$"}]},"query":{"page":{"matchers":[{"match":"integer"}]},"$['id[]'][0]":{"matchers":[{"match":"type"}]}},"header":{"accept":{"matchers":[{"match":"include","value":"a"}]}}},
			"generators":{"path":{"type":"ProviderState","expression":"/o/${id}"},"query":{"free":{"type":"RandomInt","min":1,"max":5}},"header":{"Accept":{"type":"Uuid"}}}},
			"response":{"status":200,"matchingRules":{"status":{"matchers":[{"match":"integer"}]},"body":{"$.x":{"matchers":[{"match":"decimal"}]}}},"generators":{"status":{"type":"RandomInt","min":200,"max":299},"body":{"$.y":{"type":"ProviderState","expression":"${y}"}}},"body":{"x":1.5,"y":2,"content":"c","contentType":"t"}}}`,
			[][]string{
				{`GET /o/7 <matches ^/o/\d+$> <filled in by the provider: /o/${id}>`, "?page: 2 <any whole number>", "?id[]: a <any text>", "?id[]: b", "?free: x <made anew: a whole number from 1 to 5>", "Accept: a, b <contains a> <made anew: a UUID>"},
				{"200 <any whole number> <made anew: a whole number from 200 to 299>", "{", `."x": 1.5, <any decimal number>`, `."y": 2, <filled in by the provider: ${y}>`, `."content": "c",`, `."contentType": "t"`, "}"},
			}},
		"V3, a message": {`{"description":"d","metaData":{"topic":"t","key":{"a":1}},"contents":{"id":"7"},"matchingRules":{"body":{"$.id":{"matchers":[{"match":"type"}]}},"metadata":{"topic":{"matchers":[{"match":"regex","regex":"t.*"}]}}},"generators":{"metadata":{"key":{"type":"RandomString"}}}}`,
			[][]string{{"topic: t <matches t.*>", `key: {"a":1} <made anew: a text>`, "{", `."id": "7" <any text>`, "}"}}},
		"V4": {`{"type":"Synchronous/HTTP","description":"d","request":{"method":"PUT","path":"/a","body":{"content":{"n":1},"contentType":"application/json","encoded":false},"matchingRules":{"body":{"$.n":{"matchers":[{"match":"number"}]}}}},"response":{"status":204,"matchingRules":{"status":{"matchers":[{"match":"statusCode","status":"success"}]}}}}`,
			[][]string{{"PUT /a", "{", `."n": 1 <any number>`, "}"}, {"204 <any from 200 to 299>"}}},
		"V4, a message": {`{"type":"Asynchronous/Messages","description":"d","contents":{"content":"AAEC","contentType":"image/png","contentTypeHint":"BINARY","encoded":"base64"},"metadata":{"k":"v"},"matchingRules":{"body":{"$":{"matchers":[{"match":"contentType","value":"image/png"}]}}}}`,
			[][]string{{"k: v", "[image/png · 3 bytes] <content of type image/png>", "0000: 00 01 02                 ..."}}},
		"V4, question and answers": {`{"type":"Synchronous/Messages","description":"d","request":{"contents":{"content":"q","encoded":false,"contentType":"text/plain"}},"response":[{"contents":{"content":"a1","encoded":false,"contentType":"text/plain"}},{"contents":{"content":{"n":1},"contentType":"application/grpc","encoded":false},"metadata":{"grpc-status":"OK"}}]}`,
			[][]string{{"[text/plain]", "q"}, {"[text/plain]", "a1"}, {"grpc-status: OK", "{", `."n": 1`, "}"}}},
		"nothing in it":  {`{"description":"d","request":{"query":{},"method":null,"path":""},"response":{}}`, [][]string{{" "}, nil}},
		"an empty query": {`{"description":"d","request":{"query":"","method":"get","path":"/"},"response":{"status":200,"body":null,"headers":{}}}`, [][]string{{"GET /"}, {"200"}}},
		"empty bodies":   {`{"description":"d","request":{"method":"get","path":"/","body":{}},"response":{"status":200,"body":[]}}`, [][]string{{"GET /", "{}"}, {"200", "[]"}}},
	} {
		shown := shownOf(t, c.content)
		var parts [][]string
		for _, p := range shown.Parts {
			parts = append(parts, lined(p))
		}
		require.Equal(t, c.parts, parts, name)
		require.Equal(t, "d", shown.Description, name)
	}
}

// Where several rules lead to a value, the one counts that says most exactly where it
// stands, whatever their order.
func TestRules_theMostExactCounts(t *testing.T) {
	rule := func(path, text string) pathRule { return pathRule{path: steps(path), text: text} }
	all := []pathRule{rule("$", "whole"), rule("$.a[*].b", "any"), rule("$.a[0].b", "first"), rule("$.*[0].*", "vague"), rule("$['x.y']['z']", "quoted"), rule(`$["*"]`, "star")}
	random := testrandom.New(t)
	for range 10 {
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for path, want := range map[string]string{"": "whole", "a 0 b": "first", "a 1 b": "any", "c 0 b": "vague", "c 1 b": "", "x.y z": "quoted", "a 0": "", "a 0 b c": "", "anything": "star"} {
			require.Equal(t, want, ruleAt(all, strings.Fields(path)), path)
		}
	}
}

// What is asked of the kind of a value holds for all in it, down to where another rule
// stands: the nearest above.
func TestRules_aboutKindsHoldForAllBelow(t *testing.T) {
	content := func(rules string) string {
		return `{"description":"d","request":{},"response":{"status":200,"body":{"a":{"b":{"c":1}},"d":[2]},"matchingRules":` + rules + `}}`
	}
	for rules, want := range map[string][2]string{
		`{}`:                            {"", ""},
		`{"$.body":{"match":"type"}}`:   {"any number", "any number"},
		`{"$.body.a":{"match":"type"}}`: {"any number", ""},
		`{"$.body":{"match":"type"},"$.body.a.b":{"match":"equality"}}`:  {"", "any number"},
		`{"$.body":{"match":"equality"},"$.body.a.b":{"match":"type"}}`:  {"any number", ""},
		`{"$.body.a.b.c":{"match":"integer"},"$.body":{"match":"type"}}`: {"any whole number", "any number"},
		`{"$.body.d":{"min":1}}`:                                                                                       {"", "any number"},
		`{"$.body.a":{"match":"values"},"$.body":{"match":"type"}}`:                                                    {"", "any number"},
		`{"body":{"$.*":{"matchers":[{"match":"type"}]},"$.a":{"matchers":[{"match":"equality"}]}}}`:                   {"", "any number"},
		`{"body":{"$":{"matchers":[{"match":"equality"},{"match":"type"}]},"$.d[0]":{"matchers":[{"match":"null"}]}}}`: {"any number", "nothing"},
	} {
		found := map[string]string{}
		for _, line := range shownOf(t, content(rules)).Parts[1].Blocks[0].Lines {
			found[line.Key+strings.TrimRight(line.Text, ",")] = line.Rule
		}
		require.Equal(t, want, [2]string{found[`"c"1`], found["2"]}, rules)
	}
}

// The lines of a body are its JSON, whatever that is: a reader who copies them has what
// the pact says.
func TestBody_isWrittenAsItIs(t *testing.T) {
	random := testrandom.New(t)
	var value func(depth int) any
	value = func(depth int) any {
		switch n := random.IntN(8); {
		case depth > 0 && n < 2:
			list := make([]any, random.IntN(4))
			for i := range list {
				list[i] = value(depth - 1)
			}
			return list
		case depth > 0 && n < 5:
			object := map[string]any{}
			for range random.IntN(4) {
				object[[]string{"a", "b c", `"`, "é", "<i>", ""}[random.IntN(6)]] = value(depth - 1)
			}
			return object
		case n == 5:
			return []any{nil, true, false}[random.IntN(3)]
		case n == 6:
			return random.Float64() * 1000
		}
		return []string{"", "x", "\"\\\n", "<b>", "😀", "{", "null"}[random.IntN(7)]
	}
	for range 300 {
		said := value(4)
		text, err := json.Marshal(said)
		require.NoError(t, err)
		printer := bodyPrinter{}
		printer.print(text, nil, "", "", "")
		var written strings.Builder
		for _, line := range printer.lines {
			key := line.Key
			if key != "" {
				key += ": "
			}
			written.WriteString(line.Indent + key + line.Text + "\n")
		}
		if printer.cut {
			require.Len(t, printer.lines, linesShown)
			continue
		}
		require.JSONEq(t, string(text), written.String())
	}
}

func TestBody_endsWhereItIsTooLong(t *testing.T) {
	for values, cut := range map[int]bool{linesShown - 1: false, linesShown: true} {
		shown := shownOf(t, fmt.Sprintf(`{"description":"d","request":{},"response":{"body":[%s0]}}`, strings.Repeat("0,", values-1)))
		require.Equal(t, cut, shown.Parts[1].Blocks[0].Cut, values)
		if cut {
			require.Len(t, shown.Parts[1].Blocks[0].Lines, linesShown)
		} else {
			require.Len(t, shown.Parts[1].Blocks[0].Lines, values+2, "one for each value, and the brackets")
		}
	}
}

func TestInteraction_saysInWhichSituationAndWhatItsAuthorAdded(t *testing.T) {
	for content, want := range map[string][]string{
		`{"providerState":"a"}`: {"a"}, `{"provider_state":"b"}`: {"b"}, `{"providerState":null}`: nil, `{"providerStates":[]}`: nil, `{"providerStates":"x"}`: nil,
		`{"providerStates":[{"name":"a"},{"name":"b","params":{}},{"name":"c","params":{"id":1}},{"name":"d","params":null}]}`: {"a", "b", `c {"id":1}`, "d"},
	} {
		require.Equal(t, want, shownOf(t, content).States, content)
	}
	for content, want := range map[string][]string{`{"comments":{"text":["one","two"],"testname":"T"}}`: {"one", "two"}, `{"comments":{"text":"x"}}`: {"x"}, `{"comments":{"text":[1,"<b>"]}}`: {"1", "<b>"}, `{"comments":[]}`: nil, `{}`: nil} {
		require.Equal(t, want, shownOf(t, content).Comments, content)
	}
	require.Equal(t, "an interaction without a description", shownOf(t, `{"request":{}}`).Description)
	require.Equal(t, "7", shownOf(t, `{"description":7}`).Description)
}

func TestReadContract_knowsWhatIsInItAndWhichFormatItHas(t *testing.T) {
	for content, want := range map[string]struct {
		specification          string
		interactions, messages int
	}{
		`{"interactions":[{},{}],"metadata":{"pactSpecification":{"version":"2.0.0"}}}`: {"Pact V2", 2, 0},
		`{"messages":[{}],"metadata":{"pact-specification":{"version":"3"}}}`:           {"Pact V3", 0, 1},
		`{"interactions":[{}],"messages":[{}],"metadata":{"pactSpecification":{}}}`:     {"", 1, 1},
		`{"interactions":{},"messages":null,"metadata":[]}`:                             {"", 0, 0},
		`[]`: {"", 0, 0},
		`{"metadata":{"pactSpecification":{"version":"4.0"},"pact-specification":"no"}}`: {"Pact V4", 0, 0},
	} {
		read := readContract([]byte(content))
		require.Equal(t, want.specification, read.specification, content)
		require.Len(t, read.interactions, want.interactions, content)
		require.Len(t, read.messages, want.messages, content)
	}
}

// An interaction has failed if the result says so of it: by its ID, or by its
// description where the result has no IDs.
func TestInteraction_isMarkedAsTheResultSays(t *testing.T) {
	const named = `{"interactionId":"7","interactionDescription":"other","success":false,"exceptions":[{"message":"p"}]}`
	const described = `{"interactionDescription":"d","success":false,"exceptions":[{"message":"q"}]}`
	const elsewhere = `{"interactionDescription":"d","interactionProviderState":"another","success":false,"exceptions":[{"message":"q"}]}`
	for name, c := range map[string]struct {
		result  *verification.Result
		tests   string
		mark    string
		problem string
	}{
		"nobody has looked":           {nil, "", "not verified", ""},
		"all is well":                 {&verification.Result{Success: true}, "", "verified", ""},
		"failed by its ID":            {&verification.Result{}, named, "failed", "p"},
		"failed by its description":   {&verification.Result{}, described, "failed", "q"},
		"another of the same name":    {&verification.Result{}, `{"interactionId":"8","interactionDescription":"d","success":false}`, "verified", ""},
		"others have failed":          {&verification.Result{}, `{"interactionDescription":"e","success":false}`, "verified", ""},
		"in another state":            {&verification.Result{}, elsewhere, "verified", ""},
		"in a state nobody knows":     {&verification.Result{}, strings.Replace(elsewhere, "another", "whatever", 1), "failed", "q"},
		"nobody knows which":          {&verification.Result{}, "", "not known", ""},
		"failed although all is well": {&verification.Result{Success: true}, described, "failed", "q"},
	} {
		const content = `{"_id":"7","description":"d","request":{},"providerState":"this"}`
		read := readable{interactions: []json.RawMessage{json.RawMessage(content), json.RawMessage(`{"description":"d","providerState":"another","request":{}}`)}}
		if c.result != nil {
			c.result.TestResults = []byte("[" + c.tests + "]")
		}
		shown := contractView{failures: failuresOf(c.result, indexOf(read))}.interaction(3, json.RawMessage(content))
		require.Equal(t, c.mark, shown.Mark.Word, name)
		if c.problem == "" {
			require.Empty(t, shown.Said, name)
		} else {
			require.Equal(t, []string{c.problem}, shown.Said, name)
		}
		require.Equal(t, c.mark == "failed", shown.Open, name)
		require.Equal(t, "i4", shown.ID)
	}
}

func TestInteraction_withoutAPathHasWordsForAHeading(t *testing.T) {
	for _, content := range []string{`{"request":{}}`, `{"request":{"method":"GET","path":""}}`, `{"request":{"path":" "},"description":" "}`} {
		require.Equal(t, "an interaction without a path", shownOf(t, content).Endpoint, content)
		require.Equal(t, "an interaction without a description", shownOf(t, content).Description, content)
	}
}
