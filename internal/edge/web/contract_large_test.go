package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestShowContract_laysOutNoneThatIsTooLarge(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		saying := func(letter string, times int) testbroker.Object {
			return testbroker.Object{"interactions": []any{testbroker.Object{"description": "it all", "request": testbroker.Object{"method": "GET", "path": "/all"},
				"response": testbroker.Object{"status": 200, "body": strings.Repeat(letter, times)}}}}
		}
		b.Pact("Web", "1").Saying(saying("a", 7)).With("Stock")
		b.Pact("Web", "2").Saying(saying("a", 7<<20)).With("Stock").VerifiedBy("9")
		b.Pact("Web", "3").Saying(saying("b", 7)).With("Stock")

		large := read(b, "/pacts/provider/Stock/consumer/Web/version/2")
		require.Contains(t, large, "Too large to be laid out")
		require.Contains(t, large, "This contract has 7.0 MB")
		require.Contains(t, large, `href="/pacts/provider/Stock/consumer/Web/version/2.json"`)
		require.Contains(t, large, "by <bdi>Stock</bdi>", "what came of it is told all the same")
		require.Less(t, len(large), 100_000)
		require.NotContains(t, large, "What changed")

		for _, small := range []string{"1", "3"} {
			page := read(b, "/pacts/provider/Stock/consumer/Web/version/"+small)
			require.Contains(t, page, "it all")
		}
		require.Contains(t, read(b, "/pacts/provider/Stock/consumer/Web/version/3"), "They are too large to be compared here")
		b.Get("/pacts/provider/Stock/consumer/Web/version/2.json", browser).OK(http.StatusOK)
	})
}

// wide is a contract of so many interactions, with 100 endpoints.
func wide(interactions int) testbroker.Object {
	list := make([]any, interactions)
	for i := range list {
		list[i] = testbroker.Object{"description": fmt.Sprintf("request %d", i), "providerState": fmt.Sprintf("state %d", i%7),
			"request": testbroker.Object{"method": "GET", "path": fmt.Sprintf("/things%d", i%100)}, "response": testbroker.Object{"status": 200, "body": testbroker.Object{"id": i}}}
	}
	return testbroker.Object{"interactions": list, "metadata": testbroker.Object{"pactSpecification": testbroker.Object{"version": "2.0.0"}}}
}

// Of a contract with thousands of interactions each can be reached: page by page, by its
// endpoint, by what is searched for, and by its place.
func TestShowContract_allOfALargeContractCanBeReached(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		path := b.Pact("Web", "1").Saying(wide(4_700)).With("Stock").Path()
		seen := map[string]bool{}
		for page, address := 1, path; address != ""; page++ {
			at := visited(t, b, address)
			require.LessOrEqual(t, page, 47)
			for _, i := range at.all("details", "class", "card ia") {
				require.False(t, seen[i.is("id")], "each once: %s", i.is("id"))
				seen[i.is("id")] = true
			}
			address = ""
			if next := at.all("a", "rel", "next"); len(next) > 0 {
				address = path + next[0].is("href")
			}
		}
		require.Len(t, seen, 4_700)

		first := visited(t, b, path)
		endpoints := first.one(t, "nav", "class", "toc").one(t, "ul").all("a")
		require.Len(t, endpoints, 100)
		led, group, _ := strings.Cut(endpoints[70].is("href"), "#")
		require.Contains(t, visited(t, b, path+led).one(t, "h2", "id", group).text(), "/things70", "an endpoint leads to the page on which it begins")

		found := visited(t, b, path+"?q=request+4321")
		require.Len(t, found.all("details", "class", "card ia"), 1)
		require.Contains(t, found.text(), "1 to 1 of 1")
		require.Len(t, visited(t, b, path+"?q=get+%2Fthings70").all("details", "class", "card ia"), 47)
		require.Contains(t, read(b, path+"?q=nothing+of+the+kind"), "No interaction of this contract is like that")
		require.Len(t, visited(t, b, path+"?interaction=4322").all("details", "id", "i4322"), 1, "the page that has it")
		require.Contains(t, read(b, "/search?q=%2Fthings70"), path+"?interaction=71#i71")
	})
}

// BenchmarkContract opens the page of a contract with very many interactions, which one more
// version has published before it or another content.
func BenchmarkContract(b *testing.B) {
	for _, interactions := range []int{1_000, 2_900, 4_700} {
		for name, before := range map[string]int{"first": 0, "changed": interactions - 1} {
			broker := testbroker.New(b)
			if before > 0 {
				broker.Pact("Web", "0").Saying(wide(before)).With("Stock")
			}
			path := broker.Pact("Web", "1").Saying(wide(interactions)).With("Stock").VerifiedBy("7").Path()
			b.Run(fmt.Sprintf("%d/%s", interactions, name), func(b *testing.B) {
				for b.Loop() {
					require.Equal(b, http.StatusOK, opened(broker, path).Code)
				}
			})
		}
	}
}
