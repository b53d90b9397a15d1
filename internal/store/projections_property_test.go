package store_test

import (
	"cmp"
	"context"
	"flag"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/verification"
	"github.com/accord-broker/accord/internal/versions"
)

// The small universe in which random scenarios play: few names, so that they meet.
var (
	someApps         = oneOf("A", "A", "A", "B", "B", "C")
	someNumbers      = oneOf("1", "2", "2b", "3")
	someBranches     = oneOf("main", "main", "feat")
	someTags         = oneOf("dev", "dev", "prod")
	someEnvironments = oneOf("test", "production")
	someInstances    = oneOf("", "blue")
	someContents     = oneOf("x", "y")
)

// upTo draws evenly from 0 to n-1; rapid's own generators prefer small numbers,
// by which some acts would hardly ever be done.
func upTo(n int) *rapid.Generator[int] {
	return rapid.Custom(func(rt *rapid.T) int {
		drawn := 0
		for range 10 {
			drawn <<= 1
			if rapid.Bool().Draw(rt, "bit") {
				drawn++
			}
		}
		return drawn % n
	})
}

func oneOf(names ...string) *rapid.Generator[string] {
	return rapid.Map(upTo(len(names)), func(i int) string { return names[i] })
}

// byNumber takes 2 and 2b for equal, so that ties occur.
func byNumber(a, b string) int { return cmp.Compare(a[0], b[0]) }

// TestProjections_equalARecomputationFromHistory plays random scenarios and compares,
// after every step, each projection that the store keeps with what follows from
// history. -rapid.checks=2000 -rapid.seed=7 plays more and other scenarios.
func TestProjections_equalARecomputationFromHistory(t *testing.T) {
	tests := []struct {
		name      string
		url       func(testing.TB) string
		rank      func(a, b string) int
		scenarios string
	}{
		{"sqlite", sqliteURL, nil, "20"},
		{"sqlite, ordered by number", sqliteURL, byNumber, "20"},
		{"postgres", testpostgres.Database, nil, "6"},
		{"postgres, ordered by number", testpostgres.Database, byNumber, "6"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			unlessAsked(t, "rapid.checks", "100", tt.scenarios)
			clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			db := open(t, store.Options{URL: tt.url(t), Fast: true, Rank: tt.rank, Now: func() time.Time { return clock }})
			rapid.Check(t, func(rt *rapid.T) {
				s := &scenario{rt: rt, db: db, model: newModel(tt.rank)}
				s.deleteAll()
				for range 60 {
					// Writers at the same moment are ordinary.
					clock = clock.Add(time.Duration(upTo(3).Draw(rt, "µs")) * time.Microsecond)
					s.step()
					s.compare()
				}
			})
		})
	}
}

// Each run of a property test draws scenarios of its own. The seed of one that fails
// is printed, and rapid keeps the scenario under testdata/rapid and plays it first from
// then on: commit that file together with the mend.

// unlessAsked sets a flag for the test if the command line did not.
func unlessAsked(t *testing.T, name, usual, value string) {
	t.Helper()
	if flag.Lookup(name).Value.String() != usual {
		return
	}
	require.NoError(t, flag.Set(name, value))
	t.Cleanup(func() { require.NoError(t, flag.Set(name, usual)) })
}

// scenario does random things to a database and keeps a model of them.
type scenario struct {
	rt    *rapid.T
	db    *store.DB
	model *model
}

func (s *scenario) write(fn func(ctx context.Context, tx *store.Tx)) {
	require.NoError(s.rt, s.db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		fn(ctx, tx)
		return nil
	}))
}

func (s *scenario) deleteAll() {
	s.write(func(ctx context.Context, tx *store.Tx) {
		for _, table := range []string{"environments", "all_integrations", "all_pacticipants"} {
			require.NoError(s.rt, tx.Exec(ctx, "DELETE FROM "+table))
		}
	})
}

func (s *scenario) compare() {
	require.NoError(s.rt, s.db.View(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		history, err := readTables(ctx, tx)
		require.NoError(s.rt, err)
		projections, err := storedProjections(ctx, tx)
		require.NoError(s.rt, err)
		require.Equal(s.rt, expected(s.model, history), projections)
		return nil
	}))
	// What checks a database in use must come to the same.
	compared, err := s.db.CheckProjections(context.Background(), false, func(store.Part, int64, int64) {})
	require.NoError(s.rt, err)
	for _, c := range compared {
		require.Zero(s.rt, c.Wrong, "%s of %v", c.Part, c.First)
	}
}

