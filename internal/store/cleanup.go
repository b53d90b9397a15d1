package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/cleaning"
	"github.com/accord-broker/accord/internal/store/queue"
)

// Superfluous is one kind of rows that may go.
type Superfluous struct {
	Kind cleaning.Kind
	// Rows is how many there are, Bytes how large their texts and bodies are.
	Rows, Bytes int64
}

// CleanOptions say what a clean-up deletes.
type CleanOptions struct {
	Rules cleaning.Rules
	// Before is the moment from before which repeated results, replaced contracts
	// and deliveries go.
	Before time.Time
	// Limit is how many versions go at most, and how many of each other kind that
	// has an age; 0 sets none.
	Limit int
	// DryRun tells what would go, and deletes nothing.
	DryRun bool
	// Until is when to stop wherever it is; zero for never.
	Until    time.Time
	Progress cleaning.Progress
}

// CleanedApplication is what became of the versions of an application.
type CleanedApplication struct {
	Name string
	// Gone and Kept are how many versions went and stay.
	Gone, Kept int64
	// First and Last are the numbers of the oldest and the newest that went.
	First, Last string
	// Why tells how many stay or go for which reason.
	Why map[string]int64
}

// Cleaned is what came of a clean-up.
type Cleaned struct {
	Kinds []Superfluous
	// Versions is how many versions there were.
	Versions     int64
	Applications []CleanedApplication
	// Finished is false if the time was over before everything was done.
	Finished bool
}

// errTimeOver ends a clean-up whose time is over.
var errTimeOver = errors.New("store: the time for cleaning up is over")

// Clean deletes, or counts, what the rules do not keep: deliveries and results
// that later ones repeat, replaced contracts, versions with all that hangs on them,
// contents that nothing names. It works in small transactions, and pauses after
// each for as long as it took, so others hardly notice. What is done stays done
// wherever it is broken off.
func (d *DB) Clean(ctx context.Context, options CleanOptions) (Cleaned, error) {
	unfinished, err := d.HasUnfinishedImport(ctx)
	if err != nil {
		return Cleaned{}, err
	}
	if unfinished {
		return Cleaned{}, cleaning.ErrBeingImported
	}
	if !options.DryRun {
		unlock, locked, err := d.database.TryLock(ctx, queue.CleaningLock)
		if err != nil {
			return Cleaned{}, err
		}
		if !locked {
			return Cleaned{}, cleaning.ErrBeingCleaned
		}
		defer unlock()
	}
	c := cleanup{DB: d, CleanOptions: options, batch: firstBatch, repeatedBy: map[int64]int64{}}
	err = c.run(ctx)
	c.cleaned.Finished = err == nil
	if errors.Is(err, errTimeOver) {
		err = nil
	}
	return c.cleaned, err
}

// cleanup is a clean-up under way.
type cleanup struct {
	*DB
	CleanOptions
	cleaned Cleaned
	// batch is how many versions the next transaction deletes.
	batch int
	// Of a dry run: the replaced contracts, and the versions, that would be gone by
	// now, in order; how many repeated results each provider version has.
	replaced, doomed []int64
	repeatedBy       map[int64]int64
}

func (c *cleanup) run(ctx context.Context) error {
	for _, s := range aged {
		if err := c.cleanAged(ctx, s); err != nil {
			return fmt.Errorf("clean up %s: %w", s.kind.Words(), err)
		}
	}
	slices.Sort(c.replaced)
	if err := c.cleanVersions(ctx); err != nil {
		return fmt.Errorf("clean up versions: %w", err)
	}
	if err := c.cleanBranches(ctx); err != nil {
		return fmt.Errorf("clean up branches: %w", err)
	}
	if err := c.cleanContents(ctx); err != nil {
		return fmt.Errorf("clean up contents: %w", err)
	}
	return nil
}

// addKind adds an entry for a kind, which is counted as the work goes on.
func (c *cleanup) addKind(kind cleaning.Kind) int {
	c.cleaned.Kinds = append(c.cleaned.Kinds, Superfluous{Kind: kind})
	return len(c.cleaned.Kinds) - 1
}

// delete runs one small transaction, and pauses for as long as it took.
func (c *cleanup) delete(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if !c.Until.IsZero() && time.Now().After(c.Until) {
		return errTimeOver
	}
	began := time.Now()
	if err := c.InTx(ctx, fn); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(time.Since(began)):
		return nil
	}
}

// superfluousRow is a row that may go.
type superfluousRow struct {
	ID, Bytes int64
	// Owner is the version whose row it is, Application the one whose writers change
	// whether it is superfluous; both are 0 where that does not matter.
	Owner, Application int64
}

