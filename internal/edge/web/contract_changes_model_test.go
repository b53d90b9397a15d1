package web_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// demanded is a change of a contract as the test has made it: what it means for the
// provider, where it is, and how it was before and is now.
type demanded struct{ mark, interaction, path, before, now string }

// mirrored is the same change on the way back.
func (d demanded) mirrored() demanded {
	if other, turns := map[string]string{"Asks more": "Asks less", "Asks less": "Asks more"}[d.mark]; turns {
		d.mark = other
	}
	d.before, d.now = d.now, d.before
	if d.path == "" {
		d.before, d.now = "", map[string]string{"is new": "is gone", "is gone": "is new"}[d.before]
	}
	return d
}

// asking is a plain interaction with a number.
func asking(n int) testbroker.Object {
	return testbroker.Object{
		"description": fmt.Sprintf("request <%d>", n), "comments": testbroker.Object{"text": []any{"as ever"}},
		"request":  testbroker.Object{"method": "GET", "path": fmt.Sprintf("/things/%d", n), "headers": testbroker.Object{"Accept": "*/*"}},
		"response": testbroker.Object{"status": 200, "headers": testbroker.Object{"Server": "x"}, "body": testbroker.Object{"id": n, "name": "a & b", "a/b~c": true}},
	}
}

// alterations change one place of an interaction each.
var alterations = []struct {
	mark, path, before, now string
	do                      func(i testbroker.Object)
}{
	{"Asks more", "/response/body/floor", "not asked for", "7", func(i testbroker.Object) { part(i, "response", "body")["floor"] = 7 }},
	{"Asks more", "/response/headers/Vary", "not asked for", `"Accept"`, func(i testbroker.Object) { part(i, "response", "headers")["Vary"] = "Accept" }},
	{"Asks less", "/response/body/name", `"a & b"`, "not asked for", func(i testbroker.Object) { delete(part(i, "response", "body"), "name") }},
	{"Asks less", "/response/body/a~1b~0c", "true", "not asked for", func(i testbroker.Object) { delete(part(i, "response", "body"), "a/b~c") }},
	{"Asks otherwise", "/response/status", "200", "201", func(i testbroker.Object) { part(i, "response")["status"] = 201 }},
	{"Asks otherwise", "/response/body/name", `"a & b"`, "null", func(i testbroker.Object) { part(i, "response", "body")["name"] = nil }},
	{"Asks otherwise", "/response/body/name", `"a & b"`, `[ 1, 2 ]`, func(i testbroker.Object) { part(i, "response", "body")["name"] = []any{1, 2} }},
	{"Asks otherwise", "/request/headers/X-More", "not asked for", `"<b>"`, func(i testbroker.Object) { part(i, "request", "headers")["X-More"] = "<b>" }},
	{"Asks otherwise", "/request/headers/Accept", `"*/*"`, "not asked for", func(i testbroker.Object) { delete(part(i, "request", "headers"), "Accept") }},
	{"Asks otherwise", "/request/method", `"GET"`, `"HEAD"`, func(i testbroker.Object) { part(i, "request")["method"] = "HEAD" }},
	{"Asks the same", "/comments/text/0", `"as ever"`, `"as never before"`, func(i testbroker.Object) { part(i, "comments")["text"] = []any{"as never before"} }},
}

// part is what is at a place of an interaction.
func part(i testbroker.Object, keys ...string) testbroker.Object {
	for _, key := range keys {
		i = i[key].(testbroker.Object)
	}
	return i
}

// nameIn is the name of the interaction of a change, which leads to it where it still is.
func nameIn(head element) string {
	if links := head.all("a"); len(links) > 0 {
		return links[0].text()
	}
	name, _, _ := strings.Cut(head.FirstChild.Data, " is gone")
	return strings.TrimSpace(name)
}

