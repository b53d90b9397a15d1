// Package openapi reads an OpenAPI 3.1 document as what it is: a tree in which
// pointers lead from place to place and whose schemas are JSON Schema 2020-12.
package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// resource is the name under which schemas refer to the document.
const resource = "accord:openapi"

// Document is an OpenAPI document whose schemas are compiled where they stand,
// each when it is first asked for. It may be used by several goroutines.
type Document struct {
	tree any

	mutex    sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema
}

// Read reads a document from YAML or JSON.
func Read(text []byte) (*Document, error) {
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, fmt.Errorf("read OpenAPI document: %w", err)
	}
	asJSON, err := json.Marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("read OpenAPI document: %w", err)
	}
	if tree, err = jsonschema.UnmarshalJSON(bytes.NewReader(asJSON)); err != nil {
		return nil, fmt.Errorf("read OpenAPI document: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	if err := compiler.AddResource(resource, tree); err != nil {
		return nil, fmt.Errorf("read OpenAPI document: %w", err)
	}
	return &Document{tree: tree, compiler: compiler, schemas: map[string]*jsonschema.Schema{}}, nil
}

// Schema returns the schema to which a JSON pointer leads.
func (d *Document) Schema(pointer string) (*jsonschema.Schema, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if known := d.schemas[pointer]; known != nil {
		return known, nil
	}
	schema, err := d.compiler.Compile(resource + "#" + percentEncoded.Replace(pointer))
	if err != nil {
		return nil, fmt.Errorf("read OpenAPI document at %s: %w", pointer, err)
	}
	d.schemas[pointer] = schema
	return schema, nil
}

// percentEncoded writes what a pointer may hold and a URI fragment may not.
var percentEncoded = strings.NewReplacer("%", "%25", "{", "%7B", "}", "%7D", " ", "%20", "+", "%2B")

// Find returns what a JSON pointer leads to, or nil.
func (d *Document) Find(pointer string) any {
	at := d.tree
	for key := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		key = unescaped.Replace(key)
		switch value := at.(type) {
		case map[string]any:
			at = value[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(value) {
				return nil
			}
			at = value[i]
		default:
			return nil
		}
	}
	return at
}

// Follow returns the pointer to which the reference at a place leads, or the
// place itself if there is no reference.
func (d *Document) Follow(pointer string) string {
	found, _ := d.Find(pointer).(map[string]any)
	if reference, is := found["$ref"].(string); is {
		return strings.TrimPrefix(reference, "#")
	}
	return pointer
}

var (
	escaped   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaped = strings.NewReplacer("~1", "/", "~0", "~")
)

// Token writes a name as one step of a JSON pointer.
func Token(name string) string { return escaped.Replace(name) }
