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

// sentTest is one of the test results, in the words of any verifier. Each member is
// read by itself: one of an odd shape must not hide a failure.
type sentTest map[string]json.RawMessage

func (t sentTest) text(name string) string {
	var text string
	if json.Unmarshal(t[name], &text) != nil {
		return ""
	}
	return text
}

// list are the elements of a member, or the member itself if it is no list.
func (t sentTest) list(name string) []json.RawMessage {
	value, sent := t[name]
	var list []json.RawMessage
	if sent && json.Unmarshal(value, &list) != nil {
		return []json.RawMessage{value}
	}
	return list
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
		f := FailedTest{InteractionID: t.text("interactionId"), Description: t.text("interactionDescription"), State: t.text("interactionProviderState"), Problems: t.problems()}
		if f.Description == "" && f.InteractionID == "" {
			f.Description = t.text("testFullDescription")
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
	var success *bool
	if json.Unmarshal(t["success"], &success) == nil && success != nil {
		return !*success
	}
	if status := t.text("status"); status != "" {
		return status == "failed"
	}
	return len(t.list("mismatches"))+len(t.list("exceptions")) > 0
}

func (t sentTest) problems() []string {
	var problems []string
	for _, name := range []string{"mismatches", "exceptions", "exception"} {
		for _, raw := range t.list(name) {
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
