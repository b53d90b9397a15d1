package comparison

import (
	"fmt"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/support/spelling"
)

// description is what a schema describes in all its parts and alternatives: the
// names of properties, and the schemas that each has.
type description struct {
	names  []string
	places map[string][]string
}

// descriptionOf is what the schema at a pointer describes. To an alternative belongs
// what stands beside the alternatives.
func (d *Document) descriptionOf(pointer string) description {
	if known, ok := d.described[pointer]; ok {
		return known
	}
	made := description{places: map[string][]string{}}
	if found, ok := d.lookup(pointer); ok {
		seen := walk{}
		d.describe(found, made, seen)
		if around, keyword := d.around(pointer); keyword == "oneOf" || keyword == "anyOf" {
			d.describe(place{without(around.object(), "oneOf", "anyOf"), around.pointer}, made, seen)
		}
	}
	made.names = sortedKeys(made.places)
	d.described[pointer] = made
	return made
}

// around is the schema of which another one is a part for the same value, and the
// keyword that makes it one.
func (d *Document) around(pointer string) (place, string) {
	tokens := strings.Split(pointer, "/")
	for _, steps := range []int{1, 2} {
		if len(tokens) <= steps {
			break
		}
		if keyword := tokens[len(tokens)-steps]; partKeywords[keyword] == steps {
			found, _ := d.lookup(strings.Join(tokens[:len(tokens)-steps], "/"))
			return found, keyword
		}
	}
	return place{}, ""
}

// partKeywords are the keywords of schemas for the same value, and how many steps
// lead to one of these.
var partKeywords = map[string]int{"allOf": 2, "anyOf": 2, "oneOf": 2, "dependentSchemas": 2, "then": 1, "else": 1}

func (d *Document) describe(schema place, made description, seen walk) {
	if !seen.enter(schema) {
		return
	}
	if target := d.follow(schema); target.pointer != schema.pointer {
		d.describe(target, made, seen)
	}
	keywords := schema.object()
	for name := range object(keywords["properties"]) {
		made.places[name] = append(made.places[name], schema.pointer+"/properties/"+escape(name))
	}
	for _, part := range partsOf(schema) {
		d.describe(part, made, seen)
	}
	if discriminator(keywords) != "" && len(listOf(keywords, "oneOf"))+len(listOf(keywords, "anyOf")) == 0 {
		children := d.schemas.childrenOf(schema.pointer)
		if slices.ContainsFunc(children, func(child string) bool { return seen[child] }) {
			return // it is the child that is described
		}
		for _, child := range children {
			if found, ok := d.lookup(child); ok {
				d.describe(found, made, seen)
			}
		}
	}
}

// partsOf are the schemas for the same value in a schema.
func partsOf(schema place) []place {
	var parts []place
	keywords := schema.object()
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		for i, part := range listOf(keywords, key) {
			parts = append(parts, place{part, fmt.Sprintf("%s/%s/%d", schema.pointer, key, i)})
		}
	}
	for _, key := range []string{"then", "else"} {
		if part, given := keywords[key]; given {
			parts = append(parts, place{part, schema.pointer + "/" + key})
		}
	}
	dependent := object(keywords["dependentSchemas"])
	for _, name := range sortedKeys(dependent) {
		parts = append(parts, place{dependent[name], schema.pointer + "/dependentSchemas/" + escape(name)})
	}
	return parts
}

// describes reports whether a schema describes a property somewhere.
func (d *Document) describes(pointer, name string) bool {
	return len(d.descriptionOf(pointer).places[name]) > 0
}

// whole is the outermost schema that a schema is a part of for the same value.
func (d *Document) whole(pointer string) string {
	for {
		around, keyword := d.around(pointer)
		if keyword == "" {
			return pointer
		}
		pointer = around.pointer
	}
}

// explained says of properties that are not there why not: because nothing describes
// them, because their values do not fit what does, or because that does not go
// together with what else is there.
func (d *Document) explained(found []problem, mode mode, value any) ([]problem, error) {
	var all []problem
	for _, p := range found {
		if p.added == nil {
			all = append(all, p)
			continue
		}
		var unknown []string
		for _, name := range p.added {
			if !d.describes(p.owner, name) && (p.choice.of > 0 || !d.describes(d.whole(p.owner), name)) {
				unknown = append(unknown, name)
				continue
			}
			reasons, err := d.misplaced(p, name, mode, value)
			if err != nil {
				return nil, err
			}
			all = append(all, reasons...)
		}
		if len(unknown) > 0 {
			p.sentence = d.additional(p, object(valueAt(value, p.path)), unknown)
			all = append(all, p)
		}
	}
	return all, nil
}