// step does one thing; what is frequent in life comes more often.
func (s *scenario) step() {
	add := []func(){s.publish, s.publish, s.verify, s.verify, s.verify, s.addToBranch, s.addToBranch, s.addTag, s.addTag, s.deploy, s.release}
	remove := []func(){s.leaveBranch, s.removeBranch, s.removeTag, s.removeResult, s.removePacts, s.undeploy, s.endSupport, s.removeVersion, s.removeVersion}
	seldom := []func(){s.removePacticipant, s.removeIntegration, s.removeIntegration, s.removeEnvironment, s.purge}
	all := slices.Concat(add, add, add, remove, remove, seldom)
	all[upTo(len(all)).Draw(s.rt, "what")]()
}

func (s *scenario) draw(g *rapid.Generator[string], label string) string { return g.Draw(s.rt, label) }

// mention returns the version, making it and its application as needed.
func (s *scenario) mention(ctx context.Context, tx *store.Tx, app, number string) versions.Version {
	v, created, err := versions.FindOrCreateNamed(ctx, tx, app, number)
	require.NoError(s.rt, err)
	if created {
		s.model.addVersion(app, number)
	}
	return v
}

func (s *scenario) publish() {
	consumer, number, content := s.draw(someApps, "consumer"), s.draw(someNumbers, "number"), s.draw(someContents, "content")
	s.write(func(ctx context.Context, tx *store.Tx) {
		v := s.mention(ctx, tx, consumer, number)
		provider, err := pacticipants.FindOrCreate(ctx, tx, s.draw(someApps, "provider"))
		require.NoError(s.rt, err)
		stored, err := tx.StoreContract(ctx, v, provider, contracts.PactVersion{SHA: content}, store.Compressed(content))
		require.NoError(s.rt, err)
		found, _, err := tx.Publication(ctx, v.ID, provider.ID)
		require.NoError(s.rt, err)
		require.Equal(s.rt, found, stored.Publication, "what is returned is what was stored")
	})
}

// one picks one of the rows that the statement finds.
func one[T any](ctx context.Context, s *scenario, tx *store.Tx, text string) (row T, found bool) {
	all, err := store.Rows[T](ctx, tx, text)
	require.NoError(s.rt, err)
	if len(all) == 0 {
		return row, false
	}
	return all[upTo(len(all)).Draw(s.rt, "which")], true
}

func (s *scenario) verify() {
	type content struct {
		ID, IntegrationID int64
		Provider          string
	}
	s.write(func(ctx context.Context, tx *store.Tx) {
		c, found := one[content](ctx, s, tx, "SELECT x.id, x.integration_id, p.name AS provider FROM pact_versions x"+visible+" ORDER BY x.id")
		if !found {
			return
		}
		v := s.mention(ctx, tx, c.Provider, s.draw(someNumbers, "number"))
		result := verification.Result{
			IntegrationID: c.IntegrationID, ContentID: c.ID, ProviderVersion: v.ID,
			Success: upTo(4).Draw(s.rt, "success") > 0, WIP: upTo(4).Draw(s.rt, "wip") == 0,
		}
		if ago := upTo(10).Draw(s.rt, "executed ago"); ago > 0 {
			result.ExecutedAt = tx.Now().Add(-time.Duration(ago) * time.Microsecond)
		}
		tags, err := tx.TagsOf(ctx, v.ID)
		require.NoError(s.rt, err)
		result, err = tx.AddResult(ctx, result, nil)
		require.NoError(s.rt, err)
		for _, tag := range tags {
			if result.Success && !result.WIP {
				s.model.tagged[result.Number] = append(s.model.tagged[result.Number], tag.Name)
			}
		}
	})
}

func (s *scenario) addToBranch() {
	app, number, branch := s.draw(someApps, "app"), s.draw(someNumbers, "number"), s.draw(someBranches, "branch")
	s.write(func(ctx context.Context, tx *store.Tx) {
		_, _, err := tx.AddToBranch(ctx, s.mention(ctx, tx, app, number), branch, false)
		require.NoError(s.rt, err)
		s.model.addToBranch(app, number, branch)
	})
}

func (s *scenario) addTag() {
	s.write(func(ctx context.Context, tx *store.Tx) {
		_, _, err := tx.AddTag(ctx, s.mention(ctx, tx, s.draw(someApps, "app"), s.draw(someNumbers, "number")), s.draw(someTags, "tag"))
		require.NoError(s.rt, err)
	})
}

