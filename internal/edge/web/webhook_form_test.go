package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// filled is the form at an address with some fields changed; an empty value takes
// a field out.
func filled(t *testing.T, page element, action string, fields ...string) url.Values {
	t.Helper()
	sent := url.Values(page.one(t, "form", "action", action).form())
	for i := 0; i+1 < len(fields); i += 2 {
		sent.Del(fields[i])
		if fields[i+1] != "" {
			sent[fields[i]] = strings.Split(fields[i+1], "|")
		}
	}
	return sent
}

func TestWebhookForm_makesAWebhook(t *testing.T) {
	b, to := testbroker.New(t, testbroker.With(testbroker.CallingHere)), testbroker.NewReceiver(t)
	b.Pact("Shop", "1").With("Stock")
	page := visited(t, b, "/webhooks/new?consumer=Shop")
	require.Equal(t, "Shop", page.one(t, "input", "id", "co").is("value"))
	require.True(t, page.has("p", "Meets 1 integration now"))
	require.False(t, page.has("li", "must"), "nothing was written yet")

	sent := filled(t, page, "/webhooks/new", "name", "Build <b>stock</b>", "url", to.URL+"/build", "event", "contract_published|version_created",
		"branches", "main\n release/* |", "headers", "Content-Type: application/json\nAuthorization: Bearer hush-hush", "body", `{"of": "${pactbroker.consumerName}"}`, "username", "ci", "password", "open sesame")
	sent["branches"] = []string{"main\n release/* \n"}
	answer := b.Submit("/webhooks/new", sent).OK(http.StatusOK)
	require.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
	made := pageOf(t, answer)
	require.Contains(t, made.one(t, "section", "aria-labelledby", "fr").text(), "whsec_", "the signing key is shown once")
	require.Equal(t, "Build <b>stock</b>", made.one(t, "h1").text())

	list := b.Get("/api/v1/webhooks").OK()
	kept := list.Find("items", 0).(testbroker.Object)
	require.Equal(t, []any{"contract_published", "version_created"}, kept["events"])
	require.Equal(t, []any{"main", "release/*"}, kept["filter"].(testbroker.Object)["branches"])
	require.Equal(t, "Shop", kept["consumer"].(testbroker.Object)["name"])
	require.Nil(t, kept["provider"])
	request := kept["request"].(testbroker.Object)
	require.Equal(t, testbroker.Object{"of": "${pactbroker.consumerName}"}, request["body"])
	require.Equal(t, testbroker.Object{"content-type": "application/json", "authorization": "**********"}, request["headers"])
	address := "/webhooks/" + kept["id"].(string)
	require.NotContains(t, visited(t, b, address).text(), "whsec_", "and never again")
}

