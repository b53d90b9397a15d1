package verdicts_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// advice is an action of a finding: what its command is to do, and with which options.
type advice struct {
	does    string
	options map[string]string
}

var option = regexp.MustCompile(`--([a-z-]+) ([^ -][^ ]*)`)

// adviceOf are the actions of a pair that have a command.
func adviceOf(e explained, i int) (all []advice) {
	for k := range e.Find("pairs", i, "actions").([]any) {
		command, has := e.Find("pairs", i, "actions", k, "command").(string)
		if !has {
			continue
		}
		a := advice{options: map[string]string{}}
		words := strings.Fields(command)
		a.does = words[0]
		if words[0] == "pact" {
			a.does = strings.TrimPrefix(strings.Join(words[1:3], " "), "broker ")
		}
		a.does, _, _ = strings.Cut(a.does, " --")
		for _, found := range option.FindAllStringSubmatch(command, -1) {
			a.options[found[1]] = found[2]
		}
		all = append(all, a)
	}
	return all
}

// version is the version that the advice is about, nil if it leaves that to the reader;
// one that is named must exist.
func (w *world) version(a advice) *build {
	w.t.Helper()
	for application, number := range map[string]string{"pacticipant": "version", "provider-name": "provider-version"} {
		if named := a.options[number]; named != "" && named != "VERSION" && a.options[application] != "" {
			v := w.named(a.options[application], named)
			require.NotNil(w.t, v, "%v names a version that there is, after\n%s", a, w.history())
			return v
		}
	}
	return nil
}

// replace puts a version wherever another one is.
func (w *world) replace(old, by *build) {
	for _, r := range slices.Clone(w.there) {
		switch {
		case r.of != old:
		case r.released:
			w.take(r)
			w.put(by, "", true)
		default:
			w.put(by, r.instance, false)
		}
	}
}

// newest is the newest version of an application that has content, the newest at all
// if none has, which is what a deployment that nobody recorded would be of.
func (w *world) newest(application string) *build {
	all := w.of(application)
	for _, v := range slices.Backward(all) {
		if hasContent(v) {
			return v
		}
	}
	return all[len(all)-1]
}

// follow does what an advice says about a pair, and reports whether there was anything
// to do; afterwards, by the advice, the pair must not be said again to have the code.
func (w *world) follow(a advice, j judged) bool {
	consumer, provider := w.party(j.consumer), w.party(j.provider)
	w.tell("follow %v about %s", a, j)
	switch a.does {
	case "verifier":
		if w.version(a) == nil {
			return false
		}
		require.Equal(w.t, provider, w.version(a), "what is to verify is the version that counts, after\n%s", w.history())
		w.verify(consumer, provider, true)
	case "can-i-deploy":
		v := w.version(a)
		require.NotNil(w.t, v)
		require.Equal(w.t, "live", a.options["to-environment"])
		old := provider
		if v.application == consumer.application {
			old = consumer
		}
		w.replace(old, v)
	case "record-deployment":
		application := a.options["pacticipant"]
		if len(w.of(application)) == 0 {
			return false
		}
		if j.code == "version_without_content" {
			bare := provider
			if bare == nil || bare.application != application {
				bare = consumer
			}
			if w.newest(application) == bare || !hasContent(w.newest(application)) {
				return false
			}
			w.replace(bare, w.newest(application))
			return true
		}
		w.put(w.newest(application), a.options["application-instance"], false)
	case "record-undeployment":
		found := slices.IndexFunc(w.there, func(r *record) bool {
			return !r.released && r.of.application == a.options["pacticipant"] && r.instance == a.options["application-instance"]
		})
		require.GreaterOrEqual(w.t, found, 0, "%v names a record that there is, after\n%s", a, w.history())
		w.take(w.there[found])
	default:
		return false
	}
	return true
}

func (w *world) party(name string) *build {
	application, number, known := strings.Cut(name, " ")
	if !known {
		return nil
	}
	return w.named(application, number)
}

// blocked finds something in the way, and an advice about it.
func (w *world) blocked() (asked *build, e explained, pair int, chosen advice, found bool) {
	for _, k := range w.random.Perm(len(w.builds)) {
		e := w.ask(w.builds[k])
		for _, i := range w.random.Perm(len(e.pairs)) {
			all := adviceOf(e, i)
			for _, a := range all {
				w.version(a)
			}
			if e.pairs[i].answer != "yes" && len(all) > 0 {
				return w.builds[k], e, i, testrandom.OneOf(w.random, all...), true
			}
		}
	}
	return nil, explained{}, 0, advice{}, false
}

