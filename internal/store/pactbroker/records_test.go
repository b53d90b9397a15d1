package pactbroker_test

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store/pactbroker"
	"github.com/accord-broker/accord/internal/testing/pactbrokerdb"
)

// pair are an application and its provider, with a content between them.
var pair = []string{
	apps("Shop", "Stock"), `INSERT INTO versions (id, number, pacticipant_id, "order", created_at) VALUES (1, '1', 1, 1, '2024-01-01 00:00:00'), (2, '7', 2, 1, '2024-01-01 00:00:00'), (3, '8', 2, 2, '2024-01-01 00:00:00')`,
	"INSERT INTO integrations (id, consumer_id, provider_id) VALUES (1, 1, 2)",
	"INSERT INTO pact_versions (id, consumer_id, provider_id, sha, content) VALUES (1, 1, 2, 'one', '{}'), (2, 1, 2, 'two', '{}')",
}

func after(start []string, more ...string) []string {
	return append(append([]string{}, start...), more...)
}

// Ruby, Sequel and the drivers of several years have written times in these ways.
func TestTimes_areReadInEveryFormThatSQLiteHasOfThem(t *testing.T) {
	at := time.Date(2024, 2, 29, 23, 59, 58, 123456000, time.UTC)
	whole, minute, day := at.Truncate(time.Second), at.Truncate(time.Minute), time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	cases := map[string]*time.Time{
		"2024-02-29 23:59:58.123456":          &at,
		"2024-02-29 23:59:58.123456789":       &at,
		"2024-02-29 23:59:58":                 &whole,
		"2024-02-29 23:59:58 UTC":             &whole,
		"2024-02-29 23:59:58.123456+0000":     &at,
		"2024-02-29 23:59:58.123456 +0000":    &at,
		"2024-02-29 23:59:58.123456+00:00":    &at,
		"2024-03-01 01:59:58.123456+0200":     &at,
		"2024-03-01 01:59:58+02:00":           &whole,
		"2024-02-29T23:59:58.123456Z":         &at,
		"2024-02-29T23:59:58.123456":          &at,
		"2024-02-29T18:59:58-05:00":           &whole,
		"2024-02-29":                          &day,
		"2024-03-01 00:59:58 +01:00":          &whole,
		"2024-03-01 00:59:58.123456 +01:00":   &at,
		"2024-03-01 00:59:58+01":              &whole,
		"2024-02-29 23:59:58 GMT":             &whole,
		"2024-02-29 23:59":                    &minute,
		"2024-02-29T23:59Z":                   &minute,
		"1709251198":                          &whole,
		"1709251198.123456":                   &at,
		"1709251198000":                       &whole,
		"Thu, 29 Feb 2024 18:59:58 -0500":     &whole,
		"Thu, 29 Feb 2024 23:59:58 GMT":       &whole,
		"29 Feb 2024 23:59:58 +0000":          &whole,
		"20240229":                            nil,
		"":                                    nil,
		"yesterday":                           nil,
		"2023-02-29 00:00:00":                 nil,
		"0000-00-00 00:00:00":                 nil,
		"2024-02-29 23:59:58.123456 Irgendwo": nil,
	}
	before := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	var rows []string
	for text := range cases {
		rows = append(rows, fmt.Sprintf("(%d, 'x', '2001-01-01'), (%d, '%s', '%s')", 2*len(rows)+1, 2*len(rows)+2, cmp.Or(text, "nothing"), text))
	}
	s := opened(t, prepared(t, pactbrokerdb.SQLite, "INSERT INTO pacticipants (id, name, created_at) VALUES "+strings.Join(rows, ", ")))
	found := map[string]archive.Time{}
	for _, a := range read[archive.Application](t, s) {
		found[strings.TrimSuffix(a.Name, "nothing")] = a.CreatedAt
		require.Equal(t, a.CreatedAt, a.UpdatedAt, "what never changed changed when it was made")
	}
	unread := 0
	for text, want := range cases {
		if want == nil {
			want = &before
			unread++
		}
		require.Equal(t, archive.TimeOf(*want), found[text], text)
	}
	told := s.Skipped()
	require.Len(t, told, 1)
	require.Equal(t, archive.KindApplication, told[0].Kind)
	require.True(t, told[0].OtherTime, "the applications come")
	require.EqualValues(t, unread, told[0].Count)
}

