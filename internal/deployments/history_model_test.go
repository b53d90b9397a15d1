package deployments_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// place is where a version is: an environment, and an application instance in it.
type place struct{ environment, application, instance string }

// record is what the model knows of a deployment or of a release.
type record struct {
	place
	address, number string
	release, over   bool
}

// places is what was recorded, as somebody would note it who writes down everything
// and looks for it by going through all of it.
type places struct {
	t            *testing.T
	b            *testbroker.Broker
	random       *rand.Rand
	environments map[string]string // uuids by name
	versions     map[string][]string
	records      []*record // the oldest first
	happened     []string
}

// tell notes what is asked for, so that a failure shows what led to it.
func (p *places) tell(format string, args ...any) {
	p.happened = append(p.happened, fmt.Sprintf(format, args...))
}

func (p *places) equal(want, got any, format string, args ...any) {
	p.t.Helper()
	require.Equal(p.t, want, got, "%s, after\n%s", fmt.Sprintf(format, args...), strings.Join(p.happened, "\n"))
}

func (p *places) drawPlace() (at place, number string) {
	at.application = testrandom.OneOf(p.random, "Shop", "Till")
	at.environment = testrandom.OneOf(p.random, "test", "live")
	at.instance = testrandom.OneOf(p.random, "", "", "blue", "Blue")
	numbers := p.versions[at.application]
	return at, numbers[p.random.IntN(len(numbers))]
}

func (p *places) deploy() {
	at, number := p.drawPlace()
	p.tell("deploy %s to %+v", number, at)
	body := testbroker.Object{}
	if at.instance != "" {
		body[testrandom.OneOf(p.random, "applicationInstance", "target")] = at.instance
	}
	answer := p.b.Post(p.onVersion(at, number, "deployed-versions"), body).OK(http.StatusCreated)
	for _, r := range p.records {
		if r.release || r.over || r.place != at {
			continue
		}
		if r.number == number {
			p.equal(r.address, answer.Link("self"), "it is there already")
			return
		}
		r.over = true
	}
	p.equal(true, answer.Find("currentlyDeployed"), "what has just been deployed")
	p.records = append(p.records, &record{place: at, address: answer.Link("self"), number: number})
}

func (p *places) release() {
	at, number := p.drawPlace()
	at.instance = ""
	p.tell("release %s to %+v", number, at)
	answer := p.b.Post(p.onVersion(at, number, "released-versions"), nil).OK(http.StatusCreated, http.StatusOK)
	for _, r := range p.records {
		if r.release && r.place == at && r.number == number {
			p.equal(r.address, answer.Link("self"), "it was released before")
			r.over = false
			return
		}
	}
	p.equal(http.StatusCreated, answer.Status, "the first release")
	p.records = append(p.records, &record{place: at, address: answer.Link("self"), number: number, release: true})
}

func (p *places) onVersion(at place, number, kind string) string {
	return fmt.Sprintf("/pacticipants/%s/versions/%s/%s/environment/%s", at.application, number, kind, p.environments[at.environment])
}

// end ends any record, also one that has ended.
func (p *places) end() {
	if len(p.records) == 0 {
		return
	}
	r := p.records[p.random.IntN(len(p.records))]
	p.tell("end %s of %+v", r.number, r.place)
	p.b.Patch(r.address, testbroker.Object{r.property(): false}).OK(http.StatusOK)
	p.b.Patch(r.address, testbroker.Object{r.property(): true}).OK(http.StatusUnprocessableEntity)
	r.over = true
}

func (r *record) property() string {
	if r.release {
		return "currentlySupported"
	}
	return "currentlyDeployed"
}

// tag deploys by a tag that has the name of an environment, as the Pact Broker does.
func (p *places) tag() {
	at, number := p.drawPlace()
	at.instance = ""
	p.tell("tag %s of %s with %s", number, at.application, at.environment)
	p.b.Tag(at.application, number, at.environment)
	taken := slices.IndexFunc(p.records, func(r *record) bool { return !r.release && !r.over && r.place == at })
	if taken >= 0 && p.records[taken].number == number {
		return
	}
	if taken >= 0 {
		p.records[taken].over = true
	}
	shown := p.b.Get(p.onVersion(at, number, "deployed-versions")).OK(http.StatusOK)
	p.records = append(p.records, &record{place: at, address: shown.Text("_embedded", "deployedVersions", 0, "_links", "self", "href"), number: number})
}

