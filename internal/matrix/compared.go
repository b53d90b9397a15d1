package matrix

import (
	"context"
	"slices"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/versions"
)

// compared reads what is known by comparison of the pacts and the versions of
// their providers, and notes which of them have not been compared, or only by
// older rules, whose word counts until they are. It asks only
// about versions that have published what they promise.
func (d *decision) compared(ctx context.Context, pacts []contracts.Publication, providing map[int64][]versions.Version) ([]providercontracts.Compared, error) {
	var contents, withContracts distinct
	for _, p := range pacts {
		for _, v := range providing[p.ProviderID] {
			if v.HasContracts {
				contents.add(p.ContentID)
				withContracts.add(v.ID)
			}
		}
	}
	if len(withContracts.list) == 0 {
		return nil, nil
	}
	found, err := d.tx.ComparedBetween(ctx, contents.list, withContracts.list)
	known := map[providercontracts.Pair]bool{}
	for _, k := range found {
		known[k.Pair] = k.Current()
	}
	for _, p := range pacts {
		for _, v := range providing[p.ProviderID] {
			if pair := (providercontracts.Pair{ContentID: p.ContentID, ProviderVersion: v.ID}); v.HasContracts && !known[pair] {
				d.uncompared = append(d.uncompared, pair)
				known[pair] = true
			}
		}
	}
	return found, err
}

// resultOf is what a comparison counts for; it is nil if it decides nothing.
func resultOf(k providercontracts.Compared) *Result {
	if !k.Outcome.Decides() {
		return nil
	}
	return &Result{
		ContentID: k.ContentID, ProviderVersion: k.ProviderVersion, Success: k.Outcome.Succeeds(), ExecutedAt: k.At,
		Compared: true, Unproven: k.Outcome == providercontracts.Unproven,
	}
}

// overrides reports whether the result of a comparison counts in place of that of a
// verification: a failure beats a success, whichever of the two it comes from. Where both
// agree the verification counts, which proves more.
func (r *Result) overrides(verified *Result) bool { return verified.Success && !r.Success }

// weighed adds what comparisons have found to the results of verifications. Where
// only one result of each content and version counts, it keeps the one that does.
func weighed(results []Result, compared []providercontracts.Compared, by LatestBy) []Result {
	if len(compared) == 0 {
		return results
	}
	known := make(map[providercontracts.Pair]int, len(results))
	for i, r := range results {
		known[providercontracts.Pair{ContentID: r.ContentID, ProviderVersion: r.ProviderVersion}] = i
	}
	for _, k := range compared {
		result := resultOf(k)
		if result == nil {
			continue
		}
		at, verified := known[k.Pair]
		switch {
		case by == Everything || !verified:
			results = append(results, *result)
		case result.overrides(&results[at]):
			results[at] = *result
		}
	}
	return results
}

// history reads the rows that meet the query, with what comparisons have found: those
// that count if the question has a limit, else all, of which there may not be too many.
func (d *decision) history(ctx context.Context, h History) ([]Row, error) {
	if d.limited() && d.q.Limit <= d.most {
		h.Limit = d.q.Limit
	} else {
		h.AtMost = d.most + 1
	}
	rows, err := d.tx.RowsOfHistory(ctx, h)
	if err != nil {
		return nil, err
	}
	compared, err := d.tx.ComparedRows(ctx, h)
	if err != nil {
		return nil, err
	}
	if h.AtMost > 0 {
		err = d.within(len(rows) + len(compared))
	}
	if err != nil || len(compared) == 0 {
		return rows, err
	}
	type key struct{ publication, version int64 }
	at, decided := map[key]int{}, map[int64]bool{}
	for i, r := range rows {
		if r.Result != nil {
			at[key{r.Pact.ID, r.Provider.ID}] = i
		}
	}
	for _, k := range compared {
		result := resultOf(k.Compared)
		if result == nil {
			continue
		}
		decided[k.Pact.ID] = true
		i, verified := at[key{k.Pact.ID, k.Provider.ID}]
		switch {
		case h.Every || !verified:
			rows = append(rows, Row{Pact: k.Pact, Provider: k.Provider, Result: result})
		case result.overrides(rows[i].Result):
			rows[i].Result = result
		}
	}
	return slices.DeleteFunc(rows, func(r Row) bool { return r.Result == nil && decided[r.Pact.ID] }), nil
}

// ComparedRow is a pact with what is known of it and a version by comparison.
type ComparedRow struct {
	Pact     contracts.Publication
	Provider versions.Version
	Compared providercontracts.Compared
}
