package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/secrets"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// by is a context in which somebody changes something.
func by(actor string) context.Context {
	return audit.WithOrigin(context.Background(), audit.Origin{Actor: actor, Action: "test", Target: "/" + actor, Writes: true})
}

// change makes one change by somebody.
func change(t *testing.T, db *store.DB, actor string) {
	t.Helper()
	require.NoError(t, db.InTx(by(actor), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.AddPacticipant(ctx, pacticipants.Pacticipant{Name: actor})
		audit.About(ctx, actor)
		return err
	}))
}

func chained(t *testing.T, db *store.DB) {
	t.Helper()
	for more := true; more; {
		var err error
		more, err = db.ChainAudit(context.Background())
		require.NoError(t, err)
	}
}

func auditOf(t *testing.T, db *store.DB, anchors ...audit.Head) audit.Verified {
	t.Helper()
	return auditWith(t, db, audit.Known{Anchors: anchors})
}

func auditWith(t *testing.T, db *store.DB, known audit.Known) (v audit.Verified) {
	t.Helper()
	require.NoError(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		v, err = audit.Verify(ctx, tx, known)
		return err
	}))
	return v
}

// tamper changes the tables of the audit as somebody who can do anything with the
// database: without the triggers.
func tamper(t *testing.T, db *store.DB, statements ...string) {
	t.Helper()
	text := "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit_%'"
	if db.IsPostgres() {
		text = "SELECT tgname || ' ON ' || tgrelid::regclass FROM pg_trigger WHERE tgname LIKE 'audit_%' AND NOT tgisinternal"
	}
	triggers, err := db.Lines(context.Background(), text)
	require.NoError(t, err)
	require.NoError(t, db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		for _, trigger := range triggers {
			if err := tx.Exec(ctx, "DROP TRIGGER "+trigger); err != nil {
				return err
			}
		}
		for _, statement := range statements {
			if err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestAudit_isWrittenWithTheChangeOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		change(t, db, "anna")
		require.Error(t, db.InTx(by("bert"), func(context.Context, *store.Tx) error { return context.Canceled }))
		require.NoError(t, db.InTx(context.Background(), func(context.Context, *store.Tx) error { return nil }))
		found, err := db.AuditEntries(context.Background(), audit.Query{Limit: 10})
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Equal(t, []any{"anna", []string{"anna"}, audit.Done}, []any{found[0].Actor, found[0].Applications, found[0].Outcome})
	})
}

// A token that came into a field by mistake can be taken out of it again, but never out of
// the audit.
func TestAudit_holdsNoTokens(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		secret := access.NewSecret()
		require.NoError(t, db.InTx(by("anna"), func(ctx context.Context, _ *store.Tx) error {
			audit.Changed(ctx, "label "+secret, nil, "Shop of "+secret)
			audit.Changed(ctx, "hosts", []string{"a", secret}, []string{"a"})
			audit.About(ctx, "Shop", secret)
			return nil
		}))
		found, err := db.AuditEntries(context.Background(), audit.Query{Limit: 1})
		require.NoError(t, err)
		require.NotContains(t, fmt.Sprint(found), secret)
		require.Equal(t, "Shop of "+access.Starred(secret), found[0].Changes[0].After)
		require.Equal(t, []any{"a", access.Starred(secret)}, found[0].Changes[1].Before)
		require.ElementsMatch(t, []string{"Shop", access.Starred(secret)}, found[0].Applications)
		require.NoError(t, db.AddAuditEntries(context.Background(), []audit.Entry{{Origin: audit.Origin{Actor: "token " + secret, Applications: []string{secret}}, Outcome: audit.Forbidden}}))
		found, err = db.AuditEntries(context.Background(), audit.Query{Limit: 2})
		require.NoError(t, err)
		require.Len(t, found, 2)
		require.NotContains(t, fmt.Sprint(found), secret)
	})
}

