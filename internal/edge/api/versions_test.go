package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// numbers returns the numbers of a list of versions in its order.
func numbers(r testbroker.Response) []string {
	found := []string{}
	for i := range r.Find("_embedded", "versions").([]any) {
		found = append(found, r.Text("_embedded", "versions", i, "number"))
	}
	return found
}

func TestVersions_areListedByTheOrderOfTheirCreation(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for _, number := range []string{"10.0.0", "2.0.0", "abc"} {
			b.Version("Clock", number, "main")
		}
		b.Tag("Clock", "2.0.0", "dev")

		require.Equal(t, []string{"abc", "2.0.0", "10.0.0"}, numbers(b.Get("/pacticipants/Clock/versions").OK(http.StatusOK)))
		require.Equal(t, []string{"2.0.0"}, numbers(b.Get("/pacticipants/Clock/versions?page=2&size=1").OK(http.StatusOK)))
		require.Equal(t, []string{"2.0.0"}, numbers(b.Get("/pacticipants/Clock/tags/dev/versions").OK(http.StatusOK)))
		require.Equal(t, []string{"abc", "2.0.0", "10.0.0"}, numbers(b.Get("/pacticipants/Clock/branches/main/versions").OK(http.StatusOK)))
		require.Equal(t, "abc", b.Get("/pacticipants/Clock/latest-version").OK(http.StatusOK).Text("number"))
		require.Equal(t, "2.0.0", b.Get("/pacticipants/Clock/latest-version/dev").OK(http.StatusOK).Text("number"))
		for _, address := range []string{
			"/pacticipants/Nobody/versions", "/pacticipants/Clock/tags/none/versions", "/pacticipants/Clock/branches/none/versions",
			"/pacticipants/Nobody/latest-version", "/pacticipants/Clock/latest-version/none", "/pacticipants/Clock/branches/none/latest-version",
			"/pacticipants/Clock/environments/none/versions", "/pacticipants/Clock/versions/none",
		} {
			b.Get(address).OK(http.StatusNotFound)
		}
	})
}

func TestVersions_inEveryListRefuseAPageThatCannotBe(t *testing.T) {
	b := testbroker.New(t)
	b.Version("Clock", "1", "main")
	b.Tag("Clock", "1", "dev")
	for _, list := range []string{"", "/tags/dev", "/branches/main", "/environments/" + b.Environment("test")} {
		refused := b.Get("/pacticipants/Clock" + list + "/versions?page=0&size=x").OK(http.StatusBadRequest)
		require.NotEmpty(t, refused.Text("errors", "page", 0), list)
		require.NotEmpty(t, refused.Text("errors", "size", 0), list)
	}
}

func TestVersions_areOrderedByNumberWhereThatIsSet(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for _, number := range []string{"2.0.0", "10.0.0", "1.5.0", "2.0.0-rc1"} {
			b.Pact("Clock", number).Branch("main").With("Bell")
		}

		require.Equal(t, []string{"10.0.0", "2.0.0", "2.0.0-rc1", "1.5.0"}, numbers(b.Get("/pacticipants/Clock/versions").OK(http.StatusOK)))
		require.Equal(t, "10.0.0", b.Get("/pacts/provider/Bell/consumer/Clock/latest").OK(http.StatusOK).Header.Get("X-Pact-Consumer-Version"))
		b.Put("/pacts/provider/Bell/consumer/Clock/version/no-number", testbroker.Content("Clock", "Bell")).OK(http.StatusBadRequest)
	}, testbroker.With(func(s *config.Settings) { s.Versions.OrderByDate = false }))
}

