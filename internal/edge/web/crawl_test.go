package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// furnished is a broker with the example data and one of each thing beside it, among
// them some with names that are hard to link to, and an administrator of it.
func furnished(t *testing.T) (b, admin *testbroker.Broker) {
	b, admin = withPeople(t, testbroker.With(testbroker.CallingHere), testbroker.With(func(s *config.Settings) { s.SeedExampleData = true }))
	odd, other := `a/b?c=d&e#f%41 "<i>'`, "ö 日本+;"
	admin.Pact(odd, "1/2?3#4&5").Branch("feat/ö?#").Tags("tag/1?").With(other).FailedBy("7 & 8").DeployedTo("production")
	admin.Pact(odd, "2%2F").Branch("feat/ö?#").Saying(testbroker.Content(odd, other, "another")).With(other)
	admin.Deploy(other, "7 & 8", "production", "inst/ance?")
	admin.Pact("messenger", "1").Saying(testbroker.Object{"messages": []any{testbroker.Object{"description": "it happened", "contents": testbroker.Object{"id": 1}}}}).With("Api")
	admin.Put("/pacticipants/Api/labels/shop%2Ffront", nil).OK()
	admin.Version("Lonely", "1", "main", "old")
	admin.Post("/api/v1/applications/Lonely/branches/old/close", nil).OK(http.StatusOK)
	sleeper := admin.Post("/api/v1/users", testbroker.Object{"name": "sleeper", "password": password}).OK(http.StatusCreated).Text("id")
	admin.Post("/api/v1/tokens", testbroker.Object{"name": "build", "role": "developer", "applications": []string{"Api"}}).OK(http.StatusCreated)
	admin.Put("/api/v1/teams/Shop%20%26%20%C3%B6%3F", testbroker.Object{"applications": []string{"Api", odd}, "role": "developer", "people": []string{sleeper}, "contact": "https://chat.example.org/shop"}).OK(http.StatusCreated)
	admin.Put("/api/v1/secrets/CI_TOKEN", testbroker.Object{"value": "open sesame", "hosts": []string{"127.0.0.1"}}).OK()
	admin.Put("/api/v1/webhooks/hook-of-the-api-1", testbroker.Object{"events": []string{"contract_published"}, "request": testbroker.Object{"method": "POST", "url": "http://127.0.0.1:1/x", "headers": testbroker.Object{"X": "${secret.CI_TOKEN}"}}}).OK()
	admin.Pact("App", "1").Branch("main").With("Api")
	return b, admin
}

// visitor follows what pages show to somebody.
type visitor struct {
	t  *testing.T
	b  *testbroker.Broker
	as testbroker.Change
	// seen are the addresses that were looked at, and asked how often one with such
	// a path and such names in its query was.
	seen  map[string]bool
	asked map[string]int
	// alike is how many pages are looked at that differ in the values of their query only.
	alike int
	// resources tells to look at the API's resources, too, which name what there is to do
	// with them whoever looks.
	resources bool
	// anchors are the places within each page, sent what each form sends.
	anchors map[string]map[string]bool
	sent    map[string]url.Values
	// wanted are the places that links lead to, by the page that has the link.
	wanted map[string]string
}

// followed is everything that one finds who begins at an address.
func followed(t *testing.T, b *testbroker.Broker, as testbroker.Change, alike int, resources bool, from ...string) *visitor {
	v := &visitor{t: t, b: b, as: as, alike: alike, resources: resources, seen: map[string]bool{}, asked: map[string]int{}, anchors: map[string]map[string]bool{}, sent: map[string]url.Values{}, wanted: map[string]string{}}
	type step struct{ address, on string }
	var next []step
	for _, address := range from {
		next = append(next, step{address, "the beginning"})
	}
	for len(next) > 0 {
		at := next[0]
		next = next[1:]
		if !v.isNew(at.address) {
			continue
		}
		for _, led := range v.look(at.address, at.on) {
			next = append(next, step{led, at.address})
		}
	}
	for place, on := range v.wanted {
		address, fragment, _ := strings.Cut(place, "#")
		if anchors, looked := v.anchors[address]; looked {
			assert.True(t, anchors[fragment], "%s has a link to %s, where there is no such place", on, place)
		}
	}
	return v
}

func (v *visitor) isNew(address string) bool {
	u, err := url.Parse(address)
	require.NoError(v.t, err, address)
	kind := u.EscapedPath() + "?" + strings.Join(slices.Sorted(maps.Keys(u.Query())), "&")
	if v.seen[address] || v.asked[kind] >= v.alike || !v.resources && u.Query().Has("as") {
		return false
	}
	v.seen[address] = true
	v.asked[kind]++
	return true
}

// perhapsMissing are the addresses to which the resource of a contract leads whether or
// not anything is there, and says so.
var perhapsMissing = regexp.MustCompile(`/(previous-distinct|latest-untagged|verification-results/latest)\?as=resource$`)

// look opens an address to which the page on leads, and returns where one can go from
// there.
func (v *visitor) look(address, on string) (led []string) {
	answer := v.b.Visit(address, v.as)
	switch {
	case answer.Status >= 300 && answer.Status < 400:
		to, _, _ := strings.Cut(answer.Header.Get("Location"), "#")
		assert.False(v.t, strings.HasPrefix(to, "/sign-in"), "%s leads to %s, where one has to sign in again", on, address)
		return []string{to}
	case answer.Status == http.StatusNotFound && strings.HasSuffix(on, "?as=resource") && perhapsMissing.MatchString(address):
		return nil
	case !assert.Equal(v.t, http.StatusOK, answer.Status, "%s leads to %s: %.200s", on, address, answer.Body):
		return nil
	case !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html"):
		return nil
	}
	page := pageOf(v.t, answer)
	v.isSound(page, address)
	for _, a := range page.all("a") {
		to, fragment := resolved(v.t, address, a.is("href"))
		if fragment != "" {
			v.wanted[to+"#"+fragment] = address
		}
		if to != "" {
			led = append(led, to)
		}
	}
	for _, form := range page.all("form") {
		to, _ := resolved(v.t, address, form.is("action"))
		switch fields := url.Values(form.form()); {
		case to == "":
			assert.Fail(v.t, "a form leads away", "%s: %s", address, form.is("action"))
		case form.is("method") == "post":
			v.sent[to] = fields
		case form.incomplete():
		default:
			bare, _, _ := strings.Cut(to, "?")
			led = append(led, bare+"?"+form.query())
		}
	}
	return led
}

