package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// oddTexts are what nobody writes into a field who means well, or who is a cat.
var oddTexts = map[string]string{
	"nothing": "", "blank": " \t ", "a NUL": "a\x00b", "no UTF-8": "a\xffb", "half a letter": "\xc3", "a control": "a\x1bb", "lines": "a\nb\r\nc", "markup": `"><script>alert(1)</script>`, "a template": "{{.}}${x}",
	"a pattern": `%_\*?[a-z]`, "quotes": `'"` + "`", "from right to left": "\u202eabc\u202c עולם", "a letter that grows": "İȺ", "beyond the plane": "\U0001F600\U0010FFFF",
	"long": strings.Repeat("x", 20_000), "many letters of four bytes": strings.Repeat("😀", 3_000), "a number": "7", "zero": "0", "below zero": "-1", "beyond 64 bits": "92233720368547758070", "the last of 64 bits": "9223372036854775807", "a fraction": "1e3",
	"a day": "2026-02-29", "far away": "9999-12-31", "the year 0": "0000-01-01", "a path": "../../etc/passwd", "an address": "https://evil.example/", "a script": "javascript:alert(1)",
}

// queried are pages with all that their addresses may say.
func queried(hub, contract string) map[string][]string {
	return map[string][]string{
		"/": {"name", "search", "q", "status", "label", "environment", "team", "sort", "page", "size", "pageSize"}, "/activity": {"kind", "name", "team", "since", "before"},
		"/audit": {"actor", "application", "client", "outcome", "from", "to", "before", "team"}, "/tokens": {"name", "role", "status", "team", "page", "size"}, "/people": {"name", "status", "team", "page"},
		"/teams": {"name", "page"}, "/roles": {"page"}, "/trust-rules": {"page", "name"}, "/webhooks": {"after", "team"}, "/webhooks/" + hub: {"status", "event", "application", "since", "before", "team"},
		"/webhooks/" + hub + "/replay": {"status", "event", "application", "since", "team"}, "/search": {"q", "team"}, "/network": {"around", "name", "label", "environment", "team", "from", "to", "view", "page"},
		"/network/download": {"as", "around", "name", "team"}, "/environments": {"name", "label", "team", "show", "page"}, "/can-i-deploy": {"pacticipant", "version", "environment", "page", "to"},
		"/matrix": {"consumer", "provider", "q[][pacticipant]", "q[][version]", "latestby", "limit", "success", "environment", "team", "page"}, "/compare": {"provider", "version", "consumer", "pact"},
		"/affected": {"provider", "name"}, "/pacticipants/Hub": {"branch", "page"}, "/pacticipants/Hub/merge": {"into"}, contract: {"page", "show", "view", "q", "from", "interaction", "result"}, strings.TrimSuffix(contract, "/1") + "s": {"page", "from", "to"}, "/sign-in": {"back"}, "/browse": {"url", "path"},
		"/hal-browser/browser.html": {""}, "/contracts/provider/Hub/changes": {"from", "to"}, "/secrets": {"page"}, "/pacticipants/Hub/versions/1": {"as", "page"},
	}
}

// hub is a broker in which Hub needs something and is needed, is told of and deployed.
func hub(b *testbroker.Broker) (webhook, contract string) {
	b.Environment("prod")
	b.Pact("App", "1").Branch("main").With("Hub")
	b.Pact("Hub", "1").Branch("main").With("Store")
	b.Deploy("Hub", "1", "prod")
	b.Put("/pacticipants/Hub/labels/core", nil).OK()
	b.Put("/api/v1/teams/Core", testbroker.Object{"applications": []string{"Hub"}}).OK(http.StatusCreated)
	webhook = b.Post("/api/v1/webhooks", testbroker.Object{"events": []string{"contract_published"}, "request": testbroker.Object{"method": "POST", "url": "https://ci.example.org/build"}}).OK(http.StatusCreated).Text("id")
	b.Pact("App", "2").Branch("main").With("Hub")
	return webhook, "/pacts/provider/Hub/consumer/App/version/1"
}

