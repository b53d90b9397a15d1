package pactfile

import (
	"bytes"
	"fmt"
)

// Diff returns the text that shows how a contract changed: lines that begin
// with "-" were in the first and are no longer in the second, those with "+"
// are new, and those with a space lead there. Members are sorted, interactions
// are compared with the one of the same description and provider state, and
// what did not change is left out, marked by "...". The text is empty if
// nothing changed.
//
// The text ends with a note after maxLines lines; 0 stands for no limit.
func Diff(before, after Body, maxLines int) string {
	found := compareBodies(before, after)
	if len(found) == 0 {
		return ""
	}
	d := diffWriter{maxLines: maxLines}
	d.structure(' ', 0, nil, canonicalText(withoutIDs(after)), found)
	if d.left > 0 {
		fmt.Fprintf(&d.text, " ... and %d more lines\n", d.left)
	}
	return d.text.String()
}

type diffWriter struct {
	text     bytes.Buffer
	maxLines int
	lines    int
	// left counts the lines beyond the limit.
	left int
}

func (d *diffWriter) line(mark byte, depth int, parts ...[]byte) {
	if d.maxLines > 0 && d.lines >= d.maxLines {
		d.left++
		return
	}
	d.lines++
	d.text.WriteByte(mark)
	d.text.WriteByte(' ')
	for range depth {
		d.text.WriteString("  ")
	}
	for _, part := range parts {
		d.text.Write(part)
	}
	d.text.WriteByte('\n')
}

// structure lays out an object or a list with the differences in it.
func (d *diffWriter) structure(mark byte, depth int, name, value []byte, within []difference) {
	open, shut := brackets(value)
	d.line(mark, depth, label(name), open)
	shown := d.introduction(depth+1, value, within)
	for _, difference := range within {
		d.difference(depth+1, difference)
		shown++
	}
	if shown < size(value, within) {
		d.line(' ', depth+1, []byte("..."))
	}
	d.line(mark, depth, shut)
}

// introduction shows by which members one finds an interaction again, unless
// they changed, and returns how many they were.
func (d *diffWriter) introduction(depth int, value []byte, within []difference) int {
	if depth != 3 || !IsObject(value) {
		return 0
	}
	shown := 0
	for name, member := range members(value) {
		if introduces(name) && !differs(name, within) {
			d.value(' ', depth, name, member)
			shown++
		}
	}
	return shown
}

func introduces(name []byte) bool {
	for _, introducing := range []string{"description", "providerState", "providerStates", "provider_state"} {
		if isNamed(name, introducing) {
			return true
		}
	}
	return false
}

func differs(name []byte, within []difference) bool {
	for _, d := range within {
		if bytes.Equal(d.name, name) {
			return true
		}
	}
	return false
}

// size is how many members or elements there are before and after, taken together.
func size(value []byte, within []difference) int {
	n := 0
	for range members(value) {
		n++
	}
	for range Items(value) {
		n++
	}
	for _, d := range within {
		if d.after == nil {
			n++
		}
	}
	return n
}

func (d *diffWriter) difference(depth int, found difference) {
	if found.leadsOn() {
		d.structure(' ', depth, found.name, found.after, found.within)
		return
	}
	if found.before != nil {
		d.value('-', depth, found.name, found.before)
	}
	if found.after != nil {
		d.value('+', depth, found.name, found.after)
	}
}

// value lays out a whole value, with the same mark on each line.
func (d *diffWriter) value(mark byte, depth int, name, value []byte) {
	if len(value) <= 2 || (!IsObject(value) && !IsArray(value)) {
		d.line(mark, depth, label(name), value)
		return
	}
	open, shut := brackets(value)
	d.line(mark, depth, label(name), open)
	for name, member := range members(value) {
		d.value(mark, depth+1, name, member)
	}
	for item := range Items(value) {
		d.value(mark, depth+1, nil, item)
	}
	d.line(mark, depth, shut)
}

func label(name []byte) []byte {
	if name == nil {
		return nil
	}
	return append(append(make([]byte, 0, len(name)+2), name...), ':', ' ')
}

func brackets(value []byte) (open, shut []byte) {
	if len(value) == 0 {
		return nil, nil
	}
	return value[:1], value[len(value)-1:]
}
