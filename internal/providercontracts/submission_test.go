package providercontracts

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
)

var encodedOrders = base64.StdEncoding.EncodeToString([]byte(ordersDocument))

// readSubmission reads the body and the documents in it.
func readSubmission(provider string, body []byte, several bool) (Submission, error) {
	s, err := ReadSubmission(provider, body, several)
	if err == nil {
		err = s.ReadDocuments()
	}
	return s, err
}

func readOldSubmission(provider, version string, body []byte) (Submission, error) {
	s, err := ReadOldSubmission(provider, version, body)
	if err == nil {
		err = s.ReadDocuments()
	}
	return s, err
}

func TestReadSubmission_looksAtDocumentsLast(t *testing.T) {
	s, err := ReadSubmission("Orders", bodyWith(t, map[string]any{"content": base64.StdEncoding.EncodeToString([]byte("no document"))}), false)
	require.NoError(t, err, "it was not looked at")
	require.Positive(t, s.Weight())
	require.ErrorContains(t, s.ReadDocuments(), "contract.content cannot be read as a document of a provider")

	half := []byte(`{"openapi":"3.0.3","x":[1` + strings.Repeat(",1", 600_000) + `]}`)
	two := Submission{Contracts: []Submitted{{Content: half}, {Content: half}}}
	require.ErrorContains(t, two.ReadDocuments(), "contracts cannot be read together. The provider contract cannot be compared: it holds too much")
	two.Contracts = two.Contracts[:1]
	require.NoError(t, two.ReadDocuments())
}

func bodyWith(t *testing.T, contract map[string]any) []byte {
	t.Helper()
	body, err := json.Marshal(map[string]any{"pacticipantVersionNumber": "9", "tags": nil, "branch": nil, "buildUrl": nil, "contract": contract})
	require.NoError(t, err)
	return body
}

func TestReadSubmission_readsWhatClientsSend(t *testing.T) {
	success := true
	for name, tt := range map[string]struct {
		contract map[string]any
		want     Submitted
	}{
		"nothing but the content": {map[string]any{"content": encodedOrders}, Submitted{ContentType: "application/yaml"}},
		"without padding, with line breaks": {map[string]any{"content": strings.TrimRight(encodedOrders[:20]+"\n"+encodedOrders[20:], "=")},
			Submitted{ContentType: "application/yaml"}},
		"a success without a report": {map[string]any{"content": encodedOrders, "specification": "oas", "selfVerificationResults": map[string]any{"success": true}},
			Submitted{ContentType: "application/yaml", Evidence: Evidence{Success: &success}}},
		"a report, but no word of success": {map[string]any{"content": encodedOrders, "selfVerificationResults": map[string]any{"content": "YWxsIGdvb2Q=", "verifier": "own"}},
			Submitted{ContentType: "application/yaml", Evidence: Evidence{Content: []byte("all good"), Verifier: "own", SHA: SHAOf([]byte("all good"))}}},
		"a report as it is": {map[string]any{"content": encodedOrders, "contentType": "text/yaml", "selfVerificationResults": map[string]any{"content": "all good"}},
			Submitted{ContentType: "text/yaml", Evidence: Evidence{Content: []byte("all good"), SHA: SHAOf([]byte("all good"))}}},
		"null in place of evidence": {map[string]any{"content": encodedOrders, "selfVerificationResults": nil}, Submitted{ContentType: "application/yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := readSubmission("Orders", bodyWith(t, tt.contract), false)
			require.NoError(t, err)
			require.Len(t, s.Contracts, 1)
			got := s.Contracts[0]
			require.Equal(t, ordersDocument, string(got.Content))
			require.NotEmpty(t, got.says.specification)
			got.Content, got.says, got.Name = nil, documentSummary{}, ""
			got.specification, got.member, got.place = "", "", ""
			require.Equal(t, tt.want, got)
		})
	}
}

func TestReadSubmission_readsJSON(t *testing.T) {
	s, err := readSubmission("Orders", bodyWith(t, map[string]any{"content": base64.StdEncoding.EncodeToString([]byte(` {"swagger": "2.0", "paths": {}}`))}), false)
	require.NoError(t, err)
	require.Equal(t, "application/json", s.Contracts[0].ContentType)
	require.Equal(t, "2.0", s.Contracts[0].says.version)
}

func TestReadSubmission_namesEverythingThatIsWrong(t *testing.T) {
	_, err := readSubmission(" ", []byte(`{"pacticipantVersionNumber": 7, "tags": ["a", 1], "contract": {"content": "%%", "contentType": 1, "selfVerificationResults": {"success": "yes"}}}`), false)
	var invalid *fault.Error
	require.True(t, errors.As(err, &invalid))
	var names []string
	for _, f := range invalid.Fields {
		names = append(names, f.Name)
	}
	require.ElementsMatch(t, []string{"provider", "pacticipantVersionNumber", "tags[1]", "contract.content", "contract.contentType", "contract.selfVerificationResults.success"}, names)

	_, err = readSubmission("Orders", []byte(`[]`), false)
	require.True(t, fault.Is(err, fault.Malformed))
	_, err = readSubmission("Orders", nil, true)
	require.ErrorContains(t, err, "contracts is missing")
	_, err = readSubmission("Orders", bodyWith(t, map[string]any{"content": encodedOrders, "specification": "graphql"}), false)
	require.ErrorContains(t, err, `contract.specification is "graphql", but must be oas or asyncapi`)
}

func TestReadSubmission_boundsEvidence(t *testing.T) {
	_, err := readSubmission("Orders", bodyWith(t, map[string]any{"content": encodedOrders, "selfVerificationResults": map[string]any{"content": strings.Repeat("- ", maxEvidence)}}), false)
	require.ErrorContains(t, err, "contract.selfVerificationResults.content cannot have more than 5 MB")
}

func FuzzReadSubmission(f *testing.F) {
	f.Add([]byte(`{"pacticipantVersionNumber": "9", "contract": {"content": "`+encodedOrders+`", "selfVerificationResults": {"success": true}}}`), false)
	f.Add([]byte(`{"contracts": [{"name": "a", "content": "e30="}, 7]}`), true)
	f.Fuzz(func(t *testing.T, body []byte, several bool) {
		s, err := readSubmission("Orders", body, several)
		if err == nil {
			require.NotEmpty(t, s.Contracts)
			for _, c := range s.Contracts {
				require.NotEmpty(t, c.says.specification)
			}
			return
		}
		require.NotEqual(t, fault.Internal, fault.KindOf(err))
	})
}

// A transaction that was overtaken by another is tried again with what was read once.
func TestPublish_canBeTriedAgain(t *testing.T) {
	s, err := readSubmission("Orders", bodyWith(t, map[string]any{"content": encodedOrders}), false)
	require.NoError(t, err)
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
		_, err = service.Publish(t.Context(), s)
		require.ErrorIs(t, err, overtaken)
		require.Equal(t, try, compressed)
	}
}
