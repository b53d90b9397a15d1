package web_test

import (
	"encoding/xml"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/links"
)

// drawing is a picture that was taken along, as a program reads it.
type drawing struct {
	Title  string `xml:"title"`
	Desc   string `xml:"desc"`
	Groups []struct {
		Title string `xml:"title"`
		Paths []struct {
			Class string `xml:"class,attr"`
		} `xml:"path"`
	} `xml:"g"`
	Links []struct {
		Href  string `xml:"href,attr"`
		Title string `xml:"title"`
	} `xml:"a"`
}

// stateWords are the states of the model as pictures say them, with the class of the line.
var stateWords = map[string][2]string{"verified": {"works", "wire yes"}, "failed": {"fails", "wire no"}, "not-known": {"not known", "wire unsure"}}

// saying is what pictures say of some pairs, and the class of the line of each.
func saying(pairs []modelPair) (titles []string, lines map[string]string, names map[string]bool) {
	lines, names = map[string]string{}, map[string]bool{}
	for _, p := range pairs {
		title := p.consumer + " needs " + p.provider + ": " + stateWords[p.state][0]
		titles = append(titles, title)
		names[p.consumer], names[p.provider] = true, true
		if p.consumer != p.provider {
			lines[title] = stateWords[p.state][1]
		}
	}
	return titles, lines, names
}

// The picture that is taken along has a box for each application, which leads to the
// broker from wherever it is shown, and a line for each pair; the matrix and the picture
// of the page say the same, whatever applications are called.
func TestNetwork_picturesHaveThePairsOfTheList(t *testing.T) {
	b, m := invented(t)
	for _, query := range []url.Values{{}, {"name": {"a"}}, {"label": {"red"}}, {"team": {"Core"}}, {"environment": {"test"}}, {"name": {"web-7"}, "label": {"a&b"}}, {"name": {"nobody"}}} {
		pairs := m.fitting(query)
		titles, lines, names := saying(pairs)
		page := visited(t, b, "/network?"+query.Encode())
		checkDownload(t, b.Visit(page.with(t, "a", "SVG").is("href")).OK(http.StatusOK).Body, lines, names)
		matrices := page.all("svg", "class", "dsm")
		if len(pairs) == 0 {
			require.Empty(t, matrices, query.Encode())
			continue
		}
		checkMatrix(t, matrices[0], pairs)

		asked := maps.Clone(query)
		asked["view"] = []string{"picture"}
		page = visited(t, b, "/network?"+asked.Encode())
		if len(pairs) > 4*len(names) && len(names) > 8 {
			require.True(t, page.has("p", "So many of these need each other"), query.Encode())
			continue
		}
		picture := page.one(t, "svg", "class", "pic whole")
		said, rest := picture.one(t, "desc").text(), len("; ")*(len(titles)-1)
		for _, title := range titles {
			require.Contains(t, said, title, query.Encode())
			rest += len(title)
		}
		require.Len(t, said, rest, "each pair is told once")
		drawn := map[string]string{}
		for _, group := range picture.all("g") {
			if paths := group.all("path"); len(paths) > 0 {
				drawn[group.one(t, "title").text()] = paths[0].is("class")
			}
		}
		require.Equal(t, lines, drawn, query.Encode())
	}
}

func checkDownload(t *testing.T, body []byte, lines map[string]string, names map[string]bool) {
	t.Helper()
	var picture drawing
	require.NoError(t, xml.Unmarshal(body, &picture), "%s", body)
	require.Equal(t, "Network", picture.Title)
	drawn, boxes := map[string]string{}, map[string]bool{}
	for _, group := range picture.Groups {
		require.Len(t, group.Paths, 2, "a line and its head")
		drawn[group.Title] = group.Paths[0].Class
	}
	require.Equal(t, lines, drawn)
	for _, link := range picture.Links {
		boxes[link.Title] = true
		require.Equal(t, "http://broker.test/network?around="+url.QueryEscape(link.Title), link.Href)
	}
	require.Equal(t, names, boxes)
	if len(names) == 0 {
		require.Equal(t, "No integration", picture.Desc)
	}
}

// checkMatrix checks that the mark of each pair stands in the row of its consumer and in
// the column of its provider, has the look of its state, and leads to its contract.
func checkMatrix(t *testing.T, matrix element, pairs []modelPair) {
	t.Helper()
	rows := map[int]string{}
	for _, row := range matrix.all("text", "text-anchor", "end") {
		of := element{row.Parent}
		rows[number(t, row.is("y"))-14] = of.one(t, "title").text()
	}
	columns := map[int]string{}
	for _, column := range matrix.all("text") {
		if turned, is := strings.CutPrefix(column.is("transform"), "translate("); is {
			columns[number(t, strings.Fields(turned)[0])-14] = element{column.Parent}.one(t, "title").text()
		}
	}
	looks := map[string]string{"y": "verified", "xb": "failed", "qb": "not-known"}
	var found []modelPair
	for _, mark := range matrix.all("a") {
		rect := mark.all("rect")
		if len(rect) == 0 {
			continue // the name of a row
		}
		p := modelPair{consumer: rows[number(t, rect[0].is("y"))-3], provider: columns[number(t, rect[0].is("x"))-3], state: looks[rect[0].is("class")]}
		require.Equal(t, links.Base("").Pact(p.provider, p.consumer, "1"), mark.is("href"))
		require.Equal(t, p.consumer+" needs "+p.provider+": "+stateWords[p.state][0], mark.is("aria-label"))
		found = append(found, p)
	}
	want := make([]modelPair, len(pairs))
	for i, p := range pairs {
		want[i] = modelPair{consumer: p.consumer, provider: p.provider, state: p.state}
	}
	require.ElementsMatch(t, want, found)
}

// Beside the matrix stand those whom most need, and what fails; below it what its marks
// mean.
func TestShowNetwork_saysWhatItsMatrixShows(t *testing.T) {
	b, _ := company(t)
	page := visited(t, b, "/network")
	require.Equal(t, []string{"customer-accounts 3 consumers", "payments 3 consumers", "stock 3 consumers", "order-service 2 consumers", "pricing 2 consumers"}, texts(page.one(t, "section", "aria-labelledby", "mn").all("li")))
	require.Equal(t, []string{"order-service fails shipping"}, texts(page.one(t, "section", "aria-labelledby", "fg").all("li")))
	require.Equal(t, "Works Fails Not known External", page.one(t, "ul", "class", "legend").text())
	for _, address := range []string{"/network?view=picture", "/network?around=order-service"} {
		require.Contains(t, visited(t, b, address).one(t, "ul", "class", "legend").text(), "External", address)
	}
	require.Empty(t, visited(t, b, "/network?environment=staging").all("section", "aria-labelledby", "fg"), "nothing fails there")
}

// The name of the application in the middle is not cut as long as it is of a common length.
func TestShowApplication_drawsWholeNames(t *testing.T) {
	b, _ := company(t)
	for _, name := range []string{"notification-worker", "customer-accounts", "storefront-bff"} {
		require.Equal(t, name, visited(t, b, "/pacticipants/"+name).one(t, "text", "class", "self-t").text())
	}
}

// A path is a chain: each application on it stands there once.
func TestShowNetwork_namesEachOnAPathOnce(t *testing.T) {
	b, _ := company(t)
	path := visited(t, b, "/network?from=checkout-web&to=stock").one(t, "section", "aria-labelledby", "ps").one(t, "li")
	require.Equal(t, []string{"checkout-web", "storefront-bff", "stock"}, texts(path.all("a")))
}
