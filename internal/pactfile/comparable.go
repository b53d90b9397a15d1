package pactfile

import (
	"bytes"
	"encoding/json"
)

// MostCompared is how many values two contracts may have together to be compared:
// each takes memory many times its own size then. A contract of 5 MB has some
// hundred thousand.
const MostCompared = 2_000_000

// maxLaidOut is how deep values may lie in each other that are laid out: each level is
// written further in, so that a small text becomes a huge one.
const maxLaidOut = 2 * maxNesting

// Comparable reports whether comparing the two keeps within the bounds of memory.
func Comparable(before, after Body) bool {
	return valuesIn(before)+valuesIn(after) <= MostCompared && !nestedDeeper(before, maxLaidOut) && !nestedDeeper(after, maxLaidOut)
}

// Indented is JSON laid out for people, or the text itself if it is none, or nested so
// deep that nobody could read it.
func Indented(text []byte) []byte {
	var laidOut bytes.Buffer
	if nestedDeeper(text, maxLaidOut) || json.Indent(&laidOut, text, "", "  ") != nil {
		return text
	}
	return laidOut.Bytes()
}

// valuesIn is how many values a body has at most: each begins an object or a list,
// or follows on a colon or a comma.
func valuesIn(body Body) int {
	n := 1
	for _, mark := range []string{"{", "[", ":", ","} {
		n += bytes.Count(body, []byte(mark))
	}
	return n
}
