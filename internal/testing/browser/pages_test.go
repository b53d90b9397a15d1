package browser

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// example is a broker with the example data, at the address of its server.
func example(t *testing.T, options ...testbroker.Option) *testbroker.Broker {
	return testbroker.New(t, append(options, testbroker.With(func(s *config.Settings) { s.SeedExampleData, s.Server.BaseURLs = true, nil }))...)
}

// places are the addresses of the pages with the example data.
func places(b *testbroker.Broker) []string {
	newest := b.Get("/pacticipants/checkout-web/latest-version").OK(http.StatusOK).Find("number").(string)
	b.Put("/api/v1/secrets/CI_TOKEN", testbroker.Object{"value": "open sesame", "hosts": []string{"ci.example.org"}, "description": "of the build server"}).OK()
	const webhook = "start-the-build-of-payments"
	b.Put("/api/v1/webhooks/"+webhook, testbroker.Object{"description": "Start the build of payments", "events": []string{"contract_published"},
		"request": testbroker.Object{"method": "POST", "url": "https://ci.example.org/build", "headers": testbroker.Object{"X-Token": "${secret.CI_TOKEN}"}, "body": testbroker.Object{"consumer": "${pactbroker.consumerName}"}}}).OK()
	for _, branch := range []string{"feat/express-checkout", "spike/wallet"} {
		b.Put("/pacticipants/checkout-web/branches/"+url.PathEscape(branch)+"/versions/"+newest, testbroker.Object{}).OK()
	}
	b.Post("/api/v1/applications/checkout-web/branches/spike%2Fwallet/close", nil).OK(http.StatusOK)
	b.Pact("webhook-shop", "1").With("webhook-stock")
	delivery := b.Get("/api/v1/webhook-deliveries").OK(http.StatusOK).Find("items", 0, "id").(string)
	return []string{
		"/", "/pacticipants/order-service", "/environments", "/environments/" + b.Environment("production"), "/can-i-deploy",
		"/can-i-deploy?pacticipant=checkout-web&version=" + newest + "&environment=production", "/matrix", "/matrix/provider/payments/consumer/checkout-web",
		"/matrix?q[][pacticipant]=payments&environment=production&latestby=cvpv", "/docs", "/docs/publishContracts",
		"/network", "/network?view=picture", "/network?around=order-service", "/network?from=checkout-web&to=stock",
		"/webhooks", "/webhooks/new", "/webhooks/" + webhook, "/webhooks/" + webhook + "/edit", "/webhooks/" + webhook + "/delete", "/webhooks/" + webhook + "/replay",
		"/webhooks/" + webhook + "/deliveries/" + delivery, "/secrets", "/secrets/CI_TOKEN",
		"/pacticipants/order-service/edit", "/pacticipants/order-service/rename", "/pacticipants/order-service/merge", "/pacticipants/order-service/merge?into=stock", "/pacticipants/order-service/delete", "/pacticipants/checkout-web?branch=feat%2Fexpress-checkout", "/pacticipants/checkout-web/branches/feat%2Fexpress-checkout/close", "/pacticipants/checkout-web/versions/" + newest, "/pacticipants/checkout-web/versions/" + newest + "/delete", "/activity", "/audit", "/health", "/jobs", "/settings", "/search?q=pay", "/search?q=GET+%2Fpayments%2F1", "/search?q=nobody",
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

// What stands on a line stays there, and what is a table can be read on a phone.
func TestPages_keepTheirShape(t *testing.T) {
	b := example(t)
	b.Version("payments", "without-a-branch")
	for i, letter := range []string{"a", "b"} {
		b.Pact("long", strconv.Itoa(i+1)).Saying(testbroker.Object{"interactions": []any{testbroker.Object{
			"description": "letters", "request": testbroker.Object{"method": "GET", "path": "/"}, "response": testbroker.Object{"status": 200, "body": testbroker.Object{"text": strings.Repeat(letter, 1600)}},
		}}}).With("letters")
	}
	seen := open(t, b.URL())
	const filtersOnALine = `new Set([...document.querySelectorAll(".filters > *:not([type=hidden])")].map((e) => Math.round(e.getBoundingClientRect().top + e.getBoundingClientRect().height / 2))).size === 1`
	for _, c := range []struct {
		l                 look
		address, what, of string
	}{
		{looks[0], "/", "the filters stand on one line", filtersOnALine},
		{looks[0], "/can-i-deploy?pacticipant=order-service&environment=production", "the word stands on one line", `(() => { const h = document.querySelector("h1"); return h.textContent.trim() === "Not known" && h.getBoundingClientRect().height < 1.5 * parseFloat(getComputedStyle(h).fontSize); })()`},
		{looks[0], "/can-i-deploy?pacticipant=mobile-app&environment=production", "the word stands on one line beside the picture", `(() => { const h = document.querySelector("h1"); return h.getBoundingClientRect().height < 1.5 * parseFloat(getComputedStyle(h).fontSize); })()`},
		{looks[2], "/matrix/provider/payments/consumer/checkout-web", "the names of versions leave room for what is known of them", `document.querySelector(".vgrid tbody th").getBoundingClientRect().width <= 140`},
		{looks[0], "/pacts/provider/letters/consumer/long/version/2", "two long values stand side by side within the page", `(() => { const s = document.querySelector(".sides"); return s && s.scrollWidth <= s.clientWidth && document.documentElement.scrollWidth <= innerWidth; })()`},
		{looks[2], "/can-i-deploy?pacticipant=mobile-app&environment=production", "the picture of a verdict stands below its sentence", `(() => { const f = document.querySelector(".verdict figure").getBoundingClientRect(); return f.height > 60 && f.right <= innerWidth && f.top >= document.querySelector(".because").getBoundingClientRect().bottom; })()`},
		{looks[0], "/network?from=checkout-web&to=payments", "cards have room between them", `document.querySelector("figure.card").getBoundingClientRect().top - document.querySelector(".paths").getBoundingClientRect().bottom >= 8`},
		{looks[2], "/pacticipants/payments", "no cell lies over another", `[...document.querySelectorAll("table.tocards td[data-th]")].every((c) => c.getBoundingClientRect().height >= 15)`},
	} {
		t.Run(c.what, func(t *testing.T) {
			seen.as(t, c.l)
			seen.visit(t, c.address)
			var is bool
			seen.run(t, c.what, chromedp.Evaluate(c.of, &is))
			require.True(t, is, "%s at %s", c.address, c.l.name)
		})
	}
}

// On paper stands what was found, not what asks for it; interactions are open.
func TestPages_arePrintedWithoutForms(t *testing.T) {
	b := example(t)
	seen := open(t, b.URL())
	seen.as(t, look{"paper", 760, 1000, "light", false, false})
	seen.run(t, "paper", emulation.SetEmulatedMedia().WithMedia("print"))
	const visible = `[...document.querySelectorAll("form input:not([type=hidden]), form select, form textarea, button")].filter((e) => e.checkVisibility() && !e.closest("table")).map((e) => e.outerHTML.slice(0, 120)).join("\n")`
	for _, address := range []string{"/", "/matrix/provider/payments/consumer/checkout-web", "/can-i-deploy?pacticipant=checkout-web&environment=production", "/network", "/audit", "/pacticipants/order-service", "/pacts/provider/payments/consumer/checkout-web/latest", "/pacts/provider/payments/consumer/checkout-web/versions"} {
		seen.visit(t, address)
		var forms string
		seen.run(t, address, chromedp.Evaluate(visible, &forms))
		require.Empty(t, forms, address)
	}
	seen.visit(t, "/pacts/provider/payments/consumer/checkout-web/latest")
	var closed int
	seen.run(t, "interactions", chromedp.Evaluate(`[...document.querySelectorAll(".ia .rr")].filter((e) => e.getBoundingClientRect().height < 20).length`, &closed))
	require.Zero(t, closed)
}

// providerContractPages are the addresses of the pages about what providers promise, and a
// document that breaks a consumer.
func providerContractPages(t *testing.T, b *testbroker.Broker) (addresses []string, document string) {
	content, err := os.ReadFile(filepath.Join("..", "..", "..", "examples", "contracts", "orders-api.yaml"))
	require.NoError(t, err)
	b.Pact("orders-web", "1").Branch("main").Saying(testbroker.Object{"interactions": []any{testbroker.Object{"description": "the total of an order", "request": testbroker.Object{"method": "GET", "path": "/orders/42"},
		"response": testbroker.Object{"status": 200, "headers": testbroker.Object{"Content-Type": "application/json"}, "body": testbroker.Object{"id": 42, "total": 17.5}}}}}).With("orders-api").DeployedTo("production")
	var kept []string
	for _, line := range strings.SplitAfter(string(content), "\n") {
		if !strings.Contains(line, "total:") {
			kept = append(kept, line)
		}
	}
	document = strings.Join(kept, "")
	for version, published := range map[string]string{"1": string(content), "2": document} {
		b.Post("/provider-contracts/provider/orders-api/publish", testbroker.Object{"pacticipantVersionNumber": version, "contract": testbroker.Object{
			"content": base64.StdEncoding.EncodeToString([]byte(published)), "selfVerificationResults": testbroker.Object{"success": true, "verifier": "own-tests", "content": "12 tests, all good"},
		}}).OK()
	}
	found, err := url.Parse(b.Get("/matrix/provider/orders-api/consumer/orders-web?q[][pacticipant]=orders-web&q[][pacticipant]=orders-api&latestby=cvp").OK(http.StatusOK).Text("matrix", 0, "verificationResult", "_links", "self", "href"))
	require.NoError(t, err)
	return []string{found.EscapedPath(), "/matrix/provider/orders-api/consumer/orders-web", "/pacts/provider/orders-api/consumer/orders-web/version/1", "/contracts/provider/orders-api/version/1", "/contracts/provider/orders-api/version/2?q=orders", "/contracts/provider/orders-api/changes?from=1&to=2", "/compare?provider=orders-api&consumer=orders-web"}, document
}

func TestPages_tellWhatProvidersPromise(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Server.BaseURLs = nil }))
	addresses, document := providerContractPages(t, b)
	seen := open(t, b.URL())
	for _, l := range looks {
		seen.as(t, l)
		for _, address := range addresses {
			seen.visit(t, address)
			seen.run(t, "open all", chromedp.Evaluate(`document.querySelectorAll("details.ia, section details").forEach((d) => { d.open = true; })`, nil))
			seen.check(t, address, l)
			if l.shown {
				seen.shoot(t, named(address)+"-"+l.name)
			}
		}
		seen.visit(t, "/compare?provider=orders-api&consumer=orders-web&provider_version=2")
		seen.run(t, "compare", chromedp.Submit("#c-c"), chromedp.WaitVisible("#came"))
		require.Contains(t, seen.text(t), "[root].interactions[0].response.body")
		seen.check(t, "/compare", l)
		if l.shown {
			seen.shoot(t, "compared-"+l.name)
		}
		seen.visit(t, "/contracts/provider/orders-api/changes?from=1")
		seen.run(t, "offer", chromedp.SetValue("#od", document), chromedp.Submit("#od"), chromedp.WaitVisible("#who"))
		seen.check(t, "offered", l)
	}
}

