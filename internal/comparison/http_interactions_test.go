package comparison_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

func TestHTTPInteractions_tellWhatIsSentAndRead(t *testing.T) {
	for name, tt := range map[string]struct {
		pact string
		want map[int]comparison.HTTPInteraction
	}{
		"the query as text": {
			`{"interactions":[{"request":{"path":"/","query":"b=1&a%20c=2&a%20c=3","headers":{"X-One":"1"}},"response":{"status":200,"headers":{"ETag":"x"},"body":{"id":1}}}]}`,
			map[int]comparison.HTTPInteraction{0: {Status: 200, Query: []string{"b", "a c", "a c"}, RequestHeaders: []string{"x-one"}, ResponseHeaders: []string{"etag"}, Response: map[string]any{"id": json.Number("1")}}},
		},
		"bodies of version 4": {
			`{"metadata":{"pactSpecification":{"version":"4.0"}},"interactions":[
				{"type":"Asynchronous/Messages","contents":{"content":{}}},
				{"type":"Synchronous/HTTP","request":{"method":"POST","path":"/","query":{"q":["1"]},"body":{"contentType":"text/plain","content":"hi"}},
					"response":{"status":201,"body":{"contentType":"application/json","encoded":"JSON","content":"[true]"}}}]}`,
			map[int]comparison.HTTPInteraction{1: {Status: 201, Query: []string{"q"}, RequestHeaders: []string{}, ResponseHeaders: []string{}, Request: "hi", Response: []any{true}}},
		},
		"nothing but messages": {`{"messages":[{"description":"m"}]}`, map[int]comparison.HTTPInteraction{}},
	} {
		t.Run(name, func(t *testing.T) {
			pact, err := comparison.ReadPact([]byte(tt.pact))
			require.NoError(t, err)
			require.Equal(t, tt.want, pact.HTTPInteractions())
		})
	}
}
