package web

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// interactionGroup are the interactions of one endpoint.
type interactionGroup struct {
	ID, Verb, Path string
	Mark           word
	Items          []interaction
}

// interaction is a request with its answer, or a message.
type interaction struct {
	ID, Description string
	Verb, Endpoint  string
	States          []string
	Mark            word
	// Open tells that the interaction failed.
	Open     bool
	Parts    []interactionPart
	Problems []string
	Comments []string
	// Curl sends the request, nil if it is none of HTTP.
	Curl *command
}

// interactionPart is a request, an answer or a message.
type interactionPart struct {
	Title, Line string
	LineRule    string
	Headers     []headerLine
	Body        []bodyLine
	Cut         bool
	// Further are rules for the body that stand beside none of its lines, such as those
	// of a plugin, each by where it is written.
	Further []headerLine
}

type headerLine struct{ Name, Value, Rule string }

// bodyLine is a line of a body, with the rule that applies to its value.
type bodyLine struct {
	Indent, Key, Text, Rule string
	Generated               string
}

// readable is a contract as far as the page reads it.
type readable struct {
	specification          string
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
	for _, m := range membersOf(body) {
		switch m.Name {
		case "interactions":
			_ = json.Unmarshal(m.Value, &read.interactions) // what is no list has no interactions
		case "messages":
			_ = json.Unmarshal(m.Value, &read.messages) // as above
		case "metadata":
			_ = json.Unmarshal(m.Value, &specification) // what cannot be read is not shown
		}
	}
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
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

// interactionID is where an interaction stands on the page of its contract.
func interactionID(place int) string { return fmt.Sprintf("i%d", place+1) }

func (v contractView) interaction(n int, raw json.RawMessage) interaction {
	f := fields(raw)
	i := interaction{ID: interactionID(n), Description: textOf(f["description"]), States: statesOf(f), Comments: commentsOf(f["comments"])}
	if strings.TrimSpace(i.Description) == "" {
		i.Description = "an interaction without a description"
	}
	kind := textOf(f["type"])
	switch {
	case f["request"] != nil && !strings.Contains(kind, "Messages"):
		request := fields(f["request"])
		i.Verb, i.Endpoint = strings.ToUpper(textOf(request["method"])), textOf(request["path"])
		i.Endpoint = orWord(strings.TrimSpace(i.Endpoint), "an interaction without a path")
		i.Parts = []interactionPart{requestPart(request, kind != ""), answerPart(fields(f["response"]), kind != "")}
		i.Curl = curlOf("As cURL, "+i.ID, request, kind != "")
	case strings.Contains(kind, "Synchronous/Messages"):
		i.Verb, i.Endpoint = "MSG", i.Description
		i.Parts = append(i.Parts, messagePart("Request", fields(f["request"]), true))
		var answers []json.RawMessage
		_ = json.Unmarshal(f["response"], &answers) // what is no list has no answers
		for _, answer := range answers {
			i.Parts = append(i.Parts, messagePart("Response", fields(answer), true))
		}
	default:
		i.Verb, i.Endpoint = "MSG", i.Description
		i.Parts = []interactionPart{messagePart("Message", f, kind != "")}
	}
	i.Mark, i.Problems = v.outcome(textOf(f["_id"]), i)
	i.Open = i.Mark.Kind == "no"
	return i
}

// outcome is what the last result says of an interaction.
func (v contractView) outcome(id string, i interaction) (word, []string) {
	if v.result == nil {
		return word{Kind: "unsure", Icon: "unsure", Word: "not verified"}, nil
	}
	for _, t := range v.failed {
		if t.InteractionID != "" && t.InteractionID == id || t.InteractionID == "" && t.Description == i.Description {
			return word{Kind: "no", Icon: "no", Word: "failed"}, t.Problems
		}
	}
	if !v.result.Success && len(v.failed) == 0 {
		return word{Kind: "unsure", Icon: "unsure", Word: "not known"}, nil
	}
	return word{Kind: "yes", Icon: "yes", Word: "verified"}, nil
}

func statesOf(f map[string]json.RawMessage) []string {
	var names []string
	for _, name := range []string{"providerState", "provider_state"} {
		if value := f[name]; value != nil && string(value) != "null" {
			names = append(names, textOf(value))
		}
	}
	var list []struct {
		Name   string          `json:"name"`
		Params json.RawMessage `json:"params"`
	}
	_ = json.Unmarshal(f["providerStates"], &list) // what is no list of states names none
	for _, s := range list {
		if params := string(s.Params); len(params) > 2 && params != "null" {
			s.Name += " " + params
		}
		names = append(names, s.Name)
	}
	return names
}

func commentsOf(value json.RawMessage) []string {
	var comments struct {
		Text []string `json:"text"`
	}
	_ = json.Unmarshal(value, &comments) // comments in another form are left to the JSON
	return comments.Text
}

// requestPart is a request. Those of the fourth version of the format wrap their bodies.
func requestPart(f map[string]json.RawMessage, wraps bool) interactionPart {
	r := wordsOfPart(f)
	part := interactionPart{Title: "Request", Line: strings.ToUpper(textOf(f["method"])) + " " + textOf(f["path"]), LineRule: r.named("path", "")}
	pairs := queryOf(f["query"])
	if len(pairs) > 0 {
		part.Line += "?" + strings.Join(pairs, "&")
	}
	var seen []string
	for _, pair := range pairs {
		name, _, _ := strings.Cut(pair, "=")
		if rule := r.named("query", name); rule != "" && !slices.Contains(seen, name) {
			part.LineRule = strings.TrimPrefix(part.LineRule+"; "+name+": "+rule, "; ")
			seen = append(seen, name)
		}
	}
	part.fill(f, r, wraps)
	return part
}

func answerPart(f map[string]json.RawMessage, wraps bool) interactionPart {
	r := wordsOfPart(f)
	part := interactionPart{Title: "Response", Line: textOf(f["status"]), LineRule: r.named("status", "")}
	part.fill(f, r, wraps)
	return part
}

func messagePart(title string, f map[string]json.RawMessage, wraps bool) interactionPart {
	r := wordsOfPart(f)
	part := interactionPart{Title: title}
	for _, name := range []string{"metaData", "metadata"} {
		for _, m := range membersOf(f[name]) {
			part.Headers = append(part.Headers, headerLine{m.Name, textOf(m.Value), r.named("metadata", m.Name)})
		}
	}
	part.body(f["contents"], r, wraps)
	return part
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

func (p *interactionPart) fill(f map[string]json.RawMessage, r rules, wraps bool) {
	for _, m := range membersOf(f["headers"]) {
		p.Headers = append(p.Headers, headerLine{m.Name, headerValue(m.Value), r.named("header", m.Name)})
	}
	p.body(f["body"], r, wraps)
}

// body writes a body line by line.
func (p *interactionPart) body(value json.RawMessage, r rules, wrapped bool) {
	if f := fields(value); wrapped && f["content"] != nil && (f["contentType"] != nil || f["encoded"] != nil) {
		value = f["content"]
	}
	if len(value) == 0 || string(value) == "null" {
		return
	}
	printer := bodyPrinter{rules: r.body, generators: r.generators}
	printer.print(value, nil, "", "", "")
	p.Body, p.Cut, p.Further = printer.lines, printer.cut, printer.further()
}

// linesShown is how many lines of a body are shown.
const linesShown = 200

// bodyPrinter writes JSON with the rules beside the values to which they apply.
type bodyPrinter struct {
	rules      []pathRule
	generators []pathRule
	lines      []bodyLine
	cut        bool
	// shown are the paths of the values that are written.
	shown [][]string
}

func (b *bodyPrinter) print(value json.RawMessage, path []string, indent, key, end string) {
	if len(b.lines) >= linesShown {
		b.cut = true
		return
	}
	b.shown = append(b.shown, path)
	line := bodyLine{Indent: indent, Key: key, Rule: ruleAt(b.rules, path), Generated: ruleAt(b.generators, path)}
	var items []json.RawMessage
	members := membersOf(value)
	switch {
	case len(members) > 0:
		line.Text = "{"
		b.lines = append(b.lines, line)
		for i, m := range members {
			b.print(m.Value, append(path[:len(path):len(path)], m.Name), indent+"  ", jsonText(m.Name), comma(i, len(members)))
		}
		b.close(indent, "}"+end)
	case json.Unmarshal(value, &items) == nil && len(items) > 0:
		line.Text = "["
		b.lines = append(b.lines, line)
		for i, item := range items {
			if b.cut {
				break
			}
			b.print(item, append(path[:len(path):len(path)], fmt.Sprint(i)), indent+"  ", "", comma(i, len(items)))
		}
		b.close(indent, "]"+end)
	default:
		line.Text, line.Rule = brief(value)+end, orWord(line.Rule, ruleAbove(b.rules, path))
		b.lines = append(b.lines, line)
	}
}

// further are the rules that lead to no value of the body; of one that is not shown to its
// end, nobody can tell.
func (b *bodyPrinter) further() (list []headerLine) {
	for _, r := range slices.Concat(b.rules, b.generators) {
		leads := slices.ContainsFunc(b.shown, func(path []string) bool {
			_, fits := r.leadsTo(path)
			return fits && len(r.path) == len(path)
		})
		if !leads && !b.cut {
			list = append(list, headerLine{Name: r.written, Rule: r.text})
		}
	}
	return list
}

func (b *bodyPrinter) close(indent, text string) {
	if !b.cut {
		b.lines = append(b.lines, bodyLine{Indent: indent, Text: text})
	}
}

func comma(i, of int) string {
	if i < of-1 {
		return ","
	}
	return ""
}

func jsonText(text string) string {
	written, err := json.Marshal(text)
	if err != nil {
		return text
	}
	return string(written)
}

// rules are what a part says of its values beside how they are written, in words.
type rules struct {
	body, generators []pathRule
	// other are those of all that is no body: "header accept", "path ".
	other map[string]string
}

// pathRule is a rule for the values at a path, in which * stands for any step.
type pathRule struct {
	path []string
	text string
	// written is where the rule stands in the words of the pact.
	written string
	// passedOn tells that it holds for all below as well, but where another rule stands.
	passedOn bool
}

func (r rules) named(category, name string) string {
	return r.other[strings.ToLower(category+" "+name)]
}

// wordsOfPart are the matching rules and the generators of a part.
func wordsOfPart(f map[string]json.RawMessage) rules {
	r := rulesOf(f["matchingRules"])
	for _, category := range membersOf(f["generators"]) {
		if direct := generatorText(category.Value); direct != "" {
			r.add(category.Name, "", direct)
			continue
		}
		for _, generator := range membersOf(category.Value) {
			if category.Name == "body" {
				r.generators = append(r.generators, pathRule{path: steps(generator.Name), text: generatorText(generator.Value), written: generator.Name})
				continue
			}
			r.add(category.Name, generator.Name, generatorText(generator.Value))
		}
	}
	return r
}

// add notes what holds for a value that is in no body.
func (r *rules) add(category, name, text string) {
	if strings.HasPrefix(name, "$") {
		if path := steps(name); len(path) > 0 {
			name = path[0]
		}
	}
	key := strings.ToLower(category + " " + place.ReplaceAllString(name, ""))
	if before := r.other[key]; before != "" && before != text {
		text = before + ", " + text
	}
	r.other[key] = text
}

// place is which of several values of a parameter or a header is meant.
var place = regexp.MustCompile(`\[(\d+|\*)\]$`)

// rulesOf reads matching rules in the form of the second version of the format,
// where paths begin with the part, or in the later one, where parts come first.
func rulesOf(value json.RawMessage) rules {
	r := rules{other: map[string]string{}}
	for _, m := range membersOf(value) {
		if strings.HasPrefix(m.Name, "$") {
			r.older(m)
			continue
		}
		if direct := matchersText(m.Value); direct != "" {
			r.add(m.Name, "", direct)
			continue
		}
		for _, rule := range membersOf(m.Value) {
			if m.Name == "body" {
				r.body = append(r.body, pathRule{steps(rule.Name), matchersText(rule.Value), rule.Name, anyPassedOn(rule.Value)})
				continue
			}
			r.add(m.Name, rule.Name, matchersText(rule.Value))
		}
	}
	return r
}

func (r *rules) older(m member) {
	path, text := steps(m.Name), matcherText(m.Value)
	switch {
	case len(path) == 0:
	case path[0] == "body":
		r.body = append(r.body, pathRule{path[1:], text, m.Name, isPassedOn(m.Value)})
	case len(path) == 1:
		r.add(path[0], "", text)
	default:
		r.add(strings.TrimSuffix(path[0], "s"), path[1], text)
	}
}

// isPassedOn reports whether a matcher is about the kind of a value, which holds for
// all that is in it.
func isPassedOn(matcher json.RawMessage) bool {
	f := fields(matcher)
	switch textOf(f["match"]) {
	case "type", "min", "max", "min-type", "max-type":
		return true
	case "":
		return f["regex"] == nil
	}
	return false
}

// anyPassedOn reports whether one of a list of matchers is passed on.
func anyPassedOn(list json.RawMessage) bool {
	var matchers []json.RawMessage
	_ = json.Unmarshal(fields(list)["matchers"], &matchers) // what is no list has none
	return slices.ContainsFunc(matchers, isPassedOn)
}

var step1 = regexp.MustCompile(`\['([^']*)'\]|\["([^"]*)"\]|\[(\d+|\*)\]|\.?([^.\[\]$]+)`)

// steps cuts a path such as $.lines[*]['text'] into its steps.
func steps(path string) []string {
	var found []string
	for _, m := range step1.FindAllStringSubmatch(strings.TrimPrefix(path, "$"), -1) {
		found = append(found, m[1]+m[2]+m[3]+m[4])
	}
	return found
}

// ruleAt is the rule for the value at a path: the one that says most exactly where it
// stands.
func ruleAt(all []pathRule, path []string) string {
	text, fewest := "", len(path)+1
	for _, r := range all {
		if stars, fits := r.leadsTo(path); fits && len(r.path) == len(path) && stars < fewest {
			text, fewest = r.text, stars
		}
	}
	return text
}

// ruleAbove is what is passed on to the value at a path by the rule that is nearest
// above it.
func ruleAbove(all []pathRule, path []string) string {
	nearest, fewest, text := -1, 0, ""
	for _, r := range all {
		stars, fits := r.leadsTo(path)
		if !fits || len(r.path) < nearest || len(r.path) == nearest && stars >= fewest {
			continue
		}
		nearest, fewest, text = len(r.path), stars, ""
		if r.passedOn {
			text = anyOfThisKind
		}
	}
	return text
}

// leadsTo reports whether the value at a path is the one that a rule is for, or is
// within it, and how many of the steps could be others.
func (r pathRule) leadsTo(path []string) (stars int, leads bool) {
	if len(r.path) > len(path) {
		return 0, false
	}
	for i, s := range r.path {
		if s == "*" {
			stars++
		} else if s != path[i] {
			return 0, false
		}
	}
	return stars, true
}

// matchersText says a list of matchers in words, "" if it is none.
func matchersText(value json.RawMessage) string {
	f := fields(value)
	joint := " and "
	if textOf(f["combine"]) == "OR" {
		joint = " or "
	}
	return listText(f["matchers"], joint)
}

func listText(value json.RawMessage, joint string) string {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) != nil {
		return ""
	}
	texts := make([]string, len(list))
	for i, matcher := range list {
		texts[i] = matcherText(matcher)
	}
	return strings.Join(texts, joint)
}

var matcherWords = map[string]string{
	"integer": "any whole number", "decimal": "any decimal number", "number": "any number", "boolean": "true or false", "null": "nothing",
	"equality": "exactly this", "semver": "a version number", "notEmpty": "anything but nothing", "arrayContains": "has these in any order", "values": "any keys, each value like this",
}

// anyOfThisKind is what a rule about the kind of a value asks for.
const anyOfThisKind = "any value of this kind"

// statusWords are the kinds of statuses that a rule names.
var statusWords = map[string]string{
	"information": "any from 100 to 199", "success": "any from 200 to 299", "redirect": "any from 300 to 399", "clientError": "any from 400 to 499", "serverError": "any from 500 to 599",
	"nonError": "any below 400", "error": "any from 400 on",
}

// matcherText says one matcher in words.
func matcherText(value json.RawMessage) string {
	f := fields(value)
	kind := textOf(f["match"])
	if known, found := matcherWords[kind]; found {
		return known
	}
	switch kind {
	case "", "type", "min", "max", "min-type", "max-type":
		return kindText(f)
	case "regex":
		return "matches " + textOf(f["regex"])
	case "include":
		return "contains " + textOf(f["value"])
	case "date", "time", "timestamp", "datetime":
		words := map[string]string{"date": "a date", "time": "a time"}
		text := orWord(words[kind], "a date and time")
		if format := orWord(textOf(f["format"]), textOf(f[kind])); format != "" {
			text += " like " + format
		}
		return text
	case "contentType":
		return "content of type " + textOf(f["value"])
	case "statusCode":
		return statusText(f["status"])
	case "eachKey", "eachValue":
		return map[string]string{"eachKey": "each key ", "eachValue": "each value "}[kind] + listText(f["rules"], " and ")
	}
	return kind
}

func statusText(value json.RawMessage) string {
	var codes []int
	if json.Unmarshal(value, &codes) != nil || codes == nil {
		return orWord(statusWords[textOf(value)], textOf(value))
	}
	texts := make([]string, len(codes))
	for i, code := range codes {
		texts[i] = fmt.Sprint(code)
	}
	return strings.Join(texts, " or ")
}

func kindText(f map[string]json.RawMessage) string {
	if f["regex"] != nil {
		return "matches " + textOf(f["regex"])
	}
	text := anyOfThisKind
	switch lowest, highest := textOf(f["min"]), textOf(f["max"]); {
	case lowest != "" && highest != "":
		text = lowest + " to " + highest + ", each like this"
	case lowest != "":
		text = "at least " + lowest + ", each like this"
	case highest != "":
		text = "at most " + highest + ", each like this"
	}
	return text
}

// generatorText says in words what is put in the place of a value, "" if it is no
// generator.
func generatorText(value json.RawMessage) string {
	f := fields(value)
	switch kind := textOf(f["type"]); kind {
	case "":
		return ""
	case "ProviderState":
		return "filled in by the provider: " + textOf(f["expression"])
	case "RandomInt":
		return "made anew: a whole number from " + textOf(f["min"]) + " to " + textOf(f["max"])
	case "Regex":
		return "made anew: matches " + textOf(f["regex"])
	default:
		text := "made anew: " + orWord(generatorWords[kind], kind)
		if format := orWord(textOf(f["format"]), textOf(f["expression"])); format != "" {
			text += " like " + format
		}
		return text
	}
}

var generatorWords = map[string]string{
	"RandomDecimal": "a decimal number", "RandomHexadecimal": "hexadecimal digits", "RandomString": "a text", "RandomBoolean": "true or false", "Uuid": "a UUID",
	"Date": "a date", "Time": "a time", "DateTime": "a date and time", "MockServerURL": "an address of the server",
}
