package web_test

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// modelPair is an integration as the test has made it: its contract, and what came of it.
type modelPair struct {
	consumer, provider string
	// state is that of the filters and the downloads: verified, failed or not-known.
	state string
	// published is the place among all publications.
	published int
}

// model is what a random broker has, and answers as plainly as possible what its pages
// ought to show.
type model struct {
	pairs  []modelPair
	labels map[string]string
	there  map[string]bool
	team   []string
}

// oddNames are names of applications that want to be quoted somewhere.
var oddNames = []string{`=HYPERLINK("x")`, "+1", "-2", "@SUM", `a"b`, `a\`, "a,b;c", "a#quot;b", "`code`", "<i>&amp;", "İstanbul", "web-7", "Web-70", "straße", `x|y]z`, "日本 app"}

// invented is a broker with a random network of applications, each in one version.
func invented(t *testing.T) (*testbroker.Broker, model) {
	random := testrandom.New(t)
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	b := testbroker.New(t, testbroker.At(func() time.Time { return now }))
	m := model{labels: map[string]string{}, there: map[string]bool{}}
	for _, i := range random.Perm(len(oddNames) * len(oddNames))[:40] {
		now = now.Add(time.Minute)
		p := modelPair{consumer: oddNames[i/len(oddNames)], provider: oddNames[i%len(oddNames)], published: len(m.pairs)}
		made := b.Pact(p.consumer, "1").Branch("main").Saying(testbroker.Content(p.consumer, p.provider, "a request", fmt.Sprint("of ", i))).With(p.provider)
		p.state = []string{"verified", "failed", "not-known"}[random.IntN(3)]
		switch p.state {
		case "verified":
			made.VerifiedBy("1")
		case "failed":
			made.FailedBy("1")
		}
		b.Version(p.provider, "1", "main")
		m.pairs = append(m.pairs, p)
	}
	for _, name := range m.names() {
		if random.IntN(3) == 0 {
			m.labels[name] = []string{"red", "a&b"}[random.IntN(2)]
			b.Put("/pacticipants/"+url.PathEscape(name)+"/labels/"+url.PathEscape(m.labels[name]), nil).OK()
		}
		if random.IntN(2) == 0 {
			m.there[name] = true
			b.Deploy(name, "1", "test")
		}
		if random.IntN(4) == 0 {
			m.team = append(m.team, name)
		}
	}
	m.team = append(m.team, m.pairs[0].consumer)
	now = now.AddDate(0, 1, 0) // nobody waits for results any longer
	b.Put("/api/v1/teams/Core", testbroker.Object{"applications": slices.Compact(slices.Sorted(slices.Values(m.team)))}).OK(http.StatusCreated)
	return b, m
}

// names are those of all applications that have a contract.
func (m model) names() []string {
	all := map[string]bool{}
	for _, p := range m.pairs {
		all[p.consumer], all[p.provider] = true, true
	}
	return slices.Sorted(maps.Keys(all))
}

// fitting are the pairs that a query of the first page asks for.
func (m model) fitting(query url.Values) (found []modelPair) {
	either := func(p modelPair, is func(name string) bool) bool { return is(p.consumer) || is(p.provider) }
	for _, p := range m.pairs {
		name, label, team, around := query.Get("name"), query.Get("label"), query.Get("team"), query.Get("around")
		fits := (name == "" || either(p, func(n string) bool { return strings.Contains(strings.ToLower(n), strings.ToLower(name)) })) &&
			(label == "" || either(p, func(n string) bool { return m.labels[n] == label })) &&
			(team == "" || team == "Core" && either(p, func(n string) bool { return slices.Contains(m.team, n) })) &&
			(query.Get("environment") == "" || query.Get("environment") == "test" && m.there[p.consumer] && m.there[p.provider]) &&
			(query.Get("status") == "" || query.Get("status") == p.state)
		if around != "" {
			fits = either(p, func(n string) bool { return n == around })
		}
		if fits {
			found = append(found, p)
		}
	}
	return found
}

func (p modelPair) String() string { return p.consumer + " > " + p.provider }

func named(pairs []modelPair) []string {
	names := make([]string, len(pairs))
	for i, p := range pairs {
		names[i] = p.String()
	}
	return names
}

// pairsOn are the pairs that the lists of a page show, in their order.
func pairsOn(page element) (found []string) {
	for _, body := range page.all("tbody") {
		for _, row := range body.all("tr") {
			if names := row.all("a", "class", "name"); len(names) > 1 {
				found = append(found, names[0].text()+" > "+names[1].text())
			}
		}
	}
	return found
}

// leafed is what all pages of a list show, from the first to the last by its links, and
// back again.
func leafed(t *testing.T, b *testbroker.Broker, address string, shown func(element) []string) (found []string) {
	t.Helper()
	total, path, backwards := -1, strings.SplitN(address, "?", 2)[0], []string(nil)
	for pages := 0; ; pages++ {
		require.Less(t, pages, 100, "%s: there is always another page", address)
		page := visited(t, b, address)
		here := shown(page)
		if foot := regexp.MustCompile(`(\d+) to (\d+) of (\d+)`).FindStringSubmatch(page.text()); foot != nil {
			require.Equal(t, len(found)+1, number(t, foot[1]), "where a page begins: %s", address)
			require.Equal(t, len(found)+len(here), number(t, foot[2]), "where a page ends: %s", address)
			total = number(t, foot[3])
		}
		found = append(found, here...)
		if back := page.all("a", "rel", "prev"); len(back) > 0 {
			require.Equal(t, backwards, shown(visited(t, b, path+back[0].is("href"))), "the page before %s", address)
		} else {
			require.Zero(t, pages, "no way back from %s", address)
		}
		backwards = here
		next := page.all("a", "rel", "next")
		if len(next) == 0 {
			break
		}
		address = path + next[0].is("href")
	}
	if total >= 0 {
		require.Len(t, found, total, "as many as the foot says")
	}
	return found
}

// Every list of integrations has those that fit, each once, whatever is asked and however
// long a page is, in the order that is asked for, and counts them right.
func TestLists_ofIntegrationsAreWhatAPlainFilterFinds(t *testing.T) {
	b, m := invented(t)
	for _, query := range []url.Values{
		{}, {"name": {"a"}}, {"name": {"WEB-7"}}, {"name": {"i"}}, {"name": {`"`}}, {"name": {"nobody"}}, {"label": {"red"}}, {"label": {"a&b"}}, {"label": {"nothing"}}, {"environment": {"test"}}, {"environment": {"nowhere"}},
		{"team": {"Core"}}, {"status": {"failed"}}, {"status": {"verified"}}, {"status": {"not-known"}}, {"status": {"external"}}, {"name": {"b"}, "status": {"failed"}, "environment": {"test"}}, {"team": {"Core"}, "label": {"red"}},
	} {
		want := m.fitting(query)
		for _, size := range []string{"", "7", "1000"} {
			asked := maps.Clone(query)
			if size != "" {
				asked["size"] = []string{size}
			}
			require.ElementsMatch(t, named(want), leafed(t, b, "/?"+asked.Encode(), pairsOn), "/?%s", asked.Encode())
		}
		page := visited(t, b, "/?"+query.Encode())
		without := maps.Clone(query)
		delete(without, "status")
		for _, choice := range page.one(t, "nav", "aria-label", "Status").all("a") {
			led, err := url.Parse(choice.is("href"))
			require.NoError(t, err)
			require.Equal(t, len(m.fitting(led.Query())), number(t, choice.one(t, "b").text()), "%s of %s", choice.text(), query.Encode())
			asked := led.Query()
			delete(asked, "status")
			require.Equal(t, without, asked, "a state is chosen, all else stays")
			_, current := choice.attribute("aria-current")
			require.Equal(t, led.Query().Get("status") == query.Get("status"), current, choice.text())
		}
		if query.Get("status") == "" {
			network := leafed(t, b, "/network?size=11&"+query.Encode(), pairsOn)
			require.ElementsMatch(t, named(want), network, "/network?%s", query.Encode())
			lead := visited(t, b, "/network?"+query.Encode()).one(t, "p", "class", "lead").text()
			require.True(t, strings.HasPrefix(lead, fmt.Sprintf("%d integration", len(want))), "%s: %s", query.Encode(), lead)
		}
	}
	lower := func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	}
	worst := map[string]int{"failed": 0, "not-known": 1, "verified": 2}
	for sort, order := range map[string]func(a, b modelPair) int{
		"consumer": func(a, b modelPair) int { return cmp.Or(lower(a.consumer, b.consumer), lower(a.provider, b.provider)) },
		"provider": func(a, b modelPair) int { return cmp.Or(lower(a.provider, b.provider), lower(a.consumer, b.consumer)) },
		"contract": func(a, b modelPair) int { return b.published - a.published },
		"": func(a, b modelPair) int {
			return cmp.Or(worst[a.state]-worst[b.state], lower(a.consumer, b.consumer), lower(a.provider, b.provider))
		},
	} {
		require.Equal(t, named(slices.SortedFunc(slices.Values(m.pairs), order)), leafed(t, b, "/?size=9&sort="+sort, pairsOn), "sorted by %q", sort)
	}
}

