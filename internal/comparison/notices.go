package comparison

import (
	"fmt"
	"slices"
	"strings"
)

// maxNotices is how many notices of one kind are told.
const maxNotices = 10

// Notices says what in a document would spoil comparisons, or will not count in
// them: for people who publish it.
func (d *Document) Notices() []string {
	d.using.Lock()
	defer d.using.Unlock()
	var notices []string
	notices = append(notices, d.textNotices()...)
	if d.format == asyncAPI {
		return notices
	}
	notices = append(notices, d.pathNotices()...)
	notices = append(notices, d.securityNotices()...)
	if dialect, _ := d.root["jsonSchemaDialect"].(string); d.modern() && dialect != "" && !usualDialect(dialect) {
		notices = append(notices, fmt.Sprintf("The schemas are said to be of the dialect %s; they are judged by JSON Schema 2020-12, to which keywords of other dialects say nothing.", shortened(dialect)))
	}
	for _, name := range d.settings.unknown {
		notices = append(notices, fmt.Sprintf("Nobody knows the setting %s in info; it does not count.", name))
	}
	return notices
}

// usualDialect tells the dialects by which schemas are judged.
func usualDialect(dialect string) bool {
	return strings.HasPrefix(dialect, "https://spec.openapis.org/oas/3.") || strings.HasPrefix(dialect, "https://json-schema.org/draft/2020-12/")
}

// textNotices names references that lead to nothing, or out of the document, and
// patterns that nobody can read.
func (d *Document) textNotices() []string {
	found := &textSearch{document: d, ways: &ways{d.schemas, map[string]int{}}}
	found.look(d.root, "")
	slices.Sort(found.broken)
	slices.Sort(found.external)
	slices.Sort(found.patterns)
	notices := listed("The reference at %s leads to nothing, so nobody can tell what is meant.", found.broken)
	notices = append(notices, listed("The reference at %s leads out of the document and is not followed. Publish one document that holds everything.", found.external)...)
	slices.Sort(found.exploding)
	notices = append(notices, listed("The schema at %s leads to others in so many ways that what comes to it cannot be compared. Let its parts refer to each other less often.", found.exploding)...)
	return append(notices, listed("The pattern at %s is no regular expression that can be read; values are not held against it.", found.patterns)...)
}

// textSearch goes through all of a document.
type textSearch struct {
	document                   *Document
	ways                       *ways
	broken, external, patterns []string
	exploding                  []string
	// read is how many different patterns were read.
	read int
}

// isData are keywords under which values stand, in which nothing means anything. A
// property may have any of these names.
var isData = map[string]bool{"example": true, "examples": true, "default": true, "enum": true, "const": true}

// namesOf are keywords under which names of properties stand.
var namesOf = []string{"/properties", "/patternProperties"}

func (s *textSearch) look(value any, pointer string) {
	switch value := value.(type) {
	case map[string]any:
		named := slices.ContainsFunc(namesOf, func(key string) bool { return strings.HasSuffix(pointer, key) })
		if !named {
			s.lookAt(value, pointer)
		}
		for key, inner := range value {
			if named || !isData[key] {
				s.look(inner, pointer+"/"+escape(key))
			}
		}
	case []any:
		for i, inner := range value {
			s.look(inner, fmt.Sprintf("%s/%d", pointer, i))
		}
	}
}

func (s *textSearch) lookAt(value map[string]any, pointer string) {
	ref, referring := value["$ref"].(string)
	if referring {
		s.checkReference(ref, pointer)
	}
	if (referring || composed(value) || value["if"] != nil) && s.ways.exploding(place{value, pointer}) {
		s.exploding = append(s.exploding, dotted(pointer))
	}
	if pattern, ok := value["pattern"].(string); ok {
		s.checkPattern(pattern, pointer+"/pattern")
	}
	for pattern := range object(value["patternProperties"]) {
		s.checkPattern(pattern, pointer+"/patternProperties/"+escape(pattern))
	}
}

