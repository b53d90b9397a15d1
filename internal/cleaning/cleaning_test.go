package cleaning_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/cleaning"
)

var now = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)

func ago(days int) time.Time { return now.AddDate(0, 0, -days) }

// history are the versions of one application, the newest first.
var history = []cleaning.Version{
	{Number: "9", CreatedAt: ago(0), Latest: true, Branches: []cleaning.Branch{{Name: "feat/new", Head: true, UpdatedAt: ago(0)}}},
	{Number: "8", CreatedAt: ago(10), Branches: []cleaning.Branch{{Name: "main", Main: true, Head: true, UpdatedAt: ago(10)}}, Tags: []cleaning.Tag{{Name: "dev", Head: true}}},
	{Number: "7", CreatedAt: ago(20), Branches: []cleaning.Branch{{Name: "main", Main: true, UpdatedAt: ago(10)}}, Tags: []cleaning.Tag{{Name: "dev"}}},
	{Number: "6", CreatedAt: ago(100), Branches: []cleaning.Branch{{Name: "feat/old", Head: true, UpdatedAt: ago(100)}}},
	{Number: "5", CreatedAt: ago(110), Branches: []cleaning.Branch{{Name: "main", Main: true, UpdatedAt: ago(10)}}, Deployed: []string{"test"}},
	{Number: "4", CreatedAt: ago(120), Supported: []string{"production"}},
	{Number: "3", CreatedAt: ago(200), Tags: []cleaning.Tag{{Name: "prod", Head: true}}},
	{Number: "2", CreatedAt: ago(300)},
	{Number: "1", CreatedAt: ago(400), Evidence: true},
}

// gone are the numbers that the rules let go.
func gone(r cleaning.Rules) (numbers string) {
	r.Now, r.LivingFor = now, 90*24*time.Hour
	judge := r.Judge()
	for _, v := range history {
		v.Application, v.Labels = "Foo", []string{"team-a"}
		if stays, because := judge.Keeps(v); !stays {
			numbers += v.Number
		} else if because == "" {
			panic("no reason for " + v.Number)
		}
	}
	return numbers
}

func TestJudge_selectorsKeepWhatTheySelect(t *testing.T) {
	tests := []struct{ selectors, want string }{
		{cleaning.DefaultSelectors, "2"},
		{`[{"latest":true}]`, "7632"},
		{`[{"latest":true},{"max_age":180}]`, "32"},
		{`[{"maxAge":200}]`, "2"},
		{`[{"max_age":199}]`, "32"},
		{`[{"tag":true}]`, "62"},
		{`[{"tag":"prod"}]`, "762"},
		{`[{"tag":"dev","latest":true}]`, "7632"},
		{`[{"branch":true}]`, "32"},
		{`[{"branch":true,"latest":true}]`, "732"},
		{`[{"branch":"feat/old","max_age":30}]`, "7632"},
		{`[{"mainBranch":true}]`, "632"},
		{`[{"pacticipantName":"Foo"}]`, ""},
		{`[{"pacticipant":"Bar"}]`, "7632"},
		{`[{"environment":"nowhere"}]`, "7632"},
	}
	for _, tt := range tests {
		t.Run(tt.selectors, func(t *testing.T) {
			keep, err := cleaning.ParseSelectors(tt.selectors)
			require.NoError(t, err)
			require.Equal(t, tt.want, gone(cleaning.Rules{Keep: keep}))
		})
	}
}

func TestParseSelectors_refusesWhatWouldMeanSomethingElse(t *testing.T) {
	tests := []struct{ selectors, want string }{
		{`[]`, "at least one selector"},
		{`{"latest":true}`, "must be a JSON array"},
		{`[{"latest":true},{"max_ages":3}]`, `selector 2 has the member "max_ages"`},
		{`[{}]`, "says nothing"},
		{`[{"latest":false}]`, "would keep everything"},
		{`[{"max_age":-1}]`, "from 0 to 36500"},
		{`[{"max_age":"x"}]`, "has a max_age that it cannot have"},
		{`[{"branch":3}]`, "has a branch that it cannot have"},
	}
	for _, tt := range tests {
		_, err := cleaning.ParseSelectors(tt.selectors)
		require.ErrorContains(t, err, tt.want, tt.selectors)
	}
	keep, err := cleaning.ParseSelectors(`[{"latest":true}]`)
	require.NoError(t, err)
	require.Equal(t, `[{"latest":true} {"deployed":true} {"released":true}]`, fmt.Sprint(keep))
}

func TestJudge_theFirstSentenceThatSpeaksOfAVersionDecides(t *testing.T) {
	tests := []struct{ rules, want string }{
		{"", ""},
		{"delete versions older than 90 days", "632"},
		{"delete versions younger than 3 weeks", "7"},
		{"keep versions tagged prod; delete versions older than 90 days", "62"},
		{"keep the newest 3 versions; delete versions of Foo", "632"},
		{"keep the newest 2 versions on branch main\ndelete versions on the main branch", ""},
		{"delete versions on branch feat/*", "6"},
		{"delete versions not on any branch", "32"},
		{"delete versions labelled team-* and numbered 3", "3"},
		{"delete versions of Bar", ""},
		{`delete versions of "Foo" in production`, ""},
		{"delete versions not in any environment older than 1 year", ""},
		{"delete the newest 4 versions of Foo", "76"},
		{"delete versions with any tag", "73"},
		{"Delete Versions Older Than 90 Days.", "632"},
		{"Keep the newest 2 versions On branch main. ;\nDELETE versions on the Main Branch.", ""},
		{"Delete versions of foo.", ""},
	}
	for _, tt := range tests {
		t.Run(tt.rules, func(t *testing.T) {
			sentences, err := cleaning.ParseSentences(tt.rules)
			require.NoError(t, err)
			require.Equal(t, tt.want, gone(cleaning.Rules{Sentences: sentences}))
		})
	}
}

