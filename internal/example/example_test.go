package example_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/example"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// callOf makes calls to the broker of a test.
func callOf(b *testbroker.Broker) example.Call {
	return func(ctx context.Context, method, address string, body any) (int, []byte, error) {
		var sent bytes.Buffer
		if body != nil {
			if err := json.NewEncoder(&sent).Encode(body); err != nil {
				return 0, nil, err
			}
		}
		r := httptest.NewRequestWithContext(ctx, method, address, &sent)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/hal+json, application/json")
		answer := httptest.NewRecorder()
		b.Handler().ServeHTTP(answer, r)
		return answer.Code, answer.Body.Bytes(), nil
	}
}

func quiet(int) {}

func TestTell_makesACompanyOfWhichTheQuestionsAreTrue(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		requests := 0
		require.NoError(t, example.Send(context.Background(), callOf(b), func(n int) {
			require.Equal(t, requests+1, n)
			requests = n
		}))
		deployable := []any{}
		for _, q := range example.Questions {
			answer := b.Get("/can-i-deploy?pacticipant=" + q.Application + "&version=" + q.Version + "&environment=production").OK(http.StatusOK)
			deployable = append(deployable, answer.Find("summary", "deployable"))
			require.NotEmpty(t, q.Because)
		}
		require.Equal(t, []any{false, true, nil, true}, deployable, "no, yes, unknown, yes, as it says")
		names := []string{}
		all, _ := b.Get("/pacticipants").OK(http.StatusOK).Find("_embedded", "pacticipants").([]any)
		for _, p := range all {
			names = append(names, p.(map[string]any)["name"].(string))
		}
		require.ElementsMatch(t, example.Applications(), names)
		require.Equal(t, "Belongs to our bank, which verifies no contracts.", b.Get("/api/v1/applications/card-gateway/external").OK(http.StatusOK).Text("reason"))

		// It may be told again: nothing is there twice.
		before := counted(b)
		require.NoError(t, example.Send(context.Background(), callOf(b), quiet))
		require.Equal(t, before, counted(b))
	})
}

// counted is how much there is of what is not made anew when it is told again.
func counted(b *testbroker.Broker) map[string]int {
	count := func(address string, steps ...any) int {
		list, _ := b.Get(address).OK(http.StatusOK).Find(steps...).([]any)
		return len(list)
	}
	counts := map[string]int{
		"pacts": count("/pacts/latest", "pacts"), "environments": count("/environments", "_embedded", "environments"), "labels": count("/labels", "_embedded", "labels"),
		"integrations": count("/integrations", "_embedded", "integrations"),
	}
	for _, name := range example.Applications() {
		counts["versions of "+name] = count("/pacticipants/"+name+"/versions", "_embedded", "versions")
	}
	return counts
}

// Sending stops at the first answer that is a refusal, whichever it is, and says what
// was asked for and what was answered.
func TestSend_stopsAtTheFirstRefusal(t *testing.T) {
	b := testbroker.New(t)
	asked := 0
	for range 2 { // the environments are made once
		require.NoError(t, example.Send(context.Background(), callOf(b), func(n int) { asked = n }))
	}
	gone := errors.New("the line is dead")
	for _, at := range []int{1, 2, 5, asked / 2, asked - 1, asked} {
		for name, refusal := range map[string]struct {
			status int
			err    error
		}{"refused": {http.StatusForbidden, nil}, "failed": {http.StatusInternalServerError, nil}, "no answer": {0, gone}} {
			n := 0
			err := example.Send(context.Background(), func(ctx context.Context, method, address string, body any) (int, []byte, error) {
				if n++; n == at {
					return refusal.status, []byte(`{"error":"because"}`), refusal.err
				}
				return callOf(b)(ctx, method, address, body)
			}, quiet)
			require.Error(t, err, "%s at %d", name, at)
			require.Equal(t, at, n, "nothing is asked after %s at %d", name, at)
			if refusal.err != nil {
				require.ErrorIs(t, err, gone)
				continue
			}
			require.ErrorContains(t, err, "because", "%s at %d", name, at)
		}
	}
	err := example.Send(context.Background(), func(context.Context, string, string, any) (int, []byte, error) {
		return http.StatusOK, []byte("<html>"), nil
	}, quiet)
	require.Error(t, err, "an answer that is no JSON")
}

// A Pact Broker does not know applications of other companies, and is told the rest.
func TestTell_goesOnWhereABrokerKnowsNothingOfOtherCompanies(t *testing.T) {
	b := testbroker.New(t)
	require.NoError(t, example.Send(context.Background(), func(ctx context.Context, method, address string, body any) (int, []byte, error) {
		if strings.Contains(address, "/external") {
			return http.StatusNotFound, []byte("not here"), nil
		}
		return callOf(b)(ctx, method, address, body)
	}, quiet))
	b.Get("/environments?name=production").OK(http.StatusOK)
	b.Get("/api/v1/applications/card-gateway/external").OK(http.StatusNotFound)
}

