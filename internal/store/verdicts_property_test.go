package store_test

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// TestDecide_equalsARecomputationFromHistory lets up to six applications
// publish, republish, verify, deploy to instances, release and undo, asks
// questions of every form, and compares each verdict with one that is
// recomputed from the bare history of what was done. Every run does other things;
// the seed that it prints makes it do the same again: -rapid.seed=NUMBER.
func TestDecide_equalsARecomputationFromHistory(t *testing.T) {
	for _, on := range []struct {
		name, checks string
		options      func(t *testing.T) store.Options
	}{
		{"sqlite", "100", func(t *testing.T) store.Options { return store.Options{URL: sqliteURL(t), Fast: true} }},
		{"postgres", "10", func(t *testing.T) store.Options { return store.Options{URL: testpostgres.Database(t)} }},
	} {
		t.Run(on.name, func(t *testing.T) {
			seed := strconv.FormatUint(1+rand.Uint64N(1_000_000), 10)
			unlessAsked(t, "rapid.checks", "100", on.checks)
			unlessAsked(t, "rapid.seed", "0", seed)
			t.Logf("-rapid.seed=%s", flag.Lookup("rapid.seed").Value)
			decideLikeHistory(t, open(t, on.options(t)))
		})
	}
}

func decideLikeHistory(t *testing.T, db *store.DB) {
	systems := 0
	rapid.Check(t, func(rt *rapid.T) {
		systems++
		s := newSystem(t, rt, db, systems)
		for range 12 {
			for range 5 {
				s.step()
			}
			for range 2 {
				q := s.question()
				v := s.decide(q)
				got := tally{v.Deployable, v.Success, v.Failed, v.Unknown, len(v.Ignored)}
				require.Equal(rt, s.log.recompute(q), got, "%+v\nafter %s", q, s.log)
			}
		}
	})
}

// system is a handful of applications with names and environments of their own,
// so that all systems fit into one database.
type system struct {
	world
	rt           *rapid.T
	apps         []string
	environments []string
	log          *history
	deployments  map[placed]string
}

func newSystem(t *testing.T, rt *rapid.T, db *store.DB, n int) *system {
	s := &system{world: world{t, db}, rt: rt, log: &history{main: map[string]bool{}}, deployments: map[placed]string{}}
	prefix := "s" + strconv.Itoa(n)
	s.environments = []string{prefix + "test", prefix + "prod"}
	for _, e := range s.environments {
		s.addEnvironment(e)
	}
	for i := range 2 + upTo(5).Draw(rt, "applications") {
		app := prefix + string(rune('A'+i))
		s.apps = append(s.apps, app)
		s.log.main[app] = i%3 != 2
		s.write(func(ctx context.Context, tx *store.Tx) {
			p, err := pacticipants.FindOrCreate(ctx, tx, app)
			require.NoError(t, err)
			if s.log.main[app] {
				p.MainBranch = "main"
				require.NoError(t, tx.UpdatePacticipant(ctx, p))
			}
		})
	}
	return s
}

func (s *system) app() string         { return oneOf(s.apps...).Draw(s.rt, "application") }
func (s *system) number() string      { return oneOf("1", "2", "3").Draw(s.rt, "number") }
func (s *system) environment() string { return oneOf(s.environments...).Draw(s.rt, "environment") }
func (s *system) one(names ...string) string {
	return oneOf(names...).Draw(s.rt, "one")
}

// step does one thing to the database and writes it down.
func (s *system) step() {
	acts := []func(){
		s.publishes, s.publishes, s.publishes, s.verifies, s.verifies, s.verifies, s.verifies, s.verifies,
		s.publishContract, s.publishContract, s.compares, s.compares, s.compares,
		s.joinsBranch, s.getsTag, s.deploys, s.deploys, s.deploys, s.undeploys, s.releases, s.endsSupport,
	}
	acts[upTo(len(acts)).Draw(s.rt, "act")]()
}

func (s *system) publishes() {
	p := published{numbered{s.app(), s.number()}, s.app(), s.one("x", "y", "z")}
	s.publish(p.app, p.number, p.content, p.provider)
	s.log.mention(p.numbered)
	s.log.publications = append(s.log.publications, p)
}

