package comparison

import (
	"fmt"
	"strings"
)

// branch is a schema that a discriminator's values choose.
type branch struct {
	values []any
	schema any
	source string
}

// discriminator is the property whose value says which schema is meant.
func discriminator(keywords map[string]any) string {
	switch value := keywords["discriminator"].(type) {
	case map[string]any:
		name, _ := value["propertyName"].(string)
		return name
	case string: // OpenAPI 2.0
		return value
	}
	return ""
}

// discriminated writes a schema whose alternatives are told apart by a property.
// With oneOf these are its alternatives, and the property must be there; without
// it they are the schemas that extend this one, if there are any.
func (w *writer) discriminated(property string, keywords map[string]any, at spot) (any, bool) {
	if alternatives := listOf(keywords, "oneOf"); len(alternatives) > 0 {
		branches, ok := w.branches(property, keywords, alternatives, at)
		if !ok {
			return nil, false
		}
		return w.chosen(property, keywords, branches, at), true
	}
	if len(listOf(keywords, "anyOf")) > 0 {
		return nil, false
	}
	children := w.schemas.childrenOf(at.source)
	if len(children) == 0 {
		return nil, false
	}
	return w.inherited(property, keywords, children, at), true
}

// partsOfBranch is how many parts the choice of a branch adds to what is written.
const partsOfBranch = 4

// chosen writes: the property is there, has one of the known values, and the
// schema that its value names holds, together with what stands beside oneOf.
func (w *writer) chosen(property string, keywords map[string]any, branches []branch, at spot) any {
	var parts, values []any
	alone := !speaks(without(keywords, "oneOf", "discriminator", "nullable", "type", "required"))
	for i, branch := range branches {
		values = append(values, branch.values...)
		w.count += partsOfBranch
		inner := spot{mode: at.mode, source: branch.source, target: fmt.Sprintf("%s/allOf/%d/then", at.target, i)}
		others := []any{map[string]any{"properties": map[string]any{property: true}}}
		if !alone {
			others = append(others, w.refer(at.mode, open|rest, at.source))
		}
		parts = append(parts, map[string]any{
			"if":   condition(property, branch.values),
			"then": w.branch(branch, inner, others, at),
		})
	}
	w.traceDiscriminator(at, property)
	out := map[string]any{"format": stepFormat}
	if fallback, ok := w.fallback(keywords, at); ok {
		inner := spot{mode: at.mode, source: fallback.source, target: fmt.Sprintf("%s/allOf/%d/else", at.target, len(parts))}
		others := []any{map[string]any{"properties": map[string]any{property: true}}}
		if !alone {
			others = append(others, w.refer(at.mode, open|rest, at.source))
		}
		parts = append(parts, map[string]any{"if": condition(property, values), "else": w.branch(fallback, inner, others, at)})
	} else {
		out["required"] = []any{property}
		out["properties"] = map[string]any{property: map[string]any{"enum": values}}
	}
	out["allOf"] = parts
	w.types(out, keywords)
	if out["type"] == nil {
		out["type"] = []any{"object"}
	}
	if w.nullable(keywords) && !hasType(keywords) {
		out["type"] = []any{"object", "null"}
	}
	return out
}

// fallback is the schema that holds where the property is absent or has a value that
// nobody knows, which documents may name from OpenAPI 3.2 on.
func (w *writer) fallback(keywords map[string]any, at spot) (branch, bool) {
	d := w.schemas.document
	name, given := object(keywords["discriminator"])["defaultMapping"].(string)
	if !given || !d.since32() {
		return branch{}, false
	}
	source := at.source + "/discriminator/defaultMapping"
	found, ok := d.meant(name, source)
	return branch{schema: map[string]any{"$ref": "#" + found.pointer}, source: source}, ok
}

func (w *writer) branch(branch branch, inner spot, others []any, at spot) any {
	if at.mode == asWritten {
		inner.target += "/allOf/0"
		return map[string]any{"format": stepFormat, "allOf": append([]any{w.schema(branch.schema, inner)}, others...)}
	}
	if at.variant&open != 0 {
		inner.target += "/allOf/0"
		return map[string]any{"format": stepFormat, "allOf": append([]any{w.schema(branch.schema, inner.as(open))}, others...)}
	}
	return w.together(branch.schema, inner, others...)
}

func (w *writer) traceDiscriminator(at spot, property string) {
	w.trace(spot{source: at.source + "/discriminator", target: at.target + "/properties/" + escape(property)})
	w.trace(at)
}

func condition(property string, values []any) map[string]any {
	return map[string]any{
		"required":   []any{property},
		"properties": map[string]any{property: map[string]any{"enum": values}},
	}
}

// inherited writes a schema that others extend: the one that the property names
// holds as well.
func (w *writer) inherited(property string, keywords map[string]any, children []string, at spot) any {
	own := at.as(open | plain)
	own.target = at.target + "/allOf/0"
	w.trace(own)
	parts := []any{w.object(keywords, own)}
	mapping := mappingOf(w.schemas.document, keywords, at.source)
	for _, child := range children {
		values := valuesFor(mapping, child)
		w.count += partsOfBranch
		parts = append(parts, map[string]any{"if": condition(property, values), "then": w.refer(at.mode, open, child)})
	}
	out := map[string]any{"format": stepFormat, "allOf": parts}
	w.trace(at)
	if at.mode == asOffered && at.variant&open == 0 {
		out["unevaluatedProperties"] = false
	}
	return out
}

