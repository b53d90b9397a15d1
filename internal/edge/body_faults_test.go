package edge

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
)

func TestJSONFault_saysWhereABodyStopsBeingJSON(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for body, want := range map[string]string{
		`{"a":1`:               "is not JSON: ",
		`{"a":1,}`:             "invalid character",
		`{"a":1}{}`:            "something follows its end",
		`{"a":1} x`:            "position 8",
		`{"a":1,"a":2}`:        "it names /a twice",
		`{"b":{"c":1,"c":2}}`:  "it names /b/c twice",
		`{'a':1}`:              "at position 1",
		`{"a":NaN}`:            "at position 5",
		`{"a":01}`:             "is not JSON",
		`"text"`:               "must be a JSON object",
		`7`:                    "must be a JSON object",
		`null`:                 "must be a JSON object",
		deep(51):               "more than 50 levels",
		"{\"a\":\"\xff\"}":     "the byte at position 6",
		"\xef\xbb\xbf{}":       "is not JSON",
		`{"a":"` + "\n" + `"}`: "is not JSON",
	} {
		err := jsonFault([]byte(body))
		require.ErrorContains(t, err, want, "%q", body)
		require.Equal(t, fault.Malformed, fault.KindOf(err), "%q", body)
	}
	for _, body := range []string{`{}`, `[]`, ` {"a":[1,{"b":null}]} ` + "\n", deep(50), `{"a":"[[[[{{{{\"[["}`, `{"a":"ü\u00fc"}`, `{"a":{"x":1},"b":{"x":1}}`} {
		require.NoError(t, jsonFault([]byte(body)), body)
	}
}

func FuzzJSONFault(f *testing.F) {
	for _, body := range []string{`{}`, `{"a":1,"a":2}`, `[[`, `"`, "\xff", `{"a":"\\\"["}`, ` `} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(strings.TrimSpace(string(body))) == 0 {
			return // an empty body is looked at before
		}
		err := jsonFault(body)
		if err != nil {
			require.Equal(t, fault.Malformed, fault.KindOf(err))
			return
		}
		var value any
		require.NoError(t, json.Unmarshal(body, &value), "what is let through can be read")
		require.LessOrEqual(t, depth(value), maxNesting)
	})
}

// depth is how deep a value goes.
func depth(value any) int {
	deepest := 0
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			deepest = max(deepest, depth(element))
		}
	case map[string]any:
		for _, member := range v {
			deepest = max(deepest, depth(member))
		}
	default:
		return 0
	}
	return deepest + 1
}

func TestNesting_countsNoBracketsInTexts(t *testing.T) {
	for body, want := range map[string]int{
		``: 0, `1`: 0, `{}`: 1, `[[]]`: 2, `[[],[],[[]]]`: 3, `"[[["`: 0, `{"[[":"]]"}`: 1, `["\"[["]`: 1, `["\\",[[]]]`: 3, `]]]`: 0,
	} {
		require.Equal(t, want, nesting([]byte(body)), body)
	}
}

func TestArticle_fitsTheWord(t *testing.T) {
	require.Equal(t, []string{"an array", "an object", "a number", "a string", "a bool", "a number"}, []string{article("array"), article("object"), article("number"), article("string"), article("bool"), article("number 1.5")})
}
