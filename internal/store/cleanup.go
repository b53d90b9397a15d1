package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Superfluous is one kind of rows that no verdict needs any more.
type Superfluous struct {
	// Kind names it for programs, What for people.
	Kind, What string
	// Rows is how many there are, Bytes how large their texts and bodies are.
	Rows, Bytes int64
}

// superfluous is a kind of rows, and how those among them are found that nobody
// needs.
type superfluous struct {
	Superfluous
	// owners is the table by whose ids they are counted step by step.
	owners string
	// count counts within a range of these ids those from before a moment, which
	// stands before the ranges. It says how many, and of how many bytes.
	count string
}

// FindSuperfluous counts what could be deleted without changing a verdict, or
// which pacts are to be verified:
// results, deliveries and their logs that are older than the moment, and
// contents of any age. Like Purge it works in small steps.
func (d *DB) FindSuperfluous(ctx context.Context, before time.Time, progress Progress) ([]Superfluous, error) {
	var all []Superfluous
	for _, s := range allSuperfluous {
		err := d.eachRange(ctx, s.owners, func(low, high, last int64) error {
			progress(s.What, high, last)
			var args []any
			if strings.Contains(s.count, sqlBefore) {
				args = append(args, microsOf(before))
			}
			found, _, err := row[struct{ Rows, Bytes int64 }](ctx, &d.queries, "count "+s.What, s.count, append(args, low, high)...)
			s.Rows += found.Rows
			s.Bytes += found.Bytes
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("find superfluous %s: %w", s.What, err)
		}
		all = append(all, s.Superfluous)
	}
	return all, nil
}

// sqlBefore stands in a count that looks at age.
const sqlBefore = "< asked.moment"

var allSuperfluous = []superfluous{
	{Superfluous: Superfluous{Kind: "superseded_results", What: "results that later ones repeat"}, owners: "pact_versions", count: sqlSupersededResults},
	{Superfluous: Superfluous{Kind: "orphaned_contents", What: "contents that no pact and no result names"}, owners: "pact_versions", count: sqlOrphanedContents},
	{Superfluous: Superfluous{Kind: "old_deliveries", What: "deliveries that are done, but the newest"}, owners: "triggered_webhooks", count: sqlOldDeliveries},
}

const (
	// Of the results of a provider version for a content those stay which a verdict
	// may rest on: the first and the last, the first and the last success, the last
	// success that counts, the first with a tag, and those that a webhook is still
	// to tell of. So do the last before and the first after the content began to
	// succeed or to fail: they say since when.
	sqlSupersededResults = `
		SELECT count(*) AS rows, CAST(coalesce(sum(r.bytes), 0) AS BIGINT) AS bytes
		FROM (SELECT CAST(? AS BIGINT) AS moment) asked, (
			SELECT x.id, x.created_at, x.success, x.wip, x.executed_at,
				coalesce(length(x.test_results), 0) + coalesce(length(x.selectors), 0) AS bytes,
				min(x.id) OVER same AS first_id, max(x.id) OVER same AS last_id,
				coalesce(min(CASE WHEN x.success THEN x.id END) OVER same, 0) AS first_success, coalesce(max(CASE WHEN x.success THEN x.id END) OVER same, 0) AS last_success,
				max(CASE WHEN x.success AND NOT x.wip THEN x.executed_at END) OVER same AS last_counted,
				CASE WHEN x.success THEN 1 ELSE 0 END AS outcome,
				lag(CASE WHEN x.success THEN 1 ELSE 0 END) OVER (PARTITION BY x.pact_version_id ORDER BY x.id) AS outcome_before,
				lead(CASE WHEN x.success THEN 1 ELSE 0 END) OVER (PARTITION BY x.pact_version_id ORDER BY x.id) AS outcome_after
			FROM verifications x WHERE x.pact_version_id ` + sqlRange + sqlVisible + `
			WINDOW same AS (PARTITION BY x.pact_version_id, x.provider_version_id)) r
		WHERE r.created_at ` + sqlBefore + ` AND r.id NOT IN (r.first_id, r.last_id, r.first_success, r.last_success)
			AND r.outcome = r.outcome_before AND r.outcome = r.outcome_after
			AND NOT (r.success AND NOT r.wip AND r.executed_at = r.last_counted)
			AND NOT EXISTS (SELECT 1 FROM verified_tags t WHERE t.verification_id = r.id AND NOT EXISTS
				(SELECT 1 FROM verified_tags e WHERE e.pact_version_id = t.pact_version_id AND e.tag = t.tag AND e.recorded_at < t.recorded_at))
			AND NOT EXISTS (SELECT 1 FROM triggered_webhooks t WHERE t.verification_id = r.id AND t.status NOT IN ('success', 'failure'))`

	sqlOrphanedContents = `
		SELECT count(*) AS rows, CAST(coalesce(sum(length(x.body)), 0) AS BIGINT) AS bytes
		FROM pact_versions x WHERE x.id ` + sqlRange + sqlVisible + `
			AND NOT EXISTS (SELECT 1 FROM pact_publications p WHERE p.pact_version_id = x.id)
			AND NOT EXISTS (SELECT 1 FROM verifications v WHERE v.pact_version_id = x.id)`

	// Of the deliveries of a webhook the newest stays of each event about the same
	// pair or, without a pair, the same thing: pages show it. None of a webhook that
	// was deleted needs to stay. Of each publication the newest of each event stays,
	// whosever it is: it says whether anybody was asked to verify it.
	sqlOldDeliveries = `
		SELECT count(*) AS rows, CAST(coalesce(sum(length(t.context) + coalesce(
			(SELECT sum(length(a.logs)) FROM webhook_executions a WHERE a.triggered_id = t.id), 0)), 0) AS BIGINT) AS bytes
		FROM (SELECT CAST(? AS BIGINT) AS moment) asked, triggered_webhooks t
		WHERE t.id ` + sqlRange + ` AND t.status IN ('success', 'failure') AND t.updated_at ` + sqlBefore + `
			AND (t.publication_id IS NULL OR EXISTS (SELECT 1 FROM triggered_webhooks n
				WHERE n.publication_id = t.publication_id AND n.event = t.event AND n.id > t.id))
			AND (t.webhook_id IS NULL
				OR EXISTS (SELECT 1 FROM triggered_webhooks n
					WHERE n.integration_id = t.integration_id AND n.webhook_id = t.webhook_id AND n.event = t.event AND n.id > t.id)
				OR t.integration_id IS NULL AND EXISTS (SELECT 1 FROM triggered_webhooks n
					WHERE n.webhook_id = t.webhook_id AND n.integration_id IS NULL AND n.event = t.event AND n.subject = t.subject AND n.id > t.id))`
)
