package openapitest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// ownJSON is the media type of the own API.
const ownJSON = "application/json"

// CheckTypes fails the test unless the types of values are what the contract says of
// the JSON that the operation takes and answers with: each property has a field, and
// each field a property, of a type in which it can be told. A nil value stands for a
// body or an answer of which the contract names no properties. A slice stands for a
// list of the own API, whose pages somebody else reads.
func CheckTypes(t T, operationID string, sends, answers any) {
	t.Helper()
	for _, difference := range contract().checkTypes(operationID, sends, answers) {
		t.Errorf("%s: %s", operationID, difference)
	}
}

func (d *document) checkTypes(operationID string, sends, answers any) []string {
	i := slices.IndexFunc(d.operations, func(o Operation) bool { return o.ID == operationID })
	if i < 0 {
		return []string{"there is no such operation"}
	}
	body, answer := typeCheck{sent: true}, typeCheck{}
	body.compareValue("the body", d.operations[i].bodySchema(), sends)
	answer.compareValue("the answer", d.operations[i].answerSchema(), answers)
	return append(body.differences, answer.differences...)
}

// CheckType fails the test unless the type of the value is what the contract says of
// the schema of that name; see CheckTypes.
func CheckType(t T, schema string, value any) {
	t.Helper()
	check := typeCheck{}
	check.compareValue(schema, contract().api.Components.Schemas[schema].Value, value)
	for _, difference := range check.differences {
		t.Errorf("%s", difference)
	}
}

// BodyProperties names what the JSON that the operation takes may say.
func (o Operation) BodyProperties() []string {
	return slices.Sorted(maps.Keys(shapeOf(o.bodySchema()).properties))
}

// bodySchema is that of the JSON that the operation takes, or nil.
func (o Operation) bodySchema() *openapi3.Schema {
	if o.definition.RequestBody == nil {
		return nil
	}
	return schemaIn(o.definition.RequestBody.Value.Content)
}

// answerSchema is that of the JSON that the operation answers with if all is well, or nil.
func (o Operation) answerSchema() *openapi3.Schema {
	answers := o.definition.Responses.Map()
	for _, status := range slices.Sorted(maps.Keys(answers)) {
		if strings.HasPrefix(status, "2") {
			return schemaIn(answers[status].Value.Content)
		}
	}
	return nil
}

func schemaIn(content openapi3.Content) *openapi3.Schema {
	if media := content[ownJSON]; media != nil && media.Schema != nil {
		return media.Schema.Value
	}
	return nil
}

// shape is what a schema says of a value, with all of which it is composed.
type shape struct {
	kind       string
	format     string
	nullable   bool
	otherwise  any // the value that stands for one that is left out
	properties map[string]*openapi3.Schema
	required   []string
	items      *openapi3.Schema
	values     *openapi3.Schema // of a map
}

func shapeOf(s *openapi3.Schema) shape {
	found := shape{properties: map[string]*openapi3.Schema{}}
	if s != nil {
		found.add(s)
	}
	return found
}

func (f *shape) add(s *openapi3.Schema) {
	for _, kind := range s.Type.Slice() {
		if kind == "null" {
			f.nullable = true
			continue
		}
		f.kind = kind
	}
	f.addValues(s)
	if s.Format != "" {
		f.format = s.Format
	}
	for name, property := range s.Properties {
		f.properties[name] = property.Value
	}
	f.required = append(f.required, s.Required...)
	if s.Items != nil {
		f.items = s.Items.Value
	}
	if s.AdditionalProperties.Schema != nil {
		f.values = s.AdditionalProperties.Schema.Value
	}
	f.otherwise = s.Default
	for _, part := range s.AllOf {
		f.add(part.Value)
	}
	for _, part := range slices.Concat(s.AnyOf, s.OneOf) {
		if len(part.Value.Properties) > 0 || part.Value.Type != nil || len(part.Value.AllOf) > 0 {
			f.add(part.Value)
		}
	}
}

// addValues reads the kind from the values that are allowed, where nothing else says it.
func (f *shape) addValues(s *openapi3.Schema) {
	for _, value := range append(slices.Clone(s.Enum), s.Const) {
		switch value.(type) {
		case string:
			f.kind = "string"
		case bool:
			f.kind = "boolean"
		}
	}
}

// typeCheck collects in what types and schemas differ.
type typeCheck struct {
	// sent tells that a program makes the values, and the broker reads them.
	sent        bool
	differences []string
}

