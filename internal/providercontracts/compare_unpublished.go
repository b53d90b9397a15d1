package providercontracts

import (
	"context"
	"errors"
	"slices"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/support/fault"
)

// CompareUnpublished compares a pact with a document; neither need be published, and nothing is
// kept. It returns an Unavailable fault if others keep it from beginning in time.
func (s *Service) CompareUnpublished(ctx context.Context, document, pact []byte) (Comparison, error) {
	leave, err := s.Comparer.turn(ctx)
	if err != nil {
		return Comparison{}, err
	}
	defer leave()
	return comparePact([]readable{readDocument(SHAOf(document), document)}, pact, s.Comparer.Now()), nil
}

// turn waits until it is the turn of one more comparison for somebody who waits. It
// returns an Unavailable fault if others keep it from beginning in time.
func (c *Comparer) turn(ctx context.Context) (leave func(), err error) {
	hurried, cancel := context.WithTimeout(ctx, checkAtMost)
	defer cancel()
	if err := c.working.enter(hurried); err != nil {
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			return nil, fault.New(fault.Unavailable, "Other comparisons are under way. Ask again in a moment.").Because(err)
		}
		return nil, err
	}
	return c.working.leave, nil
}

// Outlines describes operations of the documents of a version.
func (s *Service) Outlines(ctx context.Context, published VersionContracts, operations []comparison.Operation) (outlines []comparison.Outline, err error) {
	documents, err := s.read(ctx, published)
	if err != nil {
		return nil, err
	}
	outlines = make([]comparison.Outline, len(operations))
	for i, operation := range operations {
		for _, d := range documents {
			if outline, found := d.read.Outline(operation); found {
				outlines[i] = outline
				break
			}
		}
	}
	return outlines, nil
}

// read returns the documents of a version that can be read.
func (s *Service) read(ctx context.Context, published VersionContracts) ([]readable, error) {
	documents, err := s.documents(ctx, published)
	return slices.DeleteFunc(documents, func(d readable) bool { return d.refused != nil }), err
}

// documents returns all documents of a version.
func (s *Service) documents(ctx context.Context, published VersionContracts) (documents []readable, err error) {
	err = s.Comparer.View(ctx, func(ctx context.Context, tx Reader) error {
		documents, err = s.Comparer.documents(ctx, tx, published.Contracts)
		return err
	})
	return documents, err
}
