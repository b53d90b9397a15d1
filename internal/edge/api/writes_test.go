package api_test

import (
	"net/http"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge/api"
	v1 "github.com/accord-broker/accord/internal/edge/v1"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// parameter is how the table of routes writes what openapi.yaml writes {so}.
var parameter = regexp.MustCompile(`:(\w+)`)

// thingsOf says what stands for each parameter of the routes: things that
// exist, so that nothing but the body can be wrong. Only the id is nobody's.
func thingsOf(b *testbroker.Broker) map[string]string {
	b.Environment("test")
	pact := b.Pact("Web", "1").Branch("main").Tags("dev").With("Api").VerifiedBy("1")
	b.Put("/pacticipants/Web/labels/web", nil).OK()
	b.Tag("Api", "1", "dev")
	shown := b.Get(pact.Path()).OK()
	b.Post("/provider-contracts/provider/Api/publish", providerSubmission("1", orders, true)).OK()
	result := b.Get(shown.Link("pb:latest-verification-results")).OK().Link("self")
	return map[string]string{
		"pacticipant": "Web", "consumer": "Web", "provider": "Api", "number": "1", "otherNumber": "1", "branch": "main", "tag": "dev", "to": "dev",
		"providerTag": "dev", "label": "web", "environment": "test", "result": path.Base(result),
		"uuid": "0123456789abcdef", "metadata": "Y3ZuPTE", "secret": "TOKEN", "consumerNumber": "1", "part": "provider-contract", "key": "1", "token": "nobody", "user": "nobody", "team": "shop", "role": "auditor", "request": "nobody", "delivery": "nothing", "rule": "nothing", "person": "nobody", "name": "Former",
		"sha": shown.Text("_links", "pb:pact-version", "name"), "otherSha": shown.Text("_links", "pb:pact-version", "name"),
	}
}

func TestWrites_refuseBodiesOfOtherTypes(t *testing.T) {
	b := testbroker.New(t)
	things := thingsOf(b)
	for _, route := range append((&api.API{}).Routes(), (&v1.API{}).Routes()...) {
		if len(route.Accepts) == 0 {
			continue
		}
		address := parameter.ReplaceAllStringFunc(route.Path, func(name string) string {
			require.Contains(t, things, name[1:], route.Path)
			return things[name[1:]]
		})
		for _, media := range []string{"text/plain", ""} {
			answer := b.Do(route.Method, address, "{}", testbroker.ContentType(media))
			refused := answer.Status == http.StatusUnsupportedMediaType
			missing := answer.Status == http.StatusNotFound && strings.Contains(route.Path, ":uuid")
			require.True(t, refused || missing, "%s %s with %q answered %d", route.Method, address, media, answer.Status)
		}
	}
}
