package webhooks

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/accord-broker/accord/internal/events"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
)

// recorder is a receiver that keeps what it got and answers with a status.
type recorder struct {
	*httptest.Server
	status   int
	answer   string
	requests []*http.Request
	bodies   []string
}

func newRecorder(t *testing.T) *recorder {
	r := &recorder{status: http.StatusOK, answer: "received"}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			t.Error(err)
		}
		r.requests, r.bodies = append(r.requests, request), append(r.bodies, string(body))
		w.Header().Set("X-Answer", "yes")
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(r.status)
		fmt.Fprint(w, r.answer)
	}))
	t.Cleanup(r.Close)
	return r
}

func newSender(t *testing.T) Sender {
	allowed := rules(t, "127.0.0.1")
	client, err := Connection{Guard: Guard{Allowed: allowed}}.Client(slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	return Sender{
		Client: client, Policy: Policy{Methods: []string{"GET", "POST"}, Schemes: []string{"http", "https"}, Hosts: allowed},
		Codes: DefaultSuccessCodes(), Schedule: DefaultSchedule(), UserAgent: "Accord/1", Redacting: true,
		Clock: func() time.Time { return time.Date(2026, 11, 21, 9, 4, 14, 5, time.UTC) },
	}
}

func (r *recorder) message(change func(*Request)) Message {
	m := Message{ID: "delivery-1", Request: Request{Method: "POST", URL: r.URL + "/build?v=1"}, Attempt: 1}
	if change != nil {
		change(&m.Request)
	}
	return m
}

func TestSend_setsHeaders(t *testing.T) {
	receiver, sender := newRecorder(t), newSender(t)
	for name, c := range map[string]struct {
		request Request
		want    map[string]string
	}{
		"nothing asked for": {Request{}, map[string]string{"Accept": "*/*", "User-Agent": "Accord/1", "Content-Type": "", "Accept-Encoding": "", "Webhook-Id": "delivery-1", "Webhook-Signature": "", "X-Request-Id": "r1", "Traceparent": "t1"}},
		"body without type": {Request{Body: []byte(`{"a":1}`)}, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}},
		"body with a type":  {Request{Body: []byte(`{"a":1}`), Headers: []Header{{"content-type", "application/json"}}}, map[string]string{"Content-Type": "application/json"}},
		"own headers":       {Request{Headers: []Header{{"accept", "text/plain"}, {"user-agent", "me"}, {"x-request-id", "mine"}}}, map[string]string{"Accept": "text/plain", "User-Agent": "me", "X-Request-Id": "mine"}},
		"credentials win":   {Request{Username: "u", Password: "p", Headers: []Header{{"authorization", "Bearer x"}}}, map[string]string{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("u:p"))}},
		"bearer":            {Request{Headers: []Header{{"authorization", "Bearer x"}}}, map[string]string{"Authorization": "Bearer x"}},
		"no forgery":        {Request{Headers: []Header{{"webhook-id", "x"}, {"webhook-signature", "v1,x"}, {"content-length", "5"}, {"transfer-encoding", "chunked"}}}, map[string]string{"Webhook-Id": "delivery-1", "Webhook-Signature": "", "Content-Length": "0"}},
	} {
		c.request.Method, c.request.URL = "POST", receiver.URL
		outcome := sender.Send(context.Background(), Message{ID: "delivery-1", Request: c.request, Cause: events.Cause{RequestID: "r1", Traceparent: "t1"}, Attempt: 1})
		require.True(t, outcome.Success, "%s: %s", name, outcome.Logs)
		got := receiver.requests[len(receiver.requests)-1]
		for header, want := range c.want {
			require.Equal(t, want, got.Header.Get(header), "%s: %s", name, header)
		}
	}
}

func TestSend_signsWithEveryLiveKey(t *testing.T) {
	receiver, sender := newRecorder(t), newSender(t)
	sender.Clock = time.Now
	older, newer := SigningKey{Secret: newSecret()}, SigningKey{Secret: newSecret()}
	m := receiver.message(func(r *Request) { r.Body = []byte(`{"a":"ü"}`) })
	m.Keys = SigningKeys{older}.Rotated(newer)
	require.True(t, sender.Send(context.Background(), m).Success)
	for _, key := range []SigningKey{older, newer} {
		verifier, err := standardwebhooks.NewWebhook(key.Secret)
		require.NoError(t, err)
		require.NoError(t, verifier.Verify([]byte(receiver.bodies[0]), receiver.requests[0].Header))
		require.Error(t, verifier.Verify([]byte(`{"a":"forged"}`), receiver.requests[0].Header))
	}
	stranger, err := standardwebhooks.NewWebhook(newSecret())
	require.NoError(t, err)
	require.Error(t, stranger.Verify([]byte(receiver.bodies[0]), receiver.requests[0].Header))
	require.Len(t, m.Keys.Rotated(SigningKey{Secret: newSecret()}), MaxSigningKeys)
}

