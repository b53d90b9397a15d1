package contracts

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/accord-broker/accord/internal/pactfile"
)

// ConflictError tells why contracts were not published: some differ from what
// their version has published before, or names look like misspellings.
type ConflictError struct {
	Changed []Change
	// Similar says which names look like those of other applications.
	Similar []string
}

// bytesCompared is how much of what is stored is read to tell what would change.
const bytesCompared = 4 << 20

// differing is an offer that differs from what its version has published before.
type differing struct {
	offer  SubmittedContract
	before Publication
}

// note adds what publishing the offers would change. Only the first changes have the
// two contracts to compare.
func (e *ConflictError) note(ctx context.Context, tx Tx, q Submission, all ...differing) error {
	ids := make([]int64, len(all))
	for i, d := range all {
		ids[i] = d.before.ContentID
	}
	sizes, err := tx.ContentSizes(ctx, ids...)
	if err != nil {
		return err
	}
	compared, few := int64(0), ids[:0]
	for _, id := range ids {
		if compared+sizes[id] <= bytesCompared {
			compared, few = compared+sizes[id], append(few, id)
		}
	}
	stored, err := tx.ContentBodies(ctx, few...)
	if err != nil {
		return err
	}
	for _, d := range all {
		change := Change{Consumer: q.Pacticipant, Version: q.Version, Provider: d.offer.Provider, Merge: d.offer.Merge}
		if body, found := stored[d.before.ContentID]; found {
			change.Before, change.After = body, d.offer.Body
		}
		e.Changed = append(e.Changed, change)
	}
	return nil
}

// merge makes of what was sent to be added what the versions would say. That takes
// longer than others should wait for a transaction.
func (e *ConflictError) merge() {
	for i, change := range e.Changed {
		if change.Merge && !change.Twice && change.Before != nil {
			e.Changed[i].After = pactfile.Merge(pactfile.WithoutInteractionIDs(change.Before), change.After)
		}
	}
}

// Change is a contract that differs from what its version has published. After
// is what the version would say, merged if that was asked for. Both are nil where
// there are too many changes to compare them. Twice tells that both stand in the same
// request; the version need not have published anything before.
type Change struct {
	Consumer, Version, Provider string
	Merge, Twice                bool
	Before, After               pactfile.Body
}

// Text says why the contract is not published, and what to do.
func (c Change) Text() string {
	if c.Twice {
		return fmt.Sprintf("The request has two different contracts of %s version %s for %s, and a version has one contract with a provider. "+
			"Publish them as one, or with onConflict set to merge.", c.Consumer, c.Version, c.Provider)
	}
	text := fmt.Sprintf("%s version %s has already published another contract for %s. A version's contract cannot change, as verification results and can-i-deploy answers rely on it; "+
		"publish under a new version number. If nothing was meant to change, look for random example values in the consumer's tests.", c.Consumer, c.Version, c.Provider)
	if c.Merge {
		text += " To add to what a version has published, as --merge asks, the broker must be set to allow it: PACT_BROKER_ALLOW_DANGEROUS_CONTRACT_MODIFICATION=true."
	}
	return text
}

// Error joins all the reasons.
func (e *ConflictError) Error() string {
	texts := make([]string, 0, len(e.Changed)+len(e.Similar))
	for _, c := range e.Changed {
		texts = append(texts, c.Text())
	}
	return strings.Join(append(texts, e.Similar...), "\n")
}

// SimilarError tells that names of new applications look like misspellings of
// known ones.
type SimilarError struct{ Messages []string }

// Error joins the messages.
func (e *SimilarError) Error() string { return strings.Join(e.Messages, "\n") }

func asSimilar(err error, similar **SimilarError) bool { return errors.As(err, similar) }
