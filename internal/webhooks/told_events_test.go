package webhooks_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// asParameter is a value of an event as it stands in a message.
func asParameter(value any) string {
	switch value := value.(type) {
	case []any:
		texts := make([]string, len(value))
		for i, one := range value {
			texts[i] = asParameter(one)
		}
		return strings.Join(texts, ", ")
	case float64:
		return fmt.Sprint(int64(value))
	case bool:
		return fmt.Sprint(value)
	}
	text, _ := value.(string)
	return text
}

// somebody draws whom and what something happens to.
type somebody struct {
	b                          *testbroker.Broker
	random                     *rand.Rand
	n                          int
	application, other, number string
	address, version, pact     string
	environment                string
}

func draw(b *testbroker.Broker, random *rand.Rand, n int) somebody {
	s := somebody{
		b: b, random: random, n: n, application: testrandom.OneOf(random, "Shop", "Stock", "Till ü"), other: testrandom.OneOf(random, "Bank", "Mail"), number: fmt.Sprint(1 + random.IntN(3)),
		environment: testrandom.OneOf(random, "live", "beta"),
	}
	s.address = "/pacticipants/" + url.PathEscape(s.application)
	s.version = s.address + "/versions/" + s.number
	s.pact = "/pacts/provider/" + s.other + "/consumer/" + url.PathEscape(s.application) + "/version/" + s.number
	return s
}

// does something that the broker tells of, whatever state things are in.
func (s somebody) does() {
	b := s.b
	testrandom.OneOf(s.random,
		func() { b.Put(s.version, testbroker.Object{}) },
		func() { b.Put(s.version+"/tags/"+testrandom.OneOf(s.random, "dev", "a%22b"), nil) },
		func() { b.Delete(s.version + "/tags/dev") },
		func() { b.Put(s.address+"/branches/feat%2Fx/versions/"+s.number, nil) },
		func() { b.Delete(s.address + "/branches/feat%2Fx/versions/" + s.number) },
		func() { b.Post("/api/v1/applications/"+url.PathEscape(s.application)+"/branches/feat%2Fx/close", nil) },
		func() { b.Delete(s.address + "/branches/feat%2Fx") },
		func() {
			b.Version(s.application, s.number)
			b.Deploy(s.application, s.number, s.environment, testrandom.OneOf(s.random, "", "blue"))
		},
		func() {
			b.Version(s.application, s.number)
			b.Undeploy(b.Deploy(s.application, s.number, s.environment))
		},
		func() {
			b.Version(s.application, s.number)
			b.Release(s.application, s.number, s.environment)
		},
		func() {
			b.Patch(s.address, testbroker.Object{"repositoryUrl": fmt.Sprint("https://git.example.org/", s.n), "mainBranch": testrandom.OneOf(s.random, "main", "trunk")})
		},
		func() {
			b.Put("/environments/"+b.Environment(s.environment), testbroker.Object{"name": s.environment, "displayName": fmt.Sprint("Name ", s.n), "production": s.n%2 == 0})
		},
		func() { b.Delete("/environments/" + b.Environment("passing")) },
		func() { s.verifies(true) }, func() { s.verifies(false) }, func() { b.Version(s.other, s.number, "main") },
		func() {
			b.Version(s.other, s.number)
			b.Deploy(s.other, s.number, s.environment)
		},
		func() {
			b.Publish(s.application, s.number, "main", []string{"dev", "x"}, map[string]any{s.other: testbroker.Content(s.application, s.other, s.number)})
		},
		func() {
			b.Version("Old", "1")
			b.Post("/api/v1/applications/Old/rename", testbroker.Object{"name": fmt.Sprint("New ", s.n)}).OK()
		},
	)()
}

func (s somebody) verifies(success bool) {
	s.b.Put(s.pact, testbroker.Content(s.application, s.other, "first"), testbroker.Header("Content-Type", "application/json"))
	if shown := s.b.Get(s.pact); shown.Status == http.StatusOK {
		s.b.Post(shown.Link("pb:publish-verification-results"), testbroker.Object{"success": success, "providerApplicationVersion": s.number}).OK(http.StatusCreated)
	}
}

