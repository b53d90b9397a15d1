package store

import (
	"context"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/versions"
)

type versionRow struct {
	ID            int64
	PacticipantID int64
	Pacticipant   string
	Number        string
	Position      int64
	BuildURL      *string
	CreatedAt     micros
	UpdatedAt     micros
	InPassing     bool
	ContractsKey  *string
}

const (
	sqlVersionColumns = "v.id, v.pacticipant_id, p.name AS pacticipant, v.number, v.position, v.build_url, v.created_at, v.updated_at, v.in_passing, v.contracts_key"
	sqlFromVersions   = " FROM versions v JOIN pacticipants p ON p.id = v.pacticipant_id "
)

func (r versionRow) toVersion() versions.Version {
	return versions.Version{
		ID: r.ID, PacticipantID: r.PacticipantID, Pacticipant: r.Pacticipant, Number: r.Number, Position: r.Position,
		BuildURL: r.BuildURL, CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time(), InPassing: r.InPassing,
		HasContracts: r.ContractsKey != nil,
	}
}

func toVersions(found []versionRow) []versions.Version {
	vs := make([]versions.Version, len(found))
	for i, r := range found {
		vs[i] = r.toVersion()
	}
	return vs
}

// FindVersion returns the version of the application, if there is one.
func (q *queries) FindVersion(ctx context.Context, pacticipant pacticipants.Pacticipant, number string) (versions.Version, bool, error) {
	r, found, err := row[versionRow](ctx, q, "find version",
		"SELECT "+sqlVersionColumns+sqlFromVersions+"WHERE v.pacticipant_id = ? AND "+q.named("v.number")+" ORDER BY v.id LIMIT 1", pacticipant.ID, number)
	return r.toVersion(), found, err
}

// AddVersion stores a new version as the latest of its application, or at its
// semantic rank; created is false if another writer has stored it meanwhile.
func (tx *Tx) AddVersion(ctx context.Context, n versions.New) (versions.Version, bool, error) {
	tx.sought = nil
	id, err := tx.insert(ctx, "add version", tx.sqlAddVersion(), n.Pacticipant.ID, n.Number, n.BuildURL, tx.now, tx.now, n.InPassing)
	if err != nil {
		return versions.Version{}, false, err
	}
	if id != 0 {
		// All of it is known: reading it back would cost a statement.
		position, err := tx.positionVersion(ctx, n.Pacticipant.ID, id, n.Number)
		if err != nil {
			return versions.Version{}, false, err
		}
		v := versions.Version{
			ID: id, PacticipantID: n.Pacticipant.ID, Pacticipant: n.Pacticipant.Name, Number: n.Number, Position: position,
			BuildURL: n.BuildURL, CreatedAt: tx.now.Time(), UpdatedAt: tx.now.Time(), InPassing: n.InPassing,
		}
		tx.sought = &soughtVersion{pacticipantID: v.PacticipantID, number: v.Number, version: v, found: true}
		if tx.unused == nil {
			tx.unused = map[int64]bool{}
		}
		tx.unused[id] = true
		return v, true, nil
	}
	r, _, err := row[versionRow](ctx, &tx.queries, "read version",
		"SELECT "+sqlVersionColumns+sqlFromVersions+"WHERE v.pacticipant_id = ? AND v.number = ?", n.Pacticipant.ID, n.Number)
	return r.toVersion(), false, err
}

// sqlAddVersion adds a version with its id as its position, which PostgreSQL can
// take in advance.
func (tx *Tx) sqlAddVersion() string {
	sqlColumns := "(pacticipant_id, number, build_url, created_at, updated_at, in_passing, position"
	sqlValues := " VALUES (?, ?, ?, ?, ?, ?, 0)"
	if tx.dialect == db.Postgres {
		sqlColumns += ", id"
		sqlValues = " SELECT ?, ?, ?, ?, ?, ?, next.id, next.id FROM (SELECT nextval('versions_id_seq') AS id) next"
	}
	return "INSERT INTO versions " + sqlColumns + ")" + sqlValues + " ON CONFLICT (pacticipant_id, number) DO NOTHING RETURNING id"
}

// positionVersion gives a new version its position and returns that. By first
// mention it is the version's id; by semantic rank the version is put behind the
// last that does not exceed it, and those above move up by one, together with
// the copies of their positions.
func (tx *Tx) positionVersion(ctx context.Context, pacticipantID, id int64, number string) (int64, error) {
	if tx.options.Rank == nil && tx.dialect == db.Postgres {
		return id, nil
	}
	if tx.options.Rank == nil {
		_, err := tx.exec(ctx, "position version", "UPDATE versions SET position = id WHERE id = ?", id)
		return id, err
	}
	others, err := rows[versionRow](ctx, &tx.queries, "read version order",
		"SELECT number, position FROM versions WHERE pacticipant_id = ? AND id <> ? ORDER BY position DESC", pacticipantID, id)
	if err != nil {
		return 0, err
	}
	position := int64(1)
	for _, other := range others {
		if tx.options.Rank(other.Number, number) <= 0 {
			position = other.Position + 1
			break
		}
	}
	for _, shift := range []string{
		"UPDATE branch_versions SET version_position = version_position + 1 WHERE version_position >= ? AND version_id IN (SELECT id FROM versions WHERE pacticipant_id = ?)",
		"UPDATE pact_publications SET version_position = version_position + 1 WHERE version_position >= ? AND consumer_version_id IN (SELECT id FROM versions WHERE pacticipant_id = ?)",
		"UPDATE tags SET version_position = version_position + 1 WHERE version_position >= ? AND pacticipant_id = ?",
		"UPDATE versions SET position = position + 1 WHERE position >= ? AND pacticipant_id = ?",
	} {
		if _, err := tx.exec(ctx, "make room for version", shift, position, pacticipantID); err != nil {
			return 0, err
		}
	}
	_, err = tx.exec(ctx, "position version", "UPDATE versions SET position = ? WHERE id = ?", position, id)
	return position, err
}

