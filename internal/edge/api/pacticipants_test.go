package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestPacticipants_areCreatedChangedFoundAndDeleted(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		created := b.Post("/pacticipants", map[string]any{"name": "order/intake", "mainBranch": "trunk"}).OK(http.StatusCreated)
		require.Equal(t, "http://broker.test/pacticipants/order%2Fintake", created.Header.Get("Location"))
		again := b.Post("/pacticipants", map[string]any{"name": "order/intake", "mainBranch": "other"}).OK(http.StatusCreated)
		require.Equal(t, "trunk", again.Text("mainBranch"), "an application that is there stays as it is")

		b.Patch("/pacticipants/order%2Fintake", map[string]any{"repositoryUrl": "https://git.example/orders"}).OK(http.StatusOK)
		patched := b.Patch("/pacticipants/order%2Fintake", map[string]any{"displayName": nil}, testbroker.ContentType("application/json")).OK(http.StatusOK)
		require.Equal(t, []string{"trunk", "https://git.example/orders", "Order/intake"},
			[]string{patched.Text("mainBranch"), patched.Text("repositoryUrl"), patched.Text("displayName")})

		put := b.Put("/pacticipants/order%2Fintake", map[string]any{"displayName": "Orders"}).OK(http.StatusOK)
		require.Nil(t, put.Find("mainBranch"), "what a PUT does not name is emptied")
		require.Equal(t, "Orders", put.Text("displayName"))

		b.Patch("/pacticipants/stock", map[string]any{}).OK(http.StatusCreated)
		list := b.Get("/pacticipants?q=ORDER").OK(http.StatusOK)
		require.Len(t, list.Find("_embedded", "pacticipants"), 1)
		require.Len(t, list.Find("pacticipants"), 1)
		page := b.Get("/pacticipants?page=2&size=1").OK(http.StatusOK)
		require.Equal(t, "stock", page.Text("_embedded", "pacticipants", 0, "name"))
		require.Equal(t, "http://broker.test/pacticipants?size=1&page=1", page.Link("previous"))

		b.Delete("/pacticipants/order%2Fintake").OK(http.StatusNoContent)
		b.Get("/pacticipants/order%2Fintake").OK(http.StatusNotFound)
		b.Put("/pacticipants/order%2Fintake", map[string]any{}).OK(http.StatusNotFound)
		b.Delete("/pacticipants/order%2Fintake").OK(http.StatusNotFound)
		fresh := b.Post("/pacticipants", map[string]any{"name": "order/intake"}).OK(http.StatusCreated)
		require.Nil(t, fresh.Find("mainBranch"), "the name of a deleted application is free")
	})
}

func TestPacticipants_showTheirLatestVersionAndWhereTheyAreDeployed(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Web", "1").Branch("main").With("Ledger").DeployedTo("production")
	b.Pact("Web", "2").Branch("feat/x").With("Ledger")

	web := b.Get("/pacticipants/Web").OK(http.StatusOK)

	require.Equal(t, "main", web.Text("mainBranch"), "the first branch with the name of a main branch is it")
	require.Equal(t, "2", web.Text("_embedded", "latestVersion", "number"))
	require.Equal(t, "Production", web.Text("_links", "pb:deployed-environments", 0, "name"))
}

func TestLabels(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		first := b.Put("/pacticipants/Teapot/labels/kitchen", nil, testbroker.ContentType("application/json")).OK(http.StatusCreated)
		require.Equal(t, "http://broker.test/pacticipants/Teapot/labels/kitchen", first.Header.Get("Location"))
		b.Put("/pacticipants/Teapot/labels/kitchen", map[string]any{}).OK(http.StatusOK)
		b.Put("/pacticipants/Rose/labels/garden", map[string]any{}).OK(http.StatusCreated)
		b.Get("/pacticipants/Teapot/labels/kitchen").OK(http.StatusOK)

		found := b.Get("/pacticipants/label/kitchen?page=1&size=5").OK(http.StatusOK)
		require.Equal(t, "Teapot", found.Text("_embedded", "pacticipants", 0, "name"))
		require.Equal(t, 1.0, found.Find("page", "totalElements"))
		all := b.Get("/labels?page=2&size=1").OK(http.StatusOK)
		require.Equal(t, "kitchen", all.Text("_embedded", "labels", 0, "name"))

		b.Delete("/pacticipants/Teapot/labels/kitchen").OK(http.StatusNoContent)
		b.Delete("/pacticipants/Teapot/labels/kitchen").OK(http.StatusNotFound)
		b.Get("/pacticipants/Teapot/labels/kitchen").OK(http.StatusNotFound)
		b.Get("/pacticipants/Nobody/labels/kitchen").OK(http.StatusNotFound)
		b.Delete("/pacticipants/Nobody/labels/kitchen").OK(http.StatusNotFound)
	})
}
