package oaschanges_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/oaschanges"
)

const document = `openapi: 3.0.3
info: {title: Orders, version: "1"}
paths:
  /orders/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: An order.
          content:
            application/json:
              schema:
                type: object
                required: [id]
                properties: {id: {type: integer}, state: {type: string}}
  /orders:
    get: {responses: {"200": {description: ok}}}
`

func TestBetween_tellsWhatBreaksByTheBook(t *testing.T) {
	for name, tt := range map[string]struct {
		old, new string
		level    oaschanges.Level
		path     string
	}{
		"an operation is gone":         {"  /orders:\n    get: {responses: {\"200\": {description: ok}}}\n", "", oaschanges.Breaking, "/orders"},
		"a required property is gone":  {"required: [id]\n                properties: {id: {type: integer}, ", "properties: {", oaschanges.Breaking, "/orders/{id}"},
		"an optional property is gone": {", state: {type: string}", "", oaschanges.Info, "/orders/{id}"},
		"a type is another":            {"{type: integer}", "{type: string}", oaschanges.Breaking, "/orders/{id}"},
		"an operation is new":          {"  /orders:\n", "  /stock:\n    get: {responses: {\"200\": {description: ok}}}\n  /orders:\n", oaschanges.Info, "/stock"},
	} {
		t.Run(name, func(t *testing.T) {
			changes, err := oaschanges.Between([]byte(document), []byte(strings.Replace(document, tt.old, tt.new, 1)))
			require.NoError(t, err)
			require.NotEmpty(t, changes)
			require.Equal(t, tt.level, changes[0].Level, "%+v", changes)
			require.Equal(t, tt.path, changes[0].Path)
			require.Equal(t, "GET", changes[0].Method)
			require.NotEmpty(t, changes[0].Rule)
			require.NotEmpty(t, changes[0].Text)
		})
	}
}

func TestBetween_findsNothingWhereNothingChanged(t *testing.T) {
	changes, err := oaschanges.Between([]byte(document), []byte(document))
	require.NoError(t, err)
	require.Empty(t, changes)
}

func TestBetween_readsOpenAPI2(t *testing.T) {
	old := "swagger: '2.0'\ninfo: {title: a, version: '1'}\npaths:\n  /a:\n    get: {responses: {200: {description: ok}}}\n  /b:\n    get: {responses: {200: {description: ok}}}\n"
	changes, err := oaschanges.Between([]byte(old), []byte(strings.Replace(old, "/b", "/c", 1)))
	require.NoError(t, err)
	require.Equal(t, oaschanges.Breaking, changes[0].Level)
	require.Equal(t, "/b", changes[0].Path)
}

func TestBetween_saysWhatItCannotRead(t *testing.T) {
	for _, bad := range []string{"", "[", "asyncapi: 3.0.0\n", "openapi: 3.0.3\npaths: 7\n", "openapi: 3.0.3\npaths: {/a: {$ref: 'file:///etc/passwd'}}\n", "openapi: 3.0.3\ninfo: {title: a, version: '1'}\npaths: {/a: {$ref: 'http://127.0.0.1:1/x'}}\n"} {
		_, err := oaschanges.Between([]byte(document), []byte(bad))
		require.ErrorIs(t, err, oaschanges.ErrUnreadable, bad)
	}
}

func FuzzBetween(f *testing.F) {
	f.Add([]byte(document), []byte("openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {}\n"))
	f.Add([]byte("swagger: '2.0'\n"), []byte(document))
	f.Fuzz(func(t *testing.T, before, after []byte) {
		if _, err := oaschanges.Between(before, after); err != nil {
			require.ErrorIs(t, err, oaschanges.ErrUnreadable)
		}
	})
}
