package web

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// drawn plays what is drawn from a first seed and from a fresh one, which is the name of
// the test: testbroker.Drawn cannot be asked from within the package.
func drawn(t *testing.T, play func(t *testing.T, random *rand.Rand)) {
	t.Helper()
	for _, seed := range []uint64{1, rand.Uint64()} {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			play(t, rand.New(rand.NewPCG(seed, 0)))
		})
	}
}

// anyState is one of the states of a pair.
func anyState(random *rand.Rand) dashboard.State {
	all := []dashboard.State{dashboard.Works, dashboard.Fails, dashboard.NotKnown, dashboard.Awaited, dashboard.Ignored, dashboard.Absent}
	return all[random.IntN(len(all))]
}

// anyNetwork is one of so many nodes, in which each pair needs one another or not, also
// itself and in circles.
func anyNetwork(random *rand.Rand, nodes int) (n network) {
	for i := range nodes {
		n.nodes = append(n.nodes, networkNode{name: fmt.Sprint("n", i), second: fmt.Sprint(i), address: fmt.Sprint("/", i)})
	}
	dense := 1 + random.IntN(4)
	for from := range nodes {
		for to := range nodes {
			if random.IntN(nodes) < dense {
				n.edges = append(n.edges, networkEdge{from: from, to: to, state: anyState(random), title: fmt.Sprintf("n%d needs n%d", from, to)})
			}
		}
	}
	random.Shuffle(len(n.edges), func(i, j int) { n.edges[i], n.edges[j] = n.edges[j], n.edges[i] })
	return n
}

// reaches are the nodes to which a network leads from each, by trying every step.
func (n network) reaches() [][]bool {
	reached := make([][]bool, len(n.nodes))
	for from := range n.nodes {
		reached[from] = make([]bool, len(n.nodes))
		for changed := true; changed; {
			changed = false
			for _, e := range n.edges {
				if (e.from == from || reached[from][e.from]) && !reached[from][e.to] {
					reached[from][e.to], changed = true, true
				}
			}
		}
	}
	return reached
}

// numbersIn are the numbers of a path, in their order.
func numbersIn(t *testing.T, path string) (found []int) {
	t.Helper()
	for _, text := range regexp.MustCompile(`-?\d+`).FindAllString(path, -1) {
		n, err := strconv.Atoi(text)
		require.NoError(t, err)
		found = append(found, n)
	}
	return found
}

// Whatever needs what, each application has a box of its own within the picture, each pair
// a line from the one box to the other that runs through no third, and consumers stand
// left of those whom they need unless both need each other.
func TestPicture_ofAnyNetworkShowsEachOnce(t *testing.T) {
	drawn(t, func(t *testing.T, random *rand.Rand) {
		for range 60 {
			n := anyNetwork(random, 1+random.IntN(14))
			shown := n.draw()
			require.Equal(t, shown, n.draw(), "the same is drawn each time")
			require.Len(t, shown.Boxes, len(n.nodes))
			for i, box := range shown.Boxes {
				require.Equal(t, n.nodes[i].name, box.Full)
				require.True(t, box.X >= 0 && box.Y >= 0 && box.X+networkBoxWidth <= shown.Width && box.Y+networkBoxHeight <= shown.Height, "%v is within %d × %d", box, shown.Width, shown.Height)
				for _, other := range shown.Boxes[:i] {
					apart := box.X >= other.X+networkBoxWidth || other.X >= box.X+networkBoxWidth || box.Y >= other.Y+networkBoxHeight || other.Y >= box.Y+networkBoxHeight
					require.True(t, apart, "%v lies over %v", box, other)
				}
			}
			reached, wires := n.reaches(), map[string]networkLine{}
			for _, w := range shown.Wires {
				require.NotContains(t, wires, w.Title, "each once")
				wires[w.Title] = w
			}
			require.Len(t, wires, len(n.edges))
			for _, e := range n.edges {
				w, from, to := wires[e.title], shown.Boxes[e.from], shown.Boxes[e.to]
				require.Equal(t, states[e.state].Kind, w.Kind, e.title)
				require.Equal(t, w.Kind == "no" || w.Kind == "unsure", w.Icon != "", "what is bad has a shape, too: %s", e.title)
				if e.from == e.to {
					require.Empty(t, w.Path, "a circle of one is no line")
					continue
				}
				if !reached[e.to][e.from] {
					require.Less(t, from.X, to.X, "%s, and not the other way round", e.title)
				}
				leadsFromTo(t, shown, w, from, to)
			}
		}
	})
}

