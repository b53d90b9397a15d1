package contracts

import (
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Limits bound what one contract may hold, so that a request for little work
// does not make much of it. 0 sets no limit.
type Limits struct {
	// Interactions is how many interactions and messages there may be.
	Interactions int
	// Size is how many bytes the contract may have as it is served, with the ids
	// that the broker gives to interactions.
	Size int64
}

// Check returns a TooLarge fault for a contract with too many interactions.
func (l Limits) Check(body pactfile.Body) error {
	counts := pactfile.CountDemands(body)
	if n := counts.Interactions + counts.Messages; l.Interactions > 0 && n > l.Interactions {
		return fault.New(fault.TooLarge, "The contract has %d interactions and messages; this broker takes %d.", n, l.Interactions)
	}
	return nil
}

// preparedContent is a contract as it is stored.
type preparedContent struct {
	PactVersion

	compressed []byte
}

// prepare does all the work on a contract that needs nothing of the store: it is
// done before the transaction, while which others would wait, and once, however
// often the transaction is tried.
func (r Rules) prepare(c SubmittedContract) (SubmittedContract, error) {
	if c.content != nil {
		return c, nil
	}
	if err := r.Limits.Check(c.Body); err != nil {
		return c, err
	}
	served := pactfile.WithInteractionIDs(c.Body)
	if size := int64(len(served)); r.Limits.Size > 0 && size > r.Limits.Size {
		return c, fault.New(fault.TooLarge, "The contract has %d bytes as it would be served; this broker takes %d.", size, r.Limits.Size)
	}
	counts := pactfile.CountDemands(c.Body)
	compressed, err := r.Compress(served)
	if err != nil {
		return c, err
	}
	c.content = &preparedContent{
		PactVersion: PactVersion{SHA: c.identity(r.Equality), Interactions: counts.Interactions, Messages: counts.Messages, Size: len(served)},
		compressed:  compressed,
	}
	return c, nil
}
