package app_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// What one writer checks must still hold when it writes, whoever else writes
// at that moment.

func TestPublish_ofDifferentContentsForOneVersionSucceedsOnce(t *testing.T) {
	content := func(client int) any { return testbroker.Content("Shop", "Stock", "request "+strconv.Itoa(client)) }
	ways := map[string]struct {
		publish func(b *testbroker.Broker, client int) testbroker.Response
		created int
	}{
		"by PUT": {func(b *testbroker.Broker, client int) testbroker.Response {
			return b.Put(at.Pact("Stock", "Shop", "1"), content(client))
		}, http.StatusCreated},
		"together with a branch and tags": {func(b *testbroker.Broker, client int) testbroker.Response {
			return b.Publish("Shop", "1", "main", []string{"dev"}, map[string]any{"Stock": content(client)})
		}, http.StatusOK},
	}
	for way, tt := range ways {
		for _, known := range []bool{false, true} {
			t.Run(way+", version known: "+strconv.FormatBool(known), func(t *testing.T) {
				testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
					if known {
						b.Version("Shop", "1")
						b.Version("Stock", "1")
					}
					counts := together(func(client int) testbroker.Response { return tt.publish(b, client) })
					require.Equal(t, map[int]int{tt.created: 1, http.StatusConflict: clients - 1}, counts)
				})
			})
		}
	}
}

func TestMerge_fiftyAtOnceLoseNothing(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Shop", "1").With("Stock")
		counts := together(func(client int) testbroker.Response {
			return b.Patch(at.Pact("Stock", "Shop", "1"), testbroker.Content("Shop", "Stock", "request "+strconv.Itoa(client)), testbroker.ContentType("application/json"))
		})
		require.Equal(t, map[int]int{http.StatusOK: clients}, counts)
		require.Len(t, b.Get(at.Pact("Stock", "Shop", "1")).OK().Find("interactions"), clients+1)
	})
}

func TestPacticipants_changesOfDifferentPropertiesAtOnceAreAllKept(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for round := range 5 {
			name := "Shop " + strconv.Itoa(round)
			b.Version(name, "1")
			properties := []string{"displayName", "repositoryUrl", "repositoryName", "repositoryNamespace"}
			together(func(client int) testbroker.Response {
				if client < len(properties) {
					return b.Patch(at.Pacticipant(name), map[string]any{properties[client]: "changed"}).OK(http.StatusOK)
				}
				return b.Put(at.BranchVersion(name, "main", strconv.Itoa(client)), nil).OK()
			})
			shown := b.Get(at.Pacticipant(name)).OK()
			for _, property := range properties {
				require.Equal(t, "changed", shown.Find(property), property)
			}
			require.Equal(t, "main", shown.Find("mainBranch"), "the main branch was detected")
		}
	})
}

func TestPublish_fiftySpellingsOfOneNameAtOnceMeanOneApplication(t *testing.T) {
	fold := testbroker.With(func(s *config.Settings) { s.Publishing.CaseSensitiveNames = false })
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		spellings := []string{"Shop", "SHOP", "shop", "sHop", "shoP"}
		counts := together(func(client int) testbroker.Response {
			return b.Put(at.Tag(spellings[client%len(spellings)], []string{"a", "A"}[client%2], []string{"dev", "DEV"}[client%2]), nil)
		})
		require.Equal(t, clients, counts[http.StatusOK]+counts[http.StatusCreated], "%v", counts)
		require.Len(t, b.Get("/pacticipants").OK().Find("pacticipants"), 1)
		require.Len(t, b.Get(at.Versions("Shop")).OK().Find("_embedded", "versions"), 1)
	}, fold)
}

func TestDeleteIntegration_sparesTheProviderThatOthersPublishFor(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for round := range 10 {
			provider := "Stock " + strconv.Itoa(round)
			b.Pact("Shop", "1").With(provider)
			together(func(client int) testbroker.Response {
				if client == 0 {
					return b.Delete(at.Integration(provider, "Shop")).OK(http.StatusNoContent)
				}
				return b.Publish("Till "+strconv.Itoa(client), "1", "", nil, map[string]any{provider: nil}).OK(http.StatusOK)
			})
			for client := 1; client < clients; client++ {
				b.Get(at.Pact(provider, "Till "+strconv.Itoa(client), "1")).OK(http.StatusOK)
			}
		}
	})
}
