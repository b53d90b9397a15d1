package oaschanges_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/oaschanges"
)

// entangled is a document whose schemas lead to each other in so many ways that
// nobody could follow them all.
func entangled(depth int, last string) []byte {
	var text strings.Builder
	text.WriteString("openapi: 3.0.3\ninfo: {title: a, version: '1'}\npaths:\n  /a:\n    get:\n      responses:\n        '200':\n          description: ok\n          content: {application/json: {schema: {$ref: '#/components/schemas/S0'}}}\ncomponents:\n  schemas:\n")
	for i := range depth {
		fmt.Fprintf(&text, "    S%d: {type: object, properties: {a: {$ref: '#/components/schemas/S%d'}, b: {$ref: '#/components/schemas/S%d'}}}\n", i, i+1, i+1)
	}
	fmt.Fprintf(&text, "    S%d: {type: %s}\n", depth, last)
	return []byte(text.String())
}

func TestBetween_endsWhateverTheSchemas(t *testing.T) {
	for _, depth := range []int{10, 14, 60} {
		start := time.Now()
		changes, err := oaschanges.Between(entangled(depth, "string"), entangled(depth, "integer"))
		t.Log(depth, len(changes), err, time.Since(start))
		require.Less(t, time.Since(start), 10*time.Second)
	}
}

// everyWay is a document in which each schema leads to all others.
func everyWay(schemas int, last string) []byte {
	var text strings.Builder
	text.WriteString("openapi: 3.0.3\ninfo: {title: a, version: '1'}\npaths:\n  /a:\n    get:\n      responses:\n        '200':\n          description: ok\n          content: {application/json: {schema: {$ref: '#/components/schemas/S0'}}}\ncomponents:\n  schemas:\n")
	for i := range schemas {
		fmt.Fprintf(&text, "    S%d:\n      type: object\n      properties:\n        x: {type: %s}\n", i, last)
		for j := range schemas {
			fmt.Fprintf(&text, "        p%d: {$ref: '#/components/schemas/S%d'}\n", j, j)
		}
	}
	return []byte(text.String())
}

func TestBetween_endsThoughSchemasLeadToEachOther(t *testing.T) {
	for _, schemas := range []int{4, 6, 7, 8} {
		changes, err := oaschanges.Between(everyWay(schemas, "string"), everyWay(schemas, "integer"))
		require.NoError(t, err, "%d schemas", schemas)
		require.NotEmpty(t, changes, "%d schemas", schemas)
	}
}
