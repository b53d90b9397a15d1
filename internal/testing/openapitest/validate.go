package openapitest

import (
	"bytes"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// T is the part of testing.TB that is needed to report a broken contract.
type T interface {
	Helper()
	Errorf(format string, args ...any)
}

// Validate fails the test if an answer is not what the contract says: its
// status is not documented for the operation nor common to all, a promised
// header is missing, or the body does not match its schema. The path of the
// request is as the client sent it, without the path of the base address.
//
// Answers that the operation itself documents are remembered for Unseen. Pages for browsers
// and answers to OPTIONS are no part of the contract and pass.
func Validate(t T, req *http.Request, status int, header http.Header, body []byte) {
	t.Helper()
	if err := contract().validate(req, answer{strconv.Itoa(status), header, body}); err != nil {
		t.Errorf("%s %s answered %d against the contract: %v\n%s", req.Method, req.URL.RequestURI(), status, err, body)
	}
}

// answer is what the broker sent.
type answer struct {
	status string
	header http.Header
	body   []byte
}

func (d *document) validate(req *http.Request, a answer) error {
	operation, known := d.find(req.Method, req.URL.EscapedPath())
	documented, own := response{}, false
	if known {
		documented, own = operation.response(a.status)
	}
	switch {
	case req.Method == http.MethodOptions || isPage(req, a, documented):
		return nil
	case !known:
		return unknownRoute(a)
	}
	if !own {
		return d.checkCommon(req.Method, operation, a)
	}
	if err := d.check(req.Method, documented, a); err != nil {
		if d.checkCommon(req.Method, operation, a) == nil {
			return nil
		}
		return err
	}
	if req.Method == http.MethodHead {
		return nil
	}
	return d.notes.remember(sighting{operation.ID, a.status})
}

// isPage reports whether the answer is a page that a browser asked for, at an
// address which the contract gives other types.
func isPage(req *http.Request, a answer, documented response) bool {
	accepted := strings.Join(req.Header.Values("Accept"), ",")
	if !strings.Contains(accepted, "text/html") || mediaType(a.header) != "text/html" {
		return false
	}
	return documented.Response == nil || documented.Content["text/html"] == nil
}

// unknownRoute accepts what the broker answers to a method or an address that
// it does not know.
func unknownRoute(a answer) error {
	if !slices.Contains([]string{"404", "405", "422", "501"}, a.status) {
		return fmt.Errorf("there is no such operation")
	}
	return nil
}

// checkCommon compares an answer with what any operation may answer. Such
// answers may leave out the body.
func (d *document) checkCommon(method string, operation Operation, a answer) error {
	common, found := d.common[a.status]
	switch {
	case !found:
		return fmt.Errorf("%s documents no such status", operation.ID)
	case len(a.body) == 0:
		return nil
	}
	return d.check(method, common, a)
}

// check compares an answer with what is documented.
func (d *document) check(method string, documented response, a answer) error {
	for name, h := range documented.Headers {
		if h.Value.Required && a.header.Get(name) == "" {
			return fmt.Errorf("the header %s is missing", name)
		}
	}
	empty := len(a.body) == 0
	switch {
	case empty && (len(documented.Content) == 0 || method == http.MethodHead):
		return nil
	case method == http.MethodHead || len(documented.Content) == 0:
		return fmt.Errorf("there should be no body")
	case empty && !strings.HasPrefix(mediaType(a.header), "text/"):
		return fmt.Errorf("the body is missing")
	}
	return d.checkBody(documented, a)
}

func (d *document) checkBody(documented response, a answer) error {
	kind := mediaType(a.header)
	if kind == "" {
		kind = "application/json" // as a client would take it
	}
	if documented.Content[kind] == nil {
		types := slices.Sorted(maps.Keys(documented.Content))
		return fmt.Errorf("the type %q is not documented, only %s", a.header.Get("Content-Type"), strings.Join(types, ", "))
	}
	schema, err := d.schema(documented, kind)
	if err != nil {
		return err
	}
	value, err := decode(kind, a.body)
	if err != nil {
		return fmt.Errorf("the body is no %s: %w", kind, err)
	}
	return schema.Validate(value)
}

// mediaType returns the bare type of a body.
func mediaType(header http.Header) string {
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

// decode reads a body as a value that a schema can judge: JSON and YAML by
// their structure, all else as text.
func decode(kind string, body []byte) (any, error) {
	switch {
	case kind == "application/json" || strings.HasSuffix(kind, "+json"):
		return jsonschema.UnmarshalJSON(bytes.NewReader(body))
	case kind == "application/yaml":
		var value any
		err := yaml.Unmarshal(body, &value)
		return value, err
	default:
		return string(body), nil
	}
}
