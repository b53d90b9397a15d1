package providercontracts

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPublish_compressesDocumentsAndReportsBeforeTheTransaction(t *testing.T) {
	var done []string
	failed := errors.New("the transaction")
	s := Service{
		Compress: func(content []byte) ([]byte, error) {
			done = append(done, string(content))
			return content, nil
		},
		InTx: func(context.Context, func(context.Context, Tx) error) error {
			done = append(done, "transaction")
			return failed
		},
	}
	submission := Submission{Contracts: []Submitted{{Content: []byte(ordersDocument), Evidence: Evidence{Content: []byte("all good")}}, {Content: []byte(stockDocument)}}}
	require.NoError(t, submission.ReadDocuments(nil))
	all := []string{ordersDocument, "all good", stockDocument, "transaction"}
	_, err := s.Publish(t.Context(), submission)
	require.ErrorIs(t, err, failed)
	require.Equal(t, all, done)

	done = nil
	prepared, err := s.Prepare(submission)
	require.NoError(t, err)
	_, err = s.Publish(t.Context(), prepared)
	require.ErrorIs(t, err, failed)
	require.Equal(t, all, done, "what is prepared is not compressed again")
}

func TestSave_packsReportsBeforeTheTransaction(t *testing.T) {
	var done []string
	c := Comparer{
		PackReport: func(r Report) ([]byte, error) {
			done = append(done, r.Findings[0].Message)
			return nil, nil
		},
		InTx: func(context.Context, func(context.Context, ComparerTx) error) error {
			done = append(done, "transaction")
			return nil
		},
	}
	made := Compared{}
	made.Comparison.Report.Findings = []Finding{{}}
	made.Comparison.Report.Findings[0].Message = "new"
	known := Compared{Comparison: Comparison{ID: 7}}
	require.NoError(t, c.save(t.Context(), []Compared{known, made}))
	require.Equal(t, []string{"new", "transaction"}, done, "what is stored already is not packed again")
}
