package moving

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// side is a small broker that answers questions by their path, and with their query
// where a question is put there. What it has no answer for is not there.
type side map[string]string

// small is a broker with two applications, one of which is in production.
func small() side {
	return side{
		"/":             `{"_links":{"pb:pacticipants":{"href":"/pacticipants"}}}`,
		"/pacticipants": `{"_embedded":{"pacticipants":[{"name":"Shop","mainBranch":"main"},{"name":"Stock","repositoryUrl":"https://git/stock"}]}}`,
		"/environments": `{"_embedded":{"environments":[{"uuid":"e1","name":"prod & co","production":true}]}}`,
		"/integrations": `{"_embedded":{"integrations":[{"consumer":{"name":"Shop"},"provider":{"name":"Stock"}}]}}`,
		"/webhooks":     `{"_links":{"pb:webhooks":[{"href":"http://b/webhooks/w2"},{"href":"http://b/webhooks/w1"}]}}`,
		"/pacts/latest": `{"pacts":[{"_links":{"self":[{"href":"http://b/pacts/provider/Stock/consumer/Shop/version/1"}]}}]}`,
		"/pacts/provider/Stock/consumer/Shop/version/1":                     `{"a": 1.0,"createdAt":"x","_links":{"pb:pact-version":{"href":"http://b/pacts/provider/Stock/consumer/Shop/pact-version/abc"}}}`,
		"/environments/e1/deployed-versions/currently-deployed":             `{"_embedded":{"deployedVersions":[{"uuid":"d1","_embedded":{"pacticipant":{"name":"Stock"},"version":{"number":"7"}}}]}}`,
		"/environments/e1/released-versions/currently-supported":            `{"_embedded":{"releasedVersions":[]}}`,
		"/pacticipants/Shop/versions/1":                                     `{"number":"1","_links":{"pb:pact-versions":[{"href":"http://b/pacts/provider/Stock/consumer/Shop/version/1"},{"href":"http://b/pacts/provider/Stock/consumer/Shop/version/1"}]}}`,
		"/pacticipants/Stock/versions/7":                                    `{"number":"7","_links":{"pb:pact-versions":[]}}`,
		"/pacticipants/Shop/versions":                                       `{"_embedded":{"versions":[{"number":"1","createdAt":"2026-03-01T10:00:00Z","_embedded":{"branchVersions":[{"name":"main","latest":true}],"tags":[{"name":"prod"},{"name":"dev"}]}}]}}`,
		"/pacticipants/Stock/versions":                                      `{"_embedded":{"versions":[{"number":"7"}]}}`,
		"/can-i-deploy?pacticipant=Shop&version=1&environment=prod+%26+co":  `{"summary":{"deployable":true,"success":1},"matrix":[{"consumer":{"name":"Shop","version":{"number":"1"}},"provider":{"name":"Stock","version":{"number":"7"}},"verificationResult":{"success":true,"_links":{"self":{"href":"http://b/pacts/provider/Stock/consumer/Shop/pact-version/abc/verification-results/3"}}}}]}`,
		"/can-i-deploy?pacticipant=Stock&version=7&environment=prod+%26+co": `{"summary":{"deployable":null,"unknown":1}}`,
		"/pacts/provider/Stock/for-verification":                            `{"_embedded":{"pacts":[{"verificationProperties":{"pending":true},"_links":{"self":{"href":"http://b/pacts/provider/Stock/consumer/Shop/pact-version/abc"}}}]}}`,
		"/pacts/provider/Shop/for-verification":                             `{"_embedded":{"pacts":[]}}`,
	}
}

func (s side) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, known := s[r.URL.EscapedPath()]
	if !known {
		answer, known = s[r.URL.EscapedPath()+"?"+r.URL.RawQuery]
	}
	if status := 0; strings.HasPrefix(answer, "status ") {
		_, _ = fmt.Sscanf(answer, "status %d", &status)
		w.WriteHeader(status)
		return
	}
	if !known {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = io.WriteString(w, answer) // the client's side of the test tells if this fails
}

func (s side) with(path, answer string) side {
	other := maps.Clone(s)
	other[path] = answer
	return other
}

func (s side) without(path string) side {
	other := maps.Clone(s)
	delete(other, path)
	return other
}

func compareSides(t *testing.T, here, there http.Handler, options CompareOptions) (Comparison, error) {
	t.Helper()
	a, b := httptest.NewServer(here), httptest.NewServer(there)
	defer a.Close()
	defer b.Close()
	return Compare(t.Context(), Remote{URL: a.URL, Pause: time.Microsecond}, Remote{URL: b.URL, Pause: time.Microsecond}, options)
}

