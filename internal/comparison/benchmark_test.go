package comparison_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/accord-broker/accord/internal/comparison"
)

// large is a document of 13 MB with 1,000 operations, and a pact that uses each
// of them. Every answer is of a schema of its own that shares others.
func large() (document, pact []byte) {
	const operations = 1000
	schemas, paths, interactions := map[string]any{}, map[string]any{}, []any{}
	padding := strings.Repeat("What people want to know about a field stands in many words beside it. ", 3)
	for i := range operations {
		properties := map[string]any{}
		for j := range 43 {
			properties[fmt.Sprintf("field_%d", j)] = map[string]any{"type": "string", "description": padding, "example": "a text", "nullable": j%3 == 0}
		}
		properties["id"] = map[string]any{"type": "integer", "format": "int64"}
		properties["owner"] = map[string]any{"$ref": fmt.Sprintf("#/components/schemas/Thing%d", (i+7)%operations)}
		properties["parts"] = map[string]any{"type": "array", "items": map[string]any{"$ref": fmt.Sprintf("#/components/schemas/Thing%d", (i+1)%operations)}}
		name := fmt.Sprintf("Thing%d", i)
		schemas[name] = map[string]any{"type": "object", "required": []any{"id", "field_0"}, "properties": properties}
		paths[fmt.Sprintf("/things/%d/{id}", i)] = map[string]any{"get": map[string]any{
			"parameters": []any{map[string]any{"name": "id", "in": "path", "required": true, "schema": map[string]any{"type": "integer"}}},
			"responses": map[string]any{"200": map[string]any{"description": "ok", "content": map[string]any{
				"application/json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/" + name}}}}},
		}}
		interactions = append(interactions, interaction(i))
	}
	document = encoded(map[string]any{"openapi": "3.0.3", "info": map[string]any{}, "paths": paths, "components": map[string]any{"schemas": schemas}})
	pact = encoded(map[string]any{"consumer": map[string]any{"name": "Web"}, "provider": map[string]any{"name": "Shop"}, "interactions": interactions})
	return document, pact
}

func interaction(i int) any {
	thing := func(inner map[string]any) map[string]any {
		inner["id"] = 1
		for j := range 20 {
			inner[fmt.Sprintf("field_%d", j)] = "text"
		}
		return inner
	}
	body := thing(map[string]any{
		"owner": thing(map[string]any{}),
		"parts": []any{thing(map[string]any{}), thing(map[string]any{"parts": []any{}})},
	})
	return map[string]any{
		"description": fmt.Sprintf("thing %d", i),
		"request":     map[string]any{"method": "GET", "path": fmt.Sprintf("/things/%d/1", i)},
		"response":    map[string]any{"status": 200, "headers": map[string]any{"Content-Type": "application/json"}, "body": body},
	}
}

func encoded(value any) []byte {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return data
}

// BenchmarkCompare/cold reads a document of 13 MB and compares it with 1,000
// interactions; /warm compares again with a document that was read before.
func BenchmarkCompare(b *testing.B) {
	document, pact := large()
	b.Logf("document %d KB, pact %d KB", len(document)>>10, len(pact)>>10)
	run := func(b *testing.B, d *comparison.Document) {
		p, err := comparison.ReadPact(pact)
		if err != nil {
			b.Fatal(err)
		}
		report, err := comparison.Compare(d, p)
		if err != nil || !report.Compatible() || len(report.Findings) > 0 {
			b.Fatal(err, report.Findings)
		}
	}
	read := func(b *testing.B) *comparison.Document {
		d, err := comparison.ReadDocument(document)
		if err != nil {
			b.Fatal(err)
		}
		return d
	}
	b.Run("cold", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			run(b, read(b))
		}
	})
	b.Run("warm", func(b *testing.B) {
		d := read(b)
		run(b, d)
		b.ReportAllocs()
		b.ResetTimer()
		for b.Loop() {
			run(b, d)
		}
	})
}
