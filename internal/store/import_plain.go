package store

import (
	"context"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store/db"
)

// newer is the condition for which a record x changes a row t: it was changed
// later, in the source.
const sqlLater = "t.updated_at < x.updated_at"

// sqlTaken is the condition for which all of an application x takes the place of what is
// here.
const sqlTaken = "x.take AND " + sqlLater

// plainKinds are the kinds of which each record is one row.
var plainKinds = map[archive.Kind]plainKind{
	archive.KindApplication: {
		columns: []string{"i bigint", "name text", "display_name text", "repository_url text", "repository_name text", "repository_namespace text", "main_branch text",
			"external_since bigint", "external_reason text", "created_at bigint", "updated_at bigint", "changed boolean", "take boolean", "fill boolean"},
		row: func(im *Import, t *db.Table, r archive.Record) {
			a := r.(*archive.Application)
			t.Add(int64(t.Len()), a.Name, a.DisplayName, a.RepositoryURL, a.RepositoryName, a.RepositoryNamespace, a.MainBranch,
				(*int64)(a.ExternalSince), a.ExternalReason, int64(a.CreatedAt), int64(a.UpdatedAt), a.Changed || a.UpdatedAt != a.CreatedAt, im.keepsIDs || im.options.Take, !im.keepsIDs)
		},
		// What another source tells fills in what is not known here.
		update: update{table: "all_pacticipants", set: `display_name = CASE WHEN ` + sqlTaken + ` THEN x.display_name ELSE t.display_name END,
				repository_url = CASE WHEN ` + sqlTaken + ` THEN x.repository_url ELSE coalesce(t.repository_url, x.repository_url) END,
				repository_name = CASE WHEN ` + sqlTaken + ` THEN x.repository_name ELSE coalesce(t.repository_name, x.repository_name) END,
				repository_namespace = CASE WHEN ` + sqlTaken + ` THEN x.repository_namespace ELSE coalesce(t.repository_namespace, x.repository_namespace) END,
				main_branch = CASE WHEN ` + sqlTaken + ` THEN x.main_branch ELSE coalesce(t.main_branch, x.main_branch) END,
				external_since = CASE WHEN ` + sqlTaken + ` THEN x.external_since ELSE t.external_since END,
				external_reason = CASE WHEN ` + sqlTaken + ` THEN x.external_reason ELSE t.external_reason END,
				updated_at = CASE WHEN ` + sqlTaken + ` THEN x.updated_at ELSE t.updated_at END,
				changed = CASE WHEN ` + sqlTaken + ` THEN x.changed ELSE t.changed END`,
			from: `{x} WHERE t.name = x.name AND t.deleted_at IS NULL AND (` + sqlTaken + ` OR x.fill AND (
				t.repository_url IS NULL AND x.repository_url IS NOT NULL OR t.repository_name IS NULL AND x.repository_name IS NOT NULL
				OR t.repository_namespace IS NULL AND x.repository_namespace IS NOT NULL OR t.main_branch IS NULL AND x.main_branch IS NOT NULL))`},
		insert: `INSERT INTO all_pacticipants (name, display_name, repository_url, repository_name, repository_namespace, main_branch, external_since, external_reason, created_at, updated_at, changed)
			SELECT x.name, x.display_name, x.repository_url, x.repository_name, x.repository_namespace, x.main_branch, x.external_since, x.external_reason, x.created_at, x.updated_at, x.changed
			FROM {x} WHERE true ORDER BY x.i ON CONFLICT (name) WHERE deleted_at IS NULL DO NOTHING`,
		present: "SELECT x.i FROM {x} JOIN pacticipants p ON p.name = x.name",
		reason:  archive.NoOwner,
		name:    func(r archive.Record) string { return r.(*archive.Application).Name },
	},
	archive.KindLabel: {
		columns: []string{"i bigint", "application text", "name text", "created_at bigint", "updated_at bigint"},
		row: func(_ *Import, t *db.Table, r archive.Record) {
			l := r.(*archive.Label)
			t.Add(int64(t.Len()), l.Application, l.Name, int64(l.CreatedAt), int64(l.UpdatedAt))
		},
		insert: `INSERT INTO labels (pacticipant_id, name, created_at, updated_at)
			SELECT p.id, x.name, x.created_at, x.updated_at FROM {x} JOIN pacticipants p ON p.name = x.application WHERE true ORDER BY x.i ON CONFLICT DO NOTHING`,
		present: "SELECT x.i FROM {x} JOIN pacticipants p ON p.name = x.application JOIN labels l ON l.pacticipant_id = p.id AND l.name = x.name",
		reason:  archive.NoApplication,
		name: func(r archive.Record) string {
			return r.(*archive.Label).Application + " " + r.(*archive.Label).Name
		},
	},
	archive.KindBranch: {
		columns: []string{"i bigint", "application text", "name text", "head text", "closed_at bigint", "created_at bigint", "updated_at bigint"},
		row: func(_ *Import, t *db.Table, r archive.Record) {
			b := r.(*archive.Branch)
			t.Add(int64(t.Len()), b.Application, b.Name, b.Head, (*int64)(b.ClosedAt), int64(b.CreatedAt), int64(b.UpdatedAt))
		},
		// Other brokers do not tell what is closed: what was closed here stays so until
		// something new comes there.
		update: update{table: "branches", set: `head_version_id = coalesce(s.head, t.head_version_id), updated_at = s.updated_at,
				closed_at = CASE WHEN t.updated_at < s.updated_at THEN s.closed_at ELSE coalesce(s.closed_at, t.closed_at) END`,
			from: `(SELECT b.id, v.id AS head, x.updated_at, x.closed_at FROM {x} JOIN pacticipants p ON p.name = x.application
				JOIN branches b ON b.pacticipant_id = p.id AND b.name = x.name LEFT JOIN versions v ON v.pacticipant_id = p.id AND v.number = x.head) s
			WHERE t.id = s.id AND t.updated_at <= s.updated_at AND (t.updated_at < s.updated_at OR s.head IS NOT NULL AND coalesce(t.head_version_id, 0) <> s.head
				OR s.closed_at IS NOT NULL AND coalesce(t.closed_at, 0) <> s.closed_at)`},
		insert: `INSERT INTO branches (pacticipant_id, name, head_version_id, closed_at, created_at, updated_at)
			SELECT p.id, x.name, v.id, x.closed_at, x.created_at, x.updated_at FROM {x} JOIN pacticipants p ON p.name = x.application
			LEFT JOIN versions v ON v.pacticipant_id = p.id AND v.number = x.head WHERE true ORDER BY x.i ON CONFLICT (pacticipant_id, name) DO NOTHING`,
		present: "SELECT x.i FROM {x} JOIN pacticipants p ON p.name = x.application JOIN branches b ON b.pacticipant_id = p.id AND b.name = x.name",
		reason:  archive.NoApplication,
		name: func(r archive.Record) string {
			return r.(*archive.Branch).Application + " " + r.(*archive.Branch).Name
		},
	},
	archive.KindMembership: {
		columns: []string{"i bigint", "application text", "branch text", "version text", "auto_created boolean", "created_at bigint", "updated_at bigint"},
		row: func(_ *Import, t *db.Table, r archive.Record) {
			m := r.(*archive.Membership)
			t.Add(int64(t.Len()), m.Application, m.Branch, m.Version, m.AutoCreated, int64(m.CreatedAt), int64(m.UpdatedAt))
		},
		insert: `INSERT INTO branch_versions (branch_id, version_id, version_position, auto_created, created_at, updated_at)
			SELECT b.id, v.id, v.position, x.auto_created, x.created_at, x.updated_at FROM {x} JOIN pacticipants p ON p.name = x.application
			JOIN branches b ON b.pacticipant_id = p.id AND b.name = x.branch JOIN versions v ON v.pacticipant_id = p.id AND v.number = x.version
			WHERE true ORDER BY x.i ON CONFLICT (branch_id, version_id) DO NOTHING`,
		present: `SELECT x.i FROM {x} JOIN pacticipants p ON p.name = x.application JOIN branches b ON b.pacticipant_id = p.id AND b.name = x.branch
			JOIN versions v ON v.pacticipant_id = p.id AND v.number = x.version JOIN branch_versions m ON m.branch_id = b.id AND m.version_id = v.id`,
		reason: archive.NoBranchOrVersion,
		name: func(r archive.Record) string {
			m := r.(*archive.Membership)
			return m.Application + " " + m.Version + " on " + m.Branch
		},
	},
	archive.KindTag: {
		columns: []string{"i bigint", "application text", "version text", "name text", "created_at bigint", "updated_at bigint"},
		row: func(_ *Import, t *db.Table, r archive.Record) {
			g := r.(*archive.Tag)
			t.Add(int64(t.Len()), g.Application, g.Version, g.Name, int64(g.CreatedAt), int64(g.UpdatedAt))
		},
		insert: `INSERT INTO tags (version_id, pacticipant_id, name, version_position, created_at, updated_at)
			SELECT v.id, p.id, x.name, v.position, x.created_at, x.updated_at FROM {x} JOIN pacticipants p ON p.name = x.application
			JOIN versions v ON v.pacticipant_id = p.id AND v.number = x.version WHERE true ORDER BY x.i ON CONFLICT (version_id, name) DO NOTHING`,
		present: `SELECT x.i FROM {x} JOIN pacticipants p ON p.name = x.application
			JOIN versions v ON v.pacticipant_id = p.id AND v.number = x.version JOIN tags t ON t.version_id = v.id AND t.name = x.name`,
		reason: archive.NoVersion,
		name: func(r archive.Record) string {
			g := r.(*archive.Tag)
			return g.Application + " " + g.Version + " " + g.Name
		},
	},
	archive.KindIntegration: {
		columns: []string{"i bigint", "consumer text", "provider text", "created_at bigint"},
		row: func(_ *Import, t *db.Table, r archive.Record) {
			n := r.(*archive.Integration)
			t.Add(int64(t.Len()), n.Consumer, n.Provider, int64(n.CreatedAt))
		},
		insert: `INSERT INTO all_integrations (consumer_id, provider_id, created_at)
			SELECT c.id, p.id, x.created_at FROM {x} JOIN pacticipants c ON c.name = x.consumer JOIN pacticipants p ON p.name = x.provider
			WHERE true ORDER BY x.i ON CONFLICT (consumer_id, provider_id) WHERE deleted_at IS NULL DO NOTHING`,
		present: `SELECT x.i FROM {x} JOIN pacticipants c ON c.name = x.consumer JOIN pacticipants p ON p.name = x.provider
			JOIN integrations n ON n.consumer_id = c.id AND n.provider_id = p.id`,
		reason: archive.NoApplication,
		name: func(r archive.Record) string {
			return r.(*archive.Integration).Consumer + " and " + r.(*archive.Integration).Provider
		},
	},
	archive.KindFirstSuccess: {
		columns: []string{"i bigint", "consumer text", "provider text", "sha text", "tag text", "recorded_at bigint"},
		row: func(_ *Import, t *db.Table, r archive.Record) {
			s := r.(*archive.FirstSuccess)
			t.Add(int64(t.Len()), s.Consumer, s.Provider, s.SHA, s.Tag, int64(s.At))
		},
		insert: `INSERT INTO verified_tags (verification_id, pact_version_id, tag, recorded_at)
			SELECT NULL, k.id, x.tag, x.recorded_at FROM ` + sqlContentOfRecord + ` WHERE true ORDER BY x.i
			ON CONFLICT (pact_version_id, tag) WHERE verification_id IS NULL DO NOTHING`,
		present: "SELECT x.i FROM " + sqlContentOfRecord + " JOIN verified_tags t ON t.pact_version_id = k.id AND t.tag = x.tag AND t.verification_id IS NULL",
		reason:  archive.NoContent,
		name: func(r archive.Record) string {
			return r.(*archive.FirstSuccess).SHA + " " + r.(*archive.FirstSuccess).Tag
		},
	},
	archive.KindRelease: {
		columns: []string{"i bigint", "uuid text", "application text", "version text", "environment text", "supported boolean", "support_ended_at bigint", "created_at bigint", "updated_at bigint"},
		row: func(im *Import, t *db.Table, r archive.Record) {
			d := r.(*archive.Release)
			t.Add(int64(t.Len()), d.UUID, d.Application, d.Version, im.environment(d.Environment), d.Supported, (*int64)(d.SupportEndedAt), int64(d.CreatedAt), int64(d.UpdatedAt))
		},
		update: update{table: "released_versions", set: "currently_supported = x.supported, support_ended_at = x.support_ended_at, updated_at = x.updated_at",
			from: `{x} WHERE t.uuid = x.uuid AND t.updated_at <= x.updated_at AND (t.currently_supported <> x.supported OR ` + sqlLater + `)`},
		insert: `INSERT INTO released_versions (uuid, environment_id, pacticipant_id, version_id, currently_supported, support_ended_at, created_at, updated_at)
			SELECT x.uuid, e.id, p.id, v.id, x.supported, x.support_ended_at, x.created_at, x.updated_at FROM {x} JOIN pacticipants p ON p.name = x.application
			JOIN versions v ON v.pacticipant_id = p.id AND v.number = x.version JOIN environments e ON e.uuid = x.environment WHERE true ORDER BY x.i ON CONFLICT DO NOTHING`,
		present: `SELECT x.i FROM {x} JOIN pacticipants p ON p.name = x.application JOIN versions v ON v.pacticipant_id = p.id AND v.number = x.version
			JOIN environments e ON e.uuid = x.environment JOIN released_versions d ON d.version_id = v.id AND d.environment_id = e.id`,
		reason: archive.NoVersionOrEnvironment,
		name:   func(r archive.Record) string { return r.(*archive.Release).UUID },
	},
	archive.KindDelivery: {
		columns: []string{"i bigint", "uuid text", "webhook text", "event text", "subject text", "consumer text", "version text", "provider text", "revision bigint", "sha text",
			"result_number bigint", "status text", "attempts bigint", "reason text", "context text", "created_at bigint", "updated_at bigint"},
		row: func(im *Import, t *db.Table, r archive.Record) {
			d := r.(*archive.Delivery)
			status := "failure" // one that was still to be made is not made by an import
			if d.Succeeded {
				status = "success"
			}
			t.Add(int64(t.Len()), d.UUID, im.webhookUUID(d.Webhook), d.Event, d.Subject, d.Consumer, d.Version, d.Provider, d.Revision, d.SHA, d.ResultNumber, status,
				d.Attempts, d.Reason, d.Context, int64(d.CreatedAt), int64(d.UpdatedAt))
		},
		insert: `INSERT INTO triggered_webhooks (uuid, webhook_id, event, subject, integration_id, publication_id, verification_id, status, attempts, round_start, held, reason, context, created_at, updated_at)
			SELECT x.uuid, w.id, x.event, x.subject, n.id, u.id, r.id, x.status, x.attempts, 0, ` + sqlFalse + `, x.reason, x.context, x.created_at, x.updated_at
			FROM {x} LEFT JOIN webhooks w ON w.uuid = x.webhook LEFT JOIN pacticipants c ON c.name = x.consumer LEFT JOIN pacticipants p ON p.name = x.provider
			LEFT JOIN integrations n ON n.consumer_id = c.id AND n.provider_id = p.id LEFT JOIN versions v ON v.pacticipant_id = c.id AND v.number = x.version
			LEFT JOIN pact_publications u ON u.consumer_version_id = v.id AND u.integration_id = n.id AND u.revision = x.revision
			LEFT JOIN pact_versions k ON k.integration_id = n.id AND k.sha = x.sha
			LEFT JOIN verifications r ON r.pact_version_id = k.id AND ` + sqlResultNumber + ` = x.result_number
			WHERE x.consumer IS NULL OR u.id IS NOT NULL ORDER BY x.i ON CONFLICT (uuid) DO NOTHING`,
		present: "SELECT x.i FROM {x} JOIN triggered_webhooks t ON t.uuid = x.uuid",
		reason:  archive.NoPact,
		name:    func(r archive.Record) string { return r.(*archive.Delivery).UUID },
	},
	archive.KindAttempt: {
		columns: []string{"i bigint", "delivery text", "success boolean", "logs text", "created_at bigint"},
		row: func(im *Import, t *db.Table, r archive.Record) {
			a := r.(*archive.Attempt)
			t.Add(int64(t.Len()), im.deliveryUUID(a.Delivery), a.Success, a.Logs, int64(a.CreatedAt))
		},
		insert: `INSERT INTO webhook_executions (triggered_id, success, logs, created_at)
			SELECT t.id, x.success, x.logs, x.created_at FROM {x} JOIN triggered_webhooks t ON t.uuid = x.delivery
			WHERE NOT EXISTS (SELECT 1 FROM webhook_executions a WHERE a.triggered_id = t.id AND a.created_at = x.created_at AND a.logs = x.logs) ORDER BY x.i`,
		present: `SELECT x.i FROM {x} WHERE EXISTS (SELECT 1 FROM triggered_webhooks t JOIN webhook_executions a ON a.triggered_id = t.id
			WHERE t.uuid = x.delivery AND a.created_at = x.created_at)`,
		reason: archive.NoDelivery,
		name:   func(r archive.Record) string { return r.(*archive.Attempt).Delivery },
	},
}

