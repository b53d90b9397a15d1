package api_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge/api"
	v1 "github.com/accord-broker/accord/internal/edge/v1"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// deepJSON are values in which so many others lie in each other. Whoever follows them by
// calling itself needs memory for each, and a program whose stack is full cannot go on.
func deepJSON(levels int) []string {
	return []string{
		strings.Repeat("[", levels) + strings.Repeat("]", levels),
		strings.Repeat(`{"a":`, levels) + "1" + strings.Repeat("}", levels),
	}
}

// deepDocuments are such values as YAML, too, whole or without an end.
func deepDocuments(levels int) []string {
	return append(deepJSON(levels), strings.Repeat("[", levels), strings.Repeat("- ", levels)+"x", strings.Repeat("{a: ", levels), strings.Repeat("? ", levels)+"x",
		`{"openapi":"3.0.3","info":{"title":"x","version":"1"},"paths":{"/":{"get":{"responses":{"200":{"description":"x","content":{"application/json":{"schema":`+
			strings.Repeat(`{"items":`, levels)+"{}"+strings.Repeat("}", levels)+"}}}}}}}}")
}

func TestWrites_neverFailHoweverDeepABodyIs(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.VCS.GitHubSecret, s.VCS.GitLabSecret = "hub", "lab" }))
	things := thingsOf(b)
	asked := 0
	for _, route := range slices.Concat((&api.API{}).Routes(), (&v1.API{}).Routes()) {
		if len(route.Accepts) == 0 {
			continue
		}
		address := parameter.ReplaceAllStringFunc(route.Path, func(name string) string { return things[name[1:]] })
		sent := spoilt(t, route.Operation, deepJSON(10_000)[:1])
		for _, levels := range []int{100, 10_000, 1_000_000} {
			sent = append(sent, append(deepJSON(levels), strings.Repeat("[", levels))...)
		}
		for _, body := range sent {
			answer := b.Do(route.Method, address, body, testbroker.ContentType(mediaOf(route)))
			require.Less(t, answer.Status, 500, "%s %s %.80s: %.300s", route.Method, address, body, answer.Body)
			asked++
		}
	}
	require.Greater(t, asked, 500)
}

func TestDocuments_areRefusedHoweverDeepTheyAre(t *testing.T) {
	b := testbroker.New(t)
	thingsOf(b)
	for _, levels := range []int{1_000, 50_000, 1_000_000} {
		for _, document := range deepDocuments(levels) {
			encoded := base64.StdEncoding.EncodeToString([]byte(document))
			published := providerSubmission("2", document, true)
			for _, answer := range []testbroker.Response{
				b.Post("/provider-contracts/provider/Api/publish", published),
				b.Post("/api/v1/providers/Api/contracts/check", testbroker.Object{"content": encoded}),
				b.Post("/contracts/publish", testbroker.Object{"pacticipantName": "Web", "pacticipantVersionNumber": "2", "contracts": []any{testbroker.Object{
					"consumerName": "Web", "providerName": "Api", "specification": "pact", "contentType": "application/json", "content": encoded,
				}}}),
				b.Submit("/compare", url.Values{"document": {document}, "pact": {document}}),
			} {
				require.Less(t, answer.Status, 500, "%d of %.80s: %.300s", levels, document, answer.Body)
			}
		}
	}
	b.Get("/pacticipants/Web/versions/2").OK(http.StatusNotFound)
	b.Get("/pacticipants/Api/versions/2").OK(http.StatusNotFound)
}

func TestQueries_neverFailHoweverDeepTheyAre(t *testing.T) {
	b := testbroker.New(t)
	thingsOf(b)
	for _, levels := range []int{10, 101, 10_000, 200_000} {
		for _, name := range []string{"q" + strings.Repeat("[a]", levels), "q" + strings.Repeat("[]", levels), "q" + strings.Repeat("[", levels), strings.Repeat("[a][]", levels)} {
			address := "/matrix?q[][pacticipant]=Web&" + name + "=1"
			require.Less(t, b.Get(address).Status, 500, "%.80s", address)
			metadata := base64.RawURLEncoding.EncodeToString([]byte(name + "=1"))
			which := fmt.Sprintf("/pacts/provider/Api/consumer/Web/pact-version/%s/metadata/", strings.Repeat("1", 40))
			require.Less(t, b.Get(which+metadata).Status, 500, "%.80s", name)
		}
	}
}
