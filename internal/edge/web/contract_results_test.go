package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// kept is a contract that what is on the provider's main branch keeps, and what runs in
// production does not; an older one that failed was mended by a second result.
func kept(b *testbroker.Broker) *testbroker.Pact {
	b.Environment("prod")
	p := b.Pact("Web", "1").Saying(testbroker.Content("Web", "Stock", "it all")).With("Stock").FailedBy("6").FailedBy("7").VerifiedBy("6").VerifiedBy("8")
	b.Version("Stock", "8", "main")
	b.Patch("/pacticipants/Stock", testbroker.Object{"mainBranch": "main"}).OK()
	b.Deploy("Stock", "7", "prod")
	return p
}

// resultsOffered are the results that the page offers, the one that it shows in brackets.
func resultsOffered(t *testing.T, page element) (all []string) {
	t.Helper()
	for _, one := range page.one(t, "nav", "aria-labelledby", "byl").all("a") {
		text := strings.Join(strings.Fields(one.text()), " ")
		if _, chosen := one.attribute("aria-current"); chosen {
			text = "[" + text + "]"
		}
		all = append(all, text)
	}
	return all
}

func TestShowContract_saysWhoseResultItShowsAndOffersTheOthers(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		p := kept(b)
		page := read(b, p.Path())
		require.Equal(t, []string{"[Verified by 8 main]", "Failed by 7 prod"}, resultsOffered(t, pageOf(t, b.Get(p.Path(), browser))))
		require.Contains(t, page, `Fails with <bdi>Stock</bdi> <a class="ver" href="/pacticipants/Stock/versions/7" title="7">7</a> in prod: <a href="/pacts/provider/Stock/consumer/Web/version/1?result=102">show</a>`)
		require.NotContains(t, page, `class="fail"`)

		failed := read(b, p.Path()+"?result=102")
		require.Equal(t, []string{"Verified by 8 main", "[Failed by 7 prod]"}, resultsOffered(t, pageOf(t, b.Get(p.Path()+"?result=102", browser))))
		require.NotContains(t, failed, ">show</a>")
		require.Contains(t, failed, "Failed by <bdi>Stock</bdi>")

		require.Equal(t, []string{"Verified by 8 main", "Failed by 7 prod", "[Failed by 6]"}, resultsOffered(t, pageOf(t, b.Get(p.Path()+"?result=101", browser))), "a result that no longer counts")

		require.Contains(t, string(b.Get(p.Path()+"?result=9", browser).OK(http.StatusBadRequest).Body), "result must be that of this contract, which has no result 9")
		for _, wrong := range []string{"x", "0", "-1", "1.5", "99999999999999999999"} {
			require.Contains(t, string(b.Get(p.Path()+"?result="+wrong, browser).OK(http.StatusBadRequest).Body), "result must be the number of a result", wrong)
		}
	})
}

func TestShowContract_offersNothingWhereThereIsOneResult(t *testing.T) {
	b := testbroker.New(t)
	page := read(b, b.Pact("Web", "1").With("Stock").VerifiedBy("7").Path())
	require.NotContains(t, page, `id="byl"`)
	require.Contains(t, page, "Verified by <bdi>Stock</bdi>")
}

// A content that the pair has left behind fails, too, while what runs somewhere does not keep it.
func TestShowContract_anOlderContractThatFailsSomewhereDoesNotLookKept(t *testing.T) {
	b := testbroker.New(t)
	p := kept(b)
	b.Pact("Web", "2").Saying(testbroker.Content("Web", "Stock", "something else")).With("Stock").VerifiedBy("8")
	require.Regexp(t, `<h1><span class="pair inline big">.*<span class="knot no"`, read(b, p.Path()))
}

// Whoever comes from a No or from a red row sees that failure, not the newest result.
func TestLinksToContracts_leadToTheResultTheyTellOf(t *testing.T) {
	b := testbroker.New(t)
	p := kept(b)
	address := p.Path() + "?result=102"
	verdict := string(b.Visit("/can-i-deploy?pacticipant=Web&version=1&environment=prod").OK().Body)
	require.Contains(t, verdict, fmt.Sprintf(`<h3><a href="%s">Look at the result`, address))
	require.Contains(t, verdict, fmt.Sprintf(`<a href="%s">Read the contract</a>`, address))
	require.NotRegexp(t, regexp.QuoteMeta(`href="`+p.Path()+`"`), verdict)

	matrix := read(b, "/matrix/provider/Stock/consumer/Web")
	require.Contains(t, matrix, fmt.Sprintf(`<a class="st no" href="%s">`, address))
	require.Contains(t, matrix, fmt.Sprintf(`<a href="%s">Open result</a>`, address))
}

// The parts of a contract are the same wherever one is among them, and the one that is
// looked at is marked.
func TestShowContract_keepsItsTabs(t *testing.T) {
	b, newest := company(t)
	const contract = "/pacts/provider/payments/consumer/checkout-web"
	latest := contract + "/version/" + newest("checkout-web")
	before := b.Get(contract+"/versions").OK(http.StatusOK).Find("_embedded", "pacts", 1, "_embedded", "consumerVersion", "number").(string)
	for address, want := range map[string]struct {
		tabs    []string
		current string
	}{
		latest:                     {[]string{"Contract 6", "Changes 1", "Versions 3"}, "Contract 6"},
		latest + "?from=" + before: {[]string{"Contract 6", "Changes 1", "Versions 3"}, "Changes 1"},
		contract + "/versions":     {[]string{"Contract 6", "Changes", "Versions 3"}, "Versions 3"},
		"/pacts/provider/pricing/consumer/mobile-app/latest": {[]string{"Contract 1", "Versions 1"}, "Contract 1"},
	} {
		tabs := visited(t, b, address).one(t, "nav", "class", "tabs")
		require.Equal(t, want.tabs, texts(tabs.all("a")), address)
		require.Equal(t, want.current, tabs.one(t, "a", "aria-current", "page").text(), address)
	}
}