// What stands around an application is each pair of it once, also where it needs itself,
// and its own page says the same.
func TestNetwork_aroundAnApplicationHasEachPairOnce(t *testing.T) {
	b, m := invented(t)
	if self := (modelPair{consumer: "web-7", provider: "web-7", state: "verified"}); !slices.Contains(named(m.pairs), self.String()) {
		b.Pact("web-7", "1").Branch("main").With("web-7").VerifiedBy("1")
		m.pairs = append(m.pairs, self)
	}
	for _, name := range m.names() {
		want := named(m.fitting(url.Values{"around": {name}}))
		require.ElementsMatch(t, want, leafed(t, b, "/network?size=5&around="+url.QueryEscape(name), pairsOn), name)
		page := visited(t, b, "/pacticipants/"+url.PathEscape(name))
		for id, role := range map[string]func(p modelPair) bool{
			"cp": func(p modelPair) bool { return p.provider == name }, "cc": func(p modelPair) bool { return p.consumer == name },
		} {
			var of []string
			for _, p := range m.pairs {
				if role(p) {
					of = append(of, p.String())
				}
			}
			section := page.all("section", "aria-labelledby", id)
			if len(of) == 0 {
				require.Empty(t, section, name)
				continue
			}
			require.ElementsMatch(t, of, pairsOn(section[0]), name)
			require.Contains(t, section[0].text(), fmt.Sprintf("as %s · %d", map[string]string{"cp": "provider", "cc": "consumer"}[id], len(of)))
		}
	}
}