// Whoever does what an action says finds the trouble gone when they ask again: a pair
// that was verified is fulfilled, what was to be deployed instead does fulfil it, and a
// record that was corrected is old no more. Every version that an action names exists.
func TestActions_doAwayWithWhatTheyAreAbout(t *testing.T) {
	followed := map[string]int{}
	play := func(t *testing.T, random *rand.Rand) {
		clock := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
		w := newWorld(t, random, &clock)
		w.b = testbroker.New(t, testbroker.At(func() time.Time { return clock }))
		w.b.Environment("live")
		for range 25 {
			for range 4 {
				w.step(&clock)
			}
			asked, e, i, a, found := w.blocked()
			if !found {
				continue
			}
			before := e.pairs[i]
			clock = clock.Add(time.Minute)
			w.now = clock
			if !w.follow(a, before) {
				continue
			}
			followed[before.code+" "+a.does]++
			w.settled(w.compare(asked), before, a)
		}
	}
	testrandom.Each(t, play, 1, 2, 3, 4, 5)
	if !t.Failed() {
		for _, each := range []string{
			"verified_elsewhere verifier", "verified_elsewhere can-i-deploy", "stale_deployment_record record-deployment", "stale_deployment_record record-undeployment",
			"nothing_deployed record-deployment", "provider_never_publishes verifier",
		} {
			require.Positive(t, followed[each], "%s was followed: %v", each, followed)
		}
	}
}

// settled holds what is said after an advice was followed against what it promised. A
// version that was recorded in two instances at once has another record that is as old, and
// the contract of one that was never there may be compared only when it is asked about.
func (w *world) settled(e explained, before judged, a advice) {
	w.t.Helper()
	twin := before.code == "stale_deployment_record" && slices.ContainsFunc(w.there, func(r *record) bool { return r.recorded.Equal(before.since) })
	for _, now := range e.pairs {
		same := now.consumer == before.consumer && now.provider == before.provider
		require.False(w.t, same && !twin && now.code == before.code && now.since.Equal(before.since), "%v has not helped with %s, after\n%s", a, before, w.history())
		if a.does == "verifier" && same {
			require.Equal(w.t, "yes", now.answer, "%v, after\n%s", a, w.history())
		}
		refutedSince := slices.Contains([]string{"incompatible", "self_verification_failed"}, now.code) && now.since.Equal(w.now)
		if v := w.version(a); a.does == "can-i-deploy" && v != nil && now.provider == v.String() && now.consumer == before.consumer && !refutedSince {
			require.Equal(w.t, "yes", now.answer, "%v makes %s of %s, after\n%s", a, now, before, w.history())
		}
	}
}

// The titles and texts of a finding name the two that it is about, and no version that
// there is none of.
func TestTexts_nameTheRightParties(t *testing.T) {
	version := regexp.MustCompile(`\b(Shop|Web|Stock|Mail) (\d+)\b`)
	everyWorld(t, 45, func(w *world) {
		asked := testrandom.OneOf(w.random, w.builds...)
		e := w.ask(asked)
		for i, j := range e.pairs {
			text := e.Text("pairs", i, "title") + " " + e.Text("pairs", i, "explanation")
			consumer, _, _ := strings.Cut(j.consumer, " ")
			provider, _, _ := strings.Cut(j.provider, " ")
			for _, found := range version.FindAllStringSubmatch(text, -1) {
				require.NotNil(w.t, w.named(found[1], found[2]), "%s, after\n%s", text, w.history())
				require.Contains(w.t, []string{consumer, provider}, found[1], "%s, after\n%s", text, w.history())
			}
			named := map[string][]string{
				"verified": {j.provider}, "failed": {j.provider}, "regression": {j.provider, j.passed}, "contract_removed_but_deployed": {j.consumer, provider},
				"nothing_deployed": {"No version of "}, "provider_never_publishes": {provider + " has never"}, "verified_elsewhere": {j.provider, "by " + provider}, "never_verified": {"No version of " + provider},
				"verification_lost": {"by " + provider}, "no_contract": {j.consumer}, "external": {provider + " is external"}, "stale_deployment_record": {"live", j.owner},
				"compatible": {j.provider, consumer}, "incompatible": {j.consumer, j.provider}, "self_verification_failed": {j.provider}, "not_covered": {j.consumer, j.provider},
				"not_comparable": {j.consumer, j.provider},
			}[j.code]
			for _, name := range named {
				require.Contains(w.t, text, name, "%s, after\n%s", j, w.history())
			}
			if j.owner != "" && !strings.Contains(j.code, "deploy") {
				require.Contains(w.t, text, j.owner)
			}
		}
	}, 1)
}
