package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
)

func TestDatabase_File(t *testing.T) {
	tests := []struct{ given, path, url string }{
		{"sqlite:////tmp/x/accord.db", "/tmp/x/accord.db", "sqlite:////tmp/x/accord.db"},
		{"sqlite:///tmp/x/accord.db", "/tmp/x/accord.db", "sqlite:////tmp/x/accord.db"},
		{"sqlite://accord.db", "accord.db", "sqlite://accord.db"},
		{"sqlite://./data/accord.db", "./data/accord.db", "sqlite://./data/accord.db"},
		{"sqlite:////tmp/with%20a space", "/tmp/with a space", "sqlite:////tmp/with%20a%20space"},
	}
	for _, tt := range tests {
		t.Run(tt.given, func(t *testing.T) {
			d := load(t, "PACT_BROKER_DATABASE_URL="+tt.given).Settings.Database
			path, isFile := d.File()
			require.True(t, isFile)
			require.Equal(t, tt.path, path)
			require.Equal(t, tt.url, d.URL)
		})
	}
	_, isFile := config.Database{URL: "postgres://db/x"}.File()
	require.False(t, isFile)
}

func TestLoad_refusesSQLiteWithoutAFile(t *testing.T) {
	for _, url := range []string{"sqlite:", "sqlite://", "sqlite:///", "sqlite:x.db", "sqlite::memory:", "sqlite://:memory:", "sqlite://x.db?mode=ro", "sqlite:////tmp/", "sqlite://%zz"} {
		_, err := config.Load(config.Sources{Environ: []string{"PACT_BROKER_DATABASE_URL=" + url}})
		require.ErrorContains(t, err, "must be sqlite:////absolute/path.db or sqlite://relative.db", url)
	}
}

func TestLoad_makesUpTheDatabaseURLFromItsParts(t *testing.T) {
	tests := []struct {
		name    string
		environ []string
		want    string
	}{
		{"all of PostgreSQL", []string{"DATABASE_USERNAME=me@x", "DATABASE_PASSWORD=p/w:?", "DATABASE_HOST=db", "DATABASE_PORT=5433", "DATABASE_NAME=pacts", "DATABASE_SSLMODE=require"},
			"postgres://me%40x:p%2Fw%3A%3F@db:5433/pacts?sslmode=require"},
		{"no port", []string{"DATABASE_ADAPTER=postgres", "DATABASE_HOST=db", "DATABASE_NAME=pacts"}, "postgres://db/pacts"},
		{"a socket", []string{"DATABASE_HOST=/run/postgresql", "DATABASE_NAME=pacts"}, "postgres:///pacts?host=%2Frun%2Fpostgresql"},
		{"SQLite", []string{"DATABASE_ADAPTER=sqlite", "DATABASE_NAME=/var/lib/accord.db"}, "sqlite:////var/lib/accord.db"},
		{"the URL wins", []string{"DATABASE_URL=postgres://other/x?sslmode=disable", "DATABASE_NAME=pacts", "DATABASE_SSLMODE=require"}, "postgres://other/x?sslmode=disable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var environ []string
			for _, entry := range tt.environ {
				environ = append(environ, "PACT_BROKER_"+entry)
			}
			require.Equal(t, tt.want, load(t, environ...).Settings.Database.URL)
		})
	}
}

func TestLoad_refusesMySQL(t *testing.T) {
	_, err := config.Load(config.Sources{Environ: []string{"PACT_BROKER_DATABASE_URL=mysql2://db/x"}})
	require.Equal(t, config.Problems{"PACT_BROKER_DATABASE_URL (not shown) must be postgres or sqlite: MySQL is not supported"}, err)
}

func TestDatabase_ShownHidesThePassword(t *testing.T) {
	require.Equal(t, "postgres://me:xxxxx@db/x", config.Database{URL: "postgres://me:hush@db/x?password=hush"}.Shown())
	require.Equal(t, "sqlite:////tmp/accord.db", config.Database{URL: "sqlite:////tmp/accord.db"}.Shown())
}

func TestLoad_asksForADatabaseWhereOneIsRequired(t *testing.T) {
	const required = "PACT_BROKER_DATABASE_REQUIRED=true"
	_, err := config.Load(config.Sources{Environ: []string{required}})
	require.Equal(t, config.Problems{"PACT_BROKER_DATABASE_URL must say where everything is kept: sqlite:////path/to/accord.db or postgres://user:password@host:5432/name"}, err)
	require.Equal(t, "sqlite:////tmp/accord.db", load(t, required, "PACT_BROKER_DATABASE_ADAPTER=sqlite", "PACT_BROKER_DATABASE_NAME=/tmp/accord.db").Settings.Database.URL)
	require.Equal(t, "sqlite://accord.db", load(t, required, "PACT_BROKER_DATABASE_URL=sqlite://accord.db").Settings.Database.URL)
}
