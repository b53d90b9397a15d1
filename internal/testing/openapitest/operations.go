package openapitest

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Operation is one operation of the contract.
type Operation struct {
	// Method is in capitals.
	Method string
	// Path is the template, with parameters as {name}.
	Path string
	// ID is the operationId.
	ID string
	// AliasOf is the ID of the operation that this one is an older address of;
	// empty for most.
	AliasOf string

	definition *openapi3.Operation
	segments   []string
}

// Handler names the function that serves the operation: its own ID, or that
// of the operation it is an alias of.
func (o Operation) Handler() string {
	return cmp.Or(o.AliasOf, o.ID)
}

// Operations lists all operations of the contract by path and method.
func Operations() []Operation {
	return slices.Clone(contract().operations)
}

// operations lists those of a document in such an order that of two templates
// which fit the same path, the one with the earlier fixed segment comes first.
func operations(api *openapi3.T) []Operation {
	var all []Operation
	for path, item := range api.Paths.Map() {
		for method, definition := range item.Operations() {
			alias, _ := definition.Extensions["x-alias-of"].(string)
			all = append(all, Operation{
				Method: method, Path: path, ID: definition.OperationID, AliasOf: alias,
				definition: definition, segments: strings.Split(path, "/"),
			})
		}
	}
	slices.SortFunc(all, func(a, b Operation) int {
		return cmp.Or(slices.CompareFunc(a.segments, b.segments, compareSegments), cmp.Compare(a.Method, b.Method))
	})
	return all
}

// compareSegments puts fixed segments before parameters.
func compareSegments(a, b string) int {
	switch {
	case isParameter(a) == isParameter(b):
		return cmp.Compare(a, b)
	case isParameter(b):
		return -1
	default:
		return 1
	}
}

func isParameter(segment string) bool {
	return strings.HasPrefix(segment, "{")
}

// find returns the operation that serves a request for an escaped path.
// HEAD is served by GET.
func (d *document) find(method, path string) (Operation, bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	segments := strings.Split(plain(path), "/")
	for _, o := range d.operations {
		if o.Method == method && fits(o.segments, segments) {
			return o, true
		}
	}
	return Operation{}, false
}

// Match returns the template that the escaped path of a request fills in, whatever
// the method, and with what: the parameters as they are, not escaped.
func Match(path string) (template string, parameters map[string]string, found bool) {
	segments := strings.Split(plain(path), "/")
	for _, o := range contract().operations {
		if !fits(o.segments, segments) {
			continue
		}
		parameters := map[string]string{}
		for i, name := range o.segments {
			if isParameter(name) {
				parameters[strings.Trim(name, "{}")], _ = url.PathUnescape(segments[i]) // the broker made it
			}
		}
		return o.Path, parameters, true
	}
	return "", nil, false
}

// fits reports whether the segments of a path fill in a template.
func fits(template, path []string) bool {
	return slices.EqualFunc(template, path, func(t, p string) bool {
		return t == p || isParameter(t) && p != ""
	})
}

// plain cuts off what the edge does not route by: a slash at the end and an
// extension that stands for an Accept header.
func plain(path string) string {
	if path == "/" || path == "/openapi.yaml" {
		return path
	}
	path = strings.TrimSuffix(path, "/")
	for _, extension := range []string{".csv", ".dot", ".svg", ".json", ".txt", ".yaml"} {
		if cut, found := strings.CutSuffix(path, extension); found {
			return cut
		}
	}
	return path
}

// responses returns what an operation documents for a status.
func (o Operation) response(status string) (response, bool) {
	documented := o.definition.Responses.Value(status)
	if documented == nil {
		return response{}, false
	}
	pointer := documented.Ref
	if pointer == "" {
		pointer = "#" + o.pointer() + "/responses/" + status
	}
	return response{pointer, documented.Value}, true
}

// QueryParameters names the parameters that the operation takes in its query.
func QueryParameters(method, path string) []string {
	var names []string
	for _, o := range contract().operations {
		if o.Method == method && o.Path == path {
			names = append(names, o.Parameters(openapi3.ParameterInQuery)...)
		}
	}
	return names
}
