package webhooks_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// build is a version of an application, as whoever computes messages remembers it.
type build struct {
	number string
	// branches are in the order in which it was put on them, and so are tags.
	branches, tags []string
}

func (v *build) branch() string {
	if len(v.branches) == 0 {
		return ""
	}
	return v.branches[len(v.branches)-1]
}

// agreement is what a version of a consumer has published for a provider, and where results
// of it are sent.
type agreement struct {
	consumer, provider string
	version            *build
	content, sha       string
	results            string
}

func (a *agreement) says() string { return a.consumer + "|" + a.provider + "|" + a.content }

// outcome is a result of a content.
type outcome struct {
	content, sha, number, self string
	version                    *build
	success                    bool
}

// runs is a version of a provider that somebody uses, and why it matters.
type runs struct {
	provider, reason string
	released         bool
	version          *build
	self             string
}

// teller keeps notes of all that happens in a broker, and computes from them alone which
// events there are and what each message must say of them.
type teller struct {
	t      *testing.T
	b      *testbroker.Broker
	to     *testbroker.Receiver
	random *rand.Rand
	count  int
	// versions are those of each application, the oldest first, and heads the version
	// that was put on the main branch of a provider last.
	versions   map[string][]*build
	heads      map[string]*build
	agreements []*agreement
	// published are all that there ever were, replaced ones too.
	published []*agreement
	outcomes  []*outcome
	inUse     []*runs
	labels    map[string][]string
	// offers are addresses of contents that messages have told, with what they were told of.
	offers []offer
	told   []string
	// pending are messages that the receiver has not been asked for, and readFrom what they
	// say that may change until they are sent: a broker sends what is due once in a second.
	pending  []testbroker.Object
	readFrom map[string]bool
}

// offer is the address of a content in a message.
type offer struct {
	address string
	of      agreement
	tags    []string
}

func (w *teller) tell(format string, args ...any) {
	w.told = append(w.told, fmt.Sprintf(format, args...))
}

// changes waits for the messages that would say something else after something has changed.
func (w *teller) changes(what ...string) {
	w.t.Helper()
	if slices.ContainsFunc(what, func(one string) bool { return w.readFrom[one] }) {
		w.settle()
	}
}

// due adds messages, which are read from so many things.
func (w *teller) due(messages []testbroker.Object, what ...string) {
	w.pending = append(w.pending, messages...)
	for _, one := range what {
		w.readFrom[one] = true
	}
}

func versionOf(application string, v *build) string { return "version " + application + " " + v.number }

func labelsOf(application string) string { return "labels of " + application }

func (w *teller) someVersion(application string) *build {
	all := w.versions[application]
	if len(all) == 0 {
		return nil
	}
	return all[w.random.IntN(len(all))]
}

func (w *teller) made(application string) *build {
	w.count++
	v := &build{number: fmt.Sprint(w.count)}
	w.versions[application] = append(w.versions[application], v)
	return v
}

func (w *teller) putOn(application string, v *build, branch string) {
	if branch == "" || slices.Contains(v.branches, branch) {
		return
	}
	v.branches = append(v.branches, branch)
	if branch == "main" {
		w.heads[application] = v
	}
}

func (v *build) tag(names ...string) {
	for _, name := range names {
		if !slices.Contains(v.tags, name) {
			v.tags = append(v.tags, name)
		}
	}
}

var (
	tellingConsumers = []string{"Shop", "Till/2 ü"}
	tellingProviders = []string{"Stock", "Mail Co"}
)

// provide makes a version of a provider, or puts one on a branch, gives it a tag or takes one.
func (w *teller) provide() {
	provider := testrandom.OneOf(w.random, tellingProviders...)
	v := w.someVersion(provider)
	if v == nil || w.random.IntN(3) == 0 {
		v = w.made(provider)
		w.b.Version(provider, v.number)
	}
	w.changes(versionOf(provider, v))
	address := "/pacticipants/" + url.PathEscape(provider)
	switch w.random.IntN(4) {
	case 0, 1:
		branch := testrandom.OneOf(w.random, "main", "feat/x")
		w.tell("%s %s is put on %s", provider, v.number, branch)
		w.b.Put(address+"/branches/"+url.PathEscape(branch)+"/versions/"+v.number, nil).OK()
		w.putOn(provider, v, branch)
	case 2:
		tag := testrandom.OneOf(w.random, "main", "prod")
		w.tell("%s %s is tagged %s", provider, v.number, tag)
		w.b.Tag(provider, v.number, tag)
		v.tag(tag)
	case 3:
		if len(v.tags) > 0 {
			w.tell("%s %s loses the tag %s", provider, v.number, v.tags[0])
			w.b.Delete(address + "/versions/" + v.number + "/tags/" + url.PathEscape(v.tags[0])).OK()
			v.tags = v.tags[1:]
		}
	}
}

