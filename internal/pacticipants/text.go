package pacticipants

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxNameLength is how many characters a name may have: more than any name in
// use, and few enough for the databases' indexes.
const MaxNameLength = 500

// ValidateName says what keeps a text from being a name (of an application,
// version, branch, tag, label or environment), or "" if nothing does.
func ValidateName(text string) string {
	if strings.TrimSpace(text) == "" {
		return "cannot be blank"
	}
	if utf8.RuneCountInString(text) > MaxNameLength {
		return fmt.Sprintf("cannot be longer than %d characters", MaxNameLength)
	}
	if text == "." || text == ".." {
		return "cannot be a dot or two, which addresses take for folders"
	}
	return ValidateLine(text)
}

// ValidateLine says what keeps a text from being a line that can be stored and
// shown, or "" if nothing does.
func ValidateLine(text string) string {
	if !utf8.ValidString(text) {
		return "must be UTF-8"
	}
	if strings.ContainsAny(text, "\r\n") {
		return "cannot contain multiple lines"
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return "cannot contain control characters"
	}
	return ""
}