func TestVersions_orderedByNumberTakeTheirPlaceForEverything(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for _, number := range []string{"1.0.0", "3.0.0", "2.0.0"} {
			b.Pact("Clock", number).Tags("dev").With("Bell")
		}
		b.Tag("Clock", "2.0.0", "late")
		b.Pact("Clock", "1.5.0").Tags("late").With("Bell")
		require.Equal(t, []string{"3.0.0", "2.0.0", "1.5.0", "1.0.0"}, numbers(b.Get("/pacticipants/Clock/versions")))
		for address, number := range map[string]string{"": "3.0.0", "/dev": "3.0.0", "/late": "2.0.0"} {
			require.Equal(t, number, b.Get("/pacts/provider/Bell/consumer/Clock/latest"+address).OK(http.StatusOK).Header.Get("X-Pact-Consumer-Version"), address)
			require.Equal(t, number, b.Get("/pacticipants/Clock/latest-version"+address).OK(http.StatusOK).Text("number"), address)
		}
	}, testbroker.With(func(s *config.Settings) { s.Versions.OrderByDate = false }))
}

func TestVersions_thatAreTheSameAsNumbersStandInTheOrderOfTheirMention(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for _, number := range []string{"1.0.0-1", "1.0.0", "2.0.0", "v1.0.0", "1.0.0+7", "1.0.0-rc1"} {
			b.Version("Clock", number)
		}
		require.Equal(t, []string{"2.0.0", "1.0.0+7", "v1.0.0", "1.0.0", "1.0.0-1", "1.0.0-rc1"}, numbers(b.Get("/pacticipants/Clock/versions")))
	}, testbroker.With(func(s *config.Settings) { s.Versions.OrderByDate = false }))
}

func TestVersion_isPutPatchedAndDeleted(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		const at = "/pacticipants/Barge/versions/1"
		b.Put(at, map[string]any{"buildUrl": "https://ci.example/1", "tags": []any{map[string]any{"name": "dev"}}}).OK(http.StatusCreated)
		b.Put(at, map[string]any{"tags": []any{map[string]any{"name": "prod"}}}).OK(http.StatusOK)
		changed := b.Get(at).OK(http.StatusOK)
		require.Nil(t, changed.Find("buildUrl"), "a PUT empties the build URL that it does not give")
		require.Equal(t, "prod", changed.Text("_embedded", "tags", 0, "name"))
		b.Patch(at, map[string]any{"buildUrl": 7}).OK(http.StatusOK)
		patched := b.Patch(at, map[string]any{"tags": []any{}}).OK(http.StatusOK)
		require.Equal(t, "7", patched.Text("buildUrl"))
		require.Empty(t, patched.Find("_embedded", "tags"))
		b.Patch("/pacticipants/Barge/versions/2", map[string]any{}).OK(http.StatusCreated)

		b.Delete(at).OK(http.StatusNoContent)
		b.Delete(at).OK(http.StatusNotFound)
		b.Delete("/pacticipants/Nobody/versions/1").OK(http.StatusNotFound)
	})
}

func TestUpdatedAt_tellsTheLastWriteAlsoWhenItChangedNothing(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	b := testbroker.New(t, testbroker.At(func() time.Time { return now }))
	b.Put("/pacticipants/Barge/versions/1", map[string]any{"buildUrl": "https://ci.example/1"}).OK(http.StatusCreated)
	b.Post("/pacticipants", map[string]any{"name": "Raft"}).OK(http.StatusCreated)
	environment := "/environments/" + b.Environment("live")
	require.Nil(t, b.Get("/pacticipants/Barge/versions/1").Find("updatedAt"))
	for _, write := range []func() testbroker.Response{
		func() testbroker.Response {
			return b.Put("/pacticipants/Barge/versions/1", map[string]any{"buildUrl": "https://ci.example/1"})
		},
		func() testbroker.Response { return b.Patch("/pacticipants/Barge/versions/1", map[string]any{}) },
		func() testbroker.Response { return b.Put("/pacticipants/Raft", map[string]any{}) },
		func() testbroker.Response { return b.Patch("/pacticipants/Raft", map[string]any{}) },
		func() testbroker.Response {
			return b.Put(environment, map[string]any{"name": "live", "production": false})
		},
	} {
		now = now.Add(time.Minute)
		require.Equal(t, now.Format("2006-01-02T15:04:05+00:00"), write().OK(http.StatusOK).Text("updatedAt"))
	}
}

