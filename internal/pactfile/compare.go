package pactfile

import (
	"bytes"
	"slices"
)

// difference is a place where two JSON values differ. A place where both have
// an object, or both a list, only leads on to what differs within; at the others
// something was added (before is nil), removed (after is nil) or changed.
type difference struct {
	// name is the quoted name of the member, nil for an element of a list.
	name []byte
	// index is the place of a list's element: in the second list, or in the
	// first if it was removed from it.
	index         int
	before, after []byte
	// within are the differences between two objects or two lists.
	within []difference
}

func (d difference) leadsOn() bool { return len(d.within) > 0 }

// compareBodies returns where two contracts differ, interaction ids and the
// order of members and interactions aside. It finds the interactions that
// belong together first, so that only those that differ are looked into.
func compareBodies(before, after Body) []difference {
	return compareObjects(canonicalText(withoutIDs(before)), canonicalText(withoutIDs(after)), func(name []byte, before, after []byte) []difference {
		if IsArray(before) && IsArray(after) && (isNamed(name, "interactions") || isNamed(name, "messages")) {
			return compareInteractions(before, after)
		}
		return compareValues(name, before, after)
	})
}

// compareValues returns where two different values, in canonical text, differ
// within; nothing if they are not both objects or both lists.
func compareValues(_ []byte, before, after []byte) []difference {
	switch {
	case IsObject(before) && IsObject(after):
		return compareObjects(before, after, compareValues)
	case IsArray(before) && IsArray(after):
		return compareLists(before, after)
	}
	return nil
}

// appendIfAny adds a difference, but not one that would lead on to nothing: two
// lists of interactions may differ in their order alone.
func appendIfAny(found []difference, d difference) []difference {
	alike := IsObject(d.before) && IsObject(d.after) || IsArray(d.before) && IsArray(d.after)
	if alike && !d.leadsOn() {
		return found
	}
	return append(found, d)
}

type namedValue struct{ name, value []byte }

func compareObjects(before, after []byte, within func(name []byte, before, after []byte) []difference) []difference {
	var found []difference
	old, now := membersOf(before), membersOf(after)
	for len(old) > 0 || len(now) > 0 {
		order := 0
		switch {
		case len(old) == 0:
			order = 1
		case len(now) == 0:
			order = -1
		default:
			order = compareNames(old[0].name, now[0].name)
		}
		switch {
		case order < 0:
			found = append(found, difference{name: old[0].name, before: old[0].value})
			old = old[1:]
		case order > 0:
			found = append(found, difference{name: now[0].name, after: now[0].value})
			now = now[1:]
		default:
			d := difference{name: old[0].name, before: old[0].value, after: now[0].value}
			if !bytes.Equal(d.before, d.after) {
				d.within = within(d.name, d.before, d.after)
				found = appendIfAny(found, d)
			}
			old, now = old[1:], now[1:]
		}
	}
	return found
}

func membersOf(object []byte) []namedValue {
	var all []namedValue
	for name, value := range members(object) {
		all = append(all, namedValue{name, value})
	}
	return all
}

// compareInteractions pairs the interactions of two lists by what they are
// known by, whatever their order.
func compareInteractions(before, after []byte) []difference {
	old, now := elementsOf(before), elementsOf(after)
	pairEqual(old, now, func(item []byte) string { return string(item) })
	pairEqual(old, now, demandOf)
	pairEqual(old, now, func(item []byte) string { return string(canonicalOrNull(Member(item, "description"))) })
	var found []difference
	for _, e := range now {
		d := difference{index: e.index, after: e.value}
		if e.partner != nil {
			if bytes.Equal(e.partner.value, e.value) {
				continue
			}
			d.before, d.within = e.partner.value, compareValues(nil, e.partner.value, e.value)
		}
		found = append(found, d)
	}
	for _, e := range old {
		if e.partner == nil {
			found = append(found, difference{index: e.index, before: e.value})
		}
	}
	return found
}

// element is an element of a list and the one of another list it belongs to.
type element struct {
	index   int
	value   []byte
	partner *element
}

