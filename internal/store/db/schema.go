package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// This file decides in which schema of PostgreSQL the tables are.

// Reasons for which no tables are made in a database of PostgreSQL. Nothing was changed.
var (
	// ErrNoRight is for a user who may make no tables, or no schema for them.
	ErrNoRight = errors.New("the user of the database may make no tables there")
	// ErrHides is for a schema in which tables of Accord would stand before others that
	// the same user uses.
	ErrHides = errors.New("tables of Accord would hide others")
	// ErrNoSchema is for a search_path that leads nowhere.
	ErrNoSchema = errors.New("none of the schemas in the search_path of the connection is there")
	// ErrOwnData and ErrNotBeside are for Options.Beside where there is nothing to be beside.
	ErrOwnData   = errors.New("the database holds Accord's own data, not that of a Pact Broker")
	ErrNotBeside = errors.New("the database holds no tables of a Pact Broker")
)

// schemaNamed is the schema that a search_path names if it names one alone, else "".
func schemaNamed(searchPath string) string {
	name := strings.TrimSpace(searchPath)
	if quoted := strings.Trim(name, `"`); len(name) == len(quoted)+2 && !strings.Contains(quoted, `"`) {
		name = quoted
	} else if strings.ContainsAny(name, `",`) {
		return ""
	} else {
		name = strings.ToLower(name)
	}
	if name == "$user" {
		return ""
	}
	return name
}

// hiddenBehind is a schema with tables of Accord that hold something, where those that
// the connection finds hold nothing, or "".
func hiddenBehind(ctx context.Context, c *sql.DB) (string, error) {
	others, err := column[string](ctx, c, `SELECT quote_ident(t.schemaname) FROM pg_tables t WHERE t.tablename = 'all_pacticipants' AND t.schemaname <> current_schema()
		AND has_schema_privilege(t.schemaname, 'USAGE') AND has_table_privilege(quote_ident(t.schemaname) || '.all_pacticipants', 'SELECT')
		AND EXISTS (SELECT 1 FROM pg_tables m WHERE m.schemaname = t.schemaname AND m.tablename = '`+migrationTable+`')
		AND EXISTS (SELECT 1 FROM pg_tables o WHERE o.schemaname = current_schema() AND o.tablename = 'all_pacticipants') ORDER BY t.schemaname <> 'public', t.schemaname`)
	if err != nil {
		return "", err
	}
	for _, other := range others {
		hides, err := column[bool](ctx, c, "SELECT NOT EXISTS (SELECT 1 FROM all_pacticipants) AND EXISTS (SELECT 1 FROM "+other+".all_pacticipants)")
		if err != nil {
			return "", err
		}
		if hides[0] {
			return other, nil
		}
	}
	return "", nil
}

// checkBeside refuses a database that is no Pact Broker's.
func checkBeside(ctx context.Context, c connection, state State) error {
	if state.Hidden != "" {
		return ErrOwnData
	}
	if state.Schema > 0 {
		return nil
	}
	var ours, theirs bool
	err := c.pool.QueryRow(ctx, `SELECT coalesce(bool_or(tablename = '`+migrationTable+`'), false), coalesce(bool_or(tablename = 'pact_publications'), false)
		FROM pg_tables WHERE schemaname = 'public'`).Scan(&ours, &theirs)
	switch {
	case err != nil:
		return fmt.Errorf("look for the tables of a Pact Broker: %w", err)
	case ours:
		return ErrOwnData
	case !theirs:
		return ErrNotBeside
	}
	return nil
}

// schemaBehind is the schema in which a connection that names none finds tables of
// Accord, else those of a Pact Broker, if it is not the first one, where tables are made:
// a schema that is called like the user comes before public, and an empty one must not
// hide what is there.
func schemaBehind(ctx context.Context, c connection) (name string, err error) {
	err = c.pool.QueryRow(ctx, `SELECT coalesce((
		SELECT CASE WHEN s.place > 1 THEN quote_ident(s.name) END FROM unnest(current_schemas(false)) WITH ORDINALITY AS s(name, place)
			LEFT JOIN pg_tables ours ON ours.schemaname = s.name AND ours.tablename = '`+migrationTable+`'
			LEFT JOIN pg_tables theirs ON theirs.schemaname = s.name AND theirs.tablename = 'pact_publications'
		WHERE ours.tablename IS NOT NULL OR theirs.tablename IS NOT NULL
		ORDER BY ours.tablename IS NULL, s.place LIMIT 1), '')`).Scan(&name)
	return name, err
}

// checkOpen is the reason why the database must not be opened, if there is one.
func checkOpen(ctx context.Context, c connection, state State, options Options) error {
	if options.Beside {
		if err := checkBeside(ctx, c, state); err != nil {
			return err
		}
	}
	if err := state.refusal(options); err != nil {
		return err
	}
	return checkPlace(ctx, c, state)
}

// checkPlace refuses to make tables of Accord where they would hide others, or where
// the user may make none.
func checkPlace(ctx context.Context, c connection, state State) error {
	if state.Schema > 0 {
		return nil
	}
	if c.schema != "" {
		if err := checkHidesNothing(ctx, c); err != nil {
			return err
		}
	}
	var there, may bool
	err := c.pool.QueryRow(ctx, `SELECT current_schema() IS NOT NULL, CASE WHEN current_schema() IS NULL THEN has_database_privilege(current_database(), 'CREATE')
		ELSE has_schema_privilege(current_schema(), 'CREATE') END`).Scan(&there, &may)
	if err != nil {
		return fmt.Errorf("look whether tables may be made: %w", err)
	}
	if !there && c.schema == "" {
		return ErrNoSchema
	}
	if !may {
		return ErrNoRight
	}
	return nil
}

// makeSchema makes the schema that the address names, if it is not there.
func makeSchema(ctx context.Context, c connection) error {
	if c.schema == "" {
		return nil
	}
	var there bool
	err := c.pool.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)", c.schema).Scan(&there)
	if err != nil || there {
		return err
	}
	if _, err := c.pool.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{c.schema}.Sanitize()); err != nil {
		return fmt.Errorf("make the schema %s: %w", c.schema, err)
	}
	return nil
}

// checkHidesNothing returns ErrHides if a connection that names no schema would look
// into the one of the address before it finds the tables that it uses now.
func checkHidesNothing(ctx context.Context, c connection) error {
	usual := c.pool.Config().ConnConfig.Copy()
	delete(usual.RuntimeParams, "search_path")
	conn, err := pgx.ConnectConfig(ctx, usual)
	if err != nil {
		return fmt.Errorf("open database %s: %w", usual.Database, err)
	}
	var hidden string
	err = conn.QueryRow(ctx, `WITH searched AS (
			SELECT CASE trim(both '" ' FROM n) WHEN '$user' THEN current_user ELSE trim(both '" ' FROM n) END AS name, place
			FROM unnest(string_to_array(current_setting('search_path'), ',')) WITH ORDINALITY AS s(n, place))
		SELECT coalesce((
			SELECT h.name FROM searched s JOIN searched h ON h.place > s.place AND h.name <> s.name
			WHERE s.name = $1 AND EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = h.name AND tablename IN ('`+migrationTable+`', 'pact_publications'))
			ORDER BY h.place LIMIT 1), '')`, c.schema).Scan(&hidden)
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		return fmt.Errorf("look for tables that would be hidden: %w", err)
	}
	if hidden != "" {
		return fmt.Errorf("%w: those in the schema %q would hide those in the schema %q from every connection of the user %s that names no schema, such as the Pact Broker's own",
			ErrHides, c.schema, hidden, usual.User)
	}
	return nil
}
