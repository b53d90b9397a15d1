package pactfile

import (
	"bytes"
	"iter"

	"github.com/go-json-experiment/json/jsontext"
)

// The functions here walk over text that is known to be valid compact JSON (a
// Body or a part of one), without building anything from it: contracts have
// megabytes, of which most questions concern a few members.

// stringEnd returns the offset behind the string that begins at start, or the
// end of the text if the string has none.
func stringEnd(text []byte, start int) int {
	for i := start + 1; ; {
		next := bytes.IndexByte(text[i:], '"')
		if next < 0 {
			return len(text)
		}
		i += next + 1
		if !isEscaped(text[start+1 : i-1]) {
			return i
		}
	}
}

// isEscaped reports whether the text ends in an odd number of backslashes.
func isEscaped(text []byte) bool {
	return (len(text)-len(bytes.TrimRight(text, `\`)))%2 == 1
}

// valueEnd returns the offset behind the value that begins at i.
func valueEnd(text []byte, i int) int {
	switch text[i] {
	case '"':
		return stringEnd(text, i)
	case '{', '[':
		return structureEnd(text, i)
	}
	for i < len(text) && text[i] != ',' && text[i] != ']' && text[i] != '}' {
		i++
	}
	return i
}

func structureEnd(text []byte, i int) int {
	for depth := 0; ; {
		switch text[i] {
		case '"':
			i = stringEnd(text, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		i++
		if depth == 0 {
			return i
		}
	}
}

// members yields the names, quoted as they stand, and the values of an object.
// Anything but an object has no members.
func members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func([]byte, []byte) bool) {
		if !IsObject(object) {
			return
		}
		for i := 1; object[i] != '}'; {
			nameEnd := stringEnd(object, i)
			end := valueEnd(object, nameEnd+1)
			if !yield(object[i:nameEnd], object[nameEnd+1:end]) {
				return
			}
			if i = end; object[i] == ',' {
				i++
			}
		}
	}
}

// Items yields the elements of an array. Anything but an array has none.
func Items(array []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if !IsArray(array) {
			return
		}
		for i := 1; array[i] != ']'; {
			end := valueEnd(array, i)
			if !yield(array[i:end]) {
				return
			}
			if i = end; array[i] == ',' {
				i++
			}
		}
	}
}

// Member returns the value of the named member, or nil if there is none.
func Member(object []byte, name string) []byte {
	for quoted, value := range members(object) {
		if isNamed(quoted, name) {
			return value
		}
	}
	return nil
}

// memberAt returns the value that a path of names leads to, or nil.
func memberAt(object []byte, path ...string) []byte {
	for _, name := range path {
		object = Member(object, name)
	}
	return object
}

func isNamed(quoted []byte, name string) bool {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1:len(quoted)-1]) == name
	}
	return unquote(quoted) == name
}

// unquote returns what a JSON string says. The string must be valid.
func unquote(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	text, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return string(quoted)
	}
	return string(text)
}

// TextOf returns what a JSON string says, and whether it is a string at all.
func TextOf(value []byte) (string, bool) {
	if len(value) == 0 || value[0] != '"' {
		return "", false
	}
	return unquote(value), true
}

// QuotedText returns what a JSON string says as a part of the text where it
// stands, unless escapes make a copy necessary.
func QuotedText(value []byte) (text []byte, isText bool) {
	if len(value) == 0 || value[0] != '"' {
		return nil, false
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return value[1 : len(value)-1], true
	}
	return []byte(unquote(value)), true
}

// IsObject reports whether a value is an object.
func IsObject(value []byte) bool { return len(value) > 0 && value[0] == '{' }

// IsArray reports whether a value is an array.
func IsArray(value []byte) bool { return len(value) > 0 && value[0] == '[' }

// IsNull reports whether a value is null or absent.
func IsNull(value []byte) bool { return len(value) == 0 || value[0] == 'n' }
