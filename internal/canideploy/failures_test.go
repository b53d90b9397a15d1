package canideploy

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func countOf(text, part string) int { return strings.Count(text, part) }

func TestFailure_saysWhatTheBrokerSaid(t *testing.T) {
	const jsonType = "Content-Type: application/hal+json;charset=utf-8\r\n"
	for _, test := range []struct {
		name, answer string
		args         []string
		want         string
	}{
		{"no credentials", refusal(401), nil,
			"the broker asks who you are (401); give --broker-token or --broker-username and --broker-password (or PACT_BROKER_TOKEN, PACT_BROKER_USERNAME, PACT_BROKER_PASSWORD)"},
		{"a wrong user", refusal(401), []string{"-u", "x"}, "the broker does not accept the user name that was sent (401)"},
		{"not allowed", refusal(403), nil, "the broker does not let you ask this (403)"},
		{"another address", refusal(404), nil, "there is no /matrix (404); check the base URL and its sub-path"},
		{"a list of reasons", "HTTP/1.1 400 Bad\r\n" + jsonType + "\r\n" + `{"errors":["Pacticipant Shop not found","and more"]}`, nil,
			"the broker refused the question (400)\n  Pacticipant Shop not found\n  and more"},
		{"reasons by field", "HTTP/1.1 400 Bad\r\n" + jsonType + "\r\n" + `{"errors":{"version":["is missing"],"":["choose one"],"q":"flat"}}`, nil,
			"the broker refused the question (400)\n  choose one\n  q: flat\n  version: is missing"},
		{"one reason", "HTTP/1.1 409 Conflict\r\n" + jsonType + "\r\n" + `{"error":"so it is"}`, nil, "the broker refused the question (409)\n  so it is"},
		{"an inner failure", "HTTP/1.1 501 Bad\r\n" + jsonType + "\r\n" + `{"error":{"message":"oops, reference XY","reference":"XY"}}`, nil, "the broker failed (501)\n  oops, reference XY"},
		{"problem details", "HTTP/1.1 400 Bad\r\nContent-Type: application/problem+json\r\nX-Request-Id: r-17\r\n\r\n" + `{"title":"Invalid","detail":"no such environment","action":"list them with GET /environments","errors":[{"detail":"unknown","pointer":"/environment"}]}`, nil,
			"the broker refused the question (400)\n  unknown\n  no such environment\n  list them with GET /environments\n  request id: r-17"},
		{"a page", "HTTP/1.1 400 Bad\r\nContent-Type: text/html\r\n\r\n<html>", nil, "the broker refused the question (400)"},
		{"another place", "HTTP/1.1 304 Not Modified\r\n\r\n", nil, "the broker points elsewhere (304 )"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ask(t, nil, []string{test.answer}, append(test.args, "-a", "Shop", "-e", "1")...)
			require.Equal(t, exitNoVerdict, got.code)
			require.Equal(t, "can-i-deploy: no verdict: "+test.want+"\n", got.errOut)
			require.Empty(t, got.out)
		})
	}
}

// Everybody on a machine reads the words of its commands, and its owner alone the variables.
func TestAsk_warnsOfSecretsAmongItsWords(t *testing.T) {
	const failure = "can-i-deploy: no verdict: the broker does not accept the token that was sent (401)\n"
	got := ask(t, nil, []string{refusal(401)}, "-k", "x", "-p", "y", "-u", "bob", "-a", "Shop", "-e", "1")
	require.Equal(t, "note: both a token and a user name are given; the token is used\n"+
		"warning: --broker-password shows its value to everybody who may list the processes of this machine; set PACT_BROKER_PASSWORD instead\n"+
		"warning: --broker-token shows its value to everybody who may list the processes of this machine; set PACT_BROKER_TOKEN instead\n"+failure, got.errOut)
	got = ask(t, map[string]string{"PACT_BROKER_TOKEN": "x"}, []string{refusal(401)}, "-a", "Shop", "-e", "1")
	require.Equal(t, failure, got.errOut)
}

func TestRetry_triesAgainWhatMayPass(t *testing.T) {
	for _, test := range []struct {
		name    string
		answers []string
		args    []string
		code    int
		pauses  []string
	}{
		{"a failure that passes", []string{refusal(503), refusal(500), yesAnswer}, nil, 0, []string{"500ms", "1s"}},
		{"one that does not", []string{refusal(502)}, nil, 2, []string{"500ms", "1s", "2s", "4s"}},
		{"fewer attempts", []string{refusal(504)}, []string{"--retries", "2"}, 2, []string{"500ms"}},
		{"too many requests", []string{refusal(429, "Retry-After: 7"), yesAnswer}, nil, 0, []string{"7s"}},
		{"until a time", []string{refusal(429, "Retry-After: Sat, 21 Nov 2026 10:00:09 GMT"), yesAnswer}, nil, 0, []string{"9s"}},
		{"longer than anybody waits", []string{refusal(503, "Retry-After: 86400"), yesAnswer}, nil, 0, []string{"1m0s"}},
		{"a wrong question", []string{refusal(400)}, nil, 2, nil},
		{"wrong credentials", []string{refusal(401)}, nil, 2, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ask(t, nil, test.answers, append(test.args, "-a", "Shop", "-e", "1")...)
			require.Equal(t, test.code, got.code, got.errOut)
			require.Equal(t, test.pauses, got.pauses)
			require.Len(t, got.broker.asked, len(test.pauses)+1)
			require.Equal(t, len(test.pauses), countOf(got.errOut, "trying again in"))
		})
	}
}

