package store_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
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

func auditOf(t *testing.T, db *store.DB, anchors ...audit.Head) (v audit.Verified) {
	t.Helper()
	require.NoError(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		v, err = audit.Verify(ctx, tx, anchors...)
		return err
	}))
	return v
}

// tamper changes the tables of the audit as somebody who can do anything with the
// database: without the triggers.
func tamper(t *testing.T, db *store.DB, statement string) {
	t.Helper()
	require.NoError(t, db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		for _, trigger := range []string{"audit_entries_stay ON audit_entries", "audit_entries_kept ON audit_entries", "audit_chain_grows ON audit_chain"} {
			if !db.IsPostgres() {
				trigger, _, _ = strings.Cut(trigger, " ON ")
			}
			if err := tx.Exec(ctx, "DROP TRIGGER IF EXISTS "+trigger); err != nil {
				return err
			}
		}
		return tx.Exec(ctx, statement)
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

func TestAudit_refusesToBeChangedOrDeleted(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		change(t, db, "anna")
		for _, chain := range []bool{false, true} {
			if chain {
				chained(t, db)
			}
			for _, statement := range []string{
				"UPDATE audit_entries SET actor = 'bert'", "UPDATE audit_entries SET details = '{}'", "DELETE FROM audit_entries",
				"UPDATE audit_chain SET head_position = -1", "DELETE FROM audit_chain",
			} {
				require.ErrorContains(t, db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error { return tx.Exec(ctx, statement) }), "audit", statement)
			}
			if db.IsPostgres() {
				require.Error(t, db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error { return tx.Exec(ctx, "TRUNCATE audit_entries CASCADE") }))
			}
		}
		require.Empty(t, auditOf(t, db).Broken)
	})
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
	at := time.Unix(1_800_000_000, 0)
	db := open(t, store.Options{URL: sqliteURL(t), Fast: true, KeepAudit: time.Hour, Now: func() time.Time { return at }})
	purged := func() {
		for more := true; more; {
			var err error
			more, err = db.Purge(context.Background())
			require.NoError(t, err)
		}
	}
	for i := range 3 {
		change(t, db, fmt.Sprintf("old%d", i))
	}
	at = at.Add(30 * time.Minute)
	change(t, db, "new")
	purged()
	require.Equal(t, int64(4), auditOf(t, db).Entries)
	at = at.Add(31 * time.Minute)
	purged()
	v := auditOf(t, db)
	require.Empty(t, v.Broken)
	require.Equal(t, []int64{1, 3}, []int64{v.Entries, v.Deleted})
	at = at.Add(time.Hour)
	purged()
	change(t, db, "newest")
	v = auditOf(t, db)
	require.Empty(t, v.Broken)
	require.Equal(t, []int64{1, 4}, []int64{v.Entries, v.Deleted})
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