// use deploys or releases a version of a provider, or ends that.
func (w *teller) use() {
	if len(w.inUse) > 0 && w.random.IntN(3) == 0 {
		ends := w.inUse[w.random.IntN(len(w.inUse))]
		w.tell("%s %s is no longer %s", ends.provider, ends.version.number, ends.reason)
		w.inUse = slices.DeleteFunc(w.inUse, func(r *runs) bool { return r == ends })
		if ends.released {
			w.b.Patch(ends.self, testbroker.Object{"currentlySupported": false}).OK()
			return
		}
		w.b.Undeploy(ends.self)
		return
	}
	provider, environment := testrandom.OneOf(w.random, tellingProviders...), testrandom.OneOf(w.random, "live", "beta")
	v := w.someVersion(provider)
	if v == nil {
		return
	}
	r := &runs{provider: provider, version: v, released: w.random.IntN(3) == 0}
	if r.released {
		r.reason = "released in " + environment
		r.self = w.b.Release(provider, v.number, environment)
	} else {
		r.reason = "deployed in " + environment
		r.self = w.b.Deploy(provider, v.number, environment)
	}
	w.tell("%s %s is %s", provider, v.number, r.reason)
	w.inUse = append(slices.DeleteFunc(w.inUse, func(other *runs) bool {
		// A version takes the place of the one that was deployed there; releases stay.
		return other.provider == provider && other.reason == r.reason && (!r.released || other.version == v)
	}), r)
}

// relabel puts a label on an application or takes it off.
func (w *teller) relabel() {
	application, label := testrandom.OneOf(w.random, slices.Concat(tellingConsumers, tellingProviders)...), testrandom.OneOf(w.random, "web", "core", "a\"b")
	if len(w.versions[application]) == 0 {
		return
	}
	w.changes(labelsOf(application))
	address := "/pacticipants/" + url.PathEscape(application) + "/labels/" + url.PathEscape(label)
	if slices.Contains(w.labels[application], label) {
		w.b.Delete(address).OK()
		w.labels[application] = slices.DeleteFunc(w.labels[application], func(l string) bool { return l == label })
		return
	}
	w.b.Put(address, testbroker.Object{}).OK()
	w.labels[application] = append(w.labels[application], label)
	slices.Sort(w.labels[application])
}

// untag takes a tag off a version of a consumer.
func (w *teller) untag() {
	consumer := testrandom.OneOf(w.random, tellingConsumers...)
	if v := w.someVersion(consumer); v != nil && len(v.tags) > 0 {
		w.changes(versionOf(consumer, v))
		w.tell("%s %s loses the tag %s", consumer, v.number, v.tags[0])
		w.b.Delete("/pacticipants/" + url.PathEscape(consumer) + "/versions/" + v.number + "/tags/" + url.PathEscape(v.tags[0])).OK()
		v.tags = v.tags[1:]
	}
}

// agreementOf is what the version has with the provider, nil if it has nothing.
func (w *teller) agreementOf(consumer, provider string, v *build) *agreement {
	for _, a := range w.agreements {
		if a.consumer == consumer && a.provider == provider && a.version == v {
			return a
		}
	}
	return nil
}

