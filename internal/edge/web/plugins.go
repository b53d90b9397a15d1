package web

import (
	"encoding/json"
	"strings"
)

// plugin is one that a contract needs to be verified.
type plugin struct {
	Name, Version string
	// Texts are files that it has put into the contract, such as the definition of a
	// protocol.
	Texts []bodyBlock
}

// pluginsOf reads which plugins a contract needs.
func pluginsOf(value json.RawMessage) (plugins []plugin) {
	var list []json.RawMessage
	_ = json.Unmarshal(value, &list) // what is no list names none
	for _, one := range list {
		f := fields(one)
		p := plugin{Name: orWord(textOf(f["name"]), "a plugin without a name"), Version: textOf(f["version"])}
		for _, configured := range membersOf(f["configuration"]) {
			p.Texts = append(p.Texts, textsOfPlugin(configured)...)
		}
		plugins = append(plugins, p)
	}
	return plugins
}

// textsOfPlugin are those of a plugin's configuration that people can read: texts of several
// lines.
func textsOfPlugin(configured member) (texts []bodyBlock) {
	within := membersOf(configured.Value)
	if isText(configured.Value) {
		within = []member{configured}
	}
	for _, m := range within {
		if text := textOf(m.Value); isText(m.Value) && strings.Contains(text, "\n") {
			block := bodyBlock{Title: m.Name}
			block.Lines, block.Cut = textLines(strings.Split(strings.TrimRight(text, "\n"), "\n"))
			texts = append(texts, block)
		}
	}
	return texts
}

// markupBlock is a piece of what a plugin says of an interaction. It is shown as the text
// that it is, whatever HTML or Markdown it has.
type markupBlock struct {
	Code bool
	Text string
}

// markupOf cuts what a plugin says into code, between fences, and the rest.
func markupOf(value json.RawMessage) (blocks []markupBlock) {
	text := textOf(fields(value)["markup"])
	if strings.TrimSpace(text) == "" {
		return nil
	}
	texts, _ := textLines(strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n"))
	code := false
	var lines []string
	end := func() {
		if text := strings.Trim(strings.Join(lines, "\n"), "\n"); strings.TrimSpace(text) != "" {
			blocks = append(blocks, markupBlock{Code: code, Text: text})
		}
		lines = nil
	}
	for _, line := range texts {
		if strings.HasPrefix(strings.TrimSpace(line.Text), "```") {
			end()
			code = !code
			continue
		}
		lines = append(lines, line.Text)
	}
	end()
	return blocks
}
