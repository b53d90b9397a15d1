package comparison

import (
	"slices"
	"strings"
)

// writer writes a schema of the document in the form in which it is used: as
// JSON Schema 2020-12 with only keywords that the compiler knows, references as
// addresses, and the rules for answers applied.
type writer struct {
	schemas *schemas
	owner   address
	count   int
	// sources tells for each place of what is written where it stands in the
	// document. It is kept only for tracing an error back.
	sources map[string]string
}

// spot is where the writer is: in the document, and in what it writes.
type spot struct {
	mode    mode
	variant variant
	source  string
	target  string
}

// at goes on to a keyword that is written where it was read.
func (s spot) at(tokens ...string) spot {
	for _, token := range tokens {
		s.source += "/" + escape(token)
		s.target += "/" + escape(token)
	}
	return s
}

// moved goes on to a place that is written elsewhere than it was read.
func (s spot) moved(target string) spot {
	s.target += target
	return s
}

func (s spot) as(v variant) spot {
	s.variant = v
	return s
}

func (w *writer) load(a address) any {
	found, ok := w.schemas.document.lookup(a.pointer)
	if !ok {
		return broken()
	}
	return w.schema(found.value, spot{mode: a.mode, variant: a.variant, source: a.pointer})
}

// referKeyword is the keyword under which a schema names the one that it is.
const referKeyword = "accord-ref"

func broken() map[string]any { return map[string]any{"format": brokenFormat} }

func (w *writer) refer(mode mode, variant variant, pointer string) map[string]any {
	return map[string]any{referKeyword: w.schemas.url(address{mode: mode, variant: variant, pointer: pointer}), "format": stepFormat}
}

func (w *writer) trace(at spot) {
	w.count++
	if w.sources != nil {
		w.sources[at.target] = at.source
	}
}

// schema writes one schema.
func (w *writer) schema(value any, at spot) any {
	w.trace(at)
	keywords, ok := value.(map[string]any)
	if !ok {
		return value != false
	}
	if at.mode == asOffered && keywords["writeOnly"] == true {
		return false
	}
	if ref, ok := keywords["$ref"].(string); ok {
		return w.reference(ref, keywords, at)
	}
	if ref, ok := keywords["$dynamicRef"].(string); ok && w.modern() {
		return w.reference(ref, keywords, at)
	}
	if w.nullable(keywords) && composed(keywords) {
		return w.orNull(at, func(inner spot) any { return w.object(keywords, inner) })
	}
	return w.object(keywords, at)
}

func (w *writer) modern() bool { return w.schemas.document.modern() }

func (w *writer) nullable(keywords map[string]any) bool { return w.schemas.document.nullable(keywords) }

// nullable reports whether a schema takes null beside its types, in the words of
// OpenAPI, or those that are usual in OpenAPI 2.0, which has none.
func (d *Document) nullable(keywords map[string]any) bool {
	return keywords["nullable"] == true && d.format != asyncAPI || keywords["x-nullable"] == true && d.format == openAPI2
}

func hasType(keywords map[string]any) bool { return keywords["type"] != nil }

// composed reports whether a schema says something through other schemas for the
// same value.
func composed(keywords map[string]any) bool {
	return len(listOf(keywords, "allOf"))+len(listOf(keywords, "anyOf"))+len(listOf(keywords, "oneOf")) > 0
}

func listOf(keywords map[string]any, key string) []any {
	list, _ := keywords[key].([]any)
	return list
}

func (w *writer) orNull(at spot, write func(spot) any) any {
	inner := at.moved("/anyOf/1")
	w.trace(at.moved("/anyOf/0"))
	w.trace(inner)
	return map[string]any{"format": stepFormat, "anyOf": []any{map[string]any{"type": "null"}, write(inner)}}
}

// reference writes a schema that refers to another one. Before OpenAPI 3.1 what
// stands beside a reference does not count, but for nullable.
func (w *writer) reference(ref string, keywords map[string]any, at spot) any {
	target, found := w.schemas.document.target(ref, at.source)
	if !found || w.schemas.document.endless(target) {
		return broken()
	}
	if w.nullable(keywords) {
		return w.orNull(at, func(spot) any { return w.refer(at.mode, at.variant, target.pointer) })
	}
	siblings := without(keywords, "$ref", "$dynamicRef")
	if !w.modern() || !speaks(siblings) {
		return w.refer(at.mode, at.variant&^rest, target.pointer)
	}
	siblings["allOf"] = append(slices.Clone(listOf(siblings, "allOf")), map[string]any{"$ref": ref})
	return w.object(siblings, at)
}

// endless reports whether a chain of references never comes to a schema.
func (d *Document) endless(target place) bool {
	for range maxHops {
		ref, ok := target.object()["$ref"].(string)
		if !ok {
			return false
		}
		next, found := d.target(ref, target.pointer)
		if !found {
			return false
		}
		target = next
	}
	return true
}

// speaks reports whether keywords say anything about values.
func speaks(keywords map[string]any) bool {
	for keyword := range keywords {
		if !silent[keyword] && !strings.HasPrefix(keyword, "x-") {
			return true
		}
	}
	return false
}

var silent = map[string]bool{
	"description": true, "title": true, "example": true, "examples": true, "default": true, "deprecated": true,
	"readOnly": true, "writeOnly": true, "externalDocs": true, "xml": true, "summary": true, "$comment": true,
	"$defs": true, "definitions": true, "$anchor": true, "$id": true, "$schema": true,
}

func without(keywords map[string]any, names ...string) map[string]any {
	left := map[string]any{}
	for keyword, value := range keywords {
		if !slices.Contains(names, keyword) {
			left[keyword] = value
		}
	}
	return left
}

// object writes a schema's keywords, and says what they leave to be said.
func (w *writer) object(keywords map[string]any, at spot) any {
	if at.variant&plain != 0 {
		keywords = without(keywords, "discriminator", "oneOf", "anyOf")
	}
	if property := discriminator(keywords); property != "" && at.variant&rest == 0 {
		if written, ok := w.discriminated(property, keywords, at); ok {
			return written
		}
	}
	if at.mode == asOffered && at.variant&(open|rest) == 0 && len(listOf(keywords, "oneOf")) > 0 && !forbids(keywords) {
		return w.alternatives(keywords, at)
	}
	out := w.keywords(keywords, at)
	w.close(out, keywords, at)
	if out[namesKeyword] != nil {
		delete(out, "unevaluatedProperties")
		out["additionalProperties"] = true
	}
	if members := membersOf(out); members != nil {
		members.takeAdditional(out)
	}
	return out
}

var knownTypes = map[string]bool{
	"null": true, "boolean": true, "number": true, "integer": true, "string": true, "array": true, "object": true,
}
