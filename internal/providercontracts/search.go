package providercontracts

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Offered is an operation that a provider's document describes.
type Offered struct {
	comparison.Operation

	Contract Contract
}

// FoundOperations is what was found among the operations of documents.
type FoundOperations struct {
	// Found are the operations that fit, the best first.
	Found []Offered
	// Unread is how many documents were not looked into, because it would have taken too
	// long. The next search goes on with them. All counts the documents.
	Unread, All int
}

const (
	// searchedAtMost is how many bytes of documents one search reads, and operationsKept
	// how many operations are kept in memory.
	searchedAtMost = 16 << 20
	operationsKept = 50_000
)

// operationCache knows the operations of documents, which never change.
type operationCache struct {
	mu    sync.Mutex
	known map[string][]comparison.Operation
	count int
}

func (o *operationCache) of(sha string) (operations []comparison.Operation, known bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	operations, known = o.known[sha]
	return operations, known
}

// keep keeps the operations of a document, in place of all others if there are too many.
func (o *operationCache) keep(sha string, operations []comparison.Operation) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.known == nil || o.count+len(operations) > operationsKept {
		o.known, o.count = map[string][]comparison.Operation{}, 0
	}
	o.known[sha], o.count = operations, o.count+len(operations)
}

// SearchOperations finds the operations that fit a text, a method, a path or parts of
// them, among what the newest version of each of the providers promises; at most so many.
func (s *Service) SearchOperations(ctx context.Context, text string, limit int, of func(provider string) bool) (FoundOperations, error) {
	var all []Contract
	if err := s.Comparer.View(ctx, func(ctx context.Context, tx Reader) (err error) {
		all, err = tx.NewestContracts(ctx)
		return err
	}); err != nil {
		return FoundOperations{}, err
	}
	all = slices.DeleteFunc(all, func(c Contract) bool { return !of(c.Provider) })
	searched, found, read := pactfile.SearchEndpoint(text), FoundOperations{All: len(all)}, 0
	for _, contract := range all {
		operations, known := s.Comparer.operations.of(contract.Document.SHA)
		if !known && read > 0 && read+contract.Document.Size > searchedAtMost {
			found.Unread++
			continue
		}
		if !known {
			read += contract.Document.Size
			var err error
			if operations, err = s.learn(ctx, contract); fault.Is(err, fault.Unavailable) {
				read += searchedAtMost // others compare
				found.Unread++
			} else if err != nil && !fault.Is(err, fault.NotFound) {
				return found, err
			}
		}
		for _, operation := range operations {
			if searched.Fits(pactfile.Endpoint{Method: operation.Method, Path: operation.Path}) > 0 {
				found.Found = append(found.Found, Offered{operation, contract})
			}
		}
	}
	fits := func(o Offered) int {
		return searched.Fits(pactfile.Endpoint{Method: o.Method, Path: o.Path})
	}
	slices.SortStableFunc(found.Found, func(a, b Offered) int { return fits(b) - fits(a) })
	found.Found = found.Found[:min(len(found.Found), limit)]
	return found, nil
}

// learn reads the operations of a document. One that cannot be read has none.
func (s *Service) learn(ctx context.Context, contract Contract) ([]comparison.Operation, error) {
	leave, err := s.Comparer.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	content, err := s.Content(ctx, contract)
	if err != nil {
		return nil, err
	}
	var operations []comparison.Operation
	if read, err := comparison.ReadDocument(content); err == nil {
		operations = read.Operations()
	}
	for i := range operations {
		operations[i].Path, operations[i].Summary = strings.Clone(operations[i].Path), "" // not to keep the document
	}
	s.Comparer.operations.keep(contract.Document.SHA, operations)
	return operations, nil
}