func TestWebhookForm_saysWhatIsWrongWithWhichField(t *testing.T) {
	b := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	b.Pact("Shop", "1").With("Stock")
	page := visited(t, b, "/webhooks/new")
	for name, c := range map[string]struct {
		fields []string
		said   string
	}{
		"no address":          {[]string{"url", ""}, "The address must be filled."},
		"forbidden host":      {[]string{"url", "https://elsewhere.example/x"}, "The address "},
		"unknown consumer":    {[]string{"consumer", "Nobody"}, "The consumer is not the name of a known application."},
		"name and label":      {[]string{"provider", "Stock", "provider_label", "core"}, "The label of the provider cannot be given together with a name."},
		"no event":            {[]string{"event", ""}, "When must name at least one event."},
		"unknown event":       {[]string{"event", "rapture"}, `When "rapture" is none of the events`},
		"header without name": {[]string{"headers", "just a text"}, "The headers must have a colon behind each name"},
		"header twice":        {[]string{"headers", "X-A: 1\nx-a: 2"}, "The headers must name each header once, and x-a stands twice."},
		"unknown parameter":   {[]string{"body", `{"a": "${pactbroker.moon}"}`}, "The body ${pactbroker.moon} is not known"},
		"unknown secret":      {[]string{"headers", "X-A: ${secret.NOBODY}"}, "The headers ${secret.NOBODY} is no secret that this webhook may fill in"},
		"method not allowed":  {[]string{"method", "DELETE"}, "The method "},
		"control character":   {[]string{"name", "a\x01b"}, "The name must not contain control characters."},
		"too long":            {[]string{"body", strings.Repeat("x", 300<<10)}, "The body must not be longer than"},
	} {
		sent := filled(t, page, "/webhooks/new", append([]string{"url", "http://127.0.0.1/x"}, c.fields...)...)
		for _, then := range []string{"", "check"} {
			sent.Set("then", then)
			status := map[string]int{"": http.StatusUnprocessableEntity, "check": http.StatusOK}[then]
			answer := pageOf(t, b.Submit("/webhooks/new", sent).OK(status))
			require.Contains(t, answer.one(t, "div", "role", "alert").text(), c.said, name)
			again := url.Values(answer.one(t, "form", "action", "/webhooks/new").form())
			for i := 0; i < len(c.fields); i += 2 {
				if field := c.fields[i]; field != "event" {
					require.Equal(t, sent.Get(field), again.Get(field), "%s: what was written stands there again", name)
				}
			}
		}
	}
	require.Empty(t, b.Get("/api/v1/webhooks").OK().Find("items"), "nothing was kept")
	require.False(t, visited(t, b, "/webhooks/new").has("span", "All parameters exist"), "nothing is praised before something is written")
	good := filled(t, page, "/webhooks/new", "url", "http://127.0.0.1/x", "body", `{"a": 1}`)
	good.Set("then", "check")
	answer := pageOf(t, b.Submit("/webhooks/new", good).OK(http.StatusOK))
	require.Empty(t, answer.all("div", "role", "alert"))
	require.Subset(t, texts(answer.one(t, "div", "data-part", "checks").all("li")), []string{"The address may be called", "All parameters exist", "The body is JSON"})
	require.Contains(t, answer.one(t, "div", "data-part", "filled").text(), `POST http://127.0.0.1/x`)
	require.Empty(t, b.Get("/api/v1/webhooks").OK().Find("items"), "checking keeps nothing")
}

func TestWebhookForm_keepsWhatIsNotShown(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := testbroker.NewReceiver(t)
		w := testbroker.Object{"description": "Tell", "events": []string{"version_created"}, "filter": testbroker.Object{"tags": []string{"dev"}, "environments": []string{"prod*"}},
			"request": testbroker.Object{"method": "POST", "url": to.URL + "/x?token=hidden-token", "body": "just a text", "username": "ci", "password": "open sesame", "headers": testbroker.Object{"X-Api-Key": "hidden-key"}}}
		id := b.Post("/api/v1/webhooks", w).OK(http.StatusCreated).Text("id")
		at := "/webhooks/" + id
		answer := b.Visit(at + "/edit").OK(http.StatusOK)
		for _, secret := range []string{"hidden-token", "hidden-key", "open sesame"} {
			require.NotContains(t, string(answer.Body), secret)
		}
		page := pageOf(t, answer)
		require.Equal(t, "just a text", page.one(t, "textarea", "id", "b").text())
		require.Equal(t, "dev", page.one(t, "textarea", "name", "tags").text())
		sent := filled(t, page, at+"/edit", "name", "Tell everybody")
		require.Equal(t, at, b.Submit(at+"/edit", sent).OK(http.StatusSeeOther).Header.Get("Location"))
		shown := b.Get("/api/v1/webhooks/" + id).OK()
		require.Equal(t, "Tell everybody", shown.Text("description"))
		require.Equal(t, "just a text", shown.Text("request", "body"))
		require.Equal(t, []any{"prod*"}, shown.Find("filter", "environments"))

		tested := pageOf(t, b.Submit(at+"/edit", filled(t, visited(t, b, at+"/edit"), at+"/edit", "then", "test")).OK(http.StatusOK))
		require.True(t, tested.has("h2", "Test run"))
		got := to.Next(t)
		require.Equal(t, "/x?token=hidden-token", got.Path)
		require.Equal(t, "hidden-key", got.Get("X-Api-Key"))
		require.Equal(t, "just a text", got.Body)
		require.NotEmpty(t, got.Get("Authorization"))

		moved := filled(t, visited(t, b, at+"/edit"), at+"/edit", "url", strings.Replace(to.URL, "127.0.0.1", "localhost", 1)+"/x?token=**********")
		refused := pageOf(t, b.Submit(at+"/edit", moved).OK(http.StatusUnprocessableEntity))
		require.Contains(t, refused.one(t, "div", "role", "alert").text(), "must be given again")
		without := filled(t, visited(t, b, at+"/edit"), at+"/edit", "no_password", "yes", "username", "")
		b.Submit(at+"/edit", without).OK(http.StatusSeeOther)
		require.Nil(t, b.Get("/api/v1/webhooks/"+id).OK().Find("request", "password"))
	}, testbroker.With(testbroker.CallingHere), testbroker.With(alsoLocalhost))
}