// publish publishes a contract, by a new version or by one that there is.
func (w *teller) publish() {
	consumer, provider := testrandom.OneOf(w.random, tellingConsumers...), testrandom.OneOf(w.random, tellingProviders...)
	v := w.someVersion(consumer)
	if v == nil || w.random.IntN(3) > 0 {
		v = w.made(consumer)
	}
	branch, content, buildURL := testrandom.OneOf(w.random, "", "main", "feat/x"), testrandom.OneOf(w.random, "one", "two"), testrandom.OneOf(w.random, "", "https://ci.example.org/"+v.number+"?a=1&b=\"2\"")
	tags := testrandom.OneOf(w.random, nil, nil, []string{"dev"}, []string{"prod/ü", "dev"}, []string{"main"})
	w.changes(versionOf(consumer, v))
	w.putOn(consumer, v, branch)
	v.tag(tags...)
	before := w.agreementOf(consumer, provider, v)
	a := &agreement{consumer: consumer, provider: provider, version: v, content: content}
	changed := w.changed(a, before)
	w.tell("%s %s (%v) publishes %s for %s, changed: %v", consumer, v.number, v.tags, content, provider, changed)

	body := w.b.Publishing(consumer, v.number, branch, map[string]any{provider: testbroker.Content(consumer, provider, content)})
	body["buildUrl"] = buildURL
	if buildURL == "" {
		delete(body, "buildUrl")
	}
	if len(tags) > 0 {
		body["tags"] = tags
	}
	w.b.Post("/contracts/publish", body).OK(http.StatusOK)
	shown := w.b.Get("/pacts/provider/" + url.PathEscape(provider) + "/consumer/" + url.PathEscape(consumer) + "/version/" + v.number).OK(http.StatusOK)
	a.results = shown.Link("pb:publish-verification-results")
	a.sha = regexp.MustCompile(`/pact-version/([^/]+)/`).FindStringSubmatch(a.results)[1]
	w.agreements = append(slices.DeleteFunc(w.agreements, func(other *agreement) bool { return other == before }), a)
	w.published = append(w.published, a)

	message := w.message(*a, v.tags)
	message["consumerVersionBranch"], message["buildUrl"] = or(branch, v.branch()), buildURL
	attached := w.latestOnMain(a)
	told := clone(message)
	w.fillIn(told, a.sha, a.says(), attached)
	readFrom := []string{versionOf(consumer, v), a.says(), labelsOf(consumer), labelsOf(provider)}
	if attached != nil {
		readFrom = append(readFrom, versionOf(provider, attached.version))
	}
	messages := []testbroker.Object{named(told, "contract_published")}
	if changed {
		messages = append(messages, named(told, "contract_content_changed"))
	}
	for _, required := range w.required(a) {
		one := clone(message)
		w.fillIn(one, a.sha, a.says(), nil)
		one["providerVersionNumber"], one["providerVersionBranch"] = required.version.number, required.branch
		one["providerVersionTags"], one["providerVersionDescriptions"] = strings.Join(required.version.tags, ", "), strings.Join(required.reasons, ", ")
		messages, readFrom = append(messages, named(one, "contract_requiring_verification_published")), append(readFrom, versionOf(provider, required.version))
	}
	w.due(messages, readFrom...)
	w.offers = append(w.offers, offer{message["pactUrl"].(string), *a, slices.Clone(v.tags)})
}

// changed reports whether the content counts as changed: against what the version itself
// had, or the previous versions with each of its tags, or the previous one without any.
func (w *teller) changed(a, before *agreement) bool {
	if before != nil {
		return before.content != a.content
	}
	differs := func(counts func(other *build) bool) bool {
		at := slices.Index(w.versions[a.consumer], a.version)
		for i := at - 1; i >= 0; i-- {
			other := w.versions[a.consumer][i]
			if had := w.agreementOf(a.consumer, a.provider, other); had != nil && counts(other) {
				return had.content != a.content
			}
		}
		return true
	}
	if len(a.version.tags) == 0 {
		return differs(func(other *build) bool { return len(other.tags) == 0 })
	}
	return slices.ContainsFunc(a.version.tags, func(tag string) bool {
		return differs(func(other *build) bool { return slices.Contains(other.tags, tag) })
	})
}

// latestOnMain is the last result for the content by a version on the main branch.
func (w *teller) latestOnMain(a *agreement) (last *outcome) {
	for _, o := range w.outcomes {
		if o.content == a.says() && slices.Contains(o.version.branches, "main") {
			last = o
		}
	}
	return last
}

// lacking is a version without a result, and why it ought to have one.
type lacking struct {
	version *build
	branch  string
	reasons []string
}

// required are the versions of the provider that matter and have no result for the content.
func (w *teller) required(a *agreement) (all []lacking) {
	add := func(v *build, branch, reason string) {
		verified := slices.ContainsFunc(w.outcomes, func(o *outcome) bool { return o.content == a.says() && o.version == v })
		at := slices.IndexFunc(all, func(l lacking) bool { return l.version == v })
		switch {
		case verified:
		case at < 0:
			all = append(all, lacking{v, branch, []string{reason}})
		case !slices.Contains(all[at].reasons, reason):
			all[at].reasons = append(all[at].reasons, reason)
		}
	}
	head := w.heads[a.provider]
	for i := len(w.versions[a.provider]) - 1; i >= 0 && head == nil; i-- {
		if v := w.versions[a.provider][i]; slices.Contains(v.tags, "main") {
			head = v
		}
	}
	if head != nil {
		add(head, "main", "latest from main branch")
	}
	for _, reason := range []string{"deployed in beta", "deployed in live", "released in beta", "released in live"} {
		for _, v := range w.versions[a.provider] {
			for _, r := range w.inUse {
				if r.provider == a.provider && r.version == v && r.reason == reason {
					add(v, v.branch(), reason)
				}
			}
		}
	}
	return all
}

