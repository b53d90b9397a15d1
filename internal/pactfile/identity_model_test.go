package pactfile

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// decoded is a content as a reader of JSON knows it, numbers as they were written.
func decoded(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&value))
	return value
}

// ruby writes a value as the Pact Broker does before it takes the digest: the members by
// their names, and numbers as Ruby prints them. Those that are drawn are few.
func ruby(t *testing.T, value any) string {
	t.Helper()
	switch value := value.(type) {
	case map[string]any:
		var names, parts []string
		for name := range value {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			parts = append(parts, ruby(t, name)+":"+ruby(t, value[name]))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case []any:
		var parts []string
		for _, item := range value {
			parts = append(parts, ruby(t, item))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case json.Number:
		printed, known := map[string]string{"1": "1", "2": "2", "7": "7", "-0": "0", "1.0": "1.0", "1e3": "1000.0"}[value.String()]
		require.True(t, known, "how does Ruby print %s?", value)
		return printed
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(value))
	return strings.TrimSuffix(text.String(), "\n")
}

// identityByTheRules follows the rules for the names of contents, step by step, on
// decoded JSON.
func identityByTheRules(t *testing.T, body Body) string {
	t.Helper()
	content := decoded(t, body).(map[string]any)
	var parts []string
	list := func(name string, sorted bool) bool {
		items, is := content[name].([]any)
		if !is {
			return false
		}
		var texts []string
		for _, item := range items {
			texts = append(texts, ruby(t, item))
		}
		if sorted {
			slices.Sort(texts)
		}
		parts = append(parts, `"`+name+`":[`+strings.Join(texts, ",")+"]")
		return true
	}
	hasInteractions := list("interactions", true)
	list("messages", !hasInteractions)
	if metadata, is := content["metadata"].(map[string]any); is {
		if specification, is := metadata["pactSpecification"].(map[string]any); is {
			parts = append(parts, `"pact_specification_version":`+ruby(t, specification["version"]))
		}
	}
	sum := sha1.Sum([]byte("{" + strings.Join(parts, ",") + "}"))
	return hex.EncodeToString(sum[:])
}

func TestIdentity_followsTheRulesOfThePactBroker(t *testing.T) {
	manyDrawn(t, func(t *testing.T, r drawn) {
		body := read(t, r.pact(4))
		require.Equal(t, identityByTheRules(t, body), Identity(body, ByDemands), "%s", body)
	})
}

// respelled says the same in another way: members and interactions in another order, with
// blanks between them, and letters as escapes.
func (r drawn) respelled(value any, interactions bool) string {
	blank := func() string { return r.one("", " ", "\n\t") }
	var parts []string
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			parts = append(parts, blank()+r.respelled(name, false)+blank()+":"+blank()+r.respelled(member, name == "interactions")+blank())
		}
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		return "{" + strings.Join(parts, ",") + "}"
	case []any:
		for _, item := range value {
			parts = append(parts, blank()+r.respelled(item, false)+blank())
		}
		if interactions {
			r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		}
		return "[" + strings.Join(parts, ",") + "]"
	case string:
		quoted, _ := json.Marshal(value)
		return r.one(string(quoted), strings.NewReplacer("a", `\u0061`, "i", `\u0069`, "/", `\/`).Replace(string(quoted)))
	}
	other, _ := json.Marshal(value)
	return string(other)
}

// The name of a content is the same however it is written down, by whatever is said
// beside its demands, and another one as soon as a demand is another.
func TestIdentity_isThatOfWhatIsDemanded(t *testing.T) {
	manyDrawn(t, func(t *testing.T, r drawn) {
		body := read(t, r.pact(4))
		name := Identity(body, ByDemands)
		other := read(t, r.respelled(decoded(t, body), false))
		require.Equal(t, name, Identity(other, ByDemands), "%s\n%s", body, other)
		require.True(t, SameDemands(body, other))
		require.Empty(t, Diff(body, other, 0))
		require.Empty(t, Changes(body, other))

		beside := decoded(t, body).(map[string]any)
		beside["consumer"], beside["comments"] = map[string]any{"name": "Otter"}, []any{json.Number("1")}
		text, err := json.Marshal(beside)
		require.NoError(t, err)
		require.Equal(t, name, Identity(read(t, string(text)), ByDemands), "what is said beside")
		require.NotEqual(t, Identity(body, ByText), Identity(read(t, string(text)), ByText), "but it is another text")

		more := decoded(t, body).(map[string]any)
		more["interactions"] = append(more["interactions"].([]any), map[string]any{"description": "one more"})
		text, err = json.Marshal(more)
		require.NoError(t, err)
		require.NotEqual(t, name, Identity(read(t, string(text)), ByDemands), "one interaction more")
		require.False(t, SameDemands(body, read(t, string(text))))
	})
}

// Two contracts say the same if and only if their names are the same without the ids of
// interactions: whichever of the interactions both have, however often, and whether as
// messages.
func TestSameDemands_isWhatTheNamesSay(t *testing.T) {
	alike := 0
	manyDrawn(t, func(t *testing.T, r drawn) {
		content := decoded(t, read(t, r.pact(3))).(map[string]any)
		some := func() Body {
			chosen := map[string]any{"metadata": content["metadata"]}
			if r.IntN(4) == 0 {
				delete(chosen, "metadata")
			}
			for _, list := range []string{"interactions", "messages"} {
				items, _ := content["interactions"].([]any)
				if len(items) == 0 || r.IntN(3) == 0 {
					continue
				}
				chosen[list] = []any{items[r.IntN(len(items))], items[r.IntN(len(items))]}[:r.IntN(3)]
			}
			body := read(t, r.respelled(chosen, false))
			if r.IntN(2) == 0 {
				return WithInteractionIDs(body)
			}
			return body
		}
		a, b := some(), some()
		same := demandsIdentity(a) == demandsIdentity(b)
		require.Equal(t, same, SameDemands(a, b), "%s\n%s", a, b)
		if same {
			alike++
		}
	})
	require.NotZero(t, alike, "some are alike")
}

