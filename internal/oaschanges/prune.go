package oaschanges

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/comparison"
)

// document is an OpenAPI document as it was read.
type document map[string]any

// sections are where documents keep what others of their parts refer to, by the
// pointers of the sections.
func (d document) sections() map[string]map[string]any {
	found := map[string]map[string]any{}
	for _, name := range []string{"paths", "webhooks", "definitions", "parameters", "responses"} {
		if section, is := d[name].(map[string]any); is {
			found["#/"+name] = section
		}
	}
	components, _ := d["components"].(map[string]any)
	for name, section := range components {
		if section, is := section.(map[string]any); is {
			found["#/components/"+name] = section
		}
	}
	return found
}

// prune takes out of two documents what is the same in both, with all that it refers to:
// to look for changes there takes time and memory and finds none.
func prune(was, is document) {
	if !sameAround(was, is) {
		return
	}
	wasParts, isParts := partsOf(was), partsOf(is)
	changed := map[string]bool{}
	for _, pointer := range slices.Sorted(maps.Keys(wasParts)) {
		changed[pointer] = !reflect.DeepEqual(wasParts[pointer].value, isParts[pointer].value)
	}
	for pointer := range isParts {
		if _, before := wasParts[pointer]; !before {
			changed[pointer] = true
		}
	}
	spread(changed, wasParts)
	spread(changed, isParts)
	kept := map[string]bool{}
	keep(kept, wasParts, changed)
	keep(kept, isParts, changed)
	was.keepOnly(kept)
	is.keepOnly(kept)
}

// sameAround reports whether all is the same that concerns every operation.
func sameAround(was, is document) bool {
	around := func(d document) document {
		rest := maps.Clone(d)
		for _, name := range []string{"info", "paths", "webhooks", "definitions", "parameters", "responses", "tags", "externalDocs"} {
			delete(rest, name)
		}
		components, _ := d["components"].(map[string]any)
		rest["components"] = components["securitySchemes"]
		return rest
	}
	return reflect.DeepEqual(around(was), around(is)) && comparison.BasePath(was) == comparison.BasePath(is)
}

// part is something that can be referred to, and to what it refers itself.
type part struct {
	value any
	to    []string
}

func partsOf(d document) map[string]part {
	parts := map[string]part{}
	for section, members := range d.sections() {
		for name, value := range members {
			parts[section+"/"+escaped(name)] = part{value: value}
		}
	}
	for pointer, p := range parts {
		p.to = referred(p.value, nil)
		for i, to := range p.to {
			p.to[i] = owner(parts, to)
		}
		parts[pointer] = p
	}
	return parts
}

// owner is the part that a pointer leads into, "" if there is none.
func owner(parts map[string]part, pointer string) string {
	for pointer != "" {
		if _, is := parts[pointer]; is {
			return pointer
		}
		pointer = pointer[:max(strings.LastIndexByte(pointer, '/'), 0)]
	}
	return ""
}

func escaped(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// referred adds the pointers within a value: references, and what discriminators name,
// by a pointer or by the name of a schema.
func referred(value any, to []string) []string {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			if mapping, is := inner.(map[string]any); is && name == "mapping" {
				for _, target := range mapping {
					if target, isText := target.(string); isText && !strings.HasPrefix(target, "#") {
						to = append(to, "#/components/schemas/"+escaped(target))
					}
				}
			}
			to = referred(inner, to)
		}
	case []any:
		for _, inner := range value {
			to = referred(inner, to)
		}
	case string:
		if strings.HasPrefix(value, "#/") {
			to = append(to, value)
		}
	}
	return to
}

// spread marks what refers to something that has changed, or to nothing that is known.
func spread(changed map[string]bool, parts map[string]part) {
	from := map[string][]string{}
	var next []string
	for pointer, p := range parts {
		for _, to := range p.to {
			from[to] = append(from[to], pointer)
		}
		if changed[pointer] {
			next = append(next, pointer)
		}
	}
	next = append(next, "")
	for len(next) > 0 {
		for _, pointer := range from[next[0]] {
			if !changed[pointer] {
				changed[pointer] = true
				next = append(next, pointer)
			}
		}
		next = next[1:]
	}
}

// keep adds what has changed, and what that refers to.
func keep(kept map[string]bool, parts map[string]part, changed map[string]bool) {
	var next []string
	for pointer := range parts {
		if changed[pointer] || strings.HasPrefix(pointer, "#/components/securitySchemes/") {
			kept[pointer], next = true, append(next, pointer)
		}
	}
	seen := map[string]bool{}
	for len(next) > 0 {
		for _, to := range parts[next[0]].to {
			if !seen[to] {
				seen[to], kept[to], next = true, true, append(next, to)
			}
		}
		next = next[1:]
	}
}

// keepOnly takes out what is not kept: of both documents the same, so that nothing seems
// to have gone.
func (d document) keepOnly(kept map[string]bool) {
	for section, members := range d.sections() {
		maps.DeleteFunc(members, func(name string, _ any) bool { return !kept[section+"/"+escaped(name)] })
	}
}

// withoutWords takes descriptions out, which change nothing for clients. What is called
// so and is no text is a part of a schema.
func withoutWords(value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			if _, isText := inner.(string); isText && (name == "description" || name == "summary") {
				delete(value, name)
				continue
			}
			if name != "example" && name != "examples" && name != "default" && name != "enum" && name != "const" {
				withoutWords(inner)
			}
		}
	case []any:
		for _, inner := range value {
			withoutWords(inner)
		}
	}
}
