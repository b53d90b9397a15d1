package web_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// accessKind is something about who may do what, as the API and the pages have it.
type accessKind struct {
	// at is where the pages and the API have it, and key by what a thing is called there.
	at, key string
	drawn   func(random *rand.Rand, name string) testbroker.Object
	// form is what somebody writes into the form who wants this.
	form func(b *testbroker.Broker, wanted testbroker.Object) url.Values
}

// textsToKeep are texts that want to be quoted somewhere, and none with blanks around it.
var textsToKeep = []string{"plain", "a=b", "x = y", "a, b", "ü & <i>", `"quoted"`, "it's", "100%", "a+b", "&amp;", "日本", "back\\slash", "octo/**", "*", "#channel", "two  blanks", "$1", "{{.}}"}

// some are a few of the texts, each once.
func some(random *rand.Rand, texts []string, most int) []string {
	chosen := []string{}
	for _, i := range random.Perm(len(texts))[:random.IntN(min(most, len(texts))+1)] {
		chosen = append(chosen, texts[i])
	}
	return chosen
}

// listed is what a form has one a line, with blank lines and blanks, which count nothing.
func listed(wanted testbroker.Object, name string) []string {
	texts, _ := wanted[name].([]string)
	return []string{strings.Join(texts, " \r\n\n  ")}
}

// scoped is a role for something; lists that hold nothing are left out.
func scoped(random *rand.Rand) testbroker.Object {
	scope := testbroker.Object{"role": testrandom.OneOf(random, "viewer", "developer", "keeper", "deployer")}
	if random.IntN(3) > 0 {
		for name, texts := range map[string][]string{"applications": some(random, textsToKeep, 3), "labels": some(random, textsToKeep, 3), "teams": some(random, []string{"Core", "a&b"}, 2)} {
			if len(texts) > 0 {
				scope[name] = texts
			}
		}
	}
	return scope
}

var accessKinds = map[string]accessKind{
	"roles": {"/roles", "name", func(random *rand.Rand, name string) testbroker.Object {
		actions := []string{"read", "read_events", "publish", "verify", "record", "manage_webhooks", "manage_applications"}
		return testbroker.Object{"description": testrandom.OneOf(random, textsToKeep...), "actions": append(some(random, actions[1:], 4), "read")}
	}, func(_ *testbroker.Broker, wanted testbroker.Object) url.Values {
		return url.Values{"description": {wanted["description"].(string)}, "action": wanted["actions"].([]string)}
	}},
	"teams": {"/teams", "name", func(random *rand.Rand, name string) testbroker.Object {
		team := testbroker.Object{"contact": testrandom.OneOf(random, textsToKeep...), "applications": some(random, textsToKeep, 4), "labels": some(random, textsToKeep, 4), "groups": some(random, textsToKeep, 4), "people": some(random, []string{"jo", "di"}, 2)}
		if random.IntN(2) == 0 {
			team["role"] = testrandom.OneOf(random, "viewer", "keeper")
		}
		return team
	}, func(b *testbroker.Broker, wanted testbroker.Object) url.Values {
		role, _ := wanted["role"].(string)
		return url.Values{"contact": {wanted["contact"].(string)}, "role": {role}, "applications": listed(wanted, "applications"), "labels": listed(wanted, "labels"), "groups": listed(wanted, "groups"), "people": listed(wanted, "people")}
	}},
	"trust-rules": {"/trust-rules", "name", func(random *rand.Rand, name string) testbroker.Object {
		rule := scoped(random)
		claims := map[string][]string{"repository": {"octo/" + testrandom.OneOf(random, textsToKeep...), "octo/web"}}
		for range random.IntN(3) {
			claims[testrandom.OneOf(random, "sub", "ref", "namespace_path", "https://claims.example.org/x")] = append(some(random, textsToKeep, 3), "refs/heads/*")
		}
		maps.Copy(rule, testbroker.Object{"name": name, "issuer": "https://ci.example.org/" + testrandom.OneOf(random, "", "a", "b"), "audience": testrandom.OneOf(random, textsToKeep...), "claims": claims})
		return rule
	}, func(_ *testbroker.Broker, wanted testbroker.Object) url.Values {
		var lines []string
		for claim, patterns := range wanted["claims"].(map[string][]string) {
			for _, pattern := range patterns {
				lines = append(lines, claim+jointOf(len(lines))+pattern)
			}
		}
		return url.Values{"issuer": {wanted["issuer"].(string)}, "audience": {wanted["audience"].(string)}, "role": {wanted["role"].(string)}, "applications": listed(wanted, "applications"), "labels": listed(wanted, "labels"), "teams": listed(wanted, "teams"), "claims": {strings.Join(lines, "\r\n")}}
	}},
}

// jointOf is what stands between a claim and its pattern, in one way or another.
func jointOf(n int) string { return []string{" = ", "=", "  =  "}[n%3] }

