package contracts

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
)

// Counts are the numbers of interactions and messages in a contract.
type Counts struct{ Interactions, Messages int }

// CountDemands counts what a contract asks for. The messages of V4 contracts
// lie among the interactions, and are counted as such.
func CountDemands(body Body) Counts {
	return Counts{Interactions: lengthOf(member(body, "interactions")), Messages: lengthOf(member(body, "messages"))}
}

func lengthOf(array []byte) int {
	n := 0
	for range items(array) {
		n++
	}
	return n
}

// SaysTheSame tells whether two contracts are alike but for the order of their
// interactions and members and for interaction ids. It is how the last really
// different contract is found where equality is ByText.
func SaysTheSame(a, b Body) bool {
	return Identity(withoutIDs(a), ByDemands) == Identity(withoutIDs(b), ByDemands)
}

// withoutIDs takes every _id away, generated or sent.
func withoutIDs(body Body) Body {
	return mapLists(body, func(dst, item []byte) []byte {
		return append(dst, withoutMember(item, "_id")...)
	})
}

// ProviderState is a state that a provider must be able to take on for
// interactions, and the consumers who ask for it.
type ProviderState struct {
	Name string
	// Params is the JSON of the parameters, nil if there are none.
	Params    []byte
	Consumers []string
}

// statesAtOnce is how many contracts are held in memory to look for states.
const statesAtOnce = 16

// ProviderStates returns the states that the contracts of a listing name, each
// once for the same name and parameters, ordered by name and then by parameters.
func ProviderStates(ctx context.Context, lists Lister, which Listing) ([]ProviderState, error) {
	found, _, err := lists.Pacts(ctx, which)
	if err != nil {
		return nil, err
	}
	gathered := states{}
	for some := range slices.Chunk(found, statesAtOnce) {
		ids := make([]int64, len(some))
		for i, p := range some {
			ids[i] = p.ContentID
		}
		bodies, err := lists.ContentBodies(ctx, ids...)
		if err != nil {
			return nil, err
		}
		for _, p := range some {
			gathered.add(p.Consumer, bodies[p.ContentID])
		}
	}
	return gathered.sorted(), nil
}

// states are provider states by what makes them one.
type states map[string]*ProviderState

func (s states) add(consumer string, body Body) {
	for name, params := range providerStates(body) {
		key := name + "\x00" + string(params)
		if s[key] == nil {
			s[key] = &ProviderState{Name: name, Params: params}
		}
		if state := s[key]; !slices.Contains(state.Consumers, consumer) {
			state.Consumers = append(state.Consumers, consumer)
		}
	}
}

func (s states) sorted() []ProviderState {
	all := make([]ProviderState, 0, len(s))
	for _, state := range s {
		slices.Sort(state.Consumers)
		all = append(all, *state)
	}
	slices.SortFunc(all, func(a, b ProviderState) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), bytes.Compare(a.Params, b.Params))
	})
	return all
}

// providerStates yields the name and the canonical parameters of each state in
// a contract, as often as it occurs.
func providerStates(body Body) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for _, list := range []string{"interactions", "messages"} {
			for interaction := range items(member(body, list)) {
				if !eachState(interaction, yield) {
					return
				}
			}
		}
	}
}

func eachState(interaction []byte, yield func(string, []byte) bool) bool {
	state := stateOf(interaction)
	if name, isText := textOf(state); isText && name != "" {
		return yield(name, nil)
	}
	for state := range items(state) {
		name, isText := textOf(member(state, "name"))
		if !isText || name == "" {
			continue
		}
		var params []byte
		if sent := member(state, "params"); isObject(sent) && len(sent) > 2 {
			params = canonicalText(sent)
		}
		if !yield(name, params) {
			return false
		}
	}
	return true
}