// unharmed says what is wrong with an answer to something odd: it is a failure of the
// broker, leads away from it, or has become part of the page.
func unharmed(answer testbroker.Response) string {
	kind := answer.Header.Get("Content-Type")
	led := answer.Header.Get("Location")
	switch {
	case answer.Status >= http.StatusInternalServerError:
		return "is a failure of the broker"
	case strings.Contains(led, "evil.example") && !strings.HasPrefix(led, "/") && !strings.HasPrefix(led, "http://broker.test/"):
		return "leads away to " + led
	case strings.ContainsAny(led, "\r\n\x00"):
		return "leads to something broken"
	case !utf8.Valid(answer.Body):
		return "is no text"
	case !strings.HasPrefix(kind, "text/html"):
		return ""
	}
	node, err := html.Parse(bytes.NewReader(answer.Body))
	if err != nil {
		return err.Error()
	}
	page := element{node}
	for _, script := range page.all("script") {
		if script.is("src") == "" {
			return "has a script of somebody else"
		}
	}
	for _, tag := range []struct{ name, attribute string }{{"a", "href"}, {"form", "action"}, {"use", "href"}} {
		for _, e := range page.all(tag.name) {
			if led := strings.ToLower(strings.TrimSpace(e.is(tag.attribute))); strings.HasPrefix(led, "javascript:") || strings.HasPrefix(led, "//") || strings.HasPrefix(led, "https://evil") {
				return "leads to " + led
			}
		}
	}
	return ""
}

// Whatever an address says, the answer is a page or says what is wrong with it.
func TestPages_takeOddQueriesWithoutFailing(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for page, names := range queried(hub(b)) {
			for _, name := range names {
				for what, text := range oddTexts {
					address := page + "?" + url.QueryEscape(name) + "=" + url.QueryEscape(text)
					answer := b.Visit(address)
					assert.Empty(t, unharmed(answer), "%s with %s as %q: %d %.300s", page, what, name, answer.Status, answer.Body)
				}
			}
		}
	})
}

// The parameters of paths are as free as those of queries.
func TestPages_takeOddPathsWithoutFailing(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		webhook, _ := hub(b)
		for _, pattern := range []string{
			"/pacticipants/%s", "/pacticipants/%s/edit", "/pacticipants/%s/rename", "/pacticipants/%s/delete", "/pacticipants/Hub/versions/%s", "/pacticipants/Hub/versions/%s/delete", "/pacticipants/Hub/branches/%s/close",
			"/environments/%s", "/pacts/provider/%s/consumer/App/latest", "/pacts/provider/Hub/consumer/App/version/%s", "/pacts/provider/Hub/consumer/App/latest/%s", "/pacts/provider/Hub/consumer/App/branch/%s/latest", "/pacts/provider/Hub/consumer/App/pact-version/%s",
			"/contracts/provider/Hub/version/%s", "/contracts/provider/%s/changes", "/pacticipants/Hub/branches/%s/latest-version/can-i-deploy/to-environment/prod", "/pacticipants/Hub/branches/main/latest-version/can-i-deploy/to-environment/%s",
			"/pacticipants/Hub/latest-version/%s/can-i-deploy/to/prod", "/matrix/provider/%s/consumer/App", "/tokens/%s", "/people/%s", "/teams/%s", "/roles/%s", "/trust-rules/%s", "/webhooks/%s", "/webhooks/%s/edit", "/webhooks/" + webhook + "/deliveries/%s",
			"/secrets/%s", "/doc/%s", "/problems/%s", "/docs/x%s", "/groups/%s", "/static/%s/accord.css",
		} {
			for what, text := range oddTexts {
				address := fmt.Sprintf(pattern, url.PathEscape(text))
				answer := b.Visit(address)
				assert.Empty(t, unharmed(answer), "%s with %s: %d %.300s", pattern, what, answer.Status, answer.Body)
			}
		}
	})
}