// changesOn are the changes that the page of a contract shows.
func changesOn(t *testing.T, page element) (found []demanded) {
	t.Helper()
	for _, list := range page.one(t, "section", "aria-labelledby", "changes").all("ul", "class", "card chg mt") {
		for _, row := range list.all("li") {
			head := row.one(t, "p")
			one := demanded{mark: row.one(t, "span").text(), interaction: nameIn(head)}
			if code := head.all("code"); len(code) > 0 {
				one.path = code[0].text()
			} else {
				_, one.now, _ = strings.Cut(head.text(), one.interaction+" ")
			}
			if sides := row.all("pre"); len(sides) == 2 {
				one.before, one.now = sides[0].text(), sides[1].text()
			}
			found = append(found, one)
		}
	}
	return found
}

// The page of a contract tells each place in which it asks for something else than the
// one before, what that means for the provider, and both texts; on the way back it tells
// the same the other way round, and where nothing is changed it says so.
func TestContractChanges_areThoseThatWereMade(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		b := testbroker.New(t)
		for round := range 6 {
			consumer := fmt.Sprintf("Web%d", round)
			var before, after []any
			var want []demanded
			for n := range 2 + random.IntN(8) {
				old, changed := asking(n), asking(n)
				name := fmt.Sprintf("request <%d>", n)
				switch random.IntN(6) {
				case 0:
					before, want = append(before, old), append(want, demanded{mark: "Asks less", interaction: name, now: "is gone"})
				case 1:
					after, want = append(after, changed), append(want, demanded{mark: "Asks more", interaction: name, now: "is new"})
				case 2:
					before, after = append(before, old), append(after, changed)
				default:
					a := testrandom.OneOf(random, alterations...)
					a.do(changed)
					before, after, want = append(before, old), append(after, changed), append(want, demanded{a.mark, name, a.path, a.before, a.now})
				}
			}
			before, after = append(before, asking(99)), append(after, asking(99))
			random.Shuffle(len(after), func(i, j int) { after[i], after[j] = after[j], after[i] })
			contract := func(interactions []any) testbroker.Object {
				return testbroker.Object{"interactions": interactions, "metadata": testbroker.Object{"pactSpecification": testbroker.Object{"version": "3.0.0"}}}
			}
			text, err := json.Marshal(after)
			require.NoError(t, err)
			b.Pact(consumer, "1").Saying(contract(before)).With("Api")
			b.Pact(consumer, "2").Saying(contract(after)).With("Api")
			b.Pact(consumer, "3").Saying(contract(before)).With("Api")
			at := "/pacts/provider/Api/consumer/" + consumer + "/version/"
			if first := visited(t, b, at+"1").all("section", "aria-labelledby", "changes"); len(first) > 0 {
				require.Contains(t, first[0].text(), "No version before this one asked for something else.")
			}
			if len(want) == 0 {
				continue // the three are one
			}
			var back []demanded
			for _, d := range want {
				back = append(back, d.mirrored())
			}
			for version, made := range map[string][]demanded{"2": want, "3": back} {
				page := visited(t, b, at+version)
				require.ElementsMatch(t, made, changesOn(t, page), "version %s of %s, which says %s", version, consumer, text)
				section := page.one(t, "section", "aria-labelledby", "changes")
				summary := section.all("p", "class", "second")[0].text()
				noticed := 0
				for _, mark := range []string{"Asks more", "Asks less", "Asks otherwise"} {
					n := len(slices.DeleteFunc(slices.Clone(made), func(d demanded) bool { return d.mark != mark }))
					noticed += n
					places := regexp.MustCompile(strings.ToLower(mark) + ` in (\d+) place`).FindStringSubmatch(summary)
					if n == 0 {
						require.Nil(t, places, summary)
						continue
					}
					require.NotNil(t, places, "%s: %s", mark, summary)
					require.Equal(t, fmt.Sprint(n), places[1], summary)
				}
				require.Equal(t, noticed == 0, strings.Contains(summary, "Nothing that a provider would notice"), summary)
				require.Equal(t, fmt.Sprint(len(made)), page.one(t, "a", "href", "#changes").one(t, "span").text())
			}
			b.Get(at + "2").OK(http.StatusOK)
		}
	}, 1)
}
