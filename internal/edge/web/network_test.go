package web_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// chain is a broker in which each of some pairs, written "consumer>provider", has
// a contract that works, or fails where a cross stands behind it.
func chain(t *testing.T, pairs ...string) *testbroker.Broker {
	b := testbroker.New(t)
	for _, pair := range pairs {
		pair, fails := strings.CutSuffix(pair, "x")
		consumer, provider, _ := strings.Cut(pair, ">")
		pact := b.Pact(consumer, "1").With(provider)
		if fails {
			pact.FailedBy("1")
		} else {
			pact.VerifiedBy("1")
		}
	}
	return b
}

func TestNetwork_findsPathsBetweenTwo(t *testing.T) {
	b := chain(t, "Web>Shop", "Shop>Stock", "Shop>Mail", "Mail>Stockx", "Stock>Shop", "Web>Stock", "Other>Web")
	for name, c := range map[string]struct {
		from, to string
		paths    []string
		said     string
	}{
		"directly and over others": {"Web", "Stock", []string{"Web works Stock", "Web works Shop Shop works Stock", "Web works Shop Shop works Mail Mail fails Stock"}, "3 paths from Web to Stock"},
		"over one that needs it":   {"Other", "Mail", []string{"Other works Web Web works Shop Shop works Mail", "Other works Web Web works Stock Stock works Shop Shop works Mail"}, "2 paths"},
		"only the other way":       {"Mail", "Web", nil, "Mail does not need Web, and nobody whom it needs does. But Web needs Mail."},
		"to itself":                {"Web", "Web", nil, "0 paths"},
	} {
		page := visited(t, b, "/network?from="+c.from+"&to="+c.to)
		require.Contains(t, page.one(t, "main").text(), c.said, name)
		if len(c.paths) == 0 {
			require.True(t, page.has("h2", "No path"), name)
			continue
		}
		require.Equal(t, c.paths, texts(page.one(t, "section", "aria-labelledby", "ps").all("li")), name)
	}
	b.Visit("/network?from=Nobody&to=Web").OK(http.StatusNotFound)
	b.Visit("/network?from=Web&to=Nobody").OK(http.StatusNotFound)
	b.Visit("/network/download?as=csv&from=Web&to=Nobody").OK(http.StatusNotFound)
}

func TestNetwork_isDrawnFromConsumersToProviders(t *testing.T) {
	b := chain(t, "Web>Shop", "Shop>Stockx", "Web>Stock", "Stock>Shop", "Shop>Shop")
	page := visited(t, b, "/network?view=picture")
	picture := page.one(t, "svg", "class", "pic whole")
	at := map[string]string{}
	for _, box := range picture.all("a") {
		at[box.one(t, "title").text()] = box.one(t, "rect").is("x")
	}
	require.Equal(t, map[string]string{"Web": "12", "Shop": "272", "Stock": "532"}, at, "a circle is cut open")
	require.Len(t, picture.all("path", "class", "wire no"), 2, "a line and its arrow")
	require.Contains(t, picture.one(t, "desc").text(), "Shop needs Stock: fails")
	require.Len(t, picture.all("use", "href", "#i-no"), 1, "what fails has its shape, too")
	matrix := visited(t, b, "/network").one(t, "svg", "class", "dsm")
	require.Len(t, matrix.all("rect", "class", "xb"), 1)
	require.Len(t, matrix.all("rect", "class", "y"), 4)
}

func TestNetwork_isNarrowedDown(t *testing.T) {
	b := chain(t, "Web>Shop", "Shop>Stockx")
	b.Put("/pacticipants/Web/labels/front", nil).OK()
	for _, name := range []string{"Web", "Shop"} {
		b.Deploy(name, "1", "test")
	}
	for query, rows := range map[string]int{"": 2, "?label=front": 1, "?environment=test": 1, "?name=stock": 1, "?name=sho": 2, "?around=Shop": 2, "?around=Stock": 1, "?label=front&environment=test": 1} {
		require.Len(t, visited(t, b, "/network"+query).one(t, "tbody").all("tr"), rows, query)
		lines := strings.Split(strings.TrimSpace(string(b.Visit("/network/download"+strings.Replace("?as=csv&"+strings.TrimPrefix(query, "?"), "&&", "&", 1)).OK().Body)), "\n")
		require.Len(t, lines, rows+1, query)
	}
	require.True(t, visited(t, b, "/network?label=nothing").has("h3", "No integration"))
	require.Contains(t, string(b.Visit("/network/download?as=csv&environment=test").OK().Body), `"Web","Shop",works`)
	b.Visit("/network/download?as=exe").OK(http.StatusBadRequest)
	b.Visit("/network?around=Nobody").OK(http.StatusNotFound)
}

