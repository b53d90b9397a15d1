package openapitest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
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

// A link that takes what the answer does not have leads nowhere.
func TestContract_linksWhatAnswersHave(t *testing.T) {
	for _, o := range Operations() {
		for status, response := range o.definition.Responses.Map() {
			for name, link := range response.Value.Links {
				for parameter, expression := range link.Value.Parameters {
					property, ofBody := strings.CutPrefix(fmt.Sprint(expression), "$response.body#/")
					if !ofBody {
						continue
					}
					for media, content := range response.Value.Content {
						require.Contains(t, slices.Collect(maps.Keys(shapeOf(content.Schema.Value).properties)), property, "%s answers %s in %s: the link %s takes its %s from there", o.ID, status, media, name, parameter)
					}
				}
			}
		}
	}
}
