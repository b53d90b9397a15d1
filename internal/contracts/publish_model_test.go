package contracts_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// said is what a consumer version says to a provider: by each description what is asked
// for, and what is to come back.
type said map[string][2]string

// key tells contents apart, whatever the order in which they were sent.
func (s said) key() string {
	var parts []string
	for _, description := range slices.Sorted(maps.Keys(s)) {
		parts = append(parts, fmt.Sprint(description, s[description]))
	}
	return strings.Join(parts, " ")
}

// about names what is said by whom to whom.
type about struct{ consumer, number, provider string }

func (a about) path() string {
	return "/pacts/provider/" + a.provider + "/consumer/" + a.consumer + "/version/" + a.number
}

// publishers are consumers that publish in every way there is, and the notes of somebody
// who keeps to the rules of the Pact Broker with pencil and paper.
type publishers struct {
	t      *testing.T
	b      *testbroker.Broker
	random *rand.Rand
	// modifying tells that versions may say something else than before.
	modifying bool
	said      map[about]said
	// versions are those that are known, in their order, by consumer.
	versions map[string][]string
	// results are the last ones of each pair and content.
	results map[string]bool
	told    []string
}

func (p *publishers) tell(format string, args ...any) {
	p.told = append(p.told, fmt.Sprintf(format, args...))
}

func (p *publishers) equal(want, got any, format string, args ...any) {
	p.t.Helper()
	require.Equal(p.t, want, got, "%s, after\n%s", fmt.Sprintf(format, args...), strings.Join(p.told, "\n"))
}

func (p *publishers) draw() (a about, s said) {
	a = about{testrandom.OneOf(p.random, "Otter", "Heron"), fmt.Sprint(1 + p.random.IntN(4)), testrandom.OneOf(p.random, "River", "Lake")}
	s = said{}
	for range 1 + p.random.IntN(2) {
		s[testrandom.OneOf(p.random, "swim", "dive", "rest")] = [2]string{testrandom.OneOf(p.random, "/a", "/a", "/a", "/b"), testrandom.OneOf(p.random, "200", "201")}
	}
	return a, s
}

// content is what is sent, in any order.
func (p *publishers) content(a about, s said) map[string]any {
	interactions := []any{}
	for description, means := range s {
		interactions = append(interactions, map[string]any{"description": description, "request": map[string]any{"method": "GET", "path": means[0]}, "response": map[string]any{"status": json.Number(means[1])}})
	}
	p.random.Shuffle(len(interactions), func(i, j int) { interactions[i], interactions[j] = interactions[j], interactions[i] })
	return map[string]any{"consumer": map[string]any{"name": a.consumer}, "provider": map[string]any{"name": a.provider}, "interactions": interactions}
}

// keep notes what a version says from now on.
func (p *publishers) keep(a about, s said) {
	p.said[a] = maps.Clone(s)
	if !slices.Contains(p.versions[a.consumer], a.number) {
		p.versions[a.consumer] = append(p.versions[a.consumer], a.number)
	}
}

func merged(before, sent said) said {
	all := maps.Clone(sent)
	for description, means := range before {
		if _, both := all[description]; !both {
			all[description] = means
		}
	}
	return all
}

// put publishes at the address of the contract.
func (p *publishers) put() {
	a, s := p.draw()
	p.tell("put %v: %v", a, s)
	before, known := p.said[a]
	answer := p.b.Put(a.path(), p.content(a, s))
	switch {
	case !known:
		answer.OK(http.StatusCreated)
	case before.key() != s.key() && !p.modifying:
		p.equal(http.StatusConflict, answer.Status, "another content")
		return
	default:
		answer.OK(http.StatusOK)
	}
	p.keep(a, s)
}

// patch adds to what the version says, which is no modification but may contradict it.
func (p *publishers) patch() {
	a, s := p.draw()
	p.tell("patch %v: %v", a, s)
	before, known := p.said[a]
	answer := p.b.Patch(a.path(), p.content(a, s), testbroker.ContentType("application/json"))
	if !known {
		answer.OK(http.StatusCreated)
		p.keep(a, s)
		return
	}
	for description, means := range s {
		if was, both := before[description]; both && was[0] != means[0] {
			p.equal(http.StatusConflict, answer.Status, "%s asks for something else", description)
			return
		}
	}
	answer.OK(http.StatusOK)
	p.keep(a, merged(before, s))
}

// publish sends one or two contracts at once: all are stored, or none.
func (p *publishers) publish() {
	a, s := p.draw()
	sent := map[about]said{a: s}
	if other := (about{a.consumer, a.number, testrandom.OneOf(p.random, "River", "Lake")}); p.random.IntN(2) == 0 && other != a {
		_, sent[other] = p.draw()
	}
	merge := p.random.IntN(2) == 0
	p.tell("publish, merging %v: %v", merge, sent)
	contents, conflict := map[string]any{}, false
	for a, s := range sent {
		contents[a.provider] = p.content(a, s)
		if before, known := p.said[a]; known && before.key() != s.key() && !p.modifying {
			conflict = true
		}
	}
	body := p.b.Publishing(a.consumer, a.number, "", contents)
	for _, contract := range body["contracts"].([]any) {
		if merge {
			contract.(map[string]any)["onConflict"] = "merge"
		}
	}
	answer := p.b.Post("/contracts/publish", body)
	if conflict {
		p.equal(http.StatusConflict, answer.Status, "another content")
		return
	}
	answer.OK(http.StatusOK)
	for a, s := range sent {
		if merge {
			s = merged(p.said[a], s)
		}
		p.keep(a, s)
	}
}

