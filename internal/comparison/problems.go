package comparison

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/support/spelling"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// problem is one way in which a value breaks a schema.
type problem struct {
	// path leads from the value to the part that is wrong.
	path []string
	// source is the JSON pointer of the keyword that is broken.
	source string
	// sentence says what is wrong, without naming the place.
	sentence string
	// added is the name of a property that the schema does not have.
	added string
	// unresolved says that the schema refers to nothing, so nobody knows.
	unresolved bool
	owner      string
}

// problems are the ways in which a value breaks a schema; none when it fits.
func (d *Document) problems(schema place, mode mode, value any) ([]problem, error) {
	failure, err := d.schemas.validate(address{mode: mode, pointer: schema.pointer}, value, sizeOf(value))
	if err != nil || failure == nil {
		return nil, err
	}
	var found []problem
	for _, leaf := range leavesOf(failure) {
		found = append(found, d.problem(leaf))
	}
	found = d.withoutEchoes(found)
	slices.SortStableFunc(found, func(a, b problem) int {
		return cmp.Or(slices.Compare(a.path, b.path), strings.Compare(a.source, b.source))
	})
	return found, nil
}

// leavesOf are the innermost reasons. Of alternatives that all fail, those of the
// one that comes closest count.
func leavesOf(err *jsonschema.ValidationError) []*jsonschema.ValidationError {
	switch err.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		if len(err.Causes) == 0 {
			return []*jsonschema.ValidationError{err}
		}
		return closest(err)
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		var leaves []*jsonschema.ValidationError
		for _, cause := range err.Causes {
			leaves = append(leaves, leavesOf(cause)...)
		}
		return leaves
	}
	return []*jsonschema.ValidationError{err}
}

// closest chooses the alternative with the least against it: one of another type
// altogether, or of another kind by a constant, is further away than any other.
func closest(err *jsonschema.ValidationError) []*jsonschema.ValidationError {
	var best []*jsonschema.ValidationError
	least := 0
	for _, cause := range err.Causes {
		leaves := leavesOf(cause)
		score := len(leaves)
		for _, leaf := range leaves {
			score += distance(leaf, len(err.InstanceLocation))
		}
		if best == nil || score < least {
			best, least = leaves, score
		}
	}
	return best
}

