package canideploy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const whyUnknown = `{"decision":"unknown","summary":"In the way: Verified with 11, but not with 10 in production (2 pairs looked at).","pairs":[
{"code":"verified","decision":"yes","consumer":{"name":"Shop","version":"1a2b"},"provider":{"name":"Mail","version":"3"},"actions":[]},
{"code":"verified_elsewhere","decision":"unknown","consumer":{"name":"Shop","version":"1a2b"},"provider":{"name":"Stock","version":"10"},"title":"Verified with 11, but not with 10 in production",
 "actions":[{"title":"Deploy Stock 11 first, if it may be deployed","command":"can-i-deploy"},{"title":"Verify"}]}]}`

func askWhy(t *testing.T, answer, explained string, args ...string) asking {
	t.Helper()
	b := newRecordedBroker(answer)
	t.Cleanup(b.Close)
	b.explained = explained
	return askAt(t, b, nil, append([]string{"-b", b.URL, "-a", "Shop", "-e", "1a2b", "--to-environment", "production"}, args...)...)
}

func TestAsk_saysInALineWhatTheExplanationKnows(t *testing.T) {
	got := askWhy(t, unknownAnswer, whyUnknown)
	require.Equal(t, exitNo, got.code)
	require.Equal(t, `Not known: whether Shop 1a2b can be deployed to production.

CONSUMER  VERSION  PROVIDER  VERSION  RESULT
Shop      1a2b     Stock     10       not verified

- nobody knows

In the way: Verified with 11, but not with 10 in production (2 pairs looked at).
With --explain: why, since when, and what to do, for each pair.

What to do:
- Deploy Stock 11 first, if it may be deployed
`, got.out)
}

func TestAsk_advisesToWaitOnlyForWhatIsOnItsWay(t *testing.T) {
	const pending = `{"decision":"unknown","summary":"In the way: A verification by Stock 10 is on its way.","pairs":[
		{"decision":"unknown","self_healing":true,"consumer":{"name":"Shop","version":"1a2b"},"provider":{"name":"Stock","version":null},"actions":[{"title":"Wait for the result"}]}]}`
	require.Contains(t, askWhy(t, unknownAnswer, pending).out, "--retry-while-unknown 30")
	require.NotContains(t, askWhy(t, unknownAnswer, whyUnknown).out, "--retry-while-unknown")
}

func TestAsk_goesWithoutAnExplanation(t *testing.T) {
	for name, explained := range map[string]string{"a broker that has none": "", "half an answer": `{"decision":"no"`} {
		t.Run(name, func(t *testing.T) {
			got := askWhy(t, unknownAnswer, explained)
			require.Equal(t, exitNo, got.code)
			require.NotContains(t, got.out, "--explain")
			require.Contains(t, got.out, "Shop      1a2b     Stock     none     not verified")
			require.Contains(t, got.out, "Let the Stock that is in production verify")
			require.Empty(t, got.errOut)
		})
	}
}

func TestAsk_leavesJSONAndAYesAlone(t *testing.T) {
	require.Equal(t, noAnswer, askWhy(t, noAnswer, whyUnknown, "-o", "json").out)
	require.NotContains(t, askWhy(t, yesAnswer, whyUnknown).out, "In the way")
}
