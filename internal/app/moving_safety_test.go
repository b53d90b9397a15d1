package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/pactbrokerdb"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// breaking is a source that breaks off after so many records.
type breaking struct {
	archive.Source
	after int
}

var errBroken = errors.New("broken off")

func (s breaking) Each(ctx context.Context, want func(archive.Kind) bool, take func(archive.Record) error) error {
	left := s.after
	return s.Source.Each(ctx, want, func(r archive.Record) error {
		if left--; left < 0 && want == nil {
			return errBroken
		}
		return take(r)
	})
}

func TestImport_brokenOffTenTimesLosesAndDoublesNothing(t *testing.T) {
	from := company(t, testbroker.With(testbroker.CallingHere))
	from.Post("/webhooks", testbroker.Webhook("http://127.0.0.1:1/x", "contract_published")).OK(201)
	content := exported(t, from.Settings(), store.ExportQuery{})
	testbroker.Each(t, func(t *testing.T, to *testbroker.Broker) {
		path := filepath.Join(t.TempDir(), "archive")
		require.NoError(t, os.WriteFile(path, content, 0o600))
		file, err := archive.OpenFile(path)
		require.NoError(t, err)
		records := bytes.Count(content, []byte("\n")) - 2
		random := testrandom.New(t)
		request := app.ImportRequest{OnConflict: app.StopOnConflict, Progress: quiet}
		for range 10 {
			request.Source = breaking{file, random.IntN(records)}
			_, err := app.RunImport(context.Background(), to.Settings(), request)
			require.ErrorIs(t, err, errBroken)
			require.True(t, isHalfImported(t, to.Settings()), "no broker starts on it")
		}
		request.Source = file
		_, err = app.RunImport(context.Background(), to.Settings(), request)
		require.NoError(t, err)
		require.False(t, isHalfImported(t, to.Settings()))
		// A webhook waits to be enabled, which its record says as if it were.
		require.Equal(t, string(content), string(exported(t, to.Settings(), store.ExportQuery{})))
	}, testbroker.With(testbroker.CallingHere))
}

func isHalfImported(t *testing.T, settings config.Settings) bool {
	t.Helper()
	database, err := app.OpenForImport(context.Background(), settings)
	require.NoError(t, err)
	defer func() { require.NoError(t, database.Close()) }()
	half, err := database.HasUnfinishedImport(context.Background())
	require.NoError(t, err)
	return half
}

func TestImport_sendsNothingAndEnablesWebhooksWhenTold(t *testing.T) {
	receiver := testbroker.NewReceiver(t)
	from := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	plain := testbroker.Webhook(receiver.URL+"/plain", "contract_published")
	secret := testbroker.Webhook(receiver.URL+"/secret", "contract_published")
	secret["request"].(testbroker.Object)["password"], secret["request"].(testbroker.Object)["username"] = "hush", "me"
	from.Post("/webhooks", plain).OK(201)
	from.Post("/webhooks", secret).OK(201)
	from.Put("/pacts/provider/Stock/consumer/Shop/version/1", pactbrokerdb.Content("one")).OK(201)

	for name, encrypted := range map[string]bool{"without secrets": false, "with encrypted secrets": true} {
		to := testbroker.New(t, testbroker.With(testbroker.CallingHere))
		to.Work()
		content := exported(t, from.Settings(), store.ExportQuery{Encrypted: encrypted})
		require.NotContains(t, string(content), "hush")
		result := imported(t, to.Settings(), "test", content)
		require.Equal(t, int64(2), result.WebhooksToEnable)
		lacking := 1
		if encrypted {
			lacking = 0
		}
		require.Len(t, result.MissingSecrets, lacking, name)
		to.Put("/pacts/provider/Stock/consumer/Shop/version/2", pactbrokerdb.Content("two")).OK(201)
		enabled, missing, err := app.EnableImportedWebhooks(context.Background(), to.Settings())
		require.NoError(t, err)
		require.Equal(t, int64(2-lacking), enabled)
		require.Len(t, missing, lacking)
		require.Empty(t, receiver.Got, "nothing was sent until now")
		to.Put("/pacts/provider/Stock/consumer/Shop/version/3", pactbrokerdb.Content("three")).OK(201)
		for range enabled {
			receiver.Next(t)
		}
		for len(receiver.Got) > 0 {
			<-receiver.Got
		}
	}
}

func TestImportInPlace_leavesTheOthersTables(t *testing.T) {
	address := pactBroker(t, pactbrokerdb.Postgres)
	settings := config.Default()
	settings.Database.URL, settings.Database.Import, settings.SeedExampleData = address, "in-place", false
	withKey(&settings)
	request := app.ImportRequest{OnConflict: app.StopOnConflict, Progress: quiet}
	outcome, err := app.ImportInPlace(context.Background(), settings, false, request)
	require.NoError(t, err)
	require.NotEmpty(t, outcome.Imported.Kinds)
	again, err := app.ImportInPlace(context.Background(), settings, false, request)
	require.NoError(t, err)
	require.Empty(t, again.Imported.Kinds, "once is enough")

	broker, err := app.New(context.Background(), settings, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, broker.Close())
	database, err := sql.Open("pgx", address)
	require.NoError(t, err)
	defer database.Close()
	var theirs, ours int
	require.NoError(t, database.QueryRow("SELECT count(*) FROM public.versions").Scan(&theirs))
	require.NoError(t, database.QueryRow("SELECT count(*) FROM accord.versions").Scan(&ours))
	require.Equal(t, theirs, ours)

	outside := settings
	outside.Database.Import = ""
	err = app.Export(context.Background(), outside, store.ExportQuery{}, func(archive.Record) error { return nil })
	require.ErrorIs(t, err, db.ErrForeign)
	require.ErrorContains(t, err, `in the schema "accord", what was imported in place`)

	settings.Database.URL = "sqlite://x.db"
	_, err = app.ImportInPlace(context.Background(), settings, false, request)
	require.ErrorIs(t, err, app.ErrNotInPlace)
}

func TestImport_ofWhatIsNoPactBroker(t *testing.T) {
	_, err := app.OpenPactBroker(context.Background(), testpostgres.Database(t), "")
	require.ErrorContains(t, err, "no tables of a Pact Broker")
	_, err = app.OpenPactBroker(context.Background(), "sqlite:///not/there.db", "")
	require.ErrorContains(t, err, "there is no file")
	_, err = app.OpenPactBroker(context.Background(), "oracle://x", "")
	require.ErrorContains(t, err, "must begin with")
}
