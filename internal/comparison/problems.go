package comparison

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// problem is one way in which a value breaks a schema, or a reason why nobody
// knows whether it does.
type problem struct {
	// path leads from the value to the part that is wrong.
	path []string
	// source is the JSON pointer of the keyword that is broken, or of the schema
	// where a rule of this package is.
	source string
	// sentence says what is wrong, without naming the place.
	sentence string
	// added are the names of properties that the schema owner does not have; adjacent
	// tells that only those count which stand beside its additionalProperties.
	added    []string
	owner    string
	adjacent bool
	// choice is the alternative that comes closest, where the value fits none.
	choice choice
	// doubtful tells that a value fits too much, or what is ruled out: that depends on
	// what was not checked within it.
	doubtful bool
	// unresolved says that the schema refers to nothing, so nobody knows; unchecked
	// that a pattern does not tell.
	unresolved, unchecked bool
}

// choice is one of several alternatives of a schema.
type choice struct {
	number, of int
	keyword    string
}

// problems are the ways in which a value breaks a schema; none when it fits.
func (d *Document) problems(schema place, mode mode, value any) ([]problem, error) {
	failure, err := d.schemas.validate(address{mode: mode, pointer: schema.pointer}, value, sizeOf(value))
	if err != nil {
		return nil, err
	}
	unchecked := d.schemas.patterns.unchecked
	var found []problem
	if failure != nil {
		for _, leaf := range d.leavesOf(failure) {
			found = append(found, d.problem(leaf))
		}
		found = d.withoutEchoes(withoutDoubts(found, unchecked))
		if found, err = d.explained(found, mode, value); err != nil {
			return nil, err
		}
	}
	for _, u := range unchecked {
		found = append(found, problem{path: u.path, source: u.source, sentence: u.why, unchecked: true})
	}
	slices.SortStableFunc(found, func(a, b problem) int {
		return cmp.Or(slices.Compare(a.path, b.path), strings.Compare(a.source, b.source))
	})
	return found, nil
}

// unknown tells that nobody knows whether the value fits.
func (p problem) unknown() bool { return p.unresolved || p.unchecked }

// leaf is an innermost reason, and the alternative that it is in.
type leaf struct {
	*jsonschema.ValidationError
	choice choice
	// merged tells that it is made of those of several alternatives.
	merged bool
}

// leavesOf are the innermost reasons. Of alternatives that all fail, those of the
// one that comes closest count.
func (d *Document) leavesOf(err *jsonschema.ValidationError) []leaf {
	switch err.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		if len(err.Causes) == 0 {
			return []leaf{{ValidationError: err}}
		}
		return d.closest(err)
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		var leaves []leaf
		for _, cause := range err.Causes {
			leaves = append(leaves, d.leavesOf(cause)...)
		}
		return leaves
	}
	return []leaf{{ValidationError: err}}
}

// closest chooses the alternative with the least against it: one of another type
// altogether, or of another kind by a constant, is further away than any other.
// Where all ask for another type, or for another value, they are named together.
func (d *Document) closest(err *jsonschema.ValidationError) []leaf {
	var all [][]leaf
	var best []leaf
	least := 0
	for i, cause := range err.Causes {
		leaves := d.leavesOf(cause)
		score := len(leaves)
		for _, leaf := range leaves {
			score += distance(leaf, len(err.InstanceLocation))
		}
		all = append(all, leaves)
		if best == nil || score < least {
			best, least = d.chosen(err, i, leaves), score
		}
	}
	if common := together(all); common != nil {
		common.SchemaURL = err.SchemaURL
		return []leaf{{ValidationError: common, merged: true}}
	}
	return best
}

