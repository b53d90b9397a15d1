package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// Who knows the former name alone goes on with it, but deletes nothing that cannot be
// made again: a tool that takes a rename for an end and a beginning would take all of it.
func TestDelete_byAFormerNameIsRefused(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Publish("shop", "1", "main", nil, map[string]any{"stock": nil}).OK(http.StatusOK)
		b.Post("/api/v1/applications/shop/rename", testbroker.Object{"name": "basket"}).OK(http.StatusOK)
		const pair = "/pacts/provider/stock/consumer/"
		for _, address := range []struct{ before, after string }{
			{"/pacticipants/", ""},
			{"/pacticipants/", "/branches"},
			{pair, "/versions"},
			{pair, "/tag/prod"},
			{pair, "/branch/main"},
			{pair, "/branch/versions"},
			{pair, "/branch/main/latest/versions"},
			{pair, "/branch/latest/versions"},
			{"/integrations/provider/stock/consumer/", ""},
		} {
			refused := b.Delete(address.before + "shop" + address.after).OK(http.StatusConflict)
			require.Contains(t, string(refused.Body), "shop is called basket now; delete it by that name.")
		}
		problem := b.Delete("/pacticipants/shop", testbroker.Header("Accept", "application/hal+json, application/problem+json")).OK(http.StatusConflict)
		require.Contains(t, problem.Text("type"), "former-name")
		b.Get("/pacticipants/basket/versions/1").OK(http.StatusOK)
		b.Get(pair + "basket/version/1").OK(http.StatusOK)
		b.Delete("/pacticipants/shop/branches/main").OK(http.StatusNoContent)
		b.Delete("/pacticipants/basket").OK(http.StatusNoContent)
		b.Delete("/pacticipants/shop").OK(http.StatusNotFound)
	})
}

// Another case is no former name.
func TestDelete_inAnotherCase(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Post("/pacticipants", testbroker.Object{"name": "shop"}).OK(http.StatusCreated)
		b.Post("/api/v1/applications/shop/rename", testbroker.Object{"name": "basket"}).OK(http.StatusOK)
		b.Delete("/pacticipants/SHOP").OK(http.StatusConflict)
		b.Delete("/pacticipants/BASKET").OK(http.StatusNoContent)
	}, testbroker.With(func(s *config.Settings) { s.Publishing.CaseSensitiveNames = false }))
}
