package comparison

import (
	"slices"
	"strings"
)

// methods are those that any document may describe; from OpenAPI 3.2 on there are
// QUERY and whatever additionalOperations names.
var methods = []string{"get", "post", "put", "patch", "delete", "head", "options", "trace"}

const (
	// maxParameterLength is how long the value of a path parameter may be.
	maxParameterLength = 2048
	// maxPathLength is how long a path may be: no server takes longer ones.
	maxPathLength = 65_536
)

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
		item := d.sub(paths, path)
		found := map[string]bool{}
		d.readItem(path, item, found)
		d.readItem(path, d.follow(item), found)
	}
}

// readItem reads the operations of a path but those that were found: what stands
// beside a reference counts before what the reference leads to.
func (d *Document) readItem(path string, item place, found map[string]bool) {
	known := methods
	if d.since32() {
		known = append(slices.Clone(methods), "query")
	}
	add := func(method string, operation place) {
		if !found[method] {
			found[method] = true
			d.addRoute(path, method, item, operation)
		}
	}
	for _, method := range known {
		if _, described := item.object()[method]; described {
			add(method, d.in(item, method))
		}
	}
	if !d.since32() {
		return
	}
	additional := d.in(item, "additionalOperations")
	for _, method := range sortedKeys(additional.object()) {
		add(strings.ToLower(method), d.in(additional, method))
	}
}

func (d *Document) addRoute(path, method string, item, operation place) {
	template := d.basePath() + path
	added := &route{template: path, item: item, operation: operation, method: method}
	table := d.routes[method]
	if table == nil {
		table = &routes{bySegments: map[int][]*route{}}
		d.routes[method] = table
	}
	spans := false
	for _, text := range strings.Split(d.normal(template), "/") {
		segment := readSegment(text)
		if !d.settings.noPercentEncoding {
			segment.decode()
		}
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

func (d *Document) basePath() string { return BasePath(d.root) }

// BasePath is what stands before every template of a document: the setting
// x-opc-config-base-path, else the basePath of OpenAPI 2. Servers do not count: pacts
// are made against any of them.
func BasePath(root map[string]any) string {
	base, _ := object(root["info"])[basePathSetting].(string)
	if base == "" && root["swagger"] != nil {
		base, _ = root["basePath"].(string)
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

// decode reads literals as paths are read, which may be written in either way.
func (s *segment) decode() {
	for i, part := range s.parts {
		s.parts[i].literal = percentDecoded(part.literal)
	}
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
	if table == nil || strings.ContainsRune(path, '?') || len(path) > maxPathLength {
		return nil, nil
	}
	segments, ok := d.pathSegments(path)
	if !ok {
		return nil, nil
	}
	for _, candidates := range [][]*route{table.bySegments[len(segments)], table.spanning} {
		if !d.spend(len(candidates)) {
			return nil, nil
		}
		for _, candidate := range candidates {
			values, fits := candidate.match(segments, &matching{d, d.settings.caseInsensitive})
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

func (r *route) match(segments []string, m *matching) (map[string]string, bool) {
	if r.differs(segments, m.foldCase) {
		return nil, false
	}
	values := map[string]string{}
	for i, segment := range r.segments {
		if segment.spans() {
			rest := strings.Join(segments[min(i, len(segments)):], "/")
			parts := slices.Clone(segment.parts)
			for _, further := range r.segments[i+1:] {
				parts = append(append(parts, part{literal: "/"}), further.parts...)
			}
			return values, m.parts(parts, rest, values)
		}
		if i >= len(segments) || !m.parts(segment.parts, segments[i], values) {
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

// matching holds texts against templates, and counts its work.
type matching struct {
	d        *Document
	foldCase bool
}

// parts holds a text against literals and parameters, each parameter as short as
// possible, and keeps the values of these.
func (m *matching) parts(parts []part, text string, values map[string]string) bool {
	if len(parts) == 0 {
		return text == ""
	}
	if first := parts[0]; len(parts) == 1 {
		if first.parameter == "" {
			return equal(text, first.literal, m.foldCase)
		}
		values[first.parameter] = text
		return text != "" && len(text) <= maxParameterLength
	}
	ends := m.ends(parts, text)
	if ends == nil {
		return false
	}
	at := 0
	for i, part := range parts {
		end := int(ends[i][at])
		if end < 0 {
			return false
		}
		if part.parameter != "" {
			values[part.parameter] = text[at:end]
		}
		at = end
	}
	return true
}

// ends tells for each part, and each place where it may begin, where it ends at the
// nearest if all that follows is to fit; -1 if it does not. It is found from the
// last part to the first, so that the time it takes does not grow with the number of
// ways in which parameters could share the text.
func (m *matching) ends(parts []part, text string) [][]int32 {
	if !m.d.spend(len(parts) * (len(text) + 1)) {
		return nil
	}
	ends := make([][]int32, len(parts))
	fits := func(i, at int) bool { return i == len(parts) && at == len(text) || i < len(parts) && ends[i][at] >= 0 }
	for i := len(parts) - 1; i >= 0; i-- {
		ends[i] = make([]int32, len(text)+1)
		next := -1
		for at := len(text); at >= 0; at-- {
			if at < len(text) && fits(i+1, at+1) {
				next = at + 1
			}
			ends[i][at] = m.end(parts[i], text, at, next, func(end int) bool { return fits(i+1, end) })
		}
	}
	return ends
}

// end is where a part that begins at a place ends; next is the nearest place behind
// it where all that follows fits.
func (m *matching) end(p part, text string, at, next int, fits func(end int) bool) int32 {
	switch {
	case p.parameter != "" && next > 0 && next-at <= maxParameterLength:
		return int32(next)
	case p.parameter == "" && startsWith(text[at:], p.literal, m.foldCase) && fits(at+len(p.literal)):
		return int32(at + len(p.literal))
	}
	return -1
}

func startsWith(text, prefix string, foldCase bool) bool {
	return len(text) >= len(prefix) && equal(text[:len(prefix)], prefix, foldCase)
}

func equal(a, b string, foldCase bool) bool {
	return a == b || foldCase && strings.EqualFold(a, b)
}
