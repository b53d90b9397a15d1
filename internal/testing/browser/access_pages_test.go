package browser

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// keyPages fills a broker with those who may do something, and returns the pages
// that show them.
func keyPages(b *testbroker.Broker) []string {
	rule := testbroker.Object{
		"name": "Shop on main", "issuer": "https://token.actions.githubusercontent.com", "audience": "https://broker.example.org", "role": "developer", "applications": []string{"checkout-web"},
		"claims": testbroker.Object{"repository": []string{"octo/checkout-web"}, "ref": []string{"refs/heads/main", "refs/heads/release/*"}},
	}
	jo := b.Post("/api/v1/users", testbroker.Object{"name": "jo", "role": "developer", "labels": []string{"checkout"}}).OK(http.StatusCreated).Text("id")
	for _, name := range hostile {
		b.Post("/api/v1/tokens", testbroker.Object{"name": name[:min(len(name), 200)], "owner": "Team Shop", "role": "developer", "applications": []string{name[:min(len(name), 200)], "payments"}}).OK(http.StatusCreated)
	}
	token := b.Post("/api/v1/tokens", testbroker.Object{"name": "build of catalogue", "owner": "Team Shop", "role": "provider-ci", "applications": []string{"catalogue"}, "expires_at": "2099-01-01T00:00:00Z"}).OK(http.StatusCreated).Text("id")
	b.Put("/api/v1/teams/Shop%20%3Cb%3E", testbroker.Object{"contact": "#shop", "role": "developer", "applications": []string{"checkout-web", "payments"}, "labels": []string{"shop"}, "groups": []string{"shop-devs"}, "people": []string{jo}}).OK(http.StatusCreated)
	b.Put("/api/v1/roles/keeper", testbroker.Object{"description": hostile[1], "actions": []string{"read", "manage_webhooks"}}).OK(http.StatusCreated)
	id := b.Post("/api/v1/trust-rules", rule).OK(http.StatusCreated).Text("id")
	return []string{"/tokens", "/tokens/" + token, "/people", "/people/" + jo, "/teams", "/teams/Shop%20%3Cb%3E", "/roles", "/roles/keeper", "/trust-rules", "/trust-rules/" + id}
}

func TestPages_showWhoMayDoWhat(t *testing.T) {
	b, admin := guarded(t)
	admin.Post("/api/v1/users", testbroker.Object{"name": "boss", "role": "admin", "password": password}).OK(http.StatusCreated)
	seen := open(t, b.URL())
	seen.as(t, looks[0])
	seen.visit(t, "/tokens")
	seen.run(t, "sign in", chromedp.SendKeys("#u", "boss"), chromedp.SendKeys("#p", password), chromedp.Submit("#p"), chromedp.WaitVisible(".you"))
	for _, empty := range []string{"/tokens", "/teams", "/trust-rules"} {
		seen.visit(t, empty)
		seen.check(t, empty, looks[0])
	}
	pages := keyPages(admin)
	for _, l := range looks {
		seen.as(t, l)
		for i, address := range pages {
			seen.visit(t, address)
			seen.check(t, address, l)
			if l.shown {
				seen.shoot(t, []string{"tokens", "token", "people", "person", "teams", "team", "roles", "role", "trust", "rule"}[i]+"-"+l.name)
			}
		}
		seen.visit(t, "/tokens")
		seen.run(t, "make a token", chromedp.SendKeys("#f-name", "fresh"), chromedp.Submit("#f-name"), chromedp.WaitVisible(".fresh"))
		seen.check(t, "/tokens, made", l)
		seen.shoot(t, "tokens-made-"+l.name)
		seen.visit(t, "/trust-rules")
		seen.run(t, "try a token", chromedp.SendKeys("#f-token", "x.y.z"), chromedp.Submit("#f-token"), chromedp.WaitVisible("#trial"))
		seen.check(t, "/trust-rules, tried", l)
		seen.shoot(t, "trust-tried-"+l.name)
	}
	require.Contains(t, seen.text(t), "The token itself is not accepted")
}