// isSound looks whether a page is whole in itself.
func (v *visitor) isSound(page element, address string) {
	ids := map[string]bool{}
	for node := range page.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		if id, has := (element{node}).attribute("id"); has {
			assert.False(v.t, ids[id], "%s: the id %q is there twice", address, id)
			ids[id] = true
		}
	}
	v.anchors[address] = ids
	for node := range page.Descendants() {
		e := element{node}
		for _, reference := range []string{"for", "aria-labelledby", "aria-describedby", "list", "form"} {
			for id := range strings.FieldsSeq(e.is(reference)) {
				assert.True(v.t, ids[id], "%s: <%s %s=%q> speaks of nothing", address, e.Data, reference, id)
			}
		}
		if to, inPage := strings.CutPrefix(e.is("href"), "#"); node.Data == "use" && inPage {
			assert.True(v.t, ids[to], "%s: there is no picture %q", address, to)
		}
	}
	assert.Len(v.t, page.all("h1"), 1, "%s has one heading", address)
	assert.NotContains(v.t, page.text(), "%!", "%s: something was written with the wrong verb", address)
	assert.NotRegexp(v.t, `(^|[\s(])1 (integrations|applications|versions|consumers|providers|interactions|messages|places|rows|events|tokens|pairs) `, page.text(), "%s: one is not many", address)
}

// incomplete reports whether a browser would not send a form as it stands.
func (e element) incomplete() bool {
	return slices.ContainsFunc(e.all("input", "required", ""), func(field element) bool { return field.is("value") == "" })
}

// resolved is where a link on a page leads: an address of the broker, "" for those
// elsewhere, and the place within it.
func resolved(t *testing.T, on, href string) (address, fragment string) {
	base, err := url.Parse(on)
	require.NoError(t, err)
	to, err := base.Parse(href)
	require.NoError(t, err, "%s: %s", on, href)
	fragment, to.Fragment, to.RawFragment = to.Fragment, "", ""
	switch {
	case to.Host == "broker.test":
		to.Scheme, to.Host = "", ""
	case to.Host != "" || to.Scheme != "":
		return "", ""
	}
	return to.String(), fragment
}

// submit presses the button of every form that was seen, those that end something last,
// and reports whether something may be gone.
func (v *visitor) submit(gone bool) bool {
	ends := func(address string) int {
		for i, word := range []string{"/revoke", "/disable", "/forget", "/merge", "/delete", "/account/password", "/sign-out"} {
			if strings.HasSuffix(address, word) {
				return i + 1
			}
		}
		return 0
	}
	for _, address := range slices.SortedFunc(maps.Keys(v.sent), func(a, b string) int { return ends(a) - ends(b) }) {
		gone = gone || ends(address) > 0
		answer := v.b.Submit(address, v.sent[address], v.as)
		if again := pageOf(v.t, answer).all("form", "action", address); len(again) == 0 { // else it says what is missing
			assert.NotEqual(v.t, http.StatusForbidden, answer.Status, "the form that is sent to %s is shown to somebody who may not send it: %.300s", address, answer.Body)
		}
		assert.Less(v.t, answer.Status, http.StatusInternalServerError, "%s: %.300s", address, answer.Body)
		if answer.Status == http.StatusNotFound {
			assert.True(v.t, gone, "nothing takes the form that is sent to %s: %.300s", address, answer.Body)
		}
	}
	return gone
}

// Whoever looks at the pages can follow all that they show, and send every form:
// nothing leads nowhere, and nothing is offered to somebody who may not have it.
func TestPages_leadSomewhereWhoeverLooks(t *testing.T) {
	b, admin := furnished(t)
	var all []*visitor
	for _, who := range []struct {
		name, role   string
		applications []string
		alike        int
		finds, not   []string
	}{
		{"viewer", "viewer", nil, 1, []string{"/environments", "/network", "/teams"}, []string{"/webhooks", "/tokens", "/settings", "/pacticipants/Api/edit"}},
		{"developer of one", "developer", []string{"Api"}, 1, []string{"/pacticipants/Api/edit", "/webhooks/new", "/secrets"}, []string{"/tokens", "/people", "/pacticipants/payments/edit"}},
		{"administrator", "admin", nil, 2, []string{"/tokens", "/people", "/webhooks/hook-of-the-api-1/edit", "/secrets/CI_TOKEN", "/settings", "/audit", "/pacticipants/Lonely/delete"}, nil},
	} {
		v := followed(t, b, person(admin, b, strings.ReplaceAll(who.name, " ", "-"), who.role, who.applications...), who.alike, who.role == "admin", "/")
		t.Logf("%s: %d addresses, %d forms", who.name, len(v.seen), len(v.sent))
		for _, address := range who.finds {
			assert.True(t, v.seen[address], "%s finds %s", who.name, address)
		}
		for _, address := range who.not {
			assert.False(t, v.seen[address], "%s is shown %s", who.name, address)
		}
		all = append(all, v)
	}
	gone := false
	for _, v := range all {
		gone = v.submit(gone)
	}
}