// chosen says of reasons that they are those of an alternative of the document.
func (d *Document) chosen(err *jsonschema.ValidationError, index int, leaves []leaf) []leaf {
	source := d.schemas.source(err.SchemaURL)
	found, _ := d.lookup(source)
	keyword := "anyOf"
	if len(listOf(found.object(), "oneOf")) == len(err.Causes) {
		keyword = "oneOf"
	}
	of := len(listOf(found.object(), keyword))
	if of != len(err.Causes) || of == 1 {
		return leaves // alternatives of this package, such as to be null
	}
	marked := make([]leaf, len(leaves))
	for i, leaf := range leaves {
		if leaf.choice.of == 0 {
			leaf.choice = choice{index + 1, of, keyword}
		}
		marked[i] = leaf
	}
	return marked
}

// together makes one reason of those of several alternatives, if all that is against
// each is the type of the same value, or that it is none of those that are listed.
func together(all [][]leaf) *jsonschema.ValidationError {
	var types []string
	var values []any
	var first *jsonschema.ValidationError
	for _, leaves := range all {
		if len(leaves) != 1 || first != nil && !slices.Equal(leaves[0].InstanceLocation, first.InstanceLocation) {
			return nil
		}
		switch k := leaves[0].ErrorKind.(type) {
		case *kind.Type:
			for _, name := range k.Want {
				if !slices.Contains(types, name) {
					types = append(types, name)
				}
			}
		case *kind.Const:
			values = append(values, k.Want)
		case *kind.Enum:
			values = append(values, k.Want...)
		default:
			return nil
		}
		if first == nil {
			first = leaves[0].ValidationError
		}
	}
	if first == nil || types != nil && values != nil {
		return nil
	}
	merged := *first
	switch k := first.ErrorKind.(type) {
	case *kind.Type:
		merged.ErrorKind = &kind.Type{Got: k.Got, Want: types}
	case *kind.Const:
		merged.ErrorKind = &kind.Enum{Got: k.Got, Want: values}
	case *kind.Enum:
		merged.ErrorKind = &kind.Enum{Got: k.Got, Want: values}
	}
	return &merged
}

func distance(leaf leaf, depth int) int {
	below := len(leaf.InstanceLocation) - depth
	switch leaf.ErrorKind.(type) {
	case *kind.Type:
		if below == 0 {
			return 10_000
		}
	case *kind.Const, *kind.Enum:
		if below <= 1 {
			return 100
		}
	}
	return 0
}

func (d *Document) problem(leaf leaf) problem {
	path := slices.Clone(leaf.InstanceLocation)
	source := d.schemas.source(leaf.SchemaURL)
	owner, undescribed := strings.CutSuffix(source, "/unevaluatedProperties")
	if _, no := leaf.ErrorKind.(*kind.FalseSchema); no && undescribed && len(path) > 0 {
		last := len(path) - 1
		return problem{path: path[:last], source: d.existing(source), added: path[last:], owner: owner, choice: leaf.choice}
	}
	switch k := leaf.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		names := slices.Sorted(slices.Values(k.Properties))
		return problem{path: path, source: d.existing(source + "/additionalProperties"), added: names, owner: source, adjacent: true, choice: leaf.choice}
	case *kind.FalseSchema:
		return d.ruledOut(path, source, leaf.choice)
	case *kind.Format:
		if k.Want == brokenFormat {
			return problem{path: path, source: d.existing(source + "/$ref"), sentence: sentenceOf(k), unresolved: true}
		}
	}
	if leaf.merged {
		return problem{path: path, source: d.alternativesOf(source), sentence: sentenceOf(leaf.ErrorKind)}
	}
	for _, token := range leaf.ErrorKind.KeywordPath() {
		source += "/" + escape(token)
	}
	_, not := leaf.ErrorKind.(*kind.Not)
	several, _ := leaf.ErrorKind.(*kind.OneOf)
	return problem{
		path: path, source: d.existing(source), sentence: sentenceOf(leaf.ErrorKind) + leaf.choice.asAlternative(), choice: leaf.choice,
		doubtful: not || several != nil && len(several.Subschemas) > 1,
	}
}

