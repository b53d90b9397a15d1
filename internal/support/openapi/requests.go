package openapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/rackquery"
)

// Media types of bodies that can be held against a schema.
const (
	JSON = "application/json"
	Form = "application/x-www-form-urlencoded"
)

// Requests holds requests against a document. What it says of each operation is
// gathered when that is first asked for. It may be used by several goroutines.
type Requests struct {
	document   *Document
	mutex      sync.Mutex
	operations map[string]*Operation
}

// Requests returns what holds requests against the document.
func (d *Document) Requests() *Requests {
	return &Requests{document: d, operations: map[string]*Operation{}}
}

// Operation is what a document says of the requests of one method and path.
type Operation struct {
	query map[string]parameter
	// bodies are the schemas of the body by media type.
	bodies       map[string]*jsonschema.Schema
	bodyRequired bool
}

// Pair is a name and a value in a query, both unescaped.
type Pair struct{ Key, Value string }

// parameter is a parameter of the query.
type parameter struct {
	schema *jsonschema.Schema
	// kind is the JSON type of the value, of a list that of its elements.
	kind     string
	list     bool
	required bool
}

// Operation returns what the document says of a method and a path, which has its
// parameters in braces.
func (r *Requests) Operation(method, path string) (*Operation, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	key := method + " " + path
	if known := r.operations[key]; known != nil {
		return known, nil
	}
	at := "/paths/" + Token(path)
	o := &Operation{query: map[string]parameter{}, bodies: map[string]*jsonschema.Schema{}}
	for _, from := range []string{at + "/parameters", at + "/" + strings.ToLower(method) + "/parameters"} {
		list, _ := r.document.Find(from).([]any)
		for i := range list {
			if err := r.addParameter(o, from+"/"+strconv.Itoa(i)); err != nil {
				return nil, err
			}
		}
	}
	body := r.document.Follow(at + "/" + strings.ToLower(method) + "/requestBody")
	found, _ := r.document.Find(body).(map[string]any)
	content, _ := found["content"].(map[string]any)
	o.bodyRequired, _ = found["required"].(bool)
	for media := range content {
		var err error
		if o.bodies[media], err = r.document.Schema(body + "/content/" + Token(media) + "/schema"); err != nil {
			return nil, err
		}
	}
	r.operations[key] = o
	return o, nil
}

func (r *Requests) addParameter(o *Operation, pointer string) error {
	pointer = r.document.Follow(pointer)
	found, _ := r.document.Find(pointer).(map[string]any)
	if found["in"] != "query" {
		return nil
	}
	schema, err := r.document.Schema(pointer + "/schema")
	if err != nil {
		return err
	}
	p := parameter{schema: schema}
	p.required, _ = found["required"].(bool)
	at := r.document.Follow(pointer + "/schema")
	if p.kind, _ = r.document.Find(at + "/type").(string); p.kind == "array" {
		p.list = true
		p.kind, _ = r.document.Find(r.document.Follow(at+"/items") + "/type").(string)
	}
	name, _ := found["name"].(string)
	o.query[name] = p
	return nil
}

// CheckQuery names each part of a query that does not follow the document; raw is
// the query as it was written, pairs what it says.
func (o *Operation) CheckQuery(raw string, pairs []Pair) []fault.Field {
	values, nested := map[string][]string{}, false
	var wrong []fault.Field
	for _, pair := range pairs {
		name, _, within := strings.Cut(pair.Key, "[")
		if p, known := o.query[name]; !known || within && !p.list {
			takes := cmp.Or(strings.Join(o.names(), ", "), "no query parameters")
			wrong = append(wrong, fault.Field{Name: pair.Key, Message: "is not known here; this address takes " + takes})
			continue
		}
		nested = nested || within
		values[name] = append(values[name], pair.Value)
	}
	structured, err := rackquery.Query{}, error(nil)
	if nested {
		structured, err = rackquery.Parse(raw)
	}
	if err != nil {
		return append(wrong, fault.Field{Message: err.Error()})
	}
	for _, name := range o.names() {
		p, given, list := o.query[name], values[name], structured.Value(name)
		switch {
		case len(given) == 0 && p.required:
			wrong = append(wrong, fault.Field{Name: name, Message: "is missing"})
		case len(given) > 1 && !p.list:
			wrong = append(wrong, fault.Field{Name: name, Message: "is given more than once"})
		case len(given) > 0 && nested && !list.IsText() && p.list:
			wrong = append(wrong, violations(p.schema.Validate(plain(list)), name)...)
		case len(given) > 0:
			wrong = append(wrong, violations(p.schema.Validate(p.value(given)), name)...)
		}
	}
	return wrong
}

// plain is what a query says in brackets, as the JSON value that the schema
// speaks of; all of it is text.
func plain(v *rackquery.Value) any {
	switch {
	case v.IsText():
		return v.Text()
	case v.IsHash():
		object := map[string]any{}
		for _, key := range v.Keys() {
			object[key] = plain(v.Member(key))
		}
		return object
	}
	list := []any{}
	for _, element := range v.List() {
		list = append(list, plain(element))
	}
	return list
}

