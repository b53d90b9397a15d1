package selection_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const at = links.Base("")

// scenario is what happens between the consumers of Stock and Stock, a second
// apart from each other.
type scenario struct {
	t     *testing.T
	b     *testbroker.Broker
	clock *atomic.Int64
}

// play runs a scenario on both databases.
func play(t *testing.T, steps func(s scenario), change ...testbroker.Option) {
	for name, database := range map[string][]testbroker.Option{"sqlite": nil, "postgres": {testbroker.OnPostgres()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := &atomic.Int64{}
			clock.Store(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
			ticking := testbroker.At(func() time.Time { return time.Unix(clock.Add(1), 0) })
			options := append(append([]testbroker.Option{ticking}, change...), database...)
			steps(scenario{t, testbroker.New(t, options...), clock})
		})
	}
}

func (s scenario) days(n int64) { s.clock.Add(n * 24 * 60 * 60) }

// publish makes a version of the consumer say the words to Stock.
func (s scenario) publish(consumer, version, words string) *testbroker.Pact {
	return s.b.Pact(consumer, version).Saying(testbroker.Content(consumer, "Stock", words))
}

// Stock makes a version of Stock on the branch known.
func (s scenario) branch(version, branch string) { s.b.Version("Stock", version, branch) }

// asking is what Stock asks.
type asking map[string]any

func (a asking) branch(name string) asking   { return a.with("providerVersionBranch", name) }
func (a asking) tags(names ...string) asking { return a.with("providerVersionTags", names) }
func (a asking) wip() asking                 { return a.with("includeWipPactsSince", "2020-01-01") }
func (a asking) since(date string) asking    { return a.with("includeWipPactsSince", date) }
func (a asking) with(name string, v any) asking {
	all := asking{name: v}
	for k, v := range a {
		if k != name {
			all[k] = v
		}
	}
	return all
}

// by asks with selectors.
func by(selectors ...string) asking {
	text := "[" + strings.Join(selectors, ",") + "]"
	return asking{}.with("consumerVersionSelectors", rawJSON(text))
}

type rawJSON string

// MarshalJSON writes the text as it is.
func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }

// expect asks and compares: "Shop 1: reasons", with ", pending" or ", wip".
func (s scenario) expect(a asking, want ...string) {
	s.t.Helper()
	require.Equal(s.t, want, s.ask(a))
}

func (s scenario) ask(a asking) []string {
	s.t.Helper()
	answer := s.b.Post(at.PactsForVerification("Stock"), a).OK(http.StatusOK)
	var told []string
	pacts, _ := answer.Find("_embedded", "pacts").([]any)
	for i := range pacts {
		name := strings.NewReplacer("Pact between ", "", " (", " ", ") and Stock", "").Replace(answer.Text("_embedded", "pacts", i, "_links", "self", "name"))
		line := name + ": " + answer.Text("_embedded", "pacts", i, "shortDescription")
		if answer.Find("_embedded", "pacts", i, "verificationProperties", "wip") == true {
			line += " [wip]"
		} else if answer.Find("_embedded", "pacts", i, "verificationProperties", "pending") == true {
			line += " [pending]"
		}
		told = append(told, line)
	}
	return told
}

// follow publishes a result where the n-th pact of the answer says.
func (s scenario) follow(a asking, n int, version string, success bool) {
	s.t.Helper()
	href := s.b.Post(at.PactsForVerification("Stock"), a).OK(http.StatusOK).Text("_embedded", "pacts", n, "_links", "self", "href")
	results := s.b.Get(href).OK(http.StatusOK).Link("pb:publish-verification-results")
	s.b.Post(results, map[string]any{"success": success, "providerApplicationVersion": version}).OK(http.StatusCreated)
}

const mainBranch = `{"mainBranch":true}`

