package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/cleaning"
	"github.com/accord-broker/accord/internal/support/fault"
)

const (
	// judgedAtOnce is how many versions are read and judged at a time.
	judgedAtOnce = 500
	// A transaction begins with firstBatch versions. Their number follows the time
	// that it takes, between the two others.
	firstBatch, smallestBatch, largestBatch = 50, 5, 500
	quickBatch, slowBatch                   = 20 * time.Millisecond, 80 * time.Millisecond
)

// goneVersion is a version that goes.
type goneVersion struct {
	ID     int64
	Number string
}

// candidate is a version that is to go, and the place of its application among those
// that are judged.
type candidate struct {
	id          int64
	application int
}

// judged is an application and its place among all.
type judged struct {
	id        int64
	place, of int
}

// cleanVersions deletes, or counts, the versions that the rules do not keep, of one
// application after the other, so that something is done however long it takes to look
// at them all. Of a limited number the oldest go, whosever they are.
func (c *cleanup) cleanVersions(ctx context.Context) error {
	evidence, err := c.evidence(ctx)
	if err != nil {
		return err
	}
	applications, err := rows[struct {
		ID   int64
		Name string
	}](ctx, &c.queries, "list applications", "SELECT id, name FROM pacticipants ORDER BY name, id")
	if err != nil {
		return err
	}
	kinds := [3]int{c.addKind(cleaning.Versions), c.addKind(cleaning.PactsOfVersions), c.addKind(cleaning.ResultsOfVersions)}
	var limited []candidate
	whole := true
	for i, a := range applications {
		c.cleaned.Applications = append(c.cleaned.Applications, CleanedApplication{Name: a.Name, Why: map[string]int64{}})
		one := judged{a.ID, i, len(applications)}
		found, all, err := c.judge(ctx, one, evidence)
		if err != nil {
			return err
		}
		whole = whole && all
		if c.Limit > 0 {
			limited = c.oldest(limited, found, i)
			continue
		}
		if err := c.deleteVersions(ctx, one, found, kinds); err != nil {
			return err
		}
		if !whole {
			return errTimeOver
		}
	}
	for len(limited) > 0 {
		i := limited[0].application
		var found []int64
		for len(limited) > 0 && limited[0].application == i {
			found, limited = append(found, limited[0].id), limited[1:]
		}
		if err := c.deleteVersions(ctx, judged{id: applications[i].ID, place: i}, found, kinds); err != nil {
			return err
		}
	}
	if !whole {
		return errTimeOver
	}
	slices.Sort(c.doomed)
	return nil
}

// oldest are the oldest of some versions and of those found in one more application, no
// more than the limit, in the order of the applications.
func (c *cleanup) oldest(some []candidate, found []int64, application int) []candidate {
	for _, id := range found {
		some = append(some, candidate{id, application})
	}
	slices.SortFunc(some, func(a, b candidate) int { return cmp.Compare(a.id, b.id) })
	some = slices.Clone(some[:min(len(some), c.Limit)])
	slices.SortStableFunc(some, func(a, b candidate) int { return cmp.Compare(a.application, b.application) })
	return some
}

// judge reads the versions of an application, the newest first, and returns the ids of
// those that are to go. It stops when half of the time is over that is left, so that
// what it has found by then can go: whole is false then.
func (c *cleanup) judge(ctx context.Context, a judged, evidence map[int64]bool) (gone []int64, whole bool, err error) {
	report := &c.cleaned.Applications[a.place]
	labels, err := rows[string](ctx, &c.queries, "read labels", "SELECT name FROM labels WHERE pacticipant_id = ? ORDER BY name", a.id)
	if err != nil {
		return nil, false, err
	}
	all, _, err := row[int64](ctx, &c.queries, "count versions to judge", "SELECT count(*) FROM versions WHERE pacticipant_id = ?", a.id)
	if err != nil {
		return nil, false, err
	}
	all = max(all, 1)
	judge, until := c.Rules.Judge(), c.halfTime()
	for below := int64(1) << 62; ; {
		if report.Kept > 0 && !until.IsZero() && time.Now().After(until) {
			return gone, false, nil
		}
		c.Progress(cleaning.Step{Kind: cleaning.Versions, Application: report.Name}, int64(a.place)*all+min(report.Kept, all), int64(a.of)*all)
		page, err := rows[struct{ ID, Position int64 }](ctx, &c.queries, "list versions to judge",
			"SELECT id, position FROM versions WHERE pacticipant_id = ? AND position < ? ORDER BY position DESC LIMIT ?", a.id, below, judgedAtOnce)
		if err != nil || len(page) == 0 {
			return gone, true, err
		}
		ids := make([]int64, len(page))
		for i, v := range page {
			ids[i], below = v.ID, v.Position
		}
		found, err := c.toJudge(ctx, ids)
		if err != nil {
			return nil, false, err
		}
		for _, v := range found {
			v.Application, v.Labels, v.Evidence = report.Name, labels, evidence[v.ID]
			stays, because := judge.Keeps(v)
			report.Why[because]++
			report.Kept++
			c.cleaned.Versions++
			if !stays {
				gone = append(gone, v.ID)
			}
		}
	}
}

