package web_test

import (
	"encoding/base64"
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

// searchable is all that a broker has that can be searched for, each by the address to
// which its hit leads.
type searchable struct {
	apps, versions, branches, environments, labels, endpoints, operations map[string]string
	// owned are the applications of the team, and pairs those who promise or ask for
	// what is at an address of an endpoint.
	owned map[string]bool
	of    map[string][]string
}

// searchableParts are what names are made of, so that many begin and end alike.
var searchableParts = []string{"api", "Api", "web", "PAY", "shop", "s", "-", "_", "%", ".", "ö", "İ", "ß", "1", "12", "get"}

func searchableName(random *rand.Rand) string {
	name := testrandom.OneOf(random, "a", "b", "Shop", "x1")
	for range 1 + random.IntN(3) {
		name += testrandom.OneOf(random, searchableParts...)
	}
	return name
}

// filledToSearch fills a broker, and tells what there is.
func filledToSearch(b *testbroker.Broker, random *rand.Rand) searchable {
	s := searchable{map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}, map[string]bool{}, map[string][]string{}}
	app := func(name string) string { return "/pacticipants/" + url.PathEscape(name) }
	for range 12 {
		name := searchableName(random)
		if known := slices.ContainsFunc(slices.Collect(maps.Values(s.apps)), func(other string) bool { return strings.EqualFold(other, name) }); known {
			continue // it is taken for the same by those who publish
		}
		s.apps[app(name)] = name
		b.Post("/pacticipants", testbroker.Object{"name": name}).OK(http.StatusCreated)
		for range 2 {
			number, branch := searchableName(random), testrandom.OneOf(random, "feat/", "", "Feat/")+searchableName(random)
			b.Version(name, number, branch)
			s.versions[app(name)+"/versions/"+url.PathEscape(number)] = number
			s.branches[app(name)+"?branch="+url.QueryEscape(branch)] = branch
			s.of[app(name)+"/versions/"+url.PathEscape(number)], s.of[app(name)+"?branch="+url.QueryEscape(branch)] = []string{name}, []string{name}
		}
		if random.IntN(2) == 0 {
			label := searchableName(random)
			b.Put(app(name)+"/labels/"+url.PathEscape(label), nil).OK()
			s.labels["/?label="+url.QueryEscape(label)] = label
			s.of["/?label="+url.QueryEscape(label)] = append(s.of["/?label="+url.QueryEscape(label)], name)
		}
		s.owned[name] = random.IntN(3) == 0
	}
	names := slices.Sorted(maps.Values(s.apps))
	for i, consumer := range names[:len(names)/2] {
		provider, path := names[len(names)-1-i], "/"+testrandom.OneOf(random, "orders", "Pay/1", "shop", "get")+fmt.Sprint(i)
		number := fmt.Sprint("pact-", i)
		b.Pact(consumer, number).Saying(calling("POST", path)).With(provider)
		contract := "/pacts/provider/" + url.PathEscape(provider) + "/consumer/" + url.PathEscape(consumer) + "/version/" + number + "#i1"
		s.endpoints[contract], s.of[contract] = "POST "+path, []string{consumer, provider}
		s.versions[app(consumer)+"/versions/"+number], s.of[app(consumer)+"/versions/"+number] = number, []string{consumer}
		version := "v" + fmt.Sprint(i)
		b.Post("/provider-contracts/provider/"+url.PathEscape(provider)+"/publish", testbroker.Object{"pacticipantVersionNumber": version, "contract": testbroker.Object{
			"content": base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\npaths:\n  " + path + "/all:\n    get: {responses: {'200': {description: ok}}}\n")),
		}}).OK()
		operation := "/contracts/provider/" + url.PathEscape(provider) + "/version/" + version + "?q=" + url.QueryEscape(path+"/all")
		s.operations[operation], s.of[operation] = "GET "+path+"/all", []string{provider}
		s.versions[app(provider)+"/versions/"+version], s.of[app(provider)+"/versions/"+version] = version, []string{provider}
	}
	for range 4 {
		name := "env-" + strings.ToLower(strings.NewReplacer("%", "", "ö", "o", "İ", "i", "ß", "s", "_", "-").Replace(searchableName(random)))
		s.environments["/environments/"+b.Environment(name)] = name
	}
	for _, e := range b.Get("/environments").OK().Find("_embedded", "environments").([]any) {
		of := e.(testbroker.Object)
		s.environments["/environments/"+of["uuid"].(string)] = of["name"].(string) + "\n" + fmt.Sprint(of["displayName"])
	}
	return s
}

