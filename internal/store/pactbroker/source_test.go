package pactbroker_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store/pactbroker"
	"github.com/accord-broker/accord/internal/testing/pactbrokerdb"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// prepared makes a database of a Pact Broker in which the statements were run, and
// returns its address.
func prepared(t *testing.T, d pactbrokerdb.Dialect, statements ...string) string {
	t.Helper()
	return database(t, d, append(pactbrokerdb.Schema(d), statements...)...)
}

// database makes an empty database in which the statements were run.
func database(t *testing.T, d pactbrokerdb.Dialect, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pact_broker.db")
	driver, name, address := "sqlite3", path, "sqlite://"+path
	if d == pactbrokerdb.Postgres {
		address = testpostgres.Database(t)
		driver, name = "pgx", address
	}
	db, err := sql.Open(driver, name)
	require.NoError(t, err)
	for _, statement := range statements {
		_, err := db.Exec(statement)
		require.NoError(t, err, statement)
	}
	require.NoError(t, db.Close())
	return address
}

func opened(t *testing.T, address string) *pactbroker.Source {
	t.Helper()
	s, err := pactbroker.Open(context.Background(), address, "")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// each runs the test on the databases of both dialects.
func each(t *testing.T, statements []string, test func(t *testing.T, s *pactbroker.Source)) {
	t.Helper()
	for _, d := range []pactbrokerdb.Dialect{pactbrokerdb.SQLite, pactbrokerdb.Postgres} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			test(t, opened(t, prepared(t, d, statements...)))
		})
	}
}

// read returns the records of one type.
func read[T any](t *testing.T, s *pactbroker.Source) []T {
	t.Helper()
	all := []T{}
	require.NoError(t, s.Each(context.Background(), nil, func(r archive.Record) error {
		if is, of := r.(any).(*T); of {
			all = append(all, *is)
		}
		return nil
	}))
	return all
}

// skippedBy is what a whole reading came upon and left out. That times are missing,
// which few tests have for all rows, is not among it.
func skippedBy(t *testing.T, s *pactbroker.Source) []string {
	t.Helper()
	read[archive.Application](t, s)
	said := []string{}
	for _, l := range s.Skipped() {
		if l.OtherTime {
			continue
		}
		said = append(said, fmt.Sprintf("%s: %s (%d) %v", l.Kind, l.Reason, l.Count, l.First))
	}
	return said
}

// apps are the statements that make applications with the ids 1, 2, …
func apps(names ...string) string {
	var rows []string
	for i, name := range names {
		rows = append(rows, fmt.Sprintf("(%d, '%s', '2024-01-01 00:00:00', '2024-01-01 00:00:00')", i+1, name))
	}
	return "INSERT INTO pacticipants (id, name, created_at, updated_at) VALUES " + strings.Join(rows, ", ")
}

func ptr[T any](v T) *T { return &v }

