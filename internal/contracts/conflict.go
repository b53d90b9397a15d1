package contracts

import (
	"errors"
	"fmt"
	"strings"

	"accord/internal/pactfile"
)

// ConflictError tells why contracts were not published: some differ from what
// their version has published before, or names look like misspellings.
type ConflictError struct {
	Changed []Change
	// Similar says which names look like those of other applications.
	Similar []string
}

// Change is a contract that differs from what its version has published. After
// is what the version would say, merged if that was asked for.
type Change struct {
	Consumer, Version, Provider string
	Merge                       bool
	Before, After               pactfile.Body
}

// Text says why the contract is not published, and what to do.
func (c Change) Text() string {
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
