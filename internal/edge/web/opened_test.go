package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	broker "github.com/accord-broker/accord"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/web"
	"github.com/accord-broker/accord/internal/support/openapi"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// browsers are what those of the last years accept when an address is opened, and what one
// sends that takes nothing but HTML.
var browsers = map[string]string{
	"Chrome":    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
	"Firefox":   "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
	"only HTML": "text/html",
	"weighted":  "application/xhtml+xml, text/html;q=0.9",
}

// addressesOf are all that can be opened: of the pages and of both APIs, with what is there
// for their parameters and with what is not.
func addressesOf(t *testing.T, there map[string]string) (all []string) {
	pages, err := web.New(web.Services{})
	require.NoError(t, err)
	var paths []string
	for _, route := range pages.Routes() {
		if route.Method == http.MethodGet {
			paths = append(paths, route.Path)
		}
	}
	document, err := openapi.Read(broker.OpenAPI)
	require.NoError(t, err)
	for path, item := range document.Find("/paths").(map[string]any) {
		if _, readable := item.(map[string]any)["get"]; readable {
			paths = append(paths, strings.NewReplacer("{", ":", "}", "").Replace(path))
		}
	}
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		for _, known := range []bool{true, false} {
			segments := strings.Split(path, "/")
			for i, segment := range segments {
				if name, is := strings.CutPrefix(segment, ":"); is {
					segments[i] = "nothing"
					if value, has := there[name]; known && has {
						segments[i] = value
					}
				}
			}
			all = append(all, strings.Join(segments, "/"))
		}
	}
	return slices.Compact(all)
}

// Whatever address a person opens, there is a page, or a picture or a file that is one by
// its name: never JSON, and no status without a word.
func TestAddresses_openAsPagesInEveryBrowser(t *testing.T) {
	b := testbroker.New(t)
	hook, _ := hub(b)
	b.Pact("App", "3").With("Hub").VerifiedBy("1")
	there := map[string]string{
		"pacticipant": "Hub", "application": "Hub", "provider": "Hub", "consumer": "App", "number": "1", "version": "1", "branch": "main", "uuid": hook, "webhook": hook, "environment": b.Environment("prod"),
		"tag": "main", "label": "core", "rel": "pacticipant", "problem": "not-found", "operation": "listPacticipants", "team": "Core", "role": "viewer",
	}
	status := map[int]int{}
	for _, address := range addressesOf(t, there) {
		if address == "/api/v1/events/stream" {
			continue // it goes on
		}
		for browser, accepted := range browsers {
			what := fmt.Sprintf("%s in %s", address, browser)
			answer := b.Visit(address, testbroker.Accept(accepted), testbroker.Header("User-Agent", "Mozilla/5.0"))
			status[answer.Status]++
			kind, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
			switch {
			case answer.Status >= http.StatusInternalServerError:
				assert.Fail(t, "a failure of the broker", what)
			case answer.Status >= http.StatusMultipleChoices && answer.Status < http.StatusBadRequest:
				assert.NotEmpty(t, answer.Header.Get("Location"), what)
			case kind == edge.HTMLText:
				assert.Len(t, pageOf(t, answer).all("h1"), 1, what)
			case answer.Status == http.StatusOK && (kind == edge.SVG || kind == edge.YAML || answer.Header.Get("Content-Disposition") != ""):
			default:
				assert.Fail(t, "neither a page nor a file", "%s: %d %s %.200s", what, answer.Status, kind, answer.Body)
			}
		}
	}
	require.Greater(t, status[http.StatusOK], 400, "%v", status)
}