// deletes something, with which messages go that were not sent: what a contract was said
// of is not told once that is gone.
func (s somebody) deletes() {
	b := s.b
	testrandom.OneOf(s.random,
		func() { b.Delete(s.pact) },
		func() { b.Delete(s.version) },
		func() { b.Delete("/integrations/provider/" + s.other + "/consumer/" + url.PathEscape(s.application)) },
		func() { b.Delete(s.address) },
		func() {
			twin := fmt.Sprint("Twin-", s.n)
			b.Version(twin, "1")
			b.Version(s.application, s.number)
			b.Post("/api/v1/applications/"+twin+"/merge", testbroker.Object{"into": s.application}).OK()
		},
	)()
}

// Of every event that the feed tells, one who listens to all gets a message, and the
// message says in its parameters exactly what the feed says. Those of one event that is told
// several times differ in their ids, by which receivers know what they have seen.
func TestMessages_sayWhatTheFeedSays(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Work()
		to := testbroker.NewReceiver(t)
		names := events.TextNames()
		var types []string
		for _, event := range events.All() {
			if event != events.VerdictChanged { // which is found out at any time
				types = append(types, string(event))
			}
		}
		body := testbroker.Object{}
		for _, name := range names {
			body[name] = "${event." + name + "}"
		}
		b.Post(allWebhooks, testbroker.Object{"events": types, "request": testbroker.Object{"method": "POST", "url": to.URL, "headers": testbroker.Object{"Content-Type": "application/json"}, "body": body}}).OK(http.StatusCreated)
		cursor := b.Get("/api/v1/events").OK(http.StatusOK).Text("next_cursor")
		seen, count := map[string]bool{}, 0
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			b := b.For(t)
			for _, do := range []func(s somebody){somebody.does, somebody.deletes} {
				for range 35 {
					count++
					do(draw(b, random, count))
				}
				require.Eventually(t, func() bool {
					return len(b.Get(allDeliveries+"?status=not_run&status=retrying").OK(http.StatusOK).Find("items").([]any)) == 0
				}, 20*time.Second, 10*time.Millisecond)
			}
			messages := map[string]testbroker.Object{}
			for range len(to.Got) {
				var message testbroker.Object
				require.NoError(t, json.Unmarshal([]byte((<-to.Got).Body), &message))
				id, _ := message["id"].(string)
				require.NotContains(t, messages, id, "a receiver would take it for the same event")
				messages[id] = message
			}
			for more := true; more; {
				page := b.Get("/api/v1/events?limit=100&cursor=" + cursor).OK(http.StatusOK)
				cursor = page.Text("next_cursor")
				items := page.Find("items").([]any)
				more = len(items) > 0
				for i := range items {
					event := items[i].(testbroker.Object)
					id, kind := page.Text("items", i, "id"), strings.TrimPrefix(page.Text("items", i, "type"), "accord.")
					if kind == string(events.VerdictChanged) {
						continue
					}
					told, known := messages[id]
					require.True(t, known, "nobody was told of %v", event)
					delete(messages, id)
					seen[kind] = true
					at, err := time.Parse(time.RFC3339Nano, page.Text("items", i, "time"))
					require.NoError(t, err)
					want := testbroker.Object{}
					for _, name := range names {
						want[name] = ""
					}
					want["id"], want["type"], want["subject"], want["time"] = id, kind, event["subject"], at.UTC().Truncate(time.Second).Format(time.RFC3339)
					for name, value := range event["data"].(testbroker.Object) {
						require.Contains(t, names, name, "what an event says can be told")
						want[name] = asParameter(value)
					}
					if kind == "contract_requiring_verification_published" { // tells besides which version lacks a result
						require.NotEmpty(t, told["provider_version"])
						want["provider_version"], want["provider_version_branch"] = told["provider_version"], told["provider_version_branch"]
					}
					require.Equal(t, want, told)
				}
			}
			for id, message := range messages {
				require.Equal(t, "contract_requiring_verification_published", message["type"], "%s was told to the receiver alone: %v", id, message)
				require.Regexp(t, regexp.MustCompile(`-[2-9]$`), id)
			}
		}, 1)
		require.Greater(t, len(seen), 20, "many kinds of things have happened: %v", seen)
	}, testbroker.With(testbroker.CallingHere))
}
