package providercontracts

import (
	"slices"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/oaschanges"
	"github.com/accord-broker/accord/internal/support/fault"
)

// join says what each change means for the pacts in use, whose content is read as it
// is needed.
func join(found []oaschanges.Change, of Changes, content func(p contracts.Publication) ([]byte, error)) ([]JoinedChange, error) {
	if len(found) == 0 {
		return nil, nil
	}
	joined := make([]JoinedChange, len(found))
	for i, change := range found {
		joined[i].Change = change
	}
	unknown := of.Was.Left > 0 || of.Impact.Left > 0
	after := map[int64]Effect{}
	for _, effect := range of.Impact.Effects {
		after[effect.Pact.Publication.ID] = effect
		unknown = unknown || effect.Comparison.Refused != ""
	}
	for _, was := range of.Was.Effects {
		is, known := after[was.Pact.Publication.ID]
		unknown = unknown || !known || was.Comparison.Refused != ""
		body, err := content(was.Pact.Publication)
		if err != nil && !fault.Is(err, fault.NotFound) { // deleted meanwhile, it uses what it calls
			return nil, err
		}
		joinPact(joined, was.Pact, was.Comparison.Report, is.Comparison.Report, httpInteractionsIn(body))
	}
	for i := range joined {
		joined[i].Meaning = joined[i].means(unknown)
	}
	slices.SortStableFunc(joined, func(a, b JoinedChange) int { return meaningRank[a.Meaning] - meaningRank[b.Meaning] })
	return joined, nil
}

var meaningRank = map[Meaning]int{BreaksConsumers: 0, NotKnown: 1, BreaksNobodyKnown: 2, UsedByNobodyKnown: 3, Harmless: 4}

func (j JoinedChange) means(unknown bool) Meaning {
	switch {
	case len(j.Breaks) > 0:
		return BreaksConsumers
	case j.Level == oaschanges.Info:
		return Harmless
	case unknown:
		return NotKnown
	case len(j.UsedBy) > 0:
		return BreaksNobodyKnown
	}
	return UsedByNobodyKnown
}

// joinPact adds a pact to the changes with which it has to do, and to those that break
// it: was and is tell how it fits the older documents and the newer ones.
func joinPact(changes []JoinedChange, pact LivePact, was, is Report, interactions map[int]httpInteraction) {
	uses := map[int][]int{} // the changes that an interaction has to do with
	for i := range changes {
		used := false
		for _, interaction := range was.calling(changes[i].Method, changes[i].Path) {
			e, read := interactions[interaction]
			if !read || e.uses(changes[i].Place) {
				uses[interaction] = append(uses[interaction], i)
				used = true
			}
		}
		if used {
			changes[i].UsedBy = append(changes[i].UsedBy, pact)
		}
	}
	blamed := map[int]bool{}
	for interaction, suspects := range uses {
		if len(was.errorsOf(interaction)) > 0 {
			continue // it did not fit before
		}
		for _, f := range is.errorsOf(interaction) {
			for _, i := range explaining(changes, suspects, interactions[interaction], spotOf(f)) {
				blamed[i] = true
			}
		}
	}
	for i := range changes {
		if blamed[i] {
			changes[i].Breaks = append(changes[i].Breaks, pact)
		}
	}
}

// explaining are those of the suspects that explain best what does not fit.
func explaining(changes []JoinedChange, suspects []int, e httpInteraction, at spot) []int {
	var found []int
	best := notAtAll + 1
	for _, i := range suspects {
		switch how := e.explains(changes[i].Place, at); {
		case how > best:
			found, best = []int{i}, how
		case how == best:
			found = append(found, i)
		}
	}
	return found
}

// errorsOf returns the findings that say that the interaction does not fit.
func (r Report) errorsOf(interaction int) []Finding {
	return slices.DeleteFunc(r.Of(interaction), func(f Finding) bool { return f.Kind != comparison.Error })
}
