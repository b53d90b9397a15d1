package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/selection"
	"github.com/accord-broker/accord/internal/support/fault"
)

// readSelection reads the body of a request for contracts to verify; an empty one
// asks for the default. It returns a Malformed fault for a body that is no JSON
// object, and otherwise an Invalid fault with everything that breaks a rule;
// what is wrong with a selector stands under "consumerVersionSelectors", with
// the selector's index. Members that are not known are ignored.
func readSelection(body []byte, exists environmentFinder) (selection.Query, error) {
	r := selectionReader{exists: exists}
	if len(strings.TrimSpace(string(body))) > 0 {
		text, err := pactfile.ReadBody(body)
		if err != nil {
			return selection.Query{}, err
		}
		if err := json.Unmarshal(text, &r.members); err != nil {
			return selection.Query{}, fault.New(fault.Malformed, "The request body must be a JSON object.").Because(err)
		}
	}
	q := selection.Query{
		ProviderBranch: r.providerBranch(),
		ProviderTags:   r.providerTags(),
		Pending:        r.pending(),
		WIPSince:       r.wipSince(),
	}
	q.Selectors = r.selectors(q.ProviderBranch)
	if len(r.fields) > 0 {
		return selection.Query{}, fault.InvalidFields(r.fields...)
	}
	return q, nil
}

// selectionReader takes members out of the request and keeps what is wrong.
type selectionReader struct {
	members map[string]json.RawMessage
	exists  environmentFinder
	fields  []fault.Field
}

func (r *selectionReader) fault(name, format string, args ...any) {
	r.fields = append(r.fields, fault.Field{Name: name, Message: fmt.Sprintf(format, args...)})
}

// providerBranch is the branch; "" counts as absent, since clients send it when
// no branch is set.
func (r *selectionReader) providerBranch() string {
	const name = "providerVersionBranch"
	value, given := r.members[name]
	if !given || string(value) == "null" {
		return ""
	}
	branch, isText := textOf(value)
	switch {
	case !isText:
		r.fault(name, "must be a string")
	case branch != "" && pacticipants.LooksBlank(branch):
		r.fault(name, "cannot be blank")
	case branch != "":
		if problem := pacticipants.ValidateName(branch); problem != "" {
			r.fault(name, "%s", problem)
		}
	}
	return branch
}

func (r *selectionReader) providerTags() []string {
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
		problem := "must be a string"
		if isText {
			problem = validateComparable(tag)
		}
		if tag != "" && pacticipants.LooksBlank(tag) {
			problem = "cannot be blank"
		}
		if problem != "" {
			r.fault(name, "%s (at index %d)", problem, i)
		}
		tags = append(tags, tag)
	}
	return tags
}

func (r *selectionReader) pending() bool {
	const name = "includePendingStatus"
	value, given := r.members[name]
	if given && string(value) != "true" && string(value) != "false" {
		r.fault(name, "must be true or false")
	}
	return string(value) != "false"
}

func (r *selectionReader) wipSince() time.Time {
	const name = "includeWipPactsSince"
	value, given := r.members[name]
	if !given {
		return time.Time{}
	}
	text, isText := textOf(value)
	since, err := parseTime(text)
	if !isText || err != nil {
		r.fault(name, "must be a date, or a date and time, such as 2026-11-21")
	}
	return since
}

func (r *selectionReader) selectors(providerBranch string) []selection.Selector {
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
	selectors := make([]selection.Selector, 0, len(items))
	for i, item := range items {
		s := selectorReader{exists: r.exists, providerBranch: providerBranch}
		selectors = append(selectors, s.read(item))
		for _, message := range s.messages {
			r.fault(name, "%s (at index %d)", message, i)
		}
	}
	return selectors
}

// validateComparable says what keeps a text from being compared with names.
func validateComparable(text string) string {
	if utf8.RuneCountInString(text) > pacticipants.MaxNameLength {
		return fmt.Sprintf("cannot be longer than %d characters", pacticipants.MaxNameLength)
	}
	return pacticipants.ValidateLine(text)
}
