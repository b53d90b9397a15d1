package verdicts_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

const at = links.Base("")

// build is a version, and the content of its contract with each provider.
type build struct {
	application, number, branch string
	position                    int
	says                        map[string]*words
	promises                    map[string]promise
	results                     int
}

func (v *build) String() string {
	if v == nil {
		return "none"
	}
	return v.application + " " + v.number
}

// words are the content of a contract; all who say the same share its results.
type words struct {
	consumer, provider, text string
	since                    time.Time
}

type outcome struct {
	of      *words
	by      *build
	success bool
	at      time.Time
}

// record says that a version is somewhere.
type record struct {
	of                *build
	instance, address string
	released          bool
	// since is when it came there, recorded when that was said last.
	since, recorded time.Time
}

// world is a company of which the test keeps a model, to judge each pair by the
// sections of docs/verdicts.md.
type world struct {
	t        *testing.T
	b        *testbroker.Broker
	random   *rand.Rand
	now      time.Time
	builds   []*build
	gone     []*build // that were deleted
	words    map[string]*words
	outcomes []outcome
	there    []*record
	external map[string]bool
	first    map[string]time.Time // of the contracts with each provider
	partners map[[2]string]bool
	compared map[pair]compared
	told     []string
}

// needs are the providers that each application may have contracts with.
var needs = map[string][]string{"Shop": {"Stock", "Mail"}, "Web": {"Stock"}, "Stock": {"Mail"}, "Mail": nil}

var everybody = []string{"Shop", "Web", "Stock", "Mail"}

func newWorld(t *testing.T, random *rand.Rand, clock *time.Time) *world {
	return &world{t: t, random: random, now: *clock, words: map[string]*words{}, external: map[string]bool{}, first: map[string]time.Time{}, partners: map[[2]string]bool{},
		compared: map[pair]compared{}}
}

func (w *world) tell(format string, args ...any) {
	w.told = append(w.told, w.now.Format("01-02 15:04 ")+fmt.Sprintf(format, args...))
}

func (w *world) history() string { return strings.Join(w.told, "\n") }

func (w *world) of(application string) []*build {
	return slices.DeleteFunc(slices.Clone(w.builds), func(v *build) bool { return v.application != application })
}

func (w *world) named(application, number string) *build {
	for _, v := range w.of(application) {
		if v.number == number {
			return v
		}
	}
	return nil
}

// made counts the versions of an application, with those that were deleted.
func (w *world) made(application string) (count int) {
	for _, v := range slices.Concat(w.builds, w.gone) {
		if v.application == application {
			count++
		}
	}
	return count
}

// add makes a version that is known by its name.
func (w *world) add(application, branch string) *build {
	v := &build{application: application, number: fmt.Sprint(w.made(application) + 1), branch: branch, position: len(w.builds) + len(w.gone), says: map[string]*words{}, promises: map[string]promise{}}
	w.builds = append(w.builds, v)
	return v
}

func (w *world) name() {
	v := w.add(testrandom.OneOf(w.random, everybody...), "")
	w.tell("%s is known by name", v)
	w.b.Version(v.application, v.number)
}

func (w *world) publish() {
	v := w.add(testrandom.OneOf(w.random, "Shop", "Shop", "Web", "Stock"), testrandom.OneOf(w.random, "main", "main", "feat"))
	contents := map[string]any{}
	for _, provider := range needs[v.application] {
		if w.random.IntN(4) == 0 && len(contents) > 0 || len(needs[v.application]) > 1 && w.random.IntN(3) == 0 {
			continue
		}
		text := testrandom.OneOf(w.random, "a", "a", "a", "b", "b", "b", incomparable)
		contents[provider] = content(v.application, provider, text)
		key := v.application + " " + provider + " " + text
		if w.words[key] == nil {
			w.words[key] = &words{consumer: v.application, provider: provider, text: text, since: w.now}
		}
		v.says[provider] = w.words[key]
		if w.first[provider].IsZero() {
			w.first[provider] = w.now
		}
		w.partners[[2]string{v.application, provider}] = true
		w.tell("%s on %s says %s to %s", v, v.branch, text, provider)
	}
	if len(contents) == 0 {
		w.b.Version(v.application, v.number, v.branch)
		w.tell("%s on %s says nothing", v, v.branch)
		return
	}
	w.b.Publish(v.application, v.number, v.branch, nil, contents).OK(http.StatusOK)
}

