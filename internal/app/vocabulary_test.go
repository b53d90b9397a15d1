package app_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/cleaning"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// unreachable is a webhook that fails for good at its first attempt.
func unreachable(s *config.Settings) {
	s.Webhooks.RetrySchedule = nil
	s.Webhooks.Schemes = []string{"http"}
	s.Webhooks.Hosts = []string{"127.0.0.1"}
}

// TestFacts_eachTypeIsAnnouncedOnceByWhatItIsAbout plays one scenario in which
// every type of fact happens, and says of each act all that it announces.
func TestFacts_eachTypeIsAnnouncedOnceByWhatItIsAbout(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		shop, bank := b.Pact("Shop", "1").Branch("main"), b.Pact("Shop", "1").Branch("main")
		var test, deployed, release string
		published := map[string]any{"pacticipantVersionNumber": "8", "contract": map[string]any{"content": "b3BlbmFwaTogMy4wLjMK", "selfVerificationResults": map[string]any{"success": true}}}
		seen := map[events.Type]bool{}
		for _, act := range []struct {
			what string
			do   func()
			want []events.Type
		}{
			{"an environment is created", func() { test = b.Environment("test") }, types(events.EnvironmentChanged)},
			{"a contract is published", func() { shop.With("Stock") }, types(events.PacticipantCreated, events.PacticipantCreated, events.VersionCreated,
				events.BranchCreated, events.BranchVersionAdded, events.PacticipantChanged, events.ContractPublished, events.ContractContentChanged)},
			{"another contract of the version is published", func() { bank.With("Bank") }, types(events.PacticipantCreated, events.ContractPublished, events.ContractContentChanged)},
			{"the same again", func() { bank.With("Bank") }, types(events.ContractPublished)},
			{"a provider gets a version", func() { b.Version("Stock", "7", "main") }, types(events.VersionCreated, events.BranchCreated, events.BranchVersionAdded, events.PacticipantChanged)},
			{"it is deployed", func() { deployed = b.Deploy("Stock", "7", "test") }, types(events.DeploymentRecorded)},
			{"verdicts are looked at first", b.PollVerdicts, nil},
			{"new content needs its result", func() {
				b.Pact("Shop", "2").Branch("main").Saying(testbroker.Content("Shop", "Stock", "news")).With("Stock")
			},
				types(events.VersionCreated, events.BranchVersionAdded, events.ContractPublished, events.ContractRequiringVerification, events.ContractContentChanged)},
			{"a result fails", func() { shop.FailedBy("7") }, types(events.VerificationPublished, events.VerificationFailed)},
			{"another succeeds", func() { shop.VerifiedBy("7") }, types(events.VerificationPublished, events.VerificationSucceeded)},
			{"the last one succeeds", func() { bank.VerifiedBy("3") }, types(events.VersionCreated, events.VerificationPublished, events.VerificationSucceeded, events.AllContractsVerified)},
			{"a result is deleted", func() { b.Delete(at.LatestResultOfPact("Bank", "Shop", "1")).OK() }, types(events.VerificationDeleted)},
			{"a version is released", func() { release = b.Release("Stock", "7", "test") }, types(events.ReleaseRecorded)},
			{"its support ends", func() { b.Patch(release, map[string]any{"currentlySupported": false}).OK() }, types(events.ReleaseSupportEnded)},
			{"it is undeployed", func() { b.Undeploy(deployed) }, types(events.DeploymentEnded)},
			{"a version gets a tag", func() { b.Tag("Shop", "1", "prod") }, types(events.TagAdded)},
			{"the same again", func() { b.Tag("Shop", "1", "prod") }, nil},
			{"it loses it", func() { b.Delete(at.Tag("Shop", "1", "prod")).OK() }, types(events.TagRemoved)},
			{"a version is put on a branch", func() { b.Put(at.BranchVersion("Shop", "feature", "1"), nil).OK() }, types(events.BranchCreated, events.BranchVersionAdded)},
			{"the same again", func() { b.Put(at.BranchVersion("Shop", "feature", "1"), nil).OK() }, nil},
			{"the branch is closed", func() { b.Post("/api/v1/applications/Shop/branches/feature/close", nil).OK() }, types(events.BranchClosed)},
			{"the same again", func() { b.Post("/api/v1/applications/Shop/branches/feature/close", nil).OK() }, nil},
			{"a version comes to it", func() { b.Put(at.BranchVersion("Shop", "feature", "2"), nil).OK() }, types(events.BranchReopened, events.BranchVersionAdded)},
			{"it is taken off", func() { b.Delete(at.BranchVersion("Shop", "feature", "1")).OK() }, types(events.BranchVersionRemoved)},
			{"the branch is deleted", func() { b.Delete(at.Branch("Shop", "feature")).OK() }, types(events.BranchDeleted)},
			{"a contract is deleted", func() { b.Delete(shop.Path()).OK() }, types(events.ContractDeleted)},
			{"there are none to delete", func() { b.Delete(shop.Path()).OK(404) }, nil},
			{"the contracts of a tag are deleted", func() { b.Delete("/pacts/provider/Stock/consumer/Shop/tag/prod").OK() }, nil},
			{"a provider publishes what it promises", func() { b.Post("/provider-contracts/provider/Stock/publish", published).OK() }, types(events.VersionCreated, events.ProviderContractPublished, events.VerificationPublished, events.VerificationFailed)},
			{"the same again", func() { b.Post("/provider-contracts/provider/Stock/publish", published).OK() }, nil},
			{"a version is deleted", func() { b.Delete(at.Version("Shop", "1")).OK() }, types(events.VersionDeleted)},
			{"a pair is deleted", func() { b.Delete("/integrations/provider/Bank/consumer/Shop").OK() }, types(events.IntegrationDeleted, events.PacticipantDeleted)},
			{"the environment is deleted", func() { b.Delete(at.Environment(test)).OK() }, types(events.EnvironmentChanged)},
			{"an application gets another name", func() { b.Post("/api/v1/applications/Stock/rename", map[string]any{"name": "Store"}).OK() }, types(events.PacticipantRenamed)},
			{"it has that already", func() { b.Post("/api/v1/applications/Store/rename", map[string]any{"name": "Store"}).OK() }, nil},
			{"a duplicate is made", func() { b.Version("Depot", "1") }, types(events.PacticipantCreated, events.VersionCreated)},
			{"it becomes a part of the application", func() { b.Post("/api/v1/applications/Depot/merge", map[string]any{"into": "Store"}).OK() }, types(events.PacticipantMerged)},
			{"a clean-up ends", func() {
				_, err := app.Clean(t.Context(), b.Settings(), func(cleaning.Step, int64, int64) {})
				require.NoError(t, err)
			}, types(events.CleanupEnded)},
			{"one that only tells", func() {
				settings := b.Settings()
				settings.Cleaning.DryRun = true
				_, err := app.Clean(t.Context(), settings, func(cleaning.Step, int64, int64) {})
				require.NoError(t, err)
			}, nil},
			{"everything is deleted", func() { b.Delete("/integrations").OK() }, types(events.PacticipantDeleted, events.PacticipantDeleted)},
		} {
			facts := announcedBy(t, b, act.do)
			var got []events.Type
			for _, fact := range facts {
				got = append(got, fact.Type)
				seen[fact.Type] = true
				require.NotEmpty(t, fact.Subject, act.what)
			}
			require.Equal(t, act.want, got, act.what)
		}
		seen[events.VerdictChanged], seen[events.WebhookDeliveryFailed] = true, true // by jobs: see their own tests
		for _, known := range events.All() {
			require.True(t, seen[known], "%s never happened", known)
		}
	})
}

