package badges_test

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

const (
	consumer = "Web_Shop"
	provider = "Led-ger"
	pair     = "/pacts/provider/" + provider + "/consumer/" + consumer
)

// published is a version of the consumer, in the order in which they were made.
type published struct {
	number, words string
	tags          []string
}

// judged is a result for a content, in the order in which they were recorded.
type judged struct {
	words, build     string
	success, pending bool
}

// wall is what badges show on it, found by going through all that happened.
type wall struct {
	t        *testing.T
	b        *testbroker.Broker
	random   *rand.Rand
	versions []*published
	builds   map[string]*[]string // tags of the provider's versions
	results  []judged
	happened []string
}

func (w *wall) tell(format string, args ...any) {
	w.happened = append(w.happened, fmt.Sprintf(format, args...))
}

func (w *wall) publish() {
	v := &published{number: fmt.Sprint(len(w.versions) + 1), words: testrandom.OneOf(w.random, "a", "b", "c")}
	if w.random.IntN(2) == 0 {
		v.tags = []string{testrandom.OneOf(w.random, "dev", "prod")}
	}
	w.tell("%s says %s, tagged %v", v.number, v.words, v.tags)
	w.b.Pact(consumer, v.number).Tags(v.tags...).Saying(testbroker.Content(consumer, provider, v.words)).With(provider)
	w.versions = append(w.versions, v)
}

func (w *wall) tag() {
	tag := testrandom.OneOf(w.random, "dev", "prod")
	if w.random.IntN(2) == 0 {
		build := fmt.Sprint(1 + w.random.IntN(3))
		w.tell("build %s is tagged %s", build, tag)
		w.b.Tag(provider, build, tag)
		*w.builds[build] = append(*w.builds[build], tag)
		return
	}
	if len(w.versions) > 0 {
		v := w.versions[w.random.IntN(len(w.versions))]
		w.tell("%s is tagged %s", v.number, tag)
		w.b.Tag(consumer, v.number, tag)
		v.tags = append(v.tags, tag)
	}
}

func (w *wall) verify() {
	if len(w.versions) == 0 {
		return
	}
	v, build := w.versions[w.random.IntN(len(w.versions))], fmt.Sprint(1+w.random.IntN(3))
	r := judged{words: v.words, build: build, success: w.random.IntN(2) == 0, pending: w.random.IntN(3) == 0}
	w.tell("build %s verifies %s: %v, pending %v", build, v.number, r.success, r.pending)
	address := w.b.Get(pair + "/version/" + v.number).OK(http.StatusOK).Link("pb:publish-verification-results")
	if r.pending {
		before, _, _ := strings.Cut(strings.TrimSuffix(address, "/verification-results"), "/metadata/")
		address = before + "/metadata/cD10cnVl/verification-results" // p=true
	}
	w.b.Post(address, map[string]any{"success": r.success, "providerApplicationVersion": build}).OK(http.StatusCreated)
	w.results = append(w.results, r)
}

// expected is the text and the colour for the pacts and builds that are meant.
func (w *wall) expected(meant func(v *published) bool, buildTag string) (left bool, text, color string) {
	var newest *published
	var counts *judged
	for _, v := range slices.Backward(w.versions) {
		if !meant(v) {
			continue
		}
		if newest == nil {
			newest = v
		}
		if counts != nil {
			continue
		}
		for _, r := range slices.Backward(w.results) {
			if r.words == v.words && (buildTag == "" || slices.Contains(*w.builds[r.build], buildTag)) {
				counts = &r
				break
			}
		}
	}
	switch {
	case newest == nil:
		return false, "unknown", "lightgrey"
	case counts == nil:
		return true, "unknown", "lightgrey"
	case !counts.success && counts.pending:
		return true, "failed (pending)", "red"
	case !counts.success:
		return true, "failed", "red"
	case counts.words != newest.words:
		return true, "changed", "orange"
	}
	return true, "verified", "brightgreen"
}

func part(text string) string {
	return url.PathEscape(strings.NewReplacer("-", "--", "_", "__").Replace(text))
}

