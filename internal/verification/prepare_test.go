package verification

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
)

func TestPublish_compressesTestResultsBeforeTheTransaction(t *testing.T) {
	var done []string
	s := NewService(func(tests []byte) ([]byte, error) {
		done = append(done, "compress "+string(tests))
		return tests, nil
	}, func(context.Context, func(context.Context, Tx) error) error {
		done = append(done, "transaction")
		return nil
	})
	_, err := s.Publish(t.Context(), contracts.PactQuery{}, contracts.Metadata{}, Submission{TestResults: []byte("[1]")})
	require.NoError(t, err)
	require.Equal(t, []string{"compress [1]", "transaction"}, done)
	done = nil
	prepared, err := s.Prepare(Submission{TestResults: []byte("[2]")})
	require.NoError(t, err)
	_, err = s.Publish(t.Context(), contracts.PactQuery{}, contracts.Metadata{}, prepared)
	require.NoError(t, err)
	require.Equal(t, []string{"compress [2]", "transaction"}, done, "what is prepared is not compressed again")
	done = nil
	_, err = s.Publish(t.Context(), contracts.PactQuery{}, contracts.Metadata{}, Submission{})
	require.NoError(t, err)
	require.Equal(t, []string{"transaction"}, done, "nothing is stored where nothing was sent")
}
