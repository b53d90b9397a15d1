package providercontracts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// longestText is how many characters are shown of a line or a value.
const longestText = 200

// LinesOf returns the lines of a document with these numbers, without the blanks around
// them; what is not there is left out. Lines are counted from 1.
func LinesOf(document []byte, numbers ...int) map[int]string {
	wanted := make(map[int]bool, len(numbers))
	for _, number := range numbers {
		wanted[number] = true
	}
	found := make(map[int]string, len(wanted))
	number := 0
	for line := range bytes.Lines(document) {
		if number++; wanted[number] {
			found[number] = shortened(strings.TrimSpace(string(line)))
		}
		if len(found) == len(wanted) {
			break
		}
	}
	return found
}

func shortened(text string) string {
	runes := []rune(text)
	if len(runes) > longestText {
		return string(runes[:longestText]) + "…"
	}
	return text
}

// PactText finds what a pact says at the places that findings name.
type PactText struct{ interactions []any }

// ReadPactText reads a pact; one that cannot be read says nothing.
func ReadPactText(pact []byte) PactText {
	var read struct {
		Interactions []any `json:"interactions"`
	}
	decoder := json.NewDecoder(bytes.NewReader(pact))
	decoder.UseNumber() // so that numbers stand there as they were written
	_ = decoder.Decode(&read)
	return PactText{read.Interactions}
}

// At returns what stands at the place, such as "[root].interactions[0].request.path", as
// JSON in a line; "" if nothing does.
func (p PactText) At(place string) string {
	rest, isInteraction := strings.CutPrefix(place, "[root].interactions[")
	number, rest, closed := strings.Cut(rest, "]")
	i, err := strconv.Atoi(number)
	if !isInteraction || !closed || err != nil || i < 0 || i >= len(p.interactions) {
		return ""
	}
	value, found := valueAt(p.interactions[i], strings.TrimPrefix(rest, "."))
	if !found {
		return ""
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return ""
	}
	return shortened(strings.TrimSpace(text.String()))
}

// valueAt follows a path of names with dots between them, of which each may hold dots
// itself, and letters in another case, as names of headers do. Bodies of version 4 hold
// their content one step further.
func valueAt(value any, path string) (any, bool) {
	if path == "" {
		return value, true
	}
	switch value := value.(type) {
	case []any:
		number, rest, _ := strings.Cut(path, ".")
		if i, err := strconv.Atoi(number); err == nil && i >= 0 && i < len(value) {
			return valueAt(value[i], rest)
		}
	case map[string]any:
		for end := len(path); end > 0; end = strings.LastIndexByte(path[:end], '.') {
			if member, has := memberOf(value, path[:end]); has {
				return valueAt(member, strings.TrimPrefix(path[end:], "."))
			}
		}
		if content, wrapped := value["content"]; wrapped {
			return valueAt(content, path)
		}
	}
	return nil, false
}

func memberOf(object map[string]any, name string) (any, bool) {
	if member, has := object[name]; has {
		return member, true
	}
	for _, other := range slices.Sorted(maps.Keys(object)) {
		if strings.EqualFold(other, name) {
			return object[other], true
		}
	}
	return nil, false
}

// Sources are the texts of both sides of a comparison.
type Sources struct {
	Pact PactText
	// lines are those of the documents, by the sha of the document and their number.
	lines map[string]string
}

// ReadSources reads the texts that the findings are about; documents are by sha.
func ReadSources(findings []Finding, pact []byte, documents map[string][]byte) Sources {
	s := Sources{Pact: ReadPactText(pact), lines: map[string]string{}}
	for sha, content := range documents {
		var numbers []int
		for _, f := range findings {
			if f.SHA == sha && f.Line > 0 {
				numbers = append(numbers, f.Line)
			}
		}
		for number, line := range LinesOf(content, numbers...) {
			s.lines[fmt.Sprint(sha, number)] = line
		}
	}
	return s
}

// Line is what the document says where the finding is about it, "" if that is not
// known.
func (s Sources) Line(f Finding) string { return s.lines[fmt.Sprint(f.SHA, f.Line)] }
