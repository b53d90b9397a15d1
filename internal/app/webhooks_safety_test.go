package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// send sends a body as JSON, to the broker under another name if one is given.
func send(t *testing.T, method, url, host string, body any) {
	t.Helper()
	status, _ := sendAs(t, "", method, url, host, body)
	require.Less(t, status, 300)
}

// sendAs does it with credentials, if there are any.
func sendAs(t *testing.T, authorization, method, url, host string, body any) (status int, answer []byte) {
	t.Helper()
	text, err := json.Marshal(body)
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(text))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	if host != "" {
		r.Host = host
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	answer, err = io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, answer
}

func TestWebhooks_doNotFollowTheHostHeaderOfAStranger(t *testing.T) {
	s := settings(t)
	callingHere(&s)
	out, _, _ := start(t, s)
	broker := out.find(t, "answers at "+address)
	receiver, got := recordingServer(t)
	w := testbroker.Webhook(receiver, "contract_published")
	w["request"].(testbroker.Object)["body"] = testbroker.Object{"pact": "${pactbroker.pactUrl}"}
	send(t, http.MethodPut, broker+"/webhooks/my-own-webhook-0001", "", w)
	send(t, http.MethodPut, broker+at.Pact("Stock", "Shop", "1"), "evil.example.com", testbroker.Content("Shop", "Stock", "a"))
	require.Contains(t, within(t, got).body, `"pact":"`+broker+"/pacts/")
	send(t, http.MethodPost, broker+"/webhooks/my-own-webhook-0001/execute", "evil.example.com", nil)
	require.Contains(t, within(t, got).body, `"pact":"`+broker+"/pacts/")
}

func TestWebhooks_followTheHostHeaderOfThoseAloneWhoMayChangeThemAll(t *testing.T) {
	s := settings(t)
	callingHere(&s)
	s.Access = config.Access{Tokens: true, BasicAuth: true, Username: "w", Password: "write"}
	admin := "Basic " + base64.StdEncoding.EncodeToString([]byte("w:write"))
	out, _, stop := start(t, s)
	broker := out.find(t, "answers at "+address)
	token := func(role string, applications ...string) string {
		wanted := testbroker.Object{"name": role, "role": role}
		if applications != nil {
			wanted["applications"] = applications
		}
		status, answer := sendAs(t, admin, http.MethodPost, broker+"/api/v1/tokens", "", wanted)
		require.Equal(t, http.StatusCreated, status, "%s", answer)
		var made struct{ Secret string }
		require.NoError(t, json.Unmarshal(answer, &made))
		return "Bearer " + made.Secret
	}
	one, everything := token("developer", "Mine"), token("consumer-ci")
	receiver, got := recordingServer(t)
	w := testbroker.Webhook(receiver, "contract_published")
	w["request"].(testbroker.Object)["body"] = testbroker.Object{"pact": "${pactbroker.pactUrl}"}
	status, answer := sendAs(t, admin, http.MethodPut, broker+"/webhooks/my-own-webhook-0001", "", w)
	require.Equal(t, http.StatusCreated, status, "%s", answer)
	require.NoError(t, stop())

	out, _, _ = start(t, s)
	broker = out.find(t, "answers at "+address)
	version := 0
	do := func(as, method, path, host string, want int) {
		t.Helper()
		version++
		status, answer := sendAs(t, as, method, broker+path, host, testbroker.Content("Mine", "Stock", strconv.Itoa(version)))
		require.Equal(t, want, status, "%s", answer)
	}
	const evil, good = "evil.example.com", "broker.example.org"
	ownName := strings.Replace(strings.TrimPrefix(broker, "http://"), "127.0.0.1", "localhost", 1)
	require.Contains(t, ownName, "localhost")
	do(one, http.MethodPut, "/pacticipants/Foo/versions/1", evil, http.StatusForbidden)
	do(one, http.MethodPut, "/pacticipants/Mine/versions/0", evil, http.StatusCreated)
	do(one, http.MethodPut, "/pacticipants/Mine/versions/1", ownName, http.StatusCreated)
	do(everything, http.MethodPut, "/pacticipants/Foo/versions/1", evil, http.StatusCreated)
	do(admin, http.MethodDelete, "/pacticipants/Nobody", evil, http.StatusNotFound)
	do(everything, http.MethodPut, at.Pact("Stock", "Mine", "2"), evil, http.StatusCreated)
	require.Contains(t, within(t, got).body, `"pact":"`+broker+"/pacts/")
	do(admin, http.MethodPut, at.Pact("Stock", "Mine", "3"), good, http.StatusCreated)
	require.Contains(t, within(t, got).body, `"pact":"http://`+good+"/pacts/")
	do(one, http.MethodPut, at.Pact("Stock", "Mine", "4"), evil, http.StatusCreated)
	require.Contains(t, within(t, got).body, `"pact":"http://`+good+"/pacts/")
}

func TestWebhooks_thatFailLeaveALineInTheLog(t *testing.T) {
	s := settings(t)
	callingHere(&s)
	s.Webhooks.RetrySchedule = nil
	out, log, _ := start(t, s)
	broker := out.find(t, "answers at "+address)
	send(t, http.MethodPut, broker+"/webhooks/my-own-webhook-0001", "", testbroker.Webhook("http://127.0.0.1:1/x?token=abcdef", "contract_published"))
	send(t, http.MethodPut, broker+at.Pact("Stock", "Shop", "1"), "", testbroker.Content("Shop", "Stock", "a"))
	line := log.find(t, `(msg="webhook delivery failed".*connection refused.*)`)
	require.Contains(t, line, "host=127.0.0.1")
	require.NotContains(t, line, "abcdef")
}

