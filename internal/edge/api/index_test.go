package api_test

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	broker "github.com/accord-broker/accord"
	"github.com/accord-broker/accord/internal/edge/api"
)

// links reads the relations of an answer, which are objects or lists of them.
func links(t *testing.T, body []byte) map[string]any {
	var answer struct {
		Links map[string]any `json:"_links"`
	}
	require.NoError(t, json.Unmarshal(body, &answer))
	return answer.Links
}

func TestShowIndex_listsTheRelations(t *testing.T) {
	w := call(t, &api.API{}, "GET", "/", "")
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "application/hal+json;charset=utf-8", w.Header().Get("Content-Type"))

	golden, err := os.ReadFile("testdata/showIndex_relations.json")
	require.NoError(t, err)
	want := map[string]any{}
	require.NoError(t, json.Unmarshal(golden, &want))
	got := links(t, w.Body.Bytes())
	for name, link := range got {
		if link, ok := link.(map[string]any); ok {
			require.NotEmpty(t, link["title"], name)
			delete(link, "title")
		}
	}
	require.Equal(t, want, got)
}

func TestShowIndex_answersUnderEveryFormOfTheAddress(t *testing.T) {
	for _, target := range []string{"/", "/?"} {
		require.Equal(t, http.StatusOK, call(t, &api.API{}, "GET", target, "").Code, target)
	}
}

func TestShowIndex_hidesTheSelectionOfPactsOnRequest(t *testing.T) {
	got := links(t, call(t, &api.API{HidePactsForVerification: true}, "GET", "/", "").Body.Bytes())
	require.NotContains(t, got, "pb:provider-pacts-for-verification")
	require.NotContains(t, got, "beta:provider-pacts-for-verification")
	require.Contains(t, got, "pb:environments")
}

func TestShowContract_sendsTheContract(t *testing.T) {
	w := call(t, &api.API{}, "GET", "/openapi.yaml", "", "Accept: application/json")
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "application/yaml;charset=utf-8", w.Header().Get("Content-Type"))
	require.Equal(t, string(broker.OpenAPI), w.Body.String())
}