func (tx *Tx) SetBuildURL(ctx context.Context, v versions.Version, buildURL *string) error {
	if text(v.BuildURL) == text(buildURL) && (v.BuildURL == nil) == (buildURL == nil) {
		return nil
	}
	tx.sought = nil
	_, err := tx.exec(ctx, "set build URL", "UPDATE versions SET build_url = ?, updated_at = ? WHERE id = ?", buildURL, tx.now, v.ID)
	return err
}

func (tx *Tx) TouchVersion(ctx context.Context, v versions.Version) (versions.Version, error) {
	tx.sought = nil
	if _, err := tx.exec(ctx, "touch version", "UPDATE versions SET updated_at = ? WHERE id = ?", tx.now, v.ID); err != nil {
		return v, err
	}
	v, _, err := tx.VersionByID(ctx, v.ID)
	return v, err
}

func (tx *Tx) RemoveVersion(ctx context.Context, v versions.Version) error {
	tx.sought = nil
	touched, err := tx.projectionsNaming(ctx, v.ID)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "remove version", "DELETE FROM versions WHERE id = ?", v.ID); err != nil {
		return err
	}
	return tx.rebuild(ctx, v.PacticipantID, touched)
}

func (q *queries) VersionByID(ctx context.Context, id int64) (versions.Version, bool, error) {
	r, found, err := row[versionRow](ctx, q, "read version", "SELECT "+sqlVersionColumns+sqlFromVersions+"WHERE v.id = ?", id)
	return r.toVersion(), found, err
}

func (q *queries) LatestVersions(ctx context.Context, pacticipantIDs ...int64) (map[int64]versions.Version, error) {
	found, err := rows[versionRow](ctx, q, "read latest versions", "SELECT "+sqlVersionColumns+sqlFromVersions+`
		WHERE `+q.dialect.Among("p.id")+` AND v.id = (SELECT l.id FROM versions l WHERE l.pacticipant_id = p.id ORDER BY l.position DESC LIMIT 1)`, q.dialect.List(pacticipantIDs))
	latest := make(map[int64]versions.Version, len(found))
	for _, r := range found {
		latest[r.PacticipantID] = r.toVersion()
	}
	return latest, err
}

func (q *queries) LatestWithTag(ctx context.Context, p pacticipants.Pacticipant, tag string) (versions.Version, bool, error) {
	r, found, err := row[versionRow](ctx, q, "find latest version with tag", "SELECT "+sqlVersionColumns+sqlFromVersions+`
		JOIN tag_heads h ON h.version_id = v.id WHERE h.pacticipant_id = ? AND `+q.named("h.name")+" ORDER BY v.position DESC LIMIT 1", p.ID, tag)
	return r.toVersion(), found, err
}

func (q *queries) Versions(ctx context.Context, l versions.Query) ([]versions.Version, int, error) {
	var c condition
	sqlFrom := sqlFromVersions
	c.and("v.pacticipant_id = ?", l.PacticipantID)
	if l.BranchID != 0 {
		sqlFrom += "JOIN branch_versions bv ON bv.version_id = v.id "
		c.and("bv.branch_id = ?", l.BranchID)
	}
	if l.Tag != "" {
		sqlFrom += "JOIN tags t ON t.version_id = v.id AND t.pacticipant_id = v.pacticipant_id "
		c.and(q.named("t.name"), l.Tag)
	}
	if l.EnvironmentID != 0 {
		c.and(`(EXISTS (SELECT 1 FROM deployed_versions d WHERE d.version_id = v.id AND d.environment_id = ?)
			OR EXISTS (SELECT 1 FROM released_versions r WHERE r.version_id = v.id AND r.environment_id = ?))`, l.EnvironmentID, l.EnvironmentID)
	}
	total, _, err := row[int](ctx, q, "count versions", "SELECT count(*)"+sqlFrom+"WHERE "+c.text, c.args...)
	if err != nil {
		return nil, 0, err
	}
	page, args := paged(l.Limit, l.Offset)
	found, err := rows[versionRow](ctx, q, "read versions", "SELECT "+sqlVersionColumns+sqlFrom+"WHERE "+c.text+" ORDER BY v.position DESC"+page, append(c.args, args...)...)
	return toVersions(found), total, err
}
