package comparison

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxPactDepth is how deep a pact may be nested.
const maxPactDepth = 100

// Pact is a consumer's pact, read for comparison.
type Pact struct {
	interactions []*interaction
	version      int
}

// interaction is one interaction of a pact. One of http and message is set, or
// unknown names its type.
type interaction struct {
	index       int
	description string
	state       string
	pending     bool
	http        *requestResponse
	message     *message
	unknown     string
}

// requestResponse is a request and the response that is expected to it.
type requestResponse struct {
	method   string
	path     string
	query    []pair
	headers  headers
	body     body
	status   int
	response struct {
		headers headers
		body    body
	}
}

// body is what a request or an answer carries.
type body struct {
	given bool
	value any
}

// pair is a query parameter as it was sent, decoded.
type pair struct{ name, value string }

// headers are header fields by their name in lower case.
type headers map[string]string

// ReadPact reads a pact of any version of the specification. It answers a
// *Refusal when it is none.
func ReadPact(data []byte) (*Pact, error) {
	if len(data) > maxBytes {
		return nil, refusePact("it has %d MB, and %d MB is the limit.", len(data)>>20, maxBytes>>20)
	}
	value, err := readJSON(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), maxPactDepth)
	if err != nil {
		return nil, refusePact("it is no JSON: %s.", firstLine(err))
	}
	root, ok := value.(map[string]any)
	if !ok {
		return nil, refusePact("it is no object with `interactions`.")
	}
	pact := &Pact{version: pactVersion(object(root["metadata"]))}
	if err := pact.readInteractions(root["interactions"]); err != nil {
		return nil, err
	}
	pact.readOldMessages(root["messages"])
	return pact, nil
}

// pactVersion is the major version of the specification that a pact follows, 2
// where it does not say.
func pactVersion(metadata map[string]any) int {
	candidates := []any{
		object(metadata["pactSpecification"])["version"],
		metadata["pactSpecificationVersion"],
		object(metadata["pact-specification"])["version"],
	}
	for _, candidate := range candidates {
		major, _, _ := strings.Cut(fmt.Sprint(candidate), ".")
		if version, err := strconv.Atoi(major); err == nil {
			return version
		}
	}
	return 2
}

func (p *Pact) readInteractions(value any) error {
	if value == nil {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		return refusePact("`interactions` is no list.")
	}
	for i, element := range list {
		entry, ok := element.(map[string]any)
		if !ok {
			return refusePact("interaction %d is no object.", i)
		}
		interaction, err := p.readInteraction(i, entry)
		if err != nil {
			return err
		}
		p.interactions = append(p.interactions, interaction)
	}
	return nil
}

// oldMessage is the type of the messages of version 3.
const oldMessage = "message of version 3"

// readOldMessages keeps count of the messages of version 3, which say nothing
// about the operation of a document that they belong to.
func (p *Pact) readOldMessages(value any) {
	list, _ := value.([]any)
	for i, element := range list {
		description, _ := object(element)["description"].(string)
		p.interactions = append(p.interactions, &interaction{index: i, description: description, unknown: oldMessage})
	}
}

func (p *Pact) readInteraction(index int, entry map[string]any) (*interaction, error) {
	result := &interaction{index: index, state: stateOf(entry), pending: entry["pending"] == true}
	result.description, _ = entry["description"].(string)
	kind, _ := entry["type"].(string)
	var err error
	switch strings.ToLower(kind) {
	case "", "synchronous/http":
		result.http, err = p.readHTTP(index, entry)
	case "asynchronous/messages":
		result.message = p.readMessage(entry)
	case "synchronous/messages":
		result.message = p.readSynchronousMessage(entry)
	default:
		result.unknown = kind
	}
	return result, err
}