// forget deletes a version, or an environment, with all that was recorded of it.
func (p *places) forget() {
	if p.random.IntN(2) == 0 {
		environment := testrandom.OneOf(p.random, "test", "live")
		p.tell("delete the environment %s and make it again", environment)
		p.b.Delete("/environments/" + p.environments[environment]).OK(http.StatusNoContent)
		p.environments[environment] = p.b.Environment(environment)
		p.drop(func(r *record) bool { return r.environment == environment })
		return
	}
	application := testrandom.OneOf(p.random, "Shop", "Till")
	number := p.versions[application][p.random.IntN(len(p.versions[application]))]
	p.tell("delete %s of %s and make it again", number, application)
	p.b.Delete("/pacticipants/" + application + "/versions/" + number).OK(http.StatusNoContent)
	p.b.Version(application, number)
	p.drop(func(r *record) bool { return r.application == application && r.number == number })
}

func (p *places) drop(gone func(r *record) bool) {
	for _, r := range p.records {
		if gone(r) {
			p.b.Get(r.address).OK(http.StatusNotFound)
		}
	}
	p.records = slices.DeleteFunc(p.records, gone)
}

// addresses are those of the records in a list of the broker.
func addresses(answer testbroker.Response, list string) []string {
	found := []string{}
	for i := range answer.OK(http.StatusOK).Find("_embedded", list).([]any) {
		found = append(found, answer.Text("_embedded", list, i, "_links", "self", "href"))
	}
	return found
}

// newest are the addresses of the records that are meant, the newest first.
func (p *places) newest(meant func(r *record) bool) []string {
	found := []string{}
	for _, r := range slices.Backward(p.records) {
		if meant(r) {
			found = append(found, r.address)
		}
	}
	return found
}

// compare asks for everything in every way and holds it against the notes.
func (p *places) compare() {
	for environment, uuid := range p.environments {
		at := "/environments/" + uuid
		for _, application := range []string{"", "Shop", "Till", "Nobody"} {
			for _, instance := range []string{"any", "", "blue", "Blue", "green"} {
				query := url.Values{}
				if application != "" {
					query.Set("pacticipant", application)
				}
				if instance != "any" {
					query.Set("applicationInstance", instance)
				}
				p.equal(p.newest(func(r *record) bool {
					return !r.release && !r.over && r.environment == environment && (application == "" || r.application == application) && (instance == "any" || r.instance == instance)
				}), addresses(p.b.Get(at+"/deployed-versions/currently-deployed?"+query.Encode()), "deployedVersions"), "what is in %s now, %v", environment, query)
			}
			supported := p.newest(func(r *record) bool {
				return r.release && !r.over && r.environment == environment && (application == "" || r.application == application)
			})
			slices.Reverse(supported) // as the Pact Broker lists them
			p.equal(supported, addresses(p.b.Get(at+"/released-versions/currently-supported?pacticipant="+application), "releasedVersions"), "what is supported in %s, of %q", environment, application)
		}
		for application, numbers := range p.versions {
			for _, number := range numbers {
				where := place{environment: environment, application: application}
				p.equal(p.newest(func(r *record) bool {
					return !r.release && r.environment == environment && r.application == application && r.number == number
				}), addresses(p.b.Get(p.onVersion(where, number, "deployed-versions")), "deployedVersions"), "where %s of %s has been", number, application)
			}
		}
	}
	for _, r := range p.records {
		shown := p.b.Get(r.address).OK(http.StatusOK)
		p.equal(!r.over, shown.Find(r.property()), "%s of %+v", r.number, r.place)
		ended := "undeployedAt"
		if r.release {
			ended = "supportEndedAt"
		}
		p.equal(r.over, shown.Find(ended) != nil, "when it ended, %s of %+v", r.number, r.place)
		p.equal([]any{r.application, r.number, p.environments[r.environment]}, []any{shown.Find("_embedded", "pacticipant", "name"), shown.Find("_embedded", "version", "number"), shown.Find("_embedded", "environment", "uuid")}, "what it is about")
	}
}

// Whatever is recorded in whatever order, each slot has the one version that came last,
// each release is supported until its end, and every list shows what a plain reading of
// the notes does.
func TestRecords_areWhatAPlainReadingOfTheHistorySays(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			p := &places{t: t, b: b.For(t), random: random, environments: map[string]string{}, versions: map[string][]string{"Shop": {"1", "2", "3"}, "Till": {"1", "2"}}}
			for application, numbers := range p.versions {
				p.b.Patch("/pacticipants/"+application, testbroker.Object{}).OK()
				p.b.Delete("/pacticipants/" + application).OK(http.StatusNoContent) // what an earlier history left
				for _, number := range numbers {
					p.b.Version(application, number)
				}
			}
			for _, name := range []string{"test", "live"} {
				p.environments[name] = p.b.Environment(name)
			}
			for step := range 60 {
				testrandom.OneOf(random, p.deploy, p.deploy, p.deploy, p.release, p.release, p.end, p.tag, func() {
					if random.IntN(4) == 0 {
						p.forget()
					}
				})()
				if step%20 == 19 {
					p.compare()
				}
			}
		}, 1)
	})
}