func distance(leaf *jsonschema.ValidationError, depth int) int {
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

func (d *Document) problem(leaf *jsonschema.ValidationError) problem {
	path := slices.Clone(leaf.InstanceLocation)
	source := d.schemas.source(leaf.SchemaURL)
	owner, undescribed := strings.CutSuffix(source, "/unevaluatedProperties")
	if _, no := leaf.ErrorKind.(*kind.FalseSchema); no && undescribed && len(path) > 0 {
		name := path[len(path)-1]
		return problem{path: path[:len(path)-1], source: source, added: name, owner: owner, sentence: d.additional(owner, name)}
	}
	if additional, ok := leaf.ErrorKind.(*kind.AdditionalProperties); ok {
		names := slices.Sorted(slices.Values(additional.Properties))
		return problem{path: path, source: source + "/additionalProperties", added: names[0], owner: source, sentence: d.additional(source, names...)}
	}
	for _, token := range leaf.ErrorKind.KeywordPath() {
		source += "/" + escape(token)
	}
	format, isFormat := leaf.ErrorKind.(*kind.Format)
	return problem{
		path: path, source: source, sentence: sentenceOf(leaf.ErrorKind),
		unresolved: isFormat && format.Want == brokenFormat,
	}
}

// withoutEchoes leaves out properties that count as not described only because
// the part of the schema that describes them fails for another reason.
func (d *Document) withoutEchoes(found []problem) []problem {
	broken := map[string]bool{} // where something is wrong, at the place or within it
	for _, problem := range found {
		for end := len(problem.path); problem.added == "" && end >= 0; end-- {
			broken[keyOf(problem.path[:end])] = true
		}
	}
	var kept []problem
	for _, problem := range found {
		if strings.HasSuffix(problem.source, "/unevaluatedProperties") && problem.added != "" && broken[keyOf(problem.path)] {
			if _, described := slices.BinarySearch(d.offered(problem.owner), problem.added); described {
				continue
			}
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

// offered are the names of the properties that a schema describes, in all its
// parts and alternatives.
func (d *Document) offered(pointer string) []string {
	if known, ok := d.described[pointer]; ok {
		return known
	}
	found, ok := d.lookup(pointer)
	if !ok {
		return nil
	}
	names := map[string]bool{}
	d.collectOffered(found, names, walk{})
	d.described[pointer] = sortedKeys(names)
	return d.described[pointer]
}

func (d *Document) collectOffered(schema place, names map[string]bool, seen walk) {
	if !seen.enter(schema) {
		return
	}
	if target := d.follow(schema); target.pointer != schema.pointer {
		d.collectOffered(target, names, seen)
	}
	keywords := schema.object()
	for name := range object(keywords["properties"]) {
		names[name] = true
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		for i, part := range listOf(keywords, key) {
			d.collectOffered(place{part, fmt.Sprintf("%s/%s/%d", schema.pointer, key, i)}, names, seen)
		}
	}
}

// additional says which properties are not there, and what is there instead.
func (d *Document) additional(owner string, names ...string) string {
	offered := d.offered(owner)
	if len(offered) == 0 {
		return fmt.Sprintf("has %s, which the document does not describe", quotedList(names))
	}
	if nearest := d.nearest(names[0], offered); len(names) == 1 && nearest != "" {
		return fmt.Sprintf("has %s, which the document does not describe (did you mean %q?)", quotedList(names), nearest)
	}
	return fmt.Sprintf("has %s, which the document does not describe; it has %s", quotedList(names), quotedList(offered))
}

func quotedList(names []string) string {
	const most = 8
	var quoted []string
	for _, name := range names[:min(len(names), most)] {
		quoted = append(quoted, fmt.Sprintf("%q", shortened(name)))
	}
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(quoted, ", "), more)
	}
	if last := len(quoted) - 1; last > 0 {
		return strings.Join(quoted[:last], ", ") + " and " + quoted[last]
	}
	return quoted[0]
}

// Bounds of looking for names that were meant, which costs more than to see that
// there is none of a name.
const (
	maxSuggested  = 200
	maxCandidates = 5000
)

// nearest finds the name that was probably meant, for the first that are asked about.
func (d *Document) nearest(name string, offered []string) string {
	if d.suggested++; d.suggested > maxSuggested || len(offered) > maxCandidates {
		return ""
	}
	return nearestName(name, offered)
}

// nearestName finds the name that was probably meant.
func nearestName(name string, offered []string) string {
	best, least := "", len([]rune(name))/3+2
	if len(name) > 64 {
		return ""
	}
	for _, candidate := range offered {
		if len(candidate) > 64 {
			continue
		}
		if distance := spelling.Edits(strings.ToLower(name), strings.ToLower(candidate)); distance < least {
			best, least = candidate, distance
		}
	}
	return best
}

// sentenceOf says what is wrong, to follow the name of a place.
func sentenceOf(broken jsonschema.ErrorKind) string {
	switch k := broken.(type) {
	case *kind.Type:
		return fmt.Sprintf("is %s, and must be %s", article(k.Got), alternatives(k.Want))
	case *kind.Required:
		return fmt.Sprintf("lacks %s", quotedList(k.Missing))
	case *kind.DependentRequired:
		return fmt.Sprintf("lacks %s, which must be there with %q", quotedList(k.Missing), k.Prop)
	case *kind.Enum:
		return fmt.Sprintf("is %s, and must be one of %s", shown(k.Got), shownList(k.Want))
	case *kind.Const:
		return fmt.Sprintf("is %s, and must be %s", shown(k.Got), shown(k.Want))
	case *kind.Format:
		if k.Want == brokenFormat {
			return "has a schema that refers to nothing in the document, so nobody can tell"
		}
		return fmt.Sprintf("is %s, which is not of the format %q", shown(k.Got), strings.TrimPrefix(k.Want, "accord-"))
	case *kind.Pattern:
		return fmt.Sprintf("is %s, which does not match %s", shown(k.Got), shortened(k.Want))
	case *kind.FalseSchema:
		return "must not be there"
	case *kind.Not:
		return "is what the document rules out by `not`"
	case *kind.OneOf:
		return fmt.Sprintf("fits the alternatives %d and %d of `oneOf`, and may fit only one", k.Subschemas[0], k.Subschemas[1])
	case *kind.AnyOf:
		return "fits none of the alternatives"
	case *kind.Contains, *kind.MinContains:
		return "holds too few of the items that must be in it"
	case *kind.MaxContains:
		return "holds too many items of one kind"
	case *kind.UniqueItems:
		return fmt.Sprintf("holds the same item at %d and %d, and its items must differ", k.Duplicates[0], k.Duplicates[1])
	case *kind.PropertyNames:
		return fmt.Sprintf("has a property of the name %q, which its names must not have", shortened(k.Property))
	}
	return boundSentence(broken)
}

func boundSentence(broken jsonschema.ErrorKind) string {
	switch k := broken.(type) {
	case *kind.MinLength:
		return fmt.Sprintf("has %d characters, and must have %d or more", k.Got, k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("has %d characters, and must have %d at most", k.Got, k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("has %d items, and must have %d or more", k.Got, k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("has %d items, and must have %d at most", k.Got, k.Want)
	case *kind.MinProperties:
		return fmt.Sprintf("has %d properties, and must have %d or more", k.Got, k.Want)
	case *kind.MaxProperties:
		return fmt.Sprintf("has %d properties, and must have %d at most", k.Got, k.Want)
	case *kind.Minimum:
		return fmt.Sprintf("is %s, and must be %s or more", exact(k.Got), exact(k.Want))
	case *kind.Maximum:
		return fmt.Sprintf("is %s, and must be %s at most", exact(k.Got), exact(k.Want))
	case *kind.ExclusiveMinimum:
		return fmt.Sprintf("is %s, and must be more than %s", exact(k.Got), exact(k.Want))
	case *kind.ExclusiveMaximum:
		return fmt.Sprintf("is %s, and must be less than %s", exact(k.Got), exact(k.Want))
	case *kind.MultipleOf:
		return fmt.Sprintf("is %s, and must be a multiple of %s", exact(k.Got), exact(k.Want))
	}
	return "breaks the schema"
}

// exact writes a number without an exponent, as people do, unless it is tiny.
func exact(number *big.Rat) string {
	const decimals = 20
	if number == nil {
		return "no number"
	}
	if number.IsInt() {
		return shortened(number.Num().String())
	}
	text := strings.TrimRight(number.FloatString(decimals), "0")
	if strings.HasSuffix(text, ".") { // too near to a whole number for that many decimals
		text = new(big.Float).SetRat(number).Text('g', decimals)
	}
	return shortened(text)
}

func article(kind string) string {
	switch kind {
	case "null":
		return kind
	case "array", "object", "integer":
		return "an " + kind
	}
	return "a " + kind
}

func alternatives(kinds []string) string {
	var named []string
	for _, kind := range kinds {
		named = append(named, article(kind))
	}
	return strings.Join(named, " or ")
}

// shown writes a value in a sentence, cut short if need be.
func shown(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return "unreadable"
	}
	return shortened(string(encoded))
}

func shownList(values []any) string {
	const most = 8
	var list []string
	for _, value := range values[:min(len(values), most)] {
		list = append(list, shown(value))
	}
	if more := len(values) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(list, ", "), more)
	}
	return strings.Join(list, ", ")
}

func shortened(text string) string {
	const most = 80
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}
