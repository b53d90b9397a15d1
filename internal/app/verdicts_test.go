package app_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// verdictsBy returns the changes of verdicts that come of a scenario, as
// "application: before → now".
func verdictsBy(t *testing.T, b *testbroker.Broker, scenario func()) []string {
	t.Helper()
	changes := []string{}
	for _, f := range announcedBy(t, b, func() { scenario(); b.PollVerdicts() }) {
		if f.Type == events.VerdictChanged {
			changes = append(changes, f.Subject+" in "+f.Data.Environment+": "+f.Data.PreviousVerdict+" → "+f.Data.Verdict)
		}
	}
	return changes
}

func TestVerdictChanged_isAnnouncedOnceForWhatChangedIt(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("test")
		shop := b.Pact("Shop", "1").Branch("main")
		require.Empty(t, verdictsBy(t, b, func() { shop.With("Stock") }), "there was no answer before")
		b.Version("Stock", "7", "main")
		require.Empty(t, verdictsBy(t, b, func() {}))
		var deployed string
		for _, scenario := range []struct {
			what string
			do   func()
			want []string
		}{
			{"a provider without a result is deployed", func() { deployed = b.Deploy("Stock", "7", "test") }, []string{}},
			{"it fulfils the contract", func() { shop.VerifiedBy("7") }, []string{"Shop in test: unknown → yes"}},
			{"it does so again", func() { shop.VerifiedBy("7") }, []string{}},
			{"nothing", func() {}, []string{}},
			{"another environment", func() { b.Environment("production") }, []string{}},
			{"it fails", func() { shop.FailedBy("7") }, []string{"Shop in test: yes → no"}},
			{"the failure is deleted", func() { b.Delete(at.LatestResultOfPact("Stock", "Shop", "1")).OK() }, []string{"Shop in test: no → yes"}},
			{"it fails again", func() { shop.FailedBy("7") }, []string{"Shop in test: yes → no"}},
			{"the consumer is deployed", func() { b.Deploy("Shop", "1", "test") }, []string{"Stock in test: yes → no"}},
			{"back and forth", func() { shop.VerifiedBy("7"); shop.FailedBy("7") }, []string{}},
			{"it succeeds after all", func() { shop.VerifiedBy("7") }, []string{"Shop in test: no → yes", "Stock in test: no → yes"}},
			{"it is taken away", func() { b.Undeploy(deployed) }, []string{"Shop in test: yes → unknown"}},
			{"and nobody is to verify it", func() {
				b.Put("/api/v1/applications/Stock/external", map[string]any{"reason": "another company"}).OK()
			}, []string{"Shop in production: unknown → yes", "Shop in test: unknown → yes"}},
			{"the other is deleted", func() { b.Delete(at.Pacticipant("Stock")).OK() }, []string{}},
		} {
			require.Equal(t, scenario.want, verdictsBy(t, b, scenario.do), scenario.what)
		}
	})
}

func TestVerdictChanged_namesTheHeadOfTheMainBranch(t *testing.T) {
	b := testbroker.New(t)
	uuid := b.Environment("test")
	shop := b.Pact("Shop", "1").Branch("main").With("Stock")
	b.PollVerdicts()
	facts := announcedBy(t, b, func() {
		b.Pact("Shop", "2").Branch("feature").With("Stock")
		shop.VerifiedBy("7")
		b.Deploy("Stock", "7", "test")
		b.PollVerdicts()
	})
	require.Equal(t, events.Data{
		Pacticipant: "Shop", Version: "1", Branch: "main", Environment: "test", EnvironmentID: uuid, Verdict: "yes", PreviousVerdict: "unknown",
	}, facts[len(facts)-1].Data)
}

