package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/store/db"
)

// writeAudit writes who made the change, in the transaction that makes it.
func (tx *Tx) writeAudit(ctx context.Context, notes audit.Notes) error {
	var types, applications []string
	for _, fact := range tx.facts {
		types, applications = append(types, string(fact.Type)), append(applications, fact.Data.Applications()...)
	}
	entry, worth := audit.Of(ctx, notes, types, applications)
	if !worth {
		return nil
	}
	entry.At = tx.Now()
	return tx.addAuditEntry(ctx, entry)
}

// withStars is the entry with stars for the tokens in it, as names may have been before
// they were refused: what the audit holds cannot be taken back.
func withStars(entry audit.Entry) audit.Entry {
	var changes []audit.Change
	for _, c := range entry.Changes {
		changes = append(changes, audit.Change{What: access.Starred(c.What), Before: starred(c.Before), After: starred(c.After)})
	}
	entry.Changes, entry.Actor, entry.Applications = changes, access.Starred(entry.Actor), starredAll(entry.Applications)
	return entry
}

// starred is a value of a change with stars for the tokens in it.
func starred(value any) any {
	switch v := value.(type) {
	case string:
		return access.Starred(v)
	case []string:
		return starredAll(v)
	}
	return value
}

func starredAll(all []string) []string {
	texts := slices.Clone(all)
	for i, text := range all {
		texts[i] = access.Starred(text)
	}
	return texts
}

func (d *DB) AddAuditEntries(ctx context.Context, entries []audit.Entry) error {
	return d.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		for _, entry := range entries {
			if err := tx.addAuditEntry(ctx, entry); err != nil {
				return err
			}
		}
		return nil
	})
}

// addAuditEntry stores one entry. SQLite writes one transaction after the other,
// so there it gets its place in the chain at once; on PostgreSQL that would make
// all writers wait for one another.
func (tx *Tx) addAuditEntry(ctx context.Context, entry audit.Entry) error {
	entry = withStars(entry)
	s, err := entry.Store()
	if err != nil {
		return err
	}
	if tx.dialect == db.Postgres {
		return tx.addUnchained(ctx, s, entry.Applications)
	}
	head, err := tx.auditHead(ctx)
	if err != nil {
		return err
	}
	next := head.Next(s.Digest)
	id, err := tx.insert(ctx, "add audit entry", sqlAddAudit+" RETURNING id", append(s.Values(), next.Position, next.Chain)...)
	if err != nil {
		return err
	}
	if len(entry.Applications) > 0 {
		names := strings.Repeat(", (?, ?)", len(entry.Applications))[2:]
		var args []any
		for _, name := range entry.Applications {
			args = append(args, name, id)
		}
		if _, err := tx.exec(ctx, "add applications of audit entry", "INSERT INTO audit_applications (name, entry_id) VALUES "+names, args...); err != nil {
			return err
		}
	}
	return tx.setAuditHead(ctx, next)
}