func TestOpen_saysWhatIsWrongWithTheDatabase(t *testing.T) {
	without := func(what string) []string { return append(pactbrokerdb.Schema(pactbrokerdb.SQLite), what) }
	for name, c := range map[string]struct {
		statements []string
		is         error
		says       string
	}{
		"no tables at all":           {[]string{"PRAGMA user_version = 1"}, pactbroker.ErrNoPactBroker, ""},
		"tables of another program":  {[]string{"CREATE TABLE pacticipants (id integer)"}, pactbroker.ErrNoPactBroker, ""},
		"of the first releases":      {[]string{"CREATE TABLE schema_info (version integer)"}, pactbroker.ErrTooOld, "2.92"},
		"no migration has run":       {without("DELETE FROM schema_migrations"), pactbroker.ErrNoPactBroker, ""},
		"the last migration is old":  {without("UPDATE schema_migrations SET filename = '20211120_something.rb'"), pactbroker.ErrTooOld, "2.92"},
		"of another kind of numbers": {without("UPDATE schema_migrations SET filename = '000042_something.rb'"), pactbroker.ErrTooOld, "2.92"},
		"a table is missing":         {without("DROP TABLE webhook_events"), pactbroker.ErrUnknown, "no table webhook_events"},
		"a column is missing":        {without("ALTER TABLE deployed_versions DROP COLUMN target"), pactbroker.ErrUnknown, "the Pact Broker's table deployed_versions has no column target"},
		"tables of the same names":   {[]string{"CREATE TABLE schema_migrations (filename text)", "INSERT INTO schema_migrations VALUES ('20240101_start.rb')", "CREATE TABLE versions (id integer)"}, pactbroker.ErrNoPactBroker, ""},
		"Accord's own":               {[]string{"CREATE TABLE accord_migrations (version_id integer)"}, pactbroker.ErrAccord, "the tables of Accord"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pactbroker.Open(context.Background(), database(t, pactbrokerdb.SQLite, c.statements...), "")
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestOpen_refusesAddressesThatLeadToNoDatabase(t *testing.T) {
	folder := t.TempDir()
	garbage := filepath.Join(folder, "garbage.db")
	require.NoError(t, os.WriteFile(garbage, []byte(strings.Repeat("no database ", 1000)), 0o600))
	for address, says := range map[string]string{
		"":                           "must begin with",
		"pact_broker.db":             "must begin with",
		"oracle://db/x":              "must begin with",
		"sqlite://" + folder + "/no": "there is no file",
		"sqlite://" + garbage:        garbage,
		"postgres://localhost:port/": "open database",
		"mysql://%zz/":               "mysql://user:password@host:port/name",
	} {
		_, err := pactbroker.Open(context.Background(), address, "")
		require.ErrorContains(t, err, says, address)
	}
}

func TestOpen_takesTheOldestReleaseThatHasAllThatIsNeeded(t *testing.T) {
	t.Parallel()
	statements := append(pactbrokerdb.Schema(pactbrokerdb.SQLite), pactbrokerdb.Example(pactbrokerdb.SQLite)...)
	statements = append(statements, "DELETE FROM schema_migrations", "INSERT INTO schema_migrations (filename) VALUES ('20211121_x.rb'), ('20180311_y.rb')")
	for table, columns := range map[string]string{
		"verifications":     "pact_pending verified_by_client_implementation verified_by_client_version verified_by_client_test_framework provider_version",
		"deployed_versions": "auto_created", "config": "type",
	} {
		for column := range strings.FieldsSeq(columns) {
			statements = append(statements, "ALTER TABLE "+table+" DROP COLUMN "+column)
		}
	}
	s := opened(t, database(t, pactbrokerdb.SQLite, statements...))
	require.Equal(t, "20211121", s.Header().Source.Schema, "the last one, not the first or the one that stands last")
	results := read[archive.Result](t, s)
	require.Len(t, results, 3, "a result that names its version only by its number has none here")
	for _, r := range results {
		require.Nil(t, r.Pending)
	}
	require.JSONEq(t, `{"implementation":"pact-rust","version":"1.2"}`, *results[1].VerifiedBy)
	require.False(t, read[archive.Deployment](t, s)[0].AutoCreated)
	require.Contains(t, read[archive.Setting](t, s), archive.Setting{Name: "allow_dangerous_contract_modification", Value: "1"})
}

func TestOpen_findsTheTablesInTheSchemaThatIsNamed(t *testing.T) {
	t.Parallel()
	statements := []string{`CREATE SCHEMA "Pact ""Broker"""`, `SET search_path TO "Pact ""Broker"""`}
	statements = append(statements, pactbrokerdb.Schema(pactbrokerdb.Postgres)...)
	address := database(t, pactbrokerdb.Postgres, strings.Join(append(statements, apps("Shop")), ";\n"))
	ctx := context.Background()
	_, err := pactbroker.Open(ctx, address, "")
	require.ErrorIs(t, err, pactbroker.ErrNoPactBroker)
	_, err = pactbroker.Open(ctx, address, "elsewhere")
	require.ErrorIs(t, err, pactbroker.ErrNoPactBroker)
	s, err := pactbroker.Open(ctx, address, `Pact "Broker"`)
	require.NoError(t, err)
	require.Equal(t, "Shop", read[archive.Application](t, s)[0].Name)
	require.NoError(t, s.Close())
}

func TestEach_readsOneStateWhateverIsWrittenMeanwhile(t *testing.T) {
	for _, d := range []pactbrokerdb.Dialect{pactbrokerdb.SQLite, pactbrokerdb.Postgres} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			address := prepared(t, d, apps("Shop"))
			s := opened(t, address)
			driver, name := "pgx", address
			if d == pactbrokerdb.SQLite {
				driver, name = "sqlite3", strings.TrimPrefix(address, "sqlite://")
			}
			db, err := sql.Open(driver, name)
			require.NoError(t, err)
			defer db.Close()
			_, err = db.Exec("INSERT INTO pacticipants (id, name) VALUES (2, 'Stock')")
			require.NoError(t, err)
			_, err = db.Exec("DELETE FROM pacticipants WHERE id = 1")
			require.NoError(t, err, "nobody is kept from writing")
			found := read[archive.Application](t, s)
			require.Len(t, found, 1)
			require.Equal(t, "Shop", found[0].Name)
		})
	}
}

