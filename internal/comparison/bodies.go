package comparison

import (
	"fmt"
	"mime"
	"mime/multipart"
	"slices"
	"strings"
)

// bodyCodes are the codes for one side's bodies.
type bodyCodes struct {
	part, incompatible, unknown, unjudged string
	unknownKind                           Kind
}

var (
	requestCodes  = bodyCodes{"request.body", codeRequestBody, codeRequestBodyUnknown, codeRequestBodyUnjudged, Warning}
	responseCodes = bodyCodes{"response.body", codeResponseBody, codeResponseBodyUnknown, codeResponseBodyUnjudged, Error}
)

func (j *judging) judgeRequestBody() error {
	sent := j.http.body
	if j.d.format == openAPI2 {
		return j.judgeOldRequestBody(sent)
	}
	contentType := j.http.headers["content-type"]
	accepted := j.acceptedTypes()
	mediaType := bare(contentType)
	if mediaType == "" {
		mediaType = jsonType
	}
	if !sent.given {
		if j.requestBody().flag("required") {
			j.add(Error, codeRequestBody, "request.body", j.requestBody().pointer, "The request lacks a body, which the operation requires.")
		}
		return nil
	}
	content := j.d.in(j.requestBody(), "content")
	wanted := contentType // whose parameters may tell two schemas apart
	if wanted == "" {
		wanted = mediaType
	}
	offered := j.d.matchTypes(wanted, accepted)
	schema := j.d.sub(j.d.in(content, offered), "schema")
	return j.judgeSentBody(sent.value, mediaType, contentType, schema, content.pointer)
}

// judgeSentBody judges the body of a request of a known type.
func (j *judging) judgeSentBody(value any, mediaType, contentType string, schema place, around string) error {
	kind := judgedKind(mediaType)
	if kind == "" || kind == multipartType && j.d.settings.noMultipart || kind != jsonType && j.d.settings.onlyJSONRequests {
		j.unjudged(requestCodes, value, mediaType, around)
		return nil
	}
	if schema.value == nil {
		j.undescribed(requestCodes, value, around)
		return nil
	}
	value, ok := j.readForm(kind, contentType, value, schema)
	if !ok {
		j.add(Error, codeRequestBody, "request.body", around, "The request's body is no multipart text with the boundary of its Content-Type.")
		return nil
	}
	return j.judgeBody(requestCodes, schema, asWritten, value)
}

func (j *judging) unjudged(codes bodyCodes, value any, mediaType, pointer string) {
	if value == nil || value == "" {
		return
	}
	j.add(Warning, codes.unjudged, codes.part, pointer, fmt.Sprintf("A body of the type %s cannot be judged.", shortened(mediaType)))
}

func (j *judging) undescribed(codes bodyCodes, value any, pointer string) {
	if value == nil || value == "" || codes == requestCodes && !meaningful(body{true, value}) {
		return
	}
	j.add(codes.unknownKind, codes.unknown, codes.part, pointer, "There is a body, and the document describes no schema for it.")
}

// judgeBody holds a body against its schema.
func (j *judging) judgeBody(codes bodyCodes, schema place, mode mode, value any) error {
	problems, err := j.d.problems(schema, mode, value)
	for _, problem := range problems {
		part := strings.Join(append([]string{codes.part}, problem.path...), ".")
		name := "The " + strings.ReplaceAll(codes.part, ".", "'s ")
		if len(problem.path) > 0 {
			name = fmt.Sprintf("%s in %s", shortened(strings.Join(problem.path, ".")), strings.ToLower(name[:1])+name[1:])
		}
		if problem.unresolved {
			j.add(codes.unknownKind, codes.unknown, part, problem.source, name+" "+problem.sentence+".")
			continue
		}
		j.addProblem(problem, codes.incompatible, codes.unjudged, part, name+" "+problem.sentence+".")
	}
	return err
}

