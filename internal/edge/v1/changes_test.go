package v1_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const changesOfStock = "/api/v1/contracts/provider/Stock/consumer/Web%2Fshop/changes"

// asking is a contract whose interaction "get" needs a status and the fields.
func asking(status int, fields map[string]any, others ...string) map[string]any {
	content := testbroker.Content("Web/shop", "Stock", append([]string{"get"}, others...)...)
	response := content["interactions"].([]any)[0].(map[string]any)["response"].(map[string]any)
	response["status"], response["body"] = status, fields
	return content
}

func TestListContractChanges_saysWhatTheyMeanForTheProvider(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Web/shop", "1").Saying(asking(200, map[string]any{"nr": 7, "name": "x"}, "list")).With("Stock")
		b.Pact("Web/shop", "2").Saying(asking(200, map[string]any{"nr": 7, "name": "x"}, "list")).With("Stock")
		b.Pact("Web/shop", "3").Saying(asking(201, map[string]any{"nr": 7, "size": nil}, "withdraw")).With("Stock")

		latest := b.Get(changesOfStock).OK(http.StatusOK)
		require.Equal(t, "3", latest.Text("to", "version"))
		require.Equal(t, "2", latest.Text("from", "version"))
		require.Equal(t, "http://broker.test/pacts/provider/Stock/consumer/Web%2Fshop/version/3", latest.Text("to", "url"))
		require.Equal(t, false, latest.Find("asks_nothing_new"))
		require.Equal(t, map[string]any{"asks_more": 2.0, "asks_less": 2.0, "asks_otherwise": 1.0, "asks_the_same": 0.0}, latest.Find("counts"))
		require.Equal(t, []string{
			"get /response/body/name removed asks_less: \"x\" -> ", "get /response/body/size added asks_more:  -> null",
			"get /response/status changed asks_otherwise: 200 -> 201", "withdraw  added asks_more", "list  removed asks_less",
		}, changeLines(latest))

		same := b.Get(changesOfStock + "?from=1&to=2").OK(http.StatusOK)
		require.Equal(t, []any{}, same.Find("items"))
		require.Equal(t, true, same.Find("asks_nothing_new"))
		back := b.Get(changesOfStock + "?from=3&to=1").OK(http.StatusOK)
		require.Equal(t, "1", back.Text("to", "version"))
		first := b.Get(changesOfStock + "?to=1").OK(http.StatusOK)
		require.Nil(t, first.Find("from"))
		require.Equal(t, 3.0, first.Find("counts", "asks_more").(float64)+first.Find("counts", "asks_otherwise").(float64))
	})
}

// changeLines writes each change in a line; whole interactions without their text.
func changeLines(r testbroker.Response) []string {
	var lines []string
	for _, item := range r.Find("items").([]any) {
		change := item.(map[string]any)
		line := fmt.Sprintf("%s %s %s %s", change["interaction"], change["path"], change["kind"], change["class"])
		if change["path"] != "" {
			line += ": " + text(change, "before") + " -> " + text(change, "after")
		}
		lines = append(lines, line)
	}
	return lines
}

func text(change map[string]any, key string) string {
	value, there := change[key]
	switch {
	case !there:
		return ""
	case value == nil:
		return "null"
	}
	if s, is := value.(string); is {
		return `"` + s + `"`
	}
	return fmt.Sprint(value)
}

func TestListContractChanges_leadsThroughThemAll(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Web/shop", "1").Saying(testbroker.Content("Web/shop", "Stock", "a")).With("Stock")
	b.Pact("Web/shop", "2").Saying(testbroker.Content("Web/shop", "Stock", "a", "b", "c", "d")).With("Stock")
	page := b.Get(changesOfStock + "?limit=2&from=1").OK(http.StatusOK)
	require.Len(t, page.Find("items"), 2)
	link := page.Header.Get("Link")
	require.Contains(t, link, `rel="next"`)
	page = b.Get(link[1:strings.Index(link, ">")]).OK(http.StatusOK)
	require.Len(t, page.Find("items"), 1)
	require.Equal(t, "d", page.Text("items", 0, "interaction"))
	require.Nil(t, page.Find("next_cursor"))
	require.Equal(t, 3.0, page.Find("counts", "asks_more"))
}

