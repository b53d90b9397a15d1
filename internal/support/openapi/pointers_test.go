package openapi

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// oddKeys are names of paths and schemas that a pointer, or the fragment of an address,
// could take for something else.
var oddKeys = []string{"/things/{id}", "~", "~1", "/~0/", "a b", "a+b", "100%", "%41", "ü", "application/vnd.thing+json;v=1", "a#b", "a?b", `"quoted"`, `back\slash`, "[0]", "", "0", "^x|y`", "<b>"}

// anyTree is a tree with a value at each of its leaves that tells where it is.
func anyTree(random *rand.Rand, at string, depth int, leaves map[string]string) any {
	if depth == 0 {
		leaves[at] = "at " + at
		return leaves[at]
	}
	if random.IntN(3) == 0 {
		list := make([]any, 1+random.IntN(3))
		for i := range list {
			list[i] = anyTree(random, fmt.Sprint(at, "/", i), depth-1, leaves)
		}
		return list
	}
	object := map[string]any{}
	for _, i := range random.Perm(len(oddKeys))[:1+random.IntN(4)] {
		object[oddKeys[i]] = anyTree(random, at+"/"+Token(oddKeys[i]), depth-1, leaves)
	}
	return object
}

// A pointer leads to the place that it names, whatever is called what, and to nothing
// where a step of it is left out or another.
func TestFind_leadsToEveryPlace(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		for range 50 {
			leaves := map[string]string{}
			text, err := json.Marshal(map[string]any{"openapi": "3.1.0", "tree": anyTree(random, "/tree", 1+random.IntN(4), leaves)})
			require.NoError(t, err)
			d, err := Read(text)
			require.NoError(t, err)
			for pointer, value := range leaves {
				require.Equal(t, value, d.Find(pointer), "%s of %s", pointer, text)
				require.Equal(t, pointer, d.Follow(pointer))
				require.Nil(t, d.Find(pointer+"/further"), pointer)
				require.Nil(t, d.Find(strings.Replace(pointer, "/tree", "/tree/nowhere~1", 1)), pointer)
			}
		}
	})
}

// A schema is compiled wherever it stands, whatever the names on the way to it, and knows
// the schemas to which it refers.
func TestSchema_isCompiledWhateverTheNamesOnTheWay(t *testing.T) {
	paths := map[string]any{}
	for i, key := range oddKeys {
		paths[key] = map[string]any{"schema": map[string]any{"const": i}, "named": map[string]any{"$ref": "#/components/schemas/Positive"}}
	}
	text, err := json.Marshal(map[string]any{"openapi": "3.1.0", "paths": paths, "components": map[string]any{"schemas": map[string]any{"Positive": map[string]any{"type": "integer", "minimum": 1}}}})
	require.NoError(t, err)
	d, err := Read(text)
	require.NoError(t, err)
	var asking sync.WaitGroup
	for i, key := range oddKeys {
		for range 2 {
			asking.Go(func() {
				at := "/paths/" + Token(key)
				schema, err := d.Schema(at + "/schema")
				if err != nil {
					t.Errorf("%q: %v", key, err)
					return
				}
				if schema.Validate(json.Number(fmt.Sprint(i))) != nil || schema.Validate(json.Number(fmt.Sprint(i+1))) == nil {
					t.Errorf("the schema at %q is another", key)
				}
				named, err := d.Schema(at + "/named")
				if err != nil || named.Validate(json.Number("1")) != nil || named.Validate(json.Number("0")) == nil {
					t.Errorf("the schema that is referred to at %q: %v", key, err)
				}
			})
		}
	}
	asking.Wait()
}

// What is no document is refused when it is read, not when something is asked of it.
func TestRead_refusesHostileDocuments(t *testing.T) {
	for name, text := range map[string]string{
		"no text": "\xff\xff", "a tab for a blank": "a:\n\t- b", "an alias of nothing": "a: *b", "the same name twice": "a: 1\na: 2", "names that are no texts": "? [a]\n: b", "an end within a text": `{"a":"b`,
	} {
		_, err := Read([]byte(text))
		require.Error(t, err, name)
	}
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for i := range 12 {
		bomb += fmt.Sprintf("%c: &%c [%s*%c]\n", 'b'+i, 'b'+i, strings.Repeat(fmt.Sprintf("*%c,", 'a'+i), 9), 'a'+i)
	}
	_, err := Read([]byte(bomb))
	require.Error(t, err, "aliases of aliases would fill the memory")
}
