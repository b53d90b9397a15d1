package app_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/moving"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/pactbrokerdb"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// broughtFrom imports the database of a Pact Broker into that of the settings, or tries.
func broughtFrom(t *testing.T, settings config.Settings, address string, change ...func(*app.ImportRequest)) (app.ImportOutcome, error) {
	t.Helper()
	source, err := app.OpenPactBroker(context.Background(), address, "")
	require.NoError(t, err)
	defer func() { require.NoError(t, source.Close()) }()
	request := inPlaceRequest()
	request.Source = source
	for _, apply := range change {
		apply(&request)
	}
	return app.RunImport(context.Background(), settings, request)
}

func dry(r *app.ImportRequest) { r.DryRun = true }

func TestImport_makesNothingInADryRun(t *testing.T) {
	example := pactBroker(t, pactbrokerdb.SQLite)
	t.Run("sqlite", func(t *testing.T) {
		folder := t.TempDir()
		settings := config.Default()
		settings.Database.URL = "sqlite://" + filepath.Join(folder, "new.db")
		outcome, err := broughtFrom(t, settings, example, dry)
		require.NoError(t, err)
		require.NotEmpty(t, outcome.Plan.Kinds)
		left, err := os.ReadDir(folder)
		require.NoError(t, err)
		require.Empty(t, left)

		settings.Database.URL = "sqlite://" + filepath.Join(folder, "no", "new.db")
		_, err = broughtFrom(t, settings, example, dry)
		require.ErrorContains(t, err, "there is no such folder")
	})
	t.Run("postgres", func(t *testing.T) {
		settings, user := ownDatabase(t)
		outcome, err := broughtFrom(t, settings, example, dry)
		require.NoError(t, err)
		require.NotEmpty(t, outcome.Plan.Kinds)
		require.Equal(t, []string{"public."}, relations(t, settings))

		runOn(t, settings, "CREATE SCHEMA locked", "REVOKE CREATE ON SCHEMA locked FROM "+user)
		settings.Database.Schema = "locked"
		for _, change := range []func(*app.ImportRequest){dry, func(*app.ImportRequest) {}} {
			_, err = broughtFrom(t, settings, example, change)
			require.ErrorContains(t, err, "may make no tables there")
		}
	})
	t.Run("in place", func(t *testing.T) {
		settings, user := ownDatabase(t, thePactBroker()...)
		before := relations(t, settings)
		request := inPlaceRequest()
		request.DryRun = true
		outcome, err := app.ImportInPlace(context.Background(), inPlaceIn(settings, ""), true, request)
		require.NoError(t, err)
		require.NotEmpty(t, outcome.Plan.Kinds)
		require.Equal(t, before, relations(t, settings))
		_, err = app.ImportInPlace(context.Background(), inPlaceIn(settings, user), true, request)
		require.ErrorContains(t, err, "would hide those in the schema")
		require.Equal(t, before, relations(t, settings))
	})
}

func TestImport_leavesOldTablesAsTheyAreInADryRun(t *testing.T) {
	example := pactBroker(t, pactbrokerdb.SQLite)
	settings, _ := ownDatabase(t)
	require.Equal(t, 200, answered(t, settings, "GET", "/pacticipants", ""))
	runOn(t, settings, "DELETE FROM accord_migrations WHERE version_id = (SELECT max(version_id) FROM accord_migrations)")
	_, err := broughtFrom(t, settings, example, dry)
	require.ErrorContains(t, err, "a dry run leaves them as they are: run `broker migrate` first")
}

