package app_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// announcedBy returns the facts that a scenario announces, in order, and no others.
func announcedBy(t *testing.T, b *testbroker.Broker, scenario func()) []events.Fact {
	t.Helper()
	db, err := store.Open(context.Background(), store.Options{URL: b.Settings().Database.URL, KeepSchema: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	ctx := context.Background()
	before, err := db.FactsAfter(ctx, events.Query{Limit: 1000})
	require.NoError(t, err)
	scenario()
	page, err := db.FactsAfter(ctx, events.Query{After: before.Position, Limit: 1000})
	require.NoError(t, err)
	facts := make([]events.Fact, len(page.Facts))
	for i, placed := range page.Facts {
		facts[i] = placed.Fact
	}
	return facts
}

// announced is a fact without what differs from run to run.
type announced struct {
	Type    events.Type
	Subject string
	Data    events.Data
}

func announcedOf(facts []events.Fact) []announced {
	all := []announced{}
	for _, f := range facts {
		f.Data.RecordID, f.Data.EnvironmentID, f.Data.ContentSHA, f.Data.ResultNumber = "", "", "", 0
		all = append(all, announced{f.Type, f.Subject, f.Data})
	}
	return all
}

func TestFacts_ofAPublicationAndItsResults(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		shop := b.Pact("Shop", "1").Branch("main")
		published := events.Data{Consumer: "Shop", ConsumerVersion: "1", ConsumerVersionBranch: "main", Provider: "Stock"}
		require.Equal(t, []announced{
			{events.PacticipantCreated, "Shop", events.Data{Pacticipant: "Shop"}},
			{events.PacticipantCreated, "Stock", events.Data{Pacticipant: "Stock"}},
			{events.VersionCreated, "Shop", events.Data{Pacticipant: "Shop", Version: "1"}},
			{events.BranchCreated, "Shop", events.Data{Pacticipant: "Shop", Branch: "main", Version: "1"}},
			{events.BranchVersionAdded, "Shop", events.Data{Pacticipant: "Shop", Branch: "main", Version: "1"}},
			{events.PacticipantChanged, "Shop", events.Data{Pacticipant: "Shop", Properties: []string{"main_branch"}}},
			{events.ContractPublished, "Shop", published},
			{events.ContractContentChanged, "Shop", published},
		}, announcedOf(announcedBy(t, b, func() { shop.With("Stock") })))

		result := func(version string, success bool) events.Data {
			return events.Data{Consumer: "Shop", ConsumerVersion: "1", Provider: "Stock", ProviderVersion: version, Success: &success}
		}
		stored := announcedOf(announcedBy(t, b, func() { shop.FailedBy("7") }))
		for i := range stored {
			stored[i].Data.ConsumerVersion, stored[i].Data.ConsumerVersionBranch = "1", ""
		}
		require.Equal(t, []announced{
			{events.VersionCreated, "Stock", events.Data{Pacticipant: "Stock", Version: "7", ConsumerVersion: "1"}},
			{events.VerificationPublished, "Stock", result("7", false)},
			{events.VerificationFailed, "Stock", result("7", false)},
		}, stored)
	})
}

func TestFacts_ofTheLastSuccess(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		stock, bank := b.Pact("Shop", "1").With("Stock"), b.Pact("Shop", "1").With("Bank")
		complete := func(version string) announced {
			return announced{events.AllContractsVerified, "Shop", events.Data{Consumer: "Shop", ConsumerVersion: version}}
		}
		require.NotContains(t, announcedOf(announcedBy(t, b, func() { stock.VerifiedBy("7") })), complete("1"))
		require.Contains(t, announcedOf(announcedBy(t, b, func() { bank.VerifiedBy("3") })), complete("1"))
		require.NotContains(t, announcedOf(announcedBy(t, b, func() { bank.VerifiedBy("4") })), complete("1"))
		require.Contains(t, announcedOf(announcedBy(t, b, func() { b.Pact("Shop", "2").With("Stock") })), complete("2"))
		require.NotContains(t, announcedOf(announcedBy(t, b, func() { b.Pact("Shop", "2").With("Stock") })), complete("2"))
	})
}