// leadsFromTo checks that a line leads from the side of one box to the nearer side of
// another, and through none on its way.
func leadsFromTo(t *testing.T, shown *networkPicture, w networkLine, from, to networkBox) {
	t.Helper()
	at := numbersIn(t, w.Path)
	begins, ends := [2]int{at[0], at[1]}, [2]int{at[len(at)-2], at[len(at)-1]}
	out, in := from.X+networkBoxWidth, to.X
	if to.X < from.X {
		out, in = from.X, to.X+networkBoxWidth
	}
	require.Equal(t, []int{out, in}, []int{begins[0], ends[0]}, "%s: %s", w.Title, w.Path)
	require.True(t, begins[1] > from.Y && begins[1] < from.Y+networkBoxHeight && ends[1] > to.Y && ends[1] < to.Y+networkBoxHeight, "%s: %s", w.Title, w.Path)
	head := numbersIn(t, w.Arrow)
	require.Equal(t, ends, [2]int{head[0] + head[2], head[1] + head[3]}, "the head is at the end: %s of %s", w.Arrow, w.Path)
	for _, level := range regexp.MustCompile(`(\d+) (\d+)H(\d+)`).FindAllString(w.Path, -1) {
		of := numbersIn(t, level)
		left, right, y := min(of[0], of[2]), max(of[0], of[2]), of[1]
		for _, box := range shown.Boxes {
			require.False(t, left < box.X+networkBoxWidth && right > box.X && y >= box.Y && y <= box.Y+networkBoxHeight, "%s runs through %s: %s", w.Title, box.Full, w.Path)
		}
	}
	if w.Icon != "" {
		for _, box := range shown.Boxes {
			require.False(t, w.X > box.X && w.X < box.X+networkBoxWidth && w.Y > box.Y && w.Y < box.Y+networkBoxHeight, "the mark of %s lies on %s", w.Title, box.Full)
		}
	}
}

// The description names as many lines as somebody listens to, the worst first, and counts
// the others.
func TestPicture_describesTheWorstFirst(t *testing.T) {
	drawn(t, func(t *testing.T, random *rand.Rand) {
		for _, nodes := range []int{1, 5, 30} {
			n := anyNetwork(random, nodes)
			for len(n.edges) < 3*nodes {
				n.edges = append(n.edges, networkEdge{from: random.IntN(nodes), to: random.IntN(nodes), state: anyState(random), title: fmt.Sprint("another ", len(n.edges))})
			}
			worst := map[string]int{"no": 0, "unsure": 1, "yes": 2, "": 3}
			want := slices.Clone(n.edges)
			slices.SortStableFunc(want, func(a, b networkEdge) int {
				return cmp.Compare(worst[states[a.state].Kind], worst[states[b.state].Kind])
			})
			titles := make([]string, len(want))
			for i, e := range want {
				titles[i] = e.title
			}
			said := strings.Split(n.draw().Description, "; ")
			if len(titles) > wiresSaid {
				require.Equal(t, fmt.Sprintf("and %d more, which the list has", len(titles)-wiresSaid), said[wiresSaid])
				titles, said = titles[:wiresSaid], said[:wiresSaid]
			}
			require.Equal(t, titles, said)
		}
	})
	require.Nil(t, network{}.draw())
}

