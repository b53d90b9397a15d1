package v1_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestRename_keepsAllAndLeadsFromTheFormerName(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Basket", "1").With("Stock")
		b.Put("/pacticipants/Basket/branches/main/versions/1", testbroker.Object{}).OK(http.StatusCreated)
		before := b.Get("/pacts/provider/Stock/consumer/Basket/version/1").OK(http.StatusOK)

		names := b.Post("/api/v1/applications/Basket/rename", testbroker.Object{"name": "Shopping/Basket"}).OK(http.StatusOK)
		require.Equal(t, "Shopping/Basket", names.Text("application"))
		require.Equal(t, "Shopping/Basket", names.Text("display_name"))
		require.Equal(t, "Basket", names.Text("former_names", 0, "name"))
		require.NotEmpty(t, names.Text("former_names", 0, "until"))

		b.Get("/pacticipants/Shopping%2FBasket/versions/1").OK(http.StatusOK)
		after := b.Get("/pacts/provider/Stock/consumer/Basket/version/1").OK(http.StatusOK)
		require.Equal(t, before.Text("createdAt"), after.Text("createdAt"))
		require.Contains(t, after.Text("_links", "self", "href"), "/consumer/Shopping%2FBasket/")

		// Pipelines that know the former name alone go on.
		b.Pact("Basket", "2").With("Stock")
		require.Equal(t, "2", b.Get("/pacticipants/Shopping%2FBasket/latest-version").OK(http.StatusOK).Text("number"))
		asked, asBefore := b.Get("/can-i-deploy?pacticipant=Shopping/Basket&version=2&to=prod"), b.Get("/can-i-deploy?pacticipant=Basket&version=2&to=prod")
		require.InDelta(t, 1, asked.OK(http.StatusOK).Find("summary", "unknown"), 0)
		require.InDelta(t, 1, asBefore.OK(http.StatusOK).Find("summary", "unknown"), 0)
		require.Len(t, b.Get("/pacticipants").OK(http.StatusOK).Find("_embedded", "pacticipants"), 2, "there is no new application")

		types := []string{}
		for _, e := range b.Get("/api/v1/events?application=Shopping/Basket").OK(http.StatusOK).Find("items").([]any) {
			types = append(types, e.(map[string]any)["type"].(string))
		}
		require.Contains(t, types, "accord.pacticipant_renamed")
		require.Contains(t, types, "accord.pacticipant_created", "what happened before is found under the new name")

		b.Delete("/api/v1/applications/Shopping%2FBasket/former-names/Basket").OK(http.StatusNoContent)
		b.Delete("/api/v1/applications/Shopping%2FBasket/former-names/Basket").OK(http.StatusNotFound)
		b.Get("/pacticipants/Basket").OK(http.StatusNotFound)
	})
}

func TestRename_refusals(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Basket", "1").With("Stock")
		b.Post("/api/v1/applications/Stock/rename", testbroker.Object{"name": "Store"}).OK(http.StatusOK)
		for name, tt := range map[string]struct {
			application, to string
			status          int
			code            string
		}{
			"unknown":             {"Nobody", "Somebody", http.StatusNotFound, "not_found"},
			"taken":               {"Basket", "Store", http.StatusConflict, "name_taken"},
			"taken by the former": {"Basket", "Stock", http.StatusConflict, "name_taken"},
			"blank":               {"Basket", " ", http.StatusBadRequest, "invalid"},
			"too long":            {"Basket", string(make([]byte, 501)), http.StatusBadRequest, "invalid"},
			"of two lines":        {"Basket", "a\nb", http.StatusBadRequest, "invalid"},
			"dots":                {"Basket", "..", http.StatusBadRequest, "invalid"},
		} {
			answer := b.For(t).Post("/api/v1/applications/"+tt.application+"/rename", testbroker.Object{"name": tt.to}).OK(tt.status)
			require.Equal(t, tt.code, answer.Text("code"), name)
		}
		b.Post("/api/v1/applications/Store/rename", testbroker.Object{"name": "Stock"}).OK(http.StatusOK)
		require.Equal(t, "Store", b.Get("/api/v1/applications/Stock/former-names").OK(http.StatusOK).Text("former_names", 0, "name"), "there and back")
		b.Post("/api/v1/applications/Stock/rename", testbroker.Object{"name": "Stock"}).OK(http.StatusOK)
	})
}

func TestRename_theFormerNameLeadsNoLongerThanTheSettingSays(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	b := testbroker.New(t, testbroker.At(func() time.Time { return now }), testbroker.With(func(s *config.Settings) { s.Versions.FormerNamesFor = 48 * time.Hour }))
	b.Pact("Basket", "1").With("Stock")
	require.Equal(t, "2026-05-03T12:00:00Z", b.Post("/api/v1/applications/Basket/rename", testbroker.Object{"name": "Cart"}).OK(http.StatusOK).Text("former_names", 0, "until"))
	now = now.Add(48 * time.Hour)
	require.Equal(t, "Cart", b.Get("/pacticipants/Basket").OK(http.StatusOK).Text("name"))
	now = now.Add(time.Second)
	b.Get("/pacticipants/Basket").OK(http.StatusNotFound)
	b.Put("/pacticipants/Basket/versions/1", testbroker.Object{}).OK(http.StatusCreated)
	require.Equal(t, "Basket", b.Get("/pacticipants/Basket").OK(http.StatusOK).Text("name"), "the name is free")
}

func TestMerge_tellsThatTheApplicationNeedsItself(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Cart", "1").With("Stock")
		b.Pact("Trolley", "2").With("Basket")
		require.Equal(t, true, b.Post("/api/v1/applications/Trolley/merge", testbroker.Object{"into": "Basket"}).OK(http.StatusOK).Find("pair_with_itself"))
		require.Nil(t, b.Post("/api/v1/applications/Cart/merge", testbroker.Object{"into": "Basket"}).OK(http.StatusOK).Find("pair_with_itself"))
	})
}

func TestMerge_whatClashesIsToldAndNothingIsMerged(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for name, what := range map[string]string{"Basket": "one basket", "Cart": "one cart"} {
			b.Publish(name, "1", "main", nil, map[string]any{"Stock": testbroker.Content(name, "Stock", what)}).OK(http.StatusOK)
		}
		refused := b.Post("/api/v1/applications/Cart/merge", testbroker.Object{"into": "Basket"}).OK(http.StatusConflict)
		require.Equal(t, "merge_clash", refused.Text("code"))
		require.Contains(t, refused.Text("detail"), "Cart and Basket")
		require.Equal(t, "Cart", b.Get("/pacticipants/Cart").OK(http.StatusOK).Text("name"))
		require.Empty(t, b.Get("/api/v1/applications/Basket/former-names").OK(http.StatusOK).Find("former_names"))

		merged := b.Post("/api/v1/applications/Cart/merge", testbroker.Object{"into": "Basket", "on_clash": "newest"}).OK(http.StatusOK)
		require.Equal(t, "Cart", merged.Text("former_names", 0, "name"))
		b.Get("/pacts/provider/Stock/consumer/Basket/version/1").OK(http.StatusOK)

		again := b.Post("/api/v1/applications/Cart/merge", testbroker.Object{"into": "Basket"}).OK(http.StatusBadRequest)
		require.Contains(t, again.Text("errors", 0, "detail"), "Cart and Basket are both names of Basket, so they are one already")
	})
}
