package pacticipants_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// told are the facts about applications and the changes in the audit since the last
// call, the oldest first.
type told struct {
	b       *testbroker.Broker
	cursor  string
	audited int
}

func (o *told) next() (facts, changes []string) {
	address := "/api/v1/events"
	if o.cursor != "" {
		address += "?cursor=" + o.cursor
	}
	page := o.b.Get(address).OK(http.StatusOK)
	o.cursor = page.Text("next_cursor")
	for _, item := range page.Find("items").([]any) {
		fact := item.(map[string]any)
		what := strings.TrimPrefix(fact["type"].(string), "accord.pacticipant_")
		for _, property := range []string{"former_name", "properties"} {
			if value, has := fact["data"].(map[string]any)[property]; has {
				what += fmt.Sprintf(" %v", value)
			}
		}
		facts = append(facts, what)
	}
	items := o.b.Get("/api/v1/audit?limit=200").OK(http.StatusOK).Find("items").([]any)
	for i := len(items) - 1 - o.audited; i >= 0; i-- {
		for _, c := range items[i].(map[string]any)["changes"].([]any) {
			change := c.(map[string]any)
			changes = append(changes, fmt.Sprintf("%s: %v → %v", change["what"], change["before"], change["after"]))
		}
	}
	o.audited = len(items)
	return facts, changes
}

// Who follows the events and who reads the audit learn the same, and of nothing that
// stayed as it was.
func TestService_tellsWhatChangesAndNothingElse(t *testing.T) {
	b := testbroker.New(t)
	o := told{b: b}
	o.next()
	const shop, v1 = "/pacticipants/Shop", "/api/v1/applications/Shop"
	for _, step := range []struct {
		name           string
		do             func()
		facts, noticed []string
	}{
		{"created", func() {
			b.Post("/pacticipants", map[string]any{"name": "Shop", "mainBranch": "main"}).OK(http.StatusCreated)
		}, []string{"created"}, []string{"application: <nil> → Shop", "main branch of Shop:  → main"}},
		{"created again", func() { b.Post("/pacticipants", map[string]any{"name": "Shop", "mainBranch": "other"}) }, nil, nil},
		{"changed in two places", func() {
			b.Patch(shop, map[string]any{"mainBranch": "trunk", "repositoryUrl": "https://example.org/shop"}).OK(http.StatusOK)
		}, []string{"changed [main_branch repository_url]"}, []string{"main branch of Shop: main → trunk", "repository url of Shop:  → https://example.org/shop"}},
		{"the same again", func() { b.Patch(shop, map[string]any{"mainBranch": "trunk"}).OK(http.StatusOK) }, nil, nil},
		{"emptied by null", func() { b.Patch(shop, map[string]any{"mainBranch": nil}).OK(http.StatusOK) }, []string{"changed [main_branch]"}, []string{"main branch of Shop: trunk → "}},
		{"replaced by less", func() { b.Put(shop, map[string]any{"displayName": "The shop"}).OK(http.StatusOK) }, []string{"changed [display_name repository_url]"}, []string{"display name of Shop: Shop → The shop", "repository url of Shop: https://example.org/shop → "}},
		{"labelled", func() { b.Put(shop+"/labels/web", map[string]any{}).OK(http.StatusCreated) }, []string{"changed [labels]"}, []string{"label of Shop: <nil> → web"}},
		{"labelled again", func() { b.Put(shop+"/labels/web", map[string]any{}).OK(http.StatusOK) }, nil, nil},
		{"no longer labelled", func() { b.Delete(shop + "/labels/web").OK(http.StatusNoContent) }, []string{"changed [labels]"}, []string{"label of Shop: web → <nil>"}},
		{"without that label already", func() { b.Delete(shop + "/labels/web").OK(http.StatusNotFound) }, nil, nil},
		{"external", func() { b.Put(v1+"/external", map[string]any{"reason": "bought"}).OK(http.StatusOK) }, []string{"changed [external]"}, []string{"external, Shop: false → true", "reason, Shop:  → bought"}},
		{"external again", func() { b.Put(v1+"/external", map[string]any{"reason": "bought"}).OK(http.StatusOK) }, nil, nil},
		{"external for another reason", func() { b.Put(v1+"/external", map[string]any{"reason": "rented"}).OK(http.StatusOK) }, []string{"changed [external]"}, []string{"reason, Shop: bought → rented"}},
		{"no longer external", func() { b.Delete(v1 + "/external").OK(http.StatusNoContent) }, []string{"changed [external]"}, []string{"external, Shop: true → false", "reason, Shop: rented → "}},
		{"renamed", func() { b.Post(v1+"/rename", map[string]any{"name": "Store"}).OK(http.StatusOK) }, []string{"renamed Shop"}, []string{"name: Shop → Store"}},
		{"renamed to what it is called", func() { b.Post(v1+"/rename", map[string]any{"name": "Store"}).OK(http.StatusOK) }, nil, nil},
		{"changed under the former name", func() { b.Patch(shop, map[string]any{"mainBranch": "main"}).OK(http.StatusOK) }, []string{"changed [main_branch]"}, []string{"main branch of Store:  → main"}},
		{"no longer found by the former name", func() { b.Delete("/api/v1/applications/Store/former-names/Shop").OK(http.StatusNoContent) }, []string{"changed [former_names]"}, []string{"former name of Store: Shop → <nil>"}},
		{"deleted", func() { b.Delete("/pacticipants/Store").OK(http.StatusNoContent) }, []string{"deleted"}, []string{"application: Store → <nil>"}},
	} {
		step.do()
		facts, noticed := o.next()
		assert.Equal(t, step.facts, facts, step.name)
		assert.Equal(t, step.noticed, noticed, step.name)
	}
}

// Marking again corrects the reason, and does not forget since when it has been so.
func TestMarkExternal_againKeepsSinceWhen(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	b := testbroker.New(t, testbroker.At(func() time.Time { return now }))
	b.Version("Bank", "1")
	const external = "/api/v1/applications/Bank/external"
	mark := func(body map[string]any) string { return b.Put(external, body).OK(http.StatusOK).Text("since") }
	require.Equal(t, "2026-05-01T12:00:00Z", mark(map[string]any{"reason": "bought"}))
	now = now.AddDate(0, 1, 0)
	require.Equal(t, "2026-05-01T12:00:00Z", mark(map[string]any{"reason": "rented"}))
	require.Equal(t, "rented", b.Get(external).OK(http.StatusOK).Text("reason"))
	require.Equal(t, "2020-01-01T00:00:00Z", mark(map[string]any{"reason": "rented", "since": "2020-01-01T00:00:00Z"}))
	b.Delete(external).OK(http.StatusNoContent)
	require.Equal(t, "2026-06-01T12:00:00Z", mark(map[string]any{"reason": "rented"}), "it was not in between")

	b.Post("/api/v1/applications/Bank/rename", map[string]any{"name": "Savings Bank"}).OK(http.StatusOK)
	require.Equal(t, "Savings Bank", b.Get(external).OK(http.StatusOK).Text("application"), "asked by its former name")
}
