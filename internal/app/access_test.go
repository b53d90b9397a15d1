package app_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestAccess_letsNobodyTryManyPasswords(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Access = config.Access{BasicAuth: true, Username: "ci", Password: "hush"}
	}))
	b.Get("/", testbroker.As("ci", "hush")).OK(http.StatusOK)
	var last testbroker.Response
	for n := range 40 {
		last = b.Get("/", testbroker.As("ci", strconv.Itoa(n)))
	}
	last.OK(http.StatusTooManyRequests)
	require.NotEmpty(t, last.Header.Get("Retry-After"))
	b.Get("/api/v1/events", testbroker.As("ci", "39")).OK(http.StatusTooManyRequests)
	b.Get("/", testbroker.As("ci", "hush")).OK(http.StatusOK)
}

func TestNew_warnsOfRolesThatThereAreNot(t *testing.T) {
	s := settings(t)
	s.Access.Tokens = true
	s.Access.OpenID.Issuer = "https://id.example"
	s.Access.OpenID.DefaultRole = "viewer"
	s.Access.OpenID.Groups = []config.GroupRole{{Group: "platform", Role: "admin"}, {Group: "others", Role: "boss"}}
	logged := startsWith(t, s)
	require.Contains(t, logged, "PUT /api/v1/roles/boss")
	require.NotContains(t, logged, "roles/admin")
	require.NotContains(t, logged, "roles/viewer")
}
