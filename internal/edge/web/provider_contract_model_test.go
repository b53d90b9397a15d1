package web_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// offered is an operation of a document, and which consumers call it: whether each gets
// what it needs.
type offered struct {
	method, path, summary string
	calls                 map[string]bool
}

func (o offered) String() string { return o.method + " " + o.path }

// sum is what the page says of the operation as a whole.
func (o offered) sum() string {
	failing := 0
	for _, fits := range o.calls {
		if !fits {
			failing++
		}
	}
	pacts := fmt.Sprintf("%d pact", len(o.calls)) + map[bool]string{false: "s"}[len(o.calls) == 1]
	switch {
	case failing > 0:
		return fmt.Sprintf("Fails for %d of %s", failing, pacts)
	case len(o.calls) > 0:
		return "Works for " + pacts
	}
	return "Used by nobody known"
}

// anyOffers are operations of a document of many.
func anyOffers(random *rand.Rand) (all []*offered) {
	for i := range 35 {
		for _, method := range []string{"GET", "POST", "DELETE"} {
			if random.IntN(2) == 0 {
				o := &offered{method: method, path: fmt.Sprintf("/things%d/all", i), calls: map[string]bool{}}
				if random.IntN(2) == 0 {
					o.summary = testrandom.OneOf(random, "Lists <all>", "a & b", "Über alles")
				}
				all = append(all, o)
			}
		}
	}
	return all
}

// documentOf is the document that offers them.
func documentOf(all []*offered) string {
	text, last := "openapi: 3.0.3\ninfo: {title: Things, version: '1'}\npaths:\n", ""
	for _, o := range all {
		if o.path != last {
			text += "  " + o.path + ":\n"
			last = o.path
		}
		text += "    " + strings.ToLower(o.method) + ":\n"
		if o.summary != "" {
			text += "      summary: '" + o.summary + "'\n"
		}
		text += "      responses: {'200': {description: ok}}\n"
	}
	return text
}

// callsOf are the interactions of a consumer, which calls some operations, some of them
// for an answer that they do not promise.
func callsOf(random *rand.Rand, consumer string, all []*offered) testbroker.Object {
	var interactions []any
	for n := range 1 + random.IntN(8) {
		o := testrandom.OneOf(random, all...)
		status, before := 200, true
		if random.IntN(4) == 0 {
			status = 418
		}
		if fits, called := o.calls[consumer]; called {
			before = fits
		}
		o.calls[consumer] = before && status == 200
		interactions = append(interactions, testbroker.Object{"description": fmt.Sprintf("%s %d", o, n), "request": testbroker.Object{"method": o.method, "path": o.path}, "response": testbroker.Object{"status": status}})
	}
	return testbroker.Object{"interactions": interactions}
}

// offersOn are the operations that a page shows, each with its sum and with its consumers.
func offersOn(t *testing.T, page element) (found []string) {
	t.Helper()
	for _, shown := range page.all("details", "class", "card ia") {
		said := strings.Split(shown.one(t, "span", "class", "given").text(), " · ")
		line := shown.one(t, "summary").one(t, "code").text() + ": " + said[len(said)-1]
		var uses []string
		for _, use := range shown.all("li") {
			if names := use.all("a", "class", "name"); len(names) > 0 {
				uses = append(uses, names[0].text()+" "+use.one(t, "span").text())
			}
		}
		slices.Sort(uses)
		found = append(found, strings.Join(append([]string{line}, uses...), ", "))
	}
	return found
}

// lineOf is what the page ought to show of an operation.
func (o offered) lineOf() string {
	line := o.String() + ": " + o.sum()
	for _, consumer := range slices.Sorted(maps.Keys(o.calls)) {
		line += ", " + consumer + " " + map[bool]string{true: "Works", false: "Fails"}[o.calls[consumer]]
	}
	return line
}

// Whatever a document offers and whoever calls what, the page has each operation once, with
// all who call it and what comes of it; a filter finds what a plain one finds; and the list
// of pacts says of each what its operations say together.
func TestProviderContract_saysOfEachOperationWhoUsesIt(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		b := testbroker.New(t)
		all := anyOffers(random)
		consumers := []string{"App", "Web", "a & b", "<i>Shop", "Ünder"}
		for _, consumer := range consumers {
			b.Pact(consumer, "1").Branch("main").Saying(callsOf(random, consumer, all)).With("Things")
		}
		b.Post("/provider-contracts/provider/Things/publish", testbroker.Object{"pacticipantVersionNumber": "9", "contract": testbroker.Object{
			"content": base64.StdEncoding.EncodeToString([]byte(documentOf(all))), "selfVerificationResults": testbroker.Object{"success": true},
		}}).OK()
		const address = "/contracts/provider/Things/version/9"
		shown := func(page element) []string { return offersOn(t, page) }
		for _, filter := range []string{"", "GET", "post /things1", "things7/", "<ALL>", "über", "nothing of it", "all"} {
			var want []string
			for _, o := range all {
				if strings.Contains(strings.ToLower(o.String()+" "+o.summary), strings.ToLower(filter)) {
					want = append(want, o.lineOf())
				}
			}
			require.ElementsMatch(t, want, leafed(t, b, address+"?q="+url.QueryEscape(filter), shown), "filter %q", filter)
		}
		page := visited(t, b, address)
		require.Contains(t, page.one(t, "nav", "class", "tabs").text(), fmt.Sprintf("Operations %d ", len(all)))
		fails := map[string]string{}
		for _, consumer := range consumers {
			fails[consumer] = "Works"
			for _, o := range all {
				if fits, calls := o.calls[consumer]; calls && !fits {
					fails[consumer] = "Fails"
				}
			}
		}
		found := map[string]string{}
		for _, row := range page.one(t, "section", "aria-labelledby", "compared").one(t, "tbody").all("tr") {
			found[row.one(t, "th").text()] = row.all("td")[1].one(t, "span").text()
			result := visited(t, b, row.all("td")[2].one(t, "a").is("href"))
			require.NotEmpty(t, result.all("h1"), "each leads to what was found")
		}
		require.Equal(t, fails, found)
	}, 1)
}
