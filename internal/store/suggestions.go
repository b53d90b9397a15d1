package store

import "context"

// BranchNames returns the branches of the application, the one changed last
// first.
func (q *queries) BranchNames(ctx context.Context, pacticipantID int64) ([]string, error) {
	return rows[string](ctx, q, "read names of branches", "SELECT name FROM branches WHERE pacticipant_id = ? ORDER BY updated_at DESC, id DESC", pacticipantID)
}

func (q *queries) NewestNumbers(ctx context.Context, pacticipantID int64, limit int) ([]string, error) {
	return rows[string](ctx, q, "read newest versions", "SELECT number FROM versions WHERE pacticipant_id = ? ORDER BY position DESC LIMIT ?", pacticipantID, limit)
}

func (q *queries) CommitsBeginning(ctx context.Context, pacticipantID int64, beginning string, limit int) ([]string, error) {
	return rows[string](ctx, q, "find commits", `
		SELECT number FROM versions WHERE pacticipant_id = ? AND number >= ? AND number < ? AND length(number) IN (40, 64)
		ORDER BY number LIMIT ?`, pacticipantID, beginning, beginning+"g", limit)
}