// known calls fn with a version that exists, if there is any.
func (s *scenario) known(fn func(ctx context.Context, tx *store.Tx, v versions.Version)) {
	s.write(func(ctx context.Context, tx *store.Tx) {
		id, found := one[int64](ctx, s, tx, "SELECT v.id FROM versions v JOIN pacticipants p ON p.id = v.pacticipant_id ORDER BY v.id")
		if !found {
			return
		}
		v, _, err := tx.VersionByID(ctx, id)
		require.NoError(s.rt, err)
		fn(ctx, tx, v)
	})
}

func (s *scenario) branch(ctx context.Context, tx *store.Tx, v versions.Version, name string) (versions.Branch, bool) {
	b, found, err := tx.FindBranch(ctx, pacticipants.Pacticipant{ID: v.PacticipantID}, name)
	require.NoError(s.rt, err)
	return b, found
}

func (s *scenario) leaveBranch() {
	s.known(func(ctx context.Context, tx *store.Tx, v versions.Version) {
		if b, found := s.branch(ctx, tx, v, s.draw(someBranches, "branch")); found {
			_, err := tx.RemoveFromBranch(ctx, b, v)
			require.NoError(s.rt, err)
			s.model.leaveBranch(v.Pacticipant, v.Number, b.Name)
		}
	})
}

func (s *scenario) removeBranch() {
	s.known(func(ctx context.Context, tx *store.Tx, v versions.Version) {
		if b, found := s.branch(ctx, tx, v, s.draw(someBranches, "branch")); found {
			_, err := tx.RemoveBranch(ctx, b)
			require.NoError(s.rt, err)
			s.model.removeBranch(v.Pacticipant, b.Name)
		}
	})
}

func (s *scenario) removeTag() {
	s.known(func(ctx context.Context, tx *store.Tx, v versions.Version) {
		_, err := tx.RemoveTag(ctx, v, s.draw(someTags, "tag"))
		require.NoError(s.rt, err)
	})
}

func (s *scenario) removeResult() {
	type result struct{ ID, ContentID, VersionID int64 }
	s.write(func(ctx context.Context, tx *store.Tx) {
		r, found := one[result](ctx, s, tx, "SELECT x.id, x.pact_version_id AS content_id, x.provider_version_id AS version_id FROM verifications x"+visible+" ORDER BY x.id")
		if found {
			require.NoError(s.rt, tx.RemoveResult(ctx, verification.Result{ID: r.ID, ContentID: r.ContentID, ProviderVersion: r.VersionID}))
		}
	})
}

func (s *scenario) removePacts() {
	type publication struct {
		ConsumerID, ProviderID int64
		Number                 string
	}
	s.write(func(ctx context.Context, tx *store.Tx) {
		p, found := one[publication](ctx, s, tx, "SELECT i.consumer_id, i.provider_id, v.number FROM pact_publications x JOIN versions v ON v.id = x.consumer_version_id"+visible+" ORDER BY x.id")
		if found {
			_, err := tx.RemovePacts(ctx, contracts.Query{ConsumerID: p.ConsumerID, ProviderID: p.ProviderID, Number: p.Number})
			require.NoError(s.rt, err)
		}
	})
}

func (s *scenario) removeVersion() {
	s.known(func(ctx context.Context, tx *store.Tx, v versions.Version) {
		require.NoError(s.rt, tx.RemoveVersion(ctx, v))
		s.model.removeVersion(v.Pacticipant, v.Number)
	})
}

func (s *scenario) environment(ctx context.Context, tx *store.Tx) deployments.Environment {
	name := s.draw(someEnvironments, "environment")
	_, _, err := tx.AddEnvironment(ctx, deployments.Environment{UUID: uuid.NewString(), Name: name, DisplayName: name})
	require.NoError(s.rt, err)
	e, _, err := tx.EnvironmentByName(ctx, name)
	require.NoError(s.rt, err)
	return e
}

func (s *scenario) deploy() {
	s.known(func(ctx context.Context, tx *store.Tx, v versions.Version) {
		e, instance := s.environment(ctx, tx), s.draw(someInstances, "instance")
		_, err := tx.AddDeployed(ctx, uuid.NewString(), e.ID, v, instance, false)
		require.NoError(s.rt, err)
		s.model.slots[[3]string{e.Name, v.Pacticipant, instance}] = v.Number
	})
}

