package web_test

import (
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
			require.NotContains(t, page, "What changed", "beside one that is too large")
		}
		b.Get("/pacts/provider/Stock/consumer/Web/version/2.json", browser).OK(http.StatusOK)
	})
}