// verify publishes a result of a version for a contract.
func (w *world) verify(consumer, provider *build, success bool) {
	w.tell("%s verifies %s: %v", provider, consumer, success)
	pact := w.b.Get(at.Pact(provider.application, consumer.application, consumer.number)).OK(http.StatusOK)
	w.b.Post(pact.Link("pb:publish-verification-results"), map[string]any{"success": success, "providerApplicationVersion": provider.number}).OK(http.StatusCreated)
	w.outcomes = append(w.outcomes, outcome{consumer.says[provider.application], provider, success, w.now})
	provider.results++
}

func (w *world) try() {
	if len(w.builds) == 0 {
		return
	}
	consumer := testrandom.OneOf(w.random, w.builds...)
	for _, provider := range needs[consumer.application] {
		if consumer.says[provider] != nil && len(w.of(provider)) > 0 {
			w.verify(consumer, testrandom.OneOf(w.random, w.of(provider)...), w.random.IntN(3) > 0)
			return
		}
	}
}

// waver lets a version find the contrary of what it has found before.
func (w *world) waver() {
	if len(w.outcomes) == 0 {
		return
	}
	before := testrandom.OneOf(w.random, w.outcomes...)
	for _, consumer := range w.of(before.of.consumer) {
		if consumer.says[before.of.provider] == before.of {
			w.verify(consumer, before.by, !w.resultOf(before.of, before.by).success)
			return
		}
	}
}

// put records that a version is somewhere, in the place of what was there.
func (w *world) put(v *build, instance string, released bool) {
	since := w.now
	for i, r := range w.there {
		if r.instance != instance || r.released != released || r.of.application != v.application || released && r.of != v {
			continue
		}
		if r.of == v {
			since = r.since
		}
		w.there = slices.Delete(w.there, i, i+1)
		break
	}
	r := &record{of: v, instance: instance, released: released, since: since, recorded: w.now}
	w.tell("%s is put to '%s', released %v", v, instance, released)
	switch {
	case released:
		r.address = w.b.Release(v.application, v.number, "live")
	case instance != "":
		r.address = w.b.Deploy(v.application, v.number, "live", instance)
	default:
		r.address = w.b.Deploy(v.application, v.number, "live")
	}
	w.there = append(w.there, r)
	slices.SortStableFunc(w.there, func(a, b *record) int { return a.since.Compare(b.since) })
}

func (w *world) take(r *record) {
	w.tell("%s is taken from '%s', released %v", r.of, r.instance, r.released)
	if r.released {
		w.b.Patch(r.address, map[string]any{"currentlySupported": false}).OK(http.StatusOK)
	} else {
		w.b.Undeploy(r.address)
	}
	w.there = slices.DeleteFunc(w.there, func(other *record) bool { return other == r })
}

func (w *world) deploy() {
	if len(w.builds) > 0 {
		w.put(testrandom.OneOf(w.random, w.builds...), "", false)
	}
}

func (w *world) deploySomewhere() {
	if len(w.builds) == 0 {
		return
	}
	v := testrandom.OneOf(w.random, w.builds...)
	if w.random.IntN(3) == 0 {
		w.put(v, "", true)
		return
	}
	w.put(v, "eu", false)
}

func (w *world) undeploy() {
	if len(w.there) > 0 {
		w.take(testrandom.OneOf(w.random, w.there...))
	}
}

func (w *world) mark() {
	if len(w.of("Mail")) == 0 {
		return
	}
	w.external["Mail"] = !w.external["Mail"]
	w.tell("Mail is external: %v", w.external["Mail"])
	if w.external["Mail"] {
		w.b.Put("/api/v1/applications/Mail/external", map[string]any{"reason": "others"}).OK(http.StatusOK)
		return
	}
	w.b.Delete("/api/v1/applications/Mail/external").OK(http.StatusNoContent)
}

func (w *world) step(clock *time.Time) {
	*clock = clock.Add(testrandom.OneOf(w.random, time.Minute, time.Minute, time.Minute, time.Hour, 2*24*time.Hour, 31*24*time.Hour))
	w.now = *clock
	testrandom.OneOf(w.random, w.name, w.publish, w.publish, w.publish, w.try, w.try, w.try, w.waver, w.deploy, w.deploy, w.deploy, w.deploySomewhere, w.undeploy, w.mark, w.publishContract, w.publishContract)()
}

