package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// A name is what was published, spaces at its end included: the pages of such an
// application lead on as those of any other, and a space too many is forgiven.
func TestNames_areLinkedToAsTheyAre(t *testing.T) {
	b := testbroker.New(t)
	const number = "1 "
	b.Version("Stock", "7")
	b.Deploy("Stock", "7", "production")
	for _, name := range []string{"trail ", " lead", "слово …", "wide　"} {
		b.Pact(name, number).Branch("main ").With("Stock").VerifiedBy("7")
		v := followed(t, b, testbroker.Header("X-Nobody", ""), 1, false, "/pacticipants/"+url.PathEscape(name))
		require.Greater(t, len(v.seen), 20, name)
		require.Contains(t, visited(t, b, "/network?around="+url.QueryEscape(name)).one(t, "h1").text(), "Network around")
		verdict := visited(t, b, "/can-i-deploy?"+url.Values{"pacticipant": {name}, "version": {number}, "environment": {"production"}}.Encode())
		require.Equal(t, "Yes", verdict.one(t, "h1").text(), name)
	}
	require.Equal(t, http.StatusOK, b.Visit("/network?around=+Stock+").Status)
	require.Equal(t, "Yes", visited(t, b, "/can-i-deploy?pacticipant=Stock+&version=7+&environment=production").one(t, "h1").text())
	require.NotEqual(t, http.StatusOK, b.Visit("/network?around=trail++").Status)
}

// Who mistypes an application in the form gets the form again, as it was filled in, with
// what is near, which asks the same.
func TestVerdict_ofAnUnknownApplicationAsksAgain(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("payments", "1").Branch("main").With("Stock").VerifiedBy("7").DeployedTo("production")
	answer := b.Visit("/can-i-deploy?pacticipant=paymets&version=1&environment=production").OK(http.StatusBadRequest)
	main := pageOf(t, answer).one(t, "main")
	require.Equal(t, "paymets", main.one(t, "input", "name", "pacticipant").is("value"))
	require.Equal(t, "1", main.one(t, "input", "name", "version").is("value"))
	require.Equal(t, "production", main.one(t, "option", "selected", "").is("value"))
	require.Contains(t, main.text(), "There is no application named “paymets”. Did you mean payments ?")
	require.NotContains(t, main.text(), "q.0")
	near := main.one(t, "p", "class", "hint bad").one(t, "a").is("href")
	require.Contains(t, visited(t, b, near).one(t, "main").text(), "Can payments 1")

	require.NotContains(t, pageOf(t, b.Visit("/can-i-deploy?pacticipant=zzz").OK(http.StatusBadRequest)).text(), "Did you mean")
}

// A question about several versions names them all.
func TestVerdict_ofSeveralNamesThemAll(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Shop", "1").With("Stock").VerifiedBy("7")
	b.Environment("production")
	query := url.Values{"q[][pacticipant]": {"Shop"}, "q[][version]": {"1"}}.Encode() + "&" + url.Values{"q[][pacticipant]": {"Stock"}, "q[][version]": {"7"}}.Encode()
	asked := func(query string) string {
		return visited(t, b, "/can-i-deploy?"+query).one(t, "p", "class", "q").text()
	}
	require.Equal(t, "Do Shop 1 and Stock 7 work together?", asked(query))
	require.Equal(t, "Can Shop 1 and Stock 7 go to production ?", asked(query+"&environment=production"))
}

// What takes no GET is named, not linked to.
func TestResource_saysWhatIsOnlySentTo(t *testing.T) {
	page := visited(t, testbroker.New(t), "/?as=resource").one(t, "main")
	require.Empty(t, page.all("a", "href", "/contracts/publish?as=resource"))
	require.Contains(t, page.text(), "takes POST only")
}

// The address of the original's HAL browser leads to the index, where the script of the
// page follows what stands behind the #.
func TestHALBrowser_leadsToTheIndex(t *testing.T) {
	b := testbroker.New(t)
	for _, address := range []string{"/hal-browser", "/hal-browser/browser.html"} {
		page := visited(t, b, b.Visit(address).OK(http.StatusFound).Header.Get("Location"))
		require.Len(t, page.all("p", "data-follow", ""), 1, address)
		require.Contains(t, page.text(), "What an address of the HAL browser has behind its # stays in your browser")
	}
	require.Empty(t, visited(t, b, "/?as=resource").all("p", "data-follow", ""), "no other address is left")
}
