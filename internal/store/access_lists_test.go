package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// addToken keeps a token whose ID is its name, which ends and was revoked so long
// from now; zero is never.
func addToken(t *testing.T, ctx context.Context, tx *store.Tx, now time.Time, token access.Token, ends, revoked time.Duration) {
	t.Helper()
	token.ID = token.Name
	if token.Role == "" {
		token.Role = access.Developer
	}
	if ends != 0 {
		token.ExpiresAt = now.Add(ends)
	}
	require.NoError(t, tx.AddToken(ctx, token, access.Hash(token.Name)))
	if revoked != 0 {
		require.NoError(t, tx.EndToken(ctx, token.ID, now.Add(revoked)))
	}
}

func tokenNames(t *testing.T, db *store.DB, l access.TokenQuery) (names []string) {
	t.Helper()
	found, err := db.ListTokens(context.Background(), l)
	require.NoError(t, err)
	for _, token := range found {
		names = append(names, token.Name)
	}
	return names
}

func TestListTokens_hasThoseThatNeedALookFirst(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		now, day := time.Now().Truncate(time.Microsecond), 24*time.Hour
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			for name, times := range map[string][2]time.Duration{
				"look: for ever": {}, "look: Soon": {access.EndsSoon}, "look: since lately": {-access.EndedLately + time.Microsecond}, "look: now": {time.Nanosecond},
				"fine: for long": {access.EndsSoon + time.Microsecond}, "fine: replaced": {90 * day, time.Hour}, "fine: for ever, replaced": {0, time.Hour}, "fine: ends before it is revoked": {time.Hour, 2 * time.Hour},
				"ended: long ago": {-access.EndedLately}, "ended: revoked": {90 * day, -time.Hour}, "ended: revoked now": {0, time.Nanosecond}, "ended: revoked after its end": {-2 * time.Hour, -time.Hour},
			} {
				addToken(t, ctx, tx, now, access.Token{Name: name}, times[0], times[1])
			}
		})
		all := access.TokenQuery{At: now, Limit: 100}
		names := tokenNames(t, db, all)
		require.Equal(t, []string{
			"look: for ever", "look: now", "look: since lately", "look: Soon", "fine: ends before it is revoked", "fine: for ever, replaced", "fine: for long", "fine: replaced",
			"ended: long ago", "ended: revoked", "ended: revoked after its end", "ended: revoked now",
		}, names)
		counts, err := db.CountTokens(context.Background(), all)
		require.NoError(t, err)
		require.Equal(t, access.TokenCounts{All: 12, Fitting: map[access.Attention]int{access.NeedsLook: 4, access.NeedsNone: 4, access.HasEnded: 4}}, counts)
		for i, attention := range []access.Attention{access.NeedsLook, access.NeedsNone, access.HasEnded} {
			some := all
			some.Attention = attention
			require.Equal(t, names[4*i:4*i+4], tokenNames(t, db, some))
			some.Limit, some.Offset = 3, 2
			require.Equal(t, names[4*i+2:4*i+4], tokenNames(t, db, some))
		}
	})
}

func TestListTokens_findsWhatATokenHas(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		now := time.Now()
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			addToken(t, ctx, tx, now, access.Token{Name: "Ärger 100%_\\", Owner: "Shop", Prefix: "accord_x1"}, 0, 0)
			addToken(t, ctx, tx, now, access.Token{Name: "plain", Role: access.Viewer, Scope: access.Scope{Applications: []string{"<Web> & \"Co\""}, Labels: []string{"Blue"}, Teams: []string{"Core"}}}, 0, 0)
			_, err := tx.AddExchangedToken(ctx, access.Token{ID: "given in exchange", Name: "given in exchange"}, access.Hash("x"), "r", []byte("proof"), now)
			require.NoError(t, err)
		})
		for text, want := range map[string][]string{
			"": {"plain", "Ärger 100%_\\"}, "ärger": {"Ärger 100%_\\"}, "0%_\\": {"Ärger 100%_\\"}, "SHOP": {"Ärger 100%_\\"}, "cord_X": {"Ärger 100%_\\"},
			"<web> & \"": {"plain"}, "blue": {"plain"}, "core": {"plain"}, "l%n": nil, "pl_in": nil, "exchange": nil, "' OR 1=1 --": nil,
		} {
			l := access.TokenQuery{Text: text, At: now, Limit: 10}
			require.Equal(t, want, tokenNames(t, db, l), text)
			counts, err := db.CountTokens(context.Background(), l)
			require.NoError(t, err)
			require.Equal(t, []int{2, len(want), len(want), 0}, []int{counts.All, counts.Of(""), counts.Of(access.NeedsLook), counts.Of(access.HasEnded)}, text)
			l.Role = access.Viewer
			require.NotContains(t, tokenNames(t, db, l), "Ärger 100%_\\")
		}
	})
}