// mappingOf reads a discriminator's mapping: the values for the pointer of each
// schema.
func mappingOf(d *Document, keywords map[string]any, from string) map[string][]any {
	result, mapping := map[string][]any{}, object(object(keywords["discriminator"])["mapping"])
	for _, value := range sortedKeys(mapping) {
		name, ok := mapping[value].(string)
		if !ok {
			continue
		}
		if found, ok := d.meant(name, from); ok {
			result[found.pointer] = append(result[found.pointer], value)
		}
	}
	return result
}

// meant is the schema that a discriminator names, by a reference or by its name.
func (d *Document) meant(name, from string) (place, bool) {
	if strings.HasPrefix(name, "#") {
		if found, ok := d.target(name, from); ok {
			return found, true
		}
	}
	return d.lookup("/components/schemas/" + escape(name))
}

// valuesFor are the values that mean a schema: those of the mapping, or else its
// name.
func valuesFor(mapping map[string][]any, pointer string) []any {
	if values := mapping[pointer]; len(values) > 0 {
		return values
	}
	return []any{unescape(pointer[strings.LastIndexByte(pointer, '/')+1:])}
}

// branches finds the values for each alternative. It gives up when one has none:
// then the alternatives are tried as any others.
func (w *writer) branches(property string, keywords map[string]any, alternatives []any, at spot) ([]branch, bool) {
	d := w.schemas.document
	mapping := mappingOf(d, keywords, at.source)
	var result []branch
	for i, alternative := range alternatives {
		source := fmt.Sprintf("%s/oneOf/%d", at.source, i)
		ref, referring := object(alternative)["$ref"].(string)
		target := place{alternative, source}
		if referring {
			found, ok := d.target(ref, source)
			if !ok {
				return nil, false
			}
			target = found
		}
		values := w.branchValues(property, mapping, target, referring)
		if len(values) == 0 {
			return nil, false
		}
		result = append(result, branch{values, alternative, source})
	}
	return result, true
}

func (w *writer) branchValues(property string, mapping map[string][]any, target place, named bool) []any {
	if values := mapping[target.pointer]; len(values) > 0 {
		return values
	}
	if values := w.listed(property, target, walk{}); len(values) > 0 {
		return values
	}
	if named {
		return valuesFor(nil, target.pointer)
	}
	return nil
}

// listed are the values that a schema itself allows for the property.
func (w *writer) listed(property string, schema place, seen walk) []any {
	d := w.schemas.document
	schema = d.follow(schema)
	if !seen.enter(schema) {
		return nil
	}
	declared := d.in(d.in(schema, "properties"), property).object()
	if constant, ok := declared["const"]; ok {
		return []any{constant}
	}
	if list := listOf(declared, "enum"); len(list) > 0 {
		return list
	}
	for i, part := range listOf(schema.object(), "allOf") {
		if values := w.listed(property, place{part, fmt.Sprintf("%s/allOf/%d", schema.pointer, i)}, seen); len(values) > 0 {
			return values
		}
	}
	return nil
}

// childrenOf are the named schemas that extend one through allOf, over any number
// of steps.
func (s *schemas) childrenOf(pointer string) []string {
	s.findChildren()
	var all []string
	seen := map[string]bool{pointer: true}
	waiting := []string{pointer}
	for len(waiting) > 0 && len(all) < maxParts {
		next := s.children[waiting[0]]
		waiting = waiting[1:]
		for _, child := range next {
			if !seen[child] {
				seen[child] = true
				all, waiting = append(all, child), append(waiting, child)
			}
		}
	}
	return all
}

func (s *schemas) findChildren() {
	if s.children != nil {
		return
	}
	s.children, s.extending, s.dispatching = map[string][]string{}, map[[2]string]bool{}, map[string]bool{}
	named := "/components/schemas"
	if s.document.format == openAPI2 {
		named = "/definitions"
	}
	found, _ := s.document.lookup(named)
	for _, name := range sortedKeys(found.object()) {
		child := named + "/" + escape(name)
		for _, part := range listOf(object(found.object()[name]), "allOf") {
			ref, ok := object(part)["$ref"].(string)
			if !ok {
				continue
			}
			if parent, ok := s.document.target(ref, child); ok {
				s.children[parent.pointer] = append(s.children[parent.pointer], child)
				s.extending[[2]string{parent.pointer, child}] = true
			}
		}
	}
}

// dispatches reports whether a schema turns to those that extend it: by a
// discriminator, or because they are its alternatives.
func (s *schemas) dispatches(parent place) bool {
	keywords := parent.object()
	if discriminator(keywords) != "" {
		return true
	}
	s.findChildren()
	if known, asked := s.dispatching[parent.pointer]; asked {
		return known
	}
	s.dispatching[parent.pointer] = s.listsChildren(parent)
	return s.dispatching[parent.pointer]
}

// listsChildren reports whether a schema that extends one is among its alternatives.
func (s *schemas) listsChildren(parent place) bool {
	keywords := parent.object()
	for _, key := range []string{"oneOf", "anyOf"} {
		for i, alternative := range listOf(keywords, key) {
			ref, ok := object(alternative)["$ref"].(string)
			if !ok {
				continue
			}
			target, found := s.document.target(ref, fmt.Sprintf("%s/%s/%d", parent.pointer, key, i))
			if found && s.extending[[2]string{parent.pointer, target.pointer}] {
				return true
			}
		}
	}
	return false
}

// partVariant is how a part of an allOf is taken: a schema that extends another
// one must not come back to itself through it.
func (s *schemas) partVariant(part any, owner, pointer string) variant {
	ref, ok := object(part)["$ref"].(string)
	if !ok {
		return open
	}
	parent, found := s.document.target(ref, pointer)
	if !found {
		return open
	}
	s.findChildren()
	if s.extending[[2]string{parent.pointer, owner}] && s.dispatches(parent) {
		return open | plain
	}
	return open
}