// Whatever a form sends, in whichever of its fields, the broker takes it, or says what
// is wrong and changes nothing.
func TestForms_takeOddFieldsWithoutFailing(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		webhook, _ := hub(b)
		person := b.Post("/api/v1/users", testbroker.Object{"name": "jo", "password": password}).OK(http.StatusCreated).Text("id")
		rule := url.Values{"name": {"Main"}, "issuer": {"https://ci.example.org"}, "audience": {"accord"}, "role": {"developer"}, "applications": {"Hub"}, "claims": {"repository=shop/web"}}
		for form, sent := range map[string]url.Values{
			"/tokens": {"name": {"build"}, "owner": {"shop"}, "role": {"developer"}, "applications": {"Hub"}, "labels": {""}, "teams": {""}, "expires": {"90"}}, "/people": {"name": {"al"}, "role": {""}, "applications": {""}, "labels": {""}, "teams": {""}},
			"/people/" + person: {"role": {"viewer"}, "applications": {""}, "labels": {""}, "teams": {""}}, "/teams": {"name": {"Fresh"}, "contact": {""}, "role": {""}, "applications": {""}, "labels": {""}, "groups": {""}, "people": {""}},
			"/teams/Core": {"contact": {"#core"}, "role": {"developer"}, "applications": {"Hub"}, "labels": {""}, "groups": {""}, "people": {"jo"}}, "/roles": {"name": {"keeper"}, "description": {""}, "actions": {"read"}},
			"/trust-rules": rule, "/trust-rules/try": {"token": {"x.y.z"}}, "/secrets": {"name": {"OTHER"}, "value": {"x"}, "hosts": {""}, "description": {""}},
			"/webhooks/new":                       {"name": {"n"}, "consumer": {""}, "provider": {""}, "events": {"contract_published"}, "method": {"POST"}, "url": {"https://ci.example.org"}, "headers": {"a: b"}, "body": {"{}"}, "username": {""}, "password": {""}, "branches": {""}, "then": {"check"}},
			"/pacticipants/Hub/edit":              {"display_name": {"Hub"}, "main_branch": {"main"}, "labels": {"core"}, "repository_url": {""}},
			"/pacticipants/Hub/rename":            {"name": {"Hub"}},
			"/pacticipants/Store/merge":           {"into": {"Hub"}},
			"/pacticipants/Hub/delete":            {"name": {"not Hub"}},
			"/compare":                            {"pact": {"{}"}, "document": {"openapi: 3.0.0"}, "provider": {"Hub"}, "consumer": {"App"}},
			"/webhooks/" + webhook + "/replay":    {"x": {"y"}},
			"/contracts/provider/Hub/changes":     {"document": {"openapi: 3.0.0"}, "from": {"1"}},
			"/appearance":                         {"appearance": {"dark"}, "back": {"/"}},
			"/pacticipants/Hub/branches/no/close": {"x": {"y"}},
		} {
			for name := range sent {
				for what, text := range oddTexts {
					fields := url.Values{}
					for other, values := range sent {
						fields[other] = values
					}
					fields[name] = []string{text}
					answer := b.Submit(form, fields)
					assert.Empty(t, unharmed(answer), "%s with %s as %s: %d %.300s", form, what, name, answer.Status, answer.Body)
				}
			}
		}
		for _, page := range []string{"/", "/tokens", "/people", "/teams", "/roles", "/trust-rules", "/webhooks", "/secrets", "/audit", "/activity", "/pacticipants/Hub", "/network", "/network?view=picture", "/search?q=a"} {
			answer := b.Visit(page)
			require.Equal(t, http.StatusOK, answer.Status, "%s goes on: %s", page, answer.Body)
			require.Empty(t, unharmed(answer), page)
		}
	})
}
