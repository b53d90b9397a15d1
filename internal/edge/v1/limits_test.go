package v1_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestReads_takeLongListsUpToALimit(t *testing.T) {
	repeated := func(form string, times int) string {
		parts := make([]string, times)
		for i := range parts {
			parts[i] = strings.ReplaceAll(form, "#", strconv.Itoa(i))
		}
		return strings.Join(parts, "&")
	}
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Shop", "1").With("Stock")
		for _, test := range []struct {
			address, form string
			limit         int
		}{
			{"/api/v1/verdicts?latestby=cvpv&", "q[][pacticipant]=A#", 500},
			{"/api/v1/verdicts?pacticipant=Shop&version=1&to=dev&", "ignore[]=A#", 500},
			{"/api/v1/events?", "application=A#", 100},
			{"/api/v1/events?application=Shop&", "type=accord.version_created&application=#", 99},
			{"/api/v1/webhook-deliveries?", "status=success", 100},
		} {
			answer := b.Get(test.address + repeated(test.form, test.limit))
			require.Less(t, answer.Status, 500, "%s: %s", test.form, answer.Body)
			b.Get(test.address + repeated(test.form, test.limit+1)).OK(http.StatusBadRequest)
		}
	})
}

func TestAskVerdict_takesUpToFiveHundredVersions(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		named := func(role string, n int) []any {
			list := make([]any, n)
			for i := range list {
				list[i] = map[string]any{"application": fmt.Sprintf("%s %d", role, i), "version": "1"}
			}
			return list
		}
		for i := range 20 {
			b.Version(fmt.Sprintf("Asked %d", i), "1")
		}
		ask := func(asked, ignored int) testbroker.Response {
			return b.Post("/api/v1/verdicts", map[string]any{"versions": named("Asked", asked), "ignore": named("Ignored", ignored)})
		}
		require.Less(t, ask(500, 500).Status, 500)
		ask(20, 500).OK()
		for _, answer := range []testbroker.Response{ask(501, 0), ask(1, 501)} {
			answer.OK(http.StatusBadRequest)
			require.Contains(t, string(answer.Body), "500")
		}
	})
}
