package comparison_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

func TestLines(t *testing.T) {
	pointers := []string{"", "/paths/~1items/get", "/paths/~1items/get/parameters/1/name", "/paths/~1items/get/additionalProperties", "/none", "/paths/~1items/get/parameters/1"}
	want := map[string]int{pointers[0]: 1, pointers[1]: 5, pointers[2]: 8, pointers[3]: 5, pointers[4]: 1, pointers[5]: 8}
	tests := map[string]string{
		"json": "{\n \"openapi\": \"3.0.0\",\n \"paths\": {\n  \"/items\": {\n   \"get\": {\n    \"parameters\": [\n     {},\n     {\"name\": \"a\"}]}}}}",
		"yaml": "openapi: 3.0.0\n\npaths:\n  /items:\n    get:\n      parameters:\n        - {}\n        - name: a\n",
		"flow": "{openapi: 3.0.0,\n\npaths: {\n  /items: {\n    get: {\n      parameters: [\n        {},\n        {name: a}]}}}}",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) { require.Equal(t, want, comparison.Lines([]byte(text), pointers)) })
	}
	require.Empty(t, comparison.Lines([]byte("{ [ :"), pointers))
}
