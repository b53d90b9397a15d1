package verification

import (
	"cmp"
	"encoding/json"
	"strings"
)

// FailedTest is an interaction that a verification found broken.
type FailedTest struct {
	// InteractionID is the _id of the interaction, or "".
	InteractionID string
	// Description and State name the interaction, where the verifier says so.
	Description, State string
	// Problems say what was found, in the verifier's words, Mismatches the same by where it
	// was found.
	Problems   []string
	Mismatches []Mismatch
}

// Mismatch is something that a verification found otherwise than expected.
type Mismatch struct {
	// Attribute is the part in which it was found, such as status, header or body, and
	// Identifier where in it; "" where the verifier does not say.
	Attribute, Identifier string
	Text                  string
}

// String is what was found and where.
func (m Mismatch) String() string {
	if at := strings.TrimSpace(m.Attribute + " " + m.Identifier); at != "" {
		return strings.TrimSuffix(at+": "+m.Text, ": ")
	}
	return m.Text
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
		f := FailedTest{InteractionID: t.text("interactionId"), Description: t.text("interactionDescription"), State: t.text("interactionProviderState"), Mismatches: t.mismatches()}
		for _, m := range f.Mismatches {
			f.Problems = append(f.Problems, m.String())
		}
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

func (t sentTest) mismatches() []Mismatch {
	var found []Mismatch
	for _, name := range []string{"mismatches", "exceptions", "exception"} {
		for _, raw := range t.list(name) {
			if m := mismatchOf(raw); m != (Mismatch{}) {
				found = append(found, m)
			}
		}
	}
	return found
}

// mismatchOf is what a mismatch or an exception says: a text, or an object that holds one.
func mismatchOf(raw json.RawMessage) (m Mismatch) {
	if json.Unmarshal(raw, &m.Text) == nil {
		return m
	}
	var sent struct {
		Attribute   string `json:"attribute"`
		Identifier  string `json:"identifier"`
		Description string `json:"description"`
		Message     string `json:"message"`
	}
	if json.Unmarshal(raw, &sent) != nil {
		return Mismatch{}
	}
	return Mismatch{Attribute: strings.TrimSpace(sent.Attribute), Identifier: strings.TrimSpace(sent.Identifier), Text: cmp.Or(sent.Description, sent.Message)}
}