func TestEach_handsOverWhatIsWantedInTheOrderOfAnArchive(t *testing.T) {
	each(t, pactbrokerdb.Example(pactbrokerdb.SQLite), func(t *testing.T, s *pactbroker.Source) {
		ctx := context.Background()
		place := map[archive.Kind]int{}
		for i, kind := range archive.Kinds {
			place[kind] = i
		}
		last := -1
		kinds := map[archive.Kind]int{}
		for range 2 { // the second reading says the same as the first
			last = -1
			clear(kinds)
			require.NoError(t, s.Each(ctx, nil, func(r archive.Record) error {
				require.GreaterOrEqual(t, place[r.Kind()], last, "%s comes too late", r.Kind())
				last = place[r.Kind()]
				kinds[r.Kind()]++
				return nil
			}))
		}
		require.Equal(t, map[archive.Kind]int{
			archive.KindApplication: 2, archive.KindLabel: 1, archive.KindEnvironment: 2, archive.KindVersion: 5, archive.KindBranch: 3, archive.KindMembership: 5,
			archive.KindTag: 3, archive.KindIntegration: 2, archive.KindContent: 3, archive.KindPublication: 3, archive.KindResult: 4, archive.KindFirstSuccess: 1,
			archive.KindDeployment: 3, archive.KindRelease: 2, archive.KindCertificate: 1, archive.KindSetting: 1, archive.KindWebhook: 2,
			archive.KindDelivery: 1, archive.KindAttempt: 2,
		}, kinds)
		require.Len(t, s.Skipped(), 8, "what is skipped is not counted twice")

		wanted := func(k archive.Kind) bool { return k == archive.KindTag || k == archive.KindRelease }
		var got []archive.Kind
		require.NoError(t, s.Each(ctx, wanted, func(r archive.Record) error { got = append(got, r.Kind()); return nil }))
		require.Equal(t, []archive.Kind{"tag", "tag", "tag", "release", "release"}, got)
		require.Empty(t, s.Skipped(), "nothing is said of what nobody wanted")

		enough := errors.New("enough")
		count := 0
		err := s.Each(ctx, nil, func(archive.Record) error {
			if count++; count == 3 {
				return enough
			}
			return nil
		})
		require.ErrorIs(t, err, enough)
		require.ErrorContains(t, err, "label", "it says where reading stopped")
		require.Equal(t, 3, count)

		ended, cancel := context.WithCancel(ctx)
		cancel()
		require.ErrorIs(t, s.Each(ended, nil, func(archive.Record) error { return nil }), context.Canceled)
	})
}

func TestProgress_endsWhereItIsSaidToEnd(t *testing.T) {
	for _, versions := range []int{1, 600} {
		t.Run(fmt.Sprint(versions), func(t *testing.T) {
			t.Parallel()
			s := opened(t, prepared(t, pactbrokerdb.SQLite, pactbrokerdb.Large(versions)...))
			done, all := s.Progress()
			require.Zero(t, done)
			require.NoError(t, s.Each(context.Background(), nil, func(archive.Record) error {
				done, _ := s.Progress()
				require.LessOrEqual(t, done, all, "more than all was read")
				return nil
			}))
			done, _ = s.Progress()
			require.Equal(t, all, done, "all that is there was read")
		})
	}
}

