package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// Whoever sends a form in which something is wrong gets it back with what is wrong, by
// the name that the field has on the page, and with all that was written in it; nothing
// is changed.
func TestForms_comeBackWithWhatWasWritten(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Web", "1").Branch("main").With("Api")
	b.Put("/api/v1/teams/Core", testbroker.Object{"applications": []string{"Api"}, "contact": "#core"}).OK()
	b.Put("/api/v1/roles/keeper", testbroker.Object{"actions": []string{"read"}}).OK()
	jo := "/people/" + b.Post("/api/v1/users", testbroker.Object{"name": "jo", "password": password}).OK(http.StatusCreated).Text("id")
	const hook = "/webhooks/hook-of-the-api-1"
	b.Put("/api/v1"+hook, testbroker.Object{"events": []string{"contract_published"}, "request": testbroker.Object{"method": "POST", "url": "https://ci.example.org/"}}).OK()
	long := strings.Repeat("x", 5_000)
	before := b.Get("/api/v1/audit?outcome=done").OK(http.StatusOK).Text("items", 0, "id")
	for name, c := range map[string]struct {
		form string
		sent url.Values
		said string
		// not are fields that do not come back.
		not []string
	}{
		"a token without a name":              {"/tokens", url.Values{"name": {""}, "owner": {"o<>"}, "role": {"viewer"}, "applications": {"Api\nWeb"}, "labels": {"l"}, "teams": {"Core"}, "expires": {"30"}}, "The name", nil},
		"a token for a team that is none":     {"/tokens", url.Values{"name": {"n"}, "owner": {"o"}, "role": {"viewer"}, "applications": {""}, "labels": {""}, "teams": {"Nobody"}, "expires": {"365"}}, "Teams must be teams that are there", nil},
		"somebody with a space":               {"/people", url.Values{"name": {"a b"}, "role": {"viewer"}, "applications": {"Api"}, "labels": {""}, "teams": {""}}, "without spaces", nil},
		"somebody with an unknown role":       {jo, url.Values{"role": {"emperor"}, "applications": {"Api"}, "labels": {"l"}, "teams": {""}}, "The role must be", []string{"role"}},
		"a team without a name":               {"/teams", url.Values{"name": {" "}, "contact": {"c & d"}, "role": {"viewer"}, "applications": {"Api"}, "labels": {"l"}, "groups": {"g"}, "people": {"jo"}}, "The name", []string{"name"}},
		"a team with strangers":               {"/teams/Core", url.Values{"contact": {"c"}, "role": {"viewer"}, "applications": {"Api"}, "labels": {""}, "groups": {""}, "people": {"nobody"}}, "nobody", nil},
		"a role that is no word":              {"/roles", url.Values{"name": {"Big One"}, "description": {"d"}, "action": {"read", "record"}}, "The role must be a name", nil},
		"a role that allows nothing":          {"/roles/keeper", url.Values{"description": {"d<b>"}}, "What it allows must hold some of", nil},
		"a rule without a claim":              {"/trust-rules", url.Values{"name": {"n"}, "issuer": {"https://ci.example.org"}, "audience": {"a"}, "role": {"viewer"}, "applications": {"Api"}, "labels": {""}, "teams": {""}, "claims": {""}}, "The claims", nil},
		"a rule with an odd issuer":           {"/trust-rules", url.Values{"name": {"n"}, "issuer": {"ftp://x"}, "audience": {"a"}, "role": {"viewer"}, "applications": {"Api"}, "labels": {""}, "teams": {""}, "claims": {"sub = a"}}, "The issuer", nil},
		"a secret with an odd name":           {"/secrets", url.Values{"name": {"a b"}, "value": {"hush"}, "hosts": {"ci.example.org"}, "description": {"d"}}, "The name", []string{"value"}},
		"a webhook without an address":        {"/webhooks/new", url.Values{"name": {"n"}, "consumer": {"Web"}, "provider": {"Api"}, "event": {"contract_published", "verdict_changed"}, "method": {"PUT"}, "url": {""}, "headers": {"X: y"}, "body": {`{"a": 1}`}, "username": {"u"}, "on": {"yes"}, "format": {"template"}, "branches": {"main\nfeat/*"}}, "The address", nil},
		"a webhook for somebody unknown":      {hook + "/edit", url.Values{"name": {"n"}, "consumer": {"Nobody"}, "event": {"contract_published"}, "method": {"POST"}, "url": {"https://ci.example.org/x"}, "body": {"text"}, "format": {"template"}}, "The consumer", nil},
		"a webhook with an unknown parameter": {hook + "/edit", url.Values{"name": {"n"}, "event": {"contract_published"}, "method": {"POST"}, "url": {"https://ci.example.org/x"}, "body": {"${pactbroker.nothing}"}, "format": {"template"}}, "The body", nil},
		"a webhook without events":            {hook + "/edit", url.Values{"name": {"n"}, "method": {"POST"}, "url": {"https://ci.example.org/x"}, "format": {"template"}}, "When", nil},
		"an application with a long name":     {"/pacticipants/Api/edit", url.Values{"displayName": {long}, "mainBranch": {"trunk"}, "labels": {"l\nm"}, "repositoryUrl": {"https://git.example.org/x"}, "repositoryName": {"x"}, "external": {"yes"}, "reason": {"r"}}, "Nothing was changed", nil},
		"an application at no address":        {"/pacticipants/Api/edit", url.Values{"displayName": {"d"}, "mainBranch": {"m"}, "labels": {"l"}, "repositoryUrl": {"javascript:alert(1)"}}, "Nothing was changed", nil},
		"a name that others have":             {"/pacticipants/Api/rename", url.Values{"name": {"Web"}}, "Web", nil},
	} {
		answer := b.Submit(c.form, c.sent)
		if !assert.Contains(t, []int{http.StatusUnprocessableEntity, http.StatusBadRequest, http.StatusConflict}, answer.Status, "%s: %.200s", name, answer.Body) {
			continue
		}
		page := pageOf(t, answer)
		forms := page.all("form", "action", c.form)
		if !assert.NotEmpty(t, forms, "%s: the form is not there: %s", name, page.one(t, "main").text()) {
			continue
		}
		assert.Contains(t, page.text(), c.said, name)
		assert.NotEmpty(t, append(page.all("div", "role", "alert"), page.all("ul", "role", "alert")...), "%s: nobody hears that something is wrong", name)
		again := map[string][]string{}
		for _, form := range forms {
			maps.Copy(again, form.form())
		}
		for field, written := range c.sent {
			if slices.Contains(c.not, field) {
				continue
			}
			found := again[field]
			if len(written) == 1 && written[0] == "" && len(found) == 0 {
				continue // nothing is chosen
			}
			assert.ElementsMatch(t, written, found, "%s: what was written into %s is gone", name, field)
		}
		assert.NotContains(t, string(answer.Body), "hush", name)
	}
	last := b.Get("/api/v1/audit?outcome=done").OK(http.StatusOK)
	require.Equal(t, before, last.Text("items", 0, "id"), "nothing was changed: %v", last.Find("items", 0))
}