func TestStartWork_announcesVerdictsThatHaveChanged(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("test")
		shop := b.Pact("Shop", "1").Branch("main").With("Stock")
		shop.VerifiedBy("7")
		b.PollVerdicts()
		b.Work()
		changed := func(verdict string) func() bool {
			return func() bool {
				items, _ := b.Get("/api/v1/events?type=verdict_changed").Find("items").([]any)
				return len(items) > 0 && items[len(items)-1].(map[string]any)["data"].(map[string]any)["verdict"] == verdict
			}
		}
		deployed := b.Deploy("Stock", "7", "test")
		require.Eventually(t, changed("yes"), 20*time.Second, 20*time.Millisecond)
		b.Undeploy(deployed)
		require.Eventually(t, changed("unknown"), 20*time.Second, 20*time.Millisecond)
	})
}

// A provider publishes for the same version what promises less, or cannot be compared:
// no result was deleted, and still nothing is known any more.
func TestVerdictChanged_isAnnouncedWhenAProviderPromisesSomethingElse(t *testing.T) {
	const (
		kept       = "openapi: 3.0.3\npaths: {/: {get: {responses: {200: {description: ok}}}}}"
		broken     = "openapi: 3.0.3\npaths: {}"
		notCompare = "asyncapi: 2.6.0\ninfo: {title: a, version: '1'}\nchannels: {}"
	)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("test")
		b.Version("Stock", "7", "main")
		publish := func(document string) func() {
			return func() {
				b.Post("/provider-contracts/provider/Stock/publish", testbroker.Object{"pacticipantVersionNumber": "7", "contract": testbroker.Object{
					"content": base64.StdEncoding.EncodeToString([]byte(document)), "selfVerificationResults": testbroker.Object{"success": true},
				}}).OK()
			}
		}
		b.Pact("Shop", "1").Branch("main").Saying(testbroker.Content("Shop", "Stock", "one")).With("Stock")
		b.Deploy("Shop", "1", "test")
		require.Empty(t, verdictsBy(t, b, func() {}), "there was no answer before")
		for _, step := range []struct {
			what string
			do   func()
			want []string
		}{
			{"it promises what is needed", publish(kept), []string{"Stock in test: unknown → yes"}},
			{"what cannot be compared", publish(notCompare), []string{"Stock in test: yes → unknown"}},
			{"nothing", publish(broken), []string{"Stock in test: unknown → no"}},
			{"again what cannot be compared", publish(notCompare), []string{"Stock in test: no → unknown"}},
			{"the same once more", publish(notCompare), []string{}},
		} {
			require.Equal(t, step.want, verdictsBy(t, b, step.do), step.what)
			require.Empty(t, verdictsBy(t, b, func() { b.Get("/can-i-deploy?pacticipant=Stock&version=7&environment=test").OK() }), "asking after %s", step.what)
		}
	})
}

// Of what a comparison had come to, and does not any more, those are told who listen.
func TestCompared_thatIsUndecidedIsToldAsAResultThatIsGone(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		publish := func(document string) []announced {
			return announcedOf(announcedBy(t, b, func() {
				b.Post("/provider-contracts/provider/Stock/publish", testbroker.Object{"pacticipantVersionNumber": "7", "contract": testbroker.Object{
					"content": base64.StdEncoding.EncodeToString([]byte(document)), "selfVerificationResults": testbroker.Object{"success": true},
				}}).OK()
			}))
		}
		b.Pact("Shop", "1").Branch("main").Saying(testbroker.Content("Shop", "Stock", "one")).With("Stock")
		publish("openapi: 3.0.3\npaths: {/: {get: {responses: {200: {description: ok}}}}}")
		yes := true
		gone := announced{events.VerificationDeleted, "Stock", events.Data{Consumer: "Shop", Provider: "Stock", ProviderVersion: "7", Success: &yes}}
		undecided := "asyncapi: 2.6.0\ninfo: {title: a, version: '1'}\nchannels: {}"
		require.Contains(t, publish(undecided), gone)
		require.NotContains(t, publish(undecided+"\n"), gone, "nothing was decided before")
	})
}
