package pactfile

import (
	"bytes"
	"iter"

	"github.com/go-json-experiment/json/jsontext"
)

// The functions here walk over compact JSON (a Body or a part of one), without
// building anything from it: contracts have megabytes, of which most questions
// concern a few members. Contents that came from elsewhere may be cut or no JSON at
// all: of those, what stands before the place where they break is found.

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

// valueEnd returns the offset behind the value that begins at i. That is i itself
// where no value begins, and the end of the text if the value is cut.
func valueEnd(text []byte, i int) int {
	if i >= len(text) {
		return i
	}
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
	for depth := 0; i < len(text); {
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
	return len(text)
}

// members yields the names, quoted as they stand, and the values of an object.
// Anything but an object has no members.
func members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func([]byte, []byte) bool) {
		if !IsObject(object) {
			return
		}
		for i := 1; i < len(object) && object[i] == '"'; {
			nameEnd := stringEnd(object, i)
			if nameEnd >= len(object) || object[nameEnd] != ':' {
				return
			}
			end := valueEnd(object, nameEnd+1)
			if end == nameEnd+1 || end >= len(object) || !yield(object[i:nameEnd], object[nameEnd+1:end]) || object[end] != ',' {
				return
			}
			i = end + 1
		}
	}
}

// Items yields the elements of an array. Anything but an array has none.
func Items(array []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if !IsArray(array) {
			return
		}
		for i := 1; i < len(array) && array[i] != ']'; {
			end := valueEnd(array, i)
			if end == i || end >= len(array) || !yield(array[i:end]) {
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
		return string(betweenQuotes(quoted)) == name
	}
	return unquote(quoted) == name
}

// betweenQuotes returns what stands between the quotes of a JSON string.
func betweenQuotes(quoted []byte) []byte {
	if len(quoted) < len(`""`) {
		return nil
	}
	return quoted[1 : len(quoted)-1]
}

// unquote returns what a JSON string says, or the string itself if it is none.
func unquote(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(betweenQuotes(quoted))
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
		return betweenQuotes(value), true
	}
	return []byte(unquote(value)), true
}

// IsObject reports whether a value is an object.
func IsObject(value []byte) bool { return len(value) > 0 && value[0] == '{' }

// IsArray reports whether a value is an array.
func IsArray(value []byte) bool { return len(value) > 0 && value[0] == '[' }

// IsNull reports whether a value is null or absent.
func IsNull(value []byte) bool { return len(value) == 0 || value[0] == 'n' }