// told is a broker with contracts of each version and kind, each with a failure, and with one
// of very many interactions, at the addresses of their pages.
func told(t *testing.T, b *testbroker.Broker) (addresses []string) {
	for _, kind := range testbroker.Kinds() {
		p := b.OfKind(kind)
		pact := b.Get(p.Path()).OK(http.StatusOK)
		failed := pact.Find("interactions", 0, "description")
		if failed == nil {
			failed = pact.Find("messages", 0, "description")
		}
		b.Post(pact.Link("pb:publish-verification-results"), testbroker.Object{"success": false, "providerApplicationVersion": "7", "testResults": testbroker.Object{"tests": []any{testbroker.Object{
			"interactionDescription": failed, "status": "failed", "mismatches": []any{testbroker.Object{"attribute": "status", "description": "it was 404"}, testbroker.Object{"attribute": "body", "identifier": "$.id", "description": strings.Repeat("long", 99)}},
		}}}}).OK(http.StatusCreated)
		addresses = append(addresses, p.Path(), at.PactVersions(p.Provider, p.Consumer))
	}
	var many []any
	for i := range 1_000 {
		many = append(many, testbroker.Object{"description": "request " + strconv.Itoa(i), "request": testbroker.Object{"method": "GET", "path": "/things/" + strconv.Itoa(i)}, "response": testbroker.Object{"status": 200}})
	}
	b.Pact("big", "1").Saying(testbroker.Object{"interactions": many[1:]}).With("things")
	big := b.Pact("big", "2").Saying(testbroker.Object{"interactions": many}).With("things").Path()
	return append(addresses, big, big+"?q=things%2F99&show=changed", big+"?from=1&interaction=999#i999", at.PactVersions("things", "big"))
}

