package comparison

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// format is the kind of a provider's document.
type format int

const (
	openAPI2 format = iota + 1
	openAPI3
	asyncAPI
)

const (
	// maxDocumentDepth is how deep a document may be nested.
	maxDocumentDepth = 200
	// maxHops is how many references may lead to each other.
	maxHops = 50
	// maxParts is how many parts of a schema are looked at to know its nature.
	maxParts = 1000
)

// maxWork is how much looking things up may be in a whole comparison: templates,
// declarations, and parts of schemas. Files that ask for more multiply with each
// other what is large in both.
const maxWork = 50_000_000

// spend notes work, and reports whether there is some left.
func (d *Document) spend(work int) bool {
	d.work += work
	return d.work <= maxWork
}

// errWork refuses what would take for ever.
func (d *Document) errWork() error {
	if d.work <= maxWork {
		return nil
	}
	return refuseDocument("it and the pact are such that finding out what is meant asks for more work than any honest files do.")
}

// walk keeps a search through the parts of a schema from coming to one twice:
// schemas may refer to each other in circles, and in many ways.
type walk map[string]bool

// enter reports whether a part is still to be looked at.
func (w walk) enter(p place) bool {
	if w[p.pointer] || len(w) >= maxParts {
		return false
	}
	w[p.pointer] = true
	return true
}

// Document is a provider's document, ready to be compared with any number of
// pacts. Schemas are compiled when a pact first touches them, and kept within a
// bound.
type Document struct {
	root     map[string]any
	format   format
	version  string
	settings settings
	routes   map[string]*routes
	schemas  *schemas
	anchors  map[string]string
	// operations are those of AsyncAPI 2, once they were asked for.
	operations map[string]place
	// work is how much looking things up has been in this comparison; suggested is how
	// often another name was looked for that may have been meant, and described what
	// schemas describe, by their pointers.
	work, suggested int
	described       map[string]description
	// serving are the servers, once they were asked for.
	serving     []server
	serversRead bool
	// using keeps comparisons with this document apart: they share the schemas and
	// the count of steps.
	using sync.Mutex
}

// ReadDocument reads an OpenAPI or AsyncAPI document in JSON or YAML. It answers
// a *Refusal when it is neither.
func ReadDocument(data []byte) (*Document, error) {
	if err := TooLarge(data); err != nil {
		return nil, err
	}
	value, err := readAny(data)
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return nil, refusal
	}
	if err != nil {
		return nil, refuseDocument("it is neither JSON nor YAML: %s.", firstLine(err))
	}
	root, ok := value.(map[string]any)
	if !ok {
		return nil, refuseDocument("it is no object; an OpenAPI document begins with `openapi: 3.0.3`, or the like.")
	}
	if paths := len(object(root["paths"])); paths > maxPaths {
		return nil, refuseDocument("it has %d paths, and %d is the limit. Publish its parts as contracts of their own.", paths, maxPaths)
	}
	d := &Document{root: root}
	if d.format, d.version = formatOf(root); d.format == 0 {
		return nil, refuseDocument("it does not say what it is. Known are `swagger: \"2.0\"`, `openapi: 3.x`, `asyncapi: 2.x` and `asyncapi: 3.x`.")
	}
	d.settings = readSettings(object(object(root)["info"]))
	d.schemas = newSchemas(d)
	if d.format != asyncAPI {
		d.readRoutes()
	}
	return d, nil
}

// Specification is "oas" or "asyncapi", as clients name it when they publish.
func (d *Document) Specification() string {
	if d.format == asyncAPI {
		return "asyncapi"
	}
	return "oas"
}

// Version is the version of the specification that the document follows.
func (d *Document) Version() string { return d.version }

// readAny reads JSON where the content looks like it, and YAML otherwise; a flow
// mapping of YAML looks like JSON at its beginning.
func readAny(data []byte) (any, error) {
	isJSON := looksLikeJSON(data)
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !isJSON {
		return readYAML(data, maxDocumentDepth)
	}
	value, jsonErr := readJSON(data, maxDocumentDepth)
	if jsonErr == nil || errors.Is(jsonErr, errTooDeep) || errors.Is(jsonErr, errHugeNumber) || errors.Is(jsonErr, errMore) {
		return value, jsonErr
	}
	value, err := readYAML(data, maxDocumentDepth)
	var refusal *Refusal
	if err != nil && !errors.As(err, &refusal) {
		return nil, jsonErr
	}
	return value, err
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "jsontext: "), "\n")
	return strings.TrimSuffix(line, ".")
}

