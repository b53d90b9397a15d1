package store

import (
	"context"

	"github.com/accord-broker/accord/internal/matrix"
)

type lastAnswerRow struct {
	PacticipantID int64 `gorm:"primaryKey;autoIncrement:false"`
	EnvironmentID int64 `gorm:"primaryKey;autoIncrement:false"`
	Answer        string
}

type feedPlaceRow struct {
	Reader   string `gorm:"primaryKey"`
	Position int64
}

func (q *queries) LastAnswers(ctx context.Context, pacticipantID int64) (map[int64]matrix.Answer, error) {
	found, err := rows[lastAnswerRow](ctx, q, "read last answers", "SELECT environment_id, answer FROM last_answers WHERE pacticipant_id = ?", pacticipantID)
	answers := make(map[int64]matrix.Answer, len(found))
	for _, r := range found {
		answers[r.EnvironmentID] = matrix.AnswerNamed(r.Answer)
	}
	return answers, err
}

// UpdateLastAnswer makes this the last answer about the application and the
// environment.
func (tx *Tx) UpdateLastAnswer(ctx context.Context, pacticipantID, environmentID int64, a matrix.Answer) error {
	return tx.open.Put(ctx, "last_answers", &lastAnswerRow{PacticipantID: pacticipantID, EnvironmentID: environmentID, Answer: a.String()}, "pacticipant_id", "environment_id")
}

func (q *queries) FeedPosition(ctx context.Context, reader string) (int64, error) {
	position, _, err := row[int64](ctx, q, "read position in feed", "SELECT position FROM feed_places WHERE reader = ?", reader)
	return position, err
}

func (q *queries) FeedEnd(ctx context.Context) (int64, error) {
	position, _, err := row[int64](ctx, q, "read end of feed", "SELECT COALESCE(MAX(position), 0) FROM facts")
	return position, err
}

// UpdateFeedPosition keeps how far the reader has read.
func (tx *Tx) UpdateFeedPosition(ctx context.Context, reader string, position int64) error {
	return tx.open.Put(ctx, "feed_places", &feedPlaceRow{Reader: reader, Position: position}, "reader")
}