// maxRead is how many different patterns of a document are read to tell whether they
// can be.
const maxRead = 10_000

func (s *textSearch) checkPattern(text, pointer string) {
	patterns := s.document.schemas.patterns
	if _, known := patterns.known[text]; !known {
		if s.read++; s.read > maxRead {
			return
		}
	}
	if compiled, err := patterns.compile(text); err != nil || unreadable(compiled) {
		s.patterns = append(s.patterns, fmt.Sprintf("%s (%s)", dotted(pointer), shortened(text)))
	}
}

func (s *textSearch) checkReference(ref, pointer string) {
	if target, found := s.document.target(ref, pointer); found && !s.document.endless(target) {
		return
	}
	place := fmt.Sprintf("%s (%s)", dotted(pointer), shortened(ref))
	if strings.HasPrefix(ref, "#") {
		s.broken = append(s.broken, place)
		return
	}
	s.external = append(s.external, place)
}

func listed(sentence string, places []string) []string {
	var notices []string
	for _, place := range places[:min(len(places), maxNotices)] {
		notices = append(notices, fmt.Sprintf(sentence, place))
	}
	if more := len(places) - maxNotices; more > 0 {
		notices = append(notices, fmt.Sprintf("There are %d more of this kind.", more))
	}
	return notices
}

// pathNotices names servers whose path does not count, and paths that fit the
// same requests.
func (d *Document) pathNotices() []string {
	var notices []string
	if d.basePath() == "" {
		for _, server := range d.servers() {
			notices = append(notices, fmt.Sprintf("The path of the server %s does not count: pacts are compared with the paths as they stand. If consumers call them with %s in front, set %sbase-path in info.",
				shortened(server.address), shortened(server.path), settingPrefix))
		}
	}
	var twins []string
	for _, method := range sortedKeys(d.routes) {
		twins = append(twins, d.routes[method].twins(method, d.settings.caseInsensitive)...)
	}
	return append(notices, listed("%s fit the same requests; pacts that use them cannot be compared.", twins)...)
}

// twins are the templates that fit the same requests as another one.
func (r *routes) twins(method string, foldCase bool) []string {
	var twins []string
	known := map[string]string{}
	for _, route := range slices.Concat(r.all()...) {
		shape := route.shape()
		if foldCase {
			shape = strings.ToLower(shape)
		}
		if first, ok := known[shape]; ok {
			twins = append(twins, fmt.Sprintf("%s %s and %s", strings.ToUpper(method), first, route.template))
			continue
		}
		known[shape] = route.template
	}
	return twins
}

func (r *routes) all() [][]*route {
	lists := [][]*route{r.spanning}
	var lengths []int
	for length := range r.bySegments {
		lengths = append(lengths, length)
	}
	slices.Sort(lengths)
	for _, length := range lengths {
		lists = append(lists, r.bySegments[length])
	}
	return lists
}

// shape is a template without the names of its parameters.
func (r *route) shape() string {
	var shape strings.Builder
	for _, segment := range r.segments {
		shape.WriteByte('/')
		for _, part := range segment.parts {
			if part.parameter != "" {
				shape.WriteString("{}")
				continue
			}
			shape.WriteString(part.literal)
		}
	}
	return shape.String()
}

// securityNotices names security schemes that operations ask for and nobody
// defined.
func (d *Document) securityNotices() []string {
	var unknown []string
	noted := map[string]bool{}
	note := func(value any) {
		list, _ := value.([]any)
		for _, requirement := range list {
			for _, name := range sortedKeys(object(requirement)) {
				if !noted[name] && d.schemeNamed(name).value == nil {
					unknown = append(unknown, name)
				}
				noted[name] = true
			}
		}
	}
	note(d.root["security"])
	for _, method := range sortedKeys(d.routes) {
		for _, route := range slices.Concat(d.routes[method].all()...) {
			note(route.operation.object()["security"])
		}
	}
	return listed("The security scheme %s is asked for and defined nowhere; it does not count.", unknown)
}