// judged is what is said of two versions.
type judged struct {
	code, answer  string
	counted       bool
	consumer      string
	provider      string
	owner, passed string
	since         time.Time
}

func (j judged) String() string {
	since := ""
	if !j.since.IsZero() {
		since = j.since.UTC().Format("01-02 15:04")
	}
	return fmt.Sprintf("%s %s counted=%v %s/%s owner=%s passed=%s since=%s", j.code, j.answer, j.counted, j.consumer, j.provider, j.owner, j.passed, since)
}

// placed are the versions of an application that are there, each once.
func (w *world) placed(application string) (versions []*build) {
	for _, r := range w.there {
		if r.of.application == application && !slices.Contains(versions, r.of) {
			versions = append(versions, r.of)
		}
	}
	return versions
}

// last is the last of the results that fit, nil if there is none.
func (w *world) last(fits func(o outcome) bool) *outcome {
	for i := range slices.Backward(w.outcomes) {
		if fits(w.outcomes[i]) {
			return &w.outcomes[i]
		}
	}
	return nil
}

func (w *world) resultOf(content *words, by *build) *outcome {
	return w.last(func(o outcome) bool { return o.of == content && o.by == by })
}

// stands reports whether the version has found nothing else since.
func (w *world) stands(o outcome) bool { return *w.resultOf(o.of, o.by) == o }

// head is the version that the consumer will have next.
func (w *world) head(application string) (head *build) {
	for _, v := range w.of(application) {
		if v.branch == "main" {
			head = v
		}
	}
	if all := w.of(application); head == nil && len(all) > 0 {
		head = all[len(all)-1]
	}
	return head
}

func hasContent(v *build) bool { return len(v.says) > 0 || v.results > 0 || len(v.promises) > 0 }

// stale is the record of a version that is hardly there any more.
func (w *world) stale(v *build) *record {
	all := w.of(v.application)
	for _, r := range w.there {
		if r.of == v && !r.released && w.now.Sub(r.recorded) > 30*24*time.Hour && all[len(all)-1] != v {
			return r
		}
	}
	return nil
}

// since is when the first record of a version was made.
func (w *world) since(v *build) (since time.Time) {
	for _, r := range w.there {
		if r.of == v && (since.IsZero() || r.since.Before(since)) {
			since = r.since
		}
	}
	return since
}

// judge says why two versions get the answer that they get.
func (w *world) judge(asked, consumer, provider *build, ignored []string) judged {
	name := consumer.application
	content := consumer.says[cmp.Or(providerName(provider), "")]
	j := judged{consumer: consumer.String(), provider: provider.String(), counted: true, owner: provider.application}
	counts := !slices.Contains(ignored, name) && !slices.Contains(ignored, provider.application)
	result := w.resultOf(content, provider)
	compared := w.compareContract(content, provider)
	head := w.head(name)
	gone := consumer != asked && head.position > consumer.position && len(head.says) > 0 && head.says[provider.application] == nil
	fulfilled := w.last(func(o outcome) bool { return o.of == content && o.success && w.stands(o) && !w.refuted(o) })
	tried := w.last(func(o outcome) bool { return o.of == content })
	var older *outcome
	if result != nil && !result.success {
		older = w.olderThatFulfilled(result)
	}
	if older != nil && counts {
		j.passed = older.by.number
	}
	published := w.last(func(o outcome) bool { return o.by.application == provider.application })
	switch {
	case result == nil && !compared.decides() && w.external[provider.application]:
		j.code, j.answer, j.counted, j.owner = "external", "yes", false, ""
	case !counts:
		j.code, j.answer, j.counted, j.owner = "ignored", "yes", false, ""
	case compared.fails() && (result == nil || result.success):
		j.code, j.answer, j.since, j.passed = compared.code, "no", compared.at, ""
	case result == nil && compared.code == "compatible":
		j.code, j.answer, j.owner, j.since = "compatible", "yes", "", compared.at
	case result == nil && compared.code != "":
		j.code, j.answer, j.since = compared.code, "unknown", compared.at
	case result != nil && result.success:
		j.code, j.answer, j.owner, j.since = "verified", "yes", "", result.at
	case result != nil && gone:
		j.code, j.answer, j.owner, j.since = "contract_removed_but_deployed", "no", name, w.since(consumer)
	case result != nil:
		j.answer, j.code, j.since = "no", "failed", result.at
		if older != nil {
			j.code, j.since = "regression", w.failingSince(older).at
		}
	case published == nil && w.now.Sub(w.first[provider.application]) > 24*time.Hour:
		j.code, j.answer, j.since = "provider_never_publishes", "unknown", w.first[provider.application]
	case provider != asked && !hasContent(provider) && published != nil:
		j.code, j.answer, j.since = "version_without_content", "unknown", w.since(provider)
	case gone:
		j.code, j.answer, j.owner, j.since = "contract_removed_but_deployed", "unknown", name, w.since(consumer)
	case provider != asked && w.stale(provider) != nil:
		j.code, j.answer, j.since = "stale_deployment_record", "unknown", w.stale(provider).recorded
	case consumer != asked && w.stale(consumer) != nil:
		j.code, j.answer, j.owner, j.since = "stale_deployment_record", "unknown", name, w.stale(consumer).recorded
	case tried != nil:
		j.code, j.answer, j.since = "verified_elsewhere", "unknown", cmp.Or(fulfilled, tried).at
	case w.now.Sub(content.since) > 24*time.Hour && published != nil && published.at.After(content.since):
		j.code, j.answer, j.since = "verification_lost", "unknown", content.since
	default:
		j.code, j.answer, j.since = "never_verified", "unknown", content.since
	}
	return j
}