func TestListPeople_isInTheOrderOfNames(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		now := time.Now()
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			for _, p := range []access.Person{{Name: "bo"}, {Name: "Ann", SignedInAt: now}, {Name: "Émile", Issuer: "https://ID.example.org", Subject: "1", DisabledAt: now, SignedInAt: now}, {Name: "c_d", DisabledAt: now}} {
				p.ID, p.CreatedAt = "id of "+p.Name, now
				added, err := tx.AddPerson(ctx, p, "hash")
				require.NoError(t, err)
				require.True(t, added)
				require.NoError(t, tx.UpdatePerson(ctx, p))
				if !p.SignedInAt.IsZero() {
					require.NoError(t, tx.NoteSignIn(ctx, p.ID, p.SignedInAt))
				}
			}
		})
		for _, c := range []struct {
			text  string
			state access.PersonState
			want  string
		}{
			{"", "", "Ann bo c_d Émile"}, {"", access.MaySignIn, "Ann bo"}, {"", access.NeverSignedIn, "bo"}, {"", access.KeptOut, "c_d Émile"},
			{"ÉM", "", "Émile"}, {"id.EXAMPLE", "", "Émile"}, {"id.example", access.MaySignIn, ""}, {"_", "", "c_d"}, {"nn", access.MaySignIn, "Ann"}, {"%", "", ""},
		} {
			l := access.PeopleQuery{Text: c.text, State: c.state, Limit: 10}
			found, err := db.ListPeople(context.Background(), l)
			require.NoError(t, err)
			var names []string
			for _, p := range found {
				names = append(names, p.Name)
			}
			require.Equal(t, c.want, strings.Join(names, " "), c)
			counts, err := db.CountPeople(context.Background(), l)
			require.NoError(t, err)
			require.Equal(t, []int{4, len(names)}, []int{counts.All, counts.Of(c.state)}, c)
		}
		second, err := db.ListPeople(context.Background(), access.PeopleQuery{Limit: 1, Offset: 2})
		require.NoError(t, err)
		require.Equal(t, "c_d", second[0].Name)
	})
}

// Tokens that were there before can be found by their names and scopes, too.
func TestListTokens_findsThoseOfEarlierSchemas(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		now := time.Now()
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			addToken(t, ctx, tx, now, access.Token{Name: "Build", Owner: "Ann", Scope: access.Scope{Applications: []string{"<Web>", "Api"}, Teams: []string{"Core"}}}, 0, 0)
			addToken(t, ctx, tx, now, access.Token{Name: "all", Scope: access.Scope{All: true}}, 0, 0)
			_, err := tx.AddExchangedToken(ctx, access.Token{ID: "e", Name: "given in exchange"}, access.Hash("x"), "r", []byte("proof"), now)
			require.NoError(t, err)
			for _, statement := range []string{
				"DROP INDEX access_tokens_listed", "ALTER TABLE access_tokens DROP COLUMN folded", "ALTER TABLE access_tokens DROP COLUMN searched", "ALTER TABLE access_tokens DROP COLUMN exchanged",
				"ALTER TABLE secrets DROP COLUMN applications", "ALTER TABLE secrets DROP COLUMN labels", "ALTER TABLE secrets DROP COLUMN teams", "ALTER TABLE requests DROP COLUMN action", "DELETE FROM accord_migrations WHERE version_id IN (20, 28)",
			} {
				require.NoError(t, tx.Exec(ctx, statement))
			}
		})
		url := db.URL()
		require.NoError(t, db.Close())
		db = open(t, store.Options{URL: url})
		for text, want := range map[string][]string{"": {"all", "Build"}, "build": {"Build"}, "ANN": {"Build"}, "<web>": {"Build"}, "api": {"Build"}, "core": {"Build"}, "[": nil} {
			require.Equal(t, want, tokenNames(t, db, access.TokenQuery{Text: text, At: now, Limit: 10}), text)
		}
	})
}

// manyTokens and manyPeople are how many there are where plans are looked at.
const manyTokens, manyPeople = 100_000, 20_000