func TestNetwork_standsTogetherInGroupsWhereThereAreMany(t *testing.T) {
	many := func(t *testing.T, labelled bool) *testbroker.Broker {
		b := testbroker.New(t)
		for team := range 8 {
			for i := range 10 {
				consumer, provider := fmt.Sprintf("team%d-web-%d", team, i), fmt.Sprintf("team%d-db", (team+i)%8)
				pact := b.Pact(consumer, "1").With(provider)
				if team == 3 && i == 0 {
					pact.FailedBy("1")
				} else {
					pact.VerifiedBy("1")
				}
				if labelled {
					b.Put("/pacticipants/"+consumer+fmt.Sprintf("/labels/label%d", team%2), nil).OK()
				}
			}
		}
		return b
	}
	t.Run("by the first word", func(t *testing.T) {
		b := many(t, false)
		page := visited(t, b, "/network")
		require.True(t, page.has("p", "88 applications are too many"))
		matrix := page.one(t, "svg", "class", "dsm")
		require.Len(t, matrix.all("text", "text-anchor", "end"), 8)
		require.Contains(t, texts(matrix.all("title")), "team3 to team3: 2 integrations, 1 fails")
		group := matrix.with(t, "a", "team3")
		require.Len(t, visited(t, b, group.is("href")).one(t, "svg", "class", "dsm").all("text", "text-anchor", "end"), 26, "the group by itself is drawn one by one")
		require.Len(t, visited(t, b, "/network?view=picture").one(t, "svg", "class", "pic whole").all("a"), 8)
	})
	t.Run("by label", func(t *testing.T) {
		matrix := visited(t, many(t, true), "/network").one(t, "svg", "class", "dsm")
		require.Equal(t, []string{"without a label", "label0", "label1"}, texts(matrix.all("text", "text-anchor", "end")))
	})
}

// A picture that is taken along is well-formed XML, whatever things are called.
func TestNetwork_asSVG(t *testing.T) {
	b := testbroker.New(t)
	b.Pact(`<script>alert(1)</script>`, "1").With(`"&'>`).FailedBy("1")
	answer := b.Visit("/network/download?as=svg").OK()
	require.Equal(t, "image/svg+xml", strings.Split(answer.Header.Get("Content-Type"), ";")[0])
	require.Contains(t, answer.Header.Get("Content-Disposition"), "attachment")
	require.NotContains(t, string(answer.Body), "<script")
	decoder := xml.NewDecoder(strings.NewReader(string(answer.Body)))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			require.NoError(t, err, string(answer.Body))
		}
	}
	require.Equal(t, http.StatusOK, testbroker.New(t).Visit("/network/download?as=svg").Status, "an empty network can be taken along, too")
}

// A line that passes by others does not run through their boxes.
func TestNetwork_leadsLinesPastOthers(t *testing.T) {
	b := chain(t, "A>B", "B>C", "C>D", "A>D")
	page := visited(t, b, "/network?view=picture")
	boxes := map[string][2]int{}
	for _, box := range page.all("a") {
		if rect := box.all("rect", "class", "box"); len(rect) > 0 {
			boxes[box.one(t, "title").text()] = [2]int{number(t, rect[0].is("x")), number(t, rect[0].is("y"))}
		}
	}
	long := ""
	for _, wire := range page.all("g") {
		if titles := wire.all("title"); len(titles) > 0 && strings.HasPrefix(titles[0].text(), "A needs D") {
			long = wire.all("path")[0].is("d")
		}
	}
	require.Equal(t, 2, strings.Count(long, "H"), long)
	for _, straight := range regexp.MustCompile(`(\d+) (\d+)H(\d+)`).FindAllStringSubmatch(long, -1) {
		x, y := number(t, straight[1]), number(t, straight[2])
		for name, at := range boxes {
			require.False(t, at[0] == x && y >= at[1] && y <= at[1]+40, "the line at %d %d runs through %s", x, y, name)
		}
	}
}

// A side without anybody takes no room, so that a narrow window opens on the
// application.
func TestNeighbours_leaveOutASideWithoutAnybody(t *testing.T) {
	b := chain(t, "Web>Api", "Api>Store")
	for application, want := range map[string]struct {
		class, from, width string
		says, not          []string
	}{
		"Web":   {"pic half", "288", "492", []string{"Providers: it needs them"}, []string{"Consumers: they need it"}},
		"Store": {"pic half", "0", "492", []string{"Consumers: they need it"}, []string{"Providers: it needs them"}},
		"Api":   {"pic", "0", "780", []string{"Consumers: they need it", "Providers: it needs them"}, nil},
	} {
		for _, page := range []string{"/network?around=" + application, "/pacticipants/" + application} {
			drawn := visited(t, b, page).one(t, "svg", "class", want.class)
			room := strings.Fields(drawn.is("viewbox") + drawn.is("viewBox"))
			require.Equal(t, []string{want.from, want.width}, []string{room[0], room[2]}, page)
			for _, box := range drawn.all("rect") {
				left, width := number(t, box.is("x")), number(t, box.is("width"))
				require.GreaterOrEqual(t, left, number(t, room[0]), page)
				require.LessOrEqual(t, left+width, number(t, room[0])+number(t, room[2]), page)
			}
			for _, text := range want.says {
				require.Contains(t, drawn.text(), text, page)
			}
			for _, text := range want.not {
				require.NotContains(t, drawn.text(), text, page)
			}
		}
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// Where nearly everybody needs everybody, a picture would be lines and nothing else.
func TestNetwork_showsAMatrixOfATangle(t *testing.T) {
	var pairs []string
	for i := range 10 {
		for j := range 10 {
			if i != j && (i+j)%9 != 0 {
				pairs = append(pairs, fmt.Sprintf("n%d>n%d", i, j))
			}
		}
	}
	page := visited(t, chain(t, pairs...), "/network?view=picture")
	require.True(t, page.has("p", "So many of these need each other"))
	require.NotEmpty(t, page.all("svg", "class", "dsm"))
	require.Empty(t, page.all("svg", "class", "pic whole"))
}
