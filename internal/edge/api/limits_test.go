package api_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// repeated is a query that says the same thing of so many names.
func repeated(form string, times int) string {
	parts := make([]string, times)
	for i := range parts {
		parts[i] = fmt.Sprintf(form, i)
	}
	return strings.Join(parts, "&")
}

func TestReads_takeLongListsUpToALimitThatTheyName(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Shop", "1").With("Stock")
		for _, test := range []struct {
			name, address, form string
			limit               int
		}{
			{"selectors of the matrix", "/matrix?latestby=cvpv&", "q[][pacticipant]=A%d", 500},
			{"ignored by the matrix", "/matrix?q[][pacticipant]=Shop&q[][latest]=true&latest=true&latestby=cvp&", "ignore[][pacticipant]=A%d", 500},
			{"outcomes", "/matrix?q[][pacticipant]=Shop&latestby=cvpv&", "success[]=true&unused=%d", 500},
			{"ignored by can-i-deploy", "/can-i-deploy?pacticipant=Shop&version=1&to=dev&", "ignore[]=A%d", 500},
		} {
			answer := b.Get(test.address + repeated(test.form, test.limit))
			require.Less(t, answer.Status, 500, "%s: %s", test.name, answer.Body)
			answer = b.Get(test.address + repeated(test.form, test.limit+1)).OK(http.StatusBadRequest)
			require.Contains(t, string(answer.Body), fmt.Sprintf("at most %d elements, and has %d", test.limit, test.limit+1), test.name)
		}
		for _, form := range []string{"consumer_version_selectors[][tag]=t%d&consumer_version_selectors[][latest]=true", "provider_version_tags[]=t%d"} {
			b.Get("/pacts/provider/Stock/for-verification?" + repeated(form, 3000)).OK()
		}
		for _, address := range []string{"/pacticipants", "/pacticipants/Shop/branches", "/integrations"} {
			b.Get(address + "?q=" + strings.Repeat("a", 500)).OK()
			answer := b.Get(address + "?q=" + strings.Repeat("a", 50_000)).OK(http.StatusBadRequest)
			require.Contains(t, string(answer.Body), "at most 500 characters", address)
		}
		b.Delete("/pacticipants/Shop/branches?" + repeated("exclude[]=b%d", 2000)).OK(http.StatusAccepted)
	})
}

func TestWrites_takeLongListsUpToALimitThatTheyName(t *testing.T) {
	many := func(times int, element func(i int) any) []any {
		list := make([]any, times)
		for i := range list {
			list[i] = element(i)
		}
		return list
	}
	content := func(provider string) string {
		return base64.StdEncoding.EncodeToString([]byte(`{"consumer":{"name":"Shop"},"provider":{"name":"` + provider + `"},"interactions":[]}`))
	}
	contract := func(i int) any {
		name := fmt.Sprintf("Provider %c%c%d", 'a'+i%26, 'a'+i/26%26, i*7919)
		return map[string]any{"consumerName": "Shop", "providerName": name, "specification": "pact", "contentType": "application/json", "content": content(name)}
	}
	text := func(i int) any { return fmt.Sprintf("t%d", i) }
	named := func(i int) any { return map[string]any{"name": fmt.Sprintf("t%d", i)} }
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Shop", "1").With("Stock")
		publish := func(number string, contracts, tags []any) map[string]any {
			return map[string]any{"pacticipantName": "Shop", "pacticipantVersionNumber": number, "contracts": contracts, "tags": tags}
		}
		for _, unlimited := range []map[string]any{
			{"providerVersionTags": many(5000, text), "includeWipPactsSince": "2020-01-01"},
			{"consumerVersionSelectors": many(2000, func(i int) any {
				return map[string]any{"tag": fmt.Sprintf("t%d", i), "latest": true, "fallbackTag": "x", "consumer": fmt.Sprintf("C%d", i)}
			})},
		} {
			b.Post("/pacts/provider/Stock/for-verification", unlimited).OK()
		}
		for _, test := range []struct {
			name, method, address string
			limit                 int
			body                  func(times int) any
		}{
			{"contracts", "POST", "/contracts/publish", 500, func(n int) any { return publish("2", many(n, contract), nil) }},
			{"tags of a publication", "POST", "/contracts/publish", 100, func(n int) any { return publish("3", many(2, contract), many(n, text)) }},
			{"tags of a version", "PUT", "/pacticipants/Shop/versions/4", 100, func(n int) any { return map[string]any{"tags": many(n, named)} }},
			{"contacts", "POST", "/environments", 500, func(n int) any {
				return map[string]any{"name": "test", "production": false, "contacts": many(n, named)}
			}},
			{"events", "POST", "/webhooks", 500, func(n int) any {
				return map[string]any{
					"events":  many(n, func(int) any { return map[string]any{"name": "contract_published"} }),
					"request": map[string]any{"method": "POST", "url": "https://example.org/hook"},
				}
			}},
		} {
			answer := b.Do(test.method, test.address, test.body(test.limit))
			require.Less(t, answer.Status, 300, "%s: %s", test.name, answer.Body)
			answer = b.Do(test.method, test.address, test.body(test.limit+1)).OK(http.StatusBadRequest)
			require.Contains(t, string(answer.Body), fmt.Sprintf("at most %d elements, and has %d", test.limit, test.limit+1), test.name)
		}
	})
}

func TestPublish_limitsWhatOneContractHolds(t *testing.T) {
	few := testbroker.With(func(s *config.Settings) { s.Publishing.MaxInteractions = 3; s.Server.MaxBodySize = 50_000 })
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		holding := func(descriptions ...string) map[string]any {
			interactions := []any{}
			for _, d := range descriptions {
				interactions = append(interactions, map[string]any{"description": d, "response": map[string]any{"body": strings.Repeat(d, 6_000)}})
			}
			return map[string]any{"consumer": map[string]any{"name": "Shop"}, "provider": map[string]any{"name": "Stock"}, "interactions": interactions}
		}
		address := "/pacts/provider/Stock/consumer/Shop/version/"
		b.Put(address+"1", holding("a", "b", "c")).OK(http.StatusCreated)
		answer := b.Put(address+"2", holding("a", "b", "c", "d")).OK(http.StatusRequestEntityTooLarge)
		require.Contains(t, answer.Text("error"), "4 interactions and messages; this broker takes 3")
		b.Patch(address+"1", holding("d"), testbroker.ContentType("application/json")).OK(http.StatusRequestEntityTooLarge)
		require.Len(t, b.Get(address+"1").OK().Find("interactions"), 3)
		published := b.Publish("Shop", "3", "main", nil, map[string]any{"Stock": holding("a", "b", "c", "d")}).OK(http.StatusBadRequest)
		require.Contains(t, string(published.Body), "content is too large: The contract has 4 interactions")

		large := holding("a", "b")
		b.Put(address+"4", large).OK(http.StatusCreated)
		grown := holding("cccccccc")
		answer = b.Patch(address+"4", grown, testbroker.ContentType("application/json")).OK(http.StatusRequestEntityTooLarge)
		require.Contains(t, answer.Text("error"), "bytes as it would be served; this broker takes 50000")
	}, few)
}