// fits reports whether somebody who searches for a text finds a name of a kind.
func (s searchable) fits(kind, name, asked string) bool {
	lower, text := strings.ToLower(name), strings.ToLower(asked)
	switch kind {
	case "versions", "branches":
		return strings.HasPrefix(name, asked)
	case "endpoints", "operations":
		method, path, _ := strings.Cut(lower, " ")
		if text == "get" || text == "post" {
			return text == method
		}
		if rest, of := strings.CutPrefix(text, method+" "); of {
			text = rest
		}
		return strings.Contains(path, text)
	}
	return strings.Contains(lower, text)
}

// hits are what a page of the search has found of each kind, by where it leads.
func hits(t *testing.T, page element) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, card := range page.all("section", "class", "card found") {
		kind := card.is("aria-labelledby")
		for _, link := range card.all("a", "class", "name") {
			found[kind] = append(found[kind], link.is("href"))
		}
		require.Equal(t, fmt.Sprint(len(found[kind])), card.one(t, "div", "class", "cardhead").one(t, "span").text())
	}
	return found
}

// Whatever somebody searches for, each kind has what a plain filter finds, and no more
// than 20; each hit is marked where the text stands in it, and leads somewhere.
func TestSearch_findsWhatAPlainFilterFinds(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		b := testbroker.New(t)
		s := filledToSearch(b, random)
		owned := []string{}
		for name, own := range s.owned {
			if own {
				owned = append(owned, name)
			}
		}
		b.Put("/api/v1/teams/Core", testbroker.Object{"applications": owned}).OK(http.StatusCreated)
		kinds := map[string]map[string]string{"apps": s.apps, "versions": s.versions, "branches": s.branches, "envs": s.environments, "labels": s.labels, "endpoints": s.endpoints, "operations": s.operations}
		var texts []string
		for _, all := range kinds {
			for _, name := range all {
				letters := []rune(strings.Split(name, "\n")[0])
				from := random.IntN(len(letters))
				texts = append(texts, string(letters[from:from+1+random.IntN(len(letters)-from)]), string(letters[:1+random.IntN(len(letters))]))
			}
		}
		texts = append(texts, "a", "pact-", "GET", "post", "get /", "POST /", "nothing of this kind", "İ", "i", "SS", "ß")
		random.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
		opened := map[string]bool{}
		for _, asked := range texts[:60] {
			if asked = strings.TrimSpace(asked); asked == "" || strings.Contains(asked, "/") && strings.ContainsAny(asked, "0123456789") {
				continue // an identifier in a path stands for any other, of which other tests tell
			}
			for _, team := range []string{"", "Core"} {
				page := visited(t, b, "/search?q="+url.QueryEscape(asked)+"&team="+team)
				found := hits(t, page)
				total := 0
				for kind, all := range kinds {
					var want []string
					for address, name := range all {
						of := s.of[address]
						if kind == "apps" {
							of = []string{name}
						}
						its := team == "" || slices.ContainsFunc(of, func(name string) bool { return s.owned[name] })
						if s.fits(kind, name, asked) && its {
							want = append(want, address)
						}
					}
					if total += min(len(want), 20); len(want) > 20 {
						require.Len(t, found[kind], 20, "%q among %s of %q", asked, kind, team)
						require.Subset(t, want, found[kind], "%q among %s of %q", asked, kind, team)
						continue
					}
					require.ElementsMatch(t, want, found[kind], "%q among %s of %q", asked, kind, team)
				}
				require.Contains(t, page.one(t, "p", "class", "lead").text(), fmt.Sprintf("%d thing", total))
				require.Equal(t, total == 0, page.has("h2", "Nothing of that name"), asked)
				for _, addresses := range found {
					for _, address := range addresses {
						if bare, _, _ := strings.Cut(address, "#"); !opened[bare] && len(opened) < 40 {
							opened[bare] = true
							b.Visit(bare).OK(http.StatusOK)
						}
					}
				}
			}
		}
	}, 1)
}
