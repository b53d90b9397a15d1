package app_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// sendSlowly begins to publish a pact and stops half-way. The rest is sent, or
// the client dies, when end is called; the answer comes then.
func sendSlowly(t *testing.T, b *testbroker.Broker, version string) (end func(error), answer <-chan int) {
	t.Helper()
	body, err := json.Marshal(testbroker.Content("Shop", "Stock", "a request"))
	require.NoError(t, err)
	reader, writer := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, b.URL()+at.Pact("Stock", "Shop", version), reader)
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	answers := make(chan int, 1)
	go func() {
		defer close(answers)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return // the client that died has no answer
		}
		answers <- response.StatusCode
		_ = response.Body.Close() // nothing of it is read
	}()
	half := len(body) / 2
	_, err = writer.Write(body[:half])
	require.NoError(t, err)
	return func(failure error) {
		if failure == nil {
			_, err := writer.Write(body[half:])
			require.NoError(t, err)
		}
		require.NoError(t, writer.CloseWithError(failure))
	}, answers
}

func TestPublish_slowlyKeepsNobodyElseWaiting(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		var ends []func(error)
		var answers []<-chan int
		for _, version := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"} {
			end, answer := sendSlowly(t, b, version)
			ends, answers = append(ends, end), append(answers, answer)
		}
		b.Pact("Shop", "quick").With("Stock").VerifiedBy("1")
		for i, end := range ends {
			end(nil)
			require.Equal(t, http.StatusCreated, <-answers[i])
		}
	})
}

func TestPublish_brokenOffWritesNothing(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		end, answer := sendSlowly(t, b, "1")
		end(errors.New("the line is dead"))
		<-answer
		b.Get("/pacticipants/Shop").OK(http.StatusNotFound)
	})
}
