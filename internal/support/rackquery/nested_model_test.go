package rackquery

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// node is a value of the model: a text, a list of texts, a list of hashes, or a hash.
type node struct {
	kind  string
	text  string
	names []string
	nodes []*node
}

var (
	nestedNames = []string{"a", "pacticipant", "tag", "ü", "b c", "x=y", "100%", "1", "a.b", "&"}
	nestedTexts = []string{"", "x", "a b", "1+1", "ü&=", "[]", "%41", "true", "a[b]=c"}
)

// anyHash is one of so many levels, whose names are different.
func anyHash(random *rand.Rand, depth int) *node {
	h := &node{kind: "hash"}
	for _, i := range random.Perm(len(nestedNames))[:1+random.IntN(4)] {
		h.names = append(h.names, nestedNames[i])
		h.nodes = append(h.nodes, anyNode(random, depth))
	}
	return h
}

func anyNode(random *rand.Rand, depth int) *node {
	switch n := random.IntN(6); {
	case n == 0 && depth > 0:
		return anyHash(random, depth-1)
	case n == 1:
		list := &node{kind: "texts"}
		for range 1 + random.IntN(3) {
			list.nodes = append(list.nodes, anyText(random))
		}
		return list
	case n == 2 && depth > 0:
		list := &node{kind: "hashes"}
		for range 1 + random.IntN(3) {
			element := anyHash(random, 0)
			element.names, element.nodes = append([]string{"first"}, element.names...), append([]*node{anyText(random)}, element.nodes...)
			list.nodes = append(list.nodes, element)
		}
		return list
	}
	return anyText(random)
}

func anyText(random *rand.Rand) *node {
	return &node{kind: "text", text: nestedTexts[random.IntN(len(nestedTexts))]}
}

// pairs are the name and the text of each pair of a query, as Rack builds it.
func (n *node) pairs(name string) (all [][2]string) {
	switch n.kind {
	case "text":
		return [][2]string{{name, n.text}}
	case "texts", "hashes":
		for _, element := range n.nodes {
			all = append(all, element.pairs(name+"[]")...)
		}
		return all
	}
	for i, key := range n.names {
		within := key
		if name != "" {
			within = name + "[" + key + "]"
		}
		all = append(all, n.nodes[i].pairs(within)...)
	}
	return all
}

// written is a query of the pairs, in which brackets and blanks are escaped or not.
func written(random *rand.Rand, pairs [][2]string) string {
	parts := make([]string, len(pairs))
	for i, pair := range pairs {
		name := url.QueryEscape(pair[0])
		if random.IntN(2) == 0 {
			name = strings.NewReplacer("%5B", "[", "%5D", "]").Replace(name)
		}
		text := url.QueryEscape(pair[1])
		if random.IntN(2) == 0 {
			text = strings.ReplaceAll(text, "+", "%20")
		}
		parts[i] = name + "=" + text
	}
	return strings.Join(parts, "&")
}

// shape is what a value of the model is, in the words of shape of a Value.
func (n *node) shape() string {
	parts := make([]string, len(n.nodes))
	for i, within := range n.nodes {
		parts[i] = within.shape()
		if n.kind == "hash" {
			parts[i] = n.names[i] + ":" + parts[i]
		}
	}
	switch n.kind {
	case "text":
		return n.text
	case "hash":
		return "{" + strings.Join(parts, " ") + "}"
	}
	return "[" + strings.Join(parts, " ") + "]"
}

// What Rack builds of a hash is read back as that hash, whatever is in it and however it
// is escaped, and pairs that say nothing change nothing.
func TestParse_readsBackWhatRackBuilds(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		for range 1000 {
			hash := anyHash(random, 3)
			pairs := hash.pairs("")
			raw := written(random, pairs)
			q, err := Parse(raw)
			require.NoError(t, err, raw)
			require.Equal(t, hash.shape(), shape(q.root), raw)
			require.Equal(t, hash.names, q.Names(), raw)

			parts := strings.Split(raw, "&")
			for range random.IntN(4) {
				parts = slices.Insert(parts, random.IntN(len(parts)+1), []string{"", "alone", "=x", "[]=y", "q[][p]"}[random.IntN(5)])
			}
			q, err = Parse(strings.Join(parts, "&"))
			require.NoError(t, err, parts)
			require.Equal(t, hash.shape(), shape(q.root), "what says nothing changes nothing: %q", parts)
		}
	})
}

// Selectors belong together as their order says: each name that the last one has already
// begins another, wherever pairs of other names stand between them.
func TestParse_beginsAnotherSelectorWhereANameComesAgain(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		names := []string{"pacticipant", "version", "latest", "tag", "branch", "mainBranch"}
		for range 700 {
			var selectors [][]string
			var parts []string
			for i := range 1 + random.IntN(12) {
				name := names[random.IntN(len(names))]
				member := fmt.Sprintf("%s:%d", name, i)
				last := len(selectors) - 1
				if last < 0 || slices.ContainsFunc(selectors[last], func(m string) bool { return strings.HasPrefix(m, name+":") }) {
					selectors = append(selectors, nil)
					last++
				}
				selectors[last] = append(selectors[last], member)
				parts = append(parts, []string{"q[][" + name + "]", "q[]" + name, "q%5B%5D%5B" + name + "%5D"}[random.IntN(3)]+fmt.Sprint("=", i))
				if random.IntN(3) == 0 {
					parts = append(parts, "latestby=cvp", "ignore[][pacticipant]=A")
				}
			}
			var want []string
			for _, members := range selectors {
				want = append(want, "{"+strings.Join(members, " ")+"}")
			}
			q, err := Parse(strings.Join(parts, "&"))
			require.NoError(t, err, parts)
			require.Equal(t, "["+strings.Join(want, " ")+"]", shape(q.Value("q")), parts)
		}
	})
}

// One name that is used as two things is refused wherever it stands, and the name is said.
func TestParse_refusesANameThatIsTwoThings(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		uses := map[string]string{"text": "=1", "list": "[]=1", "hash": "[k]=1", "list of hashes": "[][k]=1"}
		for range 100 {
			for one, first := range uses {
				for other, second := range uses {
					if one == other || strings.HasPrefix(one, "list") && strings.HasPrefix(other, "list") {
						continue
					}
					within := strings.Repeat("[w]", random.IntN(4))
					name := "twice" + within
					_, err := Parse(written(random, anyPairs(random)) + "&" + name + first + "&other=x&" + name + second)
					require.Error(t, err, "%s%s and %s", name, first, second)
					key := "twice"
					if within != "" {
						key = "w"
					}
					require.Contains(t, err.Error(), fmt.Sprintf("%q as two different things", key))
				}
			}
		}
	})
}

func anyPairs(random *rand.Rand) [][2]string { return anyHash(random, 2).pairs("") }
