package dashboard

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// Pair is a consumer and a provider.
type Pair struct {
	contracts.Integration
	// HasPact tells that a contract of the pair is left.
	HasPact bool
}

// Relationships returns the pairs that have a contract, by the names of consumer
// and provider.
func (s *Service) Relationships(ctx context.Context) (pairs []Pair, err error) {
	err = s.View(ctx, func(ctx context.Context, tx Reader) error {
		pairs, err = tx.Pairs(ctx)
		return err
	})
	pairs = slices.DeleteFunc(pairs, func(p Pair) bool { return !p.HasPact })
	slices.SortStableFunc(pairs, func(a, b Pair) int {
		return cmp.Or(
			cmp.Compare(strings.ToLower(a.Consumer), strings.ToLower(b.Consumer)),
			cmp.Compare(strings.ToLower(a.Provider), strings.ToLower(b.Provider)))
	})
	return pairs, err
}

// Group returns the pairs by which applications are connected with the named
// one, over however many others, the oldest pair first. It stops growing once it
// has most applications; 0 means any number. It returns a NotFound fault for an
// unknown application.
func (s *Service) Group(ctx context.Context, name string, most int) (pairs []Pair, err error) {
	err = s.View(ctx, func(ctx context.Context, tx Reader) error {
		center, err := pacticipants.Get(ctx, tx, "pacticipant", name)
		if err != nil {
			return err
		}
		all, err := tx.Pairs(ctx)
		pairs = connected(all, center.ID, most)
		return err
	})
	return pairs, err
}

// connected grows the group around an application round by round: each takes in
// every pair of those that the last one has added.
func connected(all []Pair, center int64, most int) []Pair {
	members, edge := map[int64]bool{center: true}, map[int64]bool{center: true}
	var group []Pair
	for len(edge) > 0 && (most == 0 || len(members) < most || len(group) == 0) {
		next := map[int64]bool{}
		all = slices.DeleteFunc(all, func(p Pair) bool {
			if !edge[p.ConsumerID] && !edge[p.ProviderID] {
				return false
			}
			group = append(group, p)
			for _, id := range []int64{p.ConsumerID, p.ProviderID} {
				if !members[id] {
					members[id], next[id] = true, true
				}
			}
			return true
		})
		edge = next
	}
	slices.SortFunc(group, func(a, b Pair) int { return cmp.Compare(a.ID, b.ID) })
	return group
}