// Each mark of a matrix stands in the row of its consumer and the column of its provider.
func TestMatrixOfANetwork_hasAMarkForEachPair(t *testing.T) {
	drawn(t, func(t *testing.T, random *rand.Rand) {
		for range 20 {
			n := anyNetwork(random, 1+random.IntN(20))
			shown := n.matrix()
			rows, columns := map[int]string{}, map[int]string{}
			for i, row := range shown.Rows {
				rows[matrixTop+i*matrixStep], columns[matrixLeft+i*matrixStep] = row.Full, shown.Columns[i].Full
				require.True(t, row.Y > matrixTop+i*matrixStep && row.Y < matrixTop+(i+1)*matrixStep, "its name stands in its row")
			}
			var want, found []string
			for _, e := range n.edges {
				want = append(want, e.title+" "+orWord(states[e.state].Kind, "none"))
			}
			for _, mark := range shown.Marks {
				consumer, provider := rows[mark.Y-3], columns[mark.X-3]
				require.Equal(t, consumer+" needs "+provider, mark.Title)
				require.True(t, mark.X > 0 && mark.X < shown.Right && mark.Y < shown.Bottom && shown.Right <= shown.Width && shown.Bottom <= shown.Height)
				found = append(found, mark.Title+" "+mark.Kind)
			}
			require.ElementsMatch(t, want, found)
		}
	})
	require.Nil(t, network{}.matrix())
}

// anyBoard is one of so many applications, whose names and labels are among some.
func anyBoard(random *rand.Rand, applications int, names, labels []string) (board dashboard.Board) {
	for i := range applications {
		a := &dashboard.Application{Pacticipant: pacticipants.Pacticipant{ID: int64(i + 1), Name: fmt.Sprint(names[random.IntN(len(names))], i)}}
		if len(labels) > 0 && random.IntN(10) > 0 {
			a.Labels = []string{labels[random.IntN(len(labels))]}
		}
		board.Applications = append(board.Applications, a)
	}
	for i, a := range board.Applications { // a ring, so that everybody is there, and some more
		needed := map[int]bool{(i + 1) % applications: true}
		for range random.IntN(3) {
			needed[random.IntN(applications)] = true
		}
		for to := range needed {
			p := &dashboard.PairSummary{Consumer: a, Provider: board.Applications[to], Worst: anyState(random)}
			a.Providers, p.Provider.Consumers = append(a.Providers, p), append(p.Provider.Consumers, p)
			board.Pairs = append(board.Pairs, p)
		}
	}
	return board
}

// Where many applications stand together, each is in one group, and each line between two
// groups sums up the pairs between those who are in them.
func TestGroups_sumUpThoseWhoAreInThem(t *testing.T) {
	names := []string{"web-", "Web.", "api ", "shop/", "7-", "ö_", "x"}
	for i := range 80 {
		names = append(names, fmt.Sprintf("%c%c:", 'a'+i%26, 'a'+i/26))
	}
	drawn(t, func(t *testing.T, random *rand.Rand) {
		for _, labels := range [][]string{nil, {"red", "a&b", "green"}} {
			board := anyBoard(random, nodesAtMost+1+random.IntN(200), names, labels)
			state := func(p *dashboard.PairSummary) dashboard.State { return p.Worst }
			n := boardView{board: &board}.network(board.Pairs, state)
			require.True(t, n.grouped)
			require.LessOrEqual(t, len(n.nodes), nodesAtMost)
			sizes := 0
			for _, node := range n.nodes {
				size, err := strconv.Atoi(strings.Fields(node.second)[0])
				require.NoError(t, err)
				require.Positive(t, size, node.name)
				sizes += size
			}
			require.Equal(t, len(board.Applications), sizes, "each is in one group")
			of := func(a *dashboard.Application) string {
				group := groupNamed(a, labels != nil)
				if slices.ContainsFunc(n.nodes, func(node networkNode) bool { return node.name == group }) {
					return group
				}
				return "others"
			}
			between := map[string][]dashboard.State{}
			for _, p := range board.Pairs {
				key := of(p.Consumer) + " to " + of(p.Provider)
				between[key] = append(between[key], p.Worst)
			}
			require.Len(t, n.edges, len(between))
			for _, e := range n.edges {
				states := between[n.nodes[e.from].name+" to "+n.nodes[e.to].name]
				require.NotEmpty(t, states, e.title)
				for _, one := range states {
					require.LessOrEqual(t, dashboard.Worse(e.state, one), 0, "%s: %s is worse than %s", e.title, one, e.state)
				}
				require.Contains(t, states, e.state, e.title)
				require.Contains(t, e.title, ": "+counted(len(states), "integration"))
				for _, bad := range []dashboard.State{dashboard.Fails, dashboard.NotKnown, dashboard.Awaited} {
					count := len(slices.DeleteFunc(slices.Clone(states), func(s dashboard.State) bool { return s != bad }))
					require.Equal(t, count > 0, strings.Contains(e.title, fmt.Sprintf(", %d %s", count, titles[bad])), "%s: %d of %s", e.title, count, bad)
				}
			}
		}
	})
}