func TestImport_foretellsInADryRunWhatTheReportSays(t *testing.T) {
	address := pactBroker(t, pactbrokerdb.SQLite, "UPDATE webhooks SET headers = '{\"x-token\":\"**********\"}' WHERE id = 71")
	foretold := func(t *testing.T, settings config.Settings) {
		t.Helper()
		plan, err := broughtFrom(t, settings, address, dry)
		require.NoError(t, err)
		run, err := broughtFrom(t, settings, address)
		require.NoError(t, err)
		require.NotEmpty(t, run.Imported.Settings)
		require.NotEmpty(t, run.Imported.Certificates)
		require.Positive(t, run.Imported.WebhooksToEnable)
		require.Equal(t, run.Imported.Settings, plan.Imported.Settings)
		require.Equal(t, run.Imported.Certificates, plan.Imported.Certificates)
		require.Equal(t, run.Imported.WebhooksToEnable, plan.Imported.WebhooksToEnable)
		require.ElementsMatch(t, run.Imported.MissingSecrets, plan.Imported.MissingSecrets)
		again, err := broughtFrom(t, settings, address, dry)
		require.NoError(t, err)
		require.Equal(t, run.Imported.WebhooksToEnable, again.Imported.WebhooksToEnable, "and not twice as many")
		require.ElementsMatch(t, run.Imported.MissingSecrets, again.Imported.MissingSecrets)

		prefixed := func(r *app.ImportRequest) { r.Source = moving.Renamed(r.Source, moving.Names{Prefix: "b "}) }
		plan, err = broughtFrom(t, settings, address, prefixed, dry)
		require.NoError(t, err)
		run, err = broughtFrom(t, settings, address, prefixed)
		require.NoError(t, err)
		require.Equal(t, run.Imported.WebhooksToEnable, plan.Imported.WebhooksToEnable)
	}
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) { foretold(t, b.Settings()) }, testbroker.With(withKey))
	t.Run("without a database, and a key that is made", func(t *testing.T) {
		settings := config.Default()
		settings.Database.URL = "sqlite://" + filepath.Join(t.TempDir(), "new.db")
		foretold(t, settings)
	})
}

func TestImport_missesTheKeyForSecretsInADryRunAsWell(t *testing.T) {
	example := pactBroker(t, pactbrokerdb.SQLite)
	settings, _ := ownDatabase(t)
	settings.Secrets.Key = ""
	for range 2 { // without tables, and with them
		for _, change := range []func(*app.ImportRequest){dry, func(*app.ImportRequest) {}} {
			_, err := broughtFrom(t, settings, example, change)
			require.ErrorContains(t, err, "there is no key to encrypt them with: set PACT_BROKER_SECRETS_KEY")
			require.Equal(t, 1, strings.Count(err.Error(), "PACT_BROKER_SECRETS_KEY"), err)
		}
	}
}

// Clients that know the former name alone get to the application, and so does what comes
// from a broker that knows no other.
func TestImport_bringsToARenamedApplicationWhatComesByItsFormerName(t *testing.T) {
	address := pactBroker(t, pactbrokerdb.SQLite)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		importedFrom(t, b, address)
		rename(t, b, "Shop", "Laden")
		before := versionsOf(t, b, "Laden")
		for _, change := range []func(*app.ImportRequest){dry, func(*app.ImportRequest) {}} {
			outcome := importedFrom(t, b, address, change)
			require.Equal(t, map[string]string{"Shop": "Laden"}, outcome.Former)
			for _, k := range outcome.Imported.Kinds {
				require.Zero(t, k.Added+k.Changed, k.Kind)
			}
			for _, k := range outcome.Plan.Kinds {
				if k.Kind != archive.KindSetting && k.Kind != archive.KindCertificate {
					require.Equal(t, k.Read, k.Known, k.Kind)
				}
			}
			require.Equal(t, []string{"Laden", "Stock"}, applicationsOf(t, b))
			require.Equal(t, before, versionsOf(t, b, "Laden"))
		}
		newer := pactBroker(t, pactbrokerdb.SQLite, `INSERT INTO versions (id, number, pacticipant_id, "order", created_at, updated_at) VALUES (16, '3', 3, 106, '2023-03-01 10:00:09.5', '2023-03-01 10:00:09.5')`)
		importedFrom(t, b, newer)
		require.Equal(t, []string{"Laden", "Stock"}, applicationsOf(t, b))
		b.Get("/pacticipants/Laden/versions/3").OK(200)
	}, testbroker.With(withKey))
}