func TestPages_tellContractsOfEachKind(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Server.BaseURLs = nil }))
	addresses := told(t, b)
	seen := open(t, b.URL())
	for _, l := range looks {
		seen.as(t, l)
		for _, address := range addresses {
			seen.visit(t, address)
			seen.run(t, "open all", chromedp.Evaluate(`document.querySelectorAll("details.ia, main section details").forEach((d) => { d.open = true; })`, nil))
			seen.check(t, address, l)
			if l.shown {
				seen.shoot(t, "kinds-"+named(address)+"-"+l.name)
			}
		}
	}
	seen.as(t, looks[0])
	seen.visit(t, at.PactVersions("things", "big"))
	seen.run(t, "compare the two", chromedp.Click("#list .btn.main"), chromedp.WaitVisible(".chg a"))
	require.Equal(t, at.Pact("things", "big", "2")+"?from=1#changes", seen.at(t))
	seen.run(t, "the change", chromedp.Click(".chg a"), chromedp.WaitVisible("#i1 .rr"))
	require.Contains(t, seen.text(t), "GET /things/0")
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
	b.Pact("huge", "1").Saying(testbroker.Object{"interactions": []any{testbroker.Object{
		"description": "5 MB", "request": testbroker.Object{"method": "GET", "path": "/" + strings.Repeat("long/", 2000)}, "response": testbroker.Object{"status": 200, "body": strings.Repeat("0123456789 <b>", 370_000)},
	}}}).With("provider")
	b.Put("/api/v1/webhooks/harmful-webhook-0001", testbroker.Object{"description": hostile[0] + hostile[4], "events": []string{"contract_published"}, "consumer": testbroker.Object{"name": hostile[1]},
		"filter": testbroker.Object{"branches": []string{hostile[3]}}, "request": testbroker.Object{"method": "POST", "url": "https://ci.example.org/build?" + hostile[4], "body": hostile[0]}}).OK()
	seen := open(t, b.URL())
	seen.as(t, looks[0])
	for _, address := range []string{
		"/", "/environments", "/network", "/network?view=picture", "/activity", "/audit", "/health", "/jobs", "/settings", "/search?q=%3Cscript%3E", "/pacts/provider/provider/consumer/large/latest", "/pacts/provider/provider/consumer/huge/latest",
		"/webhooks", "/webhooks/harmful-webhook-0001", "/webhooks/harmful-webhook-0001/edit", "/webhooks/harmful-webhook-0001/delete",
	} {
		seen.visit(t, address)
		seen.check(t, address, looks[0])
	}
	for _, name := range hostile {
		for _, address := range []string{at.Pacticipant(name), at.Pacticipant(name) + "/edit", at.Pacticipant(name) + "/delete", at.Version(name, name), at.Version(name, name) + "/delete", at.CanIDeploy() + "?environment=production&pacticipant=" + escaped(name), "/network?around=" + escaped(name)} {
			seen.visit(t, address)
			seen.check(t, address, look{name: "names"})
		}
	}
}

