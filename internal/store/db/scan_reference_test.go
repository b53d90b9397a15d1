package db_test

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// standard is the same database by way of database/sql, whose answers are taken for
// right.
func standard(t *testing.T, d *db.DB) *sql.DB {
	t.Helper()
	if d.Dialect == db.SQLite {
		return d.SQLite()
	}
	conns := stdlib.OpenDBFromPool(d.Postgres())
	t.Cleanup(func() { require.NoError(t, conns.Close()) })
	return conns
}

// scanned is what both ways read of one column into values of T: nil is NULL.
func scanned[T any](t *testing.T, d *db.DB, other *sql.DB, text string) (ours, theirs []*T, failed, failedThere error) {
	t.Helper()
	ours, failed = db.Rows[*T](context.Background(), &d.Reader, "read", text)
	found, err := other.QueryContext(context.Background(), text)
	require.NoError(t, err, text)
	defer found.Close()
	theirs = []*T{}
	for found.Next() {
		var value *T
		if failedThere = found.Scan(&value); failedThere != nil {
			return ours, nil, failed, failedThere
		}
		theirs = append(theirs, value)
	}
	return ours, theirs, failed, found.Err()
}

// checkScan wants the answer of database/sql, or a failure where that fails.
func checkScan[T any](t *testing.T, d *db.DB, other *sql.DB, text string) {
	t.Helper()
	ours, theirs, failed, failedThere := scanned[T](t, d, other, text)
	if failedThere != nil {
		require.Error(t, failed, "%s into %T: database/sql says %v", text, *new(T), failedThere)
		return
	}
	if failed == nil { // to refuse is always safe, a wrong value never
		require.Equal(t, theirs, ours, "%s into %T", text, *new(T))
	}
}

// mustScan is checkScan of what must not be refused.
func mustScan[T any](t *testing.T, d *db.DB, other *sql.DB, text string) {
	t.Helper()
	ours, theirs, failed, failedThere := scanned[T](t, d, other, text)
	require.NoError(t, failedThere, text)
	require.NoError(t, failed, text)
	require.Equal(t, theirs, ours, text)
}

type (
	ownNumber int64
	ownText   string
	ownTruth  bool
)

// columns are a column of each type that there is in tables and in questions, with what
// stands in it.
func columns(d db.Dialect) map[string]string {
	bytes, hex := "BLOB", func(text string) string { return "x'" + text + "'" }
	if d == db.Postgres {
		bytes, hex = "BYTEA", func(text string) string { return `'\x` + text + `'::bytea` }
	}
	all := map[string]string{
		"BIGINT":           fmt.Sprintf("(0), (1), (-1), (NULL), (%d), (%d), (9007199254740993)", math.MaxInt64, math.MinInt64+1),
		"INTEGER":          "(0), (NULL), (2147483647), (-2147483648)",
		"SMALLINT":         "(7), (-32768), (NULL)",
		"BOOLEAN":          "(true), (false), (NULL)",
		"TEXT":             "(''), ('a'), (NULL), ('1'), ('true'), ('ünï 日本'), ('it''s'), ('1.5'), ('9007199254740993')",
		"DOUBLE PRECISION": "(0), (1.5), (-2.25), (NULL), (3), (1e300)",
		bytes:              "(" + hex("") + "), (" + hex("00ff") + "), (NULL), (" + hex("61") + ")",
	}
	return all
}

// Each type of column, read into each type of field, gives what database/sql gives.
func TestRows_readWhatDatabaseSQLReads(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		other := standard(t, d)
		for kind, values := range columns(d.Dialect) {
			table := fmt.Sprintf("t%d", len(kind)*100+len(values))
			write(t, d, "CREATE TABLE "+table+" (v "+kind+")")
			write(t, d, "INSERT INTO "+table+" VALUES "+values)
			for _, where := range []string{"", " WHERE v IS NULL", " WHERE v IS NOT NULL"} {
				text := "SELECT v FROM " + table + where
				if kind != "BOOLEAN" { // which counts as 1 or 0 here
					checkScan[int64](t, d, other, text)
					checkScan[int](t, d, other, text)
					checkScan[int32](t, d, other, text)
					checkScan[int16](t, d, other, text)
					checkScan[float64](t, d, other, text)
					checkScan[ownNumber](t, d, other, text)
				}
				if kind == "BOOLEAN" || kind == "TEXT" { // of numbers, all but 0 are true here
					checkScan[bool](t, d, other, text)
					checkScan[ownTruth](t, d, other, text)
				}
				if kind != "BOOLEAN" && kind != "DOUBLE PRECISION" { // as text they have no form of their own
					checkScan[string](t, d, other, text)
				}
			}
		}
	})
}

