package comparison_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

const asyncDocument = `
asyncapi: 3.0.0
info: {title: Orders, version: '1'}
defaultContentType: application/json
channels:
  orders:
    messages:
      placed: {$ref: '#/components/messages/Placed'}
      cancelled: {$ref: '#/components/messages/Cancelled'}
  quotes:
    messages:
      ask: {payload: {type: object, required: [item], properties: {item: {type: string}, n: {type: integer}}}}
  prices:
    messages:
      price: {payload: {type: object, properties: {amount: {type: number}}}}
      none: {payload: {type: object, properties: {why: {type: string}}}}
  raw:
    messages:
      picture: {contentType: image/png, payload: {type: string}}
      avro: {payload: {schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {type: record}}}
      multi: {payload: {schemaFormat: 'application/schema+json;version=draft-07', schema: {type: object, properties: {a: {type: integer}}}}}
      bare: {}
operations:
  onOrder: {action: send, channel: {$ref: '#/channels/orders'}}
  onPlaced: {action: send, channel: {$ref: '#/channels/orders'}, messages: [{$ref: '#/channels/orders/messages/placed'}]}
  onNothing: {action: send, channel: {$ref: '#/channels/orders'}, messages: []}
  quote: {action: receive, channel: {$ref: '#/channels/quotes'}, reply: {channel: {$ref: '#/channels/prices'}}}
  quotePrice: {action: receive, channel: {$ref: '#/channels/quotes'}, reply: {messages: [{$ref: '#/channels/prices/messages/price'}]}}
  oneWay: {action: receive, channel: {$ref: '#/channels/quotes'}}
  onPicture: {action: send, channel: {$ref: '#/channels/raw'}, messages: [{$ref: '#/channels/raw/messages/picture'}]}
  onAvro: {action: send, channel: {$ref: '#/channels/raw'}, messages: [{$ref: '#/channels/raw/messages/avro'}]}
  onMulti: {action: send, channel: {$ref: '#/channels/raw'}, messages: [{$ref: '#/channels/raw/messages/multi'}]}
  onBare: {action: send, channel: {$ref: '#/channels/raw'}, messages: [{$ref: '#/channels/raw/messages/bare'}]}
  broken: {$ref: '#/components/operations/None'}
components:
  messages:
    Placed:
      headers: {type: object, required: [tenant], properties: {tenant: {type: string}, n: {type: integer}}}
      payload: {type: object, required: [id], properties: {id: {type: integer}, items: {type: array, items: {$ref: '#/components/schemas/Item'}}}}
    Cancelled: {payload: {type: object, properties: {reason: {type: string, enum: [late, wrong]}}}}
  schemas:
    Item: {type: object, properties: {sku: {type: string}}}
`

func event(operation, more string) string {
	return fmt.Sprintf(`{"type":"Asynchronous/Messages","description":"an event","comments":{"references":{"AsyncAPI":{"operationId":%q}}},%s}`, operation, more)
}

func question(operation, more string) string {
	return fmt.Sprintf(`{"type":"Synchronous/Messages","description":"a question","comments":{"references":{"AsyncAPI":{"operationId":%q}}},%s}`, operation, more)
}

func contents(content string) string {
	return fmt.Sprintf(`"contents":{"content":%s,"contentType":"application/json"}`, content)
}

