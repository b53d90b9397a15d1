package web

import (
	"fmt"
	"slices"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/support/links"
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
	// size is how many applications it stands for.
	size int
}

// networkEdge leads from one who needs to one who is needed, by their places in
// the list of nodes.
type networkEdge struct {
	from, to       int
	state          dashboard.State
	title, address string
}

// network makes the one of some pairs, each with its state in the environment
// that is asked for, or the worst of all.
func (v boardView) network(pairs []*dashboard.PairSummary, asked networkQuery) network {
	var n network
	at := map[*dashboard.Application]int{}
	for i, g := range v.groups(members(pairs), asked) {
		node := networkNode{name: g.name, second: short(g.members[0].Newest.Number), size: len(g.members)}
		if len(g.members) > 1 {
			node.second, n.grouped = counted(len(g.members), "application"), true
		}
		if g.chosen != nil {
			node.address = v.at.Path("/network?" + g.chosen.values().Encode())
		}
		for _, a := range g.members {
			at[a] = i
		}
		n.nodes = append(n.nodes, node)
	}
	n.addEdges(v.at, pairs, asked.stateOf(v.board), at)
	return n
}

// tangledFrom is how many lines there must be for each node until a picture shows
// nothing but lines, of networks that are not small.
const tangledFrom, smallNetwork = 4, 8

// isTangle reports whether a picture would show nothing but lines.
func (n network) isTangle() bool {
	return len(n.nodes) > smallNetwork && len(n.edges) > tangledFrom*len(n.nodes)
}

// addEdges adds an edge between each two nodes, with the worst state of the pairs
// between them.
func (n *network) addEdges(base links.Base, pairs []*dashboard.PairSummary, state func(*dashboard.PairSummary) dashboard.State, at map[*dashboard.Application]int) {
	type between struct{ from, to int }
	type sum struct {
		state dashboard.State
		count map[dashboard.State]int
		all   int
		first *dashboard.PairSummary
	}
	sums := map[between]*sum{}
	var order []between
	for _, p := range pairs {
		key := between{at[p.Consumer], at[p.Provider]}
		s := sums[key]
		if s == nil {
			s = &sum{state: dashboard.Absent, count: map[dashboard.State]int{}, first: p}
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
		s, from, to := sums[key], n.nodes[key.from], n.nodes[key.to]
		if from.size == 1 && to.size == 1 {
			p := s.first
			n.edges = append(n.edges, networkEdge{from: key.from, to: key.to, state: state(p),
				title: p.Consumer.Name + " needs " + p.Provider.Name + ": " + titles[state(p)], address: base.Pact(p.Provider.Name, p.Consumer.Name, p.Contract.VersionNumber)})
			continue
		}
		title := fmt.Sprintf("%s to %s: %s", from.name, to.name, counted(s.all, "integration"))
		for _, bad := range []dashboard.State{dashboard.Fails, dashboard.NotKnown, dashboard.Awaited} {
			if s.count[bad] > 0 {
				title += fmt.Sprintf(", %d %s", s.count[bad], titles[bad])
			}
		}
		n.edges = append(n.edges, networkEdge{from: key.from, to: key.to, state: s.state, title: title, address: orWord(from.address, to.address)})
	}
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
