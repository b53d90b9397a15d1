package store

import (
	"context"

	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/versions"
)

type releasedRow struct {
	ID             int64
	UUID           string
	EnvironmentID  int64
	PacticipantID  int64
	Pacticipant    string
	VersionID      int64
	Number         string
	Supported      bool
	SupportEndedAt *micros
	CreatedAt      micros
	UpdatedAt      micros
}

const (
	sqlReleasedColumns = `r.id, r.uuid, r.environment_id, r.pacticipant_id, p.name AS pacticipant, r.version_id, v.number,
		r.currently_supported AS supported, r.support_ended_at, r.created_at, r.updated_at`
	sqlOfReleased = " JOIN pacticipants p ON p.id = r.pacticipant_id JOIN versions v ON v.id = r.version_id "
)

func (r releasedRow) toReleased() deployments.Released {
	return deployments.Released{
		ID: r.ID, UUID: r.UUID, EnvironmentID: r.EnvironmentID, PacticipantID: r.PacticipantID, Pacticipant: r.Pacticipant,
		VersionID: r.VersionID, Number: r.Number, Supported: r.Supported, SupportEndedAt: timeOf(r.SupportEndedAt),
		CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time(),
	}
}

func (q *queries) released(ctx context.Context, where string, args ...any) ([]deployments.Released, error) {
	return q.releasedFrom(ctx, " FROM released_versions r"+sqlOfReleased+where, args...)
}

func (q *queries) releasedFrom(ctx context.Context, from string, args ...any) ([]deployments.Released, error) {
	found, err := rows[releasedRow](ctx, q, "read releases", "SELECT "+sqlReleasedColumns+from, args...)
	all := make([]deployments.Released, len(found))
	for i, r := range found {
		all[i] = r.toReleased()
	}
	return all, err
}

// Released returns releases, the newest first unless the query says otherwise.
func (q *queries) Released(ctx context.Context, f deployments.ReleasedQuery) ([]deployments.Released, error) {
	var c condition
	c.and("1 = 1")
	if f.EnvironmentID != 0 {
		c.and("r.environment_id = ?", f.EnvironmentID)
	}
	if f.PacticipantIDs != nil {
		c.and(q.dialect.Among("r.pacticipant_id"), q.dialect.List(f.PacticipantIDs))
	}
	if f.VersionIDs != nil {
		c.and(q.dialect.Among("r.version_id"), q.dialect.List(f.VersionIDs))
	}
	if f.Number != "" {
		c.and(q.named("v.number"), f.Number)
	}
	if f.Supported {
		c.and("r.currently_supported")
	}
	return q.released(ctx, "WHERE "+c.text+" ORDER BY r.id"+descending(!f.OldestFirst), c.args...)
}

// SupportedReleases returns the releases that are supported now, of the applications if some
// are named, in any order.
func (q *queries) SupportedReleases(ctx context.Context, pacticipantIDs ...int64) ([]deployments.Released, error) {
	sqlFrom := " FROM released_versions r" + q.dialect.By("released_versions_supported") + sqlOfReleased + "WHERE r.currently_supported"
	if len(pacticipantIDs) > 0 {
		return q.releasedFrom(ctx, sqlFrom+" AND "+q.dialect.Among("v.pacticipant_id"), q.dialect.List(pacticipantIDs))
	}
	return q.releasedFrom(ctx, sqlFrom)
}

// ReleasedByUUID returns a release, if it exists.
func (q *queries) ReleasedByUUID(ctx context.Context, uuid string) (deployments.Released, bool, error) {
	return db.First(q.released(ctx, "WHERE r.uuid = ?", uuid))
}

func (tx *Tx) LockRelease(ctx context.Context, environmentID, pacticipantID, versionID int64) (deployments.Released, bool, error) {
	if err := tx.lockPacticipant(ctx, pacticipantID); err != nil {
		return deployments.Released{}, false, err
	}
	return db.First(tx.released(ctx, "WHERE r.environment_id = ? AND r.version_id = ?", environmentID, versionID))
}

func (tx *Tx) AddReleased(ctx context.Context, uuid string, environmentID int64, v versions.Version) (deployments.Released, bool, error) {
	id, err := tx.insert(ctx, "add release", `
		INSERT INTO released_versions (uuid, environment_id, pacticipant_id, version_id, currently_supported, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (environment_id, version_id) DO NOTHING RETURNING id`,
		uuid, environmentID, v.PacticipantID, v.ID, true, tx.now, tx.now)
	if err != nil {
		return deployments.Released{}, false, err
	}
	if id == 0 {
		if _, err := tx.exec(ctx, "support release again", `
			UPDATE released_versions SET currently_supported = ?, support_ended_at = NULL, updated_at = ?
			WHERE environment_id = ? AND version_id = ? AND NOT currently_supported`, true, tx.now, environmentID, v.ID); err != nil {
			return deployments.Released{}, false, err
		}
	}
	r, _, err := db.First(tx.released(ctx, "WHERE r.environment_id = ? AND r.version_id = ?", environmentID, v.ID))
	return r, id != 0, err
}

// EndSupport records that the release is no longer supported.
func (tx *Tx) EndSupport(ctx context.Context, r deployments.Released) error {
	_, err := tx.exec(ctx, "end support",
		"UPDATE released_versions SET currently_supported = ?, support_ended_at = ?, updated_at = ? WHERE id = ? AND currently_supported", false, tx.now, tx.now, r.ID)
	return err
}
