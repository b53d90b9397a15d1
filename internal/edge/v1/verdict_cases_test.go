package v1_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const stockToProduction = "?pacticipant=Stock&version=12&environment=production"

// verdictCases are the finer points of what a code depends on. Pairs are
// written as code, decision, both versions and the owner.
var verdictCases = []struct {
	name     string
	tell     func(s *scenario)
	question string
	pairs    []string
	// says is found in the answer.
	says []string
}{
	{"a consumer that is nowhere cannot be broken", func(s *scenario) {
		s.stock("1").VerifiedBy("12")
		s.Environment("production")
	}, stockToProduction, []string{"nothing_deployed yes Shop/Stock 12"}, []string{"Shop is not recorded there, so there is nothing to break."}},
	{"a build that published nothing", func(s *scenario) {
		s.stock("1")
		s.Version("Shop", "2")
		s.Environment("production")
	}, toProduction, []string{"version_without_content yes Shop 2 (Shop)"}, []string{"Nothing was ever published for Shop 2", "pact broker publish PACTS_FOLDER --consumer-app-version 2"}},
	{"a consumer recorded by a commit that is none of its builds", func(s *scenario) {
		s.stock("1").VerifiedBy("12")
		s.Version("Shop", "e5f6")
		s.Deploy("Shop", "e5f6", "production")
	}, stockToProduction, []string{"version_without_content yes Shop e5f6/Stock 12 (Shop)"}, []string{"The newest version with content is 1.", "record-deployment --pacticipant Shop"}},
	{"an application that has no contracts yet", func(s *scenario) {
		s.Version("Shop", "2", "main")
		s.Environment("production")
	}, toProduction, []string{"version_without_content yes Shop 2 (Shop)"}, nil},
	{"a consumer whose deployments are no longer recorded", func(s *scenario) {
		s.stock("1").VerifiedBy("11").DeployedTo("production")
		s.later(60 * days)
		s.stock("2")
		s.Pact("Web", "1").With("Stock").VerifiedBy("12")
	}, stockToProduction, []string{"stale_deployment_record unknown Shop 1/Stock 12 (Shop)", "nothing_deployed yes Web/Stock 12"}, []string{"record-undeployment --pacticipant Shop --environment production"}},
	{"a record is not stale while nothing newer was built", func(s *scenario) {
		s.Pact("Web", "1").With("Stock").VerifiedBy("10")
		s.Deploy("Stock", "10", "production")
		s.later(60 * days)
		s.stock("2")
		s.later(5 * hour)
	}, toProduction, []string{"never_verified unknown Shop 2/Stock 10 (Stock)"}, nil},
	{"a release does not go stale", func(s *scenario) {
		s.Pact("Web", "1").With("Stock").VerifiedBy("10")
		s.Release("Stock", "10", "production")
		s.later(60 * days)
		s.stock("2").VerifiedBy("31")
		s.later(5 * hour)
	}, toProduction, []string{"verified_elsewhere unknown Shop 2/Stock 10 (Stock)"}, []string{`"released":true`}},
	{"a tag that the provider does not have", func(s *scenario) {
		s.stock("2").VerifiedBy("10")
	}, "?pacticipant=Shop&version=2&to=prod", []string{"nothing_deployed unknown Shop 2/Stock (Stock)"}, []string{"No version of Stock is tagged prod", "http://broker.test/pacticipants/Stock/versions.txt"}},
	{"another version fails, and this one was not tried", func(s *scenario) {
		s.Pact("Web", "1").With("Stock").VerifiedBy("10")
		s.Deploy("Stock", "10", "production")
		s.stock("2").FailedBy("11")
		s.later(5 * hour)
	}, toProduction, []string{"verified_elsewhere unknown Shop 2/Stock 10 (Stock)"}, []string{"Tried by Stock 11, but not by Stock 10 in production", "Stock 11 fails the contract"}},
	{"every instance counts", func(s *scenario) {
		p := s.Pact("Web", "1").With("Stock").VerifiedBy("9").VerifiedBy("10").VerifiedBy("11")
		s.Deploy(p.Provider, "9", "production", "eu")
		s.Deploy(p.Provider, "10", "production", "us")
		s.Deploy(p.Provider, "11", "production", "asia")
		s.stock("2").VerifiedBy("10").FailedBy("11")
		s.later(5 * hour)
	}, toProduction, []string{"regression no Shop 2/Stock 11 (Stock)", "verified yes Shop 2/Stock 10", "verified_elsewhere unknown Shop 2/Stock 9 (Stock)"}, []string{`"application_instance":"asia"`}},
	{"every instance counts where none is verified", func(s *scenario) {
		p := s.Pact("Web", "1").With("Stock").VerifiedBy("9").VerifiedBy("10")
		s.Deploy(p.Provider, "9", "production", "eu")
		s.Deploy(p.Provider, "10", "production", "us")
		s.stock("2")
	}, toProduction, []string{"never_verified unknown Shop 2/Stock 9 (Stock)", "never_verified unknown Shop 2/Stock 10 (Stock)"}, nil},
	{"the build of the provider that is asked about publishes results for others", func(s *scenario) {
		s.stock("1").VerifiedBy("11").DeployedTo("production")
		s.later(hour / 4)
		s.Pact("Web", "1").With("Stock").VerifiedBy("12").DeployedTo("production")
	}, stockToProduction, []string{"verified_elsewhere unknown Shop 1/Stock 12 (Stock)", "verified yes Web 1/Stock 12"}, []string{"Verified by Stock 11, but not by Stock 12"}},
	{"a webhook that has not arrived is no sign of a result", func(s *scenario) {
		s.Pact("Web", "1").With("Stock").VerifiedBy("10")
		s.Deploy("Stock", "10", "production")
		s.hook()
		s.stock("2")
	}, toProduction, []string{"never_verified unknown Shop 2/Stock 10 (Stock)"}, []string{"has not arrived yet"}},
	{"the build of the provider that is asked about was started", func(s *scenario) {
		s.Pact("Web", "1").With("Stock").VerifiedBy("12").DeployedTo("production")
		s.hook()
		s.stock("1").DeployedTo("production")
		s.arrives()
	}, stockToProduction, []string{"verification_pending unknown Shop 1/Stock 12 (Stock)", "verified yes Web 1/Stock 12"}, []string{"can-i-deploy --pacticipant Stock --version 12 --to-environment production --retry-while-unknown"}},
	{"the same version that fulfilled it fails it", func(s *scenario) {
		s.stock("2").VerifiedBy("10").FailedBy("10")
		s.Deploy("Stock", "10", "production")
	}, toProduction, []string{"failed no Shop 2/Stock 10 (Stock)"}, nil},
	{"an older version than the one that fulfilled it fails it", func(s *scenario) {
		s.Version("Stock", "10")
		s.stock("2").VerifiedBy("11").FailedBy("10")
		s.Deploy("Stock", "10", "production")
	}, toProduction, []string{"failed no Shop 2/Stock 10 (Stock)"}, nil},
	{"what fails is named, but not without end", func(s *scenario) {
		var tests []any
		for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
			tests = append(tests, map[string]any{"interactionDescription": name, "interactionProviderState": "s", "status": "failed"})
		}
		s.Post(s.Get(s.stock("2").Path()).Link("pb:publish-verification-results"), map[string]any{
			"success": false, "providerApplicationVersion": "10", "testResults": map[string]any{"tests": tests}}).OK(http.StatusCreated)
		s.Deploy("Stock", "10", "production")
	}, toProduction, []string{"failed no Shop 2/Stock 10 (Stock)"}, []string{"7 interactions failed: a (s); b (s); c (s); d (s); e (s); and 2 more."}},
	{"a contract that is gone was not verified either", func(s *scenario) {
		s.stock("1").VerifiedBy("11").DeployedTo("production")
		s.later(days)
		s.Pact("Shop", "2").Branch("main").With("Mail")
	}, stockToProduction, []string{"contract_removed_but_deployed unknown Shop 1/Stock 12 (Shop)"}, nil},
	{"a contract is not gone because a branch does without", func(s *scenario) {
		s.stock("1").FailedBy("12").DeployedTo("production")
		s.Pact("Shop", "2").Branch("feat/x").With("Mail")
	}, stockToProduction, []string{"failed no Shop 1/Stock 12 (Stock)"}, nil},
	{"what an external provider fails does count", func(s *scenario) {
		s.stock("2").FailedBy("10")
		s.Deploy("Stock", "10", "production")
		s.Put("/api/v1/applications/Stock/external", map[string]any{"reason": "x"}).OK(http.StatusOK)
	}, toProduction, []string{"failed no Shop 2/Stock 10 (Stock)"}, nil},
	{"a version that is unknown and ignored", func(s *scenario) {
		s.stock("1")
		s.Environment("production")
	}, toProduction + "&ignore[]=Shop", []string{"ignored yes Shop 2"}, nil},
	{"what stands between two versions", func(s *scenario) {
		s.stock("2").VerifiedBy("10")
		s.Version("Mail", "1")
	}, "?q[][pacticipant]=Shop&q[][version]=2&q[][pacticipant]=Mail&q[][version]=1&latestby=cvpv",
		[]string{"no_contract yes Shop 2", "version_without_content yes Mail 1 (Mail)"}, []string{"Shop 2 has no contract that this question concerns"}},
}