func TestSend_judgesTheResponseAndFollowsNoRedirect(t *testing.T) {
	receiver, sender := newRecorder(t), newSender(t)
	for status, want := range map[int]bool{200: true, 204: true, 206: true, 207: false, 301: false, 307: false, 400: false, 500: false} {
		receiver.status, receiver.answer, receiver.requests = status, "", nil
		outcome := sender.Send(context.Background(), receiver.message(nil))
		require.Equal(t, want, outcome.Success, status)
		require.Equal(t, status, outcome.Response.Status)
		require.Len(t, receiver.requests, 1)
	}
}

func TestSend_logsWhatHappened(t *testing.T) {
	receiver, sender := newRecorder(t), newSender(t)
	receiver.status = 500
	m := receiver.message(func(r *Request) {
		r.Headers = []Header{{"authorization", "Bearer abc"}, {"x-auth-token", "t0k"}, {"x-a", "${secret.KEY}"}}
		r.Body = []byte(`{"key":"${secret.KEY}","name":"${pactbroker.consumerName}"}`)
	})
	m.Values = values(map[string]string{"consumerName": "Web"})
	m.Context = map[string]any{"event_name": "contract_published"}
	outcome := sender.Send(context.Background(), m)
	require.Equal(t, `{"key":"s3\"cret","name":"Web"}`, receiver.bodies[0], "the receiver gets the secret")
	at := "[2026-11-21T09:04:14Z] "
	lines := strings.Split(outcome.Logs, "\n")
	require.Equal(t, []string{
		at + `DEBUG: Webhook context {"event_name":"contract_published"}`,
		at + "INFO: HTTP/1.1 POST " + receiver.URL + "/build?v=1",
		at + "INFO: accept: */*",
		at + "INFO: authorization: " + Stars,
		at + "INFO: content-type: application/x-www-form-urlencoded",
		at + "INFO: user-agent: Accord/1",
		at + "INFO: webhook-id: delivery-1",
		at + "INFO: webhook-timestamp: 1795251854",
		at + "INFO: x-a: " + Stars,
		at + "INFO: x-auth-token: " + Stars,
		at + `INFO: {"key":"` + Stars + `","name":"Web"}`,
		at + "INFO: HTTP/1.1 500 Internal Server Error",
	}, lines[:12])
	require.Contains(t, outcome.Logs, at+"INFO: x-answer: yes\n")
	require.Contains(t, outcome.Logs, at+"INFO: received\n")
	require.True(t, strings.HasSuffix(outcome.Logs, at+"INFO: Retrying webhook in 10 seconds\n"), outcome.Logs)
	require.Equal(t, Sent{Path: "/build?v=1", Body: []byte(`{"key":"` + Stars + `","name":"Web"}`), Headers: outcome.Sent.Headers}, outcome.Sent)
	require.NotContains(t, fmt.Sprint(outcome), "s3")
}

func TestSend_concludesTheLog(t *testing.T) {
	receiver, sender := newRecorder(t), newSender(t)
	for attempt, want := range map[int]string{0: "WARN: Webhook execution failed\n", 2: "Retrying webhook in 60 seconds\n", 7: "WARN: Webhook execution failed after 7 attempts\n"} {
		receiver.status = 500
		m := receiver.message(nil)
		m.Attempt = attempt
		require.True(t, strings.HasSuffix(sender.Send(context.Background(), m).Logs, want), attempt)
		receiver.status = 200
		require.True(t, strings.HasSuffix(sender.Send(context.Background(), m).Logs, "Webhook execution succeeded\n"), attempt)
	}
}

func TestSend_hidesResponsesWhileEveryHostMayBeCalled(t *testing.T) {
	receiver, sender := newRecorder(t), newSender(t)
	receiver.answer = "internal"
	sender.Policy.Hosts = nil
	outcome := sender.Send(context.Background(), receiver.message(nil))
	require.True(t, outcome.Success)
	require.Nil(t, outcome.Response)
	require.NotContains(t, outcome.Logs, "internal")
	require.NotContains(t, outcome.Logs, " 200 ")
	require.Contains(t, outcome.Logs, ResponsesHidden)

	receiver.Close()
	outcome = sender.Send(context.Background(), receiver.message(nil))
	require.False(t, outcome.Success)
	require.Equal(t, "The request failed. "+ResponsesHidden, outcome.Failure)
	require.NotContains(t, outcome.Logs, "refused")
}

