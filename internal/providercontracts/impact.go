package providercontracts

import (
	"context"
	"slices"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/versions"
)

// Impact says what a version, or a document that is not published, means for the
// consumers that live with the provider.
type Impact struct {
	// Effects are those on each pact that is in use.
	Effects []Effect
	// Left counts the pacts that could not be compared in time.
	Left int
}

// Effect is what a pact and the version come to.
type Effect struct {
	Pact       LivePact
	Outcome    Outcome
	Comparison Comparison
}

// Breaks returns the effects that are failures.
func (i Impact) Breaks() []Effect { return i.with(func(e Effect) bool { return e.Outcome.Fails() }) }

// Unknown returns the effects that decide nothing.
func (i Impact) Unknown() []Effect {
	return i.with(func(e Effect) bool { return !e.Outcome.Decides() })
}

func (i Impact) with(met func(Effect) bool) []Effect {
	var effects []Effect
	for _, e := range i.Effects {
		if met(e) {
			effects = append(effects, e)
		}
	}
	return effects
}

// reportsAtMost is how many reports are read to say what breaks.
const reportsAtMost = 20

// impactNow says what a version that was just published means for the pacts that are
// in use, with which it compares it first if it is free to take the time. It fails
// nobody: what it cannot find out counts as left.
func (c *Comparer) impactNow(ctx context.Context, v versions.Version, free bool) Impact {
	var pacts []LivePact
	err := c.View(ctx, func(ctx context.Context, tx Reader) (err error) {
		pacts, err = inUse(ctx, tx, v.PacticipantID, c)
		return err
	})
	if err != nil || len(pacts) == 0 {
		return Impact{}
	}
	var pairs []Pair
	var contents []int64
	for _, p := range pacts {
		pairs, contents = append(pairs, Pair{ContentID: p.Publication.ContentID, ProviderVersion: v.ID}), append(contents, p.Publication.ContentID)
	}
	if free {
		if err := c.CompareNow(ctx, pairs); err != nil {
			return Impact{Left: len(pacts)}
		}
	}
	var impact Impact
	err = c.View(ctx, func(ctx context.Context, tx Reader) error {
		known, err := tx.ComparedBetween(ctx, contents, []int64{v.ID})
		if err != nil {
			return err
		}
		impact, err = impactOf(ctx, tx, pacts, known)
		return err
	})
	if err != nil {
		return Impact{Left: len(pacts)}
	}
	return impact
}

func inUse(ctx context.Context, tx Reader, providerID int64, c *Comparer) ([]LivePact, error) {
	pacts, err := tx.LivePacts(ctx, providerID, c.Now().Add(-recent))
	return slices.DeleteFunc(pacts, func(p LivePact) bool { return !p.InUse() }), err
}

func impactOf(ctx context.Context, tx Reader, pacts []LivePact, known []Compared) (Impact, error) {
	var impact Impact
	read := 0
	for _, p := range pacts {
		at := slices.IndexFunc(known, func(k Compared) bool { return k.ContentID == p.Publication.ContentID })
		if at < 0 {
			impact.Left++
			continue
		}
		effect := Effect{Pact: p, Outcome: known[at].Outcome, Comparison: known[at].Comparison}
		if !effect.Outcome.Succeeds() && read < reportsAtMost {
			read++
			var err error
			if effect.Comparison.Report, err = tx.ReportOf(ctx, effect.Comparison.ID); err != nil {
				return impact, err
			}
		}
		impact.Effects = append(impact.Effects, effect)
	}
	return impact, nil
}

// checkPublished says what a version that is published means for them.
func (s *Service) checkPublished(ctx context.Context, published VersionContracts) (Impact, error) {
	documents, err := s.documents(ctx, published)
	if err != nil {
		return Impact{}, err
	}
	return s.check(ctx, published.Version.PacticipantID, documents)
}

// check says what documents mean for the consumers that live with the provider, if a
// version promises all of them. Nothing is kept.
func (s *Service) check(ctx context.Context, providerID int64, documents []readable) (Impact, error) {
	c := s.Comparer
	leave, err := c.turn(ctx)
	if err != nil {
		return Impact{}, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, checkAtMost)
	defer cancel()
	var pacts []LivePact
	if err := c.View(ctx, func(ctx context.Context, tx Reader) (err error) {
		pacts, err = inUse(ctx, tx, providerID, c)
		return err
	}); err != nil {
		return Impact{}, err
	}
	var impact Impact
	made := map[int64]Comparison{}
	for _, p := range pacts {
		known, done := made[p.Publication.ContentID]
		if !done {
			body, err := c.bodyOf(ctx, p.Publication)
			if err != nil {
				impact.Left++
				continue
			}
			known = comparePact(documents, body, c.Now())
			made[p.Publication.ContentID] = known
		}
		impact.Effects = append(impact.Effects, Effect{Pact: p, Outcome: known.outcome(Evidence{}), Comparison: known})
	}
	return impact, nil
}

func (c *Comparer) bodyOf(ctx context.Context, p contracts.Publication) (body []byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err = c.View(ctx, func(ctx context.Context, tx Reader) (err error) {
		body, err = tx.ContentBody(ctx, p.ContentID)
		return err
	})
	return body, err
}