func providerName(v *build) string {
	if v == nil {
		return ""
	}
	return v.application
}

// olderThatFulfilled is the last success, before the failure, of an older version.
func (w *world) olderThatFulfilled(failure *outcome) *outcome {
	var found *outcome
	for i := range w.outcomes {
		o := &w.outcomes[i]
		if o == failure {
			break
		}
		if o.of == failure.of && o.success && w.stands(*o) && !w.refuted(*o) && o.by.position < failure.by.position {
			found = o
		}
	}
	return found
}

// failingSince is the first failure after the success.
func (w *world) failingSince(success *outcome) *outcome {
	after := false
	for i := range w.outcomes {
		o := &w.outcomes[i]
		if after && o.of == success.of && !o.success {
			return o
		}
		after = after || o == success
	}
	return success
}

// expected are all pairs that the question is about.
func (w *world) expected(asked *build, ignored []string) (all []judged) {
	said := false
	for _, provider := range needs[asked.application] {
		content := asked.says[provider]
		if content == nil {
			continue
		}
		said = true
		placed := w.placed(provider)
		for _, v := range placed {
			all = append(all, w.judge(asked, asked, v, ignored))
		}
		if len(placed) > 0 {
			continue
		}
		j := judged{code: "nothing_deployed", answer: "unknown", counted: true, consumer: asked.String(), provider: provider, owner: provider}
		switch {
		case w.external[provider]:
			j.code, j.answer, j.counted, j.owner = "external", "yes", false, ""
		case slices.Contains(ignored, provider):
			j.code, j.answer, j.counted, j.owner = "ignored", "yes", false, ""
		}
		all = append(all, j)
	}
	for _, consumer := range everybody {
		if !w.partners[[2]string{consumer, asked.application}] {
			continue
		}
		said = true
		placed := w.placed(consumer)
		bound := slices.DeleteFunc(slices.Clone(placed), func(v *build) bool { return v.says[asked.application] == nil })
		for _, v := range bound {
			all = append(all, w.judge(asked, v, asked, ignored))
		}
		if len(bound) > 0 {
			continue
		}
		counted := !slices.Contains(ignored, consumer)
		for _, v := range placed {
			j := judged{code: "no_contract", answer: "yes", counted: counted, consumer: v.String(), provider: asked.String()}
			switch {
			case !counted:
				j.code = "ignored"
			case !hasContent(v):
				j.code, j.owner, j.since = "version_without_content", consumer, w.since(v)
			}
			all = append(all, j)
		}
		if len(placed) == 0 {
			j := judged{code: "nothing_deployed", answer: "yes", counted: counted, consumer: consumer, provider: asked.String()}
			if !counted {
				j.code = "ignored"
			}
			all = append(all, j)
		}
	}
	if !said {
		j := judged{code: "no_contract", answer: "yes", counted: true, consumer: asked.String()}
		if !hasContent(asked) {
			j.code, j.owner, j.since = "version_without_content", asked.application, w.since(asked)
		}
		all = append(all, j)
	}
	return all
}

