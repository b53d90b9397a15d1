package openapi

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const sample = `
openapi: 3.1.0
paths:
  /things/{id}:
    get:
      responses:
        "200": {$ref: "#/components/responses/Thing"}
components:
  responses:
    Thing:
      content:
        application/vnd.thing+json:
          schema: {$ref: "#/components/schemas/Thing"}
  schemas:
    Thing: {type: object, required: [id], properties: {id: {type: string, format: uuid}}}
`

func TestDocument_leadsFromPlaceToPlace(t *testing.T) {
	d, err := Read([]byte(sample))
	require.NoError(t, err)
	at := d.Follow("/paths/" + Token("/things/{id}") + "/get/responses/200")
	require.Equal(t, "/components/responses/Thing", at)
	require.Equal(t, "object", d.Find("/components/schemas/Thing/type"))
	require.Equal(t, "id", d.Find("/components/schemas/Thing/required/0"))
	for _, nowhere := range []string{"/paths/x", "/components/schemas/Thing/required/7", "/components/schemas/Thing/required/-1", "/openapi/x"} {
		require.Nil(t, d.Find(nowhere), nowhere)
	}
	require.Equal(t, "/openapi", d.Follow("/openapi"))
}

func TestDocument_compilesSchemasWhereTheyStand(t *testing.T) {
	d, err := Read([]byte(sample))
	require.NoError(t, err)
	schema, err := d.Schema("/components/responses/Thing/content/" + Token("application/vnd.thing+json") + "/schema")
	require.NoError(t, err)
	require.NoError(t, schema.Validate(map[string]any{"id": "0e2b1d3c-53a0-4a43-9d5a-3f0a3f3ad5d1"}))
	require.Error(t, schema.Validate(map[string]any{"id": "seven"}), "formats are held")
	require.Error(t, schema.Validate(map[string]any{}))
	_, err = d.Schema("/nowhere")
	require.ErrorContains(t, err, "/nowhere")
}

func TestRead_refusesWhatIsNoDocument(t *testing.T) {
	_, err := Read([]byte("a: [1"))
	require.Error(t, err)
	_, err = Read([]byte("1: a"))
	require.Error(t, err)
}
