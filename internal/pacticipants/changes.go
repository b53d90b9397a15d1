package pacticipants

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Changes is what is said of an application: nil leaves what is there, and an empty
// text takes it away.
type Changes struct {
	DisplayName, MainBranch                            *string
	RepositoryURL, RepositoryName, RepositoryNamespace *string
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
func (c Changes) checkNew(before Pacticipant) error {
	if branch := c.MainBranch; branch != nil && *branch != "" && *branch != before.MainBranch {
		if err := CheckNewName("mainBranch", *branch); err != nil {
			return err
		}
	}
	for _, text := range []struct {
		field  string
		said   *string
		before string
	}{
		{"displayName", c.DisplayName, before.DisplayName},
		{"repositoryName", c.RepositoryName, before.RepositoryName},
		{"repositoryNamespace", c.RepositoryNamespace, before.RepositoryNamespace},
	} {
		if text.said == nil {
			continue
		}
		if err := CheckNewText(text.field, *text.said, text.before); err != nil {
			return err
		}
	}
	return nil
}

// appliedTo returns the application with what is said of it. A display name that
// would be empty is derived from the name.
func (c Changes) appliedTo(p Pacticipant) Pacticipant {
	set := func(target, said *string) {
		if said != nil {
			*target = *said
		}
	}
	set(&p.DisplayName, c.DisplayName)
	set(&p.RepositoryURL, c.RepositoryURL)
	set(&p.RepositoryName, c.RepositoryName)
	set(&p.RepositoryNamespace, c.RepositoryNamespace)
	set(&p.MainBranch, c.MainBranch)
	if p.DisplayName == "" {
		p.DisplayName = DisplayName(p.Name)
	}
	return p
}
