package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// pagedLists are all lists that are read by page and size, in a world of the
// applications that turnPages fills.
var pagedLists = []string{
	"/pacticipants", "/pacticipants?q=r", "/pacticipants/label/web", "/labels", "/pacticipants/Shop/versions", "/pacticipants/Stock/versions", "/pacticipants/Shop/tags/dev/versions",
	"/pacticipants/Shop/branches", "/pacticipants/Shop/branches?q=feat", "/pacticipants/Shop/branches/main/versions", "/integrations",
	"/pacts/latest", "/pacts/provider/Stock", "/pacts/provider/Stock/latest", "/pacts/provider/Stock/tag/dev", "/pacts/provider/Stock/latest/dev", "/pacts/provider/Stock/branch", "/pacts/provider/Stock/branch/main",
	"/pacts/provider/Stock/branch/latest", "/pacts/provider/Stock/branch/main/latest", "/pacts/provider/Stock/consumer/Shop/versions", "/pacts/provider/Stock/consumer/Shop/tag/dev",
	"/pacts/provider/Stock/consumer/Shop/branch", "/pacts/provider/Stock/consumer/Shop/branch/main", "/pacts/provider/Stock/consumer/Shop/branch/versions", "/pacts/provider/Stock/consumer/Shop/branch/latest/versions",
	"/pacts/provider/Stock/consumer/Shop/branch/main/latest/versions",
}

// elementsOf are the elements of all lists in an answer, by where these stand.
func elementsOf(t *testing.T, r testbroker.Response) map[string][]string {
	t.Helper()
	lists := map[string][]string{}
	collect := func(within string, of any) {
		members, _ := of.(map[string]any)
		for name, value := range members {
			elements, is := value.([]any)
			if !is || name == "curies" {
				continue
			}
			for _, element := range elements {
				text, err := json.Marshal(element)
				require.NoError(t, err)
				lists[within+name] = append(lists[within+name], string(text))
			}
		}
	}
	collect("", r.JSON())
	collect("embedded ", r.Find("_embedded"))
	collect("links ", r.Find("_links"))
	return lists
}

// Of every list that can be read in pages, the pages put together are the whole list, in
// its order; each leads to the next and back to the one before, and all count the same.
func TestPages_makeTheWholeList(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("live")
		b.Pact("Shop", "0.0").Branch("main").Tags("dev").With("Stock")
		b.Put("/pacticipants/Stock/labels/web", testbroker.Object{}).OK()
		count := 0
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			b := b.For(t)
			for range 14 {
				count++
				consumer, provider, number := testrandom.OneOf(random, "Shop", "Shop", "Till", "Market", "Écran"), testrandom.OneOf(random, "Stock", "Stock", "Mail"), fmt.Sprint(count, ".", random.IntN(90))
				pact := b.Pact(consumer, number).Branch(testrandom.OneOf(random, "main", "main", "feat/x", "")).Saying(testbroker.Content(consumer, provider, fmt.Sprint(random.IntN(3))))
				if random.IntN(2) == 0 {
					pact.Tags(testrandom.OneOf(random, "dev", "prod"))
				}
				pact.With(provider)
				if random.IntN(3) == 0 {
					pact.VerifiedBy(fmt.Sprint(random.IntN(4)))
				}
				if random.IntN(4) == 0 {
					b.Put("/pacticipants/"+provider+"/labels/"+testrandom.OneOf(random, "web", "core", "Web"), testbroker.Object{}).OK()
				}
				b.Put("/pacticipants/Shop/branches/"+testrandom.OneOf(random, "feat-1", "feat-2", "fix")+"/versions/"+fmt.Sprint(count%3, ".0"), nil).OK()
				b.Deploy("Shop", "0.0", "live", fmt.Sprint(count%4))
			}
			inLive := "/pacticipants/Shop/environments/" + b.Environment("live") + "/versions"
			for _, address := range append(slices.Clone(pagedLists), inLive) {
				readInPages(t, b, address, 1+random.IntN(5))
			}
		}, 1)
	})
}

func readInPages(t *testing.T, b *testbroker.Broker, address string, size int) {
	t.Helper()
	with := address + "?"
	if strings.Contains(address, "?") {
		with = address + "&"
	}
	whole := elementsOf(t, b.Get(with+"page=1&size=1000").OK(http.StatusOK))
	bare := elementsOf(t, b.Get(address).OK(http.StatusOK))
	require.Equal(t, whole, bare, "%s: one page that holds all is the list without pages", address)
	together := map[string][]string{}
	previous := ""
	total, pages := -1.0, 0
	for next := fmt.Sprintf("%spage=1&size=%d", with, size); next != ""; {
		page := b.Get(next).OK(http.StatusOK)
		pages++
		for name, elements := range elementsOf(t, page) {
			require.LessOrEqual(t, len(elements), size, next)
			together[name] = append(together[name], elements...)
		}
		if count, is := page.Find("page", "totalElements").(float64); is {
			require.True(t, total < 0 || total == count, "%s: all pages count the same", address)
			total = count
		}
		if back, is := page.Find("_links", "previous", "href").(string); is || previous != "" {
			require.Equal(t, elementsOf(t, b.Get(previous).OK(http.StatusOK)), elementsOf(t, b.Get(back).OK(http.StatusOK)), "the way back from %s", next)
		}
		previous = next
		next, _ = page.Find("_links", "next", "href").(string)
		require.Less(t, pages, 200, "%s has an end", address)
	}
	require.Equal(t, whole, together, "%s in pages of %d", address, size)
	if total >= 0 {
		require.Contains(t, slices.Collect(maps.Values(lengths(whole))), int(total), "%s tells how many there are", address)
	}
}

// lengths are how long lists are; that of a list that is empty is 0.
func lengths(lists map[string][]string) map[string]int {
	of := map[string]int{}
	for name, elements := range lists {
		of[name] = len(elements)
	}
	if len(of) == 0 {
		of[""] = 0
	}
	return of
}
