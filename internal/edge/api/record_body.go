package api

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// readInstance reads the application instance of a deployment, under its own
// name or the older "target". A number or boolean counts as its text; nothing
// and "" are the slot without a name.
func readInstance(properties map[string]json.RawMessage) (string, error) {
	for _, name := range []string{"applicationInstance", "target"} {
		raw, sent := properties[name]
		if !sent || string(raw) == "null" {
			continue
		}
		text := string(raw)
		if raw[0] == '{' || raw[0] == '[' {
			return "", fault.InvalidField(name, "must be a string")
		}
		if raw[0] == '"' {
			if err := json.Unmarshal(raw, &text); err != nil {
				return "", fault.InvalidField(name, "must be a string")
			}
		}
		if text == "" {
			continue
		}
		if problem := pacticipants.ValidateName(text); problem != "" {
			return "", fault.InvalidField(name, "%s", problem)
		}
		return text, nil
	}
	return "", nil
}

// readEnding reports whether a change of a record asks to end it, by setting the
// named property to false. To set it to true is Unprocessable, as an end is final;
// anything else is Invalid, also a body in which nothing is known, so that nobody
// believes to have ended what goes on.
func readEnding(properties map[string]json.RawMessage, property string) (bool, error) {
	raw, sent := properties[property]
	switch {
	case !sent && len(properties) > 0:
		return false, fault.InvalidField(slices.Sorted(maps.Keys(properties))[0], "is not known here; to end it, send %s: false", property)
	case !sent:
		return false, nil
	case string(raw) == "false":
		return true, nil
	case string(raw) == "true":
		e := fault.New(fault.Unprocessable, "")
		e.Fields = []fault.Field{{Name: property, Message: "cannot be set back to true; record it anew instead"}}
		return false, e
	}
	return false, fault.InvalidField(property, "must be false, or be left out")
}