// newestSaying is the publication of the content by the newest version that has said it.
func (w *teller) newestSaying(content string) (newest *agreement) {
	at := func(a *agreement) int { return slices.Index(w.versions[a.consumer], a.version) }
	for _, a := range w.published {
		if a.says() == content && (newest == nil || at(a) >= at(newest)) {
			newest = a
		}
	}
	return newest
}

// verify records a result: at the address that the contract shows, which is for the newest
// version with its content, or at one that a message told, which is for the version that it
// was told of.
func (w *teller) verify() {
	if len(w.agreements) == 0 {
		return
	}
	shown := w.agreements[w.random.IntN(len(w.agreements))]
	a, address := *w.newestSaying(shown.says()), shown.results
	tags := a.version.tags
	if w.random.IntN(2) == 0 {
		told := w.offers[w.random.IntN(len(w.offers))]
		a = told.of
		address = w.b.Get(told.address).OK(http.StatusOK).Link("pb:publish-verification-results")
		if tags = told.tags; len(tags) == 0 {
			tags = a.version.tags
		}
	}
	v := w.someVersion(a.provider)
	w.changes(a.says())
	success, buildURL := w.random.IntN(2) == 0, testrandom.OneOf(w.random, "", "https://ci.example.org/verify")
	body := testbroker.Object{"success": success, "providerApplicationVersion": v.number}
	if buildURL != "" {
		body["buildUrl"] = buildURL
	}
	self := w.b.Post(address, body).OK(http.StatusCreated).Link("self")
	o := &outcome{content: a.says(), sha: a.sha, number: self[strings.LastIndex(self, "/")+1:], self: self, version: v, success: success}
	w.outcomes = append(w.outcomes, o)
	w.tell("%s %s verifies %s of %s %s: %v, result %s", a.provider, v.number, a.content, a.consumer, a.version.number, success, o.number)
	message := w.message(a, tags)
	message["buildUrl"] = buildURL
	w.fillIn(message, a.sha, a.says(), o)
	verdict := "provider_verification_failed"
	if success {
		verdict = "provider_verification_succeeded"
	}
	w.due([]testbroker.Object{named(message, "provider_verification_published"), named(message, verdict)}, versionOf(a.consumer, a.version), versionOf(a.provider, v), a.says(), labelsOf(a.consumer), labelsOf(a.provider))
}

// forget deletes a result.
func (w *teller) forget() {
	if len(w.outcomes) == 0 {
		return
	}
	gone := w.outcomes[w.random.IntN(len(w.outcomes))]
	w.changes(gone.content)
	w.tell("result %s is deleted", gone.number)
	w.b.Delete(gone.self).OK()
	w.outcomes = slices.DeleteFunc(w.outcomes, func(o *outcome) bool { return o == gone })
}

