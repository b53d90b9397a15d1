package comparison

import (
	"bytes"
	"sort"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"
)

// Lines finds the lines of a document's file on which places begin, by their
// JSON pointers. A place that the file does not have, because a rule put it
// there, gets the line of what surrounds it; one in a file that cannot be read,
// none.
func Lines(data []byte, pointers []string) map[string]int {
	root := &wanted{}
	for _, pointer := range pointers {
		root.add(pointer)
	}
	lines := map[string]int{}
	if !findInJSON(data, root, lines) {
		clear(lines)
		var document yaml.Node
		if yaml.Unmarshal(data, &document) == nil && len(document.Content) > 0 {
			findInYAML(document.Content[0], root, document.Content[0].Line, lines, maxDocumentDepth)
		}
	}
	return lines
}

// wanted is a tree of the places that are looked for.
type wanted struct {
	pointers []string
	inside   map[string]*wanted
}

func (w *wanted) add(pointer string) {
	at := w
	if pointer != "" {
		for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
			name := unescape(token)
			if at.inside == nil {
				at.inside = map[string]*wanted{}
			}
			if at.inside[name] == nil {
				at.inside[name] = &wanted{}
			}
			at = at.inside[name]
		}
	}
	at.pointers = append(at.pointers, pointer)
}

// found notes the line of a place, and for now that of all inside it.
func (w *wanted) found(line int, lines map[string]int) {
	for _, pointer := range w.pointers {
		lines[pointer] = line
	}
	for _, inner := range w.inside {
		inner.found(line, lines)
	}
}

func findInJSON(data []byte, root *wanted, lines map[string]int) bool {
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return false
	}
	breaks := lineBreaks(data)
	decoder := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	root.found(1, lines)
	return inJSON(decoder, root, breaks, lines) == nil
}

func lineBreaks(data []byte) []int {
	var breaks []int
	for offset, char := range data {
		if char == '\n' {
			breaks = append(breaks, offset)
		}
	}
	return breaks
}

// inJSON goes into those values only that something wanted stands in.
func inJSON(decoder *jsontext.Decoder, w *wanted, breaks []int, lines map[string]int) error {
	kind := decoder.PeekKind()
	if len(w.inside) == 0 || kind != '{' && kind != '[' {
		return decoder.SkipValue()
	}
	if _, err := decoder.ReadToken(); err != nil {
		return err
	}
	for index := 0; decoder.PeekKind() != '}' && decoder.PeekKind() != ']'; index++ {
		name, ahead := strconv.Itoa(index), len(decoder.UnreadBuffer())-len(bytes.TrimLeft(decoder.UnreadBuffer(), ", \t\r\n"))
		if kind == '{' {
			token, err := decoder.ReadToken()
			if err != nil {
				return err
			}
			name, ahead = token.String(), 0
		}
		inner := w.inside[name]
		if inner == nil {
			inner = &wanted{}
		}
		inner.found(1+sort.SearchInts(breaks, int(decoder.InputOffset())+ahead), lines)
		if err := inJSON(decoder, inner, breaks, lines); err != nil {
			return err
		}
	}
	_, err := decoder.ReadToken()
	return err
}

func findInYAML(node *yaml.Node, w *wanted, line int, lines map[string]int, depth int) {
	w.found(line, lines)
	if len(w.inside) == 0 || depth == 0 {
		return
	}
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if inner := w.inside[node.Content[i].Value]; inner != nil {
				findInYAML(node.Content[i+1], inner, node.Content[i].Line, lines, depth-1)
			}
		}
	case yaml.SequenceNode:
		for i, element := range node.Content {
			if inner := w.inside[strconv.Itoa(i)]; inner != nil {
				findInYAML(element, inner, element.Line, lines, depth-1)
			}
		}
	}
}
