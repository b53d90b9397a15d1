package comparison

import (
	"encoding/json"
	"fmt"
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
		members.settle(out)
	}
	return out
}

// alternatives writes oneOf for an answer. A consumer that reads a part may fit
// several alternatives, and that does not matter: each is taken for itself,
// together with what stands beside oneOf.
func (w *writer) alternatives(keywords map[string]any, at spot) any {
	alone := !speaks(without(keywords, "oneOf", "discriminator", "nullable", "type"))
	var list []any
	for i, alternative := range listOf(keywords, "oneOf") {
		inner := at.at("oneOf", fmt.Sprint(i))
		inner.target = fmt.Sprintf("%s/anyOf/%d", at.target, i)
		if alone {
			list = append(list, w.schema(alternative, inner.as(0)))
			continue
		}
		list = append(list, w.together(alternative, inner, w.refer(at.mode, open|rest|at.variant, at.source)))
	}
	out := map[string]any{"format": stepFormat, "anyOf": list}
	if alone {
		w.types(out, keywords)
	}
	return out
}

// together writes one schema with others beside it, as one that nothing else may
// be added to.
func (w *writer) together(schema any, at spot, others ...any) any {
	inner := at.moved("/allOf/0").as(open)
	w.trace(at)
	out := map[string]any{"format": stepFormat, "allOf": append([]any{w.schema(schema, inner)}, others...)}
	if at.mode == asOffered {
		out["unevaluatedProperties"] = false
	}
	return out
}

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

var knownTypes = map[string]bool{
	"null": true, "boolean": true, "number": true, "integer": true, "string": true, "array": true, "object": true,
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

func (w *writer) list(schemas []any, at spot) []any {
	written := make([]any, len(schemas))
	for i, schema := range schemas {
		written[i] = w.schema(schema, at.at(fmt.Sprint(i)))
	}
	return written
}

// combined writes the schemas for the same value.
func (w *writer) combined(out, keywords map[string]any, at spot) {
	if parts := listOf(keywords, "allOf"); len(parts) > 0 {
		written := make([]any, len(parts))
		for i, part := range parts {
			inner := at.at("allOf", fmt.Sprint(i))
			written[i] = w.schema(part, inner.as(w.schemas.partVariant(part, at.source, inner.source)))
		}
		out["allOf"] = written
	}
	if list := listOf(keywords, "anyOf"); len(list) > 0 {
		out["anyOf"] = w.choice(list, at.at("anyOf"))
	}
	if list := listOf(keywords, "oneOf"); len(list) > 0 && at.variant&rest == 0 {
		if at.mode == asWritten {
			out["oneOf"] = w.list(list, at.at("oneOf").as(0))
		} else {
			w.furtherAlternatives(out, list, at)
		}
	}
	exact := at
	exact.mode = asWritten
	w.sub(out, keywords, "not", exact.at("not").as(0))
	if keywords["if"] != nil {
		w.sub(out, keywords, "if", exact.at("if").as(0))
		w.sub(out, keywords, "then", at.at("then").beside())
		w.sub(out, keywords, "else", at.at("else").beside())
	}
	if dependent := object(keywords["dependentSchemas"]); len(dependent) > 0 {
		written := map[string]any{}
		for name, schema := range dependent {
			written[name] = w.schema(schema, at.at("dependentSchemas", name).beside())
		}
		out["dependentSchemas"] = written
	}
}

// beside is how a schema for the same value is taken that does not always hold.
func (s spot) beside() spot {
	if s.mode == asWritten {
		return s.as(0)
	}
	return s.as(open)
}

// choice writes alternatives of which several may fit. In answers each property
// may come from another one.
func (w *writer) choice(list []any, at spot) []any {
	written := make([]any, len(list))
	for i, alternative := range list {
		inner := at.at(fmt.Sprint(i))
		if at.mode == asWritten {
			written[i] = w.schema(alternative, inner.as(0))
			continue
		}
		written[i] = w.wide(w.schema(alternative, inner.as(open)), place{alternative, inner.source})
	}
	return written
}

// wide makes an alternative that takes any object take any property.
func (w *writer) wide(written any, alternative place) any {
	out, ok := written.(map[string]any)
	target := w.schemas.document.follow(alternative)
	keywords := target.object()
	anything := target.value == true || keywords != nil && !speaks(keywords)
	explicit := hasType(keywords) && mayBe(keywords, "object")
	if !anything && !explicit || w.closable(target, walk{}) {
		return written
	}
	if !ok {
		return map[string]any{"additionalProperties": true}
	}
	if members := membersOf(out); members != nil {
		members.all = true
		return out
	}
	if out["additionalProperties"] == nil { // a schema there takes any, too
		out["additionalProperties"] = true
	}
	return out
}

// furtherAlternatives writes oneOf as a part of a larger schema.
func (w *writer) furtherAlternatives(out map[string]any, list []any, at spot) {
	inner := at.at("oneOf")
	if out["anyOf"] == nil {
		inner.target = at.target + "/anyOf"
		out["anyOf"] = w.choice(list, inner)
		return
	}
	parts, _ := out["allOf"].([]any)
	inner.target = fmt.Sprintf("%s/allOf/%d/anyOf", at.target, len(parts))
	out["allOf"] = append(parts, map[string]any{"anyOf": w.choice(list, inner)})
}