func TestApplications_areReadAsTheyAre(t *testing.T) {
	each(t, []string{
		`INSERT INTO pacticipants (id, name, display_name, repository_url, repository_name, repository_namespace, main_branch, created_at, updated_at) VALUES
			(1, 'web-shop', NULL, NULL, NULL, NULL, NULL, '2024-01-01 00:00:00', NULL), (2, 'Ünïcode 店', ' ', '', 'r', 'n', 'Main', NULL, NULL), (3, '', 'Empty', NULL, NULL, NULL, NULL, NULL, NULL),
			(4, '  ', NULL, NULL, NULL, NULL, NULL, NULL, NULL), (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (6, 'It''s "quoted"\x', 'Shown', NULL, NULL, NULL, NULL, NULL, '2024-01-02 00:00:00')`,
	}, func(t *testing.T, s *pactbroker.Source) {
		day := archive.Time(1704067200_000_000)
		require.Equal(t, []archive.Application{
			{Name: "web-shop", DisplayName: "Web Shop", Times: archive.Times{CreatedAt: day, UpdatedAt: day}},
			{Name: "Ünïcode 店", DisplayName: "Ünïcode 店", RepositoryURL: ptr(""), RepositoryName: ptr("r"), RepositoryNamespace: ptr("n"), MainBranch: ptr("Main"), Times: archive.Times{CreatedAt: day, UpdatedAt: day}},
			{Name: `It's "quoted"\x`, DisplayName: "Shown", Times: archive.Times{CreatedAt: day + 86400_000_000, UpdatedAt: day + 86400_000_000}},
		}, read[archive.Application](t, s))
		require.Equal(t, []string{"application: no-name (3) [id 3 id 4 id 5]"}, skippedBy(t, s))
	})
}

// What belongs to an application without a name has nowhere to go, and a webhook
// about that application must not become one about all of them.
func TestEach_passesOverWhatBelongsToApplicationsWithoutAName(t *testing.T) {
	const t0 = "'2024-01-01 00:00:00'"
	each(t, []string{
		"INSERT INTO pacticipants (id, name, created_at, updated_at) VALUES (1, 'Shop', NULL, NULL), (2, NULL, NULL, NULL), (3, ' ', NULL, NULL)",
		"INSERT INTO labels (name, pacticipant_id) VALUES ('a', 1), ('b', 2), ('c', 3)",
		`INSERT INTO versions (id, number, pacticipant_id, "order") VALUES (11, '1', 1, 1), (12, '2', 2, 2), (13, '3', 3, 3)`,
		"INSERT INTO branches (id, name, pacticipant_id) VALUES (1, 'main', 1), (2, 'main', 2), (3, 'main', 3)",
		"INSERT INTO branch_versions (id, branch_id, version_id) VALUES (1, 1, 11), (2, 2, 12), (3, 3, 13)",
		"INSERT INTO tags (name, version_id) VALUES ('x', 11), ('x', 12), ('x', 13)",
		"INSERT INTO integrations (id, consumer_id, provider_id) VALUES (1, 1, 2), (2, 2, 1), (3, 1, 3), (4, 3, 1), (5, 1, 1)",
		"INSERT INTO pact_versions (id, consumer_id, provider_id, sha, content) VALUES (1, 1, 2, 'a', '{}'), (2, 3, 1, 'b', '{}'), (3, 1, 1, 'c', '{}')",
		"INSERT INTO pact_publications (id, consumer_version_id, provider_id, revision_number, pact_version_id) VALUES (1, 11, 2, 1, 1), (2, 13, 1, 1, 2), (3, 11, 1, 1, 3)",
		"INSERT INTO verifications (id, number, success, pact_version_id, provider_version_id, execution_date) VALUES (1, 1, TRUE, 1, 12, " + t0 + "), (2, 1, TRUE, 2, 11, " + t0 + "), (3, 1, TRUE, 3, 11, " + t0 + ")",
		"INSERT INTO pact_version_provider_tag_successful_verifications (id, pact_version_id, provider_version_tag_name, wip) VALUES (1, 1, 'p', FALSE), (2, 2, 'p', FALSE), (3, 3, 'p', FALSE)",
		"INSERT INTO environments (id, uuid, name) VALUES (1, 'e', 'test')",
		"INSERT INTO deployed_versions (id, uuid, version_id, pacticipant_id, environment_id) VALUES (1, 'd1', 11, 1, 1), (2, 'd2', 12, 2, 1), (3, 'd3', 13, 3, 1)",
		"INSERT INTO released_versions (id, uuid, version_id, pacticipant_id, environment_id) VALUES (1, 'r1', 11, 1, 1), (2, 'r2', 12, 2, 1), (3, 'r3', 13, 3, 1)",
		`INSERT INTO webhooks (id, uuid, method, url, consumer_id, provider_id) VALUES (1, 'all', 'POST', 'https://x.example', NULL, NULL), (2, 'of shop', 'POST', 'https://x.example', 1, NULL),
			(3, 'of the nameless', 'POST', 'https://x.example', 2, NULL), (4, 'of the blank', 'POST', 'https://x.example', NULL, 3), (5, 'of nobody', 'POST', 'https://x.example', NULL, 99)`,
	}, func(t *testing.T, s *pactbroker.Source) {
		require.NoError(t, s.Each(context.Background(), nil, func(r archive.Record) error {
			var named []string
			switch r := r.(type) {
			case *archive.Label:
				named = []string{r.Application}
			case *archive.Version:
				named = []string{r.Application}
			case *archive.Branch:
				named = []string{r.Application}
			case *archive.Membership:
				named = []string{r.Application}
			case *archive.Tag:
				named = []string{r.Application}
			case *archive.Integration:
				named = []string{r.Consumer, r.Provider}
			case *archive.Content:
				named = []string{r.Consumer, r.Provider}
			case *archive.Publication:
				named = []string{r.Consumer, r.Provider}
			case *archive.Result:
				named = []string{r.Consumer, r.Provider}
			case *archive.FirstSuccess:
				named = []string{r.Consumer, r.Provider}
			case *archive.Deployment:
				named = []string{r.Application}
			case *archive.Release:
				named = []string{r.Application}
			}
			for _, name := range named {
				require.Contains(t, []string{"Shop", " "}, name, "%#v", r) // an import leaves out the second, and says so
			}
			return nil
		}))
		hooks := []string{}
		for _, w := range read[archive.Webhook](t, s) {
			hooks = append(hooks, w.UUID)
		}
		require.Equal(t, []string{"all", "of shop"}, hooks)
		require.Contains(t, skippedBy(t, s), "webhook: no-application (3) [of the nameless of the blank of nobody]")
	})
}

