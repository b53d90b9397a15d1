package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge/questions"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/testing/testrandom"
	"github.com/accord-broker/accord/internal/verdicts"
	"github.com/accord-broker/accord/internal/verification"
)

// explain answers a question in the form of the query of /matrix, with causes.
func (w world) explain(query string) verdicts.Explanation {
	w.t.Helper()
	q, err := questions.Matrix(query)
	require.NoError(w.t, err)
	service := verdicts.Service{
		Thresholds: verdicts.Thresholds{PendingFor: time.Hour, LostAfter: 24 * time.Hour, StaleAfter: 30 * 24 * time.Hour},
		View: func(ctx context.Context, fn func(ctx context.Context, tx verdicts.EvidenceReader) error) error {
			return w.db.View(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
		},
	}
	e, err := service.Explain(context.Background(), q)
	require.NoError(w.t, err)
	return e
}

// degraded adds to the seeded system a version of Hub whose contracts nobody
// has verified, and one whose contracts turned from fulfilled to broken.
func degraded(t testing.TB, db *store.DB) (queries []string) {
	t.Helper()
	w := world{t, db}
	var providers []string
	v := w.decide("q[][pacticipant]=Hub&latestby=cvp&limit=1000")
	for _, p := range v.Pairs {
		if p.Consumer == "Hub" {
			providers = append(providers, p.Provider)
		}
	}
	require.Len(t, providers, 15)
	w.publish("Hub", "unverified", "news", providers...)
	w.publish("Hub", "broken", "worse", providers...)
	for _, provider := range providers {
		w.verify("Hub", "broken", provider, "before", true)
		w.verify("Hub", "broken", provider, "after", false)
		w.deploy(provider, "after", "prod", "next")
	}
	for _, number := range []string{"unverified", "broken"} {
		queries = append(queries, "q[][pacticipant]=Hub&q[][version]="+number+"&latestby=cvpv&environment=prod")
	}
	return queries
}

// mostToExplain is how many statements an explanation takes beyond its verdict.
const mostToExplain = 12

// explaining returns the statements that an explanation takes.
func explaining(t *testing.T, db *store.DB, query string) []string {
	t.Helper()
	var statements []string
	recording := db.Recording(func(statement string) { statements = append(statements, statement) })
	world{t, recording}.explain(query)
	require.LessOrEqual(t, len(statements), mostStatements+mostToExplain, strings.Join(statements, "\n"))
	return statements
}

func TestExplain_costsWhatItAsksAboutAndNoMore_sqlite(t *testing.T) {
	db := open(t, store.Options{URL: sqliteURL(t), Fast: true})
	seeded(t, db, 1_000)
	for _, query := range degraded(t, db) {
		for _, statement := range explaining(t, db, query) {
			lines, err := db.Plan(context.Background(), statement)
			require.NoError(t, err)
			require.NotRegexp(t, growing, strings.Join(lines, "\n"), statement)
		}
	}
}

func TestExplain_costsWhatItAsksAboutAndNoMore_postgres(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t)})
	seeded(t, db, 10_000)
	for _, query := range degraded(t, db) {
		for _, statement := range explaining(t, db, query) {
			lines, err := db.Lines(context.Background(), "EXPLAIN (ANALYZE, FORMAT JSON) "+statement)
			require.NoError(t, err)
			var plans []struct{ Plan node }
			require.NoError(t, json.Unmarshal([]byte(strings.Join(lines, "\n")), &plans))
			plans[0].Plan.walk(func(n node) {
				require.Less(t, (n.Rows+n.Removed)*n.Loops, 1000.0, "%s on %s %s: %s", n.Type, n.Relation, n.Index, statement)
			})
		}
	}
}

// randomly plays a scenario of four applications.
func (w world) randomly(r *rand.Rand) {
	name := func() string { return string(rune('A' + r.IntN(4))) }
	number := func() string { return fmt.Sprint(r.IntN(4)) }
	published := map[[3]string]bool{}
	for range 40 {
		consumer, provider, version := name(), name(), number()
		key := [3]string{consumer, version, provider}
		switch r.IntN(6) {
		case 0, 1:
			w.publish(consumer, version, "content "+number(), provider)
			published[key] = true
		case 2, 3:
			if published[key] {
				w.verify(consumer, version, provider, number(), r.IntN(3) > 0)
			}
		case 4:
			w.deploy(consumer, version, "prod", fmt.Sprint(r.IntN(2)))
		case 5:
			w.branch(consumer, version, "main")
		}
	}
}

