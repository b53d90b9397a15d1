package matrix

import (
	"context"
	"errors"

	"github.com/accord-broker/accord/internal/support/fault"
)

const (
	// MostRows is how many rows a verdict may rest on, how many versions a question
	// may stand for and how many contracts these may have. Beyond that it is refused,
	// not cut: what is left out could be what makes the answer no.
	MostRows = 10_000
	// pairsOfRow is how many pairs of a contract and a version may be looked up for
	// each row.
	pairsOfRow = 10
	// bytesOfRow is about what memory a row takes until it is answered, and how large
	// its names, branches and tags may be on average.
	bytesOfRow = 2500
)

// ErrTooMany is the cause of the fault of a question that concerns more than MostRows.
var ErrTooMany = errors.New("more rows than a verdict may rest on")

// errMore tells that a question concerns more rows than were to be read this time.
var errMore = errors.New("more rows than were to be read")

// Reserve waits until there is memory for so many bytes of an answer. It returns an
// Unavailable fault if that takes too long.
type Reserve func(ctx context.Context, bytes int64) error

// Bound is how many rows one question may read: few at first, for which nothing is
// reserved, and more once it turns out to need them.
type Bound struct {
	// Reserve is nil where memory is not short.
	Reserve Reserve
	step    int
}

// steps are how many rows may be read at first, and then: an application with a
// thousand neighbours is judged at once.
var steps = []int{1_200, 3_000, MostRows}

// Ask asks until the rows that may be read suffice, or are more than there may be.
// What it reserves it reserves between two questions, when none holds the database.
func (b *Bound) Ask(ctx context.Context, ask func(most int) error) error {
	for {
		most := steps[b.step]
		if err := ask(most); !errors.Is(err, errMore) {
			return err
		}
		b.step++
		if b.Reserve == nil {
			continue
		}
		if err := b.Reserve(ctx, int64(steps[b.step])*bytesOfRow); err != nil {
			return err
		}
	}
}

// Within returns a fault if more was found than there may be.
func Within(found, most int) error {
	switch {
	case found <= most:
		return nil
	case most < MostRows:
		return errMore
	}
	return refused("This question concerns more than %d rows, versions or contracts, which is the most that one answer may rest on. "+
		"Name a version of each application or ask for the latest of a branch or a tag, and leave out what was overwritten (latestby=cvpv).", MostRows)
}

func refused(format string, args ...any) error {
	return fault.InvalidField("", format, args...).Because(ErrTooMany)
}

func (d *decision) within(found int) error { return Within(found, d.most) }

// pairsWithin returns a fault if there are more pairs of a contract and a version
// than may be looked up.
func (d *decision) pairsWithin(pairs int) error { return d.within(pairs / pairsOfRow) }

// sizeWithin returns a fault if the rows say more of their versions than there is
// memory for: each repeats it all.
func (d *decision) sizeWithin() error {
	of := make(map[int64]int, len(d.details))
	for id, details := range d.details {
		of[id] = details.size()
	}
	size := 0
	for _, rows := range [][]Row{d.rows, d.ignored} {
		for _, r := range rows {
			size += of[r.Pact.VersionID] + of[r.Provider.ID]
		}
	}
	switch {
	case size <= d.most*bytesOfRow:
		return nil
	case d.most < MostRows:
		return errMore
	}
	return refused("The versions that this question concerns have so many or so long names, branches and tags that the answer would be larger than %d MB. "+
		"Ask about fewer versions, or give a lower limit.", MostRows*bytesOfRow>>20)
}

// size is about how many bytes an answer takes to say all of the version.
func (d Details) size() int {
	const around, named = 100, 3
	own := len(d.Version.Pacticipant) + len(d.Version.Number)
	size := around + named*own
	for _, b := range d.Branches {
		size += around + named*(own+len(b.Branch))
	}
	for _, t := range d.Tags {
		size += around + own + 2*len(t.Name)
	}
	return size + len(d.Environments)*2*around
}
