package contracts

import (
	"context"
	"errors"
	"fmt"

	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// mergeTries is how often a transaction begins again because something has to be
// merged first. Only others who publish the same version at the same time make
// more than two necessary.
const mergeTries = 5

// merger merges contracts outside of transactions: merging a large contract takes
// long, and others wait for a transaction. One that finds something to merge is
// given up, and begins again when that is done.
type merger struct {
	rules Rules
	done  map[mergeKey]SubmittedContract
	// inside merges within the transaction.
	inside bool
}

// mergeKey names what a version says to a provider, and what is to be added.
type mergeKey struct{ provider, before, added string }

type mergeFunc func(stored, sent pactfile.Body) (pactfile.Body, error)

// unmerged are contracts that have to be merged before a transaction can go on.
type unmerged []mergeWork

type mergeWork struct {
	key    mergeKey
	stored pactfile.Body
	offer  SubmittedContract
	merge  mergeFunc
}

// Error says what is missing; nobody but inTxMerging reads it.
func (u unmerged) Error() string { return fmt.Sprintf("%d contracts have to be merged first", len(u)) }

// inTxMerging runs fn in a transaction, and again after something was merged for it:
// merging takes longer than others should wait for a transaction. One that is a part
// of another cannot begin again, so there it is merged at once.
func (s *Service) inTxMerging(ctx context.Context, fn func(ctx context.Context, tx Tx, m *merger) error) error {
	m := &merger{rules: s.rules, done: map[mergeKey]SubmittedContract{}}
	for try := 1; ; try++ {
		err := s.inTx(ctx, func(ctx context.Context, tx Tx) error {
			m.inside = try >= mergeTries || tx.IsPart()
			return fn(ctx, tx, m)
		})
		var conflict *ConflictError
		if errors.As(err, &conflict) {
			conflict.merge()
		}
		var missing unmerged
		if !errors.As(err, &missing) {
			return err
		}
		for _, work := range missing {
			if m.done[work.key], err = m.merge(work); err != nil {
				return err
			}
		}
	}
}

// merged is what the version says when the offer is added to what it said before.
func (m *merger) merged(ctx context.Context, tx Tx, before Publication, offer SubmittedContract, merge mergeFunc) (SubmittedContract, error) {
	key := mergeKey{offer.Provider, before.SHA, offer.identity(m.rules.Equality)}
	if done, found := m.done[key]; found {
		return done, nil
	}
	stored, err := tx.ContentBody(ctx, before.ContentID)
	if err != nil {
		return offer, err
	}
	work := mergeWork{key: key, stored: stored, offer: offer, merge: merge}
	if m.inside {
		return m.merge(work)
	}
	return offer, unmerged{work}
}

func (m *merger) merge(w mergeWork) (SubmittedContract, error) {
	body, err := w.merge(pactfile.WithoutInteractionIDs(w.stored), w.offer.Body)
	if err != nil {
		return w.offer, err
	}
	return m.rules.prepare(w.offer.with(body))
}

// mergeFreely lets what is sent win over what was there.
func mergeFreely(stored, sent pactfile.Body) (pactfile.Body, error) {
	return pactfile.Merge(stored, sent), nil
}

// checkMerged returns all that has to be merged first as one error, if anything
// has; said is what the version has published, by provider.
func (m *merger) checkMerged(ctx context.Context, tx Tx, said map[int64]Publication, known map[string]pacticipants.Pacticipant, offers []SubmittedContract) error {
	var all unmerged
	for _, offer := range offers {
		before, found := said[known[offer.Provider].ID]
		if !offer.Merge || !found || m.inside {
			continue
		}
		_, err := m.merged(ctx, tx, before, offer, mergeFreely)
		var missing unmerged
		if errors.As(err, &missing) {
			all = append(all, missing...)
		} else if err != nil {
			return err
		}
	}
	if len(all) > 0 {
		return all
	}
	return nil
}
