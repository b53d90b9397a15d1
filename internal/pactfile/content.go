package pactfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/support/fault"

	"github.com/go-json-experiment/json/jsontext"
)

// maxNesting is how deep objects and arrays may lie in each other, as in the Pact Broker.
const maxNesting = 50

// Body is the body of a contract as it is kept and served: valid JSON
// without insignificant space, members in the order they were sent, numbers
// and strings spelled as they were sent, and no name twice in one object.
type Body []byte

// ReadBody reads the body of a contract, which is a JSON object.
// It returns a Malformed fault that names the problem otherwise.
func ReadBody(body []byte) (Body, error) {
	content, err := ReadJSON(body)
	if err != nil {
		return nil, err
	}
	if content[0] != '{' {
		return nil, fault.New(fault.Malformed, "this is a JSON array; it must be a JSON object")
	}
	return content, nil
}

// ReadJSON reads a request body that must be a JSON object or array in UTF-8,
// nested at most 50 deep. It returns a Malformed fault that names the problem
// otherwise.
//
// A name that occurs twice in one object is refused, although the Pact Broker
// takes the last of them: nobody can tell which of the two the sender meant.
func ReadJSON(body []byte) (Body, error) {
	if at := invalidUTF8(body); at >= 0 {
		return nil, fault.New(fault.Malformed, "the body is not UTF-8 (first wrong byte at offset %d)", at)
	}
	if nestedDeeper(body, maxNesting) {
		return nil, fault.New(fault.Malformed, "the body is nested deeper than %d levels", maxNesting)
	}
	if !jsontext.Value(body).IsValid(jsontext.AllowDuplicateNames(false), jsontext.AllowInvalidUTF8(false)) {
		text := jsontext.Value(bytes.Clone(body))
		return nil, unreadable(body, text.Compact(jsontext.AllowDuplicateNames(false), jsontext.AllowInvalidUTF8(false)))
	}
	text := compact(body)
	if kind := jsontext.Value(text).Kind(); kind != '{' && kind != '[' {
		return nil, fault.New(fault.Malformed, "the body is a JSON %s; it must be a JSON object", scalarName(text[0]))
	}
	return Body(text), nil
}

// Imported is a content that comes from another broker, as a Body: without the space that
// means nothing, which old ones kept. What is no JSON stays as it is.
func Imported(text []byte) Body {
	if !jsontext.Value(text).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
		return text
	}
	return compact(text)
}

// Value is a content, or a part of one, as a JSON value within another: a text that is no
// JSON becomes a string, so that who reads it sees that it is broken. None is none.
func Value(text []byte) json.RawMessage {
	if text == nil || json.Valid(text) {
		return text
	}
	quoted, _ := json.Marshal(string(text)) // every text can be written
	return quoted
}

// compact returns valid JSON without insignificant space: the text itself if it
// has none, else one copy of exactly the size that is needed.
func compact(text []byte) []byte {
	size := 0
	for range significant(text) {
		size++
	}
	if size == len(text) {
		return text
	}
	dst := make([]byte, 0, size)
	for c := range significant(text) {
		dst = append(dst, c)
	}
	return dst
}

// significant yields the bytes of valid JSON that are no insignificant space.
func significant(text []byte) iter.Seq[byte] {
	return func(yield func(byte) bool) {
		inString, escaped := false, false
		for _, c := range text {
			switch {
			case inString:
				inString = c != '"' || escaped
				escaped = c == '\\' && !escaped
			case c == '"':
				inString = true
			case c == ' ' || c == '\n' || c == '\t' || c == '\r':
				continue
			}
			if !yield(c) {
				return
			}
		}
	}
}

func unreadable(body []byte, err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return fault.New(fault.Malformed, "the body is empty; it must be a JSON object")
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		return fault.New(fault.Malformed, "the body names %s twice in the same object", syntax.JSONPointer)
	case errors.As(err, &syntax):
		line, column := position(body, int(syntax.ByteOffset))
		return fault.New(fault.Malformed, "the body is not valid JSON: %v (line %d, column %d)", syntax.Err, line, column)
	}
	return fault.New(fault.Malformed, "the body is not valid JSON").Because(err)
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(body []byte) int {
	if utf8.Valid(body) {
		return -1
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(body[at:])
		if r == utf8.RuneError && size <= 1 {
			return at
		}
		at += size
	}
}

// nestedDeeper reports whether objects and arrays lie in each other more than
// limit deep. It does not require valid JSON.
func nestedDeeper(body []byte, limit int) bool {
	depth := 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			i = stringEnd(body, i) - 1
		case '{', '[':
			if depth++; depth > limit {
				return true
			}
		case '}', ']':
			depth--
		}
	}
	return false
}

func position(body []byte, offset int) (line, column int) {
	before := body[:min(max(offset, 0), len(body))]
	return bytes.Count(before, []byte{'\n'}) + 1, utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
}

func scalarName(first byte) string {
	switch first {
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}