func (o *Operation) names() []string {
	names := []string{}
	for name := range o.query {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// value reads texts of a query as the JSON value that the schema speaks of.
func (p parameter) value(texts []string) any {
	values := make([]any, len(texts))
	for i, text := range texts {
		values[i] = text
		switch p.kind {
		case "integer", "number":
			if _, err := strconv.ParseFloat(text, 64); err == nil {
				values[i] = json.Number(text)
			}
		case "boolean":
			if text == "true" || text == "false" {
				values[i] = text == "true"
			}
		}
	}
	if p.list {
		return values
	}
	return values[0]
}

// Takes reports whether a body may be of the media type.
func (o *Operation) Takes(media string) bool { return o.bodies[media] != nil }

// CheckBody names each part of a body that does not follow the document. A form is
// an object of texts.
func (o *Operation) CheckBody(media string, body []byte) []fault.Field {
	empty := len(bytes.TrimSpace(body)) == 0
	switch {
	case empty && o.bodyRequired:
		return []fault.Field{{Message: "the request body is missing"}}
	case empty:
		return nil
	case len(o.bodies) == 0:
		return []fault.Field{{Message: "no request body is taken"}}
	case !o.Takes(media):
		return []fault.Field{{Message: fmt.Sprintf("the request body is %q, but must be %s", media, strings.Join(slices.Sorted(maps.Keys(o.bodies)), " or "))}}
	}
	value, err := decode(media, body)
	if err != nil {
		return []fault.Field{{Message: "the request body is not " + cmp.Or(mediaInWords[media], media)}}
	}
	return violations(o.bodies[media].Validate(value), "")
}

var mediaInWords = map[string]string{JSON: "JSON", Form: "a form"}

func decode(media string, body []byte) (any, error) {
	if media != Form {
		return jsonschema.UnmarshalJSON(bytes.NewReader(body))
	}
	form, err := url.ParseQuery(string(body))
	value := map[string]any{}
	for name := range form {
		value[name] = form.Get(name)
	}
	return value, err
}

// violations lists what a validation has found, each with the path of the part
// of the request that is to blame, below the given one.
func violations(err error, below string) []fault.Field {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return nil
	}
	if len(invalid.Causes) > 0 {
		var wrong []fault.Field
		for _, cause := range invalid.Causes {
			wrong = append(wrong, violations(cause, below)...)
		}
		return wrong
	}
	at := strings.Trim(below+"."+strings.Join(invalid.InstanceLocation, "."), ".")
	within := func(names []string, text string) []fault.Field {
		fields := make([]fault.Field, len(names))
		for i, name := range names {
			fields[i] = fault.Field{Name: strings.Trim(at+"."+name, "."), Message: text}
		}
		return fields
	}
	switch broken := invalid.ErrorKind.(type) {
	case *kind.Required:
		return within(broken.Missing, "is missing")
	case *kind.AdditionalProperties:
		return within(broken.Properties, "is not known here")
	}
	return []fault.Field{{Name: at, Message: inWords(invalid)}}
}

// counted is how many there are of something: "1 element", "0 elements".
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

// inWords says what is wrong and what would be right.
func inWords(invalid *jsonschema.ValidationError) string {
	switch broken := invalid.ErrorKind.(type) {
	case *kind.Type:
		wanted := make([]string, len(broken.Want))
		for i, name := range broken.Want {
			wanted[i] = cmp.Or(typesInWords[name], name)
		}
		return "is " + cmp.Or(typesInWords[broken.Got], broken.Got) + ", but must be " + strings.Join(wanted, " or ")
	case *kind.Maximum:
		return "is " + number(broken.Got) + ", but must be at most " + number(broken.Want)
	case *kind.Minimum:
		return "is " + number(broken.Got) + ", but must be at least " + number(broken.Want)
	case *kind.MinItems:
		return "has " + counted(broken.Got, "element") + ", but must have at least " + strconv.Itoa(broken.Want)
	case *kind.MaxItems:
		return "has " + counted(broken.Got, "element") + ", but must have at most " + strconv.Itoa(broken.Want)
	case *kind.MinLength:
		return "has " + counted(broken.Got, "character") + ", but must have at least " + strconv.Itoa(broken.Want)
	case *kind.MaxLength:
		return "has " + counted(broken.Got, "character") + ", but must have at most " + strconv.Itoa(broken.Want)
	case *kind.Format:
		if text, is := broken.Got.(string); is && broken.Want == "date-time" {
			return noTime(text)
		}
	}
	return invalid.DetailedOutput().Error.String()
}

var typesInWords = map[string]string{
	"string": "a text", "array": "a list", "object": "an object", "integer": "a whole number", "number": "a number", "boolean": "true or false",
}

// number writes a number as people do, and a very large one in short.
func number(r *big.Rat) string {
	const digits = 10
	value, _ := r.Float64()
	return strconv.FormatFloat(value, 'g', digits, 64)
}

// noTime says how a time is written. In a query a plus arrives as a space.
func noTime(text string) string {
	const longest = 100
	shown, hint := text, ""
	if letters := []rune(text); len(letters) > longest {
		shown = string(letters[:longest]) + "…"
	}
	if strings.Contains(text, " ") {
		hint = "; a + in an address is written %2B"
	}
	return fmt.Sprintf("is %q, but must be a time such as 2026-11-21T08:54:31Z%s", shown, hint)
}
