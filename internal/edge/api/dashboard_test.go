package api_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// itemsIn are the entries of an overview, as "consumer version > provider: status",
// with the tags of the contract behind it.
func itemsIn(t *testing.T, answer testbroker.Response) []string {
	t.Helper()
	list, isList := answer.OK(http.StatusOK).Find("items").([]any)
	require.True(t, isList, string(answer.Body))
	found := []string{}
	for i := range list {
		line := answer.Text("items", i, "consumer", "name") + " " + answer.Text("items", i, "consumer", "version", "number") + " > " +
			answer.Text("items", i, "provider", "name") + ": " + answer.Text("items", i, "verificationStatus")
		for j := range answer.Find("items", i, "pactTags").([]any) {
			line += " #" + answer.Text("items", i, "pactTags", j, "name")
		}
		found = append(found, line)
	}
	return found
}

func TestShowDashboard_theContractsThatMatterNow(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		require.Empty(t, itemsIn(t, b.Get("/dashboard")))
		say := func(what string) any { return testbroker.Content("Otter", "River", what) }
		one := b.Pact("Otter", "1").Tags("prod", "dev").Saying(say("swim")).With("River").VerifiedBy("50")
		b.Pact("Otter", "2").Tags("dev").Saying(say("dive")).With("River").FailedBy("50")
		b.Pact("Otter", "3").Saying(say("float")).With("River")
		b.Pact("Otter", "4").Saying(say("drift")).With("River")
		b.Pact("Otter", "5").Branch("main").Saying(say("dream")).With("River")
		b.Pact("Otter", "6").Branch("main").With("Lake")
		require.Equal(t, []string{"Otter 6 > Lake: never", "Otter 5 > River: never", "Otter 2 > River: failed #dev", "Otter 1 > River: success #prod"}, itemsIn(t, b.Get("/dashboard")))

		b.Tag("Otter", "6", "prod")
		require.Contains(t, itemsIn(t, b.Get("/dashboard")), "Otter 1 > River: success #prod", "a version without a contract with River does not hide it")
		b.Deploy("Otter", "3", "test")
		ended := b.Deploy("Otter", "4", "test", "blue")
		b.Undeploy(ended)
		b.Release("Otter", "4", "production")
		one.VerifiedBy("51")
		require.Equal(t, []string{
			"Otter 1 > River: success #prod", "Otter 6 > Lake: never #prod", "Otter 5 > River: never", "Otter 4 > River: never", "Otter 3 > River: never", "Otter 2 > River: failed #dev",
		}, itemsIn(t, b.Get("/dashboard")))
		b.Get("/dashboard/provider/River/consumer/Lake").OK(http.StatusOK)
		require.Equal(t, []string{"Otter 6 > Lake: never #prod"}, itemsIn(t, b.Get("/dashboard/provider/Lake/consumer/Otter")))
	})
}

func TestShowDashboard_pagesAfterSorting(t *testing.T) {
	b := testbroker.New(t)
	for _, consumer := range []string{"Beaver", "Adder", "Deer", "Crane"} {
		b.Pact(consumer, "1").With("River")
	}
	require.Equal(t, []string{"Crane 1 > River: never", "Deer 1 > River: never", "Adder 1 > River: never"}, itemsIn(t, b.Get("/dashboard?size=3")))
	require.Equal(t, []string{"Beaver 1 > River: never"}, itemsIn(t, b.Get("/dashboard?page=2&size=3")))
	require.Equal(t, []string{"Deer 1 > River: never"}, itemsIn(t, b.Get("/dashboard?pageNumber=2&pageSize=1")))
	b.Get("/dashboard?page=0").OK(http.StatusBadRequest)
	b.Get("/dashboard/provider/River/consumer/Deer?size=0").OK(http.StatusBadRequest)
}

func TestShowDashboard_thirtyUnlessAskedForMore(t *testing.T) {
	b := testbroker.New(t)
	for n := range 31 {
		b.Pact("C"+strconv.Itoa(n), "1").With("River")
	}
	require.Len(t, itemsIn(t, b.Get("/dashboard")), 30)
	require.Len(t, itemsIn(t, b.Get("/dashboard?page=1")), 31)
}

func TestShowDashboard_tellsOfTheResult(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Otter", "1").Branch("main").With("River").VerifiedBy("50").FailedBy("51")
		b.Version("River", "51", "b", "a")
		b.Tag("River", "51", "z")
		b.Tag("River", "51", "old")
		b.Tag("River", "52", "old")
		answer := b.Get("/dashboard").OK()
		item := func(steps ...any) any { return answer.Find(append([]any{"items", 0}, steps...)...) }
		require.Equal(t, "51", item("provider", "version", "number"))
		require.Equal(t, []any{"b", "a"}, item("provider", "version", "headBranchNames"))
		require.Equal(t, "a", item("provider", "version", "branch"))
		require.Equal(t, false, item("latestVerificationResult", "success"))
		require.Equal(t, "http://broker.test/pacts/provider/River/consumer/Otter/version/1/verification-results/latest", item("latestVerificationResult", "_links", "self", "href"))
		require.Len(t, item("latestVerificationResultTags"), 1)
		require.Equal(t, "http://broker.test/pacticipants/River/versions/51/tags/z", item("latestVerificationResultTags", 0, "_links", "self", "href"))
	})
}

func TestShowDashboard_tellsThatAFailureWasPending(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Otter", "1").Branch("main").With("River")
	found := b.Post("/pacts/provider/River/for-verification", map[string]any{"providerVersionBranch": "main", "includePendingStatus": true, "consumerVersionSelectors": []any{map[string]any{"branch": "main"}}}).OK(http.StatusOK)
	pact := b.Get(found.Text("_embedded", "pacts", 0, "_links", "self", "href")).OK()
	b.Post(pact.Link("pb:publish-verification-results"), map[string]any{"success": false, "providerApplicationVersion": "1"}).OK(http.StatusCreated)
	require.Equal(t, []string{"Otter 1 > River: failed_pending"}, itemsIn(t, b.Get("/dashboard")))
}

func TestShowDashboard_asText(t *testing.T) {
	b := testbroker.New(t)
	text := func() string {
		return string(b.Get("/dashboard", testbroker.Accept("text/plain")).OK(http.StatusOK).Body)
	}
	require.Equal(t, "No data.\n", text())
	b.Pact("Otter", "1").Tags("b", "a").With("River").VerifiedBy("50")
	b.Tag("River", "50", "prod")
	require.Equal(t, ""+
		"CONSUMER_NAME | C_VERSION | C_TAGS | PROVIDER_NAME | P_VERSION | P_TAGS | SUCCESS\n"+
		"--------------|-----------|--------|---------------|-----------|--------|--------\n"+
		"Otter         | 1         | a, b   | River         | 50        | prod   | success\n", text())
}

func TestShowDashboardOfPair_ofUnknownApplications(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Otter", "1").With("River")
	for _, address := range []string{"/dashboard/provider/River/consumer/Nobody", "/dashboard/provider/Nobody/consumer/Otter"} {
		require.Contains(t, b.Get(address).OK(http.StatusNotFound).Text("error"), "'Nobody'")
	}
}
