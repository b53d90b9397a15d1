package requests_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/requests"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/webhooks"
)

// memory keeps requests as a database does.
type memory struct {
	away    bool
	batches int
	all     []requests.Completed
	facts   []events.Fact
}

func (m *memory) AddCompleted(_ context.Context, answered []requests.Completed) error {
	if m.away {
		return errors.New("the database is away")
	}
	m.batches++
	m.all = append(m.all, answered...)
	return nil
}

func (m *memory) CompletedWithID(_ context.Context, id string, limit int) ([]requests.Completed, error) {
	var found []requests.Completed
	for _, a := range m.all {
		if a.RequestID == id && len(found) < limit {
			found = append(found, a)
		}
	}
	return found, nil
}

func (m *memory) FactsOfRequest(context.Context, string, int) ([]events.Fact, error) {
	return m.facts, nil
}

func (m *memory) TriggeredByRequest(context.Context, string, int) ([]webhooks.Triggered, error) {
	return nil, nil
}

// anybody may be told of requests that needed this.
func anybody(action string) bool { return action != "administer" }

func TestLog_writesDownInBatchesAndTellsAtOnce(t *testing.T) {
	kept := &memory{}
	log := requests.NewLog(kept)
	for i := range 5 {
		log.Add(requests.Completed{RequestID: strconv.Itoa(i % 2), Status: 200 + i})
	}
	log.Add(requests.Completed{RequestID: "1", Action: "administer"})
	require.NoError(t, log.Store(t.Context()))
	history, err := log.Find(t.Context(), "1", anybody)
	require.NoError(t, err)
	require.Equal(t, 1, kept.batches)
	require.Len(t, history.Completed, 2)
	require.False(t, history.More)
	_, err = log.Find(t.Context(), "7", anybody)
	require.True(t, fault.Is(err, fault.NotFound))
	require.NoError(t, log.Store(t.Context()))
	require.Equal(t, 1, kept.batches, "nothing waited")
}

func TestLog_forgetsNothingWhileTheDatabaseIsAway(t *testing.T) {
	kept := &memory{away: true}
	log := requests.NewLog(kept)
	log.Add(requests.Completed{RequestID: "a", Status: 1})
	require.Error(t, log.Store(t.Context()))
	log.Add(requests.Completed{RequestID: "a", Status: 2})
	kept.away = false
	require.NoError(t, log.Store(t.Context()))
	require.Equal(t, []int{1, 2}, []int{kept.all[0].Status, kept.all[1].Status})
}

func TestLog_isBounded(t *testing.T) {
	kept := &memory{}
	log := requests.NewLog(kept)
	for range 20_000 {
		log.Add(requests.Completed{RequestID: "a"})
	}
	kept.facts = make([]events.Fact, 201)
	require.NoError(t, log.Store(t.Context()))
	history, err := log.Find(t.Context(), "a", anybody)
	require.NoError(t, err)
	require.Len(t, kept.all, 10_000)
	require.Len(t, history.Completed, 200)
	require.Len(t, history.Facts, 200)
	require.True(t, history.More)
}
