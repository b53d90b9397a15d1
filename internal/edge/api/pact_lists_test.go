package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// river fills the broker: three versions of Otter, of which 1 and 2 are on main,
// 3 is the head of deep, 1 and 3 are tagged dev; and one version of Beaver on main.
func river(b *testbroker.Broker) {
	say := func(consumer, what string) any { return testbroker.Content(consumer, "River", what) }
	b.Pact("Otter", "1").Branch("main").Tags("dev").Saying(say("Otter", "swim")).With("River")
	b.Pact("Otter", "2").Branch("main").Saying(say("Otter", "swim")).With("River")
	b.Pact("Otter", "3").Branch("deep").Tags("dev").Saying(say("Otter", "dive")).With("River")
	b.Pact("Beaver", "7").Branch("main").Saying(say("Beaver", "gnaw")).With("River")
}

// pactsAt are the pacts that an address lists, as "consumer version", whatever
// the form of the list.
func pactsAt(t *testing.T, answer testbroker.Response) []string {
	t.Helper()
	list, isList := answer.OK(http.StatusOK).Find("_links", "pb:pacts").([]any)
	require.True(t, isList, string(answer.Body))
	found := []string{}
	for i := range list {
		at := strings.Split(strings.TrimPrefix(answer.Text("_links", "pb:pacts", i, "href"), string(testbroker.Base)+"/pacts/provider/River/consumer/"), "/")
		require.NotEmpty(t, answer.Text("_links", "pb:pacts", i, "title"))
		require.Equal(t, at[0], answer.Text("_links", "pb:pacts", i, "name"))
		found = append(found, at[0]+" "+at[len(at)-1])
	}
	return found
}

const otters = "/pacts/provider/River/consumer/Otter"

func TestLists_refuseNamesOfWhichNothingIsToBeSeen(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		river(b)
		const nothing, noWidth = "%20", "%E2%80%8B"
		for address, field := range map[string]string{
			otters + "/tag/": "tag", otters + "/branch/": "branch", "/pacts/provider/River/tag/": "tag", "/pacts/provider/River/latest/": "tag",
			"/pacts/provider/River/branch/": "branch", "/pacts/provider/River/provider-states/branch/": "branch",
			"/pacts/provider/River/provider-states/environment/": "environment", "/pacticipants/label/": "label",
		} {
			for _, name := range []string{nothing, noWidth} {
				require.NotNil(t, b.Get(address+name).OK(http.StatusBadRequest).Find("errors", field), address)
			}
		}
		for address, field := range map[string]string{
			otters + "/branch/%20/latest/versions": "branch", "/pacts/provider/River/branch/%20/latest": "branch", "/pacticipants/Otter/tags/%20/versions": "tag",
		} {
			require.NotNil(t, b.Get(address).OK(http.StatusBadRequest).Find("errors", field), address)
		}
		for _, address := range []string{otters + "/tag/%20", otters + "/branch/%20", otters + "/branch/%20/latest/versions"} {
			b.Delete(address).OK(http.StatusBadRequest)
		}
		require.Len(t, pactsAt(t, b.Get(otters+"/versions")), 3, "nothing was deleted")
	})
}

func TestPactLists_findWhatTheySay(t *testing.T) {
	tests := map[string][]string{
		otters + "/versions":                       {"Otter 3", "Otter 2", "Otter 1"},
		otters + "/tag/dev":                        {"Otter 3", "Otter 1"},
		otters + "/tag/none":                       {},
		otters + "/branch/main":                    {"Otter 1", "Otter 2"},
		otters + "/branch/none":                    {},
		otters + "/branch/versions":                {"Otter 1", "Otter 2"},
		otters + "/branch":                         {"Otter 1", "Otter 2"},
		otters + "/branch/deep/latest/versions":    {"Otter 3"},
		otters + "/branch/latest/versions":         {"Otter 2"},
		otters + "/branch/latest":                  {},
		otters + "/branch/deep/latest":             {"Otter 3"},
		"/pacts/provider/River":                    {"Beaver 7", "Otter 1", "Otter 2", "Otter 3"},
		"/pacts/provider/River/tag/dev":            {"Otter 1", "Otter 3"},
		"/pacts/provider/River/latest":             {"Beaver 7", "Otter 3"},
		"/pacts/provider/River/latest/dev":         {"Otter 3"},
		"/pacts/provider/River/branch":             {"Beaver 7", "Otter 1", "Otter 2"},
		"/pacts/provider/River/branch/main":        {"Beaver 7", "Otter 1", "Otter 2"},
		"/pacts/provider/River/branch/latest":      {"Beaver 7", "Otter 2"},
		"/pacts/provider/River/branch/deep/latest": {"Otter 3"},
	}
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		river(b)
		b.Version("Otter", "4", "deep2")
		for address, want := range tests {
			require.Equal(t, want, pactsAt(t, b.Get(address)), address)
		}
		latest := b.Get("/pacts/latest").OK()
		require.Len(t, latest.Find("pacts"), 2)
		require.Equal(t, "Pact between Beaver (7) and River", latest.Text("_links", "pacts", 0, "name"))
		require.Equal(t, "2", b.Get(otters+"/versions").Text("_embedded", "pacts", 1, "_embedded", "consumerVersion", "number"))
	})
}