// halfTime is when half of the time is over that is left; zero for never.
func (c *cleanup) halfTime() time.Time {
	if c.Until.IsZero() || c.DryRun {
		return time.Time{}
	}
	return time.Now().Add(time.Until(c.Until) / 2)
}

// deleteVersions deletes versions of an application, the oldest first, some at a time.
func (c *cleanup) deleteVersions(ctx context.Context, a judged, all []int64, kinds [3]int) error {
	slices.Sort(all)
	for done := 0; done < len(all); {
		c.Progress(cleaning.Step{Kind: cleaning.Versions}, int64(done), int64(len(all)))
		part := all[done:min(done+c.batch, len(all))]
		gone, counted, err := c.deleteBatch(ctx, a.id, part)
		if err != nil {
			return err
		}
		report := &c.cleaned.Applications[a.place]
		for _, v := range gone {
			if report.Gone++; report.First == "" {
				report.First = v.Number
			}
			report.Last = v.Number
			report.Kept--
		}
		c.cleaned.Kinds[kinds[0]].Rows += int64(len(gone))
		c.cleaned.Kinds[kinds[1]].Rows += counted[0]
		c.cleaned.Kinds[kinds[2]].Rows += counted[1]
		done += len(part)
	}
	return nil
}

// deleteBatch deletes versions of one application, but for those that something has
// come to need since they were judged, and counts the pacts and results of the others.
func (c *cleanup) deleteBatch(ctx context.Context, application int64, part []int64) (gone []goneVersion, counted [2]int64, err error) {
	if c.DryRun {
		c.doomed = append(c.doomed, part...)
		if gone, err = rows[goneVersion](ctx, &c.queries, "read numbers", "SELECT id, number FROM versions WHERE "+c.dialect.Among("id")+" ORDER BY id", c.dialect.List(part)); err != nil {
			return gone, counted, err
		}
		counted, err = c.countOf(ctx, &c.queries, part)
		c.batch = largestBatch // nothing is held up
		return gone, counted, err
	}
	began := time.Now()
	err = c.delete(ctx, func(ctx context.Context, tx *Tx) error {
		began = time.Now()
		gone = nil
		if err := tx.lockVersions(ctx, application, part); err != nil {
			return err
		}
		found, err := tx.toJudge(ctx, part)
		if err != nil {
			return err
		}
		for _, v := range found {
			if c.Rules.Protected(v) == "" {
				gone = append(gone, goneVersion{v.ID, v.Number})
			}
		}
		slices.SortFunc(gone, func(a, b goneVersion) int { return cmp.Compare(a.ID, b.ID) })
		if counted, err = c.countOf(ctx, &tx.queries, ids(gone)); err != nil {
			return err
		}
		if err := tx.removeVersions(ctx, application, ids(gone)); err != nil {
			return err
		}
		for kind, n := range map[cleaning.Kind]int64{cleaning.Versions: int64(len(gone)), cleaning.PactsOfVersions: counted[0], cleaning.ResultsOfVersions: counted[1]} {
			if err := tx.addUntold(ctx, kind, application, n); err != nil {
				return err
			}
		}
		c.adapt(time.Since(began))
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil, counted, nil // the application was deleted meanwhile
	}
	return gone, counted, err
}

// lockVersions keeps others from changing versions of an application and from referring
// to them, their pacts and their results, and deliveries about these from being sent again.
func (tx *Tx) lockVersions(ctx context.Context, application int64, versions []int64) error {
	if err := tx.lockPacticipant(ctx, application); err != nil {
		return err
	}
	list := tx.dialect.List(versions)
	sqlPacts := "SELECT id FROM pact_publications WHERE " + tx.dialect.Among("consumer_version_id")
	sqlResults := "SELECT id FROM verifications WHERE " + tx.dialect.Among("provider_version_id")
	for _, lock := range []struct {
		what, text string
		args       []any
	}{
		{"lock versions", "SELECT id FROM versions WHERE " + tx.dialect.Among("id") + " ORDER BY id FOR UPDATE", []any{list}},
		{"lock pacts of versions", sqlPacts + " ORDER BY id FOR UPDATE", []any{list}},
		{"lock results of versions", sqlResults + " ORDER BY id FOR UPDATE", []any{list}},
		{"lock deliveries", `SELECT id FROM triggered_webhooks WHERE id IN (
			SELECT t.id FROM triggered_webhooks t WHERE t.publication_id IN (` + sqlPacts + `)
			UNION ALL SELECT t.id FROM triggered_webhooks t WHERE t.verification_id IN (` + sqlResults + ")) ORDER BY id FOR UPDATE", []any{list, list}},
	} {
		if err := tx.lockBy(ctx, lock.what, lock.text, lock.args...); err != nil {
			return err
		}
	}
	return nil
}

// adapt makes the next transaction smaller or larger.
func (c *cleanup) adapt(took time.Duration) {
	switch {
	case took > slowBatch:
		c.batch = max(c.batch/2, smallestBatch)
	case took < quickBatch:
		c.batch = min(c.batch*2, largestBatch)
	}
}

func ids(of []goneVersion) []int64 {
	all := make([]int64, len(of))
	for i, v := range of {
		all[i] = v.ID
	}
	return all
}

// countOf counts the pacts and the results of versions, but for those that are
// gone before in a dry run.
func (c *cleanup) countOf(ctx context.Context, q *queries, versions []int64) (counted [2]int64, err error) {
	list := q.dialect.List(versions)
	pacts, err := rows[int64](ctx, q, "list pacts of versions", "SELECT id FROM pact_publications WHERE "+q.dialect.Among("consumer_version_id"), list)
	if err != nil {
		return counted, err
	}
	for _, id := range pacts {
		if !isAmong(c.replaced, id) {
			counted[0]++
		}
	}
	results, _, err := row[int64](ctx, q, "count results of versions", "SELECT count(*) FROM verifications WHERE "+q.dialect.Among("provider_version_id"), list)
	for _, v := range versions {
		results -= c.repeatedBy[v]
	}
	counted[1] = results
	return counted, err
}

// removeVersions deletes versions of one application with everything that hangs
// on them, and brings the projections that named them up to date.
func (tx *Tx) removeVersions(ctx context.Context, application int64, versions []int64) (err error) {
	if len(versions) == 0 {
		return nil
	}
	tx.sought = nil
	of := tx.dialect.List(versions)
	var touched projections
	if touched.branches, err = rows[int64](ctx, &tx.queries, "read branches of versions", "SELECT DISTINCT branch_id FROM branch_versions WHERE "+tx.dialect.Among("version_id")+" ORDER BY branch_id", of); err != nil {
		return err
	}
	if touched.tags, err = rows[string](ctx, &tx.queries, "read tags of versions", "SELECT DISTINCT name FROM tags WHERE "+tx.dialect.Among("version_id")+" ORDER BY name", of); err != nil {
		return err
	}
	if touched.verified, err = rows[int64](ctx, &tx.queries, "read contents verified by versions",
		"SELECT DISTINCT pact_version_id FROM verifications WHERE "+tx.dialect.Among("provider_version_id")+" AND success ORDER BY pact_version_id", of); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "remove versions", "DELETE FROM versions WHERE "+tx.dialect.Among("id"), of); err != nil {
		return err
	}
	return tx.rebuild(ctx, application, touched)
}

