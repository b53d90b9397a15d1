package cleaning_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/cleaning"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// A rule that deletes more than it says cannot be made good: what cannot be read as a
// whole is refused.
func TestParseSentences_refuseWhatWouldDeleteMoreThanTheySay(t *testing.T) {
	for rule, want := range map[string]string{
		"delete versions older than 293 years":              "an age is 200 years at most",
		"delete versions older than 1000 years":             "an age is 200 years at most",
		"delete versions older than 10000 months":           "an age is 200 years at most",
		"delete versions older than 10001 days":             "an age is a number",
		"delete versions older than -1 days":                "an age is a number",
		"delete versions older than 1.5 years":              "an age is a number",
		`delete versions of Foo "" older than 30 days`:      `"" is not understood`,
		`delete versions tagged "" older than 30 days`:      "tagged must be followed by a name",
		`keep versions of "Foo; delete versions numbered *`: "a quotation mark is not closed",
		`delete versions of "Foo older than 30 days`:        "a quotation mark is not closed",
		"delete versions of Foo or of Bar":                  `"or" is not understood`,
		"delete versions of Foo, Bar":                       `"Bar" is not understood`,
		"delete versions not":                               `"" is not understood`,
		"delete versions of Foo and and older than 3 days":  `"and" is not understood`,
		"keep the newest 0 versions":                        "a number from 1",
		"keep the newest -3 versions":                       "a number from 1",
		"keep 10 versions":                                  `"10" stands where it must say versions`,
		"delete the newest 3 versions":                      "no rule before it says what to keep",
	} {
		_, err := cleaning.ParseSentences(rule)
		require.ErrorContains(t, err, want, rule)
	}
}

// An age holds for what is older by it, to the moment, and none is so great that it
// turns round.
func TestJudge_comparesAgesToTheMoment(t *testing.T) {
	units := map[string]time.Duration{"hours": time.Hour, "days": 24 * time.Hour, "weeks": 7 * 24 * time.Hour, "months": 30 * 24 * time.Hour, "years": 365 * 24 * time.Hour}
	for unit, length := range units {
		for _, n := range []int{0, 1, 7, 200} {
			for rule, older := range map[string]bool{"delete versions older than %d %s": true, "delete versions younger than %d %s": false} {
				sentences, err := cleaning.ParseSentences(fmt.Sprintf(rule, n, unit))
				require.NoError(t, err)
				goes := func(age time.Duration) bool {
					judge := (&cleaning.Rules{Sentences: sentences, Now: now}).Judge()
					stays, _ := judge.Keeps(cleaning.Version{CreatedAt: now.Add(-age)})
					return !stays
				}
				border := time.Duration(n) * length
				require.Equal(t, older, goes(border+1), "%s older than %d %s", border+1, n, unit)
				require.Equal(t, !older, goes(border-1), "%s older than %d %s", border-1, n, unit)
				require.False(t, goes(border), "at the border neither")
			}
		}
	}
}

