package comparison

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOperations_areListedByPathAndMethod(t *testing.T) {
	d, err := ReadDocument([]byte("openapi: 3.0.3\npaths:\n  /b/{id}:\n    put: {}\n    get: {summary: One of them}\n  /a:\n    post: {}\n"))
	require.NoError(t, err)
	require.Equal(t, []Operation{{Method: "POST", Path: "/a"}, {Method: "GET", Path: "/b/{id}", Summary: "One of them"}, {Method: "PUT", Path: "/b/{id}"}}, d.Operations())
}

const shopEvents = `asyncapi: 3.0.0
channels:
  orders:
    address: shop/orders
    messages:
      placed: {$ref: '#/components/messages/placed'}
operations:
  orderPlaced:
    action: send
    channel: {$ref: '#/channels/orders'}
    summary: An order was placed
  priceAsked:
    action: receive
    channel: {$ref: '#/channels/orders'}
    messages: [{$ref: '#/channels/orders/messages/placed'}]
    reply:
      messages: [{$ref: '#/components/messages/price'}]
components:
  messages:
    placed: {name: OrderPlaced, title: What was ordered, contentType: application/json, headers: {type: object, properties: {trace: {type: string}}}, payload: {type: object, required: [id], properties: {id: {type: integer}}}}
    price: {payload: {schemaFormat: application/vnd.apache.avro, schema: {type: record}}}
`

func TestOperations_ofMessagesAreListedWithTheirIDs(t *testing.T) {
	for name, tt := range map[string]struct {
		document string
		want     []Operation
	}{
		"version 3": {shopEvents, []Operation{{Method: "RECEIVE", Path: "shop/orders", ID: "priceAsked"}, {Method: "SEND", Path: "shop/orders", ID: "orderPlaced", Summary: "An order was placed"}}},
		"version 2": {"asyncapi: 2.6.0\nchannels:\n  orders:\n    subscribe: {operationId: orderPlaced, summary: An order}\n    publish: {message: {}}\n  none: {}\n",
			[]Operation{{Method: "PUBLISH", Path: "orders"}, {Method: "SUBSCRIBE", Path: "orders", ID: "orderPlaced", Summary: "An order"}}},
		"a channel without an address": {"asyncapi: 3.0.0\nchannels: {orders: {}}\noperations: {o: {action: send, channel: {$ref: '#/channels/orders'}}}\n", []Operation{{Method: "SEND", Path: "orders", ID: "o"}}},
		"nothing":                      {"asyncapi: 3.0.0\nchannels: {}\n", nil},
		"nonsense":                     {"asyncapi: 3.0.0\nchannels: [7]\noperations: {a: 7, b: {channel: 7}}\n", []Operation{{ID: "a"}, {ID: "b"}}},
	} {
		d, err := ReadDocument([]byte(tt.document))
		require.NoError(t, err, name)
		require.Equal(t, tt.want, d.Operations(), name)
		for _, o := range tt.want {
			_, found := d.Outline(o)
			require.True(t, found, "%s: %v", name, o)
		}
	}
}

func TestOutline_describesMessagesAndReplies(t *testing.T) {
	d, err := ReadDocument([]byte(shopEvents))
	require.NoError(t, err)
	asked, found := d.Outline(Operation{Method: "RECEIVE", Path: "shop/orders", ID: "priceAsked"})
	require.True(t, found)
	require.Equal(t, Outline{Parts: []OutlinePart{
		{Title: "Message OrderPlaced, headers", Lines: []OutlineLine{{Type: "object"}, {Depth: 1, Name: "trace", Type: "string"}}},
		{Title: "Message OrderPlaced, application/json", Note: "What was ordered", Lines: []OutlineLine{{Type: "object"}, {Depth: 1, Name: "id", Type: "integer", Required: true}}},
		{Title: "Reply price"},
	}}, asked, "a schema in another language is not read")
	sent, found := d.Outline(Operation{Method: "SEND", Path: "shop/orders", ID: "orderPlaced", Summary: "An order was placed"})
	require.True(t, found)
	require.Equal(t, asked.Parts[:2], sent.Parts, "without messages of its own, those of the channel")
	_, found = d.Outline(Operation{Method: "SEND", Path: "shop/orders", ID: "orderLost"})
	require.False(t, found)
}
