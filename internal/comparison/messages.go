package comparison

import (
	"cmp"
	"fmt"
	"strings"
)

// message is what a consumer reads, or what it asks and reads in return.
type message struct {
	operation   string
	synchronous bool
	sent        carried
	replies     []carried
}

// carried is the content of one message.
type carried struct {
	contentType string
	content     body
	metadata    map[string]any
}

func (p *Pact) readMessage(entry map[string]any) *message {
	return &message{operation: referredOperation(entry), sent: readCarried(entry)}
}

func (p *Pact) readSynchronousMessage(entry map[string]any) *message {
	result := &message{operation: referredOperation(entry), synchronous: true, sent: readCarried(object(entry["request"]))}
	replies, ok := entry["response"].([]any)
	if !ok && entry["response"] != nil {
		replies = []any{entry["response"]}
	}
	for _, reply := range replies {
		result.replies = append(result.replies, readCarried(object(reply)))
	}
	return result
}

// referredOperation is the operation that an interaction says it belongs to.
func referredOperation(entry map[string]any) string {
	references := object(object(entry["comments"])["references"])
	operation, _ := object(references["AsyncAPI"])["operationId"].(string)
	return operation
}

func readCarried(part map[string]any) carried {
	result := carried{metadata: object(part["metadata"])}
	contents, given := part["contents"].(map[string]any)
	if !given {
		return result
	}
	result.contentType, _ = contents["contentType"].(string)
	if _, has := contents["content"]; has {
		result.content = body{true, unwrap(contents)}
	}
	return result
}

// messageJudging is the work on one message interaction.
type messageJudging struct {
	d           *Document
	report      *report
	interaction *interaction
}

// exchangeSide is one side of an operation: its messages, where they stand, and
// how schemas are taken for them.
type exchangeSide struct {
	messages []place
	pointer  string
	mode     mode
}

// judgeMessage compares a message with those of the operation that it belongs
// to.
func judgeMessage(d *Document, in *interaction, report *report, judged *Judged) error {
	j := &messageJudging{d, report, in}
	m := in.message
	if m.operation == "" {
		j.add(Error, codeMessageReference, "comments.references.AsyncAPI", "", "The interaction does not say to which operation of the document it belongs.")
		return nil
	}
	operation, found := d.asyncOperation(m.operation)
	if !found {
		j.add(Error, codeMessageOperation, "comments.references.AsyncAPI.operationId", "/operations", d.unknownAsyncOperation(m.operation))
		return nil
	}
	judged.Operation = m.operation
	mode := asOffered
	if m.synchronous {
		mode = asWritten
	}
	side := exchangeSide{d.operationMessages(operation), operation.pointer + "/messages", mode}
	prefix := ""
	if m.synchronous {
		prefix = "request"
	}
	fits, err := j.judgeSide(m.sent, side, prefix)
	if err != nil || !fits || !m.synchronous {
		return err
	}
	return j.judgeReplies(m, operation)
}

func (j *messageJudging) add(kind Kind, code, part, pointer, message string) {
	if kind == Error && j.interaction.pending {
		kind = Warning
	}
	j.report.add(j.interaction.finding(kind, code, part, pointer, message))
}

func (j *messageJudging) judgeReplies(m *message, operation place) error {
	reply := j.d.in(operation, "reply")
	if reply.value == nil {
		j.add(Error, codeMessageReply, "comments.references.AsyncAPI", operation.pointer, fmt.Sprintf("The operation %q has no reply.", m.operation))
		return nil
	}
	if len(m.replies) == 0 {
		j.add(Warning, codeMessageResponse, "response", reply.pointer+"/messages", "The interaction does not say which replies are expected.")
		return nil
	}
	side := exchangeSide{j.d.operationMessages(reply), reply.pointer + "/messages", asOffered}
	for i, expected := range m.replies {
		if _, err := j.judgeSide(expected, side, fmt.Sprintf("response[%d]", i)); err != nil {
			return err
		}
	}
	return nil
}

