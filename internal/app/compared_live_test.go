package app_test

import (
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// An older version is deployed, whose pact has not been compared: a job does it,
// though nobody asks.
func TestComparisons_followWhatBecomesLive(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Work()
		b.Pact("Shop", "1").Saying(testbroker.Content("Shop", "Stock", "one")).With("Stock")
		b.Pact("Shop", "2").Saying(testbroker.Content("Shop", "Stock", "two")).With("Stock")
		b.Post("/provider-contracts/provider/Stock/publish", testbroker.Object{"pacticipantVersionNumber": "7", "contract": testbroker.Object{
			"content": base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\npaths: {/: {get: {responses: {200: {description: ok}}}}}")), "selfVerificationResults": testbroker.Object{"success": true},
		}}).OK()
		succeeds := func(version string) bool {
			return b.Get("/verification-results/consumer/Shop/version/" + version + "/latest").OK(http.StatusOK).Find("success").(bool)
		}
		require.Eventually(t, func() bool { return succeeds("2") }, 30*time.Second, 50*time.Millisecond)
		require.False(t, succeeds("1"), "nobody uses it")
		b.Deploy("Shop", "1", "production")
		require.Eventually(t, func() bool { return succeeds("1") }, 30*time.Second, 50*time.Millisecond)
	})
}

// Another branch becomes the main one: its head is compared, though nobody asks. One of a
// closed branch is not.
func TestComparisons_followTheMainBranch(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Shop", "1").Branch("next").Saying(testbroker.Content("Shop", "Stock", "one")).With("Stock")
		b.Pact("Shop", "2").Branch("old").Saying(testbroker.Content("Shop", "Stock", "two")).With("Stock")
		b.Pact("Shop", "3").Branch("main").Saying(testbroker.Content("Shop", "Stock", "three")).With("Stock")
		for _, branch := range []string{"next", "old"} {
			b.Post("/api/v1/applications/Shop/branches/"+branch+"/close", nil).OK(http.StatusOK)
		}
		b.Work()
		b.Post("/provider-contracts/provider/Stock/publish", testbroker.Object{"pacticipantVersionNumber": "7", "contract": testbroker.Object{
			"content": base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\npaths: {/: {get: {responses: {200: {description: ok}}}}}")), "selfVerificationResults": testbroker.Object{"success": true},
		}}).OK()
		succeeds := func(version string) bool {
			return b.Get("/verification-results/consumer/Shop/version/" + version + "/latest").OK(http.StatusOK).Find("success").(bool)
		}
		require.Eventually(t, func() bool { return succeeds("3") }, 30*time.Second, 50*time.Millisecond)
		require.False(t, succeeds("1"), "the branch is closed")
		b.Patch("/pacticipants/Shop", testbroker.Object{"mainBranch": "next"}).OK()
		require.Eventually(t, func() bool { return succeeds("1") }, 30*time.Second, 50*time.Millisecond)
		require.False(t, succeeds("2"))
	})
}