func TestListContractChanges_refusesWhatItCannotCompare(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Server.DiffTimeout = time.Nanosecond }))
	b.Pact("Web/shop", "1").With("Stock")
	for address, status := range map[string]int{
		changesOfStock + "?to=9":                                   http.StatusNotFound,
		changesOfStock + "?from=9":                                 http.StatusNotFound,
		changesOfStock + "?since=1":                                http.StatusBadRequest,
		changesOfStock + "?limit=201":                              http.StatusBadRequest,
		changesOfStock + "?cursor=!":                               http.StatusBadRequest,
		"/api/v1/contracts/provider/Stock/consumer/Nobody/changes": http.StatusNotFound,
		changesOfStock:                                             http.StatusUnprocessableEntity,
	} {
		b.Get(address).OK(status)
	}
	require.Equal(t, "comparison_too_slow", b.Get(changesOfStock).Text("code"))
	patient := testbroker.New(t)
	patient.Pact("Web/shop", "1").With("Stock")
	require.Equal(t, "/cursor", patient.Get(changesOfStock+"?cursor=LTE").OK(http.StatusBadRequest).Text("errors", 0, "pointer"))
}

func TestListContractChanges_ofContractsWithMegabytes(t *testing.T) {
	b := testbroker.New(t)
	content := func(size int) map[string]any {
		list := make([]string, 2000)
		for i := range list {
			list[i] = fmt.Sprintf("%d %s", i, strings.Repeat("x", 2500))
		}
		return asking(200, map[string]any{"list": list, "size": size})
	}
	b.Pact("Web/shop", "1").Saying(content(1)).With("Stock")
	b.Pact("Web/shop", "2").Saying(content(2)).With("Stock")
	begin := time.Now()
	require.Equal(t, []string{"get /response/body/size changed asks_otherwise: 1 -> 2"}, changeLines(b.Get(changesOfStock).OK(http.StatusOK)))
	require.Less(t, time.Since(begin), 5*time.Second)
}

func TestShowContractContent_neverChanges(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		sha := b.Get(b.Pact("Shop", "1").With("Stock").Path()).OK().Text("_links", "pb:pact-version", "name")
		address := "/api/v1/contracts/provider/Stock/consumer/Shop/contents/" + sha
		content := b.Get(address).OK(http.StatusOK)
		require.Equal(t, `"`+sha+`"`, content.Header.Get("ETag"))
		require.Contains(t, content.Header.Get("Cache-Control"), "immutable")
		require.Nil(t, content.Find("_links"))
		require.Equal(t, "Shop", content.Text("consumer", "name"))
		b.Get(address, testbroker.Header("If-None-Match", `"`+sha+`"`)).OK(http.StatusNotModified)
		b.Get("/api/v1/contracts/provider/Stock/consumer/Shop/contents/nothing").OK(http.StatusNotFound)
	})
}

func TestReads_areConditionalOnBothFaces(t *testing.T) {
	b := testbroker.New(t)
	pact := b.Pact("Shop", "1").Branch("main").With("Stock").VerifiedBy("7")
	shown := b.Get(pact.Path()).OK()
	for _, address := range []string{
		pact.Path(), "/pacticipants/Shop", "/pacticipants/Shop/versions/1", "/environments", "/matrix?q[][pacticipant]=Shop&q[][pacticipant]=Stock&latestby=cvpv",
		shown.Link("pb:latest-verification-results"), shown.Link("pb:pact-version"), "/api/v1/webhooks", "/api/v1/contracts/provider/Stock/consumer/Shop/changes",
	} {
		tag := b.Get(address).OK(http.StatusOK).Header.Get("ETag")
		require.NotEmpty(t, tag, address)
		b.Get(address, testbroker.Header("If-None-Match", tag)).OK(http.StatusNotModified)
		b.Get(address, testbroker.Header("If-None-Match", `"other"`)).OK(http.StatusOK)
	}
	tag := b.Get(pact.Path()).Header.Get("ETag")
	b.Pact("Shop", "1").Branch("main").With("Bank")
	b.Get(pact.Path(), testbroker.Header("If-None-Match", tag)).OK(http.StatusNotModified)
	b.Put("/pacticipants/Shop/versions/1", testbroker.Object{}, testbroker.Header("If-None-Match", "*")).OK(http.StatusPreconditionFailed)
	b.Put("/pacticipants/Shop/versions/2", testbroker.Object{}, testbroker.Header("If-None-Match", "*")).OK(http.StatusCreated)
}
