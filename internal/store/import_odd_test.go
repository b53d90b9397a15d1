package store_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/webhooks"
)

// importing writes records and tells what came of it.
func importing(t *testing.T, db *store.DB, take bool, records ...archive.Record) (store.Imported, error) {
	t.Helper()
	ctx := context.Background()
	im, err := db.BeginImport(ctx, store.ImportOptions{
		Source: "odd", Take: take, Opens: func([]byte, string) bool { return true },
		Webhook: func(w archive.Webhook) (webhooks.Stored, error) {
			return webhooks.Stored{Webhook: webhooks.Webhook{Request: webhooks.Request{Method: w.Method, URL: w.URL}, Format: webhooks.Template}}, nil
		},
		Follow: func(here webhooks.Stored, _ archive.Webhook) (webhooks.Stored, bool, error) { return here, false, nil },
	})
	require.NoError(t, err)
	for _, r := range records {
		if err := im.Write(ctx, r); err != nil {
			return store.Imported{}, err
		}
	}
	return im.Finish(ctx)
}

// leftOutOf says what was left out or came otherwise, and why.
func leftOutOf(done store.Imported) []string {
	said := []string{}
	for _, l := range slices.Concat(done.LeftOut, done.Altered) {
		said = append(said, fmt.Sprintf("%s: %s (%s)", l.Kind, l.Reason, strings.Join(l.First, ", ")))
	}
	return said
}

func addedOf(done store.Imported, kind archive.Kind) int64 {
	for _, k := range done.Kinds {
		if k.Kind == kind {
			return k.Added
		}
	}
	return -1
}

func text(s string) *string { return &s }

// twoApps are records that odd ones may refer to: Shop has said something to Stock.
func twoApps() []archive.Record {
	at := archive.Times{CreatedAt: 1000, UpdatedAt: 1000}
	return []archive.Record{
		&archive.Application{Name: "Shop", DisplayName: "Shop", Times: at}, &archive.Application{Name: "Stock", DisplayName: "Stock", Times: at},
		&archive.Environment{UUID: "e-test", Name: "test", DisplayName: "Test", Times: at},
		&archive.Version{Application: "Shop", Number: "1", Rank: 1, SourceID: 1, Times: at}, &archive.Version{Application: "Stock", Number: "7", Rank: 2, SourceID: 2, Times: at},
		&archive.Version{Application: "Stock", Number: "8", Rank: 3, SourceID: 3, Times: at},
		&archive.Branch{Application: "Shop", Name: "main", Times: at},
		&archive.Integration{Consumer: "Shop", Provider: "Stock", CreatedAt: 1000},
		&archive.Content{Consumer: "Shop", Provider: "Stock", SHA: "one", Body: text("{}"), CreatedAt: 1000}, &archive.Content{Consumer: "Shop", Provider: "Stock", SHA: "two", Body: text("[]"), CreatedAt: 1000},
	}
}

