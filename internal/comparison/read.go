package comparison

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"
)

// Bounds of what is read. They are far beyond honest files and keep hostile ones
// from costing more than a moment.
const (
	maxBytes  = 20 << 20
	maxNodes  = 5_000_000
	maxDigits = 400
)

var (
	errTooDeep    = errors.New("it is nested too deeply")
	errTooMany    = errors.New("it holds too much; aliases count as what they stand for")
	errHugeNumber = errors.New("it holds a number beyond all bounds")
	errMore       = errors.New("something follows after its end")
)

// readJSON reads JSON into maps, slices, strings, booleans and json.Number.
func readJSON(data []byte, maxDepth int) (any, error) {
	decoder := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	value, err := jsonValue(decoder, maxDepth)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errMore
	}
	return value, nil
}

func jsonValue(decoder *jsontext.Decoder, depth int) (any, error) {
	if depth < 0 {
		return nil, errTooDeep
	}
	token, err := decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '{':
		return jsonObject(decoder, depth)
	case '[':
		return jsonArray(decoder, depth)
	case '"':
		return token.String(), nil
	case '0':
		return number(token.String())
	case 't', 'f':
		return token.Bool(), nil
	}
	return nil, nil
}

func jsonObject(decoder *jsontext.Decoder, depth int) (any, error) {
	object := map[string]any{}
	for decoder.PeekKind() != '}' {
		name, err := decoder.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String()
		if object[key], err = jsonValue(decoder, depth-1); err != nil {
			return nil, err
		}
	}
	_, err := decoder.ReadToken()
	return object, err
}

func jsonArray(decoder *jsontext.Decoder, depth int) (any, error) {
	array := []any{}
	for decoder.PeekKind() != ']' {
		value, err := jsonValue(decoder, depth-1)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	_, err := decoder.ReadToken()
	return array, err
}

// number keeps numbers exact, and out of reach of exponents that would fill the
// memory when they are compared.
func number(text string) (any, error) {
	_, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	if exponent != "" {
		if power, err := strconv.Atoi(exponent); err != nil || power > maxDigits || power < -maxDigits {
			return nil, errHugeNumber
		}
	}
	if len(text) > maxDigits {
		return nil, errHugeNumber
	}
	return json.Number(text), nil
}

// readYAML reads the first YAML document into the same values as readJSON:
// keys are texts, dates stay texts, aliases share what they stand for. It returns a
// *Refusal for one that holds too much, before it is read.
func readYAML(data []byte, maxDepth int) (any, error) {
	if yamlParts(data) > maxYAMLParts {
		return nil, errParts()
	}
	oneTree.Lock()
	defer oneTree.Unlock()
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, err
	}
	if len(document.Content) == 0 {
		return nil, errors.New("it is empty")
	}
	reader := yamlReader{anchored: map[*yaml.Node]sized{}}
	value, err := reader.value(document.Content[0], maxDepth)
	return value.value, err
}

// oneTree lets one file of YAML be read at a time: until it is made into values its
// tree takes twenty times the memory of its text.
var oneTree sync.Mutex

// yamlReader makes values of a tree, which it takes apart on its way, so that the
// memory of what is done can be used again.
type yamlReader struct {
	// anchored are the values that aliases may stand for.
	anchored map[*yaml.Node]sized
}

// sized is a value and how many values it is made of.
type sized struct {
	value any
	size  int
}

func (r *yamlReader) value(node *yaml.Node, depth int) (made sized, err error) {
	if depth < 0 {
		return sized{}, errTooDeep
	}
	switch node.Kind {
	case yaml.MappingNode:
		made, err = r.mapping(node, depth)
	case yaml.SequenceNode:
		made, err = r.sequence(node, depth)
	case yaml.AliasNode:
		return r.alias(node.Alias)
	default:
		made.size = 1
		made.value, err = yamlScalar(node)
	}
	if node.Anchor != "" && err == nil {
		r.anchored[node] = made
	}
	return made, err
}

// alias returns what the anchor stands for, which comes before the alias in the file.
func (r *yamlReader) alias(anchor *yaml.Node) (sized, error) {
	known, done := r.anchored[anchor]
	if !done && anchor.Kind == yaml.ScalarNode {
		return r.value(anchor, 0) // the key of a mapping
	}
	if !done {
		return sized{}, errors.New("an alias stands for something that holds the alias itself")
	}
	return known, nil
}

func (r *yamlReader) sequence(node *yaml.Node, depth int) (sized, error) {
	array, size := make([]any, 0, len(node.Content)), 1
	for i, child := range node.Content {
		node.Content[i] = nil
		value, err := r.value(child, depth-1)
		if err != nil {
			return sized{}, err
		}
		array = append(array, value.value)
		if size += value.size; size > maxNodes {
			return sized{}, errTooMany
		}
	}
	return sized{array, size}, nil
}

func (r *yamlReader) mapping(node *yaml.Node, depth int) (sized, error) {
	object, merged, size := map[string]any{}, map[string]any{}, 1
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, child := node.Content[i], node.Content[i+1]
		node.Content[i], node.Content[i+1] = nil, nil
		value, err := r.value(child, depth-1)
		if err != nil {
			return sized{}, err
		}
		if size += value.size; size > maxNodes {
			return sized{}, errTooMany
		}
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			return sized{}, fmt.Errorf("the key in line %d is no text", key.Line)
		}
		if key.ShortTag() == "!!merge" {
			merge(merged, value.value)
			continue
		}
		object[key.Value] = value.value
	}
	for key, value := range merged {
		if _, own := object[key]; !own {
			object[key] = value
		}
	}
	return sized{object, size}, nil
}

// merge adds what a merge key brings; of several maps the earlier wins.
func merge(into map[string]any, value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			if _, known := into[key]; !known {
				into[key] = inner
			}
		}
	case []any:
		for _, inner := range value {
			merge(into, inner)
		}
	}
}

func yamlScalar(node *yaml.Node) (any, error) {
	switch node.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		return strings.EqualFold(node.Value, "true"), nil
	case "!!int":
		return yamlInteger(node)
	case "!!float":
		return yamlFloat(node)
	}
	return node.Value, nil
}

func yamlInteger(node *yaml.Node) (any, error) {
	if json.Valid([]byte(node.Value)) {
		return number(node.Value)
	}
	var whole int64
	if err := node.Decode(&whole); err != nil {
		return node.Value, nil //nolint:nilerr // what YAML takes for a number and cannot read is a text
	}
	return json.Number(strconv.FormatInt(whole, 10)), nil
}

func yamlFloat(node *yaml.Node) (any, error) {
	if json.Valid([]byte(node.Value)) {
		return number(node.Value)
	}
	var float float64
	if err := node.Decode(&float); err != nil {
		return node.Value, nil //nolint:nilerr // what YAML takes for a number and cannot read is a text
	}
	encoded, err := json.Marshal(float)
	if err != nil {
		return node.Value, nil //nolint:nilerr // infinity and "not a number" are no numbers of JSON
	}
	return json.Number(encoded), nil
}