func formatOf(root map[string]any) (format, string) {
	if version := fmt.Sprint(root["swagger"]); version == "2.0" || version == "2" {
		return openAPI2, "2.0"
	}
	if version := fmt.Sprint(root["openapi"]); strings.HasPrefix(version, "3.") || version == "3" {
		return openAPI3, version
	}
	if version := fmt.Sprint(root["asyncapi"]); strings.HasPrefix(version, "2.") || strings.HasPrefix(version, "3.") {
		return asyncAPI, version
	}
	return 0, ""
}

// modern reports whether schemas follow JSON Schema itself: OpenAPI 3.1 and later,
// and AsyncAPI.
func (d *Document) modern() bool {
	return d.format == asyncAPI || d.format == openAPI3 && d.version != "3" && !strings.HasPrefix(d.version, "3.0")
}

// since32 reports whether the document follows OpenAPI 3.2 or later.
func (d *Document) since32() bool {
	_, minor, _ := strings.Cut(d.version, ".")
	minor, _, _ = strings.Cut(minor, ".")
	number, err := strconv.Atoi(minor)
	return d.format == openAPI3 && err == nil && number >= 2
}

// place is a value of the document and where it stands.
type place struct {
	value   any
	pointer string
}

func (p place) object() map[string]any { return object(p.value) }

func (p place) list() []any {
	list, _ := p.value.([]any)
	return list
}

func (p place) text(key string) string {
	text, _ := p.object()[key].(string)
	return text
}

func (p place) flag(key string) bool {
	flag, _ := p.object()[key].(bool)
	return flag
}

func object(value any) map[string]any {
	object, _ := value.(map[string]any)
	return object
}

// in goes from a place to one inside it, following references on both ends.
func (d *Document) in(p place, key string) place {
	return d.follow(place{p.object()[key], p.pointer + "/" + escape(key)})
}

func (d *Document) item(p place, index int) place {
	return d.follow(place{p.list()[index], fmt.Sprintf("%s/%d", p.pointer, index)})
}

// follow goes where a reference leads; a broken one leads to nothing.
func (d *Document) follow(p place) place {
	for range maxHops {
		ref, ok := p.object()["$ref"].(string)
		if !ok {
			return p
		}
		target, found := d.target(ref, p.pointer)
		if !found {
			return place{nil, p.pointer}
		}
		p = target
	}
	return place{nil, p.pointer}
}

// target finds what a reference means. Nothing outside the document is looked
// at.
func (d *Document) target(ref, from string) (place, bool) {
	fragment, local := strings.CutPrefix(ref, "#")
	if !local {
		return d.named(ref)
	}
	pointer := percentDecoded(fragment)
	if pointer != "" && !strings.HasPrefix(pointer, "/") {
		return d.named(ref)
	}
	if found, ok := d.lookup(pointer); ok {
		return found, true
	}
	return d.local(pointer, from)
}

// local finds definitions that a schema brings along and names as if it were a
// document of its own, as many generators write them.
func (d *Document) local(pointer, from string) (place, bool) {
	if !strings.HasPrefix(pointer, "/$defs/") && !strings.HasPrefix(pointer, "/definitions/") {
		return place{}, false
	}
	for {
		if found, ok := d.lookup(from + pointer); ok {
			return found, true
		}
		if from == "" {
			return place{}, false
		}
		from = from[:strings.LastIndexByte(from, '/')]
	}
}

// lookup finds a place by its JSON pointer, in the form that pointers have here.
func (d *Document) lookup(pointer string) (place, bool) {
	var value any = d.root
	if pointer == "" {
		return place{value, ""}, true
	}
	tokens := strings.Split(pointer[1:], "/")
	for i, token := range tokens {
		tokens[i] = escape(unescape(token))
		var found bool
		if value, found = child(value, unescape(token)); !found {
			return place{}, false
		}
	}
	return place{value, "/" + strings.Join(tokens, "/")}, true
}