func TestImport_bringsToAMergedApplicationWhatComesByTheNameOfTheDuplicate(t *testing.T) {
	address := pactBroker(t, pactbrokerdb.SQLite,
		`INSERT INTO pacticipants (id, name, main_branch, created_at, updated_at) VALUES (4, 'shop-web', 'main', '2023-03-01 10:00:01.5', '2023-03-01 10:00:01.5')`,
		`INSERT INTO versions (id, number, pacticipant_id, "order", created_at, updated_at) VALUES (16, '3', 4, 106, '2023-03-01 10:00:09.5', '2023-03-01 10:00:09.5'), (17, '2', 4, 107, '2023-03-01 10:00:09.6', '2023-03-01 10:00:09.6')`)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		importedFrom(t, b, address)
		merge(t, b, "shop-web", "Shop")
		merged := versionsOf(t, b, "Shop")
		for range 3 {
			outcome := importedFrom(t, b, address)
			require.Equal(t, map[string]string{"shop-web": "Shop"}, outcome.Former)
			for _, k := range outcome.Imported.Kinds {
				require.Zero(t, k.Added, k.Kind)
			}
			require.Equal(t, []string{"Shop", "Stock"}, applicationsOf(t, b))
			require.Equal(t, merged, versionsOf(t, b, "Shop"))
		}
	}, testbroker.With(withKey))
}

func rename(t *testing.T, b *testbroker.Broker, name, other string) {
	t.Helper()
	b.Post("/api/v1/applications/"+name+"/rename", map[string]any{"name": other}).OK(200)
}

func merge(t *testing.T, b *testbroker.Broker, duplicate, into string) {
	t.Helper()
	b.Post("/api/v1/applications/"+duplicate+"/merge", map[string]any{"into": into}).OK(200)
}

func applicationsOf(t *testing.T, b *testbroker.Broker) (names []string) {
	t.Helper()
	for _, p := range b.Get("/pacticipants").OK(200).Find("_embedded", "pacticipants").([]any) {
		names = append(names, p.(map[string]any)["name"].(string))
	}
	return names
}

// versionsOf is the numbers of an application's versions, latest first.
func versionsOf(t *testing.T, b *testbroker.Broker, name string) (numbers []string) {
	t.Helper()
	for _, v := range b.Get("/pacticipants/"+name+"/versions").OK(200).Find("_embedded", "versions").([]any) {
		numbers = append(numbers, v.(map[string]any)["number"].(string))
	}
	return numbers
}

// What a source changes of its own environments is brought up to date by the next import
// from it, and no conflict.
func TestImport_changesAnEnvironmentOfItsOwnSourceAsItsDryRunSays(t *testing.T) {
	before := pactBroker(t, pactbrokerdb.SQLite)
	after := pactBroker(t, pactbrokerdb.SQLite, "UPDATE environments SET production = FALSE, updated_at = '2030-01-01 10:00:00.5' WHERE id = 2")
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		importedFrom(t, b, before)
		planned := importedFrom(t, b, after, dry)
		require.Empty(t, planned.Plan.Conflicts)
		outcome := importedFrom(t, b, after)
		_, changed := changedOf(outcome.Imported, archive.KindEnvironment)
		require.Equal(t, int64(1), changed)
	}, testbroker.With(withKey))
}

// What is left out because what is here stays is left out of the counts of the dry run, too.
func TestImport_countsInADryRunWhatIsKept(t *testing.T) {
	source := pactBroker(t, pactbrokerdb.SQLite)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Put("/pacts/provider/Stock/consumer/Shop/version/2", pactbrokerdb.Content("ours")).OK(201)
		keep := func(r *app.ImportRequest) { r.OnConflict = app.KeepOnConflict }
		for _, changes := range [][]func(*app.ImportRequest){{keep}, {}} { // the first time, and again
			planned := importedFrom(t, b, source, append(changes, dry)...)
			outcome := importedFrom(t, b, source, changes...)
			for _, k := range outcome.Imported.Kinds {
				if k.Kind == archive.KindPublication {
					at := slices.IndexFunc(planned.Plan.Kinds, func(p store.KindPlanned) bool { return p.Kind == k.Kind })
					foreseen := planned.Plan.Kinds[at]
					require.Equal(t, k.LeftOut, foreseen.LeftOut)
					require.Equal(t, k.Added, foreseen.Read-foreseen.Known-foreseen.LeftOut)
					require.NotZero(t, k.LeftOut)
				}
			}
			require.NotEmpty(t, planned.Plan.LeftOut)
			require.Subset(t, outcome.Imported.LeftOut, planned.Plan.LeftOut)
		}
	}, testbroker.With(withKey))
}
