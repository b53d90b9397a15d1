package pactfile

import "bytes"

// MostCompared is how many values two contracts may have together to be compared:
// each takes memory many times its own size then. A contract of 5 MB has some
// hundred thousand.
const MostCompared = 2_000_000

// Comparable reports whether comparing the two keeps within the bounds of memory.
func Comparable(before, after Body) bool {
	return valuesIn(before)+valuesIn(after) <= MostCompared
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