func TestPactLists_ofABranchWithAWordOfAnAddressForAName(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Otter", "1").Branch("main").With("River")
		for _, number := range []string{"2", "3"} {
			b.Pact("Otter", number).Branch("latest").With("River")
		}
		require.Equal(t, []string{"Otter 2", "Otter 3"}, pactsAt(t, b.Get(otters+"/branch/latest")))
		b.Delete(otters + "/branch/latest").OK(http.StatusOK)
		require.Equal(t, []string{"Otter 1"}, pactsAt(t, b.Get(otters+"/versions")))
	})
}

func TestAddresses_takeAFixedWordBeforeAName(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Otter", "1").Branch("main").With("River")
		b.Pact("Otter", "2").Branch("latest").With("River")
		b.Pact("Otter", "3").Branch("versions").Tags("badge").With("River")
		b.Version("label", "9")

		require.Equal(t, []string{"Otter 1"}, pactsAt(t, b.Get("/pacts/provider/River/branch/latest")), "the heads of main branches")
		require.Equal(t, []string{"Otter 2"}, pactsAt(t, b.Get("/pacts/provider/River/branch/latest/latest")), "the head of a branch called latest")
		require.Equal(t, []string{"Otter 1"}, pactsAt(t, b.Get(otters+"/branch/versions")), "the main branch")
		require.Equal(t, []string{"Otter 3"}, pactsAt(t, b.Get(otters+"/branch/versions/latest/versions")))
		b.Delete(otters + "/branch/versions").OK(http.StatusOK)
		require.Equal(t, []string{"Otter 3", "Otter 2"}, pactsAt(t, b.Get(otters+"/versions")), "only the main branch is gone")
		require.Equal(t, []any{}, b.Get("/pacticipants/label/versions").OK(http.StatusOK).Find("_embedded", "pacticipants"), "applications with the label")
		require.Equal(t, "9", b.Get("/pacticipants/label/versions/9").OK(http.StatusOK).Text("number"))
		require.Equal(t, []any{}, b.Get("/pacticipants/label/versions").OK(http.StatusOK).Find("_embedded", "pacticipants"), "applications with the label")
	})
}

func TestPactLists_showTheLastRevisionOnly(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		river(b)
		b.Pact("Otter", "1").Saying(testbroker.Content("Otter", "River", "float")).With("River")
		require.Equal(t, []string{"Otter 1", "Otter 2"}, pactsAt(t, b.Get(otters+"/branch/main")))
		require.Equal(t, []string{"Beaver 7", "Otter 1", "Otter 2", "Otter 3"}, pactsAt(t, b.Get("/pacts/provider/River")))
	}, testbroker.With(func(s *config.Settings) { s.Publishing.AllowModification = true }))
}

func TestPactLists_pageOnRequest(t *testing.T) {
	b := testbroker.New(t)
	river(b)
	for _, address := range pagedPactLists {
		b.Get(address + "?page=0").OK(http.StatusBadRequest)
		require.NotEmpty(t, b.Get(address+"?size=x").OK(http.StatusBadRequest).Find("errors", "size"), address)
		page := b.Get(address + "?size=1&page=1").OK(http.StatusOK)
		require.Len(t, page.Find("_links", "pb:pacts"), 1, address)
		require.EqualValues(t, 1, page.Find("page", "size"), address)
	}
	first := b.Get("/pacts/provider/River?size=3").OK()
	require.EqualValues(t, 4, first.Find("page", "totalElements"))
	require.Equal(t, []string{"Otter 3"}, pactsAt(t, b.Get(first.Link("next"))))
}

