package comparison

import (
	"fmt"
	"slices"
)

// close says that an object holds nothing but what is described.
func (w *writer) close(out, keywords map[string]any, at spot) {
	if at.variant&open != 0 {
		w.leaveOpen(out, at)
		return
	}
	inPlace := out["allOf"] != nil || out["anyOf"] != nil || out["oneOf"] != nil || out["then"] != nil || out["else"] != nil || out["dependentSchemas"] != nil
	switch {
	case at.mode == asWritten:
		if out["allOf"] != nil && w.closedPart(place{keywords, at.source}, walk{}) {
			delete(out, "additionalProperties")
			out["unevaluatedProperties"] = false
		}
	case out["additionalProperties"] != nil && out["additionalProperties"] != true && out["additionalProperties"] != false:
	case isSchema(out["unevaluatedProperties"]):
	case !w.closable(place{keywords, at.source}, walk{}):
	case forbids(keywords):
	case inPlace:
		delete(out, "additionalProperties")
		out["unevaluatedProperties"] = false
	default:
		delete(out, "unevaluatedProperties")
		out["additionalProperties"] = false
	}
}

// forbids reports whether a schema says that nothing may be added to the properties
// beside that. Those of its alternatives are added; only parts of an allOf are meant to
// be taken together.
func forbids(keywords map[string]any) bool {
	return keywords["additionalProperties"] == false && len(listOf(keywords, "allOf")) == 0
}

func isSchema(value any) bool {
	_, ok := value.(map[string]any)
	return ok
}

// leaveOpen takes back what would close, or throw wide open, a part of a larger
// schema.
func (w *writer) leaveOpen(out map[string]any, at spot) {
	if out["additionalProperties"] == false || at.mode == asOffered && out["additionalProperties"] == true {
		delete(out, "additionalProperties")
	}
	if at.mode == asOffered && (out["unevaluatedProperties"] == false || out["unevaluatedProperties"] == true) {
		delete(out, "unevaluatedProperties")
	}
}

// closable reports whether a schema describes an object by what it holds: it has
// properties and may be an object, or is plainly an object; or a part of it is.
func (w *writer) closable(schema place, seen walk) bool {
	if !seen.enter(schema) {
		return false
	}
	keywords := schema.object()
	if target, ok := w.referred(schema); ok && w.closable(target, seen) {
		return true
	}
	if w.describesObject(keywords) {
		return true
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		for i, part := range listOf(keywords, key) {
			if w.closable(place{part, fmt.Sprintf("%s/%s/%d", schema.pointer, key, i)}, seen) {
				return true
			}
		}
	}
	return false
}

func (w *writer) referred(schema place) (place, bool) {
	ref, ok := schema.object()["$ref"].(string)
	if !ok {
		return place{}, false
	}
	return w.schemas.document.target(ref, schema.pointer)
}

func (w *writer) describesObject(keywords map[string]any) bool {
	nullable := w.nullable(keywords) || mayBe(keywords, "null") && hasType(keywords)
	if nullable && w.schemas.document.settings.nullableObjectsOpen {
		return false
	}
	if properties, ok := keywords["properties"].(map[string]any); ok && len(properties) > 0 {
		return mayBe(keywords, "object")
	}
	return keywords["type"] == "object" && !nullable
}

func mayBe(keywords map[string]any, name string) bool {
	switch kind := keywords["type"].(type) {
	case nil:
		return true
	case string:
		return kind == name
	case []any:
		return slices.Contains(kind, any(name))
	}
	return false
}

// closedPart reports whether a part of an allOf says that nothing may be added.
// Taken literally two such parts would forbid each other's properties; what is
// meant is that nothing may be added to all of them.
func (w *writer) closedPart(schema place, seen walk) bool {
	if !seen.enter(schema) {
		return false
	}
	keywords := schema.object()
	if keywords["additionalProperties"] == false {
		return true
	}
	if target, ok := w.referred(schema); ok && w.closedPart(target, seen) {
		return true
	}
	for i, part := range listOf(keywords, "allOf") {
		if w.closedPart(place{part, fmt.Sprintf("%s/allOf/%d", schema.pointer, i)}, seen) {
			return true
		}
	}
	return false
}