// judgeSide looks for the first message of a side that fits.
func (j *messageJudging) judgeSide(c carried, side exchangeSide, prefix string) (bool, error) {
	var causes []Finding
	closest, least := "", 0
	for _, candidate := range side.messages {
		findings, err := j.tryMessage(c, candidate, side.mode, prefix)
		if err != nil {
			return false, err
		}
		if len(errorsOf(findings)) == 0 {
			for _, finding := range findings {
				j.report.add(finding)
			}
			j.report.add(Finding{
				Kind: Info, Code: codeMessageMatched, Interaction: -1, SpecPath: dotted(candidate.pointer), SpecPointer: candidate.pointer,
				Message: fmt.Sprintf("%q fits the message %s.", j.interaction.description, lastToken(candidate.pointer)),
			})
			return true, nil
		}
		causes = append(causes, findings...)
		if errors := errorsOf(findings); closest == "" || len(errors) < least {
			least, closest = len(errors), noMatch(candidate, errors[0], len(side.messages))
		}
	}
	if closest == "" {
		closest = "The operation has no messages."
	}
	kind := Error
	if j.interaction.pending {
		kind = Warning
	}
	part := ""
	if prefix == "request" {
		part = "comments.references.AsyncAPI.operationId"
	}
	finding := j.interaction.finding(kind, codeMessageNoMatch, part, side.pointer, closest)
	finding.Causes = causes
	j.report.add(finding)
	return false, nil
}

// noMatch says why the message that comes closest does not fit.
func noMatch(candidate place, first Finding, of int) string {
	if of == 1 {
		return "The message of the operation does not fit. " + first.Message
	}
	return fmt.Sprintf("No message of the operation fits; %s comes closest. %s", cmp.Or(candidate.text("name"), lastToken(candidate.pointer)), first.Message)
}

func lastToken(pointer string) string {
	return unescape(pointer[strings.LastIndexByte(pointer, '/')+1:])
}

func errorsOf(findings []Finding) []Finding {
	var errors []Finding
	for _, finding := range findings {
		if finding.Kind == Error {
			errors = append(errors, finding)
		}
	}
	return errors
}

// tryMessage holds content and metadata against one message.
func (j *messageJudging) tryMessage(c carried, candidate place, mode mode, prefix string) ([]Finding, error) {
	findings, err := j.tryHeaders(c, candidate, mode, prefix)
	if err != nil {
		return nil, err
	}
	payload, err := j.tryPayload(c, candidate, mode, prefix)
	return append(findings, payload...), err
}

func (j *messageJudging) tryHeaders(c carried, candidate place, mode mode, prefix string) ([]Finding, error) {
	headers := j.d.sub(j.d.saying(candidate, "headers"), "headers")
	if headers.value == nil || len(c.metadata) == 0 {
		return nil, nil
	}
	metadata := map[string]any{}
	for name, value := range c.metadata {
		if name == "contentType" && j.d.partOf(headers, "properties", name).value == nil {
			continue
		}
		metadata[name] = value
	}
	problems, err := j.d.problems(headers, mode, metadata)
	var findings []Finding
	for _, problem := range resolved(problems) {
		part := joined(prefix, append([]string{"metadata"}, problem.path...))
		message := fmt.Sprintf("The metadata %s %s.", strings.Join(problem.path, "."), problem.sentence)
		if len(problem.path) == 0 {
			message = fmt.Sprintf("The metadata %s.", problem.sentence)
		}
		findings = append(findings, j.problemFinding(problem, codeMessageHeaders, codeMessageHeadersUnjudged, part, message))
	}
	return findings, err
}

func joined(prefix string, tokens []string) string {
	if prefix != "" {
		tokens = append([]string{prefix}, tokens...)
	}
	return strings.Join(tokens, ".")
}

func (j *messageJudging) tryPayload(c carried, candidate place, mode mode, prefix string) ([]Finding, error) {
	if !c.content.given {
		return nil, nil
	}
	part := joined(prefix, []string{"contents", "content"})
	payload, readable := j.d.payloadSchema(candidate)
	contentType := c.contentType
	if contentType == "" {
		contentType = j.d.messageType(candidate)
	}
	if !readable || contentType != "" && !isJSON(contentType) {
		return []Finding{j.interaction.finding(Warning, codeMessagePayloadUnjudged, part, candidate.pointer,
			fmt.Sprintf("A payload of the type %s cannot be judged.", shortened(contentType)))}, nil
	}
	if payload.value == nil {
		return []Finding{j.interaction.finding(Warning, codeMessagePayloadUnknown, part, candidate.pointer,
			"There is a payload, and the document describes no schema for it.")}, nil
	}
	problems, err := j.d.problems(payload, mode, c.content.value)
	var findings []Finding
	for _, problem := range problems {
		inner := joined(part, problem.path)
		name := "The payload"
		if len(problem.path) > 0 {
			name = shortened(strings.Join(problem.path, ".")) + " in the payload"
		}
		unknown := codeMessagePayloadUnjudged
		if problem.unresolved {
			unknown = codeMessagePayloadUnknown
		}
		findings = append(findings, j.problemFinding(problem, codeMessagePayload, unknown, inner, name+" "+problem.sentence+"."))
	}
	return findings, err
}

