package store_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
)

func announce(t *testing.T, db *store.DB, facts ...events.Fact) {
	t.Helper()
	require.NoError(t, db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		for _, fact := range facts {
			if err := tx.Announce(ctx, fact); err != nil {
				return err
			}
		}
		return nil
	}))
}

func subjects(page events.Page) []string {
	names := []string{}
	for _, fact := range page.Facts {
		names = append(names, fact.Subject)
	}
	return names
}

// manyNames are so many applications, none of which there is.
func manyNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = "application " + strconv.Itoa(i)
	}
	return names
}

func TestFactsAfter_keepsWhatFits(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		announce(t, db,
			events.Fact{Type: events.VersionCreated, Subject: "Shop", Time: noon, Data: events.Data{Pacticipant: "Shop"}},
			events.Fact{Type: events.ContractPublished, Subject: "Web", Time: noon.Add(time.Hour), Data: events.Data{Consumer: "Web", Provider: "Shop"}},
			events.Fact{Type: events.EnvironmentChanged, Subject: "test", Time: noon.Add(2 * time.Hour), Data: events.Data{Environment: "test"}})
		for name, c := range map[string]struct {
			query events.Query
			want  []string
		}{
			"all":              {events.Query{}, []string{"Shop", "Web", "test"}},
			"by type":          {events.Query{Types: []events.Type{events.VersionCreated, events.EnvironmentChanged}}, []string{"Shop", "test"}},
			"by application":   {events.Query{Applications: []string{"Shop"}}, []string{"Shop", "Web"}},
			"by applications":  {events.Query{Applications: []string{"Web", "Nobody"}}, []string{"Web"}},
			"of a large team":  {events.Query{Applications: append(manyNames(40_000), "Shop", "Web")}, []string{"Shop", "Web"}},
			"from a time on":   {events.Query{Since: noon.Add(time.Hour)}, []string{"Web", "test"}},
			"before a time":    {events.Query{Until: noon.Add(time.Hour)}, []string{"Shop"}},
			"after a position": {events.Query{After: 1}, []string{"Web", "test"}},
			"all conditions":   {events.Query{After: 1, Applications: []string{"Shop"}, Types: []events.Type{events.VersionCreated}}, []string{}},
		} {
			c.query.Limit = 10
			page, err := db.FactsAfter(context.Background(), c.query)
			require.NoError(t, err, name)
			require.Equal(t, c.want, subjects(page), name)
			require.EqualValues(t, 3, page.Position, name)
		}
		page, err := db.FactsAfter(context.Background(), events.Query{Limit: 2})
		require.NoError(t, err)
		require.Equal(t, []string{"Shop", "Web"}, subjects(page))
		require.EqualValues(t, 2, page.Position)
	})
}

// Writers hold their transactions open for different times, so they commit in
// another order than they began. Who follows misses nothing and sees each once.
func TestFactsAfter_missesNothingOfFiftyWriters(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		const writers, each = 50, 8
		ctx := context.Background()
		var working sync.WaitGroup
		var done atomic.Bool
		for w := range writers {
			working.Go(func() {
				for n := range each {
					err := db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
						for part := range 2 {
							name := strconv.Itoa(w) + "-" + strconv.Itoa(n) + "-" + strconv.Itoa(part)
							if err := tx.Announce(ctx, events.Fact{Type: events.VersionCreated, Subject: name, Data: events.Data{Pacticipant: name}}); err != nil {
								return err
							}
						}
						if n%4 == 3 {
							return errUndone
						}
						return nil
					})
					if err != nil && !errors.Is(err, errUndone) {
						t.Error(err)
					}
				}
			})
		}
		t.Cleanup(working.Wait)
		go func() { working.Wait(); done.Store(true) }()
		seen := map[string]int{}
		query := events.Query{Limit: 7}
		for last := false; ; {
			page, err := db.FactsAfter(ctx, query)
			require.NoError(t, err)
			for _, fact := range page.Facts {
				seen[fact.Subject]++
				require.Greater(t, fact.Position, query.After)
			}
			query.After = page.Position
			if len(page.Facts) == 0 && last {
				break
			}
			last = done.Load()
		}
		require.Len(t, seen, writers*each*2*3/4)
		for name, times := range seen {
			require.Equal(t, 1, times, name)
		}
	})
}

