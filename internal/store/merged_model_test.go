package store_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// Whatever both applications have done, after merging all is as if the duplicate had
// been the other one from the start: what came later counts.
func TestMerge_isAsIfThereHadBeenOneApplicationFromTheStart(t *testing.T) {
	for name, c := range map[string]struct {
		url   func(testing.TB) string
		rank  func(a, b string) int
		fresh int
	}{
		"sqlite": {sqliteURL, nil, 13}, "sqlite, ordered by number": {sqliteURL, func(a, b string) int { return len(a) - len(b) }, 5}, "postgres": {testpostgres.Database, nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, store.Options{URL: c.url(t), Fast: true, Rank: c.rank})
			for _, seed := range testrandom.Seeds(t, c.fresh, 0) {
				forget(t, db)
				w := tell(t, db, seed, 70)
				duplicate, into := w.apps[modelApps[seed%4]], w.apps[modelApps[(seed+1+seed/4)%4]]
				if duplicate.ID == into.ID {
					continue
				}
				want := w.saidOf(func(app string) string {
					if app == duplicate.Name {
						return into.Name
					}
					return app
				})
				write(t, db, func(ctx context.Context, tx *store.Tx) {
					require.NoError(t, tx.LockForMerge(ctx, duplicate, into))
					require.NoError(t, tx.Merge(ctx, duplicate, into), "world %d", seed)
				})
				for what, statement := range merged {
					got, err := db.Lines(context.Background(), statement)
					require.NoError(t, err)
					require.ElementsMatch(t, want[what], got, "world %d: %s", seed, what)
				}
				compared, err := db.CheckProjections(context.Background(), false, func(store.Part, int64, int64) {})
				require.NoError(t, err)
				for _, p := range compared {
					require.Zero(t, p.Wrong, "world %d: %s of %v", seed, p.Part, p.First)
				}
			}
		})
	}
}

// merged say what there is, a line for each thing.
var merged = map[string]string{
	"versions": "SELECT p.name || ' ' || v.number FROM versions v JOIN pacticipants p ON p.id = v.pacticipant_id",
	"tags":     "SELECT p.name || ' ' || v.number || ' ' || t.name FROM tags t JOIN versions v ON v.id = t.version_id JOIN pacticipants p ON p.id = t.pacticipant_id",
	"branches": "SELECT p.name || ' ' || v.number || ' ' || b.name FROM branch_versions m JOIN versions v ON v.id = m.version_id JOIN branches b ON b.id = m.branch_id JOIN pacticipants p ON p.id = b.pacticipant_id",
	"pacts": `SELECT c.name || ' ' || v.number || ' ' || p.name || ' ' || k.sha FROM pact_publications u JOIN versions v ON v.id = u.consumer_version_id JOIN integrations i ON i.id = u.integration_id
		JOIN pacticipants c ON c.id = i.consumer_id AND c.id = v.pacticipant_id JOIN pacticipants p ON p.id = i.provider_id JOIN pact_versions k ON k.id = u.pact_version_id AND k.integration_id = i.id WHERE u.latest`,
	"results": `SELECT c.name || ' ' || p.name || ' ' || k.sha || ' ' || v.number || CASE WHEN r.success THEN ' yes' ELSE ' no' END FROM verifications r JOIN pact_versions k ON k.id = r.pact_version_id AND k.integration_id = r.integration_id
		JOIN integrations i ON i.id = k.integration_id JOIN pacticipants c ON c.id = i.consumer_id JOIN pacticipants p ON p.id = i.provider_id JOIN versions v ON v.id = r.provider_version_id AND v.pacticipant_id = p.id WHERE r.latest`,
	"all results": "SELECT CASE WHEN r.success THEN 'yes' ELSE 'no' END FROM verifications r JOIN integrations i ON i.id = r.integration_id",
	"deployed": `SELECT p.name || ' ' || v.number || ' ' || e.name || ' ' || d.instance FROM deployed_versions d JOIN versions v ON v.id = d.version_id JOIN pacticipants p ON p.id = d.pacticipant_id AND p.id = v.pacticipant_id
		JOIN environments e ON e.id = d.environment_id WHERE d.currently_deployed`,
	"released": `SELECT p.name || ' ' || v.number || ' ' || e.name || CASE WHEN d.currently_supported THEN ' now' ELSE '' END FROM released_versions d JOIN versions v ON v.id = d.version_id
		JOIN pacticipants p ON p.id = d.pacticipant_id AND p.id = v.pacticipant_id JOIN environments e ON e.id = d.environment_id`,
}

// saidOf is what merged would say if applications had had other names from the start.
func (w *listModel) saidOf(now func(app string) string) map[string][]string {
	sets := map[string]map[string]bool{"versions": {}, "tags": {}, "branches": {}}
	for _, v := range w.versions {
		line := now(v.Pacticipant) + " " + v.Number
		sets["versions"][line] = true
		for _, tag := range v.tags {
			sets["tags"][line+" "+tag] = true
		}
		for _, branch := range v.branches {
			sets["branches"][line+" "+branch] = true
		}
	}
	// Of what is said several times the last counts.
	last := map[string]map[string]string{"pacts": {}, "results": {}, "deployed": {}, "released": {}}
	for _, p := range w.pacts {
		line := fmt.Sprintf("%s %s %s", now(p.consumer.Pacticipant), p.consumer.Number, now(p.provider))
		last["pacts"][line] = line + " " + p.content
	}
	said := map[string][]string{}
	for _, r := range w.results {
		answer := map[bool]string{true: "yes", false: "no"}[r.success]
		line := fmt.Sprintf("%s %s %s %s", now(r.consumer), now(r.provider), r.content, r.by.Number)
		last["results"][line] = line + " " + answer
		said["all results"] = append(said["all results"], answer)
	}
	for _, d := range w.deployed {
		if d.current {
			last["deployed"][now(d.version.Pacticipant)+" "+d.env+" "+d.instance] = fmt.Sprintf("%s %s %s %s", now(d.version.Pacticipant), d.version.Number, d.env, d.instance)
		}
	}
	for _, r := range w.released {
		line := fmt.Sprintf("%s %s %s", now(r.version.Pacticipant), r.version.Number, r.env)
		if r.current || last["released"][line] == line+" now" {
			last["released"][line] = line + " now"
			continue
		}
		last["released"][line] = line
	}
	for what, set := range sets {
		said[what] = slices.Collect(maps.Keys(set))
	}
	for what, lines := range last {
		said[what] = slices.Collect(maps.Values(lines))
	}
	return said
}
