package openapitest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The conventions that docs/api-guide.md promises of every operation.
func TestContract_keepsTheConventionsOfTheGuide(t *testing.T) {
	for _, o := range Operations() {
		name := o.Method + " " + o.Path
		takes := map[string]bool{}
		for _, p := range o.definition.Parameters {
			takes[p.Value.In+" "+p.Value.Name] = true
		}
		require.Equal(t, o.Method == http.MethodPost, takes["header Idempotency-Key"], "%s: every POST takes an Idempotency-Key, and nothing else", name)
		_, readable := contract().find(http.MethodGet, o.Path)
		changes := o.Method == http.MethodPut || o.Method == http.MethodPatch || o.Method == http.MethodDelete
		require.Equal(t, readable && changes, takes["header If-Match"], "%s: what can be read is changed on condition", name)
		if !strings.HasPrefix(o.Path, "/api/") {
			continue
		}
		require.False(t, takes["query cursor"] && !takes["query limit"], "%s: a list that has a cursor takes a limit, too", name)
		if o.ID == "exchangeToken" {
			continue // its failures are those of OAuth
		}
		for status, response := range o.definition.Responses.Map() {
			if status < "400" {
				continue
			}
			for media := range response.Value.Content {
				require.Equal(t, "application/problem+json", media, "%s answers %s", name, status)
			}
		}
	}
}