var pagedPactLists = []string{
	otters + "/versions", otters + "/tag/dev", otters + "/branch/main", otters + "/branch/versions", otters + "/branch",
	otters + "/branch/deep/latest/versions", otters + "/branch/latest/versions", "/pacts/provider/River", "/pacts/provider/River/tag/dev",
	"/pacts/provider/River/latest", "/pacts/provider/River/latest/dev", "/pacts/provider/River/branch", "/pacts/provider/River/branch/main",
	"/pacts/provider/River/branch/latest", "/pacts/provider/River/branch/deep/latest", "/pacts/latest",
}

func TestPactLists_nameWhoIsUnknown(t *testing.T) {
	b := testbroker.New(t)
	river(b)
	for _, address := range pagedPactLists {
		if address == "/pacts/latest" {
			continue
		}
		unknown := b.Get(strings.Replace(address, "River", "Lake", 1)).OK(http.StatusNotFound)
		require.Equal(t, "No provider with name 'Lake' found", unknown.Text("error"), address)
		if strings.Contains(address, "Otter") {
			unknown = b.Get(strings.Replace(address, "Otter", "Heron", 1)).OK(http.StatusNotFound)
			require.Equal(t, "No consumer with name 'Heron' found", unknown.Text("error"), address)
		}
	}
}

func TestDeletePacts_deletesWhatIsListedAndNothingElse(t *testing.T) {
	all := []string{"Otter 3", "Otter 2", "Otter 1"}
	tests := map[string][]string{
		"/tag/dev":                     {"Otter 2"},
		"/tag/none":                    all,
		"/tag/dev'%20OR%20'1'='1":      all,
		"/branch/main":                 {"Otter 3"},
		"/branch/none":                 all,
		"/branch/versions":             {"Otter 3"},
		"/branch/main/latest/versions": {"Otter 3", "Otter 1"},
		"/branch/latest/versions":      {"Otter 3", "Otter 1"},
		"/version/2":                   {"Otter 3", "Otter 1"},
	}
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for address, left := range tests {
			river(b) // publishes again what the last round has deleted
			gone := b.Delete(otters + address).OK(http.StatusOK)
			require.Equal(t, "http://broker.test/pacts/provider/River/consumer/Otter/latest", gone.Link("pb:latest-pact-version"))
			require.Equal(t, left, pactsAt(t, b.Get(otters+"/versions")), address)
			require.Equal(t, []string{"Beaver 7"}, pactsAt(t, b.Get("/pacts/provider/River/consumer/Beaver/versions")))
			b.Get("/pacticipants/Otter/versions/2").OK()
		}
	})
}

func TestDeletePacts_leadsNowhereWhenNothingIsLeft(t *testing.T) {
	b := testbroker.New(t)
	river(b)
	b.Delete(otters + "/versions").OK(http.StatusNoContent)
	require.Empty(t, pactsAt(t, b.Get(otters+"/versions")))
	b.Delete(otters + "/versions").OK(http.StatusNoContent)
	gone := b.Delete(otters + "/tag/dev").OK(http.StatusOK)
	require.Nil(t, gone.Find("_links", "pb:latest-pact-version"))
	require.Equal(t, "http://broker.test", gone.Link("index"))
}

func TestDeletePacts_nameWhoIsUnknown(t *testing.T) {
	b := testbroker.New(t)
	river(b)
	for _, list := range []string{"/versions", "/tag/dev", "/branch/main", "/branch/versions", "/branch/main/latest/versions", "/branch/latest/versions", "/version/1"} {
		b.Delete("/pacts/provider/Lake/consumer/Otter" + list).OK(http.StatusNotFound)
		b.Delete("/pacts/provider/River/consumer/Heron" + list).OK(http.StatusNotFound)
	}
	b.Delete(otters + "/version/9").OK(http.StatusNotFound)
	b.Delete(otters + "/version/%20").OK(http.StatusNotFound)
	require.Len(t, pactsAt(t, b.Get("/pacts/provider/River")), 4)
}

func TestDeletePact_takesAllRevisions(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Publishing.AllowModification = true }))
	river(b)
	sha := b.Get(otters+"/version/3").Text("_links", "pb:pact-version", "name")
	b.Pact("Otter", "3").Saying(testbroker.Content("Otter", "River", "float")).With("River")
	b.Delete(otters + "/version/3").OK()
	b.Get(otters + "/version/3").OK(http.StatusNotFound)
	b.Get(otters + "/pact-version/" + sha).OK(http.StatusNotFound)
}

