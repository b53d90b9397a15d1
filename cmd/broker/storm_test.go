package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// listener is a receiver of webhooks that knows which publications it was told
// of, and how often each delivery came.
type listener struct {
	*httptest.Server
	mutex      sync.Mutex
	told       map[publication]bool
	deliveries map[string]int
	news       chan struct{}
}

func newListener(t *testing.T) *listener {
	l := &listener{told: map[publication]bool{}, deliveries: map[string]int{}, news: make(chan struct{}, 1)}
	l.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var sent struct{ Consumer, Version string }
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			t.Error(err)
		}
		l.mutex.Lock()
		l.told[publication{sent.Consumer, sent.Version}] = true
		l.deliveries[r.Header.Get("webhook-id")]++
		l.mutex.Unlock()
		select {
		case l.news <- struct{}{}:
		default:
		}
	}))
	t.Cleanup(l.Close)
	return l
}

// missing returns those that the listener was not told of.
func (l *listener) missing(all []publication) []publication {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	var missing []publication
	for _, p := range all {
		if !l.told[p] {
			missing = append(missing, p)
		}
	}
	return missing
}

// waitFor waits until the listener was told of all of them.
func (l *listener) waitFor(t *testing.T, all []publication) {
	t.Helper()
	deadline := time.After(3 * time.Minute)
	for missing := all; len(missing) > 0; missing = l.missing(missing) {
		select {
		case <-l.news:
		case <-deadline:
			t.Fatalf("never told of %d publications: %v", len(missing), missing)
		}
	}
}

func send(t *testing.T, method, address string, body any) int {
	t.Helper()
	text, err := json.Marshal(body)
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(context.Background(), method, address, bytes.NewReader(text))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	return response.StatusCode
}

// listen sets a webhook that tells the listener of every publication.
func (l *listener) listen(t *testing.T, base links.Base) {
	t.Helper()
	require.Equal(t, http.StatusCreated, send(t, http.MethodPost, base.Webhooks(), map[string]any{
		"events": []map[string]string{{"name": "contract_published"}},
		"request": map[string]any{"method": "POST", "url": l.URL, "body": map[string]string{
			"consumer": "${pactbroker.consumerName}", "version": "${pactbroker.consumerVersionNumber}",
		}},
	}))
}

var callingHere = []string{"PACT_BROKER_WEBHOOK_HOST_WHITELIST=127.0.0.1", "PACT_BROKER_WEBHOOK_SCHEME_WHITELIST=http"}

func TestServe_killedInAStormDeliversEveryWebhookThatWasDue(t *testing.T) {
	if testing.Short() {
		t.Skip("kills twenty brokers")
	}
	tests := []struct {
		name     string
		kills    int
		database func(t *testing.T) string
	}{
		{"sqlite", 20, func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "accord.db") }},
		{"postgres", 5, func(t *testing.T) string { return testpostgres.Database(t) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url, told := tt.database(t), newListener(t)
			first := start(t, url, callingHere...)
			told.listen(t, first.base)
			all := publishAndKill(t, first, 0, 20)
			for round := 1; round < tt.kills; round++ {
				all = append(all, publishAndKill(t, start(t, url, callingHere...), round, 20)...)
			}
			broker := start(t, url, callingHere...)
			told.waitFor(t, all)
			told.mutex.Lock()
			defer told.mutex.Unlock()
			for p := range told.told {
				requireKept(t, broker, p)
			}
			t.Logf("%d publications acknowledged, %d told, %d deliveries", len(all), len(told.told), len(told.deliveries))
		})
	}
}