func TestJudge_knowsTheStateOfBranches(t *testing.T) {
	on := func(number string, head bool, branches ...cleaning.Branch) cleaning.Version {
		for i := range branches {
			branches[i].Head = head
		}
		return cleaning.Version{Number: number, CreatedAt: ago(50), Branches: branches}
	}
	main := cleaning.Branch{Name: "main", Main: true, UpdatedAt: ago(100)}
	feat := cleaning.Branch{Name: "feat", UpdatedAt: ago(50)}
	old := cleaning.Branch{Name: "old", UpdatedAt: ago(91)}
	done := cleaning.Branch{Name: "done", Closed: true, UpdatedAt: ago(50)}
	mainAgain := cleaning.Branch{Name: "main", Main: true, Closed: true, UpdatedAt: ago(100)}
	versions := []cleaning.Version{on("1", true, main), on("2", true, feat), on("3", true, old), on("4", true, done), on("5", false, done, feat), on("6", false, old, mainAgain), on("7", false)}
	for rule, want := range map[string]string{
		"delete versions on a closed branch":                            "45",
		"delete versions on a closed branch not on an active branch":    "4",
		"delete versions on a stale branch":                             "36",
		"delete versions on a stale branch not on an active branch":     "3",
		"delete versions not on an active branch":                       "347",
		"delete versions on an active branch":                           "56",
		"keep versions on a stale branch; delete versions numbered *":   "457",
		"keep versions on a closed branch; delete versions numbered *":  "367",
		"delete versions on a closed branch older than 60 days":         "",
		"delete versions on a closed branch and not on the main branch": "45",
	} {
		sentences, err := cleaning.ParseSentences(rule)
		require.NoError(t, err)
		judge := (&cleaning.Rules{Sentences: sentences, Now: now, LivingFor: 90 * 24 * time.Hour}).Judge()
		deleted := ""
		for _, v := range versions {
			if stays, _ := judge.Keeps(v); !stays {
				deleted += v.Number
			}
		}
		require.Equal(t, want, deleted, rule)
	}
}

func TestJudge_asksSelectorsWhereNoSentenceSpeaks(t *testing.T) {
	sentences, err := cleaning.ParseSentences("keep versions numbered 2; delete versions numbered 7")
	require.NoError(t, err)
	keep, err := cleaning.ParseSelectors(`[{"max_age":30}]`)
	require.NoError(t, err)
	require.Equal(t, "763", gone(cleaning.Rules{Sentences: sentences, Keep: keep}))
}

func TestParseSentences_saysWhatIsWrong(t *testing.T) {
	tests := []struct{ rule, want string }{
		{"remove versions", "must begin with keep or delete"},
		{"delete branches", `"branches" stands where it must say versions`},
		{"keep the newest few versions", "must be followed by a number"},
		{"delete versions older than soon", "an age is a number"},
		{"delete versions older than 30 parsecs", "an age is a number"},
		{"delete versions on branch", "on branch must be followed by a name"},
		{"delete versions near Foo", `"near" is not understood`},
		{"delete versions near Foo", "on the main branch, on an active branch, on a stale branch, on a closed branch, on any branch, with any tag, in any environment, older than"},
		{"delete versions of Foo and", "nothing follows the last and"},
	}
	for _, tt := range tests {
		_, err := cleaning.ParseSentences(tt.rule)
		require.ErrorContains(t, err, tt.want)
		require.ErrorContains(t, err, "a rule reads like")
	}
}

// The last rule may say what becomes of all that the rules before it do not keep.
func TestParseSentences_takeARuleAboutEverythingBehindOneThatKeeps(t *testing.T) {
	for _, rule := range []string{"delete versions", "delete all versions", "delete versions older than 3 days; delete versions", "delete versions; keep versions of Foo"} {
		_, err := cleaning.ParseSentences(rule)
		require.ErrorContains(t, err, "no rule before it says what to keep", rule)
		require.ErrorContains(t, err, `"delete versions numbered *" means all`)
	}
	for _, last := range []string{"delete versions", "delete all versions", "delete versions numbered *"} {
		sentences, err := cleaning.ParseSentences("keep versions numbered 2; " + last)
		require.NoError(t, err)
		deleted := gone(cleaning.Rules{Sentences: sentences})
		require.NotEmpty(t, deleted)
		require.NotContains(t, deleted, "2")
	}
}

func TestProtected_saysWhy(t *testing.T) {
	rules := cleaning.Rules{Now: now, LivingFor: time.Hour}
	for want, v := range map[string]cleaning.Version{
		"deployed": {Deployed: []string{"test"}}, "supported": {Supported: []string{"test"}},
		"the newest version": {Latest: true}, "the newest with a contract": {NewestContract: true},
		"head of a living branch": {Branches: []cleaning.Branch{{Head: true, UpdatedAt: now}}},
		"an answer rests on it":   {Evidence: true}, "a webhook is to tell of it": {Awaited: true},
		"": {Branches: []cleaning.Branch{{Head: true, UpdatedAt: ago(1)}, {Head: true, Closed: true, UpdatedAt: now}, {Main: true}}},
	} {
		require.Equal(t, want, rules.Protected(v))
	}
}