func child(value any, token string) (any, bool) {
	switch value := value.(type) {
	case map[string]any:
		inner, found := value[token]
		return inner, found
	case []any:
		if !isDigits(token) || len(token) > 7 {
			return nil, false
		}
		index := 0
		for _, digit := range token {
			index = index*10 + int(digit-'0')
		}
		if index < len(value) {
			return value[index], true
		}
	}
	return nil, false
}

// named finds a schema by its $anchor or $id.
func (d *Document) named(ref string) (place, bool) {
	if d.anchors == nil {
		d.anchors = map[string]string{}
		if d.modern() {
			d.collectNames(d.root, "")
		}
	}
	if pointer, ok := d.anchors[ref]; ok {
		return d.lookup(pointer)
	}
	return place{}, false
}

// collectNames notes the names of schemas; of two with one name the first counts.
func (d *Document) collectNames(value any, pointer string) {
	switch value := value.(type) {
	case map[string]any:
		for keyword, prefix := range map[string]string{"$anchor": "#", "$dynamicAnchor": "#", "$id": ""} {
			name, ok := value[keyword].(string)
			if _, known := d.anchors[prefix+name]; ok && !known {
				d.anchors[prefix+name] = pointer
			}
		}
		for _, key := range sortedKeys(value) {
			d.collectNames(value[key], pointer+"/"+escape(key))
		}
	case []any:
		for i, inner := range value {
			d.collectNames(inner, fmt.Sprintf("%s/%d", pointer, i))
		}
	}
}

// settings are wishes for the comparison that stand in the document itself.
type settings struct {
	caseInsensitive        bool
	ignoreTrailingSlash    bool
	ignoreDuplicateSlashes bool
	noPercentEncoding      bool
	anyAuthorization       bool
	noMultipart            bool
	flatParameters         bool
	objectText             bool
	complexParametersPass  bool
	onlyJSONRequests       bool
	nullableObjectsOpen    bool
	unknown                []string
}

const (
	settingPrefix   = "x-opc-config-"
	basePathSetting = settingPrefix + "base-path"
)

func readSettings(info map[string]any) settings {
	var s settings
	switches := map[string]*bool{
		"case-insensitive":                                 &s.caseInsensitive,
		"ignore-trailing-slash":                            &s.ignoreTrailingSlash,
		"ignore-duplicate-slashes":                         &s.ignoreDuplicateSlashes,
		"no-percent-encoding":                              &s.noPercentEncoding,
		"no-authorization-schema":                          &s.anyAuthorization,
		"disable-multipart-formdata":                       &s.noMultipart,
		"legacy-parser":                                    &s.flatParameters,
		"cast-objects-in-pact":                             &s.objectText,
		"no-validate-complex-parameters":                   &s.complexParametersPass,
		"no-validate-request-body-unless-application-json": &s.onlyJSONRequests,
		"no-transform-non-nullable-response-schema":        &s.nullableObjectsOpen,
	}
	for key, value := range info {
		name, ok := strings.CutPrefix(key, settingPrefix)
		if !ok || name == "base-path" {
			continue
		}
		if target, known := switches[name]; known {
			*target = value == true || value == "true"
			continue
		}
		s.unknown = append(s.unknown, key)
	}
	slices.Sort(s.unknown)
	return s
}

func percentDecoded(text string) string {
	decoded, ok := unpercent(text)
	if !ok {
		return text
	}
	return decoded
}

// unpercent decodes %xx, and reports whether every percent sign was followed by
// two hexadecimal digits.
func unpercent(text string) (string, bool) {
	if !strings.Contains(text, "%") {
		return text, true
	}
	var decoded strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			decoded.WriteByte(text[i])
			continue
		}
		if i+2 >= len(text) || unhex(text[i+1]) < 0 || unhex(text[i+2]) < 0 {
			return "", false
		}
		decoded.WriteByte(byte(unhex(text[i+1])<<4 | unhex(text[i+2])))
		i += 2
	}
	return decoded.String(), true
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
