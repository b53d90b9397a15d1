package store_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// kept is a version as the model of selectors sees it: plain rows, with what is the
// newest looked for among all of them.
type kept struct {
	ID, Position, CreatedAt                 int64
	Application, MainBranch                 string
	branches, tags, deployedTo, supportedIn []string
}

// keptVersions reads all versions.
func keptVersions(t testing.TB, db *store.DB) []kept {
	t.Helper()
	var all []kept
	require.NoError(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		all, err = store.Rows[kept](ctx, tx, `SELECT v.id, v.position, v.created_at, p.name AS application, coalesce(p.main_branch, '') AS main_branch
			FROM versions v JOIN pacticipants p ON p.id = v.pacticipant_id ORDER BY v.id`)
		require.NoError(t, err)
		for i := range all {
			for into, text := range map[*[]string]string{
				&all[i].branches:    "SELECT b.name FROM branch_versions m JOIN branches b ON b.id = m.branch_id WHERE m.version_id = ?",
				&all[i].tags:        "SELECT name FROM tags WHERE version_id = ?",
				&all[i].deployedTo:  "SELECT e.name FROM deployed_versions d JOIN environments e ON e.id = d.environment_id WHERE d.currently_deployed AND d.version_id = ?",
				&all[i].supportedIn: "SELECT e.name FROM released_versions d JOIN environments e ON e.id = d.environment_id WHERE d.currently_supported AND d.version_id = ?",
			} {
				*into, err = store.Rows[string](ctx, tx, text, all[i].ID)
				require.NoError(t, err)
			}
		}
		return nil
	}))
	return all
}

// newest are those of which there is no newer one among them with the same key.
func newest(among []kept, keys func(kept) []string) []kept {
	last := map[string]int64{}
	for _, v := range among {
		for _, key := range keys(v) {
			last[v.Application+"/"+key] = max(last[v.Application+"/"+key], v.Position)
		}
	}
	return slices.DeleteFunc(slices.Clone(among), func(v kept) bool {
		return !slices.ContainsFunc(keys(v), func(key string) bool { return last[v.Application+"/"+key] == v.Position })
	})
}

// where are those that fulfil a condition.
func where(among []kept, holds func(kept) bool) []kept {
	return slices.DeleteFunc(slices.Clone(among), func(v kept) bool { return !holds(v) })
}

// TestClean_bySelectorsKeepsWhatAModelOfThemSelects plays a random history, whose seed is
// printed, and holds each selector of the Pact Broker against what it means. What stays
// besides is what stays when nothing is selected.
func TestClean_bySelectorsKeepsWhatAModelOfThemSelects(t *testing.T) {
	clock := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	folder := t.TempDir()
	opened := func(name string) *store.DB {
		db, err := store.Open(t.Context(), store.Options{URL: "sqlite://" + filepath.Join(folder, name), Fast: true})
		require.NoError(t, err)
		db.SetClock(func() time.Time { return clock })
		return db
	}
	history := opened("history.db")
	pastHistory(t, history, &clock, testrandom.New(t), 60)
	before := keptVersions(t, history)
	require.NoError(t, history.Close())

	// remaining are the ids of the versions that are left of the history.
	remaining := func(name, selectors, sentences string) (ids []int64) {
		content, err := os.ReadFile(filepath.Join(folder, "history.db"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), content, 0o600))
		db := opened(name)
		cleaned(t, db, store.CleanOptions{Rules: rules(t, selectors, sentences, clock), Before: clock.Add(-1000 * 24 * time.Hour)})
		for _, v := range keptVersions(t, db) {
			ids = append(ids, v.ID)
		}
		require.NoError(t, db.Close())
		return ids
	}
	always := remaining("always.db", "", "delete versions not numbered x")

	branches := func(v kept) []string { return v.branches }
	tags := func(v kept) []string { return v.tags }
	one := func(kept) []string { return []string{""} }
	has := func(name string, of func(kept) []string) func(kept) bool {
		return func(v kept) bool { return slices.Contains(of(v), name) }
	}
	since := func(days int) func(kept) bool {
		first := time.Date(clock.Year(), clock.Month(), clock.Day()-days, 0, 0, 0, 0, time.UTC).UnixMicro()
		return func(v kept) bool { return v.CreatedAt >= first }
	}
	for selector, selected := range map[string][]kept{
		`{"latest":true}`:                               newest(before, one),
		`{"pacticipant":"Foo","latest":true}`:           newest(where(before, func(v kept) bool { return v.Application == "Foo" }), one),
		`{"pacticipantName":"Bar"}`:                     where(before, func(v kept) bool { return v.Application == "Bar" }),
		`{"tag":true}`:                                  where(before, func(v kept) bool { return len(v.tags) > 0 }),
		`{"tag":"prod"}`:                                where(before, has("prod", tags)),
		`{"tag":true,"latest":true}`:                    newest(before, tags),
		`{"tag":"dev","latest":true}`:                   newest(where(before, has("dev", tags)), one),
		`{"branch":true}`:                               where(before, func(v kept) bool { return len(v.branches) > 0 }),
		`{"branch":"main"}`:                             where(before, has("main", branches)),
		`{"branch":true,"latest":true}`:                 newest(before, branches),
		`{"branch":"feat/3","latest":true}`:             newest(where(before, has("feat/3", branches)), one),
		`{"mainBranch":true}`:                           where(before, func(v kept) bool { return slices.Contains(v.branches, v.MainBranch) }),
		`{"main_branch":true,"latest":true}`:            newest(where(before, func(v kept) bool { return slices.Contains(v.branches, v.MainBranch) }), one),
		`{"deployed":true}`:                             where(before, func(v kept) bool { return len(v.deployedTo) > 0 }),
		`{"released":true}`:                             where(before, func(v kept) bool { return len(v.supportedIn) > 0 }),
		`{"environmentName":"test"}`:                    where(before, func(v kept) bool { return slices.Contains(append(v.deployedTo, v.supportedIn...), "test") }),
		`{"deployed":true,"environment":"production"}`:  where(before, func(v kept) bool { return slices.Contains(v.deployedTo, "production") }),
		`{"maxAge":0}`:                                  where(before, since(0)),
		`{"max_age":17}`:                                where(before, since(17)),
		`{"max_age":30,"branch":"main"}`:                where(where(before, since(30)), has("main", branches)),
		`{"max_age":20,"tag":"prod","latest":true}`:     newest(where(where(before, since(20)), has("prod", tags)), one),
		`{"pacticipant":"Bar","tag":"dev","max_age":9}`: where(where(before, since(9)), func(v kept) bool { return v.Application == "Bar" && slices.Contains(v.tags, "dev") }),
	} {
		want := slices.Clone(always)
		for _, v := range selected {
			want = append(want, v.ID)
		}
		slices.Sort(want)
		require.Equal(t, slices.Compact(want), remaining("selected.db", "["+selector+"]", ""), selector)
	}
}
