package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/pactbrokerdb"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// ownDatabase is a database of PostgreSQL in which statements were run by its own user.
func ownDatabase(t *testing.T, statements ...string) (settings config.Settings, user string) {
	t.Helper()
	settings = config.Default()
	settings.SeedExampleData = false
	settings.Database.URL, user = testpostgres.OwnDatabase(t)
	withKey(&settings)
	runOn(t, settings, statements...)
	return settings, user
}

func runOn(t *testing.T, settings config.Settings, statements ...string) {
	t.Helper()
	database, err := sql.Open("pgx", settings.Database.URL)
	require.NoError(t, err)
	for _, statement := range statements {
		_, err := database.Exec(statement)
		require.NoError(t, err, statement)
	}
	require.NoError(t, database.Close())
}

// answered lets a broker answer one request, and stops it.
func answered(t *testing.T, settings config.Settings, method, address, body string) (status int) {
	t.Helper()
	broker, err := app.New(context.Background(), settings, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer func() { require.NoError(t, broker.Close()) }()
	answer := httptest.NewRecorder()
	request := httptest.NewRequest(method, address, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	broker.Handler().ServeHTTP(answer, request)
	return answer.Code
}

// relations are all schemas and tables that are no part of PostgreSQL.
func relations(t *testing.T, settings config.Settings) (names []string) {
	t.Helper()
	database, err := sql.Open("pgx", settings.Database.URL)
	require.NoError(t, err)
	defer database.Close()
	found, err := database.Query("SELECT nspname || '.' || coalesce(relname, '') FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND relkind = 'r' WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1")
	require.NoError(t, err)
	defer found.Close()
	for found.Next() {
		var name string
		require.NoError(t, found.Scan(&name))
		names = append(names, name)
	}
	require.NoError(t, found.Err())
	return names
}

func inPlaceRequest() app.ImportRequest {
	return app.ImportRequest{OnConflict: app.StopOnConflict, Progress: quiet}
}

func inPlaceIn(settings config.Settings, schema string) config.Settings {
	settings.Database.Import, settings.Database.Schema = "in-place", schema
	return settings
}

func thePactBroker() []string {
	return append(pactbrokerdb.Schema(pactbrokerdb.Postgres), pactbrokerdb.Example(pactbrokerdb.Postgres)...)
}

func TestImportInPlace_makesNothingInADatabaseThatIsNoPactBrokers(t *testing.T) {
	settings, user := ownDatabase(t)
	for _, schema := range []string{"", user} {
		_, err := app.ImportInPlace(context.Background(), inPlaceIn(settings, schema), false, inPlaceRequest())
		require.ErrorContains(t, err, "holds no tables of a Pact Broker")
		require.Equal(t, []string{"public."}, relations(t, settings))
	}
	require.Equal(t, 201, answered(t, settings, http.MethodPost, "/pacticipants", `{"name":"Shop"}`))
	before := relations(t, settings)
	for _, schema := range []string{"", user} {
		_, err := app.ImportInPlace(context.Background(), inPlaceIn(settings, schema), false, inPlaceRequest())
		require.ErrorContains(t, err, "the database holds Accord's own data")
		require.Equal(t, before, relations(t, settings))
		require.Equal(t, 200, answered(t, settings, http.MethodGet, "/pacticipants/Shop", ""))
	}
	// `broker migrate`, and whatever else opens the database, makes no schema either.
	for _, opening := range []func(config.Settings) error{
		func(s config.Settings) error { _, err := app.OpenForImport(context.Background(), s); return err },
		func(s config.Settings) error {
			return app.Export(context.Background(), s, store.ExportQuery{}, func(archive.Record) error { return nil })
		},
		func(s config.Settings) error {
			_, err := app.New(context.Background(), s, slog.New(slog.DiscardHandler))
			return err
		},
		func(s config.Settings) error {
			_, err := store.Open(context.Background(), store.Options{URL: app.DatabaseURL(s.Database), Beside: app.IsBeside(s.Database)})
			return err
		},
	} {
		require.ErrorIs(t, opening(inPlaceIn(settings, "")), db.ErrOwnData)
		require.Equal(t, before, relations(t, settings))
	}
	empty, _ := ownDatabase(t)
	_, err := app.OpenForImport(context.Background(), inPlaceIn(empty, ""))
	require.ErrorIs(t, err, db.ErrNotBeside)
	require.Equal(t, []string{"public."}, relations(t, empty))
	_, err = store.Open(context.Background(), store.Options{URL: app.DatabaseURL(inPlaceIn(settings, user).Database)})
	require.ErrorIs(t, err, db.ErrHides)
	require.Equal(t, before, relations(t, settings))
}

// Commands once made empty tables in the schema accord, which hides the others from a user
// who is called so.
func TestOpen_tellsWhichSchemaHoldsTheData(t *testing.T) {
	settings, user := ownDatabase(t)
	require.Equal(t, 201, answered(t, settings, http.MethodPost, "/pacticipants", `{"name":"Shop"}`))
	runOn(t, settings, "CREATE SCHEMA elsewhere")
	made := settings
	made.Database.Schema = "elsewhere"
	opened, err := app.OpenForImport(context.Background(), made)
	require.NoError(t, err)
	require.NoError(t, opened.Close())
	opened, err = app.OpenForImport(context.Background(), made)
	require.NoError(t, err)
	require.Equal(t, "public", opened.Hidden())
	require.NoError(t, opened.Close())
	require.ErrorIs(t, app.Export(context.Background(), inPlaceIn(settings, "elsewhere"), store.ExportQuery{}, nil), db.ErrOwnData)

	runOn(t, settings, "ALTER SCHEMA elsewhere RENAME TO "+user)
	var log bytes.Buffer
	broker, err := app.New(context.Background(), settings, slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	require.NoError(t, broker.Close())
	require.Contains(t, log.String(), "set PACT_BROKER_DATABASE_SCHEMA to public and unset PACT_BROKER_IMPORT")
	settings.Database.Schema = "public"
	require.Equal(t, 200, answered(t, settings, http.MethodGet, "/pacticipants/Shop", ""))
	state, err := db.Inspect(context.Background(), app.DatabaseURL(settings.Database))
	require.NoError(t, err)
	require.Empty(t, state.Hidden)
}

// A list is for finding tables: no schema is called like it.
func TestOpen_makesNoSchemaOfAListInTheAddress(t *testing.T) {
	settings, _ := ownDatabase(t)
	plain := settings.Database.URL
	settings.Database.URL += "&search_path=nowhere,public"
	require.Equal(t, 201, answered(t, settings, http.MethodPost, "/pacticipants", `{"name":"Shop"}`))
	require.Contains(t, relations(t, settings), "public.versions")
	for _, list := range []string{`%22%24user%22,public`, "$user,public", `nowhere,%20public`, "public"} {
		settings.Database.URL = plain + "&search_path=" + list
		require.Equal(t, 200, answered(t, settings, http.MethodGet, "/pacticipants/Shop", ""), list)
	}
	settings.Database.URL = plain + "&search_path=nowhere,neither"
	_, err := app.OpenForImport(context.Background(), settings)
	require.ErrorIs(t, err, db.ErrNoSchema)
	settings.Database.URL = plain + "&search_path=%22My%20team%22"
	require.Equal(t, 201, answered(t, settings, http.MethodPost, "/pacticipants", `{"name":"Shop"}`))
	settings.Database.URL = plain
	require.Contains(t, relations(t, settings), "My team.versions")
	require.NotContains(t, strings.Join(relations(t, settings), " "), ",")
}

func TestOpen_looksForTheTablesBehindAnEmptySchemaOfTheUser(t *testing.T) {
	settings, user := ownDatabase(t)
	require.Equal(t, 201, answered(t, settings, http.MethodPost, "/pacticipants", `{"name":"Shop"}`))
	runOn(t, settings, "CREATE SCHEMA "+user)
	before := relations(t, settings)
	require.Equal(t, 200, answered(t, settings, http.MethodGet, "/pacticipants/Shop", ""))
	require.Equal(t, before, relations(t, settings))
	state, err := db.Inspect(context.Background(), app.DatabaseURL(settings.Database))
	require.NoError(t, err)
	require.Equal(t, state.Latest, state.Schema)
}

func TestOpen_seesThePactBrokersTablesBehindAnEmptySchemaOfTheUser(t *testing.T) {
	settings, user := ownDatabase(t, thePactBroker()...)
	runOn(t, settings, "CREATE SCHEMA "+user)
	before := relations(t, settings)
	_, err := store.Open(context.Background(), store.Options{URL: app.DatabaseURL(settings.Database)})
	require.ErrorIs(t, err, db.ErrForeign)
	require.Equal(t, before, relations(t, settings))
}

// A schema of the user is made by administrators for an Accord of its own.
func TestOpen_usesTheSchemaOfTheUser(t *testing.T) {
	settings, user := ownDatabase(t)
	runOn(t, settings, "CREATE SCHEMA "+user)
	require.Equal(t, 201, answered(t, settings, http.MethodPost, "/pacticipants", `{"name":"Shop"}`))
	require.Contains(t, relations(t, settings), user+".versions")
	require.Equal(t, 200, answered(t, settings, http.MethodGet, "/pacticipants/Shop", ""))
	require.Equal(t, 200, answered(t, inPlaceIn(settings, user), http.MethodGet, "/pacticipants/Shop", ""))
}

func TestImportInPlace_refusesASchemaThatWouldHideThePactBrokersTables(t *testing.T) {
	settings, user := ownDatabase(t, thePactBroker()...)
	refused := func(schema string) {
		t.Helper()
		before := relations(t, settings)
		for _, again := range []bool{false, true} {
			_, err := app.ImportInPlace(context.Background(), inPlaceIn(settings, schema), again, inPlaceRequest())
			require.ErrorIs(t, err, db.ErrHides)
			require.ErrorContains(t, err, `"`+schema+`"`)
			require.Equal(t, before, relations(t, settings))
		}
		runOn(t, settings, "SELECT content FROM pact_versions") // as the Pact Broker does
	}
	refused(user)
	runOn(t, settings, "CREATE SCHEMA "+user)
	refused(user)
	runOn(t, settings, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = contracts, public', current_database()); END $$")
	refused("contracts")
	_, err := app.ImportInPlace(context.Background(), inPlaceIn(settings, "public"), false, inPlaceRequest())
	require.ErrorContains(t, err, "PACT_BROKER_DATABASE_SCHEMA is public, where the Pact Broker's tables are")

	outcome, err := app.ImportInPlace(context.Background(), inPlaceIn(settings, user), false, inPlaceRequest())
	require.NoError(t, err, "now the user does not look there")
	require.NotEmpty(t, outcome.Imported.Kinds)
	runOn(t, settings, "SELECT content FROM pact_versions")
}

// Such a schema was not always refused.
func TestImportInPlace_goesOnInASchemaOfTheUserThatItHasMadeBefore(t *testing.T) {
	settings, user := ownDatabase(t, thePactBroker()...)
	_, err := app.ImportInPlace(context.Background(), inPlaceIn(settings, ""), false, inPlaceRequest())
	require.NoError(t, err)
	runOn(t, settings, "ALTER SCHEMA accord RENAME TO "+user)
	settings = inPlaceIn(settings, user)
	outcome, err := app.ImportInPlace(context.Background(), settings, false, inPlaceRequest())
	require.NoError(t, err)
	require.Empty(t, outcome.Imported.Kinds)
	_, err = app.ImportInPlace(context.Background(), settings, true, inPlaceRequest())
	require.NoError(t, err)
	require.Equal(t, 200, answered(t, settings, http.MethodGet, "/pacticipants/Shop", ""))
}
