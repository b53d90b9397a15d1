package store_test

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/edge/questions"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/verification"
)

// world plays scenarios in a database in a few words each.
type world struct {
	t  testing.TB
	db *store.DB
}

func (w world) write(fn func(ctx context.Context, tx *store.Tx)) {
	w.t.Helper()
	require.NoError(w.t, w.db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		fn(ctx, tx)
		return nil
	}))
}

// publish makes the consumer version say content to each of the providers.
func (w world) publish(consumer, number, content string, providers ...string) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) {
		v := version(w.t, ctx, tx, consumer, number)
		for _, name := range providers {
			provider, err := pacticipants.FindOrCreate(ctx, tx, name)
			require.NoError(w.t, err)
			integration, err := tx.AddIntegration(ctx, pacticipants.Pacticipant{ID: v.PacticipantID}, provider)
			require.NoError(w.t, err)
			digest := sha1.Sum([]byte(content))
			id, _, err := tx.AddContent(ctx, contracts.PactVersion{IntegrationID: integration, SHA: hex.EncodeToString(digest[:])}, store.Compressed(content))
			require.NoError(w.t, err)
			_, err = tx.AddPublication(ctx, integration, v, id)
			require.NoError(w.t, err)
		}
	})
}

// verify records a result for what the consumer version says to the provider.
func (w world) verify(consumer, number, provider, providerNumber string, success bool) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) {
		v := version(w.t, ctx, tx, consumer, number)
		pv := version(w.t, ctx, tx, provider, providerNumber)
		pact, found, err := tx.Publication(ctx, v.ID, pv.PacticipantID)
		require.NoError(w.t, err)
		require.True(w.t, found, "%s %s has no pact with %s", consumer, number, provider)
		_, err = tx.AddResult(ctx, verification.Result{IntegrationID: pact.IntegrationID, ContentID: pact.ContentID, ProviderVersion: pv.ID, Success: success}, nil)
		require.NoError(w.t, err)
	})
}

func (w world) environment(ctx context.Context, tx *store.Tx, name string) deployments.Environment {
	w.t.Helper()
	e, found, err := tx.EnvironmentByName(ctx, name)
	require.NoError(w.t, err)
	if !found {
		e, _, err = tx.AddEnvironment(ctx, deployments.Environment{UUID: uuid.NewString(), Name: name, DisplayName: name})
		require.NoError(w.t, err)
	}
	return e
}

func (w world) addEnvironment(name string) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) { w.environment(ctx, tx, name) })
}

func (w world) deploy(name, number, environment, instance string) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) {
		v := version(w.t, ctx, tx, name, number)
		_, err := tx.AddDeployed(ctx, uuid.NewString(), w.environment(ctx, tx, environment).ID, v, instance, false)
		require.NoError(w.t, err)
	})
}

func (w world) undeploy(name, number, environment string) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) {
		v := version(w.t, ctx, tx, name, number)
		require.NoError(w.t, tx.Exec(ctx, "UPDATE deployed_versions SET currently_deployed = ? WHERE version_id = ? AND environment_id = ?", false, v.ID, w.environment(ctx, tx, environment).ID))
	})
}

