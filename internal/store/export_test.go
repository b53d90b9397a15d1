package store

import (
	"context"
	"time"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/versions"
)

// Exec runs a writing statement of a test as it is.
func (tx *Tx) Exec(ctx context.Context, text string, args ...any) error {
	_, err := tx.exec(ctx, "test", text, args...)
	return err
}

// Rows runs a reading statement of a test as it is.
func Rows[T any](ctx context.Context, tx *Tx, text string, args ...any) ([]T, error) {
	return rows[T](ctx, &tx.queries, "test", text, args...)
}

// Lines runs a reading statement of a test and returns its rows as text.
func (d *DB) Lines(ctx context.Context, text string) ([]string, error) {
	return rows[string](ctx, &d.queries, "test", text)
}

// URL is the address of the database.
func (d *DB) URL() string { return d.options.URL }

// IsPostgres tells which database it is.
func (d *DB) IsPostgres() bool { return d.dialect == db.Postgres }

// Plan is how SQLite would run a statement.
func (d *DB) Plan(ctx context.Context, statement string) ([]string, error) {
	steps, err := rows[struct{ Detail string }](ctx, &d.queries, "test", "EXPLAIN QUERY PLAN "+statement)
	lines := make([]string, len(steps))
	for i, step := range steps {
		lines[i] = step.Detail
	}
	return lines, err
}

// Recording is the same database, with a note taken of every statement.
func (d *DB) Recording(note func(statement string)) *DB {
	recording := *d
	recording.database = d.database.Traced(note)
	recording.reader = &recording.database.Reader
	return &recording
}

// AddPublication lets the consumer version say a content that the pair has.
func (tx *Tx) AddPublication(ctx context.Context, integrationID int64, v versions.Version, contentID int64) (contracts.Publication, error) {
	last, _, err := row[int](ctx, &tx.queries, "test", "SELECT coalesce(max(revision), 0) FROM pact_publications WHERE consumer_version_id = ? AND integration_id = ?", v.ID, integrationID)
	if err != nil {
		return contracts.Publication{}, err
	}
	id, err := tx.addPublication(ctx, storedRow{IntegrationID: integrationID, ContentID: contentID, Revision: last}, v)
	if err != nil {
		return contracts.Publication{}, err
	}
	r, _, err := row[publicationRow](ctx, &tx.queries, "test", "SELECT "+sqlPublicationColumns+sqlFromPublications+"WHERE pub.id = ?", id)
	return r.toPublication(), err
}

// Compressed is a body as AddContent takes it.
func Compressed(body string) []byte {
	compressed, err := Compress([]byte(body))
	if err != nil {
		panic(err) // the encoder could not be made
	}
	return compressed
}

// SetClock lets transactions read another clock.
func (d *DB) SetClock(now func() time.Time) { d.options.Now = now }
