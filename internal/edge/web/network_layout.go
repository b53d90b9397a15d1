package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// networkPicture shows a network from those who only need, at the left, to those who
// are only needed, at the right.
type networkPicture struct {
	Width, Height int
	Boxes         []networkBox
	Wires         []networkLine
	Description   string
}

type networkBox struct {
	X, Y, TextX, TextY, SecondY int
	Text, Second, Full, Address string
}

// networkLine is a line; one that is not fine has its icon in the middle.
type networkLine struct {
	Kind, Path, Arrow, Title string
	Icon                     string
	X, Y, IconX, IconY       int
}

// What a picture of a network measures.
const (
	networkBoxWidth  = 170
	networkBoxHeight = 40
	networkLayerStep = 260
	networkRowStep   = 52
	networkMargin    = 12
	untanglings      = 6
	iconSide         = 16
)

// draw lays a network out, so that few lines cross; nil if there is nothing.
func (n network) draw() *networkPicture {
	if len(n.nodes) == 0 {
		return nil
	}
	layers := n.layers()
	n.untangle(layers)
	most := 0
	for _, layer := range layers {
		most = max(most, len(layer))
	}
	d := &networkPicture{Width: 2*networkMargin + (len(layers)-1)*networkLayerStep + networkBoxWidth, Height: 2*networkMargin + most*networkRowStep}
	x, y := make([]int, len(n.nodes)), make([]int, len(n.nodes))
	d.Boxes = make([]networkBox, len(n.nodes))
	for l, layer := range layers {
		top := networkMargin + (most-len(layer))*networkRowStep/2
		for i, node := range layer {
			x[node], y[node] = networkMargin+l*networkLayerStep, top+i*networkRowStep
			of := n.nodes[node]
			d.Boxes[node] = networkBox{X: x[node], Y: y[node], TextX: x[node] + 10, TextY: y[node] + 17, SecondY: y[node] + 32, Text: shortName(of.name), Full: of.name, Second: of.second, Address: of.address}
		}
	}
	said := make([]string, 0, len(n.edges))
	for _, e := range slices.SortedStableFunc(slices.Values(n.edges), func(a, b networkEdge) int { return -cmp.Compare(badness(a), badness(b)) }) {
		d.Wires = append(d.Wires, wire(e, x, y))
		said = append(said, e.title)
	}
	slices.Reverse(d.Wires) // the worst is draw over the others
	d.Description = strings.Join(said[:min(len(said), wiresSaid)], "; ")
	if more := len(said) - wiresSaid; more > 0 {
		d.Description += fmt.Sprintf("; and %d more, which the list has", more)
	}
	return d
}

// wiresSaid is how many lines the description of a picture names.
const wiresSaid = 100

func badness(e networkEdge) int {
	return map[string]int{"no": 3, "unsure": 2, "yes": 1}[states[e.state].Kind]
}

// wire is the line of an edge: out of the right side of one box, into the left side
// of the other.
func wire(e networkEdge, x, y []int) networkLine {
	fromX, fromY := x[e.from]+networkBoxWidth, y[e.from]+networkBoxHeight/2
	toX, toY := x[e.to], y[e.to]+networkBoxHeight/2
	bend := max((toX-fromX)/2, networkLayerStep/4)
	made := networkLine{
		Kind: states[e.state].Kind, Title: e.title, X: (fromX + toX) / 2, Y: (fromY + toY) / 2,
		Path:  fmt.Sprintf("M%d %dC%d %d %d %d %d %d", fromX, fromY, fromX+bend, fromY, toX-bend, toY, toX-2, toY),
		Arrow: fmt.Sprintf("M%d %dl5 4-5 4", toX-6, toY-4),
	}
	if made.Kind == "no" || made.Kind == "unsure" {
		made.Icon, made.IconX, made.IconY = states[e.state].Icon, made.X-iconSide/2, made.Y-iconSide/2
	}
	return made
}

// layers puts each node behind all that need it, as far as no circle prevents it.
func (n network) layers() [][]int {
	out := make([][]int, len(n.nodes))
	for _, e := range n.edges {
		if e.from != e.to {
			out[e.from] = append(out[e.from], e.to)
		}
	}
	var order []int
	state := make([]int, len(n.nodes)) // 0 not seen, 1 on the way, 2 done
	back := map[[2]int]bool{}
	var visit func(node int)
	visit = func(node int) {
		state[node] = 1
		for _, next := range out[node] {
			switch state[next] {
			case 0:
				visit(next)
			case 1:
				back[[2]int{node, next}] = true
			}
		}
		state[node] = 2
		order = append(order, node)
	}
	for node := range n.nodes {
		if state[node] == 0 {
			visit(node)
		}
	}
	slices.Reverse(order)
	layer := make([]int, len(n.nodes))
	deepest := 0
	for _, node := range order {
		for _, next := range out[node] {
			if !back[[2]int{node, next}] {
				layer[next] = max(layer[next], layer[node]+1)
				deepest = max(deepest, layer[next])
			}
		}
	}
	layers := make([][]int, deepest+1)
	for node := range n.nodes {
		layers[layer[node]] = append(layers[layer[node]], node)
	}
	return layers
}

// untangle puts the nodes of each layer in the order of those that they are
// connected with, to and fro.
func (n network) untangle(layers [][]int) {
	near := make([][]int, len(n.nodes))
	for _, e := range n.edges {
		if e.from != e.to {
			near[e.from], near[e.to] = append(near[e.from], e.to), append(near[e.to], e.from)
		}
	}
	place := make([]float64, len(n.nodes))
	put := func(layer []int) {
		for i, node := range layer {
			place[node] = (float64(i) + .5) / float64(len(layer))
		}
	}
	for _, layer := range layers {
		put(layer)
	}
	for range untanglings {
		for _, layer := range layers {
			middle := map[int]float64{}
			for _, node := range layer {
				sum := place[node]
				for _, other := range near[node] {
					sum += place[other]
				}
				middle[node] = sum / float64(len(near[node])+1)
			}
			slices.SortStableFunc(layer, func(a, b int) int { return cmp.Compare(middle[a], middle[b]) })
			put(layer)
		}
	}
}
