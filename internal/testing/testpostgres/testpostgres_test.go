package testpostgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

func TestTemplate_copiesAreApart(t *testing.T) {
	prepared := 0
	template := testpostgres.Template{Name: "testpostgres_words", Prepare: func(address string) error {
		prepared++
		conn, err := pgx.Connect(t.Context(), address)
		if err != nil {
			return err
		}
		defer conn.Close(t.Context())
		_, err = conn.Exec(t.Context(), "CREATE TABLE words (word text); INSERT INTO words VALUES ('first')")
		return err
	}}
	one, two := connect(t, template.Database(t)), connect(t, template.Database(t))

	_, err := one.Exec(t.Context(), "INSERT INTO words VALUES ('second')")
	require.NoError(t, err)

	require.Equal(t, 2, countWords(t, one))
	require.Equal(t, 1, countWords(t, two))
	require.LessOrEqual(t, prepared, 1)
}

func TestDatabase_isEmptyAndDroppedAfterTheTest(t *testing.T) {
	var address string
	t.Run("uses a database", func(t *testing.T) {
		address = testpostgres.Database(t)
		var tables int
		err := connect(t, address).QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&tables)
		require.NoError(t, err)
		require.Zero(t, tables)
	})
	if address == "" {
		t.Skip("no database was made")
	}
	_, err := pgx.Connect(t.Context(), address)
	require.ErrorContains(t, err, "does not exist")
}

func connect(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.Background())) })
	return conn
}

func countWords(t *testing.T, conn *pgx.Conn) (n int) {
	t.Helper()
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM words").Scan(&n))
	return n
}