func TestPending_byBranch(t *testing.T) {
	play(t, func(s scenario) {
		pact := s.publish("Shop", "1", "a").Branch("main").With("Stock")
		s.branch("10", "main")
		s.branch("20", "old")
		ask := by(mainBranch)
		const pending, settled = "Shop 1: latest from main branch [pending]", "Shop 1: latest from main branch"
		for _, branch := range []string{"main", "old", "new"} {
			s.expect(ask.branch(branch), pending)
		}
		pact.FailedBy("10")
		s.expect(ask.branch("main"), pending)
		pact.VerifiedBy("9")
		s.expect(ask.branch("main"), pending)
		pact.VerifiedBy("10")
		s.branch("30", "young")
		s.expect(ask.branch("main"), settled)
		s.expect(ask.branch("old"), pending)
		s.expect(ask.branch("young"), settled)
		s.expect(ask.branch("new"), settled)
		s.expect(ask.branch("main").tags("never"), settled)
		pact.FailedBy("10")
		s.expect(ask.branch("main"), settled)
		s.expect(ask.branch("main").with("includePendingStatus", false), settled)

		s.publish("Shop", "2", "b").Branch("main").With("Stock")
		s.expect(ask.branch("main"), "Shop 2: latest from main branch [pending]")
		s.publish("Shop", "3", "a").Branch("main").With("Stock")
		s.expect(ask.branch("main"), "Shop 3: latest from main branch")
		s.branch("9", "old")
		s.expect(ask.branch("old"), "Shop 3: latest from main branch")
		s.b.Delete(at.Version("Stock", "9")).OK()
		s.expect(ask.branch("old"), "Shop 3: latest from main branch [pending]")
	})
}

func TestPending_byTagsAndByNeither(t *testing.T) {
	play(t, func(s scenario) {
		pact := s.publish("Shop", "1", "a").Branch("main").With("Stock")
		s.b.Tag("Stock", "10", "dev")
		s.b.Tag("Stock", "20", "feat")
		ask := by(mainBranch)
		const pending, settled = "Shop 1: latest from main branch [pending]", "Shop 1: latest from main branch"
		s.expect(ask, pending)
		pact.FailedBy("10")
		s.expect(ask.tags("dev"), pending)
		s.expect(ask, pending)
		pact.VerifiedBy("9")
		s.expect(ask, settled)
		s.expect(ask.tags("new"), pending)
		pact.VerifiedBy("10")
		s.expect(ask.tags("dev"), settled)
		s.expect(ask.tags("feat"), pending)
		s.expect(ask.tags("new"), settled)
		s.expect(ask.tags("dev", "feat"), pending)
		s.expect(ask.tags("dev", "new"), settled)
		pact.VerifiedBy("20")
		s.expect(ask.tags("dev", "feat"), settled)
		s.b.Delete(at.Tag("Stock", "20", "feat")).OK()
		s.expect(ask.tags("feat"), settled)
	})
}

func TestWIP_byBranch(t *testing.T) {
	play(t, func(s scenario) {
		s.publish("Shop", "1", "a").Branch("main").With("Stock")
		feature := s.publish("Shop", "2", "b").Branch("feat").With("Stock")
		s.publish("App", "1", "c").With("Stock")
		s.branch("10", "main")
		ask := by(mainBranch).branch("main").wip()
		const asked, wip = "Shop 1: latest from main branch [pending]", "Shop 2: latest from branch feat [wip]"
		s.expect(ask, asked, wip)
		s.expect(by(mainBranch).branch("main"), asked)
		s.expect(by(mainBranch).wip(), asked)
		s.expect(ask.since("2026-02-01"), asked)
		s.expect(by(mainBranch, `{"branch":"feat"}`).branch("main").wip(), asked, "Shop 2: latest from branch feat [pending]")

		s.follow(ask, 1, "10", false)
		s.expect(ask, asked, wip)
		s.follow(ask, 1, "10", true)
		s.expect(ask, asked, wip)
		s.expect(by(`{"branch":"feat"}`).branch("main"), "Shop 2: latest from branch feat")
		feature.VerifiedBy("10")
		s.expect(ask, asked)
		feature.FailedBy("10")
		s.expect(ask, asked)
		s.branch("20", "topic")
		s.expect(ask.branch("topic"), asked)
		s.expect(ask.branch("unheard-of"), asked)

		later := s.publish("Shop", "3", "d").Branch("feat").With("Stock")
		later.VerifiedBy("10")
		s.expect(ask.branch("topic"), asked, "Shop 3: latest from branch feat [wip]")
		s.expect(ask.branch("unheard-of"), asked)
		s.days(31)
		s.expect(ask.branch("unheard-of"), asked, "Shop 3: latest from branch feat [wip]")
		s.expect(ask, asked, "Shop 3: latest from branch feat [wip]")
	})
}

