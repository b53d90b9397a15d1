package web

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// rules are what a part says of its values beside how they are written, in words.
type rules struct {
	body, generators []pathRule
	// beside are those of all that is no body.
	beside []besideRule
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

// besideRule is a rule for a value that is in no body, such as a header.
type besideRule struct {
	category, name string
	// place is which of several values is meant, "" or * for all.
	place     string
	text      string
	written   string
	generated bool
	// shown tells that it stands beside what it is about.
	shown bool
}

// besideWords is what stands beside a value: what else would do, and what is put in its place.
type besideWords struct{ Rule, Generated string }

// named is what the rules say of a value: of one of several values of that name, or of
// all of them where place is "".
func (r *rules) named(category, name, place string) (s besideWords) {
	for i, rule := range r.beside {
		if rule.category != category || !rule.isAbout(name, place) {
			continue
		}
		r.beside[i].shown = true
		if rule.generated {
			s.Generated = joined(s.Generated, rule.text)
			continue
		}
		s.Rule = joined(s.Rule, rule.text)
	}
	return s
}

// isAbout reports whether a rule is about a value of that name. There are names that end as
// if one of several values were meant.
func (b besideRule) isAbout(name, place string) bool {
	if strings.EqualFold(b.name, name) {
		return place == "" || b.place == "" || b.place == "*" || b.place == place
	}
	return b.place != "" && strings.EqualFold(b.name+"["+b.place+"]", name)
}

// joined adds a text to a list of them, unless it is there.
func joined(all, text string) string {
	if all == "" || all == text {
		return text
	}
	return all + ", " + text
}

// unshown are the rules that stand beside nothing.
func (r *rules) unshown() (list []headerLine) {
	for _, rule := range r.beside {
		if rule.shown {
			continue
		}
		line := headerLine{Name: rule.written}
		if rule.generated {
			line.Generated = rule.text
		} else {
			line.Rule = rule.text
		}
		list = append(list, line)
	}
	return list
}

// wordsOfPart are the matching rules and the generators of a part.
func wordsOfPart(f map[string]json.RawMessage) *rules {
	r := &rules{}
	r.read(f["matchingRules"], false)
	r.read(f["generators"], true)
	return r
}

// read takes rules in the form of the second version of the format, where paths begin with
// the part, or in the later one, where parts come first.
func (r *rules) read(value json.RawMessage, generated bool) {
	for _, m := range membersOf(value) {
		if strings.HasPrefix(m.Name, "$") {
			if path := steps(m.Name); len(path) > 0 {
				r.add(category(path[0]), path[1:], m.Name, m.Value, generated)
			}
			continue
		}
		in := category(m.Name)
		if isRule(m.Value) {
			r.add(in, nil, in, m.Value, generated)
			continue
		}
		for _, rule := range membersOf(m.Value) {
			path, written := []string{rule.Name}, in+" "+rule.Name
			if in == bodyCategory {
				written = rule.Name
			}
			if in == bodyCategory || strings.HasPrefix(rule.Name, "$") {
				path = steps(rule.Name)
			} else if at := place.FindStringSubmatchIndex(rule.Name); at != nil {
				path = []string{rule.Name[:at[0]], rule.Name[at[2]:at[3]]}
			}
			r.add(in, path, written, rule.Value, generated)
		}
	}
}

const bodyCategory = "body"

// category is the part of a request, an answer or a message that a rule is about, as the
// later versions of the format name it.
func category(name string) string {
	switch lower := strings.ToLower(name); lower {
	case "contents", "content":
		return bodyCategory
	case "headers":
		return "header"
	default:
		return lower
	}
}

// place is which of several values of a parameter or a header is meant.
var place = regexp.MustCompile(`\[(\d+|\*)\]$`)

// isRule reports whether a value is a rule itself, and no list of rules by their paths.
func isRule(value json.RawMessage) bool {
	f := fields(value)
	var list []json.RawMessage
	return f["matchers"] != nil && json.Unmarshal(f["matchers"], &list) == nil || isText(f["match"]) || isText(f["type"])
}

func isText(value json.RawMessage) bool { return len(value) > 0 && value[0] == '"' }

// add notes a rule for what a path leads to in a category.
func (r *rules) add(category string, path []string, written string, value json.RawMessage, generated bool) {
	text := ruleText(value)
	if generated {
		text = generatorText(value)
	}
	switch {
	case text == "":
	case category == bodyCategory && generated:
		r.generators = append(r.generators, pathRule{path: path, text: text, written: written})
	case category == bodyCategory:
		r.body = append(r.body, pathRule{path: path, text: text, written: written, passedOn: anyPassedOn(value)})
		r.variants(path, written, value)
	default:
		r.beside = append(r.beside, beside(category, path, written, text, generated))
	}
}

func beside(category string, path []string, written, text string, generated bool) besideRule {
	if text == anyOfThisKind && category != "metadata" {
		text = anyText
	}
	rule := besideRule{category: category, text: text, written: written, generated: generated}
	if len(path) > 0 {
		rule.name, path = path[0], path[1:]
	}
	if len(path) > 0 && place.MatchString("["+path[0]+"]") {
		rule.place, path = path[0], path[1:]
	}
	if len(path) > 0 {
		rule.text = strings.Join(path, ".") + ": " + text
	}
	return rule
}

// variants adds the rules for the elements of a list in any order: the example has one of
// each.
func (r *rules) variants(path []string, written string, value json.RawMessage) {
	for _, matcher := range matchersOf(value) {
		var list []struct {
			Index             int             `json:"index"`
			Rules, Generators json.RawMessage //nolint:tagliatelle // rules and generators
		}
		_ = json.Unmarshal(fields(matcher)["variants"], &list) // what is no list has no variants
		for _, v := range list {
			at := append(path[:len(path):len(path)], strconv.Itoa(v.Index))
			for _, rule := range membersOf(v.Rules) {
				below := append(at[:len(at):len(at)], steps(rule.Name)...)
				r.add(bodyCategory, below, fmt.Sprintf("%s[%d] %s", written, v.Index, rule.Name), rule.Value, false)
			}
			for _, generator := range membersOf(v.Generators) {
				below := append(at[:len(at):len(at)], steps(generator.Name)...)
				r.add(bodyCategory, below, fmt.Sprintf("%s[%d] %s", written, v.Index, generator.Name), generator.Value, true)
			}
		}
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

// anyPassedOn reports whether one of the matchers of a rule is passed on.
func anyPassedOn(rule json.RawMessage) bool {
	return slices.ContainsFunc(matchersOf(rule), isPassedOn)
}

// matchersOf are the matchers of a rule, which may be one itself.
func matchersOf(rule json.RawMessage) (list []json.RawMessage) {
	f := fields(rule)
	if f["matchers"] == nil {
		return []json.RawMessage{rule}
	}
	_ = json.Unmarshal(f["matchers"], &list) // what is no list has none
	return list
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

// ruleText says a rule in words, "" if it is none.
func ruleText(value json.RawMessage) string {
	f := fields(value)
	if f["matchers"] == nil {
		return matcherText(value)
	}
	joint := " and "
	if strings.EqualFold(textOf(f["combine"]), "OR") {
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

// anyOfThisKind is what a rule about the kind of a value asks for, anyText if that is a text.
const (
	anyOfThisKind = "any value of this kind"
	anyText       = "any text"
)

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
		return dateText(kind, f)
	case "contentType":
		return "content of type " + textOf(f["value"])
	case "statusCode":
		return statusText(f["status"])
	case "eachKey", "eachValue":
		return map[string]string{"eachKey": "each key ", "eachValue": "each value "}[kind] + orWord(listText(f["rules"], " and "), "like this")
	}
	return kind
}

func dateText(kind string, f map[string]json.RawMessage) string {
	words := map[string]string{"date": "a date", "time": "a time"}
	text := orWord(words[kind], "a date and time")
	if format := orWord(textOf(f["format"]), textOf(f[kind])); format != "" {
		text += " like " + format
	}
	return text
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
		if length := orWord(textOf(f["digits"]), textOf(f["size"])); length != "" {
			text += ", " + length + " long"
		}
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
