package pactfile

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// canonical writes JSON in the one spelling that the identity of contents is
// made of. It is that of the Pact Broker, so that equal contents keep their
// identity when a broker is replaced: Ruby's JSON text, with the members of
// every object in the byte order of their names.
type canonical struct {
	text    []byte
	scratch []byte
	entries []entry
	// asSent leaves the members in the order they have.
	asSent bool
	// depth is how many objects and lists the value that is written lies in.
	depth int
}

// maxDescent is how deep values are followed. What lies deeper, in contents that came
// from elsewhere, is written as it is: there is not stack for everything.
const maxDescent = 10_000

// entry is a member within canonical.text, from its name to the end of its value.
type entry struct{ start, nameEnd, end int }

// canonicalText returns the canonical spelling of a value.
func canonicalText(value []byte) []byte {
	c := canonical{text: make([]byte, 0, len(value))}
	c.append(value)
	return c.text
}

// append writes a value. Of one that is no compact JSON it writes something that is
// the same for the same text.
func (c *canonical) append(value []byte) { c.value(value, 0) }

func (c *canonical) value(source []byte, i int) int {
	if i >= len(source) {
		return i
	}
	switch source[i] {
	case '{', '[':
		return c.structure(source, i)
	case '"':
		return c.string(source, i)
	}
	end := valueEnd(source, i)
	c.literal(source[i:end])
	return end
}

func (c *canonical) structure(source []byte, i int) (end int) {
	if c.depth == maxDescent {
		end = valueEnd(source, i)
		c.text = append(c.text, source[i:end]...)
		return end
	}
	c.depth++
	if source[i] == '{' {
		end = c.object(source, i)
	} else {
		end = c.array(source, i)
	}
	c.depth--
	return end
}

func (c *canonical) array(source []byte, i int) int {
	c.text = append(c.text, '[')
	for i++; i < len(source) && source[i] != ']'; {
		if source[i] == ',' {
			c.text = append(c.text, ',')
			i++
		}
		i = c.value(source, i)
		if i < len(source) && source[i] == '}' {
			i++ // ends nothing here
		}
	}
	c.text = append(c.text, ']')
	return i + 1
}

func (c *canonical) object(source []byte, i int) int {
	base, from := len(c.entries), len(c.text)
	c.text = append(c.text, '{')
	for i++; i < len(source) && source[i] != '}'; {
		if source[i] == ',' {
			c.text = append(c.text, ',')
			i++
		}
		if i >= len(source) {
			break
		}
		start := len(c.text)
		i = c.string(source, i) + 1
		nameEnd := len(c.text)
		c.text = append(c.text, ':')
		i = c.value(source, i)
		c.entries = append(c.entries, entry{start, nameEnd, len(c.text)})
	}
	c.text = append(c.text, '}')
	c.sort(c.entries[base:], from+1)
	c.entries = c.entries[:base]
	return i + 1
}

// sort puts the members of the object that was written last, whose first
// member begins at from, into the order of their names.
func (c *canonical) sort(entries []entry, from int) {
	if c.asSent || slices.IsSortedFunc(entries, c.byName) {
		return
	}
	slices.SortFunc(entries, c.byName)
	c.scratch = append(c.scratch[:0], c.text[from:]...)
	c.text = c.text[:from]
	for n, e := range entries {
		if n > 0 {
			c.text = append(c.text, ',')
		}
		c.text = append(c.text, c.scratch[e.start-from:e.end-from]...)
	}
	c.text = append(c.text, '}')
}

func (c *canonical) byName(a, b entry) int {
	return compareNames(c.text[a.start:a.nameEnd], c.text[b.start:b.nameEnd])
}

// compareNames compares quoted names by the bytes of what they say.
func compareNames(a, b []byte) int {
	if bytes.IndexByte(a, '\\') < 0 && bytes.IndexByte(b, '\\') < 0 {
		return bytes.Compare(betweenQuotes(a), betweenQuotes(b))
	}
	return strings.Compare(unquote(a), unquote(b))
}

func (c *canonical) string(source []byte, i int) int {
	end := stringEnd(source, i)
	quoted := source[i:end]
	if bytes.IndexByte(quoted, '\\') < 0 {
		c.text = append(c.text, quoted...)
		return end
	}
	respelled, err := jsontext.AppendQuote(c.text, unquote(quoted))
	if err != nil {
		respelled = append(c.text, quoted...)
	}
	c.text = respelled
	return end
}

func (c *canonical) literal(literal []byte) {
	switch {
	case bytes.ContainsAny(literal, ".eE") && literal[0] <= '9':
		c.text = appendFloat(c.text, string(literal))
	case string(literal) == "-0":
		c.text = append(c.text, '0')
	default:
		c.text = append(c.text, literal...)
	}
}

// appendFloat writes a number with a fraction or an exponent as Ruby prints it:
// 1.0, 0.0001, 1.0e-05, 1.0e+16. A number beyond the range of a float keeps
// its own spelling, as it would otherwise equal all others beyond it.
func appendFloat(dst []byte, literal string) []byte {
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil || math.IsInf(f, 0) {
		return append(dst, literal...)
	}
	from := len(dst)
	if size := math.Abs(f); size != 0 && (size < 1e-4 || size >= 1e16) {
		dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
		if exponent := from + bytes.IndexByte(dst[from:], 'e'); !bytes.Contains(dst[from:exponent], []byte{'.'}) {
			dst = slices.Insert(dst, exponent, '.', '0')
		}
		return dst
	}
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if !bytes.Contains(dst[from:], []byte{'.'}) {
		dst = append(dst, '.', '0')
	}
	return dst
}
