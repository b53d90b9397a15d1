// Package spelling tells how far a word is from the one that was probably meant.
package spelling

import "iter"

// Edits counts the letters to change, to add or to take away to get from one
// word to the other (Levenshtein). Its cost grows with the product of their
// lengths, so callers bound words that come from outside.
func Edits(from, to string) int {
	a, b := []rune(from), []rune(to)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, letter := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, other := range b {
			changed := diagonal
			if letter != other {
				changed++
			}
			diagonal, row[j+1] = row[j+1], min(changed, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// Nearest is the known word that takes the fewest edits to get to, fewer than below; of
// several the first in the alphabet, "" for none.
func Nearest(word string, known iter.Seq[string], below int) string {
	nearest := ""
	for candidate := range known {
		edits := Edits(word, candidate)
		if edits < below || edits == below && nearest != "" && candidate < nearest {
			nearest, below = candidate, edits
		}
	}
	return nearest
}