const sqlAddAudit = `
	INSERT INTO audit_entries (created_at, actor, through, client, action, outcome, target, request_id, count, details, digest, position, chain)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// addUnchained stores an entry with its applications in one statement.
func (tx *Tx) addUnchained(ctx context.Context, s audit.Stored, applications []string) error {
	args := append(s.Values(), nil, nil)
	sqlText := sqlAddAudit
	if len(applications) > 0 {
		sqlText = "WITH entry AS (" + sqlAddAudit + " RETURNING id) INSERT INTO audit_applications (name, entry_id) SELECT v.name, entry.id FROM entry CROSS JOIN (VALUES " +
			strings.Repeat(", (?::text)", len(applications))[2:] + ") v (name)"
		for _, name := range applications {
			args = append(args, name)
		}
	}
	_, err := tx.exec(ctx, "add audit entry", sqlText, args...)
	return err
}

type headRow struct {
	BasePosition   int64
	BaseChain      []byte
	HeadPosition   int64
	HeadChain      []byte
	UntoldPosition int64
	Seal           []byte
}

func (q *queries) chainRow(ctx context.Context) (r headRow, found bool, err error) {
	return row[headRow](ctx, q, "read head of audit", "SELECT base_position, base_chain, head_position, head_chain, untold_position, seal FROM audit_chain")
}

func (tx *Tx) auditHead(ctx context.Context) (audit.Head, error) {
	r, _, err := tx.chainRow(ctx)
	return audit.Head{Position: r.HeadPosition, Chain: r.HeadChain}, err
}

func (tx *Tx) setAuditHead(ctx context.Context, head audit.Head) error {
	_, err := tx.exec(ctx, "move head of audit", "UPDATE audit_chain SET head_position = ?, head_chain = ?", head.Position, head.Chain)
	return err
}

// chainBatch is how many entries get their place in one transaction.
const chainBatch = 500

func (d *DB) ChainAudit(ctx context.Context) (more bool, err error) {
	_, found, err := row[int64](ctx, &d.queries, "look for audit entries without a place", "SELECT id FROM audit_entries WHERE position IS NULL LIMIT 1")
	if err != nil || !found {
		return false, err
	}
	err = d.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		if err := tx.lock(ctx, "chain of audit"); err != nil {
			return err
		}
		waiting, err := tx.UnchainedEntries(ctx, 0, chainBatch)
		if err != nil || len(waiting) == 0 {
			return err
		}
		more = len(waiting) == chainBatch
		return tx.chain(ctx, waiting)
	})
	return more, err
}

// chain gives the entries the next places.
func (tx *Tx) chain(ctx context.Context, waiting []audit.Stored) error {
	head, err := tx.auditHead(ctx)
	if err != nil {
		return err
	}
	var args []any
	for _, s := range waiting {
		head = head.Next(s.Digest)
		args = append(args, s.ID, head.Position, head.Chain)
	}
	if _, err := tx.exec(ctx, "chain audit entries", "UPDATE audit_entries SET position = v.position, chain = v.chain FROM (VALUES "+
		strings.Repeat(", (?::bigint, ?::bigint, ?::bytea)", len(waiting))[2:]+") v (id, position, chain) WHERE audit_entries.id = v.id", args...); err != nil {
		return err
	}
	return tx.setAuditHead(ctx, head)
}

const sqlAudit = `SELECT e.id, e.position, e.created_at AS at, e.actor, e.through, e.client, e.action, e.outcome, e.target, e.request_id, e.count, e.details, e.digest, e.chain FROM audit_entries e `

func (q *queries) AuditEntries(ctx context.Context, asked audit.Query) ([]audit.Entry, error) {
	sqlWhere, args, err := q.auditWhere(asked)
	if err != nil {
		return nil, err
	}
	sqlOrder := " ORDER BY " + auditID(asked) + " DESC LIMIT ?"
	if asked.Order == audit.OldestFirst {
		sqlOrder = " ORDER BY e.position LIMIT ?"
	}
	found, err := rows[audit.Stored](ctx, q, "list audit entries", sqlAudit+sqlWhere+sqlOrder, append(args, asked.Limit)...)
	entries := make([]audit.Entry, len(found))
	for i := 0; err == nil && i < len(found); i++ {
		entries[i], err = found[i].Entry()
	}
	return entries, err
}

// auditID is the id of an entry where an index that is ordered by it finds those
// that are asked for.
func auditID(asked audit.Query) string {
	if asked.Application != "" {
		return "a.entry_id"
	}
	return "e.id"
}

func (q *queries) auditWhere(asked audit.Query) (sqlText string, args []any, err error) {
	var conditions []string
	add := func(condition string, value any) {
		conditions, args = append(conditions, condition), append(args, value)
	}
	if asked.Application != "" {
		sqlText = "JOIN audit_applications a ON a.entry_id = e.id "
		add(q.named("a.name"), asked.Application)
	}
	if asked.Applications != nil {
		names, err := q.dialect.Texts(asked.Applications)
		if err != nil {
			return "", nil, err
		}
		add("EXISTS (SELECT 1 FROM audit_applications o WHERE o.entry_id = e.id AND "+q.namedAmong("o.name")+")", names)
	}
	for _, exact := range []struct{ column, value string }{
		{"e.actor", asked.Actor}, {"e.action", asked.Action}, {"e.client", asked.Client}, {"e.request_id", asked.RequestID}, {"e.outcome", string(asked.Outcome)},
	} {
		if exact.value != "" {
			add(exact.column+" = ?", exact.value)
		}
	}
	if asked.Outcome != "" && asked.Outcome != audit.Done {
		conditions = append(conditions, "e.outcome <> 'done'") // what the index of the others holds
	}
	if !asked.Since.IsZero() {
		add("e.created_at >= ?", microsOf(asked.Since))
	}
	if !asked.Until.IsZero() {
		add("e.created_at < ?", microsOf(asked.Until))
	}
	switch {
	case asked.Order == audit.OldestFirst:
		add("e.position > ?", asked.After)
	case asked.After > 0:
		add(auditID(asked)+" < ?", asked.After)
	}
	if len(conditions) > 0 {
		sqlText += "WHERE " + strings.Join(conditions, " AND ")
	}
	return sqlText, args, nil
}

// ChainBounds returns where the chain begins and ends.
func (q *queries) ChainBounds(ctx context.Context) (audit.Bounds, error) {
	r, found, err := q.chainRow(ctx)
	return audit.Bounds{
		Base: audit.Head{Position: r.BasePosition, Chain: r.BaseChain}, Head: audit.Head{Position: r.HeadPosition, Chain: r.HeadChain}, Untold: r.UntoldPosition,
		Seal: r.Seal, Lost: !found,
	}, err
}

func (q *queries) LastEntryID(ctx context.Context) (int64, error) {
	sqlText := "SELECT seq FROM sqlite_sequence WHERE name = 'audit_entries'"
	if q.dialect == db.Postgres {
		sqlText = "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('audit_entries', 'id')::regclass), 0)"
	}
	last, _, err := row[int64](ctx, q, "read the last id of audit entries", sqlText)
	return last, err
}

func (q *queries) FoundUnder(ctx context.Context, after, upTo int64) (map[int64][]string, error) {
	found, err := rows[struct {
		EntryID int64
		Name    string
	}](ctx, q, "read applications of audit entries", `
		SELECT a.entry_id, a.name FROM audit_entries e JOIN audit_applications a ON a.entry_id = e.id WHERE e.position > ? AND e.position <= ?`, after, upTo)
	names := map[int64][]string{}
	for _, r := range found {
		names[r.EntryID] = append(names[r.EntryID], r.Name)
	}
	return names, err
}

// auditTriggers is how the names of the triggers begin by which the database refuses to
// change the audit.
const auditTriggers = "audit_"

// Triggers that are switched off, or call a function of another schema, are held as none.
const (
	sqlTriggersSQLite = `
		SELECT name, sql AS made, '' AS body FROM sqlite_master
		WHERE type = 'trigger' AND lower(tbl_name) IN ('audit_entries', 'audit_applications', 'audit_chain') ORDER BY name`
	sqlTriggersPostgres = `
		SELECT t.tgname AS name, CASE WHEN t.tgenabled IN ('O', 'A') AND p.pronamespace = c.relnamespace THEN pg_get_triggerdef(t.oid) ELSE '' END AS made, p.prosrc AS body
		FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
		WHERE NOT t.tgisinternal AND t.tgrelid IN ('audit_entries'::regclass, 'audit_applications'::regclass, 'audit_chain'::regclass)
		UNION ALL SELECT 'the rule ' || rulename, '', '' FROM pg_rewrite WHERE ev_class IN ('audit_entries'::regclass, 'audit_applications'::regclass, 'audit_chain'::regclass)
		UNION ALL SELECT 'the row security of ' || relname, '', '' FROM pg_class WHERE relrowsecurity AND oid IN ('audit_entries'::regclass, 'audit_applications'::regclass, 'audit_chain'::regclass)
		ORDER BY 1`
)

func (q *queries) Guards(ctx context.Context) (audit.Guards, error) {
	made, err := db.TriggersOf(q.dialect, auditTriggers)
	if err != nil {
		return audit.Guards{}, err
	}
	text := sqlTriggersSQLite
	if q.dialect == db.Postgres {
		text = sqlTriggersPostgres
	}
	found, err := rows[db.Trigger](ctx, q, "read triggers of audit", text)
	if err != nil {
		return audit.Guards{}, err
	}
	var guards audit.Guards
	held := map[string]db.Trigger{}
	for _, trigger := range found {
		if held[trigger.Name] = trigger; !slices.Contains(made.Names, trigger.Name) {
			guards.Foreign = append(guards.Foreign, trigger.Name)
		}
	}
	for _, name := range made.Names {
		if !made.Make(held[name]) {
			guards.Missing = append(guards.Missing, name)
		}
	}
	return guards, nil
}

func (q *queries) StrayApplication(ctx context.Context) (name string, entry int64, found bool, err error) {
	stray, found, err := row[struct {
		Name    string
		EntryID int64
	}](ctx, q, "look for applications of no audit entry", `
		SELECT a.name, a.entry_id FROM audit_applications a WHERE NOT EXISTS (SELECT 1 FROM audit_entries e WHERE e.id = a.entry_id) ORDER BY a.entry_id, a.name LIMIT 1`)
	return stray.Name, stray.EntryID, found, err
}

func (q *queries) StoredEntries(ctx context.Context, after int64, limit int) ([]audit.Stored, error) {
	return rows[audit.Stored](ctx, q, "read audit entries", sqlAudit+"WHERE e.position > ? ORDER BY e.position LIMIT ?", after, limit)
}

func (q *queries) UnchainedEntries(ctx context.Context, after int64, limit int) ([]audit.Stored, error) {
	return rows[audit.Stored](ctx, q, "read audit entries without a place", sqlAudit+"WHERE e.position IS NULL AND e.id > ? ORDER BY e.id LIMIT ?", after, limit)
}

// auditOverdue is how much longer than they have to be the oldest entries are kept at
// most, so that not every minute an entry tells that some were deleted.
const auditOverdue = 24 * time.Hour

// deleteOldAudit deletes a batch of entries that are older than the broker keeps
// them, from the oldest on, and reports whether there are more. What is left
// still hangs on the digest of what was deleted.
func (tx *Tx) deleteOldAudit(ctx context.Context) (more bool, err error) {
	if tx.options.KeepAudit == 0 {
		return false, nil
	}
	cutoff := tx.now - micros(tx.options.KeepAudit/time.Microsecond)
	bounds, err := tx.ChainBounds(ctx)
	if err != nil {
		return false, err
	}
	overdue := cutoff - micros(min(tx.options.KeepAudit/100, auditOverdue)/time.Microsecond)
	oldest, err := tx.StoredEntries(ctx, bounds.Base.Position, 1)
	if err != nil || len(oldest) == 0 || micros(oldest[0].At) >= overdue {
		return false, err
	}
	return tx.deleteAuditBefore(ctx, cutoff)
}

// SealAudit lets the deletion of old entries of the audit be sealed with a key that is not
// in the database. Set it before the broker works.
func (d *DB) SealAudit(with audit.Sealer) { d.options.AuditSealer = with }

// refreshSealer reads the key for seals again if the one that is known does not open the
// last seal: another broker may have sealed with a newer one, and within the transaction
// that deletes entries nobody waits for the store of keys.
func (d *DB) refreshSealer(ctx context.Context) error {
	sealer := d.options.AuditSealer
	if sealer == nil || d.options.KeepAudit == 0 {
		return nil
	}
	bounds, err := d.ChainBounds(ctx)
	if err != nil || bounds.Opens(sealer) {
		return err
	}
	return sealer.Refresh(ctx)
}

func (tx *Tx) deleteAuditBefore(ctx context.Context, cutoff micros) (more bool, err error) {
	if err := tx.lock(ctx, "chain of audit"); err != nil {
		return false, err
	}
	bounds, err := tx.ChainBounds(ctx)
	if err != nil {
		return false, err
	}
	found, err := tx.StoredEntries(ctx, bounds.Base.Position, purgeBatch)
	if err != nil {
		return false, err
	}
	old := slices.IndexFunc(found, func(s audit.Stored) bool { return micros(s.At) >= cutoff })
	if old < 0 {
		old = len(found)
	}
	if old == 0 {
		return false, nil
	}
	last := found[old-1]
	if err := tx.addAuditEntry(ctx, audit.Deletion(tx.Now(), audit.Head{Position: last.Position, Chain: last.Chain}, old)); err != nil {
		return false, err
	}
	seal, err := audit.Seal(tx.options.AuditSealer, bounds, last.Position)
	if err != nil {
		return false, err
	}
	for _, step := range []struct {
		what, text string
		args       []any
	}{
		{"open audit for deletion", "UPDATE audit_chain SET deletable = ?", []any{last.Position}},
		{"delete old audit entries", "DELETE FROM audit_entries WHERE position <= ?", []any{last.Position}},
		{"close audit for deletion", "UPDATE audit_chain SET deletable = 0, base_position = ?, base_chain = ?, seal = ?", []any{last.Position, last.Chain, seal}},
	} {
		if _, err := tx.exec(ctx, step.what, step.text, step.args...); err != nil {
			return false, err
		}
	}
	return old == purgeBatch, nil
}