// groupNamed is the name of the group in which an application stands by its label or by
// the first word of its name.
func groupNamed(a *dashboard.Application, labelled bool) string {
	if labelled && len(a.Labels) == 0 {
		return "without a label"
	}
	if labelled {
		return a.Labels[0]
	}
	return strings.ToLower(regexp.MustCompile(`^\d+|^[^ \-_./:\d]+`).FindString(a.Name))
}

// Names that are nothing but digits have a group, too, which is not that of those without
// a label.
func TestGroups_ofNumbersHaveAName(t *testing.T) {
	for name, want := range map[string]string{"web-7": "web", "Web7": "web", "7": "7", "2024 shop": "2024", "12-34": "12", "-x": "-x", "a": "a", "日本-app": "日本", "x.y": "x", "ß9": "ß"} {
		require.Equal(t, want, firstWord(&dashboard.Application{Pacticipant: pacticipants.Pacticipant{Name: name}}), name)
	}
}

// ways are all ways from one application to another that go through none twice, by trying
// everything.
func ways(from, to *dashboard.Application, over []*dashboard.Application) (found []string) {
	if from == to {
		return []string{""}
	}
	for _, p := range from.Providers {
		if !slices.Contains(over, p.Provider) {
			for _, rest := range ways(p.Provider, to, append(over[:len(over):len(over)], p.Provider)) {
				found = append(found, ">"+p.Provider.Name+rest)
			}
		}
	}
	return found
}

// The paths between two applications are those that trying everything finds, but for
// detours that are much longer than the shortest, and the shortest come first.
func TestPaths_areThoseThatTryingEverythingFinds(t *testing.T) {
	drawn(t, func(t *testing.T, random *rand.Rand) {
		for range 30 {
			board := anyBoard(random, 2+random.IntN(7), []string{"n"}, nil)
			for _, from := range board.Applications {
				for _, to := range board.Applications {
					checkPaths(t, from, to)
				}
			}
		}
	})
}

func checkPaths(t *testing.T, from, to *dashboard.Application) {
	t.Helper()
	length := func(way string) int { return strings.Count(way, ">") }
	var want []string
	if from != to {
		all := ways(from, to, []*dashboard.Application{from})
		slices.SortStableFunc(all, func(a, b string) int { return length(a) - length(b) })
		for _, way := range all {
			if length(way) <= length(all[0])+detourAtMost {
				want = append(want, way)
			}
		}
	}
	var found []string
	for _, path := range paths(from, to) {
		said := ""
		for i, p := range path {
			require.True(t, i == 0 && p.Consumer == from || i > 0 && p.Consumer == path[i-1].Provider, "each step goes on where the last has ended")
			said += ">" + p.Provider.Name
		}
		found = append(found, said)
	}
	require.True(t, slices.IsSortedFunc(found, func(a, b string) int { return length(a) - length(b) }), "%v", found)
	if len(want) > pathsAtMost {
		require.Len(t, found, pathsAtMost)
		require.Subset(t, want, found)
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(found))), pathsAtMost, "each once")
		return
	}
	require.ElementsMatch(t, want, found, "from %s to %s", from.Name, to.Name)
}
