package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// What was searched for is marked where it stands in a name, in whichever case, also
// behind and in letters that take another room in the other case.
func TestSearch_marksWhatWasFound(t *testing.T) {
	b := testbroker.New(t)
	for _, name := range []string{"Shop-API", "İİİ-shop-İstanbul", "ȺȺ-shopkeeper", "KK-Kshop", "ßhop shop", "ΣΣ-shopς", "a.b*c", "shopshop"} {
		b.Post("/pacticipants", testbroker.Object{"name": name}).OK(http.StatusCreated)
	}
	marked := func(asked string) map[string]string {
		found := map[string]string{}
		for _, card := range visited(t, b, "/search?q="+url.QueryEscape(asked)).all("section", "aria-labelledby", "apps") {
			for _, link := range card.all("a", "class", "name") {
				mark := link.all("mark")
				require.Len(t, mark, 1, "%q in %q", asked, link.text())
				whole := ""
				for node := range link.Descendants() {
					if node.FirstChild == nil {
						whole += node.Data
					}
				}
				found[whole] = mark[0].FirstChild.Data
			}
		}
		return found
	}
	require.Equal(t, map[string]string{
		"Shop-API": "Shop", "İİİ-shop-İstanbul": "shop", "ȺȺ-shopkeeper": "shop", "KK-Kshop": "shop", "ßhop shop": "shop", "ΣΣ-shopς": "shop", "shopshop": "shop",
	}, marked("sHoP"))
	require.Equal(t, map[string]string{"ȺȺ-shopkeeper": "ȺȺ-shopkeeper"}, marked("ⱥⱥ-SHOPKEEPER"))
	require.Equal(t, map[string]string{"a.b*c": "b*"}, marked("B*"))
	require.Equal(t, map[string]string{"Shop-API": "-API"}, marked("-api"), "at the end")
	require.Equal(t, map[string]string{"ΣΣ-shopς": "ΣΣ"}, marked("σσ"))
}

// A word of one letter, or one that nothing has, finds what it says.
func TestSearch_isExactAboutWhatItFinds(t *testing.T) {
	b := testbroker.New(t)
	b.Environment("staging")
	b.Pact("Web", "1.0.0+build/7").Branch("feat/100%").With("Api")
	for asked, want := range map[string]map[string]int{
		"web": {"apps": 1}, "1.0.0+build/7": {"versions": 1}, "1.0.0 build/7": {}, "feat/100%": {"branches": 1}, "feat/100_": {}, "FEAT": {}, "0.0": {}, "STAG": {"envs": 1}, "  web  ": {"apps": 1}, "%": {}, "_": {}, "nothing": {},
	} {
		found := map[string]int{}
		for _, card := range visited(t, b, "/search?q="+url.QueryEscape(asked)).all("section", "class", "card found") {
			found[card.is("aria-labelledby")] = len(card.all("li"))
			for _, link := range card.all("a", "class", "name") {
				b.Visit(link.is("href")).OK(200)
			}
		}
		require.Equal(t, want, found, asked)
	}
	require.Contains(t, visited(t, b, "/search?q=+").text(), "Applications, versions by number", "blank is nothing")
}
