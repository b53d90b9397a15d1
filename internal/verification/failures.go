package verification

import (
	"encoding/json"
	"strings"
)

// FailedTest is an interaction that a verification found broken.
type FailedTest struct {
	// InteractionID is the _id of the interaction, or "".
	InteractionID string
	// Description and State name the interaction, where the verifier says so.
	Description, State string
	// Problems say what was found, in the verifier's words.
	Problems []string
}

// sentTest is one of the test results, in the words of any verifier.
type sentTest struct {
	InteractionID       string            `json:"interactionId"`
	Description         string            `json:"interactionDescription"`
	TestFullDescription string            `json:"testFullDescription"`
	State               string            `json:"interactionProviderState"`
	Success             *bool             `json:"success"`
	Status              string            `json:"status"`
	Mismatches          []json.RawMessage `json:"mismatches"`
	Exceptions          []json.RawMessage `json:"exceptions"`
	Exception           json.RawMessage   `json:"exception"`
}

// FailedTests returns the failures among test results, which verifiers send in
// two shapes: a list, or an object with a list of tests. What has neither shape
// names no failure.
func FailedTests(testResults []byte) []FailedTest {
	var failed []FailedTest
	for _, raw := range sentTests(testResults) {
		var t sentTest
		if json.Unmarshal(raw, &t) != nil || !t.failed() {
			continue
		}
		f := FailedTest{InteractionID: t.InteractionID, Description: t.Description, State: t.State, Problems: t.problems()}
		if f.Description == "" && f.InteractionID == "" {
			f.Description = t.TestFullDescription
		}
		failed = append(failed, f)
	}
	return failed
}

func sentTests(testResults []byte) []json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(testResults, &list) == nil {
		return list
	}
	var object struct {
		Tests []json.RawMessage `json:"tests"`
	}
	if json.Unmarshal(testResults, &object) != nil {
		return nil
	}
	return object.Tests
}

func (t sentTest) failed() bool {
	if t.Success != nil {
		return !*t.Success
	}
	if t.Status != "" {
		return t.Status == "failed"
	}
	return len(t.Mismatches)+len(t.Exceptions) > 0
}

func (t sentTest) problems() []string {
	var problems []string
	for _, list := range [][]json.RawMessage{t.Mismatches, t.Exceptions, {t.Exception}} {
		for _, raw := range list {
			if text := problemText(raw); text != "" {
				problems = append(problems, text)
			}
		}
	}
	return problems
}

// problemText is what a mismatch or an exception says: a text, or an object
// that holds one.
func problemText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var sent struct {
		Attribute   string `json:"attribute"`
		Identifier  string `json:"identifier"`
		Description string `json:"description"`
		Message     string `json:"message"`
	}
	if json.Unmarshal(raw, &sent) != nil {
		return ""
	}
	said := sent.Description
	if said == "" {
		said = sent.Message
	}
	if at := strings.TrimSpace(sent.Attribute + " " + sent.Identifier); at != "" {
		return strings.TrimSuffix(at+": "+said, ": ")
	}
	return said
}
