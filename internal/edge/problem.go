package edge

import (
	"bytes"
	"html"
	"net/http"
	"regexp"
	"strings"

	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
)

// problem is a failure in the form of RFC 9457. Code and what follows are for
// the broker's own API only.
type problem struct {
	Title     string        `json:"title"`
	Type      string        `json:"type"`
	Detail    string        `json:"detail,omitempty"`
	Status    int           `json:"status"`
	Instance  string        `json:"instance,omitempty"`
	Errors    []problemItem `json:"errors,omitempty"`
	Code      string        `json:"code,omitempty"`
	Action    string        `json:"action,omitempty"`
	Retryable *bool         `json:"retryable,omitempty"`
	RequestID string        `json:"request_id,omitempty"`
}

// problemItem is one field that breaks a rule.
type problemItem struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Detail  string `json:"detail"`
	Pointer string `json:"pointer,omitempty"`
}

// compatibleTypes are the types of problems on the compatible API, by kind. They
// are the original's, with its mix of "problem" and "problems".
var compatibleTypes = map[fault.Kind]string{
	fault.Internal:      "problems/server-error",
	fault.Malformed:     "problem/server-error",
	fault.Invalid:       "problems/validation-error",
	fault.NotFound:      "problem/not-found",
	fault.Conflict:      "problem/server-error",
	fault.Unprocessable: "problems/validation-error",
	fault.Unauthorized:  "problem/unauthorized",
	fault.Forbidden:     "problem/forbidden",
	fault.TooLarge:      "problem/too-large",
	fault.Gone:          "problem/gone",
	fault.Unavailable:   "problem/unavailable",

	fault.TooManyRequests: "problem/too-many-requests",
}

func problemOf(r *http.Request, status int, f *fault.Error) problem {
	var p problem
	code := codeOfFault(f)
	if len(f.Fields) > 0 {
		items := make([]problemItem, len(f.Fields))
		for i, field := range f.Fields {
			items[i] = problemItemOf(r, field)
		}
		p = validationProblem(r, status, items)
	} else {
		p = problem{Title: code.Title, Type: requestStateOf(r.Context()).base.Problem(compatibleTypes[f.Kind]), Detail: f.Error(), Status: status}
		if isOwnAPI(r) && f.OwnMessage != "" {
			p.Detail = f.OwnMessage
		}
		if f.Code != "" {
			p.Type = problemType(r, code)
		}
	}
	if isOwnAPI(r) {
		p.own(r, code)
	}
	return p
}

func validationProblem(r *http.Request, status int, items []problemItem) problem {
	base := requestStateOf(r.Context()).base
	return problem{Title: "Validation errors", Type: base.Problem("problems/validation-error"), Status: status, Instance: "/", Errors: items}
}

// indexed finds the position that the message of an array's item ends in.
var indexed = regexp.MustCompile(` \(at index (\d+)\)$`)

// itemKinds are the types of the problems of a field by the place in which it stands:
// that of one which is missing, and that of one with a wrong value.
var itemKinds = map[fault.Place]struct{ title, missing, wrong string }{
	"":           {"Invalid body parameter", "missing-body-property", "invalid-body-property-value"},
	fault.Query:  {"Invalid query parameter", "missing-query-parameter", "invalid-query-parameter-value"},
	fault.Header: {"Invalid header", "missing-header", "invalid-header-value"},
}

func problemItemOf(r *http.Request, field fault.Field) problemItem {
	place := position(r, field)
	kinds := itemKinds[place]
	kind := kinds.wrong
	switch {
	case strings.Contains(field.Message, "missing"):
		kind = kinds.missing
	case place == "" && strings.Contains(field.Message, "format"):
		kind = "invalid-body-property-format"
	}
	pointer := "/" + strings.ReplaceAll(field.Name, ".", "/")
	if at := indexed.FindStringSubmatch(field.Message); at != nil {
		pointer += "/" + at[1]
	}
	return problemItem{Type: requestStateOf(r.Context()).base.Problem("problems/" + kind), Title: kinds.title, Detail: field.Message, Pointer: pointer}
}

// position is where the field stands, which the compatible API does not tell: there the
// Pact Broker calls everything a part of the body.
func position(r *http.Request, field fault.Field) fault.Place {
	switch {
	case !isOwnAPI(r):
		return ""
	case field.In == "" && reads(r):
		return fault.Query
	}
	return field.In
}

// problemType is the address of the page of a code, for what has no body in the Pact
// Broker.
func problemType(r *http.Request, code Code) string {
	return requestStateOf(r.Context()).base.Problem("problem/" + code.Page())
}

// own completes a problem with what the own API says of every failure. All its
// types are below problems/.
func (p *problem) own(r *http.Request, code Code) {
	p.Title, p.Code, p.Action, p.Retryable = code.Title, code.Name, code.Action, &code.Retryable
	p.Instance, p.RequestID = requestStateOf(r.Context()).path, RequestID(r.Context())
	if len(p.Errors) == 0 {
		p.Type = requestStateOf(r.Context()).base.Problem("problems/" + code.Page())
	}
}

func writeProblem(w http.ResponseWriter, r *http.Request, p problem) {
	sent(w, r, writeJSON(w, p.Status, Problem, p))
}

// fieldMessages is written as an object of lists, a list for each field, in the
// order in which the fields first occur.
type fieldMessages []fault.Field

// MarshalJSON groups the messages by field.
func (f fieldMessages) MarshalJSON() ([]byte, error) {
	var names []string
	messages := map[string][]string{}
	for _, field := range f {
		if _, seen := messages[field.Name]; !seen {
			names = append(names, field.Name)
		}
		messages[field.Name] = append(messages[field.Name], field.Message)
	}
	var object bytes.Buffer
	object.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			object.WriteByte(',')
		}
		key, err := Encode(name)
		if err != nil {
			return nil, err
		}
		list, err := Encode(messages[name])
		if err != nil {
			return nil, err
		}
		object.Write(key)
		object.WriteByte(':')
		object.Write(list)
	}
	object.WriteByte('}')
	return object.Bytes(), nil
}

// notFoundPage is what people see at an address without anything.
func notFoundPage(base links.Base) []byte {
	return []byte(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not found</title></head>` +
		`<body><h1>Not found</h1><p>` + notFoundText + ` <a href="` + html.EscapeString(base.Index()) + `/">Go to the start</a>.</p></body></html>`)
}