func TestMessages(t *testing.T) {
	const matched, noMatch = "info message.matched", "error message.no.match"
	tests := []struct{ name, interaction, want string }{
		{"fits the first of the channel", event("onOrder", contents(`{"id":1,"items":[{"sku":"a"}]}`)), matched},
		{"fits another of the channel", event("onOrder", contents(`{"reason":"late"}`)), matched},
		{"less than is required will do", event("onPlaced", contents(`{"items":[]}`)), matched},
		{"more than is described will not", event("onPlaced", contents(`{"id":1,"other":1}`)), noMatch},
		{"more than is described within will not", event("onPlaced", contents(`{"items":[{"skew":"a"}]}`)), noMatch},
		{"of the wrong type", event("onPlaced", contents(`{"id":"x"}`)), noMatch},
		{"fits none", event("onOrder", contents(`{"reason":"other"}`)), noMatch},
		{"fits one that the operation does not have", event("onPlaced", contents(`{"reason":"late"}`)), noMatch},
		{"the operation has none", event("onNothing", contents(`{}`)), noMatch},
		{"metadata fits the headers", event("onPlaced", `"metadata":{"tenant":"a","n":1},`+contents(`{"id":1}`)), matched},
		{"metadata need not hold what is required", event("onPlaced", `"metadata":{"n":1},`+contents(`{"id":1}`)), matched},
		{"metadata of the wrong type", event("onPlaced", `"metadata":{"tenant":1},`+contents(`{"id":1}`)), noMatch},
		{"metadata with more than is described", event("onPlaced", `"metadata":{"other":"a"},`+contents(`{"id":1}`)), noMatch},
		{"metadata where no headers are described", event("onOrder", `"metadata":{"any":"a"},`+contents(`{"reason":"late"}`)), matched},
		{"metadata with the content type", event("onPlaced", `"metadata":{"contentType":"application/json","tenant":"a"},`+contents(`{"id":1}`)), matched},
		{"no contents", event("onPlaced", `"description":"an event"`), matched},
		{"contents as JSON text", event("onPlaced", `"contents":{"content":"{\"id\":\"x\"}","contentType":"application/json","encoded":"JSON"}`), noMatch},
		{"contents in base64", event("onPlaced", `"contents":{"content":"eyJpZCI6MX0=","contentType":"application/json","encoded":"base64"}`), matched},
		{"without a type, that of the document", event("onPlaced", `"contents":{"content":{"id":"x"}}`), noMatch},
		{"a payload that is not JSON", event("onPicture", `"contents":{"content":"AAAA","contentType":"image/png","encoded":"base64"}`), matched + "; warning message.payload.unvalidatable"},
		{"a message that is not JSON", event("onPicture", `"contents":{"content":"AAAA"}`), matched + "; warning message.payload.unvalidatable"},
		{"a schema in another language", event("onAvro", contents(`{"a":1}`)), matched + "; warning message.payload.unvalidatable"},
		{"a schema that names its language", event("onMulti", contents(`{"a":1}`)), matched},
		{"a schema that names its language is judged", event("onMulti", contents(`{"a":"x"}`)), noMatch},
		{"a message without a schema", event("onBare", contents(`{"a":1}`)), matched + "; warning message.payload.unknown"},

		{"no reference", `{"type":"Asynchronous/Messages","description":"an event",` + contents(`{}`) + `}`, "error message.references.missing"},
		{"a reference to another kind of document", `{"type":"Asynchronous/Messages","comments":{"references":{"OpenAPI":{"operationId":"onPlaced"}}},` + contents(`{}`) + `}`, "error message.references.missing"},
		{"a reference that is a text", `{"type":"Asynchronous/Messages","comments":{"references":{"AsyncAPI":"onPlaced"}},` + contents(`{}`) + `}`, "error message.references.missing"},
		{"an operation that is not there", event("onSent", contents(`{}`)), "error message.operation.unknown"},
		{"an operation that refers to nothing", event("broken", contents(`{}`)), "error message.operation.unknown"},
		{"letters count", event("onplaced", contents(`{}`)), "error message.operation.unknown"},

		{"a question and an answer", question("quote", `"request":{`+contents(`{"item":"a"}`)+`},"response":[{`+contents(`{"amount":1}`)+`}]`), matched},
		{"a question and two answers", question("quote", `"request":{`+contents(`{"item":"a"}`)+`},"response":[{`+contents(`{"amount":1}`)+`},{`+contents(`{"why":"no"}`)+`}]`), matched},
		{"a question that lacks what is required", question("quote", `"request":{`+contents(`{"n":1}`)+`},"response":[{`+contents(`{"amount":1}`)+`}]`), noMatch},
		{"a question with more than is described", question("quote", `"request":{`+contents(`{"item":"a","more":1}`)+`},"response":[{`+contents(`{"amount":1}`)+`}]`), matched},
		{"an answer that does not fit", question("quote", `"request":{`+contents(`{"item":"a"}`)+`},"response":[{`+contents(`{"sum":1}`)+`}]`), matched + "; " + noMatch},
		{"an answer that the reply does not list", question("quotePrice", `"request":{`+contents(`{"item":"a"}`)+`},"response":[{`+contents(`{"why":"no"}`)+`}]`), matched + "; " + noMatch},
		{"an answer that is no list", question("quote", `"request":{`+contents(`{"item":"a"}`)+`},"response":{`+contents(`{"amount":1}`)+`}`), matched},
		{"no answers", question("quote", `"request":{`+contents(`{"item":"a"}`)+`}`), matched + "; warning message.response.missing"},
		{"an operation without a reply", question("oneWay", `"request":{`+contents(`{"item":"a"}`)+`},"response":[]`), matched + "; error message.reply.missing"},
		{"HTTP is passed over", `{"type":"Synchronous/HTTP","request":{"method":"GET","path":"/"},"response":{"status":200}}`, ""},
		{"pending only warns", event("onPlaced", `"pending":true,`+contents(`{"id":"x"}`)), "warning message.no.match"},
		{"pending without a reference only warns", `{"type":"Asynchronous/Messages","pending":true,` + contents(`{}`) + `}`, "warning message.references.missing"},
	}
	d, err := comparison.ReadDocument([]byte(asyncDocument))
	require.NoError(t, err)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pact := `{"interactions":[` + tt.interaction + `],"metadata":{"pactSpecification":{"version":"4.0"}}}`
			require.ElementsMatch(t, splitWant(tt.want), kindsAndCodes(findingsFor(t, d, pact)))
		})
	}
}

