package db

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Table is a table of values that a statement reads where it says {x}, under the
// name x: PostgreSQL gets it as one argument a column, SQLite row by row.
type Table struct {
	columns []tableColumn
	rows    int
}

type tableColumn struct {
	name, kind string
	texts      []*string
	numbers    []*int64
	truths     []*bool
	bytes      [][]byte
}

// NewTable makes an empty table. A column is a name and a type, which is text,
// bigint, boolean or bytea.
func NewTable(columns ...string) *Table {
	t := &Table{}
	for _, column := range columns {
		name, kind, _ := strings.Cut(column, " ")
		t.columns = append(t.columns, tableColumn{name: name, kind: kind})
	}
	return t
}

// Len is how many rows the table has.
func (t *Table) Len() int { return t.rows }

// Add adds a row. Values are string, int64, bool or []byte, or pointers to them.
func (t *Table) Add(values ...any) {
	for i, value := range values {
		c := &t.columns[i]
		switch v := value.(type) {
		case string:
			c.texts = append(c.texts, &v)
		case *string:
			c.texts = append(c.texts, v)
		case int64:
			c.numbers = append(c.numbers, &v)
		case *int64:
			c.numbers = append(c.numbers, v)
		case bool:
			c.truths = append(c.truths, &v)
		case *bool:
			c.truths = append(c.truths, v)
		case []byte:
			c.bytes = append(c.bytes, v)
		default:
			panic(fmt.Sprintf("store: a table holds no %T", value)) // a mistake in this program
		}
	}
	t.rows++
}

// at is a value of the table.
func (c *tableColumn) at(row int) any {
	switch c.kind {
	case "text":
		return orNil(c.texts[row])
	case "bigint":
		return orNil(c.numbers[row])
	case "boolean":
		return orNil(c.truths[row])
	}
	if c.bytes[row] == nil {
		return nil
	}
	return c.bytes[row]
}

func orNil[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// values are all values of the column, as one argument.
func (c *tableColumn) values() any {
	switch c.kind {
	case "text":
		return c.texts
	case "bigint":
		return c.numbers
	case "boolean":
		return c.truths
	}
	return c.bytes
}

// in is the text of a statement with the table in its place, for PostgreSQL.
func (t *Table) inPostgres(text string) (string, []any) {
	var types, names []string
	var args []any
	for i := range t.columns {
		c := &t.columns[i]
		types = append(types, "$"+strconv.Itoa(i+1)+"::"+c.kind+"[]")
		names = append(names, c.name)
		args = append(args, c.values())
	}
	return strings.ReplaceAll(text, "{x}", "unnest("+strings.Join(types, ", ")+") AS x("+strings.Join(names, ", ")+")"), args
}

// inSQLite is the text of a statement with one row of the table in its place.
func (t *Table) inSQLite(text string) string {
	var names []string
	for i := range t.columns {
		names = append(names, "?"+strconv.Itoa(i+1)+" AS "+t.columns[i].name)
	}
	return strings.ReplaceAll(text, "{x}", "(SELECT "+strings.Join(names, ", ")+") AS x")
}

// ExecTable runs a writing statement over a table and returns how many rows it
// changed.
func (tx *Tx) ExecTable(ctx context.Context, what, text string, t *Table) (changed int64, err error) {
	if t.rows == 0 {
		return 0, nil
	}
	err = tx.use(ctx, func(c conn) error {
		if tx.Dialect == Postgres {
			statement, args := t.inPostgres(text)
			changed, err = c.exec(ctx, statement, args)
			return err
		}
		statement, args := t.inSQLite(text), make([]any, len(t.columns))
		for row := range t.rows {
			for i := range t.columns {
				args[i] = t.columns[i].at(row)
			}
			n, err := c.exec(ctx, statement, args)
			if err != nil {
				return err
			}
			changed += n
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	return changed, nil
}

// NumbersOfTable runs a reading statement over a table, which finds one number a
// row.
func (tx *Tx) NumbersOfTable(ctx context.Context, what, text string, t *Table) ([]int64, error) {
	if t.rows == 0 {
		return nil, nil
	}
	found, into, err := numbers()
	if err != nil {
		return nil, err
	}
	err = tx.use(ctx, func(c conn) error {
		if tx.Dialect == Postgres {
			statement, args := t.inPostgres(text)
			return c.query(ctx, statement, args, into)
		}
		statement, args := t.inSQLite(text), make([]any, len(t.columns))
		for row := range t.rows {
			for i := range t.columns {
				args[i] = t.columns[i].at(row)
			}
			if err := c.query(ctx, statement, args, into); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return *found, nil
}
