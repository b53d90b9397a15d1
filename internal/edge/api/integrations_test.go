package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const hal = "application/hal+json"

// pairsIn are the pairs that an answer lists, as "consumer provider".
func pairsIn(t *testing.T, answer testbroker.Response) []string {
	t.Helper()
	list, isList := answer.OK(http.StatusOK).Find("_embedded", "integrations").([]any)
	require.True(t, isList, string(answer.Body))
	found := []string{}
	for i := range list {
		found = append(found, answer.Text("_embedded", "integrations", i, "consumer", "name")+" "+answer.Text("_embedded", "integrations", i, "provider", "name"))
	}
	return found
}

func TestListIntegrations_lastActiveFirst(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		list := func(query string) testbroker.Response { return b.Get("/integrations"+query, testbroker.Accept(hal)) }
		require.Empty(t, pairsIn(t, list("")))
		otter := b.Pact("Otter", "1").With("River")
		b.Pact("Beaver", "1").With("River")
		b.Pact("Heron", "1").With("Otter 100%")
		require.Equal(t, []string{"Heron Otter 100%", "Beaver River", "Otter River"}, pairsIn(t, list("")))
		otter.VerifiedBy("5")
		require.Equal(t, []string{"Otter River", "Heron Otter 100%", "Beaver River"}, pairsIn(t, list("")), "a result is activity too")

		require.Equal(t, []string{"Otter River", "Heron Otter 100%"}, pairsIn(t, list("?q=OTTER")))
		require.Equal(t, []string{"Heron Otter 100%"}, pairsIn(t, list("?q=0%25")), "wildcards are literal")
		require.Empty(t, pairsIn(t, list("?q=_")))

		page := list("?page=2&size=1")
		require.Equal(t, []string{"Heron Otter 100%"}, pairsIn(t, page))
		require.EqualValues(t, 3, page.Find("page", "totalElements"))
		require.Equal(t, "http://broker.test/integrations?size=1&page=3", page.Link("next"))
		require.Equal(t, "http://broker.test/integrations?size=1&page=1", page.Link("previous"))
		list("?page=0").OK(http.StatusBadRequest)
		require.Equal(t, "http://broker.test/dashboard/provider/River/consumer/Otter", list("").Text("_embedded", "integrations", 0, "_links", "pb:dashboard", "href"))

		b.Delete(at.PactVersions("River", "Beaver")).OK(http.StatusNoContent)
		require.Equal(t, []string{"Otter River", "Heron Otter 100%", "Beaver River"}, pairsIn(t, list("")), "a pair without contracts stays, at the end")
	})
}

func TestListIntegrations_areJSONForThoseWhoAcceptAnything(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Otter", "1").With("River")
	for _, accept := range []string{"", "*/*", "application/json, */*", "text/vnd.graphviz;q=0.5, */*"} {
		answer := b.Get("/integrations", testbroker.Accept(accept))
		require.Equal(t, []string{"Otter River"}, pairsIn(t, answer), accept)
		require.Equal(t, "application/hal+json;charset=utf-8", answer.Header.Get("Content-Type"), accept)
	}
}

func TestListIntegrations_drawnForThoseWhoNameDOT(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Corner Cafe", "1").With("Bakery")
	b.Pact("web-shop", "1").With(`A "B"`)
	want := "digraph {\n  rankdir=LR;\n  node [shape=box];\n  \"web-shop\" -> \"A_\\\"B\\\"\"\n  Corner_Cafe -> Bakery\n}\n"
	for _, answer := range []testbroker.Response{b.Get("/integrations", testbroker.Accept("text/vnd.graphviz")), b.Get("/integrations.dot")} {
		answer.OK(http.StatusOK)
		require.Equal(t, want, string(answer.Body))
		require.Equal(t, "text/vnd.graphviz;charset=utf-8", answer.Header.Get("Content-Type"))
	}
}

func TestDeleteIntegration_takesWhatOnlyItNeeds(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		river(b)
		b.Pact("Otter", "9").Branch("main").With("Lake")
		b.Version("Otter", "10", "main")
		for _, of := range []string{"/provider/River/consumer/Otter", "/consumer/Otter"} {
			b.Post("/webhooks"+of, map[string]any{"events": []any{map[string]any{"name": "contract_published"}}, "request": map[string]any{"method": "POST", "url": "https://ci.example.org"}}).OK(http.StatusCreated)
		}
		b.Delete("/integrations/provider/River/consumer/Nobody").OK(http.StatusNotFound)
		b.Delete("/integrations/provider/River/consumer/Otter", testbroker.Accept(hal)).OK(http.StatusNoContent)

		b.Get("/pacticipants/Otter/versions/1").OK(http.StatusNotFound)
		b.Get("/pacticipants/Otter/versions/10").OK(http.StatusNotFound)
		require.Equal(t, "9", b.Get("/pacticipants/Otter/branches/main/latest-version").OK().Text("number"))
		require.Len(t, b.Get("/webhooks").Find("_links", "pb:webhooks"), 1, "the webhook of the consumer alone stays")
		b.Delete("/integrations/provider/River/consumer/Otter").OK(http.StatusNoContent)
		b.Delete("/integrations/provider/Lake/consumer/Otter").OK(http.StatusNoContent)
		b.Get("/pacticipants/Lake").OK(http.StatusNotFound)
		b.Get("/pacticipants/Otter").OK(http.StatusOK)
		b.Delete("/integrations/provider/River/consumer/Beaver").OK(http.StatusNoContent)
		b.Get("/pacticipants/River").OK(http.StatusNotFound)
		require.Empty(t, pairsIn(t, b.Get("/integrations", testbroker.Accept(hal))))
	})
}

func TestDeleteIntegration_ofTwoThatAreNoPairChangesNothing(t *testing.T) {
	b := testbroker.New(t)
	river(b)
	b.Version("Beaver", "8")
	b.Delete("/integrations/provider/Otter/consumer/Beaver").OK(http.StatusNoContent)
	b.Get("/pacticipants/Beaver/versions/8").OK(http.StatusOK)
}

func TestDeleteIntegration_ofAnApplicationWithItself(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Ouroboros", "1").With("Ouroboros")
	b.Delete("/integrations/provider/Ouroboros/consumer/Ouroboros").OK(http.StatusNoContent)
	b.Get("/pacticipants/Ouroboros").OK(http.StatusNotFound)
}

func TestDeleteIntegrations_leavesTheEnvironments(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		river(b)
		b.Deploy("Otter", "1", "test")
		b.Delete("/integrations").OK(http.StatusNoContent)
		require.Empty(t, b.Get("/pacticipants").Find("pacticipants"))
		require.Empty(t, b.Get("/pacts/latest").Find("pacts"))
		environments := b.Get("/environments").OK()
		require.Equal(t, "test", environments.Text("_embedded", "environments", 0, "name"))
		require.Empty(t, b.Get("/environments/"+environments.Text("_embedded", "environments", 0, "uuid")+"/deployed-versions/currently-deployed").OK().Find("_embedded", "deployedVersions"))
		river(b)
		require.Len(t, pairsIn(t, b.Get("/integrations", testbroker.Accept(hal))), 2)
	})
}