func TestExplain_agreesWithTheVerdict(t *testing.T) {
	targets := []string{"", "&environment=prod", "&latest=true", "&environment=prod&ignore[][pacticipant]=B", "&latest=true&mainBranch=true", "&environment=prod&success[]=true"}
	seen := map[verdicts.Code]bool{}
	for _, seed := range testrandom.Seeds(t, 4, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) {
		w := world{t, open(t, store.Options{URL: sqliteURL(t), Fast: true})}
		w.addEnvironment("prod")
		for _, name := range []string{"A", "B", "C", "D"} {
			w.branch(name, "0", "main")
		}
		w.randomly(rand.New(rand.NewPCG(seed, 1)))
		for _, target := range targets {
			for _, asked := range []string{"q[][pacticipant]=D", "q[][pacticipant]=A&q[][pacticipant]=B", "q[][pacticipant]=A&q[][version]=1", "q[][pacticipant]=B&q[][version]=3", "q[][pacticipant]=C&q[][latest]=true&q[][pacticipant]=A&q[][branch]=main&q[][latest]=true"} {
				query := asked + "&latestby=cvpv" + target
				e := w.explain(query)
				require.Equal(t, w.decide(query).Deployable, e.Verdict.Deployable, "seed %d: %s", seed, query)
				require.Equal(t, e.Verdict.Deployable, together(t, e), "seed %d: %s: %s", seed, query, e.Summary())
				for _, f := range e.Findings {
					seen[f.Code] = true
				}
			}
		}
	}
	require.Greater(t, len(seen), 8, "the scenarios are too much alike: %v", seen)
}

// together is the answer that the findings amount to.
func together(t *testing.T, e verdicts.Explanation) matrix.Answer {
	t.Helper()
	var answers []matrix.Answer
	for _, f := range e.Findings {
		require.Contains(t, verdicts.Codes(), f.Code)
		require.NotEmpty(t, f.Title())
		require.NotContains(t, f.Text(), "%!")
		if f.Code == verdicts.CodeUnknownVersion && f.Counted {
			return matrix.No
		}
		answers = append(answers, f.Answer)
	}
	for _, answer := range []matrix.Answer{matrix.Unknown, matrix.No} {
		if slices.Contains(answers, answer) {
			return answer
		}
	}
	return matrix.Yes
}

func TestExplain_goesByTheWebhooks(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := world{t, db}
		w.publish("Web", "1", "other", "Stock")
		w.verify("Web", "1", "Stock", "10", true)
		w.deploy("Stock", "10", "prod", "")
		w.publish("Shop", "1", "content", "Stock")
		const query = "q[][pacticipant]=Shop&q[][version]=1&latestby=cvpv&environment=prod"
		tell := func(status, event string, hoursAgo int) {
			w.write(func(ctx context.Context, tx *store.Tx) {
				at := tx.Now().Add(-time.Duration(hoursAgo) * time.Hour).UnixMicro()
				require.NoError(t, tx.Exec(ctx, `INSERT INTO triggered_webhooks (uuid, event, integration_id, publication_id, subject, status, attempts, round_start, held, context, created_at, updated_at)
					SELECT ?, ?, p.integration_id, p.id, 'Shop', ?, 1, 0, ?, '{}', ?, ? FROM pact_publications p JOIN versions v ON v.id = p.consumer_version_id JOIN pacticipants c ON c.id = v.pacticipant_id
					WHERE c.name = 'Shop'`, uuid.NewString(), event, status, false, at, at))
				require.NoError(t, tx.Exec(ctx, "UPDATE pact_versions SET created_at = ?", tx.Now().Add(-100*time.Hour).UnixMicro()))
				require.NoError(t, tx.Exec(ctx, "UPDATE verifications SET created_at = ?", tx.Now().Add(-99*time.Hour).UnixMicro()))
			})
		}
		for _, step := range []struct {
			status, event string
			hoursAgo      int
			code          verdicts.Code
			says          string
		}{
			{"success", "contract_content_changed", 48, verdicts.CodeLost, "and has arrived"},
			{"success", "contract_content_changed", 5, verdicts.CodeNeverVerified, "and has arrived"},
			{"retrying", "contract_requiring_verification_published", 0, verdicts.CodeNeverVerified, "and has not arrived yet"},
			{"success", "contract_requiring_verification_published", 0, verdicts.CodePending, "and has arrived"},
			{"success", "provider_verification_published", 0, verdicts.CodePending, "and has arrived"},
			{"failure", "contract_published", 0, verdicts.CodePending, "and has arrived"},
			{"failure", "contract_content_changed", 0, verdicts.CodeLost, "and was given up"},
		} {
			tell(step.status, step.event, step.hoursAgo)
			found := w.explain(query).Findings
			require.Len(t, found, 1)
			require.Equal(t, step.code, found[0].Code, step)
			require.Contains(t, found[0].Text(), step.says)
			require.True(t, slices.ContainsFunc(found[0].Actions(), func(a verdicts.Action) bool { return a.Kind == verdicts.LookAtDelivery }))
		}
	})
}

