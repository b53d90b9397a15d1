package web

import (
	"math"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/matrix"
)

// noon is when the tables of this file are read.
var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

const aDay = 24 * time.Hour

func TestMoments_tellHowLongAgo(t *testing.T) {
	for age, want := range map[time.Duration]struct{ ago, since string }{
		-time.Hour:                   {"just now", "just now"},
		0:                            {"just now", "just now"},
		time.Minute - 1:              {"just now", "just now"},
		time.Minute:                  {"1 min ago", "for 1 min"},
		2*time.Minute - 1:            {"1 min ago", "for 1 min"},
		time.Hour - 1:                {"59 min ago", "for 59 min"},
		time.Hour:                    {"1 h ago", "for 1 h"},
		aDay - 1:                     {"23 h ago", "for 23 h"},
		aDay:                         {"1 d ago", "for 1 d"},
		60 * aDay:                    {"60 d ago", "for 60 d"},
		60*aDay + 1:                  {"30 Sep", "since 30 Sep"},
		332*aDay + 12*time.Hour:      {"1 Jan", "since 1 Jan"},
		332*aDay + 12*time.Hour + 1:  {"31 Dec 2025", "since 31 Dec 2025"},
		time.Duration(math.MaxInt64): {"20 Aug 1734", "since 20 Aug 1734"},
	} {
		m, at := moments{noon}, noon.Add(-age)
		told := m.ago(at)
		require.Equal(t, want.ago, told.Text, age)
		require.Equal(t, want.since, m.since(at).Text, age)
		require.Equal(t, at.Format(time.RFC3339), told.ISO)
		require.Equal(t, at.Format("2006-01-02 15:04 UTC"), told.Full)
		elsewhere := moments{noon.In(time.FixedZone("", 14*60*60))}.ago(at.In(time.FixedZone("", -11*60*60)))
		require.Equal(t, told, elsewhere, "where one is makes no difference")
	}
	require.Empty(t, moments{noon}.ago(time.Time{}), "what has never been has no time")
	require.Empty(t, moments{noon}.since(time.Time{}))
}

func TestTimes_areWrittenInFull(t *testing.T) {
	at := time.Date(2026, 3, 1, 1, 2, 3, 999, time.FixedZone("", 2*60*60))
	require.Equal(t, moment{ISO: "2026-02-28T23:02:03Z", Full: "2026-02-28 23:02:03 UTC", Text: "28 Feb 2026, 23:02 UTC"}, inFull(at))
	require.Equal(t, moment{ISO: "2026-02-28T23:02:03Z", Full: "2026-02-28 23:02 UTC", Text: "28 Feb 2026"}, onDay(at))
	require.Equal(t, moment{ISO: "2026-02-28T23:02:03Z", Full: "2026-02-28 23:02 UTC", Text: "2026-02-28 23:02 UTC"}, onMinute(at))
}

// What is far away is told in years, which one can imagine.
func TestStateOfToken_saysHowLongItGoesOn(t *testing.T) {
	ending := func(left time.Duration) time.Time { return noon.Add(left) }
	for name, c := range map[string]struct {
		ends, revoked time.Time
		word, kind    string
	}{
		"for good":                        {word: "Never", kind: "unsure"},
		"a nanosecond":                    {ends: ending(1), word: "In less than a minute", kind: "unsure"},
		"less than a minute":              {ends: ending(time.Minute - 1), word: "In less than a minute", kind: "unsure"},
		"a minute":                        {ends: ending(time.Minute), word: "In 1 min", kind: "unsure"},
		"an hour":                         {ends: ending(time.Hour), word: "In 1 h", kind: "unsure"},
		"as long as is soon":              {ends: ending(access.EndsSoon), word: "In 14 d", kind: "unsure"},
		"longer than that":                {ends: ending(access.EndsSoon + 1), word: "In 14 d"},
		"a year":                          {ends: noon.AddDate(1, 0, 0), word: "In 365 d"},
		"nearly two years":                {ends: noon.AddDate(2, 0, 0).Add(-1), word: "In 730 d"},
		"two years":                       {ends: noon.AddDate(2, 0, 0), word: "In 2 years"},
		"nearly three years":              {ends: noon.AddDate(3, 0, 0).Add(-1), word: "In 2 years"},
		"a long time":                     {ends: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC), word: "In 72 years"},
		"longer than a duration can last": {ends: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), word: "In 7973 years"},
		"now":                             {ends: noon, word: "Expired", kind: "no"},
		"lately":                          {ends: ending(-access.EndedLately + 1), word: "Expired", kind: "no"},
		"long ago":                        {ends: ending(-access.EndedLately), word: "Expired"},
		"revoked":                         {ends: ending(-1), revoked: ending(-1), word: "Revoked"},
		"revoked now":                     {ends: noon, revoked: noon, word: "Revoked"},
		"replaced":                        {ends: ending(time.Hour), revoked: ending(time.Hour), word: "Replaced, ends in 1 h"},
		"replaced, nearly over":           {ends: ending(time.Second), revoked: ending(time.Second), word: "Replaced, ends in less than a minute"},
	} {
		said := moments{noon}.stateOfToken(access.Token{RevokedAt: c.revoked}, c.ends)
		require.Equal(t, c.word, said.Word, name)
		require.Equal(t, c.kind, said.Kind, name)
	}
}

