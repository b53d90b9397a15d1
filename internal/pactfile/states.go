package pactfile

import "iter"

// States yields the name and the canonical parameters of each state in
// a contract, as often as it occurs.
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
		if sent := Member(state, "params"); IsObject(sent) && len(sent) > 2 {
			params = canonicalText(sent)
		}
		if !yield(name, params) {
			return false
		}
	}
	return true
}
