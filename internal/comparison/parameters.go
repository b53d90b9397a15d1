package comparison

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// parameter is one that an operation declares.
type parameter struct {
	place
	name, in string
	required bool
	// schema is what its value must fit; content says that the value is JSON text.
	schema  place
	content bool
}

// parametersOf are the parameters of an operation and of its path; the
// operation's count where both declare one.
func (d *Document) parametersOf(r *route) []parameter {
	var result []parameter
	known := map[[2]string]bool{}
	for _, list := range []place{d.in(r.operation, "parameters"), d.in(r.item, "parameters")} {
		for i := range list.list() {
			declared := d.item(list, i)
			p := parameter{place: declared, name: declared.text("name"), in: declared.text("in"), required: declared.flag("required")}
			if known[p.key()] {
				continue
			}
			known[p.key()] = true
			p.schema, p.content = d.parameterSchema(declared)
			result = append(result, p)
		}
	}
	return result
}

// key is the same for declarations of one parameter.
func (p parameter) key() [2]string {
	if p.in == "header" {
		return [2]string{p.in, strings.ToLower(p.name)}
	}
	return [2]string{p.in, p.name}
}

// parameterSchema finds the schema of a parameter or header. In OpenAPI 2.0 that
// is the declaration itself.
func (d *Document) parameterSchema(declared place) (schema place, content bool) {
	if d.format == openAPI2 {
		return declared, false
	}
	types := d.in(declared, "content")
	if names := sortedTypes(types.object()); len(names) > 0 {
		return d.sub(d.in(types, names[0]), "schema"), isJSON(names[0])
	}
	return d.sub(declared, "schema"), false
}

// sub goes to a schema without following its reference, so that what stands
// beside the reference is not lost.
func (d *Document) sub(p place, key string) place {
	return place{p.object()[key], p.pointer + "/" + escape(key)}
}

// sent is what a request says for a parameter.
type sent struct {
	given  bool
	values []string
	// nested is what names such as filter[max] say.
	nested map[string]any
	// separator splits lists, "" means that nothing is split.
	separator string
	// list says that this can only be a list; pairs that an object may stand there
	// as names and values in turn.
	list, pairs bool
	// spaced says that spaces around the separator are not part of the elements.
	spaced bool
}

func (p parameter) style() string { return p.text("style") }

// pathSent reads a value of a path parameter in the style of the parameter.
func (p parameter) pathSent(value string) sent {
	explode := p.flag("explode")
	switch p.style() {
	case "label":
		value = strings.TrimPrefix(value, ".")
		if explode {
			return sent{given: true, values: []string{value}, separator: "."}
		}
	case "matrix":
		value = strings.TrimPrefix(strings.TrimPrefix(value, ";"), p.name+"=")
		if explode {
			value = strings.ReplaceAll(value, ";"+p.name+"=", ";")
			return sent{given: true, values: []string{value}, separator: ";"}
		}
	}
	return sent{given: true, values: []string{value}, separator: p.separator(), pairs: !explode}
}

// separator is what stands between the elements of a list.
func (p parameter) separator() string {
	switch p.text("collectionFormat") + p.style() {
	case "ssv", "spaceDelimited":
		return " "
	case "tsv":
		return "\t"
	case "pipes", "pipeDelimited":
		return "|"
	}
	return ","
}

// judgeParameter tells how a value breaks the schema of its parameter: in every
// way in which its text can be read.
func (d *Document) judgeParameter(p parameter, s sent) ([]problem, error) {
	if p.schema.value == nil {
		return nil, nil
	}
	if p.content {
		return d.judgeContent(p, s)
	}
	kinds := d.kinds(p.schema)
	structured := slices.Contains(kinds, "array") || slices.Contains(kinds, "object")
	if structured && d.settings.complexParametersPass {
		return nil, nil
	}
	var first, unchecked []problem
	for i, reading := range d.readings(p.schema, kinds, s) {
		problems, err := d.problems(p.schema, asWritten, reading)
		if err != nil {
			return nil, err
		}
		problems = resolved(problems)
		if len(problems) == 0 {
			return nil, nil
		}
		if !slices.ContainsFunc(problems, func(p problem) bool { return !p.unchecked }) && unchecked == nil {
			unchecked = problems
		}
		if i == 0 {
			first = problems
		}
	}
	if unchecked != nil {
		return unchecked, nil
	}
	return first, nil
}

// resolved leaves out what nobody can know because a reference is broken.
func resolved(problems []problem) []problem {
	return slices.DeleteFunc(problems, func(p problem) bool { return p.unresolved })
}