func (s *scenario) undeploy() {
	s.write(func(ctx context.Context, tx *store.Tx) {
		id, found := one[string](ctx, s, tx, "SELECT d.uuid FROM deployed_versions d JOIN pacticipants p ON p.id = d.pacticipant_id WHERE d.currently_deployed ORDER BY d.id")
		if !found {
			return
		}
		d, _, err := tx.DeployedByUUID(ctx, id)
		require.NoError(s.rt, err)
		require.NoError(s.rt, tx.EndDeployment(ctx, d))
		for slot, number := range s.model.slots {
			e, _, err := tx.EnvironmentByName(ctx, slot[0])
			require.NoError(s.rt, err)
			if e.ID == d.EnvironmentID && slot[1] == d.Pacticipant && slot[2] == d.Instance && number == d.Number {
				delete(s.model.slots, slot)
			}
		}
	})
}

func (s *scenario) release() {
	s.known(func(ctx context.Context, tx *store.Tx, v versions.Version) {
		e := s.environment(ctx, tx)
		_, _, err := tx.AddReleased(ctx, uuid.NewString(), e.ID, v)
		require.NoError(s.rt, err)
		s.model.supported[[3]string{e.Name, v.Pacticipant, v.Number}] = true
	})
}

func (s *scenario) endSupport() {
	s.known(func(ctx context.Context, tx *store.Tx, v versions.Version) {
		e := s.environment(ctx, tx)
		of, err := tx.Released(ctx, deployments.ReleasedQuery{EnvironmentID: e.ID, VersionIDs: []int64{v.ID}})
		require.NoError(s.rt, err)
		for _, r := range of {
			require.NoError(s.rt, tx.EndSupport(ctx, r))
			delete(s.model.supported, [3]string{e.Name, v.Pacticipant, v.Number})
		}
	})
}

func (s *scenario) removeEnvironment() {
	s.write(func(ctx context.Context, tx *store.Tx) {
		e := s.environment(ctx, tx)
		require.NoError(s.rt, tx.RemoveEnvironment(ctx, e))
		s.model.removeEnvironment(e.Name)
	})
}

func (s *scenario) removePacticipant() {
	s.write(func(ctx context.Context, tx *store.Tx) {
		p, found, err := tx.FindPacticipant(ctx, s.draw(someApps, "app"))
		require.NoError(s.rt, err)
		if found {
			require.NoError(s.rt, tx.RemovePacticipant(ctx, p))
			s.model.removePacticipant(p.Name)
		}
	})
}

// removeIntegration deletes a pair and then the versions that nothing needs.
func (s *scenario) removeIntegration() {
	s.write(func(ctx context.Context, tx *store.Tx) {
		pair, found := one[contracts.Integration](ctx, s, tx, "SELECT id, consumer_id, provider_id FROM integrations ORDER BY id")
		if !found {
			return
		}
		require.NoError(s.rt, tx.RemoveIntegration(ctx, pair))
		for _, id := range []int64{pair.ConsumerID, pair.ProviderID} {
			require.NoError(s.rt, tx.RemoveUnusedVersions(ctx, pacticipants.Pacticipant{ID: id}))
			for _, v := range s.unused(ctx, tx, id) {
				s.model.removeVersion(v.App, v.Number)
			}
		}
	})
}

// unused are the versions in the model, of one application, that have neither a
// contract nor a result.
func (s *scenario) unused(ctx context.Context, tx *store.Tx, pacticipantID int64) (lines []versionLine) {
	app, err := store.Rows[string](ctx, tx, "SELECT name FROM pacticipants WHERE id = ?", pacticipantID)
	require.NoError(s.rt, err)
	used, err := store.Rows[string](ctx, tx, `
		SELECT v.number FROM versions v JOIN pact_publications x ON x.consumer_version_id = v.id`+visible+` WHERE v.pacticipant_id = ?
		UNION SELECT v.number FROM versions v JOIN verifications x ON x.provider_version_id = v.id`+visible+" WHERE v.pacticipant_id = ?", pacticipantID, pacticipantID)
	require.NoError(s.rt, err)
	for _, number := range s.model.order[app[0]] {
		if !slices.Contains(used, number) {
			lines = append(lines, versionLine{App: app[0], Number: number})
		}
	}
	return lines
}

// purge does some of the purging, or all of it.
func (s *scenario) purge() {
	for range upTo(12).Draw(s.rt, "batches") {
		_, err := s.db.Purge(context.Background())
		require.NoError(s.rt, err)
	}
}