func TestDeletingTheHead_bringsTheHighestThatRemainsBack(t *testing.T) {
	b := testbroker.New(t)
	for _, number := range []string{"1", "2", "3"} {
		b.Version("Glider", number)
	}
	for _, number := range []string{"3", "1"} {
		b.Version("Glider", number, "main")
	}
	head := func() string { return b.Get("/pacticipants/Glider/branches/main/latest-version").Text("number") }
	require.Equal(t, "1", head(), "the version added last is the head, whatever its order")

	b.Delete("/pacticipants/Glider/branches/main/versions/1").OK(http.StatusNoContent)
	require.Equal(t, "3", head())
	b.Delete("/pacticipants/Glider/versions/3").OK(http.StatusNoContent)
	b.Get("/pacticipants/Glider/branches/main").OK(http.StatusOK)
	b.Get("/pacticipants/Glider/branches/main/latest-version").OK(http.StatusNotFound)
}

func TestBranches(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		const at = "/pacticipants/Moth/branches/feat%2Fwings/versions/1"
		added := b.Put(at, nil, testbroker.ContentType("application/json")).OK(http.StatusCreated)
		require.Equal(t, "http://broker.test"+at, added.Header.Get("Location"))
		b.Put(at, map[string]any{}).OK(http.StatusOK)
		b.Get(at).OK(http.StatusOK)
		b.Version("Moth", "2", "main")
		b.Version("Moth", "3", "old")

		require.Len(t, b.Get("/pacticipants/Moth/branches?q=FEAT").OK(http.StatusOK).Find("_embedded", "branches"), 1)
		require.Equal(t, 3.0, b.Get("/pacticipants/Moth/branches?page=1&size=1").OK(http.StatusOK).Find("page", "totalElements"))
		b.Get("/pacticipants/Moth/branches?page=x").OK(http.StatusBadRequest)
		b.Get("/pacticipants/Nobody/branches").OK(http.StatusNotFound)

		b.Delete("/pacticipants/Moth/branches?exclude[]=old").OK(http.StatusAccepted)
		b.Get("/pacticipants/Moth/branches/feat%2Fwings").OK(http.StatusNotFound)
		b.Get("/pacticipants/Moth/branches/main").OK(http.StatusOK)
		b.Get("/pacticipants/Moth/branches/old").OK(http.StatusOK)
		b.Delete("/pacticipants/Nobody/branches").OK(http.StatusNotFound)
		b.Delete("/pacticipants/Moth/branches/old").OK(http.StatusNoContent)
		b.Delete("/pacticipants/Moth/branches/old").OK(http.StatusNotFound)
		b.Get("/pacticipants/Moth/versions/3").OK(http.StatusOK)
		b.Get("/pacticipants/Moth/branches/main/versions/3").OK(http.StatusNotFound)
		b.Delete("/pacticipants/Moth/branches/main/versions/3").OK(http.StatusNotFound)
	})
}

func TestTags_makeBranchesAndDeployments(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("prod")
		const at = "/pacticipants/Newt/versions/1/tags/prod"
		added := b.Put(at, nil, testbroker.ContentType("application/json")).OK(http.StatusCreated)
		require.Equal(t, "http://broker.test"+at, added.Header.Get("Location"))
		b.Put(at, map[string]any{}).OK(http.StatusOK)
		b.Get(at).OK(http.StatusOK)

		newt := b.Get("/pacticipants/Newt/versions/1").OK(http.StatusOK)
		require.Equal(t, "prod", newt.Text("_embedded", "branchVersions", 0, "name"), "the first tag is the branch")
		require.Equal(t, true, newt.Find("_links", "pb:deployed-environments", 0, "currently_deployed"), "a tag named like an environment deploys")

		b.Delete(at).OK(http.StatusNoContent)
		b.Delete(at).OK(http.StatusNotFound)
		b.Get(at).OK(http.StatusNotFound)
	})
}