func TestAudit_refusesToBeChangedOrDeleted(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		change(t, db, "anna")
		for _, chain := range []bool{false, true} {
			if chain {
				chained(t, db)
			}
			statements := []string{
				"UPDATE audit_entries SET actor = 'bert'", "UPDATE audit_entries SET details = '{}'", "DELETE FROM audit_entries",
				"UPDATE audit_chain SET head_position = -1", "DELETE FROM audit_chain",
				"UPDATE audit_chain SET deletable = 1", "UPDATE audit_chain SET untold_position = 1", "UPDATE audit_chain SET head_position = 9",
				"UPDATE audit_chain SET base_position = 1, base_chain = (SELECT digest FROM audit_entries)",
				"UPDATE audit_applications SET name = 'bert'", "DELETE FROM audit_applications", "INSERT INTO audit_applications SELECT 'bert', id FROM audit_entries",
				"INSERT INTO audit_entries SELECT 9, 9, created_at, actor, through, client, action, outcome, target, request_id, count, details, digest, digest FROM audit_entries",
				"INSERT INTO audit_chain SELECT 2, base_position, base_chain, head_position, head_chain, deletable, untold_position, seal FROM audit_chain",
			}
			if chain {
				statements = append(statements, "UPDATE audit_chain SET head_chain = base_chain", "UPDATE audit_chain SET base_position = 1, base_chain = head_chain")
			}
			if db.IsPostgres() {
				statements = append(statements, "TRUNCATE audit_entries CASCADE", "TRUNCATE audit_applications", "TRUNCATE audit_chain",
					"INSERT INTO audit_entries SELECT * FROM audit_entries ON CONFLICT (id) DO UPDATE SET actor = 'bert'")
			} else {
				const eve = "created_at, 'eve', through, client, action, outcome, target, request_id, count, details, digest"
				statements = append(statements,
					"REPLACE INTO audit_entries SELECT id, position, "+eve+", chain FROM audit_entries",
					"REPLACE INTO audit_entries SELECT id, 2, "+eve+", chain FROM audit_entries",
					"REPLACE INTO audit_entries SELECT 9, position, "+eve+", chain FROM audit_entries",
					"REPLACE INTO audit_entries SELECT id, NULL, "+eve+", NULL FROM audit_entries",
					"INSERT INTO audit_entries SELECT 9, NULL, "+eve+", NULL FROM audit_entries",
					"INSERT INTO audit_entries SELECT NULL, 3, "+eve+", chain FROM audit_entries",
					"REPLACE INTO audit_chain SELECT id, 1, head_chain, head_position, head_chain, 1, 1, seal FROM audit_chain",
					"UPDATE OR REPLACE audit_entries SET id = 2", "REPLACE INTO audit_chain (id, base_position, base_chain, head_position, head_chain, deletable) VALUES (1, 0, x'', 0, x'', 0)",
				)
			}
			for _, statement := range statements {
				require.ErrorContains(t, db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error { return tx.Exec(ctx, statement) }), "audit", statement)
			}
		}
		v := auditOf(t, db)
		require.Empty(t, v.Broken)
		require.Equal(t, int64(1), v.Entries)
		found, err := db.AuditEntries(context.Background(), audit.Query{Application: "anna", Limit: 10})
		require.NoError(t, err)
		require.Len(t, found, 1)
	})
}

// Whoever cuts off the oldest entries as the broker does has to say so in the audit.
func TestAudit_missesTheOldestEntriesThatNobodyDeletedInTime(t *testing.T) {
	eachWith(t, store.Options{KeepAudit: time.Hour}, func(t *testing.T, db *store.DB) {
		for i := range 5 {
			change(t, db, fmt.Sprintf("app%d", i))
		}
		chained(t, db)
		cut := []string{
			"UPDATE audit_chain SET base_position = 2, base_chain = (SELECT chain FROM audit_entries WHERE position = 2)", "DELETE FROM audit_entries WHERE position <= 2",
		}
		require.Error(t, db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error { return tx.Exec(ctx, cut[0]) }))
		tamper(t, db, cut...)
		require.Contains(t, auditOf(t, db).Broken, "no entry tells that the broker deleted what was up to there")
		tamper(t, db, "UPDATE audit_chain SET untold_position = 2")
		v := auditOf(t, db)
		require.Empty(t, v.Broken, "as in a database in which these were deleted before any entry told of it")
		require.Equal(t, int64(2), v.Deleted)
		tamper(t, db, "UPDATE audit_chain SET base_position = 3, base_chain = (SELECT chain FROM audit_entries WHERE position = 3)", "DELETE FROM audit_entries WHERE position <= 3")
		require.Contains(t, auditOf(t, db).Broken, "after position 3")
	})
}

