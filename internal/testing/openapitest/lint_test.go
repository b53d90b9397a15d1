package openapitest

import (
	"strings"
	"testing"

	broker "github.com/accord-broker/accord"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// Reading checks the document against OpenAPI 3.1: unique ids, a declaration
// for every parameter in a path, and references that lead somewhere.
func TestContract_isAValidDocument(t *testing.T) {
	d, err := read(broker.OpenAPI)
	require.NoError(t, err)
	require.True(t, d.api.IsOpenAPI31OrLater())
	require.NotEmpty(t, d.operations)
}

func TestContract_describesEveryOperation(t *testing.T) {
	tags := map[string]bool{}
	for _, tag := range contract().api.Tags {
		tags[tag.Name] = true
	}
	ids := map[string]bool{}
	for _, o := range Operations() {
		name := o.Method + " " + o.Path
		require.Regexp(t, `^[a-z][A-Za-z0-9]+$`, o.ID, name)
		ids[o.ID] = true
		require.Regexp(t, `^[A-Z][^\n]+\.$`, o.definition.Summary, name)
		require.Len(t, o.definition.Tags, 1, name)
		require.True(t, tags[o.definition.Tags[0]], "%s has the unknown tag %s", name, o.definition.Tags[0])
	}
	for _, o := range Operations() {
		require.True(t, ids[o.Handler()], "%s is an alias of no operation", o.ID)
	}
}

// Two names for the parameter at one place cannot be routed.
func TestContract_namesAParameterTheSameAtOnePlace(t *testing.T) {
	names := map[string]string{}
	for _, o := range Operations() {
		for i, segment := range o.segments {
			if !isParameter(segment) {
				continue
			}
			place := strings.Join(o.segments[:i], "/")
			if first, taken := names[place]; taken {
				require.Equal(t, first, segment, "%s: after %s", o.ID, place)
			}
			names[place] = segment
		}
	}
}

func TestContract_definesNothingWithoutUse(t *testing.T) {
	var tree struct {
		Components map[string]map[string]any
	}
	require.NoError(t, yaml.Unmarshal(broker.OpenAPI, &tree))
	delete(tree.Components, "securitySchemes")
	for kind, entries := range tree.Components {
		for name := range entries {
			ref := "'#/components/" + kind + "/" + name + "'"
			require.True(t, strings.Contains(string(broker.OpenAPI), ref), "nothing refers to %s", ref)
		}
	}
}

// A schema that does not compile would be noticed only by the first test that
// sees the answer.
func TestContract_hasSchemasThatCompile(t *testing.T) {
	d := contract()
	check := func(r response) {
		for kind := range r.Content {
			_, err := d.schema(r, kind)
			require.NoError(t, err, r.pointer)
		}
	}
	for _, o := range d.operations {
		for status := range o.definition.Responses.Map() {
			r, found := o.response(status)
			require.True(t, found)
			check(r)
		}
	}
	for _, r := range d.common {
		check(r)
	}
}
