package comparison

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// membersKeyword is the keyword under which the properties of an object stand in
// what a writer writes.
const membersKeyword = "accord-members"

// members are the properties of an object. Their schemas are written and
// compiled when a value first has them: most properties of a large document are
// never asked for. Those that only say a type or the like are shared by all that
// say the same.
type members struct {
	schemas    *schemas
	at         spot
	owner      address
	properties map[string]any
	compiled   map[string]member
	// closed says that nothing else may be there, all that anything may; additional
	// tells that a schema describes the rest.
	closed, all, additional bool
}

// member is one property's schema; shared ones do not know whose they are.
type member struct {
	schema *jsonschema.Schema
	shared bool
}

// takeAdditional takes from the written schema what it says about other properties.
func (m *members) takeAdditional(out map[string]any) {
	switch additional := out["additionalProperties"].(type) {
	case bool:
		m.closed, m.all = !additional, additional
	case map[string]any:
		m.additional = true
	}
	delete(out, "additionalProperties")
}

// Validate holds an object against the schemas of its properties.
func (m *members) Validate(ctx *jsonschema.ValidatorContext, value any) {
	object, ok := value.(map[string]any)
	if !ok {
		return
	}
	var added []string
	for name, inner := range object {
		key := "/properties/" + escape(name)
		_, described := m.properties[name]
		switch {
		case described:
		case m.additional:
			key = "/additionalProperties"
		case m.closed:
			added = append(added, name)
			continue
		default:
			if m.all {
				ctx.EvaluatedProp(name)
			}
			continue
		}
		ctx.EvaluatedProp(name)
		member := m.get(key, name)
		if err := ctx.Validate(member.schema, inner, []string{name}); err != nil {
			m.claim(err, member, key)
			ctx.AddErr(err)
		}
	}
	if len(added) > 0 {
		slices.Sort(added)
		ctx.AddError(&kind.AdditionalProperties{Properties: added})
	}
}

// get compiles a property's schema.
func (m *members) get(key, name string) member {
	if known, ok := m.compiled[key]; ok {
		return known
	}
	a := address{mode: m.at.mode, pointer: m.at.source + key}
	shared := false
	if key != "/additionalProperties" {
		if leaf, simple := m.simple(m.properties[name], key); simple {
			a, shared = leaf, true
		}
	}
	schema, err := m.schemas.get(a)
	if err != nil {
		panic(err)
	}
	found := member{schema, shared}
	m.compiled[key] = found
	return found
}

// simple finds the shared schema of a property that says nothing through other
// schemas.
func (m *members) simple(schema any, key string) (address, bool) {
	keywords := object(schema)
	if keywords == nil || keywords["$ref"] != nil || keywords["$dynamicRef"] != nil || hasSubschema(keywords) {
		return address{}, false
	}
	w := &writer{schemas: m.schemas}
	written := w.schema(schema, spot{mode: m.at.mode, source: m.at.source + key})
	if object(written)[patternKeyword] != nil {
		return address{}, false // which names its own place
	}
	encoded, err := json.Marshal(written)
	if err != nil {
		return address{}, false
	}
	return m.schemas.leaf(string(encoded), written), true
}

// leaf is the address of a schema by what it says.
func (s *schemas) leaf(encoded string, written any) address {
	number, known := s.leafNumbers[encoded]
	if !known {
		s.leaves = append(s.leaves, written)
		number = len(s.leaves)
		s.leafNumbers[encoded] = number
	}
	return address{leaf: number}
}

// claim says whose schema was broken, where it is shared.
func (m *members) claim(err error, member member, key string) {
	failure, ok := err.(*jsonschema.ValidationError) //nolint:errorlint // the validator answers nothing else, and nothing wrapped
	if !ok || !member.shared {
		return
	}
	url := m.schemas.url(m.owner) + "#" + strings.ReplaceAll(m.at.target+key, "%", "%25")
	failure.SchemaURL = url
	for _, cause := range failure.Causes {
		cause.SchemaURL = url
	}
}

// membersOf finds the properties in a written schema.
func membersOf(written map[string]any) *members {
	m, _ := written[membersKeyword].(*members)
	return m
}

func (s *schemas) describe(a address) string {
	if a.leaf > 0 {
		return fmt.Sprintf("a property of the form %v", s.leaves[a.leaf-1])
	}
	return dotted(a.pointer)
}