// verify records a result for what some version says.
func (p *publishers) verify() {
	if len(p.said) == 0 {
		return
	}
	all := slices.SortedFunc(maps.Keys(p.said), func(a, b about) int { return strings.Compare(a.path(), b.path()) })
	a := all[p.random.IntN(len(all))]
	success := p.random.IntN(2) == 0
	p.tell("verify %v: %v", a, success)
	pact := p.b.Get(a.path()).OK(http.StatusOK)
	p.b.Post(pact.Link("pb:publish-verification-results"), map[string]any{"success": success, "providerApplicationVersion": fmt.Sprint(p.random.IntN(3))}).OK(http.StatusCreated)
	p.results[p.pair(a)+p.said[a].key()] = success
}

func (p *publishers) pair(a about) string { return a.consumer + "/" + a.provider + ": " }

func (p *publishers) remove() {
	a, _ := p.draw()
	p.tell("remove %v", a)
	answer := p.b.Delete(a.path())
	if _, known := p.said[a]; !known {
		p.equal(http.StatusNotFound, answer.Status, "what was never said")
		return
	}
	p.equal(http.StatusOK, answer.Status, "what was said")
	delete(p.said, a)
}

// heard is what an answer with a contract says.
func heard(answer testbroker.Response) said {
	s := said{}
	for i := range answer.OK(http.StatusOK).Find("interactions").([]any) {
		s[answer.Text("interactions", i, "description")] = [2]string{answer.Text("interactions", i, "request", "path"), fmt.Sprint(answer.Find("interactions", i, "response", "status"))}
	}
	return s
}

// compare holds everything that can be asked against the notes.
func (p *publishers) compare() {
	names := map[string]map[string]string{} // of contents, by pair and by what they say
	for _, consumer := range []string{"Otter", "Heron"} {
		for _, provider := range []string{"River", "Lake"} {
			latest := ""
			for _, number := range p.versions[consumer] {
				a := about{consumer, number, provider}
				s, known := p.said[a]
				answer := p.b.Get(a.path())
				if !known {
					p.equal(http.StatusNotFound, answer.Status, "%v", a)
					continue
				}
				latest = number
				p.equal(s, heard(answer), "%v", a)
				permalink := answer.Link("pb:pact-version")
				p.equal(s, heard(p.b.Get(permalink)), "the permalink of %v", a)
				pair := p.pair(a)
				if names[pair] == nil {
					names[pair] = map[string]string{}
				}
				content, _, _ := strings.Cut(permalink[strings.Index(permalink, "/pact-version/"):], "/metadata/")
				if first, same := names[pair][s.key()]; same {
					p.equal(first, content, "%v says what another version says", a)
				}
				names[pair][s.key()] = content
				p.compareResult(a)
			}
			newest := p.b.Get("/pacts/provider/" + provider + "/consumer/" + consumer + "/latest")
			if latest == "" {
				p.equal(http.StatusNotFound, newest.Status, "nothing is said by %s to %s", consumer, provider)
				continue
			}
			p.equal(latest, newest.OK(http.StatusOK).Header.Get("X-Pact-Consumer-Version"), "the latest of %s to %s", consumer, provider)
		}
	}
	for pair, contents := range names {
		distinct := map[string]bool{}
		for _, name := range contents {
			distinct[name] = true
		}
		p.equal(len(contents), len(distinct), "two contents of %s share a name", pair)
	}
}

// compareResult asks what came of the content: it belongs to all versions that say it.
func (p *publishers) compareResult(a about) {
	success, judged := p.results[p.pair(a)+p.said[a].key()]
	answer := p.b.Get(a.path() + "/verification-results/latest")
	if !judged {
		p.equal(http.StatusNotFound, answer.Status, "nobody has verified %v", a)
		return
	}
	p.equal(success, answer.OK(http.StatusOK).Find("success"), "the result of %v", a)
}

func playPublishers(t *testing.T, modifying bool) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			p := &publishers{t: t, b: b.For(t), random: random, modifying: modifying, said: map[about]said{}, versions: map[string][]string{}, results: map[string]bool{}}
			for _, name := range []string{"Otter", "Heron", "River", "Lake"} { // what an earlier history left
				p.b.Patch("/pacticipants/"+name, map[string]any{}).OK()
				p.b.Delete("/pacticipants/" + name).OK(http.StatusNoContent)
				p.b.Patch("/pacticipants/"+name, map[string]any{}).OK()
			}
			for step := range 60 {
				testrandom.OneOf(random, p.put, p.put, p.patch, p.patch, p.publish, p.publish, p.publish, p.verify, p.verify, p.remove)()
				if step%15 == 14 {
					p.compare()
				}
			}
		}, 1)
	}, testbroker.With(func(s *config.Settings) { s.Publishing.AllowModification = modifying }))
}

// Whatever is published by whichever of the three ways, each version says what the rules
// make of it, and results go with the content to whoever says the same.
func TestPublish_followsTheRulesOfThePactBroker(t *testing.T) { playPublishers(t, false) }

func TestPublish_followsTheRulesWhereVersionsMaySaySomethingElse(t *testing.T) {
	playPublishers(t, true)
}
