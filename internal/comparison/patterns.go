package comparison

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

const (
	// patternTime is how long one pattern may look at one value, and patternsTime how
	// long all that take longer than that may in a comparison. Patterns that are tried
	// with backtracking come from outside and may take for ever.
	patternTime  = 250 * time.Millisecond
	patternsTime = 2 * time.Second
	// maxPattern is how long a pattern may be.
	maxPattern = 10_000
)

// patterns compiles the regular expressions of a document. It never refuses one: a
// value is not held against a pattern that cannot be read, or that takes too long,
// and unchecked patterns are told as warnings.
type patterns struct {
	known map[string]jsonschema.Regexp
	// lost is how much time slow patterns have taken in this comparison.
	lost time.Duration
	// unchecked are what could not be told in the validation of a value.
	unchecked []unchecked
}

// unchecked is a value, or a part of one, that was not held against a pattern.
type unchecked struct {
	path   []string
	source string
	why    string
}

func (p *patterns) compile(pattern string) (jsonschema.Regexp, error) {
	if known, ok := p.known[pattern]; ok {
		return known, nil
	}
	compiled := p.read(pattern)
	p.known[pattern] = compiled
	return compiled, nil
}

func (p *patterns) read(pattern string) jsonschema.Regexp {
	if len(pattern) > maxPattern {
		return &backtracking{text: pattern}
	}
	pattern, text := characters(pattern), pattern
	for _, written := range []string{spaces(pattern), pattern} {
		if compiled, err := regexp.Compile(written); err == nil {
			return linear{compiled, text}
		}
	}
	for _, options := range []regexp2.RegexOptions{regexp2.ECMAScript, regexp2.None} {
		if compiled, err := regexp2.Compile(pattern, options); err == nil {
			compiled.MatchTimeout = patternTime
			return &backtracking{text: text, compiled: compiled, patterns: p}
		}
	}
	return &backtracking{text: text}
}

// note notes once for each place in the document that a value was not checked.
func (p *patterns) note(n unchecked) {
	if !slices.ContainsFunc(p.unchecked, func(known unchecked) bool { return known.source == n.source }) {
		n.path = slices.Clone(n.path)
		p.unchecked = append(p.unchecked, n)
	}
}

var (
	codePoint = regexp.MustCompile(`\\u\{([0-9a-fA-F]{1,6})\}`)
	surrogate = regexp.MustCompile(`\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})`)
	codeUnit  = regexp.MustCompile(`\\u([0-9a-fA-F]{4})`)
	script    = regexp.MustCompile(`\\([pP])\{(?:Script|sc|Script_Extensions|scx)=(\w+)\}`)
)

// characters writes ECMAScript's escapes of characters as these, and those of scripts
// as others do.
func characters(pattern string) string {
	pattern = script.ReplaceAllString(pattern, `\$1{$2}`)
	if !strings.Contains(pattern, `\u`) {
		return pattern
	}
	hex := func(digits string) rune {
		number, err := strconv.ParseInt(digits, 16, 32)
		if err != nil {
			return utf8.RuneError
		}
		return rune(number)
	}
	literal := func(find *regexp.Regexp, char func(parts []string) rune) {
		pattern = find.ReplaceAllStringFunc(pattern, func(found string) string { return quotedRune(char(find.FindStringSubmatch(found))) })
	}
	literal(codePoint, func(parts []string) rune { return hex(parts[1]) })
	literal(surrogate, func(parts []string) rune { return utf16.DecodeRune(hex(parts[1]), hex(parts[2])) })
	literal(codeUnit, func(parts []string) rune { return hex(parts[1]) })
	return pattern
}

