package web

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What of a body is shown.
const (
	linesShown  = 200
	bytesShown  = 128
	bytesInLine = 8
)

// bodyLine is a line of a body, with the rule that applies to its value.
type bodyLine struct {
	Indent, Key, Text, Rule string
	Generated               string

	// path leads to the value in the body; begins tells that the line begins one.
	path   []string
	begins bool
}

// bodyBlock is a body, or a part of one that is shown by itself.
type bodyBlock struct {
	// Title says what it is, "" where that goes without saying.
	Title string
	Rule  string
	Lines []bodyLine
	Cut   bool
	// Hex tells that the lines are bytes, which stand below each other.
	Hex bool
}

// sentContent is a body as a contract has it.
type sentContent struct {
	// json is its JSON, nil if it is something else.
	json  json.RawMessage
	bytes []byte
	media string
	// wrapped tells that the contract says itself of what type it is.
	wrapped, binary bool
}

// contentOf reads a body, nil if there is none. The media type is that of its headers, which
// those of the fourth version of the format say themselves.
func contentOf(value json.RawMessage, media string, wraps bool) *sentContent {
	content, encoded, hint := value, "", ""
	c := &sentContent{media: media}
	if f := fields(value); wraps && f["content"] != nil && (f["contentType"] != nil || f["encoded"] != nil) {
		content, encoded, hint = f["content"], textOf(f["encoded"]), textOf(f["contentTypeHint"])
		c.media, c.wrapped = orWord(textOf(f["contentType"]), media), true
	}
	if len(content) == 0 || string(content) == "null" {
		return nil
	}
	if !isText(content) || strings.EqualFold(encoded, "json") {
		c.json = content
		return c
	}
	c.bytes = []byte(textOf(content))
	if plain, err := base64.StdEncoding.DecodeString(string(c.bytes)); err == nil && strings.EqualFold(encoded, "base64") {
		c.bytes = plain
		c.binary = strings.EqualFold(hint, "BINARY") || !isReadable(c.media, plain)
	}
	if isJSON(c.media) && !c.binary {
		c.json = content
		if text := strings.TrimSpace(string(c.bytes)); json.Valid([]byte(text)) && (strings.EqualFold(encoded, "base64") || strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")) {
			c.json = json.RawMessage(text)
		}
	}
	return c
}

func isJSON(media string) bool {
	name, _, _ := strings.Cut(strings.ToLower(media), ";")
	name = strings.TrimSpace(name)
	return strings.HasSuffix(name, "/json") || strings.HasSuffix(name, "+json")
}

// isReadable reports whether people can read bytes as the text that they are.
func isReadable(media string, text []byte) bool {
	media = strings.ToLower(media)
	for _, never := range []string{"protobuf", "grpc", "octet-stream", "image/", "audio/", "video/", "font/"} {
		if strings.Contains(media, never) {
			return false
		}
	}
	return utf8.Valid(text) && !strings.ContainsFunc(string(text), func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) })
}

// body lays a body out.
func (p *interactionPart) body(value json.RawMessage, media string, r *rules, wraps bool) {
	c := contentOf(value, media, wraps)
	if c == nil {
		p.Further = rulesListed(slices.Concat(r.body, r.generators))
		return
	}
	query, isQuery := c.graphQL()
	message, name, unknown, isMessage := p.typed.read(c, strings.HasPrefix(p.Title, "Response"))
	switch {
	case isMessage:
		p.json(titleOfMessage(c, name, unknown), message, nil, r)
	case isQuery:
		p.graphQL(c, query, r)
	case c.json != nil:
		p.json("", c.json, nil, r)
	case c.binary:
		p.binary(c, r)
	default:
		p.text(c, r)
	}
}

// titleOfMessage says of what type a message of protobuf is, and how much of it could not be
// read.
func titleOfMessage(c *sentContent, name string, unknown int) string {
	title := name + ", " + counted(len(c.bytes), "byte") + " of protobuf"
	if unknown > 0 {
		title += ", " + counted(unknown, "byte") + " of them in fields that its definition does not have"
	}
	return title
}

// json lays out JSON that stands at a path of the body, with the rules for what is in it.
func (p *interactionPart) json(title string, value json.RawMessage, path []string, r *rules) {
	printer := bodyPrinter{rules: r.body, generators: r.generators}
	printer.print(value, path, "", "", "")
	p.Blocks = append(p.Blocks, bodyBlock{Title: title, Lines: printer.lines, Cut: printer.cut})
	p.Further = append(p.Further, printer.further()...)
}

