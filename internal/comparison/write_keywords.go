package comparison

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// keywords writes what a schema says in its own words.
func (w *writer) keywords(keywords map[string]any, at spot) map[string]any {
	out := map[string]any{}
	w.types(out, keywords)
	w.values(out, keywords, at)
	w.bounds(out, keywords)
	w.required(out, keywords, at)
	w.inside(out, keywords, at)
	w.combined(out, keywords, at)
	if hasSubschema(out) {
		w.countSteps(out, at)
	}
	return out
}

func hasSubschema(out map[string]any) bool {
	for _, key := range []string{
		membersKeyword, "properties", "patternProperties", "additionalProperties", "unevaluatedProperties", "items", "prefixItems", "contains",
		"unevaluatedItems", "allOf", "anyOf", "oneOf", "not", "if", "dependentSchemas", "propertyNames",
	} {
		if out[key] != nil {
			return true
		}
	}
	return false
}

// countSteps lets a schema be counted whenever it looks at a value. Formats are
// what a validator looks at first, and there can be only one.
func (w *writer) countSteps(out map[string]any, at spot) {
	if format := out["format"]; format != nil {
		parts, _ := out["allOf"].([]any)
		w.trace(at.moved(fmt.Sprintf("/allOf/%d", len(parts))))
		out["allOf"] = append(parts, map[string]any{"format": format})
	}
	out["format"] = stepFormat
}

func (w *writer) types(out, keywords map[string]any) {
	var types []any
	switch kind := keywords["type"].(type) {
	case string:
		types = []any{kind}
	case []any:
		types = kind
	}
	var known []any
	for _, kind := range types {
		if name, ok := kind.(string); ok && knownTypes[name] && !slices.Contains(known, kind) {
			known = append(known, name)
		}
	}
	if len(known) > 0 && w.nullable(keywords) && !slices.Contains(known, any("null")) {
		known = append(known, "null")
	}
	if len(known) > 0 {
		out["type"] = known
	}
}

func (w *writer) values(out, keywords map[string]any, at spot) {
	if list, ok := keywords["enum"].([]any); ok && len(list) > 0 {
		out["enum"] = list
	}
	if constant, ok := keywords["const"]; ok {
		out["const"] = constant
	}
	if name, ok := keywords["format"].(string); ok && judgedFormats[name] {
		out["format"] = name
		if name == "regex" {
			out["format"] = regexFormat
		}
	}
	if pattern, ok := keywords["pattern"].(string); ok {
		w.pattern(out, pattern, at)
	}
}

func (w *writer) pattern(out map[string]any, text string, at spot) {
	patterns := w.schemas.patterns
	if compiled, _ := patterns.compile(text); isDoubtful(compiled) {
		out[patternKeyword] = &doubtful{patterns, compiled.(*backtracking), at.source + "/pattern"}
		return
	}
	out["pattern"] = text
}

func (w *writer) bounds(out, keywords map[string]any) {
	for _, key := range []string{"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains"} {
		if count, ok := wholeNumber(keywords[key]); ok && count >= 0 {
			out[key] = keywords[key]
		}
	}
	for _, key := range []string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"} {
		if _, ok := keywords[key].(json.Number); ok {
			out[key] = keywords[key]
		}
	}
	exclude(out, keywords, "minimum", "exclusiveMinimum")
	exclude(out, keywords, "maximum", "exclusiveMaximum")
	if factor, ok := keywords["multipleOf"].(json.Number); ok {
		if value, err := factor.Float64(); err == nil && value > 0 {
			out["multipleOf"] = factor
		}
	}
	if keywords["uniqueItems"] == true {
		out["uniqueItems"] = true
	}
}

// exclude turns the older form of an exclusive bound, a word beside the bound,
// into the newer one, a bound of its own.
func exclude(out, keywords map[string]any, bound, exclusive string) {
	if keywords[exclusive] == true && out[bound] != nil {
		out[exclusive] = out[bound]
		delete(out, bound)
	}
}