var errUndone = errors.New("undone")

func TestSweep_forgetsOldFactsButNotTheirPlaces(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	eachWith(t, store.Options{KeepFacts: time.Hour, Now: func() time.Time { return now }}, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		for _, age := range []time.Duration{3 * time.Hour, 2 * time.Hour, 90 * time.Minute} {
			announce(t, db, events.Fact{Type: events.VersionCreated, Subject: age.String(), Time: now.Add(-age), Data: events.Data{Pacticipant: "Shop"}})
		}
		read := func(after int64) (events.Page, error) {
			return db.FactsAfter(ctx, events.Query{After: after, Limit: 10})
		}
		page, err := read(0)
		require.NoError(t, err)
		require.Len(t, page.Facts, 3)

		more, err := db.Purge(ctx)
		require.NoError(t, err)
		require.False(t, more)

		page, err = read(0)
		require.NoError(t, err)
		require.Equal(t, []string{"1h30m0s"}, subjects(page), "the newest stays, so that no position is given twice")
		page, err = read(2)
		require.NoError(t, err, "nothing that follows is missing")
		require.Len(t, page.Facts, 1)
		_, err = read(1)
		require.True(t, fault.Is(err, fault.Gone), "what followed is deleted: %v", err)
		_, err = read(4)
		require.True(t, fault.Is(err, fault.Gone), "the feed never got there: %v", err)

		announce(t, db, events.Fact{Type: events.VersionCreated, Subject: "new"})
		page, err = read(3)
		require.NoError(t, err)
		require.Equal(t, []string{"new"}, subjects(page))
		require.EqualValues(t, 4, page.Position)
	})
}

// Facts are announced in another order than they happened, and on PostgreSQL nobody may
// have read the newest.
func TestPurge_deletesNoFactBehindOneThatStays(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	happened := func(subject string, age time.Duration) events.Fact {
		return events.Fact{Type: events.VersionCreated, Subject: subject, Time: now.Add(-age), Data: events.Data{Pacticipant: "Shop"}}
	}
	for name, c := range map[string]struct {
		read, unread []events.Fact
		after        int64
		want         []string
	}{
		"an older one behind a younger one": {
			read: []events.Fact{happened("young", 0), happened("old", 2*time.Hour), happened("last", 0)}, after: 1, want: []string{"old", "last", "new"},
		},
		"old ones that have no position yet": {
			read: []events.Fact{happened("seen", 3*time.Hour)}, unread: []events.Fact{happened("unseen", 2*time.Hour)}, after: 1, want: []string{"unseen", "new"},
		},
		"a reader who was away for too long": {
			read:   []events.Fact{happened("seen", 3*time.Hour)},
			unread: []events.Fact{happened("gone", 3*time.Hour), happened("unseen", 2*time.Hour)}, after: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachWith(t, store.Options{KeepFacts: time.Hour, Now: func() time.Time { return now }}, func(t *testing.T, db *store.DB) {
				ctx := context.Background()
				announce(t, db, c.read...)
				_, err := db.FactsAfter(ctx, events.Query{Limit: 10})
				require.NoError(t, err)
				if len(c.unread) > 0 {
					announce(t, db, c.unread...)
				}
				more, err := db.Purge(ctx)
				require.NoError(t, err)
				require.False(t, more)
				announce(t, db, happened("new", 0))

				page, err := db.FactsAfter(ctx, events.Query{After: c.after, Limit: 10})
				if c.want == nil {
					require.True(t, fault.Is(err, fault.Gone), "%v %v", subjects(page), err)
					return
				}
				require.NoError(t, err)
				require.Equal(t, c.want, subjects(page))
			})
		})
	}
}