func TestCounted_knowsOneFromMany(t *testing.T) {
	for want, c := range map[string]struct {
		n   int
		one string
	}{
		"0 integrations": {0, "integration"}, "1 integration": {1, "integration"}, "2 integrations": {2, "integration"}, "1 delivery": {1, "delivery"}, "2 deliveries": {2, "delivery"}, "0 deliveries": {0, "delivery"},
		"3 days": {3, "day"}, "2 keys": {2, "key"}, "4 queries": {4, "query"}, "1 more reason": {1, "more reason"}, "2 more reasons": {2, "more reason"},
	} {
		require.Equal(t, want, counted(c.n, c.one))
	}
	require.Equal(t, "1 needs somebody.", needing(1))
	require.Equal(t, "2 need somebody.", needing(2))
	require.Equal(t, "1 webhook fills", fillers(1))
	require.Equal(t, "0 webhooks fill", fillers(0))
	require.Equal(t, "Delete it", deleteButton("it", 0))
	require.Equal(t, "Delete it and 1 thing with it", deleteButton("it", 1))
	require.Equal(t, "Delete it and 2 things with it", deleteButton("it", 2))
}

func TestContents_saysHowMuchIsInAContract(t *testing.T) {
	for want, c := range map[string][2]int{
		"0 interactions": {0, 0}, "1 interaction": {1, 0}, "2 interactions": {2, 0}, "1 message": {0, 1}, "2 messages": {0, 2}, "1 interaction, 3 messages": {1, 3}, "2 interactions, 1 message": {2, 1},
	} {
		require.Equal(t, want, contents(c[0], c[1]))
	}
}

func TestLost_saysWhatGoesWithAVersion(t *testing.T) {
	require.Equal(t, "their contents stay, because other versions have published them", lost(0, 0))
	require.Equal(t, "their contents stay, because other versions have published them", lost(3, 0))
	require.Equal(t, "the contents of 1 are lost, because no other version has published them", lost(3, 1))
	require.Equal(t, "their contents are lost, because no other version has published them", lost(3, 3))
}

func TestListed_isASentence(t *testing.T) {
	for want, names := range map[string][]string{"a": {"a"}, "a and b": {"a", "b"}, "a, b and c": {"a", "b", "c"}} {
		require.Equal(t, want, listed(names))
	}
}

// Who would break is told by name as long as that can be read.
func TestAffected_namesThreeAndCountsTheOthers(t *testing.T) {
	of := func(names ...string) *dashboard.Application {
		provider := &dashboard.Application{}
		provider.Name = "Stock"
		for _, name := range names {
			consumer := &dashboard.Application{}
			consumer.Name = name
			provider.Consumers = append(provider.Consumers, &dashboard.PairSummary{Consumer: consumer, Provider: provider})
		}
		return provider
	}
	for want, consumers := range map[string][]string{
		"A":                  {"A"},
		"A and b":            {"b", "A"},
		"A, b and c":         {"c", "b", "A"},
		"A, b, c and D":      {"c", "b", "A", "D"},
		"A, b, c and 2 more": {"c", "b", "e", "A", "D"},
	} {
		said, _, _ := strings.Cut(affected(of(consumers...)), " would break if Stock")
		require.Equal(t, want, said)
	}
	require.Empty(t, affected(of()))
	for n, want := range []string{"No consumer relies on it", "1 consumer relies on it", "2 consumers rely on it"} {
		require.Equal(t, want, relying(of(slices.Repeat([]string{"x"}, n)...)))
	}
}

