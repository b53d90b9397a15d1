package comparison

import (
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	// patternTime is how long one pattern may look at one value. Patterns that are
	// tried with backtracking come from outside and may take for ever.
	patternTime = 100 * time.Millisecond
	// maxPattern is how long a pattern may be.
	maxPattern = 10_000
)

// patterns compiles the regular expressions of a document. It never refuses one:
// a pattern that cannot be read, or takes too long, says nothing about any value,
// and is named by Unusable.
type patterns struct {
	known map[string]jsonschema.Regexp
}

func (p *patterns) compile(pattern string) (jsonschema.Regexp, error) {
	if known, ok := p.known[pattern]; ok {
		return known, nil
	}
	compiled := compilePattern(pattern)
	p.known[pattern] = compiled
	return compiled, nil
}

func compilePattern(pattern string) jsonschema.Regexp {
	if len(pattern) > maxPattern {
		return &backtracking{text: pattern}
	}
	if compiled, err := regexp.Compile(forGo(pattern)); err == nil {
		return linear{compiled, pattern}
	}
	for _, options := range []regexp2.RegexOptions{regexp2.ECMAScript, regexp2.None} {
		if compiled, err := regexp2.Compile(pattern, options); err == nil {
			compiled.MatchTimeout = patternTime
			return &backtracking{text: pattern, compiled: compiled}
		}
	}
	return &backtracking{text: pattern}
}

var (
	codePoint = regexp.MustCompile(`\\u\{([0-9a-fA-F]+)\}`)
	codeUnit  = regexp.MustCompile(`\\u([0-9a-fA-F]{4})`)
	script    = regexp.MustCompile(`\\([pP])\{(?:Script|sc|Script_Extensions|scx)=(\w+)\}`)
)

// forGo writes ECMAScript's escapes of characters and scripts as Go's.
func forGo(pattern string) string {
	pattern = script.ReplaceAllString(pattern, `\$1{$2}`)
	if !strings.Contains(pattern, `\u`) {
		return pattern
	}
	return codeUnit.ReplaceAllString(codePoint.ReplaceAllString(pattern, `\x{$1}`), `\x{$1}`)
}

// linear is a pattern that takes time in proportion to the value.
type linear struct {
	*regexp.Regexp
	text string
}

func (l linear) String() string { return l.text }

// backtracking is a pattern with look-ahead or the like, or one that nobody can
// read. Once it took too long it is not asked again.
type backtracking struct {
	text     string
	compiled *regexp2.Regexp
	slow     atomic.Bool
}

func (b *backtracking) String() string { return b.text }

// MatchString finds that a pattern which says nothing matches.
func (b *backtracking) MatchString(value string) bool {
	if b.compiled == nil || b.slow.Load() {
		return true
	}
	matched, err := b.compiled.MatchString(value)
	if err != nil {
		b.slow.Store(true)
		return true
	}
	return matched
}

// unusable reports whether a pattern says nothing.
func unusable(pattern jsonschema.Regexp) bool {
	b, ok := pattern.(*backtracking)
	return ok && (b.compiled == nil || b.slow.Load())
}
