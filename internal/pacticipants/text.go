package pacticipants

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/characters"
	"github.com/accord-broker/accord/internal/support/fault"
)

// MaxNameLength is how many characters a name may have.
const MaxNameLength = fault.MaxNameLength

// MaxAddressLength is how many characters the address of a build or a repository
// may have.
const MaxAddressLength = 2000

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

// CheckNewName returns an Invalid fault of the field if something new must not
// get the name, because people would take it for another: it holds characters
// that nobody sees, or that turn the direction of writing; or because it holds a
// token. What has such a name already keeps it.
func CheckNewName(field, name string) error {
	return faultOf(field, access.CheckName(name))
}

// CheckNewText is CheckNewName for a text that people read and nothing is found
// by, such as a display name or a description: there, lines and what belongs to an
// emoji may stand in it, but no other control characters. The text that was there before may be sent again.
func CheckNewText(field, sent, before string) error {
	if sent == before {
		return nil
	}
	return faultOf(field, ValidateNewText(sent))
}

// ValidateNewText says what keeps a text that is new from being shown to people, or
// "": see CheckNewText.
func ValidateNewText(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }) {
		return "cannot contain control characters"
	}
	return access.CheckText(text)
}

func faultOf(field, problem string) error {
	if problem == "" {
		return nil
	}
	return fault.InvalidField(field, "%s", problem)
}

// LooksBlank reports whether there is nothing to be seen of a text.
func LooksBlank(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsSpace(r) && !characters.IsInvisible(r) })
}

// scripts are addresses that a browser runs instead of going there.
var scripts = regexp.MustCompile(`(?i)^\s*(javascript|vbscript|data):`)

// ValidateAddress says what keeps a text from being the address of a build or a
// repository, which pages link to, or "". It need not be one of the web.
func ValidateAddress(text string) string {
	if utf8.RuneCountInString(text) > MaxAddressLength {
		return fmt.Sprintf("cannot be longer than %d characters", MaxAddressLength)
	}
	if problem := characters.CheckAddress(text); problem != "" {
		return problem
	}
	if scripts.MatchString(text) {
		return "must be an address, such as https://ci.example.org/builds/1, not a script"
	}
	return ValidateLine(text)
}