// Whoever reads a broker page by page, while others write to it, may come upon a thing
// twice; and archives may be put together by hand. Neither stops an import, and what
// cannot be written is told.
func TestImport_livesWithWhatIsThereTwiceOrNamesNothing(t *testing.T) {
	at := archive.Times{CreatedAt: 1000, UpdatedAt: 1000}
	deployed := func(uuid, version string) *archive.Deployment {
		return &archive.Deployment{UUID: uuid, Application: "Stock", Version: version, Environment: "e-test", Current: true, Times: at}
	}
	result := func(number int64, sha, by string, success bool) *archive.Result {
		return &archive.Result{Consumer: "Shop", Provider: "Stock", SHA: sha, Number: number, ProviderVersion: by, Success: success, ExecutedAt: 1000, CreatedAt: archive.Time(1000 + number), Tags: []string{"dev", "dev"}}
	}
	published := func(revision int64, sha string) *archive.Publication {
		return &archive.Publication{Consumer: "Shop", Version: "1", Provider: "Stock", Revision: revision, SHA: sha, CreatedAt: 1000}
	}
	cases := []struct {
		name    string
		records []archive.Record
		kind    archive.Kind
		added   int64
		left    []string
		// says are lines of statements that say what is there afterwards.
		sql, says string
	}{
		{"an application twice", []archive.Record{&archive.Application{Name: "Shop", DisplayName: "other", Times: at}}, archive.KindApplication, 2, []string{"application: twice (Shop)"}, "SELECT count(*) || ' ' || min(display_name) FROM pacticipants WHERE name = 'Shop'", "1 Shop"},
		{"a label twice", []archive.Record{&archive.Label{Application: "Shop", Name: "a", Times: at}, &archive.Label{Application: "Shop", Name: "a", Times: at}}, archive.KindLabel, 1, []string{"label: twice (Shop a)"}, "SELECT name FROM labels", "a"},
		{"a label of nobody", []archive.Record{&archive.Label{Application: "Nobody", Name: "a", Times: at}}, archive.KindLabel, 0, []string{"label: no-application (Nobody a)"}, "", ""},
		{"an environment twice", []archive.Record{&archive.Environment{UUID: "e-test", Name: "test", Times: at}}, archive.KindEnvironment, 1, []string{"environment: twice (test e-test)"}, "SELECT name FROM environments", "test"},
		{
			"an environment twice under other uuids", []archive.Record{&archive.Environment{UUID: "e-2", Name: "test", Times: at}, &archive.Deployment{UUID: "d", Application: "Stock", Version: "7", Environment: "e-2", Current: true, Times: at}},
			archive.KindEnvironment, 1, nil, "SELECT e.uuid FROM deployed_versions d JOIN environments e ON e.id = d.environment_id", "e-test",
		},
		{"a version twice", []archive.Record{&archive.Version{Application: "Shop", Number: "1", Rank: 9, SourceID: 9, Times: at}}, archive.KindVersion, 3, []string{"version: twice (Shop 1)"}, "SELECT number FROM versions ORDER BY number", "1 7 8"},
		{"another version with the same id", []archive.Record{&archive.Version{Application: "Shop", Number: "2", Rank: 1, SourceID: 1, Times: at}}, archive.KindVersion, 4, nil, "SELECT number FROM versions ORDER BY number", "1 2 7 8"},
		{"a version of nobody", []archive.Record{&archive.Version{Application: "Nobody", Number: "1", Rank: 1, SourceID: 8, Times: at}}, archive.KindVersion, 3, []string{"version: no-application (Nobody 1)"}, "", ""},
		{"a branch twice", []archive.Record{&archive.Branch{Application: "Shop", Name: "main", Times: at}}, archive.KindBranch, 1, []string{"branch: twice (Shop main)"}, "SELECT name FROM branches", "main"},
		{"a head that is not there", []archive.Record{&archive.Branch{Application: "Shop", Name: "x", Head: text("99"), Times: at}}, archive.KindBranch, 2, nil, "SELECT coalesce(head_version_id, 0) || '' FROM branches WHERE name = 'x'", "0"},
		{
			"a membership twice", []archive.Record{&archive.Membership{Application: "Shop", Branch: "main", Version: "1", Times: at}, &archive.Membership{Application: "Shop", Branch: "main", Version: "1", Times: at}},
			archive.KindMembership, 1, []string{"membership: twice (Shop main 1)"}, "SELECT v.number FROM branches b JOIN versions v ON v.id = b.head_version_id", "1",
		},
		{"a membership of nothing", []archive.Record{&archive.Membership{Application: "Shop", Branch: "none", Version: "1", Times: at}}, archive.KindMembership, 0, []string{"membership: no-branch-or-version (Shop 1 on none)"}, "", ""},
		{"a tag twice", []archive.Record{&archive.Tag{Application: "Shop", Version: "1", Name: "a", Times: at}, &archive.Tag{Application: "Shop", Version: "1", Name: "a", Times: at}}, archive.KindTag, 1, []string{"tag: twice (Shop 1 a)"}, "SELECT name FROM tag_heads", "a"},
		{"a pair twice", []archive.Record{&archive.Integration{Consumer: "Shop", Provider: "Stock"}}, archive.KindIntegration, 1, []string{"integration: twice (Shop Stock)"}, "SELECT count(*) || '' FROM integrations", "1"},
		{"a content twice", []archive.Record{&archive.Content{Consumer: "Shop", Provider: "Stock", SHA: "one", Body: text("other")}}, archive.KindContent, 2, []string{"content: twice (Shop Stock one)"}, "SELECT count(*) || '' FROM pact_versions", "2"},
		{"a content of no pair", []archive.Record{&archive.Content{Consumer: "Stock", Provider: "Shop", SHA: "x", Body: text("{}")}}, archive.KindContent, 2, []string{"content: no-pair (x)"}, "", ""},
		{"a publication twice", []archive.Record{published(1, "one"), published(1, "one")}, archive.KindPublication, 1, []string{"publication: twice (Shop 1 Stock 1 one)"}, "SELECT count(*) || '' FROM pact_publications WHERE latest", "1"},
		{"one revision with two contents", []archive.Record{published(1, "one"), published(1, "two")}, archive.KindPublication, 1, []string{"publication: says-otherwise (Shop 1 to Stock)"}, "SELECT k.sha FROM pact_publications u JOIN pact_versions k ON k.id = u.pact_version_id WHERE u.latest", "one"},
		{"revisions in the wrong order", []archive.Record{published(3, "two"), published(1, "one")}, archive.KindPublication, 2, nil, "SELECT k.sha FROM pact_publications u JOIN pact_versions k ON k.id = u.pact_version_id WHERE u.latest", "two"},
		{"a publication of nothing", []archive.Record{published(1, "none")}, archive.KindPublication, 0, []string{"publication: no-version-or-content (Shop 1 to Stock)"}, "", ""},
		{"a result twice", []archive.Record{result(5, "one", "7", true), result(5, "one", "7", true)}, archive.KindResult, 1, []string{"result: twice (Shop Stock one 5 7 true 1970-01-01T00:00:00.001005Z)"}, "SELECT count(*) || '' FROM verifications WHERE latest", "1"},
		{"one number for two results", []archive.Record{result(5, "one", "7", true), result(5, "one", "8", false)}, archive.KindResult, 2, nil, "SELECT count(DISTINCT coalesce(number, id)) || '' FROM verifications", "2"},
		{"a result by nothing", []archive.Record{result(5, "one", "99", true)}, archive.KindResult, 0, []string{"result: no-content-or-provider-version (one no. 5)"}, "", ""},
		{"a deployment twice", []archive.Record{deployed("d", "7"), deployed("d", "7")}, archive.KindDeployment, 1, []string{"deployment: twice (Stock 7 e-test d)"}, "SELECT uuid FROM deployed_versions WHERE currently_deployed", "d"},
		{
			"two versions in one place", []archive.Record{deployed("a", "7"), deployed("b", "8")}, archive.KindDeployment, 2, []string{"deployment: deployed-otherwise (Stock 8 (b))"},
			"SELECT uuid FROM deployed_versions WHERE currently_deployed", "a",
		},
		{
			"a release twice", []archive.Record{&archive.Release{UUID: "a", Application: "Stock", Version: "7", Environment: "e-test", Supported: true, Times: at}, &archive.Release{UUID: "b", Application: "Stock", Version: "7", Environment: "e-test", Supported: true, Times: at}},
			archive.KindRelease, 1, []string{"release: twice (Stock 7 e-test)"}, "SELECT uuid FROM released_versions", "a",
		},
		{"a webhook twice", []archive.Record{&archive.Webhook{UUID: "w", Method: "POST", URL: "https://x.example", EventFilter: "{}", Times: at}, &archive.Webhook{UUID: "w", Method: "GET", URL: "https://x.example", EventFilter: "{}", Times: at}}, archive.KindWebhook, 1, []string{"webhook: twice (w)"}, "SELECT method FROM webhooks", "POST"},
		{"a webhook of nobody", []archive.Record{&archive.Webhook{UUID: "w", Method: "POST", Consumer: text("Nobody"), Times: at}}, archive.KindWebhook, 0, []string{"webhook: no-application (w)"}, "", ""},
		{"a secret twice", []archive.Record{&archive.Secret{Name: "S", Encrypted: []byte("x"), Times: at}, &archive.Secret{Name: "S", Encrypted: []byte("y"), Times: at}}, archive.KindSecret, 1, []string{"secret: twice (S)"}, "SELECT name FROM secrets", "S"},
		{"a delivery twice", []archive.Record{&archive.Delivery{UUID: "d", Event: "e", Context: "{}", Times: at}, &archive.Delivery{UUID: "d", Event: "e", Context: "{}", Times: at}, &archive.Attempt{Delivery: "none", Logs: "x"}}, archive.KindDelivery, 1, []string{"delivery: twice (d)", "attempt: no-delivery (none)"}, "", ""},
	}
	each(t, func(t *testing.T, db *store.DB) {
		for _, c := range cases {
			forget(t, db)
			records := inOrder(append(twoApps(), c.records...))
			done, err := importing(t, db, false, records...)
			require.NoError(t, err, c.name)
			require.Equal(t, c.added, addedOf(done, c.kind), c.name)
			require.Equal(t, append([]string{}, c.left...), leftOutOf(done), c.name)
			if c.sql != "" {
				lines, err := db.Lines(context.Background(), c.sql)
				require.NoError(t, err)
				require.Equal(t, c.says, strings.Join(lines, " "), c.name)
			}
			again, err := importing(t, db, false, records...)
			require.NoError(t, err, "%s, once more", c.name)
			for _, k := range again.Kinds {
				require.Zero(t, k.Added, "%s, %s once more", c.name, k.Kind)
			}
		}
	})
}

