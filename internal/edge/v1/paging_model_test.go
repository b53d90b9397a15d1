package v1_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// collection is a list that is read by cursor, and how something comes to it.
type collection struct {
	address string
	// key is what names an item.
	key string
	// add adds something named so, which stands anywhere in the list.
	add func(b *testbroker.Broker, name string)
	// endless tells that the list goes on with what happens next.
	endless bool
}

// collections are all lists of the API that are read by cursor.
func collections() map[string]collection {
	write := func(b *testbroker.Broker, name string) {
		b.Put("/pacticipants/Web/versions/"+name, testbroker.Object{}).OK(http.StatusCreated)
	}
	published := func(b *testbroker.Broker, name string) {
		b.Post("/provider-contracts/provider/Web/publish", testbroker.Object{"pacticipantVersionNumber": name, "contract": testbroker.Object{"content": "b3BlbmFwaTogMy4wLjMK", "selfVerificationResults": testbroker.Object{"success": true}}}).OK(http.StatusOK)
	}
	return map[string]collection{
		"events":                  {"/api/v1/events?", "id", write, true},
		"deliveries":              {"/api/v1/webhook-deliveries?", "id", write, false},
		"deliveries of one event": {"/api/v1/webhook-deliveries?event=version_created&", "id", write, false},
		"audit":                   {"/api/v1/audit?", "id", write, false},
		"audit, the oldest first": {"/api/v1/audit?order=oldest&", "id", write, false},
		"audit of one action":     {"/api/v1/audit?action=putVersion&", "id", write, false},
		"branches": {"/api/v1/applications/Web/branches?", "name", func(b *testbroker.Broker, name string) {
			b.Put("/pacticipants/Web/branches/"+name+"/versions/1", nil).OK(http.StatusCreated)
		}, false},
		"contracts": {"/api/v1/providers/Web/contracts?", "version", published, false},
		"webhooks": {"/api/v1/webhooks?", "id", func(b *testbroker.Broker, name string) {
			b.Post("/api/v1/webhooks", testbroker.Object{"description": name, "events": []string{"tag_added"}, "request": testbroker.Object{"method": "POST", "url": "http://127.0.0.1/"}}).OK(http.StatusCreated)
		}, false},
		"secrets": {"/api/v1/secrets?", "name", func(b *testbroker.Broker, name string) {
			b.Put("/api/v1/secrets/"+name, testbroker.Object{"value": "hush-hush", "hosts": []string{"x.example"}}).OK(http.StatusCreated)
		}, false},
		"tokens": {"/api/v1/tokens?", "id", func(b *testbroker.Broker, name string) {
			b.Post("/api/v1/tokens", testbroker.Object{"name": name, "role": "viewer"}).OK(http.StatusCreated)
		}, false},
		"teams": {"/api/v1/teams?", "name", func(b *testbroker.Broker, name string) {
			b.Put("/api/v1/teams/"+name, testbroker.Object{"applications": []string{"Web"}}).OK(http.StatusCreated)
		}, false},
		"users": {"/api/v1/users?", "name", func(b *testbroker.Broker, name string) {
			b.Post("/api/v1/users", testbroker.Object{"name": name}).OK(http.StatusCreated)
		}, false},
		"trust rules": {"/api/v1/trust-rules?", "id", func(b *testbroker.Broker, name string) {
			b.Post("/api/v1/trust-rules", testbroker.Object{
				"name": name, "issuer": "https://ci.example", "audience": "broker", "role": "viewer", "applications": []string{"Web"}, "claims": testbroker.Object{"repository": []string{"octo/" + name}},
			}).OK(http.StatusCreated)
		}, false},
	}
}

// readOn reads a part of a list, and returns its items and where to read on, "" for nowhere.
func (c collection) readOn(t *testing.T, b *testbroker.Broker, limit int, cursor string) (keys []string, next string) {
	t.Helper()
	address := fmt.Sprintf("%slimit=%d", c.address, limit)
	if cursor != "" {
		address += "&cursor=" + cursor
	}
	page := b.Get(address).OK(http.StatusOK)
	items := page.Find("items").([]any)
	require.LessOrEqual(t, len(items), limit)
	for i := range items {
		keys = append(keys, fmt.Sprint(page.Find("items", i, c.key)))
	}
	next, more := page.Find("next_cursor").(string)
	if !c.endless {
		require.Equal(t, more, strings.Contains(page.Header.Get("Link"), `rel="next"`), "the header leads on where the body does")
	}
	if c.endless && len(items) == 0 {
		return keys, ""
	}
	return keys, next
}

// Whoever reads a list in parts of whatever size, while others add to it, reads all that was
// there from the start, once and in its order, and nothing twice.
func TestCollections_areReadWholeWhileTheyGrow(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		b.Put("/pacticipants/Web/versions/1", testbroker.Object{}).OK(http.StatusCreated)
		b.Post("/api/v1/webhooks", testbroker.Object{"events": []string{"version_created"}, "request": testbroker.Object{"method": "POST", "url": "http://127.0.0.1/"}}).OK(http.StatusCreated)
		count := 0
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			b := b.For(t)
			name := func() string {
				count++
				return fmt.Sprintf("%s-%d", testrandom.OneOf(random, "a", "B", "k", "Z", "z", "0"), count)
			}
			all := collections()
			for _, which := range sortedNames(all) {
				c := all[which]
				for range 4 {
					c.add(b, name())
				}
				var before []string
				for cursor, more := "", true; more; more = cursor != "" {
					var some []string
					some, cursor = c.readOn(t, b, 200, cursor)
					before = append(before, some...)
				}
				require.Equal(t, len(before), len(slices.Compact(slices.Sorted(slices.Values(before)))), "%s: each once", which)
				limit, growing := 1+random.IntN(4), 3
				if len(before) > 40 {
					limit = len(before) / 8
				}
				var read []string
				for cursor, more := "", true; more; more = cursor != "" {
					var some []string
					some, cursor = c.readOn(t, b, limit, cursor)
					read = append(read, some...)
					if growing > 0 && random.IntN(2) == 0 {
						growing--
						c.add(b, name())
					}
				}
				require.Equal(t, len(read), len(slices.Compact(slices.Sorted(slices.Values(read)))), "%s by %d: nothing twice in %v", which, limit, read)
				kept := slices.DeleteFunc(slices.Clone(read), func(key string) bool { return !slices.Contains(before, key) })
				require.Equal(t, before, kept, "%s by %d: all that was there, in its order", which, limit)
			}
		}, 1)
	}, testbroker.With(testbroker.CallingHere), testbroker.With(withTokens))
}

func sortedNames(all map[string]collection) (names []string) {
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