// compare looks at every badge in every style.
func (w *wall) compare() {
	w.t.Helper()
	for _, query := range []struct{ text, names, named string }{
		{"", "web_shop%s/led-ger%s pact", ""}, {"?label=consumer", "web_shop%s pact", "consumer"}, {"?label=Provider", "led-ger%s pact", "provider"},
		{"?initials=true", "ws%s/lg%s pact", ""}, {"?initials=true&label=consumer", "ws%s pact", "consumer"}, {"?label=both&initials=false", "web_shop%s/led-ger%s pact", ""},
	} {
		check := func(address, consumerTag, providerTag string, meant func(v *published) bool) {
			w.t.Helper()
			found, text, color := w.expected(meant, providerTag)
			left := "pact not found"
			if found {
				tagged := func(tag string) string {
					if providerTag == "" || tag == "" {
						return ""
					}
					return " (" + tag + ")"
				}
				left = query.names
				switch query.named {
				case "consumer":
					left = fmt.Sprintf(left, tagged(consumerTag))
				case "provider":
					left = fmt.Sprintf(left, tagged(providerTag))
				default:
					left = fmt.Sprintf(left, tagged(consumerTag), tagged(providerTag))
				}
			}
			answer := w.b.Get(address+query.text, testbroker.Accept("image/svg+xml")).OK(http.StatusTemporaryRedirect)
			require.Equal(w.t, "https://img.shields.io/badge/"+part(left)+"-"+part(text)+"-"+color+".svg", answer.Header.Get("Location"), "%s after\n%s", address+query.text, strings.Join(w.happened, "\n"))
		}
		check(pair+"/latest/badge", "", "", func(*published) bool { return true })
		check(pair+"/latest-untagged/badge", "", "", func(v *published) bool { return len(v.tags) == 0 })
		for _, tag := range []string{"dev", "prod", "never"} {
			withTag := func(v *published) bool { return slices.Contains(v.tags, tag) }
			check(pair+"/latest/"+tag+"/badge", tag, "", withTag)
			for _, buildTag := range []string{"dev", "prod", "never"} {
				check("/matrix/provider/"+provider+"/latest/"+buildTag+"/consumer/"+consumer+"/latest/"+tag+"/badge", tag, buildTag, withTag)
			}
		}
	}
}

// Every badge of a pact, in every style, shows what the newest pact that is meant and the
// last result that counts for it come to.
func TestPact_showsWhatTheHistorySays(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			w := &wall{t: t, b: b.For(t), random: random, builds: map[string]*[]string{}}
			for _, name := range []string{consumer, provider} {
				w.b.Patch("/pacticipants/"+name, map[string]any{}).OK()
				w.b.Delete("/pacticipants/" + name).OK(http.StatusNoContent) // what an earlier history left
			}
			for build := range 3 {
				w.b.Version(provider, fmt.Sprint(build+1))
				w.builds[fmt.Sprint(build+1)] = &[]string{}
			}
			w.compare()
			for step := range 24 {
				testrandom.OneOf(random, w.publish, w.publish, w.tag, w.verify, w.verify)()
				if step%6 == 5 {
					w.compare()
				}
			}
		}, 1)
	})
}

// The badges of can-i-deploy and can-i-merge say the same as the answers that they stand
// for, wherever these are asked for in the same words.
func TestCanI_saysWhatTheAnswerDoes(t *testing.T) {
	b := testbroker.New(t)
	b.Environment("live")
	image := testbroker.Accept("image/svg+xml")
	good := b.Pact("Good", "1").Branch("main").Tags("dev").With("Stock").VerifiedBy("7")
	bad := b.Pact("Bad", "1").Branch("main").Tags("dev").With("Stock").FailedBy("7")
	open := b.Pact("Open", "1").Branch("main").Tags("dev").With("Stock")
	b.Pact("Alone", "1").Branch("main").Tags("dev").With("Nobody Built")
	b.Deploy("Stock", "7", "live")
	b.Tag("Stock", "7", "live")
	b.Put("/pacticipants/Stock/branches/main/versions/7", nil).OK()
	for name, merge := range map[string]string{good.Consumer: "success-brightgreen", bad.Consumer: "failed-red", open.Consumer: "unknown-lightgrey", "Alone": "unknown-lightgrey"} {
		for address, answer := range map[string]string{
			"/pacticipants/" + name + "/branches/main/latest-version/can-i-deploy/to-environment/live": "main%20to%20live",
			"/pacticipants/" + name + "/latest-version/dev/can-i-deploy/to/live":                       "dev%20to%20live",
		} {
			color := "red"
			if b.Get(address).OK(http.StatusOK).Find("summary", "deployable") == true {
				color = "brightgreen"
			}
			require.Equal(t, name == good.Consumer, color == "brightgreen", "%s", address)
			for query, left := range map[string]string{"": "can--i--deploy", "?label=" + url.QueryEscape("is it/ok_?"): part("is it/ok_?")} {
				require.Equal(t, "https://img.shields.io/badge/"+left+"-"+answer+"-"+color+".svg", b.Get(address+"/badge"+query, image).OK(http.StatusTemporaryRedirect).Header.Get("Location"))
			}
		}
		require.Equal(t, "https://img.shields.io/badge/can--i--merge-"+merge+".svg", b.Get("/pacticipants/"+name+"/main-branch/can-i-merge/badge?label=ignored", image).OK(http.StatusTemporaryRedirect).Header.Get("Location"), name)
	}
}