// Every page answers HEAD with what GET has around its text, and a browser that has a
// page already does not get it again.
func TestPages_areReadOnceWhereNothingChanges(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	b := testbroker.New(t, testbroker.At(func() time.Time { return now }))
	hook, contract := hub(b)
	browse := func(method, address string, changes ...testbroker.Change) testbroker.Response {
		changes = append([]testbroker.Change{func(r *http.Request) { r.Method = method }}, changes...)
		return b.Visit(address, changes...)
	}
	for address := range queried(hook, contract) {
		whole := browse(http.MethodGet, address)
		head := browse(http.MethodHead, address)
		assert.Equal(t, whole.Status, head.Status, address)
		assert.Empty(t, head.Body, address)
		for _, name := range []string{"Content-Type", "Content-Security-Policy", "ETag", "Location", "Cache-Control", "Content-Disposition"} {
			assert.Equal(t, whole.Header.Get(name), head.Header.Get(name), "%s of %s", name, address)
		}
		if whole.Status != http.StatusOK {
			continue
		}
		tag := whole.Header.Get("ETag")
		if !assert.NotEmpty(t, tag, address) {
			continue
		}
		again := browse(http.MethodGet, address, testbroker.Header("If-None-Match", tag))
		assert.Equal(t, http.StatusNotModified, again.Status, "%s is another page each time", address)
		assert.Empty(t, again.Body, address)
		assert.Equal(t, http.StatusOK, browse(http.MethodGet, address, testbroker.Header("If-None-Match", `"other"`)).Status, address)
		dark := browse(http.MethodGet, address, testbroker.Header("If-None-Match", tag), testbroker.Header("Cookie", "accord-theme=dark"))
		if strings.HasPrefix(whole.Header.Get("Content-Type"), "text/html") {
			assert.Equal(t, http.StatusOK, dark.Status, "%s is not what somebody has who sees it dark", address)
		}
	}
	before := browse(http.MethodGet, "/").Header.Get("ETag")
	now = now.AddDate(0, 0, 3)
	require.Equal(t, http.StatusOK, browse(http.MethodGet, "/", testbroker.Header("If-None-Match", before)).Status, "three days later other times stand there")
}