func types(all ...events.Type) []events.Type { return all }

func TestFacts_ofAWebhookThatFailsForGood(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Shop", "1").With("Stock")
		b.Post("/webhooks", map[string]any{
			"events": []any{map[string]any{"name": "contract_published"}}, "request": map[string]any{"method": "POST", "url": "http://127.0.0.1:1/"},
		}).OK()
		b.Work()
		facts := announcedBy(t, b, func() {
			b.Pact("Shop", "1").With("Stock")
			require.Eventually(t, func() bool {
				items, _ := b.Get("/api/v1/events?type=webhook_delivery_failed").Find("items").([]any)
				return len(items) == 1
			}, 20*time.Second, 20*time.Millisecond)
		})
		failed := facts[len(facts)-1]
		require.Equal(t, events.WebhookDeliveryFailed, failed.Type)
		require.Equal(t, "Shop", failed.Subject)
		require.Equal(t, facts[0].RequestID, failed.RequestID)
		require.NotEmpty(t, failed.Data.DeliveryID)
	}, testbroker.With(unreachable))
}

func TestFacts_goWithTheTransaction(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		db, err := store.Open(context.Background(), store.Options{URL: b.Settings().Database.URL, KeepSchema: true})
		require.NoError(t, err)
		defer func() { require.NoError(t, db.Close()) }()
		require.Empty(t, announcedBy(t, b, func() {
			err := db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				if err := tx.Announce(ctx, events.Fact{Type: events.VersionCreated, Subject: "Shop"}); err != nil {
					return err
				}
				return errors.ErrUnsupported
			})
			require.ErrorIs(t, err, errors.ErrUnsupported)
		}))
		require.Len(t, announcedBy(t, b, func() { b.Environment("test") }), 1)
	})
}