// The files that other programs draw have the pairs of the page, whatever applications
// are called, and none of them is a formula.
func TestNetwork_filesHaveThePairsOfThePage(t *testing.T) {
	b, m := invented(t)
	states := map[string]string{"verified": "works", "failed": "fails", "not-known": "not_known"}
	for _, query := range []url.Values{{}, {"name": {"a"}}, {"label": {"red"}}, {"around": {m.pairs[0].provider}}, {"name": {"nobody"}}} {
		var want []string
		for _, p := range m.fitting(query) {
			want = append(want, p.String()+" "+states[p.state])
		}
		file := func(as string) string {
			asked := maps.Clone(query)
			asked["as"] = []string{as}
			return string(b.Visit("/network/download?" + asked.Encode()).OK(http.StatusOK).Body)
		}
		rows, err := csv.NewReader(strings.NewReader(file("csv"))).ReadAll()
		require.NoError(t, err)
		require.Equal(t, []string{"consumer", "provider", "state"}, rows[0])
		var found []string
		for _, row := range rows[1:] {
			for i, field := range row {
				require.NotContains(t, "=+-@\t\r", field[:1], "a spreadsheet would take %q for a formula", field)
				if rest, quoted := strings.CutPrefix(field, "'"); quoted {
					row[i] = rest
				}
			}
			found = append(found, row[0]+" > "+row[1]+" "+row[2])
		}
		require.ElementsMatch(t, want, found, "CSV of %s", query.Encode())

		found = nil
		for _, edge := range regexp.MustCompile(`(?m)^  ("(?:[^"\\]|\\.)*") -> ("(?:[^"\\]|\\.)*") \[label="(\w+)"\]$`).FindAllStringSubmatch(file("dot"), -1) {
			consumer, err := strconv.Unquote(edge[1])
			require.NoError(t, err)
			provider, err := strconv.Unquote(edge[2])
			require.NoError(t, err)
			found = append(found, consumer+" > "+provider+" "+edge[3])
		}
		require.ElementsMatch(t, want, found, "DOT of %s", query.Encode())

		found = nil
		for _, edge := range regexp.MustCompile(`(?m)^  a\d+\["([^"]*)"\] -->\|([\w ]+)\| a\d+\["([^"]*)"\]$`).FindAllStringSubmatch(file("mermaid"), -1) {
			require.NotContains(t, edge[1]+edge[3], "`", "Mermaid would take it for Markdown")
			found = append(found, mermaidText(edge[1])+" > "+mermaidText(edge[3])+" "+strings.ReplaceAll(edge[2], " ", "_"))
		}
		require.ElementsMatch(t, want, found, "Mermaid of %s", query.Encode())
	}
}

