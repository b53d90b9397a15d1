package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/pactfile"
)

// interaction is a request with its answer, or a message.
type interaction struct {
	ID, Description string
	Verb, Endpoint  string
	States          []string
	Mark            word
	// Open tells that it is shown at once: it failed or changed.
	Open bool
	// Pills say what is special about it: that it is new, changed, pending, or a
	// synchronous message.
	Pills    []word
	Parts    []interactionPart
	Problems []problem
	// Said is what a verification found without saying where; Silent tells that it failed
	// and said nothing.
	Said   []string
	Silent bool
	// By is the result that has the problems.
	By       *contractResult
	Comments []string
	// Details are what else the contract says of it, such as the name of the test.
	Details []headerLine
	Markup  []markupBlock
	// Curl sends the request, nil if it is none of HTTP.
	Curl *command
}

// interactionPart is a request, an answer or a message.
type interactionPart struct {
	Title, Line string
	// LineRule is about the path or the status.
	LineRule besideWords
	Query    []headerLine
	Headers  []headerLine
	Blocks   []bodyBlock
	// Further are rules that stand beside nothing that is shown, such as those of a plugin,
	// each by where it is written.
	Further []headerLine

	// typed reads contents of which the contract has the definition.
	typed protobufReader
}

type headerLine struct{ Name, Value, Rule, Generated string }

// readable is a contract as far as the page reads it.
type readable struct {
	specification          string
	plugins                []plugin
	protobuf               *protobufSchemas
	interactions, messages []json.RawMessage
}

// readContract reads a contract, of which anything but the outermost object may be
// otherwise than expected.
func readContract(body []byte) readable {
	var read readable
	var specification struct {
		PactSpecification struct{ Version string } `json:"pactSpecification"`
		Older             struct{ Version string } `json:"pact-specification"`
	}
	for interaction := range pactfile.Items(pactfile.Member(body, "interactions")) {
		read.interactions = append(read.interactions, interaction)
	}
	for message := range pactfile.Items(pactfile.Member(body, "messages")) {
		read.messages = append(read.messages, message)
	}
	metadata := pactfile.Member(body, "metadata")
	_ = json.Unmarshal(metadata, &specification) // what cannot be read is not shown
	read.plugins = pluginsOf(pactfile.Member(metadata, "plugins"))
	read.protobuf = protobufSchemasOf(pactfile.Member(metadata, "plugins"))
	if v := orWord(specification.PactSpecification.Version, specification.Older.Version); v != "" {
		read.specification = "Pact V" + strings.SplitN(v, ".", 2)[0]
	}
	return read
}

// fields are the members of a JSON object by name; none if it is no object.
func fields(value json.RawMessage) map[string]json.RawMessage {
	named := map[string]json.RawMessage{}
	for _, m := range membersOf(value) {
		named[m.Name] = m.Value
	}
	return named
}