func TestCompare_findsNoDifferenceBetweenEquals(t *testing.T) {
	done, known := 0, 0
	found, err := compareSides(t, small(), small(), CompareOptions{Progress: func(_ string, n, of int) {
		require.LessOrEqual(t, n, of)
		done, known = n, of
	}})
	require.NoError(t, err)
	require.Empty(t, found.Differences)
	require.Zero(t, found.Wrong())
	require.Equal(t, map[string]int{
		"applications": 1, "environments": 1, "integrations": 1, "webhooks": 1, "deployed and supported": 2, "versions, branches and tags": 2,
		"latest contracts": 1, "contracts of versions": 2, "contents": 1, "can I deploy": 2, "pacts to verify": 8,
	}, found.Asked)
	all := 0
	for _, n := range found.Asked {
		all += n
	}
	require.Equal(t, all, done)
	require.Equal(t, all, known, "it was known at the end how many there are")
}

// All contracts of a broker may differ, and be large.
func TestCompare_tellsOfLargeAnswersWhereTheyDiffer(t *testing.T) {
	const path = "/pacts/provider/Stock/consumer/Shop/version/1"
	large := func(said string) side {
		b := small()
		b[path] = strings.Replace(b[path], "1.0", `"`+strings.Repeat("ü", 1<<20)+said+strings.Repeat("x", 1<<20)+`"`, 1)
		return b
	}
	found, err := compareSides(t, large("one"), large("other"), CompareOptions{})
	require.NoError(t, err)
	require.Len(t, found.Differences, 1)
	d := found.Differences[0]
	require.Contains(t, d.Here, "üonex")
	require.Contains(t, d.There, "üotherx")
	for _, told := range []string{d.Here, d.There} {
		require.Less(t, len(told), 20<<10)
		require.True(t, utf8.ValidString(told))
		require.True(t, strings.HasPrefix(told, "…") && strings.HasSuffix(told, "…"))
	}
}

// Each of these differs in one answer, and is found by one question.
func TestCompare_findsWhatDiffers(t *testing.T) {
	const toProd = "/can-i-deploy?pacticipant=Shop&version=1&environment=prod+%26+co"
	for name, tt := range map[string]struct {
		path, answer string
		question     string
		here, there  string
	}{
		"a repository":           {"/pacticipants", strings.Replace(small()["/pacticipants"], "git/stock", "git/other", 1), "applications", "git/stock", "git/other"},
		"a main branch":          {"/pacticipants", strings.Replace(small()["/pacticipants"], `"main"`, `"trunk"`, 1), "applications", "Shop main=main", "Shop main=trunk"},
		"production":             {"/environments", strings.Replace(small()["/environments"], "true", "false", 1), "environments", "production=true", "production=false"},
		"an integration":         {"/integrations", `{}`, "integrations", "Shop and Stock", ""},
		"a webhook":              {"/webhooks", `{"_links":{"pb:webhooks":[{"href":"http://b/webhooks/w1"}]}}`, "webhooks", "w1\nw2", "w1"},
		"what is deployed":       {"/environments/e1/deployed-versions/currently-deployed", strings.Replace(small()["/environments/e1/deployed-versions/currently-deployed"], `"uuid":"d1"`, `"uuid":"d1","applicationInstance":"blue"`, 1), "deployed and supported", "d1 Stock 7", "blue"},
		"a tag":                  {"/pacticipants/Shop/versions", strings.Replace(small()["/pacticipants/Shop/versions"], `{"name":"dev"}`, `{"name":"test"}`, 1), "versions, branches and tags", "tags=dev,prod", "tags=prod,test"},
		"a head":                 {"/pacticipants/Shop/versions", strings.Replace(small()["/pacticipants/Shop/versions"], `"latest":true`, `"latest":false`, 1), "versions, branches and tags", "main latest=true", "main latest=false"},
		"the latest contract":    {"/pacts/latest", `{"pacts":[]}`, "latest contracts", "Shop 1 to Stock", ""},
		"a digit of a content":   {"/pacts/provider/Stock/consumer/Shop/version/1", strings.Replace(small()["/pacts/provider/Stock/consumer/Shop/version/1"], "1.0", "1", 1), "contents", `{"a": 1.0}`, `{"a": 1}`},
		"the name of a content":  {"/pacts/provider/Stock/consumer/Shop/version/1", strings.Replace(small()["/pacts/provider/Stock/consumer/Shop/version/1"], "pact-version/abc", "pact-version/abd", 1), "contents", "abc\n", "abd\n"},
		"what a version has":     {"/pacticipants/Shop/versions/1", `{"number":"1"}`, "contracts of versions", "Shop 1 to Stock", ""},
		"a verdict":              {toProd, strings.Replace(small()[toProd], `"deployable":true`, `"deployable":false`, 1), "can I deploy", "deployable=true", "deployable=false"},
		"the number of a result": {toProd, strings.Replace(small()[toProd], "results/3", "results/4", 1), "can I deploy", "no. 3", "no. 4"},
		"what is pending":        {"/pacts/provider/Stock/for-verification", strings.Replace(small()["/pacts/provider/Stock/for-verification"], `"pending":true`, `"pending":false`, 1), "pacts to verify", "abc pending=true", "abc pending=false"},
		"what is refused":        {"/pacts/provider/Shop/for-verification", "status 400", "pacts to verify", "", "refused with 400"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NotEqual(t, small()[tt.path], tt.answer, "the answer is changed")
			found, err := compareSides(t, small(), small().with(tt.path, tt.answer), CompareOptions{})
			require.NoError(t, err)
			require.NotEmpty(t, found.Differences)
			for _, d := range found.Differences {
				require.Equal(t, tt.question, d.Question)
				require.Equal(t, Wrong, d.Class)
				require.Contains(t, d.Here, tt.here)
				require.Contains(t, d.There, tt.there)
				require.NotEqual(t, d.Here, d.There)
				require.True(t, strings.HasPrefix(d.Path, "/"), d.Path)
			}
			require.Equal(t, len(found.Differences), found.Wrong())
		})
	}
}