// What has ended has, although nobody can tell when.
func TestTimes_thatCannotBeReadAreThoseNextToThem(t *testing.T) {
	s := opened(t, prepared(t, pactbrokerdb.SQLite, after(pair, "INSERT INTO environments (id, uuid, name, created_at) VALUES (1, 'e', 'test', '2024-01-01')",
		"INSERT INTO deployed_versions (id, uuid, version_id, pacticipant_id, environment_id, undeployed_at, created_at, updated_at) VALUES (1, 'd', 1, 1, 1, 'then', 'once', '2024-01-03 00:00:00')",
		"INSERT INTO released_versions (id, uuid, version_id, pacticipant_id, environment_id, support_ended_at, created_at, updated_at) VALUES (1, 'r', 1, 1, 1, 'then', 'once', NULL)",
		"INSERT INTO pact_publications (id, consumer_version_id, provider_id, revision_number, pact_version_id, created_at) VALUES (1, 1, 2, 1, 1, '2024-01-04'), (2, 1, 2, 2, 2, NULL)")...))
	const day, first = archive.Time(86400_000_000), archive.Time(1704067200_000_000)
	d := read[archive.Deployment](t, s)[0]
	require.Equal(t, archive.Times{CreatedAt: first + 2*day, UpdatedAt: first + 2*day}, d.Times)
	require.Equal(t, ptr(first+2*day), d.UndeployedAt)
	r := read[archive.Release](t, s)[0]
	require.Equal(t, archive.Times{CreatedAt: first, UpdatedAt: first}, r.Times, "that of its version")
	require.False(t, r.Supported)
	require.Equal(t, first+3*day, read[archive.Publication](t, s)[1].CreatedAt)
	for _, kind := range []archive.Kind{archive.KindDeployment, archive.KindRelease} {
		require.Contains(t, s.Skipped(), archive.Skipped{
			Kind: kind, Reason: archive.UnreadableTime, Count: 2,
			First: []string{"once", "then"}, OtherTime: true,
		})
	}
	require.Contains(t, s.Skipped(), archive.Skipped{Kind: archive.KindPublication, Reason: archive.NoTime, Count: 1, OtherTime: true})
}

func TestEach_leavesOutWhatHangsOnAContentWithoutText(t *testing.T) {
	each(t, after(pair, "INSERT INTO pact_versions (id, consumer_id, provider_id, sha, content) VALUES (3, 1, 2, 'none', NULL)",
		"INSERT INTO pact_publications (id, consumer_version_id, provider_id, revision_number, pact_version_id) VALUES (1, 1, 2, 1, 1), (2, 1, 2, 9, 3)",
		"INSERT INTO verifications (id, number, success, pact_version_id, provider_version_id) VALUES (1, 1, TRUE, 3, 2)",
		"INSERT INTO pact_version_provider_tag_successful_verifications (id, pact_version_id, provider_version_tag_name, wip) VALUES (1, 3, 'p', FALSE)",
	), func(t *testing.T, s *pactbroker.Source) {
		require.Equal(t, []string{
			"content: no-text (1) [none]", "publication: content-without-text (1) [Shop 1 to Stock revision 9]",
			"result: content-without-text (1) [none no. 1]", "first_success: content-without-text (1) [none by p]",
		}, skippedBy(t, s))
		require.Len(t, read[archive.Publication](t, s), 1)
	})
}

func TestEach_countsRowsThatNameWhatIsNotThere(t *testing.T) {
	each(t, after(pair,
		"INSERT INTO labels (name, pacticipant_id) VALUES ('web', 1), ('web', 99), ('web', 98)",
		`INSERT INTO versions (id, number, pacticipant_id, "order") VALUES (50, '1', 99, 1)`,
		"INSERT INTO branches (id, name, pacticipant_id) VALUES (1, NULL, 1), (2, 'main', 99), (3, 'main', 1)",
		"INSERT INTO branch_versions (id, branch_id, version_id) VALUES (1, 1, 1), (2, 99, 1), (3, 3, 99), (4, 3, 1)",
		"INSERT INTO tags (name, version_id) VALUES ('x', 99), ('x', 1), ('x', 50)",
		"INSERT INTO integrations (id, consumer_id, provider_id) VALUES (8, 1, 99)",
		"INSERT INTO pact_versions (id, consumer_id, provider_id, sha, content) VALUES (8, 99, 2, 'x', '{}')",
		"INSERT INTO pact_publications (id, consumer_version_id, provider_id, revision_number, pact_version_id) VALUES (1, 1, 2, 1, 99), (2, 99, 2, 1, 1), (3, 1, 99, 1, 1), (4, 1, 2, 2, 1)",
		"INSERT INTO verifications (id, number, success, pact_version_id, provider_version_id) VALUES (1, 1, TRUE, 99, 2), (2, 2, TRUE, 8, 2), (3, 3, TRUE, 1, 2)",
		"INSERT INTO pact_version_provider_tag_successful_verifications (id, pact_version_id, provider_version_tag_name, wip) VALUES (1, 99, 'p', FALSE), (2, 1, 'p', FALSE)",
		"INSERT INTO environments (id, uuid, name) VALUES (1, 'e', 'test')",
		"INSERT INTO deployed_versions (id, uuid, version_id, pacticipant_id, environment_id) VALUES (1, 'a', 99, 1, 1), (2, 'b', 1, 1, 99), (3, 'c', 1, 1, 1)",
		"INSERT INTO currently_deployed_version_ids (id, deployed_version_id) VALUES (1, 3), (2, 99)",
		"INSERT INTO released_versions (id, uuid, version_id, pacticipant_id, environment_id) VALUES (1, 'a', 99, 1, 1), (2, 'b', 1, 1, 99), (3, 'c', 1, 1, 1)",
	), func(t *testing.T, s *pactbroker.Source) {
		require.Equal(t, []string{
			"label: no-owner-or-name (2) []", "version: no-owner-or-name (1) []",
			"branch: no-owner-or-name (2) []", "membership: nothing-named (3) []",
			"tag: no-owner-or-name (2) []", "integration: nothing-named (1) []",
			"content: nothing-named (1) []", "publication: nothing-named (3) []", "result: nothing-named (2) []",
			"first_success: nothing-named (1) []", "deployment: nothing-named (2) []",
			"deployment: no-deployment (1) []", "release: nothing-named (2) []",
		}, skippedBy(t, s))
	})
}