// text shows a text line by line.
func (p *interactionPart) text(c *sentContent, r *rules) {
	block := bodyBlock{}
	if c.wrapped {
		block.Title = c.media
	}
	lines := strings.Split(strings.ReplaceAll(string(c.bytes), "\r\n", "\n"), "\n")
	if last := len(lines) - 1; last > 0 && lines[last] == "" {
		lines = lines[:last]
	}
	block.Lines, block.Cut = textLines(lines)
	root := bodyPrinter{rules: r.body, generators: r.generators, shown: [][]string{nil}}
	block.Lines[0].Rule, block.Lines[0].Generated = ofKind(json.RawMessage(`"`), orWord(ruleAt(r.body, nil), ruleAbove(r.body, nil))), ruleAt(r.generators, nil)
	p.Blocks, p.Further = []bodyBlock{block}, root.further()
}

// textLines are lines as they stand, as many and as much of each as is shown.
func textLines(texts []string) (lines []bodyLine, cut bool) {
	for i, text := range texts[:min(len(texts), linesShown)] {
		if runes := []rune(text[:min(len(text), 4*changeShown)]); len(text) > 4*changeShown || len(runes) > changeShown {
			text, cut = string(runes[:min(len(runes), changeShown)])+"…", true
		}
		lines = append(lines, bodyLine{Text: text, begins: i == 0})
	}
	return lines, cut || len(texts) > linesShown
}

// binary shows how the bytes begin that nobody can read, and how many there are.
func (p *interactionPart) binary(c *sentContent, r *rules) {
	block := bodyBlock{Title: c.size(), Cut: len(c.bytes) > bytesShown, Hex: true}
	if block.Cut {
		block.Title += fmt.Sprintf(", the first %d", bytesShown)
	}
	for at, line := range hexLines(c.bytes) {
		block.Lines = append(block.Lines, bodyLine{Key: fmt.Sprintf("%04x", at*bytesInLine), Text: line})
	}
	root := bodyPrinter{rules: r.body, generators: r.generators, shown: [][]string{nil}}
	block.Rule = ruleAt(r.body, nil)
	p.Blocks, p.Further = []bodyBlock{block}, root.further()
}

// size says of what type bytes are, and how many.
func (c *sentContent) size() string {
	return strings.TrimPrefix(c.media+" · "+counted(len(c.bytes), "byte"), " · ")
}

// hexLines are the first of bytes that nobody can read.
func hexLines(all []byte) (lines []string) {
	for line := range slices.Chunk(all[:min(len(all), bytesShown)], bytesInLine) {
		lines = append(lines, fmt.Sprintf("%-*s  %s", 3*bytesInLine-1, spaced(line), printable(line)))
	}
	return lines
}

// spaced is each byte in two hexadecimal digits.
func spaced(bytes []byte) string {
	parts := make([]string, len(bytes))
	for i, b := range bytes {
		parts[i] = hex.EncodeToString([]byte{b})
	}
	return strings.Join(parts, " ")
}

// printable are bytes as letters, those that are none as dots.
func printable(bytes []byte) string {
	text := make([]byte, len(bytes))
	for i, b := range bytes {
		text[i] = b
		if b < ' ' || b > '~' {
			text[i] = '.'
		}
	}
	return string(text)
}

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
	line := bodyLine{Indent: indent, Key: key, Rule: ruleAt(b.rules, path), Generated: ruleAt(b.generators, path), path: path, begins: true}
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
		line.Text, line.Rule = brief(value)+end, ofKind(value, orWord(line.Rule, ruleAbove(b.rules, path)))
		b.lines = append(b.lines, line)
	}
}

// ofKind says of a rule about the kind of a value which that is, where one can tell.
func ofKind(value json.RawMessage, rule string) string {
	if rule != anyOfThisKind || len(value) == 0 {
		return rule
	}
	switch first := value[0]; {
	case first == '"':
		return anyText
	case first == '-' || first >= '0' && first <= '9':
		return matcherWords["number"]
	case first == 't' || first == 'f':
		return matcherWords["boolean"]
	}
	return rule
}

// further are the rules that lead to no value of the body; of one that is not shown to its
// end, nobody can tell.
func (b *bodyPrinter) further() []headerLine {
	var further []pathRule
	for _, r := range slices.Concat(b.rules, b.generators) {
		leads := slices.ContainsFunc(b.shown, func(path []string) bool {
			_, fits := r.leadsTo(path)
			return fits && len(r.path) == len(path)
		})
		if !leads && !b.cut {
			further = append(further, r)
		}
	}
	return rulesListed(further)
}

// rulesListed are rules by where they are written.
func rulesListed(rules []pathRule) (list []headerLine) {
	for _, r := range rules {
		list = append(list, headerLine{Name: r.written, Rule: r.text})
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