func TestWIP_byTags(t *testing.T) {
	play(t, func(s scenario) {
		s.publish("Shop", "1", "a").Tags("main").With("Stock")
		feature := s.publish("Shop", "2", "b").Tags("feat").With("Stock")
		s.b.Tag("Stock", "10", "dev")
		s.b.Tag("Stock", "20", "prod")
		ask := by(`{"tag":"main","latest":true}`).wip()
		const asked, wip = "Shop 1: latest with tag main [pending]", "Shop 2: latest with tag feat, latest from branch feat [wip]"
		s.expect(ask.tags("dev"), asked, wip)
		s.expect(ask.tags(), asked)
		feature.VerifiedBy("9")
		s.b.Tag("Stock", "9", "dev")
		s.expect(ask.tags("dev"), asked, wip)
		feature.VerifiedBy("10")
		s.expect(ask.tags("dev"), asked)
		s.expect(ask.tags("prod"), asked, wip)
		s.expect(ask.tags("dev", "prod"), asked, wip)
		s.expect(ask.tags("new"), asked)
		s.days(31)
		s.expect(ask.tags("dev"), asked)
	})
}

func TestWIP_ofTheSameContentIsListedOnce(t *testing.T) {
	play(t, func(s scenario) {
		s.publish("Shop", "1", "a").Branch("main").With("Stock")
		s.publish("Shop", "2", "a").Branch("same").With("Stock")
		s.publish("Shop", "3", "b").Branch("x").With("Stock")
		s.publish("Shop", "4", "b").Branch("y").Tags("try").With("Stock")
		s.publish("app", "1", "b").Branch("x").With("Stock")
		s.expect(by(mainBranch).branch("main").wip(), "Shop 1: latest from main branch [pending]",
			"app 1: latest from branch x [wip]", "Shop 4: latest from branch x, latest from branch y, latest with tag try [wip]")
	})
}

func TestWIP_windowFitsTheUnverified(t *testing.T) {
	dynamic := testbroker.With(func(s *config.Settings) {
		s.Selection = config.Selection{DynamicWIPWindow: true, DefaultWIPWindowDays: 2, MinWIPWindowDays: 4, MaxWIPLookbackDays: 10, OtherBranchLookbackDays: 30}
	})
	play(t, func(s scenario) {
		s.publish("Shop", "1", "a").Branch("main").With("Stock").VerifiedBy("9")
		s.publish("Shop", "2", "b").Branch("b").With("Stock")
		s.branch("10", "main")
		ask := by(mainBranch).branch("main").wip()
		const asked = "Shop 1: latest from main branch"
		wip := func(version, branch string) string {
			return "Shop " + version + ": latest from branch " + branch + " [wip]"
		}
		s.days(3)
		s.expect(ask, asked+" [pending]", wip("2", "b"))
		s.days(5)
		s.expect(ask, asked+" [pending]", wip("2", "b"))
		for _, v := range []string{"3", "4", "5", "6"} {
			s.publish("Shop", v, v).Branch(v).With("Stock")
		}
		s.expect(ask, asked+" [pending]", wip("3", "3"), wip("4", "4"), wip("5", "5"), wip("6", "6"))
		s.days(11)
		s.expect(ask, asked+" [pending]")
	}, dynamic)
}

func TestSelect_fallbacks(t *testing.T) {
	play(t, func(s scenario) {
		s.publish("Shop", "1", "a").Branch("main").Tags("prod").With("Stock")
		s.publish("Shop", "2", "b").Branch("feat").With("Stock")
		s.publish("App", "1", "c").Branch("main").Tags("prod").With("Stock")
		s.publish("Old", "1", "d").Branch("main").With("Stock")
		s.b.Publish("Old", "2", "feat", nil, map[string]any{"Other": nil}).OK()
		s.expect(by(`{"branch":"feat","fallbackBranch":"main"}`), "App 1: latest from branch main [pending]", "Shop 2: latest from branch feat [pending]")
		s.expect(by(`{"branch":"none","fallbackBranch":"main","consumer":"App"}`), "App 1: latest from branch main [pending]")
		s.expect(by(`{"branch":"none","fallbackBranch":"none either"}`))
		s.expect(by(`{"tag":"none","latest":true,"fallbackTag":"prod"}`), "App 1: latest with tag prod [pending]", "Shop 1: latest with tag prod [pending]")
		s.b.Tag("Shop", "2", "dev")
		s.expect(by(`{"tag":"dev","latest":true,"fallbackTag":"prod"}`), "Shop 2: latest with tag dev [pending]")
		s.expect(by(`{"tag":"dev","latest":true,"fallbackTag":"prod","consumer":"App"}`), "App 1: latest with tag prod [pending]")
	})
}

