package pacticipants

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"accord/internal/support/fault"
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

// ReadNew reads the body of a request that creates an application; it must
// name it. It returns an Invalid fault with every property that breaks a rule.
func ReadNew(properties map[string]any) (Body, error) {
	r := reader{properties: properties}
	if _, sent := properties["name"]; !sent {
		r.fault("name", "is missing")
	}
	return r.body()
}

// ReadChange reads the body of a request that changes an application, or puts
// one at an address that names it. It returns an Invalid fault with every
// property that breaks a rule.
func ReadChange(properties map[string]any) (Body, error) {
	r := reader{properties: properties}
	return r.body()
}

// ValidateLabel says what keeps a text from being a label, or "".
func ValidateLabel(label string) string { return ValidateName(label) }

// ValidateMainBranch says what keeps a text from naming a main branch, or "".
func ValidateMainBranch(branch string) string {
	if trouble := ValidateName(branch); trouble != "" {
		return trouble
	}
	if strings.Contains(branch, " ") {
		return "cannot contain spaces"
	}
	return ""
}

func validateDisplayName(name string) string {
	if name == "" {
		return ""
	}
	return ValidateName(name)
}

func validateShortLine(text string) string {
	if utf8.RuneCountInString(text) > MaxNameLength {
		return fmt.Sprintf("cannot be longer than %d characters", MaxNameLength)
	}
	return ValidateLine(text)
}

// reader takes properties out of a decoded JSON object and keeps what is wrong.
type reader struct {
	properties map[string]any
	fields     []fault.Field
}

func (r *reader) body() (Body, error) {
	if name, sent := r.properties["name"]; sent && name == nil {
		r.fault("name", "must be a string")
	}
	body := Body{
		Name:                r.text("name", ValidateName),
		DisplayName:         r.text("displayName", validateDisplayName),
		RepositoryURL:       r.text("repositoryUrl", ValidateAddress),
		RepositoryName:      r.text("repositoryName", validateShortLine),
		RepositoryNamespace: r.text("repositoryNamespace", validateShortLine),
		MainBranch:          r.text("mainBranch", ValidateMainBranch),
	}
	if len(r.fields) > 0 {
		return Body{}, fault.InvalidFields(r.fields...)
	}
	return body, nil
}

func (r *reader) text(name string, trouble func(string) string) Text {
	value, sent := r.properties[name]
	if value == nil {
		return Text{Sent: sent}
	}
	text, isText := value.(string)
	if !isText {
		r.fault(name, "must be a string")
		return Text{Sent: true}
	}
	if message := trouble(text); message != "" {
		r.fault(name, message)
	}
	return Text{Sent: true, Value: &text}
}

func (r *reader) fault(name, message string) {
	r.fields = append(r.fields, fault.Field{Name: name, Message: message})
}