func (c *typeCheck) say(at, format string, args ...any) {
	c.differences = append(c.differences, at+" "+fmt.Sprintf(format, args...))
}

func (c *typeCheck) compareValue(at string, s *openapi3.Schema, value any) {
	wanted := shapeOf(s)
	if value == nil || len(wanted.properties) == 0 {
		return
	}
	kind := reflect.TypeOf(value)
	_, paged := wanted.properties["next_cursor"]
	switch {
	case paged && kind.Kind() == reflect.Slice:
		c.compare(at+"/items", wanted.properties["items"], kind)
	case paged:
		delete(wanted.properties, "next_cursor")
		c.compareFields(at, wanted, kind)
	default:
		c.compare(at, s, kind)
	}
}

// kinds are those of Go in which each type of JSON can be told.
var kinds = map[string][]reflect.Kind{
	"string": {reflect.String}, "boolean": {reflect.Bool}, "integer": {reflect.Int, reflect.Int64}, "number": {reflect.Float64},
	"array": {reflect.Slice}, "object": {reflect.Struct, reflect.Map},
}

var (
	timeType = reflect.TypeFor[time.Time]()
	dataType = reflect.TypeFor[[]byte]()
)

func (c *typeCheck) compare(at string, s *openapi3.Schema, kind reflect.Type) {
	wanted := shapeOf(s)
	pointer := kind.Kind() == reflect.Pointer
	if pointer {
		kind = kind.Elem()
	}
	switch {
	case free(wanted):
		if kind.Kind() != reflect.Interface && kind.Kind() != reflect.Slice {
			c.say(at, "may be anything, but is a %s", kind)
		}
	case wanted.format == "date-time":
		if kind != timeType {
			c.say(at, "is a time, but is a %s", kind)
		}
	case wanted.kind == "string" && kind == dataType: // in base64
	case !slices.Contains(kinds[wanted.kind], kind.Kind()) || kind == timeType:
		c.say(at, "is of the type %s, but is a %s", wanted.kind, kind)
	case kind.Kind() == reflect.Slice:
		c.compare(at+"/*", wanted.items, kind.Elem())
	case kind.Kind() == reflect.Map:
		c.compare(at+"/*", wanted.values, kind.Elem())
	case kind.Kind() == reflect.Struct:
		c.compareFields(at, wanted, kind)
	}
	if wanted.nullable && !pointer && hidesNull(kind) {
		c.say(at, "may be null, which a %s cannot tell", kind)
	}
}

// free reports whether any JSON will do.
func free(wanted shape) bool {
	return len(wanted.properties) == 0 && wanted.values == nil && (wanted.kind == "" || wanted.kind == "object")
}

// hidesNull reports whether the zero value would be taken for something else than null.
func hidesNull(kind reflect.Type) bool {
	return kind == timeType || kind.Kind() == reflect.Bool
}

func (c *typeCheck) compareFields(at string, wanted shape, kind reflect.Type) {
	if kind.Kind() != reflect.Struct {
		c.say(at, "is an object, but is a %s", kind)
		return
	}
	fields := map[string]reflect.StructField{}
	for _, field := range reflect.VisibleFields(kind) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && name != "-" {
			fields[name] = field
		}
	}
	for _, name := range slices.Sorted(maps.Keys(wanted.properties)) {
		field, found := fields[name]
		if !found {
			c.say(at+"/"+name, "has no field in %s", kind)
			continue
		}
		c.compare(at+"/"+name, wanted.properties[name], field.Type)
		c.compareNeed(at+"/"+name, wanted, name, field)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if wanted.properties[name] == nil {
			c.say(at+"/"+name, "is a field of %s, but the contract does not know it", kind)
		}
	}
}

// compareNeed checks that what must be sent is always sent, that what need not be can be
// left out, and that leaving out does not say the contrary.
func (c *typeCheck) compareNeed(at string, wanted shape, name string, field reflect.StructField) {
	if !c.sent {
		return
	}
	_, how, _ := strings.Cut(field.Tag.Get("json"), ",")
	optional := strings.HasPrefix(how, "omit")
	switch {
	case slices.Contains(wanted.required, name) && optional:
		c.say(at, "must be sent, but is left out if it is empty")
	case !slices.Contains(wanted.required, name) && !optional:
		c.say(at, "need not be sent, but always is")
	case field.Type.Kind() == reflect.Bool && shapeOf(wanted.properties[name]).otherwise == true:
		c.say(at, "is true if it is left out, so that false cannot be said")
	}
}