func TestWebhookForm_sendsTheEventItself(t *testing.T) {
	b := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	sent := filled(t, visited(t, b, "/webhooks/new"), "/webhooks/new", "url", "http://127.0.0.1/x", "format", "cloudevents", "event", "deployment_recorded", "body", "not sent")
	sent.Set("then", "check")
	require.Contains(t, pageOf(t, b.Submit("/webhooks/new", sent).OK()).one(t, "div", "data-part", "filled").text(), `"type": "accord.deployment_recorded"`)
	sent.Del("then")
	b.Submit("/webhooks/new", sent).OK(http.StatusOK)
	kept := b.Get("/api/v1/webhooks").OK()
	require.Equal(t, "cloudevents", kept.Text("items", 0, "format"))
	require.Nil(t, kept.Find("items", 0, "request", "body"))
}

func TestWebhookPage_rotatesKeysAndDeletes(t *testing.T) {
	b := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	id := b.Post("/api/v1/webhooks", testbroker.Object{"events": []string{"version_created"}, "request": testbroker.Object{"method": "POST", "url": "http://127.0.0.1/x"}}).OK().Text("id")
	at := "/webhooks/" + id
	added := pageOf(t, b.Submit(at+"/signing-keys", nil).OK(http.StatusOK))
	require.Contains(t, added.one(t, "section", "aria-labelledby", "fr").text(), "whsec_")
	forms := added.one(t, "section", "aria-labelledby", "sk").all("form")
	require.Len(t, forms, 3, "two keys and the one for another")
	b.Submit(forms[0].is("action"), nil).OK(http.StatusSeeOther)
	require.Len(t, visited(t, b, at).one(t, "section", "aria-labelledby", "sk").all("li"), 1)
	b.Submit(forms[0].is("action"), nil).OK(http.StatusNotFound)

	asked := visited(t, b, at+"/delete")
	require.True(t, asked.has("button", "Delete webhook"))
	require.Equal(t, at, asked.with(t, "a", "Keep it").is("href"))
	b.Submit(at+"/delete", nil, testbroker.Header("Origin", "https://elsewhere.example")).OK(http.StatusForbidden)
	require.Equal(t, "/webhooks", b.Submit(at+"/delete", nil).OK(http.StatusSeeOther).Header.Get("Location"))
	b.Visit(at).OK(http.StatusNotFound)
	b.Visit(at + "/delete").OK(http.StatusNotFound)
	b.Submit(at+"/edit", nil).OK(http.StatusNotFound)
}

