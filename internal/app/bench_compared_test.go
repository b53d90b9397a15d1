package app_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// BenchmarkCanIDeployCompared asks about a consumer of thirty deployed providers:
// all pairs verified, and all pairs judged by comparison. The latter may cost half
// as much more.
func BenchmarkCanIDeployCompared(b *testing.B) {
	for _, database := range []struct {
		name    string
		options []testbroker.Option
	}{{"sqlite", nil}, {"postgres", []testbroker.Option{testbroker.OnPostgres()}}} {
		for _, compared := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/compared=%v", database.name, compared), func(b *testing.B) {
				broker := testbroker.New(b, database.options...)
				manyProviders(broker, 30, compared)
				address := "/can-i-deploy?pacticipant=Hub&environment=production&version=1"
				require.Equal(b, true, broker.Get(address).OK().Find("summary", "deployable"))
				handler := broker.Handler()
				var took []time.Duration
				for b.Loop() {
					start := time.Now()
					w := httptest.NewRecorder()
					handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
					took = append(took, time.Since(start))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			})
		}
	}
}

// manyProviders deploys so many providers of Hub, which verify or promise.
func manyProviders(b *testbroker.Broker, providers int, compared bool) {
	document := base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\npaths: {/: {get: {responses: {200: {description: ok}}}}}"))
	for i := range providers {
		name := fmt.Sprintf("P%d", i)
		pact := b.Pact("Hub", "1").Saying(testbroker.Content("Hub", name, "get")).With(name)
		if compared {
			b.Post("/provider-contracts/provider/"+name+"/publish", map[string]any{"pacticipantVersionNumber": "1", "contract": map[string]any{
				"content": document, "selfVerificationResults": map[string]any{"success": true},
			}}).OK()
		} else {
			pact.VerifiedBy("1")
		}
		b.Deploy(name, "1", "production")
	}
}
