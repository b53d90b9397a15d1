package app_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const clients = 50

// at builds the paths of requests.
const at = links.Base("")

// together runs the request of each client at the same moment and returns how
// often each status was answered.
func together(request func(client int) testbroker.Response) map[int]int {
	return testbroker.StatusesAtOnce(clients, request)
}

func TestPublish_fiftyAtOnce(t *testing.T) {
	tests := []struct {
		name string
		// pact names the consumer, its version and the provider of each client.
		pact func(client string) (consumer, version, provider string)
	}{
		{"the same version of one pair", func(string) (string, string, string) { return "Shop", "1", "Stock" }},
		{"versions of one pair", func(client string) (string, string, string) { return "Shop", client, "Stock" }},
		{"one version with many providers", func(client string) (string, string, string) { return "Shop", "1", "Stock " + client }},
		{"many consumers of one provider", func(client string) (string, string, string) { return "Shop " + client, "1", "Stock" }},
		{"many pairs", func(client string) (string, string, string) { return "Shop " + client, "1", "Stock " + client }},
		{"consumers of one another", func(client string) (string, string, string) {
			if strings.ContainsAny(client[len(client)-1:], "02468") {
				return "Shop", client, "Stock"
			}
			return "Stock", client, "Shop"
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
				counts := together(func(client int) testbroker.Response {
					consumer, version, provider := tt.pact(strconv.Itoa(client))
					return b.Publish(consumer, version, "main", []string{"dev"}, map[string]any{provider: nil})
				})
				require.Equal(t, map[int]int{http.StatusOK: clients}, counts)
				for client := range clients {
					consumer, version, provider := tt.pact(strconv.Itoa(client))
					b.Get(at.Pact(provider, consumer, version)).OK(http.StatusOK)
				}
			})
		})
	}
}

func TestDeploy_fiftyAtOnceLeaveOneInPlace(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		environment := b.Environment("production")
		for client := range clients {
			b.Version("Shop", strconv.Itoa(client))
		}
		counts := together(func(client int) testbroker.Response {
			return b.Post(at.RecordDeployment("Shop", strconv.Itoa(client), environment), nil)
		})
		require.Equal(t, map[int]int{http.StatusCreated: clients}, counts)
		now := b.Get(at.CurrentlyDeployed(environment)).OK(http.StatusOK)
		require.Len(t, now.Find("_embedded", "deployedVersions"), 1)
	})
}

func TestWrite_fiftyOfEveryKindAtOnce(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		environment := b.Environment("test")
		b.Version("Shop", "0")
		counts := together(func(client int) testbroker.Response {
			version := strconv.Itoa(client)
			switch client % 5 {
			case 0:
				return b.Publish("Shop", version, "main", []string{"dev"}, map[string]any{"Stock": nil})
			case 1:
				return b.Publish("Stock", version, "main", nil, map[string]any{"Shop": nil})
			case 2:
				return b.Put(at.Tag("Shop", version, "dev"), nil)
			case 3:
				return b.Put(at.BranchVersion("Stock", "main", version), nil)
			default:
				return b.Post(at.RecordDeployment("Shop", "0", environment), map[string]any{"applicationInstance": version})
			}
		})
		require.Equal(t, map[int]int{http.StatusOK: 20, http.StatusCreated: 30}, counts)
		for client := 0; client < clients; client += 5 {
			b.Get(at.Pact("Stock", "Shop", strconv.Itoa(client))).OK(http.StatusOK)
			b.Get(at.Pact("Shop", "Stock", strconv.Itoa(client+1))).OK(http.StatusOK)
			b.Get(at.Tag("Shop", strconv.Itoa(client+2), "dev")).OK(http.StatusOK)
			b.Get(at.BranchVersion("Stock", "main", strconv.Itoa(client+3))).OK(http.StatusOK)
		}
		now := b.Get(at.CurrentlyDeployed(environment)).OK(http.StatusOK)
		require.Len(t, now.Find("_embedded", "deployedVersions"), clients/5)
	})
}

// Whoever deletes what others write at the same moment may win or lose, but
// nobody is told that the broker failed.
func TestDelete_whileOthersWrite(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		environment := b.Environment("test")
		b.Pact("Shop", "1").Branch("main").Tags("dev").With("Stock")
		requests := []func(version string) testbroker.Response{
			func(v string) testbroker.Response {
				return b.Publish("Shop", v, "main", []string{"dev"}, map[string]any{"Stock": nil})
			},
			func(v string) testbroker.Response { return b.Delete(at.Pacticipant("Shop")) },
			func(v string) testbroker.Response {
				return b.Publish("Shop", "1", "main", []string{"dev"}, map[string]any{"Stock": nil})
			},
			func(v string) testbroker.Response { return b.Put(at.Tag("Shop", "1", "dev"), nil) },
			func(v string) testbroker.Response { return b.Delete(at.Version("Shop", "1")) },
			func(v string) testbroker.Response { return b.Delete(at.Branch("Shop", "main")) },
			func(v string) testbroker.Response { return b.Post(at.RecordDeployment("Shop", "1", environment), nil) },
			func(v string) testbroker.Response { return b.Delete(at.Tag("Shop", "1", "dev")) },
			func(v string) testbroker.Response { return b.Post(at.RecordRelease("Shop", "1", environment), nil) },
			func(v string) testbroker.Response { return b.Put(at.BranchVersion("Shop", "main", "1"), nil) },
		}
		for range 3 {
			counts := together(func(client int) testbroker.Response {
				return requests[client%len(requests)](strconv.Itoa(client))
			})
			for status := range counts {
				require.Less(t, status, 500, "%v", counts)
			}
		}
		b.Publish("Shop", "after", "main", nil, map[string]any{"Stock": nil}).OK(http.StatusOK)
	})
}

func TestVerify_fiftyAtOnce(t *testing.T) {
	tests := []struct {
		name    string
		version func(client string) string
	}{
		{"by the same version", func(string) string { return "7" }},
		{"by versions of their own", func(client string) string { return client }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
				results := b.Get(b.Pact("Shop", "1").With("Stock").Path()).OK(http.StatusOK).Link("pb:publish-verification-results")
				counts := together(func(client int) testbroker.Response {
					return b.Post(results, map[string]any{"success": client%2 == 0, "providerApplicationVersion": tt.version(strconv.Itoa(client))})
				})
				require.Equal(t, map[int]int{http.StatusCreated: clients}, counts)
				for range clients {
					b.Delete(results + "/latest").OK(http.StatusNoContent)
				}
				b.Delete(results + "/latest").OK(http.StatusNotFound)
			})
		})
	}
}
