package matrix

// verdict draws the conclusion.
func (d *decision) verdict() Verdict {
	v := Verdict{Question: d.q, Rows: d.rows, Ignored: d.ignored, External: d.external, Entries: d.entries, Pairs: d.pairs, Details: d.details, Uncompared: d.uncompared}
	for _, r := range d.rows {
		switch r.Outcome() {
		case Successful:
			v.Success++
		case Failed:
			v.Failed++
		case Unverified:
			v.Unknown++
		}
	}
	without := d.pairsWithoutRow()
	v.Unknown += len(without)
	v.Deployable = conclude(v, d.missingVersions())
	d.byApplication = entriesByApplication(d.entries)
	v.Reasons = append(d.warnings(), d.findings(v, without)...)
	return v
}

// conclude answers the question. Not knowing weighs more than a failure, as
// more results may be on their way; a version that does not exist weighs most.
func conclude(v Verdict, missing []Entry) Answer {
	switch {
	case len(missing) > 0:
		return No
	case v.Unknown > 0:
		return Unknown
	case v.Failed > 0:
		return No
	}
	return Yes
}

// missingVersions are the specified entries that no version stands for.
func (d *decision) missingVersions() []Entry {
	var missing []Entry
	for _, e := range d.entries {
		if e.Specified && e.State == Missing && !e.Ignored {
			missing = append(missing, e)
		}
	}
	return missing
}

// pairsWithoutRow are the required pairs of which nothing was considered or
// ignored.
func (d *decision) pairsWithoutRow() []Pair {
	seen := map[[2]int64]bool{}
	for _, rows := range [][]Row{d.rows, d.ignored} {
		for _, r := range rows {
			seen[[2]int64{r.Pact.ConsumerID, r.Pact.ProviderID}] = true
		}
	}
	var without []Pair
	for _, p := range d.pairs {
		if p.Required && !seen[[2]int64{p.ConsumerID, p.ProviderID}] {
			without = append(without, p)
		}
	}
	return without
}