// lines is how many lines a value takes when it is laid out, a member or an element each,
// but for those that only shut brackets.
func lines(value any) int {
	count := 1
	switch value := value.(type) {
	case map[string]any:
		for _, member := range value {
			count += lines(member)
		}
	case []any:
		for _, item := range value {
			count += lines(item)
		}
	}
	return count
}

// Whoever takes the removed lines away from the first contract and adds the new ones has
// as many as the second has: nothing is shown twice, and nothing is left out.
func TestDiff_accountsForEveryLine(t *testing.T) {
	manyDrawn(t, func(t *testing.T, r drawn) {
		before, after := read(t, r.pact(4)), read(t, r.pact(4))
		plain := func(body Body) int { return lines(decoded(t, canonicalText(withoutIDs(body)))) }
		text := Diff(before, after, 0)
		removed, added, depth := 0, 0, 0
		for line := range strings.Lines(text) {
			said := strings.TrimSpace(line[1:])
			if said == "}" || said == "]" {
				depth--
				continue
			}
			if strings.HasSuffix(said, "{") || strings.HasSuffix(said, "[") {
				depth++
			}
			switch line[0] {
			case '-':
				removed++
			case '+':
				added++
			default:
				require.Equal(t, byte(' '), line[0], "%q", line)
			}
		}
		require.Zero(t, depth, "brackets that are opened are shut\n%s", text)
		require.Equal(t, plain(before)-removed, plain(after)-added, "%s\n%s\n%s", before, after, text)

		if all := strings.Count(text, "\n"); all > 3 {
			short := Diff(before, after, 2)
			require.Equal(t, 3, strings.Count(short, "\n"))
			require.True(t, strings.HasPrefix(text, short[:strings.Index(short, " ... and")]))
		}
	})
}

// Merging is not taken in turns, but what is known by another name than anything sent
// does not depend on who comes first.
func TestMerge_ofWhatHasNothingInCommonIsTheSameInAnyOrder(t *testing.T) {
	manyDrawn(t, func(t *testing.T, r drawn) {
		named := func(prefix string) Body {
			var all []string
			for n := range r.IntN(4) {
				all = append(all, `{"description":"`+prefix+string(rune('a'+n))+`","request":`+r.value(2)+`}`)
			}
			return read(t, `{"interactions":[`+strings.Join(all, ",")+`]}`)
		}
		one, two, three := named("x"), named("y"), named("z")
		want := Identity(Merge(Merge(one, two), three), ByDemands)
		for _, other := range []Body{Merge(two, Merge(one, three)), Merge(Merge(three, one), two), Merge(Merge(three, two), Merge(one, two))} {
			require.Equal(t, want, Identity(other, ByDemands))
		}
		merged, err := MergeStrictly(one, two)
		require.NoError(t, err, "there is nothing to disagree on")
		require.Equal(t, string(Merge(one, two)), string(merged))
	})
}

// Large numbers, odd letters and long texts come back from being stored as they were sent.
func TestIdentity_tellsNumbersAndTextsApartThatAreNearlyTheSame(t *testing.T) {
	seen := map[string]string{}
	for _, value := range []string{
		"9007199254740992", "9007199254740993", "12345678901234567890", "12345678901234567891", "1e400", "1e401", "-1", "1", "1.0", "0.1", "0.10000000000000002", "1.0e-400",
		`"1"`, `"é"`, "\"e\u0301\"", `"ß"`, `"ss"`, `"\u0000"`, `""`, `" "`, "\"\u00a0\"", `"🦦"`, `"\ud83e\udda6 "`, "null", "false", "[]", "{}", "[[]]", "[null]",
		`"` + strings.Repeat("x", 100_000) + `"`, `"` + strings.Repeat("x", 100_001) + `"`,
	} {
		body := read(t, `{"interactions":[{"description":"a","response":{"body":`+value+`}}]}`)
		stored := WithInteractionIDs(body)
		require.Equal(t, string(body), string(WithoutInteractionIDs(stored)), "%.40s", value)
		name := Identity(body, ByDemands)
		require.Empty(t, seen[name], "%.40s is taken for another", value)
		seen[name] = value
		require.True(t, HasIdentity(stored, name))
		require.Empty(t, Diff(body, stored, 0), "the ids are no difference")
	}
	same := func(a, b string) {
		t.Helper()
		body := func(value string) Body { return read(t, `{"interactions":[{"response":{"body":`+value+`}}]}`) }
		require.Equal(t, Identity(body(a), ByDemands), Identity(body(b), ByDemands), "%s %s", a, b)
	}
	same("1e2", "100.0")
	same("1E+2", "1e2")
	same("-0", "0")
	same(`"\ud83e\udda6"`, `"🦦"`)
	same(`"\/"`, `"/"`)
	same("1.10", "1.1")
}
