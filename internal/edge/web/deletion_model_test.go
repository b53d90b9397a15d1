package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// along is what an application takes with it, as plainly as one can count it.
func (m model) along(name string) map[string]int {
	goes := map[string]int{}
	count := func(what string, n int) {
		if n > 0 {
			goes[what] += n
		}
	}
	count("Its versions", 1)
	for _, p := range m.pairs {
		if p.consumer == name {
			count("Integrations in which it is the consumer", 1)
		}
		if p.provider == name {
			count("Integrations in which it is the provider", 1)
		}
		if p.consumer == name || p.provider == name {
			count("Contents of contracts", 1)
			if p.state != "not-known" {
				count("Results", 1)
			}
		}
	}
	if m.there[name] {
		count("Places where it runs", 1)
	}
	return goes
}

// without is what is left once an application is gone.
func (m model) without(name string) model {
	m.pairs = slices.DeleteFunc(slices.Clone(m.pairs), func(p modelPair) bool { return p.consumer == name || p.provider == name })
	return m
}

// What goes along with an application is what the page before says, to a number, of
// those who need it and of itself; and it is gone afterwards, and only that.
func TestDeleteApplication_takesAlongWhatItSays(t *testing.T) {
	b, m := invented(t)
	all := m.names()
	for round := range 5 {
		name := all[round*len(all)/5]
		at := "/pacticipants/" + links.Escape(name)
		page := visited(t, b, at+"/delete")
		want, things := m.along(name), 0
		for _, n := range want {
			things += n
		}
		require.Equal(t, want, counts(t, page), name)
		require.True(t, page.has("button", fmt.Sprintf("and %d thing", things)), page.one(t, "form", "action", at+"/delete").text())
		require.Equal(t, m.there[name], page.has("p", "Version 1 runs in test."), name)
		sent := filled(t, page, at+"/delete", "confirm", name)
		if strings.Contains(name, "|") {
			sent["confirm"] = []string{name} // filled takes it for two
		}
		b.Submit(at+"/delete", sent).OK(http.StatusSeeOther)

		b.Get(at).OK(http.StatusNotFound)
		m = m.without(name)
		require.ElementsMatch(t, named(m.pairs), pairsOf(t, b), "after %s", name)
		for _, other := range all {
			if b.Get("/pacticipants/"+links.Escape(other)).Status == http.StatusNotFound {
				continue
			}
			require.Equal(t, m.along(other), counts(t, visited(t, b, "/pacticipants/"+links.Escape(other)+"/delete")), "of %s after %s", other, name)
		}
		for _, gone := range []string{at, at + "/versions/1", at + "/delete", at + "/edit", at + "/versions/1/delete"} {
			b.Visit(gone).OK(http.StatusNotFound)
		}
	}
}

// pairsOf are the integrations that the API has.
func pairsOf(t *testing.T, b *testbroker.Broker) (found []string) {
	t.Helper()
	for _, one := range b.Get("/integrations").OK().Find("_embedded", "integrations").([]any) {
		of := one.(testbroker.Object)["_embedded"]
		if of == nil {
			of = one
		}
		name := func(role string) string { return of.(testbroker.Object)[role].(testbroker.Object)["name"].(string) }
		found = append(found, name("consumer")+" > "+name("provider"))
	}
	return found
}

// An edited application is what the API shows of it, and the form as it stands changes
// nothing, whatever stands in it.
func TestEditApplication_saysTheSameAsTheAPI(t *testing.T) {
	b := testbroker.New(t)
	b.Version("Shop", "1", "main")
	shown := func() map[string]any {
		kept := b.Get("/pacticipants/Shop").OK()
		labels := []string{}
		if all, some := kept.Find("_embedded", "labels").([]any); some {
			for _, l := range all {
				labels = append(labels, l.(testbroker.Object)["name"].(string))
			}
		}
		slices.Sort(labels)
		external := b.Get("/api/v1/applications/Shop/external")
		reason := any(nil)
		if external.Status == http.StatusOK {
			reason = external.Find("reason")
		}
		return map[string]any{"displayName": kept.Find("displayName"), "mainBranch": kept.Find("mainBranch"), "repositoryUrl": kept.Find("repositoryUrl"), "repositoryName": kept.Find("repositoryName"), "repositoryNamespace": kept.Find("repositoryNamespace"), "labels": labels, "external": reason}
	}
	for i, text := range textsToKeep {
		branch := strings.Join(strings.Fields(text), "")
		labels := []string{text, fmt.Sprint("label ", i)}
		want := map[string]any{"displayName": text + "!", "mainBranch": branch, "repositoryUrl": "https://git.example.org/" + url.PathEscape(text), "repositoryName": text, "repositoryNamespace": text, "labels": slices.Sorted(slices.Values(labels)), "external": nil}
		form := url.Values{"displayName": {text + "!"}, "mainBranch": {branch}, "repositoryUrl": {"https://git.example.org/" + url.PathEscape(text)}, "repositoryName": {" " + text}, "repositoryNamespace": {text + " "}, "labels": {strings.Join(labels, "\r\n")}}
		if i%2 == 0 {
			form["external"], form["reason"] = []string{"yes"}, []string{text}
			want["external"] = text
		}
		b.Submit("/pacticipants/Shop/edit", form).OK(http.StatusSeeOther)
		require.Equal(t, want, shown(), text)
		b.Submit("/pacticipants/Shop/edit", url.Values(visited(t, b, "/pacticipants/Shop/edit").one(t, "form", "action", "/pacticipants/Shop/edit").form())).OK(http.StatusSeeOther)
		require.Equal(t, want, shown(), "%s is sent as it stands", text)
	}
}