// agedKind is a kind of rows that go once they have a certain age.
type agedKind struct {
	kind cleaning.Kind
	// owners is the table by whose ids they are looked at step by step, table the
	// one in which they are.
	owners, table string
	// find finds, within a range of these ids, those from before a moment, which
	// stands before the range.
	find string
	// key is the column that refers to owners, reference the one by which deliveries
	// refer to the table, if they do.
	key, reference string
}

// deletedAtOnce is how many rows one transaction deletes, but for versions.
const deletedAtOnce = 500

func (c *cleanup) cleanAged(ctx context.Context, kind agedKind) error {
	at := c.addKind(kind.kind)
	return c.eachRange(ctx, kind.owners, func(low, high, last int64) error {
		c.Progress(cleaning.Step{Kind: kind.kind}, high, last)
		found, err := rows[superfluousRow](ctx, &c.queries, "find "+kind.kind.Words(), kind.find, append([]any{microsOf(c.Before)}, rangesIn(kind.find, low, high)...)...)
		if err != nil {
			return err
		}
		if entry := &c.cleaned.Kinds[at]; c.Limit > 0 {
			found = found[:min(int64(len(found)), int64(c.Limit)-entry.Rows)]
		}
		for _, part := range partsOf(found) {
			gone, err := c.deleteAged(ctx, kind, part)
			if err != nil {
				return err
			}
			for _, r := range gone {
				c.cleaned.Kinds[at].Rows++
				c.cleaned.Kinds[at].Bytes += r.Bytes
			}
		}
		return nil
	})
}

// partsOf divides rows into those that one transaction deletes, of one application each.
func partsOf(found []superfluousRow) (parts [][]superfluousRow) {
	slices.SortStableFunc(found, func(a, b superfluousRow) int { return cmp.Compare(a.Application, b.Application) })
	for i, r := range found {
		if last := len(parts) - 1; i == 0 || r.Application != found[i-1].Application || len(parts[last]) == deletedAtOnce {
			parts = append(parts, []superfluousRow{r})
		} else {
			parts[last] = append(parts[last], r)
		}
	}
	return parts
}

// deleteAged deletes rows, but for those that something has come to need since they
// were found, and returns what went or, in a dry run, would go.
func (c *cleanup) deleteAged(ctx context.Context, kind agedKind, part []superfluousRow) (gone []superfluousRow, err error) {
	if c.DryRun {
		switch kind.table {
		case "pact_publications":
			c.replaced = append(c.replaced, idsOf(part)...)
		case "verifications":
			for _, r := range part {
				c.repeatedBy[r.Owner]++
			}
		}
		return part, nil
	}
	err = c.delete(ctx, func(ctx context.Context, tx *Tx) error {
		if err := tx.lockAged(ctx, kind, part); err != nil {
			return err
		}
		if gone, err = tx.findAgain(ctx, kind, part, c.Before); err != nil {
			return err
		}
		if _, err = tx.exec(ctx, "delete "+kind.kind.Words(), "DELETE FROM "+kind.table+" WHERE "+tx.dialect.Among("id"), tx.dialect.List(idsOf(gone))); err != nil {
			return err
		}
		return tx.addUntold(ctx, kind.kind, 0, int64(len(gone)))
	})
	if err != nil {
		return nil, unlessGone(err)
	}
	return gone, nil
}

// lockAged keeps others from changing rows and from referring to them, and deliveries
// about them from being sent again.
func (tx *Tx) lockAged(ctx context.Context, kind agedKind, part []superfluousRow) error {
	if owner := part[0].Application; owner != 0 {
		if err := tx.lockPacticipant(ctx, owner); err != nil {
			return err
		}
	}
	list := tx.dialect.List(idsOf(part))
	if err := tx.lockBy(ctx, "lock "+kind.kind.Words(), "SELECT id FROM "+kind.table+" WHERE "+tx.dialect.Among("id")+" ORDER BY id FOR UPDATE", list); err != nil || kind.reference == "" {
		return err
	}
	return tx.lockBy(ctx, "lock deliveries", "SELECT id FROM triggered_webhooks WHERE "+tx.dialect.Among(kind.reference)+" ORDER BY id FOR UPDATE", list)
}