func TestVersions_keepTheirOrderWhateverItIsWrittenIn(t *testing.T) {
	cases := []struct {
		name string
		// orders are those of versions in the order of their ids.
		orders []string
		want   string
	}{
		{"gaps are kept", []string{"10", "20", "35"}, "1:10 2:20 3:35"},
		{"another order than that of ids", []string{"30", "10", "20"}, "2:10 3:20 1:30"},
		{"none has an order", []string{"NULL", "NULL"}, "1:1 2:2"},
		{"some have none and come first", []string{"7", "NULL", "9"}, "2:1 1:2 3:3"},
		{"two share one, the older first", []string{"5", "5", "1"}, "3:1 1:2 2:3"},
		{"below zero", []string{"0", "-4"}, "2:-4 1:0"},
		{"beyond 32 bits, where there are", []string{"2147483647", "2147483646"}, "2:2147483646 1:2147483647"},
	}
	var statements, names []string
	for i, c := range cases {
		names = append(names, c.name)
		for j, order := range c.orders {
			statements = append(statements, fmt.Sprintf(`INSERT INTO versions (id, number, pacticipant_id, "order") VALUES (%d, '%d', %d, %s)`, 100*i+j, j+1, i+1, order))
		}
	}
	each(t, append([]string{apps(names...)}, statements...), func(t *testing.T, s *pactbroker.Source) {
		got := map[string][]string{}
		for _, v := range read[archive.Version](t, s) {
			got[v.Application] = append(got[v.Application], fmt.Sprintf("%s:%d", v.Number, v.Rank))
			require.Equal(t, v.Number, fmt.Sprint(v.SourceID%100+1))
		}
		for _, c := range cases {
			require.Equal(t, strings.Fields(c.want), got[c.name], c.name)
		}
	})
}

func TestVersions_withoutANumberTakeNoPlace(t *testing.T) {
	each(t, []string{apps("Shop"), `INSERT INTO versions (id, number, pacticipant_id, "order") VALUES (1, '1', 1, 1), (2, NULL, 1, 2), (3, ' ', 1, 3), (4, 'v 4 ', 1, 4)`}, func(t *testing.T, s *pactbroker.Source) {
		found := read[archive.Version](t, s)
		require.Len(t, found, 2)
		require.Equal(t, "v 4 ", found[1].Number, "spaces around a number are a part of it")
		require.Equal(t, []string{"version: no-number (2) [Shop id 2 Shop id 3]"}, skippedBy(t, s))
	})
}

