package v1_test

import (
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	broker "github.com/accord-broker/accord"
	"github.com/accord-broker/accord/client"
	"github.com/accord-broker/accord/internal/webhooks"
)

// A condition that webhooks know is in the contract, in the client and on the page
// about webhooks, and there is no other.
func TestConditions_areTheSameWhereverTheyAreSaid(t *testing.T) {
	known := slices.Sorted(maps.Keys(webhooks.EventFilter{}.Lists()))

	var contract struct {
		Components struct {
			Schemas struct {
				EventFilter struct{ Properties map[string]any } `yaml:"EventFilter"`
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(broker.OpenAPI, &contract))
	require.Equal(t, known, slices.Sorted(maps.Keys(contract.Components.Schemas.EventFilter.Properties)))

	var inClient []string
	for field := range reflect.TypeFor[client.EventFilter]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		inClient = append(inClient, name)
	}
	require.ElementsMatch(t, known, inClient)

	page, err := os.ReadFile("../../../docs/webhooks.md")
	require.NoError(t, err)
	_, table, _ := strings.Cut(string(page), "| condition | looks at |")
	table, _, _ = strings.Cut(table, "\n\n")
	for _, name := range known {
		require.Contains(t, table, "`"+name+"`")
	}
}
