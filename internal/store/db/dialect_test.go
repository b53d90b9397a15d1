package db

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDialect_writesListsAsOneArgument(t *testing.T) {
	for _, test := range []struct {
		ids              []int64
		sqlite, postgres string
	}{
		{nil, "[]", "{}"}, {[]int64{}, "[]", "{}"}, {[]int64{7}, "[7]", "{7}"}, {[]int64{1, -2, math.MaxInt64, math.MinInt64}, "[1,-2,9223372036854775807,-9223372036854775808]", "{1,-2,9223372036854775807,-9223372036854775808}"},
	} {
		require.Equal(t, test.sqlite, SQLite.List(test.ids))
		require.Equal(t, test.postgres, Postgres.List(test.ids))
	}
	for _, test := range []struct {
		texts            []string
		sqlite, postgres string
	}{
		{nil, "[]", "{}"}, {[]string{}, "[]", "{}"}, {[]string{""}, `[""]`, `{""}`}, {[]string{"a", "b"}, `["a","b"]`, `{"a","b"}`},
		{[]string{`"`, `\`, "NULL", "a,b", "{}"}, `["\"","\\","NULL","a,b","{}"]`, `{"\"","\\","NULL","a,b","{}"}`},
	} {
		sqlite, err := SQLite.Texts(test.texts)
		require.NoError(t, err)
		require.Equal(t, test.sqlite, sqlite)
		postgres, err := Postgres.Texts(test.texts)
		require.NoError(t, err)
		require.Equal(t, test.postgres, postgres)
	}
}

func TestBy_namesAnIndexWhereThereAreNoStatistics(t *testing.T) {
	require.Equal(t, " INDEXED BY current_ones", SQLite.By("current_ones"))
	require.Empty(t, Postgres.By("current_ones"))
}

func FuzzBind(f *testing.F) {
	f.Add("a = ? AND b = ?")
	f.Add("a = '?' OR b = 'it''s ?' OR c IN ?")
	f.Add("'")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		placeholders, quoted := 0, false
		for _, c := range text {
			switch {
			case c == '\'':
				quoted = !quoted
			case c == '?' && !quoted:
				placeholders++
			}
		}
		args := make([]any, placeholders)
		for i := range args {
			args[i] = []int64{1, 2}
		}
		for _, d := range []Dialect{SQLite, Postgres} {
			_, values, err := bind(d, text, args)
			require.NoError(t, err)
			require.Len(t, values, 2*placeholders)
		}
		if placeholders > 0 {
			_, _, err := bind(Postgres, text, args[1:])
			require.Error(t, err)
		}
		_, _, err := bind(Postgres, text, append(args, 1))
		require.Error(t, err)
	})
}
