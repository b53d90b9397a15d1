package db_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// awkward are texts with all that has a meaning somewhere in between.
var awkward = []string{
	"", " ", "a", "NULL", "null", `"`, `\`, `\"`, `\\`, `'`, "''", ",", "a,b", "{", "}", "{}", "{a,b}", "[", "]", `["a"]`, "?", "$1", "a?b", "%", "_", "--", "/*", ";",
	"\n", "\t", "\r\n", "ü", "日本", "👩‍🚀", "\u2028", "é", "\x01", "\x7f", strings.Repeat("x", 5000),
}

func TestRows_bringTextsBackAsTheyWereWritten(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		for i, text := range awkward {
			write(t, d, "INSERT INTO things (name, number) VALUES (?, ?)", text, i)
		}
		for i, text := range awkward {
			require.Equal(t, int64(i), stored(t, d, text)+0, "%q", text)
		}
		names, err := db.Rows[string](context.Background(), &d.Reader, "list", "SELECT name FROM things ORDER BY number")
		require.NoError(t, err)
		require.Equal(t, awkward, names)
	})
}

func TestAmong_findsWhatIsListedAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		for i, text := range awkward {
			write(t, d, "INSERT INTO things (name, number) VALUES (?, ?)", text, i)
		}
		random := testrandom.New(t)
		for range 50 {
			var texts []string
			var numbers []int64
			for i, text := range awkward {
				if random.IntN(3) == 0 {
					texts, numbers = append(texts, text), append(numbers, int64(i))
				}
			}
			asked := append(slices.Clone(texts), "not there")
			asked = append(asked, texts...) // some twice
			list, err := d.Dialect.Texts(asked)
			require.NoError(t, err)
			found, err := db.Rows[int64](context.Background(), &d.Reader, "find", "SELECT number FROM things WHERE "+d.Dialect.AmongTexts("name")+" ORDER BY number", list)
			require.NoError(t, err)
			require.Equal(t, append([]int64{}, numbers...), found)

			ids := append(slices.Clone(numbers), -1, math.MaxInt64)
			named, err := db.Rows[string](context.Background(), &d.Reader, "find", "SELECT name FROM things WHERE "+d.Dialect.Among("number")+" ORDER BY number", d.Dialect.List(ids))
			require.NoError(t, err)
			require.Equal(t, append([]string{}, texts...), named)

			named, err = db.Rows[string](context.Background(), &d.Reader, "find", "SELECT name FROM things WHERE name IN ? AND number >= ? ORDER BY number", texts, 0)
			require.NoError(t, err)
			require.Equal(t, append([]string{}, texts...), named, "as arguments of IN")
		}
	})
}

func TestAmong_ofNothingIsNothing(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		write(t, d, "INSERT INTO things (name, number) VALUES ('', 0)")
		for _, none := range [][]string{nil, {}} {
			list, err := d.Dialect.Texts(none)
			require.NoError(t, err)
			for where, arg := range map[string]any{d.Dialect.AmongTexts("name"): list, d.Dialect.Among("number"): d.Dialect.List(nil), "name IN ?": none, "number IN ?": []int64{}} {
				found, err := db.Rows[string](context.Background(), &d.Reader, "find", "SELECT name FROM things WHERE "+where, arg)
				require.NoError(t, err, where)
				require.Empty(t, found, where)
			}
			joined, err := db.Rows[string](context.Background(), &d.Reader, "join", "SELECT name FROM things"+d.Dialect.JoinTexts()+" WHERE name = asked.value", list)
			require.NoError(t, err)
			require.Empty(t, joined)
		}
	})
}

func TestJoinTexts_hasARowForEachText(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		write(t, d, "INSERT INTO things (name, number) VALUES ('a', 1), ('b', 2)")
		list, err := d.Dialect.Texts([]string{"b", "b", "c", "a"})
		require.NoError(t, err)
		joined, err := db.Rows[string](context.Background(), &d.Reader, "join", "SELECT name || ' ' || asked.value AS pair FROM things"+d.Dialect.JoinTexts()+" WHERE name <= asked.value ORDER BY pair", list)
		require.NoError(t, err)
		require.Equal(t, []string{"a a", "a b", "a b", "a c", "b b", "b b", "b c"}, joined)
	})
}

type kind string

// wide is a row with a field of every kind, some of which may be missing.
type wide struct {
	Text     string
	Kind     kind
	Number   int64
	Small    int
	Truth    bool
	Bytes    []byte
	NoText   *string
	SomeText *string
	NoNumber *int64
	NoBytes  []byte
	Zero     int64
}

func TestRows_fillFieldsByTheNamesOfColumns(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		bytes := "x'00ff'"
		if d.Dialect == db.Postgres {
			bytes = `'\x00ff'::bytea`
		}
		text := "SELECT 'k' AS kind, CAST(9007199254740993 AS BIGINT) AS number, -7 AS small, 1 = 1 AS truth, " + bytes +
			" AS bytes, NULL AS no_text, 's' AS some_text, NULL AS no_number, NULL AS no_bytes, NULL AS zero, 'left' AS left_out, 't' AS text"
		some := "s"
		want := wide{Text: "t", Kind: "k", Number: 9007199254740993, Small: -7, Truth: true, Bytes: []byte{0, 255}, SomeText: &some}
		found, err := db.Rows[wide](context.Background(), &d.Reader, "read", text)
		require.NoError(t, err)
		require.Equal(t, []wide{want}, found)
		require.NoError(t, d.View(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			found, err := db.Rows[wide](ctx, &tx.Reader, "read", text+" UNION ALL "+strings.ReplaceAll(text, "'t'", "'u'")+" ORDER BY text")
			require.NoError(t, err)
			require.Len(t, found, 2)
			require.Equal(t, want, found[0])
			require.Equal(t, "u", found[1].Text)
			require.NotSame(t, &found[0].Bytes[0], &found[1].Bytes[0])
			return nil
		}))
	})
}

func TestRows_doNotMixRowsUpAsTheyGrow(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		const many = 300
		require.NoError(t, d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			for i := range int64(many) {
				if err := put(ctx, tx, fmt.Sprint(i), i); err != nil {
					return err
				}
			}
			return nil
		}))
		type row struct {
			Name   string
			Number *int64
			Odd    *int64
		}
		found, err := db.Rows[row](context.Background(), &d.Reader, "read", "SELECT name, number, CASE WHEN number % 2 = 1 THEN number END AS odd FROM things ORDER BY number")
		require.NoError(t, err)
		require.Len(t, found, many)
		for i, r := range found {
			require.Equal(t, fmt.Sprint(i), r.Name)
			require.Equal(t, int64(i), *r.Number)
			require.Equal(t, i%2 == 1, r.Odd != nil, "what was in the row before is not left in it")
		}
	})
}

func TestRows_sayWhatCannotBeRead(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		_, err := db.Rows[int64](ctx, &d.Reader, "count the pacts", "SELECT 'many' AS n")
		require.ErrorContains(t, err, "count the pacts: ")
		if d.Dialect == db.Postgres { // SQLite takes the texts as they are, because most of what it does is short
			_, err = db.Rows[string](ctx, &d.Reader, "find thing", "SELECT name FROM things WHERE name = ? AND number = ?", "a")
			require.ErrorContains(t, err, "find thing: store: 1 arguments are too few")
			_, err = db.Rows[string](ctx, &d.Reader, "find thing", "SELECT name FROM things WHERE name = ?", "a", "b")
			require.ErrorContains(t, err, "too many")
		}
		_, err = db.Rows[string](ctx, &d.Reader, "find thing", "SELECT name FROM nowhere")
		require.ErrorContains(t, err, "find thing: ")
		_, found, err := db.Row[string](ctx, &d.Reader, "find thing", "SELECT name FROM things")
		require.NoError(t, err)
		require.False(t, found)
	})
}

func TestInsert_tellsTheIDUnlessTheRowWasKeptOut(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		require.NoError(t, d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			for _, want := range []int64{7, 0} {
				id, err := tx.Insert(ctx, "add", "INSERT INTO things (name, number) VALUES ('a', 7) ON CONFLICT DO NOTHING RETURNING number")
				require.NoError(t, err)
				require.Equal(t, want, id)
			}
			changed, err := tx.Exec(ctx, "change", "UPDATE things SET number = 8 WHERE name IN ?", []string{"a", "b"})
			require.NoError(t, err)
			require.Equal(t, int64(1), changed)
			return nil
		}))
	})
}

func TestTables_areWrittenAndReadInOneStatement(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		write(t, d, "CREATE TABLE kept (name TEXT, number BIGINT, truth BOOLEAN, bytes "+map[db.Dialect]string{db.SQLite: "BLOB", db.Postgres: "BYTEA"}[d.Dialect]+")")
		table := db.NewTable("name text", "number bigint", "truth boolean", "bytes bytea")
		seven, yes := int64(7), true
		for i, text := range awkward {
			table.Add(text, int64(i), i%2 == 0, []byte(text))
		}
		table.Add((*string)(nil), (*int64)(nil), (*bool)(nil), []byte(nil))
		table.Add(&awkward[4], &seven, &yes, []byte{})
		require.Equal(t, len(awkward)+2, table.Len())
		require.NoError(t, d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			changed, err := tx.ExecTable(ctx, "keep", "INSERT INTO kept (name, number, truth, bytes) SELECT x.name, x.number, x.truth, x.bytes FROM {x}", table)
			require.NoError(t, err)
			require.Equal(t, int64(len(awkward)+2), changed)
			found, err := tx.NumbersOfTable(ctx, "find", "SELECT k.number FROM {x} JOIN kept k ON k.name = x.name AND k.number = x.number AND k.truth = x.truth AND k.bytes = x.bytes", table)
			require.NoError(t, err)
			require.Len(t, found, len(awkward)+1, "all but the one without anything")
			none := db.NewTable("name text")
			changed, err = tx.ExecTable(ctx, "keep", "NO SQL", none)
			require.NoError(t, err)
			require.Zero(t, changed, "an empty table asks for nothing")
			found, err = tx.NumbersOfTable(ctx, "find", "NO SQL", none)
			require.NoError(t, err)
			require.Empty(t, found)
			return nil
		}))
		type row struct {
			Name   *string
			Number *int64
			Truth  *bool
			Bytes  []byte
		}
		found, err := db.Rows[row](ctx, &d.Reader, "read", "SELECT name, number, truth, bytes FROM kept WHERE name IS NULL")
		require.NoError(t, err)
		require.Equal(t, []row{{}}, found)
		require.Panics(t, func() { db.NewTable("name text").Add(1.5) })
		require.ErrorContains(t, d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.ExecTable(ctx, "keep the rows", "INSERT INTO nowhere SELECT * FROM {x}", table)
			return err
		}), "keep the rows: ")
	})
}

func TestPut_replacesTheRowWithTheSameKey(t *testing.T) {
	type thing struct {
		Name   string
		Number int64
	}
	each(t, func(t *testing.T, d *db.DB) {
		require.NoError(t, d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			require.NoError(t, tx.Put(ctx, "things", &thing{"a", 1}, "name"))
			require.NoError(t, tx.Put(ctx, "things", &thing{"a", 0}, "name"), "zero is a value as well")
			for _, want := range []bool{true, false} {
				isNew, err := tx.Add(ctx, "things", &thing{"b", 2})
				require.NoError(t, err)
				require.Equal(t, want, isNew)
			}
			isNew, err := tx.Add(ctx, "things", &thing{"a", 9})
			require.NoError(t, err)
			require.False(t, isNew)
			return nil
		}))
		require.Equal(t, []int64{0, 2}, []int64{stored(t, d, "a"), stored(t, d, "b")})
		require.ErrorContains(t, d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error { return tx.Put(ctx, "nowhere", &thing{"a", 1}, "name") }), "put into nowhere: ")
		require.ErrorContains(t, d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Add(ctx, "nowhere", &thing{"a", 1})
			return err
		}), "add to nowhere: ")
	})
}

func TestTraced_saysEveryStatementWithItsArguments(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		var said []string
		traced := d.Traced(func(statement string) { said = append(said, statement) })
		_, err := numberOf(context.Background(), &traced.Reader, "it's")
		require.NoError(t, err)
		require.NoError(t, traced.View(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			_, err := numberOf(ctx, &tx.Reader, "b")
			return err
		}))
		require.NoError(t, traced.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error { return put(ctx, tx, "c", 7) }))
		require.Equal(t, []string{
			"SELECT number FROM things WHERE name = 'it''s'", "SELECT number FROM things WHERE name = 'b'",
			"INSERT INTO things (name, number) VALUES ('c', 7) ON CONFLICT (name) DO UPDATE SET number = excluded.number",
		}, said)
		require.Equal(t, int64(7), stored(t, d, "c"))
		require.Len(t, said, 3, "the database itself says nothing")
	})
}
