package pacticipants

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Text is a property of a request that may be a text, null, or not sent at all.
type Text struct {
	Sent bool
	// Value is nil for null, and for what was not sent.
	Value *string
}

// Or returns the text that holds after a change: what was sent, null included,
// or else what was there before.
func (t Text) Or(before *string) *string {
	if t.Sent {
		return t.Value
	}
	return before
}

// Body is what a request says of an application.
type Body struct {
	Name                                                           Text
	DisplayName                                                    Text
	RepositoryURL, RepositoryName, RepositoryNamespace, MainBranch Text
}

// ValidateMainBranch says what keeps a text from naming a main branch, or "".
func ValidateMainBranch(branch string) string {
	if problem := ValidateName(branch); problem != "" {
		return problem
	}
	if strings.Contains(branch, " ") {
		return "cannot contain spaces"
	}
	return ""
}

// ValidateDisplayName says what keeps a text from being a display name, or "". An
// empty one stands for one that is derived from the name.
func ValidateDisplayName(name string) string {
	if name == "" {
		return ""
	}
	return ValidateName(name)
}

// ValidateShortLine says what keeps a text from being a line as short as a name,
// or "".
func ValidateShortLine(text string) string {
	if utf8.RuneCountInString(text) > MaxNameLength {
		return fmt.Sprintf("cannot be longer than %d characters", MaxNameLength)
	}
	return ValidateLine(text)
}

// checkNew returns an Invalid fault if something invisible would be new in what is
// said of the application.
func (b Body) checkNew(before Pacticipant) error {
	if branch := b.MainBranch.Value; branch != nil && *branch != before.MainBranch {
		if err := CheckNewName("mainBranch", *branch); err != nil {
			return err
		}
	}
	for _, text := range []struct {
		field  string
		sent   *string
		before string
	}{
		{"displayName", b.DisplayName.Value, before.DisplayName},
		{"repositoryName", b.RepositoryName.Value, before.RepositoryName},
		{"repositoryNamespace", b.RepositoryNamespace.Value, before.RepositoryNamespace},
	} {
		if text.sent == nil {
			continue
		}
		if err := CheckNewText(text.field, *text.sent, text.before); err != nil {
			return err
		}
	}
	return nil
}
