package selection

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"accord/internal/pactfile"
	"accord/internal/pacticipants"
	"accord/internal/support/fault"
	"accord/internal/verification"
)

// Environments reports whether there is an environment with the name.
type Environments func(name string) bool

// ReadQuery reads the body of a request for contracts to verify; an empty one
// asks for the default. It returns a Malformed fault for a body that is no JSON
// object, and otherwise an Invalid fault with everything that breaks a rule;
// what is wrong with a selector stands under "consumerVersionSelectors", with
// the selector's index. Members that are not known are ignored.
func ReadQuery(body []byte, exists Environments) (Query, error) {
	r := reader{exists: exists}
	if len(strings.TrimSpace(string(body))) > 0 {
		text, err := pactfile.ReadBody(body)
		if err != nil {
			return Query{}, err
		}
		if err := json.Unmarshal(text, &r.members); err != nil {
			return Query{}, fault.New(fault.Malformed, "The request body must be a JSON object.").Because(err)
		}
	}
	q := Query{
		ProviderBranch: r.providerBranch(),
		ProviderTags:   r.providerTags(),
		Pending:        r.pending(),
		WIPSince:       r.wipSince(),
	}
	q.Selectors = r.selectors(q.ProviderBranch)
	if len(r.fields) > 0 {
		return Query{}, fault.InvalidFields(r.fields...)
	}
	return q, nil
}

// reader takes members out of the request and keeps what is wrong.
type reader struct {
	members map[string]json.RawMessage
	exists  Environments
	fields  []fault.Field
}

func (r *reader) fault(name, format string, args ...any) {
	r.fields = append(r.fields, fault.Field{Name: name, Message: fmt.Sprintf(format, args...)})
}

// providerBranch is the branch; "" counts as absent, since clients send it when
// no branch is set.
func (r *reader) providerBranch() string {
	const name = "providerVersionBranch"
	value, given := r.members[name]
	if !given || string(value) == "null" {
		return ""
	}
	branch, isText := textOf(value)
	switch {
	case !isText:
		r.fault(name, "must be a string")
	case branch != "":
		if trouble := pacticipants.ValidateName(branch); trouble != "" {
			r.fault(name, "%s", trouble)
		}
	}
	return branch
}

func (r *reader) providerTags() []string {
	const name = "providerVersionTags"
	value, given := r.members[name]
	if !given || string(value) == "null" {
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(value, &items) != nil {
		r.fault(name, "must be an array")
		return nil
	}
	tags := make([]string, 0, len(items))
	for i, item := range items {
		tag, isText := textOf(item)
		trouble := "must be a string"
		if isText {
			trouble = validateText(tag)
		}
		if trouble != "" {
			r.fault(name, "%s (at index %d)", trouble, i)
		}
		tags = append(tags, tag)
	}
	return tags
}

func (r *reader) pending() bool {
	const name = "includePendingStatus"
	value, given := r.members[name]
	if given && string(value) != "true" && string(value) != "false" {
		r.fault(name, "must be true or false")
	}
	return string(value) != "false"
}

func (r *reader) wipSince() time.Time {
	const name = "includeWipPactsSince"
	value, given := r.members[name]
	if !given {
		return time.Time{}
	}
	text, isText := textOf(value)
	since, err := verification.ParseTime(text)
	if !isText || err != nil {
		r.fault(name, "must be a date, or a date and time, such as 2026-11-21")
	}
	return since
}

func (r *reader) selectors(providerBranch string) []Selector {
	const name = "consumerVersionSelectors"
	value, given := r.members[name]
	if !given {
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(value, &items) != nil || items == nil {
		r.fault(name, "must be an array")
		return nil
	}
	selectors := make([]Selector, 0, len(items))
	for i, item := range items {
		s := selectorReader{exists: r.exists, providerBranch: providerBranch}
		selectors = append(selectors, s.read(item))
		for _, message := range s.messages {
			r.fault(name, "%s (at index %d)", message, i)
		}
	}
	return selectors
}

// textOf returns the text of a JSON value, and whether it is a string.
func textOf(value []byte) (string, bool) {
	if len(value) == 0 || value[0] != '"' {
		return "", false
	}
	var text string
	err := json.Unmarshal(value, &text)
	return text, err == nil
}

// validateText says what keeps a text from being compared with names.
func validateText(text string) string {
	if utf8.RuneCountInString(text) > pacticipants.MaxNameLength {
		return fmt.Sprintf("cannot be longer than %d characters", pacticipants.MaxNameLength)
	}
	return pacticipants.ValidateLine(text)
}