func TestTags_putLateMakeNoBranch(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	b := testbroker.New(t, testbroker.At(func() time.Time { return now }))
	b.Version("Newt", "1")
	now = now.Add(11 * time.Second)

	b.Tag("Newt", "1", "dev")

	require.Empty(t, b.Get("/pacticipants/Newt/versions/1").OK(http.StatusOK).Find("_embedded", "branchVersions"))
}

func TestNames_matchWhateverTheirCaseWhereThatIsSet(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Publishing.CaseSensitiveNames = false }))
	b.Pact("Web", "1.A").Tags("Dev").With("Ledger")

	require.Equal(t, "Web", b.Get("/pacticipants/wEB").OK(http.StatusOK).Text("name"))
	b.Get("/pacticipants/web/versions/1.a/tags/dev").OK(http.StatusOK)
	b.Get("/pacts/provider/LEDGER/consumer/web/version/1.a").OK(http.StatusOK)

	b.Put("/pacticipants/web/versions/1.a", map[string]any{"buildUrl": "http://ci.example/1"}).OK(http.StatusOK)
	require.Len(t, b.Get("/pacticipants/Web/versions").OK(http.StatusOK).Find("_embedded", "versions"), 1)
	b.Delete("/pacticipants/web/versions/1.a/tags/dev").OK(http.StatusNoContent)
	b.Get("/pacticipants/Web/versions/1.A/tags/Dev").OK(http.StatusNotFound)
}

func TestVersionLists_nameTheApplicationOnlyWhereTheOriginalDoes(t *testing.T) {
	b := testbroker.New(t)
	uuid := b.Environment("test")
	b.Version("Wren", "1")
	tests := map[string]string{
		"/pacticipants/Nobody/versions":                           hal,
		"/pacticipants/Nobody/branches":                           hal,
		"/pacticipants/Nobody/environments/" + uuid + "/versions": hal,
		"/pacticipants/Nobody/environments/none/versions":         "application/json",
		"/pacticipants/Nobody/branches/main/versions":             "application/json",
		"/pacticipants/Nobody/tags/dev/versions":                  "application/json",
		"/pacticipants/Wren/branches/main/versions":               "application/json",
		"/pacticipants/Wren/tags/dev/versions":                    "application/json",
	}
	for address, media := range tests {
		require.Equal(t, media+";charset=utf-8", b.Get(address).OK(http.StatusNotFound).Header.Get("Content-Type"), address)
		b.Get(address + "?page=0").OK(http.StatusBadRequest)
	}
}

// What a request makes in passing, or changes while it makes it, is shown as changed,
// with the time at which that was: not a moment later.
func TestShowVersion_showsWhatWasMadeInPassingAsChanged(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 30, 59, 999_999_000, time.UTC)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		const at = "2026-03-02T09:30:59+00:00"
		b.Pact("Shop", "1").Branch("main").With("Stock").VerifiedBy("9")
		b.Put("/pacticipants/Shop/versions/2", nil).OK(http.StatusCreated)
		b.Post("/pacticipants", testbroker.Object{"name": "Barge"}).OK(http.StatusCreated)
		for address, changed := range map[string]any{
			"/pacticipants/Stock/versions/9": at, "/pacticipants/Shop/versions/1": nil, "/pacticipants/Shop/versions/2": nil,
			"/pacticipants/Shop": at, "/pacticipants/Stock": nil, "/pacticipants/Barge": nil,
		} {
			shown := b.Get(address).OK(http.StatusOK)
			require.Equal(t, at, shown.Text("createdAt"), address)
			require.Equal(t, changed, shown.Find("updatedAt"), address)
		}
	}, testbroker.At(func() time.Time { return now }))
}
