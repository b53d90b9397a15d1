package store

import (
	"context"

	"github.com/accord-broker/accord/internal/versions"
)

type tagRow struct {
	VersionID int64
	Name      string
	Latest    bool
	CreatedAt micros
	UpdatedAt micros
}

const (
	sqlTagColumns = "t.version_id, t.name, coalesce(h.version_id = t.version_id, false) AS latest, t.created_at, t.updated_at"
	sqlFromTags   = " FROM tags t LEFT JOIN tag_heads h ON h.pacticipant_id = t.pacticipant_id AND h.name = t.name "
)

func (r tagRow) toTag() versions.Tag {
	return versions.Tag{VersionID: r.VersionID, Name: r.Name, Latest: r.Latest, CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time()}
}

func (q *queries) TagsOf(ctx context.Context, versionIDs ...int64) ([]versions.Tag, error) {
	found, err := rows[tagRow](ctx, q, "read tags of versions", "SELECT "+sqlTagColumns+sqlFromTags+"WHERE "+q.dialect.Among("t.version_id")+" ORDER BY t.id", q.dialect.List(versionIDs))
	tags := make([]versions.Tag, len(found))
	for i, r := range found {
		tags[i] = r.toTag()
	}
	return tags, err
}

func (q *queries) FindTag(ctx context.Context, v versions.Version, name string) (versions.Tag, bool, error) {
	r, found, err := row[tagRow](ctx, q, "find tag", "SELECT "+sqlTagColumns+sqlFromTags+"WHERE t.version_id = ? AND "+q.named("t.name"), v.ID, name)
	return r.toTag(), found, err
}

func (tx *Tx) AddTag(ctx context.Context, v versions.Version, name string) (versions.Tag, bool, error) {
	if t, found, err := tx.FindTag(ctx, v, name); err != nil || found {
		return t, false, err
	}
	if _, err := tx.exec(ctx, "add tag", "INSERT INTO tags (version_id, pacticipant_id, name, version_position, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
		v.ID, v.PacticipantID, name, v.Position, tx.now, tx.now); err != nil {
		return versions.Tag{}, false, err
	}
	latest, err := tx.updateTagAdded(ctx, v, name)
	return tagRow{VersionID: v.ID, Name: name, Latest: latest, CreatedAt: tx.now, UpdatedAt: tx.now}.toTag(), err == nil, err
}

// updateTagAdded brings the head of the tag and the successes under it up to
// date after the version got the tag, and reports whether it is the head.
func (tx *Tx) updateTagAdded(ctx context.Context, v versions.Version, name string) (bool, error) {
	changed, err := tx.exec(ctx, "update tag head", `
		INSERT INTO tag_heads (pacticipant_id, name, version_id, first_used_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (pacticipant_id, name) DO UPDATE SET version_id = excluded.version_id
		WHERE (SELECT position FROM versions WHERE id = tag_heads.version_id) < ?`, v.PacticipantID, name, v.ID, tx.now, v.Position)
	if err != nil {
		return false, err
	}
	return changed > 0, tx.updateSuccessesUnderTag(ctx, name, v.ID)
}

func (tx *Tx) RemoveTag(ctx context.Context, v versions.Version, name string) (bool, error) {
	t, found, err := tx.FindTag(ctx, v, name)
	if err != nil || !found {
		return false, err
	}
	if _, err := tx.exec(ctx, "remove tag", "DELETE FROM tags WHERE version_id = ? AND name = ?", v.ID, t.Name); err != nil {
		return false, err
	}
	if err := tx.updateTagHead(ctx, v.PacticipantID, t.Name); err != nil {
		return false, err
	}
	contents, err := tx.contentsVerifiedBy(ctx, v.ID)
	if err != nil {
		return false, err
	}
	return true, tx.rebuildTagSuccesses(ctx, contents, []string{t.Name})
}