func BenchmarkExplain(b *testing.B) {
	for _, versions := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("sqlite/%d", versions), func(b *testing.B) {
			benchmarkExplain(b, open(b, store.Options{URL: sqliteURL(b), Fast: true}), versions)
		})
		b.Run(fmt.Sprintf("postgres/%d", versions), func(b *testing.B) {
			benchmarkExplain(b, open(b, store.Options{URL: testpostgres.Database(b)}), versions)
		})
	}
}

func benchmarkExplain(b *testing.B, db *store.DB, versions int) {
	w := world{b, db}
	seeded(b, db, versions)
	query := degraded(b, db)[0]
	w.explain(query)
	b.ResetTimer()
	for b.Loop() {
		w.explain(query)
	}
}

func TestResultsByID_returnsReportsWithinTheLimit(t *testing.T) {
	random, noise := testrandom.New(t), make([]byte, 60_000)
	for i := range noise {
		noise[i] = byte('a' + random.IntN(4))
	}
	sent := []string{
		string(noise), // long, and long when compressed
		string(noise[:300]),
		strings.Repeat("[]", 5_000), // long, but the shortest when compressed
		"",
		string(noise[:500]),
	}
	each(t, func(t *testing.T, db *store.DB) {
		ids := make([]int64, len(sent))
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			foo, bar := version(t, ctx, tx, "Foo", "1"), version(t, ctx, tx, "Bar", "1")
			integration, err := tx.AddIntegration(ctx, pacticipants.Pacticipant{ID: foo.PacticipantID}, pacticipants.Pacticipant{ID: bar.PacticipantID})
			require.NoError(t, err)
			content, _, err := tx.AddContent(ctx, contracts.PactVersion{IntegrationID: integration, SHA: "a", Size: 2}, store.Compressed("{}"))
			require.NoError(t, err)
			for i, report := range sent {
				var packed []byte
				if report != "" {
					packed, err = store.Compress([]byte(report))
					require.NoError(t, err)
				}
				r, err := tx.AddResult(ctx, verification.Result{IntegrationID: integration, ContentID: content, ProviderVersion: bar.ID, BuildURL: "http://ci/" + fmt.Sprint(i)}, packed)
				require.NoError(t, err)
				ids[i] = r.ID
			}
		})
		for _, tt := range []struct {
			atMost int64
			want   []int // the places of the reports that are returned
		}{
			{0, nil},
			{299, nil},
			{300, []int{1}},
			{800, []int{1, 4}},
			{10_799, []int{1, 2}},
			{10_800, []int{1, 2, 4}},
			{1 << 20, []int{0, 1, 2, 4}},
		} {
			found, err := db.ResultsByID(context.Background(), ids, tt.atMost)
			require.NoError(t, err)
			require.Len(t, found, len(ids), "all results, whatever the limit")
			var got []int
			for _, r := range found {
				place := slices.Index(ids, r.ID)
				require.Equal(t, "http://ci/"+fmt.Sprint(place), r.BuildURL)
				if len(r.TestResults) > 0 {
					require.Equal(t, sent[place], string(r.TestResults))
					got = append(got, place)
				}
			}
			require.ElementsMatch(t, tt.want, got, "limit %d", tt.atMost)
		}
	})
}