// quotedRune is a character as it stands for itself, in a class or not.
func quotedRune(char rune) string {
	if char < utf8.RuneSelf && (unicode.IsPunct(char) || unicode.IsSymbol(char)) {
		return `\` + string(char)
	}
	return string(char)
}

// spaces writes what ECMAScript takes for space so that Go does, too.
func spaces(pattern string) string {
	const all = `\s\v\x{feff}\p{Z}`
	var written strings.Builder
	class := false
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '\\' && i+1 < len(pattern):
			i++
			written.WriteString(spaceOr(pattern[i], class, all))
			continue
		case c == '[':
			class = true
		case c == ']':
			class = false
		}
		written.WriteByte(c)
	}
	return written.String()
}

// spaceOr writes an escape, in a class or not.
func spaceOr(letter byte, class bool, all string) string {
	switch {
	case letter == 's' && class:
		return all
	case letter == 's':
		return "[" + all + "]"
	case letter == 'S' && !class:
		return "[^" + all + "]"
	}
	return string([]byte{'\\', letter})
}

// linear is a pattern that takes time in proportion to the value.
type linear struct {
	*regexp.Regexp
	text string
}

func (l linear) String() string { return l.text }

// backtracking is a pattern with look-ahead or the like, or one that nobody can
// read.
type backtracking struct {
	text     string
	compiled *regexp2.Regexp
	patterns *patterns
	// names is where it stands in the document, if it is about names of properties.
	names string
}

func (b *backtracking) String() string { return b.text }

// MatchString finds that a pattern which says nothing matches.
func (b *backtracking) MatchString(value string) bool {
	matched, why := b.match(value)
	if why != "" && b.names != "" {
		b.patterns.note(unchecked{nil, b.names, fmt.Sprintf("has a property whose name was not held against the pattern %s, %s", shortened(b.text), why)})
	}
	return matched || why != ""
}

// match reports whether a value matches, or why nobody knows.
func (b *backtracking) match(value string) (matched bool, why string) {
	if b.compiled == nil {
		return false, "which is no regular expression that can be read"
	}
	const slow = "which takes too long for this value"
	if b.patterns.lost >= patternsTime {
		return false, slow
	}
	started := time.Now() //nolint:forbidigo // a duration, in no transaction
	matched, err := b.compiled.MatchString(value)
	if err != nil {
		b.patterns.lost += time.Since(started)
		return false, slow
	}
	return matched, ""
}

// unreadable reports whether a pattern says nothing about any value.
func unreadable(pattern jsonschema.Regexp) bool {
	b, ok := pattern.(*backtracking)
	return ok && b.compiled == nil
}

func isDoubtful(pattern jsonschema.Regexp) bool {
	_, ok := pattern.(*backtracking)
	return ok
}

// patternKeyword is the keyword under which a pattern stands that may not be able
// to tell.
const patternKeyword = "accord-pattern"

// doubtful is such a pattern in a schema.
type doubtful struct {
	patterns *patterns
	pattern  *backtracking
	// source is where it stands in the document.
	source string
}

// Validate holds a text against the pattern, and notes if that says nothing.
func (d *doubtful) Validate(ctx *jsonschema.ValidatorContext, value any) {
	text, ok := value.(string)
	if !ok {
		return
	}
	matched, why := d.pattern.match(text)
	switch {
	case why != "":
		d.patterns.note(unchecked{ctx.ValueLocation(), d.source, fmt.Sprintf("was not held against the pattern %s, %s", shortened(d.pattern.text), why)})
	case !matched:
		ctx.AddError(&kind.Pattern{Got: text, Want: d.pattern.text})
	}
}

// namesKeyword is the keyword under which stands that a pattern of names cannot be
// read, so that nobody knows which schema a property has.
const namesKeyword = "accord-names"

// doubtfulNames are the names of properties under such a pattern.
type doubtfulNames struct {
	patterns *patterns
	text     string
	source   string
}

// Validate notes that nobody knows which properties of an object are meant.
func (d *doubtfulNames) Validate(ctx *jsonschema.ValidatorContext, value any) {
	if object(value) != nil {
		d.patterns.note(
			unchecked{ctx.ValueLocation(), d.source, fmt.Sprintf("may have properties that the pattern of names %s is about, which is no regular expression that can be read", shortened(d.text))},
		)
	}
}
