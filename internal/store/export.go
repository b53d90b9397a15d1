package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/webhooks"
)

// This file reads everything that the broker knows, as records of an archive, in
// small steps over one unchanging state of the database.

// exportAtOnce is how many rows one step reads, exportBytesAtOnce how many bytes
// of bodies and test results.
const (
	exportAtOnce      = 1000
	exportBytesAtOnce = 4 << 20
)

// ExportQuery says which part of the data to export. The zero ExportQuery is all of it.
type ExportQuery struct {
	// Applications and Labels name the applications that are wanted, with what
	// their contracts need of others; none for all.
	Applications, Labels []string
	// Since leaves out what was neither made nor changed from then on.
	Since *archive.Time
	// Encrypted adds the encrypted form of secrets, which only the key opens with
	// which they were encrypted.
	Encrypted bool
	// LeftOut is told of records that come without their text.
	LeftOut func(archive.Record, archive.Reason)
}

// Export hands over the data as records, in the order of an archive. Of a database with
// references that lead nowhere it hands over nothing, and returns db.ErrDangling.
func (d *DB) Export(ctx context.Context, query ExportQuery, take func(archive.Record) error) error {
	return d.View(ctx, func(ctx context.Context, tx *Tx) error {
		e := &exporter{queries: &tx.queries, take: take, query: query}
		if err := e.ensureNothingDangles(ctx); err != nil {
			return err
		}
		if err := e.findScope(ctx); err != nil {
			return err
		}
		for _, step := range []func(context.Context) error{
			e.applications, e.labels, e.environments, e.versions, e.branches, e.memberships, e.tags, e.integrations,
			e.contents, e.publications, e.results, e.firstSuccesses, e.documents, e.providerContractRecords, e.deployments, e.releases, e.secrets, e.webhooks, e.deliveries, e.attempts,
		} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// ensureNothingDangles returns db.ErrDangling if rows refer to others that are not there:
// they could not be exported.
func (e *exporter) ensureNothingDangles(ctx context.Context) error {
	tables, err := e.reader.Dangling(ctx)
	if err == nil {
		err = db.Dangling(tables)
	}
	return err
}

// exporter is one export.
type exporter struct {
	*queries
	take  func(archive.Record) error
	query ExportQuery
	// wanted are the applications asked for, involved also those beside them in a
	// pair, pairs these pairs; all nil if everything is wanted.
	wanted, involved, pairs []int64
	// names are those of the wanted applications.
	names []string
}

func (e *exporter) findScope(ctx context.Context) error {
	if len(e.query.Applications)+len(e.query.Labels) == 0 {
		return nil
	}
	names, err := e.dialect.Texts(e.query.Applications)
	if err != nil {
		return err
	}
	labels, err := e.dialect.Texts(e.query.Labels)
	if err != nil {
		return err
	}
	e.wanted, err = rows[int64](ctx, e.queries, "find applications", `
		SELECT p.id FROM pacticipants p WHERE `+e.dialect.AmongTexts("p.name")+`
			OR EXISTS (SELECT 1 FROM labels l WHERE l.pacticipant_id = p.id AND `+e.dialect.AmongTexts("l.name")+`) ORDER BY p.id`, names, labels)
	if err != nil {
		return err
	}
	if err := e.ensureKnown(ctx); err != nil {
		return err
	}
	list := e.dialect.List(e.wanted)
	if e.names, err = rows[string](ctx, e.queries, "read names", "SELECT p.name FROM pacticipants p WHERE "+e.dialect.Among("p.id")+" ORDER BY p.id", list); err != nil {
		return err
	}
	of := e.dialect.Among("i.consumer_id") + " OR " + e.dialect.Among("i.provider_id")
	if e.pairs, err = rows[int64](ctx, e.queries, "find pairs", "SELECT i.id FROM integrations i WHERE "+of+" ORDER BY i.id", list, list); err != nil {
		return err
	}
	e.involved, err = rows[int64](ctx, e.queries, "find other sides", `
		SELECT p.id FROM pacticipants p WHERE `+e.dialect.Among("p.id")+` OR EXISTS (SELECT 1 FROM integrations i
			WHERE `+e.dialect.Among("i.id")+` AND (i.consumer_id = p.id OR i.provider_id = p.id)) ORDER BY p.id`, list, e.dialect.List(e.pairs))
	return err
}

// ensureKnown returns an UnknownError if an application or a label of the query is not there.
func (e *exporter) ensureKnown(ctx context.Context) error {
	for _, asked := range []struct {
		kind  archive.Kind
		sql   string
		names []string
	}{
		{archive.KindApplication, "SELECT name FROM pacticipants WHERE name = ?", e.query.Applications},
		{archive.KindLabel, "SELECT l.name FROM labels l JOIN pacticipants p ON p.id = l.pacticipant_id WHERE l.name = ? LIMIT 1", e.query.Labels},
	} {
		for _, name := range asked.names {
			_, found, err := row[string](ctx, e.queries, "find "+string(asked.kind), asked.sql, name)
			if err != nil {
				return err
			}
			if !found {
				return &UnknownError{asked.kind, name}
			}
		}
	}
	return nil
}

// ErrUnreadable is for what an export cannot do without and cannot be read any more.
var ErrUnreadable = errors.New("it cannot be read any more")

// UnknownError is for an application or a label that is named and not there.
type UnknownError struct {
	Kind archive.Kind
	Name string
}

func (e *UnknownError) Error() string { return fmt.Sprintf("unknown %s %q", e.Kind, e.Name) }

// part is a condition with its arguments.
type part struct {
	text string
	args []any
}

func (p part) and(text string, args ...any) part {
	return part{p.text + " AND " + text, append(append([]any{}, p.args...), args...)}
}

// ofApplication leaves only applications that are involved.
func (e *exporter) ofApplication(column string) part {
	if e.wanted == nil {
		return part{text: "1 = 1"}
	}
	return part{e.dialect.Among(column), []any{e.dialect.List(e.involved)}}
}

// ofPair leaves only pairs that are wanted.
func (e *exporter) ofPair(column string) part {
	if e.wanted == nil {
		return part{text: "1 = 1"}
	}
	return part{e.dialect.Among(column), []any{e.dialect.List(e.pairs)}}
}

// ofVersion leaves only versions v of applications that are wanted, and those of
// the others that have published or verified something for them, or that are
// deployed or released now.
func (e *exporter) ofVersion() part {
	c := part{text: "1 = 1"}
	if e.wanted != nil {
		pairs := e.dialect.List(e.pairs)
		c = part{"(" + e.dialect.Among("v.pacticipant_id") + " OR " + e.dialect.Among("v.pacticipant_id") + ` AND (
			EXISTS (SELECT 1 FROM pact_publications x WHERE x.consumer_version_id = v.id AND ` + e.dialect.Among("x.integration_id") + `)
			OR EXISTS (SELECT 1 FROM verifications x WHERE x.provider_version_id = v.id AND ` + e.dialect.Among("x.integration_id") + `)
			OR EXISTS (SELECT 1 FROM deployed_versions x WHERE x.version_id = v.id AND x.currently_deployed)
			OR EXISTS (SELECT 1 FROM released_versions x WHERE x.version_id = v.id AND x.currently_supported)))`,
			[]any{e.dialect.List(e.wanted), e.dialect.List(e.involved), pairs, pairs}}
	}
	return c
}

// recent leaves only versions v that have changed, or something about them.
func (e *exporter) recent(c part) part {
	if e.query.Since == nil {
		return c
	}
	since := int64(*e.query.Since)
	return c.and(`(v.updated_at >= ? OR v.created_at >= ?
		OR EXISTS (SELECT 1 FROM branch_versions x WHERE x.version_id = v.id AND x.updated_at >= ?)
		OR EXISTS (SELECT 1 FROM tags x WHERE x.version_id = v.id AND x.updated_at >= ?)
		OR EXISTS (SELECT 1 FROM pact_publications x WHERE x.consumer_version_id = v.id AND x.created_at >= ?)
		OR EXISTS (SELECT 1 FROM verifications x WHERE x.provider_version_id = v.id AND x.created_at >= ?)
		OR EXISTS (SELECT 1 FROM deployed_versions x WHERE x.version_id = v.id AND x.updated_at >= ?)
		OR EXISTS (SELECT 1 FROM released_versions x WHERE x.version_id = v.id AND x.updated_at >= ?))`,
		since, since, since, since, since, since, since, since)
}

// since leaves only rows whose time is not before the moment asked for.
func (e *exporter) since(c part, column string) part {
	if e.query.Since == nil {
		return c
	}
	return c.and(column+" >= ?", int64(*e.query.Since))
}

// each hands over the rows of a statement that ends in WHERE, by rising id, which
// the column names.
func each[T any](ctx context.Context, e *exporter, what, text, column string, c part, id func(*T) int64, take func(*T) error) error {
	statement := fmt.Sprintf("%s %s AND %s > ? ORDER BY %s LIMIT %d", text, c.text, column, column, exportAtOnce)
	for last := int64(0); ; {
		found, err := rows[T](ctx, e.queries, "export "+what, statement, append(append([]any{}, c.args...), last)...)
		if err != nil {
			return err
		}
		for i := range found {
			if err := take(&found[i]); err != nil {
				return err
			}
		}
		if len(found) < exportAtOnce {
			return nil
		}
		last = id(&found[len(found)-1])
	}
}

func (e *exporter) applications(ctx context.Context) error {
	type applicationRow struct {
		ID int64
		archive.Application
	}
	return each(ctx, e, "applications", `
		SELECT p.id, p.name, p.display_name, p.repository_url, p.repository_name, p.repository_namespace, p.main_branch,
			p.external_since, p.external_reason, p.created_at, p.updated_at, p.changed AND p.updated_at = p.created_at AS changed FROM pacticipants p WHERE`, "p.id", e.ofApplication("p.id"),
		func(r *applicationRow) int64 { return r.ID }, func(r *applicationRow) error { return e.take(&r.Application) })
}

func (e *exporter) labels(ctx context.Context) error {
	c := e.ofApplication("l.pacticipant_id")
	found, err := rows[archive.Label](ctx, e.queries, "export labels", `
		SELECT p.name AS application, l.name, l.created_at, l.updated_at FROM labels l JOIN pacticipants p ON p.id = l.pacticipant_id
		WHERE `+c.text+" ORDER BY l.pacticipant_id, l.name", c.args...)
	return handOver(e, found, err)
}

// handOver hands over what one statement has found.
func handOver[T any, R interface {
	*T
	archive.Record
}](e *exporter, found []T, err error) error {
	for i := 0; err == nil && i < len(found); i++ {
		err = e.take(R(&found[i]))
	}
	return err
}

func (e *exporter) environments(ctx context.Context) error {
	found, err := rows[archive.Environment](ctx, e.queries, "export environments",
		"SELECT uuid, name, display_name, production, contacts, created_at, updated_at FROM environments ORDER BY id")
	return handOver(e, found, err)
}

// versions hands over the versions of one application after the other, each in
// their order.
func (e *exporter) versions(ctx context.Context) error {
	owners := e.ofApplication("p.id")
	apps, err := rows[struct {
		ID   int64
		Name string
	}](ctx, e.queries, "list applications", "SELECT p.id, p.name FROM pacticipants p WHERE "+owners.text+" ORDER BY p.id", owners.args...)
	if err != nil {
		return err
	}
	c := e.recent(e.ofVersion())
	text := fmt.Sprintf(`SELECT v.number, v.position AS rank, v.id AS source_id, v.build_url, v.created_at, v.updated_at, v.in_passing FROM versions v
		WHERE %s AND v.pacticipant_id = ? AND (v.position, v.id) > (?, ?) ORDER BY v.position, v.id LIMIT %d`, c.text, exportAtOnce)
	for _, app := range apps {
		last := archive.Version{Rank: -1 << 62}
		for full := true; full; {
			found, err := rows[archive.Version](ctx, e.queries, "export versions", text, append(append([]any{}, c.args...), app.ID, last.Rank, last.SourceID)...)
			for i := 0; err == nil && i < len(found); i++ {
				found[i].Application = app.Name
				last = found[i]
				err = e.take(&found[i])
			}
			if err != nil {
				return err
			}
			full = len(found) == exportAtOnce
		}
	}
	return nil
}

func (e *exporter) branches(ctx context.Context) error {
	type branchRow struct {
		ID int64
		archive.Branch
	}
	return each(ctx, e, "branches", `
		SELECT b.id, p.name AS application, b.name, v.number AS head, b.closed_at, b.created_at, b.updated_at
		FROM branches b JOIN pacticipants p ON p.id = b.pacticipant_id LEFT JOIN versions v ON v.id = b.head_version_id WHERE`,
		"b.id", e.ofApplication("b.pacticipant_id"), func(r *branchRow) int64 { return r.ID }, func(r *branchRow) error { return e.take(&r.Branch) })
}

func (e *exporter) memberships(ctx context.Context) error {
	type membershipRow struct {
		ID int64
		archive.Membership
	}
	return each(ctx, e, "memberships", `
		SELECT m.id, p.name AS application, b.name AS branch, v.number AS version, m.auto_created, m.created_at, m.updated_at
		FROM branch_versions m JOIN branches b ON b.id = m.branch_id JOIN pacticipants p ON p.id = b.pacticipant_id JOIN versions v ON v.id = m.version_id WHERE`,
		"m.id", e.since(e.ofVersion(), "m.updated_at"), func(r *membershipRow) int64 { return r.ID }, func(r *membershipRow) error { return e.take(&r.Membership) })
}

func (e *exporter) tags(ctx context.Context) error {
	type tagRow struct {
		ID int64
		archive.Tag
	}
	return each(ctx, e, "tags", `
		SELECT t.id, p.name AS application, v.number AS version, t.name, t.created_at, t.updated_at
		FROM tags t JOIN versions v ON v.id = t.version_id JOIN pacticipants p ON p.id = v.pacticipant_id WHERE`,
		"t.id", e.since(e.ofVersion(), "t.updated_at"), func(r *tagRow) int64 { return r.ID }, func(r *tagRow) error { return e.take(&r.Tag) })
}

// sqlSides joins the names of a pair i.
const sqlSides = " JOIN pacticipants c ON c.id = i.consumer_id JOIN pacticipants p ON p.id = i.provider_id "

func (e *exporter) integrations(ctx context.Context) error {
	type pairRow struct {
		ID int64
		archive.Integration
	}
	return each(ctx, e, "integrations", "SELECT i.id, c.name AS consumer, p.name AS provider, i.created_at FROM integrations i"+sqlSides+"WHERE",
		"i.id", e.ofPair("i.id"), func(r *pairRow) int64 { return r.ID }, func(r *pairRow) error { return e.take(&r.Integration) })
}

// sized is a row by its id and the size of what is large in it.
type sized struct{ ID, Bytes int64 }

// inGroups calls read with the ids of groups of rows that are not too large
// together.
func inGroups(ctx context.Context, e *exporter, what, text, column string, c part, read func(ids string) error) error {
	var group []int64
	var bytes int64
	flush := func() error {
		if len(group) == 0 {
			return nil
		}
		err := read(e.dialect.List(group))
		group, bytes = group[:0], 0
		return err
	}
	err := each(ctx, e, what, text, column, c, func(r *sized) int64 { return r.ID }, func(r *sized) error {
		if bytes+r.Bytes > exportBytesAtOnce || len(group) == exportAtOnce {
			if err := flush(); err != nil {
				return err
			}
		}
		group, bytes = append(group, r.ID), bytes+r.Bytes
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

func (e *exporter) contents(ctx context.Context) error {
	c := e.ofPair("k.integration_id")
	if e.query.Since != nil {
		since := int64(*e.query.Since)
		c = c.and(`(k.created_at >= ? OR EXISTS (SELECT 1 FROM pact_publications x WHERE x.pact_version_id = k.id AND x.created_at >= ?)
			OR EXISTS (SELECT 1 FROM verifications x WHERE x.pact_version_id = k.id AND x.created_at >= ?))`, since, since, since)
	}
	type contentRow struct {
		Consumer, Provider, SHA string
		Body                    []byte
		CreatedAt               archive.Time
	}
	return inGroups(ctx, e, "contents", "SELECT k.id, k.size AS bytes FROM pact_versions k JOIN integrations i ON i.id = k.integration_id"+sqlSides+"WHERE", "k.id", c, func(ids string) error {
		found, err := rows[contentRow](ctx, e.queries, "export contents", `
			SELECT c.name AS consumer, p.name AS provider, k.sha, k.body, k.created_at
			FROM pact_versions k JOIN integrations i ON i.id = k.integration_id`+sqlSides+"WHERE "+e.dialect.Among("k.id")+" ORDER BY k.id", ids)
		for i := 0; err == nil && i < len(found); i++ {
			r := found[i]
			content := archive.Content{Consumer: r.Consumer, Provider: r.Provider, SHA: r.SHA, CreatedAt: r.CreatedAt}
			var body []byte
			if body, err = unpack(r.Body); err != nil {
				return fmt.Errorf("export content %s: %w: %w", r.SHA, ErrUnreadable, err)
			}
			content.SetText(body)
			err = e.take(&content)
		}
		return err
	})
}

func (e *exporter) publications(ctx context.Context) error {
	type publishedRow struct {
		ID int64
		archive.Publication
	}
	return each(ctx, e, "publications", `
		SELECT x.id, c.name AS consumer, v.number AS version, p.name AS provider, x.revision, k.sha, x.created_at
		FROM pact_publications x JOIN integrations i ON i.id = x.integration_id`+sqlSides+`
			JOIN versions v ON v.id = x.consumer_version_id JOIN pact_versions k ON k.id = x.pact_version_id WHERE`,
		"x.id", e.since(e.ofPair("x.integration_id"), "x.created_at"), func(r *publishedRow) int64 { return r.ID }, func(r *publishedRow) error { return e.take(&r.Publication) })
}

// text is that of a record which can do without, if there is one that can be read.
func (e *exporter) text(of archive.Record, packed []byte) (text []byte, whole bool) {
	if len(packed) == 0 {
		return nil, false
	}
	text, err := unpack(packed)
	if err != nil && e.query.LeftOut != nil {
		e.query.LeftOut(of, archive.UnreadableText)
	}
	return text, err == nil
}

// takeWithoutText hands over a record without the text for which no line of an archive has
// room.
func (e *exporter) takeWithoutText(r archive.Record) error {
	if e.query.LeftOut != nil {
		e.query.LeftOut(r, archive.TooLongForLine)
	}
	return e.take(r)
}

func (e *exporter) results(ctx context.Context) error {
	type exportedResult struct {
		ID                                       int64
		Consumer, Provider, SHA, ProviderVersion string
		Number                                   int64
		Success                                  bool
		WIP                                      bool `gorm:"column:wip"`
		Pending                                  *bool
		ExecutedAt, CreatedAt                    archive.Time
		BuildURL, VerifiedBy, Selectors          *string
		TestResults                              []byte
	}
	c := e.since(e.ofPair("r.integration_id"), "r.created_at")
	return inGroups(ctx, e, "results", "SELECT r.id, 10 * coalesce(length(r.test_results), 0) AS bytes FROM verifications r JOIN integrations i ON i.id = r.integration_id"+sqlSides+"WHERE", "r.id", c, func(ids string) error {
		found, err := rows[exportedResult](ctx, e.queries, "export results", `
			SELECT r.id, c.name AS consumer, p.name AS provider, k.sha, v.number AS provider_version, `+sqlResultNumber+` AS number, r.success, r.wip, r.pending,
				r.executed_at, r.created_at, r.build_url, r.verified_by, r.selectors, r.test_results
			FROM verifications r JOIN integrations i ON i.id = r.integration_id`+sqlSides+`
				JOIN pact_versions k ON k.id = r.pact_version_id JOIN versions v ON v.id = r.provider_version_id
			WHERE `+e.dialect.Among("r.id")+" ORDER BY r.id", ids)
		if err != nil {
			return err
		}
		tags, err := e.tagsOfResults(ctx, ids)
		if err != nil {
			return err
		}
		for _, r := range found {
			result := archive.Result{
				Consumer: r.Consumer, Provider: r.Provider, SHA: r.SHA, Number: r.Number, ProviderVersion: r.ProviderVersion, Success: r.Success, WIP: r.WIP,
				Pending: r.Pending, ExecutedAt: r.ExecutedAt, CreatedAt: r.CreatedAt, BuildURL: r.BuildURL, VerifiedBy: r.VerifiedBy, Selectors: r.Selectors,
				Tags: append([]string{}, tags[r.ID]...),
			}
			if tests, whole := e.text(&result, r.TestResults); whole {
				text := string(tests)
				result.TestResults = &text
			}
			err := e.take(&result)
			if errors.Is(err, archive.ErrTooLong) {
				result.TestResults = nil
				err = e.takeWithoutText(&result)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *exporter) tagsOfResults(ctx context.Context, ids string) (map[int64][]string, error) {
	found, err := rows[struct {
		VerificationID int64
		Tag            string
	}](ctx, e.queries, "export tags of results", "SELECT verification_id, tag FROM verified_tags WHERE "+e.dialect.Among("verification_id")+" ORDER BY verification_id, tag", ids)
	tags := map[int64][]string{}
	for _, r := range found {
		tags[r.VerificationID] = append(tags[r.VerificationID], r.Tag)
	}
	return tags, err
}

func (e *exporter) firstSuccesses(ctx context.Context) error {
	c := e.ofPair("k.integration_id")
	found, err := rows[archive.FirstSuccess](ctx, e.queries, "export first successes", `
		SELECT c.name AS consumer, p.name AS provider, k.sha, s.tag, s.recorded_at AS "at"
		FROM verified_tags s JOIN pact_versions k ON k.id = s.pact_version_id JOIN integrations i ON i.id = k.integration_id`+sqlSides+`
		WHERE s.verification_id IS NULL AND `+c.text+" ORDER BY k.id, s.tag", c.args...)
	return handOver(e, found, err)
}

func (e *exporter) deployments(ctx context.Context) error {
	type deploymentRow struct {
		ID int64
		archive.Deployment
	}
	return each(ctx, e, "deployments", `
		SELECT d.id, d.uuid, p.name AS application, v.number AS version, n.uuid AS environment, d.instance, d.currently_deployed AS current,
			d.auto_created, d.undeployed_at, d.created_at, d.updated_at
		FROM deployed_versions d JOIN versions v ON v.id = d.version_id JOIN pacticipants p ON p.id = d.pacticipant_id JOIN environments n ON n.id = d.environment_id WHERE`,
		"d.id", e.since(e.ofVersion(), "d.updated_at"), func(r *deploymentRow) int64 { return r.ID }, func(r *deploymentRow) error { return e.take(&r.Deployment) })
}

func (e *exporter) releases(ctx context.Context) error {
	type releaseRow struct {
		ID int64
		archive.Release
	}
	return each(ctx, e, "releases", `
		SELECT d.id, d.uuid, p.name AS application, v.number AS version, n.uuid AS environment, d.currently_supported AS supported,
			d.support_ended_at, d.created_at, d.updated_at
		FROM released_versions d JOIN versions v ON v.id = d.version_id JOIN pacticipants p ON p.id = d.pacticipant_id JOIN environments n ON n.id = d.environment_id WHERE`,
		"d.id", e.since(e.ofVersion(), "d.updated_at"), func(r *releaseRow) int64 { return r.ID }, func(r *releaseRow) error { return e.take(&r.Release) })
}

func (e *exporter) secrets(ctx context.Context) error {
	if e.wanted != nil {
		return nil
	}
	found, err := rows[secretRow](ctx, e.queries, "export secrets", sqlSecrets+" ORDER BY name")
	for i := 0; err == nil && i < len(found); i++ {
		r := found[i]
		kept, broken := r.toSecret()
		if broken != nil {
			return broken
		}
		secret := archive.Secret{
			Name: r.Name, Description: r.Description, Hosts: append([]string{}, kept.Hosts...), Applications: kept.Scope.Applications, Labels: kept.Scope.Labels, Teams: kept.Scope.Teams,
			Times: archive.Times{CreatedAt: archive.Time(r.CreatedAt), UpdatedAt: archive.Time(r.UpdatedAt)},
		}
		if e.query.Encrypted {
			secret.Encrypted = r.Encrypted
		}
		err = e.take(&secret)
	}
	return err
}

func (e *exporter) webhooks(ctx context.Context) error {
	kept, err := e.queries.webhooks(ctx, "")
	if err != nil {
		return err
	}
	waiting, err := rows[string](ctx, e.queries, "export webhooks", "SELECT uuid FROM webhooks WHERE to_enable")
	if err != nil {
		return err
	}
	for _, k := range kept {
		if !e.isWanted(k.Webhook) {
			continue
		}
		record, err := webhookRecord(k, e.query.Encrypted)
		if err != nil {
			return err
		}
		record.Enabled = record.Enabled || slices.Contains(waiting, record.UUID)
		nameMissing(record, k.Missing, e.query.Encrypted)
		if err := e.take(record); err != nil {
			return err
		}
	}
	return nil
}

// nameMissing names the secrets that a webhook lacks with those that do not travel. Unless
// others do travel, nobody needs to tell both apart: stars stand for either.
func nameMissing(r *archive.Webhook, missing []string, encrypted bool) {
	r.Secrets = append(r.Secrets, missing...)
	if encrypted {
		return
	}
	slices.Sort(r.Secrets)
	if r.Password == "" && slices.Contains(missing, "password") {
		r.Password = webhooks.Stars
	}
	for i, h := range r.Headers {
		if h.Value == "" && slices.Contains(missing, "header "+h.Name) {
			r.Headers[i].Value = webhooks.Stars
		}
	}
}

// isWanted reports whether a webhook is for applications that are wanted alone.
func (e *exporter) isWanted(w webhooks.Webhook) bool {
	if e.wanted == nil {
		return true
	}
	return slices.Contains(e.names, w.Consumer.Name) || slices.Contains(e.names, w.Provider.Name)
}

// webhookRecord makes a record of a webhook, in which secrets are only named.
func webhookRecord(k webhooks.Stored, encrypted bool) (*archive.Webhook, error) {
	w := k.Webhook
	filter, err := filterText(w.EventFilter)
	if err != nil {
		return nil, err
	}
	r := &archive.Webhook{
		UUID: w.UUID, Description: w.Description, Consumer: optionalText(w.Consumer.Name), ConsumerLabel: optionalText(w.Consumer.Label),
		Provider: optionalText(w.Provider.Name), ProviderLabel: optionalText(w.Provider.Label), Enabled: w.Enabled, Paused: w.Paused,
		Events: []string{}, Format: string(w.Format), EventFilter: filter, Method: w.Request.Method, URL: w.Request.URL, Headers: []archive.HeaderField{},
		Body: optionalText(string(w.Request.Body)), Username: w.Request.Username, Password: w.Request.Password, Secrets: []string{},
		Times: archive.Times{CreatedAt: archive.TimeOf(w.CreatedAt), UpdatedAt: archive.TimeOf(w.UpdatedAt)},
	}
	for _, event := range w.Events {
		r.Events = append(r.Events, string(event))
	}
	for _, h := range w.Request.Headers {
		r.Headers = append(r.Headers, archive.HeaderField(h))
	}
	r.Secrets = append(r.Secrets, k.Hidden()...)
	if len(k.SigningKeys) > 0 {
		r.Secrets = append(r.Secrets, "signing keys")
	}
	if encrypted {
		r.Encrypted, r.SigningKeys = k.Encrypted, k.SigningKeys
	}
	return r, nil
}

func optionalText(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// sqlDeliveries joins the deliveries t with what they are about.
const sqlDeliveries = ` FROM triggered_webhooks t LEFT JOIN webhooks w ON w.id = t.webhook_id LEFT JOIN integrations i ON i.id = t.integration_id
	LEFT JOIN pacticipants c ON c.id = i.consumer_id LEFT JOIN pacticipants p ON p.id = i.provider_id
	LEFT JOIN pact_publications x ON x.id = t.publication_id LEFT JOIN versions v ON v.id = x.consumer_version_id
	LEFT JOIN pact_versions k ON k.id = x.pact_version_id LEFT JOIN verifications r ON r.id = t.verification_id
	WHERE (t.integration_id IS NULL OR c.id IS NOT NULL AND p.id IS NOT NULL) AND `

// ofDelivery leaves only deliveries about pairs that are wanted.
func (e *exporter) ofDelivery() part {
	c := part{text: "1 = 1"}
	if e.wanted != nil {
		c = e.ofPair("t.integration_id")
	}
	return e.since(c, "t.updated_at")
}

func (e *exporter) deliveries(ctx context.Context) error {
	type deliveryRow struct {
		ID int64
		archive.Delivery
	}
	return each(ctx, e, "deliveries", `
		SELECT t.id, t.uuid, w.uuid AS webhook, t.event, t.subject, c.name AS consumer, v.number AS version, p.name AS provider, x.revision, k.sha,
			CASE WHEN r.id IS NOT NULL THEN `+sqlResultNumber+` END AS result_number, t.status = 'success' AS succeeded, t.attempts, t.reason, t.context,
			t.created_at, t.updated_at`+sqlDeliveries, "t.id", e.ofDelivery(),
		func(r *deliveryRow) int64 { return r.ID }, func(r *deliveryRow) error { return e.take(&r.Delivery) })
}

func (e *exporter) attempts(ctx context.Context) error {
	c := e.ofDelivery()
	type attemptRow struct {
		ID int64
		archive.Attempt
	}
	return each(ctx, e, "attempts", `
		SELECT a.id, t.uuid AS delivery, a.success, a.logs, a.created_at FROM webhook_executions a JOIN triggered_webhooks t ON t.id = a.triggered_id
		WHERE a.triggered_id IN (SELECT t.id`+sqlDeliveries+c.text+") AND", "a.id", part{"1 = 1", c.args},
		func(r *attemptRow) int64 { return r.ID }, func(r *attemptRow) error { return e.take(&r.Attempt) })
}