func TestShowVerdict_knowsTheFinerPoints(t *testing.T) {
	for _, c := range verdictCases {
		t.Run(c.name, func(t *testing.T) {
			s := &scenario{t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
			s.Broker = testbroker.New(t, testbroker.At(func() time.Time { return s.now }))
			c.tell(s)
			if strings.Contains(c.question, "Stock&version=12") {
				s.Version("Stock", "12")
			}
			answer := s.Get("/api/v1/verdicts" + c.question).OK(http.StatusOK)
			require.ElementsMatch(t, c.pairs, pairLines(answer))
			for _, said := range c.says {
				require.Contains(t, string(answer.Body), said)
			}
			requireSameDecision(t, s, c.question, answer.Text("decision"))
		})
	}
}

func pairLines(answer testbroker.Response) []string {
	var lines []string
	for i := range answer.Find("pairs").([]any) {
		of := func(steps ...any) string {
			found, _ := answer.Find(append([]any{"pairs", i}, steps...)...).(string)
			return found
		}
		line := of("code") + " " + of("decision") + " " + strings.TrimSpace(of("consumer", "name")+" "+of("consumer", "version"))
		if provider := of("provider", "name"); provider != "" {
			line += "/" + strings.TrimSpace(provider+" "+of("provider", "version"))
		}
		if owner := of("owner", "name"); owner != "" {
			line += " (" + owner + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestShowVerdict_goesByTheSettings(t *testing.T) {
	s := &scenario{t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	s.Broker = testbroker.New(t, testbroker.At(func() time.Time { return s.now }), testbroker.With(func(c *config.Settings) {
		c.Verdicts = config.Verdicts{PendingFor: 4 * hour, LostAfter: 8 * hour, StaleAfter: 10 * hour}
	}))
	web := s.Pact("Web", "1").With("Stock").VerifiedBy("10")
	s.Deploy("Stock", "10", "production")
	s.hook()
	s.stock("2")
	s.arrives()
	code := func() string {
		return s.Get("/api/v1/verdicts"+toProduction).OK(http.StatusOK).Text("pairs", 0, "code")
	}
	s.later(3 * hour)
	require.Equal(t, "verification_pending", code())
	s.later(2 * hour)
	require.Equal(t, "never_verified", code())
	web.VerifiedBy("10")
	s.later(4*hour + time.Minute)
	require.Equal(t, "verification_lost", code())
	s.later(2 * hour)
	web.VerifiedBy("11")
	require.Equal(t, "stale_deployment_record", code())
}

func TestMatrix_warnsOfExternalProviders(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Web", "1").With("PayPal")
		b.Environment("production")
		b.Put("/api/v1/applications/PayPal/external", map[string]any{"reason": "x"}).OK(http.StatusOK)
		answer := b.Get("/can-i-deploy?pacticipant=Web&version=1&environment=production").OK(http.StatusOK)
		require.Equal(t, true, answer.Find("summary", "deployable"))
		require.Equal(t, "warning", answer.Text("notices", 0, "type"))
		require.Equal(t, "WARN: PayPal is external and verifies no contracts, so results that are missing from it do not count.", answer.Text("notices", 0, "text"))
		require.Equal(t, true, answer.Find("matrix", 0, "ignored"))
	})
}