func TestTimes_ofColumnsAreUTCWhereverTheServerIs(t *testing.T) {
	t.Parallel()
	address := prepared(t, pactbrokerdb.Postgres, "INSERT INTO pacticipants (id, name, created_at, updated_at) VALUES (1, 'Shop', '2024-07-01 12:00:00.5', '2024-07-01 12:00:01')",
		"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone TO %L', current_database(), 'America/New_York'); END $$")
	a := read[archive.Application](t, opened(t, address))[0]
	require.Equal(t, "2024-07-01T12:00:00.5Z", a.CreatedAt.String())
	require.Equal(t, "2024-07-01T12:00:01Z", a.UpdatedAt.String())
}

// Releases of the Pact Broker on SQLite have written truth in several ways.
func TestTruth_isReadInEveryFormThatSQLiteHasOfIt(t *testing.T) {
	cases := map[string]bool{
		"1": true, "'t'": true, "'T'": true, "'true'": true, "'TRUE'": true, "'1'": true, "TRUE": true, "2": true,
		"0": false, "'f'": false, "'false'": false, "NULL": false, "''": false, "'0'": false, "'no'": false, "FALSE": false,
	}
	var rows []string
	for written := range cases {
		rows = append(rows, fmt.Sprintf("('%s', 'test', %s)", strings.ReplaceAll(written, "'", "''"), written))
	}
	s := opened(t, prepared(t, pactbrokerdb.SQLite, "INSERT INTO environments (uuid, name, production) VALUES "+strings.Join(rows, ", ")))
	found := read[archive.Environment](t, s)
	require.Len(t, found, len(cases))
	for _, e := range found {
		require.Equal(t, cases[e.UUID], e.Production, e.UUID)
	}
}

func TestEnvironments_haveContactsOnlyIfTheseCanBeRead(t *testing.T) {
	each(t, []string{`INSERT INTO environments (id, uuid, name, display_name, production, contacts) VALUES (1, 'a', 'test', NULL, TRUE, NULL), (2, 'b', 'pre-prod', '', FALSE, 'null'),
		(3, 'c', 'x', 'Shown', NULL, '[{"name":"Ops"}]'), (4, 'd', 'y', 'Y', NULL, 'Ops <ops@example.org>'), (5, 'e', 'z', 'Z', NULL, '')`}, func(t *testing.T, s *pactbroker.Source) {
		require.Equal(t, []archive.Environment{
			{UUID: "a", Name: "test", DisplayName: "Test", Production: true}, {UUID: "b", Name: "pre-prod", DisplayName: "Pre Prod"},
			{UUID: "c", Name: "x", DisplayName: "Shown", Contacts: ptr(`[{"name":"Ops"}]`)}, {UUID: "d", Name: "y", DisplayName: "Y"}, {UUID: "e", Name: "z", DisplayName: "Z"},
		}, read[archive.Environment](t, s))
	})
}

func TestIntegrations_areAlsoThoseOfWhichOnlyContentsTell(t *testing.T) {
	each(t, []string{
		apps("Shop", "Stock", "Mail"), "INSERT INTO integrations (id, consumer_id, provider_id, created_at) VALUES (5, 2, 3, '2024-01-03 00:00:00'), (6, 1, 2, NULL), (7, 1, 99, NULL)",
		`INSERT INTO pact_versions (id, consumer_id, provider_id, sha, content, created_at) VALUES (1, 1, 2, 'a', '{}', '2024-01-01 00:00:00'), (2, 3, 1, 'b', '{}', '2024-01-02 00:00:00'),
			(3, 3, 1, 'c', '{}', '2024-01-01 00:00:00'), (4, 1, 99, 'd', '{}', NULL)`,
	}, func(t *testing.T, s *pactbroker.Source) {
		said := []string{}
		for _, i := range read[archive.Integration](t, s) {
			said = append(said, i.Consumer+" "+i.Provider+" "+i.CreatedAt.String())
		}
		require.Equal(t, []string{"Stock Mail 2024-01-03T00:00:00Z", "Shop Stock 2024-01-03T00:00:00Z", "Mail Shop 2024-01-01T00:00:00Z"}, said)
		require.Len(t, read[archive.Content](t, s), 3)
	})
}

func TestContents_keepEveryByte(t *testing.T) {
	texts := []string{"", "{}", `{"a": 1.0, "b":"ä\u0000"}`, "\t{\r\n}\n ", "no JSON", strings.Repeat("x", 1<<20), "\u2028\U0001F600"}
	statements := []string{apps("Shop", "Stock")}
	for i, text := range texts {
		statements = append(statements, fmt.Sprintf("INSERT INTO pact_versions (id, consumer_id, provider_id, sha, content) VALUES (%d, 1, 2, 's%d', '%s')", i+1, i, text))
	}
	statements = append(statements, "INSERT INTO pact_versions (id, consumer_id, provider_id, sha, content) VALUES (90, 1, 2, 'gone', NULL)")
	each(t, statements, func(t *testing.T, s *pactbroker.Source) {
		found := read[archive.Content](t, s)
		require.Len(t, found, len(texts))
		for i, c := range found {
			require.Equal(t, fmt.Sprintf("s%d", i), c.SHA)
			require.Equal(t, texts[i], *c.Body)
		}
		require.Equal(t, []string{"content: no-text (1) [gone]"}, skippedBy(t, s))
	})
}

