package web

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// graphQLBegins is how a query of GraphQL begins, after comments and white space.
var graphQLBegins = regexp.MustCompile(`^(?:\s|#[^\n]*\n)*(?:\{|(?:query|mutation|subscription|fragment)\b[^{]*\{)`)

// graphQL is the query of a body that asks in GraphQL: the whole body, or a member of it.
func (c *sentContent) graphQL() (query string, is bool) {
	if c.json == nil {
		media, _, _ := strings.Cut(c.media, ";")
		return string(c.bytes), strings.EqualFold(strings.TrimSpace(media), "application/graphql") && !c.binary
	}
	value := fields(c.json)["query"]
	query = textOf(value)
	return query, isText(value) && graphQLBegins.MatchString(query)
}

// graphQL shows a query as people write it, and what goes with it beside.
func (p *interactionPart) graphQL(c *sentContent, query string, r *rules) {
	path := []string{}
	if c.json != nil {
		path = []string{"query"}
	}
	block := bodyBlock{Title: "GraphQL query", Rule: ofKind(json.RawMessage(`"`), orWord(ruleAt(r.body, path), ruleAbove(r.body, path)))}
	block.Lines, block.Cut = textLines(queryLines(query))
	block.Lines[0].path, block.Lines[0].begins = path, true
	p.Blocks = []bodyBlock{block}
	beside := slices.DeleteFunc(membersOf(c.json), func(m member) bool { return m.Name == "query" })
	shown := len(p.Further)
	for _, m := range beside {
		title := map[string]string{"variables": "Variables", "operationName": "Operation name", "extensions": "Extensions"}[m.Name]
		p.json(orWord(title, m.Name), m.Value, []string{m.Name}, r)
	}
	p.Further = append(p.Further[:shown], p.unled(slices.Concat(r.body, r.generators), path)...)
}

// unled are the rules that lead to no line of any block, nor to one of the paths.
func (p *interactionPart) unled(all []pathRule, paths ...[]string) []headerLine {
	paths = append(paths, nil)
	cut := false
	for _, block := range p.Blocks {
		cut = cut || block.Cut
		for _, line := range block.Lines {
			if line.begins {
				paths = append(paths, line.path)
			}
		}
	}
	if cut {
		return nil
	}
	return rulesListed(slices.DeleteFunc(all, func(r pathRule) bool {
		return slices.ContainsFunc(paths, func(path []string) bool {
			_, fits := r.leadsTo(path)
			return fits && len(r.path) == len(path)
		})
	}))
}

// graphQLToken is a piece of a query: a text, a comment, a name with what belongs to it, or
// one mark.
var graphQLToken = regexp.MustCompile(`(?s)"""(?:.*?""")?|"(?:[^"\\\n]|\\.)*"?|#[^\n]*|\.\.\.|[@$]?[A-Za-z_][A-Za-z0-9_]*|-?[0-9][0-9A-Za-z.+-]*|[^\s\x{FEFF}]`)

// queryLines are the lines of a query of GraphQL: one for each field, those that are asked
// of it within it. The order of its words is kept, whatever it says.
func queryLines(query string) []string {
	w := queryWriter{}
	for _, token := range graphQLToken.FindAllString(query, -1) {
		w.add(token)
	}
	w.end()
	if len(w.lines) == 0 {
		return []string{query}
	}
	return w.lines
}

type queryWriter struct {
	lines []string
	line  strings.Builder
	// depth is how many braces are open, inline how many brackets of a list of arguments.
	depth, inline int
	before        string
}

func (w *queryWriter) add(token string) {
	switch {
	case token == "," && w.inline == 0:
		return
	case strings.HasPrefix(token, "#"):
		w.end()
		w.put(strings.TrimSpace(token))
		w.end()
	case token == "{" && w.inline == 0:
		w.put(token)
		w.end()
		w.depth = min(w.depth+1, deepestQuery)
	case token == "}" && w.inline == 0:
		w.end()
		w.depth = max(0, w.depth-1)
		w.put(token)
		w.end()
	default:
		if w.begins(token) {
			w.end()
		}
		w.put(token)
		w.nest(token)
	}
	w.before = token
}

// deepestQuery is how far lines are written in: of one that lies deeper, nobody sees how deep.
const deepestQuery = 40

func (w *queryWriter) nest(token string) {
	switch token {
	case "(", "[", "{":
		w.inline++
	case ")", "]", "}":
		w.inline = max(0, w.inline-1)
	}
}

// begins reports whether a token begins a field, or a definition.
func (w *queryWriter) begins(token string) bool {
	if w.inline > 0 || w.before == ":" || w.before == "..." || w.before == "on" {
		return false
	}
	first := token[0]
	isName := first == '_' || first >= 'A' && first <= 'Z' || first >= 'a' && first <= 'z'
	return w.depth > 0 && token != "on" && (isName || token == "...")
}

// put writes a token, with a space before it where one stands between words.
func (w *queryWriter) put(token string) {
	switch {
	case w.line.Len() == 0:
		w.line.WriteString(strings.Repeat("  ", w.depth))
	case !w.tight(token):
		w.line.WriteByte(' ')
	}
	w.line.WriteString(token)
}

// tight reports whether no space stands before a token.
func (w *queryWriter) tight(token string) bool {
	switch token {
	case ")", "]", ":", "!", ",":
		return true
	case "(":
		return !slices.Contains([]string{":", "=", ","}, w.before)
	}
	return w.before == "(" || w.before == "[" || w.before == "..." && token != "on" && token[0] != '@' && token != "{"
}

// end ends the line.
func (w *queryWriter) end() {
	if w.line.Len() > 0 {
		w.lines = append(w.lines, strings.Split(w.line.String(), "\n")...)
		w.line.Reset()
	}
}
