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
	// compared is how many bytes of what is stored the changes hold.
	compared int64
}

// bytesCompared is how much of what is stored is read to tell what would change.
const bytesCompared = 4 << 20

// change is what publishing the offer would change. Only the first changes have
// the two contracts to compare.
func (e *ConflictError) change(ctx context.Context, tx Tx, q Submission, offer SubmittedContract, before Publication) (Change, error) {
	change := Change{Consumer: q.Pacticipant, Version: q.Version, Provider: offer.Provider, Merge: offer.Merge}
	sizes, err := tx.ContentSizes(ctx, before.ContentID)
	if err != nil || e.compared+sizes[before.ContentID] > bytesCompared {
		return change, err
	}
	e.compared += sizes[before.ContentID]
	stored, err := tx.ContentBody(ctx, before.ContentID)
	if err != nil {
		return change, err
	}
	change.Before, change.After = stored, offer.Body
	if offer.Merge {
		change.After = pactfile.Merge(pactfile.WithoutInteractionIDs(stored), offer.Body)
	}
	return change, nil
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
