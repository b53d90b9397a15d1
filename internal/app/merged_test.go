package app_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// saying is a contract that names nobody, the same for versions of one number.
func saying(what string) testbroker.Object {
	content := testbroker.Content("", "", what)
	delete(content, "consumer")
	delete(content, "provider")
	return content
}

// lives lets the broker live through a random history of Main, a duplicate of it
// that is called as name says, and two others.
func lives(t *testing.T, b *testbroker.Broker, clock *time.Time, random *rand.Rand, name func(duplicate bool) string) {
	t.Helper()
	for _, environment := range []string{"test", "production"} {
		b.Post("/environments", testbroker.Object{"name": environment, "production": environment == "production"}).OK(http.StatusCreated)
	}
	b.Put("/pacticipants/"+name(false)+"/versions/0", testbroker.Object{}).OK(http.StatusCreated)
	b.Put("/pacticipants/"+name(true)+"/versions/00", testbroker.Object{}).OK(http.StatusCreated)
	type published struct{ consumer, version, provider string }
	var pacts []published
	for i := range 40 {
		*clock = clock.Add(time.Hour)
		app, other := name(random.IntN(2) == 0), []string{"Left", "Right"}[random.IntN(2)]
		number, branch := fmt.Sprint(random.IntN(12)), []string{"main", "feat"}[random.IntN(2)]
		switch kind := random.IntN(8); kind {
		case 0, 1, 2:
			p := published{app, number, other}
			if kind == 2 {
				p = published{other, number, app}
			}
			tags := []string{"dev", "prod"}[:random.IntN(3)]
			b.Publish(p.consumer, p.version, branch, tags, map[string]any{p.provider: saying(p.version)}).OK(http.StatusOK)
			pacts = append(pacts, p)
		case 3, 4, 5:
			if len(pacts) == 0 {
				continue
			}
			p := pacts[random.IntN(len(pacts))]
			found := b.Get("/pacts/provider/" + p.provider + "/consumer/" + p.consumer + "/version/" + p.version).OK(http.StatusOK)
			b.Put("/pacticipants/"+p.provider+"/branches/"+branch+"/versions/"+number, testbroker.Object{})
			b.Post(found.Link("pb:publish-verification-results"), testbroker.Object{"success": random.IntN(4) > 0, "providerApplicationVersion": number}).OK(http.StatusCreated)
		case 6:
			number = fmt.Sprint(100 + i) // one that is deployed once more leaves no trace
			b.Put("/pacticipants/"+app+"/branches/"+branch+"/versions/"+number, testbroker.Object{})
			b.Deploy(app, number, []string{"test", "production"}[random.IntN(2)])
		case 7:
			b.Put("/pacticipants/"+app+"/branches/"+branch+"/versions/"+number, testbroker.Object{})
			b.Release(app, number, []string{"test", "production"}[random.IntN(2)])
		}
	}
}

var unlike = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|/metadata/[^/"?]+|,?"(updatedAt|undeployedAt)":"[^"]*"| - \d\d/\d\d/\d{4}`)

// answersAbout are the answers about all versions, without what is made up or dated anew.
func answersAbout(t *testing.T, b *testbroker.Broker) map[string]string {
	t.Helper()
	answers := map[string]string{}
	ask := func(address string) string {
		body := string(b.Get(address).OK(http.StatusOK).Body)
		answers[address] = unlike.ReplaceAllString(body, "")
		return body
	}
	numbers := regexp.MustCompile(`"number":"([^"]+)"`)
	for _, name := range []string{"Main", "Left", "Right"} {
		if b.Get("/pacticipants/"+name).Status != http.StatusOK {
			continue
		}
		ask("/pacts/provider/" + name)
		ask("/pacts/provider/" + name + "/latest")
		for _, selectors := range []string{`{"mainBranch":true}`, `{"deployedOrReleased":true}`, `{"tag":"dev","latest":true}`, `{"branch":"feat"}`} {
			body := fmt.Sprintf(`{"consumerVersionSelectors":[%s],"includePendingStatus":true,"providerVersionBranch":"main","includeWipPactsSince":"2026-01-01"}`, selectors)
			answers[name+selectors] = unlike.ReplaceAllString(string(b.Post("/pacts/provider/"+name+"/for-verification", body, testbroker.ContentType("application/json")).Body), "")
		}
		var all []string
		for _, found := range numbers.FindAllStringSubmatch(ask("/pacticipants/"+name+"/versions"), -1) {
			all = append(all, found[1])
		}
		for _, number := range slices.Compact(all) {
			asked := "pacticipant=" + name + "&version=" + url.QueryEscape(number)
			ask("/can-i-deploy?" + asked + "&environment=test")
			ask("/can-i-deploy?" + asked + "&environment=production")
			ask("/matrix?q[][pacticipant]=" + name + "&q[][version]=" + url.QueryEscape(number) + "&latestby=cvpv")
		}
	}
	return answers
}

func TestMerge_answersAsIfThereHadBeenOneApplicationAlways(t *testing.T) {
	for _, on := range []string{"sqlite", "postgres"} {
		t.Run(on, func(t *testing.T) {
			t.Parallel()
			// The first is a history in which both had released one version.
			for _, seed := range testrandom.Seeds(t, 4, 8034332900696133699) {
				t.Logf("seed %d", seed)
				one, clock := dated(t, on)
				lives(t, one, clock, rand.New(rand.NewPCG(seed, 1)), func(bool) string { return "Main" }) //nolint:gosec // nothing is to be kept secret
				two, clock := dated(t, on)
				lives(t, two, clock, rand.New(rand.NewPCG(seed, 1)), func(duplicate bool) string { //nolint:gosec // nothing is to be kept secret
					if duplicate {
						return "Copy"
					}
					return "Main"
				})
				answer := two.Post("/api/v1/applications/Copy/merge", testbroker.Object{"into": "Main", "on_clash": "newest"}).OK(http.StatusOK)
				require.Equal(t, "Copy", answer.Text("former_names", 0, "name"))
				requireProjections(t, two)
				want, got := answersAbout(t, one), answersAbout(t, two)
				for address, text := range want {
					at := 0
					for at < min(len(text), len(got[address])) && text[at] == got[address][at] {
						at++
					}
					require.Equal(t, text[at:], got[address][at:], "%s\n… %s", address, text[max(0, at-200):at])
				}
				require.Len(t, got, len(want))
				require.Equal(t, "Main", two.Get("/pacticipants/Copy").OK(http.StatusOK).Text("name"))
			}
		})
	}
}

// dated is a broker with a clock of its own.
func dated(t *testing.T, on string) (*testbroker.Broker, *time.Time) {
	t.Helper()
	clock := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	options := []testbroker.Option{testbroker.At(func() time.Time { return clock }), testbroker.With(func(s *config.Settings) { s.Publishing.CheckSimilarNames = false })}
	if on == "postgres" {
		options = append(options, testbroker.OnPostgres())
	}
	return testbroker.New(t, options...), &clock
}
