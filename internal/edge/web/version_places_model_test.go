package web_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// settled is a broker with applications that need each other in several versions, some of
// which run somewhere.
func settled(t *testing.T, random *rand.Rand) (b *testbroker.Broker, versions map[string][]string) {
	b, versions = testbroker.New(t), map[string][]string{}
	names := []string{"A", "B", "C & D", "E"}
	for _, name := range names {
		for i := range 3 {
			versions[name] = append(versions[name], fmt.Sprintf("%d", i+1))
			b.Version(name, fmt.Sprint(i+1), testrandom.OneOf(random, "main", "feat/x"))
		}
	}
	for range 18 {
		consumer, provider := testrandom.OneOf(random, names...), testrandom.OneOf(random, names...)
		if consumer == provider {
			continue // see dashboard.Deployability
		}
		number := testrandom.OneOf(random, versions[consumer]...)
		if answer := b.Get("/pacts/provider/" + url.PathEscape(provider) + "/consumer/" + url.PathEscape(consumer) + "/version/" + number); answer.Status == http.StatusOK {
			continue // a version says one thing
		}
		made := b.Pact(consumer, number).Branch("main").Saying(testbroker.Content(consumer, provider, "asks", fmt.Sprint("and ", random.IntN(2)))).With(provider)
		for range random.IntN(4) {
			if verified := testrandom.OneOf(random, versions[provider]...); random.IntN(3) > 0 {
				made.VerifiedBy(verified)
			} else {
				made.FailedBy(verified)
			}
		}
	}
	for _, environment := range []string{"test", "production"} {
		b.Environment(environment)
		for range 5 {
			name := testrandom.OneOf(random, names...)
			number := testrandom.OneOf(random, versions[name]...)
			switch random.IntN(4) {
			case 0:
				b.Release(name, number, environment)
			case 1:
				b.Deploy(name, number, environment, "blue")
			default:
				b.Deploy(name, number, environment)
			}
		}
	}
	return b, versions
}

// The page of a version says of each environment what can-i-deploy answers, and so do the
// page of environments and the page of the verdict to which it leads, in any world.
func TestVersion_saysOfEachPlaceWhatCanIDeployAnswers(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		met := map[string]int{}
		for world := 0; world < 3 || len(met) < 3 && world < 20; world++ {
			b, versions := settled(t, random)
			environments := visited(t, b, "/environments")
			for name, numbers := range versions {
				for _, number := range numbers {
					page := visited(t, b, "/pacticipants/"+url.PathEscape(name)+"/versions/"+number)
					cards := page.one(t, "ul", "class", "places").all("li")
					require.Len(t, cards, 2)
					for _, card := range cards {
						environment := card.one(t, "span", "class", "env"+map[bool]string{true: " prod"}[card.has("span", "production")]).text()
						query := url.Values{"pacticipant": {name}, "version": {number}, "environment": {environment}}.Encode()
						answer := b.Get("/can-i-deploy?" + query).OK(http.StatusOK)
						want := map[any]string{true: "yes", false: "no", nil: "unsure"}[answer.Find("summary", "deployable")]
						met[want]++
						state := card.one(t, "p", "class", "placever").one(t, "span")
						told := fmt.Sprintf("%s %s to %s: %s", name, number, environment, card.text())
						runs := runsThere(b, name, number, environment)
						require.Equal(t, runs, strings.Contains(card.text(), "runs there"), told)
						stands := want
						if failed, _ := answer.Find("summary", "failed").(float64); runs && failed > 0 {
							stands = "no" // a result that is missing hides no failure of what runs
						}
						require.Equal(t, "st "+stands, state.is("class"), told)
						require.Equal(t, runs, state.text() != map[string]string{"yes": "Yes", "no": "No", "unsure": "Not known"}[want] || want == "unsure" && runs, told)
						if led := environments.all("a", "href", "/can-i-deploy?"+query); len(led) > 0 {
							require.Equal(t, want == "yes", led[0].text() == "can go now", told)
						}
						verdict := visited(t, b, card.one(t, "a").is("href"))
						require.Equal(t, map[string]string{"yes": "Yes", "no": "No", "unsure": "Not known"}[want], verdict.one(t, "h1").text(), told)
					}
				}
			}
		}
		require.Len(t, met, 3, "every answer is met: %v", met)
	}, 1)
}

// What needs somebody is so: each of the first page's concerns leads to a verdict that is
// no yes.
func TestHome_leadsFromConcernsToWhatIsWrong(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		led := 0
		for worlds := 0; worlds < 20 && (worlds < 2 || led == 0); worlds++ {
			b, _ := settled(t, random)
			for _, link := range visited(t, b, "/").all("a") {
				if address := link.is("href"); strings.HasPrefix(address, "/can-i-deploy?") && strings.HasPrefix(link.text(), "See why") {
					led++
					require.NotEqual(t, "Yes", visited(t, b, address).one(t, "h1").text(), address)
				}
			}
		}
		require.Positive(t, led)
	}, 1)
}

// runsThere reports whether the API says that a version is deployed or released somewhere.
func runsThere(b *testbroker.Broker, name, number, environment string) bool {
	uuid := b.Environment(environment)
	for list, address := range map[string]string{"deployedVersions": "/deployed-versions/currently-deployed", "releasedVersions": "/released-versions/currently-supported"} {
		for _, one := range b.Get("/environments/"+uuid+address).OK(http.StatusOK).Find("_embedded", list).([]any) {
			of := one.(testbroker.Object)["_embedded"].(testbroker.Object)
			if of["pacticipant"].(testbroker.Object)["name"] == name && of["version"].(testbroker.Object)["number"] == number {
				return true
			}
		}
	}
	return false
}