// forget empties the database.
func forget(t *testing.T, db *store.DB) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		for _, table := range []string{"environments", "all_integrations", "all_pacticipants", "webhooks", "triggered_webhooks", "secrets", "imports", "notes"} {
			require.NoError(t, tx.Exec(ctx, "DELETE FROM "+table))
		}
	})
}

// inOrder puts records into the order of an archive, those of one application's
// versions together.
func inOrder(records []archive.Record) []archive.Record {
	var ordered []archive.Record
	for _, kind := range archive.Kinds {
		apps := []string{""}
		if kind == archive.KindVersion {
			apps = []string{"Shop", "Stock", "stock-api", "Nobody"}
		}
		for _, app := range apps {
			for _, r := range records {
				if v, is := r.(*archive.Version); r.Kind() == kind && (!is || v.Application == app) {
					ordered = append(ordered, r)
				}
			}
		}
	}
	return ordered
}

// Numbers that no broker gives would leave none for what is made afterwards.
func TestImport_leavesRoomForWhatComesAfterwards(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		for name, odd := range map[string]archive.Version{
			"the highest place": {Rank: math.MaxInt64, SourceID: 4}, "the highest id": {Rank: 4, SourceID: math.MaxInt64}, "a place below all": {Rank: math.MinInt64, SourceID: 5}, "an id below all": {Rank: 4, SourceID: math.MinInt64},
		} {
			forget(t, db)
			odd.Application, odd.Number, odd.CreatedAt = "Shop", "odd", 1000
			result := &archive.Result{Consumer: "Shop", Provider: "Stock", SHA: "one", Number: math.MaxInt64, ProviderVersion: "7", Success: true, ExecutedAt: 1000, CreatedAt: 1000}
			_, err := importing(t, db, false, inOrder(append(twoApps(), &odd, result))...)
			require.NoError(t, err, name)
			w := world{t, db}
			for _, number := range []string{"next", "after it"} {
				w.publish("Shop", number, number, "Stock")
				w.verify("Shop", number, "Stock", number, true)
				shop, _, err := db.FindPacticipant(context.Background(), "Shop")
				require.NoError(t, err)
				latest, err := db.LatestVersions(context.Background(), shop.ID)
				require.NoError(t, err)
				require.Equal(t, number, latest[shop.ID].Number, name)
			}
		}
	})
}