func elementsOf(array []byte) []*element {
	store := make([]element, lengthOf(array))
	all := make([]*element, 0, len(store))
	for value := range Items(array) {
		e := &store[len(all)]
		e.index, e.value = len(all), value
		all = append(all, e)
	}
	return all
}

// pairEqual pairs elements that have no partner yet and the same key, in their order.
func pairEqual(old, now []*element, key func([]byte) string) {
	waiting := map[string][]*element{}
	for _, e := range old {
		if e.partner == nil {
			k := key(e.value)
			waiting[k] = append(waiting[k], e)
		}
	}
	if len(waiting) == 0 {
		return
	}
	for _, e := range now {
		if e.partner != nil {
			continue
		}
		if k := key(e.value); len(waiting[k]) > 0 {
			e.partner, waiting[k][0].partner = waiting[k][0], e
			waiting[k] = waiting[k][1:]
		}
	}
}

// compareLists compares two lists whose order counts: elements that both have
// stay, and what stands between them in one list is compared with what stands
// there in the other.
func compareLists(before, after []byte) []difference {
	old, now := elementsOf(before), elementsOf(after)
	align(old, now)
	var found []difference
	for len(old) > 0 || len(now) > 0 {
		i, j := paired(old), paired(now)
		found = appendRuns(found, old[:i], now[:j])
		old, now = old[min(i+1, len(old)):], now[min(j+1, len(now)):]
	}
	return found
}

// paired returns the place of the first element that has a partner, or the length.
func paired(elements []*element) int {
	for i, e := range elements {
		if e.partner != nil {
			return i
		}
	}
	return len(elements)
}

// appendRuns adds the differences between two runs of elements, taken place by place.
func appendRuns(found []difference, old, now []*element) []difference {
	found = slices.Grow(found, max(len(old), len(now)))
	both := min(len(old), len(now))
	for n := range both {
		if d := (difference{index: now[n].index, before: old[n].value, after: now[n].value}); !bytes.Equal(d.before, d.after) {
			d.within = compareValues(nil, d.before, d.after)
			found = append(found, d)
		}
	}
	for _, e := range old[both:] {
		found = append(found, difference{index: e.index, before: e.value})
	}
	for _, e := range now[both:] {
		found = append(found, difference{index: e.index, after: e.value})
	}
	return found
}

// maxAlignment bounds the work of aligning two lists, as the product of their
// lengths. Beyond it, elements are compared place by place.
const maxAlignment = 40_000

// align pairs equal elements of two lists, as many as can be without changing
// the order.
func align(old, now []*element) {
	for len(old) > 0 && len(now) > 0 && bytes.Equal(old[0].value, now[0].value) {
		old[0].partner, now[0].partner = now[0], old[0]
		old, now = old[1:], now[1:]
	}
	for len(old) > 0 && len(now) > 0 && bytes.Equal(old[len(old)-1].value, now[len(now)-1].value) {
		old[len(old)-1].partner, now[len(now)-1].partner = now[len(now)-1], old[len(old)-1]
		old, now = old[:len(old)-1], now[:len(now)-1]
	}
	if len(old)*len(now) > maxAlignment {
		return
	}
	common := commonLengths(old, now)
	for i, j := 0, 0; i < len(old) && j < len(now); {
		switch {
		case bytes.Equal(old[i].value, now[j].value):
			old[i].partner, now[j].partner = now[j], old[i]
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			i++
		default:
			j++
		}
	}
}

// commonLengths returns, for each pair of places, how long the longest common
// subsequence of the rests behind them is.
func commonLengths(old, now []*element) [][]int {
	common := make([][]int, len(old)+1)
	for i := range common {
		common[i] = make([]int, len(now)+1)
	}
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(now) - 1; j >= 0; j-- {
			if bytes.Equal(old[i].value, now[j].value) {
				common[i][j] = common[i+1][j+1] + 1
				continue
			}
			common[i][j] = max(common[i+1][j], common[i][j+1])
		}
	}
	return common
}
