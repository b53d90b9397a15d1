package v1_test

import (
	"bytes"
	"os"
	"regexp"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	broker "github.com/accord-broker/accord"
	"github.com/accord-broker/accord/internal/events"
)

// eventSection is a heading of docs/events.md with the example below it.
var eventSection = regexp.MustCompile("(?s)\n### `(\\w+)`\n.+?```json\n(.+?)```")

func TestEvents_haveASectionWithAnExampleEach(t *testing.T) {
	page, err := os.ReadFile("../../../docs/events.md")
	require.NoError(t, err)
	schema := eventSchema(t)
	var told []events.Type
	for _, section := range eventSection.FindAllSubmatch(page, -1) {
		told = append(told, events.Type(section[1]))
		example, err := jsonschema.UnmarshalJSON(bytes.NewReader(section[2]))
		require.NoError(t, err, "%s", section[1])
		require.NoError(t, schema.Validate(example), "%s", section[1])
		require.Equal(t, "accord."+string(section[1]), example.(map[string]any)["type"])
	}
	require.ElementsMatch(t, events.All(), told)
}

// eventSchema is what openapi.yaml says of an event.
func eventSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	var tree any
	require.NoError(t, yaml.Unmarshal(broker.OpenAPI, &tree))
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("openapi", tree))
	schema, err := compiler.Compile("openapi#/components/schemas/Event")
	require.NoError(t, err)
	return schema
}
