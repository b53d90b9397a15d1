package versions_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// branchesOf are the branches that a version is on, as lists show them.
func branchesOf(b *testbroker.Broker, application, number string) (names []string) {
	version := b.Get("/pacticipants/" + application + "/versions/" + number).OK(http.StatusOK)
	list, _ := version.Find("_embedded", "branchVersions").([]any)
	for i := range list {
		names = append(names, version.Text("_embedded", "branchVersions", i, "name"))
	}
	return names
}

func mainBranchOf(b *testbroker.Broker, application string) string {
	branch, _ := b.Get("/pacticipants/" + application).OK(http.StatusOK).Find("mainBranch").(string)
	return branch
}

// Pipelines that know tags only have branches by the first tag of a version, as long as
// it comes with the version, and never by a further one.
func TestPutTag_makesABranchOfTheFirstTag(t *testing.T) {
	on := func(s *config.Settings) { s.Versions.FirstTagAsBranch = true }
	for name, tt := range map[string]struct {
		settings func(s *config.Settings)
		do       func(b *testbroker.Broker)
		want     []string
	}{
		"the first tag":                {on, func(b *testbroker.Broker) { b.Tag("Shop", "1", "feat") }, []string{"feat"}},
		"a second tag":                 {on, func(b *testbroker.Broker) { b.Tag("Shop", "1", "feat"); b.Tag("Shop", "1", "prod") }, []string{"feat"}},
		"a version that has a branch":  {on, func(b *testbroker.Broker) { b.Version("Shop", "1", "main"); b.Tag("Shop", "1", "prod") }, []string{"main"}},
		"switched off":                 {func(s *config.Settings) { s.Versions.FirstTagAsBranch = false }, func(b *testbroker.Broker) { b.Tag("Shop", "1", "feat") }, nil},
		"a version of long ago":        {func(s *config.Settings) { on(s); s.Versions.FirstTagAsBranchWithin = 0 }, func(b *testbroker.Broker) { b.Version("Shop", "1"); b.Tag("Shop", "1", "feat") }, nil},
		"made with the tag, no matter": {func(s *config.Settings) { on(s); s.Versions.FirstTagAsBranchWithin = 0 }, func(b *testbroker.Broker) { b.Tag("Shop", "1", "feat") }, []string{"feat"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := testbroker.New(t, testbroker.With(tt.settings))
			tt.do(b)
			require.Equal(t, tt.want, branchesOf(b, "Shop", "1"))
		})
	}
}

// The first branch or tag with the name of a main branch becomes the main branch, and
// no other one takes its place.
func TestMainBranch_isDetectedOnce(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Versions.DetectMainBranch, s.Versions.MainBranchCandidates = true, []string{"main", "master"}
	}))
	b.Version("Shop", "1", "feat")
	require.Empty(t, mainBranchOf(b, "Shop"))
	b.Version("Shop", "2", "master")
	require.Equal(t, "master", mainBranchOf(b, "Shop"))
	b.Version("Shop", "3", "main")
	require.Equal(t, "master", mainBranchOf(b, "Shop"), "what is set stays")
	b.Tag("Stock", "1", "main")
	require.Equal(t, "main", mainBranchOf(b, "Stock"), "a tag does as well")
}

// Tags that take the place of others leave those that stay as they are, and a branch is
// deleted without its versions.
func TestVersions_loseOnlyWhatIsTakenAway(t *testing.T) {
	b := testbroker.New(t)
	tags := func() (names []string) {
		version := b.Get("/pacticipants/Shop/versions/1").OK(http.StatusOK)
		list, _ := version.Find("_embedded", "tags").([]any)
		for i := range list {
			names = append(names, version.Text("_embedded", "tags", i, "name"))
		}
		return names
	}
	put := func(names ...string) {
		var list []any
		for _, name := range names {
			list = append(list, map[string]any{"name": name})
		}
		b.Put("/pacticipants/Shop/versions/1", map[string]any{"tags": list}).OK(http.StatusOK, http.StatusCreated)
	}
	put("a", "b", "c")
	require.ElementsMatch(t, []string{"a", "b", "c"}, tags())
	put("c", "d")
	require.ElementsMatch(t, []string{"c", "d"}, tags())
	b.Put("/pacticipants/Shop/versions/1", map[string]any{"buildUrl": "https://ci/1"}).OK(http.StatusOK)
	require.ElementsMatch(t, []string{"c", "d"}, tags(), "what is not said stays")

	b.Version("Shop", "1", "feat", "main")
	b.Delete("/pacticipants/Shop/branches/feat").OK(http.StatusNoContent)
	require.Equal(t, []string{"main"}, branchesOf(b, "Shop", "1"))
	b.Delete("/pacticipants/Shop/branches/feat").OK(http.StatusNotFound)
}

// Each of these names what is not there, and changes nothing.
func TestVersions_sayWhatIsNotThere(t *testing.T) {
	b := testbroker.New(t)
	b.Version("Shop", "1", "main")
	before := b.Get("/pacticipants/Shop/versions/1").OK(http.StatusOK).Body
	for _, address := range []string{
		"/pacticipants/Nobody/versions/1", "/pacticipants/Shop/versions/9", "/pacticipants/Shop/branches/none", "/pacticipants/Shop/branches/none/versions/1", "/pacticipants/Shop/branches/main/versions/9", "/pacticipants/Shop/versions/1/tags/none", "/pacticipants/Shop/versions/9/tags/none",
	} {
		b.Delete(address).OK(http.StatusNotFound)
	}
	require.Equal(t, string(before), string(b.Get("/pacticipants/Shop/versions/1").OK(http.StatusOK).Body))
	require.Equal(t, []string{"main"}, branchesOf(b, "Shop", "1"))
}
