package contracts

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/pactfile"
)

// ProviderState is a state that a provider must be able to take on for
// interactions, and the consumers who ask for it.
type ProviderState struct {
	Name string
	// Params is the JSON of the parameters, nil if there are none.
	Params    []byte
	Consumers []string
}

// bytesAtOnce is how much of several contracts is held in memory to look into them, or else
// one contract.
const bytesAtOnce = 4 << 20

// ProviderStates returns the states that the contracts name, each once for the same
// name and parameters, ordered by name and then by parameters.
func ProviderStates(ctx context.Context, lists ListReader, found []Publication) ([]ProviderState, error) {
	ids := make([]int64, len(found))
	for i, p := range found {
		ids[i] = p.ContentID
	}
	sizes, err := lists.ContentSizes(ctx, ids...)
	if err != nil {
		return nil, err
	}
	gathered := states{}
	for len(ids) > 0 {
		n := max(Fitting(sizes, ids, bytesAtOnce), 1)
		bodies, err := lists.ContentBodies(ctx, ids[:n]...)
		if err != nil {
			return nil, err
		}
		for _, p := range found[:n] {
			gathered.add(p.Consumer, bodies[p.ContentID])
		}
		ids, found = ids[n:], found[n:]
	}
	return gathered.sorted(), nil
}

// Fitting is how many of the first contents have at most so many bytes together.
func Fitting(sizes map[int64]int64, ids []int64, most int64) int {
	for i, id := range ids {
		if most -= sizes[id]; most < 0 {
			return i
		}
	}
	return len(ids)
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