// What is deployed is asked about although something later was published, and so are
// heads: their contracts decide what may be deployed. Each is asked for once.
func TestCompare_findsOtherContentsOfVersionsThatAreNotTheLatest(t *testing.T) {
	const contract = "/pacts/provider/Stock/consumer/Shop/version/0"
	version := `{"number":"0","_links":{"pb:pact-versions":[{"href":"http://b` + contract + `"}]}}`
	for name, with := range map[string]func(side) side{
		"deployed": func(s side) side {
			return s.with("/environments/e1/deployed-versions/currently-deployed", `{"_embedded":{"deployedVersions":[{"uuid":"d1","_embedded":{"pacticipant":{"name":"Shop"},"version":{"number":"0"}}}]}}`)
		},
		"supported": func(s side) side {
			return s.with("/environments/e1/released-versions/currently-supported", `{"_embedded":{"releasedVersions":[{"uuid":"r1","_embedded":{"pacticipant":{"name":"Shop"},"version":{"number":"0"}}}]}}`)
		},
		"head of a branch": func(s side) side {
			return s.with("/pacticipants/Shop/versions", `{"_embedded":{"versions":[{"number":"0","createdAt":"2026-03-01T10:00:00Z","_embedded":{"branchVersions":[{"name":"old","latest":true}]}}]}}`)
		},
		"head of a tag": func(s side) side {
			return s.with("/pacticipants/Shop/versions", `{"_embedded":{"versions":[{"number":"0","_embedded":{"tags":[{"name":"prod"},{"name":"dev"}]}}]}}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			here := &asking{side: with(small().with("/pacticipants/Shop/versions/0", version)).with(contract, `{"a":1}`)}
			found, err := compareSides(t, here, here.side.with(contract, `{"a":2}`), CompareOptions{})
			require.NoError(t, err)
			require.Equal(t, []Difference{{Question: "contents", Path: contract, Here: "\n" + `{"a":1}`, There: "\n" + `{"a":2}`, Class: Wrong}}, found.Differences)
			require.Len(t, here.questions(contract+" "), 2, "it is asked for once, and again since it differs")
		})
	}
}

// Reports of two runs can be laid side by side.
func TestCompare_tellsTheSameInTheSameOrder(t *testing.T) {
	here, there := small(), small()
	for path := range there {
		if strings.HasPrefix(path, "/can-i-deploy") || strings.HasSuffix(path, "/versions") || strings.HasSuffix(path, "/for-verification") {
			there = there.without(path)
		}
	}
	first, err := compareSides(t, here, there, CompareOptions{})
	require.NoError(t, err)
	require.Greater(t, len(first.Differences), 10)
	for range 20 {
		again, err := compareSides(t, here, there, CompareOptions{})
		require.NoError(t, err)
		require.Equal(t, first, again)
	}
}

// That one broker has nothing where the other has something is a difference, too.
func TestCompare_findsWhatIsNotThere(t *testing.T) {
	for _, path := range []string{"/environments", "/integrations", "/pacts/latest", "/pacticipants/Shop/versions", "/pacts/provider/Stock/for-verification"} {
		found, err := compareSides(t, small().without(path), small(), CompareOptions{})
		require.NoError(t, err, path)
		require.NotEmpty(t, found.Differences, path)
		require.Equal(t, "not there", found.Differences[0].Here, path)
	}
	nothing := small().without("/webhooks")
	found, err := compareSides(t, nothing, nothing, CompareOptions{})
	require.NoError(t, err)
	require.Empty(t, found.Differences, "nothing on both sides is the same")
}

// flipping answers one question differently the first time.
type flipping struct {
	side
	path  string
	first string
	mutex sync.Mutex
	asked int
}

func (f *flipping) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if r.URL.Path == f.path {
		if f.asked++; f.asked == 1 {
			_, _ = io.WriteString(w, f.first) // as above
			return
		}
	}
	f.side.ServeHTTP(w, r)
}

func TestCompare_tellsWhatMovedFromWhatIsWrong(t *testing.T) {
	moved := &flipping{side: small(), path: "/integrations", first: `{"_embedded":{"integrations":[]}}`}
	found, err := compareSides(t, small(), moved, CompareOptions{})
	require.NoError(t, err)
	require.Equal(t, []Difference{{Question: "integrations", Path: "/integrations?" + everything, Here: "Shop and Stock", There: "", Class: Moved, Why: "they agreed when they were asked again"}}, found.Differences)
	require.Zero(t, found.Wrong(), "somebody wrote meanwhile; that speaks against nothing")
}

// What departs is excused only where the other broker answers what a Pact Broker would,
// by the rows that are here.
func TestCompare_knowsDeliberateDeparturesByWhatThePactBrokerOverlooks(t *testing.T) {
	const deployed, question = "/environments/e1/deployed-versions/currently-deployed", "/can-i-deploy?pacticipant=Shop&version=1&environment=prod+%26+co"
	version := func(number string) string {
		return `{"uuid":"d` + number + `","_embedded":{"pacticipant":{"name":"Stock"},"version":{"number":"` + number + `"}}}`
	}
	two := small().with(deployed, `{"_embedded":{"deployedVersions":[`+version("7")+`,`+version("8")+`]}}`).
		with(`/can-i-deploy?pacticipant=Stock&version=8&environment=prod+%26+co`, `{"summary":{}}`)
	answer := func(deployable string, rows ...string) side {
		return two.with(question, `{"summary":{"deployable":`+deployable+`},"matrix":[`+strings.Join(rows, ",")+`]}`)
	}
	row := func(version, result string) string {
		if result != "" {
			success, number, _ := strings.Cut(result, " ")
			result = `,"verificationResult":{"success":` + success + `,"_links":{"self":{"href":"http://b/verification-results/` + number + `"}}}`
		}
		return `{"consumer":{"name":"Shop","version":{"number":"1"}},"provider":{"name":"Stock","version":{"number":"` + version + `"}}` + result + `}`
	}
	accord := func(s side) side { return s.with("/api/v1/about", `{"version":"1.0.0"}`) }
	overlooked, unknown := answer("true", row("7", "true 3")), answer("null", row("7", "true 3"), row("8", ""))
	for name, tt := range map[string]struct {
		here, there side
		want        Class
	}{
		"a version without a result is overlooked":      {unknown, overlooked, Known},
		"an Accord overlooks none":                      {unknown, accord(overlooked), Wrong},
		"one that answers something else there":         {unknown, answer("true", row("7", "true 4")), Wrong},
		"one whose verdict does not follow":             {unknown, answer("false", row("7", "true 3")), Wrong},
		"one that overlooks the one with a result":      {unknown, answer("null", row("8", "")), Wrong},
		"a result flipped with several versions":        {answer("false", row("7", "false 3"), row("8", "true 4")), answer("true", row("7", "true 3"), row("8", "true 4")), Wrong},
		"a result flipped beside one without":           {answer("null", row("7", "false 3"), row("8", "")), overlooked, Wrong},
		"a failure beside one without a result":         {answer("null", row("7", "false 3"), row("8", "")), answer("false", row("7", "false 3")), Known},
		"the last result hides the failure before":      {answer("false", row("7", "false 3"), row("8", "true 4")), answer("true", row("8", "true 4")), Known},
		"the failure before hides the last result":      {answer("false", row("7", "false 3"), row("8", "true 4")), answer("false", row("7", "false 3")), Wrong},
		"several versions without a result in one row":  {answer("null", row("7", ""), row("8", "")), answer("null", row("", "")), Known},
		"several versions without a result, and a yes":  {answer("null", row("7", ""), row("8", "")), answer("true"), Wrong},
		"a verdict here that does not follow":           {answer("false", row("7", "true 3"), row("8", "")), overlooked, Wrong},
		"the same rows and another verdict":             {answer("false", row("7", "true 3")), overlooked, Wrong},
		"fewer rows here":                               {answer("false"), overlooked, Wrong},
		"a no there and nothing of it in the rows here": {overlooked, answer("false"), Wrong},
		"no answer there":                               {unknown, two.without(question), Wrong},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := compareSides(t, tt.here, tt.there, CompareOptions{})
			require.NoError(t, err)
			require.Len(t, found.Differences, 1, "%+v", found.Differences)
			require.Equal(t, tt.want, found.Differences[0].Class)
			require.Equal(t, tt.want == Known, found.Differences[0].Why != "")
		})
	}
}

func TestCompare_excusesWorkInProgressOfAnImportOverHTTP(t *testing.T) {
	const path = "/pacts/provider/Stock/for-verification"
	pact := func(sha, wip string) string {
		return `{"verificationProperties":{"pending":true,"wip":` + wip + `},"_links":{"self":{"href":"http://b/pacts/provider/Stock/consumer/Shop/pact-version/` + sha + `"}}}`
	}
	with := func(pacts ...string) side {
		return small().with(path, `{"_embedded":{"pacts":[`+strings.Join(pacts, ",")+`]}}`)
	}
	for name, tt := range map[string]struct {
		here, there side
		overHTTP    bool
		want        Class
	}{
		"work in progress":                {with(pact("abc", "false")), with(pact("abc", "false"), pact("def", "true")), true, Lost},
		"work in progress of a database":  {with(pact("abc", "false")), with(pact("abc", "false"), pact("def", "true")), false, Wrong},
		"what is no work in progress":     {with(pact("abc", "false")), with(pact("abc", "false"), pact("def", "false")), true, Wrong},
		"another one in its place":        {with(pact("abc", "true")), with(pact("def", "true")), true, Lost},
		"a settled one missing beside it": {with(pact("def", "true")), with(pact("abc", "false")), true, Wrong},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := compareSides(t, tt.here, tt.there, CompareOptions{OverHTTP: tt.overHTTP})
			require.NoError(t, err)
			require.NotEmpty(t, found.Differences)
			for _, d := range found.Differences {
				require.Equal(t, tt.want, d.Class)
			}
		})
	}
}

// asking keeps what was asked of a side.
type asking struct {
	side
	mutex sync.Mutex
	asked []string
}

func (a *asking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // what is missing is seen in the test
	a.mutex.Lock()
	a.asked = append(a.asked, r.Method+" "+r.URL.RequestURI()+" "+string(body))
	a.mutex.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(body))
	a.side.ServeHTTP(w, r)
}

func (a *asking) questions(path string) (found []string) {
	for _, line := range a.asked {
		if strings.Contains(line, path) {
			found = append(found, line)
		}
	}
	return found
}

func TestCompare_asksAboutHeadsThatHaveChanged(t *testing.T) {
	changed := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	versions := `{"_embedded":{"versions":[
		{"number":"3","createdAt":"2026-03-01T10:00:00Z","_embedded":{"branchVersions":[{"name":"main","latest":true}]}},
		{"number":"2","createdAt":"2025-01-01T10:00:00Z","updatedAt":"2026-03-01T10:00:00Z","_embedded":{"branchVersions":[{"name":"feat","latest":true}]}},
		{"number":"1","createdAt":"2025-01-01T10:00:00Z","_embedded":{"branchVersions":[{"name":"old","latest":true},{"name":"main","latest":false}]}}]}}`
	for name, tt := range map[string]struct {
		since time.Time
		want  []string
	}{
		"all":               {time.Time{}, []string{"3", "2", "1"}},
		"since they did":    {changed.Add(-time.Second), []string{"3", "2"}},
		"since after it":    {changed, nil},
		"since long before": {changed.AddDate(-5, 0, 0), []string{"3", "2", "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			here := &asking{side: small().with("/pacticipants/Shop/versions", versions)}
			_, err := compareSides(t, here, here.side, CompareOptions{Since: tt.since})
			require.NoError(t, err)
			var got []string
			for _, number := range []string{"3", "2", "1"} {
				if len(here.questions("/can-i-deploy?pacticipant=Shop&version="+number+"&")) > 0 {
					got = append(got, number)
				}
			}
			require.Equal(t, tt.want, got)
		})
	}
}

// Where there are no environments, tags stand for the places where versions are.
func TestCompare_asksWhatGoesToWhereTagsStand(t *testing.T) {
	here := &asking{side: small().with("/environments", `{"_embedded":{"environments":[]}}`)}
	_, err := compareSides(t, here, here.side, CompareOptions{})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"GET /can-i-deploy?pacticipant=Shop&version=1&to=prod ", "GET /can-i-deploy?pacticipant=Shop&version=1&to=dev "}, here.questions("/can-i-deploy"))
}

func TestCompare_asksForPactsAsProvidersDo(t *testing.T) {
	here := &asking{side: small()}
	_, err := compareSides(t, here, here.side, CompareOptions{WorkInProgressSince: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)})
	require.NoError(t, err)
	asked := here.questions("/pacts/provider/Shop/for-verification")
	require.Len(t, asked, 4)
	var selectors []any
	for _, line := range asked {
		var question map[string]any
		require.NoError(t, json.Unmarshal([]byte(line[strings.Index(line, "{"):]), &question))
		require.Equal(t, true, question["includePendingStatus"])
		require.Equal(t, "main", question["providerVersionBranch"])
		require.Equal(t, "2026-01-02", question["includeWipPactsSince"])
		selectors = append(selectors, question["consumerVersionSelectors"].([]any)...)
	}
	require.ElementsMatch(t, []any{map[string]any{"mainBranch": true}, map[string]any{"deployedOrReleased": true}, map[string]any{"tag": "prod", "latest": true}, map[string]any{"tag": "dev", "latest": true}}, selectors)
	for _, line := range here.questions("/pacts/provider/Stock/for-verification") {
		require.NotContains(t, line, "providerVersionBranch", "Stock has no main branch")
		require.NotContains(t, line, "includeWipPactsSince", "and so no work in progress")
	}
}

func TestCompare_saysWhichOfTheTwoCannotBeAsked(t *testing.T) {
	for name, tt := range map[string]struct {
		there side
		says  string
	}{
		"no broker":           {side{"/": `<html>`}, "there is no Pact Broker at this address"},
		"one that fails":      {small().with("/integrations", "status 503"), "keeps failing"},
		"one that may not":    {small().with("/integrations", "status 401"), "does not let these credentials read"},
		"one of another mind": {small().with("/integrations", `<html>`), "no JSON"},
		"a list of no list":   {small().with("/integrations", `{"_embedded":{"integrations":7}}`), "no JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := httptest.NewServer(small()), httptest.NewServer(tt.there)
			defer a.Close()
			defer b.Close()
			_, err := Compare(t.Context(), Remote{URL: a.URL}, Remote{URL: b.URL, Pause: time.Microsecond}, CompareOptions{})
			require.ErrorIs(t, err, ErrCannotAsk)
			require.ErrorContains(t, err, b.URL)
			require.NotContains(t, err.Error(), a.URL)
			require.ErrorContains(t, err, tt.says)
		})
	}
	for _, remotes := range [][2]Remote{{{URL: "x"}, {URL: "http://b"}}, {{URL: "http://b"}, {URL: "x"}}} {
		_, err := Compare(t.Context(), remotes[0], remotes[1], CompareOptions{})
		require.ErrorContains(t, err, "must be https://host")
	}
}

// Answers of any shape are differences or errors, and never end the program.
func FuzzCompare_views(f *testing.F) {
	for _, answer := range small() {
		f.Add([]byte(answer))
	}
	f.Add([]byte(`{"_embedded":{"pacts":[null,{"_links":{"self":[]}}]}}`))
	c := &comparing{}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, see := range []view{func(body []byte) (string, error) { v, err := readVerdict(body); return v.String(), err }, c.toVerify, lines("pacts", true, func(i map[string]any) string { return member(i, "a", "b", "c") })} {
			first, err := see(body)
			if err != nil {
				require.ErrorIs(t, err, errUnreadable)
				continue
			}
			again, err := see(body)
			require.NoError(t, err)
			require.Equal(t, first, again)
		}
	})
}