func TestMessages_sayWhyNoneFits(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(asyncDocument))
	require.NoError(t, err)
	found := findingsFor(t, d, `{"interactions":[`+event("onOrder", `"metadata":{"tenant":7},`+contents(`{"reason":"other"}`))+`],"metadata":{"pactSpecification":{"version":"4.0"}}}`)
	require.Len(t, found, 1)
	require.Equal(t, "[root].interactions[0]", found[0].PactPath)
	var causes []string
	for _, cause := range found[0].Causes {
		causes = append(causes, fmt.Sprintf("%s %s", cause.Code, cause.PactPath))
	}
	require.ElementsMatch(t, []string{
		"message.headers.incompatible [root].interactions[0].metadata.tenant",
		"message.payload.incompatible [root].interactions[0].contents.content",
		"message.payload.incompatible [root].interactions[0].contents.content.reason",
	}, causes)
}

// Of several messages that do not fit, the one that comes closest is told.
func TestMessages_sayWhichComesClosest(t *testing.T) {
	document := func(messages string) string {
		return `{"asyncapi":"3.0.0","channels":{"c":{"messages":{` + messages + `}}},"operations":{"on":{"action":"send","channel":{"$ref":"#/channels/c"}}}}`
	}
	pact := `{"interactions":[` + event("on", contents(`{"a":1,"b":"x"}`)) + `],"metadata":{"pactSpecification":{"version":"4.0"}}}`
	far := `"far":{"payload":{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"}}}}`
	near := `"near":{"name":"Near","payload":{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}}}}`
	for messages, want := range map[string]string{
		far + "," + near: "No message of the operation fits; Near comes closest. b in the payload is a string, and must be an integer.",
		near:             "The message of the operation does not fit. b in the payload is a string, and must be an integer.",
		``:               "The operation has no messages.",
	} {
		report, err := compare(document(messages), pact)
		require.NoError(t, err)
		require.Equal(t, want, report.Findings[0].Message)
		checkPlaces(t, []byte(document(messages)), report.Findings)
	}
}

// A message takes from its traits what it does not say itself.
func TestMessages_haveTraits(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(`{"asyncapi":"3.0.0","channels":{"c":{"messages":{"m":{"traits":[{"name":"nothing"},{"$ref":"#/components/messageTraits/Tenant"}],"payload":{"type":"object"}},
		"own":{"headers":{"type":"object","properties":{"n":{"type":"integer"}}},"traits":[{"$ref":"#/components/messageTraits/Tenant"}]}}}},
		"operations":{"on":{"channel":{"$ref":"#/channels/c"},"messages":[{"$ref":"#/channels/c/messages/m"}]},"own":{"channel":{"$ref":"#/channels/c"},"messages":[{"$ref":"#/channels/c/messages/own"}]}},
		"components":{"messageTraits":{"Tenant":{"contentType":"application/json","headers":{"type":"object","properties":{"tenant":{"type":"string"}}}}}}}`))
	require.NoError(t, err)
	for interaction, want := range map[string]string{
		event("on", `"metadata":{"tenant":"a"}`):  "info message.matched",
		event("on", `"metadata":{"tenant":1}`):    "error message.no.match",
		event("on", `"metadata":{"other":1}`):     "error message.no.match",
		event("own", `"metadata":{"n":1}`):        "info message.matched",
		event("own", `"metadata":{"tenant":"a"}`): "error message.no.match",
	} {
		require.Equal(t, []string{want}, kindsAndCodes(findingsFor(t, d, `{"interactions":[`+interaction+`],"metadata":{"pactSpecification":{"version":"4.0"}}}`)), interaction)
	}
}

func TestMessages_ofVersion2(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(`
asyncapi: 2.6.0
channels:
  a:
    publish: {operationId: one, message: {payload: {type: object, properties: {n: {type: integer}}}}}
    subscribe: {operationId: two, message: {oneOf: [{$ref: '#/components/messages/M'}, {payload: {type: string}}]}}
  b: {$ref: '#/components/channels/B'}
components:
  channels: {B: {publish: {operationId: three, message: {$ref: '#/components/messages/M'}}}}
  messages: {M: {payload: {type: object, properties: {m: {type: boolean}}}}}
`))
	require.NoError(t, err)
	for _, tt := range []struct{ operation, content, want string }{
		{"one", `{"n":1}`, "info message.matched"},
		{"one", `{"n":"x"}`, "error message.no.match"},
		{"two", `{"m":true}`, "info message.matched"},
		{"two", `"text"`, "info message.matched"},
		{"two", `1`, "error message.no.match"},
		{"three", `{"m":true}`, "info message.matched"},
		{"three", `{"m":1}`, "error message.no.match"},
		{"four", `{}`, "error message.operation.unknown"},
	} {
		pact := `{"interactions":[` + event(tt.operation, contents(tt.content)) + `],"metadata":{"pactSpecification":{"version":"4.0"}}}`
		require.Equal(t, splitWant(tt.want), kindsAndCodes(findingsFor(t, d, pact)), "%+v", tt)
	}
}