// outOfBoxes are the texts of pictures that reach out of the box in which they stand, and
// the boxes that do not say the whole name.
const outOfBoxes = `[...document.querySelectorAll("svg.pic rect.box")].flatMap((box) => {
	const room = box.getBBox();
	const out = [...box.parentNode.querySelectorAll("text")].filter((text) => { const t = text.getBBox(); return t.x < room.x || t.x + t.width > room.x + room.width; });
	const whole = box.parentNode.querySelector("title");
	return out.map((text) => text.textContent).concat(whole && whole.textContent.length > 20 ? [] : ["no whole name: " + box.parentNode.textContent]);
})`

// A name in a picture is cut before it leaves its box, in whichever letters it is
// written; the whole name can be asked for.
func TestPictures_keepNamesWithinTheirBoxes(t *testing.T) {
	names := []string{
		strings.Repeat("UPPERCASE", 9), strings.Repeat("W", 30), strings.Repeat("漢字", 15), strings.Repeat("😀", 25), strings.Repeat("Щю", 15), "another-really-long-named-provider-of-all-things", strings.Repeat("illi", 20),
	}
	b := testbroker.New(t)
	for i, name := range names {
		b.Pact(name, strings.Repeat("m", 40)).With(names[(i+1)%len(names)])
	}
	seen := open(t, b.URL())
	seen.as(t, looks[0])
	addresses := []string{"/network?view=picture", at.Pacticipant(names[0])}
	for _, name := range names {
		addresses = append(addresses, "/network?around="+escaped(name))
	}
	for _, address := range addresses {
		seen.visit(t, address)
		var boxes int
		var out []string
		seen.run(t, address, chromedp.Evaluate(`document.querySelectorAll("svg.pic rect.box").length`, &boxes), chromedp.Evaluate(outOfBoxes, &out))
		require.GreaterOrEqual(t, boxes, 3, address)
		require.Empty(t, out, address)
	}
}

