package app_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// What a provider has to verify is asked by POST, which changes nothing: with a key, too,
// others write meanwhile, and the key stands for the first answer.
func TestSelection_withAKeyLetsOthersWrite(t *testing.T) {
	var armed atomic.Bool
	var writes func()
	b := testbroker.New(t, testbroker.Traced(func(statement string) {
		if strings.Contains(statement, "FROM pact_publications") && armed.CompareAndSwap(true, false) {
			writes()
		}
	}))
	b.Pact("Shop", "1").Branch("main").With("Stock")
	written := make(chan int, 1)
	inTime := false
	writes = func() {
		go func() { written <- b.Put(at.Label("Shop", "core"), nil).Status }()
		select {
		case status := <-written:
			inTime = status == http.StatusCreated
		case <-time.After(5 * time.Second):
		}
	}
	asks := func() testbroker.Response {
		return b.Post("/pacts/provider/Stock/for-verification", testbroker.Object{}, testbroker.Header("Idempotency-Key", "one")).OK(http.StatusOK)
	}
	armed.Store(true)
	first := asks()
	require.False(t, armed.Load(), "nothing was written in between")
	require.True(t, inTime, "who writes waits for who reads")
	require.Empty(t, first.Header.Get("Idempotency-Replayed"))

	b.Pact("Web", "1").Branch("main").With("Stock")
	again := asks()
	require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
	require.Equal(t, string(first.Body), string(again.Body))
	b.Post("/pacts/provider/Stock/for-verification", testbroker.Object{"includePendingStatus": false}, testbroker.Header("Idempotency-Key", "one")).OK(http.StatusUnprocessableEntity)
}