func TestRetry_triesAgainWhenNobodyListens(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := "http://" + listener.Addr().String()
	require.NoError(t, listener.Close())
	got := askAt(t, nil, nil, "-b", address, "-a", "Shop", "-e", "1", "--retries", "3")
	require.Equal(t, exitNoVerdict, got.code)
	require.Equal(t, []string{"500ms", "1s"}, got.pauses)
	require.Contains(t, got.errOut, "no verdict: "+address+" cannot be reached: connect: connection refused")
}

func TestRetry_givesUpAtOnceWhenThereIsNoSuchHost(t *testing.T) {
	lookUp := &net.DNSError{Name: "brokr.example", IsNotFound: true}
	err := &url.Error{Op: "Get", Err: &net.OpError{Op: "dial", Err: lookUp}}
	require.False(t, mayPass(err))
	require.EqualError(t, (&broker{base: &url.URL{}}).inWords(err), "there is no host brokr.example; check --broker-base-url")
	lookUp.IsNotFound = false
	require.True(t, mayPass(err), "a name server that does not answer may answer later")
}

func TestTimeout_saysHowToWaitLonger(t *testing.T) {
	release := make(chan struct{})
	b := newRecordedBroker(yesAnswer)
	b.Config.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release })
	defer b.Close()
	defer close(release)
	got := askAt(t, b, nil, "-b", b.URL, "-a", "Shop", "-e", "1", "--timeout", "0.05", "--retries", "1")
	require.Equal(t, exitNoVerdict, got.code)
	require.Contains(t, got.errOut, "did not answer within 0.05 s; --timeout SECONDS waits longer")
}

func TestBackOff_endsAtAMinute(t *testing.T) {
	require.Equal(t, time.Minute, backOff(20, nil, time.Time{}))
}

func TestRetryWhileUnknown_asksUntilTheAnswerIsThere(t *testing.T) {
	got := ask(t, nil, []string{unknownAnswer, unknownAnswer, yesAnswer}, "-a", "Shop", "-e", "1a2b", "--to-environment", "prod",
		"--retry-while-unknown", "5", "--retry-interval", "3")
	require.Equal(t, 0, got.code)
	require.Equal(t, []string{"3s", "3s"}, got.pauses)
	require.Equal(t, `waiting since 10:00:00 UTC, asking up to 5 times, every 3 s, for
  Stock to verify the contract of Shop 1a2b
attempt 1 of 5, after 3 s: still waiting for 1 result
attempt 2 of 5, after 6 s: the answer is yes
`, got.errOut)
}

func TestRetryWhileUnknown_namesAtMostTen(t *testing.T) {
	row := `{"consumer":{"name":"Shop"},"provider":{"name":"Stock"},"verificationResult":null}`
	answer := `{"summary":{"deployable":null,"unknown":12},"matrix":[` + strings.Repeat(row+",", 11) + row + "]}"
	got := ask(t, nil, []string{answer}, "-a", "Shop", "-e", "1", "--retry-while-unknown", "1")
	require.Equal(t, 10, countOf(got.errOut, "  Stock to verify the contract of Shop\n"))
	require.Contains(t, got.errOut, "  and 2 more\n")
	require.Contains(t, got.errOut, "asking up to 1 time, every 10 s, for\n")
}

func TestRetryWhileUnknown_endsWhenItMakesNoSense(t *testing.T) {
	const noButMissing = `{"summary":{"deployable":false,"unknown":1}}`
	for _, test := range []struct {
		name    string
		answers []string
		args    []string
		code    int
		asked   int
		want    string
	}{
		{"a clear no", []string{noAnswer}, nil, 1, 1, ""},
		{"a no with a result missing", []string{noButMissing, yesAnswer}, nil, 0, 2, "  missing verification results\n"},
		{"no answer in time", []string{unknownAnswer}, nil, 1, 3, "gave up waiting; --retry-while-unknown and --retry-interval allow more\n"},
		{"a dry run", []string{unknownAnswer}, []string{"--dry-run"}, 0, 1, "dry run: not waiting for missing results\n"},
		{"a failure meanwhile", []string{unknownAnswer, refusal(401)}, nil, 2, 2, "no verdict: the broker asks who you are"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ask(t, nil, test.answers, append(test.args, "-a", "Shop", "-e", "1", "--retry-while-unknown", "2")...)
			require.Equal(t, test.code, got.code)
			require.Len(t, got.broker.asked, test.asked)
			require.Contains(t, got.errOut, test.want)
		})
	}
}

// The variable may be meant for another broker, or for the broker itself.
func TestFail_namesTheBrokerThatAVariableStandsFor(t *testing.T) {
	b := newRecordedBroker(refusal(http.StatusBadRequest))
	defer b.Close()
	got := askAt(t, b, map[string]string{"PACT_BROKER_BASE_URL": b.URL}, "-a", "Shop", "-e", "1")
	require.Equal(t, exitNoVerdict, got.code)
	require.Contains(t, got.errOut, "the broker that was asked is "+b.URL+", from PACT_BROKER_BASE_URL; --broker-base-url names another\n")
	require.NotContains(t, askAt(t, b, nil, "-b", b.URL, "-a", "Shop", "-e", "1").errOut, "PACT_BROKER_BASE_URL")
}
