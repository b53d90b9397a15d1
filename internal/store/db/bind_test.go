package db

import (
	"testing"

	"github.com/stretchr/testify/require"
)

type count int

type name string

func TestBind(t *testing.T) {
	n, none := count(7), (*name)(nil)
	tests := []struct {
		text             string
		args             []any
		sqlite, postgres string
		values           []any
	}{
		{"SELECT 1", nil, "SELECT 1", "SELECT 1", []any{}},
		{"a = ? AND b = ?", []any{1, "x"}, "a = ? AND b = ?", "a = $1 AND b = $2", []any{int64(1), "x"}},
		{"a = '?' AND b = ?", []any{&n}, "a = '?' AND b = ?", "a = '?' AND b = $1", []any{int64(7)}},
		{"a = 'it''s ?' OR b = ?", []any{none}, "a = 'it''s ?' OR b = ?", "a = 'it''s ?' OR b = $1", []any{nil}},
		{"a IN ? AND b = ?", []any{[]name{"x", "y"}, true}, "a IN (?,?) AND b = ?", "a IN ($1,$2) AND b = $3", []any{"x", "y", true}},
		{"a IN ? AND b = ?", []any{[]int64{}, []byte("z")}, "a IN (NULL) AND b = ?", "a IN (NULL) AND b = $1", []any{[]byte("z")}},
	}
	for _, tt := range tests {
		for d, want := range map[Dialect]string{SQLite: tt.sqlite, Postgres: tt.postgres} {
			text, values, err := bind(d, tt.text, tt.args)
			require.NoError(t, err)
			require.Equal(t, want, text)
			require.Equal(t, tt.values, values)
		}
	}
}

func TestBind_refusesAnotherNumberOfArguments(t *testing.T) {
	for _, args := range [][]any{{1}, {1, 2, 3}} {
		_, _, err := bind(Postgres, "a = ? AND b = ?", args)
		require.Error(t, err)
	}
}
