package comparison

import (
	"slices"
	"strings"
)

// methods are those that a document may describe.
var methods = []string{"get", "post", "put", "patch", "delete", "head", "options", "trace"}

// maxParameterLength is how long the value of a path parameter may be.
const maxParameterLength = 2048

// routes are the templates of one method: by their number of segments, and those
// whose parameters may span slashes.
type routes struct {
	bySegments map[int][]*route
	spanning   []*route
}

// route is an operation under its path template.
type route struct {
	template  string
	segments  []segment
	item      place
	operation place
	method    string
}

// segment is what stands between two slashes of a template.
type segment struct{ parts []part }

// part is a literal, or a parameter.
type part struct {
	literal   string
	parameter string
	spans     bool
}

// rank orders segments: a literal comes before a mixture, and that before a
// parameter.
func (s segment) rank() int {
	switch {
	case len(s.parts) == 1 && s.parts[0].parameter == "" || len(s.parts) == 0:
		return 0
	case len(s.parts) > 1:
		return 1
	}
	return 2
}

func (d *Document) readRoutes() {
	d.routes = map[string]*routes{}
	paths := place{d.root["paths"], "/paths"}
	for _, path := range sortedKeys(paths.object()) {
		item := d.in(paths, path)
		for _, method := range methods {
			if _, described := item.object()[method]; described {
				d.addRoute(path, method, item)
			}
		}
	}
}

func (d *Document) addRoute(path, method string, item place) {
	template := d.basePath() + path
	added := &route{template: path, item: item, operation: d.in(item, method), method: method}
	table := d.routes[method]
	if table == nil {
		table = &routes{bySegments: map[int][]*route{}}
		d.routes[method] = table
	}
	spans := false
	for _, text := range strings.Split(d.normal(template), "/") {
		segment := readSegment(text)
		for _, part := range segment.parts {
			spans = spans || part.spans
		}
		added.segments = append(added.segments, segment)
	}
	if spans {
		table.spanning = append(table.spanning, added)
		return
	}
	table.bySegments[len(added.segments)] = append(table.bySegments[len(added.segments)], added)
}

// basePath stands before every template. Servers do not count: pacts are made
// against any of them.
func (d *Document) basePath() string {
	base := d.settings.basePath
	if base == "" && d.format == openAPI2 {
		base, _ = d.root["basePath"].(string)
	}
	base = strings.TrimSuffix(base, "/")
	if base != "" && !strings.HasPrefix(base, "/") {
		base = "/" + base
	}
	return base
}

// normal applies the document's wishes about slashes.
func (d *Document) normal(path string) string {
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if d.settings.ignoreDuplicateSlashes {
		for strings.Contains(path, "//") {
			path = strings.ReplaceAll(path, "//", "/")
		}
	}
	if d.settings.ignoreTrailingSlash && len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	return path
}

// readSegment reads literals and parameters. The first character of {.x} and
// {;x} is a literal; {x*} may span slashes.
func readSegment(text string) segment {
	var s segment
	for text != "" {
		open := strings.IndexByte(text, '{')
		end := strings.IndexByte(text, '}')
		if open < 0 || end < open+2 {
			s.literal(text)
			return s
		}
		s.literal(text[:open])
		name := text[open+1 : end]
		if name[0] == '.' || name[0] == ';' {
			s.literal(name[:1])
			name = name[1:]
		}
		bare := strings.TrimSuffix(name, "*")
		s.parts = append(s.parts, part{parameter: bare, spans: bare != name})
		text = text[end+1:]
	}
	return s
}

func (s *segment) literal(text string) {
	if text == "" {
		return
	}
	if last := len(s.parts) - 1; last >= 0 && s.parts[last].parameter == "" {
		s.parts[last].literal += text
		return
	}
	s.parts = append(s.parts, part{literal: text})
}

// match is a route that fits a path, with the values of its parameters.
type match struct {
	route  *route
	values map[string]string
}

