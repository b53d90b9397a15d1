package comparison_test

import (
	"errors"
	"os"
	"testing"

	"github.com/accord-broker/accord/internal/comparison"
)

// compareAnything fails the test unless a comparison ends with a report or with
// a reason.
func compareAnything(t *testing.T, document, pact []byte) {
	d, err := comparison.ReadDocument(document)
	if err == nil {
		var p *comparison.Pact
		if p, err = comparison.ReadPact(pact); err == nil {
			_, err = comparison.Compare(d, p)
		}
		d.Notices()
		comparison.Lines(document, []string{"/paths/~1items/get", "/components/schemas/0"})
	}
	var refusal *comparison.Refusal
	if err != nil && !errors.As(err, &refusal) {
		t.Fatalf("no reason for people: %v", err)
	}
}

func FuzzDocument(f *testing.F) {
	pact := []byte(expecting(`{"id":1,"items":[{"a":"x"}],"kind":"cat"}`))
	f.Add([]byte(withSchema(`{"oneOf":[{"$ref":"#/components/schemas/S"}],"discriminator":{"propertyName":"kind"}}`, `"S":{"nullable":true,"properties":{"id":{"type":"integer","pattern":"(?=a)"}}}`)))
	f.Add([]byte("openapi: 3.0.0\npaths: {/items: {get: {parameters: [{name: a, in: query, schema: {type: [array, object]}}], responses: {default: {$ref: '#/paths'}}}}}"))
	f.Add([]byte("swagger: '2.0'\npaths: {/items: {get: {produces: [a/b], responses: {200: {schema: {items: {$ref: '#/definitions/A'}}}}}}}\ndefinitions: {A: {allOf: [{$ref: '#/definitions/A'}]}}"))
	f.Add([]byte("asyncapi: 3.0.0\noperations: {a: {channel: {$ref: '#/channels/c'}}}\nchannels: {c: {messages: {m: {payload: {type: object}}}}}"))
	f.Fuzz(func(t *testing.T, document []byte) { compareAnything(t, document, pact) })
}

func FuzzPact(f *testing.F) {
	document, err := os.ReadFile("testdata/fuzz-document.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(expecting(`{"id":1}`)))
	f.Add([]byte(`{"metadata":{"pactSpecification":{"version":"4.0"}},"interactions":[{"request":{"method":"POST","path":"/items/%41","query":{"a":["1"]},"headers":{"content-type":["multipart/form-data; boundary=x"]},"body":{"content":"LS14","encoded":"base64"}},"response":{"status":201}}]}`))
	f.Add([]byte(`{"interactions":[{"request":{"path":"items","query":"filter[a][b]=1&filter.x=2&ids=1,2","body":"a=1&a[b]=2"},"response":{"status":404,"body":{}}}]}`))
	f.Fuzz(func(t *testing.T, pact []byte) { compareAnything(t, document, pact) })
}
