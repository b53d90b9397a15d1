package db

import (
	"context"
	"fmt"
	"path/filepath"
)

// Structure is how the database itself is, whatever is stored in it.
type Structure struct {
	// Damage is what was found that cannot be, the first of it; empty if all is whole.
	Damage []string
	// Dangling says of each table how many of its rows refer to nothing and, on PostgreSQL,
	// which constraints have never been held against all rows.
	Dangling []string
	Space
}

// Space is how much room the database takes and has, in bytes.
type Space struct {
	// Size is that of the database, Unused how much of it holds nothing.
	Size, Unused int64
	// Free is how much may still be written to its disk, if that is Known.
	Free  int64
	Known bool
}

// Space measures the database, and the disk on which SQLite's file is.
func (d *DB) Space(ctx context.Context) (s Space, err error) {
	if d.Dialect == Postgres {
		s.Size, _, err = Row[int64](ctx, &d.Reader, "measure the database", "SELECT pg_database_size(current_database())")
		return s, err
	}
	path, _ := SQLitePath(d.options.URL)
	s.Free, s.Known = freeSpace(filepath.Dir(path))
	sizes, _, err := Row[struct{ Size, Unused int64 }](ctx, &d.Reader, "measure the file",
		"SELECT p.page_size * c.page_count AS size, p.page_size * f.freelist_count AS unused FROM pragma_page_size p, pragma_page_count c, pragma_freelist_count f")
	s.Size, s.Unused = sizes.Size, sizes.Unused
	return s, err
}

// Structure reads the whole database and reports whether it is in order. On
// PostgreSQL, which checks its pages itself, it asks for what that has found, and looks
// at references.
func (d *DB) Structure(ctx context.Context) (Structure, error) {
	if d.Dialect == Postgres {
		return d.serverStructure(ctx)
	}
	return d.fileStructure(ctx)
}

func (d *DB) fileStructure(ctx context.Context) (Structure, error) {
	space, err := d.Space(ctx)
	s := Structure{Space: space}
	if err != nil {
		return s, err
	}
	found, err := Rows[string](ctx, &d.Reader, "check the file", "SELECT integrity_check FROM pragma_integrity_check LIMIT 20")
	if err != nil {
		return s, err
	}
	if len(found) != 1 || found[0] != "ok" {
		s.Damage = found
		return s, nil
	}
	s.Dangling, err = d.Dangling(ctx)
	return s, err
}

func (d *DB) serverStructure(ctx context.Context) (Structure, error) {
	space, err := d.Space(ctx)
	s := Structure{Space: space}
	if err != nil {
		return s, err
	}
	failures, _, err := Row[int64](ctx, &d.Reader, "ask for damaged pages", "SELECT coalesce(checksum_failures, 0) FROM pg_stat_database WHERE datname = current_database()")
	if err != nil {
		return s, err
	}
	if failures > 0 {
		s.Damage = []string{fmt.Sprintf("PostgreSQL has found %d damaged pages; its log names them", failures)}
	}
	unchecked, err := Rows[string](ctx, &d.Reader, "list constraints that were not validated", `
		SELECT conrelid::regclass::text || ': ' || conname || ' is not validated' FROM pg_constraint
		WHERE contype = 'f' AND NOT convalidated AND connamespace = current_schema()::regnamespace ORDER BY 1`)
	if err != nil {
		return s, err
	}
	dangling, err := d.Dangling(ctx)
	s.Dangling = append(unchecked, dangling...)
	return s, err
}
