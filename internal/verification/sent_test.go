package verification_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/verification"
)

// A test tells in one of several ways whether it failed; the plainest word counts.
func TestFailedTests_knowsAFailureByItsPlainestWord(t *testing.T) {
	for sent, failed := range map[string]bool{
		`{"success":false}`:                      true,
		`{"success":true}`:                       false,
		`{"success":true,"status":"failed"}`:     false,
		`{"success":false,"status":"passed"}`:    true,
		`{"status":"failed"}`:                    true,
		`{"status":"passed"}`:                    false,
		`{"status":"pending"}`:                   false,
		`{"status":"passed","mismatches":["x"]}`: false,
		`{"mismatches":["x"]}`:                   true,
		`{"mismatches":[]}`:                      false,
		`{"exceptions":[{"message":"x"}]}`:       true,
		`{"exceptions":null,"mismatches":null}`:  false,
		`{}`:                                     false,
		`null`:                                   false,
		`{"success":null,"status":"failed"}`:     true,
		`{"success":false,"mismatches":null}`:    true,
		`{"success":false,"interactionId":null}`: true,
	} {
		found := verification.FailedTests([]byte(`[` + sent + `]`))
		require.Equal(t, failed, len(found) == 1, sent)
		require.Equal(t, found, verification.FailedTests([]byte(`{"tests":[`+sent+`]}`)), sent)
	}
}

// A verifier that writes one member in another shape than others do has still found
// a failure; nobody may be told that there is none.
func TestFailedTests_livesWithOddMembers(t *testing.T) {
	for name, sent := range map[string]string{
		"a number for an id":       `{"interactionId":7,"interactionDescription":"get","success":false}`,
		"an object for mismatches": `{"interactionDescription":"get","success":false,"mismatches":{"body":"x"}}`,
		"a text for exceptions":    `{"interactionDescription":"get","success":false,"exceptions":"refused"}`,
		"a list for the state":     `{"interactionDescription":"get","success":false,"interactionProviderState":["a"]}`,
		"a number for the status":  `{"interactionDescription":"get","success":false,"status":500}`,
	} {
		t.Run(name, func(t *testing.T) {
			found := verification.FailedTests([]byte(`[` + sent + `]`))
			require.Len(t, found, 1)
			require.Equal(t, "get", found[0].Description)
		})
	}
}

func TestFailedTests_tellsWhatWasFound(t *testing.T) {
	for sent, want := range map[string][]string{
		`"mismatches":["a","b"]`: {"a", "b"},
		`"mismatches":[{"attribute":"body","identifier":"$.a","description":"wrong"}]`: {"body $.a: wrong"},
		`"mismatches":[{"attribute":"status"}]`:                                        {"status"},
		`"mismatches":[{"description":"wrong"}]`:                                       {"wrong"},
		`"mismatches":[{"message":"wrong"}]`:                                           {"wrong"},
		`"mismatches":[{}, 7, null, ""]`:                                               nil,
		`"exceptions":[{"message":"refused"}],"mismatches":["a"]`:                      {"a", "refused"},
		`"exception":{"class":"E","message":"oh"}`:                                     {"oh"},
		`"exception":"oh"`:                                                             {"oh"},
		`"exception":null`:                                                             nil,
	} {
		found := verification.FailedTests([]byte(`[{"success":false,` + sent + `}]`))
		require.Len(t, found, 1, sent)
		require.Equal(t, want, found[0].Problems, sent)
	}
}

func FuzzFailedTests(f *testing.F) {
	f.Add([]byte(`[{"success":false,"mismatches":[{"attribute":"a"}]},1,null]`))
	f.Add([]byte(`{"tests":[{"status":"failed","exception":{}}]}`))
	f.Add([]byte(`{"tests":{}}`))
	f.Fuzz(func(t *testing.T, sent []byte) {
		found := verification.FailedTests(sent)
		if len(found) > 0 {
			require.True(t, json.Valid(sent), "failures come of what can be read")
		}
	})
}

// The newest result counts, and a comparison that says no.
func TestLatest_countsResultsAndComparisons(t *testing.T) {
	yes, no := true, false
	good, bad := &verification.Result{Success: true}, &verification.Result{}
	for _, tt := range []struct {
		result           *verification.Result
		compared         *bool
		known, succeeded bool
	}{
		{nil, nil, false, false},
		{good, nil, true, true},
		{bad, nil, true, false},
		{nil, &yes, true, true},
		{nil, &no, true, false},
		{good, &yes, true, true},
		{good, &no, true, false},
		{bad, &yes, true, false},
		{bad, &no, true, false},
	} {
		l := verification.Latest{Pact: contracts.Publication{Provider: "Stock"}, Result: tt.result, Compared: tt.compared}
		require.Equal(t, tt.known, l.Known(), "%+v", tt)
		require.Equal(t, tt.succeeded, l.Succeeded(), "%+v", tt)
	}
}
