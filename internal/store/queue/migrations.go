package queue

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/accord-broker/accord/internal/store/db"
)

// migrationSteps are the numbers of the steps that make the tables of the job
// queue, with the last of River's own steps that each takes. PostgreSQL cannot
// use a value of an enum in the transaction that adds it, so they are two. When
// River brings another step, add one with the next free number.
var migrationSteps = []struct {
	number int64
	last   int
}{{3, 4}, {4, 7}}

// Migrations returns the steps that make the tables of the queue.
func Migrations(d db.Dialect) ([]*goose.Migration, error) {
	if d == db.SQLite {
		return migrations(riversqlite.New(nil))
	}
	return migrations(riverpgxv5.New(nil))
}

func migrations[T any](driver riverdriver.Driver[T]) ([]*goose.Migration, error) {
	river, err := rivermigrate.New(driver, nil)
	if err != nil {
		return nil, fmt.Errorf("read the migrations of the job queue: %w", err)
	}
	var steps []*goose.Migration
	theirs := river.AllVersions()
	for _, step := range migrationSteps {
		var text strings.Builder
		for len(theirs) > 0 && theirs[0].Version <= step.last {
			text.WriteString(strings.ReplaceAll(theirs[0].SQLUp, "/* TEMPLATE: schema */", ""))
			theirs = theirs[1:]
		}
		steps = append(steps, goose.NewGoMigration(step.number, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, text.String())
			return err
		}}, nil))
	}
	return steps, nil
}