// judgeContent judges a parameter whose value is JSON.
func (d *Document) judgeContent(p parameter, s sent) ([]problem, error) {
	text := strings.Join(s.values, ",")
	value, err := readJSON([]byte(text), maxPactDepth)
	if err != nil {
		return []problem{{source: p.pointer + "/content", sentence: fmt.Sprintf("is %s, and must be JSON", shown(text))}}, nil
	}
	problems, err := d.problems(p.schema, asWritten, value)
	return resolved(problems), err
}

// kinds are the types of value that a schema takes, in its order; none when it
// does not say.
func (d *Document) kinds(schema place) []string { return d.kindsIn(schema, walk{}) }

func (d *Document) kindsIn(schema place, seen walk) []string {
	var kinds []string
	add := func(more ...string) {
		for _, kind := range more {
			if knownTypes[kind] && !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
	}
	nullable := d.nullable(schema.object())
	if schema = d.follow(schema); !seen.enter(schema) || !d.spend(costOfDeclaration) {
		return nil
	}
	keywords := schema.object()
	switch kind := keywords["type"].(type) {
	case string:
		add(kind)
	case []any:
		add(texts(kind)...)
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		for i, part := range listOf(keywords, key) {
			add(d.kindsIn(place{part, fmt.Sprintf("%s/%s/%d", schema.pointer, key, i)}, seen)...)
		}
	}
	if len(kinds) == 0 {
		add(kindsOfValues(keywords)...)
	}
	if nullable || d.nullable(keywords) {
		add("null")
	}
	return kinds
}

// kindsOfValues are the types of the values that a schema lists.
func kindsOfValues(keywords map[string]any) []string {
	values := listOf(keywords, "enum")
	if constant, ok := keywords["const"]; ok {
		values = append([]any{constant}, values...)
	}
	var kinds []string
	for _, value := range values {
		switch value.(type) {
		case json.Number:
			kinds = append(kinds, "number")
		case bool:
			kinds = append(kinds, "boolean")
		case string:
			kinds = append(kinds, "string")
		case nil:
			kinds = append(kinds, "null")
		}
	}
	return kinds
}

// readings are the values that a text may stand for, by the types that the
// schema takes.
func (d *Document) readings(schema place, kinds []string, s sent) []any {
	text := strings.Join(s.values, ",")
	var readings []any
	for _, kind := range kinds {
		switch kind {
		case "array":
			readings = append(readings, d.listReading(schema, s))
		case "object":
			if value, ok := d.objectReading(schema, s); ok {
				readings = append(readings, value)
			}
		default:
			if value, ok := scalar(text, kind); ok && !s.structured() {
				readings = append(readings, value)
			}
		}
	}
	if len(kinds) == 0 && s.list {
		return []any{d.listReading(schema, s)}
	}
	if len(kinds) == 0 && s.nested == nil && (len(s.values) > 1 || strings.Contains(text, s.separator)) {
		readings = append(readings, text, d.listReading(schema, s))
	}
	if len(readings) > 0 {
		return readings
	}
	switch {
	case s.nested != nil:
		return []any{d.converted(schema, s.nested)}
	case s.structured():
		return []any{d.listReading(schema, s)}
	}
	return []any{text}
}

// structured tells that this is more than one text.
func (s sent) structured() bool { return s.nested != nil || s.list || len(s.values) > 1 }

// empty tells that there is a name and nothing more.
func (s sent) empty() bool { return s.nested == nil && len(s.values) == 1 && s.values[0] == "" }

func (d *Document) listReading(schema place, s sent) any {
	if s.nested != nil {
		return d.converted(schema, s.nested)
	}
	list := []any{}
	for _, value := range s.values {
		for _, element := range s.split(value) {
			list = append(list, element)
		}
	}
	return d.converted(schema, list)
}

// split reads the elements of a list.
func (s sent) split(text string) []string {
	if s.separator == "" {
		return []string{text}
	}
	elements := strings.Split(text, s.separator)
	if s.spaced {
		for i, element := range elements {
			elements[i] = strings.TrimSpace(element)
		}
	}
	return elements
}

// objectReading reads names and values: from nested names, from a=1,b=2, or from
// a,1,b,2.
func (d *Document) objectReading(schema place, s sent) (any, bool) {
	if s.nested != nil {
		return d.converted(schema, s.nested), true
	}
	if len(s.values) != 1 {
		return nil, false
	}
	text := s.values[0]
	if text == "[object Object]" && d.settings.objectText {
		return map[string]any{}, true
	}
	parts := s.split(text)
	result := map[string]any{}
	if strings.Contains(text, "=") {
		for _, part := range parts {
			name, value, _ := strings.Cut(part, "=")
			result[name] = value
		}
		return d.converted(schema, result), true
	}
	if !s.pairs || len(parts)%2 != 0 || d.partOf(schema, "properties", parts[0]).value == nil {
		return nil, false
	}
	for i := 0; i < len(parts); i += 2 {
		result[parts[i]] = parts[i+1]
	}
	return d.converted(schema, result), true
}

// converted turns texts within lists and objects into what the schema takes
// there.
func (d *Document) converted(schema place, value any) any {
	switch value := value.(type) {
	case string:
		return d.convertedText(schema, value)
	case []any:
		items := d.partOf(schema, "items", "")
		list := make([]any, len(value))
		for i, element := range value {
			list[i] = d.converted(items, element)
		}
		return list
	case map[string]any:
		if list, ok := numbered(value); ok && slices.Contains(d.kinds(schema), "array") {
			return d.converted(schema, list)
		}
		result := map[string]any{}
		for name, inner := range value {
			result[name] = d.converted(d.partOf(schema, "properties", name), inner)
		}
		return result
	}
	return value
}

func (d *Document) convertedText(schema place, text string) any {
	kinds := d.kinds(schema)
	for _, kind := range kinds {
		if kind == "array" && !slices.Contains(kinds, "string") {
			list := []any{}
			for _, element := range strings.Split(text, parameter{place: d.follow(schema)}.separator()) {
				list = append(list, element)
			}
			return d.converted(schema, list)
		}
		if value, ok := scalar(text, kind); ok {
			return value
		}
	}
	return text
}

// numbered turns names 0, 1, 2 into a list.
func numbered(value map[string]any) ([]any, bool) {
	list := make([]any, len(value))
	for name, inner := range value {
		index, err := strconv.Atoi(name)
		if err != nil || index < 0 || index >= len(list) || list[index] != nil {
			return nil, false
		}
		list[index] = inner
	}
	return list, true
}

// partOf finds the schema of a list's items or of an object's property.
func (d *Document) partOf(schema place, key, name string) place {
	return d.partIn(schema, key, name, walk{})
}

func (d *Document) partIn(schema place, key, name string, seen walk) place {
	if schema = d.follow(schema); !seen.enter(schema) || !d.spend(costOfDeclaration) {
		return place{}
	}
	keywords := schema.object()
	if key == "items" && isSchema(keywords[key]) {
		return d.sub(schema, key)
	}
	if properties := d.sub(schema, "properties"); key == "properties" && properties.object()[name] != nil {
		return d.sub(properties, name)
	}
	for _, combination := range []string{"allOf", "anyOf", "oneOf"} {
		for i, part := range listOf(keywords, combination) {
			inner := place{part, fmt.Sprintf("%s/%s/%d", schema.pointer, combination, i)}
			if found := d.partIn(inner, key, name, seen); found.value != nil {
				return found
			}
		}
	}
	if key == "properties" && isSchema(keywords["additionalProperties"]) {
		return d.sub(schema, "additionalProperties")
	}
	return place{}
}

// scalar reads a text as a value of one type, as JavaScript would.
func scalar(text, kind string) (any, bool) {
	switch kind {
	case "string":
		return text, true
	case "boolean":
		return text == "true", text == "true" || text == "false"
	case "null":
		return nil, text == ""
	case "number", "integer":
		number, ok := numeric(text)
		if !ok || kind == "integer" && !isWhole(number) {
			return nil, false
		}
		return number, true
	}
	return nil, false
}

var (
	decimal  = regexp.MustCompile(`^([+-]?)(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)
	prefixed = regexp.MustCompile(`^0([xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)$`)
)

// numeric reads what a number may look like in JavaScript.
func numeric(text string) (json.Number, bool) {
	text = strings.TrimSpace(text)
	if len(text) > maxDigits {
		return "", false
	}
	if prefixed.MatchString(text) {
		whole, ok := new(big.Int).SetString(text, 0)
		return json.Number(whole.String()), ok
	}
	parts := decimal.FindStringSubmatch(text)
	if parts == nil {
		return "", false
	}
	sign, digits := strings.TrimPrefix(parts[1], "+"), strings.TrimSuffix(parts[2], ".")
	digits = strings.TrimLeft(digits, "0")
	if digits == "" || digits[0] == '.' {
		digits = "0" + digits
	}
	converted := sign + digits + parts[3]
	if _, err := number(converted); err != nil {
		return "", false
	}
	return json.Number(converted), true
}

func isWhole(n json.Number) bool {
	exact, ok := new(big.Rat).SetString(n.String())
	return ok && exact.IsInt()
}