func TestContents_thatAreNotUTF8Travel(t *testing.T) {
	s := opened(t, prepared(t, pactbrokerdb.SQLite, apps("Shop", "Stock"), "INSERT INTO pact_versions (id, consumer_id, provider_id, sha, content) VALUES (1, 1, 2, 's', CAST(x'7bff7d' AS TEXT))"))
	c := read[archive.Content](t, s)[0]
	require.Nil(t, c.Body)
	require.Equal(t, base64.StdEncoding.EncodeToString([]byte("{\xff}")), *c.BodyBase64)
}

func TestPublications_ofContentsOfAnotherPairAreLeftOut(t *testing.T) {
	each(t, after(pair,
		"INSERT INTO pact_versions (id, consumer_id, provider_id, sha, content) VALUES (3, 2, 1, 'other way', '{}')",
		`INSERT INTO pact_publications (id, consumer_version_id, provider_id, revision_number, pact_version_id, created_at) VALUES
			(9, 1, 2, 2, 2, NULL), (4, 1, 2, 1, 1, '2024-01-01 00:00:00'), (5, 1, 2, 3, 3, NULL), (6, 2, 2, 1, 1, NULL), (7, 1, 1, 1, 1, NULL), (8, 99, 2, 1, 1, NULL)`,
	), func(t *testing.T, s *pactbroker.Source) {
		require.Equal(t, []archive.Publication{
			{Consumer: "Shop", Version: "1", Provider: "Stock", Revision: 1, SHA: "one", CreatedAt: 1704067200_000_000}, {Consumer: "Shop", Version: "1", Provider: "Stock", Revision: 2, SHA: "two", CreatedAt: 1704067200_000_000},
		}, read[archive.Publication](t, s))
		require.Equal(t, []string{"publication: content-of-another-pair (3) [Shop 1 to Stock Stock 7 to Stock Shop 1 to Shop]", "publication: nothing-named (1) []"}, skippedBy(t, s))
	})
}

func TestResults_keepWhatIsKnownOfThem(t *testing.T) {
	when := archive.Time(1704067200_000_000)
	cases := []struct {
		name            string
		columns, values string
		want            archive.Result
	}{
		{"nothing but the outcome", "success", "TRUE", archive.Result{Success: true}},
		{"a number of its own", "number", "42", archive.Result{Number: 42}},
		{"no number: that of the row", "number", "NULL", archive.Result{}},
		{"executed at another time", "execution_date", "'2024-01-01 00:00:01'", archive.Result{ExecutedAt: when + 1_000_000}},
		{"never executed: when it came", "execution_date", "NULL", archive.Result{ExecutedAt: when}},
		{"work in progress", "wip", "TRUE", archive.Result{WIP: true}},
		{"pending", "pact_pending", "TRUE", archive.Result{Pending: ptr(true)}},
		{"not pending", "pact_pending", "FALSE", archive.Result{Pending: ptr(false)}},
		{"an address", "build_url", "'https://ci.example/1'", archive.Result{BuildURL: ptr("https://ci.example/1")}},
		{"an empty address", "build_url", "''", archive.Result{BuildURL: ptr("")}},
		{"selectors as they were", "consumer_version_selector_hashes", `'[{"latest": true}]'`, archive.Result{Selectors: ptr(`[{"latest": true}]`)}},
		{"test results as they were", "test_results", `'{"n":1e400, "a":[]}'`, archive.Result{TestResults: ptr(`{"n":1e400, "a":[]}`)}},
		{"tags", "tag_names", `'["dev","ä"]'`, archive.Result{Tags: []string{"dev", "ä"}}},
		{"no tags", "tag_names", "'[]'", archive.Result{Tags: []string{}}},
		{"tags that cannot be read", "tag_names", "'dev'", archive.Result{}},
		{"a verifier", "verified_by_implementation, verified_by_version", "'pact-jvm', '4'", archive.Result{VerifiedBy: ptr(`{"implementation":"pact-jvm","version":"4"}`)}},
		{"a client", "verified_by_client_version", "'9'", archive.Result{VerifiedBy: ptr(`{"clientLanguage":{"version":"9"}}`)}},
		{
			"all of a client", "verified_by_client_implementation, verified_by_client_version, verified_by_client_test_framework", "'ruby', '3', 'rspec <3>'",
			archive.Result{VerifiedBy: ptr(`{"clientLanguage":{"name":"ruby","version":"3","testFramework":"rspec \u003c3\u003e"}}`)},
		},
	}
	statements := pair
	for i, c := range cases {
		statements = after(statements, fmt.Sprintf("INSERT INTO verifications (id, pact_version_id, provider_version_id, created_at, %s) VALUES (%d, 1, 2, '2024-01-01 00:00:00', %s)", c.columns, i+100, c.values))
	}
	each(t, statements, func(t *testing.T, s *pactbroker.Source) {
		found := read[archive.Result](t, s)
		require.Len(t, found, len(cases))
		for i, c := range cases {
			want := c.want
			want.Consumer, want.Provider, want.SHA, want.ProviderVersion, want.CreatedAt = "Shop", "Stock", "one", "7", when
			if want.Number == 0 {
				want.Number = int64(i + 100)
			}
			if want.ExecutedAt == 0 {
				want.ExecutedAt = when
			}
			require.Equal(t, want, found[i], c.name)
		}
	})
}