func TestDeliveries_areFilteredAndSentAgain(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := testbroker.NewReceiver(t)
		b.Work()
		id := b.Post("/api/v1/webhooks", testbroker.Object{"description": "Tell", "events": []string{"version_created", "contract_published"},
			"request": testbroker.Object{"method": "POST", "url": to.URL + "/fail"}}).OK().Text("id")
		at := "/webhooks/" + id
		b.Version("Shop", "1")
		b.Version("Stock", "1")
		b.Pact("Shop", "2").With("Stock")
		finished := func(query string, rows int) func() bool {
			return func() bool {
				page := visited(t, b, at+query)
				return len(page.all("tbody")) == 1 && len(page.one(t, "tbody").all("tr")) == rows
			}
		}
		require.Eventually(t, finished("?status=given-up", 4), 20*time.Second, 20*time.Millisecond)
		for query, rows := range map[string]int{
			"?event=version_created": 3, "?event=contract_published": 1, "?application=Stock": 2, "?application=Shop&event=version_created": 2, "?since=2020-01-01": 4,
		} {
			require.Len(t, visited(t, b, at+query).one(t, "tbody").all("tr"), rows, query)
		}
		for _, query := range []string{"?status=delivered", "?application=Nobody", "?since=2999-01-01", "?event=deployment_recorded"} {
			require.True(t, visited(t, b, at+query).has("h3", "No such delivery"), query)
		}
		for _, query := range []string{"?since=yesterday", "?event=rapture", "?before=x", "?before=0"} {
			b.Visit(at + query).OK(http.StatusBadRequest)
			b.Visit(at + "/replay" + query).OK(http.StatusBadRequest)
		}
		again := visited(t, b, at+"?application=Stock&event=version_created").with(t, "a", "Send these again").is("href")
		asked := visited(t, b, again)
		require.Equal(t, "Send 1 delivery again?", asked.one(t, "h1").text())
		require.Contains(t, asked.one(t, "p", "class", "lead").text(), "of the event “A version was made” , about Stock")
		for len(to.Got) > 0 {
			<-to.Got
		}
		require.Equal(t, at, b.Submit(asked.one(t, "form", "method", "post", "class", "acts").is("action"), nil).OK(http.StatusSeeOther).Header.Get("Location"))
		require.Contains(t, to.Next(t).Body, `"subject":"Stock"`)
		require.False(t, visited(t, b, at+"/replay?application=Nobody").has("button", "again"))
	}, testbroker.With(testbroker.CallingHere))
}

func TestSecrets_arePutInAndNeverShown(t *testing.T) {
	b := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	require.True(t, visited(t, b, "/secrets").has("h2", "No secret yet"))
	sent := url.Values{"name": {"CI_TOKEN"}, "value": {"open sesame"}, "hosts": {"ci.example.org\n*.example.org"}, "description": {"of the <i>CI</i>"}}
	require.Equal(t, "/secrets", b.Submit("/secrets", sent).OK(http.StatusSeeOther).Header.Get("Location"))
	answer := b.Visit("/secrets").OK(http.StatusOK)
	require.NotContains(t, string(answer.Body), "open sesame")
	row := pageOf(t, answer).one(t, "tbody").one(t, "tr").text()
	require.Contains(t, row, "CI_TOKEN of the <i>CI</i> ci.example.org , *.example.org")

	for name, c := range map[string]struct{ field, value, said string }{
		"no name":         {"name", "a b", "The name must consist of"},
		"short value":     {"value", "abc", "The value must have at least 4 characters"},
		"host as address": {"hosts", "https://ci.example.org", "The hosts must be names"},
		"invisible":       {"description", "a\u200bb", "invisible character"},
	} {
		wrong := url.Values{"name": {"OTHER"}, "value": {"open sesame"}, "hosts": {"ci.example.org"}}
		wrong.Set(c.field, c.value)
		refused := b.Submit("/secrets", wrong).OK(http.StatusUnprocessableEntity)
		require.Contains(t, pageOf(t, refused).one(t, "div", "role", "alert").text(), c.said, name)
		require.NotContains(t, string(refused.Body), "open sesame", "a value is not even shown again")
	}
	page := visited(t, b, "/secrets/CI_TOKEN")
	require.Equal(t, "ci.example.org\n*.example.org", filled(t, page, "/secrets/CI_TOKEN").Get("hosts"))
	b.Submit("/secrets/CI_TOKEN", filled(t, page, "/secrets/CI_TOKEN", "value", "another one", "hosts", "127.0.0.1")).OK(http.StatusSeeOther)
	b.Submit("/secrets/CI_TOKEN", filled(t, page, "/secrets/CI_TOKEN", "value", "")).OK(http.StatusUnprocessableEntity)
	require.Equal(t, []any{"127.0.0.1"}, b.Get("/api/v1/secrets").OK().Find("items", 0, "hosts"))

	hook := testbroker.Object{"description": "Tell", "events": []string{"version_created"}, "request": testbroker.Object{"method": "POST", "url": "http://127.0.0.1/x", "headers": testbroker.Object{"x-key": "${secret.CI_TOKEN}"}}}
	id := b.Post("/api/v1/webhooks", hook).OK().Text("id")
	require.Equal(t, []string{"Tell"}, texts(visited(t, b, "/secrets/CI_TOKEN").one(t, "section", "aria-labelledby", "by").all("a")))
	require.True(t, visited(t, b, "/webhooks/"+id+"/edit").one(t, "div", "data-part", "secrets").has("li", "CI_TOKEN set"))
	asked := visited(t, b, "/secrets/CI_TOKEN/delete")
	require.True(t, asked.has("p", "1 webhook fills it in"))
	b.Submit("/secrets/CI_TOKEN/delete", nil).OK(http.StatusSeeOther)
	b.Visit("/secrets/CI_TOKEN/delete").OK(http.StatusNotFound)
	require.True(t, visited(t, b, "/webhooks/"+id+"/edit").one(t, "div", "data-part", "secrets").has("li", "Put in the value of CI_TOKEN"))
	require.True(t, visited(t, b, "/secrets/CI_TOKEN").has("p", "There is no secret of this name yet"))
}