// mermaidText is a text as Mermaid reads it: #quot; and #35; stand for characters.
func mermaidText(written string) string {
	return regexp.MustCompile(`#(\w+);`).ReplaceAllStringFunc(written, func(entity string) string {
		name := entity[1 : len(entity)-1]
		if code, err := strconv.Atoi(name); err == nil {
			return string(rune(code))
		}
		return map[string]string{"quot": `"`, "lt": "<", "gt": ">", "amp": "&"}[name]
	})
}

// The page of environments has each application that is somewhere, once, and says of each
// environment how many are there.
func TestEnvironments_haveWhatIsDeployed(t *testing.T) {
	b, m := invented(t)
	applications := func(page element) (found []string) {
		for _, row := range page.one(t, "main").all("tr") {
			if head := row.all("th", "scope", "row"); len(head) > 0 {
				found = append(found, head[0].text())
			}
		}
		return found
	}
	want := slices.Sorted(maps.Keys(m.there))
	for _, size := range []string{"", "?size=3"} {
		require.ElementsMatch(t, want, leafed(t, b, "/environments"+size, applications))
	}
	for _, query := range []string{"name=A", "label=red", "team=Core", "name=b&team=Core"} {
		asked, err := url.ParseQuery(query)
		require.NoError(t, err)
		var fitting []string
		for _, name := range want {
			if strings.Contains(strings.ToLower(name), strings.ToLower(asked.Get("name"))) && (asked.Get("label") == "" || m.labels[name] == asked.Get("label")) && (asked.Get("team") == "" || slices.Contains(m.team, name)) {
				fitting = append(fitting, name)
			}
		}
		require.ElementsMatch(t, fitting, applications(visited(t, b, "/environments?"+query)), query)
	}
	all := visited(t, b, "/environments")
	require.Equal(t, fmt.Sprintf("test %d application%s", len(want), map[bool]string{false: "s"}[len(want) == 1]), all.one(t, "thead").all("th")[1].text())
	require.ElementsMatch(t, want, applications(visited(t, b, "/environments/"+b.Environment("test"))))
	b.Deploy(want[0], "1", "lonely")
	require.Contains(t, visited(t, b, "/environments/"+b.Environment("lonely")).text(), "There now 1 application ")
}