// judgeOldRequestBody judges the body of OpenAPI 2.0, which is a parameter, or
// several in a form.
func (j *judging) judgeOldRequestBody(sent body) error {
	contentType := j.http.headers["content-type"]
	for _, p := range j.parameters {
		if p.in != "body" {
			continue
		}
		if !sent.given {
			if p.required {
				j.add(Error, codeRequestBody, "request.body", p.pointer, "The request lacks a body, which the operation requires.")
			}
			return nil
		}
		mediaType := bare(contentType)
		if mediaType == "" {
			mediaType = jsonType
		}
		return j.judgeSentBody(sent.value, mediaType, contentType, j.d.sub(p.place, "schema"), p.pointer)
	}
	if slices.ContainsFunc(j.parameters, func(p parameter) bool { return p.in == "formData" }) {
		return j.judgeFormParameters(sent, contentType)
	}
	if sent.given {
		j.undescribed(requestCodes, sent.value, j.operation().pointer)
	}
	return nil
}

// judgeFormParameters judges the fields of a form one by one.
func (j *judging) judgeFormParameters(sent body, contentType string) error {
	fields := map[string][]string{}
	if sent.given {
		kind := judgedKind(contentType)
		if kind == "" || kind == jsonType {
			kind = formType
		}
		if kind == multipartType && j.d.settings.noMultipart || j.d.settings.onlyJSONRequests {
			j.unjudged(requestCodes, sent.value, bare(contentType), j.operation().pointer)
			return nil
		}
		pairs, ok := formPairs(kind, contentType, sent.value)
		if !ok {
			j.add(Error, codeRequestBody, "request.body", j.operation().pointer, "The request's body is no form of its Content-Type.")
			return nil
		}
		for _, pair := range pairs {
			fields[pair.name] = append(fields[pair.name], pair.value)
		}
	}
	for _, p := range j.parameters {
		if p.in != "formData" {
			continue
		}
		if err := j.judgeFormParameter(p, fields); err != nil {
			return err
		}
	}
	return nil
}

func (j *judging) judgeFormParameter(p parameter, fields map[string][]string) error {
	values, given := fields[p.name]
	if !given {
		if p.required {
			j.add(Error, codeRequestBody, "request.body", p.pointer, fmt.Sprintf("The form lacks %q, which the operation requires.", p.name))
		}
		return nil
	}
	problems, err := j.d.judgeParameter(p, sent{given: true, values: values, separator: p.separator()})
	for _, problem := range problems {
		part := strings.Join(append([]string{"request.body", p.name}, problem.path...), ".")
		j.addProblem(problem, codeRequestBody, codeRequestBodyUnjudged, part, fmt.Sprintf("The form's field %q %s.", nameIn(p.name, problem.path), problem.sentence))
	}
	return err
}

// readForm turns the text of a form into an object, and its fields into what the
// schema takes.
func (j *judging) readForm(kind, contentType string, value any, schema place) (any, bool) {
	if kind == jsonType {
		return value, true
	}
	if _, isText := value.(string); !isText {
		return j.d.converted(schema, value), true
	}
	pairs, ok := formPairs(kind, contentType, value)
	if !ok {
		return nil, false
	}
	fields := map[string]any{}
	for _, pair := range pairs {
		path := []string{pair.name}
		if !j.d.settings.flatParameters && j.d.partOf(schema, "properties", pair.name).value == nil {
			path = strings.FieldsFunc(pair.name, func(c rune) bool { return c == '[' || c == ']' || c == '.' })
		}
		if len(path) > 0 {
			put(fields, path, pair.value)
		}
	}
	return j.d.withJSON(schema, fields, j.d.converted(schema, fields)), true
}

// withJSON reads fields of a form as JSON where the schema has objects or lists and
// the text looks like one: so they are sent unless the document says otherwise.
func (d *Document) withJSON(schema place, fields map[string]any, converted any) any {
	for name, sent := range fields {
		property := d.partOf(schema, "properties", name)
		if value, ok := d.jsonField(property, sent); ok {
			object(converted)[name] = value
		}
	}
	return converted
}

func (d *Document) jsonField(schema place, sent any) (any, bool) {
	switch sent := sent.(type) {
	case string:
		kinds := d.kinds(schema)
		looks := strings.HasPrefix(strings.TrimSpace(sent), "{") && slices.Contains(kinds, "object") ||
			strings.HasPrefix(strings.TrimSpace(sent), "[") && slices.Contains(kinds, "array")
		if !looks || slices.Contains(kinds, "string") {
			return d.jsonItems(schema, []any{sent})
		}
		value, err := readJSON([]byte(sent), maxPactDepth)
		return value, err == nil
	case []any:
		return d.jsonItems(schema, sent)
	}
	return nil, false
}

