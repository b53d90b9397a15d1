package web

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/pactfile"
)

// changesReader reads contents that changed as the contracts that have them define them.
type changesReader struct{ before, now *protobufSchemas }

// protobufIn are the definitions of messages in a contract.
func protobufIn(body []byte) *protobufSchemas {
	return protobufSchemasOf(pactfile.Member(pactfile.Member(body, "metadata"), "plugins"))
}

// contentsDepth is how deep in a part that came or went contents are looked for.
const contentsDepth = 4

// side is how a place of an interaction stands on one side of a change: what the contract
// has in base64 as people read it, and what a plugin says as the text that it is.
func (s *protobufSchemas) side(interaction []byte, path string, value []byte) string {
	if len(value) == 0 || len(interaction) == 0 {
		return brief(value)
	}
	steps := strings.Split(path, "/")[1:]
	if steps[0] == "interactionMarkup" {
		return begun(markupText(value))
	}
	answers, reader := strings.HasPrefix(steps[0], "response"), s.readerOf(pactfile.Member(interaction, "pluginConfiguration"))
	last := len(steps) - 1
	if steps[last] != "content" {
		return brief(reader.within(value, answers, contentsDepth))
	}
	content, title, is := reader.encoded(valueAt(interaction, steps[:last]), answers)
	if !is {
		return brief(value)
	}
	text := textOf(content)
	if !isText(content) {
		text, _ = indented(content)
	}
	return begun(strings.TrimPrefix(title+"\n"+text, "\n"))
}

// markupText is what a plugin says, with or without the name of its format.
func markupText(value json.RawMessage) string {
	if markup := fields(value)["markup"]; markup != nil {
		value = markup
	}
	return textOf(value)
}

// encoded reads a content that is written in base64: as JSON, or as a text in JSON. The title
// says what is not seen in it; is reports whether it is such a content.
func (r protobufReader) encoded(value json.RawMessage, answers bool) (content json.RawMessage, title string, is bool) {
	if !strings.EqualFold(textOf(fields(value)["encoded"]), "base64") {
		return nil, "", false
	}
	c := contentOf(value, "", true)
	if c == nil || c.bytes == nil {
		return nil, "", false
	}
	message, name, unknown, isMessage := r.read(c, answers)
	switch {
	case isMessage:
		return message, titleOfMessage(c, name, unknown), true
	case c.json != nil:
		return c.json, "", true
	case c.binary:
		return json.RawMessage(jsonText(strings.Join(hexLines(c.bytes), "\n"))), c.size(), true
	}
	return json.RawMessage(jsonText(string(c.bytes))), "", true
}

// within is JSON in which contents that are written in base64 can be read.
func (r protobufReader) within(value json.RawMessage, answers bool, depth int) json.RawMessage {
	if depth == 0 || !bytes.Contains(value, []byte("base64")) {
		return value
	}
	var items []json.RawMessage
	if json.Unmarshal(value, &items) == nil {
		for i, item := range items {
			items[i] = r.within(item, answers, depth-1)
		}
		return joinedJSON("[", items, "]")
	}
	content, _, is := r.encoded(value, answers)
	for _, m := range membersOf(value) {
		if !is {
			m.Value = r.within(m.Value, answers || m.Name == "response", depth-1)
		} else if m.Name == "content" {
			m.Value = content
		}
		items = append(items, slices.Concat([]byte(jsonText(m.Name)+":"), m.Value))
	}
	return joinedJSON("{", items, "}")
}

// joinedJSON are parts of JSON between brackets.
func joinedJSON(open string, parts []json.RawMessage, end string) json.RawMessage {
	written := []byte(open)
	for i, part := range parts {
		written = append(append(written, part...), comma(i, len(parts))...)
	}
	return append(written, end...)
}