func TestSend_tellsWhyNothingCame(t *testing.T) {
	sender := newSender(t)
	for address, want := range map[string]string{
		"http://127.0.0.1:1/x":       "connect: connection refused",
		"http://elsewhere.invalid/x": `the URL host must be one of "127.0.0.1"`,
		"ftp://127.0.0.1/x":          "the URL scheme must be one of",
	} {
		outcome := sender.Send(context.Background(), Message{ID: "d", Request: Request{Method: "POST", URL: address}, Attempt: 1})
		require.False(t, outcome.Success)
		require.Contains(t, outcome.Failure, want)
		require.Contains(t, outcome.Logs, "ERROR: "+outcome.Failure)
		require.Nil(t, outcome.Response)
	}
	outcome := sender.Send(context.Background(), Message{ID: "d", Request: Request{Method: "PUT", URL: "http://127.0.0.1/"}, Attempt: 1})
	require.Contains(t, outcome.Failure, "the method PUT must be one of GET, POST")
	require.Equal(t, Sent{Path: "/"}, outcome.Sent)
}

func TestSend_refusesPrivateAddressesAndSaysHowToAllowThem(t *testing.T) {
	receiver, sender := newRecorder(t), newSender(t)
	var err error
	sender.Client, err = Connection{}.Client(slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	sender.Policy.Hosts = nil
	outcome := sender.Send(context.Background(), receiver.message(nil))
	require.False(t, outcome.Success)
	require.Contains(t, outcome.Failure, "PACT_BROKER_WEBHOOK_PRIVATE_HOSTS")
	require.Empty(t, receiver.requests)
}

func TestSend_keepsABoundedResponseThatCanBeStored(t *testing.T) {
	receiver, sender := newRecorder(t), newSender(t)
	receiver.answer = "a\x00b\xff" + strings.Repeat("x", MaxResponse)
	outcome := sender.Send(context.Background(), receiver.message(nil))
	require.True(t, outcome.Success)
	require.True(t, outcome.Response.Cut)
	require.Less(t, len(outcome.Response.Body), MaxResponse+10)
	require.True(t, strings.HasPrefix(outcome.Response.Body, "a\uFFFDb\uFFFDxx"))
	require.NotContains(t, outcome.Logs, "\x00")
	require.Contains(t, outcome.Logs, "the rest of the response was not kept")
}

func TestSend_givesUpOnSlowReceivers(t *testing.T) {
	release := make(chan struct{})
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer receiver.Close()
	defer close(release)
	sender := newSender(t)
	var err error
	sender.Client, err = Connection{Guard: Guard{Allowed: rules(t, "127.0.0.1")}, Timeout: 20 * time.Millisecond}.Client(slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	outcome := sender.Send(context.Background(), Message{ID: "d", Request: Request{Method: "POST", URL: receiver.URL}, Attempt: 1})
	require.False(t, outcome.Success)
	require.Equal(t, "The receiver did not answer in time.", outcome.Failure)
	require.NotContains(t, outcome.Logs, "net/http")
}

func TestClient_trustsGivenCertificates(t *testing.T) {
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer receiver.Close()
	receiver.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	guard := Guard{Allowed: rules(t, "127.0.0.1")}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: receiver.Certificate().Raw})

	require.ErrorContains(t, call(t, Connection{Guard: guard}, receiver.URL), "certificate")
	require.NoError(t, call(t, Connection{Guard: guard, SkipVerification: true}, receiver.URL))
	require.NoError(t, call(t, Connection{Guard: guard, Certificates: []Certificate{{Description: "own", PEM: chain}}}, receiver.URL))

	var logged bytes.Buffer
	_, err := Connection{Certificates: []Certificate{{Description: "broken one", PEM: []byte("x")}}}.Client(slog.New(slog.NewTextHandler(&logged, nil)))
	require.NoError(t, err)
	require.Contains(t, logged.String(), "broken one")
}