func TestSelect_defaults(t *testing.T) {
	play(t, func(s scenario) {
		s.publish("Main", "1", "a").Branch("main").With("Stock")
		s.publish("Main", "2", "b").Branch("feat").With("Stock")
		s.publish("None", "1", "c").With("Stock")
		s.publish("None", "2", "d").With("Stock")
		s.publish("Moved", "1", "e").Branch("main").With("Stock")
		s.b.Publish("Moved", "2", "main", nil, map[string]any{"Other": nil}).OK()
		s.publish("Live", "1", "f").Branch("main").With("Stock").DeployedTo("prod").ReleasedTo("prod")
		s.publish("Live", "2", "g").Branch("main").With("Stock")
		s.publish("Tag", "1", "h").Branch("x").Tags("trunk").With("Stock")
		s.publish("Tag", "2", "i").Branch("x").With("Stock")
		s.b.Patch(at.Pacticipant("Tag"), map[string]any{"mainBranch": "trunk"}).OK()
		want := []string{
			"Live 1: deployed to prod, released in prod [pending]", "Live 2: latest from main branch [pending]", "Main 1: latest from main branch [pending]",
			"None 2: latest [pending]", "Tag 1: latest with tag trunk [pending]",
		}
		s.expect(by(), want...)
		s.expect(asking{}, want...)
		require.Equal(s.t, 5, len(s.b.Get(at.PactsForVerification("Stock")).OK(http.StatusOK).Find("_embedded", "pacts").([]any)))
	})
}

func TestSelect_places(t *testing.T) {
	play(t, func(s scenario) {
		s.publish("Shop", "1", "a").With("Stock").DeployedTo("production").DeployedTo("test").ReleasedTo("production")
		s.publish("Shop", "2", "b").With("Stock").ReleasedTo("test")
		s.expect(by(`{"deployed":true}`), "Shop 1: deployed to test, deployed to production [pending]")
		s.expect(by(`{"environment":"production"}`), "Shop 1: in production [pending]")
		s.expect(by(`{"environment":"test"}`), "Shop 1: in test [pending]", "Shop 2: in test [pending]")
		s.expect(by(`{"released":true,"environment":"test"}`, `{"deployed":true,"environment":"test","consumer":"Nobody"}`), "Shop 2: released in test [pending]")
		s.expect(by(`{"branch":true}`))
		s.publish("Shop", "3", "c").Branch("x").With("Stock")
		s.publish("Shop", "4", "c").Branch("y").With("Stock")
		s.expect(by(`{"branch":true}`, `{"branch":true}`), "Shop 4: latest from branch x, latest from branch y [pending]")
	})
}

// Pipelines of providers that name a consumer go on as they are when it is called
// otherwise, for as long as the former name leads there.
func TestSelect_findsAConsumerByItsFormerName(t *testing.T) {
	play(t, func(s scenario) {
		s.publish("Shop", "1", "a").Branch("main").Tags("dev").With("Stock").DeployedTo("production")
		s.publish("App", "1", "b").Branch("main").Tags("dev").With("Stock")
		s.b.Post("/api/v1/applications/Shop/rename", map[string]any{"name": "Web"}).OK(http.StatusOK)
		for _, name := range []string{"Shop", "Web"} {
			s.expect(by(`{"mainBranch":true,"consumer":"`+name+`"}`), "Web 1: latest from main branch [pending]")
			s.expect(by(`{"tag":"dev","consumer":"`+name+`"}`), "Web 1: one of Web dev [pending]")
			s.expect(by(`{"deployed":true,"consumer":"`+name+`"}`, `{"branch":"main","consumer":"App"}`), "App 1: latest from branch main [pending]", "Web 1: deployed to production [pending]")
		}
		s.b.Delete("/api/v1/applications/Web/former-names/Shop").OK(http.StatusNoContent)
		s.expect(by(`{"mainBranch":true,"consumer":"Shop"}`))
	})
}
