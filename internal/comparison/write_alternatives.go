package comparison

import (
	"fmt"
)

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
