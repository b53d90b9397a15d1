package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/mattn/go-sqlite3"
)

// conn is a connection as the driver has it: what database/sql and an ORM do
// for every row costs more than reading the row.
type conn interface {
	query(ctx context.Context, text string, args []any, into target) error
	exec(ctx context.Context, text string, args []any) (changed int64, err error)
}

// sqliteConn is a connection to SQLite.
type sqliteConn struct{ *sqlite3.SQLiteConn }

func (c sqliteConn) query(ctx context.Context, text string, args []any, into target) error {
	rows, err := c.QueryContext(ctx, text, named(args))
	if err != nil {
		return err
	}
	columns := rows.Columns()
	paths := into.paths(len(columns), func(i int) string { return columns[i] })
	values := make([]driver.Value, len(columns))
	for {
		if err := rows.Next(values); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return errors.Join(err, rows.Close())
		}
		row := into.add()
		for i, path := range paths {
			if path == nil || values[i] == nil {
				continue
			}
			if err := setValue(at(row, path), values[i]); err != nil {
				return errors.Join(err, rows.Close())
			}
		}
	}
}

func (c sqliteConn) exec(ctx context.Context, text string, args []any) (int64, error) {
	done, err := c.ExecContext(ctx, text, named(args))
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

func named(args []any) []driver.NamedValue {
	values := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: arg}
	}
	return values
}

// postgresConn is a connection to PostgreSQL.
type postgresConn struct {
	*pgx.Conn

	// answerTimeout is how long to wait for an answer, 0 for as long as it takes.
	answerTimeout time.Duration
	// begin begins a transaction, with the first statement of which it is sent; ""
	// if that is done.
	begin string
}

func (c *postgresConn) query(ctx context.Context, text string, args []any, into target) error {
	if c.begin != "" {
		first := &request{text: text, args: args, into: into}
		c.together(ctx, []*request{first})
		return first.err
	}
	return within(ctx, c.answerTimeout, errSilent, func(ctx context.Context) error {
		rows, err := c.Query(ctx, text, args...)
		if err != nil {
			return err
		}
		return c.read(rows, into)
	})
}

// read takes up what a statement finds.
func (c *postgresConn) read(rows pgx.Rows, into target) error {
	defer rows.Close()
	columns := rows.FieldDescriptions()
	paths := into.paths(len(columns), func(i int) string { return columns[i].Name })
	for rows.Next() {
		row := into.add()
		for i, raw := range rows.RawValues() {
			if paths[i] == nil || raw == nil {
				continue
			}
			if err := c.set(at(row, paths[i]), columns[i].DataTypeOID, columns[i].Format, raw); err != nil {
				return err
			}
		}
	}
	return rows.Err()
}

func (c *postgresConn) exec(ctx context.Context, text string, args []any) (changed int64, err error) {
	err = within(ctx, c.answerTimeout, errSilent, func(ctx context.Context) error {
		if c.begin != "" {
			if _, err := c.Exec(ctx, c.begin); err != nil {
				return err
			}
			c.begin = ""
		}
		done, err := c.Exec(ctx, text, args...)
		changed = done.RowsAffected()
		return err
	})
	return changed, err
}