// Every contract that is in the program is told, and is one between those that its
// publication names.
func TestContracts_areAllToldByThoseWhomTheyName(t *testing.T) {
	published := map[string]bool{}
	b := testbroker.New(t)
	require.NoError(t, example.Send(context.Background(), func(ctx context.Context, method, address string, body any) (int, []byte, error) {
		sent, _ := body.(map[string]any)
		offers, _ := sent["contracts"].([]any)
		for _, o := range offers {
			offer := o.(map[string]any)
			require.Equal(t, sent["pacticipantName"], offer["consumerName"])
			written, err := json.Marshal(offer["content"])
			require.NoError(t, err)
			var content []byte
			require.NoError(t, json.Unmarshal(written, &content), "base64")
			var pact struct {
				Consumer, Provider struct{ Name string }
			}
			require.NoError(t, json.Unmarshal(content, &pact))
			require.Equal(t, offer["consumerName"], pact.Consumer.Name)
			require.Equal(t, offer["providerName"], pact.Provider.Name)
			published[string(content)] = true
		}
		return callOf(b)(ctx, method, address, body)
	}, quiet))
	files, err := os.ReadDir("contracts")
	require.NoError(t, err)
	for _, f := range files {
		content, err := os.ReadFile("contracts/" + f.Name())
		require.NoError(t, err)
		require.True(t, published[string(content)], "%s is told to nobody", f.Name())
	}
	require.Len(t, published, len(files))
}

func TestCommit_isOneOfGit(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range example.Applications() {
		for n := range 5 {
			commit := example.Commit(name, n)
			require.Regexp(t, "^[0-9a-f]{40}$", commit)
			require.Equal(t, commit, example.Commit(name, n))
			require.False(t, seen[commit], "%s %d", name, n)
			seen[commit] = true
		}
	}
	require.Contains(t, example.Applications(), example.Asked)
}

// Each page about the company has something to show: whose it is, where its code and builds
// are, a tag, a second branch, and a webhook that sends nothing.
func TestTell_leavesNoPageEmpty(t *testing.T) {
	b := testbroker.New(t)
	require.NoError(t, example.Send(context.Background(), callOf(b), quiet))
	shop := b.Get("/pacticipants/checkout-web").OK(http.StatusOK)
	require.Equal(t, "https://git.example.org/mugs/checkout-web", shop.Text("repositoryUrl"))
	require.Equal(t, "main", shop.Text("mainBranch"))
	branch := b.Get("/pacticipants/checkout-web/branches/feat%2Fgift-cards/versions").OK(http.StatusOK)
	require.Equal(t, example.Commit("checkout-web", 3), branch.Find("_embedded", "versions", 0, "number"))
	require.Contains(t, branch.Find("_embedded", "versions", 0, "buildUrl"), "https://ci.example.org/mugs/checkout-web/builds/")
	require.Equal(t, example.Commit("checkout-web", 2), b.Get("/pacticipants/checkout-web/latest-version").OK(http.StatusOK).Text("number"), "the branch is older than main")
	require.Equal(t, example.Commit("back-office", 1), b.Get("/pacticipants/back-office/latest-version/release-12").OK(http.StatusOK).Text("number"))
	teams := b.Get("/api/v1/teams").OK(http.StatusOK)
	require.Equal(t, "#team-checkout", teams.Find("items", 0, "contact"))
	require.Equal(t, "Platform", b.Get("/environments").OK(http.StatusOK).Find("_embedded", "environments", 0, "contacts", 0, "name"))
	webhooks := b.Get("/api/v1/webhooks").OK(http.StatusOK).Find("items").([]any)
	require.Len(t, webhooks, 1)
	require.Equal(t, false, webhooks[0].(map[string]any)["enabled"])
	require.Empty(t, b.Get("/api/v1/webhook-deliveries").OK(http.StatusOK).Find("items"))
}

// Settings that allow no webhook do not keep the rest from being told.
func TestTell_goesOnWhereNoWebhookIsAllowed(t *testing.T) {
	b := testbroker.New(t)
	require.NoError(t, example.Send(context.Background(), func(ctx context.Context, method, address string, body any) (int, []byte, error) {
		if strings.HasPrefix(address, "/webhooks/") {
			return http.StatusBadRequest, []byte(`{"errors":{"request.url":["is not allowed"]}}`), nil
		}
		return callOf(b)(ctx, method, address, body)
	}, quiet))
	b.Get("/environments?name=production").OK(http.StatusOK)
	require.Empty(t, b.Get("/api/v1/webhooks").OK(http.StatusOK).Find("items"))
}
