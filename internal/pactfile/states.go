package pactfile

import (
	"encoding/json"
	"iter"
)

// States yields the name and the canonical parameters of each state in
// a contract, as often as it occurs. Parameters that are no JSON, in a contract that came
// so from elsewhere, are passed over.
func States(body Body) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for _, list := range []string{"interactions", "messages"} {
			for interaction := range Items(Member(body, list)) {
				if !eachState(interaction, yield) {
					return
				}
			}
		}
	}
}

func eachState(interaction []byte, yield func(string, []byte) bool) bool {
	state := stateOf(interaction)
	if name, isText := TextOf(state); isText && name != "" {
		return yield(name, nil)
	}
	for state := range Items(state) {
		name, isText := TextOf(Member(state, "name"))
		if !isText || name == "" {
			continue
		}
		var params []byte
		if sent := Member(state, "params"); IsObject(sent) && len(sent) > 2 && json.Valid(sent) {
			params = canonicalText(sent)
		}
		if !yield(name, params) {
			return false
		}
	}
	return true
}
