package app_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// branchAt is the address of a branch in the own API.
func branchAt(application, branch string) string {
	return "/api/v1/applications/" + application + "/branches/" + branch
}

func TestClosedBranches_moveWithTheArchive(t *testing.T) {
	for name, databases := range map[string][2][]testbroker.Option{
		"from SQLite to PostgreSQL": {nil, {testbroker.OnPostgres()}}, "from PostgreSQL to SQLite": {{testbroker.OnPostgres()}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, to := testbroker.New(t, databases[0]...), testbroker.New(t, databases[1]...)
			from.Version("Web", "1", "main", "feat", "fix")
			from.Post(branchAt("Web", "feat")+"/close", nil).OK(http.StatusOK)
			closed := func(b *testbroker.Broker, branch string) any {
				return b.Get(branchAt("Web", branch)).OK(http.StatusOK).Find("closed_at")
			}
			content := exported(t, from.Settings(), store.ExportQuery{})
			imported(t, to.Settings(), "test", content)
			require.Equal(t, closed(from, "feat"), closed(to, "feat"))
			require.Nil(t, closed(to, "fix"))
			require.Equal(t, string(content), string(exported(t, to.Settings(), store.ExportQuery{})))

			to.Post(branchAt("Web", "fix")+"/close", nil).OK(http.StatusOK)
			imported(t, to.Settings(), "test", content)
			require.NotNil(t, closed(to, "fix"), "what is closed here stays so")
			from.Version("Web", "2", "fix", "feat")
			from.Post(branchAt("Web", "feat")+"/close", nil).OK(http.StatusOK)
			imported(t, to.Settings(), "test", exported(t, from.Settings(), store.ExportQuery{}))
			require.Nil(t, closed(to, "fix"), "something new came there")
			require.Equal(t, closed(from, "feat"), closed(to, "feat"))
		})
	}
}

func TestMerge_leavesBranchesOpenThatAreOpenOnEitherSide(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Web", "1", "main", "both", "ours", "theirs")
		b.Version("Copy", "2", "main", "both", "ours", "theirs", "alone")
		for _, branch := range []string{branchAt("Web", "both"), branchAt("Copy", "both"), branchAt("Web", "ours"), branchAt("Copy", "theirs"), branchAt("Copy", "alone")} {
			b.Post(branch+"/close", nil).OK(http.StatusOK)
		}
		b.Post("/api/v1/applications/Copy/merge", testbroker.Object{"into": "Web"}).OK(http.StatusOK)
		states := map[string]string{}
		for _, name := range []string{"main", "both", "ours", "theirs", "alone"} {
			states[name] = b.Get(branchAt("Web", name)).OK(http.StatusOK).Text("state")
		}
		require.Equal(t, map[string]string{"main": "active", "both": "closed", "ours": "active", "theirs": "active", "alone": "closed"}, states)
	})
}
