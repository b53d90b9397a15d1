package v1_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/verdicts"
	"github.com/accord-broker/accord/internal/webhooks"
)

// scenario is a broker whose clock a test moves.
type scenario struct {
	*testbroker.Broker
	t   testing.TB
	now time.Time
}

// hook sets a webhook that starts the builds of Stock.
func (s *scenario) hook() {
	s.Post("/webhooks/provider/Stock", map[string]any{"events": []any{map[string]any{"name": "contract_content_changed"}},
		"request": map[string]any{"method": "POST", "url": "https://ci.test/stock"}}).OK(http.StatusCreated)
}

// arrives lets the last delivery arrive.
func (s *scenario) arrives() {
	db, err := store.Open(s.t.Context(), store.Options{URL: s.Settings().Database.URL, KeepSchema: true, Fast: true, Now: func() time.Time { return s.now }})
	require.NoError(s.t, err)
	delivery := s.Get("/api/v1/webhook-deliveries").OK(http.StatusOK).Text("items", 0, "id")
	require.NoError(s.t, db.InTx(s.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		recorded, err := tx.RecordExecution(ctx, delivery, 1, webhooks.Success, webhooks.Execution{Success: true, CreatedAt: tx.Now()})
		require.True(s.t, recorded)
		return err
	}))
	require.NoError(s.t, db.Close())
}

func (s *scenario) later(d time.Duration) { s.now = s.now.Add(d) }

const (
	hour = time.Hour
	days = 24 * hour
)

// stock publishes what Shop needs of Stock.
func (s *scenario) stock(version string, interactions ...string) *testbroker.Pact {
	return s.Pact("Shop", version).Branch("main").Saying(testbroker.Content("Shop", "Stock", interactions...)).With("Stock")
}

// publishContract lets Stock publish a document; succeeds is what its own tests say.
func (s *scenario) publishContract(version, document string, succeeds bool) {
	s.Post("/provider-contracts/provider/Stock/publish", map[string]any{"pacticipantVersionNumber": version, "contract": map[string]any{
		"content": base64.StdEncoding.EncodeToString([]byte(document)), "selfVerificationResults": map[string]any{"success": succeeds, "verifier": "own tests"},
	}}).OK()
}

const toProduction = "?pacticipant=Shop&version=2&environment=production"

