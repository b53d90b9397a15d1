package versions_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// Jobs of one build mention its version at the same moment, each in its way. It is one
// version of one application, with all that they say of it.
func TestVersions_mentionedAtTheSameMomentAreOne(t *testing.T) {
	for _, byDate := range []bool{true, false} {
		t.Run(fmt.Sprint(byDate), func(t *testing.T) {
			testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
				asks := []func() testbroker.Response{
					func() testbroker.Response {
						return b.Put("/pacticipants/Shop/versions/1.2.0", testbroker.Object{"buildUrl": "https://ci.example/1"})
					},
					func() testbroker.Response { return b.Put("/pacticipants/Shop/versions/1.2.0/tags/dev", nil) },
					func() testbroker.Response { return b.Put("/pacticipants/Shop/branches/main/versions/1.2.0", nil) },
					func() testbroker.Response { return b.Put("/pacticipants/Shop/versions/1.10.0/tags/dev", nil) },
					func() testbroker.Response { return b.Put("/pacticipants/Shop/branches/main/versions/1.1.0", nil) },
					func() testbroker.Response {
						return b.Publish("Shop", "1.2.0", "main", []string{"dev"}, map[string]any{"Stock": nil})
					},
				}
				statuses := testbroker.StatusesAtOnce(3*len(asks), func(i int) testbroker.Response { return asks[i%len(asks)]() })
				require.Equal(t, 3*len(asks), statuses[http.StatusOK]+statuses[http.StatusCreated], "%v", statuses)
				versions, _ := b.Get("/pacticipants/Shop/versions").OK(http.StatusOK).Find("_embedded", "versions").([]any)
				require.Len(t, versions, 3)
				require.Equal(t, []string{"main"}, branchesOf(b, "Shop", "1.2.0"))
				shown := b.Get("/pacticipants/Shop/versions/1.2.0").OK(http.StatusOK)
				require.Equal(t, "https://ci.example/1", shown.Text("buildUrl"))
				tags, _ := shown.Find("_embedded", "tags").([]any)
				require.Len(t, tags, 1)
				if !byDate {
					require.Equal(t, "1.10.0", b.Get("/pacticipants/Shop/latest-version").OK(http.StatusOK).Text("number"))
					require.Equal(t, "1.10.0", b.Get("/pacticipants/Shop/latest-version/dev").OK(http.StatusOK).Text("number"))
				}
				all, _ := b.Get("/pacticipants").OK(http.StatusOK).Find("_embedded", "pacticipants").([]any)
				require.Len(t, all, 2)
			}, testbroker.With(func(s *config.Settings) { s.Versions.OrderByDate, s.Versions.FirstTagAsBranch = byDate, false }))
		})
	}
}

// What is deleted while others write to it is gone, or comes back as new; nothing of the
// broker breaks, and nothing of the old one is left.
func TestVersions_deletedWhileOthersWrite(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for range 3 {
			b.Version("Shop", "1", "main")
			b.Tag("Shop", "1", "old")
			statuses := testbroker.StatusesAtOnce(6, func(i int) testbroker.Response {
				switch i {
				case 0:
					return b.Delete("/pacticipants/Shop/versions/1")
				case 1:
					return b.Delete("/pacticipants/Shop/branches/main")
				case 2:
					return b.Put("/pacticipants/Shop/branches/main/versions/1", nil)
				case 3:
					return b.Delete("/pacticipants/Shop/versions/1/tags/old")
				}
				return b.Put("/pacticipants/Shop/versions/1/tags/new", nil)
			})
			for status := range statuses {
				require.Less(t, status, 500, "%v", statuses)
			}
			b.Version("Shop", "1")
			tags, _ := b.Get("/pacticipants/Shop/versions/1").OK(http.StatusOK).Find("_embedded", "tags").([]any)
			for _, tag := range tags {
				require.Equal(t, "new", tag.(map[string]any)["name"], "the old one went with its version, or before")
			}
		}
	})
}
