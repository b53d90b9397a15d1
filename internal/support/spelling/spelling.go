// Package spelling tells how far a word is from the one that was probably meant.
package spelling

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