// verdictScenarios end with a question whose answer has a pair with the code; the
// names of some tell what befell somebody.
var verdictScenarios = map[verdicts.Code]struct {
	steps    func(s *scenario)
	question string
	decision string
}{
	verdicts.CodeVerified: {func(s *scenario) {
		s.stock("2").VerifiedBy("10")
		s.Deploy("Stock", "10", "production")
	}, toProduction, "yes"},
	verdicts.CodeCompatible: {func(s *scenario) {
		s.publishContract("10", "openapi: 3.0.3\npaths: {/: {get: {responses: {200: {description: ok}}}}}", true)
		s.stock("2", "get")
		s.Deploy("Stock", "10", "production")
	}, toProduction, "yes"},
	verdicts.CodeIncompatible: {func(s *scenario) {
		s.stock("2", "get", "withdraw")
		s.publishContract("10", "openapi: 3.0.3\npaths:\n  /other:\n    get: {responses: {200: {description: ok}}}\n", true)
		s.Deploy("Stock", "10", "production")
	}, toProduction, "no"},
	verdicts.CodeSelfVerificationFailed: {func(s *scenario) {
		s.publishContract("10", "openapi: 3.0.3\npaths: {/: {get: {responses: {200: {description: ok}}}}}", false)
		s.stock("2", "get")
		s.Deploy("Stock", "10", "production")
	}, toProduction, "no"},
	verdicts.CodeNotCovered: {func(s *scenario) {
		s.publishContract("10", "asyncapi: 3.0.0\nchannels: {}\n", true)
		s.stock("2", "get")
		s.Deploy("Stock", "10", "production")
	}, toProduction, "unknown"},
	verdicts.CodeNotComparable: {func(s *scenario) {
		s.publishContract("10", "openapi: 3.0.3\npaths: {/: {get: {responses: {200: {description: ok}}}}}", true)
		s.Pact("Shop", "2").Saying(map[string]any{"interactions": []any{7}}).With("Stock")
		s.Deploy("Stock", "10", "production")
	}, toProduction, "unknown"},
	verdicts.CodeNoContract: {func(s *scenario) {
		// A new provider, known to one consumer that has not deployed its contract.
		s.stock("2").VerifiedBy("10")
		s.Pact("Shop", "1").With("Mail").DeployedTo("production")
	}, "?pacticipant=Stock&version=10&environment=production", "yes"},
	verdicts.CodeFailed: {func(s *scenario) {
		s.stock("1", "get").VerifiedBy("9")
		p := s.stock("2", "get", "withdraw")
		ids := s.Get(p.Path())
		s.Post(ids.Link("pb:publish-verification-results"), map[string]any{
			"success": false, "providerApplicationVersion": "10", "buildUrl": "https://ci.test/10",
			"testResults": []any{map[string]any{"interactionId": ids.Text("interactions", 1, "_id"), "success": false,
				"mismatches": []any{map[string]any{"attribute": "status", "description": "expected 200 but was 500"}}}},
		}).OK(http.StatusCreated)
		s.Deploy("Stock", "10", "production")
	}, toProduction, "no"},
	verdicts.CodeRegression: {func(s *scenario) {
		s.stock("1").VerifiedBy("8")
		s.later(hour)
		p := s.stock("2").FailedBy("9")
		s.later(hour)
		p.FailedBy("10")
		s.Deploy("Stock", "10", "production")
	}, toProduction, "no"},
	verdicts.CodeNeverVerified: {func(s *scenario) {
		// A provider's build has not run since the contract is there.
		s.Pact("Web", "1").With("Stock").VerifiedBy("10")
		s.Deploy("Stock", "10", "production")
		s.later(days)
		s.stock("2", "get")
		s.later(5 * hour)
	}, toProduction, "unknown"},
	verdicts.CodeVerifiedElsewhere: {func(s *scenario) {
		s.Pact("Web", "1").With("Stock").VerifiedBy("10")
		s.Deploy("Stock", "10", "production")
		s.stock("2").VerifiedBy("11")
		s.later(5 * hour)
	}, toProduction, "unknown"},
	verdicts.CodePending: {func(s *scenario) {
		s.Pact("Web", "1").With("Stock").VerifiedBy("10")
		s.Deploy("Stock", "10", "production")
		s.hook()
		s.stock("2")
		s.arrives()
		s.later(30 * time.Minute)
	}, toProduction, "unknown"},
	verdicts.CodeLost: {func(s *scenario) {
		// For 24 days nobody saw that the build does not select the contract.
		p := s.Pact("Web", "1").With("Stock").VerifiedBy("10")
		s.Deploy("Stock", "10", "production")
		s.stock("2")
		s.later(24 * days)
		p.VerifiedBy("10")
	}, toProduction, "unknown"},
	verdicts.CodeNeverPublishes: {func(s *scenario) {
		// The provider verifies from a folder and tells nobody.
		s.Pact("Web", "1").With("Stock")
		s.Version("Stock", "10", "main")
		s.Deploy("Stock", "10", "production")
		s.later(40 * days)
		s.stock("2")
	}, toProduction, "unknown"},
	verdicts.CodeUnknownVersion: {func(s *scenario) {
		s.stock("1").VerifiedBy("10")
		s.Deploy("Stock", "10", "production")
	}, toProduction, "no"},
	verdicts.CodeWithoutContent: {func(s *scenario) {
		// A pipeline recorded a commit that touches no source of the service.
		s.stock("2").VerifiedBy("10")
		s.Version("Stock", "e5f6")
		s.Deploy("Stock", "e5f6", "production")
		s.later(2 * days)
	}, toProduction, "unknown"},
	verdicts.CodeNothingDeployed: {func(s *scenario) {
		s.stock("2").VerifiedBy("10")
		s.Environment("production")
	}, toProduction, "unknown"},
	verdicts.CodeStaleRecord: {func(s *scenario) {
		s.Pact("Web", "1").With("Stock").VerifiedBy("10")
		s.Deploy("Stock", "10", "production", "eu")
		s.later(60 * days)
		s.stock("2").VerifiedBy("31")
		s.later(2 * hour)
	}, toProduction, "unknown"},
	verdicts.CodeRemovedButDeployed: {func(s *scenario) {
		s.stock("1").FailedBy("10").DeployedTo("production")
		s.later(days)
		s.Pact("Shop", "2").Branch("main").With("Mail")
	}, "?pacticipant=Stock&version=10&environment=production", "no"},
	verdicts.CodeIgnored: {func(s *scenario) {
		s.stock("2").FailedBy("10")
		s.Deploy("Stock", "10", "production")
	}, toProduction + "&ignore[]=Stock", "yes"},
	verdicts.CodeExternal: {func(s *scenario) {
		s.stock("2")
		s.Environment("production")
		s.Put("/api/v1/applications/Stock/external", map[string]any{"reason": "bought from another company"}).OK(http.StatusOK)
	}, toProduction, "yes"},
	verdicts.CodeLeftOut: {func(s *scenario) {
		s.stock("2").VerifiedBy("10")
		s.Deploy("Stock", "10", "production")
	}, "?q[][pacticipant]=Shop&q[][version]=2&environment=production&latestby=cvpv&success[]=false", "unknown"},
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

func TestShowVerdict_explainsEachCode(t *testing.T) {
	for _, code := range verdicts.Codes() {
		if code == verdicts.CodeComparisonPending {
			continue // there is always time, in a test
		}
		tt, known := verdictScenarios[code]
		require.True(t, known, "no scenario leads to %s", code)
		t.Run(string(code), func(t *testing.T) {
			s := &scenario{t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
			s.Broker = testbroker.New(t, testbroker.At(func() time.Time { return s.now }))
			tt.steps(s)

			answer := s.Get("/api/v1/verdicts" + tt.question).OK(http.StatusOK)

			require.Equal(t, tt.decision, answer.Text("decision"))
			requireGolden(t, filepath.Join("testdata", "verdicts", string(code)+".json"), answer.Body)
			require.Equal(t, string(code), answer.Text("pairs", 0, "code"))
			requireSameDecision(t, s, tt.question, tt.decision)
		})
	}
}

// requireSameDecision asks the compatible API the same.
func requireSameDecision(t *testing.T, s *scenario, question, decision string) {
	t.Helper()
	address := "/can-i-deploy"
	if strings.Contains(question, "q[]") {
		address = "/matrix"
	}
	want := map[string]any{"yes": true, "no": false, "unknown": nil}[decision]
	require.Equal(t, want, s.Get(address+question).OK(http.StatusOK).Find("summary", "deployable"))
}

// requireGolden compares an answer with the file, or writes the file if
// ACCORD_UPDATE_GOLDEN is set.
func requireGolden(t *testing.T, file string, body []byte) {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal(body, &value))
	text, err := json.MarshalIndent(value, "", "  ")
	require.NoError(t, err)
	text = append(uuids.ReplaceAll(text, []byte("UUID")), '\n')
	if os.Getenv("ACCORD_UPDATE_GOLDEN") != "" {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, text, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "set ACCORD_UPDATE_GOLDEN=1 to write it")
	require.Equal(t, string(want), string(text))
}

func TestShowVerdict_findsTheSameCausesOnPostgres(t *testing.T) {
	for code, tt := range verdictScenarios {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			s := &scenario{t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
			s.Broker = testbroker.New(t, testbroker.At(func() time.Time { return s.now }), testbroker.OnPostgres())
			tt.steps(s)
			answer := s.Get("/api/v1/verdicts" + tt.question).OK(http.StatusOK)
			require.Equal(t, tt.decision, answer.Text("decision"))
			require.Equal(t, string(code), answer.Text("pairs", 0, "code"))
		})
	}
}

