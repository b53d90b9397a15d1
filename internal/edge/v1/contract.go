package v1

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	broker "github.com/accord-broker/accord"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/openapi"
	"github.com/accord-broker/accord/internal/support/rackquery"
)

// pathParameter is how the table of routes writes what openapi.yaml writes {so}.
var pathParameter = regexp.MustCompile(`:(\w+)`)

// contract is openapi.yaml, with what it says of each route gathered once.
type contract struct {
	document   *openapi.Document
	mutex      sync.Mutex
	operations map[string]*operation
}

// operation is what the contract says of the requests of one route.
type operation struct {
	query        map[string]parameter
	body         *jsonschema.Schema
	bodyRequired bool
}

// parameter is a parameter of the query.
type parameter struct {
	schema *jsonschema.Schema
	// kind is the JSON type of the value, of a list that of its elements.
	kind     string
	list     bool
	required bool
}

// readContract reads openapi.yaml when the first request needs it.
var readContract = sync.OnceValues(func() (*contract, error) {
	document, err := openapi.Read(broker.OpenAPI)
	return &contract{document: document, operations: map[string]*operation{}}, err
})

// checkRequest returns an Invalid fault that names each part of the request
// that does not follow the contract, in the order of their names.
func checkRequest(c *gin.Context, method, path string) error {
	contract, err := readContract()
	if err != nil {
		return err
	}
	operation, err := contract.operation(method, path)
	if err != nil {
		return err
	}
	wrong := operation.checkQuery(c.Request.URL.RawQuery, edge.Query(c))
	for i := range wrong {
		wrong[i].In = fault.Query
	}
	if operation.body != nil && strings.Contains(c.ContentType(), "json") {
		body, err := edge.Body(c)
		if err != nil {
			return err
		}
		wrong = append(wrong, operation.checkBody(body)...)
	}
	if len(wrong) > 0 {
		slices.SortStableFunc(wrong, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
		return fault.InvalidFields(wrong...)
	}
	return nil
}

// operation returns what the contract says of a route, compiling it at first.
func (c *contract) operation(method, path string) (*operation, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	key := method + " " + path
	if known := c.operations[key]; known != nil {
		return known, nil
	}
	at := "/paths/" + openapi.Token(pathParameter.ReplaceAllString(path, "{$1}"))
	o := &operation{query: map[string]parameter{}}
	for _, from := range []string{at + "/parameters", at + "/" + strings.ToLower(method) + "/parameters"} {
		list, _ := c.document.Find(from).([]any)
		for i := range list {
			if err := c.addParameter(o, from+"/"+strconv.Itoa(i)); err != nil {
				return nil, err
			}
		}
	}
	body := c.document.Follow(at + "/" + strings.ToLower(method) + "/requestBody")
	found, is := c.document.Find(body).(map[string]any)
	if content, _ := found["content"].(map[string]any); is && content[edge.JSON] != nil {
		var err error
		o.bodyRequired, _ = found["required"].(bool)
		if o.body, err = c.document.Schema(body + "/content/application~1json/schema"); err != nil {
			return nil, err
		}
	}
	c.operations[key] = o
	return o, nil
}

func (c *contract) addParameter(o *operation, pointer string) error {
	pointer = c.document.Follow(pointer)
	found, _ := c.document.Find(pointer).(map[string]any)
	if found["in"] != "query" {
		return nil
	}
	schema, err := c.document.Schema(pointer + "/schema")
	if err != nil {
		return err
	}
	p := parameter{schema: schema}
	p.required, _ = found["required"].(bool)
	at := c.document.Follow(pointer + "/schema")
	if p.kind, _ = c.document.Find(at + "/type").(string); p.kind == "array" {
		p.list = true
		p.kind, _ = c.document.Find(c.document.Follow(at+"/items") + "/type").(string)
	}
	name, _ := found["name"].(string)
	o.query[name] = p
	return nil
}

func (o *operation) checkQuery(raw string, pairs []edge.Pair) []fault.Field {
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

func (o *operation) names() []string {
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

func (o *operation) checkBody(body []byte) []fault.Field {
	if len(bytes.TrimSpace(body)) == 0 {
		if o.bodyRequired {
			return []fault.Field{{Message: "the request body is missing"}}
		}
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return []fault.Field{{Message: "the request body is not JSON"}}
	}
	return violations(o.body.Validate(value), "")
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
