package audit_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// each runs the test on both databases.
func each(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		db, _ := onSQLite(t, store.Options{})
		test(t, db)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, opened(t, store.Options{URL: testpostgres.Database(t)}))
	})
}

// onSQLite opens a new file, and returns its path, too.
func onSQLite(t *testing.T, options store.Options) (*store.DB, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "accord.db")
	options.URL, options.Fast = "sqlite:///"+path, true
	return opened(t, options), path
}

func opened(t *testing.T, options store.Options) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// start is when the clock of a trail begins.
var start = time.Date(2026, 11, 30, 2, 0, 0, 0, time.UTC)

// trailOf is a trail whose clock goes on by a second with each look.
func trailOf(db *store.DB) *audit.Trail {
	now := start
	return &audit.Trail{Writer: db, Now: func() time.Time {
		now = now.Add(time.Second)
		return now
	}}
}

// listed are the entries that a query finds, the newest first unless it says otherwise.
func listed(t *testing.T, trail *audit.Trail, q audit.Query) []audit.Entry {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 1000
	}
	found, err := trail.Read(context.Background(), q)
	require.NoError(t, err)
	return found
}

// entries are so many, one a second, whose actors are numbered.
func entries(n int) []audit.Entry {
	all := make([]audit.Entry, n)
	for i := range all {
		all[i] = audit.Entry{At: start.Add(time.Duration(i) * time.Second), Outcome: audit.Done, Count: 1, Origin: audit.Origin{Actor: fmt.Sprint(i)}}
	}
	return all
}

func TestTrail_writesRefusalsThatAreAlikeAsOne(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		trail := trailOf(db)
		knock := audit.Origin{Client: "192.0.2.1", Action: "publishContracts", Target: "/contracts/publish", RequestID: "first"}
		for i := range 3 {
			knock.RequestID = fmt.Sprint(i)
			trail.Refused(knock, audit.Unauthorized)
		}
		trail.Refused(knock, audit.Forbidden)
		elsewhere := knock
		elsewhere.Client = "192.0.2.2"
		trail.Refused(elsewhere, audit.Unauthorized)
		found := listed(t, trail, audit.Query{Order: audit.OldestFirst})
		require.Len(t, found, 3)
		for i, want := range []struct {
			outcome audit.Outcome
			client  string
			count   int
			after   time.Duration
		}{{audit.Unauthorized, "192.0.2.1", 3, 1}, {audit.Forbidden, "192.0.2.1", 1, 2}, {audit.Unauthorized, "192.0.2.2", 1, 3}} {
			require.Equal(t, want.outcome, found[i].Outcome, i)
			require.Equal(t, want.client, found[i].Client, i)
			require.Equal(t, want.count, found[i].Count, i)
			require.Equal(t, start.Add(want.after*time.Second), found[i].At, "the time is that of the first")
			require.Equal(t, int64(i+1), found[i].Position, i)
		}
		require.Equal(t, "0", found[0].RequestID)

		trail.Refused(knock, audit.Forbidden)
		require.Len(t, listed(t, trail, audit.Query{}), 4, "what was written is not added to")
	})
}

func TestTrail_tellsFiveHundredRefusalsApartAndCountsTheRest(t *testing.T) {
	db, _ := onSQLite(t, store.Options{})
	trail := trailOf(db)
	for i := range 700 {
		outcome := audit.Unauthorized
		if i%2 == 1 {
			outcome = audit.Throttled
		}
		trail.Refused(audit.Origin{Client: fmt.Sprint(i), Actor: "eve", Target: "/"}, outcome)
	}
	trail.Refused(audit.Origin{Client: "7", Actor: "eve", Target: "/"}, audit.Throttled)
	require.Len(t, listed(t, trail, audit.Query{}), 502)
	var rest, all int
	for _, e := range listed(t, trail, audit.Query{}) {
		all += e.Count
		if e.Target == "many addresses" {
			require.Empty(t, e.Client)
			require.Empty(t, e.Actor)
			require.Equal(t, 100, e.Count, e.Outcome)
			rest++
		}
	}
	require.Equal(t, 2, rest, "one for each outcome")
	require.Equal(t, 701, all, "none is forgotten")
}