func TestPublicRead_showsNoWebhooksAndNoEvents(t *testing.T) {
	b := testbroker.New(t, testbroker.With(callingHere), testbroker.With(func(s *config.Settings) {
		s.Access = config.Access{BasicAuth: true, Username: "w", Password: "write", ReadOnlyUsername: "r", ReadOnlyPassword: "read", PublicRead: true}
	}))
	writer, reader := testbroker.As("w", "write"), testbroker.As("r", "read")
	b.Put(at.Pact("Stock", "Shop", "1"), testbroker.Content("Shop", "Stock", "a"), writer).OK(201)
	b.Put("/webhooks/my-own-webhook-0001", testbroker.Webhook("http://127.0.0.1/x", "contract_published"), writer).OK(201)
	for _, address := range []string{
		"/webhooks", "/webhooks/my-own-webhook-0001", "/webhooks/provider/Stock", "/webhooks/consumer/Shop", "/webhooks/provider/Stock/consumer/Shop",
		"/pacts/provider/Stock/consumer/Shop/webhooks", "/pacts/provider/Stock/consumer/Shop/webhooks/status",
		"/pacts/provider/Stock/consumer/Shop/version/1/triggered-webhooks", "/triggered-webhooks/none/logs",
		"/api/v1/webhooks", "/api/v1/webhooks/my-own-webhook-0001", "/api/v1/webhook-deliveries", "/api/v1/webhook-deliveries/none", "/api/v1/secrets",
	} {
		b.Get(address).OK(401)
		b.Get(address, reader).OK(401)
		require.NotEqual(t, 401, b.Get(address, writer).Status, address)
	}
	b.Get("/api/v1/events").OK(401)
	b.Get("/api/v1/events", reader).OK(200)
	b.Get(at.Pact("Stock", "Shop", "1")).OK(200)
}

func TestWebhooks_keepNoCredentialsInTheClear(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		w := testbroker.Webhook("http://joe:open-sesame@127.0.0.1/x?api_key=open-sesame&v=1", "contract_published")
		w["request"].(testbroker.Object)["headers"] = testbroker.Object{"X-Api-Key": "open-sesame", "Cookie": "a=open-sesame"}
		const path = "/webhooks/my-own-webhook-0001"
		b.Put(path, w).OK(201)
		shown := b.Get(path).OK()
		require.NotContains(t, string(shown.Body), "sesame")
		b.Put(path, testbroker.Object{"events": shown.Find("events"), "request": shown.Find("request")}).OK(200)

		db, err := store.Open(context.Background(), store.Options{URL: b.Settings().Database.URL, KeepSchema: true})
		require.NoError(t, err)
		defer func() { require.NoError(t, db.Close()) }()
		kept, _, err := db.Webhook(context.Background(), "my-own-webhook-0001")
		require.NoError(t, err)
		text, err := json.Marshal(kept)
		require.NoError(t, err)
		require.NotContains(t, string(text), "sesame")
		require.Equal(t, "http://joe:**********@127.0.0.1/x?api_key=**********&v=1", kept.Webhook.Request.URL)
	}, testbroker.With(callingHere))
}

const slackToken = "x9Yb3TqLm0ZkR4vWc8NdPf2S"

// storedURL is the address of a webhook as it lies in the database.
func storedURL(t *testing.T, b *testbroker.Broker, uuid string) string {
	t.Helper()
	db, err := store.Open(context.Background(), store.Options{URL: b.Settings().Database.URL, KeepSchema: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	kept, _, err := db.Webhook(context.Background(), uuid)
	require.NoError(t, err)
	return kept.Webhook.Request.URL
}

func TestWebhooks_keepNoTokensOfPathsInTheClear(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		const uuid, path, address = "my-own-webhook-0001", "/webhooks/my-own-webhook-0001", "http://127.0.0.1/services/T0/B0/" + slackToken
		const starred = "http://127.0.0.1/services/T0/B0/**********"
		b.Put(path, testbroker.Webhook(address, "contract_published")).OK(201)
		require.Equal(t, starred, storedURL(t, b, uuid))
		for _, at := range []string{path, "/api/v1" + path} {
			require.Equal(t, address, b.Get(at).OK(200).Text("request", "url"), "tools compare it with theirs")
		}
		require.Contains(t, string(b.Get("/api/v1/webhooks").OK(200).Body), slackToken)

		b.Put(path, testbroker.Webhook(starred, "contract_published")).OK(200)
		require.Equal(t, address, b.Get(path).OK(200).Text("request", "url"), "stars that are sent back keep it")
		moved := b.Put(path, testbroker.Webhook("http://127.0.0.1:81/services/T0/B0/**********", "contract_published")).OK(400)
		require.Contains(t, string(moved.Body), "must be given again")

		failed := b.Post(path+"/execute", nil).OK(200)
		require.NotContains(t, string(failed.Body), slackToken)
	}, testbroker.With(callingHere))
}
