package comparison

import (
	"fmt"
	"slices"
	"strings"
)

// queryReader hands the query of a request out to the parameters that declare
// its parts.
type queryReader struct {
	d     *Document
	pairs []pair
	used  []bool
}

// judgeQuery judges the declared parameters, and names those that nobody
// declares.
func (j *judging) judgeQuery() error {
	reader := &queryReader{d: j.d, pairs: j.http.query, used: make([]bool, len(j.http.query))}
	var spread []parameter
	for _, p := range j.parameters {
		if p.in != "query" {
			continue
		}
		if !j.d.spend(len(reader.pairs)) {
			return j.d.errWork()
		}
		found := reader.take(p)
		if !found.given && j.d.spreads(p) {
			spread = append(spread, p)
			continue
		}
		if err := j.judgeQueryParameter(p, found); err != nil {
			return err
		}
	}
	for _, p := range j.parameters {
		if p.in != "querystring" {
			continue
		}
		if err := j.judgeQueryParameter(p, reader.takeAll(p)); err != nil {
			return err
		}
	}
	for _, p := range spread {
		if !j.d.spend(len(reader.pairs)) {
			return j.d.errWork()
		}
		if err := j.judgeQueryParameter(p, reader.takeSpread(p)); err != nil {
			return err
		}
	}
	j.unknownQuery(reader)
	return nil
}

func (j *judging) judgeQueryParameter(p parameter, found sent) error {
	if !found.given {
		if p.required {
			j.add(Error, codeQuery, "request.query."+p.name, p.pointer, fmt.Sprintf("The query lacks %q, which the operation requires.", p.name))
		}
		return nil
	}
	if p.flag("allowEmptyValue") && found.empty() {
		return nil
	}
	problems, err := j.d.judgeParameter(p, found)
	for _, problem := range problems {
		part := strings.Join(append([]string{"request", "query", p.name}, problem.path...), ".")
		j.addProblem(problem, codeQuery, codeQueryUnjudged, part, fmt.Sprintf("The query parameter %q %s.", nameIn(p.name, problem.path), problem.sentence))
	}
	return err
}

// nameIn names a part of a value for people.
func nameIn(name string, path []string) string {
	return strings.Join(append([]string{name}, path...), ".")
}

// take takes what the query says for a parameter: under its name, as a list
// under name[], or in parts under name[part] and name.part.
func (r *queryReader) take(p parameter) sent {
	result := sent{separator: p.separator(), pairs: p.object()["explode"] == false}
	for i, pair := range r.pairs {
		path, ok := r.pathIn(pair.name, p.name)
		if !ok || r.used[i] {
			continue
		}
		r.used[i], result.given = true, true
		result.list = result.list || pair.name == p.name+"[]"
		if len(path) == 0 {
			result.values = append(result.values, pair.value)
			continue
		}
		if result.nested == nil {
			result.nested = map[string]any{}
		}
		put(result.nested, path, pair.value)
	}
	return result
}

// pathIn tells where in a parameter a name leads.
func (r *queryReader) pathIn(sent, declared string) ([]string, bool) {
	if sent == declared {
		return nil, true
	}
	remaining, ok := strings.CutPrefix(sent, declared)
	if !ok || r.d.settings.flatParameters || remaining[0] != '[' && remaining[0] != '.' {
		return nil, false
	}
	if remaining == "[]" {
		return nil, true
	}
	return strings.FieldsFunc(remaining, func(c rune) bool { return c == '[' || c == ']' || c == '.' }), true
}

// maxNesting is how deep the names of a query or form may lead.
const maxNesting = 20

// put puts a value where its name leads; repeated names make a list.
func put(into map[string]any, path []string, value string) {
	for i, name := range path {
		if i == len(path)-1 || i == maxNesting {
			switch known := into[name].(type) {
			case nil:
				into[name] = value
			case []any:
				into[name] = append(known, value)
			default:
				into[name] = []any{known, value}
			}
			return
		}
		inner, ok := into[name].(map[string]any)
		if !ok {
			inner = map[string]any{}
			into[name] = inner
		}
		into = inner
	}
}

// spreads reports whether the properties of an object are parameters of their own,
// which is how objects are sent unless the document says otherwise.
func (d *Document) spreads(p parameter) bool {
	if d.format == openAPI2 || p.content || p.style() != "" && p.style() != "form" || p.object()["explode"] == false {
		return false
	}
	return slices.Contains(d.kinds(p.schema), "object")
}

func (r *queryReader) takeSpread(p parameter) sent {
	var result sent
	for i, pair := range r.pairs {
		if r.used[i] || r.d.partOf(p.schema, "properties", pair.name).value == nil {
			continue
		}
		r.used[i], result.given = true, true
		if result.nested == nil {
			result.nested = map[string]any{}
		}
		put(result.nested, []string{pair.name}, pair.value)
	}
	return result
}

// takeAll takes the whole query for the one parameter that describes all of it, by
// the fields of a form.
func (r *queryReader) takeAll(p parameter) sent {
	var result sent
	for i, pair := range r.pairs {
		r.used[i], result.given = true, true
		if result.nested == nil {
			result.nested = map[string]any{}
		}
		put(result.nested, []string{pair.name}, pair.value)
	}
	return result
}

func (j *judging) unknownQuery(reader *queryReader) {
	credentials, named := j.credentials("query"), map[string]bool{}
	for i, pair := range reader.pairs {
		name := pair.name
		if !j.d.settings.flatParameters {
			if end := strings.IndexAny(name, "[."); end > 0 {
				name = name[:end]
			}
		}
		if reader.used[i] || named[name] || credentials[pair.name] {
			continue
		}
		named[name] = true
		j.add(Warning, codeQueryUnknown, "request.query."+name, j.operation().pointer,
			fmt.Sprintf("The query has %q, which the operation does not describe.", shortened(name)))
	}
}
