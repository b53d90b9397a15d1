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
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// lifeOf is what became of a version: on which branches it is, which tags it has, and
// in which environments it runs.
type lifeOf struct {
	branches, tags, places map[string]bool
	build                  string
}

func (l lifeOf) line(number string) string {
	said := func(names map[string]bool) string { return strings.Join(slices.Sorted(maps.Keys(names)), ",") }
	return strings.Join([]string{number, said(l.branches), said(l.tags), said(l.places), l.build}, " | ")
}

// lived is a broker in which versions of Web have been built, marked and deployed in many
// ways, and what became of each.
func lived(t *testing.T, random *rand.Rand) (b *testbroker.Broker, lives map[string]lifeOf) {
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	b, lives = testbroker.New(t, testbroker.At(func() time.Time { return now })), map[string]lifeOf{}
	const web = "/pacticipants/Web"
	deployed := map[[2]string]string{} // which version is in an environment and an instance
	for i := range 30 {
		now = now.Add(time.Minute)
		number := fmt.Sprintf("%s%d", testrandom.OneOf(random, "1.0.", "v", "a b/", "0123456789abcdef0123456789abcdef012345"), i+10)
		life := lifeOf{map[string]bool{}, map[string]bool{}, map[string]bool{}, ""}
		if random.IntN(3) == 0 {
			life.build = testrandom.OneOf(random, "https://ci.example.org/build?a=1&b=2", "HTTP://ci/1")
		}
		body := testbroker.Object{}
		if life.build != "" {
			body["buildUrl"] = life.build
		}
		b.Put(web+"/versions/"+url.PathEscape(number), body).OK()
		for range random.IntN(3) {
			branch := testrandom.OneOf(random, "main", "feat/x?y", "ö & <b>")
			b.Put(web+"/branches/"+url.PathEscape(branch)+"/versions/"+url.PathEscape(number), nil).OK()
			life.branches[branch] = true
		}
		for range random.IntN(3) {
			tag := testrandom.OneOf(random, "prod", "a/b", "<i>")
			b.Put(web+"/versions/"+url.PathEscape(number)+"/tags/"+url.PathEscape(tag), nil).OK()
			if len(life.branches) == 0 {
				life.branches[tag] = true // the first tag is the branch where none is named
			}
			life.tags[tag] = true
		}
		lives[number] = life
		for range random.IntN(3) {
			environment, instance := testrandom.OneOf(random, "test", "production"), testrandom.OneOf(random, "blue", "green")
			before := deployed[[2]string{environment, instance}]
			b.Deploy("Web", number, environment, instance)
			deployed[[2]string{environment, instance}] = number
			if before != "" && before != number && deployed[[2]string{environment, "blue"}] != before && deployed[[2]string{environment, "green"}] != before {
				delete(lives[before].places, environment)
			}
			life.places[environment] = true
		}
	}
	return b, lives
}

// The versions of an application stand on its page with their branches and tags, and with
// each environment in which they run, once, in however many instances.
func TestApplication_saysOfEachVersionWhatBecameOfIt(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		b, lives := lived(t, random)
		rows := func(page element) (found []string) {
			for _, row := range page.one(t, "table", "class", "table tocards vers").one(t, "tbody").all("tr") {
				cells := row.all("td")
				of := func(all []element) string { return strings.Join(slices.Sorted(slices.Values(texts(all))), ",") }
				build := ""
				for _, link := range cells[2].all("a") {
					build = link.is("href")
				}
				environments := append(cells[1].all("span", "class", "env"), cells[1].all("span", "class", "env prod")...)
				number := row.one(t, "a", "class", "ver").is("title")
				require.Equal(t, "/pacticipants/Web/versions/"+url.PathEscape(number), row.one(t, "a", "class", "ver").is("href"))
				require.Equal(t, "/can-i-deploy?"+url.Values{"environment": {"production"}, "pacticipant": {"Web"}, "version": {number}}.Encode(), cells[3].one(t, "a").is("href"))
				found = append(found, strings.Join([]string{number, of(cells[0].all("span", "class", "branch")), of(cells[0].all("span", "class", "label")), of(environments), build}, " | "))
			}
			return found
		}
		want := func(fits func(lifeOf) bool) (lines []string) {
			for number, life := range lives {
				if fits(life) {
					lines = append(lines, life.line(number))
				}
			}
			return lines
		}
		require.ElementsMatch(t, want(func(lifeOf) bool { return true }), leafed(t, b, "/pacticipants/Web", rows))
		for _, branch := range []string{"main", "feat/x?y", "ö & <b>", "prod", "a/b"} {
			on := want(func(l lifeOf) bool { return l.branches[branch] })
			if len(on) > 0 {
				require.ElementsMatch(t, on, leafed(t, b, "/pacticipants/Web?branch="+url.QueryEscape(branch), rows), branch)
			}
		}
		checkMarks(t, b, lives)
	}, 1)
}

// checkMarks checks that the page of each version has its branches and tags, and says of
// each whether it is the newest.
func checkMarks(t *testing.T, b *testbroker.Broker, lives map[string]lifeOf) {
	t.Helper()
	newest := map[string]string{}
	versions := b.Get("/pacticipants/Web/versions").OK(http.StatusOK).Find("_embedded", "versions").([]any)
	for _, one := range slices.Backward(versions) { // the API has the newest first
		number := one.(testbroker.Object)["number"].(string)
		for mark := range lives[number].branches {
			newest["branch "+mark] = number
		}
		for mark := range lives[number].tags {
			newest["tag "+mark] = number
		}
	}
	for number, life := range lives {
		page := visited(t, b, "/pacticipants/Web/versions/"+url.PathEscape(number))
		var want, found []string
		for mark := range life.branches {
			want = append(want, fmt.Sprint("branch ", mark, newest["branch "+mark] == number))
		}
		for mark := range life.tags {
			want = append(want, fmt.Sprint("tag ", mark, newest["tag "+mark] == number))
		}
		for _, section := range page.all("section", "aria-labelledby", "bt") {
			for _, entry := range section.all("li") {
				labels := texts(entry.all("span", "class", "label"))
				if branches := entry.all("span", "class", "branch"); len(branches) > 0 {
					found = append(found, fmt.Sprint("branch ", branches[0].text(), slices.Contains(labels, "newest")))
				} else {
					found = append(found, fmt.Sprint("tag ", labels[0], slices.Contains(labels[1:], "newest")))
				}
			}
		}
		require.ElementsMatch(t, want, found, number)
	}
}