// Every page about webhooks, and every form of theirs, is for those who manage
// them.
func TestWebhookPages_areClosedToOthers(t *testing.T) {
	b, admin := withPeople(t, testbroker.With(testbroker.CallingHere))
	id := admin.Post("/api/v1/webhooks", testbroker.Object{"events": []string{"version_created"}, "request": testbroker.Object{"method": "POST", "url": "http://127.0.0.1/x"}}).OK().Text("id")
	admin.Put("/api/v1/secrets/CI_TOKEN", testbroker.Object{"value": "open sesame"}).OK()
	viewer := person(admin, b, "jo", "viewer")
	for _, address := range []string{
		"/webhooks", "/webhooks/new", "/webhooks/" + id, "/webhooks/" + id + "/edit", "/webhooks/" + id + "/delete", "/webhooks/" + id + "/replay", "/secrets", "/secrets/CI_TOKEN", "/secrets/CI_TOKEN/delete",
	} {
		b.Visit(address, viewer).OK(http.StatusForbidden)
		admin.Visit(address).OK(http.StatusOK)
	}
	for _, address := range []string{
		"/webhooks/new", "/webhooks/" + id + "/edit", "/webhooks/" + id + "/pause", "/webhooks/" + id + "/test", "/webhooks/" + id + "/replay", "/webhooks/" + id + "/signing-keys",
		"/webhooks/" + id + "/delete", "/secrets", "/secrets/CI_TOKEN", "/secrets/CI_TOKEN/delete",
	} {
		b.Submit(address, url.Values{}, viewer).OK(http.StatusForbidden)
	}
	require.False(t, slices.Contains(texts(visited(t, b, "/", viewer).one(t, "nav", "class", "nav").all("a")), "Webhooks"), "what one may not do is not shown")

	// somebody who manages the webhooks of one application sees, and makes, no others
	admin.Pact("Shop", "1").With("Stock")
	developer := person(admin, b, "di", "developer", "Shop")
	b.Visit("/webhooks/"+id+"/edit", developer).OK(http.StatusNotFound)
	b.Submit("/webhooks/"+id+"/delete", nil, developer).OK(http.StatusNotFound)
	sent := url.Values{"url": {"http://127.0.0.1/x"}, "method": {"POST"}, "event": {"contract_published"}, "provider": {"Stock"}}
	b.Submit("/webhooks/new", sent, developer).OK(http.StatusForbidden)
	sent.Set("then", "check")
	b.Submit("/webhooks/new", sent, developer).OK(http.StatusForbidden)
	sent = url.Values{"url": {"http://127.0.0.1/x"}, "method": {"POST"}, "event": {"contract_published"}, "consumer": {"Shop"}}
	b.Submit("/webhooks/new", sent, developer).OK(http.StatusOK)
}