func TestResults_belongToTheVersionThatTheyName(t *testing.T) {
	each(t, after(pair, `INSERT INTO verifications (id, number, success, pact_version_id, provider_version_id, provider_version) VALUES
		(1, 1, TRUE, 1, 2, NULL), (2, 2, TRUE, 1, NULL, '8'), (3, 3, TRUE, 1, 2, '8'), (4, 4, TRUE, 1, NULL, 'unheard of'), (5, 5, TRUE, 1, NULL, NULL), (6, 6, TRUE, 1, 1, NULL), (7, 7, TRUE, 99, 2, NULL), (8, 8, TRUE, 1, 99, '8')`),
		func(t *testing.T, s *pactbroker.Source) {
			said := []string{}
			for _, r := range read[archive.Result](t, s) {
				said = append(said, fmt.Sprintf("%d by %s", r.Number, r.ProviderVersion))
			}
			require.Equal(t, []string{"1 by 7", "2 by 8", "3 by 7"}, said, "the number counts only where nothing else says it")
			require.Equal(t, []string{"result: no-provider-version (4) [one no. 4 one no. 5 one no. 6 one no. 8]", "result: nothing-named (1) []"}, skippedBy(t, s))
		})
}

// Before results had tags of their own, a table said under which tags they were the
// first to succeed.
func TestResults_fromBeforeTheyKeptTagsHaveThoseOfTheirSuccesses(t *testing.T) {
	each(t, after(pair,
		`INSERT INTO verifications (id, number, success, pact_version_id, provider_version_id, tag_names) VALUES (1, 1, TRUE, 1, 2, NULL), (2, 2, TRUE, 2, 2, '["own"]'), (3, 3, TRUE, 1, 2, NULL)`,
		`INSERT INTO pact_version_provider_tag_successful_verifications (id, pact_version_id, provider_version_tag_name, wip, verification_id, execution_date) VALUES
			(1, 1, 'prod', FALSE, 1, NULL), (2, 1, 'dev', FALSE, 1, NULL), (3, 1, 'wip', TRUE, 1, NULL), (4, 2, 'other', FALSE, 2, NULL), (5, 1, 'lost', FALSE, 99, '2024-01-01 00:00:00'),
			(6, 2, 'lost wip', TRUE, NULL, NULL), (7, 99, 'of nothing', FALSE, NULL, NULL)`,
	), func(t *testing.T, s *pactbroker.Source) {
		tags := [][]string{}
		for _, r := range read[archive.Result](t, s) {
			tags = append(tags, r.Tags)
		}
		require.Equal(t, [][]string{{"dev", "prod"}, {"own"}, nil}, tags)
		require.Equal(t, []archive.FirstSuccess{{Consumer: "Shop", Provider: "Stock", SHA: "one", Tag: "lost", At: 1704067200_000_000}}, read[archive.FirstSuccess](t, s), "only those whose result is gone")
	})
}

// One without a uuid gets one that follows from its name, by which what is there finds it;
// deployments of one version to two places stay two.
func TestEnvironments_haveAUUIDAlsoWhereTheSourceHasNone(t *testing.T) {
	each(t, after(pair, "INSERT INTO environments (id, uuid, name) VALUES (1, NULL, 'test'), (2, '', 'live')",
		"INSERT INTO deployed_versions (id, uuid, version_id, pacticipant_id, environment_id) VALUES (1, NULL, 1, 1, 1), (2, NULL, 1, 1, 2)",
		"INSERT INTO released_versions (id, uuid, version_id, pacticipant_id, environment_id) VALUES (1, 'r', 1, 1, 2)"), func(t *testing.T, s *pactbroker.Source) {
		found := read[archive.Environment](t, s)
		require.Len(t, found, 2)
		test, live := found[0].UUID, found[1].UUID
		require.NotEmpty(t, test)
		require.NotEmpty(t, live)
		require.NotEqual(t, test, live)
		require.Equal(t, found, read[archive.Environment](t, s), "the same each time")
		deployed := read[archive.Deployment](t, s)
		require.Equal(t, []string{test, live}, []string{deployed[0].Environment, deployed[1].Environment})
		require.NotEqual(t, deployed[0].UUID, deployed[1].UUID)
		require.Equal(t, live, read[archive.Release](t, s)[0].Environment)
	})
}

