package clientpacts_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rule is a matching rule of specification version 2.
type rule struct {
	Match string `json:"match"`
	Regex string `json:"regex"`
	Min   *int   `json:"min"`
}

// rules are the matching rules of a response, by path: $.body.matrix[*].name.
type rules map[string]rule

// at returns the rule for a path: of those that fit the path or one of its
// ancestors, the one that says most about it.
func (r rules) at(path []string) (rule, bool) {
	best, most := rule{}, 0
	for expression, candidate := range r {
		if weight := weigh(steps(expression), path); weight > most {
			best, most = candidate, weight
		}
	}
	return best, most > 0
}

// weigh is 0 if the pattern does not lead to the path or an ancestor of it;
// longer patterns and fewer wildcards weigh more.
func weigh(pattern, path []string) int {
	if len(pattern) > len(path) {
		return 0
	}
	weight := 1
	for i, step := range pattern {
		switch step {
		case path[i]:
			weight *= 2
		case "*":
		default:
			return 0
		}
	}
	return weight * len(pattern)
}

var stepForm = regexp.MustCompile(`\['([^']+)'\]|\[(\d+|\*)\]|\.?([^.\[\]]+)`)

// steps splits $.body._links['pb:x'][0].href into its steps, without the $. The
// older client writes [*].* for "each element and what is in it", also where
// the elements are texts.
func steps(expression string) (found []string) {
	if strings.HasSuffix(expression, "[*].*") {
		expression = strings.TrimSuffix(expression, ".*")
	}
	for _, parts := range stepForm.FindAllStringSubmatch(strings.TrimPrefix(expression, "$"), -1) {
		found = append(found, parts[1]+parts[2]+parts[3])
	}
	return found
}

// differences tells where actual does not meet what is expected at the path.
// More members than expected are always welcome; more elements are not, unless a rule says so.
func (r rules) differences(path []string, expected, actual any) []string {
	wanted, ruled := r.at(path)
	if ruled && wanted.Regex != "" {
		return wanted.regexDifferences(path, actual)
	}
	switch expected := expected.(type) {
	case map[string]any:
		return r.memberDifferences(path, expected, actual)
	case []any:
		return r.elementDifferences(path, wanted, ruled, expected, actual)
	}
	if ruled && wanted.Match == "type" {
		if reflect.TypeOf(expected) != reflect.TypeOf(actual) {
			return []string{fmt.Sprintf("%s: %v is not of the kind of %v", where(path), show(actual), show(expected))}
		}
		return nil
	}
	if !reflect.DeepEqual(expected, actual) {
		return []string{fmt.Sprintf("%s: %s instead of %s", where(path), show(actual), show(expected))}
	}
	return nil
}

func (w rule) regexDifferences(path []string, actual any) []string {
	text, isText := actual.(string)
	form := regexp.MustCompile(strings.ReplaceAll(w.Regex, "(?-mix:", "(?:"))
	if !isText || !form.MatchString(text) {
		return []string{fmt.Sprintf("%s: %s does not match %s", where(path), show(actual), w.Regex)}
	}
	return nil
}

func (r rules) memberDifferences(path []string, expected map[string]any, actual any) (found []string) {
	members, isObject := actual.(map[string]any)
	if !isObject {
		return []string{fmt.Sprintf("%s: %s is no object", where(path), show(actual))}
	}
	for name, value := range expected {
		below := append(path[:len(path):len(path)], name)
		if given, present := members[name]; present {
			found = append(found, r.differences(below, value, given)...)
		} else {
			found = append(found, where(below)+": is missing")
		}
	}
	return found
}

func (r rules) elementDifferences(path []string, wanted rule, ruled bool, expected []any, actual any) (found []string) {
	elements, isArray := actual.([]any)
	switch {
	case !isArray:
		return []string{fmt.Sprintf("%s: %s is no array", where(path), show(actual))}
	case wanted.Min != nil && len(elements) < *wanted.Min:
		return []string{fmt.Sprintf("%s: has %d elements, at least %d are needed", where(path), len(elements), *wanted.Min)}
	case !ruled && len(elements) != len(expected):
		return []string{fmt.Sprintf("%s: has %d elements instead of %d", where(path), len(elements), len(expected))}
	case len(expected) == 0:
		return nil
	}
	for i, element := range elements {
		example := expected[0]
		if i < len(expected) {
			example = expected[i]
		}
		found = append(found, r.differences(append(path[:len(path):len(path)], fmt.Sprint(i)), example, element)...)
	}
	return found
}

func where(path []string) string { return "$." + strings.Join(path, ".") }

func show(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}

func TestDifferences_areFound(t *testing.T) {
	one := 1
	for name, c := range map[string]struct {
		rules            rules
		expected, actual string
		differences      int
	}{
		"the same":                    {nil, `{"a":[1,{"b":null}]}`, `{"a":[1,{"b":null}]}`, 0},
		"more members":                {nil, `{"a":1}`, `{"a":1,"b":2}`, 0},
		"a missing member":            {nil, `{"a":1,"b":2}`, `{"a":1}`, 1},
		"another value":               {nil, `{"a":1}`, `{"a":2}`, 1},
		"more elements":               {nil, `[1]`, `[1,1]`, 1},
		"an object for an array":      {nil, `[1]`, `{"0":1}`, 1},
		"another value of the type":   {rules{"$.body.a": {Match: "type"}}, `{"a":1}`, `{"a":2}`, 0},
		"another type":                {rules{"$.body.a": {Match: "type"}}, `{"a":1}`, `{"a":"1"}`, 1},
		"a type from an ancestor":     {rules{"$.body": {Match: "type"}}, `{"a":{"b":1}}`, `{"a":{"b":2}}`, 0},
		"elements like the first":     {rules{"$.body": {Match: "type", Min: &one}}, `[{"a":1}]`, `[{"a":2},{"b":2}]`, 1},
		"too few elements":            {rules{"$.body": {Min: &one}}, `[1]`, `[]`, 1},
		"a pattern":                   {rules{"$.body['pb:a'][0].b": {Match: "regex", Regex: "(?-mix:^x\\/)"}}, `{"pb:a":[{"b":"x/"}]}`, `{"pb:a":[{"b":"x/1"}]}`, 0},
		"a pattern that is not met":   {rules{"$.body.a": {Match: "regex", Regex: "^x"}}, `{"a":"x"}`, `{"a":"y"}`, 1},
		"the rule that says most":     {rules{"$.body": {Match: "type"}, "$.body.a": {Match: "regex", Regex: "^x"}}, `{"a":"x"}`, `{"a":"y"}`, 1},
		"a rule for another path":     {rules{"$.body.b": {Match: "type"}}, `{"a":1}`, `{"a":2}`, 1},
		"a wildcard for each member":  {rules{"$.body[*].*": {Match: "type"}}, `[{"a":1}]`, `[{"a":2}]`, 0},
		"a wildcard for each element": {rules{"$.body[*].*": {Match: "type"}}, `["a"]`, `["b"]`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			require.Len(t, c.rules.differences([]string{"body"}, decode(t, c.expected), decode(t, c.actual)), c.differences)
		})
	}
}

func decode(t *testing.T, text string) (value any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), &value))
	return value
}
