package web

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

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
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
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
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
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
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
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

// manyNames are so many names, in one of the manners in which companies call things.
func manyNames(random *rand.Rand, count int) []string {
	some := func(of ...string) string { return of[random.IntN(len(of))] }
	manner := random.IntN(6)
	taken := map[string]bool{}
	for len(taken) < count {
		word, digits := fmt.Sprintf("%c%c", 'a'+random.IntN(26), 'a'+random.IntN(26)), random.IntN(10*count)
		taken[[]string{
			fmt.Sprint("svc-", word, "-", digits),
			fmt.Sprint("svc", digits),
			fmt.Sprint("acme", some(".", "-", "/"), "svc_", some("pay", "Pay", "order"), some("", "-", "--"), digits),
			fmt.Sprint(some("Svc", "svc "), some("Payments", "Orders", word), digits),
			strings.Repeat("-", digits%7) + word + fmt.Sprint(digits),
			some("日本", "ö", "ß", "7", "🎉", "x y") + some("", "-", ":") + fmt.Sprint(digits),
		}[manner]] = true
	}
	return slices.Sorted(maps.Keys(taken))
}

// namedBoard is one of applications with these names, in a ring with some more pairs, in
// which labels are among some.
func namedBoard(random *rand.Rand, names []string, labels ...string) dashboard.Board {
	board := anyBoard(random, len(names), []string{""}, nil)
	for i, a := range board.Applications {
		a.Name = names[i]
		for _, label := range labels {
			if random.IntN(3) > 0 {
				a.Labels = append(a.Labels, label)
			}
		}
	}
	return board
}

// Whatever applications are called, there are several groups where they do not all fit,
// none is the whole, each application is in one, and a group that is chosen shows those
// who are in it, down to each of them.
func TestGroups_openIntoSmallerOnes(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		for range 12 {
			var labels []string
			if random.IntN(2) == 0 {
				labels = []string{"red", "a&b", "green"}
			}
			board := namedBoard(random, manyNames(random, nodesAtMost+1+random.IntN(440)), labels...)
			for _, a := range board.Applications {
				if labels != nil {
					a.Labels = append([]string{"all have it"}, a.Labels...)
				}
			}
			opens(t, boardView{board: &board}, networkQuery{}, board.Applications)
		}
	})
}

// opens checks that what is asked for shows some applications, and so does each group of it.
func opens(t *testing.T, v boardView, asked networkQuery, want []*dashboard.Application) {
	t.Helper()
	part, err := asked.partOf(v.board, nil)
	require.NoError(t, err)
	all := members(part.pairs)
	found := v.groups(all, asked)
	require.Equal(t, found, v.groups(all, asked), "the same each time")
	require.LessOrEqual(t, len(found), nodesAtMost)
	require.Greater(t, len(found), 1)
	var inside, everybody []*dashboard.Application
	for i, g := range found {
		everybody = append(everybody, g.members...)
		if i == len(found)-1 && g.name == "others" || len(all) <= nodesAtMost && !slices.Contains(want, g.members[0]) {
			continue
		}
		inside = append(inside, g.members...)
	}
	require.ElementsMatch(t, all, everybody, "each is in one group")
	if asked.Label == "" || asked.Group != "" {
		require.ElementsMatch(t, want, inside, "those who are in it: %v", asked)
	} else {
		require.Subset(t, inside, want)
	}
	for _, g := range found {
		require.Less(t, len(g.members), len(all), "no group is the whole")
		if len(g.members) > 1 && g.chosen != nil {
			require.Less(t, len(g.members), len(inside), "it shows fewer")
			opens(t, v, *g.chosen, g.members)
		}
	}
}

// What begins alike is a group of that name, and a company's prefix is none.
func TestGroups_areCalledByHowNamesBegin(t *testing.T) {
	var names []string
	for _, word := range []string{"svc-Pay", "svc.order", "svcShip", "svc_7"} {
		for i := range 30 {
			names = append(names, fmt.Sprint(word, "-", 100+i))
		}
	}
	board := namedBoard(rand.New(rand.NewPCG(1, 0)), names)
	called := func(asked networkQuery) (found []string) {
		for _, g := range (boardView{board: &board}).groups(board.Applications, asked) {
			found = append(found, fmt.Sprint(g.name, " ", len(g.members)))
		}
		return found
	}
	require.Equal(t, []string{"svc_7 30", "svc.order 30", "svc-Pay 30", "svcShip 30"}, called(networkQuery{}))
	require.Len(t, called(networkQuery{Group: "svc-pay"}), 31, "its applications, and all others as one")
}

// Each line between two nodes sums up the pairs between those who are in them.
func TestGroups_sumUpThoseWhoAreInThem(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		for _, labels := range [][]string{nil, {"red", "a&b", "green"}} {
			board := namedBoard(random, manyNames(random, nodesAtMost+1+random.IntN(200)), labels...)
			v := boardView{board: &board}
			n := v.network(board.Pairs, networkQuery{})
			require.True(t, n.grouped)
			of := map[*dashboard.Application]string{}
			for _, g := range v.groups(members(board.Pairs), networkQuery{}) {
				for _, a := range g.members {
					of[a] = g.name
				}
			}
			between := map[string][]dashboard.State{}
			for _, p := range board.Pairs {
				key := of[p.Consumer] + " to " + of[p.Provider]
				between[key] = append(between[key], p.Worst)
			}
			require.Len(t, n.edges, len(between))
			for _, e := range n.edges {
				from, to := n.nodes[e.from], n.nodes[e.to]
				states := between[from.name+" to "+to.name]
				require.Contains(t, states, e.state, e.title)
				for _, one := range states {
					require.LessOrEqual(t, dashboard.Worse(e.state, one), 0, "%s: %s is worse than %s", e.title, one, e.state)
				}
				if from.size == 1 && to.size == 1 {
					require.Equal(t, from.name+" needs "+to.name+": "+titles[e.state], e.title)
					continue
				}
				require.Contains(t, e.title, ": "+counted(len(states), "integration"))
				for _, bad := range []dashboard.State{dashboard.Fails, dashboard.NotKnown, dashboard.Awaited} {
					count := len(slices.DeleteFunc(slices.Clone(states), func(s dashboard.State) bool { return s != bad }))
					require.Equal(t, count > 0, strings.Contains(e.title, fmt.Sprintf(", %d %s", count, titles[bad])), "%s: %d of %s", e.title, count, bad)
				}
			}
		}
	})
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
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
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