func TestDeployments_areCurrentWhereTheTableOfCurrentOnesSaysSo(t *testing.T) {
	const undeployed = "'2024-01-01 00:00:00'"
	each(t, after(pair, "INSERT INTO environments (id, uuid, name) VALUES (1, 'e', 'test')",
		`INSERT INTO deployed_versions (id, uuid, version_id, pacticipant_id, environment_id, target, undeployed_at, auto_created) VALUES
			(1, 'current', 1, 1, 1, NULL, NULL, NULL), (2, 'current whatever it says', 1, 1, 1, 'blue', `+undeployed+`, TRUE), (3, 'not current', 1, 1, 1, '', NULL, FALSE), (4, 'ended', 2, 2, 1, NULL, `+undeployed+`, FALSE),
			(5, 'of another', 1, 2, 1, NULL, NULL, FALSE), (6, 'nowhere', 1, 1, 9, NULL, NULL, FALSE), (7, 'nothing', 99, 1, 1, NULL, NULL, FALSE)`,
		"INSERT INTO currently_deployed_version_ids (id, deployed_version_id) VALUES (1, 1), (2, 2), (3, 5), (4, 99)"), func(t *testing.T, s *pactbroker.Source) {
		ended := ptr(archive.Time(1704067200_000_000))
		shop := archive.Deployment{Application: "Shop", Version: "1", Environment: "e"}
		with := func(change func(*archive.Deployment)) archive.Deployment {
			d := shop
			change(&d)
			return d
		}
		require.Equal(t, []archive.Deployment{
			with(func(d *archive.Deployment) { d.UUID, d.Current = "current", true }),
			with(func(d *archive.Deployment) {
				d.UUID, d.Current, d.Instance, d.AutoCreated = "current whatever it says", true, "blue", true
			}),
			with(func(d *archive.Deployment) { d.UUID = "not current" }),
			{UUID: "ended", Application: "Stock", Version: "7", Environment: "e", UndeployedAt: ended},
		}, read[archive.Deployment](t, s))
		require.Equal(t, []string{"deployment: version-of-another-application (1) [of another]", "deployment: nothing-named (2) []", "deployment: no-deployment (1) []"}, skippedBy(t, s))
	})
}

func TestReleases_areSupportedUntilTheirSupportEnds(t *testing.T) {
	each(t, after(pair, "INSERT INTO environments (id, uuid, name) VALUES (1, 'e', 'test')",
		`INSERT INTO released_versions (id, uuid, version_id, pacticipant_id, environment_id, support_ended_at, created_at, updated_at) VALUES
			(1, 'a', 1, 1, 1, NULL, '2024-01-02 00:00:00', '2024-01-03 00:00:00'), (2, 'b', 2, 2, 1, '2024-01-02 00:00:00', NULL, NULL), (3, 'c', 1, 1, 9, NULL, NULL, NULL)`), func(t *testing.T, s *pactbroker.Source) {
		const day = archive.Time(86400_000_000)
		first := archive.Time(1704067200_000_000)
		require.Equal(t, []archive.Release{
			{UUID: "a", Application: "Shop", Version: "1", Environment: "e", Supported: true, Times: archive.Times{CreatedAt: first + day, UpdatedAt: first + 2*day}},
			{UUID: "b", Application: "Stock", Version: "7", Environment: "e", SupportEndedAt: ptr(first + day), Times: archive.Times{CreatedAt: first, UpdatedAt: first}},
		}, read[archive.Release](t, s), "one whose time is not known was made with its version")
	})
}