func (w world) release(name, number, environment string) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) {
		v := version(w.t, ctx, tx, name, number)
		e := w.environment(ctx, tx, environment)
		require.NoError(w.t, tx.Exec(ctx, `INSERT INTO released_versions (uuid, environment_id, pacticipant_id, version_id, currently_supported, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, uuid.NewString(), e.ID, v.PacticipantID, v.ID, true, tx.Now().UnixMicro(), tx.Now().UnixMicro()))
	})
}

func (w world) endSupport(name, number, environment string) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) {
		v := version(w.t, ctx, tx, name, number)
		require.NoError(w.t, tx.Exec(ctx, "UPDATE released_versions SET currently_supported = ? WHERE version_id = ? AND environment_id = ?", false, v.ID, w.environment(ctx, tx, environment).ID))
	})
}

func (w world) branch(name, number, branch string) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) {
		_, _, err := tx.AddToBranch(ctx, version(w.t, ctx, tx, name, number), branch, false)
		require.NoError(w.t, err)
	})
}

func (w world) tag(name, number, tag string) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) {
		_, _, err := tx.AddTag(ctx, version(w.t, ctx, tx, name, number), tag)
		require.NoError(w.t, err)
	})
}

// decide asks a question in the form of the query of /matrix.
func (w world) decide(query string) matrix.Verdict {
	w.t.Helper()
	q, err := questions.Matrix(query)
	require.NoError(w.t, err)
	var v matrix.Verdict
	require.NoError(w.t, w.db.View(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		v, err = matrix.Decide(ctx, tx, q, matrix.MostRows)
		return err
	}))
	return v
}

func (w world) expect(query, summary string) matrix.Verdict {
	w.t.Helper()
	v := w.decide(query)
	require.Equal(w.t, summary, summaryOf(v), query)
	return v
}

// summaryOf is the answer, the counts and the kinds of the reasons.
func summaryOf(v matrix.Verdict) string {
	text := map[matrix.Answer]string{matrix.Yes: "yes", matrix.No: "no", matrix.Unknown: "unknown"}[v.Deployable]
	text += " " + string(rune('0'+v.Success)) + "/" + string(rune('0'+v.Failed)) + "/" + string(rune('0'+v.Unknown)) + "/" + string(rune('0'+len(v.Ignored)))
	for _, r := range v.Reasons {
		text += " " + r.Type()
	}
	return text
}

func TestDecide_towardsAnEnvironment(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := world{t, db}
		const c1, p10, p11 = "q[][pacticipant]=C&q[][version]=1&latestby=cvp&environment=test", "q[][pacticipant]=P&q[][version]=10&latestby=cvpv&environment=test", "q[][pacticipant]=P&q[][version]=11&latestby=cvpv&environment=test"
		w.addEnvironment("test")
		w.publish("C", "1", "one", "P")
		w.verify("C", "1", "P", "10", true)
		w.expect(c1, "unknown 0/0/1/0 error")
		w.expect(p10, "yes 0/0/0/0 success")
		w.deploy("P", "10", "test", "")
		w.expect(c1, "yes 1/0/0/0 success")

		// Every version that is there counts, whichever the client asks for.
		w.deploy("P", "11", "test", "blue")
		v := w.expect(c1, "unknown 1/0/1/0 error")
		require.Equal(t, "11", v.Rows[0].Provider.Number)
		require.Nil(t, v.Rows[0].Result)
		w.verify("C", "1", "P", "11", false)
		v = w.expect(c1, "no 1/1/0/0 error")
		require.Equal(t, "The verification of the pact between version 1 of C and one of the versions of P currently in test (11) failed.", v.Reasons[0].Text())
		w.expect(c1+"&ignore[][pacticipant]=P&ignore[][version]=11", "yes 1/0/0/1 success")
		w.expect(c1+"&ignore[][pacticipant]=P&ignore[][version]=12", "no 1/1/0/0 warning error")
		w.expect(c1+"&ignore[][pacticipant]=Nobody", "no 1/1/0/0 warning error")
		w.expect(c1+"&ignore[][pacticipant]=P", "yes 0/0/0/2 success")
		w.verify("C", "1", "P", "11", true)
		w.expect(c1, "yes 2/0/0/0 success")
		w.release("P", "12", "test")
		w.expect(c1, "unknown 2/0/1/0 error")
		w.endSupport("P", "12", "test")
		w.expect(c1, "yes 2/0/0/0 success")

		// A provider must not break the consumers that are there.
		w.publish("C", "2", "two", "P")
		w.deploy("C", "2", "test", "")
		w.deploy("C", "1", "test", "old")
		w.expect(p11, "unknown 1/0/1/0 error")
		w.verify("C", "2", "P", "11", false)
		w.expect(p11, "no 1/1/0/0 error")
		w.verify("C", "2", "P", "11", true)
		w.expect(p11, "yes 2/0/0/0 success")
		w.expect("q[][pacticipant]=P&q[][version]=77&environment=test&latestby=cvpv", "no 0/0/2/0 error")

		// That holds for any version of the consumer too.
		w.undeploy("P", "10", "test")
		w.expect("q[][pacticipant]=C&environment=test&latestby=cvpv", "yes 2/0/0/0 success")
		w.deploy("P", "12", "test", "")
		w.expect("q[][pacticipant]=C&environment=test&latestby=cvpv", "unknown 2/0/2/0 error error")
	})
}

func TestDecide_otherTargets(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := world{t, db}
		w.publish("C", "1", "one", "P")
		w.verify("C", "1", "P", "7", true)
		w.publish("P", "8", "pay", "Bank")
		w.verify("C", "1", "P", "8", false)
		w.tag("P", "7", "prod")
		w.branch("P", "7", "main")
		w.branch("P", "8", "main")
		const c1 = "q[][pacticipant]=C&q[][version]=1&latestby=cvp"
		w.expect(c1+"&latest=true", "no 0/1/0/0 warning error")
		w.expect(c1+"&latest=true&tag=prod", "yes 1/0/0/0 success")
		w.expect(c1+"&latest=true&tag=none", "unknown 0/0/1/0 error")
		w.expect(c1+"&latest=true&mainBranch=true", "unknown 0/0/1/0 error")
		w.write(func(ctx context.Context, tx *store.Tx) {
			p, _, err := tx.FindPacticipant(ctx, "P")
			require.NoError(t, err)
			p.MainBranch = "main"
			require.NoError(t, tx.UpdatePacticipant(ctx, p))
		})
		w.expect(c1+"&latest=true&mainBranch=true", "no 0/1/0/0 error")
		w.expect(c1+"&mainBranch=true&latestby=cvpv", "no 1/1/0/0 error")
		w.expect(c1, "no 0/1/0/0 warning error")
		w.expect("q[][pacticipant]=C&q[][pacticipant]=P", "no 1/1/0/0 error")
		w.expect("q[][pacticipant]=P", "unknown 1/1/1/0 warning error error")
		w.expect("q[][pacticipant]=P&success=true", "unknown 1/0/1/0 warning error")
		w.expect("q[][pacticipant]=P&q[][branch]=main", "unknown 1/1/1/0 warning warning error error")
		w.expect("q[][pacticipant]=C&q[][pacticipant]=P&limit=1", "no 0/1/0/0 error")
		w.expect("q[][pacticipant]=C&q[][version]=1&q[][pacticipant]=P&q[][version]=9&latestby=cvpv", "no 0/0/1/0 error")
		w.expect("q[][pacticipant]=C&q[][version]=1&q[][pacticipant]=Bank&latestby=cvpv", "yes 0/0/0/0 success")
	})
}

func TestDecide_limitsWhatWasAskedFor(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := world{t, db}
		w.addEnvironment("test")
		w.publish("C", "1", "one", "P")
		w.verify("C", "1", "P", "7", true)
		w.verify("C", "1", "P", "8", true)
		for _, number := range []string{"1", "2", "3"} {
			w.publish("D", number, "later "+number, "P")
		}
		const c1 = "q[][pacticipant]=C&q[][version]=1"
		w.expect(c1+"&limit=1", "yes 1/0/0/0 warning success")
		w.deploy("P", "7", "test", "")
		w.deploy("P", "8", "test", "blue")
		w.expect(c1+"&environment=test&limit=1", "yes 2/0/0/0 success")
	})
}

func TestDecide_tellsOfEachOverwrittenResult(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := world{t, db}
		w.publish("C", "1", "one", "P")
		for _, success := range []bool{false, true, false} {
			w.verify("C", "1", "P", "7", success)
		}
		const both = "q[][pacticipant]=C&q[][version]=1&q[][pacticipant]=P&q[][version]=7"
		w.expect(both, "no 1/2/0/0 error error")
		w.expect(both+"&latestby=cvpv", "no 0/1/0/0 error")
	})
}

func TestDecide_refusesWhatItCannotAnswer(t *testing.T) {
	db := open(t, store.Options{URL: "sqlite://" + t.TempDir() + "/accord.db", Fast: true})
	w := world{t, db}
	w.publish("C", "1", "one", "P")
	q, err := questions.Matrix("q[][pacticipant]=X&q[][version]=1&q[][version]=2&limit=0&latestby=all&environment=nowhere&latest=true&mainBranch=false&ignore[][version]=1")
	require.NoError(t, err)

	_, err = matrix.Decide(context.Background(), db, q, matrix.MostRows)

	require.EqualError(t, err, "q.1.pacticipant Give the name of the pacticipant; q.0.pacticipant Pacticipant X not found. There are: C, P.; ignore.0.pacticipant Give the name of the pacticipant to ignore; "+
		" Give only one of tag, environment and mainBranch;  Give either latest=true or an environment, not both; environment Environment with name 'nowhere' does not exist. There is none yet.; "+
		"latestby latestby must be one of cvpv, cvp, cp; limit The limit must be a whole number of 1 or more")
}