func TestTrail_keepsWhatCouldNotBeWritten(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		trail := trailOf(db)
		trail.Refused(audit.Origin{Actor: "a"}, audit.Forbidden)
		trail.Refused(audit.Origin{Actor: "b"}, audit.Forbidden)
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		require.Error(t, trail.Flush(ended))
		trail.Refused(audit.Origin{Actor: "b"}, audit.Forbidden)
		counts := map[string]int{}
		for _, e := range listed(t, trail, audit.Query{}) {
			counts[e.Actor] += e.Count
		}
		require.Equal(t, map[string]int{"a": 1, "b": 2}, counts)
		require.NoError(t, trail.Flush(context.Background()))
		require.Len(t, listed(t, trail, audit.Query{}), 2, "nothing is written twice")
	})
}

func TestTrail_losesNothingThatIsRefusedMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		trail := &audit.Trail{Writer: db, Now: func() time.Time { return start }}
		var running sync.WaitGroup
		for w := range 8 {
			running.Go(func() {
				for range 50 {
					trail.Refused(audit.Origin{Actor: fmt.Sprint(w % 3)}, audit.Forbidden)
				}
			})
			running.Go(func() {
				for range 3 {
					if err := trail.Complete(context.Background()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		running.Wait()
		sum := 0
		for _, e := range listed(t, trail, audit.Query{}) {
			sum += e.Count
		}
		require.Equal(t, 8*50, sum)
		require.Empty(t, verified(t, db).Broken)
	})
}

// verified is what a verification of all entries comes to.
func verified(t *testing.T, db *store.DB, anchors ...audit.Head) audit.Verified {
	t.Helper()
	var v audit.Verified
	require.NoError(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		v, err = audit.Verify(ctx, tx, audit.Known{Anchors: anchors})
		return err
	}))
	return v
}

func TestEach_seesEveryEntryOnceInItsOrder(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		const many = 1201 // more than are read at a time
		require.NoError(t, db.AddAuditEntries(context.Background(), entries(many)))
		trail := trailOf(db)
		require.NoError(t, trail.Complete(context.Background()))
		for _, order := range []audit.Order{audit.OldestFirst, audit.NewestFirst} {
			var actors []string
			require.NoError(t, audit.Each(context.Background(), db, audit.Query{Order: order}, func(found []audit.Entry) error {
				for _, e := range found {
					actors = append(actors, e.Actor)
				}
				return nil
			}))
			require.Len(t, actors, many)
			for i, actor := range actors {
				want := i
				if order == audit.NewestFirst {
					want = many - 1 - i
				}
				require.Equal(t, fmt.Sprint(want), actor)
			}
		}
		enough := errors.New("enough")
		calls := 0
		require.ErrorIs(t, audit.Each(context.Background(), db, audit.Query{}, func([]audit.Entry) error { calls++; return enough }), enough)
		require.Equal(t, 1, calls)
		v := verified(t, db)
		require.Empty(t, v.Broken)
		require.Equal(t, int64(many), v.Entries)
	})
}

func TestRead_narrowsDown(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		all := entries(6)
		all[1].Client, all[1].RequestID = "192.0.2.1", "r-1"
		all[2].Action = "createToken"
		all[3].Applications = []string{"Shop", "Stock"}
		all[4].Outcome, all[4].Actor = audit.Forbidden, "3"
		require.NoError(t, db.AddAuditEntries(context.Background(), all))
		trail := trailOf(db)
		for name, test := range map[string]struct {
			query audit.Query
			want  []int
		}{
			"all":                              {audit.Query{}, []int{5, 4, 3, 2, 1, 0}},
			"some":                             {audit.Query{Limit: 2}, []int{5, 4}},
			"the oldest":                       {audit.Query{Limit: 2, Order: audit.OldestFirst}, []int{0, 1}},
			"an actor":                         {audit.Query{Actor: "3"}, []int{4, 3}},
			"nobody":                           {audit.Query{Actor: "9"}, nil},
			"a client":                         {audit.Query{Client: "192.0.2.1"}, []int{1}},
			"a request":                        {audit.Query{RequestID: "r-1"}, []int{1}},
			"an action":                        {audit.Query{Action: "createToken"}, []int{2}},
			"an application":                   {audit.Query{Application: "Stock"}, []int{3}},
			"an outcome":                       {audit.Query{Outcome: audit.Forbidden}, []int{4}},
			"an actor and an outcome":          {audit.Query{Actor: "3", Outcome: audit.Done}, []int{3}},
			"from a moment on":                 {audit.Query{Since: start.Add(4 * time.Second)}, []int{5, 4}},
			"until a moment":                   {audit.Query{Until: start.Add(time.Second)}, []int{0}},
			"between two moments":              {audit.Query{Since: start.Add(time.Second), Until: start.Add(3 * time.Second)}, []int{2, 1}},
			"those of an application later on": {audit.Query{Application: "Shop", Since: start.Add(4 * time.Second)}, nil},
		} {
			var found []int
			for _, e := range listed(t, trail, test.query) {
				found = append(found, int(e.At.Sub(start)/time.Second))
			}
			require.Equal(t, test.want, found, name)
		}
	})
}