func TestOldAddresses_serveTheSamePact(t *testing.T) {
	b := testbroker.New(t)
	river(b)
	for _, address := range []string{"/pact/provider/River/consumer/Otter/version/", otters + "/versions/"} {
		same := func(number string) {
			require.Equal(t, b.Get(otters+"/version/"+number).OK().JSON(), b.Get(address+number).OK().JSON())
		}
		same("1")
		b.Put(address+"8", testbroker.Content("Otter", "River", "hide")).OK(http.StatusCreated)
		b.Put(address+"8", testbroker.Content("Otter", "River", "hide")).OK(http.StatusOK)
		b.Put(address+"8", testbroker.Content("Otter", "River", "seek")).OK(http.StatusConflict)
		b.Put(address+"8", testbroker.Content("Heron", "River", "hide")).OK(http.StatusBadRequest)
		merge := testbroker.ContentType("application/json")
		b.Patch(address+"8", testbroker.Content("Otter", "River", "seek"), merge).OK(http.StatusOK)
		b.Patch(address+"9", testbroker.Content("Otter", "River", "seek"), merge).OK(http.StatusCreated)
		b.Patch(address+"9", testbroker.Content("Heron", "River", "hide"), merge).OK(http.StatusBadRequest)
		b.Patch(address+"9", map[string]any{"interactions": 1}, merge).OK(http.StatusConflict)
		same("8")
		b.Delete(address + "8").OK(http.StatusOK)
		b.Delete(address + "9").OK(http.StatusOK)
		b.Delete(address + "9").OK(http.StatusNotFound)
		b.Get(address + "9").OK(http.StatusNotFound)
	}
	require.Equal(t, b.Get(otters+"/latest").OK().JSON(), b.Get("/pact/provider/River/consumer/Otter/latest").OK().JSON())
	b.Get("/pact/provider/River/consumer/Heron/latest").OK(http.StatusNotFound)
}

func TestShowPact_keepsContentAndLinksApartInTheExtendedForm(t *testing.T) {
	b := testbroker.New(t)
	river(b)
	for _, address := range []string{otters + "/version/3", otters + "/latest", otters + "/latest/dev", otters + "/branch/deep/latest"} {
		pact := b.Get(address, testbroker.Accept("application/vnd.pactbrokerextended.v1+json")).OK(http.StatusOK)
		require.Equal(t, "application/vnd.pactbrokerextended.v1+json;charset=utf-8", pact.Header.Get("Content-Type"))
		require.Equal(t, "dive", pact.Text("contract", "interactions", 0, "description"))
		require.Nil(t, pact.Find("interactions"))
		require.Equal(t, true, pact.Find("_embedded", "tags", 0, "latest"))
		require.Equal(t, "http://broker.test"+otters+"/latest/dev", pact.Text("_embedded", "tags", 0, "_links", "pb:latest-pact", "href"))
	}
}

func TestShowLatestPact_namesTheVersionInAHeader(t *testing.T) {
	b := testbroker.New(t)
	river(b)
	for address, number := range map[string]string{"/latest": "3", "/latest/dev": "3", "/latest-untagged": "2", "/branch/main/latest": "2"} {
		require.Equal(t, number, b.Get(otters+address).OK().Header.Get("X-Pact-Consumer-Version"), address)
	}
	require.Empty(t, b.Get(otters+"/version/3").Header.Get("X-Pact-Consumer-Version"))
}

func TestShowPreviousDistinctPact_passesOverWhatSaysTheSame(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		river(b)
		previous := func(number string) testbroker.Response {
			return b.Get(otters + "/version/" + number + "/previous-distinct")
		}
		require.Equal(t, "2", previous("3").OK().Text("_links", "pb:consumer-version", "name"))
		previous("2").OK(http.StatusNotFound)
		previous("9").OK(http.StatusNotFound)

		// The same with ids that the client sent is another content, yet nothing new.
		same := testbroker.Content("Otter", "River", "dive")
		same["interactions"].([]any)[0].(map[string]any)["_id"] = "mine"
		b.Pact("Otter", "4").Saying(same).With("River")
		require.NotEqual(t, b.Get(otters+"/version/3").Text("_links", "pb:pact-version", "name"), b.Get(otters+"/version/4").Text("_links", "pb:pact-version", "name"))
		require.Equal(t, "2", previous("4").OK().Text("_links", "pb:consumer-version", "name"))
	})
}
