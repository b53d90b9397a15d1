package store

import (
	"context"

	"accord/internal/verification"
	"accord/internal/versions"
)

type resultRow struct {
	Number          int64
	IntegrationID   int64
	ContentID       int64
	ProviderVersion int64
	Success         bool
	WIP             bool
	Pending         *bool
	ExecutedAt      micros
	CreatedAt       micros
	BuildURL        *string
	VerifiedBy      *string
	Selectors       *string
	TestResults     []byte
}

const (
	// resultColumns leave out the test results, which can be large.
	resultColumns = `r.id AS number, r.integration_id, r.pact_version_id AS content_id, r.provider_version_id AS provider_version,
		r.success, r.wip, r.pending, r.executed_at, r.created_at, r.build_url, r.verified_by, r.selectors`
)

func (r resultRow) toResult() (verification.Result, error) {
	result := verification.Result{
		Number: r.Number, IntegrationID: r.IntegrationID, ContentID: r.ContentID, ProviderVersion: r.ProviderVersion,
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

// AddResult stores a result, which from now on is the one that counts for its
// content and provider version, and returns it with its number.
func (tx *Tx) AddResult(ctx context.Context, r verification.Result) (verification.Result, error) {
	var tests []byte
	if len(r.TestResults) > 0 {
		var err error
		if tests, err = pack(r.TestResults); err != nil {
			return r, err
		}
	}
	if _, err := tx.exec(ctx, "keep latest result",
		"UPDATE verifications SET latest = ? WHERE pact_version_id = ? AND provider_version_id = ? AND latest", false, r.ContentID, r.ProviderVersion); err != nil {
		return r, err
	}
	r.CreatedAt = tx.Now()
	if r.ExecutedAt.IsZero() {
		r.ExecutedAt = r.CreatedAt
	}
	number, err := tx.insert(ctx, "add result", `
		INSERT INTO verifications (integration_id, pact_version_id, provider_version_id, success, wip, pending, latest, executed_at, created_at, build_url, verified_by, selectors, test_results)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		r.IntegrationID, r.ContentID, r.ProviderVersion, r.Success, r.WIP, r.Pending, true, microsOf(r.ExecutedAt), tx.now,
		nullable(r.BuildURL), nullable(string(r.VerifiedBy)), nullable(string(r.Selectors)), tests)
	if err != nil || !r.Success {
		r.Number = number
		return r, err
	}
	r.Number = number
	if !r.WIP {
		if _, err := tx.exec(ctx, "keep tags of result", `
			INSERT INTO verified_tags (verification_id, pact_version_id, tag, recorded_at)
			SELECT ?, ?, name, ? FROM tags WHERE version_id = ?`, number, r.ContentID, tx.now, r.ProviderVersion); err != nil {
			return r, err
		}
	}
	return r, tx.keepSuccess(ctx, number)
}

// RemoveResult deletes a result; the one before it, for the same content and
// provider version, counts again.
func (tx *Tx) RemoveResult(ctx context.Context, r verification.Result, v versions.Version) error {
	if _, err := tx.exec(ctx, "remove result", "DELETE FROM verifications WHERE id = ?", r.Number); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "keep latest result", `
		UPDATE verifications SET latest = ? WHERE NOT latest AND id =
			(SELECT max(id) FROM verifications WHERE pact_version_id = ? AND provider_version_id = ?)`, true, r.ContentID, r.ProviderVersion); err != nil {
		return err
	}
	return tx.rebuildSuccesses(ctx, []int64{r.ContentID}, v)
}
