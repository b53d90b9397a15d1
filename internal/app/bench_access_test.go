package app_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// BenchmarkCanIDeployWithToken asks the same question of a broker that is open and
// of one that asks for a token, in turns, and reports how much more the token
// takes, in percent of the median.
func BenchmarkCanIDeployWithToken(b *testing.B) {
	const sesame = "sesame"
	for name, on := range map[string][]testbroker.Option{"sqlite": nil, "postgres": {testbroker.OnPostgres()}} {
		b.Run(name, func(b *testing.B) {
			open := testbroker.New(b, on...)
			guarded := testbroker.New(b, slices.Concat(on, []testbroker.Option{testbroker.With(func(s *config.Settings) {
				s.Access = config.Access{Tokens: true, BasicAuth: true, Username: "admin", Password: sesame, RequestsPerMinute: 100_000_000}
			})})...)
			token := guarded.Post("/api/v1/tokens", testbroker.Object{"name": "ci", "role": "viewer"}, testbroker.As("admin", sesame)).OK(http.StatusCreated).Text("secret")
			ask := func(broker *testbroker.Broker, version, authorization string) time.Duration {
				request := httptest.NewRequest(http.MethodGet, "/can-i-deploy?pacticipant=Hub&environment=prod&version="+version, nil)
				request.Header.Set("Authorization", authorization)
				recorder := httptest.NewRecorder()
				start := time.Now()
				broker.Handler().ServeHTTP(recorder, request)
				took := time.Since(start)
				require.Equal(b, http.StatusOK, recorder.Code)
				return took
			}
			version := seed(b, open, 30, 1_000)
			require.Equal(b, version, seed(b, guarded, 30, 1_000))
			var without, with []time.Duration
			for b.Loop() {
				without = append(without, ask(open, version, ""))
				with = append(with, ask(guarded, version, "Bearer "+token))
			}
			slices.Sort(without)
			slices.Sort(with)
			median := func(took []time.Duration) float64 { return float64(took[len(took)/2].Microseconds()) }
			b.ReportMetric(median(without), "open-µs")
			b.ReportMetric(median(with), "token-µs")
			b.ReportMetric(100*(median(with)-median(without))/median(without), "more-%")
		})
	}
}
