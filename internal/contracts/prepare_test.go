package contracts

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/support/fault"
)

func TestPublish_doesAllWorkOnContentsBeforeTheTransaction(t *testing.T) {
	var done []string
	compress := func(body []byte) ([]byte, error) {
		done = append(done, "compress "+string(body))
		return body, nil
	}
	s := NewService(Rules{Compress: compress}, func(context.Context, func(context.Context, Tx) error) error {
		done = append(done, "transaction")
		return nil
	})
	want := []string{`compress {"interactions":[{"_id":"bf21a9e8fbc5a3846fb05b4fa0859e0917b2202f"}]}`, "transaction"}
	offer := SubmittedContract{Provider: "River", Body: pactfile.Body(`{"interactions":[{}]}`)}
	submission := Submission{Pacticipant: "Otter", Version: "1", Contracts: []SubmittedContract{offer}}
	_, err := s.Publish(context.Background(), submission)
	require.NoError(t, err)
	require.Equal(t, want, done)
	require.Nil(t, submission.Contracts[0].content, "what the caller has stays as it is")

	for _, publish := range []func(context.Context, string, string, SubmittedContract) (Published, error){s.Put, s.Merge} {
		done = nil
		_, err = publish(context.Background(), "Otter", "1", offer)
		require.NoError(t, err)
		require.Equal(t, want, done)
	}
}

// Whoever publishes within a transaction of their own prepares before it.
func TestPrepare_leavesNothingToDoWithinATransaction(t *testing.T) {
	var compressed, transactions int
	compress := func(body []byte) ([]byte, error) {
		compressed++
		return body, nil
	}
	s := NewService(Rules{Compress: compress, Limits: Limits{Interactions: 1}}, func(context.Context, func(context.Context, Tx) error) error {
		transactions++
		return nil
	})
	offers := []SubmittedContract{{Provider: "River", Body: pactfile.Body(`{"interactions":[{}]}`)}}
	prepared := s.Prepare(offers...)
	require.Equal(t, 1, compressed)
	require.Nil(t, offers[0].content, "what the caller has stays as it is")
	_, err := s.Publish(t.Context(), Submission{Pacticipant: "Otter", Version: "1", Contracts: prepared})
	require.NoError(t, err)
	require.Equal(t, []int{1, 1}, []int{compressed, transactions})

	large := s.Prepare(SubmittedContract{Provider: "River", Body: pactfile.Body(`{"interactions":[{},{}]}`)})
	_, err = s.Publish(t.Context(), Submission{Pacticipant: "Otter", Version: "1", Contracts: large})
	require.True(t, fault.Is(err, fault.TooLarge), "what cannot be published is refused where it is published")
}

func TestPrepare_countsTheIDsThatTheBrokerAdds(t *testing.T) {
	body := pactfile.Body(`{"interactions":[{},{}],"messages":[{}]}`)
	served := int64(len(pactfile.WithInteractionIDs(body)))
	rules := Rules{Compress: func(body []byte) ([]byte, error) { return body, nil }}
	for _, limits := range []Limits{{}, {Interactions: 3, Size: served}} {
		rules.Limits = limits
		_, err := rules.prepare(SubmittedContract{Body: body})
		require.NoError(t, err)
	}
	for _, limits := range []Limits{{Interactions: 2}, {Size: served - 1}} {
		rules.Limits = limits
		_, err := rules.prepare(SubmittedContract{Body: body})
		require.True(t, fault.Is(err, fault.TooLarge), "%v", err)
	}
}