func TestBranches_nameTheirHeadIfItIsOneOfTheirOwn(t *testing.T) {
	each(t, []string{
		apps("Shop", "Stock"), `INSERT INTO versions (id, number, pacticipant_id, "order") VALUES (1, '1', 1, 1), (2, 'a', 2, 1)`,
		"INSERT INTO branches (id, name, pacticipant_id) VALUES (1, 'main', 1), (2, 'feat/x', 1), (3, 'of another', 1), (4, 'gone', 1), (5, NULL, 1)",
		"INSERT INTO branch_heads (branch_id, version_id) VALUES (1, 1), (3, 2), (4, 99)",
		"INSERT INTO branch_versions (id, branch_id, version_id, auto_created) VALUES (1, 1, 1, TRUE), (2, 1, 2, FALSE), (3, 2, 99, NULL), (4, 2, 1, NULL)",
	}, func(t *testing.T, s *pactbroker.Source) {
		require.Equal(t, []archive.Branch{
			{Application: "Shop", Name: "main", Head: ptr("1")}, {Application: "Shop", Name: "feat/x"}, {Application: "Shop", Name: "of another"}, {Application: "Shop", Name: "gone"},
		}, read[archive.Branch](t, s))
		require.Equal(t, []archive.Membership{
			{Application: "Shop", Branch: "main", Version: "1", AutoCreated: true}, {Application: "Shop", Branch: "feat/x", Version: "1"},
		}, read[archive.Membership](t, s))
		require.Equal(t, []string{
			"branch: head-not-on-branch (2) [Shop of another Shop gone]", "branch: no-owner-or-name (1) []", "membership: branch-of-another-application (1) [Shop main]",
			"membership: nothing-named (1) []",
		}, skippedBy(t, s))
	})
}

// Where releases before 2.84 ran last, only the version itself says on which branch it
// is. What a later one shows of a branch that was deleted does not bring it back.
func TestBranches_areAlsoThoseThatOnlyVersionsTell(t *testing.T) {
	versions := func(at2, at3 string) string {
		return `INSERT INTO versions (id, number, pacticipant_id, "order", branch, created_at) VALUES (1, '1', 1, 1, 'main', '2021-08-01 00:00:00'),
			(2, '2', 1, 2, 'feat/x', '` + at2 + `'), (3, '3', 1, 3, 'main', '` + at3 + `'), (4, '4', 1, 4, '', '2021-09-01 00:00:00'), (5, NULL, 1, 5, 'main', '2021-09-01 00:00:00')`
	}
	for name, c := range map[string]struct {
		statements            []string
		branches, memberships []string
	}{
		"nothing else does": {
			[]string{versions("2021-08-02 00:00:00", "2021-08-03 00:00:00")},
			[]string{"main", "feat/x"}, []string{"1 on main", "2 on feat/x", "3 on main"},
		},
		"some are newer than all that is on branches": {
			[]string{
				versions("2021-07-02 00:00:00", "2021-08-03 00:00:00"), "INSERT INTO branches (id, name, pacticipant_id) VALUES (7, 'main', 1)",
				"INSERT INTO branch_versions (id, branch_id, version_id, created_at) VALUES (1, 7, 1, '2021-08-01 00:00:00')",
			},
			[]string{"main"}, []string{"1 on main", "3 on main"},
		},
		"their branch was deleted": {
			[]string{
				versions("2021-08-02 00:00:00", "2021-08-03 00:00:00"), `INSERT INTO versions (id, number, pacticipant_id, "order") VALUES (9, '9', 1, 9)`, "INSERT INTO branches (id, name, pacticipant_id) VALUES (7, 'dev', 1)",
				"INSERT INTO branch_versions (id, branch_id, version_id, created_at) VALUES (1, 7, 9, '2022-01-01 00:00:00')",
			},
			[]string{"dev"}, []string{"9 on dev"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, append([]string{apps("Shop")}, c.statements...), func(t *testing.T, s *pactbroker.Source) {
				branches, memberships := []string{}, []string{}
				for _, b := range read[archive.Branch](t, s) {
					branches = append(branches, b.Name)
				}
				for _, m := range read[archive.Membership](t, s) {
					memberships = append(memberships, m.Version+" on "+m.Branch)
				}
				require.Equal(t, c.branches, branches)
				require.Equal(t, c.memberships, memberships)
			})
		})
	}
}

func TestEach_namesTablesThatAreNoneOfThePactBrokers(t *testing.T) {
	each(t, []string{"CREATE TABLE teams (id integer)", `CREATE TABLE "My Users" (id integer)`, "CREATE TABLE materialized_matrix (id integer)", "CREATE VIEW head_matrix AS SELECT 1"}, func(t *testing.T, s *pactbroker.Source) {
		require.Equal(t, []string{"table: foreign-table (2) [My Users teams]"}, skippedBy(t, s))
	})
}