// rewrite changes the file of the database as somebody does who may do anything.
func rewrite(t *testing.T, path string, statements ...string) {
	t.Helper()
	file, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=5000")
	require.NoError(t, err)
	defer file.Close()
	for _, trigger := range []string{"entries_stay", "entries_kept", "entries_follow", "chain_grows", "chain_begins", "chain_ends"} {
		_, err := file.Exec("DROP TRIGGER IF EXISTS audit_" + trigger)
		require.NoError(t, err)
	}
	for _, statement := range statements {
		_, err := file.Exec(statement)
		require.NoError(t, err, statement)
	}
}

func TestVerify_holdsEveryAnchorAgainstTheChain(t *testing.T) {
	db, path := onSQLite(t, store.Options{})
	require.NoError(t, db.AddAuditEntries(context.Background(), entries(3)))
	right := verified(t, db).Head
	wrong := audit.Head{Position: right.Position, Chain: audit.Head{}.Next([]byte("other")).Chain}
	require.Empty(t, verified(t, db, right, right).Broken)
	for name, anchors := range map[string][]audit.Head{"the only one": {wrong}, "the first": {wrong, right}, "the second": {right, wrong}} {
		require.Contains(t, verified(t, db, anchors...).Broken, "at position 3 the chain has another digest", name)
	}
	require.Contains(t, verified(t, db, right, audit.Head{Position: 9, Chain: right.Chain}).Broken, "position 4 is missing: it was written down that the chain had 9 entries")
	rewrite(t, path, "UPDATE audit_chain SET head_chain = x'00'")
	require.Contains(t, verified(t, db).Broken, "end of the chain", "what follows would hang on something else")
	rewrite(t, path, "UPDATE audit_chain SET head_position = 2, head_chain = (SELECT chain FROM audit_entries WHERE position = 2)")
	require.Contains(t, verified(t, db).Broken, "end of the chain", "the next entry would take a place that is taken")
}

func TestVerify_looksAtEntriesThatWaitForTheirPlace(t *testing.T) {
	db, path := onSQLite(t, store.Options{})
	require.NoError(t, db.AddAuditEntries(context.Background(), entries(2)))
	insert := "INSERT INTO audit_entries (created_at, actor, through, client, action, outcome, target, request_id, count, details, digest) SELECT created_at, actor, through, client, action, outcome, target, request_id, count, details, digest FROM audit_entries WHERE position = 1"
	rewrite(t, path, insert)
	v := verified(t, db)
	require.Empty(t, v.Broken)
	require.Equal(t, []int64{2, 1}, []int64{v.Entries, v.Waiting})
	rewrite(t, path, "UPDATE audit_entries SET actor = 'eve' WHERE position IS NULL")
	require.Contains(t, verified(t, db).Broken, "which has no place yet, was changed")
}

func TestVerify_holdsAnchorsAgainstWhatWasDeletedInTime(t *testing.T) {
	now := start
	db, path := onSQLite(t, store.Options{KeepAudit: time.Hour, Now: func() time.Time { return now }})
	add := func() audit.Head {
		e := entries(1)
		e[0].At = now
		require.NoError(t, db.AddAuditEntries(context.Background(), e))
		return verified(t, db).Head
	}
	first, second := add(), add()
	now = now.Add(2 * time.Hour)
	third := add()
	for more := true; more; {
		var err error
		more, err = db.Purge(context.Background())
		require.NoError(t, err)
	}
	v := verified(t, db, first, second, third)
	require.Empty(t, v.Broken)
	require.Equal(t, int64(2), v.Deleted)
	require.Equal(t, []audit.Head{first}, v.TooOld, "of the last that was deleted the digest is still there")
	forged := audit.Head{Position: second.Position, Chain: first.Chain}
	require.Contains(t, verified(t, db, forged).Broken, "at position 2 the chain has another digest")
	rewrite(t, path, "UPDATE audit_chain SET base_chain = x'00'")
	require.Contains(t, verified(t, db).Broken, "position 3 does not follow")
}
