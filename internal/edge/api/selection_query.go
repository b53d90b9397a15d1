package api

import (
	"encoding/json"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/selection"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/rackquery"
)

// readOldSelection reads the query string with which old clients ask. It knows tags
// only. It returns a Malformed fault for one that cannot be read, and otherwise
// an Invalid fault with everything that breaks a rule.
func readOldSelection(raw string, exists environmentFinder) (selection.Query, error) {
	given, err := rackquery.Parse(raw)
	if err != nil {
		return selection.Query{}, fault.New(fault.Malformed, "%v", err)
	}
	r := oldSelectionReader{selectionReader: selectionReader{exists: exists}, given: given}
	q := selection.Query{ProviderBranch: r.text("provider_version_branch"), ProviderTags: r.tags(), Pending: true}
	switch r.text("include_pending_status") {
	case "", "true":
	case "false":
		q.Pending = false
	default:
		r.fault("include_pending_status", "must be true or false")
	}
	if since := r.text("include_wip_pacts_since"); since != "" {
		if q.WIPSince, err = parseTime(since); err != nil {
			r.fault("include_wip_pacts_since", "must be a date, or a date and time, such as 2026-11-21")
		}
	}
	q.Selectors = r.selectors()
	if len(r.fields) > 0 {
		return selection.Query{}, fault.InvalidFields(r.fields...)
	}
	return q, nil
}

type oldSelectionReader struct {
	selectionReader
	given rackquery.Query
}

func (r *oldSelectionReader) text(name string) string {
	value := r.given.Value(name)
	if value != nil && !value.IsText() {
		r.fault(name, "must be a string")
	}
	if problem := validateComparable(value.Text()); problem != "" {
		r.fault(name, "%s", problem)
	} else if value.Text() != "" && pacticipants.LooksBlank(value.Text()) {
		r.fault(name, "cannot be blank")
	}
	return value.Text()
}

func (r *oldSelectionReader) tags() []string {
	const name = "provider_version_tags"
	value := r.given.Value(name)
	if value != nil && !value.IsList() {
		r.fault(name, "must be an array")
	}
	for i, tag := range value.List() {
		problem := "must be a string"
		if tag.IsText() {
			problem = validateComparable(tag.Text())
		}
		if tag.Text() != "" && pacticipants.LooksBlank(tag.Text()) {
			problem = "cannot be blank"
		}
		if problem != "" {
			r.fault(name, "%s (at index %d)", problem, i)
		}
	}
	return value.Texts()
}

func (r *oldSelectionReader) selectors() []selection.Selector {
	const name = "consumer_version_selectors"
	value := r.given.Value(name)
	if value != nil && !value.IsList() {
		r.fault(name, "must be an array")
	}
	var selectors []selection.Selector
	for i, item := range value.List() {
		s := selectorReader{exists: r.exists}
		selectors = append(selectors, s.read(asMembers(item)))
		if item.IsHash() && item.Member("tag") == nil {
			s.messages = []string{"tag is missing"}
		}
		for _, message := range s.messages {
			r.fault(name, "%s (at index %d)", message, i)
		}
	}
	return selectors
}

// asMembers writes a selector of a query string as the JSON of a body.
func asMembers(item *rackquery.Value) []byte {
	if !item.IsHash() {
		return nil
	}
	members := map[string]any{}
	for from, to := range map[string]string{"tag": "tag", "fallback_tag": "fallbackTag", "consumer": "consumer"} {
		if member := item.Member(from); member != nil {
			members[to] = member.Text()
		}
	}
	switch latest := item.Member("latest"); {
	case latest == nil:
	case latest.Text() == "true" || latest.Text() == "false":
		members["latest"] = latest.Text() == "true"
	default:
		members["latest"] = nil
	}
	text, err := json.Marshal(members)
	if err != nil {
		return nil
	}
	return text
}
