package db_test

import (
	"context"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store/db"
)

var update = flag.Bool("update", false, "write down anew what migrations make")

func TestSchema_isWrittenDownAsMigrationsMakeIt(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			d := opened(t, addressOf(t, dialect))
			parts, err := d.Parts(context.Background())
			require.NoError(t, err)
			var made strings.Builder
			for _, p := range parts {
				made.WriteString(p.String() + "\n")
			}
			file := "../../../migrations/" + string(dialect) + "_schema.txt"
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(made.String()), 0o600))
			}
			written, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, made.String(), string(written), "%s is behind: go test ./internal/store/db -run Schema -update", file)
		})
	}
}

// shown are deviations as a person would tell them.
func shown(all []db.Deviation) (lines []string) {
	for _, d := range all {
		line := d.Kind + " " + d.Of + " " + d.Name
		switch {
		case d.Repaired:
			line += " repaired"
		case d.Found == "":
			line += " missing"
		default:
			line += " changed"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestDB_findsWhatDeviatesFromTheSchema(t *testing.T) {
	const key = "CHECK (length(request_key) = 32)"
	for dialect, ruined := range map[db.Dialect][]string{
		db.SQLite:   {"PRAGMA writable_schema = ON", "UPDATE sqlite_master SET sql = replace(sql, '" + key + "', '') WHERE name = 'kept_answers'", "PRAGMA writable_schema = RESET"},
		db.Postgres: {"ALTER TABLE kept_answers DROP CONSTRAINT kept_answers_request_key_check"},
	} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			address := addressOf(t, dialect)
			d := opened(t, address)
			ctx := context.Background()
			found, err := d.Deviations(ctx, false)
			require.NoError(t, err)
			require.Empty(t, found)

			write(t, d, "CREATE INDEX of_ones_own ON versions (created_at)")
			found, err = d.Deviations(ctx, false)
			require.NoError(t, err)
			require.Empty(t, found, "what is there besides does no harm")

			write(t, d, "DROP INDEX deployed_versions_newest")
			write(t, d, "DROP INDEX facts_time")
			write(t, d, "CREATE INDEX facts_time ON facts (type)")
			u := upgradingAt(t, dialect, address)
			for _, statement := range ruined {
				require.NoError(t, u.exec(statement))
			}
			constraint := "constraint kept_answers kept_answers_request_key_check missing"
			if dialect == db.SQLite {
				constraint = "column kept_answers request_key changed"
			}
			found, err = d.Deviations(ctx, false)
			require.NoError(t, err)
			require.ElementsMatch(t, []string{constraint, "index facts facts_time changed", "index deployed_versions deployed_versions_newest missing"}, shown(found))

			found, err = d.Deviations(ctx, true)
			require.NoError(t, err)
			require.ElementsMatch(t, []string{constraint, "index facts facts_time changed", "index deployed_versions deployed_versions_newest repaired"}, shown(found))
			found, err = d.Deviations(ctx, true)
			require.NoError(t, err)
			require.ElementsMatch(t, []string{constraint, "index facts facts_time changed"}, shown(found))
		})
	}
}