// problemFinding is what is wrong with a part of a message: an error, or a warning
// where nobody knows.
func (j *messageJudging) problemFinding(p problem, code, unknown, part, message string) Finding {
	if !p.unknown() {
		return j.interaction.finding(Error, code, part, p.source, message)
	}
	finding := j.interaction.finding(Warning, unknown, part, p.source, message)
	if p.unchecked {
		finding.Remedy = uncheckedRemedy
	}
	return finding
}

// payloadSchema finds the schema of a message's payload, and reports whether it is
// written in a language that is known here.
func (d *Document) payloadSchema(message place) (place, bool) {
	payload := d.sub(message, "payload")
	format := message.text("schemaFormat")
	if described := d.follow(payload); described.object()["schemaFormat"] != nil {
		format = described.text("schemaFormat")
		payload = d.sub(described, "schema")
	}
	known := format == "" || strings.Contains(format, "asyncapi") || strings.Contains(format, "schema+json") ||
		strings.Contains(format, "schema+yaml") || strings.Contains(format, "openapi")
	return payload, known
}

// saying is the message itself, or the trait of it that says something which the
// message does not.
func (d *Document) saying(message place, key string) place {
	traits := d.in(message, "traits")
	for i := 0; message.object()[key] == nil && i < len(traits.list()); i++ {
		if trait := d.item(traits, i); trait.object()[key] != nil {
			return trait
		}
	}
	return message
}

func (d *Document) messageType(message place) string {
	message = d.saying(message, "contentType")
	if contentType := message.text("contentType"); contentType != "" {
		return contentType
	}
	contentType, _ := d.root["defaultContentType"].(string)
	return contentType
}

// asyncOperation finds an operation by its id: in version 3 its name, in version
// 2 the operationId under a channel.
func (d *Document) asyncOperation(id string) (place, bool) {
	operations := place{d.root["operations"], "/operations"}
	if _, ok := operations.object()[id]; ok {
		operation := d.in(operations, id)
		return operation, operation.object() != nil
	}
	found, ok := d.oldOperations()[id]
	return found, ok
}

// oldOperations are the operations of version 2, by their ids.
func (d *Document) oldOperations() map[string]place {
	if d.operations != nil {
		return d.operations
	}
	d.operations = map[string]place{}
	channels := place{d.root["channels"], "/channels"}
	for _, name := range sortedKeys(channels.object()) {
		for _, action := range []string{"publish", "subscribe"} {
			operation := d.in(d.in(channels, name), action)
			id := operation.text("operationId")
			if _, known := d.operations[id]; id != "" && !known {
				d.operations[id] = operation
			}
		}
	}
	return d.operations
}

func (d *Document) unknownAsyncOperation(id string) string {
	var names []string
	if d.suggested < maxSuggested {
		names = append(sortedKeys(object(d.root["operations"])), sortedKeys(d.oldOperations())...)
	}
	if nearest := d.nearest(id, names); nearest != "" {
		return fmt.Sprintf("The document has no operation %q; did you mean %q?", shortened(id), nearest)
	}
	return fmt.Sprintf("The document has no operation %q.", shortened(id))
}

// operationMessages are the messages of an operation or a reply; where it names
// none, those of its channel.
func (d *Document) operationMessages(operation place) []place {
	if list := d.sub(operation, "messages"); list.value != nil {
		var messages []place
		for i := range list.list() {
			messages = append(messages, d.item(list, i))
		}
		return messages
	}
	if single := d.in(operation, "message"); single.value != nil {
		return d.oneOrMore(single)
	}
	named := d.in(d.in(operation, "channel"), "messages")
	var messages []place
	for _, name := range sortedKeys(named.object()) {
		messages = append(messages, d.in(named, name))
	}
	return messages
}

// oneOrMore reads the message of version 2, which may be one of several.
func (d *Document) oneOrMore(message place) []place {
	list := d.sub(message, "oneOf")
	if list.value == nil {
		return []place{message}
	}
	var messages []place
	for i := range list.list() {
		messages = append(messages, d.item(list, i))
	}
	return messages
}
