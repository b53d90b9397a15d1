package comparison

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

const (
	// maxOutline is how many lines describe an operation.
	maxOutline = 300
	// maxOutlineDepth is how deep its schemas are described.
	maxOutlineDepth = 8
	// maxOutlineText is how long what stands in a line may be.
	maxOutlineText = 200
	// maxOutlineVisits is how many schemas are looked at: they may lead to each other
	// in many ways without ever saying anything.
	maxOutlineVisits = 5000
)

// Outline is what an operation takes and answers, as people read it.
type Outline struct {
	Parts []OutlinePart
	// Cut tells that there is more than is described.
	Cut bool
}

// OutlinePart is the parameters, a body or an answer.
type OutlinePart struct {
	Title string
	// Note is what the document says of it in a line.
	Note  string
	Lines []OutlineLine
}

// OutlineLine is a value in a schema.
type OutlineLine struct {
	// Depth is how many values it stands in, Name its name there.
	Depth int
	Name  string
	// Type says which values there may be.
	Type     string
	Required bool
	Note     string
}

// Outline describes one of the Operations, if the document has it.
func (d *Document) Outline(operation Operation) (Outline, bool) {
	d.using.Lock()
	defer d.using.Unlock()
	o := &outliner{d: d}
	if table := d.routes[strings.ToLower(operation.Method)]; table != nil {
		for _, route := range slices.Concat(table.all()...) {
			if route.template == operation.Path {
				o.operation(route)
				return o.outline, true
			}
		}
	}
	for _, m := range d.messageOperations() {
		if m.Operation == operation {
			o.operationMessages(m.place)
			return o.outline, true
		}
	}
	return Outline{}, false
}

// outliner writes down an operation.
type outliner struct {
	d       *Document
	outline Outline
	lines   int
	visits  int
}

func (o *outliner) begin(title, note string) {
	o.outline.Parts = append(o.outline.Parts, OutlinePart{Title: title, Note: inLine(note)})
}

// add adds a line to the last part, and reports whether there was room.
func (o *outliner) add(line OutlineLine) bool {
	if o.lines >= maxOutline {
		o.outline.Cut = true
		return false
	}
	o.lines++
	last := &o.outline.Parts[len(o.outline.Parts)-1]
	line.Name, line.Note, line.Type = inLine(line.Name), inLine(line.Note), inLine(line.Type)
	last.Lines = append(last.Lines, line)
	return true
}

func inLine(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	if runes := []rune(text); len(runes) > maxOutlineText {
		return string(runes[:maxOutlineText]) + "…"
	}
	return text
}

func (o *outliner) operation(r *route) {
	j := &judging{d: o.d, route: r, parameters: o.d.parametersOf(r)}
	o.parameters(j)
	if body := j.requestBody(); body.value != nil {
		o.content("Request body", body, j.contentTypes(body))
	}
	responses := j.responses()
	for _, status := range sortedKeys(responses.object()) {
		if strings.HasPrefix(status, "x-") {
			continue
		}
		response := o.d.in(responses, status)
		if o.d.format == openAPI2 {
			o.described("Answer "+status, response.text("description"), o.d.sub(response, "schema"))
			continue
		}
		o.content("Answer "+status, response, j.contentTypes(response))
	}
}

// operationMessages describes the messages of an operation of AsyncAPI, and those of its reply.
func (o *outliner) operationMessages(operation place) {
	o.messages("Message", o.d.operationMessages(operation))
	if reply := o.d.in(operation, "reply"); reply.object() != nil {
		o.messages("Reply", o.d.operationMessages(reply))
	}
}

func (o *outliner) messages(title string, all []place) {
	for _, m := range all {
		m = o.d.follow(m)
		name := title + " " + cmp.Or(m.text("name"), lastToken(m.pointer))
		if headers := o.d.sub(m, "headers"); headers.value != nil {
			o.described(name+", headers", "", headers)
		}
		payload, readable := o.d.payloadSchema(m)
		if !readable {
			payload = place{}
		}
		o.described(strings.TrimSuffix(name+", "+o.d.messageType(m), ", "), cmp.Or(summaryOf(m), m.text("description")), payload)
	}
}

func (o *outliner) parameters(j *judging) {
	begun := false
	for _, p := range j.parameters {
		if p.in == "body" {
			o.described("Request body", p.text("description"), o.d.sub(p.place, "schema"))
			begun = false
			continue
		}
		if !begun {
			o.begin("Parameters", "")
			begun = true
		}
		o.schema(p.schema, OutlineLine{Name: p.name + " in " + p.in, Required: p.required, Note: p.text("description")}, nil)
	}
}