// Versions are cut so that a list can be read, but never so that two letters become half
// of one.
func TestShort_cutsWhatIsLong(t *testing.T) {
	sha := strings.Repeat("0123456789abcdef", 3)[:40]
	for number, want := range map[string]string{
		"": "", "1.0.0": "1.0.0", sha: "01234567", strings.ToUpper(sha): "0123456789ABCDEF01234567…", sha[:39]: "0123456789abcdef01234567…", sha + "0": "0123456789abcdef01234567…",
		strings.Repeat("x", 24): strings.Repeat("x", 24), strings.Repeat("x", 25): strings.Repeat("x", 24) + "…", strings.Repeat("😀", 25): strings.Repeat("😀", 24) + "…",
	} {
		require.Equal(t, want, short(number), number)
		word := confirmation(short(number))
		require.True(t, strings.HasPrefix(number, word), "what is asked for is a part of %q: %q", number, word)
	}
	require.Equal(t, "Deploy 01234567 and 01234567, not x"+sha, shortened("Deploy "+sha+" and "+sha+", not x"+sha))
	require.Equal(t, strings.Repeat("é", nameInABox), shortName(strings.Repeat("é", nameInABox)))
	require.Equal(t, strings.Repeat("é", nameInABox-1)+"…", shortName(strings.Repeat("é", nameInABox+1)))
}

// Names stand in an order that does not depend on what else is in the list.
func TestByText_isAnOrder(t *testing.T) {
	require.True(t, slices.IsSortedFunc([]string{"", "A", "a", "B", "b", "ba", "É", "é"}, byText))
	signs := func(n int) int { return min(max(n, -1), 1) }
	require.NoError(t, quick.Check(func(a, b, c string) bool {
		transitive := byText(a, b) > 0 || byText(b, c) > 0 || byText(a, c) <= 0
		return signs(byText(a, b)) == -signs(byText(b, a)) && (byText(a, b) == 0) == (a == b) && transitive
	}, nil))
}

func TestTargetName_saysWhereTo(t *testing.T) {
	for want, target := range map[string]matrix.Target{
		"production": {Environment: "production"}, "what is tagged prod": {Tag: "prod", Latest: true}, "the main branches": {MainBranch: true}, "the latest versions": {Latest: true},
	} {
		require.Equal(t, want, targetName(target))
	}
}

func TestAudit_tellsOperationsAndValuesInWords(t *testing.T) {
	for operation, want := range map[string]string{
		"createToken": "Create token", "v1ListWebhooks": "List webhooks", "publish": "Publish", "sign in": "Sign in", "": "", "DELETE": "DELETE",
	} {
		require.Equal(t, want, inWords(operation))
	}
	for want, value := range map[string]any{
		"nothing": nil, "7": 7.0, "true": true, "main": "main", "a, b c": []any{"a", "b c"}, "1234567": 1234567.0, "0.5": 0.5, `{"role":"viewer"}`: map[string]any{"role": "viewer"},
	} {
		require.Equal(t, want, valueInWords(value))
	}
	for _, nothing := range []any{"", []any{}} {
		require.Equal(t, "nothing", valueInWords(nothing))
	}
	row := auditWords{}.row
	once := row(moments{noon}, audit.Entry{Origin: audit.Origin{Action: "deleteAnything", Through: "basic_auth"}, Outcome: audit.Forbidden, Count: 1})
	require.Equal(t, []any{sentence{{Text: "Delete anything"}, {Text: ", not allowed"}}, true, "nobody known", "basic auth"}, []any{once.What, once.Refused, once.Who, once.Through})
	token := row(moments{noon}, audit.Entry{Origin: audit.Origin{Through: "token 85c22aca-a20a-4a27-9c4b-515ad0edad2f"}})
	require.Equal(t, []string{"token 85c22aca…", "token 85c22aca-a20a-4a27-9c4b-515ad0edad2f"}, []string{token.Through, token.Whole})
	require.Equal(t, "3 times", row(moments{noon}, audit.Entry{Outcome: audit.Throttled, Count: 3}).Times)
}

func TestCleanedUp_saysWhatCameOfIt(t *testing.T) {
	for want, d := range map[string]events.Data{
		"0 versions deleted": {},
		"1 version deleted":  {Deleted: map[string]int64{"versions": 1}, Outcome: "done"},
		"7 versions deleted, the rest is for the next time": {Deleted: map[string]int64{"versions": 7}, Outcome: "out_of_time"},
		"2 versions deleted, then it failed":                {Deleted: map[string]int64{"versions": 2}, Outcome: "failed"},
	} {
		require.Equal(t, want, cleanedUp(d))
	}
}

// What was made and what is gone are told without what was not there.
func TestChangeInWords(t *testing.T) {
	for want, change := range map[string]audit.Change{
		"role: viewer":                       {What: "role", After: "viewer"},
		"role: no longer viewer":             {What: "role", Before: "viewer", After: ""},
		"role: viewer became admin":          {What: "role", Before: "viewer", After: "admin"},
		"applications: Web, App":             {What: "applications", Before: []any{}, After: []any{"Web", "App"}},
		"applications: no longer Web":        {What: "applications", Before: []any{"Web"}},
		"enabled: true became false":         {What: "enabled", Before: true, After: false},
		"secret: nothing became nothing":     {What: "secret"},
		"seats: 10000000 became 10000000000": {What: "seats", Before: 1e7, After: 1e10},
	} {
		require.Equal(t, want, changeInWords(change))
	}
}