// stateOf is the situation of an interaction in the consumer's words.
func stateOf(entry map[string]any) string {
	if state, ok := entry["providerState"].(string); ok {
		return state
	}
	if state, ok := entry["provider_state"].(string); ok {
		return state
	}
	list, _ := entry["providerStates"].([]any)
	var names []string
	for _, state := range list {
		if name, ok := object(state)["name"].(string); ok {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

func (p *Pact) readHTTP(index int, entry map[string]any) (*requestResponse, error) {
	request, ok := entry["request"].(map[string]any)
	if !ok {
		return nil, refusePact("interaction %d has no request.", index)
	}
	response, ok := entry["response"].(map[string]any)
	if !ok {
		return nil, refusePact("interaction %d has no response.", index)
	}
	result := &requestResponse{method: "GET"}
	if method, given := request["method"]; given {
		if result.method, ok = method.(string); !ok {
			return nil, refusePact("the method of interaction %d is no text.", index)
		}
	}
	result.method = strings.ToUpper(result.method)
	if result.path, ok = request["path"].(string); !ok {
		return nil, refusePact("interaction %d has no path.", index)
	}
	if result.status, ok = wholeNumber(response["status"]); !ok {
		return nil, refusePact("interaction %d has no status.", index)
	}
	var err error
	if result.query, err = readQuery(request["query"]); err != nil {
		return nil, refusePact("the query of interaction %d is neither a text nor names with values.", index)
	}
	if result.headers, err = readHeaders(request["headers"]); err != nil {
		return nil, refusePact("the request headers of interaction %d are no names with values.", index)
	}
	if result.response.headers, err = readHeaders(response["headers"]); err != nil {
		return nil, refusePact("the response headers of interaction %d are no names with values.", index)
	}
	result.body = p.readBody(request)
	result.response.body = p.readBody(response)
	return result, nil
}

func wholeNumber(value any) (int, bool) {
	number, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	float, err := number.Float64()
	return int(float), err == nil && float == float64(int(float))
}

// errShape says that something in a pact has no form that anybody knows.
type errShape struct{}

func (errShape) Error() string { return "unknown form" }

func readHeaders(value any) (headers, error) {
	named, err := readValues(value)
	if err != nil {
		return nil, err
	}
	result := headers{}
	for _, name := range sortedKeys(named) {
		value, lower := strings.Join(named[name], ","), strings.ToLower(name)
		if before, twice := result[lower]; twice {
			value = before + "," + value
		}
		result[lower] = value
	}
	return result, nil
}

// readValues reads names with a value or a list of values each. In a list null is
// what newer libraries write for a name without a value.
func readValues(value any) (map[string][]string, error) {
	result := map[string][]string{}
	if value == nil {
		return result, nil
	}
	named, ok := value.(map[string]any)
	if !ok {
		return nil, errShape{}
	}
	for name, value := range named {
		values, isList := value.([]any)
		if !isList {
			values = []any{value}
		}
		result[name] = []string{}
		for _, value := range values {
			text, ok := value.(string)
			if !ok && (value != nil || !isList) {
				return nil, errShape{}
			}
			result[name] = append(result[name], sendable(text))
		}
	}
	return result, nil
}

// sendable is a text as it can be sent: without line breaks and NUL.
func sendable(text string) string {
	return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(text)
}

// readQuery reads a query as text, which is encoded, or as names with values,
// which are not.
func readQuery(value any) ([]pair, error) {
	if text, ok := value.(string); ok {
		return splitQuery(sendable(text)), nil
	}
	named, err := readValues(value)
	if err != nil {
		return nil, err
	}
	var pairs []pair
	for _, name := range sortedKeys(named) {
		for _, value := range named[name] {
			pairs = append(pairs, pair{name, value})
		}
		if len(named[name]) == 0 {
			pairs = append(pairs, pair{name, ""})
		}
	}
	return pairs, nil
}

func splitQuery(text string) []pair {
	var pairs []pair
	for _, part := range strings.Split(strings.TrimPrefix(text, "?"), "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, pair{formDecoded(name), formDecoded(value)})
	}
	return pairs
}

func formDecoded(text string) string {
	return percentDecoded(strings.ReplaceAll(text, "+", " "))
}

func (p *Pact) readBody(part map[string]any) body {
	value, given := part["body"]
	if !given || p.version < 4 {
		return body{given, value}
	}
	wrapped, ok := value.(map[string]any)
	if !ok {
		return body{given: value != nil, value: value}
	}
	return body{true, unwrap(wrapped)}
}

// unwrap reads a body of version 4, which says how its content is written down.
func unwrap(wrapped map[string]any) any {
	content, given := wrapped["content"]
	if !given {
		return ""
	}
	text, isText := content.(string)
	encoding, _ := wrapped["encoded"].(string)
	if !isText || encoding == "" && wrapped["encoded"] != true {
		return content
	}
	if strings.EqualFold(encoding, "json") {
		return parsedOr(text)
	}
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.Map(dropSpace, text), "="))
	if err != nil {
		return content
	}
	if kind, _ := wrapped["contentType"].(string); kind == "" || isJSON(kind) {
		return parsedOr(string(decoded))
	}
	return string(decoded)
}

// parsedOr is what JSON says, or the text itself when it is no JSON.
func parsedOr(text string) any {
	value, err := readJSON([]byte(text), maxPactDepth)
	if err != nil {
		return text
	}
	return value
}

func dropSpace(r rune) rune {
	if r == ' ' || r == '\n' || r == '\r' || r == '\t' {
		return -1
	}
	return r
}

func sortedKeys[V any](values map[string]V) []string {
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
