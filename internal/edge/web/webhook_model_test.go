package web_test

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

// webhookDrawn is a webhook as the API takes it, and the form that asks for the same.
func webhookDrawn(random *rand.Rand) (wanted testbroker.Object, form url.Values) {
	request := testbroker.Object{"method": "POST", "url": "http://127.0.0.1/build?of=" + url.QueryEscape(testrandom.OneOf(random, textsToKeep...))}
	form = url.Values{"method": {"POST"}, "url": {request["url"].(string)}, "format": {"template"}}
	name := testrandom.OneOf(random, textsToKeep...)
	wanted = testbroker.Object{"format": "template", "description": name, "enabled": random.IntN(2) == 0, "request": request}
	form.Set("name", name)
	if wanted["enabled"] == true {
		form.Set("on", "yes")
	}
	events := []string{"contract_published", "contract_content_changed", "provider_verification_failed", "verdict_changed", "deployment_recorded", "version_created", "tag_added"}
	wanted["events"] = append(some(random, events[1:], 4), events[0])
	form["event"] = wanted["events"].([]string)
	for _, role := range []string{"consumer", "provider"} {
		switch random.IntN(3) {
		case 0:
			wanted[role] = testbroker.Object{"name": "Shop"}
			form.Set(role, "Shop")
		case 1:
			label := testrandom.OneOf(random, textsToKeep...)
			wanted[role] = testbroker.Object{"label": label}
			form.Set(role+"_label", label)
		}
	}
	filter := testbroker.Object{}
	for _, list := range []string{"branches", "provider_branches", "tags", "provider_tags", "environments", "applications", "consumers", "providers", "application_labels", "consumer_labels", "provider_labels"} {
		if texts := some(random, textsToKeep, 3); len(texts) > 0 && random.IntN(3) == 0 {
			filter[list] = texts
			form[list] = listed(filter, list)
		}
	}
	if len(filter) > 0 {
		wanted["filter"] = filter
	}
	headers := testbroker.Object{}
	var lines []string
	for i, value := range some(random, []string{"plain", "a: b", "x=y", "${pactbroker.consumerName}", "application/json; charset=utf-8"}, 3) {
		headers[fmt.Sprintf("x-odd-%d", i)] = value
		lines = append(lines, fmt.Sprintf("X-Odd-%d%s%s", i, testrandom.OneOf(random, ":", ": ", " : "), value))
	}
	if len(headers) > 0 {
		request["headers"] = headers
		form.Set("headers", strings.Join(lines, "\r\n"))
	}
	if random.IntN(3) == 0 {
		text := testrandom.OneOf(random, textsToKeep...)
		request["body"] = testrandom.OneOf[any](random, testbroker.Object{"of": text, "list": []any{1, nil, "x"}}, text+" of ${pactbroker.providerName}")
		switch body := request["body"].(type) {
		case string:
			form.Set("body", body)
		default:
			form.Set("body", fmt.Sprintf(" {\"list\": [1, null, \"x\"],\r\n \"of\": %s} ", quotedJSON(text)))
		}
	}
	return wanted, form
}

func quotedJSON(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// webhookSaved is what the API has of a webhook, but for who it is and when it was made.
func webhookSaved(b *testbroker.Broker, id string) testbroker.Object {
	kept := b.Get("/api/v1/webhooks/" + id).OK(http.StatusOK).JSON().(testbroker.Object)
	for _, other := range []string{"id", "created_at", "updated_at", "signing_keys", "_links", "last_delivery"} {
		delete(kept, other)
	}
	if all, is := kept["events"].([]any); is {
		slices.SortFunc(all, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	}
	return kept
}

// A webhook that is made through the form is the one that the API makes of the same; its
// form as it stands changes nothing; and changed through it, it is the other.
func TestWebhookForm_saysTheSameAsTheAPI(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		b := testbroker.New(t, testbroker.With(testbroker.CallingHere))
		b.Version("Shop", "1", "main")
		known := map[string]bool{}
		newest := func() (id string) {
			for _, hook := range items(b, "/api/v1/webhooks") {
				if one := hook["id"].(string); !known[one] {
					known[one], id = true, one
				}
			}
			return id
		}
		for range 15 {
			wanted, form := webhookDrawn(random)
			b.Post("/api/v1/webhooks", wanted).OK(http.StatusCreated)
			first := newest()
			b.Submit("/webhooks/new", form).OK(http.StatusOK, http.StatusSeeOther)
			second := newest()
			want := webhookSaved(b, first)
			require.Equal(t, want, webhookSaved(b, second), "made through the form: %v", form)

			edit := "/webhooks/" + first + "/edit"
			b.Submit(edit, url.Values(visited(t, b, edit).one(t, "form", "action", edit).form())).OK(http.StatusOK, http.StatusSeeOther)
			require.Equal(t, want, webhookSaved(b, first), "sent as it stands: %v", wanted)

			other, changed := webhookDrawn(random)
			b.Submit(edit, changed).OK(http.StatusOK, http.StatusSeeOther)
			b.Post("/api/v1/webhooks", other).OK(http.StatusCreated)
			require.Equal(t, webhookSaved(b, newest()), webhookSaved(b, first), "changed through the form: %v", changed)
			require.Equal(t, want, webhookSaved(b, second), "nothing else is changed")
		}
	}, 1)
}
