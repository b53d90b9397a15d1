package web_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestShowAudit_showsAdministratorsWhoDidWhat(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Access = config.Access{Tokens: true, BasicAuth: true, Username: "admin", Password: "sesame", ReadOnlyUsername: "eve", ReadOnlyPassword: "x"}
	}))
	admin := b.Always(testbroker.As("admin", "sesame"))
	admin.Post("/api/v1/tokens", testbroker.Object{"name": "<b>build", "role": "viewer"}).OK(http.StatusCreated)
	b.Delete("/pacticipants/Web", testbroker.As("eve", "x")).OK(http.StatusUnauthorized)
	page := read(admin, "/audit")
	for _, want := range []string{"Made a token", "role: viewer", "&lt;b&gt;build", "admin", "basic auth", "Could not delete the application <b><bdi>Web</bdi></b>: not signed in", "/pacticipants/Web"} {
		require.Contains(t, page, want)
	}
	require.NotContains(t, read(admin, "/audit?outcome=unauthorized"), "Made a token")
	require.Contains(t, read(admin, "/audit?actor=nobody"), "Nothing fits the filter")
	require.NotContains(t, read(admin, "/audit?to=2020-01-01"), "Made a token")
	admin.Get("/audit?from=soon", browser).OK(http.StatusBadRequest)
	admin.Get("/audit?before=x", browser).OK(http.StatusBadRequest)
	b.Get("/audit", browser, testbroker.As("eve", "x")).OK(http.StatusUnauthorized)
}

func TestShowAudit_leadsToOlderEntries(t *testing.T) {
	b := testbroker.New(t)
	for n := range 55 {
		b.Put("/pacticipants/Web/versions/"+strconv.Itoa(n), testbroker.Object{}).OK(http.StatusCreated)
	}
	first := read(b, "/audit?application=Web")
	require.Contains(t, first, "/versions/54<")
	require.NotContains(t, first, "/versions/4<")
	require.Contains(t, first, "before=6")
	require.Contains(t, read(b, "/audit?application=Web&before=6"), "/versions/4<")
}