// Whoever cuts off the oldest entries, as the broker does in every way that the database
// can see, lacks the key with which the broker says that it was the one.
func TestAudit_missesTheOldestEntriesThatTheBrokerHasNotDeleted(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": sqliteURL, "postgres": testpostgres.Database} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, at := context.Background(), time.Unix(1_800_000_000, 0)
			db := open(t, store.Options{URL: url(t), Fast: true, KeepAudit: time.Hour, Now: func() time.Time { return at }})
			key, err := secrets.Parse(secrets.NewKey())
			require.NoError(t, err)
			other, err := secrets.Parse(secrets.NewKey())
			require.NoError(t, err)
			db.SealAudit(key)
			purged := func() {
				at = at.Add(2 * time.Hour)
				change(t, db, "app"+at.Format("15"))
				chained(t, db)
				_, err := db.Purge(ctx)
				require.NoError(t, err)
				chained(t, db)
			}
			unproven := func(sealer audit.Sealer, unsealed int64) int64 {
				v := auditWith(t, db, audit.Known{Sealer: sealer, Unsealed: unsealed})
				require.Empty(t, v.Broken, "what is there is as it was written")
				return v.Unsealed
			}
			for i := range 5 {
				change(t, db, fmt.Sprintf("app%d", i))
			}
			purged()
			require.Equal(t, int64(5), auditOf(t, db).Deleted)
			require.Zero(t, unproven(key, 0))
			require.True(t, auditWith(t, db, audit.Known{Sealer: secrets.Keyring{}}).Unproven)
			require.False(t, auditWith(t, db, audit.Known{Sealer: key}).Unproven)
			require.Equal(t, int64(5), unproven(other, 4), "also of a key that got lost")
			require.Zero(t, unproven(other, 5))

			last, err := db.StoredEntries(ctx, 5, 1)
			require.NoError(t, err)
			require.NoError(t, db.AddAuditEntries(ctx, []audit.Entry{audit.Deletion(at, audit.Head{Position: 6, Chain: last[0].Chain}, 1)}))
			chained(t, db)
			require.NoError(t, db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
				return errors.Join(tx.Exec(ctx, "UPDATE audit_chain SET deletable = 6"), tx.Exec(ctx, "DELETE FROM audit_entries WHERE position = 6"),
					tx.Exec(ctx, "UPDATE audit_chain SET deletable = 0, base_position = 6, base_chain = ?", last[0].Chain))
			}))
			require.Empty(t, auditOf(t, db).Broken, "without the key it looks as if the broker had done it")
			require.Equal(t, int64(6), unproven(key, 5))
			purged()
			require.Greater(t, auditOf(t, db).Deleted, int64(6))
			require.Equal(t, int64(6), unproven(key, 5), "also after the broker has deleted more")
			require.Zero(t, unproven(key, 6))
			tamper(t, db, "UPDATE audit_chain SET seal = NULL")
			require.Positive(t, unproven(key, 6))
		})
	}
}