// maxMisplaced is how many properties in a comparison are held against what
// describes them elsewhere, and maxDescriptions against how much of it.
const (
	maxMisplaced    = 200
	maxDescriptions = 10
)

// misplaced says why a property may not be there although the document describes it.
func (d *Document) misplaced(p problem, name string, mode mode, value any) ([]problem, error) {
	quoted := fmt.Sprintf("%q", shortened(name))
	p.added = []string{name}
	places := d.descriptionOf(p.owner).places[name]
	d.suggested++
	switch {
	case p.adjacent && d.forbids(p.owner):
		p.sentence = fmt.Sprintf("has %s, which `additionalProperties` rules out: only the properties beside it count there", quoted)
		return []problem{p}, nil
	case len(places) > 0 && d.suggested > maxMisplaced:
		p.sentence = fmt.Sprintf("has %s, which does not fit what the document describes there", quoted)
		return []problem{p}, nil
	}
	var closest []problem
	for _, pointer := range places[:min(len(places), maxDescriptions)] {
		problems, err := d.problems(place{pointer: pointer}, mode, valueAt(value, append(slices.Clone(p.path), name)))
		if err != nil {
			return nil, err
		}
		if problems = slices.DeleteFunc(problems, problem.unknown); len(problems) == 0 {
			closest = nil
			break
		}
		if closest == nil || len(problems) < len(closest) {
			closest = problems
		}
	}
	for i := range closest {
		closest[i].path = slices.Concat(p.path, []string{name}, closest[i].path)
	}
	if closest == nil {
		p.sentence = fmt.Sprintf("has %s, which the document describes, but not together with what else is there", quoted)
		closest = []problem{p}
	}
	return closest, nil
}

// forbids reports whether a schema itself says that nothing may be added.
func (d *Document) forbids(pointer string) bool {
	found, _ := d.lookup(pointer)
	return found.object()["additionalProperties"] == false
}

// beside are the properties that stand beside a schema's additionalProperties.
func (d *Document) beside(pointer string) []string {
	key := pointer + " alone" // which is the pointer of nothing that is described
	known, ok := d.described[key]
	if !ok {
		found, _ := d.lookup(pointer)
		known.names = sortedKeys(object(found.object()["properties"]))
		d.described[key] = known
	}
	return known.names
}

// valueAt is a part of a value.
func valueAt(value any, path []string) any {
	for _, token := range path {
		value, _ = child(value, token)
	}
	return value
}

// additional says which properties are not there, and what is there instead.
func (d *Document) additional(p problem, among map[string]any, names []string) string {
	who := "the document"
	if p.choice.of > 0 {
		who = fmt.Sprintf("alternative %d of %d of `%s`, the closest,", p.choice.number, p.choice.of, p.choice.keyword)
	}
	offered := d.descriptionOf(p.owner).names
	if p.adjacent && d.forbids(p.owner) {
		offered = d.beside(p.owner)
	}
	if len(offered) == 0 {
		return fmt.Sprintf("has %s, which %s does not describe", quotedList(names), who)
	}
	if nearest := d.nearestAbsent(names, offered, among); nearest != "" {
		return fmt.Sprintf("has %s, which %s does not describe (did you mean %q?)", quotedList(names), who, nearest)
	}
	return fmt.Sprintf("has %s, which %s does not describe; it has %s", quotedList(names), who, quotedList(offered))
}

// nearestAbsent finds the name that was probably meant by one that is not offered, if
// it is not there itself.
func (d *Document) nearestAbsent(names, offered []string, among map[string]any) string {
	if len(names) != 1 || d.suggested >= maxSuggested || len(offered) > maxCandidates {
		return ""
	}
	absent := slices.DeleteFunc(slices.Clone(offered), func(name string) bool { _, there := among[name]; return there })
	return d.nearest(names[0], absent)
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
		if distance := spelling.Edits(strings.ToLower(name), strings.ToLower(candidate)); distance < least && distance < len([]rune(name)) {
			best, least = candidate, distance
		}
	}
	return best
}