// content describes a body in each of its types.
func (o *outliner) content(title string, of place, types []string) {
	if len(types) == 0 {
		o.begin(title, of.text("description"))
	}
	for _, name := range types {
		o.described(title+", "+name, of.text("description"), o.d.sub(o.d.in(o.d.in(of, "content"), name), "schema"))
	}
}

func (o *outliner) described(title, note string, schema place) {
	o.begin(title, note)
	if schema.value != nil {
		o.schema(schema, OutlineLine{}, nil)
	}
}

// schema describes a value and what is in it. Within are the schemas around it.
func (o *outliner) schema(s place, line OutlineLine, within []string) {
	s = o.d.follow(s)
	line.Type = o.typeOf(s)
	if line.Note == "" {
		line.Note = s.text("description")
	}
	items := o.d.in(s, "items")
	if items.object() != nil {
		line.Type = strings.TrimSpace(strings.Replace(line.Type, "array", "list of "+o.typeOf(items), 1))
	}
	again := slices.Contains(within, s.pointer)
	if again {
		line.Type += ", as above"
	}
	if !o.add(line) || again {
		return
	}
	if line.Depth >= maxOutlineDepth {
		o.outline.Cut = o.outline.Cut || len(s.object()) > 0
		return
	}
	within = append(slices.Clone(within), s.pointer)
	if items.object() != nil && !slices.Contains(within, items.pointer) {
		o.inside(items, line.Depth+1, append(within, items.pointer))
		return
	}
	o.inside(s, line.Depth+1, within)
}

// inside describes what is in an object: that of its parts, and its alternatives.
func (o *outliner) inside(s place, depth int, within []string) {
	if o.visits++; o.visits > maxOutlineVisits || o.lines >= maxOutline {
		o.outline.Cut = true
		return
	}
	required := texts(s.object()["required"])
	properties := o.d.sub(s, "properties")
	for _, name := range sortedKeys(properties.object()) {
		o.schema(o.d.sub(properties, name), OutlineLine{Depth: depth, Name: name, Required: slices.Contains(required, name)}, within)
	}
	if other := o.d.sub(s, "additionalProperties"); len(other.object()) > 0 {
		o.schema(other, OutlineLine{Depth: depth, Name: "any other name"}, within)
	}
	parts := o.d.sub(s, "allOf")
	for i := range parts.list() {
		part := o.d.item(parts, i)
		if !slices.Contains(within, part.pointer) {
			o.inside(part, depth, append(slices.Clone(within), part.pointer))
		}
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		alternatives := o.d.sub(s, key)
		for i := range alternatives.list() {
			o.schema(place{alternatives.list()[i], fmt.Sprintf("%s/%d", alternatives.pointer, i)}, OutlineLine{Depth: depth, Name: fmt.Sprintf("alternative %d", i+1)}, within)
		}
	}
}

// typeOf says in a few words which values a schema takes.
func (o *outliner) typeOf(s place) string {
	s = o.d.follow(s)
	keywords := s.object()
	if keywords == nil {
		return "anything"
	}
	said := strings.Join(texts(keywords["type"]), " or ")
	if kind, one := keywords["type"].(string); one {
		said = kind
	}
	if name := nameOf(s.pointer); name != "" {
		said = strings.TrimSpace(said + " " + name)
	}
	constant, fixed := keywords["const"]
	switch {
	case said != "":
	case keywords["properties"] != nil, keywords["allOf"] != nil:
		said = "object"
	case keywords["oneOf"] != nil, keywords["anyOf"] != nil:
		said = "one of"
	case keywords["enum"] == nil && !fixed:
		said = "anything"
	}
	if o.d.nullable(keywords) {
		said += " or null"
	}
	if format := s.text("format"); format != "" {
		said += " (" + format + ")"
	}
	if values, listed := keywords["enum"].([]any); listed {
		words := make([]string, 0, len(values))
		for _, value := range values[:min(len(values), maxOutlineText)] {
			words = append(words, written(value))
		}
		said += ": " + fewOf(words)
	}
	if fixed {
		said += ": " + written(constant)
	}
	return strings.TrimPrefix(said, ": ")
}

// written is a value as a document has it, texts without their quotes.
func written(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	return shown(value)
}

// nameOf is the name under which a document keeps a schema for several uses.
func nameOf(pointer string) string {
	for _, home := range []string{"/components/schemas/", "/definitions/"} {
		if name, kept := strings.CutPrefix(pointer, home); kept && !strings.Contains(name, "/") {
			return unescape(name)
		}
	}
	return ""
}