func TestAudit_missesWhatWasTamperedWith(t *testing.T) {
	for name, test := range map[string]struct{ statement, broken string }{
		"changed":               {"UPDATE audit_entries SET actor = 'eve' WHERE position = 3", "entry 3 at position 3 was changed"},
		"details":               {"UPDATE audit_entries SET details = '{}' WHERE position = 2", "at position 2 was changed"},
		"removed":               {"DELETE FROM audit_entries WHERE position = 3", "position 3 is missing: position 4 follows"},
		"the first":             {"DELETE FROM audit_entries WHERE position = 1", "position 1 is missing"},
		"the last":              {"DELETE FROM audit_entries WHERE position = 5", "position 5 is missing: the chain had 5"},
		"with another digest":   {"UPDATE audit_entries SET digest = chain WHERE position = 4", "at position 4 was changed"},
		"with another chain":    {"UPDATE audit_entries SET chain = digest WHERE position = 4", "position 4 does not follow"},
		"moved":                 {"UPDATE audit_entries SET position = 9 WHERE position = 5", "position 5 is missing"},
		"out of the chain":      {"UPDATE audit_entries SET position = NULL, chain = NULL WHERE position = 5", "position 5 is missing"},
		"details that are none": {"UPDATE audit_entries SET details = 'x' WHERE position = 2", "cannot be read"},
		"found under another":   {"UPDATE audit_applications SET name = 'eve' WHERE entry_id = 3", `position 3 is no longer found under "app2"`},
		"found under more":      {"INSERT INTO audit_applications SELECT 'eve', id FROM audit_entries WHERE id = 3", `position 3 is found under "eve", which it is not about`},
		"found no longer":       {"DELETE FROM audit_applications WHERE entry_id = 5", `position 5 is no longer found under "app4"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, store.Options{URL: sqliteURL(t), Fast: true})
			for i := range 5 {
				change(t, db, fmt.Sprintf("app%d", i))
			}
			require.Equal(t, int64(5), auditOf(t, db).Entries)
			tamper(t, db, test.statement)
			require.Contains(t, auditOf(t, db).Broken, test.broken)
		})
	}
}

// What happened to an application is found under the names that it was given since, and
// under no other.
func TestAudit_isFoundUnderTheNamesThatApplicationsWereGiven(t *testing.T) {
	eachWith(t, store.Options{KeepFormerNames: time.Hour}, func(t *testing.T, db *store.DB) {
		change(t, db, "anna")
		change(t, db, "bert")
		rename := func(from, to string) {
			require.NoError(t, db.InTx(by("jo"), func(ctx context.Context, tx *store.Tx) error {
				p, found, err := tx.FindPacticipant(ctx, from)
				require.True(t, found)
				audit.About(ctx, from, to)
				return errors.Join(err, tx.Rename(ctx, p, to))
			}))
		}
		rename("anna", "hanna")
		require.Empty(t, auditOf(t, db).Broken, "also while the entry waits for its place")
		rename("hanna", "johanna")
		chained(t, db)
		require.Empty(t, auditOf(t, db).Broken)
		found, err := db.AuditEntries(context.Background(), audit.Query{Application: "johanna", Limit: 10})
		require.NoError(t, err)
		require.Len(t, found, 3)
		tamper(t, db, "INSERT INTO audit_applications SELECT 'johanna', entry_id FROM audit_applications WHERE name = 'bert'")
		require.Contains(t, auditOf(t, db).Broken, `found under "johanna"`)
	})
}

// Whoever takes away what keeps them from changing the audit is found by that, and so is
// whoever puts something else beside it.
func TestAudit_missesItsGuards(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		change(t, db, "anna")
		require.True(t, auditOf(t, db).Guards.AreWhole())
		exec := func(statements ...string) {
			require.NoError(t, db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
				for _, statement := range statements {
					err = errors.Join(err, tx.Exec(ctx, statement))
				}
				return err
			}))
		}
		of := map[bool]string{true: " ON audit_entries"}[db.IsPostgres()]
		exec("DROP TRIGGER audit_entries_kept" + of)
		v := auditOf(t, db)
		require.Equal(t, audit.Guards{Missing: []string{"audit_entries_kept"}}, v.Guards)
		require.Empty(t, v.Broken)
		if !db.IsPostgres() {
			exec("CREATE TRIGGER audit_entries_kept BEFORE DELETE ON audit_entries WHEN false BEGIN SELECT 1; END",
				"CREATE TRIGGER mine BEFORE INSERT ON Audit_Entries BEGIN SELECT RAISE(ABORT, 'no'); END", "CREATE TRIGGER elsewhere BEFORE INSERT ON labels BEGIN SELECT 1; END")
			require.Equal(t, audit.Guards{Missing: []string{"audit_entries_kept"}, Foreign: []string{"mine"}}, auditOf(t, db).Guards)
			return
		}
		exec("CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
			"CREATE TRIGGER audit_entries_kept BEFORE DELETE ON audit_entries FOR EACH ROW EXECUTE FUNCTION nothing()", "ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_stay",
			"CREATE TRIGGER mine BEFORE INSERT ON audit_chain FOR EACH ROW EXECUTE FUNCTION nothing()", "CREATE RULE silence AS ON DELETE TO audit_applications DO INSTEAD NOTHING",
			"ALTER TABLE audit_chain ENABLE ROW LEVEL SECURITY")
		require.Equal(t, audit.Guards{
			Missing: []string{"audit_entries_kept", "audit_entries_stay"}, Foreign: []string{"mine", "the row security of audit_chain", "the rule silence"},
		}, sorted(auditOf(t, db).Guards))
	})
}

func sorted(g audit.Guards) audit.Guards {
	slices.Sort(g.Missing)
	slices.Sort(g.Foreign)
	return g
}

// A trigger that is there by its name, and does something else, guards nothing.
func TestAudit_missesGuardsThatWereChanged(t *testing.T) {
	for name, statements := range map[string][]string{
		"never called": {
			"DROP TRIGGER audit_entries_stay ON audit_entries",
			"CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries FOR EACH ROW WHEN (false) EXECUTE FUNCTION check_change_of_audit()",
		},
		"for one column": {
			"DROP TRIGGER audit_entries_stay ON audit_entries",
			"CREATE TRIGGER audit_entries_stay BEFORE UPDATE OF position ON audit_entries FOR EACH ROW EXECUTE FUNCTION check_change_of_audit()",
		},
		"on other occasions": {
			"DROP TRIGGER audit_entries_stay ON audit_entries",
			"CREATE TRIGGER audit_entries_stay BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION check_place_of_audit()",
		},
		"another function of the broker's": {
			"DROP TRIGGER audit_entries_stay ON audit_entries",
			"CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries FOR EACH ROW EXECUTE FUNCTION check_place_of_audit()",
		},
		"another body":              {"CREATE OR REPLACE FUNCTION check_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"},
		"a body of another trigger": {"CREATE OR REPLACE FUNCTION check_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n    IF NEW.position IS NOT NULL THEN\n        RAISE EXCEPTION 'entries of the audit get their place later, and none takes the place of another';\n    END IF;\n    RETURN NEW;\nEND $$"},
		"a function of another schema": {
			"CREATE SCHEMA elsewhere", "CREATE FUNCTION elsewhere.check_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
			"DROP TRIGGER audit_entries_stay ON audit_entries",
			"CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries FOR EACH ROW EXECUTE FUNCTION elsewhere.check_change_of_audit()",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true})
			require.NoError(t, db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
				for _, statement := range statements {
					err = errors.Join(err, tx.Exec(ctx, statement))
				}
				return err
			}))
			require.Equal(t, audit.Guards{Missing: []string{"audit_entries_stay"}}, auditOf(t, db).Guards)
		})
	}
}

// What is left of entries tells that they are gone, where the chain says nothing of them.
func TestAudit_missesEntriesOfWhichSomethingIsLeft(t *testing.T) {
	for name, test := range map[string]struct {
		statements []string
		broken     string
	}{
		"an application": {[]string{"ALTER TABLE audit_applications DROP CONSTRAINT audit_applications_entry_id_fkey", "INSERT INTO audit_applications VALUES ('eve', 77)"}, `an entry 77 is to be found under "eve", and is not there`},
		"nothing but the chain": {[]string{
			"DELETE FROM audit_applications", "DELETE FROM audit_entries", "UPDATE audit_chain SET head_position = 0, head_chain = base_chain",
		}, "no entry, and the database has given ids up to"},
		"not even the chain": {[]string{"DELETE FROM audit_chain"}, "the row is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, db *store.DB) {
				require.Empty(t, auditOf(t, db).Broken, "of an audit in which nothing is yet")
				change(t, db, "anna")
				chained(t, db)
				statements := test.statements
				if !db.IsPostgres() && name == "an application" {
					statements = []string{"CREATE TABLE held AS SELECT * FROM audit_applications", "INSERT INTO held VALUES ('eve', 77)",
						"DROP TABLE audit_applications", "ALTER TABLE held RENAME TO audit_applications"}
				}
				tamper(t, db, statements...)
				require.Contains(t, auditOf(t, db).Broken, test.broken)
			})
		})
	}
}

func TestAudit_isComparedWithWhatWasWrittenDown(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		change(t, db, "anna")
		change(t, db, "bert")
		chained(t, db)
		written, err := audit.ParseAnchor(auditOf(t, db).Head.Anchor())
		require.NoError(t, err)
		change(t, db, "carl")
		chained(t, db)
		require.Empty(t, auditOf(t, db, written).Broken)
		tamper(t, db, "UPDATE audit_chain SET head_position = 1, head_chain = (SELECT chain FROM audit_entries WHERE position = 1)")
		tamper(t, db, "DELETE FROM audit_entries WHERE position > 1")
		require.Empty(t, auditOf(t, db).Broken, "whoever rewrites everything is found by what was written down only")
		require.Contains(t, auditOf(t, db, written).Broken, "position 2 is missing")
		change(t, db, "dora")
		tamper(t, db, "UPDATE audit_entries SET actor = 'eve' WHERE actor = 'dora'")
		require.Contains(t, auditOf(t, db).Broken, "was changed")
	})
}

func TestAudit_isChainedByWhoeverComesFirst(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		var running sync.WaitGroup
		for w := range 4 {
			running.Go(func() {
				for i := range 10 {
					change(t, db, fmt.Sprintf("app%d-%d", w, i))
				}
			})
			running.Go(func() { chained(t, db) })
		}
		running.Wait()
		chained(t, db)
		v := auditOf(t, db)
		require.Empty(t, v.Broken)
		require.Equal(t, []int64{40, 0}, []int64{v.Entries, v.Waiting})
	})
}

func TestPurge_deletesEntriesOfTheAuditWhoseTimeIsOver(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": sqliteURL, "postgres": testpostgres.Database} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := time.Unix(1_800_000_000, 0)
			db := open(t, store.Options{URL: url(t), Fast: true, KeepAudit: time.Hour, Now: func() time.Time { return at }})
			purged := func() {
				chained(t, db)
				for more := true; more; {
					var err error
					more, err = db.Purge(context.Background())
					require.NoError(t, err)
				}
			}
			kept := func(entries, deleted int64) {
				t.Helper()
				for _, chain := range []bool{false, true} {
					if chain {
						chained(t, db)
					}
					v := auditOf(t, db)
					require.Empty(t, v.Broken)
					require.Equal(t, []int64{entries, deleted}, []int64{v.Entries + v.Waiting, v.Deleted})
				}
			}
			for i := range 3 {
				change(t, db, fmt.Sprintf("old%d", i))
				at = at.Add(10 * time.Second)
			}
			at = at.Add(30 * time.Minute)
			change(t, db, "new")
			purged()
			kept(4, 0)
			at = at.Add(30 * time.Minute)
			purged()
			kept(4, 0)
			at = at.Add(10 * time.Second)
			purged()
			kept(2, 3)
			told, err := db.AuditEntries(context.Background(), audit.Query{Action: "deleteAuditEntries", Limit: 10})
			require.NoError(t, err)
			require.Len(t, told, 1, "which is written once for several that were due")
			require.Equal(t, []audit.Change{{What: "oldest entries of the audit", Before: float64(3)}}, told[0].Changes)
			found, err := db.AuditEntries(context.Background(), audit.Query{Application: "old1", Limit: 10})
			require.NoError(t, err)
			require.Empty(t, found)
			at = at.Add(time.Hour)
			purged()
			change(t, db, "newest")
			kept(3, 4)
			tamper(t, db, "UPDATE audit_chain SET base_position = 5, base_chain = (SELECT chain FROM audit_entries WHERE position = 5)", "DELETE FROM audit_entries WHERE position <= 5")
			require.Contains(t, auditOf(t, db).Broken, "after position 5")
		})
	}
}

func TestAudit_isReadByKeys(t *testing.T) {
	db := open(t, store.Options{URL: sqliteURL(t), Fast: true})
	for _, q := range []audit.Query{
		{}, {After: 7}, {Order: audit.OldestFirst}, {Actor: "a"}, {Action: "a"}, {Client: "a"}, {Application: "a"}, {RequestID: "a"}, {Outcome: audit.Forbidden}, {Outcome: audit.Unauthorized, After: 7},
		{Actor: "a", Since: time.Now()}, {Application: "a", Action: "b", After: 7},
	} {
		var statements []string
		recording := db.Recording(func(statement string) { statements = append(statements, statement) })
		q.Limit = 10
		_, err := recording.AuditEntries(context.Background(), q)
		require.NoError(t, err)
		plan, err := db.Plan(context.Background(), statements[0])
		require.NoError(t, err)
		for _, step := range plan {
			if !reflect.DeepEqual(q, audit.Query{Limit: 10}) {
				require.NotContains(t, step, "SCAN e", "%+v: %v", q, plan)
			}
			require.NotContains(t, step, "TEMP B-TREE", "%+v: %v", q, plan)
		}
	}
}