// sqlContentOfRecord joins records x with the pair n and the content k that they
// name.
const sqlContentOfRecord = `{x} JOIN pacticipants c ON c.name = x.consumer JOIN pacticipants p ON p.name = x.provider
	JOIN integrations n ON n.consumer_id = c.id AND n.provider_id = p.id JOIN pact_versions k ON k.integration_id = n.id AND k.sha = x.sha`

// sqlFalse is false on both databases.
const sqlFalse = "(1 = 0)"

// environment is the uuid that an environment of the source has here.
func (im *Import) environment(uuid string) string {
	if here, known := im.environments[uuid]; known {
		return here
	}
	return uuid
}

// writeEnvironments adds environments. One of the same name is the same, whatever
// its uuid.
func (im *Import) writeEnvironments(ctx context.Context, tx *Tx, done *outcome) error {
	here, err := tx.environments(ctx, "")
	if err != nil {
		return err
	}
	byName, byUUID, names := map[string]string{}, map[string]bool{}, map[string]string{}
	for _, e := range here {
		byName[e.Name], byUUID[e.UUID], names[e.UUID] = e.UUID, true, e.Name
	}
	for _, r := range im.batch {
		e := *r.(*archive.Environment)
		if _, err := (environmentRow{Contacts: e.Contacts}).toEnvironment(); err != nil {
			e.Contacts = nil
			done.alter(archive.OddContacts, e.Name)
		}
		if uuid, known := byName[e.Name]; known && uuid != e.UUID && !byUUID[e.UUID] {
			im.environments[e.UUID] = uuid
		}
		uuid := im.environment(e.UUID)
		if byUUID[uuid] {
			if !im.keepsIDs && !im.options.Take {
				continue
			}
			name := e.Name
			if other, taken := byName[name]; taken && other != uuid {
				name = names[uuid]
			}
			changed, err := tx.exec(ctx, "update environment", `
				UPDATE environments SET name = ?, display_name = ?, production = ?, contacts = ?, updated_at = ? WHERE uuid = ? AND (updated_at < ? OR ? AND production <> ?)`,
				name, e.DisplayName, e.Production, e.Contacts, int64(e.UpdatedAt), uuid, int64(e.UpdatedAt), im.options.Take, e.Production)
			if err != nil {
				return err
			}
			if changed > 0 && name != e.Name {
				done.alter(archive.NameTaken, e.Name)
			}
			if changed > 0 {
				delete(byName, names[uuid])
				byName[name], names[uuid] = uuid, name
			}
			done.changed += changed
			continue
		}
		if _, err := tx.exec(ctx, "add environment", `
			INSERT INTO environments (uuid, name, display_name, production, contacts, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			e.UUID, e.Name, e.DisplayName, e.Production, e.Contacts, int64(e.CreatedAt), int64(e.UpdatedAt)); err != nil {
			return err
		}
		byName[e.Name], byUUID[e.UUID], names[e.UUID] = e.UUID, true, e.Name
		done.added++
	}
	return nil
}
