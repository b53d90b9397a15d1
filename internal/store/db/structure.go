package db

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
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
	s.Dangling, err = Rows[string](ctx, &d.Reader, "check references", SQLDangling)
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
	s.Dangling, err = d.serverDangling(ctx)
	return s, err
}

// serverDangling is what is wrong with references on PostgreSQL: rows that refer to others
// which are not there, as they can be where its checks were off, and constraints that it
// was told not to look at. Each reference is looked at in a statement of its own, which
// reads two indexes or tables once.
func (d *DB) serverDangling(ctx context.Context) ([]string, error) {
	references, err := Rows[struct {
		Referring, Referred, Name, Same, Refers string
		Validated                               bool
	}](ctx, &d.Reader, "list references", `
		SELECT c.conrelid::regclass::text AS referring, c.confrelid::regclass::text AS referred, c.conname AS name, c.convalidated AS validated,
			string_agg(format('p.%I = c.%I', f.attname, a.attname), ' AND ') AS same, string_agg(format('c.%I IS NOT NULL', a.attname), ' AND ') AS refers
		FROM pg_constraint c CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS k (referring, referred)
		JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.referring JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = k.referred
		WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace GROUP BY c.oid, c.conrelid, c.confrelid, c.conname, c.convalidated ORDER BY 1, 3`)
	if err != nil {
		return nil, err
	}
	dangling := map[string]int64{}
	var found []string
	for _, r := range references {
		if !r.Validated {
			found = append(found, fmt.Sprintf("%s: %s is not validated", r.Referring, r.Name))
		}
		n, _, err := Row[int64](ctx, &d.Reader, "check references", "SELECT count(*) FROM "+r.Referring+" c WHERE "+r.Refers+
			" AND NOT EXISTS (SELECT 1 FROM "+r.Referred+" p WHERE "+r.Same+")")
		if err != nil {
			return nil, err
		}
		if n > 0 {
			dangling[r.Referring] += n
		}
	}
	for _, table := range slices.Sorted(maps.Keys(dangling)) {
		found = append(found, fmt.Sprintf("%s: %d", table, dangling[table]))
	}
	return found, nil
}
