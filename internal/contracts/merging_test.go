package contracts

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/support/fault"
)

// stored is a transaction in which one contract can be read.
type stored struct {
	Tx
	body []byte
}

func (stored) IsPart() bool { return false }

func (s stored) ContentBody(context.Context, int64) ([]byte, error) { return s.body, nil }

const (
	greeting = `{"interactions":[{"description":"a greeting","request":{"path":"/"},"response":{}}]}`
	farewell = `{"interactions":[{"description":"a farewell","request":{"path":"/"},"response":{}}]}`
	rudeness = `{"interactions":[{"description":"a greeting","request":{"path":"/rude"},"response":{}}]}`
)

func TestMerging_isDoneOutsideOfTheTransaction(t *testing.T) {
	transactions, open := 0, false
	s := NewService(Rules{Compress: func(body []byte) ([]byte, error) {
		require.False(t, open, "while others wait")
		return body, nil
	}}, func(ctx context.Context, fn func(context.Context, Tx) error) error {
		transactions++
		open = true
		defer func() { open = false }()
		return fn(ctx, stored{body: []byte(greeting)})
	})
	var merged SubmittedContract
	err := s.inTxMerging(t.Context(), func(ctx context.Context, tx Tx, m *merger) (err error) {
		merged, err = m.merged(ctx, tx, Publication{SHA: "1"}, SubmittedContract{Provider: "River", Body: pactfile.Body(farewell)}, mergeFreely)
		return err
	})
	require.NoError(t, err)
	require.Equal(t, 2, transactions)
	require.Equal(t, 2, merged.content.Interactions)
}

func TestMerging_isDoneInsideWhenOthersKeepChangingTheContract(t *testing.T) {
	transactions := 0
	s := NewService(Rules{Compress: func(body []byte) ([]byte, error) { return body, nil }}, func(ctx context.Context, fn func(context.Context, Tx) error) error {
		transactions++
		return fn(ctx, stored{body: []byte(greeting)})
	})
	err := s.inTxMerging(t.Context(), func(ctx context.Context, tx Tx, m *merger) error {
		_, err := m.merged(ctx, tx, Publication{SHA: string(rune('a' + transactions))}, SubmittedContract{Body: pactfile.Body(farewell)}, mergeFreely)
		return err
	})
	require.NoError(t, err)
	require.Equal(t, mergeTries, transactions)
}

func TestMerging_refusesWhatContradicts(t *testing.T) {
	s := NewService(Rules{}, func(ctx context.Context, fn func(context.Context, Tx) error) error {
		return fn(ctx, stored{body: []byte(greeting)})
	})
	err := s.inTxMerging(t.Context(), func(ctx context.Context, tx Tx, m *merger) error {
		_, err := m.merged(ctx, tx, Publication{SHA: "1"}, SubmittedContract{Body: pactfile.Body(rudeness)}, pactfile.MergeStrictly)
		return err
	})
	require.True(t, fault.Is(err, fault.Conflict), "%v", err)
}