func TestWebhooks_sayTheSameAsThePactBrokersDo(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte("pässword"))
	cases := []struct {
		name            string
		columns, values string
		want            func(w *archive.Webhook)
	}{
		{"disabled", "enabled", "FALSE", func(w *archive.Webhook) { w.Enabled = false }},
		{"enabled", "enabled", "TRUE", func(*archive.Webhook) {}},
		{"from before they were disabled", "enabled", "NULL", func(*archive.Webhook) {}},
		{"a method in small letters", "method", "'put'", func(w *archive.Webhook) { w.Method = "PUT" }},
		{"of a consumer", "consumer_id", "1", func(w *archive.Webhook) { w.Consumer = ptr("Shop") }},
		{"of a provider", "provider_id", "2", func(w *archive.Webhook) { w.Provider = ptr("Stock") }},
		{"of labels", "consumer_label, provider_label", "'a', 'b'", func(w *archive.Webhook) { w.ConsumerLabel, w.ProviderLabel = ptr("a"), ptr("b") }},
		{"a user with a password", "username, password", "'ci', '" + encoded + "'", func(w *archive.Webhook) { w.Username, w.Password = "ci", "pässword" }},
		{"a password that is not encoded", "password", "'${user.secret}'", func(w *archive.Webhook) { w.Password = "${user.secret}" }},
		{"headers in their order", "headers", `'{"Z-Last":"1","a":"2"}'`, func(w *archive.Webhook) { w.Headers = headers("z-last", "1", "a", "2") }},
		{"a header that is a number", "headers", `'{"x-id":1234567890123,"x-half":0.5}'`, func(w *archive.Webhook) { w.Headers = headers("x-id", "1234567890123", "x-half", "0.5") }},
		{"a header that is a truth", "headers", `'{"x-dry":true}'`, func(w *archive.Webhook) { w.Headers = headers("x-dry", "true") }},
		{"a header without a value", "headers", `'{"x-none":null,"a":"2"}'`, func(w *archive.Webhook) { w.Headers = headers("x-none", "", "a", "2") }},
		{"headers that are no object", "headers", `'["a"]'`, func(w *archive.Webhook) { w.Enabled = false }},
		{"headers cut off", "headers", `'{"a":"1","b'`, func(w *archive.Webhook) { w.Enabled, w.Headers = false, headers("a", "1") }},
		{"headers without an end", "headers", `'{"a":"1"'`, func(w *archive.Webhook) { w.Enabled, w.Headers = false, headers("a", "1") }},
		{"headers that are no JSON", "headers", `'X-A: 1'`, func(w *archive.Webhook) { w.Enabled = false }},
		{"a header that is a list", "headers", `'{"x-a":["b"],"a":"1"}'`, func(w *archive.Webhook) { w.Enabled, w.Headers = false, headers("a", "1") }},
		{"headers that are null", "headers", "'null'", func(*archive.Webhook) {}},
		{"no headers", "headers", "NULL", func(*archive.Webhook) {}},
		{"a body of JSON", "body, is_json_request_body", `'{"a": 1.0}', TRUE`, func(w *archive.Webhook) { w.Body = ptr(`{"a": 1.0}`) }},
		{"a body that is a text", "body, is_json_request_body", `'a "text"', FALSE`, func(w *archive.Webhook) { w.Body = ptr(`"a \"text\""`) }},
		{"a text that happens to be JSON", "body, is_json_request_body", `'{"a":1}', FALSE`, func(w *archive.Webhook) { w.Body = ptr(`"{\"a\":1}"`) }},
		{"JSON that cannot be read", "body, is_json_request_body", `'{"a":', TRUE`, func(w *archive.Webhook) { w.Body = ptr(`"{\"a\":"`) }},
		{"an empty body", "body, is_json_request_body", `'', FALSE`, func(*archive.Webhook) {}},
	}
	statements := []string{apps("Shop", "Stock")}
	for i, c := range cases {
		columns, values := c.columns, c.values
		if c.columns != "method" {
			columns, values = columns+", method", values+", 'POST'"
		}
		statements = append(statements, fmt.Sprintf("INSERT INTO webhooks (id, uuid, url, %s) VALUES (%d, 'u', 'https://ci.example/', %s)", columns, i+1, values))
	}
	each(t, statements, func(t *testing.T, s *pactbroker.Source) {
		found := read[archive.Webhook](t, s)
		require.Len(t, found, len(cases))
		for i, c := range cases {
			want := archive.Webhook{
				UUID: "u", Enabled: true, Events: []string{"contract_content_changed"}, Format: "template", EventFilter: "{}", Method: "POST", URL: "https://ci.example/",
				Headers: []archive.HeaderField{}, Secrets: []string{}, Plain: true,
			}
			c.want(&want)
			require.Equal(t, want, found[i], c.name)
		}
		require.Equal(t, []string{"webhook: odd-headers (5) [u u u u u]"}, skippedBy(t, s))
		require.True(t, s.Skipped()[0].Comes())
	})
}

func headers(namesAndValues ...string) []archive.HeaderField {
	var all []archive.HeaderField
	for i := 0; i < len(namesAndValues); i += 2 {
		all = append(all, archive.HeaderField{Name: namesAndValues[i], Value: namesAndValues[i+1]})
	}
	return all
}

func TestWebhooks_haveTheirEventsOnceAndInOrder(t *testing.T) {
	each(t, []string{
		"INSERT INTO webhooks (id, uuid, method, url) VALUES (2, 'b', 'GET', 'https://x.example'), (1, 'a', 'GET', 'https://x.example')",
		"INSERT INTO webhook_events (id, webhook_id, name) VALUES (3, 1, 'y'), (1, 1, 'z'), (2, 1, 'z'), (4, 9, 'of none')",
	}, func(t *testing.T, s *pactbroker.Source) {
		found := read[archive.Webhook](t, s)
		require.Equal(t, "a", found[0].UUID)
		require.Equal(t, []string{"z", "y"}, found[0].Events)
		require.Equal(t, []string{"contract_content_changed"}, found[1].Events, "as the Pact Broker does if none is named")
		require.Equal(t, []string{"webhook: no-webhook-of-event (1) []"}, skippedBy(t, s))
	})
}

func TestSettings_areToldAsTheyWouldBeSet(t *testing.T) {
	each(t, []string{`INSERT INTO config (id, name, type, value) VALUES (1, 'seed_example_data', 'boolean', '1'), (2, 'order_versions_by_date', 'boolean', 't'), (3, 'check_for_potential_duplicate_pacticipant_names', 'boolean', '0'),
		(4, 'base_equality_only_on_content_that_affects_verification_results', 'boolean', NULL), (5, 'webhook_retry_schedule', 'space_delimited_integer_list', '10 60 120'), (6, NULL, 'string', 'x'), (7, 'a', NULL, NULL)`,
		"INSERT INTO certificates (id, uuid, description, content) VALUES (2, 'second', NULL, NULL), (1, 'first', '', 'PEM')",
	}, func(t *testing.T, s *pactbroker.Source) {
		require.Equal(t, []archive.Setting{
			{Name: "a", Value: ""}, {Name: "base_equality_only_on_content_that_affects_verification_results", Value: "false"},
			{Name: "check_for_potential_duplicate_pacticipant_names", Value: "false"}, {Name: "order_versions_by_date", Value: "true"}, {Name: "webhook_retry_schedule", Value: "10 60 120"},
		}, read[archive.Setting](t, s))
		require.Equal(t, []archive.Certificate{{UUID: "first", Description: ptr(""), PEM: "PEM"}, {UUID: "second"}}, read[archive.Certificate](t, s))
		require.Empty(t, skippedBy(t, s), "no history of webhooks, nothing to say of it")
	})
}

