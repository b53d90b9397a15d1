package web

import (
	"strings"

	"github.com/accord-broker/accord/internal/verification"
)

// failures are what a result says of the interactions of a contract.
type failures struct {
	// known tells that there is a result, unnamed that it does not say which failed.
	known, unnamed bool
	tests          []verification.FailedTest
	byID           map[string][]int
	byDescription  map[string][]int
	// states are those of the interactions of a description.
	states map[string][]string
}

// failuresOf reads a result for a contract with the interactions; there may be none.
func failuresOf(result *verification.Result, all []*indexed) failures {
	f := failures{byID: map[string][]int{}, byDescription: map[string][]int{}, states: map[string][]string{}}
	if result == nil {
		return f
	}
	f.known, f.tests = true, verification.FailedTests(result.TestResults)
	f.unnamed = !result.Success && len(f.tests) == 0
	for n, t := range f.tests {
		if t.InteractionID != "" {
			f.byID[t.InteractionID] = append(f.byID[t.InteractionID], n)
			continue
		}
		f.byDescription[t.Description] = append(f.byDescription[t.Description], n)
	}
	for _, e := range all {
		if len(f.byDescription[e.description]) > 0 {
			f.states[e.description] = append(f.states[e.description], e.states)
		}
	}
	return f
}

// of are the failures of an interaction: by its ID, or by its description where the result
// has no IDs. Of interactions that share a description, a state tells which is meant.
func (f failures) of(id, description, states string) (found []int) {
	if id != "" {
		found = f.byID[id]
	}
	for _, n := range f.byDescription[description] {
		if f.isMeant(f.tests[n].State, description, states) {
			found = append(found[:len(found):len(found)], n)
		}
	}
	return found
}

func (f failures) isMeant(said, description, states string) bool {
	if said == "" || said == states {
		return true
	}
	for _, other := range f.states[description] {
		if other == said {
			return false
		}
	}
	return true
}

// word says how an interaction came off.
func (f failures) word(failed bool) word {
	switch {
	case failed:
		return word{Kind: "no", Icon: "no", Word: "failed"}
	case !f.known:
		return word{Kind: "unsure", Icon: "unsure", Word: "not verified"}
	case f.unnamed:
		return word{Kind: "unsure", Icon: "unsure", Word: "not known"}
	}
	return word{Kind: "yes", Icon: "yes", Word: "verified"}
}

// mark notes which interactions failed, and returns the failures of others: of interactions
// that the contract does not have.
func (f failures) mark(all []*indexed) (elsewhere []string) {
	used := make([]bool, len(f.tests))
	for _, e := range all {
		for _, n := range f.of(e.id, e.description, e.states) {
			used[n], e.failed = true, true
		}
	}
	for n, t := range f.tests {
		if !used[n] {
			elsewhere = append(elsewhere, orWord(t.Description, t.InteractionID))
		}
	}
	return elsewhere[:min(len(elsewhere), resultChoicesShown)]
}

// problem is what a verification found, beside what was expected there.
type problem struct {
	Where, Expected, Rule, Found string
}

// judge says how an interaction came off, and what was found in it.
func (v contractView) judge(i *interaction, id, states string) {
	found := v.failures.of(id, i.Description, states)
	i.Mark = v.failures.word(len(found) > 0)
	i.Open = len(found) > 0
	for _, n := range found {
		for _, m := range v.failures.tests[n].Mismatches {
			if m.Attribute+m.Identifier == "" {
				i.Said = append(i.Said, m.Text)
			} else {
				i.Problems = append(i.Problems, i.problem(m))
			}
		}
	}
	i.Silent = len(found) > 0 && len(i.Problems)+len(i.Said) == 0
}

// problem finds in the answers, or the message, what was expected where something was found.
func (i *interaction) problem(m verification.Mismatch) problem {
	shown := problem{Where: upper(strings.TrimSpace(m.Attribute + " " + m.Identifier)), Found: m.Text}
	for _, part := range i.Parts {
		if part.Title == "Request" {
			continue
		}
		if expected, found := part.expected(m); found {
			shown.Expected, shown.Rule = expected.Value, expected.Rule
			return shown
		}
	}
	return shown
}

// expected is what a part has where a verification found something.
func (p *interactionPart) expected(m verification.Mismatch) (expected headerLine, found bool) {
	switch strings.ToLower(m.Attribute) {
	case "status":
		return headerLine{Value: p.Line, Rule: p.LineRule.Rule}, p.Line != ""
	case "header", "headers", "metadata":
		for _, h := range p.Headers {
			if strings.EqualFold(h.Name, m.Identifier) {
				return h, true
			}
		}
	case "body", "contents":
		return p.expectedInBody(m.Identifier)
	}
	return headerLine{}, false
}

// expectedInBody looks among the lines of the body, and the rules that stand in none.
func (p *interactionPart) expectedInBody(identifier string) (headerLine, bool) {
	path := steps(identifier)
	for _, block := range p.Blocks {
		for _, line := range block.Lines {
			if line.begins && strings.Join(line.path, "\n") == strings.Join(path, "\n") {
				return headerLine{Value: shownValue(line.Text), Rule: line.Rule}, true
			}
		}
	}
	for _, further := range p.Further {
		if further.Name == identifier {
			return headerLine{Rule: further.Rule}, true
		}
	}
	return headerLine{}, false
}

// shownValue is the value that a line of JSON begins.
func shownValue(text string) string {
	switch text {
	case "{":
		return "an object"
	case "[":
		return "a list"
	}
	return strings.TrimSuffix(text, ",")
}