// alternativesOf is where a schema has its alternatives.
func (d *Document) alternativesOf(source string) string {
	found, _ := d.lookup(source)
	for _, keyword := range []string{"oneOf", "anyOf", "nullable"} {
		if _, given := found.object()[keyword]; given {
			return source + "/" + keyword
		}
	}
	return d.existing(source)
}

// asAlternative says that something is wrong by one of several alternatives.
func (c choice) asAlternative() string {
	if c.of == 0 {
		return ""
	}
	return fmt.Sprintf(" (by alternative %d of %d of `%s`, the closest)", c.number, c.of, c.keyword)
}

// ruledOut says that a value may not be there: whatever it is, or by a schema for
// what it is in.
func (d *Document) ruledOut(path []string, source string, c choice) problem {
	found := problem{path: path, source: d.existing(source), sentence: "must not be there" + c.asAlternative(), choice: c}
	schema, _ := d.lookup(source)
	if schema.flag("writeOnly") {
		found.source, found.sentence = source+"/writeOnly", "is only in requests (`writeOnly`), so no answer has it"+c.asAlternative()
		return found
	}
	tokens := strings.Split(source, "/")
	last := tokens[len(tokens)-1]
	before := ""
	if len(tokens) > 1 {
		before = tokens[len(tokens)-2]
	}
	switch {
	case before == "dependentSchemas":
		found.sentence = fmt.Sprintf("has %q, which the document rules out by `dependentSchemas`", shortened(unescape(last))) + c.asAlternative()
	case last == "then" || last == "else":
		found.sentence = fmt.Sprintf("is what the document rules out by `%s`", last) + c.asAlternative()
	case before == "allOf" || before == "anyOf" || before == "oneOf":
		found.sentence = fmt.Sprintf("is what the document rules out by `%s`", before) + c.asAlternative()
	}
	return found
}

// existing is the place itself, if the document has it, or else what surrounds it:
// some rules stand in no keyword of the document.
func (d *Document) existing(pointer string) string {
	for pointer != "" {
		if _, found := d.lookup(pointer); found {
			return pointer
		}
		pointer = pointer[:strings.LastIndexByte(pointer, '/')]
	}
	return ""
}

// withoutDoubts leaves out what only holds if a value matches a pattern that
// nobody could check.
func withoutDoubts(found []problem, notes []unchecked) []problem {
	if len(notes) == 0 {
		return found
	}
	return slices.DeleteFunc(found, func(p problem) bool {
		return p.doubtful && slices.ContainsFunc(notes, func(u unchecked) bool {
			return len(u.path) >= len(p.path) && slices.Equal(u.path[:len(p.path)], p.path)
		})
	})
}

// withoutEchoes leaves out properties that count as not described only because
// the part of the schema that describes them fails for another reason.
func (d *Document) withoutEchoes(found []problem) []problem {
	broken := map[string]bool{} // where something is wrong, at the place or within it
	for _, problem := range found {
		for end := len(problem.path); problem.added == nil && end >= 0; end-- {
			broken[keyOf(problem.path[:end])] = true
		}
	}
	var kept []problem
	for _, problem := range found {
		if problem.added != nil && !problem.adjacent && broken[keyOf(problem.path)] && d.describes(problem.owner, problem.added[0]) {
			continue
		}
		kept = append(kept, problem)
	}
	return kept
}

func keyOf(path []string) string { return strings.Join(path, "\x00") }

// source finds where in the document a compiled schema was read.
func (s *schemas) source(url string) string {
	address, fragment, err := s.addressOf(url)
	if err != nil {
		return ""
	}
	trace, known := s.traces[address]
	if !known {
		w := &writer{schemas: s, sources: map[string]string{}}
		w.load(address)
		trace = w.sources
		s.traces[address] = trace
	}
	for end := fragment; ; end = end[:strings.LastIndexByte(end, '/')] {
		if source, ok := trace[end]; ok {
			return source + fragment[len(end):]
		}
		if end == "" {
			return address.pointer + fragment
		}
	}
}
