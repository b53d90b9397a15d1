package openapitest

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/openapi"
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

// checkRequest holds a request against the document as a broker does.
func (d *document) checkRequest(req *http.Request, body []byte) (Operation, error) {
	o, known := d.find(req.Method, req.URL.EscapedPath())
	if !known {
		return o, errors.New("there is no such operation")
	}
	query, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		return o, err
	}
	var pairs []openapi.Pair
	for _, name := range slices.Sorted(maps.Keys(query)) {
		for _, value := range query[name] {
			pairs = append(pairs, openapi.Pair{Key: name, Value: value})
		}
	}
	described, err := d.requests.Operation(o.Method, o.Path)
	if err != nil {
		return o, err
	}
	wrong := append(described.CheckQuery(req.URL.RawQuery, pairs), described.CheckBody(mediaType(req.Header), body)...)
	if len(wrong) > 0 {
		return o, fmt.Errorf("%s: %w", o.ID, fault.InvalidFields(wrong...))
	}
	return o, nil
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
