package web

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/dashboard"
)

// network is who needs whom: applications or, where there are too many of them to
// be read, groups of applications.
type network struct {
	nodes   []networkNode
	edges   []networkEdge
	grouped bool
}

type networkNode struct {
	name, address, second string
}

// networkEdge leads from one who needs to one who is needed, by their places in
// the list of nodes.
type networkEdge struct {
	from, to       int
	state          dashboard.State
	title, address string
}

// nodesAtMost is up to how many applications are drawn one by one, and how many
// groups there are at most.
const nodesAtMost = 60

// network makes the one of some pairs, each with its state in the environment
// that is asked for, or the worst of all.
func (v boardView) network(pairs []*dashboard.PairSummary, state func(*dashboard.PairSummary) dashboard.State) network {
	all := members(pairs)
	if len(all) > nodesAtMost {
		return v.groups(all, pairs, state)
	}
	var n network
	at := map[*dashboard.Application]int{}
	for i, a := range all {
		at[a] = i
		n.nodes = append(n.nodes, networkNode{name: a.Name, address: v.at.Path("/network?around=" + url.QueryEscape(a.Name)), second: short(a.Newest.Number)})
	}
	for _, p := range pairs {
		s := state(p)
		n.edges = append(n.edges, networkEdge{from: at[p.Consumer], to: at[p.Provider], state: s,
			title: p.Consumer.Name + " needs " + p.Provider.Name + ": " + titles[s], address: v.at.Pact(p.Provider.Name, p.Consumer.Name, p.Contract.VersionNumber)})
	}
	return n
}

// tangledFrom is how many lines there must be for each node until a picture shows
// nothing but lines, of networks that are not small.
const tangledFrom, smallNetwork = 4, 8

// isTangle reports whether a picture would show nothing but lines.
func (n network) isTangle() bool {
	return len(n.nodes) > smallNetwork && len(n.edges) > tangledFrom*len(n.nodes)
}

// groups puts applications together by their first label or, where most have
// none, by the first word of their name.
func (v boardView) groups(all []*dashboard.Application, pairs []*dashboard.PairSummary, state func(*dashboard.PairSummary) dashboard.State) network {
	labelled := len(filter(all, func(a *dashboard.Application) bool { return len(a.Labels) > 0 }))
	groupOf, parameter := firstWord, "name"
	if labelled*2 > len(all) {
		groupOf, parameter = firstLabel, "label"
	}
	sizes := map[string]int{}
	for _, a := range all {
		sizes[groupOf(a)]++
	}
	names := make([]string, 0, len(sizes))
	for name := range sizes {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(sizes[b], sizes[a]), byText(a, b)) })
	kept := names[:min(len(names), nodesAtMost-1)]
	at := map[string]int{}
	n := network{grouped: true}
	for _, name := range slices.SortedFunc(slices.Values(kept), byText) {
		at[name] = len(n.nodes)
		node := networkNode{name: name, second: counted(sizes[name], "application"), address: v.at.Path("/network?" + url.Values{parameter: {name}}.Encode())}
		if name == "" {
			node.name, node.address = "without a label", ""
		}
		n.nodes = append(n.nodes, node)
	}
	others := 0
	for _, name := range names[len(kept):] {
		at[name] = len(n.nodes)
		others += sizes[name]
	}
	if others > 0 {
		n.nodes = append(n.nodes, networkNode{name: "others", second: counted(others, "application")})
	}
	n.addGroupEdges(pairs, state, func(a *dashboard.Application) int { return at[groupOf(a)] })
	return n
}

// addGroupEdges adds an edge between each two groups, with the worst state of the
// pairs between them.
func (n *network) addGroupEdges(pairs []*dashboard.PairSummary, state func(*dashboard.PairSummary) dashboard.State, at func(*dashboard.Application) int) {
	type between struct{ from, to int }
	type sum struct {
		state dashboard.State
		count map[dashboard.State]int
		all   int
	}
	sums := map[between]*sum{}
	var order []between
	for _, p := range pairs {
		key := between{at(p.Consumer), at(p.Provider)}
		s := sums[key]
		if s == nil {
			s = &sum{state: dashboard.Absent, count: map[dashboard.State]int{}}
			sums[key] = s
			order = append(order, key)
		}
		found := state(p)
		s.all++
		s.count[found]++
		if dashboard.Worse(found, s.state) < 0 {
			s.state = found
		}
	}
	for _, key := range order {
		s := sums[key]
		title := fmt.Sprintf("%s to %s: %s", n.nodes[key.from].name, n.nodes[key.to].name, counted(s.all, "integration"))
		for _, bad := range []dashboard.State{dashboard.Fails, dashboard.NotKnown, dashboard.Awaited} {
			if s.count[bad] > 0 {
				title += fmt.Sprintf(", %d %s", s.count[bad], titles[bad])
			}
		}
		n.edges = append(n.edges, networkEdge{from: key.from, to: key.to, state: s.state, title: title, address: orWord(n.nodes[key.from].address, n.nodes[key.to].address)})
	}
}

func firstLabel(a *dashboard.Application) string {
	if len(a.Labels) == 0 {
		return ""
	}
	return a.Labels[0]
}

// firstWord is the beginning of a name up to what commonly parts words.
func firstWord(a *dashboard.Application) string {
	word, _, _ := strings.Cut(strings.ToLower(a.Name), " ")
	for i, r := range word {
		if i > 0 && strings.ContainsRune("-_./:", r) {
			return word[:i]
		}
	}
	return orWord(strings.TrimRight(word, "0123456789"), word)
}

// networkPath is how one application comes to need another, through others.
type networkPath struct{ Pairs []pair }

// What is looked for between two applications: so many paths, none of them more
// than so many steps longer than the shortest, and so many steps in all.
const (
	pathsAtMost  = 20
	detourAtMost = 2
	stepsTried   = 20_000
)

// paths are the ways from an application to another over what each needs, the
// shortest first; none goes twice through the same application.
func paths(from, to *dashboard.Application) [][]*dashboard.PairSummary {
	distance := map[*dashboard.Application]int{to: 0}
	for queue := []*dashboard.Application{to}; len(queue) > 0; queue = queue[1:] {
		for _, p := range queue[0].Consumers {
			if _, seen := distance[p.Consumer]; !seen {
				distance[p.Consumer] = distance[queue[0]] + 1
				queue = append(queue, p.Consumer)
			}
		}
	}
	shortest, reachable := distance[from]
	if !reachable || from == to {
		return nil
	}
	w := pathSearch{to: to, distance: distance, left: stepsTried, on: map[*dashboard.Application]bool{from: true}}
	for length := shortest; length <= shortest+detourAtMost; length++ {
		w.from(from, nil, length)
	}
	return w.found
}

// pathSearch looks for paths of a length.
type pathSearch struct {
	to       *dashboard.Application
	distance map[*dashboard.Application]int
	on       map[*dashboard.Application]bool
	left     int
	found    [][]*dashboard.PairSummary
}

func (w *pathSearch) from(at *dashboard.Application, steps []*dashboard.PairSummary, left int) {
	if w.left--; w.left < 0 || len(w.found) >= pathsAtMost {
		return
	}
	if at == w.to {
		if left == 0 {
			w.found = append(w.found, slices.Clone(steps))
		}
		return
	}
	for _, p := range at.Providers {
		away, reaches := w.distance[p.Provider]
		if !reaches || away > left-1 || w.on[p.Provider] {
			continue
		}
		w.on[p.Provider] = true
		w.from(p.Provider, append(steps, p), left-1)
		w.on[p.Provider] = false
	}
}
