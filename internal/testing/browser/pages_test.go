package browser

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// example is a broker with the example data, at the address of its server.
func example(t *testing.T) *testbroker.Broker {
	return testbroker.New(t, testbroker.With(func(s *config.Settings) { s.SeedExampleData, s.Server.BaseURLs = true, nil }))
}

// places are the addresses of the pages with the example data.
func places(b *testbroker.Broker) []string {
	newest := b.Get("/pacticipants/checkout-web/latest-version").OK(http.StatusOK).Find("number").(string)
	b.Put("/api/v1/secrets/CI_TOKEN", testbroker.Object{"value": "open sesame", "hosts": []string{"ci.example.org"}, "description": "of the build server"}).OK()
	const webhook = "start-the-build-of-payments"
	b.Put("/api/v1/webhooks/"+webhook, testbroker.Object{"description": "Start the build of payments", "events": []string{"contract_published"},
		"request": testbroker.Object{"method": "POST", "url": "https://ci.example.org/build", "headers": testbroker.Object{"X-Token": "${secret.CI_TOKEN}"}, "body": testbroker.Object{"consumer": "${pactbroker.consumerName}"}}}).OK()
	b.Pact("webhook-shop", "1").With("webhook-stock")
	delivery := b.Get("/api/v1/webhook-deliveries").OK(http.StatusOK).Find("items", 0, "id").(string)
	return []string{
		"/", "/pacticipants/order-service", "/environments", "/environments/" + b.Environment("production"), "/can-i-deploy",
		"/can-i-deploy?pacticipant=checkout-web&version=" + newest + "&environment=production", "/matrix", "/matrix/provider/payments/consumer/checkout-web",
		"/network", "/network?view=picture", "/network?around=order-service", "/network?from=checkout-web&to=stock",
		"/webhooks", "/webhooks/new", "/webhooks/" + webhook, "/webhooks/" + webhook + "/edit", "/webhooks/" + webhook + "/delete", "/webhooks/" + webhook + "/replay",
		"/webhooks/" + webhook + "/deliveries/" + delivery, "/secrets", "/secrets/CI_TOKEN",
		"/pacticipants/order-service/edit", "/pacticipants/order-service/delete", "/pacticipants/checkout-web/versions/" + newest, "/pacticipants/checkout-web/versions/" + newest + "/delete", "/activity", "/audit", "/search?q=pay",
		"/pacts/provider/payments/consumer/checkout-web/latest", "/pacts/provider/order-service/consumer/notification-worker/latest", "/publish", "/pacticipants?as=resource", "/nowhere", "/doc/pb:pacticipant",
	}
}

func TestPages_canBeUsedByEverybody(t *testing.T) {
	b := example(t)
	seen := open(t, b.URL())
	for _, l := range looks {
		seen.as(t, l)
		for _, address := range places(b) {
			seen.visit(t, address)
			seen.check(t, address, l)
			if l.shown {
				seen.shoot(t, named(address)+"-"+l.name)
			}
		}
	}
}

// guarded is a broker that asks everybody to sign in, with somebody who may do
// everything.
func guarded(t *testing.T) (b, admin *testbroker.Broker) {
	b = testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Server.BaseURLs = nil
		s.Access.Tokens, s.Access.BasicAuth, s.Access.Username, s.Access.Password = true, true, "root", "sesame"
	}))
	return b, b.Always(testbroker.As("root", "sesame"))
}

const password = "correct horse battery"

func TestPages_letPeopleIn(t *testing.T) {
	b, admin := guarded(t)
	admin.Post("/api/v1/users", testbroker.Object{"name": "jo@example.org", "role": "admin", "password": password}).OK(http.StatusCreated)
	seen := open(t, b.URL())
	seen.as(t, looks[0])
	seen.visit(t, "/network?kind=x")
	seen.check(t, "/sign-in", looks[0])
	seen.run(t, "sign in", chromedp.SendKeys("#u", "jo@example.org"), chromedp.SendKeys("#p", "wrong"), chromedp.Submit("#p"), chromedp.WaitVisible(".note.no"))
	seen.check(t, "/sign-in", looks[1])
	seen.run(t, "sign in", chromedp.SendKeys("#p", password), chromedp.Submit("#p"), chromedp.WaitVisible(".you"))
	require.Equal(t, "/network?kind=x", seen.at(t))
	for _, l := range looks {
		seen.as(t, l)
		for _, address := range []string{"/account", "/"} {
			seen.visit(t, address)
			seen.check(t, address, l)
			seen.run(t, "menu", chromedp.Click(".you > summary"))
			seen.check(t, address, l)
			if l.shown {
				seen.shoot(t, "signed-in-"+named(address)+"-"+l.name)
			}
		}
	}
	seen.run(t, "sign out", chromedp.Click(".you form button"), chromedp.WaitVisible(".door"))
	require.Contains(t, seen.text(t), "Signed out")
	seen.check(t, "/sign-out", looks[0])
	seen.visit(t, "/network")
	require.Contains(t, seen.text(t), "Password")
}

// hostile are names that harm where they are taken for HTML, for a script, for an
// address, or for short.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `javascript:alert(1)`, "שלום עולם (rtl)", strings.Repeat("verylong", 60), "😀 {{.}} & co",
}

func TestPages_sufferNoHarmFromNames(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Server.BaseURLs = nil }))
	for i, name := range hostile {
		b.Pact(name, name).Branch(name[:min(len(name), 200)]).With(hostile[(i+1)%len(hostile)]).FailedBy("1").DeployedTo("production")
	}
	many := make([]int, 10_000)
	b.Pact("large", "1").Saying(map[string]any{"interactions": []any{map[string]any{
		"description": hostile[0], "providerState": hostile[4], "request": map[string]any{"method": hostile[0], "path": hostile[1], "headers": map[string]any{hostile[0]: hostile[4]}},
		"response": map[string]any{"status": 200, "body": map[string]any{hostile[1]: many, "text": strings.Repeat("x", 10_000)}},
	}}}).With("provider").FailedBy(hostile[0])
	seen := open(t, b.URL())
	seen.as(t, looks[0])
	for _, address := range []string{"/", "/environments", "/network", "/activity", "/audit", "/search?q=%3Cscript%3E", "/pacts/provider/provider/consumer/large/latest"} {
		seen.visit(t, address)
		seen.check(t, address, looks[0])
	}
	for _, name := range hostile {
		for _, address := range []string{at.Pacticipant(name), at.CanIDeploy() + "?environment=production&pacticipant=" + escaped(name), "/network?around=" + escaped(name)} {
			seen.visit(t, address)
			seen.check(t, address, look{name: "names"})
		}
	}
}

func TestPages_sayWhatToDoWithoutData(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Server.BaseURLs = nil }))
	seen := open(t, b.URL())
	seen.as(t, looks[0])
	for _, address := range []string{"/", "/environments", "/network", "/matrix", "/activity", "/audit", "/search", "/can-i-deploy"} {
		seen.visit(t, address)
		seen.check(t, address, looks[0])
	}
}

func TestPages_leadFromTheFirstPageToTheReason(t *testing.T) {
	b := example(t)
	seen := open(t, b.URL())
	seen.as(t, looks[0])
	seen.visit(t, "/")
	seen.follow(t, "See why")
	require.Contains(t, seen.text(t), "What to do next")
	require.Contains(t, seen.text(t), "the shipments of an order that was split")
	seen.press(t, "/")
	require.Equal(t, "q", seen.focused(t), "a slash goes to the search box")
}