// Where a form leads back to is a page of this broker, however it is written.
func TestWithin_leadsNowhereElse(t *testing.T) {
	for _, path := range []string{"", "/broker"} {
		for _, ours := range []string{path + "/", path + "/matrix?a=b&c=//d", path + "/a%2Fb", path + "/pacticipants/x:y"} {
			require.Equal(t, ours, within(path, ours), path)
		}
		for _, theirs := range []string{"", "x", "https://evil.example" + path + "/", "//evil.example" + path + "/", "/\\evil.example", path + "/\\x", "javascript:alert(1)", "\thttps://evil.example", "/%zz", "///evil.example", "http:/x", "mailto:x@y"} {
			require.Equal(t, path+"/", within(path, theirs), theirs)
		}
	}
	require.Equal(t, "/broker/", within("/broker", "/brokers/x"))
	require.Equal(t, "/broker/", within("/broker", "/"))
	require.Equal(t, "/broker/", within("/broker", "/broker"))
}

func TestWebAddress_isOneThatABrowserOpens(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "http://": false, "https://": false, "http://a": true, "https://a": true, "https://ci.example.org/1": true, "ftp://a.example": false, "javascript:alert(1)//https://": false, "//a.example": false, "httpx://a.example": false, "HTTPS://A.EXAMPLE": true,
	} {
		require.Equal(t, want, webAddress(text), text)
	}
}

func TestGapsIn_areWhatATemplateLeavesOpen(t *testing.T) {
	for template, want := range map[string][]string{
		"/pacticipants": nil, "/pacticipants/{pacticipant}": {"pacticipant"}, "/a/{b}/c/{d-e_f.1}": {"b", "d-e_f.1"}, "/a/{}": nil, "/a/{b c}": nil, "/a/{b": nil, "/a?x={y}&z={y}": {"y", "y"},
	} {
		require.Equal(t, want, gapsIn(template), template)
	}
}

// The members of an object stay in the order in which they were written, whatever is
// in them; what is no object has none.
func TestMembersOf_keepTheirOrder(t *testing.T) {
	for text, want := range map[string][]string{
		`{"b":1,"a":{"c":[1,{"d":2}]},"b":3}`: {"b=1", `a={"c":[1,{"d":2}]}`, "b=3"}, `{}`: nil, `[1]`: nil, `"x"`: nil, ``: nil, `null`: nil, `{"a"`: nil, `{"":null}`: {"=null"},
	} {
		var found []string
		for _, m := range membersOf([]byte(text)) {
			found = append(found, m.Name+"="+string(m.Value))
		}
		require.Equal(t, want, found, text)
	}
}

func TestIndented_endsWhereAPageWouldBeTooLong(t *testing.T) {
	text, cut := indented([]byte(`{"a":[1,2]}`))
	require.Equal(t, "{\n  \"a\": [\n    1,\n    2\n  ]\n}", text)
	require.False(t, cut)
	text, cut = indented([]byte("no JSON"))
	require.Equal(t, "no JSON", text)
	require.False(t, cut)
	text, cut = indented([]byte(strings.Repeat("é", bodyShown/2)))
	require.Len(t, text, bodyShown)
	require.False(t, cut)
	text, cut = indented([]byte("x" + strings.Repeat("é", bodyShown/2)))
	require.Len(t, text, bodyShown-1, "no half of a letter")
	require.True(t, cut)
	require.Equal(t, "not asked for", brief(nil))
	require.Equal(t, strings.Repeat("é", changeShown)+"…", brief([]byte(strings.Repeat("é", changeShown+1))))
	require.Equal(t, strings.Repeat("é", changeShown), brief([]byte(strings.Repeat("é", changeShown))))
}

func TestChangedText_saysWhatWasChanged(t *testing.T) {
	for want, d := range map[string]events.Data{
		"was changed: main branch, repository URL": {Properties: []string{"main_branch", "repository_url"}},
		"was changed ":                 {Action: "updated"},
		"was changed: display name":    {Action: "updated", Properties: []string{"display_name"}},
		"is a new environment ":        {Action: "created"},
		"is no longer an environment ": {Action: "deleted"},
	} {
		text, which := environmentText(d)
		require.Equal(t, want, text+" "+which)
	}
}
