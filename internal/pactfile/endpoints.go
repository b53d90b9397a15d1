package pactfile

import "strings"

// Endpoint is a method and a path that a contract asks for.
type Endpoint struct {
	Method string
	// Path is what the contract says, or the beginning of a very long one.
	Path string
	// Place is that of the first interaction that asks for it, among all of the
	// contract from 0, and Interactions how many do.
	Place, Interactions int
}

// Limits of what is read of a contract's endpoints: of longer paths, in bytes, the
// beginning is kept, and further endpoints and longer methods are left out.
const (
	endpointsAtMost = 2_000
	pathAtMost      = 2_000
	methodAtMost    = 32
)

// Endpoints returns what a contract asks for over HTTP, in its order. Messages ask
// for nothing there.
func Endpoints(body Body) []Endpoint {
	var found []Endpoint
	at := map[[2]string]int{}
	place := -1
	for interaction := range Items(Member(body, "interactions")) {
		place++
		request := Member(interaction, "request")
		path, isPath := TextOf(Member(request, "path"))
		if !isPath {
			continue
		}
		if len(path) > pathAtMost {
			path = strings.ToValidUTF8(path[:pathAtMost], "")
		}
		method, _ := TextOf(Member(request, "method"))
		if len(method) > methodAtMost {
			continue
		}
		method = strings.ToUpper(method)
		key := [2]string{method, path}
		if i, known := at[key]; known {
			found[i].Interactions++
			continue
		}
		if len(found) == endpointsAtMost {
			continue
		}
		at[key] = len(found)
		found = append(found, Endpoint{Method: method, Path: path, Place: place, Interactions: 1})
	}
	return found
}

// SearchedEndpoint is what somebody looks for among endpoints.
type SearchedEndpoint struct {
	method, path string
	parts        []string
}

// SearchEndpoint reads what somebody writes who looks for an endpoint: a method and
// a part of a path, or one of the two.
func SearchEndpoint(text string) SearchedEndpoint {
	text = strings.ToLower(strings.TrimSpace(text))
	s := SearchedEndpoint{path: text}
	if method, rest, more := strings.Cut(text, " "); isMethod(method) {
		s.method, s.path = method, strings.TrimSpace(rest)
		if !more {
			s.path = ""
		}
	}
	s.path, _, _ = strings.Cut(s.path, "?")
	if strings.Contains(s.path, "/") {
		s.parts = strings.Split("/"+strings.TrimPrefix(s.path, "/"), "/")
	}
	return s
}

// Fits says how well an endpoint fits what is looked for: 0 if not at all, and the
// more the better. /orders/1 fits /orders/42 as well, which is the same endpoint of
// most providers.
func (s SearchedEndpoint) Fits(e Endpoint) int {
	path := strings.ToLower(e.Path)
	switch {
	case s.method != "" && s.method != strings.ToLower(e.Method), s.method == "" && s.path == "":
		return 0
	case path == s.path:
		return exactly
	case s.alike(path):
		return alike
	case strings.HasPrefix(path, s.path):
		return beginsSo
	case strings.Contains(path, s.path):
		return withinIt
	}
	return 0
}

// How well an endpoint fits.
const (
	withinIt = iota + 1
	beginsSo
	alike
	exactly
)

// alike reports whether a path has the same parts, but for those that are ids in
// both.
func (s SearchedEndpoint) alike(path string) bool {
	parts := strings.Split(path, "/")
	if s.parts == nil || len(parts) != len(s.parts) {
		return false
	}
	for i, part := range parts {
		if part != s.parts[i] && (!isID(part) || !isID(s.parts[i])) {
			return false
		}
	}
	return true
}

// isID reports whether a part of a path seems to stand for one of many things: it
// has digits, or is a parameter.
func isID(part string) bool {
	return strings.ContainsAny(part, "0123456789") || strings.HasPrefix(part, "{") || strings.HasPrefix(part, ":")
}

func isMethod(word string) bool {
	switch word {
	case "get", "head", "post", "put", "patch", "delete", "options", "trace":
		return true
	}
	return false
}
