package app_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/audit"
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

func TestRun_tellsTheAuditOfTheFirstAdministrator(t *testing.T) {
	s := settings(t)
	s.Access.Tokens = true
	out, _, stop := start(t, s)
	password := out.find(t, `Sign in as admin with the password (\S+)`)
	out.find(t, "answers at "+address)
	require.NoError(t, stop())
	startsWith(t, s) // finds somebody there

	opened, err := app.OpenAudit(context.Background(), s)
	require.NoError(t, err)
	defer opened.Close()
	var entries []audit.Entry
	require.NoError(t, opened.Each(context.Background(), audit.Query{Order: audit.OldestFirst}, func(some []audit.Entry) error {
		entries = append(entries, some...)
		return nil
	}))
	require.Len(t, entries, 1)
	require.Equal(t, audit.Origin{Through: "broker", Action: "createUser", Target: "first start"}, entries[0].Origin)
	require.Equal(t, "person admin", entries[0].Changes[0].What)
	require.NotContains(t, fmt.Sprint(entries), password)
}
