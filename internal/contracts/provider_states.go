package contracts

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"accord/internal/pactfile"
)

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

func (s states) add(consumer string, body pactfile.Body) {
	for name, params := range pactfile.States(body) {
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