func TestSend_doesNotUncoverASecretByAnother(t *testing.T) {
	receiver, sender := newRecorder(t), newSender(t)
	const long = "ghp_secret-of-the-team"
	receiver.answer = "you sent " + long + " and open-sesame"
	m := receiver.message(func(r *Request) {
		r.URL += "&a=${secret.LONG}&b=${secret.LETTER}&c=${secret.PREFIX}&d=${secret.OVERLAP}"
		r.Headers = []Header{{"x-a", "${secret.LETTER} ${secret.LONG}"}}
		r.Body, r.Username, r.Password = []byte(`{"k":"${secret.PREFIX}${secret.LONG}"}`), "joe", "open-sesame"
	})
	m.Values.Secrets = map[string]string{"LETTER": "e", "PREFIX": "ghp_secret", "LONG": long, "OVERLAP": "of-the-team and"}
	outcome := sender.Send(context.Background(), m)
	require.True(t, outcome.Success, outcome.Logs)
	require.Contains(t, receiver.requests[0].URL.RawQuery, "a="+long)
	require.Equal(t, "you sent "+Stars+" "+Stars, outcome.Response.Body)
	for _, part := range []string{"ghp", "team", "sesame"} {
		require.NotContains(t, fmt.Sprint(outcome), part)
	}
	require.Equal(t, "/build?v=1&a="+Stars+"&b="+Stars+"&c="+Stars+"&d="+Stars, outcome.Sent.Path)
}

func TestSend_starsWhatAReceiverRepeatsOfTheWebhooksOwnCredentials(t *testing.T) {
	receiver, sender := newRecorder(t), newSender(t)
	receiver.answer = "Bearer abcdef, cookie a=open-sesame"
	m := receiver.message(func(r *Request) {
		r.Headers = []Header{{"authorization", "Bearer abcdef"}, {"cookie", "a=open-sesame"}}
	})
	m.Keys = SigningKeys{{Secret: newSecret()}}
	outcome := sender.Send(context.Background(), m)
	require.Equal(t, Stars+", cookie "+Stars, outcome.Response.Body)
	require.Contains(t, outcome.Logs, "webhook-signature: v1,", "a signature is no secret")
}

func TestSend_showsNoSecretOfACallThatFailed(t *testing.T) {
	sender := newSender(t)
	for _, address := range []string{"http://127.0.0.1:1/x?k=${secret.LETTER}", "http://127.0.0.1:1/%zz${secret.LETTER}"} {
		m := Message{ID: "d", Request: Request{Method: "POST", URL: address}, Values: Values{Secrets: map[string]string{"LETTER": "Q7"}}, Attempt: 1}
		require.NotContains(t, fmt.Sprint(sender.Send(context.Background(), m)), "Q7")
	}
}

func TestSend_showsNoTokenInTheQueryOrInAHeader(t *testing.T) {
	receiver, sender := newRecorder(t), newSender(t)
	const inQuery, inHeader, commit = "x9dK3mPq7RtV2bNcZ8wL5sHj", "xoxb-2147483648-a1B2c3D4e5F6g7H8", "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
	receiver.answer = "not " + inQuery + ", and not " + inHeader + ", at " + commit
	m := receiver.message(func(r *Request) {
		r.URL += "&t=" + inQuery
		r.Headers = append(r.Headers, Header{Name: "circle", Value: inHeader}, Header{Name: "x-commit", Value: "${pactbroker.commit}"}, Header{Name: "x-scheme", Value: "Slack " + inHeader})
	})
	m.Values.Broker = map[string]string{"commit": commit}
	outcome := sender.Send(context.Background(), m)
	require.Equal(t, inHeader, receiver.requests[0].Header.Get("Circle"))
	require.Equal(t, "not "+Stars+", and not "+Stars+", at "+commit, outcome.Response.Body)
	for _, secret := range []string{inQuery, inHeader} {
		require.NotContains(t, fmt.Sprint(outcome), secret)
	}
	require.Contains(t, outcome.Logs, "circle: "+Stars)
	require.Contains(t, outcome.Logs, "x-commit: "+commit, "what is filled in is no token")
}

func TestSend_showsNoTokenInThePath(t *testing.T) {
	receiver, sender := newRecorder(t), newSender(t)
	const token, commit = "x9Yb3TqLm0ZkR4vWc8NdPf2S", "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
	receiver.answer = "no channel at /services/" + token + " with sesame"
	m := receiver.message(func(r *Request) {
		r.URL = strings.Replace(r.URL, "/build", "/services/"+token+"/${pactbroker.commit}", 1) + "&api_key=sesame"
	})
	m.Values.Broker = map[string]string{"commit": commit}
	outcome := sender.Send(context.Background(), m)
	require.Equal(t, "/services/"+token+"/"+commit, receiver.requests[0].URL.Path)
	require.Equal(t, "/services/"+Stars+"/"+commit+"?v=1&api_key="+Stars, outcome.Sent.Path, "what is filled in is no token")
	require.Equal(t, "no channel at /services/"+Stars+" with "+Stars, outcome.Response.Body)
	for _, secret := range []string{token, "sesame"} {
		require.NotContains(t, fmt.Sprint(outcome), secret)
	}
}
