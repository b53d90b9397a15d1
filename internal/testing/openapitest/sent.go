package openapitest

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/accord-broker/accord/internal/support/openapi"

	"github.com/getkin/kin-openapi/openapi3"
)

// CheckRequest fails the test if a request is not what the contract says: there is no
// such operation, a parameter is not described or not what its schema wants, or the
// body is of another kind or does not match. It returns the ID of the operation.
func CheckRequest(t T, req *http.Request, body []byte) string {
	t.Helper()
	operation, err := contract().checkRequest(req, body)
	if err != nil {
		t.Errorf("%s %s is a request against the contract: %v\n%s", req.Method, req.URL.RequestURI(), err, body)
	}
	return operation.ID
}

func (d *document) checkRequest(req *http.Request, body []byte) (Operation, error) {
	o, known := d.find(req.Method, req.URL.EscapedPath())
	if !known {
		return o, fmt.Errorf("there is no such operation")
	}
	query, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		return o, err
	}
	for name, values := range query {
		if err := d.checkParameter(o, name, values); err != nil {
			return o, fmt.Errorf("the parameter %s: %w", name, err)
		}
	}
	return o, d.checkSent(o, mediaType(req.Header), body)
}

// checkParameter compares the values of a parameter in the query with its schema.
// Of those with brackets, such as q[][version], only the name before them is known.
func (d *document) checkParameter(o Operation, name string, values []string) error {
	name, _, deep := strings.Cut(name, "[")
	i := slices.IndexFunc(o.definition.Parameters, func(p *openapi3.ParameterRef) bool {
		return p.Value.In == openapi3.ParameterInQuery && p.Value.Name == name
	})
	if i < 0 {
		return fmt.Errorf("%s does not take it", o.ID)
	}
	if deep {
		return nil
	}
	schema, err := d.schemas.Schema(d.schemas.Follow(o.pointer()+"/parameters/"+strconv.Itoa(i)) + "/schema")
	if err != nil {
		return err
	}
	switch kind := shapeOf(o.definition.Parameters[i].Value.Schema.Value).kind; {
	case kind == "array":
		list := make([]any, len(values))
		for i, value := range values {
			list[i] = value
		}
		return schema.Validate(list)
	case len(values) > 1:
		return fmt.Errorf("it comes %d times", len(values))
	case kind == "integer":
		value, err := strconv.Atoi(values[0])
		if err != nil {
			return err
		}
		return schema.Validate(value)
	}
	return schema.Validate(values[0])
}

// checkSent compares a body with what the operation takes.
func (d *document) checkSent(o Operation, kind string, body []byte) error {
	documented := o.definition.RequestBody
	switch {
	case documented == nil && len(body) > 0:
		return fmt.Errorf("%s takes no body", o.ID)
	case documented == nil || !documented.Value.Required && len(body) == 0:
		return nil
	case documented.Value.Content[kind] == nil:
		return fmt.Errorf("%s takes no %q", o.ID, kind)
	}
	value, err := decodeSent(kind, body)
	if err != nil {
		return fmt.Errorf("the body is no %s: %w", kind, err)
	}
	schema, err := d.schemas.Schema(d.schemas.Follow(o.pointer()+"/requestBody") + "/content/" + openapi.Token(kind) + "/schema")
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// decodeSent reads a body as a value that a schema can judge; a form is an object of texts.
func decodeSent(kind string, body []byte) (any, error) {
	if kind != "application/x-www-form-urlencoded" {
		return jsonschema.UnmarshalJSON(bytes.NewReader(body))
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	value := map[string]any{}
	for name := range form {
		value[name] = form.Get(name)
	}
	return value, nil
}

// pointer is where the operation stands in the document.
func (o Operation) pointer() string {
	return "/paths/" + openapi.Token(o.Path) + "/" + strings.ToLower(o.Method)
}

// Parameters names those that the operation takes in its query or in headers.
func (o Operation) Parameters(in string) []string {
	var names []string
	for _, parameter := range o.definition.Parameters {
		if parameter.Value.In == in {
			names = append(names, parameter.Value.Name)
		}
	}
	return names
}