// explained is an answer of the broker in the words of the model.
type explained struct {
	testbroker.Response
	pairs []judged
}

func (w *world) ask(v *build, ignored ...string) explained {
	question := "/api/v1/verdicts?pacticipant=" + v.application + "&version=" + v.number + "&environment=live"
	for _, name := range ignored {
		question += "&ignore[]=" + url.QueryEscape(name)
	}
	e := explained{Response: w.b.Get(question).OK(http.StatusOK)}
	w.expected(v, ignored) // has the model compare what the question lets the broker compare
	for i := range e.Find("pairs").([]any) {
		party := func(side string) string {
			name, _ := e.Find("pairs", i, side, "name").(string)
			if number, known := e.Find("pairs", i, side, "version").(string); known {
				name += " " + number
			}
			return name
		}
		j := judged{code: e.Text("pairs", i, "code"), answer: e.Text("pairs", i, "decision"), counted: e.Find("pairs", i, "counted") == true, consumer: party("consumer"), provider: party("provider")}
		j.owner, _ = e.Find("pairs", i, "owner", "name").(string)
		j.passed, _ = e.Find("pairs", i, "evidence", "passed_until", "version").(string)
		if since, known := e.Find("pairs", i, "since").(string); known && j.code != "external" {
			began, err := time.Parse(time.RFC3339Nano, since)
			require.NoError(w.t, err)
			j.since = began
		}
		e.pairs = append(e.pairs, j)
	}
	return e
}

func sorted(all []judged) []string {
	var lines []string
	for _, j := range all {
		lines = append(lines, j.String())
	}
	slices.Sort(lines)
	return lines
}

// compare asks about a version and holds the answer against the model.
func (w *world) compare(v *build, ignored ...string) explained {
	w.t.Helper()
	e, want := w.ask(v, ignored...), w.expected(v, ignored)
	require.Equal(w.t, sorted(want), sorted(e.pairs), "%s, without %v, after\n%s", v, ignored, w.history())
	decision := "yes"
	for _, j := range want {
		switch {
		case j.answer == "unknown":
			decision = "unknown"
		case j.answer == "no" && decision == "yes":
			decision = "no"
		}
	}
	require.Equal(w.t, decision, e.Text("decision"), "%s, without %v, after\n%s", v, ignored, w.history())
	return e
}

// onEach plays what is drawn from each seed on each database.
func onEach(t *testing.T, play func(t *testing.T, random *rand.Rand, on ...testbroker.Option), kept ...uint64) {
	for name, on := range map[string][]testbroker.Option{"sqlite": nil, "postgres": {testbroker.OnPostgres()}} {
		t.Run(name, func(t *testing.T) {
			testrandom.Each(t, func(t *testing.T, random *rand.Rand) { play(t, random, slices.Clone(on)...) }, kept...)
		})
	}
}

// everyWorld plays random histories in one broker, each in a company of its own.
func everyWorld(t *testing.T, steps int, each func(w *world), kept ...uint64) {
	onEach(t, func(t *testing.T, random *rand.Rand, on ...testbroker.Option) {
		clock := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
		w := newWorld(t, random, &clock)
		w.b = testbroker.New(t, append(on, testbroker.At(func() time.Time { return clock }))...)
		w.b.Environment("live")
		for range steps {
			w.step(&clock)
			if len(w.builds) > 0 {
				each(w)
			}
		}
	}, kept...)
}

// Whatever happens between four applications, each pair has the code, the answer, the
// owner and the beginning that docs/verdicts.md gives it, and all of them make the decision.
func TestExplain_givesEachPairTheCodeOfItsSection(t *testing.T) {
	everyWorld(t, 45, func(w *world) {
		w.compare(testrandom.OneOf(w.random, w.builds...))
		v := testrandom.OneOf(w.random, w.builds...)
		if other := testrandom.OneOf(w.random, everybody...); other != v.application {
			w.compare(v, other)
		}
	}, 1, 2)
}
