package contracts

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/pacticipants"
)

// check finds every reason to refuse the request and returns its applications,
// made where they are new, and what the version has said until now by provider, if it
// has looked. Contents are compared after that: who made the
// consumer while this transaction waited may have published the version too.
func (r Rules) check(ctx context.Context, tx Tx, q Submission, names []string) (known map[string]pacticipants.Pacticipant, said map[int64]Publication, err error) {
	conflict := &ConflictError{}
	var similar *SimilarError
	switch err := r.checkNames(ctx, tx, names...); {
	case asSimilar(err, &similar):
		conflict.Similar = similar.Messages
	case err != nil:
		return nil, nil, err
	default:
		if known, err = findOrCreate(ctx, tx, names...); err != nil {
			return nil, nil, err
		}
	}
	if !r.AllowModification {
		r.checkAmongThemselves(q, known, conflict)
		if said, err = r.checkContents(ctx, tx, q, conflict); err != nil {
			return nil, nil, err
		}
	}
	if len(conflict.Similar)+len(conflict.Changed) > 0 {
		return nil, nil, conflict
	}
	return known, said, nil
}

// checkAmongThemselves notes the contracts that would take the place of another one of
// the same request: a version does not change what it says, not even at once.
func (r Rules) checkAmongThemselves(q Submission, known map[string]pacticipants.Pacticipant, conflict *ConflictError) {
	said := map[int64]SubmittedContract{}
	for _, offer := range q.Contracts {
		provider, found := known[offer.Provider]
		if !found { // a name is refused
			continue
		}
		before, twice := said[provider.ID]
		if twice && !offer.Merge && before.identity(r.Equality) != offer.identity(r.Equality) {
			conflict.Changed = append(conflict.Changed, Change{
				Consumer: q.Pacticipant, Version: q.Version, Provider: offer.Provider, Twice: true, Before: before.Body, After: offer.Body,
			})
		}
		said[provider.ID] = offer
	}
}

// checkContents notes the contracts that differ from what the version has
// published before, and returns that by provider; nil if there is no such version.
func (r Rules) checkContents(ctx context.Context, tx Tx, q Submission, conflict *ConflictError) (map[int64]Publication, error) {
	consumer, found, err := tx.FindPacticipant(ctx, q.Pacticipant)
	if err != nil || !found {
		return nil, err
	}
	v, found, err := tx.FindVersion(ctx, consumer, q.Version)
	if err != nil || !found {
		return nil, err
	}
	said, err := saidBefore(ctx, tx, v, false)
	if err != nil {
		return nil, err
	}
	var changed []differing
	for _, offer := range q.Contracts {
		provider, found, err := tx.FindPacticipant(ctx, offer.Provider)
		if err != nil {
			return nil, err
		}
		if before, has := said[provider.ID]; found && has && before.SHA != offer.identity(r.Equality) {
			changed = append(changed, differing{offer, before})
		}
	}
	if len(changed) > 0 {
		err = conflict.note(ctx, tx, q, changed...)
	}
	return said, err
}

// checkNames returns a *SimilarError for new applications whose names look
// like misspellings of known ones.
func (r Rules) checkNames(ctx context.Context, tx Tx, names ...string) error {
	if !r.CheckSimilarNames {
		return nil
	}
	var all []string
	similar := &SimilarError{}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
		_, found, err := tx.FindPacticipant(ctx, name)
		if err != nil {
			return err
		}
		if found {
			continue
		}
		if all == nil {
			if all, err = tx.PacticipantNames(ctx); err != nil {
				return err
			}
		}
		if like := pacticipants.SimilarNames(name, all); len(like) > 0 {
			similar.Messages = append(similar.Messages, similarText(name, like))
		}
	}
	if len(similar.Messages) > 0 {
		return similar
	}
	return nil
}

func similarText(name string, like []string) string {
	return fmt.Sprintf("%s looks like a misspelling of:\n* %s\nIf it is a different application, create it first (POST /pacticipants with {\"name\": \"%s\"}) and publish again. "+
		"PACT_BROKER_CHECK_FOR_POTENTIAL_DUPLICATE_PACTICIPANT_NAMES=false switches this check off.", name, strings.Join(like, "\n* "), name)
}
