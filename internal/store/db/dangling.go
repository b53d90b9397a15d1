package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// ErrDangling is for a database in which rows refer to others that are not there, so that
// what they tell cannot be read. No writer of ours leaves such; somebody has deleted rows
// with another program.
var ErrDangling = errors.New("rows refer to others that are not there")

// SQLDangling says of each table of a SQLite database how many of its rows refer to nothing.
const SQLDangling = `SELECT "table" || ': ' || count(*) FROM pragma_foreign_key_check GROUP BY "table" ORDER BY 1`

// Dangling is ErrDangling with the tables that SQLDangling finds, and nil if there are none.
func Dangling(tables []string) error {
	if len(tables) == 0 {
		return nil
	}
	return fmt.Errorf("%w (%s)", ErrDangling, strings.Join(tables, ", "))
}

// danglingIn looks for references to nothing in a SQLite file.
func danglingIn(ctx context.Context, path string) (tables []string, err error) {
	file, err := sql.Open("sqlite3", sqliteName(path)+"?mode=ro&_busy_timeout=5000")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	found, err := file.QueryContext(ctx, SQLDangling)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		var table string
		if err := found.Scan(&table); err != nil {
			return nil, err
		}
		tables = append(tables, table)
	}
	return tables, found.Err()
}
