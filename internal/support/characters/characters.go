// Package characters knows the characters of names and texts that nobody sees, or
// that turn the direction of writing: with them, one name looks like another.
package characters

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// emojiForm asks for the coloured form of the character before it, and joiner
	// makes one emoji of two.
	emojiForm, joiner = '\uFE0F', '\u200D'
	// blank is a pattern of Braille without a dot.
	blank = '\u2800'
	// wide is the blank between words of East Asia.
	wide = '\u3000'
)

// CheckName says which character keeps people from telling a name apart from
// others, or "" if none does: one that nobody sees, or a blank that looks like a
// space. The wide one of East Asia does not.
func CheckName(name string) string {
	if at := strings.IndexFunc(name, looksLikeSpace); at >= 0 {
		other, _ := utf8.DecodeRuneInString(name[at:])
		return fmt.Sprintf("cannot contain the blank U+%04X, which looks like a space", other)
	}
	return CheckAddress(name)
}

func looksLikeSpace(r rune) bool { return r != ' ' && r != wide && unicode.Is(unicode.Zs, r) }

// CheckAddress is CheckName for an address, in which blanks are told apart by those
// who go there.
func CheckAddress(address string) string { return problem(firstInvisible([]rune(address), false)) }

// SameName reports whether people take two names for one: nothing but the case of
// letters tells them apart, or a hyphen or an underscore where the other has a space.
func SameName(a, b string) bool {
	return strings.EqualFold(strings.Map(asSpace, a), strings.Map(asSpace, b))
}

func asSpace(r rune) rune {
	if r == '-' || r == '_' || unicode.IsSpace(r) {
		return ' '
	}
	return r
}

// CheckText is CheckName for a text that people read and nothing is found by, such
// as a description: there, what belongs to an emoji may stand in it.
func CheckText(text string) string { return problem(firstInvisible([]rune(text), true)) }

func problem(invisible rune) string {
	if invisible == 0 {
		return ""
	}
	return fmt.Sprintf("cannot contain the invisible character U+%04X", invisible)
}

// firstInvisible is the first character that nobody sees, or 0.
func firstInvisible(text []rune, emoji bool) rune {
	for i, r := range text {
		if !IsInvisible(r) || (emoji && isPartOfEmoji(text, i)) {
			continue
		}
		return r
	}
	return 0
}

// IsInvisible reports whether nobody sees a character. White space is seen.
func IsInvisible(r rune) bool {
	return r == blank || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// isPartOfEmoji reports whether the character at i changes a symbol before it, or
// joins two.
func isPartOfEmoji(text []rune, i int) bool {
	before := i > 0 && (isSymbol(text[i-1]) || (text[i] == joiner && text[i-1] == emojiForm))
	switch text[i] {
	case emojiForm:
		return before
	case joiner:
		return before && i+1 < len(text) && isSymbol(text[i+1])
	}
	return false
}

// isSymbol reports whether emoji are made of such characters; Sk are colours of
// skin.
func isSymbol(r rune) bool { return unicode.In(r, unicode.So, unicode.Sk) }
