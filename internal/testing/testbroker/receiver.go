package testbroker

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
)

// Receiver is a web server that hands on what webhooks send to it.
type Receiver struct {
	*httptest.Server
	Got chan Received
}

// Received is one request that came in.
type Received struct {
	Path string
	Body string
	http.Header
}

// NewReceiver answers with the status, and 500 to paths that begin with /fail.
func NewReceiver(t *testing.T) *Receiver {
	r := &Receiver{Got: make(chan Received, 1000)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			t.Error(err)
		}
		if request.URL.Path == "/fail" {
			w.WriteHeader(http.StatusInternalServerError)
		}
		r.Got <- Received{request.URL.RequestURI(), string(body), request.Header}
	}))
	t.Cleanup(r.Close)
	return r
}

// Port is the one on which the receiver listens.
func (r *Receiver) Port(t *testing.T) string {
	address, err := url.Parse(r.URL)
	require.NoError(t, err)
	return address.Port()
}

// Next waits for the next request.
func (r *Receiver) Next(t *testing.T) Received {
	t.Helper()
	select {
	case got := <-r.Got:
		return got
	case <-time.After(20 * time.Second):
		t.Fatal("no webhook came")
		return Received{}
	}
}

// CallingHere allows webhooks to call receivers of the test.
func CallingHere(s *config.Settings) {
	s.Webhooks.Hosts = []string{"127.0.0.1"}
	s.Webhooks.Schemes = []string{"http", "https"}
	s.Webhooks.RetrySchedule = []time.Duration{0}
	s.Secrets.Key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
}

// Object is a JSON object.
type Object = map[string]any

// Webhook is a webhook that posts the names of events to a URL.
func Webhook(url string, events ...string) Object {
	listening := []Object{}
	for _, event := range events {
		listening = append(listening, Object{"name": event})
	}
	return Object{"events": listening, "request": Object{"method": "POST", "url": url, "headers": Object{"Content-Type": "application/json"}, "body": Object{"event": "${pactbroker.eventName}"}}}
}