func or(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

func clone(message testbroker.Object) testbroker.Object {
	other := testbroker.Object{}
	for name, value := range message {
		other[name] = value
	}
	return other
}

func named(message testbroker.Object, event string) testbroker.Object {
	other := clone(message)
	other["eventName"] = event
	return other
}

// message is what is told of a contract, whatever happened to it.
func (w *teller) message(a agreement, tags []string) testbroker.Object {
	metadata := "cvn=" + a.version.number
	for _, tag := range tags {
		metadata += "&" + url.QueryEscape("cvt[]") + "=" + url.QueryEscape(tag)
	}
	return testbroker.Object{
		"consumerName": a.consumer, "providerName": a.provider, "consumerVersionNumber": a.version.number,
		"consumerVersionTags": strings.Join(tags, ", "), "consumerVersionBranch": a.version.branch(),
		"consumerLabels": strings.Join(w.labels[a.consumer], ", "), "providerLabels": strings.Join(w.labels[a.provider], ", "),
		"consumerTeam": "", "providerTeam": "", "currentlyDeployedProviderVersionNumber": "", "buildUrl": "",
		"providerVersionNumber": "", "providerVersionTags": "", "providerVersionBranch": "", "providerVersionDescriptions": "",
		"pactUrl": w.contentOf(a) + "/metadata/" + base64.RawURLEncoding.EncodeToString([]byte(metadata+"&w=true")),
	}
}

func (w *teller) contentOf(a agreement) string {
	return string(testbroker.Base) + "/pacts/provider/" + url.PathEscape(a.provider) + "/consumer/" + url.PathEscape(a.consumer) + "/pact-version/" + a.sha
}

// fillIn adds the result that the message belongs to, which tells of the version that
// verified, or else the state of the content by its last result.
func (w *teller) fillIn(message testbroker.Object, sha, content string, attached *outcome) {
	if attached != nil {
		message["providerVersionNumber"], message["providerVersionBranch"] = attached.version.number, attached.version.branch()
		message["providerVersionTags"] = strings.Join(attached.version.tags, ", ")
	}
	for i := len(w.outcomes) - 1; i >= 0 && attached == nil; i-- {
		if w.outcomes[i].content == content {
			attached = w.outcomes[i]
		}
	}
	words := []string{"pending", "INPROGRESS", "pending", "pending"}
	message["verificationResultUrl"] = ""
	if attached != nil {
		words = []string{"failure", "FAILED", "failed", "failed"}
		if attached.success {
			words = []string{"success", "SUCCESSFUL", "succeeded", "success"}
		}
		pact, _, _ := strings.Cut(message["pactUrl"].(string), "/metadata/")
		message["verificationResultUrl"] = pact + "/verification-results/" + attached.number
	}
	for i, name := range []string{"githubVerificationStatus", "bitbucketVerificationStatus", "azureDevOpsVerificationStatus", "gitlabVerificationStatus"} {
		message[name] = words[i]
	}
}

// settle holds what the receiver gets against the messages that there must be.
func (w *teller) settle() {
	w.t.Helper()
	var want, got []string
	for _, message := range w.pending {
		want = append(want, asText(w.t, message))
		got = append(got, "")
	}
	for i := range got {
		var message testbroker.Object
		require.NoError(w.t, json.Unmarshal([]byte(w.to.Next(w.t).Body), &message))
		got[i] = asText(w.t, message)
	}
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(w.t, want, got, "after\n%s", strings.Join(w.told, "\n"))
	w.pending, w.readFrom = nil, map[string]bool{}
}

func asText(t *testing.T, message testbroker.Object) string {
	text, err := json.MarshalIndent(message, "", " ")
	require.NoError(t, err)
	return string(text)
}

// Whatever has happened before, of each publication and each result there are the events that
// docs/webhooks.md and docs/events.md speak of and no others, and their messages say in every
// parameter what a recomputation from all that happened says.
func TestMessages_sayWhatARecomputationFromHistorySays(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Work()
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			w := &teller{t: t, b: b.For(t), to: testbroker.NewReceiver(t), random: random, versions: map[string][]*build{}, heads: map[string]*build{}, labels: map[string][]string{}, readFrom: map[string]bool{}}
			w.b.Delete("/integrations").OK()
			body := testbroker.Object{}
			for name := range w.named() {
				body[name] = "${pactbroker." + name + "}"
			}
			hook := testbroker.Webhook(w.to.URL, "contract_published", "contract_content_changed", "contract_requiring_verification_published", "provider_verification_published", "provider_verification_succeeded", "provider_verification_failed")
			hook["request"].(testbroker.Object)["body"] = body
			w.b.Post("/webhooks", hook).OK(http.StatusCreated)
			for _, provider := range tellingProviders {
				w.b.Version(provider, w.made(provider).number)
				w.b.Patch("/pacticipants/"+url.PathEscape(provider), testbroker.Object{"mainBranch": "main"}).OK()
			}
			for range 60 {
				testrandom.OneOf(random, w.publish, w.publish, w.publish, w.publish, w.publish, w.verify, w.verify, w.verify, w.provide, w.provide, w.use, w.relabel, w.untag, w.forget)()
			}
			w.settle()
			require.Empty(t, w.to.Got, "nothing else was sent")
		})
	}, testbroker.With(testbroker.CallingHere), testbroker.With(func(s *config.Settings) {
		s.Versions.FirstTagAsBranch = false
		s.Publishing.AllowModification = true
	}))
}

// named are the parameters that messages have, each with an empty text.
func (w *teller) named() testbroker.Object {
	message := named(w.message(agreement{version: &build{}}, nil), "")
	w.fillIn(message, "", "", nil)
	return message
}
