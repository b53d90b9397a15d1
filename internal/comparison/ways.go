package comparison

import "math"

// tooManyWays is in how many ways a schema may lead to others for one value. With
// more a comparison ends without an outcome as soon as a value comes to it.
const tooManyWays = minSteps

// maxWaysDepth is how many schemas may lead to each other.
const maxWaysDepth = 5000

// ways counts for schemas in how many ways they lead to schemas for the same value.
type ways struct {
	schemas *schemas
	known   map[string]int
}

// of is the number for a schema; one that leads to itself is not counted twice.
func (w *ways) of(schema place, depth int) int {
	if known, ok := w.known[schema.pointer]; ok {
		return known
	}
	w.known[schema.pointer] = 1
	if depth > maxWaysDepth {
		return tooManyWays + 1
	}
	total := 1
	for _, part := range w.parts(schema) {
		total += w.of(part, depth+1)
		total = min(total, math.MaxInt32)
	}
	w.known[schema.pointer] = total
	return total
}

// parts are the schemas for the same value that a schema leads to.
func (w *ways) parts(schema place) []place {
	d, keywords := w.schemas.document, schema.object()
	var parts []place
	if ref, ok := keywords["$ref"].(string); ok {
		if target, found := d.target(ref, schema.pointer); found {
			parts = append(parts, target)
		}
		if !d.modern() {
			return parts
		}
	}
	for _, part := range partsOf(schema) {
		if w.schemas.partVariant(part.value, schema.pointer, part.pointer)&plain == 0 {
			parts = append(parts, part)
		}
	}
	for _, keyword := range []string{"not", "if"} {
		if object(keywords[keyword]) != nil {
			parts = append(parts, d.sub(schema, keyword))
		}
	}
	return parts
}

// exploding reports whether a schema leads to others in too many ways, and none of
// those that it leads to does.
func (w *ways) exploding(schema place) bool {
	if w.of(schema, 0) <= tooManyWays {
		return false
	}
	for _, part := range w.parts(schema) {
		if w.of(part, 0) > tooManyWays {
			return false
		}
	}
	return true
}
