package web

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/dashboard"
)

// nodesAtMost is up to how many applications are drawn one by one, and how many
// nodes there are at most where they stand in groups.
const nodesAtMost = 60

// group is some applications that are drawn as one.
type group struct {
	name    string
	members []*dashboard.Application
	// chosen asks for the network of these; nil if it cannot be asked for.
	chosen *networkQuery
}

// groups are those in which applications are drawn: those that are asked for
// one by one or, where there are too many, in groups that can be chosen; those that
// are only their neighbours then stand as one.
func (v boardView) groups(all []*dashboard.Application, asked networkQuery) []group {
	if len(all) <= nodesAtMost {
		return singles(all)
	}
	inside := filter(all, func(a *dashboard.Application) bool { return v.asksFor(asked, a) })
	if len(inside) == 0 {
		inside = all
	}
	var found []group
	if len(inside) < nodesAtMost {
		found = singles(inside)
	} else if found = byLabel(inside, asked); len(found) == 0 {
		found = byWords(inside, asked)
	}
	if rest := filter(all, func(a *dashboard.Application) bool { return !slices.Contains(inside, a) }); len(rest) > 0 {
		found = append(found, group{name: "others", members: rest})
	}
	return found
}

// asksFor reports whether an application itself is asked for, and not only those whom
// it needs or who need it.
func (v boardView) asksFor(q networkQuery, a *dashboard.Application) bool {
	return strings.Contains(strings.ToLower(a.Name), strings.ToLower(q.Name)) && (q.Label == "" || slices.Contains(a.Labels, q.Label)) && v.owns(q.Team, a) && q.inGroup(a)
}

// inGroup reports whether an application is in the group that is asked for, as all are
// where none is: its name begins with the same words, or lies between two others.
func (q networkQuery) inGroup(a *dashboard.Application) bool {
	if q.Group == "" {
		return true
	}
	asked, own := splitName(q.Group), splitName(a.Name)
	if q.Until == "" {
		return own.beginsWith(asked.words[:len(asked.words)-1])
	}
	return slices.Compare(asked.words, own.words) <= 0 && slices.Compare(own.words, splitName(q.Until).words) <= 0
}

// of asks for a group of what is asked for.
func (q networkQuery) of(change func(*networkQuery)) *networkQuery {
	q.Around, q.From, q.To = "", "", ""
	change(&q)
	return &q
}

func singles(all []*dashboard.Application) []group {
	found := make([]group, len(all))
	for i, a := range all {
		found[i] = group{name: a.Name, members: all[i : i+1], chosen: &networkQuery{Around: a.Name}}
	}
	return found
}

// byLabel groups applications by the first of their labels that not all of them have;
// nil if most have none, if there are too many, or if labels were chosen from before.
func byLabel(all []*dashboard.Application, asked networkQuery) []group {
	if asked.Label != "" || asked.Group != "" {
		return nil
	}
	count := map[string]int{}
	for _, a := range all {
		for _, label := range a.Labels {
			count[label]++
		}
	}
	labelled := map[string][]*dashboard.Application{}
	for _, a := range all {
		label := ""
		if i := slices.IndexFunc(a.Labels, func(label string) bool { return count[label] < len(all) }); i >= 0 {
			label = a.Labels[i]
		}
		labelled[label] = append(labelled[label], a)
	}
	if len(labelled[""])*2 >= len(all) || len(labelled) >= nodesAtMost {
		return nil
	}
	var found []group
	for _, label := range slices.SortedFunc(maps.Keys(labelled), byText) {
		one := group{name: "without a label", members: labelled[label]}
		if label != "" {
			one.name, one.chosen = label, asked.of(func(q *networkQuery) { q.Label = label })
		}
		found = append(found, one)
	}
	return found
}

// byWords groups applications by how their names begin. A group with more than half of
// all is taken apart, too, as long as there is room.
func byWords(all []*dashboard.Application, asked networkQuery) []group {
	names := make([]wordedName, len(all))
	for i, a := range all {
		names[i] = splitName(a.Name)
		names[i].of = a
	}
	slices.SortFunc(names, func(a, b wordedName) int { return slices.Compare(a.words, b.words) })
	found := parted(names)
	for {
		i := slices.IndexFunc(found, func(part []wordedName) bool { return 2*len(part) > len(all) })
		if i < 0 {
			break
		}
		parts := parted(found[i])
		if len(found)+len(parts) > nodesAtMost {
			break
		}
		found = slices.Replace(found, i, i+1, parts...)
	}
	groups := make([]group, len(found))
	for i, part := range found {
		groups[i] = grouped(part, names, asked)
	}
	return groups
}

// wordedName is the name of an application in words, of which the last is the whole
// name, so that no two are the same.
type wordedName struct {
	of    *dashboard.Application
	text  string
	words []string
	// ends are where the words end in the text.
	ends []int
}

func (n wordedName) beginsWith(words []string) bool {
	return len(n.words) > len(words) && slices.Equal(n.words[:len(words)], words)
}

// splitName takes a name apart at what commonly parts words, where letters become
// capitals, and where digits follow them.
func splitName(name string) wordedName {
	found := wordedName{text: name}
	from := 0
	end := func(at int) {
		if at > from {
			found.words, found.ends = append(found.words, strings.ToLower(name[from:at])), append(found.ends, at)
		}
		from = at
	}
	var before rune
	for i, r := range name {
		switch {
		case unicode.IsSpace(r) || strings.ContainsRune("-_./:", r):
			end(i)
			from = i + utf8.RuneLen(r)
		case unicode.IsLower(before) && unicode.IsUpper(r), unicode.IsLetter(before) && unicode.IsDigit(r):
			end(i)
		}
		before = r
	}
	end(len(name))
	found.words = append(found.words, "\x00"+name)
	return found
}

// shared is how many words all of some sorted names begin with.
func shared(names []wordedName) int {
	first, last := names[0].words, names[len(names)-1].words
	n := 0
	for n < min(len(first), len(last)) && first[n] == last[n] {
		n++
	}
	return n
}

// parted takes sorted names apart by the word that follows those which all of them
// share. Where there are too many such words, those that few have stand together with
// what follows them in the alphabet.
func parted(names []wordedName) [][]wordedName {
	var parts [][]wordedName
	at := shared(names)
	for i, name := range names {
		if i == 0 || name.words[at] != names[i-1].words[at] {
			parts = append(parts, nil)
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], name)
	}
	if len(parts) < nodesAtMost {
		return parts
	}
	room := len(names)/(nodesAtMost/2-1) + 1
	var few [][]wordedName
	for _, part := range parts {
		if last := len(few) - 1; last >= 0 && len(few[last])+len(part) <= room {
			few[last] = append(few[last], part...)
		} else {
			few = append(few, slices.Clone(part))
		}
	}
	return few
}

// grouped is the group of some names out of all, called by how they alone begin, or by
// the first and the last.
func grouped(names, all []wordedName, asked networkQuery) group {
	members := make([]*dashboard.Application, len(names))
	for i, name := range names {
		members[i] = name.of
	}
	if len(names) == 1 {
		return singles(members)[0]
	}
	first, last, begins := names[0], names[len(names)-1], shared(names)
	if begins > 0 && len(filter(all, func(n wordedName) bool { return n.beginsWith(first.words[:begins]) })) == len(names) {
		text := first.text[:first.ends[begins-1]]
		return group{name: text, members: members, chosen: asked.of(func(q *networkQuery) { q.Group, q.Until = text, "" })}
	}
	return group{name: first.text + " … " + last.text, members: members, chosen: asked.of(func(q *networkQuery) { q.Group, q.Until = first.text, last.text })}
}
