package pactfile

import (
	"bytes"

	"github.com/accord-broker/accord/internal/support/fault"
)

// requestParts are the members of a request that two interactions of one
// description and state must share for a merge.
var requestParts = []string{"method", "path", "query", "body", "headers"}

// MergeStrictly adds the interactions and messages of a contract to the stored
// one, as PATCH does. It returns a Conflict fault if either has no list of
// interactions, or if a sent interaction has the description and state of a
// stored one and another request. See Merge for what the result is.
func MergeStrictly(stored, sent Body) (Body, error) {
	if !IsArray(Member(stored, "interactions")) || !IsArray(Member(sent, "interactions")) {
		return nil, fault.New(fault.Conflict, "the contracts cannot be merged: both must have a list of interactions")
	}
	requests := map[string][]byte{}
	for interaction := range Items(Member(stored, "interactions")) {
		requests[demandOf(interaction)] = Member(interaction, "request")
	}
	for interaction := range Items(Member(sent, "interactions")) {
		request, known := requests[demandOf(interaction)]
		if part := differingPart(request, Member(interaction, "request")); known && part != "" {
			description, _ := TextOf(Member(interaction, "description"))
			return nil, fault.New(fault.Conflict, "the contracts cannot be merged: the stored one has an interaction '%s' in the same provider state with another %s in its request", description, part)
		}
	}
	return Merge(stored, sent), nil
}

// Merge adds the interactions and messages of a contract to the stored one:
// those of the same description and provider state take the place of the
// stored, the others go to the end. All else is as in the stored contract.
//
// The result has no generated interaction ids, so its Identity is that of the
// same contract published at once. (The Pact Broker names the result by what
// was sent alone, and drops messages.)
func Merge(stored, sent Body) Body {
	stored, sent = WithoutInteractionIDs(stored), WithoutInteractionIDs(sent)
	for _, list := range []string{"interactions", "messages"} {
		if addition := Member(sent, list); IsArray(addition) {
			stored = WithMember(stored, list, mergeLists(Member(stored, list), addition))
		}
	}
	return stored
}

func mergeLists(stored, sent []byte) []byte {
	var merged [][]byte
	places := map[string]int{}
	for interaction := range Items(stored) {
		places[demandOf(interaction)] = len(merged)
		merged = append(merged, interaction)
	}
	for interaction := range Items(sent) {
		key := demandOf(interaction)
		if place, taken := places[key]; taken {
			merged[place] = interaction
			continue
		}
		places[key] = len(merged)
		merged = append(merged, interaction)
	}
	return append(append([]byte{'['}, bytes.Join(merged, []byte{','})...), ']')
}

// demandOf returns what an interaction or message is known by within its
// contract: its description and its provider state. Two interactions with the
// same are one interaction that changed.
func demandOf(interaction []byte) string {
	if !IsObject(interaction) {
		return string(interaction)
	}
	return string(canonicalOrNull(Member(interaction, "description"))) + string(canonicalOrNull(stateOf(interaction)))
}

// stateOf returns the provider state of an interaction in whichever of the
// three members libraries put it, or nil.
func stateOf(interaction []byte) []byte {
	for _, name := range []string{"provider_state", "providerState", "providerStates"} {
		if state := Member(interaction, name); !IsNull(state) {
			return state
		}
	}
	return nil
}

// differingPart names the first part in which two requests differ, or "".
func differingPart(a, b []byte) string {
	for _, part := range requestParts {
		if !bytes.Equal(canonicalOrNull(Member(a, part)), canonicalOrNull(Member(b, part))) {
			return part
		}
	}
	return ""
}

func canonicalOrNull(value []byte) []byte {
	if IsNull(value) {
		return []byte("null")
	}
	return canonicalText(value)
}

// NamedMember is a member of an object: a plain name and a JSON value.
type NamedMember struct {
	Name  string
	Value []byte
}

// WithMember copies an object with the named member set to the value, in its
// place or at the end.
func WithMember(object Body, name string, value []byte) Body {
	return WithMembers(object, NamedMember{name, value})
}

// WithMembers copies an object once with all of the members set. A text that is no
// whole object is returned as it is: what reads it must see that it is broken, not an
// object that lacks what came after the break.
func WithMembers(object Body, wanted ...NamedMember) Body {
	size := len(object)
	for _, m := range wanted {
		size += len(m.Name) + len(m.Value) + len(`"":,`)
	}
	dst := append(make([]byte, 0, size), '{')
	add := func(name, value []byte) {
		if len(dst) > 1 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, name...), ':'), value...)
	}
	found := make([]bool, len(wanted))
	read := len(`{`)
	for name, value := range members(object) {
		read += len(name) + len(`:`) + len(value) + len(`,`)
		for i, m := range wanted {
			if isNamed(name, m.Name) {
				found[i], value = true, m.Value
			}
		}
		add(name, value)
	}
	if read = max(read, len(`{}`)); read != len(object) || object[read-1] != '}' {
		return object
	}
	for i, m := range wanted {
		if !found[i] {
			add([]byte(`"`+m.Name+`"`), m.Value)
		}
	}
	return append(dst, '}')
}