func TestFacts_ofDeploymentsAndReleases(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Shop", "1")
		b.Version("Shop", "2")
		in := func(version string) events.Data {
			return events.Data{Pacticipant: "Shop", Version: version, Environment: "test"}
		}
		require.Equal(t, []announced{{events.EnvironmentChanged, "test", events.Data{Environment: "test", Action: "created"}}},
			announcedOf(announcedBy(t, b, func() { b.Environment("test") })))
		require.Equal(t, []announced{{events.DeploymentRecorded, "Shop", in("1")}}, announcedOf(announcedBy(t, b, func() { b.Deploy("Shop", "1", "test") })))
		require.Empty(t, announcedBy(t, b, func() { b.Deploy("Shop", "1", "test") }))
		var second string
		require.Equal(t, []announced{{events.DeploymentEnded, "Shop", in("1")}, {events.DeploymentRecorded, "Shop", in("2")}},
			announcedOf(announcedBy(t, b, func() { second = b.Deploy("Shop", "2", "test") })))
		require.Equal(t, []announced{{events.DeploymentEnded, "Shop", in("2")}}, announcedOf(announcedBy(t, b, func() { b.Undeploy(second) })))
		require.Empty(t, announcedBy(t, b, func() { b.Undeploy(second) }))

		var release string
		require.Equal(t, []announced{{events.ReleaseRecorded, "Shop", in("1")}}, announcedOf(announcedBy(t, b, func() { release = b.Release("Shop", "1", "test") })))
		require.Empty(t, announcedBy(t, b, func() { b.Release("Shop", "1", "test") }))
		end := func() { b.Patch(release, map[string]any{"currentlySupported": false}).OK() }
		require.Equal(t, []announced{{events.ReleaseSupportEnded, "Shop", in("1")}}, announcedOf(announcedBy(t, b, end)))
		require.Empty(t, announcedBy(t, b, end))
		require.Equal(t, []announced{{events.ReleaseRecorded, "Shop", in("1")}}, announcedOf(announcedBy(t, b, func() { b.Release("Shop", "1", "test") })))
	})
}

func TestFacts_ofApplicationsBranchesAndEnvironments(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Shop", "1", "feature")
		uuid := b.Environment("test")
		changed := func(property string) []announced {
			return []announced{{events.PacticipantChanged, "Shop", events.Data{Pacticipant: "Shop", Properties: []string{property}}}}
		}
		update := func() { b.Patch(at.Pacticipant("Shop"), map[string]any{"displayName": "The shop"}).OK() }
		require.Equal(t, changed("display_name"), announcedOf(announcedBy(t, b, update)))
		require.Empty(t, announcedBy(t, b, update))
		label := func() { b.Put(at.Label("Shop", "core"), nil).OK() }
		require.Equal(t, changed("labels"), announcedOf(announcedBy(t, b, label)))
		require.Empty(t, announcedBy(t, b, label))

		require.Equal(t, []announced{{events.BranchDeleted, "Shop", events.Data{Pacticipant: "Shop", Branch: "feature"}}},
			announcedOf(announcedBy(t, b, func() { b.Delete(at.Branch("Shop", "feature")).OK() })))
		rename := func() { b.Put(at.Environment(uuid), map[string]any{"name": "qa", "production": true}).OK() }
		require.Equal(t, []announced{{events.EnvironmentChanged, "qa", events.Data{Environment: "qa", Action: "updated", Properties: []string{"display_name", "name", "production"}}}},
			announcedOf(announcedBy(t, b, rename)))
		require.Empty(t, announcedBy(t, b, rename))
		require.Equal(t, []announced{{events.EnvironmentChanged, "qa", events.Data{Environment: "qa", Action: "deleted"}}},
			announcedOf(announcedBy(t, b, func() { b.Delete(at.Environment(uuid)).OK() })))
		require.Equal(t, []announced{{events.PacticipantDeleted, "Shop", events.Data{Pacticipant: "Shop"}}},
			announcedOf(announcedBy(t, b, func() { b.Delete(at.Pacticipant("Shop")).OK() })))
	})
}

func TestFacts_nameTheirCause(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
		facts := announcedBy(t, b, func() {
			b.Put(at.Version("Shop", "1"), map[string]any{}, testbroker.Header("X-Request-Id", "r-1"), testbroker.Header("Traceparent", trace)).OK()
		})
		require.Len(t, facts, 2)
		for _, f := range facts {
			require.Equal(t, "r-1", f.RequestID)
			require.Equal(t, trace, f.Traceparent)
			require.False(t, f.Time.IsZero())
		}
		require.Less(t, facts[0].ID, facts[1].ID)
	})
}

func TestFacts_noneOfARefusedChange(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Shop", "1").With("Stock")
	require.Empty(t, announcedBy(t, b, func() {
		require.Equal(t, 409, b.Publish("Shop", "1", "new", nil, map[string]any{"Stock": testbroker.Content("Shop", "Stock", "another request")}).Status)
		b.Delete(at.Branch("Shop", "nothing")).OK(404)
	}))
}

func TestDeleteBranch_fiftyAtOnceAnnounceItOnce(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Shop", "1", "feature")
		facts := announcedBy(t, b, func() {
			together(func(int) testbroker.Response { return b.Delete(at.Branch("Shop", "feature")) })
		})
		require.Len(t, facts, 1)
	})
}
