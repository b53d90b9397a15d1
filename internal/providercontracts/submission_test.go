package providercontracts

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
)

// What is wrong with documents is told by what the request calls its parts.
func TestReadDocuments_namesPartsAsTheRequestDoes(t *testing.T) {
	s := Submission{Contracts: []Submitted{
		{Content: []byte(ordersDocument), Specification: "openapi"}, {Content: []byte("a: 1")}, {Content: []byte(ordersDocument), Specification: "asyncapi"},
	}}
	err := s.ReadDocuments(func(contract int, part Part) string {
		return []string{"first", "second", "third"}[contract] + map[Part]string{Content: ".document", Specification: ".kind"}[part]
	})
	require.True(t, fault.Is(err, fault.Invalid))
	require.ErrorContains(t, err, "second.document cannot be read as a document of a provider")
	require.ErrorContains(t, err, `third.kind is "asyncapi", but the content is "oas"`)
	require.NotContains(t, err.Error(), "first")
}

func TestReadDocuments_takesWhatFitsTogether(t *testing.T) {
	field := func(int, Part) string { return "" }
	half := []byte(`{"openapi":"3.0.3","x":[1` + strings.Repeat(",1", 600_000) + `]}`)
	two := Submission{Contracts: []Submitted{{Content: half}, {Content: half}}}
	require.ErrorContains(t, two.ReadDocuments(field), "contracts cannot be read together. The provider contract cannot be compared: it holds too much")
	two.Contracts = two.Contracts[:1]
	require.NoError(t, two.ReadDocuments(field))
	require.Equal(t, "oas", two.Contracts[0].says.specification)
}

// A transaction that was overtaken by another is tried again with what was read once.
func TestPublish_canBeTriedAgain(t *testing.T) {
	s := Submission{Contracts: []Submitted{{Content: []byte(ordersDocument)}}}
	require.NoError(t, s.ReadDocuments(nil))
	overtaken, compressed := errors.New("overtaken"), 0
	service := &Service{
		Compress: func(content []byte) ([]byte, error) {
			require.Equal(t, ordersDocument, string(content))
			compressed++
			return content, nil
		},
		InTx: func(context.Context, func(context.Context, Tx) error) error { return overtaken },
	}
	for try := 1; try <= 2; try++ {
		_, err := service.Publish(t.Context(), s)
		require.ErrorIs(t, err, overtaken)
		require.Equal(t, try, compressed)
	}
}
