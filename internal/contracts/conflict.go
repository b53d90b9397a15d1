package contracts

import (
	"errors"
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

// Change is a contract that differs from what its version has published.
type Change struct {
	Text          string
	Before, After pactfile.Body
}

// Error joins all the reasons.
func (e *ConflictError) Error() string {
	texts := make([]string, 0, len(e.Changed)+len(e.Similar))
	for _, c := range e.Changed {
		texts = append(texts, c.Text)
	}
	return strings.Join(append(texts, e.Similar...), "\n")
}

// SimilarError tells that names of new applications look like misspellings of
// known ones.
type SimilarError struct{ Messages []string }

// Error joins the messages.
func (e *SimilarError) Error() string { return strings.Join(e.Messages, "\n") }

func asSimilar(err error, similar **SimilarError) bool { return errors.As(err, similar) }
