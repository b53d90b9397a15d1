package verification_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/verification"
)

func TestFailedTests_readsWhatVerifiersSend(t *testing.T) {
	for name, test := range map[string]struct {
		sent string
		want []verification.FailedTest
	}{
		"the native verifier": {
			`[{"interactionId":"1","success":true},{"interactionId":"2","interactionDescription":"get","success":false,
			  "mismatches":[{"attribute":"status","description":"expected 200 but was 500"},{"attribute":"body","identifier":"$.a"}],"exceptions":[{"message":"refused"}]}]`,
			[]verification.FailedTest{{InteractionID: "2", Description: "get", Problems: []string{"status: expected 200 but was 500", "body $.a", "refused"},
				Mismatches: []verification.Mismatch{{Attribute: "status", Text: "expected 200 but was 500"}, {Attribute: "body", Identifier: "$.a"}, {Text: "refused"}}}},
		},
		"the verifier in Ruby": {
			`{"tests":[{"interactionDescription":"a","status":"passed"},{"interactionDescription":"b","interactionProviderState":"s","status":"failed",
			  "mismatches":["Expected 1"],"exception":{"class":"E","message":"oh"}}],"summary":{}}`,
			[]verification.FailedTest{{Description: "b", State: "s", Problems: []string{"Expected 1", "oh"}, Mismatches: []verification.Mismatch{{Text: "Expected 1"}, {Text: "oh"}}}},
		},
		"only a mismatch":       {`[{"mismatches":[{"description":"x"}],"testFullDescription":"it all"},{"mismatches":[]}]`, []verification.FailedTest{{Description: "it all", Problems: []string{"x"}, Mismatches: []verification.Mismatch{{Text: "x"}}}}},
		"something else":        {`{"tests":{"n":1.0}}`, nil},
		"tests of another kind": {`[1,"a",{"success":"no"}]`, nil},
		"nothing":               {``, nil},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, verification.FailedTests([]byte(test.sent)))
		})
	}
}