// textOf is a JSON string, or another value as it is written.
func textOf(value json.RawMessage) string {
	if n := len(value); n >= 2 && value[0] == '"' && value[n-1] == '"' && !bytes.ContainsAny(value, "\\") && bytes.Count(value, []byte{'"'}) == 2 && utf8.Valid(value) {
		return string(value[1 : n-1])
	}
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

// interactionID is where an interaction stands on the page of its contract.
func interactionID(place int) string { return fmt.Sprintf("i%d", place+1) }

// The kinds of interactions, by the verb before what they are about.
const (
	messageVerb     = "MSG"
	synchronousVerb = "SYNC"
)

func (v contractView) interaction(n int, raw json.RawMessage) interaction {
	f := fields(raw)
	i := interaction{
		ID:          interactionID(n),
		Description: textOf(f["description"]),
		States:      statesOf(f),
		Comments:    commentsOf(f["comments"]),
		Details:     detailsOf(f),
		Markup:      markupOf(f["interactionMarkup"]),
	}
	if strings.TrimSpace(i.Description) == "" {
		i.Description = "an interaction without a description"
	}
	kind, typed := textOf(f["type"]), v.protobuf.readerOf(f["pluginConfiguration"])
	switch {
	case f["request"] != nil && !strings.Contains(kind, "Messages"):
		request := fields(f["request"])
		i.Verb, i.Endpoint = strings.ToUpper(textOf(request["method"])), textOf(request["path"])
		i.Endpoint = orWord(strings.TrimSpace(i.Endpoint), "an interaction without a path")
		i.Parts = []interactionPart{requestPart(request, typed, kind != ""), answerPart(fields(f["response"]), typed, kind != "")}
		i.Curl = curlOf("As cURL, "+i.ID, request, kind != "")
	case strings.Contains(kind, "Synchronous/Messages"):
		i.Verb, i.Endpoint = synchronousVerb, i.Description
		i.Pills = append(i.Pills, word{Icon: "msg", Word: "Synchronous message"})
		i.Parts = synchronousParts(f, typed)
	default:
		i.Verb, i.Endpoint = messageVerb, i.Description
		i.Parts = []interactionPart{messagePart("Message", f, typed, kind != "")}
	}
	if string(f["pending"]) == "true" {
		i.Pills = append(i.Pills, word{Kind: "unsure", Icon: "wait", Word: "Pending"})
	}
	v.judge(&i, textOf(f["_id"]), stateNames(f))
	return i
}

// synchronousParts are a request and all of its answers, which may be a list.
func synchronousParts(f map[string]json.RawMessage, typed protobufReader) []interactionPart {
	parts := []interactionPart{messagePart("Request", fields(f["request"]), typed, true)}
	var answers []json.RawMessage
	if json.Unmarshal(f["response"], &answers) != nil && f["response"] != nil {
		answers = []json.RawMessage{f["response"]}
	}
	for n, answer := range answers {
		title := "Response"
		if len(answers) > 1 {
			title = fmt.Sprintf("Response %d of %d", n+1, len(answers))
		}
		parts = append(parts, messagePart(title, fields(answer), typed, true))
	}
	return parts
}

// providerState is a situation that an interaction needs.
type providerState struct {
	Name   string          `json:"name"`
	Params json.RawMessage `json:"params"`
}

func providerStates(f map[string]json.RawMessage) (states []providerState) {
	for _, name := range []string{"providerState", "provider_state"} {
		if value := f[name]; value != nil && string(value) != "null" {
			states = append(states, providerState{Name: textOf(value)})
		}
	}
	var list []providerState
	_ = json.Unmarshal(f["providerStates"], &list) // what is no list of states names none
	return append(states, list...)
}

// statesOf are the provider states, with what they are told.
func statesOf(f map[string]json.RawMessage) (states []string) {
	for _, s := range providerStates(f) {
		if params := string(s.Params); len(params) > 2 && params != "null" {
			s.Name += " " + params
		}
		states = append(states, s.Name)
	}
	return states
}

// stateNames are the names of the provider states, as results name them.
func stateNames(f map[string]json.RawMessage) string {
	var names []string
	for _, s := range providerStates(f) {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

// commentsOf are the texts among the comments.
func commentsOf(value json.RawMessage) []string {
	texts := fields(value)["text"]
	var list []json.RawMessage
	if json.Unmarshal(texts, &list) != nil && isText(texts) {
		list = []json.RawMessage{texts}
	}
	var comments []string
	for _, text := range list {
		comments = append(comments, textOf(text))
	}
	return comments
}

// detailsOf are what a contract says of an interaction beside what is asked for.
func detailsOf(f map[string]json.RawMessage) (details []headerLine) {
	add := func(name string, value json.RawMessage) {
		if text := textOf(value); text != "" && text != "null" {
			details = append(details, headerLine{Name: name, Value: brief([]byte(text))})
		}
	}
	for _, m := range membersOf(f["comments"]) {
		switch m.Name {
		case "text":
		case "testname":
			add("Test", m.Value)
		default:
			add(m.Name, m.Value)
		}
	}
	add("Key", f["key"])
	add("Transport", f["transport"])
	for _, configured := range membersOf(f["pluginConfiguration"]) {
		for _, m := range membersOf(configured.Value) {
			add(configured.Name+", "+m.Name, m.Value)
		}
	}
	return details
}

// requestPart is a request. Those of the fourth version of the format wrap their bodies.
func requestPart(f map[string]json.RawMessage, typed protobufReader, wraps bool) interactionPart {
	r := wordsOfPart(f)
	part := interactionPart{typed: typed, Title: "Request", Line: strings.ToUpper(textOf(f["method"])) + " " + textOf(f["path"]), LineRule: r.named("path", "", "")}
	part.query(f["query"], r)
	part.fill(f, r, wraps)
	return part
}

// query lists the parameters of a query, each value by itself, and what is said of the query
// as a whole.
func (p *interactionPart) query(value json.RawMessage, r *rules) {
	seen := map[string]int{}
	for _, pair := range queryOf(value) {
		name, text, _ := strings.Cut(pair, "=")
		s := r.named("query", name, fmt.Sprint(seen[name]))
		seen[name]++
		p.Query = append(p.Query, headerLine{"?" + name, text, s.Rule, s.Generated})
	}
	if s := r.named("query", "", ""); s != (besideWords{}) {
		p.Query = append(p.Query, headerLine{Name: "The whole query", Rule: s.Rule, Generated: s.Generated})
	}
}

func answerPart(f map[string]json.RawMessage, typed protobufReader, wraps bool) interactionPart {
	r := wordsOfPart(f)
	part := interactionPart{typed: typed, Title: "Response", Line: textOf(f["status"]), LineRule: r.named("status", "", "")}
	part.fill(f, r, wraps)
	return part
}

func messagePart(title string, f map[string]json.RawMessage, typed protobufReader, wraps bool) interactionPart {
	r := wordsOfPart(f)
	part := interactionPart{typed: typed, Title: title}
	for _, name := range []string{"metaData", "metadata"} {
		for _, m := range membersOf(f[name]) {
			s := r.named("metadata", m.Name, "")
			part.Headers = append(part.Headers, headerLine{m.Name, textOf(m.Value), s.Rule, s.Generated})
		}
	}
	part.body(f["contents"], part.mediaType(), r, wraps)
	part.Further = append(part.Further, r.unshown()...)
	return part
}

func (p *interactionPart) fill(f map[string]json.RawMessage, r *rules, wraps bool) {
	for _, m := range membersOf(f["headers"]) {
		s := r.named("header", m.Name, "")
		p.Headers = append(p.Headers, headerLine{m.Name, headerValue(m.Value), s.Rule, s.Generated})
	}
	p.body(f["body"], p.mediaType(), r, wraps)
	p.Further = append(p.Further, r.unshown()...)
}

// mediaType is that which the headers or the metadata say.
func (p *interactionPart) mediaType() string {
	for _, h := range p.Headers {
		if strings.EqualFold(h.Name, "Content-Type") || strings.EqualFold(h.Name, "contentType") {
			return h.Value
		}
	}
	return ""
}

// queryOf are the parameters of a query with their values: of one that is a text as the
// first versions of the format have it, or of one that names them.
func queryOf(value json.RawMessage) (pairs []string) {
	var text string
	if json.Unmarshal(value, &text) == nil && text != "" {
		return strings.Split(text, "&")
	}
	for _, m := range membersOf(value) {
		var values []string
		if json.Unmarshal(m.Value, &values) != nil {
			values = []string{textOf(m.Value)}
		}
		for _, one := range values {
			pairs = append(pairs, m.Name+"="+one)
		}
	}
	return pairs
}
