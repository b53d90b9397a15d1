package matrix_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestDecide_refusesTextsLongerThanAnyName(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Web", "1")
		long := url.QueryEscape(strings.Repeat("ä", 501))
		fits := url.QueryEscape(strings.Repeat("ä", 500))
		for field, query := range map[string]string{
			"q.0.pacticipant":      "q[][pacticipant]=%s",
			"q.0.version":          "q[][pacticipant]=Web&q[][version]=%s",
			"q.0.branch":           "q[][pacticipant]=Web&q[][branch]=%s",
			"q.0.tag":              "q[][pacticipant]=Web&q[][tag]=%s",
			"q.0.environment":      "q[][pacticipant]=Web&q[][environment]=%s",
			"ignore.0.pacticipant": "q[][pacticipant]=Web&ignore[][pacticipant]=%s",
			"environment":          "q[][pacticipant]=Web&environment=%s",
			"tag":                  "q[][pacticipant]=Web&tag=%s",
		} {
			refused := b.Get("/matrix?" + fmt.Sprintf(query, long))
			require.Equal(t, http.StatusBadRequest, refused.Status, field)
			require.Contains(t, string(refused.Body), "cannot be longer than 500 characters", field)
			require.Less(t, len(refused.Body), 1000, "%s: what is too long is not repeated", field)
			require.NotContains(t, string(b.Get("/matrix?"+fmt.Sprintf(query, fits)).Body), "cannot be longer", field)
		}
		for _, address := range []string{"/api/v1/verdicts", "/can-i-deploy"} {
			refused := b.Get(address + "?pacticipant=Web&environment=production&version=" + long)
			require.Equal(t, http.StatusBadRequest, refused.Status, address)
			require.Less(t, len(refused.Body), 2000, address)
		}
	})
}

func TestDecide_suggestsForTheFirstFewUnknownNamesOnly(t *testing.T) {
	b := testbroker.New(t)
	for i := range 20 {
		b.Version(fmt.Sprintf("application-%d", i), "1")
	}
	var query strings.Builder
	for i := range 50 {
		fmt.Fprintf(&query, "q[][pacticipant]=applicatoin-%d&", i)
	}
	refused := b.Get("/matrix?" + query.String()).OK(http.StatusBadRequest)
	require.Equal(t, 50, strings.Count(string(refused.Body), "not found."), "every unknown name is told")
	require.Equal(t, 5, strings.Count(string(refused.Body), "Did you mean"), "the first few with what may have been meant")
}

func TestDecide_suggestsForTheFirstFewUnknownVersionsOnly(t *testing.T) {
	b := testbroker.New(t)
	var query strings.Builder
	for i := range 20 {
		name := fmt.Sprintf("application-%d", i)
		b.Version(name, "1")
		query.WriteString("q[][pacticipant]=" + name + "&q[][version]=2&")
	}
	answer := b.Get("/matrix?" + query.String()).OK(http.StatusOK)
	const told = 2 // in the reason and in the notice
	require.Equal(t, 5*told, strings.Count(string(answer.Body), "Its only version is 1."))
}
