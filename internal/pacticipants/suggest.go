package pacticipants

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/support/spelling"
)

// namesListed is how many names a suggestion lists.
const namesListed = 5

// Suggest says in one or two sentences which of the known names may have been meant
// by one that is not known, the nearest first. A name that is too long to be one is
// compared with none.
func Suggest(asked string, known []string) string {
	if len(known) == 0 {
		return "There is none yet."
	}
	names := nearestFirst(asked, known)
	meant := Meant(asked, names[:1])
	list := "There are: " + Few(names) + "."
	if len(names) == 1 {
		list = "There is only " + names[0] + "."
	}
	switch {
	case meant == "":
		return list
	case len(names) == 1:
		return fmt.Sprintf("Did you mean '%s'?", meant)
	}
	return fmt.Sprintf("Did you mean '%s'? %s", meant, list)
}

// Few lists the first names and counts the others.
func Few(names []string) string {
	list := strings.Join(names[:min(len(names), namesListed)], ", ")
	if more := len(names) - namesListed; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}

func nearestFirst(asked string, known []string) []string {
	names := slices.Clone(known)
	if len(asked) > MaxNameLength {
		return names
	}
	away := make(map[string]int, len(names))
	for _, name := range names {
		away[name] = distance(asked, name)
	}
	slices.SortStableFunc(names, func(a, b string) int {
		if d := away[a]; d == away[b] && isSlip(asked, d) {
			return cmp.Compare(len(b), len(a)) // the longer one has more letters of it
		}
		return cmp.Compare(away[a], away[b])
	})
	return names
}

// isSlip reports whether a name that is so far away may have been meant.
func isSlip(asked string, away int) bool {
	return away == 0 || away < len(asked) && away <= max(2, len(asked)/3)
}

// Meant is the known name that may have been meant by one that is not known, "" for
// none: the nearest, if it is a slip of the pen away, which is two letters, or a third
// of a long name.
func Meant(asked string, known []string) string {
	if len(known) == 0 || len(asked) > MaxNameLength {
		return ""
	}
	nearest := nearestFirst(asked, known)[0]
	if isSlip(asked, distance(asked, nearest)) {
		return nearest
	}
	return ""
}

// Near returns those of the known names that may have been meant by one that is not
// known, the nearest first.
func Near(asked string, known []string) []string {
	if len(asked) > MaxNameLength {
		return nil
	}
	return slices.DeleteFunc(nearestFirst(asked, known), func(name string) bool { return !isSlip(asked, distance(asked, name)) })
}

// longestCompared bounds the names that are compared letter by letter.
const longestCompared = 64

// distance is how far two names are apart: 0 if they differ in case only, 1 if
// one begins with the other or they are written in another way, otherwise how
// many letters have to be changed.
func distance(a, b string) int {
	similar := len(SimilarNames(a, []string{b})) > 0
	a, b = strings.ToLower(a), strings.ToLower(b)
	switch {
	case a == b:
		return 0
	case similar, len(a) > 1 && strings.HasPrefix(b, a), len(b) > 1 && strings.HasPrefix(a, b):
		return 1
	case len(a) > longestCompared || len(b) > longestCompared:
		return len(a) + len(b)
	}
	return spelling.Edits(a, b)
}