// find looks for the operation that a path and method mean. twin is another one
// that fits exactly as well.
func (d *Document) find(method, path string) (found *match, twin *route) {
	table := d.routes[strings.ToLower(method)]
	if table == nil || strings.ContainsRune(path, '?') {
		return nil, nil
	}
	segments, ok := d.pathSegments(path)
	if !ok {
		return nil, nil
	}
	for _, candidates := range [][]*route{table.bySegments[len(segments)], table.spanning} {
		for _, candidate := range candidates {
			values, fits := candidate.match(segments, d.settings.caseInsensitive)
			if !fits {
				continue
			}
			switch order := compareRoutes(candidate, found); {
			case order < 0:
				found, twin = &match{candidate, values}, nil
			case order == 0:
				twin = candidate
			}
		}
		if found != nil {
			return found, twin
		}
	}
	return nil, nil
}

// pathSegments splits first and decodes then, so that an encoded slash stays
// inside its segment.
func (d *Document) pathSegments(path string) ([]string, bool) {
	segments := strings.Split(d.normal(path), "/")
	if d.settings.noPercentEncoding {
		return segments, true
	}
	for i, segment := range segments {
		decoded, ok := unpercent(segment)
		if !ok {
			return nil, false
		}
		segments[i] = decoded
	}
	return segments, true
}

func compareRoutes(a *route, best *match) int {
	if best == nil {
		return -1
	}
	b := best.route
	for i := range min(len(a.segments), len(b.segments)) {
		if order := a.segments[i].rank() - b.segments[i].rank(); order != 0 {
			return order
		}
		if order := b.segments[i].literalLength() - a.segments[i].literalLength(); order != 0 {
			return order
		}
	}
	return len(b.segments) - len(a.segments)
}

func (s segment) literalLength() int {
	length := 0
	for _, part := range s.parts {
		length += len(part.literal)
	}
	return length
}

func (r *route) match(segments []string, foldCase bool) (map[string]string, bool) {
	if r.differs(segments, foldCase) {
		return nil, false
	}
	values := map[string]string{}
	for i, segment := range r.segments {
		if segment.spans() {
			rest := strings.Join(segments[min(i, len(segments)):], "/")
			tail := r.segments[i+1:]
			for _, further := range tail {
				segment.parts = append(append(slices.Clone(segment.parts), part{literal: "/"}), further.parts...)
			}
			return values, matchParts(segment.parts, rest, foldCase, values)
		}
		if i >= len(segments) || !matchParts(segment.parts, segments[i], foldCase, values) {
			return nil, false
		}
	}
	return values, len(segments) == len(r.segments)
}

// differs tells at little cost that a literal is in the way: most routes differ.
func (r *route) differs(segments []string, foldCase bool) bool {
	for i, segment := range r.segments {
		if i >= len(segments) || segment.spans() {
			return false
		}
		if len(segment.parts) == 1 && segment.parts[0].parameter == "" && !equal(segment.parts[0].literal, segments[i], foldCase) {
			return true
		}
	}
	return false
}

func (s segment) spans() bool {
	return slices.ContainsFunc(s.parts, func(p part) bool { return p.spans })
}

// matchParts matches from left to right, each parameter as short as possible.
func matchParts(parts []part, text string, foldCase bool, values map[string]string) bool {
	if len(parts) == 0 {
		return text == ""
	}
	first, rest := parts[0], parts[1:]
	if first.parameter == "" {
		if len(text) < len(first.literal) || !equal(text[:len(first.literal)], first.literal, foldCase) {
			return false
		}
		return matchParts(rest, text[len(first.literal):], foldCase, values)
	}
	if len(rest) == 0 {
		values[first.parameter] = text
		return text != "" && len(text) <= maxParameterLength
	}
	return matchParameter(first, rest, text, foldCase, values)
}

func matchParameter(first part, rest []part, text string, foldCase bool, values map[string]string) bool {
	for length := 1; length < len(text) && length <= maxParameterLength; length++ {
		if rest[0].parameter == "" && !startsWith(text[length:], rest[0].literal, foldCase) {
			continue
		}
		if matchParts(rest, text[length:], foldCase, values) {
			values[first.parameter] = text[:length]
			return true
		}
	}
	return false
}

func startsWith(text, prefix string, foldCase bool) bool {
	return len(text) >= len(prefix) && equal(text[:len(prefix)], prefix, foldCase)
}

func equal(a, b string, foldCase bool) bool {
	return a == b || foldCase && strings.EqualFold(a, b)
}