// Names may hold anything; a star stands for any text, and nothing else for anything
// but itself.
func TestJudge_matchesNamesAsTheyStand(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "", true}, {"*", "feat/x", true}, {"feat/*", "feat/a/b", true}, {"feat/*", "feat/", true}, {"feat/*", "feat", false}, {"*/x", "feat/x", true}, {"a*c", "abc", true}, {"a*c", "ac", true}, {"a*c", "acd", false},
		{"a*b*c", "a/b/c", true}, {"feat", "feat/x", false}, {"[ab]", "a", false}, {"[ab]", "[ab]", true}, {"a?", "ab", false}, {"a?", "a?", true}, {`a\*`, `a\x`, true}, {`a\*`, "a*", false}, {"Foo", "foo", false}, {"**", "x", true}, {"[", "[", true}, {"[*", "[x", true},
	} {
		sentences, err := cleaning.ParseSentences(fmt.Sprintf("delete versions tagged %q", tt.pattern))
		if strings.Contains(tt.pattern, `\`) { // quotes of rules have no escapes
			sentences, err = cleaning.ParseSentences(`delete versions tagged "` + tt.pattern + `"`)
		}
		require.NoError(t, err)
		judge := (&cleaning.Rules{Sentences: sentences, Now: now}).Judge()
		stays, _ := judge.Keeps(cleaning.Version{Tags: []cleaning.Tag{{Name: tt.name}}})
		require.Equal(t, tt.want, !stays, "%q and %q", tt.pattern, tt.name)
	}
}

// drawnRules are sentences that can be read, in any combination.
func drawnRules(random *rand.Rand) string {
	verbs := []string{"keep versions", "keep the newest 2 versions", "delete versions", "delete the newest 3 versions"}
	clauses := []string{"of Foo", "of *", "older than 100 days", "younger than 150 days", "on branch feat/*", "on the main branch", "tagged prod", "not with any tag", "labelled team-a", "numbered 3", "in test", "not in any environment"}
	var rules []string
	for range 1 + random.IntN(4) {
		rule := verbs[random.IntN(len(verbs))]
		for range 1 + random.IntN(3) {
			rule += " " + clauses[random.IntN(len(clauses))]
		}
		rules = append(rules, rule)
	}
	return strings.Join(rules, "; ")
}

// Whatever the rules say: what an answer rests on stays, each decision has a reason,
// a rule that keeps put before all others only adds to what stays, and one that
// deletes put behind all others only takes from what no rule spoke of.
func TestJudge_holdsWhateverTheRules(t *testing.T) {
	random := testrandom.New(t)
	for range 300 {
		text := drawnRules(random)
		sentences, err := cleaning.ParseSentences(text)
		require.NoError(t, err, text)
		before := gone(cleaning.Rules{Sentences: sentences})
		for _, number := range before {
			for _, v := range history {
				if v.Number == string(number) {
					require.Empty(t, (&cleaning.Rules{Now: now, LivingFor: 90 * 24 * time.Hour}).Protected(v), text)
				}
			}
		}
		more, err := cleaning.ParseSentences("keep versions numbered 3; " + text)
		require.NoError(t, err)
		after := gone(cleaning.Rules{Sentences: more})
		require.NotContains(t, after, "3")
		require.Equal(t, strings.ReplaceAll(before, "3", ""), after, text)
		last, err := cleaning.ParseSentences(text + "; delete versions numbered *")
		require.NoError(t, err)
		for _, number := range before {
			require.Contains(t, gone(cleaning.Rules{Sentences: last}), string(number), text)
		}
	}
}

// A sentence says what it said before when it is read again from what it shows.
func TestSentence_isShownAsItCanBeRead(t *testing.T) {
	random := testrandom.New(t)
	for range 100 {
		text := drawnRules(random)
		sentences, err := cleaning.ParseSentences(text)
		require.NoError(t, err)
		var shown []string
		for _, s := range sentences {
			shown = append(shown, s.String())
		}
		again, err := cleaning.ParseSentences(strings.Join(shown, "\n"))
		require.NoError(t, err)
		require.Equal(t, gone(cleaning.Rules{Sentences: sentences}), gone(cleaning.Rules{Sentences: again}), text)
	}
	sentences, err := cleaning.ParseSentences("  keep   versions\tof \"My Shop\"  ;\n\n; ")
	require.NoError(t, err)
	require.Equal(t, `[keep versions of "My Shop"]`, fmt.Sprint(sentences))
}

func FuzzParseSelectors(f *testing.F) {
	f.Add(cleaning.DefaultSelectors)
	f.Add(`[{"tag":false,"latest":true},null]`)
	f.Fuzz(func(t *testing.T, text string) {
		keep, err := cleaning.ParseSelectors(text)
		if err != nil {
			return
		}
		kept := "987654321"
		for _, number := range gone(cleaning.Rules{Keep: keep}) {
			kept = strings.Replace(kept, string(number), "", 1)
		}
		for _, always := range "9541" { // the newest, what is deployed or supported, and what answers rest on
			require.Contains(t, kept, string(always), text)
		}
	})
}