func TestPages_sayWhatToDoWithoutData(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Server.BaseURLs = nil }))
	seen := open(t, b.URL())
	seen.as(t, looks[0])
	for _, address := range []string{"/", "/environments", "/network", "/matrix", "/activity", "/audit", "/health", "/jobs", "/settings", "/search", "/can-i-deploy"} {
		seen.visit(t, address)
		seen.check(t, address, looks[0])
	}
}

// Whoever has never seen a contract broker finds the reason of a no, and who would
// break, on either database.
func TestPages_leadFromTheFirstPageToTheReason(t *testing.T) {
	for database, options := range map[string][]testbroker.Option{"sqlite": nil, "postgres": {testbroker.OnPostgres()}} {
		t.Run(database, func(t *testing.T) {
			b := example(t, options...)
			seen := open(t, b.URL())
			seen.as(t, looks[0])
			seen.visit(t, "/")
			seen.follow(t, "See why")
			require.Contains(t, seen.text(t), "What to do next")
			require.Contains(t, seen.text(t), "the shipments of an order that was split")
			seen.press(t, "/")
			require.Equal(t, "q", seen.focused(t), "a slash goes to the search box")

			seen.visit(t, "/")
			seen.run(t, "ask who would break", chromedp.SetValue("#pv", "payments"), chromedp.Submit("#pv"), chromedp.WaitVisible("#cp"))
			require.Equal(t, "/pacticipants/payments#cp", seen.at(t))
			require.Contains(t, seen.text(t), "back-office, checkout-web and order-service would break if payments no longer did what they need.")
			seen.shoot(t, "walk-who-would-break-"+database)
			seen.follow(t, "6 interactions")
			require.Contains(t, seen.text(t), "a refund of a captured payment")

			seen.visit(t, "/search?q="+escaped("GET /payments/1"))
			seen.follow(t, "GET /payments/pay_8Zk2")
			var isSeen bool
			seen.run(t, "the interaction", chromedp.Evaluate(`(() => { const r = document.querySelector(location.hash).getBoundingClientRect(); return document.querySelector(location.hash).open && r.top >= 0 && r.top < innerHeight; })()`, &isSeen))
			require.True(t, isSeen, "a found endpoint leads to its interaction")
			require.Empty(t, seen.taken())
		})
	}
}

// waitFor waits until the script says yes.
func (b *browser) waitFor(t *testing.T, what, script string) {
	t.Helper()
	b.run(t, what, chromedp.Poll(script, nil, chromedp.WithPollingInterval(50*time.Millisecond)))
}

func TestWebhookForm_isCheckedWhileOneWrites(t *testing.T) {
	b := example(t)
	seen := open(t, b.URL())
	seen.as(t, looks[0])
	seen.visit(t, "/webhooks/new")
	seen.run(t, "write", chromedp.SendKeys("#pw", "open sesame"), chromedp.SendKeys("#u", "ftp://elsewhere.example/x"))
	seen.waitFor(t, "what is wrong", `document.querySelector("[data-part=checks]").textContent.includes("The address ")`)
	seen.run(t, "write", chromedp.Evaluate(`document.querySelector("#u").value = ""`, nil), chromedp.SendKeys("#u", "https://ci.example.org/build"), chromedp.SendKeys("#co", "checkout-web"))
	seen.waitFor(t, "that it is right", `document.querySelector("[data-part=checks]").textContent.includes("The address may be called")`)
	seen.waitFor(t, "whom it meets", `document.querySelector("[data-part=meets]").textContent.includes("Meets 2 integrations")`)
	seen.waitFor(t, "what is sent", `document.querySelector("[data-part=filled]").textContent.includes("https://ci.example.org/build")`)
	var kept string
	seen.run(t, "password", chromedp.Value("#pw", &kept))
	require.Equal(t, "open sesame", kept, "what was written stays")
	require.Len(t, b.Get("/api/v1/webhooks").OK(http.StatusOK).Find("items"), 1, "checking keeps nothing beside the webhook of the example")
	require.Empty(t, seen.taken())
}