func (s *system) verifies() {
	if len(s.log.publications) == 0 {
		return
	}
	p := s.log.publications[upTo(len(s.log.publications)).Draw(s.rt, "publication")]
	p = s.log.counting(p)
	r := verified{p.app, p.content, numbered{p.provider, s.number()}, upTo(4).Draw(s.rt, "success") > 0}
	s.verify(p.app, p.number, p.provider, r.by.number, r.success)
	s.log.mention(r.by)
	s.log.results = append(s.log.results, r)
}

func (s *system) publishContract() {
	p := publishedContract{numbered{s.app(), s.number()}, s.one("first", "second")}
	s.log.mention(p.numbered)
	s.write(func(ctx context.Context, tx *store.Tx) {
		require.NoError(s.t, tx.UpdateContractsKey(ctx, version(s.t, ctx, tx, p.app, p.number), p.key))
	})
	s.log.providerContracts = append(s.log.providerContracts, p)
}

// compares finds out what a contract and a version that promises something come to.
func (s *system) compares() {
	if len(s.log.publications) == 0 {
		return
	}
	p := s.log.publications[upTo(len(s.log.publications)).Draw(s.rt, "publication")]
	by := numbered{p.provider, s.number()}
	key := s.log.contractsKey(by)
	if key == "" {
		return
	}
	k := compared{p.app, p.content, by, key, providercontracts.Outcome(s.one("compatible", "compatible_without_evidence", "incompatible", "self_verification_failed", "not_covered", "not_comparable"))}
	s.write(func(ctx context.Context, tx *store.Tx) {
		digest := sha1.Sum([]byte(p.content))
		content, found, err := tx.FindPact(ctx, contracts.PactQuery{Consumer: p.app, Provider: p.provider, SHA: hex.EncodeToString(digest[:])})
		require.NoError(s.t, err)
		require.True(s.t, found)
		made := providercontracts.Compared{
			Pair:         providercontracts.Pair{ContentID: content.ContentID, ProviderVersion: version(s.t, ctx, tx, by.app, by.number).ID},
			ContractsKey: key, Outcome: k.outcome, Comparison: providercontracts.Comparison{ContentID: content.ContentID, DocumentsKey: key},
		}
		report, err := store.PackReport(made.Comparison.Report)
		require.NoError(s.t, err)
		made.Comparison.ID, err = tx.AddComparison(ctx, made.Comparison, report)
		require.NoError(s.t, err)
		_, kept, err := tx.PutCompared(ctx, made)
		require.NoError(s.t, err)
		require.True(s.t, kept)
	})
	s.log.comparisons = append(s.log.comparisons, k)
}

func (s *system) joinsBranch() {
	b := named{numbered{s.app(), s.number()}, s.one("main", "feat")}
	s.branch(b.app, b.number, b.name)
	s.log.mention(b.numbered)
	if !slices.Contains(s.log.branches, b) {
		s.log.branches = append(s.log.branches, b)
	}
}

func (s *system) getsTag() {
	tag := named{numbered{s.app(), s.number()}, s.one("dev", "prod")}
	s.tag(tag.app, tag.number, tag.name)
	s.log.mention(tag.numbered)
	s.log.tags = append(s.log.tags, tag)
}

func (s *system) deploys() {
	d := placed{numbered{s.app(), s.number()}, s.environment(), s.one("", "blue")}
	s.log.mention(d.numbered)
	s.write(func(ctx context.Context, tx *store.Tx) {
		id := uuid.NewString()
		_, err := tx.AddDeployed(ctx, id, s.world.environment(ctx, tx, d.environment).ID, version(s.t, ctx, tx, d.app, d.number), d.instance, false)
		require.NoError(s.t, err)
		s.deployments[d] = id
	})
	s.log.deployments = append(s.log.deployments, d)
}

