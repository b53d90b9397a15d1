package webhooks

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxSpellings is how often a text is unescaped: JSON within JSON within HTML is
// what programs write.
const maxSpellings = 4

// spelled is a text as it reads once escapes are taken for what they stand for, and
// where each byte of it stands in the text as it was written.
type spelled struct {
	text       []byte
	begin, end []int
}

func asWritten(text string) spelled {
	s := spelled{text: []byte(text), begin: make([]int, len(text)), end: make([]int, len(text))}
	for i := range s.text {
		s.begin[i], s.end[i] = i, i+1
	}
	return s
}

// unescaped reads the text once more, and reports whether there was anything to
// unescape.
func (s spelled) unescaped() (read spelled, changed bool) {
	for at := 0; at < len(s.text); {
		meant, length := unescape(s.text[at:])
		if length == 0 {
			meant, length = s.text[at:at+1], 1
		} else {
			changed = true
		}
		for _, b := range meant {
			read.text = append(read.text, b)
			read.begin, read.end = append(read.begin, s.begin[at]), append(read.end, s.end[at+length-1])
		}
		at += length
	}
	return read, changed
}

// unescape reads the escape with which a text begins, of URLs, HTML, or JSON and
// languages like it. The length is 0 if it begins with none.
func unescape(text []byte) (meant []byte, length int) {
	switch {
	case len(text) < 2:
	case text[0] == '%':
		if b, ok := inHex(text, 1, 2); ok {
			return []byte{byte(b)}, 3
		}
	case text[0] == '&':
		return entity(text)
	case text[0] == '\\':
		return backslash(text)
	}
	return nil, 0
}

func inHex(text []byte, from, digits int) (uint64, bool) {
	if len(text) < from+digits {
		return 0, false
	}
	value, err := strconv.ParseUint(string(text[from:from+digits]), 16, 32)
	return value, err == nil
}

// entity reads a character as HTML writes it.
func entity(text []byte) (meant []byte, length int) {
	const longest = 32
	end := bytes.IndexByte(text[:min(len(text), longest)], ';')
	if end < 0 {
		return nil, 0
	}
	written := string(text[:end+1])
	if character := html.UnescapeString(written); !strings.HasSuffix(character, ";") {
		return []byte(character), end + 1
	}
	return nil, 0
}

// letters are what letters behind a backslash mean.
var letters = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f', '"': '"', '\'': '\'', '/': '/', '\\': '\\'}

// backslash reads an escape of JSON, or \x41.
func backslash(text []byte) (meant []byte, length int) {
	if meant, known := letters[text[1]]; known {
		return []byte{meant}, 2
	}
	switch text[1] {
	case 'x':
		if b, ok := inHex(text, 2, 2); ok {
			return []byte{byte(b)}, 4
		}
	case 'u':
		unit, ok := inHex(text, 2, 4)
		if !ok {
			break
		}
		if second, two := inHex(text, 8, 4); two && text[6] == '\\' && text[7] == 'u' {
			if r := utf16.DecodeRune(rune(unit), rune(second)); r != utf8.RuneError {
				return utf8.AppendRune(nil, r), 12
			}
		}
		return utf8.AppendRune(nil, rune(unit)), 6
	}
	return nil, 0
}

// pattern is a text that is looked for in every spelling of another.
type pattern struct {
	text []byte
	// exact tells that capitals matter. before and after are how many characters on
	// both sides belong to it in part.
	exact         bool
	before, after int
}

// patternsOf are the secret, in small letters, and what it reads like itself if
// escapes stand in it, with the forms that no unescaping shows.
func patternsOf(secret string) []pattern {
	patterns := []pattern{{text: lower([]byte(secret))}, {text: []byte(hex.EncodeToString([]byte(secret)))}}
	for _, folded := range []string{strings.ToLower(secret), strings.ToUpper(secret), strings.ReplaceAll(secret, " ", "+")} {
		patterns = append(patterns, pattern{text: lower([]byte(folded))})
	}
	for read, changed := asWritten(secret).unescaped(); changed && len(read.text) >= shortestRedacted; read, changed = read.unescaped() {
		patterns = append(patterns, pattern{text: lower(read.text)})
	}
	patterns = append(patterns, inBase64(secret)...)
	slices.SortFunc(patterns, func(a, b pattern) int { return bytes.Compare(a.text, b.text) })
	return slices.CompactFunc(patterns, func(a, b pattern) bool {
		return bytes.Equal(a.text, b.text) && a.exact == b.exact && a.before == b.before
	})
}

// inBase64 is the secret within Base64, wherever it stands in what was encoded.
func inBase64(secret string) (patterns []pattern) {
	for offset := range 3 {
		const bits = 6
		begun := []byte(base64.RawStdEncoding.EncodeToString(append(make([]byte, offset), secret...)))
		first, whole := 0, 8*(offset+len(secret))/bits
		p := pattern{exact: true}
		if offset > 0 {
			first, p.before = offset+1, 1
		}
		if whole < len(begun) {
			p.after = 1
		}
		p.text = begun[first:whole]
		other := p
		other.text = []byte(strings.NewReplacer("+", "-", "/", "_").Replace(string(p.text)))
		patterns = append(patterns, p, other)
	}
	return patterns
}

// lower writes the letters of ASCII small, so that nothing changes its place.
func lower(text []byte) []byte {
	small := bytes.Clone(text)
	for i, c := range small {
		if 'A' <= c && c <= 'Z' {
			small[i] = c + 'a' - 'A'
		}
	}
	return small
}

// cover marks in the text as it was written where a pattern stands in this spelling.
func (s spelled) cover(covered []bool, small []byte, p pattern) {
	text := small
	if p.exact {
		text = s.text
	}
	if len(p.text) < shortestRedacted {
		return
	}
	for at := 0; at+len(p.text) <= len(text); at++ {
		next := bytes.Index(text[at:], p.text)
		if next < 0 {
			return
		}
		at += next
		first, last := at, at+len(p.text)-1
		if p.before > 0 && first > 0 && isBase64(text[first-1]) {
			first--
		}
		if p.after > 0 && last+1 < len(text) && isBase64(text[last+1]) {
			last++
		}
		for i := s.begin[first]; i < s.end[last]; i++ {
			covered[i] = true
		}
	}
}

func isBase64(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '+' || c == '/' || c == '-' || c == '_'
}