func TestPages_needNoScript(t *testing.T) {
	b := example(t)
	seen := open(t, b.URL())
	seen.as(t, looks[0])
	seen.run(t, "no script", emulation.SetScriptExecutionDisabled(true))
	seen.visit(t, "/webhooks/new")
	seen.run(t, "check", chromedp.SendKeys("#u", "ftp://elsewhere.example/x"), chromedp.Click("button[value=check]"), chromedp.WaitVisible("[role=alert]"))
	require.Contains(t, seen.text(t), "The address ")
	seen.run(t, "keep", chromedp.SetValue("#u", "https://ci.example.org/build"), chromedp.SendKeys("#n", "Build"), chromedp.Click(".acts .btn.main"), chromedp.WaitVisible(".fresh"))
	require.Contains(t, seen.text(t), "whsec_")
	seen.visit(t, "/pacticipants/stock/delete")
	seen.run(t, "delete", chromedp.SendKeys("#cf", "stock"), chromedp.Click(".acts .btn.no"), chromedp.WaitVisible(".ints"))
	require.Equal(t, "/", seen.at(t))
	b.Get("/pacticipants/stock").OK(http.StatusNotFound)
	seen.visit(t, "/activity")
	require.Contains(t, seen.text(t), "As of")
	require.NotContains(t, seen.text(t), "Live")
}

func TestActivity_isLive(t *testing.T) {
	b := example(t)
	seen := open(t, b.URL())
	seen.as(t, looks[0])
	seen.visit(t, "/activity?kind=deployments")
	seen.waitFor(t, "live", `document.querySelector("[data-live-state]").textContent.includes("Live")`)
	b.Version("newcomer", "1") // is of another kind
	b.Deploy("newcomer", "1", "test")
	seen.waitFor(t, "one event", `document.querySelector("[data-live-count]").textContent.startsWith("1 event arrived")`)
	seen.run(t, "show", chromedp.Click("[data-live-show]"), chromedp.WaitReady("main"))
	seen.waitFor(t, "the event", `document.querySelector("main").textContent.includes("newcomer")`)
	require.Empty(t, seen.taken())
}

// Whoever has only a keyboard sees where they are, skips what every page begins
// with, and gets from the first page to the reason.
func TestPages_canBeUsedByKeyboardAlone(t *testing.T) {
	b := example(t)
	seen := open(t, b.URL())
	seen.as(t, looks[0])
	seen.visit(t, "/")
	seen.press(t, kb.Tab)
	var where struct {
		Text    string
		Ring    bool
		Visible bool
	}
	const focus = `(() => { const e = document.activeElement, r = e.getBoundingClientRect(), s = getComputedStyle(e);
		return {Text: e.textContent.trim(), Ring: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2, Visible: r.width > 0 && r.height > 0}; })()`
	seen.run(t, "focus", chromedp.Evaluate(focus, &where))
	require.Equal(t, "Skip to the content", where.Text)
	seen.press(t, kb.Enter)
	require.Equal(t, "main", seen.focused(t))
	for range 40 {
		seen.press(t, kb.Tab)
		seen.run(t, "focus", chromedp.Evaluate(focus, &where))
		require.True(t, where.Ring && where.Visible, "one sees where one is: %+v", where)
		if where.Text == "See why" {
			break
		}
	}
	require.Equal(t, "See why", where.Text)
	seen.press(t, kb.Enter)
	seen.run(t, "the reason", chromedp.WaitVisible(".verdict"))
	require.Contains(t, seen.text(t), "What to do next")
}