// required writes what must be there. An answer need not hold what the consumer
// does not ask for; a request need not hold what only answers have.
func (w *writer) required(out, keywords map[string]any, at spot) {
	if at.mode == asOffered {
		delete(out, "minProperties")
	}
	if at.mode == asWritten || len(listOf(keywords, "oneOf")) > 0 {
		var names []any
		for _, name := range texts(keywords["required"]) {
			if at.mode == asOffered || !w.readOnly(keywords, name, at) {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			out["required"] = names
		}
	}
	dependent := object(keywords["dependentRequired"])
	if at.mode == asOffered || len(dependent) == 0 {
		return
	}
	written := map[string]any{}
	for name, needed := range dependent {
		list := []any{}
		for _, need := range texts(needed) {
			list = append(list, need)
		}
		written[name] = list
	}
	out["dependentRequired"] = written
}

func texts(value any) []string {
	list, _ := value.([]any)
	var result []string
	known := make(map[string]bool, len(list))
	for _, element := range list {
		if text, ok := element.(string); ok && !known[text] {
			result, known[text] = append(result, text), true
		}
	}
	return result
}

// readOnly reports whether a property is only in answers, whichever part of the
// schema describes it: this one, or one that stands beside it in allOf.
func (w *writer) readOnly(keywords map[string]any, name string, at spot) bool {
	d := w.schemas.document
	for schema := (place{keywords, at.source}); ; {
		property := d.partOf(schema, "properties", name)
		if property.object()["readOnly"] == true || d.follow(property).object()["readOnly"] == true {
			return true
		}
		around, part := schema.pointer, schema.pointer
		for range 2 {
			around = around[:max(strings.LastIndexByte(around, '/'), 0)]
		}
		if !strings.HasPrefix(part[len(around):], "/allOf/") {
			return false
		}
		if schema, _ = d.lookup(around); schema.value == nil {
			return false
		}
	}
}

// inside writes the schemas of what a value holds.
func (w *writer) inside(out, keywords map[string]any, at spot) {
	properties, patterns := object(keywords["properties"]), object(keywords["patternProperties"])
	if len(properties) > 0 && len(patterns) == 0 {
		out[membersKeyword] = &members{schemas: w.schemas, at: at, owner: w.owner, properties: properties, compiled: map[string]member{}}
	}
	for key, named := range map[string]map[string]any{"properties": properties, "patternProperties": patterns} {
		if len(named) > 0 && out[membersKeyword] == nil {
			written := make(map[string]any, len(named))
			for name, schema := range named {
				if key == "patternProperties" && w.unreadable(out, name, at) {
					continue
				}
				written[name] = w.part(schema, at.at(key, name).as(0))
			}
			out[key] = written
		}
	}
	for _, key := range []string{"additionalProperties", "items", "contains", "propertyNames", "unevaluatedProperties", "unevaluatedItems"} {
		w.sub(out, keywords, key, at.at(key).as(0))
	}
	for _, key := range []string{"prefixItems", "items"} {
		if list := listOf(keywords, key); len(list) > 0 {
			inner := at.at(key).as(0)
			inner.target = at.target + "/prefixItems"
			out["prefixItems"] = w.list(list, inner)
			if key == "items" { // as lists were written before prefixItems
				delete(out, "items")
				if written, ok := w.additionalItems(keywords, at); ok {
					out["items"] = written
				}
			}
		}
	}
}

// unreadable reports whether a pattern says nothing about any name.
func (w *writer) unreadable(out map[string]any, pattern string, at spot) bool {
	patterns, source := w.schemas.patterns, at.at("patternProperties", pattern).source
	compiled, err := patterns.compile(pattern)
	if err != nil || unreadable(compiled) {
		out[namesKeyword] = &doubtfulNames{patterns, pattern, source}
		return true
	}
	if slow, ok := compiled.(*backtracking); ok {
		slow.names = source
	}
	return false
}

func (w *writer) sub(out, keywords map[string]any, key string, at spot) {
	switch schema := keywords[key].(type) {
	case bool:
		out[key] = schema
	case map[string]any:
		out[key] = w.part(schema, at)
	}
}

// part writes a schema within another one: where it is small, and else its
// address, so that it is compiled only when a value comes to it.
func (w *writer) part(schema any, at spot) any {
	keywords := object(schema)
	if keywords["$ref"] == nil && at.variant == 0 && (keywords["properties"] != nil || keywords["items"] != nil || composed(keywords)) {
		w.trace(at)
		return w.refer(at.mode, 0, at.source)
	}
	return w.schema(schema, at)
}

func (w *writer) additionalItems(keywords map[string]any, at spot) (any, bool) {
	additional, given := keywords["additionalItems"]
	if !given {
		return nil, false
	}
	inner := at.at("additionalItems").as(0)
	inner.target = at.target + "/items"
	return w.part(additional, inner), true
}
