package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ErrDangling is for a database in which rows refer to others that are not there, so that
// what they tell cannot be read. No writer of ours leaves such; somebody has deleted rows
// with another program.
var ErrDangling = errors.New("rows refer to others that are not there")

// sqlDangling says of each table of a SQLite database how many of its rows refer to nothing.
const sqlDangling = `SELECT "table" || ': ' || count(*) FROM pragma_foreign_key_check GROUP BY "table" ORDER BY 1`

// Dangling is ErrDangling with the tables that Reader.Dangling finds, and nil if there are none.
func Dangling(tables []string) error {
	if len(tables) == 0 {
		return nil
	}
	return fmt.Errorf("%w (%s)", ErrDangling, strings.Join(tables, ", "))
}

// Dangling says of each table how many of its rows refer to others that are not there.
func (r *Reader) Dangling(ctx context.Context) ([]string, error) {
	if r.Dialect == Postgres {
		return r.serverDangling(ctx)
	}
	return Rows[string](ctx, r, "check references", sqlDangling)
}

// serverDangling looks for references to nothing on PostgreSQL, as there can be where its
// checks were off. Each reference is looked at in a statement of its own, which reads two
// indexes or tables once.
func (r *Reader) serverDangling(ctx context.Context) ([]string, error) {
	references, err := Rows[struct {
		Referring, Referred, Same, Refers string
	}](ctx, r, "list references", `
		SELECT c.conrelid::regclass::text AS referring, c.confrelid::regclass::text AS referred,
			string_agg(format('p.%I = c.%I', f.attname, a.attname), ' AND ') AS same, string_agg(format('c.%I IS NOT NULL', a.attname), ' AND ') AS refers
		FROM pg_constraint c CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS k (referring, referred)
		JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.referring JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = k.referred
		WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace GROUP BY c.oid, c.conrelid, c.confrelid, c.conname ORDER BY 1, c.conname`)
	if err != nil {
		return nil, err
	}
	dangling := map[string]int64{}
	var found []string
	for _, reference := range references {
		n, _, err := Row[int64](ctx, r, "check references", "SELECT count(*) FROM "+reference.Referring+" c WHERE "+reference.Refers+
			" AND NOT EXISTS (SELECT 1 FROM "+reference.Referred+" p WHERE "+reference.Same+")")
		if err != nil {
			return nil, err
		}
		if n > 0 {
			dangling[reference.Referring] += n
		}
	}
	for _, table := range slices.Sorted(maps.Keys(dangling)) {
		found = append(found, fmt.Sprintf("%s: %d", table, dangling[table]))
	}
	return found, nil
}

// danglingIn looks for references to nothing in a SQLite file.
func danglingIn(ctx context.Context, path string) (tables []string, err error) {
	file, err := sql.Open("sqlite3", sqliteName(path)+"?mode=ro&_busy_timeout=5000")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	found, err := file.QueryContext(ctx, sqlDangling)
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