// fillAccess makes so many of them with one statement each.
func fillAccess(t *testing.T, db *store.DB) {
	t.Helper()
	hash := "randomblob(32)"
	no := "0"
	if !strings.HasPrefix(db.URL(), "sqlite") {
		hash, no = "sha256(n::text::bytea)", "false"
	}
	const count = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %d) "
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		for _, statement := range []string{
			fmt.Sprintf(count+`INSERT INTO access_tokens (uuid, name, folded, searched, owner, prefix, hash, role, all_applications, applications, labels, teams, created_at, expires_at)
				SELECT 't' || n, 'build ' || n, 'build ' || n, 'build ' || n, '', '', %s, 'developer', %s, '[]', '[]', '[]', 0, n * CAST(1000000 AS BIGINT) FROM numbers`, manyTokens, hash, no),
			fmt.Sprintf(count+`INSERT INTO exchanged_tokens (token_uuid, rule, proof, proof_ends_at, ends_at) SELECT 't' || (2 * n), 'r', %s, 0, 0 FROM numbers`, manyTokens/2, hash),
			"UPDATE access_tokens SET exchanged = NOT all_applications WHERE uuid IN (SELECT token_uuid FROM exchanged_tokens)",
			fmt.Sprintf(count+`INSERT INTO people (uuid, name, folded, issuer, subject, password, password_given, role, all_applications, applications, labels, teams, created_at)
				SELECT 'p' || n, 'jo ' || n, 'jo ' || n, '', '', '', %s, '', %s, '[]', '[]', '[]', 0 FROM numbers`, manyPeople, no, no),
		} {
			require.NoError(t, tx.Exec(ctx, statement))
		}
	})
}

// readLists asks for a page of each list, and returns what was asked and how long
// it took.
func readLists(t *testing.T, db *store.DB) (statements []string) {
	t.Helper()
	recorded, ctx := db.Recording(func(statement string) { statements = append(statements, statement) }), context.Background()
	for _, text := range []string{"", "7"} {
		start := time.Now()
		tokens := access.TokenQuery{Text: text, At: time.Unix(manyTokens/2, 0), Limit: 50, Offset: 100}
		found, err := recorded.ListTokens(ctx, tokens)
		require.NoError(t, err)
		require.Len(t, found, 50)
		t.Logf("page of tokens with %q: %s", text, time.Since(start))
		start = time.Now()
		counts, err := recorded.CountTokens(ctx, tokens)
		require.NoError(t, err)
		require.Equal(t, manyTokens/2, counts.All)
		t.Logf("count of tokens with %q: %s", text, time.Since(start))
		start = time.Now()
		people, err := recorded.ListPeople(ctx, access.PeopleQuery{Text: text, Limit: 50, Offset: 100})
		require.NoError(t, err)
		require.Len(t, people, 50)
		there, err := recorded.CountPeople(ctx, access.PeopleQuery{Text: text})
		require.NoError(t, err)
		require.Equal(t, manyPeople, there.All)
		t.Logf("people with %q: %s", text, time.Since(start))
	}
	return statements
}

// What a page takes is one pass over the list, and no row of it comes into memory
// that is not shown.
func TestAccessLists_areReadOnce_sqlite(t *testing.T) {
	db := open(t, store.Options{URL: sqliteURL(t), Fast: true})
	fillAccess(t, db)
	for _, statement := range readLists(t, db) {
		lines, err := db.Plan(context.Background(), statement)
		require.NoError(t, err)
		plan := strings.Join(lines, "\n")
		require.NotContains(t, plan, "SCAN e", statement)
		if strings.Contains(statement, "access_tokens") && !strings.Contains(statement, "searched") {
			require.Contains(t, plan, "SCAN t USING COVERING INDEX access_tokens_listed", "only the tokens of the page are read, and the index says which")
		}
		require.LessOrEqual(t, strings.Count(plan, "SCAN t")+strings.Count(plan, "SCAN p"), 1, plan)
		if strings.Contains(statement, "ORDER BY p.folded") {
			require.NotContains(t, plan, "TEMP B-TREE", "an index has the order")
		}
	}
}

func TestAccessLists_areReadOnce_postgres(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t)})
	fillAccess(t, db)
	for _, table := range []string{"access_tokens", "exchanged_tokens", "people"} {
		_, err := db.Lines(context.Background(), "VACUUM (ANALYZE) "+table) // as the database does by itself, sooner or later
		require.NoError(t, err)
	}
	for _, statement := range readLists(t, db) {
		lines, err := db.Lines(context.Background(), "EXPLAIN (ANALYZE, FORMAT JSON) "+statement)
		require.NoError(t, err)
		var plans []struct{ Plan node }
		require.NoError(t, json.Unmarshal([]byte(strings.Join(lines, "\n")), &plans))
		plans[0].Plan.walk(func(n node) {
			if n.Relation == "access_tokens" && !strings.Contains(statement, "searched") && n.Rows*n.Loops > 100 {
				require.Equal(t, "Index Only Scan on access_tokens_listed", n.Type+" on "+n.Index, statement)
			}
			require.LessOrEqual(t, (n.Rows+n.Removed)*n.Loops, float64(manyTokens+manyTokens/10), "%s on %s %s: %s", n.Type, n.Relation, n.Index, statement)
		})
	}
}