// unlessGone passes over that something was deleted meanwhile.
func unlessGone(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// toJudge reads what rules look at, of versions of one application, the newest first.
func (q *queries) toJudge(ctx context.Context, ids []int64) ([]cleaning.Version, error) {
	list := q.dialect.List(ids)
	found, err := rows[struct {
		ID        int64
		Number    string
		CreatedAt micros
		Latest    bool
	}](ctx, q, "read versions to judge", `
		SELECT v.id, v.number, v.created_at, v.position = (SELECT max(l.position) FROM versions l WHERE l.pacticipant_id = v.pacticipant_id) AS latest
		FROM versions v WHERE `+q.dialect.Among("v.id")+" ORDER BY v.position DESC", list)
	if err != nil {
		return nil, err
	}
	all, at := make([]cleaning.Version, len(found)), map[int64]*cleaning.Version{}
	for i, v := range found {
		all[i] = cleaning.Version{ID: v.ID, Number: v.Number, CreatedAt: v.CreatedAt.Time(), Latest: v.Latest}
		at[v.ID] = &all[i]
	}
	for _, read := range []func(context.Context, string, map[int64]*cleaning.Version) error{q.branchesToJudge, q.tagsToJudge, q.placesToJudge, q.needsToJudge} {
		if err := read(ctx, list, at); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (q *queries) branchesToJudge(ctx context.Context, list string, at map[int64]*cleaning.Version) error {
	found, err := rows[struct {
		VersionID          int64
		Name               string
		Head, Main, Closed bool
		UpdatedAt          micros
	}](ctx, q, "read branches to judge", `
		SELECT bv.version_id, b.name, coalesce(b.head_version_id = bv.version_id, false) AS head, coalesce(p.main_branch = b.name, false) AS main, b.closed_at IS NOT NULL AS closed, b.updated_at
		FROM branch_versions bv JOIN branches b ON b.id = bv.branch_id JOIN all_pacticipants p ON p.id = b.pacticipant_id
		WHERE `+q.dialect.Among("bv.version_id")+" ORDER BY bv.id", list)
	for _, b := range found {
		v := at[b.VersionID]
		v.Branches = append(v.Branches, cleaning.Branch{Name: b.Name, Head: b.Head, Main: b.Main, Closed: b.Closed, UpdatedAt: b.UpdatedAt.Time()})
	}
	return err
}

func (q *queries) tagsToJudge(ctx context.Context, list string, at map[int64]*cleaning.Version) error {
	found, err := rows[struct {
		VersionID int64
		Name      string
		Head      bool
	}](ctx, q, "read tags to judge", `
		SELECT t.version_id, t.name, h.version_id IS NOT NULL AS head
		FROM tags t LEFT JOIN tag_heads h ON h.pacticipant_id = t.pacticipant_id AND h.name = t.name AND h.version_id = t.version_id
		WHERE `+q.dialect.Among("t.version_id")+" ORDER BY t.id", list)
	for _, t := range found {
		at[t.VersionID].Tags = append(at[t.VersionID].Tags, cleaning.Tag{Name: t.Name, Head: t.Head})
	}
	return err
}

func (q *queries) placesToJudge(ctx context.Context, list string, at map[int64]*cleaning.Version) error {
	found, err := rows[struct {
		VersionID int64
		Name      string
		Deployed  bool
	}](ctx, q, "read environments to judge", `
		SELECT d.version_id, e.name, true AS deployed FROM deployed_versions d JOIN environments e ON e.id = d.environment_id
		WHERE d.currently_deployed AND `+q.dialect.Among("d.version_id")+`
		UNION SELECT r.version_id, e.name, false FROM released_versions r JOIN environments e ON e.id = r.environment_id
		WHERE r.currently_supported AND `+q.dialect.Among("r.version_id")+" ORDER BY 1, 2, 3", list, list)
	for _, p := range found {
		if v := at[p.VersionID]; p.Deployed {
			v.Deployed = append(v.Deployed, p.Name)
		} else {
			v.Supported = append(v.Supported, p.Name)
		}
	}
	return err
}

// needsToJudge reads which versions are the newest with a contract, and of which a
// webhook is still to tell.
func (q *queries) needsToJudge(ctx context.Context, list string, at map[int64]*cleaning.Version) error {
	found, err := rows[struct {
		VersionID int64
		Newest    bool
	}](ctx, q, "read needs to judge", `
		SELECT l.consumer_version_id AS version_id, true AS newest FROM pact_publications l
		WHERE l.latest AND `+q.dialect.Among("l.consumer_version_id")+` AND NOT EXISTS (SELECT 1 FROM pact_publications n
			WHERE n.integration_id = l.integration_id AND n.latest AND n.version_position > l.version_position)
		UNION ALL SELECT v.id, true FROM versions v WHERE v.contracts_key IS NOT NULL AND `+q.dialect.Among("v.id")+` AND NOT EXISTS (SELECT 1 FROM versions n
			WHERE n.pacticipant_id = v.pacticipant_id AND n.contracts_key IS NOT NULL AND n.position > v.position)
		UNION ALL SELECT p.consumer_version_id, false FROM pact_publications p JOIN triggered_webhooks t ON t.publication_id = p.id
		WHERE `+q.dialect.Among("p.consumer_version_id")+` AND t.status NOT IN ('success', 'failure')
		UNION ALL SELECT r.provider_version_id, false FROM verifications r JOIN triggered_webhooks t ON t.verification_id = r.id
		WHERE `+q.dialect.Among("r.provider_version_id")+" AND t.status NOT IN ('success', 'failure')", list, list, list, list)
	for _, n := range found {
		v := at[n.VersionID]
		v.NewestContract, v.Awaited = v.NewestContract || n.Newest, v.Awaited || !n.Newest
	}
	return err
}

// evidence finds the versions on whose results or contracts an answer rests about
// a version that stays in any case.
func (c *cleanup) evidence(ctx context.Context) (map[int64]bool, error) {
	living := microsOf(c.Rules.StaleBefore())
	staying, err := rows[int64](ctx, &c.queries, "find versions that stay", sqlStaying, living, living)
	if err != nil {
		return nil, err
	}
	needed, contents := map[int64]bool{}, map[int64]bool{}
	each := func(into map[int64]bool, what, text string, of []int64, before ...any) error {
		for part := range slices.Chunk(of, judgedAtOnce) {
			found, err := rows[int64](ctx, &c.queries, what, text, append([]any{c.dialect.List(part)}, before...)...)
			if err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			for _, id := range found {
				into[id] = true
			}
		}
		return nil
	}
	if err := each(contents, "find contents that stay", "SELECT DISTINCT pact_version_id FROM pact_publications WHERE latest AND "+c.dialect.Among("consumer_version_id"), staying); err != nil {
		return nil, err
	}
	if err := each(needed, "find consumers of what stays", "WITH asked AS (SELECT id FROM versions WHERE "+c.dialect.Among("id")+")"+sqlLastConsumers, staying); err != nil {
		return nil, err
	}
	of := make([]int64, 0, len(contents))
	for id := range contents {
		of = append(of, id)
	}
	slices.Sort(of)
	sqlAsked := "WITH asked AS (SELECT id FROM pact_versions WHERE " + c.dialect.Among("id") + ")"
	for what, sqlText := range map[string]string{"find last results": sqlLastResults, "find first with tags": sqlFirstTagged} {
		if err := each(needed, what, sqlAsked+sqlText, of); err != nil {
			return nil, err
		}
	}
	for what, sqlText := range map[string]string{"find successes on branches": sqlBranchEvidence, "find successes under tags": sqlTagEvidence} {
		if err := each(needed, what, sqlAsked+sqlText, of, living); err != nil {
			return nil, err
		}
	}
	return needed, nil
}

const (
	// A branch b of an application p is active: see versions.Life.
	sqlLiving = "(b.name = p.main_branch OR b.closed_at IS NULL AND b.updated_at >= ?)"

	// Versions that stay whatever the rules say, and the newest with a tag in use.
	sqlStaying = `
		SELECT version_id FROM deployed_versions WHERE currently_deployed
		UNION SELECT version_id FROM released_versions WHERE currently_supported
		UNION SELECT b.head_version_id FROM branches b JOIN pacticipants p ON p.id = b.pacticipant_id
			WHERE b.head_version_id IS NOT NULL AND ` + sqlLiving + `
		UNION SELECT h.version_id FROM tag_heads h JOIN versions v ON v.id = h.version_id WHERE v.created_at >= ?
		UNION SELECT v.id FROM pacticipants p JOIN versions v ON v.id = (SELECT l.id FROM versions l WHERE l.pacticipant_id = p.id ORDER BY l.position DESC LIMIT 1)
		ORDER BY 1`

	// The last consumer version of each pair that a provider version has a result for.
	sqlLastConsumers = `
		SELECT DISTINCT p.consumer_version_id
		FROM (SELECT of.provider_version_id, of.integration_id, max(of.position) AS position FROM (
				SELECT r.provider_version_id, r.integration_id, (SELECT max(n.version_position) FROM pact_publications n WHERE n.pact_version_id = r.pact_version_id AND n.latest) AS position
				FROM asked JOIN verifications r ON r.provider_version_id = asked.id WHERE r.latest) of
			GROUP BY of.provider_version_id, of.integration_id) l
		JOIN pact_publications p ON p.integration_id = l.integration_id AND p.version_position = l.position AND p.latest`

	// Whose result for a content is the last, the last success, and that of the newest
	// provider version.
	sqlLastResults = `
		SELECT r.provider_version_id
		FROM (SELECT v.pact_version_id, max(v.id) AS newest, max(CASE WHEN v.success THEN v.id END) AS success
			FROM asked JOIN verifications v ON v.pact_version_id = asked.id GROUP BY v.pact_version_id) l
		JOIN verifications r ON r.id = l.newest OR r.id = l.success
		UNION SELECT o.id
		FROM (SELECT v.pact_version_id, p.pacticipant_id, max(p.position) AS position
			FROM asked JOIN verifications v ON v.pact_version_id = asked.id JOIN versions p ON p.id = v.provider_version_id
			GROUP BY v.pact_version_id, p.pacticipant_id) l
		JOIN versions o ON o.pacticipant_id = l.pacticipant_id AND o.position = l.position`

	sqlFirstTagged = `
		SELECT DISTINCT r.provider_version_id FROM asked JOIN verified_tags t ON t.pact_version_id = asked.id JOIN verifications r ON r.id = t.verification_id
		WHERE NOT EXISTS (SELECT 1 FROM verified_tags e WHERE e.pact_version_id = t.pact_version_id AND e.recorded_at < t.recorded_at)`

	// By whom a content succeeded first on a branch that lives, or at all, and last:
	// whether it is pending and whether it is work in progress follow from these.
	sqlBranchEvidence = `
		SELECT DISTINCT r.provider_version_id
		FROM asked JOIN branch_successes s ON s.pact_version_id = asked.id
		JOIN branches b ON b.id = s.branch_id JOIN all_pacticipants p ON p.id = b.pacticipant_id
		JOIN verifications r ON r.pact_version_id = s.pact_version_id AND r.success
			AND (r.created_at = s.first_success_at OR NOT r.wip AND r.executed_at = s.last_counted_at)
		JOIN branch_versions bv ON bv.version_id = r.provider_version_id AND bv.branch_id = s.branch_id
		WHERE ` + sqlLiving + `
			OR s.first_success_at = (SELECT min(m.first_success_at) FROM branch_successes m WHERE m.pact_version_id = s.pact_version_id)`

	sqlTagEvidence = `
		SELECT DISTINCT r.provider_version_id
		FROM asked JOIN tag_successes s ON s.pact_version_id = asked.id
		JOIN verifications r ON r.pact_version_id = s.pact_version_id AND r.success AND r.created_at = s.first_success_at
		JOIN tags t ON t.version_id = r.provider_version_id AND t.name = s.tag
		JOIN tag_heads h ON h.pacticipant_id = t.pacticipant_id AND h.name = t.name JOIN versions v ON v.id = h.version_id
		WHERE v.created_at >= ?
			OR s.first_success_at = (SELECT min(m.first_success_at) FROM tag_successes m WHERE m.pact_version_id = s.pact_version_id)`
)