// An environment is renamed by an import only to a name that is free.
func TestImport_ofEnvironmentsThatChangedNames(t *testing.T) {
	at := func(updated archive.Time) archive.Times { return archive.Times{CreatedAt: 1000, UpdatedAt: updated} }
	each(t, func(t *testing.T, db *store.DB) {
		for _, c := range []struct {
			name       string
			take, free bool
			want       string
			left       int
		}{
			{"swapped", true, false, "a test b live", 2}, {"swapped, first import", false, false, "a test b live", 2}, {"moved to a free name", true, true, "a other b live", 0},
		} {
			forget(t, db)
			_, err := importing(t, db, c.take, &archive.Environment{UUID: "a", Name: "test", DisplayName: "Test", Times: at(1000)}, &archive.Environment{UUID: "b", Name: "live", DisplayName: "Live", Times: at(1000)})
			require.NoError(t, err)
			first, second := "live", "test"
			if c.free {
				first, second = "other", "live"
			}
			done, err := importing(t, db, c.take, &archive.Environment{UUID: "a", Name: first, DisplayName: "Changed", Times: at(2000)}, &archive.Environment{UUID: "b", Name: second, DisplayName: "Changed", Times: at(2000)})
			require.NoError(t, err, c.name)
			lines, err := db.Lines(context.Background(), "SELECT uuid || ' ' || name FROM environments ORDER BY uuid")
			require.NoError(t, err)
			require.Equal(t, c.want, strings.Join(lines, " "), c.name)
			left := 0
			for _, l := range done.Altered {
				left += int(l.Count)
				require.Equal(t, archive.NameTaken, l.Reason)
			}
			require.Equal(t, c.left, left, c.name)
			shown, err := db.Lines(context.Background(), "SELECT DISTINCT display_name FROM environments")
			require.NoError(t, err)
			require.Equal(t, []string{"Changed"}, shown, "the rest of it is brought up to date")
		}
	})
}