func TestWebhooks_haveTheHeadersThatOldReleasesKeptInATable(t *testing.T) {
	each(t, []string{
		`INSERT INTO webhooks (id, uuid, method, url, headers) VALUES (1, 'both', 'POST', 'https://x.example', '{"accept":"a"}'), (2, 'table', 'POST', 'https://x.example', NULL)`,
		"INSERT INTO webhook_headers (webhook_id, name, value) VALUES (1, 'Accept', 'b'), (1, 'X-Key', 'k'), (2, 'Authorization', 'hush'), (9, 'x', 'of nothing')",
	}, func(t *testing.T, s *pactbroker.Source) {
		found := read[archive.Webhook](t, s)
		require.Equal(t, []archive.HeaderField{{Name: "accept", Value: "a"}, {Name: "x-key", Value: "k"}}, found[0].Headers)
		require.Equal(t, []archive.HeaderField{{Name: "authorization", Value: "hush"}}, found[1].Headers)
		require.Equal(t, []string{"webhook: no-webhook-of-header (1) []"}, skippedBy(t, s))
	})
}

func TestDeliveries_areTheNewestOfEachPairAndEvent(t *testing.T) {
	each(t, after(pair,
		"INSERT INTO webhooks (id, uuid, method, url) VALUES (5, 'w', 'POST', 'https://x.example'), (6, 'v', 'POST', 'https://x.example')",
		"INSERT INTO pact_publications (id, consumer_version_id, provider_id, revision_number, pact_version_id) VALUES (1, 1, 2, 1, 1), (2, 1, 2, 2, 2)",
		"INSERT INTO verifications (id, number, success, pact_version_id, provider_version_id) VALUES (8, 77, TRUE, 1, 2)",
		`INSERT INTO triggered_webhooks (id, uuid, trigger_uuid, pact_publication_id, verification_id, webhook_id, consumer_id, provider_id, status, event_name, event_context, created_at) VALUES
			(1, 'older', 't', 1, NULL, 5, 1, 2, 'success', 'contract_published', NULL, NULL),
			(2, 'newer', 't', 2, NULL, 5, 1, 2, 'failure', 'contract_published', '{"consumer_version_number":"1","consumer_version_tags":["a"],"build_url":["no text"]}', '2024-01-01 00:00:00'),
			(3, 'other event', 't', 1, 8, 5, 1, 2, 'success', 'provider_verification_published', '[]', NULL),
			(4, NULL, 'trigger', 2, 8, 6, 1, 2, 'not_run', NULL, NULL, NULL),
			(5, 'of a webhook that is gone', 't', 1, NULL, NULL, 1, 2, 'success', 'contract_published', NULL, NULL),
			(6, 'of a pact that is gone', 't', NULL, NULL, 5, 1, 2, 'success', 'contract_published', NULL, NULL)`,
		"INSERT INTO webhook_executions (id, triggered_webhook_id, success, logs, created_at) VALUES (1, 1, TRUE, 'of the older', NULL), (2, 2, FALSE, 'first', NULL), (3, 2, FALSE, NULL, '2024-01-01 00:00:00'), (4, NULL, TRUE, 'of nothing', NULL)",
	), func(t *testing.T, s *pactbroker.Source) {
		about := func(uuid, webhook, event, subject string, revision int64, sha string) archive.Delivery {
			return archive.Delivery{
				UUID: uuid, Webhook: &webhook, Event: event, Subject: subject, Consumer: ptr("Shop"), Version: ptr("1"), Provider: ptr("Stock"), Revision: &revision, SHA: &sha,
				Context: `{"fact":{"data":{},"id":"` + uuid + `","time":0}}`,
			}
		}
		newer, other, old := about("newer", "w", "contract_published", "Shop", 2, "two"), about("other event", "w", "provider_verification_published", "Stock", 1, "one"),
			about("trigger-4", "v", "provider_verification_published", "Stock", 2, "two")
		newer.Attempts, newer.CreatedAt, newer.UpdatedAt = 2, 1704067200_000_000, 1704067200_000_000
		newer.Context = `{"consumer_version_number":"1","consumer_version_tags":["a"],"fact":{"data":{},"id":"newer","time":1704067200000000}}`
		for _, d := range []*archive.Delivery{&other, &old} {
			d.Times, d.Context = newer.Times, strings.Replace(d.Context, `"time":0`, `"time":1704067200000000`, 1)
		}
		other.Succeeded, other.ResultNumber = true, ptr(int64(77))
		require.Equal(t, []archive.Delivery{newer, other, old}, read[archive.Delivery](t, s), "what was still to be sent is not sent by an import")
		require.Equal(t, []archive.Attempt{{Delivery: "newer", Logs: "first"}, {Delivery: "newer", CreatedAt: 1704067200_000_000}}, read[archive.Attempt](t, s))
		require.Equal(t, []string{
			"delivery: delivery-stays (3) []",
			"attempt: attempt-stays (1) []", "attempt: no-delivery (1) []",
		}, skippedBy(t, s))
	})
}