func (s *system) undeploys() {
	if len(s.log.deployments) == 0 {
		return
	}
	d := s.log.deployments[upTo(len(s.log.deployments)).Draw(s.rt, "deployment")]
	if d.number == "" || s.log.inSlot(d) != d.numbered {
		return
	}
	s.write(func(ctx context.Context, tx *store.Tx) {
		kept, found, err := tx.DeployedByUUID(ctx, s.deployments[d])
		require.NoError(s.t, err)
		require.True(s.t, found)
		require.NoError(s.t, tx.EndDeployment(ctx, kept))
	})
	s.log.deployments = append(s.log.deployments, placed{numbered{d.app, ""}, d.environment, d.instance})
}

func (s *system) releases() {
	r := named{numbered{s.app(), s.number()}, s.environment()}
	s.log.mention(r.numbered)
	s.write(func(ctx context.Context, tx *store.Tx) {
		_, _, err := tx.AddReleased(ctx, uuid.NewString(), s.world.environment(ctx, tx, r.name).ID, version(s.t, ctx, tx, r.app, r.number))
		require.NoError(s.t, err)
	})
	s.log.releases = append(slices.DeleteFunc(s.log.releases, func(x named) bool { return x == r }), r)
}

func (s *system) endsSupport() {
	if len(s.log.releases) == 0 {
		return
	}
	r := s.log.releases[upTo(len(s.log.releases)).Draw(s.rt, "release")]
	s.endSupport(r.app, r.number, r.name)
	s.log.releases = slices.DeleteFunc(s.log.releases, func(x named) bool { return x == r })
}

// question draws a question of any form.
func (s *system) question() matrix.Question {
	q := matrix.Question{LatestBy: []matrix.LatestBy{matrix.LatestByBothVersions, matrix.LatestByConsumer, matrix.Everything}[upTo(3).Draw(s.rt, "latest by")]}
	for range 1 + upTo(4).Draw(s.rt, "selectors")/2 {
		q.Selectors = append(q.Selectors, matrix.Selector{Pacticipant: s.app(), Criteria: s.criteria()})
	}
	q.Target = []matrix.Target{
		{Environment: s.environment()}, {Environment: s.environment()}, {Environment: s.environment()}, {},
		{Latest: true}, {Latest: true, Tag: "prod"}, {Tag: "dev"}, {MainBranch: true}, {MainBranch: true, Latest: true},
	}[upTo(9).Draw(s.rt, "target")]
	q.Outcomes = [][]matrix.Outcome{nil, nil, nil, nil, {matrix.Successful}, {matrix.Failed, matrix.Unverified}}[upTo(6).Draw(s.rt, "outcomes")]
	if upTo(3).Draw(s.rt, "ignore") == 0 {
		q.Ignore = []matrix.Selector{{Pacticipant: s.app(), Criteria: []matrix.Criteria{{}, {Version: s.number()}}[upTo(2).Draw(s.rt, "version")]}}
	}
	return q
}

func (s *system) criteria() matrix.Criteria {
	exactly := matrix.Criteria{Version: s.number()}
	return []matrix.Criteria{
		exactly, exactly, exactly, {Version: "unknown"}, {}, {Latest: true},
		{Branch: "feat", Latest: true}, {Branch: "main"}, {Tag: "dev", Latest: true}, {Tag: "prod"},
		{MainBranch: true, Latest: true}, {MainBranch: true}, {Environment: s.environment()}, {Branch: "main", Tag: "dev"},
	}[upTo(14).Draw(s.rt, "criteria")]
}

func (s *system) decide(q matrix.Question) (v matrix.Verdict) {
	require.NoError(s.t, s.db.View(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		if v, err = matrix.Decide(ctx, tx, q, matrix.MostRows); err != nil {
			return err
		}
		judged, err := matrix.Judge(ctx, tx, q, matrix.MostRows)
		judged.Details = v.Details
		require.Equal(s.t, v, judged, "who shows no row gets the same answer")
		return err
	}))
	return v
}

func (c *history) String() string {
	return fmt.Sprintf("publications %v\nresults %v\nprovider contracts %v\ncomparisons %v\nbranches %v\ntags %v\ndeployments %v\nreleases %v", c.publications, c.results, c.providerContracts, c.comparisons, c.branches, c.tags, c.deployments, c.releases)
}
