package web_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"accord/internal/testing/testbroker"
)

// browser asks as browsers do.
var browser = testbroker.Accept("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")

func TestShowHome_listsTheApplications(t *testing.T) {
	b := testbroker.New(t)
	require.Contains(t, string(b.Get("/", browser).OK(http.StatusOK).Body), "Nothing has been published yet")
	b.Pact("<Web> & co", "1").Branch("main").With("Ledger").DeployedTo("production")

	page := string(b.Get("/", browser).OK(http.StatusOK).Body)

	require.Contains(t, page, `<a href="http://broker.test/pacticipants/%3CWeb%3E%20%26%20co">&lt;Web&gt; &amp; co</a>`)
	require.Contains(t, page, `<div>Production: <code title="1">1</code></div>`)
	require.Contains(t, page, "2 in all.")
	require.Contains(t, string(b.Get("/?q=ledger", browser).OK(http.StatusOK).Body), "1 in all.")
	require.Contains(t, string(b.Get("/?q=%3Cnone%3E", browser).OK(http.StatusOK).Body), "No application has “&lt;none&gt;” in its name")
	require.Contains(t, string(b.Get("/?page=2&size=1", browser).OK(http.StatusOK).Body), `rel="prev"`)
	require.NotEmpty(t, b.Get("/").OK(http.StatusOK).Link("pb:pacticipants"), "clients get the index")
	require.NotEmpty(t, b.Get("/", testbroker.Accept("text/html, application/json")).OK(http.StatusOK).Link("pb:pacticipants"), "no HAL browser")
}