// What the tables and questions of the broker have is read, not refused.
func TestRows_readEveryUsualPair(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		other := standard(t, d)
		write(t, d, "CREATE TABLE usual (n BIGINT, i INTEGER, b BOOLEAN, s TEXT, f DOUBLE PRECISION)")
		write(t, d, "INSERT INTO usual VALUES (1, 2, true, 'x', 1.5), (NULL, NULL, NULL, NULL, NULL), (-1, 0, false, '', 0)")
		for _, column := range []string{"n", "i", "n + 1", "-i", "coalesce(n, i)", "(SELECT count(*) FROM usual)", "length(s)", "CASE WHEN b THEN n END", "abs(n)"} {
			mustScan[int64](t, d, other, "SELECT "+column+" FROM usual")
			mustScan[int](t, d, other, "SELECT "+column+" FROM usual")
			mustScan[ownNumber](t, d, other, "SELECT "+column+" FROM usual")
		}
		for _, column := range []string{"b", "n = 1", "NOT b", "s = 'x' AND b", "n IS NULL", "EXISTS (SELECT 1 FROM usual)", "coalesce(b, false)"} {
			mustScan[bool](t, d, other, "SELECT "+column+" FROM usual")
		}
		mustScan[ownTruth](t, d, other, "SELECT b FROM usual")
		for _, column := range []string{"s", "s || 'y'", "upper(s)", "coalesce(s, 'none')", "CASE WHEN b THEN s END", "replace(s, 'x', 'ü')", "CAST(n AS TEXT)"} {
			mustScan[string](t, d, other, "SELECT "+column+" FROM usual")
			mustScan[ownText](t, d, other, "SELECT "+column+" FROM usual")
		}
		mustScan[float64](t, d, other, "SELECT f FROM usual")
		mustScan[float64](t, d, other, "SELECT f * 2 FROM usual")
		mustScan[int64](t, d, other, "SELECT max(n) FROM usual WHERE 1 = 0")
		mustScan[int64](t, d, other, "SELECT n FROM usual WHERE 1 = 0")
	})
}

// Random values come back as they were written, beside one another in one row, by
// DB, in a View and within a transaction, also where some of them are not there.
func TestRows_bringRandomRowsBack(t *testing.T) {
	type row struct {
		ID     int64
		Number *int64
		Truth  *bool
		Text   *string
		Bytes  []byte
		Real   *float64
		Plain  int64
	}
	each(t, func(t *testing.T, d *db.DB) {
		random := testrandom.New(t)
		bytes := map[db.Dialect]string{db.SQLite: "BLOB", db.Postgres: "BYTEA"}[d.Dialect]
		write(t, d, "CREATE TABLE mixed (id BIGINT PRIMARY KEY, number BIGINT, truth BOOLEAN, text TEXT, bytes "+bytes+", real DOUBLE PRECISION, plain BIGINT NOT NULL)")
		want := make([]row, 200)
		require.NoError(t, d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			for i := range want {
				want[i] = row{ID: int64(i), Plain: int64(random.Uint64())}
				some := func() bool { return random.IntN(3) > 0 }
				if some() {
					want[i].Number = new(int64(random.Uint64()))
				}
				if some() {
					want[i].Truth = new(random.IntN(2) == 0)
				}
				if some() {
					want[i].Text = new(randomText(random))
				}
				if some() {
					want[i].Bytes = randomBytes(random)
				}
				if some() {
					want[i].Real = new(random.NormFloat64() * math.Pow(10, float64(random.IntN(40)-20)))
				}
				r := want[i]
				if _, err := tx.Exec(ctx, "write", "INSERT INTO mixed VALUES (?, ?, ?, ?, ?, ?, ?)", r.ID, r.Number, r.Truth, r.Text, r.Bytes, r.Real, r.Plain); err != nil {
					return err
				}
			}
			got, err := db.Rows[row](ctx, &tx.Reader, "read", "SELECT * FROM mixed ORDER BY id")
			require.Equal(t, want, got, "in the transaction")
			return err
		}))
		got, err := db.Rows[row](context.Background(), &d.Reader, "read", "SELECT * FROM mixed ORDER BY id")
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.NoError(t, d.View(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			for range 20 {
				one := want[random.IntN(len(want))]
				var first, second []row
				require.NoError(t, tx.Together(ctx,
					func(ctx context.Context) (err error) {
						first, err = db.Rows[row](ctx, &tx.Reader, "read", "SELECT * FROM mixed WHERE id = ?", one.ID)
						return err
					},
					func(ctx context.Context) (err error) {
						second, err = db.Rows[row](ctx, &tx.Reader, "read", "SELECT * FROM mixed WHERE plain = ? AND id >= ?", one.Plain, 0)
						return err
					}))
				require.Equal(t, []row{one}, first)
				require.Equal(t, []row{one}, second)
			}
			return nil
		}))
		for _, r := range want { // as arguments, values find the row that they came from
			if r.Number == nil || r.Text == nil || r.Bytes == nil || r.Truth == nil {
				continue
			}
			found, err := db.Rows[int64](context.Background(), &d.Reader, "find", "SELECT id FROM mixed WHERE number = ? AND text = ? AND bytes = ? AND truth = ?", r.Number, r.Text, r.Bytes, r.Truth)
			require.NoError(t, err)
			require.Equal(t, []int64{r.ID}, found)
		}
	})
}

func randomBytes(r *rand.Rand) []byte {
	b := make([]byte, r.IntN(40))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// randomText is any text but such with the character 0, which PostgreSQL has not.
func randomText(r *rand.Rand) string {
	text := make([]rune, r.IntN(30))
	for i := range text {
		for text[i] == 0 || !utf8.ValidRune(text[i]) {
			text[i] = rune(r.Uint32N(1 << (1 + r.Uint32N(20))))
		}
	}
	return string(text)
}