// withAccess is a broker with somebody and something to name.
func withAccess(t *testing.T) (b *testbroker.Broker, ids map[string]string) {
	b, ids = testbroker.New(t), map[string]string{}
	for _, name := range []string{"jo", "di"} {
		ids[name] = b.Post("/api/v1/users", testbroker.Object{"name": name, "password": password}).OK(http.StatusCreated).Text("id")
	}
	b.Put("/api/v1/roles/keeper", testbroker.Object{"actions": []string{"read", "manage_webhooks"}}).OK()
	b.Put("/api/v1/teams/Core", testbroker.Object{}).OK()
	b.Put("/api/v1/teams/a&b", testbroker.Object{}).OK()
	return b, ids
}

// byAPI makes something through the API, and returns the address of its page.
func (k accessKind) byAPI(b *testbroker.Broker, ids map[string]string, name string, wanted testbroker.Object) string {
	body := maps.Clone(wanted)
	if people, names := body["people"].([]string); names {
		known := []string{}
		for _, one := range people {
			known = append(known, ids[one])
		}
		body["people"] = known
	}
	if k.at == "/trust-rules" {
		return k.at + "/" + b.Post("/api/v1"+k.at, body).OK(http.StatusCreated).Text("id")
	}
	b.Put("/api/v1"+k.at+"/"+url.PathEscape(name), body).OK(http.StatusCreated)
	return k.at + "/" + url.PathEscape(name)
}

// kept is what the API has of a kind, by name, without what differs by when it was made
// and without an order that says nothing.
func (k accessKind) kept(b *testbroker.Broker) map[string]testbroker.Object {
	all := map[string]testbroker.Object{}
	for _, item := range items(b, "/api/v1"+k.at) {
		name := item[k.key].(string)
		for _, other := range []string{"id", k.key, "created_at", "updated_at"} {
			delete(item, other)
		}
		for _, list := range item {
			if texts, is := list.([]any); is {
				slices.SortFunc(texts, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			}
		}
		all[name] = item
	}
	return all
}

// What is made through a form is what the API makes of the same, whatever is written in
// it; the form of what is there changes nothing when it is sent as it stands; and what is
// changed through it is changed, and nothing beside.
func TestAccessForms_sayTheSameAsTheAPI(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		b, ids := withAccess(t)
		for _, kind := range slices.Sorted(maps.Keys(accessKinds)) {
			k := accessKinds[kind]
			for i := range 6 {
				k.madeAndChanged(t, b, ids, random, fmt.Sprintf("thing-%d", i))
			}
			for name := range k.kept(b) {
				require.Contains(t, visited(t, b, k.at).text(), name, "the list has them all")
			}
		}
	}, 1)
}

// madeAndChanged makes two alike, through the API and the form, and changes the first.
func (k accessKind) madeAndChanged(t *testing.T, b *testbroker.Broker, ids map[string]string, random *rand.Rand, name string) {
	t.Helper()
	first, second, third := name+"-a", name+"-b", name+"-c"
	wanted := k.drawn(random, first)
	address := k.byAPI(b, ids, first, wanted)
	form := k.form(b, wanted)
	form.Set("name", " "+second+" ")
	b.Submit(k.at, form).OK(http.StatusSeeOther)
	before := k.kept(b)
	require.Equal(t, before[first], before[second], "made through the form, of %v", wanted)

	b.Submit(address, url.Values(visited(t, b, address).one(t, "form", "action", address).form())).OK(http.StatusSeeOther)
	require.Equal(t, before, k.kept(b), "%v is sent as it stands", wanted)

	other := k.drawn(random, third)
	changed := k.form(b, other)
	changed.Set("name", first)
	b.Submit(address, changed).OK(http.StatusSeeOther)
	k.byAPI(b, ids, third, other)
	after := k.kept(b)
	require.Equal(t, after[third], after[first], "changed through the form to %v", other)
	before[first], before[third] = after[first], after[third]
	require.Equal(t, before, after, "nothing else is changed")
}

// The table of roles has a mark for each action of each role, which are those of the API.
func TestRoles_haveTheMarksThatTheAPISays(t *testing.T) {
	b, _ := withAccess(t)
	b.Put("/api/v1/roles/watcher", testbroker.Object{"actions": []string{"read_badges"}, "description": "<b>looks</b>"}).OK()
	page := visited(t, b, "/roles")
	var actions []string
	for _, head := range page.one(t, "thead").all("th")[1:] {
		actions = append(actions, strings.ReplaceAll(strings.ToLower(head.text()), " ", "_"))
	}
	shown := map[string][]string{}
	for _, row := range page.one(t, "tbody").all("tr") {
		name := row.one(t, "th").one(t, "code").text()
		shown[name] = []string{}
		for i, cell := range row.all("td") {
			if strings.Contains(cell.text(), "may") && !strings.Contains(cell.text(), "may not") {
				shown[name] = append(shown[name], actions[i])
			}
		}
	}
	want := map[string][]string{}
	for _, item := range items(b, "/api/v1/roles") {
		name := item["name"].(string)
		want[name] = []string{}
		for _, action := range item["actions"].([]any) {
			want[name] = append(want[name], action.(string))
		}
	}
	require.Contains(t, want, "watcher")
	require.Len(t, shown, len(want))
	for name, may := range want {
		require.ElementsMatch(t, may, shown[name], name)
	}
	require.Contains(t, page.text(), "<b>looks</b>")
}