// jsonItems reads a repeated field, each of which is an object.
func (d *Document) jsonItems(schema place, sent []any) (any, bool) {
	items := d.partOf(schema, "items", "")
	if items.value == nil || !slices.Contains(d.kinds(schema), "array") || !slices.Contains(d.kinds(items), "object") {
		return nil, false
	}
	var list []any
	for _, element := range sent {
		text, ok := element.(string)
		value, err := readJSON([]byte(text), maxPactDepth)
		if !ok || err != nil {
			return nil, false
		}
		list = append(list, value)
	}
	return list, true
}

// formPairs reads the fields of a form in their order.
func formPairs(kind, contentType string, value any) ([]pair, bool) {
	text, ok := value.(string)
	if !ok {
		return fieldsOf(value)
	}
	if kind == formType {
		return splitQuery(text), true
	}
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || parameters["boundary"] == "" {
		return nil, false
	}
	return multipartPairs(text, parameters["boundary"])
}

func fieldsOf(value any) ([]pair, bool) {
	var pairs []pair
	for _, name := range sortedKeys(object(value)) {
		text, ok := object(value)[name].(string)
		if !ok {
			text = shown(object(value)[name])
		}
		pairs = append(pairs, pair{name, text})
	}
	return pairs, object(value) != nil
}

func multipartPairs(text, boundary string) ([]pair, bool) {
	if !strings.Contains(text, "\r\n") {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	reader := multipart.NewReader(strings.NewReader(text), boundary)
	var pairs []pair
	for {
		part, err := reader.NextPart()
		if err != nil {
			return pairs, len(pairs) > 0 || strings.Contains(text, "--"+boundary)
		}
		var content strings.Builder
		buffer := make([]byte, 4096)
		for {
			n, err := part.Read(buffer)
			content.Write(buffer[:n])
			if err != nil {
				break
			}
		}
		pairs = append(pairs, pair{part.FormName(), content.String()})
	}
}

// judgeResponseBody judges what the consumer expects by the schema of the type
// that it expects, or asks for.
func (j *judging) judgeResponseBody(response place) error {
	expected := j.http.response.body
	if !expected.given || expected.value == nil || expected.value == "" {
		return nil
	}
	mediaType, schema, around := j.responseSchema(response)
	kind := judgedKind(mediaType)
	if kind == "" {
		j.unjudged(responseCodes, expected.value, mediaType, around)
		return nil
	}
	if schema.value == nil {
		j.undescribed(responseCodes, expected.value, around)
		return nil
	}
	value, ok := j.readForm(kind, j.http.response.headers["content-type"], expected.value, schema)
	if !ok {
		value = expected.value
	}
	return j.judgeBody(responseCodes, schema, asOffered, value)
}

// responseSchema chooses the schema of an answer, and the type of its body.
func (j *judging) responseSchema(response place) (mediaType string, schema place, around string) {
	whole := j.http.response.headers["content-type"] // whose parameters may tell two schemas apart
	expected := bare(whole)
	if j.d.format == openAPI2 {
		mediaType = expected
		if mediaType == "" {
			mediaType = jsonType
		}
		return mediaType, j.d.sub(response, "schema"), response.pointer
	}
	content := j.d.in(response, "content")
	offered := sortedTypes(content.object())
	chosen := ""
	for _, wanted := range []string{whole, j.http.headers["accept"], jsonType} {
		if chosen = j.d.matchTypes(wanted, offered); chosen != "" {
			break
		}
	}
	if chosen == "" && len(offered) > 0 {
		chosen = offered[0]
	}
	mediaType = expected
	if mediaType == "" {
		mediaType = chosen
	}
	if strings.Contains(mediaType, "*") || mediaType == "" {
		mediaType = jsonType
	}
	return mediaType, j.d.sub(j.d.in(content, chosen), "schema"), content.pointer
}
