package fault

import "fmt"

// MaxListed is how many elements a list in a request may have, unless another
// limit is told where it is read. Real questions have dozens.
const MaxListed = 500

// MaxNameLength is how many characters the name of an application, a label and the
// like may have, wherever it is named: more than any name in use, and few enough
// for the databases' indexes.
const MaxNameLength = 500

// ValidateCount says what is wrong with a list of so many elements, or "".
func ValidateCount(count, limit int) string {
	if count <= limit {
		return ""
	}
	return fmt.Sprintf("must have at most %d elements, and has %d", limit, count)
}
