package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// Whatever column of an entry is changed, the chain tells which entry it was.
func TestAudit_missesAChangeOfAnyColumn(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		text := "SELECT name || ' ' || lower(type) FROM pragma_table_info('audit_entries')"
		if db.IsPostgres() {
			text = "SELECT column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 'audit_entries'"
		}
		columns, err := db.Lines(context.Background(), text)
		require.NoError(t, err)
		require.Greater(t, len(columns), 10)
		for i := range 4 {
			change(t, db, fmt.Sprint("app", i))
		}
		chained(t, db)
		require.Empty(t, auditOf(t, db).Broken)
		for _, column := range columns {
			var name, kind string
			_, err := fmt.Sscan(column, &name, &kind)
			require.NoError(t, err)
			if name == "id" || name == "position" {
				continue // where an entry stands is told by the chain alone
			}
			other := map[string]string{"text": name + " || 'x'", "integer": name + " + 1", "bigint": name + " + 1"}[kind]
			switch {
			case name == "details":
				other = `'{"applications":["eve"]}'`
			case other == "" && db.IsPostgres():
				other = "sha256(" + name + ")"
			case other == "":
				other = "randomblob(32)"
			}
			tamper(t, db, "CREATE TABLE before_it AS SELECT * FROM audit_entries")
			tamper(t, db, "UPDATE audit_entries SET "+name+" = "+other+" WHERE position = 3")
			require.Contains(t, auditOf(t, db).Broken, "position 3", column)
			tamper(t, db, "UPDATE audit_entries SET "+name+" = (SELECT b."+name+" FROM before_it b WHERE b.id = audit_entries.id)")
			tamper(t, db, "DROP TABLE before_it")
			require.Empty(t, auditOf(t, db).Broken, "as it was before: %s", column)
		}
	})
}

// fits is what a query asks for, by going through an entry.
func fits(q audit.Query, e audit.Entry) bool {
	about := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(e.Applications, name) })
	}
	return (q.Actor == "" || q.Actor == e.Actor) && (q.Action == "" || q.Action == e.Action) && (q.Client == "" || q.Client == e.Client) && (q.RequestID == "" || q.RequestID == e.RequestID) &&
		(q.Outcome == "" || q.Outcome == e.Outcome) && (q.Since.IsZero() || !e.At.Before(q.Since)) && (q.Until.IsZero() || e.At.Before(q.Until)) &&
		(q.Application == "" || about(q.Application)) && (q.Applications == nil || about(q.Applications...))
}

// What a query finds is what going through all entries finds, in either order, page by
// page, also while more are written.
func TestAuditEntries_areWhatGoingThroughAllOfThemFinds(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx, random := context.Background(), testrandom.New(t)
		one := func(of ...string) string { return of[random.IntN(len(of))] }
		start := time.Unix(1_800_000_000, 0).UTC()
		written := 0
		write := func(n int) {
			var entries []audit.Entry
			for range n {
				written++
				e := audit.Entry{
					At: start.Add(time.Duration(written) * time.Minute), Outcome: []audit.Outcome{audit.Done, audit.Done, audit.Forbidden, audit.Unauthorized}[random.IntN(4)], Count: 1 + random.IntN(3),
					Origin: audit.Origin{Actor: one("ann", "bo", ""), Action: one("publish", "delete"), Client: one("c1", "c2", ""), RequestID: one("r1", "r2", "r3"), Target: fmt.Sprint("/", written)},
				}
				for _, name := range []string{"Shop", "shop", "Stock", "a'b\"c"} {
					if random.IntN(3) == 0 {
						e.Applications = append(e.Applications, name)
					}
				}
				entries = append(entries, e)
			}
			require.NoError(t, db.AddAuditEntries(ctx, entries))
			chained(t, db)
		}
		write(60)
		everything := func() []audit.Entry {
			all, err := db.AuditEntries(ctx, audit.Query{Limit: 1000})
			require.NoError(t, err)
			require.Len(t, all, written)
			return all
		}
		for i := range 60 {
			q := audit.Query{Limit: 1 + random.IntN(7), Order: []audit.Order{audit.NewestFirst, audit.OldestFirst}[random.IntN(2)]}
			for _, set := range []func(){
				func() { q.Actor = one("ann", "bo", "nobody") }, func() { q.Action = one("publish", "delete") }, func() { q.Client = one("c1", "c2") }, func() { q.RequestID = one("r1", "r2") },
				func() { q.Outcome = []audit.Outcome{audit.Done, audit.Forbidden, audit.Unauthorized}[random.IntN(3)] },
				func() { q.Since = start.Add(time.Duration(random.IntN(written)) * time.Minute) }, func() { q.Until = start.Add(time.Duration(random.IntN(written)) * time.Minute) },
				func() { q.Application = one("Shop", "shop", "a'b\"c", "none") }, func() { q.Applications = []string{one("Shop", "Stock"), one("a'b\"c", "none")} }, func() { q.Applications = []string{} },
			} {
				if random.IntN(5) == 0 {
					set()
				}
			}
			var want, got []string
			all := everything()
			if q.Order == audit.OldestFirst {
				slices.Reverse(all)
			}
			for _, e := range all {
				if fits(q, e) {
					want = append(want, e.Target)
				}
			}
			newest := all[0].Target
			for asked := q; ; {
				page, err := db.AuditEntries(ctx, asked)
				require.NoError(t, err)
				require.LessOrEqual(t, len(page), q.Limit)
				for _, e := range page {
					got = append(got, e.Target)
					asked.After = q.Cursor(e)
				}
				if len(page) < q.Limit {
					break
				}
				if i%6 == 0 && q.Order == audit.NewestFirst && written < 150 {
					write(1) // which is newer than all that is still to come
				}
			}
			require.Equal(t, want, got, "%+v beginning with %s", q, newest)
		}
	})
}
