package comparison

import (
	"cmp"
	"slices"
	"strings"
)

// Operation is something that an OpenAPI document offers.
type Operation struct {
	// Method is in capitals, Path with the names of parameters, as interactions are
	// judged by them.
	Method, Path string
	// Summary is what the document says of it in a line, "" if nothing.
	Summary string
}

// Operations returns what the document offers, by path and method; nothing, if it
// is of AsyncAPI.
func (d *Document) Operations() []Operation {
	d.using.Lock()
	defer d.using.Unlock()
	var operations []Operation
	for method, routes := range d.routes {
		for _, route := range slices.Concat(routes.all()...) {
			summary, _ := route.operation.object()["summary"].(string)
			operations = append(operations, Operation{Method: strings.ToUpper(method), Path: route.template, Summary: summary})
		}
	}
	slices.SortFunc(operations, func(a, b Operation) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
	})
	return operations
}
