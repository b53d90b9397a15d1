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
	networkBoxRoom   = 150 // for its text
	networkBoxHeight = 40
	networkLayerStep = 260
	networkRowStep   = 52
	networkBendStep  = 20
	bendsAtMost      = 400
	// networkLower is how much lower lines run that lead back.
	networkLower  = 9
	networkMargin = 12
	untanglings   = 6
	iconSide      = 16
)

// draw lays a network out, so that few lines cross; nil if there is nothing.
func (n network) draw() *networkPicture {
	if len(n.nodes) == 0 {
		return nil
	}
	l := n.layout()
	x, y, height := l.place(len(n.nodes))
	d := &networkPicture{Width: 2*networkMargin + (len(l.layers)-1)*networkLayerStep + networkBoxWidth, Height: height}
	d.Boxes = make([]networkBox, len(n.nodes))
	for i, of := range n.nodes {
		d.Boxes[i] = networkBox{
			X:       x[i],
			Y:       y[i],
			TextX:   x[i] + 10,
			TextY:   y[i] + 17,
			SecondY: y[i] + 32,
			Text:    plainFace.fitted(of.name, networkBoxRoom),
			Full:    of.name,
			Second:  smallFace.fitted(of.second, networkBoxRoom),
			Address: of.address,
		}
	}
	said := make([]string, 0, len(n.edges))
	order := make([]int, len(n.edges))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(badness(n.edges[b]), badness(n.edges[a])) })
	for _, i := range order {
		d.Wires = append(d.Wires, wire(n.edges[i], l.bends[i], x, y))
		said = append(said, n.edges[i].title)
	}
	slices.Reverse(d.Wires) // the worst is drawn over the others
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

// wire is the line of an edge: out of the right side of one box, through its bends
// past others, into the left side of the other. One that closes a circle leads back,
// a little lower. The icon stands where nothing else does, in the first gap.
func wire(e networkEdge, bends []int, x, y []int) networkLine {
	made := networkLine{Kind: states[e.state].Kind, Title: e.title}
	out, in, head, lower := networkBoxWidth, 0, -6, 0 // the sides, and which way it leads
	if x[e.to] < x[e.from] {
		out, in, head, lower = 0, networkBoxWidth, 6, networkLower
	}
	fromX, fromY := x[e.from]+out, y[e.from]+networkBoxHeight/2+lower
	toX, toY := x[e.to]+in, y[e.to]+networkBoxHeight/2+lower
	firstX, firstY := toX, toY
	if len(bends) > 0 {
		firstX, firstY = x[bends[0]]+in, y[bends[0]]
	}
	made.X, made.Y = (fromX+firstX)/2, (fromY+firstY)/2
	if e.from == e.to { // it stands for itself, at a corner
		made.X, made.Y = fromX, y[e.from]
	} else {
		path := fmt.Sprintf("M%d %d", fromX, fromY)
		for _, b := range bends {
			path += curve(fromX, fromY, x[b]+in, y[b]) + fmt.Sprintf("H%d", x[b]+out)
			fromX, fromY = x[b]+out, y[b]
		}
		made.Path, made.Arrow = path+curve(fromX, fromY, toX, toY), fmt.Sprintf("M%d %dl%d 4 %d 4", toX+head, toY-4, -head, head)
	}
	if made.Kind == "no" || made.Kind == "unsure" {
		made.Icon, made.IconX, made.IconY = states[e.state].Icon, made.X-iconSide/2, made.Y-iconSide/2
	}
	return made
}

// curve leads on from one point to another, and leaves and comes in level.
func curve(fromX, fromY, toX, toY int) string {
	middle := (fromX + toX) / 2
	return fmt.Sprintf("C%d %d %d %d %d %d", middle, fromY, middle, toY, toX, toY)
}

// networkLayout is in which order the nodes of each layer stand, and among them the
// bends of lines that pass them by. Bends are numbered on from the nodes.
type networkLayout struct {
	layers, near [][]int
	// bends are those of each edge, from the left.
	bends [][]int
}

func (n network) layout() networkLayout {
	l := networkLayout{layers: n.layers(), near: make([][]int, len(n.nodes)), bends: make([][]int, len(n.edges))}
	at := make([]int, len(n.nodes))
	for i, layer := range l.layers {
		for _, node := range layer {
			at[node] = i
		}
	}
	connect := func(a, b int) { l.near[a], l.near[b] = append(l.near[a], b), append(l.near[b], a) }
	for i, e := range n.edges {
		if e.from == e.to {
			continue
		}
		last, step := e.from, 1
		if at[e.to] < at[e.from] {
			step = -1
		}
		for between := at[e.from] + step; between != at[e.to] && len(l.near) < len(n.nodes)+bendsAtMost; between += step {
			bend := len(l.near)
			l.near, l.bends[i] = append(l.near, nil), append(l.bends[i], bend)
			l.layers[between] = append(l.layers[between], bend)
			connect(last, bend)
			last = bend
		}
		connect(last, e.to)
	}
	l.untangle()
	return l
}

// place says where each node and each bend is, in the middle of its layer's height,
// and how high the whole is.
func (l networkLayout) place(nodes int) (x, y []int, height int) {
	step := func(i int) int {
		if i < nodes {
			return networkRowStep
		}
		return networkBendStep
	}
	heights := make([]int, len(l.layers))
	for i, layer := range l.layers {
		for _, each := range layer {
			heights[i] += step(each)
		}
	}
	highest := slices.Max(heights)
	x, y = make([]int, len(l.near)), make([]int, len(l.near))
	for i, layer := range l.layers {
		top := networkMargin + (highest-heights[i])/2
		for _, each := range layer {
			x[each], y[each] = networkMargin+i*networkLayerStep, top
			if each >= nodes {
				y[each] = top + networkBendStep/2
			}
			top += step(each)
		}
	}
	return x, y, 2*networkMargin + highest
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

// untangle puts what is in each layer in the order of those that it is connected
// with, to and fro.
func (l networkLayout) untangle() {
	place := make([]float64, len(l.near))
	put := func(layer []int) {
		for i, each := range layer {
			place[each] = (float64(i) + .5) / float64(len(layer))
		}
	}
	for _, layer := range l.layers {
		put(layer)
	}
	for range untanglings {
		for _, layer := range l.layers {
			middle := map[int]float64{}
			for _, each := range layer {
				sum := place[each]
				for _, other := range l.near[each] {
					sum += place[other]
				}
				middle[each] = sum / float64(len(l.near[each])+1)
			}
			slices.SortStableFunc(layer, func(a, b int) int { return cmp.Compare(middle[a], middle[b]) })
			put(layer)
		}
	}
}