func TestAskVerdict_aboutSeveralVersions(t *testing.T) {
	s := &scenario{t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	s.Broker = testbroker.New(t, testbroker.At(func() time.Time { return s.now }))
	s.stock("2").VerifiedBy("11")
	s.Version("Stock", "11", "main")
	s.Pact("Web", "1").With("Stock").VerifiedBy("10").DeployedTo("production")
	s.later(2 * hour)
	ask := func(question map[string]any) testbroker.Response { return s.Post("/api/v1/verdicts", question) }
	shop, stock := map[string]any{"application": "Shop", "version": "2"}, map[string]any{"application": "Stock", "branch": "main"}

	both := ask(map[string]any{"versions": []any{shop, stock}, "target": map[string]any{"environment": "production"}}).OK(http.StatusOK)
	require.Equal(t, "unknown", both.Text("decision"))
	codes := map[string]any{}
	for i, pair := range both.Find("pairs").([]any) {
		codes[both.Text("pairs", i, "consumer", "name")] = pair.(map[string]any)["code"]
	}
	require.Equal(t, map[string]any{"Shop": "verified", "Web": "verified_elsewhere"}, codes)

	together := ask(map[string]any{"versions": []any{shop, stock}}).OK(http.StatusOK)
	require.Equal(t, "yes", together.Text("decision"))
	latest := ask(map[string]any{"versions": []any{shop}, "target": map[string]any{"latest": true}}).OK(http.StatusOK)
	require.Equal(t, "10", latest.Text("pairs", 0, "provider", "version"), "the version that became known last")
	ignoring := ask(map[string]any{"versions": []any{shop, stock}, "ignore": []any{map[string]any{"application": "Web"}}, "target": map[string]any{"environment": "production"}})
	require.Equal(t, "yes", ignoring.OK(http.StatusOK).Text("decision"))
}

func TestVerdicts_refuseWhatTheyCannotAnswer(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Web", "1").With("Ledger")
	for query, pointer := range map[string]string{
		"":                                           "/pacticipant",
		"pacticipant=Webb&version=1&to=dev":          "/pacticipant",
		"pacticipant=Web&to=dev":                     "/version",
		"pacticipant=Web&version=1":                  "/",
		"pacticipant=Web&version=1&to=a&tag=b":       "/tag",
		"pacticipant=Web&version=1&environment=none": "/environment",
		"q[]=Web":                                    "/q/0",
		"q[][pacticipant]=Web&q[][verson]=1":         "/q/0/verson",
		"q[][version]=1":                             "/q/0/pacticipant",
		"q[][pacticipant]=Web&latestby=all":          "/latestby",
		"q[][pacticipant]=Web&limit=0":               "/limit",
		"q[][pacticipant]=Web&success=maybe":         "/success/0",
		"q[][pacticipant]=Web&days=3":                "/days",
		"q[][pacticipant]=Web&q[][tag]=%20":          "/q/0/tag",
		"q[][pacticipant]=Web&environment=%20":       "/environment",
		"pacticipant=Web&version=1&environment=%20":  "/",
		"q[][pacticipant]=Web&q[a]=b":                "/",
		"q[][pacticipant]=Web&limit[]=3":             "/limit[]",
	} {
		problem := b.Get("/api/v1/verdicts?" + query).OK(http.StatusBadRequest)
		require.Equal(t, pointer, problem.Text("errors", 0, "pointer"), "%s: %s", query, problem.Body)
		require.NotEmpty(t, problem.Text("action"))
		require.Regexp(t, "/problems/(missing|invalid)-query-parameter", problem.Text("errors", 0, "type"))
		require.Equal(t, "Invalid query parameter", problem.Text("errors", 0, "title"))
	}
	require.NotContains(t, string(b.Get("/api/v1/verdicts").OK(http.StatusBadRequest).Body), "q[]", "one application is asked for without brackets")
	for body, pointer := range map[string]string{
		`{}`:                                  "/versions",
		`{"versions":[]}`:                     "/versions",
		`{"versions":[{"version":"1"}]}`:      "/versions/0/application",
		`{"versions":[{"application":"We"}]}`: "/versions/0/application",
		`{"versions":[{"application":"Web"},{"application":"Ledgre"}]}`:                       "/versions/1/application",
		`{"versions":[{"application":"Web"}],"target":{"environment":"none"}}`:                "/target/environment",
		`{"versions":[{"application":"Web"}],"target":{}}`:                                    "/target",
		`{"versions":[{"application":"Web"}],"target":{"tag":"a","environment":"b"}}`:         "/target",
		`{"versions":[{"application":"Web"}],"target":{"latest":false}}`:                      "/target/latest",
		`{"versions":[{"application":"Web","version":"1","latest":true}]}`:                    "/versions/0/version",
		`{"versions":[{"application":" "}]}`:                                                  "/versions/0/application",
		`{"versions":[{"application":"Web","branch":" "}]}`:                                   "/versions/0/branch",
		`{"versions":[{"application":"Web"}],"ignore":[{"application":"Web","tag":" "}]}`:     "/ignore/0/tag",
		`{"versions":[{"application":"Web"}],"target":{"tag":" "}}`:                           "/target/tag",
		`{"versions":[{"application":"Web"}],"target":{"environment":" "}}`:                   "/target/environment",
		`{"versions":[{"application":"Web"}],"ignore":[{"application":"Web","since":"now"}]}`: "/ignore/0/since",
	} {
		problem := b.Post("/api/v1/verdicts", body).OK(http.StatusBadRequest)
		require.Equal(t, pointer, problem.Text("errors", 0, "pointer"), "%s: %s", body, problem.Body)
	}
}