// findAgain returns those of the rows that are superfluous still.
func (tx *Tx) findAgain(ctx context.Context, kind agedKind, part []superfluousRow, before time.Time) ([]superfluousRow, error) {
	same := strings.Replace(kind.find, sqlRange, "IN (SELECT "+kind.key+" FROM "+kind.table+" WHERE "+tx.dialect.Among("id")+")", 1)
	list := tx.dialect.List(idsOf(part))
	return rows[superfluousRow](ctx, &tx.queries, "find "+kind.kind.Words(), "SELECT f.id, f.bytes, f.owner, f.application FROM ("+same+") f WHERE "+tx.dialect.Among("f.id"), microsOf(before), list, list)
}

func idsOf(rows []superfluousRow) []int64 {
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids
}

// cleanContents deletes, or counts, what no contract and no result names.
func (c *cleanup) cleanContents(ctx context.Context) error {
	at := c.addKind(cleaning.OrphanedContents)
	return c.eachRange(ctx, "pact_versions", func(low, high, last int64) error {
		c.Progress(cleaning.Step{Kind: cleaning.OrphanedContents}, high, last)
		found, err := rows[orphanRow](ctx, &c.queries, "find contents", sqlContents, low, high)
		if err != nil {
			return err
		}
		if found, err = c.orphans(ctx, found, low, high); err != nil {
			return err
		}
		for _, pair := range byPair(found) {
			gone := int64(len(pair))
			if !c.DryRun {
				if gone, err = c.deleteContents(ctx, pair); err != nil {
					return err
				}
			}
			if gone > 0 {
				c.cleaned.Kinds[at].Rows += gone
				c.cleaned.Kinds[at].Bytes += bytesOf(pair)
			}
		}
		return nil
	})
}

type orphanRow struct {
	ID, Bytes, ConsumerID, ProviderID int64
	Named                             bool
}

func bytesOf(contents []orphanRow) (sum int64) {
	for _, c := range contents {
		sum += c.Bytes
	}
	return sum
}

// byPair puts the contents of each pair together.
func byPair(contents []orphanRow) map[[2]int64][]orphanRow {
	pairs := map[[2]int64][]orphanRow{}
	for _, c := range contents {
		pair := [2]int64{c.ConsumerID, c.ProviderID}
		pairs[pair] = append(pairs[pair], c)
	}
	return pairs
}

// orphans are those of the contents that nothing names, or, in a dry run, nothing
// would name any more.
func (c *cleanup) orphans(ctx context.Context, found []orphanRow, low, high int64) ([]orphanRow, error) {
	named := map[int64]bool{}
	if c.DryRun && len(c.doomed)+len(c.replaced) > 0 {
		uses, err := rows[struct{ ID, PublicationID, VersionID int64 }](ctx, &c.queries, "find uses of contents", sqlUsesOfContents, low, high, low, high)
		if err != nil {
			return nil, err
		}
		for _, use := range uses {
			if !isAmong(c.doomed, use.VersionID) && !isAmong(c.replaced, use.PublicationID) {
				named[use.ID] = true
			}
		}
	} else {
		for _, content := range found {
			named[content.ID] = content.Named
		}
	}
	return slices.DeleteFunc(found, func(content orphanRow) bool { return named[content.ID] }), nil
}

func isAmong(sorted []int64, id int64) bool {
	_, found := slices.BinarySearch(sorted, id)
	return found
}

// deleteContents deletes contents of one pair unless somebody has named them
// again, from which both applications are kept while it looks.
func (c *cleanup) deleteContents(ctx context.Context, contents []orphanRow) (gone int64, err error) {
	ids := make([]int64, len(contents))
	for i, content := range contents {
		ids[i] = content.ID
	}
	err = c.delete(ctx, func(ctx context.Context, tx *Tx) error {
		gone = 0
		first, second := contents[0].ConsumerID, contents[0].ProviderID
		for _, owner := range []int64{min(first, second), max(first, second)} {
			if err := tx.lockPacticipant(ctx, owner); err != nil {
				return err
			}
		}
		gone, err = tx.exec(ctx, "delete contents", "DELETE FROM pact_versions WHERE "+tx.dialect.Among("id")+
			" AND NOT EXISTS (SELECT 1 FROM pact_publications p WHERE p.pact_version_id = pact_versions.id)"+
			" AND NOT EXISTS (SELECT 1 FROM verifications v WHERE v.pact_version_id = pact_versions.id)", tx.dialect.List(ids))
		if err != nil {
			return err
		}
		return tx.addUntold(ctx, cleaning.OrphanedContents, 0, gone)
	})
	return gone, unlessGone(err)
}

// sqlBefore compares with the moment before which something is old.
const sqlBefore = "< asked.moment"