// Who lets what comes win gets it also where what is here was changed later: whether an
// environment is for production, and what is not known here of an application.
func TestImport_takesWhatComesThoughWhatIsHereIsYounger(t *testing.T) {
	main, older := "main", archive.Times{CreatedAt: 1000, UpdatedAt: 1000}
	comes := []archive.Record{
		&archive.Application{Name: "Shop", DisplayName: "The Shop", MainBranch: &main, Times: older},
		&archive.Environment{UUID: "b", Name: "test", DisplayName: "Test", Times: older},
	}
	each(t, func(t *testing.T, db *store.DB) {
		for _, c := range []struct {
			take    bool
			want    string
			changed int64
		}{
			{false, "Shop main test true", 1}, {true, "Shop main test false", 2},
		} {
			forget(t, db)
			write(t, db, func(ctx context.Context, tx *store.Tx) {
				require.NoError(t, tx.Exec(ctx, "INSERT INTO all_pacticipants (name, display_name, created_at, updated_at) VALUES ('Shop', 'Shop', 9000, 9000)"))
				require.NoError(t, tx.Exec(ctx, "INSERT INTO environments (uuid, name, display_name, production, created_at, updated_at) VALUES ('a', 'test', 'Test', true, 9000, 9000)"))
			})
			for _, changed := range []int64{c.changed, 0} {
				done, err := importing(t, db, c.take, comes...)
				require.NoError(t, err)
				got := int64(0)
				for _, k := range done.Kinds {
					got += k.Changed
				}
				require.Equal(t, changed, got, "take %v", c.take)
				lines, err := db.Lines(context.Background(), `SELECT p.display_name || ' ' || p.main_branch || ' ' || e.name || ' ' || CASE WHEN e.production THEN 'true' ELSE 'false' END
					FROM pacticipants p CROSS JOIN environments e`)
				require.NoError(t, err)
				require.Equal(t, []string{c.want}, lines, "take %v", c.take)
			}
		}
	})
}

func TestImport_stopsWhereARecordCannotBeTaken(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		broken := errors.New("no key")
		im, err := db.BeginImport(ctx, store.ImportOptions{Source: "x", Webhook: func(archive.Webhook) (webhooks.Stored, error) { return webhooks.Stored{}, broken }})
		require.NoError(t, err)
		require.NoError(t, im.Write(ctx, &archive.Application{Name: "Shop"}))
		require.NoError(t, im.Write(ctx, &archive.Webhook{UUID: "w"}))
		_, err = im.Finish(ctx)
		require.ErrorIs(t, err, broken)
		unfinished, err := db.HasUnfinishedImport(ctx)
		require.NoError(t, err)
		require.True(t, unfinished)
		known, err := db.KnowsImport(ctx, "x")
		require.NoError(t, err)
		require.True(t, known)
		done, err := importing(t, db, false)
		require.NoError(t, err)
		require.True(t, done.NewIDs, "the database was not empty any more")
		_, found, err := db.FindPacticipant(ctx, "Shop")
		require.NoError(t, err)
		require.True(t, found, "what came before stays")
	})
}

// What stands in a source twice is told however far apart both are, also before anything
// is written.
func TestImport_tellsWhatRecursFarBehind(t *testing.T) {
	const many = 2100 // more than are written at once
	at := archive.Times{CreatedAt: 1000, UpdatedAt: 1000}
	records := []archive.Record{&archive.Application{Name: "Shop", DisplayName: "Shop", Times: at}}
	for i := range many {
		records = append(records, &archive.Label{Application: "Shop", Name: fmt.Sprintf("l%d", i), Times: at})
	}
	records = append(records, &archive.Label{Application: "Shop", Name: "l0", Times: at})
	all := func(_ context.Context, take func(archive.Record) error) error {
		for _, r := range records {
			if err := take(r); err != nil {
				return err
			}
		}
		return nil
	}
	told := []store.LeftOut{{Kind: archive.KindLabel, Reason: archive.Twice, Count: 1, First: []string{"Shop l0"}}}
	nobody := func(archive.Kind, int64) {}
	foreseen, err := store.PlanIntoNothing(context.Background(), all, nobody)
	require.NoError(t, err)
	require.Equal(t, told, foreseen.LeftOut)
	each(t, func(t *testing.T, db *store.DB) {
		planned, err := db.PlanImport(context.Background(), store.ImportOptions{Source: "odd"}, all, nobody)
		require.NoError(t, err)
		require.Equal(t, told, planned.LeftOut)
		require.Equal(t, store.KindPlanned{Kind: archive.KindLabel, Read: many + 1, LeftOut: 1}, planned.Kinds[1])
		done, err := importing(t, db, false, records...)
		require.NoError(t, err)
		require.Equal(t, told, done.LeftOut)
		require.Equal(t, int64(many), addedOf(done, archive.KindLabel))
	})
}
