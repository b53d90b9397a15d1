package store

import (
	"context"
	"fmt"

	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/verification"
)

type resultRow struct {
	ID              int64
	Number          int64
	IntegrationID   int64
	ContentID       int64
	ProviderVersion int64
	ProviderNumber  string
	Success         bool
	WIP             bool `gorm:"column:wip"`
	Pending         *bool
	ExecutedAt      micros
	CreatedAt       micros
	BuildURL        *string
	VerifiedBy      *string
	Selectors       *string
	TestResults     []byte
}

const (
	// sqlResultNumber is the number of a result r in its address.
	sqlResultNumber  = "coalesce(r.number, r.id)"
	sqlResultSummary = `r.id, ` + sqlResultNumber + ` AS number, r.integration_id, r.pact_version_id AS content_id, r.provider_version_id AS provider_version, rv.number AS provider_number,
		r.success, r.wip, r.pending, r.executed_at, r.created_at, r.build_url, r.verified_by, r.selectors`
	sqlResultColumns = sqlResultSummary + ", r.test_results"
	sqlFromResults   = " FROM verifications r JOIN versions rv ON rv.id = r.provider_version_id "
)

func (r resultRow) toResult() (verification.Result, error) {
	result := verification.Result{
		ID: r.ID, Number: r.Number, IntegrationID: r.IntegrationID, ContentID: r.ContentID, ProviderVersion: r.ProviderVersion, ProviderNumber: r.ProviderNumber,
		Success: r.Success, WIP: r.WIP, Pending: r.Pending, ExecutedAt: r.ExecutedAt.Time(), CreatedAt: r.CreatedAt.Time(),
		BuildURL: text(r.BuildURL), VerifiedBy: []byte(text(r.VerifiedBy)), Selectors: []byte(text(r.Selectors)),
	}
	if len(r.TestResults) == 0 {
		return result, nil
	}
	var err error
	result.TestResults, err = unpack(r.TestResults)
	return result, err
}

func (q *queries) results(ctx context.Context, where string, args ...any) ([]verification.Result, error) {
	found, err := rows[resultRow](ctx, q, "read results", "SELECT "+sqlResultColumns+sqlFromResults+where, args...)
	if err != nil {
		return nil, err
	}
	return toResults(found)
}

func toResults(found []resultRow) (results []verification.Result, err error) {
	results = make([]verification.Result, len(found))
	for i, r := range found {
		if results[i], err = r.toResult(); err != nil {
			return nil, fmt.Errorf("read test results of result %d: %w", r.Number, err)
		}
	}
	return results, nil
}

func (q *queries) result(ctx context.Context, where string, args ...any) (verification.Result, bool, error) {
	return db.First(q.results(ctx, where, args...))
}

func (q *queries) ResultByNumber(ctx context.Context, contentID, number int64) (verification.Result, bool, error) {
	return q.result(ctx, "WHERE r.pact_version_id = ? AND "+sqlResultNumber+" = ?", contentID, number)
}

func (q *queries) LatestResult(ctx context.Context, contentID int64) (verification.Result, bool, error) {
	return q.result(ctx, "WHERE r.pact_version_id = ? ORDER BY r.id DESC LIMIT 1", contentID)
}

func (q *queries) LatestResults(ctx context.Context, contentIDs []int64) ([]verification.Result, error) {
	return q.results(ctx, "WHERE r.id IN (SELECT (SELECT max(n.id) FROM verifications n WHERE n.pact_version_id = pv.id) FROM pact_versions pv WHERE "+
		q.dialect.Among("pv.id")+") ORDER BY r.id", q.dialect.List(contentIDs))
}

func (tx *Tx) AddResult(ctx context.Context, r verification.Result, tests []byte) (verification.Result, error) {
	if err := tx.lockOwner(ctx, r.ProviderVersion); err != nil {
		return r, err
	}
	delete(tx.unused, r.ProviderVersion)
	if _, err := tx.exec(ctx, "update latest result",
		"UPDATE verifications SET latest = ? WHERE pact_version_id = ? AND provider_version_id = ? AND latest", false, r.ContentID, r.ProviderVersion); err != nil {
		return r, err
	}
	r.CreatedAt = tx.Now()
	if r.ExecutedAt.IsZero() {
		r.ExecutedAt = r.CreatedAt
	}
	id, err := tx.insert(ctx, "add result", `
		INSERT INTO verifications (integration_id, pact_version_id, provider_version_id, success, wip, pending, latest, executed_at, created_at, build_url, verified_by, selectors, test_results)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		r.IntegrationID, r.ContentID, r.ProviderVersion, r.Success, r.WIP, r.Pending, true, microsOf(r.ExecutedAt), tx.now,
		nullable(r.BuildURL), nullable(string(r.VerifiedBy)), nullable(string(r.Selectors)), tests)
	r.ID, r.Number = id, id
	if err != nil || !r.Success {
		return r, err
	}
	if !r.WIP {
		if _, err := tx.exec(ctx, "update tags of result", `
			INSERT INTO verified_tags (verification_id, pact_version_id, tag, recorded_at)
			SELECT ?, ?, name, ? FROM tags WHERE version_id = ?`, id, r.ContentID, tx.now, r.ProviderVersion); err != nil {
			return r, err
		}
	}
	return r, tx.updateSuccess(ctx, id)
}

// RemoveResult deletes a result; the one before it, for the same content and
// provider version, counts again. If another writer has deleted it meanwhile,
// the transaction begins again.
func (tx *Tx) RemoveResult(ctx context.Context, r verification.Result) error {
	if err := tx.lockOwner(ctx, r.ProviderVersion); err != nil {
		return err
	}
	n, err := tx.exec(ctx, "remove result", "DELETE FROM verifications WHERE id = ?", r.ID)
	if err == nil && n == 0 {
		err = db.ErrConflict
	}
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "update latest result", `
		UPDATE verifications SET latest = ? WHERE NOT latest AND id =
			(SELECT max(id) FROM verifications WHERE pact_version_id = ? AND provider_version_id = ?)`, true, r.ContentID, r.ProviderVersion); err != nil {
		return err
	}
	return tx.rebuildSuccesses(ctx, []int64{r.ContentID}, r.ProviderVersion)
}

func (q *queries) ComparedContents(ctx context.Context, contentIDs []int64) (map[int64]bool, error) {
	marks, err := q.LastMarks(ctx, contentIDs)
	compared := map[int64]bool{}
	for _, m := range marks {
		if m.Compared {
			compared[m.ContentID] = m.Success
		}
	}
	return compared, err
}