var aged = []agedKind{
	{kind: cleaning.OldDeliveries, owners: "triggered_webhooks", table: "triggered_webhooks", key: "id", find: sqlOldDeliveries},
	{kind: cleaning.SupersededResults, owners: "pact_versions", table: "verifications", key: "pact_version_id", find: sqlSupersededResults, reference: "verification_id"},
	{kind: cleaning.ReplacedPacts, owners: "pact_publications", table: "pact_publications", key: "id", find: sqlReplacedPacts, reference: "publication_id"},
}

const (
	// Of the results of a provider version for a content those stay which a verdict
	// may rest on: the first and the last, the first and the last success, the last
	// success that counts, the first with a tag, and those that a webhook is still
	// to tell of. So do the last before and the first after the content began to
	// succeed or to fail: they say since when.
	sqlSupersededResults = `
		SELECT r.id, r.bytes, r.provider_version_id AS owner, (SELECT i.provider_id FROM all_integrations i WHERE i.id = r.integration_id) AS application
		FROM (SELECT CAST(? AS BIGINT) AS moment) asked, (
			SELECT x.id, x.integration_id, x.created_at, x.success, x.wip, x.executed_at, x.provider_version_id,
				CAST(coalesce(length(x.test_results), 0) + coalesce(length(x.selectors), 0) AS BIGINT) AS bytes,
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
			AND NOT EXISTS (SELECT 1 FROM triggered_webhooks t WHERE t.verification_id = r.id AND t.status NOT IN ('success', 'failure'))
		ORDER BY r.id`

	// Of the deliveries of a webhook the newest stays of each event about the same
	// pair or, without a pair, the same thing: pages show it. None of a webhook that
	// was deleted needs to stay. Of each publication the newest of each event stays,
	// whosever it is: it says whether anybody was asked to verify it.
	sqlOldDeliveries = `
		SELECT t.id, CAST(length(t.context) + coalesce(
			(SELECT sum(length(a.logs)) FROM webhook_executions a WHERE a.triggered_id = t.id), 0) AS BIGINT) AS bytes, 0 AS owner, 0 AS application
		FROM (SELECT CAST(? AS BIGINT) AS moment) asked, triggered_webhooks t
		WHERE t.id ` + sqlRange + ` AND t.status IN ('success', 'failure') AND t.updated_at ` + sqlBefore + `
			AND (t.publication_id IS NULL OR EXISTS (SELECT 1 FROM triggered_webhooks n
				WHERE n.publication_id = t.publication_id AND n.event = t.event AND n.id > t.id))
			AND (t.webhook_id IS NULL
				OR EXISTS (SELECT 1 FROM triggered_webhooks n
					WHERE n.integration_id = t.integration_id AND n.webhook_id = t.webhook_id AND n.event = t.event AND n.id > t.id)
				OR t.integration_id IS NULL AND EXISTS (SELECT 1 FROM triggered_webhooks n
					WHERE n.webhook_id = t.webhook_id AND n.integration_id IS NULL AND n.event = t.event AND n.subject = t.subject AND n.id > t.id))
		ORDER BY t.id`

	sqlReplacedPacts = `
		SELECT x.id, 0 AS bytes, x.consumer_version_id AS owner, (SELECT i.consumer_id FROM all_integrations i WHERE i.id = x.integration_id) AS application
		FROM (SELECT CAST(? AS BIGINT) AS moment) asked, pact_publications x
		WHERE x.id ` + sqlRange + ` AND NOT x.latest AND x.created_at ` + sqlBefore + sqlVisible + `
			AND NOT EXISTS (SELECT 1 FROM triggered_webhooks t WHERE t.publication_id = x.id AND t.status NOT IN ('success', 'failure'))
		ORDER BY x.id`

	sqlContents = `
		SELECT x.id, CAST(length(x.body) AS BIGINT) AS bytes, i.consumer_id, i.provider_id,
			EXISTS (SELECT 1 FROM pact_publications p WHERE p.pact_version_id = x.id)
				OR EXISTS (SELECT 1 FROM verifications v WHERE v.pact_version_id = x.id) AS named
		FROM pact_versions x JOIN integrations i ON i.id = x.integration_id WHERE x.id ` + sqlRange + sqlVisible + " ORDER BY x.id"

	sqlUsesOfContents = `
		SELECT pact_version_id AS id, id AS publication_id, consumer_version_id AS version_id FROM pact_publications WHERE pact_version_id ` + sqlRange + `
		UNION ALL SELECT DISTINCT pact_version_id, 0, provider_version_id FROM verifications WHERE pact_version_id ` + sqlRange
)
